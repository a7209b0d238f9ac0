"""When to look again: an interval that grows, jittered, up to a cap."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .clock import Clock


@dataclass
class PollSchedule:
    """Pauses between looks. All values are seconds.

    Attributes:
        first: the first pause, and never less.
        most: the longest pause, before jitter.
        growth: each pause is this many times the one before.
        jitter: up to this fraction is added at random, so that many waits do not fall together.
        deadline: on the clock's monotonic scale; no pause reaches beyond it.
        rng: source of the jitter.
    """

    clock: Clock
    first: float
    most: float
    growth: float = 1.5
    jitter: float = 0.1
    deadline: float | None = None
    rng: random.Random = field(default_factory=random.Random)
    _pause: float | None = None

    @property
    def expired(self) -> bool:
        """The deadline has come."""
        return self.deadline is not None and self.clock.monotonic() >= self.deadline

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._pause = None

    def next_pause(self) -> float:
        """The pause before the next look."""
        grown = self.first if self._pause is None else self._pause * self.growth
        self._pause = min(grown, max(self.most, self.first))
        pause = self._pause * (1 + self.rng.random() * self.jitter)
        if self.deadline is None:
            return pause
        return max(0.0, min(pause, self.deadline - self.clock.monotonic()))
