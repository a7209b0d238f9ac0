"""moto's services as WSGI applications, one AWS account a sandbox."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, cast

from .httpd import Answer, Application, Environ, wsgi
from .moto_iam import forget_iam
from .moto_versions import list_versions_page_by_page

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from moto.backends import SERVICE_NAMES

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
                    made.append(wsgi(_moto(service)))
            return made[0](environ)

    return ask


@cache
def _moto(service: str) -> WSGIApplication:
    """The same for all sandboxes of the process: it knows accounts by a header, and its routes take long."""
    from moto.moto_server.werkzeug_app import create_backend_app

    if service == "s3":
        list_versions_page_by_page()
    return cast("WSGIApplication", create_backend_app(cast("SERVICE_NAMES", service)))


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
