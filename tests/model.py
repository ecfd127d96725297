"""Random schemas, and a plain-Python model of what a database does with their rows.

The model holds rows as dicts and checks every rule by looking at all of them. Values are as each engine's driver gives
them: on PostgreSQL everything but bytea as text. A row on SQLite that no key finds has its rowid as the value ROWID.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ROWID = "\0rowid"
NAMES = ("town", 'we"ird', "a.b", "100%", "Größe 😀", "history", "x" * 63)
TEXTS = ("", "a", "b", "é", "e\u0301", "😀", "\u202eabc", " x ", "NULL", "it's", '"', "%(x)s", ":a", "\\", "a\r\nb\t")
LONG = "long " * 1200
BYTES = (b"", b"\0", b"\xff\xfe", bytes(range(256)), b"PK" * 3000)
JSONS = ('{"a": 1}', "[]", ' {"b":1,"b":2}', '"\\u00e9"', "null")
WHOLE = (0, 1, -1, 7, 500, 2**63 - 1, -(2**63))
POSTGRES_TYPES = {"integer": "bigint", "text": "text", "numeric": "numeric(8,2)", "json": "json", "bytes": "bytea"}
SQLITE_TYPES = {"integer": "integer", "text": "text", "numeric": "numeric(8,2)", "json": "json", "bytes": "blob"}
LIMIT = 1000
ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")

Values = dict[str, Any]
Rows = dict[int, Values]


class Broken(Exception):
    """A rule of the database doesn't allow it."""


@dataclass(frozen=True)
class Col:
    """A column; ``own`` says that nobody may give it: "generated" (from ``source``) or "identity"."""

    name: str
    family: str
    null: bool = True
    default: Any = None
    check: bool = False
    own: str = ""
    source: str = ""


@dataclass(frozen=True)
class Ref:
    """A foreign key to another table's key."""

    columns: tuple[str, ...]
    target: str
    action: str


@dataclass
class Tab:
    """A table; ``found_by`` is "key", "rowid" (SQLite), "maybe" (a key that may be NULL, SQLite), "place" (ctid)."""

    name: str
    cols: list[Col]
    key: tuple[str, ...]
    found_by: str
    suffix: str = ""
    unique: list[tuple[str, ...]] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)
    primary: bool = True

    @property
    def by_name(self) -> Mapping[str, Col]:
        return {col.name: col for col in self.cols}

    def address(self, rid: int, values: Values) -> Any:
        """Return what finds a row: its key, its rowid, or (PostgreSQL without a key) which one it is."""
        key = tuple(values[name] for name in self.key)
        if self.key and None not in key:
            return key
        return ("rid", rid) if self.found_by == "place" else ("rowid", values[ROWID])


