"""Pairs of an id and a secret, which are in no repr and cannot be pickled."""

from __future__ import annotations

from typing import Any, NoReturn

STACK_CONFIG = "stack config"
ENVIRONMENT = "environment"
PROFILE = "profile"


class _Guarded:
    """An id and its secret.

    Attributes:
        source: where both parts came from: ``"stack config"``, ``"environment"`` or ``"profile"``.
    """

    # Not a dataclass: dataclasses.asdict() of an owner would spell the secret out.
    __slots__ = ("_id", "_secret", "source")

    def __init__(self, id: str, secret: str, source: str) -> None:
        self._id = id
        self._secret = secret
        self.source = source

    @property
    def abbreviated_id(self) -> str:
        """Enough of the id to recognise it by."""
        return f"{self._id[:4]}…" if len(self._id) > 8 else "…"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.abbreviated_id!r}, source={self.source!r})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._id, self._secret) == (other._id, other._secret)

    def __hash__(self) -> int:
        return hash((self._id, self._secret))

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are never pickled")


class Credentials(_Guarded):
    """An OAuth client."""

    __slots__ = ()

    @property
    def client_id(self) -> str:
        """The id of the OAuth client."""
        return self._id

    @property
    def client_secret(self) -> str:
        """Its secret."""
        return self._secret


class DeliveryKeys(_Guarded):
    """The keys that the service writes results with, and reads features with."""

    __slots__ = ()

    @property
    def access_key_id(self) -> str:
        """The id of the access key."""
        return self._id

    @property
    def secret_access_key(self) -> str:
        """The secret part."""
        return self._secret
