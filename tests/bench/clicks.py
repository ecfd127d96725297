"""Keys and clicks of the staff's twelve tasks, and how soon the page answers: python tests/bench/clicks.py.

Each task is done in Chromium on a copy of sample.db, from the list of its table, as someone who knows the interface
does it; each click and each key counts one, a character that is typed as well. ``--django PYTHON``, an interpreter
that has Django, does those that Django admin has on the same data: models as inspectdb makes them, with a search, a
filter and list columns. ``--adminer FILE``, an adminer.php, does those that Adminer has, by ``--php``. What each
waits for isn't counted. The second table is the time from a click or a key to
the next paint (Event Timing), and until what was wanted is there; 50 rows a page.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests")]

from outside import PASSWORD, USER, plain_environ, running  # noqa: E402

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LINES = "".join(f"{'' if n % 7 == 0 else f'New customer {n}'}\tnew{n}@example.org\n" for n in range(1, 21))
BAR = 0.6
MOST = 100  # ms


class Hand:
    """One person's mouse and keyboard; what they do is counted."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home, self.count, self.typed = page, home, 0, 0

    def click(self, what: Locator | str, **how: object) -> None:
        self.count += 1
        (self.page.locator(what).first if isinstance(what, str) else what).click(**how)  # type: ignore[arg-type]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.typed += len(text)
        self.page.keyboard.type(text)

    def at(self, path: str) -> Page:
        """Begin at a page: this isn't counted."""
        self.page.goto(self.home + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def seen(self, what: str) -> None:
        self.page.locator(what).first.wait_for()


Task = Callable[[Hand], None]


# -- Ours ----------------------------------------------------------------------------


def named(hand: Hand, words: str) -> Locator:
    return hand.page.get_by_role("button", name=words, exact=True)


def cell(hand: Hand, row: int, heading: str) -> Locator:
    """Return a cell, by the heading of its column."""
    heads = [text.strip() for text in hand.page.locator("thead th").all_text_contents()]
    return hand.page.locator("tbody tr").nth(row).locator("td").nth(heads.index(heading))


def focused(hand: Hand, row: int, heading: str, **how: object) -> None:
    """Put the focus into a cell, by a click at its end, beside what leads away."""
    where = cell(hand, row, heading)
    size = where.bounding_box()
    assert size
    hand.click(where, position={"x": size["width"] - 4, "y": size["height"] / 2}, **how)


def pasted(hand: Hand, text: str) -> None:
    """Press Ctrl+V."""
    hand.count += 1
    hand.page.evaluate(
        """text => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    }""",
        text,
    )


def find(hand: Hand) -> None:
    hand.at("")
    hand.press("Control+k")
    hand.type("Hanna Kow")
    hand.seen("dialog li:has-text('Hanna Kow')")
    hand.press("Enter")
    hand.seen("h1:has-text('Hanna')")


def last_month(hand: Hand) -> None:
    page = hand.at("payment/")
    hand.press("f")
    hand.seen(".asks [data-filter]")
    hand.type("paid")
    hand.press("Enter")
    hand.click(named(hand, "Previous month"))
    page.wait_for_url("**previous**")
    hand.press("f")
    hand.seen(".asks [data-filter]")
    hand.type("amo")
    hand.press("Enter")
    page.locator("[name=o1]").wait_for()
    hand.type(">100")
    hand.press("Enter")
    page.wait_for_url("**amount__gt**")
    hand.click(page.get_by_label("Menu of Method"))
    hand.click(page.get_by_text("Statistics", exact=True))
    hand.seen(".bars")


def sorts(hand: Hand) -> None:
    page = hand.at("orders/")
    hand.click("th a:has-text('Status')")
    page.wait_for_url("**sort=status*")
    hand.click("th a:has-text('Placed')", modifiers=["Shift"])
    page.wait_for_url("**sort=status%2C*placed_at*")


def foreign_key(hand: Hand) -> None:
    hand.at("orders/")
    focused(hand, 3, "Customer")
    hand.type("Hanna Kow")
    hand.seen(".over li:has-text('Hanna Kow')")
    if not hand.page.locator(".over li[aria-selected=true]").count():  # where several are called so
        hand.press("ArrowDown")
    hand.press("Enter")
    hand.seen(".toast:has-text('Saved')")


def empty(hand: Hand) -> None:
    hand.at("customer/")
    focused(hand, 3, "Phone")
    hand.press("Delete")
    hand.seen(".toast:has-text('Saved')")


def thirty(hand: Hand) -> None:
    hand.at("customer/")
    focused(hand, 0, "Notes")
    focused(hand, 29, "Notes", modifiers=["Shift"])
    hand.type("spring letter")
    hand.press("Control+Enter")
    hand.seen("text=nothing has been saved")
    hand.click("main button.primary")
    hand.seen(".note.good")


def paste(hand: Hand) -> None:
    hand.at("customer/?columns=name,company,phone,street")
    focused(hand, 0, "Company")
    pasted(hand, "\n".join(f"Company {n}\t+351 {n}\tStreet {n}" for n in range(1, 6)))
    hand.seen("text=nothing has been saved")
    hand.click("main button.primary")
    hand.seen(".note.good")


def undo(hand: Hand) -> None:
    empty(hand)
    hand.count = 0
    hand.press("Control+z")
    hand.seen(".toast:has-text('Undid')")


def importing(hand: Hand) -> None:
    hand.at("customer/")
    hand.click("a:has-text('Import')")
    hand.seen("[name=pasted]")
    pasted(hand, "name\temail\n" + LINES)
    hand.click(named(hand, "Continue"))
    hand.click(named(hand, "Preview"))
    hand.seen("text=nothing has been saved")
    hand.click("main button.primary, main button:has-text('Import')")
    hand.seen(".note.good")


def view(hand: Hand) -> None:
    page = hand.at("orders/?status=paid")
    hand.click("a:has-text('Save view')")
    page.get_by_label("Name").first.wait_for()
    if page.evaluate("document.activeElement.name") != "name":
        hand.click(page.get_by_label("Name").first)
    hand.type("To pack")
    hand.press("Enter")
    hand.seen(".tabs")


def chart(hand: Hand) -> None:
    page = hand.at("orders/")
    hand.click(page.get_by_label("Menu of Status"))
    hand.click(page.get_by_text("Statistics", exact=True))
    hand.click(".figure .go a:has-text('Chart')")
    hand.click(named(hand, "Pin"))
    hand.seen(".note.good")


def keyboard(hand: Hand) -> None:
    hand.at("customer/")
    hand.press("/")
    hand.type("Hanna Kow")
    hand.press("Enter")
    hand.page.wait_for_url("**search=**")
    hand.press("j", "ArrowRight", "ArrowRight")
    hand.type("Kowalczyk Ltd")
    hand.press("Enter")
    hand.seen(".toast:has-text('Saved')")


OURS: dict[str, Task] = {
    "find a customer by name": find,
    "last month's payments over 100, by method": last_month,
    "two sorts": sorts,
    "change a foreign key": foreign_key,
    "set a field empty": empty,
    "30 records at once": thirty,
    "paste 5 x 3 cells": paste,
    "undo": undo,
    "import 20 lines, some bad": importing,
    "save a view": view,
    "pin a chart": chart,
    "one edit by keyboard alone": keyboard,
}


# -- Django admin's --------------------------------------------------------------------


def saved(hand: Hand) -> None:
    hand.click("[name=_save]")
    hand.seen(".success")


def django_find(hand: Hand) -> None:
    hand.at("")
    hand.click("a:has-text('Customers')")
    hand.seen("#searchbar")
    hand.click("#searchbar")
    hand.type("Hanna Kow")
    hand.press("Enter")
    hand.page.wait_for_url("**q=**")
    hand.click("#result_list tbody th a")
    hand.seen("#id_name")


def django_sorts(hand: Hand) -> None:
    page = hand.at("shop/orders/")
    hand.click("th .text a:has-text('Status')")
    page.wait_for_url("**o=**")
    hand.click("th .text a:has-text('Placed')")
    page.wait_for_url("**o=*.*")


def django_foreign_key(hand: Hand) -> None:
    hand.at("shop/orders/")
    hand.click(hand.page.locator("#result_list tbody th a").nth(3))
    hand.seen("#id_status")
    hand.click(".select2-selection")
    hand.type("Hanna Kow")
    hand.seen(".select2-results__option:has-text('Hanna Kow')")
    hand.press("Enter")
    saved(hand)


def django_empty(hand: Hand) -> None:
    hand.at("shop/customer/")
    hand.click(hand.page.locator("#result_list tbody th a").nth(3))
    hand.seen("#id_phone")
    hand.click("#id_phone", click_count=3)
    hand.count += 2  # of a triple click
    hand.press("Delete")
    saved(hand)


def django_keyboard(hand: Hand) -> None:
    page = hand.at("shop/customer/")

    def tab(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            hand.press("Tab")

    tab("#searchbar")
    hand.type("Hanna Kow")
    hand.press("Enter")
    page.wait_for_url("**q=**")
    tab("#result_list tbody th a")
    hand.press("Enter")
    hand.seen("#id_company")
    tab("#id_company")
    hand.type("Kowalczyk Ltd")
    hand.press("Enter")
    hand.seen(".success")


DJANGOS: dict[str, Task] = {
    "find a customer by name": django_find,
    "two sorts": django_sorts,
    "change a foreign key": django_foreign_key,
    "set a field empty": django_empty,
    "one edit by keyboard alone": django_keyboard,
}


# -- Adminer's, which knows no names of what a key refers to ---------------------------


def adminer_find(hand: Hand) -> None:
    hand.at("")
    hand.click("[name=query]")
    hand.type("Hanna Kow")
    hand.press("Enter")
    hand.click("li a:has-text('customer')")
    hand.click("td a:has-text('edit')")
    hand.seen("[name='fields[name]']")


def adminer_sorts(hand: Hand) -> None:
    page = hand.at("&select=orders&limit=50")
    hand.click("thead a:has-text('status')")
    page.wait_for_url("**order**")
    hand.click("[name='order[1]']")
    hand.type("placed")
    hand.press("Enter")
    hand.click("fieldset [type=submit][value=Select]")
    page.wait_for_url("**placed_at**")


def adminer_empty(hand: Hand) -> None:
    hand.at("&select=customer&limit=50")
    hand.click(hand.page.locator("td a:has-text('edit')").nth(3))
    hand.click("[name='function[phone]']")
    hand.type("N")
    hand.press("Enter")
    hand.click("[value=Save]")
    hand.seen(".message")


def adminer_thirty(hand: Hand) -> None:
    page = hand.at("&select=customer&limit=50")
    hand.click(page.locator("[name='check[]']").nth(0))
    hand.click(page.locator("[name='check[]']").nth(29), modifiers=["Shift"])
    hand.click("[name=edit]")
    hand.click("[name='fields[notes]']")
    hand.type("spring letter")
    hand.click("[value=Save]")
    hand.seen(".message")


ADMINERS: dict[str, Task] = {
    "find a customer by name": adminer_find,
    "two sorts": adminer_sorts,
    "set a field empty": adminer_empty,
    "30 records at once": adminer_thirty,
}
OPEN = """<?php
function adminer_object() {
  class Open extends Adminer { function login($login, $password) { return true; } }
  return new Open;
}
include %r;
"""
MODELS = """
from django.db import models
text = lambda: models.TextField(blank=True, null=True)
class Customer(models.Model):
    name = models.CharField(max_length=200); company = models.CharField(max_length=200, blank=True, null=True)
    email = models.CharField(max_length=200, blank=True, null=True)
    phone = models.CharField(max_length=200, blank=True, null=True); city = text(); notes = text()
    class Meta: managed = False; db_table = "customer"
    def __str__(self): return self.name
class Orders(models.Model):
    customer = models.ForeignKey(Customer, models.DO_NOTHING)
    placed_at = models.DateTimeField(); status = models.CharField(max_length=20)
    shipped_on = models.DateField(blank=True, null=True); gift_note = text()
    class Meta: managed = False; db_table = "orders"; verbose_name_plural = "orders"
"""
PROJECT = """
import sys
import django
from django.conf import settings
own, data, port = sys.argv[1:]
sqlite = {"ENGINE": "django.db.backends.sqlite3"}
settings.configure(
    DEBUG=True, SECRET_KEY="bench", ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], USE_TZ=False,
    STATIC_URL="/static/", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": sqlite | {"NAME": own}},
    INSTALLED_APPS=["django.contrib." + n for n in ("admin", "auth", "contenttypes", "sessions", "messages",
                                                    "staticfiles")] + ["shop"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
        "context_processors": ["django.template.context_processors.request",
                               "django.contrib.auth.context_processors.auth",
                               "django.contrib.messages.context_processors.messages"]}}])
django.setup()
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.urls import path
from shop.models import Customer, Orders
class CustomerAdmin(admin.ModelAdmin):
    list_display = ("id", "name", "company", "email", "phone", "city"); search_fields = ("name", "email")
    list_per_page = 50
class OrdersAdmin(admin.ModelAdmin):
    list_display = ("id", "customer", "placed_at", "status", "shipped_on"); list_filter = ("status", "placed_at")
    autocomplete_fields = ("customer",); list_per_page = 50
admin.site.register(Customer, CustomerAdmin); admin.site.register(Orders, OrdersAdmin)
urlpatterns = [path("admin/", admin.site.urls)]
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("ATTACH %s AS data", [data])
    for table in ("customer", "orders"):
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM data.{table}")
        cursor.execute(f"CREATE UNIQUE INDEX {table}_id ON {table} (id)")
    cursor.execute("UPDATE orders SET placed_at = replace(placed_at, 'T', ' ')")
get_user_model().objects.create_superuser("anna", password="secret")
print("ready", flush=True)
call_command("runserver", port, use_reloader=False, verbosity=0)
"""


@contextmanager
def ours(browser: Browser, folder: Path) -> Iterator[Hand]:
    """Yield the hand of someone who is signed in to our site over a copy of sample.db."""
    database = shutil.copy(TOP / "sample.db", folder / "ours.db")
    command = [sys.executable, str(TOP / "flaskadmin.py"), "--db", database, "--port", "0"]
    environ, pipe = plain_environ(FLASKADMIN_USER=USER, FLASKADMIN_PASSWORD=PASSWORD), subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe)
    with running(process) as server:
        home = server.wait_for(r"http://127\.0\.0\.1:[1-9]\d*[^\s()]*").group()
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(home)
        page.fill("[name=name]", USER)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_load_state("networkidle")
        yield Hand(page, home)


@contextmanager
def djangos(browser: Browser, folder: Path, python: str) -> Iterator[Hand]:
    """Yield the hand of someone who is signed in to Django admin over the same data."""
    (folder / "project.py").write_text(PROJECT)
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "models.py").write_text(MODELS)
    port = "18437"
    command = [python, "project.py", str(folder / "django.db"), str(TOP / "sample.db"), port]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, env=plain_environ(), stdin=pipe, stdout=pipe, stderr=pipe)
    with running(process) as server:
        server.wait_for("ready")
        page, home = browser.new_page(viewport={"width": 1400, "height": 900}), f"http://127.0.0.1:{port}/admin/"
        for _ in range(50):
            try:
                page.goto(home)
                break
            except Exception:  # it isn't there yet
                page.wait_for_timeout(100)
        page.fill("#id_username", "anna")
        page.fill("#id_password", "secret")
        page.click("[type=submit]")
        page.wait_for_load_state("networkidle")
        yield Hand(page, home)


