"""What reaches the engine from a program, and what comes back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from pulumi_sentinelhub import BatchCollection, BatchRequest, BatchRun, OutputBucket
from tests.resources.programs import GRID, PROCESS_REQUEST, REQUEST_INPUTS, WITH_SCRIPT, Program, request
from tests.support.notes import Notes


def test_a_request_travels_in_snake_case(notes: Notes, program: Program) -> None:
    """The inputs are those of the lifecycle's table, with defaults and without what is absent."""
    program(request)
    assert notes.inputs("BatchRequest") == REQUEST_INPUTS
    assert notes.registered[0].typ == "pulumi-python:dynamic/sentinelhub:BatchRequest"
    assert len(notes.registered[0].inputs["__provider"]) < 100


def test_outputs_have_their_types(notes: Notes, program: Program) -> None:
    """Whole numbers are integers, and what the service has not said is None."""
    notes.outputs["BatchRequest"] = {"status": "CREATED", "tile_count": 68.0, "value_estimate": 12.0}

    def body() -> Any:
        made = request()
        return [made.status, made.tile_count, made.value_estimate, made.error, made.process_request]

    status, tiles, estimate, error, process_request = program(body)
    assert (status, tiles, estimate, error) == ("CREATED", 68, 12.0, None)
    assert isinstance(tiles, int)
    assert process_request == WITH_SCRIPT


def test_a_payload_says_the_same(notes: Notes, program: Program) -> None:
    """``from_payload`` takes the API's own members, Outputs among them."""
    payload = {
        "processRequest": WITH_SCRIPT,
        "tilingGrid": GRID,
        "bucketName": pulumi.Output.from_input("b"),
        "description": "d",
    }
    program(lambda: BatchRequest.from_payload("max-ndvi", payload))
    assert notes.inputs("BatchRequest") == {**REQUEST_INPUTS, "description": "d"}


def test_the_whole_answer_of_the_service_is_no_payload(notes: Notes, program: Program) -> None:
    """Members that a new request cannot have are named."""
    answer = {"id": "1", "status": "DONE", "bucketName": "b"}
    with pytest.raises(pulumi.RunError, match=r"id, status cannot be part of a new request; its members are"):
        program(lambda: BatchRequest.from_payload("x", answer))


@pytest.mark.parametrize("later", [False, True])
def test_an_evalscript_may_be_a_file(
    notes: Notes, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """Path or ``.js`` string: the file's text is merged into the process request, Output or not."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "script.js"
    file.write_text("//VERSION=3")
    process_request: Any = pulumi.Output.from_input(PROCESS_REQUEST) if later else PROCESS_REQUEST
    for evalscript in (file, str(file), "script.js", "//VERSION=3", pulumi.Output.from_input("//VERSION=3")):
        notes.registered.clear()
        program(functools.partial(request, process_request=process_request, evalscript=evalscript))
        assert notes.inputs("BatchRequest") == REQUEST_INPUTS


def run_of(requests: Callable[[], Any]) -> BatchRun:
    return BatchRun("run", requests=requests())


def test_a_run_takes_requests_and_ids(notes: Notes, program: Program) -> None:
    """Resources, ids, one of either, or an Output of ids."""
    outputs = pulumi.Output.from_input(["a", "b"])
    lives = {"generations": {"max-ndvi-id": "v1"}}
    cases: list[tuple[Callable[[], Any], list[str], dict[str, Any]]] = [
        (request, ["max-ndvi-id"], lives),
        (lambda: [request(), "other"], ["max-ndvi-id", "other"], {"bare": ["other"], **lives}),
        (lambda: request().id, ["max-ndvi-id"], {}),
        (lambda: [request().id.apply(str)], ["max-ndvi-id"], {}),
        (lambda: "other", ["other"], {"bare": ["other"]}),
        (lambda: pulumi.Output.from_input("other"), ["other"], {"bare": ["other"]}),
        (lambda: outputs, ["a", "b"], {"bare": ["a", "b"]}),
    ]
    for requests, ids, told in cases:
        notes.registered.clear()
        program(functools.partial(run_of, requests))
        given = notes.inputs("BatchRun")
        [*keys] = given.pop("declarations", {}).items()
        made = [one for one in notes.registered if one.typ.endswith(":BatchRequest")]
        named = [("0", one.inputs["declaration"]) for one in made if "generations" in told]
        assert keys == named
        assert given == {
            "requests": ids,
            **told,
            "until": "started",
            "restart_partial": 0,
            "accept_partial": False,
            "on_delete": "cancel",
            "deployment": "aws-eu-central-1",
        }


def test_a_run_passes_custom_timeouts_on(notes: Notes, program: Program) -> None:
    """They are seconds in a hidden input, for hosts that keep them to themselves."""
    opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="1h30m", delete="40s"))
    program(lambda: BatchRun("run", requests="a", opts=opts))
    assert notes.inputs("BatchRun")["timeouts"] == {"create": 5400.0, "delete": 40.0}


def test_declarations_have_stable_keys_of_their_own(notes: Notes, program: Program) -> None:
    """The key differs by name and by type, and stays the same from run to run."""

    def body() -> None:
        BatchRun("a", requests="x")
        BatchRun("b", requests="x")
        OutputBucket("a")

    program(body)
    keys = {(args.typ, args.name): args.inputs["declaration"] for args in notes.registered}
    assert len(set(keys.values())) == 3
    notes.registered.clear()
    program(body)
    assert keys == {(args.typ, args.name): args.inputs["declaration"] for args in notes.registered}


def test_a_bucket_travels_with_its_defaults(notes: Notes, program: Program) -> None:
    """What is not given is left to the lifecycle."""
    program(lambda: OutputBucket("results", expire_days=30, tags={"project": "corsica"}))
    assert notes.inputs("OutputBucket") == {
        "force_destroy": False,
        "expire_days": 30,
        "tags": {"project": "corsica"},
        "policy": "narrow",
        "delivery_role": False,
        "deployment": "aws-eu-central-1",
    }


def test_a_collection_is_named_after_its_resource(notes: Notes, program: Program) -> None:
    """Unless it has a name, or is adopted with the one that it has."""
    program(lambda: BatchCollection("ndvi", bucket_name="b"))
    assert notes.inputs("BatchCollection")["name"] == "ndvi"
    notes.registered.clear()
    program(lambda: BatchCollection("ndvi", adopt_id="c-1"))
    assert "name" not in notes.inputs("BatchCollection")


def test_the_deployment_comes_from_the_stack_config(notes: Notes, program: Program) -> None:
    """It is an input, so that moving to another deployment is seen."""
    pulumi.runtime.set_config("sentinelhub:deployment", "cdse")
    try:
        program(request)
    finally:
        pulumi.runtime.set_all_config({})
    assert notes.inputs("BatchRequest")["deployment"] == "cdse"


def test_a_wrong_config_is_one_line(notes: Notes, program: Program) -> None:
    """Pulumi shows the text of a RunError without a traceback."""
    pulumi.runtime.set_config("sentinelhub:deployment", "moon")
    try:
        with pytest.raises(pulumi.RunError, match="moon"):
            program(request)
    finally:
        pulumi.runtime.set_all_config({})
