"""moto's services, asked as moto asks them itself within a process: with its own table of addresses.

moto's server puts Flask around the same table, which takes longer than the answer itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from .httpd import OWN_HEADERS, Answer, Application, Environ

#: Statuses whose answers have no body.
_BARE = {204, 304}
_Handler = Callable[..., Any]


@cache
def calls_of(service: str) -> Application:
    """What answers calls of ``s3``, ``iam`` or ``sts``, the same for all accounts: a header tells which."""
    from moto.core.request import Request
    from werkzeug.exceptions import HTTPException

    addresses = _addresses(service)

    class Call(Request):
        from_wsgi_server = True  # the server itself says the date

        @cached_property
        def raw_path(self) -> str:  # asked for many times a call, as is the next
            return super().raw_path

        @cached_property
        def raw_url(self) -> str:
            return super().raw_url

    def ask(environ: Environ) -> Answer:
        call = Call(environ)
        handler = next((known for address, known in addresses if address.match(call.raw_path)), None)
        if handler is None:
            return Answer(404)
        try:
            status, headers, body = handler(call, call.raw_url, dict(call.headers))
        except HTTPException as error:
            status, headers, body = error.code or 400, error.get_headers(), error.get_body()
        return _answer(environ["REQUEST_METHOD"], int(status), headers, body)

    return ask


def _addresses(service: str) -> list[tuple[re.Pattern[str], _Handler]]:
    """Patterns of paths, and what answers there; the first one that fits does."""
    paths: Mapping[str, _Handler] = import_module(f"moto.{service}.urls").url_paths
    return [(re.compile(path.format("")), handler) for path, handler in paths.items()]


def _answer(method: str, status: int, headers: Any, body: Any) -> Answer:
    pairs: Iterable[tuple[str, Any]] = headers.items() if hasattr(headers, "items") else headers
    told = [(name, str(value)) for name, value in pairs]
    sent = body.encode() if isinstance(body, str) else body
    kept = tuple((name, value) for name, value in told if name.lower() not in OWN_HEADERS)
    if method != "HEAD":
        return Answer(status, kept, b"" if status in _BARE else sent)
    # The answer to HEAD announces the length of a body that is not sent.
    length = next((int(value) for name, value in told if name.lower() == "content-length"), len(sent))
    return Answer(status, kept, b"", length)