@contextmanager
def adminers(browser: Browser, folder: Path, file: str, php: str) -> Iterator[Hand]:
    """Yield the hand of someone who is signed in to Adminer over a copy of sample.db."""
    (folder / "adminer").mkdir()
    (folder / "adminer" / "index.php").write_text(OPEN % file)
    data = shutil.copy(TOP / "sample.db", folder / "adminer.db")
    command, pipe = [*php.split(), "-S", "127.0.0.1:18438", "-t", str(folder / "adminer")], subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, env=plain_environ(), stdin=pipe, stdout=pipe, stderr=pipe)
    with running(process) as server:
        server.wait_for("started")
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        home = f"http://127.0.0.1:18438/index.php?sqlite=&username=&db={data}"
        page.goto(home)
        page.click("[type=submit]")
        page.wait_for_load_state("networkidle")
        yield Hand(page, home)


def counted(hand: Hand, task: Task) -> tuple[int, int]:
    hand.count = hand.typed = 0
    task(hand)
    return hand.count, hand.typed


# -- How soon the page answers ---------------------------------------------------------

WATCH = """() => {
  window.paints = [];
  const passed = /over|out|enter|leave/;  // of a pointer that rests while the page moves below it: nobody did that
  new PerformanceObserver(list => list.getEntries().forEach(one => passed.test(one.name) || paints.push(one.duration)))
    .observe({type: "event", durationThreshold: 16, buffered: false});
  window.begun = 0;
  for (const name of ["pointerdown", "keydown"])
    addEventListener(name, () => { window.begun = performance.now(); }, true);
  window.there = selector => new Promise(done => {
    const look = () => document.querySelector(selector)?.checkVisibility()
      ? requestAnimationFrame(() => done(performance.now() - window.begun)) : requestAnimationFrame(look);
    look();
  });
}"""


