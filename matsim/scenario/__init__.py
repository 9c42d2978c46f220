"""Scenario files: schema, loading, comparing, writing out in full."""

from matsim.scenario.schema import Scenario

__all__ = ["Scenario"]
