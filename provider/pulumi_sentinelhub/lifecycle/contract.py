"""The shape of a resource's lifecycle, and what its operations return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..finding import Finding, Severity, of_severity

if TYPE_CHECKING:
    from .context import Context
    from .fields import Field


@dataclass(frozen=True)
class CheckReport:
    """The inputs with defaults, and what was found in them."""

    inputs: dict[str, Any]
    findings: tuple[Finding, ...] = ()

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Errors; with any of them nothing is made."""
        return of_severity(self.findings, Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is shown, but blocks nothing."""
        found = of_severity(self.findings, Severity.WARNING)
        return tuple(finding for finding in found if not finding.foretold)

    @property
    def foretold(self) -> tuple[Finding, ...]:
        """What is shown in a preview alone: what is good to know, and what the update shows by itself."""
        return tuple(
            finding for finding in self.findings if finding.foretold or finding.severity is Severity.NOTE
        )


@dataclass(frozen=True)
class Difference:
    """Which fields changed, and which of them ask for a new remote object."""

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False

    def __bool__(self) -> bool:
        return bool(self.changed)


@dataclass(frozen=True)
class Remote:
    """A remote object as it is now; ``inputs`` where what is declared should follow it."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] | None = None


class Lifecycle(Protocol):
    """Operations of one kind of resource. Stateless; ``olds`` are old outputs, which repeat the inputs."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The declared inputs."""
        ...

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        ...

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """Compare without a call."""
        ...

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Make at most one remote object."""
        ...

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The remote object as it is now; None when it is gone."""
        ...

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Make it so; return the outputs."""
        ...

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Remove it; that it is gone already is fine."""
        ...
