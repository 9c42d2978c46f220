"""Stored results: declared tables, their files, what made them. Reads and writes; never simulates."""
