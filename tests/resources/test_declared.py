"""What registering a resource costs the program, which must not grow with the number of others."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
from pulumi.runtime import resource as registering
from pulumi.runtime.settings import SETTINGS

from pulumi_sentinelhub import BatchCollection, BatchRequest, BatchRun, Features, OutputBucket
from pulumi_sentinelhub.resources import declared
from pulumi_sentinelhub.resources.declared import FRAMES
from tests.resources.programs import Program, request
from tests.support.notes import Notes

CLASSES = (BatchCollection, BatchRequest, BatchRun, Features, OutputBucket)
REQUESTS = 20
#: More than the SDK's pickler takes by itself.
HUNDREDS = 400


def open_outputs(notes: Notes, program: Program) -> tuple[int, int]:
    """Outputs that the program's end waits for: before any is there, and what twenty requests add."""
    counts: list[int] = []

    def body() -> Any:
        counts.append(len(SETTINGS.outputs))
        for number in range(REQUESTS):
            request(bucket_name=f"b-{number}")
        counts.append(len(SETTINGS.outputs))

    program(body)
    return counts[0], counts[1] - counts[0]


@pytest.mark.skipif(
    not hasattr(SETTINGS.outputs, "discard"), reason="this version of Pulumi's SDK has all outputs waited for"
)
def test_few_outputs_are_waited_for(notes: Notes, program: Program) -> None:
    """A request has thirty outputs, which its registration resolves: they are not waited for one by one."""
    _, added = open_outputs(notes, program)
    assert added < 10 * REQUESTS


def test_an_sdk_without_that_part(notes: Notes, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is as it is without: each output is waited for."""
    monkeypatch.setattr(declared, "_UNTRACK", None)
    _, added = open_outputs(notes, program)
    assert added > len(vars(BatchRequest)["__annotations__"]) * REQUESTS
    assert len(notes.registered) == REQUESTS


def test_what_is_derived_is_waited_for(notes: Notes, program: Program) -> None:
    """The program does not end before what it does with an output is done."""
    seen: list[str] = []

    def body() -> Any:
        notes.outputs["BatchRequest"] = {"status": "CREATED"}
        request().status.apply(seen.append)

    program(body)
    assert seen == ["CREATED"]


@pytest.mark.parametrize("given", [None, 3, 1000])
def test_the_stack_is_short(
    notes: Notes, program: Program, monkeypatch: pytest.MonkeyPatch, given: int | None
) -> None:
    """The engine is told a few frames, the program's own line among them; a limit of the user's stays."""
    if given is None:
        monkeypatch.delattr(sys, "tracebacklimit", raising=False)
    else:
        monkeypatch.setattr(sys, "tracebacklimit", given, raising=False)
    told: list[Any] = []
    real = registering._get_stack_trace

    def noted() -> Any:
        told.append(real())
        return told[-1]

    monkeypatch.setattr(registering, "_get_stack_trace", noted)
    program(lambda: deeply(30))
    assert getattr(sys, "tracebacklimit", None) == given
    (stack,) = [one for one in told if one.frames] or [None]
    if given != 3:
        assert stack is not None
        assert len(stack.frames) < FRAMES
        assert any(frame.pc.uri.endswith("programs.py") for frame in stack.frames)


def deeply(levels: int) -> None:
    """A request below so many calls."""
    if levels:
        deeply(levels - 1)
    else:
        request()


@pytest.mark.parametrize("cls", CLASSES)
def test_types_of_outputs_are_types(cls: type) -> None:
    """No text that would have to be compiled for each resource."""
    annotations = vars(cls)["__annotations__"]
    assert annotations
    assert not [name for name, hint in annotations.items() if isinstance(hint, str)]


def test_a_dynamic_resource_of_ones_own_after_hundreds_of_ours(notes: Notes, program: Program) -> None:
    """The SDK can still pickle its provider, which it does through one layer more for each resource."""

    class Own(ResourceProvider):
        def create(self, props: dict[str, Any]) -> CreateResult:
            return CreateResult("own", props)

    class Mine(Resource):
        pass

    def body() -> Any:
        for number in range(HUNDREDS):
            OutputBucket(f"bucket-{number}")
        Mine(Own(), "mine", {})

    program(body)
    assert len(notes.registered) >= HUNDREDS
