"""Section 6: what a user may see and do holds on every page, by whatever way one asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from conftest import Browser
from core import Base

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
