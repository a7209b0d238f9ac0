"""What an operation is given: clients, patience, progress, and what its process has met.

The lifecycle reaches for no globals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from ..config.settings import READ_LAG
from ..errors import SentinelHubError
from ..s3.access import NOBODY, Trust
from ..s3.files import Files
from ..waiting.polling import Pauses
from ..waiting.together import together
from .ownership.holders import FindHolder, nobody
from .ownership.ledger import Ledger

if TYPE_CHECKING:
    from ..batch.api import BatchRequestInfo, BatchService, Generation, ResultFiles, TilingGrid
    from ..config.deployments import Deployment
    from ..errors import ServiceError
    from ..s3.buckets import BucketClient
    from ..waiting.clock import Clock
    from ..waiting.patience import Patience

T = TypeVar("T")

#: Seconds between looks: the first pause, how it grows (what takes long is seen late by half its time), and
#: how long it gets where nothing new is seen.
FIRST_PAUSE: Final = 1.0
GROWTH: Final = 1.5
LONGEST_PAUSE: Final = 60.0
#: A look at many requests takes a call for each hundred of them: seconds between looks for each such call.
_PAGE_PAUSE: Final = 0.5
_LISTED_A_CALL: Final = 100


class StatusReader(Protocol):
    """Reads the state of many requests; one such reader may serve all waits of a process."""

    def read(self, ids: Sequence[str], max_age: float) -> Mapping[str, BatchRequestInfo | ServiceError]:
        """The state of each request, at most ``max_age`` seconds old, or why that one cannot be read."""
        ...


def _silent(_: str) -> None:
    """Say nothing."""


def _nobody() -> str | None:
    """No account can be told."""
    return None


def _nothing() -> None:
    """There is nothing to tell."""
    return


def _none_seen(_: Sequence[str]) -> Sequence[BatchRequestInfo]:
    """The service cannot be asked."""
    return ()


def _anybody(_: str) -> bool:
    """Any account will do."""
    return True


@dataclass(frozen=True)
class Context:
    """The surroundings of one operation.

    Attributes:
        deployment: where Sentinel Hub runs, and where its buckets have to be.
        connect: gives the batch service of a generation by its name; raises ConfigError without credentials,
            so ask for it only when a call is due.
        generations: the generations of the API that are spoken, by name.
        generation: the one that new requests are made in.
        statuses: gives the reader that all waits of the process share.
        storage: gives the bucket service.
        patience: clock, cancellation and the one deadline of all that the operation does.
        poll_interval: seconds between two looks at a waiting request; None lets the schedule decide.
        progress: shows a passing line on the resource's own row.
        warn: shows a warning that stays.
        note: shows a line that stays.
        urn: the resource's urn, empty where the host does not tell it.
        ledger: what this process has met: who holds which id, how far a job may be.
        holder: gives who else holds an id, by the states of all stacks; raises SentinelHubError where that
            cannot be told.
        service: address of the service, as the state keeps it.
        account: gives the account whose credentials are at work; None where that cannot be told.
        is_account: whether the credentials at work are those of a recorded account, as far as can be told.
        read_lag: seconds that the service's reads may lag behind its writes.
        has_keys: whether keys are configured by which the service gets at buckets.
        trust: whom a role that is made for a bucket lets in.
        refusal: gives once a process why no call can be made with the credentials at hand; None where one
            can, or where that is not to be asked.
        grids: gives the service's own list of tiling grids; None where it cannot be had.
        glance: gives those of some requests that the service shows at once; none where it cannot be asked.
        foretells: whether a preview is under way, or may be: only then is told what an update shows itself.
        at_once: calls for many objects that are under way at the same moment, at most; with 1 they come one
            after another, in the operation's own thread.
    """

    deployment: Deployment
    connect: Callable[[str], BatchService]
    generations: Mapping[str, Generation]
    generation: Generation
    statuses: Callable[[], StatusReader]
    storage: Callable[[], BucketClient]
    patience: Patience
    poll_interval: float | None = None
    progress: Callable[[str], None] = _silent
    warn: Callable[[str], None] = _silent
    note: Callable[[str], None] = _silent
    urn: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    holder: FindHolder = nobody
    service: str = ""
    account: Callable[[], str | None] = _nobody
    is_account: Callable[[str], bool] = _anybody
    read_lag: float = READ_LAG
    has_keys: bool = False
    trust: Trust = NOBODY
    refusal: Callable[[], SentinelHubError | None] = _nothing
    grids: Callable[[], Sequence[TilingGrid] | None] = _nothing
    glance: Callable[[Sequence[str]], Sequence[BatchRequestInfo]] = _none_seen
    foretells: bool = True
    at_once: int = 1

    @property
    def clock(self) -> Clock:
        """The operation's clock."""
        return self.patience.clock

    @property
    def files(self) -> ResultFiles:
        """Reads what the service leaves beside the results."""
        return Files(self.storage)

    def generation_of(self, id: str) -> Generation:
        """The generation that a remote object lives in: as its state says, else the configured one."""
        return self.generations[self.ledger.generation_of(id) or self.generation.name]

    def batch(self, id: str | None = None) -> BatchService:
        """The batch service: the one that the object ``id`` lives in, else the configured one."""
        return self.connect((self.generation if id is None else self.generation_of(id)).name)

    def pauses(self, requests: int = 1, *, first: float = FIRST_PAUSE) -> Pauses:
        """Pauses between looks at so many requests, by the configured interval if there is one."""
        if self.poll_interval is not None:
            return Pauses(self.poll_interval, self.poll_interval)
        least = _PAGE_PAUSE * math.ceil(requests / _LISTED_A_CALL)
        return Pauses(max(first, least), LONGEST_PAUSE, growth=GROWTH)

    def together(
        self,
        ids: Iterable[str],
        call: Callable[[str], T],
        keep: Callable[[str, T | SentinelHubError], object],
        what: str,
    ) -> None:
        """Call for each id, side by side; see ``waiting.together``. Raises Interrupted, DeadlineExceeded."""
        together(ids, call, keep, patience=self.patience, at_once=self.at_once, what=what)

    def results_of(self, ids: Iterable[str], call: Callable[[str], T], what: str) -> dict[str, T]:
        """What calls for each id bring, side by side. Raises the first error, in the order of ``ids``."""
        found: dict[str, T] = {}

        def keep(id: str, result: T | SentinelHubError) -> None:
            if isinstance(result, SentinelHubError):
                raise result
            found[id] = result

        self.together(ids, call, keep, what)
        return found
