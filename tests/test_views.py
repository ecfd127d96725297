"""Section 11: what a TableView's attributes and hooks, and the settings of a table, do to its pages."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import flask_admin.babel
import pytest
from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import FileUploadField, Select2Field
from flask_admin.model import typefmt
from flask_admin.model.template import macro
from jinja2 import FileSystemLoader
from markupsafe import Markup
from werkzeug.routing import BuildError
from wtforms import (
    BooleanField,
    DecimalField,
    EmailField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Regexp

import forms
import weird as weird_databases
from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import NO_COLUMNS, FlaskAdminDB, Settings, SettingsError, TableView, create_app
from test_queries import ENDLESS

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
    assert headings(page) == ["ID", "First name", "Last name", "Code", "Town", "Note"]
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
    assert headings(page) == ["ID", "Badge", "Last name"]  # the key is always seen
    assert "<b>Roe</b>" in page and "<b>Lee</b>" not in page  # sorted downwards, two a page
    assert "sort=code" in page and "sort=last_name" not in page
    assert "can&#39;t be sorted" in browser.get("/admin/person/?sort=last_name").text
    assert first_cells(browser.get("/admin/person/?search=B2").text) == ["2"]
    assert first_cells(browser.get("/admin/person/?search=Dahl").text) == []


def test_formatters_link_as_in_flask_admin(people: Callable[..., Browser]) -> None:
    class View(TableView):
        column_formatters = {
            "code": lambda view, context, model, name: (
                Markup('<a href="%s">one</a>') % url_for(".details_view", id=model.id)
            ),
            "note": lambda view, context, model, name: (
                Markup('<a href="%s">two</a>') % view.get_url(".edit_view", id=model.id, tab=1)
            ),
        }

    browser = people(View)
    for path in ("", "2"):
        page = browser.get(f"/admin/person/{path}").text
        assert '<a href="/admin/person/2">one</a>' in page and '<a href="/admin/person/2/edit?tab=1">two</a>' in page


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
    assert "Guests" in page and headings(page) == ["ID", "Badge"] and 'rel="item"' in page
    assert not {"Note", "NULL"} & set(re.findall(r">([^<>]+)<", browser.get("/admin/person/1").text))
    assert browser.get("/admin/town/").status_code == 404
    assert {o["name"] for o in browser.objects()} == {"person"}


def test_related_rows_and_prefilled_form(people: Callable[..., Browser]) -> None:
    browser = people()
    record = browser.get("/admin/town/1").text
    assert ">Ann<" in record and ">Cy<" in record and ">Bo<" not in record
    assert "/admin/person/?town_id=1" in record and "/admin/person/new?town_id=1" in record
    assert browser.form("/admin/person/new?town_id=1")["town_id"] == "1"
    assert first_cells(browser.get("/admin/person/?town_id=1").text) == ["1", "3"]


def test_a_bulk_edit_is_of_the_filter_where_nothing_can_be_exported(people: Callable[..., Browser]) -> None:
    class View(TableView):
        can_export = False

    browser = people(View)
    page = browser.get("/admin/person/?town_id=1").text
    assert 'href="bulk?town_id=1"' in page and "export.csv" not in page
    assert "Ann" in (form := browser.get("/admin/person/bulk?town_id=1").text) and "Bo" not in re.findall(
        r">(\w+)<", form
    )


def test_what_a_prefill_sets_is_shown_as_if_it_was_typed(people: Callable[..., Browser]) -> None:
    class View(TableView):
        def on_form_prefill(self, form: Any, id: Any) -> None:
            form.code.data = "C9"

    browser = people(View)
    form = browser.form("/admin/person/3/edit")
    assert form["code"] == "C9"
    assert "Saved Cy Roe: Code." in browser.get(browser.submit(form).headers["Location"]).text


def test_back_to_the_same_list_with_the_row_marked(people: Callable[..., Browser]) -> None:
    browser = people()
    came = {"Referer": "http://localhost/admin/person/?town_id=1&sort=-code"}
    form = browser.form_in(browser.get("/admin/person/3/edit", **came).text, "/admin/person/3/edit")
    form["code"] = "C4"
    answer = browser.submit(form)
    assert answer.headers["Location"] == "/admin/person/?town_id=1&sort=-code"
    page = browser.get(answer.headers["Location"]).text
    assert re.search(r'<tr class="saved">.*?/admin/person/3/edit', page, re.S) and "Saved Cy Roe: Code." in page


def test_back_to_the_page_of_the_record_wherever_that_is_by_then(people: Callable[..., Browser]) -> None:
    browser = people()
    came = {"Referer": "http://localhost/admin/person/3"}
    for changed, label, then in (
        ({"code": "C4"}, "Code", "/admin/person/3"), ({"id": "33"}, "ID", "/admin/person/33"),
    ):  # fmt: skip
        form = browser.form_in(browser.get("/admin/person/3/edit", **came).text, "/admin/person/3/edit")
        for name, text in changed.items():
            form[name] = text
        answer = browser.submit(form)
        assert answer.headers["Location"] == then
        assert f"Saved Cy Roe: {label}." in browser.get(then).text


def test_what_a_delete_takes_along(people: Callable[..., Browser], engine_url: str) -> None:
    Base(engine_url).run(
        "CREATE TABLE pet (id integer PRIMARY KEY, person_id integer REFERENCES person (id) ON DELETE CASCADE)",
        "CREATE TABLE toy (id integer PRIMARY KEY, pet_id integer REFERENCES pet (id) ON DELETE SET NULL)",
        *(f"INSERT INTO pet VALUES ({n}, 1)" for n in range(150)),
        "INSERT INTO toy VALUES (1, 7)",
    )
    browser = people()
    assert "block deletion" in browser.get("/admin/town/1/delete").text  # two people
    page = browser.get("/admin/person/1/delete").text
    assert "150" in page and "deleted too" in page and "will be unlinked" in page
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
    assert "Size" in headings(page) and "Note" not in headings(page)
    form["first_name"] = "Annette"
    assert browser.submit(form).status_code == 303
    assert Base(engine_url).rows("SELECT first_name FROM person WHERE id = 1") == [("Annette",)]


# -- Figures: a column's own page, a table at a glance, charts ---------------------


# A list's filter finds more there: SQLite's texts that only begin like a date.
UNFILTERED = {"type_date", "type_datetime", "type_timestamp", "type_timestamp_with_time_zone"}
UNCOMPARED = {"app_collation", "app_collation_indexed", "type_record_nested"}  # by their own program, or by none


def test_every_page_of_figures_opens_on_the_weird_schemas(
    weird: str, engine_name: str, site: Callable[..., Browser], subtests: pytest.Subtests
) -> None:
    browser = site(weird, query_timeout=20.0)
    for entry in browser.objects():
        if entry["name"] in weird_databases.UNREADABLE[engine_name] or entry["reason"] == NO_COLUMNS:
            continue
        with subtests.test(entry["name"]):
            url = entry["urls"]["list"]
            glance = browser.get(f"{url}glance")
            assert glance.status_code == 200, url
            columns = re.findall(r'<a class="f" href="(column/[^"]+)"', browser.get(url).text)
            assert columns, url
            for path in columns:
                page = browser.get(url + path)
                assert page.status_code == 200, path
                assert entry["name"] in UNCOMPARED or "can&#39;t be worked out" not in page.text, path
                bars = [] if entry["name"] in UNFILTERED else bars_of(page.text)
                for label, link, rows in {*bars[:1], *bars[-2:]}:
                    assert listed(browser.get(link).text) == rows, (label, link)


SHOP = (
    "CREATE TABLE town (id integer PRIMARY KEY, name varchar(40) NOT NULL UNIQUE)",
    "CREATE TABLE buy (id integer PRIMARY KEY, town_id integer REFERENCES town (id), born_on date, made_on date, "
    'kind varchar(40), amount numeric(10,2), big bigint, "by" varchar(20), "a.b" varchar(20), note varchar(80))',
    "INSERT INTO town VALUES (1, 'Oslo'), (2, 'Graz'), (3, '<b>Bern</b>')",
)
KINDS = ["new", "paid", "~-", "", "=1+1", '"><script>alert(1)</script>', None, "x&y=z", "50%", "é~"]


@pytest.fixture
def shop(engine_url: str, site: Callable[..., Browser]) -> Browser:
    """Purchases of 2024 and 2025, in which nothing was bought in summer; some cost less than nothing."""
    rows = []
    for n in range(300):
        day = f"{2024 + n % 2}-{(n % 5) + (1 if n % 3 else 8):02}-{n % 28 + 1:02}"
        kind = KINDS[(n + n // 10) % 10]
        values = (n, n % 3 + 1 if n % 7 else None, "1980-01-01", day, kind, (n - 100) / 4, 10**15 + n, "c", "d", None)
        rows.append("(" + ", ".join("NULL" if v is None else "'" + str(v) + "'" for v in values) + ")")
    Base(engine_url).run(*SHOP, f"INSERT INTO buy VALUES {', '.join(rows)}")
    return site(engine_url)


def bars_of(page: str) -> list[tuple[str, str, int]]:
    """(label, address, rows) of the bars, and of the rows beside them, that lead to their rows: as in the tables."""
    found = re.findall(
        r'<tr><th scope="row"[^>]*><a href="([^"]+)">(?:<i>)?(.*?)(?:</i>)?</a></th>(.*?)</tr>', page, re.S
    )
    cells = [(label, url, re.findall(r'class="num[^"]*">([\d,]+)<', rest)) for url, label, rest in found]
    return [(html.unescape(label), html.unescape(url), int(n[-1].replace(",", ""))) for label, url, n in cells if n]


def listed(page: str) -> int:
    """How many rows a list says that it has."""
    return int(re.findall(r'<span class="count">([\d,]+)', page)[0].replace(",", ""))


def without_missing(page: str) -> str:
    """A glance without its shares of missing values, whose last cells aren't rows."""
    return page.partition("<h2>Missing values</h2>")[0]


