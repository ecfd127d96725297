"""Section 18: the site as an app of its own, and mounted in someone else's."""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import flask_login
import pytest
import sqlalchemy as sa
from flask import Flask, g, render_template, render_template_string, url_for
from flask_admin import Admin, AdminIndexView, BaseView, expose
from flask_admin.menu import MenuDivider, MenuLink
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import DictLoader, StrictUndefined, Undefined

import flaskadmin
import forms
from clients import until
from core import Base
from flaskadmin import Dashboard, FlaskAdminDB, Settings, SettingsError, TableView, create_app

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
HTML = {"Accept": "text/html"}
CUSTOMERS = (
    "CREATE TABLE customer (id integer PRIMARY KEY, name varchar(80) NOT NULL, size varchar(10), country text)",
    "INSERT INTO customer VALUES (1, 'Anna', 'small', 'DE'), (2, 'Bo', 'large', 'SE')",
)


def basic(name: str = "anna", password: str = "pw") -> dict[str, str]:
    return {**HTML, "Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def engines(app: Flask) -> Iterator[sa.Engine]:
    for site in app.extensions["flaskadmin"].values():
        for section in site.sections:
            yield section.database.engine


@pytest.fixture
def host() -> Iterator[Flask]:
    """Someone's app: a page, an error page, and a secret."""
    app = Flask("host", template_folder=None)
    app.secret_key = "secret"
    app.add_url_rule("/", "hello", lambda: "hello")
    app.register_error_handler(404, lambda _error: ("our own 404", 404))
    yield app
    for engine in engines(app) if "flaskadmin" in app.extensions else ():
        engine.dispose()


@pytest.fixture
def customers(engine_url: str) -> str:
    Base(engine_url).run(*CUSTOMERS)
    return engine_url


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_readme_example_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The embedding example of the README: own models, a view, a hook, a sign-in of the app's own."""
    code = next(block for block in re.findall(r"```python\n(.*?)```", README, re.S) if "FlaskAdminDB(db=db" in block)
    names: dict[str, Any] = {"__name__": "example"}
    exec(code.replace("/tmp/shop.db", str(tmp_path / "shop.db")), names)  # noqa: S102
    app, db = names["app"], names["db"]
    assert caplog.messages == []  # the tables are made after the start: their names are the models'
    with app.app_context():
        db.create_all()
    client = app.test_client()
    page = client.get("/back-office/customer/new", headers=HTML).text
    data = {"csrf_token": token_of(page), "name": " 42 "}
    answer = client.post("/back-office/customer/new", data=data)
    assert answer.status_code == 422 and "42 is a number, not a name." in answer.text
    assert "Full name" in page and '<option value="large"' in page
    data = {"csrf_token": token_of(page), "name": "  Carla  "}
    assert client.post("/back-office/customer/new", data=data).status_code == 303
    with app.app_context():
        stored = db.session.execute(sa.select(names["Customer"].name, names["Customer"].size)).all()
        db.engine.dispose()
    assert stored == [("Carla", "small")]  # stripped by the view's hook; the model's own default
    assert client.get("/back-office/customer/1/delete", headers=HTML).status_code == 403
    page = client.get("/back-office/customer/bulk?do=action0&key=1", headers=HTML).text
    assert "They get the large size." in page
    data = {"csrf_token": token_of(page), "do": "action0", "key": "1", "count": "1", "step": "run"}
    assert client.post("/back-office/customer/bulk", data=data).status_code == 303
    assert "1 are large now." in client.get("/back-office/customer/", headers=HTML).text
    with app.app_context():
        assert db.session.execute(sa.select(names["Customer"].size)).scalar() == "large"
        db.engine.dispose()


def test_readme_toml_is_right(tmp_path: Path, customers: str) -> None:
    toml = next(block for block in re.findall(r"```toml\n(.*?)```", README, re.S))
    path = tmp_path / "site.toml"
    path.write_text(toml.replace("customers", "customer").replace("city", "country").replace('"email"', '"name"', 1))
    app = create_app(Settings.load({"db": (customers,), "user": "anna", "password": "pw", "config": str(path)}, {}))
    page = app.test_client().get("/admin/customer/", headers=basic()).text
    assert "Harbour Books" in page and "Clients" in page and "Town" in page
    assert "size" not in re.findall(r"<thead>.*</thead>", page, re.S)[0]
    for engine in engines(app):
        engine.dispose()


def test_host_keeps_its_pages_and_errors(host: Flask, customers: str) -> None:
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host, url_prefix="/deep/er")
    client = host.test_client()
    assert client.get("/").text == "hello"
    assert client.get("/nowhere").text == "our own 404"
    assert "Content-Security-Policy" not in client.get("/").headers
    assert client.get("/deep/er/customer/", headers=HTML).status_code == 200
    missing = client.get("/deep/er/nothing/", headers=HTML)
    assert missing.status_code == 404 and "our own 404" not in missing.text


def test_two_sites_in_one_app(host: Flask, customers: str) -> None:
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host, url_prefix="/one")
    FlaskAdminDB(customers, auth=lambda: "bo", name="two", read_only=True).init_app(host, url_prefix="/two")
    client = host.test_client()
    assert "/one/customer/1/edit" in client.get("/one/customer/", headers=HTML).text
    second = client.get("/two/customer/", headers=HTML).text
    assert "/two/customer/1" in second and "/two/customer/1/edit" not in second
    with pytest.raises(SettingsError, match="name="):
        FlaskAdminDB(customers, auth=lambda: "anna").init_app(host, url_prefix="/three")


def test_nobody_signed_in_sees_anything(host: Flask, customers: str) -> None:
    FlaskAdminDB(customers, auth=lambda: None).init_app(host)
    answer = host.test_client().get("/admin/customer/", headers=HTML)
    assert answer.status_code == 403 and "Anna" not in answer.text
    with pytest.raises(SettingsError, match="Nobody could sign in"):
        FlaskAdminDB(customers, name="open").init_app(host)


