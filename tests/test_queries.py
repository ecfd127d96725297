"""Addresses of tables and rows; pages by key; search, filters, labels, pickers; what deleting takes along."""

from __future__ import annotations

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

import core
import flaskadmin
from core import Base
from flaskadmin import Database, Schema

base = core.base  # the fixture

# -- Addresses ---------------------------------------------------------------------

# What SQLite gives for bytes that aren't UTF-8 stands for one byte each.
TEXT = st.text() | st.text(st.sampled_from("/,&?%\"' #\n\r.~-_:@é\U0001f600\0\udcff\udc80new"))
PART = st.none() | TEXT | st.binary() | st.floats() | st.integers()
PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~")


@given(TEXT)
@example("a/b,c.d")
@example("..")
@example("~41")
@example("%2F")
def test_any_text_is_one_segment_and_comes_back(text: str) -> None:
    escaped = flaskadmin.escape(text)
    assert flaskadmin.unescape(escaped) == text
    assert all(c in PLAIN or c.isalnum() for c in escaped)


@pytest.mark.parametrize("text", ["plain", "with_line", "with-dash", "2024"])
def test_plain_texts_stay_readable(text: str) -> None:
    assert flaskadmin.escape(text) == flaskadmin.key_token([text]) == text


def expected(value: Any) -> Any:
    """A whole number comes back as its text: its column says what it is."""
    return str(value) if isinstance(value, int) else value


def alike(left: Any, right: Any) -> bool:
    """Whether two values are the same, NaN too."""
    both = isinstance(left, float) and isinstance(right, float)
    return both and math.isnan(left) and math.isnan(right) or type(left) is type(right) and left == right


@given(st.lists(PART, min_size=1, max_size=4))
@example([""])
@example(["", None])
@example(["new"])
@example(["export.csv"])
@example([".."])
@example(["~-", "~_", "~x00", "~i5", "~f1.0", "~r5"])
def test_any_key_comes_back(values: list[Any]) -> None:
    token = flaskadmin.key_token(values)
    again = flaskadmin.key_values(token)
    assert len(again) == len(values)
    assert all(alike(got, expected(value)) for got, value in zip(again, values, strict=True)), (token, again)
    assert token not in ("", ".", "..", "new", "edit", "delete", "pick", "import")
    assert not token.startswith("export.")
    assert not set(token) & set("/?#%&\\\"' \n\r")


@given(st.lists(PART, min_size=2, max_size=2), st.lists(PART, min_size=2, max_size=2))
def test_two_keys_never_share_an_address(one: list[Any], other: list[Any]) -> None:
    differ = not all(alike(expected(a), expected(b)) for a, b in zip(one, other, strict=True))
    assert (flaskadmin.key_token(one) != flaskadmin.key_token(other)) is differ


@given(TEXT, TEXT, st.sampled_from(["public", "", "a.b"]))
@example("public", "status", "public")
@example("other", "status", "public")
@example("public", "sign-in", "public")
@example("", "a.b", "")
@example("public", "", "public")
@example("a.b", "c.d", "public")
@example("public", "~_", "public")
def test_any_table_has_an_address_of_its_own(schema: str, name: str, default: str) -> None:
    table = flaskadmin.TableName(schema, name)
    token = flaskadmin.name_token(table, default)
    assert flaskadmin.name_of(token, default) == table
    assert token not in flaskadmin.page_words()[0]
    assert token not in ("", ".", "..")


# -- Paging ------------------------------------------------------------------------

MESSY: dict[str, str] = {
    "whole": "id integer PRIMARY KEY, n integer, t varchar(20), d date",
    "composite": "a varchar(20) NOT NULL, b integer NOT NULL, n integer, t varchar(20), d date, PRIMARY KEY (a, b)",
    "texts": "k varchar(20) NOT NULL PRIMARY KEY, n integer, t varchar(20), d date",
    "keyless": "n integer, t varchar(20), d date, x varchar(20)",
    "floats": "f double precision NOT NULL PRIMARY KEY, n integer, t varchar(20), d date",
}
WORDS = ["", " ", "a", "A", "b", "B", "ä", "é", "a,b", "a/b", "..", "new", "Z", "z", "10", "9", "~-", "\U0001f600", "%"]
ROWS = 57


