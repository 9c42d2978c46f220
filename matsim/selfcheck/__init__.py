"""Self-checks: the strategy survey, the cluster self-evaluation, the new-cluster checklist and the review.

Each has one rule with two doors: arrays for agents, a CSV file for real people (docs/selfcheck.md). Import
from the modules: several of their functions carry their module's name.
"""

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
"""Where the blank forms are: survey.csv, cluster.csv, checklist.csv, review.csv."""

__all__ = ["TEMPLATES"]
