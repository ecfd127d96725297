"""Other servers and a proxy in front: Waitress by the command line, Gunicorn, nginx under a sub-path."""

from __future__ import annotations

import importlib.util
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookiejar import Cookie
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from outside import (
    PASSWORD,
    PROJECT,
    USER,
    Browser,
    Running,
    address,
    cells,
    first_text_field,
    lacking,
    links,
    plain_environ,
    running,
    signed_in,
    soup,
)

SECRET = "a secret key that two worker processes share"
PREFIX = "/tools/db"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(PROJECT / "sample.db", tmp_path_factory.mktemp("shop")))


def start(command: list[str], folder: Path, **environ: str) -> subprocess.Popen[bytes]:
    whole = plain_environ(FLASKADMIN_USER=USER, FLASKADMIN_PASSWORD=PASSWORD, **environ)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=whole, stdin=pipe, stdout=pipe, stderr=pipe)


def waitress(database: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(PROJECT / "flaskadmin.py"), "--db", str(database), *options]
    return start(command, database.parent, FLASKADMIN_SECRET_KEY=SECRET)


def url_of(site: Running) -> str:
    return site.wait_for(r"http://127\.0\.0\.1:[1-9]\d*[^\s()]*").group()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


# Waitress


def test_waitress_ends_cleanly_when_asked(database: Path) -> None:
    with running(waitress(database, "--port", "0")) as site:
        assert Browser(url_of(site)).objects()
        assert site.stop() == 0
    assert "Traceback" not in site.said()


def test_waitress_finishes_what_is_in_flight(database: Path) -> None:
    """A save that waits for the database's lock when the signal comes is done, and answered, all the same."""
    with running(waitress(database, "--port", "0")) as site, ThreadPoolExecutor() as pool:
        browser = Browser(url_of(site))
        url, form, field, text = first_text_field(browser)
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            save = pool.submit(browser.submit, url, form, {field: text + "z"})
            time.sleep(0.5)
            assert not save.done()
            site.process.terminate()
            time.sleep(0.5)
            other.execute("ROLLBACK")
        assert save.result(20).status_code in (302, 303)
        assert site.process.wait(20) == 0
    assert [key[-1] for key, value in cells(database).items() if value == text + "z"] == [field]


