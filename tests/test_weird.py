"""On the two weird databases: everything is reachable, every page opens, and an untouched save changes nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import pytest

import flaskadmin
import forms
import weird as databases
from conftest import Browser
from core import Base
from flaskadmin import NO_COLUMNS

PAGES_A_TABLE = 12
LEAKS = ("Traceback", "sqlite3.", "psycopg", "sqlalchemy", "SELECT ", "UPDATE ", "site-packages")


# Tables with rows that are alike in every value and have no address of their own.
ALIKE = {"rowid_all_taken"}
# What the database itself refuses to change, or drops in silence: said in words, and nothing is changed.
REFUSING = {
    "rules",
    "app_trigger",
    "part_no_key_0",
    "part_no_key_1",
    "triggers_refuse",
    "triggers_ignore",
    "triggers_broken",
    "rule_ignores",
    "view_with_rule",
    *ALIKE,
}


def name_of(entry: dict[str, Any]) -> tuple[str, str]:
    """Return (schema, name) of an object of /status; SQLite has no schema."""
    return ("" if entry["schema"] in (None, "main") else entry["schema"], entry["name"])


def rows_of(browser: Browser, url: str) -> Iterator[tuple[str, str]]:
    """Return (rel, address) of every row of a table, page by page."""
    for _page in range(PAGES_A_TABLE):
        response = browser.get(url)
        assert response.status_code == 200, f"{url}: {response.status_code} {words(response)}"
        links = forms.read_links(response.text)
        for link in links:
            if link.get("rel") in ("edit", "item"):
                yield link["rel"], urljoin(url, link["href"])
        following = [link["href"] for link in links if link.get("rel") == "next"]
        if not following:
            return
        url = urljoin(url, following[0])
    raise AssertionError(f"{url}: more than {PAGES_A_TABLE} pages")


def words(response: Any) -> str:
    """Return what an error page says, for a message."""
    start = response.text.find("<h1")
    return " ".join(re.sub(r"<[^>]*>", " ", response.text[start : start + 600]).split())[:300] if start > 0 else ""


def record_url(rel: str, url: str) -> str:
    """Return the address of a row's record page."""
    return url.rpartition("/")[0] if rel == "edit" else url


def unreadable(engine_name: str, entry: dict[str, Any]) -> bool:
    """Whether the database itself refuses to read an object."""
    return entry["name"] in databases.UNREADABLE[engine_name]


@pytest.fixture
def browser(weird: str, site: Callable[..., Browser]) -> Browser:
    """A site over a weird database, with large pages."""
    return site(weird, page_size=200, query_timeout=20.0)


def test_status_is_complete(browser: Browser, weird: str) -> None:
    """Every table and view that the database's own catalogue has is in /status, once, with a way or a reason."""
    entries = browser.objects()
    found = [name_of(entry) for entry in entries]
    own = {("" if weird.startswith("sqlite") else schema, name) for schema, name in databases.objects(weird)}
    assert own - set(found) == set()
    assert len(found) == len(set(found))
    for entry in entries:
        assert entry["urls"]["list"].startswith("/admin/"), entry
        assert entry["editable"] or entry["reason"], entry
        unfit = (None, "A foreign key refers to columns that aren't unique.")  # which forbids to add and delete rows
        assert not entry["editable"] or entry["reason"] in unfit, entry


def test_every_page_opens(browser: Browser, weird: str, engine_name: str, subtests: pytest.Subtests) -> None:
    """List, record, form and delete page of every row, and the new form; what can't be read is explained."""
    before = databases.dump(weird)
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/status").status_code == 200
    for entry in browser.objects():
        with subtests.test(str(name_of(entry))):
            url = entry["urls"]["list"]
            if unreadable(engine_name, entry):
                response = browser.get(url)
                assert response.status_code < 500, f"{url}: {response.status_code} {words(response)}"
                assert not any(leak in response.text for leak in LEAKS), words(response)
                continue
            for rel, row in rows_of(browser, url):
                assert (rel == "edit") is entry["editable"] or entry["editable"], (rel, row)
                pages = [record_url(rel, row)] + ([row, record_url(rel, row) + "/delete"] if rel == "edit" else [])
                for page in pages:
                    response = browser.get(page)
                    allowed = (200, 403) if page.endswith("/delete") else (200,)
                    assert response.status_code in allowed, f"{page}: {response.status_code} {words(response)}"
            if entry["urls"]["new"]:
                response = browser.get(entry["urls"]["new"])
                assert response.status_code == 200, f"{url}new: {response.status_code} {words(response)}"
    assert databases.dump(weird) == before, "a delete page runs the delete, and takes it back"


