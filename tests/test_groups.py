"""A list in groups: what they hold, where they lead, what of them is for whom, and their file."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from conftest import PASSWORD, USER, Browser, close
from core import Base
from flaskadmin import Settings, TableView, create_app
from forms import Control, read_forms
from test_lists import Closed, Kept, Narrow, table_of

ODD = 'it\'s "odd", 50%'
STATES = ("new", "o'k", ODD, None, "")
SHOP = (
    "CREATE TABLE customer (id integer PRIMARY KEY, name text, country text, secret text)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), state text,"
    " placed date, seen timestamp, total numeric(10, 2), paid boolean, n bigint, note text)",
    "INSERT INTO customer VALUES (1, 'Ann', 'Norway', 'quokka1'), (2, 'Bo', 'Austria', 'quokka2'),"
    " (3, 'Cy', NULL, 'quokka3')",
)
ROWS: list[tuple[Any, ...]] = [
    (n, (1, 2, 3, None, 1)[n % 5], STATES[n % 7 % 5], (None if n % 11 == 0 else f"202{n % 3}-0{n % 4 + 1}-1{n % 9}"),
     f"2025-0{n % 2 + 1}-0{n % 3 + 1} 23:59:5{n % 10}", (None if n % 6 == 0 else n * 1.25), n % 3 == 0,
     9_000_000_000_000_000_000 if n % 20 == 0 else n, "x")
    for n in range(1, 61)
]  # fmt: skip
COUNTRY = {1: "Norway", 2: "Austria", 3: None, None: None}


def literal(value: Any, postgres: bool) -> str:
    """Return a value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower() if postgres else str(int(value))
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


@pytest.fixture
def orders(engine_url: str, site: Callable[..., Browser]) -> Browser:
    """Sixty orders, some without a customer, a date, a total."""
    fill(engine_url)
    return site(engine_url)


def fill(url: str) -> None:
    """Make the tables."""
    base = Base(url)
    lines = (f"({', '.join(literal(value, base.postgres) for value in row)})" for row in ROWS)
    base.run(*SHOP, f"INSERT INTO orders VALUES {', '.join(lines)}")


Line = tuple[int, str, int, list[str], str]


def lines_of(page: str) -> list[Line]:
    """Return the groups of a page: how deep, what they are called, their rows, their figures, where they lead."""
    found: list[Line] = []
    for depth, row in re.findall(r'<tr class="l(\d)">(.*?)</tr>', page, re.S):
        name, *rest = re.findall(r"<td\b[^>]*>(.*?)</td>", row, re.S)
        link = re.search(r'href="([^"]+)"', name)
        texts = [html.unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in (name, *rest)]
        found.append(
            (int(depth), texts[0], int(texts[1].replace(",", "")), texts[2:-1], html.unescape(link[1]) if link else "")
        )
    return found


def reckoned(*keys: Callable[[tuple[Any, ...]], Any]) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
    """Return the rows of each group, of all levels."""
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in ROWS:
        for depth in range(1, len(keys) + 1):
            found[tuple(key(row) for key in keys[:depth])].append(row)
    return found


def names(lines: list[Line]) -> list[tuple[str, ...]]:
    """Return the names of each group, with those that it is within."""
    path: list[str] = []
    found = []
    for depth, name, *_rest in lines:
        path = [*path[:depth], name]
        found.append(tuple(path))
    return found


BY: dict[str, tuple[Callable[[tuple[Any, ...]], Any], Callable[[Any], str]]] = {
    "customer_id": (lambda row: row[1], lambda value: {1: "Ann", 2: "Bo", 3: "Cy", None: "NULL"}[value]),
    "customer_id.country": (lambda row: COUNTRY[row[1]], lambda value: value or "NULL"),
    "state": (lambda row: row[2], lambda value: {None: "NULL", "": "empty"}.get(value, value)),
    "placed.year": (lambda row: row[3] and row[3][:4], lambda value: value or "NULL"),
    "seen.day": (lambda row: row[4][:10], lambda value: f"{int(value[8:])} {('Jan', 'Feb')[int(value[6]) - 1]} 2025"),
    "paid": (lambda row: row[6], lambda value: "yes" if value else "no"),
}


