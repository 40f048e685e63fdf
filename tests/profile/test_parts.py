"""The small parts: templates, conditions, value lists, paths of JSON and XML, joined URLs."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Concat
from cicsms.profile import jsons, templates, udh, urls, xmls
from cicsms.profile.conditions import condition
from cicsms.profile.matching import first_word, matches, status_test
from cicsms.profile.wires import load_json, load_xml
from tests.profile.builders import carried


class TemplateTests(SynchronousTestCase):
    """Texts with holes."""

    def test_first_that_is_set(self) -> None:
        """A hole takes the first name that is not empty; without any, there is no text."""
        fill = templates.template("App {option.Key|password}!")
        self.assertEqual(fill({"option.Key": "", "password": "p"}), "App p!")
        self.assertIsNone(fill({}))

    def test_literal(self) -> None:
        """Braces that are no hole, as JSON has them, stay."""
        self.assertEqual(templates.template('[{"a":"b"}]')({}), '[{"a":"b"}]')

    def test_escaped(self) -> None:
        """In a path what fills a hole is escaped, slashes too."""
        self.assertEqual(templates.template("/a/{account}/b", escaped=True)({"account": "x/y ü"}), "/a/x%2Fy%20%C3%BC/b")

    def test_invented(self) -> None:
        """Invented ids have the form asked for and repeat with the seed."""
        form = "SM{hex:32}-{digits:4}-{uuid}"
        self.assertRegex(templates.invent(form, Random(1)), r"\ASM[0-9a-f]{32}-[0-9]{4}-[0-9a-f-]{36}\Z")
        self.assertEqual(templates.invent(form, Random(1)), templates.invent(form, Random(1)))

    def test_pattern(self) -> None:
        """A path is recognised by its end, and gives what fills its holes."""
        expression, names = templates.pattern("/v1/{account}/send.json")
        found = expression.search(b"/prefix/v1/AC1/send.json")
        self.assertEqual((names, found and found.groups()), (("account",), (b"AC1",)))
        self.assertIsNone(expression.search(b"/v1/AC1/sendxjson"))


class ConditionTests(SynchronousTestCase):
    """The few conditions."""

    def test_conditions(self) -> None:
        """Set, one of some values, and their opposites."""
        rows = (("a", None, {"a": "1"}, True), ("a", None, {"a": ""}, False), ("a=1|2", None, {"a": "2"}, True))
        rows += ((None, "a", {"a": "1"}, False), (None, "a=1", {"a": "2"}, True), ("a", "b", {"a": "1"}, True))  # type: ignore[assignment]
        for when, unless, scope, wanted in rows:
            test = condition(when, unless)
            self.assertEqual(test and test(scope), wanted, (when, unless, scope))
        self.assertIsNone(condition(None, None))


class MatchingTests(SynchronousTestCase):
    """Value lists."""

    def test_lists(self) -> None:
        """Words, ranges, bits and beginnings; a word is not a number."""
        rows = (
            ("a|b c", "b c", True),
            ("400..499", "450", True),
            ("400..499", "45x", False),
            ("400..499", "\u0664\u0665\u0660", False),
            ("-3..0", "-1", True),
            ("&16", "24", True),
            ("&16", "8", False),
            ("FAILED.*", "FAILED.EXPIRED", True),
            ("a", "A", False),
        )
        for listed, value, wanted in rows:
            self.assertEqual(matches(listed)(value), wanted, (listed, value))
        self.assertTrue(matches("Non Delivered|X*", fold=True)("NON DELIVERED"))

    def test_first_word(self) -> None:
        """The writing side takes a value that the list accepts."""
        for listed in ("a|b", "400..499|x", "&16", "FAILED.*"):
            self.assertTrue(matches(listed)(first_word(listed)))

    def test_statuses(self) -> None:
        """Status classes, single ones and ranges."""
        test = status_test("2xx|404|500..503")
        self.assertEqual(
            [status for status in (199, 200, 299, 300, 404, 405, 500, 503, 504) if test(status)], [200, 299, 404, 500, 503]
        )


class JsonTests(SynchronousTestCase):
    """JSON paths."""

    def test_set_and_get(self) -> None:
        """Values are set in the order of the bindings, with their types, and read back as text."""
        tree: dict[object, object] = {}
        rows = (
            ("$.b.c", "string", "x", "x"),
            ("$.a[0].to", "string", "1", "1"),
            ("$.a[0].n", "number", "12", "12"),
            ("$.f", "number", "0.5", "0.5"),
            ("$.t", "boolean", "true", "true"),
            ("$.list", "string", ("1", "2"), ("1", "2")),
            ("$.z", "json", "null", None),
        )
        for path, kind, value, _ in rows:
            jsons.putter(path, kind)(tree, value)
        document = jsons.dump(tree)
        self.assertEqual(document, b'{"b":{"c":"x"},"a":[{"to":"1","n":12}],"f":0.5,"t":true,"list":["1","2"],"z":null}')
        self.assertEqual(jsons.dump({"a": 1}, spaced=True), b'{"a": 1}')
        for path, _, _, wanted in rows:
            self.assertEqual(jsons.getter(path)(load_json(document), {}), wanted)

    def test_scalar_items(self) -> None:
        """An array of plain texts is filled and read entry by entry."""
        tree: dict[object, object] = {}
        add = jsons.opener("$.to[*]")(tree)
        for value in ("1", "2"):
            item: dict[object, object] = {}
            jsons.putter("$", "string")(item, value)
            add(item)
        self.assertEqual(jsons.dump(tree), b'{"to":["1","2"]}')
        self.assertEqual([jsons.getter("$")(entry, {}) for entry in jsons.items("$.to[*]")(tree) or ()], ["1", "2"])

    def test_array_at_the_root(self) -> None:
        """A document may be an array itself."""
        tree: dict[object, object] = {}
        jsons.opener("$[*]")(tree)({"id": "1"})
        self.assertEqual(jsons.dump(tree), b'[{"id":"1"}]')

    def test_wrong_shapes(self) -> None:
        """A path through what is not there is no value."""
        values: tuple[object, ...] = (None, [], {}, "x", 1, {"a": []}, {"a": {"b": 1}}, {"a": [None]})
        for value in values:
            self.assertIsNone(jsons.getter("$.a[0].b")(value, {}))

    def test_big_numbers(self) -> None:
        """An id beyond 2^53 keeps every digit."""
        self.assertEqual(jsons.getter("$.id")(load_json(b'{"id":6000000000000000001}'), {}), "6000000000000000001")

    def test_bad_paths(self) -> None:
        """What is no path is refused."""
        for path in ("", "a", "$a", "$.", "$.a[x]", "$.a..b"):
            self.assertRaises(ValueError, jsons.steps, path)


class XmlTests(SynchronousTestCase):
    """XML paths."""

    def test_set_and_get(self) -> None:
        """Elements and attributes are written in the order of the bindings and read back."""
        root = xmls.Element("A")
        for path, value in (("@v", "1"), ("B/@id", '"<&\n'), ("B/C", "a & b < c\r\n"), ("B/D", ""), ("E", "ü✓\0")):
            xmls.putter(path)(root, value)
        document = xmls.dump(root, "", "ISO-8859-1")
        self.assertIn(b"a &amp; b &lt; c", document)
        self.assertIn(b"&#10003;", document)
        read = load_xml(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + document)
        self.assertEqual(xmls.getter("B/@id")(read, {}), '"<&\n')
        self.assertEqual(xmls.getter("B/C")(read, {}), "a & b < c\r\n")
        self.assertEqual(xmls.getter("B/D")(read, {}), "")
        self.assertEqual(xmls.getter("E")(read, {}), "ü✓\ufffd")
        self.assertIsNone(xmls.getter("B/X")(read, {}))

    @given(st.text(max_size=40))
    def test_any_text(self, text: str) -> None:
        """Every text that XML has characters for comes back, in a narrow charset, too."""
        root = xmls.Element("A")
        xmls.putter("B/C")(root, text)
        xmls.putter("B/@d")(root, text)
        read = load_xml(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + xmls.dump(root, "", "ISO-8859-1"))
        if carried(text):
            self.assertEqual((xmls.getter("B/C")(read, {}), xmls.getter("B/@d")(read, {})), (text, text))

    def test_bad_paths(self) -> None:
        """What is no path is refused."""
        for path in ("", "/a", "a//b", "a/@b/c", "a[1]", "a b"):
            self.assertRaises(ValueError, xmls.steps, path)


class UdhTests(SynchronousTestCase):
    """User data headers."""

    def test_among_others(self) -> None:
        """The concatenation element is found behind another element (here: a port number)."""
        self.assertEqual(udh.read("0B0504158A000000032A0201"), Concat(42, 2, 1))

    @given(st.binary(max_size=20))
    def test_any_octets(self, octets: bytes) -> None:
        """Any octets give a sound place or ValueError."""
        try:
            part = udh.read(octets.hex())
        except ValueError:
            return
        self.assertTrue(1 <= part.index <= part.count)


class UrlTests(SynchronousTestCase):
    """Gateway and outgoing path."""

    def test_joined(self) -> None:
        """One slash between them, queries of either kept."""
        rows = (
            ("https://a.example", "/send", "/send"),
            ("https://a.example/", "send", "/send"),
            ("https://a.example/v1/", "/send", "/v1/send"),
            ("https://a.example/v1", "", "/v1"),
            ("https://a.example", "", "/"),
            ("https://a.example/v1?key=1", "/send?x=2", "/v1/send?key=1&x=2"),
        )
        for gateway, path, wanted in rows:
            scheme, authority, fill = urls.joined(gateway, path)
            self.assertEqual((scheme, authority, fill({})), ("https", "a.example", wanted))

    def test_target(self) -> None:
        """Added pieces go behind a query that is there."""
        self.assertEqual(urls.target("/a?b=1", ["c=2", "d=3"]), b"/a?b=1&c=2&d=3")
        self.assertEqual(urls.target("/a", ["c=2"]), b"/a?c=2")

    def test_credentials(self) -> None:
        """User and password in a URL are no part of the request's authority."""
        self.assertEqual(urls.cut("https://u:p@a.example:8443"), ("https", "a.example:8443", "/", ""))
