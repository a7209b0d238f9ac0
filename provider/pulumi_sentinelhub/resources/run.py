"""BatchRun: the desired outcome of one or many batch requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi.dynamic import Resource

from ..dynamic import providers
from ..lifecycle.run.lifecycle import FIELDS, OUTPUTS
from .arguments import ArgumentError, as_output, checked, is_later, is_sequence
from .hidden import declaration_key, deployment_name, timeouts
from .request import BatchRequest

TYPE: Final = "pulumi-python:dynamic/sentinelhub:BatchRun"


class BatchRun(Resource, module="sentinelhub", name="BatchRun"):
    """The desired outcome of one or many batch requests: analysed, started or finished.

    It makes no remote object: it drives each request to the outcome from wherever it is, so it can be
    repeated at any time. An interrupted run is continued by the next ``pulumi up``; a finished job never
    runs again by itself. Requests that are added are driven, removed ones are cancelled. Deadlines are
    ``custom_timeouts`` (create and update 24 hours, delete 1 hour where nothing is said).

    Args:
        name: the name in the Pulumi program.
        requests: the batch requests or their ids; a single one will do.
        until: how far: ``"analysed"``, ``"started"`` or ``"finished"``.
        max_cost: processing units that all requests together may cost, after the batch discount. They are
            analysed first and nothing is started when the estimates exceed it; while it waits for them,
            they are cancelled when the cost so far passes it.
        restart_partial: how often failed tiles of a PARTIAL request are run again.
        accept_partial: whether a result that lacks failed tiles will do.
        on_delete: what destroy, and removal from the run, does with what is still active: ``"cancel"`` or
            ``"leave"``.
        opts: options of the resource.

    Attributes:
        status: the one status that all requests share, else that of the one which is furthest from done.
        statuses: status by request id.
        results: a record a request: id, status, user_action, tiles, failed_tiles, value_estimate,
            cost_estimate, cost, …
        tiles: number of tiles of all requests.
        tiles_by_status: number of tiles by tile status, over all requests.
        failed_tiles: names of failed tiles, at most 20 a request.
        user_action: the latest action that all requests share, else MIXED.
        value_estimate: sum of the service's estimates in processing units, before the batch discount.
        cost_estimate: the same after the batch discount.
        cost: processing units spent, after the batch discount.
        collection_ids: batch collection by request id; one that a request makes itself (createCollection) is
            there after its analysis. The Process API reads it as ``batch-<id>``.

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
    user_action: pulumi.Output[str | None]
    value_estimate: pulumi.Output[float | None]
    cost_estimate: pulumi.Output[float | None]
    cost: pulumi.Output[float | None]
    collection_ids: pulumi.Output[Mapping[str, str]]

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
        until: pulumi.Input[str] = "started",
        max_cost: pulumi.Input[float] | None = None,
        restart_partial: pulumi.Input[int] = 0,
        accept_partial: pulumi.Input[bool] = False,
        on_delete: pulumi.Input[str] = "cancel",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'BatchRun("{name}")'
        given: dict[str, Any] = {
            "requests": request_ids(where, requests),
            "until": until,
            "max_cost": max_cost,
            "restart_partial": restart_partial,
            "accept_partial": accept_partial,
            "on_delete": on_delete,
        }
        inputs: dict[str, Any] = {
            **checked(where, FIELDS, given),
            "timeouts": timeouts(where, opts),
            "deployment": deployment_name(),
            "declaration": declaration_key(TYPE, name, opts),
        }
        super().__init__(providers.Run(), name, {**dict.fromkeys(OUTPUTS), **inputs}, opts)


def request_ids(where: str, requests: Any) -> Any:
    """The ids of requests that are given as resources, as ids, or as one of either. Raises ArgumentError."""
    if isinstance(requests, (BatchRequest, str)):
        return [_request_id(where, requests)]
    if is_later(requests):
        return as_output(requests).apply(lambda known: [known] if isinstance(known, str) else known)
    if is_sequence(requests):
        return [_request_id(where, request) for request in requests]
    raise ArgumentError(
        f"{where}.requests must be BatchRequests or their ids, but it is of type {type(requests).__name__}"
    )


def _request_id(where: str, request: Any) -> Any:
    if isinstance(request, BatchRequest):
        return request.id
    if isinstance(request, str) or is_later(request):
        return request
    raise ArgumentError(
        f"{where}.requests must hold BatchRequests or their ids, but one is of type {type(request).__name__}"
    )
