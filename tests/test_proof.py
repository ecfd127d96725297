"""Nothing is lost: random editors on random schemas against a model; many writers at once; kills; a full disk."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import clients
import flaskadmin
from conftest import Browser, Postgres
from flaskadmin import Change, ChangeSet, Conflict, Database, History, Refused, State, TableName, Writer
from model import ROWID, Broken, Col, Logged, Model, Schema, Tab, Values, quoted

SCHEMAS = 60
RUNS = {"sqlite": 250, "postgresql": 125} if os.environ.get("CI") else {"sqlite": 40, "postgresql": 20}
STEPS = 8
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # to shrink an example takes minutes

# -- One schema in a database ------------------------------------------------------


class Base:
    """A database, two writers over it as two processes have, and their history."""

    def __init__(self, url: str, state: str) -> None:
        self.url = url
        self.settings = flaskadmin.Settings(db=(url,), state=state, threads=2)
        self.source = flaskadmin.parse_source(url)
        self.postgres = url.startswith("postgresql:")
        self.raw = self._connect()
        self.engines: list[sa.Engine] = []
        self.states: list[State] = []
        self.writers = [self._writer(), self._writer()]
        self.history = self.writers[0].history
        self.states[0].make()
        self.verified = (0, "")

    def _connect(self) -> Any:
        if self.postgres:
            raw: Any = psycopg.connect(self.url, autocommit=True, prepare_threshold=None)  # names change their meaning
            raw.execute("SET session_replication_role = replica")
            return raw
        raw = sqlite3.connect(self.source.url.database or "", isolation_level=None)
        raw.text_factory = flaskadmin.tolerant_text
        return raw

    def _writer(self) -> Writer:
        engine = sa.create_engine(self.source.url, **flaskadmin.engine_options(self.source.url, self.settings))
        database = Database(engine, self.settings)
        state = State.of(self.settings, [database])
        self.engines.append(engine)
        self.states.append(state)
        return Writer(database, flaskadmin.Schema.of(database), History(state))

    def close(self) -> None:
        """Let everything go."""
        self.raw.close()
        for state in self.states:
            state.close()
        for engine in self.engines:
            engine.dispose()

    def verify(self) -> None:
        """Recompute the digests of the lines that were added since the last time, and of their rows."""
        assert self.history.state.database is not None
        with self.history.state.database.reading() as connection:
            self.verified = clients.verify(connection, self.history.tables, *self.verified)


class World:
    """The tables of one schema in a database."""

    def __init__(self, seed: int, base: Base) -> None:
        self.base = base
        self.postgres = base.postgres
        self.schema = Schema(seed, self.postgres)
        self.space = f"s{seed}" if self.postgres else ""
        self.raw, self.writers, self.history = base.raw, base.writers, base.history
        if self.postgres:
            self.raw.execute(f"CREATE SCHEMA {self.space}")
        self.enter()
        for statement in self.schema.create():
            self.raw.execute(statement)
        for writer in self.writers:
            writer.schema.forget()

    def enter(self) -> None:
        """Let the names of the tables be those of this schema."""
        if self.postgres:
            self.raw.execute(f"SET search_path = {self.space}")

    def table(self, name: str) -> flaskadmin.Table:
        """Return a table's declaration."""
        return self.writers[0].schema.table(TableName(self.space, name))

    # As another program does it

    def fill(self, rows: Mapping[str, list[Values]]) -> None:
        """Hold these rows and no others."""
        for name in self.schema.tables:
            self.raw.execute(f"DELETE FROM {quoted(name)}")
        for name, some in rows.items():
            for values in some:
                self._insert(self.schema.tables[name], values)
        for table in self.schema.tables.values():  # the next number is always the same one, beyond all that are there
            for col in table.cols:
                if col.own == "identity":
                    self._restart(table, col)

    def _restart(self, table: Tab, col: Col) -> None:
        if self.postgres:
            self.raw.execute(f"ALTER TABLE {quoted(table.name)} ALTER {quoted(col.name)} RESTART WITH 101")
        else:
            self.raw.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            self.raw.execute("INSERT INTO sqlite_sequence VALUES (?, 100)", (table.name,))

    def _insert(self, table: Tab, values: Values) -> None:
        given = {col.name: values[col.name] for col in table.cols if col.own != "generated"}
        marks = [self._mark(value) for value in given.values()]
        names = [*map(quoted, given)]
        sent = [v.encode("utf-8", "surrogateescape") if self._is_odd(v) else v for v in given.values()]
        if ROWID in values:
            names, marks, sent = ["rowid", *names], ["?", *marks], [values[ROWID], *sent]
        over = "OVERRIDING SYSTEM VALUE " if self.postgres else ""
        statement = f"INSERT INTO {quoted(table.name)} ({', '.join(names)}) {over}VALUES ({', '.join(marks)})"
        self.raw.execute(statement.replace("%", "%%").replace("?", "%s") if self.postgres else statement, sent)

    @staticmethod
    def _is_odd(value: Any) -> bool:
        return isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)

    def _mark(self, value: Any) -> str:
        return "CAST(? AS TEXT)" if self._is_odd(value) else "?"

    def stored(self) -> dict[str, list[Values]]:
        """Return what is really stored."""
        return {name: list(self._stored(table)) for name, table in self.schema.tables.items()}

    def _stored(self, table: Tab) -> Iterator[Values]:
        text = "::text" if self.postgres else ""
        parts = [quoted(col.name) + (text if col.family != "bytes" else "") for col in table.cols]
        names = [col.name for col in table.cols]
        if table.found_by in ("rowid", "maybe"):
            names, parts = [ROWID, *names], ["rowid", *parts]
        order = "" if self.postgres or table.suffix else " ORDER BY rowid"
        for record in self.raw.execute(f"SELECT {', '.join(parts)} FROM {quoted(table.name)}{order}").fetchall():
            yield dict(zip(names, record, strict=True))

    # As the site sees it

    def seen(self) -> dict[str, list[flaskadmin.Row]]:
        """Return all rows with their addresses, as the site reads them."""
        found = {}
        with self.writers[0].database.reading() as connection:
            for name in self.schema.tables:
                selection = flaskadmin.full_selection(self.table(name))
                found[name] = [selection.row(record) for record in connection.execute(selection.statement)]
        return found


