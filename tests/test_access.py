"""Section 6: what a user may see and do holds on every page, by whatever way one asks."""

from __future__ import annotations

import html
import io
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from flask import Flask

from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import FlaskAdminDB, Settings, TableView, create_app
from forms import Control, Form, read_forms

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


def words_of(answer: Any) -> str:
    """Return an answer's text as people read it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def post(browser: Browser, url: str, form: Form, *pressed: tuple[str, str]) -> Any:
    """Submit a form by a button."""
    body, kind = form.body(*pressed)
    return browser.client.post(form.action or url, data=body, content_type=kind, headers=browser.headers)


def pasted(browser: Browser, table: str, cells: str, **given: str) -> Any:
    """Paste cells into an import, and look at its preview; return that."""
    url = f"/admin/{table}/import"
    form = next(form for form in read_forms(browser.get(url).text) if "pasted" in form)
    form["pasted"] = cells
    chosen = stepping(post(browser, url, form))
    for name, value in given.items():
        chosen[name] = value
    return post(browser, url, chosen, ("step", "preview"))


def stepping(answer: Any) -> Form:
    """Return the form of a page that leads on to a next step."""
    return next(form for form in read_forms(answer.text) if any(name == "step" for name, _ in form.buttons))


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
PAGES_ALONE = ("text/html",)
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
add=secret&of=1&do=is add=badge&of=4&do=not add=name&of=4 only=secret
only=badge&columns=secret,badge,name key=4 for=excel show=1
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
            right = read(closed, f"{url}?{question.format(w='quokka')}", PAGES_ALONE).replace("quokka", "W")
            if "{w}" in question:
                wrong = read(closed, f"{url}?{question.format(w='wombat')}", PAGES_ALONE).replace("wombat", "W")
                assert right == wrong, (url, question)


@pytest.mark.parametrize("page", ["", "/edit", "/delete", "/history", "/links", "/file/name", "?form=card"])
def test_a_record_outside_the_filter_is_as_one_that_isn_t_there(closed: Browser, page: str) -> None:
    there, never = (
        re.sub(rf"(?<!\d){key}(?!\d)", "N", read(closed, f"/admin/person/{key}{page}")) for key in ("4", "987")
    )
    assert there == never


# -- What may not be done, asked for by a forged POST ----------------------------

FORGED = (
    *CLOSED,
    "CREATE TABLE shelf (id integer PRIMARY KEY, name text)",
    "CREATE TABLE ledger (id integer PRIMARY KEY, name text)",
    "CREATE TABLE tag (id integer PRIMARY KEY, name text)",
    "CREATE TABLE tagged (person_id integer REFERENCES person (id), tag_id integer REFERENCES tag (id),"
    " PRIMARY KEY (person_id, tag_id))",
    "CREATE TABLE marked (person_id integer REFERENCES person (id), tag_id integer REFERENCES tag (id),"
    " PRIMARY KEY (person_id, tag_id))",
    "INSERT INTO shelf VALUES (1, 'high')",
    "INSERT INTO ledger VALUES (1, 'red')",
    "INSERT INTO tag VALUES (1, 'new'), (2, 'old')",
    "INSERT INTO tagged VALUES (4, 1), (1, 1)",
    "INSERT INTO marked VALUES (4, 1), (1, 1)",
)
TABLES = ("tag", "town", "shelf", "ledger", "vault", "diary", "payroll", "person", "visit", "tagged", "marked")


class ShelfView(TableView):
    """A table to be looked at."""

    can_create = can_edit = can_delete = can_import = False


WHOLE_MARKER = re.compile(r"quokka\d+|1911-\d\d-\d\d")


class Forgery:
    """What someone sends who has read the forms of a site that shows all: ``send`` it from any browser."""

    def __init__(self, name: str, *steps: tuple[str, Form, tuple[tuple[str, str], ...]]) -> None:
        self.name = name
        self.steps = steps

    @property
    def text(self) -> str:
        """All that the forms hold, which an answer may show again."""
        return " ".join(c.value for _url, form, _pressed in self.steps for c in form.controls)

    def send(self, browser: Browser) -> list[Any]:
        """Send the forms with the browser's own token."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/admin/preferences").text)
        assert token
        answers = []
        for url, form, pressed in self.steps:
            form["csrf_token"] = token[1]
            answers.append(post(browser, url, form, *pressed))
        return answers


