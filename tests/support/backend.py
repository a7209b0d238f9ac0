"""Pulumi's own backend in a folder: its files, where the CLI would cost a process for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_SECRET = "1b47061264138c4ac30d75fd1eb44270"
"""Pulumi's signature of a secret."""


@dataclass(frozen=True)
class _Initial:
    """What ``pulumi stack init`` has left.

    Attributes:
        state: the backend's files, by their path in it; a mark in place of the project's name.
        settings: the stack's own file in the project: its key, or the key's salt.
    """

    state: Mapping[str, str]
    settings: bytes


_INITIAL: dict[tuple[str, str], _Initial] = {}
"""By the stack's name, and what keeps the key: of a project its name is in these files, and nothing else."""
_PROJECT = "/<project>/"


@dataclass(frozen=True)
class Backend:
    """A backend in a folder, with one stack.

    Attributes:
        folder: may be empty as yet.
        stack: its name.
        keeper: what its key comes from, in a word.
    """

    folder: Path
    stack: str
    keeper: str

    def copy_initial(self, project: Path) -> bool:
        """Write what ``pulumi stack init`` left for an earlier stack of this name; False if there was none.

        The command takes a third of a second of CPU time, most of it to derive a key.
        """
        initial = _INITIAL.get((self.stack, self.keeper))
        if initial is None:
            return False
        own = f"/{_name(project)}/"
        for path, content in initial.state.items():
            file = self.folder / path.replace(_PROJECT, own)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content.replace(_PROJECT, own))
        self._settings(project).write_bytes(initial.settings)
        return True

    def keep_initial(self, project: Path) -> None:
        """Remember what ``pulumi stack init`` has just left, for :meth:`copy_initial`."""
        own = f"/{_name(project)}/"
        state = {
            str(file.relative_to(self.folder)).replace(own, _PROJECT): file.read_text().replace(own, _PROJECT)
            for file in self.folder.rglob("*")
            if file.is_file() and file.suffix != ".attrs"  # hold hashes of the others, and need not be there
        }
        _INITIAL[self.stack, self.keeper] = _Initial(state, self._settings(project).read_bytes())

    def set_config(self, project: Path, key: str, value: str) -> None:
        """Write a plain value of the stack's configuration, as ``pulumi config set`` does."""
        file = self._settings(project)
        settings = yaml.safe_load(file.read_text())
        full = key if ":" in key else f"{_name(project)}:{key}"
        settings.setdefault("config", {})[full] = value
        file.write_text(yaml.safe_dump(settings, sort_keys=False))

    def export(self) -> dict[str, Any]:
        """The deployment as ``pulumi stack export`` gives it, but for secrets: these as they are kept."""
        files = list(self.folder.glob(f".pulumi/stacks/*/{self.stack}.json"))
        if not files:
            return {"deployment": {}}
        kept = json.loads(files[0].read_text())
        return {"version": kept["version"], "deployment": kept["checkpoint"]["latest"] or {}}

    def put(self, deployment: Mapping[str, Any]) -> None:
        """Replace the deployment by one without secrets, as ``pulumi stack import`` does."""
        (file,) = self.folder.glob(f".pulumi/stacks/*/{self.stack}.json")
        kept = json.loads(file.read_text())
        assert not has_secrets(deployment)
        keeper = kept["checkpoint"]["latest"]["secrets_providers"]
        kept["checkpoint"]["latest"] = {**deployment, "secrets_providers": keeper}
        file.write_text(json.dumps(kept))

    def unlock(self) -> None:
        """Remove the lock that a killed command has left, as ``pulumi cancel`` does."""
        locks = list(self.folder.glob(f".pulumi/locks/*/*/{self.stack}/*.json"))
        assert locks, "the command has left no lock"
        for lock in locks:
            lock.unlink()

    def _settings(self, project: Path) -> Path:
        return project / f"Pulumi.{self.stack}.yaml"


def has_secrets(kept: object) -> bool:
    """Whether something is among these parts of a state that only the CLI can read."""
    return _SECRET in json.dumps(kept)


def _name(project: Path) -> str:
    return str(yaml.safe_load((project / "Pulumi.yaml").read_text())["name"])
