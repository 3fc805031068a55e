"""Published data sets: a table of sources, and downloads that are checked."""
