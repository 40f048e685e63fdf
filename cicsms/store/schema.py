"""The tables. Times are seconds since the epoch; ids are 32 hex digits that rise with time, so that inserts append."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
)

from cicsms.model.state import State

HEAD = "0001"
"""The newest migration; a database that says so is opened without loading Alembic."""

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is an INTEGER by name."""

metadata = MetaData()


def _text(name: str) -> Column[str]:
    """Give a column of text that is empty rather than NULL."""
    return Column(name, Text, nullable=False, server_default="")


messages = Table(
    "messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("direction", String(3), nullable=False),
    _text("broker"),
    _text("account"),
    _text("remote"),
    _text("local"),
    _text("text"),
    Column("alphabet", String(8)),
    Column("state", String(16), nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("date", Double),
    _text("broker_id"),
    _text("code"),
    _text("said"),
    _text("reference"),
    _text("origin"),
    _text("destination"),
    _text("inbox"),
    Column("parts", Integer, nullable=False, server_default="1"),
    Column("concat_reference", Integer),
    Column("concat_count", Integer),
    Column("concat_index", Integer),
    Column("message_class", Integer),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("validity", Integer),
    _text("mcc"),
    _text("mnc"),
    _text("extra"),
)
INBOUND = messages.c.direction == literal_column("'in'")
Index(
    "messages_inbox",
    messages.c.destination,
    messages.c.inbox,
    messages.c.id,
    sqlite_where=INBOUND,
    postgresql_where=INBOUND,
)

parts = Table(
    "parts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("message_id", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    _text("broker"),
    _text("account"),
    _text("remote"),
    _text("text"),
    Column("alphabet", String(8), nullable=False),
    Column("concat_reference", Integer),
    Column("concat_count", Integer),
    Column("concat_index", Integer),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),
    _text("broker_id"),
    _text("code"),
    _text("said"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due", Double, nullable=False, server_default="0"),
    _text("owner"),
    Column("lease", Double, nullable=False, server_default="0"),
    Column("updated", Double, nullable=False),
)
Index("parts_message", parts.c.message_id)
QUEUED = parts.c.state == literal_column(f"'{State.QUEUED}'")
"""Conditions of partial indices: a query must say the very same for the index to be used, hence no bound values."""
SENDING = parts.c.state == literal_column(f"'{State.SENDING}'")
UNKNOWN = parts.c.state == literal_column(f"'{State.UNKNOWN}'")
NAMED = parts.c.broker_id != literal_column("''")
Index(
    "parts_queued",
    parts.c.broker,
    parts.c.account,
    parts.c.priority.desc(),
    parts.c.id,
    sqlite_where=QUEUED,
    postgresql_where=QUEUED,
)
Index("parts_sending", parts.c.broker, parts.c.account, parts.c.id, sqlite_where=SENDING, postgresql_where=SENDING)
Index("parts_unknown", parts.c.broker, parts.c.account, parts.c.id, sqlite_where=UNKNOWN, postgresql_where=UNKNOWN)
Index("parts_broker_id", parts.c.broker_id, parts.c.broker, sqlite_where=NAMED, postgresql_where=NAMED)

receipts = Table(
    "receipts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("part_id", String(32)),
    _text("broker"),
    _text("account"),
    _text("broker_id"),
    _text("reference"),
    Column("state", String(16), nullable=False),
    _text("status"),
    _text("remote"),
    _text("local"),
    _text("code"),
    _text("said"),
    Column("date", Double),
    Column("final", Boolean, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("received", Double, nullable=False),
)
PARKED = receipts.c.part_id.is_(None)
Index(
    "receipts_part",
    receipts.c.part_id,
    sqlite_where=receipts.c.part_id.is_not(None),
    postgresql_where=receipts.c.part_id.is_not(None),
)
Index("receipts_parked", receipts.c.id, sqlite_where=PARKED, postgresql_where=PARKED)
Index("receipts_parked_id", receipts.c.broker_id, receipts.c.broker, sqlite_where=PARKED, postgresql_where=PARKED)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    _text("broker"),
    _text("account"),
    Column("inbound", Boolean, nullable=False),
    Column("started", Double, nullable=False),
    Column("duration", Double, nullable=False),
    _text("peer"),
    _text("scheme"),
    _text("authority"),
    _text("tls"),
    _text("error"),
    Column("request_head", LargeBinary, nullable=False),
    Column("request_body", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("reply_head", LargeBinary, nullable=False),
    Column("reply_body", LargeBinary, nullable=False),
)

message_exchanges = Table(
    "message_exchanges",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("exchange_id", String(32), primary_key=True),
    sqlite_with_rowid=False,
)

seen = Table(
    "seen",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("message_id", String(32), nullable=False),
    Column("until", Double, nullable=False),
    sqlite_with_rowid=False,
)
"""Inbound messages by what they are recognised by; the key is a digest of broker, account and the broker's id."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    _text("digest"),
    Column("message_id", String(32), nullable=False),
    Column("created", Double, nullable=False),
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", SEQUENCE, primary_key=True, autoincrement=True),
    _text("who"),
    _text("why"),
    Column("at", Double, nullable=False),
    _text("document"),
    _text("difference"),
    sqlite_autoincrement=True,
)

facts = Table("facts", metadata, Column("name", Text, primary_key=True), _text("value"))

events = Table(
    "events",
    metadata,
    Column("number", SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    _text("message_id"),
    _text("part_id"),
    _text("state"),
    sqlite_autoincrement=True,
)
