"""How accurate networks are, and what that cost."""
