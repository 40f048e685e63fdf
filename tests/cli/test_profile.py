"""The verb ``profile``."""

from __future__ import annotations

from tests.cli.calling import Called


class Profiles(Called):
    """``profile list`` and ``profile check``."""

    def test_list(self) -> None:
        """The bundled profiles are listed, each with its digest, evidence, capabilities and title."""
        result = self.call("profile", "list")
        self.assertEqual(result.exit_code, 0)
        self.assertRegex(result.stdout, r"(?m)^twilio/form +[0-9a-f]{12}  7/7  mt mo receipts.*  Twilio")

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

    def test_new_and_show(self) -> None:
        """A definition to begin with is fine, and is shown from the folder it is put in."""
        self.write(self.call("profile", "new", "acme", "--title", "Acme & Sons").stdout, "acme.xml")
        self.assertEqual(self.call("profile", "check", str(self.folder / "acme.xml")).exit_code, 0)
        shown = self.call("profile", "show", "acme", "--profiles", str(self.folder)).stdout
        self.assertIn("# acme/v1: Acme & Sons: HTTP API, version 1", shown)

    def test_bad_name(self) -> None:
        """A name that no configuration could use is refused."""
        result = self.call("profile", "new", "Acme Inc")
        self.assertEqual((result.exit_code, result.stdout), (1, ""))

    def test_unknown(self) -> None:
        """An unknown profile is refused with the nearest names."""
        self.assertIn("Did you mean", self.call("profile", "show", "twillio").stderr)

    def test_evidence(self) -> None:
        """A profile is held against its evidence, a line for each check; without evidence the exit code is 2."""
        result = self.call("profile", "test", "kannel")
        self.assertEqual(result.exit_code, 0)
        self.assertRegex(result.stdout, r"(?m)^ok  01-.* read ")
        self.assertIn("0 red; evidence 6/7.", result.stdout)
        self.assertEqual(self.call("profile", "test", "kannel", "--evidence", str(self.folder)).exit_code, 2)

    def test_red_evidence(self) -> None:
        """Evidence that says otherwise is red, with the difference, and the exit code is 1."""
        from shutil import copytree

        from cicsms.profile.evidence import home

        copytree(home() / "kannel", self.folder / "kannel")
        request = next((self.folder / "kannel").glob("*-mt-request*")) / "request.http"
        request.write_bytes(request.read_bytes().replace(b"to=", b"ot=", 1))
        result = self.call("profile", "test", "kannel", "--evidence", str(self.folder))
        self.assertEqual(result.exit_code, 1)
        self.assertRegex(result.stdout, r"(?m)^RED ")

    def test_reference_and_page(self) -> None:
        """The reference and a broker's page are printed."""
        self.assertIn("### at", self.call("profile", "reference").stdout)
        self.assertIn("### What the broker must be told", self.call("profile", "page", "twilio").stdout)
        self.call("profile", "pages", str(self.folder / "pages"))
        self.assertIn("# Twilio", (self.folder / "pages" / "twilio.md").read_text("utf-8"))
        self.assertTrue((self.folder / "pages" / "reference.md").exists())

    def test_mutants(self) -> None:
        """A sample of mutants is tried, and each broker's share told; an unknown broker is exit code 2."""
        result = self.call("profile", "mutants", "--broker", "kannel", "--sample", "3", "--jobs", "1")
        self.assertRegex(result.stdout, r"(?m)^kannel +[0-9]+ mutants ")
        self.assertEqual(self.call("profile", "mutants", "--broker", "none").exit_code, 2)
