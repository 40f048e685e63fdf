"""The verb ``profile``."""

from __future__ import annotations

from tests.cli.calling import Called


class Profiles(Called):
    """``profile list`` and ``profile check``."""

    def test_list(self) -> None:
        """The bundled profiles are listed, each with its digest and title."""
        result = self.call("profile", "list")
        self.assertEqual(result.exit_code, 0)
        self.assertRegex(result.stdout, r"(?m)^twilio/form +[0-9a-f]{12}  Twilio")

    def test_faulty_folder(self) -> None:
        """A folder with a faulty definition is refused with file and line."""
        self.write("<broker>\n", "bad.xml")
        result = self.call("profile", "list", "--profiles", str(self.folder))
        self.assertEqual((result.exit_code, result.stdout), (1, ""))
        self.assertIn("bad.xml:", result.stderr)

    def test_check(self) -> None:
        """Every fault of every file is told; one faulty file makes the exit code 1."""
        bad = self.write("<broker/>", "bad.xml")
        result = self.call("profile", "check", bad, str(self.folder), "/no/such.xml")
        self.assertEqual(result.exit_code, 1)
        self.assertIn("bad.xml:1: error", result.stdout)
        self.assertIn("This is a folder.", result.stdout)
        self.assertIn("There is no such file.", result.stdout)

    def test_fine(self) -> None:
        """A bundled definition without anything to warn of is fine."""
        from cicsms.profile.places import definitions

        result = self.call("profile", "check", str(definitions() / "infobip.xml"))
        self.assertEqual((result.exit_code, result.stdout), (0, "1 definition: fine.\n"))
