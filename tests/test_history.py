"""The history's pages, undo, and what happens when two people edit one record: seen by whoever uses the site."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

import flaskadmin
import forms
from conftest import PASSWORD, USER, Browser, close
from core import Base, statements
from flaskadmin import Change, ChangeSet, History, Refused, Settings, State, TableView, Unavailable, create_app, verify

PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
LONG = "The harbour office opens at nine in the morning, and closes at four in the afternoon. " * 60
MARKUP = "<img src=x onerror=alert(1)>"
TABLES = """CREATE TABLE town (id integer PRIMARY KEY, name varchar(200) NOT NULL, mayor varchar(60),
    secret varchar(60), notes text, photo {bytes}, about {json});
CREATE TABLE harbour (id integer PRIMARY KEY, town integer NOT NULL REFERENCES town (id) ON DELETE CASCADE,
    name varchar(60));
CREATE TABLE visit (id integer PRIMARY KEY, town integer REFERENCES town (id) ON DELETE SET NULL, day varchar(60));
CREATE TABLE vault (id integer PRIMARY KEY, code varchar(60));
INSERT INTO town VALUES (1, 'Bergen', 'Ida', 's1', 'wet', NULL, NULL), (2, 'Oslo', 'Bo', 's2', NULL, NULL, NULL),
    (3, 'Voss', NULL, 's3', NULL, NULL, NULL);
