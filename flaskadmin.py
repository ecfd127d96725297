# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "flask>=3.1",
#     "flask-admin>=2.2",
#     "flask-basicauth>=0.2",
#     "flask-sqlalchemy>=3.1",
#     "flask-wtf>=1.2",
#     "psycopg[binary]>=3.2",
#     "sqlalchemy>=2.1",
#     "tzdata; sys_platform == 'win32'",
#     "waitress>=3.0.1",
# ]
# ///
"""A web site in which staff browse, find and edit the records of any SQLite or PostgreSQL database.

    python flaskadmin.py --db shop.db
    python flaskadmin.py --db postgresql://localhost/shop

serves it at http://127.0.0.1:8080/admin/ and prints the password. In a Flask app of your own:

    FlaskAdminDB("postgresql://localhost/shop", auth=who_is_signed_in).init_app(app, url_prefix="/admin")

The file reads from top to bottom, the way a database becomes a site:

     1. Settings        every option, its default and its meaning
     2. Errors          what can go wrong, one class each
     3. Database        URL -> engine; transactions with a time budget
     4. Catalogue       engine -> tables, keys, links, rules, read when first touched
     5. Kinds           column type -> show, edit, parse
     6. Queries         addresses of rows, filter, search, sort, page by key
     7. Changes         plan -> run -> compare -> commit -> record; undo
     8. Views           TableView, Dashboard                   (subclass these)
     9. Transfers       export and import
    10. Sign-in         who may come in                        (replace Users)
    12. Application     create_app(), FlaskAdminDB: all of the above -> Flask
    13. Server          serve(): Flask -> Waitress
    14. Command line    main(): arguments -> Settings -> serve()
    15. Pages           HTML, CSS and JavaScript               (override by name)

A section uses only what stands above it (the errors and the pages aside). Sections 3 to 7 know nothing of Flask;
8 to 12 write no SQL of their own. A value is what the database gives for it: text on PostgreSQL, a storage class
on SQLite.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__" and os.name == "posix" and sys.argv == sys.orig_argv[1:]:
    # Python holds the syntax tree of a running script, 17 MB: this process begins again, with the file imported.
    folder, name = os.path.split(os.path.abspath(__file__))
    start = f"import sys; sys.path.insert(0, {folder!r}); sys.argv[0] = {__file__!r}; "
    start += "from flaskadmin import main; sys.exit(main())"
    if name == "flaskadmin.py":
        os.execv(sys.executable, [sys.executable, "-P", "-c", start, *sys.argv[1:]])

import argparse
import csv
import difflib
import errno
import fnmatch
import getpass
import gzip
import hashlib
import hmac
import importlib
import io
import ipaddress
import json
import keyword
import logging
import math
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time
import tomllib
import webbrowser
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from functools import cached_property, partial, reduce
from itertools import chain, groupby, islice, pairwise
from json.encoder import encode_basestring
from operator import ge, lt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Final, NamedTuple, NoReturn, Self, cast
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
import waitress
from flask import (
    Blueprint,
    Flask,
    Response,
    copy_current_request_context,
    current_app,
    g,
    get_template_attribute,
    has_request_context,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
)
from flask.sessions import SecureCookieSessionInterface
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import BaseForm
from flask_basicauth import BasicAuth
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import generate_csrf, validate_csrf
from jinja2 import ChoiceLoader, DictLoader
from markupsafe import Markup
from markupsafe import escape as escape_html
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import quoted_name
from waitress import wasyncore
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, RequestRedirect
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import Field, ValidationError

__all__ = [
    "Catalogue",
    "Change",
    "Conflict",
    "DEFAULT",
    "Dashboard",
    "Database",
    "DevelopmentConfig",
    "FlaskAdminDB",
    "FlaskAdminError",
    "Forbidden",
    "NotFound",
    "ProductionConfig",
    "Refused",
    "Settings",
    "SettingsError",
    "SignIn",
    "StartError",
    "TableView",
    "TestingConfig",
    "Unavailable",
    "Users",
    "Writer",
    "create_app",
    "main",
    "serve",
]
VERSION = "0.1.0"

# == 1. Settings ==============================================================


def option(default: Any, words: str, group: str = "Pages", **more: Any) -> Any:
    """Return a field that is one option, one variable, one key of the TOML file and one row of the README.

    ``more``: ``metavar``; ``least``, ``most``; ``read``, which checks a value and raises ValueError in words;
    ``secret``: no option, since others can read the list of processes; ``file_only``: no variable either.
    """
    about = {"words": words, "group": group, **more}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: default, metadata=about)
    return field(default=default, metadata=about)


def clean_prefix(prefix: str) -> str:
    """Return a path prefix with a slash before and none behind it, or "". Raises ValueError."""
    parts = [part for part in prefix.split("/") if part]
    if not all(re.fullmatch(r"[\w.~-]+", part, re.A) and part.strip(".") for part in parts):
        raise ValueError("a path such as /tools/db")
    return "".join(f"/{part}" for part in parts)


def proxy_address(address: str) -> str:
    """Return an IP address as connections show it, or "". Raises ValueError."""
    try:
        return str(ipaddress.ip_address(address)) if address else ""
    except ValueError:
        raise ValueError("the IP address of a proxy") from None


def zone_name(name: str) -> str:
    """Return the name of a time zone. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError):  # not found, or a folder of zones
        raise ValueError("a time zone such as Europe/Warsaw") from None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting. An option wins over a variable, that over .env, that over the TOML file."""

    db: tuple[str, ...] = option((), "SQLite file or postgresql://…; for several: NAME=URL", "Database", metavar="URL")
    create: bool = option(False, "make the SQLite file where there is none", "Database")
    schema: tuple[str, ...] = option((), "show this schema, not every one (repeatable)", "Database", metavar="NAME")
    include: tuple[str, ...] = option(
        (), "show only this table, or those like sales_* or stock.* (repeatable)", "Database", metavar="TABLE"
    )
    exclude: tuple[str, ...] = option(
        (), "don't show this table, or those like it (repeatable)", "Database", metavar="TABLE"
    )
    read_only: bool = option(False, "let the database itself refuse every write", "Database")
    query_timeout: float = option(
        2.0, "stop a page's queries after this long", "Database", metavar="SECONDS", least=0.05, most=3600
    )
    lock_timeout: float = option(
        5.0, "wait so long for a row that others hold", "Database", metavar="SECONDS", least=0.05, most=3600
    )
    state: str = option(
        "",
        "keep views and settings here: a file or postgresql://… instead of beside the database; same: in it; none",
        "Database",
        metavar="URL",
    )
    host: str = option("127.0.0.1", "listen here; others than this machine need a password", "Server")
    port: int = option(8080, "listen at this port; 0: any free one", "Server", least=0, most=65_535)
    open: bool = option(False, "open the browser", "Server")
    url_prefix: str = option(
        "",
        "the path at which a proxy shows the site, such as /db",
        "Server",
        metavar="PATH",
        read=clean_prefix,
    )
    trusted_proxy: str = option(
        "", "believe this proxy's X-Forwarded-… headers", "Server", metavar="ADDRESS", read=proxy_address
    )
    threads: int = option(8, "work on so many requests at once", "Server", metavar="N", least=1, most=256)
    max_upload_mb: int = option(64, "take files up to this size", "Server", metavar="MB", least=1, most=2048)
    log_json: bool = option(False, "write the log as lines of JSON", "Server")
    user: str = option("admin", "the name of the user who has the password", "Sign-in", metavar="NAME")
    password: str = option("", "that user's password, or its hash", "Sign-in", secret=True)
    password_file: Path | None = option(None, "the file that holds that password", "Sign-in", metavar="FILE")
    users: Path | None = option(
        None, "more users: NAME:HASH a line, read again when changed", "Sign-in", metavar="FILE"
    )
    secret_key: str = option("", "signs the sessions; without it, one is made and kept", "Sign-in", secret=True)
    idle_minutes: int = option(
        480,
        "end a session that made no request for so long",
        "Sign-in",
        metavar="MINUTES",
        least=1,
        most=525_600,
    )
    session_hours: int = option(
        24, "end a session after so long in any case", "Sign-in", metavar="HOURS", least=1, most=8760
    )
    title: str = option("", "the site's name, instead of the database's", metavar="TEXT")
    page_size: int = option(50, "show so many rows a page", metavar="ROWS", least=1, most=500)
    timezone: str = option(
        "UTC", "show times in this zone until the browser tells its own", metavar="ZONE", read=zone_name
    )
    config: Path | None = option(None, "read settings from this TOML file", metavar="FILE")
    tables: Mapping[str, Mapping[str, Any]] = option(
        {}, "labels, order and visibility of tables and columns", file_only=True
    )

    kept_secret: ClassVar[bool] = True  # the random key that signs sessions outlives the process
    secure_cookies: ClassVar[bool] = False  # also where the request didn't come by TLS
    app_config: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        """Bring each value to its type. Raises SettingsError."""
        for setting in fields(self):  # frozen for everyone else
            object.__setattr__(self, setting.name, converted(setting, getattr(self, setting.name)))

    @classmethod
    def load(cls, given: Mapping[str, Any], environ: Mapping[str, str]) -> Self:
        """Return the settings from options, variables, .env and the TOML file. Raises SettingsError."""
        variables = {**read_variables(read_dotenv()), **read_variables(environ)}
        file = given.get("config") or variables.get("config")
        found: dict[str, Any] = {}
        for layer in (read_config_file(Path(file)) if file else {}, variables, given):
            if layer.keys() & PASSWORD_WAYS:  # a file that an option names wins over a variable's password
                found = {name: value for name, value in found.items() if name not in PASSWORD_WAYS}
            found |= layer
        return cls(**found)

    @property
    def has_users(self) -> bool:
        """Whether anyone can sign in with a password."""
        return bool(self.password or self.password_file or self.users)


class DevelopmentConfig(Settings):
    """For work on pages: templates are read anew when they change, sessions end with the process."""

    kept_secret = False
    app_config: ClassVar[Mapping[str, Any]] = {"TEMPLATES_AUTO_RELOAD": True}


class ProductionConfig(Settings):
    """For real use: refuses to start without a secret key, and sends its cookies over TLS alone."""

    secure_cookies = True

    def __post_init__(self) -> None:
        """Refuse a key that only this machine would have."""
        super().__post_init__()
        if not self.secret_key:
            raise SettingsError("Production needs a secret key.", "Set FLASKADMIN_SECRET_KEY.")


class TestingConfig(Settings):
    """For tests: the key that signs sessions stays in memory; everything else is as in real use."""

    __test__ = False  # pytest would take it for tests
    kept_secret = False
    app_config: ClassVar[Mapping[str, Any]] = {"TESTING": True}


CONFIGURATIONS: Mapping[str, type[Settings]] = {
    "development": DevelopmentConfig,
    "production": ProductionConfig,
    "testing": TestingConfig,
}
PASSWORD_WAYS = frozenset({"password", "password_file"})
BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
TABLE_SETTINGS: Mapping[str, tuple[type, str]] = {
    "label": (str, "text"),
    "hidden": (bool, "true or false"),
    "read_only": (bool, "true or false"),
    "label_column": (str, "the name of a column"),
    "columns": (list, "a list of columns"),
    "hidden_columns": (list, "a list of columns"),
    "labels": (Mapping, 'column = "Label", a line each'),
    "links": (Mapping, 'column = "table.column", a line for each foreign key that the database doesn\'t know'),
}


def read_config(config: Settings | str | None) -> Settings:
    """Return settings for ``create_app``: as they are, by configuration, for a URL, or by environment."""
    if isinstance(config, Settings):
        return config
    if config is None or config in CONFIGURATIONS:
        return CONFIGURATIONS.get(config or "", Settings).load({}, os.environ)
    return Settings.load({"db": (config,)}, os.environ)


def option_name(name: str) -> str:
    """Return a setting's option: ``query_timeout`` is ``--query-timeout``."""
    return "--" + name.replace("_", "-")


def variable_name(name: str) -> str:
    """Return a setting's environment variable."""
    return f"FLASKADMIN_{name.upper()}"


def settings_table() -> str:
    """Return the README's table of settings, in Markdown."""
    rows = ["| option | variable | default | meaning |", "|---|---|---|---|"]
    for setting in fields(Settings):
        about = setting.metadata
        names = [f"`{option_name(setting.name)}`", f"`{variable_name(setting.name)}`"]
        if about.get("secret"):
            names[0] = ""
        if about.get("file_only"):
            names = ["`[tables.NAME]` in the file", ""]
        rows.append(f"| {names[0]} | {names[1]} | {shown_default(setting)} | {about['words']} |")
    return "\n".join(rows) + "\n"


def shown_default(setting: Any) -> str:
    """Return a setting's default as people write it, or "" where that says nothing."""
    default = setting.default
    if isinstance(default, bool) or not isinstance(default, str | int | float):
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


# From text and TOML to values


def converted(setting: Any, value: Any) -> Any:
    """Return a setting's value, from text, TOML or Python. Raises SettingsError."""
    about = setting.metadata
    read, wanted = READERS[setting.type]
    if "least" in about:
        wanted = f"{wanted} from {about['least']} to {about['most']}"
    try:
        found = read(value)
        if "least" in about and not about["least"] <= found <= about["most"]:
            raise ValueError(wanted)
    except (KeyError, TypeError, ValueError):
        raise SettingsError(f"{option_name(setting.name)} must be {wanted}.") from None
    try:
        return about["read"](found) if "read" in about else found
    except ValueError as error:
        raise SettingsError(f"{option_name(setting.name)} must be {error}.") from None


def as_text(value: Any) -> str:
    """Return text as it is; anything else isn't text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def as_names(value: Any) -> tuple[str, ...]:
    """Return one name, or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(map(as_text, value))


def as_path(value: Any) -> Path | None:
    """Return a path, with ``~`` replaced by the home folder."""
    return Path(value).expanduser() if value else None


def as_tables(tables: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of tables, if all of them are known and of the right type. Raises SettingsError."""
    for table, own in dict(tables).items():
        for key, value in dict(own).items():
            check_key(key, TABLE_SETTINGS, f"[tables.{table}]")
            kind, wants = TABLE_SETTINGS[key]
            inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
            dotted = key != "links" or all("." in str(one) for one in inner)
            if not isinstance(value, kind) or not all(isinstance(one, str) for one in inner) or not dotted:
                raise SettingsError(f"{key} of [tables.{table}] has a wrong value.", f"It must be {wants}.")
    return dict(tables)


READERS: Mapping[Any, tuple[Callable[[Any], Any], str]] = {  # by a field's type, as it is written above
    "str": (as_text, "text"),
    "bool": (lambda value: BOOLEANS[str(value).lower()], "true or false"),
    "int": (lambda value: int(str(value)), "a whole number"),  # by text, so that neither 1.5 nor True is one
    "float": (lambda value: float(str(value)), "a number"),
    "tuple[str, ...]": (as_names, "a list of texts"),
    "Path | None": (as_path, "the path of a file"),
    "Mapping[str, Mapping[str, Any]]": (as_tables, "a table of settings for each table"),
}


def read_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what the variables say, by setting; an empty one says nothing."""
    found: dict[str, Any] = {"db": (environ["DATABASE_URL"],)} if environ.get("DATABASE_URL") else {}
    for setting in fields(Settings):
        text = environ.get(variable_name(setting.name), "").strip()
        if text and not setting.metadata.get("file_only"):
            found[setting.name] = several(setting.name, text) if setting.type == "tuple[str, ...]" else text
    return found


def several(name: str, text: str) -> list[str]:
    """Return the parts of a variable: databases stand on lines, or before NAME=; names between commas."""
    pattern = r"\s*\n\s*|\s+(?=[A-Za-z][\w-]*=)" if name == "db" else r"\s*[\n,]\s*"  # a path may hold spaces
    return [part for part in re.split(pattern, text) if part]


def read_dotenv() -> dict[str, str]:
    """Return the variables in ./.env, where python-dotenv is installed."""
    if not os.path.isfile(".env"):
        return {}
    try:
        from dotenv import dotenv_values
    except ImportError:
        return {}
    try:  # a password may hold ${…}; Notepad writes a mark before the first line
        found = dotenv_values(".env", interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError("The file .env can't be read.", "It must be UTF-8.") from None
    return {name: value for name, value in found.items() if value is not None}


def read_file(path: Path) -> str:
    """Return the text in a file of settings. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError):
        raise SettingsError(f"The file {path} can't be read.", "Check its path and its rights.") from None


def read_config_file(path: Path) -> dict[str, Any]:
    """Return what a TOML file says, by setting. Raises SettingsError."""
    try:
        content = tomllib.loads(read_file(path))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} isn't TOML.", f"{error}.") from None
    found = {key.replace("-", "_"): value for key, value in content.items()}
    for key in found:
        check_key(key, {setting.name for setting in fields(Settings)} - {"config"}, str(path))
    return found


def check_key(key: str, known: Iterable[str], where: str) -> None:
    """Raise SettingsError for an unknown name, with the known ones that are near to it."""
    if key not in known:
        near = difflib.get_close_matches(key, sorted(known), n=2)
        remedy = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(sorted(known))}."
        raise SettingsError(f"{where} has an unknown setting: {key}.", remedy)


# == 2. Errors ================================================================


class FlaskAdminError(Exception):
    """The base of all errors of this tool.

    ``message`` says what happened, ``remedy`` what to do next; both are words for the person in front of the
    screen, so they never hold a password, an SQL text or a path inside the server. ``status`` is the HTTP
    status of the page that tells it.
    """

    status = 500

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy
        self.change: Any = None  # of several changes, the one that was refused


class SettingsError(FlaskAdminError):
    """An option, a variable or a configuration file is wrong (exit code 2)."""


class StartError(FlaskAdminError):
    """The site can't start: no such host, wrong password, not a database, port taken (exit code 1)."""


class Unavailable(FlaskAdminError):
    """The database is away, locked or too slow at the moment; nothing was changed."""

    status = 503


class TimedOut(Unavailable):
    """A statement was stopped because its time budget was spent."""


class SchemaChanged(Unavailable):
    """A table or column is not what it was when the catalogue was read; reading it anew cures this."""


class NotFound(FlaskAdminError):
    """There is no such table or record."""

    status = 404


class Forbidden(FlaskAdminError):
    """The site, the view or the database doesn't allow this."""

    status = 403


class TooMany(FlaskAdminError):
    """Too many wrong passwords; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, message: str, remedy: str = "", retry_after: int = 60) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class Cancelled(FlaskAdminError):
    """Someone cancelled a long run; nothing was changed."""

    status = 409


class BadValue(FlaskAdminError):
    """A key or a filter in an address isn't a value of its column."""

    status = 400


class Unreadable(FlaskAdminError):
    """The database can't read this table or view, for a reason of the table's own (a broken view, say)."""

    status = 422


class Conflict(FlaskAdminError):
    """Someone else changed or deleted the row meanwhile; ``theirs`` are their values by column name."""

    status = 409

    def __init__(self, message: str, remedy: str = "", theirs: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, remedy)
        self.theirs = theirs


class Problem(NamedTuple):
    """What is wrong with one field: words, and the record in the way: its table's name and its key."""

    text: str
    table: tuple[str, str] | None = None
    key: str = ""


class Refused(FlaskAdminError):
    """The values break a rule; ``fields`` holds the problems by column name, ``message`` the rest."""

    status = 422

    def __init__(self, message: str, remedy: str = "", fields: Mapping[str, Problem] | None = None) -> None:
        super().__init__(message, remedy)
        self.fields = dict(fields or {})


class Invalid(ValueError):
    """A text isn't a value of its column; the argument says why and what would be."""


# == 3. Database ==============================================================

STATE_FILES = re.compile(r"(\.flaskadmin|^flaskadmin-state)\.db(-wal|-shm|-journal)?$")  # no databases of the client's
SQLITE_OLDEST = (3, 37)  # PRAGMA table_list, STRICT, RETURNING
POSTGRES_SETTINGS = {  # what the text of a value depends on; set per transaction, so that PgBouncer may stand between
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "standard_conforming_strings": "on",
    "idle_in_transaction_session_timeout": "60s",
}


class Source(NamedTuple):
    """Where a database is: its name on the site ("" when it is the only one) and its URL."""

    name: str
    url: sa.URL


def parse_source(text: str) -> Source:
    """Read ``URL`` or ``name=URL``; the URL may be a bare (Windows) path, ``sqlite:///…`` or ``postgres://…``.

    SQLite paths are made absolute against the current folder. Raises SettingsError for other databases.
    """
    named = re.match(r"([A-Za-z][\w-]*)=(.+)", text, re.S)
    name, address = (named[1], named[2]) if named else ("", text)
    if re.match(r"postgres(ql)?(\+\w+)?:", address):
        return Source(name, _postgres_url(address))
    scheme = re.match(r"([a-z][a-z0-9+.]+):/", address)
    if scheme and not scheme[1].startswith("sqlite"):
        raise SettingsError(f"{scheme[1]} databases can't be opened.", "Give a SQLite file or a postgresql://… URL.")
    path = (sa.make_url(address).database or "") if scheme else address
    if path in ("", ":memory:"):
        raise SettingsError("No database file is named.", "Give its path, such as --db shop.db.")
    return Source(name, sa.URL.create("sqlite", database=os.path.abspath(os.path.expanduser(path))))


def _postgres_url(address: str) -> sa.URL:
    try:
        url = sa.make_url(re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg:", address))
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError(
            "The PostgreSQL URL can't be read.", "Write postgresql://user:password@host:5432/database."
        ) from None
    return url


def engine_options(url: sa.URL, settings: Settings) -> dict[str, Any]:
    """Return the keyword arguments of ``sqlalchemy.create_engine`` for a database of ours."""
    pool = {"pool_size": settings.threads, "max_overflow": 2, "pool_timeout": 5}
    if url.get_backend_name() == "sqlite":
        mode = "ro" if settings.read_only else "rw"
        connect = partial(_connect_sqlite, url.database or "", mode, settings.lock_timeout)
        # Named parameters: SQLAlchemy makes the others by a search that finds them in names like "%(x)s" too.
        return {"creator": connect, "poolclass": sa.QueuePool, "paramstyle": "named", **pool}
    # No server-side prepared statements: PgBouncer in transaction mode hands each transaction another session.
    arguments = {"connect_timeout": 5, "prepare_threshold": None, "application_name": "flaskadmin"}
    # The driver must not send a BEGIN of its own: ours goes with the settings, in one message.
    return {"connect_args": arguments, "isolation_level": "AUTOCOMMIT", "pool_recycle": 1800, **pool}


def _connect_sqlite(path: str, mode: str, timeout: float) -> sqlite3.Connection:
    uri = f"{Path(path).as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA foreign_keys = ON")
    if mode == "ro":
        connection.execute("PRAGMA query_only = ON")
    return connection


def check_file(path: str, create: bool) -> None:
    """Raise StartError unless ``path`` is a SQLite database; make an empty one first if ``create``."""
    if not os.path.exists(path):
        if not create:
            raise StartError(f"There is no file {path}.", _near(path))
        try:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM")
        except sqlite3.Error:
            raise StartError(f"{path} can't be made.", "Check the folder's name and rights.") from None
    if os.path.isdir(path):
        raise StartError(f"{path} is a folder.", _near(os.path.join(path, "*.db")))
    try:
        with closing(_connect_sqlite(path, "ro", 1)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):  # whoever holds it lets go some day: the pages say so until then
            raise StartError(f"{path} can't be opened.", "Check its rights and those of its folder.") from None
    except sqlite3.DatabaseError:
        raise StartError(f"{path} is not a SQLite database, or an encrypted one.", _near(path)) from None


def _near(path: str) -> str:
    """Name the files that the one who typed ``path`` may have meant."""
    folder = Path(path).parent
    try:
        files = [entry.name for entry in folder.iterdir() if entry.is_file() and not STATE_FILES.search(entry.name)]
    except OSError:
        return f"The folder {folder} doesn't exist or can't be read."
    names = [name for name in files if name != Path(path).name]
    alike = difflib.get_close_matches(Path(path).name, names, n=3, cutoff=0.5)
    found = alike or sorted(n for n in names if n.endswith((".db", ".sqlite", ".sqlite3")))[:3]
    return f"Near it: {', '.join(found)}." if found else "Check the path, or add --create to make a new database."


def tolerant_text(raw: bytes) -> str:
    """Decode SQLite text; bytes that aren't UTF-8 become lone surrogates and find their way back unchanged."""
    return raw.decode("utf-8", "surrogateescape")


class Watch:
    """Cancels what a client waits for that has gone: looks four times a second, in one thread, once there is need.

    ``client_gone`` returns, for the request at hand, a function that tells whether its client has gone, or None.
    """

    def __init__(self) -> None:
        self.client_gone: Callable[[], Callable[[], bool] | None] = lambda: None
        self._running: dict[int, tuple[Any, Callable[[], bool]]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, link: sa.Connection) -> Iterator[None]:
        """Watch over a connection that reads for the request at hand."""
        gone = self.client_gone()
        if gone is None:
            yield
            return
        number, raw = id(link), link.connection.dbapi_connection
        with self._changed:
            self._running[number] = raw, gone
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="flaskadmin watch", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:  # waits for a cancelling that has begun
                cancelled = self._running.pop(number, None) is None
            if cancelled:
                link.detach()  # to be closed: the cancelling may still be on its way, and must not hit who comes next

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._running:
                    self._changed.wait()
                for number, (raw, gone) in list(self._running.items()):
                    if gone():
                        del self._running[number]
                        with suppress(Exception):  # it has ended by itself
                            raw.interrupt() if isinstance(raw, sqlite3.Connection) else raw.cancel()
            time.sleep(0.25)


class Database:
    """One database: an engine, and transactions on it that keep a time budget and speak in words.

    ``engine`` may be a host application's own; what a transaction of ours sets on its connection is put back.
    """

    def __init__(self, engine: sa.Engine, settings: Settings, name: str = "", *, owned: bool = True) -> None:
        self.name = name
        self.engine = engine
        self.settings = settings
        self.owned = owned
        self.own_tables: Collection[tuple[str, str]] = ()  # those of a state that is kept in it, which no page shows
        self.watch = Watch()
        self.withheld: Callable[[], str] = str  # why nothing may be written for now, or ""
        self._turn = threading.Lock()
        self.is_postgres = engine.dialect.name == "postgresql"
        if self.is_postgres and not owned and _autocommits(engine):  # budgets and rollbacks need a transaction
            self.engine = engine.execution_options(isolation_level="READ COMMITTED")
        if engine.dialect.name not in ("postgresql", "sqlite"):
            raise SettingsError(f"{engine.dialect.name} is not supported.", "Use SQLite or PostgreSQL.")
        if not self.is_postgres and sqlite3.sqlite_version_info < SQLITE_OLDEST:
            raise StartError("This Python's SQLite is older than 3.37.", "Install a newer Python.")
        if owned and not self.is_postgres:
            self._watch_file()

    @cached_property
    def label(self) -> str:
        """The name people know the database by: its own on the site, or the file's or database's."""
        return self.name or Path(self.engine.url.database or "database").stem

    @property
    def product(self) -> str:
        """The engine's name for people."""
        return "PostgreSQL" if self.is_postgres else f"SQLite {sqlite3.sqlite_version}"

    @property
    def read_only_reason(self) -> str:
        """Why nothing in this database can be written, or ""."""
        if self.settings.read_only:
            return "The site was started read-only."
        path = self.engine.url.database
        if not self.is_postgres and path and os.path.exists(path) and not os.access(path, os.W_OK):
            return "The database file is write-protected."
        return ""

    def _watch_file(self) -> None:
        """Drop pooled connections to a file that was replaced: saving into the unlinked one would lose data."""
        path = self.engine.url.database or ""

        @sa.event.listens_for(self.engine, "connect")
        def connected(_connection: Any, record: Any) -> None:
            record.info["file"] = _file_identity(path)

        @sa.event.listens_for(self.engine, "checkout")
        def checked_out(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info.get("file") != _file_identity(path):
                raise sa.exc.DisconnectionError

    def engine_for_hooks(self) -> sa.Engine:
        """Return an engine for sessions of hooks, on the same connections: they may write where the site may."""
        if not self.owned:
            return self.engine
        if self.is_postgres:
            return self.engine.execution_options(isolation_level="READ COMMITTED")
        engine = self.engine.execution_options()
        if not self.settings.read_only:

            @sa.event.listens_for(engine, "engine_connect")
            def connected(connection: sa.Connection) -> None:
                connection.exec_driver_sql("PRAGMA query_only = OFF")  # the last reading left it on

        return engine

    @contextmanager
    def reading(self, budget: float | None = None) -> Iterator[sa.Connection]:
        """Open a read-only transaction whose statements may take ``budget`` seconds (default: the setting's)."""
        budget = budget or self.settings.query_timeout
        with self._transaction(budget, "", write=False) as connection, self.watch.over(connection):
            yield connection

    def allow(self, connection: sa.Connection, seconds: float) -> None:
        """Give a transaction so many seconds from now on: rows that are streamed may take minutes, once they begin."""
        if self.is_postgres:
            connection.exec_driver_sql(f"SELECT set_config('statement_timeout', '{int(seconds * 1000)}ms', true)")
            return
        raw, deadline = connection.connection.dbapi_connection, time.monotonic() + seconds
        assert raw is not None
        connection.info["flaskadmin_deadline"] = deadline
        raw.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)

    @contextmanager
    def writing(self, user: str = "") -> Iterator[sa.Connection]:
        """Open a transaction that may write; commits at the end, rolls back on any exception."""
        if reason := self.read_only_reason:
            raise Forbidden(reason, "Nothing was changed.")
        with self._in_turn(), self._transaction(max(30.0, self.settings.query_timeout), user, write=True) as connection:
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let SQLite's writers wait for each other here: SQLite itself would have them sleep, and starve some."""
        if self.is_postgres:
            yield
            return
        if not self._turn.acquire(timeout=self.settings.lock_timeout):
            raise Unavailable("The database is busy: someone else is writing to it.", WAIT)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _transaction(self, budget: float, user: str, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with self._prepared(budget, user, write) as connection:
                yield connection
                connection.commit()
        except sa.exc.TimeoutError:
            raise Unavailable("All connections to the database are busy.", "Try again in a moment.") from None
        except sa.exc.DBAPIError as error:
            raise describe(error) from error

    @contextmanager
    def _prepared(self, budget: float, user: str, write: bool) -> Iterator[sa.Connection]:
        """Open a connection and begin; a second time, where the server had closed the pooled one meanwhile."""
        prepare = self._prepared_postgres if self.is_postgres else self._prepared_sqlite
        with ExitStack() as stack:
            connection = stack.enter_context(self.engine.connect())
            try:
                stack.enter_context(prepare(connection, budget, user, write))
            except sa.exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                connection = stack.enter_context(self.engine.connect())
                stack.enter_context(prepare(connection, budget, user, write))
            yield connection

    @contextmanager
    def _prepared_postgres(self, link: sa.Connection, budget: float, user: str, write: bool) -> Iterator[None]:
        name = re.sub(r"[^ -~]|['\\]", "?", f"flaskadmin: {user}" if user else "flaskadmin")
        values = {
            **POSTGRES_SETTINGS,
            "statement_timeout": f"{max(1, int(budget * 1000))}ms",
            "lock_timeout": f"{int(self.settings.lock_timeout * 1000)}ms",
            "application_name": name[:63],
            "transaction_read_only": "off" if write and not self.settings.read_only else "on",
        }
        calls = ", ".join(f"set_config('{setting}', '{value}', true)" for setting, value in values.items())
        begin = "BEGIN; " if self.owned else ""  # else the driver has sent one
        link.exec_driver_sql(f"{begin}SELECT {calls}", execution_options={"no_parameters": True})
        yield

    @contextmanager
    def _prepared_sqlite(self, link: sa.Connection, budget: float, _user: str, write: bool) -> Iterator[None]:
        raw = link.connection.dbapi_connection
        assert raw is not None
        wanted = {"foreign_keys": 1, "query_only": int(not write or self.settings.read_only)}
        before = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
        text, deadline = raw.text_factory, time.monotonic() + budget
        link.info["flaskadmin_deadline"] = deadline
        self._set_pragmas(raw, wanted, before)
        raw.text_factory = tolerant_text
        if "flaskadmin_digest" not in link.info:
            raw.create_function("flaskadmin_digest", 1, _digest_bytes, deterministic=True)
            link.info["flaskadmin_digest"] = True
        # 10,000 instructions are about a tenth of a millisecond: late enough to cost nothing.
        raw.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
        try:
            if write:
                link.exec_driver_sql("BEGIN IMMEDIATE")
            else:  # which waits for nobody, so that it can't fail
                raw.execute("BEGIN")
            yield
        finally:
            raw.set_progress_handler(None, 0)
            link.rollback()
            raw.text_factory = text
            if not self.owned:
                self._set_pragmas(raw, before, wanted)

    @staticmethod
    def _set_pragmas(raw: Any, wanted: Mapping[str, int], present: Mapping[str, int]) -> None:
        """Set what differs: SQLite forgets all its prepared statements at each setting."""
        for name, value in wanted.items():
            if value != present[name]:
                raw.execute(f"PRAGMA {name} = {value}")


@contextmanager
def within(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """Give the statements inside at most ``seconds`` of a reading transaction, which goes on after a TimedOut."""
    seconds = max(0.001, seconds)
    part = _part_of_postgres if connection.dialect.name == "postgresql" else _part_of_sqlite
    try:
        with part(connection, seconds):
            yield
    except sa.exc.DBAPIError as error:
        raise describe(error) from error


@contextmanager
def _part_of_postgres(connection: sa.Connection, seconds: float) -> Iterator[None]:
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(
            "SELECT set_config('statement_timeout', %s, true)", (f"{max(1, int(seconds * 1000))}ms",)
        )
        yield
    finally:
        savepoint.rollback()  # nothing was written, and this puts the timeout back


@contextmanager
def _part_of_sqlite(connection: sa.Connection, seconds: float) -> Iterator[None]:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    last: float = connection.info.get("flaskadmin_deadline", float("inf"))
    deadline = min(last, time.monotonic() + seconds)
    raw.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        yield
    finally:
        raw.set_progress_handler(lambda: time.monotonic() > last, 10_000)


def _autocommits(engine: sa.Engine) -> bool:
    """Whether a host's engine commits each statement by itself."""
    given = getattr(engine.dialect, "_on_connect_isolation_level", None)
    return "AUTOCOMMIT" in (given, engine.get_execution_options().get("isolation_level"))


def _digest_bytes(value: Any) -> str:
    return hashlib.sha256(value if isinstance(value, bytes) else str(value).encode()).hexdigest()


def _file_identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


UNREACHABLE = "The database can't be reached."
WAIT = "Nothing was changed. Try again in a moment; if it stays so, tell whoever runs it."
SQLSTATES: Mapping[str, tuple[type[FlaskAdminError], str, str]] = {
    "57014": (
        TimedOut,
        "The database took longer than allowed for this.",
        "Narrow it by a filter or a search.",
    ),
    "55P03": (Unavailable, "Someone else is just changing this record.", "Nothing was changed. Try again."),
    "40001": (Unavailable, "Others changed the same rows at this moment.", "Nothing was changed. Try again."),
    "40P01": (Unavailable, "Others changed the same rows at this moment.", "Nothing was changed. Try again."),
    "42501": (Forbidden, "The database account has no right to do this.", "Ask whoever runs the database."),
    "25006": (Forbidden, "The database is read-only at the moment.", "Nothing was changed."),
    "42P01": (SchemaChanged, "The table has just been changed or removed.", "Load the page again."),
    "42703": (SchemaChanged, "The table's columns have just been changed.", "Load the page again."),
    "3F000": (SchemaChanged, "The schema has just been removed.", "Load the page again."),
    "28P01": (StartError, "The database refuses the name or password.", "Check both in the URL."),
    "28000": (StartError, "The database refuses this user.", "Check the user's name and rights."),
    "3D000": (StartError, "There is no database of this name on the server.", "Check the end of the URL."),
    "55000": (Unreadable, "It has not been filled yet: its rows come from a query that must run first.", ""),
    "58P01": (Unreadable, "The file behind it isn't there.", ""),
    "22012": (Unreadable, "The database divides by zero when it computes its values.", ""),
    "53300": (Unavailable, "The database takes no more connections.", WAIT),
}
SQLITE_WORDS: Sequence[tuple[str, type[FlaskAdminError], str, str]] = (
    ("interrupted", *SQLSTATES["57014"]),
    ("locked", Unavailable, "The database is busy: another program is writing to it.", WAIT),
    ("busy", Unavailable, "The database is busy: another program is writing to it.", WAIT),
    ("readonly", Forbidden, "The database file is write-protected.", "Nothing was changed."),
    ("unable to open", Unavailable, UNREACHABLE, WAIT),
    ("disk I/O", Unavailable, "The disk of the database fails.", WAIT),
    ("full", Unavailable, "The disk of the database is full.", WAIT),
    ("no such table", SchemaChanged, *SQLSTATES["42P01"][1:]),
    ("no such column", SchemaChanged, *SQLSTATES["42703"][1:]),
    ("no such function", Unreadable, "It needs a function that only its own program has.", ""),
    ("no such module", Unreadable, "It needs an extension that isn't loaded here.", ""),
    ("no such collation", Unreadable, "It needs a sorting order that only its own program has.", ""),
    ("malformed", Unreadable, "The database file is damaged here.", "Run PRAGMA integrity_check on a copy."),
    ("not a database", Unavailable, "The file is not a SQLite database any more.", WAIT),
)


def describe(error: sa.exc.DBAPIError) -> FlaskAdminError:
    """Return an error in words for what the driver raised: by SQLSTATE, on SQLite by its message."""
    original = error.orig
    state = str(getattr(original, "sqlstate", None) or "")
    if state in SQLSTATES:
        kind, message, remedy = SQLSTATES[state]
        return kind(message, remedy)
    if isinstance(original, sqlite3.Error):
        return _describe_sqlite(str(original))
    lost = not state and isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    if lost or error.connection_invalidated or state[:2] in ("08", "57", "58", "53"):
        return Unavailable(UNREACHABLE, WAIT)
    if isinstance(error, sa.exc.DataError):
        return BadValue("This isn't a value of its column.", "Check what was typed.")
    return Unreadable("The database can't do this.", "")


def _describe_sqlite(text: str) -> FlaskAdminError:
    for part, kind, message, remedy in SQLITE_WORDS:
        if part in text:
            return kind(message, remedy)
    return Unreadable("The database can't read this.", "")


def probe(database: Database) -> None:
    """Raise StartError, in words, unless the database answers."""
    try:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
    except StartError:
        raise
    except FlaskAdminError as error:
        raise StartError(_connect_words(error, database.engine.url)) from None


def _connect_words(error: FlaskAdminError, url: sa.URL) -> str:
    cause = str(getattr(error.__cause__, "orig", "")).lower()
    where = f"{url.host or 'localhost'}:{url.port or 5432}"
    if "password" in cause or "authentication" in cause:
        return f"The database at {where} refuses the name or password. Check both in the URL."
    if "does not exist" in cause:
        return f"{where} answers, but it has no such database or user. Check the URL's end: {url.database}."
    if "resolve" in cause or "name or service" in cause or "getaddrinfo" in cause:
        return f"There is no host named {url.host}. Check the URL."
    if "refused" in cause or "timeout" in cause or "timed out" in cause or "no route" in cause:
        return f"No PostgreSQL answers at {where}. Check host and port, and that the server runs."
    return error.message if url.get_backend_name() == "sqlite" else f"{error.message} ({where})"


# == 4. Catalogue =============================================================

CATALOGUE_SECONDS = 3.0  # how long what was read holds without a look at the database: a change is seen within 5 s
FEW_ROWS = 10_000  # up to here a table is counted exactly, since that takes about a millisecond
NOT_ATTRIBUTES = frozenset(  # names that a model or a form class has uses of its own for
    [
        "metadata",
        "registry",
        "query",
        "query_class",
        "meta",
        "data",
        "errors",
        "form_errors",
        "validate",
        "process",
        "populate_obj",
        "self",
    ]
)


class TableName(NamedTuple):
    """A table's or view's full name; the schema is "" on SQLite."""

    schema: str
    name: str


class Listed(NamedTuple):
    """A table or view as the listing knows it, before it is touched; ``rows`` is the planner's estimate."""

    name: TableName
    kind: str = "table"
    rows: int | None = None
    comment: str = ""
    reason: str = ""  # why it can't be opened at all


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the database demands of a value, as far as a form can know before saving."""

    length: int | None = None  # characters at most
    shortest: int | None = None  # characters at least
    precision: int | None = None  # digits in all
    scale: int | None = None  # digits after the point
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    above: Decimal | None = None  # greater than, not equal
    below: Decimal | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as the database declares it.

    ``type`` is its declaration for people, ``family`` the kind of its values (see KINDS); ``key`` its attribute
    name on the model and the form. ``cast`` is what a text is cast to on PostgreSQL: without the length, since an
    explicit cast to varchar(3) would cut silently.
    """

    name: str
    key: str
    position: int
    type: str
    family: str
    cast: str = ""
    nullable: bool = True
    default: str | None = None
    automatic: str = ""  # why it can't be given: "generated", "identity"
    optional: bool = False  # the database fills it when it isn't given
    primary: bool = False
    comment: str = ""
    checks: tuple[str, ...] = ()
    rules: Rules = Rules()
    reason: str = ""  # why it is read-only, beyond ``automatic``

    @property
    def read_only(self) -> str:
        """Why a form can't change it, or ""."""
        return self.reason or self.automatic


@dataclass(frozen=True)
class Link:
    """A foreign key: these columns of a table refer to those of ``target``."""

    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"


class IndexPart(NamedTuple):
    """One part of an index: a column, or an expression where ``column`` is ""; what it is compared by."""

    column: str
    collation: str = ""  # SQLite: BINARY, NOCASE, …; PostgreSQL: default, C, …; "" where it has none
    operators: str = ""  # PostgreSQL's operator class: text_pattern_ops, gin_trgm_ops, …
    expression: str = ""
    ranged: bool = False  # texts that begin alike stand together in it


class Index(NamedTuple):
    """An index as the database keeps it; ``method`` is btree, gin, gist, hash, …, on SQLite also rowid and fts5.

    An fts5 index is a virtual table over this one: ``name`` is that table's, ``link`` the column that holds its rowid.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    method: str = "btree"
    condition: str = ""  # of a partial index
    link: str = ""
    options: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order; "" stands for an expression."""
        return tuple(part.column for part in self.parts)


class Offer(NamedTuple):
    """What can be done with a table's rows ("insert", "update", "delete"), and why nothing, or no edit, can."""

    writes: frozenset[str]
    reason: str = ""


ALL_WRITES = frozenset({"insert", "update", "delete"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything the database says about one table or view, read when it is first touched."""

    listed: Listed
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()  # (constraint's name, its expression)
    rowid: str = ""  # SQLite's hidden key by the name that no column hides
    physical: bool = False  # PostgreSQL's (tableoid, ctid) finds a row
    in_blocks: bool = False  # and all its rows stand in blocks of the database itself, in the order of ctid
    key_is_unique: bool = True  # false on the parent of inherited tables
    writes: frozenset[str] = ALL_WRITES
    reason: str = ""  # why it can't be edited, or ""
    postgres: bool = False

    @property
    def name(self) -> TableName:
        """Its full name."""
        return self.listed.name

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def sa(self) -> sa.Table:
        """The SQLAlchemy table: every name quoted, every column under its ``key``, values as text (kinds)."""
        types = [PostgresText(c.cast) if self.postgres else sa.types.NullType() for c in self.columns]
        pairs = zip(self.columns, types, strict=True)
        columns = [sa.Column(quoted_name(c.name or " ", True), type_, key=c.key) for c, type_ in pairs]
        schema = quoted_name(self.name.schema, True) if self.name.schema else None
        table = sa.Table(quoted_name(self.name.name or " ", True), sa.MetaData(), *columns, schema=schema)
        for thing, name in [(table, self.name.name), *zip(columns, self.by_name, strict=True)]:
            cast(Any, thing).name = quoted_name(
                name, True
            )  # SQLAlchemy makes nothing without a name, which SQLite allows
        return table

    @cached_property
    def selections(self) -> dict[Any, Any]:
        """The SELECTs that were made for this table so far (Selection.of)."""
        return {}

    def sql(self, name: str) -> Any:
        """The SQLAlchemy column called ``name``."""
        return self.sa.c[self.by_name[name].key]

    @cached_property
    def links_by_column(self) -> Mapping[str, Link]:
        """The foreign key that is shown in each column's cell: the shortest that ends with the column."""
        longest_first = sorted(self.links, key=lambda link: -len(link.columns))
        return {link.columns[-1]: link for link in longest_first if link.columns[-1] in self.by_name}


class PostgresText(sa.types.UserDefinedType[str]):
    """A PostgreSQL value as its text: ``::text`` when read, cast back to the type ``cast`` when bound."""

    cache_ok = True

    def __init__(self, cast: str) -> None:
        self.cast = cast

    def get_col_spec(self, **_kw: Any) -> str:
        """Return the type's name as SQL writes it (psycopg wants a percent sign twice)."""
        return self.cast.replace("%", "%%")

    def column_expression(self, column: Any) -> Any:
        """Read the column as text."""
        return sa.cast(column, sa.Text())

    def bind_expression(self, bindvalue: Any) -> Any:
        """Cast a bound text to the type."""
        return sa.cast(bindvalue, _Raw(self.cast))


class _Raw(sa.types.UserDefinedType[str]):
    """A type by its name alone, so that a cast to it doesn't cast again."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_kw: Any) -> str:
        return self.name.replace("%", "%%")


def attribute_key(name: str, position: int) -> str:
    """Return ``name`` if a model and a form can have it as an attribute, else ``column_<position>``."""
    usable = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    return name if usable and not name.startswith("_") and name not in NOT_ATTRIBUTES else f"column_{position}"


class _Held(NamedTuple):
    """Something read from the catalogue, and until when it is believed without asking."""

    value: Any
    until: float


class Catalogue:
    """What is in a database, read lazily and believed for CATALOGUE_SECONDS. Use ``Catalogue.of(database)``."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = database.settings
        self._held: dict[Any, _Held] = {}

    @staticmethod
    def of(database: Database) -> Catalogue:
        """Return the catalogue for the database's engine."""
        return PostgresCatalogue(database) if database.is_postgres else SqliteCatalogue(database)

    default_schema = ""

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self._held = {key: held._replace(until=0.0) for key, held in self._held.items()}

    def tables(self) -> Mapping[TableName, Listed]:
        """Return every table and view that the settings show, by name, in order."""
        found: Mapping[TableName, Listed] = self._hold("tables", self._listed)
        return found

    def table(self, name: TableName) -> Table:
        """Return one table; the same object as long as the table stays the same. Raises NotFound."""
        listed = self.tables().get(name)
        if listed is None:
            raise NotFound(f"There is no table {name.name}.", "It may have been renamed or removed.")
        if listed.reason:
            raise Unreadable(listed.reason)
        found: Table = self._hold(name, lambda connection: self._with_declared(self._read(connection, listed)))
        return found

    @cached_property
    def declared(self) -> Mapping[TableName, tuple[Link, ...]]:
        """The foreign keys that the settings declare, by the table that has them."""
        return declared_links(self.settings.tables, self.default_schema)

    def _with_declared(self, table: Table) -> Table:
        links = [link for link in self.declared.get(table.name, ()) if link.columns[0] in table.by_name]
        more = [link for link in links if link.columns[0] not in table.links_by_column]
        return replace(table, links=(*table.links, *more)) if more else table

    def any_table(self, name: TableName) -> Table:
        """Return a table, even one that the settings don't show. Raises NotFound."""
        if name in self.tables():
            return self.table(name)
        try:
            hidden = Listed(name, "table")
            found: Table = self._hold(("hidden", name), lambda connection: self._read(connection, hidden))
        except (FlaskAdminError, IndexError):
            raise NotFound(f"There is no table {name.name}.", "It may have been renamed or removed.") from None
        if not found.columns:
            raise NotFound(f"There is no table {name.name}.", "It may have been renamed or removed.")
        return found

    def all_referring(self, name: TableName) -> Sequence[tuple[TableName, Link]]:
        """Return the foreign keys of the database, of hidden tables too, that refer to ``name``."""
        found: list[tuple[TableName, Link]] = []
        for table, link in self._hold(("referring", name), lambda connection: self._referring(connection, name)):
            with suppress(FlaskAdminError):
                if {*link.columns} <= {*self.any_table(table).by_name}:
                    found.append((table, link))
        return found

    def referring(self, name: TableName) -> Sequence[tuple[TableName, Link]]:
        """Return the foreign keys of shown tables that refer to ``name``, each with the table that has it."""
        found = list(self._hold(("referring", name), lambda connection: self._referring(connection, name)))
        declared = [(table, link) for table, links in self.declared.items() for link in links if link.target == name]
        found += [pair for pair in declared if pair not in found]
        return [(table, link) for table, link in found if table in self.tables() and self._matches(table, link)]

    def _matches(self, table: TableName, link: Link) -> bool:
        """Whether the columns of a foreign key exist on both sides; SQLite doesn't check that."""
        try:
            here, there = self.table(table), self.table(link.target)
        except FlaskAdminError:
            return False
        return set(link.columns) <= set(here.by_name) and set(link.target_columns) <= set(there.by_name)

    def offers(self) -> Mapping[TableName, Offer]:
        """Return what can be done with each shown table, all in one read."""
        found: Mapping[TableName, Offer] = self._hold("offers", self._offers)
        return found

    def count(self, connection: sa.Connection, name: TableName) -> int | None:
        """Return the rows of a table, exact up to FEW_ROWS, else None."""
        table = sa.table(quoted_name(name.name, True), schema=quoted_name(name.schema, True) or None)
        bounded = sa.select(sa.literal(1)).select_from(table).limit(FEW_ROWS + 1).subquery()
        rows = connection.execute(sa.select(sa.func.count()).select_from(bounded)).scalar_one()
        return rows if rows <= FEW_ROWS else None

    def _hold(self, key: Any, read: Callable[[sa.Connection], Any]) -> Any:
        held = self._held.get(key)
        now = time.monotonic()
        if held and now < held.until:
            return held.value
        try:
            with self.database.reading() as connection:
                self._prepare(connection)
                value = read(connection)
        except Unavailable:
            if held is None:
                raise
            return held.value  # the page's own statement will say that the database is away
        if held and held.value == value:
            value = held.value
        self._held[key] = _Held(value, now + CATALOGUE_SECONDS)
        return value

    def _shown(self, name: TableName) -> bool:
        """Whether --schema, --include and --exclude let a table through."""
        settings = self.settings
        if name in self.database.own_tables or (settings.schema and name.schema and name.schema not in settings.schema):
            return False
        names = (name.name, f"{name.schema}.{name.name}")

        def matches(patterns: Sequence[str]) -> bool:
            return any(fnmatch.fnmatchcase(n, pattern) for n in names for pattern in patterns)

        return (not settings.include or matches(settings.include)) and not matches(settings.exclude)

    def _prepare(self, connection: sa.Connection) -> None:
        """Set what catalogue statements need."""

    def _listed(self, connection: sa.Connection) -> Mapping[TableName, Listed]:
        raise NotImplementedError

    def _offers(self, connection: sa.Connection) -> Mapping[TableName, Offer]:
        raise NotImplementedError

    def _read(self, connection: sa.Connection, listed: Listed) -> Table:
        raise NotImplementedError

    def _referring(self, connection: sa.Connection, name: TableName) -> Sequence[tuple[TableName, Link]]:
        raise NotImplementedError


def declared_links(tables: Mapping[str, Mapping[str, Any]], schema: str) -> dict[TableName, tuple[Link, ...]]:
    """Return the foreign keys that the settings of tables declare."""
    found = {}
    for table, own in tables.items():
        targets = [(column, target.rpartition(".")) for column, target in own.get("links", {}).items()]
        links = [Link((c,), _spoken_name(place, schema), (there,), DECLARED) for c, (place, _, there) in targets]
        found[_spoken_name(table, schema)] = tuple(links)
    return found


DECLARED = "declared"  # in place of what a foreign key of the database does on delete: nothing


def _spoken_name(text: str, schema: str) -> TableName:
    """Return the table that ``table`` or ``schema.table`` means."""
    given, _, name = text.rpartition(".")
    return TableName(given or schema, name)


def _rows(connection: sa.Connection, statement: str, *values: Any) -> Sequence[Any]:
    return connection.exec_driver_sql(statement, values).fetchall()


# -- What the text of a declaration says: types, rules, comments --------------

TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<string>[eE]?'(?:[^']|'')*')|(?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]'",]*\])"""
    r"""|(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<word>\w+)|(?P<cast>::)|(?P<sign><>|<=|>=|==|!=|\S)|(?P<space>\s+)""",
    re.S,
)


class Token(NamedTuple):
    """One token of SQL: its sort (TOKEN's groups), its text, and the line it stands on."""

    sort: str
    text: str
    line: int = 0

    @property
    def value(self) -> str:
        """The text without its quotes; a bare word in lower case."""
        if self.sort == "string":
            return self.text[self.text.index("'") + 1 : -1].replace("''", "'")
        if self.sort == "name":
            return self.text[1:-1].replace('""', '"')
        return self.text.lower()


def tokens_of(sql: str) -> list[Token]:
    """Split SQL into its tokens, without the white space."""
    found, line = [], 0
    for match in TOKEN.finditer(sql):
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match[0], line))
        line += match[0].count("\n")
    return found


def split_at(tokens: Sequence[Token], separator: str) -> list[list[Token]]:
    """Split tokens at each ``separator`` that stands outside parentheses, and outside BETWEEN … AND …."""
    parts: list[list[Token]] = [[]]
    depth, between = 0, False
    for token in tokens:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        between = between or (token.value == "between" and depth == 0)
        if depth == 0 and token.sort != "string" and token.value == separator:
            if not (separator == "and" and between):
                parts.append([])
                continue
            between = False
        parts[-1].append(token)
    return parts


class ColumnText(NamedTuple):
    """What a CREATE TABLE says of one column beyond what SQLite's PRAGMAs tell."""

    checks: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class CreateTable:
    """The CHECK rules and the comments in the text of a CREATE TABLE; SQLite has no other place for them."""

    columns: Mapping[str, ColumnText] = field(default_factory=dict)
    checks: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, sql: str) -> CreateTable:
        """Read a CREATE TABLE statement; whatever isn't understood is left out."""
        tokens = tokens_of(sql)
        start = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
        columns: dict[str, ColumnText] = {}
        checks = []
        body = tokens[start + 1 :]
        while body and body[0].sort == "comment" and body[0].line == tokens[start].line:
            del body[0]  # it is the table's: see first_comment
        for part in _definitions(body):
            words = [token for token in part if token.sort != "comment"]
            found = _checks_in(words)
            if words and words[0].sort == "word" and words[0].value in TABLE_RULES:
                checks += [(_constraint_name(words) or text, text) for text in found]
            elif words:
                comment = " ".join(_comment_text(t) for t in part if t.sort == "comment")
                columns[words[0].value.lower()] = ColumnText(tuple(found), comment)
        return cls(columns, tuple(checks))


TABLE_RULES = frozenset({"constraint", "check", "unique", "primary", "foreign"})


def _definitions(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split the body of a CREATE TABLE; a comment behind the comma belongs to the definition before it."""
    parts = split_at(tokens, ",")
    for before, after in pairwise(parts):
        while before and after and after[0].sort == "comment" and after[0].line == before[-1].line:
            before.append(after.pop(0))
    return parts


def _checks_in(tokens: Sequence[Token]) -> list[str]:
    found = []
    for place, token in enumerate(tokens[:-1]):
        if token.sort == "word" and token.value == "check" and tokens[place + 1].text == "(":
            found.append(" ".join(t.text for t in _inside(tokens[place + 1 :])))
    return found


def _inside(tokens: Sequence[Token]) -> list[Token]:
    """Return what stands between the parenthesis that ``tokens`` begin with and its partner."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return list(tokens[1:place])
    return []


def _constraint_name(tokens: Sequence[Token]) -> str:
    return tokens[1].value if len(tokens) > 1 and tokens[0].value == "constraint" else ""


def _comment_text(token: Token) -> str:
    return token.text.removeprefix("--").removeprefix("/*").removesuffix("*/").strip()


def first_comment(sql: str) -> str:
    """Return the comment that stands before the first column of a CREATE statement: SQLite's table comment."""
    if "--" not in sql and "/*" not in sql:
        return ""
    tokens = tokens_of(sql)
    start = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
    first_line = tokens[start].line if start < len(tokens) else 0
    after = tokens[start + 1 : start + 2]
    found = [t for t in [*tokens[:start], *after] if t.sort == "comment" and t.line <= first_line]
    return " ".join(_comment_text(token) for token in found)


def declared_rules(declared: str) -> Rules:
    """Return the rules in a SQLite type such as VARCHAR(40) or DECIMAL(10,2)."""
    sizes = [int(n) for n in re.findall(r"\d+", declared.partition("(")[2])]
    if sizes and re.search("CHAR|TEXT|CLOB", declared, re.I):
        return Rules(length=sizes[0])
    if len(sizes) == 2 and re.search("DEC|NUM|MONEY", declared, re.I):
        return Rules(precision=sizes[0], scale=sizes[1])
    return Rules()


INTEGER_BITS: Mapping[str, int] = {"int2": 15, "int4": 31, "int8": 63}


def postgres_rules(typname: str, typmod: int) -> Rules:
    """Return the rules in a PostgreSQL type and its modifier."""
    if typname in INTEGER_BITS:
        top = Decimal(2 ** INTEGER_BITS[typname])
        return Rules(minimum=-top, maximum=top - 1)
    if typname in ("varchar", "bpchar") and typmod > 4:
        return Rules(length=typmod - 4)
    if typname == "numeric" and typmod > 4:
        # Since version 15 the scale is 11 bits, signed.
        scale = ((typmod - 4) & 0x7FF ^ 1024) - 1024
        return Rules(precision=(typmod - 4) >> 16, scale=scale)
    return Rules()


def rules_of(column: str, checks: Sequence[str], rules: Rules) -> Rules:
    """Add to ``rules`` what the CHECK expressions say of ``column`` alone: IN, BETWEEN, comparisons, length."""
    for text in checks:
        for part in _conjuncts(_plain(tokens_of(text)), column.lower()):
            found = _rule(part, column.lower())
            if found:
                rules = _narrowed(rules, found)
    return rules


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """Drop comments, casts and the parentheses around a single token, which PostgreSQL adds to every expression."""
    plain: list[Token] = []
    rest = [token for token in tokens if token.sort != "comment"]
    while rest:
        token = rest.pop(0)
        if token.sort != "cast":
            plain.append(token)
            if len(plain) > 2 and plain[-1].text == ")" and plain[-3].text == "(" and not _called(plain[:-3]):
                plain[-3:] = [plain[-2]]
            continue
        while rest and (rest[0].sort in ("word", "name") and rest[0].value not in ("and", "or", "between")):
            rest.pop(0)
        if rest and rest[0].text == "(":
            del rest[: len(_inside(rest)) + 2]
        if [t.text for t in rest[:2]] == ["[", "]"]:
            del rest[:2]
    return plain


def _called(before: Sequence[Token]) -> bool:
    """Whether a parenthesis behind ``before`` holds a call's arguments or a list."""
    return bool(before) and before[-1].sort in ("word", "name") and before[-1].value not in ("and", "or", "not")


def _conjuncts(tokens: list[Token], column: str) -> Iterator[list[Token]]:
    """Yield the parts that AND joins; "c IS NULL OR part" counts as part, since NULL passes a CHECK anyway."""
    tokens = _bare(tokens)
    options = split_at(tokens, "or")  # first, since AND binds tighter
    parts = split_at(tokens, "and")
    given = [p for p in options if [t.value.lower() for t in _bare(p)] != [column, "is", "null"]]
    if len(options) > 1:
        yield from _conjuncts(given[0], column) if len(given) == 1 else [tokens]
    elif len(parts) > 1:
        for part in parts:
            yield from _conjuncts(part, column)
    else:
        yield tokens


def _bare(tokens: list[Token]) -> list[Token]:
    """Drop the parentheses around all of an expression."""
    while tokens and tokens[0].text == "(" and len(_inside(tokens)) == len(tokens) - 2:
        tokens = tokens[1:-1]
    return tokens


FLIPPED: Mapping[str, str] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _rule(tokens: Sequence[Token], column: str) -> dict[str, Any]:
    """Return the fields of Rules that one condition on ``column`` sets; {} where it isn't a simple one."""
    if not tokens:
        return {}
    words = [token.value for token in tokens if token.text not in "()[]"]
    if tokens[0].sort in ("number", "string") and len(tokens) == 3 and words[1] in FLIPPED:
        return _rule([tokens[2], Token("sign", FLIPPED[words[1]]), tokens[0]], column)
    if words[0] in ("length", "char_length", "character_length") and words[1:2] == [column]:
        return _length_rule(words[2:])
    if words[0].lower() != column or len(words) < 3:
        return {}
    return _choices(tokens, column) or _range_rule(words[1:])


def _choices(tokens: Sequence[Token], column: str) -> dict[str, Any]:
    """Read ``c IN ('a', 'b')``, ``c = ANY (ARRAY['a', 'b'])`` and ``c = 'a' OR c = 'b'``."""
    strings = tuple(token.value for token in tokens if token.sort in ("string", "number"))
    others = {token.value for token in tokens if token.sort in ("word", "name", "sign")}
    known = {column, "in", "=", "==", "any", "array", "or", ",", "(", ")", "[", "]"}
    return {"choices": strings} if len(strings) > 1 and others <= known else {}


def _range_rule(words: Sequence[str]) -> dict[str, Any]:
    """Read ``> 0``, ``>= - 1``, ``BETWEEN 1 AND 5`` (a minus sign is a token of its own)."""
    numbers = _numbers(words)
    if words[0] == "between" and len(numbers) == 2 and len(words) <= 6:
        return {"minimum": numbers[0], "maximum": numbers[1]}
    names = {">": "above", ">=": "minimum", "<": "below", "<=": "maximum"}
    simple = len(numbers) == 1 and len(words) <= 3
    return {names[words[0]]: numbers[0]} if simple and words[0] in names else {}


def _length_rule(words: Sequence[str]) -> dict[str, Any]:
    bounds = _range_rule(words) if len(words) > 1 else {}
    if words[:1] in (["="], ["=="]) and (exact := _numbers(words)):
        return {"length": int(exact[0]), "shortest": int(exact[0])}
    top = bounds.get("maximum", bounds["below"] - 1 if "below" in bounds else None)
    low = bounds.get("minimum", bounds["above"] + 1 if "above" in bounds else None)
    found = {"length": top, "shortest": low}
    return {name: int(number) for name, number in found.items() if number is not None}


def _numbers(words: Sequence[str]) -> list[Decimal]:
    found = re.findall(r"(?<![\w.])-?\s?\d+\.?\d*(?:e[+-]?\d+)?(?!\w)", " ".join(words))
    return [Decimal(number.replace(" ", "")) for number in found]


def _narrowed(rules: Rules, found: Mapping[str, Any]) -> Rules:
    """Return ``rules`` with the narrower of the old and the new bounds."""
    lowest = ("length", "maximum", "below")
    merged = dict(found)
    for name in merged:
        old = getattr(rules, name)
        if old is not None and name not in ("choices",):
            merged[name] = min(old, merged[name]) if name in lowest else max(old, merged[name])
    if rules.choices and "choices" in merged:
        merged["choices"] = tuple(choice for choice in rules.choices if choice in merged["choices"])
    return replace(rules, **merged)


def sqlite_family(declared: str) -> str:
    """Return the family of a declared SQLite type: by the names people use, else by SQLite's affinity rules."""
    upper = declared.upper()
    for pattern, family in SQLITE_FAMILIES:
        if re.search(pattern, upper):
            return family
    return "decimal"  # the affinity NUMERIC


SQLITE_FAMILIES = (
    (r"^$|^ANY$", "any"),
    (r"BOOL", "boolean"),
    (r"^(DATETIME|TIMESTAMP)", "timestamp"),
    (r"^DATE\b", "date"),
    (r"^TIME\b", "time"),
    (r"^JSONB?$", "json"),
    (r"INT", "integer"),
    (r"CHAR|CLOB|TEXT|UUID|GUID|STRING|ENUM|XML", "text"),
    (r"BLOB|BINARY|BYTEA|IMAGE", "binary"),
    (r"REAL|FLOA|DOUB", "float"),
)
POSTGRES_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext", "name"), "text"),
    **dict.fromkeys(("float4", "float8"), "float"),
    "numeric": "decimal",
    "bool": "boolean",
    "bytea": "binary",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamptz": "instant",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    **dict.fromkeys(
        [
            "char",
            "timetz",
            "interval",
            "money",
            "bit",
            "varbit",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "xml",
            "tsvector",
            "tsquery",
            "oid",
            "hstore",
            "ltree",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "regclass",
            "regtype",
            "regproc",
            "regprocedure",
            "regrole",
            "regnamespace",
            "regconfig",
            "regdictionary",
            "regoper",
            "regoperator",
            "regcollation",
            "pg_lsn",
            "jsonpath",
        ],
        "literal",
    ),
}


def postgres_family(typname: str, typtype: str, schema: str, element: str) -> str:
    """Return the family of a PostgreSQL type; "unknown" is shown as text and never written."""
    if typtype == "e":
        return "choice"
    if typtype in ("c", "r", "m", "d"):
        return "literal"
    if typname.startswith("_") and element:
        elements = element.partition(":")
        return "unknown" if postgres_family(elements[2], elements[0], schema, "") == "unknown" else "literal"
    ours = schema == "pg_catalog" or typname in ("citext", "hstore", "ltree")
    return POSTGRES_FAMILIES.get(typname, "unknown") if ours else "unknown"


class SqliteCatalogue(Catalogue):
    """The catalogue of a SQLite file, from its PRAGMAs and the text of its CREATE statements."""

    LIST = """
        SELECT t.name, t.type, s.sql FROM pragma_table_list t
        LEFT JOIN sqlite_master s ON s.name = t.name AND s.type IN ('table', 'view')
        WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name COLLATE NOCASE"""
    COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)'
    LINKS = 'SELECT id, "table", "from", "to", on_delete, on_update FROM pragma_foreign_key_list(?) ORDER BY id, seq'
    INDEXES = """SELECT i.name, c.name, i.partial, i."unique", c.coll, s.sql
                 FROM pragma_index_list(?) i, pragma_index_xinfo(i.name) c
                 LEFT JOIN sqlite_master s ON s.type = 'index' AND s.name = i.name
                 WHERE c.key ORDER BY i.seq, c.seqno"""
    TEXT_INDEXES = """SELECT name, sql FROM sqlite_master
                      WHERE type = 'table' AND sql LIKE 'create virtual table%fts5%'"""
    REFERRING = """SELECT m.name, f.id, f."table", f."from", f."to", f.on_delete, f.on_update
                   FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
                   AND f."table" = ? COLLATE NOCASE ORDER BY m.name, f.id, f.seq"""

    def _listed(self, connection: sa.Connection) -> Mapping[TableName, Listed]:
        estimates = self._estimates(connection)
        found = {}
        for name, kind, sql in _rows(connection, self.LIST):
            table = TableName("", name)
            kind = {"virtual": "virtual table", "shadow": "shadow table"}.get(kind, kind)
            if self._shown(table):
                found[table] = Listed(table, kind, estimates.get(name), first_comment(sql or ""))
        return found

    def _estimates(self, connection: sa.Connection) -> Mapping[str, int]:
        """Return the row counts that ANALYZE left, if it ever ran."""
        if not _rows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
            return {}
        found = _rows(connection, "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl")
        return {name: rows for name, rows in found if rows is not None}

    def _read(self, connection: sa.Connection, listed: Listed) -> Table:
        name = listed.name.name
        declared = _rows(connection, self.COLUMNS, name)
        sql = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = ? AND type IN ('table', 'view')", (name,)
        ).scalar()
        parsed = CreateTable.parse(sql or "") if listed.kind == "table" else CreateTable()
        without_rowid = self._without_rowid(connection, name)
        columns = tuple(
            self._column(row, position, parsed)
            for position, row in enumerate(declared)
            if row[5] != 1  # a virtual table's hidden columns are its search arguments
        )
        key = tuple(r[0] for r in sorted((r for r in declared if r[4]), key=lambda r: r[4]))
        has_rowid = listed.kind != "view" and not without_rowid
        serial = self._with_serial(columns, key, has_rowid, declared)
        indexes = self._indexes(connection, name)
        own = [Index("", (IndexPart(key[0]),), True, "rowid")] if serial is not columns else []
        offer = self._offer(listed, sql or "")
        return Table(
            listed=listed,
            columns=serial,
            key=key,
            links=tuple(link for _table, link in self._links(connection, name)),
            unique=self._unique(indexes, key),
            indexes=(*own, *indexes, *text_indexes(name, _rows(connection, self.TEXT_INDEXES))),
            checks=parsed.checks,
            rowid=self._rowid_name(declared) if has_rowid else "",
            writes=offer.writes,
            reason=offer.reason,
        )

    @staticmethod
    def _without_rowid(connection: sa.Connection, name: str) -> bool:
        row = _rows(connection, "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", name)
        return bool(row and row[0][0])

    @staticmethod
    def _column(row: Any, position: int, parsed: CreateTable) -> Column:
        name, declared, notnull, default, primary, hidden = row
        own = parsed.columns.get(name.lower(), ColumnText())
        checks = [*own.checks, *(text for _name, text in parsed.checks)]
        rules = rules_of(name, checks, declared_rules(declared))
        return Column(
            name=name,
            key=attribute_key(name, position),
            position=position,
            type=declared.lower() or "any",
            family="choice" if rules.choices else sqlite_family(declared),
            nullable=not notnull and not primary,
            default=default,
            automatic="generated" if hidden in (2, 3) else "",
            optional=default is not None,
            primary=bool(primary),
            comment=own.comment,
            checks=own.checks,
            rules=rules,
        )

    @staticmethod
    def _with_serial(
        columns: tuple[Column, ...], key: tuple[str, ...], has_rowid: bool, declared: Sequence[Any]
    ) -> tuple[Column, ...]:
        """Mark INTEGER PRIMARY KEY, which is the rowid by another name: it is filled when it isn't given."""
        types = {row[0]: row[1].upper() for row in declared}
        if not has_rowid or len(key) != 1 or types[key[0]] != "INTEGER":
            return columns
        return tuple(replace(c, optional=True, nullable=False) if c.name == key[0] else c for c in columns)

    @staticmethod
    def _rowid_name(declared: Sequence[Any]) -> str:
        taken = {row[0].lower() for row in declared}
        return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), "")

    def _offers(self, connection: sa.Connection) -> Mapping[TableName, Offer]:
        texts = dict(_rows(connection, "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view')"))
        found = {}
        for name, listed in self.tables().items():
            offer = self._offer(listed, texts.get(name.name) or "")
            # Planning shows what a view lacks; a virtual table shows it only when it is read.
            rows = {"view": 0, "virtual table": 1}.get(listed.kind)
            broken = "" if rows is None else self._broken(connection, name.name, rows)
            found[name] = Offer(frozenset(), broken) if broken else offer
        return found

    @staticmethod
    def _broken(connection: sa.Connection, name: str, rows: int) -> str:
        """Return why a view or a virtual table can't be read, or ""."""
        try:
            connection.exec_driver_sql(f'SELECT 1 FROM "{name.replace(chr(34), chr(34) * 2)}" LIMIT {rows}')
        except sa.exc.DBAPIError as error:
            found = describe(error)
            gone = isinstance(found, SchemaChanged)
            return "It refers to something that isn't there any more." if gone else found.message
        return ""

    def _offer(self, listed: Listed, sql: str) -> Offer:
        reason = self._reason(listed, sql)
        return Offer(frozenset() if reason else ALL_WRITES, reason)

    def _reason(self, listed: Listed, sql: str) -> str:
        if reason := self.database.read_only_reason:
            return reason
        if listed.kind == "view":
            return "A view: SQLite writes through one, if at all, by triggers that don't tell what they did."
        if listed.kind == "shadow table":
            return "It belongs to a search index, which keeps it itself."
        if listed.kind == "virtual table" and re.search(r"using\s+(fts5vocab|fts4aux|dbstat)", sql, re.I):
            return "SQLite computes its rows."
        if listed.kind == "virtual table" and re.search(r"content\s*=\s*(''|\"\")", sql):
            return "A search index that doesn't keep its texts."
        return ""

    def _links(self, connection: sa.Connection, name: str) -> Sequence[tuple[TableName, Link]]:
        rows = _rows(connection, self.LINKS, name)
        return self._grouped(connection, [(name, *row) for row in rows])

    def _referring(self, connection: sa.Connection, name: TableName) -> Sequence[tuple[TableName, Link]]:
        return self._grouped(connection, _rows(connection, self.REFERRING, name.name))

    def _grouped(self, connection: sa.Connection, rows: Sequence[Any]) -> Sequence[tuple[TableName, Link]]:
        """Put the rows (table, id, target, from, to, rules) of each foreign key together."""
        found = []
        for (table, _id), group in groupby(rows, key=lambda row: row[:2]):
            parts = list(group)
            target = self._spelled(connection, parts[0][2])
            columns = self._spelled_columns(connection, table, [part[3] for part in parts])
            # No target columns given means the target's primary key.
            named = [part[4] for part in parts]
            key = self._key_of(connection, target)[: len(parts)] if None in named else ()
            there = key or self._spelled_columns(connection, target, named)
            link = Link(columns, TableName("", target), there, *parts[0][5:])
            found.append((TableName("", table), link))
        return found

    def _spelled_columns(self, connection: sa.Connection, table: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return columns' names as their table spells them: a foreign key may spell them otherwise."""
        known = {row[0].lower(): row[0] for row in _rows(connection, self.COLUMNS, table)}
        return tuple(known.get(str(name).lower(), name) for name in names)

    @staticmethod
    def _spelled(connection: sa.Connection, name: str) -> str:
        found = _rows(connection, "SELECT name FROM sqlite_master WHERE name = ? COLLATE NOCASE", name)
        return found[0][0] if found else name

    def _key_of(self, connection: sa.Connection, name: str) -> tuple[str, ...]:
        rows = [row for row in _rows(connection, self.COLUMNS, name) if row[4]]
        return tuple(row[0] for row in sorted(rows, key=lambda row: row[4]))

    def _indexes(self, connection: sa.Connection, name: str) -> list[Index]:
        found = []
        for _name, group in groupby(_rows(connection, self.INDEXES, name), key=lambda row: row[0]):
            rows = list(group)
            expressions = index_expressions(rows[0][5] or "", len(rows))
            parts = [
                IndexPart(row[1] or "", row[4] or "", "", "" if row[1] is not None else text, row[4] in RANGED)
                for row, text in zip(rows, expressions, strict=True)
            ]
            condition = (rows[0][5] or "").rpartition("WHERE")[2].strip() or "?" if rows[0][2] else ""
            found.append(Index(rows[0][0], tuple(parts), bool(rows[0][3]), condition=condition))
        return found

    @staticmethod
    def _unique(indexes: Sequence[Index], key: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        whole = [i for i in indexes if i.unique and not i.condition and all(i.columns)]
        return tuple(dict.fromkeys([*([key] if key else []), *(index.columns for index in whole)]))


RANGED = frozenset({"BINARY", "NOCASE"})


def index_expressions(sql: str, count: int) -> list[str]:
    """Return the text of each of ``count`` parts of a SQLite CREATE INDEX; "" where it can't be told."""
    tokens = [token for token in tokens_of(sql) if token.sort != "comment"]
    start = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
    parts = [" ".join(token.text for token in part) for part in split_at(_inside(tokens[start:]), ",")]
    return parts if len(parts) == count else [""] * count


def text_indexes(table: str, found: Sequence[tuple[str, str]]) -> list[Index]:
    """Return the fts5 indexes over ``table`` among virtual tables, given as (name, CREATE VIRTUAL TABLE …)."""
    indexes = []
    for name, sql in found:
        tokens = [token for token in tokens_of(sql) if token.sort != "comment"]
        start = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
        given = [part for part in split_at(_inside(tokens[start:]), ",") if part]
        options = {
            p[0].value.lower(): "".join(t.value for t in p[2:]) for p in given if len(p) > 2 and p[1].text == "="
        }
        columns = [p[0].value for p in given if len(p) == 1 or p[1].text != "="]
        if table.lower() == (options.get("content") or name).lower():
            parts = tuple(IndexPart(column) for column in columns)
            link = options.get("content_rowid", "rowid")
            indexes.append(Index(name, parts, method="fts5", link=link, options=options.get("tokenize", "")))
    return indexes


IN_BLOCKS = """
    WITH RECURSIVE whole(oid) AS (SELECT %s::oid UNION
        SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN whole ON i.inhparent = whole.oid)
    SELECT pg_catalog.bool_and(c.relkind = 'p' OR c.relkind IN ('r', 'm') AND COALESCE(m.amname, 'heap') = 'heap')
    FROM whole JOIN pg_catalog.pg_class c ON c.oid = whole.oid LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam"""


def _in_blocks(connection: sa.Connection, oid: int) -> bool:
    """Tell whether a table and all its partitions are heaps: a foreign one's rows have places of another database."""
    return bool(_rows(connection, IN_BLOCKS, oid)[0][0])


class PostgresCatalogue(Catalogue):
    """The catalogue of a PostgreSQL database, from pg_catalog, a few statements a table."""

    LIST = """
        SELECT n.nspname, c.relname, c.relkind::text, c.relispartition, c.reltuples::bigint,
               pg_catalog.obj_description(c.oid, 'pg_class'),
               pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND (
                   pg_catalog.has_table_privilege(c.oid, 'SELECT') OR
                   pg_catalog.has_any_column_privilege(c.oid, 'SELECT')),
               c.relnatts
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ORDER BY n.nspname, c.relname"""
    RELATION = """
        SELECT c.oid, c.relkind::text, c.relhassubclass, pg_catalog.pg_relation_is_updatable(c.oid, true),
               pg_catalog.has_table_privilege(c.oid, 'INSERT') OR
                   pg_catalog.has_any_column_privilege(c.oid, 'INSERT'),
               pg_catalog.has_table_privilege(c.oid, 'UPDATE') OR
                   pg_catalog.has_any_column_privilege(c.oid, 'UPDATE'),
               pg_catalog.has_table_privilege(c.oid, 'DELETE'), c.relispopulated, n.nspname, c.relname
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {which}"""
    BY_NAME = "n.nspname = %s AND c.relname = %s"
    COLUMNS = """
        WITH RECURSIVE base AS (
            SELECT a.attnum, a.atttypid AS type, a.atttypmod AS typmod, false AS required,
                   ARRAY[]::text[] AS checks FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT b.attnum, t.typbasetype, t.typtypmod, b.required OR t.typnotnull, b.checks || ARRAY(
                SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
                WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname)
            FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
        SELECT a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod),
               pg_catalog.format_type(b.type, -1), t.typname, t.typtype::text, t.typcategory::text, b.typmod,
               a.attnotnull OR b.required, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text,
               a.attgenerated::text, pg_catalog.col_description(a.attrelid, a.attnum), b.checks,
               ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid
                     ORDER BY e.enumsortorder),
               pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
               pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE'),
               n.nspname, (SELECT x.typtype::text || ':' || x.typname FROM pg_catalog.pg_type x
                           WHERE x.oid = t.typelem)
        FROM pg_catalog.pg_attribute a JOIN base b ON b.attnum = a.attnum
        JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = %s ORDER BY a.attnum"""
    CONSTRAINTS = """
        SELECT k.conname, k.contype::text, n.nspname, f.relname, k.confdeltype::text,
               pg_catalog.pg_get_expr(k.conbin, k.conrelid),
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(num, place)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY place),
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u(num, place)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY place),
               m.nspname, c.relname, k.confupdtype::text
        FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.relnamespace
        WHERE {which} ORDER BY k.conname, k.oid"""
    INDEXES = """
        SELECT c.relname, m.amname, i.indisunique, i.indisprimary, i.indimmediate,
               pg_catalog.pg_get_expr(i.indpred, i.indrelid), a.attname, COALESCE(a.attnotnull, false),
               o.collname, p.opcname,
               CASE WHEN u.num = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.place::int, true) END,
               p.opcname ~ 'pattern_ops$' OR o.collname IN ('C', 'POSIX', 'ucs_basic') OR o.collname = 'default' AND
                   CASE COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'b' THEN true
                        WHEN 'c' THEN d.datcollate IN ('C', 'POSIX') ELSE false END
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_am m ON m.oid = c.relam
        JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database(),
             unnest(i.indkey::int2[], i.indcollation::oid[], i.indclass::oid[])
                 WITH ORDINALITY u(num, coll, class, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = %s AND a.attnum = u.num
        LEFT JOIN pg_catalog.pg_collation o ON o.oid = u.coll
        LEFT JOIN pg_catalog.pg_opclass p ON p.oid = u.class
        WHERE i.indrelid = %s AND i.indisvalid AND u.place <= i.indnkeyatts
        ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid, u.place"""
    BASE_KEY = """
        SELECT array_agg(DISTINCT a.attname::text) FROM pg_catalog.pg_rewrite r
        JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
        JOIN pg_catalog.pg_index i ON i.indrelid = d.refobjid AND i.indisprimary
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
        WHERE r.ev_class = %s HAVING count(DISTINCT d.refobjid) = 1"""
    KINDS: ClassVar[Mapping[str, str]] = {
        "r": "table", "v": "view", "m": "materialised view", "f": "foreign table", "p": "partitioned table",
    }  # fmt: skip
    RULES: ClassVar[Mapping[str, str]] = {
        "a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT",
    }  # fmt: skip

    @property
    def default_schema(self) -> str:  # type: ignore[override]
        """The schema whose tables have plain addresses."""
        found: str = self._hold("schema", lambda link: link.exec_driver_sql("SELECT current_schema()").scalar() or "")
        return found or "public"

    def _prepare(self, connection: sa.Connection) -> None:
        # With nothing on the path, types and expressions come out with their schemas.
        connection.exec_driver_sql("SELECT set_config('search_path', 'pg_catalog', true)")

    def _hold(self, key: Any, read: Callable[[sa.Connection], Any]) -> Any:
        if key != "schema":
            return super()._hold(key, read)
        if "schema" not in self._held:
            with self.database.reading() as connection:
                self._held["schema"] = _Held(read(connection), 0.0)
        return self._held["schema"].value

    def _listed(self, connection: sa.Connection) -> Mapping[TableName, Listed]:
        found = {}
        for schema, name, kind, partition, rows, comment, allowed, columns in _rows(connection, self.LIST):
            table = TableName(schema, name)
            reason = "" if allowed else "The database account has no right to read it."
            words = "partition" if partition else self.KINDS[kind]
            estimate = rows if rows >= 0 and kind in "rmp" else None
            if self._shown(table):
                found[table] = Listed(table, words, estimate, comment or "", reason or ("" if columns else NO_COLUMNS))
        return found

    def _read(self, connection: sa.Connection, listed: Listed) -> Table:
        relation = _rows(connection, self.RELATION.format(which=self.BY_NAME), *listed.name)[0]
        oid, relkind, inherited = relation[:3]
        indexes, keys = self._indexes(connection, oid)
        constraints = _rows(connection, self.CONSTRAINTS.format(which="k.conrelid = %s"), oid)
        key_is_unique = not (inherited and relkind == "r")
        key = next((tuple(names) for _primary, required, names in keys if required), ())
        if relkind == "v":
            key, key_is_unique = self._view_key(connection, oid), False
        checks = tuple((row[0], row[5]) for row in constraints if row[1] == "c")
        rows = _rows(connection, self.COLUMNS, oid, oid)
        columns = tuple(self._column(row, [text for _name, text in checks]) for row in rows)
        primary = next((set(names) for is_primary, _required, names in keys if is_primary), set())
        offer = self._offer(listed, relation)
        return Table(
            listed=listed,
            columns=tuple(replace(c, primary=c.name in primary) for c in columns if c.reason != UNSEEN),
            key=key if key_is_unique or relkind == "v" else (),
            links=tuple(self._link(row) for row in constraints if row[1] == "f"),
            unique=tuple(names for _primary, _required, names in keys),
            indexes=tuple(indexes),
            checks=checks,
            physical=relkind in "rmp",
            in_blocks=relkind in "rmp" and not key and _in_blocks(connection, oid),
            key_is_unique=key_is_unique,
            writes=offer.writes,
            reason=offer.reason,
            postgres=True,
        )

    def _indexes(self, connection: sa.Connection, oid: int) -> tuple[list[Index], list[tuple[bool, bool, Any]]]:
        """Return the indexes; and of those that can be a key, whether it is primary, never NULL, and its columns."""
        indexes, keys = [], []
        for _name, group in groupby(_rows(connection, self.INDEXES, oid, oid), key=lambda row: row[0]):
            rows = list(group)
            name, method, unique, primary, immediate, condition = rows[0][:6]
            parts = tuple(
                IndexPart(row[6] or "", row[8] or "", row[9] or "", row[10] or "", bool(row[11])) for row in rows
            )
            indexes.append(Index(name, parts, unique, method, condition or ""))
            if unique and immediate and condition is None and all(part.column for part in parts):
                keys.append((primary, all(row[7] for row in rows), indexes[-1].columns))
        return indexes, keys

    def _view_key(self, connection: sa.Connection, oid: int) -> tuple[str, ...]:
        """Guess a view's key: the primary key of its one table, if the view shows it; never trusted when writing."""
        names = connection.exec_driver_sql(self.BASE_KEY, (oid,)).scalar()
        own = connection.exec_driver_sql(
            "SELECT array_agg(attname::text) FROM pg_catalog.pg_attribute WHERE attrelid = %s AND attnum > 0",
            (oid,),
        ).scalar()
        return tuple(names) if names and set(names) <= set(own or ()) else ()

    def _offers(self, connection: sa.Connection) -> Mapping[TableName, Offer]:
        tables = self.tables()
        rows = _rows(connection, self.RELATION.format(which="c.relkind IN ('r', 'v', 'm', 'f', 'p')"))
        named = ((TableName(*row[-2:]), row) for row in rows)
        return {name: self._offer(tables[name], row) for name, row in named if name in tables}

    def _offer(self, listed: Listed, relation: Any) -> Offer:
        updatable, insert, update, delete, filled = relation[3:8]
        if reason := listed.reason or self.database.read_only_reason:
            return Offer(frozenset(), reason)
        if listed.kind == "materialised view":
            unfilled = "" if filled else " It has not been filled yet."
            return Offer(frozenset(), f"A materialised view: its rows come from a query.{unfilled}")
        granted = {"insert": insert, "update": update, "delete": delete}
        possible = {"update": updatable & 4, "insert": updatable & 8, "delete": updatable & 16}
        writes = frozenset(verb for verb in granted if granted[verb] and possible[verb])
        if writes:
            return Offer(writes, "" if "update" in writes else "The database account may not change its rows.")
        if not updatable:
            return Offer(writes, f"A {listed.kind}: the database can't write through it.")
        return Offer(writes, "The database account may only read it.")

    def _link(self, row: Any) -> Link:
        rules = self.RULES[row[4]], self.RULES[row[10]]
        return Link(tuple(row[6]), TableName(row[2], row[3]), tuple(row[7]), *rules)

    def _referring(self, connection: sa.Connection, name: TableName) -> Sequence[tuple[TableName, Link]]:
        # A partition's constraint repeats its parent's.
        which = """k.contype = 'f' AND k.conparentid = 0 AND
                   k.confrelid = pg_catalog.format('%%I.%%I', %s::text, %s::text)::regclass"""
        rows = _rows(connection, self.CONSTRAINTS.format(which=which), *name)
        return [(TableName(row[8], row[9]), self._link(row)) for row in rows]

    @staticmethod
    def _column(row: Any, checks: Sequence[str]) -> Column:
        (name, position, declared, cast, typname, typtype, category, typmod, required, default) = row[:10]
        identity, generated, comment, domain_checks, labels, seen, updatable, schema, element = row[10:]
        own = [re.sub(r"^CHECK \(|\)( NOT VALID)?$", "", text) for text in domain_checks]
        rules = replace(postgres_rules(typname, typmod), choices=tuple(labels))
        rules = rules_of("value", own, rules_of(name, checks, rules))
        family = postgres_family(typname, typtype, schema, element or "")
        unwritable = f"Values of the type {declared} are only shown." if family == "unknown" else ""
        return Column(
            name=name,
            key=attribute_key(name, position),
            position=position,
            type=declared,
            family="choice" if rules.choices and family == "text" else family,
            cast=cast,
            nullable=not required,
            default=None if identity or generated else default,
            automatic={"s": "generated", "v": "generated"}.get(generated, "identity" if identity == "a" else ""),
            optional=default is not None or bool(identity),
            comment=comment or "",
            checks=tuple(own),
            rules=rules,
            reason=UNSEEN if not seen else unwritable or ("" if updatable else "No right to change it."),
        )


UNSEEN = "No right to read it."
NO_COLUMNS = "It has no columns."


# == 5. Kinds =================================================================

UTC = ZoneInfo("UTC")
LIST_CHARACTERS = 160  # of a value in a list; the record page shows the rest
FORM_CHARACTERS = 300_000  # a longer text is a file: no browser edits it well
SHORT_TEXT = 120  # up to this length a text column gets a one-line control


class Blob(NamedTuple):
    """What a page needs of a binary value: its size in bytes, its first 16 bytes, its SHA-256 if asked for."""

    size: int
    head: bytes
    digest: str = ""

    @classmethod
    def read(cls, text: str) -> Blob:
        """Read what ``read_expression`` makes of a binary value: ``size:head in hex:digest in hex``."""
        size, head, digest = (*text.split(":"), "")[:3]
        return cls(int(size), bytes.fromhex(head), digest)

    @property
    def type(self) -> str:
        """The media type by its first bytes; application/octet-stream where nothing is known."""
        for start, media in SIGNATURES:
            if self.head.startswith(start) and (media != "image/webp" or self.head[8:12] == b"WEBP"):
                return media
        return "application/octet-stream"

    def __str__(self) -> str:
        name = self.type.rpartition("/")[2]
        return f"{'binary' if name == 'octet-stream' else name.upper()}, {size_text(self.size)}"


SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return "1 byte" if size == 1 else f"{size} bytes"


class Shown(NamedTuple):
    """A value as a page shows it: words, and the classes that tell NULL, empty, long, JSON and numbers apart."""

    text: str
    cls: str = ""


def stored_text(value: Any) -> str:
    """Return a stored value as text: PostgreSQL's comes as text, SQLite's also as a number."""
    return value if isinstance(value, str) else repr(value)


def normal(text: str) -> str:
    """Return ``text`` with the line ends that a browser's form would make of any, as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def printable(text: str) -> str:
    """Return ``text`` with marks for what no page can hold: NUL, and bytes that aren't UTF-8."""
    if text.isascii():
        return text.replace("\0", "\N{SYMBOL FOR NULL}")
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return whole.replace("\0", "\N{SYMBOL FOR NULL}")


def carried(text: str) -> bool:
    """Whether an HTML form can carry a text there and back: no NUL, no bytes that aren't UTF-8, not huge."""
    return "\0" not in text and len(text) <= FORM_CHARACTERS and not any("\ud800" <= c <= "\udfff" for c in text)


class Kind:
    """How the values of one family of types are shown, put into a form, and read back from it.

    The base class serves texts. A value is the text that the database gives for it (``stored_text``); ``zone``
    is the viewer's time zone. ``parse`` raises Invalid with words that say what would be right.
    """

    cls = ""
    searchable = False
    sortable = True
    example = ""

    def fits(self, text: str) -> bool:
        """Whether a stored text is a value of this kind; SQLite stores anything in any column."""
        return True

    def show(self, text: str, column: Column, zone: ZoneInfo) -> Shown:
        """Return what a list or record page shows for a value that fits."""
        return Shown(text, self.cls)

    def edit(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Return what a form's control holds for a value that fits."""
        return text

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Return the text to store for what was typed."""
        return text.strip()

    def control(self, column: Column, text: str) -> str:
        """Return the control: text, textarea, select, date, file."""
        return "text"


class Text(Kind):
    """Texts, checked for their length."""

    searchable = True

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Check the length; trailing spaces and line ends are data."""
        rules = column.rules
        if rules.length is not None and len(text) > rules.length:
            raise Invalid(f"{rules.length} characters at most; this is {len(text)}.")
        if rules.shortest is not None and len(text) < rules.shortest:
            raise Invalid(f"{rules.shortest} characters at least.")
        return text

    def control(self, column: Column, text: str) -> str:
        """Give long texts, and those with line ends, several lines."""
        one_line = column.rules.length is not None and column.rules.length <= SHORT_TEXT
        if "\n" in text or "\r" in text or len(text) > SHORT_TEXT:
            return "textarea"
        return "text" if one_line or looks_short(column.name) else "textarea"


def looks_short(name: str) -> bool:
    """Whether a column's name says that its unbounded text is a line, not an essay."""
    return not re.search(
        r"note|comment|descr|body|content|text|bio|about|summary|remark|message|review|html", name, re.I
    )


class Number(Kind):
    """Numbers, checked for range, precision and scale."""

    cls = "num"
    pattern = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
    words = "a number, such as 1200.50"

    def fits(self, text: str) -> bool:
        """Whether it is written as a number."""
        return bool(self.pattern.fullmatch(text)) or text.lower().lstrip("-") in ("nan", "infinity", "inf")

    def number(self, text: str, column: Column) -> str:
        """Return how a number is shown."""
        return text

    def show(self, text: str, column: Column, zone: ZoneInfo) -> Shown:
        """Show numbers alike, however SQLite stores them."""
        return Shown(self.number(text, column) if self.pattern.fullmatch(text) else text, self.cls)

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Check that it is a number that the column takes; a true minus sign counts as one."""
        text = text.strip().replace("\N{MINUS SIGN}", "-")
        if not self.pattern.fullmatch(text):
            return self._special(text, column)
        number = Decimal(text)
        check_range(number, column.rules)
        check_digits(number, column.rules)
        if column.rules.choices and text not in column.rules.choices:
            raise Invalid(f"Choose one of: {', '.join(column.rules.choices[:12])}.")
        return text

    def control(self, column: Column, text: str) -> str:
        """A select where the database allows a few numbers only."""
        return "select" if column.rules.choices else "text"

    def _special(self, text: str, column: Column) -> str:
        if column.cast and text.lower().lstrip("-") in ("nan", "infinity", "inf"):
            return text
        if re.fullmatch(r"[+-]?[\d.]*,\d*", text):
            raise Invalid("Write the decimals behind a point, without separators: 1200.50.")
        raise Invalid(f"This isn't {self.words}.")


def check_range(number: Decimal, rules: Rules) -> None:
    """Raise Invalid unless ``number`` is within the rules' bounds."""
    bounds = (
        (rules.minimum is not None and number < rules.minimum, f"{rules.minimum} or more"),
        (rules.above is not None and number <= rules.above, f"more than {rules.above}"),
        (rules.maximum is not None and number > rules.maximum, f"{rules.maximum} or less"),
        (rules.below is not None and number >= rules.below, f"less than {rules.below}"),
    )
    for broken, words in bounds:
        if broken:
            raise Invalid(f"It must be {words}.")


def check_digits(number: Decimal, rules: Rules) -> None:
    """Raise Invalid where digits would be lost: behind the point by rounding, before it by overflow."""
    if rules.precision is None or rules.scale is None or not number.is_finite():
        return
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > max(0, rules.scale):
        step = Decimal(1).scaleb(-max(0, rules.scale))
        low, high = number.quantize(step, ROUND_FLOOR), number.quantize(step, ROUND_CEILING)
        raise Invalid(f"{rules.scale} decimals at most: {high} or {low}?")
    if number and number.adjusted() >= rules.precision - rules.scale:
        raise Invalid(f"{max(0, rules.precision - rules.scale)} digits at most before the point.")


class Integer(Number):
    """Whole numbers."""

    pattern = re.compile(r"[+-]?\d+")
    words = "a whole number, such as 1200"

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Check the range of the type; SQLite's integers have 64 bits."""
        text = super().parse(text, column, zone)
        if not column.cast and self.pattern.fullmatch(text) and not -(2**63) <= int(text) < 2**63:
            raise Invalid("This number is too large for the database.")
        return text


class Numeric(Number):
    """Decimal numbers; SQLite's, which are floats, are shown with the decimals that their type names."""

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Refuse more digits than SQLite, which has no decimals, would keep."""
        text = super().parse(text, column, zone)
        whole = Integer.pattern.fullmatch(text) and -(2**63) <= int(text) < 2**63
        if not column.cast and not whole and Decimal(repr(float(text))) != Decimal(text):
            raise Invalid(f"The database would keep only {float(text)!r} of this.")
        return text

    def number(self, text: str, column: Column) -> str:
        """Fill up the decimals, when nothing is lost by it."""
        scale = column.rules.scale
        if not scale or column.cast or "e" in text:
            return text
        filled = f"{float(text):.{scale}f}"
        exact = len(filled) <= 15 and float(filled) == float(text)  # 15 digits tell any two floats apart
        return filled if exact else text


class Boolean(Kind):
    """True and false; SQLite has them as 0 and 1, 't' and 'f', 'true' and 'false'."""

    cls = "bool"
    pairs = (("0", "1"), ("f", "t"), ("false", "true"), ("n", "y"), ("no", "yes"), ("off", "on"))

    def fits(self, text: str) -> bool:
        """Whether it is one of the usual spellings."""
        return any(text.lower() in pair for pair in self.pairs)

    def show(self, text: str, column: Column, zone: ZoneInfo) -> Shown:
        """Say yes or no."""
        return Shown("yes" if self.edit(text, column, zone) == "true" else "no", self.cls)

    def edit(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Return "true" or "false"."""
        return "true" if any(text.lower() == pair[1] for pair in self.pairs) else "false"

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Take any of the usual spellings."""
        if not self.fits(text.strip()):
            raise Invalid("Choose yes or no.")
        return self.edit(text.strip(), column, zone)

    def control(self, column: Column, text: str) -> str:
        """A select of yes and no."""
        return "select"


class Choice(Kind):
    """One of a list: an enum, or a CHECK (… IN …)."""

    cls = "tag"
    searchable = True

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Take one of the choices, letter by letter."""
        if text not in column.rules.choices:
            raise Invalid(f"Choose one of: {', '.join(column.rules.choices[:12])}.")
        return text

    def control(self, column: Column, text: str) -> str:
        """A select of the choices."""
        return "select"


class Moment(Kind):
    """What dates, times and timestamps share: ISO 8601, checked against the calendar."""

    pattern = re.compile(r"\d{4,6}-\d\d-\d\d")
    read: Callable[[str], Any] = date.fromisoformat
    words = "a date, such as 2026-11-22"
    beyond = re.compile(r"-?infinity|\d{4,}-\d\d-\d\d.* BC|\d{5,}-\d\d-\d\d.*", re.I)  # what Python has no date for

    def fits(self, text: str) -> bool:
        """Whether it is an existing day or time in ISO 8601."""
        try:
            type(self).read(text)
        except ValueError:
            return False
        return bool(self.pattern.fullmatch(text))

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Check the calendar; PostgreSQL has infinity, BC and the year 10000 beyond it."""
        text = text.strip()
        if self.fits(text) or (column.cast and self.beyond.fullmatch(text)):
            return text
        if self.pattern.fullmatch(text):
            raise Invalid("There is no such day or time.")
        raise Invalid(f"This isn't {self.words}.")


class Date(Moment):
    """Calendar days."""

    def control(self, column: Column, text: str) -> str:
        """The browser's own date control, unless it could not hold the value."""
        return "date" if not text or self.fits(text) else "text"


class Timestamp(Moment):
    """Date and time without a zone: never shifted."""

    clock = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
    pattern = re.compile(clock + r"(?:Z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?")
    read = datetime.fromisoformat
    words = "a date and time, such as 2026-11-22 21:04:05"

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Refuse an offset on PostgreSQL, which would drop it without a word."""
        text = super().parse(text, column, zone)
        if column.cast and not re.fullmatch(self.clock, text) and not self.beyond.fullmatch(text):
            raise Invalid("This column has no time zone: leave the offset out.")
        return text


class Instant(Timestamp):
    """Date and time with a zone: shown in the viewer's, stored as the same instant."""

    def show(self, text: str, column: Column, zone: ZoneInfo) -> Shown:
        """Show the viewer's wall clock; the page names the zone."""
        local = self._local(text, zone)
        return Shown(local.replace(tzinfo=None).isoformat(" ") if local else text)

    def edit(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Show the viewer's wall clock with its offset, so that no hour is doubtful."""
        local = self._local(text, zone)
        return local.isoformat(" ") if local else text

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Return the instant in UTC; a time that the clocks skip is refused."""
        text = text.strip()
        if not self.fits(text):
            return Moment.parse(self, text, column, zone)
        typed = datetime.fromisoformat(text)
        local = typed if typed.tzinfo else typed.replace(tzinfo=zone)
        try:
            instant = local.astimezone(UTC)
        except OverflowError:
            return text
        if typed.tzinfo is None and instant.astimezone(zone).replace(tzinfo=None) != typed:
            raise Invalid(f"The clocks in {zone.key} skip this time. Take one an hour later.")
        return instant.isoformat(" ")

    def _local(self, text: str, zone: ZoneInfo) -> datetime | None:
        try:
            return datetime.fromisoformat(text).astimezone(zone)
        except (ValueError, OverflowError):
            return None


class Time(Moment):
    """Times of the day."""

    pattern = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
    read = time_of_day.fromisoformat
    words = "a time, such as 21:04 or 21:04:05"
    beyond = re.compile(r"24:00(:00)?")


class Uuid(Kind):
    """UUIDs."""

    searchable = True

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Take any of their spellings."""
        try:
            return str(UUID(text.strip()))
        except ValueError:
            raise Invalid("This isn't a UUID: 32 hexadecimal digits in groups of 8-4-4-4-12.") from None


class Json(Kind):
    """JSON kept letter by letter."""

    cls = "json"
    searchable = True
    sortable = False

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Check the syntax and say where it breaks; what was typed is stored as it is."""
        try:
            json.loads(text, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise Invalid(f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
        except (ValueError, RecursionError) as error:
            raise Invalid(f"Not JSON: {error}.") from None
        return text

    def control(self, column: Column, text: str) -> str:
        """Several lines."""
        return "textarea"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of JSON")


class Jsonb(Json):
    """PostgreSQL's jsonb, whose white space isn't data: indented in the form."""

    sortable = True
    token = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

    def edit(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Indent by tokens: order, doubled keys and long numbers stay."""
        if len(text) < 60:
            return text
        lines, depth = [""], 0
        tokens = self.token.findall(text)
        for before, token in pairwise(["", *tokens]):
            if token in "}]" and before not in "{[":
                depth -= 1
                lines.append("  " * depth)
            elif before and before in "{[," and token not in "}]":
                lines.append("  " * depth)
            depth -= token in "}]" and before in "{["
            depth += token in "{["
            lines[-1] += token + (" " if token == ":" else "")
        return "\n".join(lines)


class Literal(Kind):
    """Types whose values are typed the way PostgreSQL writes them; the database checks them when saving."""

    searchable = True
    examples: ClassVar[Mapping[str, str]] = {
        "interval": "3 days 04:05:06", "inet": "192.168.0.1/24", "cidr": "192.168.0.0/24",
        "macaddr": "08:00:2b:01:02:03", "money": "$1,200.50", "point": "(1.5,2)", "time with time zone": "21:04:05+01",
        "int4range": "[1,10)", "daterange": "[2026-11-01,2026-12-01)", "hstore": '"key"=>"value"', "xml": "<a>…</a>",
        "tsvector": "'word':1", "bit varying": "1011", "circle": "<(0,0),5>", "box": "(1,1),(0,0)",
    }  # fmt: skip

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Leave it to the database."""
        return text

    def control(self, column: Column, text: str) -> str:
        """Several lines where the value has or may have them."""
        return "textarea" if "\n" in text or len(text) > SHORT_TEXT or column.cast == "xml" else "text"


class AnyValue(Kind):
    """SQLite columns without a type: what is typed as a number is stored as one."""

    searchable = True

    def control(self, column: Column, text: str) -> str:
        """Several lines where the value has them."""
        return "textarea" if "\n" in text or "\r" in text or len(text) > SHORT_TEXT else "text"

    def parse(self, text: str, column: Column, zone: ZoneInfo) -> str:
        """Take everything."""
        return text


class Binary(AnyValue):
    """Bytes: never in a text box, but for the text that SQLite lets into such a column."""

    cls = "bin"
    searchable = False
    sortable = False


class Unknown(Kind):
    """A type that this tool doesn't know: shown as text, never written."""

    sortable = False


KINDS: Mapping[str, Kind] = {
    "any": AnyValue(),
    "binary": Binary(),
    "boolean": Boolean(),
    "choice": Choice(),
    "date": Date(),
    "decimal": Numeric(),
    "float": Number(),
    "instant": Instant(),
    "integer": Integer(),
    "json": Json(),
    "jsonb": Jsonb(),
    "literal": Literal(),
    "text": Text(),
    "time": Time(),
    "timestamp": Timestamp(),
    "unknown": Unknown(),
    "uuid": Uuid(),
}
PLAIN = AnyValue()  # for a value that doesn't fit its column's kind


def kind_of(column: Column, value: Any = None) -> Kind:
    """Return the kind of a column, or PLAIN where ``value`` isn't one of its values."""
    kind = KINDS[column.family]
    return kind if value is None or kind.fits(stored_text(value)) else PLAIN


def show(column: Column, value: Any, zone: ZoneInfo, limit: int | None = LIST_CHARACTERS) -> Shown:
    """Return how a page shows a value of ``column``."""
    if value is None:
        return Shown("NULL", "null")
    if isinstance(value, Blob):
        return Shown(str(value), "bin")
    text = stored_text(value)
    if text == "":
        return Shown("empty", "empty")
    shown = kind_of(column, value).show(printable(text), column, zone)
    if limit is not None and len(shown.text) > limit:
        return Shown(shown.text[:limit] + "…", f"{shown.cls} long".strip())
    return shown


def show_column(
    column: Column, values: Sequence[Any], zone: ZoneInfo, limit: int = LIST_CHARACTERS
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the texts and the classes of many values, as ``show`` would: most are what is stored, without a call."""
    kind = KINDS[column.family]
    stored = type(kind).show is Kind.show  # as it is; and whether it fits makes no difference
    plain = stored and (not kind.cls or type(kind).fits is Kind.fits)
    types = set(map(type, values))
    if plain and types == {str} and all(values) and max(map(len, values)) <= limit and "".join(values).isprintable():
        return values, [kind.cls] * len(values)
    number = kind.number if isinstance(kind, Number) else None
    shown = [
        ("NULL", "null") if value is None
        else (value, kind.cls) if plain and type(value) is str and 0 < len(value) <= limit and value.isprintable()
        else (number(repr(value), column), kind.cls) if number and type(value) in (int, float)
        else show(column, value, zone, limit)
        for value in values
    ]  # fmt: skip
    return [text for text, _ in shown], [cls for _, cls in shown]


def edit_text(column: Column, value: Any, zone: ZoneInfo) -> str:
    """Return what the form's control holds for a value; "" for NULL and for bytes."""
    if value is None or isinstance(value, Blob):
        return ""
    return kind_of(column, value).edit(stored_text(value), column, zone)


def read_typed(column: Column, text: str, old: Any, zone: ZoneInfo) -> Any:
    """Return the value to store for what was typed over ``old``. Raises Invalid.

    Line ends become what they are in ``old``; on SQLite the storage class is that of the kind, or of ``old``.
    """
    if "\0" in text and column.cast:
        raise Invalid("It holds a NUL character, which PostgreSQL can't store.")
    text = normal(text)
    if isinstance(old, str) and "\r\n" in old and not re.search(r"(?<!\r)\n", old):
        text = text.replace("\n", "\r\n")
    try:
        parsed = KINDS[column.family].parse(text, column, zone)
    except Invalid:
        if old is None or kind_of(column, old) is not PLAIN or column.cast:
            raise
        return sqlite_value("any", text, old)  # the column holds other things already: let them be mended
    return parsed if column.cast else sqlite_value(column.family, parsed, old)


def sqlite_value(family: str, text: str, old: Any) -> Any:
    """Return a parsed text in the storage class that SQLite should keep it in."""
    if family == "boolean":
        return _sqlite_truth(text, old)
    numeric = family in ("integer", "float", "decimal")
    if family == "any":
        numeric = not isinstance(old, str) and bool(re.fullmatch(r"-?(0|[1-9]\d{0,17})(\.\d{1,15})?", text))
    if not numeric:
        return text
    if re.fullmatch(r"[+-]?\d+", text) and -(2**63) <= int(text) < 2**63:
        as_float = family == "any" and isinstance(old, float) and float(text) == int(text)
        return float(text) if as_float or family == "float" else int(text)
    return float(text)


def _sqlite_truth(text: str, old: Any) -> Any:
    """Spell true or false the way the column does."""
    place = int(text == "true")
    for pair in Boolean.pairs[1:]:
        if isinstance(old, str) and old.lower() in pair:
            return pair[place]
    return str(place) if isinstance(old, str) else place


# == 6. Queries ===============================================================

# -- Names and keys in addresses ----------------------------------------------

RESERVED_NAMES = frozenset(
    {
        "history",
        "jobs",
        "status",
        "sign-in",
        "sign-out",
        "static",
        "healthz",
        "readyz",
        "preferences",
        "find",
        "shortcuts",
    }
)
RESERVED_KEYS = re.compile(
    r"(?:new|edit|delete|pick|filter|bulk|history|columns|views|import|column|glance|chart)$|export\."
)


SAFE = "~,.-_:@"  # what addresses hold unquoted


def path_of(token: str) -> str:
    """Return a key's or a table's token as a part of an address."""
    plain = token.isascii() and token.replace("_", "").isalnum()
    return token if plain else quote(token, safe=SAFE)


def escape(text: str, also: str = "") -> str:
    """Return ``text`` as one plain path segment: letters, digits, ``-`` and ``_`` stay, the rest is ``~`` and hex."""
    if text.isascii() and text.replace("_", "").replace("-", "").isalnum():
        return text
    kept = "-_" + also
    return "".join(
        c if c.isalnum() or c in kept else "".join(f"~{b:02X}" for b in c.encode("utf-8", "surrogateescape"))
        for c in text
    )


def unescape(text: str) -> str:
    """Undo ``escape``."""
    raw = re.sub(rb"~([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _first_escaped(token: str) -> str:
    return "".join(f"~{b:02X}" for b in token[0].encode()) + token[1:]


def name_token(name: TableName, default_schema: str) -> str:
    """Return a table's path segment: ``table``, or ``schema.table`` outside the default schema."""
    table = escape(name.name) or "~_"
    if name.schema != default_schema:
        return f"{escape(name.schema)}.{table}"
    return _first_escaped(table) if table in RESERVED_NAMES else table


def name_of(token: str, default_schema: str) -> TableName:
    """Undo ``name_token``."""
    schema, dot, table = token.rpartition(".")
    return TableName(unescape(schema) if dot else default_schema, "" if table == "~_" else unescape(table))


def key_token(values: Sequence[Any]) -> str:
    """Return a key's path segment; its values are joined by commas. NULL is ``~-``, the empty string ``~_``."""
    return unreserved(",".join(_part(value) for value in values))


def unreserved(token: str) -> str:
    """Return a key's path segment so that it isn't the name of a page."""
    return _first_escaped(token) if RESERVED_KEYS.match(token) or token[0] == "." else token


def _part(value: Any) -> str:
    if value is None:
        return "~-"
    if isinstance(value, bytes):
        return f"~x{value.hex()}"
    if isinstance(value, float):
        return "~f" + escape(repr(value), ".")
    return escape(value, ".@:") or "~_" if isinstance(value, str) else str(value)


def key_values(token: str) -> list[Any]:
    """Undo ``key_token``; raises ValueError where it can't be one."""
    return [_value(part) for part in token.split(",")]


def _value(part: str) -> Any:
    if part in ("~-", "~_"):
        return None if part == "~-" else ""
    if part.startswith("~i"):
        number = int(part[2:])
        if not -(2**63) <= number < 2**63:
            raise ValueError(part)
        return number
    if part.startswith("~f"):
        return float(unescape(part[2:]))
    return bytes.fromhex(part[2:]) if part.startswith("~x") else unescape(part)


# -- What finds one row -------------------------------------------------------


def bind(table: Table, column: Column, value: Any) -> Any:
    """Return an SQL expression for a value of a column. Raises ValueError for what the database can't hold."""
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        if table.postgres:
            raise ValueError("not UTF-8")
        return sa.cast(sa.literal(value.encode("utf-8", "surrogateescape"), sa.LargeBinary()), sa.Text())
    if table.postgres and isinstance(value, str) and "\0" in value:
        raise ValueError("NUL")
    if table.postgres and not isinstance(value, str) and column.family != "binary":
        raise ValueError("not a text")  # an address may claim any type
    if isinstance(value, bytes):
        return sa.literal(value, sa.LargeBinary())
    return sa.literal(value, table.sql(column.name).type)


def equals(table: Table, column: Column, value: Any) -> Any:
    """Return the condition that ``column`` has ``value``, by the column's own equality, so that indexes serve."""
    return table.sql(column.name).is_(None) if value is None else table.sql(column.name) == bind(table, column, value)


class Identity:
    """How one row of a table is told from the others, in SQL and in addresses. See its subclasses.

    ``expressions`` are selected with every row; ``order`` pages by key where it isn't empty; ``ties`` orders rows that
    are equal in what a list is sorted by; ``exact`` is False where finding exactly one row is only known after looking
    at all its values.
    """

    exact = True
    tokens_are_keys = False  # whether an address is nothing but the values of the key, or the rowid

    def __init__(self, table: Table) -> None:
        self.table = table
        self.expressions: list[Any] = []
        self.order: list[Any] = []

    @property
    def ties(self) -> list[Any]:
        """What tells rows apart that are equal otherwise; empty where nothing does."""
        return self.order

    @staticmethod
    def of(table: Table) -> Identity:
        """Return the best identity that a table offers."""
        if table.key:
            return KeyIdentity(table)
        if table.rowid:
            return RowidIdentity(table)
        return PhysicalIdentity(table) if table.physical else ValuesIdentity(table)

    def token(self, values: Sequence[Any]) -> str:
        """Return the address of the row whose ``expressions`` are ``values``."""
        raise NotImplementedError

    def clause(self, token: str) -> Any:
        """Return the condition that finds the row. Raises ValueError for a token that can't be one."""
        raise NotImplementedError

    def typed(self, expression: Any, value: Any) -> Any:
        """Return a value of one of ``order``'s expressions for comparing with it."""
        return sa.literal(value, expression.type)


class KeyIdentity(Identity):
    """By primary key, or by a unique key that is never NULL."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.columns = [table.by_name[name] for name in table.key]
        self.order = self.expressions = [table.sql(name) for name in table.key]
        self.tagged = any(column.family in ("any", "binary") for column in self.columns)
        nullable = not table.postgres and table.rowid and self._may_be_null()
        self.rowid = _rowid(table) if nullable else None
        self.tokens_are_keys = not self.tagged and self.rowid is None
        if self.rowid is not None:  # SQLite allows NULL in a primary key: such rows go by their rowid
            self.expressions = [*self.expressions, self.rowid]
            self.order = [self.rowid]

    def _may_be_null(self) -> bool:
        return not (len(self.columns) == 1 and self.columns[0].optional and self.columns[0].family == "integer")

    def token(self, values: Sequence[Any]) -> str:
        """Join the key's values; an integer in a column without a type is marked, since '1' may stand beside it."""
        if len(values) == 1 and not self.tagged and str(values[0]).isdigit():  # nearly every key
            return str(values[0])
        key = values[: len(self.columns)]
        if self.rowid is not None and None in key:
            return f"~r{values[-1]}"
        if self.tagged:
            return unreserved(",".join(f"~i{v}" if isinstance(v, int) else _part(v) for v in key))
        return key_token(key)

    def clause(self, token: str) -> Any:
        """Compare each column with its part."""
        if self.rowid is not None and token.startswith("~r"):
            return self.rowid == int(token[2:])
        values = key_values(token)
        if len(values) != len(self.columns):
            raise ValueError(token)
        pairs = zip(self.columns, values, strict=True)
        return sa.and_(*(equals(self.table, column, value) for column, value in pairs))

    def typed(self, expression: Any, value: Any) -> Any:
        """Bind a key's value the way its column wants it."""
        if self.rowid is not None:
            return sa.literal(value)
        return bind(self.table, self.columns[self.order.index(expression)], value)


def _rowid(table: Table) -> Any:
    return sa.literal_column(table.rowid, sa.types.NullType())


class RowidIdentity(Identity):
    """By SQLite's hidden rowid."""

    tokens_are_keys = True

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.order = self.expressions = [_rowid(table)]

    def token(self, values: Sequence[Any]) -> str:
        """Return the rowid."""
        return str(values[0])

    def clause(self, token: str) -> Any:
        """Compare the rowid."""
        number = int(token)
        if not -(2**63) <= number < 2**63:
            raise ValueError(token)
        return self.order[0] == number


class PhysicalIdentity(Identity):
    """By PostgreSQL's tableoid and ctid; they change with the row, so all its values are compared too.

    They aren't an ``order``, since no index has them: ORDER BY ctid sorts the whole table. See _read_blocks.
    """

    exact = False

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.in_blocks = table.in_blocks
        names = (("tableoid", "oid"), ("ctid", "tid"))
        self.expressions = [sa.literal_column(name, PostgresText(cast)) for name, cast in names]

    def token(self, values: Sequence[Any]) -> str:
        """Return ``tableoid.block.place``."""
        return f"{values[0]}.{values[1][1:-1].replace(',', '.')}"

    @property
    def ties(self) -> list[Any]:
        """Both; but nothing where a partition is foreign, whose rows no stretch of blocks would find."""
        return self.expressions if self.in_blocks else []

    def place(self, token: str) -> tuple[str, str]:
        """Return both as a token names them. Raises ValueError for a token that can't be one."""
        found = re.fullmatch(r"(\d{1,10})\.(\d{1,10})\.(\d{1,5})", token)
        if not found or int(found[1]) >= 2**32 or int(found[2]) >= 2**32 or int(found[3]) >= 2**16:
            raise ValueError(token)
        return found[1], f"({found[2]},{found[3]})"

    def clause(self, token: str) -> Any:
        """Compare both."""
        return sa.and_(*(e == value for e, value in zip(self.expressions, self.place(token), strict=True)))


class ValuesIdentity(Identity):
    """By the values themselves: for views and foreign tables. A few go into the address, a digest tells the rest."""

    exact = False
    families = frozenset({"integer", "text", "choice", "date", "uuid", "boolean", "any"})

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.leading = [c for c in table.columns if c.family in self.families][:3]
        self.expressions = [read_expression(table, column, LIST_CHARACTERS) for column in table.columns]
        self.places = [table.columns.index(column) for column in self.leading]

    def token(self, values: Sequence[Any]) -> str:
        """Return the digest of all values and the leading ones, as far as they are short."""
        leading = [values[place] for place in self.places]
        parts = [_part(v) if len(str(v)) <= 40 and not isinstance(v, bytes) else "~" for v in leading]
        return ",".join(["v" + self.digest(values), *parts])

    @staticmethod
    def digest(values: Sequence[Any]) -> str:
        """Return the digest of a row's values as a list reads them."""
        return hashlib.sha256(repr(tuple(values)).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def clause(self, token: str) -> Any:
        """Compare the leading values; whoever reads must compare the digest."""
        digest, *parts = token.split(",")
        if len(parts) != len(self.leading) or not re.fullmatch("v[0-9a-f]{16}", digest):
            raise ValueError(token)
        pairs = [(c, part) for c, part in zip(self.leading, parts, strict=True) if part != "~"]
        return sa.and_(sa.true(), *(equals(self.table, c, self._leading_value(c, part)) for c, part in pairs))

    @staticmethod
    def _leading_value(column: Column, part: str) -> Any:
        value = _value(part)
        number = isinstance(value, str) and not column.cast and re.fullmatch(r"-?\d{1,18}", value)
        return int(value) if number and column.family in ("integer", "any", "boolean") else value


# -- Reading rows -------------------------------------------------------------

CLIPPED = frozenset({"text", "json", "jsonb", "literal", "unknown"})


def read_expression(table: Table, column: Column, clip: int | None, *, digest: bool = False) -> Any:
    """Return the SQL that reads a column: bytes as ``size:head:digest``, long texts cut behind ``clip`` characters."""
    c = table.sql(column.name)
    if table.postgres:
        if column.family == "binary":
            return _postgres_blob(c, digest)
        if clip is not None and column.family in CLIPPED:
            return sa.func.left(sa.cast(c, sa.Text()), clip + 1, type_=sa.Text())
        return c
    if any(index.method == "rowid" and index.columns == (column.name,) for index in table.indexes):
        return c  # the only column that surely holds nothing but integers
    parts = [sa.func.length(c), ":", sa.func.hex(sa.func.substr(c, 1, 16))]
    blob = _joined([*parts, ":", sa.func.flaskadmin_digest(c)] if digest else parts)
    cut = sa.func.substr(c, 1, clip + 1) if clip is not None else c
    cases: list[tuple[Any, Any]] = [(sa.func.typeof(c) == "blob", sa.cast(blob, sa.LargeBinary()))]
    if clip is not None:
        # Only if it is long: substr() ends at a NUL.
        cases.append((sa.and_(sa.func.typeof(c) == "text", sa.func.length(c) > clip), cut))
    return sa.type_coerce(sa.case(*cases, else_=c), sa.types.NullType())


def _joined(parts: Sequence[Any]) -> Any:
    return reduce(lambda left, right: left.op("||")(right), parts)


def _postgres_blob(c: Any, digest: bool) -> Any:
    raw = sa.type_coerce(c, sa.LargeBinary())
    head = sa.func.encode(sa.func.substring(raw, 1, 16), "hex")
    parts = [sa.cast(sa.func.octet_length(raw), sa.Text()), ":", head]
    hashed = sa.func.encode(sa.func.sha256(raw), "hex")
    return sa.type_coerce(_joined([*parts, ":", hashed] if digest else parts), sa.Text())


def _cell(column: Column, value: Any) -> Any:
    """Return a value as read, with what stands for bytes as a Blob."""
    if isinstance(value, bytes):
        return Blob.read(value.replace(b"\0", b"").decode())  # a UTF-16 database casts text to UTF-16
    return Blob.read(value) if column.family == "binary" and column.cast and value is not None else value


def fixed(table: Table, expression: Any) -> Any:
    """Return an expression without parameters as SQL text, which SQLAlchemy need not compile at each use."""
    dialect: Any = (postgresql if table.postgres else sqlite).dialect
    if isinstance(expression.type, PostgresText):
        expression = sa.cast(expression, sa.Text())
    text = str(expression.compile(dialect=dialect(paramstyle="named"), compile_kwargs={"literal_binds": True}))
    return sa.literal_column(text, sa.types.NullType())


class Row(NamedTuple):
    """A row as read: its address and its values by column name."""

    token: str
    values: Mapping[str, Any]


class Selection:
    """The SELECT of some columns of a table, with what tells its rows apart. ``Selection.of`` keeps them."""

    def __init__(self, table: Table, columns: Sequence[Column], clip: int | None, digest: bool) -> None:
        self.table = table
        self.columns = columns
        self.identity = Identity.of(table)
        self.names = [column.name for column in columns]
        self.blobs = any(column.family == "binary" for column in columns)
        read = [read_expression(table, column, clip, digest=digest) for column in columns]
        self.labels = [fixed(table, e).label(f"c{n}") for n, e in enumerate([*read, *self.identity.expressions])]
        self.statement = sa.select(*self.labels).select_from(table.sa)
        self._kept: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def of(cls, table: Table, columns: Iterable[Column], clip: int | None, *, digest: bool = False) -> Selection:
        """Return the selection, made once a table."""
        chosen = tuple(dict.fromkeys(columns))
        key = (tuple(column.name for column in chosen), clip, digest)
        if key not in table.selections:
            table.selections[key] = cls(table, chosen, clip, digest)
        found: Selection = table.selections[key]
        return found

    def kept(self, key: tuple[Any, ...] | None, make: Callable[[], Any]) -> Any:
        """Return the statement that is kept under ``key``, made when first asked for; None keeps nothing."""
        if key is None:
            return make()
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def row(self, record: Sequence[Any]) -> Row:
        """Make a Row of a fetched record."""
        values = dict(zip(self.names, record, strict=False))  # the identity's values stand behind
        if self.blobs or bytes in map(type, record):
            values = {column.name: _cell(column, values[column.name]) for column in self.columns}
        return Row(self.identity.token(record[len(self.names) :]), values)

    def rows(self, records: Sequence[Sequence[Any]]) -> list[Row]:
        """Make Rows of many fetched records."""
        if self.blobs or bytes in set(map(type, chain.from_iterable(records))):
            return [self.row(record) for record in records]
        names, token, count = self.names, self.identity.token, len(self.names)
        return [Row(token(record[count:]), dict(zip(names, record, strict=False))) for record in records]

    def find(self, connection: sa.Connection, token: str) -> Row:
        """Return the row that ``token`` addresses. Raises NotFound."""
        return self.row(self.record(connection, token))

    def record(self, connection: sa.Connection, token: str, *more: Any) -> Sequence[Any]:
        """Return the record that ``token`` addresses, with ``more`` columns behind it. Raises NotFound."""
        missing = NotFound("There is no such record.", "It may have been deleted, or its key was changed.")
        width = len(self.columns) + len(self.identity.expressions)
        try:
            statement = self.statement.add_columns(*more).where(self.identity.clause(token))
        except (ValueError, OverflowError):
            raise missing from None
        try:
            for record in connection.execute(statement.limit(2 if self.identity.exact else None)):
                if self.identity.exact or self.row(record[:width]).token == token:
                    return record
        except sa.exc.DataError:
            raise missing from None
        raise missing


# -- Filters ------------------------------------------------------------------


class Operator(NamedTuple):
    """A way to compare: what it is called, what its value looks like, whether a missing value fits too."""

    words: str
    hint: str = ""


OPERATORS: Mapping[str, Operator] = {  # ``column__operator=value`` in an address; ``column=value`` is "is"
    "is": Operator("is"),
    "not": Operator("is not"),
    "contains": Operator("contains"),
    "lacks": Operator("does not contain"),
    "begins": Operator("begins with"),
    "ends": Operator("ends with"),
    "in": Operator("is one of", 'a, b, "c, d"'),
    "notin": Operator("is none of", 'a, b, "c, d"'),
    "gt": Operator("is more than"),
    "gte": Operator("is at least"),
    "lt": Operator("is less than"),
    "lte": Operator("is at most"),
    "between": Operator("is between", "1, 5"),
    "this": Operator("is in this", "day, week, month, quarter or year"),
    "previous": Operator("is in the previous", "day, week, month, quarter or year"),
    "last": Operator("is in the last", "7 days"),
    "next": Operator("is in the next", "7 days"),
    "has": Operator("has the entry"),
    "null": Operator("is missing", "yes or no"),
    "empty": Operator("is the empty text", "yes or no"),
    "exists": Operator("exist", "yes or no"),
}
MOMENT_WORDS = {"gt": "is after", "gte": "is from", "lt": "is before", "lte": "is until"}
EQUALITY = ("is", "not", "in", "notin")
ORDER = ("gt", "gte", "lt", "lte", "between")
MATCHING = ("contains", "lacks", "begins", "ends")
PERIODS = ("this", "previous", "last", "next")
FAMILY_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "any": (*EQUALITY, *MATCHING, *ORDER, "null", "empty"),
    "binary": ("null", "empty"),
    "boolean": ("is", "null"),
    "choice": (*EQUALITY, *MATCHING, "null"),
    "date": ("is", "not", *PERIODS, *ORDER, "null"),
    "decimal": (*EQUALITY, *ORDER, "null"),
    "float": (*EQUALITY, *ORDER, "null"),
    "instant": ("is", "not", *PERIODS, *ORDER, "null"),
    "integer": (*EQUALITY, *ORDER, "null"),
    "json": (*MATCHING, "null"),
    "jsonb": (*EQUALITY, *MATCHING, "null"),
    "literal": (*EQUALITY, *MATCHING, "null"),
    "text": (*MATCHING, *EQUALITY, "null", "empty"),
    "time": (*EQUALITY, *ORDER, "null"),
    "timestamp": ("is", "not", *PERIODS, *ORDER, "null"),
    "unknown": ("null",),
    "uuid": (*EQUALITY, "null"),
}
JSON_OPERATORS = (*EQUALITY, *MATCHING, *ORDER, "null")
UNORDERED = frozenset({"json", "xml", "point", "lseg", "line", "box", "path", "polygon", "circle", "jsonpath"})


def operators_of(column: Column) -> tuple[str, ...]:
    """Return the operators that fit a column's type, the usual one first."""
    if column.cast.endswith("[]"):
        return ("has", "is", "not", "contains", "lacks", "null")
    if column.cast in UNORDERED:
        return (*MATCHING, "null")
    return FAMILY_OPERATORS[column.family]


def operator_words(column: Column | None, operator: str, value: str) -> str:
    """Return how a chip says an operator, for this value."""
    if operator in ("null", "empty", "exists") and not truth(value):
        return {"null": "is there", "empty": "is not the empty text", "exists": "do not exist"}[operator]
    moment = column is not None and column.family in MOMENTS and operator in MOMENT_WORDS
    return MOMENT_WORDS[operator] if moment else OPERATORS[operator].words


def truth(value: str) -> bool:
    """Read a yes or a no. Raises Invalid."""
    if value.strip().lower() not in ("yes", "no", "true", "false", "1", "0", "t", "f", "y", "n", "on", "off"):
        raise Invalid(f"{value[:40]!r} is neither yes nor no.")
    return value.strip().lower() in ("yes", "true", "1", "t", "y", "on")


def listed_values(value: str) -> list[str]:
    """Split a list of values at its commas; quotes keep commas inside."""
    found = [text for row in csv.reader([value.replace("\n", " ")], skipinitialspace=True) for text in row]
    if not found or len(found) > 1000:
        raise Invalid("Write 1 to 1,000 values with commas between them.")
    return found


# Moments: what people write is a span of time, a day or a month as often as an instant.

MOMENTS = frozenset({"date", "timestamp", "instant"})
UNITS = {"hour": 0, "day": 1, "week": 7, "month": 1, "year": 12}  # in days, but for months


class Span(NamedTuple):
    """A stretch of time: from ``start`` up to before ``end``; an end of None is the one instant ``start``."""

    start: str
    end: str | None


def month_after(day: date, months: int) -> date:
    """Return the same day some months later, or the month's last. Raises OverflowError beyond the calendar."""
    month = day.year * 12 + day.month - 1 + months
    if not 12 <= month < 120_000:
        raise OverflowError
    first = date(month // 12, month % 12 + 1, 1)
    length = (date(month // 12 + month % 12 // 11, (month + 1) % 12 + 1, 1) - first).days if month < 119_999 else 31
    return first.replace(day=min(day.day, length))


def read_span(text: str, column: Column, zone: ZoneInfo) -> Span:
    """Return the stretch of time that a text names: a year, month, day or minute, else an instant. Raises Invalid."""
    text = text.strip()
    with suppress(ValueError, OverflowError):
        if found := re.fullmatch(r"(\d{4})(?:-(\d\d))?", text):
            first = date(int(found[1]), int(found[2] or 1), 1)
            return day_span(column, first, month_after(first, 1 if found[2] else 12), zone)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return day_span(column, day, day + timedelta(1), zone)
        if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text):
            start = datetime.fromisoformat(text)
            return Span(moment_text(column, start, zone), moment_text(column, start + timedelta(minutes=1), zone))
    return Span(KINDS[column.family].parse(text, column, zone), None)


def moment_text(column: Column, moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment of the viewer's clock the way a column holds it."""
    if column.family == "instant":
        return moment.replace(tzinfo=zone).astimezone(UTC).isoformat(" ")
    return moment.isoformat(" ")


def day_span(column: Column, first: date, end: date, zone: ZoneInfo) -> Span:
    """Return the stretch from the beginning of one day to that of another."""
    if column.family != "instant":
        return Span(first.isoformat(), end.isoformat())
    midnights = [moment_text(column, datetime.combine(day, time_of_day()), zone) for day in (first, end)]
    return Span(midnights[0], midnights[1])


def period_span(operator: str, value: str, column: Column, zone: ZoneInfo, now: datetime) -> Span:
    """Return the stretch that "this month" or "the last 7 days" names at ``now``. Raises Invalid."""
    try:
        if operator in ("this", "previous"):
            return day_span(column, *_calendar(value.strip().lower(), now.date(), operator == "previous"), zone)
        return _rolling(operator == "last", value, column, zone, now)
    except OverflowError:
        raise Invalid(f"{value[:40]!r} leads beyond the calendar.") from None


def _calendar(unit: str, day: date, previous: bool) -> tuple[date, date]:
    """Return the first day of the calendar's day, week, month, quarter or year, and the day behind its last."""
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months:
        first = month_after(day.replace(day=1), -((day.month - 1) % months))
        return (month_after(first, -months), first) if previous else (first, month_after(first, months))
    if unit not in ("day", "week"):
        raise Invalid("Name a day, week, month, quarter or year.")
    length = timedelta(7 if unit == "week" else 1)
    first = day - timedelta(day.weekday()) if unit == "week" else day
    return (first - length, first) if previous else (first, first + length)


def _rolling(back: bool, value: str, column: Column, zone: ZoneInfo, now: datetime) -> Span:
    """Return the last or next so many hours, days, weeks, months or years; days are whole, and the last has today."""
    found = re.fullmatch(r"(\d{1,5})\s*(hour|day|week|month|year)s?", value.strip().lower())
    if not found or (found[2] == "hour" and column.family == "date"):
        raise Invalid("Write a number and days, weeks, months or years, such as 7 days.")
    count, unit = int(found[1]), found[2]
    if unit == "hour":
        ends = sorted((now, now + timedelta(hours=-count if back else count)))
        return Span(moment_text(column, ends[0], zone), moment_text(column, ends[1], zone))
    today, one = now.date(), timedelta(1)
    far = -count if back else count
    months = unit in ("month", "year")
    reached = month_after(today, far * UNITS[unit]) if months else today + timedelta(far * UNITS[unit])
    return day_span(column, *((reached + one, today + one) if back else (today + one, reached + one)), zone)


# Conditions


class Comparison:
    """Makes the SQL conditions that compare one column, or one JSON path in it. Raises Invalid in words."""

    def __init__(self, table: Table, column: Column, zone: ZoneInfo, now: datetime, path: Sequence[str] = ()) -> None:
        self.table = table
        self.column = column
        self.zone = zone
        self.now = now
        self.path = path
        self.stored = table.sql(column.name)
        self.c = _json_text(table, column, path) if path else self.stored
        if column.family == "choice" and column.cast not in ("", column.type):  # PostgreSQL compares enums, no domains
            self.c = sa.cast(self.stored, PostgresText(column.cast))

    def condition(self, operator: str, value: str) -> Any:
        """Return the condition for an operator and a value as it was written."""
        if operator not in (JSON_OPERATORS if self.path else operators_of(self.column)):
            raise Invalid(f"{OPERATORS[operator].words!r} doesn't fit {self.column.name}.")
        try:
            return self._condition(operator, value)
        except (ValueError, OverflowError) as error:
            words = f" {error}" if isinstance(error, Invalid) else ""
            raise Invalid(f"{value[:60]!r} can't stand in {self.column.name}.{words}") from None

    def _condition(self, operator: str, value: str) -> Any:
        if operator == "null":
            return self._is_null() if truth(value) else sa.not_(self._is_null())
        if operator == "empty":
            return self._is_empty() if truth(value) else sa.or_(self._is_null(), sa.not_(self._is_empty()))
        if operator in MATCHING:
            return self._matches(operator, value)
        if operator == "has":
            return sa.cast(self._checked(value), _Raw(self.column.cast[:-2])) == sa.any_(self.stored)
        if self.column.family in MOMENTS and not self.path:
            return self._in_time(operator, value)
        if operator in ("in", "notin"):
            return self._one_of(listed_values(value), operator == "notin")
        return self._equals(operator, value) if operator in ("is", "not") else self._ordered(operator, value)

    def _is_null(self) -> Any:
        # A composite value with a NULL in it is neither NULL nor NOT NULL.
        return self.c.is_not_distinct_from(None) if self.column.family == "literal" else self.c.is_(None)

    def _is_empty(self) -> Any:
        if self.column.family == "binary":
            raw = sa.type_coerce(self.c, sa.LargeBinary())
            return (sa.func.octet_length(raw) if self.table.postgres else sa.func.length(self.c)) == 0
        return self.c == ""

    def _checked(self, text: str) -> Any:
        """Return a text as a parameter, if the database can hold it."""
        if any("\ud800" <= c <= "\udfff" for c in text) or (self.table.postgres and "\0" in text):
            raise ValueError(text)
        return sa.literal(text, sa.Text())

    def _matches(self, operator: str, value: str) -> Any:
        self._checked(value)
        text = sa.cast(self.c, sa.Text())
        find = {"begins": text.istartswith, "ends": text.iendswith}.get(operator, text.icontains)
        found = find(value, autoescape=True)
        return sa.or_(self.c.is_(None), sa.not_(found)) if operator == "lacks" else found

    def _value(self, text: str) -> Any:
        """Return a value as an SQL expression of the column's own type."""
        if self.path:
            return self._checked(text)
        typed = _value(text) if text.startswith("~") else read_filter(self.column, text, self.zone)
        if self._numeric(text) and self.column.family in NUMBERS:
            typed = sqlite_value(self.column.family, typed.strip(), None)
        return bind(self.table, self.column, typed)

    def _numeric(self, text: str) -> bool:
        """Whether SQLite, where any value may stand in any column, should take a text for a number."""
        return not self.table.postgres and bool(Number.pattern.fullmatch(text.strip()))

    def _equals(self, operator: str, value: str) -> Any:
        if value == "~-":
            return self._is_null() if operator == "is" else sa.not_(self._is_null())
        if self.column.family == "boolean" and not self.table.postgres:
            return self.c.in_(_spellings(truth(value)))
        if self.column.family == "any" and self._numeric(value):
            either = [self._value(value), sa.literal(sqlite_value("any", value.strip(), None))]
            return self.c.in_(either) if operator == "is" else sa.or_(self.c.is_(None), self.c.not_in(either))
        return self.c == self._value(value) if operator == "is" else self.c.is_distinct_from(self._value(value))

    def _one_of(self, values: Sequence[str], none: bool) -> Any:
        found = self.c.in_([self._value(value) for value in values])
        return sa.or_(self.c.is_(None), sa.not_(found)) if none else found

    def _ordered(self, operator: str, value: str) -> Any:
        values = listed_values(value) if operator == "between" else [value]
        if len(values) != (2 if operator == "between" else 1):
            raise Invalid("Write two values with a comma between them.")
        c, ends, guard = self._comparable(values)
        low, high = ends[0], ends[-1]
        found = {"gt": c > low, "gte": c >= low, "lt": c < low, "lte": c <= low}.get(operator)
        return sa.and_(guard, sa.and_(c >= low, c <= high) if found is None else found)

    def _comparable(self, values: Sequence[str]) -> tuple[Any, list[Any], Any]:
        """Return the column and the values as what can be compared, and what else must hold for that."""
        if self.path:
            number = replace(self.column, family="decimal", rules=Rules())
            typed = [sa.cast(sa.literal(KINDS["decimal"].parse(v, number, UTC)), sa.Numeric()) for v in values]
            return _json_number(self.table, self.column, self.path), typed, sa.true()
        if self.table.postgres:
            return self.c, [self._value(value) for value in values], sa.true()
        # SQLite orders all numbers before all texts: compare only what is of the values' own class.
        if self.column.family in NUMBERS and not all(map(self._numeric, values)):
            raise Invalid("This isn't a number.")
        if self.column.family in NUMBERS or (self.column.family == "any" and all(map(self._numeric, values))):
            numbers = [sa.literal(sqlite_value("decimal", value.strip(), None)) for value in values]
            return self.c, numbers, sa.func.typeof(self.c).in_(["integer", "real"])
        return self.c, [self._value(value) for value in values], sa.func.typeof(self.c) == "text"

    def _in_time(self, operator: str, value: str) -> Any:
        if operator in ("is", "not") and not (self.table.postgres or MOMENT_LIKE.match(value)) or value == "~-":
            return self._equals(operator, value)  # SQLite holds anything in such a column
        if operator in PERIODS:
            return self._within(period_span(operator, value, self.column, self.zone, self.now))
        texts = listed_values(value) if operator == "between" else [value]
        spans = [read_span(text, self.column, self.zone) for text in texts]
        if len(spans) != (2 if operator == "between" else 1):
            raise Invalid("Write two dates with a comma between them.")
        first, last = spans[0], spans[-1]
        if operator in ("is", "not"):
            return self._within(first) if operator == "is" else sa.or_(self.c.is_(None), sa.not_(self._within(first)))
        conditions = {
            "gt": [sa.not_(self._until(first))], "gte": [self._from(first)], "lt": [sa.not_(self._from(first))],
            "lte": [self._until(first)], "between": [self._from(first), self._until(last)],
        }  # fmt: skip
        return self._when(*conditions[operator])

    def _within(self, span: Span) -> Any:
        return self._when(self._from(span), self._until(span))

    def _from(self, span: Span) -> Any:
        c, value = self._moment(span.start)
        return c >= value

    def _until(self, span: Span) -> Any:
        c, value = self._moment(span.start if span.end is None else span.end)
        return c <= value if span.end is None else c < value

    def _moment(self, text: str) -> tuple[Any, Any]:
        """Return the column and a moment, comparable: SQLite's texts have a T or a space before the time."""
        if self.table.postgres or len(text) == len("2026-11-22"):
            return self.c, bind(self.table, self.column, text)
        return sa.func.replace(self.c, "T", " "), sa.literal(text.replace("T", " "))

    def _when(self, *conditions: Any) -> Any:
        """Join conditions; in SQLite only texts are moments that can be compared."""
        return sa.and_(*conditions, *([] if self.table.postgres else [sa.func.typeof(self.c) == "text"]))


MOMENT_LIKE = re.compile(r"\s*\d{4}(-\d\d(-\d\d([ T]\d\d:\d\d.*)?)?)?\s*$")
NUMBERS = frozenset({"integer", "decimal", "float"})


def _spellings(true: bool) -> list[Any]:
    """Return how SQLite databases write a truth: as a number, or as one of several words in any case."""
    words = [pair[true] for pair in Boolean.pairs]
    return [int(true), *(spelled for word in words for spelled in (word, word.upper(), word.capitalize()))]


def _json_path(path: Sequence[str]) -> str:
    """Return a path as SQLite writes it. Raises Invalid for a name that it can't write."""
    if any('"' in part or "\0" in part for part in path):
        raise Invalid("A name in a JSON path can't hold a quote here.")
    return "$" + "".join(f"[{part}]" if part.isdigit() else f'."{part}"' for part in path)


def _json_keys(path: Sequence[str]) -> Any:
    return sa.cast(sa.literal(list(path), postgresql.ARRAY(sa.Text())), postgresql.ARRAY(sa.Text()))


def _json_text(table: Table, column: Column, path: Sequence[str]) -> Any:
    """Return the text of what stands at a path of a JSON column, NULL where nothing does."""
    c = table.sql(column.name)
    if table.postgres:
        return c.op("#>>", return_type=sa.Text())(_json_keys(path))
    place = _json_path(path)
    kind, found = sa.func.json_type(c, place), sa.cast(sa.func.json_extract(c, place), sa.Text())
    whole = sa.case((kind.in_(["true", "false"]), kind), else_=found)
    return sa.type_coerce(sa.case((sa.func.json_valid(c) == 1, whole)), sa.Text())


def _json_number(table: Table, column: Column, path: Sequence[str]) -> Any:
    """Return the number that stands at a path of a JSON column, NULL where none does."""
    c = table.sql(column.name)
    if table.postgres:
        kind = getattr(sa.func, f"{column.cast}_typeof")(c.op("#>")(_json_keys(path)))
        return sa.case((kind == "number", sa.cast(_json_text(table, column, path), sa.Numeric())))
    place = _json_path(path)
    number = sa.func.json_type(c, place).in_(["integer", "real"])
    return sa.case((sa.func.json_valid(c) == 1, sa.case((number, sa.func.json_extract(c, place)))))


# What an address says


class Filter(NamedTuple):
    """One condition of a list: its parameter, what it compares, its SQL. A group's parts are filters too."""

    name: str
    value: str
    sql: Any
    column: Column | None = None  # None: a group, or rows that refer here
    operator: str = ""
    path: tuple[str, ...] = ()  # the names that lead to what is compared
    parts: tuple[Any, ...] = ()


class Scope(NamedTuple):
    """What filters may name: a table's columns, by name, and what leads to other tables."""

    table: Table
    columns: Mapping[str, Column]
    of: Callable[[TableName], Any]  # the scope of another table
    referring: Callable[[], Sequence[tuple[str, Table, Link]]]  # the name in addresses of each, and its key


GROUP = re.compile(r"((?:any|all|not)\d{0,3})\.(?=.)")
LIST_PARAMETERS = frozenset(
    {"sort", "search", "search_in", "search_from", "after", "before", "size", "columns", "view"}
)


class FilterReader:
    """Reads the filters of a list's address: ``column=value``, ``column__operator=value``.

    ``customer_id.country`` is a column of the row that a foreign key refers to, ``address.city`` a path in a JSON
    column; ``has.orders.customer_id__exists`` asks for rows that refer here. ``any1.`` before a name puts it into a
    group of which one must hold (``all1.``: all, ``not1.``: none); groups nest. ``col.`` marks a column's name that
    could be taken for something else.
    """

    def __init__(self, scope: Scope, zone: ZoneInfo, now: datetime | None = None) -> None:
        self.scope = scope
        self.zone = zone
        self.now = now or datetime.now(zone).replace(tzinfo=None)
        self.problems: list[str] = []

    def read(self, pairs: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
        """Return the filters; what can't be one is told in ``problems`` and left out."""
        grouped: dict[str, list[tuple[str, str]]] = {}
        found: list[Filter] = []
        for name, value in pairs:
            group = None if name in self.scope.columns else GROUP.match(name)
            if group:
                grouped.setdefault(group[1], []).append((name[group.end() :], value))
                continue
            try:
                found.append(self._one(name, value))
            except Invalid as error:
                self.problems.append(f"{error} It was left out.")
        groups = [self._group(name, parts) for name, parts in grouped.items()]
        return (*found, *(group for group in groups if group.parts))

    def _group(self, name: str, pairs: Sequence[tuple[str, str]]) -> Filter:
        parts = self.read(pairs)
        return Filter(name, "", _grouped(name[:3], [part.sql for part in parts]), operator=name[:3], parts=parts)

    def _one(self, name: str, value: str) -> Filter:
        """Read one parameter: as a column's name if it can be one, else with an operator at its end."""
        plain = name.removeprefix("col.")
        start, _, ending = plain.rpartition("__")
        readings = [(plain, "is"), *([(start, ending)] if start and ending in OPERATORS else [])]
        for place, operator in readings:
            if column := self.scope.columns.get(place) or self.scope.columns.get(unescape(place)):
                sql = self._condition(self.scope, column, (), operator, value)
                return Filter(name, value, sql, column, operator, (column.name,))
        for place, operator in reversed(readings):
            path = tuple(map(unescape, place.split(".")))
            if found := self._further(name, path, operator, value):
                return found
        raise Invalid(f"There is no column {name[:60]!r}.")

    def _condition(self, scope: Scope, column: Column, path: Sequence[str], operator: str, value: str) -> Any:
        return Comparison(scope.table, column, self.zone, self.now, path).condition(operator, value)

    def leads_to(self, path: Sequence[str]) -> Column | None:
        """Return the column that is compared at a path: an own one, one behind a foreign key, or one of JSON."""
        column = self.scope.columns.get(path[0])
        if column is None or len(path) == 1 or column.family in ("json", "jsonb"):
            return column
        link = self.scope.table.links_by_column.get(path[0])
        return self.scope.of(link.target).columns.get(path[1]) if link and len(path) == 2 else None

    def _further(self, name: str, path: tuple[str, ...], operator: str, value: str) -> Filter | None:
        """Read what lies behind a foreign key, in a JSON column, or refers to the row."""
        if path[0] not in self.scope.columns:
            return self._related(name, path, value) if path[0] == "has" and operator in ("is", "exists") else None
        if len(path) == 1 or (column := self.leads_to(path)) is None:
            return None
        if path[0] == column.name and column.family in ("json", "jsonb"):
            sql = self._condition(self.scope, column, path[1:], operator, value)
            return Filter(name, value, sql, column, operator, path)
        link = self.scope.table.links_by_column[path[0]]
        target = self.scope.of(link.target)
        inner = self._condition(target, column, (), operator, value)
        return Filter(name, value, _referring_rows(target.table, inner, self.scope.table, link), column, operator, path)

    def _related(self, name: str, path: tuple[str, ...], value: str) -> Filter | None:
        for label, child, link in self.scope.referring():
            if (label, *link.columns) == path[1:]:
                found = _has_referring(self.scope.table, child, link)
                return Filter(name, value, found if truth(value) else sa.not_(found), None, "exists", path)
        return None


def _grouped(how: str, conditions: Sequence[Any]) -> Any:
    """Return the condition that any, all or none of them hold; what is neither true nor false is false."""
    if how == "all":
        return sa.and_(sa.true(), *conditions)
    found = sa.or_(sa.false(), *conditions)
    return found if how == "any" else sa.not_(sa.func.coalesce(found, sa.false()))


def _has_referring(table: Table, child: Table, link: Link) -> Any:
    """Return the condition that a row of ``child`` refers to the row."""
    other = child.sa.alias("referring")
    bare = partial(sa.type_coerce, type_=sa.types.NullType())
    pairs = zip(link.columns, link.target_columns, strict=True)
    same = [bare(other.c[child.by_name[name].key]) == bare(table.sql(target)) for name, target in pairs]
    return sa.exists(sa.select(sa.literal(1)).select_from(other).where(*same).correlate(table.sa))


def filter_name(path: Sequence[str], operator: str, groups: str = "") -> str:
    """Return the parameter's name for a filter, which FilterReader reads again."""
    name = ".".join(escape(part) for part in path)
    odd = name in LIST_PARAMETERS or "__" in name or "~" in name or path[0] in ("has", "col") or GROUP.match(name)
    marked = "col." if odd and len(path) == 1 else ""
    return f"{groups}{marked}{name}{'' if operator == 'is' else f'__{operator}'}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a list shows: all of it stands in the list's address, by name."""

    table: Table
    columns: tuple[Column, ...]
    where: tuple[Filter, ...] = ()
    search: str = ""
    searched: tuple[Column, ...] = ()
    compared: tuple[Column, ...] | None = None  # where numbers and keys may be equal; None: in every column
    start: str = ""  # where a search goes on (Place.token)
    left_out: Any = None  # a condition: these rows are shown otherwise
    sort: Column | None = None
    descending: bool = False
    then: tuple[tuple[Column, bool], ...] = ()  # further columns to sort by, and whether downwards
    after: str | None = None  # the address of the row that the page begins behind
    before: str | None = None  # … or ends before; "" is the end of the table
    size: int = 50

    @cached_property
    def selection(self) -> Selection:
        """The SELECT of the columns."""
        return Selection.of(self.table, self.columns, LIST_CHARACTERS)

    @property
    def sorts(self) -> tuple[tuple[Column, bool], ...]:
        """The columns to sort by, and whether downwards."""
        return ((self.sort, self.descending), *self.then) if self.sort else ()

    @cached_property
    def conditions(self) -> list[Any]:
        """The filter and the search as SQL conditions."""
        found = [filter.sql for filter in self.where]
        found += [self.hunt.condition] if self.search else []
        return found if self.left_out is None else [*found, self.left_out.is_not(sa.true())]

    @cached_property
    def hunt(self) -> Search:
        """The search as SQL."""
        return Search(self.table, self.search, self.searched, self.compared)


def _in_range(column: Column, text: str) -> bool:
    bounds = column.rules.minimum, column.rules.maximum
    number = Decimal(text)
    return (bounds[0] is None or number >= bounds[0]) and (bounds[1] is None or number <= bounds[1])


TYPE_RANGES: Mapping[str, Rules] = {  # of the type alone: rows may be older than a CHECK
    cast: Rules(minimum=Decimal(-(2**bits)), maximum=Decimal(2**bits - 1))
    for cast, bits in (("smallint", 15), ("integer", 31), ("bigint", 63))
}


def read_filter(column: Column, value: str, zone: ZoneInfo = UTC) -> str:
    """Return a filter's text as the text of the column's value. Raises Invalid."""
    if column.family in ("integer", "decimal", "float", "boolean", "date", "uuid") and column.cast:
        return KINDS[column.family].parse(value, replace(column, rules=TYPE_RANGES.get(column.cast, Rules())), zone)
    return value


def search_words(text: str) -> list[str]:
    """Split a search into its words: at most six, quotes keep words together."""
    found = re.findall(r'"([^"]+)"|(\S+)', text.replace("\0", "")[:200])
    return [(quoted or word).encode("utf-8", "ignore").decode() for quoted, word in found][:6]


class Page(NamedTuple):
    """One page of a list, in order; what stands before and behind it; whether its anchor row was gone."""

    rows: Sequence[Row]
    has_previous: bool
    has_next: bool
    lost: bool = False
    offset: int | None = None  # where rows can only be counted off


def read_page(connection: sa.Connection, query: Query) -> Page:
    """Read one page by key; where nothing orders the rows, by counting them off. Cost: the page's, not the table's."""
    if not query.selection.identity.ties:
        return _counted_page(connection, query)
    backward = query.before is not None
    token = query.before if backward else query.after
    anchor = _anchor(connection, query, token) if token else None
    lost = bool(token) and anchor is None
    if lost:
        backward = False
    rows = _read_rows(connection, query, anchor, backward)
    more = len(rows) > query.size
    rows = rows[: query.size]
    if not backward:
        return Page(rows, anchor is not None, more, lost)
    if not more and anchor:  # the first page is a whole page
        rows = _read_rows(connection, query, None, False)
        return Page(rows[: query.size], False, len(rows) > query.size)
    return Page(rows[::-1], more, anchor is not None)


class _Anchor(NamedTuple):
    """The values that place a row: of the columns that are sorted by, and of the identity's order."""

    sorts: Sequence[Any]
    order: Sequence[Any]


class _Segment(NamedTuple):
    """A part of the list that one ordered read answers: its condition, its order, the values it begins behind."""

    condition: Any
    order: Sequence[Any]
    position: Sequence[Any] | None


def _anchor(connection: sa.Connection, query: Query, token: str) -> _Anchor | None:
    """Return the place of the row that ``token`` addresses, or None if it has gone."""
    identity = query.selection.identity
    sorts = [query.table.sql(column.name) for column, _down in query.sorts]
    labels = [sa.label(f"a{n}", e) for n, e in enumerate([*sorts, *identity.ties])]
    try:
        if isinstance(identity, PhysicalIdentity) and not sorts:
            return _Anchor((), identity.place(token))  # which stays a place when the row has gone from it
        statement = sa.select(*labels).select_from(query.table.sa).where(identity.clause(token))
        with connection.begin_nested():  # a key that can't be one must not end the transaction
            found = connection.execute(statement).first()
    except (ValueError, OverflowError, sa.exc.DataError):
        return None
    return _Anchor(found[: len(sorts)], found[len(sorts) :]) if found else None


def _segments(query: Query, anchor: _Anchor | None, backward: bool) -> list[_Segment]:
    """Split a list where its sort key is NULL: NULLs come last on both engines, and each part can use an index."""
    order = query.selection.identity.ties
    behind = anchor.order if anchor else None
    if query.sort is None:
        return [_Segment(sa.true(), order, behind)]
    c = query.table.sql(query.sort.name)
    whole = [*anchor.sorts, *anchor.order] if anchor else None
    if not query.sort.nullable and not query.sort.primary:
        return [_Segment(sa.true(), [c, *order], whole)]
    # A composite value with a NULL in it is neither NULL nor NOT NULL.
    known = c.is_distinct_from(None) if query.sort.family == "literal" else c.is_not(None)
    in_nulls = anchor is not None and anchor.sorts[0] is None
    parts = [
        _Segment(known, [c, *order], None if in_nulls else whole),
        _Segment(c.is_(None), order, behind if in_nulls else None),
    ]
    passed = anchor is not None and in_nulls != backward
    return (parts[::-1] if backward else parts)[1 if passed else 0 :]


def _read_rows(connection: sa.Connection, query: Query, anchor: _Anchor | None, backward: bool) -> list[Row]:
    """Read one row more than a page, from the anchor on."""
    if query.then:
        return _read_sorted(connection, query, anchor, backward)
    if query.sort is None and not query.selection.identity.order:
        return _read_blocks(connection, query, anchor, backward)
    rows: list[Row] = []
    down = query.descending != backward
    whole = anchor is None and not query.conditions
    for place, segment in enumerate(_segments(query, anchor, backward)):
        most = query.size + 1 - len(rows)
        key = (query.sort and query.sort.name, down, backward, place, most) if whole else None
        statement = query.selection.kept(key, partial(_ordered, query, segment, down, most))
        rows += query.selection.rows(connection.execute(statement).fetchall())
        if len(rows) > query.size:
            break
    return rows


def _ordered(query: Query, segment: _Segment, down: bool, most: int) -> Any:
    """Return the statement that reads at most so many rows of a segment."""
    statement = query.selection.statement.where(segment.condition, *query.conditions)
    if segment.position is not None:
        statement = statement.where(_behind(query, segment.order, segment.position, down))
    return statement.order_by(*(e.desc() if down else e.asc() for e in segment.order)).limit(most)


class _Term(NamedTuple):
    """One thing that a list is sorted by."""

    expression: Any
    down: bool
    nullable: bool
    typed: Callable[[Any], Any]


def _read_sorted(connection: sa.Connection, query: Query, anchor: _Anchor | None, backward: bool) -> list[Row]:
    """Read one row more than a page of a list that is sorted by several columns; missing values come last."""
    identity, table = query.selection.identity, query.table
    terms = [_Term(table.sql(c.name), down, c.nullable, partial(bind, table, c)) for c, down in query.sorts]
    terms += [_Term(e, False, False, partial(identity.typed, e)) for e in identity.ties]
    statement = query.selection.statement.where(*query.conditions)
    if anchor:
        statement = statement.where(_beyond(terms, [*anchor.sorts, *anchor.order], backward))
    for term in terms:
        order = term.expression.desc() if term.down != backward else term.expression.asc()
        nulls = order.nulls_first() if backward else order.nulls_last()
        statement = statement.order_by(nulls if term.nullable else order)
    return [query.selection.row(record) for record in connection.execute(statement.limit(query.size + 1)).fetchall()]


def _beyond(terms: Sequence[_Term], values: Sequence[Any], backward: bool) -> Any:
    """Return the condition that a row stands behind the one with these values: beyond in the first that differs."""
    found: list[Any] = []
    same: list[Any] = []
    for term, value in zip(terms, values, strict=True):
        e = term.expression
        if value is None:
            found += [sa.and_(*same, e.is_not(None))] if backward else []
            same.append(e.is_(None))
            continue
        typed = term.typed(value)
        later = e < typed if term.down != backward else e > typed
        found.append(sa.and_(*same, sa.or_(later, e.is_(None)) if term.nullable and not backward else later))
        same.append(e == typed)
    return sa.or_(*found)


def _behind(query: Query, order: Sequence[Any], position: Sequence[Any], down: bool) -> Any:
    """Return the condition that a row stands behind ``position``: one comparison of row values, which indexes serve."""
    identity = query.selection.identity
    values = [
        bind(query.table, query.sort, value) if query.sort and len(order) > len(identity.ties) and place == 0
        else identity.typed(expression, value)
        for place, (expression, value) in enumerate(zip(order, position, strict=True))
    ]  # fmt: skip
    left, right = (order[0], values[0]) if len(order) == 1 else (sa.tuple_(*order), sa.tuple_(*values))
    return left < right if down else left > right


FIRST_BLOCKS = 4  # hold the rows of a page, as a rule

BLOCKS = """WITH RECURSIVE whole(oid) AS (SELECT to_regclass(:name)::oid UNION
 SELECT i.inhrelid FROM pg_inherits AS i JOIN whole ON i.inhparent = whole.oid)
 SELECT coalesce(max(pg_relation_size(oid::regclass)), 0) / current_setting('block_size')::bigint FROM whole"""


def _read_blocks(connection: sa.Connection, query: Query, anchor: _Anchor | None, backward: bool) -> list[Row]:
    """Read one row more than a page of a table without a key, in the order in which its blocks hold the rows.

    ORDER BY ctid sorts all rows that are left, so a stretch of blocks is asked for (which PostgreSQL finds without
    reading the others, from 14 on), then the next, eight times as long, until the page is full. The tables of one that
    is partitioned or inherited from are read side by side: by place first, and at the same place by table.
    """
    tableoid, ctid = query.selection.identity.ties
    statement = query.selection.statement.where(*query.conditions)
    statement = statement.order_by(*(e.desc() if backward else e for e in (ctid, tableoid)))
    if anchor:
        table, place = anchor.order
        here = sa.tuple_(sa.literal(place, ctid.type), sa.literal(table, tableoid.type))
        there = sa.tuple_(ctid, tableoid)
        statement = statement.where(there < here if backward else there > here)
    rows: list[Row] = []
    for low, high in _stretches(connection, query.table, anchor, backward):
        ends = (sa.literal(f"({block},0)", ctid.type) for block in (low, high))
        stretch = statement.where(ctid >= next(ends), ctid < next(ends)).limit(query.size + 1 - len(rows))
        rows += query.selection.rows(connection.execute(stretch).fetchall())
        if len(rows) > query.size:
            break
    return rows


def _stretches(
    connection: sa.Connection, table: Table, anchor: _Anchor | None, backward: bool
) -> Iterator[tuple[int, int]]:
    """Yield stretches of a table's blocks from a place on, each eight times as long: its first, and the one behind."""
    width, block = FIRST_BLOCKS, int(anchor.order[1][1:].split(",")[0]) if anchor else 0
    if not backward:  # nearly every page is full by then, and nobody asks how many blocks there are
        yield block, min(block + width, 2**32 - 1)
    name = ".".join(quoted(part) for part in table.name if part)
    end = int(connection.execute(sa.text(BLOCKS), {"name": name}).scalar_one())
    high = min(block + 1, end) if anchor else end
    while backward and high > 0:
        yield max(0, high - width), high
        high, width = high - width, width * 8
    low = block + width
    while not backward and low < end:
        width *= 8
        yield low, min(low + width, end)
        low += width


def _counted_page(connection: sa.Connection, query: Query) -> Page:
    """Read a page of rows without a key by its offset; ``after`` is the number of rows before it.

    Views, foreign tables and those with a foreign partition have nothing else that a page could begin behind: no key,
    no place, and any order may sort all that they are made of. A page far behind costs what stands before it, up to
    the transaction's budget.
    """
    token = query.after or "0"
    offset = min(int(token), 10**9) if re.fullmatch(r"\d{1,18}", token) else 0
    statement = query.selection.statement.where(*query.conditions)
    if query.sort:
        column = query.table.sql(query.sort.name)
        order = (column.desc() if query.descending else column.asc()).nulls_last()
        more = [(query.table.sql(c.name), down) for c, down in query.then]
        further = [(e.desc() if down else e.asc()).nulls_last() for e, down in more]
        statement = statement.order_by(order, *further, *_ties(query.table))
    records = connection.execute(statement.offset(offset).limit(query.size + 1)).fetchall()
    rows = [query.selection.row(record) for record in records]
    return Page(rows[: query.size], offset > 0, len(rows) > query.size, offset=offset)


def _ties(table: Table) -> list[Any]:
    """Return what orders rows that are equal in the sorted column, so that no page repeats or loses one."""
    if table.physical:
        return [sa.literal_column("tableoid"), sa.literal_column("ctid")]
    return [table.sql(column.name) for column in table.columns if column.family in ValuesIdentity.families]


def count_rows(connection: sa.Connection, query: Query, most: int = FEW_ROWS) -> int | None:
    """Return the rows that the filter and the search leave; None where they are more than ``most``, and not cheap."""
    kept = query.table.selections
    if query.conditions:
        statement = _count(query.table, query.conditions, most)
    elif (statement := kept.get(("count", most))) is None:
        statement = kept["count", most] = _count(query.table, (), most)
    rows: int | None = connection.execute(statement).scalar_one()
    return rows


def _count(table: Table, conditions: Sequence[Any], most: int) -> Any:
    found = sa.select(sa.literal(1)).select_from(table.sa).where(*conditions).limit(most + 1).subquery()
    bounded = sa.select(sa.func.nullif(sa.func.count(), most + 1)).select_from(found)
    own = any(part.collation not in COLLATIONS for index in table.indexes for part in index.parts)
    if conditions or not table.rowid or table.listed.kind != "table" or own:  # it would count by an index it can't read
        return bounded
    # SQLite counts a whole table without a look at its rows: at once, where the rowids span little.
    ends = [sa.select(end(_rowid(table))).select_from(table.sa).scalar_subquery() for end in (sa.func.max, sa.func.min)]
    whole = sa.select(sa.func.count()).select_from(table.sa).scalar_subquery()
    cheap = sa.func.coalesce(ends[0] - ends[1], 0) < CHEAP_SPAN
    return sa.select(sa.case((cheap, whole), else_=bounded.scalar_subquery()))


COLLATIONS = frozenset({"", "BINARY", "NOCASE", "RTRIM"})  # SQLite's; others are an application's own
CHEAP_SPAN = 200_000  # rowids; counting so many rows takes SQLite a millisecond


# -- Search -------------------------------------------------------------------

SMALL_TABLE = 20_000  # up to so many rows a search is a filter like any other: it takes milliseconds
FIRST_CHUNK = 5_000  # rows that a scan reads before it knows how quick it is
CHUNK_SECONDS = 0.1
MOST_STEPS = 24


class Search:
    """What a search asks of a row of ``table``: each word somewhere in ``columns``; or its key is the whole text.

    A word that is a number may also be equal to a number in ``compared``.
    """

    def __init__(
        self, table: Table, text: str, columns: Sequence[Column], compared: Sequence[Column] | None = None
    ) -> None:
        self.table = table
        self.text = clean_text(text).strip()
        self.words = search_words(text)
        self.columns = tuple(columns)
        self.compared = tuple(table.columns if compared is None else compared)

    @cached_property
    def key(self) -> Any:
        """The condition that the whole text is the row's key; None where it can't be."""
        names = self.table.key
        column = self.table.by_name.get(names[0]) if len(names) == 1 else None
        return exactly(self.table, column, self.text) if column in self.compared and column and self.text else None

    @cached_property
    def condition(self) -> Any:
        """The condition that a row fits."""
        found = sa.and_(sa.true(), *(self.has(word) for word in self.words))
        return found if self.key is None else sa.or_(found, self.key)

    def has(self, word: str) -> Any:
        """Return the condition that a column contains ``word``, or that a number equals it."""
        found = [contains(self.table, column, word) for column in self.columns]
        found += [condition for _column, condition in self.numbers(word)]
        return sa.or_(*found) if found else sa.false()

    def numbers(self, word: str) -> list[tuple[Column, Any]]:
        """Return the columns of numbers that can equal ``word``, each with its condition."""
        found = []
        for column in self.compared:
            whole = column.family == "integer" and re.fullmatch(r"-?\d{1,18}", word) and _in_range(column, word)
            if whole or (column.family == "decimal" and re.fullmatch(r"-?\d{1,15}\.\d{1,6}", word)):
                found.append((column, equals(self.table, column, read_filter(column, word))))
        return found

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The ways to find rows, the quickest first: by key, by indexes, by reading all rows."""
        own = [Step("key", self.table.key, self.key)] if self.key is not None else []
        found = [*own, *index_steps(self)][:MOST_STEPS]
        covered = any(step.complete for step in found)
        return tuple(found) if covered else (*found, Step("scan", tuple(c.name for c in self.columns), sa.true()))


def clean_text(text: str) -> str:
    """Return what was typed into a search box without what no database takes."""
    return text.replace("\0", "")[:200].encode("utf-8", "ignore").decode()


def contains(table: Table, column: Column, word: str) -> Any:
    """Return the condition that a column's text contains ``word``; the case of ASCII letters doesn't matter."""
    text = sa.cast(table.sql(column.name), sa.Text())
    pattern = f"%{like_pattern(word)}%"
    if not table.postgres:
        return text.like(pattern, escape="\\")
    # Under "C" only ASCII letters are folded, which is 2.4 times as fast; some collations know no ILIKE at all.
    collated = sa.collate(text, "C" if word.isascii() and column.cast != "citext" else "default")
    return collated.ilike(pattern, escape="\\")


def like_pattern(word: str) -> str:
    """Return ``word`` for LIKE … ESCAPE '\\'."""
    return re.sub(r"([\\%_])", r"\\\1", word)


def exactly(table: Table, column: Column, text: str) -> Any:
    """Return the condition that ``column`` is what was typed; None where it can't be."""
    if column.family not in EXACT or (column.family == "choice" and column.cast and text not in column.rules.choices):
        return None
    if column.family == "integer" and not (re.fullmatch(r"-?\d{1,18}", text) and _in_range(column, text)):
        return None
    try:
        found = equals(table, column, read_filter(column, text))
        whole = column.family == "any" and re.fullmatch(r"-?(0|[1-9]\d{0,17})", text)
        return sa.or_(found, table.sql(column.name) == int(text)) if whole else found
    except (Invalid, ValueError, OverflowError):
        return None


EXACT = frozenset({"integer", "decimal", "text", "choice", "any", "uuid", "date"})


@dataclass(frozen=True, kw_only=False)
class Step:
    """One way to find rows: by what, in which columns, which rows it may find.

    ``ordered`` is an index's own order, in which it reads between ``low`` and ``high``; else it reads by key.
    ``complete``: no row that fits is missed.
    """

    how: str
    columns: tuple[str, ...]
    condition: Any
    text: str = ""
    ordered: IndexOrder | None = None
    complete: bool = False

    @property
    def name(self) -> str:
        """What tells it from other steps."""
        return f"{self.how} {self.columns} {self.text}"


class IndexOrder:
    """The order of an index whose first part is a text: the texts that begin with ``prefix`` stand together in it."""

    def __init__(self, expression: Any, prefix: str, *, pattern: bool = False) -> None:
        self.expression = expression
        self.prefix = prefix
        self.pattern = pattern  # PostgreSQL's text_pattern_ops, which has operators of its own
        self.last = following_text(prefix)

    def between(self, low: Any = None) -> Any:
        """Return the condition of the range, from ``low`` on."""
        below = [self._compare("<", self.last)] if self.last else []
        return sa.and_(self._compare(">=", self.prefix if low is None else low), *below)

    def behind(self, text: Any, later: Any) -> Any:
        """Return the condition of the rows behind one that has ``text`` there; ``later``: with a later key."""
        return sa.and_(self.between(text), sa.or_(self._compare(">", text), later))

    def sorting(self, table: Table) -> Any:
        """Return what to sort by."""
        if not self.pattern:
            return self.expression
        return sa.literal_column(f"{fixed(table, self.expression).name} USING ~<~")

    def _compare(self, sign: str, text: str) -> Any:
        value: Any = sa.literal(text, sa.Text())
        if any("\ud800" <= c <= "\udfff" for c in text):  # bytes that aren't UTF-8, on SQLite
            value = sa.cast(sa.literal(text.encode("utf-8", "surrogateescape"), sa.LargeBinary()), sa.Text())
        return self.expression.op(f"~{sign}~" if self.pattern else sign, is_comparison=True)(value)


def following_text(prefix: str) -> str:
    """Return the least text that is greater than all that begin with ``prefix``; "" where there is none."""
    for place in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[place]) + 1
        if code <= sys.maxunicode:
            return prefix[:place] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
    return ""


def index_steps(search: Search) -> Iterator[Step]:
    """Yield what the table's indexes can answer: equal numbers, beginnings of texts, words in text indexes."""
    whole = [] if '"' in search.text else [search.text]
    indexes = [index for index in search.table.indexes if index.parts and not index.condition]
    for word in search.words:
        for column, condition in search.numbers(word):
            if any(i.columns[0] == column.name and i.method in ("btree", "rowid", "hash") for i in indexes):
                yield Step("index", (column.name,), condition, word)
    for text in list(dict.fromkeys([*whole, *search.words]))[:3]:
        for index in indexes:
            yield from _beginnings(search, index, text)
    for index in indexes:
        yield from _text_steps(search, index)
    yield from _trigram_steps(search, indexes)


def _beginnings(search: Search, index: Index, text: str) -> Iterator[Step]:
    """Yield the steps that find by ``index`` the texts that begin with ``text``, or at least are equal to it."""
    table, part = search.table, index.parts[0]
    lower = re.fullmatch(r"lower ?\(+ ?(.+?) ?\)?(::text)? ?\)", part.expression, re.I)
    name = Token("name" if lower[1][0] in '"`[' else "word", lower[1]).value if lower else part.column
    column = next((c for c in search.columns if c.name == name and c.family in TEXTS), None)
    if column is None or index.method not in ("btree", "hash"):
        return
    c = sa.cast(table.sql(name), sa.Text()) if table.postgres else table.sql(name)
    c = sa.func.lower(c, type_=sa.Text()) if lower else c
    folded = bool(lower) or part.collation == "NOCASE"
    spellings = (
        [text.lower()] if folded else [text, text[:1].upper() + text[1:], text.lower(), text.upper(), text.title()]
    )
    ranged = part.ranged and index.method == "btree" and (not table.postgres or column.cast in VARIABLE)
    if not ranged:
        yield Step("index", (name,), c.in_(list(dict.fromkeys(spellings))), text)
        return
    if part.collation not in ("", "default") and not part.operators.endswith("pattern_ops"):
        c = sa.collate(c, part.collation)
    for spelled in dict.fromkeys(spellings):
        order = IndexOrder(c, spelled, pattern=part.operators.endswith("pattern_ops"))
        yield Step("index", (name,), order.between(), spelled, order)


TEXTS = frozenset({"text", "choice", "any"})
VARIABLE = frozenset({"text", "character varying"})


def _text_steps(search: Search, index: Index) -> Iterator[Step]:
    """Yield the step that finds by a full-text index the rows with words that begin so."""
    table, names = search.table, {column.name: column for column in search.columns}
    if index.method == "fts5":
        lower = {name.lower(): name for name in names}
        columns = [lower[c.lower()] for c in index.columns if c.lower() in lower]
        if columns and search.words:
            yield Step("text index", tuple(columns), _fts_match(table, index, columns, search.words), search.text)
    elif index.method in ("gin", "gist") and search.words:
        part = index.parts[0]
        found = re.match(r"to_tsvector\('((?:[^']|'')+)'::regconfig, ", part.expression)
        used = [t.value for t in tokens_of(part.expression) if t.sort in ("word", "name") and t.value in table.by_name]
        if found and used and set(used) <= set(names):
            matched = sa.literal_column(part.expression).op("@@")(_tsquery(search.words, found[1].replace("''", "'")))
            yield Step("text index", tuple(used), matched, search.text)
        elif part.column in names and names[part.column].cast == "tsvector":
            either = _tsquery(search.words).op("||")(_tsquery(search.words, "simple"))
            yield Step("text index", (part.column,), table.sql(part.column).op("@@")(either), search.text)


def _fts_match(table: Table, index: Index, columns: Sequence[str], words: Sequence[str]) -> Any:
    """Return the condition that an fts5 table has a row's words, each as the beginning of one."""
    star = "" if index.options.lower().startswith("trigram") else " *"
    quoted = [f'"{name}"' for name in (c.replace('"', '""') for c in columns)]
    wanted = " AND ".join(f'"{escaped}"{star}' for escaped in (word.replace('"', '""') for word in words))
    own = quoted_name(index.name, True)
    matched = sa.literal_column('"' + index.name.replace('"', '""') + '"').op("MATCH")
    rows: Any = sa.select(sa.literal_column("rowid")).select_from(sa.table(own))
    found = rows.where(matched(sa.literal(f"{{{' '.join(quoted)}}} : ({wanted})", sa.Text())))
    link = table.sql(index.link) if index.link in table.by_name else sa.literal_column("rowid")
    return link.in_(found)


def _tsquery(words: Sequence[str], configuration: str = "") -> Any:
    text = " & ".join("'" + re.sub(r"(['\\])", r"\1\1", word) + "':*" for word in words)
    given = [sa.cast(sa.literal(configuration), _Raw("regconfig"))] if configuration else []
    return sa.func.to_tsquery(*given, sa.literal(text, sa.Text()), type_=_Raw("tsquery"))


def _trigram_steps(search: Search, indexes: Sequence[Index]) -> Iterator[Step]:
    """Yield the step that finds by PostgreSQL's pg_trgm the rows that contain the longest word."""
    parts = {
        part.column for index in indexes for part in index.parts if part.operators in ("gin_trgm_ops", "gist_trgm_ops")
    }
    columns = [column for column in search.columns if column.name in parts]
    words = sorted((w for w in search.words if re.search(r"\w{3}", w)), key=len, reverse=True)
    if columns and words:
        pattern = f"%{like_pattern(words[0])}%"
        found = [
            search.table.sql(c.name).op("ILIKE", is_comparison=True)(sa.literal(pattern, sa.Text())) for c in columns
        ]
        complete = len(columns) == len(search.columns) and not search.numbers(words[0])
        yield Step("text index", tuple(c.name for c in columns), sa.or_(*found), words[0], complete=complete)


class Place(NamedTuple):
    """Where a search has come to: its step, the steps that took too long, the rows that were read, the last's key."""

    step: int = 0
    skipped: int = 0  # a bit a step
    searched: int = 0
    position: tuple[Any, ...] = ()

    def token(self, search: Search) -> str:
        """Return the place for an address."""
        parts = [f"~i{v}" if isinstance(v, int) else _part(v) for v in self.position]
        return f"{_print_of(search)}-{self.step}-{self.skipped:x}-{self.searched}-{','.join(parts)}"

    @classmethod
    def read(cls, search: Search, token: str) -> Place:
        """Undo ``token``. Raises ValueError where it isn't a place of this search."""
        found = re.fullmatch(r"([0-9a-f]{8})-(\d{1,2})-([0-9a-f]{1,8})-(\d{1,15})-(.*)", token, re.S)
        if not found or found[1] != _print_of(search) or int(found[2]) >= len(search.steps):
            raise ValueError(token)
        position = tuple(key_values(found[5])) if found[5] else ()
        if position and len(position) != len(Identity.of(search.table).order):
            raise ValueError(token)
        return cls(int(found[2]), int(found[3], 16), int(found[4]), position)


def _print_of(search: Search) -> str:
    """Tell the searches apart that a place could be of: by text, columns and indexes."""
    names = [search.text, *(column.name for column in search.columns), *(step.name for step in search.steps)]
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:8]


class Found(NamedTuple):
    """One page of a search: its rows; how it can go on, and whether it must, since the time was spent."""

    page: Page
    following: str = ""
    stopped: bool = False
    searched: int = 0  # rows that were read one by one so far
    steps: Sequence[Step] = ()  # that were taken
    skipped: Sequence[Step] = ()  # that took too long
    unsorted: bool = False
    stale: bool = False


def read_search(
    connection: sa.Connection, query: Query, seconds: float, *, chunk: int = FIRST_CHUNK, small: int = SMALL_TABLE
) -> Found:
    """Read one page of a search within ``seconds``: of a small table like any list, of a large one step by step."""
    deadline = time.monotonic() + seconds
    walkable = bool(query.selection.identity.order)
    stale = False
    if query.start and walkable:
        try:
            return _Walk(connection, query, deadline, Place.read(query.hunt, query.start), chunk).go()
        except (ValueError, OverflowError, BadValue):
            stale = True
    if not walkable or _is_small(connection, query.table, small):
        with within(connection, seconds):
            return Found(_plain_search(connection, query), stale=stale)
    if query.sort or query.after or query.before is not None:
        with suppress(TimedOut), within(connection, seconds * 0.6):
            return Found(read_page(connection, query), stale=stale)
    found = _Walk(connection, query, deadline, Place(), chunk).go()
    return found._replace(unsorted=query.sort is not None, stale=stale)


def read_filtered(connection: sa.Connection, query: Query, seconds: float) -> Found:
    """Read one page of a filtered or sorted list within ``seconds``.

    What takes most of them is given up for what surely answers: the order of the key, and of a filter those that fit
    among the rows that the rest of the time is enough for.
    """
    deadline = time.monotonic() + seconds
    walkable, stale = bool(query.selection.identity.order), False
    if query.start and walkable:
        try:
            return _Walk(connection, query, deadline, Place.read(query.hunt, query.start), FIRST_CHUNK).go()
        except (ValueError, OverflowError, BadValue):
            stale = True
    with suppress(TimedOut), within(connection, seconds * (0.6 if walkable else 1)):
        return Found(read_page(connection, query), stale=stale)
    unsorted = query.sort is not None
    if not walkable:
        return Found(Page((), False, False), unsorted=unsorted, stopped=True)
    if query.where:
        return _Walk(connection, query, deadline, Place(), FIRST_CHUNK).go()._replace(unsorted=unsorted, stale=stale)
    by_key = replace(query, sort=None, descending=False, then=())
    return Found(read_page(connection, by_key), unsorted=unsorted, stale=stale)


def index_text(table: Table, columns: Sequence[str]) -> str:
    """Return the statement that makes an index on ``columns``, for whoever looks after the database."""
    names = [name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name) for name in columns]
    schema = f"{quoted(table.name.schema)}." if table.name.schema else ""
    own = "" if table.postgres else f" {quoted('_'.join([table.name.name, *columns]))}"
    return f"CREATE INDEX{own} ON {schema}{quoted(table.name.name)} ({', '.join(names)})"


def quoted(name: str) -> str:
    """Return a name in double quotes, as both engines read it."""
    return '"' + name.replace('"', '""') + '"'


INDEXED = frozenset({"is", "in", "begins", *ORDER, *PERIODS})


def unindexed(query: Query) -> list[str]:
    """Return the columns that an index would help a list with: those it is sorted by, else the filter's first."""
    first = {index.columns[0] for index in query.table.indexes if index.columns}
    if query.sort is not None:
        return [column.name for column, _down in query.sorts] if query.sort.name not in first else []
    own = [one.column.name for one in query.where if one.column and len(one.path) == 1 and one.operator in INDEXED]
    return [] if set(own) & first else own[:1]


def glance(
    connection: sa.Connection, query: Query, seconds: float, *, by_key: bool = False, small: int = SMALL_TABLE
) -> Found | None:
    """Return what of a search is found at once: by key, by indexes, in a small table anywhere; None: too slow for it.

    With ``by_key``, only the row whose key is the whole text.
    """
    if by_key:
        if query.hunt.key is None:
            return Found(Page((), False, False))
        with within(connection, seconds):
            records = connection.execute(query.selection.statement.where(query.hunt.key).limit(2)).fetchall()
        return Found(Page([query.selection.row(record) for record in records], False, False))
    with suppress(TimedOut):
        if _is_small(connection, query.table, small):
            with within(connection, seconds):
                return Found(_plain_search(connection, query))
        if query.selection.identity.order:
            return _Walk(connection, query, time.monotonic() + seconds, Place(), FIRST_CHUNK, scans=False).go()
    return None


def _is_small(connection: sa.Connection, table: Table, most: int) -> bool:
    """Whether a table has at most so many rows."""
    if (table.listed.rows or 0) > most:
        return False
    bounded = sa.select(sa.literal(1)).select_from(table.sa).limit(most + 1).subquery()
    with suppress(TimedOut), within(connection, 0.2):
        return bool(connection.execute(sa.select(sa.func.count()).select_from(bounded)).scalar_one() <= most)
    return False


def _plain_search(connection: sa.Connection, query: Query) -> Page:
    """Read a page like any other, the row first whose key is what was typed."""
    key = query.hunt.key
    if key is None or query.sort:
        return read_page(connection, query)
    page = read_page(connection, replace(query, left_out=key))
    if page.has_previous:
        return page
    records = connection.execute(query.selection.statement.where(key, *query.conditions).limit(2))
    return page._replace(rows=[*map(query.selection.row, records), *page.rows])


class _Walk:
    """Reads one page of a search in a large table, step by step, until the page is full or the time is spent."""

    def __init__(
        self,
        connection: sa.Connection,
        query: Query,
        deadline: float,
        place: Place,
        chunk: int,
        patience: float = 0.25,  # how much of its time a scan gets where an index has found something; 0: no step more
        scans: bool = True,
    ) -> None:
        self.scans = scans
        self.connection = connection
        self.patience = patience
        self.query = query
        self.search = query.hunt
        self.order = query.selection.identity.order
        self.deadline = deadline
        self.begun = time.monotonic()
        self.half = self.begun + (deadline - self.begun) / 2  # what indexes get of the time
        self.place = place
        self.chunk = chunk
        self.rows: list[tuple[Row, Place]] = []
        self.taken: list[Step] = []
        self.stopped = False
        self._check(place.position)

    def _check(self, position: Sequence[Any]) -> None:
        """Raise ValueError now where an address's key can't be one."""
        for expression, value in zip(self.order, position, strict=False):
            self.query.selection.identity.typed(expression, value)

    def go(self) -> Found:
        """Return the page."""
        begun = self.place != Place()
        while self.place.step < len(self.search.steps) and len(self.rows) <= self.query.size and not self.stopped:
            step = self.search.steps[self.place.step]
            if (step.how == "scan" and not self.scans) or (self.rows and not self.patience):
                self.stopped = True
                break
            self.taken.append(step)
            if step.how == "scan":
                self._scan()
            else:
                self._look(step)
        full = len(self.rows) > self.query.size
        following = self.rows[self.query.size - 1][1] if full else self.place
        going_on = full or self.stopped
        page = Page([row for row, _place in self.rows[: self.query.size]], begun, going_on)
        left = [step for n, step in enumerate(self.search.steps) if self.place.skipped >> n & 1]
        token = following.token(self.search) if going_on else ""
        return Found(page, token, self.stopped and not full, following.searched, self.taken, left)

    def _look(self, step: Step) -> None:
        """Take a step that an index or the key answers; one that takes too long is left out."""
        place = self.place
        try:
            with within(self.connection, min(self.half, self.deadline) - time.monotonic()):
                records = self.connection.execute(self._statement(step)).fetchall()
        except (TimedOut, Unreadable, BadValue):
            self.place = Place(place.step + 1, place.skipped | 1 << place.step, place.searched)
            return
        self._take(records)
        self.place = Place(place.step + 1, place.skipped, place.searched)

    def _take(self, records: Iterable[Sequence[Any]]) -> None:
        for record in records:
            position = tuple(record[-len(self.order) :])
            self.rows.append((self.query.selection.row(record), self.place._replace(position=position)))

    def _statement(self, step: Step) -> Any:
        """Return the SELECT of a step's rows from the place on, without those that earlier steps found."""
        order, conditions = list(self.order), [step.condition]
        if step.ordered:
            order.insert(0, step.ordered.sorting(self.query.table))
        if self.place.position:
            conditions = [self._behind(step)]
        return self._select(*conditions, *self._earlier()).order_by(*order)

    def _behind(self, step: Step) -> Any:
        later = self._compare(">", self.place.position)
        if step.ordered is None:
            return sa.and_(step.condition, later)
        here = sa.and_(*(e == v for e, v in self._pairs(self.place.position)))
        text = self.connection.execute(sa.select(step.ordered.expression).select_from(self.query.table.sa).where(here))
        found = text.scalar()
        return step.condition if found is None else step.ordered.behind(found, later)

    def _select(self, *conditions: Any) -> Any:
        most = self.query.size + 1 - len(self.rows)
        return self.query.selection.statement.where(*self.query.conditions, *conditions).limit(most)

    def _earlier(self) -> list[Any]:
        """Return the conditions that no earlier step found a row."""
        steps = enumerate(self.search.steps[: self.place.step])
        return [step.condition.is_not(sa.true()) for n, step in steps if not self.place.skipped >> n & 1]

    def _pairs(self, values: Sequence[Any]) -> list[tuple[Any, Any]]:
        typed = self.query.selection.identity.typed
        return [(e, typed(e, value)) for e, value in zip(self.order, values, strict=True)]

    def _compare(self, sign: str, values: Sequence[Any]) -> Any:
        """Return the condition that a row's key stands so to ``values``."""
        pairs = self._pairs(values)
        left, right = pairs[0] if len(pairs) == 1 else (sa.tuple_(*self.order), sa.tuple_(*(v for _e, v in pairs)))
        return left.op(sign, is_comparison=True)(right)

    def _scan(self) -> None:
        """Read row after row in the order of the key, in chunks of about CHUNK_SECONDS."""
        took = 0.0
        if self.rows:  # whoever looks for a key or a name has it: the rest can wait for a click
            self.deadline = min(self.deadline, time.monotonic() + (self.deadline - self.begun) * self.patience)
        while len(self.rows) <= self.query.size:
            begun = time.monotonic()
            if took and begun + took > self.deadline:  # at least one, so that going on leads somewhere
                self.stopped = True
                return
            try:
                with within(self.connection, max(self.deadline - begun, CHUNK_SECONDS)):
                    ended = self._read_chunk()
            except TimedOut:
                self.stopped = True
                return
            if ended:
                self.place = Place(self.place.step + 1, self.place.skipped, self.place.searched)
                return
            took = max(time.monotonic() - begun, 0.001)
            self.chunk = max(500, min(self.chunk * 4, int(self.chunk * CHUNK_SECONDS / took)))

    def _read_chunk(self) -> bool:
        """Read the rows of one chunk that fit; return whether it was the last."""
        start = self.place.position
        behind = [self._compare(">", start)] if start else []
        keys = sa.select(*self._keys()).select_from(self.query.table.sa).order_by(*self.order)
        end = self.connection.execute(keys.where(*behind).offset(self.chunk - 1).limit(1)).first()
        if end:
            behind.append(self._compare("<=", tuple(end)))
        self._take(self.connection.execute(self._select(*behind, *self._earlier()).order_by(*self.order)))
        if len(self.rows) > self.query.size:
            self._count_read(behind)
        if end:
            self.place = self.place._replace(position=tuple(end), searched=self.place.searched + self.chunk)
        return end is None

    def _keys(self) -> list[Any]:
        return [sa.label(f"k{n}", e) for n, e in enumerate(self.order)]

    def _count_read(self, behind: Sequence[Any]) -> None:
        """Note at the last row that will be shown how many rows were read up to it."""
        row, place = self.rows[self.query.size - 1]
        rows = sa.select(sa.func.count()).select_from(self.query.table.sa)
        read = self.connection.execute(rows.where(*behind, self._compare("<=", place.position))).scalar_one()
        self.rows[self.query.size - 1] = row, place._replace(searched=self.place.searched + read)


def read_excerpts(
    connection: sa.Connection, query: Query, rows: Sequence[Row], columns: Sequence[Column]
) -> Mapping[tuple[str, str], str]:
    """Return, by row and column, the part around the first found word of texts that were cut before it."""
    table, words = query.table, [word.lower() for word in query.hunt.words]
    wanted = [row for row in rows if any(_cut_before(row.values.get(c.name), words) for c in columns)][:100]
    if not wanted or not query.selection.identity.exact:
        return {}
    read = [_excerpt(table, column, words).label(f"x{n}") for n, column in enumerate(columns)]
    selection = Selection.of(table, (), LIST_CHARACTERS)
    which = sa.or_(*(selection.identity.clause(row.token) for row in wanted))
    found = {}
    for record in connection.execute(selection.statement.add_columns(*read).where(which)):
        token = selection.identity.token(record[: -len(read)])
        found.update({(token, c.name): text for c, text in zip(columns, record[-len(read) :], strict=True) if text})
    return found


def _cut_before(value: Any, words: Sequence[str]) -> bool:
    return isinstance(value, str) and len(value) > LIST_CHARACTERS and not any(w in value.lower() for w in words)


def _excerpt(table: Table, column: Column, words: Sequence[str]) -> Any:
    """Return the SQL of LIST_CHARACTERS around the first of the words that a column contains; NULL without any."""
    text = sa.cast(table.sql(column.name), sa.Text())
    find = sa.func.strpos if table.postgres else sa.func.instr
    places = [sa.func.nullif(find(sa.func.lower(text), sa.literal(word, sa.Text())), 0) for word in words]
    first: Any = places[0] if len(places) == 1 else sa.func.coalesce(*places)
    start = sa.case((first > 40, first - 40), else_=sa.case((first > 0, 1)))
    return sa.func.substr(text, start, LIST_CHARACTERS + 1, type_=sa.Text())


# -- Labels, pickers and what refers to a row ---------------------------------


def label_columns(table: Table) -> tuple[Column, ...]:
    """Guess what names a row for people: a name, first and last name, a unique text, else the first text."""
    links = {name for link in table.links for name in link.columns}
    texts = [c for c in table.columns if c.family in ("text", "any") and c.name not in links and not c.primary]
    words = {snake(c.name): c for c in texts if not NEVER_LABELS.search(c.name) and c.rules.length != 1}
    if pair := next(((words[a], words[b]) for a, b in PERSON_NAMES if a in words and b in words), None):
        return pair
    own = snake(table.name.name).removesuffix("s")
    names = [*LABEL_NAMES, f"{own}_name", f"{own}_title", own]
    named = [words[name] for name in names if name in words]
    unique = [c for c in words.values() if (c.name,) in table.unique]
    ending = [c for name, c in words.items() if name.endswith(("_name", "_title", "_label"))]
    return tuple([*named, *unique, *ending, *words.values()][:1])


PERSON_NAMES = (
    ("first_name", "last_name"), ("firstname", "lastname"), ("given_name", "family_name"), ("forename", "surname"),
)  # fmt: skip
LABEL_NAMES = ("full_name", "display_name", "name", "title", "label", "subject", "caption")
NEVER_LABELS = re.compile(
    r"pass|hash|token|secret|uuid|path|url|slug|phone|note|descr|remark|comment|body|content|text|bio|memo", re.I
)


def snake(name: str) -> str:
    """Return ``CompanyName`` and ``company name`` as ``company_name``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", name).lower()


class Label(NamedTuple):
    """What stands for a row where another refers to it: its address and its name."""

    token: str
    text: str


def read_labels(
    connection: sa.Connection,
    table: Table,
    columns: Sequence[str],
    keys: Iterable[tuple[Any, ...]],
    named: Sequence[Column],
) -> Mapping[tuple[Any, ...], Label]:
    """Return the labels of the rows of ``table`` whose ``columns`` have the given values, in one query."""
    wanted = [key for key in dict.fromkeys(keys) if None not in key and not any(isinstance(v, Blob) for v in key)]
    if not wanted or not set(columns) <= set(table.by_name):
        return {}
    read = [table.by_name[name] for name in columns]
    selection = Selection.of(table, [*read, *named], LIST_CHARACTERS)
    statement = selection.statement.where(_one_of(table, read, wanted)).limit(len(wanted) * 2)
    found = {}
    for record in connection.execute(statement):
        row = selection.row(record)
        found[tuple(row.values[name] for name in columns)] = Label(row.token, label_text(row, named))
    return found


def _one_of(table: Table, columns: Sequence[Column], keys: Sequence[tuple[Any, ...]]) -> Any:
    """Return the condition that the columns have one of the keys: with one parameter, where that can be."""
    if len(columns) > 1:
        return sa.or_(*(sa.and_(*(equals(table, c, v) for c, v in zip(columns, key, strict=True))) for key in keys))
    column, values = columns[0], [key[0] for key in keys]
    if table.postgres:
        array = sa.literal(values, postgresql.ARRAY(sa.Text()))
        return table.sql(column.name) == sa.any_(sa.cast(array, _Raw(f"{column.cast}[]")))
    if all(isinstance(value, int) for value in values):
        return table.sql(column.name).in_(values)
    return table.sql(column.name).in_([bind(table, column, value) for value in values])


def label_text(row: Row, named: Sequence[Column]) -> str:
    """Return a row's name: its label columns' texts, else its key."""
    values = [(c, row.values.get(c.name)) for c in named]
    text = " ".join(show(c, value, UTC, 80).text for c, value in values if value not in (None, ""))
    plain = unescape(row.token) if "~-" not in row.token and "~_" not in row.token else row.token
    return " ".join(text.split()) or plain


class Choices(NamedTuple):
    """Rows to pick from, each with its values and its label; whether there are more, or weren't all looked through."""

    rows: Sequence[tuple[tuple[Any, ...], Label]]
    more: bool = False
    cut: bool = False


def read_choices(
    connection: sa.Connection,
    table: Table,
    columns: Sequence[str],
    text: str,
    named: Sequence[Column],
    most: int = 20,
    *,
    seconds: float = 1.0,
    small: int = SMALL_TABLE,
    quick: bool = False,
) -> Choices:
    """Return up to ``most`` rows to pick from: the one with this key, then those whose names begin so or contain it.

    ``quick`` reads no large table row by row: what neither its key nor an index finds is told to be cut.
    """
    read = [table.by_name[name] for name in columns]
    shown = tuple(named) or tuple(c for c in read if KINDS[c.family].searchable)[:1]
    query = Query(table=table, columns=(*read, *named), search=text, searched=shown, compared=(), size=most)
    steps, cut = [_exact_pick(table, read[-1], text)] if text else [sa.true()], False
    walked = text and shown and query.selection.identity.order and not _is_small(connection, table, small)
    if text and shown and not walked:
        steps += _name_picks(query)
    found: dict[str, Row] = {}
    for condition in steps:
        statement = query.selection.statement.where(condition).limit(most + 1 - len(found))
        rows = [query.selection.row(record) for record in connection.execute(statement)]
        found.update((row.token, row) for row in sorted(rows, key=lambda row: label_text(row, named)))
        if len(found) > most:
            break
    if walked:  # whoever types a key, or how a name begins, wants an answer at each key press
        deadline, scans = time.monotonic() + seconds, not (found or quick)
        more = _Walk(connection, query, deadline, Place(), FIRST_CHUNK, patience=0, scans=scans).go()
        found.update((row.token, row) for row in more.page.rows if row.token not in found)
        cut = more.stopped or more.page.has_next
    picked = [(tuple(row.values[n] for n in columns), Label(t, label_text(row, named))) for t, row in found.items()]
    return Choices(picked[:most], len(picked) > most, cut)


def _exact_pick(table: Table, column: Column, text: str) -> Any:
    """Return the condition that a foreign key's target column is what was typed."""
    found = exactly(table, column, text)
    return sa.false() if found is None else found


def _name_picks(query: Query) -> Iterator[Any]:
    """Yield the conditions that a small table's names begin with the text, or contain its words."""
    texts: list[Any] = [sa.cast(query.table.sql(c.name), sa.Text()) for c in query.searched]
    name = texts[0] if len(texts) == 1 else sa.func.coalesce(texts[0], "").op("||")(" ").op("||")(texts[1])
    for spelled in dict.fromkeys([query.hunt.text, query.hunt.text[:1].upper() + query.hunt.text[1:]]):
        yield name.startswith(spelled, autoescape=True)
    yield sa.and_(*(name.icontains(word, autoescape=True) for word in query.hunt.words))


def suggested_links(
    connection: sa.Connection, catalogue: Catalogue, table: Table, columns: Sequence[Column]
) -> list[Link]:
    """Return what look like foreign keys that the database doesn't know: by name, and by the first rows' values."""
    found = []
    for column in columns:
        stem = re.fullmatch(r"(.{2,}?)_?(?:id|no|nr|code|key)", snake(column.name))
        if stem is None or column.name in table.links_by_column or table.key == (column.name,):
            continue
        for name in _tables_called(catalogue, table.name.schema, stem[1]):
            with suppress(FlaskAdminError, ValueError):
                target = catalogue.table(name)
                if len(target.key) == 1 and _all_there(connection, table, column, target):
                    found.append(Link((column.name,), name, target.key, DECLARED))
    return found


SUGGESTING_ROWS = 500


def _tables_called(catalogue: Catalogue, schema: str, stem: str) -> list[TableName]:
    """Return the tables that are called so, or by the plural."""
    names = {stem, f"{stem}s", f"{stem}es", re.sub("y$", "ies", stem)}
    return [name for name in catalogue.tables() if name.schema == schema and snake(name.name) in names]


def _all_there(connection: sa.Connection, table: Table, column: Column, target: Table) -> bool:
    """Whether the values of a column's first rows are all keys of ``target``."""
    c, there = table.sql(column.name), target.by_name[target.key[0]]
    if KINDS[column.family] is not KINDS[there.family]:
        return False
    read = sa.select(c).select_from(table.sa).where(c.is_not(None)).limit(SUGGESTING_ROWS)
    values = list({(row[0],) for row in connection.execute(read)})
    if not values:
        return False
    count = sa.select(sa.func.count()).select_from(target.sa).where(_one_of(target, [there], values))
    return bool(connection.execute(count).scalar_one() == len(values))


def refers(table: Table, link: Link, values: Sequence[Any]) -> Any:
    """Return the condition that a row of ``table`` refers by ``link`` to the row with these target values."""
    if any(value is None or isinstance(value, Blob) for value in values):
        return sa.false()  # NULL refers to nothing, and of bytes only those of a key are at hand (with_bytes)
    pairs = zip(link.columns, values, strict=True)
    return sa.and_(*(equals(table, table.by_name[name], value) for name, value in pairs))


def with_bytes(table: Table, row: Row) -> Row:
    """Return a row with the bytes of its key, which its address holds, so that rows can be found that refer to it."""
    if not any(isinstance(row.values.get(name), Blob) for name in table.key):
        return row
    found = zip(table.key, key_values(row.token), strict=False)
    return Row(row.token, {**row.values, **{name: value for name, value in found if isinstance(value, bytes)}})


RELATED_SORTED = 1_000  # so many rows are sorted in no time


def read_related(
    connection: sa.Connection, child: Table, link: Link, values: Mapping[str, Any], columns: Sequence[Column],
    offset: int = 0, size: int = 5,
) -> tuple[list[Row], int | None]:  # fmt: skip
    """Return some of the rows that refer by ``link`` to the row with these values, and how many do (None: too many).

    Too many to sort come in no order, and from the first on, whatever the offset.
    """
    selection = Selection.of(child, columns, 80)
    statement = selection.statement.where(refers(child, link, [values.get(name) for name in link.target_columns]))
    rows = [] if offset else [selection.row(record) for record in connection.execute(statement.limit(size + 1))]
    if not offset and len(rows) <= size:
        return sorted(rows, key=lambda row: [part.rjust(30) for part in row.token.split(",")]), len(rows)
    count = count_referring(connection, child, link, values)
    if count is not None and count <= RELATED_SORTED:
        offset = offset if offset < count else 0
        statement = statement.order_by(*selection.identity.order).offset(offset)
    return [selection.row(record) for record in connection.execute(statement.limit(size))], count


def count_referring(
    connection: sa.Connection, child: Table, link: Link, values: Mapping[str, Any], most: int = FEW_ROWS
) -> int | None:
    """Return how many rows of ``child`` refer by ``link`` to the row with these values; None: more than ``most``."""
    key = [values.get(name) for name in link.target_columns]
    bounded = sa.select(sa.literal(1)).select_from(child.sa).where(refers(child, link, key)).limit(most + 1)
    count: int = connection.execute(sa.select(sa.func.count()).select_from(bounded.subquery())).scalar_one()
    return count if count <= most else None


def joined_by(table: Table, link: Link) -> Link | None:
    """Return the other foreign key of a table that has nothing but two, and perhaps a key that the database gives."""
    others = [other for other in table.links if other.columns != link.columns]
    if len(table.links) != 2 or len(others) != 1 or {*others[0].columns} <= {*link.columns}:
        return None
    rest = [column for column in table.columns if column.name not in (*link.columns, *others[0].columns)]
    generated = all(c.primary and c.optional or c.automatic == "identity" for c in rest)
    return others[0] if len(rest) <= 1 and generated else None


@dataclass(frozen=True)
class Effect:
    """What deleting a row does to the rows that refer to it by one foreign key."""

    table: Table
    link: Link
    count: int | None  # None: more than FEW_ROWS
    level: int
    sample: Sequence[Row]

    @property
    def blocks(self) -> bool:
        """Whether the database will refuse because of these rows."""
        return self.link.on_delete in ("NO ACTION", "RESTRICT") and self.count != 0


def delete_effects(
    connection: sa.Connection, catalogue: Catalogue, table: Table, where: Any, level: int = 1
) -> list[Effect]:
    """Return what the database's own rules do when the rows of ``table`` that ``where`` finds go, two levels deep."""
    found = []
    for name, link in catalogue.referring(table.name):
        child = catalogue.table(name)
        condition = _referring_rows(table, where, child, link)
        effect = _effect(connection, child, link, condition, level)
        if effect.count != 0:
            found.append(effect)
            if link.on_delete == "CASCADE" and level == 1:
                found += delete_effects(connection, catalogue, child, condition, level + 1)
    return found


def _referring_rows(table: Table, where: Any, child: Table, link: Link) -> Any:
    """Return the condition that a row of ``child`` refers to one of the rows that ``where`` finds in ``table``."""
    targets = [sa.type_coerce(table.sql(name), sa.types.NullType()) for name in link.target_columns]
    chosen = sa.select(*targets).select_from(table.sa).where(where).correlate(None)
    columns = [child.sql(name) for name in link.columns]
    return (columns[0] if len(columns) == 1 else sa.tuple_(*columns)).in_(chosen)


def _effect(connection: sa.Connection, child: Table, link: Link, condition: Any, level: int) -> Effect:
    selection = Selection.of(child, label_columns(child), LIST_CHARACTERS)
    sample = [selection.row(r) for r in connection.execute(selection.statement.where(condition).limit(6))]
    count: int | None = len(sample)
    if len(sample) > 5:
        bounded = sa.select(sa.literal(1)).select_from(child.sa).where(condition).limit(FEW_ROWS + 1).subquery()
        rows: int = connection.execute(sa.select(sa.func.count()).select_from(bounded)).scalar_one()
        count = rows if rows <= FEW_ROWS else None
    return Effect(child, link, count, level, sample[:5])


# -- Facets and figures -------------------------------------------------------

SAMPLE_ROWS = 100_000
TOP_VALUES = 20
MOST_BARS = 60
FACET_CHARACTERS = 200  # a longer value is shown, but can't be asked for by an address
CALENDAR = ("0002-01-01", "9000-01-01")  # beyond stand infinity, BC, and what programs write for never
SAMPLED_KINDS = frozenset({"table", "partition", "partitioned table", "materialised view"})
FIGURE_PARAMETERS = frozenset({"by", "period", "of", "how", "form"})


def filter_pairs(column: Column, operator: str, value: Any = None) -> list[tuple[str, str]]:
    """Return the parameters of a list's address that keep the rows where ``column`` is as the operator says.

    Operators: "is", "null", "gte" (from ``value`` on), "lt" (below it).
    """
    name = filter_name((column.name,), operator)
    if name in FIGURE_PARAMETERS:
        name = f"col.{name}"
    text = filter_text(column, value) if operator == "is" else str(value)
    return [(name, "yes" if operator == "null" else text)]


def filter_text(column: Column, value: Any) -> str:
    """Return a value as a filter's text: plain, or marked (``~``) where the plain text would find others too."""
    if isinstance(value, str):
        odd = value.startswith("~") or any("\ud800" <= c <= "\udfff" for c in value)
        if not odd and not (not column.cast and _read_widely(column, value)):
            return value
        part = _part(value)
        return part if part[0] == "~" else _first_escaped(part)
    numeric = column.family in NUMBERS or column.family == "boolean"
    if isinstance(value, int):
        return str(value) if numeric else f"~i{value}"
    short = isinstance(value, float) and numeric and math.isfinite(value) and len(repr(value)) <= 15
    return repr(value) if short else _part(value)


def _read_widely(column: Column, text: str) -> bool:
    """Whether a filter of SQLite takes a text for more than itself (a number, all of a day), or for no value."""
    if column.family == "any":
        return bool(Number.pattern.fullmatch(text.strip()))
    if column.family not in MOMENTS:
        return False
    short = len(text) < len("2026-11-22 21:04:05") and column.family != "date"
    return short or not KINDS[column.family].fits(text)


def range_pairs(column: Column, low: Any, high: Any) -> list[tuple[str, str]] | None:
    """Return the parameters of a list's address that keep the rows from ``low`` to below ``high``.

    None where no filter can say it: beyond what the column's type or rules let be asked for.
    """
    ends = [("gte", low), ("lt", high)]
    if column.family in NUMBERS and column.cast:
        most = Decimal("3.4028e38" if column.cast == "real" else "1.7976e308")
        if column.family == "float" and max(abs(Decimal(end)) for _, end in ends) > most:
            return None
        # Beyond the column's own bounds there is nothing, and a filter would be refused.
        ends = [(operator, end) for operator, end in ends if _in_range(column, end)]
    return [pair for operator, end in ends for pair in filter_pairs(column, operator, end)] or None


class Figures:
    """Reads figures of a query's rows within a time budget: of all rows or, once that proved too slow, of a sample."""

    def __init__(self, database: Database, query: Query, seconds: float) -> None:
        self.database = database
        self.query = query
        self.table = query.table
        self.deadline = time.monotonic() + seconds
        self.sampled = False
        self.totals: dict[str, Totals] = {}  # by column: a page's summary and its chart need the same

    def read(self, columns: Sequence[Column], make: Callable[[Any], Any], most: int | None = None) -> Sequence[Any]:
        """Return the records of the statement that ``make`` builds over the rows' ``columns``. Raises TimedOut."""
        if not self.sampled:
            with suppress(TimedOut):
                return self._run(make(self._looked(columns, most)), 0.4)
            self.sampled = True
        return self._run(make(self._looked(columns, most)), 0.5)

    def words(self, rows: int) -> str:
        """Return what the figures are of, or "" where it is all rows."""
        if not self.sampled or (rows < SAMPLE_ROWS and not self._share):
            return ""
        return f"a random sample of {rows:,} rows" if self._share else f"the first {rows:,} rows"

    @cached_property
    def _share(self) -> float:
        """The percentage of a table's pages that a random sample takes; 0 where the first rows must do."""
        estimate = self.table.listed.rows or 0
        able = self.table.postgres and self.table.listed.kind in SAMPLED_KINDS and not self.query.conditions
        return 100 * SAMPLE_ROWS / estimate if able and estimate > SAMPLE_ROWS else 0.0

    def _looked(self, columns: Sequence[Column], most: int | None) -> Any:
        """Return the rows to look at, as a subquery: ``v`` and a column's position name its values."""
        source: Any = self.table.sa
        if self.sampled and self._share:
            sampling = sa.func.system(sa.literal(self._share, sa.Float()))
            source = sa.tablesample(source, sampling, name="sampled", seed=sa.literal_column("1"))
        raw = [sa.type_coerce(source.c[c.key], sa.types.NullType()).label(f"v{c.position}") for c in columns]
        statement = sa.select(*raw, sa.literal_column("1").label("one")).select_from(source)
        if self.sampled and not self._share:
            most = most or SAMPLE_ROWS
        first = self._first() if most else ()
        return statement.where(*self.query.conditions).order_by(*first).limit(most).subquery("looked")

    def _first(self) -> list[Any]:
        """Return the order of the first rows: SQLite might else read them off an index, in the order of its values."""
        if self.table.postgres or self.query.conditions:
            return []
        return [_rowid(self.table)] if self.table.rowid else [self.table.sql(name) for name in self.table.key]

    def _run(self, statement: Any, share: float) -> Sequence[Any]:
        seconds = (self.deadline - time.monotonic()) * share
        if seconds < 0.01:
            raise TimedOut("The time for this page was spent.", "Narrow it by a filter or a search.")
        with self.database.reading(seconds) as connection:
            return connection.execute(statement).fetchall()


def _raw(looked: Any, column: Column) -> Any:
    return looked.c[f"v{column.position}"]


def _as_text(table: Table, expression: Any) -> Any:
    """Return a value to be fetched: PostgreSQL's as text, as everywhere."""
    return sa.cast(expression, sa.Text()) if table.postgres else expression


def _on_axis(table: Table, column: Column, v: Any) -> Any:
    """Return the condition that a value has a place on an axis: a finite number, a day of the calendar."""
    if column.family in NUMBERS:
        return _is_finite(table, column, v)
    if column.family not in MOMENTS:
        return sa.true()
    within = sa.and_(*(c(v, bind(table, column, day)) for c, day in zip((ge, lt), CALENDAR, strict=True)))
    if table.postgres:
        return within
    # Without a step, date() takes 31 February; behind the seconds an offset may stand, which would shift the day.
    day = sa.func.date(sa.func.substr(v, 1, 19), "+0 days")
    return sa.and_(sa.func.typeof(v) == "text", day == sa.func.substr(v, 1, 10), within)


def _is_finite(table: Table, column: Column, v: Any) -> Any:
    if not table.postgres:
        kinds = sa.func.typeof(v).in_(("integer", "real"))
        return sa.and_(kinds, v > sa.literal_column("-9e999"), v < sa.literal_column("9e999"))
    if column.family == "float":
        return v.op("-")(v).op("=")(sa.literal_column("0"))
    return sa.func.scale(v).is_not(None) if column.family == "decimal" else v.is_not(None)


def exact(value: Any) -> Decimal | None:
    """Return a number as the database gave it, exactly; None for NULL and for what is no finite number."""
    if value is None:
        return None
    number = Decimal(repr(value) if isinstance(value, float) else str(value))
    return number if number.is_finite() else None


class Totals(NamedTuple):
    """A column within a query: rows looked at, not NULL, with a place on an axis, empty texts; the ends; the lengths.

    ``lowest`` and ``highest`` are values as the database gives them.
    """

    rows: int
    present: int
    fit: int
    empty: int
    lowest: Any
    highest: Any
    average: Decimal | None
    shortest: int | None
    longest: int | None
    note: str  # what the rows are a sample of, or ""


def read_totals(figures: Figures, column: Column) -> Totals:
    """Return a column's totals, in one pass over the rows."""
    found = figures.totals.get(column.name)
    if found is None and column.family == "float":
        with suppress(BadValue):  # a sum of floats may have no float
            found = _read_totals(figures, column, average=True)
    if found is None:
        found = _read_totals(figures, column, average=column.family in NUMBERS - {"float"})
    figures.totals[column.name] = found
    return found


def _read_totals(figures: Figures, column: Column, *, average: bool) -> Totals:
    table = figures.table

    def make(looked: Any) -> Any:
        v = _raw(looked, column)
        fit = sa.case((_on_axis(table, column, v), v)) if column.family in NUMBERS | MOMENTS else v
        # LIMIT -1, so that SQLite works ``fit`` out once a row.
        once = sa.select(v.label("v"), fit.label("fit")).limit(None if table.postgres else -1).subquery("once")
        v, fit = once.c.v, once.c.fit
        counts = [sa.func.count(), sa.func.count(v), sa.func.count(fit)]
        return sa.select(*counts, *_ends(table, column, v, fit, average)).select_from(once)

    found = figures.read([column], make)[0]
    lengths = [None if value is None else int(value) for value in found[7:9]]
    return Totals(
        rows=found[0], present=found[1], fit=found[2], empty=found[3] or 0, lowest=found[4], highest=found[5],
        average=exact(found[6]), shortest=lengths[0], longest=lengths[1], note=figures.words(found[0]),
    )  # fmt: skip


def _ends(table: Table, column: Column, v: Any, fit: Any, average: bool) -> list[Any]:
    """Return what of the totals depends on the family: empty texts, lowest, highest, average, lengths."""
    none = sa.null()
    if column.family in NUMBERS | MOMENTS or column.family == "time":
        mean = sa.func.avg(fit) if average else none
        return [none, *(_as_text(table, e) for e in (sa.func.min(fit), sa.func.max(fit), mean)), none, none]
    if column.family != "text":
        return [none] * 6
    text = _as_text(table, v)
    ends = [_clipped(table, expression) for expression in (sa.func.min(text), sa.func.max(text))]
    lengths = [f(sa.func.length(text)) for f in (sa.func.min, sa.func.max)]
    return [sa.func.count(sa.case((text == "", 1))), *ends, none, *lengths]


def _clipped(table: Table, expression: Any) -> Any:
    """Return a value cut behind FACET_CHARACTERS, so that no page holds a book."""
    if table.postgres:
        return sa.func.left(sa.cast(expression, sa.Text()), FACET_CHARACTERS + 1)
    long = sa.and_(
        sa.func.typeof(expression).in_(("text", "blob")), sa.func.length(expression) > FACET_CHARACTERS
    )  # fmt: skip
    return sa.case((long, sa.func.substr(expression, 1, FACET_CHARACTERS + 1)), else_=expression)


class Bar(NamedTuple):
    """One bar: its value, or the range from ``value`` to below ``high``; its rows; its figure."""

    value: Any
    high: Any
    rows: int
    figure: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Series:
    """A chart's numbers: its bars, what stands beside them, and how many rows were looked at."""

    bars: Sequence[Bar] = ()
    rows: int = 0
    missing: Bar | None = None  # the rows where the column is NULL
    odd: int = 0  # rows whose value has no place on the axis
    others: int = 0  # distinct values beyond the shown ones, and their rows
    other_rows: int = 0
    period: str = ""  # of a chart over time; "values" where each value has its bar
    note: str = ""  # what the rows are a sample of, or ""


HOW = ("count", "sum", "average")


def _amount(table: Table, of: Column | None, looked: Any) -> Any:
    """Return the number that is summed; 0 where rows are counted."""
    if of is None:
        return sa.literal_column("0")
    v = _raw(looked, of)
    number = sa.case((_on_axis(table, of, v), v))
    return sa.cast(number, sa.Numeric()) if table.postgres and of.family == "integer" else number


def _sum(table: Table, expression: Any) -> Any:
    """Return a sum; SQLite's own sum() fails where integers grow beyond 64 bits."""
    return sa.func.sum(expression) if table.postgres else sa.func.total(expression)


def _figure(how: str, rows: int, numbers: int, total: Any) -> Decimal | None:
    if how == "count":
        return Decimal(rows)
    amount = exact(total) if total is not None else Decimal(0)
    if how == "sum" or amount is None:
        return amount
    return amount / numbers if numbers else None


def read_values(figures: Figures, by: Column, of: Column | None = None, how: str = "count",
                most: int = TOP_VALUES) -> Series:  # fmt: skip
    """Return a bar for each of a column's top values: by rows, or by the sum."""
    table = figures.table

    def make(looked: Any) -> Any:
        v, amount = _grouped_value(table, by, _raw(looked, by)), _amount(table, of, looked)
        rows, total = sa.func.count(), _sum(table, amount)
        best = total if how == "sum" else rows
        shown = [_clipped(table, v).label("shown"), rows, sa.func.count(amount), _as_text(table, total)]
        whole = [sa.func.count().over(), sa.func.sum(rows).over(), v.is_(None)]
        statement = sa.select(*shown, *whole).select_from(looked).group_by(v)
        return statement.order_by(v.is_(None).desc(), best.desc().nulls_last(), sa.asc("shown")).limit(most + 1)

    found = figures.read(list(dict.fromkeys([by, *([of] if of else [])])), make)
    null = [record for record in found if record[6]]
    bars = [_value_bar(record, how) for record in found if not record[6]][:most]
    missing = _value_bar(null[0], how) if null else None
    rows = int(found[0][5]) if found else 0
    shown = sum(bar.rows for bar in bars) + (missing.rows if missing else 0)
    others = found[0][4] - len(bars) - len(null) if found else 0
    return Series(bars=bars, rows=rows, missing=missing, others=others, other_rows=rows - shown, period="values",
                  note=figures.words(rows))  # fmt: skip


def _grouped_value(table: Table, by: Column, v: Any) -> Any:
    """Return what makes rows one group: of SQLite's truths, which have many spellings, the meaning."""
    if table.postgres or by.family != "boolean":
        return v
    return sa.case(*((v.in_(_spellings(bool(truth))), sa.literal_column(str(truth))) for truth in (0, 1)), else_=v)


def _value_bar(record: Sequence[Any], how: str) -> Bar:
    return Bar(record[0], None, record[1], _figure(how, record[1], record[2], record[3]))


def read_series(figures: Figures, by: Column, zone: ZoneInfo, period: str = "", of: Column | None = None,
                how: str = "count", most: int = TOP_VALUES) -> Series:  # fmt: skip
    """Return a bar for each period of a date, for each range of a number, or for each top value of any other."""
    discrete = by.name in figures.table.links_by_column or by.rules.choices
    if period == "values" or by.family not in NUMBERS | MOMENTS or (by.family in NUMBERS and discrete):
        return read_values(figures, by, of, how, most)
    totals = read_totals(figures, by)
    if not totals.fit:
        return Series(rows=totals.rows, odd=totals.present - totals.fit, missing=_missing(totals, how),
                      period=period, note=totals.note)  # fmt: skip
    if by.family in MOMENTS:
        period, edges = date_edges(by, totals, period, zone)
        return _read_edges(figures, by, edges, of, how, period)
    low, high = (Decimal(str(exact(end))) for end in (totals.lowest, totals.highest))
    numbers = number_edges(low, high, by.family)
    return _read_edges(figures, by, [_number(figures.table, edge) for edge in numbers], of, how, "")


def _missing(totals: Totals, how: str) -> Bar | None:
    rows = totals.rows - totals.present
    return Bar(None, None, rows, Decimal(rows) if how == "count" else None) if rows else None


def _number(table: Table, edge: Decimal) -> Any:
    if table.postgres:
        return format(edge, "f")
    return int(edge) if edge == edge.to_integral_value() and abs(edge) < 2**63 else float(edge)


def _read_edges(figures: Figures, by: Column, edges: Sequence[Any], of: Column | None, how: str, period: str) -> Series:
    """Return a bar for each pair of neighbouring edges, empty ones too."""
    table = figures.table
    inner = [bind(table, by, edge) for edge in edges[1:-1]]

    def make(looked: Any) -> Any:
        v = _raw(looked, by)
        place = sa.case((v.is_(None), -1), (sa.not_(sa.func.coalesce(_on_axis(table, by, v), sa.false())), -2),
                        else_=_place(v, inner))  # fmt: skip
        placed = sa.select(place.label("place"), _amount(table, of, looked).label("amount")).subquery("placed")
        counts = [sa.func.count(), sa.func.count(placed.c.amount), _as_text(table, _sum(table, placed.c.amount))]
        return sa.select(placed.c.place, *counts).group_by(placed.c.place)

    found = {record[0]: record[1:] for record in figures.read(list(dict.fromkeys([by, *([of] if of else [])])), make)}
    bars = [
        Bar(low, high, count[0], _figure(how, *count))
        for n, (low, high) in enumerate(pairwise(edges))
        for count in [found.get(n, (0, 0, None))]
    ]
    rows = sum(count[0] for count in found.values())
    null = Bar(None, None, found[-1][0], _figure(how, *found[-1])) if -1 in found else None
    odd = found[-2][0] if -2 in found else 0
    return Series(bars=bars, rows=rows, missing=null, odd=odd, period=period, note=figures.words(rows))


def _place(v: Any, edges: Sequence[Any], first: int = 0) -> Any:
    """Return the number of the range that a value stands in, by halves: six comparisons find one of sixty."""
    if not edges:
        return sa.literal_column(str(first))
    middle = len(edges) // 2
    below, above = _place(v, edges[:middle], first), _place(v, edges[middle + 1 :], first + middle + 1)
    return sa.case((v < edges[middle], below), else_=above)


# How long each period is, in days or in months; shown are those that make at most MOST_BARS bars.
BAR_PERIODS: Mapping[str, tuple[int, int]] = {
    "day": (1, 0), "week": (7, 0), "month": (0, 1), "quarter": (0, 3), "year": (0, 12), "5 years": (0, 60),
    "10 years": (0, 120), "50 years": (0, 600), "100 years": (0, 1200), "500 years": (0, 6000),
}  # fmt: skip


def period_starts(first: date, last: date, period: str) -> list[date]:
    """Return the first days of all periods from that of ``first`` on, and that of the one behind ``last``."""
    days, months = BAR_PERIODS[period]
    if days:
        start = first - timedelta(first.weekday() if days == 7 else 0)
        return [start + timedelta(n * days) for n in range((last - start).days // days + 2)]
    begin, end = ((day.year * 12 + day.month - 1) // months for day in (first, last))
    return [date(max(1, n * months // 12), n * months % 12 + 1, 1) for n in range(begin, end + 2)]


def _bars_at_least(first: date, last: date, period: str) -> int:
    days, months = BAR_PERIODS[period]
    return (last - first).days // (days or months * 30)


def fitting_period(first: date, last: date, period: str) -> str:
    """Return ``period``, or the next longer one that doesn't make too many bars."""
    names = list(BAR_PERIODS)
    for name in names[names.index(period) if period in names else 0 :]:
        if _bars_at_least(first, last, name) <= 2 * MOST_BARS and len(period_starts(first, last, name)) <= (
            MOST_BARS + 1 if period not in names else 2 * MOST_BARS + 1
        ):
            return name
    return names[-1]


def date_edges(by: Column, totals: Totals, period: str, zone: ZoneInfo) -> tuple[str, list[str]]:
    """Return the period, and the moments that bound each of its bars; a day of an instant is the viewer's."""
    first, last = (_day(by, end, zone) for end in (totals.lowest, totals.highest))
    fitting = fitting_period(first, last, period)
    starts = period_starts(first, last, fitting)
    if by.family != "instant":
        return fitting, [start.isoformat() for start in starts]
    midnights = [datetime.combine(start, time_of_day(), zone) for start in starts]
    return fitting, [midnight.isoformat(" ") for midnight in midnights]


def _day(by: Column, value: str, zone: ZoneInfo) -> date:
    if by.family != "instant" or not by.cast:
        return date.fromisoformat(value[:10])
    return datetime.fromisoformat(value).astimezone(zone).date()


def number_edges(low: Decimal, high: Decimal, family: str, most: int = 20) -> list[Decimal]:
    """Return round bounds, equally far from each other, of at most ``most`` ranges that hold ``low`` and ``high``."""
    with localcontext(prec=800, Emax=MAX_EMAX, Emin=MIN_EMIN):
        size = (high - low).adjusted() if high > low else max(low.adjusted(), 0) if low else 0
        for exponent in range(max(size - 2, 0) if family == "integer" else size - 2, size + 3):
            for digit in (1, 2, 5):
                step = Decimal(digit).scaleb(exponent)
                first, last = ((end / step).to_integral_value(ROUND_FLOOR) for end in (low, high))
                if last - first < most:
                    return [(first + n) * step for n in range(int(last - first) + 2)]
    raise Invalid("The numbers are too far apart for a chart.")


def read_present(figures: Figures, columns: Sequence[Column]) -> tuple[int, list[int]]:
    """Return the rows, and of each column how many of them aren't NULL, in one pass."""

    def make(looked: Any) -> Any:
        return sa.select(sa.func.count(), *(sa.func.count(_raw(looked, column)) for column in columns))

    rows, *present = figures.read(columns, make)[0]
    return rows, present


def read_variety(figures: Figures, columns: Sequence[Column], most: int = 1000) -> tuple[int, list[int]]:
    """Return how many rows the first ``most`` are, and how many distinct values each column has among them."""

    def make(looked: Any) -> Any:
        distinct = [sa.func.count(_raw(looked, column).distinct()) for column in columns]
        return sa.select(sa.func.count(), *distinct).select_from(looked)

    rows, *found = figures.read(columns, make, most)[0]
    return rows, found


# -- Reading everything -------------------------------------------------------

MESSAGES = 500  # of COPY, a row each, that are joined at once
BLOCK = 65_536  # bytes of an export that are handed on at once
STREAM_SECONDS = 3600.0  # which an export may take, once its first row is there
SQLITE_ARGUMENTS = 100  # that a function takes, at least
STATEMENT_ROWS = 100  # that one INSERT of a script brings
STATEMENT_CHARACTERS = 500_000
FORMULA = "=+-@\t\r"  # a cell that begins so is a formula to a spreadsheet
JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
POSTGRES_SCRIPT = """\
BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL lc_monetary = 'C';
SET LOCAL xmloption = 'content';
SET CONSTRAINTS ALL DEFERRED;
"""
SQLITE_SCRIPT = "BEGIN;\nPRAGMA defer_foreign_keys = ON;\n"


class AllRows:
    """All the rows that a list's query finds, on whatever page, or those of them that ``tokens`` choose.

    One statement reads them, so they are of one moment. The first must come within the transaction's budget; the
    others have STREAM_SECONDS. Values are exact. SQLite's are what is stored: None, int, float, bytes, or str with
    lone surrogates for bytes that aren't UTF-8. PostgreSQL's are the texts that COPY writes, None for NULL.
    """

    def __init__(
        self, database: Database, connection: sa.Connection, query: Query, columns: Sequence[Column],
        tokens: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.database = database
        self.connection = connection
        self.query = query
        self.table = query.table
        self.columns = columns
        self.identity = Identity.of(query.table)
        self.chosen = self._chosen(tokens)

    def _chosen(self, tokens: Sequence[str]) -> list[Any]:
        """Return the condition that a row is one of those that ``tokens`` address."""
        if tokens and isinstance(self.identity, ValuesIdentity):
            raise BadValue("Its rows have no key, so single ones can't be chosen.", "Filter the list, and export that.")
        try:
            return [sa.or_(*(self.identity.clause(token) for token in tokens))] if tokens else []
        except (ValueError, OverflowError):
            raise BadValue("One of the chosen rows has no such address.", "Choose them in the list again.") from None

    def _statement(self, expressions: Iterable[Any]) -> sa.Select[Any]:
        labels = [expression.label(f"c{n}") for n, expression in enumerate(expressions)]
        found = sa.select(*labels).select_from(self.table.sa).where(*self.query.conditions, *self.chosen)
        return found.order_by(*self._order())

    def _order(self) -> list[Any]:
        """Return the list's own order; NULLs come last in both directions."""
        sorts = self.query.sorts
        down = self.query.descending and not self.query.then
        found = []
        for column, falling in sorts:
            c = self.table.sql(column.name)
            order = c.desc() if falling else c.asc()
            found.append(order.nulls_last() if column.nullable or column.primary else order)
        key = [e.desc() if down else e.asc() for e in self.identity.order]
        return [*found, *(key or (_ties(self.table) if found else ()))]

    def rows(self) -> Iterator[Sequence[Any]]:
        """Yield the values of each row."""
        if not self.table.postgres:
            yield from self._cursor(self._plain())
            return
        with self._copy(self._plain(), "FORMAT text") as copy:
            yield from copy.rows()

    def csv(self, *, safe: bool) -> Iterator[bytes]:
        """Yield the rows as lines of CSV; ``safe``: a text that would be a formula begins with an apostrophe."""
        return self._postgres_csv(safe) if self.table.postgres else self._sqlite_csv(safe)

    def _plain(self) -> list[Any]:
        """Return the columns as they are, without a cast to text, which takes the blanks from a char(n)."""
        return [sa.type_coerce(self.table.sql(column.name), sa.types.NullType()) for column in self.columns]

    @contextmanager
    def _copy(self, expressions: Iterable[Any], options: str) -> Iterator[Any]:
        """Open a COPY of the rows to here."""
        if self.connection.dialect.driver != "psycopg":
            raise Unavailable("Exports need the driver psycopg 3.", "This application uses another one for PostgreSQL.")
        self.connection.execute(self._statement([sa.literal(1)]).limit(1)).first()  # it takes what all would take
        self.database.allow(self.connection, STREAM_SECONDS)
        sql, values = rendered(self.connection, self._statement(expressions))
        raw: Any = self.connection.connection.driver_connection
        command = f"COPY ({sql}) TO STDOUT ({options})"
        with in_words(self.connection), raw.cursor() as cursor, cursor.copy(command, values) as copy:
            yield copy

    def _cursor(self, expressions: Iterable[Any], text: Any = tolerant_text) -> Iterator[Any]:
        """Yield SQLite's rows; ``text`` makes texts of their bytes."""
        sql, values = rendered(self.connection, self._statement(expressions))
        raw: Any = self.connection.connection.driver_connection
        raw.text_factory = text  # the transaction puts it back
        with in_words(self.connection), closing(raw.execute(sql, values)) as cursor:
            self.database.allow(self.connection, STREAM_SECONDS)
            yield from cursor

    def _postgres_csv(self, safe: bool) -> Iterator[bytes]:
        pairs = zip(self._plain(), self.columns, strict=True)
        expressions = [_without_formula(c) if safe and o.family not in NUMBERS else c for c, o in pairs]
        with self._copy(expressions, "FORMAT csv, ENCODING 'UTF8'") as copy:
            yield from in_blocks(self._messages(copy))

    def _messages(self, copy: Any) -> Iterator[bytes]:
        """Yield what a COPY sends, all that has arrived at once: psycopg's own way takes twice as long for a row."""
        arrived: Any = self.connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
        size = 1
        while size >= 0:
            held: list[Any] = []
            while len(held) < MESSAGES and (size := (found := arrived.get_copy_data(1))[0]) > 0:
                held.append(found[1])
            if not size and (message := copy.read()):  # it waits
                held.append(message)
            if not held:
                break
            yield b"".join(held)
        while result := arrived.get_result():
            if result.error_message:
                raise self.connection.dialect.loaded_dbapi.errors.error_from_result(result)

    def _sqlite_csv(self, safe: bool) -> Iterator[bytes]:
        """Let SQLite write the lines as JSON arrays, by far its fastest way, and make CSV of many at once."""
        mark = secrets.token_hex(8)
        raw: Any = self.connection.connection.driver_connection
        raw.create_function("flaskadmin_repr", 1, repr, deterministic=True)
        lines = (record[0] for record in self._cursor([ArrayLine(self.table, self.columns, mark).sql], bytes))
        return (_csv_of_arrays(block, mark.encode(), safe) for block in in_blocks(lines, b"\r\n"))


class ArrayLine:
    """The SQL of a row as JSON arrays, where SQLite's JSON is exact; what else there is stands between marks.

    Nobody who wrote into the database could know ``mark``. ``sql`` is an array, or several with line breaks between.
    """

    def __init__(self, table: Table, columns: Sequence[Column], mark: str) -> None:
        self.table = table
        self.stored = table.listed.kind in ("table", "shadow table")
        self.mark: Any = sa.literal_column(f"'{mark}'")
        self.null: Any = sa.literal_column(f"'{mark}{mark}'")
        self.bytes: list[Any] = [sa.literal_column(f"'{mark}x'''"), sa.literal_column(f"'''{mark}'")]
        texts = [column for column in columns if self._holds_texts(column)]
        self.sql = self._arrays([self._any(column) for column in columns])
        if texts and len(texts) <= SQLITE_ARGUMENTS:  # a longer chain of OR may be too deep for it
            blob = sa.or_(*(sa.func.typeof(self._plain(column)) == sa.literal_column("'blob'") for column in texts))
            usual = [self._text(column) if column in texts else self._any(column) for column in columns]
            self.sql = sa.case((blob, self.sql), else_=self._arrays(usual))

    def _holds_texts(self, column: Column) -> bool:
        """Whether a column's declaration makes SQLite keep numbers as texts, so that only bytes are left besides."""
        declared = column.type.upper()
        return (
            self.stored
            and not column.automatic
            and "INT" not in declared
            and bool(re.search("CHAR|CLOB|TEXT", declared))
        )

    def _plain(self, column: Column) -> Any:
        return sa.type_coerce(self.table.sql(column.name), sa.types.NullType())

    def _text(self, column: Column) -> Any:
        return sa.func.ifnull(self._plain(column), self.null)

    def _any(self, column: Column) -> Any:
        """Tell the classes apart. A computed text may be JSON to SQLite, which has no quotes: ``|| ''`` ends that."""
        c = self._plain(column)
        text = c if self.stored and not column.automatic else concatenated([c, sa.literal_column("''")])
        cases = {"integer": c, "null": self.null, "real": self._real(c), "text": text}
        blob = concatenated([self.bytes[0], sa.func.hex(c), self.bytes[1]])
        kinds: list[Any] = [(sa.literal_column(f"'{kind}'"), expression) for kind, expression in cases.items()]
        return sa.case(dict(kinds), value=sa.func.typeof(c), else_=blob)

    def _real(self, c: Any) -> Any:
        """Leave numbers of up to four decimals to SQLite: their 15 digits are exact. Python writes the others."""
        ten_thousand: Any = sa.literal_column("10000.0")
        small = sa.func.abs(c).between(sa.literal_column("0.0001"), sa.literal_column("1e11"))
        rest = sa.func.round(c.op("*")(ten_thousand)).op("/")(ten_thousand).op("-")(c)  # "=" would want c's collation
        marked = concatenated([self.mark, sa.func.flaskadmin_repr(c), self.mark])
        return sa.case((sa.and_(small, rest == sa.literal_column("0.0")), c), else_=marked)

    @staticmethod
    def _arrays(cells: Sequence[Any]) -> Any:
        starts = range(0, len(cells), SQLITE_ARGUMENTS)
        arrays = [sa.func.json_array(*cells[n : n + SQLITE_ARGUMENTS]) for n in starts]
        line_break: Any = sa.literal_column("char(10)")
        return concatenated([part for array in arrays for part in (line_break, array)][1:])


def rendered(connection: sa.Connection, statement: Any) -> tuple[str, dict[str, Any]]:
    """Return a statement's text and values as the driver takes them, for what SQLAlchemy has no way to run."""
    postgres = connection.dialect.name == "postgresql"
    dialect: Any = connection.dialect if postgres else cast(Any, sqlite).dialect(paramstyle="named")
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = dict(compiled.construct_params())
    for bound, name in compiled.bind_names.items():
        if process := name in values and bound.type.dialect_impl(dialect).bind_processor(dialect):
            values[name] = process(values[name])
    # psycopg takes a percent sign for one only where there are values.
    return str(compiled) if values or not postgres else str(compiled).replace("%%", "%"), values


@contextmanager
def in_words(connection: sa.Connection) -> Iterator[None]:
    """Tell in words what the driver raises where SQLAlchemy doesn't stand between."""
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        known: Any = sa.exc.DBAPIError.instance(None, None, error, base)
        raise describe(known) from error


def in_blocks(parts: Iterable[Any], between: bytes = b"") -> Iterator[bytes]:
    """Join pieces to blocks of BLOCK bytes or more."""
    held: list[Any] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= BLOCK:
            yield between.join(held)
            held, size = [], 0
    if held:
        yield between.join(held)


def real_text(value: float) -> str:
    """Return the shortest text that is exactly this number, infinity as SQLite reads it."""
    return repr(value).replace("inf", "9e999")


def concatenated(parts: Sequence[Any]) -> Any:
    """Return the SQL that joins texts."""
    return reduce(lambda left, right: left.op("||")(right), parts)


def _without_formula(c: Any) -> Any:
    text = sa.cast(c, sa.Text())
    return sa.case((sa.func.left(text, 1).in_(list(FORMULA)), sa.literal("'") + text), else_=text)


def _csv_of_arrays(block: bytes, mark: bytes, safe: bool) -> bytes:
    """Make lines of CSV of lines of JSON arrays; inside a JSON text there is no line break and no bare quote."""
    text = b"\n" + block.replace(b"]\n[", b",").replace(b"]\r\n[", b"\n")[1:-1]
    for sign in (b"=", b"+", b"-", b"@", b"\\t", b"\\r") if safe else ():
        text = text.replace(b',"' + sign, b",\"'" + sign).replace(b'\n"' + sign, b"\n\"'" + sign)
    text = text.replace(mark + b"inf", mark + b"9e999").replace(mark + b"-inf", mark + b"-9e999")
    text = text.replace(b'"' + mark, b"").replace(mark + b'"', b"")
    if b"\\" in text:
        text = re.sub(rb"\\(?:u([0-9a-fA-F]{4})|(.))", _unescaped, text)
    return text[1:] + b"\n"


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "surrogatepass")
    return {b'"': b'""', b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(match[2], match[2])


class Script:
    """INSERT statements that bring the rows into an empty copy of the schema.

    All in one transaction: of a script that broke off on its way, nothing is loaded. Numbers of SQLite are written so
    that it reads them exactly, which it doesn't with every text that Python reads exactly.
    """

    def __init__(self, rows: AllRows) -> None:
        self.rows = rows
        self.table = rows.table
        self.reader: Any = None

    def text(self) -> Iterator[str]:
        """Yield the script, a statement at a time."""
        name = ".".join(map(quoted, self.table.name if self.table.postgres else self.table.name[1:]))
        columns = ",".join(quoted(column.name) for column in self.rows.columns)
        given = any(column.automatic == "identity" for column in self.rows.columns)
        head = f"INSERT INTO {name} ({columns}) {'OVERRIDING SYSTEM VALUE ' if given else ''}VALUES\n"
        with closing(sqlite3.connect(":memory:")) as self.reader:
            yield POSTGRES_SCRIPT if self.table.postgres else SQLITE_SCRIPT
            for rows in self._statements():
                yield f"{head}{rows};\n"
            yield "COMMIT;\n"

    def _statements(self) -> Iterator[str]:
        """Yield the rows of each statement."""
        literals = [self._literals(column) for column in self.rows.columns]
        held: list[str] = []
        size = 0
        for row in self.rows.rows():
            held.append("(" + ",".join([literal(v) for literal, v in zip(literals, row, strict=True)]) + ")")
            size += len(held[-1])
            if len(held) == STATEMENT_ROWS or size > STATEMENT_CHARACTERS:
                yield ",\n".join(held)
                held, size = [], 0
        if held:
            yield ",\n".join(held)

    def _literals(self, column: Column) -> Callable[[Any], str]:
        """Return the function that makes literals of a column's values."""
        if not self.table.postgres:
            return self._sqlite_literal
        return _postgres_number if column.family in ("integer", "decimal") else _postgres_literal  # -0 is 0, but '-0'

    def _sqlite_literal(self, value: Any) -> str:
        if isinstance(value, str):
            return _sqlite_text(value)
        if isinstance(value, bytes):
            return f"x'{value.hex()}'"
        if isinstance(value, float):
            return self._real(value)
        return "NULL" if value is None else str(value)

    def _real(self, value: float) -> str:
        """Return a number as text that SQLite reads as just this one: if need be, as a product of powers of two."""
        text = real_text(value)
        if self.reader.execute("SELECT CAST(? AS REAL)", (text,)).fetchone()[0] == value:
            return text
        fraction, exponent = math.frexp(value)
        exponent -= 53
        steps, rest = divmod(abs(exponent), 52)
        sign = "*" if exponent > 0 else "/"
        return f"({int(fraction * 2**53)}{'*1.0'}{f'{sign}{2.0**52}' * steps}{sign}{2.0**rest})"


def _postgres_number(value: str | None) -> str:
    return value if value and JSON_NUMBER.fullmatch(value) else _postgres_literal(value)


def _postgres_literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _sqlite_text(text: str) -> str:
    """Return a literal: SQLite's end at a NUL, and a file of SQL is UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        broken = True
    else:
        broken = text.count("\0") > 100  # an expression may not be nested deeper than a thousand times
    if broken:
        return f"CAST(x'{text.encode('utf-8', 'surrogateescape').hex()}' AS TEXT)"
    return "'" + text.replace("'", "''").replace("\0", "'||char(0)||'") + "'"


# == 7. Changes ===============================================================

# -- State --------------------------------------------------------------------
# What the site keeps for its users stands apart from the client's data. Its tables are made and later changed by
# steps; how many of them were taken stands in the table "version".

STATE_SECONDS = 1.0  # how long what was read from a server holds; a file tells by itself that it was changed
STATE_BUDGET = 0.5  # a page doesn't wait longer for what is kept
STATE_PAUSE = 10.0  # a state that can't be read isn't asked again for so long
STATE_SCHEMA = "flaskadmin"
STATE_STEPS: Sequence[Sequence[str | tuple[str, str]]] = (  # of a pair, the first is for SQLite
    (
        "CREATE TABLE {version} (number integer NOT NULL)",
        "INSERT INTO {version} VALUES (0)",
        "CREATE TABLE {preference} (owner text NOT NULL, name text NOT NULL, value text NOT NULL, "
        "PRIMARY KEY (owner, name))",
        'CREATE TABLE {saved_view} (id {serial}, database text NOT NULL, schema text NOT NULL, "table" text NOT NULL, '
        "name text NOT NULL, owner text, query text NOT NULL, is_default boolean NOT NULL, pinned boolean NOT NULL, "
        "created text NOT NULL, changed text NOT NULL, chart text)",
        'CREATE INDEX flaskadmin_saved_view_table ON {saved_view} (database, schema, "table")',
    ),
    (
        'CREATE TABLE {history_place} (id {serial}, database text NOT NULL, schema text NOT NULL, "table" text NOT '
        'NULL, UNIQUE (database, schema, "table"))',
        "CREATE TABLE {history} (number bigint NOT NULL PRIMARY KEY, at text NOT NULL, kind text NOT NULL, person text "
        "NOT NULL, origin text NOT NULL, place bigint NOT NULL REFERENCES {history_place}, summary text NOT NULL, "
        "reason text NOT NULL, rows bigint NOT NULL, refers bigint, unit bigint, detail text NOT NULL, "
        "hash text NOT NULL)",
        "CREATE INDEX flaskadmin_history_refers ON {history} (refers)",
        "CREATE INDEX flaskadmin_history_unit ON {history} (unit)",
        "CREATE INDEX flaskadmin_history_by_place ON {history} (place, number)",
        "CREATE INDEX flaskadmin_history_by_person ON {history} (person, number)",
        "CREATE TABLE {history_row} (unit bigint NOT NULL, number bigint NOT NULL, place bigint NOT NULL, "
        "verb text NOT NULL, token_before text, token text NOT NULL, label text NOT NULL, before text NOT NULL, "
        "after text NOT NULL, along text NOT NULL, PRIMARY KEY (unit, number))",
        "CREATE INDEX flaskadmin_history_row_token ON {history_row} (place, token)",
        "CREATE INDEX flaskadmin_history_row_before ON {history_row} (place, token_before) "
        "WHERE token_before IS NOT NULL",
        "CREATE TABLE {content} (hash text NOT NULL PRIMARY KEY, body {bytes} NOT NULL)",
        "CREATE TABLE {history_head} (number bigint NOT NULL, hash text NOT NULL)",
        "INSERT INTO {history_head} VALUES (0, '')",
    ),
    (
        "CREATE TABLE {job} (id text NOT NULL PRIMARY KEY, beat double precision NOT NULL, stopped boolean NOT NULL, "
        "content text NOT NULL)",
        "CREATE TABLE {upload} (id text NOT NULL, place integer NOT NULL, person text NOT NULL, name text NOT NULL, "
        "created double precision NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (id, place))",
    ),
    (  # pages of the history find lines by table and day; and no line or row of it is ever changed
        "CREATE TABLE {history_also} (place bigint NOT NULL, number bigint NOT NULL, PRIMARY KEY (place, number))",
        "INSERT INTO {history_also} SELECT DISTINCT r.place, h.number FROM {history_row} r "
        "JOIN {history} h ON h.unit = r.unit WHERE r.place <> h.place",
        "CREATE INDEX flaskadmin_history_by_at ON {history} (at)",
        (
            "SELECT 1",
            "CREATE FUNCTION {history}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_TABLE_NAME = 'history_row' AND TG_OP = 'DELETE' THEN "
            "IF NOT EXISTS (SELECT 1 FROM {history} WHERE unit = OLD.unit) THEN RETURN OLD; END IF; END IF; "
            "RAISE EXCEPTION 'The history is only ever added to.'; END $$",
        ),
        *(
            (
                f"CREATE TRIGGER flaskadmin_{table}_{verb.lower()} BEFORE {verb} ON {{{table}}} {when}"
                "BEGIN SELECT RAISE(ABORT, 'The history is only ever added to.'); END",
                f"CREATE TRIGGER flaskadmin_{table}_{verb.lower()} BEFORE {verb} ON {{{table}}} "
                "FOR EACH ROW EXECUTE FUNCTION {history}_kept()",
            )
            for table, verb, when in (
                ("history", "UPDATE", ""),
                ("history", "DELETE", ""),
                ("history_row", "UPDATE", ""),
                ("history_row", "DELETE", "WHEN EXISTS (SELECT 1 FROM {history} WHERE unit = OLD.unit) "),
                ("history_place", "UPDATE", ""),
                ("content", "UPDATE", ""),
            )
        ),
    ),
)
KEPT_WHERE = "the place where this site keeps views and settings"
KEPT_NOWHERE = "It can't be kept: this site was started to keep nothing, or it shows a database in memory."
ANOTHER_STATE = "Whoever runs the site can name another place by --state."


class StateTables:
    """The tables of a state: in a schema of their own on PostgreSQL, with a prefix on SQLite."""

    def __init__(self, postgres: bool) -> None:
        self.schema = STATE_SCHEMA if postgres else ""
        self.prefix = "" if postgres else f"{STATE_SCHEMA}_"
        metadata = sa.MetaData(schema=self.schema or None)
        texts = [sa.Column(name, sa.Text()) for name in ("owner", "name", "value")]
        self.version = sa.Table(f"{self.prefix}version", metadata, sa.Column("number", sa.Integer()))
        self.preference = sa.Table(f"{self.prefix}preference", metadata, *texts)
        texts = [sa.Column(n, sa.Text()) for n in ("database", "schema", "table", "name", "owner", "query", "chart")]
        times = [sa.Column(name, sa.Text()) for name in ("created", "changed")]
        flags: list[Any] = [sa.Column(name, sa.Boolean()) for name in ("is_default", "pinned")]
        own = sa.Column("id", sa.BigInteger(), primary_key=True)
        self.saved_view = sa.Table(f"{self.prefix}saved_view", metadata, own, *texts, *flags, *times)
        self._add_history(metadata)

    def _add_history(self, metadata: sa.MetaData) -> None:
        def table(name: str, texts: str = "", numbers: str = "", *more: sa.Column[Any]) -> sa.Table:
            columns = [sa.Column(n, sa.BigInteger()) for n in numbers.split()]
            return sa.Table(
                f"{self.prefix}{name}", metadata, *columns, *(sa.Column(n, sa.Text()) for n in texts.split()), *more
            )

        own = sa.Column("id", sa.BigInteger(), primary_key=True)
        self.history_place = table("history_place", "database schema table", "", own)
        places = [sa.Column("place", sa.BigInteger(), sa.ForeignKey(own)) for _ in range(2)]
        lines = "at kind person origin summary reason detail hash"
        self.history = table("history", lines, "number rows refers unit", places[0])
        rows = "verb token_before token label before after along"
        self.history_row = table("history_row", rows, "unit number", places[1])
        self.content = table("content", "hash", "", sa.Column("body", sa.LargeBinary()))
        self.history_head = table("history_head", "hash", "number")
        times: list[Any] = [sa.Column("beat", sa.Double()), sa.Column("stopped", sa.Boolean())]
        self.job = table("job", "id content", "", *times)
        parts: list[Any] = [sa.Column("created", sa.Double()), sa.Column("body", sa.LargeBinary())]
        self.upload = table("upload", "id person name", "place", *parts)
        self.history_also = table("history_also", "", "place number")

    @property
    def every(self) -> Mapping[str, sa.Table]:
        """The tables by the names that the steps call them."""
        names = ("version", "preference", "saved_view", "history_place", "history", "history_row", "content")
        return {name: getattr(self, name) for name in (*names, "history_head", "history_also", "job", "upload")}

    @property
    def names(self) -> Collection[tuple[str, str]]:
        """Their names as a catalogue lists them."""
        return frozenset((self.schema, table.name) for table in self.every.values())


class State:
    """Where the site keeps what its users keep: made at the first write, and upgraded where it is older than we are.

    Several processes may share it. What can't be read is as if nothing were kept; what can't be written raises
    Unavailable. ``database`` is None where nothing is to be kept, the client's own under ``--state same``.
    """

    def __init__(
        self, database: Database | None, steps: Sequence[Sequence[str | tuple[str, str]]] = STATE_STEPS, *,
        within: bool = False,
    ) -> None:  # fmt: skip
        self.database = database
        self.steps = steps
        postgres = database is not None and database.is_postgres
        self.file = "" if database is None or postgres or within else database.engine.url.database or ""
        self.tables = StateTables(postgres)
        if database and within:
            database.own_tables = self.tables.names
        self.hasty: Database | None = None  # the same file, for what a power cut may take back
        self._known: Any = None  # which file, or server, is known to have all steps
        self._writes = 0
        self._away_until = 0.0
        self._refused: tuple[float, str] = 0.0, ""  # until when, and why, nothing is written
        self._held: dict[Any, tuple[Any, Any]] = {}
        self._watch: tuple[Any, sqlite3.Connection] | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, settings: Settings, databases: Sequence[Database]) -> State:
        """Return the state that the setting names, else one beside the first database. Raises SettingsError."""
        first, wanted = databases[0], settings.state
        path = first.engine.url.database or ""
        if wanted == "same":
            return cls(first, within=True)
        if wanted == "none" or not wanted and not first.is_postgres and not os.path.isfile(path):
            return cls(None)
        url = parse_source(wanted or ("flaskadmin-state.db" if first.is_postgres else f"{path}.flaskadmin.db")).url
        for database in databases:
            if database.engine.url == url:
                return cls(database, within=True)
        own = replace(settings, read_only=False, lock_timeout=min(2.0, settings.lock_timeout))
        state = cls(Database(sa.create_engine(url, **engine_options(url, own)), own))
        if state.file:
            state.hasty = hasty(state.database, own)
        return state

    def close(self) -> None:
        """Close the connections that are the state's own."""
        if self.hasty:
            self.hasty.engine.dispose()
        with self._lock:
            if self._watch:
                self._watch[1].close()
            self._watch = None
        if self.database and not self.database.own_tables:
            self.database.engine.dispose()

    @property
    def exists(self) -> bool:
        """Whether anything was kept so far, as far as this process knows."""
        return os.path.exists(self.file) if self.file else self._known is not None

    @property
    def may_keep(self) -> bool:
        """Whether there is a state at all, and it could be read when it was last asked."""
        return self.database is not None and time.monotonic() >= self._away_until

    def read(self, key: Any, fetch: Callable[[sa.Connection], Any], otherwise: Any, *, fresh: bool = False) -> Any:
        """Return what ``fetch`` reads, held under ``key`` until the state changes; ``otherwise`` where it can't be.

        What another process wrote to a server in the last second may be missing, unless it is to be ``fresh``.
        """
        if not self.may_keep:
            return otherwise
        try:
            stamp = self._stamp()
            if stamp is None:
                return otherwise
            held = self._held.get(key)
            if held and held[0] == stamp and not fresh:
                return held[1]
            value = self._fetch(fetch, otherwise)
        except (FlaskAdminError, sqlite3.Error) as error:
            self._away_until = time.monotonic() + STATE_PAUSE
            logging.getLogger("flaskadmin").warning("The state can't be read: %s", error)
            return otherwise
        if len(self._held) >= 1000:
            self._held.clear()
        self._held[key] = stamp, value
        return value

    def _fetch(self, fetch: Callable[[sa.Connection], Any], otherwise: Any) -> Any:
        assert self.database is not None
        if self._known != self._identity() and not self._is_current():
            return otherwise
        with self.database.reading(STATE_BUDGET) as connection:
            return fetch(connection)

    def _identity(self) -> Any:
        return _file_identity(self.file) if self.file else True

    def _stamp(self) -> Any:
        """Return what differs as soon as anyone may have written; None where there is no file yet."""
        if not self.file:
            return self._writes, int(time.monotonic() / STATE_SECONDS)
        identity = _file_identity(self.file)
        if identity is None:
            return None
        with self._lock:  # the counter is each connection's own, so that it must always be the same one
            if self._watch is None or self._watch[0] != identity:
                if self._watch:
                    self._watch[1].close()
                self._watch = identity, _connect_sqlite(self.file, "ro", STATE_BUDGET)
            return identity, self._watch[1].execute("PRAGMA data_version").fetchone()[0]

    def _is_current(self) -> bool:
        """Whether there are tables; older ones are upgraded first."""
        assert self.database is not None
        identity = self._identity()
        with self.database.reading(STATE_BUDGET) as connection:
            taken = self._version(connection)
        if taken == 0:
            return False
        if taken != len(self.steps):
            with self.writing():
                pass
        self._known = identity
        return True

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[sa.Connection]:
        """Open a transaction that may write, in tables that are there and up to date. Raises Unavailable in words.

        What needn't be ``lasting`` doesn't wait for the disk: a power cut may take it back, and nothing else.
        """
        if self.database is None:
            raise Unavailable(KEPT_NOWHERE, ANOTHER_STATE)
        self._make_file()
        identity = self._identity()
        try:
            with (self.database if lasting else self.hasty or self.database).writing() as connection:
                if self._known != identity:
                    self._upgrade(connection)
                yield connection
        except (NotFound, Refused):
            raise
        except FlaskAdminError as error:
            told = _not_kept(error)
            if BUSY not in told.message:
                self._refused = time.monotonic() + STATE_PAUSE, told.message
            raise told from error
        self._known, self._away_until, self._refused = identity, 0.0, (0.0, "")
        self._writes += 1

    def make(self) -> None:
        """Make the tables, or bring them up to date, where that isn't known to be done. Raises Unavailable."""
        if self._known is None or self._known != self._identity():
            with self.writing():
                pass

    def ready(self) -> bool:
        """Whether there are tables to read. Raises Unavailable."""
        return (not self.file or os.path.exists(self.file)) and (self._known == self._identity() or self._is_current())

    def unwritable(self) -> str:
        """Why nothing can be written here, as far as that shows without trying; or ""."""
        until, why = self._refused
        if time.monotonic() < until:
            return why
        if not self.file:
            return ""
        file = os.access(self.file, os.W_OK) or not os.path.exists(self.file)
        may = file and os.access(os.path.dirname(self.file) or ".", os.W_OK)
        return "" if may else f"{KEPT_CANT} {KEPT_WHERE} is write-protected."

    def alone(self, connection: sa.Connection, *what: str) -> None:
        """Wait until no other transaction is about the same thing; on SQLite, whoever may write is alone anyway."""
        if self.tables.schema:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(STATE_LOCK, sa.func.hashtext("/".join(what)))))

    def _make_file(self) -> None:
        """Make the file, for its owner alone; whole or not at all, since another process may do so too."""
        if not self.file or os.path.exists(self.file):
            return
        part = Path(f"{self.file}.{secrets.token_hex(4)}")
        try:
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(_connect_sqlite(str(part), "rw", STATE_BUDGET)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            _move(part, self.file)
        except (OSError, sqlite3.Error):
            words = f"It can't be kept: {KEPT_WHERE} can't be made. The folder may be missing or write-protected."
            raise Unavailable(words, ANOTHER_STATE) from None
        finally:
            with suppress(OSError):
                part.unlink()

    def _version(self, connection: sa.Connection) -> int:
        """Return how many steps were taken; 0 where there are no tables."""
        table = self.tables.version
        if not sa.inspect(connection).has_table(table.name, schema=table.schema):
            return 0
        return int(connection.execute(sa.select(table.c.number)).scalar() or 0)

    def _upgrade(self, connection: sa.Connection) -> None:
        """Take the steps that are missing, all or none."""
        postgres = bool(self.tables.schema)
        self.alone(connection)
        if postgres and not sa.inspect(connection).has_schema(STATE_SCHEMA):
            connection.exec_driver_sql(f"CREATE SCHEMA {STATE_SCHEMA}")
        taken = self._version(connection)
        if taken > len(self.steps):
            raise StartError(f"{KEPT_WHERE} was made by a newer version of this tool.")
        names = {name: table.fullname for name, table in self.tables.every.items()}
        names["serial"] = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if postgres else "integer PRIMARY KEY"
        names["bytes"] = "bytea" if postgres else "blob"
        for step in self.steps[taken:]:
            for either in step:
                statement = either if isinstance(either, str) else either[postgres]
                connection.exec_driver_sql(statement.format(**names))
        if taken < len(self.steps):
            connection.execute(self.tables.version.update().values(number=len(self.steps)))


STATE_LOCK = 0x666C6173  # any number, as long as every process takes the same


def hasty(database: Database | None, settings: Settings) -> Database:
    """Return the database of a state once more, with connections that don't wait for the disk at each commit."""
    assert database is not None
    options = engine_options(database.engine.url, settings)
    connect = options["creator"]

    def hurry() -> sqlite3.Connection:
        raw: sqlite3.Connection = connect()
        if raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal":  # else the file could break
            raw.execute("PRAGMA synchronous = NORMAL")
        return raw

    made = Database(sa.create_engine(database.engine.url, **{**options, "creator": hurry}), settings)
    made._turn = database._turn
    return made


def _move(part: Path, path: str) -> None:
    """Give a new file its name, unless there is one of this name by now."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except (OSError, AttributeError):  # a file system without links
        part.replace(path)


def _not_kept(error: FlaskAdminError) -> Unavailable:
    """Return why something can't be kept, in words that can't be taken for the client's database."""
    if isinstance(error, StartError):
        return Unavailable(f"{KEPT_CANT} {error.message}", ANOTHER_STATE)
    if isinstance(error, Forbidden):
        return Unavailable(f"{KEPT_CANT} {KEPT_WHERE} is write-protected.", ANOTHER_STATE)
    if "busy" in error.message:
        return Unavailable(f"{KEPT_CANT} {KEPT_WHERE} {BUSY}", "Try again in a moment.")
    if "full" in error.message:
        return Unavailable(f"{KEPT_CANT} the disk of {KEPT_WHERE} is full.", ANOTHER_STATE)
    return Unavailable(f"{KEPT_CANT} {KEPT_WHERE} can't be reached, or is damaged.", ANOTHER_STATE)


KEPT_CANT = "It can't be kept:"
BUSY = "is busy."


# What staff keep there


class KeptAt(NamedTuple):
    """The table that something is kept of: three names, escaped so that any state can hold them."""

    database: str
    schema: str
    table: str

    @classmethod
    def of(cls, database: Database, name: TableName) -> KeptAt:
        """Return the place of a table. A database goes by its name on the site, else by its own and its server's."""
        url = database.engine.url
        server = f"@{url.host or 'localhost'}:{url.port or 5432}" if database.is_postgres else ""
        own = database.name or f"{Path(url.database or '').name}{server}"
        return cls(escape(own, "@:."), escape(name.schema), escape(name.name))

    @property
    def name(self) -> TableName:
        """The table's name in its database."""
        return TableName(unescape(self.schema), unescape(self.table))


class SavedView(NamedTuple):
    """A list's query under a name; ``owner`` is None where it is the team's."""

    id: int
    at: KeptAt
    name: str
    owner: str | None
    query: str
    is_default: bool = False
    pinned: bool = False
    chart: str | None = None


class Layout(NamedTuple):
    """How someone wants to see a table: which columns in which order and width ("narrow", "wide"), rows a page."""

    columns: tuple[str, ...] = ()
    widths: Mapping[str, str] = {}
    size: int = 0

    @classmethod
    def read(cls, found: Any) -> Layout:
        """Return the layout that a preference holds; what isn't one, is the default."""
        found = found if isinstance(found, dict) else {}
        columns, widths, size = found.get("columns"), found.get("widths"), found.get("size")
        return cls(
            tuple(map(str, columns)) if isinstance(columns, list) else (),
            {str(name): str(width) for name, width in widths.items()} if isinstance(widths, dict) else {},
            size if isinstance(size, int) and 1 <= size <= MOST_ROWS else 0,
        )


class KeptTable(NamedTuple):
    """What is kept of one table for one user."""

    views: tuple[SavedView, ...] = ()
    layout: Layout = Layout()

    @property
    def default(self) -> SavedView | None:
        """The view that opens the table: the user's own before the team's."""
        found = [view for view in self.views if view.is_default]
        return min(found, key=lambda view: view.owner is None, default=None)


MOST_ROWS = 500  # a page
MOST_VIEWS = 200  # of a table, for one user or the team
LONGEST_QUERY = 8000
NEVER_KEPT = frozenset(
    {"after", "before", "search_from", "view"}
)  # of a list's address: a view begins at its first page


def kept_query(query: str) -> str:
    """Return what a view keeps of a list's query: all but its place. Raises Refused where it is too long."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = urlencode([pair for pair in pairs if pair[0] not in NEVER_KEPT], errors="surrogateescape")
    if len(kept) > LONGEST_QUERY:
        raise Refused("The filter is too long to be kept.", "Take away a part of it.")
    return kept


def kept_chart(query: str) -> str:
    """Return what is kept of a chart's query: what it shows, by and of what, in which periods; "" where it is none."""
    pairs = dict(parse_qsl(query[:LONGEST_QUERY], errors="surrogateescape"))
    kept = {name: pairs[name] for name in CHART_PARAMETERS if name in pairs}
    return urlencode(kept, errors="surrogateescape") if "by" in kept else ""


CHART_PARAMETERS = ("by", "period", "of", "how")


class Kept:
    """What one user keeps in a state, with what the team keeps there; ``user`` is a name of any kind."""

    def __init__(self, state: State, user: str) -> None:
        self.state = state
        self.owner = escape(user, "@. ")
        self.tables = state.tables

    def _mine(self, *, team: bool = True) -> Any:
        owner = self.tables.saved_view.c.owner
        return sa.or_(owner == self.owner, owner.is_(None)) if team else owner == self.owner

    @staticmethod
    def _view(row: Any) -> SavedView:
        found = row._mapping
        at = KeptAt(found["database"], found["schema"], found["table"])
        own = (found["name"], found["owner"], found["query"], found["is_default"], found["pinned"], found["chart"])
        return SavedView(found["id"], at, *own)

    def _views(self, connection: sa.Connection, *conditions: Any) -> tuple[SavedView, ...]:
        table = self.tables.saved_view
        statement = sa.select(table).where(self._mine(), *conditions)
        ordered = statement.order_by(table.c.owner.is_(None), table.c.name, table.c.id).limit(MOST_VIEWS * 2)
        return tuple(self._view(row) for row in connection.execute(ordered))

    def _at(self, at: KeptAt) -> Any:
        c = self.tables.saved_view.c
        return sa.and_(c.database == at.database, c.schema == at.schema, c.table == at.table)

    # Views

    def of_table(self, at: KeptAt, *, fresh: bool = False) -> KeptTable:
        """Return the views of a table that the user may see, and the user's layout of it."""

        def fetch(connection: sa.Connection) -> KeptTable:
            found = self._preference(connection, layout_name(at))
            return KeptTable(self._views(connection, self._at(at)), Layout.read(found))

        kept: KeptTable = self.state.read((self.owner, at), fetch, NOTHING_KEPT, fresh=fresh)
        return kept

    def pinned(self, *, fresh: bool = False) -> tuple[SavedView, ...]:
        """Return the views that are pinned to the first page."""

        def fetch(connection: sa.Connection) -> tuple[SavedView, ...]:
            return self._views(connection, self.tables.saved_view.c.pinned)

        found: tuple[SavedView, ...] = self.state.read((self.owner, "pinned"), fetch, (), fresh=fresh)
        return found

    def save(self, view: SavedView) -> SavedView:
        """Keep a new view, and return it with its id. Raises Refused or Unavailable."""
        with self.state.writing() as connection:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            given = {**view.at._asdict(), "created": now, "changed": now, "chart": view.chart, **self._values(view)}
            self._check(connection, view)
            statement = self.tables.saved_view.insert().values(given).returning(self.tables.saved_view.c.id)
            saved = view._replace(id=connection.execute(statement).scalar_one())
            self._only_default(connection, saved)
        return saved

    @staticmethod
    def _values(view: SavedView) -> dict[str, Any]:
        return {
            "name": view.name, "owner": view.owner, "query": view.query, "is_default": view.is_default,
            "pinned": view.pinned,
        }  # fmt: skip

    def change(self, id: int, at: KeptAt, **values: Any) -> SavedView:
        """Change what is kept of a view. Raises NotFound where it isn't the user's or the team's, Refused."""
        with self.state.writing() as connection:
            changed = self._find(connection, id, at)._replace(**values)
            self._check(connection, changed)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            table = self.tables.saved_view
            connection.execute(table.update().where(table.c.id == id).values(**self._values(changed), changed=now))
            self._only_default(connection, changed)
        return changed

    def remove(self, id: int, at: KeptAt) -> SavedView:
        """Forget a view, and return what it was. Raises NotFound."""
        with self.state.writing() as connection:
            view = self._find(connection, id, at)
            connection.execute(self.tables.saved_view.delete().where(self.tables.saved_view.c.id == id))
        return view

    def _find(self, connection: sa.Connection, id: int, at: KeptAt) -> SavedView:
        found = self._views(connection, self._at(at), self.tables.saved_view.c.id == id)
        if not found:
            raise NotFound("There is no such view.", "It may have been deleted, or is someone else's.")
        return found[0]

    def _check(self, connection: sa.Connection, view: SavedView) -> None:
        """Raise Refused unless the name is one, and is free among the owner's views of the table."""
        self.state.alone(connection, *view.at)
        if not view.name or len(view.name) > 80:
            raise Refused("A view needs a name of 1 to 80 characters.")
        others = [v for v in self._views(connection, self._at(view.at)) if v.owner == view.owner and v.id != view.id]
        if any(other.name.casefold() == view.name.casefold() for other in others):
            raise Refused(f"There is a view “{view.name}” already.", "Give it another name, or replace that one.")
        if len(others) >= MOST_VIEWS:
            raise Refused(f"There are {MOST_VIEWS} views already.", "Delete one that isn't used any more.")

    def _only_default(self, connection: sa.Connection, view: SavedView) -> None:
        """Let no other view of the same owner be the table's default."""
        table = self.tables.saved_view
        owner = table.c.owner.is_(None) if view.owner is None else table.c.owner == view.owner
        if view.is_default:
            others = table.update().where(self._at(view.at), owner, table.c.id != view.id)
            connection.execute(others.values(is_default=False))

    # Preferences: JSON under a name

    def _preference(self, connection: sa.Connection, name: str) -> Any:
        table = self.tables.preference
        statement = sa.select(table.c.value).where(table.c.owner == self.owner, table.c.name == name)
        with suppress(ValueError, RecursionError):
            return json.loads(connection.execute(statement).scalar() or "null")
        return None

    def preference(self, name: str, *, fresh: bool = False) -> Any:
        """Return what is kept under a name, or None."""
        return self.state.read(
            (self.owner, "preference", name), lambda link: self._preference(link, name), None, fresh=fresh
        )

    def prefer(self, name: str, change: Callable[[Any], Any]) -> None:
        """Keep what ``change`` makes of what is kept under a name; None is forgotten. Raises Unavailable."""
        table = self.tables.preference
        mine = sa.and_(table.c.owner == self.owner, table.c.name == name)
        with self.state.writing(lasting=False) as connection:
            self.state.alone(connection, self.owner, name)
            before = self._preference(connection, name)
            value = change(before)
            if value == before:
                return
            connection.execute(table.delete().where(mine))
            if value is not None:
                row = {"owner": self.owner, "name": name, "value": json.dumps(value)}
                connection.execute(table.insert().values(row))

    def forget(self) -> None:
        """Forget the user's preferences, not the views. Raises Unavailable."""
        with self.state.writing() as connection:
            connection.execute(self.tables.preference.delete().where(self.tables.preference.c.owner == self.owner))


NOTHING_KEPT = KeptTable()


def layout_name(at: KeptAt) -> str:
    """Return the name of the preference that holds a table's layout."""
    return "/".join(("table", *at))


# -- History ------------------------------------------------------------------
# Lines that are only ever added, each with a digest of itself and of the line before. What a change set did to each
# row stands in rows of its own, written before the line that makes them count. A line "change" is written ahead of
# the client's commit, and a line "done" or "void" says how it ended. Where one is missing, someone looks (settle).

LONG_TEXT = 4000  # characters; a longer text is kept once, by its digest, as bytes are
SHOWN_ENTRIES = 100
LINES_A_PAGE = 50
ROWS_AT_ONCE = 500
IN_DOUBT = "The connection broke at the very end, so it isn't known yet whether this was saved."
HISTORY_WITHHELD = "The site is read-only: its history can't be written."
NOTHING_SAVED = "Nothing was saved. Whoever runs the site can name another place by --state."


class Plan(NamedTuple):
    """The head of a change set: who wants it, from which page, why; which earlier one it undoes."""

    person: str
    origin: str = "form"
    summary: str = ""
    reason: str = ""
    undoes: int | None = None


class Entry(NamedTuple):
    """What happened to one row: its addresses, its values before and after.

    Of an update, both hold the columns that differ (all, where no key finds the row again); of an insert ``before`` is
    empty, of a delete ``after``. ``along`` is "" for a change that was asked for, else the database's rule that made it
    ("CASCADE", "SET NULL", "SET DEFAULT"; "ON UPDATE CASCADE" where a key was changed).
    """

    table: TableName
    verb: str
    token_before: str
    token: str
    label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    along: str = ""
    place: Any = None


class Line(NamedTuple):
    """A line of the history: a change set (``kind`` "change"), how one ended, or something else that is worth knowing.

    ``at`` is in UTC. ``outcome`` is "done", "void", or "" as long as nobody knows; ``undone_by`` the number of the
    change set that took this one back.
    """

    number: int
    at: datetime
    kind: str
    person: str
    origin: str
    place: KeptAt
    summary: str
    reason: str
    rows: int
    refers: int | None
    unit: int | None
    detail: Mapping[str, Any]
    outcome: str = ""
    undone_by: int | None = None


class LineFilter(NamedTuple):
    """Which lines are wanted: by person, table (its name "" stands for all of a database), kind, and time in UTC."""

    person: str = ""
    place: KeptAt | None = None
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None  # only lines with smaller numbers
    databases: tuple[str, ...] = ()  # only lines of these, and those that are of none; () of all
    without: tuple[KeptAt, ...] = ()  # no lines of these tables


def written_value(value: Any, contents: dict[str, bytes]) -> Any:
    """Return what the history's JSON holds of a stored value; a long text goes to ``contents`` by its SHA-256."""
    if isinstance(value, Blob):
        return {"blob": value.digest, "size": value.size, "head": value.head.hex()}
    if isinstance(value, str) and len(value) > LONG_TEXT:
        body = value.encode("utf-8", "surrogateescape")
        digest = hashlib.sha256(body).hexdigest()
        contents[digest] = body
        return {"text": digest, "size": len(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def written_values(values: Mapping[str, Any], contents: dict[str, bytes]) -> str:
    """Return the values of a row as the history's JSON."""
    for value in values.values():
        kind = type(value)
        plain = kind is str and len(value) <= LONG_TEXT or kind is int or value is None
        if not plain and not (kind is float and math.isfinite(value)):
            return json.dumps({name: written_value(value, contents) for name, value in values.items()})
    return json.dumps(values) if values else "{}"


def read_value(written: Any, fetch: Callable[[str], bytes | None]) -> Any:
    """Return the stored value that ``written_value`` wrote; a long text that is missing, as a Blob."""
    if not isinstance(written, dict):
        return written
    if "blob" in written:
        return Blob(written["size"], bytes.fromhex(written["head"]), written["blob"])
    if "float" in written:
        return float(written["float"])
    body = fetch(written["text"])
    return Blob(written["size"], b"", written["text"]) if body is None else tolerant_text(body)


class History:
    """What was done through this site, in the order in which it was done."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.tables = state.tables
        self._statements: dict[str, str] = {}

    @property
    def keeps(self) -> bool:
        """Whether there is a history at all."""
        return self.state.database is not None

    def withheld(self) -> str:
        """Why nothing may be changed at the moment, because it couldn't be written down; or ""."""
        why = self.state.unwritable() if self.keeps else ""
        return f"{HISTORY_WITHHELD} {why}" if why else ""

    # Writing

    def note(self, kind: str, person: str, summary: str, place: KeptAt | None = None, **detail: Any) -> None:
        """Write down something that is no change: a sign-in, an export, a refusal. What can't be written is logged."""
        if not self.keeps:
            return
        try:
            with self.state.writing() as connection:
                self.append(connection, kind, Plan(person, "", summary), place or KeptAt("", "", ""), detail=detail)
        except FlaskAdminError as error:
            logging.getLogger("flaskadmin").warning("The history misses a line (%s): %s", kind, error)

    def append(
        self, connection: sa.Connection, kind: str, plan: Plan, place: KeptAt, *, rows: int = 0,
        refers: int | None = None, unit: int | None = None, detail: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Add a line, and return its number."""
        number, last = self._sent(connection, "UPDATE {head} SET number = number + 1 RETURNING number, hash").one()
        line = {
            "number": number, "at": datetime.now(UTC).isoformat(timespec="microseconds"), "kind": kind,
            "person": printable(plan.person), "origin": plan.origin, "place": self.place_id(connection, place),
            "summary": printable(plan.summary), "reason": printable(plan.reason), "rows": rows, "refers": refers,
            "unit": unit, "detail": json.dumps(dict(detail or {})),
        }  # fmt: skip
        digest = line_digest(last, line, place)
        names = [*line, "hash"]
        values = ", ".join(f":{name}" for name in names)
        self._sent(connection, f"INSERT INTO {{history}} ({', '.join(names)}) VALUES ({values})", **line, hash=digest)
        self._sent(connection, "UPDATE {head} SET hash = :hash", hash=digest)
        return int(number)

    def _sent(self, connection: sa.Connection, statement: str, **values: Any) -> Any:
        """Send a statement as it is: every save sends several, and SQLAlchemy would take longer than the database."""
        sql = self._statements.get(statement)
        if sql is None:
            tables = {"head": self.tables.history_head, "history": self.tables.history}
            tables["place"] = self.tables.history_place
            sql = statement.format(**{name: table.fullname for name, table in tables.items()})
            sql = re.sub(r":(\w+)", r"%(\1)s", sql) if self.tables.schema else sql
            self._statements[statement] = sql
        return connection.exec_driver_sql(sql, values)

    def place_id(self, connection: sa.Connection, place: KeptAt) -> int:
        """Return the number by which the history knows a table; a new one gets one."""
        same_place = 'SELECT id FROM {place} WHERE database = :database AND schema = :schema AND "table" = :table'
        found = self._sent(connection, same_place, **place._asdict()).scalar()
        if found is None:
            self.state.alone(connection, "place", *place)
            connection.execute(self._if_new(self.tables.history_place).values(place._asdict()))
            found = self._sent(connection, same_place, **place._asdict()).scalar_one()
        return int(found)

    def _if_new(self, table: sa.Table) -> Any:
        """Return an INSERT that leaves a row that is there already as it is."""
        insert: Any = postgresql.insert(table) if self.tables.schema else sqlite.insert(table)
        return insert.on_conflict_do_nothing()

    def keep_contents(self, connection: sa.Connection, contents: Mapping[str, bytes]) -> None:
        """Keep bytes and long texts, each once."""
        rows = [{"hash": digest, "body": body} for digest, body in contents.items()]
        if rows:
            connection.execute(self._if_new(self.tables.content), rows)

    def finish(self, number: int, kind: str, **detail: Any) -> None:
        """Write down how a change set ended, unless someone did so already. Raises Unavailable.

        A power cut may take that back: then the next start looks how it ended, as after any crash.
        """
        with self.state.writing(lasting=False) as connection:
            self.state.alone(connection, "finish", str(number))
            ended = "SELECT number FROM {history} WHERE refers = :number AND kind IN ('done', 'void')"
            if self._sent(connection, ended, number=number).first() is None:
                self.append(connection, kind, Plan(""), KeptAt("", "", ""), refers=number, detail=detail)

    def unfinished(self, database: str, numbers: Sequence[int] | None = None) -> list[Line]:
        """Return the change sets of a database of which nobody wrote down how they ended; or of ``numbers``, those."""
        c, place = self.tables.history.c, self.tables.history_place.c
        end = self.tables.history.alias("an_end_of")
        ended = sa.select(end.c.number).where(end.c.refers == c.number, end.c.kind.in_(("done", "void"))).exists()
        chosen = [c.kind == "change", sa.not_(ended), place.database == database]
        some = [*chosen, c.number.in_(numbers)] if numbers is not None else chosen
        found: list[Line] = self._read(lambda connection: self._lines(connection, some, 1000), [])
        return found

    # Reading

    def lines(self, wanted: LineFilter, limit: int = LINES_A_PAGE) -> list[Line]:
        """Return the lines that are wanted, the newest first."""
        found: list[Line] = self._read(lambda connection: self._lines(connection, self._conditions(wanted), limit), [])
        return found

    def line(self, number: int) -> Line:
        """Return one line. Raises NotFound."""
        c = self.tables.history.c
        found = self._read(lambda connection: self._lines(connection, [c.number == number], 1), [])
        if not found:
            raise NotFound("There is no such entry in the history.")
        line: Line = found[0]
        return line

    def of_row(self, place: KeptAt, token: str, limit: int = LINES_A_PAGE) -> list[tuple[Line, Entry]]:
        """Return what happened to one row, the newest first; under the addresses that it had before, too."""

        def fetch(connection: sa.Connection) -> list[tuple[Line, Entry]]:
            c, line = self.tables.history_row.c, self.tables.history.c
            found: list[tuple[Line, Entry]] = []
            now, known = token, self._known_place(connection, place)
            newest: int | None = None
            while now and len(found) < limit:
                here = [c.place == known, sa.or_(c.token == now, c.token_before == now)]
                earlier = [*here, line.number < newest] if newest is not None else here
                pairs = self._entries_with_lines(connection, place.name, earlier, limit - len(found))
                moved = next((n for n, (_, e) in enumerate(pairs) if e.token == now != e.token_before), None)
                found += pairs if moved is None else pairs[: moved + 1]
                now = pairs[moved][1].token_before if moved is not None else ""
                newest = found[-1][0].number if found else None
            return found

        found: list[tuple[Line, Entry]] = self._read(fetch, [])
        return found

    def entries(self, line: Line, after: int = -1, limit: int = SHOWN_ENTRIES, *, back: bool = False) -> list[Entry]:
        """Return what a change set did to rows behind place ``after``; if ``back``, before it and backwards."""

        def fetch(connection: sa.Connection) -> list[Entry]:
            table = self.tables.history_row
            beyond = table.c.number < after if back and after >= 0 else table.c.number > (-1 if back else after)
            order = table.c.number.desc() if back else table.c.number
            statement = sa.select(table, self.tables.history_place).join_from(table, self.tables.history_place)
            chosen = statement.where(table.c.unit == line.unit, beyond).order_by(order).limit(limit)
            rows = connection.execute(chosen).fetchall()
            return [self._entry(connection, row, KeptAt(row.database, row.schema, row.table).name) for row in rows]

        found: list[Entry] = self._read(fetch, [])
        return found

    def content(self, digest: str) -> bytes | None:
        """Return bytes or a long text by its digest."""
        return cast("bytes | None", self._read(lambda connection: self._content(connection, digest), None))

    def has_content(self, digest: str) -> bool:
        """Whether the content with this digest is kept."""
        c = self.tables.content.c
        kept = sa.select(c.hash).where(c.hash == digest)
        return bool(self._read(lambda connection: connection.execute(kept).first() is not None, False))

    def _read(self, fetch: Callable[[sa.Connection], Any], otherwise: Any) -> Any:
        if not self.keeps or not self.state.ready():
            return otherwise
        assert self.state.database is not None
        with self.state.database.reading(HISTORY_BUDGET) as connection:
            return fetch(connection)

    def _content(self, connection: sa.Connection, digest: str) -> bytes | None:
        table = self.tables.content
        body = connection.execute(sa.select(table.c.body).where(table.c.hash == digest)).scalar()
        return None if body is None else bytes(body)

    def _known_place(self, connection: sa.Connection, place: KeptAt) -> int:
        c = self.tables.history_place.c
        return int(connection.execute(sa.select(c.id).where(_at_place(c, place))).scalar() or -1)

    def _conditions(self, wanted: LineFilter) -> list[Any]:
        c, place = self.tables.history.c, self.tables.history_place.c
        found: list[Any] = [c.kind.in_(wanted.kinds) if wanted.kinds else c.kind.not_in(("done", "void"))]
        if wanted.person:
            found.append(c.person == printable(wanted.person))
        if wanted.place is not None:
            found.append(_about(self.tables, wanted.place))
        if wanted.databases:
            found.append(place.database.in_((*wanted.databases, "")))
        found += [sa.not_(_at_place(place, hidden)) for hidden in wanted.without]
        ends = [(c.at >= wanted.since.astimezone(UTC).isoformat(timespec="microseconds"))] if wanted.since else []
        ends += [(c.at < wanted.until.astimezone(UTC).isoformat(timespec="microseconds"))] if wanted.until else []
        return [*found, *ends, *([c.number < wanted.before] if wanted.before is not None else [])]

    def _lines(self, connection: sa.Connection, conditions: Sequence[Any], limit: int) -> list[Line]:
        statement = self._line_select().where(*conditions).order_by(self.tables.history.c.number.desc()).limit(limit)
        return [self._line(row) for row in connection.execute(statement)]

    def _line_select(self, *more: Any) -> sa.Select[Any]:
        """Return the SELECT of lines with their tables, how they ended, and what took them back."""
        lines, places = self.tables.history, self.tables.history_place
        end, undo, undone = lines.alias("an_end"), lines.alias("undo"), lines.alias("undone")
        ended = sa.select(sa.func.max(end.c.kind)).where(
            end.c.refers == lines.c.number, end.c.kind.in_(("done", "void"))
        )
        ends = sa.select(undone.c.refers).where(undone.c.refers == undo.c.number)
        done = ends.where(undone.c.kind == "done").exists()
        undone_itself = ends.where(undone.c.kind == "change").exists()
        taken_back = sa.select(sa.func.max(undo.c.number)).where(
            undo.c.refers == lines.c.number, undo.c.kind == "change", done, sa.not_(undone_itself)
        )
        own = [places.c.database, places.c.schema, places.c.table, ended.scalar_subquery().label("outcome")]
        parts: list[Any] = [lines, *own, taken_back.scalar_subquery().label("undone_by"), *more]
        return sa.select(*parts).join_from(lines, places)

    @staticmethod
    def _line(row: Any) -> Line:
        m = row._mapping
        place = KeptAt(m["database"], m["schema"], m["table"])
        texts = (m["kind"], m["person"], m["origin"], place, m["summary"], m["reason"])
        numbers = (m["rows"], m["refers"], m["unit"], json.loads(m["detail"]), m["outcome"] or "", m["undone_by"])
        return Line(m["number"], datetime.fromisoformat(m["at"]), *texts, *numbers)

    def _entries_with_lines(
        self, connection: sa.Connection, name: TableName, conditions: Sequence[Any], limit: int
    ) -> list[tuple[Line, Entry]]:
        lines, rows = self.tables.history, self.tables.history_row
        own = [c.label(f"row_{c.name}") for c in rows.c]
        joined = self._line_select(*own).join(rows, rows.c.unit == lines.c.unit)
        chosen = joined.where(lines.c.kind == "change", *conditions)
        ordered = chosen.order_by(lines.c.number.desc(), rows.c.number.desc()).limit(limit)
        found = connection.execute(ordered).fetchall()
        return [(self._line(row), self._entry(connection, row, name, "row_")) for row in found]

    def _entry(self, connection: sa.Connection, row: Any, name: TableName, prefix: str = "") -> Entry:
        m = row._mapping
        fetch = partial(self._content, connection)
        before, after = (json.loads(m[f"{prefix}{side}"] or "{}") for side in ("before", "after"))
        return Entry(
            name, m[f"{prefix}verb"], m[f"{prefix}token_before"] or m[f"{prefix}token"], m[f"{prefix}token"],
            m[f"{prefix}label"], {n: read_value(v, fetch) for n, v in before.items()},
            {n: read_value(v, fetch) for n, v in after.items()}, m[f"{prefix}along"], m[f"{prefix}number"],
        )  # fmt: skip


def _at_place(c: Any, place: KeptAt) -> Any:
    return sa.and_(c.database == place.database, c.schema == place.schema, c.table == place.table)


def _about(tables: StateTables, wanted: KeptAt) -> Any:
    """Return the condition that a line is about a table, or did something to it besides; "" is any of a database."""
    c, also, other = tables.history.c, tables.history_also.c, tables.history_place.alias("the_place").c
    if not wanted.table:
        return tables.history_place.c.database == wanted.database
    known = sa.select(other.id).where(_at_place(other, wanted)).scalar_subquery()
    return sa.or_(c.place == known, c.number.in_(sa.select(also.number).where(also.place == known)))


HISTORY_BUDGET = 5.0  # seconds that a page of the history may take to be read


def line_digest(last: str, line: Mapping[str, Any], place: KeptAt) -> str:
    """Return the digest of a line that follows the one whose digest is ``last``."""
    told = [line[name] for name in LINE_PARTS]
    return hashlib.sha256(json.dumps([last, *told, *place]).encode()).hexdigest()


LINE_PARTS = ("number", "at", "kind", "person", "origin", "summary", "reason", "rows", "refers", "unit", "detail")
ROW_COLUMNS = ("unit", "number", "verb", "token", "token_before", "label", "before", "after", "along", "place")
ROW_PARTS = ("verb", "token_before", "token", "label", "before", "after", "along")


def add_to_digest(digest: Any, row: Mapping[str, Any], place: KeptAt) -> None:
    """Let a change set's digest cover one more of its rows."""
    # None of these holds a control character: they are JSON, escaped or printable.
    digest.update("\x1f".join([row[name] or "" for name in ROW_PARTS] + [*place, "\n"]).encode())


class Recording:
    """What one change set does, written down as it goes; nothing counts before ``ahead`` has written its line."""

    connection: sa.Connection  # of the client's transaction

    def __init__(self, history: History, plan: Plan, database: Database) -> None:
        self.history = history
        self.plan = plan
        self.database = database
        self.unit = secrets.randbits(62)
        self.number = 0  # of rows so far
        self.digest = hashlib.sha256()
        self.counts: Counter[str] = Counter()
        self.along: Counter[tuple[TableName, str]] = Counter()
        self.shown: list[Entry] = []
        self.first: TableName | None = None
        self._places: dict[TableName, KeptAt] = {}
        self._waiting: list[tuple[KeptAt, dict[str, Any]]] = []
        self._contents: dict[str, bytes] = {}
        self._size = 0
        self._flushed = 0  # rows that are in the state already
        self._touched: set[int] = set()  # the tables, by their numbers

    def add(self, entry: Entry) -> None:
        """Write down what happened to a row."""
        if entry.along:
            self.along[entry.table, entry.along] += 1
        else:
            self.counts[entry.verb] += 1
            self.first = self.first or entry.table
        if len(self.shown) < SHOWN_ENTRIES:
            self.shown.append(entry)
        if not self.history.keeps:
            return
        row: dict[str, Any] = {
            "unit": self.unit, "number": self.number, "verb": entry.verb, "token": entry.token,
            "token_before": entry.token_before if entry.token_before != entry.token else None,
            "label": printable(entry.label)[:200], "before": written_values(entry.before, self._contents),
            "after": written_values(entry.after, self._contents), "along": entry.along,
        }  # fmt: skip
        if entry.table not in self._places:
            self._places[entry.table] = KeptAt.of(self.database, entry.table)
        place = self._places[entry.table]
        add_to_digest(self.digest, row, place)
        self.number += 1
        self._waiting.append((place, row))
        self._size += len(row["before"]) + len(row["after"])
        if len(self._waiting) >= WAITING_ROWS or self._size > WAITING_SIZE:
            self.flush()

    def keep(self, digest: str, body: bytes) -> None:
        """Keep the content of a BLOB."""
        self._contents[digest] = body
        self._size += len(body)
        if self._size > WAITING_SIZE:
            self.flush()

    def has(self, digest: str) -> bool:
        """Whether a content is kept already."""
        return digest in self._contents or self.history.has_content(digest)

    def mark(self) -> Any:
        """Return where the recording stands, for ``cut``."""
        return self.number, self.digest.copy(), self.counts.copy(), self.along.copy(), len(self.shown)

    def cut(self, mark: Any) -> None:
        """Forget what was added since ``mark``."""
        self.number, self.digest, self.counts, self.along, shown = mark
        del self.shown[shown:]
        self._waiting = [(place, row) for place, row in self._waiting if row["number"] < self.number]
        if self._flushed > self.number:
            with self._writing() as connection:
                c = self.history.tables.history_row.c
                drop = self.history.tables.history_row.delete().where(c.unit == self.unit, c.number >= self.number)
                connection.execute(drop)
            self._flushed = self.number

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """Open a transaction on the state: the client's own, where it is kept in the client's database."""
        if self.history.state.database is self.database:
            yield self.connection
        else:
            try:
                with self.history.state.writing() as connection:
                    yield connection
            except Unavailable as error:
                raise Unavailable(f"{HISTORY_WITHHELD} {error.message}", NOTHING_SAVED) from None

    @property
    def atomic(self) -> bool:
        """Whether the history is written in the client's own transaction."""
        return self.history.state.database is self.database

    def flush(self) -> None:
        """Write what waits, in a transaction of its own: it doesn't count yet."""
        if self._waiting or self._contents:
            with self._writing() as connection:
                self._write(connection)

    def _write(self, connection: sa.Connection) -> None:
        places = {place: self.history.place_id(connection, place) for place in {place for place, _ in self._waiting}}
        self._touched.update(places.values())
        self.history.keep_contents(connection, self._contents)
        rows = [(*row.values(), places[place]) for place, row in self._waiting]
        if rows:
            self._insert(connection, rows)
        self._waiting, self._contents, self._size, self._flushed = [], {}, 0, self.number

    def _insert(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows of the history; many at once, past what SQLAlchemy does to each value."""
        postgres = bool(self.history.tables.schema)
        marks = ", ".join(["%s" if postgres else "?"] * len(ROW_COLUMNS))
        table = self.history.tables.history_row.fullname
        raw: Any = connection.connection.driver_connection
        with in_words(connection), closing(raw.cursor()) as cursor:
            cursor.executemany(f"INSERT INTO {table} ({', '.join(ROW_COLUMNS)}) VALUES ({marks})", rows)

    def ahead(self) -> int | None:
        """Write the line that makes the rows count, before the client's transaction commits; return its number."""
        if not self.number or not self.history.keeps or self.first is None:
            return None
        with self._writing() as connection:
            self._write(connection)
            detail = {"digest": self.digest.hexdigest(), "counts": dict(self.counts), **self._transaction()}
            place = KeptAt.of(self.database, self.first)
            number = self.history.append(
                connection, "change", self.plan, place, rows=self.number, refers=self.plan.undoes, unit=self.unit,
                detail=detail,
            )  # fmt: skip
            self._note_others(connection, number, self._touched - {self.history.place_id(connection, place)})
            if self.atomic:
                self.history.append(connection, "done", Plan(""), KeptAt("", "", ""), refers=number)
        return number

    def _note_others(self, connection: sa.Connection, number: int, places: Collection[int]) -> None:
        """Let the change set be found by the other tables that it touched, besides its first."""
        rows = [{"place": place, "number": number} for place in sorted(places)]
        if rows:
            connection.execute(self.history.tables.history_also.insert(), rows)

    def _transaction(self) -> dict[str, Any]:
        """Return what PostgreSQL can later be asked about: how this very transaction ended."""
        known = getattr(self.connection.dialect, "server_version_info", None) or (0,)
        if not self.database.is_postgres or self.atomic or known < (13,):
            return {}
        asked = "SELECT pg_current_xact_id()::text AS transaction, pg_postmaster_start_time()::text AS server"
        return dict(self.connection.exec_driver_sql(asked).mappings().one())


WAITING_ROWS = 4000
WAITING_SIZE = 2_000_000  # characters and bytes of history that wait in memory at most


class Touched(NamedTuple):
    """What a change set did to rows of one table: how many, and by which rule of the database, if by one."""

    place: KeptAt
    verb: str
    along: str
    rows: int


class Day(NamedTuple):
    """What one person changed in one table since a moment: in how many change sets, how many rows."""

    person: str
    place: KeptAt
    sets: int
    rows: int
    number: int  # of the last of them


class Chronicle:
    """What pages tell of the history besides its lines."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.tables = history.tables

    def places(self) -> list[KeptAt]:
        """Return the tables that the history knows."""
        table = self.tables.history_place
        order = (table.c.database, table.c.schema, table.c.table)
        statement = sa.select(table).where(table.c.table != "").order_by(*order).limit(MOST_PLACES)
        rows = self.history._read(lambda connection: connection.execute(statement).fetchall(), [])
        return [KeptAt(row.database, row.schema, row.table) for row in rows]

    def first_rows(self, lines: Sequence[Line]) -> dict[int, Entry]:
        """Return the first row of each change set that has but one that was asked for, by the line's number."""
        sets = [line for line in lines if sum(planned(line).values()) == 1]
        found = self._rows(sets, self.tables.history_row.c.along == "")
        return {number: entries[0] for number, entries in found.items()}

    def small_sets(self, lines: Sequence[Line]) -> dict[int, list[Entry]]:
        """Return the rows of those change sets that have few, by the line's number."""
        return self._rows([line for line in lines if 0 < line.rows <= FEW_ENTRIES])

    def _rows(self, lines: Sequence[Line], *conditions: Any) -> dict[int, list[Entry]]:
        sets = {line.unit: line.number for line in lines if line.unit is not None}
        row, place = self.tables.history_row, self.tables.history_place
        statement = sa.select(row, place).join_from(row, place).where(row.c.unit.in_(list(sets)), *conditions)
        ordered = statement.order_by(row.c.unit, row.c.number)

        def fetch(connection: sa.Connection) -> dict[int, list[Entry]]:
            found: dict[int, list[Entry]] = {}
            for one in connection.execute(ordered).fetchall() if sets else ():
                at = KeptAt(one.database, one.schema, one.table)
                found.setdefault(sets[one.unit], []).append(self.history._entry(connection, one, at.name))
            return found

        rows: dict[int, list[Entry]] = self.history._read(fetch, {})
        return rows

    def touched(self, line: Line) -> list[Touched]:
        """Return which tables a change set touched, and how."""
        row, place = self.tables.history_row, self.tables.history_place
        at = (place.c.database, place.c.schema, place.c.table)
        statement = sa.select(*at, row.c.verb, row.c.along, sa.func.count()).join_from(row, place)
        grouped = statement.where(row.c.unit == line.unit).group_by(*at, row.c.verb, row.c.along)
        ordered = grouped.order_by(row.c.along, *at, row.c.verb)
        rows = self.history._read(lambda connection: connection.execute(ordered).fetchall(), [])
        return [Touched(KeptAt(*found[:3]), *found[3:]) for found in map(tuple, rows)]

    def since(self, moment: datetime, databases: Sequence[str], *, fresh: bool = False) -> Sequence[Day]:
        """Return who changed what since a moment, the latest first; held until the state changes, () if it is away."""
        line, place = self.tables.history, self.tables.history_place
        began = moment.astimezone(UTC).isoformat(timespec="microseconds")
        end = line.alias("an_end")
        void = sa.select(end.c.number).where(end.c.refers == line.c.number, end.c.kind == "void").exists()
        chosen = sa.select(line.c.person, line.c.place, line.c.rows, line.c.number)
        chosen = chosen.where(line.c.at >= began, line.c.kind == "change", sa.not_(void)).order_by(line.c.at.desc())
        late = chosen.limit(MOST_TODAY).subquery()
        last = sa.func.max(late.c.number)
        who = (late.c.person, place.c.database, place.c.schema, place.c.table)
        statement = sa.select(*who, sa.func.count(), sa.func.sum(late.c.rows), last)
        joined = statement.join(place, place.c.id == late.c.place)
        grouped = joined.where(place.c.database.in_(databases)).group_by(*who).order_by(last.desc()).limit(20)

        def fetch(connection: sa.Connection) -> Sequence[Day]:
            rows = connection.execute(grouped).fetchall()
            return tuple(Day(row[0], KeptAt(*row[1:4]), int(row[4]), int(row[5]), int(row[6])) for row in rows)

        key = ("since", began, tuple(databases))
        return cast("Sequence[Day]", self.history.state.read(key, fetch, (), fresh=fresh))

    def meanwhile(self, place: KeptAt, token: str, columns: Collection[str], after: int = 0) -> Line | None:
        """Return the newest change of any of these columns of a row, after the line with number ``after``."""
        found = self.history.of_row(place, token)
        lines = (line for line, e in found if line.outcome != "void" and {*columns} & {*e.before, *e.after})
        return next((line for line in lines if line.number > after), None)


FEW_ENTRIES = 10
MOST_PLACES = 1000
MOST_TODAY = 1000  # change sets that the first page sums up


def planned(line: Line) -> Mapping[str, int]:
    """Return how many rows a change set was asked to change, by verb."""
    counts = line.detail.get("counts")
    return {str(verb): int(count) for verb, count in counts.items()} if isinstance(counts, dict) else {}


class HistoryCheck:
    """Reads a whole history, and finds the first line that isn't as it was written."""

    def __init__(self, state: State) -> None:
        self.tables = state.tables
        self.database = state.database
        self.lines = 0
        self.rows = 0
        self.head = ""

    def run(self) -> str:
        """Return what is wrong with the first line that doesn't fit, or "". Raises Unavailable."""
        if self.database is None:
            return ""
        with self.database.reading(CHECK_SECONDS) as connection:
            return self._run(connection) if self._kept(connection) else ""

    def _kept(self, connection: sa.Connection) -> bool:
        table = self.tables.history_head
        return sa.inspect(connection).has_table(table.name, schema=table.schema)

    def _run(self, connection: sa.Connection) -> str:
        head, line = self.tables.history_head, self.tables.history
        ends = sa.select(head.c.number, head.c.hash, sa.select(sa.func.max(line.c.number)).scalar_subquery())
        heads = connection.execute(ends).fetchall()
        if len(heads) != 1:
            return "The head of the history is missing or doubled."
        number, digest, most = heads[0]
        while self.lines < number and (found := self._read(connection, self.lines, number)):
            if problem := self._batch(connection, found):
                return problem
        if self.lines < number:
            return missing_words(self.lines + 1, number)
        if digest != self.head:
            return f"The head of the history doesn't fit line {number}: one of them was changed."
        if (most or 0) > number:
            return f"Line {number + 1}: was added behind the end."
        return self._contents(connection)

    def _read(self, connection: sa.Connection, after: int, until: int) -> list[Any]:
        line, place = self.tables.history, self.tables.history_place
        names = (place.c.database, place.c.schema, place.c.table)
        statement = sa.select(line, *names).join_from(line, place, isouter=True).order_by(line.c.number)
        chosen = statement.where(line.c.number > after, line.c.number <= until).limit(ROWS_AT_ONCE)
        return [found._mapping for found in connection.execute(chosen)]

    def _batch(self, connection: sa.Connection, lines: Sequence[Any]) -> str:
        """Look at some lines, and the rows and contents of their change sets."""
        units = self._units(connection, [line["unit"] for line in lines if line["unit"] is not None])
        for line in lines:
            if line["number"] != self.lines + 1:
                return missing_words(self.lines + 1, line["number"] - 1)
            place = KeptAt(line["database"], line["schema"], line["table"])
            if line_digest(self.head, line, place) != line["hash"]:
                return f"{line_words(line)}: was changed."
            if line["unit"] is not None and (problem := units[line["unit"]].problem(line)):
                return f"{line_words(line)}: {problem}"
            self.lines, self.head = line["number"], line["hash"]
        return ""

    def _units(self, connection: sa.Connection, units: Sequence[int]) -> dict[int, CheckedRows]:
        """Read the rows of some change sets."""
        row, place = self.tables.history_row, self.tables.history_place
        names = (place.c.database, place.c.schema, place.c.table)
        statement = sa.select(row, *names).join_from(row, place, isouter=True).where(row.c.unit.in_(units))
        ordered = statement.order_by(row.c.unit, row.c.number).execution_options(**STREAMED)
        found = {unit: CheckedRows() for unit in units}
        with connection.execute(ordered) as rows:
            for part in rows.partitions(ROWS_AT_ONCE):
                for one in part:
                    found[one.unit].add(one._mapping)
                self._present(connection, [one._mapping for one in part], found)
        self.rows += sum(checked.number for checked in found.values())
        return found

    def _present(self, connection: sa.Connection, rows: Sequence[Any], found: Mapping[int, CheckedRows]) -> None:
        """Note for rows which of their contents aren't kept."""
        wanted = [(row["unit"], digest) for row in rows for digest in referenced(row)]
        c = self.tables.content.c
        kept: set[str] = set()
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            some = {digest for _, digest in wanted[start : start + ROWS_AT_ONCE]}
            kept.update(connection.execute(sa.select(c.hash).where(c.hash.in_(some))).scalars())
        for unit, digest in wanted:
            if digest not in kept and not found[unit].missing:
                found[unit].missing = digest

    def _contents(self, connection: sa.Connection) -> str:
        """Look at the contents, one by one."""
        c, last = self.tables.content.c, ""
        while names := connection.execute(
            sa.select(c.hash).where(c.hash > last).order_by(c.hash).limit(ROWS_AT_ONCE)
        ).scalars().all():  # fmt: skip
            for last in names:
                body = connection.execute(sa.select(c.body).where(c.hash == last)).scalar()
                if hashlib.sha256(body or b"").hexdigest() != last:
                    return self._changed_content(connection, last)
        return ""

    def _changed_content(self, connection: sa.Connection, digest: str) -> str:
        line, row = self.tables.history, self.tables.history_row
        joined = sa.select(line).join(row, row.c.unit == line.c.unit)
        holds = sa.or_(row.c.before.contains(digest, autoescape=True), row.c.after.contains(digest, autoescape=True))
        found = connection.execute(joined.where(holds).order_by(line.c.number).limit(1)).first()
        where = f"{line_words(found._mapping)}: " if found else "No line's: "
        return f"{where}the file or long text {digest[:12]}… was changed."


class CheckedRows:
    """The rows of one change set, as they are read."""

    def __init__(self) -> None:
        self.number = 0
        self.gap = False
        self.missing = ""
        self.digest = hashlib.sha256()

    def add(self, row: Any) -> None:
        """Take the next row."""
        self.gap = self.gap or row["number"] != self.number
        self.number += 1
        place = KeptAt(row["database"] or "", row["schema"] or "", row["table"] or "")  # nothing, where it is missing
        add_to_digest(self.digest, row, place)

    def problem(self, line: Any) -> str:
        """Return what doesn't fit the change set's line, or ""."""
        if self.gap or self.number != line["rows"]:
            return f"it had {line['rows']} rows, of which some are missing, or some were added."
        if self.digest.hexdigest() != json.loads(line["detail"]).get("digest"):
            return "one of its rows was changed."
        return f"the file or long text {self.missing[:12]}… is missing." if self.missing else ""


CHECK_SECONDS = 86_400.0
STREAMED = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}


def referenced(row: Any) -> list[str]:
    """Return the digests of the contents that a row of the history refers to."""
    try:
        values = [value for side in ("before", "after") for value in json.loads(row[side] or "{}").values()]
    except (ValueError, AttributeError):  # it was changed, as its digest will tell
        return []
    wanted = [value.get("blob") or value.get("text") for value in values if isinstance(value, dict)]
    return [digest for digest in wanted if isinstance(digest, str)]


def line_words(line: Any) -> str:
    """Return for people which line is meant."""
    by = f" by {line['person']}" if line["person"] else ""
    return f"Line {line['number']} ({line['kind']}{by}, {line['at'][:16].replace('T', ' ')})"


def missing_words(first: int, last: int) -> str:
    """Return for people which lines are missing."""
    return f"Line {first} is missing." if first == last else f"Lines {first} to {last} are missing."


# -- Changes ------------------------------------------------------------------


class _Default:
    """The wish that the database fills a column itself; there is one, DEFAULT."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = _Default()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What someone wants done to one row: the only way in which anything is written.

    ``token`` addresses the row ("" for an insert); ``old`` holds fingerprints of the values that the person
    saw, by column name; ``new`` the values to store (or DEFAULT), of the changed columns alone. ``current`` are the
    row's values where they were read in the same transaction; ``place`` says where the change came from (a line of a
    file). ``restore`` puts a row back as it was, at ``token``; ``alone`` deletes one only if nothing refers to it;
    ``problem`` is why it can't be carried out, if that is known already.
    """

    table: Table
    verb: str  # "insert", "update", "delete"
    token: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    current: Mapping[str, Any] | None = None
    place: Any = None
    restore: bool = False
    alone: bool = False
    problem: FlaskAdminError | None = None


class Outcome(NamedTuple):
    """What a change did: the row's address afterwards, and the names of the columns that were written.

    ``merged`` names those that someone else had changed meanwhile, and that stayed as they are.
    """

    token: str
    written: tuple[str, ...]
    merged: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}
    number: int | None = None  # of the change set in the history


MOST_REJECTED = 1000  # kept to be shown; all are counted


class Rejected(NamedTuple):
    """A change that was left out, and why."""

    change: Change
    error: FlaskAdminError


class Result(NamedTuple):
    """What a change set did, or would do: how many rows by verb, the first of them, and what was left out.

    ``number`` is its number in the history; None for a preview, where nothing changed, and without a history.
    """

    number: int | None
    counts: Mapping[str, int]
    along: Mapping[tuple[TableName, str], int]
    entries: Sequence[Entry]
    rejected: Sequence[Rejected]
    rejected_count: int
    outcome: Outcome | None


Changes = Iterable["Change | list[Change]"] | Callable[[sa.Connection], Iterable["Change | list[Change]"]]


def fingerprint(value: Any, edited: str = "") -> Any:
    """Return what a form carries of a value to tell later whether it is still the same: itself, if it is short."""
    if isinstance(value, Blob):
        return {"blob": value.digest}
    if isinstance(value, str) and len(value) > 1000:
        return {"text": _digest(value), "form": _digest(normal(edited))}
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def same(known: Any, value: Any) -> bool:
    """Whether a fingerprint is that of ``value``."""
    now = fingerprint(value)
    if isinstance(known, dict) and isinstance(now, dict):
        return bool(known.get("blob") == now.get("blob") and known.get("text") == now.get("text"))
    return type(known) is type(now) and bool(known == now)


def same_value(one: Any, other: Any) -> bool:
    """Whether two stored values are the same, bit by bit."""
    return type(one) is type(other) and bool(one == other)


def full_selection(table: Table) -> Selection:
    """Return the SELECT of all of a row, bytes as size and digest."""
    return Selection.of(table, table.columns, None, digest=True)


class Writer:
    """Carries out change sets, each in one transaction that does exactly what was planned or leaves all as it was."""

    def __init__(self, database: Database, catalogue: Catalogue, history: History | None = None) -> None:
        self.database = database
        self.catalogue = catalogue
        self.unkept = History(State(None))
        self.history = history or self.unkept

    def apply(self, change: Change, user: str, origin: str = "form") -> Outcome:
        """Carry out one change. Raises Conflict, Refused, NotFound, Forbidden or Unavailable, with nothing changed."""
        result = self.run(Plan(user, origin), [change])
        assert result.outcome is not None
        return result.outcome._replace(number=result.number)

    def run(
        self, plan: Plan, changes: Changes, *, preview: bool = False, skip: bool = False,
        progress: Callable[[int], None] | None = None, agree: Callable[[Result], None] | None = None,
        most_rejected: int = MOST_REJECTED,
    ) -> Result:  # fmt: skip
        """Carry out changes as one unit; a ``preview`` is the same run, rolled back.

        ``changes`` may be a function of the connection: what it reads is of the same transaction. It yields a Change,
        and gets its Outcome back, or a list of them, which are carried out together. What is refused raises, as
        ``apply`` does, with the change as the error's ``change``; or, if ``skip``, is left out. ``progress`` is called
        with the number of changes so far, and raises to stop them all; so does ``agree``, called with what was done
        before it counts.
        """
        if not preview:
            self._be_ready()
        run = Run(self, Recording(self.unkept if preview else self.history, plan, self.database), skip, progress)
        number: int | None = None
        try:
            with self.database.writing(plan.person) as connection:
                run.begin(connection)
                run.most_rejected = most_rejected
                run.carry_out(changes)
                if agree:
                    agree(run.result(None))
                if preview:
                    run.check_at_end()
                    connection.rollback()
                    return run.result(None)
                number = run.recording.ahead()
                connection.commit()
        except BaseException as error:
            came_through = number is not None and self._came_through(number, run.recording)
            if came_through is None:
                raise Unavailable(IN_DOUBT, "Look before you repeat it; the history will say how it ended.") from None
            if not came_through:
                raise self._in_words(error, run) from None
        if number is not None and not run.recording.atomic:
            self._confirm(number)
        return run.result(number)

    def _be_ready(self) -> None:
        """Raise Unavailable where what is done couldn't be written down."""
        if why := self.history.withheld():
            raise Unavailable(why, NOTHING_SAVED)
        if self.history.state.database is self.database:  # later, the client's transaction would stand in its way
            self.history.state.make()

    def _came_through(self, number: int, recording: Recording) -> bool | None:
        """Find out how a change set ended whose commit failed, or wasn't answered; None where that can't be told."""
        try:
            if recording.atomic:
                return self.history.line(number).unit == recording.unit
            self.settle([number])
            return {"done": True, "void": False}.get(self.history.line(number).outcome)
        except NotFound:
            return False
        except FlaskAdminError:
            return None if self.database.is_postgres else False

    def _confirm(self, number: int) -> None:
        try:
            self.history.finish(number, "done")
        except FlaskAdminError as error:  # the change is saved: the next start will find it so
            logging.getLogger("flaskadmin").warning("The history can't confirm %s yet: %s", number, error)

    def _in_words(self, error: BaseException, run: Run) -> BaseException:
        """Return the error that people see; of the database's refusals, what it was about."""
        if isinstance(error, SchemaChanged):
            self.catalogue.forget()
            return Refused(
                "The table has just been changed, or something that it needs isn't there any more.",
                "Nothing was saved. What you typed is kept: save again in a moment.",
            )
        cause = error.__cause__ if isinstance(error, FlaskAdminError) else None
        if run.current and isinstance(cause, sa.exc.DBAPIError) and not isinstance(error, Unavailable | Forbidden):
            error = Refusal(self, run.current, cause).error()
        return run.named(error) if isinstance(error, Refused | Conflict | NotFound) else error

    # Undo

    def undo(
        self, number: int, person: str, *, preview: bool = False, skip: bool = False, reason: str = "",
        progress: Callable[[int], None] | None = None,
    ) -> Result:  # fmt: skip
        """Take a change set back, as a change set of its own. Raises NotFound, Refused, and as ``run`` does.

        A row that was changed since isn't touched: that refuses the whole or, if ``skip``, leaves the row out.
        """
        self.settle([number])
        line = self.history.line(number)
        if line.kind != "change" or line.place.database != KeptAt.of(self.database, TableName("", "")).database:
            raise NotFound("There is no such change in the history of this database.")
        if line.outcome != "done":
            raise Refused("This change didn't come about, so there is nothing to undo.")
        if self._is_undone(line):  # a second undo would insert rows again that no key tells apart
            raise Refused("This change was undone already.", "Undo the undo, to have it back.")
        plan = Plan(person, "undo", f"Undo of {number}: {line.summary or line.origin}", reason, number)
        return self.run(plan, Reversal(self, line).changes, preview=preview, skip=skip, progress=progress)

    def _is_undone(self, line: Line) -> bool:
        """Whether a change set was taken back as a whole, and that wasn't taken back in turn."""
        undo = self.history.line(line.undone_by) if line.undone_by is not None else None
        return undo is not None and undo.rows >= line.rows and not self._is_undone(undo)

    # After a crash

    def settle(self, numbers: Sequence[int] | None = None) -> list[int]:
        """Find out how change sets ended of which nobody wrote it down; return their numbers. Raises Unavailable."""
        if not self.history.keeps:
            return []
        open_lines = self.history.unfinished(KeptAt.of(self.database, TableName("", "")).database, numbers)
        if not open_lines:
            return []
        settled = []
        with self.database.writing() as connection:  # on SQLite, nobody else is writing now
            found = [(line.number, Witness(self, connection, line).verdict()) for line in open_lines]
        for number, verdict in found:
            if verdict:
                self.history.finish(number, verdict, found="later")
                settled.append(number)
        return settled


def settle_at_start(writer: Writer) -> None:
    """Settle what a crash left; what can't be settled now, is at the next start."""
    try:
        if writer.history.state.file and writer.settle():
            logging.getLogger("flaskadmin").info("The history now says how the changes ended that a crash cut off.")
    except FlaskAdminError as error:
        logging.getLogger("flaskadmin").warning("The history can't be settled yet: %s", error)


class Witness:
    """Finds out from the database whether a change set was committed."""

    def __init__(self, writer: Writer, connection: sa.Connection, line: Line) -> None:
        self.writer = writer
        self.connection = connection
        self.line = line

    def verdict(self) -> str:
        """Return "done", "void", or "" while its transaction is still going on."""
        asked = self._ask() if "transaction" in self.line.detail else None
        if asked is not None and not (asked == "committed" and self._may_be_anothers()):
            return {"committed": "done", "in progress": ""}.get(asked, "void")
        for entry in self.writer.history.entries(self.line):
            told = self._told(entry)
            if (seen := self._look(entry) if told is None else told) is not None:
                return "done" if seen else "void"
        return "done" if asked else "void"

    def _may_be_anothers(self) -> bool:
        """Whether the server was started since: what a crash didn't leave time to write, is numbered again."""
        now = self.connection.exec_driver_sql("SELECT pg_postmaster_start_time()::text").scalar()
        return bool(self.line.detail.get("server") != now)

    def _ask(self) -> str | None:
        """Return what PostgreSQL knows of the transaction; None where it has forgotten."""
        asked = sa.select(sa.func.pg_xact_status(sa.cast(self.line.detail["transaction"], _Raw("xid8"))))
        with suppress(sa.exc.DBAPIError), self.connection.begin_nested():
            return cast("str | None", self.connection.execute(asked).scalar())
        return None

    def _told(self, entry: Entry) -> bool | None:
        """Whether the next change of a row found it as this one left it; None where that can't be told."""
        place = KeptAt.of(self.writer.database, entry.table)
        rows = self.writer.history.of_row(place, entry.token, MOST_LATER)
        later = [e for line, e in rows if line.number > self.line.number and line.outcome == "done"]
        if not later:
            return None
        if entry.verb != "update":
            return (later[-1].verb == "insert") is (entry.verb == "delete")
        both = {*entry.after} & {*later[-1].before}
        return all(later[-1].before[name] == entry.after[name] for name in both) if both else None

    def _look(self, entry: Entry) -> bool | None:
        """Whether a row is as the change left it; None where it is neither so nor as it was before."""
        now = self._row(entry, entry.token)
        if entry.verb == "insert":
            return now is not None
        if entry.verb == "delete":
            return self._row(entry, entry.token_before) is None
        if now is not None and all(now.get(name) == value for name, value in entry.after.items()):
            return True
        before = self._row(entry, entry.token_before)
        untouched = before is not None and all(before.get(n) == value for n, value in entry.before.items())
        return False if untouched else None

    def _row(self, entry: Entry, token: str) -> Mapping[str, Any] | None:
        with suppress(FlaskAdminError):
            table = self.writer.catalogue.any_table(entry.table)
            return full_selection(table).find(self.connection, token).values
        return None


MOST_LATER = 1000  # changes of one row that are looked through


class Run:
    """A change set on its way, within one transaction."""

    connection: sa.Connection
    rows: RowWriter
    batches: BatchWriter

    def __init__(
        self, writer: Writer, recording: Recording, skip: bool, progress: Callable[[int], None] | None
    ) -> None:
        self.writer = writer
        self.recording = recording
        self.skip = skip
        self.progress = progress
        self.done = 0
        self.unchanged = 0
        self.current: Change | None = None
        self.single = True
        self.outcome: Outcome | None = None
        self.rejected: list[Rejected] = []
        self.most_rejected = MOST_REJECTED
        self.rejected_count = 0
        self._extend_at = time.monotonic() + EXTENDED_SECONDS / 3

    def begin(self, connection: sa.Connection) -> None:
        """Take the connection on which the transaction has begun."""
        self.connection = self.recording.connection = connection
        self.rows = RowWriter(self.writer, connection, self.recording)
        self.batches = BatchWriter(self.rows)

    def carry_out(self, changes: Changes) -> None:
        """Carry out all changes, each by itself or a list at once."""
        source = iter(changes(self.connection) if callable(changes) else changes)
        self.single = isinstance(changes, list) and len(changes) == 1 and not self.skip
        answer: Outcome | None = None
        while True:
            try:
                item = source.send(answer) if isinstance(source, Generator) else next(source)
            except StopIteration:
                return
            if isinstance(item, list):
                answer = None
                self._together(item)
                self._count(len(item))
            else:
                answer = self._one(item)
                self._count(1)

    def _count(self, more: int) -> None:
        before, self.done = self.done, self.done + more
        if self.done // ROWS_AT_ONCE != before // ROWS_AT_ONCE and self.progress:
            self.progress(self.done)
        if time.monotonic() > self._extend_at:  # each statement has its budget, not all of them one
            self.writer.database.allow(self.connection, EXTENDED_SECONDS)
            self._extend_at = time.monotonic() + EXTENDED_SECONDS / 3

    def _together(self, changes: list[Change]) -> None:
        """Carry out changes, those of one kind at once."""
        for group in self.batches.alike(changes):
            if self.batches.suits(group):
                self._at_once(group)
            else:
                self._each(group)

    def _at_once(self, changes: list[Change]) -> None:
        """Carry out changes that are alike; in smaller groups where that fails, to learn which of them can't be."""
        mark, seen = self.recording.mark(), self.rows.along.mark()
        try:
            with savepoint(self.connection):
                self.unchanged += self.batches.carry_out(changes)
            return
        except (sa.exc.DBAPIError, FlaskAdminError, ValueError, OverflowError) as error:
            if isinstance(describe(error) if isinstance(error, sa.exc.DBAPIError) else error, Unavailable):
                raise
        self.recording.cut(mark)
        self.rows.along.cut(seen)
        half = len(changes) // 2
        if self.skip and half >= SMALLEST_BATCH:
            self._at_once(changes[:half])
            self._at_once(changes[half:])
        else:
            self._each(changes)

    def _each(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._one(change)

    def _one(self, change: Change) -> Outcome | None:
        self.current = change
        if not self.skip:
            self.outcome = self._written(change)
            return self.outcome
        mark, seen = self.recording.mark(), self.rows.along.mark()
        try:
            with savepoint(self.connection):
                return self._written(change)
        except (sa.exc.DBAPIError, Conflict, Refused, NotFound) as error:
            self.recording.cut(mark)
            self.rows.along.cut(seen)
            self.reject(change, self._in_words(change, error))
        return None

    def _in_words(self, change: Change, error: Exception) -> FlaskAdminError:
        if isinstance(error, FlaskAdminError):
            return error
        assert isinstance(error, sa.exc.DBAPIError)
        told = describe(error)
        if isinstance(told, Unavailable | Forbidden):
            raise error
        return Refusal(self.writer, change, error, self.connection).error()

    def _written(self, change: Change) -> Outcome:
        try:
            outcome = self.rows.carry_out(change)
        except (ValueError, OverflowError):  # no text of the database's encoding, no number of 64 bits
            raise Refused("A value can't be stored in its column.", "Nothing was changed.") from None
        self.unchanged += change.verb == "update" and not outcome.written
        return outcome

    def reject(self, change: Change, error: FlaskAdminError) -> None:
        """Leave a change out."""
        self.rejected_count += 1
        if len(self.rejected) < self.most_rejected:
            self.rejected.append(Rejected(change, error))

    def check_at_end(self) -> None:
        """Let the database check now what it would check at the commit."""
        if self.writer.database.is_postgres:
            self.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")

    def named(self, error: FlaskAdminError) -> FlaskAdminError:
        """Let an error say which row it is about, where there are several."""
        error.change = self.current
        if not self.single and self.current is not None:
            error.message = f"{row_words(self.current)}: {error.message}"
            error.args = (f"{error.message} {error.remedy}".strip(),)
        return error

    def result(self, number: int | None) -> Result:
        """Return what was done."""
        counts = {**dict.fromkeys(ALL_WRITES, 0), **self.recording.counts, "unchanged": self.unchanged}
        recorded = self.recording
        return Result(
            number, counts, dict(recorded.along), recorded.shown, self.rejected, self.rejected_count, self.outcome
        )


EXTENDED_SECONDS = 60.0
SMALLEST_BATCH = 8


def row_words(change: Change) -> str:
    """Return for people which row a change is about."""
    name = change.table.name.name
    if change.place is not None:
        return f"Line {change.place} ({name})"
    values = {**(change.current or {}), **{n: v for n, v in change.new.items() if v is not DEFAULT}}
    return f"{name} {label_text(Row(change.token, values), label_columns(change.table))}".strip()


@contextmanager
def savepoint(connection: sa.Connection) -> Iterator[None]:
    """Undo what happens inside, and no more, where it raises."""
    connection.exec_driver_sql("SAVEPOINT flaskadmin")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT flaskadmin")
        raise
    finally:
        connection.exec_driver_sql("RELEASE SAVEPOINT flaskadmin")


class RowWriter:
    """Carries out single changes on an open connection, each on exactly one row, and writes down what came of it."""

    def __init__(self, writer: Writer, connection: sa.Connection, recording: Recording) -> None:
        self.writer = writer
        self.connection = connection
        self.recording = recording
        self.along = Along(self)
        self._named_by: dict[TableName, Sequence[Column]] = {}

    def carry_out(self, change: Change) -> Outcome:
        """Carry out a change. Raises Conflict, Refused, NotFound, Forbidden, and what the driver raises."""
        run = {"insert": self._insert, "update": self._update, "delete": self._delete}[change.verb]
        if change.problem is not None:
            raise change.problem
        if change.verb not in change.table.writes:
            raise Forbidden(change.table.reason or f"Rows of {change.table.name.name} can't be changed this way.")
        return run(change)

    def _insert(self, change: Change) -> Outcome:
        table, identity, connection = change.table, Identity.of(change.table), self.connection
        given = {name: value for name, value in change.new.items() if value is not DEFAULT}
        statement = insert_of(change, given)
        self.keep_new(given)
        if table.rowid:  # virtual tables know no RETURNING
            done = connection.execute(statement.inline())
            rowid = _rowid(table) == done.lastrowid
            found = connection.execute(sa.select(*identity.expressions).select_from(table.sa).where(rowid)).first()
        else:
            found = connection.execute(statement.returning(*identity.expressions)).first()
        token = identity.token(found) if found else ""
        values = self._stored(table, token, given)
        if found or not table.postgres:
            self.record(table, "insert", "", token, {}, values, place=change.place)
        return Outcome(token, tuple(given), (), values)

    def _stored(self, table: Table, token: str, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the database made of a row: triggers, defaults and generated columns have their say."""
        with suppress(NotFound):  # a view need not show what was saved through it
            return full_selection(table).find(self.connection, token).values
        return {n: Blob(len(v), v[:16], _digest_bytes(v)) if isinstance(v, bytes) else v for n, v in otherwise.items()}

    def _update(self, change: Change) -> Outcome:
        table = change.table
        selection = full_selection(table)
        current = change.current if change.current is not None else self._current(selection, change)
        self.compare(change, current)
        merged = tuple(
            n for n, known in change.old.items() if n in current and n not in change.new and not same(known, current[n])
        )
        new = {name: value for name, value in change.new.items() if value is DEFAULT or value != current[name] or
               type(value) is not type(current[name])}  # fmt: skip
        if not new:
            return Outcome(change.token, (), merged, current)
        guarded = table.columns if not selection.identity.exact else [table.by_name[name] for name in new]
        values = {table.sql(name): stored(table, table.by_name[name], value) for name, value in new.items()}
        statement = table.sa.update().where(self._where(selection.identity, change.token, guarded, current))
        self.keep_blobs(table, change.token, {column.name: current[column.name] for column in guarded})
        self.keep_new(new)
        self.along.expect(table, Row(change.token, current), new)
        token = self._execute_one(statement.values(values), selection, change, new)
        self.along.follow()
        now = self._stored(table, token, {**current, **{n: v for n, v in new.items() if v is not DEFAULT}})
        self.record_update(replace(change, current=current), Row(token, now))
        return Outcome(token, tuple(new), merged, now)

    def _delete(self, change: Change) -> Outcome:
        table = change.table
        selection = full_selection(table)
        if self.along.took(table, change.token):
            return Outcome("", ())
        current = change.current if change.current is not None else self._current(selection, change)
        self.compare(change, current)
        if change.alone:
            self.along.refuse_any(table, [Row(change.token, current)])
        self.keep_blobs(table, change.token, current)
        self.along.capture(table, [Row(change.token, current)])
        where = self._where(selection.identity, change.token, table.columns, current)
        if (hit := self.connection.execute(table.sa.delete().where(where)).rowcount) != 1:
            raise self._not_one(selection, change, hit)
        self.along.follow()
        self.record(table, "delete", change.token, change.token, current, {})
        return Outcome("", (), (), current)

    # Writing down

    def record(
        self, table: Table, verb: str, token_before: str, token: str, before: Mapping[str, Any],
        after: Mapping[str, Any], whole: Mapping[str, Any] | None = None, along: str = "", place: Any = None,
    ) -> None:  # fmt: skip
        """Write down what happened to a row; ``whole`` holds the values that name it."""
        if verb == "insert":
            self.keep_blobs(table, token, after)
        label = self._label(table, token or token_before, whole or after or before)
        self.recording.add(Entry(table.name, verb, token_before or token, token, label, before, after, along, place))

    def _label(self, table: Table, token: str, values: Mapping[str, Any]) -> str:
        if table.name not in self._named_by:
            self._named_by[table.name] = label_columns(table)
        named = self._named_by[table.name]
        value = values.get(named[0].name) if len(named) == 1 else None
        if isinstance(value, str) and 0 < len(value) < 80 and value.isprintable() and "  " not in value:
            return value  # what label_text would return, as nearly every name is
        return label_text(Row(token, values), named)

    def record_update(self, change: Change, now: Row) -> None:
        """Write down what an update made of a row."""
        current, exact = change.current or {}, Identity.of(change.table).exact
        differ = [
            n
            for n, v in current.items()
            if not exact or v is not now.values.get(n) and not same_value(v, now.values.get(n))
        ]
        before, after = ({n: side[n] for n in differ if n in side} for side in (current, now.values))
        self.record(change.table, "update", change.token, now.token, before, after, now.values, place=change.place)

    def keep_new(self, values: Mapping[str, Any]) -> None:
        """Keep the bytes that are about to be stored."""
        if bytes in map(type, values.values()) and self.recording.history.keeps:
            for value in values.values():
                if isinstance(value, bytes) and not self.recording.has(digest := _digest_bytes(value)):
                    self.recording.keep(digest, value)

    def keep_blobs(self, table: Table, token: str, values: Mapping[str, Any]) -> None:
        """Keep what is in the BLOBs among a row's values, while it can be read."""
        if Blob not in map(type, values.values()) or not self.recording.history.keeps:
            return
        for name, value in values.items():
            if isinstance(value, Blob) and not self.recording.has(value.digest):
                raw = sa.type_coerce(table.sql(name), sa.LargeBinary() if table.postgres else sa.types.NullType())
                found = Selection.of(table, [table.by_name[name]], None).record(self.connection, token, raw)
                self.recording.keep(value.digest, bytes(found[-1]))

    # Exactly one row

    def _current(self, selection: Selection, change: Change) -> Mapping[str, Any]:
        try:
            return selection.find(self.connection, change.token).values
        except NotFound:
            raise Conflict(
                "This record isn't there any more: someone deleted it or changed its key.",
                "What you typed is still here: copy what you need, or go back to the list.",
            ) from None

    @staticmethod
    def compare(change: Change, current: Mapping[str, Any]) -> None:
        """Raise Conflict unless the values that matter are still those that the person saw."""
        if not change.old:
            return
        whole = change.verb == "delete" or not Identity.of(change.table).exact
        compared = change.old if whole else {*change.new} & {*change.old}
        theirs = {n: current[n] for n in compared if n in current and not same(change.old[n], current[n])}
        if theirs:
            raise Conflict(
                "Someone else changed this record while you had it open. Nothing of yours is saved yet.",
                "Look at both values below, keep what is right, and save again.",
                theirs,
            )

    @staticmethod
    def _where(identity: Identity, token: str, columns: Iterable[Column], current: Mapping[str, Any]) -> Any:
        conditions = [unchanged(identity.table, column, current[column.name]) for column in columns]
        return sa.and_(identity.clause(token), *conditions)

    def _execute_one(self, statement: Any, selection: Selection, change: Change, new: Mapping[str, Any]) -> str:
        """Run an UPDATE that must hit one row, and return the row's address afterwards."""
        identity = selection.identity
        moved = not identity.exact or any(name in change.table.key for name in new)
        if moved and change.table.postgres:
            done = self.connection.execute(statement.returning(*identity.expressions)).fetchall()
            if len(done) != 1:
                raise self._not_one(selection, change, len(done))
            return identity.token(done[0])
        place = self._rowid_of(change, identity) if moved else None
        if (hit := self.connection.execute(statement).rowcount) != 1:
            raise self._not_one(selection, change, hit)
        if not moved:
            return change.token
        if place is not None:  # a key that may be NULL: only the rowid surely finds the row again
            here = sa.select(*identity.expressions).select_from(change.table.sa).where(_rowid(change.table) == place)
            return identity.token(self.connection.execute(here).one())
        return self._moved_token(change, new) if identity.exact else self._changed_token(change, identity)

    def _rowid_of(self, change: Change, identity: Identity) -> int | None:
        """Return the rowid of a SQLite row whose key may be NULL; None where the key tells enough."""
        if not isinstance(identity, KeyIdentity) or identity.rowid is None:
            return None
        found = sa.select(identity.rowid).select_from(change.table.sa).where(identity.clause(change.token))
        place: int = self.connection.execute(found).scalar_one()
        return place

    def _changed_token(self, change: Change, identity: Identity) -> str:
        """Return the address of a SQLite row that has no key, after it was changed; "" where others are like it."""
        values = [
            (c, change.new[c.name]) for c in change.table.columns if change.new.get(c.name, DEFAULT) is not DEFAULT
        ]
        conditions = [unchanged(change.table, column, value) for column, value in values]
        statement = sa.select(*identity.expressions).select_from(change.table.sa).where(*conditions)
        found = self.connection.execute(statement.limit(2)).fetchall()
        return identity.token(found[0]) if len(found) == 1 else ""

    @staticmethod
    def _moved_token(change: Change, new: Mapping[str, Any]) -> str:
        """Return a SQLite row's address after its key was changed."""
        old = dict(zip(change.table.key, key_values(change.token), strict=True)) if change.table.key else {}
        return Identity.of(change.table).token([{**old, **new}[name] for name in change.table.key])

    def _not_one(self, selection: Selection, change: Change, hit: int) -> FlaskAdminError:
        """Return why a statement that must hit one row hit none or several."""
        if hit > 1:
            return Refused(
                f"{hit} rows are alike in every value, so one of them can't be changed alone.", "Nothing was changed."
            )
        with suppress(Conflict):
            now = self._current(selection, change)
            if all(same(known, now[name]) for name, known in change.old.items() if name in now):
                return Refused("A rule or trigger of the database dropped this change.", "Nothing was changed.")
        return Conflict("Someone else changed this record at this very moment.", "Look at it again, then save.")


class Along:
    """What the database's own rules do to other rows when rows are deleted, read before it happens."""

    def __init__(self, rows: RowWriter) -> None:
        self.rows = rows
        self.catalogue = rows.writer.catalogue
        self._seen: dict[tuple[TableName, str], str] = {}  # by which rule
        self._later: list[tuple[Table, Link, Row, str]] = []

    def capture(self, table: Table, gone: Sequence[Row]) -> None:
        """Write down what goes along with these rows: the rows that refer to them before the rows themselves."""
        for row in gone:
            self._seen.setdefault((table.name, row.token), "")
        referring = self.catalogue.all_referring(table.name)
        for name, link in sorted(referring, key=lambda one: one[1].on_delete != "CASCADE"):  # what goes isn't cleared
            if link.on_delete in ("CASCADE", "SET NULL", "SET DEFAULT"):
                self._capture_by(self.catalogue.any_table(name), link, gone)

    def _capture_by(self, child: Table, link: Link, gone: Sequence[Row]) -> None:
        for rows in read_referring(self.rows.connection, child, link, gone):
            fresh = [row for row in rows if (child.name, row.token) not in self._seen]
            if link.on_delete == "CASCADE":
                self._cascade(child, fresh)
            elif link.on_delete == "SET NULL":
                self._set(child, link, fresh, dict.fromkeys(link.columns))
            elif not Identity.of(child).exact:  # afterwards nothing finds the rows
                self._set(child, link, fresh, self._defaults(child, link))
            else:
                self._later += [(child, link, row, link.on_delete) for row in fresh]

    def _cascade(self, child: Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        for row in rows:
            self._seen[child.name, row.token] = "CASCADE"
            self.rows.keep_blobs(child, row.token, row.values)
        self.capture(child, rows)
        for row in rows:
            self.rows.record(child, "delete", row.token, row.token, row.values, {}, along="CASCADE")

    def _set(self, child: Table, link: Link, rows: Sequence[Row], to: Mapping[str, Any]) -> None:
        exact = Identity.of(child).exact
        token = "" if {*link.columns} & {*child.key} else None
        for row in rows:
            before = {name: value for name, value in row.values.items() if name in to or not exact}
            if not exact:
                self.rows.keep_blobs(child, row.token, before)
            after, now = {**before, **to}, row.token if token is None else token
            self.rows.record(child, "update", row.token, now, before, after, row.values, along=link.on_delete)

    def _defaults(self, child: Table, link: Link) -> dict[str, Any]:
        """Return the values that SET DEFAULT gives, on PostgreSQL."""
        defaults: list[Any] = [
            sa.literal_column(f"({child.by_name[name].default or 'NULL'})::text") for name in link.columns
        ]
        return dict(zip(link.columns, self.rows.connection.execute(sa.select(*defaults)).one(), strict=True))

    def took(self, table: Table, token: str) -> bool:
        """Whether a row is gone already, because another went."""
        return self._seen.get((table.name, token)) == "CASCADE"

    def mark(self) -> int:
        """Return where it stands, for ``cut``."""
        return len(self._seen)

    def cut(self, mark: int) -> None:
        """Forget what was captured since ``mark``."""
        while len(self._seen) > mark:
            self._seen.popitem()
        self._later = []

    def moves(self, table: Table, names: Iterable[str]) -> list[tuple[Table, Link]]:
        """Return which tables' rows follow when these columns get other values."""
        found = [(n, link) for n, link in self.catalogue.all_referring(table.name) if link.on_update in FOLLOWING]
        return [(self.catalogue.any_table(n), link) for n, link in found if {*link.target_columns} & {*names}]

    def expect(self, table: Table, row: Row, new: Mapping[str, Any]) -> None:
        """Read the rows that follow a change of a key, which ``follow`` then writes down."""
        for child, link in self.moves(table, new):
            for rows in read_referring(self.rows.connection, child, link, [row]):
                rule = f"ON UPDATE {link.on_update}" if link.on_update == "CASCADE" else link.on_update
                self._later += [(child, link, other, rule) for other in rows]

    def follow(self) -> None:
        """Write down, after the rows are gone or changed, what only shows then."""
        for child, link, row, rule in self._later:
            with suppress(NotFound):
                now = full_selection(child).find(self.rows.connection, row.token).values
                before, after = ({name: values[name] for name in link.columns} for values in (row.values, now))
                if before != after:
                    self.rows.record(child, "update", row.token, row.token, before, after, now, along=rule)
        self._later = []

    def refuse_any(self, table: Table, rows: Sequence[Row]) -> None:
        """Raise Refused where anything but themselves refers to these rows."""
        own = {(table.name, row.token) for row in rows}
        for name, link in self.catalogue.all_referring(table.name):
            found = read_referring(self.rows.connection, self.catalogue.any_table(name), link, rows)
            if any((name, row.token) not in own for part in found for row in part):
                raise Refused(f"Records of {name.name} refer to it by now.", "Undo or delete those first.")


FOLLOWING = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


def read_referring(
    connection: sa.Connection, child: Table, link: Link, targets: Sequence[Row]
) -> Iterator[Sequence[Row]]:
    """Yield the rows of ``child`` that refer by ``link`` to any of ``targets``, some hundreds at a time."""
    keys = [tuple(row.values[name] for name in link.target_columns) for row in targets]
    known = [key for key in keys if None not in key]
    for start in range(0, len(known), KEYS_AT_ONCE):
        condition = _one_of(child, [child.by_name[n] for n in link.columns], known[start : start + KEYS_AT_ONCE])
        selection = full_selection(child)
        options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
        with connection.execute(selection.statement.where(condition), execution_options=options) as found:
            for part in found.partitions(ROWS_AT_ONCE):
                yield [selection.row(record) for record in part]


KEYS_AT_ONCE = 200


# -- Copies --------------------------------------------------------------------

MOST_COPIES = 2_000  # rows that are copied along with one


def left_to_database(table: Table) -> set[str]:
    """Return the columns that a new row has from the database alone: generated ones, and keys with a default."""
    keys = {name for names in (table.key, *table.unique) if len(names) == 1 for name in names}
    return {c.name for c in table.columns if c.read_only or (c.optional and (c.primary or c.name in keys))}


def to_be_new(table: Table) -> set[str]:
    """Return the columns that a copy of a row can't have from it: generated ones, and one of each unique key's."""
    found = left_to_database(table)
    linked = {name for link in table.links for name in link.columns}
    for names in (table.key, *table.unique):
        if names and not found.intersection(names):
            found.add(([name for name in names if name not in linked] or names)[-1])
    return found


def uncopied(child: Table, link: Link) -> tuple[str, ...]:
    """Return the unique key of ``child`` that forbids copies of its rows for another parent; () where none does."""
    changing = {*link.columns, *left_to_database(child)}
    keys = (names for names in (child.key, *child.unique) if names and not changing.intersection(names))
    return next(keys, ())


def read_blob(connection: sa.Connection, table: Table, token: str, name: str) -> bytes:
    """Return the bytes in a row's column."""
    raw = sa.type_coerce(table.sql(name), sa.LargeBinary() if table.postgres else sa.types.NullType())
    return bytes(Selection.of(table, [table.by_name[name]], None).record(connection, token, raw)[-1])


def copied_rows(
    connection: sa.Connection, child: Table, link: Link, parent: Row, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what copies of the rows that refer to ``parent`` have, for a parent with these values; bytes whole."""
    rows = [row for part in read_referring(connection, child, link, [parent]) for row in part]
    key = dict(zip(link.columns, (values[name] for name in link.target_columns), strict=True))
    found = []
    for row in rows[: MOST_COPIES + 1]:
        copied = {name: value for name, value in row.values.items() if name not in left_to_database(child)}
        blobs = [name for name, value in copied.items() if isinstance(value, Blob)]
        contents = {name: read_blob(connection, child, row.token, name) for name in blobs}
        found.append({**copied, **contents, **key})
    return found


class BatchWriter:
    """Carries out many changes of one kind at once: a statement for hundreds of rows, not one each.

    What it can't do, or what the database refuses, is left to RowWriter, which knows which row it is about.
    """

    def __init__(self, rows: RowWriter) -> None:
        self.rows = rows
        self.connection = rows.connection
        self._triggered: dict[TableName, bool] = {}

    @staticmethod
    def alike(changes: Iterable[Change]) -> list[list[Change]]:
        """Return the changes in groups that one statement can carry out."""
        groups: dict[Any, list[Change]] = {}
        for change in changes:
            written = tuple(change.new) if DEFAULT not in change.new.values() else (DEFAULT,)
            key = (change.table.name, change.verb, written, change.restore or change.alone, change.problem is None)
            groups.setdefault(key, []).append(change)
        return list(groups.values())

    def suits(self, changes: Sequence[Change]) -> bool:
        """Whether changes that are alike can be carried out at once."""
        first = changes[0]
        table, identity = first.table, Identity.of(first.table)
        plain = first.verb in table.writes and table.listed.kind in PLAIN_KINDS and identity.exact
        if len(changes) < 2 or not plain or DEFAULT in first.new.values() or first.problem:
            return False
        if first.verb == "insert":
            odd = first.restore and (not table.key or any(c.automatic == "identity" for c in table.columns))
            odd = odd or first.restore and any(change.token.startswith("~r") for change in changes)
            return bool(first.new) and not odd
        moving = first.verb == "update" and self.rows.along.moves(table, first.new)
        keyed = not moving and not {*table.key} & {*first.new} and (first.verb == "delete" or first.new)
        return bool(keyed) and all(c.current is not None and None not in self._key(c) for c in changes)

    @staticmethod
    def _key(change: Change) -> tuple[Any, ...]:
        if not change.table.key:
            return (int(change.token),)
        return tuple((change.current or {})[name] for name in change.table.key)

    def carry_out(self, changes: Sequence[Change]) -> int:
        """Carry out changes that are alike; return how many of them changed nothing."""
        run = {"insert": self._insert, "update": self._update, "delete": self._delete}[changes[0].verb]
        return run(changes)

    def _insert(self, changes: Sequence[Change]) -> int:
        table = changes[0].table
        for change in changes:
            self.rows.keep_new(change.new)
        find = self._insert_postgres if table.postgres else self._insert_sqlite
        rows = [row for start in range(0, len(changes), ROWS_AT_ONCE) for row in find(changes[start:][:ROWS_AT_ONCE])]
        if len(rows) != len(changes):
            raise Refused("A rule or trigger of the database dropped a row.", "Nothing was changed.")
        for change, row in zip(changes, self._finally(table, rows), strict=True):
            self.rows.record(table, "insert", "", row.token, {}, row.values, place=change.place)
        return 0

    def _insert_sqlite(self, changes: Sequence[Change]) -> list[Row]:
        table, names = changes[0].table, tuple(changes[0].new)
        selection = full_selection(table)
        most = max(1, MOST_VARIABLES // len(names))
        found: list[Any] = []
        for start in range(0, len(changes), most):
            part = changes[start : start + most]
            make = partial(sqlite_insert, selection, names, len(part))
            sql = selection.kept(("insert", names, len(part)), make)
            found += self._sqlite(sql, [value for change in part for value in change.new.values()])
        return selection.rows(found)

    def _sqlite(self, sql: str, values: Sequence[Any]) -> list[Any]:
        raw: Any = self.connection.connection.driver_connection
        with in_words(self.connection), closing(raw.execute(sql, values)) as cursor:
            return list(cursor.fetchall())

    def _insert_postgres(self, changes: Sequence[Change]) -> list[Row]:
        table, names = changes[0].table, tuple(changes[0].new)
        selection = full_selection(table)
        given, part = json_rows([change.new.values() for change in changes])
        values = sa.select(*(part(place, table.by_name[name]) for place, name in enumerate(names))).select_from(given)
        statement = table.sa.insert().from_select([table.by_name[name].key for name in names], values)
        return selection.rows(self.connection.execute(statement.returning(*selection.labels)).fetchall())

    def _finally(self, table: Table, rows: list[Row]) -> list[Row]:
        """Return the rows as they are after all triggers."""
        return self._again(table, rows) if self._has_triggers(table) else rows

    def _again(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        keys = [(int(row.token),) if not table.key else tuple(row.values[n] for n in table.key) for row in rows]
        found = read_keyed(self.connection, table, keys)
        if missing := [row for row in rows if row.token not in found]:
            raise Refused(f"{len(missing)} rows weren't there any more after they were written.")
        return [found[row.token] for row in rows]

    def _has_triggers(self, table: Table) -> bool:
        if table.name not in self._triggered:
            self._triggered[table.name] = has_triggers(self.connection, table)
        return self._triggered[table.name]

    def _update(self, changes: Sequence[Change]) -> int:
        table = changes[0].table
        pairs = [(change, change.current or {}) for change in changes]
        for change, current in pairs:
            self.rows.compare(change, current)
        moved = [change for change, current in pairs if not is_unchanged(change.new, current)]
        for change in moved:
            self.rows.keep_blobs(table, change.token, {n: (change.current or {})[n] for n in change.new})
            self.rows.keep_new(change.new)
        if moved:
            now = self._update_postgres(moved) if table.postgres else self._update_sqlite(moved)
            for change, row in zip(moved, now, strict=True):
                self.rows.record_update(change, row)
        return len(changes) - len(moved)

    def _update_sqlite(self, changes: Sequence[Change]) -> list[Row]:
        table = changes[0].table
        quoted = sqlite_names(table)
        sets = ", ".join(f"{quoted(name)} = ?" for name in changes[0].new)
        guards = [f"{GUARD.format(quoted(name))} IS ?" for name in changes[0].new]
        where = " AND ".join([*(f"{quoted(name)} IS ?" for name in table.key or ()), *guards])
        where = where if table.key else f"{table.rowid} = ? AND {where}"
        raw: Any = self.connection.connection.driver_connection
        values = [(*c.new.values(), *self._key(c), *self._guards(c, c.new)) for c in changes]
        with in_words(self.connection):
            done = raw.executemany(f"UPDATE {quoted('')} SET {sets} WHERE {where}", values)
        self._check(done.rowcount, changes)
        return self._again(table, [Row(change.token, change.current or {}) for change in changes])

    def _update_postgres(self, changes: Sequence[Change]) -> list[Row]:
        table, names = changes[0].table, tuple(changes[0].new)
        selection = full_selection(table)
        rows = [(*self._key(c), *c.new.values(), *self._guards(c, names)) for c in changes]
        given, part = json_rows(rows)
        first = len(table.key)
        sets = {table.sql(name): part(first + place, table.by_name[name]) for place, name in enumerate(names)}
        guards = [self._guard(table, n, part(first + len(names) + place)) for place, n in enumerate(names)]
        where = [*self._keyed(table, part), *guards]
        statement = table.sa.update().values(sets).where(*where).returning(*selection.labels)
        found = {row.token: row for row in selection.rows(self.connection.execute(statement).fetchall())}
        self._check(len(found), changes)
        return self._finally(table, [found[change.token] for change in changes])

    def _delete(self, changes: Sequence[Change]) -> int:
        table = changes[0].table
        left = [change for change in changes if not self.rows.along.took(table, change.token)]
        for change in left:
            current = change.current or {}
            self.rows.compare(change, current)
            self.rows.keep_blobs(table, change.token, current)
        gone = [Row(change.token, change.current or {}) for change in left]
        if changes[0].alone:
            self.rows.along.refuse_any(table, gone)
        self.rows.along.capture(table, gone)
        if left:
            self._check((self._delete_postgres if table.postgres else self._delete_sqlite)(left), left)
        self.rows.along.follow()
        for change in left:
            self.rows.record(table, "delete", change.token, change.token, change.current or {}, {})
        return 0

    def _delete_postgres(self, changes: Sequence[Change]) -> int:
        table, names = changes[0].table, [column.name for column in changes[0].table.columns]
        given, part = json_rows([(*self._key(c), *self._guards(c, names)) for c in changes])
        first = len(table.key)
        guards = [self._guard(table, name, part(first + place)) for place, name in enumerate(names)]
        where = sa.and_(*self._keyed(table, part), *guards)
        return self.connection.execute(table.sa.delete().where(where)).rowcount

    def _delete_sqlite(self, changes: Sequence[Change]) -> int:
        table = changes[0].table
        condition = keyed_condition(table, [self._key(change) for change in changes])
        return self.connection.execute(table.sa.delete().where(condition)).rowcount

    @staticmethod
    def _guards(change: Change, names: Iterable[str]) -> list[Any]:
        """Return what the columns still have to hold, as text."""
        values = [(change.current or {})[name] for name in names]
        return [value.digest if isinstance(value, Blob) else value for value in values]

    @staticmethod
    def _guard(table: Table, name: str, value: Any) -> Any:
        c = table.sql(name)
        if table.by_name[name].family == "binary":
            hashed = sa.func.encode(sa.func.sha256(sa.type_coerce(c, sa.LargeBinary())), "hex")
            return hashed.is_not_distinct_from(value)
        return sa.cast(c, sa.Text()).collate("C").is_not_distinct_from(value)

    @staticmethod
    def _keyed(table: Table, part: Callable[..., Any]) -> list[Any]:
        return [table.sql(name) == part(place, table.by_name[name]) for place, name in enumerate(table.key)]

    @staticmethod
    def _check(hit: int, changes: Sequence[Change]) -> None:
        if hit != len(changes):
            raise Conflict(
                "Someone else changed some of these rows at this very moment.", "Look again, then repeat it."
            )


PLAIN_KINDS = frozenset({"table", "partition", "partitioned table"})
GUARD = "CASE typeof({0}) WHEN 'blob' THEN flaskadmin_digest({0}) ELSE {0} END"
MOST_VARIABLES = 30_000  # of one statement of SQLite's


def is_unchanged(new: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether the values to be stored are those that are stored."""
    return all(value == current[name] and type(value) is type(current[name]) for name, value in new.items())


def sqlite_names(table: Table) -> Callable[[str], str]:
    """Return a function that quotes the name of a column, or the table's own for ""."""
    prepare = cast(Any, sqlite).dialect(paramstyle="qmark").identifier_preparer
    whole = prepare.format_table(table.sa)
    return lambda name: prepare.quote_identifier(name) if name else whole


def sqlite_insert(selection: Selection, names: Sequence[str], count: int) -> str:
    """Return the INSERT of many rows that returns them as the selection reads them."""
    quoted = sqlite_names(selection.table)
    row = f"({', '.join('?' * len(names))})"
    columns, values = ", ".join(map(quoted, names)), ", ".join([row] * count)
    told = ", ".join(label.element.name for label in selection.labels)
    return f"INSERT INTO {quoted('')} ({columns}) VALUES {values} RETURNING {told}"


def json_rows(rows: Iterable[Iterable[Any]]) -> tuple[Any, Callable[..., Any]]:
    """Return many rows of values as one parameter of PostgreSQL's, to select from, and what reads a value of them."""
    text = json.dumps([[_postgres_text(value) for value in row] for row in rows])
    given = sa.func.json_array_elements(sa.cast(sa.literal(text, sa.Text()), sa.JSON())).table_valued("value")

    def part(place: int, column: Column | None = None) -> Any:
        value = sa.type_coerce(given.c.value, sa.Text()).op("->>")(sa.literal_column(str(place)))
        return sa.cast(value, _Raw(column.cast)) if column else sa.type_coerce(value, sa.Text())

    return given, part


def _postgres_text(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


def keyed_condition(table: Table, keys: Sequence[tuple[Any, ...]]) -> Any:
    """Return the condition that a row has one of these keys; of a table without a key, one of these rowids."""
    if not table.key:
        return _rowid(table).in_([key[0] for key in keys])
    return _one_of(table, [table.by_name[name] for name in table.key], keys)


def read_keyed(connection: sa.Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> dict[str, Row]:
    """Return the rows with these keys, by their addresses."""
    selection = full_selection(table)
    found: dict[str, Row] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        condition = keyed_condition(table, keys[start : start + KEYS_AT_ONCE])
        records = connection.execute(selection.statement.where(condition)).fetchall()
        found |= {row.token: row for row in selection.rows(records)}
    return found


def read_tokens(connection: sa.Connection, table: Table, tokens: Sequence[str]) -> dict[str, Row]:
    """Return the rows of a table, which must have a key or rowids, that these addresses find."""
    if Identity.of(table).tokens_are_keys:
        with suppress(ValueError, sa.exc.DataError):
            keys = [tuple(key_values(token)) if table.key else (int(token),) for token in tokens]
            if all(None not in key for key in keys):
                return read_keyed(connection, table, keys)
    found = {}
    for token in tokens:
        with suppress(NotFound):
            found[token] = full_selection(table).find(connection, token)
    return found


def has_triggers(connection: sa.Connection, table: Table) -> bool:
    """Whether a table has triggers of its own, or may have."""
    if not table.postgres:
        text = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
        return bool(_rows(connection, text, table.name.name))
    if table.listed.kind == "partitioned table":
        return True
    text = """SELECT 1 FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
              AND tgrelid = pg_catalog.to_regclass(pg_catalog.format('%%I.%%I', %s::text, %s::text))"""
    return bool(_rows(connection, text, *table.name))


class Reversal:
    """The changes that take a change set back, the last first."""

    connection: sa.Connection

    def __init__(self, writer: Writer, line: Line) -> None:
        self.writer = writer
        self.history = writer.history
        self.line = line

    def changes(self, connection: sa.Connection) -> Iterator[list[Change]]:
        """Yield them: those of one kind that follow each other together."""
        self.connection = connection
        self._defer()
        yield from map(self._back, self._groups(self._entries()))

    def _entries(self) -> Iterator[Entry]:
        """Yield what happened, the last first; what was cleared because rows went, when they are all there again."""
        cleared: list[Entry] = []
        for entry in chain.from_iterable(self._parts()):
            if not entry.along:
                yield from cleared
                cleared = []
            if entry.along.startswith("SET"):
                cleared.append(entry)
            else:
                yield entry
        yield from cleared

    @staticmethod
    def _groups(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
        """Yield entries that follow each other and are of one kind, none of them about the same row as another."""
        group: list[Entry] = []
        tokens: set[str] = set()
        for entry in entries:
            kind = (entry.table, entry.verb, entry.along)
            other = group and kind != (group[0].table, group[0].verb, group[0].along)
            if other or entry.token in tokens or len(group) >= ROWS_AT_ONCE:
                yield group
                group, tokens = [], set()
            group.append(entry)
            tokens.add(entry.token)
        if group:
            yield group

    def _parts(self) -> Iterator[list[Entry]]:
        after = -1
        while after != 0 and (entries := self.history.entries(self.line, after, ROWS_AT_ONCE, back=True)):
            yield entries
            after = int(entries[-1].place)

    def _defer(self) -> None:
        """Let foreign keys be checked at the end, as far as the database can: rows may refer to each other."""
        postgres = self.writer.database.is_postgres
        deferred = "SET CONSTRAINTS ALL DEFERRED" if postgres else "PRAGMA defer_foreign_keys = ON"
        self.connection.exec_driver_sql(deferred)

    def put_back(self, entry: Entry) -> Change:
        """Return the change that puts back one row that was deleted."""
        return self._put_back(self._table([entry]), entry)

    def _back(self, entries: Sequence[Entry]) -> list[Change]:
        """Return the changes that take back what one verb did to rows of one table."""
        table, verb = self._table(entries), entries[0].verb
        if verb == "delete":
            return [self._put_back(table, entry) for entry in entries]
        exact = Identity.of(table).exact
        found = read_tokens(self.connection, table, [entry.token for entry in entries]) if exact else {}
        take = self._take_away if verb == "insert" else self._restore
        return [take(table, entry, self._now(table, entry, found)) for entry in entries]

    def _now(self, table: Table, entry: Entry, found: Mapping[str, Row]) -> Row:
        """Return the row as it is now; without a key, any that has all its values."""
        if Identity.of(table).exact:
            return found.get(entry.token, Row(entry.token, {}))
        conditions = [unchanged(table, table.by_name[name], value) for name, value in entry.after.items()]
        selection = full_selection(table)
        record = self.connection.execute(selection.statement.where(*conditions).limit(1)).first()
        return selection.row(record) if record else Row(entry.token, {})

    def _put_back(self, table: Table, entry: Entry) -> Change:
        new = {name: self._content(value) for name, value in entry.before.items() if self._writable(table, name)}
        return Change(table=table, verb="insert", token=entry.token, new=new, restore=True)

    def _take_away(self, table: Table, entry: Entry, now: Row) -> Change:
        old = {name: fingerprint(value) for name, value in entry.after.items()}
        return Change(table=table, verb="delete", token=now.token, old=old, alone=True, current=now.values or None)

    def _restore(self, table: Table, entry: Entry, now: Row) -> Change:
        old = {name: fingerprint(value) for name, value in entry.after.items()}
        if entry.along and now.values and all(now.values[name] == value for name, value in entry.before.items()):
            old = {}  # the row was cleared, then it went too, and is there again as it was before both
        new = {name: self._content(v) for name, v in entry.before.items() if self._writable(table, name)}
        return Change(table=table, verb="update", token=now.token, old=old, new=new, current=now.values or None)

    def _table(self, entries: Sequence[Entry]) -> Table:
        name = entries[0].table
        try:
            table = self.writer.catalogue.any_table(name)
        except NotFound:
            raise Refused(f"The table {name.name} isn't there any more.", "Nothing was undone.") from None
        known = {column for entry in entries for column in chain(entry.before, entry.after)}
        if missing := known - {*table.by_name}:
            words = ", ".join(sorted(missing))
            raise Refused(f"{name.name} doesn't have the column {words} any more.", "Nothing was undone.")
        return table

    @staticmethod
    def _writable(table: Table, name: str) -> bool:
        return table.by_name[name].automatic != "generated"

    def _content(self, value: Any) -> Any:
        """Return a value to store: of a BLOB, its bytes."""
        if not isinstance(value, Blob):
            return value
        body = self.history.content(value.digest)
        if body is None:
            raise Refused("The content of a file wasn't kept, so it can't be put back.", "Nothing was undone.")
        return body


def insert_of(change: Change, given: Mapping[str, Any]) -> Any:
    """Return the INSERT of a change."""
    table = change.table
    if change.restore:
        return restoring(table, given, change.token)
    values = {table.sql(name): stored(table, table.by_name[name], value) for name, value in given.items()}
    return table.sa.insert().values(values) if values else table.sa.insert().values({})


def restoring(table: Table, given: Mapping[str, Any], token: str) -> Any:
    """Return the INSERT that puts a row back as it was: at its rowid, and with the number of its identity."""
    values = [(name, stored(table, table.by_name[name], value)) for name, value in given.items()]
    if table.postgres and any(column.automatic == "identity" for column in table.columns):
        binds = [_bound(table.by_name[name], value, f"v{n}") for n, (name, value) in enumerate(given.items())]
        words = ", ".join(f":v{n}" for n in range(len(binds)))
        source = sa.text(f"OVERRIDING SYSTEM VALUE VALUES ({words})").bindparams(*binds).columns()
        return table.sa.insert().from_select([table.by_name[name].key for name in given], source)
    if table.rowid and (not table.key or token.startswith("~r")):  # found by its rowid, since its key is NULL
        columns = [sa.column(name, table.sql(name).type) for name in given]
        lite = sa.table(table.sa.name, *columns, sa.column(table.rowid), schema=table.sa.schema)
        own = {lite.c[table.rowid]: int(token.removeprefix("~r"))}
        return lite.insert().values({**own, **{lite.c[name]: value for name, value in values}})
    return table.sa.insert().values({table.sql(name): value for name, value in values})


def _bound(column: Column, value: Any, name: str) -> Any:
    kind: Any = sa.LargeBinary() if isinstance(value, bytes) else PostgresText(column.cast)
    return sa.bindparam(name, value, type_=kind)


def stored(table: Table, column: Column, value: Any) -> Any:
    """Return the SQL that stores a value, or DEFAULT."""
    if value is DEFAULT:
        return sa.text("DEFAULT") if table.postgres else sa.literal_column(f"({column.default or 'NULL'})")
    return sa.null() if value is None else bind(table, column, value)


def unchanged(table: Table, column: Column, value: Any) -> Any:
    """Return the condition that a column still has a value, bit by bit: no collation, no type's own equality."""
    c = table.sql(column.name)
    if value is None:
        return c.is_not_distinct_from(None) if table.postgres else c.is_(None)
    if isinstance(value, Blob):
        if table.postgres:
            return sa.func.encode(sa.func.sha256(sa.type_coerce(c, sa.LargeBinary())), "hex") == value.digest
        return sa.func.flaskadmin_digest(c) == value.digest
    if table.postgres:
        return sa.cast(c, sa.Text()).collate("C") == sa.literal(value, sa.Text())
    return c.collate("BINARY").is_not_distinct_from(bind(table, column, value))


class Refusal:
    """Puts into words why the database refused a change, at the field and with the record in the way."""

    def __init__(
        self, writer: Writer, change: Change, cause: sa.exc.DBAPIError, connection: sa.Connection | None = None
    ) -> None:
        self.writer = writer
        self.connection = connection  # of the transaction that goes on, if it does
        self.change = change
        self.table = change.table
        self.original = cause.orig
        self.diagnostic = getattr(self.original, "diag", None)
        self.given = {name: value for name, value in change.new.items() if value is not DEFAULT}

    def error(self) -> Refused:
        """Return the error; its ``fields`` say what is wrong with each."""
        tests = {
            "unique": self._unique, "foreign": self._foreign, "null": self._null, "check": self._check,
            "value": self._value, "raised": self._raised,
        }  # fmt: skip
        sort = self._sort()
        with suppress(FlaskAdminError):
            if sort in tests and (found := tests[sort]()):
                return found
        return Refused(REFUSALS.get(sort, "The database refuses this change."), "Nothing was changed.")

    def _sort(self) -> str:
        state = getattr(self.original, "sqlstate", None)
        if state:
            return POSTGRES_REFUSALS.get(state) or ("value" if state[:2] == "22" else "")
        name, text = getattr(self.original, "sqlite_errorname", ""), str(self.original)
        return next((sort for part, sort in SQLITE_REFUSALS if part in name or part in text), "")

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if self.connection is None:
            with self.writer.database.reading() as connection:
                yield connection
        else:
            with within(self.connection, self.writer.database.settings.query_timeout):
                yield self.connection

    def _unique(self) -> Refused | None:
        """Name the record that already has these values."""
        for columns in self.table.unique:
            key = tuple(self.given.get(name, self._kept(name)) for name in columns)
            if None in key or not set(columns) & set(self.given):
                continue
            with self._reading() as connection:
                found = read_labels(connection, self.table, columns, [key], label_columns(self.table))
            label = next(iter(found.values()), None)
            if label and label.token != self.change.token:
                what = " and ".join(columns)
                words = (
                    f"{label.text} already has this {what}." if label.text != str(key[0]) else f"This {what} is taken."
                )
                problem = Problem(words, self.table.name, label.token)
                return self._at(columns[-1] if columns[-1] in self.given else columns[0], problem)
        return None

    def _kept(self, name: str) -> Any:
        """Return the stored value of a column that the change leaves alone."""
        if not self.change.token:
            return None
        with self._reading() as connection:
            return full_selection(self.table).find(connection, self.change.token).values[name]

    def _foreign(self) -> Refused | None:
        """Name the value that refers to nothing, or the rows that refer to this one."""
        for link in self.table.links:
            key = tuple(self.given.get(name, self._kept(name)) for name in link.columns)
            if not set(link.columns) & set(self.given) or None in key:
                continue
            with suppress(FlaskAdminError), self._reading() as connection:
                target = self.writer.catalogue.table(link.target)
                if read_labels(connection, target, link.target_columns, [key], ()):
                    continue
            words = ", ".join(str(value) for value in key)
            return self._at(link.columns[-1], Problem(f"There is no {link.target.name} with the key {words}."))
        return self._referred()

    def _referred(self) -> Refused | None:
        if not self.change.token:
            return None
        where = Identity.of(self.table).clause(self.change.token)
        with self._reading() as connection:
            effects = delete_effects(connection, self.writer.catalogue, self.table, where)
        blocking = [effect for effect in effects if effect.blocks or self.change.verb == "update"]
        if not blocking:
            return None
        words = ", ".join(f"{count_words(e.count)} in {e.table.name.name}" for e in blocking)
        return Refused(f"Other records refer to this one: {words}.", "Change or delete those first.")

    def _null(self) -> Refused | None:
        names = [getattr(self.diagnostic, "column_name", None)] if self.diagnostic else []
        names += [c.name for c in self.table.columns if str(self.original).endswith(f".{c.name}")]
        name = next((name for name in names if name in self.table.by_name), None)
        return self._at(name, Problem("It can't be left without a value.")) if name else None

    def _check(self) -> Refused | None:
        """Show the rule that is broken, at the first column that it is about."""
        text = str(self.original)
        known = getattr(self.diagnostic, "constraint_name", None) or text.partition("failed: ")[2]
        rules = [rule for name, rule in self.table.checks if known in (name, rule)]
        domains = [c for c in self.table.columns if c.checks and c.name in self.given]
        own = [c for c in domains if any(known in check or self.table.postgres for check in c.checks)]
        if not rules and own:
            return self._at(own[0].name, Problem(f"It breaks the rule {' and '.join(own[0].checks)}."))
        rule = rules[0] if rules else known
        if not rule:  # a row that doesn't belong in its partition
            return None
        words = {token.value.lower() for token in tokens_of(rule)}
        about = [name for name in self.given if name.lower() in words]
        return self._at(about[0] if about else "", Problem(f"It breaks the rule {rule}."))

    def _value(self) -> Refused | None:
        """Find the value that isn't one of its type by casting each alone."""
        fields = {}
        for name, value in self.given.items():
            column = self.table.by_name[name]
            if isinstance(value, str) and (words := self._misfit(column, value)):
                fields[name] = Problem(words)
        named = [c for c in self.table.columns if str(self.original).endswith(f".{c.name}") and c.name in self.given]
        fields = fields or {c.name: Problem(f"This isn't a value of the type {c.type}.") for c in named[:1]}
        return Refused("Some values don't fit.", "Nothing was saved yet: see the fields.", fields) if fields else None

    def _misfit(self, column: Column, value: str) -> str:
        if column.rules.length is not None and len(value) > column.rules.length:
            return f"{column.rules.length} characters at most."
        if not column.cast:
            return ""
        try:
            with self._reading() as connection:
                connection.execute(sa.select(sa.literal(value, PostgresText(column.cast))))
        except FlaskAdminError:
            example = Literal.examples.get(column.cast, "")
            return f"This isn't a value of the type {column.type}." + (f" For example: {example}" if example else "")
        return ""

    def _raised(self) -> Refused:
        """Pass on what a trigger of the database's own says."""
        text = getattr(self.diagnostic, "message_primary", None) or str(self.original)
        return Refused(f"The database refuses: {text[:500]}", "Nothing was changed.")

    def _at(self, name: str, problem: Problem) -> Refused:
        if not name:
            return Refused(problem.text, "Nothing was changed.")
        return Refused("This can't be saved yet.", "Nothing was changed: see the field.", {name: problem})


def count_words(count: int | None) -> str:
    """Return a bounded count for people."""
    return f"more than {FEW_ROWS:,}" if count is None else f"{count:,}"


POSTGRES_REFUSALS: Mapping[str, str] = {
    "23505": "unique",
    "23503": "foreign",
    "23001": "foreign",
    "23502": "null",
    "23514": "check",
    "23P01": "exclusion",
    "44000": "view",
    "428C9": "generated",
    "P0001": "raised",
}
SQLITE_REFUSALS = (
    ("CONSTRAINT_PRIMARYKEY", "unique"),
    ("CONSTRAINT_UNIQUE", "unique"),
    ("CONSTRAINT_ROWID", "unique"),
    ("CONSTRAINT_FOREIGNKEY", "foreign"),
    ("CONSTRAINT_NOTNULL", "null"),
    ("CONSTRAINT_CHECK", "check"),
    ("CONSTRAINT_DATATYPE", "value"),
    ("CONSTRAINT_TRIGGER", "raised"),
    ("MISMATCH", "value"),
    ("cannot store", "value"),  # STRICT; Python 3.11 has no name for it
)
REFUSALS: Mapping[str, str] = {
    "unique": "Another record already has these values, which must be unique.",
    "foreign": "It refers to a record that isn't there, or others refer to it.",
    "null": "A value that must be given is missing.",
    "check": "It breaks a rule of the database.",
    "value": "A value doesn't fit its column.",
    "exclusion": "It overlaps with another record, which a rule of the database forbids.",
    "view": "The view would not show such a record, so it can't be saved through it.",
    "generated": "A column that the database fills itself can't be given.",
}


# -- Many rows ----------------------------------------------------------------


class Chosen:
    """The rows that a change set is about: those at ``tokens``, else all that a list's query finds.

    ``count`` is how many they were when someone looked; they must still be so many.
    """

    def __init__(self, query: Query, tokens: Sequence[str] = (), count: int | None = None) -> None:
        self.query = query
        self.table = query.table
        self.tokens = tuple(dict.fromkeys(tokens))
        self.count = count

    def counted(self, connection: sa.Connection) -> int:
        """Return how many they are now."""
        if self.tokens:
            return len(self.tokens)
        statement = sa.select(sa.func.count()).select_from(self.table.sa).where(*self.query.conditions)
        return int(connection.execute(statement).scalar_one())

    def parts(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """Yield the rows, whole, some hundreds at a time, as they are now. Raises Refused where they moved."""
        if self.tokens:
            yield from self._by_tokens(connection)
            return
        now = self.counted(connection)
        if self.count is not None and now != self.count:
            raise Refused(f"{now:,} rows match by now, not {self.count:,}.", "Nothing was changed: look at them again.")
        identity = Identity.of(self.table)
        yield from (self._by_key if identity.exact and identity.order else self._streamed)(connection)

    def _by_tokens(self, connection: sa.Connection) -> Iterator[list[Row]]:
        for start in range(0, len(self.tokens), ROWS_AT_ONCE):
            part = self.tokens[start : start + ROWS_AT_ONCE]
            found = read_tokens(connection, self.table, part)
            if missing := len(part) - len(found):
                raise Refused(f"{missing} of the chosen rows aren't there any more.", "Choose them in the list again.")
            yield [found[token] for token in part]

    def _by_key(self, connection: sa.Connection) -> Iterator[list[Row]]:
        selection = full_selection(self.table)
        order, place = selection.identity.order, len(selection.names)
        statement = selection.statement.where(*self.query.conditions).order_by(*order).limit(ROWS_AT_ONCE)
        records = connection.execute(statement).fetchall()
        while records:
            yield selection.rows(records)
            last = records[-1][place:][-len(order) :]
            values = [selection.identity.typed(e, value) for e, value in zip(order, last, strict=True)]
            beyond = sa.tuple_(*order) > sa.tuple_(*values) if len(order) > 1 else order[0] > values[0]
            records = connection.execute(statement.where(beyond)).fetchall() if len(records) == ROWS_AT_ONCE else []

    def _streamed(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """Read all by one statement: PostgreSQL doesn't show it what is changed meanwhile."""
        selection = full_selection(self.table)
        options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
        statement = selection.statement.where(*self.query.conditions)
        with connection.execute(statement, execution_options=options) as found:
            for part in found.partitions(ROWS_AT_ONCE):
                yield selection.rows(part)


class Edit(NamedTuple):
    """What to do to one column of many rows: how (see EDITS), with which value; ``find`` is what to replace."""

    column: Column
    how: str
    value: str = ""
    find: str = ""

    def applied(self, old: Any, zone: ZoneInfo) -> Any:
        """Return what becomes of a stored value. Raises Invalid."""
        if self.how == "clear":
            return self._cleared()
        if self.how == "set":
            return read_typed(self.column, self.value, None, zone)
        if old is None or isinstance(old, bytes | Blob):
            return old
        text = (
            self._calculated(old)
            if self.how in ("add", "multiply")
            else self._written(edit_text(self.column, old, zone))
        )
        return read_typed(self.column, text, old, zone)

    def _cleared(self) -> None:
        if not self.column.nullable:
            raise Invalid("It can't be left without a value.")

    def _written(self, old: str) -> str:
        if self.how == "replace":
            return old.replace(self.find, self.value) if self.find else old
        return old + self.value if self.how == "append" else self.value + old

    def _calculated(self, old: Any) -> str:
        """Return the number that becomes of a number: exact, and rounded to the digits that the column keeps."""
        try:
            number, value = Decimal(stored_text(old)), Decimal(self.value.strip())
            with localcontext(prec=200, Emax=MAX_EMAX, Emin=MIN_EMIN):
                found = number + value if self.how == "add" else number * value
                scale = self.column.rules.scale
                if scale is not None and found.is_finite():
                    found = found.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except ArithmeticError:
            raise Invalid("This isn't a number.") from None
        whole = self.column.family == "integer" and found.is_finite() and found == found.to_integral_value()
        return f"{found:.0f}" if whole else f"{found:f}"


EDITS: Mapping[str, str] = {
    "set": "set to", "clear": "clear (NULL)", "add": "add", "multiply": "multiply by", "append": "add behind",
    "prepend": "add in front", "replace": "replace",
}  # fmt: skip
TEXT_EDITS = frozenset({"append", "prepend", "replace"})


def edits_of(column: Column) -> list[str]:
    """Return how many rows' values of a column can be edited at once."""
    if column.read_only or column.family in ("binary", "unknown"):
        return []
    found = ["set", *(["clear"] if column.nullable else [])]
    found += ["add", "multiply"] if column.family in NUMBERS else []
    return found + sorted(TEXT_EDITS) if column.family in ("text", "any", "json", "jsonb") else found


# -- Jobs ---------------------------------------------------------------------

ROWS_BY_JOB = 1000  # more rows are changed in the background
MOST_JOBS = 2  # at once, of a process
JOB_BEAT = 0.5  # seconds between what a job tells of itself
JOB_SILENCE = 30.0  # seconds after which a job that tells nothing is gone with its process


class JobEnd(NamedTuple):
    """How a job ended well: words, and the number of its change set in the history."""

    message: str
    number: int | None = None


@dataclass(frozen=True)
class Job:
    """A long run: whose, how far; ``status`` is "" while it runs, then "done", "failed", "cancelled" or "gone"."""

    id: str
    person: str
    title: str
    back: str
    done: int = 0
    total: int = 0
    status: str = ""
    message: str = ""
    number: int | None = None
    beat: float = 0.0


class Jobs:
    """The long runs of a site: each in a thread of this process, told of in the state, so that all processes know."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.shared = state.database is not None and not (state.database.own_tables and not state.tables.schema)
        self._own: dict[str, Job] = {}
        self._stopped: set[str] = set()
        self._lock = threading.Lock()

    def start(self, job: Job, run: Callable[[Callable[[int], None]], JobEnd]) -> str:
        """Begin a job in the background; return its id. Raises Unavailable where too many go on."""
        with self._lock:
            if sum(not own.status for own in self._own.values()) >= MOST_JOBS:
                raise Unavailable("Others have long runs going on, as many as can at once.", "Try again in a minute.")
            self._own = dict(list(self._own.items())[-50:])
            self._own[job.id] = replace(job, beat=time.time())
        self._tell(job.id)
        threading.Thread(target=self._work, args=(job.id, run), name=f"job {job.id}", daemon=True).start()
        return job.id

    def _work(self, id: str, run: Callable[[Callable[[int], None]], JobEnd]) -> None:
        try:
            end = run(partial(self._progress, id))
            self._change(id, status="done", message=end.message, number=end.number, done=self._own[id].total)
        except Cancelled:
            self._change(id, status="cancelled", message="It was cancelled. Nothing was changed.")
        except FlaskAdminError as error:
            fields = " ".join(problem.text for problem in getattr(error, "fields", {}).values())
            self._change(id, status="failed", message=f"{error} {fields} Nothing was changed.")
        except Exception:
            logging.getLogger("flaskadmin").exception("A job failed")
            self._change(id, status="failed", message="Something went wrong here. Nothing was changed.")
        self._tell(id)

    def _change(self, id: str, **values: Any) -> None:
        with self._lock:
            self._own[id] = replace(self._own[id], beat=time.time(), **values)

    def _progress(self, id: str, done: int) -> None:
        """Tell how far a job is; raise Cancelled where it shall stop."""
        last = self._own[id].beat
        self._own[id] = replace(self._own[id], done=done)
        if time.time() - last > JOB_BEAT:
            self._change(id, done=done)
            self._tell(id)
        if id in self._stopped:
            raise Cancelled("It was cancelled.")

    def _tell(self, id: str) -> None:
        """Let the other processes know, and learn from them whether it shall stop."""
        if not self.shared:
            return
        table, job = self.state.tables.job, self._own[id]
        told = {"content": json.dumps(vars(job)), "beat": job.beat}
        try:
            with self.state.writing() as connection:
                done = connection.execute(
                    table.update().where(table.c.id == id).values(told).returning(table.c.stopped)
                )
                row = done.first()
                if row is None:
                    connection.execute(table.delete().where(table.c.beat < time.time() - 86_400))
                    connection.execute(table.insert().values(id=id, stopped=False, **told))
                elif row.stopped:
                    self._stopped.add(id)
        except FlaskAdminError as error:
            logging.getLogger("flaskadmin").warning("A job can't tell how far it is: %s", error)

    def find(self, id: str, person: str) -> Job:
        """Return a person's job. Raises NotFound."""
        job = self._own.get(id) or self._told(id)
        if job is None or job.person != person:
            raise NotFound("There is no such run.", "It may be of yesterday: see the history.")
        if not job.status and time.time() - job.beat > JOB_SILENCE and id not in self._own:
            return replace(job, status="gone", message="It was interrupted: the history says whether it came about.")
        return job

    def _told(self, id: str) -> Job | None:
        if not self.shared or not self.state.ready():
            return None
        assert self.state.database is not None
        table = self.state.tables.job
        with self.state.database.reading(STATE_BUDGET) as connection:
            text = connection.execute(sa.select(table.c.content).where(table.c.id == id)).scalar()
        return Job(**json.loads(text)) if text else None

    def cancel(self, id: str) -> None:
        """Let a job stop at its next row."""
        self._stopped.add(id)
        if id not in self._own and self.shared:
            table = self.state.tables.job
            with self.state.writing() as connection:
                connection.execute(table.update().where(table.c.id == id).values(stopped=True))


# -- What an import reads -----------------------------------------------------


def normal_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key by which numbers that are equal are the same, however they are written."""
    return tuple(_normal_part(part) for part in key)


def _normal_part(part: Any) -> Any:
    if isinstance(part, str) and re.fullmatch(r"-?\d+\.\d*", part):
        return str(Decimal(part).normalize())
    return str(part) if isinstance(part, int) else part


def read_by(
    connection: sa.Connection, table: Table, names: Sequence[str], keys: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], Row]:
    """Return the rows in whose columns ``names`` one of the keys stands, by ``normal_key``."""
    selection, columns = full_selection(table), [table.by_name[name] for name in names]
    found: dict[tuple[Any, ...], Row] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        statement = selection.statement.where(_one_of(table, columns, keys[start : start + KEYS_AT_ONCE]))
        for row in selection.rows(connection.execute(statement).fetchall()):
            found[normal_key(tuple(row.values[name] for name in names))] = row
    return found


def keys_of_names(
    connection: sa.Connection, target: Table, link: Link, names: Sequence[str], labels: Sequence[Column]
) -> dict[str, Any]:
    """Return the keys of the rows that are named so, where exactly one is, and none has the name for its key."""
    column = target.by_name[link.target_columns[0]]
    found = {}
    for name in names:
        with suppress(Invalid, FlaskAdminError):
            choices = read_choices(connection, target, link.target_columns, name, labels)
            known = any(str(key[0]) == name for key, _label in choices.rows)
            same = [key[0] for key, label in choices.rows if label.text.casefold() == name.strip().casefold()]
            if len(same) == 1 and not known:
                found[name] = str(same[0]) if column.cast or isinstance(same[0], str) else str(same[0])
    return found


def alike(column: Column, value: Any, current: Any) -> bool:
    """Whether a value that was read from a file is the stored one."""
    if isinstance(current, Blob):
        return isinstance(value, bytes) and _digest_bytes(value) == current.digest
    if type(value) is type(current) and value == current:
        return True
    if not column.cast or not isinstance(value, str) or not isinstance(current, str):
        return False
    if column.family in ("decimal", "float", "integer"):
        with suppress(ArithmeticError):
            return Decimal(value) == Decimal(current)
    if column.family in ("boolean",):
        return value[:1] == current[:1]
    return column.family == "literal" and value.strip() == current


def snapshot(database: Database) -> tuple[str, int]:
    """Copy a SQLite database to a new file beside it; return its name and size in bytes. Raises Unavailable."""
    path = Path(database.engine.url.database or "")
    name = f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}.snapshot.db"
    try:
        with closing(_connect_sqlite(str(path), "rw", database.settings.lock_timeout)) as connection:
            connection.execute("VACUUM INTO ?", (str(path.with_name(name)),))
        return name, path.with_name(name).stat().st_size
    except (sqlite3.Error, OSError):
        words = "The copy can't be made: the folder of the database may be write-protected, or its disk full."
        raise Unavailable(words, "Nothing was changed.") from None


# -- Uploads ------------------------------------------------------------------

UPLOAD_PART = 1_000_000  # bytes
UPLOAD_DAYS = 1


class UploadedFile(io.RawIOBase):
    """A file that was uploaded, read part by part."""

    def __init__(self, uploads: Uploads, id: str, title: str) -> None:
        super().__init__()
        self.uploads = uploads
        self.id = id
        self.title = title
        self.place = 0
        self.held = b""

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes into a buffer; 0 at the end."""
        if not self.held:
            self.held = self.uploads.part(self.id, self.place)
            self.place += 1
        size = min(len(buffer), len(self.held))
        buffer[:size], self.held = self.held[:size], self.held[size:]
        return size


class Uploads:
    """Files on their way into a table, kept in the state from page to page for a day."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.table = state.tables.upload

    def put(self, person: str, name: str, stream: Any) -> str:
        """Keep a file; return its id. Raises Unavailable."""
        id, place, c = secrets.token_hex(12), 0, self.table.c
        now = time.time()
        with self.state.writing() as connection:
            connection.execute(self.table.delete().where(c.created < now - UPLOAD_DAYS * 86_400))
        given = {"id": id, "person": escape(person, "@. "), "created": now, "name": printable(name)[:200]}
        while (body := stream.read(UPLOAD_PART)) or not place:
            with self.state.writing() as connection:
                connection.execute(self.table.insert().values(**given, place=place, body=body))
            place += 1
        return id

    def open(self, id: str, person: str) -> io.BufferedReader:
        """Return a file to read; its ``raw`` has the title. Raises NotFound."""
        missing = NotFound("The file isn't here any more.", "Choose it again.")
        if self.state.database is None or not self.state.ready():
            raise missing
        c = self.table.c
        with self.state.database.reading(STATE_BUDGET) as connection:
            mine = sa.select(c.name).where(c.id == id, c.person == escape(person, "@. "), c.place == 0)
            name = connection.execute(mine).scalar()
        if name is None:
            raise missing
        return io.BufferedReader(UploadedFile(self, id, str(name)), UPLOAD_PART)

    def part(self, id: str, place: int) -> bytes:
        """Return one part of a file; b"" behind its end."""
        assert self.state.database is not None
        c = self.table.c
        with self.state.database.reading(HISTORY_BUDGET) as connection:
            body = connection.execute(sa.select(c.body).where(c.id == id, c.place == place)).scalar()
        return bytes(body) if body else b""


# == 8. Views =================================================================

MANY_COLUMNS = 20  # a list shows no more of a table's columns unless it is told which
RELATED_ROWS = 5


def prettified(name: str) -> str:
    """Return a column's or table's name for people; a hostile one as it is."""
    words = name.replace("_", " ").strip()
    return words if words else name


def safe_next(target: str | None) -> str | None:
    """Return ``target`` if it is a path of this server's, else None: a redirect must not lead away."""
    return target if target and re.fullmatch(r"/(?![/\\])[^\x00-\x1f\x7f\\]*", target) else None


def viewer_zone(default: str) -> ZoneInfo:
    """Return the viewer's time zone: the browser's, as its cookie tells, else the setting's."""
    if "flaskadmin_zone" not in g:
        g.flaskadmin_zone = _viewer_zone(default)
    found: ZoneInfo = g.flaskadmin_zone
    return found


def _viewer_zone(default: str) -> ZoneInfo:
    for name in (request.cookies.get("flaskadmin_zone", ""), default):
        with suppress(ValueError, OSError):
            if re.fullmatch(r"[A-Za-z0-9_+\-/]{1,60}", name):
                return ZoneInfo(name)
    return UTC


class Section:
    """One database of the site, with its tables' views, each made when it is first touched."""

    def __init__(
        self,
        site: Any,
        database: Database,
        db: SQLAlchemy,
        views: Mapping[str, type[TableView]],
        models: Iterable[Any],
    ) -> None:
        self.site = site
        self.db = db
        self.database = database
        self.catalogue = Catalogue.of(database)
        self.given = dict(views)
        self.models = {self._model_name(model): model for model in models}
        self.sessions = _Sessions(database.engine_for_hooks())
        self._views: dict[TableName, tuple[Table, TableView]] = {}
        self.exports = threading.BoundedSemaphore(max(1, database.settings.threads // 2))  # the others serve pages
        self._paths: dict[TableName, str] = {}
        self._labels: dict[TableName, str] = {}
        self._shown: tuple[Any, Sequence[Listed]] | None = None

    @staticmethod
    def _model_name(model: Any) -> str:
        table = model.__table__
        return f"{table.schema}.{table.name}" if table.schema else str(table.name)

    @cached_property
    def writer(self) -> Writer:
        """What carries out changes in this database."""
        return Writer(self.database, self.catalogue, self.site.history)

    @property
    def base(self) -> str:
        """The address that those of the section's tables begin with, for this request."""
        name = f"{escape(self.database.name)}/" if self.database.name else ""
        return f"{self.site.base}{name}"

    def url(self, table: TableName, token: str = "", action: str = "") -> str:
        """Return the address of a table's list, of a record, or of something below them."""
        if (path := self._paths.get(table)) is None:
            path = self._paths[table] = quote(name_token(table, self.catalogue.default_schema), safe=SAFE)
        below = f"{token}/{action}" if token and action else token or action
        return f"{self.base}{path}/{quote(below, safe='/' + SAFE) if below else ''}"

    def setting(self, name: TableName, option: str, default: Any = None) -> Any:
        """Return what the TOML file says of a table."""
        tables = self.site.settings.tables
        own = tables.get(f"{name.schema}.{name.name}") or tables.get(name.name) or {}
        return own.get(option, default)

    def hidden(self, name: TableName) -> bool:
        """Whether the TOML file hides a table."""
        return bool(self.setting(name, "hidden", False))

    def shown(self) -> Sequence[Listed]:
        """Return the tables that the site shows, in order; the same object as long as they stay the same."""
        tables = self.catalogue.tables()
        if self._shown is None or self._shown[0] is not tables:
            self._shown = tables, [listed for listed in tables.values() if not self.hidden(listed.name)]
        return self._shown[1]

    def view(self, name: TableName) -> TableView:
        """Return a table's view; a new one as soon as the table has changed. Raises NotFound."""
        if self.hidden(name):
            raise NotFound(f"There is no table {name.name}.")
        model = self.models.get(f"{name.schema}.{name.name}") or self.models.get(name.name)
        table = self.catalogue.table(name)
        held = self._views.get(name)
        if held is None or held[0] is not table:
            held = self._views[name] = (table, self._make_view(with_model(table, model), model))
        return held[1]

    def offer(self, name: TableName) -> Offer:
        """Return what the site offers for a table, without reading its columns."""
        offer = self.catalogue.offers().get(name, Offer(frozenset(), "It has just been removed."))
        if self.setting(name, "read_only", False):
            return Offer(frozenset(), READ_ONLY_HERE)
        kind = self._kind(name)
        allowed = {"insert": kind.can_create, "update": kind.can_edit, "delete": kind.can_delete}
        withheld = self.database.withheld()
        writes = frozenset(verb for verb in offer.writes if allowed[verb] and not withheld)
        return Offer(writes, offer.reason or withheld or ("" if "update" in writes else READ_ONLY_HERE))

    def scope(self, name: TableName) -> Scope:
        """Return what filters of a table may name: the columns that its view shows, and what refers to it."""
        view = self.view(name)
        return Scope(view.table, {c.name: c for c in view._columns(None)}, self.scope, partial(self._referring, name))

    def _referring(self, name: TableName) -> list[tuple[str, Table, Link]]:
        default = self.catalogue.default_schema
        found = self.catalogue.referring(name)
        return [(name_token(n, default), self.view(n).table, link) for n, link in found if not self.hidden(n)]

    def _kind(self, name: TableName) -> type[TableView]:
        return self.given.get(f"{name.schema}.{name.name}") or self.given.get(name.name) or TableView

    def _make_view(self, table: Table, model: Any) -> TableView:
        view = self._kind(table.name)(model or make_model(self.db, table), self.sessions)
        view.attach(self, table, model is not None)
        return view

    def label(self, name: TableName) -> str:
        """Return a table's name for people."""
        if name not in self._labels:
            self._labels[name] = self._label(name)
        return self._labels[name]

    def _label(self, name: TableName) -> str:
        pretty = prettified(name.name)
        text = str(self.setting(name, "label") or pretty[:1].upper() + pretty[1:])
        return text if name.schema == self.catalogue.default_schema else f"{name.schema}.{text}"


READ_ONLY_HERE = "This site shows it read-only."


class _Sessions:
    """What Flask-Admin asks of a db object: a session, for hooks that want one. The tool itself has no use for it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.session = sa.orm.scoped_session(sa.orm.sessionmaker(engine))


def make_model(db: SQLAlchemy, table: Table) -> Any:
    """Return a ``db.Model`` over a table as the catalogue knows it; its attributes are the columns' keys."""
    primary = set(table.key) or set(table.by_name)
    columns = [
        sa.Column(c.name or " ", sa.types.NullType(), key=c.key, primary_key=c.name in primary, nullable=c.nullable)
        for c in table.columns
    ]
    own = sa.Table(table.name.name or " ", sa.MetaData(), *columns, schema=table.name.schema or None)
    # A changed table gets a new class, so the name must be new too: the registry keeps the old one for a while.
    return type(f"Row_{id(own):x}", (db.Model,), {"__table__": own, "__module__": __name__})


def with_model(table: Table, model: Any) -> Table:
    """Return ``table`` with what a host's model knows beyond the database: choices, links, words, defaults."""
    if model is None:
        return table
    columns = {column.name: column for column in model.__table__.columns}
    links = [_model_link(key) for key in model.__table__.foreign_key_constraints]
    known = {link.columns for link in table.links}
    return replace(
        table,
        columns=tuple(_with_model_column(c, columns.get(c.name)) for c in table.columns),
        links=(*table.links, *(link for link in links if link.columns not in known)),
    )


def _model_link(constraint: Any) -> Link:
    targets = [element.target_fullname.split(".") for element in constraint.elements]
    schema = ".".join(targets[0][:-2])
    names = tuple(target[-1] for target in targets)
    return Link(tuple(constraint.column_keys), TableName(schema, targets[0][-2]), names)


def _with_model_column(column: Column, own: Any) -> Column:
    if own is None:
        return column
    enums = tuple(getattr(own.type, "enums", None) or ())
    rules = replace(column.rules, choices=enums) if enums else column.rules
    return replace(
        column,
        rules=rules,
        family="choice" if enums and column.family == "text" else column.family,
        comment=column.comment or own.doc or own.comment or "",
        optional=column.optional or own.default is not None,
    )


# -- What staff keep: views, columns, records ---------------------------------

WIDTHS = ("", "narrow", "wide")
RECENT_RECORDS = 12
VIEWS_IN_MENU = 20


def kept_of(site: Any) -> Kept:
    """Return what whoever makes this request keeps."""
    return Kept(site.state, site.user or "")


def just_told(site: Any) -> bool:
    """Whether a message waits for this page: it may follow a write by another process, so what is held won't do."""
    return bool(session.get(f"_{site.endpoint}_messages"))


def with_query(address: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return an address with these parameters."""
    query = urlencode(list(pairs), errors="surrogateescape")
    return f"{address}?{query}" if query else address


class PersonalPages:
    """The pages of a table that are about whoever looks at it: the shape of its list, and the views of it."""

    @cached_property
    def kept_at(self: Any) -> KeptAt:
        """Where a state keeps what is of this table."""
        return KeptAt.of(self.section.database, self.table.name)

    @expose("/columns", methods=("GET", "POST"))
    def columns_view(self: Any) -> Any:
        """Which columns the list shows, in which order and width, and how many rows."""
        return ColumnsPage(self).respond()

    @expose("/views", methods=("GET", "POST"))
    def views_view(self: Any) -> Any:
        """The views of the list: to save, change and delete them."""
        return ViewsPage(self).respond()


class ListShape:
    """A list as whoever looks wants it: by what the address asks, else by the view and the layout that are kept.

    ``args`` is what the list obeys, ``columns`` what it shows, ``size`` how many rows (0: as the view says).
    """

    def __init__(self, view: Any, args: MultiDict[str, str]) -> None:
        self.view = view
        self.kept = kept_of(view.section.site).of_table(view.kept_at, fresh=just_told(view.section.site))
        self.saved: SavedView | None = None
        self.notices: list[str] = []
        self.args = self._applied(args)
        self.columns = self._columns()

    def _applied(self, args: MultiDict[str, str]) -> MultiDict[str, str]:
        """Return the address's query; where it asks for nothing at all, that of the table's default view."""
        wanted = args.get("view", "")
        opened = str(request.endpoint).endswith("index_view")  # not where the address says what to write or to export
        if opened and not args and (default := self.kept.default):
            self.saved = default
            return MultiDict([*parse_qsl(default.query, True, errors="werkzeug.url_quote"), ("view", str(default.id))])
        if wanted and wanted != "none":
            self.saved = next((saved for saved in self.kept.views if str(saved.id) == wanted), None)
            if self.saved is None:
                self.notices.append("This view isn't there any more, or is someone else's own.")
        return args

    @cached_property
    def allowed(self) -> Mapping[str, Column]:
        """The columns that the list can show, by name."""
        view = self.view
        return {c.name: c for c in [*view.list_columns, *view._columns(view.column_details_list, self._excluded)]}

    @property
    def _excluded(self) -> Any:
        return self.view.column_exclude_list

    @cached_property
    def key(self) -> list[Column]:
        """The key's columns, which are always shown: they tell the rows apart, and lead to them."""
        return [column for column in self.view.list_columns if column.name in self.view.table.key]

    def _columns(self) -> list[Column]:
        asked = self.args.get("columns")
        names = self.kept.layout.columns if asked is None else [unescape(name) for name in asked.split(",") if name]
        if asked is None and not names:
            found: list[Column] = self.view.list_columns
            return found
        chosen = [self.allowed[name] for name in dict.fromkeys(names) if name in self.allowed]
        if asked is not None:
            lost = [name for name in dict.fromkeys(names) if name not in self.allowed]
            self.notices += [f"There is no column {name[:60]!r}, so it isn't shown." for name in lost[:20]]
        return list(dict.fromkeys([*self.key, *chosen])) or list(self.view.list_columns)

    @property
    def size(self) -> int:
        """How many rows a page has where the address doesn't say; 0 where nothing is kept."""
        if self.kept.layout.size:
            return self.kept.layout.size
        text = request.cookies.get("flaskadmin_size", "")
        return int(text) if re.fullmatch(r"[1-9]\d{0,2}", text) and int(text) <= MOST_ROWS else 0

    def named(self, notices: Iterable[str]) -> list[str]:
        """Return the notices with the name of the view that they are about."""
        found = [*self.notices, *notices]
        return [f"View “{self.saved.name}”: {text}" for text in found] if self.saved else found

    def width(self, column: Column) -> str:
        """Return "narrow", "wide" or ""."""
        found = self.kept.layout.widths.get(column.name, "")
        return found if found in WIDTHS else ""

    @property
    def narrow(self) -> str:
        """The classes of the table: which of its columns are narrow."""
        return " ".join(f"n{n}" for n, column in enumerate(self.columns, 1) if self.width(column) == "narrow")

    # The menu

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """Return the query of the list as it is shown, complete: with what comes from the user's own layout."""
        dropped = {*NEVER_KEPT - {"view"}, *without}
        found = [(n, v) for n, v in self.args.items(multi=True) if n not in dropped]
        if self.kept.layout.columns and not {"columns"} & {*self.args, *without}:
            found.append(("columns", columns_text(self.columns)))
        if self.size and not {"size"} & {*self.args, *without}:
            found.append(("size", str(self.size)))
        return found

    @property
    def changed(self) -> bool:
        """Whether the list isn't any more as its view was saved."""
        saved = parse_qsl(self.saved.query, True, errors="werkzeug.url_quote") if self.saved else []
        now = [(n, v) for n, v in self.args.items(multi=True) if n not in NEVER_KEPT]
        return bool(self.saved) and sorted(saved) != sorted(now)

    def menu(self) -> SimpleNamespace:
        """Return what the list says of views: which it is, which there are, and the ways to keep it."""
        address = self.view.address()
        lists = [saved for saved in self.kept.views if not saved.chart]
        items, more = [self._item(address, saved) for saved in lists[:VIEWS_IN_MENU]], len(lists) > VIEWS_IN_MENU
        return SimpleNamespace(
            name=self.saved.name if self.saved else "", changed=self.changed, more=more,
            groups=[(label, [i for i in items if i.mine is mine]) for label, mine in (("Mine", True), ("Team", False))],
            all_url=f"{address}?view=none" if self.kept.default or self.saved else None,
            save_url=with_query(f"{address}views", self.pairs()),
            columns_url=with_query(f"{address}columns", self.pairs("columns", "size") + self._asked()),
        )  # fmt: skip

    def _asked(self) -> list[tuple[str, str]]:
        return [(name, self.args[name]) for name in ("columns", "size") if name in self.args]

    def _item(self, address: str, saved: SavedView) -> SimpleNamespace:
        current = self.saved is not None and self.saved.id == saved.id
        return SimpleNamespace(
            name=saved.name, url=view_url(address, saved), mine=saved.owner is not None, current=current,
            is_default=saved.is_default,
        )  # fmt: skip


def list_shape(view: Any) -> ListShape:
    """Return the shape of the list that this request is about, found once."""
    held = request.environ.get("flaskadmin.shape")
    if held is None or held.view is not view:
        held = request.environ["flaskadmin.shape"] = ListShape(view, request.args)
    found: ListShape = held
    return found


def columns_text(columns: Iterable[Column]) -> str:
    """Return columns as the parameter of a list names them."""
    return ",".join(escape(column.name) or "~_" for column in columns)


def view_url(address: str, saved: SavedView) -> str:
    """Return the address that opens a view: its query, and its name; or the chart that it is."""
    if saved.chart:
        return f"{address}chart?{saved.chart}{'&' if saved.query else ''}{saved.query}"
    return f"{address}?{saved.query}&view={saved.id}" if saved.query else f"{address}?view={saved.id}"


class ColumnsPage:
    """Which columns a list shows, in which order and width: once, by an address, or kept for whoever chooses."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.site = view.section.site
        self.shape = ListShape(view, request.args)
        shown = self.shape.columns
        self.order = [*shown, *(column for column in self.shape.allowed.values() if column not in shown)]
        self.problem = ""

    def respond(self) -> Any:
        """Answer GET with the form, POST by obeying it."""
        if request.method == "GET":
            return self._page(200)
        try:
            return self._kept() if request.form.get("do") in ("keep", "reset") else self._once()
        except Unavailable as error:
            self.problem = str(error)
            return self._page(error.status)

    def _chosen(self) -> list[Column]:
        """Return the columns that the form shows, in its order."""
        places = {column: self._place(n, column) for n, column in enumerate(self.order, 1)}
        chosen = [c for c in self.order if c in self.shape.key or f"show.{c.key}" in request.form]
        return sorted(chosen, key=lambda column: (column not in self.shape.key, *places[column]))

    @staticmethod
    def _place(now: int, column: Column) -> tuple[int, int, int]:
        """Return what orders a column: where two claim a place, the one that was moved gets it."""
        text = request.form.get(f"at.{column.key}", "").strip()
        place = int(text) if re.fullmatch(r"\d{1,4}", text) else now
        return place, (place > now) - (place < now), now

    def _size(self) -> int:
        text = request.form.get("size", "")
        return int(text) if re.fullmatch(r"[1-9]\d{0,2}", text) and int(text) <= MOST_ROWS else 0

    def _query(self) -> list[tuple[str, str]]:
        """Return the list's query but for what this page is about."""
        without = {"columns", "size", *NEVER_KEPT} - {"view"}
        return [(n, v) for n, v in request.args.items(multi=True) if n not in without]

    def _once(self) -> Any:
        pairs = [*self._query(), ("columns", columns_text(self._chosen()))]
        if size := self._size():
            pairs.append(("size", str(size)))
        return redirect(with_query(self.view.address(), pairs), 303)

    def _kept(self) -> Any:
        reset = request.form["do"] == "reset"
        value = None if reset else self._layout()
        if value is not None or self.site.state.exists:
            kept_of(self.site).prefer(layout_name(self.view.kept_at), lambda _before: value)
        self.site.tell("good", "The columns are as they were." if reset else "Kept for you: the columns of this table.")
        return redirect(with_query(self.view.address(), self._query()), 303)

    def _layout(self) -> dict[str, Any] | None:
        """Return what is to be kept; None where that is what everyone has."""
        chosen = self._chosen()
        names = [column.name for column in chosen] if chosen != self.view.list_columns else []
        given = {c.name: request.form.get(f"width.{c.key}", "") for c in self.order}
        widths = {name: width for name, width in given.items() if width in WIDTHS and width}
        found = {"columns": names, "widths": widths, "size": self._size()}
        return found if any(found.values()) else None

    def _page(self, status: int) -> Any:
        view, typed = self.view, request.form if request.method == "POST" else None
        shown = set(self._chosen() if typed else self.shape.columns)
        fields = [
            SimpleNamespace(
                label=view.heading(column), name=column.name, control=column.key, is_key=column in self.shape.key,
                shown=column in shown, at=typed.get(f"at.{column.key}", n) if typed else n,
                width=typed.get(f"width.{column.key}", "") if typed else self.shape.width(column),
            )
            for n, column in enumerate(self.order, 1)
        ]  # fmt: skip
        size = self._size() if typed else int(self.shape.args.get("size", type=int) or self.shape.size)
        body = self.site.page(
            "columns.html", f"Columns · {view.name}", [*view.trail, (view.name, view.address())], label=view.name,
            action=with_query(view.address(action="columns"), request.args.items(multi=True)), fields=fields,
            widths=[("", "normal"), ("narrow", "narrow"), ("wide", "wide")], size=size, problem=self.problem or None,
            sizes=sorted({*view.page_sizes, *([size] if 0 < size <= MOST_ROWS else [])}),
            kept=self.shape.kept.layout != Layout(), back=with_query(view.address(), request.args.items(multi=True)),
        )  # fmt: skip
        return Response(body, status)


class ViewsPage:
    """The views of a table: to save the list as one, and to rename, replace and delete those that there are."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.site = view.section.site
        self.at: KeptAt = view.kept_at
        self.kept = kept_of(self.site)
        self.problem = ""

    def respond(self) -> Any:
        """Answer GET with the page, POST by keeping what it asks."""
        if request.method == "GET":
            return self._page(200)
        ways = {"save": self._save, "change": self._change, "replace": self._replace, "delete": self._delete}
        try:
            if request.form.get("do") not in ways:
                raise Refused("It isn't said what to do with the view.", "Use the buttons of this page.")
            return ways[request.form["do"]]()
        except (Refused, Unavailable) as error:
            self.problem = str(error)
            return self._page(error.status)

    @property
    def _query(self) -> str:
        """The query of the list that the page was opened from."""
        return request.query_string.decode("ascii", "replace")

    @staticmethod
    def _name() -> str:
        typed = request.form.get("name", "")
        return " ".join("".join(c if c.isprintable() else " " for c in typed).split())

    def _id(self) -> int:
        text = request.form.get("id", "")
        return int(text) if re.fullmatch(r"\d{1,15}", text) else 0

    @staticmethod
    def _flags() -> dict[str, Any]:
        return {name: name in request.form for name in ("is_default", "pinned")}

    def _save(self) -> Any:
        owner = None if request.form.get("whose") == "team" else self.kept.owner
        view = SavedView(0, self.at, self._name(), owner, kept_query(self._query), **self._flags())
        if chart := kept_chart(request.form.get("chart", "")):
            self.kept.save(view._replace(chart=chart, is_default=False, pinned=True))
            self.site.tell("good", f"Pinned the chart “{view.name}” to the first page.", self.site.base, "See it there")
            return redirect(view_url(self.view.address(), view._replace(chart=chart)), 303)
        return self._told(self.kept.save(view), "Saved the view")

    def _change(self) -> Any:
        self._told(self.kept.change(self._id(), self.at, name=self._name(), **self._flags()), "Changed the view")
        return redirect(request.script_root + request.full_path.rstrip("?"), 303)

    def _replace(self) -> Any:
        return self._told(self.kept.change(self._id(), self.at, query=kept_query(self._query)), "Replaced the view")

    def _delete(self) -> Any:
        gone = self.kept.remove(self._id(), self.at)
        list_url = f"{self.view.address()}?{gone.query or 'view=none'}"
        self.site.tell("good", f"Deleted the view “{gone.name}”.", list_url, "The list it showed")
        pairs = [(n, v) for n, v in request.args.items(multi=True) if (n, v) != ("view", str(gone.id))]
        return redirect(with_query(self.view.address(action="views"), pairs), 303)

    def _told(self, saved: SavedView, words: str) -> Any:
        self.site.tell("good", f"{words} “{saved.name}”.")
        return redirect(view_url(self.view.address(), saved), 303)

    def _page(self, status: int) -> Any:
        view, typed = self.view, request.form if request.form.get("do") == "save" else None
        views = self.kept.of_table(self.at, fresh=True).views
        current = request.args.get("view", "")
        body = self.site.page(
            "views.html", f"Views · {view.name}", [*view.trail, (view.name, view.address())], label=view.name,
            action=with_query(view.address(action="views"), request.args.items(multi=True)), typed=typed,
            words=query_words(view, self._query), problem=self.problem or self._impossible or None,
            views=[(saved, view_url(view.address(), saved), str(saved.id) == current) for saved in views],
            back=with_query(view.address(), request.args.items(multi=True)), replaces=bool(request.args),
        )  # fmt: skip
        return Response(body, status)

    @property
    def _impossible(self) -> str:
        return f"{KEPT_NOWHERE} {ANOTHER_STATE}" if self.site.state.database is None else ""


QUERY_WORDS: Mapping[str, str] = {
    "search": "search", "sort": "sorted by", "columns": "columns", "size": "rows a page"
}  # fmt: skip


def query_words(view: Any, query: str) -> list[str]:
    """Return what a view of this query would show, a part a line."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote")
    reader = FilterReader(view.scope, view.zone)
    filters = reader.read(pair for pair in pairs if pair[0] not in LIST_PARAMETERS)
    found = [filter_words(view, one, {}) for one in filters]
    for name, value in pairs:
        if name in QUERY_WORDS:
            shown = ", ".join(map(unescape, value.split(","))) if name == "columns" else value
            found.append(f"{QUERY_WORDS[name]}: {shown}")
    return [text.encode("utf-8", "replace").decode()[:300] for text in [*found, *reader.problems]]


# Records that one had open


def remember_record(view: Any, token: str, label: str, *, saved: bool = False, instead_of: str = "") -> None:
    """Put a record first among those that one had open lately. To look at one makes no state, to save one does."""
    site = view.section.site
    if not token or not site.state.may_keep or not (saved or site.state.exists):
        return
    entry = [*view.kept_at, token[:500], label[:80]]
    kept = kept_of(site)
    if kept.preference("recent") != [entry, *records_of(kept.preference("recent"), entry, instead_of)]:
        with suppress(FlaskAdminError):  # the page is about the record
            kept.prefer("recent", lambda before: [entry, *records_of(before, entry, instead_of)])


def records_of(recent: Any, but: Sequence[str] = (), instead_of: str = "") -> list[list[str]]:
    """Return the records that a preference remembers, but this one, under its old key or its new one."""
    found = [r for r in recent if isinstance(r, list) and len(r) == 5] if isinstance(recent, list) else []
    gone = [[*but[:3], token] for token in (but[3] if but else "", instead_of)]
    return [record for record in found if record[:4] not in gone][: RECENT_RECORDS - 1 if but else RECENT_RECORDS]


def forget_record(view: Any, token: str) -> None:
    """Take a record that was deleted from those that one had open."""
    kept, entry = kept_of(view.section.site), [*view.kept_at, token[:500], ""]
    recent = kept.preference("recent")
    if records_of(recent, entry) != records_of(recent):
        with suppress(FlaskAdminError):
            kept.prefer("recent", lambda before: records_of(before, entry) or None)


class FirstPage:
    """What the first page shows of one's own: pinned views and charts, the records and tables that one had open."""

    def __init__(self, site: Any) -> None:
        self.site = site
        kept, fresh = kept_of(site), just_told(site)
        self.sections = {KeptAt.of(section.database, TableName("", "")).database: section for section in site.sections}
        self.pins = kept.pinned(fresh=fresh)
        self.records = records_of(kept.preference("recent", fresh=fresh))

    def _section(self, at: KeptAt) -> Section | None:
        """Return the section of a table, if the site still shows it."""
        section: Section | None = self.sections.get(at.database)
        with suppress(FlaskAdminError):  # the page itself says that a database is away
            if section and at.name in section.catalogue.tables() and not section.hidden(at.name):
                return section
        return None

    def parts(self) -> SimpleNamespace:
        """Return the parts as the template wants them."""
        pinned = [(view, section) for view in self.pins if (section := self._section(view.at))]
        items = [self._pin(section, view) for view, section in pinned]
        records = [record for record in map(self._record, self.records) if record]
        return SimpleNamespace(
            pinned=[item for item in items if not item.chart], charts=[item for item in items if item.chart],
            records=records, tables=self._tables(), empty=not items and not records, today=changed_today(self.site),
            keeps=self.site.state.database is not None,
        )  # fmt: skip

    @staticmethod
    def _pin(section: Section, view: SavedView) -> SimpleNamespace:
        note = section.label(view.at.name) + ("" if view.owner else " · team")
        return SimpleNamespace(
            label=view.name, url=view_url(section.url(view.at.name), view), note=note, chart=view.chart
        )

    def _record(self, record: list[str]) -> SimpleNamespace | None:
        at, token = KeptAt(*record[:3]), record[3]
        if not (section := self._section(at)):
            return None
        return SimpleNamespace(label=record[4] or token, url=section.url(at.name, token), note=section.label(at.name))

    def _tables(self) -> list[SimpleNamespace]:
        """Return the tables that one had open, where there are too many to see at once."""
        kept = session.get(f"_{self.site.endpoint}_recent", ())
        opened = [TableName(*name) for name in kept if isinstance(name, list) and len(name) == 2]
        places = [KeptAt.of(section.database, name) for name in opened for section in self.site.sections]
        found = [(section, at.name) for at in places if (section := self._section(at))]
        return [SimpleNamespace(label=s.label(name), url=s.url(name), note="") for s, name in found]


# -- The views ----------------------------------------------------------------


class TableOptions(ModelView):
    """What TableView's attributes say of a table: which columns, with which words, and what may be done."""

    column_list: Sequence[str] | None = None
    column_exclude_list: Sequence[str] | None = None
    column_labels: dict[str, str] | None = None
    column_descriptions: dict[str, str] | None = None
    column_formatters: dict[str, Any] = {}
    column_searchable_list: Sequence[str] | None = None
    column_sortable_list: Sequence[str] | None = None
    column_default_sort: Any = None
    column_details_list: Sequence[str] | None = None
    column_export_list: Sequence[str] | None = None
    column_export_exclude_list: Sequence[str] | None = None
    column_label: str | None = None  # the column that names a record where others refer to it
    form_columns: Sequence[str] | None = None
    form_excluded_columns: Sequence[str] | None = None
    form_args: dict[str, dict[str, Any]] | None = None
    form_choices: dict[str, Sequence[tuple[str, str]]] | None = None
    form_widget_args: dict[str, dict[str, Any]] | None = None
    column_auto_select_related = False  # a foreign key is a value: nothing is joined
    can_create = True
    can_edit = True
    can_delete = True
    can_view_details = True
    can_export = True
    can_import = True
    page_size = 0  # 0: the setting's
    page_sizes = (20, 50, 100, 200, 500)
    table: Table
    section: Section

    def _refresh_cache(self) -> None:
        """Do nothing where Flask-Admin makes forms and filters in advance: ours are made when they are asked for."""

    def attach(self, section: Section, table: Table, has_host_model: bool) -> None:
        """Bind the view to its table; called once, before the first request."""
        self.has_host_model = has_host_model
        self.section = section
        self.table = table
        self.admin = section.site
        self.endpoint = section.site.endpoint
        self.name = section.label(table.name)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the page's function; Flask-Admin's own way takes every TypeError for a wrong signature."""
        return fn(self, *args, **kwargs)

    # Which columns, with which words

    def _columns(self, names: Sequence[str] | None, without: Sequence[str] | None = None) -> list[Column]:
        """Return the columns with these names or keys; all but ``without`` where ``names`` is None."""
        hidden = {*(without or ()), *self.section.setting(self.table.name, "hidden_columns", ())}
        known = {**self.table.by_name, **{column.key: column for column in self.table.columns}}
        chosen = [known[name] for name in names if name in known] if names else list(self.table.columns)
        return [column for column in chosen if not {column.name, column.key} & hidden]

    @cached_property
    def list_columns(self) -> list[Column]:
        """The columns of the list: the key first, then the name, then the others."""
        names = self.column_list or self.section.setting(self.table.name, "columns")
        chosen = self._columns(names, self.column_exclude_list)
        key = self._columns(self.table.key, self.column_exclude_list) if self.table.key else []
        label = [column for column in self.label_columns if column in chosen and column not in key]
        rest = [column for column in chosen if column not in key and column not in label]
        if names:
            return [*key, *(column for column in chosen if column not in key)]
        return [*key, *label, *rest][:MANY_COLUMNS]

    @cached_property
    def label_columns(self) -> Sequence[Column]:
        """The columns that name a record for people."""
        name = self.column_label or self.section.setting(self.table.name, "label_column")
        return self._columns([name]) if name else label_columns(self.table)

    @cached_property
    def searched_columns(self) -> tuple[Column, ...]:
        """The columns that the search box looks into."""
        if self.column_searchable_list is not None:
            return tuple(self._columns(self.column_searchable_list)) if self.column_searchable_list else ()
        return tuple(c for c in self._columns(None) if KINDS[c.family].searchable)[:10]

    @property
    def scope(self) -> Scope:
        """What filters of this table's list may name."""
        return self.section.scope(self.table.name)

    @cached_property
    def form_fields(self) -> list[Column]:
        """The columns of the form."""
        return self._columns(self.form_columns, self.form_excluded_columns)

    def heading(self, column: Column) -> str:
        """Return a column's name for people."""
        if column.name not in self._headings:
            self._headings[column.name] = self._heading(column)
        return self._headings[column.name]

    def heading_class(self, column: Column) -> str:
        """Return "num" where a column's heading stands above numbers."""
        number = KINDS[column.family].cls == "num" and column.name not in self.table.links_by_column
        return "num" if number else ""

    @cached_property
    def figure_paths(self) -> Mapping[str, str]:
        """Where a column's own page stands below the list, by the column's name."""
        return {column.name: f"column/{path_of(escape(column.name) or '~_')}" for column in self.table.columns}

    @cached_property
    def _headings(self) -> dict[str, str]:
        return {}

    def _heading(self, column: Column) -> str:
        own = {**self.section.setting(self.table.name, "labels", {}), **(self.column_labels or {})}
        return str(own.get(column.key) or own.get(column.name) or self._plain_heading(column))

    def _plain_heading(self, column: Column) -> str:
        """Return a column's name without what says only that it is a key: ``customer_id`` shows a customer."""
        short = re.sub(r"(?<=\w)_id$", "", column.name)
        free = column.name in self.table.links_by_column and short not in self.table.by_name
        return prettified(short if free else column.name)

    def help(self, column: Column) -> str:
        """Return a column's explanation: the view's, else the database's comment."""
        return str((self.column_descriptions or {}).get(column.key) or column.comment)

    def can_sort(self, column: Column) -> bool:
        """Whether the list can be sorted by a column."""
        allowed = self.column_sortable_list
        ordered = KINDS[column.family].sortable and column.cast not in UNORDERED
        return ordered and (allowed is None or column.key in allowed or column.name in allowed)

    @property
    def reason(self) -> str:
        """Why records can't be edited, or ""."""
        if not self.can_edit or self.section.setting(self.table.name, "read_only", False):
            return READ_ONLY_HERE
        return self.table.reason or self.section.database.withheld()

    def allows(self, verb: str) -> bool:
        """Whether "insert", "update" or "delete" is possible here."""
        own = {"insert": self.can_create, "update": self.can_edit, "delete": self.can_delete}[verb]
        configured = not self.section.setting(self.table.name, "read_only", False)
        return bool(own and configured and verb in self.table.writes) and not self.section.database.withheld()

    def address(self, token: str = "", action: str = "") -> str:
        """Return the address of the list, of a record, or of something below them."""
        return self.section.url(self.table.name, token, action)

    @property
    def trail(self) -> list[tuple[str, str]]:
        """The pages above the list: the database's, where there are several."""
        return [(self.section.database.label, self.section.base)] if self.section.database.name else []

    @property
    def hooked(self) -> bool:
        """Whether anything wants to see the records of this table before they are written."""
        own = type(self)
        names = ("on_model_change", "after_model_change", "on_model_delete", "after_model_delete")
        overridden = any(getattr(own, name) is not getattr(TableView, name) for name in names)
        return overridden or self.section.site.is_hooked(self.table.name) or self.has_host_model

    def attribute(self, column: Column) -> str:
        """Return the model's attribute for a column: a host's model may call it as it likes."""
        for name, own in sa.inspect(self.model).columns.items():
            if own.name == column.name:
                return str(name)
        return column.key

    @property
    def zone(self) -> ZoneInfo:
        """The viewer's time zone."""
        return viewer_zone(self.section.site.settings.timezone)


class TableView(PersonalPages, TableOptions):
    """The pages of one table. Subclass it, and give it by table name: ``views={"customer": CustomerView}``.

    It has Flask-Admin's attributes (TableOptions) and hooks, with columns named by their attribute (the column's name,
    where Python can spell it). The database's own rules come first: what it forbids, no attribute allows.
    """

    @expose("/")
    def index_view(self) -> Any:
        """The list."""
        return list_page(self).render()

    @expose("/export.<string:form>")
    def export_view(self, form: str) -> Any:
        """All rows of the list as a file."""
        return self.section.site.extension.export(self, form).respond()

    @expose("/new", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """The form for a new record, or for a copy of one."""
        return (LikePage(self, request.args["like"]) if "like" in request.args else FormPage(self, "")).respond()

    @expose("/<flaskadmin:key>")
    def details_view(self, key: str) -> Any:
        """A record, with what it refers to and what refers to it."""
        if not self.can_view_details:
            raise Forbidden("This site doesn't show single records of this table.")
        return record_page(self, key)

    @expose("/<flaskadmin:key>/links", methods=("GET", "POST"))
    def links_view(self, key: str) -> Any:
        """Adds and removes what a record is joined to by a table of nothing but keys."""
        return LinksPage(self, key).respond()

    @expose("/<flaskadmin:key>/edit", methods=("GET", "POST"))
    def edit_view(self, key: str) -> Any:
        """The form for a record."""
        return (CellPage if "only" in request.args else FormPage)(self, key).respond()

    @expose("/<flaskadmin:key>/delete", methods=("GET", "POST"))
    def delete_view(self, key: str) -> Any:
        """The question before a record is deleted, with what goes along."""
        return DeletePage(self, key).respond()

    @expose("/import", methods=("GET", "POST"))
    def import_view(self) -> Any:
        """Rows of a file, or pasted cells."""
        return self.section.site.extension.importing(self).respond()

    @expose("/bulk", methods=("GET", "POST"))
    def bulk_view(self) -> Any:
        """Many rows at once: edit, delete, or an action of the application's own."""
        return BulkPage(self).respond()

    @expose("/filter")
    def filter_view(self) -> Any:
        """The form that builds the list's filter and its order."""
        return FilterPage(self).respond()

    @expose("/glance")
    def glance_view(self) -> Any:
        """The table at a glance."""
        return GlancePage(self).render()

    @expose("/chart")
    def chart_view(self) -> Any:
        """A chart of the list's rows."""
        return ChartPage(self).render()

    @expose("/column/<flaskadmin:column>")
    def column_view(self, column: str) -> Any:
        """A column's own page."""
        return ColumnPage(self, column_name(column)).render()

    @expose("/pick")
    def pick_view(self) -> Any:
        """The answers of a foreign key's picker, as JSON."""
        return Picker(self).respond()

    @expose("/<flaskadmin:key>/file/<flaskadmin:column>")
    def file_view(self, key: str, column: str) -> Any:
        """The content of a cell: bytes, or a text that no form carries."""
        return send_cell(self, key, unescape(column))

    # Flask-Admin's hooks

    def scaffold_form(self) -> Any:
        """Return the form's class: one CellField a column, under the column's attribute name."""
        fields = {column.key: self._field(column) for column in self.form_fields}
        return type("RecordForm", (BaseForm,), fields)

    def _field(self, column: Column) -> Any:
        arguments = dict((self.form_args or {}).get(column.key, {}))
        arguments.setdefault("label", self.heading(column))
        arguments.setdefault("description", self.help(column))
        allowed = {"label", "description", "validators", "render_kw"}
        return CellField(column=column, **{name: value for name, value in arguments.items() if name in allowed})

    @cached_property
    def form_class(self) -> Any:
        """The form's class, made once."""
        return self.scaffold_form()

    def create_form(self, obj: Any = None) -> Any:
        """Return an empty form for a new record; override it to change its fields."""
        return self.form_class()

    def edit_form(self, obj: Any = None) -> Any:
        """Return an empty form for a record; override it to change its fields."""
        return self.form_class()

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Called before a record is written; what it sets on ``model`` is written too. ValidationError refuses."""
        self._call("before_save", model, is_created)

    def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Called after a record was written and committed."""
        self._call("after_save", model, is_created)

    def on_model_delete(self, model: Any) -> None:
        """Called before a record is deleted."""
        self._call("before_delete", model)

    def after_model_delete(self, model: Any) -> None:
        """Called after a record was deleted."""
        self._call("after_delete", model)

    def _call(self, event: str, *arguments: Any) -> None:
        for function in self.section.site.hooks(event, self.table.name):
            function(*arguments)

    def on_form_prefill(self, form: Any, id: Any) -> None:
        """Called before an edit form is shown."""


# -- The list -----------------------------------------------------------------


class Cell(NamedTuple):
    """One cell of a page: its text, its classes, the record it leads to."""

    text: str
    cls: str = ""
    url: str | None = None


class Shapes:
    """Parts of a page that the template makes once, with a mark in each place for a value; the rest is filling in.

    They are the site's, so that a thing that many addresses differ in (a count, an address) must be a mark.
    """

    MOST = 2000  # the sizes of a page, which an address may choose, are part of a shape

    def __init__(self, site: Any) -> None:
        self._shapes = {} if current_app.jinja_env.auto_reload else site.shapes

    def _shape(self, macro: str, *arguments: Any) -> str:
        """Return what a macro of the template makes, with a ``%s`` in each place for a value."""
        found = self._shapes.get((macro, *arguments))
        if found is None:
            if len(self._shapes) >= self.MOST:
                self._shapes.clear()
            made = str(get_template_attribute("flaskadmin/_row.html", macro)("\0", *arguments))
            found = self._shapes[macro, *arguments] = made.replace("%", "%%").replace("\0", "%s")
        return found


class ListFrame(Shapes):
    """What stands around the rows of a list: the heads of its columns, the ways to other pages of it."""

    def heads(self, heads: Sequence[SimpleNamespace], figures: Callable[..., str] | None) -> Markup:
        """Return the heads of the columns."""
        shapes, values = [], []
        for head in heads:
            cls = " ".join(filter(None, (head.cls, head.width)))
            shapes.append(self._shape("head", cls, head.sorted, head.sort_url is None, figures is None))
            values += [head.hint, head.label] if head.sort_url is None else [head.sort_url, head.hint, head.label]
            values += [figures(head.name), head.label] if figures else []
        return self._filled("".join(shapes), values)

    def pager(self, pager: SimpleNamespace) -> Markup:
        """Return the links to the first, previous, next and last page, and to pages of other sizes."""
        ways = [pager.first, pager.prev, pager.next, pager.last]
        there = tuple(way is not None for way in ways)
        shape = self._shape("pager", there, tuple(size for size, _url in pager.sizes), pager.size)
        return self._filled(shape, [way for way in ways if way is not None] + [url for _size, url in pager.sizes])

    def export(self, parameters: str | None, count: str, found: bool) -> Markup:
        """Return the menu of files: of the rows that were ``found``, else of all; None as parameters: no menu."""
        if parameters is None:
            return Markup("")
        values = [value for value in (count, *[parameters] * 6) if value]
        return self._filled(self._shape("export", bool(count), found, bool(parameters)), values)

    @staticmethod
    def _filled(shape: str, values: Sequence[str]) -> Markup:
        """Return a shape with escaped values; a name with a NUL in it would be two of them."""
        texts = str(escape_html("\0".join([str(value).replace("\0", "") for value in values])))
        return Markup(shape % (tuple(texts.split("\0")) if values else ()))


class ListRows(Shapes):
    """The rows of a list as HTML, a column at a time: a template that runs for each cell takes half the page's time.

    The template makes the shape of a row and of a cell of each class; the escaped values are filled in here.
    """

    def __init__(
        self, view: TableView, labels: Mapping[Link, Mapping[tuple[Any, ...], Label]], columns: Sequence[Column]
    ) -> None:
        super().__init__(view.section.site)
        self.view = view
        self.labels = labels
        self.zone = view.zone
        self.columns = columns
        self.editable = not view.reason and view.allows("update")
        self.marked = view.section.site.marked(view.table.name)

    def html(self, rows: Sequence[Row]) -> Markup:
        """Return the rows."""
        if not rows:
            return Markup("")
        first, *others = self.columns
        texts, classes = self._texts(first, rows)
        cells = [self._cells(column, rows) for column in others]
        rest = ["".join(row) for row in zip(*cells, strict=True)] if cells else [""] * len(rows)
        shapes = {cls: self._shape("row", cls, self.editable, False) for cls in set(classes)}
        base, found = str(escape_html(self.view.address())), []
        for row, text, cls, more in zip(rows, texts, classes, rest, strict=True):
            shape = shapes[cls] if row.token != self.marked else self._shape("row", cls, self.editable, True)
            record, named = base + path_of(row.token), text if text.strip() else "(blank)"
            found.append(shape % ((f"{record}/edit", named, record, more) if self.editable else (record, named, more)))
        return Markup("".join(found))

    def _cells(self, column: Column, rows: Sequence[Row]) -> list[str]:
        """Return a column's cells."""
        texts, classes = self._texts(column, rows)
        link = self.view.table.links_by_column.get(column.name)
        if link and (labels := self.labels.get(link)):
            found = [labels.get(tuple(row.values.get(name) for name in link.columns)) for row in rows]
            return list(map(partial(self._linked, self.view.section.url(link.target)), texts, classes, found))
        shapes = {cls: self._shape("cell", cls) for cls in set(classes)}
        return [shapes[cls] % text for text, cls in zip(texts, classes, strict=True)]

    def _linked(self, base: str, text: str, cls: str, label: Label | None) -> str:
        if label is None:
            return self._shape("cell", cls) % text
        return self._shape("linked", "") % (escape_html(base + path_of(label.token)), escape_html(label.text))

    def _texts(self, column: Column, rows: Sequence[Row]) -> tuple[Sequence[str], Sequence[str]]:
        """Return a column's escaped texts and their classes."""
        shown = show_column(column, [row.values[column.name] for row in rows], self.zone)
        if formatter := (self.view.column_formatters or {}).get(column.key):
            return [str(escape_html(self._formatted(column, formatter, row))) for row in rows], shown[1]
        return str(escape_html("\0".join(shown[0]))).split("\0"), shown[1]  # no shown text holds a NUL

    def _formatted(self, column: Column, formatter: Callable[..., Any], row: Row) -> Any:
        model = SimpleNamespace(**{c.key: row.values[c.name] for c in self.view.table.columns if c.name in row.values})
        text = formatter(self.view, None, model, column.key)
        return "" if text is None else text


COUNTED_OFF = (
    "These rows have no key, so pages are counted off: the further on, the longer it takes, and a row that is added or"
    " removed meanwhile moves the others. Filter to get there sooner."
)


class ListPage:
    """The list of a table's rows, from what its address asks for; what can't be is told, not obeyed."""

    PARAMETERS = LIST_PARAMETERS
    looked: SimpleNamespace | None = None  # where a search looked

    def __init__(self, view: TableView) -> None:
        self.view = view
        self.table = view.table
        self.shape = list_shape(view)
        self.args = self.shape.args
        self.notices: list[str] = []
        self.labels: dict[Link, Mapping[tuple[Any, ...], Label]] = {}
        self.count: str | None = None  # not counted yet
        self._starts: dict[tuple[str, ...], str] = {}
        self.filters = self._filters()
        self.filter_labels: dict[str, str] = {}
        self.query = self._query()
        self.notices = self.shape.named(self.notices)

    def _filters(self) -> tuple[Filter, ...]:
        pairs = [(n, v) for n, v in self.args.items(multi=True) if n not in self.PARAMETERS]
        if not pairs:
            return ()
        reader = FilterReader(self.view.scope, self.view.zone)
        found = reader.read(pairs)
        self.notices += reader.problems
        return found

    def _query(self) -> Query:
        sorts = read_sorts(self.view, self.args.get("sort", ""), self.notices) or self._default_sort()
        sort, descending = sorts[0] if sorts else (None, False)
        return Query(
            table=self.table,
            columns=self._read_columns(),
            where=self.filters,
            **searching(self.view, self.args, self.notices),
            sort=sort,
            descending=descending,
            then=sorts[1:],
            after=self.args.get("after") or None,
            before=self.args.get("before"),
            size=self._size(),
        )

    def _default_sort(self) -> tuple[tuple[Column, bool], ...]:
        given = self.view.column_default_sort or ()
        pairs = [given] if isinstance(given, tuple) else given if isinstance(given, list) else [(given, False)]
        return tuple((c, bool(down)) for name, down in filter(None, pairs) for c in self.view._columns([str(name)]))

    def _read_columns(self) -> tuple[Column, ...]:
        """Return the shown columns, and those that a foreign key needs besides."""
        shown = self.shape.columns
        links = [link for c in shown if (link := self.table.links_by_column.get(c.name))]
        more = [self.table.by_name[n] for link in links for n in link.columns if n in self.table.by_name]
        return tuple(dict.fromkeys([*shown, *more]))

    def _size(self) -> int:
        default = self.shape.size or self.view.page_size or self.view.section.site.settings.page_size
        text = self.args.get("size", "")
        if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= 500:
            if text:
                self.notices.append("A page has 1 to 500 rows.")
            return default
        return int(text)

    def _read(self) -> Page:
        """Read the page; what is too slow or can't be compared is left out, with the remedy."""
        try:
            return self._try_to_read()
        except TimedOut:
            self.count = ""
            self.notices.append("It took longer than allowed, so no rows are shown. Ask for fewer: filter by a column.")
        except (Invalid, BadValue, Unreadable) as error:
            if self.query.sort or self.query.where:
                words = str(error) if isinstance(error, Invalid) else "The database can't sort or filter by this."
                self.notices.append(f"{words} It was left out.")
                self.query, self.filters = replace(self.query, sort=None, then=(), where=()), ()
                return self._read()
            known = isinstance(error, Unreadable)
            self.notices.append(f"It can't be read. {error if known else 'The database fails on one of its values.'}")
        except Unavailable:
            if self.table.listed.kind != "foreign table":
                raise
            self.notices.append("It can't be read: the server or file behind it can't be reached.")
        return Page((), False, False)

    def _try_to_read(self) -> Page:
        with self.view.section.database.reading() as connection:
            page = read_page(connection, self.query)
            self.labels = self._labels(connection, page.rows)
            self.filter_labels = filter_labels(self.view, connection, self.filters)
            self.count = self._plain_count(connection)
            return page

    def _labels(self, connection: sa.Connection, rows: Sequence[Row]) -> dict[Link, Mapping[tuple[Any, ...], Label]]:
        """Read the names of the records that the page's foreign keys refer to: one query a key."""
        found = {}
        for column in self.shape.columns:
            link = self.table.links_by_column.get(column.name)
            if link and link not in found:
                keys = [tuple(row.values.get(name) for name in link.columns) for row in rows]
                found[link] = labels_of(self.view.section, connection, link, keys)
        return found

    def _plain_count(self, connection: sa.Connection) -> str | None:
        """Return the number of all rows: exact up to FEW_ROWS, else the planner's estimate, said to be one."""
        if self.query.where or self.query.search or "view" in self.table.listed.kind:
            return None
        estimate = self.table.listed.rows
        if estimate is not None and estimate > FEW_ROWS:
            return f"about {rounded(estimate)}"
        return count_words(count_rows(connection, self.query))

    def _found_count(self) -> str:
        """Return the number of rows that a filter or a search leaves, if a moment is enough to count them."""
        try:
            with self.view.section.database.reading(0.3) as connection:
                return count_words(count_rows(connection, self.query))
        except (FlaskAdminError, Invalid):
            return ""

    def render(self) -> Any:
        """Return the page."""
        page = self._read()
        if page.lost:
            self.notices.append("The row where this page began is gone; this is the first page.")
        if page.offset:
            self.notices.append(COUNTED_OFF)
        view, frame, figures = self.view, ListFrame(self.view.section.site), figures_links(self)
        columns, asked = [self._head(column) for column in self.shape.columns], export_parameters(self)
        count = self._found_count() if self.count is None else self.count
        return view.section.site.page(
            "list.html", view.name, view.trail,
            label=view.name, singular=view.name, count=count, reason=view.reason,
            comment=self.table.listed.comment,
            new_url=view.address(action="new") if view.allows("insert") else None,
            columns=columns, heads=frame.heads(columns, figures), rows=self._html(page.rows),
            search=self.query.search, search_hint=", ".join(view.heading(c) for c in view.searched_columns),
            searchable=bool(view.searched_columns), chips=self._chips(), hidden=self._kept("search"),
            filter_url=self._filter_url(),
            notices=[*self.notices, *self._narrowed()], pager=frame.pager(self._pager(page)), empty=self._empty(),
            looked=self.looked, figures=figures, asked=asked,
            export=frame.export(asked, count, bool(self.query.search or self.filters)),
            size_hidden=self._kept("size"), views=self.shape.menu(), narrow=self.shape.narrow, bulk=bulk_offers(view),
            can_import=view.can_import and (view.allows("insert") or view.allows("update")),
        )  # fmt: skip

    def _html(self, rows: Sequence[Row]) -> Markup:
        return ListRows(self.view, self.labels, self.shape.columns).html(rows)

    def _narrowed(self) -> list[str]:
        shown, all_columns = len(self.shape.columns), len(self.table.columns)
        if (
            self.shape.columns is not self.view.list_columns
            or self.view.column_list
            or shown >= MANY_COLUMNS > all_columns
            or shown >= all_columns
            or shown < MANY_COLUMNS
        ):
            return []
        return [f"{shown} of {all_columns} columns are shown here; a record's page shows all."]

    def _empty(self) -> str:
        if self.query.search or self.query.where:
            looked = ", ".join(self.view.heading(column) for column in self.view.searched_columns)
            where = f"Looked in: {looked}, and for numbers that are equal. " if self.query.search else ""
            return f"Nothing fits. {where}Take away the search or a filter to see more."
        return "There are no records yet."

    def _head(self, column: Column) -> SimpleNamespace:
        sort, down = self.query.sort, self.query.descending
        token = sort_token(column)
        name = token if column is not sort or down else f"-{token}"
        zone = f", {self.view.zone.key}" if column.family == "instant" else ""
        return SimpleNamespace(
            name=column.name,
            label=self.view.heading(column),
            cls=self.view.heading_class(column),
            width=self.shape.width(column),
            hint=f"{column.name}: {column.type}{zone}",
            sort_url=self._url(sort=name) if self.view.can_sort(column) else None,
            sorted=(("descending" if down else "ascending") if column is sort else None),
        )

    # Addresses of the same list, otherwise

    def _start(self, *without: str) -> str:
        """Return the list's address with its parameters but these, ready for another one."""
        if without not in self._starts:
            pairs = self._parameters(*without)
            kept = f"{urlencode(pairs, errors='surrogateescape')}&" if pairs else ""
            self._starts[without] = f"{self.view.address()}?{kept}"
        return self._starts[without]

    def _parameters(self, *without: str) -> list[tuple[str, str]]:
        dropped = {"after", "before", *without}
        return [(n, v) for n, v in self.args.items(multi=True) if n not in dropped]

    def _kept(self, *without: str) -> list[tuple[str, str]]:
        return self._parameters(*without)

    def _url(self, **changes: str) -> str:
        more = [
            f"{name}={value if value.isascii() and value.isalnum() else quote_plus(value, errors='surrogateescape')}"
            for name, value in changes.items()
        ]
        return (self._start(*changes) + "&".join(more)).rstrip("&?")

    def _filter_url(self) -> str:
        query = urlencode(self._parameters(), errors="surrogateescape")
        return f"{self.view.address(action='filter')}{'?' if query else ''}{query}"

    def _chips(self) -> list[tuple[str, str]]:
        found = []
        for one in self.filters:
            group = f"{one.name}." if one.parts else "\0"
            pairs = [p for p in self._parameters() if p != (one.name, one.value) and not p[0].startswith(group)]
            query = f"?{urlencode(pairs, errors='surrogateescape')}" if pairs else ""
            found.append((filter_words(self.view, one, self.filter_labels), self.view.address() + query))
        return found

    def _pager(self, page: Page) -> SimpleNamespace:
        first, last = (page.rows[0].token, page.rows[-1].token) if page.rows else ("", "")
        previous, following = {"before": first}, {"after": last}
        end: str | None = self._url(before="")
        if page.offset is not None:
            previous = {"after": str(max(0, page.offset - self.query.size))}
            following = {"after": str(page.offset + self.query.size)}
            end = None
        sizes = sorted({*self.view.page_sizes, self.query.size})
        return SimpleNamespace(
            first=self._url() if page.has_previous else None,
            prev=self._url(**previous) if page.has_previous else None,
            next=self._url(**following) if page.has_next else None,
            last=end if page.has_next else None,
            size=self.query.size,
            sizes=[(size, self._url(size=str(size))) for size in sizes],
        )


def searching(view: TableView, args: Any, notices: list[str]) -> dict[str, Any]:
    """Return the fields of Query that a list's search box gives; a column that isn't there any more is told."""
    text, start = clean_text(args.get("search", "")).strip(), args.get("search_from", "")
    if not text:
        return {"start": start}
    numbers = tuple(c for c in view._columns(None) if c.family in COMPARED or c.name in view.table.key)
    known = {column.name: column for column in (*view.searched_columns, *numbers)}
    names = [unescape(name) for part in args.getlist("search_in") for name in part.split(",") if name]
    notices += [f"The search can't look in {name[:60]!r}." for name in names if name not in known]
    chosen = [known[name] for name in dict.fromkeys(names) if name in known] or list(known.values())
    return {
        "search": text,
        "searched": tuple(column for column in chosen if column in view.searched_columns),
        "compared": tuple(column for column in chosen if column in numbers),
        "start": start,
    }


COMPARED = frozenset({"integer", "decimal"})
LABEL_SECONDS = 0.3  # what the trimmings of a search get beyond its budget


def list_page(view: TableView) -> ListPage:
    """Return the list that an address asks for; a plain one has nothing to fear from its size."""
    args = list_shape(view).args
    if args.get("search", "").strip():
        return SearchPage(view)
    asked = any(name not in LIST_PARAMETERS for name in args) or "sort" in args
    return (FoundPage if asked or view.column_default_sort else ListPage)(view)


class FoundPage(ListPage):
    """The list with a filter or an order, which may take too long: it shows what it has, and goes on from there."""

    def __init__(self, view: TableView) -> None:
        self.found = Found(Page((), False, False))
        super().__init__(view)

    def _parameters(self, *without: str) -> list[tuple[str, str]]:
        return super()._parameters("search_from", *without)

    def _find(self, connection: sa.Connection, seconds: float) -> Found:
        return read_filtered(connection, self.query, seconds)

    def _try_to_read(self) -> Page:
        seconds = self.view.section.database.settings.query_timeout
        with self.view.section.database.reading(seconds + LABEL_SECONDS) as connection:
            found = self.found = self._find(connection, seconds)
            with suppress(TimedOut), within(connection, LABEL_SECONDS):
                self.labels = self._labels(connection, found.page.rows)
                self.filter_labels = filter_labels(self.view, connection, self.filters)
                self._trimmings(connection)
                if not (found.steps or self.query.search):
                    self.count = self._plain_count(connection)
        if found.steps:
            whole = not (found.following or found.page.has_previous)
            self.count = count_words(len(found.page.rows)) if whole else ""
        if found.stale:
            self.notices.append("What was asked for has changed meanwhile, so it begins anew.")
        self.notices += self._remedies()
        self.looked = self._looked()
        return found.page

    def _trimmings(self, connection: sa.Connection) -> None:
        """Read what only makes the page nicer."""

    def _remedies(self) -> list[str]:
        """Return what was given up since it took too long, and what would help."""
        found = []
        if self.found.unsorted:
            names = ", ".join(self.view.heading(column) for column, _down in self.query.sorts)
            found.append(f"To sort by {names} took longer than allowed: the rows are in the order of their key.")
        if (self.found.unsorted or self.found.stopped) and (columns := unindexed(self.query)):
            found.append(f"Whoever looks after the database can make this quick: {index_text(self.table, columns)}")
        return found

    def _looked(self) -> SimpleNamespace | None:
        """Return what the page says about how far it looked."""
        if not self.found.steps:
            return None
        following = self.found.following
        far = f"the first {rounded(self.found.searched)} rows" if following else "all rows"
        go_on = self._url(search_from=following) if self.found.stopped else None
        return SimpleNamespace(words=f"Looked through {far}.", hidden=(), go_on=go_on, choices=())

    def _empty(self) -> str:
        if self.found.stopped:
            return "Nothing found so far. Go on, or filter by a column that has an index as well."
        return super()._empty()

    def _pager(self, page: Page) -> SimpleNamespace:
        pager = super()._pager(page)
        if self.found.steps:
            following = self._url(search_from=self.found.following) if self.found.following else None
            pager.prev, pager.next, pager.last = None, following, None
        return pager


class SearchPage(FoundPage):
    """The list with a search: says where it looked, marks what it found, goes on where it stopped."""

    def __init__(self, view: TableView) -> None:
        self.excerpts: Mapping[tuple[str, str], str] = {}
        super().__init__(view)
        words = sorted(map(re.escape, search_words(self.query.search)), key=len, reverse=True)
        self.words = re.compile(f"({'|'.join(words) or '(?!)'})", re.I)

    def _find(self, connection: sa.Connection, seconds: float) -> Found:
        return read_search(connection, self.query, seconds)

    def _trimmings(self, connection: sa.Connection) -> None:
        shown = [column for column in self.query.searched if column in self.shape.columns]
        self.excerpts = read_excerpts(connection, self.query, self.found.page.rows, shown)

    def _remedies(self) -> list[str]:
        return super()._remedies()[:1] if self.found.unsorted else []  # which index would serve depends on the words

    def _looked(self) -> SimpleNamespace:
        """Return what the page says about where the search looked, and where it could."""
        view, following = self.view, self.found.following
        compared = self.query.compared or ()
        choices = dict.fromkeys([*view.searched_columns, *(c for c in view._columns(None) if c.family in COMPARED)])
        chosen = {*self.query.searched, *compared}
        return SimpleNamespace(
            words=f"Looked in: {self._places()}.", hidden=self._kept("search_in"),
            go_on=self._url(search_from=following) if self.found.stopped else None,
            choices=[(escape(c.name) or "~_", view.heading(c), c in chosen) for c in choices],
        )  # fmt: skip

    def _places(self) -> str:
        found, heading = self.found, self.view.heading
        every = ", ".join(heading(column) for column in self.query.searched) or "the key and numbers"
        if not found.steps:
            return f"{every}; for numbers that are equal" if self.query.searched else every
        quick = dict.fromkeys(name for step in found.steps if step.how != "scan" for name in step.columns)
        parts = [f"{', '.join(heading(self.table.by_name[name]) for name in quick)} (by index)"] if quick else []
        if found.steps[-1].how == "scan":
            part = f"first {rounded(found.searched)} rows" if found.following else "all rows"
            parts.append(f"{every} ({part})")
        elif found.following:
            parts.append("the other rows come on the next pages")
        if found.skipped:
            parts.append("an index was too slow for this")
        return "; ".join(parts)

    def _empty(self) -> str:
        if self.found.stopped:
            return "Nothing found so far. Go on, or search for what a record's key or name begins with."
        return "Nothing fits. Take away the search or a filter to see more."

    def _html(self, rows: Sequence[Row]) -> Markup:
        return FoundRows(self).html(rows)


class FoundRows(ListRows):
    """The rows that a search found, with the words marked."""

    def __init__(self, page: SearchPage) -> None:
        super().__init__(page.view, page.labels, page.shape.columns)
        self.page = page

    def _texts(self, column: Column, rows: Sequence[Row]) -> tuple[Sequence[str], Sequence[str]]:
        query = self.page.query
        searched = column in query.searched or column in (query.compared or ())
        if not searched or column.key in (self.view.column_formatters or {}):
            return super()._texts(column, rows)
        texts, classes = show_column(column, [row.values[column.name] for row in rows], self.view.zone)
        return list(map(partial(self._marked, column), rows, texts, classes)), classes

    def _marked(self, column: Column, row: Row, text: str, cls: str) -> str:
        """Return a text as HTML with what was found in it marked; it is escaped piece by piece."""
        if cls in ("null", "empty", "bin"):
            return str(escape_html(text))
        if excerpt := self.page.excerpts.get((row.token, column.name)):
            text = f"…{printable(excerpt[:LIST_CHARACTERS])}…"
        if column not in self.page.query.searched and not self.page.words.fullmatch(text):
            return str(escape_html(text))
        marked = marked_text(text, self.page.words)  # as one element: on a phone a cell lays its parts out apart
        return str(Markup("<span>{}</span>").format(marked) if isinstance(marked, Markup) else escape_html(text))


def sort_token(column: Column) -> str:
    """Return a column's name as the parameter ``sort`` has it: escaped, where it could be read otherwise."""
    return escape(column.name) if column.name.startswith("-") or "," in column.name else column.name


def read_sorts(view: TableView, text: str, notices: list[str]) -> tuple[tuple[Column, bool], ...]:
    """Read ``sort=-made,name``; what can't be sorted by is told and left out."""
    known = view.table.by_name
    found: dict[str, tuple[Column, bool]] = {}
    for name in [text] if text in known or text[1:] in known else text.split(","):
        down = name.startswith("-") and name not in known
        bare = name[1:] if down else name
        column = known.get(bare) or known.get(unescape(bare))
        if column is not None and view.can_sort(column) and column in view._columns(None):
            found.setdefault(column.name, (column, down))
        elif name:
            notices.append(f"The list can't be sorted by {name[:60]!r}.")
    return tuple(found.values())[:5]


def filter_words(view: TableView, one: Filter, labels: Mapping[str, str]) -> str:
    """Return what a filter says, for people; ``labels`` holds the names of records that keys stand for."""
    if one.parts:
        words = {"any": " or ", "all": " and ", "not": ", "}[one.operator]
        inside = words.join(filter_words(view, part, labels) for part in one.parts)
        return f"none of: {inside}" if one.operator == "not" else f"({inside})" if len(one.parts) > 1 else inside
    if one.column is None:
        return f"{one.path[1]} ({', '.join(one.path[2:])}) {operator_words(None, one.operator, one.value)}"
    what, words = filter_place(view, one), operator_words(one.column, one.operator, one.value)
    if one.operator in ("null", "empty"):
        return f"{what} {words}"
    value = {"~-": "missing", "~_": "empty", "": "empty"}.get(one.value, one.value)
    return f"{what} {words} {labels.get(one.name + '=' + one.value, value)}"


def filter_place(view: TableView, one: Filter) -> str:
    """Return the name, for people, of what a filter compares."""
    first, *rest = one.path
    start = view.heading(view.table.by_name[first])
    link = view.table.links_by_column.get(first)
    if rest and link and one.column and one.column is not view.table.by_name[first]:
        return f"{start} › {view.section.view(link.target).heading(one.column)}"
    return " › ".join([start, *rest])


def filter_labels(view: TableView, connection: sa.Connection, filters: Iterable[Filter]) -> dict[str, str]:
    """Return the names of the records that filters on foreign keys ask for, by ``name=value``."""
    found = {}
    for one in filters:
        found.update(filter_labels(view, connection, one.parts))
        link = view.table.links_by_column.get(one.path[0]) if len(one.path) == 1 else None
        if link and len(link.columns) == 1 and one.operator in ("is", "not") and not one.value.startswith("~"):
            whole = not view.table.postgres and re.fullmatch(r"-?\d{1,18}", one.value)
            key = (int(one.value) if whole else one.value,)
            if label := labels_of(view.section, connection, link, [key]).get(key):
                found[f"{one.name}={one.value}"] = label.text
    return found


def export_parameters(page: ListPage) -> str | None:
    """Return what an export of the same rows has behind its question mark; None where there is no export."""
    if not page.view.can_export:
        return None
    pairs = [pair for pair in page.shape.pairs("size", "view", "search_from") if pair != ("search", "")]
    own = ("for", "key")  # as columns of the table they need to be told from an export's parameters
    return urlencode([(f"col.{n}" if n in own else n, v) for n, v in pairs], errors="surrogateescape")


class FilterRow(NamedTuple):
    """One condition as the filter's form has it; ``group`` is the beginning of its parameter's name."""

    path: tuple[str, ...]
    operator: str
    value: str
    group: str = ""
    problem: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """Its parameter in the list's address."""
        return filter_name(self.path, self.operator, self.group), self.value


class FilterPage:
    """The form that builds a list's filter and its order, a condition a line. It works without a script."""

    NESTED = {"any": "one of these holds", "all": "all of these hold", "not": "none of these holds"}

    def __init__(self, view: TableView) -> None:
        self.view = view
        self.args = request.args
        self.reader = FilterReader(view.scope, view.zone)
        self.own = re.compile(r"(?:[fgovx]\d{1,3}|[sd][123]|add|to|do)$")  # the form's own parameters

    def respond(self) -> Any:
        """Lead to the list that was asked for, or show the form."""
        rows = self._typed() if "do" in self.args else list(self._given(self._filters(), ""))
        if self.args.get("do") == "show" and not any(row.problem for row in rows):
            return redirect(self._list_url(rows))
        path = tuple(map(unescape, self.args.get("add", "").split(".")))
        if self._known(path):
            rows.append(FilterRow(path, self._operators(path)[0], "", self._group(self.args.get("to", ""), rows)))
        return self._page(rows)

    def _filters(self) -> tuple[Filter, ...]:
        return self.reader.read((n, v) for n, v in self.args.items(True) if n not in ListPage.PARAMETERS)

    def _given(self, filters: Iterable[Filter], group: str) -> Iterator[FilterRow]:
        """Yield the conditions of the list that the form was opened from."""
        for one in filters:
            if one.parts:
                yield from self._given(one.parts, f"{group}{one.name}.")
            else:
                yield FilterRow(one.path, one.operator, one.value, group)

    def _typed(self) -> list[FilterRow]:
        """Return the conditions of the form; those without a value, or taken out, are gone."""
        found = []
        for number in (name[1:] for name in self.args if re.fullmatch(r"f\d{1,3}", name)):
            field, operator, value, group = (self.args.get(part + number, "") for part in "fovg")
            row = FilterRow(tuple(map(unescape, field.split("."))), operator, value, group)
            if not self._known(row.path) or not re.fullmatch(r"((any|all|not)\d{0,3}\.)*", group):
                continue
            if "x" + number not in self.args and (value or self.args["do"] != "show"):
                found.append(row._replace(problem=self._problem(row) if value else ""))
        return found

    def _problem(self, row: FilterRow) -> str:
        reader = FilterReader(self.view.scope, self.view.zone)
        reader.read([row.pair])
        return reader.problems[0].removesuffix(" It was left out.") if reader.problems else ""

    def _known(self, path: tuple[str, ...]) -> bool:
        related = path[0] == "has" and any((label, *link.columns) == path[1:] for label, _, link in self._related())
        return related or self.reader.leads_to(path) is not None

    def _related(self) -> Sequence[tuple[str, Table, Link]]:
        return self.reader.scope.referring()

    def _operators(self, path: tuple[str, ...]) -> tuple[str, ...]:
        column = self.reader.leads_to(path)
        if column is None:
            return ("exists",)
        inside = len(path) > 1 and column.name == path[0]
        return JSON_OPERATORS if inside else operators_of(column)

    @staticmethod
    def _group(wanted: str, rows: Sequence[FilterRow]) -> str:
        """Return the group to add to: one that is there, or a new one of this kind."""
        if wanted not in FilterPage.NESTED:
            return wanted if any(row.group == wanted for row in rows) else ""
        return next(f"{wanted}{n}." for n in range(1, 1000) if all(r.group != f"{wanted}{n}." for r in rows))

    def _list_url(self, rows: Sequence[FilterRow]) -> str:
        pairs = [*self._kept(), *(row.pair for row in rows)]
        if sort := self._sort():
            pairs.append(("sort", sort))
        query = f"?{urlencode(pairs, errors='surrogateescape')}" if pairs else ""
        return self.view.address() + query

    def _kept(self) -> list[tuple[str, str]]:
        """Return the list's other parameters, such as its search."""
        return [(n, v) for n, v in self.args.items(True) if n in ListPage.PARAMETERS - {"sort", "after", "before"}]

    def _sort(self) -> str:
        if "s1" not in self.args:
            return self.args.get("sort", "")
        chosen = [(self.args.get(f"s{n}", ""), self.args.get(f"d{n}", "")) for n in "123"]
        return ",".join(dict.fromkeys(("-" if down else "") + name for name, down in chosen if name))

    def _page(self, rows: Sequence[FilterRow]) -> Any:
        view = self.view
        chosen = [*read_sorts(view, self._sort(), []), *[(None, False)] * 3][:3]
        return view.section.site.page(
            "filter.html", f"Filter {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, action=view.address(action="filter"), list_url=self._list_url(rows),
            groups=self._grouped(rows), fields=self._fields(), kept=self._kept(),
            targets=[("", "All conditions must hold"), *self._targets(rows)],
            sorts=[(c.name if c else "", down) for c, down in chosen],
            sortable=[(sort_token(c), view.heading(c)) for c in view._columns(None) if view.can_sort(c)],
        )  # fmt: skip

    def _targets(self, rows: Sequence[FilterRow]) -> list[tuple[str, str]]:
        there = dict.fromkeys(row.group for row in rows if row.group)
        found = [(group, f"In the group {n}") for n, group in enumerate(there, 1)]
        return [*found, ("any", "In a new group: one of them must hold"), ("not", "In a new group: none may hold")]

    def _grouped(self, rows: Sequence[FilterRow]) -> list[SimpleNamespace]:
        groups = dict.fromkeys(["", *(row.group for row in rows)])
        lines = [(row.group, self._row(number, row)) for number, row in enumerate(rows)]
        return [
            SimpleNamespace(words=self._group_words(group, n), rows=[line for its, line in lines if its == group])
            for n, group in enumerate(groups)
            if len(groups) == 1 or any(its == group for its, _line in lines)
        ]

    def _group_words(self, group: str, number: int) -> str:
        parts = [self.NESTED[part[:3]] for part in group.split(".") if part]
        return f"Group {number}: {', where '.join(parts)}" if parts else ""

    def _row(self, number: int, row: FilterRow) -> SimpleNamespace:
        column = self.reader.leads_to(row.path)
        where = Filter("", "", None, column, row.operator, row.path)
        operators = [(name, operator_words(column, name, "yes")) for name in self._operators(row.path)]
        return SimpleNamespace(
            number=number, field=".".join(map(escape, row.path)), group=row.group, operator=row.operator,
            label=filter_place(self.view, where) if column else f"{row.path[1]} ({', '.join(row.path[2:])})",
            value=row.value,
            operators=operators, problem=row.problem, choices=self._choices(column),
            hint=self._hint(column, row.operator),
        )  # fmt: skip

    @staticmethod
    def _choices(column: Column | None) -> Sequence[str]:
        if column is None or column.family == "boolean":
            return ("yes", "no")
        periods = ("7 days", "30 days", "3 months", "day", "week", "month", "year")
        return periods if column.family in MOMENTS else column.rules.choices

    @staticmethod
    def _hint(column: Column | None, operator: str) -> str:
        if operator in OPERATORS and OPERATORS[operator].hint:
            return OPERATORS[operator].hint
        return "2026, 2026-11 or 2026-11-22" if column is not None and column.family in MOMENTS else ""

    def _fields(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return what conditions can be about: own columns, those behind foreign keys, and what refers here."""
        scope, view = self.reader.scope, self.view
        found = [(view.name, [(escape(n), view.heading(c)) for n, c in scope.columns.items()])]
        for name in [name for name in scope.columns if name in view.table.links_by_column][:20]:
            with suppress(FlaskAdminError):
                target = view.section.view(view.table.links_by_column[name].target)
                columns = [(f"{escape(name)}.{escape(c.name)}", target.heading(c)) for c in target._columns(None)[:60]]
                found.append((f"{view.heading(scope.columns[name])} ›", columns))
        related = [(["has", label, *link.columns], child) for label, child, link in self._related()]
        names = [(".".join(map(escape, path)), f"{path[1]} ({', '.join(path[2:])})") for path, _child in related]
        return [*found, *([("Records that refer here", names)] if names else [])]


def rounded(number: int) -> str:
    """Return an estimate in the digits that it deserves: "9.8 million", "131,000"."""
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if number >= unit:
            return f"{number / unit:.1f} {name}"
    return f"{round(number, -3):,}" if number >= FEW_ROWS else f"{number:,}"


def labels_of(
    section: Section, connection: sa.Connection, link: Link, keys: Iterable[tuple[Any, ...]]
) -> Mapping[tuple[Any, ...], Label]:
    """Return the labels of the records that foreign keys refer to; none where the target isn't there."""
    try:
        target = section.view(link.target)
        return read_labels(connection, target.table, link.target_columns, keys, target.label_columns)
    except (FlaskAdminError, ValueError, sa.exc.DBAPIError):
        return {}


# -- Figures: a column's own page, a table at a glance, a chart ----------------


class Asked(NamedTuple):
    """What a page of figures is about: the list's query, what could not be obeyed, and the address's part for it."""

    query: Query
    notices: Sequence[str]
    pairs: Sequence[tuple[str, str]]


class _AskedList(ListPage):
    """A list whose address holds the parameters of figures besides."""

    PARAMETERS = ListPage.PARAMETERS | FIGURE_PARAMETERS


def asked(view: TableView) -> Asked:
    """Return the filter and the search that the request's address has of the list."""
    page = _AskedList(view)
    dropped = _AskedList.PARAMETERS - SEARCHED_BY
    pairs = [(name, value) for name, value in page.args.items(multi=True) if name not in dropped]
    query = replace(page.query, sort=None, then=(), after=None, before=None, start="")
    return Asked(query, page.notices, pairs)


SEARCHED_BY = frozenset({"search", "search_in"})


def column_token(column: Column) -> str:
    """Return a column's part of an address."""
    return escape(column.name) or "~_"


def column_name(token: str) -> str:
    """Undo ``column_token``."""
    return "" if token == "~_" else unescape(token)


def figures_links(page: ListPage) -> Callable[..., str]:
    """Return what makes the addresses of a list's figures, with its filter: at a glance, and of each column."""
    dropped = LIST_PARAMETERS - SEARCHED_BY
    kept = [(n, v) for n, v in page.args.items(multi=True) if n not in dropped]
    pairs = [(f"col.{n}" if n in FIGURE_PARAMETERS else n, v) for n, v in kept]
    query = f"?{urlencode(pairs, errors='surrogateescape')}" if pairs else ""

    def link(name: str | None = None) -> str:
        if name is None:
            return f"glance{query}"
        return page.view.figure_paths[name] + query

    return link


def can_group(column: Column) -> bool:
    """Whether the database can tell a column's values apart."""
    return (
        KINDS[column.family].sortable and column.cast.removesuffix("[]") not in UNORDERED and column.family != "binary"
    )


def figure_text(number: Decimal | None) -> str:
    """Return a figure for people: whole ones in full, others in the digits that they deserve."""
    if number is None:
        return "none"
    if abs(number) >= Decimal(10) ** 18 or (number and abs(number) < Decimal("1e-6")):
        return f"{number:.3e}"
    if number == number.to_integral_value():
        return f"{number:,.0f}"
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.3g}"


def share_text(part: int, whole: int) -> str:
    """Return a share for people; never 0 % for some, nor 100 % for not all."""
    if not whole or part in (0, whole):
        return "100 %" if part and whole else "0 %"
    percent = 100 * part / whole
    return "< 1 %" if percent < 1 else "> 99 %" if percent > 99 else f"{percent:.0f} %"


def tick_text(number: Decimal) -> str:
    """Return a number at an axis, in at most seven characters."""
    for unit, sign in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if unit * 1000 > abs(number) >= unit:
            return f"{(number / unit).normalize():f}{sign}"
    return f"{number.normalize():f}" if not number or Decimal("1e-4") <= abs(number) < 1000 else f"{number:.0e}"


class Scale:
    """The axis of a chart: it always holds 0, and its ends are round."""

    def __init__(self, figures: Iterable[Decimal | None]) -> None:
        known = [figure for figure in figures if figure is not None]
        low, high = min([Decimal(0), *known]), max([Decimal(0), *known])
        whole = all(figure == figure.to_integral_value() for figure in known)
        self.ticks = number_edges(low, high, "integer" if whole else "float", 5)
        if self.ticks[-2] >= high and len(self.ticks) > 2:
            self.ticks.pop()
        self.low, self.span = self.ticks[0], self.ticks[-1] - self.ticks[0]

    def percent(self, figure: Decimal) -> float:
        """Return where a figure stands between the axis's ends."""
        return float(100 * (figure - self.low) / self.span)

    def bar(self, figure: Decimal | None) -> tuple[str, str]:
        """Return where a bar begins and how long it is; one that isn't 0 can be seen."""
        if not figure:
            return "0", "0"
        zero, end = self.percent(Decimal(0)), self.percent(figure)
        length = max(abs(end - zero), 0.5)
        return f"{zero if figure > 0 else zero - length:.2f}", f"{length:.2f}"


class FigurePage:
    """What the pages of figures share: the list's query, its budget, and charts whose bars lead to their rows."""

    def __init__(self, view: TableView) -> None:
        self.view = view
        self.table = view.table
        self.query, notices, self.pairs = asked(view)
        self.notices = list(notices)
        database = view.section.database
        self.figures = Figures(database, self.query, database.settings.query_timeout)
        self.columns = view._columns(None)

    def list_url(self, more: Sequence[tuple[str, str]] | None = ()) -> str | None:
        """Return the address of the list with its filter and ``more``; None for what no address can say."""
        return None if more is None else self.url("", more)

    def url(self, action: str, more: Iterable[tuple[str, str]] = ()) -> str:
        """Return an address below the list, with the list's filter and ``more``."""
        pairs = [*self.pairs, *more]
        path = self.view.section.url(self.table.name, *action.split("/", 1)) if "/" in action else (
            self.view.address(action=action)
        )  # fmt: skip
        return f"{path}?{urlencode(pairs, errors='surrogateescape')}" if pairs else path

    def column_url(self, column: Column) -> str:
        """Return the address of a column's own page."""
        return self.url(f"column/{column_token(column)}")

    def attempt(self, read: Callable[..., Any], *arguments: Any) -> tuple[Any, str]:
        """Return what ``read`` finds, or None and the reason in words."""
        try:
            return read(self.figures, *arguments), ""
        except TimedOut:
            return None, "This took longer than allowed, for a sample too. Filter or search the list first."
        except (BadValue, Unreadable, Invalid, Forbidden) as error:
            known = isinstance(error, Unreadable | Forbidden)
            return None, f"This can't be worked out. {error if known else 'One of the values is in the way.'}"
        except Unavailable:
            if self.table.listed.kind != "foreign table":
                raise
            return None, "It can't be read: the server or file behind it can't be reached."

    def page(self, template: str, title: str, **p: Any) -> Any:
        """Render a page of figures: back to the list leads its trail."""
        view = self.view
        filtered = bool(self.query.where or self.query.search)
        return view.section.site.page(
            template, f"{title} · {view.name}", [*view.trail, (view.name, self.list_url())],
            label=title, notices=self.notices, hidden=self.pairs, list_url=self.list_url(),
            filtered=filtered, whole_url=request.script_root + request.path if filtered else None, **p,
        )  # fmt: skip

    # A chart

    most = TOP_VALUES

    def chart(self, by: Column, period: str = "", of: Column | None = None, how: str = "count") -> SimpleNamespace:
        """Return a chart as its template draws it, or the words that say why there is none."""
        series, words = self.attempt(read_series, by, self.view.zone, period, of, how, self.most)
        pairs = [("by", by.name), ("period", period), ("of", of.name if of else ""), ("how", how)]
        asked_for = [pair for pair in pairs if pair[1] and pair != ("how", "count")]
        chart = SimpleNamespace(
            title="", words=words, notes=[], bars=[], upright=False, heads=(), column_url=self.column_url(by),
            url=self.url("chart", asked_for), csv_url=self.url("chart", [*asked_for, ("form", "csv")]), rest=[],
            what=self._what(of, how), of=self.view.heading(of) if of else "",
        )  # fmt: skip
        chart.title = f"{chart.what} by {self.view.heading(by)}"
        if how == "count" and series and series.period == "values":
            chart.title = f"{'Top v' if series.others else 'V'}alues of {self.view.heading(by)}"
        if series is not None:
            self._draw(chart, series, by, how)
        return chart

    def _what(self, of: Column | None, how: str) -> str:
        words = {"count": "Rows", "sum": "Sum of", "average": "Average of"}[how]
        return f"{words} {self.view.heading(of)}" if of and how != "count" else "Rows"

    def _draw(self, chart: SimpleNamespace, series: Series, by: Column, how: str) -> None:
        chart.series = series
        chart.upright = series.period != "values"
        labels = self._labels(series, by)
        chart.heads = (self.view.heading(by), *(("Rows",) if how == "count" else (chart.what, "Rows")))
        chart.notes = [f"Of {series.note}: all of them took longer than allowed."] if series.note else []
        if series.period in BAR_PERIODS:
            chart.title += f", by {series.period}" if " " not in series.period else f", {series.period} each"
        scale = Scale(bar.figure for bar in series.bars)
        chart.bars = [self._bar(bar, label, by, scale, how) for bar, label in zip(series.bars, labels, strict=True)]
        chart.ticks = [(f"{scale.percent(t):.2f}", f"{100 - scale.percent(t):.2f}", tick_text(t)) for t in scale.ticks]
        if chart.upright and chart.bars:
            chart.marks = x_marks([bar.label for bar in chart.bars])
            for n, bar in enumerate(chart.bars):
                slot = 100 / len(chart.bars)
                bar.left, bar.slot = f"{n * slot:.2f}", f"{slot:.2f}"
                bar.x, bar.width = f"{(n + 0.06) * slot:.2f}", f"{0.88 * slot:.2f}"
                bar.top = f"{100 - float(bar.start) - float(bar.length):.2f}"
        chart.rest = self._rest(series, by)

    def _bar(self, bar: Bar, label: Cell, by: Column, scale: Scale, how: str) -> SimpleNamespace:
        start, length = scale.bar(bar.figure)
        figure = figure_text(bar.figure)
        rows = f"{bar.rows:,} row{'' if bar.rows == 1 else 's'}"
        return SimpleNamespace(
            label=label.text, cls=label.cls, url=label.url if bar.rows else None, start=start, length=length,
            figure=figure, rows=f"{bar.rows:,}", value=bar, title=f"{label.text}: {figure if how != 'count' else rows}"
            + (f" ({rows})" if how != "count" else ""),
        )  # fmt: skip

    def _rest(self, series: Series, by: Column) -> list[tuple[str, str, str | None]]:
        """Return what stands beside the bars: rows without a value, with an odd one, and of other values."""
        found: list[tuple[str, str, str | None]] = []
        if series.others:
            words = f"{series.others:,} other value{'' if series.others == 1 else 's'}"
            found.append((words, f"{series.other_rows:,}", None))
        if series.missing:
            found.append(("no value (NULL)", f"{series.missing.rows:,}", self.list_url(filter_pairs(by, "null"))))
        if series.odd:
            found.append((odd_words(by), f"{series.odd:,}", None))
        return found

    def _labels(self, series: Series, by: Column) -> list[Cell]:
        """Return what each bar is called, and the address of its rows."""
        if series.period != "values":
            return [
                Cell(range_words(by, bar, series.period), "", self.list_url(range_pairs(by, bar.value, bar.high)))
                for bar in series.bars
            ]
        names = self._names(by, [bar.value for bar in series.bars])
        return [self._value_label(by, bar.value, names) for bar in series.bars]

    def _value_label(self, by: Column, value: Any, names: Mapping[tuple[Any, ...], Label]) -> Cell:
        long = isinstance(value, str | bytes) and len(value) > FACET_CHARACTERS
        odd = by.family == "boolean" and kind_of(by, value) is PLAIN  # no filter asks for what is no truth
        url = None if long or odd else self.list_url(filter_pairs(by, "is", value))
        if (value,) in names:
            return Cell(names[value,].text, "", url)
        stand_in = Blob(len(value), value[:16]) if isinstance(value, bytes) else value
        return Cell(*show(by, stand_in, self.view.zone, 80), url)

    def _names(self, by: Column, values: Sequence[Any]) -> Mapping[tuple[Any, ...], Label]:
        """Return the labels of the records that a foreign key's values refer to."""
        link = self.table.links_by_column.get(by.name)
        if link is None or len(link.columns) > 1 or not values:
            return {}
        try:
            with self.view.section.database.reading(0.5) as connection:
                return labels_of(self.view.section, connection, link, [(value,) for value in values])
        except FlaskAdminError:
            return {}


def odd_words(column: Column) -> str:
    """Return what to call values that have no place on their column's axis."""
    if column.family in NUMBERS:
        return "not a finite number" if column.cast else "not a number"
    return "infinity, BC or beyond the year 8999" if column.cast else "not a date, or beyond the year 8999"


def range_words(by: Column, bar: Bar, period: str) -> str:
    """Return what a range is called: a number, "10 to 20" (20 left out), or a period."""
    if by.family in MOMENTS:
        return period_words(date.fromisoformat(bar.value[:10]), date.fromisoformat(bar.high[:10]), period)
    low, high = (Decimal(str(end)).normalize() for end in (bar.value, bar.high))
    plain = all(not end or Decimal("1e-9") < abs(end) < 10**15 for end in (low, high))
    texts = [f"{end:,f}" if plain else str(end) for end in (low, high)]
    return texts[0] if by.family == "integer" and high - low == 1 else " to ".join(texts)


def period_words(start: date, end: date, period: str) -> str:
    """Return what a period is called: 2026-11-22, week of …, 2026-11, 2026 Q4, 2026, 2020 to 2029."""
    if period in ("day", "week"):
        return start.isoformat() if period == "day" else f"week of {start.isoformat()}"
    if period in ("month", "quarter"):
        return start.isoformat()[:7] if period == "month" else f"{start.year:04} Q{(start.month + 2) // 3}"
    return f"{start.year:04}" if period == "year" else f"{start.year:04} to {end.year - 1:04}"


def x_marks(labels: Sequence[str]) -> list[SimpleNamespace]:
    """Return the labels below upright bars, as many as a phone has room for: of a range its beginning, at its edge."""
    plain = [label.removeprefix("week of ").partition(" to ")[0] for label in labels]
    edges = " to " in labels[0]
    longest = max(map(len, plain))
    step = max(1, -(-len(plain) // (5 if longest < 6 else 4 if longest < 8 else 3)))
    found = []
    for n in range(0, len(plain), step):
        at = 100 * (n if edges else n + 0.5) / len(plain)
        found.append(SimpleNamespace(x=f"{at:.2f}", label=plain[n]))
    return found


class ColumnPage(FigurePage):
    """A column's own page: what it holds within the list's filter, its top values, its distribution."""

    def __init__(self, view: TableView, name: str) -> None:
        super().__init__(view)
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise NotFound("There is no such column.", "It may have been renamed or removed.")
        self.column = found

    def render(self) -> Any:
        """Return the page."""
        column = self.column
        totals, words = self.attempt(read_totals, column)
        charts = []
        discrete = column.name in self.table.links_by_column or column.rules.choices
        if totals and totals.fit and (column.family in MOMENTS or (column.family in NUMBERS and not discrete)):
            charts.append(self.chart(column))
        if totals and totals.present and can_group(column):
            charts.append(self.chart(column, "values"))
        for chart in charts:
            chart.column_url = None
        label = self.view.heading(column)
        return self.page(
            "column.html", label, column=f"{column.name}: {column.type}", help=self.view.help(column),
            words=words, summary=self._summary(totals, charts) if totals else [], charts=charts,
            others=[(self.view.heading(c), self.column_url(c), c is column) for c in self.columns],
            glance_url=self.url("glance"),
        )  # fmt: skip

    def _summary(self, totals: Totals, charts: Sequence[SimpleNamespace]) -> list[tuple[str, str, str | None]]:
        column, missing = self.column, totals.rows - totals.present
        note = totals.note
        found: list[tuple[str, str, str | None]] = [
            ("Rows looked at", f"{totals.rows:,}{f' ({note})' if note else ''}", None)
        ]
        null_url = self.list_url(filter_pairs(column, "null")) if missing else None
        found.append(("No value (NULL)", f"{missing:,} ({share_text(missing, totals.rows)})", null_url))
        if column.family == "text":
            url = self.list_url(filter_pairs(column, "is", "")) if totals.empty else None
            found.append(("Empty text", f"{totals.empty:,} ({share_text(totals.empty, totals.rows)})", url))
        found += [(words, text, None) for words, text in self._distinct(charts) + self._ends(totals)]
        if column.family in NUMBERS | MOMENTS and totals.present > totals.fit:
            found.append((odd_words(column).capitalize(), f"{totals.present - totals.fit:,}", None))
        return found

    def _distinct(self, charts: Sequence[SimpleNamespace]) -> list[tuple[str, str]]:
        series = getattr(charts[-1], "series", None) if charts else None
        if series is None or series.period != "values":
            return []
        return [("Distinct values", f"{'at least ' if series.note else ''}{len(series.bars) + series.others:,}")]

    def _ends(self, totals: Totals) -> list[tuple[str, str]]:
        if totals.lowest is None:
            return []
        texts = self.column.family == "text"
        words = ("First", "Last") if texts else ("Lowest", "Highest")
        if self.column.family not in NUMBERS and not texts:
            words = ("Earliest", "Latest")
        ends = [bytes_out(end) for end in (totals.lowest, totals.highest)]
        found = [(word, show(self.column, end, self.view.zone, 80).text) for word, end in zip(words, ends, strict=True)]
        if totals.average is not None:
            found.append(("Average", figure_text(totals.average)))
        if totals.longest is not None:
            found.append(("Length", f"{totals.shortest:,} to {totals.longest:,} characters"))
        return found


def bytes_out(value: Any) -> Any:
    """Return a value with bytes as a page shows them."""
    return Blob(len(value), value[:16]) if isinstance(value, bytes) else value


FIRST_DATES = re.compile(
    r"creat|made|order|placed|insert|added|regist|join|since|start|open|paid|sent|sold|written|signed", re.I
)
LAST_DATES = re.compile(r"birth|born|\bdob\b|bday|death|died|updat|modif|chang|expir|until|valid|due|\bend|delet", re.I)
GLANCE_CHARTS = 6
GLANCE_COLUMNS = 200


class GlancePage(FigurePage):
    """A table at a glance, without configuration: over time, top values, what is missing."""

    most = 8

    def render(self) -> Any:
        """Return the page."""
        present, words = self.attempt(read_present, self.columns[:GLANCE_COLUMNS])
        rows = present[0] if present else 0
        note = self.figures.words(rows)
        dated = self._date_column() if rows else None
        charts = [self.chart(dated)] if dated else []
        charts += [self.chart(column) for column in self._categories(dated)] if rows else []
        drawn = {chart.column_url for chart in charts}
        return self.page(
            "glance.html", "At a glance", words=words, charts=[c for c in charts if c.bars or c.words],
            rows=f"{rows:,} row{'' if rows == 1 else 's'}" if present else "", note=note,
            missing=self._missing(*present) if present and rows else [], chart_url=self.url("chart"),
            suggestions=self._suggestions() if rows else [], setting=self.table.name.name,
            others=[(self.view.heading(c), url) for c in self.columns if (url := self.column_url(c)) not in drawn],
        )  # fmt: skip

    def _suggestions(self) -> list[str]:
        """Return the lines of the settings that would declare what look like foreign keys."""
        section = self.view.section
        with suppress(FlaskAdminError), section.database.reading(0.5) as connection:
            links = suggested_links(connection, section.catalogue, self.table, self.columns)
            return [f'{link.columns[0]} = "{link.target.name}.{link.target_columns[0]}"' for link in links]
        return []

    def _date_column(self) -> Column | None:
        """Return the column that says when a row came to be, as far as names tell; never a birth date first."""
        dates = [column for column in self.columns if column.family in MOMENTS]
        return min(dates, key=lambda c: (bool(LAST_DATES.search(c.name)), not FIRST_DATES.search(c.name)), default=None)

    def _categories(self, dated: Column | None) -> list[Column]:
        """Return the columns with few distinct values: those that must have few, and those that do."""
        links, key = self.table.links_by_column, self.table.key
        able = [c for c in self.columns[:GLANCE_COLUMNS] if can_group(c) and c is not dated and (c.name,) != key]
        able = [c for c in able if c.name in links or c.rules.choices or c.family in CATEGORICAL]
        found, _words = self.attempt(read_variety, able) if able else (None, "")
        if found is None:
            return []
        rows, distinct = found
        few = [(c, n) for c, n in zip(able, distinct, strict=True) if self._is_category(c, n, rows)]
        sure = {"boolean": 0, "choice": 0, "text": 1, "any": 1}
        few.sort(key=lambda pair: 0 if pair[0].rules.choices or pair[0].name in links else sure.get(pair[0].family, 2))
        return [column for column, _n in few[:GLANCE_CHARTS]]

    def _is_category(self, column: Column, distinct: int, rows: int) -> bool:
        if column.name in self.table.links_by_column:
            return 0 < distinct <= max(rows * 0.35, 2)
        if column.rules.choices or column.family in ("boolean", "choice"):
            return distinct > 0
        if column.family == "text" and NEVER_LABELS.search(column.name):
            return False
        return 0 < distinct <= min(rows / 2, 12 if column.family == "integer" else 25)

    def _missing(self, rows: int, present: Sequence[int]) -> list[SimpleNamespace]:
        """Return the columns that lack values, the emptiest first."""
        found = [
            SimpleNamespace(
                label=self.view.heading(c), url=self.list_url(filter_pairs(c, "null")), rows=f"{rows - n:,}",
                share=share_text(rows - n, rows), length=f"{100 * (rows - n) / rows:.2f}", count=rows - n,
            )
            for c, n in zip(self.columns, present, strict=False) if n < rows
        ]  # fmt: skip
        return sorted(found, key=lambda column: -column.count)


CATEGORICAL = frozenset({"boolean", "choice", "text", "any", "integer"})


class ChartPage(FigurePage):
    """A chart of the list's rows that its address defines wholly: by, period, of, how and the list's filter."""

    def render(self) -> Any:
        """Return the page, or with ``form=csv`` its numbers."""
        by = self._column("by", [c for c in self.columns if can_group(c)])
        of = self._column("of", self._numbers())
        how, period = self._choice("how", HOW), self._choice("period", ("", *BAR_PERIODS, "values"))
        if how != "count" and of is None:
            self.notices.append("Choose a column of numbers for a sum or an average; rows are counted meanwhile.")
            how = "count"
        chart = self.chart(by, period, of if how != "count" else None, how) if by else None
        if chart and request.args.get("form") == "csv":
            return send_figures(self.table, chart)
        if chart and request.args.get("form") == "part":
            return render_template("flaskadmin/_figure.html", chart=chart)
        if chart:
            chart.url = None
        if chart and period in BAR_PERIODS and chart.bars and chart.series.period not in ("", "values", period):
            self.notices.append(f"By {period} it would have too many bars. Filter the list by its dates first.")
        return self.page(
            "chart_page.html", "Chart", chart=chart, pin=self._pin() if chart else None,
            **self._form(by, of, how, period),
        )  # fmt: skip

    def _pin(self) -> SimpleNamespace | None:
        """Return what the form sends that pins the chart to the first page, if the site keeps anything."""
        if self.view.section.site.state.database is None:
            return None
        return SimpleNamespace(url=self.url("views"), chart=kept_chart(request.query_string.decode("ascii", "replace")))

    def _numbers(self) -> list[Column]:
        links, key = self.table.links_by_column, self.table.key
        return [c for c in self.columns if c.family in NUMBERS and c.name not in links and (c.name,) != key]

    def _column(self, parameter: str, able: Sequence[Column]) -> Column | None:
        name = request.args.get(parameter, "")
        found = next((column for column in able if column.name == name), None)
        if name and found is None:
            self.notices.append(f"There is no chart {parameter} {name[:60]!r}.")
        return found

    def _choice(self, parameter: str, choices: Sequence[str]) -> str:
        given = request.args.get(parameter, "")
        if given and given not in choices:
            self.notices.append(f"{given[:60]!r} is unknown here, so it was left out.")
        return given if given in choices else choices[0]

    def _form(self, by: Column | None, of: Column | None, how: str, period: str) -> dict[str, Any]:
        heading = self.view.heading
        return {
            "bys": [(c.name, heading(c), c is by) for c in self.columns if can_group(c)],
            "ofs": [(c.name, heading(c), c is of) for c in self._numbers()],
            "hows": [(name, words, name == how) for name, words in zip(HOW, HOW_WORDS, strict=True)],
            "periods": [(name, name, name == period) for name in BAR_PERIODS],
            "values": period == "values", "action": request.script_root + request.path,
            "has_dates": any(c.family in MOMENTS for c in self.columns),
        }  # fmt: skip


HOW_WORDS = ("Number of rows", "Sum of", "Average of")


def send_figures(table: Table, chart: SimpleNamespace) -> Response:
    """Return a chart's numbers as CSV; texts that a spreadsheet would take for a formula are marked."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_text(head) for head in chart.heads or ("",)])
    for bar in chart.bars:
        figure = "" if bar.value.figure is None else f"{bar.value.figure:f}"
        writer.writerow([safe_text(bar.label), *([figure] if len(chart.heads) > 2 else []), bar.value.rows])
    for words, rows, _url in chart.rest:
        blank = [""] if len(chart.heads) > 2 else []
        writer.writerow([words, *blank, rows.replace(",", "")])
    stem = re.sub(r"[^\w-]+", "_", f"{table.name.name}-{chart.title}")[:80]
    response = Response(out.getvalue().encode("utf-8", "replace"), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stem)}.csv"
    return response


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    formula = text[:1] in ("=", "+", "-", "@", "\t", "\r") and not Number.pattern.fullmatch(text)
    return f"'{text}" if formula else text


# -- The record ---------------------------------------------------------------


class RecordPage:
    """A record: all its fields, what it refers to, and what refers to it."""

    def __init__(self, view: TableView, token: str) -> None:
        self.view = view
        self.token = token

    def render(self) -> Any:
        """Return the page."""
        view = self.view
        columns = view._columns(
            view.column_details_list, view.column_exclude_list if view.column_details_list else None
        )
        selection = Selection.of(view.table, view.table.columns, None)
        with view.section.database.reading() as connection:
            self.row = selection.find(connection, self.token)
            self.labels = record_labels(view, connection, self.row.values)
        editable = not view.reason and view.allows("update")
        name = label_text(self.row, view.label_columns)
        remember_record(view, self.token, name)
        return view.section.site.page(
            "record.html", f"{name} · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, list_url=view.address(), name=name, key_text=key_words(view.table, self.row),
            edit_url=view.address(self.token, "edit") if editable else None,
            history_url=view.address(self.token, "history"),
            delete_url=view.address(self.token, "delete") if view.allows("delete") else None,
            new_url=view.address(action="new") if view.allows("insert") else None, reason=view.reason,
            copy_url=copy_url(view, self.token),
            fields=[self._field(column) for column in columns], related=self._related(),
        )  # fmt: skip

    def _field(self, column: Column) -> SimpleNamespace:
        value = self.row.values[column.name]
        cell = Cell(*show(column, value, self.view.zone, FORM_CHARACTERS))
        if column.name in self.labels:
            label, target = self.labels[column.name]
            cell = Cell(label if label == cell.text else f"{label} ({cell.text})", "", target)
        url = self.view.address(self.token, f"file/{escape(column.name)}") if is_download(value) else None
        zone = f", {self.view.zone.key}" if column.family == "instant" else ""
        return SimpleNamespace(
            label=self.view.heading(column), name=column.name, hint=f"{column.type}{zone}", cell=cell,
            help=self.view.help(column), download_url=url, image_url=f"{url}?show=1" if is_picture(value) else None,
        )  # fmt: skip

    def _related(self) -> list[SimpleNamespace]:
        """Return what refers to the record, each foreign key within its share of the budget."""
        deadline = time.monotonic() + self.view.section.database.settings.query_timeout
        boxes = RelatedBox.all(self.view, self.row)
        return [box.shown(deadline - time.monotonic()) for box in boxes]


class RelatedBox:
    """What refers to a record by one foreign key: a few rows at a time, and ways to add, to change and to see all.

    Where a table only joins this one to another, the box shows the other's records themselves, as chips.
    """

    def __init__(self, view: TableView, row: Row, child: TableView, link: Link, place: int) -> None:
        self.view = view
        self.row = with_bytes(view.table, row)
        self.child = child
        self.link = link
        self.place = place
        self.other = joined_by(child.table, link)
        asked = request.args.get("related") == str(place)
        start = request.args.get("from", "") if asked else ""
        self.offset = int(start) if re.fullmatch(r"\d{1,9}", start) else 0

    @staticmethod
    def all(view: TableView, row: Row) -> Iterator[RelatedBox]:
        """Yield the boxes of a record; a table that can't be read has none."""
        for place, (name, link) in enumerate(view.section.catalogue.referring(view.table.name), 1):
            with suppress(NotFound, Unreadable, SchemaChanged):
                yield RelatedBox(view, row, view.section.view(name), link, place)

    def address(self, offset: int = 0) -> str:
        """Return the address of the record's page with this box, from a row of it on."""
        pairs = [("related", str(self.place)), *([("from", str(offset))] if offset else [])]
        return with_query(self.view.address(self.row.token), pairs)

    def shown(self, seconds: float) -> SimpleNamespace:
        """Return what the template shows."""
        child, back = self.child, f"{self.address(self.offset)}#r{self.place}"
        values = [(n, self.row.values.get(t)) for n, t in zip(self.link.columns, self.link.target_columns, strict=True)]
        parts = [(n, str(v)) for n, v in values if isinstance(v, str | int | float)]
        pairs = [(f"col.{n}" if n in ListPage.PARAMETERS | FORM_PARAMETERS else n, v) for n, v in parts]
        new_url = with_query(child.address(action="new"), [*pairs, ("_next", back)])
        via = ", ".join(child.heading(child.table.by_name[n]) for n in self.link.columns)
        found = SimpleNamespace(
            id=f"r{self.place}", label=child.name, url=with_query(child.address(), pairs), columns=[], rows=[],
            count="", via=via, note="", pages=[],
            add_url=new_url if child.allows("insert") and not self.other else None, links=None,
            part_url=f"{self.address(self.offset)}&form=part",
        )  # fmt: skip
        if seconds <= 0:
            found.note = "Not looked up, to keep this page quick."
            return found
        try:
            with child.section.database.reading(min(seconds, 0.5)) as connection:
                self._read_links(connection, found) if self.other else self._read(connection, found, back)
        except Unavailable:
            found.note = "It takes too long to look them up; an index on the column would help."
        return found

    def _read(self, connection: sa.Connection, into: SimpleNamespace, back: str) -> None:
        child = self.child
        columns = [c for c in child.list_columns if c.name not in self.link.columns][:4]
        links = {c.name: link for c in columns if (link := child.table.links_by_column.get(c.name))}
        read = [*columns, *(child.table.by_name[name] for link in links.values() for name in link.columns)]
        rows, count = read_related(connection, child.table, self.link, self.row.values, read, self.offset, RELATED_ROWS)
        names = {link: [tuple(row.values[name] for name in link.columns) for row in rows] for link in links.values()}
        labels = {link: labels_of(child.section, connection, link, keys) for link, keys in names.items()}
        into.columns, into.count = [child.heading(c) for c in columns], count_words(count)
        editable = not child.reason and child.allows("update")
        into.rows = [
            SimpleNamespace(
                url=child.address(row.token), cells=[related_cell(child, row, c, links, labels) for c in columns],
                edit_url=with_query(child.address(row.token, "edit"), [("_next", back)]) if editable else None,
            )
            for row in rows
        ]  # fmt: skip
        into.pages = self._pages(count)

    def _pages(self, count: int | None) -> list[tuple[str, str, str]]:
        """Return the ways to the rows before and after these."""
        if count is None or not RELATED_ROWS < count <= RELATED_SORTED:
            return []
        start = self.offset if self.offset < count else 0
        before, after = start - RELATED_ROWS, start + RELATED_ROWS
        found = [("prev", "Previous", self.address(max(0, before)))] if start else []
        return [*found, ("next", "Next", self.address(after))] if after < count else found

    def _read_links(self, connection: sa.Connection, into: SimpleNamespace) -> None:
        """Read the records that the rows join to this one."""
        child, other = self.child, self.other
        assert other is not None
        columns = [child.table.by_name[name] for name in other.columns]
        rows, count = read_related(connection, child.table, self.link, self.row.values, columns, size=MOST_CHIPS)
        keys = [tuple(row.values[name] for name in other.columns) for row in rows]
        labels = labels_of(child.section, connection, other, keys)
        chips = [(labels.get(key), ", ".join(map(str, key)), row.token) for key, row in zip(keys, rows, strict=True)]
        into.links = SimpleNamespace(
            action=self.view.address(self.row.token, "links"), removable=child.allows("delete"),
            chips=sorted(
                (label.text if label else words, child.section.url(other.target, label.token) if label else None, token)
                for label, words, token in chips
            ),
            inputs=self._inputs(other) if child.allows("insert") else [],
        )  # fmt: skip
        into.label, into.via = child.section.label(other.target), child.name
        into.count = count_words(count)

    def _inputs(self, other: Link) -> list[SimpleNamespace]:
        """Return the controls that another record is added by: its key's, the last one a picker."""
        pick = with_query(self.child.address(action="pick"), [("column", other.columns[-1])])
        free = [self.child.table.by_name[name] for name in other.columns if name not in self.link.columns]
        return [
            SimpleNamespace(
                name=control_name(column), label=self.child.heading(column),
                url=pick if column.name == other.columns[-1] else None,
            )
            for column in free
        ]  # fmt: skip


FORM_PARAMETERS = frozenset({"like", "_next", "only"})  # a new form's own, beside the columns that it is filled with
MOST_CHIPS = 100


def related_cell(
    view: TableView, row: Row, column: Column, links: Mapping[str, Link], labels: Mapping[Link, Any]
) -> Cell:
    """Return a cell of a short table: a foreign key by the name of what it refers to."""
    link = links.get(column.name)
    label = labels[link].get(tuple(row.values[name] for name in link.columns)) if link else None
    if link and label:
        return Cell(label.text, "", view.section.url(link.target, label.token))
    return Cell(*show(column, row.values[column.name], view.zone, 60))


def record_page(view: TableView, token: str) -> Any:
    """Return a record's page, or the part of it that is asked for: a card for a peek, or one box."""
    form = request.args.get("form")
    if form == "card":
        return record_card(view, token)
    if form != "part":
        return RecordPage(view, token).render()
    with view.section.database.reading() as connection:
        row = Selection.of(view.table, view.table.columns, None).find(connection, token)
    for box in RelatedBox.all(view, row):
        if request.args.get("related") == str(box.place):
            shown = box.shown(view.section.database.settings.query_timeout)
            csrf = view.section.site.signing.csrf_token()
            body = str(get_template_attribute("flaskadmin/_related.html", "box")(shown, csrf))
            return Response(body.encode("utf-8", "replace"))
    raise NotFound("Nothing refers to this record that way any more.")


def record_card(view: TableView, token: str) -> Response:
    """Return the few fields by which one knows a record again."""
    allowed = view._columns(view.column_details_list, view.column_exclude_list if view.column_details_list else None)
    columns = [column for column in view.list_columns if column in allowed][:CARD_FIELDS]
    links = {c.name: link for c in columns if (link := view.table.links_by_column.get(c.name))}
    read = [*columns, *view.label_columns, *(view.table.by_name[n] for link in links.values() for n in link.columns)]
    with view.section.database.reading() as connection:
        row = Selection.of(view.table, read, LIST_CHARACTERS).find(connection, token)
        keys = {link: [tuple(row.values[name] for name in link.columns)] for link in links.values()}
        labels = {link: labels_of(view.section, connection, link, key) for link, key in keys.items()}
    fields = [(view.heading(column), related_cell(view, row, column, links, labels)) for column in columns]
    p = SimpleNamespace(name=label_text(row, view.label_columns), label=view.name, fields=fields)
    return Response(render_template("flaskadmin/_card.html", p=p).encode("utf-8", "replace"))


CARD_FIELDS = 6


def is_download(value: Any) -> bool:
    """Whether a value goes by file instead of by form: bytes, and texts that no form carries."""
    return isinstance(value, Blob) or (isinstance(value, str) and not carried(value))


def is_picture(value: Any) -> bool:
    """Whether a value is a picture that a page may show in place."""
    return isinstance(value, Blob) and value.type in PICTURES and value.size < 5_000_000


PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def key_words(table: Table, row: Row) -> str:
    """Return a row's key for people."""
    return ", ".join(str(row.values[name]) for name in table.key) if table.key else ""


def record_labels(view: TableView, connection: sa.Connection, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the label and the address of what each foreign key of a record refers to, by column name."""
    found = {}
    for column in view.table.columns:
        link = view.table.links_by_column.get(column.name)
        key = tuple(values.get(name) for name in link.columns) if link else ()
        if link and None not in key and (label := labels_of(view.section, connection, link, [key]).get(key)):
            found[column.name] = (label.text, view.section.url(link.target, label.token))
    return found


def control_name(column: Column) -> str:
    """Return a control's name: the column's, unless a browser or our own fields would get in its way."""
    name = column.name
    plain = re.fullmatch(r"[^\x00-\x20\x7f\"%&<>][^\x00-\x1f\x7f\"%]*", name)
    taken = name.startswith(("_", "field.")) or name.endswith(".state") or name == "csrf_token"
    return name if plain and not taken else f"field.{column.key}"


class Picker:
    """The type-ahead of a foreign key: twenty records of its target, by key or by name."""

    def __init__(self, view: TableView) -> None:
        self.view = view

    def respond(self) -> Any:
        """Return ``{"results": [{"key", "label", "hint", "also"}], "more", "note"}``; also: the key's other columns."""
        link = self.view.table.links_by_column.get(request.args.get("column", ""))
        if link is None:
            raise NotFound("There is no such foreign key.")
        text = request.args.get("q", "").strip()[:200]
        target = self.view.section.view(link.target)
        if "token" in request.args:
            return jsonify(results=self._results(link, [picked_row(target, link, request.args["token"])]))
        note = None
        found = Choices(())
        seconds = min(1.0, target.section.database.settings.query_timeout)
        try:
            with target.section.database.reading(seconds + LABEL_SECONDS) as connection:
                names = target.label_columns
                found = read_choices(
                    connection, target.table, link.target_columns, text, names, seconds=seconds,
                    quick="quick" in request.args,
                )  # fmt: skip
        except TimedOut:
            note = "Too many records to look through: type the key itself."
        if found.cut:
            note = "There may be more: type what the name begins with, or the key."
        return jsonify(results=self._results(link, found.rows), more=found.more, note=note, cut=found.cut)

    def _results(self, link: Link, rows: Iterable[tuple[tuple[Any, ...], Label]]) -> list[dict[str, Any]]:
        others = [control_name(self.view.table.by_name[name]) for name in link.columns[:-1]]
        return [
            {
                "key": str(key[-1]),
                "label": label.text,
                "hint": ", ".join(str(part) for part in key),
                "also": dict(zip(others, map(str, key[:-1]), strict=True)),
            }  # fmt: skip
            for key, label in rows
            if key[-1] is not None
        ]


def picked_row(target: TableView, link: Link, token: str) -> tuple[tuple[Any, ...], Label]:
    """Return the values that a foreign key needs to refer to a record, and the record's label."""
    columns = [*(target.table.by_name[name] for name in link.target_columns), *target.label_columns]
    with target.section.database.reading() as connection:
        row = Selection.of(target.table, columns, LIST_CHARACTERS).find(connection, token)
    key = tuple(row.values[name] for name in link.target_columns)
    return key, Label(row.token, label_text(row, target.label_columns))


def read_cell(view: TableView, token: str, column: Column) -> tuple[Any, bytes]:
    """Return a cell's value as pages know it, and its content. Raises NotFound."""
    selection = Selection.of(view.table, [column], None)
    raw = sa.type_coerce(view.table.sql(column.name), sa.types.NullType()).label("raw")
    with view.section.database.reading() as connection:
        record = selection.record(connection, token, raw)
    content = record[-1]
    if content is None:
        raise NotFound("There is nothing in this field.")
    value = selection.row(record[:-1]).values[column.name]
    return value, content.encode("utf-8", "surrogateescape") if isinstance(content, str) else bytes(content)


def send_cell(view: TableView, token: str, name: str) -> Response:
    """Return the content of a cell as a download; ``?show=1`` shows a picture in place."""
    column = view.table.by_name.get(name)
    if column is None or column not in view._columns(None):
        raise NotFound("There is no such column.")
    value, content = read_cell(view, token, column)
    media = value.type if isinstance(value, Blob) else "text/plain; charset=utf-8"
    inline = "show" in request.args and media in PICTURES
    response = Response(content, mimetype=media if inline else "application/octet-stream")
    extension = media.rpartition("/")[2] if isinstance(value, Blob) else "txt"
    stem = re.sub(r"[^\w-]+", "_", f"{view.table.name.name}-{token}-{name}")[:80]
    response.headers["Content-Disposition"] = (
        "inline" if inline else f"attachment; filename*=UTF-8''{quote(stem)}.{extension.replace('octet-stream', 'bin')}"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# -- The form -----------------------------------------------------------------


def python_value(column: Column, value: Any) -> Any:
    """Return a stored value as the Python object that a hook expects; what has none stays text."""
    convert: Mapping[str, Callable[[str], Any]] = {
        "integer": int, "decimal": Decimal, "float": float, "boolean": lambda t: t.lower() in TRUE_WORDS,
        "date": date.fromisoformat, "timestamp": datetime.fromisoformat, "instant": datetime.fromisoformat,
        "time": time_of_day.fromisoformat, "uuid": UUID,
    }  # fmt: skip
    if not isinstance(value, str | int | float) or column.family not in convert:
        return value
    try:
        return convert[column.family](stored_text(value))
    except (ValueError, ArithmeticError):
        return value


TRUE_WORDS = frozenset(pair[1] for pair in Boolean.pairs)


def from_python(column: Column, value: Any) -> Any:
    """Return what a hook set on a model as the value to store."""
    if isinstance(value, bool):
        return str(value).lower() if column.cast else int(value)
    if isinstance(value, dict | list | tuple) and column.family in ("json", "jsonb", "text", "any"):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if value is None or isinstance(value, bytes | str) or (not column.cast and isinstance(value, int | float)):
        return value
    return sqlite_value(column.family, str(value), None) if not column.cast else str(value)


class CellField(Field):
    """A form's field for one column: a control, and a choice between a value, NULL and the default.

    ``take`` reads what was submitted and compares it with what the form showed; an untouched field stays
    untouched whatever the browser made of it. ``data`` is the Python value, as hooks and validators know it.
    """

    widget = None

    def __init__(self, label: str = "", validators: Any = None, *, column: Column, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.column = column
        self.touched = False
        self.value: Any = None
        self.text = ""
        self.state = "value"
        self.problem: Problem | None = None

    @property
    def html_name(self) -> str:
        """The name of the control that holds the value."""
        return control_name(self.column)

    @property
    def state_name(self) -> str:
        """The name of the control that chooses between a value, NULL and the default."""
        return f"{self.html_name}.state"

    def begin(self, old: Any, zone: ZoneInfo, is_new: bool) -> None:
        """Show a stored value, or nothing yet."""
        self.old = old
        self.zone = zone
        self.is_new = is_new
        self.is_file = is_download(old) or (self.column.family == "binary" and old is None)
        self.text = self.shown = "" if self.is_file else normal(edit_text(self.column, old, zone))
        blank = "default" if self.column.optional else "null" if self.column.nullable else "value"
        self.state = self.begun = blank if is_new else "null" if old is None else "value"
        self.data = None if is_new else python_value(self.column, old)

    @property
    def states(self) -> list[tuple[str, str]]:
        """What the field can hold, in words; none where it is just a value."""
        column = self.column
        found = [("value", "keep" if self.is_file and not self.is_new else "value")]
        if column.nullable or self.old is None and not self.is_new:
            found.append(("null", "NULL"))
        if column.optional and (self.is_new or column.default is not None):
            found.append(("default", f"default: {default_words(column)}"))
        return found if len(found) > 1 else []

    def fill(self, value: Any) -> None:
        """Show a Python value as if someone had typed it over the stored one: saving the form changes it."""
        if not self.column.read_only and not self.is_file:
            stored = from_python(self.column, value)
            self.text = normal(edit_text(self.column, stored, self.zone))
            self.state = "null" if stored is None and self.column.nullable else "value"

    def take(self, form: Mapping[str, str], files: Mapping[str, Any], known: Any = None) -> None:
        """Read the submitted text, state and file. ``known`` is the fingerprint of what the form showed, if long."""
        text = normal(form.get(self.html_name, self.shown))
        state = form.get(self.state_name, self.begun)
        self.text = text
        self.state = state if state in dict(self.states) else self.begun
        typed = text != self.shown and not (isinstance(known, dict) and known.get("form") == _digest(text))
        upload = files.get(self.html_name)
        if upload is not None and upload.filename:
            self._take_file(upload)
        elif self.state != self.begun and self.state != "value":
            self._take_state(typed)
        elif typed or (self.state != self.begun and not self.is_file) or (self.is_new and self.html_name in form):
            self._take_text(typed)

    def _take_file(self, upload: Any) -> None:
        content = upload.read()
        binary = self.column.family in ("binary", "any")
        self._set(content if binary else tolerant_text(content))

    def _take_state(self, typed: bool) -> None:
        """NULL or the default was chosen; a text typed besides is a contradiction that only the person can solve."""
        if typed and self.text:
            self.problem = Problem(f"Take away the text, or choose “value” instead of {self.state}.")
            return
        self._set(None if self.state == "null" else DEFAULT)

    def _take_text(self, typed: bool) -> None:
        """Read the typed text; an empty one is NULL where the type has no empty value."""
        if self.is_file or (self.is_new and not typed and self.state != "value"):
            return
        empty_is_value = self.column.family in ("text", "any", "literal", "json", "choice")
        if self.text == "" and not (empty_is_value and self._allows_empty()):
            self._take_empty()
            return
        self.state = "value"
        try:
            self._set(read_typed(self.column, self.text, self.old, self.zone))
        except Invalid as error:
            self.problem = Problem(str(error))

    def _allows_empty(self) -> bool:
        family = self.column.family
        literal = family == "literal" and self.column.cast.rpartition(".")[2] in EMPTY_LITERALS
        return family in ("text", "any") or literal or (family == "choice" and "" in self.column.rules.choices)

    def _take_empty(self) -> None:
        if self.is_new and self.column.optional:
            return
        if self.column.nullable:
            self._set(None)
        elif not self.is_new or self.state == "value":
            self.problem = Problem("Give a value: this can't be left empty.")

    def _set(self, value: Any) -> None:
        self.touched = True
        self.value = value
        self.data = None if value is DEFAULT else python_value(self.column, value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Do nothing: ``take`` reads more than a list of values."""


EMPTY_LITERALS = frozenset({"bit varying", "hstore", "tsvector", "tsquery", "ltree"})  # '' is one of their values


def default_words(column: Column) -> str:
    """Return a column's default for people."""
    if column.default is None:
        return "next number"
    text = re.sub(r"::[\w .\"\[\]()]+$", "", column.default)
    words = text[1:-1].replace("''", "'") if re.fullmatch(r"'.*'", text, re.S) else text
    return "next number" if words.startswith("nextval(") else words[:16] or "empty"


def read_known() -> Any:
    """Return what the submitted form carries of the values that it showed; None where that can't be read."""
    try:
        return json.loads(request.form.get("_was") or "null")
    except (ValueError, RecursionError):
        return None


class Hooked:
    """One record on its way through the hooks of its view, whichever page wants to write it.

    ``values`` are the stored ones (empty for a new record). ``form`` is what the hooks get as a form; without one,
    they get one that shows the record with its new values.
    """

    def __init__(self, view: TableView, values: Mapping[str, Any], form: Any = None, *, is_new: bool = False) -> None:
        self.view = view
        self.values = values
        self.is_new = is_new
        self.given = form
        self.model: Any = None
        self.shown: dict[Column, Any] = {}

    def before(self, new: Mapping[str, Any]) -> dict[str, Any]:
        """Call on_model_change; return what is to be written, with what the hook changed. ValidationError refuses."""
        new = dict(new)
        if self.is_new:
            self._python_defaults(new)
        if not self.view.hooked:
            return new
        self.record(new)
        self.view.on_model_change(self._form(new), self.model, self.is_new)
        return {**new, **self.changed()}

    def record(self, new: Mapping[str, Any] | None = None) -> Any:
        """Return the record as hooks get it: an object of the model's class, with its new values."""
        merged = {**self.values, **{n: v for n, v in (new or {}).items() if v is not DEFAULT}}
        self.shown = {c: python_value(c, merged.get(c.name)) for c in self.view.table.columns}
        self.model = self.view.model()
        for column, value in self.shown.items():
            setattr(self.model, self.view.attribute(column), value)
        return self.model

    def changed(self) -> dict[str, Any]:
        """Return the stored values of what was set on the record since."""
        found = {}
        for column, value in self.shown.items():
            now = getattr(self.model, self.view.attribute(column))
            if now != value or type(now) is not type(value):
                found[column.name] = from_python(column, now)
        return found

    def after(self) -> None:
        """Call after_model_change, once the record is written and committed."""
        if self.view.hooked:
            self.view.after_model_change(self.given, self.model, self.is_new)

    def before_delete(self) -> None:
        """Call on_model_delete. ValidationError refuses."""
        if self.view.hooked:
            pairs = (
                (self.view.attribute(c), python_value(c, self.values.get(c.name))) for c in self.view.table.columns
            )
            self.model = self.view.model(**dict(pairs))
            self.view.on_model_delete(self.model)

    def after_delete(self) -> None:
        """Call after_model_delete, once the record is gone."""
        if self.view.hooked:
            self.view.after_model_delete(self.model)

    def _form(self, new: Mapping[str, Any]) -> Any:
        if self.given is None:
            record = SimpleNamespace(**{c.key: self.values.get(c.name) for c in self.view.table.columns})
            self.given = self.view.create_form() if self.is_new else self.view.edit_form(record)
            for cell in self.given:
                if isinstance(cell, CellField):
                    cell.begin(self.values.get(cell.column.name), self.view.zone, self.is_new)
                    if cell.column.name in new:
                        cell._set(new[cell.column.name])
        return self.given

    def _python_defaults(self, new: dict[str, Any]) -> None:
        """Fill what a host's model has a Python default for."""
        for own in self.view.model.__table__.columns:
            column = self.view.table.by_name.get(own.name)
            if own.default is None or column is None or new.get(own.name, DEFAULT) is not DEFAULT:
                continue
            value = own.default.arg(None) if own.default.is_callable else own.default.arg
            new[own.name] = from_python(column, value)


class FormPage:
    """The form for a record or a new one: shows it, reads it back, saves it, and loses nothing on the way."""

    origin = "form"
    children: Sequence[SimpleNamespace] = ()  # what may be copied along

    def __init__(self, view: TableView, token: str) -> None:
        self.view = view
        self.site = view.section.site
        self.token = token
        self.is_new = not token
        self.problem = ""
        self.theirs: Mapping[str, Any] | None = None
        self.deleted = False
        self.labels: dict[str, tuple[str, str]] = {}
        self.known: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.merge = Merge.asked(self)
        self.before_saving = ""  # what was done before the record could be saved

    def respond(self) -> Any:
        """Answer GET with the form, POST by saving; a form typed before signing in again is only shown."""
        verb = "insert" if self.is_new else "update"
        if request.method == "POST" and (why := self.view.section.database.withheld()):
            self._known()
            return self._failed(Unavailable(why))
        if self.view.reason and not self.is_new or not self.view.allows(verb):
            raise Forbidden(self.view.reason or "Records of this table can't be added or changed here.")
        if request.method == "GET":
            self._load()
            self._prefill()
            remember_record(self.view, self.token, getattr(self, "name", ""))
            return self._page(200)
        return self._post()

    def _post(self) -> Any:
        self._known()
        try:
            self._load()
        except Unavailable as error:
            return self._failed(error)
        except NotFound:
            self.deleted = True
            self.values = {n: None if isinstance(v, dict) else v for n, v in self.known.items()}
        self._take()
        if "_resume" in request.form:
            return self._page(200)
        if g.get("flaskadmin_resume"):
            self.problem = "This form was open for long, so nothing was saved yet. Save again."
            return self._page(403)
        return self._gone() if self.deleted else self._save()

    def _gone(self) -> Any:
        """Say that the record isn't there any more; if that is asked for, put it back, and save."""
        self.problem = "This record isn't there any more: someone deleted it, or changed its key. Nothing was saved."
        if request.form.get("_then") != "restore":
            return self._page(404)
        try:
            PutBack(self).carry_out()
            self._load()
        except (Conflict, Refused, Forbidden, NotFound, Unavailable) as error:
            self.problem = f"It couldn't be put back, and nothing was saved. {error}"
            return self._page(409)
        self.problem, self.deleted, self.before_saving = "", False, "Put it back. "
        return self._save()

    def _failed(self, error: Unavailable) -> Any:
        """Show the typed form again while the database is away."""
        self.values = {n: None if isinstance(v, dict) else v for n, v in self.known.items()}
        self.problem = f"{error.message} Nothing was saved; what you typed is kept here: save again in a moment."
        self._take()
        return self._page(error.status)

    def _known(self) -> None:
        """Read the fingerprints that the form carries of what it showed."""
        known = read_known()
        self.known = known if isinstance(known, dict) else {}

    def _load(self) -> None:
        if self.is_new:
            return
        with self.view.section.database.reading() as connection:
            row = full_selection(self.view.table).find(connection, self.token)
            self.values = dict(row.values)
            self.labels = record_labels(self.view, connection, row.values)
        self.name = label_text(row, self.view.label_columns)

    @cached_property
    def form(self) -> Any:
        """The WTForms form, each field showing what the page showed."""
        form = self.view.create_form() if self.is_new else self.view.edit_form(SimpleNamespace(**self.values_by_key()))
        for cell in form:
            if isinstance(cell, CellField):
                current = self.values.get(cell.column.name)
                known = self.known.get(cell.column.name, current)
                cell.begin(current if isinstance(known, dict) else known, self.view.zone, self.is_new)
        return form

    @property
    def action(self) -> str:
        """Where the form is sent to."""
        return self.view.address(self.token, "edit") if self.token else self.view.address(action="new")

    @property
    def stored(self) -> Row:
        """The row that the form shows: the record itself."""
        return Row(self.token, self.values)

    def values_by_key(self) -> dict[str, Any]:
        """Return the record's values by attribute name."""
        return {c.key: self.values.get(c.name) for c in self.view.table.columns}

    @property
    def cells(self) -> list[CellField]:
        """The form's fields that stand for columns."""
        return [cell for cell in self.form if isinstance(cell, CellField)]

    def _prefill(self) -> None:
        """Fill a new form from its address, as "add" on a record page does."""
        for cell in self.cells:
            name = cell.column.name
            given = request.args.get(f"col.{name}", None if name in FORM_PARAMETERS else request.args.get(name))
            if self.is_new and given is not None and not cell.column.read_only:
                cell.text, cell.state = given, "value"
        if not self.is_new:
            before = [cell.data for cell in self.cells]
            self.view.on_form_prefill(self.form, self.token)
            for cell, data in zip(self.cells, before, strict=True):
                if cell.data is not data:  # Flask-Admin's way to show another value
                    cell.fill(cell.data)

    def _take(self) -> None:
        for cell in self.cells:
            if not cell.column.read_only:
                cell.take(request.form, request.files, self.known.get(cell.column.name))
                if self.merge:
                    self.merge.choose(cell)
                if cell.touched and not cell.problem and not cell.validate(self.form):
                    cell.problem = Problem(" ".join(str(error) for error in cell.errors))

    def _save(self) -> Any:
        cells = [cell for cell in self.cells if cell.touched]
        if any(cell.problem for cell in self.cells):
            self.problem = "Nothing is saved yet: see the marked fields."
            return self._page(422)
        new = self._given(cells)
        old = {name: self.known.get(name, fingerprint(value)) for name, value in self.values.items()}
        verb = "insert" if self.is_new else "update"
        try:
            hooked = Hooked(self.view, self.values, self.form, is_new=self.is_new)
            new = hooked.before(new)
            change = Change(table=self.view.table, verb=verb, token=self.token, old=old, new=new)
            outcome = self._write(change)
            hooked.after()
        except ValidationError as error:
            self.problem = f"{error} Nothing is saved yet."
            return self._page(422)
        except (Conflict, Refused, Unavailable) as error:
            return self._refused(error)
        row = Row(outcome.token, {**self.values, **{n: v for n, v in new.items() if v is not DEFAULT}})
        name = label_text(row, self.view.label_columns)
        remember_record(self.view, outcome.token, name, saved=bool(outcome.written), instead_of=self.token)
        return self._saved(outcome)

    def _given(self, cells: Sequence[CellField]) -> dict[str, Any]:
        """Return what is to be written, by column name."""
        return {cell.column.name: cell.value for cell in cells}

    def _write(self, change: Change) -> Outcome:
        return self.view.section.writer.apply(change, self.site.user or "", self.origin)

    def _refused(self, error: Conflict | Refused | Unavailable) -> Any:
        """Show the form again with what was typed and what stands in its way."""
        self.problem = str(error)
        if isinstance(error, Refused):
            for cell in self.cells:
                cell.problem = error.fields.get(cell.column.name)
        if isinstance(error, Conflict):
            self._met(error)
        return self._page(error.status)

    def _met(self, error: Conflict) -> None:
        """Show what the other person saved; saving again is then a decision."""
        self.theirs = error.theirs or {}
        with suppress(FlaskAdminError):
            typed = {cell.column.name: (cell.text, cell.state) for cell in self.cells}
            self._load()
            if self.origin == "form":
                self.merge = Merge(self, {name: self.known.get(name, {}) for name in self.theirs})
            self.known = {}
            for cell in self.cells:
                cell.begin(self.values.get(cell.column.name), self.view.zone, False)
                if cell.touched:
                    cell.text, cell.state = typed[cell.column.name]
            return
        self.deleted = True

    def _saved(self, outcome: Outcome) -> Any:
        view, site = self.view, self.site
        if request.form.get("_then") == "part":  # in a dialog, whose page stays
            return jsonify(message="Saved.", token=outcome.token, undo=undo_link(site, outcome.number)[0])
        label = view.address(outcome.token) if outcome.token else None
        if self.is_new:
            site.tell(
                "good",
                "Saved a new record.",
                label,
                "Open it",
                view.table.name,
                outcome.token,
                undo_button(outcome.number),
            )
        elif outcome.written:
            names = ", ".join(view.heading(view.table.by_name[name]) for name in outcome.written)
            words = f"{self.before_saving}Saved: {names}.{merged_words(self, outcome)}"
            site.tell("good", words, label, "Open it", view.table.name, outcome.token, undo_button(outcome.number))
        else:
            site.tell(
                "note",
                self.before_saving or "Nothing was changed, so nothing was saved.",
                None,
                None,
                view.table.name,
                outcome.token,
            )
        then = request.form.get("_then", "list")
        following = safe_next(request.form.get("_next")) or view.address()
        if then == "another":
            following = view.address(action="new")
        elif then == "stay" and outcome.token:
            following = view.address(outcome.token, "edit")
        return redirect(following, 303)

    def _page(self, status: int) -> Any:
        return FormSheet(self).render(status)


def is_part() -> bool:
    """Whether the script asks for a form without its page."""
    return "X-Part" in request.headers


class FormSheet:
    """A form as its template wants it: every control with what the database says about its field."""

    def __init__(self, page: FormPage) -> None:
        self.page = page
        self.view = page.view
        self.values = page.stored.values
        self.mark = f"f{secrets.token_hex(3)}-" if is_part() else "f"  # the page around a part has ids of its own

    def _was(self) -> str:
        """Return the fingerprints of the values that the form shows."""
        now = {c.column.name: fingerprint(self.values.get(c.column.name), c.shown) for c in self.page.cells}
        return json.dumps({**now, **self.page.known})

    def _next(self) -> str:
        """Return the list that the person came from, to lead back to it after saving."""
        if request.method == "POST":
            return safe_next(request.form.get("_next")) or self.view.address()
        if given := safe_next(request.args.get("_next")):
            return given
        came = urlsplit(request.referrer or "")
        path = f"{came.path}?{came.query}" if came.query else came.path
        ours = came.netloc == request.host and came.path == self.view.address()
        return path if ours and safe_next(path) else self.view.address()

    def render(self, status: int) -> Any:
        """Return the page with an HTTP status."""
        view, page = self.view, self.page
        name = getattr(page, "name", "New record" if page.is_new else page.token)
        if is_part():
            return self.part(status, name)
        fields = self.fields()
        body = page.site.page(
            "form.html", f"{name} · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, name=name, list_url=view.address(),
            record_url=view.address(page.token) if page.token else None,
            action=page.action, is_new=page.is_new, children=page.children,
            copy_url=copy_url(view, page.token),
            multipart=any(f.control == "file" for f in fields), next=self._next(),
            was="" if page.is_new else self._was(),
            problem=page.problem or None, conflict=page.theirs is not None, deleted=page.deleted, fields=fields,
            original=page.merge.carried if page.merge else "", put_back=PutBack(page).words if page.deleted else "",
        )  # fmt: skip
        return Response(body, status, headers={"Retry-After": "5"} if status == 503 else None)

    def fields(self) -> list[SimpleNamespace]:
        """Return what the template shows of each field."""
        return [self._field(cell, place) for place, cell in enumerate(self.page.cells)]

    def part(self, status: int, name: str = "", action: str = "") -> Any:
        """Return the form without a page around it, for a dialog or a cell."""
        fields = self.fields()
        p = SimpleNamespace(
            action=action or self.page.action, was="" if self.page.is_new else self._was(), fields=fields, name=name,
            label=self.view.name, multipart=any(f.control == "file" for f in fields),
            problem="" if any(f.errors for f in fields) and not name else self.page.problem,
        )  # fmt: skip
        body = render_template("flaskadmin/_part.html", p=p, csrf=self.page.site.signing.csrf_token())
        return Response(body.encode("utf-8", "replace"), status)

    def _field(self, cell: CellField, place: int) -> SimpleNamespace:
        column, name = cell.column, cell.column.name
        label, open_url = self.page.labels.get(name, ("", None))
        control = self._control(cell)
        current = show(column, self.values.get(name), self.view.zone, None).text
        return SimpleNamespace(
            name=cell.html_name, id=f"{self.mark}{place}", label=str(cell.label.text), hint=self._hint(column),
            help=str(cell.description), required=not column.nullable and not column.optional, control=control,
            value=current if control == "output" else cell.text, rows=min(16, max(3, cell.text.count("\n") + 2)),
            attrs=self._attributes(column, control, cell), choices=self._choices(cell), states=cell.states,
            state=cell.state, state_name=cell.state_name, errors=self._errors(cell), readonly_reason=column.read_only,
            theirs=self._theirs(column), changed=cell.touched or bool(cell.problem), file=self._file(cell),
            picker=self._picker(column, control, label, open_url),
            merge=self.page.merge and self.page.merge.told(cell),
        )  # fmt: skip

    def _theirs(self, column: Column) -> str | None:
        """Return what the other person saved in a column, if anything."""
        theirs = self.page.theirs or {}
        return show(column, theirs[column.name], self.view.zone).text if column.name in theirs else None

    def _file(self, cell: CellField) -> SimpleNamespace | None:
        """Return what is in a field that goes by file, and where to get it."""
        if not cell.is_file:
            return None
        current = self.values.get(cell.column.name)
        url = None
        if self.page.stored.token and current is not None:
            url = self.view.address(self.page.stored.token, f"file/{escape(cell.column.name)}")
        if not isinstance(current, Blob):
            size = "nothing yet" if current is None else f"a text of {len(current):,} characters"
            return SimpleNamespace(size=size, type="", download_url=url, image_url=None)
        image = f"{url}?show=1" if url and is_picture(current) else None
        return SimpleNamespace(size=size_text(current.size), type=current.type, download_url=url, image_url=image)

    def _control(self, cell: CellField) -> str:
        column = cell.column
        if column.read_only:
            return "output"
        if cell.is_file:
            return "file"
        if (self.view.form_choices or {}).get(column.key):
            return "select"
        if self.view.table.links_by_column.get(column.name) and "\n" not in cell.text:
            return "picker"
        kind = kind_of(column, cell.old)
        control = kind.control(column, stored_text(cell.old) if cell.old is not None else "")
        return "textarea" if "\n" in cell.text and control == "text" else control

    def _choices(self, cell: CellField) -> list[tuple[str, str]]:
        """Return a select's choices: an empty one where nothing is chosen yet, and a value that is none of them."""
        column = cell.column
        given = (self.view.form_choices or {}).get(column.key)
        found = (
            [(str(v), str(words)) for v, words in given]
            if given
            else [(c, c or "(empty)") for c in column.rules.choices]
        )
        if column.family == "boolean" and not given:
            found = [("true", "yes"), ("false", "no")]
        if not found:
            return []
        if "" not in dict(found):
            found.insert(0, ("", "–"))
        return found if cell.text in dict(found) else [*found, (cell.text, cell.text)]

    def _picker(self, column: Column, control: str, label: str, open_url: str | None) -> SimpleNamespace | None:
        link = self.view.table.links_by_column.get(column.name)
        if control != "picker" or link is None:
            return None
        return SimpleNamespace(
            url=f"{self.view.address(action='pick')}?{urlencode({'column': column.name}, errors='surrogateescape')}",
            current_label=label, open_url=open_url, target_label=self.view.section.label(link.target),
            new_url=new_target_url(self.view.section, link.target),
        )  # fmt: skip

    def _errors(self, cell: CellField) -> list[SimpleNamespace]:
        problem = cell.problem
        if problem is None:
            return []
        url = self.view.section.url(TableName(*problem.table), problem.key) if problem.table and problem.key else None
        return [SimpleNamespace(text=problem.text, url=url, link_text="Open that record" if url else None)]

    @staticmethod
    def _hint(column: Column) -> str:
        """Say in a few words what the database demands."""
        rules = column.rules
        words = [column.type, column.automatic]
        words += (
            [f"{rules.minimum:f} or more"] if rules.minimum is not None and column.type not in PLAIN_INTEGERS else []
        )
        words += (
            [f"{rules.maximum:f} or less"] if rules.maximum is not None and column.type not in PLAIN_INTEGERS else []
        )
        words += [f"more than {rules.above:f}"] if rules.above is not None else []
        words += [f"less than {rules.below:f}"] if rules.below is not None else []
        words += (
            [f"up to {rules.length}"] if rules.length is not None and f"({rules.length})" not in column.type else []
        )
        words += [f"one of {len(rules.choices)}"] if rules.choices else []
        return ", ".join(word for word in words if word)

    def _attributes(self, column: Column, control: str, cell: CellField) -> dict[str, Any]:
        """Return the HTML attributes that help typing; the server's checks don't rely on them."""
        found: dict[str, Any] = dict((self.view.form_widget_args or {}).get(column.key, {}))
        kind = KINDS[column.family]
        if control == "text" and isinstance(kind, Number):
            found["inputmode"] = "numeric" if column.family == "integer" else "decimal"
            found["autocomplete"] = "off"
        if (
            control in ("text", "textarea")
            and column.rules.length is not None
            and len(cell.text) <= column.rules.length
        ):
            found["maxlength"] = column.rules.length
        example = {"timestamp": "2026-11-22 21:04:05", "instant": "2026-11-22 21:04:05", "time": "21:04"}
        words = example.get(column.family) or Literal.examples.get(column.cast)
        if words and control == "text":
            found["placeholder"] = words
        return found


PLAIN_INTEGERS = frozenset({"integer", "bigint", "smallint"})


# -- Two people, one record ----------------------------------------------------


class Merge:
    """A form that met what someone else saved meanwhile: of each such field the original, theirs and mine, to choose.

    ``original`` holds by column the fingerprint of what the person first saw: the value itself, unless it is long.
    """

    def __init__(self, page: FormPage, original: Mapping[str, Any]) -> None:
        self.page = page
        self.original = dict(original)

    @classmethod
    def asked(cls, page: FormPage) -> Merge | None:
        """Return the choice that the submitted form is about, if it is one."""
        try:
            found = json.loads(request.form.get("_original") or "null")
        except (ValueError, RecursionError):
            return None
        return cls(page, found) if isinstance(found, dict) else None

    @property
    def carried(self) -> str:
        """What the form carries of the originals."""
        return json.dumps(self.original)

    @cached_property
    def _changes(self) -> list[tuple[Line, Entry]]:
        """What the history knows of the record."""
        with suppress(FlaskAdminError):
            history: History = self.page.site.history
            return history.of_row(self.page.view.kept_at, self.page.token)
        return []

    def _originally(self, name: str) -> Any:
        """Return the value that the person first saw; MISSING where it isn't known whole."""
        known = self.original[name]
        values = (entry.before[name] for _, entry in self._changes if name in entry.before)
        found = next((value for value in values if same(known, value)), MISSING if isinstance(known, dict) else known)
        return MISSING if isinstance(found, Blob) else found

    @staticmethod
    def name(cell: CellField) -> str:
        """Return the name of the controls that choose."""
        return f"_pick.{cell.column.key}"

    def choose(self, cell: CellField) -> None:
        """Let a field hold what was chosen for it."""
        chosen = request.form.get(self.name(cell), "mine")
        if cell.column.name not in self.original or chosen == "mine":
            return
        cell.begin(cell.old, cell.zone, False)
        cell.touched, cell.problem = False, None
        if chosen == "original" and (value := self._originally(cell.column.name)) is not MISSING:
            self._go_back(cell, value)

    def _go_back(self, cell: CellField, value: Any) -> None:
        """Take the original: as it was stored, if the history says so; what the form carried is read like typing."""
        stored = any(same(fingerprint(e.before[cell.column.name]), value) for _, e in self._changes
                     if cell.column.name in e.before)  # fmt: skip
        cell.text = normal(edit_text(cell.column, value, cell.zone))
        cell.state = "null" if value is None else "value"
        if stored or (value is None and cell.column.nullable):
            cell._set(value)
        else:
            cell._take_text(True)

    def told(self, cell: CellField) -> SimpleNamespace | None:
        """Return the three values of a field, and who saved theirs, as the template shows them."""
        name, column = cell.column.name, cell.column
        if name not in self.original:
            return None
        theirs, original = self.page.values.get(name), self._originally(name)
        shown = Cell(*show(column, theirs, self.page.view.zone, 4_000))
        before = None if original is MISSING else Cell(*show(column, original, self.page.view.zone, 4_000))
        diff = Teller(self.page.site).difference(column, original, theirs)
        default = "theirs" if cell.is_file else "mine"
        return SimpleNamespace(
            name=self.name(cell), before=before, theirs=shown, diff=diff, who=self._who(name, theirs),
            file=cell.is_file, chosen=request.form.get(self.name(cell), default),
        )  # fmt: skip

    def _who(self, name: str, now: Any) -> str:
        """Say who saved a value, and when; as far as the history knows."""
        found = who_saved(self._changes, name, now)
        return f"{found.person or 'Someone'}, {Teller(self.page.site).when(found.at)}" if found else "Someone else"


def who_saved(changes: Sequence[tuple[Line, Entry]], name: str, now: Any) -> Line | None:
    """Return the newest change that gave a column the value that it has now."""
    lines = (line for line, e in changes if line.outcome != "void" and name in e.after)
    line = next(lines, None)
    values = [e.after[name] for one, e in changes if one is line and name in e.after]
    return line if values and same(fingerprint(values[0]), now) else None


def merged_words(page: FormPage, outcome: Outcome) -> str:
    """Say which columns were left as others had changed them while the form was open, and by whom."""
    view, by = page.view, dict[str, list[str]]()
    shown = [n for n in outcome.merged if n in {column.name for column in view._columns(None)}]
    changes: list[tuple[Line, Entry]] = []
    with suppress(FlaskAdminError):
        changes = page.site.history.of_row(view.kept_at, outcome.token) if shown else []
    for name in shown:
        line = who_saved(changes, name, outcome.values.get(name))
        who = "someone else" if line is None else "you" if line.person == page.site.user else line.person or "someone"
        by.setdefault(who, []).append(view.heading(view.table.by_name[name]))
    return "".join(f" Kept what {who} changed meanwhile: {', '.join(names)}." for who, names in by.items())


class PutBack:
    """A record that was deleted while someone had it open in a form: brings it back, as far as it is known."""

    def __init__(self, page: FormPage) -> None:
        self.page = page
        self.view = page.view
        self.user: str = page.site.user or ""

    @cached_property
    def _deletion(self) -> tuple[Line, Entry] | None:
        """The delete, if the history has it."""
        with suppress(FlaskAdminError):
            found = self.page.site.history.of_row(self.view.kept_at, self.page.token, 1)
            if found and found[0][1].verb == "delete" and found[0][0].outcome == "done":
                return cast("tuple[Line, Entry]", found[0])
        return None

    @property
    def _alone(self) -> bool:
        """Whether the record was deleted by itself, so that the whole change set can be undone."""
        return self._deletion is not None and planned(self._deletion[0]) == {"delete": 1}

    def _known(self) -> dict[str, Any] | None:
        """Return the whole row as the form knows it; None where it doesn't."""
        wanted = [column.name for column in self.view.table.columns if column.automatic != "generated"]
        known = {name: self.page.known.get(name, {}) for name in wanted}
        return None if any(isinstance(value, dict) for value in known.values()) else known

    @property
    def words(self) -> str:
        """What putting it back would do, in words; "" where that isn't possible."""
        if self.page.is_new or not self.view.allows("insert"):
            return ""
        if self._deletion is None:
            return "It can be put back as you had it open, with what you changed." if self._known() else ""
        line = self._deletion[0]
        along = line.rows - 1 if self._alone else 0
        more = f", with the {along:,} row{'s' * (along != 1)} that went along" if along else ""
        when = Teller(self.page.site).when(line.at)
        return f"{line.person or 'Someone'} deleted it, {when}. It can be put back{more}; then yours is saved over it."

    def carry_out(self) -> int | None:
        """Put it back, and return the number of that change set. Raises Refused, Conflict, Forbidden, Unavailable."""
        writer: Writer = self.view.section.writer
        if not self.words:
            raise Refused("It can't be put back: nobody knows any more what it held.")
        if self._deletion and self._alone:
            Teller(self.page.site).check_undo(self._deletion[0])
            return writer.undo(self._deletion[0].number, self.user).number
        plan = Plan(self.user, "form", "Put back a record that was deleted")
        if self._deletion:
            return writer.run(plan, [Reversal(writer, self._deletion[0]).put_back(self._deletion[1])]).number
        new, token = self._known() or {}, self.page.token
        change = Change(table=self.view.table, verb="insert", token=token, new=new, restore=True)
        return writer.run(plan, [change]).number


def new_target_url(section: Section, target: TableName) -> str | None:
    """Return where a record that a foreign key shall refer to is made, if it may be."""
    with suppress(FlaskAdminError):  # the form is about another table
        return section.url(target, action="new") if section.view(target).allows("insert") else None
    return None


def copy_url(view: TableView, token: str) -> str | None:
    """Return where a record is duplicated, if it may be."""
    allowed = token and view.allows("insert") and view.can_view_details
    return with_query(view.address(action="new"), [("like", token)]) if allowed else None


# -- A copy of a record --------------------------------------------------------


class LikePage(FormPage):
    """The form for a copy of a record: what must be new is empty, what no form carries comes along unseen.

    What is left as it is shown is copied as it is stored. The rows that refer to the record are copied on request,
    with it or not at all.
    """

    origin = "duplicate"

    def __init__(self, view: TableView, like: str) -> None:
        super().__init__(view, "")
        self.source = Row(like, {})
        self.fresh = to_be_new(view.table)
        self.hooked: list[Hooked] = []
        self.change: Change | None = None
        self.written: Outcome | None = None

    @property
    def action(self) -> str:
        """Where the form is sent to."""
        return copy_url(self.view, self.source.token) or ""

    @property
    def stored(self) -> Row:
        """The row that the form shows: the original, but what must be new."""
        shown = {name: value for name, value in self.source.values.items() if name not in self.fresh}
        return Row(self.source.token, shown)

    def respond(self) -> Any:
        """Answer GET with the form, POST by saving."""
        if not self.view.can_view_details:
            raise Forbidden("This site doesn't show single records of this table.")
        return super().respond()

    def _load(self) -> None:
        with self.view.section.database.reading() as connection:
            self.source = full_selection(self.view.table).find(connection, self.source.token)
            self.labels = record_labels(self.view, connection, self.stored.values)
        self.name = f"Copy of {label_text(self.source, self.view.label_columns)}"
        self.children = children_of(self.view, with_bytes(self.view.table, self.source))

    @cached_property
    def form(self) -> Any:
        """The WTForms form, showing the original."""
        form = super().form
        for cell in form:
            if isinstance(cell, CellField) and cell.column.name in self.stored.values:
                cell.begin(self.stored.values[cell.column.name], self.view.zone, False)
                if cell.is_file and cell.old is not None:
                    cell.description = f"It is copied too.\n{cell.description or ''}".strip()
            elif isinstance(cell, CellField) and not cell.column.read_only and self.source.values:
                cell.description = f"It must be new, not the original’s.\n{cell.description or ''}".strip()
        return form

    def _prefill(self) -> None:
        """Do nothing: the original fills it."""

    def _given(self, cells: Sequence[CellField]) -> dict[str, Any]:
        kept = [cell.column for cell in self.cells if not cell.touched and cell.column.name in self.stored.values]
        with self.view.section.database.reading() as connection:
            copied = {column.name: self._copied(connection, column) for column in kept if not column.read_only}
        return {**copied, **super()._given(cells)}

    def _copied(self, connection: sa.Connection, column: Column) -> Any:
        value = self.source.values[column.name]
        blob = isinstance(value, Blob)
        return read_blob(connection, self.view.table, self.source.token, column.name) if blob else value

    def _write(self, change: Change) -> Outcome:
        self.change = change
        wanted = request.form.getlist("_copy")
        chosen = [child for child in self.children if child.name in wanted and not child.reason]
        plan = Plan(self.site.user or "", self.origin, self.name)
        result = self.view.section.writer.run(plan, partial(self._changes, change, chosen))
        for hooked in self.hooked:
            hooked.after()
        assert result.outcome is not None and self.written is not None
        return self.written._replace(number=result.number)

    def _changes(
        self, change: Change, children: Sequence[SimpleNamespace], connection: sa.Connection
    ) -> Generator[Change, Outcome, None]:
        """Yield the copy, then the copies of its children, which refer to it."""
        self.written = yield change
        parent = with_bytes(self.view.table, self.source)
        made = with_bytes(self.view.table, Row(self.written.token, self.written.values))
        for child in children:
            table = child.view.table
            for new in copied_rows(connection, table, child.link, parent, made.values):
                self.hooked.append(Hooked(child.view, {}, is_new=True))
                yield Change(table=table, verb="insert", new=self.hooked[-1].before(new))

    def _refused(self, error: Conflict | Refused | Unavailable) -> Any:
        """Show the form again; what is wrong with a child isn't wrong with a field of this form."""
        if isinstance(error, Refused) and getattr(error, "change", None) not in (None, self.change):
            words = " ".join(problem.text for problem in error.fields.values())
            error = Refused(f"{error} {words}".strip())
        return super()._refused(error)


def children_of(view: TableView, row: Row) -> list[SimpleNamespace]:
    """Return what refers to a record and could be copied with it; ``reason`` says why something can't."""
    found = []
    for name, link in view.section.catalogue.referring(view.table.name):
        with suppress(NotFound, Unreadable, SchemaChanged):
            child = view.section.view(name)
            count, reason = _copies(child, link, row)
            if count != 0:
                via = ", ".join(child.heading(child.table.by_name[n]) for n in link.columns)
                token = ":".join(escape(part) for part in (*name, *link.columns))
                words = "" if count is None else f"{count:,}"
                found.append(
                    SimpleNamespace(view=child, link=link, label=child.name, via=via, name=token, count=words,
                                    reason=reason, chosen=token in request.form.getlist("_copy"))
                )  # fmt: skip
    return found


def _copies(child: TableView, link: Link, row: Row) -> tuple[int | None, str]:
    """Return how many rows could be copied, and why they can't be."""
    try:
        with child.section.database.reading(0.5) as connection:
            count = count_referring(connection, child.table, link, row.values, MOST_COPIES)
    except Unavailable:
        return None, "It takes too long to find them."
    if not child.allows("insert"):
        return count, child.reason or READ_ONLY_HERE
    if count is None:
        return None, f"They are more than {MOST_COPIES:,}."
    names = [child.heading(child.table.by_name[name]) for name in uncopied(child.table, link)]
    return count, f"Two can’t have the same {' and '.join(names)}." if names else ""


# -- What a table of keys joins ------------------------------------------------


class LinksPage:
    """Adds or removes a row of a table that only joins two others, and leads back to the record."""

    def __init__(self, view: TableView, token: str) -> None:
        self.view = view
        self.site = view.section.site
        self.token = token

    def respond(self) -> Any:
        """Answer POST: ``remove`` names the row to delete, else the key's columns say what to add; GET: the record."""
        if request.method == "GET":
            return redirect(self.view.address(self.token))
        with self.view.section.database.reading() as connection:
            row = Selection.of(self.view.table, self.view.table.columns, None).find(connection, self.token)
        wanted = request.form.get("_box")
        box = next((box for box in RelatedBox.all(self.view, row) if str(box.place) == wanted), None)
        if box is None or box.other is None:
            raise NotFound("Nothing refers to this record that way any more.")
        try:
            change, words = self._removal(box) if "remove" in request.form else self._addition(box, box.other)
            self._write(box, change)
            self.site.tell("good", words)
        except (Conflict, Refused, Unavailable, ValidationError) as error:
            problems = " ".join(problem.text for problem in getattr(error, "fields", {}).values())
            self.site.tell("bad", problems or str(error))
        return redirect(f"{self.view.address(self.token)}#r{box.place}", 303)

    def _write(self, box: RelatedBox, change: Change) -> None:
        hooked = Hooked(box.child, change.current or {}, is_new=change.verb == "insert")
        if change.verb == "insert":
            change = replace(change, new=hooked.before(change.new))
        else:
            hooked.before_delete()
        box.child.section.writer.apply(replace(change, current=None), self.site.user or "", "links")
        hooked.after() if change.verb == "insert" else hooked.after_delete()

    @staticmethod
    def _removal(box: RelatedBox) -> tuple[Change, str]:
        child, token = box.child, request.form["remove"]
        if not child.allows("delete"):
            raise Forbidden(child.reason or "Records of this table can't be deleted here.")
        with child.section.database.reading() as connection:
            values = full_selection(child.table).find(connection, token).values
        pairs = zip(box.link.columns, box.link.target_columns, strict=True)
        if any(str(values[name]) != str(box.row.values[target]) for name, target in pairs):
            raise NotFound("It isn't joined to this record any more.")
        old = {name: fingerprint(value) for name, value in values.items()}
        return Change(table=child.table, verb="delete", token=token, old=old, current=values), "Removed."

    @staticmethod
    def _addition(box: RelatedBox, other: Link) -> tuple[Change, str]:
        child, new = box.child, {}
        if not child.allows("insert"):
            raise Forbidden(child.reason or "Records of this table can't be added here.")
        for name in other.columns:
            column = child.table.by_name[name]
            text = request.form.get(control_name(column), "").strip()
            if not text and name not in box.link.columns:
                raise Refused("Choose what to add first.")
            try:
                new[name] = read_typed(column, text, None, child.zone) if text else None
            except Invalid as error:
                raise Refused(f"{child.heading(column)}: {error}") from None
        new |= {n: box.row.values[t] for n, t in zip(box.link.columns, box.link.target_columns, strict=True)}
        return Change(table=child.table, verb="insert", new=new), "Added."


# -- A cell's own form ---------------------------------------------------------


class CellPage(FormPage):
    """The form of one cell of a list, for its script: read, checked and saved as the record's whole form is.

    A foreign key of several columns is one cell. It answers with the form, or with JSON: what was saved and the row.
    """

    origin = "cell"

    def __init__(self, view: TableView, token: str) -> None:
        super().__init__(view, token)
        name = column_name(request.args.get("only", ""))
        link = view.table.links_by_column.get(name)
        self.only = link.columns if link else (name,)

    @property
    def cells(self) -> list[CellField]:
        """The fields of this cell alone."""
        return [cell for cell in super().cells if cell.column.name in self.only]

    def respond(self) -> Any:
        """Answer GET with the cell's form, POST by saving; what can't be changed in a list is told."""
        column = self.view.table.by_name.get(self.only[-1])
        if column is None or column not in self.view.form_fields:
            raise Forbidden("This column can't be changed here.")
        if column.read_only:
            raise Forbidden(f"This column can't be changed: {column.read_only}.")
        return super().respond()

    def _page(self, status: int) -> Any:
        if any(cell.is_file for cell in self.cells):
            return jsonify(open=self.view.address(self.token, "edit"))  # a file needs the whole form
        query = urlencode({"only": escape(self.only[-1]) or "~_", "columns": request.args.get("columns", "")})
        return FormSheet(self).part(status, action=f"{self.action}?{query}")

    def _refused(self, error: Conflict | Refused | Unavailable) -> Any:
        """Show the form again; what is said of a column that it doesn't have is said above it."""
        if isinstance(error, Refused):
            words = [problem.text for name, problem in error.fields.items() if name not in self.only]
            error = Refused(" ".join(words), "Nothing was changed.") if words else error
        return super()._refused(error)

    def _saved(self, outcome: Outcome) -> Any:
        names = ", ".join(self.view.heading(self.view.table.by_name[name]) for name in outcome.written)
        words = f"Saved: {names}.{merged_words(self, outcome)}" if names else "Nothing was changed."
        undo = undo_link(self.site, outcome.number)[0] if names else None
        return jsonify(message=words, row=self._row(outcome.token), undo=undo)

    def _row(self, token: str) -> str:
        """Return the row as the list shows it now; "" where it can't be told any more."""
        known = self.view._columns(None)
        asked = [column_name(name) for name in request.args.get("columns", "").split(",")]
        columns = [self.view.table.by_name[name] for name in asked if name in self.view.table.by_name]
        columns = [column for column in columns if column in known]
        with suppress(NotFound):
            return str(list_row(self.view, token, columns)) if token and columns else ""
        return ""


def list_row(view: TableView, token: str, columns: Sequence[Column]) -> Markup:
    """Return one row of a list as HTML. Raises NotFound."""
    links = [link for column in columns if (link := view.table.links_by_column.get(column.name))]
    read = [*columns, *(view.table.by_name[name] for link in links for name in link.columns)]
    with view.section.database.reading() as connection:
        row = Selection.of(view.table, read, LIST_CHARACTERS).find(connection, token)
        keys = {link: [tuple(row.values[name] for name in link.columns)] for link in links}
        labels = {link: labels_of(view.section, connection, link, key) for link, key in keys.items()}
    return ListRows(view, labels, columns).html([row])


class DeletePage:
    """The question before a record is deleted: what goes with it, by the database's own rules."""

    def __init__(self, view: TableView, token: str) -> None:
        self.view = view
        self.site = view.section.site
        self.token = token
        self.problem = ""

    def respond(self) -> Any:
        """Answer GET with the question, POST by deleting."""
        if not self.view.allows("delete"):
            raise Forbidden(self.view.reason or "Records of this table can't be deleted here.")
        self._load()
        if request.method == "GET":
            return self._page(200)
        number = re.sub(r"\D", "", request.form.get("number", ""))
        if self.number is not None and number != str(self.number):
            self.problem = f"Nothing was deleted: type {self.number} to say that so many records shall go."
            return self._page(422)
        return self._delete()

    def _load(self) -> None:
        table = self.view.table
        with self.view.section.database.reading() as connection:
            self.row = full_selection(table).find(connection, self.token)
            where = Identity.of(table).clause(self.token)
            self.effects = delete_effects(connection, self.view.section.catalogue, table, where)
        gone = [effect for effect in self.effects if effect.link.on_delete == "CASCADE"]
        total = sum(FEW_ROWS if effect.count is None else effect.count for effect in gone)
        self.number = total + 1 if total > 100 else None

    def _delete(self) -> Any:
        known = read_known()
        now = self._digest()
        if known is not None and known != now:
            self.problem = "Someone changed this record meanwhile. Nothing was deleted: look at it again first."
            return self._page(409)
        old = {name: fingerprint(value) for name, value in self.row.values.items()}
        hooked = Hooked(self.view, self.row.values)
        try:
            hooked.before_delete()
            change = Change(table=self.view.table, verb="delete", token=self.token, old=old)
            outcome = self.view.section.writer.apply(change, self.site.user or "", "delete")
            hooked.after_delete()
        except (Conflict, Refused, Unavailable, ValidationError) as error:
            self.problem = str(error)
            return self._page(getattr(error, "status", 422))
        forget_record(self.view, self.token)
        words = f"Deleted {label_text(self.row, self.view.label_columns)}."
        self.site.tell("good", words, undo=undo_button(outcome.number))
        following = safe_next(request.form.get("_next"))
        return redirect(following or self.view.address(), 303)

    def _digest(self) -> str:
        return _digest(json.dumps([fingerprint(value) for value in self.row.values.values()]))

    def _page(self, status: int) -> Any:
        view = self.view
        name = label_text(self.row, view.label_columns)
        body = self.site.page(
            "delete.html", f"Delete {name} · {view.name}",
            [*view.trail, (view.name, view.address()), (name, view.address(self.token))],
            label=view.name, name=name, action=view.address(self.token, "delete"), was=json.dumps(self._digest()),
            next=view.address(), record_url=view.address(self.token), effects=[self._effect(e) for e in self.effects],
            blocked=any(effect.blocks for effect in self.effects), type_number=self.number,
            problem=self.problem or None,
        )  # fmt: skip
        return Response(body, status)

    def _effect(self, effect: Effect) -> SimpleNamespace:
        child = self.view.section.view(effect.table.name)
        rule = {"CASCADE": "deleted too", "SET NULL": "cleared", "SET DEFAULT": "set to its default", DECLARED: "stay"}
        more = effect.count is None or effect.count > len(effect.sample)
        return SimpleNamespace(
            text=child.name, count=count_words(effect.count), rule=rule.get(effect.link.on_delete, "blocks"),
            level=effect.level, more=more,
            note=", ".join(child.heading(child.table.by_name[name]) for name in effect.link.columns),
            rows=[(label_text(row, child.label_columns), child.address(row.token)) for row in effect.sample],
        )  # fmt: skip


# -- Many rows at once --------------------------------------------------------

MOST_CHOSEN = 5000  # rows that an address or a form names one by one
EDIT_LINES = 4
MOST_RECORDS = 1000  # of an own action, which gets them all at once


class BulkList(ListPage):
    """The list that a bulk page's address names: its rows are chosen one by one, or all that match."""

    PARAMETERS = ListPage.PARAMETERS | {"do", "key"}


def bulk_offers(view: TableView) -> str:
    """Return what can be done with many rows of a table, as JSON for the list's script; "" for nothing."""
    found = [["edit", "Edit"]] if view.allows("update") else []
    found += [["delete", "Delete"]] if view.allows("delete") else []
    if found and view.section.site.extension.actions and view.allows("update"):
        found += [[f"action{n}", action.label] for n, action in enumerate(own_actions(view, "many"))]
    return json.dumps(found) if found else ""


class BulkPage:
    """Many rows at once: what to do with which, a preview that really ran, and the run."""

    def __init__(self, view: TableView) -> None:
        self.view = view
        self.site = view.section.site
        self.list = BulkList(view)
        if self.list.notices:
            raise BadValue(self.list.notices[0], "Open the list again, and choose from there.")
        self.do = request.values.get("do", "edit")
        self.problem = ""
        self.edits: list[Edit] = []
        self.tokens = [] if "all" in request.form else request.values.getlist("key")
        if len(self.tokens) > MOST_CHOSEN:
            raise BadValue(f"{len(self.tokens):,} rows are too many to choose one by one.", "Filter the list instead.")
        count = request.form.get("count", "")
        self.chosen = Chosen(self.list.query, self.tokens, int(count) if re.fullmatch(r"\d{1,15}", count) else None)
        self.task = self._task()

    def _task(self) -> BulkTask:
        number = self.do.removeprefix("action")
        if self.do.startswith("action") and number.isdigit():
            return OwnAction(self, own_actions(self.view, "many"), int(number))
        return BulkDelete(self) if self.do == "delete" else BulkEdit(self)

    def respond(self) -> Any:
        """Answer GET with the question; POST by a preview, or by doing it."""
        if not self.view.allows(self.task.verb):
            raise Forbidden(self.view.reason or "Records of this table can't be changed this way.")
        step = request.form.get("step", "")
        if step not in ("preview", "run"):
            return self._ask(200)
        if not self.tokens and "all" not in request.form:
            self.problem = "No rows are chosen yet."
            return self._ask(422)
        try:
            self.task.take()
        except Invalid as error:
            self.problem = str(error)
            return self._ask(422)
        return self._preview() if step == "preview" else self._run()

    # The question

    def _ask(self, status: int) -> Any:
        rows, count = self._candidates()
        return self._page("bulk.html", status, rows=rows, count=count, **self.task.asked())

    def _candidates(self) -> tuple[list[SimpleNamespace], int | None]:
        """Return the rows to choose from, those that are chosen already first of all; and how many match in all."""
        names = self.view.label_columns
        with self.view.section.database.reading() as connection:
            try:
                parts = list(self.chosen.parts(connection)) if self.tokens else []
            except Refused as error:
                self.problem, parts = str(error), []
            shown = [row for part in parts for row in part] if self.tokens else self._first(connection)
            count = None if self.tokens else self.chosen.counted(connection)
        rows = [
            SimpleNamespace(token=row.token, name=label_text(row, names), url=self.view.address(row.token),
                            key=key_words(self.view.table, row))
            for row in shown
        ]  # fmt: skip
        return rows, count

    def _first(self, connection: sa.Connection) -> Sequence[Row]:
        columns = tuple(dict.fromkeys([*self.view.label_columns, *self.view._columns(self.view.table.key)]))
        query = replace(self.list.query, columns=columns, size=50, after=None, before=None)
        return read_page(connection, query).rows

    # The preview, which is the run, rolled back

    def _preview(self) -> Any:
        with self.view.section.database.reading() as connection:
            self.chosen.count = self.chosen.counted(connection)
        if not self.chosen.count:
            self.problem = "No row matches, so there is nothing to do."
            return self._ask(422)
        result = self._attempt(preview=True, skip=True)
        if isinstance(result, str):
            self.problem = result
            return self._ask(422)
        return self._previewed(result, 200)

    def _previewed(self, result: Result | None, status: int) -> Any:
        again = [
            (n, v) for n, v in request.form.items(multi=True) if n not in ("step", "csrf_token", "count", "number")
        ]
        told = ResultWords(self.view, result) if result else None
        return self._page(
            "bulk_preview.html", status, told=told, again=again, count=self.chosen.count,
            number=self.task.number(result) if result else None,
            button=self.task.button(self.chosen.count or 0, result), **self.task.confirmed(),
        )  # fmt: skip

    def _attempt(self, *, preview: bool, skip: bool, progress: Callable[[int], None] | None = None) -> Result | str:
        """Run it; return why not in words, where it is refused."""
        plan = Plan(self.site.user or "", self.task.origin, self.task.summary(), request.form.get("reason", "")[:500])
        run = partial(self.view.section.writer.run, plan, self.task.changes, preview=preview, skip=skip)
        try:
            return run(progress=progress)
        except (Refused, Conflict, NotFound, BadValue) as error:
            fields = getattr(error, "fields", {})
            more = " ".join(f"{name}: {problem.text}" for name, problem in fields.items())
            return f"{error} {more}".strip()

    # The run

    def _run(self) -> Any:
        if self.chosen.count is None:
            return self._preview()
        wanted, given = request.form.get("type", ""), re.sub(r"\D", "", request.form.get("number", ""))
        if wanted and wanted != given:
            self.problem = f"Nothing was done: type {wanted} to say that so many records shall go."
            result = self._attempt(preview=True, skip=True)
            return self._previewed(None if isinstance(result, str) else result, 422)
        if self.chosen.count > ROWS_BY_JOB:
            return start_job(self.site, self.task.title, self.view.address(), self.chosen.count, self._in_background())
        result = self._attempt(preview=False, skip=False)
        if isinstance(result, str):
            self.problem = f"{result} Nothing was changed."
            return self._ask(409)
        self.task.after()
        self.site.tell("good", self.task.done(result), undo=undo_button(result.number))
        return redirect(self.view.address() + self._query(), 303)

    def _in_background(self) -> Callable[[Callable[[int], None]], JobEnd]:
        user, writer, task = self.site.user or "", self.view.section.writer, self.task
        plan = Plan(user, task.origin, task.summary(), request.form.get("reason", "")[:500])

        def run(progress: Callable[[int], None]) -> JobEnd:
            result = writer.run(plan, task.changes, progress=progress)
            task.after()
            return JobEnd(task.done(result), result.number)

        return run

    def _query(self) -> str:
        query = request.query_string.decode("ascii", "replace")
        kept = [(n, v) for n, v in parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
                if n not in ("do", "key")]  # fmt: skip
        return f"?{urlencode(kept, errors='surrogateescape')}" if kept else ""

    def _page(self, template: str, status: int, **p: Any) -> Any:
        view = self.view
        query = self._query()
        tasks = [
            (f"{query}{'&' if query else '?'}do={do}", words, do == self.do)
            for do, words in json.loads(bulk_offers(view) or "[]")
        ]
        body = self.site.page(
            template, f"{self.task.title} · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, title=self.task.title, do=self.do, action=f"{view.address(action='bulk')}{query}",
            list_url=view.address() + query, problem=self.problem or None, tokens=self.tokens, filtered=bool(query),
            tasks=[] if self.tokens else tasks, **p,
        )  # fmt: skip
        return Response(body, status)


class BulkTask:
    """What is to be done with many rows; its subclasses say which changes that makes, and with which words."""

    verb = "update"
    origin = "bulk edit"
    title = "Edit many"

    def __init__(self, page: BulkPage) -> None:
        self.page = page
        self.view = page.view
        self.zone = page.view.zone
        self.hooked: list[Hooked] = []

    def take(self) -> None:
        """Read what was submitted. Raises Invalid."""

    def asked(self) -> dict[str, Any]:
        """Return what the question's page shows besides the rows."""
        return {}

    def confirmed(self) -> dict[str, Any]:
        """Return what the preview's page shows besides what came of it."""
        return {}

    def number(self, result: Result) -> int | None:
        """Return the number that must be typed first, or None."""
        return None

    def button(self, count: int, result: Result | None) -> str:
        """Return what the button says, or "" where there is nothing to do."""
        moved = result.counts["update"] if result else 0
        return f"Change {moved:,} records" if moved and result and not result.rejected_count else ""

    def summary(self) -> str:
        """Return what the history says of it."""
        return self.title

    def done(self, result: Result) -> str:
        """Return what was done."""
        return f"Changed {result.counts['update']:,} records."

    def changes(self, connection: sa.Connection) -> Iterator[list[Change]]:
        """Yield the changes of all chosen rows."""
        self.hooked = []
        for rows in self.page.chosen.parts(connection):
            yield [self.change(row) for row in rows]

    def change(self, row: Row) -> Change:
        """Return the change of one row."""
        raise NotImplementedError

    def after(self) -> None:
        """Call the hooks that want to know that a record was written."""
        for hooked in self.hooked:
            hooked.after()


class BulkEdit(BulkTask):
    """Sets, clears, calculates, or replaces in columns of many rows."""

    def __init__(self, page: BulkPage) -> None:
        super().__init__(page)
        self.columns = {escape(c.name): c for c in self.view.form_fields if edits_of(c) and c not in self._keys()}
        self.edits: list[Edit] = []
        self.lines = [self._line(number) for number in range(EDIT_LINES)]

    def _keys(self) -> list[Column]:
        return [self.view.table.by_name[name] for name in self.view.table.key]

    @staticmethod
    def _line(number: int) -> SimpleNamespace:
        names = ("column", "how", "value", "find")
        return SimpleNamespace(number=number, problem="", **{n: request.form.get(f"{n}{number}", "") for n in names})

    def take(self) -> None:
        """Read the lines, each about a column."""
        used = [line for line in self.lines if line.column]
        for line in used:
            line.problem = self._problem(line)
        if any(line.problem for line in used):
            raise Invalid("Nothing was done yet: see the marked line.")
        if not used:
            raise Invalid("Choose a column, and what to do with it.")
        self.edits = [Edit(self.columns[line.column], line.how, self._target(line), line.find) for line in used]

    def _problem(self, line: SimpleNamespace) -> str:
        column = self.columns.get(line.column)
        if column is None or line.how not in edits_of(column):
            return "This can't be done with this column."
        if [one.column for one in self.lines].count(line.column) > 1:
            return "A column can be changed once."
        try:
            edit = Edit(column, line.how, self._target(line), line.find)
            if line.how in ("set", "clear"):
                edit.applied(None, self.zone)
            elif line.how in ("add", "multiply"):
                edit.applied("1" if column.cast else 1, self.zone) if edit._calculated("1") else None
            elif line.how == "replace" and not line.find:
                return "Type what is to be replaced."
        except Invalid as error:
            return str(error)
        return ""

    def _target(self, line: SimpleNamespace) -> str:
        """Return a line's value; where it is the name of the record that a foreign key shall refer to, its key."""
        link = self.view.table.links_by_column.get(self.columns[line.column].name)
        text: str = normal(line.value)
        if line.how != "set" or link is None or len(link.columns) > 1 or not text:
            return text
        target = self.view.section.view(link.target)
        with target.section.database.reading() as connection:
            found = read_choices(connection, target.table, link.target_columns, text, target.label_columns)
        same = [key for key, label in found.rows if label.text.casefold() == text.casefold()]
        known = any(str(key[0]) == text for key, _label in found.rows)
        return str(same[0][0]) if len(same) == 1 and not known else text

    def asked(self) -> dict[str, Any]:
        """Return the columns, and the lines as they were typed."""
        columns = [(name, self.view.heading(column)) for name, column in self.columns.items()]
        return {"columns": columns, "hows": list(EDITS.items()), "lines": self.lines}

    def summary(self) -> str:
        """Say what is done to which columns."""
        words = [f"{self.view.heading(e.column)} {EDITS[e.how]} {e.find + ' by ' if e.find else ''}{e.value}"
                 for e in self.edits]  # fmt: skip
        return "; ".join(words)[:500]

    def confirmed(self) -> dict[str, Any]:
        """Say again what is to be done."""
        return {"words": self.summary()}

    def change(self, row: Row) -> Change:
        """Return the change of one row; where a value can't be, with the problem."""
        new, fields = {}, {}
        for edit in self.edits:
            name = edit.column.name
            try:
                new[name] = edit.applied(row.values[name], self.zone)
            except Invalid as error:
                fields[name] = Problem(str(error))
        problem = Refused("A value doesn't fit.", "", fields) if fields else None
        if self.view.hooked and not problem:
            hooked = Hooked(self.view, row.values)
            try:
                new = hooked.before(new)
                self.hooked.append(hooked)
            except ValidationError as error:
                problem = Refused(str(error))
        return Change(
            table=self.view.table, verb="update", token=row.token, new=new, current=row.values, problem=problem
        )


class BulkDelete(BulkTask):
    """Deletes many rows, with what goes along."""

    verb = "delete"
    origin = "bulk delete"
    title = "Delete many"

    def number(self, result: Result) -> int | None:
        """Return how many go in all, where that is many."""
        total = result.counts["delete"] + sum(n for (_table, rule), n in result.along.items() if rule == "CASCADE")
        return total if total > 100 else None

    def button(self, count: int, result: Result | None) -> str:
        """Return what the button says."""
        return f"Delete {count:,} records" if result and not result.rejected_count else ""

    def done(self, result: Result) -> str:
        """Return what was deleted."""
        along = sum(n for (_table, rule), n in result.along.items() if rule == "CASCADE")
        return f"Deleted {result.counts['delete']:,} records{f', and {along:,} that went along' if along else ''}."

    def change(self, row: Row) -> Change:
        """Return the change of one row."""
        problem = None
        if self.view.hooked:
            hooked = Hooked(self.view, row.values)
            try:
                hooked.before_delete()
                self.hooked.append(hooked)
            except ValidationError as error:
                problem = Refused(str(error))
        return Change(table=self.view.table, verb="delete", token=row.token, current=row.values, problem=problem)

    def after(self) -> None:
        """Call the hooks that want to know that a record was deleted."""
        for hooked in self.hooked:
            hooked.after_delete()


class Action(NamedTuple):
    """An action of the application's own: what it is called, what it does with records, what it asks for first."""

    table: str
    label: str
    function: Callable[..., Any]
    form: Any = None
    confirm: str = ""
    one: bool = True
    many: bool = True


def own_actions(view: TableView, which: str) -> list[Action]:
    """Return the own actions of a table, for ``one`` record or for ``many``."""
    name = view.table.name
    names = (name.name, f"{name.schema}.{name.name}")
    return [a for a in view.section.site.extension.actions if a.table in names and getattr(a, which)]


class OwnAction(BulkTask):
    """Calls the application's function with the chosen records, and writes what it set on them."""

    origin = "action"

    def __init__(self, page: BulkPage, actions: Sequence[Action], number: int) -> None:
        super().__init__(page)
        if number >= len(actions):
            raise NotFound("There is no such action.")
        self.action = actions[number]
        self.title = self.action.label
        self.form = self.action.form(request.form) if self.action.form else None
        self.told = ""

    def asked(self) -> dict[str, Any]:
        """Return the action's own form."""
        return {"form": self.form, "confirm": self.action.confirm or self.action.label}

    def take(self) -> None:
        """Read the action's own form."""
        if self.form is not None and not self.form.validate():
            raise Invalid("Nothing was done yet: see the marked fields.")

    def button(self, count: int, result: Result | None) -> str:
        """Return what the button says."""
        return self.action.label

    def done(self, result: Result) -> str:
        """Return what the function says, else how many records it changed."""
        return self.told or f"{self.action.label}: {super().done(result)}"

    def changes(self, connection: sa.Connection) -> Iterator[list[Change]]:
        """Call the function with all records; yield what it changed."""
        rows = [row for part in self.page.chosen.parts(connection) for row in part]
        if len(rows) > MOST_RECORDS:
            raise Refused(f"{len(rows):,} records are too many for this.", f"Choose {MOST_RECORDS:,} at most.")
        self.hooked = [Hooked(self.view, row.values) for row in rows]
        records = [hooked.record() for hooked in self.hooked]
        try:
            told = self.action.function(records, self.form)
        except ValidationError as error:
            raise Refused(str(error), "Nothing was changed.") from None
        self.told = told if isinstance(told, str) else ""
        news = [(row, hooked.changed()) for row, hooked in zip(rows, self.hooked, strict=True)]
        table = self.view.table
        yield [Change(table=table, verb="update", token=r.token, new=new, current=r.values) for r, new in news if new]

    def after(self) -> None:
        """Do nothing: the function has seen the records."""


class ResultWords:
    """What came of a preview, for its page."""

    def __init__(self, view: TableView, result: Result) -> None:
        self.view = view
        words = (("insert", "new"), ("update", "changed"), ("delete", "deleted"), ("unchanged", "unchanged"))
        self.counts = [(word, result.counts[verb]) for verb, word in words if result.counts[verb]]
        self.rejected_count = result.rejected_count
        self.along = [(view.section.label(table), WENT_ALONG[rule], count)
                      for (table, rule), count in result.along.items()]  # fmt: skip
        self.entries = [self._entry(entry) for entry in result.entries if not entry.along]
        self.rejected = [self._rejected(one) for one in result.rejected[:SHOWN_ENTRIES]]

    def _entry(self, entry: Entry) -> SimpleNamespace:
        columns = self.view.table.by_name
        shown = [columns[name] for name in entry.after if name in columns and columns[name] in self.view._columns(None)]
        fields = [(self.view.heading(c), self._cell(c, entry.before.get(c.name)), self._cell(c, entry.after[c.name]))
                  for c in shown]  # fmt: skip
        return SimpleNamespace(label=entry.label, verb=entry.verb, fields=fields)

    def _cell(self, column: Column, value: Any) -> Cell:
        return Cell(*show(column, value, self.view.zone, LIST_CHARACTERS))

    def _rejected(self, one: Rejected) -> SimpleNamespace:
        return SimpleNamespace(row=row_words(one.change), words=self.reason(self.view, one))

    @staticmethod
    def reason(view: TableView, one: Rejected) -> str:
        """Return why a change is refused, by field where that is known."""
        fields, columns = getattr(one.error, "fields", {}), view.table.by_name
        pairs = [(f"{view.heading(columns[n])}: " if n in columns else "", p.text) for n, p in fields.items()]
        return " ".join(f"{name}{text}" for name, text in pairs) or one.error.message


WENT_ALONG = {
    "CASCADE": "deleted too", "SET NULL": "cleared", "SET DEFAULT": "set to its default",
    "ON UPDATE CASCADE": "given the new key",
}  # fmt: skip


def undo_button(number: int | None) -> tuple[int, str] | None:
    """Return the button that takes a change set back, for the message that tells of it."""
    return (number, "Undo") if number is not None else None


def undo_link(site: Any, number: int | None) -> tuple[str, str] | tuple[None, None]:
    """Return the address at which a change set is undone, and the word for it."""
    return (f"{site.base}history/{number}/undo", "Undo") if number else (None, None)


# -- Jobs ---------------------------------------------------------------------


def start_job(site: Any, title: str, back: str, total: int, run: Callable[[Callable[[int], None]], JobEnd]) -> Response:
    """Begin a long run in the background, and lead to the page that shows how far it is. Raises Unavailable."""
    task = copy_current_request_context(run)
    id = site.jobs.start(Job(secrets.token_hex(8), site.user or "", title, back, total=total), task)
    return cast(Response, redirect(f"{site.base}jobs/{id}", 303))


def job_page(site: Any, id: str) -> Any:
    """Show how far a long run is; POST cancels it."""
    job = site.jobs.find(id, site.user or "")
    if request.method == "POST" and not job.status:
        site.jobs.cancel(id)
        return redirect(f"{site.base}jobs/{id}", 303)
    url, word = undo_link(site, job.number)
    body = site.page(
        "job.html", job.title, [], job=job, undo_url=url, undo_word=word,
        history_url=f"{site.base}history/{job.number}" if job.number else None,
    )  # fmt: skip
    return Response(body, headers={} if job.status else {"Refresh": "1"})


# -- The dashboard ------------------------------------------------------------


class Dashboard(AdminIndexView):
    """The first page, and the pages of the site as a whole. Subclass it, and give it as ``dashboard=``."""

    TABLES_A_PAGE = 200

    def create_blueprint(self, admin: Any) -> Any:
        """Return the site's one blueprint: the dashboard's, with the pages of all tables."""
        blueprint = super().create_blueprint(admin)
        admin.add_rules(blueprint)
        return blueprint

    @expose("/")
    def index(self) -> Any:
        """Every table, with its size; those that have ``find`` in their name."""
        return self._tables(self.admin.sections)

    def section_index(self, section: Section) -> Any:
        """The tables of one database of several."""
        return self._tables([section])

    def _tables(self, sections: Sequence[Section]) -> Any:
        find = request.args.get("find", "").strip()
        text = request.args.get("from", "0")
        start = int(text) if re.fullmatch(r"\d{1,6}", text) else 0
        shown, total = [], 0
        for section in sections:
            found = [t for t in section.shown() if find.lower() in t.name.name.lower() or find.lower() in
                     section.label(t.name).lower()]  # fmt: skip
            total += len(found)
            groups = groupby(found[start : start + self.TABLES_A_PAGE], key=lambda t: t.name.schema)
            shown += [self._group(section, schema, list(tables)) for schema, tables in groups]
        more = f"?{urlencode({'find': find, 'from': start + self.TABLES_A_PAGE})}"
        return self.admin.page(
            "dashboard.html", self.admin.settings.title or "Tables", [],
            sections=shown, find=find, total=total, own=None if find or start else FirstPage(self.admin).parts(),
            more_url=more if total > start + self.TABLES_A_PAGE else None,
            empty="No table has this in its name." if find else "This database has no tables yet.",
        )  # fmt: skip

    def _group(self, section: Section, schema: str, tables: Sequence[Listed]) -> SimpleNamespace:
        several = len(self.admin.sections) > 1
        label = " · ".join(part for part in (section.database.label if several else "", schema) if part)
        counts = sizes(section, tables)
        items = [
            SimpleNamespace(
                label=section.label(t.name), url=section.url(t.name), kind=t.kind, note=t.reason or t.comment,
                rows=size_words(t, counts.get(t.name)), new_url=None,
            )
            for t in tables
        ]  # fmt: skip
        return SimpleNamespace(label=label, items=items)

    def status(self) -> Any:
        """Every table and view, with how it is offered and why not otherwise; as JSON for programs."""
        rows = [entry for section in self.admin.sections for entry in self._objects(section)]
        if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
            return jsonify(objects=[{k: v for k, v in row.items() if k != "label"} for row in rows])
        find = request.args.get("find", "").strip().lower()
        rows = [row for row in rows if find in row["name"].lower()]
        databases = [(s.database.label, s.database.product, s.database.read_only_reason) for s in self.admin.sections]
        objects = [
            SimpleNamespace(**{**row, "rows": "" if row["rows"] is None else rounded(row["rows"]),
                               "url": row["urls"]["list"], "new_url": row["urls"]["new"]})
            for row in rows
        ]  # fmt: skip
        return self.admin.page(
            "status.html", "Status", [], databases=databases, objects=objects, find=find, more_url=None
        )

    def _objects(self, section: Section) -> Iterator[dict[str, Any]]:
        tables = section.shown()
        counts = sizes(section, tables, 2.0)
        for listed in tables:
            offer = section.offer(listed.name)
            rows = listed.rows if listed.rows is not None and listed.rows > FEW_ROWS else counts.get(listed.name)
            new = section.url(listed.name, action="new") if "insert" in offer.writes else None
            yield {
                "label": section.label(listed.name), "schema": listed.name.schema or "main", "name": listed.name.name,
                "kind": listed.kind, "rows": rows, "editable": "update" in offer.writes, "reason": offer.reason or None,
                "urls": {"list": section.url(listed.name), "new": new},
            }  # fmt: skip


def sizes(section: Section, tables: Sequence[Listed], seconds: float = 0.5) -> dict[TableName, int | None]:
    """Return the row counts of tables that are small or of unknown size, as far as the budget goes; none of views."""
    found: dict[TableName, int | None] = {}
    deadline = time.monotonic() + seconds
    unknown = [t for t in tables if (t.rows or 0) <= FEW_ROWS and not t.reason and t.kind in COUNTED]
    with suppress(FlaskAdminError), section.database.reading(seconds) as connection:
        for listed in unknown:
            if time.monotonic() > deadline:
                break
            with suppress(sa.exc.DBAPIError):  # one that can't be read doesn't hide the others
                found[listed.name] = section.catalogue.count(connection, listed.name)
    return found


COUNTED = frozenset({"table", "partition", "partitioned table", "virtual table", "shadow table"})


def size_words(listed: Listed, count: int | None) -> str:
    """Return a table's size for people, or ""."""
    if listed.rows is not None and listed.rows > FEW_ROWS:
        return f"about {rounded(listed.rows)}"
    return f"{count:,}" if count is not None else ""


# -- Search across tables -----------------------------------------------------

FOUND_ROWS = 5  # shown of each table
FOUND_TABLES = 40
TABLE_SECONDS = 0.2  # what a table gets of the budget
TYPING_SECONDS = 0.4  # the budget of an answer while one types


class Group(NamedTuple):
    """What was found in one table: its records with their addresses, and where it matched."""

    label: str
    url: str
    rows: Sequence[tuple[str, str, str, Any]]  # address, name, column, text
    more: bool
    whole: bool


class Finder:
    """The search across all tables: their names, then records by key, by index, and in small tables anywhere."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.text = clean_text(request.args.get("q", "")).strip()
        self.words = search_words(self.text)
        self.pattern = re.compile(f"({'|'.join(map(re.escape, self.words)) or '(?!)'})", re.I)
        self.groups: dict[tuple[Section, TableName], Group] = {}
        self.left: list[tuple[str, str]] = []  # large tables, of which only keys and indexes were looked up
        start = request.args.get("from", "")
        self.start = int(start) if re.fullmatch(r"\d{1,6}", start) else 0
        self.unreached: int | None = None  # the first table that there was no time for

    def respond(self) -> Any:
        """Return the page; for programs, and while one types, tables and records by key as JSON."""
        json_wanted = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
        seconds = min(section.database.settings.query_timeout for section in self.site.sections)
        if self.text and json_wanted:
            self._look(time.monotonic() + min(TYPING_SECONDS, seconds), by_key=True)
        elif self.text:
            begun = time.monotonic()
            self._look(begun + seconds / 3, by_key=True)
            self.unreached = None
            self._look(begun + seconds, by_key=False)
        return self._json() if json_wanted else self._page()

    def _tables(self) -> Iterator[tuple[Section, Listed]]:
        for section in self.site.sections:
            with suppress(FlaskAdminError):  # a database that is away doesn't hide the others
                yield from ((section, listed) for listed in section.shown() if not listed.reason)

    def _named(self) -> list[tuple[Section, Listed]]:
        """Return the tables whose names have each word; without a word, all."""

        def has(section: Section, listed: Listed) -> bool:
            names = f"{listed.name.schema}.{listed.name.name} {section.label(listed.name)}".lower()
            return all(word.lower() in names for word in self.words)

        found = [pair for pair in self._tables() if has(*pair)]
        return sorted(found, key=lambda pair: not pair[0].label(pair[1].name).lower().startswith(self.text.lower()))

    def _look(self, deadline: float, *, by_key: bool) -> None:
        """Search table after table until ``deadline``."""
        for place, (section, listed) in enumerate(self._tables()):
            left = deadline - time.monotonic()
            if place < self.start:
                continue
            if left <= 0 and (by_key or place > self.start):  # at least one, so that going on leads somewhere
                self.unreached = place
                return
            key = section, listed.name
            group = self._group(section, listed, min(max(left, 0.01), TABLE_SECONDS), by_key)
            if group and (group.rows or key not in self.groups):
                self.groups[key] = group
            if not by_key and not (group and group.whole):
                self.left.append((section.label(listed.name), self._list_url(section, listed.name)))

    def _group(self, section: Section, listed: Listed, seconds: float, by_key: bool) -> Group | None:
        """Return what is found in one table in ``seconds``; None where it can't be searched now."""
        try:
            view = section.view(listed.name)
            query = self._query(view)
            if not (view.can_view_details and (query.searched or query.compared)):
                return Group("", "", (), False, True)
            with section.database.reading(seconds + LABEL_SECONDS) as connection:
                found = glance(connection, query, seconds, by_key=by_key)
        except (FlaskAdminError, Invalid, ValueError):
            return None
        if found is None:
            return None
        rows = [self._row(view, row) for row in found.page.rows[:FOUND_ROWS]]
        url = self._list_url(section, listed.name)
        more = found.page.has_next or len(found.page.rows) > FOUND_ROWS
        return Group(section.label(listed.name), url, rows, more, not (by_key or found.stopped or found.skipped))

    def _query(self, view: TableView) -> Query:
        keys = tuple(c for c in view._columns(None) if c.name in view.table.key)
        columns = tuple(dict.fromkeys([*keys, *view.label_columns, *view.searched_columns]))
        return Query(
            table=view.table, columns=columns, search=self.text, searched=view.searched_columns, compared=keys,
            size=FOUND_ROWS,
        )  # fmt: skip

    def _row(self, view: TableView, row: Row) -> tuple[str, str, str, Any]:
        """Return a record's address and name, and the column and the text where it matched."""
        name = label_text(row, view.label_columns)
        for column in view.searched_columns:
            text = show(column, row.values[column.name], view.zone, None).text
            if row.values[column.name] is not None and (place := self.pattern.search(text)):
                start = max(0, place.start() - 40)
                cut = ("…" if start else "") + " ".join(text[start : start + 120].split())
                return view.address(row.token), name, view.heading(column), marked_text(cut, self.pattern)
        return view.address(row.token), name, "key", unescape(row.token)

    def _list_url(self, section: Section, name: TableName) -> str:
        return f"{section.url(name)}?{urlencode({'search': self.text})}"

    def _page(self) -> Any:
        named = self._named() if self.text and not self.start else []
        tables = [(s.label(t.name), s.url(t.name), t.kind) for s, t in named[:FOUND_TABLES]]
        groups = [group for group in self.groups.values() if group.rows]
        return self.site.page(
            "find.html", "Search everything", [], q=self.text, tables=tables, groups=groups[:FOUND_TABLES],
            more_tables=len(named) - len(tables), more_groups=groups[FOUND_TABLES:], left=self.left[:FOUND_TABLES],
            more_left=max(0, len(self.left) - FOUND_TABLES), go_on=self._go_on(),
        )  # fmt: skip

    def _go_on(self) -> tuple[str, int] | None:
        """Return the address that searches the tables that weren't reached, and their number."""
        if self.unreached is None:
            return None
        number = sum(1 for _table in self._tables()) - self.unreached
        return f"?{urlencode({'q': self.text, 'from': self.unreached})}", number

    def _json(self) -> Any:
        tables = [
            {"key": section.url(listed.name), "label": section.label(listed.name), "hint": listed.kind}
            for section, listed in self._named()[:12]
        ]
        records = [
            {"key": url, "label": name, "hint": group.label}
            for group in self.groups.values() for url, name, _column, _text in group.rows
        ][:20]  # fmt: skip
        return jsonify(tables=tables, records=records)


def marked_text(text: str, pattern: re.Pattern[str]) -> str:
    """Return ``text`` with what ``pattern``, one group, finds in it marked; it is escaped here, piece by piece."""
    pieces = pattern.split(text)
    if len(pieces) == 1:
        return text
    marked = [Markup("<mark>{}</mark>").format(p) if n % 2 else Markup.escape(p) for n, p in enumerate(pieces)]
    return Markup("").join(marked)


def finder_pages(site: Any) -> Sequence[tuple[str, Callable[[], Any], Sequence[str]]]:
    """Return the site's pages for finding things: endpoint, function, methods."""
    return (
        ("find", lambda: Finder(site).respond(), ["GET"]),
        ("shortcuts", lambda: site.page("shortcuts.html", "Keyboard", []), ["GET"]),
    )


# -- History ------------------------------------------------------------------

LINE_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "changes": ("Changes", ("change",)),
    "sign-ins": ("Sign-ins", ("sign-in", "sign-out", "sign-in refused")),
    "exports": ("Exports", ("export",)),
    "refusals": ("Refusals", ("refused", "sign-in refused")),
}
DONE_WORDS: Mapping[str, str] = {"insert": "Added", "update": "Changed", "delete": "Deleted"}
BACK_VERBS: Mapping[str, str] = {"insert": "delete", "update": "update", "delete": "insert"}
ALONG_WORDS: Mapping[str, str] = {
    "CASCADE": "deleted along, by a rule of the database",
    "SET NULL": "cleared along, by a rule of the database",
    "SET DEFAULT": "set to its default along, by a rule of the database",
    "ON UPDATE CASCADE": "given the new key along, by a rule of the database",
}
OUTCOME_WORDS: Mapping[str, str] = {
    "void": "It didn’t come about: nothing was changed.",
    "": "Nobody knows yet whether it came about: the server stopped in the middle of it.",
}
LATELY = 100  # change sets of one record that its page shows at first
DIFFERING = 60  # a shorter text is shown whole, before and after
MOST_WORDS = 6_000  # of two texts that are compared
WORDS_A_PAGE = 60_000
QUIET_STRETCH = 160  # characters that stay the same, and are shown


def plain_column(name: str) -> Column:
    """Return a stand-in for a column that isn't there any more."""
    return Column(name=name, key=name, position=0, type="", family="any")


class ToldTable:
    """A table as the history tells of it, though it may be gone by now."""

    def __init__(self, section: Section | None, place: KeptAt) -> None:
        self.section = section
        self.place = place
        self.name = place.name
        self.hidden = section is None or section.hidden(self.name)

    @cached_property
    def view(self) -> TableView | None:
        """The table's view, if it is still there."""
        with suppress(FlaskAdminError):
            return self.section.view(self.name) if self.section and not self.hidden else None
        return None

    @property
    def label(self) -> str:
        """The table's name for people."""
        return self.section.label(self.name) if self.section else self.name.name

    def url(self, token: str = "", action: str = "") -> str:
        """Return the address of the table's list, of a record, or of something below them."""
        return self.section.url(self.name, token, action) if self.section else ""

    def column(self, name: str) -> Column | None:
        """Return the column that tells how a value is shown; None where the site hides it."""
        if self.view is None or name not in self.view.table.by_name:
            hidden = self.section.setting(self.name, "hidden_columns", ()) if self.section else ()
            return None if name in hidden else plain_column(name)
        return self._visible.get(name)

    @cached_property
    def _visible(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.view._columns(None)} if self.view else {}

    def heading(self, column: Column) -> str:
        """Return a column's name for people."""
        known = self.view is not None and column.name in self.view.table.by_name
        return self.view.heading(column) if known and self.view else prettified(column.name)

    def row_label(self, entry: Entry) -> str:
        """Return a row's name as it was; its key where the name is made of a column that the site hides."""
        named = label_columns(self.view.table) if self.view else ()
        return entry.label if all(column.name in self._visible for column in named) else entry.token


class Teller:
    """Puts the history into words for whoever looks: what the site hides stays hidden, what is gone stays readable."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.history: History = site.history
        self.chronicle = Chronicle(site.history)
        self.zone = viewer_zone(site.settings.timezone)
        self.sections = {KeptAt.of(s.database, TableName("", "")).database: s for s in site.sections}
        self.words_left = WORDS_A_PAGE
        self._tables: dict[KeptAt, ToldTable] = {}

    def table(self, place: KeptAt) -> ToldTable:
        """Return a table to tell of."""
        if place not in self._tables:
            self._tables[place] = ToldTable(self.sections.get(place.database), place)
        return self._tables[place]

    def table_of(self, line: Line, entry: Entry) -> ToldTable:
        """Return the table of a row that a change set touched."""
        schema, name = escape(entry.table.schema), escape(entry.table.name)
        return self.table(KeptAt(line.place.database, schema, name))

    @cached_property
    def without(self) -> tuple[KeptAt, ...]:
        """The tables that the site hides."""
        if not any(own.get("hidden") for own in self.site.settings.tables.values()):
            return ()
        return tuple(at for at in self.chronicle.places() if at.database in self.sections and self.table(at).hidden)

    def within(self, wanted: LineFilter) -> LineFilter:
        """Return a filter of lines that leaves out what the site doesn't show."""
        return wanted._replace(databases=tuple(self.sections), without=self.without)

    def line(self, number: int) -> Line:
        """Return a line that the site may show. Raises NotFound."""
        if number >= 2**63:
            raise NotFound("There is no such entry in the history.")
        line = self.history.line(number)
        if line.place.database and self.table(line.place._replace(schema="", table="")).section is None:
            raise NotFound("There is no such entry in the history.")
        if line.place.table and self.table(line.place).hidden:
            raise NotFound("There is no such entry in the history.")
        return line

    def url(self, number: int | None, action: str = "") -> str:
        """Return the address of a line, or of something below it."""
        return f"{self.site.base}history/{number}{f'/{action}' if action else ''}"

    def when(self, moment: datetime) -> str:
        """Return a moment in the viewer's time zone."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    # Lines

    def lines(self, lines: Sequence[Line]) -> list[SimpleNamespace]:
        """Return lines as the pages show them."""
        first = self.chronicle.first_rows(lines)
        return [self.told(line, first.get(line.number)) for line in lines]

    def told(self, line: Line, first: Entry | None = None) -> SimpleNamespace:
        """Return a line as the pages show it; ``first`` is its row, if it is about one."""
        table = self.table(line.place) if line.place.table else None
        change = line.kind == "change"
        return SimpleNamespace(
            number=line.number, url=self.url(line.number), when=self.when(line.at), who=line.person, kind=line.kind,
            what=self.what(line, first), origin=line.origin, reason=line.reason, change=change,
            table=table.label if table else "", table_url=table.url(action="history") if table else None,
            undoes=line.refers if change else None, undone_by=line.undone_by,
            outcome=OUTCOME_WORDS.get(line.outcome) if change else None,
            undo_url=self.url(line.number, "undo") if self.may_undo(line) else None,
        )  # fmt: skip

    def what(self, line: Line, first: Entry | None = None) -> str:
        """Say what a line is about."""
        if line.kind != "change":
            return line.summary
        undo = f"Undo of {line.refers}: " if line.origin == "undo" else ""
        if line.summary and not undo:
            return line.summary
        counts = [f"{DONE_WORDS[v].lower()} {n:,} row{'s' * (n != 1)}" for v, n in planned(line).items() if n]
        words = self._row_words(self.table_of(line, first), first) if first else ", ".join(counts)
        more = line.rows - sum(planned(line).values())
        along = f", and {more:,} row{'s' * (more != 1)} went along" if more > 0 else ""
        return undo + words[:1].upper() + words[1:] + along

    @staticmethod
    def _row_words(table: ToldTable, entry: Entry) -> str:
        columns = [c for n in {**entry.before, **entry.after} if (c := table.column(n))]
        names = ", ".join(table.heading(c) for c in columns[:6]) + ("…" if len(columns) > 6 else "")
        which = "a record" if table.hidden else table.row_label(entry)
        return f"{DONE_WORDS[entry.verb]} {which}" + (f": {names}" if entry.verb == "update" and names else "")

    # Undo

    def may_undo(self, line: Line) -> bool:
        """Whether an undo of a line is worth a button, as far as its own table shows."""
        if line.kind != "change" or line.outcome != "done" or not self._stands(line):
            return False
        view = self.table(line.place).view
        return view is not None and all(view.allows(BACK_VERBS[verb]) for verb, n in planned(line).items() if n)

    def _stands(self, line: Line) -> bool:
        """Whether a change set wasn't undone, or its undo was."""
        try:
            undo = self.history.line(line.undone_by) if line.undone_by is not None else None
            return undo is None or undo.rows < line.rows or not self._stands(undo)
        except RecursionError:
            return False

    def check_undo(self, line: Line) -> None:
        """Raise Forbidden or Refused unless whoever looks may take back all that a change set did."""
        for one in self.chronicle.touched(line):
            table = self.table(one.place)
            if table.hidden:
                raise Forbidden("It changed a table that this site doesn't show, so it can't be undone here.")
            if table.view is None:
                raise Refused(f"The table {table.label} isn't there any more.", "What it held can be read here.")
            if not table.view.allows(BACK_VERBS[one.verb]):
                why = table.view.reason or "Rows of it can't be written that way here."
                raise Forbidden(f"Undoing this would write to {table.label}. {why}", "Nothing was changed.")

    # Rows

    def entry(self, line: Line, entry: Entry, limit: int = 1_000) -> SimpleNamespace:
        """Return what happened to a row as the pages show it."""
        table = self.table_of(line, entry)
        names = [n for n in {**entry.before, **entry.after} if table.column(n)]
        both = entry.verb == "update"
        nothing = [] if both else [n for n in names if entry.before.get(n, entry.after.get(n)) is None]
        columns = [column for n in names if n not in nothing and (column := table.column(n))]
        return SimpleNamespace(
            verb=DONE_WORDS[entry.verb], label=table.row_label(entry), table=table.label, update=both,
            url=table.url(entry.token) if entry.token and entry.verb != "delete" and table.view else None,
            history_url=table.url(entry.token or entry.token_before, "history"), along=ALONG_WORDS.get(entry.along, ""),
            moved=entry.token != entry.token_before and both, deleted=entry.verb == "delete",
            fields=[self._field(line, table, column, entry, limit) for column in columns],
            nothing=", ".join(table.heading(column) for n in nothing if (column := table.column(n))),
        )  # fmt: skip

    def _field(self, line: Line, table: ToldTable, column: Column, entry: Entry, limit: int) -> SimpleNamespace:
        sides = [values.get(column.name, MISSING) for values in (entry.before, entry.after)]
        cells = [None if v is MISSING else Cell(*show(column, v, self.zone, limit)) for v in sides]
        urls = [self._content_url(line, entry, v) for v in sides]
        diff = self.difference(column, *sides) if entry.verb == "update" else None
        return SimpleNamespace(
            label=table.heading(column), before=cells[0], after=cells[1], before_url=urls[0], after_url=urls[1],
            diff=diff,
        )  # fmt: skip

    def _content_url(self, line: Line, entry: Entry, value: Any) -> str | None:
        """Return where the kept content of a file can be had."""
        if not isinstance(value, Blob) or not value.digest or entry.place is None:
            return None
        return f"{self.site.base}history/content/{value.digest}?{urlencode({'in': line.number, 'row': entry.place})}"

    def difference(self, column: Column, before: Any, after: Any) -> list[tuple[str, str]] | None:
        """Return the words that stay, go and come between two long texts; None where both are better shown whole."""
        if not (isinstance(before, str) and isinstance(after, str)) or self.words_left <= 0:
            return None
        texts = [show(column, value, self.zone, None).text for value in (before, after)]
        if max(map(len, texts)) < DIFFERING and not any("\n" in text for text in texts):
            return None
        self.words_left -= min(MOST_WORDS, sum(text.count(" ") + text.count("\n") for text in texts))
        return word_difference(*texts)


MISSING = object()


def word_difference(before: str, after: str) -> list[tuple[str, str]] | None:
    """Return the words of two texts that stay (""), go ("del") and come ("ins"); None if too little stays the same."""
    for pattern in (r"\w+\s*|[^\w\s]\s*|\s+", r"[^\n]*\n|[^\n]+"):
        old, new = (re.findall(pattern, text) for text in (before, after))
        if len(old) + len(new) <= MOST_WORDS:
            break
    else:
        return None
    pairs = list(zip(old, new, strict=False))
    start = next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))
    ends = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
    end = next((n for n, (a, b) in enumerate(ends) if a != b), min(len(old), len(new)) - start)
    found = changed_words(old[start : len(old) - end], new[start : len(new) - end])
    found = [("", "".join(old[:start])), *found, ("", "".join(old[len(old) - end :]))]
    found = [(tag, text) for tag, text in found if text]
    if sum(len(text) for tag, text in found if not tag) * 5 < max(len(before), len(after)):
        return None
    last = len(found) - 1
    return [(tag, text if tag else shortened(text, n == 0, n == last)) for n, (tag, text) in enumerate(found)]


def changed_words(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Return the words of two texts that stay, go and come."""
    found: list[tuple[str, str]] = []
    hurried = len(old) * len(new) > 100_000  # then words that are very common are not compared
    for how, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=hurried).get_opcodes():
        if how == "equal":
            found.append(("", "".join(old[a:b])))
        else:
            found += [("del", "".join(old[a:b])), ("ins", "".join(new[c:d]))]
    return found


def shortened(text: str, first: bool, last: bool) -> str:
    """Return a stretch that stays the same without its middle; of the first its end, of the last its beginning."""
    if len(text) <= QUIET_STRETCH:
        return text
    part = QUIET_STRETCH // 2 - 10
    return ("" if first else text[:part]) + " … " + ("" if last else text[-part:])


class HistoryQuery:
    """Which lines of the history an address asks for."""

    def __init__(self, teller: Teller, place: KeptAt | None = None) -> None:
        self.teller = teller
        self.given = place
        self.problems: list[str] = []
        args = request.args
        self.person = args.get("person", "").strip()[:200]
        self.place = place or self._place(args.get("table", ""))
        self.kind = args.get("kind", "") if args.get("kind") in LINE_KINDS else ""
        self.days = [self._day(args.get(name, "")) for name in ("from", "until")]
        before = args.get("before", "")
        self.before = int(before) if re.fullmatch(r"\d{1,15}", before) else None

    def _place(self, text: str) -> KeptAt | None:
        parts = text.split("/")
        if not text:
            return None
        if len(parts) != 3 or self.teller.table(KeptAt(*parts)).hidden:
            self.problems.append("There is no such table here, so all are shown.")
            return None
        return KeptAt(*parts)

    def _day(self, text: str) -> date | None:
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.problems.append(f"{text[:40]} is no day: write it as 2026-11-23.")
            return None

    @property
    def filter(self) -> LineFilter:
        """The lines that are wanted."""
        since, until = self.days
        with suppress(OverflowError):
            until = until + timedelta(days=1) if until else None
        first, end = self._midnight(since), self._midnight(until)
        kinds = LINE_KINDS[self.kind][1] if self.kind else ()
        return self.teller.within(LineFilter(self.person, self.place, kinds, first, end, self.before))

    def _midnight(self, day: date | None) -> datetime | None:
        """Return when a day begins where the viewer is; at the edges of the calendar, in UTC."""
        if day is None:
            return None
        edge = day.year < 2 or day.year > 9998
        return datetime(day.year, day.month, day.day, tzinfo=UTC if edge else self.teller.zone)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address that choose lines; not where the page begins."""
        days = [day.isoformat() if day else "" for day in self.days]
        table = "/".join(self.place) if self.place and not self.given else ""
        every = (("person", self.person), ("table", table), ("kind", self.kind), ("from", days[0]), ("until", days[1]))
        return [(name, value) for name, value in every if value]


class HistoryPage:
    """The history of the site or of one table: the newest lines first, as the address asks for them."""

    def __init__(self, site: Any, place: KeptAt | None = None) -> None:
        self.site = site
        self.teller = Teller(site)
        self.table = self.teller.table(place) if place else None
        if self.table and self.table.hidden:
            raise NotFound(f"There is no table {self.table.name.name}.")
        self.query = HistoryQuery(self.teller, place)

    def render(self) -> Any:
        """Return the page."""
        lines = self.teller.history.lines(self.query.filter, LINES_A_PAGE + 1)
        shown, pairs, here = lines[:LINES_A_PAGE], self.query.pairs, self._address()
        label = self.table.label if self.table else ""
        trail = self._trail(self.table) if self.table else []
        given = self.query
        return self.site.page(
            "history.html", f"History · {label}" if label else "History", trail, label=label,
            lines=self.teller.lines(shown), action=here, problems=given.problems, empty=self._empty(bool(pairs)),
            older_url=with_query(here, [*pairs, ("before", str(shown[-1].number))]) if lines[LINES_A_PAGE:] else None,
            newest_url=with_query(here, pairs) if given.before is not None else None, person=given.person,
            table="/".join(given.place) if given.place else "", tables=None if self.table else self._tables(),
            kind=given.kind, kinds=[(name, words) for name, (words, _) in LINE_KINDS.items()],
            days=[day.isoformat() if day else "" for day in given.days], keeps=self.teller.history.keeps,
            people=sorted({line.person for line in shown if line.person}), filtered=bool(pairs),
            exports=[(form, with_query(f"{self.site.base}history/export.{form}", self._exported(form)))
                     for form in ("csv", "jsonl")],
        )  # fmt: skip

    def _address(self) -> str:
        return self.table.url(action="history") if self.table else f"{self.site.base}history"

    def _exported(self, form: str) -> list[tuple[str, str]]:
        own = [("table", "/".join(self.table.place))] if self.table else []
        return [*own, *self.query.pairs, *([("for", "excel")] if form == "csv" else [])]

    @staticmethod
    def _trail(table: ToldTable) -> list[tuple[str, str]]:
        return [*(table.view.trail if table.view else []), (table.label, table.url())]

    def _tables(self) -> list[tuple[str, str]]:
        """Return the tables that one can choose."""
        places = [at for at in self.teller.chronicle.places() if not self.teller.table(at).hidden]
        several = len(self.site.sections) > 1
        named = [("/".join(at), (f"{unescape(at.database)} · " if several else "") + self.teller.table(at).label)
                 for at in places]  # fmt: skip
        return sorted(named, key=lambda pair: pair[1].lower())

    def _empty(self, filtered: bool) -> str:
        if not self.teller.history.keeps:
            return NO_HISTORY
        return "Nothing in the history is like this." if filtered else "Nothing has been changed through this site yet."


NO_HISTORY = (
    "This site keeps no history: it was started with --state none, or it shows a database in memory. "
    "Whoever runs it can give it a place by --state FILE; from then on every change is written down, and can be undone."
)


class RecordHistoryPage:
    """What happened to one record, the newest first; it is there when the record is gone."""

    def __init__(self, site: Any, place: KeptAt, token: str) -> None:
        self.site = site
        self.teller = Teller(site)
        self.table = self.teller.table(place)
        if self.table.hidden:
            raise NotFound(f"There is no table {self.table.name.name}.")
        self.token = token
        most = request.args.get("most", "")
        self.most = min(2_000, max(LATELY, int(most))) if re.fullmatch(r"\d{1,5}", most) else LATELY

    def render(self) -> Any:
        """Return the page."""
        table, teller = self.table, self.teller
        found = teller.history.of_row(table.place, self.token, self.most + 1)
        name = table.row_label(found[0][1]) if found else self.token
        sets = [(teller.told(line, entry), teller.entry(line, entry, 4_000)) for line, entry in found[: self.most]]
        gone = bool(found) and found[0][1].verb == "delete" and found[0][0].outcome == "done"
        here, more = table.url(self.token, "history"), len(found) > self.most and self.most < 2_000
        return self.site.page(
            "record_history.html", f"History · {name}",
            [*HistoryPage._trail(table), *([] if gone or not table.view else [(name, table.url(self.token))])],
            name=name, label=table.label, sets=sets, gone=gone,
            record_url=None if gone or not table.view else table.url(self.token),
            more_url=f"{here}?most={self.most * 4}" if more else None,
            empty="Nothing was written down of this record: it wasn’t changed through this site since a history is "
            "kept." if teller.history.keeps else NO_HISTORY,
        )  # fmt: skip


class SetPage:
    """One line of the history: who, when, why, from where; of a change set, what it did to each row."""

    def __init__(self, site: Any, number: int) -> None:
        self.site = site
        self.teller = Teller(site)
        self.number = number

    def render(self) -> Any:
        """Return the page; of a line that only says how a change set ended, that one's."""
        teller = self.teller
        line = teller.line(self.number)
        if line.kind in ("done", "void") and line.refers is not None:
            return redirect(teller.url(line.refers))
        text = request.args.get("after", "")
        entries = self._entries(line, int(text) if re.fullmatch(r"\d{1,9}", text) else -1)
        shown = [entry for entry in entries[:SHOWN_ENTRIES] if not teller.table_of(line, entry).hidden]
        limit = 20_000 if len(entries) == 1 else 1_000
        last = entries[SHOWN_ENTRIES - 1].place if entries[SHOWN_ENTRIES:] else None
        more = None if last is None else f"{teller.url(line.number)}?after={last}"
        first = teller.chronicle.first_rows([line]).get(line.number)
        told = teller.told(line, first)
        return self.site.page(
            "change.html", f"{line.number} · History", [("History", f"{self.site.base}history")], line=told,
            title=told.what, entries=[teller.entry(line, entry, limit) for entry in shown], more_url=more,
            hidden=len(shown) < len(entries[:SHOWN_ENTRIES]), sums=self._sums(line), facts=self._facts(line),
        )  # fmt: skip

    def _entries(self, line: Line, after: int) -> list[Entry]:
        if line.kind != "change":
            return []
        return self.teller.history.entries(line, after, SHOWN_ENTRIES + 1)

    def _sums(self, line: Line) -> list[str]:
        """Say how many rows of which table it touched, where there are several."""
        if line.kind != "change" or line.rows < 2:
            return []
        return [
            f"{self.teller.table(t.place).label}: {t.rows:,} "
            + (ALONG_WORDS.get(t.along) or DONE_WORDS[t.verb].lower())
            for t in self.teller.chronicle.touched(line) if not self.teller.table(t.place).hidden
        ]  # fmt: skip

    @staticmethod
    def _facts(line: Line) -> list[tuple[str, str]]:
        """Return what else is known of a line that is no change."""
        return [] if line.kind == "change" else [(prettified(n).capitalize(), str(v)) for n, v in line.detail.items()]


class UndoPage:
    """The question before a change set is taken back, with what would happen: it was tried, and rolled back."""

    def __init__(self, site: Any, number: int) -> None:
        self.site = site
        self.teller = Teller(site)
        self.number = number
        self.user: str = site.user or ""
        self.problem = ""

    def respond(self) -> Any:
        """Answer GET with the question, POST by undoing."""
        self.line = self.teller.line(self.number)
        if self.line.kind != "change":
            raise NotFound("There is no such change in the history.")
        self.writer: Writer = self.teller.sections[self.line.place.database].writer
        try:
            self.teller.check_undo(self.line)
            return self._page(200) if request.method == "GET" else self._undo()
        except (Refused, Conflict) as error:
            self.problem = str(error)
            return self._page(error.status, possible=False)

    @property
    def _next(self) -> str:
        return safe_next(request.form.get("_next")) or ""

    def _undo(self) -> Any:
        """Take it back: all of it or, if the person chose so, what can be."""
        reason = request.form.get("reason", "").strip()[:1000]
        run = partial(self._run, reason, request.form.get("do") == "others")
        if self.line.rows > LONG_UNDO:
            back = self.teller.url(self.number)
            return start_job(self.site, f"Undo of {self.number}", back, self.line.rows, partial(self._in_job, run))
        try:
            result = run(None)
        except (Conflict, Refused, NotFound) as error:
            self.problem = f"Nothing was undone. {error.message}"
            return self._page(409)
        if result.number is None:
            self.problem = "Nothing was undone: no row is as this change left it."
            return self._page(409)
        url = self.teller.url(result.number)
        self.site.tell("good", self._words(result), url, "What it did", undo=(result.number, "Undo this undo"))
        return redirect(self._next or url, 303)

    def _run(self, reason: str, skip: bool, progress: Callable[[int], None] | None) -> Result:
        # Hooks such as before_save aren't run: they saw these values when they were written for the first time.
        return self.writer.undo(self.number, self.user, skip=skip, reason=reason, progress=progress)

    def _in_job(self, run: Callable[[Any], Result], progress: Callable[[int], None]) -> JobEnd:
        result = run(progress)
        return JobEnd(self._words(result), result.number)

    def _words(self, result: Result) -> str:
        """Say what was put back."""
        rows = sum(result.counts[verb] for verb in ALL_WRITES)
        left = f" {result.rejected_count:,} could not be." if result.rejected_count else ""
        return f"Undid {self.number}: {rows:,} row{'s were' if rows != 1 else ' was'} put back.{left}"

    def _page(self, status: int, possible: bool = True) -> Any:
        teller, line = self.teller, self.line
        untried = line.rows > LONGEST_TRIAL
        result = self._tried() if possible and not untried else None
        entries = result.entries if result else ()
        undone = line.undone_by if line.undone_by and not teller._stands(line) else None
        body = self.site.page(
            "undo.html", f"Undo {line.number} · History",
            [("History", f"{self.site.base}history"), (str(line.number), teller.url(line.number))],
            line=teller.told(line, teller.chronicle.first_rows([line]).get(line.number)), problem=self.problem or None,
            entries=[teller.entry(line, entry, 300) for entry in entries], more=self._more(result, entries),
            rejected=[self._rejected(one) for one in result.rejected[:SHOWN_ENTRIES]] if result else [],
            rejected_count=result.rejected_count if result else 0, undone_by=undone,
            rows=sum(result.counts[verb] for verb in ALL_WRITES) if result else line.rows if untried else 0,
            untried=untried, reason=request.form.get("reason", ""), next=self._next or request.args.get("next", ""),
        )  # fmt: skip
        return Response(body, status)

    def _tried(self) -> Result | None:
        try:
            return self.writer.undo(self.number, self.user, preview=True, skip=True)
        except (Conflict, Refused, NotFound) as error:
            self.problem = self.problem or str(error)
            return None

    @staticmethod
    def _more(result: Result | None, entries: Sequence[Entry]) -> int:
        every = sum(result.counts[verb] for verb in ALL_WRITES) + sum(result.along.values()) if result else 0
        return max(0, every - len(entries))

    def _rejected(self, one: Rejected) -> SimpleNamespace:
        """Return a row that can't be put back, and why: who changed it later, and in what."""
        change = one.change
        place = KeptAt.of(self.writer.database, change.table.name)
        found = self.teller.history.of_row(place, change.token)
        later = next((line for line, _ in found if line.number > self.number and line.outcome != "void"), None)
        table = self.teller.table(place)
        words = one.error.message
        if isinstance(one.error, Conflict | NotFound):
            words = "It was changed or deleted since, not through this site."
            words = f"It was changed later by {later.person or 'someone'}:" if later else words
        return SimpleNamespace(
            label=table.row_label(found[0][1]) if found else change.token, table=table.label, words=words,
            history_url=table.url(change.token, "history") if change.token else None,
            later=later.number if later else None, later_url=self.teller.url(later.number) if later else None,
        )  # fmt: skip


LONG_UNDO = 2_000  # rows; more are undone in the background
LONGEST_TRIAL = 20_000  # rows; an undo of more isn't tried before one asks for it: it is all or nothing


def send_kept(site: Any, digest: str) -> Response:
    """Return a file that the history keeps; the address names the line and the row that it stands in."""
    teller = Teller(site)
    number, row = (request.args.get(name, "") for name in ("in", "row"))
    if not (re.fullmatch(r"\d{1,15}", number) and re.fullmatch(r"\d{1,9}", row)):
        raise NotFound("There is no such file in the history.")
    line = teller.line(int(number))
    entries = teller.history.entries(line, int(row) - 1, 1) if line.unit is not None else []
    shown = [value for entry in entries if not (table := teller.table_of(line, entry)).hidden
             for name, value in (*entry.before.items(), *entry.after.items()) if table.column(name)]  # fmt: skip
    found = next((value for value in shown if isinstance(value, Blob) and value.digest == digest), None)
    body = teller.history.content(digest) if found else None
    if found is None or body is None:
        raise NotFound("There is no such file in the history.", "Its content may not have been kept.")
    response = Response(body, mimetype="application/octet-stream")
    extension = found.type.rpartition("/")[2].replace("octet-stream", "bin")
    response.headers["Content-Disposition"] = f"attachment; filename=history-{line.number}-{digest[:8]}.{extension}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def changed_today(site: Any) -> list[SimpleNamespace]:
    """Return what was changed today and by whom, a line a person and table; read in one query, held while it holds."""
    if not site.state.exists:
        return []
    teller = Teller(site)
    today = datetime.now(teller.zone).date()
    begun = datetime(today.year, today.month, today.day, tzinfo=teller.zone)
    days = teller.chronicle.since(begun, list(teller.sections), fresh=just_told(site))
    shown = [(day, table) for day in days if not (table := teller.table(day.place)).hidden][:LATEST_TODAY]
    return [
        SimpleNamespace(
            label=f"{day.person or 'Someone'}: {day.rows:,} row{'s' * (day.rows != 1)}", note=table.label,
            url=teller.url(day.number) if day.sets == 1 else with_query(
                table.url(action="history"), [("person", day.person), ("from", today.isoformat())]),
        )
        for day, table in shown
    ]  # fmt: skip


LATEST_TODAY = 6


# == 9. Transfers =============================================================

CELL_CHARACTERS = 32_767  # that a cell of a spreadsheet holds
SHEET_ROWS = 1_048_576
SHEET_BYTES = 1_500_000_000  # a larger part would need ZIP64, which not every spreadsheet program reads in a stream
CUT = "… (cut here: a cell holds no more)"


class Format(NamedTuple):
    """A kind of file: its media type, and the function that makes its content of rows, safe from formulas or not."""

    media: str
    content: Callable[[AllRows, bool], Iterator[bytes]]


class Export:
    r"""All rows of a list as a file: its query stands in the address, as the list's does, the format behind the dot.

    Every format but XLSX is exact: an importer can build the same table from it. Bytes are hexadecimal digits.

    - ``csv`` as PostgreSQL writes it: NULL is nothing, the empty text is ``""``, the bytes between the quotes are the
      value's own. On PostgreSQL each value is its type's text; bytes are ``\x00ff``. On SQLite texts always have
      quotes and others never have, so that classes survive: ``1``, ``1.0``, ``"1"``, ``x'31'``, ``9e999`` (infinity).
    - ``json`` and ``jsonl``: an object a row. Numbers have all their digits, true and false are PostgreSQL's. NaN,
      infinities and values of all other types are texts; those of ``json`` and ``jsonb`` stand as they are, except
      where that would be ambiguous: ``{"$json": "null"}``. On SQLite infinity is ``9e999``, bytes are
      ``{"$bytes": "00ff"}``, bytes that aren't UTF-8 in a text are lone surrogates (``\udcff``), and a text of a JSON
      column stands as it is if it is an object or an array.
    - ``sql``: INSERT statements for the same engine, without generated columns.
    - ``xlsx`` is for people: a text is cut at 32,767 characters, and a moment with a time zone is a text.

    With ``for=excel`` in the address, no text of ``csv`` or ``xlsx`` is taken for a formula: it gets an apostrophe.
    ``key=…``, once or more often, chooses single rows. All is of one moment; what breaks off is never complete.
    """

    def __init__(self, view: TableView, form: str) -> None:
        self.view = view
        if form not in FORMATS:
            raise NotFound("There is no such format.", f"There are {', '.join(FORMATS)}.")
        if not view.can_export:
            raise Forbidden("This site doesn't export this table.")
        self.form = form
        self.safe = request.args.get("for") == "excel" and form in ("csv", "xlsx")
        self.list = asked_list(view)
        self.query = self.list.query
        self.columns = self._columns()

    def _columns(self) -> list[Column]:
        """Return the columns of the list where its address chooses them, else all that may be exported."""
        allowed = self.view._columns(self.view.column_export_list, self.view.column_export_exclude_list)
        if "columns" in request.args:
            allowed = [column for column in self.list.shape.columns if column in allowed]
        found = [c for c in allowed if self.form != "sql" or c.automatic != "generated"]
        if not found:
            raise Forbidden("None of these columns can be exported.")
        return found

    def respond(self) -> Response:
        """Return the answer; whatever fails before the first row is there gets a page, as ever."""
        note_export(self.view.section.site, self.view.name, self.form, self.view.kept_at)
        blocks = self._blocks()
        first = next(blocks, b"")
        response = Response(chain((first,), blocks), mimetype=FORMATS[self.form].media)
        response.call_on_close(blocks.close)  # the transaction ends when the client goes
        response.headers["Content-Disposition"] = attachment(f"{self.view.table.name.name}-{self._today()}.{self.form}")
        return response

    def _today(self) -> str:
        return datetime.now(self.view.zone).date().isoformat()

    def _blocks(self) -> Generator[bytes, None, None]:
        places = self.view.section.exports
        if not places.acquire(blocking=False):
            raise Unavailable("Others are exporting at the moment, as many as can at once.", "Try again in a minute.")
        try:
            with self.view.section.database.reading() as connection:
                rows = AllRows(
                    self.view.section.database, connection, self.query, self.columns, request.args.getlist("key")
                )
                yield from FORMATS[self.form].content(rows, self.safe)
        except Invalid as error:
            raise BadValue(str(error), "Change the filter of the list.") from None
        finally:
            places.release()


def asked_list(view: TableView) -> ExportedList:
    """Return the list that this request's address names. Raises BadValue rather than export what wasn't asked for."""
    page = ExportedList(view)
    if page.notices:
        raise BadValue(page.notices[0], "Open the list again, and export from there.")
    return page


class ExportedList(ListPage):
    """The list that an export's address names: it has no pages."""

    PARAMETERS = ListPage.PARAMETERS | {"for", "key", "columns"}

    def _size(self) -> int:
        return 1


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download (RFC 6266); nothing in ``name`` can lead out of its folder."""
    safe = re.sub(r"[^\w.-]+", "_", name.encode("utf-8", "ignore").decode()).lstrip(".")[-120:]
    plain = re.sub(r"[^\w.-]", "_", safe, flags=re.A)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe)}"


class HistoryExport:
    """The history as a file: a line a changed field; what is no change has a line of its own, without a field.

    Lines are those that the history's page shows for this address, the newest first; times are in UTC. Of a file,
    there is its SHA-256 and its size. With ``for=excel`` no text of the CSV file is taken for a formula.
    """

    COLUMNS = (
        "number", "time", "person", "kind", "outcome", "origin", "reason", "summary", "table", "verb", "key", "field",
        "before", "after",
    )  # fmt: skip

    def __init__(self, site: Any, form: str) -> None:
        if form not in ("csv", "jsonl"):
            raise NotFound("There is no such format.", "There are csv and jsonl.")
        self.site = site
        self.form = form
        self.safe = request.args.get("for") == "excel"
        self.teller = Teller(site)
        self.query = HistoryQuery(self.teller)
        if self.query.problems:
            raise BadValue(self.query.problems[0], "Open the history again, and export from there.")

    def respond(self) -> Response:
        """Return the answer; whatever fails before the first line is there gets a page, as ever."""
        note_export(self.site, "the history", self.form, self.query.place)
        blocks = in_blocks(self._lines())
        first = next(blocks, b"")
        response = Response(stream_with_context(chain((first,), blocks)), mimetype=FORMATS[self.form].media)
        response.headers["Content-Disposition"] = attachment(f"history-{datetime.now(UTC):%Y-%m-%d}.{self.form}")
        return response

    def _lines(self) -> Iterator[bytes]:
        make = self._csv_line if self.form == "csv" else self._json_line
        if self.form == "csv":
            yield (("\ufeff" if self.safe else "") + ",".join(self.COLUMNS) + "\n").encode()
        for record in self._records():
            yield make(record).encode("utf-8", "surrogateescape")

    def _records(self) -> Iterator[tuple[Any, ...]]:
        """Yield the values of COLUMNS, some hundred lines of the history at a time."""
        wanted = self.query.filter
        while lines := self.teller.history.lines(wanted, ROWS_AT_ONCE):
            small = self.teller.chronicle.small_sets(lines)
            for line in lines:
                at, place = line.at.astimezone(UTC).isoformat(" ", "milliseconds")[:23], self._name(line.place.name)
                head = (line.number, at, line.person, line.kind, line.outcome, line.origin, line.reason, line.summary)
                if line.kind != "change":
                    yield (*head, place, None, None, None, None, None)
                else:
                    yield from ((*head, *field) for field in self._fields(line, small.get(line.number)))
            wanted = wanted._replace(before=lines[-1].number)

    @staticmethod
    def _name(name: TableName) -> str:
        return f"{name.schema}.{name.name}" if name.schema else name.name

    def _fields(self, line: Line, known: Sequence[Entry] | None) -> Iterator[tuple[Any, ...]]:
        """Yield table, verb, key, field, before and after of each field that a change set changed."""
        for entry in self._entries(line) if known is None else known:
            table = self.teller.table_of(line, entry)
            names = [] if table.hidden else [n for n in {**entry.before, **entry.after} if table.column(n)]
            verb = f"{entry.verb} ({entry.along})" if entry.along else entry.verb
            for name in names:
                row = (self._name(entry.table), verb, entry.token or entry.token_before, name)
                yield (*row, entry.before.get(name), entry.after.get(name))

    def _entries(self, line: Line) -> Iterator[Entry]:
        after = -1
        while entries := self.teller.history.entries(line, after):
            yield from entries
            after = int(entries[-1].place)

    def _csv_line(self, record: tuple[Any, ...]) -> str:
        return ",".join(map(self._csv_value, record)) + "\n"

    def _csv_value(self, value: Any) -> str:
        if isinstance(value, Blob):
            value = f"SHA-256 {value.digest}, {value.size} bytes"
        if not isinstance(value, str):
            return "" if value is None else str(value)
        return quoted("'" + value if self.safe and value.startswith(tuple(FORMULA)) else value)

    def _json_line(self, record: tuple[Any, ...]) -> str:
        values = zip(self.COLUMNS, record, strict=True)
        return json.dumps({name: self._json_value(value) for name, value in values}) + "\n"

    @staticmethod
    def _json_value(value: Any) -> Any:
        if isinstance(value, Blob):
            return {"$sha256": value.digest, "size": value.size}
        return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def note_export(site: Any, what: str, form: str, place: KeptAt | None) -> None:
    """Write down in the history that someone takes rows away in a file."""
    query = request.query_string.decode("ascii", "replace")[:1000]
    site.history.note(
        "export", site.user or "", f"Export of {what} as {form.upper()}", place, format=form, filter=query
    )


# -- Text ---------------------------------------------------------------------


def csv_file(rows: AllRows, safe: bool) -> Iterator[bytes]:
    """Yield a CSV file; the safe one is marked as UTF-8, which Excel wants to be told."""
    head = ",".join(_csv_name(column.name, safe) for column in rows.columns) + "\n"
    start = ("\ufeff" if safe else "").encode() + head.encode("utf-8", "surrogateescape")
    for block in rows.csv(safe=safe):
        yield start + block
        start = b""
    if start:
        yield start


def _csv_name(name: str, safe: bool) -> str:
    name = "'" + name if safe and name.startswith(tuple(FORMULA)) else name
    return name if re.fullmatch(r"\w+", name) else quoted(name)


def json_file(rows: AllRows, safe: bool) -> Iterator[bytes]:
    """Yield a JSON array of an object a row."""
    return in_blocks(chain(_separated(json_objects(rows)), (b"\n]\n",)))


def _separated(objects: Iterable[bytes]) -> Iterator[bytes]:
    between = b"[\n"
    for row in objects:
        yield between + row
        between = b",\n"
    if between == b"[\n":
        yield b"["


def json_lines_file(rows: AllRows, safe: bool) -> Iterator[bytes]:
    """Yield a line with an object a row."""
    return in_blocks(row + b"\n" for row in json_objects(rows))


def json_objects(rows: AllRows) -> Iterator[bytes]:
    """Yield the rows as JSON objects, each on one line."""
    names = [encode_basestring(column.name) + ":" for column in rows.columns]
    makers = [json_maker(column) for column in rows.columns]
    for row in rows.rows():
        cells = [name + make(value) for name, make, value in zip(names, makers, row, strict=True)]
        yield ("{" + ",".join(cells) + "}").encode("utf-8", "backslashreplace")  # what JSON means by \udcff too


def json_maker(column: Column) -> Callable[[Any], str]:
    """Return the function that writes a column's values as JSON."""
    if not column.cast:
        return _sqlite_document if column.family in ("json", "jsonb") else _sqlite_as_json
    if column.family in NUMBERS:
        return _number_as_json
    return {"boolean": _truth_as_json, "json": _document_as_json, "jsonb": _document_as_json}.get(
        column.family, _text_as_json
    )


def _text_as_json(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _number_as_json(value: str | None) -> str:
    return value if value and JSON_NUMBER.fullmatch(value) else _text_as_json(value)


def _truth_as_json(value: str | None) -> str:
    return {"t": "true", "f": "false", None: "null"}[value]


def _document_as_json(value: str | None) -> str:
    """Embed a document of PostgreSQL, unless it is null, has line breaks or blanks around it, or looks like this."""
    if value is None or (value == value.strip() != "null" and "\n" not in value + "\r" and value[:3] != '{"$'):
        return value or "null"
    return f'{{"$json":{encode_basestring(value)}}}'


def _sqlite_as_json(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bytes):
        return f'{{"$bytes":"{value.hex()}"}}'
    return "null" if value is None else real_text(value) if isinstance(value, float) else str(value)


def _sqlite_document(value: Any) -> str:
    """Embed a text that is an object or an array: only then it can't be taken for another value."""
    if isinstance(value, str) and value[:1] in ("{", "[") and value[-1] in "}]" and value[:3] != '{"$':
        with suppress(ValueError, RecursionError):
            json.loads(value, parse_constant=_no_constant)
            value.encode()
            if "\n" not in value and "\r" not in value:
                return value
    return _sqlite_as_json(value)


def sql_file(rows: AllRows, safe: bool) -> Iterator[bytes]:
    """Yield a script of SQL."""
    return in_blocks(part.encode("utf-8", "surrogateescape") for part in Script(rows).text())


# -- Spreadsheets -------------------------------------------------------------


def xlsx_file(rows: AllRows, safe: bool) -> Iterator[bytes]:
    """Yield an XLSX file."""
    return Workbook(rows, safe).blocks()


class Outlet:
    """What a ZIP file is written to: it can only be written, and what was is taken from it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Keep a part until it is taken."""
        self.parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self.parts)
        self.parts.clear()
        return taken


class Workbook:
    """An XLSX file, from front to back: sheets of texts, numbers, truth values and dates, never a formula."""

    def __init__(self, rows: AllRows, safe: bool) -> None:
        self.rows = rows
        self.outlet = Outlet()
        self.zip = zipfile.ZipFile(cast(Any, self.outlet), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.makers = [sheet_maker(column, safe) for column in rows.columns]
        text = TextCell(safe)
        self.head = "<row>{}</row>".format("".join(text(c.name, ' s="1"') for c in rows.columns))
        name = re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", printable(rows.table.name.name)).strip(" '")
        self.title = name[:24] if name and name.lower() != "history" else "Rows"

    def blocks(self) -> Iterator[bytes]:
        """Yield the file; what names the parts comes behind them, since only then they are known."""
        lines = self._lines()
        first = next(lines, None)
        sheets = 0
        while first is not None or not sheets:
            sheets += 1
            rest = chain((first,), lines) if first is not None else iter(())
            with self.zip.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                part.write(f"{SHEET}{self.head}".encode())
                for block in in_blocks(self._sheet(rest)):
                    part.write(block)
                    if taken := self.outlet.take():
                        yield taken
                part.write(b"</sheetData></worksheet>")
            first = next(lines, None)
        for name, text in self._frame(sheets):
            self.zip.writestr(name, XML + text)
        self.zip.close()
        yield self.outlet.take()

    @staticmethod
    def _sheet(lines: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the rows that one sheet takes."""
        size = 0
        for number, line in enumerate(lines, 2):  # the first row is the heading
            size += len(line)
            yield line
            if number == SHEET_ROWS or size > SHEET_BYTES:
                return

    def _lines(self) -> Iterator[bytes]:
        makers = self.makers
        for row in self.rows.rows():
            cells = [make(value) for make, value in zip(makers, row, strict=True)]
            yield f"<row>{''.join(cells)}</row>".encode()

    def _frame(self, sheets: int) -> Iterator[tuple[str, str]]:
        """Yield the parts that hold the sheets together."""
        names = [f"{self.title} {n}" if n > 1 else self.title for n in range(1, sheets + 1)]
        listed = "".join(
            f'<sheet name="{escape_xml(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1)
        )
        related = "".join(
            f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, sheets + 1)
        )
        typed = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>'
            for n in range(1, sheets + 1)
        )
        yield "xl/styles.xml", STYLES
        yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        yield (
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}">{related}'
            f'<Relationship Id="rId0" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        yield "_rels/.rels", PACKAGE
        yield "[Content_Types].xml", TYPES.format(typed)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = (
    f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
STYLES = (  # plain, heading, date, moment
    f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
PACKAGE = (
    f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>{{}}</Types>'
)
NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


ODD_IN_XML = re.compile('[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff&<>"]|_x')


def escape_xml(text: str) -> str:
    """Return a text as a spreadsheet's XML holds any: what XML can't is ``_xHHHH_``."""
    if not ODD_IN_XML.search(text):
        return text
    text = NOT_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class TextCell:
    """Writes texts as cells, inline, so that none is a formula; when ``safe``, not even one that is saved as CSV."""

    def __init__(self, safe: bool) -> None:
        self.formula = tuple(FORMULA) if safe else ("\0",)

    def __call__(self, text: str, style: str = "") -> str:
        """Return the cell."""
        if text.startswith(self.formula) and self.formula != ("\0",):
            text = "'" + text
        if len(text) > CELL_CHARACTERS // 2:
            text = cut(text)
        return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{escape_xml(text)}</t></is></c>'


def cut(text: str) -> str:
    """Return a text cut to what a cell holds, which counts in UTF-16, with a mark at its end."""
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) <= 2 * CELL_CHARACTERS:
        return text
    return raw[: 2 * (CELL_CHARACTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT


def sheet_maker(column: Column, safe: bool) -> Callable[[Any], str]:
    """Return the function that writes a column's values as cells."""
    text = TextCell(safe)
    makers = {"boolean": _truth_cell, "date": _date_cell, "timestamp": _moment_cell, "float": _float_cell}
    special = makers.get(column.family, _number_cell if column.family in NUMBERS else _no_cell)

    def make(value: Any) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, str):
            return special(value) or text(value)
        if isinstance(value, bytes):
            return text(f"x'{value[:CELL_CHARACTERS].hex()}'")
        written = real_text(value)
        number = _float_cell(written) if isinstance(value, float) else _number_cell(written)
        return (special(written) if column.family == "boolean" else number) or number or text(written)

    return make


def _no_cell(text: str) -> str:
    return ""


def _number_cell(text: str) -> str:
    """Return a number as one, if a spreadsheet keeps its digits: 15."""
    found = JSON_NUMBER.fullmatch(text)
    return _float_cell(text) if found and len(re.sub(r"^-?[0.]*|\.|[eE].*", "", text)) <= 15 else ""


def _float_cell(text: str) -> str:
    return f"<c><v>{text}</v></c>" if JSON_NUMBER.fullmatch(text) and abs(float(text)) < 1e300 else ""


def _truth_cell(text: str) -> str:
    found = {"t": 1, "f": 0, "1": 1, "0": 0}.get(text)
    return "" if found is None else f'<c t="b"><v>{found}</v></c>'


def _date_cell(text: str) -> str:
    """Return a date as one; a spreadsheet's begin in 1900, and its February of that year has a day too many."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text) or text < "1900-03-01":
        return ""
    with suppress(ValueError):
        return f'<c s="2"><v>{date.fromisoformat(text).toordinal() - FIRST_DAY}</v></c>'
    return ""


def _moment_cell(text: str) -> str:
    """Return a date and time as one, if it has no smaller part than a second, which a spreadsheet would round."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", text) or text < "1900-03-01":
        return ""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        return f'<c s="3"><v>{moment.toordinal() - FIRST_DAY + seconds / 86_400!r}</v></c>'
    return ""


FIRST_DAY = date(1899, 12, 30).toordinal()
FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv", csv_file),
    "json": Format("application/json", json_file),
    "jsonl": Format("application/jsonl", json_lines_file),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_file),
    "sql": Format("application/sql", sql_file),
}


# -- Import -------------------------------------------------------------------
# A file, or pasted cells, becomes changes: each line a row to insert, or to update where one has its key. The file
# stays in the state between the pages; the preview is the run, rolled back.

SAMPLE_BYTES = 200_000
SAMPLE_LINES = 200
LONGEST_CELL = 20_000_000
MOST_IMPORT_COLUMNS = 2000
MOST_SHEET = 1_000_000_000  # bytes that an XLSX file may unpack to
MOST_SHEET_LINES = 1_048_576  # Excel's own bound
NULL_WORDS = frozenset({"NULL", "\\N"})
IMPORT_FORMATS: Mapping[str, str] = {
    "csv": "CSV", "exact": "CSV of this site, exact", "json": "JSON",
    "jsonl": "JSON Lines", "xlsx": "Excel (xlsx)",
}  # fmt: skip


class FileForm(NamedTuple):
    """How a file is to be read."""

    form: str = "csv"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header: bool = True
    decimal: str = "."
    dates: str = "iso"  # or "dmy", "mdy"
    empty: str = "null"  # what an empty cell means: "null", "text", "default"


ENCODINGS: Mapping[str, str] = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
DATE_ORDERS: Mapping[str, str] = {"iso": "2026-11-23", "dmy": "23.11.2026", "mdy": "11/23/2026"}
EMPTY_CELLS: Mapping[str, str] = {"null": "no value (NULL)", "text": "the empty text", "default": "the default"}
MODES: Mapping[str, str] = {
    "insert": "add all as new records", "upsert": "change those that are there, add the others",
    "update": "change those that are there, refuse the others", "skip": "add those that aren't there yet",
}  # fmt: skip


def found_form(head: bytes, name: str) -> FileForm:
    """Find out from its beginning how a file is to be read."""
    if head.startswith(b"PK\x03\x04"):
        return FileForm("xlsx")
    encoding = _encoding(head)
    text = head.decode(encoding, "replace")
    form = FileForm(_format(text, name), encoding, _delimiter(text))
    if form.form == "csv" and form.delimiter == "," and re.search(r'(?m)(^|,)(""|x\'[0-9a-f]*\')(,|\r?$)', text):
        form = form._replace(form="exact")
    cells = [cell for _line, row in _sampled(head, form) for cell in row if isinstance(cell, str)]
    return form._replace(decimal=_decimal(cells), dates=_date_order(cells))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[:-4].decode("utf-8") if len(head) >= SAMPLE_BYTES else head.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if error.reason == "unexpected end of data" else "cp1252"
    return "utf-8-sig"


def _format(text: str, name: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "[" and not name.lower().endswith((".csv", ".tsv", ".txt")):
        return "json"
    return "jsonl" if start == "{" else "csv"


def _delimiter(text: str) -> str:
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line][:20]
    counts = {mark: [line.count(mark) for line in lines] for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (min(counts[mark], default=0), sum(counts[mark])))


def _decimal(cells: Sequence[str]) -> str:
    commas = sum(bool(re.fullmatch(r"-?(\d+|\d{1,3}(\.\d{3})+),\d+", cell)) for cell in cells)
    return "," if commas > sum(bool(re.fullmatch(r"-?\d+\.\d+", cell)) for cell in cells) else "."


def _date_order(cells: Sequence[str]) -> str:
    found = [re.match(r"(\d{1,2})([./-])(\d{1,2})\2\d{4}\b", cell) for cell in cells]
    parts = [(int(m[1]), int(m[3]), m[2]) for m in found if m]
    if not parts:
        return "iso"
    if any(first > 12 for first, _second, _mark in parts):
        return "dmy"
    return "mdy" if any(second > 12 for _f, second, _m in parts) or parts[0][2] == "/" else "dmy"


def _sampled(head: bytes, form: FileForm) -> list[tuple[int, list[Any]]]:
    with suppress(Invalid):
        rows = []
        with suppress(Invalid):
            for row in read_lines(io.BytesIO(head), form):
                rows.append(row)
                if len(rows) >= SAMPLE_LINES:
                    break
        return rows
    return []


def read_lines(file: Any, form: FileForm) -> Iterator[tuple[int, list[Any]]]:
    """Yield the lines of a file, each with its number: its cells as texts, None where there is nothing. Raises Invalid.

    The first line of JSON is one of names. What a JSON record doesn't have is DEFAULT: it is left alone.
    """
    read = {"csv": _csv_lines, "exact": _exact_lines, "json": _json_lines, "jsonl": _json_lines, "xlsx": _sheet_lines}
    lines = read[form.form](file, form)
    try:
        for number, cells in lines:
            if len(cells) > MOST_IMPORT_COLUMNS:
                raise Invalid(f"Line {number} has {len(cells):,} columns: is the delimiter right?")
            yield number, cells
    except (csv.Error, ValueError, RecursionError, zipfile.BadZipFile, KeyError, EOFError) as error:
        if isinstance(error, Invalid):
            raise
        words = "the encoding isn't right" if isinstance(error, UnicodeError) else "it isn't of this format"
        raise Invalid(f"The file can't be read to its end: {words}.") from None


def _texts(file: Any, form: FileForm) -> Any:
    return io.TextIOWrapper(file, encoding=form.encoding, newline="")


def _csv_lines(file: Any, form: FileForm) -> Iterator[tuple[int, list[Any]]]:
    csv.field_size_limit(LONGEST_CELL)
    # strict: else a quotation mark that isn't closed takes all later lines into its cell
    reader = csv.reader(_texts(file, form), delimiter=form.delimiter, strict=True)
    for cells in reader:
        if cells:
            yield reader.line_num, cast(list[Any], cells)


EXACT_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n|\n|\r|\Z)')


def _exact_lines(file: Any, form: FileForm) -> Iterator[tuple[int, list[Any]]]:
    """Read what Export writes: nothing is NULL, quotes make a text, bytes are x'00ff'."""
    held: list[str] = []
    size, is_open = 0, False  # counted line by line: a cell of many lines isn't read again with each of them
    for number, line in enumerate(_texts(file, form), 1):
        held.append(line)
        size += len(line)
        is_open ^= line.count('"') % 2 == 1
        if not is_open:
            yield number, [_exact_cell(m) for m in _exact_matches("".join(held))]
            held, size = [], 0
        elif size > LONGEST_CELL:
            break
    if held:
        raise Invalid("A quotation mark isn't closed.")


def _exact_matches(line: str) -> Iterator[re.Match[str]]:
    place = 0
    while match := EXACT_CELL.match(line, place):
        yield match
        place = match.end()
        if match[3] != ",":
            return
    raise Invalid("It isn't CSV as this site exports it.")


def _exact_cell(match: re.Match[str]) -> Any:
    if match[1] is not None:
        return match[1].replace('""', '"')
    bare = match[2]
    return Bare(bare) if bare else None


class Bare(str):
    """A cell without quotation marks where texts have them: a number, or bytes."""

    __slots__ = ()


def _json_lines(file: Any, form: FileForm) -> Iterator[tuple[int, list[Any]]]:
    """Read objects, a row each; the first one's names are the head."""
    names: list[str] = []
    for number, found in enumerate(_objects(_texts(file, form)), 1):
        if not isinstance(found, dict):
            raise Invalid(f'Record {number} isn\'t an object, like {{"name": "value"}}.')
        if not names:
            names = list(found)
            yield 0, list(names)
        if unknown := [name for name in found if name not in names]:
            raise Invalid(f"Record {number} has a name that the first hasn't: {unknown[0][:80]}.")
        yield number, [_json_cell(found[name]) if name in found else DEFAULT for name in names]


def _objects(text: Any) -> Iterator[Any]:
    """Yield the values of a JSON array, or of JSON Lines, as they come."""
    decoder = json.JSONDecoder(parse_float=Bare, parse_int=Bare)
    held, ended = "", False
    while True:
        held = held.lstrip(" \t\r\n,[]\ufeff")
        try:
            found, end = decoder.raw_decode(held)
            if not ended and end == len(held):
                raise ValueError
        except ValueError:
            more = text.read(BLOCK)
            if (not more and ended) or len(held) > LONGEST_CELL:
                if held.strip(" \t\r\n,[]"):
                    raise
                return
            held, ended = held + more, not more
            continue
        yield found
        held = held[end:]


def _json_cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return Bare("true" if value else "false")
    if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), str):
        if "$bytes" in value:
            return Bare(f"x'{value['$bytes']}'")
        if "$json" in value:
            return value["$json"]
    return _plain_json(value)


def _plain_json(value: Any) -> str:
    """Return a JSON document with its numbers as they were written."""
    if isinstance(value, Bare):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(n, ensure_ascii=False)}: {_plain_json(v)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _sheet_lines(file: Any, form: FileForm) -> Iterator[tuple[int, list[Any]]]:
    try:
        openpyxl = importlib.import_module("openpyxl")  # an extra
    except ImportError:
        raise Invalid(
            "Excel files need openpyxl: pip install 'flaskadmin-onefile[excel]'. Or save it as CSV."
        ) from None
    with tempfile.TemporaryFile() as whole:  # one goes to and fro in a ZIP file
        shutil.copyfileobj(file, whole, UPLOAD_PART)
        try:
            yield from _sheet_rows(openpyxl, whole)
        except Invalid:
            raise
        except Exception:  # openpyxl lets through whatever a wrong file makes its parts raise
            raise Invalid("The Excel file can't be read: it is damaged, protected, or of another format.") from None


def _sheet_rows(openpyxl: Any, whole: Any) -> Iterator[tuple[int, list[Any]]]:
    with zipfile.ZipFile(whole) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_SHEET:
            raise Invalid("The Excel file unpacks to more than 1 GB.")
    with closing(openpyxl.load_workbook(whole, read_only=True, data_only=True)) as book:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            if number > MOST_SHEET_LINES:  # a row may claim any number, and the gap before it is gone through
                raise Invalid("The Excel file claims more lines than a sheet can have.")
            width = max((place for place, cell in enumerate(cells, 1) if cell is not None), default=0)
            if width:
                yield number, [_sheet_cell(cell) for cell in cells[:width]]


def _sheet_cell(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool):
        return Bare(str(value).lower())
    if isinstance(value, datetime):
        whole = not (value.hour or value.minute or value.second or value.microsecond)
        return Bare(value.date().isoformat() if whole else value.isoformat(" "))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return Bare(int(value))
    return str(value) if isinstance(value, str) else Bare(value)


MOST_REMEMBERED = 5000  # cells of a column


class Nameless(str):
    """A cell that should name another record, and names none."""

    __slots__ = ()


class Converter:
    """Makes values of one column of a file's cells; what it made once, it knows."""

    def __init__(self, column: Column, form: FileForm, zone: ZoneInfo) -> None:
        self.column = column
        self.form = form
        self.zone = zone
        self.plain = column.family in ("text", "any") and column.rules == Rules() and form.form != "exact"
        self.memory: dict[str, Any] = {}

    def many(self, cells: Sequence[Any]) -> tuple[Sequence[Any], dict[int, Problem]]:
        """Return the values of some cells, or DEFAULT; and the problems of those that have none, by their place."""
        if (found := self._at_once(cells)) is not None:
            return found, {}
        values: list[Any] = []
        problems: dict[int, Problem] = {}
        for place, cell in enumerate(cells):
            try:
                values.append(self(cell))
            except Invalid as error:
                values.append(None)
                problems[place] = Problem(str(error))
        return values, problems

    def _at_once(self, cells: Sequence[Any]) -> Sequence[Any] | None:
        """Return the values of cells that are plain texts or plain whole numbers, one and all; else None."""
        if set(map(type, cells)) != {str}:
            return None
        with suppress(KeyError):
            return [self.memory[cell] for cell in cells]
        if not all(cells) or not NULL_WORDS.isdisjoint(cells):
            return None
        if self.plain and self.column.family == "text":
            return None if any("\0" in cell or "\r" in cell for cell in cells) else cells
        digits = PLAIN_DIGITS.get(self.column.rules, 0) if self.column.family == "integer" else 0
        if max(map(len, cells)) > digits or not all(map(str.isdigit, cells)) or not "".join(cells).isascii():
            return None
        return [str(int(cell)) for cell in cells] if self.column.cast else list(map(int, cells))

    def __call__(self, cell: Any) -> Any:
        """Return the value of a cell, or DEFAULT. Raises Invalid."""
        if type(cell) is str and cell in self.memory:
            return self.memory[cell]
        value = self._convert(cell)
        if type(cell) is str and len(self.memory) < MOST_REMEMBERED and len(cell) < 40:
            self.memory[cell] = value
        return value

    def _convert(self, cell: Any) -> Any:
        exact = self.form.form in ("exact", "json", "jsonl")
        if cell is DEFAULT:
            return cell
        if isinstance(cell, Nameless):
            raise Invalid(f"There is no record with the key or the name {cell[:80]}.")
        if cell is None or not exact and cell in NULL_WORDS:
            return self._nothing(explicit=exact or cell is not None)
        if cell == "" and not exact:
            return self._nothing(explicit=False)
        if isinstance(cell, Bare) and (found := re.fullmatch(r"x'((?:[0-9a-fA-F]{2})*)'", cell)):
            return bytes.fromhex(found[1])
        if self.column.family == "binary":
            return self._bytes(cell)
        if exact and not self.column.cast:
            return self._stored(cell)
        text = cell if exact and self.column.cast else self._localised(cell)
        return read_typed(self.column, text, None, UTC if exact else self.zone)

    def _nothing(self, *, explicit: bool) -> Any:
        text = self.column.family in ("text", "any")
        if not explicit and self.form.empty == "text" and text:
            return ""
        if self.column.nullable and (explicit or self.form.empty != "default"):
            return None
        if self.column.optional:
            return DEFAULT
        if text and not explicit:
            return ""  # a column that must have a value takes the empty text
        raise Invalid("It can't be left without a value.")

    def _bytes(self, cell: str) -> Any:
        if found := re.fullmatch(r"\\x((?:[0-9a-fA-F]{2})*)", cell):
            return bytes.fromhex(found[1])
        raise Invalid("Bytes are written in hexadecimal digits, as this site exports them.")

    def _stored(self, cell: Any) -> Any:
        """Return what SQLite held when this site exported it: what has no quotation marks, is a number."""
        if not isinstance(cell, Bare):
            return str(cell)
        if cell in ("true", "false"):
            return int(cell == "true")
        with suppress(ValueError):
            return int(cell) if re.fullmatch(r"-?\d+", cell) and -(2**63) <= int(cell) < 2**63 else float(cell)
        raise Invalid("This isn't a number.")

    def _localised(self, cell: Any) -> str:
        text = str(cell)
        if isinstance(cell, Bare):
            return text
        if self.column.family in NUMBERS and self.form.decimal == ",":
            return text.strip().replace(".", "").replace(" ", "").replace(",", ".")
        if self.column.family in NUMBERS:
            return re.sub(r"(?<=\d)[, ](?=\d{3}(\D|$))", "", text.strip())
        if self.column.family in MOMENTS and self.form.dates != "iso":
            return _iso_date(text.strip(), self.form.dates)
        return text


def _iso_date(text: str, order: str) -> str:
    found = re.match(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(.*)", text, re.S)
    if not found:
        return text
    day, month = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
    return f"{found[3]}-{month:0>2}-{day:0>2}{found[4]}"


TEXT_FORMS = frozenset({"csv", "exact"})


class Mapped(NamedTuple):
    """What becomes of a file's columns: which of them goes where, the key that finds rows, and what is wanted."""

    columns: tuple[Column | None, ...]
    key: tuple[str, ...]
    mode: str = "upsert"


class ImportRun:
    """The changes that a file makes in a table; read as it goes, so that its size doesn't matter."""

    def __init__(self, view: TableView, upload: str, form: FileForm, mapped: Mapped, person: str) -> None:
        self.view = view
        self.table = view.table
        self.upload = upload
        self.form = form
        self.mapped = mapped
        self.person = person
        zone = view.zone
        self.converters = [Converter(c, form, zone) if c else None for c in mapped.columns]
        self.links = {n: link for n, link in view.table.links_by_column.items() if len(link.columns) == 1}
        self.is_hooked = view.hooked
        self.keyed = mapped.mode != "insert" and bool(mapped.key)
        self.skipped = 0
        self.seen: set[int] = set()
        self.names: dict[str, dict[str, Any]] = {}
        self.hooked: list[Hooked] = []

    def changes(self, connection: sa.Connection) -> Iterator[list[Change]]:
        """Yield the changes, some hundreds at a time."""
        self.connection = connection
        self.skipped, self.seen, self.hooked = 0, set(), []
        lines = self._lines()
        while part := list(islice(lines, ROWS_AT_ONCE)):
            yield self._changes(part)

    def _lines(self) -> Iterator[tuple[int, list[Any]]]:
        try:
            with closing(self.view.section.site.uploads.open(self.upload, self.person)) as file:
                lines = read_lines(file, self.form)
                if self.form.header or self.form.form in ("json", "jsonl"):
                    next(lines, None)
                yield from lines
        except Invalid as error:
            raise Refused(str(error), "Nothing was imported.") from None

    def _changes(self, part: Sequence[tuple[int, list[Any]]]) -> list[Change]:
        numbers, lines, problems = self._even(part)
        columns: dict[str, Sequence[Any]] = {}
        for convert, cells in zip(self.converters, zip(*lines, strict=True), strict=True):
            if convert is not None:
                name = convert.column.name
                columns[name], wrong = convert.many(self._named(convert, cells))
                for place, problem in wrong.items():
                    problems.setdefault(place, {})[name] = problem
        values = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found = self._found([one for place, one in enumerate(values) if place not in problems])
        both = enumerate(zip(numbers, values, strict=True))
        changes = [self._change(number, one, problems.get(place, {}), found) for place, (number, one) in both]
        return [change for change in changes if change is not None]

    def _even(
        self, part: Sequence[tuple[int, list[Any]]]
    ) -> tuple[list[int], list[list[Any]], dict[int, dict[str, Problem]]]:
        """Return the numbers of lines, the lines, all of one length, and what is wrong with those that are too long."""
        width, problems = len(self.converters), {}
        # a line that ends too early would clear the columns it hasn't; a sheet, and JSON, leave out what is empty
        least = (
            max((n for n, c in enumerate(self.converters, 1) if c), default=0) if self.form.form in TEXT_FORMS else 0
        )
        numbers, lines = [number for number, _cells in part], [cells for _number, cells in part]
        for place, cells in enumerate(lines):
            if len(cells) != width:
                if any(cells[width:]) or len(cells) < least:
                    problems[place] = {"": Problem(f"The line has {len(cells)} cells, not {width}.")}
                lines[place] = [*cells, *[None] * width][:width]
        return numbers, lines, problems

    def _named(self, convert: Converter, cells: Sequence[Any]) -> Sequence[Any]:
        """Return the cells of a foreign key, with keys where they name records by their label instead."""
        link = self.links.get(convert.column.name)
        if link is None:
            return cells
        known = self._keys(convert, link, {cell for cell in cells if type(cell) is str})
        return [known.get(cell, cell) for cell in cells]

    def _keys(self, convert: Converter, link: Link, cells: Iterable[str]) -> Mapping[str, Any]:
        known = self.names.setdefault(convert.column.name, {})
        fresh = [cell for cell in cells if cell and cell not in known and cell not in NULL_WORDS]
        for cell in fresh:
            known[cell] = cell
        numbers = convert.column.family in NUMBERS
        odd = [cell for cell in fresh if not (numbers and re.fullmatch(r"[+-]?\d+", cell.strip()))]
        if odd and len(known) <= MOST_NAMES:
            with suppress(NotFound):
                target = self.view.section.view(link.target)
                found = keys_of_names(self.connection, target.table, link, odd, target.label_columns)
                known.update({cell: found.get(cell, Nameless(cell) if numbers else cell) for cell in odd})
        return known

    def _found(self, values: Sequence[Mapping[str, Any]]) -> Mapping[tuple[Any, ...], Row]:
        """Return the rows that are there already, by their keys."""
        if not self.keyed:
            return {}
        keys = [tuple(one.get(name) for name in self.mapped.key) for one in values]
        usable = [key for key in dict.fromkeys(keys) if None not in key and DEFAULT not in key]
        return read_by(self.connection, self.table, self.mapped.key, usable) if usable else {}

    def _change(
        self, number: int, values: Mapping[str, Any], problems: Mapping[str, Problem],
        found: Mapping[tuple[Any, ...], Row],
    ) -> Change | None:  # fmt: skip
        """Return what a line changes; None where it is left alone."""
        table, mode = self.table, self.mapped.mode
        key = tuple(values.get(name) for name in self.mapped.key)
        row = found.get(normal_key(key)) if self.keyed else None
        if problems:
            refused = Refused("Some values don't fit.", "", problems)
            return Change(table=table, verb="insert", new=values, place=number, problem=refused)
        if self.keyed and self._again(key):
            again = Refused("The key stands in this file more than once.")
            return Change(table=table, verb="insert", new=values, place=number, problem=again)
        if row is None and mode == "update":
            missing = Refused("There is no record with this key.")
            return Change(table=table, verb="update", new=values, place=number, problem=missing)
        if row is not None and mode == "skip":
            self.skipped += 1
            return None
        return self._insert(number, values) if row is None else self._update(number, values, row)

    def _again(self, key: tuple[Any, ...]) -> bool:
        """Whether a key was in the file before."""
        mark = hash(normal_key(key))
        again = None not in key and DEFAULT not in key and mark in self.seen
        self.seen.add(mark)
        return again

    def _insert(self, number: int, values: Mapping[str, Any]) -> Change:
        new: Mapping[str, Any] = values
        if DEFAULT in values.values():
            new = {name: value for name, value in values.items() if value is not DEFAULT}
        problem = None
        if self.is_hooked:
            new, problem = self._through_hooks({}, new, is_new=True)
        return Change(table=self.table, verb="insert", new=new, place=number, problem=problem)

    def _update(self, number: int, values: Mapping[str, Any], row: Row) -> Change:
        new = {
            n: v for n, v in values.items() if v is not DEFAULT and not alike(self.table.by_name[n], v, row.values[n])
        }
        problem = None
        if self.is_hooked and new:
            new, problem = self._through_hooks(row.values, new, is_new=False)
        return Change(
            table=self.table, verb="update", token=row.token, new=new, current=row.values, place=number, problem=problem
        )

    def _through_hooks(self, old: Mapping[str, Any], new: Mapping[str, Any], *, is_new: bool) -> tuple[Any, Any]:
        hooked = Hooked(self.view, old, is_new=is_new)
        try:
            found = hooked.before(new)
        except ValidationError as error:
            return new, Refused(str(error))
        self.hooked.append(hooked)
        return found, None


MOST_NAMES = 20_000
MOST_REJECTS = 500_000  # lines of the file of what is refused
PLAIN_DIGITS: Mapping[Rules, int] = {  # so many fit surely, where only the type bounds a number
    Rules(): 18, TYPE_RANGES["smallint"]: 4, TYPE_RANGES["integer"]: 9, TYPE_RANGES["bigint"]: 18,
}  # fmt: skip


class ImportPage:
    """The pages of an import: the file, how it is read, what would come of it."""

    def __init__(self, view: TableView) -> None:
        self.view = view
        self.site = view.section.site
        self.problem = ""
        if not view.can_import or not (view.allows("insert") or view.allows("update")):
            raise Forbidden(view.reason or "This site doesn't import into this table.")

    def respond(self) -> Any:
        """Answer GET with the question for a file; POST by the next page."""
        step = request.form.get("step", "")
        if request.method == "GET" or step == "":
            return self._begin(200) if request.method == "GET" else self._upload()
        if step == "snapshot":
            return self._snapshot()
        try:
            self._take(request.form.get("upload", ""))
        except (Invalid, NotFound) as error:
            self.problem = str(error)
            return self._begin(422)
        if step == "look":
            return self._map(200)
        return {"preview": self._preview, "rejects": self._rejects}.get(step, self._run)()

    def _begin(self, status: int) -> Any:
        view = self.view
        snapshot = not view.section.database.is_postgres and view.section.database.owned
        body = self.site.page(
            "import.html", f"Import · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, problem=self.problem or None, action=view.address(action="import"), snapshot=snapshot,
            list_url=view.address(), keeps=self.site.history.keeps, most=self.site.settings.max_upload_mb,
            columns=[column.name for column in self._columns()],
        )  # fmt: skip
        return Response(body, status)

    def _upload(self) -> Any:
        file, pasted = request.files.get("file"), request.form.get("pasted", "")
        if (file is None or not file.filename) and not pasted.strip():
            self.problem = "Choose a file, or paste some cells."
            return self._begin(422)
        name = file.filename if file and file.filename else "pasted cells"
        stream = file.stream if file and file.filename else io.BytesIO(pasted.encode("utf-8", "replace"))
        try:
            upload = self.site.uploads.put(self.site.user or "", name or "", stream)
            self._take(upload, fresh=True)
        except (Invalid, Unavailable) as error:
            self.problem = str(error)
            return self._begin(422 if isinstance(error, Invalid) else 503)
        return self._map(200)

    def _snapshot(self) -> Any:
        name, size = snapshot(self.view.section.database)
        self.site.history.note("snapshot", self.site.user or "", f"Snapshot {name}")
        self.site.tell("good", f"A copy of the database is beside it: {name} ({size_text(size)}).")
        return redirect(self.view.address(action="import"), 303)

    # How the file is read

    def _columns(self) -> list[Column]:
        return [column for column in self.view.form_fields if not column.read_only or column.automatic == ""]

    def _take(self, upload: str, *, fresh: bool = False) -> None:
        """Read what is chosen, or found, about a file."""
        self.upload = upload
        with closing(self.site.uploads.open(upload, self.site.user or "")) as file:
            self.name = cast(UploadedFile, file.raw).title
            head = file.read(SAMPLE_BYTES)
        chosen = {n: request.form.get(n, "") for n in FileForm._fields} if not fresh else {}
        found = found_form(head, self.name)
        known: dict[str, Any] = {n: v for n, v in chosen.items() if v in IMPORT_CHOICES.get(n, ())}
        self.form = found._replace(**known)
        if not fresh:
            self.form = self.form._replace(header="header" in request.form)
        with closing(self.site.uploads.open(upload, self.site.user or "")) as file:
            self.lines = list(islice(read_lines(file, self.form), 6))
        if not self.lines:
            raise Invalid("There is nothing in the file.")
        titled = self.form.header or self.form.form in ("json", "jsonl")
        width = max(len(cells) for _number, cells in self.lines)
        heads = [str(cell or "") for cell in self.lines[0][1]] if titled else []
        self.heads = [*heads, *(f"column {n + 1}" for n in range(len(heads), width))]
        self.sample = [cells for _number, cells in self.lines[1 if titled else 0 :][:5]]
        self.mapped = self._mapped(fresh=fresh)

    def _mapped(self, *, fresh: bool) -> Mapped:
        columns = self._columns()
        by_token = {escape(column.name): column for column in columns}
        if fresh:
            chosen: list[Column | None] = matched(self.heads, columns, self.view)
        else:
            chosen = [by_token.get(request.form.get(f"to{n}", "")) for n in range(len(self.heads))]
        taken = [column.name for column in chosen if column]
        keys = self._keys(taken)
        wanted = request.form.get("key", "")
        key = next((k for k in keys if ",".join(map(escape, k)) == wanted), keys[0] if keys and fresh else ())
        mode = request.form.get("mode", "upsert" if key else "insert")
        return Mapped(tuple(chosen), key if mode != "insert" else (), mode if mode in MODES and key else "insert")

    def _keys(self, taken: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the keys that find a row, of which the file has all columns."""
        table = self.view.table
        found = dict.fromkeys([*([table.key] if table.key else []), *table.unique])
        return [key for key in found if set(key) <= set(taken)]

    def _map(self, status: int) -> Any:
        view, form, mapped = self.view, self.form, self.mapped
        twice = Counter(column.name for column in mapped.columns if column)
        if again := [name for name, count in twice.items() if count > 1]:
            self.problem = f"Two columns of the file go to {', '.join(again)}: choose one."
        targets = [(escape(c.name), view.heading(c)) for c in self._columns()]
        columns = [
            SimpleNamespace(number=n, head=head, target=escape(c.name) if c else "",
                            cells=[str(cells[n])[:40] for cells in self.sample if cells[n : n + 1] not in ([], [None])])
            for n, (head, c) in enumerate(zip(self.heads, mapped.columns, strict=True))
        ]  # fmt: skip
        keys = [(",".join(map(escape, k)), ", ".join(k)) for k in self._keys([c.name for c in mapped.columns if c])]
        body = self.site.page(
            "import_map.html", f"Import · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, problem=self.problem or None, action=view.address(action="import"), upload=self.upload,
            name=self.name, form=form, choices=IMPORT_CHOICES, columns=columns, targets=targets, keys=keys,
            key=",".join(map(escape, mapped.key)), mode=mapped.mode, modes=list(MODES.items()),
            list_url=view.address(), missing=self._missing(),
        )  # fmt: skip
        return Response(body, 422 if again else status)

    def _missing(self) -> list[str]:
        """Return the columns that a new record needs, and that the file hasn't."""
        taken = {column.name for column in self.mapped.columns if column}
        needed = [c for c in self._columns() if not c.nullable and not c.optional and c.name not in taken]
        return [self.view.heading(column) for column in needed]

    # What would come of it, and the run

    def _task(self) -> ImportRun:
        return ImportRun(self.view, self.upload, self.form, self.mapped, self.site.user or "")

    def _plan(self) -> Plan:
        return Plan(self.site.user or "", "import", f"Import of {self.name}", request.form.get("reason", "")[:500])

    def _attempt(self, task: ImportRun, **options: Any) -> Result | str:
        try:
            return self.view.section.writer.run(self._plan(), task.changes, **options)
        except (Refused, Conflict, NotFound) as error:
            more = " ".join(f"{n}: {problem.text}" for n, problem in getattr(error, "fields", {}).items())
            return f"{error} {more}".strip()

    def _preview(self) -> Any:
        if not any(self.mapped.columns):
            self.problem = "Choose where at least one column of the file goes."
            return self._map(422)
        task = self._task()
        result = self._attempt(task, preview=True, skip=True)
        if isinstance(result, str):
            self.problem = result
            return self._map(422)
        return self._previewed(result, task)

    def _previewed(self, result: Result, task: ImportRun) -> Any:
        view = self.view
        again = [(n, v) for n, v in request.form.items(multi=True) if n not in ("step", "csrf_token", "expected")]
        told = ResultWords(view, result)
        told.counts += [(words, n) for words, n in (("left alone", task.skipped),) if n]
        moved = result.counts["insert"] + result.counts["update"]
        button = f"Import {moved:,} records" if moved else ""
        if button and result.rejected_count:
            button = f"Import the other {moved:,}"
        body = self.site.page(
            "bulk_preview.html", f"Import · {view.name}", [*view.trail, (view.name, view.address())],
            label=view.name, title=f"Import of {self.name}", do="import", action=view.address(action="import"),
            list_url=view.address(), problem=None, told=told, again=again, count=moved, number=None, button=button,
            expected=json.dumps(expected_counts(result)), rejects=bool(result.rejected_count), back="look",
        )  # fmt: skip
        return Response(body)

    def _rejects(self) -> Any:
        """Return the lines that are refused, as they were, with the reason."""
        result = self._attempt(self._task(), preview=True, skip=True, most_rejected=MOST_REJECTS)
        if isinstance(result, str):
            self.problem = result
            return self._map(422)
        reasons = {one.change.place: ResultWords.reason(self.view, one) for one in result.rejected}
        text = io.StringIO()
        out = csv.writer(text)
        out.writerow([*self.heads, "reason"])
        for number, cells in self._task()._lines():
            if number in reasons:
                out.writerow([*("" if c is None else c for c in cells), reasons[number]])
        response = Response(text.getvalue().encode("utf-8", "replace"), mimetype="text/csv")
        response.headers["Content-Disposition"] = attachment(f"{Path(self.name).stem}-rejects.csv")
        return response

    def _run(self) -> Any:
        try:
            expected = json.loads(request.form.get("expected", ""))
            total = int(sum(expected.values()))
        except (ValueError, AttributeError, TypeError, OverflowError, RecursionError):
            return self._preview()
        task, plan, writer = self._task(), self._plan(), self.view.section.writer
        skip = bool(expected.get("rejected"))

        def agree(result: Result) -> None:
            if expected_counts(result) != expected:
                raise Refused("It would do something else by now than the preview showed.", "Look at a new preview.")

        def run(progress: Callable[[int], None]) -> JobEnd:
            result = writer.run(plan, task.changes, skip=skip, progress=progress, agree=agree)
            for hooked in task.hooked:
                hooked.after()
            counts = result.counts
            words = f"Imported {self.name}: {counts['insert']:,} new, {counts['update']:,} changed, " \
                    f"{counts['unchanged']:,} unchanged."  # fmt: skip
            return JobEnd(words, result.number)

        if total > ROWS_BY_JOB:
            return start_job(self.site, f"Import of {self.name}", self.view.address(), total, run)
        try:
            end = run(lambda _done: None)
        except (Refused, Conflict, NotFound) as error:
            self.problem = str(error)
            return self._map(409)
        self.site.tell("good", end.message, undo=undo_button(end.number))
        return redirect(self.view.address(), 303)


IMPORT_CHOICES: Mapping[str, Mapping[str, str]] = {
    "form": IMPORT_FORMATS, "encoding": ENCODINGS, "delimiter": DELIMITERS, "decimal": {".": "1.5", ",": "1,5"},
    "dates": DATE_ORDERS, "empty": EMPTY_CELLS,
}  # fmt: skip


def expected_counts(result: Result) -> dict[str, int]:
    """Return what a preview counted, to be compared with what the run counts."""
    return {**result.counts, "rejected": result.rejected_count}


def matched(heads: Sequence[str], columns: Sequence[Column], view: TableView) -> list[Column | None]:
    """Return which column each head names: by its name or its words, whatever the case, spaces and lines between."""

    def plain(text: str) -> str:
        return re.sub(r"[\W_]+", "", text.casefold()) or text

    names = {**{plain(view.heading(c)): c for c in columns}, **{plain(c.name): c for c in columns}}
    exact = {column.name: column for column in columns}
    found = [exact.get(head) or names.get(plain(head)) for head in heads]
    return [c if c not in found[:n] else None for n, c in enumerate(found)]


# == 10. Sign-in ==============================================================

LOG = logging.getLogger("flaskadmin")
HASH = re.compile(r"scrypt:\d+:\d+:\d+\$[^$]+\$[0-9a-f]+|pbkdf2:sha\d+:\d+\$[^$]+\$[0-9a-f]+")
NOBODY = f"scrypt:32768:8:1$nobody${'0' * 128}"  # no password's, but costs what a real one costs


class Users:
    """Who may sign in, by name and hash. Replace it by a class with the same three methods."""

    def __init__(self, hashes: Mapping[str, str], file: Path | None = None) -> None:
        self._given = dict(hashes)
        self._file = file
        self._stamp: tuple[int, ...] | None = None
        self._listed: Mapping[str, str] = {}
        if file is not None:
            self._listed, self._stamp = read_users(file), stamp_of(file)

    @classmethod
    def load(cls, settings: Settings) -> Users:
        """Return the users of the users file, and the one who has the password. Raises SettingsError."""
        password = settings.password
        if settings.password_file and not password:
            password = read_file(settings.password_file).partition("\n")[0].rstrip("\r")
            if not password:
                raise SettingsError(f"The file {settings.password_file} is empty.", "Write the password in it.")
        return cls({settings.user: hash_of(settings.user, password)} if password else {}, settings.users)

    @property
    def names(self) -> Collection[str]:
        """The names of the users."""
        return self._hashes().keys()

    def verify(self, name: str, password: str) -> bool:
        """Whether the password is the user's; takes the same time for a name that nobody has."""
        return check_password_hash(self._hashes().get(name, NOBODY), password)

    def fingerprint(self, name: str) -> str:
        """Return what changes with the user's password, so that sessions end; "" for an unknown name."""
        return self._hashes().get(name, "")

    def _hashes(self) -> Mapping[str, str]:
        """Return the hashes as the file has them now: who was taken out of it is out at once."""
        if self._file is not None and (stamp := stamp_of(self._file)) != self._stamp:
            self._stamp = stamp
            try:
                self._listed = read_users(self._file)
            except SettingsError as error:
                LOG.error("The users stay as they were. %s", error)
        return {**self._listed, **self._given}


def stamp_of(path: Path) -> tuple[int, ...] | None:
    """Return what changes with a file, or None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def hash_of(name: str, password: str) -> str:
    """Return a password's hash; a hash stays as it is.

    The salt is the name's, so that all processes that share a password share the sessions that hang on it; the
    hash is never stored.
    """
    if HASH.fullmatch(password):
        return password
    salt = hashlib.sha256(f"flaskadmin {name}".encode()).hexdigest()[:16]
    found = hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26)
    return f"scrypt:32768:8:1${salt}${found.hex()}"


def read_users(path: Path) -> dict[str, str]:
    """Return the names and hashes in a users file. Raises SettingsError, for a plain password above all."""
    found: dict[str, str] = {}
    for number, line in enumerate(read_file(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, hashed = (part.strip() for part in line.partition(":"))
        if not name or name in found or not HASH.fullmatch(hashed):
            what = "names a user twice" if name in found else "isn't NAME:HASH"
            raise SettingsError(f"Line {number} of {path} {what}.", "This makes one: flaskadmin hash-password NAME")
        found[name] = hashed
    return found


class Throttle:
    """Counts wrong passwords of the last minute, by address and name; each process counts for itself."""

    SECONDS = 60.0
    BY_NAME, BY_ADDRESS = 10, 50
    KEYS = 10_000  # the oldest are forgotten, so that an attacker can't fill the memory

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: dict[tuple[str, ...], list[float]] = {}

    def check(self, address: str, name: str) -> None:
        """Raise TooMany after too many wrong passwords."""
        for key, most in (((address, name), self.BY_NAME), ((address,), self.BY_ADDRESS)):
            recent = self._recent(key)
            if len(recent) >= most:
                seconds = int(recent[-most] + self.SECONDS - time.monotonic()) + 1
                raise TooMany("There were too many wrong passwords.", f"Try again in {seconds} seconds.", seconds)

    def failed(self, address: str, name: str) -> None:
        """Count a wrong password."""
        with self._lock:
            for key in ((address, name), (address,)):
                recent = self._recent(key)
                self._tries.pop(key, None)
                self._tries[key] = [*recent, time.monotonic()]  # last: the first keys are the oldest
            while len(self._tries) > self.KEYS:
                del self._tries[next(iter(self._tries))]

    def _recent(self, key: tuple[str, ...]) -> list[float]:
        since = time.monotonic() - self.SECONDS
        return [moment for moment in self._tries.get(key, ()) if moment > since]


class Remembered:
    """Texts that hold for some time, at most so many of them; for several threads."""

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def add(self, text: str) -> None:
        """Remember ``text`` from now on."""
        with self._lock:
            self._until.pop(text, None)
            self._until[text] = time.monotonic() + self._seconds
            while len(self._until) > self._most:
                del self._until[next(iter(self._until))]

    def __contains__(self, text: str) -> bool:
        return self._until.get(text, 0.0) > time.monotonic()


class Notes:
    """Writes down in the history what is no change; refusals once a minute, so that nobody can fill the disk."""

    EVENTS: Mapping[str, tuple[str, str]] = {
        "signed in": ("sign-in", "Signed in"), "signed out": ("sign-out", "Signed out"),
        "wrong password": ("sign-in refused", "Wrong password"),
        "throttled": ("sign-in refused", "Too many wrong passwords"),
    }  # fmt: skip

    def __init__(self, history: History) -> None:
        self.history = history
        self._lately = Remembered(60.0)

    def signing(self, event: str, name: str) -> None:
        """Note who came, went, or was turned away; ``name`` is "" where nobody has it."""
        kind, words = self.EVENTS[event]
        if kind != "sign-in refused" or self._is_new(event, request.remote_addr, name):
            whom = "" if name else " by an unknown name"
            self.history.note(kind, name, f"{words}{whom} from {request.remote_addr}")

    def refusal(self, error: Exception) -> None:
        """Note a write that wasn't allowed, of someone who is signed in."""
        who = g.get("flaskadmin_who")
        if not isinstance(error, Forbidden) or not who or request.method in ("GET", "HEAD", "OPTIONS"):
            return
        if self._is_new(who, request.remote_addr, request.path[:300], error.message):
            table = g.get("flaskadmin_table")
            place = KeptAt.of(table[0].database, table[1]) if table else None
            self.history.note("refused", who, f"Refused: {error.message}", place, address=request.path[:300])

    def _is_new(self, *about: Any) -> bool:
        """Whether nothing like this was noted within the last minute; from now on it was."""
        text = "\0".join(map(str, about))
        if text in self._lately:
            return False
        self._lately.add(text)
        return True


class SignIn(BasicAuth):
    """Who makes a request: a session for browsers, HTTP Basic for programs, or the host application's own word.

    Its state stands in the session under a name of the site's own, so that two sites in one app don't mix. What it
    keeps in memory (wrong passwords, sessions that were ended) a second process doesn't know.
    """

    def __init__(self, users: Users, settings: Settings, name: str, host_auth: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self.users = users
        self.settings = settings
        self.key = f"_{name}"
        self.host_auth = host_auth
        self.throttle = Throttle()
        self._verified = Remembered(300.0)  # scrypt takes 50 ms, and programs send the password with each request
        self._revoked = Remembered(settings.session_hours * 3600.0)
        self._signed: dict[str, str] = {}
        self._pepper = secrets.token_bytes(32)
        self._verifying = threading.Lock()
        self.notes: Notes | None = None

    def user(self) -> str | None:
        """Return the name of who makes this request, or None. Raises TooMany, once a request."""
        held = f"flaskadmin.user{self.key}"  # not in flask.g, which outlives the request in a pushed app context
        if held not in request.environ:
            request.environ[held] = None  # for the page that tells of TooMany: it asks again
            signed_in = self._host_user() if self.host_auth else self._session_user()
            request.environ[held] = signed_in or self._basic_user()
        found: str | None = request.environ[held]
        return found

    def _host_user(self) -> str | None:
        found = self.host_auth() if self.host_auth else None
        return str(getattr(found, "name", None) or found) if found else None

    def _session_user(self) -> str | None:
        """Return the session's user, unless it was idle, is old, was ended, or has another password by now."""
        state = session.get(self.key)
        if not isinstance(state, dict) or str(state.get("id")) in self._revoked:
            return None
        now, name = int(time.time()), str(state.get("user"))
        idle = now - state.get("seen", 0) > self.settings.idle_minutes * 60
        old = now - state.get("since", 0) > self.settings.session_hours * 3600
        if idle or old or not hmac.compare_digest(str(state.get("proof")), self._proof(name) or "-"):
            return None
        if now - state["seen"] >= 60:  # not at each request: each change sends the cookie again
            session[self.key] = {**state, "seen": now}
        return name

    def _proof(self, name: str) -> str:
        """Return what a session must hold to be the user's: the password's mark, of no use to who reads the cookie."""
        if not (fingerprint := self.users.fingerprint(name)):
            return ""
        key = current_app.secret_key or b""
        secret = key.encode() if isinstance(key, str) else key
        return hmac.new(secret, f"flaskadmin {name}\0{fingerprint}".encode(), "sha256").hexdigest()[:32]

    def _basic_user(self) -> str | None:
        found = request.authorization
        return str(found.username) if found and self.authenticate() else None

    def authenticate(self) -> bool:
        """Whether the request's HTTP Basic header has a right name and password. Raises TooMany."""
        found = request.authorization
        if found is None or found.type != "basic" or not self.users.names:
            return False
        return self.check_credentials(found.username or "", found.password or "")

    def check_credentials(self, username: str, password: str) -> bool:
        """Whether name and password are right; the throttle stands before every way to ask. Raises TooMany."""
        try:
            return self._check(username, password)
        except TooMany:
            self._note("throttled", username)
            raise

    def _check(self, username: str, password: str) -> bool:
        address = request.remote_addr or ""
        self.throttle.check(address, username)  # before what is remembered, which could be guessed at too
        if self._mark(username, password) in self._verified:
            return True
        with self._verifying:  # one by one: guesses sent at once would all pass the throttle, and take 32 MB each
            self.throttle.check(address, username)
            if self.users.verify(username, password):
                self._verified.add(self._mark(username, password))
                return True
            self.throttle.failed(address, username)
        self._log("wrong password", username)
        return False

    def _mark(self, name: str, password: str) -> str:
        text = "\0".join((self.users.fingerprint(name), name, password))
        return hmac.new(self._pepper, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def _log(self, event: str, name: str) -> None:
        known = name in self.users.names  # a name that nobody has may be a password in the wrong box
        level = logging.WARNING if event == "wrong password" else logging.INFO
        LOG.log(level, "%s: %s from %s", event, repr(name) if known else "an unknown name", request.remote_addr)
        self._note(event, name)

    def _note(self, event: str, name: str) -> None:
        if self.notes:
            self.notes.signing(event, name if name in self.users.names else "")

    def sign_in(self, name: str, password: str) -> bool:
        """Begin a session, with a new id and a new CSRF token, if name and password are right. Raises TooMany."""
        if not self.check_credentials(name, password):
            return False
        self._forget()
        now = int(time.time())
        identity = secrets.token_urlsafe(12)
        session[self.key] = {
            "id": identity,
            "user": name,
            "since": now,
            "seen": now,
            "proof": self._proof(name),
        }
        request.environ[f"flaskadmin.user{self.key}"] = name
        self._log("signed in", name)
        return True

    def sign_out(self) -> None:
        """End the session: from now on a copy of its cookie is worth nothing."""
        if (name := self._session_user()) is not None:
            self._log("signed out", name)
        self._forget()
        request.environ[f"flaskadmin.user{self.key}"] = None

    def _forget(self) -> None:
        """Take everything of the site out of the session, and end the one that it held."""
        state = session.get(self.key)
        if isinstance(state, dict):
            self._revoked.add(str(state.get("id")))
        for name in [self.key, *(f"{self.key}_{part}" for part in ("csrf", "messages", "recent"))]:
            session.pop(name, None)
            g.pop(name, None)  # Flask-WTF keeps the token there too

    def challenge(self) -> Response:
        """Ask a program for name and password."""
        headers = {
            "WWW-Authenticate": 'Basic realm="flaskadmin", charset="UTF-8"',
            "Content-Type": "text/plain",
        }
        return Response("Sign in with HTTP Basic.\n", 401, headers)

    def csrf_token(self) -> str:
        """Return the token that every write of this session must carry; it is signed once."""
        field = f"{self.key}_csrf"
        signed = self._signed.get(str(session.get(field)))
        if signed is None:
            signed = generate_csrf(token_key=field)
            if len(self._signed) >= 1000:
                self._signed.clear()
            self._signed[session[field]] = signed
        return signed

    def check_write(self) -> None:
        """Raise Forbidden unless a write comes from a page of this site's."""
        if not self.same_origin(default=True):
            raise Forbidden("This request came from another site.", "Nothing was changed.")
        token = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
        try:  # no limit of its own: the session has one, and a form may stay open for a day
            validate_csrf(token, time_limit=10**9, token_key=f"{self.key}_csrf")
        except ValidationError:
            raise Forbidden("The form is older than your session.", "Load the page again.") from None

    def same_origin(self, default: bool = False) -> bool:
        """Whether the browser says that a page of this host sent the request; ``default`` if it says nothing."""
        if site := request.headers.get("Sec-Fetch-Site"):
            return site in ("same-origin", "none")
        if (origin := request.headers.get("Origin")) is not None:
            # The scheme stays out: a proxy that ends TLS may not tell that it does.
            return host_of(origin) == request.host.lower()
        return default


def host_of(url: str) -> str:
    """Return host and port of a URL, or "" where it has none."""
    with suppress(ValueError):  # such as http://[
        return urlsplit(url).netloc.lower()
    return ""


class Sessions(SecureCookieSessionInterface):
    """The session cookie of a site of its own: for its path alone, and for TLS alone when it came by TLS."""

    def __init__(self, settings: Settings) -> None:
        self._always_secure = settings.secure_cookies
        self._port = settings.port
        self._serializer: tuple[Any, Any] = (None, None)  # the app's keys, and what signs with them

    def get_signing_serializer(self, app: Flask) -> Any:
        """Return what signs the cookie, kept as long as the app's keys are the same: each page asks for it twice."""
        keys = (app.secret_key, app.config.get("SECRET_KEY_FALLBACKS"))
        if self._serializer[0] != keys:
            self._serializer = (keys, super().get_signing_serializer(app))
        return self._serializer[1]

    def get_cookie_name(self, app: Flask) -> str:
        """Return a name of the port's own: browsers share cookies between the ports of a host."""
        return "flaskadmin_session" if self._port == 8080 else f"flaskadmin_session_{self._port}"

    def get_cookie_path(self, app: Flask) -> str:
        """Return the path under which the site is seen from outside."""
        return request.script_root or "/"

    def get_cookie_httponly(self, app: Flask) -> bool:
        """Keep the cookie from scripts."""
        return True

    def get_cookie_samesite(self, app: Flask) -> str:
        """Keep the cookie from the forms of other sites."""
        return "Lax"

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep the cookie from plain HTTP wherever there is TLS."""
        return self._always_secure or request.is_secure


def secret_key(settings: Settings) -> str:
    """Return what signs sessions: the setting, else a random key, kept for this user of the machine."""
    return settings.secret_key or (kept_key() if settings.kept_secret else "") or secrets.token_hex(32)


def kept_key() -> str:
    """Return the key in the user's configuration folder, made at first use; "" where that can't be."""
    try:
        roof = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME") or Path.home() / ".config"
        path = Path(roof, "flaskadmin", "secret_key")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            write_key(path)
        key = path.read_text("ascii").strip()
        if len(key) >= 32:
            return key
        reason = f"{path} holds no key"
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: there is no home
        reason = type(error).__name__
    LOG.warning("No secret key can be kept (%s): sessions end when this process does.", reason)
    return ""


def write_key(path: Path) -> None:
    """Write a new key, for its owner alone, whole or not at all. Raises FileExistsError."""
    if path.exists():
        raise FileExistsError(path)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(part, path)  # of two processes that start at once, the second takes the first one's key
    except (OSError, AttributeError) as error:
        if isinstance(error, FileExistsError):
            raise
        part.replace(path)  # a file system without links
    finally:
        part.unlink(missing_ok=True)


# == 12. Application ==========================================================

NAV_TABLES = 30  # more aren't sent with every page
OPEN_ENDPOINTS = frozenset({"sign_in_page", "style", "script", "healthz", "readyz"})
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HTTP_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("The request can't be understood.", "Go back and try again."),
    401: ("Please sign in.", ""),
    403: ("This isn't allowed.", ""),
    404: ("There is no such page.", "The address may be mistyped, or the record is gone."),
    405: ("This address doesn't do that.", "Go back and use the buttons of the page."),
    413: (
        "What was sent is too large.",
        "Choose a smaller file, or ask whoever runs the site to raise the limit.",
    ),
    500: (
        "Something went wrong on our side.",
        "Nothing was saved. Try again; if it stays so, tell whoever runs it.",
    ),
}


class Segment(BaseConverter):
    """A name or a key in an address: what isn't plain is escaped, so that ``url_for`` takes any of them."""

    def to_url(self, value: Any) -> str:
        """Escape a name or a key; one that is escaped already stays as it is."""
        return quote(escape(str(value), "~.,@:"), safe=SAFE)


class Hook(NamedTuple):
    """A function to call around a write: when, for which table."""

    event: str
    table: str
    function: Callable[..., Any]


class FlaskAdminDB:
    """The extension: mounts the site in a Flask app.

    Give it ``db_url`` (or several, as ``["shop=sqlite:///shop.db", …]``), or the app's own ``db`` (Flask-SQLAlchemy)
    or ``engine``; ``models`` win over what the database says of their tables; ``views`` are TableView subclasses by
    table name; ``auth`` is called for each request and returns who is signed in, or None. Without ``auth``, the
    app's Flask-Login decides, or else the users of ``settings``. Other keyword arguments are Settings' fields.
    """

    def __init__(
        self,
        db_url: str | Sequence[str] | None = None,
        *,
        app: Flask | None = None,
        db: SQLAlchemy | None = None,
        engine: sa.Engine | None = None,
        models: Iterable[Any] = (),
        views: Mapping[str, type[TableView]] | None = None,
        auth: Callable[[], Any] | None = None,
        settings: Settings | None = None,
        dashboard: type[Dashboard] = Dashboard,
        name: str = "flaskadmin",
        **options: Any,
    ) -> None:
        urls = (db_url,) if isinstance(db_url, str) else tuple(db_url or ())
        given: dict[str, Any] = {**options, "db": urls} if urls else options
        self.settings = replace(settings or Settings(), **given)
        self.db = db
        self.engine = engine
        self.models = tuple(models)
        self.views = dict(views or {})
        self.auth = auth
        self.dashboard = dashboard
        self.name = name
        self.hooks: list[Hook] = []
        self.actions: list[Action] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, url_prefix: str = "/admin") -> Site:
        """Mount the site in ``app`` at ``url_prefix``; several extensions in one app need different names."""
        sites = app.extensions.setdefault("flaskadmin", {})
        if self.name in sites:
            raise SettingsError(f"A site named {self.name!r} is in this app already.", "Give the second one a name=….")
        if not app.secret_key:
            raise SettingsError("The app has no SECRET_KEY, which sessions need.", "Set app.secret_key.")
        app.url_map.converters.setdefault("flaskadmin", Segment)
        site = sites[self.name] = Site(self, app, "/" + url_prefix.strip("/"))
        return site

    export: type[Export] = Export
    importing: type[ImportPage] = ImportPage

    def before_save(self, table: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register ``function(record, is_created)`` for before a record of ``table`` is written; it may change it."""
        return self._hook("before_save", table)

    def after_save(self, table: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register ``function(record, is_created)`` for after a record of ``table`` was written."""
        return self._hook("after_save", table)

    def before_delete(self, table: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register ``function(record)`` for before a record of ``table`` is deleted."""
        return self._hook("before_delete", table)

    def after_delete(self, table: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register ``function(record)`` for after a record of ``table`` was deleted."""
        return self._hook("after_delete", table)

    def action(
        self, table: str, label: str, *, form: Any = None, confirm: str = "", one: bool = True, many: bool = True
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register ``function(records, form)`` as an action of ``table``, on ``one`` record's page, or for ``many``.

        What it sets on the records is written as one change set, which the history shows and can undo. ``form`` is a
        WTForms class that is asked first. A text that it returns is shown; ValidationError refuses it all.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.actions.append(Action(table, label, function, form, confirm, one, many))
            return function

        return register

    def _hook(self, event: str, table: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.hooks.append(Hook(event, table, function))
            return function

        return register

    def databases(self, app: Flask) -> list[tuple[Database, SQLAlchemy]]:
        """Return the databases to show, each with the Flask-SQLAlchemy object that its models belong to."""
        if self.engine is not None:
            return [(Database(self.engine, self.settings, owned=False), self.db or SQLAlchemy())]
        if self.db is not None:
            with app.app_context():
                return [(Database(self.db.engine, self.settings, owned=False), self.db)]
        if not self.settings.db:
            raise SettingsError("No database is given.", "Give db_url=…, or the app's db=… or engine=….")
        sources = [parse_source(text) for text in self.settings.db]
        names = [source.name for source in sources]
        if len(sources) > 1 and (len(set(names)) < len(names) or "" in names):
            raise SettingsError("Several databases need a name each.", "Write --db name=URL.")
        db = SQLAlchemy()
        for source in sources:
            if source.url.get_backend_name() == "sqlite":
                check_file(source.url.database or "", self.settings.create)
        found = [self._own_database(source, len(sources) > 1) for source in sources]
        return [(database, db) for database in found]

    def _own_database(self, source: Source, several: bool) -> Database:
        engine = sa.create_engine(source.url, **engine_options(source.url, self.settings))
        database = Database(engine, self.settings, source.name if several else "")
        probe(database)
        return database


class Site(Admin):
    """One mounted site: its databases, its sign-in, its pages. Flask-Admin views can be added to it as to any Admin."""

    def __init__(self, extension: FlaskAdminDB, app: Flask, url: str) -> None:
        self.extension = extension
        self.settings = extension.settings
        self.signing = SignIn(users_of(extension, app), self.settings, extension.name, host_auth_of(extension, app))
        self.sections = [
            Section(self, database, db, extension.views, extension.models) for database, db in extension.databases(app)
        ]
        for section in self.sections:
            section.database.watch.client_gone = client_gone
        self.state = State.of(self.settings, [section.database for section in self.sections])
        self.history = History(self.state)
        self.jobs = Jobs(self.state)
        self.uploads = Uploads(self.state)
        self.signing.notes = self.notes = Notes(self.history)
        for section in self.sections:
            section.database.withheld = self.history.withheld
            settle_at_start(section.writer)
        self.shapes: dict[tuple[Any, ...], str] = {}  # of the lists' rows
        self.door = Door(self)
        self.assets = {"style": Asset(STYLE, "css"), "script": Asset(SCRIPT, "js")}
        home = extension.dashboard(name="Tables", endpoint=extension.name, url=url)
        super().__init__(name=self.title, index_view=home, endpoint=extension.name, url=url)
        self.init_app(app)
        leave_out_of_csrf(app, self)
        warn_of_unknown_tables(self)
        app.before_request(self._guard_added_views)
        app.before_request(partial(leave_out_of_csrf, app, self))

    # What pages ask for

    @cached_property
    def title(self) -> str:
        """The site's name for people."""
        return self.settings.title or " · ".join(section.database.label for section in self.sections)

    @property
    def base(self) -> str:
        """The address of the dashboard, for this request: with the prefix that a proxy may have taken off."""
        return f"{request.script_root}{str(self.url).rstrip('/')}/"

    @property
    def user(self) -> str | None:
        """Who makes this request."""
        return self.signing.user()

    def section_of(self, name: str) -> Section:
        """Return the database called ``name`` in addresses. Raises NotFound."""
        for section in self.sections:
            if section.database.name == unescape(name):
                return section
        raise NotFound("There is no such database.")

    def hooks(self, event: str, table: TableName) -> list[Callable[..., Any]]:
        """Return the functions to call at ``event`` for a table."""
        names = (table.name, f"{table.schema}.{table.name}")
        return [hook.function for hook in self.extension.hooks if hook.event == event and hook.table in names]

    def is_hooked(self, table: TableName) -> bool:
        """Whether any function is to be called for a table."""
        return any(hook.table in (table.name, f"{table.schema}.{table.name}") for hook in self.extension.hooks)

    def tell(
        self, kind: str, text: str, url: str | None = None, link: str | None = None, table: TableName | None = None,
        token: str = "", undo: tuple[int, str] | None = None,
    ) -> None:  # fmt: skip
        """Keep a message for the next page; ``table`` and ``token`` name the row to mark there, ``undo`` a button."""
        messages = session.setdefault(f"_{self.endpoint}_messages", [])
        messages.append([kind, text[:300], url, link, undo, list(table) if table else None, token[:200]])
        session.modified = True

    def marked(self, table: TableName) -> str:
        """Return the address of the row that was just saved in ``table``, or ""."""
        messages = session.get(f"_{self.endpoint}_messages", ())
        return next((token for *_rest, where, token in messages if where == list(table)), "")

    def page(self, template: str, title: str, trail: Sequence[tuple[str, str]], /, **p: Any) -> str:
        """Render one of our templates; ``p`` is what is its own, the rest every page has."""
        user = self.user
        messages = session.pop(f"_{self.endpoint}_messages", []) if user else []
        sections, total = self._navigation() if user else ([], 0)
        base = self.base
        html = render_template(
            f"flaskadmin/{template}", p=SimpleNamespace(**p), title=title, trail=trail, user=user,
            site=SimpleNamespace(title=self.title, home=base, read_only=self.settings.read_only),
            csrf=self.signing.csrf_token(), theme=self._theme(), zone=viewer_zone(self.settings.timezone).key,
            messages=[tuple(message[:5]) for message in messages], nav=sections, nav_total=total, nav_all=base,
            urls=SimpleNamespace(
                sign_in=f"{base}sign-in", sign_out=None if self.signing.host_auth else f"{base}sign-out",
                status=f"{base}status", preferences=f"{base}preferences", find=base,
            ),
            style_url=f"{base}static/{self.assets['style'].name}",
            script_url=f"{base}static/{self.assets['script'].name}",
        )  # fmt: skip
        return html.encode("utf-8", "replace").decode()  # names may hold bytes that aren't UTF-8

    def _theme(self) -> str:
        theme = request.cookies.get("flaskadmin_theme", "auto")
        return theme if theme in ("auto", "light", "dark") else "auto"

    def _navigation(self) -> tuple[list[SimpleNamespace], int]:
        """Return the tables of the menu: all of a small database, else those that were opened last."""
        current = g.get("flaskadmin_table")
        found, total = [], 0
        for section in self.sections:
            try:
                shown = section.shown()
            except FlaskAdminError:
                continue  # the page itself says that the database is away
            total += len(shown)
            chosen = shown if len(shown) <= NAV_TABLES else self._recent(section, shown, current)
            items = [
                SimpleNamespace(
                    label=section.label(t.name), url=section.url(t.name), current=current == (section, t.name)
                )
                for t in chosen
            ]  # fmt: skip
            label = section.database.label if len(chosen) == len(shown) or self.sections[1:] else "Recent"
            found.append(SimpleNamespace(label=label, items=items))
        return found, total

    def _recent(self, section: Section, shown: Sequence[Listed], current: Any) -> list[Listed]:
        kept: list[list[str]] = session.setdefault(f"_{self.endpoint}_recent", [])
        if current and current[0] is section and list(current[1]) not in kept[:1]:
            kept[:] = [list(current[1]), *(name for name in kept if name != list(current[1]))][:12]
            session.modified = True
        return [listed for listed in shown if list(listed.name) in kept] or list(shown[:12])

    # Routes

    def add_rules(self, blueprint: Blueprint) -> None:
        """Give the dashboard's blueprint the rules of all the site's pages: one set for all tables."""
        several = "/<flaskadmin:database>" if len(self.sections) > 1 else ""
        if several:
            blueprint.add_url_rule(f"{several}/", "section_index", self._section_index)
        for rule, name, methods in table_rules():
            blueprint.add_url_rule(f"{several}/<flaskadmin:table>{rule}", name, self._dispatch(name), methods=methods)
        for rule, name, page, methods in site_pages(self):
            blueprint.add_url_rule(rule, name, page, methods=methods)
        add_history_rules(self, blueprint)
        for name, asset in self.assets.items():
            blueprint.add_url_rule(f"/static/{asset.name}", name, asset.send)
        blueprint.add_url_rule("/<path:anything>", "unknown", self._unknown)
        blueprint.before_request(self.door.guard)
        blueprint.after_request(self.finish)
        blueprint.register_error_handler(Exception, self.explain)
        blueprint.jinja_loader = ChoiceLoader([page_loader(), blueprint.jinja_loader])  # type: ignore[list-item]

    def _dispatch(self, method: str) -> Callable[..., Any]:
        """Return the endpoint that hands a request to the view of its table."""

        def endpoint(table: str, database: str = "", **values: Any) -> Any:
            section = self.section_of(database) if database else self.sections[0]
            name = name_of(table, section.catalogue.default_schema)
            g.flaskadmin_table, g.flaskadmin_token = (section, name), table
            try:
                return getattr(section.view(name), method)(**values)
            except SchemaChanged:  # the catalogue is older than the table; nothing was written
                section.catalogue.forget()
            except Unreadable as error:
                return self._unreadable(name, method, error)
            try:
                return getattr(section.view(name), method)(**values)
            except SchemaChanged:
                gone = Unreadable("It refers to something that isn't there any more.")
                return self._unreadable(name, method, gone)

        return endpoint

    def _unreadable(self, name: TableName, method: str, error: Unreadable) -> Any:
        """Explain, where the list would be, why there is none; anything below it can't be there."""
        if method != "index_view":
            raise error
        return self.page(
            "error.html", prettified(name.name), [], code="", title=prettified(name.name), message=error.message,
            remedy=error.remedy, request_id="", retry=False, back_url=self.base,
        )  # fmt: skip

    def _section_index(self, database: str) -> Any:
        return self.index_view.section_index(self.section_of(database))

    def _unknown(self, anything: str) -> Any:
        raise NotFound("There is no such page.", "The address may be mistyped.")

    def ready(self) -> Any:
        """Tell a load balancer whether the databases answer, and nothing else."""
        try:
            for section in self.sections:
                probe(section.database)
        except FlaskAdminError:
            return "unavailable", 503, {"Content-Type": "text/plain"}
        return "ok", 200, {"Content-Type": "text/plain"}

    def _guard_added_views(self) -> Any:
        """Guard the Flask-Admin views that someone added to this site like its own pages."""
        if not any(view.endpoint == request.blueprint for view in self._views[1:]):
            return None
        try:
            return self.door.turned_away() if self.user is None else None
        except FlaskAdminError as error:  # such a view's blueprint doesn't know how to tell it
            return self.explain(error)

    # Answers

    def finish(self, response: Response) -> Response:
        """Set the headers of every answer of ours, and write the access log."""
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        log_request(response)
        return response

    def explain(self, error: Exception) -> Any:
        """Answer an error with a page in words, or with JSON (RFC 9457) for programs; the log has the traceback."""
        if isinstance(error, HTTPException) and error.response is not None:
            return error.response
        if isinstance(error, RequestRedirect):
            return error.get_response(request.environ)
        known = error if isinstance(error, FlaskAdminError) else None
        code = known.status if known else error.code or 500 if isinstance(error, HTTPException) else 500
        self.notes.refusal(error)
        if code >= 500 and not isinstance(error, Unavailable):
            LOG.exception("request %s failed", g.get("flaskadmin_id"))
        words = (known.message, known.remedy) if known and code != 500 else HTTP_WORDS.get(code, HTTP_WORDS[400])
        headers = {"Retry-After": str(getattr(error, "retry_after", 5))} if code in (429, 503) else {}
        if isinstance(error, HTTPException):
            headers.update((name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After"))
        if "text/html" not in str(request.accept_mimetypes) and "application/json" in str(request.accept_mimetypes):
            problem = jsonify(type="about:blank", title=words[0], status=code, detail=words[1])
            problem.mimetype = "application/problem+json"
            return problem, code, headers
        body = self.page(
            "error.html", words[0], [], code=code, title=words[0], message=words[0], remedy=words[1],
            request_id=g.get("flaskadmin_id", ""), retry=code in (429, 503), back_url=self.base,
        )  # fmt: skip
        return body, code, headers


def users_of(extension: FlaskAdminDB, app: Flask) -> Users:
    """Return who may sign in. Raises SettingsError where nobody could."""
    users = Users.load(extension.settings)
    if not users.names and extension.auth is None and not hasattr(app, "login_manager"):
        remedy = "Set FLASKADMIN_PASSWORD, give --users FILE, or auth=… in an app of yours."
        raise SettingsError("Nobody could sign in.", remedy)
    return users


def host_auth_of(extension: FlaskAdminDB, app: Flask) -> Callable[[], Any] | None:
    """Return the application's own sign-in, if it is to be asked: the one given, or else its Flask-Login."""
    if extension.auth is not None or extension.settings.has_users:
        return extension.auth
    return flask_login_user if hasattr(app, "login_manager") else None


def warn_of_unknown_tables(site: Site) -> None:
    """Log the names of ``views=`` and of the TOML file that no table has: mistyped, or not made yet."""
    names = {*site.extension.views, *site.settings.tables}
    known: set[str] = set()
    for section in site.sections if names else ():
        with suppress(FlaskAdminError):
            known.update(name for t in section.catalogue.tables() for name in (t.name, f"{t.schema}.{t.name}"))
        section.catalogue.forget()  # the application may make its tables right after this
    for name in sorted(names - known):
        near = "".join(f" Is it {close!r}?" for close in difflib.get_close_matches(name, known, 1))
        LOG.warning("There is no table %r, which views= or the TOML file names.%s", name, near)


def client_gone() -> Callable[[], bool] | None:
    """Return what tells whether the client of this request has gone; only Waitress knows."""
    return request.environ.get("waitress.client_disconnected") if has_request_context() else None


def leave_out_of_csrf(app: Flask, site: Site) -> None:
    """Leave our pages to our own check: the tokens of the app's CSRFProtect, which may come later, are others."""
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(site.index_view.blueprint)


class Door:
    """Who comes into a site: the guard before every page, and the pages to sign in and out."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def guard(self) -> Any:
        """Let nobody pass who isn't signed in, and no write without its token; runs before every page."""
        g.flaskadmin_id = secrets.token_hex(4)
        g.flaskadmin_started = time.perf_counter()
        self._limit_body()
        endpoint = str(request.endpoint).rpartition(".")[2]
        g.flaskadmin_who = None if endpoint in OPEN_ENDPOINTS else self.site.user
        if endpoint not in OPEN_ENDPOINTS and g.flaskadmin_who is None:
            return self.turned_away()
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self._check_write(endpoint)
        return None

    def _limit_body(self) -> None:
        """Bound what a request may make us hold: only files may be large, and they go to disk."""
        multipart = request.mimetype == "multipart/form-data"
        request.max_content_length = self.site.settings.max_upload_mb * 2**20 if multipart else 4 * 2**20
        request.max_form_memory_size = 4 * 2**20
        request.max_form_parts = 10_000  # a table may have 1,600 columns, each with two controls

    def _check_write(self, endpoint: str) -> None:
        try:
            self.site.signing.check_write()
        except Forbidden:
            if endpoint not in ("create_view", "edit_view") or not self.site.signing.same_origin():
                raise
            g.flaskadmin_resume = True  # our own form with an old token: it is shown again, nothing is saved

    def turned_away(self) -> Any:
        """Ask for a sign-in: the app's own, a page for browsers, a challenge for programs; what was typed is kept."""
        if self.site.signing.host_auth is flask_login_user:
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        if self.site.signing.host_auth is not None:
            raise Forbidden("Please sign in to this application first.")
        wants_page = request.accept_mimetypes.accept_html and "text/html" in str(request.accept_mimetypes)
        if request.authorization is not None or not wants_page:
            return self.site.signing.challenge()
        if request.method == "POST" and self.site.signing.same_origin():
            return Response(self._sign_in_form("Your session has ended. Sign in to go on."), 401)
        path = request.full_path if request.query_string else request.path
        return redirect(f"{self.site.base}sign-in?{urlencode({'next': request.script_root + path})}")

    def _sign_in_form(self, problem: str = "", retry_after: int = 0) -> str:
        at_sign_in = str(request.endpoint).endswith("sign_in_page")
        typed = [(name, value) for name, value in request.form.items(multi=True) if name.startswith("typed.")]
        if not at_sign_in and request.method == "POST":
            typed = [(f"typed.{n}", v) for n, v in request.form.items(multi=True) if n != "csrf_token"]
            typed.append(("typed_action", request.script_root + request.full_path.rstrip("?")))
        elif "typed_action" in request.form:
            typed.append(("typed_action", request.form["typed_action"]))
        return self.site.page(
            "sign_in.html", "Sign in", [], action=f"{self.site.base}sign-in", problem=problem or None,
            next=safe_next(request.values.get("next")) or "" if at_sign_in else "", typed=typed,
            name=request.form.get("name", "") if at_sign_in else "", retry_after=retry_after or None,
        )  # fmt: skip

    def sign_in(self) -> Any:
        """Show the sign-in page; begin a session, and give back what was typed when the last one ended."""
        if self.site.signing.host_auth is not None:
            raise NotFound("This application has its own sign-in.")
        if request.method == "GET":
            return redirect(self.site.base) if self.site.user else self._sign_in_form()
        try:
            if not self.site.signing.sign_in(request.form.get("name", ""), request.form.get("password", "")):
                return Response(self._sign_in_form("The name or the password is wrong."), 401)
        except TooMany as error:
            body = self._sign_in_form(str(error), error.retry_after)
            return Response(body, 429, headers={"Retry-After": str(error.retry_after)})
        if action := safe_next(request.form.get("typed_action")):
            typed = [(n.removeprefix("typed."), v) for n, v in request.form.items(True) if n.startswith("typed.")]
            return self.site.page("resume.html", "Signed in again", [], action=action, typed=[*typed, ("_resume", "1")])
        return redirect(safe_next(request.form.get("next")) or self.site.base, 303)

    def sign_out(self) -> Any:
        """End the session; a link to it only leads home."""
        if request.method == "POST":
            self.site.signing.sign_out()
        return redirect(f"{self.site.base}sign-in" if self.site.user is None else self.site.base, 303)

    def preferences(self) -> Any:
        """Keep the theme, the page size and the time zone in cookies; show them; forget them."""
        if request.method == "GET":
            return self._settings()
        back = safe_next(request.form.get("next")) or self.site.base
        response = redirect(back, 303)
        if "forget" in request.form:
            return self._forgotten(response)
        for name in ("theme", "zone", "size"):
            if value := request.form.get(name, "")[:60]:
                response.set_cookie(
                    f"flaskadmin_{name}", value, max_age=31_536_000, path=self.site.base, secure=request.is_secure,
                    httponly=name != "zone", samesite="Lax",
                )  # fmt: skip
        return response

    def _settings(self) -> str:
        size = request.cookies.get("flaskadmin_size", "")
        return self.site.page(
            "preferences.html", "My settings", [], sizes=TableView.page_sizes, size=size, keeps=self.site.state.may_keep
        )

    def _forgotten(self, response: Any) -> Any:
        """Forget what one has set: the cookies, the columns of tables, the records that were open; not the views."""
        for name in ("theme", "zone", "size"):
            response.delete_cookie(f"flaskadmin_{name}", path=self.site.base)
        session.pop(f"_{self.site.endpoint}_recent", None)
        try:
            if self.site.state.exists:
                kept_of(self.site).forget()
            self.site.tell("good", "Your settings are forgotten: the site is as for someone new. Your views are kept.")
        except Unavailable as error:
            self.site.tell("bad", f"Forgotten in this browser, but not elsewhere. {error.message}")
        return response


def add_history_rules(site: Site, blueprint: Blueprint) -> None:
    """Give the blueprint the rules of the history's pages; those of a table outlive the table."""

    def place(table: str, database: str) -> KeptAt:
        section = site.section_of(database) if database else site.sections[0]
        name = name_of(table, section.catalogue.default_schema)
        g.flaskadmin_table, g.flaskadmin_token = (section, name), table
        return KeptAt.of(section.database, name)

    def of_table(table: str, database: str = "") -> Any:
        return HistoryPage(site, place(table, database)).render()

    def of_record(table: str, key: str, database: str = "") -> Any:
        return RecordHistoryPage(site, place(table, database), key).render()

    below = f"{'/<flaskadmin:database>' if len(site.sections) > 1 else ''}/<flaskadmin:table>"
    for rule, name, function, methods in (
        ("/history", "history", lambda: HistoryPage(site).render(), ["GET"]),
        ("/history/<int:number>", "change_set", lambda number: SetPage(site, number).render(), ["GET"]),
        ("/history/<int:number>/undo", "undo", lambda number: UndoPage(site, number).respond(), ["GET", "POST"]),
        ("/history/content/<string:digest>", "kept", lambda digest: send_kept(site, digest), ["GET"]),
        ("/history/export.<string:form>", "history_file", lambda form: HistoryExport(site, form).respond(), ["GET"]),
        (f"{below}/history", "table_history", of_table, ["GET"]),
        (f"{below}/<flaskadmin:key>/history", "record_history", of_record, ["GET"]),
    ):
        blueprint.add_url_rule(rule, name, cast("Callable[..., Any]", function), methods=methods)


def table_rules() -> list[tuple[str, str, Any]]:
    """Return the rules of TableView's own pages; those that it inherits from Flask-Admin are left out."""
    own = {**vars(PersonalPages), **vars(TableView)}
    return [(rule, name, methods) for rule, name, methods in TableView._urls if name in own]


def site_pages(site: Site) -> list[tuple[str, str, Callable[..., Any], list[str]]]:
    """Return the pages of the site as a whole: address, endpoint, function, methods."""
    both = ["GET", "POST"]
    found = [(f"/{name}", name, page, list(methods)) for name, page, methods in finder_pages(site)]
    return [
        *found,
        ("/status", "status", site.index_view.status, ["GET"]),
        ("/sign-in", "sign_in_page", site.door.sign_in, both),
        ("/sign-out", "sign_out", site.door.sign_out, both),
        ("/preferences", "preferences", site.door.preferences, both),
        ("/healthz", "healthz", lambda: ("ok", 200, {"Content-Type": "text/plain"}), ["GET"]),
        ("/readyz", "readyz", site.ready, ["GET"]),
        ("/jobs/<id>", "job", partial(job_page, site), both),
    ]


def log_request(response: Response) -> None:
    """Write the access log's line: who, what and how long; keys and parameters are values, so they stay out."""
    if not LOG.isEnabledFor(logging.INFO):
        return
    rule = str(request.url_rule or "unknown address")
    path = rule.replace("<flaskadmin:table>", g.get("flaskadmin_token") or "<table>")
    seconds = time.perf_counter() - g.get("flaskadmin_started", time.perf_counter())
    line = {
        "id": g.get("flaskadmin_id", "-"), "user": g.get("flaskadmin_who") or "-", "method": request.method,
        "path": re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", path), "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }  # fmt: skip
    LOG.info("%s", " ".join(str(part) for part in line.values()), extra={"request": line})


class Proxied:
    """WSGI middleware: believes X-Forwarded-* from the trusted proxy alone, and mounts the app under its prefix."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app = app
        self.prefix = settings.url_prefix
        self.proxy = settings.trusted_proxy
        self.fixed = ProxyFix(self._mounted, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve a request."""
        if self.proxy and environ.get("REMOTE_ADDR") == self.proxy:
            return self.fixed(environ, start_response)
        return self._mounted(environ, start_response)

    def _mounted(self, environ: dict[str, Any], start_response: Any) -> Any:
        prefix = environ.get("SCRIPT_NAME") or self.prefix
        environ["SCRIPT_NAME"] = prefix
        path = environ.get("PATH_INFO", "")
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):  # a proxy that doesn't take it off
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self.app(environ, start_response)


def lean(text: str) -> str:
    """Return a style sheet or script without the comments and the indentation, which only its readers here want."""
    return re.sub(r"\n\s+", "\n", re.sub(r"^ */\*(?:(?!\*/).)*\*/$", "", text, flags=re.S | re.M))


class Asset:
    """The style sheet or the script: named by its content, so that browsers may keep it for good."""

    def __init__(self, text: str, extension: str) -> None:
        self.plain = lean(text).encode()
        self.packed = gzip.compress(self.plain, 9, mtime=0)
        self.digest = hashlib.sha256(self.plain).hexdigest()[:12]
        self.name = f"flaskadmin-{self.digest}.{extension}"
        self.mimetype = {"css": "text/css", "js": "text/javascript"}[extension]

    def send(self) -> Response:
        """Return it, compressed where the browser takes that."""
        packed = bool(request.accept_encodings["gzip"])
        response = Response(self.packed if packed else self.plain, mimetype=self.mimetype)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.set_etag(self.digest)
        response.make_conditional(request)
        return response


def page_loader() -> DictLoader:
    """Return the loader of our templates; one of the same name in a host's ``templates/flaskadmin/`` wins."""
    return DictLoader({f"flaskadmin/{name}": text for name, text in PAGES.items()})


def flask_login_user() -> str | None:
    """Return the user that the app's Flask-Login knows."""
    from flask_login import current_user  # only apps that have it come here

    return str(current_user.get_id()) if current_user and current_user.is_authenticated else None


def create_app(config: Settings | str | None = None, **options: Any) -> Flask:
    """Return the site as a Flask app of its own, at ``/admin/``.

    ``config`` is a database URL or path, Settings, or the name of a configuration ("development", "production",
    "testing"); without it, the environment says everything. ``options`` are FlaskAdminDB's and Settings' fields.
    Raises SettingsError and StartError, in words.
    """
    settings = read_config(config)
    own = {field.name for field in fields(Settings)}
    settings = replace(settings, **{name: value for name, value in options.items() if name in own})
    extension = FlaskAdminDB(settings=settings, **{n: v for n, v in options.items() if n not in own})
    app = Flask("flaskadmin", static_folder=None, template_folder=None)
    app.secret_key = secret_key(settings)
    app.config.update(settings.app_config)
    app.session_interface = Sessions(settings)
    app.wsgi_app = Proxied(app.wsgi_app, settings)  # type: ignore[method-assign]
    site = extension.init_app(app)
    app.add_url_rule("/", "home", lambda: redirect(site.base))
    app.add_url_rule("/healthz", "healthz", lambda: ("ok", 200, {"Content-Type": "text/plain"}))
    app.add_url_rule("/readyz", "readyz", site.ready)
    app.register_error_handler(Exception, site.explain)
    app.after_request(lambda response: response if request.blueprint else site.finish(response))
    return app


# == 13. Server ===============================================================

LIMITS: Mapping[str, Any] = {
    "channel_timeout": 20,  # seconds a socket may be silent; in 120 too many of them could pile up
    "cleanup_interval": 5,
    "backlog": 512,
    "max_request_header_size": 32_768,  # a cookie and a long filter; 256 KB are only good for attacks
    "inbuf_overflow": 524_288,  # a larger body waits on disk
    "outbuf_high_watermark": 1_048_576,  # a client that doesn't read what it asked for holds 1 MB, not 16
    "outbuf_overflow": 33_554_432,  # so that what is below the watermark never goes to disk
    "asyncore_use_poll": True,  # select() ends at 1,024 sockets; Windows, which has no poll(), keeps to it
    "channel_request_lookahead": 1,  # notices that a client has gone while its page is made
    "clear_untrusted_proxy_headers": False,  # Proxied believes them from the trusted proxy alone
    "ident": None,  # whoever asks need not know what serves
}
STALLED_SECONDS = 60.0
DRAIN_SECONDS = 30.0  # longer than any write may take


def connection_limit() -> int:
    """Return how many sockets may be open: 200 silent ones must not stop the site, nor use up all files."""
    try:
        import resource
    except ImportError:  # Windows, whose select() takes 512
        return 400
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1000 if files in (resource.RLIM_INFINITY, -1) else max(100, min(1000, files - 100))


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises StartError."""
    host = {"localhost": "127.0.0.1", "*": "0.0.0.0", "": "0.0.0.0"}.get(host, host.strip("[]"))
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=family, backlog=LIMITS["backlog"], dualstack_ipv6=both)
    except socket.gaierror:
        raise StartError(f"There is no address {host}.", "Check --host.") from None
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, 10048):
            raise StartError(f"Port {port} is taken.", "Take another, or any free one: --port 0") from None
        if error.errno in (errno.EACCES, 10013):
            raise StartError(f"Port {port} needs more rights.", "Take another: --port 8080") from None
        raise StartError(f"This machine doesn't have the address {host}.", "Check --host.") from None


def address_of(listening: socket.socket, settings: Settings) -> str:
    """Return the URL of the site behind a socket, as this machine sees it."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.url_prefix}/admin/"


def serve(app: Flask, settings: Settings, ready: Callable[[str], None] | None = None) -> None:
    """Serve ``app`` until Ctrl-C or SIGTERM; ``ready`` is given the URL once requests are taken. Raises StartError.

    What is in flight at the end is finished: running requests, bodies that are being received, answers being sent.
    """
    listening = open_socket(settings.host, settings.port)
    channels: dict[int, Any] = {}
    server = waitress.create_server(
        app, channels, sockets=[listening], threads=settings.threads, connection_limit=connection_limit(),
        max_request_body_size=(settings.max_upload_mb + 1) * 2**20, **LIMITS,  # the form around the file: 1 MB
    )  # fmt: skip
    stopping = stop_signals(server)
    if ready:
        ready(address_of(listening, settings))
    try:
        while not stopping.is_set():
            turn(channels, 1.0)
            drop_stalled(channels)
        wasyncore.dispatcher.close(server)  # the listening socket alone; the worker threads still need its trigger
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and any(map(is_busy, channels.values())):
            turn(channels, 0.1)
    except KeyboardInterrupt:
        LOG.warning("Stopped at once.")
    finally:
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(channels)


def turn(channels: dict[int, Any], seconds: float) -> None:
    """Let the sockets that are ready read and write."""
    wasyncore.loop(seconds, use_poll=LIMITS["asyncore_use_poll"], map=channels, count=1)


def drop_stalled(channels: dict[int, Any]) -> None:
    """Close the sockets that take nothing of what waits for them: a thread and a transaction may hang on each."""
    since = time.time() - STALLED_SECONDS
    for channel in list(channels.values()):
        if getattr(channel, "total_outbufs_len", 0) > LIMITS["outbuf_high_watermark"] and channel.last_activity < since:
            channel.handle_close()


def is_busy(channel: Any) -> bool:
    """Whether a socket has a request that runs or arrives, or an answer that isn't sent yet."""
    return bool(
        getattr(channel, "requests", None)
        or getattr(channel, "total_outbufs_len", 0)
        or getattr(channel, "request", None)
    )


def stop_signals(server: Any) -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets; a second one ends the process as it always did."""
    stopping = threading.Event()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

    def stop(_number: int, _frame: Any) -> None:
        stopping.set()
        server.pull_trigger()
        for name in names:
            signal.signal(getattr(signal, name), signal.default_int_handler)

    with suppress(ValueError):  # only the main thread gets signals
        for name in names:
            signal.signal(getattr(signal, name), stop)
    return stopping


class LogLine(logging.Formatter):
    """One line a record: words for people, or JSON for programs."""

    def __init__(self, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; only a traceback, in words, takes more than one."""
        if not self._as_json:
            return super().format(record)
        line = {"time": self.formatTime(record), "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({**line, **getattr(record, "request", {})})


def set_up_log(as_json: bool) -> None:
    """Send the log to stderr: this tool's from INFO, that of its parts from WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLine(as_json))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    LOG.setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one or two is no news


# == 14. Command line =========================================================

USAGE = (
    "flaskadmin --db URL [option ...]\n       flaskadmin hash-password [NAME]\n"
    "       flaskadmin history verify [--db URL] [--state URL]"
)
DESCRIPTION = "A web site in which staff browse, find and edit the records of any SQLite or PostgreSQL database."
EPILOG = """\
Secrets are no options, since others can read the list of processes:
  FLASKADMIN_PASSWORD    the password of --user, or its hash; without any user, one is made for the run
  FLASKADMIN_SECRET_KEY  what signs the sessions; without it, one is kept in your configuration folder

Every option is also a variable (FLASKADMIN_QUERY_TIMEOUT) and a key of the --config file (query_timeout).
An option wins over a variable, that over the file .env (with python-dotenv), that over the --config file.
--no-read-only and the like take back what these say. DATABASE_URL stands in for FLASKADMIN_DB.
The --config file may also hold, for each table, [tables.NAME] with label, hidden, read_only, label_column,
columns, hidden_columns and labels.
"""


class Parser(argparse.ArgumentParser):
    """Tells a wrong use by SettingsError, in words."""

    def error(self, message: str) -> NoReturn:
        """Raise SettingsError."""
        raise SettingsError(f"{message[:1].upper()}{message[1:]}.", "See flaskadmin --help.")


def make_parser() -> Parser:
    """Return the parser of the command line: an option for each setting that isn't a secret."""
    parser = Parser(
        prog="flaskadmin", usage=USAGE, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter, argument_default=argparse.SUPPRESS,
    )  # fmt: skip
    groups: dict[str, Any] = {}
    for setting in fields(Settings):
        about = setting.metadata
        if not about.get("secret") and not about.get("file_only"):
            group = groups.get(about["group"]) or parser.add_argument_group(about["group"])
            groups[about["group"]] = group
            add_option(group, setting)
    parser.add_argument("--version", action="version", version=f"flaskadmin {VERSION}")
    return parser


def add_option(group: Any, setting: Any) -> None:
    """Add a setting's option to a group of the parser."""
    name, default = option_name(setting.name), shown_default(setting)
    words = (setting.metadata["words"] + (f" (default: {default})" if default else "")).replace("%", "%%")
    if setting.type == "bool":
        group.add_argument(name, dest=setting.name, action="store_true", help=words)
        off = f"--no-{name[2:]}"
        group.add_argument(off, dest=setting.name, action="store_false", help=argparse.SUPPRESS)
        return
    action = "append" if setting.type == "tuple[str, ...]" else "store"
    metavar = setting.metadata.get("metavar", setting.name.upper())
    group.add_argument(name, dest=setting.name, action=action, metavar=metavar, help=words)


def read_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Return what the command line says, by setting. Raises SettingsError."""
    parser = make_parser()
    given, unknown = parser.parse_known_args(list(arguments))
    for text in unknown:
        name = text.partition("=")[0]  # what follows may be a password
        if not name.startswith("--"):
            raise SettingsError("An argument has no option before it.", "A database is given as --db URL.")
        if name[2:].replace("-", "_") in PASSWORD_WAYS | {"secret_key"}:
            variable = variable_name(name[2:].replace("-", "_"))
            raise SettingsError(f"There is no {name}: others could read it.", f"Set {variable} instead.")
        check_key(name, [option_name(setting.name) for setting in fields(Settings)], "The command line")
    return vars(given)


def hash_password(name: str) -> None:
    """Ask for a password, or read it from a pipe, and print its hash; with a name, a line of the users file."""
    if sys.stdin.isatty():
        first, second = getpass.getpass("Password: "), getpass.getpass("Once more: ")
    else:
        first = second = sys.stdin.readline().rstrip("\r\n")
    if not first or first != second:
        raise SettingsError("The two passwords differ." if first else "The password is empty.", "Try again.")
    print(f"{name}:" * bool(name) + generate_password_hash(first, method="scrypt"))


def verify_history(settings: Settings) -> int:
    """Read the whole history, print the first line that isn't as it was written; return the exit code."""
    check = HistoryCheck(state_to_verify(settings))
    problem = check.run()
    if check.database:
        check.database.engine.dispose()
    print(problem or f"{check.lines} lines, {check.rows} rows, head {check.head or 'none'}")
    return 1 if problem else 0


def state_to_verify(settings: Settings) -> State:
    """Return the state that a site with these settings has. Raises SettingsError where there is none."""
    own = replace(settings, read_only=True)
    if settings.state not in ("", "none", "same"):
        url = parse_source(settings.state).url
        state = State(Database(sa.create_engine(url, **engine_options(url, own)), own))
    elif not settings.db:
        raise SettingsError("It isn't said which history.", "Give --db URL, or --state URL.")
    else:
        urls = [parse_source(text).url for text in settings.db]
        state = State.of(own, [Database(sa.create_engine(url, **engine_options(url, own)), own) for url in urls])
    if state.database is None or (state.file and not os.path.exists(state.file)):
        raise SettingsError("There is no history yet.", "It is kept from the first change on; --state says where.")
    return state


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def with_password(settings: Settings) -> tuple[Settings, str]:
    """Return the settings, with a password made for this run if there are no users, and what to tell of it."""
    if settings.has_users:
        return settings, ""
    if not is_loopback(settings.host):
        raise SettingsError(
            f"Others can reach {settings.host}, and there is no password.",
            "Set FLASKADMIN_PASSWORD, or give --password-file or --users.",
        )
    made = secrets.token_urlsafe(12)
    return replace(settings, password=made), (
        f"Sign in as {settings.user} with the password {made}\n"
        "It is made for this run; set FLASKADMIN_PASSWORD for one that stays."
    )


def run(settings: Settings) -> None:
    """Start the site and serve it. Raises SettingsError and StartError."""
    if not settings.db:
        raise SettingsError("No database is given.", "Try --db shop.db or --db postgresql://localhost/shop")
    settings, note = with_password(settings)
    set_up_log(settings.log_json)
    app = create_app(settings)

    def ready(address: str) -> None:
        print(f"The site is at {address} (Ctrl-C stops it)", note, sep="\n" if note else "", flush=True)
        if settings.open:  # some browsers don't return
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    serve(app, settings, ready)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0 done, 1 the site can't start, 2 wrong use."""
    # Run as a script, this module is __main__: a hook that imports flaskadmin must not get a second copy.
    sys.modules.setdefault("flaskadmin", sys.modules[__name__])
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # the console of Windows can't write every name
    try:
        if given[:1] == ["hash-password"] and not {"-h", "--help"} & set(given):
            hash_password("".join(given[1:2]))
        elif given[:2] == ["history", "verify"]:
            return verify_history(Settings.load(read_arguments(given[2:]), os.environ))
        else:
            run(Settings.load(read_arguments(given), os.environ))
    except FlaskAdminError as error:
        print(f"flaskadmin: {error.message}\n{error.remedy}".rstrip(), file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return 1
    return 0


# == 15. Pages ================================================================
# One constant a template; Jinja formats and escapes. The page policy (CSP) allows no inline script or style.
# Every page works without the script, which only makes it quicker to use. A template of the same name in the
# host's templates/flaskadmin/ wins; the blocks are title, head, kind, nav and main.

# The tokens come first: a host that overrides base.html may restyle the site by these alone. The colours keep
# 4.5:1 for text and 3:1 for the edges of controls, in light and in dark.
STYLE: Final[str] = r"""
:root {
  color-scheme: light dark;
  --bg: light-dark(#ffffff, #14171a);
  --panel: light-dark(#f6f7f8, #1b1f23);
  --line: light-dark(#e3e6e8, #2c3238);
  --edge: light-dark(#858f99, #68737e);
  --text: light-dark(#1c2126, #e4e7ea);
  --quiet: light-dark(#5a6670, #9ca7b1);
  --accent: light-dark(#1f5fbf, #7db0ff);
  --on-accent: light-dark(#ffffff, #0d1420);
  --soft: light-dark(#e8f0fc, #1c2b42);
  --bad: light-dark(#b3261e, #ff8a80);
  --bad-soft: light-dark(#fdeceb, #3a1d1b);
  --good: light-dark(#1a7338, #6fd08c);
  --good-soft: light-dark(#e7f5eb, #16301f);
  --mark: light-dark(#fff3c4, #3a3210);
  --shade: light-dark(#1c212626, #00000080);
  --radius: 6px;
  --row: 32px;
  --top: 48px;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  scroll-padding: 60px 0 84px;
}
[data-theme=light] { color-scheme: light; }
[data-theme=dark] { color-scheme: dark; }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--bg); color: var(--text); min-height: 100vh; display: grid;
  grid-template: var(--top) 1fr / 232px minmax(0, 1fr); overflow-wrap: anywhere; }
body.bare { grid-template-columns: minmax(0, 1fr); }
a { color: var(--accent); text-decoration: none; }
a:hover, main p a, .note a, .cell a, .problem a { text-decoration: underline; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 3px; }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.skip { position: fixed; z-index: 9; top: 6px; left: 8px; padding: 8px 14px; background: var(--accent);
  color: var(--on-accent); border-radius: var(--radius); }
.skip:not(:focus) { transform: translateY(-80px); }
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; }
h1 { font-size: 20px; line-height: 1.3; font-weight: 650; min-width: 0; unicode-bidi: plaintext; }
h2 { font-size: 15px; font-weight: 650; }
ul { list-style: none; }
small, .quiet { color: var(--quiet); }
small { font-size: 12px; }
code, pre { font: 12.5px/1.5 var(--mono); }

/* Frame */
header { grid-column: 1 / -1; position: sticky; top: 0; z-index: 5; display: flex; align-items: center;
  gap: 14px;
  padding: 0 16px; background: var(--bg); border-bottom: 1px solid var(--line); min-width: 0; }
header .name { font-weight: 650; width: 202px; flex: none; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; padding: 6px 0; }
header .trail { display: flex; gap: 4px; min-width: 0; white-space: nowrap; overflow: hidden;
  padding: 4px 2px; }
header .trail a { overflow: hidden; text-overflow: ellipsis; padding: 3px 6px; border-radius: 4px; }
header .trail a + a { margin-left: 12px; position: relative; overflow: visible; }
header .trail a + a::before { content: "›" / ""; position: absolute; left: -9px; color: var(--quiet); }
header .who { margin-left: auto; display: flex; gap: 4px; align-items: center; color: var(--quiet);
  flex: none; }
header .who span { max-width: 180px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
header .who .flag { border: 1px solid var(--edge); border-radius: 99px; padding: 1px 9px; font-size: 12px; }
header .tables { display: none; }
header .find { flex: 0 1 260px; margin-left: auto; min-width: 90px; }
header .find ~ .who { margin-left: 0; }
nav.side { border-right: 1px solid var(--line); background: var(--panel); padding: 12px 8px; position: sticky;
  top: var(--top); height: calc(100vh - var(--top)); overflow: auto; overscroll-behavior: contain; }
.side h2 { font-size: 11px; font-weight: 600; letter-spacing: .04em; text-transform: uppercase;
  color: var(--quiet); margin: 14px 8px 4px; }
.side a { display: block; padding: 4px 8px; border-radius: var(--radius); color: inherit; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; unicode-bidi: plaintext; text-align: left; }
.side a:hover { background: var(--line); text-decoration: none; }
.side a[aria-current] { background: var(--soft); color: var(--accent); font-weight: 600; }
.side .foot { margin-top: 12px; padding-top: 8px; border-top: 1px solid var(--line); color: var(--quiet); }
main { padding: 16px 22px 40px; min-width: 0; outline: 0; }

/* Controls */
input, select, textarea, button, .button { font: inherit; color: inherit; background: var(--bg);
  border: 1px solid var(--edge); border-radius: var(--radius); padding: 5px 10px; min-height: var(--row);
  max-width: 100%; margin: 0; }
input, select, textarea { min-width: 0; width: 100%; }
input, textarea { unicode-bidi: plaintext; }
input[type=search] { background: var(--bg); }
input[type=file] { padding: 4px; }
::placeholder { color: var(--quiet); opacity: 1; }
select { padding-right: 4px; }
textarea { display: block; resize: vertical; line-height: 1.45; }
.code { font-family: var(--mono); font-size: 12.5px; }
button, .button { width: auto; cursor: pointer; display: inline-flex; align-items: center;
  justify-content: center;
  gap: 6px; white-space: nowrap; border-color: var(--line); border-bottom-color: light-dark(#cfd4d8,
    #3a424a); }
button:hover, .button:hover { background: var(--panel); text-decoration: none; }
.button { color: var(--text); }
.primary, .danger { background: var(--accent); border-color: transparent; color: var(--on-accent);
  font-weight: 600; }
.danger { background: var(--bad); }
.primary:hover, .danger:hover { background: color-mix(in srgb, var(--accent) 86%, var(--text)); }
.danger:hover { background: color-mix(in srgb, var(--bad) 86%, var(--text)); }
.plain { border-color: transparent; background: none; color: var(--accent); padding: 5px 8px; }
[aria-disabled] { color: var(--quiet); opacity: .55; cursor: default; background: none; }
[aria-invalid] { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }

/* Title, messages */
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; margin: 0 0 10px; }
.title .count { color: var(--quiet); font-variant-numeric: tabular-nums; }
.title .actions { margin-left: auto; display: flex; flex-wrap: wrap; gap: 8px; }
.menu { position: relative; }
.menu summary { list-style: none; }
.menu summary::after { content: "▾"; margin-left: 6px; }
.menu > div { position: absolute; z-index: 4; right: 0; width: 264px; margin-top: 4px; padding: 6px;
  background: var(--bg); border: 1px solid var(--edge); border-radius: var(--radius); }
.menu p { padding: 4px 8px; color: var(--quiet); }
.menu a { display: flex; align-items: baseline; justify-content: space-between; gap: 8px; padding: 6px 8px;
  border-radius: 4px; }
.menu a:hover { background: var(--soft); text-decoration: none; }
.about { color: var(--quiet); margin: -4px 0 12px; max-width: 90ch; white-space: pre-line; }
.note { border: 1px solid var(--line); border-left: 3px solid var(--edge); background: var(--panel);
  border-radius: var(--radius); padding: 7px 12px; margin: 0 0 10px; max-width: 100ch; }
.note.good { border-left-color: var(--good); background: var(--good-soft); }
.note.bad { border-left-color: var(--bad); background: var(--bad-soft); }
.note ul { list-style: disc; padding-left: 18px; }
.note li a { display: inline-block; min-height: 24px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 12px; align-items: center; }
.chips form { display: flex; gap: 6px; width: 340px; max-width: 100%; }
.chip { background: var(--soft); border-radius: 99px; padding: 0 4px 0 12px; display: inline-flex; gap: 2px;
  align-items: center; max-width: 100%; min-height: 28px; }
.chip a { width: 24px; height: 24px; display: grid; place-items: center; border-radius: 50%; flex: none; }
.chip a.words { width: auto; height: auto; color: inherit; }
.filter fieldset, .bulk fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 12px;
  padding: 6px 14px 10px; min-width: 0; }
.filter legend, .bulk legend { float: none; font-weight: 600; padding: 0 6px; }
.condition:not(:has(option[value=replace]:checked)) [data-how] { display: none; }
.choice { display: flex; flex-direction: column; gap: 2px; max-width: 100%; }
.choice select { max-width: 100%; }
.map select { min-width: 120px; }
.choice span { color: var(--quiet); font-size: 12px; }
.bulk input[type=checkbox] { width: 16px; height: 16px; min-height: 0; flex: none; }
.picks { list-style: none; margin: 0; padding: 0; columns: 240px; }
.picks label, .bulk label.all { display: block; padding: 4px 0; min-height: 24px; }
input.pick { margin: 0 8px 0 0; width: 16px; height: 16px; }
input.pick, input.pick + a { vertical-align: middle; }
.chosen { position: sticky; bottom: 0; display: flex; flex-wrap: wrap; gap: 8px; align-items: center;
 padding: 10px 12px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; margin: 10px 0;
 z-index: 3; }
.chosen[hidden] { display: none; }
progress { width: min(100%, 480px); height: 14px; accent-color: var(--accent); }
.condition { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; padding: 5px 0; max-width: 100%; }
@media (max-width: 720px) { .condition select[name=add], .condition select[name=to] { width: 100%; } }
.condition b { font-weight: 550; flex: 0 0 190px; }
.condition select { max-width: 100%; min-width: 0; width: auto; }
.condition input:not([type]) { flex: 1 1 180px; width: auto; max-width: 420px; }
.condition .out { display: flex; gap: 6px; align-items: center; min-height: 28px; color: var(--quiet);
  white-space: nowrap; }
.condition .out input { width: 16px; min-height: 16px; height: 16px; }
.condition .problem { flex-basis: 100%; }
.chip a:hover { background: var(--accent); color: var(--on-accent); text-decoration: none; }

.looked { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; margin: -4px 0 10px;
  color: var(--quiet); }
.looked summary { min-height: 24px; padding: 2px 4px; cursor: pointer; color: var(--accent); }
.picks { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding: 6px 0; color: var(--text); }
.picks label { display: flex; gap: 6px; align-items: center; min-height: 28px; }
.picks input { width: 16px; min-height: 16px; height: 16px; }
.hits { margin: 0 0 20px; max-width: 100ch; }
.hits .head, .hits li { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; padding: 3px 0; }
.hits li { border-bottom: 1px solid var(--line); }
.hits a { min-height: 24px; }
.hits li span { color: var(--quiet); }
dialog { border: 1px solid var(--line); border-radius: var(--radius); background: var(--bg); color: var(--text);
  padding: 16px; width: min(560px, calc(100vw - 24px)); box-shadow: 0 8px 40px var(--shade); margin-top: 12vh; }
dialog:has(.with) { overflow: visible; }
dialog .pop { width: 100%; }
dialog::backdrop { background: var(--shade); }
.keys { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 18px; margin: 12px 0; }
kbd { font: 12px var(--mono); border: 1px solid var(--edge); border-radius: 4px; padding: 2px 6px; }
mark { background: var(--mark); color: inherit; font-weight: 600; border-radius: 2px; }

/* List */
.grid { position: relative; border: 1px solid var(--line); border-radius: var(--radius); overflow: auto;
  max-width: 100%;
  scroll-padding: 40px 0 8px 120px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; }
th { position: sticky; top: 0; z-index: 1; background: var(--panel); text-align: left; font-weight: 600;
  font-size: 12px; color: var(--quiet); }
th a { color: inherit; display: inline-flex; align-items: center; min-height: 28px; min-width: 24px; }
th.num:not(:first-child) a { justify-content: flex-end; }
th[aria-sort] { color: var(--text); }
th[aria-sort=ascending] a::after { content: "\2009↑" / ""; }
th[aria-sort=descending] a::after { content: "\2009↓" / ""; }
th, td { padding: 0 12px; height: var(--row); border-bottom: 1px solid var(--line); max-width: 300px;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

td:first-child { background: var(--bg); }
th:first-child { z-index: 2; }
td { unicode-bidi: plaintext; text-align: left; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover td { background: var(--panel); }
tbody tr:focus-within td { background: var(--soft); }
tbody tr.saved td { background: var(--mark); }
tr.open td { white-space: pre-wrap; padding-block: 6px; vertical-align: top; max-width: 460px; }
.rows tbody tr { cursor: pointer; }
.num { text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { position: sticky; left: 0; text-align: left; }
td i, .cell i { font-style: normal; }
.null i, .empty i, .bin i { color: var(--quiet); font-size: 11px; letter-spacing: .03em;
  border: 1px dashed var(--edge); border-radius: 4px; padding: 1px 5px; }
.empty i { border-style: dotted; letter-spacing: 0; font-style: italic; }
.bin i { border-style: solid; border-color: var(--line); background: var(--panel); letter-spacing: 0; }
.null i::after { content: " (no value)"; }
.empty i::after { content: " (text without letters)"; }
.json i::before { content: "JSON "; }
.null i::after, .empty i::after, .json i::before { position: absolute; width: 1px; height: 1px;
  overflow: hidden;
  clip-path: inset(50%); }
.tag i { border-radius: 99px; padding: 1px 9px 2px; font-size: 12px; background: var(--panel);
  border: 1px solid var(--line); }
.json i { font: 12px var(--mono); color: var(--quiet); }
td .o { margin-left: 8px; font-size: 12px; color: var(--quiet); padding: 4px; }
.none { padding: 36px 16px; text-align: center; color: var(--quiet); }
.none p + p { margin-top: 12px; }
.pager { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-top: 10px; }
.pager .size { margin-left: auto; display: flex; gap: 2px; align-items: center; color: var(--quiet); }
.size a { padding: 3px 7px; border-radius: 4px; min-width: 24px; text-align: center; }
.size [aria-current] { color: var(--text); font-weight: 600; background: var(--soft); }
@media (hover: hover) and (min-width: 721px) {
  td .o { opacity: 0; }
  tr:hover .o, tr:focus-within .o { opacity: 1; }
}
/* The rows scroll inside their box, so that headings and pager stay in sight;
  not on a low or zoomed screen. */
@media (min-width: 721px) and (min-height: 560px) {
  body.list { height: 100vh; }
  .list main { display: flex; flex-direction: column; height: calc(100vh - var(--top)); padding-bottom: 12px;
    }
  .list main > * { flex: none; }
  .list .grid { flex: 0 1 auto; min-height: 160px; }
}

/* Views, columns, settings */
.menu summary::-webkit-details-marker { display: none; }
.menu hr { border: 0; border-top: 1px solid var(--line); margin: 6px 0; }
.views > div { right: auto; left: 0; width: max-content; min-width: 180px; max-width: min(320px, 90vw);
  max-height: 60vh; overflow: auto; }
.menu h2 { font-size: 11px; color: var(--quiet); padding: 4px 8px 0; }
.menu [aria-current] { background: var(--soft); color: var(--accent); font-weight: 600; }
.check { display: inline-flex; gap: 8px; align-items: center; min-height: 28px; max-width: 100%; }
.check input { width: 18px; height: 18px; min-height: 0; flex: none; padding: 0; accent-color: var(--accent); }
.check select { width: auto; }
.sheet { max-width: 620px; margin-bottom: 14px; padding: 12px 16px; border: 1px solid var(--line);
  border-radius: var(--radius); }
.sheet, .sheet form { display: grid; gap: 8px; justify-items: start; }
.sheet form { width: 100%; }
.sheet label:not(.check) { display: grid; gap: 3px; width: min(100%, 340px); }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px; }
legend { float: left; padding: 4px 12px 0 0; }
.choose { max-width: 720px; }
.choose .grid { margin-bottom: 10px; }
.choose td { height: 40px; }
.choose td input { width: 76px; }
.choose td select { width: 106px; }
.choose .check input { width: 18px; }
.choose .save { position: sticky; }
@media (min-width: 721px) {
  th.wide { min-width: 480px; }
  .n1 tr > :nth-child(1), .n2 tr > :nth-child(2), .n3 tr > :nth-child(3), .n4 tr > :nth-child(4),
  .n5 tr > :nth-child(5), .n6 tr > :nth-child(6), .n7 tr > :nth-child(7), .n8 tr > :nth-child(8),
  .n9 tr > :nth-child(9), .n10 tr > :nth-child(10), .n11 tr > :nth-child(11), .n12 tr > :nth-child(12),
  .n13 tr > :nth-child(13), .n14 tr > :nth-child(14), .n15 tr > :nth-child(15), .n16 tr > :nth-child(16),
  .n17 tr > :nth-child(17), .n18 tr > :nth-child(18), .n19 tr > :nth-child(19), .n20 tr > :nth-child(20) {
  max-width: 110px; }
}

/* Figures */
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 26px 36px;
  align-items: start; }
.figure { min-width: 0; }
.figure:has(.plot) { grid-column: 1 / -1; }
.figure .head { display: flex; align-items: baseline; gap: 12px; margin-bottom: 6px; }
.figure .go { margin-left: auto; display: flex; gap: 12px; white-space: nowrap; }
.figure .go a, .figure summary, .others a { display: inline-block; padding: 3px 0; min-height: 24px; }
.figure summary { cursor: pointer; color: var(--accent); width: max-content; }
.plot { display: grid; grid-template: 190px 22px / 46px minmax(0, 1fr); gap: 0 6px; margin: 12px 0 4px; }
.plot svg, .bars svg { width: 100%; height: 100%; display: block; overflow: visible; }
.plot .x { grid-column: 2; }
.plot text { font-size: 12px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.plot line { stroke: var(--line); }
.plot .zero { stroke: var(--edge); }
.figure .b { fill: var(--accent); }
.hit { fill: transparent; }
.plot a:hover .hit { fill: var(--soft); }
.bars :is(th, td) { position: static; background: none; height: 28px; padding: 0 8px 0 0; font-size: inherit;
  font-weight: 400; color: inherit; border: 0; }
.bars th { max-width: 170px; }
.bars thead th { color: var(--quiet); }
.bars th:is(:first-child, .num) { padding: 0 8px 0 0; }
.bars th a { display: inline; line-height: 27px; color: var(--accent); }
.bars td:not(.num) { width: 55%; }
.bars svg { height: 14px; }
.bars i { font-style: normal; color: var(--quiet); }
.bars a i { color: inherit; }
.sums { display: flex; flex-wrap: wrap; gap: 12px 30px; margin: 0 0 22px; }
.sums dt { color: var(--quiet); font-size: 12px; }
.sums dd { font-variant-numeric: tabular-nums; }
.others { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 28px; align-items: baseline; }
.ask { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-bottom: 20px; }
.ask label { max-width: 100%; }
th a.f.f { position: absolute; inset: 1px 0 auto auto; justify-content: center; background: var(--panel); }
th.num a.f.f { inset: 1px auto auto 0; }
th a.f.f::after { content: "▾" / ""; }
@media (hover: hover) and (min-width: 721px) { th .f { opacity: 0; } th:hover .f, th .f:focus-visible { opacity: 1; } }
@media (max-width: 720px) { .cards th a.f.f { position: static; } }

/* Record */
.two { display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px 26px; align-items: start; }
.fields > div { display: grid; grid-template-columns: 190px minmax(0, 1fr); gap: 2px 16px; padding: 7px 0;
  border-bottom: 1px solid var(--line); }
.fields dt { font-weight: 550; unicode-bidi: plaintext; text-align: left; }
.fields dt small { display: block; font-weight: 400; }
.cell { min-width: 0; }
.cell .num { text-align: left; }
.text { white-space: pre-wrap; unicode-bidi: plaintext; text-align: start; }
.box { max-height: 320px; overflow: auto; resize: vertical; background: var(--panel);
  border: 1px solid var(--line);
  border-radius: var(--radius); padding: 8px 12px; margin: 0; white-space: pre-wrap; unicode-bidi: plaintext;
    }
.help { color: var(--quiet); font-size: 12.5px; white-space: pre-line; }
.shot { display: block; max-width: min(100%, 320px); max-height: 220px; border: 1px solid var(--line);
  border-radius: var(--radius); margin: 2px 0 6px; background: repeating-conic-gradient(#8881 0 25%,
    #8880 0 50%)
  0 0 / 16px 16px; }
aside { background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius);
  padding: 10px 14px; }
aside h2 { font-size: 13px; margin: 0 0 4px; }
aside li { display: flex; justify-content: space-between; gap: 10px; padding: 3px 0; }
aside li span { color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.related { margin-top: 24px; }
.related .head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; margin-bottom: 6px; }
.related .head .go { margin-left: auto; display: flex; gap: 14px; }
.related .head a { padding: 3px 0; }
@media (min-width: 1060px) {
  .two:has(aside) { grid-template-columns: minmax(0, 1fr) 250px; }
  .two > aside { grid-column: 2; grid-row: 1; position: sticky; top: calc(var(--top) + 16px);
    max-height: calc(100vh - var(--top) - 32px); overflow: auto; }
  .two > .body { grid-column: 1; grid-row: 1; }
}

/* Form */
form.edit { max-width: 860px; }
.field { display: grid; grid-template-columns: 190px minmax(0, 1fr); gap: 4px 16px; padding: 8px 0;
  border-bottom: 1px solid var(--line); position: relative; }
.field .name { padding-top: 5px; min-width: 0; }
.field label { font-weight: 550; unicode-bidi: plaintext; }
.field .name small { display: block; }
.field .name em { font-style: normal; font-size: 12px; color: var(--quiet); }
.field .control { display: grid; gap: 4px; min-width: 0; }
.with { display: flex; gap: 8px; align-items: flex-start; position: relative; }
.with > .state { flex: 0 0 auto; width: auto; max-width: 190px; color: var(--quiet);
  border-color: var(--line); }
.with > .button { flex: none; }
.with > .key { align-self: center; color: var(--quiet); font-size: 12px; flex: none; max-width: 120px;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.with > .now { align-self: center; }
.with > output, .with > .box { flex: 1; }
.with > output { padding: 5px 0; color: var(--quiet); white-space: pre-wrap; unicode-bidi: plaintext; }
.with:has(.state option:is([value=null], [value=default]):checked) > :is(input, textarea, select.v) {
  background: var(--panel); border-style: dashed; color: var(--quiet); }
.with:has(.state option:is([value=null], [value=default]):checked) > .state { color: var(--text);
  font-weight: 600;
  border-color: var(--edge); }
.short > input { max-width: 260px; }
.with > select.v { max-width: 340px; }
.was { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
.was .shot { flex: 0 0 auto; width: auto; max-height: 140px; margin: 0; }
.problem { color: var(--bad); font-weight: 500; }
.problem::before { content: "⚠ " / ""; }
.theirs { background: var(--mark); border-radius: var(--radius); padding: 5px 10px; }
.theirs b { font-weight: 600; white-space: pre-wrap; unicode-bidi: plaintext; }
.changed::before { content: ""; position: absolute; inset: 0 auto 0 -11px;
  border-left: 3px solid var(--accent); }
.changed .name small::after { content: " · changed"; color: var(--accent); }
.save { bottom: 0; z-index: 3; background: var(--bg); border-top: 1px solid var(--line);
  padding: 12px 0; display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: -1px; }
/* In reach as soon as there is something to save; until then it covers nothing. */
form:has(.changed) .save { position: sticky; }
@media (scripting: none) { .save { position: sticky; } }
.save output { color: var(--quiet); margin-left: auto; }
.pop { position: absolute; z-index: 4; top: calc(100% + 3px); left: 0; width: min(100%, 460px);
  background: var(--bg);
  border: 1px solid var(--edge); border-radius: var(--radius); box-shadow: 0 8px 24px var(--shade); }
.pop ul { max-height: 300px; overflow: auto; padding: 4px; scroll-padding: 4px; }
.pop li { display: flex; justify-content: space-between; gap: 12px; padding: 5px 8px; border-radius: 4px;
  cursor: pointer; }
.pop li span { color: var(--quiet); font-size: 12px; }
.pop li[aria-selected=true] { background: var(--soft); outline: 1px solid var(--accent);
  outline-offset: -1px; }
.pop p { padding: 5px 12px; color: var(--quiet); font-size: 12px; }
.pop ul:not(:empty) + p:not(:empty) { border-top: 1px solid var(--line); }

/* Parts: a cell's form, a dialog, chips, a peek, what is told */
.over, .peek { position: fixed; z-index: 6; width: min(340px, 100vw - 12px); padding: 8px 12px; }
.over .field { grid-template-columns: none; padding: 0 0 8px; border: 0; }
.over .field::before { content: none; }
.over .now, .over a[data-new] { display: none; }
.field .control { align-content: start; }
.toast { position: fixed; z-index: 9; bottom: 16px; left: 24px; padding: 8px 16px; max-width: 90vw;
  background: var(--text); color: var(--bg); border-radius: var(--radius); }
.toast:empty { padding: 0; }
.toast a { color: inherit; text-decoration: underline; }
.copies label { flex: 1 0 100%; }
.links form { width: auto; }
.links .chip { padding-right: 0; }
.links .chip button { min-height: 24px; }
.peek dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; }
.peek dt { color: var(--quiet); }
.peek dd { overflow: hidden; max-height: 40px; }
dialog:has(.part) { width: min(800px, 100vw - 24px); margin-top: 5vh; overflow: auto; }
dialog .save { position: sticky; bottom: -16px; }

/* Delete, dashboard, status */
.effects { margin: 12px 0; max-width: 760px; }
.effects > li { padding: 8px 0; border-bottom: 1px solid var(--line); }
.effects .second { margin-left: 24px; }
.effects b.blocks { color: var(--bad); }
.effects ul { display: flex; flex-wrap: wrap; gap: 2px 14px; }
.effects ul a { padding: 2px 0; display: inline-block; min-height: 24px; }
.typed { max-width: 340px; margin: 12px 0; display: grid; gap: 4px; }
.group { margin-top: 18px; }
.group ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr));
  gap: 0 28px;
  margin-top: 4px; }
.group li { display: flex; flex-wrap: wrap; align-items: baseline; align-content: center; gap: 0 8px;
  padding: 4px 0;
  border-bottom: 1px solid var(--line); min-height: 33px; min-width: 0; }
.group li > a:first-child { flex: 1 1 0; min-width: 0; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; font-weight: 550; padding: 2px 0; }
.group li small { white-space: nowrap; }
.group li .why { flex: 0 0 100%; order: 1; overflow: hidden; text-overflow: ellipsis; }
.group li .n { margin-left: auto; color: var(--quiet); font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.group li .plus { display: inline-block; width: 24px; text-align: center; border-radius: 4px;
  line-height: 24px; }
.plus:hover { background: var(--soft); text-decoration: none; }
.status td { padding-block: 4px; max-width: 420px; }
.status td:is(:first-child, :last-child) { white-space: normal; overflow-wrap: break-word; }
.status td:first-child { max-width: 240px; }
.status td:last-child { min-width: 280px; }
.kv { display: flex; flex-wrap: wrap; gap: 4px 28px; margin-bottom: 14px; }

/* History */
.past del, .past ins, .theirs del, .theirs ins { text-decoration: none; border-radius: 3px; }
:is(.past, .theirs) del { background: var(--bad-soft); }
:is(.past, .theirs) .box del { text-decoration: line-through; }
:is(.past, .theirs) ins { background: var(--good-soft); }
:is(.past, .theirs) .box ins { text-decoration: underline; }
del::before, ins::before { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
del::before { content: " (before:) "; }
ins::before { content: " (after:) "; }
.past dd > :is(del, ins) { display: inline-block; max-width: 100%; padding: 0 4px; vertical-align: top; }
.tagged { border: 1px solid var(--edge); border-radius: 99px; padding: 1px 8px; white-space: nowrap; }
.past td:first-child { white-space: normal; max-width: 520px; }
.when { font-variant-numeric: tabular-nums; }
.note form { display: inline; }
.note form button { min-height: 24px; padding: 0 8px; font-weight: 600; }
.merge { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); gap: 2px 14px;
  min-width: 0; }
.merge legend { grid-column: 1 / -1; padding: 2px 0 0; }
.merge > div { min-width: 0; }

/* Pages that stand alone */
.card { max-width: 400px; margin: 8vh auto 0; display: grid; gap: 12px; }
.card label { display: grid; gap: 3px; font-weight: 550; }
.card label input { font-weight: 400; }
.card .button, .card button { justify-self: start; }
.card .note { margin: 0; }
.card form { display: grid; gap: 14px; }
.wide { max-width: 620px; }
.card .code { font: 13px var(--mono); color: var(--quiet); }
.row { display: flex; flex-wrap: wrap; gap: 8px; }

@media (max-width: 720px) {
  :root { --row: 36px; scroll-padding: 8px 0 120px; }
  body { display: block; }
  header { position: static; flex-wrap: wrap; gap: 4px 10px; padding: 6px 14px; }
  header .name { width: auto; flex: 1 1 0; min-width: 90px; }
  header .trail { order: 3; flex: 0 0 100%; overflow-x: auto; margin-left: -6px; }
  header .trail a { overflow: visible; }
  header .tables { display: inline-flex; }
  header .find { display: none; }
  header .plain { padding-inline: 6px; }
  header .who > span:not(.flag) { display: none; }
  nav.side { display: none; }
  main { padding: 12px 14px 32px; }
  .title .actions { margin-left: 0; }
  .menu > div { left: 0; right: auto; }
  .chips form { width: 100%; }
  input, select, textarea { font-size: 16px; }  /* smaller, and iOS zooms into the page */
  .with > .state { font-size: 14px; }
  .with:has(.now, [data-new]) { flex-wrap: wrap; }
  .with > [role=combobox] { flex: 1 0 70%; }
  th:first-child, td:first-child { max-width: 42vw; }
  .cards { border: 0; overflow: visible; }
  .cards table, .cards tbody { display: block; }
  .cards thead, .cards thead tr { display: flex; overflow-x: auto; gap: 6px; }
  .cards thead { padding-bottom: 10px; }
  .cards th, .cards th:first-child { display: flex; flex: none; align-items: center; height: auto;
    position: static;
    border: 1px solid var(--line); border-radius: 99px; padding: 2px 11px; max-width: 200px; }
  .cards thead:not(:has(a)), .cards thead th:nth-child(n):not(:has(a)) { display: none; }
  .cards th a { justify-content: center; }
  .cards tbody tr { display: block; border: 1px solid var(--line); border-radius: var(--radius);
    margin-bottom: 10px;
    padding: 4px 12px; overflow: hidden; }
  .cards tbody tr.saved { background: var(--mark); }
  .cards td, .cards td:first-child, tr.open td { display: flex; justify-content: space-between; gap: 16px;
    height: auto; min-height: 28px; align-items: baseline; padding: 2px 0; min-width: 0; max-width: none;
      border: 0; text-align: end;
    white-space: normal; position: static; background: none; }
  .cards tbody tr:hover td { background: none; }
  .cards td:first-child { font-weight: 600; }
  .cards td:first-child .o { margin-left: auto; order: 2; font-weight: 400; font-size: 13px; padding: 4px 0; }
  .cards td:first-child:has(.o) a[rel] { margin-left: 0; }
  .cards td::before { content: attr(data-l); color: var(--quiet); flex: 0 0 auto; max-width: 45%;
    font-weight: 400;
    text-align: start; }
  .cards td a { min-height: 24px; }
  .status td:last-child { min-width: 0; }
  .cards td:empty { display: none; }
  .pager .size { margin-left: 0; flex: 1 1 100%; }
  .choose :is(td, th) { padding: 0 6px; }
  .choose td input { width: 60px; padding: 5px; }
  .choose td small { display: none; }
  .menu { position: static; }
  .menu[open] { flex: 1 1 100%; }
  .menu > div { position: static; max-width: none; width: 100%; margin-top: 6px; box-shadow: none; }
  .fields > div, .field { grid-template-columns: minmax(0, 1fr); }
  .field .name { padding-top: 0; }
  .field .name small { display: inline; margin-left: 6px; }
  .save { margin-inline: -14px; padding: 10px 14px; }
  form:has(.changed) .save { box-shadow: 0 -4px 12px var(--shade); }
  .save output { margin: 0; flex-basis: 100%; order: -1; }
  .save output:empty { display: none; }
  .card { margin-top: 4vh; }
}
@media (prefers-reduced-motion: no-preference) { .pop, .skip, td .o { transition: opacity .12s,
  transform .12s; } }
@media (forced-colors: active) { [aria-current], [aria-selected=true] { outline: 2px solid Highlight; } }
@media print { header, nav.side, .actions, .save, .pager, .chips form, td .o { display: none !important; }
  body, .list main { display: block; height: auto !important; } .grid { overflow: visible; } }
"""

# No framework and no build: each block improves one thing that also works without it. Texts reach the page by
# textContent alone, so that a value can't become markup here either.
SCRIPT: Final[str] = r"""
"use strict";
(() => {
const root = document.documentElement;
const all = (selector, under = document) => [...under.querySelectorAll(selector)];
const on = (node, names, does, early) => {
  for (const name of names.split(" ")) node.addEventListener(name, does, early);
};
const held = event => event.ctrlKey || event.metaKey;
const parse = text => new DOMParser().parseFromString(text, "text/html");
const make = (tag, attributes = {}, text = "") => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
};

/* The browser's time zone, for the next page: times are shown in it. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && root.dataset.path && zone !== root.dataset.zone)
  document.cookie = `flaskadmin_zone=${zone}; path=${root.dataset.path}; max-age=31536000; `
    + `samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;

/* The theme changes at once, so that what is typed in a form stays. */
const themes = { auto: "dark", dark: "light", light: "auto" };
for (const button of all("button[name=theme]")) on(button.form, "submit", event => {
  event.preventDefault();
  const values = new FormData(button.form, button);
  const theme = button.value;
  root.dataset.theme = theme;
  button.value = themes[theme];
  const words = { auto: "as the system", dark: "dark", light: "light" };
  button.title = `Theme: ${words[theme]}. Change to ${words[button.value]}.`;
  button.querySelector(".sr").textContent = button.title;
  const body = new URLSearchParams(values);
  fetch(button.form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
});

/* Pinned charts come when the first page is there, each in its own time. */
for (const place of all("[data-part]")) fetch(place.dataset.part).then(async answer => {
  if (!answer.ok || answer.redirected) return;
  const part = parse(await answer.text()).querySelector(".figure");
  part.querySelector(".head").remove();
  place.append(...part.childNodes);
}).catch(() => {});

/* The finder of tables shortens its list while one types; Enter asks the server, which knows them all. */
for (const box of all("[data-filter]")) on(box, "input", () => {
  const words = box.value.toLowerCase().split(/\s+/);
  for (const item of all(`${box.dataset.filter} [data-item]`))
    item.hidden = !words.every(word => item.textContent.toLowerCase().includes(word));
  for (const group of all(`${box.dataset.filter} [data-group]`))
    group.hidden = !group.querySelector("[data-item]:not([hidden])");
});

/* On a phone rows become cards, which need their headings; without this the table scrolls in its box. */
const cards = table => {
  const heads = all("th", table).map(head => head.textContent.trim());
  for (const cell of all("tbody td", table)) cell.dataset.l = heads[cell.cellIndex];
  table.parentNode.classList.add("cards");
};
all("[data-cards] table").forEach(cards);

/* Rows: a click anywhere opens; links, marked text and the keys that open a new tab stay what they are. */
let opening = 0;
const opens = table => {
  table.classList.add("rows");
  const link = row => row && row.querySelector("a[rel]");
  const open = event => {
    const row = event.target.closest("tbody tr");
    if (!link(row) || event.target.closest("a, button, input, label") || String(getSelection())) return;
    if (held(event) || event.button === 1) window.open(link(row).href, "_blank",
      "noopener");
    else if (event.button === 0)  // a double click changes a cell of a list
      opening = setTimeout(() => link(row).click(), table.closest(".list") && link(row).rel === "edit" ? 250 : 0);
  };
  on(table, "click", open);
  on(table, "auxclick", event => event.button === 1 && open(event));
  on(table, "mouseover", event => {
    const cell = event.target.closest("td");
    if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.innerText;
  });
  const marked = table.querySelector("tr.saved");
  if (marked) marked.scrollIntoView({ block: "center" });
};
all("table[data-rows]").forEach(opens);
/* Rows are chosen by boxes that stand in front of their links; Shift takes all between two. */
for (const many of all("a[data-bulk]")) {
  const boxes = [], bar = make("form", { method: "post", action: many.href, class: "chosen", hidden: "" });
  const words = make("b", { role: "status" }), from = location.pathname.length;
  let last = -1;
  const shown = () => {
    const chosen = boxes.filter(box => box.checked);
    words.textContent = `${chosen.length} chosen`;
    bar.hidden = !chosen.length;
    for (const old of all("input[name=key]", bar)) old.remove();
    for (const box of chosen) bar.append(make("input", { type: "hidden", name: "key", value: box.value }));
  };
  const set = state => { for (const box of boxes) box.checked = state; shown(); };
  for (const link of all("table[data-rows] tbody a[rel]")) {
    const path = new URL(link.href).pathname.slice(from).replace(/\/edit$/, "");
    const box = make("input", { type: "checkbox", class: "pick", value: decodeURIComponent(path),
      "aria-label": `Choose ${link.textContent}` });
    const place = boxes.push(box) - 1;
    box.addEventListener("click", event => {
      if (event.shiftKey && last >= 0)
        for (let n = Math.min(last, place); n <= Math.max(last, place); n++) boxes[n].checked = box.checked;
      last = place;
      shown();
    });
    link.before(box);
  }
  const button = (text, does) => {
    const node = make("button", { type: "button", class: "plain" }, text);
    node.addEventListener("click", does);
    return node;
  };
  const token = document.querySelector("input[name=csrf_token]");
  if (token) bar.append(token.cloneNode());
  bar.append(words);
  for (const [task, text] of JSON.parse(many.dataset.bulk))
    bar.append(make("button", { name: "do", value: task, class: task === "delete" ? "danger" : "" }, text));
  if (document.querySelector("a[href^='export.csv']")) bar.append(button("Export", () => {
    const keys = all("input[name=key]", bar).map(input => ["key", input.value]);
    location.href = `export.csv?for=excel&${new URLSearchParams(keys)}`;
  }));
  bar.append(button("All on this page", () => set(true)), button("None", () => set(false)));
  document.querySelector("main").append(bar);
}
/* A menu closes like one: by Escape, and by a click elsewhere. */
for (const menu of all("details.menu")) {
  on(document, "click", event => { if (!menu.contains(event.target)) menu.open = false; });
  on(menu, "keydown", event => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
const typing = target => target.closest("input, textarea, select, [contenteditable]");
const step = way => {
  const rows = all("table[data-rows] tbody tr");
  const here = rows.findIndex(row => row.contains(document.activeElement));
  const next = rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + way))];
  const link = next && next.querySelector("a[rel]");
  if (link) { link.focus(); next.scrollIntoView({ block: "nearest" }); }
};
/* Dialogs: Esc or a click beside closes them; the browser gives the focus back. */
let went = 0;
const popUp = (label, ...nodes) => {
  const dialog = make("dialog", { "aria-label": label });
  const changed = () => dialog.querySelector(".changed");  // what was typed is only left by its button
  dialog.append(...nodes);
  document.body.append(dialog);
  on(dialog, "click", event => event.target === dialog && !changed() && dialog.close());
  on(dialog, "cancel", event => changed() && event.preventDefault());
  on(dialog, "close", () => dialog.remove());
  dialog.showModal();
  return dialog;
};
const keysLink = document.querySelector("[data-keys]");
const keys = async () => {
  if (!keysLink || document.querySelector("dialog")) return;
  try {
    const text = await (await fetch(keysLink.href)).text();
    const list = parse(text).querySelector("dl.keys");
    const button = make("button", {}, "Close");
    const dialog = popUp("Keyboard", make("h2", {}, "Keyboard"), document.importNode(list, true), button);
    on(button, "click", () => dialog.close());
    button.focus();
  } catch { location.href = keysLink.href; }
};
if (keysLink) on(keysLink, "click", event => {
  if (!held(event)) { event.preventDefault(); keys(); }
});
/* The palette: a picker whose keys are addresses; what was only typed is searched for. */
const palette = event => {
  const form = document.querySelector("form.find");
  if (!form) return;
  event.preventDefault();
  if (document.querySelector("dialog")) return;
  let chosen = false;
  const wrap = make("div", { class: "with" });
  const box = make("input", { id: "palette", "data-url": form.action, "data-label": "Found",
    "data-hint": "Go to a table, or to a record by its key", "data-current": "" });
  wrap.append(box);
  const dialog = popUp("Go to", wrap);
  picker(box);
  dialog.querySelector("[role=combobox]").focus();
  on(dialog, "keydown", event => {
    chosen = event.key === "Enter";
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); dialog.close(); }
  }, true);
  on(dialog, "click", event => { chosen = Boolean(event.target.closest("li")); }, true);
  on(box, "input", () => {
    if (!chosen || !box.value) return;
    location.href = box.value[0] === "/" ? box.value : `${form.action}?q=${encodeURIComponent(box.value)}`;
  });
};
on(document, "keydown", event => {
  if (held(event) && !event.altKey && event.key.toLowerCase() === "s") {
    const form = all("form.edit").pop();
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("[value=stay]") || form.querySelector("button");
    if (document.activeElement) document.activeElement.blur();  // a picker takes over what was typed
    if (button) form.requestSubmit(button);
    return;
  }
  if (held(event) && !event.altKey && event.key.toLowerCase() === "k") palette(event);
  if (held(event) || event.altKey || typing(event.target) || event.target.closest("dialog")) return;
  const search = all("main input[type=search]")[0] || all("input[type=search]")[0];
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") keys();
  else if (event.key === "n" || event.key === "e") {
    const row = document.activeElement.closest("table[data-rows] tbody tr");
    const link = event.key === "n" ? "main .actions a[href*='/new']" : "main .actions a[rel=edit]";
    const found = document.querySelector(link) || (event.key === "e" && row && row.querySelector("a[rel=edit]"));
    if (found) found.click();
  } else if (event.key === "d" && Date.now() - went < 1500) location.href = root.dataset.path;
  went = event.key === "g" ? Date.now() : 0;
  if (event.key === "x") {
    const row = document.activeElement.closest("table[data-rows] tbody tr");
    if (row) row.classList.toggle("open");
  }
});

/* Pickers: an ARIA 1.2 combobox before the box for the key, which is what is submitted. */
const picker = (box, place) => {
  const wrap = box.parentNode, id = box.id, name = `${id}-list`;
  const input = make("input", { id, role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": name, "aria-autocomplete": "list",
    placeholder: box.dataset.hint || "Type a name or a key" });
  if (box.dataset.hint) input.setAttribute("aria-label", box.dataset.hint);
  for (const given of ["aria-describedby", "aria-invalid"])
    if (box.hasAttribute(given)) input.setAttribute(given, box.getAttribute(given));
  input.className = "v";
  const list = make("ul", { id: name, role: "listbox", "aria-label": box.dataset.label });
  const note = make("p"), pop = make("div", { class: "pop" });
  const live = make("div", { class: "sr", role: "status" });
  const key = make("span", { class: "key", "aria-hidden": "true" });
  const now = wrap.querySelector(".now");
  pop.append(list, note);
  pop.hidden = true;
  box.removeAttribute("id");
  box.hidden = true;
  wrap.insertBefore(input, box);
  wrap.insertBefore(key, box.nextSibling);
  wrap.append(pop, live);
  if (now && now.href) {
    now.className = "button now";
    now.textContent = "Open";
    now.title = `Open ${box.dataset.current}`;
  } else if (now) now.hidden = true;
  let shown = box.dataset.current || box.value, results = [], active = -1, timer = 0, asked = null;
  const hint = () => { key.textContent = shown !== box.value ? box.value : ""; };
  input.value = shown;
  hint();
  const mark = index => {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    const item = list.children[index];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    clearTimeout(timer);
    if (asked) asked.abort();
    pop.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const take = (value, label, also) => {
    for (const [other, part] of Object.entries(also || {})) {  // the key's other columns
      const field = [...box.form.elements].find(one => one.name === other);
      if (field && field.value !== part) {
        field.value = part;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    if (value !== box.value) {
      box.value = value;
      if (now) now.hidden = true;
    }
    shown = input.value = label;
    hint();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const settle = () => {
    close();
    const text = input.value.trim();
    if (text === shown) return;
    const same = results.filter(one => one.key === text || one.label.toLowerCase() === text.toLowerCase());
    if (same.length === 1) take(same[0].key, same[0].label, same[0].also);
    else take(text, text);  // the server says whether there is such a key
  };
  const show = (found, more, words) => {
    results = found;
    list.replaceChildren(...found.map((one, at) => {
      const item = make("li", { id: `${name}-${at}`, role: "option", "aria-selected": "false" }, one.label);
      if (one.hint && one.hint !== one.label) item.append(make("span", {}, one.hint));
      return item;
    }));
    list.hidden = !found.length;
    note.textContent = words
      || (more ? "More than these: keep typing." : found.length ? "" : "Nothing found.");
    live.textContent = found.length ? `${found.length} found. ${note.textContent}` : note.textContent;
    pop.hidden = false;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(box.dataset.hint && found.length ? 0 : -1);
  };
  const ask = async (text, quick = true) => {
    if (asked) asked.abort();
    asked = new AbortController();
    const { signal } = asked, url = new URL(box.dataset.url, location);
    url.searchParams.set("q", text);
    if (quick) url.searchParams.set("quick", "");
    try {
      const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
      if (!answer.ok || !(answer.headers.get("Content-Type") || "").includes("json")) throw new Error();
      const { results, tables = [], views = [], records = [], more, cut, note: words } = await answer.json();
      const found = results || [...records, ...tables, ...views], further = quick && cut && !found.length;
      if (signal.aborted) return;
      show(found, more, further ? "Looking further…" : words);
      if (further) ask(text, false);  // row by row, for a second at most
    } catch {
      if (!signal.aborted) show([], false, "Can’t look it up now: type the key itself.");
    }
  };
  const begin = () => ask(input.value === shown ? "" : input.value.trim());
  on(input, "input", () => {
    clearTimeout(timer);
    mark(-1);  // it was for other letters
    timer = setTimeout(() => ask(input.value.trim()), 140);
  });
  on(input, "click", () => pop.hidden && begin());
  on(input, "blur", settle);
  on(input, "keydown", event => {
    const count = list.children.length, open = !pop.hidden && count;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1;
      if (open) mark((next + count) % count);
      else begin();
    } else if (event.key === "Enter" && !pop.hidden) {
      event.preventDefault();
      const one = results[active];
      if (one) { take(one.key, one.label, one.also); close(); } else settle();
    } else if (event.key === "Tab" && results[active] && !pop.hidden) {
      take(results[active].key, results[active].label, results[active].also);
    } else if (event.key === "Escape" && (!pop.hidden || input.value !== shown)) {
      event.preventDefault();
      if (pop.hidden) input.value = shown;
      close();
    }
  });
  const plus = wrap.querySelector("[data-new]");  // makes what it shall refer to
  if (plus) on(plus, "click", event => inDialog(event, plus, async ({ token }) => {
    const url = new URL(box.dataset.url, location);
    url.searchParams.set("token", token);
    const { results: [one] } = (await read(url)).told;
    take(one.key, one.label, one.also);
    input.focus();
  }));
  on(pop, "pointerdown", event => event.preventDefault());  // keeps the focus in the box
  on(list, "click", event => {
    const one = results[[...list.children].indexOf(event.target.closest("li"))];
    if (one) { take(one.key, one.label, one.also); close(); input.focus(); }
  });
};
all("input[data-url]").forEach(picker);

/* Forms: typing means a value, choosing NULL or the default takes the typing back; what changed is counted,
   and leaving it unsaved is asked about. */
const guard = form => {
  let sent = false, count = 0;
  const plain = text => text.replace(/\r\n?/g, "\n");
  const dirty = control => {
    if (control.type === "file") return control.files.length > 0;
    if (control.tagName === "SELECT") {
      const before = [...control.options].findIndex(option => option.defaultSelected);
      return control.selectedIndex !== Math.max(0, before);
    }
    return plain(control.value) !== plain(control.defaultValue);
  };
  const named = field => all("input[name], textarea[name], select[name]", field);
  const tell = form.querySelector(".save output");
  const recount = () => {
    count = 0;
    for (const field of all(".field", form)) {
      const changed = "changed" in field.dataset || named(field).some(dirty);
      field.classList.toggle("changed", changed);
      count += changed;
    }
    const words = count ? `${count} change${count > 1 ? "s" : ""}` : "";
    if (tell && tell.textContent !== words) tell.textContent = words;
  };
  on(form, "input", event => {
    const state = event.target.closest(".with")?.querySelector(".state");
    const mine = event.target.closest(".with")?.parentNode.querySelector("[value=mine]");
    if (mine) mine.checked = true;
    if (state && event.target !== state && event.target.name) {
      const empty = event.target.value === "" && "url" in event.target.dataset;
      const want = empty ? "null" : "value";
      if ([...state.options].some(option => option.value === want)) state.value = want;
    } else if (state && event.target === state && state.value !== "value") {
      for (const control of named(state.parentNode)) {
        if (control === state) continue;
        if (control.tagName === "SELECT") {
          for (const option of control.options) option.selected = option.defaultSelected;
        } else control.value = control.type === "file" ? "" : control.defaultValue;
      }
    }
    recount();
  });
  on(form, "change", recount);
  on(form, "submit", event => {
    if (sent) event.preventDefault();  // a second click would save twice
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; recount(); });
  addEventListener("beforeunload", event => {
    if (count && !sent && form.isConnected) event.preventDefault();
  });
  const wrong = form.querySelector("[aria-invalid]");
  const first = wrong || ("new" in form.dataset && all(".field .v", form).find(c => !c.hidden && c.type !== "hidden"));
  if (first && first.type !== "hidden") first.focus();
  recount();
};
all("form.edit").forEach(guard);

/* Forms in a dialog or over a cell are parts of pages. Saved, they answer with JSON, else with themselves. */
const toast = make("p", { class: "toast", role: "status" });
document.body.append(toast);
let fading = 0;
const say = (words, undo) => {
  (all("dialog[open]").pop() || document.body).append(toast);
  toast.textContent = words;
  if (undo) toast.append(" ", make("a", { href: undo }, "Undo"));
  clearTimeout(fading);
  fading = setTimeout(() => { toast.textContent = ""; }, 9000);
};
const read = async (url, body) => {
  try {
    const headers = { Accept: "text/html", "X-Part": "1" };
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers });
    const text = await answer.text();
    if (text[0] === "{") return { told: JSON.parse(text) };
    const page = parse(text), lost = answer.redirected || answer.status === 401;
    const words = lost ? "Sign in again in another tab, then go on here." : page.querySelector("h1")?.textContent;
    return { page, words, form: page.querySelector("form.part") };
  } catch { return { words: "The server can’t be reached." }; }
};
const beneath = (box, node, upon) => {
  const { left, top, bottom } = node.getBoundingClientRect(), from = upon ? top : bottom;
  const x = Math.min(left, innerWidth - box.offsetWidth - 6), high = box.offsetHeight + 6;
  const y = from + high < innerHeight ? from : Math.min(top, innerHeight) - high;
  box.style.left = `${Math.max(6, x)}px`;
  box.style.top = `${Math.max(6, y)}px`;
};
const fill = (under, form, leave, saved) => {
  under.replaceChildren(form);
  all("input[data-url]", form).forEach(picker);
  guard(form);
  const box = document.activeElement;
  if (box.type === "text") box.select();
  on(form.querySelector("[value=leave]"), "click", leave);
  on(form, "submit", async event => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const { told, form: again, words } = await read(form.action, new FormData(form));
    if (again) return fill(under, again, leave, saved);
    if (told) { leave(); saved(told); }
    else dispatchEvent(new Event("pageshow"));  // it may be sent again
    say(told ? told.message : words, told && told.undo);
  });
};

/* What a form makes or changes elsewhere goes into a dialog; without the script these are links. */
const inDialog = async (event, link, saved) => {
  if (held(event)) return;
  event.preventDefault();
  const { form, words } = await read(link.href);
  if (!form) return say(words);
  const dialog = popUp(link.textContent);
  fill(dialog, form, () => dialog.close(), saved);
};
const reload = async (box, url, href) => {
  const { page } = await read(url), fresh = page && page.querySelector("[data-box]");
  if (!fresh) return location.reload();
  box.replaceWith(fresh);
  all("table", fresh).forEach(table => { opens(table); cards(table); });
  all("input[data-url]", fresh).forEach(picker);
  (all("a", fresh).find(link => link.href === href) || fresh.querySelector("a")).focus();
};
on(document, "click", event => {
  const link = event.target.closest("[data-box] a"), box = link && link.closest("[data-box]");
  if (!link || held(event)) return;
  if ("dialog" in link.dataset) inDialog(event, link, () => reload(box, box.dataset.box, link.href));
  else if (/next|prev/.test(link.rel)) {
    event.preventDefault();
    reload(box, link.href.replace("#", "&form=part#"), link.href);
  }
});

/* A peek at what a foreign key refers to stays while one points at either, and goes by Escape. */
let peek = toast, looked = null, peeking = 0;
const look = async link => {
  if (peek !== toast) peek.remove();
  looked = link;
  const { page } = link ? await read(`${link.href}?form=card`) : {}, card = page && page.querySelector(".peek");
  if (!card || looked !== link || !link.isConnected) return;
  document.body.append(peek = card);
  beneath(peek, link);
  link.setAttribute("aria-describedby", peek.id);
};
on(document, "mouseover focusin keydown", ({ key, target }) => {
  const link = key ? null : target.closest("td a:not([rel], [class]), .cell a:not([download]), .links .words");
  if (key && key !== "Escape") return;
  clearTimeout(peeking);
  if (link !== looked && !peek.contains(target)) peeking = setTimeout(look, key ? 0 : 300, link);
});

/* Cells of a list: arrows lead from one to the next; F2 or a double click changes one where it stands. */
for (const table of all(".list table[data-rows]")) {
  const over = make("div", { class: "pop over" });
  let at = null, way = 0;
  const heads = () => all("th", table).map(head => head.querySelector(".f")?.pathname.split("/").pop());
  const beside = (cell, x, y) =>
    table.tBodies[0].rows[cell.parentNode.sectionRowIndex + y]?.cells[cell.cellIndex + x];
  const go = cell => {
    const place = cell && (cell.querySelector("a[rel]") || cell);
    if (place === cell && cell) cell.tabIndex = -1;
    if (place) place.focus();
  };
  const leave = () => {
    over.remove();
    go(beside(at, way, 0) || at);
    way = 0;
  };
  const renew = ({ row }) => {
    const { cells, classList } = at.parentNode, here = [...cells].indexOf(document.activeElement.closest("td"));
    const pick = at.parentNode.querySelector(".pick");
    if (!row.includes(cells[0].querySelector("a").getAttribute("href"))) return location.reload();
    const fresh = [...parse(`<table>${row}`).querySelector("tr").cells];
    classList.add("saved");
    heads().forEach((name, place) => name && cells[place].replaceWith(fresh.shift()));
    if (pick) cells[0].prepend(pick);
    if (table.closest(".cards")) cards(table);
    go(cells[here]);
  };
  const save = x => {
    way = x;
    document.activeElement.blur();  // a picker takes over what was typed
    if (over.querySelector(".changed")) over.firstChild.requestSubmit();
    else leave();
  };
  const edit = async cell => {
    const link = cell.parentNode.querySelector("a[rel=edit]"), name = heads()[cell.cellIndex];
    if (!link || !name) return;
    const { told, form, words } = await read(`${link.href}?only=${name}&columns=${heads().filter(Boolean)}`);
    if (told) location.href = told.open;
    if (!form) return say(words || "");
    at = cell;
    document.body.append(over);
    fill(over, form, leave, renew);
    beneath(over, cell, 1);
  };
  on(over, "keydown", event => {
    const { key, target, shiftKey } = event;
    if (event.defaultPrevented) return;
    if (key === "Escape") { way = 0; leave(); }
    else if (key === "Enter" && (target.tagName !== "TEXTAREA" || event.ctrlKey)) save(0);
    else if (key === "Tab" && target === all(".v:not([hidden]), .state", over).at(shiftKey ? 0 : -1))
      save(shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  });
  on(document, "pointerdown", ({ target }) => over.isConnected && !over.contains(target) && save(0));
  on(table, "dblclick", ({ target }) => {
    const cell = target.closest("tbody td");
    clearTimeout(opening);
    if (cell && !target.closest("a")) edit(cell);
  });
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  on(table, "keydown", event => {
    const { key, target } = event, cell = target.closest("tbody td");
    if (!cell || held(event) || event.altKey || typing(target)) return;
    if (ways[key]) go(beside(cell, ...ways[key]));
    else if (key === "F2") edit(cell);
    else if (key === "Enter" && target === cell) cell.parentNode.querySelector("a[rel]").click();
    else return;
    event.preventDefault();
  });
}
})();
"""

# The frame of every page. A signed-out page has no nav and no user.
BASE: Final[str] = r"""<!doctype html>
<html lang="en" data-theme="{{ theme or 'auto' }}" data-path="{{ site.home }}" data-zone="{{ zone }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{{ title }} · {{ site.title }}{% endblock %}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ style_url }}">
<script src="{{ script_url }}" defer></script>
{%- block head %}{% endblock %}
</head>
<body class="{% block kind %}{% endblock %}{% if not nav %} bare{% endif %}">
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="name" href="{{ site.home }}">{{ site.title }}</a>
{%- if trail %}
<nav class="trail" aria-label="Where you are">
{%- for label, url in trail %}<a href="{{ url }}">{{ label }}</a>{% endfor -%}
</nav>
{%- endif %}
{%- if nav %}<form class="find" action="{{ site.home }}find" role="search" aria-label="Search everything">
<input type="search" name="q" placeholder="Search everything" aria-label="Search everything" autocomplete="off"></form>
{%- endif %}
<div class="who">
{%- if nav %}<a class="button plain tables" href="{{ site.home }}find">Search</a>
<a class="button plain tables" href="{{ nav_all }}">Tables</a>{% endif %}
{%- if site.read_only %}<span class="flag">read-only</span>{% endif %}
{%- if nav or user %}
{%- set following = {"auto": "dark", "dark": "light", "light": "auto"}[theme or "auto"] %}
{%- set words = {"auto": "as the system", "dark": "dark", "light": "light"} %}
{%- set tip = "Theme: " ~ words[theme or "auto"] ~ ". Change to " ~ words[following] ~ "." %}
<form method="post" action="{{ urls.preferences }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="next" value="{{ request.script_root ~ request.full_path }}">
<button class="plain" name="theme" value="{{ following }}" title="{{ tip }}">
<span aria-hidden="true">◐</span><span class="sr">{{ tip }}</span></button></form>
{%- endif %}
{%- if user %}<span>{{ user }}</span>
{%- if urls.sign_out %}
<form method="post" action="{{ urls.sign_out }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<button class="plain">Sign out</button></form>
{%- endif %}{% endif %}
</div>
</header>
{%- block nav %}{% if nav %}
<nav class="side" aria-label="Tables">
<form action="{{ urls.find }}" role="search" aria-label="Find a table">
<input type="search" name="find" placeholder="Find a table" aria-label="Find a table" data-filter=".side"
 autocomplete="off"></form>
{%- for section in nav %}
<div data-group>{% if section.label %}<h2>{{ section.label }}</h2>{% endif %}
{%- for item in section.items %}
<a href="{{ item.url }}" data-item{% if item.current %} aria-current="page"{% endif %}>{{ item.label }}</a>
{%- endfor %}</div>
{%- endfor %}
<div class="foot"><a href="{{ nav_all }}">All {{ nav_total }} tables</a>
<a href="{{ site.home }}history">History</a>
{%- if urls.status %}<a href="{{ urls.status }}">Status</a>{% endif %}
<a href="{{ urls.preferences }}">My settings</a>
<a href="{{ site.home }}shortcuts" data-keys>Keyboard</a></div>
</nav>
{%- endif %}{% endblock %}
<main id="main" tabindex="-1">
{%- for kind, text, url, link, undo in messages or () %}
{%- set tag = "div" if undo else "p" %}
<{{ tag }} class="note {{ kind }}" role="{{ 'alert' if kind == 'bad' else 'status' }}">{{ text }}
{%- if url %} <a href="{{ url }}">{{ link }}</a>{% endif %}
{%- if undo %} <form method="post" action="{{ site.home }}history/{{ undo[0] }}/undo">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="_next" value="
{{- request.script_root ~ request.full_path }}">
<button class="plain" name="do" value="all">{{ undo[1] }}</button></form>{% endif %}</{{ tag }}>
{%- endfor %}
{% block main %}{% endblock %}
</main>
</body>
</html>
"""

# How one value is shown on a record page, and one row of a short table.
CELL: Final[str] = r"""
{%- macro value(cell, label) -%}
{%- set cls = cell.cls or "" -%}
{%- if cell.url -%}<a href="{{ cell.url }}">{{ cell.text }}</a>
{%- elif "json" in cls -%}<pre class="box" tabindex="0" aria-label="{{ label }}" role="group">
{{- cell.text }}</pre>
{%- elif cls in ("null", "empty", "bin", "tag") -%}<span class="{{ cls }}"><i>{{ cell.text }}</i></span>
{%- elif "long" in cls or cell.text|string|length > 1200 -%}
<div class="box" tabindex="0" role="group" aria-label="{{ label }}">{{ cell.text }}</div>
{%- else -%}<div class="text {{ cls }}">{{ cell.text }}</div>{%- endif -%}
{%- endmacro %}
{#- HTML would turn a lone CR into a line feed. -#}
{%- macro lines(text) -%}
{%- for part in (text if text is not none else "")|string|replace("\r\n", "\n")|attr("split")("\r") -%}
{%- if not loop.first %}&#13;{% endif %}{{ part }}{%- endfor -%}
{%- endmacro %}
{%- macro inner(cell) -%}
{%- if cell.url -%}<a href="{{ cell.url }}">{{ cell.text }}</a>
{%- elif cell.cls and cell.cls != "num" -%}<i>{{ cell.text }}</i>
{%- else -%}{{ cell.text }}{%- endif -%}
{%- endmacro %}"""

# A list's row and its cells, written close: they are most of the page's weight. Each macro runs once a page, with a
# mark in place of the values.
ROW: Final[str] = r"""
{%- macro row(mark, cls, editable, saved) -%}
<tr{% if saved %} class="saved"{% endif %}><td{% if cls %} class="{{ cls }}"{% endif %}><a rel="
{{- "edit" if editable else "item" }}" href="{{ mark }}">
{%- if cls and cls != "num" %}<i>{{ mark }}</i>{% else %}{{ mark }}{% endif %}</a>
{%- if editable %}<a class="o" href="{{ mark }}">view</a>{% endif %}</td>{{ mark }}</tr>
{% endmacro %}
{%- macro cell(mark, cls) -%}
{%- if not cls %}<td>{{ mark }}</td>
{%- elif cls == "num" %}<td class="num">{{ mark }}</td>
{%- else %}<td class="{{ cls }}"><i>{{ mark }}</i></td>
{%- endif %}{%- endmacro %}
{%- macro linked(mark, cls) -%}<td><a href="{{ mark }}">{{ mark }}</a></td>{%- endmacro %}
{%- macro head(mark, cls, sorted, fixed, plain) %}
<th scope="col"{% if cls %} class="{{ cls }}"{% endif %}{% if sorted %} aria-sort="{{ sorted }}"{% endif %}
{%- if fixed %} title="{{ mark }}">{{ mark }}
{%- else %}><a href="{{ mark }}" title="{{ mark }}">{{ mark }}</a>{% endif %}
{%- if not plain %}<a class="f" href="{{ mark }}" aria-label="Figures of {{ mark }}"></a>{% endif %}</th>
{%- endmacro %}
{%- macro export(mark, count, found, parameters) -%}
<details class="menu"><summary class="button">Export</summary><div>
<p>All {{ mark ~ " " if count else "" }}rows{% if found %} found{% endif %}, as a file</p>
{%- set rest = "?" ~ mark if parameters else "" %}
<ul><li><a href="export.csv{{ rest }}{{ "&" if rest else "?" }}for=excel">CSV<small>for spreadsheets</small></a></li>
{%- for form, words in (("xlsx", "Excel, to open"), ("csv", "exact, for programs"), ("json", "one document"),
  ("jsonl", "JSON, a line a row"), ("sql", "INSERT statements")) %}
<li><a href="export.{{ form }}{{ rest }}">{{ form|upper }}<small>{{ words }}</small></a></li>
{%- endfor %}</ul></div></details>
{%- endmacro %}
{%- macro pager(mark, there, sizes, size) -%}
<nav class="pager" aria-label="Pages">
{%- for rel, words in (("first", "First"), ("prev", "Previous"), ("next", "Next"), ("last", "Last")) %}
{%- if there[loop.index0] %}<a class="button" rel="{{ rel }}" href="{{ mark }}">{{ words }}</a>
{%- else %}<span class="button" aria-disabled="true">{{ words }}</span>{% endif %}
{%- endfor %}
{%- if sizes %}<span class="size">Rows a page
{%- for n in sizes %} <a href="{{ mark }}"{% if n == size %} aria-current="true"{% endif %}>{{ n }}</a>
{%- endfor %}</span>{% endif %}
</nav>
{%- endmacro %}
"""

LIST: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block kind %}list{% endblock %}
{% block main %}
{%- set cards = p.columns|length <= 20 %}
<div class="title"><h1>{{ p.label }}</h1>
{%- if p.count %}<span class="count">{{ p.count }}</span>{% endif %}
{%- include "flaskadmin/_views.html" %}
{%- if p.figures %}<a href="{{ p.figures() }}">At a glance</a>{% endif %}<a href="history">History</a>
{%- if p.new_url or p.export or p.bulk %}<div class="actions">
{%- if p.bulk %}<a class="button" href="bulk{{ "?" ~ p.asked if p.asked }}" data-bulk="{{ p.bulk }}">Edit
 many</a>{% endif %}
{%- if p.can_import %}<a class="button" href="import">Import</a>{% endif %}{{ p.export }}
{%- if p.new_url %}<a class="button primary" href="{{ p.new_url }}">New</a>{% endif %}</div>
{%- endif %}</div>
{%- if p.comment %}<p class="about">{{ p.comment }}</p>{% endif %}
{%- if p.reason %}<p class="note"><b>Read-only.</b> {{ p.reason }}</p>{% endif %}
{%- for text in p.notices or () %}<p class="note" role="status">{{ text }}</p>{% endfor %}
{%- if p.search or p.chips or p.searchable is not defined or p.searchable %}
<div class="chips">
{%- if p.searchable is not defined or p.searchable or p.search %}
<form role="search" aria-label="Search {{ p.label }}">
{%- for name, value in p.hidden or () %}<input type="hidden" name="{{ name }}" value="
{{- show.lines(value) }}">{% endfor %}
<input type="search" name="search" value="{{ p.search }}" placeholder="Search {{ p.label }}"
 aria-label="Search {{ p.label }}"{% if p.search_hint %} title="Looks in: {{ p.search_hint }}"{% endif %}
 autocomplete="off"><button>Search</button></form>
{%- endif %}
<a class="button" href="{{ p.filter_url }}">Filter</a>
{%- for text, url in p.chips or () %}
<span class="chip"><a class="words" href="{{ p.filter_url }}">{{ text }}</a><a href="
{{- url }}" title="Remove this filter" aria-label="Remove: {{ text }}">×</a></span>
{%- endfor %}</div>
{%- endif %}
{%- if p.looked %}{% include "flaskadmin/_search.html" %}{% endif %}
{%- if p.rows or p.columns %}
<div class="grid"{% if cards %} data-cards{% endif %} tabindex="0" role="region" aria-label="{{ p.label }}">
<table data-rows{% if p.narrow %} class="{{ p.narrow }}"{% endif %}><thead><tr>
{{ p.heads }}</tr></thead><tbody>
{{ p.rows }}
</tbody></table>
{%- if not p.rows %}
<div class="none"><p>{{ p.empty }}</p>
{%- if p.new_url and not (p.search or p.chips) %}<p><a class="button" href="{{ p.new_url }}">Add the
 first</a></p>
{%- endif %}</div>{% endif %}
</div>
{%- endif %}
{%- if p.pager %}
{{ p.pager }}
{%- endif %}
{% endblock %}
"""

# A chart: upright bars over time or ranges, with a table; or a table of values whose bars lie. Sizes are in
# percent, so that the text keeps its size at any width.
CHART: Final[str] = r"""
{%- macro head(c) -%}
<div class="head"><h2>{% if c.column_url %}<a href="{{ c.column_url }}">{{ c.title }}</a>{% else %}{{ c.title }}
{%- endif %}</h2><span class="go">{% if c.url %}<a href="{{ c.url }}">Chart</a>{% endif %}
<a href="{{ c.csv_url }}">CSV</a></span></div>
{%- for text in c.notes %}<p class="quiet">{{ text }}</p>{% endfor %}
{%- if c.words %}<p class="note">{{ c.words }}</p>{% endif %}
{%- endmacro %}
{%- macro rest(c) -%}
{%- for words, rows, url in c.rest %}
<tr><th scope="row">{% if url %}<a href="{{ url }}"><i>{{ words }}</i></a>{% else %}<i>{{ words }}</i>{% endif %}</th>
{%- if c.heads|length > 2 or not c.upright %}<td></td>{% endif %}<td class="num">{{ rows }}</td></tr>
{%- endfor %}
{%- endmacro %}
{%- macro draw(c) -%}
<section class="figure">
{{- head(c) }}
{%- if c.bars and c.upright %}
<div class="plot" aria-hidden="true"><svg class="y">
{%- for _, y, label in c.ticks %}<text x="100%" y="{{ y }}%" dy="4" text-anchor="end">{{ label }}</text>{% endfor -%}
</svg><svg class="z">
{%- for _, y, label in c.ticks %}<line x1="0" x2="100%" y1="{{ y }}%" y2="{{ y }}%"
{%- if label == "0" %} class="zero"{% endif %}/>{% endfor %}
{%- for b in c.bars %}
<a{% if b.url %} href="{{ b.url }}" tabindex="-1"{% endif %}><title>{{ b.title }}</title>
<rect class="hit" x="{{ b.left }}%" width="{{ b.slot }}%" height="100%"/>
<rect class="b" x="{{ b.x }}%" y="{{ b.top }}%" width="{{ b.width }}%" height="{{ b.length }}%"/></a>
{%- endfor %}</svg><svg class="x">
{%- for m in c.marks %}<text x="{{ m.x }}%" y="14" text-anchor="middle">{{ m.label }}</text>{% endfor -%}
</svg></div>
<details><summary>As a table</summary>
<table class="bars"><thead><tr>{% for h in c.heads %}<th scope="col"{% if not loop.first %} class="num"{% endif %}>
{{- h }}</th>{% endfor %}</tr></thead><tbody>
{%- for b in c.bars %}
<tr><th scope="row">{% if b.url %}<a href="{{ b.url }}">{{ b.label }}</a>{% else %}{{ b.label }}{% endif %}</th>
<td class="num">{{ b.figure }}</td>{% if c.heads|length > 2 %}<td class="num">{{ b.rows }}</td>{% endif %}</tr>
{%- endfor %}{{ rest(c) }}</tbody></table></details>
{%- if c.rest %}<p class="quiet">Beside these:
{%- for words, rows, url in c.rest %} {% if url %}<a href="{{ url }}">{{ words }}</a>{% else %}{{ words }}{% endif %}
 {{ rows }}{{ "," if not loop.last }}{% endfor %}</p>{% endif %}
{%- elif c.bars %}
<table class="bars"><thead{% if c.heads|length < 3 %} class="sr"{% endif %}><tr>
<th scope="col">{{ c.heads[0] }}</th><th scope="col"><span class="sr">Bar</span></th>
{%- for h in c.heads[1:] %}<th scope="col" class="num">{{ h }}</th>{% endfor %}</tr></thead><tbody>
{%- for b in c.bars %}
<tr><th scope="row"{% if b.cls %} class="{{ b.cls }}"{% endif %} title="{{ b.label }}">
{%- if b.url %}<a href="{{ b.url }}">{% endif %}
{%- if b.cls and b.cls != "num" %}<i>{{ b.label }}</i>{% else %}{{ b.label if b.label|trim else "(blank)" }}{% endif %}
{%- if b.url %}</a>{% endif %}</th>
<td><svg aria-hidden="true"><rect class="b" x="{{ b.start }}%" width="{{ b.length }}%" height="100%"/></svg></td>
<td class="num">{{ b.figure }}</td>{% if c.heads|length > 2 %}<td class="num quiet">{{ b.rows }}</td>{% endif %}</tr>
{%- endfor %}
{%- for words, rows, url in c.rest %}
<tr><th scope="row">{% if url %}<a href="{{ url }}"><i>{{ words }}</i></a>{% else %}<i>{{ words }}</i>{% endif %}</th>
<td></td>{% if c.heads|length > 2 %}<td></td>{% endif %}<td class="num">{{ rows }}</td></tr>
{%- endfor %}</tbody></table>
{%- elif not c.words %}<p class="quiet">There is nothing to show.
{%- for words, rows, url in c.rest %} {{ words }}: {{ rows }}.{% endfor %}</p>
{%- endif %}
</section>
{%- endmacro %}
{%- macro top(p) -%}
<div class="title"><h1>{{ p.label }}</h1>{% if p.rows %}<span class="count">{{ p.rows }}</span>{% endif %}
<div class="actions"><a class="button" href="{{ p.list_url }}">The list</a></div></div>
{%- if p.filtered %}<p class="note">Of the rows that the list's filter leaves.
 <a href="{{ p.whole_url }}">Show all rows</a></p>{% endif %}
{%- for text in p.notices %}<p class="note" role="status">{{ text }}</p>{% endfor %}
{%- if p.words %}<p class="note">{{ p.words }}</p>{% endif %}
{%- endmacro %}
"""

# What one column holds.
COLUMN: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_chart.html" as figure %}
{% block main %}
{{ figure.top(p) }}
<p class="about">{{ p.column }}{% if p.help %}. {{ p.help }}{% endif %}</p>
{%- if p.summary %}<dl class="sums">
{%- for words, text, url in p.summary %}
<div><dt>{{ words }}</dt><dd>{% if url %}<a href="{{ url }}">{{ text }}</a>{% else %}{{ text }}{% endif %}</dd></div>
{%- endfor %}</dl>{% endif %}
<div class="figures">{% for c in p.charts %}{{ figure.draw(c) }}{% endfor %}</div>
<nav class="others" aria-label="Columns"><h2>Other columns</h2><a href="{{ p.glance_url }}">At a glance</a>
{%- for label, url, here in p.others if not here %} <a href="{{ url }}">{{ label }}</a>{% endfor %}</nav>
{% endblock %}
"""

# A table without any configuration.
GLANCE: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_chart.html" as figure %}
{% block main %}
{{ figure.top(p) }}
{%- if p.note %}<p class="note">Of {{ p.note }}: all of them took longer than allowed.</p>{% endif %}
<div class="figures">{% for c in p.charts %}{{ figure.draw(c) }}{% endfor %}
{%- if p.missing %}
<section class="figure"><div class="head"><h2>Missing values</h2></div>
<table class="bars"><thead class="sr"><tr><th scope="col">Column</th><th scope="col">Bar</th>
<th scope="col">Rows without a value</th><th scope="col">Share</th></tr></thead><tbody>
{%- for c in p.missing %}
<tr><th scope="row" title="{{ c.label }}"><a href="{{ c.url }}">{{ c.label }}</a></th>
<td><svg aria-hidden="true"><rect class="b" width="{{ c.length }}%" height="100%"/></svg></td>
<td class="num quiet">{{ c.rows }}</td><td class="num">{{ c.share }}</td></tr>
{%- endfor %}</tbody></table></section>
{%- elif p.rows %}<section class="figure"><div class="head"><h2>Missing values</h2></div>
<p class="quiet">Every column has a value in every row.</p></section>
{%- endif %}</div>
{%- if p.suggestions %}
<p class="note">The database knows no foreign key here, but the values fit. If these columns do refer to other tables,
 whoever runs this site can write it into the TOML file, below <code>[tables.{{ p.setting }}.links]</code>:
{%- for line in p.suggestions %} <code>{{ line }}</code>{{ "," if not loop.last else "." }}{% endfor %}</p>{% endif %}
<nav class="others" aria-label="Columns"><h2>More</h2><a href="{{ p.chart_url }}">Make a chart</a>
{%- for label, url in p.others %} <a href="{{ url }}">{{ label }}</a>{% endfor %}</nav>
{% endblock %}
"""

# A chart that its address defines.
CHART_PAGE: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_chart.html" as figure %}
{% import "flaskadmin/_cell.html" as show %}
{%- macro options(list) %}{% for value, words, on in list %}<option value="{{ value }}"{% if on %} selected{% endif %}>
{{- words }}</option>{% endfor %}{% endmacro %}
{% block main %}
{{ figure.top(p) }}
<form class="ask" action="{{ p.action }}">
{%- for name, value in p.hidden %}<input type="hidden" name="{{ name }}" value="{{ show.lines(value) }}">{% endfor %}
<label>Show <select name="how">{{ options(p.hows) }}</select></label>
<label>of <select name="of"><option value="">(rows)</option>{{ options(p.ofs) }}</select></label>
<label>by <select name="by">{{ options(p.bys) }}</select></label>
<label>in bars of <select name="period"><option value="">a fitting size</option>
{%- if p.has_dates %}{{ options(p.periods) }}{% endif -%}
<option value="values"{% if p.values %} selected{% endif %}>each value</option></select></label>
<button class="primary">Draw</button></form>
{%- if p.chart %}<div class="figures">{{ figure.draw(p.chart) }}</div>{% endif %}
{%- if p.pin %}
<form class="ask" method="post" action="{{ p.pin.url }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="chart" value="{{ p.pin.chart }}">
<label>Pin it to the first page as <input name="name" maxlength="80" required value="{{ p.chart.title }}"
 autocomplete="off"></label>
<label>for <select name="whose"><option value="me">me</option><option value="team">the team</option></select></label>
<button name="do" value="save">Pin</button></form>
{%- endif %}
{% endblock %}
"""

# A chart alone: the script puts it on the first page, where it is pinned.
FIGURE: Final[str] = r"""{% import "flaskadmin/_chart.html" as figure %}{{ figure.draw(chart) }}"""

# Where a search looked, how it goes on, and where else it could look.
SEARCH: Final[str] = r"""
<div class="looked"><p role="status">{{ p.looked.words }}</p>
{%- if p.looked.go_on %}<a class="button" rel="next" href="{{ p.looked.go_on }}">Go on searching</a>{% endif %}
{%- if p.looked.choices|length > 1 %}
<details><summary>Choose columns</summary><form class="picks" aria-label="Where to search">
{%- for name, value in p.looked.hidden %}<input type="hidden" name="{{ name }}" value="
{{- show.lines(value) }}">{% endfor %}
{%- for name, label, on in p.looked.choices %}
<label><input type="checkbox" name="search_in" value="{{ name }}"{% if on %} checked{% endif %}>{{ label }}</label>
{%- endfor %}
<button>Search there</button></form></details>
{%- endif %}</div>
"""

# The filter's form: a line for each condition, what to add, the order.
FILTER: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block main %}
<div class="title"><h1>Filter and sort</h1><span class="count">{{ p.label }}</span></div>
<form class="filter" action="{{ p.action }}" autocomplete="off">
{%- for name, value in p.kept %}<input type="hidden" name="{{ name }}" value="
{{- show.lines(value) }}">{% endfor %}
<button class="sr" name="do" value="show" tabindex="-1" aria-hidden="true">Show the list</button>
{%- for group in p.groups %}
<fieldset><legend>{{ group.words or "Conditions" }}</legend>
{%- for row in group.rows %}
<div class="condition" role="group" aria-label="{{ row.label }}">
<input type="hidden" name="f{{ row.number }}" value="{{ row.field }}"><input type="hidden" name="g
{{- row.number }}" value="{{ row.group }}">
<b>{{ row.label }}</b>
<select name="o{{ row.number }}" aria-label="{{ row.label }}: how to compare">
{%- for name, words in row.operators %}<option value="{{ name }}"
{%- if name == row.operator %} selected{% endif %}>{{ words }}</option>{% endfor %}</select>
<input name="v{{ row.number }}" value="{{ show.lines(row.value) }}" aria-label="{{ row.label }}: value"
{%- if row.hint %} placeholder="{{ row.hint }}"{% endif %}{% if row.choices %} list="c{{ row.number }}"{% endif %}
{%- if row.problem %} aria-invalid="true" aria-describedby="e{{ row.number }}"{% endif %}>
{%- if row.choices %}<datalist id="c{{ row.number }}">
{%- for choice in row.choices %}<option value="{{ choice }}">{% endfor %}</datalist>{% endif %}
<label class="out"><input type="checkbox" name="x{{ row.number }}"> take out</label>
{%- if row.problem %}<p class="problem" id="e{{ row.number }}">{{ row.problem }}</p>{% endif %}</div>
{%- else %}<p class="quiet">No conditions yet: all records are shown.</p>
{%- endfor %}</fieldset>
{%- endfor %}
<fieldset><legend>Add a condition</legend><div class="condition">
<select name="add" aria-label="What the condition is about"><option value="">Choose what it is about</option>
{%- for label, fields in p.fields %}<optgroup label="{{ label }}">
{%- for name, words in fields %}<option value="{{ name }}">{{ words }}</option>{% endfor %}</optgroup>
{%- endfor %}</select>
<select name="to" aria-label="Where it stands">
{%- for name, words in p.targets %}<option value="{{ name }}">{{ words }}</option>{% endfor %}</select>
<button name="do" value="add">Add</button></div>
<p class="help">Several values: a, b, "c, d". Dates: 2026, 2026-11 or 2026-11-22. Stretches: 7 days, 3 months.
 What is missing or empty is asked for with yes or no.</p></fieldset>
<fieldset><legend>Sort by</legend><div class="condition">
{%- for column, down in p.sorts %}
<select name="s{{ loop.index }}" aria-label="Sort by, place {{ loop.index }}"><option value="">–</option>
{%- for name, words in p.sortable %}<option value="{{ name }}"
{%- if name == column %} selected{% endif %}>{{ words }}</option>{% endfor %}</select>
<select name="d{{ loop.index }}" aria-label="Direction, place {{ loop.index }}"><option value="">upwards</option>
<option value="down"{% if down %} selected{% endif %}>downwards</option></select>
{%- endfor %}</div></fieldset>
<div class="save"><button class="primary" name="do" value="show">Show the list</button>
<a class="button plain" href="{{ p.list_url }}">Cancel</a></div>
</form>
{% endblock %}
"""

# A record: its fields, then what refers to it.
# What refers to a record by one foreign key: rows, or chips.
RELATED: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}
{% macro box(r, csrf) %}
<section class="related" id="{{ r.id }}" data-box="{{ r.part_url }}" aria-labelledby="{{ r.id }}h">
<div class="head"><h2 id="{{ r.id }}h">{{ r.label }}</h2>
<span class="quiet">{{ r.count }}{% if r.via %} by {{ r.via }}{% endif %}</span>
<span class="go">
{%- for rel, words, url in r.pages %}<a rel="{{ rel }}" href="{{ url }}#{{ r.id }}">{{ words }}<span class="sr"> of
 {{ r.label }}</span></a>{% endfor %}<a href="{{ r.url }}">See all<span class="sr"> {{ r.label }}</span></a>
{%- if r.add_url %}<a href="{{ r.add_url }}" data-dialog>Add<span class="sr"> to {{ r.label }}</span></a>
{%- endif %}</span></div>
{%- if r.note %}<p class="help">{{ r.note }}</p>{% endif %}
{%- if r.links %}{{ links(r, r.links, csrf) }}{% endif %}
{%- if r.rows %}
<div class="grid" data-cards tabindex="0" role="region" aria-label="{{ r.label }}: some of them"><table data-rows>
<thead><tr>{% for label in r.columns %}<th scope="col">{{ label }}</th>{% endfor %}</tr></thead><tbody>
{%- for row in r.rows %}
<tr>{% for c in row.cells %}<td{% if c.cls %} class="{{ c.cls }}"{% endif %}>
{%- if loop.first and row.url %}<a rel="item" href="{{ row.url }}">
{%- if c.cls and c.cls != "num" %}<i>{{ c.text }}</i>{% else %}
{{- c.text if c.text|string|trim else "(blank)" }}
{%- endif %}</a>
{%- if row.edit_url %}<a class="o" data-dialog href="{{ row.edit_url }}">edit<span class="sr"> {{ c.text }}</span></a>
{%- endif %}
{%- else %}{{ show.inner(c) }}{% endif %}</td>{% endfor %}</tr>
{%- endfor %}</tbody></table></div>
{%- endif %}
</section>
{% endmacro %}
{% macro links(r, l, csrf) %}
<div class="chips links">
{%- if l.chips %}<form method="post" action="{{ l.action }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="_box" value="{{ r.id[1:] }}">
<ul class="chips">
{%- for text, url, token in l.chips %}<li class="chip">{% if url %}<a class="words" href="{{ url }}">{{ text }}</a>
{%- else %}{{ text }}{% endif %}
{%- if l.removable %}<button class="plain" name="remove" value="{{ token }}" aria-label="Remove {{ text }}">×</button>
{%- endif %}</li>{% endfor %}</ul></form>{% endif %}
{%- if l.inputs %}
<form method="post" action="{{ l.action }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="_box" value="{{ r.id[1:] }}">
{%- for i in l.inputs %}<div class="with"><input class="v" name="{{ i.name }}"
 aria-label="Add to {{ r.label }}: {{ i.label }}" placeholder="{{ i.label }}"
 {%- if i.url %}
 data-url="{{ i.url }}" data-label="{{ r.label }}" data-current="" id="{{ r.id }}a"{% endif %}></div>{% endfor %}
<button>Add<span class="sr"> to {{ r.label }}</span></button></form>
{%- endif %}</div>
{% endmacro %}"""

# The few fields by which one knows a record again.
CARD: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}
<div class="pop peek" id="peek" role="tooltip"><b>{{ p.name }}</b> <small>{{ p.label }}</small>
<dl class="cell">{% for label, c in p.fields %}<dt>{{ label }}</dt><dd{% if c.cls %} class="{{ c.cls }}"{% endif %}>
{%- if c.cls and c.cls != "num" %}<i>{{ c.text }}</i>{% else %}{{ c.text }}{% endif %}</dd>{% endfor %}</dl></div>
"""

RECORD: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% import "flaskadmin/_related.html" as part %}
{% block main %}
<div class="title"><h1>{{ p.name }}</h1>
<span class="count">{{ p.label }}
{%- if p.key_text and p.key_text|string != p.name|string %} {{ p.key_text }}{% endif %}</span>
<div class="actions"><a class="button" href="{{ p.history_url }}">History</a>
{%- if p.delete_url %}<a class="button" href="{{ p.delete_url }}">Delete…</a>{% endif %}
{%- if p.copy_url %}<a class="button" href="{{ p.copy_url }}">Duplicate</a>{% endif %}
{%- if p.new_url %}<a class="button" href="{{ p.new_url }}">New</a>{% endif %}
{%- if p.edit_url %}<a class="button primary" rel="edit" href="{{ p.edit_url }}">Edit</a>
{%- endif %}</div></div>
{%- if p.reason %}<p class="note"><b>Read-only.</b> {{ p.reason }}</p>{% endif %}
<div class="two">
{%- if p.related %}
<aside aria-label="What refers to this record"><h2>Refer to this</h2><ul>
{%- for r in p.related %}<li><a href="#{{ r.id }}">{{ r.label }} <small>{{ r.via }}</small></a><span>
{{- r.count or "–" }}</span></li>
{%- endfor %}</ul></aside>
{%- endif %}
<div class="body">
<dl class="fields">
{%- for f in p.fields %}
<div><dt>{{ f.label }}{% if f.hint %}<small>{{ f.hint }}</small>{% endif %}</dt>
<dd class="cell">
{%- if f.image_url %}<img class="shot" src="{{ f.image_url }}" alt="Picture in {{ f.label }}"
 loading="lazy">{% endif %}
{{- show.value(f.cell, f.label) }}
{%- if f.download_url %} <a href="{{ f.download_url }}" download>Download</a>{% endif %}
{%- if f.help %}<p class="help">{{ f.help }}</p>{% endif %}</dd></div>
{%- endfor %}
</dl>
{%- for r in p.related or () %}
{{ part.box(r, csrf) }}
{%- endfor %}
</div></div>
{% endblock %}
"""

# A form's field. A textarea begins with a line break of its own, since HTML takes the first one away.
FIELD: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}
{% import "flaskadmin/_merge.html" as meet %}
{% macro control(f) %}
{%- set about = ([f.id ~ "-h"] if f.hint else []) + ([f.id ~ "-d"] if f.help else [])
  + ([f.id ~ "-t"] if f.theirs is not none or f.merge else []) + ([f.id ~ "-e"] if f.errors else []) %}
{%- set aria = {"id": f.id, "name": f.name, "autocomplete": "off",
  "aria-describedby": about|join(" ") or none, "aria-invalid": "true" if f.errors else none} %}
{%- set given = dict(aria, **(f.attrs or {})) %}
{%- if f.control == "textarea" -%}
<textarea class="v{% if "json" in (f.hint or "")|lower %} code{% endif %}" rows="{{ f.rows or 4 }}"
{{- given|xmlattr }}>
{{ show.lines(f.value) }}</textarea>
{%- elif f.control == "select" -%}
<select class="v"{{ given|xmlattr }}>
{%- for value, label in f.choices %}<option value="{{ value }}"{% if value == f.value %} selected{% endif %}>
{{- label }}</option>
{%- endfor %}
{%- if f.value not in f.choices|map(attribute=0)|list %}<option value="{{ f.value }}" selected>
{{- f.value }}</option>{% endif -%}
</select>
{%- elif f.control == "picker" and f.picker -%}
<input class="v" value="{{ f.value }}"{{ given|xmlattr }} data-url="{{ f.picker.url }}"
 data-current="{{ f.picker.current_label or '' }}" data-label="{{ f.picker.target_label or f.label }}">
{%- if f.picker.open_url %}<a class="now" href="{{ f.picker.open_url }}">
{{- f.picker.current_label or "Open" }}</a>
{%- elif f.picker.current_label %}<span class="now">{{ f.picker.current_label }}</span>{% endif %}
{%- if f.picker.new_url %}<a class="button" href="{{ f.picker.new_url }}" target="_blank" data-new title="New
 {{ f.picker.target_label }}">+ New<span class="sr"> {{ f.picker.target_label }} for {{ f.label }}</span></a>{% endif %}
{%- elif f.control == "file" -%}<input class="v" type="file"{{ given|xmlattr }}>
{%- elif f.control == "output" -%}
{%- if f.value|string|length > 400 %}<div class="box" id="{{ f.id }}" tabindex="0" role="group"
 aria-label="{{ f.label }}">{{ f.value }}</div>
{%- else %}<output id="{{ f.id }}">{{ f.value }}</output>{% endif %}
{%- else -%}
<input class="v" type="{{ 'date' if f.control == 'date' else 'text' }}" value="{{ show.lines(f.value) }}"
{{- given|xmlattr }}>
{%- endif %}
{%- endmacro %}
{% macro field(f) %}
<div class="field{% if f.changed %} changed{% endif %}"{% if f.changed %} data-changed{% endif %}>
<div class="name">{% if f.control == "output" and f.value|string|length > 400 %}<b>{{ f.label }}</b>
{%- else %}<label for="{{ f.id }}">{{ f.label }}</label>{% endif %}
{%- if f.required %} <em>required</em>{% endif %}
{%- if f.hint %}<small id="{{ f.id }}-h">{{ f.hint }}</small>{% endif %}</div>
<div class="control">
{%- if f.file %}<div class="was">
{%- if f.file.image_url %}<img class="shot" src="{{ f.file.image_url }}" alt="Picture in {{ f.label }} now">
{%- endif %}
<span class="quiet">{{ [f.file.type, f.file.size]|select|join(", ") }}</span>
{%- if f.file.download_url %}<a href="{{ f.file.download_url }}" download>Download</a>{% endif %}</div>
{%- endif %}
<div class="with{% if f.control in ('date', 'number') or f.attrs.inputmode %} short{% endif %}">
{{- control(f) }}
{%- if f.states %}<select class="state" name="{{ f.state_name }}" aria-label="{{ f.label }}: what it holds">
{%- for value, label in f.states %}
<option value="{{ value }}"{% if value == f.state %} selected{% endif %}>{{ label }}</option>
{%- endfor %}</select>{% endif %}</div>
{%- if f.readonly_reason %}<p class="help">{{ f.readonly_reason }}</p>{% endif %}
{%- if f.help %}<p class="help" id="{{ f.id }}-d">{{ f.help }}</p>{% endif %}
{%- if f.merge %}{{ meet.choice(f.merge, f.id, f.label) }}
{%- elif f.theirs is not none %}
<p class="theirs" id="{{ f.id }}-t">Saved meanwhile by someone else: <b>{{ f.theirs }}</b></p>{% endif %}
{%- if f.errors %}<div id="{{ f.id }}-e">
{%- for e in f.errors %}<p class="problem">{{ e.text }}
{%- if e.url %} <a href="{{ e.url }}">{{ e.link_text or "Open it" }}</a>{% endif %}</p>{% endfor %}</div>
{%- endif %}
</div></div>
{% endmacro %}"""

FORM: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% import "flaskadmin/_field.html" as part %}
{% block main %}
<div class="title"><h1>{{ p.name }}</h1><span class="count">{{ p.label }}</span>
{%- if p.record_url %}<div class="actions">
{%- if p.copy_url %}<a class="button" href="{{ p.copy_url }}">Duplicate</a>{% endif %}
<a class="button" href="{{ p.record_url }}">View</a></div>
{%- endif %}</div>
{%- set wrong = p.fields|selectattr("errors")|list %}
{%- if p.problem or wrong %}
<div class="note bad" role="alert"><p><b>{{ p.problem or "Nothing was saved yet." }}</b></p>
{%- if p.put_back %}<p>{{ p.put_back }}</p>{% endif %}
{%- if wrong %}<ul>
{%- for f in wrong %}<li><a href="#{{ f.id }}">{{ f.label }}</a>: {{ f.errors[0].text }}</li>
{%- endfor %}</ul>{% endif %}
</div>
{%- endif %}
<form class="edit" method="post" action="{{ p.action }}" novalidate autocomplete="off"
{%- if p.multipart %} enctype="multipart/form-data"{% endif %}{% if p.is_new %} data-new{% endif %}>
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="_was" value="{{ show.lines(p.was) }}"><input type="hidden" name="_next"
 value="{{ p.next }}">
{%- if p.original %}<input type="hidden" name="_original" value="{{ show.lines(p.original) }}">{% endif %}
{%- for f in p.fields %}
{{ part.field(f) }}
{%- endfor %}
{%- if p.children %}
<fieldset class="copies"><legend>Copy these too</legend>
{%- for c in p.children %}
<label class="check"><input type="checkbox" name="_copy" value="{{ c.name }}"{% if c.reason %} disabled{% endif %}
{%- if c.chosen %} checked{% endif %}> <span>{{ c.label }} <small>{{ c.count }} by {{ c.via }}. {{ c.reason }}</small>
</span></label>
{%- endfor %}</fieldset>
{%- endif %}
<div class="save">
{%- if not p.deleted %}
<button class="primary" name="_then" value="list">Save</button>
<button name="_then" value="stay">Save and stay</button>
{%- if p.is_new %}<button name="_then" value="another">Save and add another</button>{% endif %}
{%- elif p.put_back %}<button class="primary" name="_then" value="restore">Put it back and save mine</button>
{%- endif %}
<a class="button plain" href="{{ p.next or p.list_url }}">
{{- "Back to the list" if p.deleted else "Cancel" }}</a>
<output></output></div>
</form>
{% endblock %}
"""

# A form as a part of a page: one cell's over the list, a record's in a dialog.
PART: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}
{% import "flaskadmin/_field.html" as part %}
<form class="edit part" method="post" action="{{ p.action }}" novalidate autocomplete="off"
{%- if p.multipart %} enctype="multipart/form-data"{% endif %} data-new>
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="_then" value="part">
<input type="hidden" name="_was" value="{{ show.lines(p.was) }}">
{%- if p.name %}<h2>{{ p.name }} <small>{{ p.label }}</small></h2>{% endif %}
{%- if p.problem %}<p class="problem" role="alert">{{ p.problem }}</p>{% endif %}
{%- for f in p.fields %}
{{ part.field(f) }}
{%- endfor %}
<div class="{{ "save" if p.name else "row" }}">
<button class="primary"{% if not p.name %} tabindex="-1"{% endif %}>Save</button>
<button type="button" value="leave"{% if not p.name %} tabindex="-1"{% endif %}>Cancel</button>
{%- if not p.name %}<small class="quiet">{{ "Ctrl " if p.fields and p.fields[-1].control == "textarea" }}Enter or Tab
 saves, Esc leaves</small>{% endif %}</div>
</form>
"""

# What a delete would take along, before it happens.
DELETE: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block main %}
<div class="title"><h1>Delete {{ p.name }}?</h1><span class="count">{{ p.label }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
{%- if p.blocked %}
<p class="note bad">It can’t be deleted while other records need it. Change or delete those first:</p>
{%- elif p.effects %}<p>By the rules of the database, deleting it does this as well:</p>
{%- else %}<p class="quiet">No other record refers to it.</p>{% endif %}
{%- if p.effects %}
<ul class="effects">
{%- for e in p.effects %}
<li{% if e.level > 1 %} class="second"{% endif %}><b>{{ e.text }}</b>: {{ e.count }}
 <b{% if e.rule == "blocks" %} class="blocks"{% endif %}>
{{- "in the way" if e.rule == "blocks" else e.rule }}</b>
{%- if e.note %} <small>{{ e.note }}</small>{% endif %}
{%- if e.rows %}<ul>{% for label, url in e.rows %}<li><a href="{{ url }}">{{ label }}</a></li>{% endfor %}
{%- if e.more %}<li class="quiet">and more</li>{% endif %}</ul>{% endif %}</li>
{%- endfor %}</ul>
{%- endif %}
<form method="post" action="{{ p.action }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="_was" value="{{ show.lines(p.was) }}"><input type="hidden" name="_next"
 value="{{ p.next }}">
{%- if p.type_number is not none and p.type_number is defined and not p.blocked %}
<div class="typed"><label for="number">To delete them all, type {{ p.type_number }}</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" required></div>
{%- endif %}
<div class="row">
{%- if not p.blocked %}<button class="danger">Delete</button>{% endif %}
<a class="button{% if not p.blocked %} plain{% endif %}" href="{{ p.record_url }}">{{ "Back" if p.blocked else
 "Keep it" }}
</a></div>
</form>
{% endblock %}
"""

# The tables, a page of them at a time, with a finder that the server answers and the script quickens.
# Many rows at once: which, and what to do with them; then what would come of it.
BULK: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block main %}
<div class="title"><h1>{{ p.title }}</h1><span class="count">{{ p.label }}</span></div>
{%- if p.tasks|length > 1 %}<nav class="row" aria-label="What to do">
{%- for url, words, current in p.tasks %}<a class="button{% if not current %} plain{% endif %}" href="{{ url }}"
{%- if current %} aria-current="page"{% endif %}>{{ words }}</a>{% endfor %}</nav>{% endif %}
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
<form class="bulk" method="post" action="{{ p.action }}" autocomplete="off">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="do" value="{{ p.do }}">
<button class="sr" name="step" value="preview" tabindex="-1" aria-hidden="true">Preview</button>
{%- if p.columns is defined %}
<fieldset><legend>What to change</legend>
{%- for line in p.lines %}
<div class="condition" role="group" aria-label="Change {{ loop.index }}">
<select name="column{{ line.number }}" aria-label="Column"><option value="">
{{- "Choose a column" if loop.first else "–" }}</option>
{%- for name, words in p.columns %}<option value="{{ name }}"
{%- if name == line.column %} selected{% endif %}>{{ words }}</option>{% endfor %}</select>
<select name="how{{ line.number }}" aria-label="What to do with it">
{%- for name, words in p.hows %}<option value="{{ name }}"
{%- if name == line.how %} selected{% endif %}>{{ words }}</option>{% endfor %}</select>
<input name="find{{ line.number }}" value="{{ show.lines(line.find) }}" aria-label="Text to replace"
 placeholder="text to replace" data-how="replace">
<input name="value{{ line.number }}" value="{{ show.lines(line.value) }}" aria-label="Value" placeholder="value"
 {%- if line.problem %} aria-invalid="true" aria-describedby="e{{ line.number }}"{% endif %}>
{%- if line.problem %}<p class="problem" id="e{{ line.number }}">{{ line.problem }}</p>{% endif %}</div>
{%- endfor %}
<p class="help">A foreign key takes the key or the name of the other record. “Multiply by 1.1” raises by ten
 per cent.</p></fieldset>
{%- endif %}
{%- if p.form %}
<fieldset><legend>{{ p.confirm }}</legend>
{%- for field in p.form if field.type not in ("CSRFTokenField", "HiddenField") %}
<div class="typed">{{ field.label }} {{ field }}
{%- for error in field.errors %}<p class="problem">{{ error }}</p>{% endfor %}</div>{% endfor %}</fieldset>
{%- elif p.confirm is defined %}<p>{{ p.confirm }}</p>{% endif %}
<fieldset><legend>Which records</legend>
{%- if p.count is not none %}
<label class="all"><input type="checkbox" name="all" value="1"{% if p.filtered %} checked{% endif %}>
 All {{ "{:,}".format(p.count) }} {{ "that match the filter" if p.filtered else "records of the table" }}</label>
<p class="help">Or choose some of the first:</p>{% endif %}
<ul class="picks">
{%- for row in p.rows %}
<li><label><input type="checkbox" name="key" value="{{ row.token }}"
{%- if row.token in p.tokens %} checked{% endif %}> {{ row.name }}
{%- if row.key and row.key != row.name %} <small>{{ row.key }}</small>{% endif %}</label></li>
{%- else %}<li class="quiet">No record matches.</li>{% endfor %}</ul></fieldset>
<div class="typed"><label for="reason">Why (for the history)</label>
<input id="reason" name="reason" maxlength="500"></div>
<div class="row"><button class="primary" name="step" value="preview">Preview</button>
<a class="button plain" href="{{ p.list_url }}">Cancel</a></div>
</form>
{% endblock %}
"""

BULK_PREVIEW: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block main %}
<div class="title"><h1>{{ p.title }}: preview</h1><span class="count">{{ p.label }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
{%- if p.words %}<p><b>{{ p.words }}</b></p>{% endif %}
{%- if p.told %}
<p class="note{% if p.told.rejected_count %} bad{% endif %}" role="status">Nothing is done yet. It was tried, and
 taken back:
{%- for words, count in p.told.counts %} <b>{{ "{:,}".format(count) }}</b> {{ words }}{% endfor %}
{%- if p.told.rejected_count %} <b>{{ "{:,}".format(p.told.rejected_count) }}</b> refused{% endif %}.</p>
{%- if p.told.along %}<h2>By the rules of the database, it does this as well</h2><ul class="effects">
{%- for table, rule, count in p.told.along %}
<li><b>{{ table }}</b>: {{ "{:,}".format(count) }} <b>{{ rule }}</b></li>
{%- endfor %}</ul>{% endif %}
{%- if p.told.rejected %}<h2>Refused</h2><ul class="effects">
{%- for one in p.told.rejected %}<li><b>{{ one.row }}</b>: {{ one.words }}</li>{% endfor %}</ul>
<p class="help">{{ "Mend the file, or import the others without these lines." if p.rejects else
 "All or nothing: choose others, or change what is refused first." }}</p>{% endif %}
{%- if p.told.entries %}
<div class="grid" tabindex="0" role="region" aria-label="What would change"><table class="diff"><thead><tr>
<th scope="col">Record</th><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr>
</thead><tbody>
{%- for e in p.told.entries %}{% for heading, before, after in e.fields %}
<tr><td>{% if loop.first %}{{ e.label }}{% endif %}</td><td>{{ heading }}</td>
<td class="{{ before.cls }}"><i>{{ before.text }}</i></td><td class="{{ after.cls }}"><b>{{ after.text }}</b></td></tr>
{%- else %}<tr><td>{{ e.label }}</td><td colspan="3">{{ "deleted" if e.verb == "delete" else "" }}</td></tr>{% endfor %}
{%- endfor %}</tbody></table></div>{% endif %}
{%- elif not p.problem %}<p>{{ "{:,}".format(p.count or 0) }} records are chosen.</p>{% endif %}
<form method="post" action="{{ p.action }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="count" value="{{ p.count }}">
{%- if p.expected %}<input type="hidden" name="expected" value="{{ p.expected }}">{% endif %}
{%- for name, value in p.again %}<input type="hidden" name="{{ name }}" value="{{ show.lines(value) }}">{% endfor %}
{%- if p.number %}<input type="hidden" name="type" value="{{ p.number }}">
<div class="typed"><label for="number">To delete them all, type {{ p.number }}</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" required></div>{% endif %}
<div class="row">
{%- if p.button %}<button class="{{ "danger" if p.do == "delete" else "primary" }}" name="step" value="run">
{{- p.button }}</button>
{%- endif %}
{%- if p.rejects %}<button name="step" value="rejects">Refused lines as a file</button>{% endif %}
<button class="plain" name="step" value="{{ p.back }}">Change what is asked</button>
<a class="button plain" href="{{ p.list_url }}">Cancel</a></div>
</form>
{% endblock %}
"""

# An import: the file; how it is read, and what of it goes where.
IMPORT: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>Import</h1><span class="count">{{ p.label }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
{%- if not p.keeps %}<p class="note">This site was started to keep nothing, so there is no place for a file between
 the pages. Whoever runs it can name one by --state.</p>
{%- else %}
<form class="bulk" method="post" action="{{ p.action }}" enctype="multipart/form-data">
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<fieldset><legend>A file</legend><div class="typed"><label for="file">CSV, Excel, JSON or JSON Lines, up to
 {{ p.most }} MB</label>
<input type="file" id="file" name="file" accept=".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson"></div></fieldset>
<fieldset><legend>Or cells</legend><div class="typed"><label for="pasted">Pasted from a spreadsheet, its first line with
 the columns’ names</label>
<textarea id="pasted" name="pasted" rows="8" spellcheck="false" autocomplete="off"></textarea></div>
<p class="help">Columns here: {{ p.columns|join(", ") }}</p></fieldset>
<div class="row"><button class="primary">Go on</button><a class="button plain" href="{{ p.list_url }}">Cancel</a></div>
<p class="help">Nothing is written before you have seen what it does.</p></form>
{%- endif %}
{%- if p.snapshot %}
<form method="post" action="{{ p.action }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<button name="step" value="snapshot">Snapshot first</button> <span class="quiet">makes a copy of the whole database
 beside it.</span></form>
{%- else %}<p class="quiet">An import can be undone as one. For a copy of the database, ask whoever runs it for a
 pg_dump.</p>{% endif %}
{% endblock %}
"""

IMPORT_MAP: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{%- macro choose(name, label, options, value) %}
<label class="choice"><span>{{ label }}</span><select name="{{ name }}">
{%- for option, words in options.items() %}<option value="{{ option }}"
{%- if option == value %} selected{% endif %}>{{ words }}</option>{% endfor %}</select></label>
{%- endmacro %}
{% block main %}
<div class="title"><h1>Import of {{ p.name }}</h1><span class="count">{{ p.label }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
<form class="bulk" method="post" action="{{ p.action }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="upload" value="{{ p.upload }}">
<button class="sr" name="step" value="preview" tabindex="-1" aria-hidden="true">Preview</button>
<fieldset><legend>How it is read</legend><div class="condition">
{{- choose("form", "Format", p.choices.form, p.form.form) }}
{%- if p.form.form == "csv" %}{{ choose("delimiter", "Between cells", p.choices.delimiter, p.form.delimiter) }}
{%- endif %}
{%- if p.form.form != "xlsx" %}{{ choose("encoding", "Encoding", p.choices.encoding, p.form.encoding) }}{% endif %}
{{- choose("decimal", "Numbers", p.choices.decimal, p.form.decimal) }}
{{- choose("dates", "Dates", p.choices.dates, p.form.dates) }}
{{- choose("empty", "An empty cell is", p.choices.empty, p.form.empty) }}
<label><input type="checkbox" name="header" value="1"{% if p.form.header %} checked{% endif %}> The first line names the
 columns</label>
<button name="step" value="look">Read it so</button></div></fieldset>
<fieldset><legend>What goes where</legend>
<div class="grid" tabindex="0" role="region" aria-label="Columns"><table class="map"><thead><tr><th scope="col">In the
 file</th><th scope="col">Goes to</th><th scope="col">The first cells</th></tr></thead><tbody>
{%- for c in p.columns %}
<tr><td>{{ c.head }}</td><td><select name="to{{ c.number }}" aria-label="{{ c.head }} goes to"><option value="">leave
 out</option>
{%- for name, words in p.targets %}<option value="{{ name }}"{% if name == c.target %} selected{% endif %}>{{ words }}
</option>{% endfor %}</select></td><td class="quiet">{{ c.cells|join(" · ") }}</td></tr>
{%- endfor %}</tbody></table></div>
{%- if p.missing %}<p class="help">A new record needs these too: {{ p.missing|join(", ") }}.</p>{% endif %}
</fieldset>
<fieldset><legend>What to do</legend><div class="condition">
{%- if p.keys %}
<label class="choice"><span>Records are found by</span><select name="key">
{%- for name, words in p.keys %}<option value="{{ name }}"{% if name == p.key %} selected{% endif %}>{{ words }}
</option>
{%- endfor %}</select></label>
<label class="choice"><span>And then</span><select name="mode">
{%- for name, words in p.modes %}<option value="{{ name }}"{% if name == p.mode %} selected{% endif %}>{{ words }}
</option>{% endfor %}</select></label>
{%- else %}<p>All lines become new records: the file has no key by which records could be found.</p>{% endif %}</div>
<p class="help">A foreign key may hold the key or the name of the other record.</p></fieldset>
<div class="typed"><label for="reason">Why (for the history)</label>
<input id="reason" name="reason" maxlength="500"></div>
<div class="row"><button class="primary" name="step" value="preview">Preview</button>
<a class="button plain" href="{{ p.list_url }}">Cancel</a></div>
</form>
{% endblock %}
"""

JOB: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
{%- set j = p.job %}
<div class="title"><h1>{{ j.title }}</h1></div>
<div role="status" aria-live="polite">
{%- if not j.status %}
<p><label for="far">{{ "{:,}".format(j.done) }} of {{ "{:,}".format(j.total) }} records</label></p>
<progress id="far" max="{{ j.total or 1 }}" value="{{ j.done }}"></progress>
<p class="quiet">Nothing counts before the last one is done. You may leave this page.</p>
{%- else %}<p class="note{% if j.status != "done" %} bad{% endif %}">{{ j.message }}</p>{% endif %}</div>
<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf }}"><div class="row">
{%- if not j.status %}<button class="danger">Cancel</button>
{%- else %}<a class="button primary" href="{{ j.back }}">Back to the list</a>
{%- if p.history_url %}<a class="button" href="{{ p.history_url }}">See what was done</a>{% endif %}
{%- if p.undo_url %}<a class="button plain" href="{{ p.undo_url }}">{{ p.undo_word }}</a>{% endif %}{% endif %}</div>
</form>
{% endblock %}
"""

DASHBOARD: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>{{ title }}</h1><span class="count">{{ p.total }} table
{{- "" if p.total == 1 else "s" }}
{%- if p.find %} with “{{ p.find }}”{% endif %}</span>
{%- if p.own %}<div class="actions"><a class="button plain" href="{{ site.home }}history">History</a>
<a class="button plain" href="{{ urls.preferences }}">My settings</a></div>
{%- endif %}</div>
<div class="chips"><form action="{{ urls.find }}" role="search" aria-label="Find a table here">
<input type="search" name="find" value="{{ p.find or '' }}" placeholder="Find a table"
 aria-label="Find a table here"
 data-filter=".groups" autocomplete="off"><button>Find</button></form>
{%- if p.find %}<a class="button plain" href="{{ site.home }}">All tables</a>{% endif %}</div>
{%- if not p.total and p.empty %}<div class="none"><p>{{ p.empty }}</p></div>{% endif %}
{%- include "flaskadmin/_own.html" %}
<div class="groups">
{%- for section in p.sections %}
<section class="group" data-group>{% if section.label %}<h2>{{ section.label }}</h2>{% endif %}
<ul>
{%- for t in section.items %}
<li data-item><a href="{{ t.url }}">{{ t.label }}</a>
{%- if t.kind and t.kind != "table" %} <small>{{ t.kind }}</small>{% endif %}
{%- if t.note %}<small class="why" title="{{ t.note }}">{{ t.note }}</small>{% endif %}
<span class="n">{{ t.rows or "" }}
{%- if t.new_url %} <a class="plus" href="{{ t.new_url }}" title="New in {{ t.label }}"
 aria-label="New in {{ t.label }}">+</a>{% endif %}</span></li>
{%- endfor %}</ul></section>
{%- endfor %}</div>
{%- if p.more_url %}<p class="pager"><a class="button" rel="next" href="{{ p.more_url }}">More
 tables</a></p>{% endif %}
{% endblock %}
"""

# What all tables have for some words: by name, by key, by index; and where else one could look.
FIND: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>Search everything</h1></div>
<div class="chips"><form role="search" aria-label="Search all tables"><input type="search" name="q"
 value="{{ p.q }}" placeholder="A name, a word, a key" aria-label="Search all tables" autocomplete="off">
<button>Search</button></form></div>
{%- if p.tables %}
<section class="hits"><h2>Tables</h2><ul>
{%- for label, url, kind in p.tables %}<li><a href="{{ url }}">{{ label }}</a>
{%- if kind != "table" %} <small>{{ kind }}</small>{% endif %}</li>{% endfor %}
{%- if p.more_tables %}<li class="quiet">and {{ p.more_tables }} more</li>{% endif %}</ul></section>
{%- endif %}
{%- for g in p.groups %}
<section class="hits"><div class="head"><h2>{{ g.label }}</h2>
{%- if g.more or not g.whole %}<a href="{{ g.url }}">
{{- "All in " if g.whole else "Search all of " }}{{ g.label }}</a>{% endif %}</div>
<ul>{% for url, name, where, text in g.rows %}<li><a href="{{ url }}">{{ name }}</a>
<span>{{ where }}: {{ text }}</span></li>{% endfor %}</ul></section>
{%- endfor %}
{%- if p.more_groups %}<p class="quiet">Also found in {% for g in p.more_groups -%}
<a href="{{ g.url }}">{{ g.label }}</a>
{{- "." if loop.last else ", " }}{% endfor %}</p>{% endif %}
{%- if p.q and not (p.tables or p.groups) %}<p role="status">Nothing found
{{- " so far" if p.left or p.go_on }}.</p>{% endif %}
{%- if p.go_on %}<p><a class="button" rel="next" href="{{ p.go_on[0] }}">Go on with {{ p.go_on[1] }} more
 table{{ "" if p.go_on[1] == 1 else "s" }}</a></p>{% endif %}
{%- if p.left %}
<section class="hits"><h2>Not searched through</h2><p class="quiet">These tables are large, so only their keys and
 indexes were looked up. Search in one of them:</p><ul class="chips">
{%- for label, url in p.left %}<li><a href="{{ url }}">{{ label }}</a></li>{% endfor %}
{%- if p.more_left %}<li class="quiet">and {{ p.more_left }} more</li>{% endif %}</ul></section>
{%- endif %}
{% endblock %}
"""

# The keys, none of which is needed. The script shows this list in a dialog.
SHORTCUTS: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>Keyboard</h1></div>
<p class="quiet">Everything can be reached without these keys as well.</p>
<dl class="keys">
{%- for keys, words in ((("Ctrl", "K"), "Go to a table, or to a record by its key"), (("/",), "Search this page"),
  (("?",), "Show these keys"), (("g", "d"), "All tables"), (("j",), "Next row"), (("k",), "Row before"),
  (("←", "→", "↑", "↓"), "From cell to cell of a list"), (("F2",), "Change the cell (or double click)"),
  (("Enter",), "Open the row"), (("x",), "Show the row's texts whole"), (("n",), "New record"),
  (("e",), "Edit the record or the row"), (("Ctrl", "S"), "Save"), (("Esc",), "Close what is open")) %}
<dt>{% for key in keys %}<kbd>{{ key }}</kbd>{% if not loop.last %} {% endif %}{% endfor %}</dt><dd>{{ words }}</dd>
{%- endfor %}</dl>
{% endblock %}
"""

# The menu of a list's views, beside its title.
VIEWS_MENU: Final[str] = r"""{% set v = p.views %}
{%- if v.name %}<span class="count">{{ v.name }}{% if v.changed %}, changed{% endif %}</span>{% endif %}
<details class="menu views"><summary class="button">Views</summary><div>
{%- for label, items in v.groups if items %}<h2>{{ label }}</h2>
{%- for i in items %}
<a href="{{ i.url }}"{% if i.current %} aria-current="true"{% endif %}>{{ i.name }}
{%- if i.is_default %} <small>default</small>{% endif %}</a>{% endfor %}{% endfor %}
{%- if v.all_url %}<a href="{{ v.all_url }}">Show all rows</a><hr>{% endif %}
<a href="{{ v.save_url }}">Save this view…</a>
<a href="{{ v.columns_url }}">Columns…</a></div></details>
"""

# The views of a table. What the list shows, with its filter, is in the address of this page.
VIEWS: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% macro flags(id, is_default, pinned) -%}
<label class="check"><input type="checkbox" name="is_default"{% if is_default %} checked{% endif %}>
 The table opens with it</label>
<label class="check"><input type="checkbox" name="pinned"{% if pinned %} checked{% endif %}>
 Pinned to the first page</label>
{%- endmacro %}
{% block main %}
{%- set token %}<input type="hidden" name="csrf_token" value="{{ csrf }}">{% endset %}
<div class="title"><h1>Views</h1><span class="count">{{ p.label }}</span>
<div class="actions"><a class="button" href="{{ p.back }}">Back to the list</a></div></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
<section class="sheet" aria-labelledby="save"><h2 id="save">Save this view</h2>
<p class="quiet">{{ p.words|join(" · ") if p.words else "All rows, with the columns that everyone sees." }}</p>
<form method="post" action="{{ p.action }}">{{ token }}
<label>Name <input name="name" maxlength="80" required autocomplete="off" value="{{ p.typed.name or '' }}"></label>
<fieldset><legend>For</legend>
<label class="check"><input type="radio" name="whose" value="me"{% if not p.typed or p.typed.whose != "team" %} checked
{%- endif %}> me</label>
<label class="check"><input type="radio" name="whose" value="team"{% if p.typed and p.typed.whose == "team" %} checked
{%- endif %}> the team</label></fieldset>
{{ flags("new", p.typed and "is_default" in p.typed, p.typed and "pinned" in p.typed) }}
<button class="primary" name="do" value="save">Save</button></form></section>
{%- for v, url, current in p.views %}
<section class="sheet" aria-labelledby="v{{ v.id }}"><h2 id="v{{ v.id }}"><a href="{{ url }}">{{ v.name }}</a>
 <small>{{ "mine" if v.owner else "the team’s" }}{% if current %}, open now{% endif %}</small></h2>
<form method="post" action="{{ p.action }}">{{ token }}
<input type="hidden" name="id" value="{{ v.id }}">
<label>Name <input name="name" maxlength="80" required autocomplete="off" value="{{ v.name }}"></label>
{{ flags(v.id, v.is_default, v.pinned) }}
<div class="row"><button name="do" value="change">Save</button>
{%- if p.replaces %}<button name="do" value="replace">Replace by the list as it is</button>{% endif %}
<button class="plain" name="do" value="delete">Delete</button></div></form></section>
{%- else %}<p class="none">No view of this table is saved yet.</p>
{%- endfor %}
{% endblock %}
"""

# Which columns, in which order: a number for each place, since that needs neither script nor mouse.
COLUMNS: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>Columns</h1><span class="count">{{ p.label }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
<form method="post" action="{{ p.action }}" class="choose">
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<div class="grid" tabindex="0" role="region" aria-label="Columns"><table><thead><tr><th scope="col">Column</th>
<th scope="col">Place</th><th scope="col">Width</th></tr></thead><tbody>
{%- for f in p.fields %}
<tr><td><label class="check"><input type="checkbox" name="show.{{ f.control }}"{% if f.shown %} checked{% endif %}
{%- if f.is_key %} disabled{% endif %}> {{ f.label }}</label>
{%- if f.is_key %} <small>key, always shown</small>
{%- elif f.name|replace("_", " ") != f.label %} <small>{{ f.name }}</small>{% endif %}</td>
<td>{% if not f.is_key %}<input type="number" min="1" max="9999" name="at.{{ f.control }}" value="{{ f.at }}"
 aria-label="Place of {{ f.label }}">{% endif %}</td>
<td><select name="width.{{ f.control }}" aria-label="Width of {{ f.label }}">
{%- for value, words in p.widths %}<option value="{{ value }}"{% if value == f.width %} selected{% endif %}>
{{- words }}</option>{% endfor %}</select></td></tr>
{%- endfor %}</tbody></table></div>
<label class="check">Rows a page <select name="size"><option value="">as the site says</option>
{%- for n in p.sizes %}<option{% if n == p.size %} selected{% endif %}>{{ n }}</option>{% endfor %}</select></label>
<div class="save"><button class="primary" name="do" value="keep">Keep for me</button>
<button name="do" value="once">Show once</button>
{%- if p.kept %}<button name="do" value="reset">As it was</button>{% endif %}
<a class="button plain" href="{{ p.back }}">Cancel</a></div></form>
{% endblock %}
"""

# What a browser keeps for its user, with the way to forget it.
PREFERENCES: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>My settings</h1></div>
<form class="sheet" method="post" action="{{ urls.preferences }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="next"
 value="{{ urls.preferences }}">
<label>Colours <select name="theme">
{%- for value, words in (("auto", "as the system"), ("light", "light"), ("dark", "dark")) %}
<option value="{{ value }}"{% if value == theme %} selected{% endif %}>{{ words }}</option>{% endfor %}</select></label>
<label>Rows a page <select name="size"><option value="0">as the site says</option>
{%- for n in p.sizes %}<option{% if n|string == p.size %} selected{% endif %}>{{ n }}</option>{% endfor %}
</select></label>
<p class="quiet">Times are shown in {{ zone }}, as the browser says.</p>
<div class="row"><button class="primary">Keep</button></div></form>
<form class="sheet" method="post" action="{{ urls.preferences }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="next"
 value="{{ urls.preferences }}">
<p>Forget these, the columns you chose{{ "" if p.keeps else " in this browser" }}, and which records you had open.
 Views that you saved are kept.</p>
<div class="row"><button name="forget" value="1">Forget my settings</button></div></form>
{% endblock %}
"""

# What the first page shows of one's own.
OWN: Final[str] = r"""{% if p.own %}{% set own = p.own %}
{%- if own.charts %}<div class="figures">
{%- for i in own.charts %}<section class="figure" data-part="{{ i.url }}&amp;form=part"><div class="head"><h2>
<a href="{{ i.url }}">{{ i.label }}</a></h2><small class="go">{{ i.note }}</small></div></section>{% endfor %}</div>
{%- endif %}
{%- for label, items in (("Pinned", own.pinned), ("Changed today", own.today), ("Records I had open", own.records),
  ("Tables I had open", own.tables)) if items %}
<section class="group own"><h2>{{ label }}</h2><ul>
{%- for i in items %}<li><a href="{{ i.url }}">{{ i.label }}</a>
{%- if i.note %} <small>{{ i.note }}</small>{% endif %}</li>{% endfor %}</ul></section>
{%- endfor %}
{%- if not own.empty or own.tables or own.today %}<h2 class="group">All tables</h2>
{%- elif own.keeps %}<p class="quiet">To have a list here: open a table, filter it, and choose Views, Save
 this view, with “Pinned to the first page”.</p>{% endif %}
{%- endif %}
"""

# What was typed before the session expired is carried along as hidden fields.
SIGN_IN: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block nav %}{% endblock %}
{% block main %}
<div class="card"><h1>Sign in</h1>
{%- if p.typed %}<p class="note" role="status">Your session has ended. What you typed is kept: sign in to go
 on.</p>
{%- endif %}
{%- if p.problem %}<p class="note bad" role="alert" id="problem">{{ p.problem }}
{%- if p.retry_after %} Try again in {{ p.retry_after }} seconds.{% endif %}</p>{% endif %}
<form method="post" action="{{ p.action }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}"><input type="hidden" name="next" value="{{ p.next or
 '' }}">
{%- for name, value in p.typed or () %}
<input type="hidden" name="{{ name }}" value="{{ show.lines(value) }}">{% endfor %}
<label>User name
<input name="name" value="{{ p.name or '' }}" autocomplete="username" autocapitalize="none" spellcheck="false"
 required
{%- if not p.name %} autofocus{% endif %}></label>
<label>Password
<input type="password" name="password" autocomplete="current-password" required
{%- if p.problem %} aria-describedby="problem"{% endif %}{% if p.name %} autofocus{% endif %}></label>
<button class="primary">Sign in</button></form></div>
{% endblock %}
"""

# After a sign-in in the middle of a form: one step back to it, with everything typed.
RESUME: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% block main %}
<div class="card"><h1>You are signed in again</h1><p>Nothing was saved yet. What you typed is kept.</p>
<form method="post" action="{{ p.action }}"><input type="hidden" name="csrf_token" value="{{ csrf }}">
{%- for name, value in p.typed or () %}
<input type="hidden" name="{{ name }}" value="{{ show.lines(value) }}">{% endfor %}
<button class="primary" autofocus>Back to the form</button></form></div>
{% endblock %}
"""

# Everything that the database has, and how each is offered.
STATUS: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="title"><h1>Status</h1><span class="count">{{ p.objects|length }} tables and views
 here</span></div>
{%- for label, engine, note in p.databases %}
<p class="note"><b>{{ label or site.title }}</b> {{ engine }}{% if note %}. {{ note }}{% endif %}</p>
{%- endfor %}
<div class="chips"><form role="search" aria-label="Find a table here"><input type="search" name="find"
 value="{{ p.find or '' }}" autocomplete="off"
 placeholder="Find a table" aria-label="Find a table here"
 data-filter=".status"><button>Find</button></form></div>
<div class="grid status" data-cards tabindex="0" role="region"
 aria-label="Tables and views"><table><thead><tr>
<th scope="col">Name</th><th scope="col">Schema</th><th scope="col">Kind</th>
<th scope="col" class="num">Rows</th><th scope="col">Offered</th></tr></thead><tbody>
{%- for o in p.objects %}
<tr data-item><td><a href="{{ o.url }}">{{ o.name }}</a>
{%- if o.label and o.label != o.name %} <small>{{ o.label }}</small>{% endif %}
</td><td>{{ o.schema or "" }}</td><td>{{ o.kind }}</td><td class="num">
{{- o.rows if o.rows is not none else "" }}</td><td>
{%- if o.editable %}to edit{% else %}read-only{% if o.reason %}: {{ o.reason }}{% endif %}
{%- endif %}</td></tr>
{%- endfor %}</tbody></table></div>
{%- if p.more_url %}<p class="pager"><a class="button" rel="next" href="{{ p.more_url }}">More
 tables</a></p>{% endif %}
{% endblock %}
"""

# What happened to one row: its fields before and after. The marks of a difference are read out, too.
ENTRY: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}
{%- macro side(cell, url, label) -%}
{{ show.value(cell, label) }}{% if url %} <a href="{{ url }}" download>Download</a>{% endif %}
{%- endmacro %}
{%- macro words(diff) -%}
{%- for tag, text in diff %}{% if tag == "del" %}<del>{{ text }}</del>{% elif tag == "ins" %}<ins>{{ text }}</ins>
{%- else %}{{ text }}{% endif %}{% endfor -%}
{%- endmacro %}
{%- macro fields(e) -%}
<dl class="fields past">
{%- for f in e.fields %}
<div><dt>{{ f.label }}</dt><dd class="cell">
{%- if f.diff %}<div class="box" tabindex="0" role="group" aria-label="{{ f.label }}">{{ words(f.diff) }}</div>
{%- elif e.update %}<del>{% if f.before %}{{ side(f.before, f.before_url, f.label) }}{% endif %}</del>
<span aria-hidden="true">→</span> <ins>{% if f.after %}{{ side(f.after, f.after_url, f.label) }}{% endif %}</ins>
{%- else %}{{ side(f.after or f.before, f.after_url or f.before_url, f.label) }}{% endif %}</dd></div>
{%- endfor %}</dl>
{%- if e.nothing %}<p class="help">NULL: {{ e.nothing }}</p>{% endif %}
{%- endmacro %}
{%- macro row(e) -%}
<section class="related"><div class="head"><h2>{{ e.verb }}
 {% if e.url %}<a href="{{ e.url }}">{{ e.label }}</a>{% else %}{{ e.label }}{% endif %}</h2>
<span class="quiet">{{ e.table }}{% if e.along %}, {{ e.along }}{% endif %}{% if e.moved %}, with a new key
{%- endif %}</span>
<span class="go"><a href="{{ e.history_url }}">History<span class="sr"> of {{ e.label }}</span></a></span></div>
{{ fields(e) }}</section>
{%- endmacro %}
{%- macro marks(l, base) -%}
{%- if l.outcome %} <small class="tagged">{{ l.outcome }}</small>{% endif %}
{%- if l.undone_by %} <small class="tagged">undone by <a href="{{ base }}history/{{ l.undone_by }}">
{{- l.undone_by }}</a></small>{% endif %}
{%- endmacro %}"""

# The history of the site or of a table, a line a change set.
HISTORY: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_entry.html" as past %}
{% block main %}
<div class="title"><h1>History</h1>{% if p.label %}<span class="count">{{ p.label }}</span>{% endif %}
{%- if p.keeps %}<div class="actions">
{%- if p.label %}<a class="button" href="{{ site.home }}history">Of all tables</a>{% endif %}
<details class="menu"><summary class="button">Export</summary><div>
<p>{{ "All that is shown" if p.filtered or p.label else "All of it" }}, a line a changed field</p><ul>
{%- for form, url in p.exports %}<li><a href="{{ url }}">{{ form|upper }}<small>
{{- "for spreadsheets" if form == "csv" else "JSON, a line a field" }}</small></a></li>{% endfor %}</ul></div></details>
</div>{% endif %}</div>
{%- for text in p.problems %}<p class="note" role="status">{{ text }}</p>{% endfor %}
{%- if p.keeps %}
<form class="ask" action="{{ p.action }}" aria-label="Which part of the history">
<label>Who<input name="person" value="{{ p.person }}" list="people" autocomplete="off"></label>
<datalist id="people">{% for name in p.people %}<option value="{{ name }}">{% endfor %}</datalist>
{%- if p.tables %}<label>Table<select name="table"><option value="">all</option>
{%- for value, words in p.tables %}<option value="{{ value }}"{% if value == p.table %} selected{% endif %}>
{{- words }}</option>{% endfor %}</select></label>{% endif %}
<label>What<select name="kind"><option value="">everything</option>
{%- for value, words in p.kinds %}<option value="{{ value }}"{% if value == p.kind %} selected{% endif %}>
{{- words }}</option>{% endfor %}</select></label>
<label>From<input type="date" name="from" value="{{ p.days[0] }}"></label>
<label>Until<input type="date" name="until" value="{{ p.days[1] }}"></label>
<button>Show</button>{% if p.filtered %}<a class="button plain" href="{{ p.action }}">Everything</a>{% endif %}</form>
{%- endif %}
{%- if p.lines %}
<div class="grid past" data-cards tabindex="0" role="region" aria-label="History"><table data-rows><thead><tr>
<th scope="col">What</th><th scope="col">Who</th><th scope="col">When ({{ zone }})</th>
<th scope="col">Table</th><th scope="col"><span class="sr">Undo</span></th></tr></thead><tbody>
{%- for l in p.lines %}
<tr><td><a rel="item" href="{{ l.url }}">{{ l.what or l.kind }}</a>{{ past.marks(l, site.home) }}
{%- if l.reason %} <small>{{ l.reason }}</small>{% endif %}</td>
<td>{{ l.who }}</td><td class="when">{{ l.when }}</td><td>
{%- if l.table %}<a href="{{ l.table_url }}">{{ l.table }}</a>{% endif %}</td><td>
{%- if l.undo_url %}<a href="{{ l.undo_url }}">Undo<span class="sr">: {{ l.what }}</span></a>
{%- endif %}</td></tr>
{%- endfor %}</tbody></table></div>
{%- else %}<div class="none"><p>{{ p.empty }}</p></div>{% endif %}
{%- if p.older_url or p.newest_url %}<nav class="pager" aria-label="Pages">
{%- if p.newest_url %}<a class="button" rel="first" href="{{ p.newest_url }}">Newest</a>{% endif %}
{%- if p.older_url %}<a class="button" rel="next" href="{{ p.older_url }}">Older</a>{% endif %}</nav>{% endif %}
{% endblock %}
"""

# What happened to one record, the newest first.
RECORD_HISTORY: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_entry.html" as past %}
{% block main %}
<div class="title"><h1>History of {{ p.name }}</h1><span class="count">{{ p.label }}</span>
{%- if p.record_url %}<div class="actions"><a class="button" href="{{ p.record_url }}">View</a></div>{% endif %}</div>
{%- if p.gone %}<p class="note">This record was deleted.</p>{% endif %}
{%- if p.sets %}<p class="quiet">Times are in {{ zone }}.</p>{% else %}<div class="none"><p>{{ p.empty }}</p></div>
{%- endif %}
{%- for l, e in p.sets %}
<section class="related"><div class="head"><h2><a href="{{ l.url }}">{{ l.when }}</a></h2>
<span>{{ e.verb }} by {{ l.who or "someone" }}{% if e.along %}, {{ e.along }}{% endif %}
{%- if e.moved %}, with a new key{% endif %}{% if l.undoes %}, to undo {{ l.undoes }}{% endif %}
{{- past.marks(l, site.home) }}{% if l.reason %} <small>{{ l.reason }}</small>{% endif %}</span>
{%- if l.undo_url %}<span class="go"><a href="{{ l.undo_url }}">Undo<span class="sr">: {{ l.what }}</span></a></span>
{%- endif %}</div>
{{ past.fields(e) }}</section>
{%- endfor %}
{%- if p.more_url %}<p class="pager"><a class="button" rel="next" href="{{ p.more_url }}">Show more</a></p>{% endif %}
{% endblock %}
"""

# One line of the history, with the rows of its change set.
SET: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_entry.html" as past %}
{% block main %}
{%- set l = p.line %}
<div class="title"><h1>{{ p.title or l.kind }}</h1><span class="count">{{ l.number }}</span>
{%- if l.undo_url %}<div class="actions"><a class="button" href="{{ l.undo_url }}">Undo…</a></div>{% endif %}</div>
{%- if l.outcome %}<p class="note">{{ l.outcome }}</p>{% endif %}
{%- if l.undone_by %}<p class="note">It was undone by <a href="{{ site.home }}history/{{ l.undone_by }}">
{{- l.undone_by }}</a>.</p>{% endif %}
<dl class="sums">
<div><dt>Who</dt><dd>{{ l.who or "–" }}</dd></div><div><dt>When ({{ zone }})</dt><dd>{{ l.when }}</dd></div>
{%- if l.origin %}<div><dt>From</dt><dd>{{ l.origin }}</dd></div>{% endif %}
{%- if l.table %}<div><dt>Table</dt><dd><a href="{{ l.table_url }}">{{ l.table }}</a></dd></div>{% endif %}
{%- if l.undoes %}<div><dt>Undoes</dt><dd><a href="{{ site.home }}history/{{ l.undoes }}">{{ l.undoes }}</a></dd></div>
{%- endif %}
{%- if l.reason %}<div><dt>Why</dt><dd>{{ l.reason }}</dd></div>{% endif %}
{%- for label, text in p.facts if text %}<div><dt>{{ label }}</dt><dd>{{ text }}</dd></div>{% endfor %}</dl>
{%- if p.sums %}<ul>{% for text in p.sums %}<li>{{ text }}</li>{% endfor %}</ul>{% endif %}
{%- for e in p.entries %}{{ past.row(e) }}{% endfor %}
{%- if p.hidden %}<p class="help">It changed rows of tables, too, that this site doesn’t show.</p>{% endif %}
{%- if p.more_url %}<p class="pager"><a class="button" rel="next" href="{{ p.more_url }}">More rows</a></p>{% endif %}
{% endblock %}
"""

# What an undo would do: it was tried, and rolled back.
UNDO: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% import "flaskadmin/_cell.html" as show %}
{% import "flaskadmin/_entry.html" as past %}
{% block main %}
{%- set l = p.line %}
<div class="title"><h1>Undo {{ l.number }}?</h1><span class="count">{{ l.table }}</span></div>
{%- if p.problem %}<p class="note bad" role="alert">{{ p.problem }}</p>{% endif %}
<p>{{ l.what }}, by {{ l.who or "someone" }}, {{ l.when }} ({{ zone }}).</p>
{%- if p.undone_by %}<p class="note">It was undone already, by <a href="{{ site.home }}history/{{ p.undone_by }}">
{{- p.undone_by }}</a>.</p>{% endif %}
{%- if p.rejected %}
<p class="note bad">{{ "{:,}".format(p.rejected_count) }} row{{ "" if p.rejected_count == 1 else "s" }} can’t be put
 back, since something depends on what {{ "it is" if p.rejected_count == 1 else "they are" }} now:</p>
<ul class="effects">
{%- for r in p.rejected %}<li><b>{{ r.table }}
 {% if r.history_url %}<a href="{{ r.history_url }}">{{ r.label }}</a>{% else %}{{ r.label }}{% endif %}</b>
 {{ r.words }}{% if r.later %} <a href="{{ r.later_url }}">{{ r.later }}</a>{% endif %}</li>{% endfor %}
{%- if p.rejected_count > p.rejected|length %}<li class="quiet">and
 {{ "{:,}".format(p.rejected_count - p.rejected|length) }} more</li>{% endif %}</ul>
{%- endif %}
{%- if p.untried %}<p>These are {{ "{:,}".format(p.rows) }} rows, too many to try it first: either all are put back,
 or none is.</p>
{%- elif p.rows %}<p>{{ "{:,}".format(p.rows) }} row{{ "" if p.rows == 1 else "s" }} would be put back, as shown
 below: this was tried just now, and not kept.</p>{% endif %}
<form class="undo" method="post" action="{{ l.url }}/undo">
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<input type="hidden" name="_next" value="{{ p.next }}">
{%- if p.rows %}<div class="typed"><label for="reason">Why (if you like)</label>
<input id="reason" name="reason" value="{{ show.lines(p.reason) }}" maxlength="1000" autocomplete="off"></div>
{%- endif %}
<div class="row">
{%- if p.rows and p.rejected %}<button class="primary" name="do" value="others">Undo the others</button>
{%- elif p.rows %}<button class="primary" name="do" value="all">Undo</button>{% endif %}
<a class="button plain" href="{{ l.url }}">{{ "Leave it" if p.rows else "Back" }}</a></div></form>
{%- for e in p.entries %}{{ past.row(e) }}{% endfor %}
{%- if p.more %}<p class="help">and {{ "{:,}".format(p.more) }} more rows</p>{% endif %}
{% endblock %}
"""

# What one field of a form met: the original, theirs and mine.
MERGE: Final[str] = r"""{% import "flaskadmin/_cell.html" as show %}{% import "flaskadmin/_entry.html" as past %}
{%- macro pick(m, value, words, id) -%}
<label class="check"><input type="radio" name="{{ m.name }}" value="{{ value }}"
{%- if m.chosen == value %} checked{% endif %}>{{ words }}</label>
{%- endmacro %}
{%- macro choice(m, id, label) -%}
<fieldset class="theirs merge" id="{{ id }}-t"><legend>{{ label }}: changed by someone else, too. Keep</legend>
<div>{{ pick(m, "mine", "Mine: " ~ ("choose the file again" if m.file else "as typed above"), id) }}</div>
<div>{{ pick(m, "theirs", "Theirs (" ~ m.who ~ ")", id) }}
<div class="cell">{% if m.diff %}<div class="box" tabindex="0" role="group" aria-label="Theirs">
{{- past.words(m.diff) }}</div>{% else %}{{ show.value(m.theirs, "Theirs") }}{% endif %}</div></div>
{%- if m.before %}<div>{{ pick(m, "original", "The original", id) }}
<div class="cell">{{ show.value(m.before, "The original") }}</div></div>{% endif %}
</fieldset>
{%- endmacro %}"""

# What went wrong and what to do next, for signed-out visitors too.
ERROR: Final[str] = r"""{% extends "flaskadmin/base.html" %}
{% block main %}
<div class="card wide"><p class="code">{{ p.code }}</p><h1>{{ p.title }}</h1>
{%- if p.message and p.message != p.title %}<p>{{ p.message }}</p>{% endif %}
{%- if p.remedy %}<p>{{ p.remedy }}</p>{% endif %}
<div class="row">
{%- if p.retry %}<a class="button primary" href="">Try again</a>{% endif %}
{%- if p.back_url %}<a class="button" href="{{ p.back_url }}">Back</a>{% endif %}
<a class="button plain" href="{{ site.home }}">All tables</a></div>
{%- if p.request_id %}<p><small>If you report this, name the request {{ p.request_id }}.</small></p>
{%- endif %}</div>
{% endblock %}
"""

# What the blueprint's DictLoader serves, under "flaskadmin/".
PAGES: Final[Mapping[str, str]] = {
    "base.html": BASE,
    "_cell.html": CELL,
    "_row.html": ROW,
    "list.html": LIST,
    "_views.html": VIEWS_MENU,
    "views.html": VIEWS,
    "columns.html": COLUMNS,
    "preferences.html": PREFERENCES,
    "filter.html": FILTER,
    "_search.html": SEARCH,
    "_chart.html": CHART,
    "column.html": COLUMN,
    "glance.html": GLANCE,
    "chart_page.html": CHART_PAGE,
    "_figure.html": FIGURE,
    "_related.html": RELATED,
    "_card.html": CARD,
    "record.html": RECORD,
    "_field.html": FIELD,
    "form.html": FORM,
    "_part.html": PART,
    "delete.html": DELETE,
    "bulk.html": BULK,
    "bulk_preview.html": BULK_PREVIEW,
    "job.html": JOB,
    "import.html": IMPORT,
    "import_map.html": IMPORT_MAP,
    "dashboard.html": DASHBOARD,
    "_own.html": OWN,
    "find.html": FIND,
    "shortcuts.html": SHORTCUTS,
    "sign_in.html": SIGN_IN,
    "resume.html": RESUME,
    "_entry.html": ENTRY,
    "_merge.html": MERGE,
    "history.html": HISTORY,
    "record_history.html": RECORD_HISTORY,
    "change.html": SET,
    "undo.html": UNDO,
    "status.html": STATUS,
    "error.html": ERROR,
}


if __name__ == "__main__":
    raise SystemExit(main())
