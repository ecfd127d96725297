"""Random values of every type, of both engines: into the form and back, untouched and typed anew."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

import conftest
import flaskadmin
import forms
from core import Base

VALUES = 400 if os.environ.get("CI") else 60
COLUMNS = 10  # so many values of a type go through one form
NAMES = [f"v{number}" for number in range(COLUMNS)]
Texts = st.SearchStrategy[str | None]


# -- Values ------------------------------------------------------------------------

# What PostgreSQL takes as text: no NUL, no half of a surrogate pair.
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
ENDS = st.sampled_from(
    ["", " ", "\n", "\r", "\r\n", "\t", "\x01", "\x0b\x0c", "\x85", "\u2028", "</textarea>", "&#13;", "NULL"]
)
TEXT = st.tuples(ENDS, PLAIN, ENDS).map("".join)
DIGITS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**25), max_value=10**25)
SPECIAL = st.sampled_from(["NaN", "Infinity", "-Infinity"])
DAYS = st.dates().map(date.isoformat)
FAR = st.sampled_from(["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "0001-12-31 BC", "99999-12-31"])
ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
TIMES = st.times().map(time.isoformat)
SPAN = st.integers(-(10**9), 10**9)


def integers(bits: int) -> Texts:
    """Whole numbers of a size."""
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(str)


def decimals(digits: int, places: int) -> Texts:
    """Decimal numbers that a numeric(digits, places) holds."""
    most = 10**digits - 1
    return st.integers(-most, most).map(
        lambda n: f"{'-' * (n < 0)}{abs(n) // 10**places}.{abs(n) % 10**places:0{places}}"
    )


def quoted(text: str) -> str:
    """A text as PostgreSQL's arrays, ranges and hstore quote it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def braced(items: list[Any]) -> str:
    """Items within braces, as arrays and multiranges have them."""
    return "{" + ",".join(items) + "}"


def array(items: Texts) -> Texts:
    """Arrays of one dimension, NULLs within."""
    return st.lists(st.none() | items, max_size=4).map(
        lambda found: "{" + ",".join("NULL" if item is None else quoted(item) for item in found) + "}"
    )


def ranges(items: st.SearchStrategy[Any], write: Callable[[Any], str] = str) -> Texts:
    """Ranges with and without ends, and empty ones."""

    def words(ends: tuple[Any, Any], shape: tuple[str, str]) -> str:
        low, high = (write(end) for end in sorted(ends))
        return f'{shape[0]}"{low}","{high}"{shape[1]}'

    whole = st.builds(words, st.tuples(items, items), st.sampled_from([("[", ")"), ("(", "]"), ("[", "]")]))
    half = items.map(lambda end: f'["{write(end)}",)') | items.map(lambda end: f'(,"{write(end)}"]')
    return whole | half | st.just("empty") | st.just("(,)")


def json_texts(space: bool) -> Texts:
    """JSON, spaced at random where spaces are data."""
    leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN
    tree = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3), max_leaves=6
    )
    made = tree.map(lambda value: json.dumps(value, ensure_ascii=False))
    odd = st.sampled_from(
        ['{"a":1,"a":2}', '{ "a" :  1 }', "12345678901234567890123", "1.10", "1e2", ' "x"', "[1 ,2 ]"]
    )
    return made | odd if space else made | odd.filter(lambda text: '"a"' not in text)


def moments(zones: st.SearchStrategy[Any]) -> Texts:
    """Dates with times, six decimals and all."""
    return st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=zones).map(
        lambda moment: moment.isoformat(" ")
    )


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr)
POINT = st.tuples(NUMBERS, NUMBERS).map(lambda pair: f"({pair[0]},{pair[1]})")
WORDS = st.text("abcdefgh XYZé", max_size=8)
BITS = st.text("01", max_size=20)
LEXEME = st.text("abcdé", min_size=1, max_size=5)
NETS = st.builds("{}/{}".format, st.ip_addresses(v=4), st.integers(0, 32))
INTERVALS = st.builds(
    lambda months, days, ticks: f"{months} mons {days} days {ticks} microseconds",
    st.integers(-2000, 2000), st.integers(-9999, 9999), st.integers(-(10**14), 10**14),
)  # fmt: skip
MAC = st.binary(min_size=6, max_size=8).filter(lambda raw: len(raw) != 7)
ENUM = ("sad", "", 'it\'s, "so" so', " spaced ", "🦄", "a,b", "NULL")
LENGTH_5 = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=5)


