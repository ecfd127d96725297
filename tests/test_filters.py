"""Filters: every operator of every type against plain Python; groups, foreign keys, JSON paths; sorting by several."""

from __future__ import annotations

import html
import json
import logging
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import core
import flaskadmin
from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import Database, Schema, Settings, TableView, create_app
from test_queries import forward, query_of, scope_of

base = core.base  # the fixture

# -- Every operator against plain Python -------------------------------------------

NOW = datetime(2024, 3, 15, 12, 30)
TYPES = {  # each column's type, and the family that it belongs to
    "whole": ("integer", "integer"), "price": ("numeric(10,2)", "decimal"), "ratio": ("double precision", "float"),
    "words": ("text", "text"), "active": ("boolean", "boolean"),
    "state": ("varchar(9) CHECK (state IN ('new', 'paid', 'sent'))", "choice"), "day": ("date", "date"),
    "moment": ("timestamp", "timestamp"), "clock": ("time", "time"), "mark": ("uuid", "uuid"), "doc": ("json", "json"),
    "noted": ("text", "text"), "stars": ("integer CHECK (stars IN (1, 2, 10))", "integer"),
}  # fmt: skip
DAYS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 9), date(2024, 3, 11),
        date(2024, 3, 14), date(2024, 3, 15), date(2024, 3, 16), date(2024, 4, 1), date(2025, 1, 1)]  # fmt: skip
CLOCKS = [time(0, 0), time(8, 30), time(8, 30, 59), time(12, 30), time(23, 59, 59)]
MARKS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(4)]
INSIDE: list[Any] = [1, -7, 2.5, "1", "Oslo", "a%_b", True, False, None, {"x": 1}]
VALUES: dict[str, list[Any]] = {
    "whole": [-5, 0, 1, 2, 10, 100], "price": [Decimal(n) for n in ("-1.50", "0.00", "0.10", "9.99", "10.00")],
    "ratio": [-1.5, 0.0, 0.1, 3.25, 1e9], "words": ["", "a", "A%_b", "Oslo", "oslo\\x", "O'Hara", "x, y", "æøå", " "],
    "active": [True, False], "state": ["new", "paid", "sent"], "day": DAYS,
    "moment": [datetime.combine(d, c) for d, c in zip(DAYS * 2, CLOCKS * 5, strict=False)],
    "clock": CLOCKS, "mark": MARKS, "doc": [{"a": {"b": value}} for value in INSIDE] + [{"a": 5}, [], {}],
    "noted": [str(d) for d in DAYS], "stars": [1, 2, 10],
}  # fmt: skip


def stored_row(number: int) -> dict[str, Any]:
    """Return a row of the table that all operators are tried on; the same for the same number."""
    chosen = random.Random(number)
    return {name: chosen.choice([*values, None]) for name, values in VALUES.items()}


ROWS = {number: stored_row(number) for number in range(1, 61)}


def literal(value: Any) -> str:
    """Return a value as SQL that both engines read."""
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value).upper()
    if isinstance(value, dict | list):
        return literal(json.dumps(value))
    return str(value) if isinstance(value, int | float | Decimal) else "'" + str(value).replace("'", "''") + "'"


def written(value: Any) -> str:
    """Return a value as someone would type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def span(text: str) -> tuple[datetime, datetime]:
    """Return the first moment of what a text names, and the first behind it."""
    lengths = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d", 16: "%Y-%m-%d %H:%M"}
    if len(text) not in lengths:
        start = datetime.fromisoformat(text)
        return start, start + timedelta(microseconds=1)
    start = datetime.strptime(text, lengths[len(text)])
    if len(text) == 4:
        return start, start.replace(year=start.year + 1)
    if len(text) == 7:
        return start, (start + timedelta(31)).replace(day=1)
    return start, start + (timedelta(1) if len(text) == 10 else timedelta(minutes=1))


UNITS: dict[str, Any] = {  # a number for each day that grows by one with each new period
    "day": lambda d: d.toordinal(),
    "week": lambda d: (d.toordinal() - 1) // 7,
    "month": lambda d: d.year * 12 + d.month,
    "quarter": lambda d: d.year * 4 + (d.month - 1) // 3,
    "year": lambda d: d.year,
}


def in_period(operator: str, value: str, found: datetime) -> bool:
    """Whether a moment lies in "this month" or "the last 7 days", told by its calendar alone."""
    today, day = NOW.date(), found.date()
    if operator in ("this", "previous"):
        return bool(UNITS[value](today) - UNITS[value](day) == (operator == "previous"))
    count, unit = int(value.split()[0]), value.split()[1].rstrip("s")
    if unit in ("day", "week"):
        distance = (today - day).days if operator == "last" else (day - today).days - 1
        return 0 <= distance < count * (7 if unit == "week" else 1)
    months = count * (12 if unit == "year" else 1) * (-1 if operator == "last" else 1)
    turned = today.year * 12 + today.month - 1 + months
    reached = date(turned // 12, turned % 12 + 1, today.day)
    return reached < day <= today if operator == "last" else today < day <= reached


ORDERS: dict[str, Any] = {
    "gt": lambda v, a, _b: v > a,
    "gte": lambda v, a, _b: v >= a,
    "lt": lambda v, a, _b: v < a,
    "lte": lambda v, a, _b: v <= a,
    "between": lambda v, a, b: a <= v <= b,
}
MATCHES: dict[str, Any] = {
    "contains": lambda v, a: a in v,
    "begins": lambda v, a: v.startswith(a),
    "ends": lambda v, a: v.endswith(a),
}
OPPOSITE = {"not": "is", "lacks": "contains", "notin": "in"}


def fits(value: Any, operator: str, texts: list[str]) -> bool:
    """Whether a value passes a filter: the oracle, in Python's own terms."""
    if operator in ("null", "empty"):
        return ((value is None) if operator == "null" else (value == "")) == (texts[0] == "yes")
    if operator in OPPOSITE:
        return value is None or not fits(value, OPPOSITE[operator], texts)
    if value is None:
        return False
    if operator in MATCHES:
        return bool(MATCHES[operator](as_text(value).lower(), texts[0].lower()))
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return fits_in_time(moment, operator, texts)
    if operator in ("is", "in"):
        return any(equal(value, text) for text in texts)
    low, high = (comparable(value, text) for text in (texts[0], texts[-1]))
    return low is not None and bool(ORDERS[operator](value, low, high))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def equal(value: Any, text: str) -> bool:
    if isinstance(value, bool | str | dict | list):
        return as_text(value) == text
    return bool(comparable(value, text) == value)


