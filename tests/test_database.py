"""From an address to an engine; transactions that keep a budget and speak in words."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

import core
import flaskadmin
from core import Base
from flaskadmin import Database, Forbidden, Settings, SettingsError, StartError, Unavailable, Unreadable

base = core.base  # the fixture
SECRET = "s3cret-Pässword"

# -- Addresses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        ("shop.db", "", "shop.db"),
        ("./a folder/shop.db", "", "a folder/shop.db"),
        ("sqlite:///shop.db", "", "shop.db"),
        ("sqlite:////tmp/shop.db", "", "/tmp/shop.db"),
        ("crm=shop.db", "crm", "shop.db"),
        ("crm=sqlite:///shop.db", "crm", "shop.db"),
        ("~/shop.db", "", os.path.expanduser("~/shop.db")),
        ("a=b=c.db", "a", "b=c.db"),
        ("strange?#%20name.db", "", "strange?#%20name.db"),
        ("mysql", "", "mysql"),
    ],
)
def test_a_file_is_made_absolute(
    text: str, name: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = flaskadmin.parse_source(text)
    assert source.name == name
    assert source.url.get_backend_name() == "sqlite"
    assert source.url.database == os.path.abspath(path)


@pytest.mark.parametrize("text", [r"C:\data\shop.db", "C:/data/shop.db", r"\\server\share\shop.db", r"d=C:\shop.db"])
def test_a_windows_path_is_a_file_and_no_scheme(text: str) -> None:
    source = flaskadmin.parse_source(text)
    path = text.removeprefix("d=")
    assert source.name == ("d" if text.startswith("d=") else "")
    assert (source.url.database or "").endswith(os.path.abspath(path) if os.name == "nt" else path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_postgres_by_any_spelling(scheme: str) -> None:
    source = flaskadmin.parse_source(f"main={scheme}://me:p%40ss@db.example:6543/shop?sslmode=require")
    url = source.url
    assert (source.name, url.drivername) == ("main", "postgresql+psycopg")
    assert (url.username, url.password, url.host, url.port, url.database) == ("me", "p@ss", "db.example", 6543, "shop")
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize("text", ["mysql://a:geheim@h/d", "mssql+pyodbc://a:geheim@h/d", "crm=oracle://a:geheim@h/d"])
def test_other_databases_are_refused_without_the_password(text: str) -> None:
    with pytest.raises(SettingsError, match="postgresql://") as caught:
        flaskadmin.parse_source(text)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("text", ["", ":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "crm=:memory:"])
def test_a_database_in_memory_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="No database file is named"):
        flaskadmin.parse_source(text)


def test_a_broken_postgres_url_is_told_without_the_password() -> None:
    with pytest.raises(SettingsError, match="can't be read") as caught:
        flaskadmin.parse_source("postgresql://me:geheim@host:port/shop")
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


# -- Files -------------------------------------------------------------------------


def sqlite_file(path: Path) -> Path:
    """Make a small database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
    return path


def test_a_missing_file_names_those_near_to_it(tmp_path: Path) -> None:
    sqlite_file(tmp_path / "shop.db")
    (tmp_path / "other.txt").write_text("x")
    with pytest.raises(StartError, match=r"There is no file .*shpo\.db\. Near it: shop\.db\.$"):
        flaskadmin.check_file(str(tmp_path / "shpo.db"), create=False)
    assert not (tmp_path / "shpo.db").exists()


def test_a_missing_file_with_nothing_near_names_create(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="--create"):
        flaskadmin.check_file(str(tmp_path / "shop.db"), create=False)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    for create in (False, True):
        with pytest.raises(StartError):
            flaskadmin.check_file(str(tmp_path / "nowhere" / "shop.db"), create=create)
    with pytest.raises(StartError, match="doesn't exist"):
        flaskadmin.check_file(str(tmp_path / "nowhere" / "shop.db"), create=False)


def test_create_makes_a_database_and_leaves_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "new é #%.db"
    flaskadmin.check_file(str(path), create=True)
    assert path.read_bytes()[:15] in (b"", b"SQLite format 3")
    sqlite_file(path)
    before = path.read_bytes()
    flaskadmin.check_file(str(path), create=True)
    assert path.read_bytes() == before


