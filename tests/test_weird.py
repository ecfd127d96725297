"""On the two weird databases: everything is reachable, every page opens, and an untouched save changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import forms
import pytest
import weird as databases
from conftest import Browser

PAGES_A_TABLE = 12
LEAKS = ("Traceback", "sqlite3.", "psycopg", "sqlalchemy", "SELECT ", "UPDATE ", "site-packages")


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
    """Every table and view that the database's own catalogue has is in /status, once, with a way to it or a reason."""
    entries = browser.objects()
    found = [name_of(entry) for entry in entries]
    own = {("" if weird.startswith("sqlite") else schema, name) for schema, name in databases.objects(weird)}
    assert own - set(found) == set()
    assert len(found) == len(set(found))
    for entry in entries:
        assert entry["urls"]["list"].startswith("/admin/"), entry
        assert entry["editable"] or entry["reason"], entry
        assert not entry["editable"] or entry["reason"] is None, entry


def test_every_page_opens(
    browser: Browser, engine_name: str, writes: list[str], subtests: pytest.Subtests
) -> None:
    """List, record, form and delete page of every row, and the new form; what can't be read is explained."""
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
    assert writes == []


def test_every_row_is_listed(browser: Browser, weird: str, engine_name: str, subtests: pytest.Subtests) -> None:
    """As many rows as the table has, each with an address of its own (but for rows that nothing tells apart)."""
    stored = {(s if engine_name == "postgresql" else "", n): rows for (s, n), rows in databases.dump(weird).items()}
    for entry in browser.objects():
        name = name_of(entry)
        if name not in stored or unreadable(engine_name, entry) or name == ("public", "inherit_city"):
            continue
        with subtests.test(str(name)):
            rows = list(rows_of(browser, entry["urls"]["list"]))
            assert len(rows) == len(stored[name])
            if entry["editable"]:
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
            "fts_contentless", "fts_words", "view_plain", "view_grouped", "view_union", "view_same_names", "view_no_rows",
            "view_recursive", "view odd/name", "fts_external", *databases.UNREADABLE["sqlite"],
        },
        "postgresql": {
            "zero_columns", "view_joined", "view_grouped", "view_union", "view_recursive", "view_no_columns", "materialized",
            "foreign_file", *databases.UNREADABLE["postgresql"],
        },
    }[engine_name]  # fmt: skip
    unexpected = {name: reason for name, reason in read_only.items() if name not in expected}
    with subtests.test("editable"):
        # A system's own shadow tables, and types that no one writes, may be read-only, each with its reason.
        assert {n: r for n, r in unexpected.items() if not n.startswith(("type_", "fts", "rtree", "sqlite_"))} == {}