@dataclass(frozen=True)
class Type:
    """A type, and values of it as texts, the way someone might type them."""

    title: str
    sql: str
    values: st.SearchStrategy[Any]


POSTGRESQL = [
    Type("smallint", "smallint", integers(16)),
    Type("integer", "integer", integers(32)),
    Type("bigint", "bigint", integers(64)),
    Type("numeric", "numeric", DIGITS.map(lambda n: format(n, "f")) | SPECIAL),
    Type("numeric_10_2", "numeric(10,2)", decimals(10, 2) | st.just("NaN")),
    Type("numeric_2_5", "numeric(2,5)", st.integers(-99, 99).map(lambda n: f"{'-' * (n < 0)}0.000{abs(n):02}")),
    Type("real", "real", NUMBERS | SPECIAL),
    Type("double", "double precision", st.floats(allow_nan=False, allow_infinity=False).map(repr) | SPECIAL),
    Type("money", "money", st.integers(-(10**15), 10**15).map(lambda n: f"{Decimal(n) / 100:,.2f}")),
    Type("boolean", "boolean", st.sampled_from(["true", "false"])),
    Type("text", "text", TEXT),
    Type("varchar_5", "varchar(5)", LENGTH_5),
    Type("varchar_200", "varchar(200)", TEXT),
    Type("char_5", "char(5)", LENGTH_5),
    Type("bpchar", "bpchar", TEXT),
    Type("one_char", '"char"', st.characters(min_codepoint=32, max_codepoint=126)),
    Type("name", "name", st.text("abcABC \"'é/", max_size=20)),
    Type("citext", "citext", TEXT),
    Type("enum", "mood", st.sampled_from(ENUM)),
    Type("domain_text", "email", WORDS.map(lambda text: f"{text}@b")),
    Type("domain_integer", "positive", st.integers(1, 2**31 - 1).map(str)),
    Type("domain_numeric", "pence", st.integers(0, 99_999).map(lambda n: f"{n // 100}.{n % 100:02}")),
    Type("domain_enum", "feeling", st.sampled_from(ENUM[1:])),
    Type("domain_array", "tags", array(WORDS).filter(lambda text: text.count(",") < 3)),
    Type("bytea", "bytea", st.binary(max_size=40)),
    Type("date", "date", DAYS | FAR),
    Type("time", "time", TIMES),
    Type("time_0", "time(0)", st.times().map(lambda at: at.replace(microsecond=0).isoformat())),
    Type("timetz", "timetz", st.times(timezones=ZONES).map(time.isoformat)),
    Type("timestamp", "timestamp", moments(st.none()) | FAR),
    Type("timestamp_0", "timestamp(0)", moments(st.none()).map(lambda text: text[:19])),
    Type("timestamptz", "timestamptz", moments(ZONES) | moments(st.just(UTC)) | FAR),
    Type("interval", "interval", INTERVALS),
    Type("uuid", "uuid", st.uuids().map(str)),
    Type("json", "json", json_texts(space=True)),
    Type("jsonb", "jsonb", json_texts(space=False)),
    Type("xml", "xml", WORDS.map(lambda text: f"<a b='{text}'>{text}</a>")),
    Type("inet", "inet", NETS | st.ip_addresses(v=6).map(str)),
    Type("cidr", "cidr", st.ip_addresses().map(str)),
    Type("macaddr", "macaddr", MAC.map(lambda raw: raw[:6].hex(":"))),
    Type("macaddr8", "macaddr8", st.binary(min_size=8, max_size=8).map(lambda raw: raw.hex(":"))),
    Type("bit_3", "bit(3)", st.text("01", min_size=3, max_size=3)),
    Type("varbit", "varbit", BITS),
    Type("tsvector", "tsvector", st.lists(LEXEME, max_size=4).map(" ".join)),
    Type("tsquery", "tsquery", st.lists(LEXEME, min_size=1, max_size=3).map(" & ".join)),
    Type("integer_array", "integer[]", array(integers(32))),
    Type("text_array", "text[]", array(PLAIN)),
    Type("nested_array", "integer[]", st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(integers(32), min_size=n, max_size=n).map(braced), max_size=3)
    ).map(braced)),
    Type("enum_array", "mood[]", array(st.sampled_from(ENUM))),
    Type("timestamptz_array", "timestamptz[]", array(moments(ZONES))),
    Type("hstore", "hstore", st.dictionaries(PLAIN, st.none() | PLAIN, max_size=3).map(
        lambda found: ", ".join(f"{quoted(k)}=>{'NULL' if v is None else quoted(v)}" for k, v in found.items())
    )),
    Type("ltree", "ltree", st.lists(st.text("abcXYZ019_", min_size=1, max_size=5), max_size=4).map(".".join)),
    Type("int4range", "int4range", ranges(st.integers(-(2**31), 2**31 - 2))),
    Type("numrange", "numrange", ranges(st.integers(-(10**9), 10**9), lambda n: f"{n / 100:.2f}")),
    Type("daterange", "daterange", ranges(st.dates(max_value=date(9999, 1, 1)))),
    Type("tstzrange", "tstzrange", ranges(st.datetimes(datetime(1, 2, 1)), lambda at: f"{at.isoformat(' ')}+00")),
    Type("int4multirange", "int4multirange", st.lists(ranges(SPAN), max_size=3).map(braced)),
    Type("point", "point", POINT),
    Type("box", "box", st.tuples(POINT, POINT).map(",".join)),
    Type("circle", "circle", st.tuples(POINT, st.integers(0, 10**6)).map(lambda c: f"<{c[0]},{c[1]}>")),
    Type("polygon", "polygon", st.lists(POINT, min_size=1, max_size=4).map(lambda found: "(" + ",".join(found) + ")")),
    Type("path", "path", st.lists(POINT, min_size=1, max_size=4).map(lambda found: "[" + ",".join(found) + "]")),
    Type("line", "line", st.integers(1, 9).map(lambda n: f"{{{n},-1,{n}}}")),
    Type("lseg", "lseg", st.tuples(POINT, POINT).map(",".join)),
    Type("jsonpath", "jsonpath", st.sampled_from(["$", "$.a", 'lax $."b"[*]?(@ > 1)'])),
    Type("record", "full_name", st.tuples(PLAIN, PLAIN, DAYS).map(lambda r: f"({quoted(r[0])},{quoted(r[1])},{r[2]})")),
    Type("oid", "oid", st.integers(0, 2**32 - 1).map(str)),
]  # fmt: skip
TYPES = """
    CREATE TYPE mood AS ENUM ('sad', '', 'it''s, "so" so', ' spaced ', '🦄', 'a,b', 'NULL');
    CREATE TYPE full_name AS (first text, last text, born date);
    CREATE DOMAIN email AS text CHECK (VALUE ~ '@') CHECK (length(VALUE) <= 40);
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    CREATE DOMAIN pence AS numeric(8,2) CHECK (VALUE BETWEEN 0 AND 1000);
    CREATE DOMAIN feeling AS mood CHECK (VALUE <> 'sad');
    CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) <= 5);
"""

