"""What one user's load does to another, and what memory it takes: python tests/bench/load.py [name ...].

Each measurement starts the real program, `python flaskadmin.py` with its default threads, over a large table, and asks
it by HTTP: ``heavy`` (the eight worst requests of one user at once), ``guesses`` (300 wrong passwords at once, from
many addresses), ``lost`` (PostgreSQL closes all connections), ``upload`` and ``blob`` (peak of memory above idle),
``start``. Beside each figure stands the most that it may be.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import queue
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import requests

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "tests"), str(TOP / "tests" / "bench")]

from run import CACHE, Postgres, Sqlite, fill  # noqa: E402
from werkzeug.security import generate_password_hash  # noqa: E402

from forms import read_forms  # noqa: E402
from outside import Running, plain_environ  # noqa: E402

PASSWORD = "a long password"
PROXY = "127.0.0.1"
ROWS = 1_000_000
TABLE = (
    "id integer PRIMARY KEY, name text, email text, amount numeric(10,2), made TYPE, status text, place text, note text"
)


class Site:
    """The program over one database, and its users anna and otto."""

    def __init__(self, url: str, folder: Path, *options: str) -> None:
        users, state = folder / "users.txt", folder / "state.db"
        users.write_text("".join(f"{name}:{generate_password_hash(PASSWORD)}\n" for name in ("anna", "otto")))
        command = [sys.executable, str(TOP / "flaskadmin.py"), "--db", url, "--port", "0", "--users", str(users)]
        command += ["--state", str(state), "--trusted-proxy", PROXY, *options]
        environ = plain_environ(XDG_CONFIG_HOME=str(folder))
        pipe = subprocess.PIPE
        self.begun = time.perf_counter()
        self.running = Running(subprocess.Popen(command, cwd=folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe))
        self.home = self.running.wait_for(r"http://127\.0\.0\.1:\d+/\S*").group()
        self.process = psutil.Process(self.running.process.pid)

    def browser(self, name: str) -> requests.Session:
        """Return a browser with a session."""
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        form = read_forms(session.get(f"{self.home}sign-in", timeout=60).text)[-1]
        data = {"csrf_token": form["csrf_token"], "name": name, "password": PASSWORD}
        answer = session.post(f"{self.home}sign-in", data=data, timeout=60)
        assert answer.status_code == 200, answer.text
        return session

    def memory(self) -> float:
        """Return what the process holds, in MB: what it has to itself, and what it shares."""
        return float(self.process.memory_info().rss) / 2**20


@contextmanager
def started(url: str, *options: str) -> Iterator[Site]:
    """Serve a site while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(url, Path(folder), *options)
        try:
            yield site
        finally:
            site.running.stop(60)


@contextmanager
def peak(site: Site) -> Iterator[Callable[[], float]]:
    """Yield a function that tells how many MB above what it was the process has taken."""
    before, most, ended = site.memory(), [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.005):
            most[0] = max(most[0], site.memory() - before)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield lambda: most[0]
    finally:
        ended.set()
        watcher.join()


def report(name: str, found: float, bar: float, unit: str, more: str = "") -> bool:
    """Print a figure; return whether it is within its bar."""
    print(f"{'ok ' if found <= bar else 'BAD'} {name:46} {found:8.2f} {unit} (at most {bar:g}) {more}", flush=True)
    return found <= bar


def large(engine: Sqlite | Postgres) -> str:
    """Return a database of a large table, with JSON, beside a small one."""
    kind, made = ("text", "text") if engine.name == "sqlite" else ("jsonb", "text")
    body = """'{"a": {"b": {"c": {"d": {"e": ' || n || '}}}}}'"""
    table = TABLE.replace("TYPE", made)
    return engine.make(
        f"load{ROWS}", f"CREATE TABLE goods ({table})", f"INSERT INTO goods {fill(ROWS, engine.series)}",
        f"CREATE TABLE papers (id integer PRIMARY KEY, body {kind})",
        f"INSERT INTO papers SELECT n, CAST({body} AS {kind}) FROM {engine.series} LIMIT {ROWS // 2}",
        "CREATE TABLE small (id integer PRIMARY KEY, name text)", "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
    )  # fmt: skip


CONDITIONS = "&".join(f"any{n}.email__contains=zz{n}&any{n}.note__ends=yy{n}" for n in range(1, 12))
DEEP = "&".join(f"body.a.b.c.d.e__contains={n}9" for n in range(12))
WORST = (
    f"goods/?{CONDITIONS}", "goods/?sort=note,-email,place,-amount,status,-made,name&note__null=no", f"papers/?{DEEP}",
    "goods/?search=zzz+yyy+xxx+www+vvv+uuu", "goods/glance", "find?q=zzz", "goods/export.xlsx",
    "goods/export.csv?sort=note",
)  # fmt: skip


