"""The first year, from two doors: a synthetic England, or files in the published forms."""

from matsim.world.base import Account, World

__all__ = ["Account", "World"]
