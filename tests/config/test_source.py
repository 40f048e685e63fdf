"""Reading files, and what is said of those that can't be read."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.source import parse, read
from cicsms.model.errors import Rejected


class Reading(SynchronousTestCase):
    """Files and texts."""

    def refused(self, octets: bytes) -> str:
        """Return what is said of a file with these octets."""
        path = Path(self.mktemp())
        path.write_bytes(octets)
        return str(self.assertRaises(Rejected, read, path)).replace(str(path), "FILE")

    def test_missing(self) -> None:
        """A missing file is one clear line."""
        said = str(self.assertRaises(Rejected, read, Path("no/such.toml")))
        self.assertEqual(said, "no/such.toml: error file: There is no such file. Check the path.")

    def test_folder(self) -> None:
        """A folder is called one."""
        self.assertIn("This is a folder.", str(self.assertRaises(Rejected, read, Path())))

    def test_not_a_directory(self) -> None:
        """Another fault of the file system is told in its own words."""
        path = Path(self.mktemp())
        path.write_text("")
        self.assertIn("can't be read", str(self.assertRaises(Rejected, read, path / "x")))

    def test_syntax(self) -> None:
        """A fault of syntax has its line and column."""
        self.assertIn("FILE:2: error toml: This is not TOML", self.refused(b"a = 1\nb = = 2\n"))
        self.assertIn("column 5", self.refused(b"a = 1\nb = = 2\n"))

    def test_unfinished(self) -> None:
        """A fault at the end of the document has the last line."""
        self.assertIn("FILE:2: error toml", self.refused(b'a = 1\nb = "x'))

    def test_not_utf8(self) -> None:
        """A file in another encoding is refused with the line of the first strange octet."""
        self.assertIn("FILE:2: error encoding", self.refused(b'a = 1\nb = "\xe9"\n'))

    def test_byte_order_mark(self) -> None:
        """A byte order mark is skipped."""
        path = Path(self.mktemp())
        path.write_bytes(b"\xef\xbb\xbfa = 1")
        self.assertEqual(read(path).data, {"a": 1})

    def test_windows_lines(self) -> None:
        """Lines that end in CR LF are counted once."""
        self.assertEqual(parse('a = 1\r\nb = """\r\n"""\r\nc = 2\r\n', "x").line(("c",)), 4)


class Places(SynchronousTestCase):
    """How a place is told."""

    def test_named(self) -> None:
        """An element of a list is told by position and name; a missing key has the line of its table."""
        source = parse('[[b]]\nname = "one"\n[[b]]\nname = "two"\n[[b.a]]\nid = "m"\n', "f.toml")
        self.assertEqual(source.where(("b", 1, "a", 0, "id")), "f.toml:6: b[2] (two).a[1] (m).id")
        self.assertEqual(source.where(("b", 0, "mo", "path")), "f.toml:1: b[1] (one).mo.path")
        self.assertEqual(source.where(()), "f.toml")
