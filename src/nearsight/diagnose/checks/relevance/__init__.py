"""Relevance: between which atoms does the network carry what it predicts, and is that true?"""
