"""Models: a variant becomes SchNetPack's network; files hold weights without pickles."""
