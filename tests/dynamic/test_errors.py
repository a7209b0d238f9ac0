"""What a failure of an operation becomes on its way to the engine."""

from __future__ import annotations

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from tests.support.dynamic_host import Host
from tests.support.engine import partial_result
from tests.support.fake_providers import FakeProvider, ForeignProvider
from tests.support.front_end import details, plain, says_where


def test_an_expected_error_without_the_hosts_help_still_says_it(different_host: Host) -> None:
    """Without the probe the last line is the message, after a short traceback."""
    with pytest.raises(grpc.RpcError) as failure:
        different_host.create({"behave": "fail"})
    lines = details(failure).strip().splitlines()
    assert lines[-1].endswith("batch request failed request-1: no data. Widen it.")
    assert "During handling" not in details(failure)
    assert "_behave" not in details(failure)


def test_a_defect_keeps_its_traceback_without_the_hosts_help(different_host: Host) -> None:
    """What is not expected shows where it happened."""
    with pytest.raises(grpc.RpcError) as failure:
        different_host.create({"behave": "bug"})
    assert says_where(failure)
    assert "a defect" in details(failure)


def test_foreign_providers_keep_their_tracebacks(host: Host) -> None:
    """Another author's provider in the same process is not touched, also after an error of ours."""
    with pytest.raises(grpc.RpcError):
        host.create({"behave": "fail"})
    with pytest.raises(grpc.RpcError) as failure:
        host.served_by(ForeignProvider()).create({})
    assert says_where(failure)
    assert "a foreign defect" in details(failure)


def test_a_partial_result_keeps_provider_and_time_outs(host: Host) -> None:
    """What the next update or deletion is done by, and may take, stands in the state of a failed one, too."""
    with pytest.raises(grpc.RpcError) as failure:
        host.create({"behave": "unfinished", "timeouts": {"delete": 30.0}})
    kept = partial_result(failure.value)
    assert kept is not None
    assert kept.properties["__provider"] == serialize_provider(FakeProvider())
    assert plain(kept.properties)["timeouts"] == {"delete": 30.0}


def test_an_unfinished_run_without_the_hosts_help_is_a_plain_failure(different_host: Host) -> None:
    """Without the probe the message is the same, and no half answer is given."""
    with pytest.raises(grpc.RpcError) as failure:
        different_host.create({"behave": "unfinished"})
    assert details(failure).strip().splitlines()[-1].endswith("2 of 3 requests failed. Run it again.")
    assert partial_result(failure.value) is None
