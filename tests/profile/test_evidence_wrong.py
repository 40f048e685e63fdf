"""Wrong credentials that are made of the right ones."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest, basic_credentials
from cicsms.profile.evidence_wrong import wrong
from cicsms.profile.values import Registration


class Wrong(SynchronousTestCase):
    """What is tried in the place of what the request carries."""

    def test_basic_and_parameters(self) -> None:
        """Login, password and secret options are each made wrong where the request carries them, escaped or not."""
        right = Registration("acme", "acme", "s3cr&t", {"ApiKey": "key-1234", "Tag": "tag-1234"})
        request = HttpRequest("POST", b"/?key=key-1234&tag=tag-1234", ((b"Authorization", basic_credentials("acme", "s3cr&t")),))
        tried = list(wrong(request, right))
        self.assertEqual([name for name, _ in tried], ["login", "password", "password"])
        self.assertEqual((tried[0][1].login, tried[0][1].account), ("acmex", "acmex"))
        self.assertEqual((tried[1][1].password, tried[2][1].options["ApiKey"]), ("s3cr&tx", "key-1234x"))
        self.assertEqual(tried[2][1].options["Tag"], "tag-1234")

    def test_what_is_not_carried(self) -> None:
        """What the request does not carry is left alone; the login of a webhook proves nothing."""
        request = HttpRequest("POST", b"/in?account=acme", ())
        self.assertEqual(list(wrong(request, Registration("acme", "acme", "s3cret"), login=False)), [])

    def test_one_value_in_two_places(self) -> None:
        """A value that stands for two secrets is made wrong in both."""
        request = HttpRequest("GET", b"/in?key=pass", ())
        (one,) = list(wrong(request, Registration("", "", "pass", {"WebhookPassword": "pass"})))
        self.assertEqual((one[1].password, one[1].options["WebhookPassword"]), ("passx", "passx"))
