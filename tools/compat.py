"""``make compat``: adapter, client and lifecycles on every Python that is here, oldest and newest SDK.

The oldest Python gets the oldest Pulumi SDK that is supported, too; the others the newest of constraints.txt.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
OLDEST_SDK = "pulumi==3.216.0"
TESTS = ("tests/dynamic", "tests/plugin", "tests/resources", "tests/batch", "tests/lifecycle")


def pythons() -> list[str]:
    """Interpreters that run, by version."""
    found = [name for name in (f"python{version}" for version in VERSIONS) if shutil.which(name)]
    return [
        name
        for name in found
        if subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0
    ]


def run(python: str, sdk: str | None) -> int:
    """Make the environment, run the tests; returns pytest's exit code."""
    folder = ROOT / ".venv" / "compat" / (python + ("-oldest" if sdk else ""))
    interpreter = str(folder / "bin" / "python")
    if not folder.is_dir():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # the pins are for 3.11 and newer; an older one has the newest packages that it can have
    pins = [] if python == "python3.10" else ["-c", "constraints.txt"]
    subprocess.run([*pip, *pins, "-e", ".[sandbox,dev]"], cwd=ROOT, check=True)
    if sdk is not None:
        subprocess.run([*pip, sdk], cwd=ROOT, check=True)
    return subprocess.run([interpreter, "-m", "pytest", "-n", "2", *TESTS], cwd=ROOT, check=False).returncode


def main() -> int:
    """Returns 1 if any of them fails."""
    failed = []
    for number, python in enumerate(pythons()):
        for sdk in (OLDEST_SDK, None) if number == 0 else (None,):
            name = f"{python}, {sdk or 'newest SDK'}"
            print(f"== {name}", flush=True)
            if run(python, sdk) != 0:
                failed.append(name)
    print(f"failed: {'; '.join(failed)}" if failed else "all passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
