"""What the first edition kept is read by this one: its history is whole and can be undone, its views open.

tests/data holds a small shop and the state that the first edition kept of it, as SQL: two people edited, imported,
deleted with what went along, undid, exported, saved views and chose columns, over HTTP. These files can't be made
again: that program is gone.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import flaskadmin
from conftest import close
from core import Base
from test_history import Staff, mounted, words
from test_state import Staff as ViewStaff

DATA = Path(__file__).parent / "data"
EDITED, MOVED, BULK, IMPORT, DELETED, ADDED, UNDO = 1, 3, 5, 7, 9, 11, 15  # the numbers of its change sets
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def old_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The old shop with its state, under the name by which the state knows it."""
    if engine_name == "sqlite":
        shop = tmp_path / "first_edition.db"
        for path in (shop, tmp_path / "first_edition.db.flaskadmin.db"):
            with closing(sqlite3.connect(path)) as connection:
                name = "first_edition" if path == shop else "first_edition_state"
                connection.executescript((DATA / f"{name}.sql").read_text(encoding="utf-8"))
        yield f"sqlite:///{shop}"
        return
    server = request.getfixturevalue("postgres")
    server.execute("CREATE DATABASE first_edition TEMPLATE template0 ENCODING 'UTF8'")
    url = server.url("first_edition")
    with psycopg.connect(url) as connection:
        connection.execute((DATA / "first_edition_postgresql.sql").read_bytes())
    yield url
    server.drop(url)


@pytest.fixture
def people(old_url: str) -> Iterator[Callable[[str], Any]]:
    """``people(name)`` is someone at a site over the old shop."""
    state = "" if "sqlite" in old_url else "same"
    app = mounted(old_url, None, lambda: flaskadmin.request.headers.get("X-Name", ""), {"state": state})

    def make(name: str) -> Any:
        return type("Both", (Staff, ViewStaff), {})(app, name)

    yield make
    close(app)


def stored(old_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that stands in the shop."""
    base = Base(old_url)
    return {name: base.rows(f"SELECT * FROM {name} ORDER BY id") for name in ("town", "harbour", "visit")}


def verify(old_url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of the history."""
    state = [] if "sqlite" in old_url else ["--state", "same"]
    assert flaskadmin.main(["history", "verify", "--db", old_url, *state]) == 0
    return capsys.readouterr().out


def test_the_history_is_whole(old_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"17 lines, 15 rows, head [0-9a-f]{64}\n", verify(old_url, capsys))


def test_the_history_is_read(people: Callable[[str], Any]) -> None:
    anna = people("anna")
    page = words(anna.page("/admin/history"))
    for part in ("Bergen", "Voss", "Molde", "Stavanger", "visits.csv", "by mistake", "bob", "anna"):
        assert part in page, part
    page = words(anna.page(f"/admin/history/{EDITED}"))
    assert "Ida" in page and "Liv" in page and "windy" in page
    page = words(anna.page(f"/admin/history/{DELETED}"))
    assert "Stavanger" in page and "South quay" in page and "East quay" in page
    assert "Bergen" in anna.page("/admin/town/1/history") and "Tuesday" in anna.page("/admin/visit/20/history")
    link = re.findall(r'href="(/admin/history/content/[^"]+)"', anna.page(f"/admin/history/{DELETED}"))[0]
    assert anna.get(link.replace("&amp;", "&")).data == PHOTO
    exported = anna.get("/admin/history/export.jsonl").text
    assert "The ferry to the islands" in exported and "Liv" in exported


def test_the_history_goes_on_and_is_undone(
    people: Callable[[str], Any], old_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = people("anna")
    anna.save("/admin/town/1/edit", mayor="Odd")
    for number in (anna.newest, UNDO, ADDED, DELETED, IMPORT, BULK, MOVED, EDITED):
        assert anna.undo(number).status_code == 303, number
    now = stored(old_url)
    assert [row[:3] for row in now["town"]] == [(1, "Bergen", "Ida"), (2, "Stavanger", "Bo"), (3, "Voss", "Nina")]
    assert now["town"][1][3] == "The ferry to the islands leaves at seven, and comes back at nine in the evening. " * 60
    assert bytes(now["town"][1][4]) == PHOTO and now["town"][0][3] == "wet"
    assert now["harbour"] == [(1, 1, "North"), (2, 2, "South"), (3, 2, "East")]
    assert now["visit"] == [(1, 1, "Monday"), (2, 2, "Tuesday")]
    assert verify(old_url, capsys)


def test_views_and_settings_are_read(people: Callable[[str], Any]) -> None:
    anna, bob = people("anna"), people("bob")
    menu = anna.menu("/admin/town/")
    assert {"West", "Mayors", "Newest first"} <= {*menu} and "Bob's own" not in str(menu)
    assert menu["West"].startswith("/admin/town/?name=Bergen&sort=name&view=")
    assert any("own" in name for name in bob.menu("/admin/town/")) and "West" not in bob.menu("/admin/town/")
    page = words(bob.page("/admin/town/"))
    assert page.index("Molde") < page.index("Voss") < page.index("Bergen")  # by the team's default
    assert "Sunday" in anna.get("/admin/visit/").text and "Friday" not in anna.get("/admin/visit/").text
    first = words(anna.page("/admin/"))
    assert all(part in first for part in ("At Bergen", "Mayors", "Bergen", "Voss"))
    columns = next(form for form in anna.forms_of("/admin/town/columns") if "show.mayor" in form)
    assert "show.notes" not in columns and columns["size"] == "20"
