"""Evalscripts in V8: the request's own `setup()` and `evaluatePixel()`, block by block over a tile.

Band values and results cross the border as shared memory (an ArrayBuffer seen as a NumPy array), so that a
block costs one call. Each session is a fresh, sloppy-mode context: scripts may assign undeclared globals, and
no tile sees another's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py_mini_racer import (
    DEFAULT_V8_FLAGS,
    JSEvalException,
    JSOOMException,
    JSTimeoutException,
    MiniRacer,
    init_mini_racer,
)

from .types import EvalscriptFailure

SETUP_SECONDS = 5.0
BLOCK_SECONDS = 20.0  # for one block of pixels; a sane script takes some milliseconds
MEMORY_BYTES = 512 * 1024**2  # well below the heap at which V8 would take the whole process down

# The highest of V8's compilers pays after millions of pixels, but a tile has mostly fewer, and compiles anew.
V8_FLAGS = (*DEFAULT_V8_FLAGS, "--no-turbofan")

# V8 takes the whole process down where two threads begin it, or two contexts, at the same moment.
_beginning = threading.Lock()

MOSAICKING = ("SIMPLE", "ORBIT", "TILE")


@dataclass(frozen=True)
class Input:
    """One object of `setup().input`; `units` holds one entry a band (None: the band's default)."""

    datasource: str | None
    bands: tuple[str, ...]
    units: tuple[str | None, ...]
    mosaicking: str
    with_bounds: bool


@dataclass(frozen=True)
class Output:
    """One object of `setup().output`; `sample_type` is upper case."""

    id: str
    bands: int
    sample_type: str
    nodata: float | None


@dataclass(frozen=True)
class Setup:
    """What `setup()` declared; `pre_processes` when the script has preProcessScenes."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    pre_processes: bool


class Interpreter:
    """One V8 context with one evalscript; a context manager.

    Every method raises EvalscriptFailure with the service's words when the script is at fault.
    """

    def __init__(self, script: str) -> None:
        with _beginning:
            init_mini_racer(flags=V8_FLAGS, ignore_duplicate_init=True)
            self._v8 = MiniRacer()
        try:
            self._v8.set_hard_memory_limit(MEMORY_BYTES)
            self._v8.eval(_source("helpers.js"))
            self._eval(script + "\n//# sourceURL=evalscript.js", SETUP_SECONDS)
            self._v8.eval(_source("driver.js"))
        except BaseException:
            self._v8.close()
            raise

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._v8.close()

    def setup(self) -> Setup:
        """Run `setup()`."""
        return _setup(self._call("setup", SETUP_SECONDS))

    def pre_process(self, sources: Sequence[dict[str, Any]]) -> list[list[int]]:
        """Numbers of the layers that preProcessScenes keeps, in its order, for each source."""
        return [
            [int(number) for number in kept]
            for kept in self._call("preProcess", SETUP_SECONDS, list(sources))
        ]

    def prepare(self, spec: dict[str, Any]) -> list[int]:
        """Allocate buffers and run updateOutput; the number of bands of each output."""
        return [int(bands) for bands in self._call("prepare", SETUP_SECONDS, spec)]

    def input_buffer(self, index: int) -> NDArray[np.float64]:
        """Where the band values of a source go: (layer, band, pixel of the block), flat."""
        return np.frombuffer(self._buffer(f"__sandbox.input({index})"), dtype=np.float64)

    def result_buffer(self) -> NDArray[np.float64]:
        """Where the results are found: (band of the wanted outputs, pixel of the block), flat."""
        return np.frombuffer(self._buffer("__sandbox.results()"), dtype=np.float64)

    def run(self, pixels: int) -> None:
        """Evaluate the first `pixels` pixels of the block that the input buffers hold."""
        self._call("run", BLOCK_SECONDS, pixels)

    def user_data(self) -> Any:
        """`outputMetadata.userData`, after updateOutputMetadata."""
        return self._call("userData", SETUP_SECONDS)

    def _buffer(self, expression: str) -> Any:
        return self._v8.eval(expression)

    def _call(self, name: str, seconds: float, *arguments: Any) -> Any:
        text = ", ".join(json.dumps(argument) for argument in arguments)
        answer = json.loads(str(self._eval(f"__sandbox.{name}({text})", seconds)))
        if "error" in answer:
            raise EvalscriptFailure(answer["error"])
        return answer.get("value")

    def _eval(self, code: str, seconds: float) -> Any:
        try:
            return self._v8.eval(code, timeout_sec=seconds)
        except JSTimeoutException:
            self._v8.eval("0")  # waits until V8 has really stopped; only then may the context be closed
            raise EvalscriptFailure(
                "Failed to evaluate script!\nevalscript.js: script execution timed out."
            ) from None
        except JSOOMException:
            raise EvalscriptFailure("Failed to evaluate script!\nevalscript.js: out of memory.") from None
        except JSEvalException as error:
            raise EvalscriptFailure(f"Failed to evaluate script!\n{_first_lines(str(error))}") from None


@lru_cache(maxsize=256)
def setup_of(script: str) -> Setup:
    """What the script's `setup()` declares; raises EvalscriptFailure."""
    with Interpreter(script) as interpreter:
        return interpreter.setup()


@cache
def _source(name: str) -> str:
    return (resources.files(__package__) / "js" / name).read_text(encoding="utf-8")


def _first_lines(message: str) -> str:
    """The place and the error of V8's message, without the source line and the stack."""
    return message.strip().splitlines()[0] if message.strip() else "unknown error"


def _setup(declared: dict[str, Any]) -> Setup:
    default = str(declared["mosaicking"]).upper()
    inputs = tuple(_input(item, default) for item in declared["input"])
    outputs = tuple(
        Output(item["id"], item["bands"], str(item["sampleType"]).upper(), item["nodataValue"])
        for item in declared["output"]
    )
    for mosaicking in {item.mosaicking for item in inputs}:
        if mosaicking not in MOSAICKING:
            raise EvalscriptFailure(f"Mosaicking {mosaicking} is not one of {', '.join(MOSAICKING)}.")
    ids = [output.id for output in outputs]
    if len(set(ids)) != len(ids):
        raise EvalscriptFailure("Output ids of function setup() must be unique.")
    return Setup(inputs, outputs, bool(declared["preProcesses"]))


def _input(item: dict[str, Any], mosaicking: str) -> Input:
    bands, units = item["bands"], item["units"]
    listed = units if isinstance(units, list) else [units] * len(bands)
    if len(listed) != len(bands):
        raise EvalscriptFailure("The units of an input of function setup() must match its bands.")
    return Input(
        datasource=item["datasource"],
        bands=tuple(bands),
        units=tuple(None if unit is None else str(unit).upper() for unit in listed),
        mosaicking=str(item["mosaicking"] or mosaicking).upper(),
        with_bounds="bounds" in item["metadata"],
    )
