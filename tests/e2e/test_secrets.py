"""Canary credentials are searched for wherever this package could leave them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import pytest

from tests.e2e import plugin
from tests.e2e.jobs import job, stack_of
from tests.e2e.plugin import plugin_stack
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

TOKEN = re.compile(r"eyJ[\w-]{20,}|Bearer \S")
LOUD = ("-v=9", "--logtostderr", "--logflow")


@pytest.fixture(scope="module")
def keys() -> Mapping[str, str]:
    """None: a passphrase, as most users have it."""
    return {}


def found(sandbox: Controls, text: str) -> list[str]:
    """Which canaries are in ``text``."""
    canaries = {name: sandbox.endpoints[name] for name in ("client_secret", "aws_secret_access_key")}
    return [name for name, value in canaries.items() if value in text] + TOKEN.findall(text)


def test_the_loudest_logs(
    make_stack: MakeStack, sandbox: Controls, record_property: Callable[[str, object], None]
) -> None:
    """Up, refresh and destroy at the highest verbosity say no secret and no token, nor does the journal."""
    stack = stack_of(make_stack, job())
    said = stack.up(*LOUD).output + stack.refresh(*LOUD).output
    assert "pulumi_sentinelhub" in said or "sentinelhub" in said
    said += stack.run("stack", "export").output + stack.destroy(*LOUD).output
    texts = [said, json.dumps(sandbox.control("GET", "journal"))]
    assert [canary for text in texts for canary in found(sandbox, text)] == []
    record_property("texts_searched_for_secrets", len(texts))


def test_the_plugin(
    make_stack: MakeStack, sandbox: Controls, record_property: Callable[[str, object], None]
) -> None:
    """The same through the plugin; a secret of the stack config is in neither output nor state.

    At the highest verbosity the engine itself logs what it sends to Configure, secrets as well.
    """
    stack = plugin_stack(make_stack, plugin.job())
    said = stack.up(*LOUD).output + stack.refresh(*LOUD).output
    assert "sentinelhub" in said
    stack.config("sentinelhub:clientId", stack.environ.pop("SH_CLIENT_ID"))
    stack.config("sentinelhub:clientSecret", stack.environ.pop("SH_CLIENT_SECRET"), secret=True)
    rotated = stack.up().output + stack.up().output
    assert rotated.count("was not read, its state is kept as it was") >= 2, "read as in the last update"
    said += rotated + stack.refresh().output
    said += stack.run("stack", "export").output + stack.destroy().output
    assert found(sandbox, said) == []
    record_property("texts_searched_for_secrets", 1)


@pytest.mark.parametrize(
    "fault",
    [
        ("POST", "/token$", {"status": 401, "body": {"error": "invalid_client"}}),
        ("POST", "/process$", {"status": 403, "body": {}}),
        ("GET", "/process/", {"status": 400, "body": {"error": {"status": 400, "message": "no"}}}),
    ],
)
def test_errors(
    make_stack: MakeStack,
    sandbox: Controls,
    fault: tuple[str, str, object],
    record_property: Callable[[str, object], None],
) -> None:
    """An update that fails, wherever it fails, shows no secret and no token, and no traceback."""
    stack = stack_of(make_stack, job())
    method, path, then = fault
    sandbox.fault(method, path, then, times=1000)
    said = stack.up(*LOUD, expect_failure=True).output
    assert found(sandbox, said) == []
    assert "Traceback" not in said
    record_property("texts_searched_for_secrets", 1)