def quoted(value: Any) -> str:
    """A value as SQL."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def fill(base: Base, name: str) -> None:
    """Make one of the tables, full of ties and NULLs."""
    rows = []
    for i in range(ROWS):
        n = None if i % 5 == 0 else i % 4
        t = None if i % 7 == 3 else WORDS[i % len(WORDS)]
        d = None if i % 3 == 1 else f"2024-01-{i % 6 + 1:02}"
        key: list[Any] = {
            "whole": [i * 37 % 1000 - 300],
            "composite": [WORDS[i % len(WORDS)], i // len(WORDS)],
            "texts": [f"{WORDS[i % len(WORDS)]}{i // len(WORDS)}"],
            "keyless": [],
            "floats": [(i * 37 % 100 - 50) / 7],
        }[name]
        tail = [f"row {i}"] if name == "keyless" else []
        rows.append("(" + ", ".join(quoted(v) for v in [*key, n, t, d, *tail]) + ")")
    base.run(f"CREATE TABLE {name} ({MESSY[name]})", f"INSERT INTO {name} VALUES {', '.join(rows)}")


def query_of(table: flaskadmin.Table, *sorts: tuple[flaskadmin.Column, bool], **more: Any) -> flaskadmin.Query:
    """Return a query for all columns, sorted by these (and whether downwards)."""
    return flaskadmin.Query(table=table, columns=table.columns, sorts=sorts, **{"size": 8, **more})


def scope_of(catalogue: Schema, table: flaskadmin.Table) -> flaskadmin.Scope:
    """Return the scope of a table of which all is shown."""

    def referring() -> list[tuple[str, flaskadmin.Table, flaskadmin.ForeignKey]]:
        return [(name.name, catalogue.table(name), link) for name, link in catalogue.referring(table.name)]

    def of(name: flaskadmin.TableName) -> flaskadmin.Scope:
        return scope_of(catalogue, catalogue.table(name))

    return flaskadmin.Scope(table, table.by_name, of, referring)


def forward(database: Database, query: flaskadmin.Query) -> list[flaskadmin.Page]:
    """Follow "next" to the end."""
    pages: list[flaskadmin.Page] = []
    after: str | None = None
    while True:
        with database.reading() as connection:
            page = flaskadmin.Reader(connection, replace(query, after=after)).page()
        pages.append(page)
        if not page.has_next:
            return pages
        assert len(pages) < 50, "it never ends"
        after = page.rows[-1].token if page.offset is None else str(page.offset + query.size)


def backward(database: Database, query: flaskadmin.Query) -> list[flaskadmin.Page]:
    """Go to the last page and follow "previous" to the beginning."""
    pages: list[flaskadmin.Page] = []
    before = ""
    while True:
        with database.reading() as connection:
            page = flaskadmin.Reader(connection, replace(query, before=before)).page()
        pages.insert(0, page)
        if not page.has_previous:
            return pages
        assert len(pages) < 50, "it never ends"
        before = page.rows[0].token


def check_order(column: list[Any], sort: str, descending: bool) -> None:
    """Equal values stand together, in order, the NULLs last either way."""
    runs = [value for place, value in enumerate(column) if place == 0 or column[place - 1] != value]
    assert len(runs) == len(set(runs)), "equal values don't stand together"
    assert None in runs
    assert runs[-1] is None
    if sort in ("n", "d"):  # how texts are ordered is the database's own
        known = [int(v) if sort == "n" else v for v in runs[:-1]]
        assert known == sorted(known, reverse=descending)


def check_paging(database: Database, query: flaskadmin.Query) -> None:
    """Each row is met once, in order, on the way there and on the way back."""
    pages = forward(database, query)
    rows = [tuple(row.values.values()) for page in pages for row in page.rows]
    assert (len(rows), len(set(rows))) == (ROWS, ROWS)
    assert [page.has_previous for page in pages] == [False] + [True] * (len(pages) - 1)
    for column, down in query.sorts[:1]:
        values = [row.values[column.name] for page in pages for row in page.rows]
        check_order(values, column.name, down)
    if pages[0].offset is None:
        back = backward(database, query)
        first, rest = back[0], [tuple(row.values.values()) for page in back[1:] for row in page.rows]
        assert rest == rows[len(rows) - len(rest) :]
        assert [tuple(row.values.values()) for row in first.rows] == rows[: query.size]
        assert len(rest) + query.size >= ROWS


@pytest.mark.parametrize("name", list(MESSY))
def test_paging_visits_each_row_once_in_order(base: Base, name: str) -> None:
    fill(base, name)
    database = base.database()
    table = Schema.of(database).table(base.name(name))
    for sorts in ((), *((pair,) for pair in product(("n", "t", "d"), (False, True)))):
        known = [(table.by_name[sort], down) for sort, down in sorts if sort in table.by_name]
        check_paging(database, query_of(table, *known))


def test_the_order_holds_where_many_rows_tie(base: Base) -> None:
    """Without a key and with one value for all rows, the pages still hold each row once."""
    series = "SELECT i, 1 FROM n"
    base.run(
        "CREATE TABLE tied (x integer, same integer)",
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO tied {series}",
    )
    database = base.database()
    table = Schema.of(database).table(base.name("tied"))
    query = query_of(table, (table.by_name["same"], False), size=100)
    seen = [int(row.values["x"]) for page in forward(database, query) for row in page.rows]
    assert len(seen) == 3000
    assert len(set(seen)) == 3000


PLACED = {
    "plain": ["CREATE TABLE placed (x integer, t text)"],
    "partitioned": [
        "CREATE TABLE placed (x integer, t text) PARTITION BY RANGE (x)",
        "CREATE TABLE placed1 PARTITION OF placed FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE placed2 PARTITION OF placed DEFAULT",
    ],
    "inherited": ["CREATE TABLE placed (x integer, t text)", "CREATE TABLE child () INHERITS (placed)"],
}


@pytest.mark.parametrize("shape", list(PLACED))
def test_rows_without_a_key_are_counted_off(base: Base, shape: str) -> None:
    """Each row once, whatever the table is made of, with a filter and an order and without."""
    if not base.postgres:
        pytest.skip("SQLite's rows have a rowid")
    fills = [f"INSERT INTO {t} SELECT n, repeat('x', 700) FROM generate_series(1, 300) n" for t in ("placed", "child")]
    base.run(*PLACED[shape], *fills[: 1 + (shape == "inherited")], "DELETE FROM placed WHERE x BETWEEN 40 AND 140")
    database = base.database()
    table = Schema.of(database).table(base.name("placed"))
    left = [n for n in range(1, 301) if not 40 <= n <= 140] * (1 + (shape == "inherited"))
    for where, sort in product(({}, {"x__gt": "145"}), ([], [(table.by_name["x"], False)])):
        wanted = sorted(n for n in left if not where or n > 145)
        reader = flaskadmin.FilterReader(scope_of(Schema.of(database), table), UTC)
        query = query_of(table, *sort, size=30, where=reader.read(list(where.items())))
        pages = forward(database, query)
        seen = [int(row.values["x"]) for page in pages for row in page.rows]
        assert (seen if sort else sorted(seen)) == wanted
        assert len({row.token for page in pages for row in page.rows}) == len(wanted)


def test_rows_of_a_foreign_partition_are_listed(base: Base) -> None:
    """Their places are none of this database's blocks: a table that has them is counted off, and no row is lost."""
    if not base.postgres:
        pytest.skip("SQLite has no foreign tables")
    found = base.database()
    with found.reading() as connection:
        offered = "SELECT FROM pg_available_extensions WHERE name = 'file_fdw'"
        if not connection.exec_driver_sql(offered).fetchall():
            pytest.skip("this PostgreSQL has no file_fdw")
    base.run(
        *PLACED["partitioned"][:2],
        "INSERT INTO placed SELECT n, 'here' FROM generate_series(0, 9) n",
        "CREATE EXTENSION IF NOT EXISTS file_fdw",
        "CREATE SERVER far_files FOREIGN DATA WRAPPER file_fdw",
        "CREATE FOREIGN TABLE far PARTITION OF placed FOR VALUES FROM (100) TO (200) SERVER far_files"
        " OPTIONS (program 'seq 100 149 | sed s/$/,there/', format 'csv')",
    )
    database = base.database()
    table = Schema.of(database).table(base.name("placed"))
    for sort in ([], [(table.by_name["x"], False)]):
        pages = forward(database, query_of(table, *sort, size=20))
        assert sorted(int(row.values["x"]) for page in pages for row in page.rows) == [*range(10), *range(100, 150)]
        assert {page.offset is None for page in pages} == {False}


def test_a_page_behind_a_row_that_has_gone_is_the_first(base: Base) -> None:
    fill(base, "whole")
    database = base.database()
    table = Schema.of(database).table(base.name("whole"))
    for token in ("999999", "no number", "1,2", "~x00", "99999999999999999999999", "~-"):
        with database.reading() as connection:
            page = flaskadmin.Reader(connection, query_of(table, after=token)).page()
            assert (page.lost, page.has_previous, len(page.rows)) == (True, False, 8), token
            with pytest.raises(flaskadmin.NotFound):
                flaskadmin.Selection(table, table.columns, None).find(connection, token)


def test_every_row_is_found_by_its_address(base: Base) -> None:
    for name in MESSY:
        fill(base, name)
        database = base.database()
        table = Schema.of(database).table(base.name(name))
        selection = flaskadmin.Selection(table, table.columns, None)
        for page in forward(database, query_of(table)):
            for row in page.rows:
                with database.reading() as connection:
                    assert selection.find(connection, row.token).values == row.values


# -- Search and filters ------------------------------------------------------------

PEOPLE = """CREATE TABLE person (id integer PRIMARY KEY, name varchar(40), town varchar(40), born date);
INSERT INTO person VALUES (1, 'Mara Lindqvist', 'Bergen', '1990-01-31'), (2, 'Jan Kowalski', NULL, NULL),
(3, '50% off_er', 'O''Hara''s', '2000-02-29'), (4, 'mara jade', 'Oslo', '1990-01-31'), (5, '', '\\ "quoted"', NULL),
(6, 'Jan', 'Mara', NULL)"""


def found(base: Base, **more: Any) -> list[int]:
    """Return the ids that a query finds."""
    database = base.database()
    table = Schema.of(database).table(base.name("person"))
    reader = flaskadmin.FilterReader(scope_of(Schema.of(database), table), UTC)
    where = reader.read(more.pop("filters", ()))
    assert not reader.problems
    searched = (table.by_name["name"], table.by_name["town"])
    query = query_of(table, size=50, where=where, searched=searched, **more)
    with database.reading() as connection:
        ids = [int(row.values["id"]) for row in flaskadmin.Reader(connection, query).page().rows]
        assert flaskadmin.Reader(connection, query).count() == len(ids)
        if query.conditions:  # a whole table may be counted beyond the bound, where that costs nothing
            assert flaskadmin.Reader(connection, query).count(0) == (None if ids else 0)
    return ids


SEARCHES: list[tuple[str, list[int]]] = [
    ("", [1, 2, 3, 4, 5, 6]),
    ("mara", [1, 4, 6]),
    ("MARA berg", [1]),
    ('"jan kow"', [2]),
    ("kow jan", [2]),
    ("%", [3]),
    ("_", [3]),
    ("O'Hara's", [3]),
    ("\\", [5]),
    ("4", [4]),
    ("no one", []),
    ("99999999999999999999999", []),
    ("\0mara", [1, 4, 6]),
]


def test_search(base: Base) -> None:
    base.run(PEOPLE)
    assert {text: found(base, search=text) for text, _ids in SEARCHES} == dict(SEARCHES)


FILTERS: list[tuple[list[tuple[str, str]], list[int]]] = [
    ([("town", "~-")], [2]),
    ([("name", "")], [5]),
    ([("name", "Jan")], [6]),
    ([("id", "3")], [3]),
    ([("born", "1990-01-31")], [1, 4]),
    ([("born", "1990-01-31"), ("town", "Oslo")], [4]),
    ([("town", "O'Hara's")], [3]),
    ([("town", "' OR 1=1 --")], []),
]


def test_filters(base: Base) -> None:
    base.run(PEOPLE)
    for filters, ids in FILTERS:
        assert found(base, filters=filters) == ids, filters


def test_search_words() -> None:
    assert flaskadmin.search_words('a "b c" d') == ["a", "b c", "d"]
    assert len(flaskadmin.search_words("x " * 50)) == 6
    assert flaskadmin.search_words("   ") == []


