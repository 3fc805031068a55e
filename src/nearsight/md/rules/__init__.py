"""The rules that end a replica."""
