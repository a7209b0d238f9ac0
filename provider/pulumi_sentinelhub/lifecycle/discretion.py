"""What a program marks as secret is quoted nowhere: the one place for it, for every resource and front end.

A finding may be about a secret without quoting it, and may quote a part of it, or what follows from it. So
nothing is looked for in its words: the inputs are checked once more as if the secrets were not known yet, and
what is found then as well has nothing to do with them. Of all else only the place is shown. Lines and errors
of what is done later are the service's words as much as ours; in them the values themselves are replaced, as
the engine does it with the secrets of the stack config.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, Final, NoReturn

from ..errors import ConfigError
from ..finding import Finding, Severity
from ..values import UNKNOWN, Path, number_text, path_text
from .context import Context
from .contract import CheckReport
from .ownership.holders import nobody
from .ownership.ledger import Ledger

#: What stands in place of a secret, as the engine writes it.
HIDDEN: Final = "[secret]"
#: Characters of a value that is looked for in a text. Shorter ones are in any text; the engine lets them be.
_SHORTEST: Final = 3
#: A value is shown this far at least, where a message cuts it.
_NEVER_CUT: Final = 40
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w]|\.\d)")
_CUT: Final = r"(?:.*?(?:… \(\d+ more characters\)|\.\.\.))?"

Examine = Callable[[Context, Mapping[str, Any], Mapping[str, Any]], CheckReport]
"""A check: of old properties and new inputs."""


class Secrets:
    """Which of a resource's properties are secret.

    Args:
        properties: as a lifecycle sees them.
        paths: where the secret ones stand among them, each with all that is in it.
    """

    def __init__(self, properties: Mapping[str, Any], paths: Iterable[Path] = ()) -> None:
        self._properties = properties
        self.paths = tuple(tuple(path) for path in paths if path)

    def __bool__(self) -> bool:
        return bool(self.paths)

    def hush(self, text: str) -> str:
        """A text with the values replaced."""
        if not self.paths:
            return text
        numbers, text = self._numbers, self.hush_texts(text)
        return _NUMBER.sub(lambda found: HIDDEN if found[0] in numbers else found[0], text)

    def hush_texts(self, text: str) -> str:
        """A text with the values replaced that are texts."""
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        return text

    def unknown_in(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties as if the secret ones were not known yet."""
        found: Any = dict(properties)
        for path in self.paths:
            found = _with_unknown(found, path)
        return dict(found)

    @cached_property
    def _leaves(self) -> tuple[Any, ...]:
        return tuple(leaf for path in self.paths for leaf in _leaves(_at(self._properties, path)))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        texts = {number_text(leaf) for leaf in self._leaves if not isinstance(leaf, str)}
        return frozenset(text for text in texts if len(text) >= _SHORTEST)

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        texts = {leaf for leaf in self._leaves if isinstance(leaf, str) and len(leaf) >= _SHORTEST}
        return [_pattern(text) for text in sorted(texts, key=len, reverse=True)]


#: Of a resource that has none.
NONE: Final = Secrets({})


class Known:
    """The secrets of all resources that a process has checked; thread-safe.

    What the service says of one resource, such as a run, may quote what stands in another, such as its
    request. Numbers are replaced in their own resource's texts alone, since others have them by chance.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._by_urn: dict[str, Secrets] = {}

    def note(self, urn: str, secrets: Secrets) -> None:
        """What is secret of a resource; in place of what was before."""
        with self._guard:
            if secrets:
                self._by_urn[urn] = secrets
            else:
                self._by_urn.pop(urn, None)

    def paths_of(self, urn: str) -> tuple[Path, ...]:
        """Where the secrets of a resource stand."""
        with self._guard:
            return self._by_urn.get(urn, NONE).paths

    def hush(self, text: str) -> str:
        """A text without the texts of any of them."""
        with self._guard:
            known = tuple(self._by_urn.values())
        for secrets in known:
            text = secrets.hush_texts(text)
        return text


def discreetly(
    examine: Examine, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any], secrets: Secrets
) -> CheckReport:
    """What a check finds, and of what it finds in secrets only where.

    Args:
        examine: the check.
        ctx: its surroundings.
        olds: the old properties.
        news: the new inputs.
        secrets: which of these are secret.
    """
    if not secrets:
        return examine(ctx, olds, news)
    ctx = replace(ctx, refusal=cache(ctx.refusal), grids=cache(ctx.grids))
    report = examine(ctx, olds, news)
    if not report.findings:
        return report
    try:
        blind = examine(_without_calls(ctx), secrets.unknown_in(olds), secrets.unknown_in(news))
        open_ones = frozenset(blind.findings)
    except Exception:  # noqa: BLE001 - whatever cannot be told to be open is not shown
        open_ones = frozenset()
    found = [one if one in open_ones else _hushed(one, secrets) for one in report.findings]
    return CheckReport(report.inputs, tuple(dict.fromkeys(one for one in found if one is not None)))


def _hushed(finding: Finding, secrets: Secrets) -> Finding | None:
    """The finding without a word that may be of a secret; a note, such as a price, unless it has one."""
    if finding.severity is Severity.NOTE:
        return finding if secrets.hush(str(finding)) == str(finding) else None
    place = finding.property.partition("['")[0]
    names = sorted(map(path_text, secrets.paths))
    wrong = "is not right" if finding.severity is Severity.ERROR else "may not be right"
    if place and not any(_touch(place, name) for name in names):
        wrong = f"does not go with {', '.join(names)}"
    reason = f"{wrong}, and no more is shown of it, as it is secret"
    return replace(finding, property=place, reason=reason, fix="make it plain to see what is wrong")


def _touch(place: str, name: str) -> bool:
    """Whether one of two paths leads to the other's value, or into it."""
    return any(
        long == short or long.startswith((f"{short}.", f"{short}["))
        for long, short in ((place, name), (name, place))
    )


def _without_calls(ctx: Context) -> Context:
    """Surroundings in which nothing is asked, said or kept."""

    def no_call(*_: object) -> NoReturn:
        raise ConfigError("no call is made for what is not known")

    def silent(_: str) -> None:
        return

    return replace(
        ctx,
        connect=no_call,
        storage=no_call,
        statuses=no_call,
        glance=lambda _: (),
        account=lambda: None,
        progress=silent,
        warn=silent,
        note=silent,
        ledger=Ledger(),
        holder=nobody,
    )


def _pattern(text: str) -> re.Pattern[str]:
    """The text as a whole word, also as far as a message shows it."""
    cut = f"{re.escape(text[:_NEVER_CUT])}{_CUT}" if len(text) > _NEVER_CUT else None
    either = "|".join(part for part in (re.escape(text), cut) if part)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if text[0].isalnum() else f"(?:{either})")


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _leaves(value: Any) -> Iterator[Any]:
    """Texts and numbers in a value, and names of members that no API has: what is in words of a program."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            if isinstance(key, str) and not key.isidentifier():
                yield key
            yield from _leaves(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _leaves(member)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield value


def _with_unknown(value: Any, path: Path) -> Any:
    """A value with UNKNOWN at a place that it has."""
    if not path:
        return UNKNOWN
    step, *rest = path
    if isinstance(value, Mapping):
        return {**value, step: _with_unknown(value[step], rest)} if step in value else value
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value[:step], _with_unknown(value[step], rest), *value[step + 1 :]]
    return value
