"""A shock in words, as pages list it."""

from __future__ import annotations

from collections.abc import Mapping

from matsim.mechanisms.shocks import Shock


def in_words(shock: Shock, trusts: Mapping[int, str] | None = None, schools: Mapping[int, str] | None = None) -> str:
    """`funding cut by 3% for 2 years, everywhere`. Names by UID and URN; a number stands for one that is not given."""
    size = f" by {shock.size:.0%}" if shock.size else ""
    years = f" for {shock.years} years" if shock.years > 1 else ""
    where = shock.region or shock.authority or "everywhere"
    if shock.trust:
        where = (trusts or {}).get(shock.trust) or f"trust {shock.trust}"
    elif shock.school:
        where = (schools or {}).get(shock.school) or f"school {shock.school}"
    return f"{shock.kind}{size}{years}, {where}"
