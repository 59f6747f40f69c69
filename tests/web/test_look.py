"""The look: contrast of the colours in both themes, and the rules of the style sheets."""

import re
from itertools import product

import pytest

from web.assets import STATIC
from web.pages import TEMPLATES

SHEETS = sorted((STATIC / "css").glob("*.css"))
TOKENS = dict(
    re.findall(
        r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\)", (STATIC / "css/tokens.css").read_text()
    )
)
TEXT, CONTROL = 4.5, 3.0  # WCAG 2.2 AA: 1.4.3 and 1.4.11

GROUNDS = ("surface", "paper", "read-aloud", "hover", "chosen")
WRITTEN = ("ink", "ink-soft", "instruction", "focus", "alert", "warn", "ok")
PAIRS = [
    *((ink, ground, TEXT) for ink, ground in product(WRITTEN, GROUNDS)),
    *(("on-strong", ground, TEXT) for ground in ("focus", "alert")),  # buttons
    ("line", "surface", CONTROL),  # the border that shows where a field is
    ("line", "paper", CONTROL),
]


def colour(token: str, theme: int) -> str:
    return TOKENS[token].split(", ")[theme]


def luminance(hexadecimal: str) -> float:
    channels = [int(hexadecimal[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_everything_written_can_be_read(ink: str, ground: str, least: float, theme: int) -> None:
    assert contrast(colour(ink, theme), colour(ground, theme)) >= least


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_style_sheet_needs_no_force_and_no_colour_of_its_own(sheet) -> None:  # type: ignore[no-untyped-def]
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
    assert "!important" not in text
    assert not re.search(r"(?:^|[\s,>+~])#[a-z][\w-]*\s*[{,]", text), "no ids"
    if sheet.name not in {"tokens.css", "print.css"}:
        assert not re.search(r"#[0-9a-f]{3,8}\b", text)


def test_the_style_sheets_stay_small() -> None:
    assert sum(sheet.stat().st_size for sheet in SHEETS) <= 40_000


def test_every_style_sheet_is_linked() -> None:
    layout = (TEMPLATES / "layout.html").read_text()
    assert all(f'"{sheet.stem}"' in layout or f"css/{sheet.name}" in layout for sheet in SHEETS)


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_runs_under_the_security_policy(template) -> None:  # type: ignore[no-untyped-def]
    """No script or style inside the page, no expression in an attribute."""
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|\sjavascript:|[\"']js:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
