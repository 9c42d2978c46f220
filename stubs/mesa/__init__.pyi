"""What the model uses of Mesa, for the type checker: Mesa carries no marker that its annotations may be read."""

from typing import Any

class Agent:
    model: Any
    unique_id: int
    def __init__(self, model: Any) -> None: ...

class Model:
    running: bool
    time: float
    agents_by_type: dict[type[Agent], Any]
    def __init__(self, *, rng: int | None = ...) -> None: ...
    def step(self) -> None: ...
    def run_for(self, duration: float) -> None: ...