def test_every_row_is_listed(browser: Browser, weird: str, engine_name: str, subtests: pytest.Subtests) -> None:
    """As many rows as the table has, each with an address of its own (but for rows that nothing tells apart)."""
    stored = {(s if engine_name == "postgresql" else "", n): rows for (s, n), rows in databases.dump(weird).items()}
    for entry in browser.objects():
        name = name_of(entry)
        if name not in stored or unreadable(engine_name, entry) or name[1] in {"inherit_city", "zero_columns"}:
            continue
        with subtests.test(str(name)):
            rows = list(rows_of(browser, entry["urls"]["list"]))
            assert len(rows) == len(stored[name])
            if entry["editable"] and name[1] not in ALIKE:
                edited = [row for rel, row in rows if rel == "edit"]
                assert len(edited) == len(set(edited))


def test_saving_untouched_changes_nothing(
    browser: Browser, weird: str, engine_name: str, writes: list[str], subtests: pytest.Subtests
) -> None:
    """Opening and saving the form of every row changes no byte, makes no new row version and issues no UPDATE."""
    before = databases.dump(weird)
    for entry in browser.objects():
        if not entry["editable"] or unreadable(engine_name, entry):
            continue
        with subtests.test(str(name_of(entry))):
            for rel, row in rows_of(browser, entry["urls"]["list"]):
                if rel != "edit":
                    continue
                response = browser.submit(browser.form(row))
                assert response.status_code in (302, 303), f"{row}: {response.status_code} {words(response)}"
                assert writes == [], f"{row} wrote"
        writes.clear()
    assert databases.differences(before, databases.dump(weird)) == []


def test_every_editable_row_has_a_form(browser: Browser, engine_name: str, subtests: pytest.Subtests) -> None:
    """A table that is called editable has a form for its rows; no table with a key is read-only without need."""
    read_only = {entry["name"]: entry["reason"] for entry in browser.objects() if not entry["editable"]}
    expected = {
        "sqlite": {
            "fts_contentless", "fts_words", "view_with_trigger", "view_plain", "view_grouped", "view_union",
            "view_same_names", "view_no_rows",
            "view_recursive", "view odd/name", "fts_external", "app_check", "app_collation_indexed",
            "app_collation_key", "app_generated", "app_indexed", "app_trigger", "triggers_broken",
            *databases.UNREADABLE["sqlite"],
        },
        "postgresql": {
            "zero_columns", "view_joined", "view_grouped", "view_union", "view_recursive", "view_no_columns",
            "materialized",
            "foreign_file", *databases.UNREADABLE["postgresql"],
        },
    }[engine_name]  # fmt: skip
    unexpected = {name: reason for name, reason in read_only.items() if name not in expected}
    with subtests.test("editable"):
        # A system's own shadow tables, and types that no one writes, may be read-only, each with its reason.
        assert {n: r for n, r in unexpected.items() if not n.startswith(("type_", "fts", "rtree", "sqlite_"))} == {}
    with subtests.test("what only its own program has is named"):
        assert {n: r for n, r in read_only.items() if n.startswith("app_") and "own program" not in r} == {}


# -- A changed field changes its column of its row alone ---------------------------


def test_a_changed_field_changes_it_alone(
    browser: Browser, weird: str, engine_name: str, subtests: pytest.Subtests
) -> None:
    """A text typed into one field is stored in that column of that row, and nothing else of the table changes."""
    for entry in browser.objects():
        schema, name = name_of(entry)
        if not entry["editable"] or unreadable(engine_name, entry) or name in SELF_CHANGING:
            continue
        columns = [
            c for c in databases.text_columns(weird, schema or "main", name) if c.strip("_").isalnum() and c[0] != "_"
        ]
        if not columns or name == "odd_columns":
            continue
        column = next((c for c in ("note", "title", "name") if c in columns), columns[-1])
        with subtests.test(str((schema, name))):
            rows = [row for rel, row in rows_of(browser, entry["urls"]["list"]) if rel == "edit"]
            for number, row in enumerate(rows if name.startswith("key") else rows[:6]):
                changes_alone(browser, weird, (schema, name), row, column, f"by {sum(name.encode())} {number}")


