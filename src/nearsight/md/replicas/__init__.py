"""Replicas of one molecule: where they begin, and what their motion amounts to."""
