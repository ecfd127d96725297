"""Section 12: columns that aren't the table's own: of what a key refers to, numbers of records that refer here."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import sqlalchemy as sa

from conftest import PASSWORD, USER, Browser, close
from core import Base, statements
from flaskadmin import Settings, SettingsError, TableView, create_app
from forms import Control, read_forms
from test_queries import ENDLESS

# Composite keys, a key that is NULL, two keys from one table, and quotes in names.
SHOP = (
    "CREATE TABLE customer (id integer PRIMARY KEY, name text, country text, secret text, score numeric(8, 2),"
    ' "it\'s ""odd"", 50%." text, since date, state text CHECK (state IN (\'new\', \'old\')))',
    "CREATE TABLE place (region text NOT NULL, no integer NOT NULL, title text, PRIMARY KEY (region, no))",
    "CREATE TABLE orders (id integer PRIMARY KEY, title text, customer_id integer REFERENCES customer (id),"
    " payer_id integer REFERENCES customer (id), region text, place_no integer,"
    " FOREIGN KEY (region, place_no) REFERENCES place (region, no))",
    "CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id))",
    "INSERT INTO customer VALUES (1, 'Ann', 'Norway', 'quokka1', 2.50, 'o1', '2024-02-03', 'new'),"
    " (2, 'Bo', 'Austria', 'quokka2', 10, NULL, NULL, 'old'), (3, 'Cy', NULL, 'quokka3', NULL, 'o3', NULL, NULL)",
    "INSERT INTO place VALUES ('n', 1, 'Dock'), ('s', 1, 'Yard')",
    "INSERT INTO orders VALUES (1, 'a', 1, 2, 'n', 1), (2, 'b', 2, NULL, 's', 1), (3, 'c', NULL, NULL, 'n', NULL),"
    " (4, 'd', 3, 1, NULL, 1), (5, 'e', 1, 1, 'n', 1)",
    "INSERT INTO visit VALUES (1, 1), (2, 1), (3, 1), (4, 2), (5, NULL)",
)
ODD = "customer_id.it~27s~20~22odd~22~2C~2050~25~2E"


@pytest.fixture
def shop(engine_url: str) -> Iterator[Callable[..., Browser]]:
    """``shop(views, **settings)`` makes a site over the shop."""
    Base(engine_url).run(*SHOP)
    apps = []

    def make(views: dict[str, type[TableView]] | None = None, **settings: Any) -> Browser:
        app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD, **settings), views=views or {})
        apps.append(app)
        return Browser(app)

    yield make
    for app in apps:
        close(app)


def table_of(page: str) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of a list's page, as texts; a cell that says NULL is "–"."""
    head = re.findall(r"<thead>.*?</thead>", page, re.S)[0]
    headings = [_text(cell) for cell in re.findall(r"<th\b[^>]*>(.*?)(?=<th\b|</tr)", head, re.S)]
    body = re.findall(r"<tbody>.*?</tbody>", page, re.S)[0]
    rows = [re.findall(r"<td\b[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr\b.*?</tr>", body, re.S)]
    return headings, [[_text(cell).removesuffix("view") for cell in row] for row in rows]