SELF_CHANGING = {"triggers_change"}  # its own trigger changes more


def changes_alone(browser: Browser, url: str, table: tuple[str, str], row: str, column: str, text: str) -> None:
    """Type a text into one field of one row's form, and compare the whole table."""
    before = databases.cells(url, *table)
    form = browser.form(row)
    shown = form[column]
    if form.control(column).type == "file":
        return
    form[column] = text
    response = browser.submit(form)
    after = databases.cells(url, *table)
    gone, come = difference(before, after), difference(after, before)
    if response.status_code not in (302, 303):
        assert table[1] in REFUSING, f"{row}: {response.status_code} {words(response)}"
        assert response.status_code in (409, 422), f"{row}: {response.status_code} {words(response)}"
        assert (gone, come) == ([], []), row
        return
    assert len(gone) == len(come) == 1, f"{row}: {gone} -> {come}"
    changed = {c: (gone[0][c], come[0][c]) for c in gone[0] if gone[0][c] != come[0][c]}
    assert set(changed) == {column} or table[1].startswith("view_"), f"{row}: {changed}"
    assert forms.crlf(changed[column][0] or "") == forms.crlf(shown), (
        f"{row}: another row's {column} was changed: {changed}"
    )
    assert changed[column][1] == text or table[1] == "view_with_trigger", row


