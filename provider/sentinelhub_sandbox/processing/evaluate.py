"""From a request and a tile to output arrays: scenes read in strips, evaluated and converted to types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .datasets import DN_PER_REFLECTANCE, dataset_of
from .interpreter import Input, Interpreter, Output, Setup, setup_of
from .request import USERDATA, data_sources, evalscript, responses
from .samples import BandRequest, reader_of
from .scenes import Layer, Scene, catalogue, layers, time_range
from .sentinel1 import check_dem, check_polarization
from .surface import Surface
from .types import EvalscriptFailure
from .window import Window

_BLOCK_PIXELS = 16_384  # small enough that a block of a few dozen planes stays in the cache
_BLOCK_VALUES = 8 * 1024**2  # 64 MiB: long time ranges with many bands get smaller blocks

SAMPLE_TYPES: dict[str, np.dtype[Any]] = {
    "INT8": np.dtype("i1"),
    "UINT8": np.dtype("u1"),
    "INT16": np.dtype("<i2"),
    "UINT16": np.dtype("<u2"),
    "FLOAT32": np.dtype("<f4"),
    "AUTO": np.dtype("u1"),
}


@dataclass(frozen=True)
class Source:
    """One data source of the request together with what `setup()` wants of it."""

    key: str
    data: dict[str, Any]
    bands: tuple[BandRequest, ...]
    mosaicking: str
    with_bounds: bool


@dataclass(frozen=True)
class Raster:
    """An evaluated output: `values` in the output's own type, shape (bands, rows, columns)."""

    output: Output
    values: NDArray[Any]


@dataclass(frozen=True)
class Evaluation:
    """The rasters of a window by output id, and `outputMetadata.userData`."""

    rasters: dict[str, Raster]
    user_data: Any


def sources_of(request: Mapping[str, Any], setup: Setup) -> tuple[Source, ...]:
    """Match inputs to data sources: by `datasource` = `id`, else by position; one source takes all inputs.

    Raises EvalscriptFailure for inputs that match none, ProcessingFailure for a source that has no such data.
    """
    data = data_sources(request)
    if len(data) == 1:
        return (_source(data[0], str(data[0].get("id") or "0"), setup.inputs),)
    if len(setup.inputs) != len(data):
        raise EvalscriptFailure(
            f"Function setup() has {len(setup.inputs)} inputs for {len(data)} data sources."
        )
    named = {str(item["id"]): item for item in data if item.get("id") is not None}
    found = []
    for position, wanted in enumerate(setup.inputs):
        if wanted.datasource is None:
            found.append(_source(data[position], str(position), [wanted]))
        elif wanted.datasource in named:
            found.append(_source(named[wanted.datasource], wanted.datasource, [wanted]))
        else:
            raise EvalscriptFailure(
                f"Datasource {wanted.datasource} of function setup() is not in the request."
            )
    return tuple(found)


def wanted_outputs(request: Mapping[str, Any], setup: Setup) -> tuple[Output, ...]:
    """The outputs of `setup()` that the responses name; raises EvalscriptFailure for a missing one."""
    known = {output.id: output for output in setup.outputs}
    wanted = [response.identifier for response in responses(request) if response.identifier != USERDATA]
    for identifier in wanted:
        if identifier not in known:
            raise EvalscriptFailure(f"Output {identifier} requested but missing from function setup()")
    found = tuple(output for output in setup.outputs if output.id in wanted)
    for output in found:
        if output.sample_type not in SAMPLE_TYPES:
            raise EvalscriptFailure(f"Output {output.id} has an unknown sampleType {output.sample_type}.")
    return found