def answers(hand: Hand) -> Iterator[tuple[str, float, float]]:
    """Yield what was done, ms to the next paint, and ms until what was wanted is there: the worst of five."""

    def measured(what: str, do: Callable[[], None], wanted: str, back: Callable[[], None]) -> tuple[str, float, float]:
        paints, there = [0.0], []
        for n in range(6):
            hand.page.evaluate("window.paints.length = 0")
            do()
            took = hand.page.evaluate("selector => window.there(selector)", wanted)
            hand.page.wait_for_timeout(150)
            if n:  # the first warms up
                there.append(took)
                paints += hand.page.evaluate("window.paints")
            back()
            hand.page.wait_for_timeout(500)  # it isn't measured
        return what, max(paints), max(there)

    page = hand.at("customer/?name__contains=a")
    page.evaluate(WATCH)
    escape = lambda: hand.press("Escape")  # noqa: E731
    yield measured("a filter's editor", lambda: page.locator(".chip .words").click(), ".over .asks", escape)
    yield measured("a column's menu", lambda: page.get_by_label("Menu of Kind").click(), ".over .asks", escape)
    yield measured("a cell's menu", lambda: cell(hand, 2, "Name").click(button="right"), ".over .asks", escape)
    focused(hand, 2, "Name")
    hand.seen(".panel")
    escape()
    page.keyboard.press("ArrowRight")
    yield measured("a cell edit", lambda: page.keyboard.press("F2"), ".over form", escape)
    yield measured("a panel", lambda: page.keyboard.press(" "), ".panel", escape)
    page.keyboard.press(" ")
    hand.seen(".panel")
    shut, again = "body:not(:has(.panel))", lambda: page.keyboard.press(" ")
    yield measured("its end", lambda: page.keyboard.press("Escape"), shut, again)


