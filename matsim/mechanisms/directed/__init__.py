"""Decisions that a scenario gives to named trusts: what may be decided, how it is carried out, what came of it."""
