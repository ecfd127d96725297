"""Section 17: who may come in."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

import flaskadmin
from conftest import close
from flaskadmin import (
    FlaskAdminDB,
    ProductionConfig,
    Settings,
    SettingsError,
    TestingConfig,
    Users,
    create_app,
)

PASSWORD = "correct horse: battery ™"
QUICK = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
PAGE = {"Accept": "text/html"}
OURS = {"Origin": "http://localhost", **PAGE}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
    return tmp_path


def site(**settings: object) -> Flask:
    given = {"db": "shop.db", "password": QUICK, "secret_key": "k" * 32, **settings}
    return create_app(TestingConfig(**given))


@pytest.fixture
def app() -> Flask:
    return site()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Clock:
    """Time that passes when it is told to; the throttle's as well as the sessions'."""

    def __init__(self) -> None:
        self.now = time.time()
        self.begun = self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    it = Clock()
    begun = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: it.now)
    monkeypatch.setattr(time, "monotonic", lambda: begun + it.now - it.begun)
    yield it


def token(client: FlaskClient, page: str = "/admin/sign-in") -> str:
    found = re.search(r'name="?csrf_token"? value="([^"]+)"', client.get(page, headers=PAGE).text)
    assert found
    return found[1]


def sign_in(client: FlaskClient, name: str = "admin", password: str = PASSWORD, **more: str) -> TestResponse:
    form = {"name": name, "password": password, "csrf_token": token(client), **more}
    return client.post("/admin/sign-in", data=form, headers=OURS)


def is_in(client: FlaskClient) -> bool:
    status = client.get("/admin/", headers=PAGE).status_code
    assert status in (200, 302)
    return status == 200


# Who may come in


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/status", "/admin/item/", "/admin/item/new", "/admin/item/1", "/admin/nothing/", "/x"],
)
def test_stranger_sees_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (401, 404) and "item" not in answer.text.replace("/admin/item", "")
    page = client.get(path, headers=PAGE)
    assert page.status_code == 404 or unquote(page.location) == f"/admin/sign-in?next={path}"


def test_program_is_asked_for_basic(client: FlaskClient) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        ("admin", PASSWORD, 200),
        ("admin", PASSWORD + " ", 401),
        ("Admin", PASSWORD, 401),
        ("admin", "", 401),
        ("", "", 401),
        ("nobody", PASSWORD, 401),
        ("admin\0", PASSWORD, 401),
    ],
)
def test_basic(client: FlaskClient, name: str, password: str, status: int) -> None:
    assert client.get("/admin/", auth=(name, password)).status_code == status


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!", "Basic YWRtaW4=", "Bearer x", "Digest a=b", "basic /w==", "Basic \xff"]
)
def test_malformed_authorization(client: FlaskClient, header: str) -> None:
    assert client.get("/admin/", headers={"Authorization": header}).status_code == 401


def test_browser_signs_in_and_goes_on(client: FlaskClient) -> None:
    answer = sign_in(client, next="/admin/item/?sort=name")
    assert (answer.status_code, answer.location) == (303, "/admin/item/?sort=name")
    assert is_in(client)


def test_sign_in_by_a_plain_password(folder: Path) -> None:
    client = site(password=PASSWORD).test_client()
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 200


def test_sign_in_by_a_password_file(folder: Path) -> None:
    (folder / "secret").write_bytes(PASSWORD.encode() + b"\r\n")
    client = site(password="", password_file="secret").test_client()
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 200


def test_nobody_could_sign_in() -> None:
    with pytest.raises(SettingsError, match="FLASKADMIN_PASSWORD"):
        site(password="")


# Users


def write_users(folder: Path, **passwords: str) -> Path:
    path = folder / "users.txt"
    lines = [f"{name}: {generate_password_hash(text, 'pbkdf2:sha256:1000')}" for name, text in passwords.items()]
    path.write_text("\n".join(["# who may come in", "", *lines]), "utf-8")
    return path


def test_users_of_a_file_come_besides_the_one(folder: Path) -> None:
    client = site(users=write_users(folder, anna="a", zoë="z")).test_client()
    for pair in (("anna", "a"), ("zoë", "z"), ("admin", PASSWORD)):
        assert client.get("/admin/", auth=pair).status_code == 200
    assert client.get("/admin/", auth=("anna", "z")).status_code == 401


@pytest.mark.parametrize("line", ["anna:secret", "anna", ":scrypt:1:1:1$a$00", "anna:scrypt:x$y$z"])
def test_plain_password_in_the_file_is_refused(folder: Path, line: str) -> None:
    path = folder / "users.txt"
    path.write_text(f"\n{line}\n")
    with pytest.raises(SettingsError, match=r"Line 2 .*hash-password") as caught:
        site(users=path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "cost",
    ["scrypt:1073741824:8:1", "scrypt:1000:8:1", "scrypt:1:8:1", "scrypt:16384:8:0", "pbkdf2:sha256:99999999999"],
)
def test_hash_that_cannot_be_verified_is_refused_at_the_start(folder: Path, cost: str) -> None:
    """Else whoever signs in would wait for ever, or be told that the site is broken."""
    hashed = f"{cost}$salt${'0' * (128 if 'scrypt' in cost else 64)}"
    path = folder / "users.txt"
    path.write_text(f"anna:{hashed}\n")
    with pytest.raises(SettingsError, match=r"Line 1 .* cost is out of bounds. .*hash-password"):
        site(users=path)
    with pytest.raises(SettingsError, match="cost is out of bounds"):
        site(password=hashed)


def test_user_taken_out_of_the_file_is_out_at_once(folder: Path) -> None:
    client = site(users=write_users(folder, anna="a", bob="b")).test_client()
    assert sign_in(client, "bob", "b").status_code == 303 and is_in(client)
    write_users(folder, anna="other")
    assert not is_in(client)
    assert client.get("/admin/", auth=("anna", "a")).status_code == 401
    assert client.get("/admin/", auth=("anna", "other")).status_code == 200


def test_mistake_in_the_changed_file_changes_nothing(folder: Path) -> None:
    path = write_users(folder, anna="a")
    client = site(users=path).test_client()
    for damage in (lambda: path.write_text("anna:oops"), path.unlink):
        damage()
        assert client.get("/admin/", auth=("anna", "a")).status_code == 200


def test_changed_password_ends_sessions() -> None:
    """An unchanged one doesn't, though another process hashed it."""
    client = site(password=PASSWORD).test_client()
    sign_in(client)
    cookie = client.get_cookie("flaskadmin_session")
    assert cookie
    for password, kept in ((PASSWORD, True), (PASSWORD + "!", False)):
        other = site(password=password).test_client()
        other.set_cookie("flaskadmin_session", cookie.value)
        assert is_in(other) == kept