def test_a_bar_leads_to_its_rows(shop: Browser) -> None:
    for path in ("column/kind", "column/town_id", "column/by", "column/a~2Eb", "glance"):
        for asked in ("", "?town_id=1", "?search=new", "?kind=paid&town_id=2"):
            page = shop.get(f"/admin/buy/{path}{asked}")
            assert page.status_code == 200
            bars = bars_of(without_missing(page.text))
            assert bars, (path, asked)
            for label, url, rows in bars:
                assert listed(shop.get(url).text) == rows, (label, url)


def test_a_summary_leads_to_its_rows(shop: Browser) -> None:
    for path, links in (("column/note", 1), ("column/kind", 2), ("column/kind?town_id=2", 2), ("column/id", 0)):
        page = shop.get(f"/admin/buy/{path}").text
        found = re.findall(r'<dd><a href="([^"]+)">([\d,]+) \(', page)
        assert len(found) == links, path
        for url, rows in found:
            assert listed(shop.get(html.unescape(url)).text) == int(rows), url


def test_a_facet_has_all_values(shop: Browser) -> None:
    kinds = bars_of(shop.get("/admin/buy/column/kind").text)
    assert {label for label, _, _ in kinds} == {*filter(None, KINDS), "empty text", "empty"}
    assert sum(rows for _, _, rows in kinds) == 300
    towns = bars_of(shop.get("/admin/buy/column/town_id").text)
    assert {label for label, _, _ in towns} == {"Oslo", "Graz", "<b>Bern</b>", "empty"}
    assert ("Oslo", "/admin/buy/?town_id=1", 85) in towns


def test_ranges_and_periods_lead_to_their_rows(shop: Browser) -> None:
    for path in ("column/amount", "column/made_on", "column/big", "chart?by=made_on&period=month"):
        plots = re.findall(r'<svg class="z">.*?</svg>', shop.get(f"/admin/buy/{path}").text, re.S)
        assert plots and "<rect" in plots[0]
        links = re.findall(r'<a href="([^"]+)" tabindex="-1"><title>[^<]*?: ([\d,]+) rows?</title>', plots[0])
        assert len(links) > 3
        for url, rows in links:
            assert listed(shop.get(html.unescape(url)).text) == int(rows.replace(",", "")), url


def test_no_value_becomes_markup(shop: Browser) -> None:
    for path in ("column/kind", "column/town_id", "glance", "chart?by=kind&how=sum&of=amount", "chart?by=<script>"):
        page = shop.get(f"/admin/buy/{path}").text
        assert "<script>" not in page and "<b>Bern" not in page
        assert re.findall(r"\sstyle=|\son\w+=", re.sub(r">[^<]*<", "><", page)) == []


def test_a_glance_chooses(shop: Browser) -> None:
    page = shop.get("/admin/buy/glance").text
    titles = [html.unescape(re.sub("<[^>]+>", "", title)) for title in re.findall("<h2>(.*?)</h2>", page, re.S)]
    assert titles[1] == "Records by Made on, by month"
    assert not any("born" in title.lower() for title in titles)
    assert "Values of Town" in titles and "Top values of Kind" in titles
    assert "300 records" in page
    shares = dict(re.findall(r'<a href="[^"]+">([^<]+)</a></th>.*?<td class="num">([^<]+)</td></tr>',
                             page.partition("<h2>Missing values</h2>")[2], re.S))  # fmt: skip
    assert shares["Note"] == "100 %" and shares["Town"] == "14 %" and "Amount" not in shares


def test_a_glance_is_of_the_filter(shop: Browser) -> None:
    page = shop.get("/admin/buy/?town_id=1&sort=-id&size=20").text
    glance = html.unescape(re.findall(r'href="(glance[^"]*)"', page)[0])
    assert glance == "glance?town_id=1"
    rows = listed(page)
    shown = shop.get(f"/admin/buy/{glance}").text
    assert f"{rows} records" in shown and "that the list’s filter leaves" in shown
    column = re.findall(r'class="f" href="(column/kind[^"]*)"', page)[0]
    assert column == "column/kind?town_id=1"
    assert f"<dd>{rows}</dd>" in shop.get(f"/admin/buy/{column}").text


def test_the_list_is_hardly_heavier(shop: Browser) -> None:
    page = shop.get("/admin/buy/").text
    more = re.findall(r'<a class="f"[^>]*></a>|<a href="glance">At a glance</a>', page)
    assert len(more) == 11
    assert sum(map(len, more)) / 11 * 9 < 1024


TOLD = [
    ("by=nothing", "There is no chart by &#39;nothing&#39;"),
    ("by=made_on&period=century", "&#39;century&#39; is unknown here"),
    ("by=made_on&how=median", "&#39;median&#39; is unknown here"),
    ("by=made_on&how=sum", "Choose a column of numbers"),
    ("by=made_on&how=sum&of=kind", "There is no chart of &#39;kind&#39;"),
    ("by=made_on&period=day", "too many bars"),
    ("by=made_on&nothing=1", "There is no column &#39;nothing&#39;"),
    ("by=made_on&amount=much", ""),
    ("by=made_on&id=99999999999999999999", ""),
    ("by=made_on&made_on=~i99999999999999999999999", "It was left out"),
]


def test_a_chart_that_cannot_be_drawn_is_told(shop: Browser) -> None:
    for asked, words in TOLD:
        page = shop.get(f"/admin/buy/chart?{asked}")
        assert (page.status_code, words in page.text) == (200, True), asked


