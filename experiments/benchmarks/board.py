"""How long a board pack takes: 200 futures of four options, for trusts of the published files, as a whole command.

    board.py ESTABLISHMENTS.csv GROUP-LINKS.csv [UID ...]

Without UIDs, three trusts of about fifteen schools in May 2018: Lighthouse Schools Partnership (a town and its
country), University of Brighton Academies Trust (a coast), Focus Academy Trust (a dense conurbation).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

TRUSTS = ("16340", "3339", "3112")
FUTURES = 200


def pack(files: list[str], uid: str, folder: Path) -> tuple[float, float, str]:
    """Wall and processor seconds of one pack, and what it is called."""
    command = [sys.executable, "-m", "matsim", "board", "--establishments", files[0], "--group-links", files[1]]
    command += ["--trust", uid, "--futures", str(FUTURES), "--out", str(folder / uid), "--quiet"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, after = perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout.strip().splitlines()[0]


def main() -> None:
    """Make the packs one after another and print a line for each."""
    files, uids = sys.argv[1:3], sys.argv[3:] or TRUSTS
    if len(files) < 2:
        sys.exit(__doc__)
    print(f"{FUTURES} futures of four options; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    print(f"{'wall s':>8}{'cpu s':>8}  pack")
    with tempfile.TemporaryDirectory() as place:
        for uid in uids:
            wall, cpu, first = pack(files, uid, Path(place))
            print(f"{wall:8.0f}{cpu:8.0f}  {first}", flush=True)


if __name__ == "__main__":
    main()