# -- Labels and pickers ------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ("id integer PRIMARY KEY, note text, name text", ["name"]),
        ("id integer PRIMARY KEY, last_name text, first_name text", ["first_name", "last_name"]),
        ("id integer PRIMARY KEY, guest_surname text, guest_forename text", ["guest_forename", "guest_surname"]),
        ("id integer PRIMARY KEY, remark text, code text UNIQUE", ["code"]),
        ("id integer PRIMARY KEY, password_hash text, passenger text", ["passenger"]),
        ("id integer PRIMARY KEY, thing_title text, words text", ["thing_title"]),
        ("id integer PRIMARY KEY, amount integer", []),
        ("id integer PRIMARY KEY, vat_id text UNIQUE, md5 text UNIQUE, brand_name text", ["brand_name"]),
        ("id integer PRIMARY KEY, mime_type text, currency text, number integer", ["number"]),
        ("id integer PRIMARY KEY, thing_kind text, role text, status text", []),
        ("id integer PRIMARY KEY, shipping_type text, description text", ["description"]),
        ("id integer PRIMARY KEY, remark text, notes text, amount integer", []),
        ("symbol text PRIMARY KEY, aa text, bb text UNIQUE", []),
        ("uuid text PRIMARY KEY, aa text, bb text UNIQUE", ["bb"]),
        ("id integer PRIMARY KEY, login text, title text, email text", ["title", "login", "email"]),
        ("id integer PRIMARY KEY, post_name text, post_title text", ["post_title", "post_name"]),
        ("id integer PRIMARY KEY, root_id text, stripe_id text UNIQUE, plan text", ["plan"]),
        ("id integer PRIMARY KEY, model text, tracking_number text", ["tracking_number"]),
        ("id integer PRIMARY KEY, bill_address text, settings text, thing text", ["thing"]),
        ("id integer PRIMARY KEY, payload_url text, content_type text", ["payload_url"]),
        ("id integer PRIMARY KEY, contact_first_name text, contact_last_name text, name text",
            ["name", "contact_first_name", "contact_last_name"]),
        ("id integer PRIMARY KEY, number integer, address text UNIQUE", ["address"]),
        ("id integer PRIMARY KEY, number integer UNIQUE, address text UNIQUE", ["number"]),
        ("id integer PRIMARY KEY, ip text UNIQUE, remark text", ["ip"]),
        ("id integer PRIMARY KEY, app_label text, model text, UNIQUE (app_label, model)", ["model"]),
        ("id integer PRIMARY KEY, author text, user_name text, revision text", ["revision"]),
        ("id integer PRIMARY KEY, date_col_label text, sum_col_label text, tag_col_label text, plan text", ["plan"]),
        ("id integer PRIMARY KEY, akey text, session_id text, filepath text, plan text", ["plan"]),
        ("id integer PRIMARY KEY, logo text, thingnumber text", ["thingnumber"]),
        ("id integer PRIMARY KEY, sender text, body text", ["body"]),
        ("id integer PRIMARY KEY, vector text, summary text", ["summary"]),
        ("id integer PRIMARY KEY, hashed_ip text, challenge text, userdict text, jti text UNIQUE", []),
        ("id integer PRIMARY KEY, age_group text, race text, severity text", []),
        ("id integer PRIMARY KEY, vendor text, ordnumber text, phonenumber text", ["ordnumber"]),
        ("id integer PRIMARY KEY, first_given_name text, family_name text, plan text",
            ["first_given_name", "family_name"]),
        ("id integer PRIMARY KEY, nummer text, anrede text, vorname text, nachname text, ort text",
            ["vorname", "nachname"]),
        ("id integer PRIMARY KEY, nom text, \"prénom\" text, ville text", ["prénom", "nom"]),
        ("id integer PRIMARY KEY, ciudad text, nombre text, apellidos text", ["nombre", "apellidos"]),
        ("id integer PRIMARY KEY, nome text, cognome text, citta text", ["nome", "cognome"]),
        ("id integer PRIMARY KEY, hersteller text, bezeichnung text", ["bezeichnung"]),
        ("id integer PRIMARY KEY, committer_name text, ethnicity text, barcode text", ["barcode"]),
        ("id integer PRIMARY KEY, content text, object_repr text", ["object_repr"]),
        ("id integer PRIMARY KEY, cause text, state_message text", []),
        ("option_key text PRIMARY KEY, value text", []),
        ("session_key text PRIMARY KEY, plan text", ["plan"]),
        ("id integer PRIMARY KEY, lib_name text, num text UNIQUE", ["num", "lib_name"]),
        ("id integer PRIMARY KEY, lib_name text, num text", ["lib_name", "num"]),
        ("id integer PRIMARY KEY, lib_name text UNIQUE, num text UNIQUE", ["lib_name", "num"]),
        ("id integer PRIMARY KEY, real_name text, email text UNIQUE", ["real_name", "email"]),
        ("id integer PRIMARY KEY, search_label text, code text, value text", ["value", "search_label", "code"]),
        ("id integer PRIMARY KEY, code text UNIQUE, value text", ["code"]),
        ("id integer PRIMARY KEY, city text, thing_source_value text", ["thing_source_value"]),
        ("id integer PRIMARY KEY, audit_action text, method text, trigger_source text", []),
        ("id integer PRIMARY KEY, copy integer, number integer, barcode text, gone integer);"
            " CREATE UNIQUE INDEX one ON things (barcode) WHERE gone = 0; CREATE TABLE x (id integer", ["barcode"]),
    ],
)  # fmt: skip
def test_what_names_a_row(base: Base, columns: str, label: list[str]) -> None:
    base.run(f"CREATE TABLE things ({columns})")
    assert [column.name for column in flaskadmin.label_columns(base.table("things"))] == label


@pytest.mark.parametrize(
    ("table", "columns", "label"),
    [
        ("address", "id integer PRIMARY KEY, city text, addressline1 text", ["addressline1"]),
        ("statuses", "id integer PRIMARY KEY, remark text, status_name text, plan text", ["status_name"]),
        ("users", "id integer PRIMARY KEY, username text, full_name text", ["full_name", "username"]),
        ("categories", "id integer PRIMARY KEY, category text, slug text", ["category", "slug"]),
        ("cookies", "id integer PRIMARY KEY, cookie text, slug text", ["cookie", "slug"]),
        ("access_tokens", "id integer PRIMARY KEY, device text, token text", ["device"]),
        ("tokens", "id integer PRIMARY KEY, token text, used integer", []),
        ("guest_session", "id integer PRIMARY KEY, session_key text, device text", ["device"]),
        ("menu_dishoption", "id integer PRIMARY KEY, option text, code text", ["option", "code"]),
        ("surname", "id integer PRIMARY KEY, name text, title text", ["name", "title"]),
        ("run_step_info", "id integer PRIMARY KEY, host_name text, step_name text", ["step_name", "host_name"]),
    ],
)
def test_what_names_a_row_of_a_table_that_is_called_so(base: Base, table: str, columns: str, label: list[str]) -> None:
    base.run(f"CREATE TABLE {table} ({columns})")
    assert [column.name for column in flaskadmin.label_columns(base.table(table))] == label


def test_a_row_without_its_name_is_named_by_the_next_best(base: Base) -> None:
    base.run(
        "CREATE TABLE member (id integer PRIMARY KEY, first_name text, last_name text, club_name text, email text)",
        "INSERT INTO member VALUES (1, 'Ida', 'Berg', 'Rowers', 'i@x'), (2, NULL, 'Orr', NULL, NULL),"
        " (3, '', NULL, 'Divers', 'd@x'), (4, NULL, NULL, '', 'n@x'), (5, NULL, NULL, NULL, NULL)",
    )
    database = base.database()
    table = Schema.of(database).table(base.name("member"))
    names = flaskadmin.label_columns(table)
    with database.reading() as connection:
        rows = flaskadmin.read_choices(connection, table, ["id"], "", names).rows
        found = {text: flaskadmin.read_choices(connection, table, ["id"], text, names).rows for text in ("div", "orr")}
    assert {int(key[0]): label.text for key, label in rows} == {
        1: "Ida Berg",
        2: "Orr",
        3: "Divers",
        4: "n@x",
        5: "5",
    }
    assert {text: [label.text for _, label in rows] for text, rows in found.items()} == {
        "div": ["Divers"],
        "orr": ["Orr"],
    }


