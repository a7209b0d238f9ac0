"""What the package ships and says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

import pulumi_sentinelhub

ROOT = Path(__file__).resolve().parents[1]


def test_the_package_is_typed() -> None:
    """py.typed is shipped, so that type checkers read the package."""
    assert resources.files("pulumi_sentinelhub").joinpath("py.typed").is_file()


def test_public_names_are_listed() -> None:
    """Every name in __all__ exists, once, in order."""
    names = pulumi_sentinelhub.__all__
    assert list(names) == sorted(set(names), key=str)
    assert all(hasattr(pulumi_sentinelhub, name) for name in names)


def test_the_package_is_light_to_import() -> None:
    """The provider process, which imports it to load a class, gets no client and no lifecycle with it."""
    clients = ["requests", "requests_oauthlib", "oauthlib", "boto3", "botocore", "tenacity", "quickjs"]
    ours = ["preview", "batch.http", "batch.v1.client", "s3.buckets"]
    lifecycles = ["request", "bucket", "collection", "run"]
    heavy = [
        *clients,
        *(f"pulumi_sentinelhub.{name}" for name in ours),
        *(f"pulumi_sentinelhub.lifecycle.{name}" for name in lifecycles),
    ]
    code = (
        "import sys, pulumi; before = set(sys.modules); import pulumi_sentinelhub.dynamic.providers; "
        "print(*(set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "pulumi_sentinelhub.dynamic.providers" in loaded
    assert [name for name in heavy if name in loaded] == []


def test_the_reports_command_waits_for_no_sdk() -> None:
    """It imports neither Pulumi's SDK nor the resources, which would take twice as long as the rest."""
    code = "import sys, pulumi_sentinelhub.report.command; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "pulumi_sentinelhub.report.command" in loaded
    assert not {"pulumi", "grpc", "pulumi_sentinelhub.resources", "pulumi_sentinelhub.types"} & set(loaded)


def test_each_name_is_there_when_it_is_asked_for() -> None:
    """Told by ``dir`` before, taken by ``import *``; what is none of them is said to be missing."""
    code = (
        "import pulumi_sentinelhub as package; assert set(package.__all__) <= set(dir(package)); "
        "from pulumi_sentinelhub import *; print(BatchJob.__name__, types.__name__)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["BatchJob", "pulumi_sentinelhub.types"]
    with pytest.raises(AttributeError, match="has no attribute 'BatchJobs'"):
        pulumi_sentinelhub.BatchJobs  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    "name", ["BatchCollection", "BatchJob", "BatchRequest", "BatchRun", "OutputBucket", "list_tiling_grids"]
)
def test_what_the_readme_promises_is_public(name: str) -> None:
    """The resources and look-ups can be imported from the package itself."""
    assert name in pulumi_sentinelhub.__all__


def test_one_version_everywhere() -> None:
    """The changelog's newest entry is the version of the distribution."""
    project = (ROOT / "pyproject.toml").read_text()
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert version
    assert newest
    assert version[1] == newest[1]
    try:
        installed = metadata.version("pulumi-sentinelhub")
    except metadata.PackageNotFoundError:
        pytest.skip("run from the checkout, without an installation")
    assert installed == version[1]


def test_constraints_are_plain_pins() -> None:
    """Each line names one version, whatever index it comes from."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    for line in pins:
        assert re.fullmatch(r'[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+]*( ; python_version >= "3\.\d+")?', line), (
            line
        )