def main() -> int:
    parser = argparse.ArgumentParser(description="Keys and clicks of the staff's tasks, and how soon the page answers.")
    parser.add_argument("--django", metavar="PYTHON", default=sys.executable, help="an interpreter that has Django")
    parser.add_argument("--adminer", metavar="FILE", help="an adminer.php")
    parser.add_argument("--php", default="php", help="the command of a PHP that has sqlite3")
    given = parser.parse_args()
    python = given.django
    has_django = subprocess.run([python, "-c", "import django"], capture_output=True).returncode == 0
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missed = False
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser, folder = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS), Path(name)
        peers: dict[str, dict[str, tuple[int, int]]] = {}
        if has_django:
            with djangos(browser, folder, python) as hand:
                peers["Django"] = {title: counted(hand, task) for title, task in DJANGOS.items()}
        else:
            print("Django isn't there: --django names an interpreter that has it.")
        if given.adminer:
            with adminers(browser, folder, given.adminer, given.php) as hand:
                peers["Adminer"] = {title: counted(hand, task) for title, task in ADMINERS.items()}
        with ours(browser, folder) as hand:
            found = {title: counted(hand, task) for title, task in OURS.items()}
            print(f"{'keys and clicks, and characters typed':45} {'ours':>9}", *(f"{name:>9}" for name in peers))
            for title, counts in found.items():
                every = [counts, *(peer.get(title) for peer in peers.values())]
                print(f"{title:45}", *("{:>4} +{:>3}".format(*one) if one else f"{'-':>9}" for one in every))
            both = {title: [peer[title][0] for peer in peers.values() if title in peer] for title in found}
            shared = {title: min(counts) for title, counts in both.items() if counts}
            if shared:
                mine, their = sum(found[title][0] for title in shared), sum(shared.values())
                missed |= mine > BAR * their
                words = "what another has, beside the better of them"
                print(f"{words:45} {mine:>9} {their:>9}  {mine / their:.0%}")
            print(f"\n{'ms, the worst of five':45} {'paint':>9} {'there':>9}")
            for title, paint, there in answers(hand):
                missed |= paint > MOST
                print(f"{title:45} {paint:>9.0f} {there:>9.0f}")
        browser.close()
    with closing(sqlite3.connect(TOP / "sample.db")) as connection:  # it was a copy that changed
        assert connection.execute("SELECT count(*) FROM customer").fetchone() == (1850,)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