def test_labels_are_read_in_one_query(base: Base) -> None:
    base.run(PEOPLE)
    database = base.database()
    table = Schema.of(database).table(base.name("person"))
    named = flaskadmin.label_columns(table)
    groups = flaskadmin.label_groups(named)
    keys: list[tuple[Any, ...]] = [(str(i),) if base.postgres else (i,) for i in (1, 2, 5, 77, 1)]
    with database.reading() as connection, core.statements(database.engine) as sent:
        rows = flaskadmin.read_by_keys(connection, table, ["id"], [*keys, (None,)], named)
    assert len([s for s in sent if "person" in s]) == 1
    assert {str(key[0]): (row.token, flaskadmin.label_text(row, groups)) for key, row in rows.items()} == {
        "1": ("1", "Mara Lindqvist"),
        "2": ("2", "Jan Kowalski"),
        "5": ("5", "5"),
    }


@pytest.mark.parametrize(
    ("text", "first", "ids"),
    [
        ("", None, {1, 2, 3, 4, 5, 6}),
        ("4", 4, {4}),
        ("mara", 4, {1, 4}),
        ("Mara", 1, {1, 4}),
        ("lind mar", 1, {1}),
        ("%", 3, {3}),
        ("zzz", None, set()),
    ],
)
def test_the_picker(base: Base, text: str, first: int | None, ids: set[int]) -> None:
    base.run(PEOPLE)
    database = base.database()
    table = Schema.of(database).table(base.name("person"))
    with database.reading() as connection:
        picked = flaskadmin.read_choices(connection, table, ["id"], text, flaskadmin.label_columns(table))
        few = flaskadmin.read_choices(connection, table, ["id"], "", flaskadmin.label_columns(table), most=2)
    assert {int(key[0]) for key, _label in picked.rows} == ids
    if first and (base.postgres or text != "mara"):  # SQLite's LIKE doesn't tell m from M
        assert int(picked.rows[0][0][0]) == first
    assert len(few.rows) == 2 and few.more and not picked.more


# -- What deleting takes along -----------------------------------------------------

FAMILY = """CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a (id) ON DELETE CASCADE);
CREATE TABLE c (id integer PRIMARY KEY, b integer REFERENCES b (id) ON DELETE SET NULL);
CREATE TABLE d (id integer PRIMARY KEY, a integer REFERENCES a (id));
CREATE TABLE e (id integer PRIMARY KEY, a integer REFERENCES a (id) ON DELETE RESTRICT);
INSERT INTO a VALUES (1), (2), (3);
INSERT INTO b VALUES (10, 1), (11, 1), (12, 2), (13, 1), (14, 1), (15, 1), (16, 1), (17, 1);
INSERT INTO c VALUES (100, 10), (101, 12), (102, NULL);
INSERT INTO d VALUES (1, 2)"""


def test_delete_effects(base: Base) -> None:
    base.run(FAMILY)
    database = base.database()
    catalogue = Schema.of(database)
    table = catalogue.table(base.name("a"))

    def effects(key: str) -> list[tuple[str, int | None, str, bool]]:
        where = flaskadmin.RowKey.of(table).condition(key)
        with database.reading() as connection:
            found = flaskadmin.delete_effects(connection, catalogue, table, where)
        return sorted((e.table.name.name, e.count, e.link.on_delete, e.blocks) for e in found)

    assert effects("1") == [("b", 7, "CASCADE", False), ("c", 1, "SET NULL", False)]
    assert effects("2") == [
        ("b", 1, "CASCADE", False),
        ("c", 1, "SET NULL", False),
        ("d", 1, "NO ACTION", True),
    ]
    assert effects("3") == []


def test_a_first_page_does_not_count_the_table(base: Base) -> None:
    fill(base, "whole")
    database = base.database()
    table = Schema.of(database).table(base.name("whole"))
    with database.reading() as connection, core.statements(database.engine) as sent:
        flaskadmin.Reader(connection, query_of(table)).page()
    reads = [s for s in sent if "FROM" in s]
    assert len(reads) == 1
    assert "count(" not in reads[0].lower()
    assert "LIMIT" in reads[0] or "FETCH" in reads[0]


def test_every_identity_binds_what_it_selects(base: Base) -> None:
    for name in MESSY:
        fill(base, name)
        key = flaskadmin.RowKey.of(base.table(name))
        assert key.expressions
        assert all(isinstance(e, sa.ColumnElement) for e in key.expressions)
        assert key.exact is (name != "keyless" or not base.postgres)


# -- Indexes, as the catalogue knows them ------------------------------------------


def test_indexes_are_known(base: Base) -> None:
    base.run(
        'CREATE TABLE "odd ""name" (id integer PRIMARY KEY, a varchar(9), '
        '"b, c" varchar(9) NOT NULL UNIQUE, n integer)',
        'CREATE INDEX "x ""y" ON "odd ""name" (a, lower("b, c"))',
        'CREATE INDEX part ON "odd ""name" (n) WHERE n > 5',
    )
    indexes = base.table('odd "name').indexes
    found = {i.columns: i for i in indexes}
    assert found[("id",)].unique and found[("b, c",)].unique
    assert found[("id",)].method == ("btree" if base.postgres else "rowid")
    mixed = found[("a", "")]
    assert mixed.name == 'x "y' and not mixed.unique and not mixed.condition
    assert mixed.parts[1].expression.startswith("lower") and '"b, c"' in mixed.parts[1].expression
    assert found[("n",)].condition.strip("()") == "n > 5"
    assert base.table('odd "name').unique == (("id",), ("b, c",))


def test_text_indexes_are_known(base: Base) -> None:
    base.run("CREATE TABLE note (id integer PRIMARY KEY, title varchar(9), body text)")
    if base.postgres:
        base.run("CREATE INDEX words ON note USING gin (to_tsvector('english', body))")
        index = next(i for i in base.table("note").indexes if i.method == "gin")
        assert index.parts[0].expression == "to_tsvector('english'::regconfig, body)"
        return
    base.run(
        "CREATE VIRTUAL TABLE found USING fts5(title, body, content='note', content_rowid='id', tokenize='porter')",
        "CREATE VIRTUAL TABLE other USING fts5(title)",
    )
    index = next(i for i in base.table("note").indexes if i.method == "fts5")
    assert (index.name, index.columns, index.link, index.options) == ("found", ("title", "body"), "id", "porter")
    assert base.table("other").indexes[0].name == "other"


# -- Search in large tables: by key, by indexes, then row by row ---------------------

PIECES = ["ann", "Ann", "ANNA", "bo", "50%", "a_b", "O'Hara", "\\", '"', "\U0001f600", "ä", "12", "7.5", "x" * 200, ""]
LARGE = """CREATE TABLE large ({key}, name varchar(250), code varchar(250), note text, n integer, d numeric(9, 2){end});
CREATE INDEX large_name ON large (name{operators}); CREATE INDEX large_low ON large (lower(code){operators});
CREATE INDEX large_n ON large (n)"""
KEYS = {
    "whole": {"key": "id integer PRIMARY KEY", "end": ""},
    "pair": {"key": "a integer NOT NULL, b integer NOT NULL", "end": ", PRIMARY KEY (a, b)"},
}
HOSTILE = ["ann", "ANN", "anna bo", '"ann bo"', "%", "_", "\\", "'", '"', "a_b", "\0ann", "\U0001f600", "ä", "12"]
HOSTILE += ["7.50", "x" * 200, "x" * 300, "no one", "1) OR (1=1", "-5", "9" * 20, "\udcff", "50% o'hara", "*", "NOT"]


def large_rows(key: str) -> list[tuple[Any, ...]]:
    """Return rows whose texts are made of the pieces; some are NULL."""
    rows: list[tuple[Any, ...]] = []
    for i in range(1, 241):
        texts = [None if (i + k) % 11 == 0 else PIECES[(i * (k + 3)) % 15] + " "[: i % 2] + PIECES[(i + k) % 15]
                 for k in range(3)]  # fmt: skip
        own = (i * 7,) if key == "whole" else (i % 9, i)
        rows.append((*own, *texts, i % 20 - 5, None if i % 3 else f"{i % 8}.50"))
    return rows