def difference(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that the others have not, or not as often."""
    left = Counter(map(repr, rows)) - Counter(map(repr, others))
    found = {repr(row): row for row in rows}
    return [found[text] for text, times in left.items() for _ in range(times)]


def test_odd_names_of_columns(browser: Browser, weird: str, subtests: pytest.Subtests) -> None:
    """Every column of the table of odd names can be changed by its own field, whatever it is called."""
    schema = "main" if weird.startswith("sqlite") else "public"
    entry = next(entry for entry in browser.objects() if entry["name"] == "odd_columns")
    row = f"{entry['urls']['list']}1/edit"
    names = [control.name for control in browser.form(row).controls if control.type in ("text", "textarea")]
    columns = databases.text_columns(weird, schema, "odd_columns")
    reached = set()
    for control in names:
        with subtests.test(control):
            before = databases.cells(weird, schema, "odd_columns")
            form = browser.form(row)
            if not form[control].startswith("value of "):
                continue
            form[control] = "a new value"
            response = browser.submit(form)
            assert response.status_code in (302, 303), f"{control}: {response.status_code} {words(response)}"
            after = databases.cells(weird, schema, "odd_columns")
            changed = [
                c
                for old, new in zip(sorted(before, key=by_id), sorted(after, key=by_id), strict=True)
                for c in old
                if old[c] != new[c]
            ]
            assert len(changed) == 1, changed
            reached.update(changed)
    assert set(columns) - reached == set()


def by_id(row: dict[str, Any]) -> str:
    return str(row["id"])


# -- Hostile requests --------------------------------------------------------------

ODD_TEXTS = (
    "", ".", "..", "~", "~~", "~n", "~r", "~r1", "~rx", "~i", "~i1", "~x", "~-", ",", ",,,,", "/", "//", "%00",
    "\0", "\xff", "\n", "'", '"', "' OR 1=1--",
    "1; DROP TABLE x", "-1", "0", "1e999", "NaN", "9" * 400, "-9223372036854775809", "99999999999.1.1",
    "1.1.1", "4294967296.0.1", "1.4294967295.65535",
    "v0000000000000000", "v0000000000000000,~,~,~", "vzz", "new", "edit", "delete", "../../etc/passwd",
    "%2e%2e%2f", "%25", "{{7*7}}", "<script>", "\ud800",
    "a" * 5000, "1,2,3,4,5,6,7", "2026-13-45", "infinity", "true", "[]", "{}", "null", "\u202e", "é" * 500,
    "+", "*", "__class__", "0x10", " ", "\t",
)  # fmt: skip
PARAMETERS = (
    "sort",
    "search",
    "after",
    "before",
    "size",
    "last",
    "page",
    "id",
    "col.id",
    "no such",
    "find",
    "next",
    "_next",
    "note",
    "",
    "q",
)
TOLD = (
    *LEAKS[:4],
    "site-packages",
    "flaskadmin.py",
    "/tests/",
    "LINE 1:",
    "syntax error",
    "OperationalError",
    "ProgrammingError",
    "DataError",
)


def unsound(response: Any, what: str) -> list[str]:
    """Return what is wrong with an answer that is an accident, or tells something of the inside."""
    text = response.get_data(as_text=True)
    told = [leak for leak in TOLD if leak in text and leak not in what]
    accident = response.status_code >= 500 and response.status_code != 503
    return [f"{what[:200]!r}: {response.status_code} {told}"] if told or accident else []


def hostile_targets(browser: Browser) -> list[dict[str, Any]]:
    """Return a table for each way that a row can be told from the others."""
    wanted = {
        "no_key", "no_key_uncomparable", "key_text", "key_composite", "key_blob", "key_bytea", "key_real",
        "key_float", "key_date", "key_uuid",
        "key_bool", "key_array", "key_range", "key_jsonb", "key_record", "fk_child", "fts", "rtree",
        "strict_types", "view_union", "view_updatable",
        "part_range", "rowid_all_taken", "without_types", "wide", "zero_columns",
    }  # fmt: skip
    return [entry for entry in browser.objects() if entry["name"] in wanted]


def address(text: str) -> str:
    """Return a text as a part of an address, byte by byte; what is escaped already stays so."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="%")


def test_hostile_keys(browser: Browser, subtests: pytest.Subtests) -> None:
    """A key that is none is a page that isn't there, whatever it says."""
    for entry in hostile_targets(browser):
        wrong: list[str] = []
        with subtests.test(entry["name"]):
            for text in ODD_TEXTS:
                for end in ("", "/edit", "/delete"):
                    url = f"{entry['urls']['list']}{address(text)}{end}"
                    wrong += unsound(browser.get(url), url)
            for text in ODD_TEXTS[::4]:
                url = f"{entry['urls']['list']}{address(text)}"
                wrong += unsound(
                    browser.client.post(f"{url}/edit", data={"_was": "{}", "id": "1"}, headers=browser.headers), url
                )
                wrong += unsound(
                    browser.client.post(f"{url}/delete", data={"_was": "{}", "number": "x"}, headers=browser.headers),
                    url,
                )
            assert wrong == []


def test_hostile_parameters(browser: Browser, subtests: pytest.Subtests) -> None:
    """A query that means nothing is an answer in words, or a list without it."""
    for entry in hostile_targets(browser):
        wrong: list[str] = []
        with subtests.test(entry["name"]):
            for name in PARAMETERS:
                for text in ODD_TEXTS[:: 1 if name in ("sort", "search", "after") else 3]:
                    url = f"{entry['urls']['list']}?{quote(name)}={address(text)}"
                    wrong += unsound(browser.get(url), url)
                    if entry["urls"]["new"] and name in ("id", "col.id", "note"):
                        url = f"{entry['urls']['new']}?{quote(name)}={address(text)}"
                        wrong += unsound(browser.get(url), url)
            for url in (f"?sort={quote(c)}&after={address(t)}" for c in ("id", "-id", "note") for t in ODD_TEXTS):
                wrong += unsound(browser.get(entry["urls"]["list"] + url), url)
            assert wrong == []


def test_every_column_is_filtered_and_sorted(browser: Browser, engine_name: str, subtests: pytest.Subtests) -> None:
    """Each operator that a column's type has, with a value that may not fit; each order; the form that builds them."""
    section = browser.app.extensions["flaskadmin"]["flaskadmin"].sections[0]
    for entry in browser.objects():
        if unreadable(engine_name, entry) or entry["reason"] == NO_COLUMNS:
            continue
        base, wrong = entry["urls"]["list"], []
        view = section.view(flaskadmin.TableName(*name_of(entry)))
        with subtests.test(entry["name"]):
            for place, column in enumerate(view.table.columns[:30]):
                pairs = [
                    (
                        f"any1.{flaskadmin.filter_name([column.name], operator)}",
                        ODD_VALUES[(place + n) % len(ODD_VALUES)],
                    )
                    for n, operator in enumerate(flaskadmin.operators_of(column))
                ]
                name = flaskadmin.filter_name([column.name], "is")
                asked = [pairs, *([(key.removeprefix("any1."), value)] for key, value in pairs[:3]), [(name, "~-")]]
                urls = [f"{base}?{urlencode(query, errors='surrogateescape')}" for query in asked]
                urls.append(f"{base}?sort=-{quote(flaskadmin.sort_token(column), errors='surrogateescape')}&search=1")
                urls.append(urls[0].replace("?", "filter?", 1))
                wrong += [found for url in urls for found in unsound(browser.get(url), url)]
            assert wrong == []


ODD_VALUES = ("1", "x'\"%_\\<b>", "2024-01", "yes", "7 days", "9" * 30, "~x00", "~i9", "1, 2", "", "month", "nan", "{}")


def test_hostile_names(browser: Browser) -> None:
    """A table that isn't there is a page that isn't there."""
    wrong: list[str] = []
    for text in ODD_TEXTS:
        for url in (
            f"/admin/{address(text)}/",
            f"/admin/{address(text)}",
            f"/{address(text)}",
            f"/admin/{address(text)}/new",
            f"/admin/a.{address(text)}/x",
        ):
            wrong += unsound(browser.get(url), url)
    assert wrong == []


def test_hostile_bodies(browser: Browser, subtests: pytest.Subtests) -> None:
    """A body that no browser sends is refused in words, and never an accident."""
    was = (
        "",
        "x",
        "[]",
        "null",
        "{",
        "1e999",
        json.dumps({"id": {"form": 1}}),
        json.dumps({"v": [1]}),
        '{"id": {"size": "x"}}',
        "[" * 5000,
        '{"note": 1}',
    )
    for entry in hostile_targets(browser):
        if not entry["editable"]:
            continue
        wrong: list[str] = []
        with subtests.test(entry["name"]):
            row = next(row for rel, row in rows_of(browser, entry["urls"]["list"]) if rel == "edit")
            form = browser.form(row)
            plain = {control.name: control.value for control in form.controls}
            free = [c.name for c in form.controls if not c.name.startswith(("_", "csrf"))][:4]
            bodies = [{**plain, "_was": text} for text in was]
            bodies += [{**plain, name: text} for name in free for text in ODD_TEXTS]
            bodies += [
                {},
                {"_was": plain.get("_was", "")},
                {**plain, "_next": "//evil.example"},
                {**plain, "_then": "x"},
                {**plain, "csrf_token": "x"},
            ]
            for body in bodies:
                data = {name: value.encode("utf-8", "surrogatepass") for name, value in body.items()}
                pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in data.items())
                response = browser.client.post(
                    form.action, data=pairs, content_type="application/x-www-form-urlencoded", headers=browser.headers
                )
                wrong += unsound(response, f"{form.action} { ({n: v for n, v in body.items() if plain.get(n) != v}) }")
            for kind in (
                "application/json",
                "multipart/form-data; boundary=x",
                "multipart/form-data",
                "text/plain",
                "application/x-www-form-urlencoded",
            ):
                wrong += unsound(
                    browser.client.post(
                        form.action, data=b"\xff\x00--x\r\n%", content_type=kind, headers=browser.headers
                    ),
                    kind,
                )
            assert wrong == []


