"""The wheel installs into an empty environment and its three commands answer there."""

from __future__ import annotations

import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

from twisted.trial.unittest import SynchronousTestCase

CHECKOUT = Path(__file__).parents[2]
SECONDS = 600


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command to its end and return what it printed; a failure shows its output."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise AssertionError(f"{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@cache
def wheel() -> Path:
    """Build the wheel once for all tests of this module."""
    out = Path(mkdtemp(prefix="cicsms wheel "))
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, CHECKOUT)
    (built,) = out.glob("*.whl")
    return built


@cache
def environment() -> Path:
    """Install the wheel, with the locked dependencies, into an empty environment; return its bin folder."""
    home = Path(mkdtemp(prefix="cicsms env "))
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", CHECKOUT / "constraints.txt", wheel())
    return home / "bin"


class WheelTests(SynchronousTestCase):
    """What the wheel carries."""

    def test_no_init_in_twisted(self) -> None:
        """Neither the wheel nor the checkout holds an ``__init__.py`` under twisted/: it would hide or break every plugin."""
        names = ZipFile(wheel()).namelist()
        self.assertEqual([n for n in names if n.startswith("twisted/") and n.endswith("__init__.py")], [])
        self.assertEqual(list((CHECKOUT / "twisted").rglob("__init__.py")), [])

    def test_carries_plugins_and_data(self) -> None:
        """The wheel holds both plugins, the broker definitions with their schema, the evidence and the migrations."""
        names = ZipFile(wheel()).namelist()
        for wanted in ("twisted/plugins/cicsms_server.py", "twisted/plugins/cicsms_emulator.py", "cicsms/_profiles/twilio.xml"):
            self.assertIn(wanted, names)
        for folder in ("cicsms/_evidence/", "cicsms/store/migrations/versions/"):
            self.assertTrue([n for n in names if n.startswith(folder)], folder)
        self.assertEqual([n for n in names if n.endswith((".pem", "dropin.cache", ".sqlite"))], [])


class InstalledTests(SynchronousTestCase):
    """What an installed wheel does, run from an empty folder."""

    def says(self, *command: str) -> str:
        """Run an installed script in a new empty folder and return its output."""
        return run(environment() / command[0], *command[1:], cwd=Path(mkdtemp(prefix="cicsms empty ")))

    def test_server_help(self) -> None:
        """``twistd cicsms --help`` finds the plugin and prints the server's options."""
        self.assertIn("--config", self.says("twistd", "cicsms", "--help"))

    def test_emulator_help(self) -> None:
        """``twistd cicsms-emulator --help`` finds the plugin and prints the emulator's options."""
        self.assertIn("--config", self.says("twistd", "cicsms-emulator", "--help"))

    def test_command_help(self) -> None:
        """``cicsms --help`` lists its verbs."""
        said = self.says("cicsms", "--help")
        for verb in ("config", "certs", "conformance", "demo"):
            self.assertIn(verb, said)

    def test_finds_its_profiles(self) -> None:
        """An installed wheel finds the bundled broker definitions without a checkout."""
        script = "from cicsms.profile import Catalogue; print(*Catalogue.load().names())"
        self.assertIn("twilio", run(environment() / "python", "-c", script, cwd=Path(mkdtemp(prefix="cicsms empty "))))
