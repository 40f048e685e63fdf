"""Opening and upgrading databases."""

from __future__ import annotations

import stat
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.store.engine import read_url, writing_engine
from cicsms.store.errors import StoreUnusable
from cicsms.store.migrate import current, migrate, settings
from cicsms.store.schema import HEAD, metadata
from cicsms.store.store import Store, inline


class MigrateTests(SynchronousTestCase):
    """A database is made and upgraded by the steps, and is what the tables say."""

    def setUp(self) -> None:
        """Name a database that does not exist, in a folder with a blank and a percent sign."""
        self.path = Path(self.mktemp()) / "a folder 100%" / "store.sqlite"
        self.url = f"sqlite:///{self.path}"

    def open(self, url: str = "") -> Store:
        """Open the store."""
        clock = Clock()
        store = Store.open(url or self.url, lanes=inline(clock.seconds), now=clock.seconds)
        self.addCleanup(store.close)
        return store

    def run_with(self, question: str) -> object:
        """Run one statement of SQL."""
        with writing_engine(read_url(self.url)).begin() as connection:
            result = connection.execute(text(question))
            return result.scalar() if result.returns_rows else None

    def made(self, connection: Connection) -> list[tuple[str, str]]:
        """Give all tables and indices as SQL, without quotes."""
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))
        return [(name, sql.replace('"', "")) for name, sql in found]

    def test_steps_make_the_tables(self) -> None:
        """A fresh database has exactly the tables, columns and indices of the schema, conditions and defaults included."""
        self.open()
        other = writing_engine(read_url(f"sqlite:///{self.mktemp()}"))
        with other.begin() as made, writing_engine(read_url(self.url)).begin() as stepped:
            metadata.create_all(made)
            self.assertEqual(current(stepped), HEAD)
            of_steps = dict(self.made(stepped))
            del of_steps["alembic_version"]
            self.assertEqual({name: sql.split() for name, sql in of_steps.items()}, {n: s.split() for n, s in self.made(made)})

    def test_head(self) -> None:
        """The number in the code is that of the newest step."""
        engine = writing_engine(read_url(f"sqlite:///{self.mktemp()}"))
        with engine.connect() as connection:
            self.assertEqual(ScriptDirectory.from_config(settings(connection)).get_current_head(), HEAD)

    def test_twice(self) -> None:
        """A second start changes nothing."""
        self.open()
        migrate(writing_engine(read_url(self.url)))
        self.assertEqual(self.run_with("SELECT count(*) FROM alembic_version"), 1)

    def test_newer(self) -> None:
        """A database of a newer version is refused with a sentence, and left alone."""
        self.open()
        self.run_with("UPDATE alembic_version SET version_num = '9999'")
        error = self.assertRaises(StoreUnusable, self.open)
        self.assertIn("newer", str(error))
        self.assertEqual(self.run_with("SELECT version_num FROM alembic_version"), "9999")

    def test_private(self) -> None:
        """Only its owner may read the file, and the folder made for it."""
        self.open()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.path.parent.stat().st_mode), 0o700)

    def test_not_a_database(self) -> None:
        """A file that is no database is refused, and left alone."""
        self.path.parent.mkdir(parents=True)
        self.path.write_text("something else entirely, and long enough to be looked at " * 20)
        self.assertIn("not a database", str(self.assertRaises(StoreUnusable, self.open)))

    def test_urls(self) -> None:
        """URLs that can't be used are refused with what to write instead."""
        for url in ("nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "sqlite:////dev/null/no/way"):
            with self.subTest(url=url):
                self.assertRaises(StoreUnusable, self.open, url)

    def test_postgresql_means_psycopg(self) -> None:
        """A plain PostgreSQL URL uses the driver that is installed."""
        self.assertEqual(read_url("postgresql://u@h/n").drivername, "postgresql+psycopg")