def test_pages_of_little_say_little(engine_url: str, site: Callable[..., Browser]) -> None:
    """A chart that nobody asked for is a likely one; what has one page has no pager; what has nothing says so."""
    Base(engine_url).run(
        "CREATE TABLE bare (id integer PRIMARY KEY, name varchar(9))",
        "CREATE TABLE stars (id integer PRIMARY KEY, given integer)",
        *(f"INSERT INTO stars VALUES ({n}, {n % 5 + 1})" for n in range(30)),
    )
    browser = site(engine_url)
    empty = browser.get("/admin/bare/glance").text
    assert "<h1>Bare at a glance</h1>" in empty and "There is nothing to show." in empty and "Missing" not in empty
    page = browser.get("/admin/stars/").text
    assert '<span class="place">1–30 of 30</span>' in page and 'rel="next"' not in page and ">Previous<" not in page
    assert ">Previous<" in browser.get("/admin/stars/?size=20").text
    chart = browser.get("/admin/stars/chart").text
    assert "<h2>" in chart and "Records by Given" in chart
    labels = re.findall(r'<text x="([\d.]+)%" y="14" text-anchor="(\w+)">(\d)<', chart)
    assert [(anchor, label) for _x, anchor, label in labels] == [("middle", str(n)) for n in range(1, 6)]
    assert len({round(float(b[0]) - float(a[0]), 1) for a, b in pairwise(labels)}) == 1, "each below its bar"


def test_a_chart_of_all_ways(shop: Browser) -> None:
    columns = ("id", "town_id", "made_on", "born_on", "kind", "amount", "big", "by", "a.b", "note")
    for by in columns:
        for period in ("", "month", "values"):
            for how in ("count", "sum", "average"):
                page = shop.get(f"/admin/buy/chart?by={by}&period={period}&how={how}&of=amount")
                assert page.status_code == 200
                assert "can&#39;t be worked out" not in page.text
                lengths = [float(n) for n in re.findall(r'(?:width|height)="([-\d.]+)%"', page.text)]
                assert all(0 <= length <= 100.01 for length in lengths), (by, period, how)


def test_the_numbers_as_csv(shop: Browser, engine_url: str) -> None:
    answer = shop.get("/admin/buy/chart?by=made_on&period=month&how=sum&of=amount&form=csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["Made on", "Sum of Amount", "Records"]
    assert [row[0] for row in rows[1:4]] == ["2024-01", "2024-02", "2024-03"] and len(rows) == 25
    stored = Base(engine_url).rows("SELECT made_on, amount FROM buy")
    for month, total, count in rows[1:]:
        amounts = [float(amount) for day, amount in stored if str(day).startswith(month)]
        assert (int(count), float(total)) == (len(amounts), pytest.approx(sum(amounts)))
    assert ["2024-06", "0", "0"] in rows, "an empty month is there"
    kinds = {row[0]: int(row[1]) for row in csv.reader(io.StringIO(
        shop.get("/admin/buy/chart?by=kind&form=csv").text)) if row[1] != "Records"}  # fmt: skip
    assert "'=1+1" in kinds and "=1+1" not in kinds, "no formula"
    assert sum(kinds.values()) == 300


VOYAGE = """CREATE TABLE voyage (id integer PRIMARY KEY, sailed date, logged timestamp);
INSERT INTO voyage VALUES (1, '2021-03-09', '2021-03-09 08:00:54.25'), (2, '2021-03-09', '2021-03-10 23:59:00'),
(3, '2021-05-30', NULL), (4, NULL, '2021-03-10 23:59:00')"""


def test_days_are_in_words_wherever_they_are_shown_and_exact_where_they_are_taken_away(
    engine_url: str, site: Callable[..., Browser]
) -> None:
    Base(engine_url).run(VOYAGE)
    browser = site(engine_url)

    def marks(query: str) -> list[str]:
        page: str = browser.get(f"/admin/voyage/chart?{query}").text
        return re.findall(r'y="14"[^>]*>([^<]+)<', page)

    assert marks("by=sailed&period=month") == ["Mar 2021", "Apr 2021", "May 2021"]
    assert marks("by=sailed&period=day")[0] == "9 Mar 2021"
    assert marks("by=sailed&period=week")[0] == "8 Mar 2021"
    assert marks("by=sailed&period=quarter") == ["2021 Q1", "2021 Q2"]
    column = browser.get("/admin/voyage/column/logged").text
    assert "<dd>9 Mar 2021, 08:00</dd>" in column and ">10 Mar 2021, 23:59</i></a></th>" in column
    assert ">9 Mar 2021</i></a></th>" in browser.get("/admin/voyage/chart?by=sailed&period=values").text
    record = browser.get("/admin/voyage/1").text
    assert 'title="2021-03-09 08:00:54.25">9 Mar 2021, 08:00:54.25</div>' in record, "a record is exact"
    assert 'title="2021-03-09">9 Mar 2021</div>' in record
    for period, first in (("day", "2021-03-09"), ("month", "2021-03"), ("values", "2021-03-09")):
        numbers = browser.get(f"/admin/voyage/chart?form=csv&by=sailed&period={period}").text
        assert numbers.splitlines()[1].startswith(f"{first},2"), "a spreadsheet knows such days"
    Base(engine_url).run("INSERT INTO voyage VALUES (5, '2016-09-01', NULL)")
    assert len(marks("by=sailed&period=month")) == 3, "a phone has room for no more such words"


FEW = """CREATE TABLE sale (id integer PRIMARY KEY, shop text, day date, grade integer CHECK (grade IN (1, 2, 3)),
euros numeric(9, 2));
INSERT INTO sale VALUES (1, 'a', '2024-01-05', 1, 10.5), (2, NULL, NULL, 2, 7.25), (3, NULL, NULL, NULL, 8),
(4, 'b', '2024-03-01', 3, 1)"""


def test_figures_leave_nothing_out(engine_url: str, site: Callable[..., Browser]) -> None:
    """What stands beside the bars has its sum, too: rows without a value, and values that aren't shown."""
    base = Base(engine_url)
    base.run(FEW, "INSERT INTO sale (id, shop, euros) VALUES " + ", ".join(f"({n}, 's{n}', 0.1)" for n in range(5, 35)))
    browser = site(engine_url)

    def numbers(query: str) -> dict[str, list[float]]:
        text = browser.get(f"/admin/sale/chart?form=csv&{query}").text
        return {row[0]: [float(n) for n in row[1:]] for row in list(csv.reader(io.StringIO(text)))[1:]}

    found = numbers("by=shop&how=sum&of=euros")
    assert found["empty"] == [15.25, 2] and found["a"] == [10.5, 1]
    assert found["12 other values"] == [pytest.approx(1.2), 12]
    assert sum(row[0] for row in found.values()) == pytest.approx(29.75)
    assert numbers("by=shop&how=average&of=euros")["empty"] == [7.625, 2]
    assert numbers("by=day&period=month&how=sum&of=euros")["empty"][0] == pytest.approx(18.25)
    assert numbers("by=grade&how=sum&of=euros")["2"] == [7.25, 1]
    assert numbers("by=shop&how=sum&of=grade")["empty"] == [2, 2]
    whole = browser.get("/admin/sale/chart?form=csv&by=shop&how=sum&of=grade").text
    assert "\r\na,1,1\r\n" in whole and "\r\nempty,2,2\r\n" in whole, "a sum of whole numbers is one"
    base.run("UPDATE sale SET day = NULL")
    assert numbers("by=day&how=sum&of=euros")["empty"][0] == pytest.approx(29.75)
    for query in ("by=shop&nix=1", "by=shop&how=median&of=euros", "by=nix", "by=shop&how=sum", "by=day&period=eon"):
        answer = browser.get(f"/admin/sale/chart?form=csv&{query}")
        assert answer.status_code == 400, query


def test_bars_below_zero(shop: Browser) -> None:
    """Each stands between 0 and its value, on the side of its sign; the axis is as long as the longest."""
    page = shop.get("/admin/buy/chart?by=amount&how=sum&of=amount").text
    ticks = re.findall(r'<text x="100%" y="([\d.]+)%"[^>]*>([^<]+)</text>', page)
    zero = next(float(y) for y, label in ticks if label == "0")
    assert 0 < zero < 100
    bars = re.findall(
        r'<title>[^<]*: (-?[\d,.]+) \(\d+ rows?\)</title>\s*<rect class="hit"[^>]*/>\s*<rect class="b"[^>]* '
        r'y="([\d.]+)%" width="[\d.]+%" height="([\d.]+)%"',
        page,
    )
    assert len(bars) > 5 and any(value.startswith("-") for value, _, _ in bars)
    for value, top, height in bars:
        begins = float(top) if value.startswith("-") else float(top) + float(height)
        assert begins == pytest.approx(zero, abs=0.02), value


def test_a_hidden_column_has_no_figures(people: Callable[..., Browser]) -> None:
    browser = people(tables={"person": {"hidden_columns": ["code"]}})
    assert browser.get("/admin/person/column/code").status_code == 404
    assert browser.get("/admin/person/column/none").status_code == 404
    for path in ("glance", "column/note", "chart"):
        assert "code" not in browser.get(f"/admin/person/{path}").text.partition("<main")[2]
    assert "There is no chart by" in browser.get("/admin/person/chart?by=code").text


def test_what_can_be_added_is_a_number_that_is_no_key(engine_url: str, site: Callable[..., Browser]) -> None:
    """Nor a part of one: a chart offers the sums that the foot of a list does."""
    Base(engine_url).run(
        "CREATE TABLE crate (id integer PRIMARY KEY)",
        "CREATE TABLE item (crate_id integer REFERENCES crate (id), line integer, pieces integer, weight numeric(6,2),"
        " note varchar(20), PRIMARY KEY (crate_id, line))",
        "INSERT INTO crate VALUES (1)",
        "INSERT INTO item VALUES (1, 1, 20, 1.5, 'a'), (1, 2, 22, 2.5, 'b')",
    )
    browser = site(engine_url)
    chosen = re.findall(r'<select name="of">(.*?)</select>', browser.get("/admin/item/chart").text, re.S)[0]
    assert re.findall(r'value="(\w+)"', chosen) == ["pieces", "weight"]
    sums = [browser.get(f"/admin/item/?~foot={name}.sum").text for name in ("line", "pieces")]
    assert [bool(re.search(r"<tfoot.*\b42\b", page, re.S)) for page in sums] == [False, True]


def test_rows_whose_keys_are_words_of_pages(engine_url: str, site: Callable[..., Browser]) -> None:
    names = ("glance", "chart", "column", "new")
    Base(engine_url).run(
        'CREATE TABLE word (w varchar(20) PRIMARY KEY, "edit" varchar(20))',
        *(f"INSERT INTO word VALUES ('{name}', 'text of {name}')" for name in names),
    )
    browser = site(engine_url)
    page = browser.get("/admin/word/").text
    for name, url in zip(sorted(names), sorted(re.findall(r'rel="edit" href="([^"]+)"', page)), strict=True):
        assert browser.form(url)["edit"].startswith("text of "), (name, url)
    assert "Rows looked at" in browser.get("/admin/word/column/edit").text


def test_figures_that_take_too_long_are_told(engine_url: str, site: Callable[..., Browser]) -> None:
    base = Base(engine_url)
    base.run(ENDLESS[base.postgres], "CREATE VIEW slow AS SELECT n, n AS made_on FROM endless WHERE n < 0")
    browser = site(engine_url, query_timeout=0.4)
    for path in ("slow/glance", "slow/column/n", "slow/chart?by=n"):
        page = browser.get(f"/admin/{path}")
        assert page.status_code == 200
        assert "This took longer than allowed" in page.text, path
    page = site(engine_url, query_timeout=4.0).get("/admin/endless/column/n").text
    assert "the first 100,000 rows" in page


# -- Foreign keys that the database doesn't know ------------------------------------

LOOSE = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text)",
    "CREATE TABLE visit (id integer PRIMARY KEY, town_id integer, guest_id integer, note text)",
    "CREATE TABLE guests (id integer PRIMARY KEY, name text)",
    "INSERT INTO town VALUES (1, 'Oslo'), (2, 'Graz')",
    "INSERT INTO guests VALUES (1, 'Ann')",
    "INSERT INTO visit VALUES (1, 2, 1, 'x'), (2, 2, 9, 'y'), (3, NULL, NULL, NULL)",
)