class Worlds:
    """The worlds of one engine, each made when it is first needed; those with an odd number keep state within."""

    def __init__(self, make_base: Callable[[int, bool], Base]) -> None:
        self.make_base = make_base
        self.bases: dict[Any, Base] = {}
        self.made: dict[int, World] = {}

    def get(self, seed: int) -> World:
        """Return the world with this number."""
        if seed not in self.made:
            self.made[seed] = World(seed, self.make_base(seed, seed % 2 == 1))
        self.made[seed].enter()
        return self.made[seed]


# -- The machine -------------------------------------------------------------------


class Sheet(NamedTuple):
    """A record that an editor has open: what stood in it, by the site and by the model."""

    table: str
    token: str
    old: Mapping[str, Any]
    rid: int
    address: Any
    values: Values
    version: int


class Done(NamedTuple):
    """A change set that was committed."""

    number: int
    before: Model
    after: Model
    log: list[Logged]


Wish = tuple[str, str, Sheet | None, dict[str, Any]]  # verb, table, record, values


class Editors(RuleBasedStateMachine):
    """Several people at once, who edit, add, delete, change in bulk and import, look first, and take back."""

    worlds: Worlds

    @initialize(seed=st.integers(0, SCHEMAS - 1), content=st.integers(0, 2**32))
    def begin(self, seed: int, content: int) -> None:
        """Fill the tables of one of the schemas."""
        self.world = self.worlds.get(seed)
        self.model = self._filled(random.Random(content))
        self.world.fill({name: list(rows.values()) for name, rows in self.model.rows.items()})
        self.sheets: list[Sheet] = []
        self.sets: list[Done] = []
        self.undone: dict[int, int] = {}  # by what
        self._compare(self.model)
        self.seen = self.world.seen()

    def _filled(self, chance: random.Random) -> Model:
        model = Model(self.world.schema)
        for table in self.world.schema.tables.values():
            for n in range(chance.randint(1, 4)):
                number = str(n + 1) if self.world.postgres else n + 1
                own = {col.name: number for col in table.cols if col.own == "identity"}
                rowid = {ROWID: n * 2 + 1} if table.found_by in ("rowid", "maybe") else {}
                given = {c.name: chance.choice(self.world.schema.values(table, c)) for c in table.cols if not c.own}
                trial = model.copy()
                try:
                    trial.insert(table, {**given, **own, **rowid})
                except Broken:
                    continue
                model.take(trial)
        model.log.clear()
        return model

    # What people do

    @rule(data=st.data())
    def open(self, data: st.DataObject) -> None:
        """Open a record, and have it lie there while others work."""
        if sheet := self._sheet(data):
            self.sheets = [*self.sheets, sheet][-4:]

    @rule(data=st.data(), stale=st.booleans())
    def save(self, data: st.DataObject, stale: bool) -> None:
        """Save a record, maybe one that was opened a while ago."""
        sheet = data.draw(st.sampled_from(self.sheets)) if stale and self.sheets else self._sheet(data)
        if sheet:
            self._run(data, [("update", sheet.table, sheet, self._given(data, sheet.table))])

    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        """Add a record."""
        name = data.draw(st.sampled_from(list(self.world.schema.tables)))
        self._run(data, [("insert", name, None, self._given(data, name, all_of=True))])

    @rule(data=st.data(), stale=st.booleans())
    def remove(self, data: st.DataObject, stale: bool) -> None:
        """Delete a record with what goes along."""
        sheet = data.draw(st.sampled_from(self.sheets)) if stale and self.sheets else self._sheet(data)
        if sheet:
            self._run(data, [("delete", sheet.table, sheet, {})])

    @rule(data=st.data(), verbs=st.lists(st.sampled_from(["insert", "update", "delete"]), min_size=2, max_size=6))
    def change_many(self, data: st.DataObject, verbs: list[str]) -> None:
        """An import, a bulk edit, or a bulk delete."""
        wishes: list[Wish] = []
        for verb in verbs:
            name = data.draw(st.sampled_from(list(self.world.schema.tables)))
            sheet = self._sheet(data, name) if verb != "insert" else None
            if sheet or verb == "insert":
                taken = [other for _, _, other, _ in wishes if other and sheet and other.rid == sheet.rid]
                given = self._given(data, name, all_of=verb == "insert") if verb != "delete" else {}
                wishes += [] if taken else [(verb, name, sheet, given)]
        self._run(data, wishes)

    @precondition(lambda self: self.sets)
    @rule(data=st.data(), preview=st.booleans(), skip=st.booleans(), last=st.booleans())
    def take_back(self, data: st.DataObject, preview: bool, skip: bool, last: bool) -> None:
        """Undo the last change set, or any; an undo, too."""
        done = self.sets[-1] if last else data.draw(st.sampled_from(self.sets))
        writer = data.draw(st.sampled_from(self.world.writers))
        self._undo(writer, done, preview=preview, skip=skip)

    def teardown(self) -> None:
        """Undo everything, the newest first."""
        if not hasattr(self, "world") or sys.exc_info()[0]:
            return
        for done in reversed(list(self.sets)):
            self._undo(self.world.writers[0], done)
            assert self._rows_of(self.model) == self._rows_of(done.before)
        self.world.base.verify()

    # How it is done

    def _sheet(self, data: st.DataObject, name: str = "") -> Sheet | None:
        tables = [name] if name else [n for n, rows in self.model.rows.items() if rows]
        rows = [(n, rid) for n in tables for rid in self.model.rows[n]]
        if not rows:
            return None
        name, rid = data.draw(st.sampled_from(rows))
        table, values = self.world.schema.tables[name], self.model.rows[name][rid]
        row = next(row for row in self.seen[name] if self._is(table, row, values))
        old = {n: flaskadmin.fingerprint(v) for n, v in row.values.items()}
        return Sheet(name, row.token, old, rid, table.address(rid, values), dict(values), self._version(rid))

    def _version(self, rid: int) -> int:
        return sum(line.rid == rid for line in self.model.log)

    def _is(self, table: Tab, row: flaskadmin.Row, values: Values) -> bool:
        if table.key and None not in (values[name] for name in table.key):
            return all(row.values[name] == values[name] for name in table.key)
        if table.found_by in ("rowid", "maybe"):
            return row.token.removeprefix("~r") == str(values[ROWID])
        return all(row.values[n] == self._as_seen(v) for n, v in values.items())

    @staticmethod
    def _as_seen(value: Any) -> Any:
        if isinstance(value, bytes):
            return flaskadmin.Blob(len(value), value[:16], flaskadmin.digest_of(value))
        return value

    def _given(self, data: st.DataObject, name: str, *, all_of: bool = False) -> dict[str, Any]:
        table = self.world.schema.tables[name]
        cols = [col for col in table.cols if not col.own]
        if table.found_by == "maybe" and not all_of:  # whoever gets a key and loses it may get another rowid by an undo
            cols = [col for col in cols if col.name not in table.key]
        chosen = cols if all_of else data.draw(st.lists(st.sampled_from(cols), min_size=1, max_size=2, unique=True))
        given = {col.name: data.draw(st.sampled_from(self.world.schema.values(table, col))) for col in chosen}
        left = [c.name for c in chosen if all_of and c.name not in table.key and data.draw(st.integers(0, 5)) == 0]
        return {n: v for n, v in given.items() if n not in left}

    def _run(self, data: st.DataObject, wishes: list[Wish]) -> None:
        preview, skip = data.draw(st.integers(0, 4)) == 0, len(wishes) > 1 and data.draw(st.booleans())
        shape = data.draw(st.sampled_from(["each", "function", "list"]))
        changes = [self._change(wish) for wish in wishes]
        writer = data.draw(st.sampled_from(self.world.writers))
        given: Any = changes if shape == "each" else lambda _connection: iter(changes)
        if shape == "list":
            given = lambda connection: iter([[self._with_current(connection, change) for change in changes]])  # noqa: E731
        hopes = self._hopes_of_list(wishes, changes, skip) if shape == "list" else self._hopes(wishes, skip)
        try:
            result = writer.run(ChangeSet("anna", "import"), given, preview=preview, skip=skip)
        except (Refused, Conflict) as error:
            assert None in hopes, f"refused: {error!r}"
            self._compare(self.model)
            return
        assert hopes != [None] or preview, f"the database took what the model refuses: {self.broken!r} {wishes}"
        self._ended(result, hopes, preview)

    def _ended(self, result: flaskadmin.Result, hopes: list[Model | None], preview: bool) -> None:
        if preview:
            assert result.number is None
            self._compare(self.model)
            return
        before = self.model
        models = [model for model in hopes if model is not None]
        stored = self.world.stored()
        fits = [model for model in models if self._fits(model, stored)]
        assert fits, self._difference(models[0], stored)
        after = fits[0]
        self._adopt(after, stored)
        log, self.model = after.log[len(before.log) :], after
        now = self.world.seen()
        if result.number is None:
            assert self._rows_of(before) == self._rows_of(after), "a change that isn't in the history"
        else:
            self._check_history(result, self.seen, now)
            self.sets.append(Done(result.number, before, after, log))
        self.seen = now

    def _change(self, wish: Wish) -> Change:
        verb, name, sheet, given = wish
        token, old = (sheet.token, sheet.old) if sheet else ("", {})
        return Change(table=self.world.table(name), verb=verb, token=token, old=old, new=given)

    @staticmethod
    def _with_current(connection: sa.Connection, change: Change) -> Change:
        """Return a change with the row's values, as whoever plans many changes reads them."""
        if not change.token:
            return change
        try:
            found = flaskadmin.full_selection(change.table).find(connection, change.token)
        except flaskadmin.NotFound:
            return change
        return replace(change, old={**found.values, **change.old})

    def _hopes_of_list(self, wishes: list[Wish], changes: list[Change], skip: bool) -> list[Model | None]:
        """As ``_hopes``, where changes that are alike may be carried out by one statement."""
        by_change = {id(change): wish for change, wish in zip(changes, wishes, strict=True)}
        hopes: list[Model | None] = [self.model.copy()]
        for group in flaskadmin.alike_changes(changes):
            some = [by_change[id(change)] for change in group]
            hopes = [after for hope in hopes for after in [*self._at_once(hope, some), *self._each(hope, some, skip)]]
        return hopes

    def _each(self, hope: Model | None, wishes: list[Wish], skip: bool) -> list[Model | None]:
        hopes = [hope]
        for wish in wishes:
            hopes = [after for one in hopes for after in self._after(one, wish, skip)]
        return hopes

    def _at_once(self, hope: Model | None, wishes: list[Wish]) -> Iterator[Model]:
        if hope is None or len(wishes) < 2:
            return
        trial = hope.copy()
        trial.lenient = True
        try:
            if wishes[0][0] == "delete":
                trial.delete(self.world.schema.tables[wishes[0][1]], *(w[2].rid for w in wishes if w[2] and w[2].rid
                             in trial.rows[w[1]]))  # fmt: skip
            else:
                for wish in wishes:
                    self._wish(trial, wish)
            trial.check(end=True)
        except Broken:
            return
        trial.lenient = False
        yield trial

    def _hopes(self, wishes: list[Wish], skip: bool) -> list[Model | None]:
        """Return how the model may look afterwards; None stands for a refusal of everything."""
        return self._each(self.model.copy(), wishes, skip)

    def _after(self, hope: Model | None, wish: Wish, skip: bool) -> Iterator[Model | None]:
        if hope is None:
            yield None
            return
        trial = hope.copy()
        trial.unsure = False
        try:
            self._wish(trial, wish)
        except Broken as error:
            self.broken = error
            yield hope if skip else None
            return
        yield trial
        if trial.unsure:
            yield hope if skip else None

    def _wish(self, model: Model, wish: Wish) -> None:
        verb, name, sheet, given = wish
        table = self.world.schema.tables[name]
        if sheet is None:
            model.insert(table, given)
            return
        rid = model.find(table, sheet.address)
        if rid is None and verb == "delete" and self.model.find(table, sheet.address) is not None:
            return  # it went along with another
        if rid is None:
            raise Broken("gone")
        now = model.rows[name][rid]
        compared = [*sheet.values] if verb == "delete" or table.found_by == "place" else [*given]
        if any(now[n] != sheet.values[n] or type(now[n]) is not type(sheet.values[n]) for n in compared if n != ROWID):
            raise Broken("conflict")
        if table.found_by == "place" and sum(line.rid == rid for line in model.log) != sheet.version:
            model.unsure = True
        if verb == "update":
            model.update(table, rid, given)
        else:
            model.delete(table, rid)

    # Undo

    def _undo(self, writer: Writer, done: Done, *, preview: bool = False, skip: bool = False) -> None:
        newest = self._rows_of(self.model) == self._rows_of(done.after)
        hope = self._reversed(done)
        try:
            result = writer.undo(done.number, "bob", preview=preview, skip=skip)
        except (Refused, Conflict) as error:
            if self._is_undone(done.number):
                newest = False
            assert not newest, f"an undo of the last change is refused: {error!r}"
            self._compare(self.model)
            return
        if result.rejected_count:
            assert skip and not newest, [str(rejected) for rejected in result.rejected]
            self._partly(result, preview)
            return
        assert not self._is_undone(done.number), "undone twice"
        assert hope is not None or preview, "undone, though the model can't"
        self._ended(result, [hope], preview)
        if result.number is not None:
            self.undone[done.number] = result.number

    def _is_undone(self, number: int) -> bool:
        return number in self.undone and not self._is_undone(self.undone[number])

    def _partly(self, result: flaskadmin.Result, preview: bool) -> None:
        """After an undo that left rows out, the model takes over what is there; the history must tell it all."""
        if preview:
            self._compare(self.model)
            return
        after = self.model.copy()
        now = self.world.seen()
        stored = self.world.stored()
        self._take_over(after, stored)
        if result.number is None:
            self._compare(self.model)
            return
        self._check_history(result, self.seen, now)
        self.sets.append(Done(result.number, self.model, after, self._changes(self.model, after)))
        self.model, self.seen = after, now

    def _changes(self, before: Model, after: Model) -> list[Logged]:
        found = []
        for name in self.world.schema.tables:
            pairs = [before.rows[name], after.rows[name]]
            for rid in {**pairs[0], **pairs[1]}:
                one, other = (rows.get(rid) for rows in pairs)
                found += [Logged(name, rid, one, other)] if one != other else []
        return sorted(found, key=lambda line: (line.after is not None, line.before is None))

    def _take_over(self, model: Model, stored: Mapping[str, list[Values]]) -> None:
        for name, table in self.world.schema.tables.items():
            old = {self._key(table, values): rid for rid, values in model.rows[name].items()}
            model.rows[name] = {}
            for values in stored[name]:
                rid = old.pop(self._key(table, values), None)
                if rid is None:
                    rid, model.next = model.next, model.next + 1
                model.rows[name][rid] = values

    def _reversed(self, done: Done) -> Model | None:
        """Return the model after an undo; None where it can't be."""
        model = self.model.copy()
        try:
            for line in reversed(done.log):
                self._reverse(model, line)
            model.check()
        except Broken:
            return None
        return model

    def _reverse(self, model: Model, line: Logged) -> None:
        table = self.world.schema.tables[line.table]
        rows = model.rows[line.table]
        if line.after is None:
            assert line.before is not None
            if model.find(table, table.address(line.rid, line.before)) is not None:
                raise Broken("taken")
            rid = line.rid if line.rid not in rows else model.next
            model.next = max(model.next, rid + 1)
            rows[rid] = dict(line.before)
            model._note(line.table, rid, None, line.before)
            return
        rid = model.find(table, table.address(line.rid, line.after))
        before = line.before or {}
        touched = {n: v for n, v in line.after.items() if n != ROWID and before.get(n, self) != v}
        if rid is None or any(rows[rid][n] != v for n, v in touched.items()):
            raise Broken("changed")
        now = rows[rid]
        if line.before is None:
            del rows[rid]
            model._note(line.table, rid, now, None)
            return
        rows[rid] = {n: before[n] if before[n] != line.after[n] else v for n, v in now.items()}
        model._note(line.table, rid, now, rows[rid])

    # What must hold

    def _key(self, table: Tab, values: Values, *, known: bool = True) -> Any:
        """Return a row's values for comparing; without those that only the database knows, unless ``known``."""
        own = {col.name for col in table.cols if col.own == "identity"}
        found_by_rowid = table.found_by == "rowid" or table.found_by == "maybe" and values[table.key[0]] is None
        left = {ROWID} if not found_by_rowid or not known else set()
        left |= own if not known else set()
        return tuple((n, type(v).__name__, v) for n, v in sorted(values.items()) if n not in left)

    def _new(self, values: Values) -> bool:
        return any(isinstance(value, tuple) for value in values.values())

    def _split(self, table: Tab, model: Model, stored: list[Values]) -> tuple[list[int], list[Values], Counter[Any]]:
        """Return the model's rows with unknown values, the stored rows that may be these, and what doesn't fit."""
        rows = model.rows[table.name]
        fresh = [rid for rid, values in rows.items() if self._new(values)]
        known = Counter(self._key(table, values) for rid, values in rows.items() if rid not in fresh)
        left = []
        for values in stored:
            key = self._key(table, values)
            if known[key] > 0:
                known[key] -= 1
            else:
                left.append(values)
        return fresh, left, +known

    def _fits(self, model: Model, stored: Mapping[str, list[Values]]) -> bool:
        for name, table in self.world.schema.tables.items():
            fresh, left, missing = self._split(table, model, stored[name])
            wanted = Counter(self._key(table, model.rows[name][rid], known=False) for rid in fresh)
            if missing or wanted != Counter(self._key(table, values, known=False) for values in left):
                return False
        return True

    def _adopt(self, model: Model, stored: Mapping[str, list[Values]]) -> None:
        """Let the model know the rowids and identities that the database gave."""
        for name, table in self.world.schema.tables.items():
            fresh, left, _ = self._split(table, model, stored[name])
            for rid in fresh:
                key = self._key(table, model.rows[name][rid], known=False)
                values = next(v for v in left if self._key(table, v, known=False) == key)
                left.remove(values)
                model.rows[name][rid] = values
            if table.found_by == "maybe":
                by_key = {values[table.key[0]]: values[ROWID] for values in stored[name]}
                for values in model.rows[name].values():
                    if values[table.key[0]] is not None:
                        values[ROWID] = by_key[values[table.key[0]]]
        for place, line in enumerate(model.log):  # what was logged with unknown values
            if line.after is not None and self._new(line.after) and line.rid in model.rows[line.table]:
                now = model.rows[line.table][line.rid]
                own = {n: now[n] for n, v in line.after.items() if isinstance(v, tuple)}
                model.log[place] = line._replace(after={**line.after, **own})

    def _compare(self, model: Model) -> None:
        stored = self.world.stored()
        assert self._fits(model, stored), self._difference(model, stored)

    def _difference(self, model: Model, stored: Mapping[str, list[Values]]) -> str:
        mine, theirs = self._rows_of(model), {}
        for name, table in self.world.schema.tables.items():
            theirs[name] = Counter(self._key(table, values) for values in stored[name])
        more, less = ({n: a[n] - b[n] for n in a} for a, b in ((mine, theirs), (theirs, mine)))
        return f"only in the model: {more}, only stored: {less}"

    def _rows_of(self, model: Model) -> dict[str, Counter[Any]]:
        tables = self.world.schema.tables
        return {n: Counter(self._key(tables[n], v) for v in rows.values()) for n, rows in model.rows.items()}

    def _check_history(self, result: flaskadmin.Result, before: Any, after: Any) -> None:
        """Carry out by hand what the history says: it leads from what was there to what is there."""
        assert result.number is not None
        line = self.world.history.event(result.number)
        assert (line.kind, line.outcome) == ("change", "done")
        rows = {name: [(row.token, dict(row.values)) for row in some] for name, some in before.items()}
        for entry in self.world.history.rows(line, limit=10_000):
            self._replay(rows[entry.table.name], entry)
            for value in [*entry.before.values(), *entry.after.values()]:
                if isinstance(value, flaskadmin.Blob):
                    body = self.world.history.content(value.digest)
                    assert body is not None and flaskadmin.digest_of(body) == value.digest
        for name, some in after.items():
            exact = self.world.schema.tables[name].found_by != "place"
            mine = Counter((token if exact else "", repr(sorted(values.items()))) for token, values in rows[name])
            theirs = Counter((r.token if exact else "", repr(sorted(r.values.items()))) for r in some)
            assert mine == theirs, f"{name}: only in the history {mine - theirs}, only there {theirs - mine}"

    def _replay(self, rows: list[tuple[str, dict[str, Any]]], entry: flaskadmin.RowChange) -> None:
        if entry.verb == "insert":
            rows.append((entry.token, dict(entry.after)))
            return
        exact = self.world.schema.tables[entry.table.name].found_by != "place"
        fits = [
            (token, values)
            for token, values in rows
            if (token == entry.token_before or not exact) and all(values[n] == v for n, v in entry.before.items())
        ]
        assert fits, f"the history tells of a row that isn't there: {entry}"
        rows.remove(fits[0])
        if entry.verb == "update":
            rows.append((entry.token, {**fits[0][1], **entry.after}))


