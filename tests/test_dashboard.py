"""Section 16: search across tables, and the palette's answers."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

import flaskadmin
from core import Base
from flaskadmin import Settings, create_app
from test_application import basic, engines

SHOP = (
    "CREATE TABLE customer (id integer PRIMARY KEY, name varchar(80), secret varchar(80))",
    "CREATE TABLE article (code varchar(20) PRIMARY KEY, title varchar(80), customer_id integer)",
    "CREATE TABLE hidden_one (id integer PRIMARY KEY, name varchar(80))",
    "CREATE TABLE note (body varchar(80))",
    "CREATE VIEW names AS SELECT name FROM customer",
    "INSERT INTO customer VALUES (7, 'Anna <b>Bo</b>', 'rosebud'), (8, 'Carla', 'Anna')",
    "INSERT INTO article VALUES ('7', 'Seven', 8), ('x-7', 'Anna''s 7', 7)",
    "INSERT INTO hidden_one VALUES (7, 'Anna')",
    "INSERT INTO note VALUES ('Anna was here')",
)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found while one types doesn't depend on how busy the machine is."""
    monkeypatch.setattr(flaskadmin, "TYPING_SECONDS", 30.0)


@pytest.fixture
def shop(engine_url: str, unhurried: None) -> Iterator[Any]:
    """A site with a hidden table and a hidden column; ``shop(query, kind)`` asks it for what is found."""
    Base(engine_url).run(*SHOP)
    tables = {"hidden_one": {"hidden": True}, "customer": {"hidden_columns": ["secret"]}}
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", tables=tables, secret_key="x"))
    client = app.test_client()

    def ask(text: str, kind: str = "text/html") -> Any:
        return client.get("/admin/find", query_string={"q": text}, headers={**basic(), "Accept": kind})

    yield ask
    for engine in engines(app):
        engine.dispose()


def groups(page: str) -> dict[str, list[str]]:
    """Return what the page found: the addresses in each of its parts."""
    parts = re.findall(r'<section class="hits">(?:<div class="head">)?<h2>([^<]+)</h2>(.*?)</section>', page, re.S)
    return {head: re.findall(r'<li><a href="([^"]+)"', body) for head, body in parts}


def test_all_tables_are_searched(shop: Any) -> None:
    answer = shop("anna")
    assert answer.status_code == 200
    found = groups(answer.text)
    assert found.pop("Note") and found.pop("Names")
    assert found == {"Customer": ["/admin/customer/7"], "Article": ["/admin/article/x-7"]}
    assert "Name: <mark>Anna</mark> &lt;b&gt;Bo&lt;/b&gt;" in answer.text
    assert groups(shop("rosebud").text) == {}
    assert "Nothing found." in shop("rosebud").text


def test_the_record_with_the_key_comes_before_the_others(shop: Any) -> None:
    found = groups(shop("7").text)
    assert list(found)[:2] == ["Article", "Customer"]
    assert found["Article"] == ["/admin/article/7", "/admin/article/x-7"]
    assert found["Customer"] == ["/admin/customer/7"]


def test_tables_are_found_by_name(shop: Any) -> None:
    assert groups(shop("ART").text) == {"Tables": ["/admin/article/"]}
    assert groups(shop("one").text) == {}
    assert shop("").status_code == 200


def test_the_palette_is_answered_with_tables_and_records(shop: Any) -> None:
    answer = shop("7", "application/json").get_json()
    assert answer["tables"] == []
    keys = ["/admin/article/7", "/admin/article/x-7", "/admin/customer/7"]  # by key, and by what they are called
    assert [record["key"] for record in answer["records"]] == keys
    assert answer["records"][2] == {"key": "/admin/customer/7", "label": "Anna <b>Bo</b>", "hint": "Customer"}
    tables = shop("name", "application/json").get_json()["tables"]
    assert tables == [{"key": "/admin/names/", "label": "Names", "hint": "view"}]
    everything = shop("", "application/json").get_json()
    names = [table["label"] for table in everything["tables"]]
    assert set(names) == {"Article", "Customer", "Names", "Note", "All tables", "History", "Status", "My settings"}
    assert len(names) == 8


def test_the_palette_tells_namesakes_apart(shop: Any, engine_url: str) -> None:
    Base(engine_url).run("INSERT INTO customer VALUES (11, 'Dora', NULL), (12, 'Dora', NULL), (13, 'Dorabella', NULL)")
    records = shop("dora", "application/json").get_json()["records"]
    assert "<small>Customer 11</small>" in shop("dora").text
    found = [(one["label"], one["hint"]) for one in records if "/customer/" in one["key"]]
    assert sorted(found) == [("Dora", "Customer 11"), ("Dora", "Customer 12"), ("Dorabella", "Customer")]


