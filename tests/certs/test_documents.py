"""The tables of the manual are what the check says today."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import tables
from cicsms.certs.recipe import recipes

MANUAL = Path(__file__).parents[2] / "docs" / "certificates.md"


def table(command: str) -> str:
    """Return the table that stands under a command in the manual."""
    found = re.search(rf"<!-- {command} -->\n(.*?)<!-- end -->", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return found[1] if found else ""


class ManualTests(SynchronousTestCase):
    """``docs/certificates.md``. To renew a table, put the output of its command between its marks."""

    def test_faults(self) -> None:
        """The table of faults is current, and holds all 31."""
        self.assertEqual(table("cicsms certs codes --faults"), tables.faults(datetime.now(UTC)))
        self.assertEqual(len(recipes()) - 1, 31)

    def test_codes(self) -> None:
        """The table of codes is current."""
        self.assertEqual(table("cicsms certs codes"), tables.codes())
