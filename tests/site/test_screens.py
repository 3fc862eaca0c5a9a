"""How each kind of page looks, compared with pictures in tests/site/screens/.

The pages are those of tests/site/specimen/, with the theme, the style sheet and the scripts of this site, so
that no picture changes with the words of a page. The home page, whose layout is its own, is the real one.
`scripts/screens` takes those anew that no longer fit. They are small: what counts is the layout.
"""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.commands import ROOT, must
from tests.conftest import CHROMIUM_ARGUMENTS
from tests.locks import locked
from tests.servers import serve_directory
from tests.sitecopy import copy_repository, part_of_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SPECIMEN = ROOT / "tests/site/specimen"
STORED = ROOT / "tests/site/screens"
FONTS = STORED / "fonts.conf"
#: Where a picture that does not fit, and what is different in it, can be looked at.
SHOWN = ROOT / "build/screens"
RENEW = bool(os.environ.get("RENEW_SCREENS"))
#: The widths, and what part of its size a picture of each is kept at.
WIDTHS = {1440: 4, 390: 2}
#: Text is drawn a little differently by each version of the browser. A picture fits while no square of this
#: many pixels has more than this share of pixels in which a colour differs by more than this, of 255.
SQUARE, SHARE, COLOUR = 8, 0.2, 40
#: What changes with time.
HIDDEN = ".md-source-file { visibility: hidden !important }"
SAME = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars"]
NAV = [
    {"Home": "index.md"},
    {"Section": ["section/index.md", {"Tabs and code": "section/tabs.md"}]},
    {"Moves": ["moved.md"]},
]


@dataclass(frozen=True)
class Picture:
    """A page, or what opens on it, at a width in one of the two colour schemes."""

    name: str
    address: str
    width: int
    scheme: str = "light"
    opened: str = ""

    @property
    def file(self) -> str:
        """The name of the stored picture."""
        return f"{self.name}-{self.width}-{self.scheme}.webp"


#: The kinds of page. In dark, a drawing and the code could keep the colours of light.
PAGES = {"table": "/section/", "tabs": "/section/tabs/", "moves": "/moved/", "404": "/404.html"}
PICTURES = [
    *(Picture(name, address, width) for name, address in PAGES.items() for width in WIDTHS),
    *(Picture(name, PAGES[name], 390, "dark") for name in ("table", "tabs")),
    *(Picture("search", "/section/", width, opened="search") for width in WIDTHS),
    Picture("menu", "/section/tabs/", 390, opened="menu"),
]
HOME = [Picture("home", "/", width, scheme) for width in WIDTHS for scheme in ("light", "dark")]


def encoded(picture: Image.Image) -> bytes:
    """Return a picture as it is stored."""
    file = io.BytesIO()
    picture.save(file, "webp", quality=20, method=4)
    return file.getvalue()


def decoded(file: bytes) -> Image.Image:
    """Return a stored picture."""
    return Image.open(io.BytesIO(file)).convert("RGB")


def different(old: Image.Image, new: Image.Image) -> Image.Image:
    """Return where two pictures differ: white."""
    size = max(old.width, new.width), max(old.height, new.height)
    whole = [Image.new("RGB", size) for _ in range(2)]
    for canvas, picture in zip(whole, (old, new), strict=True):
        canvas.paste(picture)
    red, green, blue = ImageChops.difference(*whole).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([0] * (COLOUR + 1) + [255] * (255 - COLOUR))


def fits(old: Image.Image, new: Image.Image) -> bool:
    """Return whether two pictures show the same."""
    if old.width != new.width or abs(old.height - new.height) > 2:
        return False
    shares = different(old, new).reduce(SQUARE).getextrema()
    return float(shares[1]) <= SHARE * 255  # type: ignore[arg-type]  # one band: the least and the most


