"""BatchRequest: what is to be computed. Creating one costs nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..batch.api import REQUEST_INPUTS, SPEC_INPUTS, UNSET, BatchRequestInfo, Unset
from ..batch.inputs import collection_id_of, without_link
from ..errors import Conflict, NotFound, SentinelHubError
from ..finding import Severity, of_severity
from ..preview.checks.check import check_request
from ..values import same
from . import home
from .context import Context
from .contract import CheckReport, Difference, Remote
from .fields import compare, echo, type_failures, with_defaults
from .known_grids import settled
from .ownership import account
from .ownership.absence import look, shared_look
from .ownership.adoption import (
    adopted,
    adoption_report,
    default_on_delete,
    is_adopted,
    on_delete_of,
)
from .ownership.ledger import key_of
from .ownership.takeover import make_or_take
from .probe import no_call
from .request_findings import access, priced
from .request_state import (
    UNLESS_ADOPTED,
    concrete_path,
    follow,
    kept_payload,
    outputs_of,
    remember,
    reported,
    what_became_of_it,
)
from .settle import is_confirmed, settle
from .tables.request import FIELDS, MAY_RUN


class BatchRequestLifecycle:
    """Lifecycle of a batch request: one POST, an update in place by PUT, cancel and DELETE."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found before money is spent, and say what it will cost as far as that can be told.

        No call is made but one look at a request that is to be adopted.
        """
        inputs = with_defaults(FIELDS, news)
        findings = [*type_failures(FIELDS, inputs), *home.moved(olds, inputs)]
        # The rules that count are those of where it lives, unless it will be made anew.
        stays = not of_severity(findings, Severity.ERROR) and _stays(ctx, olds, inputs)
        generation = inputs["api_version"] = (home.generation_of(ctx, olds) if stays else ctx.generation).name
        if "adopt_id" not in inputs or "process_request" in inputs:
            checked = check_request(inputs, ctx.deployment, generation)
            findings += checked if stays else settled(ctx, inputs, checked)
            findings += access(ctx, inputs, generation)
        if not of_severity(findings, Severity.ERROR):
            against, notes = adoption_report(ctx, olds, inputs)
            findings += [*against, *notes]
        if not of_severity(findings, Severity.ERROR):
            foretells = not stays and ctx.foretells
            findings += priced(ctx, inputs, generation, told=foretells)
            if foretells and (refusal := ctx.refusal()) is not None:
                findings.append(no_call(refusal))
        return CheckReport(inputs, tuple(findings))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table, but for what means the same, and for the collection link, which changes in place.

        The old request goes first: a job that runs must have ended before the one in its place is started.
        """
        ctx.ledger.hold(id, key_of(news), formerly=key_of(olds))
        remember(ctx, id, olds)
        account.warn_if_moved(ctx, id, olds)
        olds = {**olds, "on_delete": on_delete_of(olds, UNLESS_ADOPTED)}
        news = {"on_delete": default_on_delete(olds, UNLESS_ADOPTED), **news}
        found = _compared(ctx, id, olds, news)
        replaces = found.replaces
        if olds.get("missing") and not replaces:
            return self._of_missing(ctx, id, olds, found)
        return Difference(found.changed, replaces, delete_before_replace=bool(replaces))

    @staticmethod
    def _of_missing(ctx: Context, id: str, olds: Mapping[str, Any], found: Difference) -> Difference:
        """A request that a refresh did not find: made anew where it never ran, unless it is back."""
        found = Difference(found.changed)
        if olds["missing"] == MAY_RUN:
            return found
        try:
            ctx.batch(id).get_request(id)
        except NotFound:
            return Difference((*found.changed, "missing"), ("missing",), delete_before_replace=True)
        except SentinelHubError:
            return found
        return Difference((*found.changed, "missing"))

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """One POST, or what takeover allows to take, or ``adopt_id``."""
        if adopt_id := news.get("adopt_id"):
            info = adopted(ctx, str(adopt_id), news)
            declared = {key: value for key, value in news.items() if value is not None}
            return Remote(info.id, outputs_of(ctx, {**info.spec.inputs, **declared}, info, adopted=True))
        info = make_or_take(ctx, key_of(news), ctx.generation.declared(news))
        if (info.description or "") != str(news.get("description") or ""):
            info = ctx.batch(info.id).update_request(info.id, description=str(news.get("description") or ""))
        return Remote(info.id, outputs_of(ctx, news, info, adopted=False))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The request as it is now; one that is gone is kept, as ``expired`` or ``missing``."""
        ctx.ledger.hold(id, key_of(olds))
        remember(ctx, id, olds)
        account.require_own(ctx, "read batch request", id, olds, lambda: ctx.batch(id).get_request(id))
        info = look(ctx, id, shared_look(ctx, id), at_rest=lambda: ctx.ledger.is_at_rest(id))
        if info is None:
            return Remote(id, {**olds, **account.origin(ctx), **what_became_of_it(ctx, id, olds)})
        ctx.ledger.saw(info)
        outputs = outputs_of(ctx, olds, info, adopted=is_adopted(olds))
        declared = {field.name: olds[field.name] for field in FIELDS if olds.get(field.name) is not None}
        follow(declared, outputs, info)
        return Remote(id, outputs, declared)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """PUT description and collection link; nothing is called for local settings."""
        remember(ctx, id, olds)
        ctx.ledger.hold(id, key_of(news), formerly=key_of(olds))
        description: str | Unset = UNSET
        link: str | Unset | None = UNSET
        if _says(news, "description", olds) and not same(olds.get("description"), news.get("description")):
            description = str(news.get("description") or "")
        relinks = home.generation_of(ctx, olds).abilities.relinks and _says(news, "output", olds)
        if relinks and not same(collection_id_of(olds), collection_id_of(news)):
            link = collection_id_of(news)
        kept = {
            **reported(olds),
            **account.recorded(olds),
            **kept_payload(olds, news),
            **echo(FIELDS, news),
        }
        kept |= {
            "on_delete": news.get("on_delete") or default_on_delete(olds, UNLESS_ADOPTED),
            **concrete_path(olds),
            # what is checked may be for another generation than the one that it lives in
            "api_version": home.generation_of(ctx, olds).name,
        }
        if description is UNSET and link is UNSET and not olds.get("missing"):
            return kept
        account.require_own(ctx, "update batch request", id, olds, lambda: ctx.batch(id).get_request(id))
        try:
            info = ctx.batch(id).update_request(id, description=description, collection_id=link)
        except NotFound:
            if not olds.get("expired"):
                raise
            # The service has removed a job that is over: there is nothing left to describe.
            return kept
        except Conflict as conflict:
            raise Conflict(
                "cannot update batch request",
                subject=id,
                why=conflict.why or "it is being processed",
                next_step="Wait until it has come to rest, then run `pulumi up` again",
                status=conflict.status,
            ) from conflict
        return outputs_of(ctx, {**kept_payload(olds, news), **news}, info, adopted=is_adopted(olds))

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Cancel it if it is active, wait until it is at rest, DELETE it; done jobs stay with the service."""
        if on_delete_of(olds, UNLESS_ADOPTED) == "leave":
            account.require_own_to_let_go(ctx, "let go of batch request", id, olds)
            ctx.ledger.release(id)
            ctx.warn(f'batch request {id} is left as it is (on_delete = "leave")')
            return
        if ctx.ledger.was_taken_over(id):
            # A replacement that was asked for, where the new one is made first.
            ctx.warn(f"batch request {id} is left as it is: this update has adopted it again")
            return
        if ctx.ledger.is_held_by_another(id, key_of(olds)):
            ctx.warn(f"batch request {id} is left as it is: another declaration of this stack holds it")
            return
        remember(ctx, id, olds)
        account.require_own(ctx, "delete batch request", id, olds, lambda: ctx.batch(id).get_request(id))
        if not olds.get("missing"):
            ctx.ledger.release(id)
        if _rested_and_deleted(ctx, id):
            return
        # An idle request that may not be deleted was confirmed a moment ago, and reads as older than it is.
        if not _rested_and_deleted(ctx, id, insist=(id,)):
            raise Conflict(
                "cannot delete batch request",
                subject=id,
                why="it has come to rest, and the service keeps it all the same",
                next_step="Run the command again in a minute",
            )