@pytest.mark.parametrize("by", [
    ["customer_id"], ["customer_id.country"], ["state", "paid"], ["placed.year", "customer_id.country", "state"],
    ["seen.day", "customer_id"], ["customer.country", "state", "seen.day"],
])  # fmt: skip
def test_groups_hold_their_records_and_lead_to_them(orders: Browser, by: list[str]) -> None:
    """Each has the rows, the sum and the ends of what its link shows, at every level, with NULLs and quotes, too."""
    url = f"/admin/orders/?~group={','.join(by)}&~foot=total.sum,total.mean,placed.max,note.filled"
    page = orders.get(url).text
    lines, keys = lines_of(page), [BY[one.replace("customer.", "customer_id.")] for one in by]
    expected = reckoned(*(key for key, _words in keys))
    wanted = {
        tuple(words(v) for (_key, words), v in zip(keys, group, strict=False)): rows for group, rows in expected.items()
    }
    assert dict.fromkeys(names(lines)) == dict.fromkeys(wanted) and len(lines) == len(wanted)
    for path, (_depth, _name, count, figures, link) in zip(names(lines), lines, strict=True):
        rows = wanted[path]
        totals = [row[5] for row in rows if row[5] is not None]
        assert count == len(rows)
        assert figures[0] == (f"{sum(totals):,.2f}" if totals else figures[0]), path
        if totals:
            assert abs(float(figures[1].replace(",", "")) - sum(totals) / len(totals)) < 0.006 * sum(totals)
        assert figures[3] == str(len(rows))
        shown = table_of(orders.get(f"{link}&size=100").text)[1]
        assert sorted(int(row[0]) for row in shown) == [row[0] for row in rows], (path, link)
    total = page.partition("<tfoot>")[2]
    assert f'<td class="num">{len(ROWS)}</td>' in total


def test_a_filter_and_a_search_hold_within_groups(orders: Browser) -> None:
    lines = lines_of(orders.get("/admin/orders/?paid=yes&n__lt=31&~group=state").text)
    rows = [row for row in ROWS if row[6] and row[7] < 31]
    assert sum(line[2] for line in lines) == len(rows)
    for _depth, _name, count, _figures, link in lines:
        assert "paid=yes" in link and len(table_of(orders.get(link).text)[1]) == count
    assert "No results" in orders.get("/admin/orders/?id=99&~group=state").text


def test_sums_beyond_64_bits_and_distinct_values(orders: Browser) -> None:
    lines = lines_of(orders.get("/admin/orders/?~group=paid,state&~foot=n.sum,state.distinct").text)
    top = [line for line in lines if line[0] == 0]
    for line, paid in zip(top, (False, True), strict=True):
        exact = sum(row[7] for row in ROWS if row[6] is paid)
        assert abs(float(line[3][0].replace(",", "")) - exact) < 1e-9 * exact
        assert line[3][1] == "–"  # those of parts can't be added
    assert all(line[3][1] in ("0", "1") for line in lines if line[0] == 1)


def test_groups_come_some_at_a_time(engine_url: str, site: Callable[..., Browser]) -> None:
    rows = ", ".join(f"({n}, {n // 2 % 450}, {n % 2})" for n in range(900))
    Base(engine_url).run(
        "CREATE TABLE t (id integer PRIMARY KEY, k integer, side integer)", f"INSERT INTO t VALUES {rows}"
    )
    browser, url, seen = site(engine_url), "/admin/t/?~group=side,k", list[tuple[str, ...]]()
    pages = 0
    while url:
        page = browser.get(url).text
        lines = lines_of(page)
        assert all(line[2] == 450 for line in lines if line[0] == 0)  # whole, wherever the page begins
        seen += [path for path, line in zip(names(lines), lines, strict=True) if line[0] == 1]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url, pages = html.unescape(following[1]) if following else "", pages + 1
    assert len(seen) == len({*seen}) == 900 and pages == 5