def comparable(value: Any, text: str) -> Any:
    """Return a text as what ``value`` is, None where they can't be compared."""
    if isinstance(value, time):
        return time.fromisoformat(text)
    if isinstance(value, str):
        return text
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return None
    return float(text) if isinstance(value, float) else Decimal(text)


def fits_in_time(moment: datetime, operator: str, texts: list[str]) -> bool:
    if operator in ("this", "previous", "last", "next"):
        return in_period(operator, texts[0], moment)
    (start, end), (_, last) = span(texts[0]), span(texts[-1])
    return {
        "is": start <= moment < end, "gt": moment >= end, "gte": moment >= start, "lt": moment < start,
        "lte": moment < end, "between": start <= moment < last,
    }[operator]  # fmt: skip


WORDED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("this", "previous"), ("day", "week", "month", "quarter", "year")),
    **dict.fromkeys(("last", "next"), ("1 day", "7 days", "2 weeks", "3 months", "1 year")),
    **dict.fromkeys(("null", "empty"), ("yes", "no")),
    **dict.fromkeys(("contains", "lacks", "begins", "ends"), ("a", "o", "O'Hara", "%", "_", "\\", "ne", "E", "x, y")),
}
OFFERED = {
    name: [operator for operator, one in flaskadmin.OPERATORS.items() if family in one.families]
    for name, (_type, family) in TYPES.items()
}
for words in ("words", "state"):  # how texts are ordered is the database's own
    OFFERED[words] = [operator for operator in OFFERED[words] if operator not in ORDERS]


@st.composite
def conditions(draw: Any) -> tuple[str, str, list[str]]:
    """Draw a column, an operator that fits it, and its values as typed."""
    name = draw(st.sampled_from([name for name in TYPES if name != "doc"]))
    operator = draw(st.sampled_from(OFFERED[name]))
    if operator in WORDED:
        return name, operator, [draw(st.sampled_from(WORDED[operator]))]
    count = {"in": draw(st.integers(1, 3)), "notin": draw(st.integers(1, 3)), "between": 2}.get(operator, 1)
    return name, operator, [typed(draw, name) for _ in range(count)]


def typed(draw: Any, name: str) -> str:
    """Draw a value of a column as typed; of a moment, perhaps only its year, month, day or minute."""
    text = written(draw(st.sampled_from(VALUES[name])))
    lengths = {"day": (4, 7, 10), "moment": (4, 7, 10, 16, 19)}.get(name)
    return text[: draw(st.sampled_from(lengths))] if lengths else text


@pytest.fixture
def filtered(base: Base) -> Any:
    """Return a function that gives the ids which filters leave of ROWS."""
    columns = ", ".join(f"{name} {type_}" for name, (type_, _family) in TYPES.items())
    rows = [f"({n}, {', '.join(map(literal, row.values()))})" for n, row in ROWS.items()]
    base.run(f"CREATE TABLE thing (id integer PRIMARY KEY, {columns})", f"INSERT INTO thing VALUES {', '.join(rows)}")
    database = base.database()
    catalogue = Schema.of(database)
    table = catalogue.table(base.name("thing"))

    def ids(*pairs: tuple[str, str]) -> set[int]:
        reader = flaskadmin.FilterReader(scope_of(catalogue, table), UTC, NOW)
        query = query_of(table, size=200, where=reader.read(pairs))
        assert reader.problems == []
        with database.reading() as connection:
            return {int(row.values["id"]) for row in flaskadmin.Reader(connection, query).page().rows}

    return ids


def joined(texts: list[str]) -> str:
    """Return values as one list, quoted where that is needed."""
    return ", ".join(f'"{text}"' if "," in text or text != text.strip() or not text else text for text in texts)


