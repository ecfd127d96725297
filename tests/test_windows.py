"""The main job on a real Windows CPython, under Wine: start, sign in, save a record of `sample.db`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import windows
from outside import (
    PASSWORD,
    PROJECT,
    USER,
    Browser,
    Running,
    cells,
    first_text_field,
    lacking,
    running,
    signed_in,
)


@pytest.fixture(scope="module")
def python() -> windows.Windows:
    try:
        return windows.prepare()
    except windows.Missing as missing:
        lacking(str(missing))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space and an accent in its name, as home folders have on Windows."""
    made = tmp_path_factory.mktemp("Zoë Lindqvist")
    for name in ("flaskadmin.py", "sample.db"):
        shutil.copy(PROJECT / name, made)
    return made


@pytest.fixture(scope="module")
def site(python: windows.Windows, folder: Path) -> Iterator[Running]:
    database = windows.path(folder / "sample.db")
    secrets = {"FLASKADMIN_USER": USER, "FLASKADMIN_PASSWORD": PASSWORD}
    process = python.popen("flaskadmin.py", "--db", database, "--port", "0", cwd=folder, **secrets)
    with running(process) as started:
        started.wait_for(r"http://127\.0\.0\.1:[1-9]\d*/\S*")
        yield started


@pytest.fixture
def home(site: Running) -> str:
    """The address that the site printed."""
    return site.wait_for(r"http://127\.0\.0\.1:[1-9]\d*/\S*").group()


def test_windows_python_is_one(python: windows.Windows, folder: Path) -> None:
    script = "import sys, psycopg; print(sys.platform, psycopg.pq.__impl__)"
    code, out, err = python.run("-c", script, cwd=folder)
    assert (code, out.split(), err) == (0, ["win32", "binary"], "")


def test_record_of_sample_db_is_saved(home: str, folder: Path) -> None:
    browser = Browser(home)
    before = cells(folder / "sample.db")
    url, form, field, text = first_text_field(browser)
    new = text[:-1] + ("y" if text.endswith("x") else "x")
    answer = browser.submit(url, form, {field: new})
    assert answer.status_code in (302, 303), answer.text[:2000]
    after = cells(folder / "sample.db")
    assert before.keys() == after.keys()
    changed = [(key, before[key], after[key]) for key in before if before[key] != after[key]]
    assert [(key[-1], old, now) for key, old, now in changed] == [(field, text, new)]


def test_untouched_form_saves_nothing(home: str, folder: Path) -> None:
    browser = Browser(home)
    before = cells(folder / "sample.db")
    url, form, _, _ = first_text_field(browser)
    answer = browser.submit(url, form)
    assert answer.status_code in (302, 303), answer.text[:2000]
    assert cells(folder / "sample.db") == before


def test_session_on_windows(home: str) -> None:
    """The session's key lies in a file of the user, in a folder that Windows names."""
    browser = signed_in(home)
    assert browser.objects()


def test_nothing_is_served_before_sign_in(home: str) -> None:
    answer = Browser(home, auth=None).get(home + "status", headers={"Accept": "application/json"}, timeout=60)
    assert answer.status_code == 401


def test_help_on_a_code_page(python: windows.Windows, folder: Path) -> None:
    """A pipe has a code page there, which lacks most characters."""
    code, out, err = python.run("flaskadmin.py", "--help", cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith("usage: ") and "--db" in out


def test_missing_file_is_told_in_words(python: windows.Windows, folder: Path) -> None:
    wrong = windows.path(folder / "simple.db")
    code, out, err = python.run("flaskadmin.py", "--db", wrong, cwd=folder)
    assert code in (1, 2) and out == ""
    assert "simple.db" in err and "sample.db" in err and "Traceback" not in err
    assert len(err.strip().splitlines()) <= 2


def test_hash_password_from_a_pipe(python: windows.Windows, folder: Path) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    code, out, err = python.run("flaskadmin.py", "hash-password", cwd=folder, typed=typed)
    assert code == 0 and "scrypt:" in out, err
    assert PASSWORD not in out + err
