"""Section 20: from arguments to a site, or to one or two lines of words and an exit code."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from werkzeug.security import check_password_hash

import flaskadmin
from flaskadmin import Settings, main
from outside import Running, plain_environ

MODULE = Path(flaskadmin.__file__)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder that holds a small database, and an environment that says nothing."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("FLASKADMIN_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
    return tmp_path


@contextmanager
def started(folder: Path, *arguments: str, **environ: str) -> Iterator[Running]:
    """The script in a process of its own."""
    whole = plain_environ(XDG_CONFIG_HOME=str(folder / "home"), APPDATA=str(folder / "home"), **environ)
    pipe = subprocess.PIPE
    command = [sys.executable, str(MODULE), *arguments]
    it = Running(subprocess.Popen(command, cwd=folder, env=whole, stdin=pipe, stdout=pipe, stderr=pipe))
    try:
        yield it
    finally:
        it.stop()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and what stands on stderr, which must be one line or two; stdout must be empty."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and err.startswith("flaskadmin: ")
    assert not re.search(r"Traceback|sqlalchemy|psycopg|sqlite3\.|File \"", err)
    return code, err


# A site


def test_password_is_made_and_printed_once(folder: Path) -> None:
    with started(folder, "shop.db", "--port", "0") as it:
        url = it.wait_for(r"http://127\.0\.0\.1:\d+/admin/").group()
        password = it.wait_for(r"Sign in as admin with the password (\S{16,})")[1]
        assert requests.get(url, auth=("admin", password), timeout=20).status_code == 200
        assert requests.get(url, auth=("admin", password + "x"), timeout=20).status_code == 401
    assert it.said().count(password) == 1
    assert len("".join(it.out).splitlines()) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="another C library gives memory back in its own way")
def test_memory_that_compiling_took_is_given_back(folder: Path) -> None:
    """Of the installed command; the script's own code is held while it runs."""
    environ = plain_environ(PYTHONPATH=str(MODULE.parent), PYTHONPYCACHEPREFIX=str(folder))
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", "import flaskadmin; flaskadmin.main()", "shop.db", "--port", "0"]
    pipe, held = subprocess.PIPE, list[int]()
    for _ in ("compiled", "from byte code"):
        it = Running(subprocess.Popen(command, cwd=folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe))
        try:
            it.wait_for(r"http://127\.0\.0\.1:\d+/\S*")
            held.append(psutil.Process(it.process.pid).memory_info().rss)
        finally:
            it.stop()
    assert held[0] < held[1] * 1.2


def test_given_password_is_never_printed(folder: Path) -> None:
    environ = {"FLASKADMIN_DB": "shop.db", "FLASKADMIN_PASSWORD": "hunter22", "FLASKADMIN_USER": "anna"}
    with started(folder, "--port=0", "--log-json", **environ) as it:
        url = it.wait_for(r"http://127\.0\.0\.1:\d+/admin/").group()
        assert requests.get(url + "item/?search=zebra", auth=("anna", "hunter22"), timeout=20).status_code == 200
        requests.get(url, auth=("anna", "hunter23"), timeout=20)
        it.wait_for("wrong password")
    lines = [json.loads(line) for line in it.err]
    access = next(line for line in lines if line.get("status") == 200)
    assert {"user": "anna", "method": "GET"}.items() <= access.items() and access["path"].endswith("/item/")
    assert "hunter2" not in it.said() and "zebra" not in it.said()


def test_several_databases_make_one_site(folder: Path) -> None:
    shutil.copy("shop.db", "crm.db")
    shutil.copy("shop.db", "other.db")
    arguments = ("shop=shop.db", "-p", "0", "--db", "crm=crm.db", "other.db")
    with started(folder, *arguments, FLASKADMIN_PASSWORD="p") as it:
        url = it.wait_for(r"http://127\.0\.0\.1:\d+/admin/").group()
        for name in ("shop", "crm", "other"):
            assert requests.get(f"{url}{name}/item/", auth=("admin", "p"), timeout=20).status_code == 200


