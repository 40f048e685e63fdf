"""The bundled profiles against what the brokers published: read, written back, and flips that must show."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile import evidence
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.evidence import Direction, Item, Result
from tests.profile.test_evidence import flips

CATALOGUE = Catalogue.load()
PROVED = {
    "46elks/a1": "7/7",
    "africastalking/version1": "6/7",
    "bandwidth/v2": "6/7",
    "bulksms/simple": "7/7",
    "bulksms/v1": "7/7",
    "clickatell/http": "6/7",
    "clickatell/one-api": "5/7",
    "clickatell/platform": "5/7",
    "clickatell/xml": "6/7",
    "clicksend/v3": "6/7",
    "eztexting/http": "3/7",
    "eztexting/rest": "4/7",
    "eztexting/v1": "5/7",
    "infobip/v2": "7/7",
    "infobip/v3": "7/7",
    "kannel/sendsms": "6/7",
    "mblox_xml/mt-3.5": "6/7",
    "messagebird/rest": "7/7",
    "plivo/v1": "6/7",
    "sinch/xms": "7/7",
    "sinch/xms-full": "7/7",
    "smsglobal/http": "4/7",
    "smsglobal/rest": "5/7",
    "telnyx/v2": "6/7",
    "textmagic/v2": "6/7",
    "twilio/form": "7/7",
    "vonage/json": "6/7",
    "vonage/xml": "6/7",
}
"""Kannel, mBlox, Plivo, Vonage, Telnyx and Bandwidth have no polling; Africa's Talking publishes no proof of its webhooks.

Clickatell, ClickSend, SMSGlobal and Textmagic publish none either, but for Clickatell's older APIs.
EZ Texting pushes no receipts; its older interfaces, and SMSGlobal's, push no messages in a form that is published.
"""


def failed(results: tuple[Result, ...]) -> list[Result]:
    """Return the checks that are red."""
    return [result for result in results if not result.ok]


class Bundled(SynchronousTestCase):
    """Every profile that has evidence."""

    def test_profiles_agree_with_what_was_published(self) -> None:
        """Each profile reads the published bytes as their canonical message and writes that message as the published bytes."""
        for name in PROVED:
            for result in evidence.check_all(CATALOGUE.profile(name)):
                self.assertTrue(result.ok, f"{name} {result.item} {result.side}: {result.said}\n{result.difference}")

    def test_every_direction_is_proved(self) -> None:
        """Each direction that a broker has rests on evidence that is not derived from the profile."""
        for name, proved in PROVED.items():
            self.assertEqual(str(evidence.level(evidence.of_profile(name))), proved, name)

    def test_flipped_bytes_turn_checks_red(self) -> None:
        """One flipped bit anywhere in the evidence that is pinned from both sides turns a check of the real profile red."""
        for name in PROVED:
            for item in evidence.of_profile(name):
                polls = item.direction is not Direction.POLLING or CATALOGUE.profile(name).polling
                if "write" not in item.one_sided and polls:
                    self._flip(name, item)

    def _flip(self, name: str, item: Item) -> None:
        """Flip bits of one item, each by itself, and look for red."""
        profile = CATALOGUE.profile(name)
        changed = [evolve(item, request=raw) for raw in flips(item.request, f"{name}{item.name}", 15)]
        changed += [evolve(item, response=raw) for raw in flips(item.response, f"{name}{item.name}", 15)]
        for one in changed:
            self.assertTrue(failed(evidence.check(profile, one)), f"{name} {item.name}: {one.request!r} {one.response!r}")
