"""The collections that are read.

Source: [batch OpenAPI: ProcessRequestInputData; data docs].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ....values import number_text as shown
from .datasets import CHOICES, DATASETS, UUID, dataset_of, likely_type, own_collection
from .declared import Declared
from .node import Node, joined


def check_data(declared: Declared) -> Iterator[Finding]:
    """Type, filters and processing of each collection, and their ids when there are several."""
    data = declared.data
    if not data.given:
        return
    if not data.is_list:
        yield data.error(f"is {data.kind}", 'give a list, e.g. [{"type": "sentinel-2-l2a", ...}]')
        return
    elements = data.elements()
    if not elements:
        yield data.error("is empty", 'name at least one collection, e.g. [{"type": "sentinel-2-l2a", ...}]')
    for element in elements:
        if element.is_mapping:
            yield from _type(declared, element["type"])
            yield from _filter(element)
            yield from _choices(element)
            yield from _sentinel1(element)
    yield from _ids(elements)


def _type(declared: Declared, type: Node) -> Iterator[Finding]:
    if type.absent:
        yield type.error("is missing", "name the collection, e.g. sentinel-2-l2a")
    if not type.given:
        return
    if not type.text:
        yield type.error(f"is {type.kind}", "name the collection, e.g. sentinel-2-l2a")
        return
    own = own_collection(type.text)
    dataset = dataset_of(type.text)
    if own is not None:
        if not UUID.fullmatch(own[1]):
            yield type.warning(f"is {type.kind}", f"after {own[0]}- comes the collection's id, a UUID")
    elif dataset is None:
        close = likely_type(type.text)
        yield type.warning(
            f"is {type.kind}, which is no collection known here",
            f"did you mean {close}?" if close else f"known are {joined(DATASETS)}, byoc-<id>, batch-<id>",
        )
    elif declared.deployment in {"aws-eu-central-1", "aws-us-west-2"} and dataset.home != declared.deployment:
        at = f"the deployment {dataset.home}" if dataset.home else "another deployment, e.g. cdse"
        if dataset.type != "dem":  # there are copies of it
            yield type.warning(
                f"is hosted elsewhere than {declared.deployment}",
                f"batch reads collections of its own deployment only; use {at}",
            )


def _filter(element: Node) -> Iterator[Finding]:
    dataset = dataset_of(element["type"].text)
    coverage = element["dataFilter"]["maxCloudCoverage"]
    if coverage.given:
        percent = coverage.number
        if percent is None:
            yield coverage.error(f"is {coverage.kind}", "give a number of percent from 0 to 100")
        elif not 0 <= percent <= 100:
            yield coverage.error(f"is {shown(percent)}", "give a number of percent from 0 to 100")
        elif dataset and not dataset.clouds:
            yield coverage.warning(f"is not used for {dataset.type}", "leave it out")
    order = element["dataFilter"]["mosaickingOrder"]
    if order.text == "leastCC" and dataset and not dataset.clouds:
        yield order.error(
            f"is leastCC, but {dataset.type} knows no cloud coverage", "use mostRecent or leastRecent"
        )


def _choices(element: Node) -> Iterator[Finding]:
    for path, choices in CHOICES.items():
        parent, name = path.split(".")
        node = element[parent][name]
        if node.given and node.text not in choices:
            yield node.error(f"is {node.kind}", f"use one of {joined(choices)}")


def _sentinel1(element: Node) -> Iterator[Finding]:
    processing = element["processing"]
    speckle = processing["speckleFilter"]
    if speckle.is_mapping and speckle["type"].text == "LEE":
        for name in ("windowSizeX", "windowSizeY"):
            size = speckle[name]
            if not size.unknown and not 1 <= (size.integer or 0) <= 7:
                yield size.error(f"is {size.kind}", "give a whole number from 1 to 7")
    oversampling = processing["radiometricTerrainOversampling"]
    if oversampling.given and not 1 <= (oversampling.number or 0) <= 4:
        yield oversampling.error(f"is {oversampling.kind}", "give a number from 1 to 4")


def _ids(elements: list[Node]) -> Iterator[Finding]:
    seen: set[str] = set()
    for element in elements:
        identifier = element["id"]
        if identifier.given and identifier.text is None:
            yield identifier.error(f"is {identifier.kind}", "give a text")
        elif identifier.text in seen:
            yield identifier.error(
                f"is {identifier.kind} a second time", "give each collection an id of its own"
            )
        elif identifier.text is not None:
            seen.add(identifier.text)