def test_flask_login_user_is_the_sites(host: Flask, customers: str) -> None:
    manager = flask_login.LoginManager(host)
    user = type("User", (flask_login.UserMixin,), {"id": "carla"})()
    manager.request_loader(lambda request: user if request.headers.get("X-Me") else None)
    FlaskAdminDB(customers).init_app(host)
    client = host.test_client()
    assert client.get("/admin/customer/", headers=HTML).status_code == 401
    assert "carla" in client.get("/admin/customer/", headers={**HTML, "X-Me": "1"}).text


def test_a_sign_in_that_flask_login_can_not_find_is_not_needed(host: Flask, customers: str) -> None:
    """Some apps name no page that there is as login_view, and send people to their sign-in themselves."""
    flask_login.LoginManager(host).login_view = "gate"
    host.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    FlaskAdminDB(customers).init_app(host)
    for answer in (host.test_client().get("/admin/", headers=HTML), host.test_client().post("/admin/customer/new")):
        assert answer.status_code == 403 and "Please sign in to this application first." in answer.text


@pytest.mark.parametrize(
    ("about", "name"), [({"username": "dora"}, "dora"), ({"email": "dora@example.org"}, "dora@example.org"), ({}, "7")]
)
def test_flask_login_user_has_the_name_that_people_know(
    host: Flask, customers: str, about: dict[str, str], name: str
) -> None:
    manager = flask_login.LoginManager(host)
    user = type("User", (flask_login.UserMixin,), {"id": 7, **about})()
    manager.request_loader(lambda _request: user)
    FlaskAdminDB(customers).init_app(host)
    assert f"<span>{name}</span>" in host.test_client().get("/admin/customer/", headers=HTML).text


def test_host_engine_and_models(host: Flask, tmp_path: Path) -> None:
    host.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'own.db'}"
    db = SQLAlchemy(host)

    class Thing(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        colour = db.Column(db.Enum("red", "blue"), doc="Seen from afar")
        made_by = db.Column(db.String, default=lambda: "robot")

    with host.app_context():
        db.create_all()
        engine = db.engine
    FlaskAdminDB(engine=engine, models=[Thing], auth=lambda: "anna").init_app(host)
    client = host.test_client()
    page = client.get("/admin/thing/new", headers=HTML).text
    assert "Seen from afar" in page and '<option value="blue"' in page
    assert client.post("/admin/thing/new", data={"csrf_token": token_of(page), "colour": "blue"}).status_code == 303
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT colour, made_by FROM thing").fetchall() == [("blue", "robot")]


def test_a_database_in_memory_of_a_host_is_edited(host: Flask) -> None:
    """It has one connection for everything, as apps have that are made for tests."""
    host.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///:memory:"
    db = SQLAlchemy(host)

    class Thing(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(20), nullable=False)

    FlaskAdminDB(db=db, models=[Thing], auth=lambda: "anna").init_app(host)
    with host.app_context():
        db.create_all()
        db.session.add(Thing(name="old"))
        db.session.commit()
    client = host.test_client()
    page = client.get("/admin/thing/1/edit", headers=HTML).text
    for url, name in (("1/edit", "new"), ("new", "other")):
        given = {"csrf_token": token_of(page), "name": name}
        assert client.post(f"/admin/thing/{url}", data=given, headers=HTML).status_code == 303
    refused = client.post("/admin/thing/new", data={"csrf_token": token_of(page), "id": "1", "name": "x"}, headers=HTML)
    assert refused.status_code == 422 and "already has this id" in refused.text
    with host.app_context():
        assert db.session.execute(sa.select(Thing.name).order_by(Thing.id)).scalars().all() == ["new", "other"]


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
def test_an_engine_that_begins_by_itself_is_read_and_written(host: Flask, tmp_path: Path, begin: str) -> None:
    """As SQLAlchemy's manual has it for savepoints: listeners that take the beginning away from SQLite's driver."""
    host.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'own.db'}"
    db = SQLAlchemy(host)

    class Thing(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(20), nullable=False)

    with host.app_context():
        engine = db.engine
        sa.event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        db.create_all()
        db.session.add(Thing(name="old"))
        db.session.commit()
    admin = FlaskAdminDB(db=db, models=[Thing], auth=lambda: "anna")
    admin.before_save("thing")(lambda thing, is_created: db.session.add(Thing(name=f"beside {thing.name}")))
    admin.init_app(host)
    client = host.test_client()
    for path in ("", "thing/", "thing/1", "thing/export.csv", "thing/bulk?do=delete&key=1", "thing/1/delete", "status"):
        assert client.get(f"/admin/{path}", headers=HTML).status_code == 200, path
    token = {"csrf_token": token_of(client.get("/admin/thing/1/edit", headers=HTML).text)}
    assert client.post("/admin/thing/1/edit", data={**token, "name": "new"}, headers=HTML).status_code == 303
    assert client.post("/admin/thing/new", data={**token, "name": "x"}, headers=HTML).status_code == 303
    assert client.post("/admin/thing/new", data={**token, "id": "1", "name": "y"}, headers=HTML).status_code == 422
    with host.app_context():
        names = db.session.execute(sa.select(Thing.name).order_by(Thing.id)).scalars().all()
    assert sorted(names) == ["beside new", "beside x", "beside y", "new", "x"]


