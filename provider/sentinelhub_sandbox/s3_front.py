"""What stands before moto's S3: who calls, other owners' buckets, and bucket policies.

moto knows policies only roughly (no conditions, no accounts), so they are kept and evaluated here.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from .httpd import Answer, Application, Environ
from .policy import Decision, decide, malformed

SERVICE_KEY_ID = "AKIASENTINELHUB00001"
SERVICE_SECRET = "sentinel-hub-service"  # noqa: S105  opens nothing but this sandbox
_HEADER = re.compile(r"Credential=([^/,\s]+)/")

MESSAGES: Mapping[str, tuple[int, str]] = {
    "AccessDenied": (403, "Access Denied"),
    "BucketAlreadyExists": (409, "The requested bucket name is not available."),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "MalformedPolicy": (400, "This policy contains invalid Json"),
    "NoSuchBucketPolicy": (404, "The bucket policy does not exist"),
    "SlowDown": (503, "Please reduce your request rate."),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "OperationAborted": (409, "A conflicting conditional operation is currently in progress."),
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
    """Stands before moto's S3 application.

    Args:
        application: moto's S3.
        owner_key_id: the access key of the one account.
        account: that account's number, 12 digits.
        service: ARN of the principal that Sentinel Hub writes as.
    """

    def __init__(self, application: Application, owner_key_id: str, account: str, service: str) -> None:
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
        """Whether the bucket's policy lets the service act (``s3:PutObject`` …) on a key."""
        with self._lock:
            policy = self._policies.get(bucket)
        if policy is None:
            return False
        resource = f"arn:aws:s3:::{bucket}/{key}"
        return decide(json.loads(policy), self._service, action, resource) is Decision.ALLOW

    def __call__(self, environ: Environ) -> Answer:
        """Answer one S3 call."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        bucket, _, key = path.lstrip("/").partition("/")
        method = environ["REQUEST_METHOD"]
        caller = _access_key(environ)
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        # Each sandbox is an AWS account of its own, also when several live in one process.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        if caller is not None and caller not in {self._owner, SERVICE_KEY_ID}:
            return refuse("InvalidAccessKeyId", path)
        if bucket in self._foreign:
            create = method == "PUT" and not key and not query
            return refuse("BucketAlreadyExists" if create else "AccessDenied", path)
        if caller == SERVICE_KEY_ID and method == "PUT" and not self.service_may("s3:PutObject", bucket, key):
            # A bucket that is not there is said to be so.
            missing = self._about(bucket, environ)
            return refuse("AccessDenied", path) if missing.status == 200 else missing
        if bucket and not key and "policy" in query:
            return self._policy(bucket, method, environ)
        answer = self._application(environ)
        if method == "DELETE" and bucket and not key and not query and answer.status < 300:
            with self._lock:
                self._policies.pop(bucket, None)
        return answer

    def _about(self, bucket: str, environ: Environ) -> Answer:
        """What moto says about the bucket itself."""
        uri = f"/{bucket}?location"
        about = {"REQUEST_METHOD": "GET", "QUERY_STRING": "location", "PATH_INFO": f"/{bucket}"}
        nothing = {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
        return self._application({**environ, **about, **nothing, "RAW_URI": uri, "REQUEST_URI": uri})

    def _policy(self, bucket: str, method: str, environ: Environ) -> Answer:
        about = self._about(bucket, environ)
        if about.status != 200:
            return about
        path = f"/{bucket}"
        with self._lock:
            if method == "PUT":
                text = environ["sandbox.body"].decode("utf-8", "replace")
                problem = malformed(text, bucket)
                if problem is not None:
                    return refuse("MalformedPolicy", path, problem)
                self._policies[bucket] = text
            elif method == "DELETE":
                self._policies.pop(bucket, None)
            elif bucket in self._policies:
                headers = (("Content-Type", "application/json"),)
                return Answer(200, headers, self._policies[bucket].encode())
            else:
                return refuse("NoSuchBucketPolicy", path)
        return Answer(204)


def _access_key(environ: Environ) -> str | None:
    found = _HEADER.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return unquote(found.group(1))
    query = parse_qs(environ.get("QUERY_STRING", ""))
    presigned = query.get("X-Amz-Credential") or query.get("AWSAccessKeyId")
    return presigned[0].split("/")[0] if presigned else None


def refuse(code: str, path: str, message: str | None = None) -> Answer:
    """An S3 error as an answer; ``code`` is one of MESSAGES."""
    return Answer(MESSAGES[code][0], (("Content-Type", "application/xml"),), xml_error(code, path, message))