ORACLE = settings(
    max_examples=400 if os.environ.get("CI") else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@ORACLE
@given(conditions())
def test_operators(filtered: Any, condition: tuple[str, str, list[str]]) -> None:
    name, operator, texts = condition
    expected = {number for number, row in ROWS.items() if fits(row[name], operator, texts)}
    value = joined(texts) if operator in ("in", "notin", "between") else texts[0]
    assert filtered((flaskadmin.filter_name([name], operator), value)) == expected


def test_operators_are_all_tried() -> None:
    """What the oracle draws from is every operator of every family that it has a column of."""
    drawn = {operator for operators in OFFERED.values() for operator in operators}
    assert set(flaskadmin.OPERATORS) - drawn == {"has", "exists"}  # tried below
    families = set().union(*(operator.families for operator in flaskadmin.OPERATORS.values()))
    rest = {"any", "array", "binary", "duration", "instant", "jsonb", "unknown", flaskadmin.AT_PATH}
    assert families - {family for _type, family in TYPES.values()} == rest | flaskadmin.CHECKED


@pytest.mark.parametrize("operator", ["is", "not", "contains", "begins", "gt", "lte", "between", "null", "in"])
def test_json_paths(filtered: Any, operator: str) -> None:
    for text in ["1", "-7", "2.5", "Oslo", "true", "a%_b"]:
        if operator in ORDERS and not re.fullmatch(r"-?[\d.]+", text):
            continue
        texts = {"null": ["yes"], "between": [text, "10"], "in": [text, "Oslo"]}.get(operator, [text])
        value = joined(texts) if texts[1:] else texts[0]
        found = filtered((flaskadmin.filter_name(["doc", "a", "b"], operator), value))
        # The white space of what is more than one value is the engine's own.
        numbers = {n for n, row in ROWS.items() if row["doc"] != {"a": {"b": {"x": 1}}}}
        expected = {n for n in numbers if fits(inside(ROWS[n]["doc"], operator in ORDERS), operator, texts)}
        assert found & numbers == expected, text


def inside(doc: Any, only_number: bool) -> Any:
    """Return what stands at a.b, as a text unless it is to be compared as a number."""
    first = doc.get("a") if isinstance(doc, dict) else None
    value = first.get("b") if isinstance(first, dict) else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if only_number:
        return value if number else None
    return None if value is None else as_text(value)


TREES = st.recursive(
    st.tuples(st.sampled_from(["whole__gt", "whole__null", "state", "words__contains"]), st.integers(0, 2)),
    lambda inner: st.tuples(st.sampled_from(["any", "all", "not"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)
LEAF_VALUES = {
    "whole__gt": ["0", "1", "50"], "whole__null": ["yes", "no", "yes"], "state": ["new", "paid", "sent"],
    "words__contains": ["a", "o", "x"],
}  # fmt: skip


def pairs_of(tree: Any, prefix: str = "", place: int = 0) -> list[tuple[str, str]]:
    """Return a tree of conditions as the parameters of an address."""
    kind, rest = tree
    if isinstance(rest, int):
        return [(prefix + kind, LEAF_VALUES[kind][rest])]
    return [pair for n, part in enumerate(rest) for pair in pairs_of(part, f"{prefix}{kind}{place}.", n)]


def tree_fits(tree: Any, row: dict[str, Any]) -> bool:
    kind, rest = tree
    if isinstance(rest, int):
        name, _, operator = kind.partition("__")
        return fits(row[name], operator or "is", [LEAF_VALUES[kind][rest]])
    parts = [tree_fits(part, row) for part in rest]
    return {"any": any(parts), "all": all(parts), "not": not any(parts)}[kind]


@ORACLE
@given(TREES)
def test_groups_nest(filtered: Any, tree: Any) -> None:
    expected = {number for number, row in ROWS.items() if tree_fits(tree, row)}
    assert filtered(*pairs_of(tree)) == expected


# -- Other tables, other names, other types -----------------------------------------

RELATED = """CREATE TABLE customer (id integer PRIMARY KEY, name text, country text, boss integer REFERENCES customer);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, "size" text, "a.b" text);
INSERT INTO customer VALUES (1, 'Ann', 'DE', NULL), (2, 'Bob', 'NO', 1), (3, 'Cid', 'DE', 1), (4, 'Dan', NULL, 2);
INSERT INTO orders VALUES (1, 1, 'L', 'x'), (2, 1, 'S', 'y'), (3, 2, 'L', 'x'), (4, NULL, NULL, NULL),
(5, 4, 'L', 'z')"""


@pytest.mark.parametrize(
    ("table", "pairs", "ids"),
    [
        ("orders", [("customer_id.country", "DE")], {1, 2}),
        ("orders", [("customer_id.country__null", "yes")], {5}),
        ("orders", [("customer_id.name__in", "Bob, Dan"), ("col.size", "L")], {3, 5}),
        ("orders", [("any1.col.a~2Eb", "y"), ("any1.customer_id__null", "yes")], {2, 4}),
        ("customer", [("has.orders.customer_id__exists", "yes")], {1, 2, 4}),
        ("customer", [("has.orders.customer_id__exists", "no")], {3}),
        ("customer", [("has.customer.boss", "yes")], {1, 2}),
        ("customer", [("boss.country", "DE")], {2, 3}),
        ("customer", [("not1.country", "DE"), ("not1.name", "Bob")], {4}),
    ],
)
def test_filters_across_tables(base: Base, table: str, pairs: list[tuple[str, str]], ids: set[int]) -> None:
    base.run(RELATED)
    assert filtered_ids(base, table, pairs) == (ids, [])


def test_values_of_several_lines_are_listed(base: Base) -> None:
    """Within quotes their lines are theirs; else a line is a value."""
    base.run("CREATE TABLE memo (id integer PRIMARY KEY, said text)")
    base.run("INSERT INTO memo VALUES (1, 'a\r\nb'), (2, 'a'), (3, 'b'), (4, 'a\n')")
    for value, ids in (('"a\r\nb", x', {1}), ("a\r\nb", {2, 3}), ("a\rb", {2, 3}), ('a, "a\n"', {2, 4})):
        assert filtered_ids(base, "memo", [("said__in", value)]) == (ids, []), value
        assert filtered_ids(base, "memo", [("said__notin", value)]) == ({1, 2, 3, 4} - ids, []), value


def filtered_ids(
    base: Base, name: str, pairs: Sequence[tuple[str, str]], zone: ZoneInfo = flaskadmin.UTC
) -> tuple[set[int], list[str]]:
    """Return the ids that filters leave, and what was told of those that can't be."""
    database = base.database()
    catalogue = Schema.of(database)
    table = catalogue.table(base.name(name))
    reader = flaskadmin.FilterReader(scope_of(catalogue, table), zone, NOW)
    with database.reading() as connection:
        page = flaskadmin.Reader(connection, query_of(table, size=100, where=reader.read(pairs))).page()
    return {int(row.values["id"]) for row in page.rows}, reader.problems


@pytest.mark.parametrize(
    "pair",
    [
        ("nix", "1"), ("customer_id.nix", "1"), ("has.nix.customer_id__exists", "yes"), ("id__gt", "many"),
        ("id__between", "1"), ("id__contains", "1"), ("customer_id__null", "perhaps"), ("any1.nix", "1"),
        ("id__in", ""), ("id__has", "1"),
    ],
)  # fmt: skip
def test_what_is_no_filter_is_told_and_left_out(base: Base, pair: tuple[str, str]) -> None:
    base.run(RELATED)
    found, problems = filtered_ids(base, "orders", [pair])
    assert found == {1, 2, 3, 4, 5} and len(problems) == 1 and "left out" in problems[0]


@pytest.mark.parametrize("value", ["1e", "99999999999999999999", "x'); DROP TABLE orders; --", "\ud800", "~x00", "~i5"])
def test_any_value_may_be_asked_for(base: Base, value: str) -> None:
    """A value that no row has, or that the column can't hold, is no error: nothing fits, or it is told."""
    base.run(RELATED)
    for name in ("id", "size", "customer_id.name"):
        name = f"col.{name}" if name == "size" else name
        found, problems = filtered_ids(base, "orders", [(name, value)])
        assert problems or found <= ({5} if value == "~i5" else set()), name


def test_names_of_filters_are_read_again() -> None:
    """A filter's name leads back to its column, whatever the column is called."""
    names = ["id", "sort", "size", "a__gt", "a.b", "any1.x", "has", "col", "col.x", "~41", "é", "__in", "-a,b", "a b"]
    database = Database(sa.create_engine("sqlite://"), flaskadmin.Settings())
    columns = ", ".join(f'"{name}"' for name in names)
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE TABLE odd ({columns})")
        connection.commit()
        catalogue = Schema.of(database)
        table = catalogue.table(flaskadmin.TableName("", "odd"))
    reader = flaskadmin.FilterReader(scope_of(catalogue, table), UTC)
    for name, operator, group in product(names, ("is", "contains"), ("", "any1.", "not2.all1.")):
        found = reader.read([(flaskadmin.filter_name([name], operator, group), "5")])
        while found and found[0].parts:
            found = found[0].parts
        assert [(one.path, one.operator) for one in found] == [((name,), operator)], (name, operator, group)


def test_arrays_have_entries(base: Base) -> None:
    if not base.postgres:
        pytest.skip("SQLite has no arrays")
    base.run("CREATE TABLE t (id integer PRIMARY KEY, tags text[], sums integer[][])")
    base.run("INSERT INTO t VALUES (1, '{a,b}', '{{1,2},{3,4}}'), (2, '{b}', NULL), (3, '{}', '{{5}}')")
    pairs = [("tags__has", "b"), ("tags__has", "x"), ("sums__has", "3")]
    assert [filtered_ids(base, "t", [pair])[0] for pair in pairs] == [{1, 2}, set(), {1}]


def test_instants_are_the_viewers(base: Base) -> None:
    """A day of the viewer's calendar is another stretch of UTC."""
    if not base.postgres:
        pytest.skip("SQLite has no instants")
    base.run("CREATE TABLE t (id integer PRIMARY KEY, at timestamptz)")
    base.run("INSERT INTO t VALUES (1, '2024-03-14 22:59:59Z'), (2, '2024-03-14 23:00Z'), (3, '2024-03-15 22:59Z')")
    oslo = ZoneInfo("Europe/Oslo")
    assert filtered_ids(base, "t", [("at", "2024-03-15")], oslo)[0] == {2, 3}
    assert filtered_ids(base, "t", [("at__this", "day")], oslo)[0] == {2, 3}
    assert filtered_ids(base, "t", [("at", "2024-03-15")])[0] == {3}


@pytest.mark.parametrize(
    ("pair", "ids"),
    [
        (("n__gt", "4"), {1, 3}), (("n__lt", "9"), {1, 3}), (("n", "~61bc"), {2}), (("n", "abc"), None),
        (("d", "2024-03-15"), {1, 3}),
        (("n", "5,0"), None), (("n__in", "5, six"), None), (("d", "15.03.2024"), None), (("d__not", "soon"), None),

        (("d", "20240315"), {2}), (("x", "abc"), {3}), (("x__in", "5"), {1, 2}),
        (("d__gte", "2000"), {1, 3}), (("d__gte", "2024-03-15 08:00"), {3}), (("x__gt", "4"), {1}),
        (("x__gt", "ab"), {3}), (("d__empty", "no"), None), (("b__empty", "yes"), {2}), (("b__null", "no"), {1, 2}),
    ],
)  # fmt: skip
def test_sqlite_compares_within_a_class(base: Base, pair: tuple[str, str], ids: set[int] | None) -> None:
    """SQLite orders numbers before texts: neither is more or less than the other here."""
    if base.postgres:
        pytest.skip("PostgreSQL's columns hold one type")
    base.run("CREATE TABLE t (id integer PRIMARY KEY, n integer, d date, x, b blob)")
    base.run("""INSERT INTO t VALUES (1, 5, '2024-03-15', 5, x'41'), (2, 'abc', 20240315, '5', x''),
             (3, 7, '2024-03-15T09:00', 'abc', NULL), (4, NULL, NULL, NULL, NULL)""")
    found, problems = filtered_ids(base, "t", [pair])
    assert (found, len(problems)) == ((ids, 0) if ids else ({1, 2, 3, 4}, 1))


# -- Sorting by several columns ----------------------------------------------------


@pytest.mark.parametrize("directions", list(product((False, True), repeat=2)))
def test_sorted_by_several_columns(base: Base, directions: tuple[bool, bool]) -> None:
    """Pages in both directions show each row once, missing values last, ties by the key."""
    rows = {n: (None if n % 4 == 0 else n % 3, None if n % 5 == 0 else "xyz"[n % 2]) for n in range(1, 41)}
    values = ", ".join(f"({n}, {literal(a)}, {literal(b)})" for n, (a, b) in rows.items())
    base.run("CREATE TABLE t (id integer PRIMARY KEY, a integer, b text)", f"INSERT INTO t VALUES {values}")
    expected = sorted(rows)
    for place in (1, 0):
        known = [n for n in expected if rows[n][place] is not None]
        groups = sorted({rows[n][place] for n in known}, reverse=directions[place])  # type: ignore[type-var]
        known = [n for value in groups for n in known if rows[n][place] == value]
        expected = [*known, *(n for n in expected if rows[n][place] is None)]
    database = base.database()
    table = Schema.of(database).table(base.name("t"))
    query = query_of(table, *zip((table.by_name["a"], table.by_name["b"]), directions, strict=True), size=7)
    assert [int(r.values["id"]) for page in forward(database, query) for r in page.rows] == expected
    before: str | None = ""
    backwards: list[list[int]] = []
    while before is not None:
        with database.reading() as connection:
            page = flaskadmin.Reader(connection, replace(query, before=before)).page()
        backwards.insert(0, [int(r.values["id"]) for r in page.rows])
        before = page.rows[0].token if page.has_previous else None
    first, *others = backwards  # the first page is a whole one, so it may show rows of the second
    found = [number for page in others for number in page]
    assert first == expected[:7] and found == expected[-len(found) :] and len(found) >= 40 - 7


# -- The pages ---------------------------------------------------------------------


@pytest.fixture
def site(engine_url: str) -> Iterator[Callable[..., Browser]]:
    """``site(**options)`` makes a site over customers and their orders."""
    Base(engine_url).run(RELATED)
    apps: list[Flask] = []

    def make(**options: Any) -> Browser:
        views = options.pop("views", {})
        apps.append(create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, **options), views=views))
        return Browser(apps[-1])

    yield make
    for app in apps:
        close(app)


def shown(page: str) -> list[str]:
    """Return the keys of a list's rows."""
    return re.findall(r'rel="(?:edit|item)" href="[^"]*/(\d+)(?:/edit)?"', page)


def chips(page: str) -> list[str]:
    """Return what the chips of a list say."""
    return [html.unescape(text) for text in re.findall(r'<button class="words"[^>]*>([^<]*)<', page)]


def test_chips_say_what_is_asked_and_take_it_out(site: Callable[..., Browser]) -> None:
    browser = site()
    page = browser.get("/admin/orders/?customer_id=1&any1.nix=1&any1.customer_id.country=DE&col.size__null=no").text
    assert chips(page) == ["Customer is Ann", "Size is not empty", "Customer › Country is DE"]
    assert "There is no column &#39;nix&#39;" in page
    page = browser.get("/admin/orders/?customer_id__in=1,4,99&customer_id__not=2").text
    assert chips(page) == ["Customer is one of Ann, Dan, 99", "Customer is not Bob"]
    page = browser.get("/admin/orders/?any1.col.a~2Eb__contains=x&any1.customer_id__null=yes&not1.id=1").text
    assert chips(page) == ["a.b contains x", "Customer is empty", "ID is 1"]
    assert re.findall(r'role="group" aria-label="([^"]*)"', page) == ["Match any", "Match none"]
    assert shown(page) == ["3", "4"]
    whole = [html.unescape(url) for url in re.findall(r'href="([^"]*)"\s+title="Remove this group"', page)]
    assert [shown(browser.get(url).text) for url in whole] == [["2", "3", "4", "5"], ["1", "3", "4"]]
    single = [html.unescape(url) for url in re.findall(r'href="([^"]*)"\s+title="Remove this filter"', page)]
    assert [parse_qsl(urlsplit(url).query) for url in single] == [
        [("any1.customer_id__null", "yes"), ("not1.id", "1")],
        [("any1.col.a~2Eb__contains", "x"), ("not1.id", "1")],
        [("any1.col.a~2Eb__contains", "x"), ("any1.customer_id__null", "yes")],
    ]


JSON_ROWS = [{"p": 10.0, "day": "2024-05-01"}, {"p": "10", "day": "2023-01-31"}, {"p": 9, "day": 2025}, {"p": None}, {}]


@pytest.mark.parametrize(
    ("pair", "ids"),
    [
        (("doc.p", "10"), {1, 2}), (("doc.p__not", "10.00"), {2, 3, 4, 5}), (("doc.p__in", "1e1, 9"), {1, 3}),
        (("doc.p__gte", "9"), {1, 3}), (("doc.day__gt", "2024-01-01"), {1}), (("doc.day__lt", "2024"), set()),
        (("doc.day__between", "2023-01-01, 2024-12-31"), {1, 2}),
    ],
)  # fmt: skip
def test_json_values_compare_as_what_they_are(base: Base, pair: tuple[str, str], ids: set[int]) -> None:
    """Numbers as numbers, however they are written; texts, such as dates, as texts."""
    kind = "jsonb" if base.postgres else "json"
    rows = ", ".join(f"({n}, {literal(doc)})" for n, doc in enumerate(JSON_ROWS, 1))
    base.run(f"CREATE TABLE t (id integer PRIMARY KEY, doc {kind})", f"INSERT INTO t VALUES {rows}")
    assert filtered_ids(base, "t", [pair]) == (ids, [])


TOO_MUCH = {
    "conditions": "&".join(f"id__gt={n}" for n in range(101)),
    "groups": "&".join(f"any{n}.id={n}" for n in range(600)),
    "values": "&".join(f"id__in={'1,' * 300}1" for _ in range(4)),
    "others": "not1." * 11 + "id=1",
    "long": "search=" + "x" * 70_000,
}


@pytest.mark.parametrize("what", sorted(TOO_MUCH))
def test_an_address_that_asks_for_too_much_is_refused_at_once(site: Callable[..., Browser], what: str) -> None:
    browser = site()
    for page in ("", "glance", "chart", "export.csv", "bulk", *(["filter"] if what != "long" else [])):
        begun = monotonic()
        answer = browser.get(f"/admin/orders/{page}?{TOO_MUCH[what]}")
        assert answer.status_code == 400 and monotonic() - begun < 15, page  # it was 25 to 60
        words = {"groups": "100 conditions", "conditions": "100 conditions", "values": "1,000 values"}
        assert words.get(what, {"others": "10 others"}.get(what, "too long")) in answer.text, page


def test_an_address_may_ask_for_much(site: Callable[..., Browser]) -> None:
    """Just below its bounds, it is answered."""
    browser = site()
    most = ["&".join(f"id__gt={-n}" for n in range(100)), f"id__in={'1,' * 999}1", "not1." * 10 + "id=9"]
    for query in (*most, "sort=" + "id,-customer_id," * 500, "search_in=" + "x," * 500, "search=" + "a " * 500):
        answer = browser.get(f"/admin/orders/?{query}")
        assert answer.status_code == 200 and len(answer.text) < 400_000


def test_filters_through_a_key_to_what_is_hidden_are_told(site: Callable[..., Browser]) -> None:
    """An address kept from before names a table, or a column, that the site has ceased to show."""
    hiding: list[dict[str, Any]] = [
        {"exclude": ("customer",)},
        {"tables": {"customer": {"hidden": True}}},
        {"tables": {"customer": {"hidden_columns": ["country"]}}},
    ]
    for options in hiding:
        answer = site(**options).get("/admin/orders/?customer_id.country=DE&any1.customer_id.country__null=no&id__lt=3")
        assert answer.status_code == 200 and shown(answer.text) == ["1", "2"]
        assert answer.text.count("There is no column") == 2 and "left out" in answer.text
    browser = site(tables={"orders": {"hidden_columns": ["customer_id"]}})
    page = browser.get("/admin/customer/?has.orders.customer_id__exists=yes").text
    assert len(shown(page)) == 4 and "left out" in page
    assert "has.orders" not in browser.get("/admin/customer/filter").text


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("day=31.03.2024", "This isn't a date"), ("day__gt=2024-13-01", "There is no such day"),
        ("at=25:99", "There is no such day or time"), ("at__lt=noon", "This isn't a time"),
        ("n=1,000", "can't stand in n"), ("n__between=1,b", "can't stand in n"), ("ok=perhaps", "can't stand in ok"),
    ],
)  # fmt: skip
def test_both_engines_say_why_a_value_is_none(
    engine_url: str, site: Callable[..., Browser], query: str, why: str
) -> None:
    Base(engine_url).run(
        "CREATE TABLE e (id integer PRIMARY KEY, day date, at time, n integer, ok boolean)",
        "INSERT INTO e (id, day, at, n) VALUES (1, '2024-03-31', '10:00', 1000)",
    )
    page = html.unescape(site().get(f"/admin/e/?{query}").text)
    assert why in page and "It was left out" in page and shown(page) == ["1"]


