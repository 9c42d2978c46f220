"""Scenario files: schema, loading, comparing, writing out in full."""
