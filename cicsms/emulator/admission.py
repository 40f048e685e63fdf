"""Who may give orders: whoever bears the token; without one, whoever calls this machine by a name it is known by."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import field, frozen
from twisted.web.iweb import IRequest

from cicsms.model.errors import CicsmsError


class Forbidden(CicsmsError):
    """The caller may not give orders; ``status`` is what it is told."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@frozen
class Admission:
    """The control port's guard.

    Programs on this machine need no token, but pages of other sites in somebody's browser must not give orders: their
    Origin is not ours, and a name they have pointed at this machine (DNS rebinding) is not one of ours.
    """

    token: str | None = field(default=None, repr=False)
    host: str = "localhost"

    def admit(self, request: IRequest) -> None:
        """Hold that the caller may give orders; raises ``Forbidden``."""
        origin, host = request.getHeader(b"origin"), request.getHeader(b"host") or b""
        if origin is not None and origin.partition(b"://")[2] != host:
            raise Forbidden(403, "the control API takes no orders from other sites' pages")
        if self.token is None:
            self._ours(host.decode("latin-1"))
        elif not compare_digest(request.getHeader(b"authorization") or b"", f"Bearer {self.token}".encode()):
            request.setHeader(b"WWW-Authenticate", b"Bearer")
            raise Forbidden(401, "give the token of the settings: Authorization: Bearer TOKEN")

    def _ours(self, host: str) -> None:
        name = _name(host)
        if name not in ("localhost", self.host.lower()) and not _is_address(name):
            raise Forbidden(403, "call the emulator by address, as localhost or by the host of its settings, or set a token")


def _name(host: str) -> str:
    """Return the name in a Host header, without the port; empty where it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
