"""Figures of properties."""