def test_foreign_keys_are_suggested_and_declared(engine_url: str) -> None:
    """What fits by name and values is suggested, never used unless the settings say so; then it is as any other."""
    Base(engine_url).run(*LOOSE)
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD))
    browser = Browser(app)
    page = browser.get("/admin/visit/glance").text
    assert "[tables.visit.links]" in page and "town_id = &#34;town.id&#34;" in page
    assert "guest_id =" not in page  # a guest 9 is not there
    assert "Graz" not in browser.get("/admin/visit/").text
    close(app)
    tables = {"visit": {"links": {"town_id": "town.id", "nix": "town.id", "guest_id": "nix.id"}}}
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, tables=tables))
    browser = Browser(app)
    assert browser.get("/admin/visit/").text.count(">Graz</a>") == 2
    assert "[tables.visit.links]" not in browser.get("/admin/visit/glance").text
    assert "/admin/visit/?town_id=2" in browser.get("/admin/town/2").text
    assert "data-url" in browser.get("/admin/visit/1/edit").text
    assert ">1</a>" in browser.get("/admin/visit/?town_id.name=Graz&note=x").text
    assert "2" in browser.get("/admin/town/2/delete").text and "stay" in browser.get("/admin/town/2/delete").text
    close(app)
    with pytest.raises(SettingsError, match="links"):
        create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, tables={"visit": {"links": {"a": "town"}}}))


def test_a_chart_is_pinned_to_the_first_page(people: Callable[..., Browser], tmp_path: Path) -> None:
    """The chart with its filter has its place there, as a link that the script fills; deleted, it is gone."""
    browser = people(state=f"sqlite:///{tmp_path / 'state.db'}")
    address = "/admin/person/chart?by=town_id&how=count&note__null=no"
    page = browser.get(address).text
    form = page.partition('<form class="ask" method="post"')[2].partition("</form>")[0]
    values = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    send = {name: html.unescape(value) for name, value in values.items()}
    action = html.unescape(re.findall(r'action="([^"]+)"', form)[0])
    answer = browser.client.post(
        action, headers=browser.headers, data={**send, "name": "Towns <b>", "whose": "me", "do": "save"}
    )
    assert answer.status_code == 303 and "by=town_id" in answer.headers["Location"]
    home = browser.get("/admin/").text
    part = html.unescape(re.findall(r'data-part="([^"]+)"', home)[0])
    assert "Towns &lt;b&gt;" in home and "note__null=no" in part
    drawn = browser.get(part).text
    assert "<html" not in drawn and ">Graz</a>" in drawn and ">Oslo</a>" in drawn
    assert "Towns" not in browser.get("/admin/person/").text  # no list's view
    gone = re.findall(r'name="id" value="(\d+)"', browser.get("/admin/person/views").text)[0]
    browser.client.post("/admin/person/views", headers=browser.headers, data={**send, "id": gone, "do": "delete"})
    assert "data-part" not in browser.get("/admin/").text


def test_columns_are_kept_off_the_records_page(people: Callable[..., Browser]) -> None:
    class Short(TableView):
        """Doesn't tell the code."""

        column_details_exclude_list = ("code",)

    browser = people(Short)
    assert ">B2<" in browser.get("/admin/person/").text
    for url in ("/admin/person/2", "/admin/person/2?form=card"):
        page = browser.get(url).text
        assert "Dahl" in page and ">B2<" not in page


def test_only_some_cells_can_be_changed_in_the_list(people: Callable[..., Browser]) -> None:
    class Some(TableView):
        """One column."""

        column_editable_list = ("note",)

    browser = people(Some)
    answers = [browser.get(f"/admin/person/2/edit?only={name}", **{"X-Part": "1"}) for name in ("note", "code")]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert "code" in browser.form("/admin/person/2/edit")


# What a ModelView has works, or is refused when the app starts