# What SQLite lets into any column: NULL, whole numbers, floats (NaN becomes NULL), any text, any bytes.
ANYTHING = (
    st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.booleans().map(int)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | TEXT | DAYS | json_texts(space=True)
    | st.sampled_from(["t", "f", "true", "no", "0", "1", "-0", "1.10", "01", "1e5", " 1", "9" * 19, "a\0b", "\0"])
    | st.binary(max_size=20)
)  # fmt: skip
SHORT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
SQLITE = [
    Type("integer", "INTEGER", integers(64)),
    Type("bigint", "BIGINT", integers(64)),
    Type("real", "REAL", FLOATS),
    Type("double", "DOUBLE PRECISION", FLOATS),
    Type("numeric", "NUMERIC", integers(64) | FLOATS),
    Type("numeric_10_2", "NUMERIC(10,2)", st.integers(-(10**10) + 1, 10**10 - 1).map(lambda n: f"{n / 100:.2f}")),
    Type("text", "TEXT", TEXT),
    Type("varchar_20", "VARCHAR(20)", SHORT),
    Type("clob", "CLOB", TEXT),
    Type("blob", "BLOB", st.binary(max_size=40)),
    Type("boolean", "BOOLEAN", st.sampled_from(["true", "false"])),
    Type("date", "DATE", DAYS),
    Type("datetime", "DATETIME", moments(st.none())),
    Type("timestamp", "TIMESTAMP", moments(st.none())),
    Type("time", "TIME", TIMES),
    Type("json", "JSON", json_texts(space=True)),
    Type("uuid", "UUID", st.uuids().map(str)),
    Type("without", "", TEXT.filter(lambda text: not text.strip().replace(".", "").replace("-", "").isdigit())),
    Type("unknown", "GEOGRAPHY", integers(32)),
]
assert len({kind.title for kind in POSTGRESQL}) == len(POSTGRESQL)


