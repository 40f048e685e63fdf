"""The store on PostgreSQL: every behaviour of the store's own tests, with only another URL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, text
from twisted.trial.unittest import SkipTest

from cicsms.store.engine import read_url, writing_engine
from cicsms.store.entries import KeepFact
from cicsms.store.errors import StoreBusy
from cicsms.store.schema import metadata
from tests.live import postgresql
from tests.store import support, test_keep_mo, test_keep_mt, test_keep_receipts, test_queries, test_sending


class OnPostgresql:
    """Gives a test an empty database on PostgreSQL, or skips it."""

    def database(self) -> str:
        """Give the URL of the cluster, emptied."""
        if said := postgresql.missing():
            raise SkipTest(said)
        url = postgresql.cluster().url
        engine = writing_engine(read_url(url))
        with engine.begin() as connection:
            for name in inspect(connection).get_table_names():
                if name != "alembic_version":
                    connection.execute(text(f"TRUNCATE {name} RESTART IDENTITY"))
        return url


class KeepMoTests(OnPostgresql, test_keep_mo.KeepMoTests):
    """Inbound messages on PostgreSQL."""


class KeepMtTests(OnPostgresql, test_keep_mt.KeepMtTests):
    """Outbound messages on PostgreSQL."""


class KeepReceiptsTests(OnPostgresql, test_keep_receipts.KeepReceiptsTests):
    """Receipts on PostgreSQL."""


class ClaimTests(OnPostgresql, test_sending.ClaimTests):
    """Claims on PostgreSQL."""


class SettleTests(OnPostgresql, test_sending.SettleTests):
    """Outcomes on PostgreSQL."""


class RecoverTests(OnPostgresql, test_sending.RecoverTests):
    """What a crash leaves, on PostgreSQL."""


class SearchTests(OnPostgresql, test_queries.SearchTests):
    """Search on PostgreSQL."""


class OtherQueriesTests(OnPostgresql, test_queries.OtherQueriesTests):
    """The other queries on PostgreSQL."""


class ServerTests(OnPostgresql, support.StoreCase):
    """What only a server can do."""

    def scalar(self, question: str) -> Any:
        """Ask over a connection of the writing kind."""
        with writing_engine(read_url(self.url)).begin() as connection:
            return connection.execute(text(question)).scalar()

    def test_durable(self) -> None:
        """Commits wait for the disk."""
        self.assertEqual(self.scalar("SHOW synchronous_commit"), "on")

    def test_same_tables(self) -> None:
        """The steps make the same tables and indices as on SQLite."""
        with writing_engine(read_url(self.url)).begin() as connection:
            names = set(inspect(connection).get_table_names()) - {"alembic_version"}
            self.assertEqual(names, set(metadata.tables))
            for table in metadata.sorted_tables:
                indices = {index["name"] for index in inspect(connection).get_indexes(table.name)}
                self.assertEqual(indices, {index.name for index in table.indexes})

    def test_bad_entry(self) -> None:
        """An entry that can't be kept fails alone."""
        good = self.inbound("good")
        self.receive(good)
        refused = self.store._writer.write([KeepFact("a", "\0"), KeepFact("b", "value")])
        self.assertEqual((type(refused[0].error).__name__, refused[1]), ("NotKept", "value"))

    def test_server_restarts(self) -> None:
        """While the server is away entries are refused as busy; when it is back all goes on, and what was kept is there."""
        message = self.inbound("kept")
        self.receive(message)
        postgresql.cluster().restart()
        self.failureResultOf(self.store.submit(KeepFact("a", "lost")), StoreBusy)
        self.assertEqual(self.keep(KeepFact("a", "value")), "value")
        self.assertEqual(self.record(message.id).message.text, "kept")