def bench_heavy(engine: Sqlite | Postgres) -> Iterator[bool]:
    """The small page of one user while another sends the eight worst requests, again and again."""
    with started(large(engine)) as site:
        anna, otto = site.browser("anna"), site.browser("otto")
        otto.get(f"{site.home}small/", timeout=60)
        for kind, paths in (("8 different", WORST), *((f"8 x {path[:30]}", (path,) * 8) for path in WORST)):
            told: list[str] = []

            def send(path: str, told: list[str] = told) -> None:
                begun = time.perf_counter()
                one = requests.Session()
                one.trust_env = False
                try:
                    with one.get(
                        f"{site.home}{path}",
                        headers={"Accept": "text/html"},
                        cookies=anna.cookies.get_dict(),
                        timeout=90,
                        stream=True,
                    ) as answer:
                        size = sum(len(part) for part in answer.iter_content(65_536))
                    told.append(f"{answer.status_code} {size} {time.perf_counter() - begun:.1f}s")
                except requests.RequestException as error:
                    told.append(type(error).__name__)

            threads = [threading.Thread(target=send, args=(path,), daemon=True) for path in paths]
            for thread in threads:
                thread.start()
            time.sleep(0.1)
            times = []
            ended = time.monotonic() + 8
            while not times or (any(thread.is_alive() for thread in threads) and time.monotonic() < ended):
                begun = time.perf_counter()
                assert otto.get(f"{site.home}small/", timeout=60).status_code == 200
                times.append(time.perf_counter() - begun)
            for thread in threads:
                thread.join(90)
            yield report(
                f"{kind}, {engine.name}", max(times), 2, "s", f"{len(times)} pages; " + ", ".join(sorted(told))
            )


def guess(home: str, way: str, answered: multiprocessing.Queue[int]) -> None:
    """Send 300 wrong passwords at once, each from an address of its own; hand over the statuses, 0 for no answer."""

    def send(n: int) -> None:
        headers = {"X-Forwarded-For": f"10.{len(way)}.{n // 200}.{n % 200}", "Accept": "text/html"}
        with requests.Session() as one:
            one.trust_env = False
            try:
                if way == "basic":
                    answer = one.get(f"{home}small/", auth=("anna", f"wrong {n}"), headers=headers, timeout=60)
                else:
                    form = read_forms(one.get(f"{home}sign-in", headers=headers, timeout=60).text)[-1]
                    data = {"csrf_token": form["csrf_token"], "name": "anna", "password": f"wrong {n}"}
                    answer = one.post(f"{home}sign-in", data=data, headers=headers, timeout=60)
                answered.put(answer.status_code)
            except requests.RequestException:
                answered.put(0)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bench_guesses(engine: Sqlite | Postgres) -> Iterator[bool]:
    """The page of someone signed in while a process of its own sends 300 wrong passwords at once."""
    with started(large(engine)) as site:
        otto = site.browser("otto")
        for way in ("form", "basic"):
            answered: multiprocessing.Queue[int] = multiprocessing.Queue()
            guesser = multiprocessing.Process(target=guess, args=(site.home, way, answered))
            guesser.start()
            statuses, times = list[int](), list[float]()
            while len(statuses) < 300:
                begun = time.perf_counter()
                assert otto.get(f"{site.home}small/", timeout=60).status_code == 200
                times.append(time.perf_counter() - begun)
                with suppress(queue.Empty):
                    while True:
                        statuses.append(answered.get_nowait())
            guesser.join()
            yield report(
                f"300 wrong passwords, {way}, {engine.name}",
                max(times),
                2,
                "s",
                f"{len(times)} pages; {dict(Counter(statuses))}",
            )


def bench_lost(engine: Sqlite | Postgres) -> Iterator[bool]:
    """Reads and saves while PostgreSQL closes all connections, ten times: in use, then at rest."""
    if not isinstance(engine, Postgres):
        return
    with started(url := large(engine)) as site:
        told: list[str] = []
        ended = threading.Event()

        def read(path: str) -> None:
            browser = site.browser("anna")
            while not ended.is_set():
                told.append(f"read {browser.get(f'{site.home}{path}', timeout=60).status_code}")

        def save(n: int) -> None:
            browser = site.browser("otto")
            address = f"{site.home}goods/{n}/edit"
            answer = browser.get(address, timeout=60)
            form = next((form for form in read_forms(answer.text) if "_was" in form), None)
            if form is None:
                told.append(f"form {answer.status_code}")
                return
            form["name"] = f"Name {time.time()}"
            body, kind = form.body(("_then", "list"))
            answer = browser.post(address, data=body, headers={"Content-Type": kind}, timeout=60, allow_redirects=False)
            told.append(f"save {answer.status_code}")

        paths = (
            "",
            "status",
            "history",
            "find?q=Name+77",
            "goods/column/status",
            "goods/",
            "goods/5",
            "goods/?search=Name+77",
            "small/",
            "goods/glance",
        )
        threads = [threading.Thread(target=read, args=(path,), daemon=True) for path in paths]
        for thread in threads:
            thread.start()
        with psycopg.connect(url, autocommit=True) as connection:
            close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'flaskadmin%'"
            for _ in range(10):
                time.sleep(2)
                connection.execute(close)
            ended.set()
            for thread in threads:
                thread.join(60)
            for n in range(1, 11):  # what rests in the pool
                connection.execute(close)
                save(n)
        counted = {one: told.count(one) for one in sorted(set(told))}
        bad = sum(count for one, count in counted.items() if not one.endswith(("200", "303")))
        if bad:
            print(site.running.said()[-6000:])
        yield report(f"errors, {engine.name}", bad, 0, "", str(counted))


