"""Sections 14 and 15: many rows at once, own actions, long runs in the background, and imports."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import sqlite3
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa
from flask import flash
from flask_admin.actions import action
from wtforms import Form as ActionForm
from wtforms import StringField, ValidationError

import flaskadmin
import forms
from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import FlaskAdminDB, Settings, TableView

SHOP = """CREATE TABLE town (id integer PRIMARY KEY, name varchar(20) NOT NULL UNIQUE);
INSERT INTO town VALUES (1, 'Bergen'), (2, 'Oslo');
CREATE TABLE person (id integer PRIMARY KEY, name varchar(20) NOT NULL, age integer CHECK (age < 150),
    price numeric(8, 2), town integer REFERENCES town (id), born date, note text);
INSERT INTO person VALUES (1, 'Mara', 33, 10.05, 1, '1990-01-02', NULL), (2, 'Jan', NULL, 20, 2, NULL, 'a b a'),
    (3, 'Eva', 44, NULL, NULL, NULL, '');
CREATE TABLE pet (id integer PRIMARY KEY, person integer NOT NULL REFERENCES person (id) ON DELETE CASCADE);
INSERT INTO pet VALUES (1, 1), (2, 1), (3, 2)"""


class Shop:
    """A site over a small shop, and what is stored in it."""

    def __init__(self, url: str, app: Any) -> None:
        self.base = Base(url)
        self.app = app
        self.browser = Browser(app)
        self.site = app.extensions["flaskadmin"]["flaskadmin"]

    def rows(self, columns: str = "*") -> list[tuple[Any, ...]]:
        """Return what is stored of the people."""
        return self.base.rows(f"SELECT {columns} FROM person ORDER BY id")

    def form(self, path: str) -> forms.Form:
        """Return the main form of a page."""
        return self.read(self.browser.get(f"/admin/{path}"), path)

    def read(self, answer: Any, path: str) -> forms.Form:
        """Return the main form of an answer: the one that knows steps."""
        found = [form for form in forms.read_forms(answer.text) if any(name == "step" for name, _ in form.buttons)]
        assert found, answer.text[:3000]
        form = found[0]
        form.action = form.action or f"/admin/{path}"
        return form

    def press(self, form: forms.Form, step: str, *extra: tuple[str, str], **given: Any) -> Any:
        """Submit a form by the button of a step."""
        for name, value in given.items():
            form[name] = value
        body, kind = form.body(("step", step), *extra)
        return self.browser.client.post(form.action, data=body, content_type=kind, headers=self.browser.headers)

    def upload(self, table: str, name: str, content: bytes) -> Any:
        """Choose a file to import."""
        form = next(f for f in forms.read_forms(self.browser.get(f"/admin/{table}/import").text) if "pasted" in f)
        form.action = form.action or f"/admin/{table}/import"
        body, kind = form.body(files={"file": (name, content)})
        return self.browser.client.post(form.action, data=body, content_type=kind, headers=self.browser.headers)

    def imported(self, table: str, name: str, content: bytes, **given: str) -> Any:
        """Import a file as it was found; return the last answer."""
        answer = self.upload(table, name, content)
        form = self.read(answer, f"{table}/import")
        preview = self.press(form, "preview", **given)
        return self.press(self.read(preview, f"{table}/import"), "run")


@pytest.fixture
def shop(engine_url: str) -> Iterator[Shop]:
    """A shop on each engine."""
    Base(engine_url).run(SHOP)
    extension = FlaskAdminDB(settings=Settings(db=(engine_url,), user=USER, password=PASSWORD))
    made = Shop(engine_url, application(extension))
    yield made
    close(made.app)


class Note(ActionForm):
    """What the action of the tests asks for."""

    text = StringField("Text", [lambda _form, field: None if field.data else refuse("Say something.")])


def refuse(words: str) -> None:
    """Refuse in words."""
    raise ValidationError(words)


def application(extension: FlaskAdminDB) -> Any:
    """Return an application with own actions."""
    from flask import Flask

    app = Flask(__name__)
    app.secret_key = "a key for tests"

    @extension.action("person", "Write a note", form=Note)
    def write(records: list[Any], form: Any) -> str:
        for record in records:
            if record.name == "Eva" and form.text.data == "no":
                raise ValidationError("Not for Eva.")
            record.note = f"{form.text.data} {record.name}"
        return f"Wrote {len(records)} notes."

    @extension.action("person", "Greet one", many=False)
    def greet(records: list[Any], _form: Any) -> None:
        for record in records:
            record.note = "Hello"

    @extension.action("person", "Only many", one=False)
    def leave(_records: list[Any], _form: Any) -> None:
        """Change nothing."""

    extension.init_app(app)
    return app


# -- Many rows ---------------------------------------------------------------------


def edit(number: int, column: str, how: str, value: str = "", find: str = "") -> dict[str, str]:
    """Return what a line of the form holds."""
    return {f"column{number}": column, f"how{number}": how, f"value{number}": value, f"find{number}": find}


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (edit(0, "name", "set", "Same"), "name", ["Same", "Same", "Same"]),
        (edit(0, "age", "clear"), "age", [None, None, None]),
        (edit(0, "age", "add", "-3"), "age", [30, None, 41]),
        (edit(0, "age", "multiply", "2"), "age", [66, None, 88]),
        (edit(0, "note", "append", "!"), "note", [None, "a b a!", "!"]),
        (edit(0, "note", "prepend", "> "), "note", [None, "> a b a", "> "]),
        (edit(0, "note", "replace", "x", "a"), "note", [None, "x b x", ""]),
        (edit(0, "town", "set", "Oslo"), "town", [2, 2, 2]),
        (edit(0, "town", "set", "1"), "town", [1, 1, 1]),
    ],
)
def test_a_column_of_all_rows_is_changed(shop: Shop, line: dict[str, str], column: str, expected: list[Any]) -> None:
    before = shop.rows()
    form = shop.form("person/bulk")
    preview = shop.press(form, "preview", ("all", "1"), **line)
    assert preview.status_code == 200 and shop.rows() == before
    assert "This is a preview; nothing has been saved." in preview.text
    done = shop.press(shop.read(preview, "person/bulk"), "run")
    assert done.status_code == 303, done.text[:3000]
    assert [row[0] for row in shop.rows(column)] == expected
    number = shop.site.history.events(flaskadmin.EventFilter(kinds=("change",)))[0].number
    shop.site.sections[0].writer.undo(number, "anna")
    assert shop.rows() == before


def test_prices_are_exact_and_rounded_as_the_column_keeps_them(shop: Shop) -> None:
    form = shop.form("person/bulk")
    preview = shop.press(form, "preview", ("all", "1"), **edit(0, "price", "multiply", "1.1"))
    shop.press(shop.read(preview, "person/bulk"), "run")
    assert [None if row[0] is None else f"{row[0]:.2f}" for row in shop.rows("price")] == ["11.06", "22.00", None]


def test_chosen_rows_alone_are_changed(shop: Shop) -> None:
    form = shop.form("person/bulk?key=1&key=3")
    preview = shop.press(form, "preview", **edit(0, "name", "set", "X"))
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert [row[0] for row in shop.rows("name")] == ["X", "Jan", "X"]


def test_the_filter_says_which(shop: Shop) -> None:
    form = shop.form("person/bulk?age__gt=40")
    assert "All 1 that match the filter" in shop.browser.get("/admin/person/bulk?age__gt=40").text
    preview = shop.press(form, "preview", ("all", "1"), **edit(0, "name", "set", "Old"))
    assert shop.press(shop.read(preview, "person/bulk"), "run").headers["Location"] == "/admin/person/?age__gt=40"
    assert [row[0] for row in shop.rows("name")] == ["Mara", "Jan", "Old"]


def test_it_is_refused_if_the_count_moved(shop: Shop) -> None:
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "X"))
    shop.base.run("INSERT INTO person (id, name) VALUES (9, 'Late')")
    before = shop.rows()
    answer = shop.press(shop.read(preview, "person/bulk"), "run")
    assert answer.status_code == 409 and "4 rows match by now, not 3" in answer.text and shop.rows() == before


def test_one_bad_row_refuses_all_and_is_named(shop: Shop) -> None:
    before = shop.rows()
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "age", "multiply", "4"))
    assert "Mara" in preview.text and "1</b> refused" in preview.text and "2</b> refused" not in preview.text
    form = shop.read(preview, "person/bulk")
    assert ("step", "run") not in form.buttons
    answer = shop.press(form, "run")
    assert answer.status_code == 409 and "Eva" in answer.text and shop.rows() == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (edit(0, "age", "set", "old"), "whole number"),
        (edit(0, "name", "append", "x") | edit(1, "name", "set", "y"), "A column can be changed once."),
        (edit(0, "note", "replace", "x"), "Type what is to be replaced."),
        (edit(0, "age", "append", "x"), "can&#39;t be done with this column"),
        (edit(0, "nothing", "set", "x"), "can&#39;t be done with this column"),
        (edit(0, "town", "set", "Berg"), "No single town is called “Berg”"),
        ({}, "Choose a column"),
    ],
)
def test_a_wrong_line_is_told(shop: Shop, line: dict[str, str], words: str) -> None:
    form = shop.form("person/bulk")
    for name, value in line.items():
        form[name] = value
    answer = shop.press(form, "preview", ("all", "1"))
    assert answer.status_code == 422 and words in answer.text


def cells(shop: Shop, cells: list[list[Any]]) -> Any:
    """Send cells as the script of a list does: what is pasted is previewed first."""
    token = shop.form("person/bulk")["csrf_token"]
    keys = list(dict.fromkeys(cell[0] for cell in cells))
    data = {"csrf_token": token, "do": "cells", "cells": json.dumps(cells), "key": keys}
    return shop.browser.client.post("/admin/person/bulk", data=data, headers=shop.browser.headers)


def test_cells_are_pasted_as_one_change(shop: Shop) -> None:
    before = shop.rows()
    preview = cells(shop, [["1", "age", "34"], ["1", "town", "Oslo"], ["2", "note", ""], ["3", "price", None, "1"]])
    assert preview.status_code == 200 and shop.rows() == before
    assert "nothing has been saved" in preview.text
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert [row[2:5] + row[6:] for row in shop.rows()] == [
        (34, *before[0][3:4], 2, None), (*before[1][2:5], None), (44, before[0][3], None, ""),
    ]  # fmt: skip
    assert shop.rows("name") == [("Mara",), ("Jan",), ("Eva",)]


def test_cells_are_filled_down_as_they_are_stored(shop: Shop) -> None:
    """Not by their texts: NULL, the empty text and a key that is somebody's name stay what they are."""
    shop.base.run("UPDATE town SET name = '1' WHERE id = 2")
    preview = cells(shop, [["1", "note", None, "3"], ["2", "note", None, "1"], ["3", "town", None, "1"]])
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert shop.rows("note, town") == [("", 1), (None, 2), ("", 1)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([["1", "age", "200"], ["2", "age", "5"]], "refused"),
        ([["1", "age", "many"]], "number"),
        ([["1", "id", "9"]], "can’t be edited here"),
        ([["1", "nothing", "9"]], "can’t be edited here"),
        ([["1", "age"]], "can’t be edited here"),
        ([["1", "age", None]], "can’t be edited here"),
        ([["1", ["age"], "5"]], "can’t be edited here"),
        ([["1", "age", None, "77"]], "isn’t there any more"),
    ],
)
def test_pasted_cells_that_do_not_fit_change_nothing(shop: Shop, given: list[list[Any]], words: str) -> None:
    before = shop.rows()
    answer = cells(shop, given)
    assert words in answer.text.replace("&#39;", "’") and "Change " not in answer.text.partition("<main")[2]
    assert shop.rows() == before


def test_nothing_chosen_is_told(shop: Shop) -> None:
    answer = shop.press(shop.form("person/bulk"), "preview", **edit(0, "name", "set", "X"))
    assert answer.status_code == 422 and "No records are selected" in answer.text
    answer = shop.press(shop.form("person/bulk?age__gt=149"), "preview", ("all", "1"), **edit(0, "name", "set", "X"))
    assert answer.status_code == 422 and "No record matches" in answer.text


def test_many_are_deleted_with_what_goes_along(shop: Shop) -> None:
    preview = shop.press(shop.form("person/bulk?do=delete"), "preview", ("all", "1"))
    assert '3 pets</b> <span class="">will be deleted too' in preview.text
    done = shop.press(shop.read(preview, "person/bulk"), "run")
    assert done.status_code == 303 and shop.rows() == []
    assert "Deleted 3 records, and 3 related records." in shop.browser.get("/admin/person/").text


def test_what_stands_in_the_way_is_named(shop: Shop) -> None:
    preview = shop.press(shop.form("town/bulk?do=delete"), "preview", ("all", "1"))
    assert "Other records refer to this one: 1 in person" in preview.text
    assert ("step", "run") not in shop.read(preview, "town/bulk").buttons


def test_a_hundred_deletes_want_their_number(shop: Shop) -> None:
    shop.base.run("".join(f"INSERT INTO pet VALUES ({n}, 3);" for n in range(100, 220)))
    preview = shop.press(shop.form("pet/bulk?do=delete"), "preview", ("all", "1"))
    form = shop.read(preview, "pet/bulk")
    assert "type 123" in preview.text and shop.press(form, "run", number="12").status_code == 422
    assert shop.base.rows("SELECT count(*) FROM pet") == [(123,)]
    assert shop.press(shop.read(preview, "pet/bulk"), "run", number="123").status_code == 303
    assert shop.base.rows("SELECT count(*) FROM pet") == [(0,)]


@pytest.mark.parametrize("count", [120, 1300])
def test_a_form_that_says_no_number_is_wanted_deletes_nothing(shop: Shop, count: int) -> None:
    shop.base.run("".join(f"INSERT INTO pet VALUES ({n}, 3);" for n in range(100, 100 + count)))
    form = shop.read(shop.press(shop.form("pet/bulk?do=delete"), "preview", ("all", "1")), "pet/bulk")
    answer = shop.press(form, "run", type="", number="")
    if answer.status_code == 303:
        assert "wasn&#39;t typed" in wait_for(shop, answer.headers["Location"])
    else:
        assert answer.status_code == 422 and "wasn&#39;t typed" in answer.text
    assert shop.base.rows("SELECT count(*) FROM pet") == [(count + 3,)]
    answer = shop.press(form, "run", number=str(count + 3))
    assert answer.status_code == 303 and (count < 1000 or wait_for(shop, answer.headers["Location"]))
    assert shop.base.rows("SELECT count(*) FROM pet") == [(0,)]


