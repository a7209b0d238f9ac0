"""What a preview asks the service: once a process whether it lets us in, and which tiling grids it has.

And, where a run is about to be refused, whether one of its requests runs already.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import ConfigError, DeadlineExceeded, Interrupted, SentinelHubError
from ..finding import Finding, Severity
from ..waiting.patience import Patience
from ..waiting.timely import turn

if TYPE_CHECKING:
    from ..batch.api import BatchRequestInfo, BatchService, TilingGrid
    from ..batch.clients import BatchClient
    from .context import StatusReader

T = TypeVar("T")

#: Seconds that a preview is held up at most by a service which does not answer.
MOST: Final = 10.0
_SKIP: Final = "sentinelhub:skipCredentialsCheck true leaves this out, as in previews that have no secrets"


class Probe:
    """Asks once; thread-safe.

    Args:
        client: gives the client of the configured generation.
        skipped: whether nothing is asked.
    """

    def __init__(self, client: Callable[[], BatchClient], *, skipped: bool) -> None:
        self._client = client
        self._asking = threading.Lock()
        self._asked = skipped
        self._told = skipped
        self._refusal: SentinelHubError | None = None
        self._grids: Sequence[TilingGrid] | None = None
        self._listed = skipped

    def refusal(self, patience: Patience) -> SentinelHubError | None:
        """Why no token can be had, told to the first who asks; None to all others, and where there is one.

        Raises:
            Interrupted, DeadlineExceeded: the operation's own patience ended.
        """
        with turn(self._asking, patience, "ask for a token", None):
            self._ask(patience)
            told, self._told = self._told, True
            return None if told else self._refusal

    def grids(self, patience: Patience) -> Sequence[TilingGrid] | None:
        """The service's list; None where it cannot be had. Raises as ``refusal``."""
        with turn(self._asking, patience, "list tiling grids", None):
            self._ask(patience)
            if not self._listed and self._refusal is None:
                self._listed = True
                self._grids = self._tried(patience, lambda service: tuple(service.tiling_grids()))
            return self._grids

    def _ask(self, patience: Patience) -> None:
        if not self._asked:
            self._asked = True
            self._tried(patience, lambda service: service.account_id())

    def _tried(self, patience: Patience, ask: Callable[[BatchService], T]) -> T | None:
        try:
            return ask(self._client().bound(patience.at_most(MOST)))
        except Interrupted:
            raise
        except SentinelHubError as error:
            if isinstance(error, DeadlineExceeded) and patience.expired:
                raise
            self._refusal = self._refusal or error
            return None


def glance(reader: StatusReader, ids: Sequence[str], patience: Patience) -> Sequence[BatchRequestInfo]:
    """Those of some requests that the service shows; none where it cannot be asked.

    Args:
        reader: whose own patience is at most ``MOST`` seconds.
        ids: of the requests.
        patience: the operation's.

    Raises:
        Interrupted, DeadlineExceeded: the operation's own patience ended.
    """
    try:
        found = reader.read(ids, 0.0)
    except Interrupted:
        raise
    except SentinelHubError:
        if patience.expired:
            raise
        return ()
    return [info for info in found.values() if not isinstance(info, SentinelHubError)]


def no_call(refusal: SentinelHubError) -> Finding:
    """The warning that a preview gives: what is declared may be right all the same."""
    missing = isinstance(refusal, ConfigError)
    ends = "`pulumi up` will make nothing" if missing else "`pulumi up` may make nothing"
    return Finding("", f"{ends}: {refusal}", _SKIP, Severity.WARNING, foretold=True)
