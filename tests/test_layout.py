"""What STYLE.md promises of the file, kept true."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import subprocess
import symtable
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jinja2
import jinja2.meta
import jinja2.nodes
import pytest

import flaskadmin

PROJECT = Path(__file__).resolve().parent.parent
FILE = PROJECT / "flaskadmin.py"
SOURCE = FILE.read_text("utf-8")
LINES = SOURCE.splitlines()
TREE = ast.parse(SOURCE)
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
FUNCTIONS = [node for node in ast.walk(TREE) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

# Sections that are about databases alone, and those that leave SQL to them (STYLE.md).
WITHOUT_FLASK = ("Database", "Schema", "Types", "Access", "Queries", "State", "History", "Changes")
WITHOUT_SQL = ("Views", "Lists", "Records", "Operations", "Transfers", "Dashboard", "Sign-in", "Application", "Server")
WEB = ("flask", "jinja2", "markupsafe", "waitress", "werkzeug", "wtforms")


# The map


@functools.cache
def sections() -> tuple[tuple[int, int, str], ...]:
    """Line, number and name of each section."""
    heads = ((line, re.fullmatch(r"# == (\d+)\. (.+?) =+", text)) for line, text in enumerate(LINES, 1))
    return tuple((line, int(head[1]), head[2]) for line, head in heads if head)


def section_at(line: int) -> str:
    """The section that a line stands in; "" above the first."""
    return next((name for start, _, name in reversed(sections()) if start <= line), "")


def test_sections_are_those_of_the_map() -> None:
    text = ast.get_docstring(TREE, clean=False) or ""
    documented = re.findall(r"^ +(\d+)\. (\S+(?: \S+)*)  +\S", text, re.M)
    assert [(str(number), name) for _, number, name in sections()] == documented
    assert len(documented) >= 13
    numbers = [number for _, number, _ in sections()]
    assert numbers == sorted(set(numbers))


def test_section_lines_are_79_wide() -> None:
    heads = [text for text in LINES if text.startswith("# ==")]
    assert len(heads) == len(sections())
    assert {len(head) for head in heads} == {79}


def test_each_section_has_its_test_file() -> None:
    wanted = {f"test_{re.sub('[ -]', '_', name.lower())}.py" for _, _, name in sections()}
    assert wanted <= {path.name for path in (PROJECT / "tests").glob("test_*.py")}


# Public names


def test_all_is_first_and_sorted() -> None:
    """First: after the docstring and the imports, before anything else (but what a start needs)."""
    first = next(node for node in TREE.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom | ast.If))
    assert isinstance(first, ast.Assign) and ast.unparse(first.targets[0]) == "__all__"
    assert sorted(set(flaskadmin.__all__)) == list(flaskadmin.__all__)


@pytest.mark.parametrize("name", flaskadmin.__all__)
def test_public_name_is_documented(name: str) -> None:
    thing = getattr(flaskadmin, name)
    assert undocumented(name, thing) == []


def undocumented(name: str, thing: object) -> list[str]:
    """The public functions, classes and methods of the file, from this name on, without a docstring."""
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return []
    own = inspect.isfunction(thing) or "__doc__" in vars(thing)
    missing = [] if own and thing.__doc__ else [name]
    if inspect.isclass(thing):
        if dataclasses.is_dataclass(thing) and str(thing.__doc__).startswith(f"{thing.__name__}("):
            missing.append(name)  # the dataclass decorator's own words
        for key, member in vars(thing).items():
            inner = getattr(member, "__func__", getattr(member, "fget", member))
            if not key.startswith("_") and inspect.isfunction(inner) and inner.__module__ == thing.__module__:
                missing += undocumented(f"{name}.{key}", inner)
    return missing


# Settings


def shown_settings() -> list[tuple[str, str, str]]:
    """Field, option and environment variable of each setting."""
    names = [field.name for field in dataclasses.fields(flaskadmin.Settings)]
    return [(name, "--" + name.replace("_", "-"), f"FLASKADMIN_{name.upper()}") for name in names]


@pytest.fixture(scope="module")
def usage() -> str:
    command = [sys.executable, str(FILE), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(("field", "option", "variable"), shown_settings())
def test_setting_is_in_help(usage: str, field: str, option: str, variable: str) -> None:
    assert re.search(rf"{option}\b(?!-)|\b{variable}\b|\[{field}\b", usage)


@pytest.mark.parametrize(("field", "option", "variable"), shown_settings())
def test_setting_is_in_the_readme(field: str, option: str, variable: str) -> None:
    rows = [line for line in (PROJECT / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    assert [row for row in rows if re.search(rf"`{option}\b(?!-)|`{variable}`|`\[{field}\b", row)]


@pytest.mark.parametrize("attribute", sorted(filter(None, (name for name, _words in flaskadmin.RIGHTS.values()))))
def test_right_is_in_the_readme(attribute: str) -> None:
    assert getattr(flaskadmin.TableView, attribute) is True
    assert f"`{attribute}`" in (PROJECT / "README.md").read_text("utf-8")


# Pages


def environment() -> jinja2.Environment:
    pages = {f"flaskadmin/{name}": text for name, text in flaskadmin.PAGES.items()}
    return jinja2.Environment(loader=jinja2.DictLoader(pages), autoescape=True)


@pytest.mark.parametrize("name", sorted(flaskadmin.PAGES))
def test_template_is_sound(name: str) -> None:
    text = flaskadmin.PAGES[name]
    tree = environment().parse(text)
    assert name.endswith(".html")
    used = set(jinja2.meta.find_referenced_templates(tree))
    assert used <= {f"flaskadmin/{page}" for page in flaskadmin.PAGES}
    filters = {node.name for node in tree.find_all(jinja2.nodes.Filter)}
    assert filters & {"safe", "forceescape"} == set()
    assert not list(tree.find_all(jinja2.nodes.ScopedEvalContextModifier))  # autoescape false


@pytest.mark.parametrize("name", sorted(flaskadmin.PAGES))
def test_template_has_nothing_inline(name: str) -> None:
    """The content security policy would refuse it, without a word to whoever looks at the page."""
    text = re.sub(r"\{#.*?#\}", "", flaskadmin.PAGES[name], flags=re.S)
    assert re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", text, re.I) == []
    assert re.findall(r"<script\b(?![^>]*\ssrc=)", text, re.I) == []
    assert re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text, re.I) == []


def pages() -> list[str]:
    """The templates that are pages: parts of pages begin with an underscore."""
    return sorted(name for name in flaskadmin.PAGES if not name.startswith("_") and name != "base.html")


def blocks(name: str) -> set[str]:
    return {node.name for node in environment().parse(flaskadmin.PAGES[name]).find_all(jinja2.nodes.Block)}


@pytest.mark.parametrize("name", pages())
def test_page_fills_blocks_of_base(name: str) -> None:
    """A block that base.html lacks would be dropped in silence."""
    tree = environment().parse(flaskadmin.PAGES[name])
    assert [ast.literal_eval(repr(node.template.value)) for node in tree.find_all(jinja2.nodes.Extends)] == [
        "flaskadmin/base.html"
    ]
    outer = {node.name for node in tree.body if isinstance(node, jinja2.nodes.Block)}
    assert outer and outer <= blocks("base.html")


def test_base_has_the_blocks_that_a_host_overrides() -> None:
    assert {"title", "head", "nav", "main"} <= blocks("base.html")


def test_style_and_script_are_light() -> None:
    served = [flaskadmin.Asset(flaskadmin.STYLE, "css"), flaskadmin.Asset(flaskadmin.SCRIPT, "js")]
    assert all(asset.plain for asset in served) and sum(len(asset.plain) for asset in served) <= 80_000


def test_style_and_script_stay_at_home() -> None:
    """The name of a namespace is no address."""
    text = re.sub(r"http://www\.w3\.org/\S+?/svg", "", flaskadmin.STYLE + flaskadmin.SCRIPT)
    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import", text) == []
    assert re.findall(r"\beval\(|\bnew Function\b|innerHTML|outerHTML|document\.write", flaskadmin.SCRIPT) == []


# Packaging


def test_script_block_is_the_projects() -> None:
    block = re.search(r"^# /// script\n((?:#.*\n)+?)# ///$", SOURCE, re.M)
    assert block
    stated = tomllib.loads(re.sub(r"^# ?", "", block[1], flags=re.M))
    assert sorted(stated["dependencies"]) == sorted(PYPROJECT["project"]["dependencies"])
    assert stated["requires-python"] == PYPROJECT["project"]["requires-python"]


def test_commands_are_there() -> None:
    scripts = PYPROJECT["project"]["scripts"]
    assert scripts == {"flaskadmin": "flaskadmin:main", "flaskadmin-onefile": "flaskadmin:main"}


# Sizes and types


def lines_of_body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or first.lineno) - first.lineno + 1


def test_no_function_is_a_chapter() -> None:
    """A function is as long as its thought; beyond this it has several."""
    assert [(node.name, lines_of_body(node)) for node in FUNCTIONS if lines_of_body(node) > 120] == []


def test_functions_are_typed() -> None:
    assert [f"{node.name}, line {node.lineno}" for node in FUNCTIONS if not typed(node)] == []


def typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    return bool(node.returns) and all(one.annotation or one.arg in ("self", "cls") for one in every)


# Nothing at import, no state


def test_top_level_is_names_only() -> None:
    """Definitions, imports and constants; the one call that starts the program stands last."""
    assert isinstance(TREE.body[0], ast.Expr) and ast.get_docstring(TREE)
    *middle, last = TREE.body[1:]
    assert isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'"
    allowed = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
    others = [node for node in middle if not isinstance(node, allowed) and not is_typing_block(node)]
    assert [ast.unparse(node).splitlines()[0] for node in others] == [
        "if __name__ == '__main__':"
    ]  # what a start needs


def test_an_older_python_can_read_the_file() -> None:
    """So that it says in words which one it needs."""
    ast.parse(SOURCE, feature_version=(3, 9))
    newer = [node for node in ast.walk(TREE) if isinstance(node, ast.Match | ast.TryStar)]
    indices = [node for node in ast.walk(TREE) if isinstance(node, ast.Subscript)]
    newer += [node for node in indices if unpacks_bare(node.slice)]
    assert [f"line {node.lineno}: {ast.unparse(node)[:60]}" for node in newer] == []


def unpacks_bare(index: ast.expr) -> bool:
    """Whether an index is `a, *b` without brackets around it."""
    if not isinstance(index, ast.Tuple) or not any(isinstance(part, ast.Starred) for part in index.elts):
        return False
    return LINES[index.lineno - 1].encode()[index.col_offset : index.col_offset + 1] != b"("


def is_typing_block(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def targets(node: ast.stmt) -> list[str]:
    """The names that a top-level statement assigns to."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets]
    return [ast.unparse(node.target)] if isinstance(node, ast.AnnAssign) else []