def test_waitress_names_a_taken_port(database: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with running(waitress(database, "--port", port)) as site:
            assert site.process.wait(30) == 1
            site.wait_for(r"--port \d+")
    assert port in site.said() and "Traceback" not in site.said()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak")
def test_a_long_value_is_held_a_few_times_at_most(tmp_path: Path) -> None:
    """On no page of a table or view, sorted or grouped by it: each copy counts."""
    size, path = 20_000_000, tmp_path / "long.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, w text)")
        connection.execute("CREATE TABLE u (id integer PRIMARY KEY, w text COLLATE NOCASE)")
        for table in "tu":
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(i, f"w {i}") for i in range(30)])
            connection.execute(f"INSERT INTO {table} VALUES (30, ?)", ["long " * (size // 5)])
        connection.execute("CREATE VIEW v AS SELECT * FROM u")
        connection.commit()
    pages = ["", "?sort=w", "?sort=-w", "glance", "column/w", "?q=zzz"]
    with running(waitress(path, "--port", "0")) as site:
        browser, process = Browser(url_of(site)), Path(f"/proc/{site.process.pid}")

        def memory(which: str) -> int:
            found = re.search(rf"{which}:\s+(\d+) kB", (process / "status").read_text())
            assert found
            return int(found[1]) * 1024

        for page in [*(f"{relation}/{page}" for relation in "tuv" for page in pages), "t/export.csv?sort=id"]:
            browser.page("")
            idle = memory("VmRSS")
            (process / "clear_refs").write_text("5")  # the peak begins anew
            assert browser.get(urljoin(browser.home, page), timeout=60).status_code == 200
            assert memory("VmHWM") - idle < 3.5 * size, page


# Gunicorn


@pytest.fixture(scope="module")
def gunicorn(database: Path) -> Iterator[str]:
    """The site by Gunicorn in two worker processes, configured by the environment alone."""
    if importlib.util.find_spec("gunicorn") is None:
        lacking("gunicorn is not installed")
    workers = ["--workers", "2", "--bind", "127.0.0.1:0", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *workers, "flaskadmin:create_app()", "--chdir", str(PROJECT)]
    settings = {"FLASKADMIN_DB": str(database), "FLASKADMIN_SECRET_KEY": SECRET}
    with running(start(command, database.parent, **settings)) as site:
        found = site.wait_for(r"Listening at: (http://127\.0\.0\.1:\d+)")
        site.wait_for(r"(?s)Booting worker.*Booting worker")
        yield found[1] + "/admin/"


def test_gunicorn_serves_every_table(gunicorn: str) -> None:
    browser = Browser(gunicorn)
    objects = browser.objects()
    assert len(objects) >= 10
    for thing in objects:
        urls = thing["urls"]
        assert isinstance(urls, dict)
        assert browser.page(urls["list"]).select("table, [role=alert], main")


def test_gunicorn_workers_share_the_session(gunicorn: str) -> None:
    """Either process believes what the other signed: no memory that only one of them has."""
    browser = signed_in(gunicorn)
    answers = [browser.get(gunicorn, headers={"Connection": "close"}, timeout=60) for _ in range(20)]
    assert {(answer.status_code, len(answer.history)) for answer in answers} == {(200, 0)}


def test_gunicorn_refuses_strangers(gunicorn: str) -> None:
    answer = Browser(gunicorn, auth=(USER, PASSWORD + "!")).get(gunicorn, timeout=60)
    assert answer.status_code == 401


# nginx

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{
      proxy_pass {target};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      {more}
    }}
    location / {{ return 418; }}
  }}
}}
"""


@pytest.fixture(scope="module", params=["strips the prefix", "leaves the prefix"])
def proxied(request: pytest.FixtureRequest, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site's address behind an nginx that has nothing but 418 to say outside the prefix."""
    binary = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if binary is None:
        lacking("nginx is not installed (Debian: apt-get install nginx)")
    strips = request.param == "strips the prefix"
    options = [] if strips else ["--url-prefix", PREFIX]
    with running(waitress(database, "--port", "0", "--trusted-proxy", "127.0.0.1", *options)) as site:
        behind = "http://" + urlsplit(url_of(site)).netloc
        folder = tmp_path_factory.mktemp("nginx")
        port = free_port()
        (folder / "nginx.conf").write_text(
            NGINX.format(
                folder=folder,
                port=port,
                prefix=PREFIX,
                target=behind + ("/" if strips else ""),
                more=f"proxy_set_header X-Forwarded-Prefix {PREFIX};" if strips else "",
            )
        )
        command = [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        with running(start(command, folder)):
            wait_for_port(port)
            yield f"http://127.0.0.1:{port}{PREFIX}/admin/"


def wait_for_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as attempt:
            attempt.settimeout(0.05)
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


def test_crawl_stays_under_the_prefix(proxied: str) -> None:
    """Every link, redirect and asset, of every kind of page; three pages of a kind."""
    browser = signed_in(proxied)
    here = urlsplit(proxied)
    waiting = [proxied]
    met = {proxied}
    kinds: Counter[str] = Counter()
    for url in waiting:
        kind = re.sub(r"=[^&]*|\d+", "…", url)
        kinds[kind] += 1
        if kinds[kind] > 3 or len(kinds) > 300:
            continue
        found = found_at(browser, url)
        assert [link for link in found if not link.startswith(f"http://{here.netloc}{PREFIX}/")] == [], url
        waiting += sorted(found - met)
        met |= found
    ends = {urlsplit(url).path.rpartition("/")[2] for url in met}
    assert {"edit", "new", "delete"} <= ends and [end for end in ends if end.endswith(".css")]
    assert {cookie.path.rstrip("/") for cookie in cookies(browser)} <= {PREFIX, PREFIX + "/admin"}


def found_at(browser: Browser, url: str) -> set[str]:
    """Where a page leads; forms that want POST answer 405 to this."""
    answer = browser.get(url, timeout=60, allow_redirects=False)
    assert answer.status_code in (200, 302, 303, 308, 405), (url, answer.status_code, answer.text[:300])
    found = {urljoin(url, answer.headers["Location"])} if "Location" in answer.headers else set()
    if answer.headers["Content-Type"].startswith("text/html"):
        found |= set(links(soup(answer)))
    return found


def test_root_of_the_prefix_leads_to_the_site(proxied: str) -> None:
    browser = signed_in(proxied)
    root = proxied.removesuffix("admin/")
    answer = browser.get(root, timeout=60, allow_redirects=False)
    assert urljoin(root, answer.headers["Location"]) == proxied


def test_stranger_is_led_to_the_sign_in_under_the_prefix(proxied: str) -> None:
    answer = Browser(proxied, auth=None).get(proxied, timeout=60)
    assert urlsplit(answer.url).path == f"{PREFIX}/admin/sign-in"
    assert answer.status_code in (200, 401)


def test_save_behind_the_proxy(proxied: str) -> None:
    """The Origin that the browser sends is the proxy's, and so is what the site takes for its own."""
    browser = signed_in(proxied)
    things = [thing for thing in browser.objects() if thing["editable"] and thing["kind"] == "table"]
    urls = things[0]["urls"]
    assert isinstance(urls, dict)
    row = browser.page(urls["list"]).select("a[rel~=edit]")[0]
    page = browser.page(str(row["href"]))
    form = next(form for form in page.select("form") if form.select_one("[name=_was]"))
    answer = browser.submit(address(page), form)
    assert answer.status_code in (302, 303), answer.text[:2000]
    assert urlsplit(urljoin(proxied, answer.headers["Location"])).path.startswith(PREFIX + "/admin/")


def test_forwarded_headers_of_strangers_are_not_believed(database: Path) -> None:
    """Without --trusted-proxy they are anybody's words."""
    with running(waitress(database, "--port", "0")) as site:
        home = url_of(site)
        browser = Browser(home)
        browser.headers.update({"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"})
        browser.headers.update({"X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"})
        page = browser.page()
        assert "evil" not in str(page)
        assert all(not cookie.secure and "evil" not in cookie.path for cookie in cookies(browser))


def cookies(browser: Browser) -> list[Cookie]:
    found = list(browser.cookies)
    assert found
    return found
