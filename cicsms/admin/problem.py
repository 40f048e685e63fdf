"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from attrs import define, field
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cicsms.model.errors import CicsmsError

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """What the client of a failed call reads: a stable ``code``, a title, one sentence, and the places at fault."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="Stable word for programs.")
    detail: str = ""
    errors: tuple[Mapping[str, str], ...] = Field(default=(), description="Each fault with its place.")


@define
class Problem(CicsmsError):
    """A call the API refuses: ``code`` for programs, ``detail`` for people; headers go along (Retry-After)."""

    status: HTTPStatus
    code: str
    detail: str = ""
    errors: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(factory=dict)

    def body(self) -> ProblemBody:
        """Give the body of the reply."""
        return ProblemBody(title=self.status.phrase, status=self.status, code=self.code, detail=self.detail, errors=self.errors)


def invalid(error: ValidationError) -> Problem:
    """Make a problem of a body or query that pydantic refused: every fault with its place, no input repeated."""
    faults = tuple(
        {"place": ".".join(map(str, fault["loc"])) or "body", "said": fault["msg"]}
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    said = "; ".join(f"{fault['place']}: {fault['said']}" for fault in faults)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", said, faults)