@pytest.mark.parametrize("method", ["scrypt", "scrypt:16384:8:1", "pbkdf2:sha256:600000", "pbkdf2:sha512:1000"])
def test_unknown_name_costs_what_a_known_one_costs(method: str) -> None:
    users = Users.load(Settings(password=generate_password_hash(PASSWORD, method)))
    times = {name: min(timed(users, name) for _ in range(5)) for name in ("admin", "nobody", "somebody")}
    assert 0.4 < times["admin"] / times["nobody"] < 2.5 and 0.4 < times["admin"] / times["somebody"] < 2.5


def test_users_file_that_is_being_written_locks_nobody_out(folder: Path) -> None:
    """Its lines come one after the other, and the last one is cut for a while."""
    path = write_users(folder, **{f"user{n}": f"password {n}" for n in range(9)})
    text, client = path.read_text("utf-8"), site(users=path).test_client()

    def write() -> None:
        for _ in range(3):
            with path.open("w", encoding="utf-8") as file:
                for at in range(0, len(text), 40):
                    file.write(text[at : at + 40])
                    file.flush()
                    time.sleep(0.02)

    with ThreadPoolExecutor(1) as pool:
        writing, statuses = pool.submit(write), set()
        while not writing.done():
            answer = client.get("/admin/status", auth=("user8", "password 8"))
            statuses.add(answer.status_code)
    assert statuses == {200}


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: text + "0", lambda text: text.upper()])
def test_hash_of_another_length_is_none(folder: Path, damage: Callable[[str], str]) -> None:
    path = folder / "users.txt"
    path.write_text("anna:" + damage(generate_password_hash("a", "pbkdf2:sha256:1000")))
    with pytest.raises(SettingsError, match="Line 1"):
        site(users=path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "0.0.0.0", "password": "x"}, "password"),
        ({"host": "192.0.2.7", "password": "hunter2"}, "password"),
        ({"host": "::", "secret_key": "short"}, "FLASKADMIN_SECRET_KEY"),
    ],
)
def test_secret_that_can_be_guessed_is_refused_on_a_public_address(settings: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        site(**settings)
    close(site(**{**settings, "host": "127.0.0.1"}))


def test_short_password_in_a_file_is_refused_on_a_public_address(folder: Path) -> None:
    (folder / "secret").write_text("abc\n")
    with pytest.raises(SettingsError, match="8 characters"):
        site(host="0.0.0.0", password="", password_file="secret")


@pytest.mark.parametrize("name", ["a:b", ":", ""])
def test_name_that_basic_cannot_send_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="--user"):
        site(user=name)


