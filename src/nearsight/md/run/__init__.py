"""A run: replicas in one batch, and the integrator."""
