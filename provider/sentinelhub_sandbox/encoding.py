"""Compressed request bodies [RFC 9110: Content-Encoding]."""

from __future__ import annotations

import gzip
import io
import zlib

from .httpd import Answer, Application, Environ


def unzipped(application: Application) -> Application:
    """An application that gets the bodies of gzip-encoded requests in the clear.

    A body that is no gzip stays as it is, so that the application refuses it in its own words.
    """

    def ask(environ: Environ) -> Answer:
        if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() != "gzip":
            return application(environ)
        try:
            body = gzip.decompress(environ["sandbox.body"])
        except (OSError, EOFError, zlib.error):
            return application(environ)
        clear = {"sandbox.body": body, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application({**environ, **clear})

    return ask
