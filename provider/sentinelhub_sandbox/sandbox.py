"""A sandbox in this process: Sentinel Hub on one loopback port, S3 on another."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from .access import DeliveryAccess
from .accounts import clients_of
from .aws_keys import Keyring
from .byoc import BucketReader, ByocApi, ByocCollections
from .byoc.collections import PREFIX as BYOC
from .byoc.data import ByocData
from .byoc.ingest import ingest
from .byoc.results import ResultCollections
from .control import Control
from .delivery import Delivery
from .encoding import unzipped
from .faults import CallLayer, Faults
from .httpd import Application, HttpServer, wsgi
from .iam_front import IamFront, by_service
from .jobs.worker import Worker
from .journal import Journal
from .limits import RateLimits
from .moto_s3 import forget_account, moto_application
from .oauth import TOKEN_PATHS, OAuthError, Tokens, oauth_refused, oauth_routes
from .options import SandboxOptions
from .pixels import OwnData, Pixels
from .routes import serve
from .s3_front import S3Front
from .settings import LiveOptions
from .v1.api import ProcessApi
from .v1.collections import Collections
from .v1.collections_api import CollectionsApi
from .v1.own_collections import OwnCollections
from .v1.service import BatchV1
from .v2.api import TaskApi
from .v2.service import BatchV2
from .wire import ApiError

# [CDSE news, 2026: path structure] Endpoints have a new path beside the old one.
API_PATHS = ("/api/", "/batch/", "/byoc/", "/metadata/")
SERVICE_PRINCIPAL = "arn:aws:iam::614251495211:root"
_accounts = itertools.count(100000000001)


class Sandbox:
    """A local Sentinel Hub with its S3, served from threads of this process; also a context manager.

    Args:
        options: how it behaves.
        pixels: grids, tiles and files; by default those that the options ask for.
    """

    def __init__(self, options: SandboxOptions | None = None, pixels: Pixels | None = None) -> None:
        self._live = LiveOptions(options or SandboxOptions())
        self.journal = Journal()
        self.faults = Faults()
        self._account = str(next(_accounts))
        clock = self.options.clock
        self._collections = Collections(clock)
        pixels = pixels or cast("Pixels", _LatePixels(self.options, self._find_own))
        self.v1 = BatchV1(self._live, pixels, self._collections)
        self._clients = clients_of(self.options)
        self._tokens = Tokens(self._clients, self.options.token_seconds, clock)
        keys = Keyring(self._account, self.options.aws_access_key_id, self.options.aws_secret_access_key)
        self._front = S3Front(moto_application("s3"), keys, SERVICE_PRINCIPAL)
        aws = by_service(self._front, IamFront(keys, self.options.assume_principal))
        self._s3 = HttpServer(self.options.s3_port, self._layer(aws, "s3"))
        self._delivery = Delivery(self._s3.url, self.options.region, aws, self._front)
        self.access = DeliveryAccess(
            self._s3.url, self.options.region, aws, self._front, self.options.external_id
        )
        reader = BucketReader(self._delivery, self._front)
        self.byoc = ByocCollections(lambda: self.options, partial(ingest, reader))
        self._byoc_data = ByocData(self.byoc, reader)
        self._own = OwnCollections(self.v1.store, pixels, self._collections, self._delivery)
        self.v2 = BatchV2(self._live, pixels, self.access, ResultCollections(self.byoc))
        layer = self._layer(wsgi(self._flask()), "sentinelhub")
        self._api = HttpServer(self.options.port, unzipped(layer))
        lines = [self.v1.line(self._delivery, self._front), self.v2.line]
        self._worker = Worker(lines) if self.options.render else None

    @property
    def options(self) -> SandboxOptions:
        """The options in force."""
        return self._live.now

    @property
    def endpoints(self) -> dict[str, Any]:
        """What a client needs (the ready line): URLs, keys, the region, and all OAuth clients.

        ``aws_endpoint_url`` serves S3, IAM and STS; ``assume_principal`` and ``external_id`` are what a
        role's trust policy has to let in.
        ``accounts`` has one ``{client_id, client_secret, account}`` a client, the default one first;
        ``account`` is the account's UUID.
        """
        return {
            "base_url": self._api.url,
            "token_url": self._api.url + TOKEN_PATHS[0],
            "s3_endpoint_url": self._s3.url,
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "aws_access_key_id": self.options.aws_access_key_id,
            "aws_secret_access_key": self.options.aws_secret_access_key,
            "region": self.options.region,
            "aws_endpoint_url": self._s3.url,
            "assume_principal": self.options.assume_principal,
            "external_id": self.options.external_id,
            "accounts": [
                {"client_id": name, "client_secret": client.secret, "account": client.caller.account}
                for name, client in self._clients.items()
            ],
        }

    def start(self) -> Sandbox:
        """Serve; returns itself once both ports answer."""
        self._s3.start()
        self._api.start()
        if self._worker is not None:
            self._worker.start()
        return self

    def stop(self) -> None:
        """Stop serving and forget everything."""
        self.faults.clear()
        if self._worker is not None:
            self._worker.stop()
        self._api.stop()
        self._s3.stop()
        self._delivery.close()
        self.v2.close()
        forget_account(self._account)

    def reset(self) -> None:
        """Forget all requests, collections, tokens, buckets, faults, changed options and the journal.

        Accounts keep their ids.
        """
        self._live.reset()
        self.v1.store.reset()
        self.v2.reset()
        self._collections.reset()
        self.byoc.reset()
        self._tokens.reset()
        self.faults.clear()
        self._front.reset()
        forget_account(self._account)
        self.journal.clear()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _find_own(self, kind: str) -> OwnData | None:
        return self._byoc_data.find(kind) if kind.startswith(BYOC) else self._own.find(kind)

    def data_exists(self, account: str, kind: str) -> bool:
        """Whether an account has the collection of its own that a data type (``batch-<id>``) names."""
        return self.byoc.exists(account, kind) or self._own.exists(account, kind)

    def _layer(self, application: Application, service: str) -> CallLayer:
        client_of = self._tokens.client_of
        return CallLayer(application, service, self.faults, self.journal, self.options.clock, client_of)

    def _flask(self) -> Flask:
        # a folder of its own, which it would look for, is nothing that it needs
        app = Flask(__name__, static_folder=None, instance_path=str(Path(__file__).parent))
        app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
        limits = RateLimits(lambda: self.options.rate_limit, self.options.clock)

        def before() -> None:
            if request.path.startswith("/_sandbox"):
                return
            if self.options.latency_ms > 0:
                time.sleep(self.options.latency_ms / 1000)
            if request.path.startswith(API_PATHS):
                g.caller = self._tokens.caller(request.headers.get("Authorization", ""))
                limits.take(g.caller.account)

        def refused(error: ApiError) -> tuple[Response, int, dict[str, str]]:
            return jsonify(error.body()), error.status, error.headers

        def no_route(error: HTTPException) -> tuple[Response, int, dict[str, str]]:
            status = error.code or 500
            allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
            headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
            return jsonify(ApiError(status, error.name).body()), status, headers

        def after(response: Response) -> Response:
            if response.status_code == HTTPStatus.NO_CONTENT:
                del response.headers["Content-Type"]
            if self._worker is not None and request.method != "GET":
                self._worker.wake()
            return response

        app.before_request(before)
        app.after_request(after)
        app.register_error_handler(ApiError, refused)
        app.register_error_handler(OAuthError, oauth_refused)
        app.register_error_handler(HTTPException, no_route)
        control = Control(
            live=self._live,
            generations=(self.v1, self.v2),
            collections=self._collections,
            tokens=self._tokens,
            faults=self.faults,
            journal=self.journal,
            reset_all=self.reset,
            foreign_bucket=self._front.add_foreign,
        )
        routes = [
            *oauth_routes(self._tokens, limits),
            *ProcessApi(self.v1, self.data_exists).routes(),
            *CollectionsApi(self.v1).routes(),
            *TaskApi(self.v2, self.data_exists).routes(),
            *ByocApi(self.byoc, f"aws-{self.options.region}", self._collections.get).routes(),
            *control.routes(),
        ]
        serve(app, routes)
        return app


class _LatePixels:
    """The pixel side, imported when it is first asked for something: a sandbox is ready sooner without."""

    def __init__(self, options: SandboxOptions, find_own: Callable[[str], OwnData | None]) -> None:
        self._options = options
        self._find_own = find_own

    @cached_property
    def _made(self) -> Pixels:
        from .real_pixels import FlatPixels, RealPixels

        return FlatPixels(self._find_own) if self._options.pixels == "flat" else RealPixels(self._find_own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)
