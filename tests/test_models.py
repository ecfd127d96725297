"""A host's own models: what staff write is what the host's code would have written, and can read."""

from __future__ import annotations

import enum
import html
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_login
import pytest
import sqlalchemy as sa
from flask import Flask, Response, redirect, url_for
from flask_admin import expose
from flask_admin.actions import action
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict
from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import Length, StopValidation

import forms
from conftest import Browser, close, missing
from flaskadmin import FlaskAdminDB, SettingsError, TableView


class Tone(enum.Enum):
    """A choice whose names and values differ."""

    warm = "W"
    cold = "C"


class Tags(sa.types.TypeDecorator[list[str]]):
    """Words, stored as one text."""

    impl = sa.String(200)
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Any) -> str | None:
        """Join them, in order."""
        if value is None:
            return None
        if "forbidden" in value:
            raise ValueError("This word is taken.")
        return "|".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Any) -> list[str] | None:
        """Split them."""
        return None if value is None else value.split("|")


class Codes(sa.types.TypeDecorator[list[str]]):
    """A list that is never None: what is NULL is read as none, and what is none written as ''."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Any) -> str | None:
        """Join them."""
        return None if value is None else ",".join(value)

    def process_result_value(self, value: str | None, dialect: Any) -> list[str]:
        """Split them."""
        return value.split(",") if value else []


class Host:
    """A host's app with models of all kinds, and a site over them."""

    def __init__(self, url: str, folder: Path, *, create: str = "before") -> None:
        self.app = Flask(__name__, instance_path=str(folder))
        self.app.secret_key = "a key for tests"
        self.app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://")
        self.db = db = SQLAlchemy(self.app)
        self.seen: list[Any] = []

        class Shelf(db.Model):  # type: ignore[name-defined,misc]
            id = db.Column(db.Integer, primary_key=True)
            name = db.Column(db.String(40), nullable=False)

        class Jar(db.Model):  # type: ignore[name-defined,misc]
            id = db.Column(db.Integer, primary_key=True)
            name = db.Column(db.String(40), nullable=False)
            tone = db.Column(db.Enum(Tone), default=Tone.cold, nullable=False)
            grade = db.Column(db.Enum(Tone, name="grade", values_callable=lambda e: [m.value for m in e]))
            span = db.Column(db.Interval)
            mark = db.Column(db.Uuid, default=uuid.uuid4)
            stuff = db.Column(db.PickleType, default={"a": [1, 2]})
            tags = db.Column(Tags)
            codes = db.Column(Codes)
            price = db.Column(db.Numeric(10, 2))
            facts = db.Column(db.JSON)
            made = db.Column(db.DateTime, default=db.func.now(), nullable=False)
            day = db.Column(db.Date, default=lambda: date(2024, 2, 29))
            slug = db.Column(db.String(60), default=lambda context: context.get_current_parameters()["name"].lower())
            touched = db.Column(db.DateTime, onupdate=lambda: datetime(2025, 5, 6, 7, 8, 9))
            counted = db.Column(db.Integer, default=0, onupdate=db.text("coalesce(counted, 0) + 1"))
            version = db.Column(db.Integer, nullable=False)
            shelf_id = db.Column(db.Integer, db.ForeignKey("shelf.id"))
            shelf = db.relationship(Shelf, backref="jars")
            __mapper_args__ = {"version_id_col": version}

            def __init__(self, name: str) -> None:
                raise AssertionError("no constructor is called")

            @sa.orm.validates("name")
            def tidy(self, key: str, value: str) -> str:
                """Refuse one name, and change the others."""
                if value == "bad":
                    raise ValueError("Not this name.")
                assert value != "worse", "Nor this one."
                return value.title()

        class Animal(db.Model):  # type: ignore[name-defined,misc]
            id = db.Column(db.Integer, primary_key=True)
            kind = db.Column(db.String(20))
            name = db.Column(db.String(40))
            __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "animal"}

        class Dog(Animal):
            barks = db.Column(db.Boolean)
            __mapper_args__ = {"polymorphic_identity": "dog"}

        self.Shelf, self.Jar, self.Animal, self.Dog = Shelf, Jar, Animal, Dog
        if create == "before":
            self.create()

    def create(self) -> None:
        """Make the tables, and a record of the host's own."""
        with self.app.app_context():
            self.db.create_all()
            for name in ("Top", "Low"):
                self.db.session.add(self.Shelf(name=name))
                self.db.session.commit()
            table = self.Jar.__table__
            values = {
                "name": "old jar", "tone": Tone.warm, "grade": Tone.cold, "span": timedelta(hours=5),
                "tags": ["b", "a"],
                "price": Decimal("2.50"), "facts": {"x": 1}, "version": 4, "shelf_id": 1, "slug": "old", "counted": 3,
            }  # fmt: skip
            self.db.session.execute(table.insert().values(**values))
            for one in (self.Animal(name="Cat"), self.Dog(name="Rex", barks=True)):
                self.db.session.add(one)
                self.db.session.commit()

    def site(
        self, models: list[Any] | None = None, views: dict[str, Any] | None = None, prefix: str = "/admin"
    ) -> Browser:
        """Mount a site and return a browser."""
        self.admin = FlaskAdminDB(
            db=self.db, models=models or [self.Shelf, self.Jar, self.Animal], views=views, auth=lambda: "anna"
        )
        self.admin.init_app(self.app, url_prefix=prefix)
        return Browser(self.app)

    def read(self, model: Any, key: Any) -> Any:
        """Return a record as the host reads it, in a session of its own; all its columns are loaded."""
        with self.app.app_context():
            found = self.db.session.get(model, key)
            assert found is not None
            self.db.session.expunge(found)
            return found

    def close(self) -> None:
        """Close all connections."""
        close(self.app)
        with self.app.app_context():
            for engine in self.db.engines.values():
                engine.dispose()


@pytest.fixture
def host(engine_url: str, tmp_path: Path) -> Iterator[Host]:
    """A host over an empty database of each engine."""
    made = Host(engine_url, tmp_path)
    yield made
    made.close()


def saved(browser: Browser, url: str, **values: str) -> Any:
    """Fill a form and save it; return the answer."""
    form = browser.form(url)
    for name, value in values.items():
        form[name] = value
    return browser.submit(form)


def test_a_new_record_has_what_the_model_gives(host: Host) -> None:
    browser = host.site()
    assert saved(browser, "/admin/jar/new", name="plum jam").status_code == 303
    jar = host.read(host.Jar, 2)
    assert (jar.name, jar.slug, jar.tone, jar.grade) == ("Plum Jam", "plum jam".title().lower(), Tone.cold, None)
    assert isinstance(jar.mark, uuid.UUID) and jar.stuff == {"a": [1, 2]} and jar.day == date(2024, 2, 29)
    assert abs(jar.made - datetime.now(UTC).replace(tzinfo=None)) < timedelta(days=1)
    assert (jar.version, jar.counted, jar.touched) == (1, 0, None)


TYPED = {
    "tone": ("cold", Tone.cold),
    "grade": ("W", Tone.warm),
    "tags": ("z|y", ["y", "z"]),
    "price": ("3.75", Decimal("3.75")),
    "facts": ('{"k": [1, 2]}', {"k": [1, 2]}),
    "day": ("2026-01-02", date(2026, 1, 2)),
    "made": ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5)),
    "span": ("2 days 02:30:00.5", timedelta(2, 9000, 500_000)),
    "mark": ("12345678-1234-5678-1234-567812345678", uuid.UUID("12345678-1234-5678-1234-567812345678")),
}


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("way", ["form", "cell", "bulk", "import"])
def test_what_is_typed_is_read_by_the_host(host: Host, name: str, way: str) -> None:
    browser, (text, value) = host.site(), TYPED[name]
    write(browser, way, "jar", name, text)
    jar = host.read(host.Jar, 1)
    assert getattr(jar, name) == value
    assert (jar.version, jar.touched, jar.counted) == (5, datetime(2025, 5, 6, 7, 8, 9), 4)
    assert jar.name == "old jar" and (name == "span" or jar.span == timedelta(hours=5))
    with host.app.app_context():  # and found by a condition of the host's own
        if name != "facts":
            assert host.db.session.query(host.Jar).filter(getattr(host.Jar, name) == value).count() == 1


def write(browser: Browser, way: str, table: str, name: str, text: str) -> None:
    """Write a value into the first record, by one of the ways that there are."""
    if way == "form":
        assert saved(browser, f"/admin/{table}/1/edit", **{name: text}).status_code == 303
    elif way == "cell":
        url = f"/admin/{table}/1/edit?only={name}"
        form = browser.form_in(browser.get(url, **{"X-Part": "1"}).text, url)
        form[name] = text
        answer = browser.submit(form)
        assert answer.status_code == 200 and "Saved" in answer.get_json()["message"], answer.text
    elif way == "bulk":
        assert bulk(browser, table, name, text).status_code == 303
    else:
        cell = text.replace('"', '""')
        content = f'id,{name}\n1,"{cell}"\n'.encode()
        assert imported(browser, table, content).status_code == 303


def test_an_untouched_save_writes_nothing(host: Host, writes: list[str]) -> None:
    browser = host.site()
    form = browser.form("/admin/jar/1/edit")
    writes.clear()
    assert browser.submit(form).status_code == 303
    assert not [one for one in writes if "jar" in one.lower()]
    assert host.read(host.Jar, 1).name == "old jar"  # though a validator would spell it otherwise


def press(browser: Browser, page: str, path: str, step: str, **given: str) -> Any:
    """Submit the form that knows steps, by the button of one."""
    form = next(f for f in forms.read_forms(page) if any(name == "step" for name, _ in f.buttons))
    extra = [(name, value) for name, value in given.items() if name not in form]
    for name, value in given.items():
        if name in form:
            form[name] = value
    body, kind = form.body(("step", step), *extra)
    return browser.client.post(form.action or path, data=body, content_type=kind, headers=browser.headers)


def bulk(browser: Browser, table: str, name: str, text: str) -> Any:
    """Set a column of the first record by a bulk edit; return the last answer."""
    path = f"/admin/{table}/bulk?key=1"
    line = {"column0": name, "how0": "set", "value0": text}
    preview = press(browser, browser.get(path).text, path, "preview", key="1", **line)
    if not any(("step", "run") in form.buttons for form in forms.read_forms(preview.text)):
        return preview
    return press(browser, preview.text, path, "run")


def imported(browser: Browser, table: str, content: bytes) -> Any:
    """Import a file as it was found; return the last answer."""
    path = f"/admin/{table}/import"
    form = next(f for f in forms.read_forms(browser.get(path).text) if "pasted" in f)
    body, kind = form.body(files={"file": ("file.csv", content)})
    found = browser.client.post(form.action or path, data=body, content_type=kind, headers=browser.headers)
    preview = press(browser, found.text, path, "preview")
    if not any(("step", "run") in form.buttons for form in forms.read_forms(preview.text)):
        return preview
    return press(browser, preview.text, path, "run")


def test_a_null_that_a_type_reads_as_something_stays_one(host: Host) -> None:
    browser = host.site()
    content = browser.get("/admin/jar/export.csv").data
    assert "1 unchanged." in re.sub(r"<[^>]+>", "", imported(browser, "jar", content).text)
    assert saved(browser, "/admin/jar/1/edit", codes="a,b").status_code == 303
    assert imported(browser, "jar", b"id,codes\n1,NULL\n").status_code == 303
    with host.app.app_context():
        assert host.db.session.execute(sa.text("SELECT codes FROM jar")).scalar() is None


