"""A stack that moves to version 2 of the batch API by its configuration: what was made on v1 lives there."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

from tests.e2e.areas import BUCKET, active, ids
from tests.e2e.jobs import PARTS, changes, stack_of
from tests.e2e.v2 import PROCESS_V2, canaries, files_of
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import Controls

# a path as v1 alone has it: what lives there is not judged by v2's rules
OLD_PATH: Final = f"s3://{BUCKET}/<requestId>/<tileId>/<outputId>.<format>"


def program(*, wait: bool = False, changed: bool = False) -> str:
    """Requests ``done``, ``waits`` and ``runs``; waits for the second, changes what the others compute."""
    path = f'None, output={{"defaultTilePath": "{OLD_PATH}"}}, description="{"waited for" if wait else ""}"'
    return f"""{PARTS}
done = request("done", {f'"{BUCKET}"' if changed else path})
waits = request("waits", "{BUCKET}")
SCRIPT = SCRIPT.replace("100 *", "{50 if changed else 100} *")
runs = request("runs", "{BUCKET}")
BatchRun("others", requests=[done, runs])
BatchRun("waiting", requests=waits, until="{"finished" if wait else "started"}")
"""


def give_keys_by_config(stack: Stack, sandbox: Controls) -> None:
    """The keys for the service stand in the stack's config, as secrets, and nowhere in the environment."""
    for variable in ("SH_DELIVERY_ACCESS_KEY_ID", "SH_DELIVERY_SECRET_ACCESS_KEY"):
        del stack.environ[variable]
    id, secret = sandbox.endpoints["aws_access_key_id"], sandbox.endpoints["aws_secret_access_key"]
    stack.run(
        *("config", "set-all", "--plaintext", "sentinelhub:apiVersion=v2"),
        *("--secret", f"sentinelhub:deliveryAccessKeyId={id}"),
        *("--secret", f"sentinelhub:deliverySecretAccessKey={secret}"),
    )


def calls(sandbox: Controls, id: str) -> list[str]:
    """The calls that change something about one request, e.g. ``POST start``, with the generation."""
    found = [call.partition(" ") for call in changes(sandbox) if id in call]
    return [
        f"{_generation(path)} {method}{path.partition(id)[2].replace('/', ' ')}" for method, _, path in found
    ]


def until_it_rests(calls: list[str]) -> list[str]:
    """The calls, those that follow one of their kind left out: a cancel is repeated until it shows."""
    return [call for call, _ in groupby(calls)]


def _generation(path: str) -> str:
    return "v2" if path.startswith(PROCESS_V2) else "v1"


def up_until_done(stack: Stack, sandbox: Controls, id: str) -> str:
    """``pulumi up`` that waits for a running job, which ends when it is seen to be waited for."""
    with stack.start_up() as running:
        running.wait_until(lambda: re.search(r"BatchRun waiting .*PROCESSING", running.output()))
        sandbox.force(id, status="DONE")
        said, code = running.finish()
    assert code == 0, said
    return str(said)


def test_a_stack_moves(make_stack: MakeStack, slow: Controls) -> None:
    """Nothing is done to what is unchanged; what changes is made on v2, and its old self removed on v1."""
    stack = stack_of(make_stack, program())
    stack.up()
    old = ids(stack)
    slow.force(old["done"], status="DONE")
    before = changes(slow)
    give_keys_by_config(stack, slow)
    stack.up("--expect-no-changes")
    assert changes(slow) == before

    # what is waited for, and what changes in place, is so where it lives
    stack.program(program(wait=True))
    up_until_done(stack, slow, old["waits"])
    assert ids(stack) == old
    assert [line for line in changes(slow) if PROCESS_V2 in line] == []
    assert calls(slow, old["done"]) == ["v1 POST start", "v1 PUT"]
    stack.preview(expect_no_changes=True)

    # what computes something else is made on v2; its old self is cancelled and removed on v1
    stack.program(program(wait=True, changed=True))
    said = stack.preview("--save-plan", "plan.json").output + stack.up().output
    new = ids(stack)
    assert new["waits"] == old["waits"]
    assert calls(slow, old["waits"]) == ["v1 POST start"]
    assert until_it_rests(calls(slow, old["runs"])) == ["v1 POST start", "v1 POST cancel", "v1 DELETE"]
    assert calls(slow, old["done"]) == ["v1 POST start", "v1 PUT", "v1 DELETE"]
    for name in ("done", "runs"):
        assert calls(slow, new[name]) == ["v2 POST start"]
    assert active(slow) == {new["done"], new["runs"]}
    stack.preview(expect_no_changes=True)

    said += stack.destroy().output
    assert active(slow) == set()
    assert until_it_rests(calls(slow, new["runs"])) == ["v2 POST start", "v2 POST stop"]
    assert calls(slow, old["waits"])[-1] == "v1 DELETE"
    assert stack.resources() == {}
    assert [canary for text in (said, *files_of(stack)) for canary in canaries(slow, text)] == []
