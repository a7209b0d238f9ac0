"""Stacks of other projects that share the sandbox and its backend, by ``.sandbox/env``: not to be lost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class OthersThereError(Exception):
    """Others would lose their stacks; the message says whose, and what to do."""


def refuse_to_lose_others(root: Path, state: Path, own: Iterable[str], environ: Mapping[str, str]) -> None:
    """Go on only where nobody else uses the backend.

    Args:
        root: the project that the sandbox belongs to.
        state: the folder of the backend.
        own: names of that project's stacks.
        environ: the environment; FORCE=1 gives the others up.

    Raises:
        OthersThereError: there are stacks of other projects with resources.
    """
    project = re.search(r"^name: *(\S+)", (root / "Pulumi.yaml").read_text(), re.MULTILINE)
    ours = [f"{project.group(1)}/{stack}" for stack in own] if project else []
    others = [stack for stack in _stacks_with_resources(state) if stack not in ours]
    if others and environ.get("FORCE") != "1":
        raise OthersThereError(
            f"stacks of other projects live in {state.parent.name}/: {', '.join(others)}. Run `pulumi "
            "destroy` and `pulumi stack rm` in each of them first; FORCE=1 with the same command gives all up"
        )


def _stacks_with_resources(state: Path) -> list[str]:
    """``project/stack`` of each state in the local backend that holds more than nothing."""
    found = []
    for file in sorted((state / ".pulumi" / "stacks").glob("*/*.json")):
        try:
            deployment = json.loads(file.read_text())["checkpoint"]["latest"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if (deployment or {}).get("resources"):
            found.append(f"{file.parent.name}/{file.stem}")
    return found