def _text(markup: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", markup)).strip().replace("NULL", "–")


def column(browser: Browser, query: str, place: int = -1) -> list[str]:
    """Return the cells of one column of a list."""
    answer = browser.get(f"/admin/{query}")
    assert answer.status_code == 200, answer.text[:2000]
    return [row[place] for row in table_of(answer.text)[1]]


def test_a_column_of_what_a_key_refers_to_is_shown_and_leads_there(shop: Callable[..., Browser]) -> None:
    browser = shop()
    page = browser.get("/admin/orders/?columns=title,customer_id.country,customer_id.state,region.title").text
    headings, rows = table_of(page)
    assert headings[:4] == ["ID", "Title", "Customer › Country", "Customer › State"]
    assert rows == [
        ["1", "a", "Norway", "new"], ["2", "b", "Austria", "old"], ["3", "c", "–", "–"], ["4", "d", "–", "–"],
        ["5", "e", "Norway", "new"],
    ]  # fmt: skip
    assert '<a class="r" href="/admin/customer/1">Norway</a>' in page and "&#39;region.title&#39;" in page
    assert re.search(r'<td class="tag c\d"><a class="r" href="/admin/customer/1"><i>new</i></a>', page)
    assert column(browser, "orders/?columns=place_no.title") == ["Dock", "Yard", "–", "–", "Dock"]
    assert '/admin/place/n,1"' in browser.get("/admin/orders/?columns=place_no.title").text
    assert column(browser, f"orders/?columns={ODD}") == ["o1", "–", "–", "o3", "o1"]
    assert table_of(browser.get(f"/admin/orders/?columns={ODD}").text)[0][-1] == 'Customer › it\'s "odd", 50%.'
    assert column(browser, "orders/?columns=customer.since") == ["3 Feb 2024", "–", "–", "–", "3 Feb 2024"]


def test_the_number_of_records_that_refer_here_is_shown_and_leads_to_them(shop: Callable[..., Browser]) -> None:
    browser = shop()
    asked = "customer/?columns=name,count.orders.customer_id,count.orders.payer_id,count(visit)"
    headings, rows = table_of(browser.get(f"/admin/{asked}").text)
    assert headings == ["ID", "Name", "Orders (Customer)", "Orders (Payer)", "Visit"]
    assert rows == [["1", "Ann", "2", "2", "3"], ["2", "Bo", "1", "1", "1"], ["3", "Cy", "1", "0", "0"]]
    page = browser.get(f"/admin/{asked}").text
    assert '<td class="num"><a class="r" href="/admin/orders/?customer_id=1">2</a></td>' in page
    assert '<td class="num">0</td>' in page
    assert len(table_of(browser.get("/admin/orders/?customer_id=1").text)[1]) == 2
    assert column(browser, "place/?columns=count(orders)") == ["2", "1"]
    link = re.search(r'<a class="r" href="([^"]+)">2<', browser.get("/admin/place/?columns=count(orders)").text)
    assert link
    assert len(table_of(browser.get(html.unescape(link[1])).text)[1]) == 2
    assert "There is no column &#39;count(orders)&#39;" in browser.get("/admin/customer/?columns=count(orders)").text


@pytest.mark.parametrize(("query", "keys"), [
    ("orders/?sort=customer_id.country", "21534"), ("orders/?sort=-customer_id.country", "51243"),
    ("orders/?sort=customer.country,-title", "25143"), (f"orders/?sort={ODD}", "15423"),
    ("orders/?sort=place_no.title", "15234"), ("customer/?sort=-count(visit)", "123"),
    ("customer/?sort=count.visit.customer_id", "321"), ("customer/?sort=count.orders.customer_id,name", "231"),
    ("customer/?count(visit)__gte=1", "12"), ("customer/?count.visit.customer_id=0", "3"),
    ("customer/?count.orders.customer_id__between=2,9", "1"), ("orders/?customer.country=Norway", "15"),
    ("orders/?customer_id.country__null=yes", "4"), ("customer/?not1.count(visit)__gt=2&sort=-id", "32"),
])  # fmt: skip
def test_a_list_is_sorted_and_filtered_by_them(shop: Callable[..., Browser], query: str, keys: str) -> None:
    """Page by page, whatever the size of a page, forwards and back."""
    browser = shop()
    assert column(browser, query, 0) == list(keys), query
    for size in (1, 2):
        seen, url = "", f"/admin/{query}&size={size}"
        while url:
            page = browser.get(url).text
            seen += "".join(row[0] for row in table_of(page)[1])
            following = re.search(r'rel="next" href="([^"]+)"', page)
            url = html.unescape(following[1]) if following else ""
        assert seen == keys
        assert column(browser, f"{query}&size={size}&before=", 0) == list(keys)[-size:]


@pytest.mark.parametrize(
    "name",
    ["customer_id.country", "customer_id.state", "customer_id.score", "customer_id.since", "place_no.title", ODD]
    + ["count.visit.customer_id", "count.orders.payer_id"],
)
def test_a_list_is_filtered_by_what_a_cell_of_them_says(shop: Callable[..., Browser], name: str) -> None:
    browser, table = shop(), "customer" if name.startswith("count") else "orders"
    cells = dict(table_of(browser.get(f"/admin/{table}/?columns={name}").text)[1])
    assert len({*cells.values()}) > 1
    for key, cell in cells.items():
        for do in ("is", "not"):
            answer = browser.get(f"/admin/{table}/filter?columns={name}&add={name}&of={key}&do={do}")
            assert answer.status_code == 302, answer.text[:1000]
            shown = dict(table_of(browser.get(answer.headers["Location"]).text)[1])
            assert shown == {k: text for k, text in cells.items() if (text == cell) == (do == "is")}, (key, do)


def test_a_chip_names_what_it_filters_by(shop: Callable[..., Browser]) -> None:
    browser = shop()
    page = browser.get("/admin/customer/?count(visit)__gte=1&columns=name,count(visit)").text
    assert "Visit is at least 1" in page
    assert 'aria-sort="descending"' in browser.get("/admin/customer/?sort=-count(visit)&columns=count(visit)").text
    editor = browser.get("/admin/customer/filter?add=count.visit.customer_id").text
    assert "is at least" in editor and "contains" not in editor
    feet = browser.get("/admin/customer/?columns=count(visit)&~foot=count.visit.customer_id.sum").text
    assert re.search(r"<small>Sum</small> 4</td>", feet)
    assert browser.get("/admin/customer/column/count.visit.customer_id").status_code == 200
    top = browser.get("/admin/orders/column/customer_id.country").text
    assert "Norway" in top and "customer_id.country=Norway" in top


def test_a_page_asks_once_a_relation(shop: Callable[..., Browser], engine_url: str) -> None:
    """However many columns and rows; and nothing is joined before the page is known."""
    browser = shop()
    engine = next(iter(browser.app.extensions["flaskadmin"].values())).sections[0].database.engine

    def asked(query: str) -> list[str]:
        browser.get(f"/admin/{query}")
        with statements(engine) as found:
            browser.get(f"/admin/{query}")
        return [one for one in found if " FROM " in one.replace("\n", " ")]

    bare = asked("orders/?columns=title")
    one = asked("orders/?columns=title,customer_id.country")
    many = asked("orders/?columns=title,customer_id,customer_id.country,customer_id.state,customer_id.since")
    assert len(one) == len(many) == len(bare) + 1
    assert [text for text in (*one, *many) if "JOIN" in text] == []
    counts = asked("customer/?columns=name,count(visit),count.orders.payer_id")
    assert len(counts) == len(asked("customer/?columns=name")) + 2


def test_they_are_exported(shop: Callable[..., Browser]) -> None:
    browser = shop()
    asked = "columns=title,customer_id.country,customer_id.score,place_no.title&sort=-id"
    body = browser.get(f"/admin/orders/export.csv?{asked}").text
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["id", "title", "customer_id.country", "customer_id.score", "place_no.title"]
    assert [row[:3] + row[4:] for row in rows[1:]] == [
        ["5", "e", "Norway", "Dock"], ["4", "d", "", ""], ["3", "c", "", ""], ["2", "b", "Austria", "Yard"],
        ["1", "a", "Norway", "Dock"],
    ]  # fmt: skip
    found = json.loads(browser.get("/admin/customer/export.json?columns=name,count(visit)&sort=id").text)
    assert [one["count.visit.customer_id"] for one in found] == [3, 1, 0]
    lines = browser.get("/admin/customer/export.jsonl?columns=name,count(visit)&count(visit)__gte=1").text
    assert len(lines.splitlines()) == 2
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/admin/orders/export.xlsx?{asked}").data))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert cells[0] == ["ID", "Title", "Customer › Country", "Customer › Score", "Place no › Title"]
    assert cells[1] == [5, "e", "Norway", 2.5, "Dock"]
    script = browser.get(f"/admin/orders/export.sql?{asked}").text
    assert "INSERT" in script and "Norway" not in script  # it is the table's own rows alone
    assert browser.get("/admin/orders/").text.count("export.csv?for=excel") == 1


def test_they_are_chosen_and_kept(shop: Callable[..., Browser], tmp_path: Any) -> None:
    """By the page of columns, without JavaScript; in one's own columns, and in saved views."""
    browser = shop(state=str(tmp_path / "state.db"))
    page = browser.get("/admin/orders/columns").text
    assert "Customer ›" in page and "Payer ›" in page
    form = next(one for one in read_forms(page) if "show.title" in one)
    assert 'name="show.customer_id.country"' in page and "show.customer_id.country" not in form
    form.controls.append(Control("show.customer_id.country", "on", "checkbox"))
    body, kind = form.body(("do", "keep"))
    url = "/admin/orders/columns"
    answer = browser.client.post(form.action or url, data=body, content_type=kind, headers=browser.headers)
    assert answer.status_code == 303
    headings, rows = table_of(browser.get("/admin/orders/").text)
    assert headings[-1] == "Customer › Country" and rows[0][-1] == "Norway"
    form = next(one for one in read_forms(browser.get(url).text) if "show.title" in one)
    assert "at.customer_id.country" in form
    form["at.customer_id.country"] = "1"
    body, kind = form.body(("do", "once"))
    answer = browser.client.post(form.action or url, data=body, content_type=kind, headers=browser.headers)
    assert "columns=id%2Ccustomer_id.country%2Ctitle" in answer.headers["Location"]
    save = browser.get("/admin/customer/views?columns=name,count(visit)&sort=-count(visit)").text
    view = next(one for one in read_forms(save) if "name" in one)
    view["name"] = "By visits"
    body, kind = view.body(("do", "save"))
    at = html.unescape(view.action or "")
    answer = browser.client.post(at, data=body, content_type=kind, headers=browser.headers)
    headings, rows = table_of(browser.get(answer.headers["Location"]).text)
    assert headings == ["ID", "Name", "Visit"] and [row[-1] for row in rows] == ["3", "1", "0"]


def test_their_cells_are_read_only(shop: Callable[..., Browser], engine_url: str) -> None:
    browser = shop()
    answer = browser.get("/admin/orders/1/edit?only=customer_id.country&columns=title", **{"X-Part": "1"})
    assert answer.status_code == 403
    form = browser.form("/admin/orders/1/edit?only=title&columns=title,customer_id.country,id")
    form["title"] = "new title"
    body, kind = form.body(("_then", "list"))
    headers = {**browser.headers, "X-Part": "1", "Accept": "application/json"}
    answer = browser.client.post(form.action, data=body, content_type=kind, headers=headers)
    if answer.mimetype == "application/json":
        assert "Norway" in answer.get_json()["row"]
    assert Base(engine_url).rows("SELECT title FROM orders WHERE id = 1") == [("new title",)]


def test_an_empty_list_has_their_headings(shop: Callable[..., Browser]) -> None:
    browser = shop()
    for query in ("orders/?columns=customer_id.country&id=99", "customer/?columns=count(visit)&id=99"):
        answer = browser.get(f"/admin/{query}")
        assert answer.status_code == 200 and table_of(answer.text)[1] == [] and len(table_of(answer.text)[0]) == 2


# What the other table's Grant doesn't show


class Narrow(TableView):
    """Customers without a column, and without some rows."""

    column_exclude_list = column_details_exclude_list = form_excluded_columns = column_export_exclude_list = ["secret"]

    def get_query(self) -> Any:
        """Only those whose name begins so."""
        return super().get_query().filter(self.model.name != "Bo")


class Closed(TableView):
    """A table for nobody."""

    def is_accessible(self) -> bool:
        """Whoever it is."""
        return False


class Kept(TableView):
    """No exports."""

    can_export = False


def test_a_hidden_column_and_hidden_rows_stay_so(shop: Callable[..., Browser]) -> None:
    browser = shop({"customer": Narrow})
    assert column(browser, "orders/?columns=customer_id.country") == ["Norway", "–", "–", "–", "Norway"]
    assert column(browser, "orders/?sort=customer_id.country", 0) == list("15234")
    assert column(browser, "orders/?columns=customer_id.name&sort=customer_id.name", 0) == list("15423")
    for query in ("columns=customer_id.secret", "sort=customer_id.secret", "customer_id.secret__begins=q",
                  "columns=title&~foot=customer_id.secret.max"):  # fmt: skip
        page = browser.get(f"/admin/orders/?{query}").text
        assert "quokka" not in page and 'class="note" role="status"' in page, query
        assert [row[0] for row in table_of(page)[1]] == list("12345"), query
    assert "secret" not in browser.get("/admin/orders/columns").text.lower()
    assert browser.get("/admin/orders/export.csv?columns=customer_id.secret").status_code == 400
    assert "Austria" not in browser.get("/admin/orders/export.csv?columns=customer_id.country").text
    assert browser.get("/admin/orders/column/customer_id.secret").status_code == 404


def test_hidden_rows_are_not_counted(shop: Callable[..., Browser]) -> None:
    class Some(TableView):
        """The first two visits."""

        def get_query(self) -> Any:
            """Choose rows."""
            return super().get_query().filter(self.model.id < 3)

    browser = shop({"visit": Some})
    assert column(browser, "customer/?columns=count(visit)") == ["2", "0", "0"]
    assert column(browser, "customer/?count(visit)__gte=1", 0) == ["1"]
    assert column(browser, "customer/?sort=-count(visit),-id", 0) == ["1", "3", "2"]
    found = json.loads(browser.get("/admin/customer/export.json?columns=count(visit)&sort=id").text)
    assert [one["count.visit.customer_id"] for one in found] == [2, 0, 0]


@pytest.mark.parametrize("way", ["view", "setting"])
def test_a_closed_table_is_not_offered_and_refused_in_words(shop: Callable[..., Browser], way: str) -> None:
    hidden = {name: {"hidden": True} for name in ("customer", "visit")}
    browser = shop({"customer": Closed, "visit": Closed}) if way == "view" else shop(tables=hidden)
    page = browser.get("/admin/orders/columns").text
    assert "Customer ›" not in page and "Place no ›" in page
    for query in ("columns=customer_id.country", "sort=customer_id.country", "customer_id.country=Norway"):
        page = browser.get(f"/admin/orders/?{query}").text
        assert "Norway<" not in page and 'class="note" role="status"' in page, query
        assert [row[0] for row in table_of(page)[1]] == list("12345"), query
    assert browser.get("/admin/orders/export.csv?sort=customer_id.country").status_code == 400


def test_a_closed_table_is_not_counted(shop: Callable[..., Browser]) -> None:
    browser = shop({"visit": Closed})
    assert "Visit" not in browser.get("/admin/customer/columns").text
    for query in ("columns=count(visit)", "sort=-count(visit)", "count(visit)__gte=1", "count.visit.customer_id=3"):
        page = browser.get(f"/admin/customer/?{query}").text
        assert [row[0] for row in table_of(page)[1]] == list("123") and 'role="status"' in page, query


def test_what_may_not_be_exported_is_in_no_export_of_another_table(shop: Callable[..., Browser]) -> None:
    browser = shop({"customer": Kept})
    assert column(browser, "orders/?columns=customer_id.country")[0] == "Norway"
    answer = browser.get("/admin/orders/export.csv?columns=customer_id.country")
    assert answer.status_code == 403 and "can&#39;t be exported" in answer.text
    assert "Norway" not in answer.text


# What a host's column_list names


def test_a_view_names_columns_of_others_and_computed_ones(shop: Callable[..., Browser]) -> None:
    """As Flask-Admin's users know them: dotted names, methods, formatters, with labels; sorted where it is said."""

    class View(TableView):
        column_list = ["title", "customer.country", "customer_id.since", "shout", "both"]
        column_labels = {"customer.country": "Land", "shout": "Loud"}
        column_formatters = {"both": lambda view, context, model, name: f"{name}: {model.id}/{model.title}"}
        column_sortable_list = ["title", ("shout", "customer.country"), ("both", ("title", "id")), "customer.country"]

        def shout(self, model: Any) -> str:
            """Return the title, loud."""
            return f"{model.title}!".upper()

    browser = shop({"orders": View})
    headings, rows = table_of(browser.get("/admin/orders/").text)
    assert headings == ["ID", "Title", "Land", "Customer › Since", "Loud", "Both"]
    assert rows[0] == ["1", "a", "Norway", "3 Feb 2024", "A!", "both: 1/a"]
    assert rows[2] == ["3", "c", "–", "–", "C!", "both: 3/c"]
    page = browser.get("/admin/orders/?sort=shout").text
    assert [row[0] for row in table_of(page)[1]] == list("21534") and 'aria-sort="ascending"' in page
    assert column(browser, "orders/?sort=-both&size=2", 0) == list("54")
    assert "can&#39;t be sorted" in browser.get("/admin/orders/?sort=customer_id.since").text
    assert column(browser, "orders/?columns=both,title", 1) == [f"both: {n}/{t}" for n, t in enumerate("abcde", 1)]
    assert "Loud" in browser.get("/admin/orders/columns").text
    assert "There is no column" in browser.get("/admin/orders/?shout=A").text
    assert browser.get("/admin/orders/?~foot=shout.filled").status_code == 200
    body = browser.get("/admin/orders/export.csv").text
    assert "customer_id.country" in body and "Norway" in body and "A!" not in body


@pytest.mark.parametrize("name", ["nix", "customer.nix", "nix.country", "title.country", "count(nix)", "delete_model"])
def test_what_is_no_column_is_refused_at_the_start(shop: Callable[..., Browser], name: str) -> None:
    with pytest.raises(SettingsError, match=r"View\.column_list: there is no column .*The table has: customer_id, id"):
        shop({"orders": type("View", (TableView,), {"column_list": ["title", name]})})
    with pytest.raises(SettingsError, match=r"View\.column_sortable_list: there is no column"):
        shop({"orders": type("View", (TableView,), {"column_sortable_list": [("title", name)]})})
    with pytest.raises(SettingsError, match=r"View\.form_columns: there is no column"):
        shop(
            {
                "orders": type(
                    "View", (TableView,), {"column_list": ["customer.name"], "form_columns": ["customer.name"]}
                )
            }
        )


def test_a_dotted_name_tells_nothing_that_is_closed(shop: Callable[..., Browser]) -> None:
    class View(TableView):
        column_list = ["title", "customer.secret", "customer.country", "count(visit)"]
        column_sortable_list = [("title", "customer.secret"), "customer.country"]

    view = type("Orders", (View,), {"column_list": ["title", "customer.secret", "customer.country"]})
    browser = shop({"orders": view, "customer": Narrow})
    headings, rows = table_of(browser.get("/admin/orders/").text)
    assert headings == ["ID", "Title", "Customer › Country"]
    assert [row[-1] for row in rows] == ["Norway", "–", "–", "–", "Norway"]
    page = browser.get("/admin/orders/?sort=-title").text
    assert [row[0] for row in table_of(page)[1]] == list("12345") and "can&#39;t be sorted" in page
    closed = shop({"orders": view, "customer": Closed})
    assert table_of(closed.get("/admin/orders/").text)[0] == ["ID", "Title"]


def test_columns_of_a_settings_file(shop: Callable[..., Browser]) -> None:
    columns = {"customer": ["name", "count(visit)"], "orders": ["customer.name"]}
    browser = shop(tables={name: {"columns": names} for name, names in columns.items()})
    assert table_of(browser.get("/admin/customer/").text)[0] == ["ID", "Name", "Visit"]
    assert column(browser, "orders/") == ["Ann", "Bo", "–", "Cy", "Ann"]


def test_a_models_relationships_and_properties_are_columns(engine_url: str) -> None:
    """A relationship is its foreign key; what stands behind it is read as SQLAlchemy would; a text is whole."""
    Base(engine_url).run(*SHOP, f"UPDATE orders SET title = '{'long ' * 100}' WHERE id = 1")

    class Model(sa.orm.DeclarativeBase):
        """The host's."""

    class Customer(Model):
        __tablename__ = "customer"
        id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
        name: sa.orm.Mapped[str | None]
        country: sa.orm.Mapped[str | None]

        @property
        def loud(self) -> str:
            """Return the name, loud."""
            return (self.name or "").upper()

    class Order(Model):
        __tablename__ = "orders"
        id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
        title: sa.orm.Mapped[str | None]
        buyer_id: sa.orm.Mapped[int | None] = sa.orm.mapped_column("customer_id", sa.ForeignKey("customer.id"))
        payer_id: sa.orm.Mapped[int | None] = sa.orm.mapped_column(sa.ForeignKey("customer.id"))
        buyer: sa.orm.Mapped[Customer | None] = sa.orm.relationship(foreign_keys=[buyer_id])
        payer: sa.orm.Mapped[Customer | None] = sa.orm.relationship(foreign_keys=[payer_id])

        @property
        def length(self) -> int:
            """Return how long the title is."""
            return len(self.title or "")

    class View(TableView):
        column_list = ("buyer", "buyer.country", "payer.loud", "length")
        column_sortable_list = (("buyer", "buyer.name"), ("length", "title"))
        column_type_formatters = {int: lambda view, value, name: f"{value} ({name})"}

    settings = Settings(db=(engine_url,), user=USER, password=PASSWORD)
    app = create_app(settings, views={"orders": View}, models=[Order, Customer])
    try:
        browser = Browser(app)
        headings, rows = table_of(browser.get("/admin/orders/").text)
        assert headings == ["ID", "Customer", "Customer › Country", "Payer › Loud", "Length"]
        assert [row[1:] for row in rows] == [
            ["1 (buyer)", "Norway", "BO", "500 (length)"], ["2 (buyer)", "Austria", "", "1 (length)"],
            ["–", "–", "", "1 (length)"], ["3 (buyer)", "–", "ANN", "1 (length)"],
            ["1 (buyer)", "Norway", "ANN", "1 (length)"],
        ]  # fmt: skip
        assert column(browser, "orders/?sort=-customer_id", 1) == [
            "3 (buyer)",
            "2 (buyer)",
            "1 (buyer)",
            "1 (buyer)",
            "–",
        ]
        assert column(browser, "orders/?sort=length", 0) == ["2 (id)", "3 (id)", "4 (id)", "5 (id)", "1 (id)"]
    finally:
        close(app)


def test_a_count_that_takes_too_long_is_told(engine_url: str, site: Callable[..., Browser]) -> None:
    """The list is shown without it; sorted by it, the list has the order of its key."""
    base = Base(engine_url)
    base.run("CREATE TABLE customer (id integer PRIMARY KEY, name text)", ENDLESS[base.postgres])
    base.run("INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bo')")
    browser = site(engine_url, query_timeout=0.5, tables={"endless": {"links": {"n": "customer.id"}}})
    page = browser.get("/admin/customer/?columns=name,count(endless)").text
    assert "Endless: counting took longer than allowed" in page
    assert [row[1:] for row in table_of(page)[1]] == [["Ann", "–"], ["Bo", "–"]]
    page = browser.get("/admin/customer/?columns=name&~highlight=count(endless)__gte%3D5").text
    assert "Nothing is highlighted. It took longer than allowed." in page
    assert [row[1:] for row in table_of(page)[1]] == [["Ann"], ["Bo"]] and highlighted(page) == ""
    page = browser.get("/admin/customer/?columns=name&sort=-count(endless)").text
    assert [row[1] for row in table_of(page)[1]] == ["Ann", "Bo"] and "took longer than allowed" in page
    assert "CREATE INDEX" not in page  # no view has one


def test_names_that_queries_use_themselves(engine_url: str, site: Callable[..., Browser]) -> None:
    """Tables and columns that are called like parts of a statement, or of an address."""
    Base(engine_url).run(
        "CREATE TABLE page (c0 integer PRIMARY KEY, count text, v text)",
        "CREATE TABLE related (id integer PRIMARY KEY, c0 integer REFERENCES page (c0), count integer)",
        "INSERT INTO page VALUES (7, 'seven', 'x'), (8, 'eight', 'y')",
        "INSERT INTO related VALUES (1, 7, 5), (2, 7, 6), (3, 8, 4)",
    )
    browser = site(engine_url)
    assert column(browser, "page/?columns=count(related)&sort=-count(related)") == ["2", "1"]
    assert column(browser, "related/?columns=c0.count&sort=c0.count", 0) == ["3", "1", "2"]
    assert column(browser, "related/?c0.count=seven&count__gte=6", 0) == ["2"]
    body = browser.get("/admin/related/export.csv?columns=c0.count").text
    assert [row[1] for row in csv.reader(io.StringIO(body))] == ["c0.count", "seven", "seven", "eight"]


def highlighted(page: str) -> str:
    """Return the keys of the records that a list marks."""
    rows = re.findall(r"<tr\b.*?</tr>", re.findall(r"<tbody>.*?</tbody>", page, re.S)[0], re.S)
    return "".join(_text(re.findall(r"<td\b[^>]*>(.*?)</td>", row, re.S)[0])[:1] for row in rows if 'class="hl"' in row)


def test_what_a_list_filters_by_is_highlighted_instead_and_back(shop: Callable[..., Browser]) -> None:
    browser = shop()
    filtered = browser.get("/admin/orders/?columns=title&customer_id.country__is=Norway&sort=-id").text
    assert [row[0] for row in table_of(filtered)[1]] == list("51") and highlighted(filtered) == ""
    (url,) = re.findall(r'href="([^"]*)"\s+title="Show all records, with these highlighted"', filtered)
    marked = browser.get(html.unescape(url)).text
    assert [row[0] for row in table_of(marked)[1]] == list("54321") and highlighted(marked) == "51"
    (words,) = re.findall(r'name="at" value="0" formaction="filter" data-open>([^<]*)<', filtered)
    assert f">Highlighted: {words}<" in marked
    (back,) = re.findall(r'href="([^"]*)" title="Show these records alone"', marked)
    assert table_of(browser.get(html.unescape(back)).text)[1] == table_of(filtered)[1]
    (without,) = re.findall(r'href="([^"]*)" title="Remove this highlight"', marked)
    assert highlighted(browser.get(html.unescape(without)).text) == ""
    assert "highlighted: " in browser.get(html.unescape(url).replace("/?", "/views?")).text


@pytest.mark.parametrize(
    "text, keys",
    [
        ("any1.id=1&any1.title=c", "13"),
        ("has.orders.customer_id__exists=yes&country__null=yes", "3"),  # of customers
        ("id=1&id=2", ""),
        ("secret__begins=q", None),
        ("nothing=1", None),
        ("~highlight=id%3D1", None),
    ],
)
def test_a_highlight_is_any_filter_that_one_may_use(shop: Callable[..., Browser], text: str, keys: str | None) -> None:
    browser = shop({"customer": Narrow})
    table = "customer" if "country" in text or "secret" in text else "orders"
    answer = browser.get(f"/admin/{table}/?{urlencode({'~highlight': text})}")
    assert answer.status_code == 200
    assert highlighted(answer.text) == (keys or "")
    assert ("It was left out." in answer.text) == (keys is None)


UUIDS = ("018f3a2b-5c6d-7e8f-9a0b-1c2d3e4f5a6b", "018f3a2b-5c6d-7e8f-9a0b-1c2d3e4f9c3f")  # of the same moment


def test_a_key_without_a_name_is_short_wherever_it_stands_for_its_record(
    engine_url: str, site: Callable[..., Browser]
) -> None:
    kind, one = "uuid" if engine_url.startswith("postgresql") else "varchar(36)", "0f8fad5b-d9cb-469f-a165-70867728950e"
    Base(engine_url).run(
        f"CREATE TABLE crate (id {kind} PRIMARY KEY, weight integer, name varchar(9))",
        f"CREATE TABLE item (id integer PRIMARY KEY, crate_id {kind} REFERENCES crate (id), note varchar(9))",
        f"CREATE TABLE tray (id integer PRIMARY KEY, size integer, item_id integer REFERENCES item (id), "
        f"crate_id {kind} REFERENCES crate (id))",
        f"INSERT INTO crate VALUES ('{one}', 3, NULL)",
        f"INSERT INTO item VALUES (1, '{one}', 'x')",
        f"INSERT INTO tray VALUES (1, 5, 1, '{one}')",
    )
    browser, short = site(engine_url), "0f8fad5b…950e"
    cell = f'<td class="uuid" title="{one}"><a href="/admin/crate/{one}">{short}</a></td>'
    assert cell in browser.get("/admin/item/").text
    record = browser.get(f"/admin/crate/{one}").text
    assert f"<h1>Crate {short}</h1>" in record and f">{one}</div>" in record  # a name that is empty names nothing
    assert f'title="{one}"><a href="/admin/crate/{one}">{short}</a>' in browser.get("/admin/item/1").text
    assert f">{short}</a>" in browser.get("/admin/item/?~group=crate_id").text
    assert re.search(rf">{one}</a>", browser.get("/admin/item/1").text.partition('class="related"')[0])


def test_a_uuid_is_short_in_a_list_and_whole_in_its_title(engine_url: str) -> None:
    kind = "uuid" if engine_url.startswith("postgresql") else "varchar(36)"
    Base(engine_url).run(
        f"CREATE TABLE parcel (id {kind} PRIMARY KEY, name text, code varchar(40))",
        *(f"INSERT INTO parcel VALUES ('{one}', 'Ann', '{one}')" for one in UUIDS),
    )
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD))
    browser = Browser(app)
    page = browser.get("/admin/parcel/?sort=id").text
    for one, short in zip(UUIDS, ("018f3a2b…5a6b", "018f3a2b…9c3f"), strict=True):
        assert f'<td class="uuid" title="{one}"><a rel="edit" href="/admin/parcel/{one}/edit">{short}</a>' in page
        assert f"<td>{one}</td>" in page, "what is no key, and no UUID to the database, is a text like others"
    assert UUIDS[0] in browser.get("/admin/parcel/export.csv").text
    close(app)


