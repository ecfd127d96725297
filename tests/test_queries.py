"""Addresses of tables and rows; pages by key; search, filters, labels, pickers; what deleting takes along."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

import core
import flaskadmin
from core import Base
from flaskadmin import Catalogue, Database

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
    assert token not in flaskadmin.RESERVED_NAMES
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


def query_of(table: flaskadmin.Table, **more: Any) -> flaskadmin.Query:
    """Return a query for all columns."""
    return flaskadmin.Query(table=table, columns=table.columns, **{"size": 8, **more})


def forward(database: Database, query: flaskadmin.Query) -> list[flaskadmin.Page]:
    """Follow "next" to the end."""
    pages: list[flaskadmin.Page] = []
    after: str | None = None
    while True:
        with database.reading() as connection:
            page = flaskadmin.read_page(connection, replace(query, after=after))
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
            page = flaskadmin.read_page(connection, replace(query, before=before))
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
    if query.sort:
        column = [row.values[query.sort.name] for page in pages for row in page.rows]
        check_order(column, query.sort.name, query.descending)
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
    table = Catalogue.of(database).table(base.name(name))
    for sort in (None, "n", "t", "d"):
        for descending in (False, True):
            column = table.by_name[sort] if sort else None
            check_paging(database, query_of(table, sort=column, descending=descending))


def test_the_order_holds_where_many_rows_tie(base: Base) -> None:
    """Without a key and with one value for all rows, the pages still hold each row once."""
    series = "SELECT i, 1 FROM n"
    base.run(
        "CREATE TABLE tied (x integer, same integer)",
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO tied {series}",
    )
    database = base.database()
    table = Catalogue.of(database).table(base.name("tied"))
    query = query_of(table, sort=table.by_name["same"], size=100)
    seen = [int(row.values["x"]) for page in forward(database, query) for row in page.rows]
    assert len(seen) == 3000
    assert len(set(seen)) == 3000


def test_a_page_behind_a_row_that_has_gone_is_the_first(base: Base) -> None:
    fill(base, "whole")
    database = base.database()
    table = Catalogue.of(database).table(base.name("whole"))
    for token in ("999999", "no number", "1,2", "~x00", "99999999999999999999999", "~-"):
        with database.reading() as connection:
            page = flaskadmin.read_page(connection, query_of(table, after=token))
            assert (page.lost, page.has_previous, len(page.rows)) == (True, False, 8), token
            with pytest.raises(flaskadmin.NotFound):
                flaskadmin.Selection.of(table, table.columns, None).find(connection, token)


def test_every_row_is_found_by_its_address(base: Base) -> None:
    for name in MESSY:
        fill(base, name)
        database = base.database()
        table = Catalogue.of(database).table(base.name(name))
        selection = flaskadmin.Selection.of(table, table.columns, None)
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
    table = Catalogue.of(database).table(base.name("person"))
    filters = tuple((table.by_name[name], value) for name, value in more.pop("filters", ()))
    searched = (table.by_name["name"], table.by_name["town"])
    query = query_of(table, size=50, filters=filters, searched=searched, **more)
    with database.reading() as connection:
        ids = [int(row.values["id"]) for row in flaskadmin.read_page(connection, query).rows]
        assert flaskadmin.count_rows(connection, query) == len(ids)
        assert flaskadmin.count_rows(connection, query, most=0) == (None if ids else 0)
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


FILTERS: list[tuple[list[tuple[str, str | None]], list[int]]] = [
    ([("town", None)], [2]),
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
        ("id integer PRIMARY KEY, remark text, code text UNIQUE", ["code"]),
        ("id integer PRIMARY KEY, password_hash text, thing text", ["thing"]),
        ("id integer PRIMARY KEY, thing_title text, words text", ["thing_title"]),
        ("id integer PRIMARY KEY, amount integer", []),
    ],
)
def test_what_names_a_row(base: Base, columns: str, label: list[str]) -> None:
    base.run(f"CREATE TABLE things ({columns})")
    assert [column.name for column in flaskadmin.label_columns(base.table("things"))] == label


def test_labels_are_read_in_one_query(base: Base) -> None:
    base.run(PEOPLE)
    database = base.database()
    table = Catalogue.of(database).table(base.name("person"))
    keys: list[tuple[Any, ...]] = [(str(i),) if base.postgres else (i,) for i in (1, 2, 5, 77, 1)]
    with database.reading() as connection, core.statements(database.engine) as sent:
        labels = flaskadmin.read_labels(connection, table, ["id"], [*keys, (None,)], flaskadmin.label_columns(table))
    assert len([s for s in sent if "person" in s]) == 1
    assert {str(key[0]): label for key, label in labels.items()} == {
        "1": flaskadmin.Label("1", "Mara Lindqvist"),
        "2": flaskadmin.Label("2", "Jan Kowalski"),
        "5": flaskadmin.Label("5", "5"),
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
    table = Catalogue.of(database).table(base.name("person"))
    with database.reading() as connection:
        picked = flaskadmin.read_choices(connection, table, ["id"], text, flaskadmin.label_columns(table))
        few = flaskadmin.read_choices(connection, table, ["id"], "", flaskadmin.label_columns(table), most=2)
    assert {int(key[0]) for key, _label in picked} == ids
    if first and (base.postgres or text != "mara"):  # SQLite's LIKE doesn't tell m from M
        assert int(picked[0][0][0]) == first
    assert len(few) == 3, "one more than asked for tells that there are more"


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
    catalogue = Catalogue.of(database)
    table = catalogue.table(base.name("a"))

    def effects(key: str) -> list[tuple[str, int | None, str, int, bool]]:
        where = flaskadmin.Identity.of(table).clause(key)
        with database.reading() as connection:
            found = flaskadmin.delete_effects(connection, catalogue, table, where)
        assert all(len(effect.sample) == min(effect.count or 99, 5) for effect in found)
        return sorted((e.table.name.name, e.count, e.link.on_delete, e.level, e.blocks) for e in found)

    assert effects("1") == [("b", 7, "CASCADE", 1, False), ("c", 1, "SET NULL", 2, False)]
    assert effects("2") == [
        ("b", 1, "CASCADE", 1, False),
        ("c", 1, "SET NULL", 2, False),
        ("d", 1, "NO ACTION", 1, True),
    ]
    assert effects("3") == []


def test_a_first_page_does_not_count_the_table(base: Base) -> None:
    fill(base, "whole")
    database = base.database()
    table = Catalogue.of(database).table(base.name("whole"))
    with database.reading() as connection, core.statements(database.engine) as sent:
        flaskadmin.read_page(connection, query_of(table))
    reads = [s for s in sent if "FROM" in s]
    assert len(reads) == 1
    assert "count(" not in reads[0].lower()
    assert "LIMIT" in reads[0] or "FETCH" in reads[0]


def test_every_identity_binds_what_it_selects(base: Base) -> None:
    for name in MESSY:
        fill(base, name)
        identity = flaskadmin.Identity.of(base.table(name))
        assert identity.expressions
        assert all(isinstance(e, sa.ColumnElement) for e in identity.expressions)
        assert identity.exact is (name != "keyless" or not base.postgres)


# -- Indexes, as the catalogue knows them ------------------------------------------


def test_indexes_are_known(base: Base) -> None:
    base.run(
        'CREATE TABLE "odd ""name" (id integer PRIMARY KEY, a varchar(9), "b, c" varchar(9) NOT NULL UNIQUE, n integer)',
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
