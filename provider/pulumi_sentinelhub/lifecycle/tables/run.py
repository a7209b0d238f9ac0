"""The table of BatchRun."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...batch.api import Phase
from ..fields import Change, Field
from ..kinds import FLAG, ID, TEXTS, Ids, Positive, Text, Whole, Word
from ..outputs import ByName, Integer, ListOf, Number, Output, Record, by_name
from .common import ACCOUNT, DECLARATION, DEPLOYMENT, SERVICE

#: The status of a request that has not been read yet.
UNREAD: Final = "UNREAD"

_MOST_RESTARTS: Final = 100  # each one is paid for
#: For documentation: what a status may be.
PHASES: Final = ", ".join(phase.value for phase in Phase)
_PU: Final = Number("processing units")

FIELDS: Final = (
    Field(
        "requests",
        Change.DRIVE,
        Ids("batch requests"),
        "The batch requests or their ids; a single one will do.",
        required=True,
    ),
    Field(
        "until",
        Change.DRIVE,
        Word(("analysed", "started", "finished", "cancelled")),
        'How far: ``"analysed"``, ``"started"``, ``"finished"`` or ``"cancelled"``.',
        default="started",
    ),
    Field(
        "max_cost",
        Change.LOCAL,
        Positive("number of processing units"),
        "Processing units that all requests together may cost, after the batch discount: they are analysed "
        "first and nothing is started when the estimates exceed it; while the run waits for them, they are "
        "cancelled when the cost so far passes it. A change alone makes no call, and so ends no job.",
    ),
    Field(
        "restart_partial",
        Change.DRIVE,
        Whole("number", 0, _MOST_RESTARTS),
        "How often failed tiles of a PARTIAL request are run again, which costs processing units.",
        default=0,
    ),
    Field(
        "accept_partial",
        Change.DRIVE,
        FLAG,
        "Whether a result that lacks failed tiles will do.",
        default=False,
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(("cancel", "leave")),
        "What the run's removal does with requests that are given by bare id and owned by no BatchRequest: "
        '``"cancel"`` or ``"leave"``.',
        default="cancel",
    ),
    Field(
        "bare",
        Change.LOCAL,
        Ids("batch requests"),
        "Those of the requests that are given by bare id.",
        internal=True,
    ),
    Field(
        "generations",
        Change.HIDDEN,
        TEXTS,
        "By request id, the generation of the API in which its BatchRequest has made it.",
        internal=True,
    ),
    Field(
        "declarations",
        Change.HIDDEN,
        TEXTS,
        "By place in ``requests``, the key of the declaration of each that is a BatchRequest of the program.",
        internal=True,
    ),
    DEPLOYMENT,
    DECLARATION,
)

#: A record of ``results``: one request of the run.
RESULT: Final = (
    Output("id", ID, "Id of the batch request."),
    Output(
        "status",
        Text(),
        f"{PHASES}, or the service's word for another; absent before the first look.",
        optional=True,
    ),
    Output("user_action", Text(), "The latest action.", optional=True),
    Output("tile_count", Integer("tiles"), "Number of tiles, as the service tells it.", optional=True),
    Output("value_estimate", _PU, "Estimate in processing units, before the batch discount.", optional=True),
    Output("cost_estimate", _PU, "Estimate in processing units, after the batch discount.", optional=True),
    Output("cost", _PU, "Processing units spent so far, after the batch discount.", optional=True),
    Output("tiles", ByName(Integer("tiles")), "Number of tiles by tile status, where they were counted."),
    Output("failed_tiles", ListOf(Text()), "Names of failed tiles, at most 20; on v2 each with its reason."),
    Output("error", Text(), "The service's words where the request failed.", optional=True),
    Output("expired", FLAG, "Whether the service has removed the request after it came to rest."),
    Output("fingerprint", Text(), "Key of what it computes.", optional=True),
    Output(
        "finished_as", ID, "Id of the removed request that has finished this very job already.", optional=True
    ),
    Output("restarts", Integer("restarts"), "How often its failed tiles were run again."),
    Output("collection_id", ID, "The batch collection that it writes into.", optional=True),
    Output("declaration", Text(), "Key of the declaration that it was made for.", optional=True),
    Output("generation", Text(), "The generation of the batch API that it lives in.", optional=True),
    Output(
        "completion", Number("percent"), "Percent done, where that is told in place of tiles.", optional=True
    ),
    Output(
        "nothing_runs",
        FLAG,
        "Whether a cancellation was refused, since nothing of it runs or waits to.",
        optional=True,
    ),
    Output(
        "resume_at",
        Number("seconds"),
        "When what the service has stopped may be resumed, seconds since 1970.",
        optional=True,
    ),
)
_EARLIER: Final = (
    Output("id", ID, "Id of the batch request that has left."),
    Output("declaration", Text(), "Key of the declaration that it was made for."),
    Output("cost", _PU, "Processing units spent on it, after the batch discount."),
)

OUTPUTS: Final = by_name(
    Output(
        "status",
        Text(),
        "The one status that all requests share, else that of the one which is furthest from done.",
    ),
    Output("statuses", ByName(Text()), "Status by request id."),
    Output(
        "results",
        ListOf(Record("BatchRunResult", RESULT)),
        "A record a request: id, status, user_action, tiles, failed_tiles, value_estimate, cost_estimate, "
        "cost and more.",
    ),
    Output("tiles", Integer("tiles"), "Number of tiles of all requests."),
    Output("tiles_by_status", ByName(Integer("tiles")), "Number of tiles by tile status, over all requests."),
    Output(
        "failed_tiles",
        ListOf(Text()),
        "Names of failed tiles, at most 20 a request; on v2 each with its reason.",
    ),
    Output("user_action", Text(), "The latest action that all requests share, else MIXED."),
    Output(
        "value_estimate",
        _PU,
        "Sum of the service's estimates in processing units, before the batch discount.",
        optional=True,
    ),
    Output("cost_estimate", _PU, "The same after the batch discount.", optional=True),
    Output("cost", _PU, "Processing units spent, after the batch discount.", optional=True),
    Output(
        "collection_ids",
        ByName(ID),
        "Batch collection by request id; one that a request makes itself (createCollection) is there after "
        "its analysis. The Process API reads it as ``batch-<id>``.",
    ),
    Output(
        "earlier",
        ListOf(Record("BatchRunEarlier", _EARLIER)),
        "What was spent on requests that have left the run: id, declaration, cost in processing units.",
        optional=True,
    ),
    replace(SERVICE, doc="Address of the service that the requests were made at."),
    replace(ACCOUNT, doc="Id of the account that the requests belong to."),
)
