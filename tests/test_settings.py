"""Section 1: every option, its default and its meaning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from flaskadmin import (
    DevelopmentConfig,
    ProductionConfig,
    Settings,
    SettingsError,
    TestingConfig,
    create_app,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, so that no .env of this machine is read."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(environ: Mapping[str, str] | None = None, /, **given: object) -> Settings:
    return Settings.load(given, environ or {})


def toml(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, "utf-8")
    return path


# Where a value comes from


def test_each_source_wins_over_the_next(folder: Path) -> None:
    config = toml(folder, "page_size = 11\nthreads = 12\nport = 13\ntitle = 'T'\n")
    (folder / ".env").write_text("FLASKADMIN_PAGE_SIZE=21\nFLASKADMIN_THREADS=22\nFLASKADMIN_PORT=23\n")
    environ = {"FLASKADMIN_PAGE_SIZE": "31", "FLASKADMIN_THREADS": "32", "FLASKADMIN_CONFIG": str(config)}
    found = load(environ, page_size="41")
    assert (found.page_size, found.threads, found.port, found.title) == (41, 32, 23, "T")
    assert found.idle_minutes == 480


def test_dotenv_is_taken_letter_by_letter(folder: Path) -> None:
    """A password may look like a variable, and Notepad writes a byte order mark."""
    (folder / ".env").write_text("FLASKADMIN_PASSWORD='${HOME} pa$$'\n", "utf-8-sig")
    assert load().password == "${HOME} pa$$"


def test_empty_variable_says_nothing() -> None:
    assert load({"FLASKADMIN_PORT": "", "FLASKADMIN_DB": " ", "DATABASE_URL": "x.db"}).db == ("x.db",)


def test_own_variable_wins_over_database_url() -> None:
    assert load({"FLASKADMIN_DB": "a.db", "DATABASE_URL": "b.db"}).db == ("a.db",)


def test_password_of_a_stronger_source_replaces_a_file_of_a_weaker(folder: Path) -> None:
    config = toml(folder, "password_file = 'secret.txt'\n")
    found = load({"FLASKADMIN_PASSWORD": "x"}, config=config)
    assert (found.password, found.password_file) == ("x", None)
    found = load({"FLASKADMIN_PASSWORD": "x"}, password_file="secret.txt")
    assert (found.password, found.password_file) == ("", Path("secret.txt"))


def test_option_takes_back_what_the_file_sets(folder: Path) -> None:
    config = toml(folder, "read_only = true\n")
    assert load(config=config).read_only
    assert not load(config=config, read_only=False).read_only


def test_configurations_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASKADMIN_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("FLASKADMIN_PASSWORD", "correct horse")
    monkeypatch.setenv("FLASKADMIN_CREATE", "yes")
    monkeypatch.setenv("FLASKADMIN_DB", "new.db")
    assert create_app("testing").testing and not create_app("production").testing


# What a value may be


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("shop.db", ("shop.db",)),
        ("C:\\My Files\\shop.db", ("C:\\My Files\\shop.db",)),
        ("shop=shop.db crm=postgresql://u@h/crm?a=b", ("shop=shop.db", "crm=postgresql://u@h/crm?a=b")),
        ("shop=my shop.db\n  crm=crm.db\n", ("shop=my shop.db", "crm=crm.db")),
    ],
)
def test_variable_holds_several_databases(text: str, parts: tuple[str, ...]) -> None:
    assert load({"FLASKADMIN_DB": text}).db == parts


def test_variable_holds_several_names() -> None:
    assert load({"FLASKADMIN_INCLUDE": "order item, sales_*\nstock.*"}).include == (
        "order item",
        "sales_*",
        "stock.*",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", True),
        ("port", 80.5),
        ("query_timeout", "nan"),
        ("query_timeout", 0),
        ("threads", ""),
        ("page_size", 501),
        ("read_only", "perhaps"),
        ("title", 3),
        ("include", [1]),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc"),
        ("url_prefix", "/a b"),
        ("url_prefix", "/../x"),
        ("url_prefix", "//evil.example?"),
        ("trusted_proxy", "proxy.example"),
        ("tables", 3),
    ],
)
def test_wrong_value_names_the_option(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match="--" + name.replace("_", "-")):
        load(**{name: value})


@pytest.mark.parametrize(
    ("given", "kept"), [("", ""), ("/", ""), ("db", "/db"), ("/a/b/", "/a/b"), ("//evil", "/evil")]
)
def test_prefix_is_cleaned(given: str, kept: str) -> None:
    assert load(url_prefix=given).url_prefix == kept


def test_python_values_are_read_like_the_others() -> None:
    found = Settings(db="shop.db", users="~/users", port="81")  # type: ignore[arg-type]
    assert (found.db, found.users, found.port) == (("shop.db",), Path.home() / "users", 81)


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["password", "secret_key", "db"])
def test_error_never_holds_a_secret(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**{name: [b"hunter2"]})
    assert "hunter2" not in str(caught.value)


# The file


def test_file_may_write_options_as_options_are_written(folder: Path) -> None:
    assert load(config=toml(folder, "page-size = 7\n")).page_size == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "prot.*Did you mean port"),
        ("config = 'other.toml'", "config"),
        ("port = ", "isn't TOML"),
        ("[tables.customer]\nlable = 'x'", "lable.*Did you mean label"),
        ("[tables.customer]\nhidden = 'yes'", "hidden of .tables.customer. .* true or false"),
        ("[tables.customer]\ncolumns = [1]", "columns of .tables.customer."),
        ("[tables.customer.labels]\nname = 1", "labels of .tables.customer."),
        ("tables = { customer = 1 }", "--tables"),
    ],
)
def test_mistake_in_the_file_is_named(folder: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(config=toml(folder, text))


def test_tables_of_the_file_are_kept(folder: Path) -> None:
    text = "[tables.customer]\nlabel = 'Clients'\ncolumns = ['id']\n[tables.customer.labels]\nid = 'No.'\n"
    found = load(config=toml(folder, text)).tables
    assert found == {"customer": {"label": "Clients", "columns": ["id"], "labels": {"id": "No."}}}


def test_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load(config=folder / "missing.toml")


# Named configurations


def test_production_needs_a_secret_key() -> None:
    with pytest.raises(SettingsError, match="FLASKADMIN_SECRET_KEY"):
        ProductionConfig()
    assert ProductionConfig(secret_key="k" * 32).secure_cookies


def test_configurations_stay_themselves_when_changed() -> None:
    for kind in (DevelopmentConfig, TestingConfig):
        assert type(dataclasses.replace(kind(), port=1)) is kind


# The table of the README


def test_readme_has_a_row_for_each_setting() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    rows = ["| option | variable | default | meaning |", "|---|---|---|---|"]
    for setting in dataclasses.fields(Settings):
        about = setting.metadata
        default = "" if setting.default in ("", (), None, False) else str(setting.default)
        names = [f"`{name}`" for name in (about.get("short"), "--" + setting.name.replace("_", "-")) if name]
        option, variable = ", ".join(names), f"`FLASKADMIN_{setting.name.upper()}`"
        if about.get("secret"):
            option = ""
        if about.get("file_only"):
            option, variable, default = "`[tables.NAME]` in the file", "", ""
        rows.append(f"| {option} | {variable} | {default} | {about['words']} |")
    assert "\n".join(rows) + "\n" in readme
