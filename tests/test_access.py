"""Section 6: what a user may see and do holds on every page, by whatever way one asks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import Settings, TableView, create_app

SHOP = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text)",
    "CREATE TABLE person (id integer PRIMARY KEY, name text, note text, town_id integer REFERENCES town (id))",
    "INSERT INTO town VALUES (1, 'Oslo'), (2, 'Graz')",
    "INSERT INTO person VALUES (1, 'Ann', 'n1', 1), (2, 'Bo', 'n2', 2), (3, 'Cy', 'n3', 1)",
)


def addresses(browser: Browser, **known: str) -> Iterator[str]:
    """Every address of the url map, its parts filled in; ``known`` wins over a part of that name."""
    parts = {"table": "person", "key": "1", "column": "name", "form": "csv", "number": "1", "id": "1",
             "digest": "0" * 64, "anything": "nothing", "filename": "x.css", **known}  # fmt: skip
    for rule in browser.app.url_map.iter_rules():
        yield re.sub(r"<(?:\w+:)?(\w+)>", lambda match: parts[match[1]], rule.rule)


METHODS = (
    *((method, {}) for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW")),
    ("GET", {"X-HTTP-Method": "POST"}),
    ("GET", {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST"}),
)


def test_nothing_but_post_writes(site: Callable[..., Browser], engine_url: str) -> None:
    base = Base(engine_url)
    base.run(*SHOP)
    browser = site(engine_url)
    form = browser.form("/admin/person/1/edit")
    form["note"] = "changed"
    assert browser.submit(form).status_code == 303

    def stored() -> list[Any]:
        found = browser.get("/admin/history?kind=changes").text
        history = sorted(set(re.findall(r"/history/(\d+)", found)))
        return [base.rows(f"SELECT * FROM {t} ORDER BY id") for t in ("town", "person")] + [history]

    before = stored()
    for method, headers in METHODS:
        for url in addresses(browser):
            query = "step=run&do=delete&key=1&all=1&_then=list&_method=POST&columns=id&name=x&save=1"
            answer = browser.client.open(f"{url}?{query}", method=method, headers={**browser.headers, **headers})
            assert answer.status_code < 500, (method, url)
            if method not in ("GET", "HEAD", "OPTIONS"):
                assert answer.status_code in (404, 405), (method, url)
            assert method != "HEAD" or not answer.data
        assert stored() == before, method


# What may not be seen: its values begin with "quokka" and go on with digits, so that an echo of a question is none.

CLOSED = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text)",
    "CREATE TABLE person (id integer PRIMARY KEY, name text, region text, secret text, badge text, made date,"
    " town_id integer REFERENCES town (id))",
    "CREATE TABLE visit (id integer PRIMARY KEY, note text, person_id integer REFERENCES person (id),"
    " vault_id integer, payroll_id integer)",
    "CREATE TABLE vault (id integer PRIMARY KEY, name text, town_id integer REFERENCES town (id))",
    "CREATE TABLE diary (id integer PRIMARY KEY, name text, town_id integer REFERENCES town (id))",
    "CREATE TABLE payroll (id integer PRIMARY KEY, name text, town_id integer REFERENCES town (id))",
    "INSERT INTO town VALUES (1, 'Oslo'), (2, 'Graz')",
    "INSERT INTO person VALUES (1, 'Ann', 'north', 'quokka11', 'quokka12', '2026-01-01', 1),"
    " (2, 'Bo', 'north', 'quokka13', 'quokka14', '2026-01-02', 1),"
    " (4, 'quokka15', 'quokka16', 'quokka17', 'quokka18', '1911-11-11', 2),"
    " (5, 'quokka19', 'quokka20', 'quokka21', 'quokka22', '1911-11-12', 2)",
    "INSERT INTO visit VALUES (1, 'a', 1, 1, 1), (2, 'b', 4, 1, 1)",
    "INSERT INTO vault VALUES (1, 'quokka23', 1)",
    "INSERT INTO diary VALUES (1, 'quokka24', 1)",
    "INSERT INTO payroll VALUES (1, 'quokka25', 1)",
)
KINDS = ("text/html",)
MARKER = re.compile(r"quokka\d|1911-11|1911-\d")


class NorthView(TableView):
    """Persons of the north, without their badges."""

    column_exclude_list = column_details_exclude_list = column_export_exclude_list = ["badge"]
    form_excluded_columns = ["badge"]

    def get_query(self) -> Any:
        """Choose rows."""
        return super().get_query().filter(self.model.region == "north")


class ClosedView(TableView):
    """A table for nobody."""

    def is_accessible(self) -> bool:
        """Let nobody in."""
        return False


@pytest.fixture
def closed(engine_url: str, site: Callable[..., Browser]) -> Iterator[Browser]:
    """A site that hides, over a history of what it hides."""
    base = Base(engine_url)
    base.run(*CLOSED)
    links = {"visit": {"links": {"vault_id": "vault.id", "payroll_id": "payroll.id"}}}
    whole = site(engine_url)
    for table, key, column in (
        ("person", "1", "secret"), ("person", "1", "badge"), ("person", "4", "name"), ("vault", "1", "name"),
        ("diary", "1", "name"), ("payroll", "1", "name"),
    ):  # fmt: skip
        form = whole.form(f"/admin/{table}/{key}/edit")
        form[column] = "quokka99"
        assert whole.submit(form).status_code == 303
    form = whole.form("/admin/person/5/delete")
    assert whole.submit(form).status_code == 303
    tables = {"diary": {"hidden": True}, "person": {"hidden_columns": ["secret"]}, **links}
    app = create_app(
        Settings(db=(engine_url,), user=USER, password=PASSWORD, exclude=("vault",), tables=tables),
        views={"person": NorthView, "payroll": ClosedView},
    )
    yield Browser(app)
    close(app)


QUESTIONS = """ search={w} secret={w} secret=~{w} badge={w} badge=~{w}* name={w} region={w} sort=secret
sort=-badge columns=secret,badge,name secret.null=yes col.secret={w} person_id.secret={w}
person_id.name={w} vault_id.name={w} payroll_id.name={w} has.vault.town_id=yes
has.diary.town_id=yes has.payroll.town_id=yes by=secret by=badge&how=count by=region
by=made of=secret&how=sum&by=region column=person_id&q={w} column=person_id&q=4
column=town_id&q= column=vault_id&q={w} column=payroll_id&q={w} q={w} find={w} q=4
related=1 related=2&form=part form=card like=4 like=1 secret={w}&_next=/ do=edit&key=4
do=delete&key=4 do=edit kind=changes person=anna table=//vault search_in=secret&search={w}
only=secret only=badge&columns=secret,badge,name key=4 for=excel show=1
""".replace("\n", " ").split(" ")


def read(browser: Browser, url: str, kinds: Sequence[str] = ("text/html", "application/json")) -> str:
    """Return an answer as far as it depends on the data; it must not hold what is hidden."""
    found = []
    for kind in kinds:
        answer = browser.get(url, Accept=kind)
        assert answer.status_code != 500, url
        text = answer.data.decode("utf-8", "replace")
        if answer.mimetype.endswith("sheet"):
            with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
                text = " ".join(packed.read(name).decode() for name in packed.namelist())
        assert not MARKER.search(text), (url, kind, MARKER.search(text))
        text = re.sub(r'name="csrf_token" value="[^"]*"|[0-9a-f]{8,}|\d\d:\d\d:\d\d', "", text)
        found.append(f"{answer.status_code} {text}")
    return " ".join(found)


def hidden_addresses(browser: Browser) -> list[str]:
    """Every address of the url map, about what is hidden and what is beside it."""
    found: dict[str, None] = {}
    for table in ("person", "visit", "town", "vault", "diary", "payroll"):
        for key in ("1", "4"):
            for column in ("secret", "badge", "region"):
                found.update(dict.fromkeys(addresses(browser, table=table, key=key, column=column)))
    for form in ("jsonl", "json", "sql", "xlsx"):
        found.update(dict.fromkeys(addresses(browser, form=form)))
    for number in map(str, range(2, 12)):
        found.update(dict.fromkeys(addresses(browser, number=number)))
    return [url for url in found if "static" not in url and "sign-" not in url]


def test_no_page_shows_what_is_hidden(closed: Browser) -> None:
    for url in hidden_addresses(closed):
        read(closed, url)


def test_no_question_of_any_page_tells_what_is_hidden(closed: Browser) -> None:
    """Neither by showing it, nor by answering otherwise whether a guess is right or not."""
    urls = dict.fromkeys(
        url for table in ("person", "visit") for url in addresses(closed, table=table, column="secret")
    )
    for url in urls:
        if "static" in url or "sign-" in url or re.search(r"history/.|jobs|z$", url):
            continue
        for question in QUESTIONS:
            right = read(closed, f"{url}?{question.format(w='quokka')}", KINDS).replace("quokka", "W")
            if "{w}" in question:
                wrong = read(closed, f"{url}?{question.format(w='wombat')}", KINDS).replace("wombat", "W")
                assert right == wrong, (url, question)


@pytest.mark.parametrize("page", ["", "/edit", "/delete", "/history", "/links", "/file/name", "?form=card"])
def test_a_record_outside_the_filter_is_as_one_that_isn_t_there(closed: Browser, page: str) -> None:
    there, never = (
        re.sub(rf"(?<!\d){key}(?!\d)", "N", read(closed, f"/admin/person/{key}{page}")) for key in ("4", "987")
    )
    assert there == never
