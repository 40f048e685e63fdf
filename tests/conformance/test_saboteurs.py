"""The judge is judged: each case fails against a server with one thing wrong, and passes against the sound one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.conformance.catalogue import all_cases
from cicsms.conformance.grade import Grade
from tests.conformance.stub import case_of, judged, peer_of

SABOTEURS: dict[str, tuple[str, str]] = {
    "1.01": ("lax", "twilio/form"),
    "1.03": ("ignores-enable", "twilio/form"),
    "1.04": ("lax", "twilio/form"),
    "1.06": ("lax", "twilio/form"),
    "1.08": ("leaks", "twilio/form"),
    "2.01": ("truncates", "kannel/sendsms"),
    "2.03": ("strict", "infobip/v3"),
    "2.04": ("one-account", "kannel/sendsms"),
    "2.07": ("forgets", "twilio/form"),
    "3.01": ("latin-1", "twilio/form"),
    "3.02": ("latin-1", "twilio/form"),
    "3.03": ("nfc", "twilio/form"),
    "3.04": ("bmp", "twilio/form"),
    "3.08": ("plus-literal", "kannel/sendsms"),
    "3.09": ("semicolon", "kannel/sendsms"),
    "4.01": ("no-verify", "twilio/form"),
    "4.02": ("no-verify", "twilio/form"),
    "5.01": ("no-dedupe", "twilio/form"),
    "5.02": ("patient", "twilio/form"),
    "5.04": ("greedy", "twilio/form"),
    "5.07": ("echo-trace", "twilio/form"),
    "5.09": ("talkative", "twilio/form"),
    "5.11": ("any-host", "twilio/form"),
    "5.12": ("out-of-order", "twilio/form"),
    "6.01": ("drops-receipts", "kannel/sendsms"),
    "6.02": ("backwards", "twilio/form"),
    "6.03": ("early-lost", "twilio/form"),
    "6.04": ("punishes", "twilio/form"),
    "7.01": ("double-escape", "kannel/sendsms"),
    "7.02": ("ignores-id", "twilio/form"),
    "7.06": ("double-escape", "twilio/form"),
    "7.09": ("counts-bytes", "twilio/form"),
    "8.01": ("retries", "twilio/form"),
    "8.05": ("slow-timeout", "twilio/form"),
    "10.01": ("leaf-only", "twilio/form"),
    "12.01": ("crosses", "kannel/sendsms"),
    "12.02": ("lax", "twilio/form"),
    "13.01": ("probe-stored", "twilio/form"),
}
SHAPES = ("kannel/sendsms", "twilio/form", "infobip/v3", "mblox_xml/mt-3.5")
"""A query, a signed form, JSON and XML."""
CLEAN = {Grade.OK, Grade.UNIMPLEMENTED, Grade.UNVERIFIED, Grade.SKIPPED}


class SaboteursTests(SynchronousTestCase):
    """One world for each case and saboteur."""

    def test_every_case_has_one(self) -> None:
        """No case is without a saboteur that makes it red."""
        self.assertEqual(set(SABOTEURS), {case.id for case in all_cases()})

    def test_a_sabotaged_server_fails(self) -> None:
        """Each case is FAILED against its saboteur, and says what was expected and what was observed."""
        for name, (saboteur, profile) in SABOTEURS.items():
            with self.subTest(name), peer_of(profile, frozenset({saboteur})) as peer:
                verdict = judged(case_of(name), peer)
                self.assertEqual((name, verdict.grade), (name, Grade.FAILED), verdict)
                self.assertTrue(verdict.expected and verdict.observed, name)

    def test_the_sound_server_passes_where_the_saboteur_fails(self) -> None:
        """The same case on the same profile is OK when nothing is wrong: it is the sabotage that made it red."""
        for name, (_, profile) in SABOTEURS.items():
            with self.subTest(name), peer_of(profile) as peer:
                verdict = judged(case_of(name), peer)
                self.assertIn(verdict.grade, (Grade.OK, Grade.UNVERIFIED), (name, verdict))

    def test_the_sound_server_passes_with_every_profile(self) -> None:
        """No case blames a sound server, whatever the shape of its messages."""
        for profile in SHAPES:
            for case in all_cases():
                if case.scope == "wire":
                    with self.subTest(f"{case.id} {profile}"), peer_of(profile, seed=2) as peer:
                        verdict = judged(case, peer)
                        self.assertIn(verdict.grade, CLEAN, (case.id, profile, verdict))