# -- Values that no parser expects -------------------------------------------------

NASTY = (
    "1e4000000", "-1e-4000000", "1e999999999999999999999", "9" * 4301, "0." + "1" * 5000, "[" * 100_000, '{"a":' * 3000,
    "²", "٣", "１２", "\ud800", "\udc80", "a\0b", "~i" + "9" * 4301, "~f1e999", "~x²", "99999 years", "9999-12-31",
    "0000-00-00", "٢٠٢٦-٠١-٠١", "infinity", "nan", "-0", "1_000",
)  # fmt: skip
NASTY_TABLES = {
    "sqlite": """
        CREATE TABLE thing (id INTEGER PRIMARY KEY, whole INTEGER, part DECIMAL(12,2), big NUMERIC, real REAL,
            yes BOOLEAN, day DATE, at DATETIME, clock TIME, doc JSON, word VARCHAR(20), any, raw BLOB,
            small INT CHECK (small IN (1, 2)));
        CREATE TABLE pair (a NUMERIC, b TEXT, note TEXT, PRIMARY KEY (a, b));
        INSERT INTO thing (id, word) VALUES (1, 'one'); INSERT INTO pair VALUES (1, 'b', 'n')""",
    "postgresql": """
        CREATE TABLE thing (id int PRIMARY KEY, whole bigint, part numeric(40,2), big numeric, real float8, yes boolean,
            day date, at timestamp, moment timestamptz, clock time, doc json, docb jsonb, word varchar(20), u uuid,
            raw bytea, span interval, many int[], small int CHECK (small IN (1, 2)), net inet, price money);
        CREATE TABLE pair (a numeric, b text, note text, PRIMARY KEY (a, b));
        INSERT INTO thing (id, word) VALUES (1, 'one'); INSERT INTO pair VALUES (1, 'b', 'n')""",
}