class Logged(NamedTuple):
    """What happened to one row."""

    table: str
    rid: int
    before: Values | None
    after: Values | None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Schema:
    """Two to four tables that refer to each other, by a number that always makes the same ones."""

    def __init__(self, seed: int, postgres: bool) -> None:
        self.random = random.Random(seed)
        self.postgres = postgres
        names = self.random.sample(NAMES, self.random.randint(2, 4))
        self.tables: dict[str, Tab] = {}
        for name in names:
            self.tables[name] = self._table(name)

    # Making it

    def _table(self, name: str) -> Tab:
        pick = self.random
        kinds = ["integer", "text", "composite", "none", "identity", "unique"]
        kinds += ["both"] if len(self.tables) >= 2 else []
        kinds += [] if self.postgres else ["without rowid", "maybe"]
        kind = pick.choice(kinds) if self.tables else pick.choice([k for k in kinds if k != "none"])
        table = self._keyed(name, kind)
        table.cols += self._plain()
        for _ in range(pick.randint(0 if not self.tables else 1, 2)):
            self._refer(table)
        if pick.random() < 0.4:
            source = next((c.name for c in table.cols if c.family == "text" and c.name.startswith("c")), None)
            if source:
                table.cols.append(Col("made", "text", own="generated", source=source))
        return table

    def _keyed(self, name: str, kind: str) -> Tab:
        place = "place" if self.postgres else "rowid"
        if kind == "integer":
            return Tab(name, [Col("id", "integer", null=False)], ("id",), "key")
        if kind == "identity":
            return Tab(name, [Col("id", "integer", null=False, own="identity")], ("id",), "key")
        if kind in ("text", "without rowid"):
            suffix = " WITHOUT ROWID" if kind == "without rowid" else ""
            return Tab(name, [Col("k.y", "text", null=False)], ("k.y",), "key", suffix)
        if kind == "maybe":
            return Tab(name, [Col("k", "text")], ("k",), "maybe")
        if kind == "composite":
            return Tab(name, [Col("k 1", "text", null=False), Col("k2", "integer", null=False)], ("k 1", "k2"), "key")
        if kind == "unique":
            code = Col("code", "text", null=False)
            return Tab(name, [code], ("code",), "key", unique=[("code",)], primary=False)
        if kind == "both":
            return self._both(name)
        return Tab(name, [], (), place)

    def _both(self, name: str) -> Tab:
        """Return a table that only joins two others."""
        table = Tab(name, [], (), "key")
        for n, target in enumerate(self.random.sample([t for t in self.tables.values() if len(t.key) == 1], 2)
                                   if sum(len(t.key) == 1 for t in self.tables.values()) >= 2 else []):  # fmt: skip
            family = target.by_name[target.key[0]].family
            table.cols.append(Col(f"of{n}", family, null=False))
            table.refs.append(Ref((f"of{n}",), target.name, self.random.choice(("CASCADE", "RESTRICT", "NO ACTION"))))
        table.key = tuple(col.name for col in table.cols)
        return table if table.key else self._keyed(name, "text")

    def _plain(self) -> list[Col]:
        pick, found = self.random, []
        for n in range(pick.randint(1, 3)):
            family = pick.choice(("text", "text", "integer", "numeric", "json", "bytes"))
            null = pick.random() < 0.7
            default = None if family in ("bytes", "json") or null and pick.random() < 0.5 else self._value(family, 1)
            null = null or default is None
            found.append(Col(f"c{n}", family, null, default, family == "integer" and pick.random() < 0.5))
        return found

    def _refer(self, table: Tab) -> None:
        pick = self.random
        targets = [t for t in [*self.tables.values(), table] if t.key and len(t.refs) < 3 and t.found_by == "key"]
        if not targets:
            return
        target = pick.choice(targets)
        action = pick.choice(ACTIONS)
        null = action in ("SET NULL",) or target is table or pick.random() < 0.8
        n = len(table.refs)
        names = []
        for part, name in enumerate(target.key):
            family = target.by_name[name].family
            default = self._value(family, 1) if action == "SET DEFAULT" and pick.random() < 0.7 else None
            col = Col(f"r{n}{part}", family, null or default is None, default)
            table.cols.append(col)
            names.append(col.name)
        table.refs.append(Ref(tuple(names), target.name, action))

    # As SQL

    def _type(self, col: Col) -> str:
        return (POSTGRES_TYPES if self.postgres else SQLITE_TYPES)[col.family]

    def _column_sql(self, table: Tab, col: Col) -> str:
        words = [quoted(col.name), self._type(col)]
        if col.own == "generated":
            return " ".join([*words, f"GENERATED ALWAYS AS ({quoted(col.source)} || '!') STORED"])
        if col.own == "identity":
            return " ".join([*words, "GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if self.postgres else
                             "PRIMARY KEY AUTOINCREMENT"])  # fmt: skip
        words += [] if col.null else ["NOT NULL"]
        words += [f"DEFAULT {self._literal(col.default)}"] if col.default is not None else []
        words += [f"CHECK ({quoted(col.name)} < {LIMIT})"] if col.check else []
        words += ["PRIMARY KEY"] if table.primary and table.key == (col.name,) else []
        return " ".join(words)

    def _literal(self, value: Any) -> str:
        return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"

    def create(self) -> Iterator[str]:
        """Yield the statements that make the tables."""
        for table in self.tables.values():
            parts = [self._column_sql(table, col) for col in table.cols]
            listed = [", ".join(map(quoted, names)) for names in (table.key, *table.unique)]
            parts += [f"PRIMARY KEY ({listed[0]})"] if table.primary and len(table.key) > 1 else []
            parts += [f"UNIQUE ({names})" for names in listed[1:]]
            for ref in table.refs:
                here, there = (", ".join(map(quoted, n)) for n in (ref.columns, self.tables[ref.target].key))
                words = f"FOREIGN KEY ({here}) REFERENCES {quoted(ref.target)} ({there}) ON DELETE {ref.action}"
                parts.append(words)
            yield f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)}){table.suffix}"

    # Values

    def _value(self, family: str, place: int) -> Any:
        """Return the value at a place, which keys and what refers to them share."""
        value: Any = place if family == "integer" else f"k{place}" if family == "text" else "1.50"
        return str(value) if self.postgres or family == "text" else 1.5 if family == "numeric" else value

    def values(self, table: Tab, col: Col) -> list[Any]:
        """Return the values that may be tried in a column."""
        none = [None] if col.null and (col.name not in table.key or table.found_by == "maybe") else []
        refers = any(col.name in ref.columns for ref in table.refs)
        if refers or col.name in table.key:
            odd = ["~ü,/", "new", ""] if col.family == "text" else []
            return [*none, *(self._value(col.family, place) for place in range(1, 5)), *odd]
        plain: dict[str, list[Any]] = {
            "text": [*TEXTS, LONG], "integer": list(WHOLE), "json": list(JSONS), "bytes": list(BYTES),
            "numeric": ["1.50", "-0.01", "999999.99", "NaN"] if self.postgres else [1, 1.5, -0.01, "none"],
        }  # fmt: skip
        if self.postgres:
            return [*none, *(str(v) if isinstance(v, int) else v for v in plain[col.family])]
        odd = ["a\0b", "\udcff", b"\0", 1] if col.family in ("text", "numeric") and not col.check else []
        odd = [v for v in odd if v != 1 or col.family != "text"]
        return [*none, *plain[col.family], *odd]


