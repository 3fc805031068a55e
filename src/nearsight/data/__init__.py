"""Data: readers and generators that end in the canonical data set."""
