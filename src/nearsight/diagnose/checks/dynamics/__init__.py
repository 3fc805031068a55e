"""Dynamics: replicas at constant energy, what ends them, and whose fault it is."""