def forged_import(browser: Browser, table: str, cells: str, mode: str) -> list[Any]:
    """Import cells step by step, with each of their columns going to the one of its name, whatever is offered."""
    url, answers = f"/admin/{table}/import", []
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/admin/preferences").text)
    assert token
    heads = cells.partition("\n")[0].split("\t")
    given = {"csrf_token": token[1], "pasted": cells}
    answers.append(browser.client.post(url, data=given, headers=browser.headers))
    upload = re.search(r'name="upload" value="([^"]+)"', answers[0].text)
    mark = re.search(r'name="heads" value="([^"]+)"', answers[0].text)
    if upload is None or mark is None:
        return answers
    chosen = {**given, "upload": upload[1], "heads": mark[1], "form": "csv", "delimiter": "\t", "header": "1",
              "mode": mode, "key": "id" if "id" in heads else ""}  # fmt: skip
    chosen |= {f"to{n}": head for n, head in enumerate(heads)}
    answers.append(browser.client.post(url, data={**chosen, "step": "preview"}, headers=browser.headers))
    expected = re.search(r'name="expected" value="([^"]+)"', answers[-1].text)
    run = {**chosen, "step": "run", "expected": html.unescape(expected[1]) if expected else "{}"}
    answers.append(browser.client.post(url, data=run, headers=browser.headers))
    return answers


def forgeries(whole: Browser, table: str, key: str, column: str, *, verbs: str) -> Iterator[Forgery]:
    """Yield every way to write to a record, as the site that shows all offers them."""
    home = f"/admin/{table}/{key}"

    def form(url: str, *names: str) -> Form:
        page = whole.get(url)
        assert page.status_code == 200, (url, page.text[:2000])
        found = next(form for form in read_forms(page.text) if form.method == "post" and {*names} <= {
            *(c.name for c in form.controls), *(name for name, _ in form.buttons)})  # fmt: skip
        found.action = found.action or url
        return found

    if "update" in verbs:
        for url in (f"{home}/edit", f"{home}/edit?only={column}"):
            edit = form(url, column)
            edit[column] = "wombat"
            yield Forgery(url, (url, edit, ()))
        for chosen in (f"&key={key}", ""):
            url = f"/admin/{table}/bulk?do=edit{chosen}&id={key}"
            asked = form(url, "column0")
            asked["column0"], asked["how0"], asked["value0"] = column, "set", "wombat"
            everything = () if chosen else (("all", "1"),)
            preview = post(whole, url, asked, ("step", "preview"), *everything)
            yield Forgery(url, (url, stepping(preview), (("step", "run"), *everything)))
    if "action" in verbs:
        url = f"/admin/{table}/bulk?do=action0&key={key}"
        yield Forgery(url, (url, form(url, "step"), (("step", "run"),)))
    if "delete" in verbs:
        yield Forgery(f"{home}/delete", (f"{home}/delete", form(f"{home}/delete", "_was"), (("step", "run"),)))
        url = f"/admin/{table}/bulk?do=delete&key={key}"
        preview = post(whole, url, form(url, "step"), ("step", "preview"))
        yield Forgery(url, (url, stepping(preview), (("step", "run"),)))
    if "insert" in verbs:
        new = form(f"/admin/{table}/new", "id", column)
        new["id"], new[column] = "77", "wombat"
        yield Forgery(f"{table}/new", (f"/admin/{table}/new", new, ()))
    if "copy" in verbs:
        copy = form(f"/admin/{table}/new?like={key}", "id")
        copy["id"] = "78"
        yield Forgery(f"{table}/new?like={key}", (f"/admin/{table}/new?like={key}", copy, ()))
    for child in ("tagged", "marked") if "links" in verbs else ():
        page = whole.get(home).text
        boxes = [form for form in read_forms(page) if form.action.endswith("/links")]
        place = {"marked": 0, "tagged": 1}[child]
        adding = [form for form in boxes if "tag_id" in form][place]
        adding["tag_id"] = "2"
        yield Forgery(f"{home}/links add {child}", (f"{home}/links", adding, ()))
        removing = [form for form in boxes if "tag_id" not in form][place]
        yield Forgery(f"{home}/links remove {child}", (f"{home}/links", removing, (*removing.buttons[:1],)))


@pytest.fixture
def forged(engine_url: str) -> Iterator[tuple[Base, Callable[..., Browser]]]:
    """Sites over one database: with everything, and with less."""
    base, made = Base(engine_url), []
    base.run(*FORGED)

    def make(limited: bool, **options: Any) -> Browser:
        settings = Settings(db=(engine_url,), user=USER, password=PASSWORD, **options)
        views = {"person": NorthView, "payroll": ClosedView, "shelf": ShelfView} if limited else {}
        extension = FlaskAdminDB(settings=settings, views=views)
        for table in ("person", "shelf", "ledger", "vault", "diary", "payroll"):

            @extension.action(table, "Rename")
            def rename(records: list[Any], _form: Any) -> None:
                for record in records:
                    record.name = "wombat"

        app = Flask("forged")
        app.secret_key = "a key for tests"
        extension.init_app(app)
        made.append(app)
        return Browser(app)

    yield base, make
    for app in made:
        close(app)


