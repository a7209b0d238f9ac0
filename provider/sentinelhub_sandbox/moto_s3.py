"""moto's services as applications, one AWS account a sandbox."""

from __future__ import annotations

import sys
import threading

from .httpd import Answer, Application, Environ
from .moto_calls import calls_of
from .moto_iam import forget_iam
from .moto_versions import list_versions_page_by_page

_MAKING = threading.Lock()


def moto_application(service: str) -> Application:
    """``s3``, ``iam`` or ``sts`` of moto, one call at a time.

    It is imported at the first call: a sandbox is ready sooner. What it keeps is not safe across threads: a
    list fails on what another call deletes meanwhile.
    """
    made: list[Application] = []
    lock = threading.RLock()

    def ask(environ: Environ) -> Answer:
        with lock:
            if not made:
                with _MAKING:
                    made.append(_moto(service))
            return made[0](environ)

    return ask


def _moto(service: str) -> Application:
    if service == "s3":
        list_versions_page_by_page()
    return calls_of(service)


def forget_account(account: str) -> None:
    """Drop an account's buckets and what they hold, its users and its roles.

    moto's own reset would drop those of every sandbox in the process.
    """
    forget_iam(account)
    if "moto.s3.models" not in sys.modules:
        return  # there are no buckets
    from moto.s3.models import FakeKey, s3_backends

    for backend in s3_backends[account].values():
        for name, bucket in list(backend.buckets.items()):
            for key_name in list(bucket.keys):
                for version in bucket.keys.getlist(key_name, []):
                    if isinstance(version, FakeKey):
                        version.dispose()
            for part in bucket.multiparts.values():
                part.dispose()
            s3_backends.bucket_accounts.pop(name, None)
            backend.buckets.pop(name, None)
