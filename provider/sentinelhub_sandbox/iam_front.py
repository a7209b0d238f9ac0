"""What stands before moto's IAM and STS: who calls, what they may, and who may assume a role."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from .aws_keys import AwsCaller, KeyRefused, Keyring, Kind
from .httpd import Answer, Application, Environ
from .moto_iam import trust_policy
from .moto_s3 import moto_application
from .policy import Decision, decide
from .signature import signature_of

SERVICES = ("iam", "sts")
# S3 has words of its own for the same refusals.
_CODES: Mapping[str, str] = {"InvalidAccessKeyId": "InvalidClientTokenId"}
_MESSAGES: Mapping[str, str] = {
    "InvalidClientTokenId": "The security token included in the request is invalid.",
    "InvalidToken": "The security token included in the request is invalid.",
    "ExpiredToken": "The security token included in the request is expired",
    "MissingAuthenticationToken": "Request is missing Authentication Token",
    "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method.",
}
# What names the object of an IAM call, and how its ARN begins.
_SUBJECTS: Mapping[str, str] = {"UserName": "user", "RoleName": "role", "GroupName": "group"}


class IamFront:
    """Stands before moto's IAM and STS applications.

    Args:
        keys: the access keys of the one account.
        principal: ARN as which Sentinel Hub assumes roles.
    """

    def __init__(self, keys: Keyring, principal: str) -> None:
        self._keys = keys
        self._principal = principal
        self._applications = {service: moto_application(service) for service in SERVICES}

    def __call__(self, environ: Environ) -> Answer:
        """Answer one IAM or STS call."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._keys.account
        signature = signature_of(environ)
        try:
            caller = self._keys.caller(environ)
        except KeyRefused as error:
            return _refuse(_CODES.get(error.code, error.code))
        if caller is None or signature is None:
            return _refuse("MissingAuthenticationToken")
        form = dict(parse_qsl(environ["sandbox.body"].decode("utf-8", "replace"), keep_blank_values=True))
        action = f"{signature.service}:{form.get('Action', '')}"
        resource = self._resource(form)
        if not self._may(caller, action, resource, form):
            message = (
                f"User: {self._arn(caller)} is not authorized to perform: {action} on resource: {resource}"
            )
            return _refuse("AccessDenied", message)
        return self._applications[signature.service](environ)

    def _may(self, caller: AwsCaller, action: str, resource: str, form: Mapping[str, str]) -> bool:
        if action == "sts:GetCallerIdentity":
            return True
        own = caller.own_decision(action, resource)
        if action == "sts:AssumeRole":
            # Within one account a trust policy is enough, unless the caller's own policies deny it.
            return own is not Decision.DENY and self._trusts(caller, form)
        return caller.kind is Kind.OWNER or own is Decision.ALLOW

    def _trusts(self, caller: AwsCaller, form: Mapping[str, str]) -> bool:
        """[AWS: role trust policies] Whether the role's policy lets the caller in with its external id."""
        trust = trust_policy(self._keys.account, form.get("RoleArn", ""))
        if trust is None:
            return False
        arn = self._arn(caller)
        context = {"aws:principalaccount": arn.split(":")[4]}
        if "ExternalId" in form:
            context["sts:externalid"] = form["ExternalId"]
        return decide(trust, arn, "sts:AssumeRole", None, context) is Decision.ALLOW

    def _arn(self, caller: AwsCaller) -> str:
        if caller.key is not None:
            return caller.key.principals[0]
        return self._principal if caller.kind is Kind.SERVICE else f"arn:aws:iam::{self._keys.account}:root"

    def _resource(self, form: Mapping[str, str]) -> str:
        for name in ("RoleArn", "PolicyArn"):
            if name in form and not form.keys() & _SUBJECTS.keys():
                return form[name]
        for name, kind in _SUBJECTS.items():
            if name in form:
                return f"arn:aws:iam::{self._keys.account}:{kind}/{form[name]}"
        return "*"


def by_service(s3: Application, iam: IamFront) -> Application:
    """All of AWS behind one port, told apart by what calls are signed for."""

    def ask(environ: Environ) -> Answer:
        signature = signature_of(environ)
        return iam(environ) if signature is not None and signature.service in SERVICES else s3(environ)

    return ask


def _refuse(code: str, message: str | None = None) -> Answer:
    text = escape(message or _MESSAGES[code])
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000001</RequestId></ErrorResponse>"
    )
    return Answer(403, (("Content-Type", "text/xml"),), body.encode())
