"""The declared fields of a resource as one table: what a change means, the default, the documentation.

``diff`` reads it, the resources' constructors and the documentation are tested against it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..values import is_unknown, same
from .contract import CheckFailure, Difference


class Change(Enum):
    """What a changed field asks for."""

    IN_PLACE = "updated in place"
    REPLACE = "replaces the resource"
    LOCAL = "local: no call is made"
    HIDDEN = "hidden: kept from the first time on, never compared"


@dataclass(frozen=True)
class Field:
    """One declared input.

    Attributes:
        name: as the program writes it, snake_case.
        change: what changing it means.
        doc: one sentence for the documentation.
        default: value where the program gives none.
    """

    name: str
    change: Change
    doc: str
    default: Any = None


def with_defaults(fields: Iterable[Field], news: Mapping[str, Any]) -> dict[str, Any]:
    """``news`` with the table's defaults, without what is None."""
    inputs = {key: value for key, value in news.items() if value is not None}
    for field in fields:
        if field.default is not None:
            inputs.setdefault(field.name, field.default)
    return inputs


def compare(fields: Iterable[Field], olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
    """Which fields differ between the old outputs and the new inputs, by the table."""
    changed: list[str] = []
    replaces: list[str] = []
    for field in fields:
        if field.change is Change.HIDDEN or same(olds.get(field.name), news.get(field.name)):
            continue
        changed.append(field.name)
        if field.change is Change.REPLACE:
            replaces.append(field.name)
    return Difference(changed=tuple(changed), replaces=tuple(replaces))


def one_of(inputs: Mapping[str, Any], name: str, allowed: Collection[str]) -> list[CheckFailure]:
    """A failure when a known input is none of the allowed words."""
    value = inputs.get(name)
    if is_unknown(value) or value in allowed:
        return []
    return [CheckFailure(name, f"is {value!r}; use one of {', '.join(allowed)}")]


def echo(fields: Iterable[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that outputs must repeat, since the host shows old outputs where old inputs are meant."""
    return {field.name: inputs[field.name] for field in fields if inputs.get(field.name) is not None}