def test_a_key_that_refers_is_shown_by_name_in_front_and_in_the_title(engine_url: str) -> None:
    Base(engine_url).run(
        "CREATE TABLE cook (id integer PRIMARY KEY, name text)",
        "CREATE TABLE dish (code varchar(8) PRIMARY KEY, title text)",
        "CREATE TABLE cooks (cook_id integer REFERENCES cook (id), dish varchar(8) REFERENCES dish (code),"
        " PRIMARY KEY (cook_id, dish))",
        "CREATE TABLE shift (cook_id integer REFERENCES cook (id), no integer, hours integer,"
        " PRIMARY KEY (cook_id, no))",
        "CREATE TABLE meal (id integer PRIMARY KEY, cook_id integer NOT NULL REFERENCES cook (id), seats integer)",
        "CREATE TABLE course (meal_id integer REFERENCES meal (id), no integer, PRIMARY KEY (meal_id, no))",
        "INSERT INTO cook VALUES (7, 'Ann & Co'), (8, NULL)",
        "INSERT INTO meal VALUES (3, 7, 2), (4, 7, 2)",
        "INSERT INTO course VALUES (3, 1), (4, 1)",
        "INSERT INTO dish VALUES ('s', 'Soup')",
        "INSERT INTO cooks VALUES (7, 's'), (8, 's')",
        "INSERT INTO shift VALUES (7, 1, 4)",
    )
    app = create_app(Settings(db=(engine_url,), user=USER, password=PASSWORD))
    browser = Browser(app)
    page = browser.get("/admin/cooks/").text
    assert table_of(page)[1] == [["Ann & Co", "Soup"], ["8", "Soup"]]
    assert '<a rel="edit" href="/admin/cooks/7,s/edit">Ann &amp; Co</a>' in page
    assert "<h1>Cook 7, s · Ann &amp; Co · Soup</h1>" in browser.get("/admin/cooks/7,s").text
    assert table_of(browser.get("/admin/shift/").text)[1] == [["Ann & Co", "1", "4"]]
    # A meal has no name of its own, and many have its cook's: the number tells which it is.
    assert table_of(browser.get("/admin/course/").text)[1] == [["3 (Ann & Co)", "1"], ["4 (Ann & Co)", "1"]]
    assert "<h1>Shift 7, 1 · Ann &amp; Co</h1>" in browser.get("/admin/shift/7,1").text
    close(app)