# -- One database and one site for all ---------------------------------------------


class Bench:
    """A site over a table per type, and a connection of its own beside it."""

    types: list[Type]

    def __init__(self, url: str) -> None:
        import flaskadmin

        options: dict[str, Any] = {
            "secret_key": "a key for tests",
            "user": conftest.USER,
            "password": conftest.PASSWORD,
        }
        self.app = flaskadmin.create_app(flaskadmin.Settings(db=(url,), timezone="Europe/Warsaw", **options))
        self.browser = conftest.Browser(self.app)
        self.writes: list[str] = []
        self.engine = self.app.extensions["flaskadmin"]["flaskadmin"].sections[0].database.writing_engine
        sa.event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip(" (\n").upper().startswith(("UPDATE", "INSERT", "DELETE")):
            self.writes.append(statement)

    def close(self) -> None:
        conftest.close(self.app)

    def put(self, kind: Type, values: list[Any]) -> None:
        """Store values in the table's one row, by the driver."""
        raise NotImplementedError

    def stored(self, kind: Type) -> list[Any]:
        """Every value of the row as it is stored, down to its class and its bytes; with the row's version."""
        raise NotImplementedError

    def made(self, kind: Type, typed: str | bytes) -> Any:
        """What the database itself makes of a text."""
        raise NotImplementedError


class PostgresBench(Bench):
    types = POSTGRESQL

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        for extension in ("hstore", "citext", "ltree"):
            if self.connection.execute("SELECT FROM pg_available_extensions WHERE name = %s", [extension]).fetchone():
                self.connection.execute(f"CREATE EXTENSION {extension}".encode())
        self.connection.execute(TYPES.encode())
        for kind in self.types:
            if self.connection.execute("SELECT to_regtype(%s)", [kind.sql]).fetchone() == (None,):
                continue
            columns = ", ".join(f"{name} {kind.sql}" for name in NAMES)
            self.connection.execute(f"CREATE TABLE {kind.title}_ (id integer PRIMARY KEY, {columns})".encode())
            self.connection.execute(f"INSERT INTO {kind.title}_ (id) VALUES (1)".encode())
        super().__init__(url)

    def close(self) -> None:
        self.connection.close()
        super().close()

    def put(self, kind: Type, values: list[Any]) -> None:
        sets = ", ".join(f"{name} = %s::{kind.sql}" for name in NAMES)
        self.connection.execute(f"UPDATE {kind.title}_ SET {sets}".encode(), values)

    def stored(self, kind: Type) -> list[Any]:
        texts = ", ".join(f"{name}::text" for name in NAMES)
        return list(self.connection.execute(f"SELECT {texts}, xmin::text FROM {kind.title}_".encode()).fetchone() or ())

    def made(self, kind: Type, typed: str | bytes) -> Any:
        return (self.connection.execute(f"SELECT %s::{kind.sql}::text".encode(), [typed]).fetchone() or ("",))[0]