def make_large(base: Base, key: str = "whole") -> list[tuple[Any, ...]]:
    rows = large_rows(key)
    base.run(*LARGE.format(**KEYS[key], operators=" text_pattern_ops" if base.postgres else "").split(";"))
    values = ", ".join("(" + ", ".join(quoted(v) for v in row) + ")" for row in rows)
    base.run(f"INSERT INTO large VALUES {values}")
    return rows


def fits(row: tuple[Any, ...], text: str, width: int) -> bool:
    """The oracle: each word in one of the three texts, or equal to a number; or the whole text is the key."""

    def fold(value: str) -> str:
        return "".join(c.lower() if c.isascii() else c for c in value)

    def has(word: str) -> bool:
        texts = [fold(value) for value in row[width : width + 3] if value is not None]
        whole = re.fullmatch(r"-?\d{1,18}", word) and int(word) in (*row[:width], row[-2])
        part = re.fullmatch(r"-?\d{1,15}\.\d{1,6}", word) and row[-1] is not None and float(row[-1]) == float(word)
        return any(fold(word) in value for value in texts) or bool(whole or part)

    typed = text.replace("\0", "")[:200].encode("utf-8", "ignore").decode()
    words = [quoted or word for quoted, word in re.findall(r'"([^"]+)"|(\S+)', typed)][:6]
    key = width == 1 and re.fullmatch(r"-?\d{1,18}", typed.strip()) and int(typed) == row[0]
    return all(has(word) for word in words) or bool(key)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every table count as large, to be looked through nine rows at first."""
    monkeypatch.setattr(flaskadmin, "SMALL_TABLE", 0)
    monkeypatch.setattr(flaskadmin, "FIRST_CHUNK", 9)


def walk(base: Base, table: str, text: str, columns: Sequence[str], **more: Any) -> list[list[flaskadmin.Row]]:
    """Follow a search of a table that counts as large to its end; return the pages."""
    database = base.database()
    own = Schema.of(database).table(base.name(table))
    seconds = more.pop("seconds", 5.0)
    query = query_of(own, search=text, searched=tuple(own.by_name[name] for name in columns), **more)
    pages, start = [], ""
    for _turn in range(1000):
        with database.reading() as connection:
            found = flaskadmin.Reader(connection, replace(query, start=start)).page_within(seconds)
        pages.append(list(found.rows))
        assert len(found.rows) <= query.size
        assert found.following != start or not start
        start = found.following
        if not start:
            return pages
    raise AssertionError("the search doesn't end")


@pytest.mark.parametrize("key", sorted(KEYS))
@pytest.mark.usefixtures("large")
def test_a_search_step_by_step_finds_what_a_scan_would(base: Base, key: str) -> None:
    rows = make_large(base, key)
    width = 1 if key == "whole" else 2
    for text in HOSTILE:
        pages = walk(base, "large", text, ["name", "code", "note"], size=7)
        found = [row.token for page in pages for row in page]
        wanted = [",".join(map(str, row[:width])) for row in rows if fits(row, text, width)]
        assert sorted(found) == sorted(wanted), text
        assert all(len(page) == 7 for page in pages[:-1]), text


@pytest.mark.usefixtures("large")
def test_a_search_stops_when_its_time_is_spent_and_goes_on(base: Base) -> None:
    rows = make_large(base)
    for text in ("bo", "no one"):
        pages = walk(base, "large", text, ["name", "code", "note"], seconds=1e-9)
        assert len(pages) >= 20  # of 240 rows, nine or so a time
        found = [int(row.token) for page in pages for row in page]
        assert sorted(found) == [row[0] for row in rows if fits(row, text, 1)]


@pytest.mark.parametrize("sizes", [(7, 3), (50, 20)])
@pytest.mark.usefixtures("large")
def test_what_a_search_goes_on_from_is_the_key_alone(base: Base, sizes: tuple[int, int]) -> None:
    """Indexes, statistics and time budgets may change between two pages: each row comes once, whatever they are."""
    rows = make_large(base)
    database = base.database()
    for text in ("bo", "ann", "12", "a_b"):
        seen: list[int] = []
        start, turn = "", 0
        while start or not turn:
            table = Schema.of(database).table(base.name("large"))
            more = {"searched": tuple(table.by_name[name] for name in ("name", "code", "note")), "start": start}
            with database.reading() as connection:
                query = query_of(table, search=text, size=sizes[turn % 2], **more)
                found = flaskadmin.Reader(connection, query).page_within((5, 1e-9)[turn % 2])
            seen += [int(row.token) for row in found.rows]
            start, turn = found.following, turn + 1
            if turn == 2:
                base.run("DROP INDEX large_n; CREATE INDEX large_note ON large (note); ANALYZE")
        base.run("DROP INDEX large_note; CREATE INDEX large_n ON large (n)")
        assert sorted(seen) == [row[0] for row in rows if fits(row, text, 1)], text


@pytest.mark.usefixtures("large")
def test_a_search_says_how_far_it_came(base: Base) -> None:
    make_large(base)
    database = base.database()
    table = Schema.of(database).table(base.name("large"))
    query = query_of(table, search="no one", searched=(table.by_name["note"],))
    with database.reading() as connection:
        found = flaskadmin.Reader(connection, query).page_within(1e-9)
        assert found.stopped and found.examined == 9 and found.rows == []
        again = replace(query, start=found.following)
        rest = flaskadmin.Reader(connection, again).page_within(5)
        assert (rest.following, rest.stopped) == ("", False)
        for stale in ("garbage", "0" + found.following, f"{found.following},5", f"{found.following};~x0"):
            assert flaskadmin.Reader(connection, replace(query, start=stale)).page_within(5).stale
        other = replace(query, search="bo", start=found.following)
        assert flaskadmin.Reader(connection, other).page_within(5).stale


def test_the_row_with_the_key_comes_first(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.run("CREATE TABLE t (id integer PRIMARY KEY, name varchar(20))")
    base.run("INSERT INTO t VALUES " + ", ".join(f"({i}, 'no {i % 50} and {i * 3}')" for i in range(1, 301)))
    database = base.database()
    table = Schema.of(database).table(base.name("t"))
    query = query_of(table, search="150", searched=(table.by_name["name"],), size=50)
    for small in (0, 1000):
        monkeypatch.setattr(flaskadmin, "SMALL_TABLE", small)
        with database.reading() as connection:
            page = flaskadmin.Reader(connection, query).page_within(5)
        assert [int(row.token) for row in page.rows] == [150, 50]


@pytest.mark.usefixtures("large")
def test_indexes_answer_before_rows_are_read(base: Base) -> None:
    """The beginnings of texts and the numbers that an index holds are found without a scan."""
    make_large(base)
    database = base.database()
    table = Schema.of(database).table(base.name("large"))
    texts = tuple(table.by_name[name] for name in ("name", "code", "note"))
    for text, columns in (("ann", {"name", "code"}), ("50%", {"name", "code"}), ("12", {"id", "n", "name", "code"})):
        query = query_of(table, search=text, searched=texts, size=1)
        with database.reading() as connection:
            found = flaskadmin.Reader(connection, query).page_within(5)
        quick = [step for step in found.steps if step.how != "scan"]
        assert {step.how for step in quick} <= {"index", "key"} and found.rows, text
        assert {name for step in quick for name in step.columns} <= columns
    assert flaskadmin.following_text("ab") == "ac"
    assert flaskadmin.following_text("a\U0010ffff") == "b"
    assert flaskadmin.following_text("\ud7ff") == "\ue000"
    assert flaskadmin.following_text("\U0010ffff") == ""


NOTES = ["the quick brown fox", "Foxes run", "a firefox", "nothing", "quick and running", 'fox\'s "den"', "100% fox_"]


def text_steps(base: Base, table: str, text: str) -> tuple[set[str], list[int]]:
    """Return the kinds of steps that a search of ``body`` took, and the ids that it found."""
    database = base.database()
    own = Schema.of(database).table(base.name(table))
    query = query_of(own, search=text, searched=(own.by_name["body"],), size=50)
    with database.reading() as connection:
        found = flaskadmin.Reader(connection, query).page_within(5)
    assert not found.skipped
    return {step.how for step in found.steps}, [int(row.values["id"]) for row in found.rows]


@pytest.mark.usefixtures("large")
def test_full_text_indexes_find_first(base: Base) -> None:
    base.run("CREATE TABLE note (id integer PRIMARY KEY, body text)")
    base.run("INSERT INTO note VALUES " + ", ".join(f"({n}, {quoted(text)})" for n, text in enumerate(NOTES)))
    if base.postgres:
        base.run("CREATE INDEX words ON note USING gin (to_tsvector('english', body))")
    else:
        base.run(
            "CREATE VIRTUAL TABLE words USING fts5(body, content='note', content_rowid='id')",
            "INSERT INTO words (words) VALUES ('rebuild')",
        )
    for text in ("fox", "quick", '"brown fox"', "fox quick", "%", "fox's", '"', "'", "\\", "(", "fox_ 100%", "NOT AND"):
        words = flaskadmin.search_words(text)
        wanted = [n for n, note in enumerate(NOTES) if all(word.lower() in note.lower() for word in words)]
        kinds, ids = text_steps(base, "note", text)
        assert kinds == {"text index", "scan"} and sorted(ids) == wanted, text
    assert text_steps(base, "note", "fox")[1][-1] == 2  # in the middle of a word: the scan's


@pytest.mark.usefixtures("large")
def test_trigram_indexes_need_no_scan(base: Base) -> None:
    if not base.postgres:
        pytest.skip("pg_trgm is PostgreSQL's")
    try:
        base.run("CREATE EXTENSION pg_trgm")
    except psycopg.Error as error:
        pytest.skip(f"this server has no pg_trgm: {error}")
    base.run("CREATE TABLE note (id integer PRIMARY KEY, body text)")
    base.run("INSERT INTO note VALUES " + ", ".join(f"({n}, {quoted(text)})" for n, text in enumerate(NOTES)))
    base.run("CREATE INDEX grams ON note USING gin (body gin_trgm_ops)")
    assert text_steps(base, "note", "FOX") == (set(), [0, 1, 2, 5, 6])
    assert text_steps(base, "note", "fox_") == (set(), [6])
    assert text_steps(base, "note", "fo") == ({"scan"}, [0, 1, 2, 5, 6])


@pytest.mark.usefixtures("large")
def test_a_text_index_that_fails_is_left_out(base: Base) -> None:
    """Here: a table of SQLite's fts5 whose tokenizer only its own program has."""
    if base.postgres:
        pytest.skip("PostgreSQL keeps its indexes sound")
    base.run("CREATE TABLE note (id integer PRIMARY KEY, body text); INSERT INTO note VALUES (1, 'a fox')")
    base.run("CREATE VIRTUAL TABLE words USING fts5(body, content='note', content_rowid='id')")
    base.run(
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'content_rowid', "
        "'tokenize=''theirs'', content_rowid') WHERE name = 'words'"
    )
    database = base.database()
    table = Schema.of(database).table(base.name("note"))
    query = query_of(table, search="fox", searched=(table.by_name["body"],))
    with database.reading() as connection:
        found = flaskadmin.Reader(connection, query).page_within(5)
    assert [row.token for row in found.rows] == ["1"] and len(found.skipped) == 1


