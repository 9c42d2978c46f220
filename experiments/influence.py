"""How far each number moves the headline results: makes matsim/evidence/influence.csv.

Every numeric parameter goes to the low and to the high end of its plausible range, one at a time, in an area of 300
schools over 20 years with three seeds: about 4,000 runs of half a second, some twenty minutes on two cores.
"""

from __future__ import annotations

import os

from matsim.cli.progress import Progress
from matsim.measures.influence import INFLUENCE
from matsim.scenario.load import load_scenario
from matsim.validation.influence import influence

SEEDS, YEARS = (1, 2, 3), 20

if __name__ == "__main__":
    with Progress() as progress:
        progress.stage("Each number at both ends of its range", "runs")
        effects = influence(
            load_scenario("area-300"), SEEDS, years=YEARS, workers=os.cpu_count() or 1, tell=progress.tell
        )
    effects.to_csv(INFLUENCE, index=False, float_format="%.4g", lineterminator="\n")
