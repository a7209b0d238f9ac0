"""What one provider process has met: which declaration holds which id, how far a job may be, what was let go.

These are guards on top of the facts that are written down (the mark on the service's side, the state): they
catch two declarations of one program with one id, and tell a request, whose own state goes on saying CREATED,
what its run's state knows of it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...waiting.timely import turn

if TYPE_CHECKING:
    from ...batch.api import BatchRequestInfo
    from ...preview.estimate import Estimate
    from ...waiting.patience import Patience


class Ledger:
    """Thread-safe; one a process."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._holders: dict[str, str] = {}
        self._adopters: dict[str, str] = {}
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        self._driven: defaultdict[str, set[str]] = defaultdict(set)
        self._resting: set[str] = set()
        self._underway: set[str] = set()
        self._asked: set[str] = set()
        self._released: set[str] = set()
        self._taken_over: set[str] = set()
        self._doubtful: dict[str, float] = {}
        self._lost_collections: dict[str, frozenset[str]] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._generations: dict[str, str] = {}
        self._quotes: dict[str, Callable[[], Estimate | None]] = {}
        self._left_behind: Sequence[BatchRequestInfo] | None = None
        self._looking = threading.Lock()

    # who holds what

    def hold(self, id: str, key: str, *, formerly: str | None = None, what: str = "batch request") -> None:
        """Note that the declaration ``key`` holds ``id``.

        Args:
            id: a remote object.
            key: the declaration's key.
            formerly: the key under which the state holds it, where the declaration was renamed or moved.
            what: the kind of object, for the error.

        Raises:
            InputError: another declaration of this stack holds it.
        """
        with self._guard:
            holder, adopter = self._holders.get(id), self._adopters.get(id)
            if holder not in (None, key, formerly) or adopter not in (None, key):
                raise two_holders(id, what)
            self._holders[id] = key

    def note(self, id: str, key: str) -> None:
        """Note that ``key`` holds ``id``, whoever held it before."""
        with self._guard:
            self._holders[id] = key

    def adopt(self, id: str, key: str) -> None:
        """Note that the declaration ``key`` is to adopt ``id``, whoever of the two is met first."""
        with self._guard:
            self._adopters[id] = key

    def is_held_by_another(self, id: str, key: str) -> bool:
        """Whether a declaration other than ``key`` holds ``id``, as far as this process has seen."""
        with self._guard:
            return self._holders.get(id, key) != key

    def is_held(self, id: str) -> bool:
        """Whether any declaration holds ``id``, as far as this process has seen."""
        with self._guard:
            return id in self._holders

    def holder_of(self, id: str) -> str | None:
        """The key of the declaration that holds ``id``, as far as this process has seen."""
        with self._guard:
            return self._holders.get(id)

    def want(self, run: str, ids: Sequence[str]) -> None:
        """Note which requests a run is to drive; in place of what it was to drive before."""
        with self._guard:
            self._wanted[run] = set(ids)

    def is_wanted_by_another(self, id: str, run: str) -> bool:
        """Whether a run other than ``run`` is to drive ``id``."""
        with self._guard:
            return any(id in ids for other, ids in self._wanted.items() if other != run)

    def drive(self, run: str, ids: Sequence[str]) -> None:
        """Note that a run is made or changed in this update, and drives these."""
        with self._guard:
            self._wanted[run] = self._driven[run] = set(ids)

    def is_driven(self, id: str) -> bool:
        """Whether a run drives ``id``, whose deletion is then that of an older one it has replaced."""
        with self._guard:
            return any(id in ids for ids in self._driven.values())

    # what it may cost

    def quote(self, key: str, estimate: Callable[[], Estimate | None]) -> None:
        """Note how to estimate the price of what the declaration ``key`` asks for."""
        with self._guard:
            self._quotes[key] = estimate

    def quoted(self, key: str) -> Estimate | None:
        """The price of what a declaration asks for; None where this process cannot tell."""
        with self._guard:
            estimate = self._quotes.get(key)
        return None if estimate is None else estimate()

    # where it lives

    def lives_in(self, id: str, generation: str) -> None:
        """Note the generation of the API that a remote object was made in."""
        with self._guard:
            self._generations[id] = generation

    def generation_of(self, id: str) -> str | None:
        """The generation that a remote object lives in, as far as this process has met it."""
        with self._guard:
            return self._generations.get(id)

    # how far a job may be

    def remember(self, id: str, *, underway: bool, at_rest: bool) -> None:
        """What a state says; a state that has seen the job's end knows more than one that has not."""
        with self._guard:
            if at_rest:
                self._resting.add(id)
            elif underway:
                self._underway.add(id)

    def saw(self, info: BatchRequestInfo) -> None:
        """What the service has just said. That it reads as idle says little: reads may lag."""
        with self._guard:
            if info.is_final and not (info.phase.may_go_on and info.id in self._asked):
                self._resting.add(info.id)
            elif info.was_started:
                self._underway.add(info.id)
                self._resting.discard(info.id)

    def asked(self, id: str) -> None:
        """A start or a restart has been asked for, so it may run whatever reads say."""
        with self._guard:
            self._asked.add(id)
            self._underway.add(id)
            self._resting.discard(id)

    def is_at_rest(self, id: str) -> bool:
        """Whether it was final when last seen."""
        with self._guard:
            return id in self._resting

    def may_run(self, id: str) -> bool:
        """Whether it was started and has not been seen to come to rest."""
        with self._guard:
            return id in self._underway and id not in self._resting

    # what this update has done

    def release(self, id: str) -> None:
        """Note that the user's declaration lets it go in this very update."""
        with self._guard:
            self._released.add(id)
            self._holders.pop(id, None)

    def is_released(self, id: str) -> bool:
        """Whether this update has let it go."""
        with self._guard:
            return id in self._released

    def take_over(self, id: str) -> None:
        """A create of this update has taken ``id`` over, whatever deletion of it was still to come."""
        with self._guard:
            self._taken_over.add(id)

    def was_taken_over(self, id: str) -> bool:
        """Whether a create of this update has taken it over."""
        with self._guard:
            return id in self._taken_over

    def doubt(self, key: str, since: float) -> None:
        """The answer to a create of the declaration ``key`` was lost, at ``since`` (monotonic seconds)."""
        with self._guard:
            self._doubtful[key] = since

    def doubtful_since(self, key: str) -> float | None:
        """When the answer to a create of the declaration was lost in this process; None where none was."""
        with self._guard:
            return self._doubtful.get(key)

    def lose_collection(self, key: str, there: frozenset[str]) -> None:
        """The answer to the POST of a collection was lost; ``there`` were the alike ones before it."""
        with self._guard:
            self._lost_collections.setdefault(key, there)

    def lost_collection(self, key: str) -> frozenset[str] | None:
        """The alike collections before a POST whose answer was lost in this process; None without one."""
        with self._guard:
            return self._lost_collections.get(key)

    def left_behind(
        self, look: Callable[[], Sequence[BatchRequestInfo]], patience: Patience
    ) -> Sequence[BatchRequestInfo]:
        """What ``look`` finds, asked once a process: what was left behind was so before the process began.

        Raises:
            Interrupted, DeadlineExceeded: while another operation looks.
        """
        with turn(self._looking, patience, "look for what was left behind", None):
            if self._left_behind is None:
                self._left_behind = look()
            return self._left_behind

    @contextmanager
    def turn(self, key: str, patience: Patience) -> Iterator[None]:
        """Let creates of the same declaration go one after another. Raises Interrupted, DeadlineExceeded."""
        with self._guard:
            lock = self._turns[key]
        with turn(lock, patience, "make what is made already", key):
            yield

    def __reduce__(self) -> Any:
        raise TypeError("a ledger belongs to its process")


def key_of(values: Mapping[str, Any]) -> str:
    """The key of the declaration that inputs or outputs belong to."""
    return str(values.get("declaration") or "")


def two_holders(id: str, what: str) -> InputError:
    """The error for an id that two declarations of a stack hold."""
    return InputError(
        f"two declarations of this stack hold {what}",
        subject=id,
        why="an object has one owner, which alone cancels and deletes it",
        next_step="Take adopt_id out of one of them; where both are in the state already, remove one of them "
        "from it with `pulumi state delete` and its urn, which touches nothing remote",
    )
