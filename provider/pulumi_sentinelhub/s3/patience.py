"""What one operation allows its S3 calls: waits between attempts, cancellation, a deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from ..errors import BucketError, DeadlineExceeded, Interrupted
from ..waiting.clock import Clock

T = TypeVar("T")

_FIRST_WAIT, _MOST_WAIT = 0.5, 20.0
#: Attempts in all; about a minute with the waits above.
ATTEMPTS = 8


@dataclass(frozen=True)
class Patience:
    """Time that an operation has.

    Attributes:
        cancel: set when the user interrupts; nothing is begun after that.
        deadline: on the clock's monotonic scale, seconds; no wait reaches beyond it.
    """

    clock: Clock
    cancel: threading.Event | None = None
    deadline: float | None = None

    def check(self, what: str, bucket: str) -> None:
        """Raise Interrupted or DeadlineExceeded where nothing must be begun any more."""
        if self.cancel is not None and self.cancel.is_set():
            raise Interrupted(
                f"interrupted: {what}", subject=bucket, next_step="Run the command again to continue"
            )
        if self.deadline is not None and self.clock.monotonic() >= self.deadline:
            raise DeadlineExceeded(
                what,
                subject=bucket,
                why="the deadline has passed",
                next_step="Run the command again to continue, or give it more time with `custom_timeouts`",
            )

    def pause(self, seconds: float, what: str, bucket: str) -> None:
        """Wait, but not beyond the deadline. Raises as ``check`` does, before and after."""
        self.check(what, bucket)
        self._sleep(seconds)
        self.check(what, bucket)

    def _sleep(self, seconds: float) -> None:
        left = seconds if self.deadline is None else min(seconds, self.deadline - self.clock.monotonic())
        self.clock.sleep(left, self.cancel)  # what ended the wait is seen by the next check

    def keep_trying(
        self,
        attempt: Callable[[], T],
        passing: Collection[str],
        what: str,
        bucket: str,
        attempts: int = ATTEMPTS,
    ) -> T:
        """Call ``attempt`` again while it raises a BucketError whose code is in ``passing``.

        Raises:
            BucketError: the last one, when the attempts are used up.
            Interrupted, DeadlineExceeded: before an attempt or during a wait.
        """
        import tenacity

        def checked() -> T:
            self.check(what, bucket)
            return attempt()

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, BucketError) and e.code in passing),
            wait=tenacity.wait_exponential(_FIRST_WAIT, max=_MOST_WAIT)
            + tenacity.wait_random(0, _FIRST_WAIT),
            stop=tenacity.stop_after_attempt(attempts),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(checked)
