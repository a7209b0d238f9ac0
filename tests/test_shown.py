"""Text of others in a terminal and in CI logs."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.shown import fit, listed

HOSTILE = [
    *(
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\r",
        "\n",
        "\t",
        "\x00",
        "\x7f",
        "\x9b2J",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
    ),
    *(
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u061c",
        "\u3164",
        "\ufe0f",
        "\U000e0041",
        "\U000e0100",
        "\ud800",
        "\udfff",
    ),
    *(
        "::error::",
        "::add-mask::x",
        "::set-output name=a::b",
        "::",
        ":::",
        "##vso[task.setvariable]",
        "##[error]",
    ),
    *(
        "##teamcity[x]",
        "<{%fg 1%}>",
        "<{%nonsense%}>",
        "<<{%",
        " ",
        "a",
        "é",
        "日本",
        "😀",
        "\\n",
        "urn:pulumi:a::b::c",
    ),
]
TEXTS = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), max_size=40).map("".join)


@settings(derandomize=True, max_examples=600, deadline=None)
@given(TEXTS, st.integers(40, 200))
def test_nothing_of_it_acts(text: str, most: int) -> None:
    """Nothing invisible, no command of a CI runner or of Pulumi, never too long; twice is once."""
    shown = fit(text, most)
    assert len(shown) <= most
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]
    assert not re.search(r"(?:^|\s)::|::(?:error|add-mask|set-output)|##\w*\[|<\{%", shown)
    assert fit(shown, most) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot start: Ärger, 日本 😀 50 % [HTTP 400, POST /process]", None),
        ("urn:pulumi:dev::project::sentinelhub:index:BatchRun::mine", None),
        (r"C:\new", None),
        ("a\nb\r\x1b[2Kc", r"a\nb\r\x1b[2Kc"),
        ("\u202eevil\u200b\ud83d", r"\u202eevil\u200b\ud83d"),
        ("::error file=a::x", ": :error file=a::x"),
        ("one\n::warning::x", r"one\n: :warning::x"),
        ("x ##vso[task.complete]", "x # #vso[task.complete]"),
        ("<{%reset%}>", "< {%reset%}>"),
    ],
)
def test_what_is_shown(text: str, shown: str | None) -> None:
    """Ordinary text of any language stays as it is; what would act is shown as what it is."""
    assert fit(text) == (text if shown is None else shown)


def test_long_text_says_how_much_is_missing() -> None:
    """The number is that of characters of the original, and an escaped character is never cut apart."""
    assert fit("x" * 401).endswith("xxx... (25 more characters)")
    assert fit("x" * 400) == "x" * 400
    shown = fit("a" + "\u202e" * 100, 50)
    body, missing = re.fullmatch(r"a((?:\\u202e)*)\.\.\. \((\d+) more characters\)", shown).groups()  # type: ignore[union-attr]
    assert len(body) / len("\\u202e") + int(missing) == 100


def test_a_list_says_how_many_are_missing() -> None:
    """Ten items and the number of the rest; each item fit and short."""
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a, b"
    assert listed(f"B{n}" for n in range(8000)) == "B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 and 7990 more"
    assert listed(["a\nb", "c"], 1) == r"a\nb and 1 more"
    assert len(listed(["k" * 1024] * 20)) < 1300
