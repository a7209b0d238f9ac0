"""One call of evaluatePixel() on made-up samples: what it finds, and what it leaves alone."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.evalscript import run_setup
from tests.evalscript.soon import end_soon

LOOP = "while (true) {}"
SIMPLE = 'function setup() { return { input: ["B04", "dataMask"], output: { bands: 1 } } }'
ORBIT = SIMPLE.replace("output:", 'mosaicking: "ORBIT", output:')
TWO = SIMPLE.replace("output: { bands: 1 }", 'output: [{ id: "a", bands: 1 }, { id: "b", bands: 2 }]')
OPEN = TWO.replace("bands: 2", "bands: 0") + " function updateOutput() {}"
FUSED = """function setup() { return {
  input: [{ datasource: "x", bands: ["VV"] }, { datasource: "y", bands: ["B04"] }], output: { bands: 1 }
} }"""


def complaints(script: str) -> list[str]:
    found = run_setup(f"//VERSION=3\n{script}")
    read = {band for spec in found.inputs for band in spec.bands}
    return [
        reason for reason, _ in found.trial.complaints(read, {one.id: one.bands for one in found.outputs})
    ]


@pytest.mark.parametrize(
    ("setup", "pixel", "found"),
    [
        (SIMPLE, "return [s.B08]", 'reads "B08" of a sample, which setup() does not read'),
        (SIMPLE, "return [s.B04, s.dataMask]", 'returns 2 values for the output "default", which has 1 band'),
        (SIMPLE, "const x = s.B04", 'returns nothing for the output "default"'),
        (SIMPLE, "return [nowhere]", "throws ReferenceError: nowhere is not defined (line 3)"),
        (SIMPLE, LOOP, "does not come to an end"),
        (ORBIT, "return [s.B04]", 'reads "B04" of the list of samples'),
        (TWO, "return [1]", "returns one list for 2 outputs"),
        (TWO, "return { a: [1] }", 'returns nothing for the output "b", which has 2 bands'),
        (TWO, "return { a: [1], b: [1, 2, 3] }", 'returns 3 values for the output "b", which has 2 bands'),
        (FUSED, "return [s.z[0].VV]", "throws TypeError"),
    ],
)
def test_what_it_finds(setup: str, pixel: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A band that is not read, a wrong number of values, an exception, a loop: each is told in one line."""
    if pixel == LOOP:
        end_soon(monkeypatch)
    told = complaints(f"{setup}\nfunction evaluatePixel(s) {{ {pixel} }}")
    assert any(found in one for one in told), told
    assert all("\n" not in one for one in told)


@pytest.mark.parametrize(
    ("setup", "pixel"),
    [
        (SIMPLE, "return s.B04"),
        (SIMPLE, "return new Float32Array([s.B04])"),
        (SIMPLE, "return { default: [s.dataMask ? s.B04 : NaN] }"),
        (SIMPLE, "return [...new ColorRampVisualizer([]).process(s.B04), s.dataMask]"),
        (SIMPLE, "return valueInterpolate(s.B04, [0, 1], [[1], [2]])"),
        (SIMPLE, "return [JSON.stringify(Object.keys(s)).length + ({ ...s }).B04]"),
        (ORBIT, "return [Math.max(...s.map((one) => one.B04)) + s.length + s[1].dataMask]"),
        (ORBIT, "let n = 0; for (const o of scenes.orbits) n += o.tiles.length; return [n]"),
        (ORBIT, "return [new Date(scenes.orbits[0].dateFrom).getTime() + customData.x.y + metadata.z]"),
        (TWO, "return { a: [1], b: [1, 2] }"),
        (OPEN, "return { a: [1], b: [1, 2, 3] }"),
        (FUSED, "return [s.x[0].VV + s.y[0].B04]"),
    ],
)
def test_what_it_leaves_alone(setup: str, pixel: str) -> None:
    """Usual scripts, and whatever rests on helpers, scenes and metadata, are not complained of."""
    body = f"function evaluatePixel(s, scenes, metadata, customData) {{ {pixel} }}"
    assert complaints(f"{setup}\n{body}") == []


def test_what_is_declared_stands_whatever_becomes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the call ends the process, what setup() returns is there all the same."""
    end_soon(monkeypatch)
    hang = "function evaluatePixel() { const a = []; a[1e9] = 1; a.sort(); }"
    found = run_setup(f"//VERSION=3\n{SIMPLE}\n{hang}")
    assert found.output_ids == ("default",)
    assert found.trial.error is not None


def test_the_script_cannot_reach_it() -> None:
    """What a script replaces changes neither samples nor the judgement of what it returns."""
    evil = "JSON.stringify = () => 'evil'; Array.isArray = () => false; Object.keys = () => []; Proxy = null;"
    assert complaints(f"{evil}\n{SIMPLE}\nfunction evaluatePixel(s) {{ return [s.B04, 1] }}") == [
        'evaluatePixel() returns 2 values for the output "default", which has 1 band'
    ]
