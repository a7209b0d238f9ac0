"""What is kept in the state, and what is never in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.e2e.jobs import job, stack_of
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import Controls

# state files of every version hold these: a provider that moves cannot be found by its old resources
PROVIDERS = {
    "results": "gASVNgAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMBkJ1Y2tldJSTlCmBlC4=",
    "area": "gASVNwAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMB1JlcXVlc3SUk5QpgZQu",
    "run": "gASVMwAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMA1J1bpSTlCmBlC4=",
}
TOKEN = re.compile(r"eyJ[\w-]{20,}|Bearer ")


@pytest.fixture(scope="module")
def keys() -> Mapping[str, str]:
    """None: a passphrase, as most users have it."""
    return {}


def in_the_environment(stack: Stack, sandbox: Controls) -> None:
    """The harness has put them there."""
    assert stack.environ["SH_CLIENT_SECRET"] == sandbox.endpoints["client_secret"]


def in_the_stack_config(stack: Stack, sandbox: Controls) -> None:
    """With nothing of Sentinel Hub left in the environment."""
    for variable in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_BASE_URL", "SH_TOKEN_URL"):
        del stack.environ[variable]
    values = {"clientId": "client_id", "baseUrl": "base_url", "tokenUrl": "token_url"}
    plain = [f"sentinelhub:{key}={sandbox.endpoints[name]}" for key, name in values.items()]
    pairs = [word for pair in plain for word in ("--plaintext", pair)]
    secret = f"sentinelhub:clientSecret={sandbox.endpoints['client_secret']}"
    stack.run("config", "set-all", *pairs, "--secret", secret)


@pytest.mark.parametrize("place", [in_the_environment, in_the_stack_config])
def test_no_secret_in_the_state(
    make_stack: MakeStack, sandbox: Controls, place: Callable[[Stack, Controls], None]
) -> None:
    """No secret or token is in our resources or in the clear anywhere; providers are short and constant."""
    stack = stack_of(make_stack, job())
    place(stack, sandbox)
    said = stack.up().output + stack.refresh().output
    assert stack.outputs()["status"] == "DONE"
    resources = stack.resources()
    secrets = [sandbox.endpoints["client_secret"], sandbox.endpoints["aws_secret_access_key"]]
    for text in (json.dumps(resources), said, *files_of(stack)):
        assert not TOKEN.search(text)
        assert not [secret for secret in secrets if secret in text]
    for key in ("inputs", "outputs"):
        assert {name: state[key]["__provider"] for name, state in resources.items()} == PROVIDERS
    assert max(map(len, PROVIDERS.values())) < 100


def files_of(stack: Stack) -> list[str]:
    """The texts of the project and of the backend: checkpoints, history and backups."""
    folders = (stack.folder, Path(stack.home) / "state")
    return [file.read_text() for folder in folders for file in folder.rglob("*") if file.suffix in TEXTS]


TEXTS = {".json", ".bak", ".yaml", ".py"}