def test_hidden_columns_cannot_be_asked_for(site: Callable[..., Browser]) -> None:
    browser = site(tables={"customer": {"hidden_columns": ["country"]}})
    addresses = ("?country=DE", "?country__null=no", "?boss.country=DE", "?sort=country", "?any1.country=DE")
    for address in (f"customer/{query}" for query in addresses):
        page = browser.get(f"/admin/{address}").text
        assert "left out" in page or "sorted by" in page, address
        assert len(shown(page)) >= 4, address


def editor(page: str) -> dict[str, str]:
    """Return what the form in the filter bar would send, as it stands."""
    form = page.partition('<form class="part asks"')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and "checkbox" not in tag:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options) or re.search(r'value="([^"]*)"', options)
        text = re.search(r"<option selected>([^<\n]*)", options)
        found[name] = html.unescape(text[1] if text else chosen[1] if chosen else "")
    return found


def sent(browser: Browser, table: str, form: dict[str, str], **more: str) -> Any:
    """Send a bar's form."""
    return browser.get(f"/admin/{table}/filter?" + urlencode({**form, **more}))


def test_a_list_is_filtered_by_what_a_cell_holds(site: Callable[..., Browser], engine_url: str) -> None:
    """Its rows are those with that value, and without it all others, whatever the value is."""
    texts = ["", " ", "~-", "~_", "1", "01", "1.0", "a, b", "x" * 300, "yes", "2024", "O'Hara", None, "A", "a"]
    rows = [f"({n}, {literal(texts[n % len(texts)])}, {n % 4 or 'NULL'})" for n in range(1, 31)]
    columns = ", ".join(f"{name} {kind}" for name, (kind, _family) in TYPES.items())
    things = [f"({n}, {', '.join(map(literal, row.values()))})" for n, row in ROWS.items()]
    Base(engine_url).run(
        f"CREATE TABLE thing (id integer PRIMARY KEY, {columns})",
        f"INSERT INTO thing VALUES {', '.join(things)}",
        "CREATE TABLE odd (id integer PRIMARY KEY, t text, thing_id integer REFERENCES thing (id))",
        f"INSERT INTO odd VALUES {', '.join(rows)}",
    )
    browser, odd = site(), {n: {"t": texts[n % len(texts)], "thing_id": n % 4 or None} for n in range(1, 31)}
    for table, known in (("thing", ROWS), ("odd", odd)):
        for column in known[1]:
            if column == "doc":
                continue
            for number in range(1, 16):
                same = {n for n, row in known.items() if row[column] == known[number][column]}
                for do, expected in (("is", same), ("not", {*known} - same)):
                    address = f"/admin/{table}/filter?sort=id&add={column}&of={number}&do={do}&size=100"
                    answer = browser.get(address)
                    assert answer.status_code == 302, (address, re.sub("<[^>]+>", " ", answer.text)[-300:])
                    page = browser.get(answer.headers["Location"]).text
                    assert {int(n) for n in shown(page)} == expected, (table, column, known[number][column], do)
                    assert pairs(answer)[:2] == [("sort", "id"), ("size", "100")]
    assert browser.get("/admin/thing/filter?add=doc&of=3&do=is").status_code == 422
    for address in ("thing/filter?add=nothing&of=1", "thing/filter?add=words&of=99", "thing/filter?of=1"):
        assert browser.get(f"/admin/{address}").status_code == 404


