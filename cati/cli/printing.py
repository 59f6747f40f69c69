"""`cati questionnaire print`: the questionnaire on paper, as PDF or HTML, for those who sign it off."""

import json
import re
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cati import clock
from cati.cli.files import parts_of, text_of
from cati.errors import Invalid
from cati.questionnaire import loader, moments
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.paper import Printed
from cati.questionnaire.printing import printed

TEMPLATE = Path(__file__).with_name("questionnaire.typ")
_PAGE = "web.author.printed"  # a name, not an import: cati does not know its faces
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_PARIS = ZoneInfo("Europe/Paris")

File = Annotated[Path, typer.Argument(help="Le fichier YAML du questionnaire.")]


def print_questionnaire(
    file: File,
    pdf: Annotated[Path | None, typer.Option(help="Où écrire le PDF.")] = None,
    html: Annotated[Path | None, typer.Option(help="Où écrire la page HTML, d’un seul fichier.")] = None,
    language: Annotated[str, typer.Option(help="Langue des textes lus ; celle du questionnaire sinon.")] = "",
    on: Annotated[
        str | None, typer.Option("--date", help="Date imprimée (AAAA-MM-JJ), aujourd’hui sinon.")
    ] = None,
) -> None:
    """Imprime un questionnaire, avec chaque filtre en toutes lettres : à relire, à signer. Sans --pdf ni --html, le PDF
    est écrit à côté du fichier."""
    questionnaire = loader.load(text_of(file), file.name, parts_of(file))
    _refuse_unknown(questionnaire, language)
    day, paper = _day(on), printed(questionnaire, language)
    if pdf is None and html is None:
        pdf = file.with_suffix(".pdf")
    if pdf is not None:
        pdf.write_bytes(as_pdf(paper, day))
    if html is not None:
        html.write_text(import_module(_PAGE).whole_page(paper, day), encoding="utf-8")
    for written in (pdf, html):
        if written is not None:
            typer.echo(f"{questionnaire.title} ({questionnaire.version})\u00a0: {written}")


def as_pdf(paper: Printed, day: date) -> bytes:
    """The PDF: A4, accessible (PDF/UA), the same bytes for the same questionnaire and day.

    Invalid when a text holds a sign that the typesetter's fonts have not.
    """
    # The typesetter is heavy, and only this command needs it.
    import typst  # noqa: PLC0415

    try:
        written: bytes = typst.compile(
            TEMPLATE,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"questionnaire": json.dumps(fields(paper, day), ensure_ascii=False)},
            pdf_standards=["ua-1"],  # readable by screen readers; the typesetter refuses what would not be
            timestamp=datetime.combine(day, time(12), UTC),
        )
    except typst.TypstError as error:
        unknown = _NO_GLYPH.search(str(error))
        if unknown is None:
            raise
        told = f"aucune police du PDF n’a le signe « {unknown[1]} »\u00a0: l’enlever, ou imprimer avec --html"
        raise Invalid(told) from None
    return written


def fields(paper: Printed, day: date) -> dict[str, Any]:
    """What the template reads, as JSON."""
    return {**asdict(paper), "day": moments.said_date(day.isoformat())}


def _refuse_unknown(questionnaire: Questionnaire, language: str) -> None:
    if language and language not in questionnaire.languages:
        known = ", ".join(questionnaire.languages)
        raise Invalid(f"langue inconnue\u00a0: « {language} » (le questionnaire se dit en {known})")


def _day(given: str | None) -> date:
    if given is None:
        return clock.now().astimezone(_PARIS).date()
    if not moments.is_date(given):
        raise Invalid(f"« {given} » n’est pas une date (AAAA-MM-JJ)")
    return date.fromisoformat(given)
