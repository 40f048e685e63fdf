"""The list of codes is whole: what the source can find, it lists, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import cicsms.certs
from cicsms.certs.codes import CODES
from cicsms.certs.recipe import recipes

_KINDS = {"LEAF", "INTERMEDIATE", "ANCHOR"}


class CodesTests(SynchronousTestCase):
    """``CODES``."""

    def test_whole(self) -> None:
        """Every code that stands in the source is listed, and every one listed stands there."""
        folder = Path(cicsms.certs.__file__).parent
        texts = [path.read_text() for path in folder.glob("*.py") if path.name != "codes.py"]
        written = set(re.findall(r'"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+)"', "\n".join(texts))) - {"SHA-1"} | {"REVOKED"}
        self.assertEqual(written - set(CODES), set())
        self.assertEqual({code for code in set(CODES) - written if code.partition("-")[0] not in _KINDS}, set())

    def test_recipes(self) -> None:
        """What the faulty chains are named with is listed."""
        self.assertLessEqual({one.finding for one in recipes().values() if one.finding}, set(CODES))
