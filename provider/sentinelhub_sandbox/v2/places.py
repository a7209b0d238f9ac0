"""Where the files of a task lie [client evidence, by the vendor: root of a delivery]."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A bucket, and a key or the prefix of keys in it."""

    bucket: str
    key: str

    @classmethod
    def of(cls, url: str) -> Place:
        """The place of an S3 URL."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return cls(bucket, key)

    @property
    def url(self) -> str:
        """The S3 URL."""
        return f"s3://{self.bucket}/{self.key}"

    def file(self, name: str) -> Place:
        """A file under this prefix."""
        return Place(self.bucket, self.key + name)


def root(url: str, request_id: str) -> Place:
    """The folder of the service's own files about a task, with a slash at its end.

    A trailing slash is dropped; a URL without placeholders gets ``/<requestId>``; the id is put in; the rest
    is cut from the first path segment that still holds a placeholder.
    """
    path = url.rstrip("/")
    path = (path if "<" in path else f"{path}/<requestId>").replace("<requestId>", request_id)
    place = Place.of(path)
    segments = place.key.split("/")
    fixed = next((index for index, segment in enumerate(segments) if "<" in segment), len(segments))
    return Place(place.bucket, "".join(f"{segment}/" for segment in segments[:fixed]))


def is_own(key: str, request_id: str) -> bool:
    """Whether a key is that of one of the service's own files about a task."""
    names = {request_copy(request_id), manifest(request_id), execution(request_id)}
    return key.rpartition("/")[2] in names


def request_copy(request_id: str) -> str:
    """The name of the copy of the request, which is written at once."""
    return f"request-{request_id}.json"


def manifest(request_id: str) -> str:
    """The name of the feature manifest, which an analysis writes."""
    return f"featureManifest-{request_id}.gpkg"


def execution(request_id: str) -> str:
    """The name of the execution database, which is replaced while a task is processed."""
    return f"execution-{request_id}.sqlite"