def test_an_undo_that_would_leave_a_reference_to_nothing_is_told_before(shop: Shop) -> None:
    """The rows refer to nothing already, as the database once let them; it checks at the commit."""
    if shop.base.postgres:
        shop.base.run(
            "ALTER TABLE person DROP CONSTRAINT person_town_fkey; UPDATE person SET town = 99 WHERE id < 3;"
            "ALTER TABLE person ADD FOREIGN KEY (town) REFERENCES town (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;"
        )
    else:
        shop.base.run("PRAGMA foreign_keys = OFF; UPDATE person SET town = 99 WHERE id < 3;")
    before = shop.rows()
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "town", "clear"))
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    cleared = shop.rows()
    assert cleared != before
    page = shop.browser.get("/admin/history/1/undo").text
    assert "refers to a record that isn" in page or "refused" in page or "can’t be undone" in page
    assert "restored" not in page
    form = next(f for f in forms.read_forms(shop.browser.get("/admin/").text) if "csrf_token" in f)
    given = {"csrf_token": form["csrf_token"]}
    answer = shop.browser.client.post("/admin/history/1/undo", data=given, headers=shop.browser.headers)
    assert answer.status_code == 409 and "Nothing was changed." in answer.text
    assert "refers to a record that isn&#39;t there" in answer.text or "There is no town" in answer.text
    assert shop.rows() == cleared


@pytest.mark.parametrize("rule", ["REPLACE", "IGNORE"])
def test_a_row_in_the_way_is_never_replaced(site: Callable[..., Browser], engine_url: str, rule: str) -> None:
    if not engine_url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no such rule")
    base = Base(engine_url)
    base.run(f"CREATE TABLE t (id integer PRIMARY KEY, code text UNIQUE ON CONFLICT {rule}, note text)")
    base.run("INSERT INTO t VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')")
    before, shop = base.rows("SELECT * FROM t ORDER BY id"), Shop(engine_url, site(engine_url).app)
    preview = shop.press(shop.form("t/bulk"), "preview", ("all", "1"), **edit(0, "code", "set", "q"))
    assert "refused" in preview.text
    form = shop.browser.form("/admin/t/2/edit")
    form["code"] = "a"
    assert shop.browser.submit(form).status_code == 422
    form = shop.browser.form("/admin/t/new")
    form["code"] = "a"
    assert shop.browser.submit(form).status_code == 422
    preview = shop.press(shop.read(shop.upload("t", "t.csv", b"id,code\n8,a\n9,b\n"), "t/import"), "preview")
    assert "<b>2</b> refused" in preview.text
    assert base.rows("SELECT * FROM t ORDER BY id") == before


def test_a_reference_to_no_column_is_no_failure(site: Callable[..., Browser], engine_url: str) -> None:
    """SQLite takes such foreign keys; they were of another version of the table."""
    if not engine_url.startswith("sqlite"):
        pytest.skip("PostgreSQL checks what a foreign key refers to")
    Base(engine_url).run(
        "CREATE TABLE parent (id integer PRIMARY KEY, name text); INSERT INTO parent VALUES (1, 'One');"
        "CREATE TABLE child (id integer PRIMARY KEY, a integer REFERENCES parent (nope), b integer REFERENCES gone);"
        "INSERT INTO child VALUES (1, NULL, NULL);"
    )
    browser = site(engine_url)
    form = browser.form("/admin/parent/new?like=1")
    assert browser.submit(form).status_code == 303
    assert browser.get("/admin/history/1/undo").status_code == 403  # SQLite deletes none of these
    token = form["csrf_token"]
    for column, words in (("a", "No single parent is called “One”"), ("b", "This isn&#39;t a whole number")):
        given = {"csrf_token": token, "all": "1", "step": "preview", **edit(0, column, "set", "One")}
        answer = browser.client.post("/admin/child/bulk", data=given, headers=browser.headers)
        assert answer.status_code == 422 and words in answer.text
        given = {"csrf_token": token, "pasted": f"id\t{column}\n1\tOne"}
        answer = browser.client.post("/admin/child/import", data=given, headers=browser.headers)
        look = next(f for f in forms.read_forms(answer.text) if any(name == "step" for name, _ in f.buttons))
        look.action = "/admin/child/import"
        body, kind = look.body(("step", "preview"))
        answer = browser.client.post(look.action, data=body, content_type=kind, headers=browser.headers)
        assert answer.status_code in (200, 422)


def test_a_key_of_a_table_that_is_not_shown_is_typed(site: Callable[..., Browser], engine_url: str) -> None:
    Base(engine_url).run(SHOP)
    browser = site(engine_url, exclude=("town",))
    form = browser.form("/admin/person/1/edit")
    given = {"csrf_token": form["csrf_token"], "all": "1", "step": "preview", **edit(0, "town", "set", "1")}
    answer = browser.client.post("/admin/person/bulk", data=given, headers=browser.headers)
    assert answer.status_code == 200 and "<b>2</b> will be changed" in answer.text


ODD_KEYS = {
    "postgresql": (
        "CREATE TABLE t (key bytea PRIMARY KEY, note text); INSERT INTO t VALUES ('\\x00', 'a'), ('\\xff', 'b')",
        "CREATE TABLE t (key text[] PRIMARY KEY, note text);"
        "INSERT INTO t VALUES ('{}', 'a'), ('{a,NULL}', 'b'), ('[0:1]={x,y}', 'c')",
        "CREATE TABLE t (a integer, note text); INSERT INTO t VALUES (1, 'a'), (1, 'b'), (1, 'b'), (2, NULL)",
    ),
    "sqlite": (
        "CREATE TABLE t (key blob PRIMARY KEY, note text); INSERT INTO t VALUES (x'00', 'a'), (x'ff', 'b')",
        "CREATE TABLE t (key int PRIMARY KEY, note text);"
        "INSERT INTO t VALUES (7, 'a'), (NULL, 'b'), (NULL, 'c'), (8, 'd')",
        "CREATE TABLE t (rowid text, oid text, _rowid_ integer, note text);"
        "INSERT INTO t VALUES ('a', 'b', 1, 'x'), ('a', 'b', 3, 'y'), ('a', 'c', 2, NULL)",
    ),
}


@pytest.mark.parametrize("key", [" 1 ", "01", "1_0", "+1", "x", "\0", "9" * 400])
def test_an_odd_address_of_a_row_finds_no_row(shop: Shop, key: str) -> None:
    form, before = shop.form("person/bulk"), shop.rows()
    for step in ("preview", "run"):
        answer = shop.press(form, step, ("key", key), ("key", "1"), ("count", "2"), **edit(0, "name", "set", "Q"))
        assert answer.status_code in (400, 409, 422)
    assert shop.rows() == before


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("do", ["edit", "delete"])
def test_rows_with_any_key_are_changed_and_put_back(
    site: Callable[..., Browser], engine_url: str, number: int, do: str
) -> None:
    base = Base(engine_url)
    base.run(ODD_KEYS["postgresql" if base.postgres else "sqlite"][number])
    rows = "SELECT t::text FROM t ORDER BY 1" if base.postgres else "SELECT * FROM t ORDER BY note"
    before, shop = base.rows(rows), Shop(engine_url, site(engine_url).app)
    browser = shop.browser
    form = shop.form(f"t/bulk?do={do}")
    preview = shop.press(form, "preview", ("all", "1"), **(edit(0, "note", "set", "Q") if do == "edit" else {}))
    assert preview.status_code == 200
    assert shop.press(shop.read(preview, "t/bulk"), "run").status_code == 303
    assert base.rows(rows) != before
    words = "</b> will be changed back" if do == "edit" else "</b> will be restored"
    assert words in browser.get("/admin/history/1/undo").text
    given = {"csrf_token": form["csrf_token"]}
    assert browser.client.post("/admin/history/1/undo", data=given, headers=browser.headers).status_code == 303
    assert base.rows(rows) == before


def test_a_read_only_site_has_no_bulk_page(site: Callable[..., Browser], engine_url: str) -> None:
    Base(engine_url).run(SHOP)
    browser = site(engine_url, read_only=True)
    assert (
        browser.get("/admin/person/bulk").status_code == 403 and browser.get("/admin/person/import").status_code == 403
    )
    assert "data-bulk" not in browser.get("/admin/person/").text


@pytest.mark.parametrize("value", ["1e9999", "1e-9999", "1" * 1001])
@pytest.mark.parametrize("how", ["add", "multiply"])
def test_a_number_that_would_fill_the_memory_is_refused(shop: Shop, how: str, value: str) -> None:
    answer = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "price", how, value))
    assert answer.status_code == 422 and "up to 1,000 digits" in answer.text


def test_hundreds_of_digits_are_calculated_with_exactly() -> None:
    column = flaskadmin.Column(name="n", key="n", position=1, type="numeric", family="decimal", cast="numeric")
    long = "7" * 400
    found = flaskadmin.Edit(column, "add", "1").applied(long, ZoneInfo("UTC"))
    assert str(found) == "7" * 399 + "8"


def fail(*_arguments: Any) -> None:
    """Stand in for a hook that comes after the commit, and fails."""
    raise RuntimeError("the mail server is away")


def test_what_is_saved_is_told_as_saved_though_a_later_hook_fails(shop: Shop) -> None:
    shop.site.extension.after_save("person")(fail)
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "X"))
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert [row[0] for row in shop.rows("name")] == ["X", "X", "X"]
    page = shop.browser.get("/admin/person/").text
    assert "Changed 3 records. But what the application does afterwards failed" in page


# -- Own actions -------------------------------------------------------------------


def test_an_own_action_writes_one_change_set(shop: Shop) -> None:
    assert "Write a note" in shop.browser.get("/admin/person/").text
    form = shop.form("person/bulk?do=action0&key=1&key=2")
    refused = shop.press(form, "run")
    assert refused.status_code == 422 and "Say something." in refused.text
    preview = shop.press(form, "run", ("count", "2"), text="Hi")
    assert preview.status_code == 303, preview.text[:2000]
    assert [row[0] for row in shop.rows("note")] == ["Hi Mara", "Hi Jan", ""]
    assert "Wrote 2 notes." in shop.browser.get("/admin/person/").text
    line = shop.site.history.events(flaskadmin.EventFilter(kinds=("change",)))[0]
    assert (line.origin, line.rows, line.summary) == ("action", 2, "Write a note")


def test_an_own_action_can_refuse(shop: Shop) -> None:
    before = shop.rows()
    answer = shop.press(shop.form("person/bulk?do=action0"), "run", ("all", "1"), ("count", "3"), text="no")
    assert answer.status_code == 409 and "Not for Eva." in answer.text and shop.rows() == before


def test_an_own_action_is_offered_on_a_records_page(shop: Shop) -> None:
    page = shop.browser.get("/admin/person/3").text
    assert 'href="/admin/person/bulk?do=action0&amp;key=3">Write a note</a>' in page
    assert "Greet one" in page and "Only many" not in page
    assert "Write a note" not in shop.browser.get("/admin/town/1").text
    done = shop.press(shop.form("person/bulk?do=action0&key=3"), "run", ("count", "1"), text="Hi")
    assert done.status_code == 303 and done.headers["Location"] == "/admin/person/3"
    assert [row[0] for row in shop.rows("note")] == [None, "a b a", "Hi Eva"]


def test_an_action_of_one_record_refuses_more(shop: Shop) -> None:
    before = shop.rows()
    listed = shop.browser.get("/admin/person/").text
    assert "Greet one" not in listed and "Only many" in listed
    for path, more in (("person/bulk?do=action1&key=1&key=2", ()), ("person/bulk?do=action1", (("all", "1"),))):
        answer = shop.press(shop.form(path), "run", ("count", "2"), *more)
        assert answer.status_code == 422 and "one record at a time" in answer.text and shop.rows() == before
    assert shop.press(shop.form("person/bulk?do=action1&key=2"), "run", ("count", "1")).status_code == 303
    assert [row[0] for row in shop.rows("note")] == [None, "Hello", ""]


# -- Long runs ---------------------------------------------------------------------


def wait_for(shop: Shop, address: str) -> str:
    """Return the page of a job that has ended."""
    for _ in range(300):
        page = shop.browser.get(address).text
        if "<progress" not in page:
            return str(page)
        time.sleep(0.1)
    raise AssertionError("it doesn't end")


def test_a_long_run_goes_on_in_the_background(shop: Shop) -> None:
    shop.base.run("".join(f"INSERT INTO person (id, name) VALUES ({n}, 'x');" for n in range(100, 1300)))
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "Y"))
    started = shop.press(shop.read(preview, "person/bulk"), "run")
    assert started.status_code == 303 and "/admin/jobs/" in started.headers["Location"]
    assert "Changed 1,203 records." in wait_for(shop, started.headers["Location"])
    assert shop.base.rows("SELECT count(*) FROM person WHERE name = 'Y'") == [(1203,)]
    assert shop.browser.get("/admin/jobs/unknown").status_code == 404


def test_a_job_can_be_cancelled_by_another_process(shop: Shop) -> None:
    jobs = shop.site.jobs
    other = flaskadmin.Jobs(shop.site.state)

    def run(progress: Callable[[int], None]) -> flaskadmin.JobEnd:
        for done in range(1000):
            progress(done)
            time.sleep(0.05)
        return flaskadmin.JobEnd("never")

    id = jobs.start(flaskadmin.Job("abc", "anna", "A run", "/", total=1000), run)
    assert other.find(id, "anna").status == ""
    with pytest.raises(flaskadmin.NotFound):
        other.find(id, "bob")
    other.cancel(id)
    for _ in range(300):  # the process that runs it tells itself first
        if other.find(id, "anna").status:
            break
        time.sleep(0.1)
    assert jobs.find(id, "anna").status == "cancelled" and "Nothing was changed" in jobs.find(id, "anna").message
    assert other.find(id, "anna").status == "cancelled"


def ended(shop: Shop, run: Callable[[Callable[[int], None]], flaskadmin.JobEnd]) -> flaskadmin.Job:
    """Return a job once it has ended."""
    id = shop.site.jobs.start(flaskadmin.Job("abc", "anna", "A run", "/", total=1), run)
    for _ in range(100):
        if shop.site.jobs.find(id, "anna").status:
            break
        time.sleep(0.05)
    job: flaskadmin.Job = shop.site.jobs.find(id, "anna")
    return job