def test_a_folder_and_other_files_are_no_database(tmp_path: Path) -> None:
    sqlite_file(tmp_path / "shop.db")
    with pytest.raises(StartError, match=r"is a folder\. Near it: shop\.db"):
        flaskadmin.check_file(str(tmp_path), create=False)
    (tmp_path / "picture.db").write_bytes(b"\x89PNG" * 500)
    with pytest.raises(StartError, match="is not a SQLite database"):
        flaskadmin.check_file(str(tmp_path / "picture.db"), create=False)


HALF_WRITTEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 5")  # pages: the others are written before the commit
connection.execute("CREATE TABLE big (n integer PRIMARY KEY, body)")
connection.execute("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT 500) "
                   "INSERT INTO big SELECT n, zeroblob(1000) FROM s")
connection.execute("BEGIN")
connection.execute("UPDATE big SET body = randomblob(1000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="only POSIX kills like that")
def test_what_a_crash_left_half_written_is_taken_back_at_the_start(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "shop.db")
    subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(path)], check=False)
    assert (tmp_path / "shop.db-journal").stat().st_size > 0
    with pytest.raises(StartError, match=r"middle of a write.*without --read-only"):
        flaskadmin.check_file(str(path), create=False, read_only=True)
    flaskadmin.check_file(str(path), create=False)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM big WHERE body = zeroblob(1000)").fetchone() == (500,)


def test_checking_a_file_changes_no_byte_and_makes_no_other(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "shop.db")
    before = path.read_bytes(), path.stat().st_mtime_ns
    flaskadmin.check_file(str(path), create=False)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [found.name for found in tmp_path.iterdir()] == ["shop.db"]


# -- Whether it answers ------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"postgresql://me:{SECRET}@no-such-host.invalid/shop", "no host named no-such-host.invalid"),
        (f"postgresql://me:{SECRET}@127.0.0.1:1/shop", "No PostgreSQL answers at 127.0.0.1:1"),
    ],
)
def test_a_server_that_is_not_there_is_told_in_words(address: str, words: str) -> None:
    settings = Settings()
    url = flaskadmin.parse_source(address).url
    engine = sa.create_engine(url, **flaskadmin.engine_options(url, settings))
    with pytest.raises(StartError, match=words) as caught:
        flaskadmin.probe(Database(engine, settings))
    engine.dispose()
    assert SECRET not in str(caught.value)
    assert "psycopg" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_such_database_and_no_such_user(postgres: Any) -> None:
    base = Base(postgres.url("no_such_database"))
    for url in (base.source.url, base.source.url.set(username="nobody_here", password=SECRET)):
        with pytest.raises(StartError, match="no_such_database|name or password|refuses") as caught:
            flaskadmin.probe(base.database(url))
        assert SECRET not in str(caught.value)
    for engine in base.engines:
        engine.dispose()


def test_a_server_that_is_too_old_is_told(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flaskadmin, "POSTGRES_OLDEST", (99,))
    with pytest.raises(StartError, match=r"This server is PostgreSQL \d\d\. Version 99 or newer is needed\."):
        flaskadmin.create_app(Settings(db=(postgres.url("postgres"),), user="a", password="a long password"))


def test_a_database_that_answers(base: Base) -> None:
    database = base.database()
    with core.statements(database.engine) as found:
        flaskadmin.probe(database)
    assert found[-1] == "SELECT 1"


# -- Transactions ------------------------------------------------------------------

SLOW = {
    False: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    True: "SELECT pg_sleep(20)",
}


def test_a_slow_statement_is_stopped_within_its_budget(base: Base) -> None:
    database = base.database(query_timeout=0.5)
    began = time.monotonic()
    with pytest.raises(flaskadmin.TimedOut) as caught, database.reading() as connection:
        connection.exec_driver_sql(SLOW[base.postgres])
    assert 0.3 < time.monotonic() - began < 10
    assert "SELECT" not in str(caught.value)
    with database.reading() as connection:  # the same pool goes on
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_budget_of_its_own_wins_over_the_setting(base: Base) -> None:
    database = base.database(query_timeout=20)
    began = time.monotonic()
    with pytest.raises(flaskadmin.TimedOut), database.reading(0.2) as connection:
        connection.exec_driver_sql(SLOW[base.postgres])
    assert time.monotonic() - began < 10


