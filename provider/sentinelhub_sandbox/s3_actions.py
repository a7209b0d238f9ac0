"""Which permissions an S3 call needs [AWS: actions for Amazon S3, required permissions]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as ET

from .httpd import Environ


@dataclass(frozen=True)
class Needed:
    """One permission: an action such as ``s3:GetObject`` on a bucket, or on one of its objects."""

    action: str
    bucket: str
    key: str = ""

    @property
    def resource(self) -> str:
        """The ARN that policies name; without a bucket, all of S3."""
        if not self.bucket:
            return "arn:aws:s3:::*"
        return f"arn:aws:s3:::{self.bucket}/{self.key}" if self.key else f"arn:aws:s3:::{self.bucket}"


_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}
# Members of a query that make another action of it, by method.
_OF_OBJECTS: Mapping[tuple[str, str], str] = {
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("DELETE", "versionId"): "DeleteObjectVersion",
}
_OBJECT_PARTS = {"tagging": "ObjectTagging", "acl": "ObjectAcl", "retention": "ObjectRetention"}
_OF_BUCKETS: Mapping[tuple[str, str], str] = {
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versions"): "ListBucketVersions",
    # The permission to set it also lets it be taken away.
    ("DELETE", "lifecycle"): "PutLifecycleConfiguration",
    ("DELETE", "tagging"): "PutBucketTagging",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
    ("PUT", "lifecycle"): "PutLifecycleConfiguration",
    ("GET", "encryption"): "GetEncryptionConfiguration",
    ("PUT", "encryption"): "PutEncryptionConfiguration",
}
_BUCKET_PARTS = {
    "location": "BucketLocation",
    "policy": "BucketPolicy",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "notification": "BucketNotification",
    "logging": "BucketLogging",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "ownershipControls": "BucketOwnershipControls",
}
_PLAIN_BUCKET = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}


def needed(method: str, bucket: str, key: str, environ: Environ) -> list[Needed]:
    """All permissions that a call needs; one that is not known here needs all (``s3:*``)."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if not bucket:
        return [Needed("s3:ListAllMyBuckets", "")]
    if not key:
        if "delete" in query and method == "POST":
            return [Needed("s3:DeleteObject", bucket, name) for name in _listed(environ["sandbox.body"])]
        action = _named(method, query, _OF_BUCKETS, _BUCKET_PARTS) or _PLAIN_BUCKET.get(method, "*")
        return [Needed(f"s3:{action}", bucket)]
    name = _named(method, query, _OF_OBJECTS, _OBJECT_PARTS)
    found = [Needed(f"s3:{name or f'{_VERBS[method]}Object' if method in _VERBS else '*'}", bucket, key)]
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source:
        from_bucket, _, from_key = unquote(source).lstrip("/").partition("?")[0].partition("/")
        found.append(Needed("s3:GetObject", from_bucket, from_key))
    return found


def _named(
    method: str,
    query: Mapping[str, list[str]],
    special: Mapping[tuple[str, str], str],
    parts: Mapping[str, str],
) -> str | None:
    for member in query:
        if (method, member) in special:
            return special[method, member]
        if member in parts and method in _VERBS:
            return f"{_VERBS[method]}{parts[member]}"
    return None


def _listed(body: bytes) -> list[str]:
    """The keys of a Delete document; of one that cannot be read, all."""
    try:
        root = ET.fromstring(body)  # noqa: S314  from the user's own S3 client
    except ET.ParseError:
        return ["*"]
    return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == "Key"]
