"""Inputs of the plugin alone, and what becomes of them.

A Python program's classes read the evalscript's file, and the file of features; a program in another language
says where they are, or what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..finding import Finding
from ..lifecycle.feature_file import file_at, for_request, key_of, url_of
from ..lifecycle.fields import Change, Field
from ..lifecycle.kinds import Text
from ..shown import fit
from ..values import UNKNOWN, contains_unknown, is_unknown
from .kinds import FEATURES, REQUEST, Kind

EVALSCRIPT: Final = "evalscript"
SOURCE: Final = "source"

_OWN: Final = {
    REQUEST.token: (
        Field(
            EVALSCRIPT,
            Change.REPLACE,
            Text(),
            "The evalscript's text, in place of `processRequest.evalscript`; the program may read it from a "
            "file.",
        ),
    ),
    FEATURES.token: (
        Field(
            SOURCE,
            Change.REPLACE,
            Text("the path of a GeoPackage"),
            "The path of a GeoPackage on the machine that runs, from the project's folder where it is "
            "relative. Each feature is a polygon with an `identifier`, and may have `width` and `height` "
            "(pixels) or `resolution` (units of the CRS). Other content is another object.",
            required=True,
        ),
    ),
}
#: What is made of them, and stays secret with them.
MADE_OF: Final = {
    "process_request": frozenset({EVALSCRIPT}),
    "file": frozenset({SOURCE}),
    "url": frozenset({"bucket", "key"}),
    "features": frozenset({"bucket", "key", "defaults"}),
}


def own_inputs(kind: Kind) -> tuple[Field, ...]:
    """The inputs that the resource has in the plugin alone."""
    return _OWN.get(kind.token, ())


def merged(kind: Kind, urn: str, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """The inputs as the lifecycle knows them, and what stands against it.

    Args:
        kind: of the resource.
        urn: of it.
        inputs: in the lifecycle's form, with the plugin's own.
    """
    if kind is FEATURES:
        return with_file(urn.rpartition("::")[2], inputs)
    return with_script(inputs) if kind is REQUEST else (dict(inputs), [])


def with_script(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """The inputs with ``evalscript`` merged into ``process_request``, and what stands against it."""
    found = dict(inputs)
    if EVALSCRIPT not in found:
        return found, []
    script, request = found.pop(EVALSCRIPT), found.get("process_request")
    if request is None:
        return found, [Finding(EVALSCRIPT, "has no process_request to go into", "give that, too")]
    if not isinstance(request, Mapping):
        return found, []  # unknown, or refused by its kind
    if EVALSCRIPT in request:
        return found, [Finding(EVALSCRIPT, "is also in process_request", "remove one of them")]
    return {**found, "process_request": {**request, EVALSCRIPT: script}}, []


def with_file(name: str, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """The inputs with the file at ``source``, its hash and its URL, and what stands against it.

    Args:
        name: of the declaration.
        inputs: of Features.
    """
    given = {"key": key_of(name), **inputs}
    source = given.pop(SOURCE, None)
    found: dict[str, Any] = {**given, "file": UNKNOWN, "content_hash": UNKNOWN}
    against: list[Finding] = []
    if not isinstance(source, str) or not source.strip():
        if not is_unknown(source):
            against.append(Finding(SOURCE, "must be the path of a GeoPackage", "give it as a string"))
    else:
        try:
            file = file_at(Path(source))
            found |= {"file": str(file.path), "content_hash": file.content_hash}
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no path"
            against.append(
                Finding(SOURCE, f"{fit(source, 200)} cannot be read: {reason}", "correct the path")
            )
    parts = [found.get("bucket", UNKNOWN), found["key"], found["content_hash"]]
    url = UNKNOWN if contains_unknown(parts) else url_of(found, found["content_hash"])
    return {**found, "url": url, "features": for_request(url, found.get("defaults"))}, against
