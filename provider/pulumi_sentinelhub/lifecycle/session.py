"""What all operations of one process share: settings, clients, what it has met; and each operation's context.

A front end (the adapter to ``pulumi.dynamic``, a provider plugin) makes one session from its configuration
and its log, and asks it for the context of each call that it serves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, Protocol

from ..batch.generations import GENERATIONS
from ..batch.statuses import Reader, StatusBoard
from ..config.keys import misspelt
from ..config.settings import Settings, resolve_settings
from ..finding import Finding, Severity
from ..s3.access import trust_of
from ..waiting.clock import Clock, SystemClock
from ..waiting.pace import THIS_PROCESS, Paces
from ..waiting.patience import Patience
from ..waiting.together import AT_ONCE
from .context import Context
from .ownership.holders import Holder
from .ownership.ledger import Ledger
from .probe import MOST, Probe, glance

if TYPE_CHECKING:
    from ..batch.api import BatchRequestInfo, BatchService
    from ..batch.clients import BatchClient, BatchClients
    from ..s3.buckets import BucketClient

NAMESPACE: Final = "sentinelhub"

Operation = Literal["check", "diff", "create", "read", "update", "delete"]

#: Seconds that an operation may take where its call says nothing else, as by ``custom_timeouts``.
TIMEOUTS: Final[Mapping[Operation, float]] = {
    "check": 600.0,
    "diff": 600.0,
    "create": 86_400.0,
    "read": 3_600.0,
    "update": 86_400.0,
    "delete": 3_600.0,
}


class Log(Protocol):
    """Lines on the row of a resource, which its urn names; the row of the stack where that is empty."""

    def progress(self, urn: str, text: str) -> None:
        """A passing line, which the next one replaces."""

    def info(self, urn: str, text: str) -> None:
        """A line that stays."""

    def warning(self, urn: str, text: str) -> None:
        """A warning that stays."""


class Call(Protocol):
    """What a front end knows of the call that it serves."""

    @property
    def urn(self) -> str:
        """The resource's urn; empty where it is not known."""

    @property
    def cancel(self) -> threading.Event:
        """Set when the user interrupts the call."""

    @property
    def foretells(self) -> bool:
        """Whether a preview is under way, or may be."""

    def timeout(self, operation: Operation) -> float | None:
        """The user's custom time-out in seconds; None where there is none."""

    def hush(self, text: str) -> str:
        """A text without secrets."""


def _nobody(_id: str, _urn: str, _patience: Patience) -> Holder | None:
    """There are no other states."""
    return None