@pytest.mark.parametrize(("error", "sure"), [
    (flaskadmin.Refused("No."), True), (flaskadmin.Unavailable("The database is away."), True),
    (flaskadmin.Unavailable(flaskadmin.IN_DOUBT), False), (RuntimeError("a defect"), False),
])  # fmt: skip
def test_a_failed_job_claims_no_more_than_is_known(shop: Shop, error: Exception, sure: bool) -> None:
    def run(_progress: Callable[[int], None]) -> flaskadmin.JobEnd:
        raise error

    job = ended(shop, run)
    assert job.status == "failed" and ("Nothing was changed." in job.message) is sure


def test_a_long_run_is_told_as_saved_though_a_later_hook_fails(shop: Shop) -> None:
    shop.site.extension.after_save("person")(fail)
    shop.base.run("".join(f"INSERT INTO person (id, name) VALUES ({n}, 'x');" for n in range(100, 1300)))
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "Y"))
    started = shop.press(shop.read(preview, "person/bulk"), "run")
    page = wait_for(shop, started.headers["Location"])
    assert "Changed 1,203 records. But what the application does afterwards failed" in page
    assert "Nothing was changed" not in page
    assert shop.base.rows("SELECT count(*) FROM person WHERE name = 'Y'") == [(1203,)]


# -- Imports -----------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "csv?for=excel", "xlsx", "json", "jsonl"])
def test_the_export_of_no_records_is_imported_as_none(shop: Shop, form: str) -> None:
    content = shop.browser.get(f"/admin/town/export.{form}{'&' if '?' in form else '?'}name=nowhere").data
    before = shop.base.rows("SELECT * FROM town ORDER BY id")
    send = shop.upload if form.startswith("json") else shop.imported  # JSON tells no columns, so there is no preview
    answer = send("town", f"town.{form.partition('?')[0]}", content)
    assert answer.status_code == 303 and re.search(
        r" 0 (records|new)", shop.browser.get(answer.headers["Location"]).text
    )
    assert shop.base.rows("SELECT * FROM town ORDER BY id") == before


def test_a_number_of_more_digits_than_a_workbook_has_stays_as_it_is(shop: Shop) -> None:
    shop.base.run("CREATE TABLE real (id integer PRIMARY KEY, n double precision)")
    numbers = "(1, 0.30000000000000004), (2, 1e300), (3, 123456789.12345678), (4, 37.283782529787146)"
    shop.base.run(f"INSERT INTO real VALUES {numbers}")
    content = shop.browser.get("/admin/real/export.xlsx").data
    before = shop.base.rows("SELECT * FROM real ORDER BY id")
    answer = shop.imported("real", "real.xlsx", content)
    assert " 0 new, 0 changed, 4 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert shop.base.rows("SELECT * FROM real ORDER BY id") == before
    shop.base.run("UPDATE real SET n = 0.3000000000001 WHERE id = 1")
    answer = shop.imported("real", "real.xlsx", content)
    assert " 0 new, 1 changed, 3 unchanged" in shop.browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize("form", ["csv", "csv?for=excel", "xlsx", "json", "jsonl"])
def test_an_empty_text_in_a_key_is_found(shop: Shop, form: str) -> None:
    """An empty cell is what the database gives, but where there is a record with the empty text."""
    kind = "varchar(9) DEFAULT '' NOT NULL"
    shop.base.run(f"CREATE TABLE config (app {kind}, name {kind}, v varchar(9), PRIMARY KEY (app, name))")
    shop.base.run("INSERT INTO config VALUES ('files', '', 'on'), ('', 'x', 'off'), ('a', 'b', NULL)")
    content = shop.browser.get(f"/admin/config/export.{form}").data
    file = f"config.{form.partition('?')[0]}"
    answer = shop.imported("config", file, content)
    assert " 0 new, 0 changed, 3 unchanged" in shop.browser.get(answer.headers["Location"]).text
    shop.base.run("DELETE FROM config WHERE name = ''")
    answer = shop.imported("config", file, content)
    assert " 1 new, 0 changed, 2 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert ("files", "", "on") in shop.base.rows("SELECT * FROM config")


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "jsonl"])
def test_a_truth_stays_as_it_is_spelt(shop: Shop, form: str) -> None:
    """SQLite's are words as often as numbers; a workbook has TRUE for each."""
    shop.base.run("CREATE TABLE task (id integer PRIMARY KEY, done boolean)")
    shop.base.run("INSERT INTO task VALUES (1, 't'), (2, 'f'), (3, 'yes'), (4, NULL), (5, '1'), (6, 'no')")
    before = shop.base.rows("SELECT * FROM task ORDER BY id")
    content = shop.browser.get(f"/admin/task/export.{form}").data
    answer = shop.imported("task", f"task.{form}", content)
    assert " 0 new, 0 changed, 6 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert shop.base.rows("SELECT * FROM task ORDER BY id") == before
    shop.base.run("UPDATE task SET done = 'f' WHERE id = 3")
    answer = shop.imported("task", f"task.{form}", content)
    assert " 0 new, 1 changed, 5 unchanged" in shop.browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "jsonl"])
def test_records_are_found_by_a_number_that_the_database_gives(shop: Shop, form: str) -> None:
    shop.base.run("CREATE TABLE made (no int GENERATED ALWAYS AS IDENTITY (START 7) PRIMARY KEY, n varchar(9))")
    shop.base.run("INSERT INTO made (n) VALUES ('one'), ('two')")
    content = shop.browser.get(f"/admin/made/export.{form}").data
    shop.base.run("UPDATE made SET n = 'three' WHERE no = 8")
    answer = shop.imported("made", f"made.{form}", content)
    assert " 0 new, 1 changed, 1 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert shop.base.rows("SELECT * FROM made ORDER BY no") == [(7, "one"), (8, "two")]
    shop.base.run("DELETE FROM made WHERE no = 8")
    preview = shop.press(shop.read(shop.upload("made", f"made.{form}", content), "made/import"), "preview").text
    assert "1 refused" in re.sub("<[^>]*>", "", preview) and "Numbered by the database" in preview


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("4,-3,abc", (-3, "abc")),
        ("4,+7,abc", (7, "abc")),
        ("4,1050,abc", (1050, "abc")),
        ("4,1051,abc", None),
        ("4,1e3,abc", None),
        ("4,9999999999999999999,abc", None),
        ("4,,abc", (None, "abc")),
        ("4,NULL,abc", (None, "abc")),
        ("4,5,NULL", (5, None)),
        ("4,5,", (5, None)),
        ("4,5,abcdef", None),
        ("4,5,abcde", (5, "abcde")),
    ],
)
def test_a_cell_is_read_the_same_whatever_stands_below_it(shop: Shop, line: str, row: tuple[Any, ...] | None) -> None:
    shop.base.run("CREATE TABLE made (id integer PRIMARY KEY, n integer CHECK (n <= 1050), s varchar(5))")
    for lines in ([line], ["1,7,abc", "2,007,de", "3,0,f", line]):
        shop.imported("made", "made.csv", "\n".join(["id,n,s", *lines]).encode())
        others = [(1, 7, "abc"), (2, 7, "de"), (3, 0, "f")] if len(lines) > 1 else []
        assert shop.base.rows("SELECT * FROM made ORDER BY id") == others + ([(4, *row)] if row else [])
        shop.base.run("DELETE FROM made")


def test_what_triggers_take_along_is_told_before(site: Callable[..., Browser], engine_url: str) -> None:
    """No undo brings it back, since nothing tells what it was; foreign keys' rules are told by themselves."""
    base = Base(engine_url)
    base.run(
        "CREATE TABLE tag (id integer PRIMARY KEY, name text)",
        "CREATE TABLE tagged (id integer PRIMARY KEY, tag integer)",
        "CREATE TABLE used (id integer PRIMARY KEY, tag integer REFERENCES tag (id) ON DELETE CASCADE)",
        "INSERT INTO tag VALUES (1, 'one'), (2, 'two'); INSERT INTO tagged VALUES (1, 1), (2, 1), (3, 2)",
        "INSERT INTO used VALUES (1, 1), (2, 2)",
        "CREATE FUNCTION swept() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN DELETE FROM tagged WHERE tag = old.id; RETURN NULL; END';"
        " CREATE TRIGGER t AFTER DELETE ON tag FOR EACH ROW EXECUTE FUNCTION swept()"
        if base.postgres
        else "CREATE TRIGGER t AFTER DELETE ON tag BEGIN DELETE FROM tagged WHERE tag = old.id; END",
    )
    clear, sweep = (f"integer REFERENCES desk (id) ON DELETE {rule}" for rule in ("SET NULL", "CASCADE"))
    base.run(  # what is cleared and then deleted, in whatever order, is written twice
        "CREATE TABLE desk (id integer PRIMARY KEY, name text); INSERT INTO desk VALUES (1, 'left'), (2, 'right')",
        f"CREATE TABLE lamp (id integer PRIMARY KEY, stood {clear}, stands {sweep})",
        f"CREATE TABLE chair (id integer PRIMARY KEY, stands {sweep}, stood {clear})",
        "INSERT INTO lamp VALUES (1, 1, 1); INSERT INTO chair VALUES (1, 1, 1)",
        f"CREATE TABLE meter_data (id integer PRIMARY KEY, desk {sweep}); INSERT INTO meter_data VALUES (1, 1), (2, 1)",
    )
    browser = site(engine_url)
    page = re.sub(r"<[^>]*>|\s+", " ", browser.get("/admin/desk/1/delete").text)
    assert "Triggers of the database" not in page and re.search("2 +meter data +will be deleted too", page)
    told = "Triggers of the database write 2 more records: an undo won’t bring back"
    assert told in html.unescape(browser.get("/admin/tag/1/delete").text)
    assert "Triggers of the database" not in browser.get("/admin/used/1/delete").text
    assert len(base.rows("SELECT id FROM tagged")) == 3


KEYS = {  # of columns that write a key otherwise than an export does, or that take what isn't of their type
    "sqlite": {
        "date": ["'2020-01-01'", "20200102", "1577836800", "2458849.5"],
        "real": ["0.1", "1.0", "9e999", "-9e999", "0.1 + 0.2"],
        "blob": ["x'00ff'", "x''", "'text'", "12"],
    },
    "postgresql": {
        "inet": ["'10.0.0.1'", "'10.0.0.1/24'", "'::1'"],
        "numeric": ["1.0", "'NaN'", "'Infinity'", "0.000001"],
        "timestamptz": ["'infinity'", "'0044-01-01 BC'", "'2020-01-01 00:00:00.000001+05'"],
        "interval": ["'1 day'", "'25 hours'", "'-1 mon'"],
    },
}


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_an_export_finds_its_own_rows_by_any_key(
    site: Callable[..., Browser], engine_url: str, engine_name: str, form: str
) -> None:
    base, kinds = Base(engine_url), KEYS[engine_name]
    for kind, keys in kinds.items():
        base.run(f"CREATE TABLE by_{kind} (a {kind}, b integer, note text, PRIMARY KEY (a, b))")
        base.run(*(f"INSERT INTO by_{kind} VALUES ({key}, 1, 'x{n}')" for n, key in enumerate(keys)))
    shop = Shop(engine_url, site(engine_url).app)
    for kind, keys in kinds.items():
        exported = shop.browser.get(f"/admin/by_{kind}/export.{form}").data
        asked = shop.read(shop.upload(f"by_{kind}", f"k.{form}", exported), f"by_{kind}/import")
        page = shop.press(asked, "preview").text
        assert f"{len(keys)} unchanged." in re.sub(r"<[^>]*>", "", page), (kind, page)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_in_no_column_of_its_kind_is_imported_as_unchanged(shop: Shop, form: str) -> None:
    shop.base.run(
        "CREATE TABLE odd (id integer PRIMARY KEY, n numeric, c varchar(3), dec decimal(5, 2),"
        " at datetime, ok boolean, x)",
        "INSERT INTO odd VALUES (1, x'00ff', 'long', 1e999, 1700000000, 2, 5),"
        " (2, 'n', x'41', 12.345, x'', 'no', x''),"
        " (3, '007', 7, '7.125', '2026-02-30', 0.30000000000000004, '5')",
    )
    before = shop.base.rows("SELECT * FROM odd ORDER BY id")
    content = shop.browser.get(f"/admin/odd/export.{form}").data
    answer = shop.imported("odd", f"odd.{form}", content)
    assert " 0 new, 0 changed, 3 unchanged" in shop.browser.get(answer.headers["Location"]).text
    shop.base.run("UPDATE odd SET x = CASE id WHEN 1 THEN '5' ELSE 5 END WHERE id <> 2")  # a number is no text of one
    answer = shop.imported("odd", f"odd.{form}", content)
    assert " 0 new, 2 changed, 1 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert shop.base.rows("SELECT * FROM odd ORDER BY id") == before


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_key_that_is_none_of_its_columns_kind_is_found_in_the_tables_own_export(shop: Shop, form: str) -> None:
    shop.base.run(
        "CREATE TABLE held (k blob, day date, n integer, note text, PRIMARY KEY (k, day, n))",
        "INSERT INTO held VALUES ('text', '2026-01-02', 1, 'a'), (x'00ff', 'never', 'one', 'b'), (5, 7.5, 2, 'c')",
    )
    if form == "csv":  # which can't tell a number from a text of one
        shop.base.run("DELETE FROM held WHERE k = 5")
    before = shop.base.rows("SELECT * FROM held ORDER BY note")
    content = shop.browser.get(f"/admin/held/export.{form}").data
    answer = shop.imported("held", f"held.{form}", content)
    assert f" 0 new, 0 changed, {len(before)} unchanged" in shop.browser.get(answer.headers["Location"]).text
    shop.base.run("UPDATE held SET note = 'other'")
    answer = shop.imported("held", f"held.{form}", content)
    assert f" 0 new, {len(before)} changed, 0 unchanged" in shop.browser.get(answer.headers["Location"]).text
    assert shop.base.rows("SELECT * FROM held ORDER BY note") == before
    answer = shop.upload("held", f"more.{form}", content.replace(b"never", b"ever"))
    preview = shop.press(shop.read(answer, "held/import"), "preview").text
    assert "t a date, such as" in preview and "t a whole number" in preview, "a new record's key must fit"


