"""What a program sees of a resource besides its inputs: name, kind, documentation of each output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .kinds import Kind


@dataclass(frozen=True)
class Output:
    """An output of a resource, or a member of a :class:`Record` in one.

    Attributes:
        name: as the program reads it, snake_case.
        kind: what it is.
        doc: one sentence for the documentation, with the unit.
        optional: whether it may be absent: None in the program.
    """

    name: str
    kind: Kind
    doc: str
    optional: bool = False


def by_name(*outputs: Output) -> Mapping[str, Output]:
    """A table of outputs."""
    return {output.name: output for output in outputs}


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number of ``unit``; an id where there is none."""

    unit: str | None = None
    json_type = "integer"


@dataclass(frozen=True)
class Number(Kind):
    """A number of ``unit``, which need not be whole."""

    unit: str
    json_type = "number"


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of one kind."""

    of: Kind
    json_type = "array"


@dataclass(frozen=True)
class ByName(Kind):
    """A dictionary of one kind; the keys are given by the service, such as ids."""

    of: Kind
    json_type = "object"


@dataclass(frozen=True)
class Record(Kind):
    """An object with these members; ``name`` is that of its type in languages with types."""

    name: str
    members: tuple[Output, ...]
    json_type = "object"