# -- The search looks into the names that stand in the list's cells -------------------

STAFF = (
    "CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL, boss_id integer REFERENCES person (id))",
    "CREATE TABLE place (region text NOT NULL, no integer NOT NULL, title text, PRIMARY KEY (region, no))",
    "CREATE TABLE job (id integer PRIMARY KEY, person_id integer REFERENCES person (id), region text, place_no integer,"
    " fee numeric(8, 2), FOREIGN KEY (region, place_no) REFERENCES place (region, no))",
    "CREATE TABLE bill (id integer PRIMARY KEY, job_id integer REFERENCES job (id), note text)",
    "INSERT INTO person VALUES (1, 'Ann Berg', NULL), (2, 'Bo 50%', 1), (3, 'Cy_Dahl', 2)",
    "INSERT INTO place VALUES ('n', 1, 'Dock'), ('s', 1, 'Yard')",
    "INSERT INTO job VALUES (1, 1, 'n', 1, 5), (2, 2, 's', 1, 6), (3, NULL, 'n', 1, 7), (4, 3, NULL, NULL, 8)",
    "INSERT INTO bill VALUES (1, 1, 'urgent'), (2, 2, 'berg'), (3, 3, NULL), (4, NULL, 'dock')",
)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("job/?search=berg", ["1"]),
        ("job/?search=ann+dock", ["1"]),  # each word anywhere
        ("job/?search=yard", ["2"]),  # by a key of two parts
        ("job/?search=50%25", ["2"]),
        ("job/?search=y_d", ["4"]),
        ("job/?search=dock", ["1", "3"]),
        ("person/?search=berg", ["1", "2"]),  # who is called so, and whose boss is
        ("bill/?search=berg", ["1", "2"]),  # a bill is called as its job is, which is called as its person is
        ("bill/?search=berg+urgent", ["1"]),
        ("bill/?search=berg&search_in=job_id.person_id~2Ename", ["1"]),
        ("job/?search=berg&search_in=person_id.name&fee__lt=5", []),
        ("job/?search=nobody", []),
    ],
)
def test_a_search_finds_the_names_that_stand_in_the_list(
    engine_url: str, site: Callable[..., Browser], asked: str, keys: list[str]
) -> None:
    Base(engine_url).run(*STAFF)
    browser = site(engine_url)
    assert column(browser, asked, 0) == keys
    answer = browser.get(f"/admin/{asked.replace('/?', '/export.jsonl?')}")
    assert [str(json.loads(line)["id"]) for line in answer.text.splitlines()] == keys


