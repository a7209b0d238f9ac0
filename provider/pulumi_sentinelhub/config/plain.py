"""Values of the configuration: words, numbers, true or false."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..errors import ConfigError


def word(config: Callable[[str], str | None], key: str) -> str | None:
    """A text of one word, such as goes into a policy; None where nothing is said. Raises ConfigError."""
    value = (config(key) or "").strip()
    if not value.isprintable() or any(character.isspace() for character in value):
        raise ConfigError(
            f"unusable sentinelhub:{key}",
            subject=key,
            why="it has blanks or control characters in it",
            next_step="copy it again, as one word",
        )
    return value or None


def flag(config: Callable[[str], str | None], key: str) -> bool:
    """True or false; false where nothing is said. Raises ConfigError."""
    text = (config(key) or "false").strip().lower()
    if text not in ("true", "false"):
        raise ConfigError(
            f"sentinelhub:{key} must be true or false",
            subject=key,
            why=f"it is {text!r}",
            next_step=f"set sentinelhub:{key} to true, or remove it",
        )
    return text == "true"


def positive(text: str | None, key: str, noun: str, example: str) -> float | None:
    """A positive number of something; None where nothing is said. Raises ConfigError."""
    if text is None or not str(text).strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ConfigError(
            f"sentinelhub:{key} must be a positive number of {noun}",
            subject=key,
            why=f"it is {text!r}",
            next_step=f"set sentinelhub:{key} to e.g. {example}, or remove it",
        )
    return number
