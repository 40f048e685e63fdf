"""The rules that a grammar cannot state: each finds its fault, at its line, and bundled definitions have none."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Severity
from cicsms.profile.check import RULES, check
from cicsms.profile.places import definitions
from cicsms.profile.reader import read, read_file

ACME = """<broker xmlns="urn:cicsms:broker:1" name="acme" title="Acme">
  <option name="Key" type="secret">A key.</option>
  <profile name="json" title="JSON">
    <capabilities/>
    <ids mt="{uuid}"/>
    <mt method="POST" gateway="https://api.acme.example" path="/send">
      <json>
        <at path="$.to" field="recipient"/>
        <at path="$.text" field="text"/>
      </json>
      <answer>
        <accepted status="2xx"><json><at path="$.id" field="broker-id" need="yes"/></json></accepted>
        <refused status="4xx"/>
      </answer>
    </mt>
    <mo methods="POST" path="/acme/mo">
      <form>
        <at name="from" field="remote"/>
        <at name="text" field="text"/>
      </form>
      <reply to="taken" status="200"/>
    </mo>
    <receipt methods="POST" path="/acme/receipts" key="broker-id">
      <form>
        <at name="id" field="broker-id"/>
        <at name="state" field="status"/>
      </form>
      <states default="unknown"><state is="ok" of="delivered"/></states>
      <reply to="taken" status="200"/>
    </receipt>
  </profile>
</broker>
"""
POLLING = """<polling method="GET" path="/in" cursor="page" size="9"><query><at name="page" field="cursor"/></query><list><json>
<each path="$[*]" of="messages"><at path="$.from" field="remote"/><at path="$.text" field="text"/></each></json></list>
</polling>"""
FAULTS = (
    (
        "duplicate-name",
        '<option name="Key" type="secret">A key.</option>',
        '<option name="Key" type="text"/><option name="Key" type="text"/>',
    ),
    ("two-sources", 'name="from" field="remote"', 'name="from" field="remote" value="x"'),
    ("no-source", '<at path="$.to" field="recipient"/>', '<at path="$.to" field="recipient"/><at path="$.x"/>'),
    ("unknown-field", 'name="text" field="text"', 'name="text" field="txt"'),
    ("unknown-codec", 'name="from" field="remote"', 'name="from" field="remote" codec="rot13"'),
    ("no-form", '<at name="from" field="remote"/>', '<at name="from" field="remote"/><at name="at" field="date"/>'),
    ("no-token", '"$.text" field="text"/>', '"$.text" field="text"/><at path="$.key" value="{access-token}"/>'),
    ("never-made", '"$.text" field="text"/>', '"$.text" field="text"/><at path="$.key" value="{digest.sign}"/>'),
    ("one-way", 'name="from" field="remote"', 'name="from" field="remote" match="tel:(.*)"'),
    ("not-told-apart", 'key="broker-id"', 'key="broker-id" shared="yes"'),
    ("no-place", 'name="from" field="remote"', 'path="from" field="remote"'),
    ("bad-path", 'path="$.text"', 'path="text"'),
    ("bad-status", '<refused status="4xx"/>', '<refused status="9xx"/>'),
    ("bad-pattern", '<refused status="4xx"/>', '<refused status="4xx"><if matches="(?=a)"/></refused>'),
    ("unknown-scheme", "<form>", '<verify><signed by="acme" key="{option.Key}"/></verify><form>'),
    ("half-signature", "<form>", '<verify><signed by="ed25519" key="k"/></verify><form>'),
    ("half-signature", "<form>", '<verify><signed by="body-hmac" key="k" header="s" of="{timestamp}"/></verify><form>'),
    ("half-signature", "<form>", '<verify><signed by="ed25519" key="k" header="s" window="5"/></verify><form>'),
    ("half-signature", "<form>", '<verify><signed by="body-hmac" key="k" header="s" nonce-header="n"/></verify><form>'),
    ("half-signature", "<form>", '<verify><signed by="jwt" key="k" header="s"/></verify><form>'),
    ("unknown-charset", 'name="from" field="remote"', 'name="from" field="remote" charset="EBCDIC-9"'),
    ("unknown-option", 'name="from" field="remote"', 'name="from" field="remote" when="option.Kay"'),
    ("never-bound", '<at name="text" field="text"/>', ""),
    ("lost-receipts", '<at path="$.id" field="broker-id" need="yes"/>', '<at path="$.id" value="x" is="x"/>'),
    ("lost-receipts", '<at name="id" field="broker-id"/>', ""),
    ("unreachable", '<refused status="4xx"/>', '<refused status="4xx"/><throttled status="429"/>'),
    ("test-not-written", '<refused status="4xx"/>', '<refused status="4xx"><if json="$.code" is="1"/></refused>'),
    (
        "misplaced-list",
        '<at name="text" field="text"/>',
        '<at name="text" field="text"/></form><json><each path="$.to[*]" of="recipients"/></json><form><at name="x" value="x"/>',
    ),
    ("undeclared", "  </profile>", POLLING + "</profile>"),
    ("secret-in-url", 'path="/send"', 'path="/send/{option.Key}"'),
)


class CheckTests(SynchronousTestCase):
    """The second gate of a definition."""

    def test_good(self) -> None:
        """A sound definition has no findings."""
        self.assertEqual(check(read(ACME.encode(), "acme.xml")), [])

    def test_bundled(self) -> None:
        """The bundled definitions have no errors."""
        for path in sorted(definitions().glob("*.xml")):
            found = [one for one in check(read_file(path)) if one.severity is Severity.ERROR]
            self.assertEqual(found, [], path.name)

    def test_faults(self) -> None:
        """Each fault is found by its rule, at the line where it stands."""
        for rule, good, bad in FAULTS:
            with self.subTest(rule=rule):
                self.assertIn(good, ACME)
                text = ACME.replace(good, bad, 1)
                found = [one for one in check(read(text.encode(), "acme.xml")) if one.rule == rule]
                self.assertEqual(len({one.rule for one in found}), 1, rule)
                line = ACME.count("\n", 0, ACME.index(good)) + 1
                if rule not in ("never-bound", "lost-receipts"):
                    self.assertEqual(found[0].where, f"acme.xml:{line}")

    def test_polling(self) -> None:
        """A list that reads no text, and a cursor that is never written, are found; a sound one is not."""
        declared = ACME.replace("<capabilities/>", '<capabilities polling="yes"/>')
        for bad, wanted in (("", []), ('field="text"', ["never-bound"]), ('field="cursor"', ["never-bound"])):
            polling = POLLING.replace(bad, 'value="x"') if bad else POLLING
            text = declared.replace("  </profile>", polling + "</profile>")
            self.assertEqual([one.rule for one in check(read(text.encode(), "acme.xml"))], wanted, bad)

    def test_every_rule_speaks(self) -> None:
        """No rule is silent: all of them together find every fault of the list, and each has a sentence on why."""
        self.assertTrue(all(rule.__doc__ for rule in RULES))
        self.assertGreaterEqual(len({rule for rule, _, _ in FAULTS}), len(RULES))

    def test_all_at_once(self) -> None:
        """Two faults of one file are found together, in the order of the lines."""
        text = ACME.replace('path="$.text"', 'path="text"').replace('name="text" field="text"', 'name="text" field="txt"')
        self.assertEqual([one.rule for one in check(read(text.encode(), "a.xml"))][:1], ["bad-path"])
        self.assertIn("unknown-field", [one.rule for one in check(read(text.encode(), "a.xml"))])
