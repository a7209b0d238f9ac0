"""What an evalscript's ``setup()`` declares, as immutable values.

Source of the rules: [evalscript docs: V3, setup function; data fusion].
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from ..errors import InputError
from ..shown import fit, listed
from ..values import number_text
from .trial import Trial

SAMPLE_TYPES = ("AUTO", "INT8", "UINT8", "INT16", "UINT16", "FLOAT32")
MOSAICKINGS = ("SIMPLE", "ORBIT", "TILE")
DEFAULT_OUTPUT = "default"
MOST_BANDS: Final = 65535
"""Of one output: TIFF counts samples of a pixel in 16 bits [TIFF 6.0: SamplesPerPixel]."""
_SHOWN: Final = 40
_WHOLE_DIGITS: Final = 18


class EvalscriptError(InputError):
    """An evalscript cannot work; found before any call.

    Args:
        why: what is wrong, e.g. ``"setup() returns no output"``.
        next_step: how to fix it.
        line: line number in the script where known, from 1.
    """

    def __init__(self, why: str, next_step: str, *, line: int | None = None) -> None:
        super().__init__(
            "wrong evalscript", subject="process_request.evalscript", why=why, next_step=next_step
        )
        self.reason = why
        self.fix = next_step
        self.line = line


@dataclass(frozen=True)
class InputSpec:
    """One element of ``setup().input``.

    Attributes:
        bands: names of the bands.
        units: one unit for all bands, one for each, or none for the defaults.
        datasource: id of its element of ``input.data``; None for the one at the same place.
        mosaicking: its own mosaicking, or the one of the whole script.
    """

    bands: tuple[str, ...]
    units: tuple[str, ...]
    datasource: str | None
    mosaicking: str


@dataclass(frozen=True)
class OutputSpec:
    """One element of ``setup().output``; ``nodata`` is the GDAL nodata value or None."""

    id: str
    bands: int
    sample_type: str
    nodata: float | None = None


@dataclass(frozen=True)
class Setup:
    """All that ``setup()`` declares.

    Attributes:
        updates_output: the script has ``updateOutput()``, which may change the number of bands while it runs.
        filters_scenes: the script has ``preProcessScenes()``, which may make the job cheaper than estimated.
        trial: what a call of ``evaluatePixel()`` with made-up samples has shown.
    """

    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    mosaicking: str = "SIMPLE"
    has_evaluate_pixel: bool = True
    updates_output: bool = False
    filters_scenes: bool = False
    trial: Trial = field(default_factory=Trial)

    @property
    def output_ids(self) -> tuple[str, ...]:
        """Ids of the outputs, in their order."""
        return tuple(output.id for output in self.outputs)


def parse_setup(text: str, kinds: Mapping[str, str]) -> Setup:
    """Make a :class:`Setup` of what setup() returned.

    Args:
        text: the returned value as JSON; it is foreign, and may be any.
        kinds: JavaScript's ``typeof`` for each of the script's well-known functions.

    Raises:
        EvalscriptError: it is not what the service understands.
    """
    raw = _parsed(text)
    if not isinstance(raw, dict):
        raise EvalscriptError(
            f"setup() returns {'nothing' if raw is None else _kind(raw)}",
            "return an object: { input: [...], output: { bands: 1 } }",
        )
    mosaicking = _choice(raw.get("mosaicking", "SIMPLE"), MOSAICKINGS, "mosaicking")
    setup = Setup(
        inputs=tuple(_inputs(raw, mosaicking)),
        outputs=tuple(_outputs(raw, dynamic=kinds.get("updateOutput") == "function")),
        mosaicking=mosaicking,
        has_evaluate_pixel=kinds.get("evaluatePixel") == "function",
        updates_output=kinds.get("updateOutput") == "function",
        filters_scenes=kinds.get("preProcessScenes") == "function",
    )
    _check_ids(setup.output_ids)
    if not setup.has_evaluate_pixel:
        raise EvalscriptError("has no function evaluatePixel()", "add one: it computes each output pixel")
    return setup


def _parsed(text: str) -> Any:
    """The JSON; ``JSON.rawJSON`` writes numbers of any length into it."""
    try:
        return json.loads(
            text, parse_int=lambda digits: (int if len(digits) <= _WHOLE_DIGITS else float)(digits)
        )
    except RecursionError:
        raise EvalscriptError(
            "setup() returns lists and objects too deep inside each other", "return a flat object"
        ) from None
    except ValueError:
        raise EvalscriptError(
            "what setup() returns cannot be read",
            "return a plain object of texts, numbers, lists and objects",
        ) from None


def _inputs(raw: Mapping[str, Any], mosaicking: str) -> Iterator[InputSpec]:
    given = raw.get("input")
    if given is None:
        raise EvalscriptError(
            "setup() returns no input", 'name the bands to read, e.g. input: ["B04", "B08"]'
        )
    elements = given if isinstance(given, list) else [given]
    names = [element for element in elements if isinstance(element, str)]
    if names:
        yield InputSpec(tuple(names), (), None, mosaicking)
    for element in elements:
        if isinstance(element, str):
            continue
        if not isinstance(element, dict):
            raise EvalscriptError(
                f"input holds {_kind(element)}",
                'each element is a band name or an object like { bands: ["B04"] }',
            )
        yield _input(element, mosaicking)


def _input(element: Mapping[str, Any], mosaicking: str) -> InputSpec:
    bands = element.get("bands")
    if not isinstance(bands, list) or not all(isinstance(band, str) for band in bands):
        raise EvalscriptError(
            f"input.bands is {_kind(bands)}", 'give a list of band names, e.g. bands: ["B04", "B08"]'
        )
    units = element.get("units", [])
    units = [units] if isinstance(units, str) else units
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        raise EvalscriptError(
            "input.units is not text", "give one unit for all bands, or a list of one for each"
        )
    if len(units) > 1 and len(units) != len(bands):
        raise EvalscriptError(
            f"input.units lists {len(units)} units for {len(bands)} bands",
            "list one unit for each band, or one for all",
        )
    datasource = element.get("datasource")
    return InputSpec(
        bands=tuple(bands),
        units=tuple(unit.upper() for unit in units),
        datasource=datasource if isinstance(datasource, str) else None,
        mosaicking=_choice(element.get("mosaicking", mosaicking), MOSAICKINGS, "input.mosaicking"),
    )


def _outputs(raw: Mapping[str, Any], *, dynamic: bool) -> Iterator[OutputSpec]:
    given = raw.get("output")
    elements = given if isinstance(given, list) else [given]
    if given is None or not elements:
        raise EvalscriptError(
            "setup() returns no output", 'declare one, e.g. output: { id: "default", bands: 1 }'
        )
    for element in elements:
        if not isinstance(element, dict):
            raise EvalscriptError(
                f"output holds {_kind(element)}", "each output is an object like { bands: 1 }"
            )
        yield _output(element, dynamic=dynamic)


def _output(element: Mapping[str, Any], *, dynamic: bool) -> OutputSpec:
    identifier = element.get("id", DEFAULT_OUTPUT)
    if not isinstance(identifier, str) or not identifier:
        raise EvalscriptError(
            f"an output's id is {_kind(identifier)}", "give it a text, or leave it out for default"
        )
    bands = element.get("bands")
    least = 0 if dynamic else 1  # updateOutput() may set the number later
    shown = fit(identifier, _SHOWN)
    if not _is_number(bands) or not least <= bands <= MOST_BANDS or bands != int(bands):
        raise EvalscriptError(
            f'output "{shown}": bands is {number_text(bands) if _is_number(bands) else _kind(bands)}',
            f"give the number of bands, a whole number from 1 to {MOST_BANDS}",
        )
    nodata = element.get("nodataValue")
    return OutputSpec(
        id=identifier,
        bands=int(bands),
        sample_type=_choice(element.get("sampleType", "AUTO"), SAMPLE_TYPES, f'output "{shown}": sampleType'),
        nodata=float(nodata) if _is_number(nodata) and math.isfinite(nodata) else None,
    )


def _check_ids(ids: tuple[str, ...]) -> None:
    twice = sorted(identifier for identifier, count in Counter(ids).items() if count > 1)
    if twice:
        raise EvalscriptError(
            f"two outputs have the id {listed(_quoted(name) for name in twice)}",
            "give each output an id of its own; without one it is default",
        )


def _choice(value: Any, choices: tuple[str, ...], what: str) -> str:
    if isinstance(value, str) and value.upper() in choices:
        return value.upper()
    shown = _quoted(value) if isinstance(value, str) else _kind(value)
    raise EvalscriptError(f"{what} is {shown}", f"use one of {', '.join(choices)}")


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {_quoted(value)}"
    if isinstance(value, (int, float)):
        return f"the number {number_text(value)}"
    return "a list" if isinstance(value, list) else "an object"


def _quoted(name: str) -> str:
    return f'"{fit(name, _SHOWN)}"'


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
