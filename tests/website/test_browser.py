"""The site in a real browser, as a reader meets it: headless Chromium, driven by selenium, over http and from files."""

from __future__ import annotations

import functools
import json
import os
import shutil
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rules import PLACES, rules
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from hostile import MARKUP
from podsec_compile.profiles import select
from podsec_compile.render import Renderer, visible
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.website import generator, pages
from shipped import IDS, SPECS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver.remote.webelement import WebElement

pytestmark = pytest.mark.browser

WIDE, NARROW = (1280, 900), (390, 844)
PICTURES = os.environ.get("SITE_PICTURES")
"""A folder that keeps a picture of each page that is looked at."""
SAMPLE = ("index.html", "profiles.html", "sources.html", *(f"rules/{name}.html" for name in IDS))


class Browser:
    """Chromium, and what it saw since it was asked last."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.requested: set[str] = set()

    def size(self, size: tuple[int, int]) -> None:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == NARROW}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, address: str) -> None:
        self.driver.get("about:blank")  # else an address that differs by its hash alone is no new page
        self.driver.get(address)

    def complaints(self) -> list[str]:
        """What the console holds, errors and warnings alike; not what Chromium remarks about its own focus."""
        found = [one["message"] for one in self.driver.get_log("browser")]
        return [one for one in found if "Autofocus processing was blocked" not in one]

    def hosts(self) -> set[str]:
        """The origins that anything was asked of."""
        events = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return {"/".join(url.split("/")[:3]) for url in asked if not url.startswith(("data:", "about:"))}

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def shown(self) -> list[str]:
        """The rules that the list shows."""
        return [
            one.text for one in self.driver.find_elements(By.CSS_SELECTOR, ".podsec-rules code") if one.is_displayed()
        ]

    def search(self, words: str, address: str) -> WebElement:
        """Type into the search, and give the link that it finds to an address with this part."""
        openers = self.driver.find_elements(By.CSS_SELECTOR, ".md-search__button, .md-header label[for=__search]")
        next(one for one in openers if one.is_displayed()).click()
        root = self.soon(lambda: self.driver.switch_to.active_element.shadow_root)
        self.soon(lambda: root.find_element(By.CSS_SELECTOR, "input")).send_keys(words)
        return self.soon(lambda: root.find_element(By.CSS_SELECTOR, f"a[href*='{address}']"))

    def soon(self, wanted: Callable[[], Any]) -> Any:
        def tried(_: object) -> Any:
            try:
                return wanted()
            except Exception:  # not there yet, in one of selenium's many ways
                return None

        return WebDriverWait(self.driver, 30, 0.05).until(tried)

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            time.sleep(0.4)  # the theme moves things into their places
            self.driver.save_screenshot(f"{PICTURES}/{name}.png")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.fail("Chromium or chromedriver is missing; Debian has both: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options=options, service=Service(driver)) as started:
        yield Browser(started)


def put(files: dict[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generator.render(pages.sources(SPECS, NEWEST_MINOR, Renderer()))
    return put(made, tmp_path_factory.mktemp("site"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module", params=["http", "file"])
def site(folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the site: served, and opened as files."""
    if request.param == "file":
        yield folder.as_uri()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def clean(browser: Browser) -> None:
    """Forget what an earlier test saw."""
    browser.driver.get("about:blank")
    browser.complaints()
    browser.hosts()
    browser.size(WIDE)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_fits_complains_of_nothing_and_asks_no_other_host(
    browser: Browser, site: str, size: tuple[int, int]
) -> None:
    browser.size(size)
    too_wide = {}
    sample = SAMPLE if site.startswith("http") else SAMPLE[::6]
    for path in sample:
        browser.open(f"{site}/{path}")
        width = browser.driver.execute_script("return document.documentElement.scrollWidth")
        if width > size[0]:
            too_wide[path] = width
        if path in (*SAMPLE[:3], "rules/host-ports.html", "rules/env-credential.html"):
            browser.picture(f"{site[:4]}-{size[0]}-{Path(path).stem}")
    assert too_wide == {}
    assert browser.complaints() == []
    assert browser.hosts() == {"/".join(site.split("/")[:3])}
    print(f"\n{len(sample)} pages, {size[0]} px wide, {site[:4]}: no page is wider, console empty")  # shown with -s


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("host-ports", "host-ports"),
        ("No port of the node is taken", "host-ports"),
        ("allowPrivilegeEscalation", "allow-privilege-escalation"),
        ("5.2.10", "capabilities-restricted"),
    ],
)
def test_the_search_finds_a_rule_and_opens_it(
    browser: Browser, site: str, size: tuple[int, int], words: str, rule: str
) -> None:
    browser.size(size)
    browser.open(f"{site}/index.html")
    wanted = browser.search(words, f"/rules/{rule}.html")
    browser.picture(f"{site[:4]}-{size[0]}-search")
    wanted.click()
    browser.soon(lambda: browser.find("h1").text.startswith(rule))
    assert f"/rules/{rule}.html" in browser.driver.current_url
    assert browser.complaints() == []


