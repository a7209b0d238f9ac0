"""The keys of the stack config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

#: How much alike a name and a key have to be, of 1.
_CLOSE: Final = 0.8


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


def misspelt(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are no key of ours but look like one, each with the key that was probably meant.

    What looks like none may be the program's own: nothing keeps it from this namespace.
    """
    known = {_folded(key.name): key.name for key in KEYS}
    for name in sorted(set(names) - set(known.values())):
        # imported where a name is not known
        from difflib import get_close_matches

        for close in get_close_matches(_folded(name), known, n=1, cutoff=_CLOSE):
            yield name, known[close]


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
