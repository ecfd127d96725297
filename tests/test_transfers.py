"""Section 15: exports, read back by an importer of the test's own."""

from __future__ import annotations

import csv
import errno
import io
import json
import queue
import re
import shutil
import tempfile
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import psycopg
import pytest
from openpyxl.utils.escape import unescape

import flaskadmin
from conftest import PASSWORD, USER, Browser, Postgres, close
from weird import UNREADABLE, connect_sqlite, libpq, quoted

Site = Callable[..., Browser]
Importer = Callable[[bytes, dict[str, str]], tuple[list[str], list[list[Any]]]]


# An importer: what the docstring of Export says, the other way round


def csv_rows(body: bytes) -> list[list[str]]:
    """The cells of each line of a CSV file."""
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig", "surrogateescape"), newline="")))


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


IMPORTERS: dict[str, Importer] = {"jsonl": from_lines, "json": from_json}


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
            "SELECT '', name FROM pragma_table_list "
            "WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'"
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


@pytest.mark.parametrize("form", ["jsonl", "json", "sql"])
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


# What is exported


GOODS = (
    "CREATE TABLE goods (id integer PRIMARY KEY, name text, price numeric(10,2), made date, secret text, kind text)",
    "INSERT INTO goods VALUES (1, 'tea', 2.50, '2026-01-02', 'x', 'drink'), (2, 'cocoa', NULL, NULL, 'y', 'drink'), "
    "(3, NULL, 10.00, '2024-02-29', 'z', ''), (4, '=1+1', -3.00, '1815-12-10', '-1', NULL)",
)


