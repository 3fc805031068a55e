"""Sums over walks that are found without them."""