class Evaluator:
    """An evalscript made ready for one window; a context manager (it owns a V8 context)."""

    def __init__(self, request: Mapping[str, Any], window: Window) -> None:
        script = evalscript(request)
        setup = setup_of(script)
        self._window = window
        self._wanted = wanted_outputs(request, setup)
        self._sources = sources_of(request, setup)
        self._readers = [reader_of(source.data, source.bands) for source in self._sources]
        self._interpreter = Interpreter(script)
        try:
            self._layers = _kept_layers(self._interpreter, setup, self._sources, window)
            self._bands = dict(
                zip([output.id for output in setup.outputs], self._prepare(setup), strict=True)
            )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the V8 context."""
        self._interpreter.__exit__(None, None, None)

    def evaluate(self, rows: range | None = None) -> Evaluation:
        """Evaluate the window (or only some `rows` of it, for a check)."""
        rows = rows if rows is not None else range(self._window.height)
        width = self._window.width
        values = {
            output.id: np.zeros((self._bands[output.id], len(rows), width), SAMPLE_TYPES[output.sample_type])
            for output in self._wanted
        }
        step = min(len(rows), self._block // width)
        for start in range(rows.start, rows.stop, step):
            stop = min(start + step, rows.stop)
            results = self._run_strip(start, stop)
            first = 0
            for output in self._wanted:
                last = first + self._bands[output.id]
                strip = convert(results[first:last], output.sample_type)
                values[output.id][:, start - rows.start : stop - rows.start] = strip.reshape(
                    -1, stop - start, width
                )
                first = last
        rasters = {output.id: Raster(output, values[output.id]) for output in self._wanted}
        return Evaluation(rasters, self._interpreter.user_data())

    def _prepare(self, setup: Setup) -> list[int]:
        planes = sum(
            len(found) * len(source.bands) for source, found in zip(self._sources, self._layers, strict=True)
        )
        self._block = max(self._window.width, min(_BLOCK_PIXELS, _BLOCK_VALUES // max(planes, 1)))
        spec = {
            "block": self._block,
            "sources": [
                _describe(source, found) for source, found in zip(self._sources, self._layers, strict=True)
            ],
            "outputs": [
                {"id": output.id, "bands": output.bands, "wanted": output in self._wanted}
                for output in setup.outputs
            ],
            "inputMetadata": {"serviceVersion": "sandbox", "normalizationFactor": 1 / DN_PER_REFLECTANCE},
        }
        bands = self._interpreter.prepare(spec)
        self._inputs = [
            self._interpreter.input_buffer(index)[: len(found) * len(source.bands) * self._block].reshape(
                len(found), len(source.bands), self._block
            )
            for index, (source, found) in enumerate(zip(self._sources, self._layers, strict=True))
        ]
        total = sum(
            count for output, count in zip(setup.outputs, bands, strict=True) if output in self._wanted
        )
        self._results = self._interpreter.result_buffer()[: total * self._block].reshape(total, self._block)
        return bands

    def _run_strip(self, start: int, stop: int) -> NDArray[np.float64]:
        surface = Surface(self._window, start, stop)
        for reader, found, buffer in zip(self._readers, self._layers, self._inputs, strict=True):
            for number, layer in enumerate(found):
                reader.read(surface, layer, buffer[number, :, : surface.size])
        self._interpreter.run(surface.size)
        return self._results[:, : surface.size]


def evaluate(request: Mapping[str, Any], window: Window) -> Evaluation:
    """Evaluate a whole window. Raises EvalscriptFailure or ProcessingFailure."""
    with Evaluator(request, window) as evaluator:
        return evaluator.evaluate()


def sample_counts(request: Mapping[str, Any], setup: Setup, window: Window) -> list[int]:
    """Samples a pixel of each data source, after the request's filters and preProcessScenes."""
    sources = sources_of(request, setup)
    if not setup.pre_processes:
        granules = window.granules()
        return [len(layers(catalogue(source.data, granules), source.mosaicking)) for source in sources]
    with Interpreter(evalscript(request)) as interpreter:
        return [len(found) for found in _kept_layers(interpreter, setup, sources, window)]


def convert(values: NDArray[np.float64], sample_type: str) -> NDArray[Any]:
    """Values as the sample type stores them.

    [evalscript V3: SampleType] AUTO stretches 0..1 to 0..255; integers are rounded (halves up) and clamped.
    NaN becomes 0.
    """
    dtype = SAMPLE_TYPES[sample_type]
    if sample_type == "FLOAT32":
        with np.errstate(over="ignore"):
            return values.astype(dtype)
    limits = np.iinfo(dtype.name)
    rounded = (values * 255.0 if sample_type == "AUTO" else values) + 0.5
    np.floor(rounded, out=rounded)
    np.clip(rounded, limits.min, limits.max, out=rounded)
    np.copyto(rounded, 0.0, where=np.isnan(rounded))
    return rounded.astype(dtype)


def _source(data: dict[str, Any], key: str, inputs: Sequence[Input]) -> Source:
    bands = {
        name: BandRequest(name, units)
        for item in inputs
        for name, units in zip(item.bands, item.units, strict=True)
    }
    check_dem(data)
    check_polarization(data, bands)
    return Source(
        key, data, tuple(bands.values()), inputs[0].mosaicking, any(item.with_bounds for item in inputs)
    )


def _kept_layers(
    interpreter: Interpreter, setup: Setup, sources: Sequence[Source], window: Window
) -> list[list[Layer]]:
    granules = window.granules()
    found = [layers(catalogue(source.data, granules), source.mosaicking) for source in sources]
    if not setup.pre_processes or any(source.mosaicking == "SIMPLE" for source in sources):
        return found
    described = [_describe(source, kept) for source, kept in zip(sources, found, strict=True)]
    numbers = interpreter.pre_process(described)
    return [[kept[number] for number in wanted] for kept, wanted in zip(found, numbers, strict=True)]


def _describe(source: Source, found: Sequence[Layer]) -> dict[str, Any]:
    """A source for the driver, with its scenes as `scenes.orbits` or `scenes.tiles` show them."""
    start, end = time_range(source.data)
    return {
        "key": source.key,
        "bands": [band.name for band in source.bands],
        "mosaicking": source.mosaicking,
        "from": _stamp(start),
        "to": _stamp(end),
        "scenes": [_metadata(layer, source) for layer in found],
        "times": [_stamp(layer.time) for layer in found],
    }


def _metadata(layer: Layer, source: Source) -> dict[str, Any]:
    return _tile(layer.scenes[0], source) if source.mosaicking == "TILE" else _orbit(layer, source)


def _orbit(layer: Layer, source: Source) -> dict[str, Any]:
    day = layer.time.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "dateFrom": _stamp(day),
        "dateTo": _stamp(day + timedelta(days=1) - timedelta(seconds=1)),
        "tiles": [_tile(scene, source) for scene in layer.scenes],
    }


def _tile(scene: Scene, source: Source) -> dict[str, Any]:
    tile: dict[str, Any] = {
        "date": _stamp(scene.time),
        "shId": scene.number,
        "dataPath": scene.path(str(source.data["type"])),
    }
    if dataset_of(source.data).cloudy:
        tile["cloudCoverage"] = scene.cloud
    if source.with_bounds:
        tile.update(dataGeometry=scene.outline, dataEnvelope=scene.outline)
    return tile


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def check(request: Mapping[str, Any], window: Window) -> None:
    """Run the evalscript over one row of the window; raises EvalscriptFailure or ProcessingFailure."""
    with Evaluator(request, window) as evaluator:
        evaluator.evaluate(range(window.height // 2, window.height // 2 + 1))