INSERT INTO harbour VALUES (1, 1, 'North'), (2, 1, 'South'), (3, 2, 'East');
INSERT INTO visit VALUES (1, 1, 'Monday'), (2, 2, 'Tuesday');
INSERT INTO vault VALUES (1, 'key of the vault')"""


def build(url: str) -> Base:
    """Make the tables."""
    base = Base(url)
    kinds = {"bytes": "bytea", "json": "jsonb"} if base.postgres else {"bytes": "blob", "json": "json"}
    base.run(TABLES.format(**kinds))
    return base


# -- Below the pages ---------------------------------------------------------------


class Book:
    """A history that is kept in the client's own database, so that a test reaches it on both engines."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.state = State(base.database(), within=True)
        self.history = History(self.state)
        database = self.state.database
        assert database is not None
        self.writer = flaskadmin.Writer(database, flaskadmin.Schema.of(database), self.history)

    def name(self, table: str) -> str:
        """Return a table's name in the state."""
        return f"flaskadmin.{table}" if self.base.postgres else f"flaskadmin_{table}"

    def table(self, name: str) -> flaskadmin.Table:
        """Return a table's declaration."""
        return self.writer.schema.table(self.base.name(name))

    def fill(self) -> None:
        """Write down changes of every sort, and other things."""
        new = {"id": self.number(9), "name": "Florø", "notes": LONG, "photo": PIXEL}
        self.writer.apply(Change(table=self.table("town"), verb="insert", new=new), "anna")
        self.writer.apply(Change(table=self.table("town"), verb="update", token="9", new={"mayor": "Liv"}), "bob")
        self.history.note("export", "bob", "Export of Town as CSV", form="csv")
        self.writer.apply(Change(table=self.table("town"), verb="delete", token="1"), "anna", "delete")
        self.writer.undo(self.history.events(flaskadmin.EventFilter())[0].number, "anna", reason="by mistake")

    def number(self, value: int) -> Any:
        """Return a whole number as this engine gives it."""
        return str(value) if self.base.postgres else value

    def problem(self) -> str:
        """Return what a check finds."""
        return verify(self.state).problem

    def tamper(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Run statements as someone who may do everything: no trigger, no foreign key."""
        mark = "%s" if self.base.postgres else "?"
        with closing(self.base.connect()) as connection:
            if self.base.postgres:
                connection.execute("SET session_replication_role = replica")
            else:
                for (trigger,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                ).fetchall():
                    connection.execute(f"DROP TRIGGER {trigger}")
            for statement, values in statements:
                connection.execute(statement.replace("?", mark), values)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return all that stands in a table of the state."""
        return self.base.rows(f"SELECT * FROM {self.name(table)}")

    def put_back(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Give a table of the state exactly these rows."""
        marks = ", ".join("?" * len(rows[0]))
        own = " OVERRIDING SYSTEM VALUE" if self.base.postgres else ""
        inserts = [(f"INSERT INTO {self.name(table)}{own} VALUES ({marks})", row) for row in rows]
        self.tamper((f"DELETE FROM {self.name(table)}", ()), *inserts)


@pytest.fixture
def book(engine_url: str) -> Iterator[Book]:
    """A history of a few changes, on each engine."""
    base = build(engine_url)
    made = Book(base)
    made.fill()
    yield made
    for engine in base.engines:
        engine.dispose()


def columns_of(book: Book, table: str) -> list[str]:
    return [column.name for column in getattr(book.state.tables, table).c]


def test_an_untouched_history_fits(book: Book) -> None:
    check = verify(book.state)
    assert check.problem == ""
    numbers = [row[0] for row in book.base.rows(f"SELECT number FROM {book.name('history')}")]
    assert (check.events, check.rows) == (len(numbers), len(book.rows("history_row")))
    assert check.events == 9 and check.rows == 10
    assert check.head == book.base.rows(f"SELECT hash FROM {book.name('history_head')}")[0][0]


@pytest.mark.parametrize("table", ["history", "history_row", "history_place", "content", "history_head"])
def test_a_changed_value_is_found(book: Book, table: str) -> None:
    """Whichever value it is, near the beginning, in the middle and near the end."""
    before = book.rows(table)
    keys = {"history": "number", "history_row": "unit, number", "history_place": "id", "content": "hash"}
    key = keys.get(table, "number")
    names = [name for name in columns_of(book, table) if name != "id"]  # which PostgreSQL itself keeps as it is
    rows = sorted(book.base.rows(f"SELECT {key} FROM {book.name(table)}"))
    for row in rows[:: max(1, len(rows) // 3)]:
        where = " AND ".join(f"{name} = ?" for name in key.split(", "))
        for name in names:
            quoted = f'"{name}"'
            (now,) = self_value(book, table, quoted, where, row)
            changed = b"other" if isinstance(now, bytes | memoryview) else f"{now or ''}x"
            changed = (now or 0) + 1000 if isinstance(now, int) or name in ("refers", "unit") else changed
            book.tamper((f"UPDATE {book.name(table)} SET {quoted} = ? WHERE {where}", (changed, *row)))
            assert book.problem(), f"{table}.{name} of {row}: {now!r} became {changed!r}"
            book.put_back(table, before)
    assert book.problem() == ""


def self_value(book: Book, table: str, column: str, where: str, key: tuple[Any, ...]) -> Any:
    mark = "%s" if book.base.postgres else "?"
    with closing(book.base.connect()) as connection:
        statement = f"SELECT {column} FROM {book.name(table)} WHERE {where}".replace("?", mark)
        return connection.execute(statement, key).fetchone()


@pytest.mark.parametrize("value", [b"\x00\xff", "a text", 7, 1.5, None])
@pytest.mark.parametrize(
    "table", ["history", "history_row", "history_place", "content", "history_head", "history_also"]
)
def test_values_of_another_type_are_found_too(book: Book, table: str, value: Any) -> None:
    """SQLite lets any column hold any value; the check says what is wrong, and no page fails."""
    if book.base.postgres:
        return
    before = book.rows(table)
    constraint = "PRAGMA ignore_check_constraints = ON"
    for name in columns_of(book, table):
        key = {"history": "number", "history_row": "label", "content": "hash"}.get(table, "rowid")
        (first,) = book.base.rows(f"SELECT min({key}) FROM {book.name(table)}")[0]
        try:
            statement = f'UPDATE {book.name(table)} SET "{name}" = ? WHERE {key} = ?'
            book.tamper((constraint, ()), (statement, (value, first)))
        except sqlite3.IntegrityError:  # a NULL where none may be
            continue
        if sorted(map(repr, book.rows(table))) != sorted(map(repr, before)):
            assert isinstance(book.problem(), str)
            assert book.problem() or (table, name) == ("history_place", "id"), f"{table}.{name} became {value!r}"
        book.put_back(table, before)
    assert book.problem() == ""


def test_a_file_that_became_a_text_is_still_served(book: Book) -> None:
    """As another program may store it."""
    if book.base.postgres:
        return
    book.tamper((f"UPDATE {book.name('content')} SET body = CAST(body AS text) WHERE length(body) > 1000", ()))
    assert "was changed" in book.problem() or book.problem() == ""
    entries = book.history.rows(book.history.event(1))
    assert entries[0].after["notes"] == LONG


def test_the_index_by_table_is_checked(book: Book) -> None:
    also, town = book.name("history_also"), book.name("history_place")
    before = book.rows("history_also")
    assert before
    book.tamper((f"DELETE FROM {also} WHERE number = (SELECT min(number) FROM {also})", ()))
    assert "the tables by which it is found were changed" in book.problem()
    book.put_back("history_also", before)
    book.tamper((f"INSERT INTO {also} SELECT max(id), 1 FROM {town}", ()))
    assert "Line 1 (change by anna" in book.problem()
    book.put_back("history_also", [*before, (before[0][0], 900)])
    assert "isn't there" in book.problem()


@pytest.mark.parametrize("table", ["history", "history_row", "content", "history_head", "history_place"])
def test_a_removed_row_is_found(book: Book, table: str) -> None:
    before = book.rows(table)
    for gone in range(len(before)):
        book.put_back(table, before[:gone] + before[gone + 1 :]) if len(before) > 1 else book.tamper(
            (f"DELETE FROM {book.name(table)}", ())
        )
        assert book.problem(), f"row {gone} of {table}: {before[gone]}"
        book.put_back(table, before)
    assert book.problem() == ""


def test_a_line_that_was_added_or_moved_is_found(book: Book) -> None:
    lines = sorted(book.rows("history"))
    last = lines[-1]
    book.put_back("history", [*lines, (last[0] + 1, *last[1:])])
    assert book.problem().startswith(f"Line {last[0] + 1}")
    swapped = [(lines[1][0], *lines[0][1:]), (lines[0][0], *lines[1][1:]), *lines[2:]]
    book.put_back("history", swapped)
    assert re.match(r"Line 1 \(\w+", book.problem())
    rows = sorted(book.rows("history_row"))
    book.put_back("history", lines)
    book.put_back("history_row", [*rows, (rows[-1][0], rows[-1][1] + 1, *rows[-1][2:])])
    assert "some were added" in book.problem()


def test_the_first_line_that_does_not_fit_is_named(book: Book) -> None:
    lines = sorted(book.rows("history"))
    book.tamper((f"UPDATE {book.name('history')} SET person = 'eve' WHERE number >= 5", ()))
    assert re.fullmatch(r"Line 5 \(export by eve, \d{4}-\d\d-\d\d \d\d:\d\d\): was changed\.", book.problem())
    book.put_back("history", [line for line in lines if line[0] not in (6, 7, 8)])
    assert book.problem() == "Lines 6 to 8 are missing."
    book.put_back("history", [line for line in lines if line[0] != 9])
    assert book.problem() == "Line 9 is missing."
    book.put_back("history", lines)
    digest = next(row[0] for row in book.rows("content") if len(row[1]) > 1000)
    book.tamper((f"UPDATE {book.name('content')} SET body = ? WHERE hash = ?", (b"other", digest)))
    assert book.problem().startswith("Line 1 (change by anna, ") and "was changed" in book.problem()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE {history} SET person = 'eve'", "DELETE FROM {history}", "UPDATE {history_row} SET label = 'x'",
     "DELETE FROM {history_row}", "UPDATE {history_place} SET \"table\" = 'x'", "UPDATE {content} SET hash = 'x'"],
)  # fmt: skip
def test_the_state_itself_lets_nothing_be_changed(book: Book, statement: str) -> None:
    names = {name: book.name(name) for name in ("history", "history_row", "history_place", "content")}
    with pytest.raises(Exception, match=r"only ever added to"):
        book.base.run(statement.format(**names))
    assert book.problem() == ""


def test_rows_of_a_change_set_that_never_came_about_may_go(book: Book) -> None:
    row = book.name("history_row")
    book.base.run(f"INSERT INTO {row} VALUES (7, 0, 1, 'insert', NULL, '1', 'x', '{{}}', '{{}}', '')")
    assert book.problem() == ""
    book.base.run(f"DELETE FROM {row} WHERE unit = 7")
    assert book.problem() == ""


def test_an_undo_of_an_undo_of_an_undo_is_one(book: Book) -> None:
    """What is undone, redone and undone is undone, and can't be so once more."""
    new = {"id": book.number(10), "name": "Odda"}
    book.writer.apply(Change(table=book.table("town"), verb="insert", new=new), "anna")
    number = first = book.history.events(flaskadmin.EventFilter())[0].number
    for stands in (False, True, False):
        number = book.writer.undo(number, "anna").number or 0
        assert book.history.stands(book.history.event(first)) is stands
    with pytest.raises(Refused, match="undone already"):
        book.writer.undo(first, "anna")


def test_a_row_without_a_key_can_be_undone_with_its_file(engine_url: str) -> None:
    """Its address is all its values, so that the history keeps all of them, and the file's content."""
    base = Base(engine_url)
    bare = "" if base.postgres else "WITHOUT ROWID"
    base.run(f"CREATE TABLE sheet (a integer, b {'bytea' if base.postgres else 'blob'})" if base.postgres else
             f"CREATE TABLE sheet (a integer PRIMARY KEY, b blob) {bare}")  # fmt: skip
    book = Book(base)
    one = Change(table=book.table("sheet"), verb="insert", new={"a": book.number(1), "b": PIXEL})
    token = book.writer.apply(one, "anna").token
    token = book.writer.apply(
        Change(table=book.table("sheet"), verb="update", token=token, new={"a": book.number(2)}), "anna"
    ).token
    assert book.problem() == ""
    for engine in base.engines:
        engine.dispose()


# -- The pages ---------------------------------------------------------------------


class Staff(Browser):
    """A browser of one of several people, who presses the buttons of forms."""

    def __init__(self, app: Any, name: str = USER) -> None:
        super().__init__(app)
        self.headers["X-Name"] = name

    def page(self, address: str, status: int = 200) -> str:
        """Return a page's text, as people read it."""
        answer = self.get(address)
        assert answer.status_code == status, f"{address}: {answer.status_code}"
        assert MARKUP not in answer.text
        return answer.text

    def save(self, address: str, **typed: str) -> Any:
        """Change fields of a record, or add one."""
        form = self.form(address)
        for name, value in typed.items():
            form[name] = value
        answer = self.submit(form)
        assert answer.status_code == 303, words(answer.text)
        return answer

    def press(self, page: str, action: str, do: str = "all", **typed: str) -> Any:
        """Press the button ``do`` of the form that is sent to ``action``."""
        form = next(form for form in forms.read_forms(page) if form.action == action and ("do", do) in form.buttons)
        for name, value in typed.items():
            form[name] = value
        body, kind = form.body(("do", do))
        return self.client.post(action, data=body, content_type=kind, headers=self.headers)

    def undo(self, number: int, do: str = "all", **typed: str) -> Any:
        """Undo a change set by its page."""
        address = f"/admin/history/{number}/undo"
        return self.press(self.page(address), address, do, **typed)

    def delete(self, address: str) -> Any:
        """Delete a record."""
        form = self.form(f"{address}/delete")
        body, kind = form.body()
        return self.client.post(form.action, data=body, content_type=kind, headers=self.headers)

    @property
    def newest(self) -> int:
        """The number of the newest change set."""
        return int(re.findall(r'rel="item" href="/admin/history/(\d+)"', self.page("/admin/history?kind=changes"))[0])


def words(page: str) -> str:
    """What a page says, without its markup."""
    main = re.sub(r"(?s)^.*<main", "<main", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def rows_of(page: str) -> list[list[str]]:
    """The lines of a page of the history."""
    body = re.search(r"(?s)<tbody>(.*?)</tbody>", page)
    lines = re.findall(r"(?s)<tr>(.*?)</tr>", body[1]) if body else []
    return [[words(f"<main>{cell}") for cell in re.findall(r"(?s)<td[^>]*>(.*?)</td>", line)] for line in lines]


@pytest.fixture
def desk(engine_url: str) -> Iterator[Callable[..., Staff]]:
    """``desk(name)`` is someone at the site; settings and views go to the first one."""
    build(engine_url)
    apps: list[Any] = []

    def who() -> str:
        return str(flaskadmin.request.headers.get("X-Name", ""))

    def make(name: str = USER, *, views: Any = None, sign_in: bool = False, **settings: Any) -> Staff:
        if not apps or settings or views or sign_in:
            own = {"user": USER, "password": PASSWORD} if sign_in else {"auth": who}
            apps.append(create_app(Settings(db=(engine_url,), secret_key="k", user=USER, password=PASSWORD)) if sign_in
                        else mounted(engine_url, views, own["auth"], settings))  # fmt: skip
        return Staff(apps[-1], name)

    yield make
    for app in apps:
        close(app)


def mounted(url: str, views: Any, auth: Any, settings: Any) -> Any:
    """A host application with the site in it, which says itself who is signed in."""
    app = flaskadmin.Flask("host")
    app.secret_key = "k"
    flaskadmin.FlaskAdminDB(url, views=views, auth=auth, app=app, **settings)
    return app


def test_texts_of_a_database_without_an_encoding_stay_as_they_are(postgres: Any) -> None:
    """In SQL_ASCII, a text is whatever bytes were written: none changes but by who edits it, and an undo has them."""
    url = postgres.create(encoding="SQL_ASCII")
    base = Base(f"{url}&client_encoding=utf8")
    base.run(
        "CREATE TABLE straße (id integer PRIMARY KEY, länge integer, name text)",
        "CREATE TABLE haus (id integer PRIMARY KEY, ort integer REFERENCES straße (id) ON DELETE CASCADE, wie text)",
        "INSERT INTO straße VALUES (1, 7, 'Grüner Weg'), (2, 8, E'Caf\\xE9'), (3, 9, E'\\xFF\\xFE')",
        "INSERT INTO haus VALUES (1, 2, E'\\xE9\\xC3\\xA9'), (2, 1, 'ä')",
    )
    app = mounted(url, None, lambda: "anna", {})
    staff, stored = Staff(app, "anna"), "SELECT id, länge, name::bytea FROM straße ORDER BY id"
    before, houses = base.rows(stored), base.rows("SELECT id, ort, wie::bytea FROM haus ORDER BY id")
    page = staff.page("/admin/stra%C3%9Fe/")
    assert "Grüner Weg" in page and "Caf\ufffd" in page and ">Länge<" in page
    assert "Grüner Weg" in staff.page("/admin/haus/") and "Caf\ufffd" in staff.page("/admin/haus/")
    assert "Caf\ufffd" not in staff.page("/admin/stra%C3%9Fe/?search=gr%C3%BCner")
    for key in (1, 2, 3):
        staff.save(f"/admin/stra%C3%9Fe/{key}/edit")
    assert base.rows(stored) == before
    staff.save("/admin/stra%C3%9Fe/2/edit", länge="11")
    assert base.rows(stored)[1] == (2, 11, b"Caf\xe9")
    staff.undo(staff.newest)
    assert staff.delete("/admin/stra%C3%9Fe/2").status_code == 303
    assert [row[0] for row in base.rows(stored)] == [1, 3] and len(base.rows("SELECT FROM haus")) == 1
    staff.undo(staff.newest)
    assert base.rows(stored) == before and base.rows("SELECT id, ort, wie::bytea FROM haus ORDER BY id") == houses
    assert b"Gr\xc3\xbcner Weg\r\n2,8,Caf\xe9" in staff.get("/admin/stra%C3%9Fe/export.csv").data
    close(app)
    postgres.drop(url)


def base_of(browser: Staff) -> Base:
    (site,) = browser.app.extensions["flaskadmin"].values()
    url = site.sections[0].database.engine.url.render_as_string(hide_password=False)
    return Base(url.replace("+psycopg", ""))


HIDING = {"tables": {"vault": {"hidden": True}, "town": {"hidden_columns": ["secret"]}}}


def test_a_change_is_told(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/1/edit", name=MARKUP, **{"mayor.state": "null"})
    page = anna.page("/admin/town/")
    assert f"Saved {MARKUP}: Name, Mayor." in words(page)
    ((what, who, when, table, undo),) = rows_of(anna.page("/admin/history"))
    assert what == f"Changed {MARKUP}: Name, Mayor" and (who, table) == ("anna", "Town") and "Undo" in undo
    assert re.fullmatch(r"\d+ [A-Z][a-z]{2}, \d\d:\d\d", when)
    told = words(anna.page(f"/admin/history/{anna.newest}"))
    assert f"Name Bergen → {MARKUP}" in told and "When (UTC)" in told and "From form" in told
    assert "Mayor Ida → NULL" in told
    assert rows_of(anna.page("/admin/town/history"))[0][0] == what and not rows_of(anna.page("/admin/visit/history"))
    of_record = words(anna.page("/admin/town/1/history"))
    assert f"Changed by anna Undo : Changed {MARKUP}: Name, Mayor" in of_record and "Mayor Ida → NULL" in of_record
    assert 'href="history"' in anna.page("/admin/town/") and "/admin/town/1/history" in anna.page("/admin/town/1")
    assert 'href="/admin/history"' in anna.page("/admin/")


def test_moments_are_written_as_in_lists(desk: Callable[..., Staff], engine_url: str) -> None:
    anna = desk("anna")
    base_of(anna).run("CREATE TABLE berth (id integer PRIMARY KEY, since date, seen timestamp, name varchar(60))")
    base_of(anna).run("INSERT INTO berth VALUES (1, '2024-02-03', '2024-02-03 21:55:10', 'Pier')")
    form = anna.form("/admin/berth/1/edit")
    anna.save("/admin/berth/1/edit", since="2024-02-09", seen="2024-02-09 08:15:00")
    form["since"] = "2025-01-01"
    met = anna.submit(form).text
    iso, change = re.compile(r"\d{4}-\d\d-\d\d"), f"history/{anna.newest}"
    for address in ("history", change, f"{change}/undo", "berth/history", "berth/1/history", "berth/1"):
        page = anna.page(f"/admin/{address}")
        assert not iso.search(words(page)), address
        assert address.endswith("undo") or re.search(r'title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"', page), address
    told = words(anna.page(f"/admin/{change}"))
    assert "Since 3 Feb 2024 → 9 Feb 2024" in told and "Seen 3 Feb 2024, 21:55:10 → 9 Feb 2024, 08:15:00" in told
    assert "Theirs (anna, " in words(met) and "9 Feb 2024" in words(met) and "The original 3 Feb 2024" in words(met)


def test_the_first_page_says_what_was_changed_today(desk: Callable[..., Staff]) -> None:
    anna, bob = desk("anna", **HIDING), desk("bob")
    assert "Changed today" not in anna.page("/admin/")
    for name in ("Ask", "Moss"):
        anna.save("/admin/town/2/edit", name=name)
    bob.save("/admin/visit/1/edit", day="Sunday")
    told = words(anna.page("/admin/"))
    assert "Changed today bob changed 1 visit anna changed 2 towns" in told
    with_link = re.search(r'href="([^"]+)">anna changed 2 towns', anna.page("/admin/"))
    assert with_link and len(rows_of(anna.page(html.unescape(with_link[1])))) == 2


def test_it_is_readable_when_the_row_and_the_table_are_gone(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/visit/1/edit", day="Sunday")
    anna.delete("/admin/visit/1")
    assert "Deleted Monday" not in words(anna.page("/admin/visit/1/history"))
    told = words(anna.page("/admin/visit/1/history"))
    assert "This record was deleted." in told and "Day Monday → Sunday" in told and "Deleted by anna" in told
    assert anna.get("/admin/visit/1").status_code == 404
    base_of(anna).run("DROP TABLE visit")
    anna.app.extensions["flaskadmin"]["flaskadmin"].sections[0].schema.forget()
    assert anna.get("/admin/visit/").status_code == 404
    assert [line[3] for line in rows_of(anna.page("/admin/history?kind=changes"))] == ["Visit", "Visit"]
    assert len(rows_of(anna.page("/admin/visit/history"))) == 2
    assert "Day Monday → Sunday" in words(anna.page("/admin/visit/1/history"))
    number = anna.newest
    assert "Day Sunday" in words(anna.page(f"/admin/history/{number}"))
    assert "Undo" not in rows_of(anna.page("/admin/history"))[0][4]
    refused = anna.get(f"/admin/history/{number}/undo")
    assert "isn't there any more" in words(refused.text) and '<button class="primary"' not in refused.text


def test_records_whose_keys_are_words_of_pages(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    base_of(anna).run("CREATE TABLE history (word varchar(20) PRIMARY KEY, n varchar(20))",
                      "INSERT INTO history VALUES ('history', 'one'), ('export.csv', 'two')")  # fmt: skip
    anna.app.extensions["flaskadmin"]["flaskadmin"].sections[0].schema.forget()
    found = re.search(
        r'href="(/admin/[^"/]+/)"[^>]*>History</a>\s*(?!<a href="/admin/status)', anna.page("/admin/status")
    )
    assert found and found[1] != "/admin/history/"
    records = re.findall(r'rel="edit" href="([^"]+)"', anna.page(found[1]))
    for address in records:
        anna.save(address, n="changed")
    assert len(rows_of(anna.page(f"{found[1]}history"))) == 2
    told = [words(anna.page(f"{address.removesuffix('/edit')}/history")) for address in records]
    assert ["one → changed" in told[0], "two → changed" in told[0]].count(True) == 1 and told[0] != told[1]


def test_filters_and_pages(desk: Callable[..., Staff], monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bob = desk("anna"), desk("bob")
    for number in range(4):
        anna.save("/admin/town/2/edit", name=f"Oslo {number}")
    bob.save("/admin/visit/1/edit", day="Sunday")
    assert "Bergen" in anna.get("/admin/town/export.csv").text
    assert {line[1] for line in rows_of(anna.page("/admin/history?person=bob"))} == {"bob"}
    assert len(rows_of(anna.page("/admin/history?person=anna&kind=changes"))) == 4
    (export,) = rows_of(anna.page("/admin/history?kind=exports"))
    assert export[:2] == ["Export of Town as CSV", "anna"] and export[3] == "Town"
    town = next(value for value in anna_tables(anna) if value.endswith("/town"))
    assert len(rows_of(anna.page(f"/admin/history?table={town}"))) == 5
    today = flaskadmin.datetime.now(flaskadmin.UTC).date()
    assert len(rows_of(anna.page(f"/admin/history?from={today}&until={today}"))) == 6
    assert not rows_of(anna.page("/admin/history?from=2100-01-01")) and not rows_of(
        anna.page("/admin/history?until=2020-01-01")
    )
    assert "No results. Clear the filter." in anna.page("/admin/history?until=2020-01-01")
    assert "nonsense is no day" in words(anna.page("/admin/history?from=nonsense&until=9999-12-31&table=x"))
    monkeypatch.setattr(flaskadmin, "LINES_A_PAGE", 4)
    first = anna.page("/admin/history?kind=changes")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older and len(rows_of(first)) == 4
    second = anna.page(html.unescape(older[1]))
    assert len(rows_of(second)) == 1 and 'rel="first"' in second and 'rel="next"' not in second


def anna_tables(browser: Staff) -> list[str]:
    form = next(form for form in forms.read_forms(browser.page("/admin/history")) if "kind" in form)
    return form.control("table").options


def test_long_texts_json_and_files(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/1/edit", notes=LONG)
    anna.save("/admin/town/1/edit", notes=LONG.replace("at four", "at five", 1), about='{"a": [1, 2], "b": null}')
    page = anna.page(f"/admin/history/{anna.newest}")
    assert "<del>four</del><ins>five</ins>" in page.replace(" </", "</") and " … " in page and "NULL → {" in words(page)
    form = anna.form("/admin/town/1/edit")
    anna.submit(form, files={"photo": ("p.png", PIXEL)})
    page = anna.page(f"/admin/history/{anna.newest}")
    assert "NULL → PNG, 16 bytes Download" in words(page)
    address = html.unescape(re.search(r'href="(/admin/history/content/[^"]+)" download', page)[1])  # type: ignore[index]
    answer = anna.get(address)
    assert answer.data == PIXEL and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (
        answer.headers["Content-Disposition"].startswith("attachment") and answer.mimetype == "application/octet-stream"
    )
    digest = address.split("/")[-1].partition("?")[0]
    for wrong in ("", "?in=1&row=0", "?in=x&row=y", "?in=99&row=0"):
        assert anna.get(f"/admin/history/content/{digest}{wrong}").status_code == 404


def test_differences() -> None:
    difference = flaskadmin.word_difference
    assert difference("the red boat", "the blue boat") == [
        ("", "the "),
        ("del", "red "),
        ("ins", "blue "),
        ("", "boat"),
    ]
    assert difference("one two three", "completely other words here") is None
    line = "one two three four\n"
    found = difference(line * 1000, line * 1000 + "five\n")
    assert found and found[-1] == ("ins", "five\n") and found[0][1].startswith(" … ") and len(found) == 2
    assert difference("a b " * 9000, "b " * 9000) is None


def test_hidden_tables_and_columns_stay_hidden(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/vault/1/edit", code="opensesame")
    number = anna.newest
    anna.save("/admin/town/1/edit", secret="whisper", mayor="Liv")
    form = anna.form("/admin/town/1/edit")
    anna.submit(form, files={"photo": ("p.png", PIXEL)})
    page = anna.page(f"/admin/history/{anna.newest}")
    photo = html.unescape(re.search(r'href="(/admin/history/content/[^"]+)" download', page)[1])  # type: ignore[index]
    last = anna.newest
    hiding = {**HIDING, "town": {"hidden_columns": ["secret", "photo"]}}
    other = desk("anna", tables={"vault": {"hidden": True}, **{"town": hiding["town"]}})
    assert other.get("/admin/vault/").status_code == 404
    pages = ["history", "town/history", "town/1/history", f"history/{last}", f"history/{last - 2}", "", "town/1"]
    seen = "".join(other.page(f"/admin/{page}") for page in pages)
    seen += other.get("/admin/history/export.csv").text + other.get("/admin/history/export.jsonl").text
    assert "Liv" in seen
    for hidden in ("opensesame", "whisper", "key of the vault", "s1", "secret", "Vault", "vault"):
        assert hidden not in re.sub(r'content="[^"]*"|[\w-]*csrf_token[^>]*>', "", seen), hidden
    for gone in (f"history/{number}", f"history/{number}/undo", "vault/history", "vault/1/history"):
        assert other.get(f"/admin/{gone}").status_code == 404
    assert other.get(photo).status_code == 404 and anna.get(photo).status_code == 200


@pytest.mark.parametrize("way", ["exclude", "hidden"])
def test_what_is_not_shown_is_counted_and_undone_with_the_rest(desk: Callable[..., Staff], way: str) -> None:
    """Rows of a table that isn't shown went with a town's: no page names them, and the undo brings them back."""
    anna = desk("anna")
    before = stored(anna)
    anna.delete("/admin/town/1")
    number = anna.newest
    anna.save("/admin/harbour/3/edit", name="Bjørvika")
    settings: Any = {"exclude": ("harbour",)} if way == "exclude" else {"tables": {"harbour": {"hidden": True}}}
    other = desk("bob", **settings)
    pages = ["", "history", "town/history", "town/1/history", f"history/{number}", f"history/{number}/undo"]
    seen = [other.page(f"/admin/{page}") for page in pages]
    seen += [other.get(f"/admin/history/export.{form}").text for form in ("csv", "jsonl")]
    for hidden in ("Harbour", "harbour", "North", "South", "Bjørvika"):
        assert not [text for text in seen if hidden in text], hidden
    assert "It also changed 2 records of tables that this site doesn’t show" in words(seen[4])
    gone = other.newest
    assert gone == number and other.get(f"/admin/history/{number + 2}").status_code == 404
    for page in ("harbour/history", "harbour/1/history"):
        assert other.get(f"/admin/{page}").status_code == 404
    table = next(value for value in anna_tables(anna) if value.endswith("/harbour"))
    assert table not in anna_tables(other) and "no such table" in other.page(f"/admin/history?table={table}")
    assert other.undo(number).status_code == 303
    assert stored(anna)[0] == before[0] and stored(anna)[2] == before[2]
    assert [row[0] for row in stored(anna)[1]] == [1, 2, 3]
    seen = [other.page(f"/admin/history/{other.newest}"), other.page("/admin/history")]
    assert not [text for text in seen if "arbour" in text or "North" in text]


def test_a_record_that_went_with_one_of_a_table_that_is_not_shown(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.delete("/admin/town/1")
    number = anna.newest
    other = desk("bob", exclude=("town",))
    page = other.page("/admin/harbour/1/history")
    told = words(page)
    assert "Deleted by anna" in told and "North" in told
    for hidden in ("Bergen", "Ida", f"/admin/history/{number}"):  # the column's name is the table's
        assert hidden not in page.replace("harbour/1/history", ""), hidden
    assert not rows_of(other.page("/admin/history")) and other.get(f"/admin/history/{number}").status_code == 404


class Shy(TableView):
    """A host's view that shows two columns of a town nowhere."""

    column_exclude_list = ("mayor", "photo")
    column_details_exclude_list = ("mayor", "photo")
    form_excluded_columns = ("mayor", "photo")
    column_export_exclude_list = ("mayor", "photo")


def test_what_a_view_excludes_stays_out_of_the_history(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    form = anna.form("/admin/town/1/edit")
    form["mayor"], form["notes"] = "Liv", "dry"
    anna.submit(form, files={"photo": ("p.png", PIXEL)})
    number = anna.newest
    file = html.unescape(re.search(r'href="(/admin/history/content/[^"]+)"', anna.page(f"/admin/history/{number}"))[1])  # type: ignore[index]
    other = desk("bob", views={"town": Shy})
    pages = ["history", "town/history", "town/1/history", f"history/{number}", ""]
    seen = "".join(other.page(f"/admin/{page}") for page in pages) + other.page(f"/admin/history/{number}/undo", 403)
    seen += "".join(other.get(f"/admin/history/export.{form}").text for form in ("csv", "jsonl"))
    assert "dry" in seen
    for hidden in ("Liv", "Ida", "mayor", "Mayor", "photo", "Photo"):
        assert hidden not in seen, hidden
    assert other.get(file).status_code == 404 and anna.get(file).data == PIXEL


def test_names_instead_of_keys(desk: Callable[..., Staff]) -> None:
    """What refers to another record is shown by that one's name, as in the form."""
    anna = desk("anna")
    anna.save("/admin/harbour/3/edit", town="3")
    for page in (f"history/{anna.newest}", "harbour/3/history"):
        assert "Oslo → Voss" in words(anna.page(f"/admin/{page}"))
    other = desk("bob", exclude=("town",))
    assert "2 → 3" in words(other.page("/admin/harbour/3/history"))


def test_what_is_done_to_a_view_of_the_team_is_written_down(desk: Callable[..., Staff]) -> None:
    anna, bob = desk("anna"), desk("bob")

    def press(who: Staff, do: str, query: str = "", **typed: str) -> None:
        address = f"/admin/town/views{query}"
        form = next(
            form for form in forms.read_forms(who.page(address)) if ("do", do) in form.buttons and "name" in form
        )
        for name, value in typed.items():
            form[name] = value
        body, kind = form.body(("do", do))
        address = form.action or address
        assert who.client.post(address, data=body, content_type=kind, headers=who.headers).status_code == 303

    press(anna, "save", "?mayor=Ida", name="Ida's", whose="team")
    press(bob, "save", "?mayor=Bo", name="My own", whose="me")
    press(anna, "change", name="Everyone's")
    press(anna, "delete")
    lines = [line[:2] for line in rows_of(anna.page("/admin/history?kind=views"))]
    assert lines == [
        ["Deleted the view “Everyone's”", "anna"],
        ["Changed the view “Everyone's”", "anna"],
        ["Saved the view “Ida's”", "anna"],
    ]
    assert "mayor=Ida" in words(bob.page("/admin/history/1"))


def test_an_undo_says_what_it_does(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/new", id="7", name="Odda")
    number = anna.newest
    assert "1 will be deleted." in words(anna.page(f"/admin/history/{number}/undo"))
    assert f"Undid {number}: deleted 1 record." in words(anna.page(anna.undo(number).location))


def test_a_table_that_never_was_has_no_history(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/1/edit", name="Moss")
    for name in ("nothing", "nothing/1", "flaskadmin_history"):
        assert anna.get(f"/admin/{name}/history").status_code == 404


def test_the_history_as_a_file(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/1/edit", name="=1+1", mayor='O"Hara, Liv')
    anna.delete("/admin/town/2")
    answer = anna.get("/admin/history/export.csv?kind=changes&for=excel")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    records = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    changed = {r["field"]: (r["before"], r["after"]) for r in records if r["verb"] == "update"}
    assert changed == {"name": ("Bergen", "'=1+1"), "mayor": ("Ida", 'O"Hara, Liv')}
    assert {r["verb"] for r in records} == {"update", "delete", "delete (CASCADE)", "update (SET NULL)"}
    assert {r["person"] for r in records} == {"anna"} and {r["outcome"] for r in records} == {"done"}
    lines = anna.get("/admin/history/export.jsonl?kind=changes").text.splitlines()
    exact = [json.loads(line) for line in lines]
    assert len(exact) == len(records)
    assert [r["after"] for r in exact if r["field"] == "name" and r["verb"] == "update"] == ["=1+1"]
    assert [r["before"] for r in exact if r["field"] == "notes"] == [None]
    assert {line[0] for line in rows_of(anna.page("/admin/history?kind=exports"))} == {
        "Export of the history as CSV", "Export of the history as JSONL",
    }  # fmt: skip
    assert anna.get("/admin/history/export.xlsx").status_code == 404
    assert anna.get("/admin/history/export.csv?from=x").status_code == 400


def test_without_a_history_the_pages_say_so(desk: Callable[..., Staff]) -> None:
    anna = desk("anna", state="none")
    assert "Undo" not in words(anna.page(anna.save("/admin/town/1/edit", name="Moss").location))
    for page in ("history", "town/history", "town/1/history"):
        assert "keeps no history: it was started with --state none" in words(anna.page(f"/admin/{page}"))
    assert anna.get("/admin/history/1").status_code == 404


def test_what_is_no_change_is_written_down(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build(engine_url)
    app = create_app(Settings(db=(engine_url,), secret_key="k", user=USER, password=PASSWORD))
    client = app.test_client()
    head = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}

    def sign_in(name: str, password: str) -> Any:
        form = next(f for f in forms.read_forms(client.get("/admin/sign-in", headers=head).text) if "password" in f)
        form["name"], form["password"] = name, password
        body, kind = form.body()
        return client.post("/admin/sign-in", data=body, content_type=kind, headers=head)

    for _ in range(5):
        assert sign_in(USER, "wrong").status_code == 401
        assert sign_in("my password in the wrong box", "x").status_code == 401
    for _ in range(12):
        sign_in(USER, "wrong")
    assert sign_in(USER, "wrong").status_code == 429
    browser = Staff(app)
    browser.headers["X-Forwarded-For"] = "1.2.3.4"
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)  # when the wrong passwords don't count any more
    assert sign_in(USER, PASSWORD).status_code == 303
    assert client.post("/admin/town/1/delete", headers={**head, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/admin/town/1/delete", headers={**head, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    page = client.get("/admin/", headers=head).text
    form = next(f for f in forms.read_forms(page) if f.action.endswith("sign-out"))
    body, kind = form.body()
    client.post(form.action, data=body, content_type=kind, headers=head)
    told = [line[:2] for line in rows_of(browser.page("/admin/history"))]
    assert told == [
        ["Signed out from 127.0.0.1", USER],
        ["Refused: This request came from another site.", USER],
        ["Signed in from 127.0.0.1", USER],
        ["Too many wrong passwords from 127.0.0.1", USER],
        ["Wrong password by an unknown name from 127.0.0.1", ""],
        ["Wrong password from 127.0.0.1", USER],
    ]
    assert len(rows_of(browser.page("/admin/history?kind=sign-ins"))) == 5
    assert len(rows_of(browser.page("/admin/history?kind=refusals"))) == 4
    assert "my password in the wrong box" not in str(Base(engine_url).rows("SELECT 1")) + browser.page("/admin/history")
    close(app)


def test_guesses_from_everywhere_do_not_fill_the_history(
    site: Callable[..., Browser], engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit of a name, one line a minute is written, wherever the guesses come from."""
    build(engine_url)
    app = site(engine_url, state="same" if "postgresql" in engine_url else "").app
    answers = []
    for n in range(60):
        place = {"REMOTE_ADDR": f"192.0.2.{n}"}
        answers.append(app.test_client().get("/admin/", auth=(USER, "wrong"), environ_base=place).status_code)
    assert answers == [401] * 30 + [429] * 30
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)  # when the wrong passwords don't count any more
    told = [line[0] for line in rows_of(Browser(app).get("/admin/history").text)]
    assert [line for line in told if line.startswith("Too many")] == ["Too many wrong passwords from 192.0.2.30"]
    assert len([line for line in told if line.startswith("Wrong password")]) == 30


def test_a_refused_write_is_written_down(desk: Callable[..., Staff]) -> None:
    class Fixed(TableView):
        """Nobody deletes a town."""

        can_delete = False

    anna = desk("anna", views={"town": Fixed})
    token = re.search(r'name="csrf_token" value="([^"]+)"', anna.page("/admin/"))
    assert token
    for _ in range(3):
        answer = anna.client.post("/admin/town/1/delete", data={"csrf_token": token[1]}, headers=anna.headers)
        assert answer.status_code == 403
    ((what, who, _, table, _),) = rows_of(anna.page("/admin/history"))
    assert (what, who, table) == ("Refused: Records of this table can't be deleted here.", "anna", "Town")


def test_notes_never_fail_a_request(
    desk: Callable[..., Staff], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    anna = desk("anna")

    def broken(*_arguments: Any, **_options: Any) -> Any:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(State, "writing", broken)
    assert "Bergen" in anna.get("/admin/town/export.csv").text
    assert "The history misses a line (export)" in caplog.text


# -- Undo --------------------------------------------------------------------------


def stored(browser: Staff) -> list[list[tuple[Any, ...]]]:
    """All that the database holds."""
    base = base_of(browser)
    return [base.rows(f"SELECT * FROM {name} ORDER BY id") for name in ("town", "harbour", "visit", "vault")]


def test_the_message_after_saving_undoes_with_one_click(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    before = stored(anna)
    for act in (
        lambda: anna.save("/admin/town/1/edit", name="Moss"),
        lambda: anna.save("/admin/town/new", id="7", name="Odda"),
        lambda: anna.delete("/admin/town/1"),
    ):
        page = anna.page(act().location)
        assert stored(anna) != before
        number = anna.newest
        answer = anna.press(page, f"/admin/history/{number}/undo")
        assert answer.status_code == 303 and answer.location.startswith("/admin/town/")
        assert stored(anna) == before
        page = anna.page(answer.location)
        assert (
            re.search(rf"Undid {number}: (changed back|deleted|restored) \d records?", words(page))
            and "Undo this undo" in page
        )
        after = anna.press(page, f"/admin/history/{anna.newest}/undo")
        assert after.status_code == 303 and stored(anna) != before
        assert anna.undo(anna.newest).status_code == 303 and stored(anna) == before


def test_a_chain_of_undos_costs_the_history_no_more(desk: Callable[..., Staff]) -> None:
    """An undo that is on the page isn't read again for what it undoes, nor for each that was undone before."""
    anna = desk("anna")
    anna.save("/admin/town/1/edit", name="Moss")
    (site,) = anna.app.extensions["flaskadmin"].values()
    counts = []
    for times in (1, 5):
        for _ in range(times):
            anna.undo(anna.newest)
        with statements(site.state.database.engine) as asked:
            page = anna.page("/admin/history")
        counts.append(len([one for one in asked if "undone_by" in one]))
    assert counts == [1, 1] and f"undone by {anna.newest}" in words(page)


def test_an_undo_is_tried_first(desk: Callable[..., Staff]) -> None:
    """A delete with all that went along is put back as one; the question itself changes nothing."""
    anna = desk("anna")
    before = stored(anna)
    anna.delete("/admin/town/1")
    number, gone = anna.newest, stored(anna)
    told = words(anna.page(f"/admin/history/{number}"))
    assert "Town: 1 deleted" in told and "Harbour: 2 deleted by a rule of the database" in told
    assert "Visit: 1 cleared by a rule" in told
    assert "Deleted Bergen, and 3 related records" in rows_of(anna.page("/admin/history"))[0][0]
    assert len(rows_of(anna.page("/admin/harbour/history"))) == 1  # what went along is found there, too
    page = anna.page(f"/admin/history/{number}/undo")
    assert "3 will be restored, 1 will be changed back" in words(page).replace(" ,", ",") and stored(anna) == gone
    assert anna.newest == number
    answer = anna.undo(number, reason="by mistake")
    assert answer.location == f"/admin/history/{anna.newest}" and stored(anna) == before
    told = words(anna.page(answer.location))
    assert f"Undoes {number}" in told and "Why by mistake" in told
    assert f"It was undone by {anna.newest}" in words(anna.page(f"/admin/history/{number}"))
    assert f"undone by {anna.newest}" in rows_of(anna.page("/admin/history"))[1][0]
    page = anna.page(f"/admin/history/{number}/undo")
    assert "This change was undone already" in words(page)


def test_what_was_changed_since_is_not_touched(desk: Callable[..., Staff], engine_url: str) -> None:
    anna, bob = desk("anna"), desk("bob")
    (site,) = anna.app.extensions["flaskadmin"].values()
    writer, base = site.sections[0].writer, base_of(anna)
    table = writer.schema.table(base.name("town"))
    changes = [Change(table=table, verb="update", token=str(n), new={"mayor": "Liv"}) for n in (1, 2, 3)]
    writer.run(ChangeSet("anna", "bulk edit", "Mayor of 3 towns"), changes)
    number = anna.newest
    assert rows_of(anna.page("/admin/history"))[0][0] == "Mayor of 3 towns"
    bob.save("/admin/town/2/edit", mayor="Bo again")
    later = bob.newest
    base.run("DELETE FROM harbour WHERE town = 1", "DELETE FROM visit WHERE town = 1", "DELETE FROM town WHERE id = 1")
    page = anna.page(f"/admin/history/{number}/undo")
    told = words(page)
    assert "1 will be changed back, 2 refused." in told
    assert f"Oslo : It was changed later by bob: {later}" in told
    assert "Bergen : It was changed or deleted since, not through this site." in told
    address = f"/admin/history/{number}/undo"
    assert ("do", "all") not in next(f for f in forms.read_forms(page) if f.action == address).buttons
    form = next(f for f in forms.read_forms(page) if f.action == address)
    body, kind = form.body(("do", "all"))
    answer = anna.client.post(address, data=body, content_type=kind, headers=anna.headers)
    assert answer.status_code == 409 and "Nothing was changed." in words(answer.text)
    assert anna.newest == later
    answer = anna.press(page, address, "others")
    assert answer.status_code == 303 and "changed back 1 record. 2 records couldn’t be undone." in words(
        anna.page(answer.location)
    )
    assert base.rows("SELECT id, mayor FROM town ORDER BY id") == [(2, "Bo again"), (3, None)]


def test_an_undo_needs_the_right_to_write(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.delete("/admin/town/1")
    number, before = anna.newest, stored(anna)
    for settings in (
        {"read_only": True},
        {"tables": {"visit": {"read_only": True}}},
    ):
        other = desk("anna", **settings)
        answer = other.get(f"/admin/history/{number}/undo")
        assert answer.status_code == 403, settings
        token = re.search(r'name="csrf_token" value="([^"]+)"', other.page("/admin/"))
        assert token
        answer = other.client.post(
            f"/admin/history/{number}/undo", data={"csrf_token": token[1], "do": "all"}, headers=other.headers
        )
        assert answer.status_code == 403 and stored(anna) == before
    assert "Undo…" not in desk("anna", read_only=True).page(f"/admin/history/{number}")


def test_a_long_undo_goes_on_in_the_background(desk: Callable[..., Staff], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a very long one, what it would do isn't tried first."""
    anna = desk("anna")
    before = stored(anna)
    anna.delete("/admin/town/1")
    number = anna.newest
    monkeypatch.setattr(flaskadmin, "ROWS_BY_JOB", 3)
    monkeypatch.setattr(flaskadmin, "LONGEST_TRIAL", 3)
    page = anna.page(f"/admin/history/{number}/undo")
    assert "There are too many records for a preview" in words(page)
    answer = anna.undo(number)
    assert answer.location.startswith("/admin/jobs/")
    for _ in range(200):
        page = anna.page(answer.location)
        if "Undid" in page:
            break
        time.sleep(0.05)
    assert f"Undid {number}: " in words(page) and stored(anna) == before


def test_an_undo_needs_its_token(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    anna.save("/admin/town/1/edit", name="Moss")
    address = f"/admin/history/{anna.newest}/undo"
    assert anna.client.post(address, data={"do": "all"}, headers=anna.headers).status_code == 403
    assert stored(anna)[0][0][1] == "Moss"


def test_hooks_are_not_run_by_an_undo(desk: Callable[..., Staff]) -> None:
    called: list[str] = []

    class Loud(TableView):
        """Says what it is told."""

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            called.append(model.name)

    anna = desk("anna", views={"town": Loud})
    anna.save("/admin/town/1/edit", name="Moss")
    assert called == ["Moss"]
    anna.undo(anna.newest)
    assert called == ["Moss"] and stored(anna)[0][0][1] == "Bergen"


# -- Two people, one record --------------------------------------------------------


def test_changes_of_different_fields_merge_and_say_so(desk: Callable[..., Staff]) -> None:
    anna, bob = desk("anna"), desk("bob")
    form = anna.form("/admin/town/1/edit")
    bob.save("/admin/town/1/edit", mayor="Liv")
    base_of(anna).run("UPDATE town SET notes = 'dry' WHERE id = 1")
    form["name"] = "Moss"
    told = words(anna.page(anna.submit(form).location))
    assert (
        "Saved Moss: Name. Kept what bob changed meanwhile: Mayor. Kept what someone else changed meanwhile: Notes."
        in told
    )
    assert stored(anna)[0][0][:5] == (1, "Moss", "Liv", "s1", "dry")


@pytest.mark.parametrize("pick", ["mine", "theirs", "original"])
def test_changes_of_one_field_are_chosen(desk: Callable[..., Staff], pick: str) -> None:
    anna, bob = desk("anna"), desk("bob")
    form = anna.form("/admin/town/1/edit")
    bob.save("/admin/town/1/edit", mayor="Liv", notes=LONG)
    form["mayor"], form["name"], form["notes"] = "Mads", "Moss", LONG.replace("nine", "eight")
    answer = anna.submit(form)
    told = words(answer.text)
    assert answer.status_code == 409 and stored(anna)[0][0][:3] == (1, "Bergen", "Liv")
    assert "Mayor: changed by someone else, too. Choose Mine: as typed above Theirs (bob, " in told
    assert "Liv" in told and "The original Ida" in told and "name: changed" not in told
    form = anna.form_in(answer.text, form.action)
    assert form["mayor"] == "Mads" and form["_pick.mayor"] == "mine"
    form["_pick.mayor"] = form["_pick.notes"] = pick
    assert anna.submit(form).status_code == 303
    wanted = {"mine": ("Mads", LONG.replace("nine", "eight")), "theirs": ("Liv", LONG), "original": ("Ida", "wet")}
    row = stored(anna)[0][0]
    assert (row[1], row[2], row[4]) == ("Moss", *wanted[pick])


def test_mine_can_be_edited_while_choosing(desk: Callable[..., Staff]) -> None:
    anna = desk("anna")
    form = anna.form("/admin/town/3/edit")
    base_of(anna).run("UPDATE town SET mayor = 'Liv' WHERE id = 3")
    form["mayor"] = "Mads"
    answer = anna.submit(form)
    assert "Theirs (Someone else)" in words(answer.text) and "The original NULL" in words(answer.text)
    form = anna.form_in(answer.text, form.action)
    base_of(anna).run("UPDATE town SET mayor = 'Siri' WHERE id = 3")
    answer = anna.submit(form)
    assert answer.status_code == 409 and "Siri" in words(answer.text) and "The original Liv" in words(answer.text)
    form = anna.form_in(answer.text, form.action)
    form["mayor"] = "Mads and Siri"
    assert anna.submit(form).status_code == 303 and stored(anna)[0][2][2] == "Mads and Siri"
    form["_original"], form["_pick.mayor"] = '{"mayor": {"text": "x"}}', "original"
    assert anna.submit(form).status_code in (303, 409) and stored(anna)[0][2][2] == "Mads and Siri"


def test_a_record_that_was_deleted_meanwhile_shows_what_was_typed(desk: Callable[..., Staff]) -> None:
    """And an undo brings it back, so that it can be saved then."""
    anna, bob = desk("anna"), desk("bob")
    form = anna.form("/admin/town/1/edit")
    form["name"] = "Moss"
    before = stored(anna)
    bob.delete("/admin/town/1")
    answer = anna.submit(form)
    assert answer.status_code == 404 and "This record isn't there any more" in words(answer.text)
    assert anna.form_in(answer.text, form.action)["name"] == "Moss"
    assert bob.undo(bob.newest).status_code == 303 and stored(anna) == before
    assert anna.submit(form).status_code == 303
    before[0][0] = (1, "Moss", *before[0][0][2:])
    assert stored(anna) == before


@pytest.mark.parametrize("forged", [True, ["1"], "\ud800"])
def test_the_history_has_no_value_that_was_never_there(desk: Callable[..., Staff], forged: Any) -> None:
    """A form that says it showed what no row can hold is one of a record that was changed meanwhile."""
    anna = desk("anna")
    before = stored(anna)
    form = anna.form("/admin/harbour/1/edit")
    form["_was"] = json.dumps({**json.loads(form["_was"]), "town": forged})
    form["town"] = "2"
    answer = anna.submit(form)
    assert answer.status_code == 409 and "Someone else changed" in answer.text, words(answer.text)
    assert stored(anna) == before


# -- The command -------------------------------------------------------------------


def test_the_command_says_whether_the_history_fits(
    engine_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(build(engine_url))
    for name in ("FLASKADMIN_DB", "FLASKADMIN_STATE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    command = ["history", "verify", "--db", engine_url, "--state", "same"]
    assert flaskadmin.main(command) == 0 and capsys.readouterr().out == "0 lines, 0 rows, head none\n"
    book.fill()
    assert flaskadmin.main(command) == 0
    assert re.fullmatch(r"9 lines, 10 rows, head [0-9a-f]{64}\n", capsys.readouterr().out)
    assert flaskadmin.main(["history", "verify", "--state", engine_url]) == 0
    book.tamper((f"UPDATE {book.name('history')} SET reason = 'other' WHERE number = 8", ()))
    capsys.readouterr()
    assert flaskadmin.main(command) == 1
    assert re.fullmatch(r"Line 8 \(change by anna, .*\): was changed\.\n", capsys.readouterr().out)
    for wrong in (["history", "verify", "--db", engine_url], ["history", "verify"], ["history", "mend"]):
        assert flaskadmin.main(wrong) == 2
        told = capsys.readouterr()
        assert told.out == "" and told.err.startswith("flaskadmin: ")
    for engine in book.base.engines:
        engine.dispose()


def test_refused_is_what_it_says(book: Book) -> None:
    """An undo of what has been undone is refused as a whole; the history stays whole."""
    with pytest.raises(Refused):
        book.writer.undo(6, "anna")
    assert book.problem() == ""
