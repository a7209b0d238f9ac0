from __future__ import annotations

import json
from typing import Any

import pytest

from sentinelhub_sandbox.processing.interpreter import Interpreter

from .requests import script

# Expected values are those of the service's published examples, or worked out by hand where it has none.
DOCUMENTED: list[tuple[str, Any]] = [
    ("new ColorMapVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(199)", [1, 0, 0]),
    ("new ColorMapVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(299)", [1, 0, 0]),
    ("new ColorMapVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(300)", [0, 0, 1]),
    ("ColorMapVisualizer.createDefaultColorMap().process(0.05)", [0.4, 0, 0]),
    ("new ColorRampVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(199)", [1, 0, 0]),
    (
        "new ColorRampVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(250)",
        [0.5019607843137255, 0, 0.5019607843137255],
    ),
    (
        "new ColorRampVisualizer([[200, 0xff0000], [300, 0x0000ff]]).process(299)",
        [0.011764705882352941, 0, 0.9882352941176471],
    ),
    ("new ColorRampVisualizer([[200, [1, 0, 0]], [300, [0, 0, 1]]]).process(250)", [0.5, 0, 0.5]),
    ("new ColorRampVisualizer([[0, [1, 0, 0]], [1, [0, 0, 1]]], 10, 20).process(12.5)", [0.75, 0, 0.25]),
    ("new ColorRampVisualizer([[0, [1, 0, 0]], [1, [0, 0, 1]]]).inverse().process(0)", [0, 0, 1]),
    ("new ColorRampVisualizer([[0, 0xff0000], [1, 0x0000ff]]).process(NaN)", [1, 0, 0]),
    ("ColorRampVisualizer.createRedTemperature(0.0, 1.0).process(0.3)", [0.43137254901960786, 0, 0]),
    ("ColorRampVisualizer.createRedTemperature(0.0, 1.0).process(0.8)", [1, 0.6196078431372549, 0.2]),
    ("ColorGradientVisualizer.createRedTemperature(0.0, 1.0).process(0.0)", [0, 0, 0]),
    (
        "ColorGradientVisualizer.createRedTemperature(0.0, 1.0).process(0.5)",
        [0.7176470588235294, 0.047058823529411764, 0],
    ),
    (
        "ColorGradientVisualizer.createWhiteGreen(0.0, 1.0).process(0.5)",
        [0.16862745098039217, 0.5019607843137255, 0],
    ),
    ("ColorGradientVisualizer.createBlueRed(0.0, 1.0).process(0.3)", [0, 0.7019607843137254, 1]),
    ("ColorGradientVisualizer.createBlueRed(0.0, 1.0).process(1.0)", [0.5019607843137255, 0, 0]),
    ("ColorRampVisualizer.createOceanColor(0, 10).process(4)", [0, 1, 0.8431372549019608]),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(0)", 0),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(0.25)", 0.5),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(0.376)", 0.92),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(0.4)", 0.92 + 0.08 * 0.08 / 1.08),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(0.7)", 1),
    ("new HighlightCompressVisualizer(0.1, 0.4).process(1.1)", 1),
    ("new HighlightCompressVisualizer(0, 1, 2, 0.1).process(0.2)", 0.5),
    ("new HighlightCompressVisualizer(0, 1, 1, 0, 2).process(0.5)", 0.25),
    ("new HighlightCompressVisualizerSingle(0.1, 0.4).process(0.25)", [0.5]),
    ("new DefaultVisualizer(0, 0.5).processList([0.25, 0.5, 0.75])", [0.5, 1, 1]),
    ("new Identity().process(3)", [3]),
    ("int2rgb(65537)", [1, 0, 1]),
    ("rgb2int([0, 1, 0])", 256),
    ("normalizeRGB([255, 51, 0])", [1, 0.2, 0]),
    ("combine([100, 0, 0], [0, 100, 0], 1)", [100, 0, 0]),
    ("combine([100, 0, 0], [0, 100, 0], 0.5)", [50, 50, 0]),
    ("index(0.6, 0.4)", 0.2),
    ("index(0.5, -0.5)", 0),
    ("inverse(2.0)", 0.5),
    ("inverse(0)", 1.7976931348623157e308),
    ("valueMap(5, [1, 3, 5, 7, 10], [100, 300, 500, 700, 900])", 500),
    ("valueMap(2, [1, 3, 5, 7, 10], [100, 300, 500, 700, 900])", 300),
    ("valueMap(12, [1, 3, 5, 7, 10], [100, 300, 500, 700, 900])", 900),
    ("valueMap(50)", 50),
    ("valueInterpolate(0, [-10, -5, 0, 5, 10], [-1000, -50, 0, 50, 1000])", 0),
    ("valueInterpolate(-10, [-10, -5, 0, 5, 10], [-1000, -50, 0, 50, 1000])", -1000),
    ("valueInterpolate(9, [-10, -5, 0, 5, 10], [-1000, -50, 0, 50, 1000])", 810),
    ("valueInterpolate(50)", 50),
    (
        "valueInterpolate(0.1, [0, 0.2, 0.4], [[0, 0, 0], [0.1, 0.2, 0.5], [0.25, 0.4, 0.5]])",
        [0.05, 0.1, 0.25],
    ),
    ("colorBlend(0.5, [0, 1], [[0, 0, 0], [1, 0.5, 0]])", [0.5, 0.25, 0]),
    ("colorBlend(5, [0, 1], [[0, 0, 0], [1, 0.5, 0]])", [1, 0.5, 0]),
    (
        "decodeL8C2Qa(55052)",
        {
            "cirrus": 1,
            "cirrusConfidence": 3,
            "clear": 0,
            "cloud": 1,
            "cloudConfidence": 3,
            "cloudShadow": 0,
            "cloudShadowConfidence": 1,
            "dilatedCloud": 0,
            "fill": 0,
            "snow": 0,
            "snowIceConfidence": 1,
            "water": 0,
        },
    ),
]


@pytest.fixture(scope="module")
def interpreter() -> Any:
    with Interpreter(script("return [0]")) as interpreter:
        yield interpreter


@pytest.mark.parametrize(("expression", "expected"), DOCUMENTED)
def test_helpers_give_the_documented_values(interpreter: Interpreter, expression: str, expected: Any) -> None:
    """Each helper returns what the service's documentation shows."""
    result = json.loads(interpreter._eval(f"JSON.stringify({expression})", 1.0))
    if isinstance(expected, dict):
        assert result == expected
    else:
        assert result == pytest.approx(expected, abs=1e-12)


def test_olci_flags_are_read_from_the_top() -> None:
    """Bit 31 is land, bit 0 the saturation of band 21."""
    with Interpreter(script("return [0]")) as interpreter:
        flags = json.loads(
            interpreter._eval("JSON.stringify(decodeS3OLCIQualityFlags(-2147483648 + 1))", 1.0)
        )
    assert flags["land"] == flags["saturatedB21"] == 1
    assert sum(flags.values()) == 2
    assert len(flags) == 32


def test_a_script_may_reuse_the_names_of_helpers() -> None:
    """`let index`, `const combine`, a function `inverse` and a class of one's own are no redeclarations."""
    own = (
        "let index = 3; const combine = 4; function inverse(x) { return -x }\n"
        "class HighlightCompressVisualizer { process() { return 7 } }\n"
    )
    with Interpreter(script("return [0]", extra=own)) as interpreter:
        total = "index + combine + inverse(1) + new HighlightCompressVisualizer().process()"
        assert interpreter._eval(total, 1.0) == 13
