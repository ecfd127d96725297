"""A site in a process of its own that can be killed and started again, and clients that edit through its forms."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

import flaskadmin
from flaskadmin import Catalogue, Database, History, LineFilter, Settings, State, Writer
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
        return self.session.post(
            address, data=body, headers={"Content-Type": kind}, timeout=60, allow_redirects=False
        )

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
        yield Writer(database, Catalogue.of(database), History(kept))
    finally:
        kept.close()
        engine.dispose()


def done_lines(history: History) -> Sequence[flaskadmin.Line]:
    """Return every change set that was committed, the oldest first."""
    lines = history.lines(LineFilter(kinds=("change",)), limit=1_000_000)
    return [line for line in reversed(lines) if line.outcome == "done"]


def replayed(history: History, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Carry out by hand on ``rows`` (by address) what the history says of one table."""
    for line in done_lines(history):
        after = -1
        while entries := history.entries(line, after, 10_000):
            for entry in entries:
                values = rows.pop(entry.token_before, {}) if entry.verb != "insert" else {}
                assert all(values.get(name) == value for name, value in entry.before.items()), entry
                if entry.verb != "delete":
                    rows[entry.token] = {**values, **entry.after}
                after = entry.place
    return rows


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
