"""A lifecycle that does as its inputs say, for tests of the front ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, Final

from pulumi_sentinelhub.engine.forms import Form
from pulumi_sentinelhub.errors import (
    CredentialsRefused,
    Elsewhere,
    Interrupted,
    JobFailed,
    Unfinished,
    Unreachable,
)
from pulumi_sentinelhub.finding import Finding, Severity
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import CheckReport, Difference, Remote
from pulumi_sentinelhub.lifecycle.fields import Change, Field, compare
from pulumi_sentinelhub.lifecycle.kinds import FLAG, ID, JSON, TEXTS, Text, Whole
from pulumi_sentinelhub.lifecycle.outputs import Integer, ListOf, Output, Record, by_name
from pulumi_sentinelhub.values import contains_unknown, is_unknown

AT_ONCE = 12
PATIENCE = 200.0  # seconds; only a failing test waits that long
_meeting = threading.Barrier(AT_ONCE)


def _kinds(value: Any) -> Any:
    """What arrived, spelled out, since values change on their way back."""
    if is_unknown(value):
        return "unknown"
    if isinstance(value, Mapping):
        return {key: _kinds(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_kinds(member) for member in value]
    return type(value).__name__


class FakeLifecycle:
    """Does what the input ``behave`` says."""

    fields = (
        Field("size", Change.IN_PLACE, Whole("number", -9, 9), "Size."),
        Field("place", Change.REPLACE, Text(), "Place."),
        Field("patience", Change.LOCAL, FLAG, "Patience."),
    )

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        found = [Finding("size", "it is negative", "make it 1")] if news.get("size", 1) == -1 else []
        if news.get("grid") == 9:
            found.append(Finding("", "grid 9 is new to us", severity=Severity.WARNING))
            found.append(Finding("", "12 tiles", severity=Severity.NOTE))
        if news.get("grid") == 8 and not is_unknown(news.get("place")):
            found.append(Finding("grid", f'is 8, which "{news.get("place")}" has not', "take 1"))
        # told as an input: a finding that depends on a secret is not shown
        told = {"seen_kinds": json.dumps(_kinds(news), sort_keys=True)} if news.get("tell") else {}
        return CheckReport({**news, **told}, tuple(found))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        assert not contains_unknown(olds)
        return compare(self.fields, olds, news)

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        self._behave(ctx, news)
        seen = {
            "seen_urn": ctx.urn,
            "seen_deadline": ctx.patience.given,
            "seen_kinds": json.dumps(_kinds(news), sort_keys=True),
        }
        return Remote("object-1", {**news, **seen})

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        if id == "gone":
            return None
        if id == "refused":
            raise CredentialsRefused("the secret was refused")
        if id == "unreached":
            raise Unreachable("cannot read it", why="the service does not answer")
        if id == "theirs":
            raise Elsewhere("it is another account's")
        return Remote(id, {**olds, "size": 7}, inputs={"size": 7})

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._behave(ctx, news)
        return {**olds, **news, "seen_deadline": ctx.patience.given, "seen_olds": sorted(olds)}

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        self._behave(ctx, olds)
        if olds.get("tell"):
            raise JobFailed("told", why=f"urn={ctx.urn} deadline={ctx.patience.given}")

    def _behave(self, ctx: Context, inputs: Mapping[str, Any]) -> None:
        behave = inputs.get("behave")
        if behave == "fail":
            raise JobFailed("batch request failed", subject="request-1", why="no data", next_step="widen it")
        if behave == "quote":
            place = inputs["place"]
            ctx.warn(f"looking at {place}")
            raise JobFailed("no job", subject=f"at {place} of {inputs['size']}", why=place, next_step="")
        if behave == "bug":
            raise ZeroDivisionError("a defect")
        if behave == "unfinished":
            cause = JobFailed("2 of 3 requests failed", next_step="run it again")
            raise Unfinished(cause, id="object-2", outputs={"status": "PARTIAL", "done": 1})
        if behave == "meet":
            _meeting.wait(PATIENCE)
        if behave == "wait":
            ctx.progress("PROCESSING 42% (29/68 tiles)")
            ctx.progress("PROCESSING 42% (29/68 tiles)")
            if ctx.patience.rest(PATIENCE):
                raise Interrupted("interrupted", next_step="request-1 goes on running")
        if behave == "go on":
            ctx.patience.check("go on", None)
        if behave == "connect":
            ctx.batch().get_request("request-1")


_MORE: Final = tuple(
    Field(name, Change.HIDDEN, JSON, "Free.") for name in ("behave", "grid", "tell", "free_value", "lists")
)
_RECORD: Final = Record("FakeRecord", (Output("tile_count", Integer("tiles"), "Tiles."),))
_OUTPUTS: Final = by_name(
    Output("seen_urn", Text(), "Urn."),
    Output("seen_deadline", Integer("seconds"), "Deadline."),
    Output("seen_kinds", Text(), "Kinds."),
    Output("seen_olds", TEXTS, "Olds."),
    Output("status", Text(), "Status."),
    Output("done", Integer(), "Done."),
    Output("object_id", ID, "Id."),
    Output("some_records", ListOf(_RECORD), "Records."),
)
#: Its table, with names that the plugin writes otherwise.
FORM: Final = Form((*FakeLifecycle.fields, *_MORE), _OUTPUTS)