@pytest.mark.parametrize("text", ["'", '"', "%", "\\", "\0", "\U0001f600", "x" * 500, "<script>", "-", "9" * 30, "("])
def test_any_text_can_be_looked_for(shop: Any, text: str) -> None:
    for kind in ("text/html", "application/json"):
        assert shop(text, kind).status_code == 200
    assert "<script>" not in shop(text).text.replace(SCRIPT_TAG, "")


SCRIPT_TAG = "<script src"


def test_a_search_of_all_tables_goes_on_where_it_stopped(engine_url: str) -> None:
    Base(engine_url).run(*SHOP)
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", secret_key="x", query_timeout=2))
    client = app.test_client()
    ticks = iter(range(10**6))
    found, url, pages = set(), "/admin/find?q=anna", 0
    with pytest.MonkeyPatch.context() as patch:
        # Each look at the clock takes 0.3 s.
        slow = SimpleNamespace(**{**vars(time), "monotonic": lambda: next(ticks) * 0.3})
        patch.setattr("flaskadmin.time", slow)
        while url:
            page = client.get(url, headers=basic()).text
            found |= {head for head in groups(page) if head not in ("Tables", "Not fully searched")}
            onward = re.search(r'rel="next" href="([^"]+)">Continue with (\d+) more', page)
            url = "/admin/find" + onward[1].replace("&amp;", "&") if onward else ""
            pages += 1
            assert pages < 9
    assert pages > 1 and found >= {"Article", "Customer", "Note"}
    for engine in engines(app):
        engine.dispose()


def test_a_search_of_everything_begins_with_what_others_are_about(engine_url: str, unhurried: None) -> None:
    """Not with the first in the alphabet: the time may end before the last."""
    Base(engine_url).run(
        "CREATE TABLE patient (id integer PRIMARY KEY, name varchar(80))",
        "CREATE TABLE contact (id integer PRIMARY KEY, name varchar(80), patient integer REFERENCES patient (id))",
        "CREATE TABLE bill (id integer PRIMARY KEY, note varchar(80), patient integer REFERENCES patient (id))",
        "INSERT INTO patient VALUES (1, 'Otto')",
        "INSERT INTO contact VALUES (1, 'Otto''s aunt', 1)",
    )
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", secret_key="x"))
    assert [*groups(app.test_client().get("/admin/find?q=otto", headers=basic()).text)] == ["Patient", "Contact"]
    for engine in engines(app):
        engine.dispose()


def test_a_search_of_everything_names_first_who_is_called_so(engine_url: str, unhurried: None) -> None:
    """Not who merely mentions it: a name that begins so, then one that contains it, then the other columns."""
    others = [f"({n}, 'Person {n}', 'a friend of Otto')" for n in range(1, 40)]
    called = ["(90, 'Grotto GmbH', NULL)", "(91, 'Ottokar', NULL)", "(92, 'otto', NULL)"]
    Base(engine_url).run(
        "CREATE TABLE client (id integer PRIMARY KEY, name varchar(80), remark text)",
        f"INSERT INTO client VALUES {', '.join(others + called)}",
    )
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", secret_key="x"))
    get, best = app.test_client().get, ["Ottokar", "otto", "Grotto GmbH", "Person 1", "Person 2"]
    page = get("/admin/find?q=Otto", headers=basic()).text
    assert [
        html.unescape(re.sub("<[^>]+>", "", name)) for name in re.findall(r'<li><a href="[^"]+">(.*?)</a>', page)
    ] == best
    told = get("/admin/find?q=Otto", headers={**basic(), "Accept": "application/json"}).get_json()
    assert [one["label"] for one in told["records"]] == best
    for engine in engines(app):
        engine.dispose()


def test_the_keys_have_a_page(shop: Any) -> None:
    assert "/admin/shortcuts" in shop("").text


def test_no_table_or_record_has_the_address_of_a_page(engine_url: str, site: Any) -> None:
    rules = [str(rule).removeprefix("/admin/") for rule in site(engine_url).app.url_map.iter_rules()]
    words = {rule.split("/")[0] for rule in rules}
    words |= {rule.split("/")[1] for rule in rules if rule.startswith("<flaskadmin:table>/")}
    words = {word.replace("<string:form>", "csv") for word in words if word and not word.startswith("<")}
    assert {"history", "healthz", "sign-in", "static", "new", "import", "glance", "export.csv"} <= words
    Base(engine_url).run(
        *(f'CREATE TABLE "{word}" (id varchar(20) PRIMARY KEY, note text)' for word in words),
        *(f"INSERT INTO \"{word}\" VALUES ('{key}', 'of {word} and {key}')" for word in words for key in words),
    )
    browser = site(engine_url)
    tables = re.findall(r'href="([^"]+)" data-item', browser.get("/admin/glance/").text)
    assert len(tables) == len(words)
    for table in tables:
        rows = re.findall(r'class="o" href="([^"]+)".*?<td>(of [^<]+)</td>', browser.get(table).text)
        assert len({note for _address, note in rows}) == len(words), table
        assert [note for address, note in rows if note not in browser.get(address).text] == []


