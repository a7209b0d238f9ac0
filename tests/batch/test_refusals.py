"""Which error an answer becomes."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    Conflict,
    CredentialsRefused,
    Forbidden,
    InputError,
    NotFound,
    RateLimited,
    ServiceError,
    Unreachable,
)
from tests.batch.calls import CREATE, DELETE, GET, GOOD, LIMITED, PUT, REFUSED, START, Do, failing, wire
from tests.support.wire import ID, SECRET, TOKEN, Answer, client, refusal_json, within


def test_a_second_401_says_which_credentials() -> None:
    """A fresh token that is refused too is a refusal of the credentials."""
    error, made = failing(START, Answer(401))
    assert isinstance(error, CredentialsRefused)
    assert "environment" in str(error)
    assert len(made.calls()) == 2


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, BadRequest, "Fix"),
        (402, Forbidden, "account"),
        (403, Forbidden, "batch processing"),
        (404, NotFound, "expired"),
        (405, BadRequest, "Fix"),
        (409, Conflict, "active"),
        (410, NotFound, "expired"),
        (415, BadRequest, "Fix"),
    ],
)
@pytest.mark.parametrize("do", [GET, START, DELETE], ids=["GET", "POST", "DELETE"])
def test_refusals_by_status(status: int, kind: type[ServiceError], hint: str, do: Do) -> None:
    """Each status is one class, with the service's words, its code, the id, and what to do."""
    error, made = failing(do, refusal_json(status, "It was the moon.", "COMMON_X"))
    assert isinstance(error, ServiceError)
    assert type(error) is kind
    assert (error.status, error.code) == (status, "COMMON_X")
    assert len(made.calls()) == 1
    for words in ("It was the moon", "COMMON_X", str(status), ID, hint):
        assert words in str(error)


@pytest.mark.parametrize(
    ("do", "kind", "calls"),
    [(GET, Unreachable, 6), (PUT, AnswerLost, 6), (DELETE, AnswerLost, 6), (START, AnswerLost, 1)],
)
def test_a_service_that_goes_on_failing(do: Do, kind: type[ServiceError], calls: int) -> None:
    """After half a minute the error says whether something may have been done."""
    error, made = failing(do, refusal_json(500, "Database", "COMMON_DATABASE_ERROR"))
    assert type(error) is kind
    assert "Database" in str(error)
    assert len(made.calls()) == calls


def test_a_service_that_is_not_there() -> None:
    """Four attempts in a few seconds, then the host is named."""
    error, made = failing(CREATE, REFUSED)
    assert type(error) is Unreachable
    assert "hub.example" in str(error)
    assert len(made.calls()) == 4


@pytest.mark.parametrize("body", [b'{"id": "6aa', b"<html>", b"\xff\xfe", b"[1,", b"", b'""', b"{}", b"[]"])
def test_an_answer_that_cannot_be_read(body: bytes) -> None:
    """A read is repeated and then a bad answer; a create may have been done, so its answer is lost."""
    error, made = failing(GET, Answer(200, body))
    assert type(error) is BadAnswer
    assert len(made.calls()) == 6
    error, made = failing(CREATE, Answer(201, body))
    assert type(error) is AnswerLost
    assert len(made.calls()) == 1


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            {
                "parameter": "processRequest->output->responses[0]->format",
                "invalidValue": "data/zarr",
                "description": "Format object.",
                "possibleValues": ["image/tiff", "zarr/array"],
            },
            'responses[0]->format = "data/zarr": Format object (possible: image/tiff, zarr/array)',
        ),
        (
            [{"parameter": "output->resx", "violation": "too large."}, {"parameter": "b"}],
            "output->resx: too large; b",
        ),
        (["plain words"], "plain words"),
        (17, "Invalid type [HTTP 400"),
    ],
)
def test_details_of_a_refusal_are_shown(errors: object, words: str) -> None:
    """``errors`` is read as an object, as an array, and survived as anything else."""
    error, _ = failing(CREATE, refusal_json(400, "Invalid type", errors=errors))
    assert words in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>gateway</html>", b"[]", b'{"error": "text"}', {"message": 5}])
def test_refusals_without_the_documented_body(body: Any) -> None:
    """The gateway's own pages are not quoted."""
    error, _ = failing(GET, Answer(403, body))
    assert type(error) is Forbidden
    assert "gateway" not in str(error)
    assert "HTTP 403" in str(error)


def test_the_bare_error_object_is_read_too() -> None:
    """The documentation prints 429 without the outer ``error``."""
    made = wire(LIMITED)
    with pytest.raises(RateLimited, match="exceeded your rate limit"):
        within(client(made), 10).get_request(ID)


def test_a_payload_without_a_json_form_is_an_input_error() -> None:
    """NaN is not JSON; nothing is sent."""
    made = wire(GOOD)
    with pytest.raises(InputError, match="NaN"):
        client(made).create_request({"a": float("nan")})
    assert not made.calls()


def test_what_the_service_echoes_is_redacted() -> None:
    """Secret and token are cut out of the service's words."""
    error, _ = failing(GET, refusal_json(400, f"bad {TOKEN} and {SECRET}", errors={"parameter": TOKEN}))
    assert "[redacted]" in str(error)
    assert TOKEN not in str(error)
    assert SECRET not in str(error)