def test_a_delete_says_before_that_what_breaks_a_rule_already_will_not_come_back(shop: Shop) -> None:
    """Rows that were there before the rule, or came in while the rules were off: also where they go with another."""
    shop.base.run(
        "CREATE TABLE box (id integer PRIMARY KEY, name text)",
        "CREATE TABLE part (id integer PRIMARY KEY, box integer, size integer)",
        "INSERT INTO box VALUES (1, 'a'), (2, 'b'); INSERT INTO part VALUES (1, 1, 5), (2, 7, 5), (3, 2, -5)",
    )
    if shop.base.postgres:
        shop.base.run(
            "ALTER TABLE part ADD FOREIGN KEY (box) REFERENCES box ON DELETE CASCADE NOT VALID",
            "ALTER TABLE part ADD CHECK (size > 0) NOT VALID",
        )
    else:
        shop.base.run(
            "CREATE TABLE new (id integer PRIMARY KEY, box integer REFERENCES box ON DELETE CASCADE,"
            " size integer, CHECK (size > 0)); PRAGMA ignore_check_constraints = 1; INSERT INTO new SELECT * FROM part;"
            " DROP TABLE part; ALTER TABLE new RENAME TO part"
        )
    words = "Part: an undo can’t bring back records that break a rule of the database already."
    pages = {path: words in shop.browser.get(f"/admin/{path}/delete").text for path in ("part/1", "part/2", "part/3")}
    assert pages == {"part/1": False, "part/2": True, "part/3": True}
    assert {n: words in shop.browser.get(f"/admin/box/{n}/delete").text for n in (1, 2)} == {1: False, 2: True}
    for path, told in (*pages.items(), ("box/2", False)):  # it went alone by now
        page = shop.browser.get(f"/admin/{path}/delete")
        address = shop.press(shop.read(page, f"{path}/delete"), "run").headers["Location"]
        number = re.findall(r"/admin/history/(\d+)/undo", shop.browser.get(address).text)[0]
        assert ("refused" in shop.browser.get(f"/admin/history/{number}/undo").text) == told, path


def test_a_file_from_a_spreadsheet_is_understood(shop: Shop) -> None:
    content = "ID;Name;Age;Price;Town;Born\r\n1;Mara;34;1.234,50;Oslo;24.12.1990\r\n7;Zoé;;0,05;1;01.02.2003\r\n"
    answer = shop.upload("person", "people.csv", content.encode("cp1252"))
    form = shop.read(answer, "person/import")
    assert [form[name] for name in ("delimiter", "encoding", "decimal", "dates", "key", "mode")] == [
        ";", "cp1252", ",", "dmy", "id", "upsert",
    ]  # fmt: skip
    preview = shop.press(form, "preview")
    assert "<b>1</b> will be added" in preview.text and "<b>1</b> will be changed" in preview.text
    before = shop.rows()
    assert shop.rows() == before
    assert shop.press(shop.read(preview, "person/import"), "run").status_code == 303
    rows = shop.rows("name, age, price, town, born")
    assert [str(part) for part in rows[0]] == ["Mara", "34", "1234.50" if shop.base.postgres else "1234.5", "2",
                                               "1990-12-24"]  # fmt: skip
    assert [str(part) for part in rows[3]] == ["Zoé", "None", "0.05", "1", "2003-02-01"]
    line = shop.site.history.events(flaskadmin.EventFilter(kinds=("change",)))[0]
    shop.site.sections[0].writer.undo(line.number, "anna")
    assert shop.rows() == before


@pytest.mark.parametrize(
    ("words", "kept"), [(None, ["n/a", "None"]), ("n/a, -", ["None", "NULL"]), ("", ["n/a", "NULL"])]
)
def test_the_words_for_no_value_can_be_chosen(shop: Shop, words: str | None, kept: list[str]) -> None:
    form = shop.read(shop.upload("person", "p.csv", b"id,name,note\n1,Mara,n/a\n2,Jan,NULL\n"), "person/import")
    assert form["nulls"] == "NULL, \\N"
    preview = shop.press(form, "preview", **({} if words is None else {"nulls": words}))
    shop.press(shop.read(preview, "person/import"), "run")
    assert [str(row[0]) for row in shop.rows("note")[:2]] == kept


@pytest.mark.parametrize(
    ("price", "decimal", "stored"),
    [
        ("1,234", None, None), ("1,234", ".", "1234"), ("1,234", ",", "1.234"), ("-2,500", None, None),
        ("0,125", None, "0.125"), ("1,234,567", None, "1234567"), ("1.5", ",", None), ("1.500", ",", "1500"),
    ],
)  # fmt: skip
def test_a_number_that_may_be_two_is_asked_about(
    shop: Shop, price: str, decimal: str | None, stored: str | None
) -> None:
    shop.base.run("CREATE TABLE sale (id integer PRIMARY KEY, price numeric)")
    form = shop.read(shop.upload("sale", "p.csv", f"id;price\n7;{price}\n".encode()), "sale/import")
    assert ("What is 1,234?" in shop.press(form, "look").text) == (price in ("1,234", "-2,500"))
    preview = shop.press(form, "preview", **({} if decimal is None else {"decimal": decimal}))
    if stored is None:
        assert ("It may be" if decimal is None else "decimal point") in preview.text and "refused" in preview.text
    else:
        shop.press(shop.read(preview, "sale/import"), "run")
        assert [str(row[0]) for row in shop.base.rows("SELECT price FROM sale")] == [stored]


def test_a_name_that_several_have_is_refused_with_their_number(shop: Shop) -> None:
    shop.base.run("INSERT INTO person (id, name) VALUES (10, 'Mara'), (11, 'Mara'), (12, 'eva')")
    content = b"id,person\n20,Mara\n21,Jan\n22,EVA\n23,Nobody\n24,Eva\n"
    preview = shop.press(shop.read(shop.upload("pet", "p.csv", content), "pet/import"), "preview")
    text = html.unescape(preview.text)
    assert "3 records have the name Mara" in text and "2 records have the name EVA" in text
    assert "no record with the key or the name Nobody" in text
    shop.press(shop.read(preview, "pet/import"), "run")
    assert shop.base.rows("SELECT id, person FROM pet WHERE id > 19 ORDER BY id") == [(21, 2), (24, 3)]


def test_what_is_refused_is_told_line_by_line(shop: Shop) -> None:
    content = b"id,name,age,town\n1,Mara,33,1\n8,Kim,abc,1\n9,Lea,20,Nowhere\n10,Mia,200,1\n8,Kim,1,1\n11,Ok,1,2\n"
    form = shop.read(shop.upload("person", "p.csv", content), "person/import")
    preview = shop.press(form, "preview")
    for words in (
        "Line 3",
        "whole number",
        "Line 4",
        "Nowhere",
        "Line 5",
        "less than 150",
    ):
        assert words in preview.text, words
    assert "<b>1</b> unchanged" in preview.text and "<b>3</b> refused" in preview.text
    rejects = shop.press(shop.read(preview, "person/import"), "rejects").text.splitlines()
    assert rejects[0] == "\ufeffid,name,age,town,reason" and rejects[1].startswith("8,Kim,abc,1,")
    assert len(rejects) == 4
    before = shop.rows()
    assert shop.press(shop.read(preview, "person/import"), "run").status_code == 303  # the others, as its button said
    assert {row[0] for row in shop.rows("id")} - {row[0] for row in before} == {8, 11}


def test_nothing_is_imported_if_it_would_do_something_else_by_now(shop: Shop) -> None:
    form = shop.read(shop.upload("person", "p.csv", b"id,name\n20,New\n"), "person/import")
    preview = shop.press(form, "preview")
    shop.base.run("INSERT INTO person (id, name) VALUES (20, 'Other')")
    before = shop.rows()
    answer = shop.press(shop.read(preview, "person/import"), "run")
    assert answer.status_code == 409 and "something else by now" in answer.text and shop.rows() == before


@pytest.mark.parametrize(("mode", "names"), [
    ("insert", ["Mara", "Jan", "Eva"]), ("upsert", ["New", "Jan", "Eva", "Four"]),
    ("update", ["New", "Jan", "Eva"]), ("skip", ["Mara", "Jan", "Eva", "Four"]),
])  # fmt: skip
def test_what_is_there_already_is_changed_refused_or_left(shop: Shop, mode: str, names: list[str]) -> None:
    content = b"id,name\n1,New\n4,Four\n" if mode != "insert" else b"id,name\n1,New\n"
    form = shop.read(shop.upload("person", "p.csv", content), "person/import")
    preview = shop.press(form, "preview", mode=mode)
    if ("step", "run") in shop.read(preview, "person/import").buttons:
        shop.press(shop.read(preview, "person/import"), "run")
    assert [row[0] for row in shop.rows("name")] == names


def test_a_file_of_names_alone_is_told_to_be_one(shop: Shop) -> None:
    form = shop.read(shop.upload("person", "p.csv", b"id,name\n"), "person/import")
    assert "There is no line to import." in shop.press(form, "preview").text


@pytest.mark.parametrize("end", [b"", b",", b",\n", b",\n{", b"\n"])
def test_a_json_file_that_was_cut_off_is_refused(shop: Shop, end: bytes) -> None:
    whole = b'[{"id": 31, "name": "x"},\n{"id": 32, "name": "y"}'
    answer = shop.upload("person", "p.json", whole + end)
    assert answer.status_code == 422 and "read to its end" in answer.text
    assert shop.upload("person", "p.json", whole + b"\n]\n").status_code == 200


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "xlsx"])
def test_what_was_exported_changes_nothing(shop: Shop, form: str) -> None:
    exported = shop.browser.get(f"/admin/person/export.{form}").data
    answer = shop.upload("person", f"person.{form}", exported)
    preview = shop.press(shop.read(answer, "person/import"), "preview")
    text = preview.text
    assert "<b>3</b> unchanged" in text and "refused" not in text.split("<form")[1], text[:4000]


@pytest.mark.parametrize("rows", [
    "(1, 'NULL', NULL), (2, 'one', NULL)", "(1, 'a\r\nb', NULL)", "(1, NULL, {blob}), (2, 'one', NULL)",
    ", ".join(f"({n}, 'text number {n}', NULL)" for n in range(1, 9000)) + ", (9000, '', {blob})",
])  # fmt: skip
def test_an_exported_file_makes_the_same_table(shop: Shop, rows: str) -> None:
    kind, blob = ("bytea", r"'\x00ffab'") if shop.base.postgres else ("blob", "x'00ffab'")
    shop.base.run(f"CREATE TABLE kept (id integer PRIMARY KEY, name text, photo {kind}, yes boolean, at timestamp)")
    shop.base.run("INSERT INTO kept (id, name, photo) VALUES " + rows.format(blob=blob))
    shop.base.run(f"UPDATE kept SET yes = {'true' if shop.base.postgres else '1'}, at = '2026-01-01 10:11:12.5'")
    before = shop.base.rows("SELECT * FROM kept ORDER BY id")
    exported = shop.browser.get("/admin/kept/export.jsonl").data
    shop.base.run("DELETE FROM kept")
    form = shop.read(shop.upload("kept", "kept.jsonl", exported), "kept/import")
    assert form["form"] == "jsonl"
    started = shop.press(shop.read(shop.press(form, "preview"), "kept/import"), "run")
    if "/jobs/" in started.headers["Location"]:
        wait_for(shop, started.headers["Location"])
    assert shop.base.rows("SELECT * FROM kept ORDER BY id") == before


def test_cells_are_pasted(shop: Shop) -> None:
    page = shop.browser.get("/admin/person/import").text
    form = next(f for f in forms.read_forms(page) if "pasted" in f)
    form.action = form.action or "/admin/person/import"
    form["pasted"] = "id\tname\tage\n30\tTab\t5\n"
    body, kind = form.body()
    answer = shop.browser.client.post(form.action, data=body, content_type=kind, headers=shop.browser.headers)
    found = shop.read(answer, "person/import")
    assert found["delimiter"] == "\t"
    shop.press(shop.read(shop.press(found, "preview"), "person/import"), "run")
    assert shop.rows("id, name, age")[-1] == (30, "Tab", 5)


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("xl/workbook.xml", b"<x/>")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n\n", b"\0\0\0", b'id,name\n"1,open', b"[" * 100_000, b"{" * 1000, b'{"id": 1}\n{"other": 2}\n',
        b"[1, 2]",
        b"\xff\xfe\x00", b"id,name\n" + b"1," * 5000, BOMB.getvalue(), b"PK\x03\x04garbage", b"id,id\n1,2\n",
        b"<script>,name\n1,2\n", b"id,name\n1," + b"x" * 300_000, b"id,name\n99999999999999999999,x\n",
        b"id,name\n1,a\0b\n", b"name\n\xc3\x28\n", b'[{"id": NaN, "name": 1e400}]',
    ],
    ids=range(19),
)  # fmt: skip
def test_any_file_gets_an_answer_in_words(shop: Shop, content: bytes) -> None:
    before = shop.rows()
    answer = shop.upload("person", "odd.csv", content)
    assert answer.status_code in (200, 422), answer.text[:500]
    assert "Traceback" not in answer.text and "<script>,name" not in answer.text
    if answer.status_code == 200:
        preview = shop.press(shop.read(answer, "person/import"), "preview")
        assert preview.status_code in (200, 422), preview.text[:500]
    assert shop.rows() == before


