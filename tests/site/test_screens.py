"""How every page looks, small and wide, in light and in dark: compared with pictures in tests/site/screens/.

`scripts/screens` takes those anew that no longer fit. They are small: what counts is the layout.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops

from tests.commands import ROOT
from tests.conftest import CHROMIUM_ARGUMENTS
from tests.servers import serve_directory
from tests.site.test_accessibility import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

STORED = ROOT / "tests/site/screens"
FONTS = STORED / "fonts.conf"
#: Where a picture that does not fit, and what is different in it, can be looked at.
SHOWN = ROOT / "build/screens"
RENEW = bool(os.environ.get("RENEW_SCREENS"))
#: The widths, and what part of its size a picture of each is kept at.
WIDTHS = {1440: 4, 390: 2}
SCHEMES = ("light", "dark")
#: Text is drawn a little differently by each version of the browser. A picture fits while no square of this
#: many pixels has more than this share of pixels in which a colour differs by more than this, of 255.
SQUARE, SHARE, COLOUR = 8, 0.2, 40
#: What changes with time.
HIDDEN = ".md-source-file { visibility: hidden !important }"
SAME = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars"]


def name(address: str, width: int, scheme: str) -> str:
    """The name of a picture."""
    return f"{address.removesuffix('.html').strip('/').replace('/', '.') or 'home'}-{width}-{scheme}.webp"


def encoded(picture: Image.Image) -> bytes:
    """A picture as it is stored."""
    file = io.BytesIO()
    picture.save(file, "webp", quality=20, method=4)
    return file.getvalue()


def decoded(file: bytes) -> Image.Image:
    """A stored picture."""
    return Image.open(io.BytesIO(file)).convert("RGB")


def different(old: Image.Image, new: Image.Image) -> Image.Image:
    """Where two pictures differ: white."""
    size = max(old.width, new.width), max(old.height, new.height)
    whole = [Image.new("RGB", size) for _ in range(2)]
    for canvas, picture in zip(whole, (old, new), strict=True):
        canvas.paste(picture)
    red, green, blue = ImageChops.difference(*whole).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([0] * (COLOUR + 1) + [255] * (255 - COLOUR))


def fits(old: Image.Image, new: Image.Image) -> bool:
    """Whether two pictures show the same."""
    if old.width != new.width or abs(old.height - new.height) > 2:
        return False
    shares = different(old, new).reduce(SQUARE).getextrema()
    return float(shares[1]) <= SHARE * 255  # type: ignore[arg-type]  # one band: the least and the most


def taken(page: Page, width: int) -> bytes:
    """A picture of the whole page as it is now."""
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True, type="jpeg", quality=80)))
    shot.draft("RGB", (shot.width // WIDTHS[width], shot.height // WIDTHS[width]))  # reads no more than that
    return encoded(shot.convert("RGB"))


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


@pytest.mark.parametrize(
    "half", [pytest.param(number, marks=pytest.mark.xdist_group(f"screens-{number}")) for number in range(2)]
)
def test_every_page_looks_as_in_its_pictures(built_site: Path, plain_browser: Browser, half: int) -> None:
    faults = []
    with serve_directory(built_site) as server, plain_browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        for address in addresses(built_site)[half::2]:
            page.goto(server.url + address, wait_until="networkidle")
            page.add_style_tag(content=HIDDEN)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                    page.wait_for_selector(
                        f"body[data-md-color-scheme={'slate' if scheme == 'dark' else 'default'}]"
                    )
                    picture = name(address, width, scheme)
                    if not compare(picture, taken(page, width)):
                        faults.append(picture)
    assert faults == [], (
        f"These look different: see them, and what differs, in {SHOWN.relative_to(ROOT)}/. "
        "If they are right, take them anew: scripts/screens"
    )


def compare(picture: str, new: bytes) -> bool:
    """Whether a page still fits its picture; shows what differs, or takes the new one when told to."""
    stored = STORED / picture
    old = stored.read_bytes() if stored.is_file() else None
    if old == new or (old is not None and fits(decoded(old), decoded(new))):
        return True
    if RENEW:
        stored.write_bytes(new)
        return True
    SHOWN.mkdir(parents=True, exist_ok=True)
    (SHOWN / picture).write_bytes(new)
    if old is not None:
        different(decoded(old), decoded(new)).save(SHOWN / picture.replace(".webp", "-difference.png"))
    return False


def test_every_picture_is_of_a_page(built_site: Path) -> None:
    pages = {
        name(address, width, scheme)
        for address in addresses(built_site)
        for width in WIDTHS
        for scheme in SCHEMES
    }
    left = [file for file in STORED.glob("*.webp") if file.name not in pages]
    if RENEW:
        for file in left:
            file.unlink()
        left = []
    assert left == [], "These pages are gone, and their pictures can go: scripts/screens"


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
