"""The declared fields of a resource as one table: kind, what a change means, the default, the documentation.

``check`` and ``diff`` read it, and so do the resources' constructors; the documentation is tested against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..finding import Finding
from ..shown import capped
from ..values import Unfit, as_json, is_unknown, same, steps_text
from .contract import Difference
from .kinds import Fault, Kind, Text


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
        kind: what it may be.
        doc: one sentence for the documentation.
        default: value where the program gives none.
    """

    name: str
    change: Change
    kind: Kind
    doc: str
    default: Any = None


#: What the program tells by itself of every remote object of the service.
DEPLOYMENT: Final = Field(
    "deployment",
    Change.REPLACE,
    Text(),
    "The Sentinel Hub deployment it was made on; from the configuration.",
)
DECLARATION: Final = Field("declaration", Change.HIDDEN, Text(), "A stable key of the declaration.")


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


def type_failures(fields: Iterable[Field], inputs: Mapping[str, Any]) -> list[Finding]:
    """What is of another kind than the table says, or no JSON can hold; the unknown is left out."""
    failures: list[Finding] = []
    for field in fields:
        value = inputs.get(field.name)
        if value is None or is_unknown(value):
            continue
        failures += _told(field, value)
    return failures


def _told(field: Field, value: Any) -> Iterator[Finding]:
    faults, more = capped(_faults(field, value))
    for place, reason in faults:
        yield Finding(f"{field.name}{place}", reason, "correct it")
    if more:
        yield Finding(field.name, f"has {more} more such faults", "correct those above first")


def _faults(field: Field, value: Any) -> Iterator[Fault]:
    wrong = False
    for fault in field.kind.faults(value):
        wrong = True
        yield fault
    if wrong:
        return
    try:
        as_json(value)
    except Unfit as unfit:
        yield steps_text(unfit.path), unfit.reason


def echo(fields: Iterable[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that outputs must repeat, since the host shows old outputs where old inputs are meant."""
    return {field.name: inputs[field.name] for field in fields if inputs.get(field.name) is not None}
