"""Faults that tests ask for, and the layer that applies them and keeps the journal."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .httpd import Answer, Application, ConnectionCut, Environ
from .journal import Journal, readable_body, readable_query
from .own_calls import SERVICE_AGENT
from .s3_front import MESSAGES, SERVICE_KEY_ID, xml_error
from .wire import REASONS, ApiError, Json, bad

DEFAULT_DELAY_SECONDS = 2.0
SERVICES = ("sentinelhub", "s3")
# "reset" and "delay" come before the work, the others after it.
ACTIONS = ("reset", "commit-then-reset", "delay", "commit-then-delay", "truncate", "malformed")


@dataclass
class Fault:
    """One rule: which calls, how often, what happens.

    Attributes:
        service: ``sentinelhub`` (the token endpoint included) or ``s3``.
        method: HTTP method, or ``None`` for any.
        path: regular expression, searched in path and query.
        times: calls that are still to be hit.
        skip: matching calls that are let through before the first hit.
        action: one of ACTIONS, or ``answer`` for a status of its own.
        seconds: length of a delay.
        client: id of the OAuth client whose calls alone are hit, by the token they carry; ``None`` for all.
        answer: status, body and headers of an ``answer``.
        ended: set when the rule is taken away, so that its delays end too.
    """

    service: str
    method: str | None
    path: re.Pattern[str]
    times: int
    skip: int
    action: str
    seconds: float = DEFAULT_DELAY_SECONDS
    answer: Json = field(default_factory=dict)
    client: str | None = None
    number: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def parse(cls, value: Any) -> Fault:
        """A rule from its JSON. Raises ApiError (400)."""
        if not isinstance(value, dict) or "then" not in value:
            raise bad("then", "A fault needs `then`.")
        service = value.get("service", "sentinelhub")
        if service not in SERVICES:
            raise bad("service", f"Must be one of {SERVICES}.")
        method = value.get("method")
        try:
            path = re.compile(value.get("path", ""))
        except re.error as error:
            raise bad("path", f"Not a regular expression: {error}") from error
        action, seconds, answer = _then(value["then"])
        return cls(
            service=service,
            method=None if method in {None, "*", "ANY"} else str(method).upper(),
            path=path,
            times=int(value.get("times", 1)),
            skip=int(value.get("skip", 0)),
            action=action,
            seconds=seconds,
            answer=answer,
            client=None if value.get("client") is None else str(value["client"]),
        )

    def to_json(self) -> Json:
        """The rule for debugging, with what is left of it."""
        return {
            "id": self.number,
            "service": self.service,
            "method": self.method,
            "path": self.path.pattern,
            "times": self.times,
            "skip": self.skip,
            "client": self.client,
            "then": self.answer or self.action,
        }


def _then(then: Any) -> tuple[str, float, Json]:
    if isinstance(then, str) and then in ACTIONS:
        return then, DEFAULT_DELAY_SECONDS, {}
    if isinstance(then, dict):
        for action in ("delay", "commit-then-delay"):
            if action in then:
                return action, float(then[action]), {}
        if "status" in then:
            return "answer", 0.0, dict(then)
    raise bad("then", f"Must be one of {ACTIONS}, {{'delay': seconds}} or {{'status', 'body', 'headers'}}.")


class Faults:
    """The rules in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._made = 0
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Put a rule in force; returns it with its number."""
        with self._lock:
            self._made += 1
            fault.number = self._made
            self._rules.append(fault)
            return fault

    def all(self) -> list[Json]:
        """Rules that can still hit."""
        with self._lock:
            return [rule.to_json() for rule in self._rules if rule.times > 0]

    def clear(self) -> None:
        """Take all rules away, and end the delays that calls are held up by."""
        with self._lock:
            for rule in self._rules:
                rule.ended.set()
            self._rules.clear()

    def take(self, service: str, method: str, target: str, client: str | None) -> Fault | None:
        """The first rule that a call is hit by, counted down; ``client`` is whose token it carries."""
        with self._lock:
            for rule in self._rules:
                wanted = (
                    rule.service == service
                    and rule.method in {None, method}
                    and rule.client in {None, client}
                )
                if not wanted or rule.times <= 0 or not rule.path.search(target):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule
        return None


@dataclass(frozen=True)
class CallLayer:
    """Applies faults and writes the journal. Control and the service's own calls pass untouched.

    Attributes:
        application: what answers.
        service: ``sentinelhub`` or ``s3``.
        faults: the rules in force.
        journal: where calls are noted.
        clock: epoch seconds.
        client_of: the id of the OAuth client whose token an Authorization header carries, if any.
    """

    application: Application
    service: str
    faults: Faults
    journal: Journal
    clock: Callable[[], float]
    client_of: Callable[[str], str | None]

    def __call__(self, environ: Environ) -> Answer:
        """Answer one call. Raises ConnectionCut where a fault asks for it."""
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        agent = environ.get("HTTP_USER_AGENT", "")
        own = f"Credential={SERVICE_KEY_ID}/" in authorization or SERVICE_AGENT in agent
        if own or path.startswith("/_sandbox"):
            return self.application(environ)
        method = environ["REQUEST_METHOD"]
        client = self.client_of(authorization)
        fault = self.faults.take(self.service, method, f"{path}?{query}" if query else path, client)
        entry: Json = {
            "time": self.clock(),
            "service": self.service,
            "client": client,
            "method": method,
            "path": path,
            "query": readable_query(query),
            "status": None,
            "body": None,
        }
        if self.service != "s3":
            entry["body"] = readable_body(environ["sandbox.body"], environ.get("CONTENT_TYPE", ""))
        if fault is not None:
            entry["fault"] = fault.action
        began = time.monotonic()
        try:
            answer = self._answer(fault, environ, entry)
        finally:
            entry["seconds"] = round(time.monotonic() - began, 4)
            self.journal.add(entry)
        return answer

    def _answer(self, fault: Fault | None, environ: Environ, entry: Json) -> Answer:
        """The answer under a fault; the entry gets the status with which the work was done."""
        action = fault.action if fault is not None else ""
        if action == "reset":
            raise ConnectionCut
        if fault is not None and action == "answer":
            entry["status"] = fault.answer["status"]
            return self._own_answer(fault.answer, environ)
        if fault is not None and action == "delay":
            fault.ended.wait(fault.seconds)
        answer = self.application(environ)
        entry["status"] = answer.status
        half = answer.body[: len(answer.body) // 2]
        if action == "commit-then-reset":
            raise ConnectionCut
        if fault is not None and action == "commit-then-delay":
            fault.ended.wait(fault.seconds)
        if action == "truncate":
            # At least one byte is missing, also from an empty body.
            return replace(answer, status=_with_body(answer.status), body=half, length=len(answer.body) + 1)
        if action == "malformed":
            return replace(answer, status=_with_body(answer.status), body=half + b'"<')
        return answer

    def _own_answer(self, wish: Json, environ: Environ) -> Answer:
        status, body = int(wish["status"]), wish.get("body")
        media_type = "application/json"
        if self.service == "s3":
            media_type = "application/xml"
            code = wish.get("code") or (body.get("Code") if isinstance(body, dict) else None)
            if code is None and not isinstance(body, str):
                code = next((name for name, known in MESSAGES.items() if known[0] == status), "InternalError")
            if code is not None:
                body = xml_error(str(code), environ["PATH_INFO"]).decode()
        elif body is None and status >= 400:
            body = ApiError(status, REASONS.get(status, ("Error", ""))[0]).body()
        text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        own = {name: str(value) for name, value in (wish.get("headers") or {}).items()}
        headers = {"Content-Type": media_type, **own}
        return Answer(status, tuple(headers.items()), text.encode())


def _with_body(status: int) -> int:
    """The status itself, or 200 where it would forbid a body."""
    return 200 if status == 204 else status
