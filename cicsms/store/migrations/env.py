"""Alembic's entry: runs the steps over the connection that the program hands in."""

from __future__ import annotations

from alembic import context

from cicsms.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
