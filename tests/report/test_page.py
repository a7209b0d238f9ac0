"""The page as text: nothing of others gets out of its place, nothing secret gets in, nothing is fetched."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pulumi_sentinelhub.report.amounts import pu
from pulumi_sentinelhub.report.model import MapTile
from pulumi_sentinelhub.report.page import MOST_FAILED, page
from pulumi_sentinelhub.report.texts import SECRET, line, payload, source

from . import reports


class Elements(HTMLParser):
    """Elements and attributes of a page, and the text of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in = False

    def handle_data(self, data: str) -> None:
        if self._in:
            self.scripts.append(data)


def test_hostile_texts_stay_text() -> None:
    """Whatever names, reasons and evalscripts hold: two scripts, both ours, and no handler anywhere."""
    found = Elements(page(reports.hostile()))
    names = [tag for tag, _ in found.tags]
    assert names.count("script") == len(found.scripts) == 2
    assert set("<>&").isdisjoint(found.scripts[0])
    data = json.loads(found.scripts[0])
    assert any("onerror" in name for name in data["names"])
    assert {"img", "svg"} & set(names) == set()
    assert [name for _, attributes in found.tags for name in attributes if name.startswith("on")] == []
    usual = Elements(page(reports.report(*(reports.section() for _ in reports.HOSTILE)))).scripts[1]
    assert found.scripts[1] == usual


def test_control_characters_are_shown_by_their_escapes() -> None:
    """No escape sequence, bidi override, half of a pair or zero byte is in the page."""
    html = page(reports.hostile())
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2028\u2029\ud800-\udfff]", html) == []
    assert "\\u202e" in html


def test_nothing_is_fetched() -> None:
    """No element names another address, and the page's own policy forbids all but data."""
    found = Elements(page(reports.report(reports.section(picture=reports.picture()))))
    addresses = [
        value for _, attributes in found.tags for name, value in attributes.items() if name in ("src", "href")
    ]
    assert addresses
    assert all(value and value.startswith(("data:image/webp;base64,", "#")) for value in addresses)
    (policy,) = [a["content"] for tag, a in found.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "secret",
    [
        "AKIACANARYCANARY0001",
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIACANARYCANARY0001&X-Amz-Signature=canary0123",
        "https://user:canary-password@example.com/x",
        "Bearer canary0123456789",
        "eyJhbGciOiJub25lIn0.canarycanary.x",
        "https://storage/x?sig=canary0123456",
    ],
)
def test_no_credential_gets_in(secret: str) -> None:
    """Keys, signed queries and tokens are taken out of every text, wherever they stand."""
    section = reports.section(
        name=secret,
        notes=[secret],
        facts=[("Results", secret)],
        evalscript=f"// {secret}",
        payload=payload({"description": secret}),
        tiles=[MapTile("t", "FAILED", None, secret, reports.square(0, 1))],
    )
    html = page(reports.report(section, title=secret, notes=[secret]))
    assert not re.search("canary", html, re.IGNORECASE)


def test_the_configured_secrets_do_not_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment holds as a secret is in no text."""
    monkeypatch.setenv("SH_CLIENT_SECRET", "canary-secret-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-2")
    assert "canary" not in line("a canary-secret-1 b") + source("x\ncanary-secret-2")


def test_a_payload_is_shown_without_what_is_named_like_a_credential() -> None:
    """By the member's name, at any depth."""
    shown = payload({"output": {"s3": {"accessKey": "a1", "secretAccessKey": "b2", "url": "s3://b"}}})
    assert "a1" not in shown
    assert "b2" not in shown
    assert shown.count(SECRET) == 2
    assert "s3://b" in shown


def test_an_evalscript_keeps_its_lines() -> None:
    """Only what is invisible is changed."""
    assert source("a\r\n\tb::error::\x1b[0m") == "a\n\tb::error::\\x1b[0m"


def test_the_worst_tiles_come_first_and_all_are_there() -> None:
    """Failed ones lead the list; below the map is a table of a few, which says how many there are."""
    tiles = reports.tiles(300, fail_every=3)
    html = page(reports.report(reports.section(tiles=tiles)))
    data = json.loads(Elements(html).scripts[0])
    assert len(data["names"]) == 300
    assert sorted(data["errors"].keys(), key=int) == [str(index) for index in range(100)]
    assert f"the first {MOST_FAILED} of 100" in html
    assert html.count("no data came") == 100 + MOST_FAILED


def test_without_any_request() -> None:
    """A page of its own, which says so."""
    html = page(reports.report(notes=("There is no batch request in this stack",), sections=()))
    assert "There is no batch request" in html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"),
        (1234.5, "1,234 PU"),
        (0.1417, "0.142 PU"),
        (30.0, "30 PU"),
        (1e-9, "under 0.001 PU"),
    ],
)
def test_units(value: float | None, text: str) -> None:
    """As many digits as mean something."""
    assert pu(value) == text


def test_the_least_that_is_charged_is_named_beside_the_estimate() -> None:
    """Estimates are summed as they are; where the service charges more, that is said, of one and of all."""
    small = [
        reports.section(f"area {n}", estimate=cost, cost=None) for n, cost in enumerate((0.2, 30.0, 270.0))
    ]
    html = re.sub(r"<[^>]+>", "", page(reports.report(*small, planned=True)))
    assert "300 PU charged as 470 PU, at least 100 PU each" in html
    assert html.count("charged as 100 PU, the least") == 2
    assert "charged" not in page(reports.report(reports.section(estimate=100.0)))


def test_a_cost_that_is_the_least_is_no_share_of_the_estimate() -> None:
    """A bill of 100 PU for what was estimated at 0.2 PU says what it is; any other is a share."""
    assert reports.section(estimate=0.2, cost=100.0).share == "the least that is charged"
    assert reports.section(estimate=0.2, cost=0.1).share == "50 % of the estimate"
    assert reports.section(estimate=200.0, cost=100.0).share == "50 % of the estimate"
    assert reports.section(estimate=None, cost=100.0).share == ""
