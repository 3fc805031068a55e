"""What networks of SchNetPack share."""
