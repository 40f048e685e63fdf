"""The emulator as a whole, on a reactor in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.assembly import Emulator, build
from cicsms.emulator.ports import NotListening
from cicsms.emulator.raw import raw_request
from cicsms.emulator.settings import EmulatorSettings
from cicsms.emulator.tls import identity
from cicsms.model.errors import Rejected
from tests.emulator.fakes import ENTRY, AcmeVoices, mt_request


class TakenReactor(MemoryReactorClock):
    """A reactor on which one port is taken by another program."""

    taken = 8291

    def listenTCP(self, port: int, *args: Any, **more: Any) -> Any:
        """Refuse the port that is taken."""
        if port == self.taken:
            raise CannotListenError("127.0.0.1", port, OSError(98, "Address already in use"))
        return super().listenTCP(port, *args, **more)


class AssemblyTests(SynchronousTestCase):
    """What is built, and how it starts and stops."""

    def make(self, reactor: MemoryReactorClock, **settings: Any) -> Emulator:
        """Build an emulator."""
        return build(reactor, EmulatorSettings.model_validate(settings), AcmeVoices())

    def send_mt(self, reactor: MemoryReactorClock) -> StringTransport:
        """Send an MT to the HTTP port, and return the transport with the answer."""
        factory: Any = reactor.tcpServers[0][1]
        channel, transport = factory.buildProtocol(None), StringTransport()
        channel.makeConnection(transport)
        channel.dataReceived(raw_request(mt_request()))
        return transport

    def test_three_ports(self) -> None:
        """It opens the three ports, on the loopback interface, and tells each broker where it is."""
        reactor = MemoryReactorClock()
        emulator = self.make(reactor)
        emulator.privilegedStartService()
        emulator.startService()
        self.assertEqual(
            [(port, interface) for port, _, _, interface in reactor.tcpServers],
            [(8290, "127.0.0.1"), (8291, "127.0.0.1"), (8292, "127.0.0.1")],
        )
        (entry,) = emulator.desk.entries
        self.assertEqual((entry.name, entry.registration("https").gateway), ("acme", "https://localhost:8291/acme"))
        self.assertEqual(emulator.numbers["control"], 8292)

    def test_answers(self) -> None:
        """An MT that reaches the HTTP port is answered by the broker it is for."""
        reactor = MemoryReactorClock()
        emulator = self.make(reactor, brokers=[ENTRY])
        emulator.startService()
        transport = self.send_mt(reactor)
        self.assertIn(b"accepted +15550001 id-", transport.value())

    def test_stops(self) -> None:
        """Stopping gives up the receipts that are pending."""
        reactor = MemoryReactorClock()
        emulator = self.make(reactor, brokers=[ENTRY])
        emulator.startService()
        self.send_mt(reactor)
        self.assertEqual(emulator.desk.receipts.pending, 1)
        emulator.stopService()
        self.assertEqual(emulator.desk.receipts.pending, 0)

    def test_port_taken(self) -> None:
        """A port that is taken is named with its setting."""
        emulator = self.make(TakenReactor())
        error = self.assertRaises(NotListening, emulator.privilegedStartService)
        self.assertIn("https = 'tcp:8291:interface=127.0.0.1' can't be opened", str(error))
        self.assertIn("already in use", str(error))

    def test_no_endpoint(self) -> None:
        """What is no endpoint is refused with an example."""
        for wrong in ("8290", "tcp:http", "tpc:8290"):
            emulator = self.make(MemoryReactorClock(), http=wrong)
            self.assertIn("write for example", str(self.assertRaises(NotListening, emulator.privilegedStartService)))

    def test_seed_told(self) -> None:
        """Without a seed one is drawn, so that the run can be repeated."""
        self.assertIsInstance(self.make(MemoryReactorClock()).desk.seed, int)
        self.assertEqual(self.make(MemoryReactorClock(), seed=5).desk.seed, 5)


class IdentityTests(SynchronousTestCase):
    """The certificate of the HTTPS port."""

    def test_made_at_start(self) -> None:
        """Without files a certificate is made for the host's names, and hangs on the anchors that are given out."""
        reactor = MemoryReactorClock()
        reactor.advance(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
        made = identity(EmulatorSettings(host="emu.test"), reactor)
        names = made.credentials.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertIn("emu.test", names.get_values_for_type(x509.DNSName))
        self.assertTrue(x509.load_pem_x509_certificates(made.anchors))

    def test_files_missing(self) -> None:
        """A folder without the files is refused with all of them."""
        folder = self.mktemp()
        settings = EmulatorSettings.model_validate({"certificates": folder})
        self.assertGreater(len(self.assertRaises(Rejected, identity, settings, MemoryReactorClock()).findings), 1)
