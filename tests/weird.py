"""Builds the two databases that hold everything that makes an admin tool stumble, and reads them back raw."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).parent
# Their definitions or their rows can't be read without what is missing: the page must say so, not fail.
UNREADABLE = {
    "sqlite": {
        "view_broken", "view_broken_column", "view_of_broken", "view_fails", "view_circle_a", "view_circle_b",
        "app_view", "app_collation_key", "app_generated", "fts_external_missing",
    },
    "postgresql": {"view_fails", "materialized_empty", "foreign_missing"},
}  # fmt: skip


def build_sqlite(path: Path) -> None:
    """Write weird.sqlite.sql's database to ``path``, with the collation and the function that only it knows."""
    with closing(connect_sqlite(f"sqlite:///{path}")) as connection:
        connection.executescript("BEGIN;" + (HERE / "weird.sqlite.sql").read_bytes().decode() + ";COMMIT;")


def build_postgresql(url: str) -> None:
    """Run weird.postgresql.sql in an empty database."""
    with psycopg.connect(libpq(url)) as connection:
        connection.execute((HERE / "weird.postgresql.sql").read_bytes())


def libpq(url: str) -> str:
    """Return a SQLAlchemy URL as libpq's."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def objects(url: str) -> set[tuple[str, str]]:
    """Return (schema, name) of every table and view, from the database's own catalogue."""
    if url.startswith("sqlite"):
        with closing(connect_sqlite(url)) as connection:
            rows = connection.execute("SELECT '', name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        shadows = ("_data", "_idx", "_content", "_docsize", "_config", "_node", "_rowid", "_parent")
        virtual = [name for _, name in rows]
        hidden = {name + end for name in virtual for end in shadows} & set(virtual) - {"rtree_rowid_"}
        return {(s, n) for s, n in rows if n not in hidden and not n.startswith("sqlite_")}
    with psycopg.connect(libpq(url)) as connection:
        found = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' "
            "AND n.nspname !~ '^pg_'"
        )
        return {(schema, name) for schema, name in found}


def connect_sqlite(url: str) -> sqlite3.Connection:
    """Open an SQLite URL's file as the application that owns it would, telling every value apart."""
    connection = sqlite3.connect(url.partition(":///")[2], isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.create_collation("app_order", lambda a, b: (a > b) - (a < b))
    connection.create_function("app_function", 1, lambda value: value, deterministic=True)
    return connection


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def dump(url: str) -> dict[tuple[str, str], list[Any]]:
    """Return every stored value of every table: its class and its bytes; on PostgreSQL with the row's version."""
    return dict(_dump_sqlite(url) if url.startswith("sqlite") else _dump_postgresql(url))


def _dump_sqlite(url: str) -> Iterator[tuple[tuple[str, str], list[Any]]]:
    with closing(connect_sqlite(url)) as connection:
        tables = connection.execute(
            "SELECT name FROM pragma_table_list "
            "WHERE schema = 'main' AND type IN ('table', 'shadow') AND name <> 'sqlite_schema'"
        ).fetchall()
        for (name,) in tables:
            columns = [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
            read = ", ".join(f"typeof({quoted(c)}), hex({quoted(c)}), {quoted(c)}" for c in columns)
            rows = connection.execute(f"SELECT {read} FROM main.{quoted(name)}").fetchall()
            yield ("", name), [tuple(repr(value) for value in row) for row in rows]


def _dump_postgresql(url: str) -> Iterator[tuple[tuple[str, str], list[Any]]]:
    with psycopg.connect(libpq(url)) as connection:
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
        ).fetchall()
        for schema, name in tables:
            target = f"{quoted(schema)}.{quoted(name)}"
            rows = connection.execute(
                f"SELECT ctid::text, xmin::text, r::text FROM {target} AS r ORDER BY ctid".encode()
            )
            yield (schema, name), rows.fetchall()


def differences(before: dict[Any, list[Any]], after: dict[Any, list[Any]]) -> list[str]:
    """Return what differs between two dumps, a line a table."""
    found = []
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table), after.get(table)
        if old != new:
            pairs = [f"{o} -> {n}" for o, n in zip(old or [], new or [], strict=False) if o != n]
            found.append(f"{table}: {len(old or [])} -> {len(new or [])} rows; " + "; ".join(pairs)[:500])
    return found


def cells(url: str, schema: str, name: str) -> list[dict[str, str | None]]:
    """Return every row of one table or view, each value with its class and its bytes."""
    if not url.startswith("sqlite"):
        with psycopg.connect(libpq(url)) as connection:
            target = f"{quoted(schema)}.{quoted(name)}"
            columns = [c.name for c in connection.execute(f"SELECT * FROM {target} LIMIT 0".encode()).description or ()]
            read = ", ".join(f"{quoted(c)}::text" for c in columns)
            found = connection.execute(f"SELECT {read} FROM {target}".encode()).fetchall()
            return [dict(zip(columns, row, strict=True)) for row in found]
    with closing(connect_sqlite(url)) as connection:
        columns = [
            row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (name,))
        ]
        read = ", ".join(f"{quoted(c)}, typeof({quoted(c)}) || hex({quoted(c)})" for c in columns)
        return [
            {
                c: row[2 * i] if isinstance(row[2 * i], str) else row[2 * i + 1] if row[2 * i] is not None else None
                for i, c in enumerate(columns)
            }
            for row in connection.execute(f"SELECT {read} FROM main.{quoted(name)}")
        ]


def text_columns(url: str, schema: str, name: str) -> list[str]:
    """Return the columns that take any text: no key, no foreign key, no other rule that the type names."""
    if url.startswith("sqlite"):
        with closing(connect_sqlite(url)) as connection:
            foreign = {row[0] for row in connection.execute('SELECT "from" FROM pragma_foreign_key_list(?)', (name,))}
            rows = connection.execute(
                "SELECT name FROM pragma_table_xinfo(?) WHERE upper(type) = 'TEXT' AND NOT pk AND NOT hidden", (name,)
            )
            return [column for (column,) in rows if column not in foreign]
    with psycopg.connect(libpq(url)) as connection:
        rows = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' AND atttypid = 'text'::regtype "
            "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = attrelid AND attnum = ANY (conkey)) "
            "ORDER BY attnum",
            [f"{quoted(schema)}.{quoted(name)}"],
        )
        return [row[0] for row in rows]
