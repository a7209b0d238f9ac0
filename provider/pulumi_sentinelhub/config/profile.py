"""sentinelhub-py's own profile file, the last place where credentials are looked for."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError

#: Where sentinelhub-py keeps its profiles.
DEFAULT_PROFILE_FILE = Path("~/.config/sentinelhub/config.toml")
_DEFAULT_PROFILE_NAME = "default-profile"


class ProfileFile:
    """sentinelhub-py's profile file, read when it is first needed."""

    def __init__(self, path: Path | None, environ: Mapping[str, str]) -> None:
        self._path = _expanded(path, environ) if path is not None else None
        self._named = environ.get("SH_PROFILE")
        self._values: Mapping[str, Any] | None = None

    def values(self) -> Mapping[str, Any]:
        """The profile's values; none without a file. Raises ConfigError where it cannot be read."""
        if self._values is None:
            self._values = self._read()
        return self._values

    def _read(self) -> Mapping[str, Any]:
        if self._path is None or not self._path.is_file():
            return {}
        profiles = self._parse(self._path)
        values = profiles.get(self._named or _DEFAULT_PROFILE_NAME)
        if isinstance(values, dict):
            return values
        if self._named:
            raise self._error(f"it has no profile {self._named!r}", "fix SH_PROFILE, or add the profile")
        return {}

    def _parse(self, path: Path) -> Mapping[str, Any]:
        toml = _toml_module()
        if toml is None:
            raise self._error(
                "this Python has no TOML reader",
                "pip install tomli, or give the credentials by one of the other ways",
            )
        try:
            profiles = toml.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise self._error(error.strerror or "it cannot be opened", "make it readable") from None
        except ValueError:
            # The parser's message quotes the file's text, which may be a secret.
            raise self._error("it is not valid TOML", "fix it") from None
        return profiles if isinstance(profiles, dict) else {}

    def _error(self, why: str, next_step: str) -> ConfigError:
        return ConfigError(
            "cannot read sentinelhub-py's profile file", subject=str(self._path), why=why, next_step=next_step
        )


def _expanded(path: Path, environ: Mapping[str, str]) -> Path | None:
    if path.parts[:1] != ("~",):
        return path
    home = environ.get("HOME")
    if home:
        return Path(home, *path.parts[1:])
    try:
        return path.expanduser()
    except RuntimeError:
        return None  # no home directory, so no profile in it


def _toml_module() -> Any:
    # tomllib is in the standard library from 3.11 on; tomli is the same for 3.10, and optional.
    name = next((name for name in ("tomllib", "tomli") if importlib.util.find_spec(name)), None)
    return importlib.import_module(name) if name else None
