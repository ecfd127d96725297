"""Section 21: the templates, the style sheet and the script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, select_autoescape

import flaskadmin
from calls import traced
from core import Base

HOSTILE = "<script>alert(1)</script>\"'&"
ASSET = re.compile(r'(?:href|src)="([^"]+\.(?:css|js))"')


@pytest.mark.parametrize("name", sorted(flaskadmin.PAGES))
def test_template_has_no_inline_code_and_escapes_everything(name: str) -> None:
    text = flaskadmin.PAGES[name]
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", text)
    Environment(loader=DictLoader(flaskadmin.PAGES), autoescape=select_autoescape()).parse(text)


def test_style_and_script_are_light_and_load_nothing() -> None:
    assets = [flaskadmin.Asset(flaskadmin.STYLE, "css"), flaskadmin.Asset(flaskadmin.SCRIPT, "js")]
    assert sum(len(asset.plain) for asset in assets) <= 80_000
    assert not re.search(r"url\(|@import|https?://", flaskadmin.STYLE)
    assert not re.search(r"https?://|\beval\(|new Function|innerHTML|document\.write", flaskadmin.SCRIPT)


def test_list_page_is_light(site: Any, engine_url: str) -> None:
    Base(engine_url).run(
        "CREATE TABLE goods (id integer PRIMARY KEY, name text, b text, c text, d date, e integer, f integer, g text)",
        *(
            f"INSERT INTO goods VALUES ({n}, 'Name of {n}', 'b', 'c{n}', '2026-11-22', {n}, {n}, NULL)"
            for n in range(60)
        ),
    )
    page = site(engine_url).get("/admin/goods/").text
    assert page.count("<tr") == 51
    assert len(page.encode()) <= 30_000


def test_a_list_is_followed_by_few_functions(site: Any, engine_url: str) -> None:
    """What a reader of the file must look at to know how 50 rows of 8 columns are shown, once the schema is known."""
    Base(engine_url).run(
        "CREATE TABLE town (id integer PRIMARY KEY, name text)",
        "CREATE TABLE goods (id integer PRIMARY KEY, name text, b text, amount numeric(10, 2), made date, e integer, "
        "town_id integer REFERENCES town (id), g text)",
        *(f"INSERT INTO town VALUES ({n}, 'Town {n}')" for n in range(5)),
        *(
            f"INSERT INTO goods VALUES ({n}, 'Name of {n}', 'b', {n}.5, '2026-11-22', {n}, {n % 5}, NULL)"
            for n in range(60)
        ),
    )
    browser, traces = site(engine_url), []
    for _ in range(3):  # what is asked once in some seconds isn't in each
        with traced() as calls:
            assert browser.get("/admin/goods/").status_code == 200
        traces.append(calls)
    calls = min(traces, key=lambda one: len(one.counts))
    assert len(calls.counts) <= 122, calls.names
    assert len(calls.deepest) <= 12, calls.deepest


def test_a_save_is_followed_by_few_functions(site: Any, engine_url: str) -> None:
    """What a reader of the file must look at to know what saving one field does: no more than it was made to be."""
    Base(engine_url).run(
        "CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE orders (id integer PRIMARY KEY, title text, customer_id integer REFERENCES customer (id), "
        "placed date, total numeric(10, 2), note text, paid boolean)",
        "INSERT INTO customer VALUES (1, 'Ada')",
        "INSERT INTO orders VALUES (1, 'Order no. 1', 1, '2026-11-22', 12.50, 'a note', NULL)",
    )
    browser, traces = site(engine_url), []
    for note in ("warms up", "is counted", "and again"):
        form = browser.form("/admin/orders/1/edit")
        form["note"] = note
        with traced() as calls:
            answer = browser.submit(form)
        assert answer.status_code == 303
        traces.append(calls)
    calls = min(traces, key=lambda one: len(one.counts))
    assert len(calls.counts) <= 177, calls.names
    assert len(calls.deepest) <= 15, calls.deepest


def test_assets_are_cached_for_good_and_compressed(site: Any, engine_url: str) -> None:
    browser = site(engine_url)
    found = ASSET.findall(browser.get("/admin/").text)
    assert len(found) == 2
    for url in found:
        answer = browser.client.get(url, headers={"Accept-Encoding": "gzip"})  # before sign-in, too
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        again = browser.client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_no_value_becomes_markup(site: Any, engine_url: str) -> None:
    quoted = HOSTILE.replace("'", "''")
    Base(engine_url).run(
        "CREATE TABLE parent (id integer PRIMARY KEY, name text)",
        "CREATE TABLE child (id integer PRIMARY KEY, parent_id integer REFERENCES parent (id), "
        f'"{HOSTILE.replace(chr(34), chr(34) * 2)}" text)',
        f"INSERT INTO parent VALUES (1, '{quoted}')",
        f"INSERT INTO child VALUES (1, 1, '{quoted}')",
    )
    browser = site(engine_url)
    plain = [
        "parent/",
        "parent/1",
        "parent/1/edit",
        "parent/1/delete",
        "child/",
        "child/1",
        "child/1/edit",
        "child/new",
    ]
    odd = [f"{start}{HOSTILE}" for start in ("child/?sort=", "child/?search=", "child/?", "?find=")]
    for url in [*plain, *odd]:
        answer = browser.get(f"/admin/{url}")
        assert answer.status_code == 200, url
        assert "<script>alert" not in answer.text, url
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    picked = browser.get("/admin/child/pick?column=parent_id&q=")
    assert picked.get_json()["results"][0]["label"] == HOSTILE