def execute(url: str, *statements: str) -> None:
    """Run statements by the engine's own driver."""
    if url.startswith("sqlite"):
        with closing(connect_sqlite(url)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def names_of(answer: Any) -> list[Any]:
    """The names of the goods in an answer of JSON Lines."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line)["name"] for line in answer.text.splitlines()]


@pytest.fixture
def goods(engine_url: str, site: Site) -> Browser:
    execute(engine_url, *GOODS)
    return site(engine_url)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["tea", "cocoa", None, "=1+1"]),
        ("?kind=drink", ["tea", "cocoa"]),
        ("?kind=drink&sort=-id", ["cocoa", "tea"]),
        ("?sort=name", ["=1+1", "cocoa", "tea", None]),
        ("?sort=-name", ["tea", "cocoa", "=1+1", None]),
        ("?sort=kind,-name", [None, "tea", "cocoa", "=1+1"]),
        ("?search=co", ["cocoa"]),
        ("?search=co&search_from=x", ["cocoa"]),
        ("?id__gt=1&id__lt=4", ["cocoa", None]),
        ("?kind=none", []),
        ("?size=1&after=2", ["tea", "cocoa", None, "=1+1"]),
        ("?size=99999&before=3", ["tea", "cocoa", None, "=1+1"]),
        ("?key=3&key=1", ["tea", None]),
        ("?key=3&key=1&kind=drink", ["tea"]),
        ("?key=77", []),
    ],
)
def test_export_has_the_rows_of_the_list(goods: Browser, query: str, names: list[Any]) -> None:
    assert names_of(goods.get(f"/admin/goods/export.jsonl{query}")) == names


def test_columns_of_the_table_may_be_called_like_parameters(engine_url: str, site: Site) -> None:
    execute(
        engine_url,
        'CREATE TABLE locks (id integer PRIMARY KEY, "key" text, "for" text, "name" text)',
        "INSERT INTO locks VALUES (1, 'a', 'excel', 'one'), (2, 'b', 'door', 'two')",
    )
    browser = site(engine_url)
    page = browser.get("/admin/locks/?key=b&for=door").text
    links = re.findall(r'href="(export\.jsonl[^"]*)"', page)
    assert len(links) == 1
    assert names_of(browser.get("/admin/locks/" + links[0].replace("&amp;", "&"))) == ["two"]
    assert browser.get("/admin/locks/export.csv?for=excel").data.startswith("\ufeffid,".encode())


@pytest.mark.parametrize("query", ["?nothing=1", "?sort=nothing", "?id__lt=y", "?key=%2C%2C"])
def test_what_cannot_be_asked_is_refused_not_left_out(goods: Browser, query: str) -> None:
    answer = goods.get(f"/admin/goods/export.csv{query}")
    assert answer.status_code == 400, answer.text
    assert "tea" not in answer.text


def test_rows_of_a_view_are_exported_but_not_chosen(engine_url: str, site: Site) -> None:
    execute(engine_url, *GOODS, "CREATE VIEW cheap AS SELECT name, price * 2 AS twice FROM goods WHERE price < 5")
    browser = site(engine_url)
    assert sorted(map(str, names_of(browser.get("/admin/cheap/export.jsonl")))) == ["=1+1", "tea"]
    assert names_of(browser.get("/admin/cheap/export.jsonl?sort=-name")) == ["tea", "=1+1"]
    assert browser.get("/admin/cheap/export.jsonl?key=vx").status_code == 400


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "sql", "xlsx"])
def test_hidden_columns_stay_hidden(engine_url: str, site: Site, form: str) -> None:
    execute(engine_url, *GOODS)
    browser = site(engine_url, tables={"goods": {"hidden_columns": ["secret"]}})
    answer = browser.get(f"/admin/goods/export.{form}")
    body = text_of(answer.data) if form == "xlsx" else answer.text
    assert answer.status_code == 200 and "tea" in body and "secret" not in body
    assert browser.get(f"/admin/goods/export.{form}?columns=secret,name").status_code == 400


def test_columns_are_those_that_the_address_chooses(goods: Browser) -> None:
    assert goods.get("/admin/goods/export.csv").text.startswith("id,name,price,made,secret,kind\r\n")
    assert goods.get("/admin/goods/export.csv?columns=kind,name").text.startswith("id,kind,name\r\n")


def test_a_host_decides_what_is_exported(engine_url: str) -> None:
    execute(engine_url, *GOODS)

    class Few(flaskadmin.TableView):
        column_export_list = ("name", "kind", "secret")
        column_export_exclude_list = ("secret",)
        column_formatters = {"name": lambda *_: "formatted"}

    class Nothing(flaskadmin.TableView):
        can_export = False

    with app_over(engine_url, views={"goods": Few}) as app:
        few = Browser(app)
        assert few.get("/admin/goods/export.csv").text.startswith("name,kind\r\n")
        assert "formatted" not in few.get("/admin/goods/export.csv").text
        assert "export.csv" in few.get("/admin/goods/").text
    with app_over(engine_url, views={"goods": Nothing}) as app:
        nothing = Browser(app)
        assert nothing.get("/admin/goods/export.csv").status_code == 403
        assert "export.csv" not in nothing.get("/admin/goods/").text


@contextmanager
def app_over(url: str, views: Any = None, **settings: Any) -> Iterator[Any]:
    """A site's app, whose connections are closed at the end."""
    given = {"user": USER, "password": PASSWORD, "secret_key": "a key for tests", **settings}
    app = flaskadmin.create_app(flaskadmin.Settings(db=(url,), **given), views=views)
    yield app
    close(app)


def test_answer_is_a_download(goods: Browser) -> None:
    answer = goods.get("/admin/goods/export.csv")
    today = date.today().isoformat()[:8]
    assert re.match(
        rf'attachment; filename="goods-{today}\d\d\.csv"; filename\*=', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert goods.get("/admin/goods/export.xlsx").mimetype.endswith("spreadsheetml.sheet")
    assert goods.get("/admin/goods/export.json").mimetype == "application/json"


@pytest.mark.parametrize("name", ['a"b/../c', "日本語", "line\nbreak", "..", "%s", "a;b"])
def test_file_name_is_safe(engine_url: str, site: Site, name: str) -> None:
    execute(engine_url, f"CREATE TABLE {quoted(name)} (id integer PRIMARY KEY)")
    browser = site(engine_url)
    url = browser.objects()[0]["urls"]["list"]
    given = browser.get(f"{url}export.csv").headers["Content-Disposition"]
    assert re.fullmatch(r"""attachment; filename="[\w.-]+\.csv"; filename\*=UTF-8''[\w.%-]+\.csv""", given, re.A)
    assert "%2F" not in given and '"."' not in given and '=".' not in given


def test_only_who_is_signed_in_gets_it(goods: Browser) -> None:
    assert goods.client.get("/admin/goods/export.csv").status_code == 401
    answer = goods.client.get("/admin/goods/export.csv", headers={"Accept": "text/html"})
    assert answer.status_code == 302 and "sign-in" in answer.headers["Location"]


def test_other_methods_and_formats_are_told(goods: Browser) -> None:
    assert goods.client.post("/admin/goods/export.csv", headers=goods.headers).status_code == 405
    assert goods.get("/admin/goods/export.pdf").status_code == 404
    assert goods.get("/admin/nothing/export.csv").status_code == 404
    assert goods.client.head("/admin/goods/export.csv", headers=goods.headers).data == b""


@pytest.mark.parametrize(
    ("form", "body"), [("csv", "id,name\r\n"), ("json", "[\n]\n"), ("jsonl", ""), ("sql", "INSERT"), ("xlsx", None)]
)
def test_empty_table(weird: str, site: Site, form: str, body: str | None) -> None:
    answer = site(weird).get(f"/admin/no_rows/export.{form}")
    assert answer.status_code == 200
    if form == "sql":
        assert "INSERT" not in answer.text and answer.text.endswith("COMMIT;\n")
    elif body is None:
        assert [head.casefold() for head in cells(answer.data)[0]] == ["id", "name"]
    else:
        assert answer.text == body


def test_unreadable_table_gets_a_page(weird: str, site: Site, engine_name: str) -> None:
    browser = site(weird)
    known = {o["name"]: o["urls"]["list"] for o in browser.objects()}
    for name in sorted(UNREADABLE[engine_name] & known.keys()):
        answer = browser.get(f"{known[name]}export.csv")
        assert answer.status_code in (422, 503, 200), name
        assert answer.status_code == 200 or "text/html" in answer.headers["Content-Type"], name


def test_json_of_a_view_stays_text(tmp_path: Path, site: Site) -> None:
    """SQLite takes what a view computes by its JSON functions for JSON, not for a text."""
    url = f"sqlite:///{tmp_path / 'json.db'}"
    execute(
        url,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, made TEXT AS (json_array(a, 1)))",
        "INSERT INTO t (a) VALUES ('x,\"y')",
        "CREATE VIEW v AS SELECT id, json_object('k', a) AS doc FROM t",
    )
    browser = site(url)
    assert csv_rows(browser.get("/admin/v/export.csv").data)[1:] == [["1", '{"k":"x,\\"y"}']]
    assert csv_rows(browser.get("/admin/t/export.csv").data)[1:] == [["1", 'x,"y', '["x,\\"y",1]']]


# For spreadsheets


DANGEROUS = ("'=1", "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=cmd|" /C calc"!A0')
HARMLESS = ("", "a=b", "1-1", " =1", "\n=1", "é", "'s")


@pytest.fixture
def texts(engine_url: str, site: Site) -> Browser:
    execute(
        engine_url, "CREATE TABLE texts (n integer PRIMARY KEY, v text, i integer, d numeric(5,2), f double precision)"
    )
    values = [(n, v, -n, -n / 4, -n / 8) for n, v in enumerate([*DANGEROUS, *HARMLESS])]
    if engine_url.startswith("sqlite"):
        with closing(connect_sqlite(engine_url)) as connection:
            connection.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", values)
    else:
        with psycopg.connect(libpq(engine_url)) as connection, connection.cursor() as cursor:
            cursor.executemany("INSERT INTO texts VALUES (%s, %s, %s, %s, %s)", values)
    return site(engine_url)


def test_csv_for_excel_has_no_formula(texts: Browser) -> None:
    body = texts.get("/admin/texts/export.csv?for=excel").data
    assert body.startswith(b"\xef\xbb\xbfn,v,i,d,f\r\n")
    rows = csv_rows(body)[1:]
    assert [row[1] for row in rows] == ["'" + v for v in DANGEROUS] + list(HARMLESS)
    assert [float(row[2]) for row in rows] == [-n for n in range(len(rows))]
    assert [float(row[3]) for row in rows] == [-n / 4 for n in range(len(rows))]
    assert [float(row[4]) for row in rows] == [-n / 8 for n in range(len(rows))]


def test_plain_csv_is_untouched(texts: Browser) -> None:
    rows = csv_rows(texts.get("/admin/texts/export.csv").data)[1:]
    assert [row[1] for row in rows] == [*DANGEROUS, *HARMLESS]


def cells(body: bytes) -> list[list[Any]]:
    """The cells of the first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    try:
        return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    finally:
        book.close()


def text_of(body: bytes) -> str:
    """All parts of an XLSX file."""
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        assert file.testzip() is None
        return "".join(file.read(name).decode() for name in file.namelist())


def test_workbook_has_texts_not_formulas(texts: Browser) -> None:
    body = texts.get("/admin/texts/export.xlsx").data
    book = openpyxl.load_workbook(io.BytesIO(body))
    found = [row[1] for row in book.worksheets[0].iter_rows(min_row=2)]
    book.close()
    assert "<f>" not in text_of(body)
    assert [unescape(cell.value or "") for cell in found] == [*DANGEROUS, *HARMLESS]
    assert {cell.data_type for cell in found if cell.value} == {"s"}
    safe = cells(texts.get("/admin/texts/export.xlsx?for=excel").data)[1:]
    assert [row[1][0] for row in safe[: len(DANGEROUS)]] == ["'"] * len(DANGEROUS)
    assert [row[2] for row in safe] == [-n for n in range(len(safe))]


def test_workbook_has_numbers_dates_and_truth(engine_url: str, site: Site) -> None:
    truth = ("1", "0") if engine_url.startswith("sqlite") else ("true", "false")
    execute(
        engine_url,
        "CREATE TABLE kinds (id integer PRIMARY KEY, big bigint, price numeric(30,10), ok boolean, day date, "
        "at timestamp, note text)",
        "INSERT INTO kinds VALUES "
        f"(1, 123456789012345, 1.5, {truth[0]}, '2026-11-23', '2026-11-23 06:00:00', 'a<b>&\"c'), "
        f"(2, 1234567890123456, NULL, {truth[1]}, '1899-12-31', '2026-11-23 06:00:00.5', '_x0041_')",
        "INSERT INTO kinds (id) VALUES (3)",
    )
    rows = cells(site(engine_url).get("/admin/kinds/export.xlsx").data)
    assert [head.casefold() for head in rows[0]] == ["id", "big", "price", "ok", "day", "at", "note"]
    assert rows[1][:4] == [1, 123456789012345, 1.5, True]
    assert rows[1][4:] == [datetime(2026, 11, 23), datetime(2026, 11, 23, 6), 'a<b>&"c']
    assert rows[2][:6] == [2, "1234567890123456", None, False, "1899-12-31", "2026-11-23 06:00:00.5"]
    assert unescape(rows[2][6]) == "_x0041_"
    assert rows[3] == [3, *[None] * 6]


def test_workbook_is_as_people_want_it(engine_url: str, site: Site) -> None:
    execute(
        engine_url,
        "CREATE TABLE breed (id integer PRIMARY KEY, name text)",
        "CREATE TABLE pet (id integer PRIMARY KEY, breed_id integer REFERENCES breed, fee numeric(8,2), born date)",
        "INSERT INTO breed VALUES (7, 'Spaniel'), (8, '=Boxer')",
        "INSERT INTO pet VALUES (1, 7, 12.5, '2020-03-04'), (2, NULL, NULL, NULL), (3, 8, 1, '1850-01-01')",
    )
    sheet = openpyxl.load_workbook(io.BytesIO(site(engine_url).get("/admin/pet/export.xlsx").data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(set(rows[0])) == 5 and rows[0][2] == f"{rows[0][1]} (name)"
    assert [row[1:3] for row in rows[1:]] == [[7, "Spaniel"], [None, None], [8, "=Boxer"]]
    assert [row[3:] for row in rows[1:3]] == [[12.5, datetime(2020, 3, 4)], [None, None]]
    assert sheet["D2"].number_format == "0.00" and sheet["E2"].number_format == "yyyy-mm-dd"
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:E4"
    assert sheet.column_dimensions["E"].width > sheet.column_dimensions["A"].width


def test_a_wide_table_is_exported(tmp_path: Path, site: Site) -> None:
    url = f"sqlite:///{tmp_path / 'wide.db'}"
    names = [f"c{n}" for n in range(1500)]
    execute(
        url,
        f"CREATE TABLE w (id integer PRIMARY KEY, {', '.join(f'{name} integer' for name in names)})",
        f"INSERT INTO w VALUES (1{', 5' * 1500}), (2{', NULL' * 1500})",
    )
    rows = csv_rows(site(url, query_timeout=10).get("/admin/w/export.csv").data)
    assert rows == [["id", *names], ["1", *["5"] * 1500], ["2", *[""] * 1500]]


@pytest.mark.parametrize("path", ["w/1/edit", "w/1", "w/export.csv"])
def test_a_wide_table_is_read_in_time_by_the_first_page(path: str, tmp_path: Path, site: Site) -> None:
    """What is made once of a table takes none of the time that its queries have."""
    url = f"sqlite:///{tmp_path / 'wide.db'}"
    columns = ", ".join(f"c{n} numeric(9,2)" for n in range(1900))
    execute(url, f"CREATE TABLE w (id integer PRIMARY KEY, {columns})", "INSERT INTO w (id) VALUES (1)")
    answer = site(url, query_timeout=6).get(f"/admin/{path}")
    assert answer.status_code == 200 and "c1899" in answer.text.lower()


def test_csv_tells_the_empty_text_from_none(engine_url: str, site: Site) -> None:
    execute(
        engine_url,
        "CREATE TABLE notes (id integer PRIMARY KEY, a text, b text)",
        "INSERT INTO notes VALUES (1, '', NULL), (2, NULL, ''), (3, 'say \"a\", b', 'x\r')",
    )
    body = site(engine_url).get("/admin/notes/export.csv").data
    assert body == b'id,a,b\r\n1,"",\r\n2,,""\r\n3,"say ""a"", b","x\r"\r\n'


@pytest.mark.parametrize("form", ["csv", "jsonl", "sql"])
def test_a_long_value_is_written_in_parts(form: str, engine_url: str, site: Site) -> None:
    kind, literal = ("bytea", "'\\x{}'") if engine_url.startswith("postgresql") else ("blob", "x'{}'")
    content = bytes(range(256)) * 6000
    text = 'é"' * 600_000
    execute(
        engine_url,
        f"CREATE TABLE files (id integer PRIMARY KEY, body {kind}, note text)",
        f"INSERT INTO files VALUES (1, {literal.format(content.hex())}, '{text}'), (2, NULL, 'last')",
    )
    body = site(engine_url).get(f"/admin/files/export.{form}").text
    assert body.count(content.hex()) == 1 and "last" in body
    if form == "jsonl":
        assert [json.loads(line)["note"] for line in body.splitlines()] == [text, "last"]
    elif form == "csv":
        assert body.count(text.replace('"', '""')) == 1
    else:
        execute(engine_url, "DELETE FROM files")
        if engine_url.startswith("sqlite"):
            with closing(connect_sqlite(engine_url)) as connection:
                connection.executescript(body)
                assert connection.execute("SELECT body, note FROM files WHERE id = 1").fetchone() == (content, text)


def test_line_ends_survive_a_script_that_a_shell_reads(tmp_path: Path, site: Site) -> None:
    url = f"sqlite:///{tmp_path / 'ends.db'}"
    execute(url, "CREATE TABLE t (id integer PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a\r\nb\rc')")
    body = site(url).get("/admin/t/export.sql").text
    assert "\r" not in body
    with closing(connect_sqlite(url)) as connection:
        connection.execute("DELETE FROM t")
        connection.executescript(body)
        assert connection.execute("SELECT v FROM t").fetchone() == ("a\r\nb\rc",)


def test_workbook_says_where_it_cut(engine_url: str, site: Site) -> None:
    execute(
        engine_url,
        "CREATE TABLE long (id integer PRIMARY KEY, v text)",
        f"INSERT INTO long VALUES (1, '{'x' * 32_767}'), (2, '{'x' * 32_768}'), (3, '{'🦄' * 20_000}')",
    )
    rows = cells(site(engine_url).get("/admin/long/export.xlsx").data)[1:]
    assert rows[0][1] == "x" * 32_767
    assert len(rows[1][1]) == 32_767 and rows[1][1].endswith("(cut here: a cell holds no more)")
    assert len(rows[2][1].encode("utf-16-le")) <= 2 * 32_767 and rows[2][1].startswith("🦄" * 16_000)


def test_workbook_goes_on_on_another_sheet(goods: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flaskadmin, "SHEET_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(goods.get("/admin/goods/export.xlsx").data))
    assert book.sheetnames == ["goods", "goods 2"]
    assert [[cell.value for cell in row[:1]] for row in book.worksheets[1].iter_rows(min_row=2)] == [[3], [4]]
    book.close()


def test_every_table_opens_as_a_workbook(weird: str, site: Site, engine_name: str) -> None:
    browser = site(weird)
    for thing in browser.objects():
        if thing["name"] in UNREADABLE[engine_name] or thing["name"].startswith("type_huge"):
            continue
        answer = browser.get(f"{thing['urls']['list']}export.xlsx")
        if answer.status_code == 200:
            assert len(cells(answer.data)) >= 1, thing["name"]
        else:
            assert answer.status_code in (403, 422), thing["name"]


# Streams


@pytest.fixture
def many(engine_url: str) -> str:
    """A table whose export is larger than what buffers hold."""
    numbers = (
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 200000) SELECT n, {} FROM s"
        if engine_url.startswith("sqlite")
        else "SELECT n, {} FROM generate_series(1, 200000) AS n"
    )
    text = "hex(zeroblob(200))" if engine_url.startswith("sqlite") else "repeat('0', 400)"
    execute(
        engine_url, "CREATE TABLE many (id integer PRIMARY KEY, v text)", f"INSERT INTO many {numbers.format(text)}"
    )
    if engine_url.startswith("sqlite"):
        execute(engine_url, "PRAGMA journal_mode = WAL")
    return engine_url


def test_export_is_of_one_moment(many: str, site: Site) -> None:
    browser = site(many)
    answer = browser.get("/admin/many/export.csv")
    parts = iter(answer.iter_encoded())
    body = next(parts)
    execute(many, "DELETE FROM many WHERE id > 1000", "INSERT INTO many VALUES (300000, 'new')")
    body += b"".join(parts)
    answer.close()
    assert body.count(b"\n") == 200_001
    assert b"new" not in body
    assert browser.get("/admin/many/export.csv").data.count(b"\n") == 1002


@pytest.fixture
def server(many: str) -> Iterator[tuple[str, Any]]:
    """A real server over many rows: its address, and its one database."""
    ready: queue.Queue[str] = queue.Queue()
    settings = flaskadmin.Settings(port=0, threads=2)
    with app_over(many, threads=2) as app:
        threading.Thread(target=flaskadmin.serve, args=(app, settings, ready.put), daemon=True).start()
        section = app.extensions["flaskadmin"]["flaskadmin"].sections[0]
        yield ready.get(timeout=20), section
        wait_until(lambda: section.database.engine.pool.checkedout() == 0)


def begin(address: str, path: str) -> tuple[HTTPConnection, HTTPResponse]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    connection.request("GET", f"{parts.path}{path}", headers={"Authorization": f"Basic {token}"})
    return connection, connection.getresponse()


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it didn't happen within half a minute")


def test_who_reads_an_export_slowly_keeps_nobody_from_writing(server: tuple[str, Any], many: str) -> None:
    """Neither another program nor the site: also in a SQLite file in which a reader locks out writers."""
    if many.startswith("sqlite"):
        execute(many, "PRAGMA journal_mode = DELETE")
    address, section = server
    connection, answer = begin(address, "many/export.csv")
    body = answer.read(1000)
    if many.startswith("sqlite"):
        wait_until(lambda: section.database.engine.pool.checkedout() == 0)
    execute(many, "UPDATE many SET v = 'changed' WHERE id = 200000")
    with section.database.writing() as writing:
        writing.exec_driver_sql("INSERT INTO many VALUES (200001, 'new')")
    body += answer.read()
    connection.close()
    assert body.count(b"\n") == 200_001 and not re.search(b"changed|new", body), "all is of one moment"


class FullDisk(io.FileIO):
    """A file of which only the first bytes find a place."""

    def write(self, block: Any) -> int:
        if self.tell() + len(block) > 300_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(block)


@pytest.mark.parametrize(
    "free", [0, 10**6, None, -1], ids=["a full disk", "a small one", "none that can be written", "one that fills up"]
)
def test_an_export_needs_no_place_for_a_copy(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, free: int | None
) -> None:
    url = f"sqlite:///{tmp_path / 'many.db'}"
    execute(url, "CREATE TABLE many (id integer PRIMARY KEY, v text)")
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
    execute(url, f"{numbers} INSERT INTO many SELECT i, 'row ' || i FROM n")
    browser = site(url)

    def usage(_path: str) -> Any:
        if free is None:
            raise FileNotFoundError("No usable temporary directory found")
        return SimpleNamespace(free=free if free >= 0 else 10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    if free == -1:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_options: FullDisk(tmp_path / "spool", "w+"))
    assert len(csv_rows(browser.get("/admin/many/export.csv").data)) == 50_001


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "sql"])
def test_client_that_goes_ends_its_export(server: tuple[str, Any], form: str, many: str, journal: str) -> None:
    address, section = server
    if many.startswith("sqlite"):
        execute(many, f"PRAGMA journal_mode = {journal}")
    connection, answer = begin(address, f"many/export.{form}")
    assert answer.status == 200 and len(answer.read(1000)) == 1000
    assert section.database.engine.pool.checkedout() == 1
    answer.close()
    connection.close()
    wait_until(lambda: section.database.engine.pool.checkedout() == 0)
    if not many.startswith("sqlite"):
        wait_until(lambda: not running_copies(many))
    connection, answer = begin(address, f"many/export.{form}")  # its turn has ended
    assert answer.status == 200
    connection.close()


def running_copies(url: str) -> int:
    with psycopg.connect(libpq(url)) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
            "AND query LIKE 'COPY%'"
        ).fetchone()
    return found[0] if found else 0


def test_whole_export_over_a_socket(server: tuple[str, Any]) -> None:
    address, _section = server
    connection, answer = begin(address, "many/export.csv")
    body = answer.read()
    connection.close()
    assert body.count(b"\n") == 200_001 and body.endswith(b"0\r\n")


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_failure_on_the_way_is_no_whole_file(
    server: tuple[str, Any], many: str, caplog: pytest.LogCaptureFixture, journal: str
) -> None:
    """The last row of the view can't be computed, which shows only when most are sent."""
    address, section = server
    if many.startswith("sqlite"):
        execute(many, f"PRAGMA journal_mode = {journal}")
    broken = (
        "abs(id - 200000 - 9223372036854775807 - (id = 200000))" if many.startswith("sqlite") else "1 / (200000 - id)"
    )
    execute(many, f"CREATE VIEW fails AS SELECT id, v, {broken} AS n FROM many")
    section.schema.forget()
    connection, answer = begin(address, "fails/export.csv?sort=id")
    assert answer.status == 200
    with pytest.raises(IncompleteRead):
        answer.read()
    connection.close()
    wait_until(lambda: section.database.engine.pool.checkedout() == 0)


def test_only_some_may_export_at_once(server: tuple[str, Any]) -> None:
    """Of two threads, one is kept for pages."""
    address, _section = server
    connection, answer = begin(address, "many/export.csv")
    assert answer.read(10)
    second, refused = begin(address, "many/export.csv")
    assert refused.status == 503 and b"exporting" in refused.read()
    third, page = begin(address, "many/")
    assert page.status == 200 and page.read()
    for one in (connection, second, third):
        one.close()


def test_client_that_takes_nothing_is_dropped(server: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flaskadmin, "STALLED_SECONDS", 1.0)
    address, section = server
    connection, _answer = begin(address, "many/export.csv")
    wait_until(lambda: section.database.engine.pool.checkedout() == 0)
    connection.close()


def test_slow_first_row_is_told_by_a_page(many: str, site: Site) -> None:
    execute(many, "CREATE VIEW slow AS SELECT a.id FROM many a JOIN many b ON a.v || a.id = b.v || -b.id")
    answer = site(many, query_timeout=0.05).get("/admin/slow/export.csv")
    assert answer.status_code == 503
    assert "longer than allowed" in answer.text
