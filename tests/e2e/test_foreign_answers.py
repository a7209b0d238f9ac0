"""What comes over the wire, through the real CLI: proxies, answers that drip or cannot be read."""

from __future__ import annotations

import gzip
import socket
import threading
from typing import Any

import pytest

from tests.e2e.foreign import area, clean, program
from tests.e2e.jobs import job, stack_of, starts
from tests.support.cli import MakeStack, Stack
from tests.support.drip import ENDLESS, OK, Server, says
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


def pointed(stack: Stack, server: Server, create: str = "3s") -> Stack:
    """The stack, whose service is that server; a request has so long to be made."""
    stack.environ |= {"SH_BASE_URL": server.url, "SH_TOKEN_URL": f"{server.url}/token"}
    limit = f', opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="{create}"))'
    stack.program(program(area(limit)))
    return stack


@pytest.mark.parametrize(("name", "where"), [("a header", "api"), ("chunks", "api"), ("a body", "token")])
def test_a_dripping_answer(make_stack: MakeStack, name: str, where: str) -> None:
    """An answer that never ends is left at the operation's deadline, in one message."""
    drip = ENDLESS[name]
    with Server(drip, drip if where == "token" else None) as server:
        said = clean(pointed(make_stack(program(area())), server).up(expect_failure=True).output)
    assert "deadline" in said


def test_ctrl_c_while_an_answer_drips(make_stack: MakeStack) -> None:
    """It ends the update, where neither a time-out (two minutes for an answer) nor the deadline would."""
    with Server(ENDLESS["a body"]) as server:
        stack = pointed(make_stack(program(area())), server, create="1h")
        with stack.start_up() as running:
            running.wait_until(lambda: server.calls)
            running.interrupt()
            output, code = running.finish(100)
    assert code != 0
    clean(output)


def test_a_gzip_bomb(make_stack: MakeStack) -> None:
    """A hundred kilobytes that inflate to a hundred megabytes are given up early, in one message."""
    bomb = says(gzip.compress(bytes(100 * 2**20), 9), OK + b"Content-Encoding: gzip\r\n")

    def answer(connection: socket.socket, stop: threading.Event) -> bool:
        # what is read is asked for again and again, what is made is not
        to_post = server.calls[-1].startswith(b"POST")
        return (bomb if to_post else says(b'{"data": []}'))(connection, stop)

    with Server(answer) as server:
        stack = pointed(stack_of(make_stack, program(area())), server, create="8s")
        said = clean(stack.up(expect_failure=True).output)
    assert "longer than 32 MiB" in said


BAD_ANSWERS: dict[str, Any] = {
    "deep JSON": b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "400 digits": b'{"id": ' + b"1" * 400 + b"}",
    "HTML": b"<html><script>\x1b[31m::error::x</script>",
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_answer_that_cannot_be_read(make_stack: MakeStack, name: str) -> None:
    """After a POST that is a lost answer: one message, and the request is asked for once a command."""
    with Server(says(BAD_ANSWERS[name])) as server:
        clean(pointed(make_stack(program(area())), server).up(expect_failure=True).output)
        made = [call for call in server.calls if call.startswith(b"POST") and b"/process HTTP" in call]
    assert len(made) <= 1


@pytest.mark.parametrize("token", [f"{CANARY}\\nb", f"{CANARY}\\u00f6"], ids=["newline", "umlaut"])
def test_a_token_that_is_none(make_stack: MakeStack, token: str) -> None:
    """It is told in one message that does not show it."""
    body = f'{{"access_token": "{token}", "expires_in": 1e999, "x": "{CANARY}"}}'.encode()
    with Server(says(b"{}"), says(body)) as server:
        said = clean(pointed(make_stack(program(area())), server).up(expect_failure=True).output)
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
        stack = pointed(make_stack(program(area())), server, create="1h")
        said = clean(stack.up(expect_failure=True).output)
    assert "redirect" in said
