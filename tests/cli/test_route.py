"""The verb ``route``."""

from __future__ import annotations

from tests.cli.calling import Called
from tests.config.documents import broker

TEXT = """
default_inbound_route = { kind = "queue", workgroup = "front" }
workgroups = [{ name = "front" }, { name = "sales", classifications = ["Local"] }]
users = [{ name = "ann", workgroups = ["sales"] }, { name = "bob" }]
classifications = ["Local"]
[[inbound_routes]]
type = "dnis"
pattern = "999"
destination = { kind = "chat" }
[[inbound_routes]]
type = "body"
pattern = "HELP.*"
destination = { kind = "email", to = "help@acme.example" }
[[outbound_routes]]
pattern = "(317)(.*)"
number = "+1$1$2"
broker = "one"
account = "main"
classifications = ["Local"]
""" + broker("one")


class Inbound(Called):
    """``route test``."""

    def test_rule(self) -> None:
        """Every rule is a line with its verdict; the last line says where the message goes, and by which rule."""
        result = self.call("route", "test", "--from", "+1", "--to", "72345", "--text", "HELP me", "--config", self.write(TEXT))
        self.assertEqual(result.exit_code, 0)
        self.assertEqual(result.stdout.splitlines(), [
            "1\tdnis\t999\tchat\tdoes not match",
            "2\tbody\tHELP.*\temail help@acme.example\twins",
            "Goes to email help@acme.example (rule 2).",
        ])  # fmt: skip

    def test_default(self) -> None:
        """Where no rule matches, the default route is named; without any route, the e-mail routing."""
        result = self.call("route", "test", "--to", "1", "--config", self.write(TEXT))
        self.assertIn("Goes to queue front (default route).", result.stdout)
        self.assertIn("(no routes at all: e-mail)", self.call("route", "test", "--to", "1", "--config", self.write("")).stdout)

    def test_faulty(self) -> None:
        """A faulty document is not routed by; its faults are told."""
        result = self.call("route", "test", "--to", "1", "--config", self.write(TEXT.replace("(317)", "(")))
        self.assertEqual((result.exit_code, result.stdout), (1, ""))
        self.assertIn("bad-pattern", result.stderr)

    def test_sender_is_for_out(self) -> None:
        """A user without --out is a usage error."""
        self.assertEqual(self.call("route", "test", "--to", "1", "--user", "ann").exit_code, 64)


class Outbound(Called):
    """``route test --out``."""

    def out(self, number: str, *more: str) -> tuple[int, str]:
        """Try a number and return exit code and last line."""
        result = self.call("route", "test", "--out", "--to", number, "--config", self.write(TEXT), *more)
        return result.exit_code, result.output.splitlines()[-1]

    def test_way(self) -> None:
        """The number as sent, the account, the broker and the rule are told."""
        self.assertEqual(
            self.out("3175550100", "--user", "ann"), (0, "Goes as +13175550100 to account main of broker one (rule 1).")
        )

    def test_none(self) -> None:
        """No route, no access or no number: one line and exit code 1."""
        self.assertEqual(self.out("44"), (1, "cicsms: No outbound route matches 44."))
        self.assertEqual(self.out("x")[0], 1)
        code, said = self.out("3175550100", "--user", "bob")
        self.assertEqual(code, 1)
        self.assertIn("'Local' is missing", said)
