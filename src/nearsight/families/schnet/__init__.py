"""SchNet."""
