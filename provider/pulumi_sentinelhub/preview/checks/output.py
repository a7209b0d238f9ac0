"""Where results go: exactly one of three ways, and the path of each file.

Source: [batch OpenAPI: BatchProcessOutput].
"""

from __future__ import annotations

from collections.abc import Iterator

from ...s3.names import bucket_mistake
from ...shown import fit, listed
from .declared import Declared
from .node import Node, joined, quoted
from .paths import check_url, placeholders
from .problem import Problem

FAMILIES = ("bucket_name", "output", "zarr_output")
_PLACEHOLDERS = ("requestId", "tileName", "tileId", "outputId", "format")
_EXAMPLE = "s3://my-bucket/ndvi/<requestId>/<tileName>/<outputId>.<format>"
_FLAGS = ("overwrite", "skipExisting", "cogOutput", "createCollection")


def check_output(declared: Declared) -> Iterator[Problem]:
    """The family, the bucket's name, path templates and flags."""
    yield from _families(declared)
    bucket, output = declared.root["bucket_name"], declared.root["output"]
    if bucket.given:
        mistake = (
            bucket_mistake(bucket.text) if bucket.text else (f"is {bucket.kind}", "give the name of a bucket")
        )
        if mistake is not None:
            yield bucket.error(*mistake)
    if not output.is_mapping:
        return
    path = output["defaultTilePath"]
    if path.absent and not declared.adopting:
        yield path.error("is missing", f"say where the tiles go, e.g. {_EXAMPLE}")
    elif path.given:
        yield from _tile_path(declared, path)
    yield from _own_paths(declared, output["responses"])
    yield from _flags(output)
    yield from _existing(output)


def _families(declared: Declared) -> Iterator[Problem]:
    given = [name for name in FAMILIES if not declared.root[name].absent]
    if len(given) > 1:
        yield declared.root[given[1]].error(
            f"is given beside {given[0]}" + (f" and {given[2]}" if len(given) > 2 else ""),
            f"give exactly one of {joined(FAMILIES)}",
        )
    if not given and not declared.adopting:
        yield declared.root["output"].error(
            "is missing, and so are bucket_name and zarr_output", "give exactly one of them, e.g. bucket_name"
        )


def _tile_path(declared: Declared, path: Node) -> Iterator[Problem]:
    yield from check_url(path, _EXAMPLE)
    text = path.text or ""
    names = placeholders(text)
    if not text.startswith("s3://") or not names:
        return
    for name in dict.fromkeys(placeholders(text[5:].partition("/")[2])):
        if name not in _PLACEHOLDERS:
            known = joined(f"<{known}>" for known in _PLACEHOLDERS)
            yield path.error(f"has the placeholder <{fit(name, 40)}>", f"the service fills in {known}")
    if not {"tileName", "tileId"} & set(names):
        yield path.error(
            "puts every tile at the same place", "add <tileName> or <tileId>, or leave out all placeholders"
        )
    ids = declared.response_ids
    if ids is not None and len(ids) > 1 and "outputId" not in names:
        yield path.error(f"puts {len(ids)} outputs at the same place: {listed(ids)}", "add <outputId>")
    file = text.rsplit("/", 1)[-1]
    if not file.endswith((".<format>", ".tif", ".tiff")) and not (
        ids and len(ids) > 1 and "<format>" in file
    ):
        yield path.warning(
            f"ends in {quoted(file)}" if file else "ends in a slash", "end file names in .<format> or .tif"
        )


def _own_paths(declared: Declared, responses: Node) -> Iterator[Problem]:
    """Paths of single outputs; no longer in the API's schema, but clients still offer them."""
    for response in responses.elements():
        identifier, path = response["identifier"], response["tilePath"]
        ids = declared.response_ids
        if identifier.text and ids is not None and identifier.text not in declared.written:
            yield identifier.error(
                f"is {identifier.kind}, which no response has", f"use one of {listed(ids)}"
            )
        if path.given:
            yield from check_url(path, _EXAMPLE)


def _flags(output: Node) -> Iterator[Problem]:
    for name in _FLAGS:
        flag = output[name]
        if flag.given and not isinstance(flag.value, bool):
            yield flag.error(f"is {flag.kind}", "give true or false")


def _existing(output: Node) -> Iterator[Problem]:
    path = output["defaultTilePath"].text or ""
    names = placeholders(path)
    if output["overwrite"].unknown or output["skipExisting"].unknown:
        return
    if (
        names
        and "requestId" not in names
        and not output["overwrite"].flag
        and not output["skipExisting"].flag
    ):
        yield output["defaultTilePath"].warning(
            "is the same for every request",
            "a request fails when its files exist already: add <requestId>, or set overwrite",
        )
    if output["overwrite"].flag and output["skipExisting"].flag and names and "requestId" not in names:
        yield output["skipExisting"].warning(
            "is set with overwrite",
            "tiles that miss an output are written again; beyond 5000 files this does not work",
        )
