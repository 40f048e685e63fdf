"""What is shown of a document, and what is not: no secret in any repr, error or output."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError
from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.load import examine_source
from cicsms.config.masked import STARS, masked
from cicsms.config.source import parse
from cicsms.model.settings import Account, Configuration, MtSettings, ProxySettings, Site
from tests.config.documents import KNOWN, SECRET, broker

TEXT = (
    broker(
        "one", accounts=f'id = "a"\nlogin = "me"\npassword = "{SECRET}"\noptions = {{ AuthToken = "{SECRET}", StatusUri = "u" }}'
    )
    + f'[brokers.proxy]\naddress = "p:1"\npassword = "{SECRET}"\n[brokers.mt.options]\nAuthToken = "{SECRET}"\n'
    + f'[[handlers]]\nname = "h"\nurl = "https://h.example/x?key={SECRET}"\nsecret = "{SECRET}"\n'
).replace('"kannel"', '"twilio"')


class Shown(SynchronousTestCase):
    """The effective document."""

    def configuration(self) -> Configuration:
        """Return a configuration full of secrets."""
        examined = examine_source(parse(TEXT, "c.toml"), Path("/nowhere"), KNOWN)
        self.assertEqual(examined.findings, ())
        assert examined.configuration is not None
        return examined.configuration

    def test_no_secret(self) -> None:
        """No secret is shown, with or without the definitions at hand; the document is plain data."""
        for profiles in (None, KNOWN):
            self.assertNotIn(SECRET, json.dumps(masked(self.configuration(), profiles)))

    def test_options(self) -> None:
        """An option that the definition declares open is shown; without the definition it is masked."""
        account = masked(self.configuration(), KNOWN)["brokers"][0]["accounts"][0]
        self.assertEqual(account["options"], {"AuthToken": STARS, "StatusUri": "u"})
        account = masked(self.configuration())["brokers"][0]["accounts"][0]
        self.assertEqual(account["options"], {"AuthToken": STARS, "StatusUri": STARS})

    def test_effective(self) -> None:
        """Defaults are shown, and an empty secret is empty."""
        shown = masked(self.configuration())
        self.assertEqual(shown["brokers"][0]["mt"]["timeout"], 60)
        self.assertEqual(masked(Configuration.model_validate({"brokers": [
            {"name": "o", "profile": "p", "accounts": [{"id": "a"}]},
        ]}))["brokers"][0]["accounts"][0]["password"], "")  # fmt: skip

    def test_site(self) -> None:
        """Of a site file, the token and the database's URL are masked."""
        site = Site.model_validate({"database": f"postgresql://u:{SECRET}@h/d", "api": {"token": SECRET}})
        shown = masked(site)
        self.assertEqual((shown["database"], shown["api"]["token"]), (STARS, STARS))
        self.assertEqual(shown["state"], "state")


class Hidden(SynchronousTestCase):
    """Reprs and errors."""

    def test_repr(self) -> None:
        """No settings model shows a secret in its repr or text."""
        models = (
            Account.model_validate({"id": "a", "password": SECRET, "options": {"x": SECRET}}),
            MtSettings.model_validate({"options": {"x": SECRET}}),
            ProxySettings.model_validate({"address": "p:1", "password": SECRET}),
            Site.model_validate({"database": SECRET, "api": {"token": SECRET}}),
        )
        self.assertNotIn(SECRET, repr(models) + "".join(str(model) for model in models))

    def test_errors(self) -> None:
        """The checker's own error text leaves the input out."""
        refused = self.assertRaises(ValidationError, Account.model_validate, {"id": "a", "password": [SECRET], "options": SECRET})
        self.assertNotIn(SECRET, str(refused))