class SqliteBench(Bench):
    types = SQLITE

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for kind in self.types:
            columns = ", ".join(f"{name} {kind.sql}" for name in NAMES)
            self.connection.execute(f"CREATE TABLE {kind.title}_ (id INTEGER PRIMARY KEY, {columns})")
            self.connection.execute(f"INSERT INTO {kind.title}_ (id) VALUES (1)")
            self.connection.execute(f"CREATE TEMP TABLE {kind.title}_made (v {kind.sql})")
        super().__init__(f"sqlite:///{path}")

    def close(self) -> None:
        self.connection.close()
        super().close()

    def put(self, kind: Type, values: list[Any]) -> None:
        sets = ", ".join(f"{name} = ?" for name in NAMES)
        self.connection.execute(f"UPDATE {kind.title}_ SET {sets}", values)

    def stored(self, kind: Type) -> list[Any]:
        row = self.connection.execute(f"SELECT {', '.join(map(self._exact, NAMES))} FROM {kind.title}_").fetchone()
        return list(row)

    def made(self, kind: Type, typed: str | bytes) -> Any:
        self.connection.execute(f"DELETE FROM {kind.title}_made")
        value: Any = {"true": 1, "false": 0}[str(typed)] if kind.title == "boolean" else typed
        if kind.title.startswith(("real", "double", "numeric")) and not re.fullmatch(r"-?\d+", str(typed)):
            value = float(typed)  # SQLite's own reading of decimals is one bit off before 3.47
        self.connection.execute(f"INSERT INTO {kind.title}_made VALUES (?)", [value])
        return self.connection.execute(f"SELECT {self._exact('v')} FROM {kind.title}_made").fetchone()[0]

    @staticmethod
    def _exact(column: str) -> str:
        digits = f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) ELSE '' END"
        return f"typeof({column}) || ' ' || hex({column}) || ' ' || {digits}"


@pytest.fixture(scope="module")
def sqlite_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Every declared type of SQLite."""
    with closing(SqliteBench(tmp_path_factory.mktemp("kinds") / "kinds.db")) as bench:
        yield bench


@pytest.fixture(scope="module")
def postgresql_bench(postgres: conftest.Postgres) -> Iterator[Bench]:
    """Every type of PostgreSQL."""
    url = postgres.create()
    with closing(PostgresBench(url)) as bench:
        yield bench
    postgres.drop(url)


# -- The tests ---------------------------------------------------------------------


def typeable(control: forms.Control, value: Any) -> bool:
    """Whether a browser's control can hold a text."""
    if control.type == "file" or isinstance(value, bytes):
        return control.type == "file" and isinstance(value, bytes)
    if control.type == "select":
        return value in control.options
    if "\r" in value or (control.type in forms.ONE_LINE and "\n" in value):
        return False
    return control.type not in ("date", "number") or forms.sanitized(control.type, value) == value


def test_every_family_is_tried(sqlite_bench: Bench, postgresql_bench: Bench) -> None:
    families = set()
    for bench in (sqlite_bench, postgresql_bench):
        section = bench.app.extensions["flaskadmin"]["flaskadmin"].sections[0]
        families |= {column.family for name in section.schema.tables() for column in section.schema.table(name).columns}
    rest = {*flaskadmin.COLUMN_TYPES} - families - {"hstore", "ltree"}  # of extensions, which not every server has
    assert rest == {"duration", "unknown"}  # a host's, and what is never written


def saves_untouched(bench: Bench, kind: Type, values: list[Any]) -> forms.Form:
    """The form of a row with these values; opened and saved untouched, it changes nothing."""
    bench.put(kind, values)
    before = bench.stored(kind)
    form = bench.browser.form(f"/admin/{kind.title}_/1/edit")
    bench.writes.clear()
    response = bench.browser.submit(form)
    assert response.status_code in (302, 303), (
        f"untouched: {response.status_code}, stored {before}, {problems(response)}"
    )
    assert bench.writes == [], f"untouched: wrote {bench.writes}, stored {before}"
    assert bench.stored(kind) == before
    return form