def test_choices_and_formatters_of_types_and_of_details(people: Callable[..., Browser]) -> None:
    class View(TableView):
        column_choices = {"code": [("A1", "Gold card"), ("B2", "Silver card")]}
        column_formatters = {"first_name": lambda view, context, model, name: f"in list: {model.first_name}"}
        column_formatters_detail = {"last_name": lambda view, context, model, name: f"in detail: {model.last_name}"}
        column_type_formatters = {int: lambda view, value, name: f"no. {value}"}

    browser = people(View)
    page, record = browser.get("/admin/person/").text, browser.get("/admin/person/1").text
    assert "Gold card" in page and "Silver card" in page and ">C3<" in page
    assert "in list: Ann" in page and "in detail" not in page and "no. 1" in page
    assert "Gold card" in record and "in detail: Lee" in record and "in list" not in record


def test_fields_of_the_hosts_own(people: Callable[..., Browser], engine_url: str) -> None:
    """A field may be another one's, or stand for no column: an untouched one writes nothing."""
    seen: list[Any] = []

    class View(TableView):
        form_overrides = {"note": TextAreaField, "code": StringField, "town_id": DecimalField}
        form_args = {"code": {"filters": [lambda text: text and text.strip()], "validators": [Length(max=4)]}}
        form_extra_fields = {
            "notify": BooleanField("Send a mail"),
            "why": StringField("Why", validators=[Length(max=5)]),
        }

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Note what the fields of no column hold."""
            seen.append((form.notify.data, form.why.data, form.code.data))

    browser = people(View)
    page = browser.get("/admin/person/1/edit").text
    assert "<textarea" in page and "Send a mail" in page and 'type="number"' in page
    before = Base(engine_url).rows("SELECT * FROM person ORDER BY id")
    for key in ("1", "2", "3"):
        assert browser.submit(browser.form(f"/admin/person/{key}/edit")).status_code == 303
    assert Base(engine_url).rows("SELECT * FROM person ORDER BY id") == before
    form = browser.form("/admin/person/1/edit")
    form["why"], form["code"] = "too long", "long enough"
    answer = browser.submit(form)
    assert answer.status_code == 422 and answer.text.count("cannot be longer than") >= 2
    assert 'value="too long"' in answer.text and 'value="long enough"' in answer.text
    form["town_id"] = "no number"
    assert "Not a valid decimal" in browser.submit(form).text
    form["why"], form["code"], form["town_id"], form["note"] = "x", " Z9 ", "2", "new"
    seen.clear()
    assert browser.submit(form).status_code == 303
    assert seen == [(False, "x", "Z9")]
    assert Base(engine_url).rows("SELECT code, town_id, note FROM person WHERE id = 1") == [("Z9", 2, "new")]
    form = browser.form("/admin/person/new")
    form["id"], form["code"] = "9", "N1"
    assert browser.submit(form).status_code == 303
    assert Base(engine_url).rows("SELECT town_id, note FROM person WHERE code = 'N1'") == [(None, None)]


class Unused:
    """Things of Flask-Admin's, each by itself."""

    column_filters = ("code",)
    form_rules = ("code",)
    form_args = {"code": {"filters": [str.strip]}}
    inline_models = ("town",)
    create_modal = True

    def create_model(self, form: Any) -> Any:
        """Make it elsewhere."""

    def get_one(self, id: Any) -> Any:
        """Find it elsewhere."""

    def _get_list_value(self, *given: Any) -> Any:
        """Show it otherwise."""

    def can_edit(self) -> bool:
        """Say it by a method, which would be true for everyone."""
        return False

    def details_view(self) -> str:
        """Read the key from the query."""
        return ""

    def on_model_change(self, form: Any, model: Any) -> None:
        """Miss what it is called with."""

    def grant(self) -> None:
        """Stand for something of the site's own."""

    def __init__(self, session: Any) -> None:
        """Be made by the application."""

    form_columns = property(lambda self: ["code"])
    form_extra_fields = {"note": FileUploadField(base_path=".")}
    form_overrides = {"note": FileUploadField}
    column_formatters = {"note": macro("shown")}
    list_template = "admin/model/list.html"


class Unfit:
    """Attributes that would fail on the first page."""

    form_extra_fields = {"why": 5}
    form_overrides = {"note": "TextAreaField"}
    column_formatters = {"note": "upper"}
    column_formatters_detail = {"note": 5}
    column_type_formatters = {str: "upper"}
    column_type_formatters_detail = {int: 5}


UNUSED = [(kind, name) for kind in (Unused, Unfit) for name in vars(kind) if name == "__init__" or name[:2] != "__"]