def taken(page: Page, width: int, *, whole: bool = True) -> bytes:
    """Return a picture of the page as it is now: the whole of it, or what the window shows."""
    shot = Image.open(
        io.BytesIO(page.screenshot(full_page=whole, type="jpeg", quality=80, animations="disabled"))
    )
    shot.draft("RGB", (shot.width // WIDTHS[width], shot.height // WIDTHS[width]))  # reads no more than that
    return encoded(shot.convert("RGB"))


def look(page: Page, url: str, picture: Picture) -> bytes:
    """Return what a reader sees."""
    page.set_viewport_size({"width": picture.width, "height": 900})
    page.emulate_media(color_scheme="dark" if picture.scheme == "dark" else "light")
    page.goto(url + picture.address, wait_until="networkidle")
    page.add_style_tag(content=HIDDEN)
    if picture.opened == "search":
        page.locator(
            "header .md-header__button[for=__search]"
        ).click() if picture.width < 1000 else page.keyboard.press("/")
        page.keyboard.type("table")
        expect(page.locator(".md-search-result__item").first).to_be_visible()
    elif picture.opened == "menu":
        page.locator("header label[for=__drawer]").click()
        expect(page.locator(".md-sidebar--primary .md-nav__title >> visible=true").first).to_be_visible()
    return taken(page, picture.width, whole=not picture.opened)


def compare(picture: Picture, new: bytes) -> bool:
    """Return whether a page fits its picture; show what differs, or store the new one when told to."""
    stored = STORED / picture.file
    old = stored.read_bytes() if stored.is_file() else None
    if old == new or (old is not None and fits(decoded(old), decoded(new))):
        return True
    if RENEW:
        stored.write_bytes(new)
        return True
    SHOWN.mkdir(parents=True, exist_ok=True)
    (SHOWN / picture.file).write_bytes(new)
    if old is not None:
        different(decoded(old), decoded(new)).save(SHOWN / picture.file.replace(".webp", "-difference.png"))
    return False


@pytest.fixture(scope="session")
def specimen(shared_path: Path) -> Path:
    """The specimen's pages, built as the site's own are."""
    place = shared_path / "specimen"
    with locked(shared_path / "specimen.lock"):
        if not (done := place / ".git/built").exists():
            shutil.rmtree(place, ignore_errors=True)
            must(build_specimen(place))
            done.touch()
    return place / "site"


def build_specimen(place: Path) -> Any:
    """Put the specimen's pages in place of the site's, and build."""
    copy = copy_repository(place, part_of_specimen)
    own = shutil.ignore_patterns("*.svg", "*.yml")
    shutil.copytree(SPECIMEN, place / "docs", dirs_exist_ok=True, ignore=own)
    shutil.copy(SPECIMEN / "specimen.svg", place / "overrides/.diagrams")
    shutil.copy(SPECIMEN / "redirects.yml", place)
    config = {**yaml.safe_load(copy.read("mkdocs.yml")), "nav": NAV, "site_name": "Specimen", "strict": False}
    copy.write("mkdocs.yml", yaml.safe_dump(config, sort_keys=False))
    return copy.run("mkdocs", "build")


def part_of_specimen(name: Path) -> bool:
    """Return whether a file of the site is its look, and not its content."""
    content = name.parts[0] == "docs" and name.suffix == ".md"
    return part_of_site(name) and not content and name.name != "published-urls.txt"


@pytest.fixture(scope="module")
def plain_browser(browser: Browser, chromium: Path) -> Iterator[Browser]:
    """A browser that draws alike on all machines."""
    if not Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").is_file():
        raise FileNotFoundError("no DejaVu Sans here: scripts/setup-hosts installs it or tells how")
    same: dict[str, Any] = {
        "args": [*CHROMIUM_ARGUMENTS, *SAME],
        "env": {**os.environ, "FONTCONFIG_FILE": str(FONTS)},
    }
    plain = browser.browser_type.launch(executable_path=chromium, **same)
    yield plain
    plain.close()


@pytest.mark.xdist_group("screens")
@pytest.mark.parametrize(
    ("built", "pictures"), [("specimen", PICTURES), ("built_site", HOME)], ids=["pages", "home"]
)
def test_every_kind_of_page_looks_as_in_its_pictures(
    request: pytest.FixtureRequest, plain_browser: Browser, built: str, pictures: list[Picture]
) -> None:
    with (
        serve_directory(request.getfixturevalue(built)) as server,
        plain_browser.new_context(reduced_motion="reduce") as context,
    ):
        page = context.new_page()
        faults = [one.file for one in pictures if not compare(one, look(page, server.url, one))]
    assert faults == [], (
        f"These look different: see them, and what differs, in {SHOWN.relative_to(ROOT)}/. "
        "If they are right, take them anew: scripts/screens"
    )


def test_every_picture_is_compared() -> None:
    left = [
        file for file in STORED.glob("*.webp") if file.name not in {one.file for one in [*PICTURES, *HOME]}
    ]
    if RENEW:
        for file in left:
            file.unlink()
        left = []
    assert left == [], "Nothing is compared with these, and they can go: scripts/screens"


def test_the_comparison_sees_what_a_reader_would(built_site: Path, plain_browser: Browser) -> None:
    """On the overview of the WebSockets API, as on a phone."""
    seen = [
        ".eyebrow .beta { visibility: hidden }",
        ".md-content__button { visibility: hidden }",
        ".md-code__button { visibility: hidden }",
        ".md-typeset table:not([class]) { display: table; width: 30rem }",
        ".md-typeset .tabbed-labels { flex-direction: column }",
        ".drawing .name { font-size: 22px !important }",
        ".drawing .main { fill: black !important }",
        ".md-footer__inner { display: none !important }",
    ]
    unseen = ["article h1 { color: color-mix(in srgb, var(--ink) 90%, transparent) !important }"]
    with serve_directory(built_site) as server, plain_browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto(f"{server.url}/ai-gateway/websockets-api/", wait_until="networkidle")
        before = decoded(taken(page, 390))
        for style in [*seen, *unseen]:
            tag = page.add_style_tag(content=style)
            assert fits(before, decoded(taken(page, 390))) is (style in unseen), style
            tag.evaluate("tag => tag.remove()")
        assert fits(before, decoded(taken(page, 390)))
