"""Inputs that no user writes."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.plugin.hidden import completed
from pulumi_sentinelhub.plugin.kinds import COLLECTION, RUN
from pulumi_sentinelhub.plugin.own_inputs import with_script
from pulumi_sentinelhub.values import UNKNOWN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.contexts import without_service


@pytest.fixture
def ctx() -> Context:
    def reached(*_: Any) -> Any:
        raise AssertionError("no call is made")

    patience = Patience.lasting(HandClock(), 600.0)
    return without_service(patience, reached, urn="urn:pulumi:dev::p::sentinelhub:index:X::area")


def test_what_no_batchrequest_holds_is_bare(ctx: Context) -> None:
    """A run knows by this process which of its requests are somebody's, and in which generation they live."""
    ctx.ledger.hold("a", "key of a")
    ctx.ledger.lives_in("a", "v2")
    found = completed(RUN, ctx, "k", {}, {"requests": ["a", "b"]})
    assert (found["bare"], found["generations"]) == (["b"], {"a": "v2"})


@pytest.mark.parametrize(("requests", "bare"), [(["a", "b", UNKNOWN], ["b"]), (UNKNOWN, None)])
def test_generations_to_come_are_planned(ctx: Context, requests: Any, bare: Any) -> None:
    """An update with a preview's plan is refused where something comes that was not planned."""
    ctx.ledger.hold("a", "key of a")
    ctx.ledger.lives_in("a", "v2")
    found = completed(RUN, ctx, "k", {}, {"requests": requests})
    assert (found["bare"], found["generations"]) == (bare, UNKNOWN)


def test_what_a_command_leaves_out_is_what_it_was(ctx: Context) -> None:
    """With ``--target`` a request's own BatchRequest is not met: the last inputs tell whose it was."""
    olds = {"requests": ["a", "b"], "bare": ["b"], "generations": {"a": "v2"}}
    found = completed(RUN, ctx, "k", olds, {"requests": ["a", "b"]})
    assert (found["bare"], found["generations"]) == (["b"], {"a": "v2"})


def test_a_collection_is_named_after_its_resource(ctx: Context) -> None:
    """As in Python: unless it is given a name, or adopted with its own."""
    assert completed(COLLECTION, ctx, "k", {}, {})["name"] == "area"
    assert completed(COLLECTION, ctx, "k", {}, {"name": "x"})["name"] == "x"
    assert "name" not in completed(COLLECTION, ctx, "k", {}, {"adopt_id": "1"})


@pytest.mark.parametrize(
    ("inputs", "merged", "faults"),
    [
        (
            {"evalscript": "s", "process_request": {"a": 1}},
            {"process_request": {"a": 1, "evalscript": "s"}},
            0,
        ),
        ({"evalscript": UNKNOWN, "process_request": UNKNOWN}, {"process_request": UNKNOWN}, 0),
        ({"evalscript": "s"}, {}, 1),
        (
            {"evalscript": "s", "process_request": {"evalscript": "t"}},
            {"process_request": {"evalscript": "t"}},
            1,
        ),
        ({"process_request": {}}, {"process_request": {}}, 0),
    ],
)
def test_the_evalscript_is_merged(inputs: dict[str, Any], merged: dict[str, Any], faults: int) -> None:
    """As in Python: in one place only, and only where there is something to go into."""
    found, failures = with_script(inputs)
    assert (found, len(failures)) == (merged, faults)