def test_a_search_finds_what_stands_for_a_name_that_is_empty(engine_url: str, site: Callable[..., Browser]) -> None:
    Base(engine_url).run(
        "CREATE TABLE account (id integer PRIMARY KEY, login text UNIQUE, first_name text, last_name text)",
        "CREATE TABLE entry (id integer PRIMARY KEY, account_id integer REFERENCES account (id), note text)",
        "INSERT INTO account VALUES (1, 'ann7', '', ''), (2, 'bo8', 'Bo', 'Berg')",
        "INSERT INTO entry VALUES (1, 1, 'x'), (2, 2, 'y')",
    )
    browser = site(engine_url)
    assert column(browser, "entry/", 1) == ["ann7", "Bo Berg"]
    assert column(browser, "entry/?search=ann7", 0) == ["1"] and column(browser, "entry/?search=bo+berg", 0) == ["2"]


def test_a_search_finds_names_in_a_large_table_by_the_key_s_index(
    engine_url: str, site: Callable[..., Browser]
) -> None:
    series = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30000)"
    Base(engine_url).run(
        "CREATE TABLE shop (id integer PRIMARY KEY, name text)",
        f"INSERT INTO shop {series} SELECT n, 'Shop a' || n FROM n WHERE n <= 1000",
        "CREATE TABLE sale (id integer PRIMARY KEY, shop_id integer REFERENCES shop (id), note text)",
        f"INSERT INTO sale {series} SELECT n, n % 1000 + 1, 'note' FROM n",
        "CREATE INDEX sale_shop ON sale (shop_id)",
        "ANALYZE",
    )
    browser = site(engine_url)
    page = browser.get("/admin/sale/?search=shop+a777").text
    assert len(table_of(page)[1]) == 30
    assert re.search("Searched in: Shop › Name .by index.", page)
    assert re.search(r"<mark>Shop</mark> <mark>a777</mark>", page)
    assert column(browser, "sale/?search=shop+a7777", 0) == []