def undone(browser: Browser) -> Any:
    """Undo the last change; return the answer."""
    number = max(map(int, re.findall(r"/admin/history/(\d+)", browser.get("/admin/history").text)))
    path = f"/admin/history/{number}/undo"
    form = next(
        f
        for f in forms.read_forms(browser.get(path).text)
        if "csrf_token" in f and f.method == "post" and not f.action.endswith(("sign-out", "preferences"))
    )
    body, kind = form.body()
    return browser.client.post(path, data=body, content_type=kind, headers=browser.headers)


def test_an_undo_puts_back_what_was_stored(host: Host) -> None:
    browser = host.site()
    write(browser, "form", "jar", "tags", "z|y")
    assert undone(browser).status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.tags, jar.version, jar.touched, jar.counted) == (["a", "b"], 4, None, 3)


@pytest.mark.parametrize("way", ["form", "bulk", "import"])
@pytest.mark.parametrize(("name", "text", "words"), [
    ("name", "bad", "Not this name."), ("name", "worse", "Nor this one."),
    ("tags", "a|forbidden", "This word is taken."),
])  # fmt: skip
def test_what_a_validator_or_a_type_refuses_is_the_fields_error(
    host: Host, way: str, name: str, text: str, words: str
) -> None:
    browser = host.site()
    if way == "form":
        answer = saved(browser, "/admin/jar/1/edit", **{name: text, "slug": "typed besides"})
        assert answer.status_code == 422 and "typed besides" in answer.text
    else:
        content = f"id,{name}\n1,{text}\n".encode()
        answer = bulk(browser, "jar", name, text) if way == "bulk" else imported(browser, "jar", content)
    assert words in html.unescape(answer.text)
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.tags, jar.version) == ("old jar", ["a", "b"], 4)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("05:00:00", timedelta(hours=5)),
        ("1 day", timedelta(1)),
        ("400 days 23:59:59.000001", timedelta(400, 86_399, 1)),
        ("-00:30:00", timedelta(minutes=-30)),
        ("00:00:00", timedelta(0)),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])  # which has no type for it
def test_a_duration_is_shown_and_found_as_one(host: Host, text: str, span: timedelta) -> None:
    with host.app.app_context():
        host.db.session.get(host.Jar, 1).span = span
        host.db.session.commit()
    browser, version = host.site(), host.read(host.Jar, 1).version
    for page in ("jar/?columns=id,span", "jar/1", "jar/1/edit"):
        assert text in browser.get(f"/admin/{page}").text, page
    assert browser.submit(browser.form("/admin/jar/1/edit")).status_code == 303
    assert host.read(host.Jar, 1).version == version, "nothing was saved"
    for query, found in ((f"span={text}", True), ("span__lt=-1+day", False), ("span__gt=401+days", False)):
        listed = browser.get(f"/admin/jar/export.jsonl?{query}").text
        assert ("old jar" in listed) is found, query
    answer = saved(browser, "/admin/jar/1/edit", span="soon")
    assert answer.status_code == 422 and "isn&#39;t a duration" in answer.text


def test_a_model_that_is_left_out_has_its_rules_all_the_same(host: Host) -> None:
    browser = host.site([host.Shelf])
    assert saved(browser, "/admin/jar/1/edit", name="fresh jar", tags="z|y").status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.tags, jar.counted) == ("Fresh Jar", ["y", "z"], 4)
    answer = saved(browser, "/admin/jar/1/edit", name="bad")
    assert answer.status_code == 422 and "Not this name." in answer.text
    page = browser.get("/admin/jar/1/edit").text
    assert "only the application reads and writes" in page and "counted at each change" in page
    assert saved(browser, "/admin/animal/new", name="Tom").status_code == 303
    assert type(host.read(host.Animal, 3)) is host.Animal


@pytest.mark.parametrize("way", ["form", "cell", "bulk", "import"])
def test_what_a_validator_makes_to_what_is_stored_changes_nothing(host: Host, way: str) -> None:
    browser = host.site()
    write(browser, "form", "jar", "name", "plum")
    if way == "cell":
        url = "/admin/jar/1/edit?only=name"
        form = browser.form_in(browser.get(url, **{"X-Part": "1"}).text, url)
        form["name"] = "plum"
        assert browser.submit(form).status_code == 200
    elif way == "form":
        assert saved(browser, "/admin/jar/1/edit", name="plum").status_code == 303
    elif way == "bulk":
        bulk(browser, "jar", "name", "plum")
    else:
        imported(browser, "jar", b"id,name\n1,plum\n")
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.version) == ("Plum", 5)


def test_what_a_type_cannot_hold_is_the_fields_error(host: Host) -> None:
    browser = host.site()
    answer = saved(browser, "/admin/jar/1/edit", mark="no uuid")
    assert answer.status_code == 422 and 'value="no uuid"' in answer.text
    page = browser.get("/admin/jar/1/edit").text
    assert "only the application reads and writes" in page and "counted at each change" in page


def test_the_rows_of_an_inherited_model(host: Host) -> None:
    browser = host.site()
    assert saved(browser, "/admin/animal/new", name="Tom").status_code == 303
    form = browser.form("/admin/animal/new")
    form["name"], form["kind"], form["barks"] = "Fido", "dog", "true"
    form["kind.state"] = "value" if "kind.state" in form else ""
    assert browser.submit(form).status_code == 303
    assert type(host.read(host.Animal, 3)) is host.Animal
    dog = host.read(host.Dog, 4)
    assert type(dog) is host.Dog and dog.barks is True


def test_the_rows_of_other_identities_are_not_shown(host: Host) -> None:
    browser = host.site([host.Dog])
    page = browser.get("/admin/animal/").text
    assert "Rex" in page and "Cat" not in page and browser.get("/admin/animal/1").status_code == 404
    assert saved(browser, "/admin/animal/new", name="Bello").status_code == 303
    assert host.read(host.Dog, 3).kind == "dog"


def test_hooks_see_what_the_hosts_code_would(host: Host) -> None:
    seen: list[Any] = []

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Note what is seen, and change a value."""
            shelf = model.shelf.name if model.shelf else None
            seen.append(
                (type(model), form.tone.data, model.tone, model.grade, model.span, model.tags, model.price, shelf)
            )
            model.facts = {"by": "hook"}
            model.tags = [*(model.tags or []), "hooked"]

        def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Note what is stored."""
            seen.append((model.id, model.version, model.slug, model.stuff, model.shelf.name))

        def on_model_delete(self, model: Any) -> None:
            """Note what goes."""
            seen.append((model.tone, model.shelf.name))

    browser = host.site(views={"jar": View})
    assert saved(browser, "/admin/jar/1/edit", tone="cold", shelf_id="2").status_code == 303
    jar = (host.Jar, Tone.cold, Tone.cold, Tone.cold, timedelta(hours=5), ["a", "b"], Decimal("2.50"), "Low")
    assert seen == [jar, (1, 5, "old", {"a": [1, 2]}, "Low")]
    found = host.read(host.Jar, 1)
    assert found.facts == {"by": "hook"} and found.tags == ["a", "b", "hooked"] and found.version == 5
    seen.clear()
    assert saved(browser, "/admin/jar/new", name="new", shelf_id="1").status_code == 303
    assert seen == [
        (host.Jar, None, None, None, None, None, None, "Top"), (2, 1, "new", {"a": [1, 2]}, "Top")
    ]  # fmt: skip
    seen.clear()
    assert browser.submit(browser.form("/admin/jar/1/delete")).status_code == 303
    assert seen == [(Tone.cold, "Low")]


def test_a_hook_may_set_a_relationship_and_write_by_its_session(host: Host) -> None:
    browser = host.site()

    @host.admin.before_save("jar")
    def move(jar: Any, is_created: bool) -> None:
        jar.shelf = sa.orm.object_session(jar).get(host.Shelf, 2)
        host.db.session.add(host.Shelf(name=f"for {jar.id}"))
        if jar.slug == "no":
            raise ValidationError("Not so.")

    assert saved(browser, "/admin/jar/1/edit", slug="no").status_code == 422
    assert saved(browser, "/admin/jar/1/edit", slug="yes").status_code == 303
    assert host.read(host.Jar, 1).shelf_id == 2
    with host.app.app_context():
        names = [one.name for one in host.db.session.query(host.Shelf).order_by(host.Shelf.id)]
    assert names == ["Top", "Low", "for 1"]


