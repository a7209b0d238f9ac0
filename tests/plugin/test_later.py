"""What the engine is told of an operation that may be left to a later command."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_sentinelhub.engine.partial import DETAILS_KEY
from pulumi_sentinelhub.errors import DeadlineExceeded, Unfinished
from pulumi_sentinelhub.plugin.call import told
from pulumi_sentinelhub.plugin.kinds import REQUEST, RUN, Kind


def details_of(kind: Kind) -> tuple[list[str], list[str]]:
    """The details of an answer to a call that ran out of time, and what was said beside it."""
    context: Any = create_autospec(grpc.ServicerContext)
    context.abort.side_effect = grpc.RpcError
    said: list[str] = []
    late = DeadlineExceeded("no time is left for max_cost", next_step="Run it again")
    outputs = {"results": [{"id": "r-1", "status": "PROCESSING", "tile_count": 3}]}
    with pytest.raises(grpc.RpcError), told(context, kind, (), said.append):
        raise Unfinished(late, id="run-1", outputs=outputs)
    ((_, packed),) = [
        pair for pair in context.set_trailing_metadata.call_args.args[0] if pair[0] == DETAILS_KEY
    ]
    status = status_pb2.Status.FromString(packed)
    return [detail.TypeName() for detail in status.details], said


def test_an_engine_takes_what_it_knows() -> None:
    """One that can come back later meets that word first, with our text beside it; any other keeps all."""
    both = ("ErrorResourceAwaitFailed", "ErrorResourceInitFailed")
    # SDKs before 3.272 have but the second one
    known = [f"pulumirpc.{name}" for name in both if hasattr(provider_pb2, name)]
    text = "no time is left for maxCost. Run it again."
    assert details_of(RUN) == (known, [text])
    assert details_of(REQUEST) == (known[-1:], []), "its id would be lost"
