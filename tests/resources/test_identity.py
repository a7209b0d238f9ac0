"""Which backend a program's stack is on: the CLI's own rule, written alike, and never an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from pulumi_sentinelhub import OutputBucket
from pulumi_sentinelhub.engine.identity import backend_of
from tests.support.notes import Notes

CLOUD = "https://api.pulumi.com"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's home, logged in to a backend of an organization."""
    folder = tmp_path / "home"
    (folder / ".pulumi").mkdir(parents=True)
    (folder / ".pulumi" / "credentials.json").write_text(
        json.dumps({"current": "https://pulumi.example.org"})
    )
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\nbackend:\n  url: s3://states\n")
    return folder


def test_the_backend_is_found_as_the_cli_finds_it(home: Path, project: Path, tmp_path: Path) -> None:
    """The environment comes first, then the project, then the login, then the cloud."""
    here = {"HOME": str(home), "PULUMI_BACKEND_URL": "gs://first"}
    assert backend_of(here, project) == "gs://first"
    del here["PULUMI_BACKEND_URL"]
    assert backend_of(here, project) == "s3://states"
    (project / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    assert backend_of(here, project) == "https://pulumi.example.org"
    assert backend_of({"HOME": str(tmp_path / "another")}, project) == CLOUD
    assert (
        backend_of({"HOME": "", "PULUMI_HOME": str(tmp_path), "PULUMI_API": "https://own"}, project)
        == "https://own"
    )


@pytest.mark.parametrize("name", ["PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"])
def test_the_logins_folder_may_be_elsewhere(home: Path, project: Path, tmp_path: Path, name: str) -> None:
    """Both variables that move the CLI's folder are followed."""
    (project / "Pulumi.yaml").unlink()
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "https://elsewhere/"}))
    assert backend_of({"HOME": str(home), name: str(tmp_path)}, project) == "https://elsewhere"


@pytest.mark.parametrize("name", ["Pulumi.yml", "Pulumi.json"])
def test_the_project_file_may_have_another_ending(project: Path, tmp_path: Path, name: str) -> None:
    """YAML and JSON are read alike."""
    (project / "Pulumi.yaml").unlink()
    (project / name).write_text('{"name": "p", "backend": {"url": "azblob://x?storage_account=a"}}')
    assert backend_of({"HOME": str(tmp_path)}, project) == "azblob://x?storage_account=a"


def test_one_folder_is_always_written_alike(home: Path, project: Path) -> None:
    """A folder given absolute, relative, by its home or through a link is the same backend."""
    (home / "state").mkdir()
    (project / "link").symlink_to(home / "state")
    urls = [
        (home / "state").as_uri(),
        "file://~/state",
        "file://../home/state",
        "file://link?no_tmp_dir=true",
        "file://./link/",
    ]
    found = {backend_of({"HOME": str(home), "PULUMI_BACKEND_URL": url}, project) for url in urls}
    assert found == {f"file://{(home / 'state').resolve()}"}
    assert (
        backend_of({"HOME": str(home), "PULUMI_BACKEND_URL": "file://~"}, project)
        == f"file://{home.resolve()}"
    )


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://API.pulumi.com/", CLOUD),
        ("s3://states/a?profile=me&region=eu-central-1&awssdk=v2", "s3://states/a"),
        ("s3://states/a?endpoint=minio%3A9000&profile=me", "s3://states/a?endpoint=minio:9000"),
        ("postgres://user:secret@db:5432/pulumi?sslmode=disable", "postgres://db:5432/pulumi"),
    ],
)
def test_how_a_backend_is_reached_does_not_matter(url: str, same: str, tmp_path: Path) -> None:
    """Credentials, profiles and slashes are left out; what says where it is stays."""
    first, second = (backend_of({"HOME": "/", "PULUMI_BACKEND_URL": text}, tmp_path) for text in (url, same))
    assert first == second
    assert "secret" not in first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "a: *b",
        "- 1",
        "5",
        "null",
        "{}",
        "backend: 7",
        "backend: {url: [1]}",
        "\x00",
        "a: " + "[" * 1000,
    ],
)
@pytest.mark.parametrize("broken", ["Pulumi.yaml", "credentials.json"])
def test_files_that_cannot_be_understood_are_passed_over(tmp_path: Path, text: str, broken: str) -> None:
    """Whatever stands in them, there is an answer, and no exception."""
    (tmp_path / broken).write_text(text)
    assert backend_of({"PULUMI_HOME": str(tmp_path)}, tmp_path) == CLOUD


@pytest.mark.parametrize(
    "url", ["https://[evil/", "file://~\x00", "file://" + "a" * 5000, "nonsense", "://", "http://h:x"]
)
def test_addresses_that_cannot_be_understood_are_taken_as_they_are(tmp_path: Path, url: str) -> None:
    """An odd address is the same at every run, and no exception."""
    first, second = (backend_of({"HOME": "/", "PULUMI_BACKEND_URL": url}, tmp_path) for _ in range(2))
    assert first == second


def test_files_that_may_not_be_read_are_passed_over(tmp_path: Path) -> None:
    """A folder in the place of a file is like no file, as are bytes that are no text."""
    (tmp_path / "Pulumi.yaml").mkdir()
    (tmp_path / "credentials.json").write_bytes(b"\xff\xfe\x00")
    assert backend_of({"PULUMI_HOME": str(tmp_path)}, tmp_path) == CLOUD


def test_a_file_that_changes_is_read_again(project: Path, tmp_path: Path) -> None:
    """Within one process, another login or project is noticed."""
    here = {"HOME": str(tmp_path)}
    assert backend_of(here, project) == "s3://states"
    (project / "Pulumi.yaml").write_text("name: p\nbackend: {url: 's3://others'}\n")
    assert backend_of(here, project) == "s3://others"


def keys(program: Callable[[Callable[[], Any]], Any], notes: Notes) -> str:
    notes.registered.clear()
    program(lambda: OutputBucket("results").bucket)
    return str(notes.registered[0].inputs["declaration"])


def test_two_backends_two_keys(
    notes: Notes, program: Callable[[Callable[[], Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A declaration's key is another one on another backend, and the same at every run on one."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///one")
    one = [keys(program, notes) for _ in range(2)]
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///two")
    assert len({*one, keys(program, notes)}) == 2


def test_relative_backends_begin_at_the_projects_folder(
    notes: Notes, program: Callable[[Callable[[], Any]], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The engine's word for the project's folder counts, not where the program happens to run."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://state")
    monkeypatch.setattr(settings.SETTINGS, "root_directory", str(tmp_path / "a"), raising=False)
    assert pulumi.get_root_directory() == str(tmp_path / "a")
    first = keys(program, notes)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/a/state")
    assert keys(program, notes) == first
