"""The site from outside: started as a process of its own, and used as a browser without JavaScript would."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup, Tag

PROJECT = Path(__file__).resolve().parent.parent
USER, PASSWORD = "mara", "correct horse battery"
# A text field that takes any text: not a number, not the key of another table.
FREE = "input[type=text][name]:not([inputmode]):not([pattern]):not([role]), textarea[name]"


def lacking(reason: str) -> NoReturn:
    """End a test that needs what this machine lacks; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def plain_environ(**more: str) -> dict[str, str]:
    """This process's environment without settings that would reach the site, and with `more`."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("FLASKADMIN_", "DATABASE_"))} | more


class Running:
    """A process whose output is read all the time, so that a full pipe can't stop it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._news = threading.Condition()
        self._open = 2
        streams = ((process.stdout, self.out), (process.stderr, self.err))
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in streams]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[bytes], lines: list[str]) -> None:
        for line in stream:
            with self._news:
                lines.append(line.decode("utf-8", "replace"))
                self._news.notify_all()
        with self._news:
            self._open -= 1
            self._news.notify_all()

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """The first match in what the process says; an AssertionError with all of it when none comes."""
        with self._news:
            self._news.wait_for(lambda: self._found(pattern) or not self._open, seconds)
            found = self._found(pattern)
        assert found, f"no {pattern!r} in:\n{self.said()}"
        return found

    def _found(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.said())

    def said(self) -> str:
        return "".join([*self.out, *self.err])

    def stop(self, seconds: float = 20) -> int:
        """Ask the process to end, as a service manager does; it is killed if it doesn't."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join(5)
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()


@contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[Running]:
    it = Running(process)
    try:
        yield it
    finally:
        it.stop()


class Browser(requests.Session):
    """Follows links and fills in forms; signed in by HTTP Basic when given a user."""

    def __init__(self, home: str, auth: tuple[str, str] | None = (USER, PASSWORD)) -> None:
        super().__init__()
        self.home = home
        self.auth = auth
        self.trust_env = False
        self.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"

    def page(self, url: str = "") -> BeautifulSoup:
        answer = self.get(urljoin(self.home, url), timeout=60)
        assert answer.status_code == 200, f"{answer.status_code} at {answer.url}: {answer.text[:500]}"
        return soup(answer)

    def objects(self) -> list[dict[str, object]]:
        """What `status` says of each table and view."""
        answer = self.get(urljoin(self.home, "status"), headers={"Accept": "application/json"}, timeout=60)
        assert answer.status_code == 200, answer.text[:500]
        found: list[dict[str, object]] = answer.json()["objects"]
        return found

    def submit(self, url: str, form: Tag, changed: Mapping[str, str] | None = None) -> requests.Response:
        """Submit a form as its first button does, with some of the values changed."""
        fields = [(name, (changed or {}).get(name, value)) for name, value in filled(form)]
        action = urljoin(url, str(form.get("action") or url))
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        headers = {"Origin": origin, "Referer": url, "Sec-Fetch-Site": "same-origin"}
        if form.get("enctype") == "multipart/form-data":
            parts = [(name, (None, value)) for name, value in fields]
            files = [(str(box["name"]), ("", "")) for box in form.select("input[type=file][name]")]
            return self.post(action, files=[*parts, *files], headers=headers, timeout=60, allow_redirects=False)
        return self.post(action, data=fields, headers=headers, timeout=60, allow_redirects=False)


def soup(answer: requests.Response) -> BeautifulSoup:
    page = BeautifulSoup(answer.text, "html.parser")
    page.append(page.new_tag("meta", attrs={"name": "address", "content": answer.url}))
    return page


def address(page: BeautifulSoup) -> str:
    """Where `Browser.page` found this page, redirects followed."""
    return str(page.select("meta[name=address]")[-1]["content"])


def filled(form: Tag) -> list[tuple[str, str]]:
    """The names and values that a browser would send, line ends included."""
    fields = [pair for box in form.select("input[name],select[name],textarea[name]") for pair in value(box)]
    button = form.select_one("button[name]:not([type=button])")
    if button is not None:
        fields.append((str(button["name"]), str(button.get("value", ""))))
    return [(name, re.sub(r"\r\n|\r|\n", "\r\n", text)) for name, text in fields]


def value(box: Tag) -> list[tuple[str, str]]:
    if box.has_attr("disabled") or box.get("type") in ("submit", "button", "file", "image", "reset"):
        return []
    if box.get("type") in ("checkbox", "radio") and not box.has_attr("checked"):
        return []
    name = str(box["name"])
    if box.name == "textarea":
        return [(name, box.get_text().removeprefix("\n"))]
    if box.name == "select":
        options = box.select("option[selected]") or box.select("option")[:1]
        return [(name, str(option.get("value", option.get_text()))) for option in options]
    return [(name, str(box.get("value", "on" if box.get("type") in ("checkbox", "radio") else "")))]


def links(page: BeautifulSoup) -> list[str]:
    """Every address in the page that a browser would fetch or could be sent to."""
    here = address(page)
    found = [
        str(element[name])
        for name in ("href", "src", "action", "formaction", "data-url", "poster")
        for element in page.select(f"[{name}]")
    ]
    whole = [urldefrag(urljoin(here, link)).url for link in found]
    return [link for link in whole if link.startswith("http")]


def signed_in(home: str) -> Browser:
    """A browser that has signed in by the page, as people do."""
    browser = Browser(home, auth=None)
    page = browser.page("sign-in")
    form = next(form for form in page.select("form") if form.select_one("input[type=password]"))
    secret = str(form.select("input[type=password]")[0]["name"])
    name = str(form.select("input:not([type]), input[type=text]")[0]["name"])
    answer = browser.submit(address(page), form, {name: USER, secret: PASSWORD})
    assert answer.status_code in (302, 303), answer.text[:2000]
    return browser


def first_text_field(browser: Browser) -> tuple[str, Tag, str, str]:
    """A form's address, the form, and a filled text field of it that can be changed freely."""
    for thing in browser.objects():
        urls = thing["urls"]
        assert isinstance(urls, dict)
        row = browser.page(str(urls["list"])).select_one("a[rel~=edit]")
        if not thing["editable"] or row is None:
            continue
        page = browser.page(str(row["href"]))
        form = next(form for form in page.select("form[method=post i]") if form.select_one("[name=_was]"))
        filled_in = dict(filled(form))
        for box in form.select(FREE):
            text = filled_in[str(box["name"])]
            if text.isprintable() and text.replace(" ", "").isalpha():
                return address(page), form, str(box["name"]), text
    raise AssertionError("no form with a filled text field")


def cells(database: Path) -> dict[tuple[object, ...], object]:
    """Each value of the database file by table, place and column."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found: dict[tuple[object, ...], object] = {}
        for (name,) in names:
            rows = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in rows.description]
            for place, row in enumerate(rows):
                found |= {(name, place, column): cell for column, cell in zip(columns, row, strict=True)}
        return found
