"""What operations find, made by calls once and put back for each cell."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

from tests.faults.account import Account
from tests.faults.operations.step import Step


@dataclass(frozen=True)
class Kept:
    """What there is before an operation.

    Attributes:
        step: the one that is due.
        held: what the account holds.
    """

    step: Step
    held: bytes


class Prepared:
    """What operations find, and the step that is due: made by calls once, for each by its name.

    Args:
        hold: what an account holds, in bytes.
        put_back: has an empty account hold it.
    """

    def __init__(self, hold: Callable[[Account], bytes], put_back: Callable[[Account, bytes], None]) -> None:
        self._hold, self._put_back = hold, put_back
        self._kept: Final[dict[tuple[str, str], Kept]] = {}

    def __call__(self, account: Account, name: str, prepare: Callable[[Account], Step]) -> Step:
        """The step that ``prepare`` would lead an empty account to; the account is as it would be."""
        key = (account.settings.api_version, name)
        if key not in self._kept:
            step = prepare(account)
            self._kept[key] = Kept(step, self._hold(account))
        else:
            self._put_back(account, self._kept[key].held)
        step = self._kept[key].step
        return replace(step, news=deepcopy(step.news), olds=deepcopy(step.olds))


def never(account: Account) -> Step:
    """In place of a preparation that has been made already."""
    raise AssertionError("it is prepared already")
