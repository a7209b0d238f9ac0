"""The role by which batch v2 comes to the files.

Source: [addendum on v2: access and deployments].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ....config.deployments import DEPLOYMENTS
from ....finding import Finding
from ....s3.access import no_roles, takes_roles
from ..common.declared import Declared

_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_EXAMPLE: Final = "arn:aws:iam::123456789012:role/sentinelhub-results"


def check_role(declared: Declared) -> Iterator[Finding]:
    """Its ARN, and whether the deployment assumes roles."""
    role = declared.root["role_arn"]
    if role.absent:
        return
    deployment = DEPLOYMENTS.get(declared.deployment or "")
    if deployment is not None and not takes_roles(deployment):
        yield role.error(*no_roles(deployment))
    elif role.given and not (role.text and _ROLE.fullmatch(role.text)):
        # what was put here by mistake may be a key: it is not shown
        yield role.error("is no ARN of an IAM role", f"give one such as {_EXAMPLE}; other ids do not do")
