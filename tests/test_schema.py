"""What is in a database: read when first touched, seen anew when it changes."""

from __future__ import annotations

import html
import re
import struct
import uuid
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

import core
import flaskadmin
from conftest import Browser
from core import Base
from flaskadmin import NotFound, Schema, TableName

base = core.base  # the fixture

# -- Listing -----------------------------------------------------------------------


def test_names_and_kinds(base: Base) -> None:
    base.run("CREATE TABLE plain (a integer); CREATE VIEW seen AS SELECT a FROM plain")
    if base.postgres:
        base.run(
            "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a",
            "CREATE TABLE parted (a integer) PARTITION BY LIST (a)",
            "CREATE TABLE part PARTITION OF parted DEFAULT",
            "CREATE SCHEMA other; CREATE TABLE other.plain (a integer)",
        )
        more = {"kept": "materialised view", "parted": "partitioned table", "part": "partition"}
    else:
        base.run("CREATE VIRTUAL TABLE words USING fts5(body)")
        shadows = ("words_config", "words_content", "words_data", "words_docsize", "words_idx")
        more = {"words": "virtual table", **dict.fromkeys(shadows, "shadow table")}
    listed = base.catalogue().tables()
    expected = {base.name(name): kind for name, kind in {"plain": "table", "seen": "view", **more}.items()}
    if base.postgres:
        expected[TableName("other", "plain")] = "table"
    assert {name: found.kind for name, found in listed.items()} == expected


