"""The mutants of a definition: what is changed, what is not, and who is killed."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Rejected
from cicsms.profile.evidence import of_profile
from cicsms.profile.mutant_gate import Score, overall, plan, scores, work
from cicsms.profile.mutant_survivors import FILE, Entry, Explained
from cicsms.profile.mutant_swaps import UNTOUCHED, implied, swapped
from cicsms.profile.mutant_trial import Bench, Fate, Trial
from cicsms.profile.mutants import of_definition
from cicsms.profile.places import definitions
from cicsms.profile.starter import starter

MUTANTS = of_definition(starter("acme").encode(), "acme.xml")


class Mutants(SynchronousTestCase):
    """What is changed."""

    def test_each_has_a_name_of_its_own(self) -> None:
        """No two mutants of a definition have one name, so that a survivor can be spoken of."""
        names = [mutant.name for mutant in MUTANTS]
        self.assertEqual(len(names), len(set(names)))

    def test_every_attribute_has_mutants(self) -> None:
        """Every element and attribute is changed, but for names that are only for people."""
        did = {mutant.did for mutant in MUTANTS}
        self.assertLessEqual({"drop", "drop @path", "swap @path", "swap @codec", "swap @status", "make it refused"}, did)
        self.assertFalse([mutant for mutant in MUTANTS if "@title" in mutant.did])

    def test_a_mutant_differs_in_one_place(self) -> None:
        """A mutant is the definition with that one change, at the line it names."""
        swap = next(one for one in MUTANTS if one.name.endswith("json at($.to): swap @path") and " mo(" not in one.name)
        self.assertIn(b'path="$.tox"', swap.make())
        self.assertEqual(swap.make().count(b"$.to"), starter("acme").count("$.to"))
        self.assertEqual((swap.profile, swap.part), ("v1", "mt"))

    def test_values_of_their_kind(self) -> None:
        """A value is swapped for another one of its kind."""
        for attribute, value, other in (
            ("status", "2xx|404", "3xx|405"),
            ("codec", "plus join(,)", "digits join(,)"),
            ("path", "$.messages[*]", "$.messagesx[*]"),
            ("blank", "+", "%20"),
            ("charset", "UTF-8", "utf-16-be"),
            ("reply", "200", "201"),
        ):
            self.assertEqual(swapped("form", attribute, value), other)
        self.assertEqual(swapped("at", "field", "text", "mo"), "broker-id")
        self.assertEqual(swapped("at", "field", "extra.a|text", "mo"), "extra.ax|text")
        self.assertEqual(swapped("at", "value", "null", kind="json"), "true")
        self.assertIsNone(swapped("at", "write", "no"))
        self.assertIn(("broker", "title"), UNTOUCHED)

    def test_what_goes_without_saying(self) -> None:
        """A default that is written out, or a need of what every message must have, is not dropped: nothing would change."""
        self.assertTrue(implied("refused", "reply", "400", "answer", ""))
        self.assertFalse(implied("refused", "reply", "404", "answer", ""))
        self.assertTrue(implied("at", "need", "yes", "mo", "text"))
        self.assertFalse(implied("at", "need", "yes", "mo", "remote"))


class Trials(SynchronousTestCase):
    """Who is killed."""

    def setUp(self) -> None:
        """Load a bench with a real definition and its evidence."""
        self.bench = Bench.load(definitions() / "kannel.xml")

    def fate(self, ending: str) -> Trial:
        """Try the one mutant whose name ends so."""
        return self.bench.judge(next(mutant for mutant in self.bench.mutants if mutant.name.endswith(ending)))

    def test_killed(self) -> None:
        """A renamed parameter turns evidence red; a missing state map is refused by the schema."""
        self.assertIs(self.fate("query at(to): swap @name").fate, Fate.RED)
        self.assertIs(self.fate("states: drop").fate, Fate.REFUSED)

    def test_without_evidence_all_that_load_survive(self) -> None:
        """What no evidence speaks of survives."""
        self.bench.killers.clear()
        self.assertIs(self.fate("query at(to): swap @name").fate, Fate.SURVIVED)

    def test_what_killed_last_is_tried_first(self) -> None:
        """The evidence that killed a mutant comes first the next time."""
        trial = self.fate("query at(to): swap @name")
        self.assertEqual(self.bench.killers[0].name, trial.by.partition(" ")[0])

    def test_flipped_evidence(self) -> None:
        """A flipped byte of the evidence is noticed; evidence of a refusal or of one side only is not flipped."""
        item = next(one for one in of_profile("kannel/sendsms") if one.direction == "mo" and not one.one_sided)
        self.assertEqual({trial.fate for trial in self.bench.flipped(item)}, {Fate.RED})
        self.assertEqual(list(self.bench.flipped(evolve(item, expect={"verified": False}))), [])


class Gate(SynchronousTestCase):
    """The count."""

    def trial(self, name: str, fate: Fate) -> Trial:
        """Make a trial."""
        return Trial("acme", "acme.xml:1", name, fate)

    def test_scores(self) -> None:
        """Explained survivors do not count against a broker, but are told apart from the killed."""
        trials = [
            self.trial("a", Fate.RED),
            self.trial("b: drop", Fate.SURVIVED),
            self.trial("c", Fate.SURVIVED),
            self.trial("d", Fate.SAME),
        ]
        listed, left = scores(trials, Explained([Entry("x", "acme", "b: *", "because")]))
        self.assertEqual(listed, [Score("acme", 3, 0, 1, 0, 1)])
        self.assertEqual([trial.name for trial in left], ["c"])
        self.assertEqual((listed[0].killed, listed[0].survived, overall(listed).total), (1, 1, 3))

    def test_stale_explanations(self) -> None:
        """An explanation that no survivor needs is an error, if its broker was tried."""
        explained = Explained([Entry("x", "acme", "b", "because"), Entry("y", "other", "b", "because")])
        self.assertEqual([finding.where for finding in explained.stale(["acme"])], ["x"])

    def test_bundled_explanations(self) -> None:
        """Every bundled explanation has a reason."""
        self.assertTrue(all(entry.reason for entry in Explained.load().entries))

    def test_malformed_explanations(self) -> None:
        """A file of explanations that is none is refused by its name."""
        folder = self.mktemp()
        (Path(folder) / "acme").mkdir(parents=True)
        (Path(folder) / "acme" / FILE).write_text("survivor = 1\n", "utf-8")
        refused = self.assertRaises(Rejected, Explained.load, Path(folder))
        self.assertIn("acme/survivors.toml", str(refused))

    def test_sample(self) -> None:
        """A sample is chosen by its seed, and tried like all."""
        self.assertEqual(plan("kannel", 5, 3), plan("kannel", 5, 3))
        pieces = plan("kannel", 5, 3)
        self.assertEqual(sum(len(piece.indexes) for piece in pieces), 5)
        self.assertGreaterEqual(len(work(pieces[0])), 1)
        self.assertEqual(plan("no-such-broker"), [])