class Model:
    """The rows of a schema's tables, and what the database does with them."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rows: dict[str, Rows] = {name: {} for name in schema.tables}
        self.log: list[Logged] = []
        self.next = 0
        self.lenient = False  # rules are checked at the end, as in one statement for many rows
        self.unsure = False  # the order in which a database looks decides: it may refuse

    def copy(self) -> Model:
        made = Model(self.schema)
        made.rows, made.log, made.next, made.unsure = copy.deepcopy(self.rows), [*self.log], self.next, self.unsure
        return made

    def take(self, other: Model) -> None:
        self.rows, self.log, self.next, self.unsure = other.rows, other.log, other.next, other.unsure

    def find(self, table: Tab, address: Any) -> int | None:
        """Return which row has this address."""
        found = (rid for rid, values in self.rows[table.name].items() if table.address(rid, values) == address)
        return next(found, None)

    def _note(self, table: str, rid: int, before: Values | None, after: Values | None) -> None:
        self.log.append(Logged(table, rid, before and dict(before), after and dict(after)))

    # What is asked for

    def insert(self, table: Tab, given: Mapping[str, Any], *, rid: int | None = None) -> int:
        """Add a row; identities and rowids are adopted later. Raises Broken."""
        values = {col.name: given.get(col.name, col.default) for col in table.cols}
        values |= {ROWID: given[ROWID]} if ROWID in given else {}
        self._generate(table, values)
        if rid is None:
            rid = self.next
            self.next += 1
        if table.found_by in ("rowid", "maybe") and ROWID not in values:
            values[ROWID] = ("new", rid)
        for col in table.cols:
            if values[col.name] is None and col.own == "identity":
                values[col.name] = ("new", rid)
        self.rows[table.name][rid] = values
        self._note(table.name, rid, None, values)
        self.check()
        return rid

    def update(self, table: Tab, rid: int, new: Mapping[str, Any]) -> bool:
        """Change a row; whether that made a difference. Raises Broken."""
        before = self.rows[table.name][rid]
        values = {**before, **new}
        if values == before and all(type(values[n]) is type(before[n]) for n in new):
            return False
        self._generate(table, values)
        self.rows[table.name][rid] = values
        self._note(table.name, rid, before, values)
        self._doubtful_key(table, before, values)
        self.check()
        return True

    def _doubtful_key(self, table: Tab, before: Values, values: Values) -> None:
        """A row that refers to itself and gets another key: whoever looks first."""
        for ref in table.refs:
            own = tuple(before[n] for n in ref.columns)
            if ref.target == table.name and own == tuple(before[n] for n in table.key) and before != values:
                self.unsure = True

    def delete(self, table: Tab, *rids: int) -> None:
        """Remove rows, with what the rules of their referrers do. Raises Broken."""
        gone = [(table.name, rid) for rid in rids]
        cleared: list[tuple[str, int, Ref]] = []
        blocking: list[tuple[str, int]] = []
        for place in gone:
            for name, other, ref in self.referrers(*place):
                if ref.action == "CASCADE":
                    gone += [(name, other)] if (name, other) not in gone else []
                elif ref.action.startswith("SET"):
                    cleared.append((name, other, ref))
                elif ref.action == "RESTRICT" or (name, other) in gone or self.schema.postgres:
                    blocking.append((name, other))
        if any(place not in gone for place in blocking if self._restricts(place, gone)):
            raise Broken("restrict")
        self.unsure = self.unsure or bool(blocking)
        for name, other, ref in cleared:
            if (name, other) not in gone:
                self._clear(name, other, ref)
            else:
                self.unsure = True
        for name, other in reversed(gone):
            self._note(name, other, self.rows[name].pop(other), None)
        self.check()

    def _restricts(self, place: tuple[str, int], gone: list[tuple[str, int]]) -> bool:
        found = [ref for target in gone for name, rid, ref in self.referrers(*target) if (name, rid) == place]
        return any(ref.action == "RESTRICT" for ref in found)

    def _clear(self, name: str, rid: int, ref: Ref) -> None:
        table = self.schema.tables[name]
        before = self.rows[name][rid]
        nothing = ref.action == "SET NULL"
        after = {**before, **{n: None if nothing else table.by_name[n].default for n in ref.columns}}
        self.rows[name][rid] = after
        self._note(name, rid, before, after)

    def referrers(self, name: str, rid: int) -> Iterator[tuple[str, int, Ref]]:
        """Yield the rows that refer to one."""
        target = self.schema.tables[name]
        key = tuple(self.rows[name][rid][part] for part in target.key)
        for table in self.schema.tables.values():
            for ref in table.refs:
                if ref.target == name:
                    for other, values in self.rows[table.name].items():
                        if tuple(values[part] for part in ref.columns) == key:
                            yield table.name, other, ref

    # Rules

    def _generate(self, table: Tab, values: Values) -> None:
        for col in table.cols:
            if col.own == "generated":
                source = values[col.source]
                text = source.decode("utf-8", "surrogateescape") if isinstance(source, bytes) else source
                values[col.name] = None if text is None else f"{text}!"

    def check(self, *, end: bool = False) -> None:
        """Raise Broken unless every row obeys every rule."""
        if self.lenient and not end:
            return
        for table in self.schema.tables.values():
            rows = self.rows[table.name].values()
            for values in rows:
                self._check_row(table, values)
            for names in [table.key, *table.unique]:
                keys = [tuple(values[n] for n in names) for values in rows] if names else []
                known = [key for key in keys if None not in key]
                if len(set(known)) < len(known):
                    raise Broken("unique")
            for ref in table.refs:
                self._check_ref(table, ref)

    def _check_row(self, table: Tab, values: Values) -> None:
        for col in table.cols:
            value = values[col.name]
            if value is None and not col.null:
                raise Broken("null")
            if col.check and value is not None and int(value) >= LIMIT:
                raise Broken("check")

    def _check_ref(self, table: Tab, ref: Ref) -> None:
        target = self.schema.tables[ref.target]
        there = {tuple(values[n] for n in target.key) for values in self.rows[target.name].values()}
        for values in self.rows[table.name].values():
            key = tuple(values[n] for n in ref.columns)
            if None not in key and key not in there:
                raise Broken("foreign")
