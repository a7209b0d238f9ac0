"""The evalscript's inputs against the collections.

Source: [evalscript docs: V3, data fusion; data docs].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ....evalscript import InputSpec, Setup
from ....finding import Finding
from ....shown import listed
from .datasets import POLARIZED, Dataset, dataset_of
from .declared import Declared
from .node import Node, closest, joined, quoted


def check_script(declared: Declared) -> Iterator[Finding]:
    """Each input's data source, bands and units; and a time range where all dates are read."""
    setup = declared.setup
    script = declared.process["evalscript"]
    if setup is not None:
        read = {band for spec in setup.inputs for band in spec.bands}
        for reason, fix in setup.trial.complaints(read, {one.id: one.bands for one in setup.outputs}):
            yield script.warning(reason, fix)
    if setup is None or declared.data.unknown or not declared.data.elements():
        return
    elements = declared.data.elements()
    yield from _count(script, setup, elements)
    by_id = _by_id(elements)
    for index, spec in enumerate(setup.inputs):
        source, finding = _source(script, spec, index, elements, by_id)
        if finding is not None:
            yield finding
        if source is None:
            continue
        dataset = dataset_of(source["type"].text)
        if dataset is not None:
            yield from _bands(script, spec, dataset)
            yield from _units(script, spec, dataset)
            yield from _polarization(script, spec, source)
        if spec.mosaicking != "SIMPLE" and source["dataFilter"]["timeRange"].absent and source.is_mapping:
            yield source["dataFilter"]["timeRange"].warning(
                f"is missing, while the evalscript reads every date ({spec.mosaicking})",
                "name a time range: each date costs as much as the first",
            )


def _count(script: Node, setup: Setup, elements: list[Node]) -> Iterator[Finding]:
    if len(elements) > 1 and len(setup.inputs) < len(elements):
        yield script.warning(
            f"reads {len(setup.inputs)} of {len(elements)} collections",
            "give setup().input one object for each element of data, or leave out what is not read",
        )


def _by_id(elements: list[Node]) -> Mapping[str, Node] | None:
    """The elements of data that have an id; None where one is only known later."""
    found: dict[str, Node] = {}
    for element in elements:
        identifier = element["id"]
        if identifier.unknown:
            return None
        if identifier.text:
            found.setdefault(identifier.text, element)
    return found


def _source(
    script: Node, spec: InputSpec, index: int, elements: list[Node], by_id: Mapping[str, Node] | None
) -> tuple[Node | None, Finding | None]:
    """The element of data that an input belongs to: by id, else by place."""
    if spec.datasource is not None:
        if by_id is None:
            return None, None
        if spec.datasource in by_id:
            return by_id[spec.datasource], None
        name = quoted(spec.datasource)
        finding = script.error(
            f"reads the datasource {name}, which no element of data has as its id",
            f"use one of {listed(by_id)}" if by_id else f'add "id": {name} to the element of data',
        )
        return None, finding if len(elements) > 1 or by_id else None
    if len(elements) == 1:
        return elements[0], None
    if index < len(elements):
        return elements[index], None
    return None, script.error(
        f"has more inputs than the {len(elements)} collections in data",
        "name each one's datasource, or add it to data",
    )


def _bands(script: Node, spec: InputSpec, dataset: Dataset) -> Iterator[Finding]:
    for band in dict.fromkeys(spec.bands) if dataset.bands else ():
        if band in dataset.bands:
            continue
        reason = f"reads band {quoted(band)}, which {dataset.type} does not have"
        if band == "B10" and dataset.type == "sentinel-2-l2a":
            fix = "the cirrus band is only in sentinel-2-l1c"
        else:
            close = _close_band(band, dataset)
            fix = f"did you mean {close}?" if close else f"it has {joined(sorted(dataset.bands))}"
        yield script.error(reason, fix) if dataset.closed else script.warning(reason, fix)


def _close_band(band: str, dataset: Dataset) -> str | None:
    found = re.fullmatch(r"[Bb](\d)", band)
    if found and f"B0{found.group(1)}" in dataset.bands:
        return f"B0{found.group(1)}"
    folded = {name.lower(): name for name in dataset.bands}
    close = closest(band.lower(), folded, cutoff=0.8)
    return folded[close] if close else None


def _units(script: Node, spec: InputSpec, dataset: Dataset) -> Iterator[Finding]:
    units = spec.units * len(spec.bands) if len(spec.units) == 1 else spec.units
    for band, unit in zip(spec.bands, units):  # noqa: B905  # without units there is nothing to pair
        allowed = dataset.units_of(band)
        if allowed is not None and unit not in allowed:
            yield script.error(
                f"reads band {quoted(band)} in {quoted(unit)}, which {dataset.type} does not have",
                f"use {' or '.join(sorted(allowed))}",
            )
            return


def _polarization(script: Node, spec: InputSpec, source: Node) -> Iterator[Finding]:
    """The service refuses such tiles with RENDERER_S1_MISSING_POLARIZATION."""
    polarization = source["dataFilter"]["polarization"].text or ""
    there = POLARIZED.get(polarization)
    for band in spec.bands if there else ():
        if there and band in {"VV", "VH", "HH", "HV"} and band not in there:
            yield script.error(
                f"reads band {quoted(band)}, which products of polarization {polarization} do not have",
                f"read {joined(sorted(there))}, or filter for another polarization",
            )
