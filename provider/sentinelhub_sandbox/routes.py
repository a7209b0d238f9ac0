"""The paths that are served: the same for each sandbox of a process, so they are compiled once."""

from __future__ import annotations

import threading
from typing import Final

from werkzeug.routing import Map, Rule, RuleFactory


class _Routes(Map):
    """Takes each rule once; which function answers is told by each application for itself, by endpoint."""

    def __init__(self) -> None:
        # clients use both `/process` and `/process/`
        super().__init__(strict_slashes=False)
        self._adding = threading.Lock()
        self._known: set[tuple[str, str, frozenset[str]]] = set()

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule that is not there yet."""
        assert isinstance(rulefactory, Rule)
        about = (rulefactory.rule, rulefactory.endpoint, frozenset(rulefactory.methods or ()))
        with self._adding:
            if about not in self._known:
                super().add(rulefactory)
                self._known.add(about)


ROUTES: Final = _Routes()
"""Of all applications of this process."""