def sheet(inner: str | bytes, part: str = "xl/worksheets/sheet1.xml", how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an Excel file of which one part is something else."""
    book, made, out = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", how) as new:
        for name in old.namelist():
            new.writestr(name, inner if name == part else old.read(name))
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


@pytest.mark.parametrize(
    "content",
    [
        sheet("<worksheet><oops"), sheet("<workbook/>", "xl/workbook.xml"),
        sheet(SHEET.format('<sheetData><row r="1"><c r="A1" t="s"><v>999</v></c></row></sheetData>')),
        sheet(SHEET.format('<sheetData><row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>')),
        sheet(SHEET.format("")).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
    ],
    ids=["XML", "no sheet", "no such text", "a far line", "protected"],
)  # fmt: skip
def test_a_wrong_excel_file_is_told(shop: Shop, content: bytes) -> None:
    answer = shop.upload("person", "p.xlsx", content)
    assert answer.status_code == 422 and "Excel file" in answer.text


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ONE_CELL = SHEET.format('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sheet(ENTITIES + ONE_CELL), "to do harm"), (sheet(ENTITIES + "<x/>", "xl/styles.xml"), "to do harm"),
        (sheet(f"<!-- x -->\n<?x y?>{ENTITIES}{ONE_CELL}"), "to do harm"),
        (sheet((ENTITIES + ONE_CELL).encode("utf-16")), "to do harm"),
        (sheet(SHEET.format("<sheetData>" + " " * 40_000_000 + "</sheetData>")), "unpacks to more"),
        (sheet(" " * 70_000_000, "xl/styles.xml"), "unpacks to more"),
        (sheet(SHEET.format('<sheetData><row r="1">' + "<c><v>0.1</v></c>" * 1_000_000), how=zipfile.ZIP_STORED),
         "a row that is longer"),
    ],
    ids=["entities", "entities of styles", "behind a comment", "UTF-16", "blanks", "styles", "a long row"],
)  # fmt: skip
def test_an_excel_file_made_to_fill_the_memory_is_refused(shop: Shop, content: bytes, words: str) -> None:
    tracemalloc.start()
    try:
        answer = shop.upload("person", "p.xlsx", content)
        assert answer.status_code == 422 and words in answer.text
        assert tracemalloc.get_traced_memory()[1] < 20_000_000 + 3 * len(content)
    finally:
        tracemalloc.stop()


def test_empty_cells_beside_a_sheet_are_no_columns(shop: Shop) -> None:
    row = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    content = sheet(SHEET.format('<dimension ref="A1:XFD9"/>' + row))
    form = shop.read(shop.upload("person", "p.xlsx", content), "person/import")
    assert [name for name in ("to0", "to1") if name in form] == ["to0"]


@pytest.mark.parametrize("empty", [b"\n", b",,\n"])
def test_lines_without_end_that_are_empty_end_a_sample(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, empty: bytes
) -> None:
    monkeypatch.setattr(flaskadmin, "SHEET_ROWS", 60_000)
    content = b"id,name,age\n9,Zoe,30\n" + empty * 60_010
    answer = shop.upload("person", "p.csv", content)
    assert answer.status_code == 200
    preview = shop.press(shop.read(answer, "person/import"), "preview")
    assert preview.status_code == 422 and "are empty. Take them out" in preview.text
    assert shop.imported("person", "p.csv", content[: -50_000 * len(empty)]).status_code == 303
    assert (9, "Zoe", 30) in shop.rows("id, name, age")


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": "x", "note": [' + b"[]," * 6_000_000 + b"[]]}",
        b"[{" + b",".join(b'"%d":1' % n for n in range(2_000_000)) + b"}]",
        b'{"name": {"a":' + b'{"a":1},' * 1_000_000,
    ],
    ids=["empty arrays", "members", "objects that don't end"],
)
def test_a_record_of_very_many_members_does_not_fill_the_memory(shop: Shop, content: bytes) -> None:
    tracemalloc.start()
    try:
        answer = shop.upload("person", "p.json", content)
        assert answer.status_code == 422 and "nested too deeply" in answer.text
        assert tracemalloc.get_traced_memory()[1] < 120_000_000
    finally:
        tracemalloc.stop()


def test_records_without_end_that_are_empty_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flaskadmin, "SHEET_ROWS", 60_000)
    for name, content in (("p.jsonl", b"{}\n" * 70_000), ("p.json", b"[" + b"{}," * 70_000 + b"{}]")):
        assert "records up to record 60001 are empty" in shop.upload("person", name, content).text


def test_a_quotation_mark_that_is_not_closed_takes_no_lines(shop: Shop) -> None:
    answer = shop.upload("person", "p.csv", b'id,name\n1,a\n2,"x\n' + b"3,y\n" * 200_000)
    assert answer.status_code == 422 and "Behind line 2" in answer.text
    assert shop.press(shop.read(answer, "person/import"), "preview").status_code == 422


def test_a_line_that_ends_too_early_clears_nothing(shop: Shop) -> None:
    form = shop.read(shop.upload("person", "p.csv", b"id,name,age\n1,Mara\n2,Jan,7,,\n"), "person/import")
    preview = shop.press(form, "preview")
    assert "<b>1</b> refused" in preview.text and "The line has 2 cells, not" in preview.text
    before = shop.rows("id, age")
    assert shop.press(shop.read(preview, "person/import"), "run").status_code == 303
    assert [row for row in shop.rows("id, age") if row not in before] == [(2, 7)]


@pytest.mark.parametrize("expected", ["[" * 100_000, '{"insert": 1e999}', "[]", "{"])
def test_counts_that_are_none_are_a_preview(shop: Shop, expected: str) -> None:
    form = shop.read(shop.upload("person", "p.csv", b"id,name\n20,New\n"), "person/import")
    before = shop.rows()
    answer = shop.press(form, "run", ("expected", expected))
    assert answer.status_code == 200 and "<b>1</b> will be added" in answer.text and shop.rows() == before


def test_someone_elses_file_is_not_there(shop: Shop) -> None:
    id = shop.site.uploads.put("bob", "his.csv", io.BytesIO(b"id,name\n1,x\n"))
    form = shop.read(shop.upload("person", "p.csv", b"id,name\n1,x\n"), "person/import")
    form["upload"] = id
    answer = shop.press(form, "preview")
    assert answer.status_code == 422 and "isn&#39;t here any more" in answer.text


def test_a_snapshot_is_a_whole_copy(shop: Shop, tmp_path: Any) -> None:
    page = shop.browser.get("/admin/person/import").text
    if shop.base.postgres:
        assert "ask whoever runs" in page and "Back up the database" not in page
        return
    (form,) = (form for form in forms.read_forms(page) if ("step", "snapshot") in form.buttons)
    form.action = form.action or "/admin/person/import"
    assert shop.press(form, "snapshot").status_code == 303
    (copy,) = tmp_path.glob("*.snapshot.db")
    assert Base(f"sqlite:///{copy}").rows("SELECT count(*) FROM person") == [(3,)]
    assert os.name == "nt" or copy.stat().st_mode & 0o777 == 0o600


def test_the_oldest_snapshots_make_way(shop: Shop, tmp_path: Path) -> None:
    if shop.base.postgres:
        return
    stem = Path(shop.base.source.url.database or "").stem
    own = tmp_path / f"{stem}-backup.snapshot.db"  # of someone else's making
    own.touch()
    (form,) = (form for form in forms.read_forms(shop.browser.get("/admin/person/import").text)
               if ("step", "snapshot") in form.buttons)  # fmt: skip
    form.action = form.action or "/admin/person/import"
    made: list[set[Path]] = []
    for _ in range(8):
        assert shop.press(form, "snapshot").status_code == 303
        made.append(set(tmp_path.glob("*.snapshot.db")) - {own})
    assert [len(copies) for copies in made] == [1, 2, 3, 4, 5, 5, 5, 5]
    assert len(set.union(*made)) == 8 and own.exists()
    assert not made[-1] & made[2]  # the first three are gone


def test_uploads_that_a_user_left_behind_make_way(shop: Shop) -> None:
    theirs = shop.site.uploads.put("bob", "his.csv", io.BytesIO(b"id,name\n1,x\n"))
    for n in range(20):
        assert shop.upload("person", f"{n}.csv", b"id,name\n1," + b"x" * 2_500_000 + b"\n").status_code == 200
    table = shop.site.uploads.table
    with shop.site.state.database.reading() as connection:
        kept = connection.execute(sa.select(table.c.name, sa.func.count()).group_by(table.c.name)).all()
    assert len(kept) == 5 and {name for name, _ in kept} == {"his.csv", *(f"{n}.csv" for n in range(16, 20))}
    assert shop.site.uploads.open(theirs, "bob").read() == b"id,name\n1,x\n"


def test_what_a_json_record_does_not_have_is_left_alone(shop: Shop) -> None:
    content = b'{"id": 1, "name": "Mara M", "age": 1}\n{"id": 2, "age": null}\n{"id": 50, "name": "New"}\n'
    assert shop.imported("person", "p.jsonl", content).status_code == 303
    assert shop.rows("id, name, age") == [(1, "Mara M", 1), (2, "Jan", None), (3, "Eva", 44), (50, "New", None)]


def test_all_that_is_refused_comes_as_a_file(shop: Shop) -> None:
    content = "id,name,age\n" + "".join(f"{n},x,old\n" for n in range(100, 1300))
    preview = shop.press(shop.read(shop.upload("person", "p.csv", content.encode()), "person/import"), "preview")
    assert "<b>1,200</b> refused" in preview.text
    rejects = shop.press(shop.read(preview, "person/import"), "rejects").text.splitlines()
    assert len(rejects) == 1201 and rejects[-1].startswith("1299,x,old,")


@pytest.mark.parametrize(
    ("query", "ticked"),
    [
        ("", False),
        ("sort=-name", False),
        ("size=20", False),
        ("columns=name", False),
        ("sort=name&size=20&columns=name", False),
        ("name=Eva", True),
        ("search=eva", True),
        ("search=eva&sort=name", True),
    ],
)
def test_all_records_are_ticked_only_where_something_says_which(shop: Shop, query: str, ticked: bool) -> None:
    for do in ("edit", "delete"):
        page = shop.browser.get(f"/admin/person/bulk?{query}&do={do}").text
        box = re.findall(r'<input type="checkbox" name="all"[^>]*>', page)[0]
        assert (" checked" in box) == ticked
        assert ("match the filter" in page) == ticked


def test_a_table_that_cannot_be_read_is_neither_empty_nor_editable(
    site: Callable[..., Browser], engine_url: str, engine_name: str
) -> None:
    if engine_name == "postgresql":
        Base(engine_url).run("CREATE VIEW odd AS SELECT 1 AS a, 1 / (random()::int * 0) AS b")
    else:
        with closing(sqlite3.connect(Base(engine_url).source.url.database)) as connection:
            connection.create_function("own_word", 1, lambda text: text, deterministic=True)
            connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY, a text, b text AS (own_word(a)))")
    browser = site(engine_url)
    page = browser.get("/admin/odd/").text
    assert "can&#39;t be read" in page or "can't be read" in page
    assert "no records yet" not in page and "Add the" not in page
    objects = browser.client.get("/admin/status", headers={**browser.headers, "Accept": "application/json"}).get_json()
    (odd,) = (one for one in objects["objects"] if one["name"] == "odd")
    assert not odd["editable"] and odd["reason"] and odd["urls"]["new"] is None


# -- What is foretold is what happens ------------------------------------------------

CHAIN = """CREATE TABLE a (id integer PRIMARY KEY, name varchar(20));
CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a (id) ON DELETE CASCADE);
CREATE TABLE c (id integer PRIMARY KEY, b integer REFERENCES b (id) ON DELETE CASCADE);
CREATE TABLE d (id integer PRIMARY KEY, c integer REFERENCES c (id) ON DELETE CASCADE);
INSERT INTO a VALUES (1, 'Top'), (2, 'Other'); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1, 1);"""


@pytest.mark.parametrize("hidden", [False, True])
def test_a_delete_counts_what_goes_at_any_depth(site: Callable[..., Browser], engine_url: str, hidden: bool) -> None:
    base = Base(engine_url)
    base.run(CHAIN, *(f"INSERT INTO d VALUES ({n}, 1)" for n in range(130)))
    browser = site(engine_url, tables={"d": {"hidden": True}} if hidden else {})
    page = html.unescape(browser.get("/admin/a/1/delete").text)
    found = re.findall(r"<li><b>([^<]+)</b> <span[^>]*>will be deleted too</span>", page)
    shown = "130 records of a table that isn’t shown here" if hidden else "130 ds"
    assert sorted(found) == sorted(["1 B", "1 C", shown])
    assert "type 133" in page and ('"/admin/d/' not in page) == hidden
    assert base.rows("SELECT count(*) FROM d") == [(130,)]
    form = browser.form("/admin/a/1/delete")
    form["number"] = "3"
    assert browser.submit(form).status_code == 422 and base.rows("SELECT count(*) FROM a") == [(2,)]
    form["number"] = "133"
    assert browser.submit(form).status_code == 303 and base.rows("SELECT count(*) FROM d") == [(0,)]


def test_a_row_that_refers_to_itself_can_be_deleted(site: Callable[..., Browser], engine_url: str) -> None:
    base = Base(engine_url)
    base.run(
        "CREATE TABLE node (id integer PRIMARY KEY, up integer REFERENCES node (id), name varchar(9))",
        "INSERT INTO node VALUES (1, 1, 'root'), (2, 2, 'loop'), (3, 1, 'leaf')",
    )
    browser = site(engine_url)
    assert browser.submit(browser.form("/admin/node/2/delete")).status_code == 303
    page = browser.get("/admin/node/1/delete").text
    assert "block deletion" in page and 'value="run"' not in page and "leaf" in page
    assert base.rows("SELECT name FROM node ORDER BY id") == [("root",), ("leaf",)]


HARBOUR = "CREATE TABLE harbour (id integer PRIMARY KEY, name varchar(20)); INSERT INTO harbour VALUES (1, 'Bergen')"
REFUSED_AT_LAST = {
    "a key that is checked at the commit": (
        "CREATE TABLE ship (id integer PRIMARY KEY, h integer REFERENCES harbour (id) DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO ship VALUES (5, 1)", "Other records refer to this one",
    ),
    "a column that can't be empty": (
        "CREATE TABLE ship (id integer PRIMARY KEY, h integer NOT NULL REFERENCES harbour (id) ON DELETE SET NULL)",
        "INSERT INTO ship VALUES (5, 1)", "A value that must be given is missing",
    ),
    "a default that isn't there": (
        "CREATE TABLE ship (id integer PRIMARY KEY, h integer DEFAULT 9 REFERENCES harbour (id) ON DELETE SET DEFAULT)",
        "INSERT INTO ship VALUES (5, 1)", "others refer to it",
    ),
    "what refers to what goes along": (
        "CREATE TABLE ship (id integer PRIMARY KEY, h integer REFERENCES harbour (id) ON DELETE CASCADE); "
        "CREATE TABLE trip (id integer PRIMARY KEY, s integer REFERENCES ship (id) ON DELETE CASCADE); "
        "CREATE TABLE leg (id integer PRIMARY KEY, t integer REFERENCES trip (id) ON DELETE CASCADE); "
        "CREATE TABLE stop (id integer PRIMARY KEY, l integer REFERENCES leg (id))",
        "INSERT INTO ship VALUES (5, 1); INSERT INTO trip VALUES (1, 5); INSERT INTO leg VALUES (1, 1); "
        "INSERT INTO stop VALUES (1, 1)", "Other records refer to this one: 1 in stop",
    ),
}  # fmt: skip


def test_what_blocks_a_deletion_is_counted_once(site: Callable[..., Browser], engine_url: str) -> None:
    """What isn't named below, behind records that would be deleted too, is counted in the sentence."""
    base = Base(engine_url)
    base.run(
        HARBOUR,
        "CREATE TABLE ship (id integer PRIMARY KEY, h integer REFERENCES harbour (id))",
        "INSERT INTO ship VALUES (5, 1), (6, 1)",
    )
    page = site(engine_url).get("/admin/harbour/1/delete").text
    assert "Other records refer to this one. Change or delete those first." in page
    assert "<b>2 ships</b>" in page and "block deletion" in page and "2 in ship" not in page
    base.run(
        "CREATE TABLE crane (id integer PRIMARY KEY, h integer REFERENCES harbour (id) ON DELETE CASCADE)",
        "CREATE TABLE hook (id integer PRIMARY KEY, c integer REFERENCES crane (id))",
        "INSERT INTO crane VALUES (1, 1)",
        "INSERT INTO hook VALUES (1, 1)",
    )
    page = site(engine_url).get("/admin/harbour/1/delete").text
    assert "refer to this one: 2 in ship, 1 in hook" in page.replace("1 in hook, 2 in ship", "2 in ship, 1 in hook")


