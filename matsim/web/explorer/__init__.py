"""The explorer: a scenario changed, run, watched, questioned, compared and saved, in a browser on this machine."""
