"""A database that lives while the site runs: migrations, other files, other servers, under pages that are open."""

from __future__ import annotations

import html
import logging
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import flaskadmin
import forms
from conftest import Browser
from core import Base

SHOP = """
CREATE TABLE shelf (id integer PRIMARY KEY, first text, _colour text, "so %" text, height numeric(6, 2));
INSERT INTO shelf VALUES (1, 'a', 'red', 'so', 1.5), (2, 'b', 'blue', NULL, 2), (3, 'c', NULL, 'x', NULL)
"""


class Live:
    """A site over a database that others change meanwhile."""

    def __init__(self, base: Base, browser: Browser) -> None:
        self.base = base
        self.browser = browser
        self.passed = 0.0  # seconds, by the site's clock

    def migrate(self, *statements: str, seen: bool) -> None:
        """Change the schema as another program does; the site has ``seen`` it when it looked since."""
        self.base.run(*statements)
        if seen:
            self.passed += flaskadmin.SCHEMA_SECONDS + 0.1

    def post(self, form: forms.Form, *button: str, files: Any = None) -> Any:
        """Submit a form by a button."""
        body, kind = form.body((button[0], button[1]), files=files)
        return self.browser.client.post(form.action, data=body, content_type=kind, headers=self.browser.headers)

    def step(self, answer: Any, path: str) -> forms.Form:
        """Return the form of an operation that an answer shows."""
        form = next(one for one in forms.read_forms(answer.text) if any(name == "step" for name, _ in one.buttons))
        form.action = form.action or path
        return form


