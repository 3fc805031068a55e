"""Readers of foreign files: one module a format, each gives frames in the file's own units."""
