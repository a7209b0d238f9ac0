"""A call that the plugin serves: what it tells the lifecycle, and how it ends where it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import grpc

from ..engine.forms import in_camel
from ..engine.partial import DETAILS_KEY, partial_failure
from ..engine.progress import EngineLog
from ..errors import SentinelHubError, Unfinished
from ..lifecycle.session import Operation
from .kinds import Kind
from .wire import sent


@dataclass(frozen=True)
class PluginCall:
    """What the engine says with a call.

    Attributes:
        urn: of the resource.
        cancel: set on Ctrl-C.
        seconds: the custom time-out of the operation; 0 where there is none.
        foretells: whether a preview is under way, or may be.
        hushed: makes a text one without secrets.
    """

    urn: str
    cancel: threading.Event
    seconds: float = 0.0
    foretells: bool = False
    hushed: Callable[[str], str] = str

    def timeout(self, _operation: Operation) -> float | None:
        """The custom time-out in seconds; None where there is none."""
        return self.seconds if self.seconds > 0 else None

    def hush(self, text: str) -> str:
        """A text without secrets."""
        return self.hushed(text)


class PluginLog:
    """The engine's log, in the words of the plugin's users."""

    def __init__(self, engine: EngineLog) -> None:
        self._engine = engine

    def progress(self, urn: str, text: str) -> None:
        """A passing line, which the next one replaces."""
        self._engine.progress(urn, in_camel(text))

    def info(self, urn: str, text: str) -> None:
        """A line that stays."""
        self._engine.info(urn, in_camel(text))

    def warning(self, urn: str, text: str) -> None:
        """A warning that stays."""
        self._engine.warning(urn, in_camel(text))


def _silent(_: str) -> None:
    """Say nothing."""


@contextmanager
def told(
    context: grpc.ServicerContext,
    kind: Kind | None = None,
    secret: Collection[str] = (),
    say: Callable[[str], object] = _silent,
    hushed: Callable[[str], str] = str,
) -> Iterator[None]:
    """End the call with an expected error's own text; of an Unfinished the state keeps id and outputs.

    Args:
        context: of the call.
        kind: of the resource, for what is kept.
        secret: names of outputs that stay secret in it.
        say: shows a line that stays; an engine that comes back later shows no text of ours.
        hushed: makes a text one without secrets.
    """
    try:
        yield
    except SentinelHubError as error:
        text = in_camel(hushed(str(error)))
        if isinstance(error, Unfinished) and kind is not None:
            outputs = sent(kind.form.outward(error.outputs), secret)
            if later := kind.comes_later(error):
                say(text)
            details = partial_failure(error, outputs, text=text, refresh=kind.refreshes, later=later)
            context.set_trailing_metadata(((DETAILS_KEY, details),))
        context.abort(grpc.StatusCode.UNKNOWN, text)


def unknown(context: grpc.ServicerContext, what: str, token: str, known: Iterable[str]) -> NoReturn:
    """End the call: this version has no such thing."""
    context.abort(grpc.StatusCode.UNKNOWN, f"unknown {what} {token}: this version has {', '.join(known)}.")
    raise AssertionError  # abort raises