def test_read_only_is_enforced_by_the_connection(base: Base) -> None:
    base.run("CREATE TABLE t (a int)")
    database = base.database(read_only=True)
    with pytest.raises(Forbidden, match="read-only"), database.writing("anna"):
        raise AssertionError("a transaction that writes was opened")
    for statement in ("INSERT INTO t VALUES (1)", "DROP TABLE t", "CREATE TABLE u (a int)"):
        with pytest.raises(Forbidden), database.reading() as connection:
            connection.exec_driver_sql(statement)
    assert base.rows("SELECT * FROM t") == []


def test_reading_never_writes(base: Base) -> None:
    base.run("CREATE TABLE t (a int)")
    with pytest.raises(Forbidden), base.database().reading() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert base.rows("SELECT * FROM t") == []


def test_writing_commits_at_the_end_and_not_on_an_exception(base: Base) -> None:
    base.run("CREATE TABLE t (a int)")
    database = base.database()
    with database.writing("anna") as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    with pytest.raises(ZeroDivisionError), database.writing("anna") as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (2)")
        raise ZeroDivisionError
    assert base.rows("SELECT a FROM t") == [(1,)]


def test_foreign_keys_are_on(base: Base) -> None:
    base.run("CREATE TABLE parent (id integer PRIMARY KEY); CREATE TABLE child (parent integer REFERENCES parent (id))")
    with pytest.raises(flaskadmin.FlaskAdminError), base.database().writing() as connection:
        connection.exec_driver_sql("INSERT INTO child VALUES (7)")
    assert base.rows("SELECT * FROM child") == []


def test_an_odd_file_name_opens_the_file_itself(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "a?b#c%41 é.db")
    base = Base(str(path))
    with base.database().writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    base.engines[0].dispose()
    assert base.rows("SELECT a FROM t") == [(1,)]
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


# -- SQLite ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_file_name_may_be_no_text(tmp_path: Path, site: Callable[..., Any]) -> None:
    """Linux has bytes for file names: those of an old disk are no UTF-8."""
    path = tmp_path / os.fsdecode(b"gr\xf6sse.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE size (id integer PRIMARY KEY, name text); INSERT INTO size VALUES (1, 'S')"
        )
    browser = site(str(path))
    form = browser.form("/admin/size/1/edit")
    form["name"] = "M"
    assert browser.submit(form).status_code == 303
    assert all(
        browser.get(f"/admin/{page}").status_code == 200 for page in ("", "status", "history", "size/export.csv")
    )
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM size").fetchall() == [("M",)]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """A SQLite file with a table, closed at the end."""
    found = Base(str(sqlite_file(tmp_path / "shop.db")))
    yield found
    for engine in found.engines:
        engine.dispose()


def test_a_replaced_file_is_noticed(file: Base, tmp_path: Path) -> None:
    database = file.database()
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
    other = sqlite_file(tmp_path / "other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
    os.replace(other, tmp_path / "shop.db")
    with database.writing() as link:
        link.exec_driver_sql("INSERT INTO t VALUES (2)")
    assert file.rows("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


def test_a_locked_file_is_unavailable_and_then_well_again(file: Base) -> None:
    database = file.database(lock_timeout=0.2)
    with closing(file.connect()) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="busy") as caught, database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        with pytest.raises(Unavailable), database.reading() as connection:
            connection.exec_driver_sql("SELECT * FROM t")
        assert time.monotonic() - began < 10
        assert caught.value.status == 503
        other.execute("ROLLBACK")
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (2)")
    assert file.rows("SELECT a FROM t") == [(2,)]


def test_one_wait_is_enough_for_a_lock_that_another_program_keeps(file: Base) -> None:
    """A page reads in several transactions: they don't wait one after the other, nor does the next page."""
    database = file.database(lock_timeout=5)
    with closing(file.connect()) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        for _ in range(6):
            with pytest.raises(Unavailable, match="busy"), database.reading() as connection:
                connection.exec_driver_sql("SELECT * FROM t")
        assert 5 <= time.monotonic() - began < 15  # six waits are thirty
        other.execute("ROLLBACK")
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (3)")


