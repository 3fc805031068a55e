"""Figures of trained models as points: what goes with the stability of their dynamics."""