def test_how_to_group_is_chosen_without_a_script(orders: Browser) -> None:
    page = orders.get("/admin/orders/filter?at=group&state=new").text
    form = next(one for one in read_forms(page) if "b1" in one)
    options = form.control("b1").options
    assert {"customer_id", "placed.day", "placed.month", "placed.year", "state"} <= {*options}
    form["b1"], form["b2"], form["h1"] = "placed.year", "customer_id", "total.sum"
    body, _kind = form.body()
    answer = orders.get(f"{form.action}?{body.decode()}")
    assert answer.status_code == 302
    page = orders.get(answer.headers["Location"]).text
    assert "By Placed by year, Customer" in page and "Sum of Total" in page and "state=new" in page
    assert {line[0] for line in lines_of(page)} == {0, 1}
    form = next(
        one for one in read_forms(orders.get("/admin/orders/filter?at=group&~group=state,paid").text) if "b1" in one
    )
    assert (form["b1"], form["b2"], form["b3"]) == ("state", "paid", "")
    form["b1"] = form["b2"] = ""
    body, _kind = form.body()
    assert "group" not in orders.get(f"{form.action}?{body.decode()}").headers["Location"]


def test_what_is_no_group_is_told(orders: Browser) -> None:
    for token in ("nix", "state.month", "customer_id.nix", "placed.week"):
        page = orders.get(f"/admin/orders/?~group={token}").text
        assert "can&#39;t be grouped by" in page and len(table_of(page)[1]) == 50, token
    assert re.fullmatch(r"[A-Z][a-z]{2} 202\d", lines_of(orders.get("/admin/orders/?~group=placed").text)[0][1])
    assert (
        orders.get("/admin/orders/?~group=state,paid,customer_id,n").text.count("<tr class") > 10
    )  # three levels of four
    assert orders.get("/admin/orders/?~group=state&after=zzz").status_code == 200
    assert orders.get("/admin/orders/export.csv?~group=nix").status_code == 400


def test_a_file_has_the_groups(orders: Browser) -> None:
    answer = orders.get("/admin/orders/export.csv?~group=customer_id,state&~foot=total.sum,placed.max")
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["customer_id", "customer_id (name)", "state", "records", "sum(total)", "max(placed)"]
    expected = {
        group: rows for group, rows in reckoned(BY["customer_id"][0], BY["state"][0]).items() if len(group) == 2
    }
    assert len(rows) == len(expected)
    for key, name, state, count, total, _last in rows:
        group = int(key) if key else None, state or None
        those = [row for row in ROWS if row[1] == group[0] and (row[2] or None) == group[1]]
        assert name == {1: "Ann", 2: "Bo", 3: "Cy", None: ""}[group[0]] and int(count) <= len(those)
        if group[1]:
            assert abs(float(total or 0) - sum(row[5] or 0 for row in those)) < 0.001 and int(count) == len(those)
    page = orders.get("/admin/orders/?~group=state").text
    assert re.search(r'href="export\.csv\?[^"]*~group=state[^"]*for=excel"', page)
    assert not re.search(r'href="export\.(xlsx|json|sql)\?[^"]*group', page)
    rows = list(csv.reader(io.StringIO(orders.get("/admin/orders/export.csv?~group=placed.month&paid=yes").text)))
    assert sum(int(row[1]) for row in rows[1:]) == sum(row[6] for row in ROWS)


def test_a_view_keeps_its_groups(engine_url: str, site: Callable[..., Browser], tmp_path: Any) -> None:
    fill(engine_url)
    browser = site(engine_url, state=str(tmp_path / "state.db"))
    view = next(
        one for one in read_forms(browser.get("/admin/orders/views?~group=state&~foot=total.sum").text) if "name" in one
    )
    assert "grouped by" in browser.get("/admin/orders/views?~group=state").text
    view["name"] = "By state"
    view.controls.append(Control("is_default", "on", "checkbox"))
    body, kind = view.body(("do", "save"))
    answer = browser.client.post(
        html.unescape(view.action or ""), data=body, content_type=kind, headers=browser.headers
    )
    assert answer.status_code == 303
    for url in (answer.headers["Location"], "/admin/orders/"):
        assert len(lines_of(browser.get(url).text)) == len({*STATES})


