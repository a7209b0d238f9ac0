"""What goes wrong is told in one clear message, and nothing half-made is left outside of the state."""

from __future__ import annotations

from dataclasses import replace

from tests.e2e.jobs import buckets, creations, job, remote, stack_of, starts
from tests.support.cli import MakeStack, Result, Stack
from tests.support.sandbox import Controls

CLOSED_PORT = "http://127.0.0.1:9"


def check_told(result: Result, *words: str) -> None:
    """The failure is told once, on one line with all these words, without a traceback.

    The check's warning of it is another thing: a preview has nothing else.
    """
    assert "Traceback" not in result.output, result.output
    told = result.output.partition("Diagnostics:")[2] or result.output
    lines = [line for line in told.splitlines() if words[0] in line and "warning:" not in line]
    assert len(lines) == 1, result.output
    assert not [word for word in words if word not in lines[0]], lines[0]


def check_nothing_lost(stack: Stack, sandbox: Controls) -> None:
    """Whatever is in the service or in S3 is in the state, too."""
    known = {state["id"] for state in stack.resources().values()}
    assert {request["id"] for request in remote(sandbox)} <= known
    assert set(buckets(sandbox)) <= known


def without_settings(stack: Stack) -> None:
    """Nothing of Sentinel Hub is left in the environment."""
    for variable in [name for name in stack.environ if name.startswith("SH_")]:
        del stack.environ[variable]


def test_a_wrong_client_secret(make_stack: MakeStack, sandbox: Controls) -> None:
    """A refused secret is told with its place, and with the right one the same stack goes on."""
    stack = stack_of(make_stack, job())
    right, stack.environ["SH_CLIENT_SECRET"] = stack.environ["SH_CLIENT_SECRET"], "no-such-secret"
    failed = stack.up(expect_failure=True)
    check_told(failed, "Sentinel Hub refused the OAuth client", "invalid_client", "came from the environment")
    assert "no-such-secret" not in failed.output
    assert creations(sandbox) == []
    check_nothing_lost(stack, sandbox)
    stack.environ["SH_CLIENT_SECRET"] = right
    stack.up()
    assert stack.outputs()["status"] == "DONE"


def test_an_unreachable_service(make_stack: MakeStack, sandbox: Controls) -> None:
    """A service that nobody answers for is told with its address and with the setting to look at."""
    stack = stack_of(make_stack, job())
    stack.environ.update(SH_BASE_URL=CLOSED_PORT, SH_TOKEN_URL=f"{CLOSED_PORT}/token")
    failed = stack.up(expect_failure=True)
    check_told(failed, "no connection to 127.0.0.1:9", "Check the network and sentinelhub:deployment")
    check_nothing_lost(stack, sandbox)


def test_no_configuration_at_all(make_stack: MakeStack, sandbox: Controls) -> None:
    """Without any setting, preview works, and up says which settings are needed and where they can be.

    A misspelt one is none, and is warned of.
    """
    stack = stack_of(make_stack, job())
    without_settings(stack)
    stack.config("sentinelhub:client_id", "misspelt")
    failed = stack.run("up", "--yes", expect_failure=True)
    previewed, _, updated = failed.output.partition("\nUpdating (")
    assert "4 to create" in previewed
    assert "sentinelhub:client_id: no such key of the configuration is known" in previewed
    assert "did you mean sentinelhub:clientId?" in previewed
    words = ("no Sentinel Hub credentials", "pulumi config set --secret", "SH_CLIENT_ID", "profile")
    check_told(replace(failed, output=updated), *words)
    check_nothing_lost(stack, sandbox)
    assert sandbox.journal(path="/api/") == []


def test_an_account_without_batch_processing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A 403 is told in the service's own words, with what the account needs."""
    stack = stack_of(make_stack, job())
    refusal = {"status": 403, "reason": "Forbidden", "message": "Insufficient permissions"}
    sandbox.fault("POST", "/api/v1/batch/process$", {"status": 403, "body": {"error": refusal}})
    failed = stack.up(expect_failure=True)
    words = ("cannot create batch request", "Insufficient permissions", "HTTP 403", "enterprise plan")
    check_told(failed, *words)
    assert len(creations(sandbox)) == 1
    check_nothing_lost(stack, sandbox)


def test_a_bucket_that_refuses_the_service(make_stack: MakeStack, sandbox: Controls) -> None:
    """A bucket without its policy fails the job with the service's words and the fix, which works."""
    stack = stack_of(make_stack, job(run=False))
    stack.up()
    (name,) = buckets(sandbox)
    sandbox.s3().delete_bucket_policy(Bucket=name)
    stack.program(job())
    failed = stack.up(expect_failure=True)
    state = stack.resources()
    refused = state["area"]["id"]
    check_told(
        failed,
        f"batch request {refused} failed",
        f"Access denied to bucket {name}",
        "pulumi up --refresh",
        "pulumi up --replace",
    )
    assert state["run"]["outputs"]["status"] == "FAILED"
    check_nothing_lost(stack, sandbox)

    stack.up("--refresh", "--replace", state["area"]["urn"])
    assert stack.outputs()["status"] == "DONE"
    assert len(starts(sandbox)) == 2
    stack.preview(expect_no_changes=True)
