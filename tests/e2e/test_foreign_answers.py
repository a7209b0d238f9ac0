"""What comes over the wire, through the real CLI: proxies, answers that drip or cannot be read."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Sequence
from itertools import cycle

import pytest

from tests.e2e.areas import BUCKET
from tests.e2e.foreign import clean, program
from tests.e2e.jobs import job, stack_of, starts
from tests.support.cli import MakeStack, Stack
from tests.support.drip import ENDLESS, OK, Behave, Server, says
from tests.support.hostile import CANARY
from tests.support.sandbox import Controls


def test_no_proxy_hears_of_this_machine(make_stack: MakeStack, sandbox: Controls) -> None:
    """With HTTP_PROXY set, what goes to a loopback address goes there, with secret and token."""
    with Server(says(b"")) as proxy:
        stack = stack_of(make_stack, job())
        # in capitals: the small ones are obeyed by gRPC, which would hide the engine from its own helpers
        stack.environ |= {"HTTP_PROXY": proxy.url, "ALL_PROXY": proxy.url}
        stack.up()
        stack.destroy()
        assert proxy.connections == 0
    assert len(starts(sandbox)) == 1


def pointed(stack: Stack, server: Server, create: str = "3s", requests: Sequence[str] = ("area",)) -> Stack:
    """The stack with these requests, whose service is that server; each has so long to be made."""
    stack.environ |= {"SH_BASE_URL": server.url, "SH_TOKEN_URL": f"{server.url}/token"}
    limit = f"opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create={create!r}))"
    areas = [f'request("{name}", "{BUCKET}", description="{name}", {limit})' for name in requests]
    stack.program(program("\n".join(areas)))
    return stack


@pytest.mark.parametrize(("name", "where"), [("a header", "api"), ("chunks", "api"), ("a body", "token")])
def test_a_dripping_answer(make_stack: MakeStack, name: str, where: str) -> None:
    """An answer that never ends is left at the operation's deadline, in one message."""
    drip = ENDLESS[name]
    with Server(drip, drip if where == "token" else None) as server:
        said = clean(pointed(make_stack(""), server).up(expect_failure=True).output)
    assert "deadline" in said


def test_ctrl_c_while_an_answer_drips(make_stack: MakeStack) -> None:
    """It ends the update, where neither a time-out (two minutes for an answer) nor the deadline would."""
    with Server(ENDLESS["a body"]) as server:
        stack = pointed(make_stack(""), server, create="1h")
        with stack.start_up() as running:
            running.wait_until(lambda: server.calls)
            running.interrupt()
            output, code = running.finish(100)
    assert code != 0
    clean(output)


BAD_ANSWERS: dict[str, Behave] = {
    "deep JSON": says(b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "400 digits": says(b'{"id": ' + b"1" * 400 + b"}"),
    "HTML": says(b"<html><script>\x1b[31m::error::x</script>"),
}


def bomb(connection: socket.socket, stop: threading.Event) -> bool:
    """100 MB of zeros, packed when they are asked for: every process of a run reads this file."""
    return says(gzip.compress(bytes(100 * 2**20), 9), OK + b"Content-Encoding: gzip\r\n")(connection, stop)


POSTED: dict[str, Behave] = {**BAD_ANSWERS, "a bomb": bomb}
#: Those that a list of requests cannot be found in; the other one is an object without any.
NO_LISTS = ("deep JSON", "HTML")


@pytest.fixture(scope="module")
def looked(make_for_all: MakeStack) -> list[bytes]:
    """The calls of an update that looks for its request first, and gets one bad answer after the other."""
    answers = cycle(NO_LISTS)

    def answer(connection: socket.socket, stop: threading.Event) -> bool:
        return BAD_ANSWERS[next(answers)](connection, stop)

    with Server(answer) as server:
        # time for two looks, of which the second comes after two seconds at most
        clean(pointed(make_for_all(""), server, "5s").up(expect_failure=True).output)
        return server.calls


@pytest.fixture(scope="module")
def posted(make_for_all: MakeStack) -> tuple[str, list[bytes]]:
    """What an update says whose requests get one bad answer each when they are made, and its calls."""

    def answer(connection: socket.socket, stop: threading.Event) -> bool:
        call = server.last[connection]
        bad = next((bad for name, bad in POSTED.items() if name.encode() in call), None)
        return (bad or says(b'{"data": []}'))(connection, stop)

    with Server(answer) as server:
        stack = pointed(make_for_all(""), server, "8s", list(POSTED))
        return clean(stack.up("--continue-on-error", expect_failure=True).output), server.calls


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_answer_that_cannot_be_read(
    looked: list[bytes], posted: tuple[str, list[bytes]], name: str
) -> None:
    """After a POST that is a lost answer: one message, and the request is asked for once a command."""
    assert len(looked) >= len(NO_LISTS)
    assert {call.partition(b" ")[0] for call in looked} == {b"GET"}
    check_lost(name, *posted)


def test_a_gzip_bomb(posted: tuple[str, list[bytes]]) -> None:
    """A hundred kilobytes that inflate to a hundred megabytes are given up early, in one message."""
    assert "longer than 32 MiB" in check_lost("a bomb", *posted)


def check_lost(name: str, said: str, calls: Sequence[bytes]) -> str:
    """The request of this name was made once, and it is told that its answer was lost; what was told."""
    told = said.partition("Diagnostics:")[2].partition(f" ({name}):\n")[2].partition("\n\n")[0]
    assert told.count("the answer to the creation of a batch request was lost") == 1
    assert len([call for call in calls if call.startswith(b"POST") and name.encode() in call]) == 1
    return told


@pytest.mark.parametrize("token", [f"{CANARY}\\nb", f"{CANARY}\\u00f6"], ids=["newline", "umlaut"])
def test_a_token_that_is_none(make_stack: MakeStack, token: str) -> None:
    """It is told in one message that does not show it."""
    body = f'{{"access_token": "{token}", "expires_in": 1e999, "x": "{CANARY}"}}'.encode()
    with Server(says(b"{}"), says(body)) as server:
        said = clean(pointed(make_stack(""), server).up(expect_failure=True).output)
        assert server.calls == []
    assert "token" in said
    assert CANARY not in said


def test_a_redirect_to_nowhere(make_stack: MakeStack) -> None:
    """``Location: http://[evil/`` is not followed, and not a traceback."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://[evil/\r\nContent-Length: 0\r\n\r\n"

    def redirect(connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(answer)
        return True

    with Server(redirect) as server:
        stack = pointed(make_stack(""), server, create="1h")
        said = clean(stack.up(expect_failure=True).output)
    assert "redirect" in said
