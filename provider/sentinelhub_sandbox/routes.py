"""The paths that are served: the same for each sandbox of a process, so they are compiled once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask
from werkzeug.routing import Map, Rule, RuleFactory

Route = tuple[str, str, Callable[..., Any]]
"""Method, path, and what answers."""


class _Routes(Map):
    """Takes each rule once; which function answers is told by each application for itself, by endpoint."""

    def __init__(self) -> None:
        # clients use both `/process` and `/process/`
        super().__init__(strict_slashes=False)
        self._adding = threading.Lock()
        self._known: set[str] = set()

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule that is not there yet."""
        assert isinstance(rulefactory, Rule)
        with self._adding:
            if not self.knows(rulefactory.endpoint):
                super().add(rulefactory)
                self._known.add(rulefactory.endpoint)

    def knows(self, endpoint: str) -> bool:
        """Whether there is a rule for an endpoint."""
        return endpoint in self._known


_ROUTES: Final = _Routes()
"""Of all applications of this process."""


def serve(app: Flask, routes: Iterable[Route]) -> None:
    """Let an application answer on these paths, and on no others."""
    app.url_map = _ROUTES
    for method, path, view in routes:
        endpoint = f"{method} {path}"
        if _ROUTES.knows(endpoint):  # a sandbox that is not the first one is made in half the time
            app.view_functions[endpoint] = view
        else:
            app.add_url_rule(path, endpoint, view, methods=[method])
