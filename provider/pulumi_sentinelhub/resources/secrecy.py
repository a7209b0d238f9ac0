"""Which inputs are secret, by the Outputs that a program gives: for the provider, and for our own errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NoReturn

import pulumi

from ..lifecycle.discretion import Secrets
from ..values import Path

#: Inputs of our own that no program gives: they are never secret, and each resource has them.
_OURS = frozenset({"declaration", "declarations", "generations"})


def secret_paths(inputs: Mapping[str, Any]) -> Awaitable[list[list[str | int]] | None] | None:
    """Where secrets stand in the inputs, to be passed on as one; None where nothing comes later."""
    later = [found for name, value in inputs.items() if name not in _OURS for found in _later(value, (name,))]
    return asyncio.ensure_future(_secret_of(later)) if later else None


async def _secret_of(later: list[tuple[Path, pulumi.Output[Any]]]) -> list[list[str | int]] | None:
    return [list(path) for one in later for path in await _secret_in(*one)] or None


async def _secret_in(path: Path, output: pulumi.Output[Any]) -> list[Path]:
    try:
        if await output.is_secret():
            return [path]
        known = await output.future()
    except Exception:  # noqa: BLE001 - the input itself fails with it, and says so
        return []
    return [inner for one in _later(known, path) for inner in await _secret_in(*one)]


def _later(value: Any, path: Path) -> Iterator[tuple[Path, pulumi.Output[Any]]]:
    if isinstance(value, pulumi.Output):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _later(member, (*path, name))
    elif isinstance(value, list):
        for place, element in enumerate(value):
            if type(element) is not float and type(element) is not int:  # nearly all values of a geometry
                yield from _later(element, (*path, place))


def converted(output: pulumi.Output[Any], convert: Callable[[Any], Any]) -> pulumi.Output[Any]:
    """What the output becomes; an error of that quotes nothing of a secret.

    Args:
        output: what comes later.
        convert: what becomes of its value; raises pulumi.RunError.
    """

    def become(known: Any) -> Any:
        try:
            return convert(known)
        except pulumi.RunError as error:
            return refused(output, known, error)

    return output.apply(become)


async def refused(output: pulumi.Output[Any], known: Any, error: pulumi.RunError) -> NoReturn:
    """Raise the error, without the value where that is secret."""
    if not await output.is_secret():
        raise error
    raise type(error)(Secrets({"": known}, [("",)]).hush(str(error)))