def words(answer: Any) -> str:
    """Return what a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2])).split())


@pytest.fixture
def live(engine_url: str, site: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """A site over a small shop."""
    base = Base(engine_url)
    base.run(*SHOP.split(";"))
    found = Live(base, site(engine_url))
    clock = flaskadmin.time.monotonic
    monkeypatch.setattr(flaskadmin.time, "monotonic", lambda: clock() + found.passed)
    yield found


def seen_or_not(test: Any) -> Any:
    """Run a test before the site has looked at the schema again, and after that."""
    return pytest.mark.parametrize("seen", [False, True], ids=["at once", "seen"])(test)


# -- Forms that were open ----------------------------------------------------------


@seen_or_not
def test_what_was_typed_goes_into_its_own_column_wherever_that_stands_now(live: Live, seen: bool) -> None:
    form, new = live.browser.form("/admin/shelf/1/edit"), live.browser.form("/admin/shelf/new")
    live.migrate(
        'CREATE TABLE other (id integer PRIMARY KEY, "so %" text, height numeric(6, 2), _colour text)',
        'INSERT INTO other SELECT id, "so %", height, _colour FROM shelf; DROP TABLE shelf',
        "ALTER TABLE other RENAME TO shelf",
        seen=seen,
    )
    for one, button in ((form, "list"), (new, "list")):
        name = next(control.name for control in one.controls if control.name.endswith("colour"))
        one[name] = "green"
        if one is new:
            one["id"] = "9"
        answer = live.post(one, "_then", button)
        if answer.status_code != 303:
            answer = live.post(live.browser.form_in(answer.text, one.action), "_then", button)
        assert answer.status_code == 303, words(answer)
    assert live.base.rows('SELECT id, "so %", _colour FROM shelf ORDER BY id') == [
        (1, "so", "green"), (2, None, "blue"), (3, "x", None), (9, None, "green"),
    ]  # fmt: skip


@seen_or_not
@pytest.mark.parametrize("change", ["DROP COLUMN first", "RENAME COLUMN first TO opening"])
def test_what_was_typed_into_a_field_that_is_gone_is_not_lost(live: Live, change: str, seen: bool) -> None:
    paths = ("/admin/shelf/2/edit", "/admin/shelf/new", "/admin/shelf/new?like=2")
    opened = [live.browser.form(path) for path in paths]
    untouched = live.browser.form("/admin/shelf/3/edit")
    live.migrate(f"ALTER TABLE shelf {change}", seen=seen)
    before = live.base.rows("SELECT * FROM shelf ORDER BY id")
    for n, form in enumerate(opened):
        form["first"], form["height"] = f"typed {n}", f"{n}.25"
        if n:
            form["id"] = str(10 + n)
        answer = live.post(form, "_then", "list")
        if "has just been changed" in answer.text:  # the database said so first
            assert answer.status_code == 422 and not seen
            answer = live.post(form, "_then", "list")
        assert answer.status_code == 422, words(answer)
        assert f"“typed {n}”" in words(answer) and "First" in words(answer)
        assert live.base.rows("SELECT * FROM shelf ORDER BY id") == before
        again = live.browser.form_in(answer.text, form.action)
        assert again["height"] == f"{n}.25" and "first" not in again
    for form in opened:
        answer = live.post(form, "_then", "list")
        assert live.post(live.browser.form_in(answer.text, form.action), "_then", "list").status_code == 303
    stored = live.base.rows("SELECT height FROM shelf WHERE id IN (2, 11, 12) ORDER BY id")
    assert [f"{height:.2f}" for (height,) in stored] == ["0.25", "1.25", "2.25"]
    untouched["height"] = "7"
    assert live.post(untouched, "_then", "list").status_code == 303, "nothing was typed there"


@seen_or_not
def test_what_was_typed_into_a_field_that_was_closed_is_not_lost(live: Live, seen: bool) -> None:
    """A column that the database calculates now, say."""
    form = live.browser.form("/admin/shelf/2/edit")
    made = "STORED" if live.base.postgres else "VIRTUAL"
    live.migrate(
        "ALTER TABLE shelf DROP COLUMN first",
        f"ALTER TABLE shelf ADD COLUMN first text GENERATED ALWAYS AS ('b') {made}",
        seen=seen,
    )
    form["first"] = "typed"
    answer = live.post(form, "_then", "list")
    assert answer.status_code == 422 if seen else answer.status_code in (409, 422), words(answer)
    if seen:
        assert "“typed”" in words(answer)
        assert live.post(live.browser.form_in(answer.text, form.action), "_then", "list").status_code == 303


@seen_or_not
def test_an_import_puts_nothing_else_than_it_showed(live: Live, seen: bool) -> None:
    path = "/admin/shelf/import"
    live.migrate("CREATE UNIQUE INDEX by_first ON shelf (first)", seen=True)

    def previewed() -> forms.Form:
        form = next(one for one in forms.read_forms(live.browser.get(path).text) if "pasted" in one)
        form.action = path
        files = {"file": ("rows.csv", b"id,first,height\n11,new,4\n12,newer,5\n")}
        mapping = live.step(live.post(form, "x", "y", files=files), path)
        return live.step(live.post(mapping, "step", "preview"), path)

    form = previewed()
    live.migrate("DROP INDEX by_first; ALTER TABLE shelf RENAME COLUMN first TO opening", seen=seen)
    before = live.base.rows("SELECT * FROM shelf ORDER BY id")
    for _ in range(2):
        answer = live.post(form, "step", "run")
        assert answer.status_code in (409, 422), words(answer)
        assert live.base.rows("SELECT * FROM shelf ORDER BY id") == before
    assert "first" in words(answer) and "isn't there any more" in words(answer)
    form = live.step(answer, path)
    form["to1"] = "opening"
    answer = live.post(live.step(live.post(form, "step", "preview"), path), "step", "run")
    assert answer.status_code == 303, words(answer)
    assert live.base.rows("SELECT opening FROM shelf WHERE id > 10 ORDER BY id") == [("new",), ("newer",)]


def test_a_view_has_no_count_of_what_it_did_not_mean(live: Live) -> None:
    """Where the column that it filters by is gone, all records would be counted."""
    path = "/admin/shelf/views?first=a&height__gt=1"
    token = next(form for form in forms.read_forms(live.browser.get(path).text) if "name" in form)["csrf_token"]
    data = {"csrf_token": token, "do": "save", "name": "Mine", "pinned": "1"}
    assert live.browser.client.post(path, data=data, headers=live.browser.headers).status_code == 303
    assert "Shelf · 1<" in live.browser.get("/admin/").text
    live.migrate("ALTER TABLE shelf RENAME COLUMN first TO opening", seen=True)
    page = live.browser.get("/admin/").text
    assert "Mine</a> <small>Shelf<" in page
    (shown,) = {*re.findall(r'href="(/admin/shelf/[?][^"]*view=1)"', page)}
    assert "There is no column 'first'" in words(live.browser.get(html.unescape(shown)))


# -- A table that a migration holds ------------------------------------------------


@pytest.mark.parametrize("passed", [0, 61], ids=["at once", "a minute later"])
def test_a_table_that_a_migration_holds_keeps_nobody_waiting_for_long(
    postgres: Any, site: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, passed: int
) -> None:
    """Neither its own pages, nor those of tables that refer to it; all say what is the matter."""
    base = Base(postgres.create())
    base.run(*SHOP.split(";"), "CREATE TABLE book (id integer PRIMARY KEY, shelf integer REFERENCES shelf (id))")
    base.run("INSERT INTO book VALUES (1, 2), (2, 3)", "CREATE TABLE apart (id integer PRIMARY KEY)")
    browser = site(base.url, query_timeout=0.5, lock_timeout=2)
    live, clock = Live(base, browser), flaskadmin.time.monotonic
    monkeypatch.setattr(flaskadmin.time, "monotonic", lambda: clock() + live.passed)
    form = browser.form("/admin/shelf/2/edit")
    form["first"] = "typed"
    other = browser.form("/admin/book/1/edit")
    for path in ("shelf/", "shelf/2", "book/", "book/1", "apart/", "", "status"):
        assert browser.get(f"/admin/{path}").status_code == 200
    with base.connect() as migration, migration.transaction():
        migration.execute("ALTER TABLE shelf ADD COLUMN depth integer")
        live.passed += passed
        for path in ("shelf/", "shelf/2", "shelf/2/edit", "shelf/export.csv"):
            began = clock()
            answer = browser.get(f"/admin/{path}")
            assert answer.status_code == 503 and clock() - began < 4, (path, words(answer))
            assert "is just changing this record or its table" in words(answer), path
        began = clock()
        answer = live.post(form, "_then", "list")
        assert answer.status_code == 503 and clock() - began < 8 and "what you typed is kept" in words(answer)
        again = browser.form_in(answer.text, form.action)
        assert again["first"] == "typed"
        for path in ("book/", "book/1", "book/1/edit", "book/new", "", "status", "apart/", "find?q=x"):
            began = clock()
            answer = browser.get(f"/admin/{path}")
            assert answer.status_code == 200 and clock() - began < 5, (path, clock() - began)
            assert "can't be read" not in words(answer), path
        assert "/admin/book/2" in browser.get("/admin/book/").text, "though what it refers to has no names now"
        assert live.post(other, "_then", "list").status_code == 303, "nothing was changed"
    assert live.post(again, "_then", "list").status_code == 303
    live.passed += flaskadmin.SCHEMA_SECONDS + 0.1
    assert "Depth" in words(browser.get("/admin/shelf/2/edit"))
    assert base.rows("SELECT first, depth FROM shelf WHERE id = 2") == [("typed", None)]


def test_what_a_delete_takes_along_is_known_or_it_is_not_done(
    postgres: Any, site: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that nobody has looked at yet, and that a migration holds for a moment, may be one that goes along."""
    base = Base(postgres.create())
    base.run(*SHOP.split(";"), "CREATE TABLE book (id int PRIMARY KEY, shelf int REFERENCES shelf ON DELETE CASCADE)")
    base.run("INSERT INTO book VALUES (1, 2), (2, 3)")
    browser = site(base.url, lock_timeout=20)
    monkeypatch.setattr(flaskadmin, "CATALOGUE_WAIT", 0.2)
    form = browser.form("/admin/shelf/new")
    with base.connect() as migration:
        migration.execute("BEGIN")
        migration.execute("ALTER TABLE book ADD COLUMN pages integer")
        ended = threading.Timer(3, migration.rollback)
        ended.start()
        data = {"csrf_token": form["csrf_token"], "step": "run", "key": "2", "count": "1"}
        answer = browser.client.post("/admin/shelf/bulk?do=delete", data=data, headers=browser.headers)
        ended.join()
    assert answer.status_code in (409, 503), words(answer)
    assert base.rows("SELECT count(*) FROM shelf") == [(3,)] and base.rows("SELECT count(*) FROM book") == [(2,)]
    time.sleep(flaskadmin.SCHEMA_SECONDS)
    answer = browser.client.post("/admin/shelf/bulk?do=delete", data=data, headers=browser.headers)
    assert answer.status_code == 303 and base.rows("SELECT id FROM book") == [(2,)]
    number = re.findall(r"/admin/history/(\d+)/undo", browser.get("/admin/shelf/").text)[0]
    undo = f"/admin/history/{number}/undo"
    asked = next(one for one in forms.read_forms(browser.get(undo).text) if ("do", "all") in one.buttons)
    asked.action = undo
    assert Live(base, browser).post(asked, "do", "all").status_code == 303
    assert base.rows("SELECT count(*) FROM book") == [(2,)]


