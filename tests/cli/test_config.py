"""The verb ``config``."""

from __future__ import annotations

import json

from tests.cli.calling import Called
from tests.config.documents import SECRET, broker

BAD = "x = 1\n" + broker("one") + broker("two").replace("/two/mo", "/one/mo")
WARNED = broker("one", mo="port = 8080\nenabled = false") + broker("two").replace("/two/", "/one/")


class Check(Called):
    """``config check``."""

    def test_fine(self) -> None:
        """A sound document is counted and called fine."""
        path = self.write(broker("one") + broker("two"))
        self.assertEqual(self.call("config", "check", path).output, f"{path}: 2 brokers, 0 routes: fine.\n")

    def test_errors(self) -> None:
        """Every error is a line with file, line, place, sentence and remedy; then their number; exit code 1."""
        path = self.write(BAD)
        result = self.call("config", "check", path)
        lines = result.stdout.splitlines()
        self.assertEqual(result.exit_code, 1)
        self.assertEqual(lines[0].split(": error")[0], f"{path}:1: x")
        self.assertEqual(lines[1].split(": error")[0], f"{path}:19: brokers[2] (two).mo.path")
        self.assertEqual(lines[2:], [f"{path}: 2 errors."])

    def test_warnings(self) -> None:
        """Warnings are printed and pass; where there are errors, those come first."""
        result = self.call("config", "check", self.write(WARNED))
        self.assertEqual(result.exit_code, 0)
        self.assertIn("2 brokers, 0 routes: fine (2 warnings).", result.stdout)
        result = self.call("config", "check", self.write(WARNED + "[purge]\ndays = 1"))
        self.assertIn("error", result.stdout.splitlines()[0])
        self.assertIn("1 error, 2 warnings", result.stdout)

    def test_site(self) -> None:
        """Of a site file, the file itself and the configuration it names are checked together."""
        self.write(BAD, "configuration.toml")
        site = self.write('nam = "x"\n[tls]\ncertificate = "no.pem"\nkey = "no.key"\n[api]\n', "site.toml")
        result = self.call("config", "check", site)
        for rule in ("unknown-setting", "tls-file", "path-twice"):
            self.assertIn(rule, result.stdout)
        self.assertIn("5 errors", result.stdout)

    def test_site_without_configuration(self) -> None:
        """A configuration document that is not there is an error of the site."""
        result = self.call("config", "check", self.write('state = "s"', "site.toml"))
        self.assertEqual(result.exit_code, 1)
        self.assertIn("configuration.toml: error file: There is no such file.", result.stdout)

    def test_not_toml(self) -> None:
        """A file that is not TOML is told with its line."""
        self.assertIn(":1: error toml", self.call("config", "check", self.write("= 1")).output)

    def test_emulator(self) -> None:
        """The file of an emulator is told by its own keys and checked as one."""
        path = self.write('http = "tcp:8290"\n[[brokers]]\nname = "t"\nprofile = "twilio"\nmo_url = "http://x"', "emulator.toml")
        self.assertEqual(self.call("config", "check", path).output, f"{path}: 1 played broker: fine.\n")
        result = self.call("config", "check", self.write('[[brokers]]\nname = "t"\nmo_url = 1', "emulator.toml"))
        self.assertEqual(result.exit_code, 1)
        self.assertIn("brokers[1].profile", result.stdout)

    def test_slip(self) -> None:
        """A setting at the wrong place does not make a configuration an emulator's file."""
        result = self.call("config", "check", self.write(broker("one", 'password = "x"\nlocal = "y"')))
        self.assertIn("brokers[1] (one).password: error unknown-setting", result.stdout)

    def test_folder_of_definitions(self) -> None:
        """A folder of definitions that is not there is a usage error."""
        self.assertEqual(self.call("config", "check", self.write(""), "--profiles", "/no/such").exit_code, 64)


class Show(Called):
    """``config show``."""

    def test_effective(self) -> None:
        """A document is shown with its defaults, as JSON."""
        shown = json.loads(self.call("config", "show", self.write(broker("one"))).stdout)
        self.assertEqual(shown["configuration"]["brokers"][0]["mt"]["timeout"], 60)
        self.assertNotIn("site", shown)

    def test_site(self) -> None:
        """Of a site file, site and configuration are shown."""
        self.write(broker("one"), "configuration.toml")
        shown = json.loads(self.call("config", "show", self.write('state = "s"', "site.toml")).stdout)
        self.assertEqual(shown["site"]["state"], str(self.folder / "s"))
        self.assertEqual(len(shown["configuration"]["brokers"]), 1)

    def test_refused(self) -> None:
        """A faulty document is not shown; its faults go to standard error, so that a pipe gets nothing."""
        result = self.call("config", "show", self.write(BAD))
        self.assertEqual((result.exit_code, result.stdout), (1, ""))
        self.assertIn("path-twice", result.stderr)


class Secrets(Called):
    """No secret in any output."""

    def test_nowhere(self) -> None:
        """Whatever the verb and the fault, no password, token or secret option is printed."""
        accounts = f'id = "a"\npassword = "{SECRET}"\noptions = {{ Mask = "{SECRET}", Wrong = "{SECRET}" }}'
        text = broker("one", accounts=accounts) + f'[brokers.proxy]\naddress = "u:{SECRET}@p:1"\npassword = "{SECRET}"\n'
        faults = (
            text,
            text.replace(f"u:{SECRET}@", ""),
            text.replace("Wrong", "Mask2"),
            f'{text}\n[x]\nb = "{SECRET}',
            broker("one", accounts=accounts),
        )
        for fault in faults:
            path = self.write(fault)
            for verb in (("config", "check"), ("config", "show"), ("route", "test", "--to", "1", "--config")):
                self.assertNotIn(SECRET, self.call(*verb, path).output)
