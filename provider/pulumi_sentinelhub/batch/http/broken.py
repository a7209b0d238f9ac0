"""What a broken connection means: whether anything was sent, whether it can pass, and how to say it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
import urllib3

_BEFORE = (
    urllib3.exceptions.NewConnectionError,  # refused, and names that cannot be resolved
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,  # other TLS errors can come in the middle
)
_BEFORE_ALL = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidSchema,  # a proxy of a kind that is not installed
    requests.exceptions.InvalidURL,
)


def never_sent(error: BaseException) -> bool:
    """Whether the connection failed before any byte of the request can have reached the service."""
    return isinstance(error, _BEFORE_ALL) or any(isinstance(cause, _BEFORE) for cause in _causes(error))


def is_certificate_error(error: BaseException) -> bool:
    """Whether the server's certificate was not accepted: trying again does not help."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def connection_words(error: BaseException, url: str) -> str:
    """Why there was no answer, in a few words, without the request."""
    host = host_of(url)
    if is_certificate_error(error):
        return f"the TLS certificate of {host} is not trusted; for a private authority set REQUESTS_CA_BUNDLE"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"{host} did not accept a connection in time"
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError, urllib3.exceptions.TimeoutError)):
        return f"{host} did not answer in time"
    root = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    detail = f" ({root[-1].strerror})" if root else ""
    if isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.InvalidSchema)):
        return f"no connection to {host} by way of the proxy{detail}"
    if never_sent(error):
        return f"no connection to {host}{detail}"
    return f"the connection to {host} broke, or what it brought is no HTTP{detail}"


def host_of(url: str) -> str:
    """Host and port of an absolute URL."""
    return url.split("/")[2]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made from: urllib3 keeps them in args, ``reason`` and ``__context__``."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
