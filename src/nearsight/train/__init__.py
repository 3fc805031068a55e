"""Training: fit, evaluation on held-out data, and the model card."""
