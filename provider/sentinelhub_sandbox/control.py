"""The control interface ``/_sandbox/``: what a test can see and force, across all accounts.

``GET /_sandbox/journal``
    Every call, or those of one ``?service=``; ``client`` is the id of the OAuth client whose token it carried
    (null for calls without one, such as token calls). ``DELETE`` forgets them.
``POST /_sandbox/faults``
    A rule (see ``faults.Fault``); with ``"client"`` it hits only calls that carry a token of that OAuth
    client. ``GET`` lists rules, ``DELETE`` takes all away and lets go of the calls that a delay holds up.
``GET /_sandbox/requests``, ``PUT /_sandbox/requests/{id}``
    All requests of v1 and tasks of v2 as they really are; forcing one (see ``jobs.forcing``, ``v1.force`` and
    ``v2.force``). ``{"hidden_seconds": N}``: for the next N seconds nobody finds it, neither readers nor
    actions (404), while it really goes on; 0 shows it again.
``PUT /_sandbox/collections/{id}``
    ``{"hidden_seconds": N}``, as for requests.
``PUT /_sandbox/options``
    Other values for some options (``settings.CHANGEABLE``) from now on, until a reset; answers with all of
    them. What has begun already (an analysis, a run) keeps its length. ``{}`` changes nothing.
``POST /_sandbox/reset``, ``/_sandbox/tokens/revoke``, ``/_sandbox/foreign-bucket``
    Back to the beginning; all tokens bad at once; a bucket name (``{"bucket"}``) that belongs to somebody
    else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Response, jsonify, request

from .faults import Fault, Faults
from .jobs.refusals import not_found
from .jobs.store import Store
from .journal import Journal
from .oauth import Tokens
from .routes import Route
from .settings import LiveOptions, natural
from .v1.collections import Collections
from .wire import Json, bad

EMPTY = ("", 204)


def _body() -> dict[str, Any]:
    value = request.get_json(silent=True, force=True)
    if not isinstance(value, dict):
        raise bad("request", "Body must be a JSON object.")
    return value


class Generation(Protocol):
    """The requests of one generation of the API."""

    @property
    def store(self) -> Store[Any]: ...  # noqa: D102
    def force(self, job: Any, wish: Json) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Control:
    """All control endpoints.

    Attributes:
        live: options to change.
        generations: requests to look at and to force.
        collections: collections to hide.
        tokens: tokens to revoke.
        faults: rules to add and to clear.
        journal: calls to read.
        reset_all: forgets all state, S3 included.
        foreign_bucket: lets a bucket name belong to somebody else.
    """

    live: LiveOptions
    generations: Sequence[Generation]
    collections: Collections
    tokens: Tokens
    faults: Faults
    journal: Journal
    reset_all: Callable[[], None]
    foreign_bucket: Callable[[str], None]

    def routes(self) -> list[Route]:
        """All routes."""
        routes: list[Route] = [
            ("GET", "/journal", self.read_journal),
            ("DELETE", "/journal", self.clear_journal),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/reset", self.reset),
            ("POST", "/tokens/revoke", self.revoke),
            ("POST", "/foreign-bucket", self.add_foreign),
            ("GET", "/requests", self.list_requests),
            ("PUT", "/requests/<request_id>", self.put_request),
            ("PUT", "/collections/<collection_id>", self.put_collection),
            ("PUT", "/options", self.put_options),
        ]
        return [(method, f"/_sandbox{path}", view) for method, path, view in routes]

    def read_journal(self) -> Response:
        """Every call, or those of one ``service``."""
        service = request.args.get("service")
        return jsonify([entry for entry in self.journal.entries() if service in {None, entry["service"]}])

    def clear_journal(self) -> tuple[str, int]:
        """Forget the calls so far."""
        self.journal.clear()
        return EMPTY

    def list_faults(self) -> Response:
        """Rules that can still hit."""
        return jsonify(self.faults.all())

    def add_fault(self) -> tuple[Response, int]:
        """Put a rule in force."""
        return jsonify(self.faults.add(Fault.parse(_body())).to_json()), 201

    def clear_faults(self) -> tuple[str, int]:
        """Take all rules away, and end the delays."""
        self.faults.clear()
        return EMPTY

    def reset(self) -> tuple[str, int]:
        """Back to the beginning."""
        self.reset_all()
        return EMPTY

    def revoke(self) -> Response:
        """Make all tokens bad."""
        return jsonify({"revoked": self.tokens.revoke_all()})

    def add_foreign(self) -> tuple[str, int]:
        """Give a bucket name to another owner."""
        name = _body().get("bucket")
        if not isinstance(name, str) or not name:
            raise bad("bucket", "A bucket name is needed.")
        self.foreign_bucket(name)
        return EMPTY

    def list_requests(self) -> Response:
        """All requests as they are, without lag."""
        seen: list[Json | None] = []
        for generation in self.generations:
            store = generation.store
            with store.lock:
                seen += [job.view(store.now()) for job in store.jobs()]
        return jsonify(seen)

    def put_request(self, request_id: str) -> Response:
        """Force a state (see ``force``)."""
        for generation in self.generations:
            store = generation.store
            with store.lock:
                job = next((job for job in store.jobs() if job.id == request_id), None)
                if job is not None:
                    generation.force(job, _body())
                    return jsonify(job.view(store.now()))
        raise not_found("batch request", request_id)

    def put_collection(self, collection_id: str) -> Response:
        """Hide a collection."""
        wish = _body()
        if set(wish) != {"hidden_seconds"}:
            raise bad("hidden_seconds", "Exactly the member hidden_seconds is needed.")
        seconds = natural(wish["hidden_seconds"], "hidden_seconds")
        return jsonify(self.collections.hide(collection_id, seconds))

    def put_options(self) -> Response:
        """Change options of the running sandbox."""
        self.live.change(_body())
        return jsonify(self.live.changeable())
