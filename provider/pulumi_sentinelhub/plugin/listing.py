"""What of a kind the account has: ids that can be imported, and names to recognise them by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2

from ..errors import InputError
from ..lifecycle import lookups
from ..lifecycle.context import Context
from ..lifecycle.fields import Field, type_failures
from ..lifecycle.tables.lookups import LIST_BATCH_REQUESTS, LIST_COLLECTIONS
from ..values import contains_unknown
from .call import told, unknown
from .kinds import COLLECTION, REQUEST
from .wire import received


@dataclass(frozen=True)
class Entry:
    """One that is there.

    Attributes:
        id: by which it can be imported.
        name: to recognise it by; empty where it has none.
    """

    id: str
    name: str


@dataclass(frozen=True)
class Listing:
    """How a kind is listed.

    Attributes:
        arguments: of the query.
        ask: gives what is there, page by page as it is taken.
    """

    arguments: tuple[Field, ...]
    ask: Callable[[Context, Mapping[str, Any]], Iterator[Entry]]

    def entries(self, ctx: Context, query: Mapping[str, Any], after: str) -> Iterator[Entry]:
        """What is there.

        Args:
            ctx: the surroundings.
            query: the arguments.
            after: id of the last one of the page before; empty for the first page.

        Raises:
            InputError: the query has what cannot be asked for; or the last one of the page before is gone, so
                that nobody can tell what comes next.
            SentinelHubError: the service cannot be asked.
        """
        for name in sorted(query.keys() - {argument.name for argument in self.arguments}):
            raise InputError("cannot list", why=f"{name} is no argument of this list")
        for finding in type_failures(self.arguments, query):
            raise InputError("cannot list", why=str(finding))
        found = self.ask(ctx, query)
        if after and all(entry.id != after for entry in found):
            raise InputError(
                "cannot go on with the list",
                why=f"{after}, the last one of the page before, is gone",
                next_step="List again from the first page",
            )
        yield from found


def _requests(ctx: Context, query: Mapping[str, Any]) -> Iterator[Entry]:
    for info in lookups.batch_requests(ctx.batch(), **{"sort": "created:desc", **query}):
        yield Entry(info.id, info.description or "")


def _collections(ctx: Context, query: Mapping[str, Any]) -> Iterator[Entry]:
    for info in ctx.batch().list_collections(**query):
        yield Entry(info.id, info.name)


LISTINGS: Final[Mapping[str, Listing]] = {
    REQUEST.token: Listing(LIST_BATCH_REQUESTS.arguments, _requests),
    COLLECTION.token: Listing(LIST_COLLECTIONS, _collections),
}


def listed(request: Any, context: grpc.ServicerContext, surroundings: Callable[[], Context]) -> Iterator[Any]:
    """The answers to a List; the token of a page is the last id of the page before.

    Args:
        request: what is asked.
        context: of the call.
        surroundings: gives those of a look-up.
    """
    response = provider_pb2.ListResponse  # older SDKs have none, nor do they call this
    listing = LISTINGS.get(request.token)
    if listing is None:
        unknown(context, "list", request.token, LISTINGS)
    query = received(request.query)
    if contains_unknown(query):
        yield response(computed=response.Computed())
        return
    with told(context):
        most = [number for number in (request.limit, request.page_size) if number > 0]
        entries = listing.entries(surroundings(), query, request.continuation_token)
        last = ""
        for number, entry in enumerate(entries):
            if most and number == min(most):
                if number != request.limit:
                    yield response(continuation=response.Continuation(continuation_token=last))
                return
            last = entry.id
            yield response(result=response.Result(id=entry.id, name=entry.name))