def test_writers_get_their_turn_in_the_order_in_which_they_came(file: Base) -> None:
    """One that comes again and again doesn't pass by one who waits."""
    database, order = file.database(), list[str]()
    ready, done = threading.Event(), threading.Event()

    def write(who: str) -> None:
        with database.writing():
            order.append(who)

    def again() -> None:
        with database.writing():
            ready.set()
            time.sleep(0.3)
        while not done.is_set() and len(order) < 1000:
            write("again")

    busy = threading.Thread(target=again)
    busy.start()
    ready.wait(30)
    write("once")
    done.set()
    busy.join(30)
    assert order.index("once") <= 1


def test_a_file_that_was_removed_is_not_made_anew(file: Base, tmp_path: Path) -> None:
    database = file.database()
    with database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    (tmp_path / "shop.db").unlink()
    with pytest.raises(Unavailable), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert not (tmp_path / "shop.db").exists()


def test_the_journal_mode_is_left_as_it_is(file: Base) -> None:
    for mode in ("delete", "wal"):
        file.run(f"PRAGMA journal_mode = {mode}")
        with file.database().writing() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        for engine in file.engines:
            engine.dispose()
        assert file.rows("PRAGMA journal_mode") == [(mode,)]


def test_a_host_engine_gets_its_connection_back_as_it_was(file: Base) -> None:
    engine = sa.create_engine(file.source.url)
    file.engines.append(engine)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        before = raw.text_factory, raw.isolation_level, raw.execute("PRAGMA foreign_keys").fetchone()
    database = Database(engine, Settings(query_timeout=0.2), owned=False)
    with database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        connection.exec_driver_sql("INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT a FROM t").scalar() == "\udcffA"
    with pytest.raises(flaskadmin.TimedOut), database.reading() as connection:
        connection.exec_driver_sql(SLOW[False])
    with engine.connect() as connection:
        again = connection.connection.dbapi_connection
        assert again is raw, "the pool made another connection: nothing was tested"
        assert (raw.text_factory, raw.isolation_level, raw.execute("PRAGMA foreign_keys").fetchone()) == before
        count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n"
        began = time.monotonic()
        assert connection.exec_driver_sql(count).scalar() == 3_000_000  # no budget of ours stops it
        assert time.monotonic() - began > 0.2, "too fast to tell"


# -- PostgreSQL --------------------------------------------------------------------

OURS = ("statement_timeout", "lock_timeout", "application_name", "transaction_read_only", "TimeZone", "bytea_output")


@pytest.fixture
def server(postgres: Any) -> Any:
    """An empty PostgreSQL database."""
    found = Base(postgres.create())
    yield found
    for engine in found.engines:
        engine.dispose()
    postgres.drop(found.url)


def test_settings_hold_for_the_transaction_alone(server: Base) -> None:
    engine = sa.create_engine(server.source.url, pool_size=1, max_overflow=0)
    server.engines.append(engine)
    show = "SELECT " + ", ".join(f"current_setting('{name}')" for name in OURS) + ", pg_backend_pid()"
    with engine.connect() as connection:
        connection.exec_driver_sql("SET TimeZone = 'Asia/Tokyo'")
        connection.commit()
        before = connection.exec_driver_sql(show).one()
    database = Database(engine, Settings(query_timeout=1.5, lock_timeout=0.25), owned=False)
    with database.reading() as connection:
        inside = connection.exec_driver_sql(show).one()
    assert list(inside[:4]) == ["1500ms", "250ms", "flaskadmin", "on"]
    assert inside[4] == "UTC"
    with database.writing("anna") as connection:
        inside = connection.exec_driver_sql(show).one()
    assert list(inside[2:4]) == ["flaskadmin: anna", "off"]
    with engine.connect() as connection:
        assert connection.exec_driver_sql(show).one() == before