@pytest.mark.parametrize("first", [True, False])
def test_host_with_csrf_protection(host: Flask, customers: str, first: bool) -> None:
    if first:
        CSRFProtect(host)
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host)
    if not first:
        CSRFProtect(host)
    host.add_url_rule("/own", "own", lambda: "own", methods=["POST"])
    client, url = host.test_client(), "/admin/customer/1/edit"
    token = token_of(client.get(url, headers=HTML).text)
    ours = {**HTML, "Origin": "http://localhost"}
    assert client.post(url, data={"csrf_token": token, "name": "Q"}, headers=ours).status_code == 303
    assert client.post(url, data={"name": "R"}, headers=ours).status_code == 403
    assert client.post("/own").status_code == 400


def test_links_by_url_for(host: Flask, customers: str) -> None:
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host)
    with host.test_request_context():
        assert url_for("flaskadmin.index_view", table="customer", country="DE") == "/admin/customer/?country=DE"
        assert url_for("flaskadmin.details_view", table="customer", key=1) == "/admin/customer/1"
        odd = url_for("flaskadmin.details_view", table="a/b", key="x y/é")
    assert odd == "/admin/a~2Fb/x~20y~2F%C3%A9"
    client = host.test_client()
    assert "Anna" in client.get("/admin/customer/?country=DE", headers=HTML).text
    assert ">Bo<" not in client.get("/admin/customer/?country=DE", headers=HTML).text
    assert client.put("/admin/customer/1").status_code == 405


