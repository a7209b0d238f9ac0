"""What the CLI does at each start although hardly any command needs it, put off until one does.

The CLI asks a library, of which it has two copies, whether a value that ``pulumi config set`` is given in
plain looks like a secret. Each copy reads its lists of words when a process starts: 0.08 of the 0.13 seconds
of CPU time that starting the CLI takes. Its function for passwords reads them by itself where they are
missing; so here the copies are only kept from doing it before.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARIES: Final = ("github.com/nbutton23/zxcvbn-go", "github.com/ccojocar/zxcvbn-go")
#: By file of the library: what stands there once, and what takes its place.
EDITS: Final = {
    "frequency/frequency.go": {"\nfunc init() {\n": "\nfunc Load() {\n"},
    "matching/matching.go": {
        "\nfunc init() {\n\tloadFrequencyList()\n}\n": "\n",
        "\nfunc loadFrequencyList() {\n": "\nfunc loadFrequencyList() {\n\tfrequency.Load()\n",
    },
}
_FOLDER: Final = "late"


def put_off(go: Path, module: Path, environ: Mapping[str, str]) -> bool:
    """Have a copy of the CLI's Go module take edited libraries.

    Args:
        go: the command.
        module: the copy's folder.
        environ: of the command.

    Returns:
        Whether it does; where the libraries cannot be had, or read otherwise, it takes them as they are.
    """
    try:
        _run(go, module, environ, "mod", "download", *LIBRARIES)
        places = _run(go, module, environ, "list", "-m", "-f", "{{.Dir}}", *LIBRARIES).splitlines()
        edited = {
            name: _edited(name, Path(place), module / _FOLDER / str(number))
            for number, (name, place) in enumerate(zip(LIBRARIES, places, strict=True))
        }
        replaced = [f"-replace={name}=./{folder.relative_to(module)}" for name, folder in edited.items()]
        _run(go, module, environ, "mod", "edit", *replaced)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False
    return True


def _edited(name: str, library: Path, folder: Path) -> Path:
    """An edited copy of a library's Go files. Raises OSError, and ValueError where it reads otherwise."""
    for source in library.rglob("*.go"):
        copy = folder / source.relative_to(library)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)  # without its mode: what Go keeps is not to be written
    (folder / "go.mod").write_text(f"module {name}\n", encoding="utf-8")
    for path, edits in EDITS.items():
        text = (folder / path).read_text(encoding="utf-8")
        for old, new in edits.items():
            if text.count(old) != 1:
                raise ValueError(f"{path} of {name} reads otherwise")
            text = text.replace(old, new)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def _run(go: Path, folder: Path, environ: Mapping[str, str], *arguments: str) -> str:
    """What Go prints. Raises OSError and CalledProcessError."""
    done = subprocess.run(
        [go, *arguments],
        cwd=folder,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