# -- What the one who runs it is told ----------------------------------------------


def lines_of(caplog: pytest.LogCaptureFixture, part: str) -> list[str]:
    """Return the warnings that contain a text."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING and
            part in record.getMessage()]  # fmt: skip


@pytest.mark.parametrize("way", ["NOLOGIN", "CONNECTION LIMIT 0", "dropped"])
def test_the_log_says_why_a_server_lets_nobody_in(
    postgres: Any, site: Callable[..., Browser], caplog: pytest.LogCaptureFixture, way: str
) -> None:
    url, role = postgres.create(), f"r{uuid.uuid4().hex[:9]}"
    postgres.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'geheim'")
    base = Base(url)
    base.run(*SHOP.split(";"), f"GRANT ALL ON shelf TO {role}")
    browser = site(url.replace("postgres@", f"{role}:geheim@"))
    assert browser.get("/admin/shelf/1").status_code == 200
    if way == "dropped":
        postgres.drop(url)
    else:
        postgres.execute(
            f"ALTER ROLE {role} {way}",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'",
        )
    for _ in range(3):
        answer = browser.get("/admin/shelf/1")
        assert answer.status_code == 503 and role not in answer.text
    assert "can't be reached" in words(browser.get("/admin/status"))
    reason = {"NOLOGIN": "not permitted to log in", "dropped": "does not exist"}.get(way, "too many connections")
    assert 1 <= len(lines_of(caplog, reason)) <= 2, [record.getMessage() for record in caplog.records]
    assert "geheim" not in caplog.text


@pytest.mark.parametrize("way", ["gone", "other", "damaged"])
def test_the_log_says_what_is_the_matter_with_a_file(
    tmp_path: Path, site: Callable[..., Browser], caplog: pytest.LogCaptureFixture, way: str
) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(b"")
    base = Base(f"sqlite:///{path}")
    base.run(*SHOP.split(";"))
    browser = site(base.url)
    assert browser.get("/admin/shelf/1").status_code == 200
    if way == "gone":
        path.unlink()
    elif way == "other":
        path.write_bytes(b"nothing of the kind" * 1000)
    else:
        base.run("UPDATE shelf SET first = 'z' WHERE id = 3")  # so that nobody remembers its pages
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(4096))
    for _ in range(3):
        assert browser.get("/admin/shelf/1").status_code in (422, 503)
    if way != "damaged":
        away = {"gone": "can't be reached", "other": "is not a SQLite database any more"}[way]
        assert away in words(browser.get("/admin/status"))
    (line,) = lines_of(caplog, {"gone": "CANTOPEN", "other": "NOTADB", "damaged": "CORRUPT"}[way])
    assert line.startswith("shop: ")


# -- A server that doesn't answer --------------------------------------------------


class Gate:
    """A server's door: connections are passed on until it is shut; then they are accepted, and nobody answers."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.shut = False
        self.taken: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """Take who comes."""
        with suppress(OSError):
            while True:
                caller = self.door.accept()[0]
                self.taken.append(caller)
                if not self.shut:
                    server = socket.socket(socket.AF_UNIX)
                    server.connect(self.path)
                    self.taken.append(server)
                    for pair in ((caller, server), (server, caller)):
                        threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    @staticmethod
    def pass_on(source: socket.socket, target: socket.socket) -> None:
        """Give what comes from one to the other."""
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def break_off(self) -> None:
        """End all connections."""
        for one in self.taken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.taken = []