def test_a_long_user_name_still_fits_application_name(server: Base) -> None:
    with server.database().writing("ü" * 80) as connection:
        found = connection.exec_driver_sql("SELECT current_setting('application_name')").scalar()
    assert str(found).startswith("flaskadmin: ")


def test_a_host_engine_in_autocommit_is_held_to_its_budget(server: Base) -> None:
    server.run("CREATE TABLE t (a int)")
    engine = sa.create_engine(server.source.url, isolation_level="AUTOCOMMIT")
    server.engines.append(engine)
    database = Database(engine, Settings(query_timeout=0.3), owned=False)
    with pytest.raises(flaskadmin.TimedOut), database.reading() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(2)")
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    assert server.rows("SELECT * FROM t") == []


def test_a_lock_held_by_another_is_unavailable_and_then_well_again(server: Base) -> None:
    server.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    database = server.database(lock_timeout=0.2)
    with closing(server.connect()) as other:
        other.execute("BEGIN")
        other.execute("UPDATE t SET a = 2")
        with pytest.raises(Unavailable, match="Someone else is just changing"), database.writing() as connection:
            connection.exec_driver_sql("UPDATE t SET a = 3")
        other.execute("ROLLBACK")
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE t SET a = 4")
    assert server.rows("SELECT a FROM t") == [(4,)]


def test_a_lost_connection_is_unavailable_and_then_well_again(server: Base, postgres: Any) -> None:
    database = server.database()
    with pytest.raises(Unavailable, match="can't be reached"), database.reading() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres.execute(f"SELECT pg_terminate_backend({pid})")
        time.sleep(0.2)
        connection.exec_driver_sql("SELECT 1")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_lost_connection_is_told_when_the_error_was_swallowed(server: Base, postgres: Any) -> None:
    with pytest.raises(flaskadmin.ConnectionLost), server.database().reading() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres.execute(f"SELECT pg_terminate_backend({pid})")
        time.sleep(0.2)
        with suppress(sa.exc.DBAPIError):
            connection.exec_driver_sql("SELECT 1")
        with flaskadmin.within(connection, 1):
            connection.exec_driver_sql("SELECT 1")


def test_a_connection_that_was_closed_while_it_was_idle_is_replaced(server: Base, postgres: Any) -> None:
    database = server.database()
    for opened in (database.reading, database.writing):
        with opened() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres.execute(f"SELECT pg_terminate_backend({pid})")
        time.sleep(0.2)
        with opened() as connection:
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != pid


def test_a_transaction_stops_in_time_reads_only_and_is_taken_back(server: Base) -> None:
    server.run("CREATE TABLE t (a text)")
    database = server.database(query_timeout=0.3)
    with pytest.raises(flaskadmin.TimedOut), database.reading() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(2)")
    with pytest.raises(flaskadmin.FlaskAdminError), database.reading() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES ('read')")
    with pytest.raises(flaskadmin.FlaskAdminError), database.writing("it's \\ %s") as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES ('wrong'); SELECT 1 / 0")
    assert server.rows("SELECT a FROM t") == []


@pytest.mark.parametrize("way", ["long", "many", "stays on the server", "by the driver", "nothing"])
def test_a_transaction_begins_before_whatever_comes_first(server: Base, way: str) -> None:
    server.run("CREATE TABLE t (a text)")
    with pytest.raises(ZeroDivisionError), server.database().writing() as connection:
        if way == "long":
            connection.exec_driver_sql("INSERT INTO t VALUES (%s)", ("x" * 20_000,))
        elif way == "many":
            connection.exec_driver_sql("INSERT INTO t VALUES (%s)", [("x",), ("y",)])
        elif way == "stays on the server":
            streamed = {"stream_results": True}
            rows = connection.execute(sa.text("SELECT * FROM generate_series(1, 9)"), execution_options=streamed)
            assert len(rows.fetchall()) == 9
            connection.exec_driver_sql("INSERT INTO t VALUES ('x')")
        elif way == "by the driver":
            flaskadmin.driver_of(connection).execute("INSERT INTO t VALUES ('x')")
        raise ZeroDivisionError
    assert server.rows("SELECT a FROM t") == []


