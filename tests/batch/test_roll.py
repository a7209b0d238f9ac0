"""How much of a list is read, where an account holds many requests of others, and what is believed of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.api import BatchRequestInfo
from pulumi_sentinelhub.batch.roll import MISSED_A_PAGE, MOST_TRUSTED, TRUSTED, Roll
from pulumi_sentinelhub.batch.statuses import AS_OF_COMMAND, ERROR_SECONDS, Reader, StatusBoard
from pulumi_sentinelhub.errors import Interrupted, NotFound
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.hypotheses import tried
from tests.support.wire import Answer, Sent, Wire, client, refusal_json, request_json, within

PAGE = 10
#: A request that some declaration has made.
MARKED = "//VERSION=3\n// pulumi-sentinelhub declaration 0123456789abcdef"


class Account:
    """An account on the wire: its requests, the newest first, in pages of ten.

    Attributes:
        unlisted: ids that the list does not show yet.
        answers: what comes in place of pages, while there is any.
        after_a_page: what happens once a page is made, and before it arrives.
        script: the evalscript of all requests, which may bear a mark.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.status = dict.fromkeys(ids, "PROCESSING")
        self.clock = HandClock()
        self.cancel = threading.Event()
        self.unlisted: set[str] = set()
        self.answers: list[Answer] = []
        self.after_a_page: list[Callable[[], object]] = []
        self.script = "//VERSION=3"
        self.wire = Wire().on("GET", "/process/.*", self._one).on("GET", "/process", self._page)
        self.wire.on("POST", ".*", Answer(204)).on("DELETE", ".*", self._delete)
        self.service = within(client(self.wire, self.clock), None, self.cancel)
        board = StatusBoard(self.clock)
        self.reader = Reader(board, lambda _: self.service, Patience(self.clock, self.cancel))

    def _one(self, sent: Sent) -> Answer:
        id = sent.path.rsplit("/", 1)[1]
        if id not in self.status:
            return refusal_json(404, "no", "COMMON_NOT_FOUND")
        return Answer(200, self._json(id))

    def _json(self, id: str) -> dict[str, Any]:
        return request_json(id, self.status[id], processRequest={"evalscript": self.script})

    def _page(self, sent: Sent) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        begin = int(sent.query.get("viewtoken", ["0"])[0])
        ids = [id for id in self.status if id not in self.unlisted]
        more = {"nextToken": str(begin + PAGE)} if begin + PAGE < len(ids) else {}
        data = [self._json(id) for id in ids[begin : begin + PAGE]]
        if self.after_a_page:
            self.after_a_page.pop(0)()
        return Answer(200, {"data": data, "links": more})

    def _delete(self, sent: Sent) -> Answer:
        self.status.pop(sent.path.rsplit("/", 1)[1])
        return Answer(204)

    def read(self, *ids: str, max_age: float = AS_OF_COMMAND) -> dict[str, str]:
        found = self.reader.read(ids, max_age)
        return {
            id: one.status if isinstance(one, BatchRequestInfo) else type(one).__name__
            for id, one in found.items()
        }

    def calls(self) -> tuple[int, int]:
        """Pages and single reads so far; they are forgotten then."""
        made = [call for call in self.wire.calls() if call.startswith("GET")]
        self.wire.sent.clear()
        pages = made.count("GET /process")
        return pages, len(made) - pages


def named(number: int, name: str = "own") -> list[str]:
    return [f"{name}-{one}" for one in range(number)]


def test_two_single_reads_then_a_page_for_all() -> None:
    """Asked for one after the other, as a refresh does it, each page serves all that are on it."""
    account = Account(named(35))
    for id in named(35):
        assert account.read(id) == {id: "PROCESSING"}
    assert account.calls() == (4, 2)


@pytest.mark.parametrize("order", [1, -1])
def test_in_whatever_order_a_stack_is_refreshed(order: int) -> None:
    """The engine begins with the oldest, which are on the last page: pages of marked ones lead there."""
    account = Account(named(95))
    account.script = MARKED
    for id in named(95)[::order]:
        assert account.read(id) == {id: "PROCESSING"}
    assert sum(account.calls()) <= (10 + 2 if order == 1 else 10 + 4)


def test_others_marks_lead_no_further_than_that() -> None:
    """Behind fifty thousand that other stacks have made, the more is missing the more pages are tried."""
    for number, pages in ((3, 1 + 2), (30, 1 + 20 + 1)):
        own = named(number)
        account = Account([*named(50_000, "foreign"), *own])
        account.script = MARKED
        for id in own:
            account.read(id)
        assert account.calls() == (pages, number)


def test_what_others_wait_for_counts_as_missing() -> None:
    """The threads of one refresh each ask for one request: together they are worth more pages."""
    account = Account(named(500, "foreign"))
    account.script = MARKED

    def pages(waiting: Sequence[str]) -> int:
        roll, number = Roll(), 0
        while (page := roll.due(["own-0"], 0.0, waiting)) is not None:
            roll.read(account.service, page, 1.0)
            number += 1
        return number

    assert (pages([]), pages(named(5))) == (1 + 2, 1 + 10)


def test_others_requests_are_not_read_for_a_few_own() -> None:
    """Behind fifty thousand of others five are read by themselves, after one page that was tried."""
    own = named(5)
    account = Account([*named(50_000, "foreign"), *own])
    for id in own:
        account.read(id)
    assert account.calls() == (1, 5)
    account.clock.move(100)
    account.read(*own)
    assert account.calls() == (1, 5)


