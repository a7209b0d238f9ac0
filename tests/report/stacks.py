"""Stacks on a sandbox with real buckets: made by the real lifecycles, exported as the CLI exports them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.lifecycle.session import Session
from pulumi_sentinelhub.report.collect import Pictures, collect
from pulumi_sentinelhub.report.model import Report
from pulumi_sentinelhub.report.state import state_of
from pulumi_sentinelhub.s3.reading import ObjectReader
from tests.support import inputs
from tests.support.sandbox import Controls

BUCKET = "report-results"
MADE = "2026-01-01 00:00 UTC"
URN = "urn:pulumi:dev::maps::pulumi:pulumi:Stack$pulumi-python:dynamic/sentinelhub"


@dataclass
class Call:
    """A call of a minute."""

    urn: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)
    foretells: bool = False
    seconds: float = 120.0

    def timeout(self, operation: str) -> float:
        return self.seconds

    def hush(self, text: str) -> str:
        return text


class Quiet:
    """A log that is not read."""

    def progress(self, urn: str, text: str) -> None: ...
    def info(self, urn: str, text: str) -> None: ...
    def warning(self, urn: str, text: str) -> None: ...


@dataclass
class Bench:
    """A stack of one generation of the API.

    Attributes:
        resources: as the state has them.
    """

    controls: Controls
    generation: str
    resources: list[dict[str, Any]] = field(default_factory=list)

    def session(self) -> Session:
        config = {"sentinelhub:apiVersion": self.generation, "sentinelhub:pollInterval": "0.2"}
        return Session(config.get, os.environ, Quiet())

    def context(self, call: Call | None = None) -> Context:
        return self.session().context(call or Call(), "read")

    def order(self, name: str, **changes: Any) -> str:
        """Make a request; its id."""
        declared = inputs.declared(name, **{"bucket_name": BUCKET, **changes})
        made = BATCH_REQUEST.create(self.context(), {**declared, "declaration": inputs.key(name)})
        self.keep("BatchRequest", name, made.outputs)
        return made.id

    def run(self, *ids: str, name: str = "all", **changes: Any) -> None:
        """Drive requests to their end."""
        declared = {
            "requests": list(ids),
            "until": "finished",
            "deployment": "aws-eu-central-1",
            "declaration": "d",
        }
        made = BATCH_RUN.create(self.context(), {**declared, **changes})
        self.keep("BatchRun", name, {**made.outputs})

    def keep(self, kind: str, name: str, outputs: Mapping[str, Any]) -> None:
        resource = {
            "urn": f"{URN}:{kind}::{name}",
            "type": f"pulumi-python:dynamic/sentinelhub:{kind}",
            "outputs": dict(outputs),
            "modified": "2026-01-01T00:00:00.5Z",
        }
        self.resources.append(resource)

    def document(self) -> dict[str, Any]:
        """As ``pulumi stack export`` prints it."""
        stack = {"urn": "urn:pulumi:dev::maps::pulumi:pulumi:Stack::maps-dev", "type": "pulumi:pulumi:Stack"}
        return {"version": 3, "deployment": {"resources": [stack, *self.resources]}}

    def report(self, *, seconds: float = 60.0, call: Call | None = None) -> Report:
        """What is reported of it now."""
        session = self.session()
        ctx = session.context(call or Call(), "read")
        reader = ObjectReader(session.settings.deployment, ctx.patience)
        pictures = Pictures(reader, seconds) if seconds else None
        return collect(state_of(self.document()), ctx, pictures, MADE)