CONSTANTS = {name for node in TREE.body for name in targets(node)}


def test_top_level_values_are_constants() -> None:
    """Constants are in capitals, type aliases and type variables in CamelCase."""
    named = re.compile(r"_?[A-Z][A-Z0-9_]*|_?[A-Z][A-Za-z0-9]*|__all__")
    assert [name for name in sorted(CONSTANTS) if not named.fullmatch(name)] == []


def test_constants_are_never_written() -> None:
    writing = ("add", "append", "clear", "extend", "insert", "pop", "remove", "setdefault", "update")
    found = []
    for node in ast.walk(TREE):
        if isinstance(node, ast.Global):
            found.append(node)
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            found += [node] if ast.unparse(node.value) in CONSTANTS else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writing:
            found += [node] if ast.unparse(node.func.value) in CONSTANTS else []
    assert [f"line {node.lineno}: {ast.unparse(node)[:60]}" for node in found] == []


def test_import_does_nothing() -> None:
    """No file, socket, process, database, thread or log handler, and the environment stays as it was."""
    probe = """
        import logging, os, sys, threading
        import flask_admin, flask_basicauth, flask_sqlalchemy, flask_wtf, psycopg, waitress  # not ours
        import sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
        seen = []
        watched = ("socket.", "sqlite3.", "subprocess.", "os.mkdir", "os.remove", "os.rename", "os.putenv")
        def hook(event, given):
            written = event == "open" and given[1] and set(str(given[1])) & set("wax+")
            if written or event.startswith(watched):
                seen.append((event, given))
        sys.addaudithook(hook)
        before = (dict(os.environ), threading.active_count(), list(logging.root.handlers), logging.root.level)
        import flaskadmin
        after = (dict(os.environ), threading.active_count(), list(logging.root.handlers), logging.root.level)
        assert not seen, seen
        assert before == after
        assert not logging.getLogger("flaskadmin").handlers
    """
    script = inspect.cleandoc(probe)
    done = subprocess.run([sys.executable, "-B", "-c", script], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# What uses what


def defined() -> dict[str, str]:
    """The section of each name that is defined at the top level."""
    found = {}
    for node in TREE.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = section_at(node.lineno)
        else:
            found |= dict.fromkeys(targets(node), section_at(node.lineno))
    return found


def imported() -> dict[str, str]:
    """The package of each name that is imported at the top level."""
    found = {}
    for node in TREE.body:
        if isinstance(node, ast.Import):
            found |= {(a.asname or a.name).partition(".")[0]: a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: (node.module or "").partition(".")[0] for a in node.names}
    return found


def uses() -> Iterator[tuple[int, str]]:
    """Line (of the scope, in a function or class) and name of each use of a top-level name."""
    yield from uses_in_scopes(symtable.symtable(SOURCE, str(FILE), "exec"))
    outside = [part for node in TREE.body for part in parts_outside_scopes(node)]
    annotations = [part for node in ast.walk(TREE) for part in parts_in_annotations(node)]
    names = [name for part in outside + annotations for name in ast.walk(part) if isinstance(name, ast.Name)]
    yield from ((name.lineno, name.id) for name in names if isinstance(name.ctx, ast.Load))


def uses_in_scopes(table: symtable.SymbolTable) -> Iterator[tuple[int, str]]:
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                yield child.get_lineno(), symbol.get_name()
        yield from uses_in_scopes(child)


def parts_outside_scopes(node: ast.stmt) -> list[ast.AST]:
    """What of a top-level statement is evaluated at the top level: of a definition, all but its body."""
    if isinstance(node, ast.FunctionDef):
        return [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return [node]


def parts_in_annotations(node: ast.AST) -> list[ast.AST]:
    """Annotations are left out of the symbol table when they are not evaluated."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.returns] if node.returns else []
    return [node.annotation] if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation else []


def test_sections_use_what_stands_above() -> None:
    order = {name: number for _, number, name in sections()} | {"": 0}
    home = defined()
    wrong = {
        f"{section_at(line)} uses {name} of {home[name]}"
        for line, name in uses()
        if name in home and home[name] not in ("Errors", "Pages") and order[home[name]] > order[section_at(line)]
    }
    assert sorted(wrong) == []


def test_pages_are_constants_alone() -> None:
    inside = [node for node in TREE.body[:-1] if section_at(node.lineno) == "Pages"]
    assert inside
    assert [ast.unparse(node)[:60] for node in inside if not targets(node)] == []


def test_database_sections_know_nothing_of_the_web() -> None:
    packages = imported()
    used = {(section_at(line), name) for line, name in uses()}
    inside = {(where, name) for where, name in used if where in WITHOUT_FLASK}
    assert {(where, name) for where, name in inside if packages.get(name, "").startswith(WEB)} == set()
    inner = [node for node in ast.walk(TREE) if isinstance(node, ast.Import | ast.ImportFrom)]
    late = [node for node in inner if section_at(node.lineno) in WITHOUT_FLASK]
    assert [ast.unparse(node) for node in late if re.search(rf"\b({'|'.join(WEB)})", ast.unparse(node))] == []


def test_web_sections_hold_no_sql() -> None:
    sql = re.compile(r"\b(?:SELECT\s.+\sFROM|INSERT INTO|UPDATE\s.+\sSET|DELETE FROM|PRAGMA)\s", re.S)
    texts = [n for n in ast.walk(TREE) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    found = [n for n in texts if section_at(n.lineno) in WITHOUT_SQL and sql.search(n.value)]
    assert [f"line {node.lineno}: {node.value[:60]}" for node in found] == []
