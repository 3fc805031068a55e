"""Do models that deviate from physics give unstable dynamics? Decay against stability."""
