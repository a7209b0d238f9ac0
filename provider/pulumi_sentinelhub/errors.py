"""The errors of this package, one small tree.

SentinelHubError
├── InputError                  something declared is wrong; found before any call
├── ConfigError                 configuration or credentials are missing or contradictory
├── ServiceError                Sentinel Hub refused or failed; ``status`` is the HTTP status, if any
│   ├── CredentialsRefused      401, or a token request answered with ``invalid_client``
│   ├── Forbidden               403
│   ├── NotFound                404
│   ├── BadRequest              400: a wrong payload, or an action that is illegal in the current state
│   ├── Conflict                409
│   ├── RateLimited             429, still so when patience ended
│   ├── Unreachable             no answer, and nothing can have been committed
│   ├── AnswerLost              the call may have been committed, its answer did not arrive
│   └── BadAnswer               an answer that cannot be understood
├── Elsewhere                   the object belongs to another account, or lives at another address
├── Several                     several objects failed, each for its own reason
├── BucketError                 S3 refused or failed
├── JobFailed                   a batch request ended in a state that was not asked for
├── BudgetExceeded              an estimate or the cost so far is over ``max_cost``
├── DeadlineExceeded            a wait reached its deadline
├── Interrupted                 Ctrl-C during a wait
└── Unfinished                  wraps one of the above for an operation whose state must be kept

Every error says what happened, to which id or property, why (the service's own words where there are any)
and what to do next. No error carries a credential. As text an error is one line that is fit to be shown,
however wild the words are that it quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .shown import MESSAGE, fit

#: Of a sentence, if it is a word and no name such as ``max_cost``.
_FIRST_WORD: Final = re.compile(r"^[a-z]+(?= )")


class SentinelHubError(Exception):
    """Base of all expected errors.

    Args:
        what: one clause that says what went wrong, e.g. ``"cannot start batch request"``.
        subject: the id, bucket or property it is about.
        why: the reason, in the service's own words where it gave any.
        next_step: what the user can do now.
    """

    def __init__(
        self,
        what: str,
        *,
        subject: str | None = None,
        why: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what = what
        self.subject = subject
        self.why = why
        self.next_step = next_step
        super().__init__(what, subject, why, next_step)

    def __str__(self) -> str:
        text = fit(self.what, MESSAGE)
        if self.subject:
            text += f" {fit(self.subject, MESSAGE)}"
        if self.why:
            text += f": {fit(self.why, MESSAGE)}"
        text = text.rstrip().rstrip(".") + "."
        if self.next_step:
            step = _FIRST_WORD.sub(lambda word: word[0].capitalize(), self.next_step, count=1)
            text += f" {fit(step, MESSAGE).rstrip().rstrip('.')}."
        return text


class InputError(SentinelHubError):
    """A declared input is wrong; ``subject`` is its property path."""


class ConfigError(SentinelHubError):
    """Configuration is missing or contradictory; ``subject`` is the key."""


class ServiceError(SentinelHubError):
    """Sentinel Hub refused a call or failed.

    Attributes:
        status: HTTP status, or None where no answer arrived.
        code: the service's own error code, e.g. ``COMMON_BAD_PAYLOAD``.
    """

    def __init__(
        self,
        what: str,
        *,
        subject: str | None = None,
        why: str | None = None,
        next_step: str | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(what, subject=subject, why=why, next_step=next_step)
        self.status = status
        self.code = code


class CredentialsRefused(ServiceError):
    """The OAuth client or its token was refused."""


class Forbidden(ServiceError):
    """The account may not do this."""


class NotFound(ServiceError):
    """No such object, or not visible yet."""


class BadRequest(ServiceError):
    """The payload is wrong, or the action is illegal in the current state."""


class Conflict(ServiceError):
    """The object's state does not allow this."""


class RateLimited(ServiceError):
    """Too many calls, still so when patience ended."""


class Unreachable(ServiceError):
    """No connection; nothing can have been committed."""


class AnswerLost(ServiceError):
    """The call may have been committed, but its answer did not arrive."""


class BadAnswer(ServiceError):
    """The answer cannot be understood."""


class BucketError(SentinelHubError):
    """S3 refused or failed; ``subject`` is the bucket."""

    def __init__(
        self,
        what: str,
        *,
        subject: str | None = None,
        why: str | None = None,
        next_step: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(what, subject=subject, why=why, next_step=next_step)
        self.code = code


class Elsewhere(SentinelHubError):
    """The object belongs to another account, or lives at another address, than the ones configured."""


class Several(SentinelHubError):
    """Several objects failed, each for its own reason.

    Attributes:
        failures: the error of each, by the object's id.
    """

    def __init__(self, what: str, failures: Mapping[str, SentinelHubError]) -> None:
        self.failures = dict(failures)
        by_reason: dict[str, list[str]] = {}
        for id, error in failures.items():
            by_reason.setdefault(error.why or error.what, []).append(id)
        reasons = "; ".join(f"{', '.join(ids)}: {reason}" for reason, ids in by_reason.items())
        steps = dict.fromkeys(error.next_step.rstrip(".") for error in failures.values() if error.next_step)
        super().__init__(what, why=reasons, next_step=". ".join(steps) or None)


def of_all(what: str, failures: Mapping[str, SentinelHubError]) -> SentinelHubError:
    """One error for the failures of one or more objects: of a single one its own."""
    return next(iter(failures.values())) if len(failures) == 1 else Several(what, failures)


class JobFailed(SentinelHubError):
    """A batch request ended in a state that was not asked for."""


class BudgetExceeded(SentinelHubError):
    """An estimate, or the cost so far, is over ``max_cost``."""


class DeadlineExceeded(SentinelHubError):
    """A wait reached its deadline."""


class Interrupted(SentinelHubError):
    """The user interrupted a wait."""


class Unfinished(SentinelHubError):
    """An operation failed, and what it reached so far must be kept in the state.

    Attributes:
        id: id of the resource.
        outputs: its outputs so far.
        cause: the error that ended the operation.
    """

    def __init__(self, cause: SentinelHubError, *, id: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(cause.what, subject=cause.subject, why=cause.why, next_step=cause.next_step)
        self.cause = cause
        self.id = id
        self.outputs = outputs

    def __str__(self) -> str:
        return str(self.cause)