@pytest.mark.parametrize(
    "name",
    [
        "select",
        'Quo"te',
        "it's",
        "a.b",
        "100%",
        "50%(x)s",
        "a:b",
        "with space",
        "üñí",
        "日本",
        "[x]",
        "`y`",
        "a\nb",
        "x" * 63,
    ],
)
def test_any_name_is_listed_read_and_counted(base: Base, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    base.run(f"CREATE TABLE {quoted} ({quoted} integer PRIMARY KEY); INSERT INTO {quoted} VALUES (7)")
    catalogue = base.catalogue()
    assert list(catalogue.tables()) == [base.name(name)]
    table = catalogue.table(base.name(name))
    assert [column.name for column in table.columns] == [name]
    with catalogue.database.reading() as connection:
        assert catalogue.counts(connection, [base.name(name)]) == {base.name(name): 1}
        row = flaskadmin.Selection(table, table.columns, None).find(connection, "7")
    assert str(row.values[name]) == "7"


def test_names_that_differ_by_case(base: Base) -> None:
    if base.postgres:
        base.run('CREATE TABLE person (a integer); CREATE TABLE "Person" (b integer)')
        assert base.table("Person").columns[0].name == "b"
        assert base.table("person").columns[0].name == "a"
    else:
        base.run("CREATE TABLE Person (a integer)")
        with pytest.raises(NotFound):
            base.table("person")


def test_include_and_exclude(base: Base) -> None:
    base.run(*(f"CREATE TABLE {name} (a integer)" for name in ("aa", "ab", "b")))

    def shown(**settings: Any) -> list[str]:
        return [name.name for name in base.catalogue(**settings).tables()]

    assert shown() == ["aa", "ab", "b"]
    assert shown(include=("a*",)) == ["aa", "ab"]
    assert shown(exclude=("a*",)) == ["b"]
    assert shown(include=("a*",), exclude=("ab",)) == ["aa"]
    assert shown(include=("nothing",)) == []
    with pytest.raises(NotFound):
        base.catalogue(exclude=("b",)).table(base.name("b"))


def test_schemas_are_chosen(base: Base) -> None:
    if not base.postgres:
        base.run("CREATE TABLE a (a integer)")
        assert list(base.catalogue(schema=("other",)).tables()) == [base.name("a")]
        return
    base.run("CREATE SCHEMA other", "CREATE TABLE other.t (a integer)", "CREATE TABLE t (a integer)")
    other = TableName("other", "t")
    assert list(base.catalogue().tables()) == [other, base.name("t")]
    assert list(base.catalogue(schema=("other",)).tables()) == [other]
    assert list(base.catalogue(exclude=("other.*",)).tables()) == [base.name("t")]
    assert base.catalogue().default_schema == "public"


def test_a_thousand_tables_are_listed_without_reading_them(base: Base) -> None:
    def sent(catalogue: Schema) -> list[str]:
        with core.statements(catalogue.database.engine) as found:
            catalogue.tables()
        return found

    base.run("CREATE TABLE t0 (id integer PRIMARY KEY)")
    few = sent(base.catalogue())
    base.run(*[";".join(f"CREATE TABLE t{n} (id integer PRIMARY KEY, a text)" for n in range(1, 1000))])
    catalogue = base.catalogue()
    assert sent(catalogue) == few
    assert len(catalogue.tables()) == 1000
    assert sent(catalogue) == [], "it is believed for a while"


# -- Changes of the schema ---------------------------------------------------------


def test_a_change_of_the_schema_is_seen(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.run("CREATE TABLE t (a integer)")
    catalogue = base.catalogue()
    before = catalogue.table(base.name("t"))
    base.run("ALTER TABLE t ADD COLUMN b integer", "CREATE TABLE u (a integer)")
    assert catalogue.table(base.name("t")) is before
    catalogue.forget()
    assert [column.name for column in catalogue.table(base.name("t")).columns] == ["a", "b"]
    assert base.name("u") in catalogue.tables()
    after = catalogue.table(base.name("t"))
    catalogue.forget()
    assert catalogue.table(base.name("t")) is after, "the same table is the same object"
    clock = flaskadmin.time.monotonic
    monkeypatch.setattr(flaskadmin.time, "monotonic", lambda: clock() + flaskadmin.SCHEMA_SECONDS + 0.1)
    base.run("DROP TABLE t")
    with pytest.raises(NotFound):
        catalogue.table(base.name("t"))


CHANGES = (  # each by another program, one after the other
    "INSERT INTO child SELECT id + 10, 1, 'x' FROM child; ANALYZE",
    "ALTER TABLE child ADD COLUMN more text",
    "CREATE INDEX by_note ON child (note)",
    "CREATE UNIQUE INDEX by_more ON child (lower(more)) WHERE id > 2",
    "DROP INDEX of_parent",
    "CREATE TABLE further (id integer PRIMARY KEY, child_id integer REFERENCES child (id) ON DELETE CASCADE)",
    "DROP VIEW seen; CREATE VIEW seen AS SELECT id, note, CURRENT_TIMESTAMP AS read FROM child",
    "ALTER TABLE child RENAME COLUMN note TO remark",
    "ALTER TABLE parent RENAME COLUMN id TO no",
    "ALTER TABLE parent RENAME TO folk",
    "ALTER TABLE child RENAME TO kid",
    "DROP VIEW seen; DROP VIEW joined; DROP TABLE further; DROP TABLE kid",
    "CREATE TABLE kid (id text, parent_id integer)",
)
OF_SQLITE = (
    "CREATE TRIGGER broken BEFORE UPDATE ON child BEGIN SELECT * FROM nowhere; END",
    "DROP TRIGGER broken",
    "CREATE VIRTUAL TABLE words USING fts5(note, content='child', content_rowid='id')",
)
OF_POSTGRES = (
    "REVOKE SELECT ON child FROM ROLE",
    "GRANT SELECT (id, note) ON child TO ROLE",
    "GRANT SELECT ON child TO ROLE",
    "REVOKE UPDATE ON child FROM ROLE",
    "GRANT UPDATE (note) ON child TO ROLE",
    "REVOKE USAGE ON SCHEMA other FROM ROLE",
    "GRANT USAGE ON SCHEMA other TO ROLE",
    "GRANT TEAM TO ROLE",
    "REVOKE TEAM FROM ROLE",
    "GRANT pg_read_all_data TO ROLE",
    "REVOKE pg_read_all_data FROM ROLE",
    "ALTER TABLE hidden OWNER TO ROLE",
    "ALTER TABLE other.far RENAME TO near",
    "ALTER SCHEMA other RENAME TO another",
    "ALTER TABLE another.near SET SCHEMA public",
    "ALTER TYPE mood ADD VALUE 'new'",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TYPE mood RENAME TO temper",
    "ALTER DOMAIN few ADD CHECK (value > 1)",
    "ALTER SEQUENCE child_id_seq RENAME TO numbers",
    "ALTER FUNCTION twice RENAME TO double",
    "ALTER TABLE child ALTER note SET DEFAULT 'x'",
    "ALTER TABLE child ALTER note SET NOT NULL",
    "ALTER TABLE near ALTER word TYPE varchar(20)",
    "ALTER TABLE child ADD CHECK (id > 0)",
    "COMMENT ON TABLE child IS 'Said'",
    "COMMENT ON COLUMN child.note IS 'Said, too'",
    "CREATE TABLE heir () INHERITS (child)",
    "DROP TABLE heir",
    "CREATE RULE nothing AS ON DELETE TO child DO INSTEAD NOTHING",
    "DROP RULE nothing ON child; ALTER TABLE child ALTER note DROP DEFAULT",
    "VACUUM child",
    "CREATE FUNCTION done() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
    "CREATE TRIGGER through INSTEAD OF INSERT ON joined FOR EACH ROW EXECUTE FUNCTION done()",
    "REFRESH MATERIALIZED VIEW filled",
    "ALTER COLLATION german RENAME TO deutsch",
    "ALTER TABLE part DETACH PARTITION first",
    "ALTER ROLE ROLE SUPERUSER",
)


def test_whatever_another_program_changes_is_seen(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held of a schema is, some seconds later, what somebody would read who never saw it before."""
    monkeypatch.setattr(flaskadmin, "LONGEST_UNSEEN", float("inf"))
    role, url = f"r{uuid.uuid4().hex[:9]}", base.source.url
    if base.postgres:
        url = url.set(username=role)
        base.run(
            f"CREATE ROLE {role} LOGIN; CREATE ROLE {role}_team; CREATE TYPE mood AS ENUM ('glad', 'sad')",
            "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'",
            'CREATE DOMAIN few AS integer CHECK (value < 9); CREATE COLLATION german FROM "C"; CREATE SCHEMA other',
            "CREATE TABLE other.far (id integer PRIMARY KEY, felt mood, n few DEFAULT twice(1), word text)",
            "CREATE INDEX by_twice ON other.far (twice(id)); CREATE TABLE hidden (id integer, a text)",
            "CREATE TABLE part (id integer) PARTITION BY LIST (id); CREATE TABLE first PARTITION OF part DEFAULT",
            "CREATE MATERIALIZED VIEW filled AS SELECT 1 AS one WITH NO DATA",
        )
    base.run(
        "CREATE TABLE parent (id integer PRIMARY KEY, name text);"
        f"CREATE TABLE child (id {'serial' if base.postgres else 'integer'} PRIMARY KEY, "
        "parent_id integer REFERENCES parent (id), note text); CREATE INDEX of_parent ON child (parent_id)",
        "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1, 'b')",
        "CREATE VIEW seen AS SELECT id, note FROM child",
        "CREATE VIEW joined AS SELECT c.id, name FROM child c JOIN parent p ON p.id = c.parent_id",
    )
    if base.postgres:
        granted = "parent, child, seen, joined, other.far, part, first, filled"
        base.run(
            f"CREATE INDEX by_name ON parent (name COLLATE german); GRANT USAGE ON SCHEMA other TO {role}",
            f"GRANT ALL ON {granted} TO {role}; GRANT ALL ON hidden TO {role}_team",
        )

    def told(catalogue: Schema) -> Any:
        tables: dict[TableName, Any] = {}
        for name in catalogue.tables():
            try:
                tables[name] = catalogue.table(name)
            except flaskadmin.FlaskAdminError as error:
                tables[name] = str(error)
        referring = {name: catalogue.referring(name) for name in tables}
        return catalogue.tables(), tables, referring, catalogue.offers(), catalogue.most_referred()

    held = Schema.of(base.database(url))
    before = told(held)
    clock, waited = flaskadmin.time.monotonic, 0.0
    monkeypatch.setattr(flaskadmin.time, "monotonic", lambda: clock() + waited)
    for change in (*(OF_POSTGRES if base.postgres else OF_SQLITE), *CHANGES):
        base.run(re.sub(r"ROLE(?! ROLE)", role, change).replace("TEAM", f"{role}_team"))
        waited += flaskadmin.SCHEMA_SECONDS + 0.1
        after = told(held)
        assert after == told(Schema.of(base.database(url))), change
        assert after != before, f"{change}: it shows"
        before = after


def test_what_is_as_it_was_is_not_read_again(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(catalogue: Schema) -> tuple[list[Any], int]:
        with core.statements(catalogue.database.engine) as sent:
            found = [catalogue.table(name) for name, _link in catalogue.referring(base.name("centre"))]
        return found, len(sent)

    base.run("CREATE TABLE centre (id integer PRIMARY KEY); CREATE TABLE other (id integer, a text)")
    base.run(*(f"CREATE TABLE t{n} (id integer, c integer REFERENCES centre (id))" for n in range(40)))
    catalogue = base.catalogue()
    before, first = told(catalogue)
    assert len(before) == 40 and told(catalogue) == (before, 0)
    clock = flaskadmin.time.monotonic
    waited = -clock() % flaskadmin.LONGEST_UNSEEN  # else the minute may end meanwhile, and all is read again
    monkeypatch.setattr(flaskadmin.time, "monotonic", lambda: clock() + waited)
    told(catalogue)
    waited += flaskadmin.SCHEMA_SECONDS + 0.1
    again, sent = told(catalogue)
    assert all(one is other for one, other in zip(again, before, strict=True)) and sent <= 4
    base.run("ALTER TABLE t7 ADD COLUMN more text")
    waited += flaskadmin.SCHEMA_SECONDS + 0.1
    again, sent = told(catalogue)
    assert [one is other for one, other in zip(again, before, strict=True)].count(False) == 1, (
        "the others are as before"
    )
    assert sent <= first
    if base.postgres:  # as many as for one table; and what changes no description isn't taken for a change
        assert first <= 15
        base.run("INSERT INTO other SELECT n, 'x' FROM generate_series(1, 1000) n; TRUNCATE other")
        base.run("CREATE TEMP TABLE passing (id integer PRIMARY KEY, a text DEFAULT 'x')")
        waited += flaskadmin.SCHEMA_SECONDS + 0.1
        assert told(catalogue)[1] <= 4


def test_changes_are_seen_within_five_seconds() -> None:
    assert 0 < flaskadmin.SCHEMA_SECONDS < 5


# -- Columns -----------------------------------------------------------------------


def test_columns(base: Base) -> None:
    base.run(
        "CREATE TABLE t (id integer PRIMARY KEY, name varchar(40) NOT NULL, price numeric(10, 2) DEFAULT 0,"
        " class text, made timestamp DEFAULT CURRENT_TIMESTAMP, twice integer GENERATED ALWAYS AS (id * 2) STORED)"
    )
    table = base.table("t")
    columns = table.by_name
    assert list(columns) == ["id", "name", "price", "class", "made", "twice"]
    assert [c.name for c in table.columns if c.primary] == ["id"]
    assert {c.name for c in table.columns if not c.nullable} == {"id", "name"}
    assert columns["name"].rules.length == 40
    assert (columns["price"].rules.precision, columns["price"].rules.scale) == (10, 2)
    assert columns["class"].key == "column_" + str(columns["class"].position), "no attribute can be called class"
    assert columns["price"].optional and columns["made"].optional and not columns["name"].optional
    assert columns["twice"].why_not("update") == "generated"
    assert columns["id"].why_not("update") == columns["name"].why_not("update") == ""
    families = ["integer", "text", "decimal", "text", "timestamp", "integer"]
    assert [c.family for c in table.columns] == families


def test_identity_columns(base: Base) -> None:
    if not base.postgres:
        base.run("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL)")
        assert [c.optional for c in base.table("t").columns] == [True, False]
        return
    base.run("CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, c serial)")
    always, serial = base.table("t").columns
    assert (always.why_not("update"), always.optional) == ("identity", True)
    assert (serial.why_not("update"), serial.optional) == ("", True)


def test_comments_are_help(base: Base) -> None:
    if base.postgres:
        base.run(
            "CREATE TABLE t (a integer, b integer); COMMENT ON TABLE t IS 'What we sell';"
            "COMMENT ON COLUMN t.a IS 'in euros, net'"
        )
    else:
        base.run("CREATE TABLE t ( -- What we sell\n  a integer, -- in euros, net\n  b integer\n)")
    table = base.table("t")
    assert table.listed.comment == "What we sell"
    assert [column.comment for column in table.columns] == ["in euros, net", ""]


@pytest.mark.parametrize(
    ("sql", "comments"),
    [
        ("CREATE TABLE t (a, -- one\n b -- two\n)", {"a": "one", "b": "two"}),
        ("CREATE TABLE t (\n a /* one */,\n b\n)", {"a": "one", "b": ""}),
        ("CREATE TABLE t (a DEFAULT '-- no, (comment', b CHECK (b <> ')'))", {"a": "", "b": ""}),
        ("CREATE TABLE t (a DECIMAL(10, 2), -- one\n b)", {"a": "one", "b": ""}),
    ],
)
def test_comments_of_sqlite(tmp_path: Path, sql: str, comments: dict[str, str]) -> None:
    base = Base(str(tmp_path / "comments.db"))
    base.run(sql)
    assert {column.name: column.comment for column in base.table("t").columns} == comments


# -- Rules -------------------------------------------------------------------------

RULES: list[tuple[str, dict[str, Any]]] = [
    ("x > 5", {"above": 5}),
    ("x >= 5", {"minimum": 5}),
    ("x < 5", {"below": 5}),
    ("x <= 5", {"maximum": 5}),
    ("5 < x", {"above": 5}),
    ("x >= -5", {"minimum": -5}),
    ("x > 0 AND x < 10", {"above": 0, "below": 10}),
    ("x BETWEEN 1 AND 5", {"minimum": 1, "maximum": 5}),
    ("x BETWEEN 1 AND 5 AND x <> 3", {"minimum": 1, "maximum": 5}),
    ("x IS NULL OR x > 5", {"above": 5}),
    ("x > 5 OR x IS NULL", {"above": 5}),
    ("x IS NULL OR x BETWEEN 1 AND 5", {"minimum": 1, "maximum": 5}),
    ("(x > 5)", {"above": 5}),
    ("x > 5 OR y > 5", {}),
    ("y > 5", {}),
    ("y > 5 OR y < 2 AND x > 5", {}),
    ("x < 3 OR y > 1 AND y < 9", {}),
    ("x IS NULL OR y = 1 AND x > 5", {"above": 5}),
    ("y IS NULL OR x > 5", {}),
    ("x IS NULL OR (x > 0 AND x < 9)", {"above": 0, "below": 9}),
    ("x > y", {}),
    ("x > y + 5", {}),
    ("x * 2 > 5", {}),
    ("NOT x > 5", {}),
    ("x <> 5", {}),
    ("x > 5 AND (x < 9 OR y = 1)", {"above": 5}),
    ("CASE WHEN y > 0 AND x > 5 THEN 1 ELSE 0 END = 1", {}),
    ("NOT (x > 5 AND y > 5)", {}),
    ("NOT x BETWEEN 1 AND 5", {}),
    ("x NOT BETWEEN 1 AND 5", {}),
    ("abs(x) < 5", {}),
]
TEXT_RULES: list[tuple[str, dict[str, Any]]] = [
    ("x IN ('a', 'b')", {"choices": ("a", "b")}),
    ("x IN ('it''s', 'a, b')", {"choices": ("it's", "a, b")}),
    ("x = 'a' OR x = 'b'", {"choices": ("a", "b")}),
    ("x IS NULL OR x IN ('a', 'b')", {"choices": ("a", "b")}),
    ("x NOT IN ('a', 'b')", {}),
    ("lower(x) IN ('a', 'b')", {}),
    ("x IN ('a', 'b') OR y > 5", {}),
    ("x IN ('a', 'b') OR length(x) > 5", {}),
    ("x LIKE 'a%'", {}),
    ("x <> 'a' AND x <> 'b'", {}),
    ("length(x) <= 5", {"length": 5}),
    ("length(x) < 5", {"length": 4}),
    ("length(x) BETWEEN 2 AND 5", {"shortest": 2, "length": 5}),
    ("length(x) > 2", {"shortest": 3}),
    ("length(x) = 2", {"shortest": 2, "length": 2}),
    ("length(x) > length('abc')", {}),
    ("x IS NULL OR length(x) <= 5", {"length": 5}),
]


def said(rules: flaskadmin.Rules) -> dict[str, Any]:
    """What rules say, beyond the defaults."""
    bare = flaskadmin.Rules()
    names = ("above", "below", "minimum", "maximum", "length", "shortest", "choices")
    return {name: getattr(rules, name) for name in names if getattr(rules, name) != getattr(bare, name)}


def test_check_rules_as_the_engine_keeps_them(base: Base) -> None:
    """PostgreSQL writes every rule anew, with casts and parentheses; SQLite keeps the text."""
    checks = [("numeric", check, rules) for check, rules in RULES] + [("text", c, r) for c, r in TEXT_RULES]
    for n, (kind, check, _rules) in enumerate(checks):
        base.run(f"CREATE TABLE t{n} (x {kind}, y integer, CHECK ({check}))")
    catalogue = base.catalogue()
    found = {}
    for n, (_kind, check, _rules) in enumerate(checks):
        found[check] = said(catalogue.table(base.name(f"t{n}")).by_name["x"].rules)
    assert found == {check: rules for _kind, check, rules in checks}


def test_check_rules_of_other_columns_stay_theirs(base: Base) -> None:
    base.run('CREATE TABLE t (x integer CHECK (x > 5), y numeric CHECK (y IN (1, 2)), "X y" numeric CHECK ("X y" < 3))')
    columns = base.table("t").by_name
    assert columns["x"].rules.above == 5
    assert columns["y"].rules.above is None and columns["y"].rules.choices == ("1", "2")
    assert columns["X y"].rules.below == 3


def test_rules_narrow_each_other(base: Base) -> None:
    base.run(
        "CREATE TABLE t (n integer CHECK (n > 1 AND n > 5) CHECK (n < 9) CHECK (n < 20), c text"
        " CHECK (c IN ('a', 'b', 'c')) CHECK (c IN ('b', 'c', 'd')), s varchar(40) CHECK (length(s) < 100))"
    )
    columns = base.table("t").by_name
    assert (columns["n"].rules.above, columns["n"].rules.below) == (Decimal(5), Decimal(9))
    assert columns["c"].rules.choices == ("b", "c")
    assert columns["s"].rules.length == 40


def test_rules_of_quoted_names_and_negative_numbers(base: Base) -> None:
    base.run(
        'CREATE TABLE t (a integer, "Name" text CHECK (length("Name") >= 2), b numeric CHECK (b >= -1.5 AND -2 < b),'
        " c integer CHECK (c - 5 > 0), d varchar(9) CHECK (d = 'x' OR d = 'y'))"
    )
    columns = base.table("t").by_name
    assert said(columns["Name"].rules) == {"shortest": 2}
    assert said(columns["b"].rules) == {"minimum": Decimal("-1.5"), "above": -2}
    assert columns["c"].rules.above is None
    assert columns["d"].rules.choices == ("x", "y") and columns["d"].family == "choice"


def test_the_rules_of_a_domain(base: Base) -> None:
    if not base.postgres:
        base.run("CREATE TABLE t (x varchar(3))")
        assert base.table("t").by_name["x"].rules.length == 3
        return
    base.run(
        "CREATE DOMAIN small AS integer NOT NULL CHECK (VALUE > 0)",
        "CREATE DOMAIN smaller AS small CHECK (VALUE < 10)",
        "CREATE DOMAIN colour AS text CHECK (VALUE IN ('red', 'green'))",
        "CREATE TYPE mood AS ENUM ('good', 'it''s bad')",
        "CREATE TABLE t (x smaller, c colour, m mood)",
    )
    columns = base.table("t").by_name
    assert (columns["x"].rules.above, columns["x"].rules.below, columns["x"].nullable) == (0, 10, False)
    assert (columns["x"].family, len(columns["x"].checks)) == ("integer", 2)
    assert (columns["c"].family, columns["c"].rules.choices) == ("choice", ("red", "green"))
    assert (columns["m"].family, columns["m"].rules.choices) == ("choice", ("good", "it's bad"))


# -- Keys --------------------------------------------------------------------------


def test_keys(base: Base) -> None:
    base.run(
        "CREATE TABLE whole (id integer PRIMARY KEY, code varchar(9) UNIQUE)",
        "CREATE TABLE two (b integer, a integer, PRIMARY KEY (a, b))",
        "CREATE TABLE none (a integer)",
        "CREATE TABLE uniq (a integer NOT NULL UNIQUE, b integer)",
    )
    keys = {name: base.table(name).key for name in ("whole", "two", "none")}
    assert keys == {"whole": ("id",), "two": ("a", "b"), "none": ()}
    assert set(base.table("whole").unique) == {("id",), ("code",)}
    assert base.table("none").physical is base.postgres
    assert base.table("none").rowid == ("" if base.postgres else "rowid")
    assert ("a",) in base.table("uniq").unique
    assert base.table("uniq").key == (("a",) if base.postgres else ()), "SQLite has the rowid for it"


def test_sqlite_rowids(base: Base) -> None:
    if base.postgres:
        base.run("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent)")
        parent = base.table("parent")
        assert parent.key == (), "the child may hold the same key"
        return
    base.run(
        "CREATE TABLE a (rowid, x); CREATE TABLE b (rowid, _rowid_, OID)",
        "CREATE TABLE c (k text PRIMARY KEY) WITHOUT ROWID",
    )
    assert [base.table(name).rowid for name in "abc"] == ["_rowid_", "", ""]


def test_partial_and_expression_indexes_are_no_keys(base: Base) -> None:
    base.run(
        "CREATE TABLE t (a varchar(9) NOT NULL, b integer NOT NULL)",
        "CREATE UNIQUE INDEX p ON t (b) WHERE b > 5; CREATE UNIQUE INDEX e ON t (lower(a))",
    )
    table = base.table("t")
    assert (table.key, table.unique) == ((), ())


# -- Links -------------------------------------------------------------------------

LINKS = (
    "CREATE TABLE parent (a integer, b integer, code varchar(9) UNIQUE, boss_a integer, boss_b integer,"
    " PRIMARY KEY (a, b), FOREIGN KEY (boss_a, boss_b) REFERENCES parent (a, b) ON DELETE SET NULL)",
    "CREATE TABLE child (id integer PRIMARY KEY, pb integer, pa integer, pcode varchar(9) REFERENCES parent (code),"
    " FOREIGN KEY (pa, pb) REFERENCES parent ON DELETE CASCADE)",
)


def test_links(base: Base) -> None:
    base.run(*LINKS)
    catalogue = base.catalogue()
    parent, child = catalogue.table(base.name("parent")), catalogue.table(base.name("child"))
    boss = flaskadmin.ForeignKey(("boss_a", "boss_b"), parent.name, ("a", "b"), "SET NULL")
    both = flaskadmin.ForeignKey(("pa", "pb"), parent.name, ("a", "b"), "CASCADE")
    code = flaskadmin.ForeignKey(("pcode",), parent.name, ("code",), "NO ACTION")
    assert set(parent.links) == {boss}
    assert set(child.links) == {both, code}
    assert child.links_by_column == {"pb": both, "pcode": code}
    found = catalogue.referring(parent.name)
    assert set(found) == {(parent.name, boss), (child.name, both), (child.name, code)}
    assert catalogue.referring(child.name) == []


def test_links_to_tables_that_are_not_shown_do_not_refer(base: Base) -> None:
    base.run(*LINKS)
    catalogue = base.catalogue(exclude=("child",))
    assert {name.name for name, _link in catalogue.referring(base.name("parent"))} == {"parent"}


def test_dangling_links(base: Base) -> None:
    if base.postgres:
        base.run("CREATE SCHEMA s; CREATE TABLE s.p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES s.p)")
        catalogue = base.catalogue()
        assert catalogue.table(base.name("c")).links[0].target == TableName("s", "p")
        assert [name for name, _link in catalogue.referring(TableName("s", "p"))] == [base.name("c")]
        return
    base.run(
        "CREATE TABLE c (p REFERENCES gone (id), q REFERENCES T (missing), r REFERENCES T, s REFERENCES broken,"
        " FOREIGN KEY (q, r) REFERENCES u); CREATE TABLE t (ID, n); CREATE TABLE u (id INTEGER PRIMARY KEY);"
        " CREATE VIEW broken AS SELECT a FROM gone"
    )
    catalogue = base.catalogue()
    assert {link.target.name for link in catalogue.table(base.name("c")).links} == {"gone", "t", "broken", "u"}
    assert [*catalogue.referring(base.name("t")), *catalogue.referring(base.name("u"))] == []
    with pytest.raises(NotFound):
        catalogue.table(base.name("gone"))


# -- What may be written -----------------------------------------------------------


def test_views_tell_why_they_are_read_only(base: Base) -> None:
    base.run("CREATE TABLE t (a integer PRIMARY KEY); CREATE VIEW v AS SELECT count(*) AS n FROM t")
    catalogue = base.catalogue()
    offers = catalogue.offers()
    assert offers[base.name("t")] == (flaskadmin.ALL_WRITES, "")
    assert offers[base.name("v")].writes == frozenset()
    assert "view" in offers[base.name("v")].reason.lower()
    for name, offer in offers.items():
        table = catalogue.table(name)
        assert (table.writes, table.reason) == offer


def test_rows_of_a_view_that_is_other_at_every_look_have_no_pages(base: Base, site: Callable[..., Browser]) -> None:
    now = "now()" if base.postgres else "strftime('%f', 'now')"
    base.run(
        "CREATE TABLE reading (id integer PRIMARY KEY, n integer); INSERT INTO reading VALUES (1, 5), (2, 6)",
        f"CREATE VIEW fresh AS SELECT n, {now} AS at FROM reading",
        "CREATE VIEW over AS SELECT n + 1 AS more, at FROM fresh",
        "CREATE VIEW calm AS SELECT n + 1 AS more FROM reading",
        f"CREATE VIEW inner_now AS SELECT n + 1 AS more, (SELECT {now} WHERE n > 0) AS at FROM reading",
        f"CREATE VIEW due AS SELECT n + 1 AS more FROM reading WHERE {now} IS NOT NULL AND n IN (SELECT n)",
        f"CREATE VIEW late AS SELECT n + 1 AS more FROM reading WHERE n > 0 GROUP BY n, {now} ORDER BY {now}",
    )
    browser = site(base.url)
    for view in ("fresh", "over", "calm", "inner_now", "due", "late"):
        page = browser.get(f"/admin/{view}/").text
        links = re.findall(rf'<a rel="(?:item|edit)" href="(/admin/{view}/[^"/]+)(?:/edit)?"', page)
        assert len(links) == (2 if view in ("calm", "due") else 0)
        assert [browser.get(link).status_code for link in links] == [200] * len(links)


def test_an_updatable_view(base: Base) -> None:
    base.run("CREATE TABLE t (a integer PRIMARY KEY, b integer); CREATE VIEW v AS SELECT a, b FROM t")
    table = base.table("v")
    assert table.writes == (flaskadmin.ALL_WRITES if base.postgres else frozenset())
    assert table.key == (("a",) if base.postgres else ())


def test_a_role_without_rights(base: Base, request: pytest.FixtureRequest) -> None:
    if not base.postgres:
        base.run("CREATE TABLE t (a integer)")
        reason = base.catalogue(read_only=True).offers()[base.name("t")]
        assert reason == (frozenset(), "The site was started read-only.")
        return
    role = f"reader_{base.source.url.database}"
    base.run(
        *(f"CREATE TABLE {name} (a int PRIMARY KEY, b int, c int)" for name in ("secret", "seen", "part", "free")),
        f"CREATE ROLE {role} LOGIN",
        f"GRANT SELECT ON seen TO {role}; GRANT ALL ON free TO {role}",
        f"GRANT SELECT (a, b), UPDATE (b) ON part TO {role}",
    )
    request.addfinalizer(lambda: base.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}"))
    catalogue = Schema.of(base.database(base.source.url.set(username=role)))
    offers = {name.name: offer for name, offer in catalogue.offers().items()}
    assert "no right" in offers["secret"].reason and not offers["secret"].writes
    assert "only read" in offers["seen"].reason and not offers["seen"].writes
    assert offers["part"] == ({"update"}, "")
    assert offers["free"] == (flaskadmin.ALL_WRITES, "")
    with pytest.raises(flaskadmin.Unreadable, match="no right"):
        catalogue.table(base.name("secret"))
    part = catalogue.table(base.name("part"))
    assert [column.name for column in part.columns] == ["a", "b"]
    assert part.by_name["a"].why_not("update") and not part.by_name["b"].why_not("update")
    with psycopg.connect(base.url) as connection:
        assert connection.execute("SELECT count(*) FROM secret").fetchone() == (0,)


def test_a_broken_view_does_not_break_the_listing(base: Base) -> None:
    if base.postgres:
        base.run("CREATE VIEW v AS SELECT 1 / 0 AS a")
        assert base.catalogue().offers()[base.name("v")].writes == frozenset()
        return
    base.run("CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t; CREATE TABLE u (a)")
    offers = base.catalogue().offers()
    assert offers[base.name("v")].reason == "It refers to something that isn't there any more."
    assert offers[base.name("u")].writes == flaskadmin.ALL_WRITES


OWN_PROGRAM = {  # what makes a table that its own program can write, and the words for everyone else
    "a trigger's function": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT); CREATE TRIGGER s AFTER UPDATE OF name ON song"
        " BEGIN UPDATE song SET name = sortable(NEW.name) WHERE id = NEW.id; END",
        "song",
        "the function sortable",
        {"insert", "delete"},
    ),
    "an index's sorting order": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT COLLATE bandwise UNIQUE)",
        "song",
        "the sorting order bandwise",
        {"delete"},
    ),
    "a rule's function": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT CHECK (sortable(name) <> ''))",
        "song",
        "the function sortable",
        {"delete"},
    ),
    "a search index over a table": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE VIRTUAL TABLE found USING fts5(name, tokenize = 'porter', content = 'song', content_rowid = 'id')",
        "found",
        "A search index over song",
        set(),
    ),
    "one of the older kind": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT);"
        'CREATE VIRTUAL TABLE found USING fts4(name, content="song")',
        "found",
        "A search index over song",
        set(),
    ),
    "one without texts": (
        'CREATE VIRTUAL TABLE found USING fts5(name, content="")',
        "found",
        "doesn't keep its texts",
        set(),
    ),
    "one that triggers keep": (
        "CREATE TABLE place (id INTEGER PRIMARY KEY, x REAL); CREATE VIRTUAL TABLE around USING rtree(id, a, b);"
        "CREATE TRIGGER p AFTER INSERT ON place BEGIN INSERT INTO around VALUES (NEW.id, NEW.x, NEW.x); END",
        "around",
        "Triggers of place",
        set(),
    ),
    "a trigger to nowhere": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TRIGGER s AFTER DELETE ON song BEGIN INSERT INTO gone VALUES (1); END",
        "song",
        "something that isn't there",
        {"insert", "update"},
    ),
    "a default of its own": (
        "CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT, mark TEXT DEFAULT (sortable(1)))",
        "song",
        "function sortable",
        {"delete", "update"},
    ),
}


@pytest.mark.parametrize("case", OWN_PROGRAM)
def test_what_only_its_own_program_can_write_says_so(tmp_path: Path, case: str) -> None:
    script, name, words, writes = OWN_PROGRAM[case]
    base = Base(str(tmp_path / "own.db"))
    with closing(base.connect()) as connection:
        connection.create_function("sortable", 1, str, deterministic=True)
        connection.create_collation("bandwise", lambda a, b: (a > b) - (a < b))
        connection.executescript(script)
    catalogue = base.catalogue()
    table = catalogue.table(base.name(name))
    assert words in table.reason and bool(words) == bool(table.reason)
    assert table.writes == writes
    assert catalogue.offers()[table.name] == (table.writes, table.reason)


GEOPACKAGE = """
CREATE TABLE well (fid INTEGER PRIMARY KEY, name TEXT, geom BLOB);
CREATE VIRTUAL TABLE rtree_well_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER i AFTER INSERT ON well WHEN NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom) BEGIN
  INSERT INTO rtree_well_geom
  VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END
"""
POINT = struct.pack("<BI2d", 1, 1, 7.5, 47.25)
LINE = struct.pack(">BII6d", 0, 1002, 2, 1.0, 2.0, 9.0, -3.0, 4.0, 9.0)
MANY = struct.pack("<BII", 1, 7, 2) + POINT + LINE


@pytest.mark.parametrize(
    ("geometry", "bounds"),
    [
        (b"GP\0\1\0\0\0\0" + POINT, (7.5, 7.5, 47.25, 47.25)),
        (b"GP\0\1\0\0\0\0" + LINE, (-3.0, 1.0, 2.0, 4.0)),
        (b"GP\0\1\0\0\0\0" + MANY, (-3.0, 7.5, 2.0, 47.25)),
        (b"GP\0\3\0\0\0\0" + struct.pack("<4d", 1, 2, 3, 4) + POINT, (1.0, 2.0, 3.0, 4.0)),
        (b"GP\0\x11\0\0\0\0" + POINT, None),
        (b"GP\0\1\0\0\0\0" + struct.pack("<BI2d", 1, 1, float("nan"), float("nan")), None),
        (b"GP\0\1\0\0\0\0" + POINT[:9], None),
        (b"not one", None),
    ],
)
def test_a_geopackage_can_be_edited(tmp_path: Path, geometry: bytes, bounds: tuple[float, ...] | None) -> None:
    base = Base(str(tmp_path / "wells.gpkg"))
    base.run(GEOPACKAGE)
    assert base.table("well").writes == flaskadmin.ALL_WRITES
    with base.database().writing() as connection:
        connection.exec_driver_sql("INSERT INTO well (fid, geom) VALUES (1, ?)", (geometry,))
    assert base.rows("SELECT minx, maxx, miny, maxy FROM rtree_well_geom") == ([bounds] if bounds else [])


@pytest.mark.parametrize("kind", ["POINT", "LINESTRING", "GEOMETRY", "DATE", "BLOB"])
def test_a_file_takes_the_place_of_bytes_as_bytes(tmp_path: Path, site: Callable[..., Browser], kind: str) -> None:
    """Whatever the column is declared as: SQLite keeps bytes in any."""
    base = Base(str(tmp_path / "wells.gpkg"))
    base.run(GEOPACKAGE.replace("geom BLOB", f"geom {kind}"))
    with base.database().writing() as connection:
        connection.exec_driver_sql("INSERT INTO well (fid, geom) VALUES (1, ?)", (b"GP\0\1\0\0\0\0" + POINT,))
    browser, new = site(base.url), b"GP\0\1\xe6\x10\0\0" + LINE
    form = browser.form("/admin/well/1/edit")
    assert browser.submit(form, files={"geom": ("g.bin", new)}).status_code == 303
    assert base.rows("SELECT geom, typeof(geom) FROM well") == [(new, "blob")]


def test_a_database_of_read_only_transactions_says_so(base: Base, site: Callable[..., Browser]) -> None:
    if not base.postgres:
        pytest.skip("a setting of PostgreSQL")
    name = base.source.url.database
    base.run("CREATE TABLE oak (id int PRIMARY KEY, age int); INSERT INTO oak VALUES (1, 300)")
    base.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    browser = site(base.url)
    assert [(o["editable"], o["reason"]) for o in browser.objects()] == [
        (False, "The database is set to read-only transactions.")
    ]
    answer = browser.get("/admin/oak/1/edit")
    assert answer.status_code == 403 and "read-only transactions" in answer.text
    with pytest.raises(flaskadmin.Forbidden, match="read-only"), base.database().writing() as connection:
        connection.exec_driver_sql("UPDATE oak SET age = 1")


def test_a_view_that_only_takes_some_changes_says_which(base: Base) -> None:
    if not base.postgres:
        pytest.skip("SQLite's views aren't written through")
    base.run(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT DISTINCT a FROM t; CREATE VIEW w AS SELECT DISTINCT a FROM t",
        "CREATE RULE r AS ON DELETE TO v DO INSTEAD DELETE FROM t WHERE a = OLD.a",
        "CREATE RULE r AS ON INSERT TO w DO INSTEAD INSERT INTO t VALUES (NEW.a)",
    )
    offers = base.catalogue().offers()
    assert offers[base.name("v")] == ({"delete"}, "Through this view rows can only be deleted.")
    assert offers[base.name("w")] == ({"insert"}, "Through this view rows can only be added.")


def test_a_new_record_goes_by_the_right_to_insert(
    base: Base, site: Callable[..., Browser], request: pytest.FixtureRequest
) -> None:
    if not base.postgres:
        pytest.skip("SQLite has no rights")
    role = f"clerk_{base.source.url.database}"
    base.run(
        "CREATE TABLE slip (no int PRIMARY KEY, sum int, paid int); INSERT INTO slip VALUES (1, 2, 3)",
        f"CREATE ROLE {role} LOGIN; GRANT SELECT ON slip TO {role}",
        f"GRANT INSERT (no, sum), UPDATE (paid) ON slip TO {role}",
    )
    request.addfinalizer(lambda: base.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}"))
    browser = site(base.source.url.set(username=role).render_as_string(hide_password=False))
    new, edit = browser.form("/admin/slip/new"), browser.form("/admin/slip/1/edit")
    named = [{c.name for c in form.controls} & {"no", "sum", "paid"} for form in (new, edit)]
    assert named == [{"no", "sum"}, {"paid"}]
    new["no"], new["sum"] = "2", "5"
    assert browser.submit(new).status_code == 303
    assert base.rows("SELECT no, sum, paid FROM slip ORDER BY no") == [(1, 2, 3), (2, 5, None)]


def test_a_key_that_may_not_be_read_is_no_key(base: Base, request: pytest.FixtureRequest) -> None:
    if not base.postgres:
        pytest.skip("SQLite has no rights")
    role = f"part_{base.source.url.database}"
    base.run(
        "CREATE TABLE letter (id int PRIMARY KEY, subject text)",
        f"CREATE ROLE {role} LOGIN; GRANT SELECT (subject) ON letter TO {role}",
    )
    request.addfinalizer(lambda: base.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}"))
    table = Schema.of(base.database(base.source.url.set(username=role))).table(base.name("letter"))
    assert (table.key, table.physical, [c.name for c in table.columns]) == ((), False, ["subject"])


def test_a_form_says_what_the_rules_are(base: Base, site: Callable[..., Browser]) -> None:
    generated = "GENERATED ALWAYS AS (stars + 1) STORED"
    base.run(
        "CREATE TABLE hotel (id integer PRIMARY KEY, stars integer CHECK (stars BETWEEN 1 AND 7), floors integer"
        " CHECK (floors >= 2), beds bigint, code text CHECK (length(code) BETWEEN 3 AND 9), lang text"
        f" CHECK (length(lang) = 2), more integer {generated})",
        "INSERT INTO hotel (id, stars) VALUES (1, 3)",
    )
    if base.postgres:
        base.run(
            "CREATE DOMAIN share AS int CHECK (VALUE >= 5 AND VALUE <= 95)",
            "ALTER TABLE hotel ADD part share, ADD plate text CHECK (plate ~ '^[A-Z]+$')",
        )
    browser = site(base.url)
    for page in ("new", "1/edit"):
        text = html.unescape(browser.get(f"/admin/hotel/{page}").text)
        assert "1 to 7" in text and "2 or more" in text
        assert "3 to 9 letters" in text and 'minlength="3"' in text and 'maxlength="9"' in text
        assert "2 letters" in text and "9223372036854775807" not in text
        assert not base.postgres or ("5 to 95" in text and "written as ^[A-Z]+$" in text)
        assert "state.more" not in text and not re.search(r'<select[^>]*name="[^"]*more', text)