def pairs(answer: Any) -> list[tuple[str, str]]:
    """Return the parameters of the list that an answer leads to."""
    assert answer.status_code == 302
    return parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)


def test_the_bar_builds_a_filter_without_a_script(site: Callable[..., Browser]) -> None:
    """A column is chosen, a condition filled in, put into a group, changed and removed; all else stays."""
    browser = site()
    page = browser.get("/admin/orders/filter?col.size=L&search=x").text
    assert 'name="add" value="customer_id.country"' in page and shown(page) == ["1", "3"]
    form = editor(page)
    page = sent(browser, "orders", form, add="customer_id.country").text
    form = editor(page)
    assert (form["f1"], form["o1"], form["at"]) == ("customer_id.country", "contains", "1") and chips(page)
    answer = sent(browser, "orders", form, o1="in", l1="DE, NO", g1="any")
    assert pairs(answer) == [("search", "x"), ("col.size", "L"), ("any1.customer_id.country__in", "DE, NO")]
    url = answer.headers["Location"]
    page = browser.get(url).text
    assert shown(page) == ["1", "3"] and chips(page) == ["Size is L", "Customer › Country is one of DE, NO"]
    form = editor(browser.get(url.replace("/orders/?", "/orders/filter?") + "&at=1").text)
    assert (form["f1"], form["o1"], form["l1"], form["g1"]) == ("customer_id.country", "in", "DE, NO", "any1.")
    assert pairs(sent(browser, "orders", form)) == pairs(answer)
    assert pairs(sent(browser, "orders", form, f1="customer_id", o1="null no", g1="")) == [
        ("search", "x"), ("col.size", "L"), ("customer_id__null", "no")
    ]  # fmt: skip
    assert pairs(sent(browser, "orders", form, x1="on")) == [("search", "x"), ("col.size", "L")]
    form = editor(browser.get(url.replace("/orders/?", "/orders/filter?") + "&at=sort").text)
    assert pairs(sent(browser, "orders", form, s1="id", d1="down"))[1] == ("sort", "-id")


