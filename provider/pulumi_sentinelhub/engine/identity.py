"""Where a stack is kept: what tells apart two stacks of one name on two backends.

A stack's own random salt (``encryptionsalt`` in its settings file) would tell more, and is left out on
purpose. Measured with Pulumi 3.259: where `pulumi up` or `pulumi preview` finds no settings file, it writes
one with a new salt, each time, also for a stack that has a state; `pulumi stack change-secrets-provider`
changes it, too. So a stack whose settings file is not kept in git, or whose job begins in an empty folder,
would get another key at each update, and not find again what a killed one has left. A shared key is the
smaller harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

_CLOUD: Final = "https://api.pulumi.com"
_LOCAL: Final = "file://"
_PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
# Of the parameters of an address: those that say where it is. The others (profile, region, SDK version, …)
# say how it is reached, which may differ from machine to machine.
_PLACES: Final = frozenset({"domain", "endpoint", "storage_account", "table"})


def declaration_key(client_id: str | None, organization: str, backend: str, urn: str) -> str:
    """A short stable key of a declaration: a hash over OAuth client, organization, backend and urn.

    The client keeps apart people who run the same program: bucket names are shared by all of S3, and on a
    backend of their own everyone's organization is called alike. The backend keeps apart stacks of one name
    that one client has in several places. Another key asks for no update; a bucket keeps that of its state.

    Args:
        client_id: of the OAuth client; None without credentials.
        organization: Pulumi's.
        backend: as :func:`backend_of` gives it.
        urn: of the resource under its dynamic type, whichever front end asks.
    """
    owner = f"{client_id or ''}/{organization}/{backend}"
    return hashlib.sha256(f"{owner}/{urn}".encode()).hexdigest()[:20]


def backend_of(environ: Mapping[str, str], root: Path) -> str:
    """The backend that the CLI uses, always written alike and without credentials; never raises.

    Found as the CLI finds it: PULUMI_BACKEND_URL, the project's own, the one logged in to, the cloud
    [pulumi 3.259: pkg/workspace, GetCurrentCloudURL]. A login that the CLI has encrypted counts as none.

    Args:
        environ: the environment of the program, which is the CLI's.
        root: the folder of the project.
    """
    url = (
        environ.get("PULUMI_BACKEND_URL")
        or _text(_project(root), "backend", "url")
        or _text(_read(_pulumi_home(environ) / "credentials.json"), "current")
        or environ.get("PULUMI_API")
        or _CLOUD
    )
    try:
        return _folder(url, environ, root) if url.startswith(_LOCAL) else _address(url)
    except (OSError, RuntimeError, ValueError):
        return url


def _pulumi_home(environ: Mapping[str, str]) -> Path:
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME")
    return Path(folder) if folder else _home(environ) / ".pulumi"


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME")
    if home:
        return Path(home)
    try:
        return Path.home()
    except RuntimeError:
        return Path()


def _folder(url: str, environ: Mapping[str, str], root: Path) -> str:
    """A folder's backend; relative ones begin at the project's folder, where the CLI is usually called."""
    path = url[len(_LOCAL) :].partition("?")[0]
    place = _home(environ) / path[1:].lstrip("/\\") if path.startswith("~") else root / path
    return _LOCAL + place.resolve().as_posix()


def _address(url: str) -> str:
    parts = urlsplit(url)
    where = sorted((name, value) for name, value in parse_qsl(parts.query) if name in _PLACES)
    host = parts.netloc.rpartition("@")[2].lower()
    query = f"?{urlencode(where)}" if where else ""
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}{query}"


def _project(root: Path) -> Any:
    found = (_read(root / name) for name in _PROJECT_FILES)
    return next((project for project in found if project is not None), None)


def _text(value: Any, *names: str) -> str | None:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def _read(path: Path) -> Any:
    """A YAML or JSON file's value; None where it cannot be read."""
    try:
        seen = path.stat()
        return _parsed(path, seen.st_mtime_ns, seen.st_size)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=8)
def _parsed(path: Path, _changed: int, _size: int) -> Any:
    """Read once for all resources of a program, and again when the file has changed."""
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, RecursionError):
        return None
