"""Section 8: what staff keep (views, columns, records they had open), where, and what if it can't be."""

from __future__ import annotations

import html
import os
import re
import sqlite3
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request

import flaskadmin
import forms
from conftest import PASSWORD, USER, Browser, close
from core import Base, statements
from flaskadmin import Settings, create_app

TABLES = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text NOT NULL, country text, size integer)",
    "INSERT INTO town VALUES (1, 'Oslo', 'NO', 700), (2, 'Graz', 'AT', 290), (3, 'Wien', 'AT', 1900)",
)
TOWN = "/admin/town/"


class Staff(Browser):
    """A browser in which someone fills in the forms of the pages about views and columns, without JavaScript."""

    def forms_of(self, url: str) -> list[forms.Form]:
        """Return the forms of a page that lead to the page itself."""
        answer = self.get(url)
        assert answer.status_code == 200, answer.text[:2000]
        found = [form for form in forms.read_forms(answer.text) if form.method == "post"]
        return [form for form in found if form.action.split("?")[0] == url.split("?")[0]]

    def press(self, form: forms.Form, *button: str) -> Any:
        """Submit a form by a button."""
        body, kind = form.body((button[0], button[1]))
        return self.client.post(form.action, data=body, content_type=kind, headers=self.headers)

    def save_view(self, query: str, name: str, *flags: str, team: bool = False, table: str = TOWN) -> Any:
        """Save the list with this query as a view."""
        form = next(form for form in self.forms_of(f"{table}views{query}") if "whose" in form)
        form["name"] = name
        form["whose"] = "team" if team else "me"
        form.controls += [forms.Control(flag, "on", "checkbox") for flag in flags]
        return self.press(form, "do", "save")

    def choose(self, do: str, url: str = f"{TOWN}columns", **values: str | None) -> Any:
        """Fill in the page of columns: a value, or None for a box that isn't ticked."""
        (form,) = self.forms_of(url)
        for name, value in values.items():
            name = name.replace("__", ".")
            form.controls = [control for control in form.controls if control.name != name]
            form.controls += [forms.Control(name, value, "text")] if value is not None else []
        return self.press(form, "do", do)

    def menu(self, url: str = TOWN) -> dict[str, str]:
        """Return the links of the list's saved views, and of its bar, by their words."""
        page = self.get(url).text
        found = re.findall(r'(?:<nav class="tabs".*?</nav>.*?)?<form class="chips bar".*?</form>', page, re.S)[0]
        links = re.findall(r'<a (?:class="[^"]*" )?href="([^"]*)"[^>]*>(.*?)</a>', found, re.S)
        return {re.sub(r"<[^>]+>", "", words).strip(): url.replace("&amp;", "&") for url, words in links}


def headings(page: str) -> list[str]:
    head = re.findall(r"<thead>.*?</thead>", page, re.S)[0]
    return [re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.S)]


def keys(page: str) -> list[str]:
    return re.findall(r'<a rel="(?:edit|item)" href="[^"]+">([^<]+)</a>', page)


def notices(page: str) -> list[str]:
    return [re.sub("<[^>]+>", "", text) for text in re.findall(r'<p class="note[^"]*"[^>]*>(.*?)</p>', page, re.S)]


