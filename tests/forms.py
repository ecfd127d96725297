"""Reads a page's forms the way a browser does, and submits them the way a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

SKIPPED = {"button", "image", "reset", "submit"}
ONE_LINE = {"text", "search", "tel", "password", "url", "email", "number", "date", "time", "datetime-local", "color"}


@dataclass
class Control:
    """A successful control: what a browser would send of it."""

    name: str
    value: str
    type: str
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form of a page. Set values with ``form["name"] = …``; ``body()`` is what the browser sends."""

    action: str
    method: str
    enctype: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.control(name).value

    def __setitem__(self, name: str, value: str) -> None:
        self.control(name).value = value

    def __contains__(self, name: str) -> bool:
        return any(control.name == name for control in self.controls)

    def control(self, name: str) -> Control:
        """Return the control of this name."""
        for control in self.controls:
            if control.name == name:
                return control
        raise KeyError(f"no control {name!r} among {[control.name for control in self.controls]}")

    def body(self, *extra: tuple[str, str], files: dict[str, tuple[str, bytes]] | None = None) -> tuple[bytes, str]:
        """Return what a browser sends, and its Content-Type; ``extra`` holds the button that was pressed."""
        entries = [(c.name, c.value, c.type) for c in self.controls] + [(n, v, "submit") for n, v in extra]
        if self.enctype == "multipart/form-data":
            return multipart(entries, files or {})
        pairs = [(crlf(name), crlf(value)) for name, value, _ in entries]
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"


def crlf(text: str) -> str:
    """Return text as a browser sends it: every line end is CR LF."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def multipart(entries: Iterable[tuple[str, str, str]], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """Encode as multipart/form-data, with the escapes of the HTML standard in names."""
    boundary = "----WebKitFormBoundaryT4sLSL6MUkHvEuCX"
    parts = []
    for name, value, kind in entries:
        shown = crlf(name).replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{shown}"'
        content = crlf(value).encode()
        if kind == "file":
            filename, content = files.get(name, ("", b""))
            head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        parts.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def read_forms(page: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Reader()
    reader.feed(page.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd"))
    reader.close()
    return reader.forms


def read_links(page: str) -> list[dict[str, str]]:
    """Return the attributes of the page's links."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.links


def sanitized(kind: str, value: str) -> str:
    """Return what a browser makes of a value that the control can't hold."""
    patterns = {
        "number": r"-?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?",
        "date": r"\d{4,6}-\d\d-\d\d",
        "time": r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?",
        "datetime-local": r"\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?",
    }
    if kind in ("url", "email"):
        return value.strip(" \t\n\f\r")
    return value if kind not in patterns or re.fullmatch(patterns[kind], value) else ""


class _Reader(HTMLParser):
    """Knows of HTML what decides on a form's entries."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[dict[str, str]] = []
        self.form: Form | None = None
        self.area: tuple[dict[str, str], list[str]] | None = None
        self.select: tuple[dict[str, str], list[tuple[str, bool, bool]]] | None = None
        self.option: tuple[dict[str, str], list[str]] | None = None
        self.disabled = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        match tag:
            case "form":
                self.form = Form(found.get("action", ""), found.get("method", "get").lower(), found.get("enctype", ""))
                self.forms.append(self.form)
            case "a":
                self.links.append(found)
            case "fieldset":
                self.disabled += "disabled" in found or self.disabled > 0
            case "textarea":
                self.area = (found, [])
            case "select":
                self.select = (found, [])
            case "option":
                self._end_option()
                self.option = (found, [])
            case "input" | "button":
                self._input(tag, found)

    def _input(self, tag: str, found: dict[str, str]) -> None:
        kind = found.get("type", "text" if tag == "input" else "submit").lower()
        name, value = found.get("name", ""), found.get("value", "")
        if kind == "submit" and self.form is not None and name:
            self.form.buttons.append((name, value))
        if tag == "button" or kind in SKIPPED or (kind in ("checkbox", "radio") and "checked" not in found):
            return
        if kind in ("checkbox", "radio"):
            value = found.get("value", "on")
        if kind in ONE_LINE:
            value = re.sub(r"[\r\n]", "", value)
        self._add(found, sanitized(kind, value), kind)

    def _add(self, found: dict[str, str], value: str, kind: str, options: Iterable[str] = ()) -> None:
        if self.form is None or not found.get("name") or "disabled" in found or self.disabled:
            return
        self.form.controls.append(Control(found["name"], value, kind, list(options)))

    def handle_data(self, text: str) -> None:
        if self.area is not None:
            self.area[1].append(text)
        elif self.option is not None:
            self.option[1].append(text)

    def _end_option(self) -> None:
        if self.option is not None and self.select is not None:
            found, texts = self.option
            value = found.get("value", " ".join("".join(texts).split()))
            self.select[1].append((value, "selected" in found, "disabled" in found))
        self.option = None

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self.form = None
            case "fieldset":
                self.disabled = max(0, self.disabled - 1)
            case "textarea" if self.area is not None:
                found, texts = self.area
                self._add(found, "".join(texts).removeprefix("\n"), "textarea")
                self.area = None
            case "option":
                self._end_option()
            case "select" if self.select is not None:
                self._end_option()
                self._end_select()

    def _end_select(self) -> None:
        assert self.select is not None
        found, options = self.select
        chosen = [value for value, selected, disabled in options if selected and not disabled]
        if "multiple" not in found:
            chosen = chosen[-1:] or [value for value, _, disabled in options if not disabled][:1]
        for value in chosen:
            self._add(found, value, "select", [value for value, _, disabled in options if not disabled])
        self.select = None
