"""Section 8: what a TableView's attributes and hooks, and the settings of a table, do to its pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from markupsafe import Markup
from wtforms import ValidationError
from wtforms.validators import Regexp

from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import Settings, TableView, create_app

TABLES = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text NOT NULL UNIQUE)",
    "CREATE TABLE person (id integer PRIMARY KEY, first_name text, last_name text, code text NOT NULL, "
    "town_id integer REFERENCES town (id), note text)",
    "INSERT INTO town VALUES (1, 'Oslo'), (2, 'Graz')",
    "INSERT INTO person VALUES (1, 'Ann', 'Lee', 'A1', 1, NULL), (2, 'Bo', 'Dahl', 'B2', 2, '')",
    "INSERT INTO person VALUES (3, 'Cy', 'Roe', 'C3', 1, 'x')",
)


@pytest.fixture
def people(engine_url: str) -> Iterator[Callable[..., Browser]]:
    """``people(View, **settings)`` makes a site in which View shows the persons."""
    Base(engine_url).run(*TABLES)
    apps = []

    def make(view: type[TableView] = TableView, **settings: Any) -> Browser:
        app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, **settings), views={"person": view})
        apps.append(app)
        return Browser(app)

    yield make
    for app in apps:
        close(app)


def headings(page: str) -> list[str]:
    head = re.findall(r"<thead>.*?</thead>", page, re.S)[0]
    cells = re.findall(r"<th\b[^>]*>(.*?)(?=<th\b|</thead|</tr)", head, re.S)
    return [re.sub("<[^>]+>", "", cell).strip() for cell in cells]


def first_cells(page: str) -> list[str]:
    return re.findall(r'<a rel="(?:edit|item)" href="[^"]+">([^<]+)</a>', re.sub("</?mark>", "", page))


def test_a_list_needs_no_view(people: Callable[..., Browser]) -> None:
    page = people().get("/admin/person/").text
    assert headings(page) == ["id", "first name", "last name", "code", "town", "note"]
    assert "Oslo" in page and "/admin/town/1" in page
    assert page.count("<i>NULL</i>") == 1 and page.count("<i>empty</i>") == 1


def test_list_attributes(people: Callable[..., Browser]) -> None:
    class View(TableView):
        column_list = ["code", "last_name", "town_id"]
        column_exclude_list = ["town_id"]
        column_labels = {"code": "Badge"}
        column_formatters = {"last_name": lambda view, context, model, name: Markup("<b>%s</b>") % model.last_name}
        column_searchable_list = ["code"]
        column_sortable_list = ["code"]
        column_default_sort = ("code", True)
        page_size = 2

    browser = people(View)
    page = browser.get("/admin/person/").text
    assert headings(page) == ["id", "Badge", "last name"]  # the key is always seen
    assert "<b>Roe</b>" in page and "<b>Lee</b>" not in page  # sorted downwards, two a page
    assert "sort=code" in page and "sort=last_name" not in page
    assert "can&#39;t be sorted" in browser.get("/admin/person/?sort=last_name").text
    assert first_cells(browser.get("/admin/person/?search=B2").text) == ["2"]
    assert first_cells(browser.get("/admin/person/?search=Dahl").text) == []


def test_form_attributes(people: Callable[..., Browser]) -> None:
    class View(TableView):
        form_columns = ["code", "first_name", "note"]
        form_excluded_columns = ["note"]
        form_args = {
            "code": {"label": "Badge", "description": "Letter and digit", "validators": [Regexp("[A-Z][0-9]$")]}
        }
        form_choices = {"first_name": [("Ann", "Ann!"), ("Zoe", "Zoe!")]}

    browser = people(View)
    page = browser.get("/admin/person/1/edit").text
    assert "Badge" in page and "Letter and digit" in page and "Zoe!" in page and 'name="note"' not in page
    form = browser.form("/admin/person/1/edit")
    form["code"] = "wrong"
    answer = browser.submit(form)
    assert answer.status_code == 422 and "Invalid input" in answer.text
    form["code"] = "Z9"
    assert browser.submit(form).status_code == 303


def test_rights(people: Callable[..., Browser]) -> None:
    class View(TableView):
        can_create = can_edit = can_delete = False

    browser = people(View)
    page = browser.get("/admin/person/").text
    assert 'rel="item"' in page and 'rel="edit"' not in page and "/new" not in page
    for path in ("new", "1/edit", "1/delete"):
        assert browser.get(f"/admin/person/{path}").status_code == 403
    person = next(o for o in browser.objects() if o["name"] == "person")
    assert person["editable"] is False and person["reason"] and person["urls"]["new"] is None


def test_hooks(people: Callable[..., Browser], engine_url: str) -> None:
    seen: list[tuple[str, Any]] = []

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            if form.code.data == "bad":
                raise ValidationError("Not this one.")
            model.note = f"by hook, {is_created}"

        def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            seen.append(("saved", model.code))

        def on_model_delete(self, model: Any) -> None:
            seen.append(("deleting", model.id))

    browser = people(View)
    form = browser.form("/admin/person/1/edit")
    form["code"] = "bad"
    assert "Not this one." in browser.submit(form).text
    form["code"] = "A2"
    assert browser.submit(form).status_code == 303
    assert Base(engine_url).rows("SELECT code, note FROM person WHERE id = 1") == [("A2", "by hook, False")]
    assert browser.submit(browser.form("/admin/person/3/delete")).status_code == 303
    assert seen == [("saved", "A2"), ("deleting", 3)]
    assert Base(engine_url).rows("SELECT count(*) FROM person") == [(2,)]


def test_settings_of_a_table(people: Callable[..., Browser]) -> None:
    browser = people(tables={
        "person": {"label": "Guests", "columns": ["code"], "labels": {"code": "Badge"}, "label_column": "code",
                   "hidden_columns": ["note"], "read_only": True},
        "town": {"hidden": True},
    })  # fmt: skip
    page = browser.get("/admin/person/").text
    assert "Guests" in page and headings(page) == ["id", "Badge"] and 'rel="item"' in page
    assert not {"note", "NULL"} & set(re.findall(r">([^<>]+)<", browser.get("/admin/person/1").text))
    assert browser.get("/admin/town/").status_code == 404
    assert {o["name"] for o in browser.objects()} == {"person"}


def test_related_rows_and_prefilled_form(people: Callable[..., Browser]) -> None:
    browser = people()
    record = browser.get("/admin/town/1").text
    assert "Ann" in record and "Cy" in record and "Bo" not in record
    assert "/admin/person/?town_id=1" in record and "/admin/person/new?town_id=1" in record
    assert browser.form("/admin/person/new?town_id=1")["town_id"] == "1"
    assert first_cells(browser.get("/admin/person/?town_id=1").text) == ["1", "3"]


def test_back_to_the_same_list_with_the_row_marked(people: Callable[..., Browser]) -> None:
    browser = people()
    came = {"Referer": "http://localhost/admin/person/?town_id=1&sort=-code"}
    form = browser.form_in(browser.get("/admin/person/3/edit", **came).text, "/admin/person/3/edit")
    form["code"] = "C4"
    answer = browser.submit(form)
    assert answer.headers["Location"] == "/admin/person/?town_id=1&sort=-code"
    page = browser.get(answer.headers["Location"]).text
    assert re.search(r'<tr class="saved">.*?/admin/person/3/edit', page, re.S) and "Saved: code." in page


def test_what_a_delete_takes_along(people: Callable[..., Browser], engine_url: str) -> None:
    Base(engine_url).run(
        "CREATE TABLE pet (id integer PRIMARY KEY, person_id integer REFERENCES person (id) ON DELETE CASCADE)",
        "CREATE TABLE toy (id integer PRIMARY KEY, pet_id integer REFERENCES pet (id) ON DELETE SET NULL)",
        *(f"INSERT INTO pet VALUES ({n}, 1)" for n in range(150)),
        "INSERT INTO toy VALUES (1, 7)",
    )
    browser = people()
    assert "in the way" in browser.get("/admin/town/1/delete").text
    page = browser.get("/admin/person/1/delete").text
    assert "150" in page and "deleted too" in page and "cleared" in page
    form = browser.form("/admin/person/1/delete")
    assert browser.submit(form).status_code == 422  # a number above 100 is typed
    form["number"] = "151"
    assert browser.submit(form).status_code == 303
    assert Base(engine_url).rows("SELECT count(*), (SELECT count(pet_id) FROM toy) FROM pet") == [(0, 0)]


def test_a_change_of_the_schema_is_seen(people: Callable[..., Browser], engine_url: str) -> None:
    browser = people()
    form = browser.form("/admin/person/1/edit")
    Base(engine_url).run("ALTER TABLE person ADD COLUMN size integer", "ALTER TABLE person DROP COLUMN note")
    page = browser.get("/admin/person/").text  # the old columns fail, which is the next error
    assert "size" in headings(page) and "note" not in headings(page)
    form["first_name"] = "Annette"
    assert browser.submit(form).status_code == 303
    assert Base(engine_url).rows("SELECT first_name FROM person WHERE id = 1") == [("Annette",)]