@tried(60)
@given(
    foreign=st.integers(0, 300),
    own=st.integers(1, 60),
    gone=st.integers(0, 20),
    at_once=st.integers(1, 60),
    marked=st.booleans(),
)
def test_never_many_more_calls_than_reads(
    foreign: int, own: int, gone: int, at_once: int, marked: bool
) -> None:
    """However the own requests lie among others, pages cost no more than they save, and one in twenty.

    Where all have been made by this project, twenty more at most.
    """
    account = Account([*named(foreign, "foreign"), *named(own)])
    account.script = MARKED if marked else account.script
    wanted = [*named(own), *named(gone, "gone")]
    for begin in range(0, len(wanted), at_once):
        ids = wanted[begin : begin + at_once]
        found = account.read(*ids)
        assert found == {id: "PROCESSING" if id in account.status else "NotFound" for id in ids}
    pages, singles = account.calls()
    more = min(MOST_TRUSTED, TRUSTED * len(wanted)) if marked else 0
    assert pages + singles <= len(wanted) + len(wanted) // MISSED_A_PAGE + 1 + more


def test_a_request_is_looked_for_where_it_was() -> None:
    """Polled again and again, requests deep in the list cost one page, not all that stand before them."""
    own = named(PAGE)
    account = Account([*named(4 * PAGE, "foreign"), *own, *named(50, "older")])
    every = [*own, *named(4 * PAGE, "foreign")]
    account.read(*every)
    assert account.calls() == (5, 0)
    account.clock.move(5)
    account.status["own-3"] = "DONE"
    assert account.read(*own, max_age=1)["own-3"] == "DONE"
    assert account.calls() == (1, 0)


def test_what_has_moved_to_another_page_is_found() -> None:
    """Newer requests push older ones down the list: who cannot be found where it was is looked for anew."""
    account = Account(named(3 * PAGE))
    account.read(*named(3 * PAGE))
    account.status = dict.fromkeys([*named(4, "newer"), *account.status], "DONE")
    account.clock.move(5)
    account.calls()
    assert set(account.read(*named(3 * PAGE), max_age=1).values()) == {"DONE"}
    assert sum(account.calls()) <= 3 + 4 + 4


def test_absence_from_a_list_is_no_proof() -> None:
    """A list may lag: what is not on it is read by itself."""
    account = Account(named(5))
    account.unlisted.add("own-3")
    assert account.read(*named(5))["own-3"] == "PROCESSING"
    assert account.calls() == (1, 1)


WRITES: list[Callable[[Any], Any]] = [
    lambda one: one.start("own-0"),
    lambda one: one.cancel("own-0"),
    lambda one: one.delete_request("own-0"),
]


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_older_than_the_own_write(write: Callable[[Any], Any]) -> None:
    """After an action or a deletion of this process what was read before serves nobody."""
    account = Account(named(5))
    account.read(*named(5))
    assert account.calls() == (1, 0)
    write(account.service)
    account.read(*named(5)[1:])
    assert account.calls() == (0, 0)
    account.status = dict.fromkeys(account.status, "CANCELED")
    assert account.read("own-0")["own-0"] in ("CANCELED", "NotFound")


def test_a_page_that_was_asked_for_before_a_write_is_older_than_it() -> None:
    """Also where its answer comes later, and no time has passed."""
    account = Account(named(5))

    def cancelled() -> None:
        account.service.cancel("own-0")
        account.status["own-0"] = "CANCELED"

    account.after_a_page.append(cancelled)
    assert account.read(*named(5))["own-0"] == "CANCELED"


def test_a_command_that_goes_on_looks_again() -> None:
    """A reading of a minute ago serves nobody any more."""
    account = Account(named(5))
    account.read(*named(5))
    account.clock.move(AS_OF_COMMAND - 1)
    account.read(*named(5))
    assert account.calls() == (1, 0)
    account.clock.move(2)
    account.status = dict.fromkeys(named(5), "DONE")
    assert account.read("own-1") == {"own-1": "DONE"}


def test_an_error_is_not_kept() -> None:
    """What could not be found is looked for again, however old a reading may be."""
    account = Account(named(2))
    assert account.read("late") == {"late": NotFound.__name__}
    account.status["late"] = "CREATED"
    account.clock.move(ERROR_SECONDS + 1)
    assert account.read("late") == {"late": "CREATED"}


def test_a_reader_that_is_interrupted_leaves_the_list_to_others() -> None:
    """Ctrl-C in the middle of a page says nothing of the list: the next reader asks for it."""
    account = Account(named(5))
    account.answers.append(Answer(503))
    account.clock.during_sleep.append(account.cancel.set)
    with pytest.raises(Interrupted):
        account.read(*named(5))
    account.cancel.clear()
    account.wire.sent.clear()
    assert len(account.read(*named(5))) == 5
    assert account.calls() == (1, 0)


def test_a_list_that_goes_round_ends() -> None:
    """A token that comes again is not followed."""
    account = Account(named(40))
    same = {"data": [request_json("own-0", "DONE")], "links": {"nextToken": "again"}}
    account.answers += [Answer(200, same)] * 5
    assert len(account.read(*named(40))) == 40
    assert account.calls()[0] <= 3


def test_many_threads_read_each_once() -> None:
    """However the looks of threads fall together, no request is read twice."""
    account = Account(named(60))
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(account.read, named(60)))
    assert [list(one) for one in found] == [[id] for id in named(60)]
    pages, singles = account.calls()
    assert pages <= 6
    assert singles <= 3
