"""What a file of relevance holds."""