class Session:
    """The state of one process. Thread-safe; makes no call before an operation asks for a client.

    Args:
        config: gives the value of a key of the configuration, with its namespace, or None.
        environ: the environment.
        log: where warnings and progress go.
        names: of all keys that the configuration has in our namespace; misspelt ones are warned of.
        clock: time; for tests. Without one it is the machine's, and all sessions of the process share one
            pace an account.
        holder: gives who beside a urn holds an id, by the states of all stacks; raises SentinelHubError.
    """

    def __init__(
        self,
        config: Callable[[str], object],
        environ: Mapping[str, str],
        log: Log,
        clock: Clock | None = None,
        *,
        names: Iterable[str] = (),
        holder: Callable[[str, str, Patience], Holder | None] = _nobody,
    ) -> None:
        self._config = config
        self._names = names
        self._holder = holder
        self._environ = environ
        self._lock = threading.RLock()
        self._settings: Settings | None = None
        self._batch: BatchClients | None = None
        self._buckets: BucketClient | None = None
        self._listed_account: str | None = None
        self._probe: Probe | None = None
        self.log = log
        self.clock = clock or SystemClock()
        self._paces = Paces() if clock else THIS_PROCESS
        self.ledger = Ledger()
        self._statuses = StatusBoard(self.clock)

    @property
    def settings(self) -> Settings:
        """The settings, resolved when first needed. Raises ConfigError."""
        with self._lock:
            if self._settings is None:
                self._settings = resolve_settings(self._config_text, self._environ)
                self.tell("", [_unknown(*found) for found in misspelt(self._names)])
            return self._settings

    def context(self, call: Call, operation: Operation) -> Context:
        """The surroundings of one operation, which begins now; its deadline is set here and nowhere else.

        Raises:
            ConfigError: the configuration is wrong.
        """
        settings = self.settings
        given = call.timeout(operation)
        patience = Patience.lasting(self.clock, TIMEOUTS[operation] if given is None else given, call.cancel)

        configured = settings.api_version

        def connect(generation: str) -> BatchService:
            return self._batch_client(generation).bound(patience)

        def service_of(id: str) -> BatchService:
            return connect(self.ledger.generation_of(id) or configured)

        return Context(
            deployment=settings.deployment,
            connect=connect,
            generations=GENERATIONS,
            generation=GENERATIONS[configured],
            statuses=lambda: Reader(self._statuses, service_of, patience),
            storage=lambda: self._bucket_client().bound(patience),
            patience=patience,
            poll_interval=settings.poll_interval,
            progress=lambda text: self.log.progress(call.urn, call.hush(text)),
            warn=lambda text: self.log.warning(call.urn, call.hush(text)),
            note=lambda text: self.log.info(call.urn, call.hush(text)),
            urn=call.urn,
            ledger=self.ledger,
            holder=lambda id: self._holder(id, call.urn, patience),
            service=settings.base_url,
            account=lambda: self._account(connect(configured)),
            is_account=lambda recorded: self._is_account(connect(configured), recorded),
            read_lag=settings.read_lag,
            has_keys=settings.delivery is not None,
            trust=trust_of(settings),
            refusal=lambda: self._prober().refusal(patience),
            grids=lambda: self._prober().grids(patience),
            glance=lambda ids: self._glance(ids, patience),
            foretells=call.foretells,
            at_once=AT_ONCE,
        )

    def tell(self, urn: str, findings: Iterable[Finding]) -> None:
        """Show what was found and is no error, on the row of the resource."""
        for finding in findings:
            show = self.log.info if finding.severity is Severity.NOTE else self.log.warning
            show(urn, str(finding))

    def _prober(self) -> Probe:
        with self._lock:
            if self._probe is None:
                settings = self.settings
                service = partial(self._batch_client, settings.api_version)
                self._probe = Probe(service, skipped=settings.skip_credentials_check)
            return self._probe

    def _glance(self, ids: Sequence[str], patience: Patience) -> Sequence[BatchRequestInfo]:
        brief = patience.at_most(MOST)

        def service_of(id: str) -> BatchService:
            generation = self.ledger.generation_of(id) or self.settings.api_version
            return self._batch_client(generation).bound(brief)

        return glance(Reader(self._statuses, service_of, brief), ids, patience)

    def _config_text(self, key: str) -> str | None:
        value = self._config(f"{NAMESPACE}:{key}")
        return None if value is None else str(value)

    def _account(self, service: BatchService) -> str | None:
        """The account whose credentials are at work: by the token, else by what it lists."""
        return service.account_id() or self._account_of_requests(service)

    def _is_account(self, service: BatchService, recorded: str) -> bool:
        """Whether the credentials are those of a recorded account; also where that cannot be told."""
        by_token = service.account_id()
        if by_token == recorded:
            return True
        known = {by_token, self._account_of_requests(service)} - {None}
        return not known or recorded in known

    def _account_of_requests(self, service: BatchService) -> str | None:
        with self._lock:
            if not self._listed_account:
                self._listed_account = service.account_of_requests()
            return self._listed_account

    def _batch_client(self, generation: str) -> BatchClient:
        with self._lock:
            if self._batch is None:
                from ..batch.clients import BatchClients

                self._batch = BatchClients(self.settings, self.clock, self._paces)
            return self._batch.of(generation)

    def _bucket_client(self) -> BucketClient:
        with self._lock:
            if self._buckets is None:
                from ..s3.buckets import BucketClient

                self._buckets = BucketClient(self.settings.deployment)
            return self._buckets


def _unknown(name: str, meant: str) -> Finding:
    return Finding(
        f"{NAMESPACE}:{name}",
        "no such key of the configuration is known, so it changes nothing",
        f"did you mean {NAMESPACE}:{meant}?",
        Severity.WARNING,
    )