@pytest.mark.parametrize("name", REFUSED_AT_LAST)
def test_a_delete_that_the_database_would_refuse_is_refused_by_its_preview(
    site: Callable[..., Browser], engine_url: str, name: str
) -> None:
    tables, rows, words = REFUSED_AT_LAST[name]
    base = Base(engine_url)
    base.run(HARBOUR, tables, rows, "INSERT INTO harbour VALUES (2, 'Oslo')")
    browser = site(engine_url)
    page = html.unescape(browser.get("/admin/harbour/1/delete").text)
    assert words in page and 'value="run"' not in page
    token = next(f for f in forms.read_forms(browser.get("/admin/harbour/").text) if "csrf_token" in f)["csrf_token"]
    data = {"csrf_token": token, "do": "delete", "step": "preview", "key": ["1", "2"]}
    page = html.unescape(browser.client.post("/admin/harbour/bulk", data=data, headers=browser.headers).text)
    assert words in page and "<b>1</b> will be deleted" in page and "<b>1</b> refused" in page
    assert 'value="run"' not in page
    assert base.rows("SELECT count(*) FROM harbour") == [(2,)]


def test_a_record_that_changed_since_its_page_was_shown_is_not_deleted(shop: Shop) -> None:
    form = shop.browser.form("/admin/person/3/delete")
    shop.base.run("UPDATE person SET note = 'new' WHERE id = 3")
    answer = shop.browser.submit(form)
    assert answer.status_code == 409 and "Someone changed this record meanwhile" in answer.text
    assert len(shop.rows()) == 3
    assert shop.browser.submit(shop.browser.form("/admin/person/3/delete")).status_code == 303


def test_a_calculation_is_checked_on_the_rows(shop: Shop) -> None:
    """No invented value decides: here 1 would break the rule, and no row does."""
    shop.base.run(
        "CREATE TABLE wage (id integer PRIMARY KEY, rate numeric(8, 2) CHECK (rate >= 6))",
        "INSERT INTO wage VALUES (1, 10), (2, 20)",
    )
    preview = shop.press(shop.form("wage/bulk"), "preview", ("all", "1"), **edit(0, "rate", "multiply", "1.5"))
    assert "Change 2 records" in preview.text
    assert shop.press(shop.read(preview, "wage/bulk"), "run").status_code == 303
    assert [float(row[0]) for row in shop.base.rows("SELECT rate FROM wage ORDER BY id")] == [15, 30]
    refused = shop.press(shop.form("wage/bulk"), "preview", ("all", "1"), **edit(0, "rate", "multiply", "0.3"))
    assert "refused" in refused.text and ("step", "run") not in shop.read(refused, "wage/bulk").buttons


def test_previews_show_names(shop: Shop) -> None:
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "town", "set", "2"))
    cells = re.findall(r"<td>Town</td>\s*<td[^>]*><i>([^<]+)</i></td>\s*<td[^>]*><b>([^<]+)</b>", preview.text)
    assert cells == [("Bergen", "Oslo"), ("NULL", "Oslo")]


def test_hooks_are_called_for_the_run_alone_and_may_write(shop: Shop) -> None:
    """A hook's own connection neither waits for the run, nor leaves anything behind after a preview."""
    shop.base.run("CREATE TABLE log (id integer PRIMARY KEY, words varchar(40))")
    seen: list[int] = []

    def note(record: Any, *_rest: Any) -> None:
        seen.append(record.id)
        if getattr(record, "name", "") == "no":
            raise ValidationError("Not this name.")
        shop.base.run(f"INSERT INTO log VALUES ({len(seen)}, 'person {record.id}')")

    shop.site.extension.before_save("person")(note)
    shop.site.extension.before_delete("person")(note)
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "X"))
    assert seen == [] and shop.base.rows("SELECT * FROM log") == []
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert seen == [1, 2, 3] and len(shop.base.rows("SELECT * FROM log")) == 3
    assert [row[0] for row in shop.rows("name")] == ["X", "X", "X"]
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "no"))
    refused = shop.press(shop.read(preview, "person/bulk"), "run")
    assert refused.status_code == 409 and "Not this name." in refused.text
    assert [row[0] for row in shop.rows("name")] == ["X", "X", "X"]
    assert shop.browser.submit(shop.browser.form("/admin/person/3/delete")).status_code == 303
    assert shop.base.rows("SELECT words FROM log WHERE id > 4") == [("person 3",)]


def test_a_delete_is_told_as_done_though_a_later_hook_fails(shop: Shop) -> None:
    shop.site.extension.after_delete("person")(fail)
    assert shop.browser.submit(shop.browser.form("/admin/person/3/delete")).status_code == 303
    page = shop.browser.get("/admin/person/").text
    assert "Deleted Eva. But what the application does afterwards failed" in page and len(shop.rows()) == 2


@pytest.mark.parametrize("editable", (True, False))
def test_actions_of_flask_admin_work(engine_url: str, editable: bool) -> None:
    """Also on a view whose records aren't edited otherwise, as Flask-Admin has it; not where nothing is written."""
    base = Base(engine_url)
    base.run(SHOP)

    class People(TableView):
        can_edit = can_delete = editable

        @action("age", "Make older", "Really older?")
        def action_age(self, ids: list[str]) -> None:
            for key in ids:
                base.run(f"UPDATE person SET age = 99 WHERE id = {int(key)}")
            flash(f"{len(ids)} are older now.")

        def is_action_allowed(self, name: str) -> bool:
            return name != "delete"

    app = flaskadmin.create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD), views={"person": People})
    made = Shop(engine_url, app)
    assert "Make older" in made.browser.get("/admin/person/").text
    form = made.form("person/bulk?do=action0&key=1&key=3")
    assert made.press(form, "run").headers["Location"] == "/admin/person/"
    assert [row[0] for row in made.rows("age")] == [99, None, 99]
    assert "2 are older now." in made.browser.get("/admin/person/").text
    assert "Make older" in made.browser.get("/admin/person/1").text
    assert ("Really older?" in made.browser.get("/admin/person/bulk?key=1").text) != editable
    assert (made.browser.get("/admin/person/bulk?do=edit&key=1").status_code == 200) == editable
    close(app)
    tables = {"person": {"read_only": True}}
    app = flaskadmin.create_app(
        Settings(db=(engine_url,), user=USER, password=PASSWORD, tables=tables), views={"person": People}
    )
    made = Shop(engine_url, app)
    assert "Make older" not in made.browser.get("/admin/person/").text
    assert made.browser.get("/admin/person/bulk?do=action0&key=1").status_code == 403
    close(app)


def test_what_is_hidden_stays_and_comes_back(site: Callable[..., Browser], engine_url: str) -> None:
    """Operations on a table whose columns aren't all shown write and put back the others, too."""
    base = Base(engine_url)
    base.run(SHOP)
    browser = site(engine_url, tables={"person": {"hidden_columns": ["note", "price"]}})
    shop = Shop(engine_url, browser.client.application)
    before = shop.rows()
    preview = shop.press(shop.form("person/bulk"), "preview", ("all", "1"), **edit(0, "name", "set", "Same"))
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303
    assert [(row[0], *row[2:]) for row in shop.rows()] == [(row[0], *row[2:]) for row in before]
    preview = shop.press(shop.form("person/bulk?do=delete"), "preview", ("all", "1"))
    assert "10.05" not in preview.text
    assert shop.press(shop.read(preview, "person/bulk"), "run").status_code == 303 and shop.rows() == []
    for line in shop.site.history.events(flaskadmin.EventFilter(kinds=("change",))):
        shop.site.sections[0].writer.undo(line.number, "anna")
    assert shop.rows() == before


def test_a_form_is_told_as_saved_though_a_later_hook_fails(shop: Shop) -> None:
    shop.site.extension.after_save("person")(fail)
    form = shop.browser.form("/admin/person/3/edit")
    form["name"] = "Ewa"
    assert shop.browser.submit(form).status_code == 303
    page = shop.browser.get("/admin/person/").text
    assert "Saved Ewa: Name. But what the application does afterwards failed" in page
    assert shop.rows("name")[2] == ("Ewa",)


# -- Files as people have them -----------------------------------------------------

MADE = (
    "CREATE TABLE thing (id integer PRIMARY KEY, name varchar(10), qty integer CHECK (qty > 0), price numeric(10,2), "
    "bought date, at timestamp, ok boolean, note text)"
)


@pytest.fixture
def things(shop: Shop) -> Shop:
    """A shop with a table of columns of all kinds, without rows."""
    shop.base.run(MADE.replace("integer PRIMARY", "serial PRIMARY") if shop.base.postgres else MADE)
    return shop


def took(shop: Shop, columns: str) -> list[list[str]]:
    """Return what is stored of the things, as texts that are the same on both engines."""
    words = {"True": "1", "False": "0", "None": ""}
    rows = shop.base.rows(f"SELECT {columns} FROM thing ORDER BY id")
    return [[words.get(str(value), str(value)) for value in row] for row in rows]


def tried(shop: Shop, name: str, content: bytes, table: str = "thing", **given: str) -> Any:
    """Upload a file, or paste it, and return its preview."""
    if name:
        answer = shop.upload(table, name, content)
    else:
        page = shop.browser.get(f"/admin/{table}/import").text
        form = next(f for f in forms.read_forms(page) if "pasted" in f)
        form["pasted"] = content.decode()
        body, kind = form.body()
        action = f"/admin/{table}/import"
        answer = shop.browser.client.post(action, data=body, content_type=kind, headers=shop.browser.headers)
    return shop.press(shop.read(answer, f"{table}/import"), "preview", **given)


def brought(shop: Shop, name: str, content: bytes, table: str = "thing", **given: str) -> None:
    """Import a file as it is understood."""
    preview = tried(shop, name, content, table, **given)
    assert shop.press(shop.read(preview, f"{table}/import"), "run").status_code == 303


def book(*sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return an Excel file of sheets of cells."""
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.active)
    for rows in sheets:
        page = made.create_sheet()
        for row in rows:
            page.append(row)
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.csv", b'"name","qty","price","bought","ok"\n"Kim","lots","9.999","2024-02-30","perhaps"\n'),
        ("q.json", b'[{"name":"Kim","qty":"lots","price":"9,75","bought":"30.02.2024","ok":"perhaps"}]'),
        ("q.jsonl", b'{"name":"longer than ten","qty":1.5,"price":"x","bought":"soon","ok":7}\n'),
    ],
)
def test_every_value_is_checked_whatever_wrote_the_file(things: Shop, name: str, content: bytes) -> None:
    text = html.unescape(tried(things, name, content).text)
    assert "<b>1</b> refused" in text and "whole number" in text
    for label in ("Qty", "Price", "Bought", "Ok"):
        assert f"{label}: " in text or f"{label.lower()}: " in text, label
    assert took(things, "id") == []


def test_cells_in_quotes_are_converted(things: Shop) -> None:
    content = b'"name","qty","price","bought","ok","note"\r\n"Eva","7","2.25","12/31/2023","t",""\r\n'
    brought(things, "shop.csv", content)
    assert took(things, "name, qty, bought, ok, note") == [["Eva", "7", "2023-12-31", "1", ""]]


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (b'"id", "name", "note"\n"100", "Abe", "a"\n"", "Bea", "b"\n', [["Abe", "a"], ["Bea", "b"]]),
        (b'"name","note"\n"Abe","a \\"big\\" b, c"\n', [["Abe", 'a "big" b, c']]),
        (b"sep=;\r\nname;note\r\nAbe;a,b\r\n", [["Abe", "a,b"]]),
        (b"Report of things\n\nof May,,\nnote,name\nx,Abe\n", [["Abe", "x"]]),
        (b"name,note\nAbe,x\n,\n,,\n\n", [["Abe", "x"]]),
        ("name;note\nŁucja;Kraków jest piękny i żółty\n".encode("cp1250"), [["Łucja", "Kraków jest piękny i żółty"]]),
        ("name;note\nПётр;Новосибирск и Казань\n".encode("cp1251"), [["Пётр", "Новосибирск и Казань"]]),
        ("name;note\nAbe;sé\n".encode("utf-16-le"), [["Abe", "sé"]]),
        (b'{"ok": true, "rows": [{"name": "Abe"}, {"name": "Bo", "note": "n"}]}', [["Abe", ""], ["Bo", "n"]]),
        (b'[{"name":"Abe"},{"note":"n","name":"Bo"}]', [["Abe", ""], ["Bo", "n"]]),
        (b'{"reply": {"errors": [], "found": [{"name": "Abe", "note": "x"}]}}', [["Abe", "x"]]),
        (b'{"links": [{"href": "/"}], "rows": [{"name": "Abe"}], "more": [{"x": 1}]}', [["Abe", ""]]),
        (b"name;note;;;\nAbe;x;;;\n", [["Abe", "x"]]),
        (b'name,note\nAbe,  x  \nBo,"He said, ""y"""\n', [["Abe", "  x  "], ["Bo", 'He said, "y"']]),
        (b'name,note\nAbe, x\nBo,"{""a"": [1, ""y""]}"\n', [["Abe", " x"], ["Bo", '{"a": [1, "y"]}']]),
        (b'name, note\nAbe, "x, y"\n', [["Abe", "x, y"]]),
        (b'"name"; "note"\n"Abe"; "x; y"\n"Bo"; ""\n', [["Abe", "x; y"], ["Bo", ""]]),
        (b'name| note\nAbe| "x| y"\n', [["Abe", "x| y"]]),
        (
            b'name,note\nAbe,"x; y, z"\nBo,"p, q; r, s, t"\nCy,"u; v,\nw, x; y"\n',
            [["Abe", "x; y, z"], ["Bo", "p, q; r, s, t"], ["Cy", "u; v,\nw, x; y"]],
        ),
        ("name,note\nAbe,“so” – it’s 5 €\n".encode("cp1252"), [["Abe", "“so” – it’s 5 €"]]),
        ("name,note\nAbe,20 °C\n".encode("cp1252"), [["Abe", "20 °C"]]),
        ("sep=;\r\nname;note\r\nZoë;x\r\n".encode("utf-16"), [["Zoë", "x"]]),
    ],
)
def test_files_of_other_programs_are_read(things: Shop, content: bytes, stored: list[list[str]]) -> None:
    brought(things, "some.json" if content[:1] in b"[{" else "some.csv", content)
    assert sorted(took(things, "name, note")) == stored