@pytest.mark.parametrize(("kind", "name"), UNUSED)
def test_what_would_be_ignored_is_refused_at_the_start(people: Callable[..., Browser], kind: type, name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        people(type("View", (TableView,), {name: vars(kind)[name]}))


@pytest.mark.parametrize(("name", "value"), [
    ("column_choices", {"note": ["a", "b"]}), ("column_choices", [("note", [("a", "A")])]), ("column_label", 5),
    ("column_default_sort", ("note", True, 1)), ("column_default_sort", 5), ("column_default_sort", [("note",)]),
    ("column_editable_list", True), ("column_list", [("note", "Note")]), ("form_columns", ["note", {"code": 1}]),
    ("column_labels", [("note", "Note")]), ("column_formatters", [("note", str)]), ("column_searchable_list", 1),
    ("column_sortable_list", ["note", {"by": "code"}]), ("form_extra_fields", [("why", StringField())]),
    ("form_widget_args", {"note": "readonly"}), ("form_args", {"note": "Note"}), ("page_sizes", 5), ("page_size", "5"),
    ("form_args", {"note": {"validators": Length(max=9)}}), ("form_args", {"note": {"validators": [DataRequired]}}),
    ("column_formatters", {"note": lambda record: record.note}), ("form_choices", {"note": "ab"}),
    ("column_type_formatters", {str: lambda view, value: value}), ("is_accessible", True), ("get_query", None),
])  # fmt: skip
def test_what_is_written_in_another_way_is_refused_at_the_start(
    people: Callable[..., Browser], name: str, value: Any
) -> None:
    with pytest.raises(SettingsError, match=name):
        people(type("View", (TableView,), {name: value}))


@pytest.mark.parametrize("given", [
    {"column_default_sort": [["note", True], "code"], "column_sortable_list": ("note", ("town_id", "note"))},
    {"column_list": {"note": 1, "code": 2}.keys(), "form_columns": "note", "column_label": ["code"]},
    {"form_choices": {"note": ["x", ("y", "Y")]}, "column_choices": {"note": (["x", "X"],)}, "page_sizes": range(3)},
    {"column_type_formatters": {**typefmt.BASE_FORMATTERS, int: lambda view, value, name: f"{value}!"}},
    {"column_formatters": {"note": lambda *given: "any"}, "form_args": {"note": {"validators": (Length(max=9),)}}},
])  # fmt: skip
def test_what_can_be_written_in_several_ways_is_read(people: Callable[..., Browser], given: dict[str, Any]) -> None:
    browser = people(type("View", (TableView,), given))
    for page in ("", "1", "1/edit", "new", "columns", "export.csv"):
        assert browser.get(f"/admin/person/{page}").status_code == 200


@pytest.mark.parametrize("view", [ModelView, type("Own", (ModelView,), {"column_list": ["code"]}), object(), "View"])
def test_what_is_no_view_of_ours_is_refused_at_the_start(people: Callable[..., Browser], view: Any) -> None:
    with pytest.raises(SettingsError, match="is no TableView"):
        people(view)


def test_pages_are_guarded_by_the_names_that_flask_admin_has(people: Callable[..., Browser]) -> None:
    class View(TableView):
        action_disallowed_list = ["delete"]
        column_auto_select_related = True

        def is_accessible(self) -> bool:
            """Whether someone is known."""
            return "stranger" not in request.args

        def _handle_view(self, name: str, **kwargs: Any) -> Any:
            """Send strangers elsewhere, and let nobody edit."""
            if not self.is_accessible():
                return redirect("/elsewhere")
            return abort(403) if name in ("edit_view", "list_page") else None

    browser = people(View)
    for path, status in (("", 200), ("1", 200), ("1/edit", 403), ("?stranger=1", 302), ("bulk?do=delete&key=1", 403)):
        assert browser.get(f"/admin/person/{path}").status_code == status, path
    assert browser.get("/admin/person/1/delete").status_code == 200  # the action is that of the list
    assert "do=delete" not in browser.get("/admin/person/").text
    assert browser.get("/admin/person/?stranger=1").headers["Location"] == "/elsewhere"


def test_forms_that_a_view_fills_in(people: Callable[..., Browser]) -> None:
    """What create_form and edit_form set is shown; they know the record; widgets get what form_args give them."""

    class View(TableView):
        form_args = {"note": {"render_kw": {"data-own": "yes"}}, "last_name": {"choices": ["Lee", "Roe"]}}
        form_overrides = {"last_name": SelectField}

        def create_form(self, obj: Any = None) -> Any:
            """Begin with a code."""
            form = super().create_form(obj)
            form.code.data = request.args.get("from", "NEW")
            return form

        def edit_form(self, obj: Any = None) -> Any:
            """Tell who it is, and offer what may be chosen."""
            form = super().edit_form(obj)
            form.code.description = f"Of {form._obj.first_name}"
            form.last_name.choices = ["Lee", "Dahl"]
            form.note.choices = [("", "Nothing"), ("x", "Something")]
            return form

    browser = people(View)
    page = browser.get("/admin/person/1/edit").text
    assert "Of Ann" in page and 'data-own="yes"' in page and ">Something</option>" in page
    assert ">Dahl</option>" in page and "Roe" not in page
    assert browser.submit(browser.form("/admin/person/1/edit")).status_code == 303
    assert 'value="FROM"' in browser.get("/admin/person/new?from=FROM").text
    form = browser.form("/admin/person/new")
    form["id"], form["last_name"] = "9", "Lee"
    assert browser.submit(form).status_code == 303
    assert ">NEW<" in browser.get("/admin/person/?id=9").text
    form = browser.form("/admin/person/1/edit")
    form["last_name"] = "Nobody"
    assert "Not a valid choice" in browser.submit(form).text


def test_what_a_page_of_the_hosts_adds(people: Callable[..., Browser]) -> None:
    """A view's own arguments of templates, and what a hook flashes."""

    class View(TableView):
        def index_view(self) -> Any:
            """Give the list another title."""
            self._template_args["title"] = "Our people"
            return super().index_view()

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Say it."""
            flash("The hook was here.", "success")

    browser = people(View)
    assert "<title>Our people" in browser.get("/admin/person/").text
    form = browser.form("/admin/person/1/edit")
    form["note"] = "x"
    browser.submit(form)
    page = browser.get("/admin/person/").text
    assert "The hook was here." in page and "The hook was here." not in browser.get("/admin/person/").text


@pytest.mark.parametrize(("name", "value"), [
    ("column_list", ["code", "town.nix"]), ("column_exclude_list", ("secret",)), ("column_default_sort", ("a", True)),
    ("column_formatters", {"full_name": str}), ("form_args", {"cod": {"label": "Code"}}), ("column_label", "nmae"),
    ("form_columns", ["first_name", "town"]), ("column_choices", {"kind": [("a", "A")]}),
])  # fmt: skip
def test_a_column_that_is_not_there_is_refused_at_the_start(
    people: Callable[..., Browser], name: str, value: Any
) -> None:
    with pytest.raises(SettingsError, match=rf"View\.{name}: there is no column '.*The table has: code, first_name"):
        people(type("View", (TableView,), {name: value}))


def test_a_table_that_is_made_later_says_so_in_the_log(engine_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its view works, but for what it says of columns that aren't there."""
    app = Flask(__name__)
    app.secret_key = "a key for tests"
    view = type("View", (TableView,), {"column_list": ["name", "gone"], "column_exclude_list": ["weight"]})
    settings = Settings(user=USER, password=PASSWORD, db=(engine_url,))
    FlaskAdminDB(engine_url, views={"parcel": view}, settings=settings).init_app(app)
    Base(engine_url).run(
        "CREATE TABLE parcel (id integer PRIMARY KEY, name varchar(20), weight integer, town varchar(9))"
    )
    try:
        assert headings(Browser(app).get("/admin/parcel/").text) == ["ID", "Name"]
    finally:
        close(app)
    assert "there is no column 'gone'" in caplog.text and "weight" not in caplog.text


def test_a_view_s_own_pages_and_templates(people: Callable[..., Browser], tmp_path: Path) -> None:
    class View(TableView):
        list_template = "mine/list.html"
        create_template = "mine.html"

        def details_view(self, key: str) -> Any:
            """Say who it is, above what the page says."""
            return f"Of {key}: {super().details_view(key).get_data(as_text=True)}"

        @expose("/hello/<int:number>")
        def hello(self, number: int) -> str:
            """Say how many there are."""
            return f"hello {number} of {self.table.name.name}"

    browser = people(View)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "list.html").write_text(
        '{% extends "flaskadmin/list.html" %}{% block main %}MINE{% endblock %}'
    )
    (tmp_path / "mine.html").write_text("A new one")
    (tmp_path / "record.html").write_text('{% extends "admin/model/details.html" %}')  # of the host's, for others
    browser.app.jinja_loader = FileSystemLoader(tmp_path)
    assert browser.get("/admin/person/new").text == "A new one"
    assert browser.get("/admin/person/hello/3").text == "hello 3 of person"
    assert browser.client.get("/admin/person/hello/3").status_code in (302, 401)
    assert browser.get("/admin/town/hello/3").status_code == 404
    assert "MINE" in browser.get("/admin/person/").text
    assert browser.get("/admin/person/1").text.startswith("Of 1: <!doctype")
    assert "MINE" not in browser.get("/admin/town/").text


def test_a_view_s_own_pages_are_found_by_url_for(people: Callable[..., Browser]) -> None:
    class View(TableView):
        @expose("/own/<path:what>")
        def own(self, what: str) -> str:
            """Build the address of another page."""
            given = {"own": {"what": "b c", "q": "1"}, "details_view": {"id": 2}, "hello": {"what": "x"}}.get(what, {})
            return f"{self.get_url(f'.{what}', **given)} {url_for(f'flaskadmin.{what}', table='person', **given)}"

        @expose("/say/<what>")
        def hello(self, what: str) -> str:
            """Say it."""
            return what

        def details_view(self, key: str) -> Any:
            """Lead elsewhere."""
            return redirect(self.get_url(".own", what=key))

    browser = people(View)
    for what, address in (
        ("own", "own/b%20c?q=1"), ("index_view", ""), ("details_view", "2"), ("hello", "say/x"),
    ):  # fmt: skip
        assert browser.get(f"/admin/person/own/{what}").text == f"/admin/person/{address} /admin/person/{address}"
    assert browser.get("/admin/person/3").location == "/admin/person/own/3"
    with browser.app.test_request_context():
        assert url_for("flaskadmin.own", table="person", what="a") == "/admin/person/own/a"
        for name, given in (("own", {"what": "a"}), ("nothing", {"table": "person"}), ("own", {"table": "town"})):
            with pytest.raises(BuildError, match=name):
                url_for(f"flaskadmin.{name}", **given)


def test_a_field_that_a_form_lacks_is_named_in_the_log(
    people: Callable[..., Browser], caplog: pytest.LogCaptureFixture
) -> None:
    class View(TableView):
        def edit_form(self, obj: Any = None) -> Any:
            """Choose what may be chosen, as in Flask-Admin."""
            form = super().edit_form(obj)
            form.town.query_factory = list
            return form

    assert people(View).get("/admin/person/1/edit").status_code == 500
    assert "The form has no field 'town'. That of a foreign key is called like its column" in caplog.text


