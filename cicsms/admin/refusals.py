"""Which status and code each error of this program has at the API: the one table."""

from __future__ import annotations

from http import HTTPStatus

from cicsms.admin.problem import Problem
from cicsms.model.errors import CicsmsError, Rejected
from cicsms.pipeline.outbound import KeyReused, LineOff, MissingOption, NotOurNumber, UnknownLine
from cicsms.routing.access import NoAccess
from cicsms.routing.number import BadNumber
from cicsms.routing.outbound import NoRoute
from cicsms.store.errors import StoreBusy

TABLE: tuple[tuple[type[CicsmsError], HTTPStatus, str], ...] = (
    (BadNumber, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-number"),
    (NoRoute, HTTPStatus.UNPROCESSABLE_ENTITY, "no-route"),
    (NoAccess, HTTPStatus.FORBIDDEN, "no-access"),
    (NotOurNumber, HTTPStatus.FORBIDDEN, "not-our-number"),
    (UnknownLine, HTTPStatus.NOT_FOUND, "unknown-account"),
    (LineOff, HTTPStatus.CONFLICT, "switched-off"),
    (MissingOption, HTTPStatus.CONFLICT, "missing-option"),
    (KeyReused, HTTPStatus.CONFLICT, "idempotency-key-reused"),
)


def problem_of(error: CicsmsError) -> Problem:
    """Return the problem that tells a caller of ``error``."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreBusy):
        headers = {"Retry-After": str(error.retry_after)}
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", str(error), headers=headers)
    if isinstance(error, Rejected):
        faults = tuple({"place": f.where, "said": f.said, "remedy": f.remedy, "rule": f.rule} for f in error.findings)
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected", "The files were refused; the old ones stay.", faults)
    for kind, status, code in TABLE:
        if isinstance(error, kind):
            return Problem(status, code, str(error))
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", "The server's log has the details.")
