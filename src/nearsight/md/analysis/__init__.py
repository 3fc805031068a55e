"""What is told of a finished run: heat, failures, and how far the data themselves differ."""