def test_a_part_of_the_budget_ends_alone(base: Base) -> None:
    endless = "SELECT count(*) FROM (WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x) y"
    with base.database().reading(20) as connection:
        with pytest.raises(flaskadmin.TimedOut), flaskadmin.within(connection, 0.05):
            connection.exec_driver_sql(endless)
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        if base.postgres:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "20s"


def test_long_texts_are_shown_around_what_was_found(base: Base) -> None:
    base.run("CREATE TABLE t (id integer PRIMARY KEY, body text)")
    base.run(f"INSERT INTO t VALUES (1, '{'x' * 900} needle {'y' * 900}'), (2, 'needle {'z' * 900}')")
    database = base.database()
    table = Schema.of(database).table(base.name("t"))
    query = query_of(table, search="NEEDLE", searched=(table.by_name["body"],))
    with database.reading() as connection:
        rows = flaskadmin.Reader(connection, query).page().rows
        found = flaskadmin.Reader(connection, query).excerpts(rows, query.searched)
    assert set(found) == {("1", "body")} and " needle yyy" in found["1", "body"]


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.usefixtures("large")
def test_the_picker_of_a_large_table(base: Base, indexed: bool) -> None:
    base.run("CREATE TABLE person (id integer PRIMARY KEY, name varchar(40))")
    base.run("INSERT INTO person VALUES " + ", ".join(f"({i}, 'Mara {i} of Kyoto')" for i in range(1, 200)))
    if indexed:
        base.run(f"CREATE INDEX names ON person (name{' text_pattern_ops' if base.postgres else ''})")
    database = base.database()
    table = Schema.of(database).table(base.name("person"))
    names = flaskadmin.label_columns(table)
    answers = {}
    with database.reading() as connection:
        for text in ("", "150", "mara 15", "kyoto 77", "no one", "%"):
            answers[text] = flaskadmin.read_choices(connection, table, ["id"], text, names)
    ids = {text: [int(key[0]) for key, _label in answer.rows] for text, answer in answers.items()}
    assert len(ids[""]) == 20 and answers[""].more
    assert ids["150"] == [150] and ids["kyoto 77"] == [77, 177] and ids["no one"] == ids["%"] == []
    # What an index answers is enough: the rest is told to be there.
    assert sorted(ids["mara 15"]) == [15, 115, *range(150, 160)]
    assert answers["mara 15"].cut == indexed
    assert not any(answers[text].cut for text in ("", "kyoto 77", "no one", "%"))
    with database.reading() as connection:
        quick = flaskadmin.read_choices(connection, table, ["id"], "no one", names, quick=True)
        known = flaskadmin.read_choices(connection, table, ["id"], "150", names, quick=True)
    assert (quick.rows, quick.cut) == ([], True)
    assert [int(key[0]) for key, _label in known.rows] == [150]


@pytest.mark.usefixtures("large")
def test_the_picker_says_what_it_could_not_look_through(base: Base) -> None:
    base.run("CREATE TABLE person (id integer PRIMARY KEY, name varchar(40))")
    some = ", ".join(f"({{}} + {i}, 'x')" for i in range(1000))
    base.run(*(f"INSERT INTO person VALUES {some.format(*[k * 1000] * 1000)}" for k in range(6)))
    database = base.database()
    table = Schema.of(database).table(base.name("person"))
    with database.reading() as connection:
        found = flaskadmin.read_choices(connection, table, ["id"], "z", table.columns[1:], seconds=1e-9)
    assert found.cut and not found.rows and not found.more


# -- Facets and figures ------------------------------------------------------------

NUMBERS = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=4) | st.integers(-100, 100).map(
    Decimal
)


@given(NUMBERS, NUMBERS, st.sampled_from(["integer", "decimal"]), st.integers(3, 25))
@example(Decimal(0), Decimal(0), "integer", 20)
@example(Decimal("1e300"), Decimal("-1e300"), "float", 20)
@example(Decimal(10**18), Decimal(10**18 + 3), "integer", 20)
@example(Decimal("0.1"), Decimal("0.1"), "float", 20)
def test_ranges_are_equal_and_hold_all(one: Decimal, other: Decimal, family: str, most: int) -> None:
    low, high = sorted((one, other))
    if family == "integer":
        low, high = Decimal(math.floor(low)), Decimal(math.floor(high))
    edges = flaskadmin.number_edges(low, high, family, most)
    assert 2 <= len(edges) <= most + 1
    assert edges[0] <= low and high < edges[-1]
    with localcontext(prec=400):
        steps = {b - a for a, b in zip(edges, edges[1:], strict=False)}
    assert len(steps) == 1
    step = steps.pop().normalize()
    assert step.as_tuple().digits in ((1,), (2,), (5,))
    assert family != "integer" or step >= 1


@given(st.dates(date(2, 1, 1), date(8999, 12, 31)), st.dates(date(2, 1, 1), date(8999, 12, 31)))
@example(date(2024, 2, 29), date(2024, 2, 29))
@example(date(2, 1, 1), date(8999, 12, 31))
@example(date(2023, 12, 31), date(2024, 1, 1))
def test_periods_follow_each_other(one: date, other: date) -> None:
    first, last = sorted((one, other))
    for asked in ("", *flaskadmin.BAR_PERIODS):
        period, starts = flaskadmin.period_starts(first, last, asked)
        assert starts == sorted(set(starts)) and len(starts) <= (2 if asked else 1) * flaskadmin.MOST_BARS + 1
        assert starts[0] <= first < starts[1] and starts[-2] <= last < starts[-1]
        if period in ("month", "quarter", "year"):
            assert all(start.day == 1 for start in starts)
    if (last - first).days > 7:
        assert len(flaskadmin.period_starts(first, last)[1]) > 8


