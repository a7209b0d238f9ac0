"""What stands before moto's S3: who calls, other owners' buckets, and bucket policies.

moto knows policies only roughly (no conditions, no accounts), so they are kept and evaluated here.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from .policy import Decision, decide, malformed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SERVICE_KEY_ID = "AKIASENTINELHUB00001"
SERVICE_SECRET = "sentinel-hub-service"
_HEADER = re.compile(r"Credential=([^/,\s]+)/")

MESSAGES = {
    "AccessDenied": (403, "Access Denied"),
    "BucketAlreadyExists": (
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
    ),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "MalformedPolicy": (400, "Policies must be valid JSON and the first byte must be '{'"),
    "NoSuchBucketPolicy": (404, "The bucket policy does not exist"),
    "SlowDown": (503, "Please reduce your request rate."),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "ServiceUnavailable": (503, "Please reduce your request rate."),
    "OperationAborted": (
        409,
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    ),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
}


def xml_error(code: str, resource: str, message: str | None = None) -> bytes:
    """An S3 error document."""
    text = message or MESSAGES.get(code, (400, code))[1]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(text)}</Message>"
        f"<Resource>{escape(resource)}</Resource><RequestId>SANDBOX0000000001</RequestId></Error>"
    ).encode()


class S3Front:
    """WSGI layer before moto's S3 application.

    Args:
        application: moto's S3.
        owner_key_id: the access key of the one account.
        account: that account's number, 12 digits.
        service: ARN of the principal that Sentinel Hub writes as.
    """

    def __init__(self, application: WSGIApplication, owner_key_id: str, account: str, service: str) -> None:
        self._application = application
        self._owner = owner_key_id
        self._account = account
        self._service = service
        self._policies: dict[str, str] = {}
        self._foreign: set[str] = set()
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Forget policies and foreign buckets."""
        with self._lock:
            self._policies.clear()
            self._foreign.clear()

    def add_foreign(self, bucket: str) -> None:
        """Let a bucket of that name belong to somebody else."""
        with self._lock:
            self._foreign.add(bucket)

    def service_may(self, action: str, bucket: str, key: str) -> bool:
        """Whether the bucket's policy lets the service do something with a key. ``action`` as ``s3:PutObject``."""
        with self._lock:
            policy = self._policies.get(bucket)
        if policy is None:
            return False
        resource = f"arn:aws:s3:::{bucket}/{key}"
        return decide(json.loads(policy), self._service, action, resource) is Decision.ALLOW

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        bucket, _, key = path.lstrip("/").partition("/")
        method = environ["REQUEST_METHOD"]
        caller = _access_key(environ)
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        # Each sandbox is an AWS account of its own, also when several live in one process.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        if caller is not None and caller not in {self._owner, SERVICE_KEY_ID}:
            return _refuse("InvalidAccessKeyId", path, method, start_response)
        if bucket in self._foreign:
            create = method == "PUT" and not key and not query
            return _refuse("BucketAlreadyExists" if create else "AccessDenied", path, method, start_response)
        if caller == SERVICE_KEY_ID and method == "PUT" and not self.service_may("s3:PutObject", bucket, key):
            return _refuse("AccessDenied", path, method, start_response)
        if bucket and not key and "policy" in query:
            return self._policy(bucket, method, environ, start_response)
        if method == "DELETE" and bucket and not key and not query:
            return self._forget_after_delete(bucket, environ, start_response)
        return self._application(environ, start_response)

    def _bucket_status(self, bucket: str, environ: dict[str, Any]) -> tuple[str, list[bytes]]:
        """Ask moto about the bucket itself: status line and body."""
        seen: list[str] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
            seen.append(status)
            return lambda data: None

        asked = dict(environ, REQUEST_METHOD="GET", QUERY_STRING="location", CONTENT_LENGTH="0")
        asked["RAW_URI"] = asked["REQUEST_URI"] = f"/{bucket}?location"
        body = list(self._application(asked, start_response))
        return seen[0], body

    def _policy(
        self, bucket: str, method: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = f"/{bucket}"
        status, body = self._bucket_status(bucket, environ)
        if not status.startswith("200"):
            start_response(status, _headers(body, "application/xml"))
            return body
        if method == "PUT":
            text = environ["wsgi.input"].read().decode("utf-8", "replace")
            problem = malformed(text, bucket)
            if problem is not None:
                return _refuse("MalformedPolicy", path, method, start_response, problem)
            with self._lock:
                self._policies[bucket] = text
        elif method == "DELETE":
            with self._lock:
                self._policies.pop(bucket, None)
        else:
            with self._lock:
                policy = self._policies.get(bucket)
            if policy is None:
                return _refuse("NoSuchBucketPolicy", path, method, start_response)
            answer = [policy.encode()]
            start_response("200 OK", _headers(answer, "application/json"))
            return answer
        start_response("204 No Content", [])
        return []

    def _forget_after_delete(
        self, bucket: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        def started(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
            if status.startswith("2"):
                with self._lock:
                    self._policies.pop(bucket, None)
            return start_response(status, headers)

        return self._application(environ, started)


def _access_key(environ: dict[str, Any]) -> str | None:
    found = _HEADER.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return unquote(found.group(1))
    query = parse_qs(environ.get("QUERY_STRING", ""))
    for name in ("X-Amz-Credential", "AWSAccessKeyId"):
        if name in query:
            return query[name][0].split("/")[0]
    return None


def _headers(body: list[bytes], media_type: str) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), ("Content-Length", str(sum(map(len, body))))]


def _refuse(
    code: str, path: str, method: str, start_response: Callable[..., Any], message: str | None = None
) -> Iterable[bytes]:
    body = [b"" if method == "HEAD" else xml_error(code, path, message)]
    status = MESSAGES[code][0]
    start_response(f"{status} {code}", _headers(body, "application/xml"))
    return body
