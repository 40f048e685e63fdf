"""Outbound routing: order, formatted numbers, access, failover, what is off."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.settings import Configuration
from cicsms.routing.access import NoAccess, Who
from cicsms.routing.number import BadNumber
from cicsms.routing.outbound import NoRoute, OutboundRoutes, Verdict, route

SALES = Who(user="ann")


def broker(name: str, **more: Any) -> dict[str, Any]:
    """Return a broker with one account, as a document has it."""
    return {"name": name, "profile": "twilio", "accounts": [{"id": "main"}], "mt": {}, **more}


def rule(pattern: str, to: str = "one", **more: Any) -> dict[str, Any]:
    """Return a route to a broker, for local calls unless it says otherwise."""
    return {"pattern": pattern, "broker": to, "account": "main", "classifications": ["Local"], **more}


def routes(*rules: dict[str, Any], brokers: tuple[dict[str, Any], ...] = (), **more: Any) -> OutboundRoutes:
    """Compile a configuration of these rules: Ann may dial Local herself and National by her workgroup, Bob nothing."""
    document = {
        "brokers": brokers or (broker("one"), broker("two")),
        "outbound_routes": rules,
        "classifications": ["Local", "National", "World"],
        "workgroups": [{"name": "sales", "classifications": ["National"]}],
        "users": [{"name": "ann", "classifications": ["Local"], "workgroups": ["sales"]}, {"name": "bob"}],
        **more,
    }
    return OutboundRoutes.of(Configuration.model_validate(document))


class Ways(SynchronousTestCase):
    """Which way a number goes."""

    def test_first(self) -> None:
        """The first matching rule gives broker, account and formatted number."""
        choice = route(routes(rule("44.*"), rule("(317)(.*)", "two", number="+1$1$2"), rule(".*")), "3175550100", SALES)
        self.assertEqual((choice.broker.name, choice.account.id, choice.number, choice.rule), ("two", "main", "+13175550100", 1))

    def test_none(self) -> None:
        """No matching rule is an error of its own, before anything is sent."""
        self.assertRaises(NoRoute, routes(rule("44.*")).route, "317")
        self.assertRaises(NoRoute, routes().route, "317")

    def test_not_a_number(self) -> None:
        """What is no number is refused: empty, letters, line ends, other scripts' digits, or far too long."""
        for number in ("", "  ", "ACME", "1\r\nX: y", "+", "٣١٧", "1" * 41, "1\x00"):
            self.assertRaises(BadNumber, routes(rule(".*")).route, number)

    def test_template_makes_no_number(self) -> None:
        """A template whose result is no number is refused, too."""
        self.assertRaises(BadNumber, routes(rule("(1)?2", number="$1")).route, "2")

    def test_internationalise(self) -> None:
        """With internationalisation on, the formatted number goes out as +CC...; without, as it is."""
        brokers = (broker("one", mt={"internationalize": True, "country": "US"}), broker("two"))
        compiled = routes(rule("3.*"), rule("4.*", "two"), brokers=brokers)
        self.assertEqual([compiled.route(dialled).number for dialled in ("317 555-0100", "44")], ["+13175550100", "44"])

    def test_no_international_form(self) -> None:
        """A number without international form is refused, and so is a national one when no country is set."""
        brokers = (broker("one", mt={"internationalize": True, "country": "US"}), broker("two", mt={"internationalize": True}))
        compiled = routes(rule("3"), rule("317.*", "two"), brokers=brokers)
        self.assertRaises(BadNumber, compiled.route, "3")
        self.assertIn("no country", str(self.assertRaises(BadNumber, compiled.route, "3175550100")))


class Off(SynchronousTestCase):
    """What is switched off."""

    def test_passed_over(self) -> None:
        """A rule whose broker or MT is off is passed over; the master switch of the broker wins over its MT."""
        for off in ({"enabled": False}, {"mt": {"enabled": False}}, {"mt": None}):
            compiled = routes(rule(".*"), rule(".*", "two"), brokers=(broker("one", **off), broker("two")))
            self.assertEqual(compiled.route("1").broker.name, "two")

    def test_all_off(self) -> None:
        """When only such rules match, the error names the broker that is off."""
        refused = self.assertRaises(NoRoute, routes(rule(".*"), brokers=(broker("one", enabled=False),)).route, "1")
        self.assertIn("one", str(refused))

    def test_sms_off(self) -> None:
        """With I3_FEATURE_SMS off nothing leaves, and the error says so."""
        refused = self.assertRaises(NoRoute, routes(rule(".*"), features={"I3_FEATURE_SMS": False}).route, "1")
        self.assertIn("I3_FEATURE_SMS", str(refused))


class AccessOfSenders(SynchronousTestCase):
    """Phone number classifications."""

    def test_own_and_workgroup(self) -> None:
        """A user has the user's own classifications and those of the user's workgroups."""
        compiled = routes(rule("1", classifications=["Local"]), rule("2", classifications=["World", "National"]))
        self.assertEqual([compiled.route(number, SALES).rule for number in ("1", "2")], [0, 1])
        self.assertEqual(compiled.route("2", Who(workgroup="sales")).rule, 1)

    def test_names_the_missing_one(self) -> None:
        """A refusal names the classification that is missing and the sender."""
        refused = self.assertRaises(NoAccess, routes(rule(".*", classifications=["World"])).route, "1", SALES)
        self.assertIn("'World'", str(refused))
        self.assertIn("'ann'", str(refused))

    def test_first_match_decides(self) -> None:
        """A sender without access to the first matching rule does not slip out by a later one."""
        compiled = routes(rule(".*", classifications=["World"]), rule(".*"))
        self.assertRaises(NoAccess, compiled.route, "1", SALES)

    def test_nobody(self) -> None:
        """Users without classification, unknown users, and routes that name none: an error."""
        self.assertRaises(NoAccess, routes(rule(".*")).route, "1", Who(user="bob"))
        self.assertRaises(NoAccess, routes(rule(".*")).route, "1", Who(user="nobody"))
        self.assertRaises(NoAccess, routes(rule(".*", classifications=[])).route, "1", SALES)

    def test_the_site(self) -> None:
        """A program of the site, sending on nobody's behalf, is not held back."""
        self.assertEqual(routes(rule(".*", classifications=[])).route("1").rule, 0)


class Failover(SynchronousTestCase):
    """The next way after one that failed."""

    def test_next(self) -> None:
        """The next matching rule behind the failed one is taken; rules without access are passed over."""
        compiled = routes(rule("1", failover=True), rule("2"), rule("1", classifications=["World"]), rule("1", "two"))
        self.assertTrue(compiled.route("1", SALES).failover)
        self.assertEqual(compiled.route("1", SALES, after=0).rule, 3)
        self.assertRaises(NoRoute, compiled.route, "1", SALES, 3)


class Explained(SynchronousTestCase):
    """Why a rule won and the others did not."""

    def test_every_verdict(self) -> None:
        """Each rule has its verdict, in order."""
        compiled = routes(
            rule("2"), rule("1", "two"), rule("1"), rule("1"), brokers=(broker("one"), broker("two", enabled=False))
        )
        told = [one.verdict for one in compiled.explain("1", SALES)]
        self.assertEqual(told, [Verdict.NO_MATCH, Verdict.OFF, Verdict.WON, Verdict.LATER])

    def test_no_access(self) -> None:
        """A rule that refuses the sender has decided; later ones only say that they match."""
        told = [one.verdict for one in routes(rule("1"), rule("1")).explain("1", Who(user="bob"))]
        self.assertEqual(told, [Verdict.NO_ACCESS, Verdict.LATER])
