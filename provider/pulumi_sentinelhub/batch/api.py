"""The neutral words that all else speaks about batch requests; long because it is one vocabulary.

A generation (``v1``, ``v2``) translates: its statuses into phases, its answers into infos, declared inputs
into its payload. What it can do beyond that is told by its abilities. Statuses and actions that the state
keeps are these words, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Protocol

from ..values import same

if TYPE_CHECKING:
    from .http.pages import Page
    from .writes import Writes

#: Declared inputs that say what a request computes and where; the description is beside the point.
SPEC_INPUTS: Final = ("process_request", "tiling_grid", "features", "bucket_name", "output", "zarr_output")
#: All that is sent. By which role the service gets at the bucket says nothing of what is computed, either.
REQUEST_INPUTS: Final = (*SPEC_INPUTS, "role_arn", "description")


class Phase(Enum):
    """How far a batch request is. The values are what states and programs see.

    HALTED: the service has stopped it by itself, and it can be resumed. ENDED: it is over, and its files tell
    whether all of it came out. CANCELED: somebody has stopped it. UNKNOWN: a status of a newer service.
    """

    CREATED = "CREATED"
    ANALYSING = "ANALYSING"
    ANALYSED = "ANALYSIS_DONE"
    PROCESSING = "PROCESSING"
    HALTED = "HALTED"
    ENDED = "ENDED"
    DONE = "DONE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def of(cls, word: object) -> Phase:
        """The phase that a recorded word names."""
        return _PHASES.get(word, cls.UNKNOWN) if isinstance(word, str) else cls.UNKNOWN

    @property
    def is_active(self) -> bool:
        """The service works on it, or (where it is not known) may."""
        return self in (Phase.ANALYSING, Phase.PROCESSING, Phase.UNKNOWN)

    @property
    def is_final(self) -> bool:
        """It changes no more by itself."""
        return self in _FINAL

    @property
    def implies_start(self) -> bool:
        """It can only be reached by a start, so units may have been spent."""
        return self in _STARTED

    @property
    def may_go_on(self) -> bool:
        """It is final, but an action that reads do not show yet may have set it going again."""
        return self in (Phase.PARTIAL, Phase.HALTED)

    @property
    def is_success(self) -> bool:
        """Something has come out of it."""
        return self in (Phase.DONE, Phase.PARTIAL, Phase.ENDED)


_STARTED: Final = (Phase.PROCESSING, Phase.HALTED, Phase.ENDED, Phase.DONE, Phase.PARTIAL)
_FINAL: Final = (*_STARTED[1:], Phase.FAILED, Phase.CANCELED)
_PHASES: Final = {phase.value: phase for phase in Phase}


class Action(Enum):
    """What a user has last asked for; runs ahead of the phase. OTHER: an action of a newer service."""

    NONE = "NONE"
    ANALYSE = "ANALYSE"
    START = "START"
    CANCEL = "CANCEL"
    OTHER = "OTHER"

    @classmethod
    def of(cls, word: object) -> Action:
        """The action that a recorded word names; NONE where there is none."""
        return _ACTIONS.get(word, cls.OTHER) if isinstance(word, str) and word else cls.NONE


_ACTIONS: Final = {action.value: action for action in Action}


class TileState(Enum):
    """States of a tile that mean something; others are carried as the service names them."""

    PENDING = "PENDING"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Abilities:
    """What a generation of the API can do.

    Attributes:
        deletes: a request can be deleted; otherwise the service keeps its record for some days.
        restarts_failed: failed tiles can be run again.
        estimates: the service estimates the cost, after the analysis.
        counts_tiles: tiles can be listed while it runs, with their costs.
        resumes: what was stopped can be started again.
        relinks: the collection that a request writes into can be changed.
        carries_access: the request itself says how the service gets at the bucket.
        collections: the kind of collection that results can be put in: ``batch`` or ``byoc``.
        bills_least: the cost that it tells of a request is its bill, with the least that is charged for one;
            else it is the sum of the tiles' costs.
    """

    deletes: bool
    restarts_failed: bool
    estimates: bool
    counts_tiles: bool
    resumes: bool
    relinks: bool
    carries_access: bool
    collections: Literal["batch", "byoc"]
    bills_least: bool


@dataclass(frozen=True)
class Spec:
    """What a request computes and where, as a declaration or as the service's echo of it.

    Attributes:
        inputs: the declared inputs that ask for it, without an owner's mark.
        parts: the same without defaults and older names: what is compared, by the API's member.
    """

    inputs: Mapping[str, Any]
    parts: Mapping[str, Any]

    @cached_property
    def fingerprint(self) -> str:
        """A short hash; equal for a declaration and the service's echo of it."""
        text = json.dumps(self.parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def asks_for_the_same(self, other: Spec) -> bool:
        """Whether both ask for the same results at the same place."""
        return same(self.parts, other.parts)


@dataclass(frozen=True)
class Generation:
    """One generation of the API: how it is spoken to and what it can do. Makes no call.

    Attributes:
        name: the value of the config key ``apiVersion``.
        phases: what each of its statuses means, as far as it alone tells.
        members: the members that a payload may have.
        payload: from declared inputs to the payload that asks for them, in the API's own JSON shape; raises
            InputError where it cannot be said.
        inputs: from a payload, or an echo of one, to the declared inputs that ask for it.
        declared: what declared inputs ask for.
        echoed: what a payload asks for, or the service's echo of one.
        result_path: from declared inputs and a request's id to the part of the results' path that all of them
            share, as ``s3://bucket/prefix``.
        batch_factor: the factor on the price of a tile, by its width and height in pixels.
    """

    name: str
    abilities: Abilities
    phases: Mapping[str, Phase]
    members: tuple[str, ...]
    payload: Callable[[Mapping[str, Any]], dict[str, Any]]
    inputs: Callable[[Mapping[str, Any]], dict[str, Any]]
    declared: Callable[[Mapping[str, Any]], Spec]
    echoed: Callable[[Mapping[str, Any]], Spec]
    result_path: Callable[[Mapping[str, Any], str], str | None]
    batch_factor: Callable[[int | None, int | None], float]

    def phase(self, status: object) -> Phase:
        """What a recorded status means, as far as it alone tells."""
        return self.phases.get(status, Phase.UNKNOWN) if isinstance(status, str) else Phase.UNKNOWN


@dataclass(frozen=True)
class BatchRequestInfo:
    """A batch request as the service last described it.

    Attributes:
        status: the service's own word.
        phase: what that means.
        action: what a user has last asked for.
        generation: the generation of the API that it lives in.
        user_action: the service's word for ``action``.
        created, user_action_updated: ISO 8601 timestamps.
        value_estimate: the service's estimate in processing units, without the batch discount of 1/3; None
            before analysis, and where the service gives none.
        cost: processing units spent so far, after the batch discount; None where it is counted by tiles.
        completion: percent done; None where it is counted by tiles.
        tile_count: an estimate before analysis, exact after it.
        tile_width_px, tile_height_px: pixels, without buffers.
        resume_pause: seconds that the service demands between its stop and a resumption.
        error: the service's words, where it failed or was stopped.
        mark: the key of the declaration that it was made for; None where it bears none.
        raw: the whole answer.
    """

    id: str
    status: str
    phase: Phase
    action: Action
    generation: Generation = field(repr=False, compare=False)
    user_action: str | None = None
    user_action_updated: str | None = None
    created: str | None = None
    value_estimate: float | None = None
    cost: float | None = None
    completion: float | None = None
    tile_count: int | None = None
    tile_width_px: int | None = None
    tile_height_px: int | None = None
    resume_pause: float = 0.0
    error: str | None = None
    description: str | None = None
    collection_id: str | None = None
    user_id: str | None = None
    mark: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def spec(self) -> Spec:
        """What it computes and where."""
        return self.generation.echoed(self.raw)

    @property
    def is_final(self) -> bool:
        """It changes no more by itself."""
        return self.phase.is_final

    @property
    def is_queued(self) -> bool:
        """An action was accepted that the status does not show yet [batch docs: intermediate reading]."""
        return self.action in _WAITING_FOR.get(self.phase, ())

    @property
    def is_active(self) -> bool:
        """The service works on it, will soon, or (a status that is not known here) may."""
        return self.phase.is_active or self.is_queued

    @property
    def was_started(self) -> bool:
        """A start was accepted, so it may have cost units."""
        return self.phase.implies_start or self.action is Action.START

    @property
    def data_type(self) -> str | None:
        """What a Process API request names to read the collection that it writes into."""
        return f"{self.generation.abilities.collections}-{self.collection_id}" if self.collection_id else None

    @property
    def cost_estimate(self) -> float | None:
        """The service's estimate in processing units, after the batch discount."""
        if self.value_estimate is None:
            return None
        return self.value_estimate * self.generation.batch_factor(self.tile_width_px, self.tile_height_px)


_WAITING_FOR: Final = {
    Phase.CREATED: (Action.ANALYSE, Action.START),
    Phase.ANALYSED: (Action.START,),
}


@dataclass(frozen=True)
class Outline:
    """Where a tile or feature is, roughly: a ring of few corners, or the box around it.

    Attributes:
        epsg: code of the CRS.
        ring: the corners (x, y) in its unit, longitude before latitude; the first one is not repeated.
    """

    epsg: int
    ring: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Tile:
    """One tile or feature of a batch request; ``cost`` is in processing units, before the batch discount.

    Attributes:
        status: a ``TileState``'s value, or the service's word.
        error: why it failed, where the service tells.
        outline: where it is, without buffers, where the service tells.
    """

    id: int
    name: str
    status: str
    cost: float | None
    raw: Mapping[str, Any]
    error: str | None = None
    outline: Outline | None = None


@dataclass(frozen=True)
class Progress:
    """How a request's tiles stand.

    Attributes:
        tiles: number of tiles by state.
        failed: names of failed tiles, a few at most, each with its reason where that is told.
        cost: processing units spent, after the batch discount; None where that is not known.
    """

    tiles: Mapping[str, int]
    failed: tuple[str, ...] = ()
    cost: float | None = None


#: No more failed tiles than this are named in the state and in messages.
NAMED_TILES: Final = 20


@dataclass(frozen=True)
class TilingGrid:
    """A grid that results are cut by; sizes and resolutions are in ``unit`` (METRE or DEGREE)."""

    id: int
    name: str
    tile_width: float | None
    tile_height: float | None
    resolutions: tuple[float, ...]
    unit: str | None
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class CollectionInfo:
    """A collection that batch results are put in, and that the Process API reads as ``data_type``.

    Attributes:
        data_type: what a request names to read it: ``batch-<id>`` or ``byoc-<id>``.
        s3_bucket: the bucket that its COGs are in.
        tiling_grid_id: the grid of its data, once a request has written into it.
        bands: its bands by name.
        created: ISO 8601 timestamp.
    """

    id: str
    name: str
    data_type: str
    s3_bucket: str | None
    tiling_grid_id: int | None
    bands: Mapping[str, Any]
    created: str | None
    raw: Mapping[str, Any]


class Unset(Enum):
    """The type of ``UNSET``: "leave as it is", where None has a meaning of its own."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class ResultFiles(Protocol):
    """Reads files that the service has left beside the results."""

    def save(self, url: str, into: BinaryIO) -> bool:
        """Write the file at ``s3://bucket/key`` piece by piece into an open one.

        False where there is none. Raises SentinelHubError.
        """

    def exists(self, url: str) -> bool:
        """Whether there is an object at ``s3://bucket/key``. Raises SentinelHubError."""


def unheard(_: int) -> None:
    """Nobody listens."""


class BatchService(Protocol):
    """Calls of the batch service, of one generation. All raise the ``ServiceError`` family.

    A call that may have been committed without its answer arriving raises ``AnswerLost``: the caller
    looks before it calls again. ``NotFound`` right after a create can be the service's read lag; the
    caller decides how long to wait. What the generation cannot do (see its abilities) raises InputError.
    """

    @property
    def generation(self) -> Generation:
        """The generation that is spoken."""

    def account_id(self) -> str | None:
        """The account whose credentials are at work, as the token names it; None where it does not."""

    def account_of_requests(self) -> str | None:
        """The account that the newest visible batch request belongs to; None without one."""

    def create_request(self, payload: Mapping[str, Any]) -> BatchRequestInfo:
        """POST one request; repeated only when certainly nothing was committed. Costs nothing."""

    def get_request(self, request_id: str) -> BatchRequestInfo:
        """GET one request. Raises NotFound: expired, deleted, or not visible yet."""

    def list_requests(
        self, *, search: str | None = None, sort: str | None = None, collection_id: str | None = None
    ) -> Iterator[BatchRequestInfo]:
        """All requests of the account, page by page as they are taken.

        Args:
            search: words joined by ``|`` or ``&``, looked for in the description among others.
            sort: ``created``, ``created:desc``, ``status`` or ``status:desc``.
            collection_id: only those that write to this collection.
        """

    def newest_requests(self, token: str | None = None) -> Page[BatchRequestInfo]:
        """One page of the list, the newest first; the first page, or the one that a page's token leads to."""

    @property
    def writes(self) -> Writes:
        """What this process has written, by whatever client of it."""

    def update_request(
        self,
        request_id: str,
        *,
        description: str | Literal[Unset.UNSET] = UNSET,
        collection_id: str | Literal[Unset.UNSET] | None = UNSET,
    ) -> BatchRequestInfo:
        """PUT description or collection link; ``collection_id=None`` unlinks.

        Raises:
            NotFound: no such request.
            Conflict: it is active.
        """

    def touch_request(self, info: BatchRequestInfo) -> None:
        """PUT its description as it is, which changes nothing. Raises as ``update_request`` does."""

    def delete_request(self, request_id: str) -> None:
        """DELETE. Raises NotFound; Conflict while it is active or when tiles were processed."""

    def analyse(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""

    def start(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost. Costs units."""

    def cancel(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""

    def restart_failed(self, request_id: str) -> None:
        """Run the failed tiles again. Raises BadRequest unless it is PARTIAL, NotFound, AnswerLost. Costs."""

    def progress(
        self, info: BatchRequestInfo, files: ResultFiles, counted: Callable[[int], object] = unheard
    ) -> Progress | None:
        """How its tiles stand; None where nothing tells.

        Tiles and features are counted as they come and kept nowhere; ``counted`` is told of each hundred,
        since a continent's take minutes.
        """

    def tiles(self, request_id: str, files: ResultFiles, *, status: str | None = None) -> Iterator[Tile]:
        """All tiles, in no order; empty before analysis."""

    def tile_sizes(self, info: BatchRequestInfo, files: ResultFiles) -> Mapping[tuple[int, int], int] | None:
        """How many of what the analysis has found have which width and height in pixels.

        None where that is not told.
        """

    def tiling_grids(self) -> Iterator[TilingGrid]:
        """The grids that the account may use."""

    def create_collection(self, name: str, s3_bucket: str) -> CollectionInfo:
        """POST one collection; repeated only when certainly nothing was committed."""

    def get_collection(self, collection_id: str) -> CollectionInfo:
        """Raises NotFound."""

    def list_collections(self, search: str | None = None) -> Iterator[CollectionInfo]:
        """All collections of the account."""

    def rename_collection(self, collection_id: str, name: str) -> None:
        """PUT the name. Raises NotFound."""

    def delete_collection(self, collection_id: str) -> None:
        """DELETE. Raises NotFound; Conflict while a request uses it."""
