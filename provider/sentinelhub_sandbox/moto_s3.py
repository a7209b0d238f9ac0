"""moto's S3 as a WSGI application, one AWS account a sandbox."""

from __future__ import annotations

import threading

from .httpd import Answer, Application, Environ, wsgi
from .moto_iam import forget_iam

# What moto keeps is not safe across threads: a list fails on what another call deletes meanwhile.
_moto = threading.Lock()


def moto_application() -> Application:
    """moto, S3 alone, one call at a time."""
    from moto.moto_server.werkzeug_app import create_backend_app

    application = wsgi(create_backend_app("s3"))

    def one_by_one(environ: Environ) -> Answer:
        with _moto:
            return application(environ)

    return one_by_one


def forget_account(account: str) -> None:
    """Drop an account's buckets and what they hold, its users and its roles.

    moto's own reset would drop those of every sandbox in the process.
    """
    from moto.s3.models import FakeKey, s3_backends

    forget_iam(account)
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
