"""The package's schema, from the tables: what code generators, YAML and editors read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ..config.keys import KEYS, Key
from ..engine.forms import camel, in_camel
from ..lifecycle.fields import Change, Field
from ..lifecycle.kinds import Ids, Kind, Texts, Word
from ..lifecycle.outputs import ByName, ListOf, Output, Record
from .functions import FUNCTIONS, Function
from .kinds import KINDS, PACKAGE
from .kinds import Kind as Resource
from .listing import LISTINGS
from .own_inputs import own_inputs
from .payload_types import ANY, ANY_OBJECT, PAYLOADS, payload_type
from .version import VERSION

_LITERAL: Final = re.compile(r"``(.+?)``")

_ABOUT: Final[Mapping[str, str]] = {
    "OutputBucket": "The S3 bucket that results land in, with the policy that lets Sentinel Hub write.",
    "BatchRequest": "A batch request: what is to be computed. Creating one runs and costs nothing; a "
    "BatchRun runs it. Destroying cancels it where it is active, waits until it has settled, and deletes it.",
    "BatchRun": "The desired outcome of one or many batch requests: analysed, started, finished or "
    "cancelled. It makes no remote object and can be repeated: it goes on from where the requests are.",
    "BatchCollection": "A batch collection: made empty, for requests to write into, or the one that a "
    "request has made.",
    "Features": "A GeoPackage in a bucket: what a batch request processes in place of a grid's tiles (batch "
    "v2). The object's key holds a hash of the content, so that other content makes another object, and "
    "another request, while one that runs keeps its file.",
}


def schema_text() -> str:
    """The schema as JSON."""
    return json.dumps(schema(), indent=2, ensure_ascii=False)


def schema() -> dict[str, Any]:
    """The schema [Pulumi: pkg/codegen/schema/pulumi.json]."""
    types: dict[str, Any] = {}
    resources = {kind.token: _resource(kind, types) for kind in KINDS.values()}
    functions = {token: _function(function, types) for token, function in FUNCTIONS.items()}
    variables = {key.name: _config(key) for key in KEYS}
    return {
        "name": PACKAGE,
        "version": VERSION,
        "displayName": "Sentinel Hub batch processing",
        "description": "Sentinel Hub batch jobs as infrastructure.",
        "keywords": ["sentinel-hub", "earth-observation", "batch-processing"],
        "license": "Apache-2.0",
        "meta": {"moduleFormat": "(.*)"},
        "config": {"variables": variables},
        "provider": {
            "description": "Where Sentinel Hub is called, and as whom; the environment says what is absent.",
            "inputProperties": variables,
        },
        "types": types,
        "resources": resources,
        "functions": functions,
        "language": {
            # our own Python package has the name that a generated one would get
            "python": {"packageName": "pulumi_sentinelhub_plugin", "pyproject": {"enabled": True}},
            "nodejs": {"packageName": "pulumi-sentinelhub-plugin", "respectSchemaVersion": True},
        },
    }


def _config(key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {"type": key.json_type, "description": key.doc}
    return {**found, "secret": True} if key.secret else found


def _resource(kind: Resource, types: dict[str, Any]) -> dict[str, Any]:
    fields = [field for field in kind.form.fields if not field.internal]
    written = [*fields, *own_inputs(kind)]
    echoed = {camel(field.name): _property(field.kind, field.doc, types) for field in fields}
    reported = {camel(name): _property(out.kind, out.doc, types) for name, out in kind.form.outputs.items()}
    for name in PAYLOADS.keys() & kind.form.outputs.keys():
        # it is given on as an input, whose type is another one than that of an output
        reported[camel(name)] = {**ANY, "description": reported[camel(name)]["description"]}
    always = [field.name for field in fields if field.always]
    always += [name for name, output in kind.form.outputs.items() if not output.optional]
    listing = LISTINGS.get(kind.token)
    return {
        "description": _ABOUT[kind.name],
        "inputProperties": {camel(field.name): _input(field, types) for field in written},
        "requiredInputs": sorted(camel(field.name) for field in written if field.required),
        "properties": {**echoed, **reported},
        "required": sorted({camel(name) for name in always}),
        "aliases": [{"type": kind.dynamic_type}],
        **({"listInputs": _arguments(listing.arguments)} if listing else {}),
    }


def _function(function: Function, types: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": function.lookup.doc,
        "inputs": _arguments(function.lookup.arguments),
        "outputs": _members(function.lookup.members, types),
    }


def _arguments(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {camel(field.name): _input(field, {}) for field in fields},
        "required": sorted(camel(field.name) for field in fields if field.required),
    }


def _input(field: Field, types: dict[str, Any]) -> dict[str, Any]:
    found = _property(field.kind, field.doc, {})
    if (payload := payload_type(field.name, types)) is not None:
        found = {**payload, "description": found["description"]}
    if isinstance(field.default, (str, bool, int, float)):
        found["default"] = field.default
    if field.change is Change.REPLACE:
        found["willReplaceOnChanges"] = True
    return found


def _property(kind: Kind, doc: str, types: dict[str, Any]) -> dict[str, Any]:
    return {**_type(kind, types), "description": _described(doc, kind)}


def _type(kind: Kind, types: dict[str, Any]) -> dict[str, Any]:
    match kind:
        case Ids():
            return {"type": "array", "items": {"type": "string"}}
        case Texts():
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case ListOf():
            return {"type": "array", "items": _type(kind.of, types)}
        case ByName():
            return {"type": "object", "additionalProperties": _type(kind.of, types)}
        case Record():
            return {"$ref": f"#/types/{_record(kind, types)}"}
    return {"type": kind.json_type} if kind.json_type != "object" else dict(ANY_OBJECT)


def _record(kind: Record, types: dict[str, Any]) -> str:
    """The token of a record's type, which is put among the types."""
    token = f"{PACKAGE}:index:{kind.name}"
    types[token] = _members(kind.members, types)
    return token


def _members(members: tuple[Output, ...], types: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {camel(one.name): _property(one.kind, one.doc, types) for one in members},
        "required": sorted(camel(one.name) for one in members if not one.optional),
    }


def _described(doc: str, kind: Kind) -> str:
    """A sentence of the tables in Markdown, with the plugin's names; Python's words become JSON's."""
    text = in_camel(_LITERAL.sub(r"`\1`", doc))
    return f"{text} One of {', '.join(kind.words)}." if isinstance(kind, Word) else text
