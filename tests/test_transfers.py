"""Section 9: exports, read back by an importer of the test's own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Browser, Postgres
from weird import UNREADABLE, connect_sqlite, libpq, quoted

Site = Callable[..., Browser]
Importer = Callable[[bytes, dict[str, str]], tuple[list[str], list[list[Any]]]]


# An importer: what the docstring of Export says, the other way round


def csv_rows(body: bytes) -> Iterator[list[tuple[str, bool]]]:
    """The cells of each line, and whether they had quotes."""
    text = body.decode("utf-8", "surrogateescape")
    cell = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')
    row, at = [], 0
    while at < len(text):
        match = cell.match(text, at)
        assert match, text[at : at + 200]
        row.append((match[2], False) if match[1] is None else (match[1].replace('""', '"'), True))
        at = match.end()
        if match[3] == "\n":
            yield row
            row = []


def from_csv(body: bytes, types: dict[str, str]) -> tuple[list[str], list[list[Any]]]:
    """The names and the values of a CSV file; ``types`` are those of PostgreSQL's columns."""
    head, *rows = csv_rows(body)
    return [name for name, _ in head], [[csv_value(*cell, bool(types)) for cell in row] for row in rows]


def csv_value(text: str, had_quotes: bool, postgres: bool) -> Any:
    if had_quotes or text == "" or postgres:
        return text if text or had_quotes else None
    if text.startswith("x'"):
        return bytes.fromhex(text[2:-1])
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def from_lines(body: bytes, types: dict[str, str]) -> tuple[list[str], list[list[Any]]]:
    """The names and the values of JSON Lines."""
    names: list[str] = []
    rows = []
    for line in body.decode().removesuffix("\n").split("\n"):
        pairs = list(members(line))
        names = [name for name, _ in pairs]
        rows.append([postgres_json(text, types[name]) if types else sqlite_json(text) for name, text in pairs])
    return names, rows


def from_json(body: bytes, types: dict[str, str]) -> tuple[list[str], list[list[Any]]]:
    """The names and the values of a JSON file."""
    assert body.startswith(b"[\n") and body.endswith(b"\n]\n")
    return from_lines(body[2:-3].replace(b",\n", b"\n"), types)


def members(line: str) -> Iterator[tuple[str, str]]:
    """The members of an object: each name, and its value as it stands there."""
    decoder = json.JSONDecoder()
    at = 1
    while at < len(line):
        name, end = decoder.raw_decode(line, at)
        _value, at = decoder.raw_decode(line, end + 1)
        yield name, line[end + 1 : at]
        assert line[at] in ",}"
        at += 1


def sqlite_json(text: str) -> Any:
    if text == "null" or text.startswith('"'):
        return json.loads(text)
    if text.startswith('{"$'):
        return bytes.fromhex(json.loads(text)["$bytes"])
    if text[0] in "{[":
        return text
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def postgres_json(text: str, type_: str) -> Any:
    if text == "null":
        return None
    if type_ in ("json", "jsonb"):
        return json.loads(text)["$json"] if text.startswith('{"$json":') else text
    return json.loads(text) if text.startswith('"') else text


IMPORTERS: dict[str, Importer] = {"csv": from_csv, "jsonl": from_lines, "json": from_json}


