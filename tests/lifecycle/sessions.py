"""What a front end gives a session."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_sentinelhub.lifecycle.session import Operation

URN = "urn:pulumi:dev::p::t::n"


@dataclass
class OneCall:
    """A call as a front end knows it."""

    urn: str = URN
    given: Mapping[str, float] = field(default_factory=dict)
    cancel: threading.Event = field(default_factory=threading.Event)
    foretells: bool = True

    def timeout(self, operation: Operation) -> float | None:
        return self.given.get(operation)

    def hush(self, text: str) -> str:
        return text


@dataclass
class Lines:
    """A log that keeps its lines."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def progress(self, urn: str, text: str) -> None:
        self.lines.append(("progress", urn, text))

    def info(self, urn: str, text: str) -> None:
        self.lines.append(("info", urn, text))

    def warning(self, urn: str, text: str) -> None:
        self.lines.append(("warning", urn, text))