def test_a_template_that_is_not_there_is_named_in_the_log(
    people: Callable[..., Browser], caplog: pytest.LogCaptureFixture
) -> None:
    class View(TableView):
        list_template = "ours/none.html"
        details_template = "flaskadmin/record.html"

        @expose("/hello")
        def hello(self) -> str:
            """Show another one."""
            return self.render("ours/nor this.html")

    browser = people(View)
    assert [one.getMessage() for one in caplog.records if "template" in one.getMessage()] == [
        "View.list_template: there is no template 'ours/none.html' so far."
    ]
    for path, name in (("", "ours/none.html"), ("hello", "ours/nor this.html")):
        caplog.clear()
        page = browser.get(f"/admin/person/{path}")
        assert page.status_code == 500 and "quote reference" in page.text and name not in page.text
        assert name in caplog.text
    assert browser.get("/admin/person/1").status_code == 200


def test_the_hooks_of_the_application_and_of_the_view_are_both_called(engine_url: str) -> None:
    Base(engine_url).run(*TABLES)
    calls: list[str] = []

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Note it, without calling what it overrides."""
            calls.append(f"view: {model.code}")

        def after_model_delete(self, model: Any) -> None:
            """Note it, too."""
            calls.append("view: gone")

    app = Flask(__name__)
    app.secret_key = "a key for tests"
    admin = FlaskAdminDB(
        engine_url, views={"person": View}, settings=Settings(user=USER, password=PASSWORD, db=(engine_url,))
    )

    @admin.before_save("person")
    def shout(person: Any, is_created: bool) -> None:
        person.code = person.code.upper()
        calls.append("application")

    @admin.after_delete("person")
    def gone(person: Any) -> None:
        calls.append("application: gone")

    admin.init_app(app)
    try:
        browser = Browser(app)
        form = browser.form("/admin/person/1/edit")
        form["code"] = "zz"
        assert browser.submit(form).status_code == 303
        assert browser.submit(browser.form("/admin/person/3/delete")).status_code == 303
    finally:
        close(app)
    assert calls == ["application", "view: ZZ", "application: gone", "view: gone"]
    assert Base(engine_url).rows("SELECT code FROM person ORDER BY id") == [("ZZ",), ("B2",)]


# -- What a list shows -------------------------------------------------------------

LONG = (
    "CREATE TABLE shipment (id integer PRIMARY KEY, state varchar(9) CHECK (state IN ('new', 'sent', 'lost')), "
    "weight numeric(8,2), sent_at timestamp, due date, rank integer, label varchar(40), place varchar(40))",
)


@pytest.fixture
def shipments(engine_url: str, site: Callable[..., Browser]) -> Browser:
    """120 of them, a third without a rank, of this year and of others."""
    year = datetime.now().year
    rows = (
        f"({n}, '{('new', 'sent', 'lost')[n % 3]}', {n}.50, '{year}-03-0{n % 9 + 1} 08:15:30', '2019-12-31', "
        f"{'NULL' if n % 3 == 0 else n % 7}, 'Parcel number {n}', 'Shelf {n % 20}')"
        for n in range(1, 121)
    )
    Base(engine_url).run(*LONG, f"INSERT INTO shipment VALUES {', '.join(rows)}")
    return site(engine_url)


@pytest.mark.parametrize("asked", ["", "sort=-rank", "sort=rank,-weight", "state=new&sort=rank", "search=Parcel"])
def test_a_page_says_which_rows_it_shows(shipments: Browser, asked: str) -> None:
    """By the address of a page alone, forwards and from the end, in any order."""
    total = 40 if "state" in asked else 120
    seen, url = 0, f"/admin/shipment/?{asked}&size=33"
    while url:
        page = shipments.get(url).text
        rows = len(first_cells(page))
        if "search" not in asked:
            assert f'class="place">{seen + 1}–{seen + rows} of {total}<' in page
        seen += rows
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = html.unescape(following[1]) if following else ""
    assert seen == total
    if "search" not in asked:
        last = shipments.get(f"/admin/shipment/?{asked}&size=33&before=").text
        assert f'class="place">{total - 32}–{total} of {total}<' in last


def test_a_card_is_named_by_all_that_makes_the_name(engine_url: str, site: Callable[..., Browser]) -> None:
    Base(engine_url).run(
        "CREATE TABLE patient (id integer PRIMARY KEY, first_name text NOT NULL, born date, last_name text NOT NULL)",
        "INSERT INTO patient VALUES (1, 'Zoë', NULL, 'Hofer')",
    )
    page = site(engine_url).get("/admin/patient/").text
    assert '<td class="t">Zoë</td>' in page and '<td class="t">Hofer</td>' in page


def test_cells_tell_their_kinds_apart(shipments: Browser) -> None:
    """Dates are short, whole in a record and exact with the pointer; a choice has a colour of its own, and keeps it."""
    year = datetime.now().year
    page = shipments.get("/admin/shipment/").text
    assert f'<td class="at" title="{year}-03-02 08:15:30">2 Mar, 08:15</td>' in page
    assert '<td class="at" title="2019-12-31">31 Dec 2019</td>' in page
    colours = {(word, hue) for hue, word in re.findall(r'<td class="tag (c\d)"><i>(\w+)</i>', page)}
    assert {word for word, _hue in colours} == {"new", "sent", "lost"} and len({hue for _, hue in colours}) == 3
    again = shipments.get("/admin/shipment/?state=lost").text
    assert {(word, hue) for hue, word in re.findall(r'<td class="tag (c\d)"><i>(\w+)</i>', again)} < colours
    assert '<td class="num">1.50</td>' in page
    record, export = shipments.get("/admin/shipment/1").text, shipments.get("/admin/shipment/export.csv").text
    assert f">2 Mar {year}, 08:15:30<" in record and f"{year}-03-02 08:15:30" in export and "2 Mar" not in export


def test_a_list_of_fifty_by_eight_is_light(shipments: Browser) -> None:
    page = shipments.get("/admin/shipment/?state__in=new,sent,lost&due=2019").text
    assert len(first_cells(page)) == 50 and len(headings(page)) == 8
    assert len(page.encode()) <= 32_000


def test_every_list_can_be_filtered(people: Callable[..., Browser], engine_url: str) -> None:
    """Also a view, and a table of one column."""
    Base(engine_url).run(
        "CREATE VIEW names AS SELECT last_name FROM person", "CREATE TABLE one (id integer PRIMARY KEY)"
    )
    browser = people()
    for name, column in (("names", "last_name"), ("one", "id"), ("person", "code")):
        assert 'formaction="filter"' in browser.get(f"/admin/{name}/").text
        assert f'name="add" value="{column}"' in browser.get(f"/admin/{name}/filter").text


def test_pictures_are_small_in_a_list(people: Callable[..., Browser], engine_url: str) -> None:
    base = Base(engine_url)
    blob, kind = ("'\\x{}'", "bytea") if base.postgres else ("x'{}'", "blob")
    picture, other = blob.format(b"\x89PNG\r\n\x1a\n".hex() + "00" * 30), blob.format("00ff" * 10)
    base.run(
        f"CREATE TABLE photo (id integer PRIMARY KEY, shot {kind})",
        f"INSERT INTO photo VALUES (1, {picture}), (2, {other}), (3, NULL)",
    )
    browser = people()
    page = browser.get("/admin/photo/").text
    assert re.findall(r'<img src="([^"]+)"', page) == ["/admin/photo/1/file/shot?show=1"]
    answer = browser.get("/admin/photo/1/file/shot?show=1")
    assert answer.status_code == 200 and answer.mimetype == "image/png"


def test_figures_stand_below_a_list(shipments: Browser) -> None:
    """They are of all rows that the filter leaves, whichever page is shown; a view keeps them with its list."""
    year = datetime.now().year
    wanted = "weight.sum,rank.filled,state.distinct,sent_at.max,due.min"
    feet = re.compile(r"<small>(\w+)</small> ([^<]*)</td>")
    for page in ("", "&size=20", "&size=20&before="):
        assert feet.findall(shipments.get(f"/admin/shipment/?~foot={wanted}{page}").text) == [
            ("Distinct", "3"), ("Sum", "7,320.00"), ("Max", "9 Mar, 08:15"), ("Min", "31 Dec 2019"), ("Filled", "80"),
        ]  # fmt: skip
    page = shipments.get("/admin/shipment/?~foot=weight.mean,rank.max&state=sent&columns=weight,rank").text
    assert feet.findall(page) == [("Mean", "60"), ("Max", "6")]
    assert '<td class="num"><small>' in page and str(year) not in page.partition("<tfoot>")[2]
    page = shipments.get("/admin/shipment/?~foot=nix.sum,label.sum,state,id.sum,.,rank.median").text
    assert "<tfoot>" not in page and "There is no column" in page
    assert "~foot=weight.sum" in shipments.get("/admin/shipment/?~foot=weight.sum").text.replace("%7E", "~")


def test_what_a_host_formats_stays_as_it_is(people: Callable[..., Browser], engine_url: str) -> None:
    """A date that a view writes in its own way isn't shortened."""

    class View(TableView):
        column_formatters = {"born": lambda view, context, model, name: "1999-12-31"}

    Base(engine_url).run("ALTER TABLE person ADD COLUMN born date", "UPDATE person SET born = '2001-02-03'")
    page = people(View).get("/admin/person/").text
    assert page.count(">1999-12-31</td>") == 3 and "31 Dec" not in page


