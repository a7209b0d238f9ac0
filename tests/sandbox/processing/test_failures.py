from __future__ import annotations

from typing import Any

import pytest

from sentinelhub_sandbox.processing import (
    EvalscriptFailure,
    ProcessingFailure,
    estimate_value,
    interpreter,
    plan_tiles,
    render_tile,
    validate_evalscript,
)

from .requests import script, small

TWO = "[{id: 'a', bands: 1}, {id: 'b', bands: 1}]"


def message(evalscript: str, **options: Any) -> str:
    """What analysis says of an evalscript."""
    request = small(evalscript, **options)
    with pytest.raises(EvalscriptFailure) as caught:
        validate_evalscript(request, plan_tiles(request)[:1])
    return str(caught.value)


@pytest.mark.parametrize(
    ("evalscript", "part"),
    [
        ("function setup( {", "SyntaxError"),
        ("//VERSION=3\nfunction evaluatePixel() { return [1] }", "setup() is not defined"),
        ("//VERSION=3\nfunction setup() { return {} }", "evaluatePixel() is not defined"),
        (script("return [missing.value]"), "evalscript.js:3: ReferenceError: missing is not defined"),
        (script("throw new Error('on purpose')"), "Error: on purpose"),
        (script("throw 'text'"), "evalscript.js: text"),
        (script(""), "Script must return an array."),
        (script("return samples.B04"), "Script must return an array."),
        (script("return [1, 2]"), "must return 1 value(s) for output default, but it returned 2"),
        (script("return [1]", output="{bands: 3}"), "must return 3 value(s)"),
        (script("return [1]", bands='"B99"'), "sentinel-2-l2a does not contain band B99"),
        (script("return [1]", units="KELVIN"), "not available in units KELVIN"),
        (script("return [1]", mosaicking="TILES"), "Mosaicking TILES is not one of"),
        (script("return [1]", output="{bands: 1, sampleType: 'FLOAT64'}"), "unknown sampleType FLOAT64"),
        (script("return [1]", output="{id: 'other', bands: 1}"), "Output default requested but missing"),
        (script("return [samples[0].B04]", mosaicking="SIMPLE"), "TypeError"),
        (
            "//VERSION=3\nfunction setup() { return {output: {bands: 1}} }\nfunction evaluatePixel() {}",
            "an input",
        ),
        (script("return [1]", output="[{bands: 1}, {bands: 2}]"), "must be unique"),
        (
            script("return [1]", extra="function preProcessScenes() {}", mosaicking="TILE"),
            "must return collections",
        ),
        (
            script(
                "return [1]",
                extra="function preProcessScenes(c) { c.scenes.orbits = [{dateFrom: 'x'}]; return c }",
                mosaicking="ORBIT",
            ),
            "scenes that it was given",
        ),
        (script("return [1]", output="{bands: 'three'}"), "whole number of bands"),
    ],
)
def test_a_faulty_evalscript_fails_the_analysis(evalscript: str, part: str) -> None:
    """Analysis says what is wrong, with the line where there is one."""
    assert part in message(evalscript)


def test_every_requested_output_must_be_returned() -> None:
    """With several outputs an array, or an object that lacks one, is refused."""
    assert message(script("return [1]", output=TWO), responses=["a", "b"]) == "Script must return an array."
    assert (
        message(script("return {a: [1]}", output=TWO), responses=["a", "b"]) == "Script must return an array."
    )


def test_an_unrequested_output_may_be_missing() -> None:
    """Outputs that no response names are not looked at."""
    request = small(script("return {a: [1]}", output=TWO), responses=["a"])
    validate_evalscript(request, plan_tiles(request))


def test_endless_loops_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """setup(), the top level and evaluatePixel are stopped after their time."""
    monkeypatch.setattr(interpreter, "SETUP_SECONDS", 0.2)
    monkeypatch.setattr(interpreter, "BLOCK_SECONDS", 0.2)
    for endless in (
        script("while (true) {}"),
        script("return [1]", extra="for (;;) {}"),
        "//VERSION=3\nfunction setup() { for (;;) {} }\nfunction evaluatePixel() { return [1] }",
    ):
        assert "timed out" in message(endless)


def test_greedy_scripts_end() -> None:
    """A script that eats memory fails alone; the process lives on."""
    greedy = script("const all = []; while (true) all.push(new Array(100000).fill(1.5)); return [1]")
    assert "out of memory" in message(greedy)
    validate_evalscript(small(script("return [1]")), plan_tiles(small(script("return [1]"))))


def test_a_failure_of_one_tile_is_raised_when_it_is_rendered() -> None:
    """What analysis cannot see, a script that fails on other pixels, fails that tile."""
    fragile = "if ((n = (typeof n === 'number' ? n : 0) + 1) > 9000) throw new Error('late'); return [1]"
    request = small(script(fragile, mosaicking="ORBIT"))
    plan = plan_tiles(request)[0]
    validate_evalscript(request, [plan])
    with pytest.raises(EvalscriptFailure, match="late"):
        render_tile(request, "id", plan)


@pytest.mark.parametrize("type_", ["batch-0", "byoc-0", "zarr-0", "nonsense"])
def test_collections_without_data_are_refused(type_: str) -> None:
    """User collections and unknown types fail with the collection's name."""
    request = small(script("return [1]"), data=[{"type": type_}])
    with pytest.raises(ProcessingFailure, match=type_):
        validate_evalscript(request, plan_tiles(request))


def test_inputs_must_match_the_sources() -> None:
    """Data fusion needs one input a source, and known datasources."""
    data = [{"type": "sentinel-2-l2a", "id": "a"}, {"type": "dem", "id": "b"}]
    assert "1 inputs for 2 data sources" in message(script("return [1]"), data=data)
    named = script("return [1]").replace(
        'input: [{bands: ["B04"]}]',
        'input: [{datasource: "a", bands: ["B04"]}, {datasource: "c", bands: ["DEM"]}]',
    )
    assert "Datasource c" in message(named, data=data)


def test_estimates_need_a_sound_setup() -> None:
    """A script without setup() has no price."""
    request = small("//VERSION=3\nfunction evaluatePixel() {}")
    with pytest.raises(EvalscriptFailure):
        estimate_value(request, plan_tiles(request))