def problems(response: Any) -> list[str]:
    """What a refused form says."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(response.text, "html.parser")
    return [element.get_text(" ", strip=True)[:200] for element in page.select("[role=alert], .problem, .error")]


def saves_typed(bench: Bench, kind: Type, form: forms.Form, typed: Mapping[str, Any]) -> None:
    """What is typed is stored as the database itself would store it; the other columns keep theirs."""
    before = dict(zip(NAMES, bench.stored(kind), strict=False))
    files = {}
    expected = dict(before)
    for name, value in typed.items():
        if name not in form or not typeable(form.control(name), value):
            continue
        if isinstance(value, bytes):
            files[name] = ("upload.bin", value)
            choose_value(form, name)
        elif value == form[name] or value == "":
            continue
        else:
            form[name] = value
        expected[name] = bench.made(kind, value)
    response = bench.browser.submit(form, files=files)
    said = f"typed { ({n: typed[n] for n in expected if expected[n] != before[n]}) }"
    assert response.status_code in (302, 303), f"{said}: {response.status_code}, {problems(response)}"
    after = dict(zip(NAMES, bench.stored(kind), strict=False))
    wrong = {
        n: (typed[n], "before", before[n], "stored", after[n], "expected", expected[n])
        for n in NAMES
        if after[n] != expected[n]
    }
    assert {n: w for n, w in wrong.items() if not only_line_ends(w[4], w[6])} == {}


def choose_value(form: forms.Form, name: str) -> None:
    """Say that the field holds a value, where it has such a choice."""
    if f"{name}.state" in form:
        form[f"{name}.state"] = "value"


def only_line_ends(stored: Any, expected: Any) -> bool:
    """Whether texts differ by line ends only: a form can't carry them, so they stay what they were."""
    if isinstance(stored, str) and stored.startswith("text "):
        stored, expected = (bytes.fromhex(value.split(" ")[1]).decode(errors="replace") for value in (stored, expected))
    return (
        isinstance(stored, str)
        and isinstance(expected, str)
        and stored.replace("\r\n", "\n") == expected.replace("\r\n", "\n")
    )


