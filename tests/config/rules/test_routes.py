"""Rules on routes, destinations, and the names they use."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.config.documents import broker, findings, rules

EMAIL = 'default_inbound_route = { kind = "email" }\n'


def inbound(pattern: str = ".*", destination: str = '{ kind = "email" }') -> str:
    """Return one inbound route."""
    return f"[[inbound_routes]]\ntype = \"ani\"\npattern = '{pattern}'\ndestination = {destination}\n"


def outbound(pattern: str = ".*", number: str = "$0", to: str = "one", account: str = "main") -> str:
    """Return a broker and an outbound route."""
    head = f'[[outbound_routes]]\npattern = \'{pattern}\'\nnumber = "{number}"\nclassifications = ["Local"]\n'
    return 'classifications = ["Local"]\n' + head + f'broker = "{to}"\naccount = "{account}"\n' + broker("one")


class Inbound(SynchronousTestCase):
    """Inbound routes."""

    def test_default(self) -> None:
        """A default route is required once there is a route; without any route none is."""
        self.assertEqual(rules(inbound()), ["error no-default-route"])
        self.assertEqual(rules(EMAIL + inbound()), [])
        self.assertEqual(rules(""), [])

    def test_pattern(self) -> None:
        """A pattern RE2 refuses is refused with RE2's reason and the line of the pattern."""
        found = findings(EMAIL + inbound("(?=x)"))
        self.assertEqual(
            [(one.rule, one.where) for one in found], [("bad-pattern", "c.toml:4: inbound_routes[1] ((?=x)).pattern")]
        )
        self.assertIn("invalid perl operator: (?=", found[0].said)

    def test_handler(self) -> None:
        """A handler destination names a handler that is there."""
        text = EMAIL + inbound(destination='{ kind = "handler", name = "crn" }')
        known = '[[handlers]]\nname = "crm"\nurl = "https://crm.example/sms"\n'
        self.assertEqual(rules(text), ["error unknown-handler"])
        self.assertIn("Did you mean crm?", findings(text + known)[0].remedy)
        self.assertEqual(rules(text.replace("crn", "crm") + known), [])

    def test_queue(self) -> None:
        """A queue is of one workgroup or one user, and that is there."""
        self.assertEqual(rules('default_inbound_route = { kind = "queue" }'), ["error queue-owner"])
        both = 'default_inbound_route = { kind = "queue", workgroup = "a", user = "b" }\nusers = [{ name = "b" }]\n'
        self.assertEqual(rules(both + 'workgroups = [{ name = "a" }]'), ["error queue-owner"])
        self.assertEqual(rules(EMAIL + inbound(destination='{ kind = "queue", workgroup = "a" }')), ["error unknown-workgroup"])
        self.assertEqual(rules('default_inbound_route = { kind = "queue", user = "a" }'), ["error unknown-user"])

    def test_chat(self) -> None:
        """Chat while its feature is off is a warning."""
        text = 'default_inbound_route = { kind = "chat" }\n'
        self.assertEqual(rules(text), [])
        self.assertEqual(rules(text + "[features]\nI3_FEATURE_WEB_SERVICES = false"), ["warning chat-is-off"])


class Outbound(SynchronousTestCase):
    """Outbound routes."""

    def test_fine(self) -> None:
        """A route to a broker and account that are there is fine."""
        self.assertEqual(rules(outbound("(317)(.*)", "+1$1$2")), [])

    def test_template(self) -> None:
        """A formatted number with a group the pattern lacks, or with a bare ``$``, is refused."""
        self.assertEqual(rules(outbound("(317).*", "$2")), ["error bad-template"])
        self.assertEqual(rules(outbound(".*", "1$")), ["error bad-template"])
        self.assertEqual(rules(outbound("(", "$1")), ["error bad-pattern"])

    def test_unknown(self) -> None:
        """An unknown broker or account is refused with the nearest."""
        self.assertIn("Did you mean one?", findings(outbound(to="onw"))[0].remedy)
        self.assertIn("Did you mean main?", findings(outbound(account="mian"))[0].remedy)
        self.assertEqual(
            rules(outbound(to="x")) + rules(outbound(account="x")), ["error unknown-broker", "error unknown-account"]
        )

    def test_off(self) -> None:
        """A route to a broker that does not send is a warning."""
        self.assertEqual(rules(outbound().replace("[brokers.mt]", "[brokers.mt]\nenabled = false")), ["warning way-is-off"])

    def test_classifications(self) -> None:
        """A route that names no classification is a warning; an unknown one is refused."""
        text = outbound()
        self.assertEqual(
            rules(text.replace('\nclassifications = ["Local"]', "\nclassifications = []")), ["warning no-classification"]
        )
        self.assertEqual(
            rules(text.replace('\nclassifications = ["Local"]', '\nclassifications = ["Lokal"]')),
            ["error unknown-classification"],
        )


class People(SynchronousTestCase):
    """Users, workgroups, classifications."""

    def test_twice(self) -> None:
        """A name twice in one list is refused, letter case aside."""
        for text in (
            'users = [{ name = "a" }, { name = "A" }]',
            'classifications = ["a", "a"]',
            'workgroups = [{ name = "a" }, { name = "a" }]',
        ):
            self.assertEqual(rules(text), ["error name-twice"])

    def test_unknown(self) -> None:
        """What users, workgroups and local addresses name is there."""
        users = 'users = [{ name = "a", workgroups = ["x"], classifications = ["y"] }]\n'
        people = users + 'workgroups = [{ name = "w", classifications = ["z"] }]\n'
        self.assertEqual(
            sorted(rules(people)), ["error unknown-classification", "error unknown-classification", "error unknown-workgroup"]
        )
        own = 'id = "m"\nlocal_addresses = [{ address = "1", users = ["u"], workgroups = ["g"] }]'
        self.assertEqual(sorted(rules(broker("one", accounts=own))), ["error unknown-user", "error unknown-workgroup"])
