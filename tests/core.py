"""Small databases of a test's own for the sections below the pages: both engines, by plain SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

import flaskadmin
from flaskadmin import Database, Schema, Settings, Writer


class Base:
    """One empty database: raw access beside the site's, and the site's sections over it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.source = flaskadmin.parse_source(url)
        self.postgres = self.source.url.get_backend_name() == "postgresql"
        self.schema = "public" if self.postgres else ""
        self.engines: list[sa.Engine] = []

    def connect(self) -> Any:
        """Return a connection of the driver's own, in autocommit; close it."""
        if self.postgres:
            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.source.url.database or "", isolation_level=None)

    def run(self, *scripts: str) -> None:
        """Run statements as another program would."""
        with closing(self.connect()) as connection:
            for script in scripts:
                if self.postgres:
                    connection.execute(script.encode())
                else:
                    connection.executescript(script)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what is really stored."""
        with closing(self.connect()) as connection:
            return [tuple(row) for row in connection.execute(statement).fetchall()]

    def database(self, url: sa.URL | None = None, **settings: Any) -> Database:
        """Return a Database as the site makes it."""
        chosen = Settings(**settings)
        url = url or self.source.url
        engine = sa.create_engine(url, **flaskadmin.engine_options(url, chosen))
        self.engines.append(engine)
        return Database(engine, chosen)

    def catalogue(self, **settings: Any) -> Schema:
        """Return a catalogue that has read nothing yet."""
        return Schema.of(self.database(**settings))

    def name(self, table: str, schema: str | None = None) -> flaskadmin.TableName:
        """Return a table's full name in the default schema."""
        return flaskadmin.TableName(self.schema if schema is None else schema, table)

    def table(self, name: str) -> flaskadmin.Table:
        """Read one table's declaration."""
        return self.catalogue().table(self.name(name))

    def writer(self, **settings: Any) -> Writer:
        """Return a writer over a new pool."""
        catalogue = self.catalogue(**settings)
        return Writer(catalogue.database, catalogue)


@pytest.fixture
def base(engine_url: str) -> Iterator[Base]:
    """An empty database of each engine."""
    made = Base(engine_url)
    yield made
    for engine in made.engines:
        engine.dispose()


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Collect the statements that go to a database, whichever connections they take."""
    found: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if connection.engine.url == engine.url:
            found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def values(rows: Sequence[flaskadmin.Row], column: str) -> list[Any]:
    """Return one column of rows as read."""
    return [row.values[column] for row in rows]