@pytest.fixture
def nasty(engine_url: str, engine_name: str, site: Callable[..., Browser]) -> Browser:
    """A site over a table with a column of each family, and one whose key is of a number and a text."""
    Base(engine_url).run(NASTY_TABLES[engine_name])
    return site(engine_url)


def form_body(fields: Mapping[str, str]) -> str:
    """Return fields as a form's body, lone surrogates as the bytes that they would be."""
    return "&".join(f"{quote(n)}={quote(v.encode('utf-8', 'surrogatepass'))}" for n, v in fields.items())


@pytest.mark.parametrize("part", range(4))
def test_no_text_is_an_accident_wherever_it_is_read(nasty: Browser, part: int) -> None:
    """In a filter, a search, a key, a cursor, a size, a form, a bulk edit: each text in a part of the places."""
    section = nasty.app.extensions["flaskadmin"]["flaskadmin"].sections[0]
    view = section.view(next(name for name in section.schema.tables() if name.name == "thing"))
    form = nasty.form("/admin/thing/1/edit")
    plain = {control.name: control.value for control in form.controls}
    names = ("search", "after", "before", "size", "last", "sort", "q", "start", "doc.a")
    wrong: list[str] = []

    def get(url: str) -> None:
        wrong.extend(unsound(nasty.get(url), url))

    for n, text in enumerate(NASTY[part::4]):
        typed = quote(text[:20_000].encode("utf-8", "surrogatepass"))
        for place, column in enumerate(view.table.columns):
            operators = [*flaskadmin.operators_of(column)]
            for operator in {operators[(n + place) % len(operators)], operators[0], operators[-1]}:
                get(f"/admin/thing/?{quote(flaskadmin.filter_name([column.name], operator))}={typed}")
        for place, name in enumerate(names):
            for page in (
                "thing/",
                "pair/",
                ("thing/pick", "thing/filter", "history", "find", "thing/chart")[place % 5],
            ):
                get(f"/admin/{page}?{name}={typed}")
        get(f"/admin/thing/?doc.{typed[:60]}=1")
        for key in ("thing/%s", "pair/%s,b", "pair/1,%s", "thing/%s/edit", "history/%s", "thing/column/whole?size=%s"):
            get(f"/admin/{key % typed}")
        typable = [c.name for c in form.controls if c.name != "csrf_token"][n % 2 :: 2]
        bodies = [(form.action, {**plain, name: text}) for name in typable]
        token = {"csrf_token": plain["csrf_token"], "step": "preview", "all": "1", "key": "1", "count": text}
        for how, column in [("set", "whole"), ("add", "part"), ("multiply", "big"), ("add", "real")]:
            bulk = {**token, "do": "edit", "column0": column, "how0": how, "value0": text}
            bodies.append(("/admin/thing/bulk?do=edit&key=1", bulk))
        action = quote(f"action{text[:5000]}".encode("utf-8", "surrogatepass"))
        bodies += [(f"/admin/thing/bulk?do={action}&key=1", {**token, "do": f"action{text[:5000]}"})]
        for action, body in bodies:
            kind = "application/x-www-form-urlencoded"
            answer = nasty.client.post(action, data=form_body(body), content_type=kind, headers=nasty.headers)
            wrong += unsound(answer, f"{action[:80]} { ({n: v[:20] for n, v in body.items() if plain.get(n) != v}) }")
    assert wrong == []
