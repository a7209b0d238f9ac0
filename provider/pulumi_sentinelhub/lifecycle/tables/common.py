"""What several resources have in common."""

from __future__ import annotations

from typing import Final

from ..fields import Change, Field
from ..kinds import Text
from ..outputs import Output

DEPLOYMENT: Final = Field(
    "deployment",
    Change.REFUSED,
    Text(),
    "The Sentinel Hub deployment that it lives on; from the configuration.",
    internal=True,
)
DECLARATION: Final = Field(
    "declaration", Change.HIDDEN, Text(), "A stable key of the declaration.", internal=True
)

API_VERSION: Final = Output(
    "api_version",
    Text(),
    'The generation of the batch API that it lives in, ``"v1"`` or ``"v2"``; absent in states of 0.1.0.',
    optional=True,
)

#: Whose a remote object is; absent in states of 0.1.0.
SERVICE: Final = Output("service", Text(), "Address of the service that it was made at.", optional=True)
ACCOUNT: Final = Output("account_id", Text(), "Id of the account that it belongs to.", optional=True)