def test_a_server_that_does_not_answer_is_not_waited_for_again_and_again(
    postgres: Any, site: Callable[..., Browser]
) -> None:
    """Else each part of a page waits for it, and so do all threads."""
    base = Base(postgres.create())
    base.run(*SHOP.split(";"))
    gate = Gate(os.path.join(postgres.host, ".s.PGSQL.5432"))
    url = base.source.url
    try:
        browser = site(f"postgresql://postgres@127.0.0.1:{gate.port}/{url.database}")
        form = browser.form("/admin/shelf/2/edit")
        form["first"] = "typed"
        assert browser.get("/admin/").status_code == 200
        gate.shut = True
        gate.break_off()
        began = time.monotonic()
        assert browser.get("/admin/shelf/2").status_code == 503
        assert time.monotonic() - began < 9
        began = time.monotonic()
        for path in ("shelf/", "", "status", "find?q=a", "shelf/export.csv"):
            assert browser.get(f"/admin/{path}").status_code in (200, 503)
        answer = browser.submit(form)
        assert answer.status_code == 503 and "what you typed is kept here" in words(answer)
        assert time.monotonic() - began < 3
        gate.shut = False
        gate.break_off()
        time.sleep(flaskadmin.AWAY_PAUSE)
        assert browser.submit(form).status_code == 303
    finally:
        gate.door.close()
        gate.break_off()
    assert base.rows("SELECT first FROM shelf WHERE id = 2") == [("typed",)]


def test_a_server_that_is_gone_without_a_word_is_noticed(postgres: Any) -> None:
    """Linux waits a quarter of an hour for an answer, and two hours before it asks at all."""
    url = flaskadmin.parse_source(postgres.url("postgres")).url
    engine = sa.create_engine(url, **flaskadmin.engine_options(url, flaskadmin.Settings()))
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        found = driver.info.get_parameters()
    engine.dispose()
    assert int(found["tcp_user_timeout"]) <= 30_000
    assert int(found["keepalives_idle"]) + int(found["keepalives_interval"]) * int(found["keepalives_count"]) <= 60
