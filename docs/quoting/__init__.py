"""Numbers that README and docs quote, and the small tables they come from."""