def test_the_bar_joins_by_all_or_any(site: Callable[..., Browser]) -> None:
    browser = site()
    page = browser.get("/admin/orders/?col.size=S&customer_id=2&sort=-id").text
    assert shown(page) == [] and "No results" in page
    links = dict(re.findall(r'<a href="([^"]+)"[^>]*>(all|any)</a>', page))
    either = html.unescape(next(url for url, words in links.items() if words == "any"))
    page = browser.get(either).text
    assert shown(page) == ["3", "2"] and 'role="group"' not in page
    assert re.findall(r'aria-current="true">(\w+)</a>', page)[0] == "any"
    links = dict(re.findall(r'<a href="([^"]+)"[^>]*>(all|any)</a>', page))
    back = html.unescape(next(url for url, words in links.items() if words == "all"))
    assert parse_qsl(urlsplit(back).query) == [("sort", "-id"), ("col.size", "S"), ("customer_id", "2")]
    clear = html.unescape(re.findall(r'href="([^"]+)">Clear all', page)[0])
    assert shown(browser.get(clear).text) == ["5", "4", "3", "2", "1"]
    form = editor(browser.get(either.replace("/orders/?", "/orders/filter?") + "&add=id").text)
    answer = sent(browser, "orders", form, o2="gt", v2="4")
    assert pairs(answer)[-1] == ("any1.id__gt", "4")  # a further one is an alternative, too