def test_a_key_that_blanks_fill_up_is_found_by_an_own_export(things: Shop) -> None:
    things.base.run(
        "CREATE TABLE country (code char(3) PRIMARY KEY, name text)",
        "CREATE TABLE visit (code char(3) REFERENCES country, year integer, sort char(4) CHECK (sort IN ('a', 'long')),"
        " PRIMARY KEY (code, year))",
        "INSERT INTO country VALUES ('de', 'Germany'), ('usa', 'America')",
        "INSERT INTO visit VALUES ('de', 2020, 'a'), ('usa', 2021, 'long')",
    )
    for table, form in product(("country", "visit"), ("csv", "jsonl", "xlsx")):
        content = things.browser.get(f"/admin/{table}/export.{form}").data
        assert "<b>2</b> unchanged" in tried(things, f"a.{form}", content, table).text, (table, form)
    brought(things, "a.csv", b"code,name\nde,Deutschland\n", "country")
    assert [name for (name,) in things.base.rows("SELECT name FROM country ORDER BY name")] == [
        "America",
        "Deutschland",
    ]


def test_the_encoding_is_that_of_the_first_letters_wherever_they_are(things: Shop) -> None:
    brought(things, "p.csv", b"name,note\n" + (b"Abe," + b"x" * 5000 + b"\n") * 45 + "Zoë,fünf\n".encode("cp1252"))
    assert took(things, "name, note")[-1] == ["Zoë", "fünf"]


def test_thousands_of_another_encoding_are_apart_by_a_space(things: Shop) -> None:
    """As a French Excel writes them: the space is the only letter that isn't ASCII."""
    brought(things, "p.csv", "name;price\nAbe;12\u00a0345,60\nBo;-1\u00a0000,00\n".encode("cp1252"))
    assert [float(price) for (price,) in took(things, "price")] == [12345.6, -1000]


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("encoding", "utf-8-sig", "isn&#39;t in this encoding"), ("header", "90", "nothing in the file"),
        ("form", "json", "isn&#39;t of this format"),
    ],
)  # fmt: skip
def test_a_wrong_choice_can_be_taken_back(things: Shop, name: str, wrong: str, words: str) -> None:
    """The page stays, with the reason, and the file with it."""
    read = partial(things.read, path="thing/import")
    form = read(things.upload("thing", "p.csv", "name,note\nZoë,fünf\n".encode("cp1252")))
    found, form[name] = form[name], wrong
    answer = things.press(form, "preview")
    assert answer.status_code == 422 and words in answer.text and "line 0" not in answer.text
    form = read(answer)
    form[name] = found
    again = things.press(form, "read")
    assert again.status_code == 200
    preview = things.press(read(again), "preview")
    assert things.press(read(preview), "run").status_code == 303
    assert took(things, "name, note") == [["Zoë", "fünf"]]


def test_pasted_cells_are_separated_by_tabs(things: Shop) -> None:
    brought(things, "", b"name\nRome, IT\n")
    brought(things, "", b'name\tnote\nAbe\t"odd" one\n')
    assert took(things, "name, note") == [["Rome, IT", ""], ["Abe", '"odd" one']]


def test_what_is_not_imported_is_said(things: Shop) -> None:
    preview = tried(things, "p.csv", b"name,colour\nAbe,red\n")
    assert "not imported: colour" in preview.text
    for content in (b"name,qty\nAbe,5\nBo,6,surplus\n", b"name,qty,\nAbe,5,\nBo,6,surplus\n"):
        preview = tried(things, "p.csv", content)
        assert "<b>1</b> refused" in preview.text and "The line has 3 cells, not 2" in preview.text
    assert "Not read: Sheet1." in tried(things, "b.xlsx", book([["name"], ["Abe"]], [["x"]]), sheet="Sheet").text


def test_a_line_that_cannot_be_read_is_named_and_the_file_is_kept(things: Shop) -> None:
    answer = things.upload("thing", "p.csv", b'name,note\nAbe,x\nBo,"un"closed"\n')
    assert answer.status_code == 422 and "Behind line 2" in answer.text and "Abe" in answer.text
    assert "quotes" in things.read(answer, "thing/import")


def test_a_sheet_is_chosen(things: Shop) -> None:
    content = book([], [["name", "qty"], ["Abe", 3]], [["note"], ["z"]])
    answer = things.upload("thing", "b.xlsx", content)
    form = things.read(answer, "thing/import")
    assert form["sheet"] == "Sheet1" and "3 sheets" in answer.text
    form["sheet"] = "Sheet2"
    other = things.read(things.press(form, "look"), "thing/import")
    assert other["to0"] == "note"
    brought(things, "b.xlsx", content)
    assert took(things, "name, qty") == [["Abe", "3"]]


def test_a_formula_without_a_value_is_refused(things: Shop) -> None:
    preview = tried(things, "f.xlsx", book([["name", "qty"], ["Abe", "=1+1"], ["Bo", 4]]))
    assert "<b>1</b> refused" in preview.text and "formula without a value" in preview.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as .xlsx"),
        ("page.xls", b"\n<!DOCTYPE html><table><tr><td>name</td></tr></table>", "save it as .xlsx"),
        ("list.pdf", b"%PDF-1.7\n%\xe2\xe3\n", "CSV or Excel"),
        ("p.csv.gz", b"\x1f\x8b\x08\0\0", "unpack it"),
    ],
)
def test_a_file_without_rows_is_told_to_be_one(things: Shop, name: str, content: bytes, words: str) -> None:
    answer = things.upload("thing", name, content)
    assert answer.status_code == 422 and words in answer.text


def test_a_file_without_heading_loses_no_line(things: Shop) -> None:
    answer = things.upload("thing", "p.csv", b"5,Abe,1.5\n6,Bo,2.5\n")
    assert "No heading was found" in answer.text
    form = things.read(answer, "thing/import")
    form["to0"], form["to1"] = "qty", "name"
    assert things.press(things.read(things.press(form, "preview"), "thing/import"), "run").status_code == 303
    assert took(things, "name, qty") == [["Abe", "5"], ["Bo", "6"]]


def test_a_number_goes_into_a_column_without_a_type(things: Shop) -> None:
    """As the form has it: a text wouldn't meet the rule."""
    if things.base.postgres:
        pytest.skip("every column of PostgreSQL has a type")
    things.base.run("CREATE TABLE loose (id integer PRIMARY KEY, n CHECK (n IN (1, 2)))")
    brought(things, "l.csv", b"id,n\n1,2\n", "loose")
    assert things.base.rows("SELECT n, typeof(n) FROM loose") == [(2, "integer")]


# -- The preview of an import -------------------------------------------------------