def test_a_search_of_a_list_tells_what_it_leaves_out(engine_url: str) -> None:
    Base(engine_url).run(*SHOP)
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", secret_key="x"))
    get = partial(app.test_client().get, headers=basic())
    page = get("/admin/customer/?search=anna&search_in=name,gone&search_in=&search_from=garbage").text
    assert "look in &#39;gone&#39;" in page and "/admin/customer/7" in page and "/admin/customer/8" not in page
    assert "Searched in: Name." in page
    assert page.count("<mark>") == 1 and "<mark>Anna</mark> &lt;b&gt;" in page
    assert "<mark>" not in get("/admin/customer/").text and 'class="looked"' not in get("/admin/customer/").text
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_search_of_everything_leaves_out_and_names_what_is_gone(engine_url: str, kind: str) -> None:
    Base(engine_url).run(*SHOP)
    app = create_app(Settings(db=(engine_url,), user="anna", password="pw", secret_key="x"))
    get = partial(app.test_client().get, headers={**basic(), "Accept": kind})
    assert get("/admin/").status_code == 200  # all names are known, no table was opened
    Base(engine_url).run("DROP VIEW names", "DROP TABLE article", "DROP TABLE note")
    answer = get("/admin/find?q=anna")
    assert answer.status_code == 200
    if kind == "text/html":
        assert set(groups(answer.text)) >= {"Customer"}
        left = html.unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("couldn’t be searched")[2]))
        assert "Article" in left and "Note" in left and "Customer" not in left
    for engine in engines(app):
        engine.dispose()


def test_a_key_that_the_account_may_not_read_breaks_no_search(postgres: Any) -> None:
    url, role = postgres.create(), f"reader_{uuid.uuid4().hex[:8]}"
    Base(url).run(*SHOP, f"CREATE ROLE {role} LOGIN", f"GRANT SELECT ON article, note TO {role}")
    Base(url).run(f"GRANT SELECT (name, secret) ON customer TO {role}")
    limited = url.replace("postgres@", f"{role}@")
    app = create_app(Settings(db=(limited,), user="anna", password="pw", secret_key="x"))
    get = partial(app.test_client().get, headers=basic())
    try:
        for path in ("find?q=anna", "find?q=7", "customer/", "status"):
            assert get(f"/admin/{path}").status_code == 200, path
        assert "Article" in groups(get("/admin/find?q=7").text)
        assert "Carla" in get("/admin/customer/").text
    finally:
        for engine in engines(app):
            engine.dispose()
        postgres.drop(url)
        postgres.execute(f"DROP ROLE {role}")


def test_each_of_several_databases_is_on_the_first_page(
    engine_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By turns, the tables with dates that others refer to most; which database each is of, is said."""
    monkeypatch.setattr(flaskadmin, "MAIN_SECONDS", 30.0)  # a busy machine shows fewer

    def tables(*names: str) -> list[str]:
        made = [f"CREATE TABLE {name} (id integer PRIMARY KEY, title text, created date)" for name in names]
        return [*made, *(f"CREATE TABLE of_{name} (id integer PRIMARY KEY, up integer REFERENCES {name} (id))"
                for name in names)]  # fmt: skip

    other = f"sqlite:///{tmp_path / 'other.db'}"
    (tmp_path / "other.db").touch()
    Base(engine_url).run(*tables("ant", "bee", "cow", "dog", "emu"))
    Base(other).run(*tables("yak", "zebra"))
    app = create_app(Settings(db=(f"farm={engine_url}", f"zoo={other}"), user="anna", password="pw", secret_key="x"))
    page = app.test_client().get("/admin/", headers=basic()).text
    shown = re.findall(r'data-part="/admin/(\w+/\w+)/glance.*?<small class="go">(\w+) · 0<', page, re.S)
    assert shown == [("farm/ant", "farm"), ("zoo/yak", "zoo"), ("farm/bee", "farm"), ("zoo/zebra", "zoo")]
    for engine in engines(app):
        engine.dispose()