def timed(users: Users, name: str) -> float:
    begun = time.perf_counter()
    assert not users.verify(name, "wrong")
    return time.perf_counter() - begun


# Guessing


def test_throttle_by_name_stands_before_every_way(client: FlaskClient, clock: Clock) -> None:
    csrf = token(client)
    form = {"name": "admin", "password": "wrong", "csrf_token": csrf}
    for _ in range(5):
        assert client.get("/admin/", auth=("admin", "wrong")).status_code == 401
        assert client.post("/admin/sign-in", data=form, headers=OURS).status_code == 401
    answer = client.get("/admin/", auth=("admin", PASSWORD))
    assert answer.status_code == 429 and 0 < int(answer.headers["Retry-After"]) <= 61
    form["password"] = PASSWORD
    assert client.post("/admin/sign-in", data=form, headers=OURS).status_code == 429
    clock.pass_by(61)
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 200


def test_throttle_does_not_spare_a_remembered_password(client: FlaskClient, clock: Clock) -> None:
    """What was right a moment ago could be guessed at without end otherwise."""
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 200
    for _ in range(10):
        client.get("/admin/", auth=("admin", "wrong"))
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 429


def test_throttle_leaves_others_alone(client: FlaskClient, clock: Clock) -> None:
    for _ in range(11):
        client.get("/admin/", auth=("admin", "wrong"), environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert client.get("/admin/", auth=("admin", PASSWORD)).status_code == 200


def guess(app: Flask, name: str, password: str, address: str = "127.0.0.1") -> int:
    client = app.test_client()
    return client.get("/admin/", auth=(name, password), environ_base={"REMOTE_ADDR": address}).status_code


def test_place_that_guesses_at_many_names_does_not_bar_the_right_password(app: Flask, clock: Clock) -> None:
    """Behind a proxy that isn't named, everyone comes from one address."""
    assert {guess(app, f"user{n}", "wrong") for n in range(60)} == {401}
    assert guess(app, "user3", "wrong") == 429  # a name that it guessed at has to wait
    assert guess(app, "admin", PASSWORD) == 200


def test_right_password_comes_in_at_a_slower_pace_while_others_guess(app: Flask, clock: Clock) -> None:
    assert [guess(app, "admin", "wrong") for _ in range(12)] == [401] * 10 + [429] * 2
    assert guess(app, "admin", PASSWORD) == 429
    clock.pass_by(7)
    assert guess(app, "admin", "wrong") == 401 and guess(app, "admin", PASSWORD) == 429
    clock.pass_by(7)
    assert guess(app, "admin", PASSWORD) == 200


@pytest.mark.parametrize("places", ["192.0.2.{}", "2001:db8:0:{:x}::1", "::ffff:192.0.2.{}"])
def test_name_has_a_limit_over_all_addresses(app: Flask, clock: Clock, places: str) -> None:
    statuses = [guess(app, "admin", f"wrong {n}", places.format(n)) for n in range(100)]
    assert statuses == [401] * 30 + [429] * 70
    assert guess(app, "other", "wrong", "198.51.100.1") == 401
    clock.pass_by(7)
    assert guess(app, "admin", PASSWORD, "198.51.100.1") == 200


def test_addresses_of_one_network_count_as_one(app: Flask, clock: Clock) -> None:
    statuses = [guess(app, "admin", "wrong", f"2001:db8:1:2::{n:x}") for n in range(1, 13)]
    assert statuses == [401] * 10 + [429] * 2
    assert guess(app, "admin", PASSWORD, "2001:db8:1:3::1") == 200


def test_place_that_the_name_comes_from_is_spared(app: Flask, clock: Clock) -> None:
    assert guess(app, "admin", PASSWORD, "203.0.113.5") == 200
    clock.pass_by(3600)  # what was verified is forgotten
    for n in range(40):
        guess(app, "admin", "wrong", f"192.0.2.{n}")
    assert guess(app, "admin", "wrong", "198.51.100.1") == 429
    assert guess(app, "admin", PASSWORD, "203.0.113.5") == 200


def test_browser_that_the_name_has_used_is_spared(app: Flask, client: FlaskClient, clock: Clock) -> None:
    sign_in(client)
    client.post("/admin/sign-out", data={"csrf_token": token(client, "/admin/")}, headers=OURS)
    for n in range(40):
        guess(app, "admin", "wrong", f"192.0.2.{n}")
        guess(app, "admin", "wrong")
    assert guess(app, "admin", PASSWORD, "198.51.100.1") == 429
    assert sign_in(client).status_code == 303
    thief = app.test_client()
    thief.set_cookie("flaskadmin_device", "forged")
    assert sign_in(thief).status_code == 429


def test_guesses_sent_at_once_are_counted(app: Flask) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: guess(app, "admin", "wrong"), range(48)))
    assert statuses.count(401) <= 10 and set(statuses) <= {401, 429, 503}


