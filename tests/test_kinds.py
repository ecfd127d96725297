"""Any value of any type goes through its form and back unchanged, and only the field that was changed is written.

Values are stored first by the database itself: saved untouched, they must stay what they are, and nothing may be
written. Then the form of an empty record is given the texts that their own form showed: it must get the same values.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

import psycopg
import pytest
import weird as databases
from conftest import Browser
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Values = SearchStrategy[Any]
letters = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
words = st.text(letters, max_size=60)
lines = st.text(st.one_of(letters, st.sampled_from("\r\n\t \u2028'\"<&%{}\\")), max_size=80)
names = st.text(st.sampled_from(string.ascii_letters + " ,\"\\{}()'é🦄"), max_size=8)


def digits(low: float, high: float) -> Values:
    """Finite floats as PostgreSQL writes them, and the three that aren't numbers."""
    return st.one_of(st.floats(low, high).map(repr), st.sampled_from(["NaN", "Infinity", "-Infinity", "-0", "0"]))


def decimals(places: int, most: int) -> Values:
    """Decimal numbers with exactly the places of their type, or fewer."""
    return st.decimals(-most, most, places=places, allow_nan=False).map(lambda number: f"{number:f}")


def array_of(values: Values) -> Values:
    """One-dimensional arrays, and a nested one now and then."""
    flat = st.lists(st.none() | values, max_size=4).map(array_text)
    return flat | st.lists(values, min_size=2, max_size=2).map(lambda pair: "{" + ",".join([array_text(pair)] * 2) + "}")


def array_text(values: list[Any]) -> str:
    """Write an array the way PostgreSQL reads it."""
    parts = ["NULL" if v is None else '"' + str(v).replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values]
    return "{" + ",".join(parts) + "}"


def instants(zone: str = "") -> Values:
    """Times of any year that has four digits, with and without microseconds."""
    from datetime import datetime

    plain = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda moment: moment.isoformat(" ") + zone)
    rare = ["infinity", "-infinity", f"0044-03-15 10:00:00{zone} BC", f"10000-01-01 00:00:00{zone}", f"2026-10-25 01:30:00{zone}"]
    return plain | st.sampled_from(rare)


def ranges(values: Values, key: Callable[[Any], Any], text: Callable[[Any], str] = str) -> Values:
    """Ranges of any bounds."""

    def write(low: Any, high: Any, left: str, right: str) -> str:
        ends = sorted((low, high), key=key) if low is not None and high is not None else (low, high)
        return left + ",".join("" if end is None else text(end) for end in ends) + right

    some = st.none() | values
    return st.builds(write, some, some, st.sampled_from("[("), st.sampled_from("])")) | st.just("empty")


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
json_texts = st.builds(
    lambda value, indent, plain: json.dumps(value, indent=indent, ensure_ascii=plain), documents, st.sampled_from([None, 0, 1, 4]), st.booleans()
) | st.sampled_from(['{"a":1,"a":2}', "12345678901234567890123456789", "1.0", "1.10", "  [ ]  ", "1E400", '"\\ud83e\\udd84"', "-0"])
whole = st.integers
octet = st.integers(0, 255)

