"""What is made of an answer's body: the table in ``batch.http.reading``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.http.reading import MOST_LEVELS, Unreadable, json_of
from pulumi_sentinelhub.batch.http.session import SHORTEST_IN_VALUES, TokenSource
from pulumi_sentinelhub.config.settings import ENVIRONMENT, Credentials
from tests.support.hypotheses import tried
from tests.support.wire import settings

#: Characters that JSON may write in more than one way, and some that it writes in one.
ODD: Final = '"\\/\n\t\x7fäß🛰 abc019=+&%'
SECRETS = st.sampled_from(('a/\\"', ODD)).flatmap(
    lambda some: st.text(some, min_size=SHORTEST_IN_VALUES, max_size=24)
)


def _escaped(value: Any) -> str:
    """Every character of every text as four hexadecimal digits; the value is a list of texts and lists."""
    if isinstance(value, str):
        units = value.encode("utf-16-be").hex()
        return '"' + "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4)) + '"'
    return "[" + ",".join(map(_escaped, value)) + "]"


#: Ways to write the same JSON.
WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "ASCII": json.dumps,
    "UTF-8": lambda value: json.dumps(value, ensure_ascii=False),
    "slashes escaped": lambda value: json.dumps(value).replace("/", "\\/"),
    "all escaped": _escaped,
}


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [text for member in value for text in _texts(member)]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_secret_is_found_however_it_is_written(write: Callable[[Any], str]) -> None:
    """Whatever characters it has, none of the texts that are kept holds it; all else is as it was."""

    @tried(100, "WILD_ANSWERS")
    @given(secret=SECRETS, around=st.lists(st.text(ODD, max_size=6), min_size=2, max_size=2))
    def each(secret: str, around: list[str]) -> None:
        before, after = around
        redact = TokenSource(settings(credentials=Credentials("c", secret, ENVIRONMENT))).redactor()
        read = json_of(write([[before + secret], "beside it"]).encode(), redact)
        assert not any(secret in text for text in _texts(read))
        assert read[1] == "beside it"
        assert json_of(write([before, [after]]).encode(), redact) == [redact(before), [redact(after)]]

    each()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9" * 400, None),
        ("9" * 5000, None),
        ("-" + "9" * 400, None),
        ("1e999", None),
        ("NaN", None),
        ("9" * 300, int("9" * 300)),
        ("1.5", 1.5),
        ("12", 12),
        ("true", True),
    ],
    ids=lambda v: str(v)[:12],
)
@pytest.mark.parametrize("beside", ['"plain"', '"\\u00e4"', '"\\ud800"'])
def test_numbers_are_doubles_or_absent(text: str, value: object, beside: str) -> None:
    """Alone, in a list and in an object, whatever stands beside them."""
    assert json_of(text.encode()) == value
    read = json_of(f'{{"a": [{text}, {beside}], "b": {text}}}'.encode())
    assert read["a"][0] == value
    assert read["b"] == value
    assert read["a"][1] in ("plain", "ä", "\ufffd")


@pytest.mark.parametrize("beside", ["1", '"\\u00e4"'])
def test_nesting_has_an_end(beside: str) -> None:
    """So many levels are read, one more is not."""

    def nested(levels: int) -> bytes:
        return ("[" * levels + beside + "]" * levels).encode()

    assert json_of(nested(MOST_LEVELS))
    with pytest.raises(Unreadable):
        json_of(nested(MOST_LEVELS + 1))
