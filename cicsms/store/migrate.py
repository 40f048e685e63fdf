"""Brings a database to the newest schema, once, however many processes start at the same time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from cicsms.store.errors import StoreUnusable
from cicsms.store.schema import HEAD

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(engine: Engine) -> None:
    """Upgrade the database behind a writing engine; its transaction shuts out every other process meanwhile."""
    try:
        with engine.begin() as connection:
            if current(connection) != HEAD:
                _upgrade(connection)
    except SQLAlchemyError as error:
        raise StoreUnusable(f"The database can't be opened: {error.__cause__ or error}") from error


def current(connection: Connection) -> str | None:
    """Give the schema's number; ``None`` where there is no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    """Run the missing steps. Alembic is loaded here alone: it costs a start more than everything else."""
    from alembic import command
    from alembic.util.exc import CommandError

    try:
        command.upgrade(settings(connection), "head")
    except CommandError as error:
        raise StoreUnusable("The database was written by a newer version of this program; install that version.") from error


def settings(connection: Connection) -> Config:
    """Give Alembic's settings for the packaged steps."""
    from alembic.config import Config

    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return made
