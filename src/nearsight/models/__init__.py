"""Models: a variant becomes a network of its family; files hold weights without pickles."""
