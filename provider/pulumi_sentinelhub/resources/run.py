"""BatchRun: the desired outcome of one or many batch requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from ..batch.generations import FIRST
from ..dynamic import phase, providers
from ..lifecycle.tables.run import FIELDS, OUTPUTS, UNREAD
from ..shown import fit
from ..types import OnDelete, Until
from .arguments import ArgumentError, as_output, checked, elements, is_later, is_sequence
from .declared import Declared
from .hidden import hidden_inputs, previewed, program_settings, timeouts
from .request import BatchRequest

TYPE: Final = "pulumi-python:dynamic/sentinelhub:BatchRun"


class BatchRun(Declared, module="sentinelhub", name="BatchRun"):
    """The desired outcome of one or many batch requests: analysed, started, finished or cancelled.

    It makes no remote object: it drives each request to the outcome from wherever it is, so it can be
    repeated at any time. An interrupted run is continued by the next ``pulumi up``; a finished job never
    runs again by itself. Requests that are added are driven; what is taken out goes on, since only the
    removal of its own BatchRequest cancels a request, besides a passed budget and ``until="cancelled"``.
    Deadlines are ``custom_timeouts`` (create and update 24 hours, delete 1 hour where nothing is said).

    Args:
        name: the name in the Pulumi program.
        requests: the batch requests or their ids; a single one will do.
        until: how far: ``"analysed"``, ``"started"``, ``"finished"`` or ``"cancelled"``.
        max_cost: processing units that all requests together may cost, after the batch discount: they are
            analysed first and nothing is started when the estimates exceed it; while the run waits for them,
            they are cancelled when the cost so far passes it. A change alone makes no call, and so ends no
            job.
        restart_partial: how often failed tiles of a PARTIAL request are run again, which costs processing
            units.
        accept_partial: whether a result that lacks failed tiles will do.
        on_delete: what the run's removal does with requests that are given by bare id and owned by no
            BatchRequest: ``"cancel"`` or ``"leave"``.
        opts: options of the resource.

    Changes:
        ``requests``, ``until``, ``restart_partial``, ``accept_partial``: a change drives the requests: calls
            are made for each that is not at the outcome.
        ``max_cost``, ``on_delete``: a change makes no call: it is kept in the state, and counts the next time
            that it matters.

    Attributes:
        status: the one status that all requests share, else that of the one which is furthest from done.
        statuses: status by request id.
        results: a record a request: id, status, user_action, tiles, failed_tiles, value_estimate,
            cost_estimate, cost and more.
        tiles: number of tiles of all requests.
        tiles_by_status: number of tiles by tile status, over all requests.
        failed_tiles: names of failed tiles, at most 20 a request; on v2 each with its reason.
        user_action: the latest action that all requests share, else MIXED.
        value_estimate: sum of the service's estimates in processing units, before the batch discount.
        cost_estimate: the same after the batch discount.
        cost: processing units spent, after the batch discount.
        collection_ids: batch collection by request id; one that a request makes itself (createCollection) is
            there after its analysis. The Process API reads it as ``batch-<id>``.
        earlier: what was spent on requests that have left the run: id, declaration, cost in processing units.
        service: address of the service that the requests were made at.
        account_id: id of the account that the requests belong to.

    Raises:
        pulumi.RunError: an argument has the wrong Python type, or a custom timeout is no duration.
    """

    requests: pulumi.Output[Sequence[str]]
    until: pulumi.Output[str]
    max_cost: pulumi.Output[float | None]
    restart_partial: pulumi.Output[int]
    accept_partial: pulumi.Output[bool]
    on_delete: pulumi.Output[str]
    status: pulumi.Output[str]
    statuses: pulumi.Output[Mapping[str, str]]
    results: pulumi.Output[Sequence[Mapping[str, Any]]]
    tiles: pulumi.Output[int]
    tiles_by_status: pulumi.Output[Mapping[str, int]]
    failed_tiles: pulumi.Output[Sequence[str]]
    user_action: pulumi.Output[str]
    value_estimate: pulumi.Output[float | None]
    cost_estimate: pulumi.Output[float | None]
    cost: pulumi.Output[float | None]
    collection_ids: pulumi.Output[Mapping[str, str]]
    earlier: pulumi.Output[Sequence[Mapping[str, Any]] | None]
    service: pulumi.Output[str | None]
    account_id: pulumi.Output[str | None]

    def __init__(
        self,
        name: str,
        *,
        requests: (
            BatchRequest
            | pulumi.Input[str]
            | Sequence[BatchRequest | pulumi.Input[str]]
            | pulumi.Input[Sequence[str]]
        ),
        until: pulumi.Input[Until] = "started",
        max_cost: pulumi.Input[float] | None = None,
        restart_partial: pulumi.Input[int] = 0,
        accept_partial: pulumi.Input[bool] = False,
        on_delete: pulumi.Input[OnDelete] = "cancel",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'BatchRun("{name}")'
        members = _read_once(elements(f"{where}.requests", requests))
        declared = request_ids(where, members)
        given: dict[str, Any] = {
            "requests": declared,
            "bare": bare_ids(members),
            "until": until,
            "max_cost": max_cost,
            "restart_partial": restart_partial,
            "accept_partial": accept_partial,
            "on_delete": on_delete,
        }
        inputs: dict[str, Any] = {
            **checked(where, FIELDS, given),
            "generations": generations(members),
            "declarations": declarations(members),
            "timeouts": timeouts(where, opts),
            phase.KEY: previewed(),
            **hidden_inputs(program_settings(), TYPE, name, opts),
        }
        super().__init__(providers.Run(), name, OUTPUTS, inputs, opts)
        # An update that leaves the run out (--target) keeps what it said of requests that are gone by now.
        self.status = pulumi.Output.all(declared, self.statuses, self.status).apply(_status_of_declared)


def _status_of_declared(known: Sequence[Any]) -> str:
    """The run's status, where it is about the requests that are declared."""
    declared, statuses, status = known
    known_ids = list(statuses or ())
    return str(status) if all(id in known_ids for id in declared or ()) else UNREAD


