"""The control interface ``/_sandbox/``: what a test can see and force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from .engine import Engine, not_found
from .faults import Fault, Faults
from .force import force
from .journal import Journal
from .oauth import Tokens
from .wire import bad


def control_blueprint(
    engine: Engine,
    tokens: Tokens,
    faults: Faults,
    journal: Journal,
    reset_all: Callable[[], None],
    add_foreign: Callable[[str], None],
) -> Blueprint:
    """All control endpoints.

    Args:
        reset_all: forgets all state, S3 included.
        add_foreign: lets a bucket name belong to somebody else.
    """
    blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")

    def body() -> Any:
        value = request.get_json(silent=True, force=True)
        if not isinstance(value, dict):
            raise bad("request", "Body must be a JSON object.")
        return value

    @blueprint.get("/journal")
    def read_journal() -> Response:
        service = request.args.get("service")
        return jsonify([entry for entry in journal.entries() if service in {None, entry["service"]}])

    @blueprint.delete("/journal")
    def clear_journal() -> tuple[str, int]:
        journal.clear()
        return "", 204

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return jsonify(faults.all())

    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        return jsonify(faults.add(Fault.parse(body())).to_json()), 201

    @blueprint.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        faults.clear()
        return "", 204

    @blueprint.post("/reset")
    def reset() -> tuple[str, int]:
        reset_all()
        return "", 204

    @blueprint.delete("/tokens")
    @blueprint.post("/tokens/revoke")
    def revoke() -> Response:
        return jsonify({"revoked": tokens.revoke_all()})

    @blueprint.post("/foreign-bucket")
    def foreign_bucket() -> tuple[str, int]:
        name = body().get("bucket")
        if not isinstance(name, str) or not name:
            raise bad("bucket", "A bucket name is needed.")
        add_foreign(name)
        return "", 204

    @blueprint.get("/requests")
    def list_requests() -> Response:
        with engine.lock:
            now = engine.now()
            return jsonify([job.view(now) for job in engine.jobs()])

    @blueprint.put("/requests/<request_id>")
    def put_request(request_id: str) -> Response:
        with engine.lock:
            job = next((job for job in engine.jobs() if job.id == request_id), None)
            if job is None:
                raise not_found("batch request", request_id)
            force(engine, job, body())
            return jsonify(job.view(engine.now()))

    return blueprint
