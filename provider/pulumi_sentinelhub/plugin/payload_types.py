"""The schema's types of what has the API's own JSON shape: from the TypedDicts that Python programs have.

Open members stay ``Any``: a GeoJSON geometry, ``processing`` (its members differ by collection), attributes
of one's own, a Zarr compressor, and a fill value, which is a number or a text. So do outputs: what the
service echoes may have more than is known here, and typed outputs would lose it.
"""

from __future__ import annotations

import inspect
import types as python
from collections.abc import Mapping, Sequence
from typing import Any, Final, Union, get_args, get_origin, get_type_hints, is_typeddict

from .. import types
from .kinds import PACKAGE

ANY: Final = {"$ref": "pulumi.json#/Any"}
ANY_OBJECT: Final = {"type": "object", "additionalProperties": ANY}

#: The inputs that have such a shape, by their name in the tables.
PAYLOADS: Final[Mapping[str, Any]] = {
    "process_request": types.ProcessRequest,
    "tiling_grid": types.TilingGrid,
    "features": types.FeatureInput,
    "output": types.Output,
    "zarr_output": types.ZarrOutput,
    "defaults": types.FeatureDefaults,
}
#: Where a name by itself would be mistaken for another thing.
_NAMES: Final = {"Output": "GeoTiffOutput"}
_PLAIN: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
_UNIONS: Final = (Union, python.UnionType)


class _Known:
    """``Input[T]`` as T: whether a value comes later is no matter of the schema."""

    def __class_getitem__(cls, of: Any) -> Any:
        return of


_NAMESPACE: Final = {**vars(types), "Input": _Known, "Area": str}


def payload_type(input: str, found: dict[str, Any]) -> dict[str, Any] | None:
    """The schema's type of an input, put among those that are found; None where it has no such shape."""
    shape = PAYLOADS.get(input)
    return None if shape is None else _reference(shape, found)


def _reference(shape: Any, found: dict[str, Any]) -> dict[str, Any]:
    """A reference to the type of a TypedDict."""
    token = f"{PACKAGE}:index:{_NAMES.get(shape.__name__, shape.__name__)}"
    if token not in found:
        hints = get_type_hints(shape, None, _NAMESPACE)
        found[token] = {
            "type": "object",
            "description": (inspect.getdoc(shape) or "").replace("``", "`"),
            "properties": {name: _type(hint, found) for name, hint in hints.items()},
            "required": sorted(shape.__required_keys__),
        }
    return {"$ref": f"#/types/{token}"}


def _type(hint: Any, found: dict[str, Any]) -> dict[str, Any]:
    """The schema's type of a member; JSON alone, as programs in other languages have nothing else."""
    choices = _choices(hint)
    if len(choices) != 1:
        return dict(ANY)
    (one,) = choices
    if is_typeddict(one):
        return _reference(one, found)
    origin, arguments = get_origin(one), get_args(one)
    if origin is Sequence:
        return {"type": "array", "items": _type(arguments[0], found)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(arguments[1], found)}
    return {"type": _PLAIN[one]} if one in _PLAIN else dict(ANY)


def _choices(hint: Any) -> list[Any]:
    """What of a hint is JSON; where an object may also be told by the path of a file, the object is meant."""
    found = [one for one in (get_args(hint) if get_origin(hint) in _UNIONS else (hint,)) if _is_json(one)]
    objects = [one for one in found if _is_object(one)]
    return objects or found


def _is_json(hint: Any) -> bool:
    return hint in _PLAIN or get_origin(hint) is Sequence or _is_object(hint)


def _is_object(hint: Any) -> bool:
    return is_typeddict(hint) or get_origin(hint) is Mapping