def test_when_all_connections_are_busy(server: Base) -> None:
    engine = sa.create_engine(server.source.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    server.engines.append(engine)
    database = Database(engine, Settings(), owned=False)
    with engine.connect(), pytest.raises(Unavailable, match="busy"), database.reading():
        raise AssertionError("there is but one connection")


FORKED = """
import os, sys
import sqlalchemy as sa
from flaskadmin import Database, Settings, engine_options, parse_source

url, settings = parse_source(sys.argv[1]).url, Settings()
database = Database(sa.create_engine(url, **engine_options(url, settings)), settings)

def used():
    with database.reading() as one, database.writing() as other:
        other.exec_driver_sql("INSERT INTO t VALUES (1)")
        return {link.connection.driver_connection for link in (one, other)}

mine = used()
child = os.fork()
if not child:
    os._exit(len(mine & used()))
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert mine == used()
sys.exit(ended)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_process_opens_its_own_connections(base: Base) -> None:
    base.run("CREATE TABLE t (a int)")
    command = [sys.executable, "-c", FORKED, base.source.url.render_as_string(hide_password=False)]
    done = subprocess.run(command, cwd=Path(flaskadmin.__file__).parent, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert base.rows("SELECT count(*) FROM t") == [(3,)]


# -- Encodings ---------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252", "ISO_8859_5", "EUC_CN"])
def test_a_database_may_be_of_another_encoding(postgres: Any, site: Callable[..., Any], encoding: str) -> None:
    """What it has is shown, found and saved; what it has no character for is told at the field, or finds nothing."""
    name, typed = {"ISO_8859_5": ("Улица", "Новая"), "EUC_CN": ("街道", "北京")}.get(encoding, ("Straße", "Süße Gaß"))
    url = postgres.create(encoding=encoding)
    base = Base(f"{url}&client_encoding=utf8")
    base.run(
        f'CREATE TABLE "{name}" (id integer PRIMARY KEY, "{name}" text)',
        f'CREATE TABLE house (id integer PRIMARY KEY, place integer REFERENCES "{name}" (id))',
        f"""INSERT INTO "{name}" VALUES (1, '{name} 1'); INSERT INTO house VALUES (1, 1)""",
    )
    browser, listed = site(url), f"/admin/{quote(name)}/"
    assert f"{name} 1" in browser.get("/admin/house/").text
    assert f"{name} 1".encode() in browser.get(f"{listed}export.csv?search={quote(name)}").data
    form = browser.form(f"{listed}1/edit")
    form[name] = typed
    assert browser.submit(form).status_code == 303
    assert base.rows(f'SELECT "{name}" FROM "{name}"') == [(typed,)]
    form = browser.form(f"{listed}1/edit")
    form[name] = "ñ日本"
    answer = browser.submit(form)
    assert answer.status_code == 422 and "encoding lacks a character" in answer.text and "ñ日本" in answer.text
    assert base.rows(f'SELECT "{name}" FROM "{name}"') == [(typed,)]
    assert "encoding lacks a character" in browser.get(f"{listed}?search=%C3%B1%E6%97%A5").text
    for way in ("", "__contains", "__in"):
        answer = browser.get(f"{listed}?{quote(name)}{way}=%C3%B1%E6%97%A5")
        assert answer.status_code == 200 and "It was left out." in answer.text, way
    postgres.drop(url)


def test_a_text_that_a_driver_cannot_send_is_told_in_words(server: Base) -> None:
    """Others than psycopg encode by what the server said at first, some of them in the middle of a message."""
    database = server.database()

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def encode(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statement.encode("latin-1")

    for _ in range(2):
        with pytest.raises(Unreadable, match="encoding lacks a character"), database.reading() as connection:
            connection.exec_driver_sql("SELECT '€'")
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT 'ä'").scalar() == "ä"
