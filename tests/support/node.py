"""TypeScript for the tests: packages of npm, fetched once for a machine; projects with a generated SDK."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from tests.support.fetched import kept
from tools.engine import ensure_sdk_writer

#: The versions that the tests use: of Pulumi's SDK, of the types of Node.js, of the compiler.
PACKAGES: Final = ("@pulumi/pulumi@3.248.0", "@types/node@20.19.43", "typescript@5.9.3")
#: Why tests are left out where there is no Node.js, which nothing else here needs.
NEEDED: Final = "TypeScript needs node and npm on PATH, and they are not there"
SDK: Final = "pulumi-sentinelhub-plugin"
_SECONDS: Final = 900.0


def has_node() -> bool:
    """Whether there is a Node.js with its package manager on this machine."""
    return all(shutil.which(name) for name in ("node", "npm"))


def node_modules() -> Path:
    """The packages; got from npm if need be. Raises RuntimeError."""

    def install(fresh: Path) -> Path:
        folder = fresh / "it"
        folder.mkdir()
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", *PACKAGES]
        _run(command, folder)
        return folder

    name = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    return kept("node", name, install) / "node_modules"


def with_sdk(project: Path, schema: str, others: Mapping[str, str]) -> str:
    """Give a project the packages and an SDK, written from a schema and compiled as its own settings say.

    Args:
        project: its folder.
        schema: the package's.
        others: programs beside the project's own, by their files.

    Returns:
        What the compiler says of the SDK and then of all programs, in one go; a file in which all is well is
        not named.
    """
    modules, sdk = project / "node_modules", project / "sdks"
    modules.mkdir()
    for package in node_modules().iterdir():
        (modules / package.name).symlink_to(package)
    told = project / "schema.json"
    told.write_text(schema)
    _run([str(ensure_sdk_writer(os.environ, print)), str(told), str(sdk)], project)
    own = sdk / "nodejs" / "tsconfig.json"
    place = '"outDir": "bin"'
    settings = own.read_text()
    assert place in settings
    own.write_text(settings.replace(place, f'"outDir": {json.dumps(str(modules / SDK))}'))
    (modules / SDK).mkdir()
    shutil.copy(sdk / "nodejs" / "package.json", modules / SDK)
    for name, text in others.items():
        (project / name).write_text(text)
    of_all = json.loads((project / "tsconfig.json").read_text())
    of_all["files"] += others
    of_all["compilerOptions"]["noEmit"] = True
    (project / "tsconfig.all.json").write_text(json.dumps(of_all))
    compiler = ["node", str(modules / "typescript" / "bin" / "tsc"), "--build", "--pretty", "false"]
    command = [*compiler, str(own), "tsconfig.all.json"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout


def with_host(project: Path, folder: Path, python: str) -> None:
    """Give a project the language host for Node.js, which is laid into a folder of its own.

    Args:
        project: its folder.
        folder: there is none yet.
        python: what starts the host.
    """
    folder.mkdir()
    script = Path(shutil.copy(Path(__file__).with_name("node_host.py"), folder))
    launcher = folder / "pulumi-language-nodejs"
    launcher.write_text(
        f'#!/bin/sh\nexec {shlex.quote(python)} -u {shlex.quote(str(script))} "$@"\n', encoding="utf-8"
    )
    launcher.chmod(0o755)
    file = project / "Pulumi.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["plugins"] = {"languages": [{"name": "nodejs", "path": str(folder)}]}
    file.write_text(yaml.safe_dump(settings))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")
