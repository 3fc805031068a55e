"""Tables and curves of decay and stability."""
