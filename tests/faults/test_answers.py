"""Wild answers to every call of the client: nothing passes the error tree, nothing shows a credential."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime import rpc

from pulumi_sentinelhub.batch.models import BatchRequestInfo
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.batch.v1.payload import fingerprint, inputs_of
from pulumi_sentinelhub.errors import AnswerLost, SentinelHubError
from pulumi_sentinelhub.shown import fit
from tests.batch.wild import answers
from tests.batch.wire import ID, SECRET, TOKEN, Answer, FakeClock, Wire, client, token_answer

#: How many answers are tried; more of them, and other ones each time, where the variable is set.
EXAMPLES = int(os.environ.get("WILD_ANSWERS", "0"))
wild = settings(
    max_examples=EXAMPLES or 400,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: Seconds on the clock turned by hand.
DEADLINE = 60.0
#: Characters of a message.
MOST_SAID = 20_000
#: Items that are taken of a list.
TAKEN = 50

CALLS: dict[str, Callable[[BatchClient], Any]] = {
    "create_request": lambda one: one.create_request({"processRequest": {}}),
    "get_request": lambda one: one.get_request(ID),
    "list_requests": lambda one: list(islice(one.list_requests(sort="created:desc"), TAKEN)),
    "update_request": lambda one: one.update_request(ID, description="d"),
    "delete_request": lambda one: one.delete_request(ID),
    "analyse": lambda one: one.analyse(ID),
    "start": lambda one: one.start(ID),
    "cancel": lambda one: one.cancel(ID),
    "restart_partial": lambda one: one.restart_partial(ID),
    "tiles": lambda one: list(islice(one.tiles(ID, status="FAILED"), TAKEN)),
    "tile": lambda one: one.tile(ID, 7),
    "tiling_grids": lambda one: list(islice(one.tiling_grids(), TAKEN)),
    "tiling_grid": lambda one: one.tiling_grid(3),
    "create_collection": lambda one: one.create_collection("n", "b"),
    "get_collection": lambda one: one.get_collection("c"),
    "list_collections": lambda one: list(islice(one.list_collections("n"), TAKEN)),
    "rename_collection": lambda one: one.rename_collection("c", "m"),
    "delete_collection": lambda one: one.delete_collection("c"),
}
POSTS = ("create_request", "analyse", "start", "cancel", "restart_partial", "create_collection")


class Heard(logging.Handler):
    """Every line of every logger, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def shown(error: BaseException | None) -> str:
    """All that an error and everything it hangs on could show."""
    if error is None:
        return ""
    own = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    return "\n".join([*own, shown(error.__cause__), shown(error.__context__)])


def expect_nothing_secret(text: str, heard: Heard) -> None:
    """Neither canary is in what is shown or logged."""
    assert not [canary for canary in (TOKEN, SECRET) if canary in text + heard.text]
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
        json.dumps(fields, allow_nan=False, ensure_ascii=False).encode()
        told = asyncio.run(rpc.serialize_properties({"item": json.loads(json.dumps(fields))}, {}))
        assert told.SerializeToString()
        if isinstance(item, BatchRequestInfo):
            assert fingerprint(item.raw)
            inputs_of(item.raw)


def refused_at_the_door(answer: Answer) -> bool:
    """Whether an answer says that nothing was done: then a POST may be sent again."""
    empty = b"Request body should be non-empty" in answer.content()
    return answer.status in (401, 429) or (answer.status == 400 and empty)


def outcome(do: Callable[[BatchClient], Any], wire: Wire, heard: Heard, deadline: float | None) -> Any:
    """What a call returns or raises, judged; any other exception than ours is the test's failure."""
    clock = FakeClock()
    begun = clock.time
    try:
        result = do(client(wire, clock).bound(deadline=deadline))
    except SentinelHubError as error:
        expect_clear(error)
        expect_nothing_secret(shown(error), heard)
        result = error
    else:
        expect_nothing_secret(repr(result), heard)
        expect_keepable(result)
    assert clock.time - begun <= (DEADLINE if deadline is not None else 4 * 3600)
    return result


@pytest.mark.parametrize("name", CALLS)
def test_a_wild_answer_to_each_call(
    name: str, heard: Heard, record_property: Callable[[str, object], None]
) -> None:
    """It is understood or one clear error; a POST that may have been done is sent once, and its answer lost."""
    tried = 0

    @wild
    @given(answer=answers(), dated=st.booleans())
    def judge(answer: Answer, dated: bool) -> None:
        nonlocal tried
        tried += 1
        wire = Wire()
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.on(method, ".*", answer)
        result = outcome(CALLS[name], wire, heard, DEADLINE if dated else None)
        posted = [call for call in wire.calls() if call.startswith("POST")]
        if name in POSTS and not refused_at_the_door(answer):
            assert len(posted) == 1
        if name in POSTS and (answer.status < 200 or answer.status >= 500 or answer.status == 408):
            assert isinstance(result, AnswerLost)
        if name in POSTS and 200 <= answer.status < 300:
            assert isinstance(result, AnswerLost) or not isinstance(result, SentinelHubError)

    judge()
    record_property("wild_answers", tried)


def test_wild_answers_of_the_token_endpoint(
    heard: Heard, record_property: Callable[[str, object], None]
) -> None:
    """Whatever it says, the API is called with a token that a header can carry, or not at all."""
    tried = 0

    @wild
    @given(answer=answers(), then=answers(), name=st.sampled_from(sorted(CALLS)), dated=st.booleans())
    def judge(answer: Answer, then: Answer, name: str, dated: bool) -> None:
        nonlocal tried
        tried += 1
        wire = Wire()
        wire.tokens = [answer, then]
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.on(method, ".*", Answer(200, {"id": "a", "status": "DONE"}))
        outcome(CALLS[name], wire, heard, DEADLINE if dated else None)
        for sent in wire.sent:
            if sent.path != "/token":
                assert sent.headers["Authorization"].isascii()
                assert sent.headers["Authorization"].isprintable()

    judge()
    record_property("wild_answers", tried)


def test_wild_answers_one_after_another(heard: Heard, record_property: Callable[[str, object], None]) -> None:
    """Each attempt, each page and each renewal of the token may be answered in another way."""
    tried = 0

    @wild
    @given(
        tokens=st.lists(st.one_of(st.just(token_answer()), answers()), min_size=1, max_size=3),
        each=st.lists(answers(), min_size=2, max_size=8),
        name=st.sampled_from(sorted(CALLS)),
    )
    def judge(tokens: list[Answer], each: list[Answer], name: str) -> None:
        nonlocal tried
        tried += len(tokens) + len(each)
        wire = Wire()
        wire.tokens = list(tokens)
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.on(method, ".*", *each)
        outcome(CALLS[name], wire, heard, DEADLINE)
        posted = [call for call in wire.calls() if call.startswith("POST")]
        if name in POSTS:
            assert all(refused_at_the_door(answer) for answer in each[: max(0, len(posted) - 1)])

    judge()
    record_property("wild_answers", tried)
