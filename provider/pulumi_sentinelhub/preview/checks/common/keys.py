"""Access keys that stand in a program, from where they would go into the state.

Source: [batch OpenAPI: S3BucketInfo: accessKey, secretAccessKey].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....finding import Finding
from ....shown import fit
from .node import Node

_NAMES: Final = frozenset(
    {"accesskey", "accesskeyid", "secretaccesskey", "secretkey", "awsaccesskeyid", "awssecretaccesskey"}
)
_WHERE: Final = (
    "keys belong in sentinelhub:deliveryAccessKeyId and sentinelhub:deliverySecretAccessKey (`pulumi config "
    "set --secret`), never in the program; what has stood in one should be replaced by a new key"
)
_DEEPEST: Final = 12
"""Levels that are looked into; the API's own shapes have half as many."""


def check_keys(root: Node) -> Iterator[Finding]:
    """Members of any input that are called like an access key, whatever they hold, which is never shown."""
    for name, given in root.members().items():
        if name != "process_request":
            yield from _within(given, _DEEPEST)
    process = root["process_request"]
    yield from _named(process)
    yield from _within(process["output"], _DEEPEST)
    yield from _within(process["input"]["data"], _DEEPEST)


def _within(node: Node, levels: int) -> Iterator[Finding]:
    if levels == 0:
        return
    yield from _named(node)
    for member in (*node.members().values(), *node.elements()):
        yield from _within(member, levels - 1)


def _named(node: Node) -> Iterator[Finding]:
    for name, member in node.members().items():
        if name.lower().replace("_", "").replace("-", "") in _NAMES and not member.absent:
            yield Finding(fit(member.path), "is an access key, or is called like one", _WHERE)
