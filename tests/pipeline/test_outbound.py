"""What happens to a message to send, up to its id."""

from __future__ import annotations

from attrs import evolve

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Alphabet
from cicsms.pipeline.lines import Line
from cicsms.pipeline.outbound import KeyReused, LineOff, MissingOption, NotOurNumber, Outbound, Taken, UnknownLine, Wish
from cicsms.pipeline.references import References
from cicsms.routing.number import BadNumber
from cicsms.routing.outbound import NoRoute
from cicsms.store.views import Direction
from tests.pipeline.support import HANDSET, SITE, PipelineCase, catalogue


class OutboundTests(PipelineCase):
    """Messages that somebody hands in."""

    def setUp(self) -> None:
        """Make the way out of the site."""
        super().setUp()
        self.durable: list[Line] = []
        references = References(self.clock.seconds)
        self.way_out = Outbound(self.store, self.store.new_id, references, self.durable.append)
        self.use()

    def use(self) -> None:
        """Take up the site's configuration."""
        self.way_out.lines, self.way_out.routes = self.setup.lines, self.setup.outbound

    def submit(self, wish: Wish) -> Taken:
        """Hand in a message that is taken."""
        taken: Taken = self.successResultOf(self.way_out.submit(wish))
        return taken

    def refused(self, wish: Wish, error: type[CicsmsError]) -> str:
        """Hand in a message that is refused with ``error``, keeping nothing; return what is said."""
        failure = self.failureResultOf(self.way_out.submit(wish), error)
        self.assertEqual((self.kept(Direction.OUT), self.durable), ([], []))
        return str(failure.value)

    def test_durable_then_id(self) -> None:
        """The id that is returned is that of a message in the store, queued, and its line is told."""
        taken = self.submit(Wish(HANDSET, "hello", broker="twilio"))
        (message,) = self.kept(Direction.OUT)
        self.assertEqual((taken.id, taken.parts, message.state, message.local), (message.id, 1, "queued", "+15551230001"))
        self.assertEqual([line.broker for line in self.durable], ["twilio"])

    def test_broker_cuts(self) -> None:
        """Where the broker makes the parts itself the text stays whole, and its SMS are counted all the same."""
        taken = self.submit(Wish(HANDSET, "x" * 161, broker="twilio"))
        self.assertEqual((taken.parts, len(self.record(taken.id).parts)), (2, 1))

    def test_alphabet(self) -> None:
        """A text beyond the GSM alphabet travels as UCS-2."""
        self.submit(Wish(HANDSET, "привет", broker="twilio"))
        self.assertIs(self.kept(Direction.OUT)[0].alphabet, Alphabet.UCS2)

    def test_idempotency(self) -> None:
        """The same key with the same message gives the same id and one message."""
        wish = Wish(HANDSET, "hello", broker="twilio", key="k1")
        first, second = self.submit(wish), self.submit(wish)
        self.assertEqual((first.id, second.repeated, len(self.kept(Direction.OUT))), (second.id, True, 1))

    def test_key_of_another_message(self) -> None:
        """The same key with another text is refused and keeps nothing more."""
        wish = Wish(HANDSET, "hello", broker="twilio", key="k1")
        self.submit(wish)
        self.failureResultOf(self.way_out.submit(evolve(wish, text="other")), KeyReused)
        self.assertEqual(len(self.kept(Direction.OUT)), 1)

    def test_no_route(self) -> None:
        """Without a broker named and without a route the message is refused."""
        self.refused(Wish(HANDSET, "hello"), NoRoute)

    def test_route(self) -> None:
        """An outbound route chooses broker, account and number."""
        route = {"pattern": r"\+1555(.*)", "number": "0$1", "broker": "kannel", "account": "main"}
        self.setup = self.site(outbound_routes=[route])
        self.use()
        taken = self.submit(Wish(HANDSET, "hello"))
        record = self.record(taken.id)
        self.assertEqual((record.message.broker, record.parts[0].remote), ("kannel", "01230002"))

    def test_refusals(self) -> None:
        """No number, an unknown broker or account, and a sender that is not ours are refused, each by its own error."""
        for wish, error in (
            (Wish("nobody", "hello", broker="twilio"), BadNumber),
            (Wish(HANDSET, "hello", broker="acme"), UnknownLine),
            (Wish(HANDSET, "hello", broker="twilio", account="third"), UnknownLine),
            (Wish(HANDSET, "hello", broker="twilio", sender="+19998887777"), NotOurNumber),
        ):
            self.refused(wish, error)

    def test_switched_off(self) -> None:
        """A broker that is switched off sends nothing, whatever its MT settings say."""
        brokers = [{**SITE["brokers"][0], "enabled": False}]
        self.setup = self.site(brokers=brokers)
        self.use()
        self.refused(Wish(HANDSET, "hello", broker="twilio"), LineOff)

    def test_missing_option(self) -> None:
        """A required option that is empty is named, and the message refused before the wire."""
        line = self.line("twilio")
        profile = line.profile
        required = evolve(next(iter(profile.options.values())), required=True)
        self.patch(profile, "options", {required.name: required})
        self.assertIn(required.name, self.refused(Wish(HANDSET, "hello", broker="twilio"), MissingOption))


class ReferenceTests(PipelineCase):
    """References in the form a broker carries."""

    def test_digits(self) -> None:
        """Short references rise with the clock, and by one where it stands still."""
        references = References(self.clock.seconds)
        profile = catalogue().profile("mblox_xml")
        first, second = (int(references.name(profile)) for _ in range(2))
        self.clock.advance(1)
        third = int(references.name(profile))
        self.assertEqual((second - first, third - first), (1, 100))

    def test_own(self) -> None:
        """Where our id serves there is no other name."""
        self.assertEqual(References(self.clock.seconds).name(catalogue().profile("twilio")), "")