def test_a_history_that_isnt_shown_is_offered_nowhere(people: Callable[..., Browser]) -> None:
    class Northern(TableView):
        def get_query(self) -> Any:
            return super().get_query().filter(self.model.id < 3)

    for view, offered in ((TableView, True), (Northern, False)):
        browser = people(view)
        form = browser.form("/admin/person/1/edit")
        form["note"] = f"of {view.__name__}"
        after = browser.get(browser.submit(form).headers["Location"]).text
        assert "Saved" in after and (">Undo<" in after) == offered
        pages = [after, browser.get("/admin/person/").text, browser.get("/admin/person/1").text]
        link = r'<a[^>]* href="([^"]*history)"[^>]*>History</a>'
        found = [re.findall(link, page.partition("<main")[2]) for page in pages]
        assert [bool(one) for one in found] == [offered] * 3
        for url in {*found[1], *found[2]}:
            assert browser.get(urljoin("/admin/person/", url)).status_code == 200
        form = browser.form("/admin/person/1/edit")
        form["note"] = "once more"
        assert bool(browser.submit(form, then="part").get_json()["undo"]) == offered


MEMBERS = (
    "CREATE TABLE member (id integer PRIMARY KEY, secret text, mail text, kind text, level integer, ok boolean,"
    " memo text, paper text)",
    "INSERT INTO member VALUES (1, 'old', 'x@y.z ', 'other', 7, NULL, 'two\nlines', NULL)",
    "INSERT INTO member VALUES (2, '', NULL, NULL, NULL, false, NULL, 'a')",
)


class Chooser(Select2Field):  # type: ignore[misc]
    """Flask-Admin's own field, whose choices are pairs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.choices = [("a", "A"), ("b", "B")]


@pytest.mark.filterwarnings("ignore:Yielding raw tuples:DeprecationWarning")  # of Flask-Admin's own field
@pytest.mark.parametrize("way", ["form_overrides", "select2", "form_extra_fields", "scaffold_form", "excluded"])
def test_fields_of_the_host_that_nobody_touches_change_nothing(engine_url: str, way: str, writes: list[str]) -> None:
    """A browser sends of a field what its widget shows: no password, the first choice, no line ends."""
    Base(engine_url).run(*MEMBERS)
    kinds: dict[str, Any] = {
        "secret": PasswordField, "mail": EmailField, "ok": BooleanField, "memo": StringField, "paper": FileField,
        "kind": SelectField,
    }  # fmt: skip
    fields = {name: kind(choices=["a", "b"]) if kind is SelectField else kind() for name, kind in kinds.items()}
    fields["level"] = RadioField(choices=["1", "2"], coerce=int)
    if way in ("select2", "excluded"):
        fields["kind"] = Chooser()

    class View(TableView):
        form_overrides = kinds if way == "form_overrides" else None
        form_choices = {"kind": [("a", "A"), ("b", "B")]} if way == "form_overrides" else None
        form_extra_fields = fields if way in ("form_extra_fields", "select2", "excluded") else None
        form_excluded_columns = [*fields] if way == "excluded" else None

        def scaffold_form(self) -> Any:
            made = super().scaffold_form()
            for name in fields if way == "scaffold_form" else ():
                setattr(made, name, fields[name])
            return made

    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD), views={"member": View})
    try:
        browser, rows = Browser(app), Base(engine_url).rows("SELECT * FROM member ORDER BY id")
        writes.clear()
        for key in (1, 2):
            assert browser.submit(browser.form(f"/admin/member/{key}/edit")).status_code == 303
        assert Base(engine_url).rows("SELECT * FROM member ORDER BY id") == rows
        assert not [one for one in writes if "member" in one and "UPDATE" in one]
        for key, ok in ((1, True), (2, True), (2, False)):
            form = browser.form(f"/admin/member/{key}/edit")
            ticked = [one for one in form.controls if one.name == "ok"]
            form.controls = [one for one in form.controls if one.name != "ok"] or form.controls
            if not ticked:
                form.controls.append(forms.Control("ok", "y", "checkbox"))
            if "ok.state" in form:
                form["ok.state"] = "value"
            form["secret"], form["kind"] = "new", "a"
            if "kind.state" in form:
                form["kind.state"] = "value"
            assert browser.submit(form).status_code == 303
            found = Base(engine_url).rows(f"SELECT secret, kind, ok FROM member WHERE id = {key}")
            assert found == [("new", "a", ok)]
    finally:
        close(app)


@pytest.mark.parametrize(("given", "told", "words"), [
    ({"column_filters": ["code"]}, {}, "View.column_filters has no effect"),
    ({"create_modal": True}, {}, "View.create_modal has no effect"),
    ({"column_list": ["coed"]}, {}, "View.column_list: there is no column 'coed'"),
    ({}, {"name": "Guests"}, "View is made with name=…"),
    ({"column_list": ["code", "last_name"], "can_delete": False, "own": 1}, {}, ""),
])  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_what_a_view_sets_when_it_is_made_is_checked_at_the_start(
    people: Callable[..., Browser], given: dict[str, Any], told: dict[str, Any], words: str, first: bool
) -> None:
    class View(TableView):
        def __init__(self, model: Any, session: Any, **kwargs: Any) -> None:
            vars(self).update(given if first else {})
            super().__init__(model, session, **kwargs, **told)
            vars(self).update(given)

    if words:
        with pytest.raises(SettingsError, match=re.escape(words)):
            people(View)
        return
    browser = people(View)
    assert headings(browser.get("/admin/person/").text) == ["ID", "Code", "Last name"]
    assert browser.get("/admin/person/1/delete").status_code == 403


@pytest.mark.parametrize("set_up", [True, False])
def test_validators_speak_where_flask_babel_is_installed(
    people: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, set_up: bool
) -> None:
    """Flask-Admin asks it for their words as soon as it is installed, whether or not the app has it set up."""
    translations = flask_admin.babel.Translations
    monkeypatch.setattr(translations, "gettext", lambda self, words: current_app.extensions["babel"](words))
    monkeypatch.setattr(translations, "ngettext", lambda self, one, more, n: current_app.extensions["babel"](more))

    class View(TableView):
        form_args = {"code": {"validators": [Length(max=2)]}, "note": {"validators": [Regexp("[a-z]+$")]}}
        form_extra_fields = {"why": StringField("Why", [DataRequired()])}

    browser = people(View)
    if set_up:
        browser.app.extensions["babel"] = "Babel: {}".format
    form = browser.form("/admin/person/1/edit")
    form["code"], form["note"], form["why"] = "LONG", "123", ""
    answer = browser.submit(form)
    assert answer.status_code == 422
    for words in ("Field cannot be longer than 2 characters.", "Invalid input.", "This field is required."):
        assert words in answer.text and (f"Babel: {words}" in answer.text) is set_up
