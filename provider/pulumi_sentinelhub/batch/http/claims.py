"""What a token says of whose it is."""

from __future__ import annotations

import base64
import binascii
import json

#: Claims that name the account, the most telling first [observed tokens: account; v2: pl_project].
_CLAIMS = ("account", "pl_project")
#: A token is a few kilobytes; a longer one is not read.
_LONGEST = 65_536


def account_in(token: str) -> str | None:
    """The account that a token (a JWT) was issued for; None where it does not tell.

    The signature is not checked: what is read serves to tell accounts apart, not to trust anybody.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    named = (claims.get(name) for name in _CLAIMS)
    return next((account for account in named if isinstance(account, str) and account), None)
