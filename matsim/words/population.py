"""Whose numbers comparisons with published figures count, in words (`matsim.validation.population` picks them out)."""

from __future__ import annotations

POPULATION = "mainstream schools"

SENTENCE = (
    f"Everything here counts {POPULATION}: a trust is as large as it has {POPULATION}, and special schools, "
    "alternative provision and schools for those of 16 to 19 are left out of both sides."
)
"""What every comparison says of it."""