def test_import_finds_the_running_module(folder: Path) -> None:
    """A hook that imports flaskadmin must get the module that runs, not a second copy."""
    count = "len({id(m) for m in sys.modules.values() if hasattr(m, 'FlaskAdminDB')})"
    code = f"import atexit, sys\natexit.register(lambda: print(__import__('flaskadmin') and {count}))\n"
    (folder / "sitecustomize.py").write_text(code)
    command = [sys.executable, str(MODULE), "hash-password"]
    environ = plain_environ(PYTHONPATH=str(folder))
    done = subprocess.run(command, env=environ, input="correct horse\n", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["1"]


def script(folder: Path, *arguments: str, absent: str = "", version: str = "", **environ: str) -> tuple[int, str, str]:
    """Run the script where a package is absent, or as a Python of another version would."""
    code = f"import sys\nfor name in {absent.split()!r}:\n    sys.modules[name] = None\n"
    code += "import importlib.util as u\nreal = u.find_spec\n"
    code += f"u.find_spec = lambda name: None if name in {absent.split()!r} else real(name)\n"
    code += f"sys.version_info = {version} or sys.version_info\n" if version else ""
    (folder / "sitecustomize.py").write_text(code)
    whole = plain_environ(PYTHONPATH=str(folder), XDG_CONFIG_HOME=str(folder), **environ)
    command = [sys.executable, str(MODULE), *arguments]
    done = subprocess.run(command, env=whole, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("version", ["(3, 10, 4)", "(3, 9, 0)"])
def test_older_python_is_told_which_is_needed(folder: Path, version: str) -> None:
    code, out, err = script(folder, "--db", "shop.db", version=version)
    assert code != 0 and out == "" and "3.11" in err and len(err.splitlines()) <= 2 and "Traceback" not in err


def test_absent_packages_are_named(folder: Path) -> None:
    code, out, err = script(folder, "--db", "shop.db", absent="flask_wtf waitress")
    assert code != 0 and out == "" and "flask_wtf, waitress" in err and "pip install" in err
    assert len(err.splitlines()) <= 2 and "Traceback" not in err


def test_machine_without_time_zones_says_so_and_shows_utc(folder: Path) -> None:
    (folder / "zones.py").write_text(
        "import flaskadmin\n"
        "app = flaskadmin.create_app('shop.db', password='pw', timezone='Asia/Tokyo')\n"
        "client = app.test_client()\n"
        "client.set_cookie('flaskadmin_zone', 'Africa/Cairo')\n"
        "answer = client.get('/admin/preferences', auth=('admin', 'pw'))\n"
        "print(answer.status_code, 'Times are shown in UTC' in answer.text)\n"
    )
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['tzdata'] = None\n")
    whole = plain_environ(PYTHONPATH=f"{MODULE.parent}:{folder}", PYTHONTZPATH="", XDG_CONFIG_HOME=str(folder))
    command = [sys.executable, "zones.py"]
    done = subprocess.run(command, env=whole, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.stdout == "200 True\n" and done.stderr.count("\n") == 1 and "tzdata" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize("event", [("import", "flask_sqlalchemy"), ("import", "wtforms"), ("sqlite3.connect", "")])
def test_ctrl_c_while_it_starts_ends_it_quietly(folder: Path, event: tuple[str, str]) -> None:
    code = (
        "import os, signal, sys\n"
        f"wanted, name = {event!r}\n"
        "def hook(event, given):\n"
        "    if event == wanted and name in ('', given[0]):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.addaudithook(hook)\n"
    )
    (folder / "sitecustomize.py").write_text(code)
    with started(folder, "--db", "shop.db", "--port", "0", PYTHONPATH=str(folder)) as it:
        assert it.process.wait(30) != 0
    assert it.said() == "flaskadmin: starting\n"


def test_first_line_comes_before_the_imports(folder: Path) -> None:
    code = "import time, sys\nsys.addaudithook(lambda event, given: event == 'import' and given[0] == 'sqlalchemy' and "
    (folder / "sitecustomize.py").write_text(code + "time.sleep(60))\n")
    with started(folder, "shop.db", "--port", "0", PYTHONPATH=str(folder)) as it:
        it.wait_for("flaskadmin: starting", 20)


def test_open_opens_the_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()
    urls: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: (urls.append(url), opened.set()))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    arguments = ["--db", "shop.db", "--port", "0", "--open"]
    threading.Thread(target=main, args=(arguments,), daemon=True).start()
    assert opened.wait(20)
    home, _, token = urls[0].partition("sign-in?once=")
    assert requests.get(home + "healthz", timeout=10).text == "ok" and len(token) > 20
    browser, other = requests.Session(), requests.Session()
    html = {"Accept": "text/html"}
    assert "Sign in" in other.get(f"{home}sign-in?once={token[:-1]}", headers=html, timeout=10).text
    page = browser.get(urls[0], headers=html, timeout=10)
    assert page.url == home and "Sign out" in page.text
    assert browser.get(home, headers=html, timeout=10).url == home
    again = other.get(urls[0], headers=html, timeout=10)
    assert "Sign out" not in again.text and "sign-in" in again.url


# Words for what is wrong


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "No database.* flaskadmin shop.db"),
        (["shop.db", "a/shop.db"], 2, "NAME=URL"),
        (["postgresql://u:hunter2@127.0.0.1:9/x"], 1, "127.0.0.1"),
        (["shopp.db"], 1, "shop.db"),
        (["shop.db", "-q"], 2, "no option -q. See flaskadmin --help"),
        (["shop.db", "--bogus=hunter2"], 2, "no option --bogus"),
        (["hash-pasword", "anna"], 2, "Did you mean flaskadmin hash-password"),
        (["histroy", "verify", "shop.db"], 2, "Did you mean flaskadmin history"),
        (["history"], 2, "verify"),
        (["history", "verfy"], 2, "verify"),
        (["history", "verify"], 2, "No database"),
        (["hash-password", "anna", "bob"], 2, 'Unexpected argument "bob"'),
        (["hash-password", "--name"], 2, 'Unexpected argument "--name"'),
        (["--prot", "1", "--db", "shop.db"], 2, "--port"),
        (["--db"], 2, "--db"),
        (["--db", "shop.db", "--port", "http"], 2, "--port must be a whole number from 0 to 65535"),
        (["--db", "shop.db", "--password", "hunter2"], 2, "FLASKADMIN_PASSWORD"),
        (["--db", "shop.db", "--secret-key=hunter2"], 2, "FLASKADMIN_SECRET_KEY"),
        (["--db", "shop.db", "--host", "0.0.0.0"], 2, "FLASKADMIN_PASSWORD"),
        (["--db", "shop.db", "--host", "::"], 2, "FLASKADMIN_PASSWORD"),
        (["--db", "shop.db", "--users", "nowhere.txt"], 2, "nowhere.txt"),
        (["--db", "shop.db", "--config", "nowhere.toml"], 2, "nowhere.toml"),
        (["--db", "shopp.db"], 1, "shop.db"),
        (["--db", "oracle://h/x"], 2, "oracle"),
        (["--db", "shop.db", "--db", "shop.db"], 2, "name"),
        (["--db", "postgresql://u:hunter2@127.0.0.1:9/x"], 1, "127.0.0.1"),
        (["--db", "postgresql://u:hunter2@no.such.host.invalid/x"], 1, "no.such.host.invalid"),
    ],
)
def test_what_is_wrong_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str) -> None:
    found, err = refused(capsys, *arguments)
    assert found == code, err
    assert re.search(words, err)
    assert "hunter2" not in err


