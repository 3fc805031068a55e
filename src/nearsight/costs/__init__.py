"""What a study costs: CPU and wall time and memory, as measured and as expected."""