def test_url_for_takes_keys_as_python_has_them(host: Flask, engine_url: str, tmp_path: Path) -> None:
    """Whatever is the key of a model's record: url_for leads to it, as its column stores it."""
    host.config["SQLALCHEMY_DATABASE_URI"] = str(flaskadmin.parse_source(engine_url).url.render_as_string(False))
    db = SQLAlchemy(host)

    class Colour(Enum):
        red = "of a rose"

    keys: dict[str, tuple[Any, Any]] = {
        "uuid": (db.Uuid, uuid.UUID("12345678-1234-5678-1234-56781234abcd")),
        "date": (db.Date, date(2026, 1, 31)),
        "datetime": (db.DateTime, datetime(2026, 1, 31, 12, 30)),
        "decimal": (db.Numeric(8, 2), Decimal("12.50")),
        "enum": (db.Enum(Colour), Colour.red),
        "bytes": (db.LargeBinary, b"\0\xffa"),
        "text": (db.String, "a/b é"),
        "number": (db.Integer, 7),
    }
    models = [
        type(
            name.title(),
            (db.Model,),
            {"__tablename__": f"by_{name}", "id": db.Column(kind, primary_key=True, autoincrement=False)},
        )
        for name, (kind, _key) in keys.items()
    ]
    with host.app_context():
        db.create_all()
        db.session.add_all(model(id=key) for model, (_kind, key) in zip(models, keys.values(), strict=True))
        db.session.commit()
    FlaskAdminDB(db=db, models=models, auth=lambda: "anna").init_app(host)
    for name, (_kind, key) in keys.items():
        with host.test_request_context():
            address = url_for("flaskadmin.details_view", table=f"by_{name}", key=key)
        answer = host.test_client().get(address, headers=HTML)
        assert answer.status_code == 200, (name, address)
        assert f'href="{address}"' in host.test_client().get(f"/admin/by_{name}/", headers=HTML).text, name


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/html;q=0.5", "application/json, */*"])
def test_every_error_answers_a_program_in_json(host: Flask, customers: str, accept: str) -> None:
    """Whoever accepts JSON rather than HTML gets each error so: of a page, of a form's POST, of whom nobody knows."""
    FlaskAdminDB(customers, auth=lambda: "anna", read_only=True).init_app(host)
    client, ours = host.test_client(), {"Accept": accept, "Origin": "http://localhost"}
    answers = [client.get(f"/admin/customer/{path}", headers=ours) for path in ("99", "export.zz", "1/file/zz")]
    for path in ("new", "1/edit", "1/delete", "import", "bulk"):
        url = f"/admin/customer/{path}"
        answers += [client.get(url, headers=ours), client.post(url, headers=ours)]
    for answer in answers:
        assert answer.status_code >= 400 and answer.content_type == "application/problem+json", answer.request.path
        assert answer.get_json()["status"] == answer.status_code
    assert client.get("/admin/customer/new", headers=HTML).content_type == "text/html; charset=utf-8"


def test_a_form_tells_a_program_what_is_wrong_with_which_field(host: Flask, engine_url: str) -> None:
    """What was typed, what the database refuses, and files that can't be read: JSON, with the fields' problems."""
    Base(engine_url).run(
        "CREATE TABLE person (id integer PRIMARY KEY, name varchar(5) NOT NULL UNIQUE, born date, age integer)",
        "INSERT INTO person VALUES (1, 'Anna', NULL, 3)",
    )
    FlaskAdminDB(engine_url, auth=lambda: "anna").init_app(host)
    client, ours = host.test_client(), {"Accept": "application/json", "Origin": "http://localhost"}

    token = token_of(client.get("/admin/person/new", headers=HTML).text)

    def post(path: str, **form: str) -> Any:
        answer = client.post(f"/admin/person/{path}", data={"csrf_token": token, **form}, headers=ours)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), answer.text[:500]
        return answer.get_json()

    assert set(post("new", id="2", name="Bo", born="a day", age="x")["fields"]) == {"born", "age"}
    assert post("new", id="2", name="Anna")["fields"] == {"name": "This name is taken."}
    assert set(post("1/edit", name="Annalinda", born="", age="3")["fields"]) == {"name"}
    assert post("import")["title"] == "Choose a file, or paste some cells."
    assert Base(engine_url).rows("SELECT name FROM person") == [("Anna",)]


def test_a_form_with_an_old_token_is_shown_again_to_people_alone(host: Flask, customers: str) -> None:
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host)
    for path in ("new", "1/edit"):
        url, ours = f"/admin/customer/{path}", {"Origin": "http://localhost"}
        for accept, kind in (
            ("text/html", "text/html; charset=utf-8"),
            ("application/json", "application/problem+json"),
        ):
            answer = host.test_client().post(url, data={"name": "Q"}, headers={**ours, "Accept": accept})
            assert (answer.status_code, answer.content_type) == (403, kind)


def test_template_and_context_of_the_host_win(tmp_path: Path, customers: str) -> None:
    folder = tmp_path / "templates" / "flaskadmin"
    folder.mkdir(parents=True)
    (folder / "dashboard.html").write_text(
        '{% extends "flaskadmin/base.html" %}{% block main %}{{ motto|shout }}{% endblock %}', "utf-8"
    )
    app = Flask("host", template_folder=str(folder.parent))
    app.secret_key = "secret"
    app.context_processor(lambda: {"motto": "mind the gap"})
    app.add_template_filter(str.upper, "shout")
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    assert "MIND THE GAP" in app.test_client().get("/admin/", headers=HTML).text
    for engine in engines(app):
        engine.dispose()


def test_templates_of_the_host_extend_those_that_they_stand_for(tmp_path: Path, customers: str) -> None:
    folder = tmp_path / "flaskadmin"
    folder.mkdir()
    for name, block, text in (("base", "nav", "HARBOUR"), ("list", "main", "OUR LIST")):
        own = f"{{% block {block} %}}{text}{{{{ super() }}}}{{% endblock %}}"
        (folder / f"{name}.html").write_text(f'{{% extends "flaskadmin/{name}.html" %}}{own}', "utf-8")
    app = Flask("host", template_folder=str(tmp_path))
    app.secret_key = "secret"
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    FlaskAdminDB(customers, auth=lambda: "anna", name="two").init_app(app, url_prefix="/two")
    client = app.test_client()
    for prefix in ("/admin", "/two"):
        page = client.get(f"{prefix}/customer/", headers=HTML).text
        assert page.count("HARBOUR") == 1 and page.count("OUR LIST") == 1 and "Anna" in page
        page = client.get(f"{prefix}/customer/1", headers=HTML).text
        assert page.count("HARBOUR") == 1 and "OUR LIST" not in page and "Anna" in page
        assert "HARBOUR" in client.get(f"{prefix}/nothing/", headers=HTML).text
    for engine in engines(app):
        engine.dispose()


def test_flask_admin_views_in_the_same_site_are_guarded(host: Flask, customers: str) -> None:
    class Report(BaseView):  # type: ignore[misc]
        @expose("/")  # type: ignore[untyped-decorator]
        def index(self) -> str:
            return render_template_string("the report")

    who: list[str | None] = ["anna"]
    site = FlaskAdminDB(customers, auth=lambda: who[0]).init_app(host)
    site.add_view(Report(name="Report", endpoint="report"))
    client = host.test_client()
    assert client.get("/admin/report/", headers=HTML).text == "the report"
    who[0] = None
    assert client.get("/admin/report/", headers=HTML).status_code == 403


@pytest.mark.parametrize(("base", "block"), [("flaskadmin/base.html", "main"), ("admin/master.html", "page_body")])
def test_pages_of_added_views_stand_in_a_frame(customers: str, base: str, block: str) -> None:
    """In ours, or in Flask-Admin's, whatever the page calls what it shows; what is to be said is said once."""

    class Report(BaseView):  # type: ignore[misc]
        @expose("/")  # type: ignore[untyped-decorator]
        def index(self) -> Any:
            return self.render("report.html", user="a user", messages=5, nav="no menu")

        @expose("/plain")  # type: ignore[untyped-decorator]
        def plain(self) -> str:
            return render_template("report.html", theme="a theme", user="a user", messages=5)

    app = Flask("host")
    app.secret_key = "secret"
    text = f"{{% extends '{base}' %}}{{% block {block} %}}by {{{{ user }}}}: {{{{ messages + 1 }}}}{{% endblock %}}"
    app.jinja_loader = DictLoader({"report.html": text})  # type: ignore[assignment]
    app.context_processor(lambda: {"site": "the app's", "csrf": "the app's"})
    site = FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    site.add_view(Report(name="Sales", endpoint="sales"))
    client, ours = app.test_client(), base.startswith("flaskadmin")
    form = {"csrf_token": token_of(client.get("/admin/customer/1/edit", headers=HTML).text), "name": "Bea"}
    assert client.post("/admin/customer/1/edit", data=form, headers=HTML).status_code == 303
    for path in ("", "plain") if ours else ("",):
        page = client.get(f"/admin/sales/{path}", headers=HTML).text
        assert "by a user: 6" in page and ("Saved Bea" in page) is (ours and not path)
        if ours:
            assert "<title>Sales" in page and 'data-theme="auto"' in page
            assert 'href="/admin/customer/"' in page and "<span>anna</span>" in page
    assert ("Saved Bea" in client.get("/admin/customer/", headers=HTML).text) is not ours
    for engine in engines(app):
        engine.dispose()


def test_views_and_links_of_the_host_are_in_the_menu(host: Flask, customers: str) -> None:
    class Report(BaseView):  # type: ignore[misc]
        shown = True

        @expose("/")  # type: ignore[untyped-decorator]
        def index(self) -> str:
            return ""

        def is_accessible(self) -> bool:
            return self.shown

    site = FlaskAdminDB(customers, auth=lambda: "anna").init_app(host)
    site.add_view(report := Report(name="Sales <b>", endpoint="sales"))
    site.add_view(Report(name="Stock", endpoint="stock", category="Reports"))
    site.add_link(MenuLink(name="Shop", url="/shop"))
    site.add_menu_item(MenuDivider(), target_category="Reports")
    page = host.test_client().get("/admin/", headers=HTML).text
    menu = re.findall(r'<nav class="side".*?</nav>', page, re.S)[0]
    links = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>|<h2>([^<]+)', menu)
    names = [words or heading for _url, words, heading in links]
    assert {"/admin/sales/", "/admin/stock/", "/shop"} <= {url for url, _words, _heading in links}
    assert names.index("Sales &lt;b&gt;") < names.index("Shop") < names.index("Reports") < names.index("Stock")
    report.shown = False
    assert "Sales" not in host.test_client().get("/admin/", headers=HTML).text


def test_what_cannot_be_mounted_is_refused_in_words(host: Flask, customers: str) -> None:
    with pytest.raises(SettingsError, match="is no Dashboard"):
        FlaskAdminDB(customers, auth=lambda: "anna", dashboard=AdminIndexView).init_app(host)  # type: ignore[arg-type]
    db = SQLAlchemy()
    host.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    model = type("Thing", (db.Model,), {"id": db.Column(db.Integer, primary_key=True)})
    with pytest.raises(SettingsError, match="views="):
        Admin(host).add_view(TableView(model, db))


@pytest.mark.parametrize("given", [
    {"views": [TableView]}, {"views": {TableView: TableView}}, {"models": TableView}, {"auth": "anna"},
    {"db": SQLAlchemy().session}, {"engine": "sqlite://"}, {"db_url": Flask("host")}, {"app": "host"},
])  # fmt: skip
def test_what_the_extension_cannot_take_is_refused_in_words(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"^{next(iter(given))}= isn't what it must be.* Give "):
        FlaskAdminDB(**{"auth": lambda: "anna", **given})


@pytest.mark.parametrize("kind", ["hosts", "strict"])
def test_apps_that_are_set_up_in_another_way(customers: str, kind: str) -> None:
    """One whose addresses belong to hosts, one whose templates take nothing undefined."""
    app = Flask("host", host_matching=kind == "hosts", static_folder=None)
    app.secret_key = "secret"
    app.jinja_env.undefined = StrictUndefined if kind == "strict" else Undefined
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    for path in ("", "customer/", "customer/1", "customer/1/edit", "customer/new", "customer/bulk?do=edit&key=1",
                 "customer/1/delete", "customer/import", "customer/filter", "customer/columns", "customer/glance",
                 "customer/history", "history", "status", "preferences", "find?q=an"):  # fmt: skip
        assert app.test_client().get(f"/admin/{path}", headers=HTML).status_code == 200, path
    for engine in engines(app):
        engine.dispose()


def test_the_first_requests_may_come_at_once(customers: str) -> None:
    """What is made at the first is there for the second, however long it takes: here, until the app has answered."""

    class SlowFlask(Flask):
        def select_jinja_autoescape(self, filename: str) -> bool:
            """Take a while."""
            time.sleep(0.2)
            return super().select_jinja_autoescape(filename)

    app = SlowFlask("host")
    app.secret_key = "secret"
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: app.test_client().get("/admin/customer/", headers=HTML).status_code, range(4))
        assert [*answers] == [200] * 4
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize("options", [
    {"variable_start_string": "[[", "variable_end_string": "]]"},  # as beside Vue and Angular
    {"block_start_string": "<%", "block_end_string": "%>", "comment_start_string": "<#", "comment_end_string": "#>"},
    {"autoescape": False},
    {},
])  # fmt: skip
def test_templates_of_the_app_may_be_of_another_syntax_or_not_escape(
    customers: str, tmp_path: Path, options: dict[str, Any]
) -> None:
    """As the app sets its own up, before the site is mounted or after; ours are as ever, and it keeps its own."""
    Base(customers).run("UPDATE customer SET name = '<script>[[ 1 ]]</script>' WHERE id = 1")
    (tmp_path / "own.html").write_text("[[ 1 + 1 ]] {{ 1 + 1 }} {{ '<b>' }}", "utf-8")
    pages = []
    for when in ("class", "later"):
        app = Flask("host", template_folder=str(tmp_path))
        app.secret_key = "secret"
        if when == "class":
            app.jinja_options = options
        FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
        for name, value in options.items() if when == "later" else ():
            setattr(app.jinja_env, name, value)

        @app.route("/own")
        def own() -> str:
            return render_template("own.html")

        client = app.test_client()
        pages.append(client.get("/own").text)
        for path in ("", "customer/", "customer/1", "customer/1/edit", "nothing/"):
            page = client.get(f"/admin/{path}", headers=HTML).text
            assert "{{" not in page and "{%" not in page and "<script>[[" not in page and "</html>" in page, path
            assert "[[ 1 ]]" in page or path in ("", "nothing/")
        for engine in engines(app):
            engine.dispose()
    escaped, dashed = options.get("autoescape", True), "variable_start_string" in options
    assert pages[0] == ("2 {{ 1 + 1 }} {{ '<b>' }}" if dashed else f"[[ 1 + 1 ]] 2 {'&lt;b&gt;' if escaped else '<b>'}")


@pytest.mark.parametrize("idle", [0, 1])
def test_the_start_leaves_no_connection_in_the_pool_of_the_app(engine_url: str, tmp_path: Path, idle: int) -> None:
    """A server that loads the app and forks, as Gunicorn's --preload, would have its workers share it."""
    Base(engine_url).run(*CUSTOMERS)
    app = Flask("host", instance_path=str(tmp_path))
    app.secret_key = "secret"
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)
    with app.app_context():
        engine = db.engine
        for _ in range(idle):  # the app's own
            engine.connect().close()
    FlaskAdminDB(db=db, views={"customer": TableView}, auth=lambda: "anna").init_app(app)
    assert engine.pool.checkedin() == idle and engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert app.test_client().get("/admin/customer/", headers=HTML).status_code == 200
    for one in engines(app):
        one.dispose()


def test_a_prefix_that_flask_admin_has_is_refused(host: Flask, customers: str) -> None:
    Admin(host)
    with pytest.raises(SettingsError, match=r"has a site at /admin already.*url_prefix"):
        FlaskAdminDB(customers, auth=lambda: "anna").init_app(host)
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(host, url_prefix="/staff")
    assert host.test_client().get("/staff/customer/", headers=HTML).status_code == 200
    for engine in engines(host):
        engine.dispose()


def test_several_databases_are_sections(tmp_path: Path) -> None:
    urls = []
    for name in ("shop", "stock"):
        url = f"sqlite:///{tmp_path / name}.db"
        (tmp_path / f"{name}.db").write_bytes(b"")
        Base(url).run(*CUSTOMERS)
        urls.append(f"{name}={url}")
    app = create_app(Settings(db=tuple(urls), user="anna", password="pw"))
    client = app.test_client()
    assert client.get("/admin/shop/customer/1", headers=basic()).status_code == 200
    assert client.get("/admin/stock/", headers=basic()).status_code == 200
    assert client.get("/admin/elsewhere/customer/", headers=basic()).status_code == 404
    lists = [o["urls"]["list"] for o in client.get("/admin/status", headers={**basic(), "Accept": "application/json"})
             .get_json()["objects"]]  # fmt: skip
    assert lists == ["/admin/shop/customer/", "/admin/stock/customer/"]
    for engine in engines(app):
        engine.dispose()


def test_every_write_needs_its_token(customers: str) -> None:
    """Walk the URL map: whatever takes more than GET refuses a request without a token, and from elsewhere."""
    app = create_app(Settings(db=(customers,), user="anna", password="pw"))
    client = app.test_client()
    token = token_of(client.get("/admin/customer/1/edit", headers=basic()).text)
    tried = 0
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            path = re.sub(r"<[^>]*table>", "customer", re.sub(r"<[^>]*key>|<int:[^>]*>", "1", rule.rule))
            assert client.open(path, method=method, headers=basic()).status_code == 403, path
            foreign = {**basic(), "Origin": "https://evil.example"}
            data = {"csrf_token": token}
            assert client.open(path, method=method, headers=foreign, data=data).status_code == 403, path
            tried += 1
    assert tried >= 5
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize("first", ["boss", "clerk"])
def test_what_a_view_shows_is_found_for_whoever_asks(host: Flask, customers: str, first: str) -> None:
    """Users share the view: what one of them opened before must neither show the other more nor take anything away."""
    Base(customers).run(
        "CREATE TABLE parcel (id integer PRIMARY KEY, name text, pinned text, weight text)",
        "INSERT INTO parcel VALUES (1, 'Ann', 'lime', 'oak')",
    )
    asks: list[str] = []

    class View(TableView):
        column_list = column_details_list = column_export_list = ["name"]
        form_columns = ["name", "pinned"]
        can_create = False

        @property
        def can_edit(self) -> bool:
            return asks[-1] == "boss"

    FlaskAdminDB(customers, auth=lambda: asks[-1], views={"parcel": View}).init_app(host)
    second = "clerk" if first == "boss" else "boss"
    for user in (first, second, first):
        asks.append(user)
        client = host.test_client()
        page = client.get("/admin/parcel/", headers=HTML)
        hits = client.get("/admin/parcel/?search=lime", headers=HTML)
        assert (page.status_code, hits.status_code) == (200, 200)
        assert ("pinned" in page.text.lower()) is (">Ann<" in hits.text) is (user == "boss")
        assert "oak" not in hits.text
        assert client.get("/admin/parcel/1/edit", headers=HTML).status_code == (200 if user == "boss" else 403)
    for engine in engines(host):
        engine.dispose()


@pytest.mark.parametrize("way", ["export.csv", "export.xlsx", "export.jsonl", "bulk"])
def test_what_the_application_keeps_for_a_request_is_there_in_the_background(
    host: Flask, customers: str, way: str
) -> None:
    """As most applications have it: who is signed in stands in ``g``, by a function before each request."""
    places = ", ".join(f"({n}, 'Name {n}', {n % 2 + 1}, 0)" for n in range(1200))
    Base(customers).run(
        "CREATE TABLE place (id integer PRIMARY KEY, name text, customer_id integer REFERENCES customer, n integer)",
        f"INSERT INTO place VALUES {places}",
    )

    @host.before_request
    def load_user() -> None:
        g.user = "anna"

    class View(TableView):
        def is_accessible(self) -> bool:
            return bool(g.user == "anna")

        def get_query(self) -> Any:
            return super().get_query().filter(self.model.id != len(g.user))

        def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
            model.name = f"{model.name} by {g.user}"

    views = {"place": View, "customer": type("Other", (TableView,), {"is_accessible": View.is_accessible})}
    FlaskAdminDB(customers, auth=lambda: g.user, views=views).init_app(host)
    client = host.test_client()
    if way != "bulk":
        answer = client.get(f"/admin/place/{way}", headers=HTML)
        assert answer.status_code == 200 and len(answer.data) > 10_000 and b"Name 4" + b"," not in answer.data
    else:
        path, data = "/admin/place/bulk", {"all": "1", "column0": "n", "how0": "set", "value0": "5"}
        answer = client.get(path, headers=HTML)
        for step in ("preview", "run"):
            form = next(f for f in forms.read_forms(answer.text) if any(one == ("step", step) for one in f.buttons))
            for name, value in data.items():
                if name in form:
                    form[name] = value
            more = [(name, value) for name, value in data.items() if name not in form]
            body, kind = form.body(("step", step), *more)
            answer = client.post(path, data=body, content_type=kind, headers=HTML)
        assert "/admin/jobs/" in answer.headers["Location"]
        until(lambda: "<progress" not in client.get(answer.headers["Location"], headers=HTML).text)
        rows = Base(customers).rows("SELECT n, count(*) FROM place WHERE name LIKE '% by anna' GROUP BY n")
        assert rows == [(5, 1199)], client.get(answer.headers["Location"], headers=HTML).text
    for engine in engines(host):
        engine.dispose()


def test_a_dashboard_of_the_host_s_may_extend_base(host: Flask, customers: str) -> None:
    class Home(Dashboard):
        @expose("/")  # type: ignore[untyped-decorator]
        def index(self) -> Any:
            return self.render("home.html", count=7, user="nobody")

    text = '{% extends "flaskadmin/base.html" %}{% block main %}{{ count }} by {{ user }}{% endblock %}'
    host.jinja_loader = DictLoader({"home.html": text})  # type: ignore[assignment]
    FlaskAdminDB(customers, auth=lambda: "anna", dashboard=Home).init_app(host)
    page = host.test_client().get("/admin/", headers=HTML).text
    assert "7 by nobody" in page and "<span>anna</span>" in page and 'href="/admin/customer/"' in page
    assert "Anna" in host.test_client().get("/admin/customer/", headers=HTML).text


@pytest.mark.parametrize("words", ["csrf", "csrf_token()", "form.csrf_token.current_token", "'none'"])
def test_forms_of_a_view_s_own_pages_carry_a_token(host: Flask, customers: str, words: str) -> None:
    """The site's, or one of the application's, by Flask-WTF's extension or by a form of its own."""

    class View(TableView):
        @expose("/own", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
        def own(self) -> Any:
            form = FlaskForm()
            if form.is_submitted():
                return "done" if words != "form.csrf_token.current_token" or form.validate() else "invalid"
            return self.render("own.html", form=form)

    CSRFProtect(host)
    field = f'<input name="csrf_token" value="{{{{ {words} }}}}">'
    host.jinja_loader = DictLoader({"own.html": f'{{% extends "flaskadmin/base.html" %}}{{% block main %}}{field}'
                                                "{% endblock %}"})  # type: ignore[assignment]  # fmt: skip
    FlaskAdminDB(customers, auth=lambda: "anna", views={"customer": View}).init_app(host)
    client = host.test_client()
    token = re.findall(r'<input name="csrf_token" value="([^"]+)">', client.get("/admin/customer/own").text)[0]
    for sent, status in ((token, 403 if words == "'none'" else 200), (f"{token}x", 403), ("", 403)):
        answer = client.post("/admin/customer/own", data={"csrf_token": sent}, headers=HTML)
        assert answer.status_code == status and (status == 403 or answer.text == "done")
    other = host.test_client().post("/admin/customer/own", data={"csrf_token": token}, headers=HTML)
    assert other.status_code == 403
    foreign = {**HTML, "Origin": "https://evil.example"}
    assert client.post("/admin/customer/own", data={"csrf_token": token}, headers=foreign).status_code == 403


def test_what_is_inherited_from_flask_admin_is_no_page(customers: str) -> None:
    app = create_app(Settings(db=(customers,), user="anna", password="pw"))
    client = app.test_client()
    token = {"csrf_token": token_of(client.get("/admin/customer/1/edit", headers=basic()).text)}
    for path in ("action/", "ajax/update/", "ajax/lookup/", "export/csv/"):
        assert client.get(f"/admin/customer/{path}", headers=basic()).status_code == 404, path
        assert client.post(f"/admin/customer/{path}", headers=basic(), data=token).status_code == 405, path
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize("name", ["development", "testing"])
def test_configurations_by_name(name: str, customers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASKADMIN_DB", customers)
    monkeypatch.setenv("FLASKADMIN_PASSWORD", "pw")
    app = create_app(name)
    assert app.secret_key and app.test_client().get("/healthz").text == "ok"
    for engine in engines(app):
        engine.dispose()
    monkeypatch.delenv("FLASKADMIN_SECRET_KEY", raising=False)
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app("production")


def test_errors_speak_and_tell_nothing(customers: str) -> None:
    app = create_app(Settings(db=(customers,), user="anna", password="pw"))
    client = app.test_client()
    app.view_functions["flaskadmin.status"] = lambda: 1 / 0
    for url, code in (("/admin/nope/", 404), ("/nope", 404), ("/admin/status", 500), ("/admin/customer/99", 404)):
        answer = client.get(url, headers=basic())
        assert answer.status_code == code
        assert not re.search(r"Traceback|ZeroDivision|SELECT|sqlite|psycopg|/work|site-packages", answer.text)
    problem = client.get("/admin/customer/99", headers={**basic(), "Accept": "application/json"})
    assert problem.mimetype == "application/problem+json" and problem.get_json()["status"] == 404
    for engine in engines(app):
        engine.dispose()


@pytest.fixture
def shown(customers: str) -> Iterator[Any]:
    """A client of a site; its state, too, is over."""
    app = create_app(Settings(db=(customers,), user="anna", password="pw", secret_key="k" * 32))
    yield app.test_client()
    for engine in engines(app):
        engine.dispose()


BAD_COOKIES = [
    "Europe",
    "America",
    "../..",
    "..",
    ".",
    "/etc",
    "posixrules",
    "zone.tab",
    "x\\000y",
    "z" * 5000,
    "é",
    "-1",
]


@pytest.mark.parametrize("value", BAD_COOKIES)
def test_no_cookie_breaks_a_page(shown: Any, value: str) -> None:
    names = ("zone", "theme", "size", "session", "device")
    headers = {**basic(), "Cookie": "; ".join(f'flaskadmin_{name}="{value}"' for name in names)}
    pages = {"/admin/": 200, "/admin/customer/": 200, "/admin/customer/1": 200, "/admin/nothing/": 404}
    assert {path: shown.get(path, headers=headers).status_code for path in pages} == pages
    del headers["Authorization"]
    assert shown.get("/admin/sign-in", headers=headers).status_code == 200


def test_zone_of_the_browser_is_taken(shown: Any) -> None:
    shown.set_cookie("flaskadmin_zone", "Europe/Warsaw")
    assert "Europe/Warsaw" in shown.get("/admin/preferences", headers=basic()).text


def test_error_page_whose_template_fails_still_tells_the_words(tmp_path: Path, customers: str) -> None:
    folder = tmp_path / "templates" / "flaskadmin"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text("{{ 1 // 0 }}", "utf-8")
    app = Flask("host", template_folder=str(folder.parent))
    app.secret_key = "secret"
    FlaskAdminDB(customers, auth=lambda: "anna").init_app(app)
    answer = app.test_client().get("/admin/customer/99", headers=HTML)
    assert answer.status_code == 404 and "<h1>" in answer.text and "ZeroDivision" not in answer.text
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize(("path", "code"), [("/admin/customer/", 401), ("/admin/", 401), ("/nope", 404)])
def test_errors_for_programs_are_problems_in_json(shown: Any, path: str, code: int) -> None:
    answer = shown.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (code, "application/problem+json")
    assert answer.get_json()["status"] == code and answer.get_json()["title"]
    assert ("WWW-Authenticate" in answer.headers) == (code == 401)


def test_body_that_is_too_large_is_a_problem_in_json(shown: Any) -> None:
    headers = {**basic(), "Accept": "application/json"}
    answer = shown.post("/admin/preferences", data={"theme": "x" * (5 * 2**20)}, headers=headers)
    assert (answer.status_code, answer.mimetype, answer.get_json()["status"]) == (413, "application/problem+json", 413)


@pytest.mark.parametrize(
    "path",
    ["/admin", "/admin/customer", "/admin//customer/", "/", "//evil.example/", "/admin/x", "/admin/customer/new"],
)
def test_no_redirect_leads_to_the_host_that_was_asked(shown: Any, path: str) -> None:
    answer = shown.get(path, headers={**basic(), "Host": "evil.example"})
    target = answer.headers.get("Location", "/")
    assert target.startswith("/") and not target.startswith("//") and "evil.example:" not in target
    assert path.startswith("//") or "evil.example" not in answer.text


@pytest.mark.parametrize("prefix", ["//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/<x>", "/é"])
def test_prefix_that_a_trusted_proxy_passes_on_is_checked(customers: str, prefix: str) -> None:
    app = create_app(
        Settings(db=(customers,), user="anna", password="pw", trusted_proxy="127.0.0.1", secret_key="k" * 32)
    )
    client = app.test_client()
    for path in ("/", "/admin/sign-in", "/admin/customer/"):
        answer = client.get(path, headers={**basic(), "X-Forwarded-Prefix": prefix})
        found = [answer.headers.get("Location", ""), *re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)]
        assert not [address for address in found if re.match(r"[/\\]{2}|https?:|javascript:", address)], path
        assert "<x>" not in answer.text
    for engine in engines(app):
        engine.dispose()


@pytest.mark.parametrize("path", ["customer/", "customer/1", "customer/1/edit", "customer/glance"])
def test_page_whose_connections_are_closed_meanwhile_is_read_again(postgres: Any, path: str) -> None:
    url = postgres.create()
    Base(url).run(*CUSTOMERS)
    app = create_app(Settings(db=(url,), user="anna", password="pw"))
    client, engine = app.test_client(), next(engines(app))
    whole = client.get(f"/admin/{path}", headers=basic())
    seen: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def close(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)
        if "customer" in statement and not any("customer" in before for before in seen[:-1]):
            postgres.execute(f"SELECT pg_terminate_backend({connection.connection.driver_connection.info.backend_pid})")
            time.sleep(0.1)

    answer = client.get(f"/admin/{path}", headers=basic())
    assert len(seen) > 2 and whole.status_code == answer.status_code == 200, answer.text
    assert re.sub(r"csrf_token.*|\d+ ms", "", answer.text) == re.sub(r"csrf_token.*|\d+ ms", "", whole.text)
    for one in engines(app):
        one.dispose()
    postgres.drop(url)


def test_expired_session_keeps_what_was_typed(customers: str) -> None:
    app = create_app(Settings(db=(customers,), user="anna", password="pw"))
    client = app.test_client()
    ours = {**HTML, "Origin": "http://localhost"}
    page = client.get("/admin/sign-in", headers=HTML).text
    sign_in = {"csrf_token": token_of(page), "name": "anna", "password": "pw"}
    assert client.post("/admin/sign-in", data=sign_in, headers=ours).status_code == 303
    form = client.get("/admin/customer/1/edit", headers=HTML).text
    typed = {"csrf_token": token_of(form), "name": "Typed for long"}
    with client.session_transaction() as session:
        session["_flaskadmin"] = {**session["_flaskadmin"], "seen": 0}
    ended = client.post("/admin/customer/1/edit", data=typed, headers=ours)
    assert ended.status_code == 401
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', ended.text))
    again = client.post("/admin/sign-in", data={**hidden, **sign_in, "csrf_token": token_of(ended.text)}, headers=ours)
    assert again.status_code == 200
    back = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', again.text))
    back["csrf_token"] = token_of(again.text)
    shown = client.post("/admin/customer/1/edit", data=back, headers=ours)
    assert shown.status_code == 200 and "Typed for long" in shown.text
    assert Base(customers).rows("SELECT name FROM customer WHERE id = 1") == [("Anna",)]
    for engine in engines(app):
        engine.dispose()


def test_version_is_the_packages() -> None:
    pyproject = (Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8")
    assert f'version = "{flaskadmin.VERSION}"' in pyproject