def _rested_and_deleted(ctx: Context, id: str, insist: tuple[str, ...] = ()) -> bool:
    """Bring it to rest and delete it; False when it is still there and may be active all the same."""
    settled = settle(ctx, [id], insist=insist)
    settled.raise_failures()
    info = settled.infos[id]
    if info is None:
        return True
    if not info.generation.abilities.deletes:
        if not info.is_final and _is_confirmed(ctx, info):
            return False
        ctx.note(
            f"batch request {id} is {info.status}. This generation of the API deletes nothing: the service "
            "keeps the record and removes it by itself after some weeks; what is written stays in the bucket"
        )
        return True
    try:
        ctx.batch(id).delete_request(id)
    except NotFound:
        # It was there a moment ago: a 404 now is somebody else's deletion, or a machine that lags behind.
        return look(ctx, id, lambda: ctx.batch(id).get_request(id), at_rest=lambda: info.is_final) is None
    except Conflict:
        # "Requests with processed tiles cannot be deleted" [batch API].
        return info.is_final
    return True


def _is_confirmed(ctx: Context, info: BatchRequestInfo) -> bool:
    try:
        return is_confirmed(ctx, info)
    except NotFound:
        # As after a DELETE: somebody's deletion, or a machine that lags behind.
        return (
            look(ctx, info.id, lambda: ctx.batch(info.id).get_request(info.id), at_rest=lambda: False)
            is not None
        )


BATCH_REQUEST: Final = BatchRequestLifecycle()


def _compared(ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
    """What differs, and what of it replaces the request."""
    if is_adopted(olds):
        # What an adopting declaration does not say comes from the service.
        olds = {key: value for key, value in olds.items() if key not in REQUEST_INPUTS or key in news}
    found = compare(FIELDS, olds, news)
    return Difference(found.changed, tuple(n for n in found.replaces if _replaces(ctx, n, id, olds, news)))


def _stays(ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    """Whether there is a request that the inputs, which are of the right types, do not replace."""
    return bool(olds) and not _compared(ctx, str(olds.get("request_id")), olds, inputs).replaces


def _says(news: Mapping[str, Any], name: str, olds: Mapping[str, Any]) -> bool:
    """Whether the declaration says anything of an input: an adopting one may leave it to the service."""
    return name in news or not is_adopted(olds)


def _replaces(ctx: Context, name: str, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a difference that the table calls a replacement is one."""
    if name == "adopt_id":
        # An import: once it is done, its id may be taken out; one's own id says nothing new.
        return news.get("adopt_id") not in (None, id)
    if name not in REQUEST_INPUTS:
        return True
    before, now = olds.get(name), news.get(name)
    api = home.generation_of(ctx, olds)
    if name == "output" and same(without_link(before), without_link(now)):
        return not api.abilities.relinks
    if name not in SPEC_INPUTS:
        # By which role the service gets at the bucket matters until the job is over.
        return api.abilities.carries_access and not api.phase(olds.get("status")).is_final
    return not api.declared(olds).asks_for_the_same(api.declared(news))
