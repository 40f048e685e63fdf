"""Rules on brokers and accounts."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.config.documents import SECRET, broker, findings, rules

AGAIN = "\n[[brokers.accounts]]\n"


class Names(SynchronousTestCase):
    """What is unique."""

    def test_brokers(self) -> None:
        """Two brokers of one name are refused, letter case aside."""
        text = broker("one") + broker("two").replace('name = "two"', 'name = "ONE"')
        self.assertEqual(rules(text), ["error broker-name-twice"])

    def test_accounts(self) -> None:
        """One account id twice at a broker is refused, on two brokers or in other letter case accepted."""
        self.assertEqual(rules(broker("one", accounts=f'id = "a"{AGAIN}id = "A"')), [])
        self.assertEqual(rules(broker("one", accounts=f'id = "a"{AGAIN}id = "a"')), ["error account-id-twice"])
        self.assertEqual(rules(broker("one") + broker("two")), [])

    def test_local_addresses(self) -> None:
        """One address twice in an account is refused; in two accounts it is a warning; no address at all is accepted."""
        twice = 'id = "a"\nlocal_addresses = [{ address = "1" }, { address = "1" }]'
        self.assertEqual(rules(broker("one", accounts=twice)), ["error local-address-twice"])
        shared = f'id = "a"\nlocal_addresses = [{{ address = "1" }}]{AGAIN}id = "b"\nlocal_addresses = [{{ address = "1" }}]'
        self.assertEqual(rules(broker("one", accounts=shared)), ["warning local-address-shared"])
        self.assertEqual(rules(broker("one", accounts='id = "a"\nlocal_addresses = []')), [])

    def test_empty_local_address(self) -> None:
        """An address without a character is refused, with the advice to leave the entry out."""
        found = findings(broker("one", accounts='id = "a"\nlocal_addresses = [{ address = "" }]'))
        self.assertIn("leave the entry out", found[0].remedy)


class Definitions(SynchronousTestCase):
    """Profiles and options."""

    def test_unknown_profile(self) -> None:
        """An unknown definition or profile is refused with the nearest names."""
        for wrong, near in (("kanel", "kannel"), ("twilio/from", "twilio/form"), ("twilio/", "twilio")):
            found = findings(broker("one").replace('"kannel"', f'"{wrong}"'))
            self.assertIn(near, found[0].remedy)
        self.assertEqual(rules(broker("one").replace('"kannel"', '"zzz"')), ["error unknown-profile"])

    def test_known_profile(self) -> None:
        """A broker's name alone, or with a profile, is known; without definitions at hand nothing is said."""
        self.assertEqual(rules(broker("one").replace('"kannel"', '"kannel/get"')), [])
        self.assertEqual(rules(broker("one").replace('"kannel"', '"zzz"'), profiles=None), [])

    def test_names(self) -> None:
        """An option that makes a definition none that works is refused, with what to write and without its value."""
        text = broker("one", accounts=f'id = "a"\noptions = {{ IdPath = "{SECRET}" }}').replace('"kannel"', '"any"')
        (found,) = findings(text)
        self.assertEqual((found.rule, found.remedy, SECRET in str(found)), ("option-value", "Write $.a.b in JSON.", False))
        self.assertEqual(rules(text.replace(SECRET, "$.id")), [])

    def test_unknown_option(self) -> None:
        """An option the definition does not have is refused, of an account and of MT alike, its value unsaid."""
        text = broker("one", accounts=f'id = "a"\noptions = {{ Mesk = "{SECRET}" }}\n[brokers.mt.options]\nX = "{SECRET}"')
        found = findings(text)
        self.assertEqual([one.rule for one in found], ["unknown-option", "unknown-option"])
        self.assertIn("Did you mean Mask?", found[0].remedy)
        self.assertNotIn(SECRET, str(found))

    def test_option_values(self) -> None:
        """The value of an option is of its kind, or empty; a wrong one is refused without being told."""
        wrong = {
            "Mask": ("a whole number", "²", "1.5"),
            "Charset": ("one of UTF-8, UTF-16BE", "utf-8"),
            "Callback": ("http", "x.example"),
        }
        for name, (words, *values) in wrong.items():
            for value in values:
                found = findings(broker("one", accounts=f'id = "a"\noptions = {{ {name} = "{value}" }}'))
                self.assertEqual([one.rule for one in found], ["option-value"])
                self.assertIn(words, found[0].said)
                self.assertNotIn(value, found[0].said)
        fine = 'id = "a"\noptions = { Mask = "-1", Charset = "UTF-8", Callback = "https://x" }'
        self.assertEqual(
            rules(broker("one", accounts=fine)) + rules(broker("one", accounts='id = "a"\noptions = { Mask = "" }')), []
        )

    def test_no_options_at_all(self) -> None:
        """Where the definition has none, the advice is to leave it out."""
        text = broker("one", 'encryption = "https"', accounts='id = "a"\noptions = { X = "1" }').replace('"kannel"', '"acme"')
        self.assertIn("leave this out", findings(text.replace("http://", "https://"))[0].remedy)

    def test_required_option(self) -> None:
        """A required option that is empty is a warning, unless MT gives it, the definition has a default, or MT is off."""
        text = broker("one", accounts='id = "a"\noptions = { AuthToken = "" }').replace('"kannel"', '"twilio"')
        self.assertEqual(rules(text), ["warning option-empty"])
        self.assertEqual(rules(text + '[brokers.mt.options]\nAuthToken = "x"'), [])
        self.assertEqual(
            rules(text + "[brokers.mt.options]\n".replace(".options", "").replace("[brokers.mt]\n", "")), ["warning option-empty"]
        )
        self.assertEqual(rules(text.replace("[brokers.mt]", "[brokers.mt]\nenabled = false")), [])

    def test_key(self) -> None:
        """An account without the key its broker signs with is a warning, while MO is on."""
        text = broker("one").replace('"kannel"', '"signer"')
        self.assertEqual(rules(text), ["warning no-key"])
        self.assertEqual(rules(text + 'password = "x"'), [])
        self.assertEqual(rules(text.replace("port = 8080", "port = 8080\nenabled = false")), [])

    def test_unsigned(self) -> None:
        """An account that believes unsigned messages, though its broker could sign them, is a warning."""
        text = broker("one").replace('"kannel"', '"maybe"')
        self.assertEqual(rules(text), ["warning unsigned"])
        self.assertEqual(rules(text + 'login = "x"'), [])


class Parts(SynchronousTestCase):
    """What a broker needs to work."""

    def test_nothing(self) -> None:
        """A broker without accounts or directions is told so."""
        found = rules('[[brokers]]\nname = "one"\nprofile = "kannel"')
        self.assertEqual(found, ["warning no-account", "warning no-direction"])

    def test_country(self) -> None:
        """Internationalisation without a country is a warning."""
        text = broker("one").replace("[brokers.mt]", "[brokers.mt]\ninternationalize = true")
        self.assertEqual(rules(text), ["warning no-country"])
        self.assertEqual(rules(text.replace("true", 'true\ncountry = "US"')), [])

    def test_trust(self) -> None:
        """A trust file that is not there is refused with its whole path."""
        found = findings(broker("one", 'trust = "anchors.pem"'))
        self.assertIn("/nowhere/anchors.pem", found[0].said)