def run(bench: Bench, kind: Type, stored: st.SearchStrategy[Any]) -> None:
    """Send values through form and back until there were enough of them."""
    rows = st.lists(st.none() | stored, min_size=COLUMNS, max_size=COLUMNS)
    typed = st.lists(kind.values, min_size=COLUMNS, max_size=COLUMNS)

    @settings(max_examples=VALUES // COLUMNS, database=None)
    @given(rows, typed)
    def examples(values: list[Any], texts: list[Any]) -> None:
        form = saves_untouched(bench, kind, values)
        saves_typed(bench, kind, form, dict(zip(NAMES, texts, strict=True)))

    examples()


@pytest.mark.parametrize("kind", POSTGRESQL, ids=lambda kind: kind.title)
def test_postgresql(postgresql_bench: PostgresBench, kind: Type) -> None:
    """Each type of PostgreSQL."""
    if postgresql_bench.connection.execute("SELECT to_regclass(%s)", [f"{kind.title}_"]).fetchone() == (None,):
        pytest.skip(f"this PostgreSQL comes without the extension of {kind.sql}")
    if kind.title == "xml" and not xml_works(postgresql_bench.connection):
        pytest.skip("this PostgreSQL was built without libxml")
    run(postgresql_bench, kind, kind.values)


def xml_works(connection: Any) -> bool:
    """Whether the server was built with libxml."""
    try:
        connection.execute("SELECT '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        return False
    return True


@pytest.mark.parametrize("kind", SQLITE, ids=lambda kind: kind.title)
def test_sqlite(sqlite_bench: SqliteBench, kind: Type) -> None:
    """Each declared type of SQLite, with values of its own."""
    run(sqlite_bench, kind, st.sampled_from([0, 1]) if kind.title == "boolean" else kind.values)


@pytest.mark.parametrize("kind", SQLITE, ids=lambda kind: kind.title)
def test_sqlite_anything(sqlite_bench: SqliteBench, kind: Type) -> None:
    """Each declared type of SQLite, with values of any class: untouched, none changes."""
    rows = st.lists(st.none() | ANYTHING, min_size=COLUMNS, max_size=COLUMNS)

    @settings(max_examples=VALUES // COLUMNS, database=None)
    @given(rows)
    def examples(values: list[Any]) -> None:
        saves_untouched(sqlite_bench, kind, values)

    examples()


ARRAYS = {  # as stored: as staff see and type it
    "{red,blue}": "red, blue",
    '{"light blue","a,b",ÿ}': 'light blue, "a,b", ÿ',
    '{"say \\"no\\"","back\\\\slash"}': '"say ""no""", back\\slash',
    '{"NULL","{x"}': "NULL, {x",
    "{}": "{}",
    "{NULL,a}": "{NULL,a}",
    '{"",a}': '{"",a}',
    '{"two\nlines"}': '{"two\nlines"}',
    '{" a"}': '{" a"}',
    '{"{x}",a}': '{"{x}",a}',
    "[2:3]={a,b}": "[2:3]={a,b}",
    "{{a,b},{c,d}}": "{{a,b},{c,d}}",
}


def test_arrays_are_lists_with_commas(
    postgres: conftest.Postgres, site: Callable[..., conftest.Browser], request: pytest.FixtureRequest
) -> None:
    """What such a list can't say is as PostgreSQL writes it; both are understood, in a form and in a file."""
    url = postgres.create()
    request.addfinalizer(lambda: postgres.drop(url))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE shirt (id integer PRIMARY KEY, colours text[], sizes integer[], size text)")
        for number, stored in enumerate(ARRAYS, 1):
            connection.execute("INSERT INTO shirt VALUES (%s, %s::text[], '{38,40}', 'L')", [number, stored])
        browser = site(url)
        before = connection.execute("SELECT id, colours::text, xmin::text FROM shirt ORDER BY id").fetchall()
        for number, shown in enumerate(ARRAYS.values(), 1):
            form = browser.form(f"/admin/shirt/{number}/edit")
            assert (form["colours"].replace("\r\n", "\n"), form["sizes"]) == (shown, "38, 40")
            browser.submit(form)
        assert connection.execute("SELECT id, colours::text, xmin::text FROM shirt ORDER BY id").fetchall() == before
        assert "<td>light blue, &#34;a,b&#34;, ÿ</td>" in browser.get("/admin/shirt/").text
        for typed, stored in (*((shown, stored) for stored, shown in ARRAYS.items()), ("a, b,", "{a,b}"), ("x", "{x}")):
            connection.execute("UPDATE shirt SET colours = '{other}' WHERE id = 1")
            form = browser.form("/admin/shirt/1/edit")
            form["colours"] = typed
            browser.submit(form)
            found = connection.execute("SELECT colours::text FROM shirt WHERE id = 1").fetchone()
            assert found == (stored,), typed
        form = browser.form("/admin/shirt/1/edit")
        form["sizes"] = "38, wide"
        assert browser.submit(form).status_code == 422


@pytest.mark.parametrize("declared", ["text", "varbit", "tsvector", "tsquery"])
def test_an_empty_value_is_found_where_a_type_has_one(site: Any, postgres: Any, declared: str) -> None:
    url = postgres.create()
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(f"CREATE TABLE t (id integer PRIMARY KEY, v {declared})".encode())
        connection.execute(b"INSERT INTO t VALUES (1, ''), (2, '1')")
    browser = site(url)
    for answer, number in (("yes", 1), ("no", 2)):
        assert [row["id"] for row in browser.get(f"/admin/t/export.json?v__empty={answer}").get_json()] == [number]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("took__gt=1 day", "23"), ("took__lte=24:00:00", "1"), ("took__between=2 days,100 days", "2"),
        ("fee__gte=$1,000.00", "3"), ("fee__lt=2", "1"), ("ip__gt=10.0.0.9", "23"), ("net__lt=10.0.0.0/8", ""),
        ("mac__gt=08:00:2b:01:02:03", "23"), ("at__lt=12:00+00", "1"), ("took__gt=soon", None), ("fee__lt=x", None),
    ],
)  # fmt: skip
def test_what_only_postgresql_compares_is_more_or_less(postgres: Any, site: Any, asked: str, keys: str | None) -> None:
    url = postgres.create()
    Base(url).run(
        "CREATE TABLE run (id integer PRIMARY KEY, took interval, fee money, ip inet, net cidr, mac macaddr,"
        " at timetz)",
        "INSERT INTO run VALUES (1, '3 hours', '1.50', '10.0.0.9', '10.0.0.0/8', '08:00:2b:01:02:03', '11:00+00'),"
        " (2, '2 days', '20', '10.0.0.10', '11.0.0.0/8', '08:00:2b:01:02:04', '13:00+00'),"
        " (3, '1 year', '1234.5', '192.168.0.1', '192.168.0.0/16', '0a:00:00:00:00:00', '12:00-05')",
        "INSERT INTO run (id) VALUES (4)",
    )
    name, _, value = asked.partition("=")
    page = site(url).get(f"/admin/run/?{urlencode({name: value})}").text
    found = re.findall(r'href="/admin/run/(\d)/edit"', page)
    assert found == (list(keys) if keys is not None else ["1", "2", "3", "4"])
    assert ("It was left out" in page) == (keys is None)
