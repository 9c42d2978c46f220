"""Lines of a console, one after another in one interpreter, which loads the project once for all of them.

Run as `python -m support.console LINE...`; it ends at the first line that ends badly, and says which.
"""

from __future__ import annotations

import runpy
import shlex
import sys


def carried_out(line: str) -> object:
    """The exit code of a line: a command of matsim, a module (`python -m`) or a line of code (`python -c`)."""
    first, *rest = shlex.split(line)
    way, what, *rest = ["-m", first, *rest] if first == "matsim" else rest
    sys.argv = [what, *rest]
    try:
        if way == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(what, {"__name__": "__main__"})
    except SystemExit as end:
        return end.code or 0
    return 0


if __name__ == "__main__":
    for line in sys.argv[1:]:
        print(line, flush=True)  # noqa: T201 - read where a line has failed
        if code := carried_out(line):
            sys.exit(f"{line}: ended with {code}")
