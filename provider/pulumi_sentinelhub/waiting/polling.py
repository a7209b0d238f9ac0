"""When to look again: an interval that grows, jittered, up to a cap."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Pauses:
    """Seconds between looks; ``Patience`` sees to it that none reaches beyond the deadline.

    Attributes:
        first: the first pause, and never less.
        most: the longest pause, before jitter.
        growth: each pause is this many times the one before.
        jitter: up to this fraction is added at random, so that many waits do not fall together.
        rng: source of the jitter.
    """

    first: float
    most: float
    growth: float = 1.5
    jitter: float = 0.1
    rng: random.Random = field(default_factory=random.Random)
    _pause: float | None = None

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._pause = None

    def next(self) -> float:
        """The pause before the next look."""
        grown = self.first if self._pause is None else self._pause * self.growth
        self._pause = min(grown, max(self.most, self.first))
        return self._pause * (1 + self.rng.random() * self.jitter)