@pytest.fixture(scope="module")
def sqlite_worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """A file for each schema."""
    folder, bases = tmp_path_factory.mktemp("worlds"), []

    def make(seed: int, same: bool) -> Base:
        path = folder / f"{seed}.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        bases.append(Base(f"sqlite:///{path}", "same" if same else ""))
        return bases[-1]

    yield Worlds(make)
    for base in bases:
        base.close()


@pytest.fixture(scope="module")
def postgres_worlds(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """Two databases, one with its history within; each world has a schema in one of them."""
    apart = str(tmp_path_factory.mktemp("worlds") / "state.db")
    bases = [Base(postgres.create(), apart), Base(postgres.create(), "same")]
    yield Worlds(lambda _seed, same: bases[same])
    for base in bases:
        base.close()
        postgres.drop(base.url)


def test_random_editors_and_undo_of_everything(engine_name: str, request: pytest.FixtureRequest) -> None:
    worlds = request.getfixturevalue("sqlite_worlds" if engine_name == "sqlite" else "postgres_worlds")
    machine = type("EditorsHere", (Editors,), {"worlds": worlds})
    some = hypothesis_settings(
        max_examples=int(os.environ.get("PROOF_RUNS") or RUNS[engine_name]),
        stateful_step_count=STEPS,
        report_multiple_bugs=False,
        phases=PHASES,
    )
    run_state_machine_as_test(machine, settings=some)


@pytest.mark.parametrize("rule", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_what_follows_a_changed_key_is_in_the_history_and_undone(engine_url: str, tmp_path: Path, rule: str) -> None:
    execute(
        engine_url, "CREATE TABLE town (id text PRIMARY KEY)", "INSERT INTO town VALUES ('a'), ('b')",
        f"CREATE TABLE person (id text PRIMARY KEY, town text DEFAULT 'b' REFERENCES town ON UPDATE {rule})",
        "INSERT INTO person VALUES ('1', 'a'), ('2', 'a'), ('3', 'b')",
    )  # fmt: skip
    people = "SELECT id, town FROM person ORDER BY id"
    now = {"CASCADE": "new", "SET NULL": None, "SET DEFAULT": "b"}[rule]
    with clients.writer_over(engine_url, tmp_path) as writer:
        table = writer.schema.table(TableName("public" if writer.database.is_postgres else "", "town"))
        outcome = writer.apply(Change(table=table, verb="update", token="a", new={"id": "new"}), "anna")
        assert execute(engine_url, people) == [("1", now), ("2", now), ("3", "b")]
        assert outcome.number is not None
        found = writer.history.rows(writer.history.event(outcome.number))
        told = {(e.table.name, e.token, e.before.get("town"), e.after.get("town")) for e in found if e.rule}
        assert told == {("person", "1", "a", now), ("person", "2", "a", now)}
        writer.undo(outcome.number, "bob")
    assert execute(engine_url, people) == [("1", "a"), ("2", "a"), ("3", "b")]


# -- Sixteen clients at once -------------------------------------------------------


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements as another program would; return the rows of the last."""
    if url.startswith("postgresql:"):
        with psycopg.connect(url, autocommit=True) as connection:
            cursor: Any = [connection.execute(statement.encode()) for statement in statements][-1]
            return list(cursor.fetchall()) if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        return [connection.execute(statement) for statement in statements][-1].fetchall()


def test_sixteen_clients_lose_nothing(engine_url: str, tmp_path: Path) -> None:
    execute(engine_url, *clients.counters(engine_url.startswith("postgresql:")))
    audit = clients.Audit(engine_url, tmp_path, "counter")
    with clients.served(engine_url, tmp_path) as site:
        met = clients.bump_all(site.home, 16, lambda saved: saved < 3)
        said = site.stop()
    assert set(met) <= {303, 409}, f"{met}\n{said[-3000:]}"
    assert met[303] == 16 * 3
    assert execute(engine_url, "SELECT sum(n) FROM counter") == [(16 * 3,)], "nothing is lost, nothing doubled"
    assert len(audit.check()) == 16 * 3
    assert "Traceback" not in said


# -- Kills -------------------------------------------------------------------------

KILLS = 10


def test_a_killed_process_leaves_each_change_set_whole_or_undone(engine_url: str, tmp_path: Path) -> None:
    execute(engine_url, *clients.items(engine_url.startswith("postgresql:")))
    audit, chance = clients.Audit(engine_url, tmp_path, "item"), random.Random(4)
    for turn in range(KILLS):
        worker = clients.Worker(engine_url, tmp_path, "", turn, "bulk" if turn % 2 else "single")
        time.sleep(chance.uniform(0, 0.5))
        acknowledged = worker.kill()
        assert not worker.told
        assert acknowledged <= len(audit.check()) <= acknowledged + 1


@pytest.mark.parametrize("verb", ["insert", "update", "delete"])
@pytest.mark.parametrize("came_through", [True, False])
def test_an_end_that_was_cut_off_is_found_even_after_later_changes(
    engine_url: str, tmp_path: Path, verb: str, came_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ended behind the commit, or before it; another one went on with the same row before anyone looked."""
    postgres = engine_url.startswith("postgresql:")
    execute(engine_url, *clients.items(postgres))
    execute(engine_url, "DELETE FROM item WHERE id > 2")
    with clients.writer_over(engine_url, tmp_path) as writer:
        table = writer.schema.table(TableName("public" if postgres else "", "item"))
        audit = clients.Audit(engine_url, tmp_path, "item")

        def change(verb: str, token: str, note: str) -> None:
            new = {"note": note, **({"id": token} if verb == "insert" and postgres else {})}
            new |= {"id": int(token)} if verb == "insert" and not postgres else {}
            change = Change(table=table, verb=verb, token=token if verb != "insert" else "", new=new)
            writer.run(ChangeSet("anna"), [change])

        def cut_off(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        token = "7" if verb == "insert" else "1"
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            if came_through:
                patch.setattr(writer.history, "finish", cut_off)
            else:
                patch.setattr(writer, "settle", cut_off)
                patch.setattr(
                    sa.Connection, "commit", fail_at_client(sa.Connection.commit, writer.database.writing_engine)
                )
            change(verb, token, "first")
        there = (verb == "insert") is came_through if verb != "update" else True
        change("update" if there else "insert", token, "second")
        change("delete", token, "")
        change("insert", token, "third")
        assert len(audit.check()) == 3 + came_through


def fail_at_client(commit: Any, engine: sa.Engine) -> Any:
    """Return a commit that is interrupted before it reaches the client's database."""

    def maybe(connection: sa.Connection) -> None:
        if connection.engine is engine:
            raise KeyboardInterrupt
        commit(connection)

    return maybe


def test_a_killed_postgresql_leaves_each_change_set_whole_or_undone(tmp_path: Path) -> None:
    with clients.own_postgres() as server:
        url = server.url
        execute(url, *clients.items(True))
        audit = clients.Audit(url, tmp_path, "item")
        worker = clients.Worker(url, tmp_path, "", 1, "single")
        for turn in range(KILLS // 2):
            time.sleep(0.3 + turn / 10)
            server.kill()
            worker.until_more("told:")
            server.start()
            worker.until_more("acknowledged")
        acknowledged = worker.kill()
        assert acknowledged <= len(audit.check()) <= acknowledged + 1 + len(worker.told)
        assert all("can't be reached" in line or "isn't known" in line for line in worker.told), set(worker.told)


# -- A full disk -------------------------------------------------------------------


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Let a SQLite file grow no more, as on a disk that is full."""

    def at_each_begin(pages: int) -> Callable[[sa.Connection], Any]:
        return lambda link: link.connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore

    limit = at_each_begin(1)  # which stands for as many as there are
    sa.event.listen(database.writing_engine, "begin", limit)
    yield
    sa.event.remove(database.writing_engine, "begin", limit)
    sa.event.listen(database.writing_engine, "begin", at_each_begin(1_000_000_000))


@contextmanager
def full_of_postgres(url: str) -> Iterator[None]:
    """Let PostgreSQL say of each new row version what it says where its disk is full."""
    words = "RAISE 'could not extend file \"base/5/16412\": No space left on device' USING ERRCODE = 'disk_full'"
    execute(
        url,
        f"CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {words}; END $$",
        "CREATE TRIGGER no_space BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION no_space()",
    )
    yield
    execute(url, "DROP TRIGGER no_space ON item")


@pytest.mark.parametrize("which", ["history", "database"])
def test_a_full_disk_refuses_in_words_and_loses_nothing(
    engine_url: str, which: str, site: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(flaskadmin, "STATE_PAUSE", 0.3)
    execute(engine_url, *clients.items(engine_url.startswith("postgresql:")))
    audit = clients.Audit(engine_url, tmp_path, "item")
    browser = site(engine_url)
    own = browser.app.extensions["flaskadmin"]["flaskadmin"]
    assert save(browser, "first") == (303, "")
    server = which == "database" and engine_url.startswith("postgresql:")
    disk = own.state.database if which == "history" else own.sections[0].database
    with full_of_postgres(engine_url) if server else full(disk):
        status, text = save(browser, "x" * 100_000)
        assert status == 503
        assert "full" in text and "Nothing was" in text
        assert "Traceback" not in text and "sqlite" not in text.lower()
        if which == "history":
            page = browser.get("/admin/item/1/edit")
            assert page.status_code == 403 and "history can&#39;t be written" in page.text, "read-only, and it says why"
            assert browser.get("/admin/item/").status_code == 200
    assert len(audit.check()) == 1, "what was refused is nowhere"
    time.sleep(0.4)
    assert save(browser, "second") == (303, "")
    assert len(audit.check()) == 1
    assert execute(engine_url, "SELECT note FROM item WHERE id = 1") == [("second",)]


def save(browser: Browser, note: str) -> tuple[int, str]:
    """Type a note, and save; the status and, unless it was saved, the page."""
    form = browser.form("/admin/item/1/edit")
    box = next(control for control in form.controls if control.name.endswith("note"))
    box.value = note
    answer = browser.submit(form)
    return answer.status_code, "" if answer.status_code == 303 else answer.text
