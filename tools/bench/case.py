"""What is measured: how many jobs, on which generation of the API, under which conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

LATENCY_MS: Final = 50.0
ANALYSIS_SECONDS: Final = 2.0
PROCESSING_SECONDS: Final = 5.0
RATE_LIMIT: Final = 600.0
"""Calls a minute: the service's published rate."""
BURST_SHARE: Final = 0.1
"""Of a minute's calls, those that may come at once."""
CALLS_IN_A_ROW: Final = 5
"""Of one job, whatever is done side by side: token, POST, analyse, start and one look at the end."""


@dataclass(frozen=True)
class Case:
    """One column of the table.

    Attributes:
        n: number of jobs.
        api: generation of the batch API, ``v1`` or ``v2``.
        rate_limit: calls a minute that the sandbox lets through, 0 for all.
        budget: whether the run has a ``max_cost``, and so analyses first.
        pace: calls a minute that this project is told to make at most; None for its default.
        checkpoints: whether the engine writes the whole state after each step, as it does unless told not to.
    """

    n: int
    api: str = "v1"
    rate_limit: float = 0.0
    budget: bool = True
    pace: float | None = None
    checkpoints: bool = True

    @property
    def name(self) -> str:
        """A heading, and the name of a folder."""
        limited = f" {self.rate_limit:g}/min" if self.rate_limit else ""
        paced = "" if self.pace is None else f" pace {self.pace:g}"
        kept = "" if self.checkpoints else " one checkpoint"
        return f"{self.api} N={self.n}{'' if self.budget else ' no budget'}{limited}{paced}{kept}"

    @property
    def usual(self) -> bool:
        """Whether it is one of the line of sizes that the plot shows."""
        return self == Case(self.n, pace=self.pace)

    def engine_environment(self) -> dict[str, str]:
        """What the engine is told beside the usual; without checkpoints, the state is written at the end."""
        return {} if self.checkpoints else {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}

    def sandbox_options(self) -> tuple[str, ...]:
        """How the sandbox is started for it."""
        values = {
            "latency-ms": LATENCY_MS,
            "analysis-seconds": ANALYSIS_SECONDS,
            "processing-seconds": PROCESSING_SECONDS,
            "rate-limit": self.rate_limit,
        }
        return (*(text for name, value in values.items() for text in (f"--{name}", f"{value:g}")), *PIXELS)

    def limit(self, floor: float) -> float:
        """The least that an update can take, seconds, where as many empty resources take ``floor``.

        Under a rate limit the calls that each job needs at least have to be let through, too.
        """
        in_a_row = floor + ANALYSIS_SECONDS + PROCESSING_SECONDS + CALLS_IN_A_ROW * LATENCY_MS / 1000
        return max(in_a_row, self.at_rate(self.rate_limit)) if self.rate_limit else in_a_row

    def at_rate(self, per_minute: float) -> float:
        """Seconds in which so many calls a minute let through what the jobs need at least: 3 or 4 each."""
        calls = self.n * (4 if self.budget else 3) - per_minute * BURST_SHARE
        return max(0.0, calls / per_minute * 60)


PIXELS: Final = ("--pixels", "flat")


def usual_cases(sizes: tuple[int, ...]) -> list[Case]:
    """A line of sizes, and each other condition at one size that most have patience for."""
    middle = Case(max((n for n in sizes if n <= 100), default=min(sizes)))
    others = (
        replace(middle, budget=False),
        replace(middle, rate_limit=RATE_LIMIT),
        replace(middle, api="v2"),
    )
    return [*(Case(n) for n in sizes), *others]


def all_cases(
    sizes: tuple[int, ...], apis: tuple[str, ...], rates: tuple[float, ...], budgets: tuple[bool, ...]
) -> list[Case]:
    """Every combination."""
    return [Case(n, api, rate, budget) for api in apis for rate in rates for budget in budgets for n in sizes]