HIDING: dict[str, Any] = {
    "exclude": ("vault",),
    "tables": {
        "diary": {"hidden": True}, "person": {"hidden_columns": ["secret"]}, "ledger": {"read_only": True},
        "marked": {"read_only": True},
    },
}  # fmt: skip


def stored(base: Base) -> list[Any]:
    """Return all rows of all tables."""
    return [base.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def restore(base: Base, rows: list[Any]) -> None:
    """Put all rows back by plain SQL."""

    def text(value: Any) -> str:
        return "NULL" if value is None else "'" + str(value) + "'"

    base.run(*(f"DELETE FROM {table}" for table in reversed(TABLES)))
    for table, found in zip(TABLES, rows, strict=True):
        for row in found:
            base.run(f"INSERT INTO {table} VALUES ({', '.join(map(text, row))})")


def check_forgeries(base: Base, whole: Browser, closed: Browser, found: Sequence[Forgery]) -> None:
    """None of them may change or tell anything on the closed site; each does on the whole one."""
    before = stored(base)
    for forgery in found:
        for answer in forgery.send(closed):
            told = set(WHOLE_MARKER.findall(answer.text)) - set(WHOLE_MARKER.findall(forgery.text))
            assert answer.status_code != 500 and not told, (forgery.name, told, words_of(answer))
        assert stored(base) == before, forgery.name
    for forgery in found:
        last = forgery.send(whole)[-1]
        assert stored(base) != before, (forgery.name, last.status_code, words_of(last)[:2000])
        restore(base, before)


HIDDEN_ROWS = (("person", "4"), ("vault", "1"), ("diary", "1"), ("payroll", "1"), ("shelf", "1"), ("ledger", "1"))


def test_a_forged_form_changes_nothing(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed, found = make(False), make(True, **HIDING), list[Forgery]()
    for table, key in HIDDEN_ROWS:
        verbs = "update action copy" + " links" * (table == "person") + " delete insert" * (table != "person")
        found += forgeries(whole, table, key, "name", verbs=verbs)
    base.run("INSERT INTO person (id, name, region) VALUES (6, 'quokka40', 'quokka41')")
    found += forgeries(whole, "person", "6", "name", verbs="delete")
    for column in ("secret", "badge"):
        found += forgeries(whole, "person", "1", column, verbs="update")
    found += [f for f in forgeries(whole, "person", "1", "name", verbs="links") if "marked" in f.name]
    check_forgeries(base, whole, closed, found)


def test_a_forged_form_changes_nothing_where_all_is_read_only(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed, found = make(False), make(False, read_only=True), list[Forgery]()
    for table, key in (("shelf", "1"), ("ledger", "1"), ("person", "1")):
        verbs = "update action copy insert" + (" links" if table == "person" else " delete")
        found += forgeries(whole, table, key, "name", verbs=verbs)
    check_forgeries(base, whole, closed, found)
    for table in ("shelf", "person"):
        before = stored(base)
        forged_import(closed, table, "id\tname\n1\twombat\n", "upsert")
        assert stored(base) == before


@pytest.mark.parametrize("mode", ["insert", "upsert", "update", "skip"])
def test_a_forged_import_changes_nothing(forged: tuple[Base, Callable[..., Browser]], mode: str) -> None:
    base, make = forged
    whole, closed, before = make(False), make(True, **HIDING), stored(base)
    for table, cells in (
        *((table, f"id\tname\n{key}\twombat\n") for table, key in HIDDEN_ROWS),
        *((table, "id\tname\n77\twombat\n") for table, _key in HIDDEN_ROWS[1:]),
        ("person", "id\tsecret\n1\twombat\n"), ("person", "id\tbadge\n1\twombat\n"),
        ("person", "id\tsecret\tbadge\n4\tquokka\tquokka\n"),
    ):  # fmt: skip
        for answer in forged_import(closed, table, cells, mode):
            assert answer.status_code != 500 and not MARKER.search(answer.text), (table, cells, words_of(answer))
        assert stored(base) == before, (table, cells, mode)
        if (mode == "insert") is ("77" in cells) and mode != "skip":
            last = forged_import(whole, table, cells, mode)[-1]
            assert stored(base) != before or mode == "update", (table, cells, mode, words_of(last)[:2000])
            restore(base, before)


def test_a_forged_undo_changes_nothing(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed = make(False), make(True, **HIDING)
    for table, key, column in (
        ("person", "1", "secret"), ("person", "1", "badge"), ("person", "4", "name"), ("vault", "1", "name"),
        ("diary", "1", "name"), ("payroll", "1", "name"), ("shelf", "1", "name"), ("ledger", "1", "name"),
    ):  # fmt: skip
        form = whole.form(f"/admin/{table}/{key}/edit")
        form[column] = "quokka99"
        assert whole.submit(form).status_code == 303
    form = whole.form("/admin/person/5/delete")
    assert whole.submit(form).status_code == 303
    numbers = sorted({*re.findall(r"/history/(\d+)\b", whole.get("/admin/history?kind=changes").text)}, key=int)
    assert len(numbers) >= 9
    found = []
    for number in numbers[-9:]:
        url = f"/admin/history/{number}/undo"
        undo = next(form for form in read_forms(whole.get(url).text) if "reason" in form)
        found.append(Forgery(url, (url, undo, ())))
    check_forgeries(base, whole, closed, found)


def test_no_undo_writes_a_column_that_is_hidden(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed = make(False), make(False, tables={"diary": {"hidden_columns": ["name"]}})
    form = whole.form("/admin/diary/1/edit")
    form["name"] = "quokka99"
    assert whole.submit(form).status_code == 303
    number = max(re.findall(r"/history/(\d+)\b", whole.get("/admin/history?kind=changes").text), key=int)
    url, before = f"/admin/history/{number}/undo", stored(base)
    undo = next(form for form in read_forms(whole.get(url).text) if "reason" in form)
    assert closed.get(url).status_code == 403
    assert post(closed, url, undo).status_code == 403 and stored(base) == before
    assert "quokka99" not in closed.get(f"/admin/history/{number}").text


def test_what_a_form_hides_is_not_given_to_a_new_record(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed = make(False), make(True, **HIDING)
    (new,) = forgeries(whole, "person", "1", "name", verbs="insert")
    form = new.steps[0][1]
    form["secret"], form["badge"], form["region"] = "wombat", "wombat", "north"
    assert new.send(closed)[-1].status_code == 422, "told, since that form had shown them"
    form["_was"] = ""
    assert new.send(closed)[-1].status_code == 303
    assert base.rows("SELECT id, name, secret, badge FROM person WHERE id = 77") == [(77, "wombat", None, None)]


def test_no_view_is_made_of_a_hidden_table(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    whole, closed = make(False), make(True, **HIDING)
    for table in ("vault", "diary", "payroll"):
        for page, button in (("views", ("do", "save")), ("columns", ("do", "keep"))):
            url = f"/admin/{table}/{page}"
            form = next(f for f in read_forms(whole.get(url).text) if button[0] in [name for name, _ in f.buttons])
            if "name" in form:
                form["name"] = "mine"
            assert Forgery(url, (url, form, (button,))).send(closed)[-1].status_code == 404


# -- PostgreSQL's own rights ----------------------------------------------------

ROLE_TABLES = (
    "CREATE TABLE part (id int PRIMARY KEY, name text, price int, cost int)",
    "INSERT INTO part VALUES (1, 'bolt', 5, 3), (2, 'nut', 6, 4)",
    "CREATE TABLE added (id int PRIMARY KEY, name text, price int)",
    "INSERT INTO added VALUES (1, 'first', 1)",
    "CREATE TABLE fixed (id int PRIMARY KEY, name text, price int)",
    "INSERT INTO fixed VALUES (1, 'fast', 1), (2, 'firm', 2)",
    "CREATE TABLE counted (id serial PRIMARY KEY, name text)",
    "INSERT INTO counted VALUES (100, 'hundred')",
    "CREATE TABLE letter (id int PRIMARY KEY, sender text, body text)",
    "INSERT INTO letter VALUES (1, 'ROLE', 'mine'), (2, 'other', 'quokka31')",
    "ALTER TABLE letter ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON letter USING (sender = current_user)",
    "GRANT SELECT (id, name, price), UPDATE (price), INSERT (id, name) ON part TO ROLE",
    "GRANT SELECT ON added TO ROLE; GRANT INSERT (id, name) ON added TO ROLE",
    "GRANT SELECT, INSERT ON fixed TO ROLE; GRANT UPDATE (price) ON fixed TO ROLE",
    "GRANT SELECT, INSERT, UPDATE ON counted TO ROLE; GRANT ALL ON letter TO ROLE",
)


@pytest.fixture
def clerk(postgres: Any, site: Callable[..., Browser]) -> Iterator[tuple[Base, Browser]]:
    """A database, and a site over it by an account with few rights."""
    url, role = postgres.create(), f"clerk_{uuid.uuid4().hex[:8]}"
    base = Base(url)
    base.run(f"CREATE ROLE {role} LOGIN", *(statement.replace("ROLE", role) for statement in ROLE_TABLES))
    browser = site(url.replace("postgres@", f"{role}@"))
    yield base, browser
    close(browser.app)
    postgres.drop(url)
    postgres.execute(f"DROP ROLE {role}")


def names_of(form: Any) -> set[str]:
    """Return the names of the controls by which a form gives values."""
    own = {"csrf_token", "_was", "_next", "_then", "_original"}
    return {c.name for c in form.controls if c.name not in own and not c.name.endswith(".state")}


def test_a_form_offers_what_the_account_may_write_by_that_verb(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    new = {"part": {"id", "name"}, "added": {"id", "name"}, "fixed": {"id", "name", "price"}}
    edited = {"part": {"price"}, "fixed": {"price"}}
    for table, names in new.items():
        page = browser.get(f"/admin/{table}/new").text
        (form,) = [form for form in read_forms(page) if names_of(form) & {"id"}]
        assert names_of(form) == names, table
        form.action, form["id"], form["name"] = form.action or f"/admin/{table}/new", "7", "seven"
        assert browser.submit(form).status_code == 303
        assert base.rows(f"SELECT id, name FROM {table} WHERE id = 7") == [(7, "seven")]
        assert names_of(browser.form(f"/admin/{table}/1/edit")) == edited[table] if table in edited else (
            browser.get(f"/admin/{table}/1/edit").status_code == 403
        )  # fmt: skip
        for column in ("id", "name", "price"):
            cell = browser.get(f"/admin/{table}/1/edit?only={column}")
            assert cell.status_code == (200 if column in edited.get(table, ()) else 403), (table, column)
    page = browser.get("/admin/part/bulk?do=edit&key=1").text
    offered = re.findall(r'<option value="(\w*)"', page.partition('name="column0"')[2].partition("</select>")[0])
    assert {*offered} - {""} == {"price"}


def test_an_import_writes_what_the_account_may_write_by_that_verb(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    page = pasted(browser, "fixed", "id\tname\tprice\n1\tfast\t9\n2\tloose\t2\n3\tfree\t3\n")
    words = words_of(page)
    assert "1 will be added" in words and "1 will be changed" in words and "No right to change it" in words
    assert post(browser, "/admin/fixed/import", stepping(page), ("step", "run")).status_code == 303
    assert base.rows("SELECT * FROM fixed ORDER BY id") == [(1, "fast", 9), (2, "firm", 2), (3, "free", 3)]
    words = words_of(pasted(browser, "part", "id\tname\tprice\n1\tbolt\t9\n4\tscrew\t8\n"))
    assert "1 will be changed" in words and "No right to give it" in words
    assert "added" not in words.partition("valid")[0]
    words = words_of(pasted(browser, "added", "id\tname\n1\tchanged\n5\tfive\n"))
    assert "1 will be added" in words and "changed" not in words.partition("valid")[0]


def test_an_error_names_nothing_that_is_hidden(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    base.run(
        "CREATE TABLE desk (id integer PRIMARY KEY, name text, vault_id integer REFERENCES vault (id),"
        " diary_id integer REFERENCES diary (id), payroll_id integer REFERENCES payroll (id))",
        "INSERT INTO desk VALUES (1, 'low', NULL, NULL, NULL)",
        "INSERT INTO town VALUES (3, 'Rome'), (4, 'Bonn'), (5, 'Lyon')",
        "INSERT INTO vault VALUES (3, 'quokka51', 3)",
        "INSERT INTO diary VALUES (3, 'quokka52', 4)",
        "INSERT INTO payroll VALUES (3, 'quokka53', 5)",
    )
    closed = make(True, **HIDING)
    for column in ("vault_id", "diary_id", "payroll_id"):
        form = closed.form("/admin/desk/1/edit")
        form[column] = "99"
        answer = closed.submit(form)
        assert answer.status_code == 422 and "There is no record with the key 99" in words_of(answer)
    for key in ("3", "4", "5"):
        page = closed.get(f"/admin/town/{key}/delete")
        assert "isn’t shown here" in words_of(page) or "others refer to it" in words_of(page)
        assert not re.search(r"(?i)vault|diary|payroll|quokka", page.text)
        form = next(form for form in read_forms(page.text) if "_was" in form or form.action.endswith("delete"))
        answer = post(closed, f"/admin/town/{key}/delete", form, ("step", "run"))
        assert answer.status_code in (409, 422) and not re.search(r"(?i)vault|diary|payroll|quokka", answer.text)
        form = closed.form(f"/admin/town/{key}/edit")
        form["id"] = "9"
        answer = closed.submit(form)
        assert answer.status_code == 422 and not re.search(r"(?i)vault|diary|payroll|quokka", answer.text)


def test_no_record_leaves_the_rows_that_are_shown(forged: tuple[Base, Callable[..., Browser]]) -> None:
    base, make = forged
    closed, before = make(True, **HIDING), stored(base)
    edit = closed.form("/admin/person/1/edit")
    edit["region"] = "south"
    answer = closed.submit(edit)
    assert answer.status_code == 422 and "isn't among those" in words_of(answer) and "south" in answer.text
    new = next(form for form in read_forms(closed.get("/admin/person/new").text) if "region" in form)
    new.action, new["id"], new["region"] = "/admin/person/new", "50", "south"
    assert closed.submit(new).status_code == 422
    page = pasted(closed, "person", "id\tregion\n1\tsouth\n60\tsouth\n2\tnorth\n")
    assert words_of(page).count("isn't among those") == 2
    assert stored(base) == before
    new["region"] = "north"
    assert closed.submit(new).status_code == 303
    assert base.rows("SELECT region FROM person WHERE id = 50") == [("north",)]


LONG = "what was typed, at length"


def test_what_row_security_refuses_is_told_beside_what_was_typed(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    before = base.rows("SELECT * FROM letter ORDER BY id")
    page = browser.get("/admin/letter/")
    assert "mine" in page.text and "quokka31" not in page.text
    for url, status in (("/admin/letter/1/edit", 422), ("/admin/letter/new", 422)):
        form = next(form for form in read_forms(browser.get(url).text) if "body" in form)
        form.action = form.action or url
        form["id"], form["sender"], form["body"] = "1" if "edit" in url else "9", "other", LONG
        answer = browser.submit(form)
        assert answer.status_code == status and LONG in answer.text and "row security" in words_of(answer)
    cell = next(form for form in read_forms(browser.get("/admin/letter/1/edit?only=sender").text) if "sender" in form)
    cell["sender"] = "other"
    answer = browser.submit(cell)
    assert answer.status_code == 422 and "row security" in words_of(answer)
    page = pasted(browser, "letter", "id\tsender\tbody\n1\tother\tx\n")
    assert "row security" in words_of(page)
    bulk = stepping(browser.get("/admin/letter/bulk?do=edit&key=1"))
    bulk["column0"], bulk["how0"], bulk["value0"] = "sender", "set", "other"
    answer = post(browser, "/admin/letter/bulk?do=edit&key=1", bulk, ("step", "preview"))
    assert answer.status_code in (200, 422) and "row security" in words_of(answer)
    assert base.rows("SELECT * FROM letter ORDER BY id") == before


def test_a_sequence_that_the_account_may_not_use_is_named(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    form = next(form for form in read_forms(browser.get("/admin/counted/new").text) if "name" in form)
    form.action, form["name"] = form.action or "/admin/counted/new", LONG
    answer = browser.submit(form)
    assert answer.status_code == 422 and LONG in answer.text
    assert "next number" in words_of(answer)
    form["id"] = "7"
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT * FROM counted ORDER BY id") == [(7, LONG), (100, "hundred")]


def test_what_the_account_may_not_do_is_told_before_and_refused_in_words(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    page = browser.get("/admin/counted/100").text
    assert "/delete" not in page
    for url in ("/admin/counted/100/delete", "/admin/counted/bulk?do=delete&key=100", "/admin/added/1/edit"):
        form = Form(url, "post", "", [Control("csrf_token", "", "hidden")])
        for answer in (browser.get(url), Forgery(url, (url, form, (("step", "run"),))).send(browser)[-1]):
            assert answer.status_code == 403 and "The database account" in words_of(answer)
    assert base.rows("SELECT count(*) FROM counted") == [(1,)]


def test_columns_that_the_account_may_not_read_are_nowhere(clerk: tuple[Base, Browser]) -> None:
    base, browser = clerk
    base.run("UPDATE part SET cost = 424242")
    for url in addresses(browser, table="part", column="cost"):
        if "static" not in url and "sign-" not in url:
            answer = browser.get(url)
            assert answer.status_code < 500 and "424242" not in answer.text, url
    form = browser.form("/admin/part/1/edit")
    form["price"] = "9"
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT * FROM part ORDER BY id") == [(1, "bolt", 9, 424242), (2, "nut", 6, 424242)]


def test_a_read_only_database_says_so_before_anyone_types(postgres: Any, site: Callable[..., Browser]) -> None:
    url = postgres.create()
    base = Base(url)
    base.run(
        "CREATE TABLE part (id int PRIMARY KEY, name text)", "INSERT INTO part VALUES (1, 'bolt')",
        f"ALTER DATABASE {base.source.url.database} SET default_transaction_read_only = on",
    )  # fmt: skip
    browser = site(url)
    try:
        (part,) = browser.objects()
        assert not part["editable"] and "read-only" in str(part["reason"])
        assert "read-only" in words_of(browser.get("/admin/part/")) and "/new" not in browser.get("/admin/part/").text
        for page in ("new", "1/edit", "1/delete", "import", "bulk?do=delete"):
            answer = browser.get(f"/admin/part/{page}")
            assert answer.status_code == 403 and "read-only" in words_of(answer), page
    finally:
        close(browser.app)
        postgres.drop(url)


def test_a_database_that_became_read_only_keeps_what_was_typed(postgres: Any, site: Callable[..., Browser]) -> None:
    url = postgres.create()
    base = Base(url)
    base.run("CREATE TABLE part (id int PRIMARY KEY, name text)", "INSERT INTO part VALUES (1, 'bolt')")
    browser = site(url)
    form = browser.form("/admin/part/1/edit")
    base.run(f"ALTER DATABASE {base.source.url.database} SET default_transaction_read_only = on")
    close(browser.app)
    form["name"] = LONG
    answer = browser.submit(form)
    assert answer.status_code == 422 and "read-only" in words_of(answer) and LONG in answer.text
    close(browser.app)
    postgres.drop(url)


@pytest.mark.parametrize("way", ["trigger", "rule"])
def test_a_delete_that_the_database_turns_into_a_mark_is_told(
    postgres: Any, site: Callable[..., Browser], way: str
) -> None:
    url = postgres.create()
    base = Base(url)
    base.run(
        "CREATE TABLE part (id int PRIMARY KEY, name text, gone boolean DEFAULT false)",
        "INSERT INTO part VALUES (1, 'bolt'), (2, 'nut'), (3, 'kept')",
        "CREATE RULE mark AS ON DELETE TO part DO INSTEAD UPDATE part SET gone = true WHERE id = OLD.id"
        if way == "rule" else
        "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF OLD.id < 3 THEN UPDATE part SET gone = true WHERE id = OLD.id; END IF; RETURN NULL; END $$;"
        " CREATE TRIGGER mark BEFORE DELETE ON part FOR EACH ROW EXECUTE FUNCTION mark()",
    )  # fmt: skip
    browser = site(url)
    try:
        page = browser.get("/admin/part/1/delete")
        form = next(form for form in read_forms(page.text) if "_was" in form)
        answer = post(browser, "/admin/part/1/delete", form, ("step", "run"))
        assert answer.status_code == 303, words_of(answer)
        said = words_of(browser.get("/admin/part/"))
        assert "Deleted bolt" not in said and "marked bolt instead" in said
        assert base.rows("SELECT gone FROM part WHERE id = 1") == [(True,)]
        if way == "trigger":
            page = browser.get("/admin/part/3/delete")
            assert "of the database dropped this" in words_of(page)
            form = next(form for form in read_forms(page.text) if "csrf_token" in form and "count" in form)
            refused = post(browser, "/admin/part/3/delete", form, ("step", "run"))
            assert refused.status_code == 409 and words_of(refused).count("Nothing was changed") == 1
    finally:
        close(browser.app)
        postgres.drop(url)


KIN = (
    "CREATE TABLE parent (id integer PRIMARY KEY, name text)",
    "CREATE TABLE child (id integer PRIMARY KEY, note text,"
    " parent_id integer REFERENCES parent (id) ON DELETE CASCADE)",
    "CREATE TABLE hint (id integer PRIMARY KEY, child_id integer REFERENCES child (id) ON DELETE SET NULL)",
    "INSERT INTO parent VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO child VALUES (5, 'quokka61', 1), (6, 'quokka62', 1), (7, 'quokka63', 2)",
    "INSERT INTO hint VALUES (1, 5), (2, 7)",
)


@pytest.mark.parametrize("hiding", [{"exclude": ("child",)}, {"tables": {"child": {"hidden": True}}}])
def test_a_hidden_table_goes_along_in_numbers_and_comes_back(
    engine_url: str, site: Callable[..., Browser], hiding: dict[str, Any]
) -> None:
    base = Base(engine_url)
    base.run(*KIN)
    browser = site(engine_url, **hiding)
    rows = [base.rows(f"SELECT * FROM {table} ORDER BY id") for table in ("parent", "child", "hint")]
    page = browser.get("/admin/parent/1/delete")
    assert re.search(r"table that isn’t shown here.{0,40}\b2\b|\b2\b.{0,40}table that isn’t shown here", words_of(page))
    assert "quokka" not in page.text and "child" not in page.text.lower()
    form = next(form for form in read_forms(page.text) if "_was" in form)
    assert post(browser, "/admin/parent/1/delete", form, ("step", "run")).status_code == 303
    assert base.rows("SELECT id FROM child") == [(7,)]
    number = re.findall(r"/history/(\d+)/undo", browser.get("/admin/parent/").text)[-1]
    undo = browser.get(f"/admin/history/{number}/undo")
    assert "quokka" not in undo.text
    form = next(form for form in read_forms(undo.text) if "reason" in form)
    assert post(browser, f"/admin/history/{number}/undo", form).status_code == 303
    assert rows == [base.rows(f"SELECT * FROM {table} ORDER BY id") for table in ("parent", "child", "hint")]


def test_what_can_t_be_read_and_would_go_along_is_told_before(postgres: Any, site: Callable[..., Browser]) -> None:
    url, role = postgres.create(), f"kin_{uuid.uuid4().hex[:8]}"
    base = Base(url)
    base.run(*KIN, f"CREATE ROLE {role} LOGIN", f"GRANT ALL ON parent TO {role}")
    browser = site(url.replace("postgres@", f"{role}@"))
    try:
        page = browser.get("/admin/parent/1/delete")
        words = words_of(page)
        assert "account can’t read will be deleted" in words and "undo won’t bring that back" in words
        base.run(f"GRANT SELECT (id) ON child TO {role}")
        browser = site(url.replace("postgres@", f"{role}@"))
        assert "account can’t read will be deleted" in words_of(browser.get("/admin/parent/1/delete"))
        base.run(f"GRANT SELECT (id, parent_id) ON child TO {role}")
        browser = site(url.replace("postgres@", f"{role}@"))
        words = words_of(browser.get("/admin/parent/1/delete"))
        assert "Child: an undo won’t bring back 1 column that the account can’t read" in words
    finally:
        close(browser.app)
        postgres.drop(url)
        postgres.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("hiding", [{"exclude": ("child",)}, {"tables": {"child": {"hidden": True}}}])
def test_a_key_to_a_hidden_table_is_a_value(
    engine_url: str, site: Callable[..., Browser], hiding: dict[str, Any]
) -> None:
    base = Base(engine_url)
    base.run(*KIN)
    browser = site(engine_url, **hiding)
    answer = browser.get("/admin/hint/?child_id.note=quokka61")
    assert answer.status_code == 200 and "left out" in words_of(answer)
    form = browser.form("/admin/hint/1/edit")
    assert "/pick" not in browser.get("/admin/hint/1/edit").text
    form["child_id"] = "6"
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT child_id FROM hint WHERE id = 1") == [(6,)]
    page = pasted(browser, "hint", "id\tchild_id\n1\t7\n3\t5\n4\tquokka62\n")
    assert "1 will be added" in words_of(page) and "1 will be changed" in words_of(page)


def test_a_choice_of_a_column_without_a_type_is_stored_as_it_is_declared(
    tmp_path: Any, site: Callable[..., Browser]
) -> None:
    base = Base(f"sqlite:///{tmp_path}/choice.db")
    (tmp_path / "choice.db").touch()
    base.run(
        "CREATE TABLE c (id integer PRIMARY KEY, b CHECK (b IN (1, 2, 2.5)), d CHECK (d IN ('1', 'x')))",
        "INSERT INTO c VALUES (1, 1, 'x')",
    )
    browser = site(base.url)
    form = browser.form("/admin/c/1/edit")
    form["b"], form["d"] = "2", "1"
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT b, typeof(b), d, typeof(d) FROM c") == [(2, "integer", "1", "text")]


def test_a_form_offers_each_number_once(engine_url: str, site: Callable[..., Browser]) -> None:
    """As it is stored, 1.50, or as the rule has it, 1.5: the same number, which an untouched form leaves alone."""
    base = Base(engine_url)
    base.run(
        "CREATE TABLE c (id integer PRIMARY KEY, e numeric(5,2) CHECK (e IN (1.5, 2.5, 0.250)), "
        "t varchar(9) CHECK (t IN ('1.0', '1')))",
        "INSERT INTO c VALUES (1, 1.5, '1.0'), (2, 0.25, '1')",
    )
    browser = site(engine_url)
    for token, number, text in (("1", 1.5, "1.0"), ("2", 0.25, "1")):
        form = browser.form(f"/admin/c/{token}/edit")
        assert sorted(map(float, filter(None, form.control("e").options))) == [0.25, 1.5, 2.5]
        assert (float(form["e"]), form["t"], form.control("t").options) == (number, text, ["", "1.0", "1"])
        assert "Nothing was changed" in browser.get(browser.submit(form).location).text
    form = browser.form("/admin/c/1/edit")
    form["e"] = "2.5"
    assert browser.submit(form).status_code == 303
    assert base.rows("SELECT e * 2 FROM c ORDER BY id") == [(5,), (0.5,)]