def test_what_is_no_database_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "letter.db").write_text("Dear Anna,\n" * 1000)
    (folder / "letter2.db").write_text("Dear Bo,\n")
    code, err = refused(capsys, "--db", "letter.db")
    assert code == 1 and "Near it: shop.db." in err


def test_taken_port_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, err = refused(capsys, "--db", "shop.db", "--port", port)
    offered = re.search(r"--port (\d+)$", err.strip())
    assert code == 1 and port in err and offered and int(offered[1]) > int(port)
    socket.create_server(("127.0.0.1", int(offered[1]))).close()


def test_missing_file_is_not_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "--db", "new.db")
    assert not (folder / "new.db").exists()


# Help


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    return capsys.readouterr().out


def test_help_has_a_line_for_each_option(capsys: pytest.CaptureFixture[str]) -> None:
    usage = help_of(capsys, "--help")
    for setting in dataclasses.fields(Settings):
        words = setting.metadata["words"]
        assert setting.metadata.get("secret") or setting.metadata.get("file_only") or words[:20] in usage
    assert {"Database:", "Server:", "Sign-in:", "Pages:"} <= set(usage.splitlines())
    assert "flaskadmin hash-password" in usage and "flaskadmin history verify" in usage
    assert all(line[7:].startswith("flaskadmin ") for line in usage.splitlines()[:3])  # examples first
    assert max(map(len, usage.splitlines())) <= 120


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hash-password", "-h"], "hash-password [NAME]"),
        (["hash-password", "--help"], "hash-password [NAME]"),
        (["history", "--help"], "history verify"),
        (["history", "verify", "-h"], "--state URL"),
    ],
)
def test_each_command_has_its_own_help(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    usage = help_of(capsys, *arguments)
    assert words in usage and "--port" not in usage


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert re.fullmatch(r"flaskadmin \d+\.\d+\.\d+\n", capsys.readouterr().out)


# hash-password


def test_hash_from_a_pipe() -> None:
    command = [sys.executable, str(MODULE), "hash-password", "anna"]
    done = subprocess.run(command, input="Straße 1\n", capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    name, _, hashed = done.stdout.strip().partition(":")
    assert name == "anna" and hashed.startswith("scrypt:")
    assert check_password_hash(hashed, "Straße 1")


def test_hash_for_a_name_with_a_colon_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hash-password", "anna:b"]) == 2
    assert "colon" in capsys.readouterr().err


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [((8 * "a", 8 * "a"), 0, ""), (("a", "b"), 2, "differ"), (("", ""), 2, "short"), (("x", "x"), 2, "short")],
)
def test_hash_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: tuple[str, str],
    code: int,
    words: str,
) -> None:
    answers = iter(typed)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main(["hash-password"]) == code
    out, err = capsys.readouterr()
    assert words in err and (code or check_password_hash(out.strip(), 8 * "a"))
