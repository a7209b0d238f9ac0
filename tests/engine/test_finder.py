"""Where the Pulumi CLI comes from."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.engine import stubs
from tools.engine import Engine, EngineError, build, ensure_engine, ensure_yaml
from tools.engine.finder import HELPERS, VERSION, YAML_HOST, YAML_VERSION, cache_folder


class Sources:
    """The installer and the compiler, made up; remembers which was called."""

    def __init__(self, *, reachable: bool = False) -> None:
        self.reachable = reachable
        self.calls: list[str] = []
        self.said: list[str] = []

    def install(self, version: str, folder: Path, _say: Callable[[str], None]) -> bool:
        self.calls.append("install")
        if self.reachable:
            stubs.pulumi(folder / "pulumi", version)
        return self.reachable

    def compile_cli(
        self, version: str, cli: Path, _environ: Mapping[str, str], _say: Callable[[str], None]
    ) -> None:
        self.calls.append("build")
        stubs.pulumi(cli, version)

    def ensure(self, environ: Mapping[str, str]) -> Engine:
        return ensure_engine(environ, self.said.append, self.install, self.compile_cli)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}


def put_on_path(environ: Mapping[str, str], tmp_path: Path, version: str, *, helpers: bool = True) -> None:
    stubs.pulumi(tmp_path / "path" / "pulumi", version)
    if helpers:
        for name in HELPERS:
            stubs.executable(tmp_path / "path" / name, "exit 1")
    assert environ["PATH"] == str(tmp_path / "path")


@pytest.mark.parametrize("version", ["3.216.0", "3.300.1", "4.0.0"])
def test_a_recent_cli_on_path_is_used(environ: dict[str, str], tmp_path: Path, version: str) -> None:
    """A CLI that is recent enough and has its helpers is taken as it is, and nothing is fetched."""
    put_on_path(environ, tmp_path, version)
    sources = Sources()
    assert sources.ensure(environ) == Engine(None, version, "PATH")
    assert sources.calls == []
    assert not (tmp_path / "home").exists()


def test_helpers_next_to_the_real_cli_count(environ: dict[str, str], tmp_path: Path) -> None:
    """A CLI that is linked onto PATH has its helpers where it really is."""
    real = tmp_path / "opt" / "pulumi"
    stubs.pulumi(real, "3.259.0")
    for name in HELPERS:
        stubs.executable(real.with_name(name), "exit 1")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "pulumi").symlink_to(real)
    assert Sources().ensure(environ).origin == "PATH"


@pytest.mark.parametrize("version", ["3.215.9", "2.300.0", "unknown"])
def test_an_old_cli_on_path_is_not_used(environ: dict[str, str], tmp_path: Path, version: str) -> None:
    """A CLI that is too old, or does not tell, is left alone; the message names it."""
    put_on_path(environ, tmp_path, version)
    sources = Sources()
    assert sources.ensure(environ).origin == "build"
    assert any(str(tmp_path / "path" / "pulumi") in line for line in sources.said)


def test_a_cli_without_its_helpers_is_not_used(environ: dict[str, str], tmp_path: Path) -> None:
    """A CLI that cannot run Python programs is left alone; the message names what is missing."""
    put_on_path(environ, tmp_path, "3.300.0", helpers=False)
    sources = Sources()
    assert sources.ensure(environ).origin == "build"
    assert any(HELPERS[0] in line for line in sources.said)


def test_the_installer_comes_before_the_build(environ: dict[str, str]) -> None:
    """Where Pulumi's installer can be reached, nothing is built."""
    sources = Sources(reachable=True)
    found = sources.ensure(environ)
    assert (found.origin, found.version, sources.calls) == ("installer", VERSION, ["install"])


def test_what_was_got_once_is_kept(environ: dict[str, str]) -> None:
    """The second time nothing is asked for and nothing is said."""
    first = Sources().ensure(environ)
    sources = Sources()
    assert sources.ensure(environ) == first
    assert (sources.calls, sources.said) == ([], [])


def test_a_build_gets_its_launchers(environ: dict[str, str]) -> None:
    """The folder that is put in front of PATH holds the CLI and both helpers, all executable."""
    folder = Sources().ensure(environ).folder
    assert folder is not None
    for name in ("pulumi", *HELPERS):
        assert os.access(folder / name, os.X_OK)


def test_a_broken_build_is_made_again(environ: dict[str, str]) -> None:
    """A CLI in the cache that does not run is no reason to give up."""
    Sources().ensure(environ)
    built = cache_folder(environ) / next(p.name for p in cache_folder(environ).glob("engine-*/"))
    stubs.executable(built / "pulumi", "exit 1")
    sources = Sources()
    sources.ensure(environ)
    assert sources.calls == ["install", "build"]


def test_two_at_once_build_once(environ: dict[str, str]) -> None:
    """Whoever comes second waits and finds the work done."""
    sources = Sources()
    threads = [threading.Thread(target=sources.ensure, args=(environ,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sources.calls == ["install", "build"]


class YamlBuild:
    """The compiler of the language host for YAML, made up."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, version: str, file: Path, *_: object) -> None:
        self.calls.append(f"{version} {_[-1] is build.YAML_HOST}")
        stubs.executable(file, "exit 0")


def test_yaml_is_built_beside_the_cli_when_it_is_first_needed(environ: dict[str, str]) -> None:
    """A CLI from before gets the host, too, once; it stands beside it, as the engine wants its helpers."""
    engine = Sources().ensure(environ)
    assert engine.folder is not None
    assert not (engine.folder / YAML_HOST).exists()
    compiler = YamlBuild()
    for _ in range(2):
        assert ensure_yaml(engine, environ, lambda _: None, compiler) == engine
    assert os.access(engine.folder / YAML_HOST, os.X_OK)
    assert compiler.calls == [f"{YAML_VERSION} True"]
    assert (engine.folder / "pulumi").is_file()


def test_a_cli_on_path_gets_yaml_from_the_cache(environ: dict[str, str], tmp_path: Path) -> None:
    """Nothing is put beside a CLI that is not ours; one that has the host is left as it is."""
    put_on_path(environ, tmp_path, "3.300.0")
    engine, compiler = Sources().ensure(environ), YamlBuild()
    found = ensure_yaml(engine, environ, lambda _: None, compiler)
    assert found.folder is not None
    assert (found.folder / YAML_HOST).is_file()
    assert not (tmp_path / "path" / YAML_HOST).exists()
    stubs.executable(tmp_path / "path" / YAML_HOST, "exit 0")
    assert ensure_yaml(engine, environ, lambda _: None, compiler) == engine
    assert len(compiler.calls) == 1


def test_the_cache_is_outside_the_checkout() -> None:
    """The variable of our own comes first, then XDG's, then HOME; without any, the message names them."""
    assert str(cache_folder({"PULUMI_SENTINELHUB_CACHE": "/a", "XDG_CACHE_HOME": "/b"})) == "/a"
    assert str(cache_folder({"XDG_CACHE_HOME": "/b", "HOME": "/c"})) == "/b/pulumi-sentinelhub"
    assert str(cache_folder({"HOME": "/c"})) == "/c/.cache/pulumi-sentinelhub"
    with pytest.raises(EngineError, match="PULUMI_SENTINELHUB_CACHE"):
        cache_folder({})
