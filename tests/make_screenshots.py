"""Takes the README's pictures of sample.db: python tests/make_screenshots.py (needs Debian's chromium)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from outside import running

TOP = Path(__file__).parent.parent
PICTURES = TOP / "tests" / "screenshots"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
VIEWS = (  # (name, address, width, height, colours)
    ("list", "orders/?status=shipped&placed_at__this=year&sort=-placed_at", 1280, 720, "light"),
    ("glance", "orders/glance", 1180, 760, "light"),
    ("form", "coffee/1/edit", 1180, 680, "dark"),
    ("phone", "customer/", 390, 760, "light"),
)


def take(browser: Browser, home: str) -> None:
    """Sign in for each view, and write its picture."""
    for name, path, width, height, colours in VIEWS:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=colours)  # type: ignore[arg-type]
        page.goto(f"{home}sign-in")
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password").fill("for the pictures")
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{home}{path}")
        page.screenshot(path=PICTURES / f"{name}.png")
        page.close()


def main() -> None:
    """Serve sample.db, and take every picture."""
    PICTURES.mkdir(exist_ok=True)
    command = [sys.executable, str(TOP / "flaskadmin.py"), "--db", str(TOP / "sample.db"), "--port", "0"]
    command += ["--state", "none"]
    environment = {**os.environ, "FLASKADMIN_USER": "anna", "FLASKADMIN_PASSWORD": "for the pictures"}
    environment["FLASKADMIN_TITLE"] = "Driftwood Coffee"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    with running(process) as server, sync_playwright() as playwright:
        home = server.wait_for(r"http://\S+/admin/")[0]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        take(browser, home)
        browser.close()


if __name__ == "__main__":
    main()
