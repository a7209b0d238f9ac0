"""Emptying a bucket of 20,000 objects, next to what others do it with in the same run.

Each runs in a process of its own against one more, which serves moto behind the sandbox's S3 front. Told are
wall times, the calls, and the CPU time of the client and of the store: nobody can be faster than the latter.

Without versions all do the same. With them ``aws s3 rm`` only hides each object behind a delete marker, while
every version is to go: boto3's own way to remove them all is the peer that does equal work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.clients import installed
from tests.support.sandbox import ROOT

AWS_CLI: Final = "awscli==1.46.2"
OBJECTS: Final = 20_000
#: Versions of each object where there is versioning.
VERSIONS: Final = 2
_PROCESS: Final = (sys.executable, "-m", "tools.bench.bucket_store")


@dataclass(frozen=True)
class Emptier:
    """Something that empties buckets.

    Attributes:
        command: what is run; the bucket's name or URL follows.
        url: whether it takes a URL.
        client: what has to be installed for it.
        hides: whether it leaves versions behind, with a marker on top.
    """

    command: tuple[str, ...]
    url: bool = False
    client: str | None = None
    hides: bool = False


OURS: Final = "this project"
AWS_S3_RM: Final = "aws s3 rm"
BOTO3: Final = "boto3's object_versions"
_RM: Final = (sys.executable, "-m", "awscli", "s3", "rm", "--recursive", "--only-show-errors")
EMPTIERS: Final = {
    OURS: Emptier((*_PROCESS, "empty")),
    AWS_S3_RM: Emptier(_RM, url=True, client=AWS_CLI, hides=True),
    BOTO3: Emptier((*_PROCESS, "boto3")),
}


class Store:
    """The store in its process.

    Attributes:
        environ: what its clients need to find it.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.environ: dict[str, str] = self._answer()

    def fill(self, bucket: str, objects: int, versions: int) -> None:
        """A bucket of so many objects, each with so many versions; 0: without versioning."""
        self._ask(do="fill", bucket=bucket, objects=objects, versions=versions)

    def calls(self) -> int:
        """Calls so far."""
        return int(self._ask(do="tell")["calls"])

    def left(self, bucket: str) -> int:
        """Versions and delete markers in a bucket."""
        return int(self._ask(do="left", bucket=bucket)["left"])

    def cpu(self) -> float:
        """CPU seconds so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def store() -> Iterator[Store]:
    """A store that ends with the block."""
    with subprocess.Popen(
        [*_PROCESS, "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environ({}),
        cwd=ROOT,
    ) as process:
        yield Store(process)
        assert process.stdin is not None
        process.stdin.close()


def measure_buckets(objects: int = OBJECTS, names: Sequence[str] = tuple(EMPTIERS)) -> dict[str, float]:
    """All figures, in the order in which they are shown; times in seconds.

    Args:
        objects: in each bucket.
        names: of ``EMPTIERS``, ``OURS`` among them.

    Raises:
        AssertionError: something is left where all should have gone.
    """
    figures: dict[str, float] = {}
    with store() as there:
        for versions in (0, VERSIONS):
            what = f"{objects:,} objects" + (f" of {versions} versions" if versions else "")
            for number, name in enumerate(names):
                one, bucket = EMPTIERS[name], f"bucket-{versions}-{number}"
                there.fill(bucket, objects, versions)
                _measure(there, one, bucket, figures, f"{what}, {name}")
                left = objects * (versions + 1) if one.hides and versions else 0
                assert there.left(bucket) == left, f"{name} leaves {there.left(bucket)}"
            for peer in names:
                if peer != OURS:
                    ours, theirs = (figures[f"{what}, {name}, s"] for name in (OURS, peer))
                    figures[f"{what}, {OURS} / {peer}"] = ours / theirs
    return figures


def _measure(there: Store, one: Emptier, bucket: str, figures: dict[str, float], title: str) -> None:
    environ = {"PYTHONPATH": str(installed(one.client))} if one.client else {}
    before = there.calls(), there.cpu(), _children(), time.monotonic()
    command = [*one.command, f"s3://{bucket}" if one.url else bucket]
    subprocess.run(command, env=_environ({**there.environ, **environ}), cwd=ROOT, check=True)
    after = there.calls(), there.cpu(), _children(), time.monotonic()
    calls, store_cpu, cpu, seconds = (now - then for now, then in zip(after, before, strict=True))
    figures[f"{title}, s"] = seconds
    figures[f"{title}, CPU s"] = cpu
    figures[f"{title}, store's CPU s"] = store_cpu
    figures[f"{title}, calls"] = calls


def _children() -> float:
    """CPU seconds of processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _environ(changes: Mapping[str, str]) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    path = os.pathsep.join([str(ROOT / "provider"), str(ROOT)])
    return {**own, "PYTHONPATH": path, "AWS_EC2_METADATA_DISABLED": "true", **changes}