def test_a_search_tells_nothing_of_rows_that_are_not_for_whoever_asks(shop: Callable[..., Browser]) -> None:
    class Customers(TableView):
        """Those of Norway, by their names."""

        def get_query(self) -> Any:
            """Choose rows."""
            return super().get_query().filter(self.model.country == "Norway")

    browser = shop({"customer": Customers})
    assert column(browser, "orders/?search=ann", 0) == ["1", "4", "5"] and column(browser, "orders/?search=bo", 0) == []
    hidden = shop(tables={"customer": {"hidden_columns": ["name"]}})
    assert column(hidden, "orders/?search=ann", 0) == []
    assert "Customer › Name" not in hidden.get("/admin/orders/?search=ann").text
    assert column(shop(tables={"customer": {"hidden": True}}), "orders/?search=ann", 0) == []


def test_a_view_names_what_is_searched_and_sorted_behind_a_key(shop: Callable[..., Browser]) -> None:
    class Orders(TableView):
        """As Flask-Admin's documents write it."""

        column_searchable_list = ["title", "customer_id.country"]
        column_default_sort = [("customer_id.country", True), ("id", True)]

    browser = shop({"orders": Orders})
    assert column(browser, "orders/", 0) == ["5", "1", "2", "4", "3"]
    assert column(browser, "orders/?search=norway", 0) == ["5", "1"]
    assert column(browser, "orders/?search=ann", 0) == []
    for attribute in ("column_searchable_list", "column_default_sort"):
        kind = type("Orders", (TableView,), {attribute: ["total"], "total": lambda _view, _row: "5"})
        with pytest.raises(SettingsError, match=f"{attribute}: there is no column 'total'"):
            shop({"orders": kind})