def test_the_filter_shows_what_fits_and_its_address_can_be_sent(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html")
    assert browser.shown() == list(IDS)
    Select(browser.find("select[name=profile]")).select_by_value("baseline")
    baseline = [spec for spec in SPECS if spec in select(SPECS, "baseline", NEWEST_MINOR)]
    assert browser.shown() == [spec.id for spec in baseline]
    Select(browser.find("select[name=severity]")).select_by_value("critical")
    critical = [spec.id for spec in baseline if spec.rule.severity == "critical"]
    assert browser.shown() == critical
    assert browser.find(".podsec-count").text == f"{len(critical)} of {len(IDS)} rules"
    address = browser.driver.current_url
    browser.open(address)
    assert browser.shown() == critical
    browser.find(".podsec-found button").click()
    browser.soon(lambda: browser.shown() == list(IDS))
    words = browser.find("input[name=words]")
    words.send_keys("HOSTPORT expose")
    assert browser.shown() == ["host-ports"]
    browser.picture(f"{site[:4]}-filter")
    words.send_keys(Keys.ENTER)
    browser.soon(lambda: browser.find("h1").text.startswith("host-ports"))
    assert browser.complaints() == []


@pytest.mark.parametrize(("name", "value"), [("kind", "Service"), ("target", "vap")])
def test_the_filter_knows_objects_and_targets(browser: Browser, site: str, name: str, value: str) -> None:
    browser.open(f"{site}/index.html#{name}={value}")
    offered = Select(browser.find(f"select[name={name}]")).first_selected_option
    assert offered.text == f"{value} ({len(browser.shown())})"


def test_a_filter_that_nothing_fits_says_so(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html#words=zzzz")
    assert browser.shown() == []
    assert browser.find(".podsec-none").is_displayed()


def test_a_tab_shows_what_its_target_gets(browser: Browser, site: str) -> None:
    browser.open(f"{site}/rules/host-ports.html")
    tabs = browser.driver.find_elements(By.CSS_SELECTOR, ".tabbed-labels label")
    blocks = browser.driver.find_elements(By.CSS_SELECTOR, ".tabbed-block")
    (number,) = [number for number, tab in enumerate(tabs) if tab.text == "vap"]
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", tabs[number])
    tabs[number].click()
    browser.soon(lambda: "kind: ValidatingAdmissionPolicy" in blocks[number].text)
    assert [block.is_displayed() for block in blocks] == [one == number for one in range(len(tabs))]
    browser.picture(f"{site[:4]}-tabs")


def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path) -> None:
    texts = [[text if text.strip() else "x"] * len(PLACES) for text in MARKUP]
    specs = rules(tmp_path / "rules", texts)
    made = put(generator.render(pages.sources(specs, NEWEST_MINOR, Renderer(), ("vap",))), tmp_path / "site")
    for spec in specs[::8]:
        browser.open(f"{made.as_uri()}/rules/{spec.id}.html")
        lede = browser.driver.execute_script("return document.querySelector('.podsec-lede').textContent")
        assert lede == visible(spec.rule.title)
    browser.open(f"{made.as_uri()}/index.html")
    titles = browser.driver.execute_script(
        "return [...document.querySelectorAll('.podsec-what')].map(x => x.textContent)"
    )
    assert titles == [visible(spec.rule.title) for spec in specs]
    browser.search("alert", "/rules/")
    assert browser.driver.execute_script("return document.querySelectorAll('[onerror], img').length") == 0
    assert browser.complaints() == []  # an alert would have stopped every later command with an exception
    assert browser.hosts() == {"file://"}
