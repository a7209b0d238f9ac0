"""What is asked of whatever comes of a wild answer."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from typing import Any

from pulumi.runtime import rpc

from pulumi_sentinelhub.batch.api import BatchRequestInfo
from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.shown import fit
from tests.support.wire import SECRET, TOKEN

#: Characters of a message.
MOST_SAID = 20_000


class Heard(logging.Handler):
    """Every line of every logger, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"


def expect_nothing_secret(text: str, heard: Heard, *, issued: bool) -> None:
    """Neither the secret nor the token, once it was issued, is in what is shown or logged."""
    canaries = (SECRET, TOKEN) if issued else (SECRET,)
    assert not [canary for canary in canaries if canary in text + heard.text]
    heard.text = ""


def expect_clear(error: SentinelHubError) -> None:
    """One line that is fit to be shown, not too long, with a next step."""
    text = str(error)
    assert fit(text, len(text)) == text
    assert len(text) < MOST_SAID
    assert error.next_step or error.why, text


def expect_keepable(value: Any) -> None:
    """What is read can be written into a state: by JSON, in UTF-8, and by the engine's own messages."""
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        fields = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
        fields.pop("generation", None)
        fields = {key: getattr(value, "value", value) for key, value in fields.items()}
        json.dumps(fields, allow_nan=False, ensure_ascii=False).encode()
        told = asyncio.run(rpc.serialize_properties({"item": json.loads(json.dumps(fields))}, {}))
        assert told.SerializeToString()
        if isinstance(item, BatchRequestInfo):
            assert item.spec.fingerprint