def _read_once(requests: Any) -> Any:
    """The same, where what can be awaited only once has become an Output."""
    if is_later(requests):
        return as_output(requests)
    if is_sequence(requests):
        return [as_output(request) if is_later(request) else request for request in requests]
    return requests


def generations(requests: Any) -> pulumi.Output[dict[str, str]] | None:
    """By request id, the generation of the API that each BatchRequest lives in; None without one."""
    given = requests if is_sequence(requests) else [requests]
    resources = [request for request in given if isinstance(request, BatchRequest)]
    if not resources:
        return None
    pairs = [pulumi.Output.all(request.id, request.api_version) for request in resources]
    known: pulumi.Output[Any] = pulumi.Output.all(*pairs)
    # states of 0.1.0 name none
    return known.apply(lambda told: {id: version or FIRST.name for id, version in told})


def declarations(requests: Any) -> dict[str, Any] | None:
    """By place, the declaration of each that is a BatchRequest; known at preview, when no id is."""
    given = requests if is_sequence(requests) else [requests]
    keys = {str(n): one.declaration for n, one in enumerate(given) if isinstance(one, BatchRequest)}
    return keys or None


def bare_ids(requests: Any) -> Any:
    """Those of the requests that are given by an id which comes from no BatchRequest of the program."""
    given = requests if is_sequence(requests) else [requests]
    plain = [request for request in given if isinstance(request, str)]
    later = [request for request in given if is_later(request) and not isinstance(request, BatchRequest)]
    if not later:
        return plain or None
    found: pulumi.Output[Any] = pulumi.Output.all(*map(_bare_of, later))
    return found.apply(lambda lists: [*plain, *(id for ids in lists for id in ids)] or None)


def _bare_of(later: pulumi.Output[Any]) -> pulumi.Output[list[str]]:
    async def is_owned() -> bool:
        return any(isinstance(resource, BatchRequest) for resource in await later.resources())

    owned: Any = is_owned()
    texts: pulumi.Output[Any] = later.apply(_texts)
    both: pulumi.Output[Any] = pulumi.Output.all(texts, owned)
    return both.apply(lambda known: [] if known[1] else known[0])


def _texts(known: Any) -> list[str]:
    """The ids in what was given; of anything else the check of ``requests`` tells."""
    members = known if isinstance(known, (list, tuple)) else [known]
    return [member for member in members if isinstance(member, str)]


def request_ids(where: str, requests: Any) -> Any:
    """The ids of requests that are given as resources, as ids, or as one of either. Raises ArgumentError."""
    if isinstance(requests, (BatchRequest, str)):
        return [_request_id(where, requests)]
    if is_later(requests):
        return requests.apply(lambda known: [known] if isinstance(known, str) else known)
    if is_sequence(requests):
        _expect_each_once(where, requests)
        return [_request_id(where, request) for request in requests]
    found = "missing" if requests is None else f"of type {type(requests).__name__}"
    raise ArgumentError(f"{where}.requests must be BatchRequests or their ids, but it is {found}")


def _expect_each_once(where: str, requests: Sequence[Any]) -> None:
    """Refuse a BatchRequest that is named twice already now, when no id is known. Raises ArgumentError."""
    seen: set[int] = set()
    for request in requests:
        if isinstance(request, BatchRequest):
            if id(request) in seen:
                name = fit(request.pulumi_resource_name)
                raise ArgumentError(
                    f"{where}.requests must name each of the batch requests once, but it names "
                    f'BatchRequest("{name}") more than once'
                )
            seen.add(id(request))


def _request_id(where: str, request: Any) -> Any:
    if isinstance(request, BatchRequest):
        return request.id
    if isinstance(request, str) or is_later(request):
        return request
    raise ArgumentError(
        f"{where}.requests must hold BatchRequests or their ids, but one is of type {type(request).__name__}"
    )
