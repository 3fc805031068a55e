"""Figures of accuracy."""