def packed(name: str, *parts: bytes) -> bytes:
    """Return a ZIP file with one very compressible part, beside what makes it an Excel file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", XLSX_TYPES)
        archive.writestr("_rels/.rels", XLSX_RELATIONS % ("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", XLSX_BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", XLSX_RELATIONS % ("worksheet", "worksheets/sheet1.xml"))
        if name != "xl/worksheets/sheet1.xml":
            archive.writestr(
                "xl/worksheets/sheet1.xml", SHEET + b"<row><c t='s'><v>0</v></c></row></sheetData></worksheet>"
            )
        with archive.open(name, "w", force_zip64=True) as part:
            for one in parts:
                part.write(one)
    return out.getvalue()


XMLNS = "http://schemas.openxmlformats.org"
SHEET = f"<worksheet xmlns='{XMLNS}/spreadsheetml/2006/main'><sheetData>".encode()
XLSX_TYPES = (
    f"<Types xmlns='{XMLNS}/package/2006/content-types'><Default Extension='rels' "
    "ContentType='application/vnd.openxmlformats-package.relationships+xml'/><Override PartName='/xl/workbook.xml' "
    "ContentType='application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/><Override "
    "PartName='/xl/worksheets/sheet1.xml' "
    "ContentType='application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml'/><Override "
    "PartName='/xl/sharedStrings.xml' "
    "ContentType='application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml'/></Types>"
)
XLSX_RELATIONS = (
    f"<Relationships xmlns='{XMLNS}/package/2006/relationships'><Relationship Id='rId1' "
    f"Type='{XMLNS}/officeDocument/2006/relationships/%s' Target='%s'/></Relationships>"
)
XLSX_BOOK = (
    f"<workbook xmlns='{XMLNS}/spreadsheetml/2006/main' xmlns:r='{XMLNS}/officeDocument/2006/relationships'>"
    "<sheets><sheet name='a' sheetId='1' r:id='rId1'/></sheets></workbook>"
)
MB = 2**20
FILES: dict[str, Callable[[], bytes]] = {
    "quotes.csv": lambda: b"name,note\n" + b'"' * (63 * MB),
    "open quote.csv": lambda: b'name,note\n1,"' + b"x\n" * (31 * MB),
    "pairs of quotes.csv": lambda: b"name,note\n" + b'"",' * (21 * MB),
    "delimiters.csv": lambda: b"name,note\n" + b"," * (63 * MB),
    "short lines.csv": lambda: b"name,note\n" + b"a,\n" * (21 * MB),
    "newlines.csv": lambda: b"name,note\n" + b"\n" * (63 * MB),
    "one line.csv": lambda: b"name," + b"x" * (63 * MB),
    "nul.csv": lambda: b"name,note\n" + bytes(63 * MB),
    "not utf-8.csv": lambda: b"name,note\n" + b"\xe9\xff," * (21 * MB),
    "deep.json": lambda: b"[" * (63 * MB),
    "deep objects.json": lambda: b'[{"a":' * (10 * MB),
    "numbers.json": lambda: b"[" + b"1," * (31 * MB) + b"1]",
    "empty objects.json": lambda: b"[" + b"{}," * (21 * MB) + b"{}]",
    "one text.json": lambda: b'[{"name": "' + b"x" * (63 * MB) + b'"}]',
    "many names.json": lambda: b"[{" + b",".join(b'"%d":1' % n for n in range(5 * MB)) + b"}]",
    "deep.jsonl": lambda: b'{"name":' + b"[" * (63 * MB),
    "short.jsonl": lambda: b"{}\n" * (21 * MB),
    "zeros.xlsx": lambda: packed("xl/worksheets/sheet1.xml", SHEET, *[bytes(MB)] * 2000),
    "rows.xlsx": lambda: packed(
        "xl/worksheets/sheet1.xml", SHEET, *[b"<row><c><v>1</v></c></row>" * 40_000] * 300, b"</sheetData></worksheet>"
    ),
    "cells.xlsx": lambda: packed(
        "xl/worksheets/sheet1.xml", SHEET, b"<row>", *[b"<c><v>1</v></c>" * 60_000] * 400,
        b"</row></sheetData></worksheet>",
    ),
    "text.xlsx": lambda: packed(
        "xl/worksheets/sheet1.xml", SHEET, b"<row><c t='inlineStr'><is><t>", *[b"x" * MB] * 600,
        b"</t></is></c></row></sheetData></worksheet>",
    ),
    "shared.xlsx": lambda: packed(
        "xl/sharedStrings.xml", f"<sst xmlns='{XMLNS}/spreadsheetml/2006/main'>".encode(),
        *[b"<si><t>x</t></si>" * 60_000] * 300, b"</sst>",
    ),
}  # fmt: skip


def bench_upload(engine: Sqlite | Postgres) -> Iterator[bool]:
    """The peak of memory while a file of the worst content is uploaded and read."""
    for name, make in FILES.items():
        content = make()
        with started(large(engine)) as site:
            anna = site.browser("anna")
            address = f"{site.home}goods/import"
            page = anna.get(address, timeout=60).text
            form = next(form for form in read_forms(page) if "pasted" in form)
            with peak(site) as most:
                begun = time.perf_counter()
                data, files = {"csrf_token": form["csrf_token"]}, {"file": (name, content)}
                try:
                    told = str(anna.post(address, data=data, files=files, timeout=120).status_code)
                except requests.RequestException as error:
                    told = type(error).__name__
                told += f" {time.perf_counter() - begun:.1f}s"
            yield report(f"{name} ({len(content) / MB:.0f} MB), {engine.name}", most(), 200, "MB", told)


def bench_blob(engine: Sqlite | Postgres) -> Iterator[bool]:
    """The peak of memory of each page and export of a table with a value of 60 MB: bytes, a text, JSON."""
    made = {"sqlite": "zeroblob(60000000)", "postgresql": "decode(repeat('00', 60000000), 'hex')"}[engine.name]
    kind = "blob" if engine.name == "sqlite" else "bytea"
    text = "replace(hex(zeroblob(30000000)), '0', 'x')" if engine.name == "sqlite" else "repeat('x', 60000000)"
    url = engine.make(
        "load_blob", f"CREATE TABLE files (id integer PRIMARY KEY, name text, body {kind})",
        f"INSERT INTO files VALUES (1, 'large', {made}), (2, 'small', NULL)",
        "CREATE TABLE texts (id integer PRIMARY KEY, name text, body text)",
        f"INSERT INTO texts VALUES (1, 'large', {text}), (2, 'small', NULL)",
    )  # fmt: skip
    pages = [
        "", "1", "1/edit", "1/copy", "1/delete", "glance", "column/body", "?search=x", "?body__contains=yx",
        "bulk?key=1",
        "?sort=body", "1/history",
    ]  # fmt: skip
    pages += [f"export.{form}" for form in ("csv", "json", "jsonl", "xlsx", "sql")]
    for table in ("files", "texts"):
        for path in pages:
            with started(url) as site:
                anna = site.browser("anna")
                anna.get(f"{site.home}{table}/2", timeout=60)
                with peak(site) as most:
                    begun, size = time.perf_counter(), 0
                    try:
                        with anna.get(f"{site.home}{table}/{path}", timeout=120, stream=True) as answer:
                            size = sum(len(part) for part in answer.iter_content(65_536))
                        told = f"{answer.status_code} {size} {time.perf_counter() - begun:.1f}s"
                    except requests.RequestException as error:
                        told = type(error).__name__
                yield report(f"{table}/{path}, {engine.name}", most(), 200, "MB", told)


def bench_start(engine: Sqlite | Postgres) -> Iterator[bool]:
    """From the command to the first line, to the first page; and what memory it takes then."""
    url = large(engine)
    for _ in range(3):
        with started(url) as site:
            line = time.perf_counter() - site.begun
            auth = ("anna", PASSWORD)
            assert requests.get(f"{site.home}small/", auth=auth, timeout=60).status_code == 200
            page = time.perf_counter() - site.begun
            yield report(f"start line, {engine.name}", line, 0.2, "s")
            yield report(f"first page, {engine.name}", page, 1, "s")
            yield report(f"memory after it, {engine.name}", site.memory(), 75, "MB")


BENCHES = {name.removeprefix("bench_"): run for name, run in list(globals().items()) if name.startswith("bench_")}


def main() -> int:
    """Run what is named, on both engines."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []])
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    good = True
    for engine in (Sqlite, Postgres):
        if given.engine in (None, engine.name):
            made = engine()
            for name in given.names or BENCHES:
                for found in BENCHES[name](made):
                    good &= found
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