def test_wrong_passwords_leave_threads_for_those_who_are_signed_in(folder: Path) -> None:
    """Verifying takes half a second here; 100 strangers at once are told at once that they have to wait."""
    app = site(password=generate_password_hash(PASSWORD, "pbkdf2:sha256:1500000"), threads=4)
    inside = app.test_client()
    assert sign_in(inside).status_code == 303
    with ThreadPoolExecutor(4) as pool:  # as many as the server has threads
        begun = time.monotonic()
        waiting = [pool.submit(guess, app, f"user{n}", "wrong", f"192.0.2.{n}") for n in range(100)]
        assert pool.submit(is_in, inside).result()
        assert time.monotonic() - begun < 10
        answers = [one.result() for one in waiting]
    assert answers.count(503) > 80 and set(answers) <= {401, 503}


def test_many_people_sign_in_at_once() -> None:
    app = site(threads=12)
    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(guess, app, "admin", PASSWORD, f"192.0.2.{n}") for n in range(12)]
        assert {one.result() for one in answers} == {200}


def test_who_has_to_wait_is_told_how_long(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """While as many passwords are verified as may be at once, the form comes back at once, and says so."""
    app = site(threads=2)
    assert guess(app, "someone", "wrong", "192.0.2.7") == 401  # while nobody guesses, all wait for their turn
    begun, go_on = threading.Event(), threading.Event()

    def slow(_users: Users, _name: str, _password: str) -> bool:
        begun.set()
        return not go_on.wait(20)

    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(Users, "verify", slow)
        first = pool.submit(guess, app, "admin", "wrong")
        assert begun.wait(20)
        client = app.test_client()
        answer = client.get("/admin/", auth=("admin", PASSWORD))
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
        answer = client.put("/admin/item/", auth=("admin", PASSWORD), headers=PAGE)
        assert answer.status_code == 405 and "<main" in answer.text and "can't be shown" not in caplog.text
        answer = sign_in(client)
        assert answer.status_code == 503 and "Try again" in answer.text and PASSWORD not in answer.text
        answer = sign_in(client, typed_action="/admin/item/1/edit", **{"typed.name": "typed for long"})
        assert answer.status_code == 503 and "typed for long" in answer.text and PASSWORD not in answer.text
        go_on.set()
        assert first.result() == 401
    assert sign_in(client).status_code == 303


@pytest.fixture
def processes(engine_url: str) -> Iterator[list[FlaskClient]]:
    """Clients of two sites over one database, which know of each other by the state alone."""
    state = "same" if engine_url.startswith("postgresql:") else ""
    settings = Settings(db=(engine_url,), user="admin", password=PASSWORD, secret_key="k", state=state)
    apps = [create_app(settings) for _ in range(2)]
    yield [app.test_client() for app in apps]
    for app in apps:
        close(app)


def test_guesses_at_one_process_count_for_all(processes: list[FlaskClient], clock: Clock) -> None:
    one, other = processes
    for turn in range(10):
        assert (one, other)[turn % 2].get("/admin/", auth=("admin", "wrong")).status_code == 401
    assert one.get("/admin/", auth=("admin", "wrong")).status_code == 429
    assert other.get("/admin/", auth=("admin", PASSWORD)).status_code == 429
    clock.pass_by(61)
    assert other.get("/admin/", auth=("admin", PASSWORD)).status_code == 200


def test_a_session_that_is_ended_at_one_process_is_ended_at_all(processes: list[FlaskClient], clock: Clock) -> None:
    one, other = processes
    sign_in(one)
    name = "flaskadmin_session"
    cookie = one.get_cookie(name)
    assert cookie is not None
    other.set_cookie(name, cookie.value)
    assert is_in(one) and is_in(other)
    one.post("/admin/sign-out", data={"csrf_token": token(one, "/admin/")}, headers=OURS)
    clock.pass_by(1.1)
    assert not is_in(one) and not is_in(other)


def test_session_is_spared_by_the_throttle(client: FlaskClient, clock: Clock) -> None:
    sign_in(client)
    for _ in range(11):
        client.application.test_client().get("/admin/", auth=("admin", "wrong"))
    assert is_in(client)


def test_basic_is_quick_the_second_time() -> None:
    """Verifying takes a second here."""
    client = site(password=generate_password_hash(PASSWORD, "pbkdf2:sha256:3000000")).test_client()
    begun = time.perf_counter()
    assert client.get("/admin/status", auth=("admin", PASSWORD)).status_code == 200
    first = time.perf_counter() - begun
    for _ in range(10):
        assert client.get("/admin/status", auth=("admin", PASSWORD)).status_code == 200
    assert time.perf_counter() - begun < 5 * first, "eleven verifications take eleven times as long"


# Sessions


def test_session_ends_when_idle(client: FlaskClient, clock: Clock) -> None:
    sign_in(client)
    for _ in range(3):
        clock.pass_by(479 * 60)
        assert is_in(client)
    clock.pass_by(481 * 60)
    assert not is_in(client)


def test_session_ends_in_any_case(client: FlaskClient, clock: Clock) -> None:
    sign_in(client)
    for _ in range(23):
        clock.pass_by(3600)
        assert is_in(client)
    clock.pass_by(3601)
    assert not is_in(client)


def test_sign_in_renews_the_session(client: FlaskClient) -> None:
    before = token(client)
    sign_in(client)
    form = {"csrf_token": before}
    assert client.post("/admin/preferences", data=form, headers=OURS).status_code == 403
    form = {"csrf_token": token(client, "/admin/")}
    assert client.post("/admin/preferences", data=form, headers=OURS).status_code == 303


def test_sign_out_ends_copies_of_the_cookie(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    cookie = client.get_cookie("flaskadmin_session")
    thief = app.test_client()
    assert cookie
    thief.set_cookie("flaskadmin_session", cookie.value)
    assert is_in(thief)
    client.post("/admin/sign-out", data={"csrf_token": token(client, "/admin/")}, headers=OURS)
    assert not is_in(client) and not is_in(thief)


def test_sign_out_everywhere_ends_all_sessions_of_the_user(folder: Path, clock: Clock) -> None:
    app = site(users=write_users(folder, anna="a" * 9))
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        assert sign_in(browser).status_code == 303
    other = app.test_client()
    assert sign_in(other, "anna", "a" * 9).status_code == 303
    page = browsers[0].get("/admin/preferences", headers=PAGE).text
    assert "Sign out everywhere" in page
    clock.pass_by(1)
    form = {"csrf_token": token(browsers[0], "/admin/"), "everywhere": "1"}
    assert browsers[0].post("/admin/sign-out", data=form, headers=OURS).status_code == 303
    assert not any(map(is_in, browsers)) and is_in(other)
    clock.pass_by(1)
    assert sign_in(browsers[1]).status_code == 303 and is_in(browsers[1])


def test_session_is_of_no_use_at_another_site_with_the_same_key(folder: Path) -> None:
    """It wouldn't know who signed out of the first."""
    shutil.copy("shop.db", "other.db")
    client = site().test_client()
    sign_in(client)
    cookie = client.get_cookie("flaskadmin_session")
    assert cookie
    for database, kept in (("shop.db", True), ("other.db", False)):
        second = site(db=database).test_client()
        second.set_cookie("flaskadmin_session", cookie.value)
        assert is_in(second) == kept


def test_cookies_of_two_ports_of_a_host_have_different_names(client: FlaskClient) -> None:
    names = set()
    for port in (38001, 38002):
        answer = client.get("/admin/sign-in", headers=PAGE, base_url=f"http://localhost:{port}")
        names.add(answer.headers["Set-Cookie"].partition("=")[0])
    assert names == {"flaskadmin_session_38001", "flaskadmin_session_38002"}


def test_sign_out_is_a_post(client: FlaskClient) -> None:
    sign_in(client)
    client.get("/admin/sign-out", headers=PAGE)
    assert is_in(client)


def test_cookie_tells_nothing_and_goes_nowhere_else(client: FlaskClient) -> None:
    answer = sign_in(client)
    header = next(text for text in answer.headers.getlist("Set-Cookie") if text.startswith("flaskadmin_session="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; ")) and "Secure" not in header
    answer = client.get("/admin/", base_url="https://localhost", headers=PAGE)
    header = answer.headers["Set-Cookie"]
    assert "; Secure" in header


def test_cookie_of_production_needs_tls() -> None:
    client = create_app(ProductionConfig(db="shop.db", password=PASSWORD, secret_key="k" * 32)).test_client()
    assert "; Secure" in client.get("/admin/sign-in", headers=PAGE).headers["Set-Cookie"]


def test_cookie_keeps_to_the_prefix() -> None:
    client = site(url_prefix="/tools").test_client()
    assert "; Path=/tools" in client.get("/tools/admin/sign-in", headers=PAGE).headers["Set-Cookie"]


def test_forged_session_is_no_session(app: Flask) -> None:
    from flask.sessions import SecureCookieSessionInterface

    other = Flask("other")
    other.secret_key = "guessed"
    signer = SecureCookieSessionInterface().get_signing_serializer(other)
    assert signer
    now = int(time.time())
    forged = signer.dumps({"_flaskadmin": {"id": "1", "user": "admin", "since": now, "seen": now, "proof": ""}})
    client = app.test_client()
    client.set_cookie("flaskadmin_session", forged)
    assert not is_in(client)


# Writes


def test_write_needs_the_token(client: FlaskClient) -> None:
    sign_in(client)
    form = {"csrf_token": token(client, "/admin/")}
    assert client.post("/admin/preferences", headers=OURS).status_code == 403
    assert client.post("/admin/preferences", data={"csrf_token": "x"}, headers=OURS).status_code == 403
    assert client.post("/admin/preferences", data=form, headers=OURS).status_code == 303
    header = {"X-CSRF-Token": form["csrf_token"], **OURS}
    assert client.post("/admin/preferences", headers=header).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, 403),
    ],
)
def test_write_needs_the_origin(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    sign_in(client)
    form = {"csrf_token": token(client, "/admin/")}
    assert client.post("/admin/preferences", data=form, headers=headers | PAGE).status_code == status


def test_write_by_basic_needs_the_token_too(client: FlaskClient) -> None:
    """A browser that was asked once sends the password with every form, whoever wrote it."""
    answer = client.post("/admin/preferences", auth=("admin", PASSWORD), headers=OURS)
    assert answer.status_code == 403


def test_form_stays_good_for_a_day(client: FlaskClient, clock: Clock) -> None:
    sign_in(client)
    form = {"csrf_token": token(client, "/admin/")}
    for _ in range(4):
        clock.pass_by(5 * 3600)
        assert is_in(client)
    assert client.post("/admin/preferences", data=form, headers=OURS).status_code == 303


# Where one goes next


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/t/a%2Fb?x=//evil.example", "/a//b", "/ż"])
def test_own_path_is_followed(client: FlaskClient, path: str) -> None:
    assert unquote(sign_in(client, next=path).location) == unquote(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "http:evil.example",
        "https://evil.example",
    ]
    + [
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        " //evil.example",
        "/\x00",
        "\\\\evil.example",
        "/a\\b",
    ],
)
def test_foreign_address_is_not_followed(client: FlaskClient, path: str) -> None:
    assert sign_in(client, next=path).location == "/admin/"


# Inside an app of one's own


def embedded(auth: object = None, **more: object) -> Flask:
    app = Flask("host")
    app.secret_key = "host"
    for name in ("one", "two"):
        given = {"name": name, "auth": auth, "password": "" if auth else PASSWORD, **more}
        FlaskAdminDB("shop.db", **given).init_app(app, url_prefix=f"/{name}")
    return app


def test_host_says_who_it_is() -> None:
    who: list[str] = []
    client = embedded(auth=lambda: who[0] if who else None).test_client()
    assert client.get("/one/", headers=PAGE).status_code in (401, 403)
    assert client.get("/one/", auth=("admin", "")).status_code in (401, 403)
    who.append("anna")
    assert client.get("/one/", headers=PAGE).status_code == 200


def test_two_sites_keep_their_sessions_apart() -> None:
    client = embedded().test_client()
    form = {"name": "admin", "password": PASSWORD, "csrf_token": token(client, "/one/sign-in")}
    assert client.post("/two/sign-in", data=form, headers=OURS).status_code == 403
    assert client.post("/one/sign-in", data=form, headers=OURS).status_code == 303
    assert client.get("/one/", headers=PAGE).status_code == 200
    assert client.get("/two/", headers=PAGE).status_code == 302


def test_user_is_not_kept_in_a_pushed_context() -> None:
    """Tests of a host app often hold an app context open: flask.g then outlives the request."""
    app = embedded()
    client = app.test_client()
    with app.app_context():
        assert client.get("/one/", auth=("admin", PASSWORD)).status_code == 200
        assert client.get("/one/").status_code == 401


# The log


def test_log_tells_who_came_and_never_a_password(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "flaskadmin"):
        sign_in(client, password="wrong one")
        sign_in(client, name="my password in the\nwrong box")
        sign_in(client)
        client.post("/admin/sign-out", data={"csrf_token": token(client, "/admin/")}, headers=OURS)
    said = [record.getMessage() for record in caplog.records]
    events = [text for text in said if " from 127.0.0.1" in text]
    assert events == [
        "wrong password: 'admin' from 127.0.0.1",
        "wrong password: an unknown name from 127.0.0.1",
        "signed in: 'admin' from 127.0.0.1",
        "signed out: 'admin' from 127.0.0.1",
    ]
    assert not any(secret in text for text in said for secret in (PASSWORD, "wrong one", "wrong\\nbox", "wrong box"))


# The key that signs sessions


def key_of(kind: type[Settings] = Settings, **settings: str) -> str:
    app = create_app(kind(db=("shop.db",), password=QUICK, **settings))
    assert isinstance(app.secret_key, str)
    close(app)
    return app.secret_key


def test_key_is_kept_for_this_user_alone(folder: Path) -> None:
    key = key_of()
    assert len(key) == 64 and key_of() == key
    path = folder / "home" / "flaskadmin" / "secret_key"
    assert path.read_text() == key and [path.name] == os.listdir(path.parent)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_key_made_by_several_processes_at_once_is_one(folder: Path) -> None:
    """In threads, Python 3.11 may fail in the ``ast.parse`` by which Werkzeug compiles routes."""
    code = "import flaskadmin as f; print(f.create_app(f.Settings(db=('shop.db',), password='x' * 12)).secret_key)"
    environment = {**os.environ, "PYTHONPATH": str(Path(flaskadmin.__file__).parent)}
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(6)]
    keys = [process.communicate(timeout=120)[0].strip() for process in started]
    assert len(keys[0]) == 64 and set(keys) == {keys[0]}


def test_key_is_made_anew_where_none_can_be_kept(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "home").write_text("a file in the way")
    assert key_of() != key_of()
    assert "sessions end" in caplog.text


def test_key_of_tests_is_not_kept(folder: Path) -> None:
    assert key_of(TestingConfig) != key_of(TestingConfig)
    assert not (folder / "home").exists()


def test_key_of_the_setting_wins() -> None:
    assert key_of(secret_key="mine") == "mine"


def test_sign_in_replaced_by_own_users(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seam of the README: a class with the same three methods."""

    class OwnUsers(Users):
        def verify(self, name: str, password: str) -> bool:
            return (name, password) == ("ldap", "said so")

        def fingerprint(self, name: str) -> str:
            return "1" if name == "ldap" else ""

    app = site()
    signing = app.extensions["flaskadmin"]["flaskadmin"].signing
    assert isinstance(signing, flaskadmin.SignIn)
    signing.users = OwnUsers({"ldap": ""})
    client = app.test_client()
    assert sign_in(client, "ldap", "said so").status_code == 303 and is_in(client)
    assert client.get("/admin/status", auth=("admin", PASSWORD)).status_code == 200  # the session speaks first
    assert app.test_client().get("/admin/", auth=("admin", PASSWORD)).status_code == 401