TYPED = (
    "CREATE TABLE typed (id integer PRIMARY KEY, state varchar(9) CHECK (state IN ('new', 'old, sold')), paid boolean, "
    "price numeric(10,2), day date, note text)"
)
SAID = [  # a column, what the form sends, the list's parameter, its chip
    ("state", {"o": "is", "v": "new"}, ("state", "new"), "State is new"),
    ("state", {"o": "in", "l": "old, sold"}, ("state__in", '"old, sold"'), 'State is one of "old, sold"'),
    ("state", {"o": "contains", "t": "ol", "v": "new"}, ("state__contains", "ol"), "State contains ol"),
    ("state", {"o": "null yes", "v": "new"}, ("state__null", "yes"), "State is empty"),
    ("paid", {"o": "is no"}, ("paid", "no"), "Paid is no"),
    ("price", {"o": "between", "v": "1", "w": "5.5"}, ("price__between", "1, 5.5"), "Price is between 1 and 5.5"),
    ("price", {"o": "in", "l": "1, 2"}, ("price__in", "1, 2"), "Price is one of 1, 2"),
    ("day", {"o": "last", "p": "3", "u": "weeks"}, ("day__last", "3 weeks"), "Day is in the last 3 weeks"),
    ("day", {"o": "this day", "v": "2024-01-01"}, ("day__this", "day"), "Day is today"),
    ("day", {"o": "previous day"}, ("day__previous", "day"), "Day is yesterday"),
    ("day", {"o": "gte", "v": "2024-03-01"}, ("day__gte", "2024-03-01"), "Day is from 2024-03-01"),
    ("note", {"o": "empty yes"}, ("note__empty", "yes"), "Note is the empty text"),
    ("note", {"o": "contains", "v": "é, x"}, ("note__contains", "é, x"), "Note contains é, x"),
]


