"""Inputs that no user writes: what the host does not tell a provider, or not always."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

import pulumi

from ..config.credentials import Credentials
from ..config.settings import Settings, resolve_settings
from ..engine import identity
from ..engine.identity import backend_of
from ..errors import ConfigError
from .arguments import ArgumentError

NAMESPACE: Final = "sentinelhub"

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def program_settings() -> Settings:
    """The settings as the program sees them: stack config, environment, profile.

    Raises:
        pulumi.RunError: the configuration is wrong; Pulumi shows the text alone.
    """
    config = pulumi.Config(NAMESPACE)
    try:
        return resolve_settings(config.get, os.environ)
    except ConfigError as error:
        raise pulumi.RunError(str(error)) from None


def hidden_inputs(
    settings: Settings, type_name: str, name: str, opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """The inputs that every resource here has: its deployment, and the key of its declaration."""
    return {
        "deployment": settings.deployment.name,
        "declaration": _declaration_key(settings.credentials, type_name, name, opts),
    }


def _declaration_key(
    credentials: Credentials | None, type_name: str, name: str, opts: pulumi.ResourceOptions | None
) -> pulumi.Output[str]:
    """The key of a declaration; see :func:`..engine.identity.declaration_key`."""
    # None under mocks
    root: str | None = pulumi.get_root_directory()
    backend, organization = backend_of(os.environ, Path(root or "")), pulumi.get_organization()
    client_id = credentials.client_id if credentials else None
    urn = pulumi.create_urn(name, type_name, parent=opts.parent if opts else None)
    # through a future, because an Output of the parent would make the parent's children, ourselves among
    # them, a dependency
    known: pulumi.Output[str | None] = pulumi.Output.from_input(urn.future())
    return known.apply(lambda text: identity.declaration_key(client_id, organization, backend, str(text)))


def previewed() -> bool | None:
    """True while a preview runs, else None; see :mod:`..dynamic.phase`."""
    return True if pulumi.runtime.is_dry_run() else None


def timeouts(where: str, opts: pulumi.ResourceOptions | None) -> dict[str, float] | None:
    """``custom_timeouts`` in seconds; None where there are none.

    Raises:
        ArgumentError: one of them is not a duration such as ``"7m"`` or ``"1h30m"``.
    """
    given = opts.custom_timeouts if opts else None
    if given is None:
        return None
    texts = {"create": given.create, "update": given.update, "delete": given.delete}
    parsed = {key: seconds(f"{where}: custom_timeouts.{key}", text) for key, text in texts.items() if text}
    return parsed or None


def seconds(where: str, duration: str) -> float:
    """A duration such as ``"1h30m"``, ``"40s"`` or ``"1d"`` in seconds. Raises ArgumentError."""
    parts = _PART.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ArgumentError(f'{where} must be a duration such as "7m" or "1h30m", but it is {duration!r}')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
