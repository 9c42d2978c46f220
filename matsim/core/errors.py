"""One tree of errors. Each carries the sentence a person should read and the exit code it means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 2000
"""Characters of one problem that are said: what is wrong may be as long as a file."""


class MatsimError(Exception):
    """Something the user can understand and act on. `exit_code` is what the command line returns."""

    exit_code = 1


class InputError(MatsimError):
    """An input (scenario, data file, folder) is wrong. Lists every problem found, not only the first.

    `where` names the file or folder; each problem says the line or key, what is wrong and what would be right.
    """

    exit_code = 3

    def __init__(self, where: str, problems: str | Iterable[str]) -> None:
        self.where = where
        given = [problems] if isinstance(problems, str) else problems
        self.problems = [problem if len(problem) <= LONGEST else f"{problem[: LONGEST - 1]}…" for problem in given]
        if len(self.problems) == 1:
            text = f"{where}: {self.problems[0]}"
        else:
            lines = "\n".join(f"  {problem}" for problem in self.problems)
            text = f"{where}: {len(self.problems)} problems\n{lines}"
        super().__init__(text)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, list[str]], dict[str, object]]:
        # what it was made of, so that it travels between processes
        return type(self), (self.where, self.problems), self.__dict__


class VerificationError(MatsimError):
    """A result was made again and differs from what is stored."""

    exit_code = 6


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when some known name is close to `name`, else an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