def test_groups_tell_nothing_that_is_closed(engine_url: str) -> None:
    fill(engine_url)

    class Few(TableView):
        """Some orders, without their totals."""

        column_exclude_list = column_details_exclude_list = form_excluded_columns = column_export_exclude_list = [
            "total"
        ]

        def get_query(self) -> Any:
            """Choose rows."""
            return super().get_query().filter(self.model.id <= 20)

    class Unexported(TableView):
        """Orders whose states are in no file."""

        column_export_exclude_list = ["state"]

    made = []

    def browse(**views: type[TableView]) -> Browser:
        app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD), views=views)
        made.append(app)
        return Browser(app)

    try:
        browser = browse(orders=Few, customer=Narrow)
        page = browser.get("/admin/orders/?~group=customer_id.country&~foot=total.sum").text
        assert sum(line[2] for line in lines_of(page)) == 20 and "Austria" not in page and "There is no column" in page
        assert "Bo" not in [line[1] for line in lines_of(browser.get("/admin/orders/?~group=customer_id").text)]
        for token in ("customer_id.secret", "total"):
            page = browser.get(f"/admin/orders/?~group={token}").text
            assert "quokka" not in page and "can&#39;t be grouped by" in page and not lines_of(page)
            assert browser.get(f"/admin/orders/export.csv?~group={token}").status_code == 400
        assert "secret" not in browser.get("/admin/orders/filter?at=group").text
        browser = browse(customer=Closed)
        assert not lines_of(browser.get("/admin/orders/?~group=customer_id.country").text)
        browser = browse(customer=Kept, orders=Unexported)
        assert lines_of(browser.get("/admin/orders/?~group=customer_id.country").text)
        for token in ("customer_id.country", "state", "paid,state"):
            assert browser.get(f"/admin/orders/export.csv?~group={token}").status_code == 403, token
    finally:
        for app in made:
            close(app)


def test_a_day_is_the_viewers(engine_url: str, site: Callable[..., Browser]) -> None:
    """Of moments with a zone; SQLite, which has none, has what is stored. What is no date is one group."""
    base = Base(engine_url)
    odd = "'infinity'" if base.postgres else "'soon'"
    base.run(
        "CREATE TABLE t (id integer PRIMARY KEY, at timestamp with time zone, day date)",
        "INSERT INTO t VALUES (1, '2025-01-01 14:59:59+00:00', '2025-01-31'), (2, '2025-01-01 15:00:00+00:00', NULL),"
        f" (3, '2025-01-02 14:00:00+00:00', {odd}), (4, NULL, '2024-12-31')",
    )
    browser = site(engine_url)
    browser.client.set_cookie("flaskadmin_zone", "Asia/Tokyo")
    lines = lines_of(browser.get("/admin/t/?~group=at.day").text)
    days = [("1 Jan 2025", 1), ("2 Jan 2025", 2), ("NULL", 1)]
    if not base.postgres:
        days[:2] = [("1 Jan 2025", 2), ("2 Jan 2025", 1)]
    assert [(name, count) for _depth, name, count, _figures, _link in lines] == days
    assert sum(line[2] for line in lines) == 4
    lines += lines_of(browser.get("/admin/t/?~group=day.year").text)
    assert [line[1:3] for line in lines[-3:]] == [("2024", 1), ("2025", 1), ("NULL", 1)]
    for _depth, name, count, _figures, link in lines:
        if link:
            assert len(table_of(browser.get(link).text)[1]) == count, name
    assert sum(not line[4] for line in lines) == 1  # no filter finds what is no date
