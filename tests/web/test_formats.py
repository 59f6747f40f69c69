"""French typography of dates, figures and punctuation."""

from datetime import UTC, date, datetime, timedelta

import pytest

from web import formats
from web.pages import TEMPLATES, _environment
from web.typography import bound

EVENING = datetime(2026, 11, 24, 17, 40, tzinfo=UTC)


def plain(text: str) -> str:
    """With U+00A0 as _ and U+202F as ~, which can be seen."""
    return text.replace("\u00a0", "_").replace("\u202f", "~")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.moment(EVENING), "mardi 24_novembre, 18_h_40"),
        (formats.moment(EVENING, "Indian/Reunion"), "mardi 24_novembre, 21_h_40"),
        (formats.day(date(2026, 12, 1)), "mardi 1er_décembre"),
        (formats.full_day(EVENING), "mardi 24_novembre 2026"),
        (
            formats.day(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)),
            "mercredi 25_novembre",
        ),  # already tomorrow in Paris
        (formats.clock(datetime(2026, 11, 24, 8, 0, tzinfo=UTC)), "9_h"),
        (formats.clock(datetime(2026, 7, 1, 7, 5, tzinfo=UTC)), "9_h_05"),  # summer time
        (formats.duration(timedelta(seconds=45)), "45_s"),
        (formats.duration(252), "4_min_12_s"),
        (formats.duration(240), "4_min"),
        (formats.duration(timedelta(hours=1, minutes=5)), "1_h_05"),
        (formats.duration(timedelta(hours=-1)), "0_s"),
        (formats.number(38000), "38~000"),
        (formats.number(1234567.89, 1), "1~234~567,9"),
        (formats.number(-3), "−3"),
        (formats.percent(81, 100), "81~%"),
        (formats.percent(1, 3, 1), "33,3~%"),
        (formats.percent(0, 0), "–"),
        (formats.phone("+33639981234"), "06_39_98_12_34"),
        (formats.quoted("oui"), "«_oui_»"),
    ],
)
def test_what_is_written_reads_as_the_french_write_it(written: str, expected: str) -> None:
    assert plain(written) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Vraiment ? Oui ! Bon ; fin : voilà", "Vraiment~? Oui~! Bon~; fin_: voilà"),
        ("dit « oui ».", "dit «_oui_»."),
        ("<dt>Nom :</dt>", "<dt>Nom_:</dt>"),
        ("Sûr ?</p>", "Sûr~?</p>"),
        (
            '<a href="/x?a=1">x</a> <!-- note -->',
            '<a href="/x?a=1">x</a> <!-- note -->',
        ),  # markup stays as it is
        ("hx-vals='{\"a\" : 1}'", "hx-vals='{\"a\" : 1}'"),
    ],
)
def test_punctuation_is_bound_to_its_word(typed: str, expected: str) -> None:
    assert plain(bound(typed)) == expected


def test_templates_are_bound_where_they_are_text_and_nowhere_else() -> None:
    template = _environment().from_string("{{ {'a' : 1}['a'] }} : {% if 1 %}« {{ x }} »{% endif %} ?")
    assert plain(template.render(x="a ?")) == "1_: «_a ?_»~?"


def test_every_template_compiles() -> None:
    names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")]
    assert [name for name in names if _environment().get_template(name).name != name] == []
