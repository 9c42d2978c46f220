"""Errors, luck, columns, rules, worker processes, files and folders: they know nothing of what schools do."""
