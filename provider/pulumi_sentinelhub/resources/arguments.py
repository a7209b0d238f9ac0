"""Arguments of the wrong Python type, reported in one line instead of a traceback."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi


class ArgumentError(pulumi.RunError, TypeError):
    """An argument that cannot be used; Pulumi shows its text alone."""


def is_later(value: Any) -> bool:
    """Whether the value comes later: an Output or an awaitable."""
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def expect(where: str, value: Any, *types: type, what: str) -> None:
    """Refuse a value that is of none of ``types``; None and what comes later pass.

    Args:
        where: resource and argument, e.g. ``BatchRun("run").until``.
        value: the argument.
        *types: what it may be; True and False are no numbers.
        what: what is wanted, in the user's words, e.g. ``"a string"``.

    Raises:
        ArgumentError: it is something else.
    """
    if value is None or is_later(value):
        return
    wrong = isinstance(value, bool) and bool not in types
    if wrong or not isinstance(value, types):
        raise ArgumentError(f"{where} must be {what}, but it is of type {type(value).__name__}")


def expect_text(where: str, value: Any) -> None:
    """Refuse what is not a string."""
    expect(where, value, str, what="a string")


def expect_number(where: str, value: Any) -> None:
    """Refuse what is not a number."""
    expect(where, value, int, float, what="a number")


def expect_mapping(where: str, value: Any) -> None:
    """Refuse what is not a dictionary."""
    expect(where, value, Mapping, what="a dictionary in the API's own JSON shape")


def expect_flag(where: str, value: Any) -> None:
    """Refuse what is not True or False."""
    expect(where, value, bool, what="True or False")


def evalscript_text(where: str, evalscript: Any) -> Any:
    """The text of an evalscript that is given as text or as a path; what comes later is taken as text.

    A string is a path when it is one line that ends with ``.js``; relative paths start at the program's
    folder.

    Raises:
        ArgumentError: no such file, or neither text nor path.
    """
    expect(where, evalscript, str, os.PathLike, what="the evalscript's text or a path")
    if is_later(evalscript) or (isinstance(evalscript, str) and not _looks_like_a_path(evalscript)):
        return evalscript
    path = Path(evalscript)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(f"{where}: the evalscript {path} cannot be read: {reason}") from None


def _looks_like_a_path(text: str) -> bool:
    return text.endswith(".js") and "\n" not in text


def is_sequence(value: Any) -> bool:
    """Whether the value is a list or the like, but not a string."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
