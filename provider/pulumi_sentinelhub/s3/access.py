"""By what right the service comes to a bucket: whom a role trusts, and where roles are known at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ..config.deployments import Access, Deployment

if TYPE_CHECKING:
    from ..config.settings import Settings


@dataclass(frozen=True)
class Trust:
    """Who may assume a role that is made for the service.

    Attributes:
        principal: ARN of the account or role that the service comes as; None where it is not configured.
        external_id: what it has to say then; None for nothing.
    """

    principal: str | None = None
    external_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """A short hash, to see a change by: an external id may be kept as a secret."""
        text = f"{self.principal}\n{self.external_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:20]


NOBODY: Final = Trust()


class Refusal(NamedTuple):
    """Reason and fix of a finding."""

    reason: str
    fix: str


def takes_roles(deployment: Deployment) -> bool:
    """Whether the deployment's service assumes roles of AWS accounts, in any generation of its API."""
    return any(Access.ROLE in deployment.access(generation) for generation in deployment.generations)


def no_roles(deployment: Deployment) -> Refusal:
    """Why there is no role on such a deployment, and what there is."""
    return Refusal(
        f"is an AWS role, and the deployment {deployment.name} knows access by keys only",
        "remove it, and give keys: `pulumi config set --secret sentinelhub:deliveryAccessKeyId …` and "
        "`… sentinelhub:deliverySecretAccessKey …`",
    )


def trust_of(settings: Settings) -> Trust:
    """The configured trust: ``deliveryPrincipal`` and ``deliveryExternalId``."""
    return Trust(settings.delivery_principal, settings.delivery_external_id)
