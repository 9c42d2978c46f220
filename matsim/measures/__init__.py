"""What is measured of a run: from its tables to one row per year, and one per year and group of trusts.

Nothing here imports the model: a stored result can be measured again years later.
"""

from matsim.measures.cells import share_in_mats
from matsim.measures.listed import GROUP_MEASURES, MEASURES, Measure
from matsim.measures.summarise import READ, summarise, summary
from matsim.measures.tables import GROUPINGS, SWEEP_TABLES

__all__ = [
    "GROUPINGS",
    "GROUP_MEASURES",
    "MEASURES",
    "READ",
    "SWEEP_TABLES",
    "Measure",
    "share_in_mats",
    "summarise",
    "summary",
]
