"""The calls of the client by name, and answers that fail them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import SentinelHubError
from tests.support.wire import ID, Answer, Outcome, Wire, client, refusal_json, request_json

ONE = f"/process/{ID}"

RESET = requests.exceptions.ConnectionError("reset after it was sent")

SLOW = requests.exceptions.ReadTimeout("no answer")

CUT = requests.exceptions.ChunkedEncodingError("half an answer")

REFUSED = requests.exceptions.ConnectTimeout("nobody there")

EMPTY_BODY = refusal_json(400, "Request body should be non-empty.")

LIMITED = Answer(
    429, {"status": 429, "message": "You have exceeded your rate limit"}, {"Retry-After": "3398"}
)

GOOD = Answer(200, request_json())

LOST: list[Outcome] = [
    Answer(500),
    Answer(502, b"<html>"),
    Answer(503),
    Answer(504),
    Answer(408),
    RESET,
    SLOW,
    CUT,
]

Do = Callable[[BatchClient], Any]

GET: Do = lambda one: one.get_request(ID)  # noqa: E731 - a table of calls

PUT: Do = lambda one: one.update_request(ID, description="d")  # noqa: E731

DELETE: Do = lambda one: one.delete_request(ID)  # noqa: E731

RENAME: Do = lambda one: one.rename_collection("c", "n")  # noqa: E731

CREATE: Do = lambda one: one.create_request({"processRequest": {}})  # noqa: E731

CREATE_COLLECTION: Do = lambda one: one.create_collection("n", "b")  # noqa: E731

ANALYSE: Do = lambda one: one.analyse(ID)  # noqa: E731

START: Do = lambda one: one.start(ID)  # noqa: E731

CANCEL: Do = lambda one: one.cancel(ID)  # noqa: E731

RESTART: Do = lambda one: one.restart_failed(ID)  # noqa: E731

REPEATABLE = {"GET": GET, "PUT": PUT, "DELETE": DELETE}

POSTS = {
    "create": CREATE,
    "create collection": CREATE_COLLECTION,
    "analyse": ANALYSE,
    "start": START,
    "cancel": CANCEL,
    "restart": RESTART,
}

EVERY = {**REPEATABLE, **POSTS}


def wire(*outcomes: Outcome) -> Wire:
    made = Wire()
    for method in ("GET", "PUT", "DELETE", "POST"):
        made.on(method, ".*", *outcomes)
    return made


def failing(do: Do, *outcomes: Outcome) -> tuple[SentinelHubError, Wire]:
    made = wire(*outcomes)
    with pytest.raises(SentinelHubError) as caught:
        do(client(made))
    return caught.value, made
