"""The sandbox's requests as they really are, in the same words for both generations, and the files of v2."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.v2 import places
from sentinelhub_sandbox.v2.execution import Row, database_of, rows_of
from sentinelhub_sandbox.v2.job import USER_ACTION, JobV2
from sentinelhub_sandbox.v2.manifest import manifest_of

#: Words of v2 for what v1 calls otherwise.
_ACTIONS: Final = {"STOP": "CANCEL"}


def all_requests(sandbox: Sandbox) -> list[dict[str, Any]]:
    """All requests without lag, as API v1 shows them; ``generation`` tells where each of them lives.

    What v2 stopped for its user is CANCELED, what it stopped by itself HALTED, and what is DONE without some
    of its features PARTIAL.
    """
    found = []
    for name, generation in (("v1", sandbox.v1), ("v2", sandbox.v2)):
        with generation.store.lock:
            now = generation.store.now()
            for job in generation.store.jobs():
                view = job.view(now)
                if view is not None:
                    found.append({"generation": name, **(view if name == "v1" else _in_v1_words(job, view))})
    return found


def _in_v1_words(job: Any, view: Mapping[str, Any]) -> dict[str, Any]:
    asked = view["request"]
    grid = {name: value for name, value in asked["input"].items() if name != "type"}
    action = view["userAction"]
    return {
        "id": view["id"],
        "created": view["created"],
        "status": _status(job, view),
        "userAction": _ACTIONS.get(action, action),
        "processRequest": asked["processRequest"],
        "tilingGrid": grid,
        "description": asked.get("description"),
    }


def _status(job: JobV2, view: Mapping[str, Any]) -> str:
    if view["status"] == "STOPPED":
        return "CANCELED" if view.get("stoppedStatusReason") == USER_ACTION else "HALTED"
    lacks = view["status"] == "DONE" and any(row[2] == "FATAL" for row in rows_of(job))
    return "PARTIAL" if lacks else str(view["status"])


def force(sandbox: Sandbox, request_id: str, wish: Mapping[str, Any]) -> None:
    """Change a request behind everybody's back; ``wish`` has v1's words, and HALTED for v2's own stop."""
    for generation in (sandbox.v1, sandbox.v2):
        with generation.store.lock:
            job = next((job for job in generation.store.jobs() if job.id == request_id), None)
            if job is not None:
                generation.force(job, _in_v2_words(wish) if isinstance(job, JobV2) else dict(wish))
                return
    raise LookupError(request_id)


def _in_v2_words(wish: Mapping[str, Any]) -> dict[str, Any]:
    words = {
        "CANCELED": {"status": "STOPPED"},
        "HALTED": {"status": "STOPPED", "reason": wish.get("reason", "OUT_OF_PU")},
        "PARTIAL": {"status": "DONE", "fail_tiles": 0.5},
    }
    return {**wish, **words.get(str(wish.get("status")), {})}


class Buckets:
    """The buckets of a sandbox that keeps states only: what v2 would have left there, made by its own code.

    Args:
        sandbox: in this process.
        has_results: tells whether a bucket has objects below a prefix; by default none has.

    Attributes:
        hidden: names of files, such as ``execution``, that are not there although they should be.
        read: keys that were asked for.
    """

    def __init__(self, sandbox: Sandbox, has_results: Callable[..., bool] = lambda *_, **__: False) -> None:
        self._sandbox = sandbox
        self._has_results = has_results
        self._manifests: dict[str, bytes] = {}
        self.hidden: set[str] = set()
        self.read: list[str] = []

    def has_objects(self, bucket: str, prefix: str, *, ignoring: Callable[[str], bool]) -> bool:
        """Whether there are results, or files of the service's own that are not to be ignored."""
        if any(key.startswith(prefix) and not ignoring(key) for key in self._own_files(bucket)):
            return True
        return self._has_results(bucket, prefix, ignoring=ignoring)

    def _own_files(self, bucket: str) -> list[str]:
        with self._sandbox.v2.store.lock:
            return [
                root.key + name
                for job in self._sandbox.v2.store._jobs.values()
                if (root := _root(job)).bucket == bucket
                for name in (places.request_copy(job.id), places.manifest(job.id), places.execution(job.id))
                if name == places.request_copy(job.id) or self._file(job, name) is not None
            ]

    def save_object(self, bucket: str, key: str, into: BinaryIO) -> bool:
        """Write what ``read_object`` finds."""
        content = self.read_object(bucket, key)
        if content is not None:
            into.write(content)
        return content is not None

    def read_object(self, bucket: str, key: str) -> bytes | None:
        """A manifest or an execution database, as the service would have it there by now."""
        self.read.append(key)
        name = key.rpartition("/")[2]
        store = self._sandbox.v2.store
        with store.lock:
            store.jobs()
            # what is written stays when the request is gone
            for job in store._jobs.values():
                root = _root(job)
                if root.bucket == bucket and root.key + name == key and name.split("-")[0] not in self.hidden:
                    return self._file(job, name)
        return None

    def _file(self, job: JobV2, name: str) -> bytes | None:
        analysed = job.analysis is not None and self._sandbox.v2.store.now() >= job.analysis_ends
        if name == places.manifest(job.id) and analysed:
            return self._manifest(job)
        if name == places.execution(job.id) and job.runs:
            return _database(tuple(rows_of(job)))
        return None

    def _manifest(self, job: JobV2) -> bytes | None:
        assert job.analysis is not None
        if job.analysis.error is not None:
            return None
        if job.id not in self._manifests:
            self._manifests[job.id] = manifest_of(job, self._sandbox.v2.pixels, job.analysis.plans)
        return self._manifests[job.id]


@functools.lru_cache(maxsize=256)
def _database(rows: tuple[Row, ...]) -> bytes:
    """Made once for all jobs that fare alike: its making writes a file."""
    return database_of(rows)


def _root(job: JobV2) -> places.Place:
    return places.root(job.order["output"]["delivery"]["s3"]["url"], job.id)