@pytest.mark.parametrize(("column", "form", "pair", "chip"), SAID)
def test_each_kind_of_column_has_its_control(
    engine_url: str, column: str, form: dict[str, str], pair: tuple[str, str], chip: str
) -> None:
    """What the control sends becomes the address; opened again, it holds the same, and says the same."""
    Base(engine_url).run(TYPED)
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD))
    browser = Browser(app)
    empty = editor(browser.get(f"/admin/typed/filter?add={column}").text)
    answer = sent(browser, "typed", empty, **{f"{key}0": value for key, value in form.items()})
    assert pairs(answer) == [pair]
    page = browser.get(answer.headers["Location"]).text
    assert chips(page) == [chip]
    opened = browser.get("/admin/typed/filter?" + urlencode([pair, ("at", "0")])).text
    again = editor(opened)
    assert again["o0"] == form["o"]
    if (column, form["o"]) == ("state", "in"):
        again["l0"] = re.findall(r'name="l0" value="([^"]*)" checked', opened)[0]
    assert pairs(sent(browser, "typed", again)) == [pair]
    kind = {"price": 'type="number"', "day": 'type="date"', "state": '<select name="v0"'}.get(column)
    assert not kind or kind in opened
    close(app)


def test_the_bar_tells_what_cannot_be(site: Callable[..., Browser]) -> None:
    browser = site()
    wrong = {"f0": "id", "o0": "gt", "v0": "many", "g0": "", "do": "show"}
    page = browser.get("/admin/orders/filter?" + urlencode(wrong))
    assert page.status_code == 200 and 'aria-invalid="true"' in page.text and "This isn&#39;t a" in page.text
    assert editor(page.text)["v0"] == "many" and shown(page.text) == ["1", "2", "3", "4", "5"]
    page = browser.get("/admin/orders/filter?" + urlencode({**wrong, "v0": "", "at": "0"}))
    assert "Choose or type a value" in page.text
    hostile = {"f0": "<u>", "o0": "'", "v0": "x", "g0": "x.y", "f1": "id", "o1": "nix", "v1": "1", "g1": "<", "s1": "<",
               "add": "has.x", "at": "<", "do": "show"}  # fmt: skip
    for change in (
        {}, {"f0": "id"}, {"g1": ""}, {"do": "add"}, {"f1": "has.orders.customer_id"}, {"do": "x"}, {"at": "1"},
        {"at": "99", "add": "id"}, {"at": "0", "f0": "customer_id.name", "o0": "in", "l0": ""},
    ):  # fmt: skip
        for headers in ({}, {"X-Part": "1"}):
            answer = browser.get("/admin/orders/filter?" + urlencode({**hostile, **change}), **headers)
            assert answer.status_code in (200, 302) and "<u>" not in answer.text


SLOW = {
    True: """CREATE TABLE slow (id integer PRIMARY KEY, n integer, name text);
             INSERT INTO slow SELECT g, g % 7, 'name ' || g FROM generate_series(1, 60000) g""",
    False: """CREATE TABLE slow (id integer PRIMARY KEY, n integer, name text);
              WITH RECURSIVE s (g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM s WHERE g < 60000)
              INSERT INTO slow SELECT g, g % 7, 'name ' || g FROM s""",
}


def test_what_takes_too_long_shows_what_it_has(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter goes on where it stopped, an order is given up for the key's, and the index is named."""
    base = Base(engine_url)
    base.run(SLOW[base.postgres])
    plain = flaskadmin.Reader.page

    def slow(reader: flaskadmin.Reader) -> flaskadmin.Page:
        if reader.query.where or reader.query.sorts:
            raise flaskadmin.TimedOut("It took too long.")
        return plain(reader)

    monkeypatch.setattr(flaskadmin.Reader, "page", slow)
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, page_size=20))
    browser = Browser(app)
    page = browser.get("/admin/slow/?name__ends=777").text
    found: list[str] = []
    for _ in range(20):
        found += shown(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        page = browser.get(html.unescape(following[1])).text
    assert found == [str(n) for n in range(777, 60_000, 1000)]
    page = browser.get("/admin/slow/?sort=-n").text
    assert shown(page)[:3] == ["1", "2", "3"] and "in the order of their key" in page
    assert "CREATE INDEX" in page and "slow&#34; (n)" in page
    base.run("CREATE INDEX slow_n ON slow (n)")
    time_to_notice(app)
    assert "CREATE INDEX" not in browser.get("/admin/slow/?sort=-n").text
    close(app)


def time_to_notice(app: Flask) -> None:
    """Let the site see a change of the schema at once."""
    app.extensions["flaskadmin"]["flaskadmin"].sections[0].schema.forget()


def test_names_that_no_table_has_are_told(site: Callable[..., Browser], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "flaskadmin"):
        site(views={"custmer": TableView, "orders": TableView}, tables={"nix": {"label": "Nothing"}})
    assert [record.getMessage() for record in caplog.records] == [
        "views= or [tables]: custmer matches no table. Is it 'customer'?",
        "views= or [tables]: nix matches no table.",
    ]


def test_patterns_that_fit_nothing_are_told(site: Callable[..., Browser], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "flaskadmin"):
        browser = site(include=("custom*", "ordrs"), exclude=("nix",))
    assert [record.getMessage() for record in caplog.records] == [
        "--include ordrs matches no table. Is it 'orders'?",
        "--exclude nix matches no table.",
    ]
    assert "customer" in browser.get("/admin/").text