SALES = """CREATE TABLE sale (id integer PRIMARY KEY, town varchar(20), pieces integer, price numeric(10,2),
made timestamp, day date)"""


def sales(count: int = 400) -> list[tuple[Any, ...]]:
    """Rows with NULLs, ties, negative numbers, and months without any."""
    random = Random(7)
    rows: list[tuple[Any, ...]] = []
    for i in range(count):
        day = date(2023, 1, 30) + timedelta(days=random.choice([*range(0, 90), *range(200, 700)]))
        moment = datetime.combine(day, time(random.randrange(24), random.randrange(60), 1))
        null = i % 9 == 0
        rows.append((
            i, random.choice(WORDS) if i % 5 else None, None if null else random.randrange(-20, 90),
            Decimal(random.randrange(-500, 99_999)) / 100, None if null else moment, day,
        ))  # fmt: skip
    return rows


def fill_sales(base: Base) -> list[tuple[Any, ...]]:
    rows = sales()
    values = ", ".join("(" + ", ".join(quoted(v) for v in row) + ")" for row in rows)
    base.run(SALES, f"INSERT INTO sale VALUES {values}")
    return rows


def figures_of(base: Base, name: str, seconds: float = 30.0, **filters: str) -> flaskadmin.Figures:
    """Return the figures of a table, or of the rows that a filter leaves."""
    database = base.database()
    catalogue = Schema.of(database)
    table = catalogue.table(base.name(name))
    where = flaskadmin.FilterReader(scope_of(catalogue, table), ZoneInfo("UTC")).read(filters.items())
    return flaskadmin.Figures(database, query_of(table, where=where), seconds)


def reckoned(how: str, numbers: list[Any]) -> float | None:
    """The figure of some rows, in plain Python."""
    known = [float(number) for number in numbers if number is not None]
    if how == "count":
        return len(numbers)
    return sum(known) if how == "sum" else sum(known) / len(known) if known else None


def near(figure: Decimal | None, expected: float | None) -> bool:
    return figure is expected is None or (
        figure is not None and expected is not None and math.isclose(float(figure), expected, abs_tol=1e-9)
    )


@pytest.mark.parametrize("how", flaskadmin.HOW)
def test_top_values(base: Base, how: str) -> None:
    rows = fill_sales(base)
    for of, place in (("pieces", 2), ("price", 3)):
        for most in (3, 20):
            figures = figures_of(base, "sale")
            by, column = figures.table.by_name["town"], figures.table.by_name[of]
            series = figures.series(by, flaskadmin.UTC, "values", column if how != "count" else None, how, most)
            groups: dict[Any, list[Any]] = {}
            for row in rows:
                groups.setdefault(row[1], []).append(row[place])
            null = groups.pop(None)
            assert series.missing and (series.missing.rows, series.rows) == (len(null), len(rows))
            assert near(series.missing.figure, reckoned(how, null))
            for bar in series.bars:
                assert (bar.rows, near(bar.figure, reckoned(how, groups[bar.value]))) == (len(groups[bar.value]), True)
            best = {town: reckoned("sum" if how == "sum" else "count", group) or 0 for town, group in groups.items()}
            shown = [best[bar.value] for bar in series.bars]
            assert shown == sorted(best.values(), reverse=True)[:most] or how == "sum"
            assert all(math.isclose(a, b) for a, b in zip(shown, sorted(best.values(), reverse=True), strict=False))
            assert series.others == len(groups) - len(series.bars)
            assert (series.other.rows if series.other else 0) + sum(bar.rows for bar in series.bars) == len(rows) - len(
                null
            )
            assert series.note == ""


@pytest.mark.parametrize("how", flaskadmin.HOW)
def test_ranges_of_numbers(base: Base, how: str) -> None:
    rows = fill_sales(base)
    for by, place in (("pieces", 2), ("price", 3)):
        figures = figures_of(base, "sale")
        of = figures.table.by_name["price"] if how != "count" else None
        series = figures.series(figures.table.by_name[by], flaskadmin.UTC, "", of, how)
        known = [row for row in rows if row[place] is not None]
        assert sum(bar.rows for bar in series.bars) == len(known)
        assert series.rows == len(rows)
        assert (series.missing.rows if series.missing else 0) == len(rows) - len(known)
        assert 5 <= len(series.bars) <= 20 and series.bars[0].rows and series.bars[-1].rows
        for bar in series.bars:
            inside = [row[3] for row in known if Decimal(str(bar.value)) <= row[place] < Decimal(str(bar.high))]
            assert (bar.rows, near(bar.figure, reckoned(how, inside))) == (len(inside), True)


@pytest.mark.parametrize("period", ["", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("by", ["made", "day"])
def test_periods_of_dates(base: Base, by: str, period: str) -> None:
    rows = fill_sales(base)
    figures = figures_of(base, "sale")
    of = figures.table.by_name["price"]
    series = figures.series(figures.table.by_name[by], flaskadmin.UTC, period, of, "sum")
    place = 4 if by == "made" else 5
    known = [(row[place].date() if by == "made" else row[place], row[3]) for row in rows if row[place] is not None]
    assert series.period == (period or "month") and sum(bar.rows for bar in series.bars) == len(known)
    assert [bar.value for bar in series.bars[1:]] == [bar.high for bar in series.bars[:-1]]
    for bar in series.bars:
        inside = [price for day, price in known if bar.value <= day.isoformat() < bar.high]
        assert (bar.rows, near(bar.figure, reckoned("sum", inside))) == (len(inside), True)
    if period in ("", "week", "month"):
        assert any(bar.rows == 0 for bar in series.bars), "a gap shows as empty periods"


def test_figures_are_of_the_filter(base: Base) -> None:
    rows = fill_sales(base)
    figures = figures_of(base, "sale", town=WORDS[1])
    expected = [row for row in rows if row[1] == WORDS[1]]
    totals = figures.totals(figures.table.by_name["pieces"])
    known = [row[2] for row in expected if row[2] is not None]
    assert (totals.rows, totals.present, totals.fit) == (len(expected), len(known), len(known))
    assert (int(totals.lowest), int(totals.highest)) == (min(known), max(known))
    assert near(totals.average, sum(known) / len(known))
    assert figures.foot([(column, "filled") for column in figures.table.columns]).rows == len(expected)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "UTC"])
def test_days_of_instants_are_the_viewers(base: Base, zone: str) -> None:
    """Around changes of the clock: a day of 23 or 25 hours, one that begins at one, one whose midnight comes twice."""
    if not base.postgres:
        base.run("CREATE TABLE t (at timestamp)", "INSERT INTO t VALUES ('2018-11-04 00:30:00')")
        figures = figures_of(base, "t")
        series = figures.series(figures.table.by_name["at"], ZoneInfo(zone), "day")
        assert [(bar.value, bar.rows) for bar in series.bars] == [("2018-11-04", 1)], "no zone, so never shifted"
        return
    begins = [datetime(2018, 11, 2, tzinfo=UTC), datetime(2019, 3, 29, tzinfo=UTC)]
    moments = [begin + timedelta(minutes=20 * n) for begin in begins for n in range(300)]
    base.run("CREATE TABLE t (at timestamptz)")
    base.run("INSERT INTO t VALUES " + ", ".join(f"('{moment.isoformat()}')" for moment in moments))
    figures = figures_of(base, "t")
    for period in ("day", "week", "month"):
        series = figures.series(figures.table.by_name["at"], ZoneInfo(zone), period)
        expected = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in moments)
        for bar in series.bars:
            first, last = (date.fromisoformat(end[:10]) for end in (bar.value, bar.high))
            assert bar.rows == sum(n for day, n in expected.items() if first <= day < last), (bar.value, zone)
        assert sum(bar.rows for bar in series.bars) == len(moments)


