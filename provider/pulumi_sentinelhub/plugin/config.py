"""The provider's configuration: the keys of the stack config, also for explicit providers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..config.settings import resolve_settings
from ..errors import ConfigError
from ..lifecycle.session import NAMESPACE
from ..values import contains_unknown, number_text


@dataclass(frozen=True)
class Key:
    """A key of the configuration.

    Attributes:
        name: as the stack config has it.
        doc: one sentence, with the unit.
        secret: whether it never stands anywhere in the clear.
        number: whether its value is a number.
        flag: whether its value is true or false.
    """

    name: str
    doc: str
    secret: bool = False
    number: bool = False
    flag: bool = False

    @property
    def json_type(self) -> str:
        """Of its value in the schema."""
        return "number" if self.number else "boolean" if self.flag else "string"


ORGANIZATION: Final = Key(
    "organization",
    "Organization of Pulumi Cloud, which the engine tells no plugin; PULUMI_ORGANIZATION in the environment. "
    "Where two of them have a project, a stack and an OAuth client of the same names, it tells them apart.",
)
_OF_ONES_OWN: Final = "organization"
"""What Pulumi calls the one of a backend of one's own."""
KEYS: Final = (
    Key("clientId", "Id of the OAuth client; SH_CLIENT_ID in the environment where absent."),
    Key("clientSecret", "Its secret; SH_CLIENT_SECRET in the environment where absent.", secret=True),
    Key("deployment", "Where Sentinel Hub runs: aws-eu-central-1, aws-us-west-2, cdse or creodias."),
    Key("baseUrl", "URL of the service in place of the deployment's; SH_BASE_URL in the environment."),
    Key(
        "tokenUrl", "URL of the token endpoint in place of the deployment's; SH_TOKEN_URL in the environment."
    ),
    Key("apiVersion", "The generation of the batch API for what is new: v1 or v2."),
    Key("pollInterval", "Seconds between two looks at a job that is waited for.", number=True),
    Key("readLag", "Seconds that the service's reads may lag behind its writes.", number=True),
    Key("callsPerMinute", "Calls a minute that the plan lets through.", number=True),
    Key("skipCredentialsCheck", "Whether a preview asks for no token.", flag=True),
    Key("deliveryAccessKeyId", "Id of the key by which batch v2 gets at the bucket."),
    Key("deliverySecretAccessKey", "The secret of that key.", secret=True),
    Key("deliveryPrincipal", "ARN that a role made for the service trusts."),
    Key("deliveryExternalId", "What the service names when it takes on such a role."),
    ORGANIZATION,
)
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
