"""Text of others is harmless once it is shown, and nobody else has to think of it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.engine.progress import EngineLog
from pulumi_sentinelhub.errors import JobFailed, SentinelHubError, ServiceError, Unfinished
from pulumi_sentinelhub.shown import MESSAGE, WORDS, capped, fit, listed, quoted

PLAIN = [
    "Illegal to change userAction from START to START",
    "urn:pulumi:dev::shop::sentinelhub:index:BatchRun::main",
    "s3://bucket/a b/<requestId>/%20 #1 [a] 100% (x) {y}",
    "Überprüfe größe=12 µm, 日本語, ελληνικά, 🛰",
    "a\xa0b",
]
WILD = st.lists(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from("\n\r\t\x1b\x00\x7f\x9b\u200b\u202e\u2028\u2066\ufeff\ud800\ufe0f\u3164 [:#"),
        st.sampled_from(["::", "##", "<{%", "error", "::error::", "vso["]),
    ),
    max_size=40,
).map("".join)


def harmless(text: str) -> bool:
    """Whether a terminal, a log of GitHub or Azure, and the engine print it as it stands."""
    unseen = ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")
    lines = text.splitlines() or [""]
    return (
        len(lines) == 1
        and not any(unicodedata.category(character) in unseen for character in text)
        and not text.lstrip().startswith("::")
        and "::error" not in text
        and "##[" not in text
        and "##vso[" not in text
        and "<{%" not in text
    )


@settings(derandomize=True, max_examples=500)
@given(text=WILD)
def test_whatever_is_said_is_harmless_and_stays_so(text: str) -> None:
    """One line, nothing invisible, no command; a second time changes nothing, and UTF-8 can hold it."""
    shown = fit(text)
    assert harmless(shown), ascii(shown)
    assert fit(shown) == shown
    assert shown.encode().decode() == shown


@settings(derandomize=True, max_examples=300)
@given(text=WILD, times=st.integers(1, 30), most=st.integers(40, 200))
def test_no_text_is_longer_than_it_may_be(text: str, times: int, most: int) -> None:
    """A cut text says how much is missing, and is not cut again."""
    shown = fit(text * times, most)
    assert len(shown) <= most
    assert fit(shown, most) == shown
    assert fit(text * times, 100_000).startswith(shown.split("… (")[0]) or "… (" in text


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Names, paths, urns and other scripts than ours are shown as they are."""
    assert fit(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred\x9b0m", r"\x1b[31mred\x9b0m"),
        ("abc\u202edef\u200b\ufeff", r"abc\u202edef\u200b\ufeff"),
        ("\ud800\U000e0041\u3164", r"\ud800\U000e0041\u3164"),
        ("::error file=a::b", ": :error file=a::b"),
        ("x ::set-output::y", "x : :set-output::y"),
        ("##[group]", "# #[group]"),
        ("##vso[task.setvariable]", "# #vso[task.setvariable]"),
        ("<{%fg 1%}>", "< {%fg 1%}>"),
        ("x" * 500, "x" * 377 + "… (123 more characters)"),
    ],
)
def test_what_becomes_of_what_is_not(text: str, shown: str) -> None:
    """The reader sees what was there."""
    assert fit(text) == shown


def test_lists_and_findings_are_counted_not_poured_out() -> None:
    """Eight thousand bands are ten, and a number."""
    bands = [f"B{number}" for number in range(8000)]
    assert listed(bands) == "B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 and 7990 more"
    assert listed(bands[:2]) == "B0, B1"
    assert len(listed(["x" * 10_000] * 20)) < 1400
    assert capped(bands, 2) == (["B0", "B1"], 7998)
    assert capped(bands[:2]) == (["B0", "B1"], 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("it's\n", '"it\'s\\n"'), ([1, 2, None, True], "[1, 2, None, True]"), ([[[[[1]]]]], "[[[[...]]]]")],
)
def test_values_are_quoted_as_python_writes_them(value: object, shown: str) -> None:
    """Escapes and quotes are Python's, what is nested deeply is left out."""
    assert quoted(value) == shown


def test_no_value_is_too_big_to_be_quoted() -> None:
    """Digits, members and depth are cut, not counted out."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (10**5000, "x" * 1_000_000, {str(n): n for n in range(100_000)}, deep):
        assert len(quoted(value)) <= 120


def test_every_part_of_an_error_is_made_fit() -> None:
    """Whatever stands in what, subject, why and next step, an error is one line of some screens at most."""
    wild = "\x1b[2J\n::error::\u202e"
    parts: dict[str, Any] = {"subject": wild, "why": wild, "next_step": wild}
    inner = JobFailed(f"failed {wild}", **parts)
    for error in (inner, ServiceError(wild, **parts), Unfinished(inner, id="a", outputs={})):
        assert harmless(str(error))
    long = SentinelHubError("x" * 90_000, subject="x" * 90_000, why="x" * 90_000, next_step="x" * 90_000)
    assert len(str(long)) < 4 * MESSAGE + 20
    assert WORDS < MESSAGE


def test_the_engine_is_given_no_raw_line() -> None:
    """Progress, notes and warnings may quote the service; none of them can act in a terminal or a CI log."""
    sent: list[Any] = []

    class Engine:
        def Log(self, request: Any, timeout: float) -> None:  # noqa: N802 - the engine's own name
            sent.append(request)

    log = EngineLog("127.0.0.1:1")
    log._stub = Engine()
    wild = "took over \x1b[2J\n::error::\u202e" + "x" * 90_000
    for say in (log.progress, log.info, log.warning):
        say("urn:pulumi:dev::p::t::n", f"{say.__name__} {wild}")
    assert len(sent) == 3
    for request in sent:
        assert harmless(request.message)
        assert len(request.message) <= MESSAGE
        assert request.urn == "urn:pulumi:dev::p::t::n"


def test_what_to_do_is_a_sentence() -> None:
    """It begins like one, unless with a name."""
    for step, said in (
        ("set it to 1", "Set it to 1."),
        ("max_cost is low", "max_cost is low."),
        ("`pulumi up` helps", "`pulumi up` helps."),
    ):
        assert str(SentinelHubError("it is wrong", next_step=step)) == f"it is wrong. {said}"