def test_values_that_are_none_of_their_column(base: Base) -> None:
    base.run("CREATE TABLE odd (id integer PRIMARY KEY, d date, t timestamp, n numeric, f double precision)")
    if base.postgres:
        base.run(
            "INSERT INTO odd VALUES (1, 'infinity', '-infinity', 'NaN', 'Infinity'),"
            "(2, '0044-03-15 BC', '20000-01-01', 'Infinity', 'NaN'), (3, NULL, NULL, NULL, NULL),"
            "(4, '2024-02-29', '2024-02-29 23:59:59.999999', 2.5, 1e308), (5, '2024-03-01', '2024-03-01', -1, 1e308)"
        )
    else:
        base.run(
            "INSERT INTO odd VALUES (1, 'soon', 1700000000, 'many', 9e999),"
            "(2, '2023-02-29', '2024-02-30', x'00', '?'),"
            "(3, NULL, NULL, NULL, NULL), (4, '2024-02-29', '2024-02-29T23:59:59.999999', 2.5, 1e308),"
            "(5, '2024-03-01 00:00', '2024-03-01', -1, 1e308)"
        )
    figures = figures_of(base, "odd")
    for name in ("d", "t", "n", "f"):
        column = figures.table.by_name[name]
        totals = figures.totals(column)
        assert (totals.rows, totals.present, totals.fit) == (5, 4, 2), name
        series = figures.series(column, flaskadmin.UTC)
        assert (sum(bar.rows for bar in series.bars), series.odd and series.odd.rows, series.rows) == (2, 2, 5), name
        assert series.missing and series.missing.rows == 1
        assert figures.series(column, flaskadmin.UTC, "values").rows == 5
    assert figures.totals(figures.table.by_name["d"]).lowest[:10] == "2024-02-29"


def test_lengths_and_empty_texts(base: Base) -> None:
    base.run("CREATE TABLE t (w varchar(900))", f"INSERT INTO t VALUES (''), (''), ('b'), (NULL), ('{'a' * 800}')")
    figures = figures_of(base, "t")
    totals = figures.totals(figures.table.by_name["w"])
    assert (totals.rows, totals.present, totals.empty, totals.shortest, totals.longest) == (5, 4, 2, 0, 800)
    assert (totals.lowest, totals.highest) == ("", "b")
    series = figures.series(figures.table.by_name["w"], flaskadmin.UTC, "values")
    assert series.bars[0].value == "" and series.bars[0].rows == 2
    assert {len(bar.value) for bar in series.bars} == {0, 1, flaskadmin.FACET_CHARACTERS + 1}, "no page holds a book"


def test_an_empty_table_has_figures_too(base: Base) -> None:
    base.run(SALES)
    figures = figures_of(base, "sale")
    for column in figures.table.columns:
        series = figures.series(column, flaskadmin.UTC)
        assert (list(series.bars), series.rows, series.missing, series.odd, series.others) == ([], 0, None, None, 0)
        assert figures.totals(column).rows == 0


ENDLESS = {  # whole: far beyond any budget; its first rows come at once
    True: "CREATE VIEW endless AS SELECT generate_series(1, 2000000000) AS n",
    False: "CREATE VIEW endless AS WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT 2000000000) "
    "SELECT CAST(n AS integer) AS n FROM s",
}


def test_what_is_too_slow_is_told_of_a_sample(base: Base) -> None:
    base.run(ENDLESS[base.postgres])
    figures = figures_of(base, "endless", 3.0)
    series = figures.series(figures.table.columns[0], flaskadmin.UTC)
    assert series.note == "the first 100,000 rows"
    assert (series.rows, sum(bar.rows for bar in [*series.bars, *filter(None, [series.other])])) == (100_000, 100_000)


def test_what_is_too_slow_for_a_sample_ends_too(base: Base) -> None:
    base.run(ENDLESS[base.postgres])
    base.run("CREATE VIEW slow AS SELECT n FROM endless WHERE n < 0")
    figures = figures_of(base, "slow", 0.3)
    with pytest.raises(flaskadmin.TimedOut):
        figures.totals(figures.table.columns[0])
    with pytest.raises(flaskadmin.TimedOut):
        figures.series(figures.table.columns[0], flaskadmin.UTC, "values")


def test_a_sample_of_a_table(base: Base) -> None:
    """PostgreSQL takes it from all over the table, SQLite from its beginning, whatever an index may offer."""
    rows = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 250000)"
    base.run(
        "CREATE TABLE much (id integer PRIMARY KEY, n integer)",
        f"{rows} INSERT INTO much SELECT n, -n FROM s" if not base.postgres else
        "INSERT INTO much SELECT n, -n FROM generate_series(1, 250000) n",
        "CREATE INDEX much_n ON much (n)",
        "ANALYZE much",
    )  # fmt: skip
    figures = figures_of(base, "much")
    figures.sampled = True
    totals = figures.totals(figures.table.by_name["n"])
    if base.postgres:
        assert figures.words(totals.rows) == f"a random sample of {totals.rows:,} rows"
        assert 50_000 < totals.rows < 150_000 and int(totals.lowest) < -240_000 and int(totals.highest) > -10_000
        assert figures.totals(figures.table.by_name["n"]) == totals, "the same rows each time"
    else:
        assert (totals.rows, totals.lowest, totals.highest) == (100_000, -100_000, -1)
        assert figures.words(totals.rows) == "the first 100,000 rows"


@pytest.mark.parametrize("value", ["a", "~", "~x00", "~-", "", "~i5", "\udcff", "a\udcff", "é~", "1.5"])
def test_a_value_comes_back_from_its_filter(base: Base, value: str) -> None:
    base.run("CREATE TABLE t (w varchar(20), by varchar(20))")
    figures = figures_of(base, "t")
    assert [name for name, _ in flaskadmin.filter_pairs(figures.table.by_name["by"], "is", "x")] == ["col.by"]
    ((name, text),) = flaskadmin.filter_pairs(figures.table.by_name["w"], "is", value)
    assert name == "w" and text.encode() is not None, "no half characters"
    assert (flaskadmin.key_values(text)[0] if text.startswith("~") else text) == value


# Long texts


@pytest.mark.parametrize("sort", ["w", "-w", "plain", "-plain"])
@pytest.mark.parametrize("relation", ["t", "v"])
def test_long_texts_are_sorted_as_any(tmp_path: Path, site: Callable[..., Any], relation: str, sort: str) -> None:
    """SQLite's go by their beginnings, which have the column's own collation, also a view's."""
    words = [
        "b",
        "A",
        "B",
        "C" * 150_000,
        "cc",
        "d" * 150_000,
        "D" * 150_000 + "e",
        "\u00fc" * 70_000,
        "x\0y",
        "E",
        None,
    ]
    path, column = tmp_path / "long.db", sort.removeprefix("-")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, w text COLLATE NOCASE, plain text)")
        connection.execute("CREATE VIEW v AS SELECT id, w, plain FROM t")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, w, w) for n, w in enumerate(words)])
        connection.commit()
    browser = site(f"sqlite:///{path}")

    def kept(text: str | None) -> str:
        return "~" if text is None else (text.upper() if column == "w" else text)[:20]

    known = sorted((word for word in words if word is not None), key=kept, reverse=sort[0] == "-")
    wanted = [kept(word) for word in (*known, None)]
    exported = browser.get(f"/admin/{relation}/export.csv?columns=id&sort={sort}").text.split()[1:]
    assert [kept(words[int(n)]) for n in exported] == wanted
    shown, url = list[int](), f"/admin/{relation}/?sort={sort}&size=2"
    while url:
        page = browser.get(url).text
        body = page.partition("<tbody>")[2].partition("</tbody>")[0]
        shown += [int(n) for n in re.findall(r'<td class="num">(?:<a[^>]*>)?(\d+)<', body)]
        following = re.search(r'rel="next" href="([^"]*)"', page)
        url = following[1].replace("&amp;", "&") if following else ""
    assert [kept(words[n]) for n in shown] == wanted


def test_a_view_is_sorted_by_the_index_behind_it(tmp_path: Path, site: Callable[..., Any]) -> None:
    path = tmp_path / "indexed.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, w text)")
        connection.execute("CREATE VIEW v AS SELECT id, w FROM t")
        connection.execute("CREATE INDEX by_w ON t (w)")
    plans: list[str] = []
    browser = site(f"sqlite:///{path}")

    def explain(connection: sa.Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "ORDER BY" in statement and not statement.startswith("EXPLAIN"):
            raw: Any = connection.connection.driver_connection
            plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", explain)
    try:
        assert browser.get("/admin/v/?sort=w").status_code == 200
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", explain)
    assert any("by_w" in step for step in plans), plans
