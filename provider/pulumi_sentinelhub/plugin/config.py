"""The provider's configuration: the keys of the stack config, also for explicit providers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..config.keys import KEYS, ORGANIZATION
from ..config.settings import resolve_settings
from ..errors import ConfigError
from ..lifecycle.session import NAMESPACE
from ..values import contains_unknown, number_text

_OF_ONES_OWN: Final = "organization"
"""What Pulumi calls the one of a backend of one's own."""
SECRET: Final = frozenset(key.name for key in KEYS if key.secret)


def getter(given: Mapping[str, Any]) -> Callable[[str], str | None]:
    """Gives a key's value, by its name without or with the namespace, as the stack config would: a text."""
    prefix = f"{NAMESPACE}:"

    def get(key: str) -> str | None:
        value = given.get(key.removeprefix(prefix))
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        return number_text(value) if isinstance(value, (int, float)) else str(value)

    return get


def organization(given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The organization that the stack belongs to, as ``pulumi.get_organization()`` would tell it a program.

    The engine tells it programs, analyzers and Construct, but no call that a plugin of resources gets
    [pulumi 3.259: resource/plugin/provider_plugin.go; provider.proto]. A program can pass it on to an
    explicit provider, such as ``${pulumi.organization}`` in YAML.
    """
    told = given.get(ORGANIZATION.name)
    return told if isinstance(told, str) and told else environ.get("PULUMI_ORGANIZATION") or _OF_ONES_OWN


def failure(given: Mapping[str, Any]) -> ConfigError | None:
    """What is wrong with a configuration that is known as a whole."""
    if contains_unknown(given):
        return None
    try:
        resolve_settings(getter(given), os.environ)
    except ConfigError as error:
        return error
    return None


def changed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """The keys whose values differ; whatever else is there, such as a whole stack config, is none of ours."""
    names = [key.name for key in KEYS]
    return [name for name in names if _text(olds.get(name)) != _text(news.get(name))]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
