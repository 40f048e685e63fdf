"""Who may give orders to the emulator."""

from __future__ import annotations

from typing import cast

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IRequest
from twisted.web.test.requesthelper import DummyRequest

from cicsms.emulator.admission import Admission, Forbidden


def asking(host: str, **headers: str) -> IRequest:
    """Make a request with these headers."""
    request = DummyRequest([b""])
    for name, value in {"host": host, **headers}.items():
        request.requestHeaders.addRawHeader(name, value)
    return cast(IRequest, request)


class AdmissionTests(SynchronousTestCase):
    """The guard of the control port."""

    def test_our_names(self) -> None:
        """Without a token, addresses, localhost and the host of the settings are names of ours."""
        for host in ("127.0.0.1:8292", "[::1]:8292", "localhost", "LOCALHOST:1", "emu:8292", "192.0.2.7"):
            Admission(host="Emu").admit(asking(host))

    def test_rebound_names(self) -> None:
        """Without a token, any other name is refused: somebody else may have pointed it here."""
        for host in ("evil.test:8292", "", "[::1", "localhost.evil.test"):
            error = self.assertRaises(Forbidden, Admission().admit, asking(host))
            self.assertEqual(error.status, 403)

    def test_token(self) -> None:
        """With a token the name does not matter, the token does."""
        Admission("tok").admit(asking("any.test", authorization="Bearer tok"))
        for wrong in ("Bearer", "Bearer tik", "bearer tok", "", "Bearer t\xf6k"):
            error = self.assertRaises(Forbidden, Admission("tok").admit, asking("localhost", authorization=wrong))
            self.assertEqual(error.status, 401)

    def test_origin(self) -> None:
        """A page of another site is refused whatever it bears; our own page is not."""
        for origin in ("http://evil.test", "null", "http://localhost:1"):
            request = asking("localhost:8292", origin=origin, authorization="Bearer tok")
            self.assertEqual(self.assertRaises(Forbidden, Admission("tok").admit, request).status, 403)
        Admission().admit(asking("localhost:8292", origin="http://localhost:8292"))

    def test_hidden(self) -> None:
        """The token does not show in a repr."""
        self.assertNotIn("tok3n", repr(Admission("tok3n")))