class SqliteCopy:
    """The same schema, to be filled anew."""

    def __init__(self, url: str, path: Path) -> None:
        shutil.copy(url.removeprefix("sqlite:///"), path)
        self.connection = connect_sqlite(f"sqlite:///{path}")
        self.connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in self.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            self.connection.execute(f"DROP TRIGGER {quoted(name)}")

    def tables(self) -> list[tuple[str, str]]:
        found = self.connection.execute(
            "SELECT '', name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        return [row for row in found if row[1] not in UNREADABLE["sqlite"]]

    def rows(self, _schema: str, table: str) -> list[str]:
        """What is in a table: each value's class and bytes."""
        columns = self.columns("", table)
        read = ", ".join(f"typeof({quoted(c)}), hex({quoted(c)}), {quoted(c)}" for c in columns)
        return sorted(map(repr, self.connection.execute(f"SELECT {read} FROM main.{quoted(table)}")))

    def columns(self, _schema: str, table: str) -> dict[str, bool]:
        """Whether each column is generated."""
        found = self.connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
        return {name: bool(hidden) for name, hidden in found}

    def types(self, _schema: str, _table: str) -> dict[str, str]:
        return {}

    def clear(self, _schema: str, table: str) -> None:
        self.connection.execute(f"DELETE FROM main.{quoted(table)}")

    def insert(self, schema: str, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        generated = self.columns(schema, table)
        kept = [n for n, name in enumerate(names) if not generated[name]]
        self.connection.execute("BEGIN")
        for row in rows:
            values = [broken(row[n]) for n in kept]
            marks = ["CAST(? AS TEXT)" if given is not row[n] else "?" for n, given in zip(kept, values, strict=True)]
            columns = ", ".join(quoted(names[n]) for n in kept)
            statement = f"INSERT INTO main.{quoted(table)} ({columns}) VALUES ({', '.join(marks)})"
            self.connection.execute(statement, values)
        self.connection.execute("COMMIT")

    def script(self, text: str) -> None:
        self.connection.executescript(text)

    def close(self) -> None:
        self.connection.close()


def broken(value: Any) -> Any:
    """A text that isn't UTF-8 as its bytes."""
    try:
        return value if not isinstance(value, str) or value.encode() else value
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")


class PostgresCopy:
    """The same schema, to be filled anew."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(libpq(url), autocommit=True)
        self.connection.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
        unmet = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated"
        for table, name in self.connection.execute(unmet).fetchall():
            self.connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)}".encode())

    def tables(self) -> list[tuple[str, str]]:
        found = self.connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
            "AND c.relnatts > 0 AND c.relname <> 'inherit_city'"  # it shows its children's rows, which repeat its keys
        )
        return found.fetchall()

    def rows(self, schema: str, table: str) -> list[str]:
        """What is in a table, as the text of its rows."""
        statement = f"SELECT r::text FROM {quoted(schema)}.{quoted(table)} AS r"
        return sorted(row[0] for row in self.connection.execute(statement.encode()))

    def columns(self, schema: str, table: str) -> dict[str, bool]:
        """Whether each column is generated."""
        found = self.connection.execute(
            "SELECT attname, attgenerated <> '' FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [f"{quoted(schema)}.{quoted(table)}"],
        )
        return dict(found.fetchall())

    def types(self, schema: str, table: str) -> dict[str, str]:
        """The type of each column."""
        found = self.connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [f"{quoted(schema)}.{quoted(table)}"],
        )
        return dict(found.fetchall())

    def clear(self, schema: str, table: str) -> None:
        self.connection.execute(f"TRUNCATE {quoted(schema)}.{quoted(table)} CASCADE".encode())

    def insert(self, schema: str, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        generated = self.columns(schema, table)
        kept = [n for n, name in enumerate(names) if not generated[name]]
        columns = ", ".join(quoted(names[n]).replace("%", "%%") for n in kept)
        target = f"{quoted(schema)}.{quoted(table)}".replace("%", "%%")
        statement = f"INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(['%s'] * len(kept))})"
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(statement.encode(), [[row[n] for n in kept] for row in rows])

    def script(self, text: str) -> None:
        self.connection.execute(text.encode())

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def copy(weird: str, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A copy of the weird database, to import into."""
    if engine_name == "sqlite":
        with closing(SqliteCopy(weird, tmp_path / "copy.db")) as made:
            yield made
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create("weird")
    with closing(PostgresCopy(url)) as made:
        yield made
    server.drop(url)


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "sql"])
def test_lossless_export_makes_the_same_table(form: str, weird: str, copy: Any, site: Site) -> None:
    browser = site(weird)
    urls = {
        ("" if o["schema"] == "main" else o["schema"] or "", o["name"]): o["urls"]["list"] for o in browser.objects()
    }
    different = []
    known = {name: copy.rows(*name) for name in copy.tables()}  # before TRUNCATE CASCADE
    for (schema, table), before in known.items():
        answer = browser.get(f"{urls[schema, table]}export.{form}")
        assert answer.status_code == 200, (table, answer.text[:500])
        copy.clear(schema, table)
        if form == "sql":
            copy.script(answer.data.decode("utf-8"))
        elif before:
            names, rows = IMPORTERS[form](answer.data, copy.types(schema, table))
            copy.insert(schema, table, names, rows)
        after = copy.rows(schema, table)
        if after != before:
            pairs = [(o, n) for o, n in zip(before, after, strict=False) if o != n]
            different.append(f"{table}: {len(before)} -> {len(after)} rows, {str(pairs[:2])[:400]}")
    assert different == []