@pytest.mark.parametrize(("way", "how", "refused"), [
    *[(way, "added", "") for way in ("new", "form", "bulk", "import", "action", "copy")],
    *[(way, how, "") for way in ("new", "import") for how in ("added first", "appended", "with it", "added after")],
    *[(way, "added", by) for way in ("new", "form", "import") for by in ("by the hook", "by the database")],
])  # fmt: skip
def test_what_refers_to_a_record_is_saved_with_it(host: Host, way: str, how: str, refused: str) -> None:
    """As an application has it that keeps a log of its own."""
    db = host.db

    class Entry(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        text = db.Column(db.String(40))
        jar_id = db.Column(db.ForeignKey("jar.id"), nullable=False)
        jar = db.relationship(host.Jar, **({"backref": "entries"} if how == "appended" else {}))

    def note(jar: Any) -> None:
        assert jar.shelf is None or jar.shelf.name == "Top"
        db.session.add(host.Shelf(name="beside"))
        if how == "appended":
            jar.entries.append(Entry(text=jar.name))
        else:
            db.session.add(entry := Entry(text=jar.name, jar=None if how == "added first" else jar))
            entry.jar = jar
            assert db.session.query(host.Shelf).filter_by(name="beside").count() > 0  # which flushes
        if how == "with it":
            db.session.add(jar)
        if refused == "by the hook":
            raise ValidationError("Not so.")

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Write it down before."""
            if how != "added after":
                note(model)
            model.shelf_id = 77 if refused == "by the database" else model.shelf_id

        def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Write it down after."""
            if how == "added after":
                note(model)

    with host.app.app_context():
        db.create_all()
        if db.engine.dialect.name == "sqlite":
            sa.event.listen(db.engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys = ON"))
            db.engine.dispose()
    browser = host.site([host.Jar, host.Shelf, Entry], {"jar": View})
    host.admin.action("jar", "Note")(lambda jars, form: [note(jar) for jar in jars])
    if way in ("new", "copy"):
        saved(browser, "/admin/jar/new" + ("?like=1" if way == "copy" else ""), name="plum")
    elif way == "form":
        saved(browser, "/admin/jar/1/edit", name="plum")
    elif way == "import":
        imported(browser, "jar", b"id,name\n1,plum\n9,fig\n")
    elif way == "bulk":
        bulk(browser, "jar", "name", "plum")
    else:
        path = "/admin/jar/bulk?do=action0&key=1"
        press(browser, browser.get(path).text, path, "run", key="1")
    names = {"import": ["Plum", "Fig"], "action": ["old jar"]}.get(way, ["Plum"])
    with host.app.app_context():
        entries = [(one.text, one.jar.name) for one in db.session.query(Entry).order_by(Entry.jar_id)]
        assert entries == [(name, name) for name in names if not refused]
        beside = db.session.query(host.Shelf).filter_by(name="beside").count()
        assert beside == (0 if refused == "by the hook" or way == "import" and refused else len(names))
        assert db.session.query(host.Jar).count() == 1 + (way in ("new", "copy", "import") and not refused)
        assert db.session.get(host.Jar, 1).version == 4 + (way in ("form", "bulk", "import") and not refused)


@pytest.mark.parametrize("way", ["form", "bulk", "import", "action", "delete", "bulk delete"])
@pytest.mark.parametrize("what", ["change", "delete", "add", "add by key", "take"])
def test_what_a_hook_does_to_what_refers_to_the_record_is_done(host: Host, way: str, what: str) -> None:
    db, gone = host.db, list[Any]()

    class Entry(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        shelf_id = db.Column(db.ForeignKey("shelf.id", ondelete="SET NULL"))
        shelf = db.relationship(host.Shelf)

    def act(shelf: Any) -> None:
        for jar in shelf.jars:
            if what == "change":
                jar.slug = f"of {shelf.id}"
            elif what == "delete":
                db.session.delete(jar)
            elif what == "take":
                jar.shelf = None
        if what.startswith("add"):
            db.session.add(Entry(shelf=shelf) if what == "add" else Entry(shelf_id=shelf.id))

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Do it."""
            act(model)

        def on_model_delete(self, model: Any) -> None:
            """Do it, too, and set what nobody will read."""
            act(model)
            gone.append(model.name)
            model.name = "gone"

        def after_model_delete(self, model: Any) -> None:
            """Tell what it was."""
            gone.append(model.name)

    with host.app.app_context():
        db.create_all()
        db.session.execute(sa.text("UPDATE jar SET shelf_id = 2"))
        db.session.commit()
    is_delete = way.endswith("delete")
    if what in ("change", "add", "add by key") and is_delete:  # nothing may refer to what is deleted
        with host.app.app_context():
            db.session.execute(sa.text("UPDATE jar SET shelf_id = NULL"))
            db.session.commit()
    browser = host.site([host.Jar, host.Shelf, Entry], {"shelf": View})
    host.admin.action("shelf", "Do")(lambda shelves, form: [act(one) for one in shelves] and None)
    if way == "form":
        assert saved(browser, "/admin/shelf/2/edit", name="Lowest").status_code == 303
    elif way == "import":
        assert imported(browser, "shelf", b"id,name\n2,Lowest\n").status_code == 303
    elif way == "delete":
        assert browser.submit(browser.form("/admin/shelf/2/delete")).status_code == 303
    else:
        task = {"bulk": "", "action": "do=action0&", "bulk delete": "do=delete&"}[way]
        path, step = f"/admin/shelf/bulk?{task}key=2", "run" if way == "action" else "preview"
        line = {"column0": "name", "how0": "set", "value0": "Lowest"} if way == "bulk" else {}
        answer = press(browser, browser.get(path).text, path, step, key="2", **line)
        assert (answer if step == "run" else press(browser, answer.text, path, "run")).status_code == 303
    with host.app.app_context():
        jar = db.session.get(host.Jar, 1)
        assert (jar is None) is (what == "delete")
        if what == "change" and not is_delete:
            assert (jar.slug, jar.shelf_id) == ("of 2", 2)
        if what == "take":
            assert jar.shelf_id is None
        entries = [one.shelf_id for one in db.session.query(Entry)]
        assert entries == ([None if is_delete else 2] if what.startswith("add") else [])
        names = [one.name for one in db.session.query(host.Shelf).order_by(host.Shelf.id)]
        assert names == ["Top", *([] if is_delete else ["Low" if way == "action" else "Lowest"])]
    assert gone == (["Low", "Low"] if is_delete else [])
    if is_delete:
        assert undone(browser).status_code == 303
        assert host.read(host.Shelf, 2).name == "Low"


@pytest.mark.parametrize("way", ["form", "new", "bulk", "import", "action", "delete"])
@pytest.mark.parametrize("how", ["left", "flushed", "stopped"])
def test_what_the_database_refuses_of_a_hook_refuses_the_change(host: Host, way: str, how: str) -> None:
    db = host.db

    def act(*_: Any) -> None:
        if how == "stopped":
            raise StopValidation("Stop here.")
        db.session.add(host.Shelf(id=2, name="again"))
        if how == "flushed":
            db.session.flush()

    browser = host.site()
    host.admin.before_save("jar")(act)
    host.admin.before_delete("jar")(act)
    host.admin.action("jar", "Do")(act)
    if way in ("form", "new"):
        answer = saved(browser, f"/admin/jar/{'new' if way == 'new' else '1/edit'}", name="plum")
    elif way == "import":
        answer = imported(browser, "jar", b"id,name\n1,plum\n")
    elif way == "bulk":
        answer = bulk(browser, "jar", "name", "plum")
    elif way == "delete":
        answer = browser.submit(browser.form("/admin/jar/1/delete"))
    else:
        path = "/admin/jar/bulk?do=action0&key=1"
        answer = press(browser, browser.get(path).text, path, "run", key="1")
    words = "Stop here." if how == "stopped" else "The database refuses what the application writes beside it."
    assert answer.status_code in (200, 409, 422) and words in html.unescape(answer.text)
    with host.app.app_context():
        assert [one.name for one in db.session.query(host.Jar)] == ["old jar"]
        assert db.session.query(host.Shelf).count() == 2


@pytest.mark.parametrize("way", ["new", "form", "bulk", "import"])
def test_after_a_save_its_record_is_one_of_the_apps_session(host: Host, way: str) -> None:
    db, held = host.db, list[Any]()  # as long as the request lasts

    class View(TableView):
        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Let the session have it already, as it has the current user."""
            held.append(None if is_created else db.session.get(host.Jar, model.id))

        def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Set what needs the key."""
            db.session.refresh(model)
            assert db.session.get(host.Jar, model.id) is model and model.name in ("Plum", "Fig")
            model.slug = f"{model.id}-{model.shelf.name if model.shelf else None}"
            self.session.commit()

    browser = host.site(views={"jar": View})
    if way == "new":
        assert saved(browser, "/admin/jar/new", name="plum", shelf_id="2").status_code == 303
    elif way == "import":
        assert imported(browser, "jar", b"id,name\n1,plum\n9,fig\n").status_code == 303
    else:
        write(browser, way, "jar", "name", "plum")
    with host.app.app_context():
        found = {one.slug for one in db.session.query(host.Jar)}
    assert found == {"new": {"old", "2-Low"}, "import": {"1-Top", "9-None"}}.get(way, {"1-Top"})


@pytest.mark.parametrize("added", [True, False])
def test_a_hook_may_set_a_relationship_to_what_it_makes(host: Host, added: bool) -> None:
    browser = host.site()

    @host.admin.before_save("jar")
    def move(jar: Any, is_created: bool) -> None:
        shelf = host.Shelf(name="Fresh")
        if added:
            host.db.session.add(shelf)
        jar.shelf = shelf

    assert saved(browser, "/admin/jar/1/edit", slug="moved").status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.slug, jar.shelf_id) == ("moved", 3) and host.read(host.Shelf, 3).name == "Fresh"


@pytest.mark.parametrize("path", ["new", "1/edit"])
def test_a_hook_may_set_a_relationship_to_what_the_apps_session_holds(host: Host, path: str) -> None:
    """Such as the current user."""
    Audit(host, host.Jar)
    browser, seen = host.site(), list[Any]()

    @host.admin.before_save("jar")
    def move(jar: Any, is_created: bool) -> None:
        low = host.db.session.get(host.Shelf, 2)
        assert [one.id for one in low.jars] == []
        jar.shelf = low
        low.name = "Lower"

    @host.admin.after_save("jar")
    def note(jar: Any, is_created: bool) -> None:
        seen.append((jar.shelf.name, [one.id for one in host.db.session.get(host.Shelf, 2).jars]))

    @host.admin.action("jar", "Move back")
    def back(jars: list[Any], form: Any) -> None:
        jars[0].shelf = host.db.session.get(host.Shelf, 1)

    key = 2 if path == "new" else 1
    assert saved(browser, f"/admin/jar/{path}", name="moved").status_code == 303
    assert host.read(host.Jar, key).shelf_id == 2 and seen == [("Lower", [key])]
    path = f"/admin/jar/bulk?do=action0&key={key}"
    assert press(browser, browser.get(path).text, path, "run", key=str(key)).status_code == 303
    assert host.read(host.Jar, key).shelf_id == 1


def test_what_a_formatter_returns_may_read_relationships_when_it_is_shown(host: Host) -> None:
    host.Jar.__str__ = lambda jar: f"{jar.name} on {jar.shelf.name}"
    host.Shelf.places = association_proxy("jars", "shelf")
    host.Shelf.__str__ = host.Shelf.__repr__ = lambda shelf: f"{shelf.name} of {len(shelf.jars)}"

    class View(TableView):
        column_list = ("id", "name", "places")
        column_formatters = {"name": lambda view, context, shelf, name: shelf.jars[0] if shelf.jars else None}

    browser = host.site(views={"shelf": View})
    assert "Top of 1" in browser.get("/admin/shelf/").text
    for page in ("/admin/shelf/", "/admin/shelf/1"):
        assert "old jar on Top" in browser.get(page).text, page


def test_a_hybrid_of_objects_alone_is_listed_and_written(host: Host) -> None:
    """Asked of the class, it raises."""

    def loud(shelf: Any) -> Any:
        return shelf.name.upper()

    def set_loud(shelf: Any, value: str) -> None:
        shelf.name = value.lower()

    host.Shelf.loud = hybrid_property(loud, set_loud)
    host.Shelf.score = sa.orm.column_property(host.Shelf.id * 111)  # which has no name

    class View(TableView):
        column_list = ("id", "loud", "score")
        form_columns = ()
        form_extra_fields = {"loud": StringField("Loud")}

    browser = host.site(views={"shelf": View})
    page = browser.get("/admin/shelf/").text
    assert "TOP" in page and "222" in page
    form = browser.form("/admin/shelf/1/edit")
    assert form["loud"] == "TOP"
    form["loud"] = "ATTIC"
    assert browser.submit(form).status_code == 303 and host.read(host.Shelf, 1).name == "attic"


def test_what_a_dataclass_makes_for_its_fields_is_a_default(engine_url: str, tmp_path: Path) -> None:
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app, model_class=type("Base", (sa.orm.DeclarativeBase,), {}))
    columns: Any = sa.orm.mapped_column

    class Stamped(sa.orm.MappedAsDataclass):
        made: sa.orm.Mapped[datetime] = columns(default_factory=lambda: datetime(2025, 1, 2), init=False)
        seen: sa.orm.Mapped[datetime | None] = columns(default=None, init=False)

    class Note(Stamped, db.Model):  # type: ignore[name-defined,misc]
        id: sa.orm.Mapped[int] = columns(primary_key=True, init=False)
        name: sa.orm.Mapped[str] = columns(sa.String(40))
        facts: sa.orm.Mapped[dict[str, int]] = columns(sa.JSON, default_factory=lambda: {"a": 1})
        size: sa.orm.Mapped[int] = columns(default=7)

    try:
        with app.app_context():
            db.create_all()
        FlaskAdminDB(db=db, models=[Note], auth=lambda: "anna").init_app(app)
        browser = Browser(app)
        assert saved(browser, "/admin/note/new", name="one").status_code == 303
        assert imported(browser, "note", b"name,size\ntwo,8\n").status_code == 303
        with app.app_context():
            notes = db.session.query(Note).order_by(Note.id).all()
            assert [(n.name, n.size) for n in notes] == [("one", 7), ("two", 8)]
            assert {(n.made, n.seen, str(n.facts)) for n in notes} == {(datetime(2025, 1, 2), None, "{'a': 1}")}
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


def test_a_sequence_counts_where_the_database_has_any(engine_url: str, tmp_path: Path) -> None:
    """SQLite has none, and PostgreSQL's own key counts where the model's is optional: as SQLAlchemy has it."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Ticket(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, sa.Sequence("ticket_numbers", start=70), primary_key=True)
        name = db.Column(db.String(20))

    class Coupon(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, sa.Sequence("coupon_numbers", start=70, optional=True), primary_key=True)
        name = db.Column(db.String(20))

    try:
        with app.app_context():
            db.create_all()
        FlaskAdminDB(db=db, models=[Ticket, Coupon], auth=lambda: "anna").init_app(app)
        browser = Browser(app)
        for model in (Ticket, Coupon):
            path = model.__table__.name
            assert saved(browser, f"/admin/{path}/new", name="one").status_code == 303
            assert imported(browser, path, b"name\ntwo\n").status_code == 303
            first = 70 if model is Ticket and engine_url.startswith("postgresql") else 1
            with app.app_context():
                found = db.session.query(model.id, model.name).order_by(model.id).all()
                assert [tuple(row) for row in found] == [(first, "one"), (found[-1].id, "two")]
                assert found[-1].id > first
                db.session.add(model(name="three"))
                db.session.commit()
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize(("label", "status", "location", "text"), [
    ("A page", 200, None, "<b>1 jars</b>"), ("Another page", 302, "/elsewhere", "/elsewhere"),
    ("A file", 200, None, "Top"), ("A refusal", 409, None, "Not this name."),
])  # fmt: skip
def test_what_an_action_answers_is_the_answer(
    host: Host, label: str, status: int, location: str | None, text: str
) -> None:
    class View(TableView):
        @action("page", "A page")
        def page(self, ids: list[str]) -> str:
            """Show one."""
            return f"<b>{len(ids)} jars</b>"

        @action("way", "Another page")
        def way(self, ids: list[str]) -> Any:
            """Go on elsewhere."""
            return redirect("/elsewhere")

    browser = host.site(views={"jar": View})
    host.admin.action("jar", "A file")(lambda jars, form: Response(jars[0].shelf.name, mimetype="text/csv"))
    host.admin.action("jar", "A refusal")(lambda jars, form: setattr(jars[0], "name", "bad"))
    do = re.findall(rf"do=(action\d)[^>]*>{label}<", browser.get("/admin/jar/1").text)[0]
    path = f"/admin/jar/bulk?do={do}&key=1"
    answer = press(browser, browser.get(path).text, path, "run", key="1")
    assert (answer.status_code, answer.headers.get("Location")) == (status, location)
    assert text in html.unescape(answer.text)
    assert host.read(host.Jar, 1).name == "old jar"


@pytest.mark.parametrize("way", ["form", "bulk", "import", "delete"])
def test_what_a_validator_refuses_of_a_hook_is_told(host: Host, way: str) -> None:
    class View(TableView):
        form_extra_fields = {"title": StringField("Title")}

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Give it a name that it can't have."""
            model.name = "worse"

        def on_model_delete(self, model: Any) -> None:
            """Give it one, too."""
            model.name = "bad"

    host.Jar.title = property(lambda jar: jar.name, lambda jar, value: setattr(jar, "name", value))
    browser = host.site(views={"jar": View})
    if way == "form":
        answer = saved(browser, "/admin/jar/1/edit", title="bad")
        assert answer.status_code == 422 and "Not this name." in answer.text
        answer = saved(browser, "/admin/jar/1/edit", slug="typed")
    elif way == "delete":
        answer = browser.submit(browser.form("/admin/jar/1/delete"))
    else:
        content = b"id,slug\n1,typed\n"
        answer = bulk(browser, "jar", "slug", "typed") if way == "bulk" else imported(browser, "jar", content)
    assert ("Not this name." if way == "delete" else "Nor this one.") in html.unescape(answer.text)
    assert host.read(host.Jar, 1).slug == "old"


def test_actions_get_the_hosts_objects(host: Host) -> None:
    browser = host.site()

    @host.admin.action("jar", "Warm up")
    def warm(jars: list[Any], form: Any) -> str:
        for jar in jars:
            assert jar.tone is Tone.warm
            jar.tone, jar.span = Tone.cold, jar.span * 2
        return ", ".join(jar.shelf.name for jar in jars)

    path = "/admin/jar/bulk?do=action0&key=1"
    answer = press(browser, browser.get(path).text, path, "run")
    assert answer.status_code == 303 and "Top" in browser.get("/admin/jar/").text
    jar = host.read(host.Jar, 1)
    assert (jar.tone, jar.span, jar.version) == (Tone.cold, timedelta(hours=10), 5)


def test_a_formatter_gets_the_hosts_object(host: Host) -> None:
    class View(TableView):
        column_formatters = {
            "shelf_id": lambda view, context, jar, name: f"on {jar.shelf.name}, {jar.tone.name}, {jar.span.seconds} s"
        }

    browser = host.site(views={"jar": View})
    for page in ("/admin/jar/", "/admin/jar/1"):
        assert "on Top, warm, 18000 s" in browser.get(page).text


class Level(enum.IntEnum):
    """A choice that is stored as a number."""

    low = 1
    high = 9


class LevelNumber(sa.types.TypeDecorator[Level]):
    """A level by its number."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Level | None, dialect: Any) -> int | None:
        """Return the number."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Any) -> Level | None:
        """Return the level."""
        return None if value is None else Level(value)


class Cents(sa.types.TypeDecorator[Decimal]):
    """Money, stored in hundredths."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        """Return the cents."""
        return None if value is None else int(value * 100)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        """Return the money."""
        return None if value is None else Decimal(value) / 100


class Fleet:
    """A host's app with a model whose attributes aren't its columns' names, of yet other kinds."""

    def __init__(self, url: str, folder: Path) -> None:
        self.app = Flask(__name__, instance_path=str(folder))
        self.app.secret_key = "a key for tests"
        self.app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://")
        self.db = db = SQLAlchemy(self.app)
        self.postgres = url.startswith("postgresql")

        class Boat(db.Model):  # type: ignore[name-defined,misc]
            number = db.Column("boat_no", db.Integer, primary_key=True)
            title = db.Column("t", db.String(30), nullable=False)
            level = db.Column(LevelNumber, default=Level.low)
            price = db.Column(Cents, default=Decimal("1.50"))
            ratio = db.Column(db.Numeric(8, 3, asdecimal=False))
            begins = db.Column(db.Time)
            seen = db.Column(db.DateTime(timezone=True), default=lambda: datetime(2024, 1, 2, 3, tzinfo=UTC))
            info = db.Column(MutableDict.as_mutable(db.JSON), default=dict)
            blob = db.Column(db.LargeBinary)
            notes = sa.orm.deferred(db.Column(db.Text, default="none yet"))
            big = db.Column(db.BigInteger, server_default="7")
            twice = db.Column(db.BigInteger, sa.Computed("big * 2"))
            ok = db.Column(db.Boolean, default=True, nullable=False)
            changed = db.Column(db.DateTime, onupdate=sa.func.current_timestamp())
            alias = sa.orm.synonym("title")
            if self.postgres:
                words = db.Column(sa.ARRAY(sa.String(20)), default=list)

            @sa.orm.validates("level")
            def check(self, key: str, value: Level) -> Level:
                """Refuse what doesn't fit another attribute."""
                if value is Level.high and self.title == "small":
                    raise ValueError("Too high for a small one.")
                return value

        self.Boat = Boat
        with self.app.app_context():
            db.create_all()
            db.session.add(Boat(title="first", level=Level.high, price=Decimal("2.25"), blob=b"\x00\xff", ratio=1.5))
            db.session.commit()

    def site(self, **more: Any) -> Browser:
        """Mount a site and return a browser."""
        self.admin = FlaskAdminDB(db=self.db, models=[self.Boat], auth=lambda: "anna", **more)
        self.admin.init_app(self.app)
        return Browser(self.app)

    def read(self, key: int) -> Any:
        """Return a boat as the host reads it, with all that it has."""
        with self.app.app_context():
            found = self.db.session.get(self.Boat, key)
            assert found is not None and found.notes
            self.db.session.expunge(found)
            return found


@pytest.fixture
def fleet(engine_url: str, tmp_path: Path) -> Iterator[Fleet]:
    """A host with one boat on each engine."""
    made = Fleet(engine_url, tmp_path)
    yield made
    close(made.app)
    with made.app.app_context():
        made.db.engine.dispose()


def test_a_new_record_of_other_kinds(fleet: Fleet) -> None:
    assert saved(fleet.site(), "/admin/boat/new", t="Second").status_code == 303
    boat = fleet.read(2)
    assert (boat.title, boat.level, boat.price, boat.info) == ("Second", Level.low, Decimal("1.5"), {})
    assert (boat.notes, boat.big, boat.twice, boat.ok, boat.changed) == ("none yet", 7, 14, True, None)
    assert boat.seen.replace(tzinfo=UTC) == datetime(2024, 1, 2, 3, tzinfo=UTC)
    assert not fleet.postgres or boat.words == []


OTHER_KINDS = {
    "level": ("1", Level.low), "price": ("325", Decimal("3.25")), "ratio": ("2.125", 2.125), "ok": ("false", False),
    "begins": ("07:05", time(7, 5)), "info": ('{"a": 1}', {"a": 1}), "notes": ("long", "long"),
    "big": ("9007199254740993", 9007199254740993),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_KINDS)
@pytest.mark.parametrize("way", ["form", "cell", "bulk", "import"])
def test_other_kinds_are_read_by_the_host(fleet: Fleet, name: str, way: str) -> None:
    browser, (text, value) = fleet.site(), OTHER_KINDS[name]
    if way == "import":
        cell = text.replace('"', '""')
        assert imported(browser, "boat", f'boat_no,{name}\n1,"{cell}"\n'.encode()).status_code == 303
    else:
        write(browser, way, "boat", name, text)
    boat = fleet.read(1)
    assert getattr(boat, name) == value and boat.changed is not None and boat.blob == b"\x00\xff"
    assert boat.twice == boat.big * 2


def test_a_view_names_columns_by_the_models_attributes(fleet: Fleet) -> None:
    seen: list[Any] = []

    class View(TableView):
        column_list = ("title", "level", "price")
        column_labels = {"title": "Name of it", "boat_no": "No."}
        column_formatters = {"title": lambda view, context, boat, name: f"{boat.title} at {boat.price}"}
        form_args = {"title": {"description": "Short and clear"}}

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            """Note what the host's code would see, and change more."""
            seen.append((model.title, model.alias, model.level, model.price, dict(model.info or {})))
            model.info["x"] = 1
            model.level = Level.low

    browser = fleet.site(views={"boat": View})
    page = browser.get("/admin/boat/").text
    assert "Name of it" in page and "first at 2.25" in page and "Begins" not in page
    assert "Short and clear" in browser.get("/admin/boat/1/edit").text
    assert saved(browser, "/admin/boat/1/edit", t="changed").status_code == 303
    assert seen == [("changed", "changed", Level.high, Decimal("2.25"), {})]
    boat = fleet.read(1)
    assert boat.level is Level.low and boat.info == {"x": 1}


def test_a_validator_sees_the_other_attributes(fleet: Fleet) -> None:
    browser = fleet.site()
    for values, status in (({"t": "small"}, 303), ({"level": "1"}, 303), ({"level": "9"}, 422), ({"level": "5"}, 422)):
        answer = saved(browser, "/admin/boat/1/edit", **values)
        assert answer.status_code == status, values
    assert fleet.read(1).level is Level.low


def test_two_people_who_change_different_fields_are_merged(host: Host) -> None:
    browser = host.site()
    first, second = browser.form("/admin/jar/1/edit"), browser.form("/admin/jar/1/edit")
    first["slug"], second["tags"] = "first", "second"
    assert browser.submit(first).status_code == browser.submit(second).status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.slug, jar.tags, jar.version) == ("first", ["second"], 6)


def test_the_history_is_kept_of_a_file_that_the_host_makes_later(tmp_path: Path) -> None:
    host = Host(f"sqlite:///{tmp_path / 'later.db'}", tmp_path, create="")
    browser = host.site()
    host.create()
    try:
        assert saved(browser, "/admin/jar/1/edit", slug="changed").status_code == 303
        assert "changed" in browser.get("/admin/jar/1/history").text
    finally:
        host.close()


def test_models_of_another_bind_are_a_database_of_their_own(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'shop.db'}"
    app.config["SQLALCHEMY_BINDS"] = {"stock": f"sqlite:///{tmp_path / 'stock.db'}"}
    db = SQLAlchemy(app)

    class Crate(db.Model):  # type: ignore[name-defined,misc]
        __bind_key__ = "stock"
        id = db.Column(db.Integer, primary_key=True)
        tone = db.Column(db.Enum(Tone), default=Tone.warm)

    class Customer(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)

    with app.app_context():
        db.create_all()
    FlaskAdminDB(db=db, models=[Customer, Crate], auth=lambda: "anna").init_app(app)
    try:
        browser = Browser(app)
        assert browser.get("/admin/shop/customer/").status_code == 200
        assert saved(browser, "/admin/stock/crate/new").status_code == 303
        for place in ("/", "/admin/", "/admin/shop/customer/", "/admin/stock/crate/1"):
            with app.test_request_context(place):
                for name, at in (("customer", "/admin/shop/customer/"), ("crate", "/admin/stock/crate/")):
                    assert url_for("flaskadmin.index_view", table=name) == at
                    assert url_for("flaskadmin.details_view", table=name, id=3) == f"{at}3"
        with app.app_context():
            assert db.session.get(Crate, 1).tone is Tone.warm
            db.session.remove()
    finally:
        close(app)
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def test_models_that_a_form_cannot_write_are_refused_at_the_start(host: Host) -> None:
    db = host.db

    class Cat(host.Animal):  # type: ignore[name-defined,misc]
        __mapper_args__ = {"polymorphic_identity": "cat"}

    class Horse(host.Animal):  # type: ignore[name-defined,misc]
        __tablename__ = "horse"
        id = db.Column(db.Integer, db.ForeignKey("animal.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "horse"}

    for models, words in (
        ([Horse], "Leave it out of models="), ([host.Dog, Cat], "the model that both inherit from"),
        ([int], "no model"),
    ):  # fmt: skip
        with pytest.raises(SettingsError, match=words):
            FlaskAdminDB(db=db, models=models, auth=lambda: "anna").init_app(host.app)


def test_a_type_that_the_driver_knows_by_its_connection_alone(postgres: Any, tmp_path: Path) -> None:
    """An hstore, which SQLAlchemy has the driver read once it is connected, is a dict to a form and its hooks, too."""
    url = postgres.create()
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://")
    db, seen = SQLAlchemy(app), []

    class Crate(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        facts = db.Column(MutableDict.as_mutable(postgresql.HSTORE))

    admin = FlaskAdminDB(db=db, models=[Crate], auth=lambda: "anna")
    admin.before_save("crate")(lambda crate, is_created: seen.append(dict(crate.facts)))
    with app.app_context():
        db.session.execute(sa.text("CREATE EXTENSION hstore"))
        db.session.commit()
        db.create_all()
        db.session.add(Crate(facts={"a": "1", "b": None}))
        db.session.commit()
    admin.init_app(app)
    try:
        browser = Browser(app)
        assert browser.get("/admin/crate/1").status_code == 200
        assert saved(browser, "/admin/crate/1/edit", facts='"c"=>"2, 3"').status_code == 303
        with app.app_context():
            assert db.session.get(Crate, 1).facts == {"c": "2, 3"} == seen[-1]
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()
        postgres.drop(url)


def test_an_app_may_have_psycopg2(postgres: Any, tmp_path: Path) -> None:
    """Its errors are put into words, and its exports are those of psycopg."""
    try:
        import psycopg2  # noqa: F401
    except ImportError:
        missing("psycopg2 isn't installed")
    url, files = postgres.create(), dict[str, list[bytes]]()
    for driver in ("psycopg2", "psycopg"):
        app = Flask(__name__, instance_path=str(tmp_path))
        app.secret_key = "a key for tests"
        app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", f"postgresql+{driver}://")
        db = SQLAlchemy(app)

        class Port(db.Model):  # type: ignore[name-defined,misc]
            id = db.Column(db.Integer, primary_key=True)
            name = db.Column(db.String(20), unique=True, nullable=False)

        class Ship(db.Model):  # type: ignore[name-defined,misc]
            id = db.Column(db.Integer, primary_key=True)
            port_id = db.Column(db.ForeignKey("port.id"))
            is_large = db.Column(db.Boolean)
            code = db.Column(postgresql.CHAR(4))
            facts = db.Column(postgresql.JSONB)
            photo = db.Column(db.LargeBinary)
            tags = db.Column(postgresql.ARRAY(db.Text))
            text = db.Column(db.Text)

        admin = FlaskAdminDB(db=db, models=[Port, Ship], auth=lambda: "anna", query_timeout=2)
        try:
            with app.app_context():
                db.create_all()
                if driver == "psycopg2":
                    long = "žluť%s" * 100_000
                    db.session.add_all([Port(name="Oslo"), Port(name="Kiel"), Ship(is_large=False)])
                    ship = Ship(is_large=True, code="a", facts={"k": [None]}, photo=b"\0\xff", tags=["", 'x"', None])
                    ship.port_id, ship.text = 1, long
                    db.session.add(ship)
                    db.session.commit()
                    db.session.execute(sa.text("CREATE VIEW slow AS SELECT id, pg_sleep(9)::text FROM port"))
                    db.session.commit()
            admin.init_app(app)
            browser = Browser(app)
            taken = saved(browser, "/admin/port/1/edit", name="Kiel")
            assert taken.status_code == 422 and "This name is taken" in html.unescape(taken.text)
            nowhere = saved(browser, "/admin/ship/2/edit", port_id="9")
            assert nowhere.status_code == 422 and "There is no port with the key 9" in html.unescape(nowhere.text)
            assert driver == "psycopg" or "took longer than allowed" in browser.get("/admin/slow/").text
            for kind in ("csv", "json", "jsonl", "sql", "csv?columns=id,port_id.name&sort=-id"):
                answer = browser.get(f"/admin/ship/export.{kind}")
                assert answer.status_code == 200
                files.setdefault(kind, []).append(answer.data)
        finally:
            close(app)
            with app.app_context():
                db.engine.dispose()
    postgres.drop(url)
    assert all(one == other and len(one) > 20 for one, other in files.values())


def test_columns_may_have_the_names_that_forms_and_models_use(host: Host) -> None:
    names = ["Meta", "data", "errors", "form", "items", "keys", "self", "type", "csrf_token", "_obj", "_prefix", "next"]
    columns = ", ".join(f'"{name}" text' for name in names)
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE odd (id integer PRIMARY KEY, {columns})"))
        connection.execute(sa.text("INSERT INTO odd (id) VALUES (1)"))
    browser = host.site()
    form = browser.form("/admin/odd/1/edit")
    for control in form.controls[form.controls.index(form.control("id")) + 1 :]:
        control.value = "value" if control.name.endswith(".state") else f"of {control.name}"
    assert browser.submit(form).status_code == 303
    with host.app.app_context(), host.db.engine.begin() as connection:
        row = connection.execute(sa.text("SELECT * FROM odd")).one()
        assert row[0] == 1 and len({*row}) == len(names) + 1 and all(str(one).startswith("of ") for one in row[1:])


def test_the_hosts_registry_holds_its_models_alone(host: Host) -> None:
    """What stands for a table that no model was given for is no model of the host's, who may walk through its own."""
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE bare (id integer PRIMARY KEY, name text)"))
        connection.execute(sa.text("INSERT INTO bare VALUES (1, 'one')"))
    before = {mapper.class_ for mapper in host.db.Model.registry.mappers}
    browser = host.site()
    assert saved(browser, "/admin/bare/1/edit", name="two").status_code == 303
    assert "two" in browser.get("/admin/bare/").text
    assert {mapper.class_ for mapper in host.db.Model.registry.mappers} == before


def test_the_root_of_an_app_stays_the_hosts(host: Host) -> None:
    for prefix in ("", "/"):
        with pytest.raises(SettingsError, match="path of its own"):
            host.site(prefix=prefix)


@pytest.mark.parametrize(("facts", "shown"), [
    ({"username": "mara"}, "mara"), ({"email": "m@x.example"}, "m@x.example"), ({"name": "Mara"}, "Mara (7)"),
    ({"__str__": lambda self: "Mara B."}, "Mara B. (7)"), ({}, "7"),
])  # fmt: skip
def test_a_user_of_flask_login_has_a_name(tmp_path: Path, facts: dict[str, Any], shown: str) -> None:
    host = Host(f"sqlite:///{tmp_path / 'own.db'}", tmp_path)
    manager = flask_login.LoginManager(host.app)
    user = type("User", (flask_login.UserMixin,), {"id": 7, **facts})()
    manager.request_loader(lambda request: user)
    FlaskAdminDB(db=host.db, models=[host.Shelf]).init_app(host.app)
    try:
        browser = Browser(host.app)
        assert shown in browser.get("/admin/").text
        assert saved(browser, "/admin/shelf/1/edit", name="Up").status_code == 303
        assert shown in browser.get("/admin/history").text
    finally:
        host.close()


def test_fields_of_what_is_no_column_are_written_by_the_model(engine_url: str, tmp_path: Path) -> None:
    """As form.populate_obj does: a property's setter, a relationship; a field of a column's name is the column's."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Member(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(40), nullable=False)
        note = db.Column("remark", db.String(40))
        hashed = db.Column(db.String(40))
        team_id = db.Column(db.Integer, db.ForeignKey("team.id"))
        team = db.relationship("Team", backref="members")

        @property
        def password(self) -> str:
            return ""

        @password.setter
        def password(self, value: str) -> None:
            if value == "bad":
                raise ValidationError("Not this one.")
            self.hashed = value[::-1] if value else self.hashed

        @property
        def shout(self) -> str:
            return self.name.upper()

        @shout.setter
        def shout(self, value: str) -> None:
            self.name = value.lower()

    class View(TableView):
        column_list = ["name", "team", "note"]
        column_formatters = {"team": lambda view, context, model, name: f"{name} {model.team and model.team.name}"}
        form_columns = ["team", "note", "password", "shout"]
        form_args = {"team": {"description": "Where they play"}}
        form_extra_fields = {
            "password": PasswordField("Password"),
            "shout": StringField("Shout"),
            "note": StringField("Remark!", [Length(max=9)]),
        }

    FlaskAdminDB(db=db, models=[Member], views={"member": View}, auth=lambda: "anna").init_app(app)

    class Team(db.Model):  # type: ignore[name-defined,misc]
        """Made after the site was mounted, as in a package that is imported later."""

        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(40))

        def __str__(self) -> str:
            return f"Team {self.name}"

    try:
        with app.app_context():
            db.create_all()
            db.session.add(Member(name="ann", note="old", hashed="x", team=Team(name="Red")))
            db.session.add(Team(name="Blue"))
            db.session.commit()

        def stored() -> Any:
            with app.app_context():
                return db.session.execute(sa.select(Member.name, Member.note, Member.hashed, Member.team_id)).one()

        browser = Browser(app)
        assert "team Red" in browser.get("/admin/member/").text
        page = browser.get("/admin/member/1/edit").text
        assert "Remark!" in page and "Where they play" in page and 'value="ANN"' in page and 'value="old"' in page
        assert saved(browser, "/admin/member/1/edit").status_code == 303
        assert stored() == ("ann", "old", "x", 1)
        assert saved(browser, "/admin/member/1/edit", shout="BO", password="abc", remark="new").status_code == 303
        assert stored() == ("bo", "new", "cba", 1)
        assert saved(browser, "/admin/member/1/edit", team_id="2").status_code == 303
        assert stored() == ("bo", "new", "cba", 2)
        assert "longer than 9" in saved(browser, "/admin/member/1/edit", remark="far too long").text
        assert "Not this one." in saved(browser, "/admin/member/1/edit", password="bad").text
        assert stored() == ("bo", "new", "cba", 2)
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize(("choose", "names"), [
    (lambda query, host: query, ["old jar", "Fig", "Plum"]),  # as for an administrator
    (lambda query, host: query.join(host.Shelf).filter(host.Shelf.name == "Low"), ["Fig", "Plum"]),
    (lambda query, host: query.join(host.Jar.shelf).filter(host.Jar.price.is_(None)), ["Fig", "Plum"]),
    (lambda query, host: query.filter(host.Jar.shelf.has(name="Top")), ["old jar"]),
    (lambda query, host: query.order_by(host.Jar.id.desc()).limit(1), ["Plum"]),
    (lambda query, host: query.options(sa.orm.joinedload(host.Jar.shelf)).filter_by(name="Fig"), ["Fig"]),
    (lambda query, host: query.filter_by(name="Fig").union_all(query.filter_by(name="Plum")), ["Fig", "Plum"]),
    (lambda query, host: query.session.query(one := sa.orm.aliased(host.Jar)).filter(one.name == "Fig"), ["Fig"]),
    (lambda query, host: query.filter(sa.text("jar.name = :name")).params(name="Fig"), ["Fig"]),
    (lambda query, host: query.filter(sa.text("name = :name")).params(name="Plum").limit(1), ["Plum"]),
    (lambda query, host: sa.select(host.Jar).where(host.Jar.price.is_(None)), ["Fig", "Plum"]),
    (lambda query, host: query.with_entities(host.Jar.name).filter_by(name="Fig").distinct(), []),  # which rows?
])  # fmt: skip
def test_rows_are_chosen_by_any_query(host: Host, choose: Any, names: list[str]) -> None:
    class View(TableView):
        def get_query(self) -> Any:
            """Choose them."""
            return choose(super().get_query(), host)

    browser = host.site(views={"jar": View})
    with host.app.app_context():
        rows = [{"name": name, "shelf_id": 2, "version": 1} for name in ("Fig", "Plum")]
        host.db.session.execute(host.Jar.__table__.insert(), rows)
        host.db.session.commit()
    assert sorted(re.findall(r'"name": ?"([^"]+)"', browser.get("/admin/jar/export.jsonl").text)) == sorted(names)
    for key, name in enumerate(("old jar", "Fig", "Plum"), 1):
        assert browser.get(f"/admin/jar/{key}/edit").status_code == (200 if name in names else 404)
    imported(browser, "jar", b"id,slug\n3,seen\n")
    assert (host.read(host.Jar, 3).slug == "seen") is ("Plum" in names)


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("given", [
    {"column_searchable_list": ["writer.alias"]}, {"column_default_sort": ("writer.alias", True)},
    {"column_sortable_list": ["title", ("writer", "writer.alias")]}, {"column_sortable_list": ["writer.alias"]},
])  # fmt: skip
def test_columns_behind_a_relationship_go_by_its_models_attributes(
    engine_url: str, tmp_path: Path, is_read: bool, given: dict[str, Any]
) -> None:
    """Whatever the foreign key is called, and whether or not SQLAlchemy has read the models when the site is made."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Person(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(20))
        alias = db.Column("pen_name", db.String(20))

    class Book(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        title = db.Column(db.String(20))
        by = db.Column(db.ForeignKey("person.id"))
        writer = db.relationship(Person)

    try:
        with app.app_context():
            db.create_all()
            people = [{"id": n, "name": f"Name {n}", "pen_name": pen} for n, pen in enumerate("bac", 1)]
            db.session.execute(Person.__table__.insert(), people)
            books = [{"title": title, "by": n} for n, title in enumerate(("one", "two", "three"), 1)]
            db.session.execute(Book.__table__.insert(), books)
            db.session.commit()
        if is_read:
            sa.orm.configure_mappers()
        view = type("View", (TableView,), {"column_list": ["title", "writer", "writer.alias"], **given})
        FlaskAdminDB(db=db, models=[Book, Person], views={"book": view}, auth=lambda: "anna").init_app(app)
        browser, sort = Browser(app), "by" if "title" in given.get("column_sortable_list", ()) else "by.pen_name"
        query = {"column_searchable_list": "?search=a", "column_default_sort": ""}.get(
            next(iter(given)), f"?sort=-{sort}"
        )
        titles = re.findall(r'"title": ?"([^"]+)"', browser.get(f"/admin/book/export.jsonl{query}").text)
        assert titles == (["two"] if "search" in query else ["three", "one", "two"])
        assert browser.get("/admin/book/").status_code == 200
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize(("given", "asked", "names"), [
    (["name", "shelf"], "", "name,shelf_id"), (["name", "shelf"], "?columns=name,shelf_id.name", "name,shelf_id.name"),
    (None, "", "id,name,tone,shelf_id,shelf_id.name"),
])  # fmt: skip
def test_a_file_has_the_columns_that_the_view_says(host: Host, given: Any, asked: str, names: str) -> None:
    shown = {"column_list": ["name", "shelf", "shelf.name"], "column_export_list": given}
    if given is None:
        shown["column_export_exclude_list"] = {one.name for one in host.Jar.__table__.c}.difference(names.split(","))
    browser = host.site(views={"jar": type("View", (TableView,), shown)})
    assert browser.get(f"/admin/jar/export.csv{asked}").text.split("\n")[0].strip() == names


def test_a_field_of_many_records_is_refused_at_the_start(host: Host) -> None:
    joins = host.db.Table(
        "joins", *(host.db.Column(f"{n}_id", host.db.ForeignKey(f"{n}.id")) for n in ("jar", "shelf"))
    )
    host.Jar.shelves = host.db.relationship(host.Shelf, secondary=joins)
    view = type("View", (TableView,), {"form_extra_fields": {"shelves": StringField("Shelves")}})
    with pytest.raises(SettingsError, match="shelves is many records"):
        host.site(views={"jar": view})
    one = type("View", (TableView,), {"form_extra_fields": {"shelf": StringField("Shelf"), "more": StringField("+")}})
    assert host.site(views={"jar": one}).get("/admin/jar/1/edit").status_code == 200


@pytest.mark.parametrize(("order", "names"), [
    (lambda jar: [jar.slug.desc()], ["Plum", "Fig", "old jar"]), (lambda jar: ["slug"], ["old jar", "Fig", "Plum"]),
    (lambda jar: [sa.desc("version"), jar.id.desc().nulls_last()], ["old jar", "Plum", "Fig"]),
    (lambda jar: [sa.func.length(jar.slug), jar.id.desc()], ["Plum", "Fig", "old jar"]),  # as far as it is columns
    (lambda jar: [], ["old jar", "Fig", "Plum"]),
])  # fmt: skip
@pytest.mark.parametrize("own", [None, ("name", False)])
def test_a_query_s_order_is_the_list_s(
    host: Host, order: Any, names: list[str], own: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class View(TableView):
        column_default_sort = own

        def get_query(self) -> Any:
            """Sort them."""
            return super().get_query().filter(host.Jar.id < 9).order_by(*order(host.Jar))

    browser = host.site(views={"jar": View})
    with host.app.app_context():
        rows = [{"name": name, "slug": slug, "version": 1} for name, slug in (("Fig", "b"), ("Plum", "c"))]
        host.db.session.execute(host.Jar.__table__.update().values(slug="a"))
        host.db.session.execute(host.Jar.__table__.insert(), rows)
        host.db.session.commit()
    read = lambda path: re.findall(r'"name": ?"([^"]+)"', browser.get(f"/admin/jar/export.jsonl{path}").text)  # noqa: E731
    assert read("?sort=-id") == ["Plum", "Fig", "old jar"]
    caplog.clear()
    assert read("") == (["Fig", "Plum", "old jar"] if own else names)
    assert ("View.get_query sorts by length(jar.slug), which is no column" in caplog.text) is (
        not own and "length" in str(order(host.Jar)[:1] and order(host.Jar)[0])
    )


def test_a_view_s_own_page_may_extend_ours(host: Host) -> None:
    class View(TableView):
        @expose("/report")
        def report(self) -> Any:
            """Say how many there are."""
            return self.render("list.html", n=self.session.query(host.Jar).count())

    text = "{% extends 'flaskadmin/base.html' %}{% block main %}{{ n }} jars by {{ admin_view.name }}{% endblock %}"
    host.app.jinja_loader = DictLoader({"list.html": text})
    page = host.site(views={"jar": View}).get("/admin/jar/report").text
    assert "1 jars by Jar" in page and 'href="/admin/shelf/"' in page


def test_what_a_relationship_leads_to_is_listed(host: Host) -> None:
    host.Jar.__str__ = lambda jar: f"jar {jar.name}"
    browser = host.site(views={"shelf": type("View", (TableView,), {"column_list": ["name", "jars"]})})
    assert saved(browser, "/admin/jar/new", name="two", shelf_id="1").status_code == 303
    assert re.search(r">jar old jar, jar Two<", browser.get("/admin/shelf/").text)


def test_rows_that_are_parts_of_records_stay_with_them(engine_url: str, tmp_path: Path) -> None:
    """Of joined inheritance: a part that is added, deleted or moved alone leaves records that the host can't read."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Person(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(20), nullable=False)
        name = db.Column(db.String(40))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "person"}

    class Guest(Person):
        __mapper_args__ = {"polymorphic_identity": "guest"}

    class Cook(Person):
        id = db.Column(db.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
        tone = db.Column(db.Enum(Tone, native_enum=False, length=9), default=Tone.cold)
        tags = db.Column(Tags)
        seen = db.Column(db.DateTime, onupdate=lambda: datetime(2025, 5, 6, 7, 8, 9))
        __mapper_args__ = {"polymorphic_identity": "cook"}

    try:
        with app.app_context():
            db.create_all()
            db.session.add_all([Cook(name="Ann", tone=Tone.warm, tags=["b", "a"]), Guest(name="Bo")])
            db.session.commit()
            if db.engine.dialect.name == "sqlite":
                sa.event.listen(db.engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys = ON"))
                db.engine.dispose()
        FlaskAdminDB(db=db, models=[Person], auth=lambda: "anna").init_app(app)
        browser = Browser(app)

        def people() -> list[Any]:
            with app.app_context():
                found = db.session.query(Person).order_by(Person.id).all()
                facts = [(type(p).__name__, p.name, getattr(p, "tone", 0), getattr(p, "tags", 0)) for p in found]
                assert db.session.query(Cook).count() == sum(kind == "Cook" for kind, *_ in facts)
                return facts

        before = people()
        for path in ("new", "1/delete"):
            answer = browser.get(f"/admin/cook/{path}")
            assert answer.status_code == 403 and "a part of each Cook" in answer.text
        answer = imported(browser, "cook", b"id,tone\n2,warm\n")
        assert "a part of each Cook" in html.unescape(answer.text) or answer.status_code != 303
        assert "id" not in browser.form("/admin/cook/1/edit") and "kind" not in browser.form("/admin/person/1/edit")
        assert browser.form("/admin/person/new").control("kind").options == ["", "person", "guest"]
        assert people() == before
        assert saved(browser, "/admin/cook/1/edit", tone="cold").status_code == 303
        assert people()[0] == ("Cook", "Ann", Tone.cold, ["a", "b"])
        with app.app_context():
            assert db.session.get(Cook, 1).seen == datetime(2025, 5, 6, 7, 8, 9)
        now = people()
        assert browser.submit(browser.form("/admin/person/1/delete")).status_code == 303
        assert people() == now[1:]
        assert undone(browser).status_code == 303
        assert people() == now
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("table", ["cook", "chef"])
@pytest.mark.parametrize("way", ["form", "bulk", "import"])
def test_the_change_of_a_part_is_one_of_its_record(
    engine_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, table: str, way: str
) -> None:
    """The host, which loaded the record before, must see that it isn't what it loaded."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Person(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(20), nullable=False)
        version = db.Column(db.Integer, nullable=False)
        name = db.Column(db.String(20))
        seen = db.Column(db.DateTime, onupdate=lambda: datetime(2025, 5, 6, 7, 8, 9))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "person", "version_id_col": version}

    class Cook(Person):
        person_id = db.Column("id", db.ForeignKey("person.id"), primary_key=True)
        dish = db.Column(db.String(40))
        __mapper_args__ = {"polymorphic_identity": "cook"}

    class Chef(Cook):
        cook_id = db.Column("id", db.ForeignKey("cook.id"), primary_key=True)
        star = db.Column(db.String(40))
        __mapper_args__ = {"polymorphic_identity": "chef"}

    try:
        with app.app_context():
            db.create_all()
            db.session.add_all([Chef(dish="soup", star="one"), Cook(dish="pie")])
            db.session.commit()
        sa.event.listen(Cook, "after_update", lambda mapper, connection, cook: None, propagate=True)
        sa.event.listen(Chef, "before_update", lambda m, c, chef: setattr(chef, "dish", f"{chef.name}'s {chef.star}"))
        FlaskAdminDB(db=db, models=[Person], auth=lambda: "anna").init_app(app)
        words = [one.getMessage() for one in caplog.records if "after_update, which" in one.getMessage()]
        assert [one.split()[0] for one in words] == ["Chef", "Cook"]
        browser, name = Browser(app), {"cook": "dish", "chef": "star"}[table]
        with app.app_context():
            engine = db.engine
        with sa.orm.Session(engine, expire_on_commit=False) as session:
            chef = session.get(Chef, 1)
            assert chef is not None and chef.version == 1 and chef.seen is None
            session.commit()  # no lock stays; what was loaded does
            write(browser, way, table, name, "two")
            chef.name = chef.dish = chef.star = "three"
            with pytest.raises(sa.orm.exc.StaleDataError):
                session.commit()
            session.rollback()
            assert (getattr(chef, name), chef.version, chef.seen) == ("two", 2, datetime(2025, 5, 6, 7, 8, 9))
            cook = session.get(Cook, 2)
            assert cook is not None and cook.version == 1
            star = chef.star
            session.commit()
            write(browser, way, "person", "name", "Ann")  # what the listener sets stands in another table
            session.refresh(chef)
            assert (chef.name, chef.dish, chef.star, chef.version) == ("Ann", f"Ann's {star}", star, 3)
            assert cook.dish == "pie"
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("given", [True, False])
def test_models_that_inherit_concretely_have_their_rules(engine_url: str, tmp_path: Path, given: bool) -> None:
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Base(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)

    class Pot(Base):
        id = db.Column(db.Integer, primary_key=True)
        tags = db.Column(Tags)
        __mapper_args__ = {"concrete": True}

    try:
        with app.app_context():
            db.create_all()
            db.session.add(Pot(tags=["b", "a"]))
            db.session.commit()
        FlaskAdminDB(db=db, models=[Pot] if given else [], auth=lambda: "anna").init_app(app)
        browser = Browser(app)
        assert saved(browser, "/admin/pot/1/edit", tags="z|y").status_code == 303
        assert "This word is taken." in saved(browser, "/admin/pot/1/edit", tags="forbidden").text
        with app.app_context():
            assert db.session.get(Pot, 1).tags == ["y", "z"]
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


def test_listeners_that_are_not_called_are_named_at_the_start(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    sa.event.listen(host.Jar, "before_insert", lambda mapper, connection, jar: None)
    sa.event.listen(host.db.session, "before_flush", lambda session, context, instances: None)
    sa.event.listen(host.db.session, "do_orm_execute", lambda state: None)
    sa.event.listen(sa.orm.Session, "after_flush", every := lambda session, context: None)  # as libraries do
    sa.event.listen(sa.orm.Mapper, "after_update", fail := lambda mapper, connection, one: 1 / 0)
    try:
        browser = host.site([host.Jar])
        assert saved(browser, "/admin/jar/1/edit", slug="saved").status_code == 303
    finally:
        sa.event.remove(sa.orm.Session, "after_flush", every)
        sa.event.remove(sa.orm.Mapper, "after_update", fail)
    words = [one.getMessage() for one in caplog.records if "listeners" in one.getMessage()]
    assert words[0] == (
        "The app's session has listeners of do_orm_execute, which choose no rows here: override get_query."
    )
    assert words[1:] == [
        f"{who} has listeners of {event}, which don't see what the site writes: use @admin.before_save and the like."
        for who, event in (("The app's session", "before_flush"), ("Every mapper", "after_update"))
    ]


class Audit:
    """The listeners of a host's model: they set columns, and write a table of their own by the connection."""

    def __init__(self, host: Host, model: Any) -> None:
        self.host, self.heard = host, list[str]()
        self.table = sa.Table(
            "audit", host.db.metadata,
            sa.Column("id", sa.Integer, primary_key=True), sa.Column("what", sa.JSON, nullable=False),
            sa.Column("at", sa.DateTime, default=lambda: datetime(2025, 1, 1)),
        )  # fmt: skip
        with host.app.app_context():
            host.db.create_all()
        for event in ("insert", "update", "delete"):
            sa.event.listen(model, f"before_{event}", self.before(event), propagate=True)
            sa.event.listen(model, f"after_{event}", self.after(event), propagate=True)

    def before(self, event: str) -> Any:
        """Return the listener that comes before."""

        def listener(mapper: Any, connection: Any, one: Any) -> None:
            assert type(one) is mapper.class_
            self.heard.append(f"before_{event}")
            if event != "delete":
                one.slug, one.facts = (one.name or "").lower().replace(" ", "-"), {"by": event}
            if one.name == "Early":
                raise ValueError("It is too early.")
            if one.name == "Broken":
                raise RuntimeError("a fault of the application")

        return listener

    def after(self, event: str) -> Any:
        """Return the listener that comes after."""

        def listener(mapper: Any, connection: Any, one: Any) -> None:
            self.heard.append(f"after_{event}")
            state = sa.inspect(one)
            changed = sorted(a.key for a in state.mapper.column_attrs if state.attrs[a.key].history.has_changes())
            shelf = one.shelf.name if one.shelf else None
            what = [event, one.id, one.name, shelf, one.version, changed if event == "update" else []]
            connection.execute(self.table.insert().values(what=what))
            if one.name == "Late":
                raise ValueError("It is too late.")

        return listener

    def rows(self) -> list[Any]:
        """Return what was written to its table."""
        with self.host.app.app_context(), self.host.db.engine.connect() as connection:
            return list(connection.execute(sa.select(self.table.c.what).order_by(self.table.c.id)).scalars())


@pytest.mark.parametrize("way", ["form", "cell", "bulk", "import", "action"])
def test_listeners_of_a_model_are_called_in_the_transaction(host: Host, way: str) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    if way == "action":
        host.admin.action("jar", "Name it")(lambda jars, form: setattr(jars[0], "name", "plum jam"))
        path = "/admin/jar/bulk?do=action0&key=1"
        assert press(browser, browser.get(path).text, path, "run", key="1").status_code == 303
    else:
        write(browser, way, "jar", "name", "plum jam")
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.slug, jar.facts, jar.version, jar.counted) == ("Plum Jam", "plum-jam", {"by": "update"}, 5, 4)
    # The import's preview calls what comes before, as it calls the hooks.
    assert audit.heard == ["before_update"] * (2 if way == "import" else 1) + ["after_update"]
    assert audit.rows() == [["update", 1, "Plum Jam", "Top", 5, ["facts", "name", "slug"]]]
    history = browser.get("/admin/jar/1/history").text
    assert "plum-jam" in history and "&#34;by&#34;" in history
    assert undone(browser).status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.slug, jar.facts, jar.version) == ("old jar", "old", {"x": 1}, 4)
    assert len(audit.rows()) == 1


@pytest.mark.parametrize("way", ["form", "copy", "import"])
def test_listeners_of_a_new_record_know_its_key(host: Host, way: str) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    if way == "form":
        assert saved(browser, "/admin/jar/new", name="plum jam", shelf_id="2").status_code == 303
    elif way == "copy":
        assert saved(browser, "/admin/jar/new?like=1", name="plum jam", shelf_id="2").status_code == 303
    else:
        assert imported(browser, "jar", b"name,shelf_id\nplum jam,2\n").status_code == 303
    with host.app.app_context():
        key = host.db.session.scalar(sa.select(sa.func.max(host.Jar.id)))
    jar = host.read(host.Jar, key)
    assert (jar.name, jar.slug, jar.facts, jar.version) == ("Plum Jam", "plum-jam", {"by": "insert"}, 1)
    assert audit.rows() == [["insert", key, "Plum Jam", "Low", 1, []]]
    assert audit.heard.count("after_insert") == 1
    assert undone(browser).status_code == 303


def test_listeners_of_what_joins_two_records_are_called(host: Host) -> None:
    db, heard = host.db, list[Any]()

    class Label(db.Model):  # type: ignore[name-defined,misc]
        jar_id = db.Column(db.ForeignKey("jar.id"), primary_key=True)
        shelf_id = db.Column(db.ForeignKey("shelf.id"), primary_key=True)

    with host.app.app_context():
        db.create_all()
    for event in ("before_insert", "after_insert", "before_delete", "after_delete"):
        sa.event.listen(Label, event, lambda m, c, one, event=event: heard.append((event, one.jar_id, one.shelf_id)))
    browser = host.site([host.Jar, host.Shelf, Label])
    for done in ("insert", "delete"):
        links = [one for one in forms.read_forms(browser.get("/admin/jar/1").text) if one.action.endswith("/links")]
        if done == "insert":
            links[0]["shelf_id"] = "2"
        body, kind = links[0].body(*links[0].buttons[:1])
        answer = browser.client.post(links[0].action, data=body, content_type=kind, headers=browser.headers)
        assert answer.status_code == 303
        assert heard == [(f"before_{done}", 1, 2), (f"after_{done}", 1, 2)]
        heard.clear()


def test_listeners_of_copied_children_read_the_copied_parent(host: Host) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    page = browser.get("/admin/shelf/new?like=1").text
    form = browser.form_in(page, "/admin/shelf/new?like=1")
    form["name"] = "Copy"
    body, kind = form.body(*[("_copy", name) for name in re.findall('name="_copy" value="([^"]+)"', page)])
    answer = browser.client.post(form.action, data=body, content_type=kind, headers=browser.headers)
    assert answer.status_code == 303
    assert audit.rows() == [["insert", 2, "Old Jar", "Copy", 1, []]] and host.read(host.Jar, 2).slug == "old-jar"


@pytest.mark.parametrize("way", ["one", "bulk"])
def test_listeners_of_a_delete_are_not_called_for_its_preview(host: Host, way: str) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    path = "/admin/jar/1/delete" if way == "one" else "/admin/jar/bulk?do=delete&key=1"
    preview = browser.get(path)
    if way == "bulk":
        preview = press(browser, preview.text, path, "preview", key="1")
    assert "old jar" in preview.text and audit.heard == []
    assert press(browser, preview.text, path, "run").status_code == 303 if way == "bulk" else True
    assert browser.submit(browser.form(path)).status_code == 303 if way == "one" else True
    assert audit.heard == ["before_delete", "after_delete"]
    assert audit.rows() == [["delete", 1, "old jar", "Top", 4, []]]


@pytest.mark.parametrize("way", ["form", "cell", "bulk", "import", "new"])
@pytest.mark.parametrize(("name", "words"), [("early", "It is too early."), ("late", "It is too late.")])
def test_what_a_listener_refuses_is_not_saved(host: Host, way: str, name: str, words: str) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    if way == "new":
        answer = saved(browser, "/admin/jar/new", name=name)
    elif way == "form":
        answer = saved(browser, "/admin/jar/1/edit", name=name)
    elif way == "cell":
        url = "/admin/jar/1/edit?only=name"
        form = browser.form_in(browser.get(url, **{"X-Part": "1"}).text, url)
        form["name"] = name
        answer = browser.submit(form)
    else:
        content = f"id,name\n1,{name}\n".encode()
        answer = bulk(browser, "jar", "name", name) if way == "bulk" else imported(browser, "jar", content)
    assert words in html.unescape(answer.text) and answer.status_code in (200, 409, 422)
    assert audit.rows() == [] and host.read(host.Jar, 1).name == "old jar"
    with host.app.app_context():
        assert host.db.session.query(host.Jar).count() == 1
    assert "Early" not in browser.get("/admin/history").text


def test_a_fault_of_a_listener_changes_nothing(host: Host) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    assert saved(browser, "/admin/jar/1/edit", name="broken").status_code == 500
    assert audit.rows() == [] and host.read(host.Jar, 1).name == "old jar"
    write(browser, "form", "jar", "name", "mended")


def test_an_untouched_save_calls_no_listener(host: Host) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    assert browser.submit(browser.form("/admin/jar/1/edit")).status_code == 303
    assert audit.heard == [] and host.read(host.Jar, 1).version == 4


def test_an_import_leaves_out_what_a_listener_refuses(host: Host) -> None:
    audit, browser = Audit(host, host.Jar), host.site()
    assert (
        imported(browser, "jar", b"name\nplum\nearly\nlate\nfig\n").status_code == 409
    )  # that the preview didn't show
    assert audit.rows() == []
    assert imported(browser, "jar", b"name\nplum\nearly\nfig\n").status_code == 303
    with host.app.app_context():
        names = [one.name for one in host.db.session.query(host.Jar).order_by(host.Jar.id)]
    assert names == ["old jar", "Plum", "Fig"] and [row[2] for row in audit.rows()] == ["Plum", "Fig"]


def test_what_a_listener_writes_into_its_own_row_is_in_the_history(host: Host) -> None:
    browser = host.site()

    @sa.event.listens_for(host.Jar, "after_insert")
    def number(mapper: Any, connection: Any, jar: Any) -> None:
        table = host.Jar.__table__
        connection.execute(table.update().where(table.c.id == jar.id).values(slug=f"{jar.id}-{jar.name.lower()}"))

    assert saved(browser, "/admin/jar/new", name="plum").status_code == 303
    assert host.read(host.Jar, 2).slug == "2-plum" and "2-plum" in browser.get("/admin/jar/2/history").text
    assert undone(browser).status_code == 303
    assert browser.get("/admin/jar/2").status_code == 404


def test_listeners_read_within_the_transaction_and_leave_what_the_session_writes(host: Host) -> None:
    browser = host.site()

    @sa.event.listens_for(host.Jar, "after_update")
    def note(mapper: Any, connection: Any, jar: Any) -> None:
        own = sa.orm.object_session(jar)
        assert own.scalar(sa.select(host.Jar.__table__.c.slug)) == "fresh" == jar.slug
        own.execute(host.Shelf.__table__.insert().values(name="by its session"))
        host.db.session.add(host.Shelf(name="by the app's"))

    assert saved(browser, "/admin/jar/1/edit", slug="fresh").status_code == 303
    with host.app.app_context():
        names = [one.name for one in host.db.session.query(host.Shelf).order_by(host.Shelf.id)]
    assert names == ["Top", "Low", "by its session", "by the app's"]


def test_what_a_listener_sets_is_no_conflict_of_two_people(host: Host) -> None:
    Audit(host, host.Jar)
    browser = host.site()
    one, other = browser.form("/admin/jar/1/edit"), browser.form("/admin/jar/1/edit")
    one["name"], other["price"] = "plum jam", "9.75"
    assert browser.submit(one).status_code == browser.submit(other).status_code == 303
    jar = host.read(host.Jar, 1)
    assert (jar.name, jar.price, jar.slug, jar.version) == ("Plum Jam", Decimal("9.75"), "plum-jam", 6)


def test_listeners_of_mixins_and_of_inherited_models(engine_url: str, tmp_path: Path) -> None:
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db, heard = SQLAlchemy(app), []

    class Stamped:
        by = db.Column(db.String(40))
        bases = db.Column(db.String(40))

        @classmethod
        def __declare_last__(cls) -> None:
            sa.event.listen(cls, "before_insert", cls.stamp)

        @staticmethod
        def stamp(mapper: Any, connection: Any, one: Any) -> None:
            """Say who made it."""
            one.by = "stamp"

    class Plant(Stamped, db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(20))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "plant"}

    class Tree(Plant):
        __mapper_args__ = {"polymorphic_identity": "tree"}

    sa.event.listen(Plant, "after_insert", lambda m, c, one: heard.append((m.class_, one.id, one.by)), propagate=True)
    for base in (Stamped, db.Model):  # of all that inherit from it
        note = lambda m, c, one, base=base: setattr(one, "bases", f"{one.bases or ''} {base.__name__}")  # noqa: E731
        sa.event.listen(base, "before_insert", note, propagate=True)
    sa.event.listen(Tree, "after_insert", lambda m, c, state: heard.append(state.obj().by), raw=True)
    with app.app_context():
        db.create_all()
    FlaskAdminDB(db=db, models=[Plant], auth=lambda: "anna").init_app(app)
    try:
        browser = Browser(app)
        form = browser.form("/admin/plant/new")
        form["kind"] = "tree"
        form["kind.state"] = "value" if "kind.state" in form else ""
        assert browser.submit(form).status_code == 303
        assert saved(browser, "/admin/plant/new").status_code == 303
        assert heard == [(Tree, 1, "stamp"), "stamp", (Plant, 2, "stamp")]
        with app.app_context():
            assert [one.bases for one in db.session.query(Plant)] == [" Stamped Model"] * 2
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()


def test_relationships_that_no_page_shows_may_be_left_out_by_name(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    class View(TableView):
        column_exclude_list = ["jars"]
        column_export_exclude_list = ["jars"]
        form_excluded_columns = ["jars", "name"]

    with host.app.app_context():
        sa.orm.configure_mappers()
    browser = host.site(views={"shelf": View})
    assert 'name="name"' not in browser.get("/admin/shelf/1/edit").text
    assert "Top" in browser.get("/admin/shelf/").text and "Top" in browser.get("/admin/shelf/export.csv").text
    assert not [one for one in caplog.records if "no column" in one.getMessage()]


def test_what_no_model_has_cannot_be_left_out(host: Host) -> None:
    with pytest.raises(SettingsError, match="no column 'jras'"):
        host.site(views={"shelf": type("View", (TableView,), {"form_excluded_columns": ["jras"]})})


@pytest.mark.parametrize("way", ["form", "import", "bulk"])
@pytest.mark.parametrize("text", ["", "NULL", "cat"])
def test_no_row_is_of_no_kind(engine_url: str, tmp_path: Path, way: str, text: str) -> None:
    """One whose kind is NULL, or none of the models', can't be loaded, and nor can a list that it stands in."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.secret_key = "a key for tests"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)

    class Token(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(20))
        __mapper_args__ = {"polymorphic_on": kind}

    class Visit(db.Model):  # type: ignore[name-defined,misc]
        """As the base of models that there aren't yet."""

        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(20))
        place = db.Column(db.String(20))
        __mapper_args__ = {"polymorphic_on": kind}

    class UserToken(Token):
        __mapper_args__ = {"polymorphic_identity": "user"}

    class AppToken(Token):
        __mapper_args__ = {"polymorphic_identity": "app"}

    try:
        with app.app_context():
            db.create_all()
            db.session.add_all([UserToken(), Visit()])
            db.session.commit()
        FlaskAdminDB(db=db, models=[Token, Visit], auth=lambda: "anna").init_app(app)
        browser = Browser(app)
        if way == "form":
            for path in ("new", "1/edit"):
                form = browser.form(f"/admin/token/{path}")
                assert "kind.state" not in form
                form["kind"] = "" if text == "NULL" else text
                assert browser.submit(form).status_code == 422
        elif way == "import":
            imported(browser, "token", f"id,kind\n1,{text}\n2,{text}\n".encode())
            imported(browser, "token", b"id\n3\n")
        else:
            bulk(browser, "token", "kind", text)
        with app.app_context():
            assert {type(one) for one in db.session.query(Token)} == {UserToken}
        assert saved(browser, "/admin/token/1/edit", kind="app").status_code == 303
        assert saved(browser, "/admin/token/new", kind="user").status_code == 303
        with app.app_context():
            assert {type(one) for one in db.session.query(Token)} == {UserToken, AppToken}
        content = browser.get("/admin/visit/export.csv").data
        assert "1 unchanged." in re.sub(r"<[^>]+>", "", imported(browser, "visit", content).text)
        assert saved(browser, "/admin/visit/new", place="here").status_code == 303
        with app.app_context():
            assert [one.kind for one in db.session.query(Visit)] == [None, None]
    finally:
        close(app)
        with app.app_context():
            db.engine.dispose()
