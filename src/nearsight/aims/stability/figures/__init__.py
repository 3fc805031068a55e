"""Figures of decay and stability."""