def heads(browser: Browser, query: str) -> dict[str, tuple[str, str, str]]:
    """Return, by the headings of a list, where each leads that sorts, its arrow, and what it tells a screen reader."""
    page = browser.get(f"/admin/{query}").text
    found = {}
    for head in re.findall(r"<th\b.*?</th>", page, re.S):
        if not (link := re.search(r'<a href="([^"]*)"[^>]*>([^<]*)', head)):
            continue
        rank, way = re.search(r'data-rank="([^"]*)"', head), re.search(r'aria-sort="([^"]*)"', head)
        sort = html.unescape(link[1]).rpartition("sort=")[2]
        found[html.unescape(link[2])] = (sort, rank[1] if rank else "", way[1] if way else "")
    return found


def test_a_key_is_sorted_by_the_names_that_stand_in_its_cells(shop: Callable[..., Browser]) -> None:
    browser = shop()
    first = heads(browser, "orders/")
    assert first["Customer"] == ("customer_id.name", "", "") and first["Title"] == ("title", "", "")
    assert first["Place no"][0] == "place_no.title" and first["Region"][0] == "region"
    up = heads(browser, "orders/?sort=customer_id.name")
    assert up["Customer"] == ("-customer_id.name", "↑", "ascending")
    assert column(browser, "orders/?sort=customer_id.name", 0) == ["1", "5", "2", "4", "3"]
    assert column(browser, "orders/?sort=-customer_id.name", 0) == ["4", "2", "5", "1", "3"]
    assert heads(browser, "orders/?sort=-customer_id.name")["Customer"][1:] == ("↓", "descending")
    assert heads(browser, "orders/?sort=customer_id")["Customer"] == ("customer_id.name", "↑", "ascending")
    both = heads(browser, "orders/?sort=title,customer_id.name")
    assert (both["Title"], both["Customer"]) == (("-title", "↑1", "ascending"), ("customer_id.name", "↑2", ""))
    editor = browser.get("/admin/orders/filter?at=sort&sort=-customer_id.name").text
    assert '<option value="customer_id.name" selected>Customer › Name</option>' in editor

    class Orders(TableView):
        """A view that says by what its list may be sorted."""

        column_sortable_list = ["title", "customer_id"]

    assert heads(shop({"orders": Orders}), "orders/?sort=title")["Title"][0] == "-title"
    assert 'sort=customer_id"' in shop({"orders": Orders}).get("/admin/orders/").text


def test_names_that_no_index_leads_to_are_neither_searched_nor_sorted_by(
    engine_url: str, site: Callable[..., Browser]
) -> None:
    """Each row of the list would go through all of the other table."""
    Base(engine_url).run(
        "CREATE TABLE raw (code integer, name text)",
        "INSERT INTO raw VALUES (1, 'Ann')",
        "CREATE VIEW seen AS SELECT code, name FROM raw",
        "CREATE TABLE note (id integer PRIMARY KEY, code integer, seen_code integer, text text)",
        "INSERT INTO note VALUES (1, 1, 1, 'x')",
    )
    links = {"note": {"links": {"code": "raw.code", "seen_code": "seen.code"}}}
    browser = site(engine_url, tables=links)
    page = browser.get("/admin/note/?search=ann").text
    assert "Searched in: Text. Numbers" in page and table_of(page)[1] == []
    page = browser.get("/admin/note/").text
    assert ">Ann<" in page and 'sort=code"' in page
    Base(engine_url).run("CREATE UNIQUE INDEX raw_code ON raw (code)")
    assert column(site(engine_url, tables=links), "note/?search=ann", 0) == ["1"]
