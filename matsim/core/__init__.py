"""Errors, luck, columns, rules, worker processes and folders: they know nothing of schools."""