POSTGRESQL: dict[str, Values] = {
    "smallint": whole(-(2**15), 2**15 - 1), "integer": whole(-(2**31), 2**31 - 1), "bigint": whole(-(2**63), 2**63 - 1),
    "numeric": st.one_of(decimals(9, 10**30), whole(-(10**60), 10**60), st.sampled_from(["NaN", "Infinity", "-Infinity", "1.10", "1e50", "0.000"])),
    "numeric(10,2)": decimals(2, 99_999_999), "numeric(3,-2)": whole(-999, 999).map(lambda n: n * 100),
    "real": st.one_of(st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr), st.sampled_from(["NaN", "Infinity", "-0"])),
    "double precision": digits(-1.7e308, 1.7e308), "money": decimals(2, 10**14), "boolean": st.booleans(),
    "text": lines, "varchar(80)": lines.map(lambda text: text[:80]), "char(12)": words.map(lambda text: text[:12]), "citext": lines,
    "name": st.text(letters, max_size=15), '"char"': st.sampled_from(string.printable[:-2]), "mood": st.sampled_from(["sad", "ok", "happy", "", "it's, \"so\" so", " spaced ", "🦄", "a,b"]),
    "email": st.text(letters, max_size=30).map(lambda text: f"{text}@"), "pence": decimals(2, 1000).map(lambda text: text.lstrip("-")),
    "date": instants().map(lambda text: text if "inf" in text else text.split(" ")[0] + (" BC" if text.endswith("BC") else "")),
    "time": st.times().map(str) | st.just("24:00:00"), "timetz": st.builds("{}{:+03d}".format, st.times().map(str), whole(-15, 15)),
    "timestamp": instants(), "timestamp(3)": instants(), "timestamptz": instants("+00"),
    "interval": st.builds("{} mons {} days {:+d}.{:06d} seconds".format, whole(-1000, 1000), whole(-9999, 9999), whole(-(10**9), 10**9), whole(0, 999_999)),
    "uuid": st.uuids().map(str), "json": json_texts, "jsonb": json_texts.filter(lambda text: "E400" not in text and "\\u0000" not in text),
    "bytea": st.binary(max_size=300).map(lambda raw: "\\x" + raw.hex()),
    "bit(5)": st.text("01", min_size=5, max_size=5), "varbit": st.text("01", max_size=70),
    "inet": st.ip_addresses().map(str) | st.builds("{}/{}".format, st.ip_addresses(v=4), whole(0, 32)), "cidr": st.ip_addresses().map(str),
    "macaddr": st.lists(octet, min_size=6, max_size=6).map(lambda six: ":".join(f"{one:02x}" for one in six)),
    "integer[]": array_of(whole(-(2**31), 2**31 - 1)), "text[]": array_of(lines), "mood[]": array_of(st.sampled_from(["sad", "", "a,b"])), "numeric(8,2)[]": array_of(decimals(2, 999_999)),
    "jsonb[]": array_of(documents.map(json.dumps).filter(lambda text: "\\u0000" not in text)),
    "int4range": ranges(whole(-(10**9), 10**9), int), "numrange": ranges(decimals(2, 10**9), float),
    "daterange": ranges(st.dates(), lambda day: day), "tstzrange": ranges(st.datetimes(), lambda at: at, lambda at: f'"{at}+00"'),
    "int4multirange": st.lists(ranges(whole(-99, 99), int), max_size=3).map(lambda parts: "{" + ",".join(parts) + "}"),
    "point": st.builds("({},{})".format, digits(-1e9, 1e9), digits(-1e9, 1e9)), "circle": st.builds("<({},{}),{}>".format, whole(-99, 99), whole(-99, 99), whole(0, 99)),
    "full_name": st.builds(lambda a, b: "(" + ",".join('"' + part.replace("\\", "\\\\").replace('"', '""') + '"' for part in (a, b)) + ",)", names, names),
    "hstore": st.dictionaries(names, names, max_size=3).map(lambda pairs: ", ".join(f"{json.dumps(k, ensure_ascii=False)}=>{json.dumps(v, ensure_ascii=False)}" for k, v in pairs.items())),
    "tsvector": st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=5), max_size=4).map(" ".join), "oid": whole(0, 2**32 - 1), "xid8": whole(0, 2**64 - 1),
}  # fmt: skip

WIDTH = 20  # values in one form: requests are what costs
COLUMNS = [f"v{number:02}" for number in range(WIDTH)]
OWN_TEXT = ("TEXT", "VARCHAR(20)", "CLOB")
classes = st.one_of(
    st.none(), whole(-(2**63), 2**63 - 1), st.floats(allow_nan=False), lines, st.text(max_size=20).map(lambda text: f"\0{text}" if text else text),
    st.binary(max_size=60), st.binary(max_size=12).map(lambda raw: ("text", raw)), st.sampled_from(["t", "f", "true", "0", "1", " 1", "1.0", "NaN", "2026-11-22", "2026-02-30"]),
)  # fmt: skip
SQLITE: dict[str, Values] = {
    declared: classes
    for declared in (
        "INTEGER", "BIGINT", "REAL", "NUMERIC", "NUMERIC(10,2)", "TEXT", "VARCHAR(20)", "CLOB", "BLOB", "BOOLEAN", "DATE", "DATETIME", "TIMESTAMP", "TIME", "JSON", "UUID", "",
    )  # fmt: skip
}
SQLITE |= {
    "DATETIME of dates": instants().filter(lambda text: not re.search("BC|inf|10000", text)),
    "JSON of JSON texts": json_texts,
    "BOOLEAN of truths": st.sampled_from([0, 1, "t", "f", "true", "FALSE", None]),
}


