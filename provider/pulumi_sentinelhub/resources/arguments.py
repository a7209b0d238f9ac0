"""The arguments of resources: plain JSON of the kinds that the lifecycle's tables say, or one line.

What comes later is converted and looked at when it is known: here for what JSON cannot hold, by the
lifecycle's check for its kind.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi

from ..lifecycle.fields import Field
from ..lifecycle.kinds import InputKind
from ..plain_json import Unfit, as_json
from ..shown import fit
from ..values import UNKNOWN, Path, steps_text
from .plain import converting, foreign
from .secrecy import converted


class ArgumentError(pulumi.RunError, TypeError):
    """An argument that cannot be used; Pulumi shows its text alone."""


def is_later(value: Any) -> bool:
    """Whether the value comes later: an Output or an awaitable."""
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def checked(where: str, fields: Iterable[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as plain JSON, each of the kind that the table says.

    Args:
        where: the resource, e.g. ``BatchRun("run")``.
        fields: the table; arguments that are not in it are of any kind.
        given: arguments by name, with Outputs anywhere in them.

    Returns:
        the arguments by the same names; what comes later is an Output.

    Raises:
        ArgumentError: one is of another kind, or holds what JSON cannot; also later, by an Output.
    """
    kinds = {field.name: field.kind for field in fields}
    return {name: argument(f"{where}.{name}", value, kinds.get(name)) for name, value in given.items()}


def argument(where: str, value: Any, kind: InputKind | None = None) -> Any:
    """One argument; see :func:`checked`."""
    found = _plain(where, value, kind)
    if kind is not None and found is not None and not is_later(found):
        for place, reason in kind.faults(_known(found)):
            raise ArgumentError(f"{where}{place} {reason}")
    return found


def _plain(where: str, value: Any, kind: InputKind | None) -> Any:
    def later(value: Any, path: Path) -> pulumi.Output[Any]:
        place, inner = where + steps_text(path), None if path else kind
        return converted(as_output(value), lambda known: _plain(place, known, inner))

    try:
        return as_json(value, converting(later, is_later))
    except Unfit as unfit:
        wanted = f"must be {kind.wanted}, but it " if kind is not None and not unfit.path else ""
        raise ArgumentError(f"{where}{steps_text(unfit.path)} {wanted}{unfit.reason}") from None


def _known(value: Any) -> Any:
    """The value with Unknown for what comes later, down to one level, as kinds look no further."""
    if isinstance(value, dict):
        return {key: UNKNOWN if is_later(member) else member for key, member in value.items()}
    if isinstance(value, list):
        return [UNKNOWN if is_later(member) else member for member in value]
    return value


def as_output(later: Any) -> pulumi.Output[Any]:
    """An Output of what comes later, its inner values left as they are."""
    if isinstance(later, pulumi.Output):
        return later
    nothing: pulumi.Output[None] = pulumi.Output.from_input(None)
    return nothing.apply(lambda _: later)


def expect_payload(where: str, payload: Any) -> None:
    """Refuse a payload that is no dictionary. Raises ArgumentError."""
    if not isinstance(payload, Mapping):
        kind = fit(type(payload).__name__)
        raise ArgumentError(f"{where} needs a dictionary, but the payload is of type {kind}")


def elements(where: str, value: Any) -> Any:
    """A sequence as a list, anything else as it is. Raises ArgumentError where it cannot be walked."""
    if not is_sequence(value):
        return value
    try:
        return foreign(value, ())
    except Unfit as unfit:
        raise ArgumentError(f"{where} {unfit.reason}") from None


def is_sequence(value: Any) -> bool:
    """Whether the value is a list or the like, but not a string."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
