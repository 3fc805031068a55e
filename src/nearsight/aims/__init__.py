"""Aims: what a study is for, a folder each: what it needs, its tables, its figures."""
