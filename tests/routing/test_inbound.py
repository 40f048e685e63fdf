"""Inbound routing: order, types, default, e-mail, and the explanation."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo
from cicsms.model.settings import Configuration, EmailDestination, QueueDestination
from cicsms.routing.inbound import InboundRoutes, Verdict, Why, route

CHAT = {"kind": "chat"}


def queue(name: str) -> dict[str, str]:
    """Return the destination of a workgroup's queue, as a document has it."""
    return {"kind": "queue", "workgroup": name}


def routes(*rules: tuple[str, str, dict[str, str]], default: dict[str, str] | None = None, **more: Any) -> InboundRoutes:
    """Compile a configuration of these rules."""
    documents = [{"type": kind, "pattern": pattern, "destination": destination} for kind, pattern, destination in rules]
    return InboundRoutes.of(Configuration.model_validate({"inbound_routes": documents, "default_inbound_route": default, **more}))


MO = Mo(remote="+13175550100", local="72345", text="HELP me")


class Decisions(SynchronousTestCase):
    """Where a message goes."""

    def test_each_type(self) -> None:
        """An ANI rule looks at the sender, a DNIS rule at the dialled number, a Body rule at the text."""
        for kind, pattern in (("ani", r"\+1317.*"), ("dnis", "72345"), ("body", "HELP.*")):
            decision = routes((kind, pattern, queue("right")), default=queue("other")).route(MO)
            self.assertEqual(decision.destination, QueueDestination(kind="queue", workgroup="right"))

    def test_order(self) -> None:
        """The first matching rule wins, whatever its type."""
        compiled = routes(
            ("dnis", "9.*", queue("a")), ("body", "HELP.*", queue("b")), ("ani", ".*", queue("c")), default=queue("d")
        )
        self.assertEqual((compiled.route(MO).rule, compiled.route(MO).why), (1, Why.RULE))

    def test_default(self) -> None:
        """No matching rule: the default route."""
        decision = route(routes(("dnis", "9.*", queue("a")), default=queue("d")), MO)
        self.assertEqual((decision.rule, decision.why), (None, Why.DEFAULT))
        self.assertEqual(decision.destination, QueueDestination(kind="queue", workgroup="d"))

    def test_no_routes(self) -> None:
        """No routes at all: the e-mail routing."""
        decision = routes().route(MO)
        self.assertEqual((decision.destination, decision.why), (EmailDestination(kind="email"), Why.NO_ROUTES))

    def test_exact_addresses(self) -> None:
        """Addresses are compared as the broker wrote them: short codes, names, leading zeros and blanks are kept."""
        for address in ("0044", "ACME", " 123 "):
            compiled = routes(("ani", address, queue("a")), default=queue("d"))
            seen = [
                compiled.route(Mo(form, "1", "")).rule for form in (address, f"0{address}", f"{address} ", address.lower() + "x")
            ]
            self.assertEqual(seen, [0, None, None, None])

    def test_chat_off(self) -> None:
        """With I3_FEATURE_WEB_SERVICES off a Chat rule is passed over, and a Chat default gives way to e-mail."""
        off = {"features": {"I3_FEATURE_WEB_SERVICES": False}}
        compiled = routes(("ani", ".*", CHAT), ("ani", ".*", queue("b")), default=CHAT, **off)
        self.assertEqual(compiled.route(MO).rule, 1)
        self.assertEqual(routes(("ani", "1", CHAT), default=CHAT, **off).route(MO).destination, EmailDestination(kind="email"))

    def test_explain(self) -> None:
        """Every rule says what it looked at and what became of it."""
        compiled = routes(
            ("ani", ".*", CHAT),
            ("dnis", "9", queue("a")),
            ("body", "HELP.*", queue("b")),
            ("ani", r"\+1.*", queue("c")),
            default=queue("d"),
            features={"I3_FEATURE_WEB_SERVICES": False},
        )
        told = list(compiled.explain(MO))
        self.assertEqual([one.verdict for one in told], [Verdict.OFF, Verdict.NO_MATCH, Verdict.WON, Verdict.LATER])
        self.assertEqual([one.value for one in told], ["+13175550100", "72345", "HELP me", "+13175550100"])

    def test_private(self) -> None:
        """The text of a message is in no repr."""
        compiled = routes(("body", "HELP.*", queue("b")), default=queue("d"))
        self.assertNotIn("HELP me", repr(list(compiled.explain(MO))) + repr(compiled) + repr(compiled.route(MO)))
