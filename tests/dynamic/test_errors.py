"""What a failure of an operation becomes on its way to the engine."""

from __future__ import annotations

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from tests.dynamic.fakes import FakeProvider, ForeignProvider
from tests.dynamic.harness import Host, details, plain
from tests.support.engine import partial_result


def says_where(failure: pytest.ExceptionInfo[grpc.RpcError]) -> bool:
    """Whether it is told as the SDK tells it; older ones print the traceback and say that there was one."""
    return "Traceback" in details(failure) or "Exception calling application" in details(failure)


def test_an_expected_error_is_one_line(host: Host) -> None:
    """The probe fits the installed SDK: our own errors come without a traceback."""
    with pytest.raises(grpc.RpcError) as failure:
        host.create({"behave": "fail"})
    assert details(failure) == "batch request failed request-1: no data. widen it."


def test_an_expected_error_without_the_hosts_help_still_says_it(different_host: Host) -> None:
    """Without the probe the last line is the message, after a short traceback."""
    with pytest.raises(grpc.RpcError) as failure:
        different_host.create({"behave": "fail"})
    lines = details(failure).strip().splitlines()
    assert lines[-1].endswith("batch request failed request-1: no data. widen it.")
    assert "During handling" not in details(failure)
    assert "_behave" not in details(failure)


@pytest.mark.parametrize("which", ["host", "different_host"])
def test_a_defect_keeps_its_traceback(which: str, request: pytest.FixtureRequest) -> None:
    """What is not expected shows where it happened."""
    running: Host = request.getfixturevalue(which)
    with pytest.raises(grpc.RpcError) as failure:
        running.create({"behave": "bug"})
    assert says_where(failure)
    assert "a defect" in details(failure)


def test_foreign_providers_keep_their_tracebacks(host: Host) -> None:
    """Another author's provider in the same process is not touched, also after an error of ours."""
    with pytest.raises(grpc.RpcError):
        host.create({"behave": "fail"})
    with pytest.raises(grpc.RpcError) as failure:
        host.create({}, provider=ForeignProvider())
    assert says_where(failure)
    assert "a foreign defect" in details(failure)


def test_a_run_that_fails_keeps_its_place(host: Host) -> None:
    """The probe fits the installed SDK: a partial failure carries id, outputs and the provider."""
    with pytest.raises(grpc.RpcError) as failure:
        host.create({"behave": "unfinished"})
    assert details(failure) == "2 of 3 requests failed. run it again."
    kept = partial_result(failure.value)
    assert kept is not None
    assert (kept.id, plain(kept.properties)) == ("object-2", {"status": "PARTIAL", "done": 1})
    assert kept.properties["__provider"] == serialize_provider(FakeProvider())
    assert list(kept.reasons) == ["2 of 3 requests failed. run it again."]
    with pytest.raises(grpc.RpcError) as failure:
        host.update({}, {"behave": "unfinished"})
    assert partial_result(failure.value) is not None


def test_a_partial_result_keeps_the_time_outs(host: Host) -> None:
    """What the next update or deletion may take stands in the state of a failed one, too."""
    with pytest.raises(grpc.RpcError) as failure:
        host.create({"behave": "unfinished", "timeouts": {"delete": 30.0}})
    kept = partial_result(failure.value)
    assert kept is not None
    assert plain(kept.properties)["timeouts"] == {"delete": 30.0}


def test_a_plain_failure_keeps_nothing(host: Host) -> None:
    """Only an Unfinished carries a partial result."""
    with pytest.raises(grpc.RpcError) as failure:
        host.create({"behave": "fail"})
    assert partial_result(failure.value) is None


def test_an_unfinished_run_without_the_hosts_help_is_a_plain_failure(different_host: Host) -> None:
    """Without the probe the message is the same, and no half answer is given."""
    with pytest.raises(grpc.RpcError) as failure:
        different_host.create({"behave": "unfinished"})
    assert details(failure).strip().splitlines()[-1].endswith("2 of 3 requests failed. run it again.")
    assert partial_result(failure.value) is None
