"""Where numbers come from. `SOURCES` maps a short key to what a reader needs to find the figure."""

from matsim.evidence.sources import SOURCES, Source

__all__ = ["SOURCES", "Source"]
