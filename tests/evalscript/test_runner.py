"""Evalscripts are foreign code: setup() is really run, and nothing that it does can hurt."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from pulumi_sentinelhub.evalscript import EvalscriptError, InputSpec, OutputSpec, run_setup, runner
from tests.evalscript.soon import end_soon

VERSION = "//VERSION=3\n"
PIXEL = "function evaluatePixel(sample) { return [1] }\n"
GOOD = VERSION + PIXEL + 'function setup() { return { input: ["B04"], output: { bands: 1 } } }\n'


def returning(returned: str) -> str:
    """An evalscript whose setup() returns this JavaScript expression; setup() is on line 3."""
    return VERSION + PIXEL + f"function setup() {{ return {returned} }}"


def test_defaults_are_the_documented_ones() -> None:
    """Id default, sample type AUTO, mosaicking SIMPLE, units and datasource unset."""
    setup = run_setup(GOOD)
    assert setup.inputs == (InputSpec(("B04",), (), None, "SIMPLE"),)
    assert setup.outputs == (OutputSpec("default", 1, "AUTO"),)
    assert setup.mosaicking == "SIMPLE"
    assert not setup.updates_output


def test_everything_that_setup_can_say_is_understood() -> None:
    """Data sources with their own mosaicking, units for each band, several outputs, nodata, updateOutput."""
    setup = run_setup(
        VERSION
        + PIXEL
        + """
        function updateOutput() {}
        function setup() {
          return {
            input: [
              { datasource: "l2a", bands: ["B04", "SCL"], units: ["reflectance", "DN"], mosaicking: "TILE" },
              { datasource: "dem", bands: ["DEM"], units: "METERS", metadata: ["bounds"] },
            ],
            output: [
              { id: "a", bands: 1, sampleType: SampleType.FLOAT32, nodataValue: -1 },
              { id: "b", bands: 2, sampleType: "UINT16" },
            ],
            mosaicking: Mosaicking.ORBIT,
          }
        }"""
    )
    assert setup.inputs == (
        InputSpec(("B04", "SCL"), ("REFLECTANCE", "DN"), "l2a", "TILE"),
        InputSpec(("DEM",), ("METERS",), "dem", "ORBIT"),
    )
    assert setup.outputs == (OutputSpec("a", 1, "FLOAT32", -1.0), OutputSpec("b", 2, "UINT16"))
    assert setup.updates_output


ARROWS = (
    'const setup = () => ({input: {bands: ["B04"]}, output: [{bands: 1}]}); const evaluatePixel = () => 1'
)
RAMP = "const ramp = new ColorRampVisualizer([[0, 0xff0000]]);\nconst other = ramp.inverse().process(0.5);"
OWN_NAMES = (
    "const map = ColorMapVisualizer.createDefaultColorMap(); let [r, g] = map.process(1); const index = 3"
)
CONSTANTS = (
    "const scale = blueRed.map(pair => pair[0]); function inverse(x) { return 1 / x }; now = new Date()"
)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("\n\n" + GOOD, id="blank lines first"),
        pytest.param("//VERSION=3 (auto-converted from 1)\n" + GOOD, id="converted"),
        pytest.param(VERSION + ARROWS, id="arrow functions"),
        pytest.param(GOOD + RAMP, id="ramp"),
        pytest.param(GOOD + OWN_NAMES, id="own names"),
        pytest.param(GOOD + CONSTANTS, id="constants"),
    ],
)
def test_scripts_as_people_write_them_run(script: str) -> None:
    """The service's names exist at the top level, and a script may hide them with its own."""
    assert run_setup(script).output_ids == ("default",)


def test_there_is_no_way_out() -> None:
    """No file, network, module or timer exists in the context."""
    names = ["std", "os", "require", "process", "fetch", "XMLHttpRequest", "setTimeout", "Worker", "bjson"]
    test = " || ".join(f'typeof {name} !== "undefined"' for name in names)
    run_setup(GOOD + f'if ({test}) throw new Error("a way out")')