class Bench:
    """One table with columns of one type, and the forms of its two records."""

    def __init__(self, browser: Browser, url: str, declared: str) -> None:
        self.browser = browser
        self.declared = declared
        self.is_sqlite = url.startswith("sqlite")
        connect = databases.connect_sqlite if self.is_sqlite else partial(psycopg.connect, autocommit=True)
        self.connection: Any = connect(url if self.is_sqlite else databases.libpq(url))
        column = declared.split(" of ")[0]
        columns = ", ".join(f"{name} {column}" for name in COLUMNS)
        self.run(f"CREATE TABLE bench (id integer PRIMARY KEY, {columns}, kept text DEFAULT ' kept ')")
        self.run("INSERT INTO bench (id) VALUES (1), (2)")

    def run(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement in the database itself."""
        cursor = self.connection.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []

    def store(self, values: Sequence[Any]) -> None:
        """Put values into record 1; record 2 is emptied."""
        raw = [value[1] if isinstance(value, tuple) else value if self.is_sqlite else str(value) for value in values]
        marks = ["CAST(? AS TEXT)" if isinstance(value, tuple) else "?" for value in values]
        if not self.is_sqlite:
            marks = [f"%s::text::{self.declared}"] * WIDTH
        found = ", ".join(f"{name} = CASE id WHEN 1 THEN {mark} END" for name, mark in zip(COLUMNS, marks, strict=True))
        self.run(f"UPDATE bench SET {found}", *raw)

    def stored(self, number: int) -> list[Stored]:
        """Return what a record holds, bit for bit."""
        each = "typeof({0}), hex({0}), {0}" if self.is_sqlite else "'', pg_column_size({0}), {0}::text"
        row = self.run(f"SELECT kept, {', '.join(each.format(name) for name in COLUMNS)} FROM bench WHERE id = {number}")[0]
        assert row[0] == " kept ", "another column changed"
        return [Stored(*(repr(part) for part in row[at : at + 3])) for at in range(1, len(row), 3)]

    def version(self) -> Any:
        """Return what changes with every write by others."""
        return self.run("PRAGMA data_version" if self.is_sqlite else "SELECT xmin::text FROM bench ORDER BY id")

    def check(self, values: Sequence[Any]) -> None:
        """Send values through the form and back."""
        self.store(values)
        stored, version = self.stored(1), self.version()
        form = self.browser.form("/admin/bench/1/edit")
        response = self.browser.submit(form)
        assert response.status_code in (302, 303), said(response)
        now = self.stored(1)
        changed = [f"{one} became {other}" for one, other in zip(stored, now, strict=True) if one != other]
        assert not changed, f"an untouched save changed a value: {changed[0]}"
        assert self.version() == version, "an untouched save wrote"
        self.copy(form, stored)

    def copy(self, shown: Any, stored: Sequence[Stored]) -> None:
        """Type what record 1's form shows into record 2's, which is NULL: it must get the same values."""
        form = self.browser.form("/admin/bench/2/edit")
        typed = {name: one for name, one in zip(COLUMNS, stored, strict=True) if self.can_be_typed(shown, name, one)}
        for name in typed:
            form[f"{name}.state"] = shown[f"{name}.state"]
            form[name] = shown[name]
        response = self.browser.submit(form)
        assert response.status_code in (302, 303), said(response)
        for name, one, other in zip(COLUMNS, stored, self.stored(2), strict=True):
            if name in typed:
                assert (one.type, ends(one.text)) == (other.type, ends(other.text)), f"{shown[name]!r} became {other}, was {one}"
            else:
                assert other.text == "None", "a field that nobody touched changed"

    def can_be_typed(self, shown: Any, name: str, stored: Stored) -> bool:
        """Whether the value is of its column's own type, so that typing it anew must give the same one."""
        if name not in shown or shown.control(name).type == "file" or "\ufffd" in shown[name]:
            return False
        if not self.is_sqlite:
            return True
        if self.declared in OWN_TEXT:
            return stored.type == "'text'"
        own = {"INTEGER": "'integer'", "BIGINT": "'integer'", "REAL": "'real'"}
        return stored.type == own.get(self.declared, "") or self.declared.endswith(("dates", "JSON texts"))


class Stored(NamedTuple):
    """A value in the database: its storage class (SQLite), its bytes or their number, its text."""

    type: str
    bits: str
    text: str


def ends(text: str) -> str:
    """Return a text's repr with one kind of line end: a form can't tell them apart where there was nothing."""
    return text.replace("\\r\\n", "\\n").replace("\\r", "\\n")


def said(response: Any) -> str:
    """Return the messages of a page, for a failure."""
    found = re.findall(r'<p[^>]*class="[^"]*(?:bad|error|problem)[^"]*"[^>]*>(.*?)</p>|role="alert"[^>]*>(.*?)</', response.text, re.S)
    return f"{response.status_code}: {found}"[:600]


@pytest.fixture
def bench(site: Callable[..., Browser], request: pytest.FixtureRequest, weird: str) -> Iterator[Bench]:
    """A table of one column of the type that the test names."""
    found = Bench(site(weird, query_timeout=20.0), weird, request.param)
    with closing(found.connection):
        yield found


def through(bench: Bench, values: Values) -> None:
    """Check as many values as the profile says, a form full at a time."""
    examples = max(1, settings.default.max_examples // WIDTH)

    @settings(max_examples=examples)
    @given(st.tuples(*[values] * WIDTH))
    def check(found: tuple[Any, ...]) -> None:
        bench.check(found)

    check()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("bench", "values"), SQLITE.items(), indirect=["bench"], ids=[key or "no type" for key in SQLITE])
def test_sqlite_values_survive(bench: Bench, values: Values) -> None:
    """On SQLite, any value in a column of any declared type."""

    through(bench, values)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("bench", "values"), POSTGRESQL.items(), indirect=["bench"], ids=POSTGRESQL)
def test_postgresql_values_survive(bench: Bench, values: Values) -> None:
    """On PostgreSQL, any value of any type."""

    through(bench, values)
