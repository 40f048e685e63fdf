"""A played broker behind ``requests``: vendors' own clients talk to a profile without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.profile import Profile
from cicsms.profile.values import Facts, Registration

FACTS = Facts(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), Random(1))


class Played(BaseAdapter):
    """Answers as the profile's broker does: bad credentials are refused, everything else is judged by ``judge``."""

    def __init__(self, profile: Profile, registration: Registration, judge: Callable[[Mt], Answer]) -> None:
        super().__init__()
        self.profile, self.registration, self.judge = profile, registration, judge
        self.taken: list[Mt] = []

    def send(self, request: PreparedRequest, *_: object, **__: object) -> Response:
        """Take a request as if it had come over the wire."""
        reply = self.answer(received(request))
        response = Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict({name.decode(): value.decode() for name, value in reply.headers})
        response._content = reply.body
        response.url, response.request = request.url or "", request
        return response

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answer a request as the emulator does."""
        if not self.profile.authentic(request, self.registration):
            return self.profile.error_reply("auth", self.registration, FACTS)
        (mt,) = self.profile.read_mt(request)
        self.taken.append(mt)
        return self.profile.write_answer([self.judge(mt)] * len(mt.recipients), mt, self.registration, FACTS)

    def close(self) -> None:
        """There is nothing to close."""


def received(request: PreparedRequest) -> HttpRequest:
    """Return a prepared request as the value a listener makes of it."""
    url = urlsplit(request.url or "")
    target = url.path + ("?" + url.query if url.query else "")
    body = request.body or b""
    headers = tuple((name.encode(), str(value).encode()) for name, value in request.headers.items())
    raw = body if isinstance(body, bytes) else str(body).encode()
    return HttpRequest(request.method or "", target.encode(), headers, raw, url.scheme, url.netloc)


def accepted(mt: Mt) -> Answer:
    """Accept a message."""
    return Answer(Outcome.ACCEPTED, "SM" + "0" * 32, mt.recipient, parts=1)


def texts(request: HttpRequest) -> Mapping[str, str]:
    """Return the header lines of a request as text."""
    return {name.decode(): value.decode() for name, value in request.headers}
