"""The S3 front's moto."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from sentinelhub_sandbox import moto_s3
from sentinelhub_sandbox.httpd import Answer


def test_one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in the middle of a call waits for its end: a list fails on what is deleted meanwhile."""
    begun: list[int] = []
    seen_in_the_first: list[int] = []
    others: list[threading.Thread] = []

    def moto(environ: dict[str, Any]) -> Answer:
        begun.append(environ["number"])
        if environ["number"] == 1:
            others.append(threading.Thread(target=application, args=({"number": 2},)))
            others[0].start()
            others[0].join(0.3)
            seen_in_the_first.extend(begun)
        return Answer(200, (), b"")

    monkeypatch.setattr(moto_s3, "calls_of", lambda _: moto)
    application = moto_s3.moto_application("s3")
    application({"number": 1})
    others[0].join(60)
    assert (seen_in_the_first, begun) == ([1], [1, 2])