ENDLESS = "does not come to an end"
LOOP = GOOD + "while (true) {}"
SORT = GOOD + "Array.prototype.sort.call({ length: 1e9 })"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(LOOP, ENDLESS, id="loop"),
        pytest.param(
            GOOD + "while (true) { try { while (true) {} } catch (e) {} }", ENDLESS, id="loop that catches"
        ),
        pytest.param(GOOD + '/^(a+)+$/.test("a".repeat(40) + "b")', ENDLESS, id="regular expression"),
        pytest.param(SORT, ENDLESS, id="native sort"),
        pytest.param(GOOD + 'Array.prototype.join.call({ length: 1e9 }, "")', ENDLESS, id="native join"),
        pytest.param(GOOD + "throw { toString() { while (true) {} } }", ENDLESS, id="error that never tells"),
        pytest.param(
            GOOD + "throw new Proxy({}, { get() { while (true) {} } })", ENDLESS, id="proxy as error"
        ),
        pytest.param(returning("{ get input() { while (true) {} } }"), ENDLESS, id="getter in the result"),
        pytest.param(
            returning("new Proxy({}, { ownKeys() { while (true) {} } })"), ENDLESS, id="proxy as result"
        ),
        pytest.param(returning("{ toJSON() { while (true) {} } }"), ENDLESS, id="toJSON in the result"),
        pytest.param(GOOD + "function f() { f() }; f()", "recursion without end", id="recursion"),
        pytest.param(GOOD + "[" * 100_000, "recursion without end", id="nested source"),
        pytest.param(
            GOOD + "let a = []; while (true) a.push(new Array(100000).fill(1))",
            "needs more than",
            id="memory",
        ),
        pytest.param(GOOD + 'let s = "x"; while (true) s += s', "string too long", id="text without end"),
        pytest.param(
            returning('{ input: ["x".repeat(1e6)], output: { bands: 1 } }'), "too large", id="big result"
        ),
        pytest.param(
            returning("(o => { o.o = o; return o })({})"), "circular reference", id="circular result"
        ),
    ],
)
def test_bombs_end_as_an_error(script: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a script does, the check ends, in an error that says what was wrong with it."""
    if reason == ENDLESS and script not in (LOOP, SORT):  # QuickJS ends the one, the kernel the other
        end_soon(monkeypatch)
    with pytest.raises(EvalscriptError) as caught:
        run_setup(script)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("", "is empty"),
        (PIXEL, "does not start with //VERSION=3"),
        ("//VERSION=2\n" + PIXEL, "does not start with //VERSION=3"),
        (VERSION + PIXEL, "no function setup()"),
        (
            VERSION + "function setup() { return {input: ['B04'], output: {bands: 1}} }",
            "no function evaluatePixel()",
        ),
        (VERSION + "function setup() {\n return {a: 1 b: 2}\n}", "(line 3, column"),
        (GOOD + "missing()", "ReferenceError: missing is not defined (line 4)"),
        (returning("missing()"), "setup() throws ReferenceError: missing is not defined (line 3)"),
        (returning("3"), "setup() returns the number 3"),
        (returning("undefined"), "setup() returns nothing"),
        (returning("{ output: { bands: 1 } }"), "returns no input"),
        (returning("{ input: [3], output: { bands: 1 } }"), "input holds the number 3"),
        (returning('{ input: [{ bands: "B04" }], output: { bands: 1 } }'), 'input.bands is the text "B04"'),
        (
            returning('{ input: [{ bands: ["a", "b"], units: ["DN", "DN", "DN"] }], output: { bands: 1 } }'),
            "3 units",
        ),
        (returning('{ input: ["B04"] }'), "returns no output"),
        (returning('{ input: ["B04"], output: [] }'), "returns no output"),
        (returning('{ input: ["B04"], output: "default" }'), "output holds the text"),
        (returning('{ input: ["B04"], output: { id: "a" } }'), 'output "a": bands is missing'),
        (returning('{ input: ["B04"], output: { bands: 1.5 } }'), "bands is 1.5"),
        (returning('{ input: ["B04"], output: { bands: 0 } }'), "bands is 0"),
        (returning('{ input: ["B04"], output: { bands: NaN } }'), 'bands is the text "NaN"'),
        (
            returning('{ input: ["B04"], output: [{ bands: 1 }, { bands: 1 }] }'),
            'two outputs have the id "default"',
        ),
        (
            returning('{ input: ["B04"], output: { bands: 1, sampleType: "FLOAT64" } }'),
            'sampleType is "FLOAT64"',
        ),
        (returning('{ input: ["B04"], output: { bands: 1 }, mosaicking: "BEST" }'), 'mosaicking is "BEST"'),
    ],
)
def test_mistakes_are_named(script: str, reason: str) -> None:
    """Each mistake gives its reason, with a line where there is one, and a fix."""
    with pytest.raises(EvalscriptError) as caught:
        run_setup(script)
    assert reason in caught.value.reason
    assert caught.value.fix


def test_line_of_a_mistake() -> None:
    """The line is at hand for whoever wants to show the place."""
    with pytest.raises(EvalscriptError) as caught:
        run_setup(GOOD + "\n\nmissing()")
    assert caught.value.line == 6


def test_a_script_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi checks the same inputs several times; results and mistakes are remembered."""
    started: list[str] = []
    answer = runner._answer

    def record(script: str) -> dict[str, Any]:
        started.append(script)
        return answer(script)

    monkeypatch.setattr(runner, "_answer", record)
    good, bad = GOOD + "// once", GOOD + "missing() // once"
    assert run_setup(good) == run_setup(good)
    for _ in range(2):
        with pytest.raises(EvalscriptError):
            run_setup(bad)
    assert started == [good, bad]


def test_environment_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that runs foreign code gets no credentials in its environment."""
    monkeypatch.setenv("SH_CLIENT_SECRET", "canary")
    given: list[dict[str, str]] = []
    start = subprocess.Popen

    def record(command, **options):  # type: ignore[no-untyped-def]  # passes all on
        given.append(options["env"])
        return start(command, **options)

    monkeypatch.setattr(subprocess, "Popen", record)
    run_setup(GOOD + "// environment")
    assert given
    assert not any("canary" in value for environment in given for value in environment.values())