def lines_of(text: str) -> list[list[str]]:
    """Return the lines that a preview shows: texts of cells, what is changed as "before → after"."""
    rows = text.partition('aria-label="Lines of the file"')[2].partition("</table>")[0].split("<tr")[2:]
    found = []
    for row in rows:
        cells = re.split(r"<t[hd]\b[^>]*>", row)[1:]
        found.append([" ".join(html.unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in cells])
    return found


def test_a_preview_shows_the_lines_as_they_would_be_stored(shop: Shop) -> None:
    content = b"list\n\nid,name,town,price,colour\n1,Mara,Oslo,10.05,red\n2,Jan,2,20,\n9,Kim,Bergen,7.5,\n ,\t\n"
    content += b"3,Eva,Nowhere,x,\n"
    preview = tried(shop, "p.csv", content, "person")
    assert lines_of(preview.text) == [
        ["Line 4 Changed Mara", "1", "Mara", "Bergen → Oslo", "10.05"],
        ["Line 5 Unchanged Jan", "2", "Jan", "Oslo", "20.00"],
        ["Line 6 New", "9", "Kim", "Bergen", "7.50"],
        [
            "Line 8 Refused Eva", "3", "Eva", "Nowhere Town: There is no record with the key or the name Nowhere.",
            "x Price: This isn't a number, such as 1200.50.",
        ],
    ]  # fmt: skip
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", preview.text)).split())
    for words in ("Columns not imported: colour.", "2 lines above the heading.", "1 blank line."):
        assert words in text, words
    for kind, words in (
        ("new", "New 1"),
        ("changed", "Changed 1"),
        ("unchanged", "Unchanged 1"),
        ("refused", "Refused 1"),
    ):
        assert re.search(rf'href="#only-{kind}">\s*{words.replace(" ", chr(92) + "s+")}<', preview.text), words
        assert f'id="only-{kind}"' in preview.text
    assert "Import 2 valid rows" in text and "Download rejected rows (1)" in text


def test_a_preview_shows_lines_of_each_kind_however_many_come_first(things: Shop) -> None:
    things.base.run("INSERT INTO thing (id, name) VALUES (900, 'Old')")
    lines = [f"{n},N{n},1" for n in range(1, 301)] + ["900,New,1", "901,Bad,many"]
    preview = tried(things, "p.csv", "\n".join(["id,name,qty", *lines]).encode())
    kinds = [line[0].split()[2] for line in lines_of(preview.text)]
    assert {*kinds} == {"New", "Changed", "Refused"} and len(kinds) < 150
    assert "The first lines of each kind are shown" in preview.text


def test_a_preview_shows_what_a_trigger_makes_of_a_line(things: Shop) -> None:
    things.base.run("CREATE TABLE shelf (id integer PRIMARY KEY, name varchar(9), stamp varchar(9))")
    things.base.run("INSERT INTO shelf VALUES (1, 'a', 'old')")
    if things.base.postgres:
        things.base.run(
            "CREATE FUNCTION stamped() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.stamp = 'seen'; RETURN NEW; END $$",
            "CREATE TRIGGER stamping BEFORE UPDATE ON shelf FOR EACH ROW EXECUTE FUNCTION stamped()",
        )
    else:
        things.base.run(
            "CREATE TRIGGER stamping AFTER UPDATE OF name ON shelf BEGIN "
            "UPDATE shelf SET stamp = 'seen' WHERE id = NEW.id; END"
        )
    preview = tried(things, "p.csv", b"id,name\n1,b\n", "shelf").text
    assert lines_of(preview) == [["Line 2 Changed a", "1", "a → b", "old → seen"]] and "not in the file" in preview


def test_what_a_trigger_takes_away_is_told_by_the_preview(things: Shop) -> None:
    things.base.run("CREATE TABLE shelf (id integer PRIMARY KEY, name varchar(9), done integer)")
    things.base.run("INSERT INTO shelf VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
    away = "DELETE FROM shelf WHERE id = NEW.id;"
    if things.base.postgres:
        things.base.run(
            f"CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {away} RETURN NULL; END $$",
            "CREATE TRIGGER t AFTER UPDATE ON shelf FOR EACH ROW WHEN (NEW.done = 1) EXECUTE FUNCTION away()",
        )
    else:
        things.base.run(f"CREATE TRIGGER t AFTER UPDATE ON shelf WHEN NEW.done = 1 BEGIN {away} END")
    preview = tried(things, "p.csv", b"id,done\n1,1\n2,2\n", "shelf").text
    found = lines_of(preview)
    assert [line[0] for line in found] == ["Line 2 Deleted by the database a", "Line 3 Changed b"], found
    preview = things.press(things.form("shelf/bulk"), "preview", ("all", "1"), **edit(0, "done", "set", "1"))
    assert "<b>3</b> will be deleted" in preview.text and "Change 3 records" in preview.text
    assert things.press(things.read(preview, "shelf/bulk"), "run").status_code == 303
    assert things.base.rows("SELECT * FROM shelf") == []
    assert "deleted 3 records instead" in things.browser.get("/admin/shelf/").text


def test_a_long_preview_keeps_nobody_waiting(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program is in the middle of a write, as while the preview takes its time."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    lines = b"".join(b"%d,%d,Place %d\n" % (n, n, n) for n in range(10, 4_010))
    answer = shop.upload("town", "towns.csv", b"id,size,name\n" + lines + b"1,1,Oslo\n")
    with closing(shop.base.connect()) as other:
        other.execute("BEGIN" if shop.base.postgres else "BEGIN IMMEDIATE")
        other.execute("INSERT INTO pet VALUES (9, 1)")
        preview = shop.press(shop.read(answer, "town/import"), "preview")
        assert "4,000</b> will be added" in preview.text and "1</b> refused" in preview.text
        other.execute("ROLLBACK")
    assert shop.base.rows("SELECT count(*) FROM town") == [(2,)] and not [*(tmp_path / "temporary").iterdir()]


def test_a_preview_of_long_lines_takes_little_memory(things: Shop) -> None:
    """A letter beyond the BMP makes Python hold four bytes for each of a text."""
    if things.base.postgres:
        pytest.skip("what the server holds is the same")
    content = b"name,note\n" + b"".join(b"N%d,%s\xf0\x9f\x98\x80\n" % (n, b"a" * 2_000_000) for n in range(12))
    tracemalloc.start()
    try:
        assert "<b>12</b> will be added" in tried(things, "p.csv", content).text
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


def test_the_columns_of_a_heading_are_remembered(things: Shop) -> None:
    content = b"Bezeichnung,Anzahl,Am\nAbe,5,05/06/2025\n"
    form = things.read(things.upload("thing", "p.csv", content), "thing/import")
    assert [form[f"to{n}"] for n in range(3)] == ["", "", ""]
    form["to0"], form["to1"], form["to2"], form["dates"], form["nulls"] = "name", "qty", "bought", "dmy", "none"
    things.press(form, "preview")
    answer = things.upload("thing", "other.csv", content.replace(b"Abe", b"Bo"))
    assert "as in your last import" in answer.text
    form = things.read(answer, "thing/import")
    assert [form[n] for n in ("to0", "to1", "to2", "dates", "nulls")] == ["name", "qty", "bought", "dmy", "none"]
    assert "as in your last import" not in things.upload("thing", "p.csv", b"Bezeichnung,Preis\nAbe,5\n").text
    for n in range(20):  # which are remembered at most
        other = things.read(things.upload("thing", "p.csv", f"name,h{n}\nAbe,1\n".encode()), "thing/import")
        things.press(other, "preview")
    assert "as in your last import" not in things.upload("thing", "p.csv", content).text


def test_a_file_is_found_again(things: Shop) -> None:
    form = things.read(things.upload("thing", "p.csv", b"name;qty\nAbe;5\n"), "thing/import")
    form["to1"], form["empty"] = "price", "text"
    preview = things.press(form, "preview")
    address = re.search(r'data-here="([^"]+)"', preview.text)
    assert address and address[1] in things.browser.get("/admin/thing/import").text
    page = things.browser.get(address[1])
    again = things.read(page, "thing/import")
    assert page.status_code == 200 and [again[n] for n in ("to0", "to1", "empty")] == ["name", "price", "text"]
    assert things.browser.get("/admin/thing/import?upload=none").status_code == 422


@pytest.mark.parametrize(("order", "stored"), [("", None), ("dmy", "2025-06-05"), ("mdy", "2025-05-06")])
def test_a_date_that_may_be_two_is_asked_about(things: Shop, order: str, stored: str | None) -> None:
    content = b"name,bought\nAbe,05/06/2025\n"
    assert "choose the order of day and month" in things.upload("thing", "d.csv", content).text
    if stored is None:
        assert "It may be the day 5 or 6" in tried(things, "d.csv", content).text
        return
    brought(things, "d.csv", content, dates=order)
    assert took(things, "bought") == [[stored]]


@pytest.mark.parametrize(
    ("column", "cell", "stored"),
    [
        ("bought", "17.8.99", "1999-08-17"), ("bought", "8/17/24", "2024-08-17"),
        ("bought", "17-Aug-2024", "2024-08-17"),
        ("bought", "2024/8/7", "2024-08-07"), ("bought", "Aug 17, 2024", "2024-08-17"),
        ("at", "8/17/2024 7:05", "2024-08-17 07:05"), ("at", "17.08.2024 7:05:09 PM", "2024-08-17 19:05:09"),
        ("price", "12\u202f345,60", "12345.6"), ("price", "12\u00a0345,60", "12345.6"), ("price", "1 200,5", "1200.5"),
        ("bought", "17. August 2024", "2024-08-17"), ("bought", "3. Mai 24", "2024-05-03"),
        ("bought", "5 déc. 2024", "2024-12-05"),
        ("bought", "Sat, 17 Aug 2024", "2024-08-17"), ("bought", "20240817", "2024-08-17"),
        ("bought", "17\u00a0juillet\u00a02024", "2024-07-17"), ("at", "17.08.2024 07:05:09,5", "2024-08-17 07:05:09.5"),
        ("at", "8/17/2024 7:05 p. m.", "2024-08-17 19:05"), ("at", "17.8.2024 1 PM", "2024-08-17 13:00"),
        ("at", "8/17/2024 12am", "2024-08-17 00:00"),
        ("price", "12’345.60", "12345.6"), ("price", "€ 12,50", "12.5"), ("price", "1.234,50 €", "1234.5"),
        ("price", "$1,200.00", "1200"), ("price", "(12.50)", "-12.5"), ("price", "-$12.50", "-12.5"),
        ("price", "12,50-", "-12.5"),
        ("qty", "5.0", "5"), ("qty", "5,00", "5"), ("ok", "ja", "1"), ("ok", "FALSCH", "0"), ("ok", "oui", "1"),
    ],
)  # fmt: skip
def test_dates_and_numbers_as_people_write_them(things: Shop, column: str, cell: str, stored: str) -> None:
    brought(things, "d.csv", f"name;{column}\nAbe;{cell}\n".encode())
    ((found,),) = took(things, column)
    assert found.startswith(stored)


def test_names_beside_keys_and_apostrophes_come_back_unchanged(things: Shop) -> None:
    things.base.run("CREATE TABLE tag (id integer PRIMARY KEY, name text, person integer REFERENCES person)")
    things.base.run("INSERT INTO tag VALUES (1, '=x', 1), (2, '''=y', 2), (3, 'NULL', NULL)")
    for form in ("xlsx", "csv", "csv?for=excel", "jsonl", "json"):
        exported = things.browser.get(f"/admin/tag/export.{form}").data
        text = tried(things, f"tag.{form.partition('?')[0]}", exported, "tag").text
        assert "<b>3</b> unchanged" in text and "</b> refused" not in text, form
        assert ("(name)" in text) is (form == "xlsx")


def test_an_export_comes_back_unchanged(things: Shop) -> None:
    truth = "true" if things.base.postgres else "1"
    things.base.run(
        "CREATE TABLE part (id integer PRIMARY KEY, grams integer CHECK (grams IN (250, 500)), phone text, lines text, "
        "size numeric(5,2), at timestamp, fine boolean, opens time, wide numeric(6,3) CHECK (wide IN (1.50, 2.0, 3)))"
    )
    things.base.run(
        f"INSERT INTO part VALUES (1, 250, '+47 22', 'a\r\nb', 1.5, '2024-05-06 00:00:00', {truth}, '09:30:17', 1.5), "
        "(2, NULL, '', '_x000D_', NULL, NULL, NULL, '00:00:00', 2)"
    )
    for form in ("xlsx", "xlsx?for=excel", "csv", "csv?for=excel", "jsonl", "json"):
        exported = things.browser.get(f"/admin/part/export.{form}").data
        if form == "xlsx":
            cell = openpyxl.load_workbook(io.BytesIO(exported)).worksheets[0]["H2"]
            assert cell.is_date and str(cell.value) == "09:30:17"
        text = tried(things, f"part.{form.partition('?')[0]}", exported, "part").text
        assert "<b>2</b> unchanged" in text and "refused" not in text.split("<form")[1], form


def test_json_strings_stay_strings(shop: Shop) -> None:
    if not shop.base.postgres:
        pytest.skip("SQLite has no jsonb")
    shop.base.run("CREATE TABLE doc (id integer PRIMARY KEY, v jsonb, w json)")
    values = ['"7"', '"false"', '"word"', '"null"', "null", '"{}"', '{"a": 1.10}', "[1, 2]", "7"]
    for n, value in enumerate(values):
        shop.base.run(f"INSERT INTO doc VALUES ({n}, '{value}', '{value}')")
    before = shop.base.rows("SELECT id, v::text, w::text FROM doc ORDER BY id")
    exported = shop.browser.get("/admin/doc/export.jsonl").data
    text = tried(shop, "doc.jsonl", exported, "doc").text
    assert f"<b>{len(values)}</b> unchanged" in text, text[text.index("<main") :]
    shop.base.run("DELETE FROM doc")
    brought(shop, "doc.jsonl", exported, "doc")
    assert shop.base.rows("SELECT id, v::text, w::text FROM doc ORDER BY id") == before


def test_json_is_read_in_time(shop: Shop) -> None:
    shop.base.run("CREATE TABLE bag (id integer PRIMARY KEY, v text)")
    many = b"[" + b",".join(b'{"id": %d, "v": "%s"}' % (n, b"x" * 80) for n in range(20_000)) + b"]"
    assert "20,000" in tried(shop, "bag.json", many, "bag").text
    wide = b'{"id": 1, ' + b", ".join(b'"k%d": 1' % n for n in range(200_000)) + b"}"
    start = time.process_time()
    answer = shop.upload("bag", "wide.json", wide)
    assert answer.status_code == 422 and "more than 2,000 names" in answer.text
    assert time.process_time() - start < 60, "it took longer than 300"


def test_the_limit_of_csv_cells_is_the_hosts(things: Shop) -> None:
    before = csv.field_size_limit()
    brought(things, "long.csv", b"name,note\nAbe," + b"y" * 300_000 + b"\n")
    assert csv.field_size_limit() == before and len(took(things, "note")[0][0]) == 300_000


def test_rejected_rows_hold_no_formulas(things: Shop) -> None:
    preview = tried(things, "p.csv", b"name,qty,note\n=1+1,many,@x\nBo,2,\n")
    form = things.read(preview, "thing/import")
    assert "'=1+1,many,'@x," in things.press(form, "rejects").text
    assert "Import 1 valid row" in preview.text


# -- What can't be undone is said before ------------------------------------------------

PARENT = """CREATE TABLE parent (id integer PRIMARY KEY, name varchar(9));
CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (5, 1), (6, 1);"""


def test_a_delete_says_that_nothing_can_be_undone_without_a_history(
    site: Callable[..., Browser], engine_url: str
) -> None:
    Base(engine_url).run(PARENT)
    for state, words in (("none", True), ("", False)):
        page = site(engine_url, state=state).get("/admin/parent/1/delete").text
        assert ("This can’t be undone: the site keeps no history." in page) == words


@pytest.mark.parametrize("hidden", ["hidden", "excluded"])
def test_what_a_hidden_table_loses_is_counted_and_comes_back(
    site: Callable[..., Browser], engine_url: str, hidden: str
) -> None:
    base = Base(engine_url)
    base.run(PARENT)
    options: Any = {"tables": {"child": {"hidden": True}}} if hidden == "hidden" else {"exclude": ("child",)}
    browser = site(engine_url, **options)
    page = browser.get("/admin/parent/1/delete").text
    assert "2 records of a table that isn’t shown here</b>" in page and "child" not in page.lower()
    form = browser.form("/admin/parent/1/delete")
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT count(*) FROM child") == [(0,)]
    given = {"csrf_token": form["csrf_token"]}
    assert browser.client.post("/admin/history/1/undo", data=given, headers=browser.headers).status_code == 303
    assert base.rows("SELECT id FROM child ORDER BY id") == [(5,), (6,)]


@pytest.mark.parametrize("way", ["no right", "row security"])
def test_a_delete_says_what_rows_out_of_sight_lose(site: Callable[..., Browser], postgres: Any, way: str) -> None:
    """PostgreSQL deletes them as their table's owner: the site can neither count nor put back what it can't read."""
    url = postgres.create()
    role = f"clerk_{way.split()[0]}_{os.getpid()}"
    try:
        Base(url).run(PARENT, f"CREATE ROLE {role} LOGIN; GRANT ALL ON parent TO {role}")
        if way == "row security":
            Base(url).run(f"GRANT ALL ON child TO {role}; ALTER TABLE child ENABLE ROW LEVEL SECURITY")
        browser = site(url.replace("postgres@", f"{role}@"))
        page = browser.get("/admin/parent/1/delete").text
        assert "can’t read will be deleted, too" in page and "an undo won’t bring that back" in page
        assert browser.submit(browser.form("/admin/parent/1/delete")).status_code == 303
        assert Base(url).rows("SELECT count(*) FROM child") == [(0,)]
        page = browser.get("/admin/history/1/undo").text
        assert "can’t read may have been deleted, too" in page and "this undo won’t bring that back" in page
        form = browser.form("/admin/parent/new")
        form["id"] = "3"
        assert browser.submit(form).status_code == 303
        page = browser.get("/admin/history/3/undo").text
        assert "can’t read will be deleted, too" in page and "may have been" not in page
    finally:
        postgres.drop(url)
        postgres.execute(f"DROP ROLE {role}")


class OfTwo(TableView):
    """A view of some rows."""

    def get_query(self) -> Any:
        return super().get_query().filter(self.model.id < 3)


def test_an_undo_that_is_withheld_says_why(site: Callable[..., Browser], engine_url: str) -> None:
    """Of a table that isn't shown whole there is no history, since it would show the other rows."""
    Base(engine_url).run(PARENT)
    settings = Settings(db=(engine_url,), secret_key="x", user=USER, password=PASSWORD)
    app = flaskadmin.create_app(settings, views={"parent": OfTwo})
    browser = Browser(app)
    page = browser.get("/admin/parent/2/delete").text
    assert "This can’t be undone here. Some rows of this table aren&#39;t shown here." in page
    answer = browser.submit(browser.form("/admin/parent/2/delete"))
    assert answer.status_code == 303 and "Undo" not in browser.get(answer.location).text
    answer = browser.get("/admin/history/1/undo")
    assert answer.status_code == 403 and "nothing can be undone" in answer.text
    close(app)


class OfMany(TableView):
    """A view that chooses rows, all of which a test may write."""

    def get_query(self) -> Any:
        return super().get_query().filter(self.model.id > 0)


@pytest.mark.parametrize("rows", [3, 1100])
def test_a_run_offers_no_undo_that_is_withheld(engine_url: str, rows: int) -> None:
    """Neither beside what was done at once nor on the page of what was done in the background."""
    Base(engine_url).run(PARENT)
    settings = Settings(db=(engine_url,), secret_key="x", user=USER, password=PASSWORD)
    app = flaskadmin.create_app(settings, views={"parent": OfMany})
    shop = Shop(engine_url, app)
    assert "can be undone" not in shop.browser.get("/admin/parent/import").text
    lines = "".join(f"{n},name {n}\n" for n in range(10, 10 + rows))
    answer = shop.imported("parent", "more.csv", f"id,name\n{lines}".encode())
    address, page = answer.location, shop.browser.get(answer.location).text
    while "<progress" in page:
        time.sleep(0.05)
        page = shop.browser.get(address).text
    assert f"{rows:,} new" in page and "/undo" not in page and "See what was done" not in page
    assert shop.base.rows("SELECT count(*) FROM parent") == [(2 + rows,)]
    close(app)


def test_a_key_wins_over_a_name_that_looks_like_one(shop: Shop) -> None:
    """What a picker gives is a key, whatever other records are called; a name that is no key is a name."""
    shop.base.run("INSERT INTO town VALUES (7, '2'), (8, '55')")
    for typed, stored in (("2", 2), ("55", 8), ("7", 7), ("Bergen", 1)):
        form = shop.form("person/bulk?do=edit&id__in=1,3")
        preview = shop.press(form, "preview", column0="town", how0="set", value0=typed)
        shop.press(shop.read(preview, "person/bulk"), "run")
        assert shop.rows("town") == [(stored,), (2,), (stored,)], typed
