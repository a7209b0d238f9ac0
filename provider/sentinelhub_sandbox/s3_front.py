"""What stands before moto's S3: who calls, other owners' buckets, and policies.

moto knows policies only roughly (no conditions, no accounts), so those of buckets, users and roles are
evaluated here.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from .aws_keys import SERVICE_KEY_ID, SERVICE_SECRET, AwsCaller, KeyRefused, Keyring, Kind, strictest
from .httpd import Answer, Application, Environ
from .policy import Decision, decide, malformed
from .s3_actions import Needed, needed

__all__ = ["MESSAGES", "SERVICE_KEY_ID", "SERVICE_SECRET", "S3Front", "refuse", "xml_error"]

MESSAGES: Mapping[str, tuple[int, str]] = {
    "AccessDenied": (403, "Access Denied"),
    "BucketAlreadyExists": (409, "The requested bucket name is not available."),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "SignatureDoesNotMatch": (
        403,
        "The request signature we calculated does not match the signature you provided. Check your key.",
    ),
    "InvalidToken": (400, "The provided token is malformed or otherwise invalid."),
    "ExpiredToken": (400, "The provided token has expired."),
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
        keys: the access keys of the one account.
        service: ARN of the principal that bucket policies let in for Sentinel Hub.
    """

    def __init__(self, application: Application, keys: Keyring, service: str) -> None:
        self._application = application
        self._keys = keys
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
        """Whether the bucket's policy lets the service act (``s3:PutObject`` …) on a key, or the bucket."""
        resource = Needed(action, bucket, key).resource
        return self._bucket_decision(bucket, (self._service,), action, resource) is Decision.ALLOW

    def key_may(self, key_id: str, action: str, bucket: str, key: str) -> bool:
        """Whether whoever holds an access key may act on a key of a bucket, or on the bucket (no key)."""
        caller = self._keys.known(key_id)
        if caller is None or bucket in self._foreign:
            return False
        return self._may(caller, Needed(action, bucket, key))

    def region_of(self, bucket: str) -> str | None:
        """The region of a bucket, ``us-east-1`` for those that S3 gives none; ``None`` without a bucket."""
        found = self._bucket(bucket)
        return None if found is None else found.region_name or "us-east-1"

    def is_foreign(self, bucket: str) -> bool:
        """Whether a bucket of that name belongs to somebody else."""
        return bucket in self._foreign

    def keys_of(self, bucket: str, prefix: str) -> set[str] | None:
        """The keys of a bucket under a prefix; ``None`` without a bucket."""
        from moto.s3.models import FakeKey

        found = self._bucket(bucket)
        if found is None:
            return None
        names = [name for name in list(found.keys) if name.startswith(prefix)]
        return {name for name in names if isinstance(found.keys.get(name), FakeKey)}  # no delete markers

    def _bucket(self, name: str) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self._keys.account]["aws"].buckets.get(name)

    def __call__(self, environ: Environ) -> Answer:
        """Answer one S3 call."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        bucket, _, key = path.lstrip("/").partition("/")
        method = environ["REQUEST_METHOD"]
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        # Each sandbox is an AWS account of its own, also when several live in one process.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._keys.account
        try:
            caller = self._keys.caller(environ)
        except KeyRefused as error:
            return refuse(error.code, path)
        create = method == "PUT" and bool(bucket) and not key and not query
        if bucket in self._foreign:
            return refuse("BucketAlreadyExists" if create else "AccessDenied", path)
        if caller is not None and not self._lets(caller, method, bucket, key, environ):
            # A bucket that is not there is said to be so.
            missing = self._about(bucket, environ)
            told = missing.status == 200 or create or not bucket
            return refuse("AccessDenied", path) if told else missing
        if bucket and not key and "policy" in query:
            return self._policy(bucket, method, environ)
        answer = self._application(environ)
        if method == "DELETE" and bucket and not key and not query and answer.status < 300:
            with self._lock:
                self._policies.pop(bucket, None)
        if key and answer.status == 404 and not self._may_list(caller, bucket):
            # [AWS: GetObject, permissions] Who may not list does not learn what is missing.
            return refuse("AccessDenied", path)
        return answer

    def _may_list(self, caller: AwsCaller | None, bucket: str) -> bool:
        given = caller is not None and caller.kind is Kind.GIVEN
        return caller is None or not given or self._may(caller, Needed("s3:ListBucket", bucket))

    def _lets(self, caller: AwsCaller, method: str, bucket: str, key: str, environ: Environ) -> bool:
        if caller.kind is Kind.SERVICE:
            return method != "PUT" or self.service_may("s3:PutObject", bucket, key)
        return all(self._may(caller, wish) for wish in needed(method, bucket, key, environ))

    def _may(self, caller: AwsCaller, wish: Needed) -> bool:
        """[AWS: policy evaluation within one account] Own policies or the bucket's allow, and none denies."""
        if caller.key is None:
            return caller.kind is Kind.OWNER or self.service_may(wish.action, wish.bucket, wish.key)
        own = caller.own_decision(wish.action, wish.resource)
        theirs = self._bucket_decision(wish.bucket, caller.key.principals, wish.action, wish.resource)
        return strictest((own, theirs)) is Decision.ALLOW

    def _bucket_decision(
        self, bucket: str, principals: tuple[str, ...], action: str, resource: str
    ) -> Decision:
        with self._lock:
            policy = self._policies.get(bucket)
        if policy is None:
            return Decision.DEFAULT
        document = json.loads(policy)
        return strictest(decide(document, principal, action, resource) for principal in principals)

    def _about(self, bucket: str, environ: Environ) -> Answer:
        """What moto says about the bucket itself."""
        uri = f"/{bucket}?location"
        about = {"REQUEST_METHOD": "GET", "QUERY_STRING": "location", "PATH_INFO": f"/{bucket}"}
        nothing = {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
        return self._application({**environ, **about, **nothing, "RAW_URI": uri, "REQUEST_URI": uri})

    def _policy(self, bucket: str, method: str, environ: Environ) -> Answer:
        if self._bucket(bucket) is None:
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


def refuse(code: str, path: str, message: str | None = None) -> Answer:
    """An S3 error as an answer; ``code`` is one of MESSAGES."""
    return Answer(MESSAGES[code][0], (("Content-Type", "application/xml"),), xml_error(code, path, message))