@pytest.fixture
def staff(engine_url: str) -> Iterator[Callable[..., Staff]]:
    """``staff()`` is someone at a site over towns; ``staff("bo", of=someone)`` another one at the same site."""
    Base(engine_url).run(*TABLES)
    apps = []

    def make(who: str = USER, *, of: Browser | None = None, url: str = engine_url, **options: Any) -> Staff:
        app = of.app if of else create_app(url, auth=lambda: request.headers.get("X-User"), secret_key="x", **options)
        apps.append(app)
        browser = Staff(app)
        browser.headers = {"X-User": who, "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        return browser

    yield make
    for app in apps:
        close(app)


def state_of(browser: Browser) -> flaskadmin.State:
    """The state of a browser's site."""
    (site,) = browser.app.extensions["flaskadmin"].values()
    found: flaskadmin.State = site.state
    return found


def state_file(url: str) -> Path:
    """The file where the state of a site over ``url`` stands by default."""
    path = flaskadmin.parse_source(url).url.database or ""
    return Path(f"{path}.flaskadmin.db") if url.startswith("sqlite") else Path("flaskadmin-state.db")


# -- Where it stands ---------------------------------------------------------------


def test_a_site_that_only_reads_makes_nothing(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    for page in (
        "",
        "town/",
        "town/?sort=name&size=20",
        "town/1",
        "town/1/edit",
        "town/columns",
        "town/views",
        "preferences",
    ):
        assert browser.get(f"/admin/{page}").status_code == 200
    assert not state_file(engine_url).exists()
    assert not list(Path().glob("*flaskadmin*"))


def test_the_first_write_makes_it_for_its_owner_alone(staff: Callable[..., Staff], engine_url: str) -> None:
    before = Base(engine_url).rows("SELECT * FROM town")
    browser = staff()
    assert browser.save_view("?country=AT", "Austria").status_code == 303
    file = state_file(engine_url)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT number FROM flaskadmin_version").fetchone() == (
            flaskadmin.STATE_VERSION + len(flaskadmin.STATE_STEPS),
        )
    assert [one["name"] for one in browser.objects()] == ["town"]  # the client's database got nothing
    assert Base(engine_url).rows("SELECT * FROM town") == before


def test_a_saved_record_makes_it_too(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    form = browser.form("/admin/town/1/edit")
    form["name"] = "Bergen"
    assert browser.submit(form).status_code == 303
    assert state_file(engine_url).exists()
    assert ">Bergen</a>" in browser.get("/admin/").text


@pytest.mark.parametrize("where", ["file", "same", "server"])
def test_state_elsewhere(
    staff: Callable[..., Staff], engine_url: str, request: pytest.FixtureRequest, where: str
) -> None:
    """A file of one's own, the client's database, or a PostgreSQL server."""
    server = request.getfixturevalue("postgres").create() if where == "server" else ""
    browser = staff(state={"file": "kept.db", "same": "same", "server": server}[where])
    try:
        browser.save_view("?country=AT", "Austria", "pinned")
        assert headings(browser.get(browser.menu()["Austria"]).text)[0] == "ID"
        assert browser.choose("keep", size="20").status_code == 303
        assert not state_file(engine_url).exists() and Path("kept.db").exists() is (where == "file")
        assert [one["name"] for one in browser.objects()] == ["town"]  # its tables aren't the client's
        postgres, base = engine_url.startswith("postgresql"), Base(engine_url)
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'flaskadmin'"
        own = base.rows(names if postgres else "SELECT name FROM sqlite_master WHERE name LIKE 'flaskadmin%view'")
        assert bool(own) is (where == "same")
        again = staff(state={"file": "kept.db", "same": "same", "server": server}[where])
        assert "Austria" in again.menu()
    finally:
        close(browser.app)
        if server:
            close(again.app)
            request.getfixturevalue("postgres").drop(server)


def test_the_clients_own_address_means_the_same_database(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff(state=engine_url)
    browser.save_view("", "Everything")
    assert "Everything" in browser.menu() and [one["name"] for one in browser.objects()] == ["town"]


def test_a_database_of_another_kind_is_refused(engine_url: str) -> None:
    base = Base(engine_url)
    with pytest.raises(flaskadmin.SettingsError, match="mysql databases can't be opened"):
        flaskadmin.State.of(Settings(state="mysql://localhost/x"), [base.database()])


def test_a_state_file_is_no_database_of_the_clients(tmp_path: Path) -> None:
    """It is not offered to whoever mistypes a name."""
    for name in ("shop.db", "shop.db.flaskadmin.db", "shop.db.flaskadmin.db-wal", "flaskadmin-state.db"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(flaskadmin.StartError) as told:
        flaskadmin.check_file(str(tmp_path / "shap.db"), create=False)
    assert told.value.remedy == "Near it: shop.db."
    with pytest.raises(flaskadmin.StartError) as told:
        flaskadmin.check_file(str(tmp_path / "zzzzzz"), create=False)
    assert told.value.remedy == "Near it: shop.db."


# -- When it can't be kept ---------------------------------------------------------


@pytest.mark.parametrize("way", ["none", "no folder", "damaged", "newer"])
def test_the_site_works_on(staff: Callable[..., Staff], tmp_path: Path, way: str) -> None:
    """And says so where something would have been kept."""
    (tmp_path / "file").write_bytes(b"not a database at all, but long enough to have been one" * 100)
    with closing(sqlite3.connect(tmp_path / "newer")) as connection:
        connection.executescript("CREATE TABLE flaskadmin_version (number); INSERT INTO flaskadmin_version VALUES (99)")
    place = {"none": "none", "no folder": "file/state.db", "damaged": "file", "newer": "newer"}[way]
    browser = staff(state=place if way == "none" else str(tmp_path / place))
    for page in ("", "town/", "town/?view=1&columns=name", "town/1", "town/columns", "town/views"):
        assert browser.get(f"/admin/{page}").status_code == 200
    if way == "none":  # whoever starts it so wants no history
        form = browser.form("/admin/town/1/edit")
        form["name"] = "Bergen"
        assert browser.submit(form).status_code == 303 and "Bergen" in browser.get(TOWN).text
    answer = browser.save_view("?country=AT", "Austria")
    assert answer.status_code == 503 and "can&#39;t be kept: " in answer.text and 'value="Austria"' in answer.text
    answer = browser.choose("keep", show__name=None)
    assert answer.status_code == 503 and "can&#39;t be kept: " in answer.text
    assert str(tmp_path) not in answer.text and "Traceback" not in answer.text
    assert browser.choose("once", show__name=None).headers[
        "Location"
    ] == "/admin/town/?columns=id,country,size".replace(",", "%2C")
    (form,) = (form for form in browser.forms_of("/admin/preferences") if ("forget", "1") in form.buttons)
    assert browser.press(form, "forget", "1").status_code == 303


def test_without_a_place_for_the_history_nothing_is_changed(staff: Callable[..., Staff], tmp_path: Path) -> None:
    """It is written ahead; what was typed is kept, and is saved once there is a place again."""
    folder = tmp_path / "there"
    folder.mkdir()
    browser = staff(state=str(folder / "state.db"))
    form = browser.form("/admin/town/1/edit")
    form["name"] = "Bergen"
    folder.rename(tmp_path / "away")
    for _ in range(2):
        answer = browser.submit(form)
        assert answer.status_code == 503 and "read-only: its history can&#39;t be written" in answer.text
        assert 'value="Bergen"' in answer.text and "Bergen" not in browser.get(TOWN).text
    page = browser.get("/admin/town/1")
    assert "history can&#39;t be written" in page.text and "1/edit" not in page.text
    assert browser.get("/admin/town/1/edit").status_code == 403
    (tmp_path / "away").rename(folder)
    browser.app.extensions["flaskadmin"]["flaskadmin"].state._refused = 0.0, ""  # as if STATE_PAUSE had gone by
    assert browser.submit(form).status_code == 303 and "Bergen" in browser.get(TOWN).text


def test_a_state_that_is_written_to_is_waited_for(staff: Callable[..., Staff], engine_url: str) -> None:
    """Another process may hold it for a moment; one that holds it for long is told."""
    browser = staff(lock_timeout=0.2)
    browser.save_view("", "Everything")
    with closing(sqlite3.connect(state_file(engine_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "Everything" in browser.menu()  # readers don't wait for writers
        answer = browser.save_view("", "Some")
        assert answer.status_code == 503 and "is busy" in answer.text
        other.execute("ROLLBACK")
    assert browser.save_view("", "Some").status_code == 303


def test_a_state_that_was_deleted_is_made_again(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    browser.save_view("", "Old")
    for file in state_file(engine_url).parent.glob(state_file(engine_url).name + "*"):
        file.unlink()
    assert "Old" not in browser.menu()
    browser.save_view("", "New")
    assert "New" in browser.menu() and "Old" not in browser.menu()


def test_a_database_in_memory_keeps_nothing() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLES[0])
    app = create_app(Settings(secret_key="x", password=PASSWORD, user=USER), engine=engine)
    browser = Staff(app)
    assert browser.get(TOWN).status_code == 200
    assert browser.save_view("", "Everything").status_code == 503
    assert not list(Path().glob("*flaskadmin*"))
    engine.dispose()


# -- Steps and processes -----------------------------------------------------------


STEP = ("ALTER TABLE {saved_view} ADD COLUMN colour text", "UPDATE {saved_view} SET colour = 'red'")


Opener = Callable[..., flaskadmin.State]


@pytest.fixture
def open_state(state_url: str) -> Iterator[Opener]:
    """``open_state()`` is a state at ``state_url`` with connections of its own, as another process has."""
    made: list[flaskadmin.State] = []

    def make(steps: Any = flaskadmin.STATE_STEPS) -> flaskadmin.State:
        settings, source = Settings(), flaskadmin.parse_source(state_url).url
        engine = sa.create_engine(source, **flaskadmin.engine_options(source, settings))
        made.append(flaskadmin.State(flaskadmin.Database(engine, settings), steps))
        return made[-1]

    yield make
    for state in made:
        state.close()


@pytest.fixture
def state_url(engine_url: str, tmp_path: Path) -> str:
    """Where a state may be made: a file that isn't there yet, or an empty PostgreSQL database."""
    return engine_url if engine_url.startswith("postgresql") else f"sqlite:///{tmp_path}/state.db"


AT = flaskadmin.TableRef("shop", "", "town")


def test_an_old_state_upgrades_itself(open_state: Opener) -> None:
    old = open_state()
    kept = flaskadmin.Preferences(old, "anna")
    kept.save(flaskadmin.SavedView(0, AT, "Austria", kept.owner, "country=AT"))
    new = open_state([*flaskadmin.STATE_STEPS, STEP])
    assert [view.name for view in flaskadmin.Preferences(new, "anna").of_table(AT).views] == [
        "Austria"
    ]  # by reading alone
    with new.writing() as connection:
        assert connection.execute(sa.select(new.tables.version.c.number)).scalar() == new.newest
        found = connection.exec_driver_sql(f"SELECT colour FROM {new.tables.saved_view.fullname}").scalar()
    assert found == "red"
    with pytest.raises(flaskadmin.Unavailable, match="made by a newer version"), open_state().writing():
        pass


def test_a_step_that_fails_leaves_the_state_as_it_was(open_state: Opener) -> None:
    old = open_state()
    flaskadmin.Preferences(old, "anna").put("a", lambda _: 1)
    broken = open_state([*flaskadmin.STATE_STEPS, (STEP[0], "UPDATE nowhere SET x = 1")])
    with pytest.raises(flaskadmin.Unavailable), broken.writing():
        pass
    assert flaskadmin.Preferences(broken, "anna").get("a") is None
    again = open_state()
    assert flaskadmin.Preferences(again, "anna").get("a") == 1


def test_many_processes_make_one_state(open_state: Opener) -> None:
    """Each has an engine of its own; none of their writes is lost."""
    states = [open_state() for _ in range(6)]
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                add = partial(lambda entry, before: [*(before or []), entry], f"{number}.{turn}")
                flaskadmin.Preferences(states[number], "anna").put("all", add)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = flaskadmin.Preferences(states[0], "anna", fresh=True).get("all")
    assert sorted(found) == sorted(f"{number}.{turn}" for number in range(6) for turn in range(5))


def test_two_sites_share_a_state(staff: Callable[..., Staff], state_url: str) -> None:
    one, other = staff(state=state_url), staff(state=state_url)
    assert "Austria" not in other.menu()
    one.save_view("?country=AT", "Austria", team=True)
    until = time.monotonic() + 20  # what was read holds for a second
    while "Austria" not in other.menu() and time.monotonic() < until:
        time.sleep(0.1)
    assert "Austria" in other.menu()
    form = next(form for form in other.forms_of(f"{TOWN}views") if "id" in form)
    form["name"] = "Austrian towns"
    assert other.press(form, "do", "change").status_code == 303
    assert "Austrian towns" in other.menu()  # at once where one has written oneself


def test_a_plain_list_costs_no_statement(staff: Callable[..., Staff], engine_url: str) -> None:
    without, having = staff(state="none"), staff()
    having.save_view("?country=AT", "Austria", "pinned")
    having.choose("keep", size="20")
    found = []
    for browser in (without, having):
        (site,) = browser.app.extensions["flaskadmin"].values()
        for _ in range(3):
            browser.get(TOWN)
        with statements(site.sections[0].database.engine) as client:
            browser.get(TOWN)
        own = site.state.database
        if own:
            least = []
            for _ in range(5):  # what was read holds for a second, which may just end
                with statements(own.engine) as asked:
                    browser.get(TOWN)
                least.append(len(asked))
            assert min(least) == 0
        found.append(len(client))
    assert found[0] == found[1] > 0


# -- Views -------------------------------------------------------------------------


def test_a_view_keeps_what_the_list_showed(staff: Callable[..., Staff]) -> None:
    browser = staff()
    saved = browser.save_view("?country=AT&sort=-name&columns=name&size=20&after=1&search=i", "Austria")
    address = saved.headers["Location"]
    assert "after" not in address and "view=1" in address
    page = browser.get(address).text
    assert headings(page) == ["ID", "Name"] and keys(page) == ["3"] and "Unsaved changes" not in page
    assert browser.menu()["Austria"] == address
    assert 'aria-current="page">Austria' in page
    changed = browser.get("/admin/town/?country=NO&view=1").text
    assert "Unsaved changes" in changed and 'aria-current="page">Austria' in changed
    assert f'href="{address.replace("&", "&amp;")}">Discard' in changed
    form = next(form for form in forms.read_forms(changed) if "id" in form)
    assert browser.press(form, "do", "replace").status_code == 303
    page = browser.get(browser.menu()["Austria"]).text
    assert keys(page) == ["1"] and "Unsaved changes" not in page


def test_the_default_opens_the_table(staff: Callable[..., Staff]) -> None:
    anna = staff()
    bo = staff("bo", of=anna)
    anna.save_view("?country=AT", "Austria", "is_default", team=True)
    assert keys(bo.get(TOWN).text) == ["2", "3"] == keys(anna.get(TOWN).text)
    anna.save_view("?country=NO", "Norway", "is_default")
    assert keys(anna.get(TOWN).text) == ["1"] and keys(bo.get(TOWN).text) == ["2", "3"]  # mine before the team's
    page = anna.get(TOWN).text
    assert "sort=name" in page and "country=NO" in re.findall(r'href="([^"]*sort=name[^"]*)"', page)[0]
    assert keys(anna.get(anna.menu()["All"]).text) == ["1", "2", "3"]
    assert keys(anna.get(f"{TOWN}?sort=name").text) == ["2", "1", "3"]  # asked for something, so it isn't applied
    (taken_away,) = re.findall(r'href="([^"]*)" title="Remove this filter', page)
    assert keys(anna.get(taken_away.replace("&amp;", "&")).text) == ["1", "2", "3"]
    anna.save_view("?country=AT", "Austria again", "is_default")
    assert keys(anna.get(TOWN).text) == ["2", "3"]  # one default at a time
    kept = flaskadmin.Preferences(state_of(anna), USER).of_table(town(anna))
    assert {view.name: view.is_default for view in kept.views} == {
        "Austria again": True, "Norway": False, "Austria": True,
    }  # fmt: skip


def town(browser: Browser) -> flaskadmin.TableRef:
    """Where a state keeps what is of the table."""
    (site,) = browser.app.extensions["flaskadmin"].values()
    section = site.sections[0]
    name = flaskadmin.TableName(section.schema.default_schema, "town")
    return flaskadmin.TableRef.of(section.database, name)


def test_a_default_may_search_and_is_not_exported_unasked(staff: Callable[..., Staff]) -> None:
    browser = staff()
    browser.save_view("?search=wien&sort=-name", "Capital", "is_default")
    page = browser.get(TOWN).text
    assert keys(page) == ["3"] and "Searched in" in page and 'value="wien"' in page
    assert len(browser.get(f"{TOWN}export.csv").text.splitlines()) == 4  # a program gets what it asks for
    browser.choose("keep", f"{TOWN}columns?view=none", show__country=None)
    (link,) = re.findall(r'href="([^"]*export\.csv\?[^"&]*&amp;columns[^"]*)"', browser.get(f"{TOWN}?sort=name").text)[
        :1
    ]
    assert browser.get(TOWN + link.replace("&amp;", "&")).text.splitlines()[0].strip("\ufeff") == "id,name,size"


def test_private_views_are_private(staff: Callable[..., Staff]) -> None:
    anna = staff()
    bo = staff("bo", of=anna)
    anna.save_view("?country=AT", "Secret plans", "pinned", "is_default")
    anna.save_view("?country=NO", "Norway", team=True)
    assert "Norway" in bo.menu() and "Secret plans" not in bo.get(TOWN).text + bo.get("/admin/").text
    page = bo.get(f"{TOWN}?view=1").text
    assert "This view isn&#39;t there any more, or is someone else&#39;s own." in page and "Secret" not in page
    form = next(form for form in anna.forms_of(f"{TOWN}views") if "id" in form)
    form["csrf_token"] = bo.forms_of(f"{TOWN}views")[0]["csrf_token"]
    for id, status in (("1", 404), ("99", 404), ("x", 404)):
        form["id"] = id
        assert {bo.press(form, "do", do).status_code for do in ("change", "replace", "delete")} == {status}
    assert "Secret plans" in anna.menu() and "Norway" in anna.menu()


def test_a_view_of_the_team_is_changed_by_its_maker_alone(staff: Callable[..., Staff]) -> None:
    anna = staff()
    bo = staff("bo", of=anna)
    anna.save_view("?country=NO", "Norway", "is_default", team=True)
    page = bo.get(f"{TOWN}views").text
    assert "made by anna" in page
    assert not [form for form in bo.forms_of(f"{TOWN}views") if "id" in form]  # nor is a button offered
    assert 'value="replace"' in anna.get(f"{TOWN}?view=1&sort=name").text
    assert 'value="replace"' not in bo.get(f"{TOWN}?view=1&sort=name").text
    form = next(form for form in anna.forms_of(f"{TOWN}views") if "id" in form)
    form["csrf_token"] = bo.forms_of(f"{TOWN}views")[0]["csrf_token"]
    for do in ("change", "replace", "delete"):
        answer = bo.press(form, "do", do)
        assert answer.status_code == 422 and "anna made it" in answer.text and "view of your own" in answer.text
    answer = bo.save_view("?country=AT", "Austria", "is_default", team=True)
    assert answer.status_code == 422 and "opens the table for the team" in answer.text
    assert bo.save_view("?country=AT", "Austria", "is_default").status_code == 303  # bo's own comes first, for bo
    assert bo.menu()["Norway"] == anna.menu()["Norway"] and "Austria" not in anna.menu()
    assert "Norway" in html.unescape(anna.get("/admin/history?show=all").text)
    form = next(form for form in anna.forms_of(f"{TOWN}views") if "id" in form)
    assert anna.press(form, "do", "delete").status_code == 303 and "Norway" not in bo.menu()


def test_a_view_whose_maker_is_not_known_is_anybodys(staff: Callable[..., Staff]) -> None:
    """As are those that were saved before makers were kept."""
    anna = staff()
    bo = staff("bo", of=anna)
    anna.save_view("?country=NO", "Norway", team=True)
    state = state_of(anna)
    with state.writing() as connection:
        connection.execute(state.tables.saved_view.update().values(maker=None))
    form = next(form for form in bo.forms_of(f"{TOWN}views") if "id" in form)
    assert bo.press(form, "do", "delete").status_code == 303 and "Norway" not in anna.menu()


def test_a_view_of_another_table_is_not_found(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run("CREATE TABLE river (id integer PRIMARY KEY, name text)")
    browser = staff()
    browser.save_view("?country=AT", "Austria")
    browser.save_view("", "Rivers", table="/admin/river/")
    form = next(form for form in browser.forms_of("/admin/river/views") if "id" in form)
    form["id"] = "1"
    assert browser.press(form, "do", "delete").status_code == 404
    assert "Austria" not in browser.menu("/admin/river/")


def test_views_are_changed_replaced_and_deleted(staff: Callable[..., Staff]) -> None:
    browser = staff()
    browser.save_view("?country=AT", "Austria", "pinned")

    def form(query: str = "") -> forms.Form:
        return next(form for form in browser.forms_of(f"{TOWN}views{query}") if "id" in form)

    changed = form()
    assert "pinned" in changed and "is_default" not in changed
    changed["name"] = "  Austrian\ttowns "
    changed.controls = [control for control in changed.controls if control.name != "pinned"]
    assert browser.press(changed, "do", "change").status_code == 303
    assert "Austrian towns" in browser.menu() and "Austrian towns" not in browser.get("/admin/").text
    assert browser.press(form("?country=NO&view=1"), "do", "replace").status_code == 303
    assert browser.menu()["Austrian towns"] == "/admin/town/?country=NO&view=1"
    assert browser.press(form(), "do", "delete").status_code == 303
    page = browser.get(f"{TOWN}views").text
    assert "Deleted the view “Austrian towns”" in page and 'href="/admin/town/?country=NO"' in page  # the way back
    assert "Austrian towns" not in browser.menu()


def test_names_of_views(staff: Callable[..., Staff]) -> None:
    browser = staff()
    odd = "<script>alert(1)</script>\"'& 😀 \u202e%s {0}"
    assert browser.save_view("?country=AT", odd, "pinned").status_code == 303
    for page in (TOWN, f"{TOWN}views", "/admin/"):
        text = browser.get(page).text
        assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text and "\u202e" not in text
    for name in ("", "  ", "\0", "x" * 81):
        assert browser.save_view("", name).status_code == 422
    assert browser.save_view("", odd.upper()).status_code == 422  # there is one of this name
    assert browser.save_view("", odd, team=True).status_code == 303  # but not the team's
    answer = browser.save_view("?search=" + "x" * 9000, "long")
    assert answer.status_code == 422 and "too long" in answer.text
    (form, *_) = browser.forms_of(f"{TOWN}views")
    assert browser.press(form, "do", "nonsense").status_code == 422


def test_a_write_needs_its_token(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    for path in ("views", "columns"):
        form = {"do": "save", "name": "x", "whose": "me"}
        assert browser.client.post(f"{TOWN}{path}", data=form, headers=browser.headers).status_code == 403
    assert "X" not in browser.menu() and 'value="x"' not in browser.get(f"{TOWN}views").text


def test_a_view_whose_column_was_dropped_works_on(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    browser.save_view("?country=AT&size__gt=100&sort=size&columns=name,size", "Big ones", "is_default")
    browser.choose("keep", f"{TOWN}columns?view=none", show__country=None)
    Base(engine_url).run("ALTER TABLE town DROP COLUMN size")
    staff(of=browser).get(f"{TOWN}?sort=name")
    (site,) = browser.app.extensions["flaskadmin"].values()
    site.sections[0].schema.forget()
    page = browser.get(TOWN)
    assert page.status_code == 200 and keys(page.text) == ["2", "3"] and headings(page.text) == ["ID", "Name"]
    told = [text for text in notices(page.text) if "size" in text]
    assert len(told) == 3 and all(text.startswith("View “Big ones”: ") for text in told)
    assert headings(browser.get(f"{TOWN}?view=none").text) == ["ID", "Name"]


@pytest.mark.parametrize("query", [
    "view=", "view=0", "view=-1", "view=1e9", "view=9999999999999999999999", "view=none&view=1", "view=%00", "view=%FF",
    "columns=", "columns=,", "columns=~", "columns=~00", "columns=%00,name", "columns=%F0%9F%98%80",
    "columns=" + ",".join("x" * 50 for _ in range(100)), "columns=name,name,name", "columns=<b>",
])  # fmt: skip
def test_no_address_breaks_the_list(staff: Callable[..., Staff], query: str) -> None:
    browser = staff()
    for page in ("", "columns", "views"):
        answer = browser.get(f"{TOWN}{page}?{query}")
        assert answer.status_code == 200 and "<b>" not in answer.text.replace("<b>Read", "")
    browser.save_view(f"?{query}", "odd", "is_default")
    assert browser.get(TOWN).status_code == 200


# -- Columns -----------------------------------------------------------------------


def test_columns_once_and_kept(staff: Callable[..., Staff]) -> None:
    anna = staff()
    bo = staff("bo", of=anna)
    once = anna.choose("once", f"{TOWN}columns?country=AT", show__name=None, at__size="2", size="20").headers[
        "Location"
    ]
    assert once == "/admin/town/?country=AT&columns=id%2Csize%2Ccountry&size=20"
    page = anna.get(once).text
    assert headings(page) == ["ID", "Size", "Country"] and '<a href="/admin/town/?country=AT' in page
    assert headings(anna.get(TOWN).text) == ["ID", "Name", "Country", "Size"]
    kept = anna.choose("keep", f"{TOWN}columns?country=AT&columns=name", at__size="1", size="20")
    assert kept.headers["Location"] == "/admin/town/?country=AT"
    page = anna.get(kept.headers["Location"]).text
    assert headings(page) == ["ID", "Name"]  # what wasn't ticked isn't shown
    anna.choose("keep", show__size="on", at__size="1", size="20")
    page = anna.get(TOWN).text
    assert headings(page) == ["ID", "Size", "Name"]
    assert ">20</a>" in re.findall(r"<a[^>]*aria-current[^>]*>\d+</a>", page)[0]
    assert headings(anna.get(f"{TOWN}?columns=country").text) == ["ID", "Country"]  # an address wins
    assert headings(bo.get(TOWN).text) == ["ID", "Name", "Country", "Size"]
    assert "columns=id%2Csize%2Cname" in anna.menu()["Save view…"]  # what the team would see is complete
    assert anna.choose("reset").status_code == 303
    assert headings(anna.get(TOWN).text) == ["ID", "Name", "Country", "Size"]


def test_unknown_and_hidden_columns_are_told(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff(tables={"town": {"hidden_columns": ["size"]}})
    page = browser.get(f"{TOWN}?columns=size,name,colour").text
    assert headings(page) == ["ID", "Name"]
    assert [re.findall(r"column &#39;(\w+)&#39;", text) for text in notices(page)] == [["size"], ["colour"]]
    assert "size" not in browser.get(f"{TOWN}columns").text.replace('name="size"', "").replace("-size", "")


def test_the_key_is_always_shown_and_leads_to_the_record(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run(
        "CREATE TABLE part (a integer, name text, b integer, PRIMARY KEY (b, a))", "INSERT INTO part VALUES (1, 'x', 2)"
    )
    browser = staff()
    page = browser.get("/admin/part/?columns=name").text
    assert headings(page) == ["B", "A", "Name"] and keys(page) == ["2"]
    page = browser.get("/admin/part/?columns=").text
    assert headings(page) == ["B", "A"]
    (form,) = browser.forms_of("/admin/part/columns")
    assert "show.name" in form and "show.a" not in form  # it can't be taken away


def test_the_moved_column_gets_its_place(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run("CREATE TABLE letters (id integer PRIMARY KEY, a text, b text, c text, d text, e text)")
    browser = staff()

    def moved(**places: str) -> list[str]:
        answer = browser.choose("once", "/admin/letters/columns", **places)
        return headings(browser.get(answer.headers["Location"]).text)[1:]

    assert moved() == ["A", "B", "C", "D", "E"]
    assert moved(at__d="2") == ["D", "A", "B", "C", "E"]
    assert moved(at__d="3") == ["A", "D", "B", "C", "E"]
    assert moved(at__b="5") == ["A", "C", "D", "B", "E"]
    assert moved(at__a="9999", at__e="2") == ["E", "B", "C", "D", "A"]
    assert moved(at__a="x", at__b="-3", at__c="") == ["A", "B", "C", "D", "E"]


def test_tables_of_any_name_are_kept_apart(staff: Callable[..., Staff], engine_url: str) -> None:
    names = ['a"b', "a/b", "a.b", "a,b", "a b", "a%b", "é", "😀", "a~20b", "columns", "views"]
    for name in names:
        quoted = name.replace('"', '""')
        Base(engine_url).run(f'CREATE TABLE "{quoted}" (id integer PRIMARY KEY, "x,y" text, "<b>%s" text, "view" text)')
    browser = staff()
    urls = {one["name"]: one["urls"]["list"] for one in browser.objects()}
    for name in names:
        assert (
            browser.save_view("?columns=x~2Cy&view=none&col.view=1", f"View of {name}", table=urls[name]).status_code
            == 303
        )
        assert browser.choose("keep", f"{urls[name]}columns", size="20").status_code == 303
    for name in names:
        menu = browser.menu(urls[name])
        mine = [words.replace("&#34;", '"') for words in menu if words.startswith("View of")]
        assert mine == [f"View of {name}"]
        page = browser.get(next(url for words, url in menu.items() if words.startswith("View of"))).text
        assert headings(page) == ["ID", "x,y"] and "View is 1" in page


def test_users_of_any_name_are_kept_apart(open_state: Opener) -> None:
    state = open_state()
    people = ["anna", "Anna", "anna ", "a'nna", "a,b", "~61", "", "\0", "é@x.org", "\udcff", "😀", "x" * 300]
    for number, name in enumerate(people):
        flaskadmin.Preferences(state, name).put("n", lambda _before, value=number: value)  # type: ignore[misc]
    assert [flaskadmin.Preferences(state, name, fresh=True).get("n") for name in people] == list(range(len(people)))


def test_a_preference_that_makes_no_sense_is_none(staff: Callable[..., Staff], engine_url: str) -> None:
    browser = staff()
    browser.choose("keep", size="20")
    browser.get("/admin/town/1")
    for value in (
        "",
        "{",
        "[]",
        "7",
        '{"columns": 7, "widths": [], "size": "many"}',
        '{"columns": [null, {}], "size": 1e9}',
        "[[]]",
        "[[1,2,3,4,5]]",
    ):
        with closing(sqlite3.connect(state_file(engine_url), isolation_level=None)) as connection:
            connection.execute("UPDATE flaskadmin_preference SET value = ?", (value,))
        for page in ("", "town/", "town/columns", "town/2"):
            assert browser.get(f"/admin/{page}").status_code == 200, value


# -- The first page ----------------------------------------------------------------


def recent(browser: Staff) -> list[tuple[str, str]]:
    """The records that the first page shows, with their addresses."""
    page = browser.get("/admin/").text
    part = re.findall(r"<h2>Recently viewed</h2>(.*?)</section>", page, re.S)
    return [(words, url) for url, words in re.findall(r'<a href="([^"]+)">([^<]+)</a>', "".join(part))]


def test_records_that_one_had_open(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run(*(f"INSERT INTO town VALUES ({n}, 'Town {n}', 'XX', 1)" for n in range(4, 24)))
    anna = staff()
    bo = staff("bo", of=anna)
    anna.get("/admin/town/1")
    assert recent(anna) == []  # looking alone makes no state
    form = anna.form("/admin/town/2/edit")
    form["name"] = "Linz"
    anna.submit(form)
    anna.get("/admin/town/1")
    anna.get("/admin/town/3/edit")
    anna.get("/admin/town/1")
    assert recent(anna) == [("Oslo", "/admin/town/1"), ("Wien", "/admin/town/3"), ("Linz", "/admin/town/2")]
    assert recent(bo) == []
    form = anna.form("/admin/town/new")
    form["id"], form["name"] = "77", "Paris <b>"
    anna.submit(form)
    assert recent(anna)[0] == ("Paris &lt;b&gt;", "/admin/town/77")
    form = anna.form("/admin/town/77/edit")
    form["id"] = "78"
    anna.submit(form)
    assert [url for _, url in recent(anna)][:2] == ["/admin/town/78", "/admin/town/1"]  # not under its old key
    anna.submit(anna.form("/admin/town/78/delete"))
    assert [words for words, _ in recent(anna)] == ["Oslo", "Wien", "Linz"]
    for number in range(4, 24):
        anna.get(f"/admin/town/{number}")
    assert [words for words, _ in recent(anna)] == [f"Town {number}" for number in range(23, 11, -1)]


def test_a_record_is_written_once(staff: Callable[..., Staff], writes: list[str]) -> None:
    browser = staff()
    browser.save_view("", "Everything")
    for page, most in (("1", 2), ("1", 0), ("1/edit", 0), ("2/edit", 2), ("3", 2)):
        del writes[:]
        browser.get(f"/admin/town/{page}")
        assert len(writes) == most  # one transaction: the old value out, the new one in


def test_pins(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run("CREATE TABLE river (id integer PRIMARY KEY, name text)")
    anna = staff()
    bo = staff("bo", of=anna)
    assert "Pin a saved view" in anna.get("/admin/").text  # how to have something here
    anna.save_view("?country=AT", "Mine", "pinned")
    anna.save_view("?country=NO", "Ours", "pinned", team=True)
    anna.save_view("", "Not pinned")
    anna.save_view("", "Rivers", "pinned", table="/admin/river/", team=True)
    page = anna.get("/admin/").text
    assert 'href="/admin/town/?country=AT&amp;view=1">Mine</a> <small>Town · ' in page
    assert re.search(r"Ours</a> <small>Town · team · \d+</small>", page) and "Not pinned" not in page
    assert "Pin a saved view" not in page
    page = bo.get("/admin/").text
    assert "Ours</a>" in page and "Rivers</a>" in page and "Mine" not in page
    Base(engine_url).run("DROP TABLE river")
    (site,) = anna.app.extensions["flaskadmin"].values()
    site.sections[0].schema.forget()
    assert "Rivers" not in bo.get("/admin/").text
    assert "Ours" not in bo.get("/admin/?find=tow").text  # who looks for a table wants tables


def test_pinned_charts_have_a_place(staff: Callable[..., Staff]) -> None:
    """Beside the lists, and in no menu of views, since a chart is none."""
    browser = staff()
    kept = flaskadmin.Preferences(state_of(browser), USER)
    kept.save(flaskadmin.SavedView(0, town(browser), "By country", kept.owner, "size=20", False, True, "by=country"))
    page = browser.get("/admin/").text
    (url,) = re.findall(r'<a href="([^"]+)">By country</a>', page)
    assert url == "/admin/town/chart?by=country&amp;size=20" and "<h2>Pinned</h2>" not in page
    assert browser.get(url.replace("&amp;", "&")).status_code == 200
    assert "By country" not in browser.menu()


# -- Settings of a browser ---------------------------------------------------------


def test_settings_are_kept_and_forgotten(staff: Callable[..., Staff], engine_url: str) -> None:
    Base(engine_url).run(*(f"INSERT INTO town VALUES ({n}, 'Town {n}', 'XX', 1)" for n in range(4, 64)))
    browser = staff()
    _header, keep, forget = browser.forms_of("/admin/preferences")
    keep["theme"], keep["size"] = "dark", "20"
    assert browser.press(keep, "", "").headers["Location"] == "/admin/preferences"
    page = browser.get(TOWN).text
    assert len(keys(page)) == 20 and 'data-theme="dark"' in page
    browser.choose("keep", show__name=None, size="")
    browser.save_view("", "Everything")
    browser.get("/admin/town/1")
    assert recent(browser) and headings(browser.get(TOWN).text) == ["ID", "Country", "Size"]
    browser.press(forget, "forget", "1")
    page = browser.get(TOWN).text
    assert len(keys(page)) == 50 and 'data-theme="auto"' in page and headings(page)[1] == "Name"
    assert recent(browser) == [] and "Everything" in browser.menu()


@pytest.mark.parametrize("size", ["0", "501", "-1", "x", "5e1", "", "٣"])
def test_no_cookie_breaks_the_list(staff: Callable[..., Staff], size: str) -> None:
    browser = staff()
    browser.client.set_cookie("flaskadmin_size", size, path="/admin/")
    assert len(keys(browser.get(TOWN).text)) == 3


# -- The first of everything at once ------------------------------------------------


def test_tables_are_first_saved_and_exported_at_once(engine_url: str, site: Callable[..., Browser]) -> None:
    """What two people do first in a table, at once: nobody is told to try again, since locks come in one order."""
    names = [f"t{n}" for n in range(8)]
    for name in names:
        rows = f"INSERT INTO {name} VALUES (1, 'a'), (2, 'b'), (3, 'c')"
        Base(engine_url).run(f"CREATE TABLE {name} (id integer PRIMARY KEY, note text)", rows)
    browsers = [site(engine_url, state="same", threads=8)]
    browsers += [Browser(browsers[0].app) for _ in range(3)]
    answers: list[tuple[str, int]] = []
    start = threading.Barrier(len(browsers))

    def work(place: int) -> None:
        browser = browsers[place]
        for name in names:
            form = browser.form(f"/admin/{name}/{place}/edit") if place else None
            start.wait(60)
            if form is None:
                answers.append((name, len(browser.get(f"/admin/{name}/export.csv").data.splitlines())))
                continue
            next(box for box in form.controls if box.name == "note").value = "changed"
            answers.append((name, browser.submit(form).status_code))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(browsers))]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    finally:
        sys.setswitchinterval(before)
    assert Counter(answers) == Counter({(name, code): n for name in names for code, n in ((303, 3), (4, 1))})
