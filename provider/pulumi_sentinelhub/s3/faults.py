"""What S3 and boto3 say when something fails, as BucketError: the service's words and what to do next."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import BucketError
from ..shown import fit

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

#: Codes for a bucket that does not exist. HEAD has no body, so its code is the bare status.
GONE = frozenset({"NoSuchBucket", "404"})
#: Codes of stores that lack a call, e.g. Ceph without public access blocks.
UNSUPPORTED = frozenset({"NotImplemented", "MethodNotAllowed", "XNotImplemented", "405", "501"})
#: Codes that pass by themselves: a bucket not visible yet, or one that is just being changed elsewhere.
PASSING = frozenset(
    {"OperationAborted", "ConditionalRequestConflict", "SlowDown", "ServiceUnavailable", "503"}
)

_CHAIN = (
    "boto3's standard chain is used: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE with the "
    "shared config and credentials files, then the machine's role"
)
_EXPIRED = "renew the AWS credentials (e.g. `aws sso login`) and run the command again"
_WRONG_KEY = f"correct the AWS credentials; {_CHAIN}"
_WRONG_REGION = (
    "the bucket is in another region than the declared one; correct `region` or choose another name"
)
_TAKEN = "bucket names are shared by all AWS accounts: choose another name with `bucket=`"
_LATER = "run the command again later"

_NEXT_STEPS = {
    "NoSuchBucket": "run `pulumi refresh`, so that the next `pulumi up` makes it again",
    "404": "run `pulumi refresh`, so that the next `pulumi up` makes it again",
    "BucketAlreadyExists": _TAKEN,
    "BucketAlreadyOwnedByYou": "choose another name with `bucket=`",
    "BucketNotEmpty": "something is still writing to it; wait until it has ended and run the command again",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidAccessKeyId": _WRONG_KEY,
    "InvalidToken": _WRONG_KEY,
    "SignatureDoesNotMatch": _WRONG_KEY,
    "RequestTimeTooSkewed": "set this machine's clock right",
    "PermanentRedirect": _WRONG_REGION,
    "301": _WRONG_REGION,
    "AuthorizationHeaderMalformed": _WRONG_REGION,
    "IllegalLocationConstraintException": _WRONG_REGION,
    "InvalidLocationConstraint": _WRONG_REGION,
    "TooManyBuckets": "delete buckets that are no longer needed, or ask for a higher quota",
    "SlowDown": _LATER,
    "ServiceUnavailable": _LATER,
    "InternalError": _LATER,
    "OperationAborted": "something else is changing the bucket, or it was deleted just now; " + _LATER,
    "MalformedPolicyDocument": "correct sentinelhub:deliveryPrincipal, which has to be an ARN that AWS knows",
    "DeleteConflict": "detach the policies and instance profiles that others have given it",
    "LimitExceeded": "delete roles that are no longer needed, or ask for a higher quota",
    "MalformedPolicy": "remove what is wrong from the bucket's policy and run the command again",
}
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "UnauthorizedAccess"})
_IF_DENIED = {
    "S3": "if the bucket is someone else's, choose another",
    "IAM": "or remove `delivery_role`, have the role made by someone who may, and give its ARN as role_arn",
}

#: The IAM action that each call needs, where its name differs from the call's [S3 user guide: actions].
_ACTIONS = {
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "DeleteObjects": "s3:DeleteObject and s3:DeleteObjectVersion",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "ListBuckets": "s3:ListAllMyBuckets",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "DeleteBucketTagging": "s3:PutBucketTagging",
}

# AWS access key ids and other unique ids share their shape [IAM user guide: identifiers].
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{8,}\b")
_QUERY = re.compile(
    r"(?i)\b(AWSAccessKeyId|X-Amz-Credential|Credential|X-Amz-Signature|Signature|X-Amz-Security-Token)=[^&\s,]+"
)
_USER_INFO = re.compile(r"//[^/@\s]+@")
_CREDENTIAL_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@contextmanager
def translated(what: str, bucket: str, service: str = "S3") -> Iterator[None]:
    """Turn what boto3 raises inside into BucketError.

    Args:
        what: what could not be done, ending where the bucket's name follows.
        bucket: its name, or that of a bucket's role.
        service: ``"S3"`` or ``"IAM"``.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        # `from None`: a chained botocore error may show a request with its signature.
        raise _refused(error, what, bucket, service) from None
    except BotoCoreError as error:
        raise _failed(error, what, bucket, service) from None


def redacted(text: str) -> str:
    """``text`` without anything that is, or may be, part of a credential."""
    for name in _CREDENTIAL_VARIABLES:
        value = os.environ.get(name)
        if value and len(value) >= 8:  # shorter ones are made-up keys such as "test", and ordinary words too
            text = text.replace(value, "…")
    text = _KEY_ID.sub("…", text)
    text = _QUERY.sub(r"\1=…", text)
    return _USER_INFO.sub("//…@", text)


def _refused(error: ClientError, what: str, bucket: str, service: str) -> BucketError:
    answer: Any = error.response.get("Error", {})
    code = fit(
        str(
            answer.get("Code") or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "unknown")
        ),
        100,
    )
    words = fit(redacted(str(answer.get("Message") or "")))
    if code in _DENIED:
        action = _ACTIONS.get(error.operation_name, f"{service.lower()}:{error.operation_name}")
        step = f"allow {action} to the AWS identity in use; {_IF_DENIED[service]}"
    else:
        step = _NEXT_STEPS.get(code, f"see what {service} says, correct it and run the command again")
    why = words if code in words else f"{code} {words}".strip()
    return BucketError(
        what, subject=bucket, why=f"{service} says {why}", next_step=_sentence(step), code=code
    )


def _failed(error: Exception, what: str, bucket: str, service: str) -> BucketError:
    from botocore import exceptions as known

    name = type(error).__name__
    why, step = fit(redacted(str(error))), "see what boto3 says, correct it and run the command again"
    if isinstance(
        error, (known.NoCredentialsError, known.PartialCredentialsError, known.CredentialRetrievalError)
    ):
        step = f"give AWS credentials; {_CHAIN}"
    elif isinstance(error, (known.TokenRetrievalError, known.SSOError)):
        step = _EXPIRED
    elif isinstance(error, (known.ProfileNotFound, known.ConfigNotFound, known.ConfigParseError)):
        step = "correct AWS_PROFILE or the AWS config file"
    elif isinstance(error, (known.HTTPClientError, known.ConnectionError)):
        name = "Unreachable"
        step = f"check the network and AWS_ENDPOINT_URL_{service} (if set), then run the command again"
    return BucketError(what, subject=bucket, why=why, next_step=_sentence(step), code=name)


def _sentence(step: str) -> str:
    return step[:1].upper() + step[1:]
