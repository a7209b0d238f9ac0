"""The declared inputs of a resource: kind, what a change does, the default, documentation.

The tables themselves are in ``tables/``, one module a resource. ``check`` and ``diff`` read them, and so do
the constructors of the resources, whose docstrings are written from them by ``make docs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..finding import Finding
from ..plain_json import Unfit, as_json
from ..shown import capped
from ..values import is_unknown, same, steps_text
from .contract import Difference
from .kinds import Fault, InputKind


class Change(Enum):
    """What a changed input does; the value completes "a change …"."""

    REPLACE = "replaces the remote object"
    IN_PLACE = "is made in place"
    DRIVE = "drives the requests: calls are made for each that is not at the outcome"
    LOCAL = "makes no call: it is kept in the state, and counts the next time that it matters"
    REFUSED = "is refused before anything is done"
    HIDDEN = "is never looked at: it asks for no update by itself"


@dataclass(frozen=True)
class Field:
    """One declared input. Each is repeated in the outputs.

    Attributes:
        name: as the program writes it, snake_case.
        change: what changing it does.
        kind: what it may be.
        doc: one sentence for the documentation, with the unit.
        default: value where the program gives none.
        required: whether a resource without it is refused.
        filled: whether the outputs always have it, although the program need not give it.
        internal: whether no user writes it: the front end gives it.
    """

    name: str
    change: Change
    kind: InputKind
    doc: str
    default: Any = None
    required: bool = False
    filled: bool = False
    internal: bool = False

    @property
    def always(self) -> bool:
        """Whether the outputs always have it."""
        return self.required or self.filled or self.default is not None


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
    """What is missing, of another kind than the table says, or no JSON can hold; the unknown is left out."""
    failures: list[Finding] = []
    for field in fields:
        value = inputs.get(field.name)
        if value is None and field.required:
            failures.append(Finding(field.name, "is missing", f"it must be {field.kind.wanted}"))
        elif value is not None and not is_unknown(value):
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
