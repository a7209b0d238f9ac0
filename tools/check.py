"""``make check``: ruff, its formatter and mypy over everything; all are run, whatever one of them finds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("provider", "tools", "tests")


def commands(root: Path) -> list[list[str]]:
    """What is run. Each example is a ``__main__.py``: mypy takes one of a name at a time."""
    ruff, mypy = [sys.executable, "-m", "ruff"], [sys.executable, "-m", "mypy"]
    folders = [folder for folder in _FOLDERS if any((root / folder).rglob("*.py"))]
    programs = [*root.glob("examples/*/__main__.py"), *root.glob("templates/*/__main__.py")]
    examples = sorted(str(path.relative_to(root)) for path in programs)
    return [
        [*ruff, "check", "."],
        [*ruff, "format", "--check", "."],
        [*mypy, *folders],
        *([*mypy, example] for example in examples),
    ]


def main() -> int:
    """Returns 1 if any of them found something."""
    found = False
    for command in commands(ROOT):
        print("$", " ".join(command[2:]), flush=True)
        found |= subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
