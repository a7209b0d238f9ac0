"""Look-ups of what the service has: in the program's own process and with its settings; pages are followed.

Each comes in two forms: a plain one that answers at once, and an ``_output`` one that takes and gives
Outputs, for ids that are known only during the update.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pulumi

from ..batch.api import BatchRequestInfo, Tile, TilingGrid
from ..config.settings import Settings
from ..errors import SentinelHubError
from ..lifecycle import lookups
from ..s3.files import Files
from .arguments import ArgumentError
from .hidden import program_settings
from .secrecy import refused

if TYPE_CHECKING:
    from ..batch.api import BatchService
    from ..s3.buckets import BucketClient

T = TypeVar("T")


def get_batch_request(id: str) -> BatchRequestInfo:
    """One batch request as it is now: status, latest user action, estimate, tiles and more.

    Args:
        id: id of the request.

    Raises:
        pulumi.RunError: there is no such request, or the service cannot be asked.
    """
    _expect_id("get_batch_request", id)
    return _ask(program_settings(), lambda service: lookups.batch_request(service, id))


def get_batch_request_output(id: pulumi.Input[str]) -> pulumi.Output[BatchRequestInfo]:
    """As get_batch_request, for an id that may be an Output."""
    settings = program_settings()
    return _later(settings, pulumi.Output.from_input(id), lookups.batch_request)


def list_batch_requests(*, search: str | None = None, sort: str | None = None) -> list[BatchRequestInfo]:
    """All batch requests of the account.

    Args:
        search: words joined by ``|`` or ``&``, looked for in the description among others.
        sort: ``"created"``, ``"created:desc"``, ``"status"`` or ``"status:desc"``.

    Raises:
        pulumi.RunError: the service cannot be asked.
    """
    return _ask(
        program_settings(), lambda service: [*lookups.batch_requests(service, search=search, sort=sort)]
    )


def list_batch_requests_output(
    *, search: pulumi.Input[str] | None = None, sort: pulumi.Input[str] | None = None
) -> pulumi.Output[list[BatchRequestInfo]]:
    """As list_batch_requests, for arguments that may be Outputs."""
    settings = program_settings()
    both: pulumi.Output[dict[str, str | None]] = pulumi.Output.all(search=search, sort=sort)
    return _later(settings, both, lambda service, known: [*lookups.batch_requests(service, **known)])


def get_batch_request_tiles(id: str, *, status: str | None = None) -> list[Tile]:
    """The tiles of a batch request; none before its analysis.

    Args:
        id: id of the request.
        status: only tiles in this state: PENDING, SCHEDULED, QUEUED, PROCESSING, PROCESSED or FAILED.

    Raises:
        pulumi.RunError: there is no such request, or the service cannot be asked.
    """
    _expect_id("get_batch_request_tiles", id)
    settings = program_settings()
    return _ask(
        settings, lambda service: lookups.batch_request_tiles(service, _files(settings), id, status=status)
    )


def get_batch_request_tiles_output(
    id: pulumi.Input[str], *, status: pulumi.Input[str] | None = None
) -> pulumi.Output[list[Tile]]:
    """As get_batch_request_tiles, for arguments that may be Outputs."""
    settings = program_settings()
    both: pulumi.Output[dict[str, str]] = pulumi.Output.all(id=id, status=status)
    return _later(
        settings,
        both,
        lambda service, known: lookups.batch_request_tiles(service, _files(settings), **known),
    )


def list_tiling_grids() -> list[TilingGrid]:
    """The tiling grids that the account may use, with their tile sizes and resolutions (metres or degrees).

    Raises:
        pulumi.RunError: the service cannot be asked.
    """
    return _ask(program_settings(), lookups.tiling_grids)


def list_tiling_grids_output() -> pulumi.Output[list[TilingGrid]]:
    """As list_tiling_grids, without holding the program up."""
    nothing = pulumi.Output.from_input(None)
    return _later(program_settings(), nothing, lambda service, _: lookups.tiling_grids(service))


def _ask(settings: Settings, question: Callable[[BatchService], T]) -> T:
    """Answer with one line instead of a traceback where the service says no."""
    try:
        return question(_client(settings))
    except SentinelHubError as error:
        raise pulumi.RunError(str(error)) from None


K = TypeVar("K")


def _later(
    settings: Settings, argument: pulumi.Output[K], question: Callable[[BatchService, K], T]
) -> pulumi.Output[T]:
    """The answer as an Output, asked for on another thread: the program's event loop goes on."""

    async def answer(known: K) -> T:
        try:
            return await asyncio.to_thread(_ask, settings, lambda service: question(service, known))
        except pulumi.RunError as error:
            await refused(argument, known, error)

    return argument.apply(answer)


@functools.lru_cache(maxsize=4)
def _client(settings: Settings) -> BatchService:
    """One client, so one token, for all look-ups of a program."""
    from ..batch.clients import batch_client

    return batch_client(settings.api_version, settings)


def _files(settings: Settings) -> Files:
    """Reads what the service has left beside the results."""

    def storage() -> BucketClient:
        from ..s3.buckets import BucketClient

        return BucketClient(settings.deployment)

    return Files(storage)


def _expect_id(where: str, id: object) -> None:
    if not isinstance(id, str) or not id:
        kind = "an empty string" if id == "" else f"of type {type(id).__name__}"
        raise ArgumentError(f"{where} needs an id, but it is {kind}; an Output goes to {where}_output")
