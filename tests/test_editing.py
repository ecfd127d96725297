"""Changing rows without leaving their page, in Chromium: cells, dialogs, new targets, chips and peeks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import test_browser
from test_browser import FOCUS, LOOK, Desk, Desks, Keys, Site, box, findings

axe, chromium, desks, script, site = (
    test_browser.axe, test_browser.chromium, test_browser.desks, test_browser.script, test_browser.site,
)  # fmt: skip
TABLES = """
CREATE TABLE tag (id integer PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE customer_tag (customer_id integer NOT NULL REFERENCES customer (id),
  tag_id integer NOT NULL REFERENCES tag (id), PRIMARY KEY (customer_id, tag_id));
CREATE TABLE measure (id integer PRIMARY KEY, "Größe (m)" varchar(20), note text);
"""
LINKS = (
    "DELETE FROM customer_tag",
    "DELETE FROM tag",
    "INSERT INTO tag VALUES (1, 'Regular'), (2, 'Wholesale'), (3, 'Late payer')",
    "INSERT INTO customer_tag VALUES (3, 1), (3, 2)",
)
COPY = """() => {
  const data = new DataTransfer(), table = document.querySelector("table[data-rows]");
  getSelection().selectAllChildren(table);
  table.dispatchEvent(new ClipboardEvent("copy", {clipboardData: data, bubbles: true, cancelable: true}));
  getSelection().removeAllRanges();
  return [data.getData("text/plain"), data.getData("text/html")];
}"""
PASTE = """(cell, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  cell.tabIndex = -1;
  cell.focus();
  cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module", autouse=True)
def more_tables() -> Iterator[None]:
    """Let the site have a table of keys between customers and tags, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_browser, "SCHEMA", test_browser.SCHEMA + TABLES)
        yield


@pytest.fixture
def linked(site: Site) -> Site:
    """The site, with tags of its own."""
    with closing(site.database.connect()) as connection:
        for statement in LINKS:
            connection.cursor().execute(statement)
        connection.commit()
    return site


def cell(page: Page, row: int, column: int) -> Any:
    return page.locator("main tbody tr").nth(row).locator("td").nth(column)


def over(page: Page) -> Any:
    return page.locator(".over form")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.value"))


# -- Cells -------------------------------------------------------------------------


def test_a_cell_is_changed_where_it_stands(desks: Desks, site: Site) -> None:
    page = desks().open("customer/?search=Person+0040")
    address = page.url
    cell(page, 0, 3).dblclick()
    expect(over(page)).to_be_visible()
    page.keyboard.type("Zagreb")
    page.keyboard.press("Enter")
    expect(over(page)).to_have_count(0)
    expect(cell(page, 0, 3)).to_have_text("Zagreb")
    expect(page.get_by_role("status").filter(has_text=re.compile(r"Saved .+: City\."))).to_be_visible()
    assert focused(page) == "Zagreb" and page.url == address
    assert site.database.one("SELECT city FROM customer WHERE id = 40") == "Zagreb"


def test_cells_by_keyboard_alone(desks: Desks, site: Site) -> None:
    page = desks().open("customer/?search=Person+0041")
    keys = Keys(page)
    keys.to("main tbody a[rel=edit]")
    keys.press("ArrowRight", "ArrowRight", "ArrowRight")
    assert page.evaluate(FOCUS)["visible"] and page.evaluate("document.activeElement.cellIndex") == 3
    keys.press("F2")
    expect(over(page)).to_be_visible()
    keys.type("Split")
    keys.press("Escape")
    expect(over(page)).to_have_count(0)
    assert page.evaluate("document.activeElement.cellIndex") == 3
    assert site.database.one("SELECT city FROM customer WHERE id = 41") != "Split"
    keys.press("F2")
    expect(over(page)).to_be_visible()
    keys.type("Split")
    keys.press("Tab")  # saves, and goes on
    expect(cell(page, 0, 3)).to_have_text("Split")
    assert page.evaluate("document.activeElement.cellIndex") == 4
    keys.press("Enter")
    expect(over(page)).to_be_visible()
    keys.type("Saved at once")
    keys.press("Control+s")
    expect(cell(page, 0, 4)).to_have_text("Saved at once")


def test_texts_of_several_lines_are_copied_and_pasted_whole(desks: Desks, site: Site) -> None:
    with closing(site.database.connect()) as connection:
        lines = "(1, '1', 'One\ntwo \"three\"'), (2, '2', '\"four\"'), (3, '3', 'a\tb  c')"
        connection.cursor().execute(f"INSERT INTO measure VALUES {lines}")
        connection.commit()
    page = desks().open("measure/?sort=id")
    plain, html = page.evaluate(COPY)
    shown = '1\t1\t"One\ntwo ""three"""\n2\t2\t"""four"""\n3\t3\t"a\tb  c"'
    assert plain == f"ID\tGröße (m)\tNote\n{shown}"
    assert '<td>One<br style="mso-data-placement:same-cell">two "three"</td>' in html
    cell(page, 1, 1).evaluate(PASTE, '2.5\t"Five\r\nsix ""7"""\r\n3,\tsay "eight"\r\n')
    page.get_by_role("button", name="Change 2 records").click()
    expect(page.get_by_role("status").first).to_contain_text("2 records")
    found = [site.database.one(f'SELECT "Größe (m)", note FROM measure WHERE id = {n}') for n in (2, 3)]
    assert found == [("2.5", 'Five\nsix "7"'), ("3,", 'say "eight"')]


def test_a_cell_of_a_foreign_key_and_one_that_is_wrong(desks: Desks, site: Site) -> None:
    page = desks().open("purchase/?id=140")
    cell(page, 0, 1).click(button="right")
    page.keyboard.press("Escape")
    cell(page, 0, 1).evaluate("td => { td.tabIndex = -1; td.focus(); }")
    page.keyboard.press("F2")
    expect(over(page).get_by_role("combobox")).to_be_focused()
    page.keyboard.type("Person 0200")
    page.get_by_role("option").first.click()
    page.keyboard.press("Enter")
    expect(cell(page, 0, 1)).to_have_text("Person 0200")
    assert site.database.one("SELECT customer_id FROM purchase WHERE id = 140") == 200
    total = cell(page, 0, 4)
    total.dblclick()
    expect(over(page)).to_be_visible()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(over(page).locator(".problem")).to_be_visible()
    expect(over(page).locator("[name=total]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(total).to_have_text("140.50")


def test_a_cell_that_someone_else_changed(desks: Desks, site: Site) -> None:
    page = desks().open("customer/?search=Person+0042")
    cell(page, 0, 3).dblclick()
    expect(over(page)).to_be_visible()
    with closing(site.database.connect()) as connection:
        connection.cursor().execute("UPDATE customer SET city = 'Theirs' WHERE id = 42")
        connection.commit()
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(over(page).locator(".theirs")).to_contain_text("Theirs")
    expect(box(page, "city")).to_have_value("Mine")
    page.keyboard.press("Enter")
    expect(cell(page, 0, 3)).to_have_text("Mine")


def test_a_click_opens_the_record_beside_the_list(desks: Desks) -> None:
    page = desks().open("customer/?sort=id")
    cell(page, 4, 3).click()
    panel, row = page.locator(".panel"), page.locator("tr[aria-current]")
    expect(panel.locator("h2").first).to_have_text("Person 0005")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_contain_text("5")
    page.keyboard.press("j")
    expect(panel.locator("h2").first).to_have_text("Person 0006")
    expect(row.locator("td").first).to_contain_text("6")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(row).to_have_count(0)
    cell(page, 4, 3).click()
    expect(panel).to_have_count(1)
    page.keyboard.press("e")
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("Person 0005")


def test_a_click_on_a_phone_opens_the_record(desks: Desks) -> None:
    page = desks(viewport={"width": 390, "height": 844}).open("customer/?search=Person+0043")
    cell(page, 0, 2).click()
    page.wait_for_url("**/customer/43/edit")


# -- Dialogs -----------------------------------------------------------------------


def related(page: Page, label: str) -> Any:
    return page.locator("section.related").filter(has=page.get_by_role("heading", name=label, exact=True))


def test_children_are_changed_under_their_parent(desks: Desks, site: Site) -> None:
    page = desks().open("purchase/150")
    lines = related(page, "Purchase line")
    lines.get_by_role("link", name="edit 2").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=amount]").fill("0")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".problem").first).to_be_visible()
    dialog.locator("[name=amount]").fill("7")
    page.keyboard.press("Control+s")
    expect(dialog).to_have_count(0)
    expect(lines.locator("tbody tr").nth(1)).to_contain_text("7")
    assert focused(page).startswith("edit")
    lines.get_by_role("link", name="Add to Purchase line").click()
    expect(dialog.locator("[name=purchase_id]")).to_have_value("150")
    dialog.locator("[name=position]").fill("9")
    page.keyboard.press("Escape")  # what was typed is only left by its button
    expect(dialog).to_have_count(1)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    lines.get_by_role("link", name="Add to Purchase line").click()
    for column, text in (("position", "9"), ("article", "by dialog"), ("amount", "1")):
        dialog.locator(f"[name={column}]").fill(text)
    page.keyboard.press("Enter")
    expect(lines.locator("tbody tr")).to_have_count(4)
    assert site.database.one("SELECT amount FROM purchase_line WHERE purchase_id = 150 AND position = 2") == 7


def test_a_missing_target_is_made_beside_its_picker(desks: Desks, site: Site) -> None:
    page = desks().open("purchase/160/edit")
    page.get_by_role("link", name="New Customer for customer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Made on the spot")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("combobox").first).to_have_value("Made on the spot")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/purchase/")
    made = site.database.one("SELECT c.name FROM purchase p JOIN customer c ON c.id = p.customer_id WHERE p.id = 160")
    assert made == "Made on the spot"


def test_without_script_all_of_it_is_links_and_forms(desks: Desks, linked: Site) -> None:
    desk = desks(java_script_enabled=False)
    page = desk.open("customer/3")
    tags = related(page, "Tag")
    tags.get_by_label("Add to Tag").fill("3")
    tags.get_by_role("button", name="Add to Tag").click()
    expect(tags.locator(".chip")).to_have_count(3)
    tags.get_by_role("button", name="Remove Regular").click()
    expect(tags.locator(".chip")).to_have_text(["Late payer×", "Wholesale×"])
    related(page, "Purchase").filter(has_text="by customer").get_by_role("link", name="edit").first.click()
    box(page, "remark").fill("without script")
    desk.follow(page.get_by_role("button", name="Save", exact=True))
    assert "/customer/3?related=" in page.url
    assert page.locator("h1").inner_text() == test_browser.MARKUP


# -- Peeks -------------------------------------------------------------------------


def test_a_peek_at_a_foreign_key(desks: Desks) -> None:
    page = desks().open("purchase/?id__lt=10")
    link = cell(page, 2, 1).locator("a")
    peek = page.get_by_role("tooltip")
    link.hover()
    expect(peek).to_contain_text("c3@example.org")
    assert test_browser.MARKUP in peek.inner_text()
    peek.hover()
    page.wait_for_timeout(500)
    expect(peek).to_be_visible()
    page.keyboard.press("Escape")
    expect(peek).to_have_count(0)
    page.mouse.move(1, 1)
    cell(page, 1, 1).locator("a").focus()
    expect(peek).to_contain_text("Person 0002")
    page.keyboard.press("Tab")
    expect(peek.filter(has_text="Person 0002")).to_have_count(0)


# -- What axe and a phone see ------------------------------------------------------


def over_a_cell(desk: Desk) -> None:
    page = desk.open("customer/?search=Person+0044")
    cell(page, 0, 3).dblclick()
    expect(over(page)).to_be_visible()


def over_a_wrong_cell(desk: Desk) -> None:
    page = desk.open("purchase/?id=145")
    cell(page, 0, 4).dblclick()
    expect(over(page)).to_be_visible()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(over(page).locator(".problem")).to_be_visible()


def in_a_dialog(desk: Desk) -> None:
    page = desk.open("customer/3")
    related(page, "Purchase").filter(has_text="by customer").get_by_role("link", name="edit").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def peeking(desk: Desk) -> None:
    page = desk.open("purchase/?id__lt=10")
    cell(page, 2, 1).locator("a").focus()
    expect(page.get_by_role("tooltip")).to_be_visible()


VISITS: dict[str, Callable[[Desk], Any]] = {
    "record": lambda desk: desk.open("customer/3"),
    "copy": lambda desk: desk.open("purchase/new?like=12"),
    "cell": over_a_cell,
    "wrong-cell": over_a_wrong_cell,
    "dialog": in_a_dialog,
    "peek": peeking,
}


@pytest.mark.parametrize(("site", "scheme"), (("sqlite", "light"), ("postgresql", "dark")), indirect=["site"])
def test_axe_finds_nothing_serious_in_parts(desks: Desks, axe: str, linked: Site, scheme: str) -> None:
    desk, found = desks(color_scheme=scheme), {}
    for title, visit in VISITS.items():
        visit(desk)
        found[title] = findings(desk.page, axe)
    assert {title: one for title, one in found.items() if one} == {}


def test_parts_fit_a_phone(desks: Desks, linked: Site) -> None:
    desk = desks(viewport={"width": 360, "height": 740})
    for title, visit in VISITS.items():
        visit(desk)
        look = desk.page.evaluate(LOOK)
        assert look["sideways"] <= 0 and look["heads"] == 1, title
        if title in ("cell", "wrong-cell", "peek"):
            place = desk.page.locator(".over, .peek").bounding_box()
            assert place and place["x"] >= 0 and place["x"] + place["width"] <= 360, title


# -- The panel beside a list, and a form's fields ----------------------------------


def test_a_record_beside_the_list_by_keyboard(desks: Desks, site: Site) -> None:
    page = desks().open("customer/?sort=id&id__gte=40&id__lte=49")
    panel = page.locator(".panel")
    keys = Keys(page)
    keys.to("main tbody a[rel=edit]")
    keys.press("Space")
    expect(panel.get_by_role("heading")).to_have_text("Person 0040")
    expect(page.locator("main tbody tr").nth(3)).to_be_visible()  # the list stays
    assert page.evaluate(FOCUS)["visible"]
    keys.press("j")
    expect(panel.get_by_role("heading")).to_have_text("Person 0041")
    assert page.url.endswith("#record=41")
    page.reload()  # the address can be shared
    expect(panel.get_by_role("heading")).to_have_text("Person 0041")
    panel.get_by_role("link", name="Edit").click()
    page.get_by_role("dialog").locator("[name=city]").fill("Beside")
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
    assert site.database.one("SELECT city FROM customer WHERE id = 41") == "Beside"
    expect(panel).to_contain_text("Beside")
    page.keyboard.press("k")
    expect(panel.get_by_role("heading")).to_have_text("Person 0040")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert "#" not in page.url and focused(page) == "40"


def test_the_panel_opens_by_mouse_and_axe_finds_nothing(desks: Desks, axe: str) -> None:
    page = desks().open("customer/?sort=id&id__gte=40&id__lte=49")
    cell(page, 2, 2).hover()
    page.get_by_role("button", name="Show beside the list").click()
    expect(page.locator(".panel").get_by_role("heading")).to_have_text("Person 0042")
    assert findings(page, axe) == []


def test_a_changed_field_is_marked_and_can_be_reset(desks: Desks) -> None:
    page = desks().open("customer/82/edit")
    city = box(page, "city")
    before = city.input_value()
    city.fill("Elsewhere")
    expect(page.locator(".field.changed")).to_have_count(1)
    page.get_by_role("button", name=re.compile("Reset City")).click()
    expect(page.locator(".field.changed")).to_have_count(0)
    assert city.input_value() == before and focused(page) == before
    expect(page.get_by_role("button", name=re.compile("^Reset"))).to_have_count(0)
