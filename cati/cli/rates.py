"""`cati rates`: the outcome rates of a wave, at any moment."""

import json
from datetime import datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cati import clock
from cati.cases.rules import AaporClass, label
from cati.cases.rules.rates import EQUAL_TO_ONE, Rate, Share, Tally, WrongNumbers
from cati.cli.connection import as_app
from cati.supervision.views import rates as views
from cati.supervision.views import rates_files as files
from cati.supervision.views.rates import By, Line, Rates, moment
from cati.surveys.views import wave_by_code

_GROUPS = {
    By.WAVE: "Ensemble",
    By.BAILLEUR: "Bailleur",
    By.CELL: "Cellule de quota",
    By.INTERVIEWER: "Télé-enquêteur",
}
_SHOWN = (
    Rate.RR1,
    Rate.RR3,
    Rate.RR5,
    Rate.COOP1,
    Rate.REF1,
    Rate.CON1,
)  #: of each group; the rest is in --json
_MIDNIGHT = time(0)  #: what a day given without its time reads as


def rates(
    wave: Annotated[str, typer.Argument(metavar="EDITION", help="Le code de l’édition.")],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
            help="Ce qu’on savait alors : un jour (le soir venu) ou une heure, à Paris. Par défaut maintenant.",
        ),
    ] = None,
    by: Annotated[
        By, typer.Option(help="Détail par bailleur, cellule de quota ou télé-enquêteur.")
    ] = By.WAVE,
    e: Annotated[
        float,
        typer.Option(min=0, max=1, help="L’autre e : la part éligible des dossiers d’éligibilité inconnue."),
    ] = EQUAL_TO_ONE,
    as_json: Annotated[bool, typer.Option("--json", help="Tout, pour un programme.")] = False,
) -> None:
    """Taux de réponse, de coopération, de refus et de contact (AAPOR), et les résultats dont ils sont faits."""
    with as_app() as db:
        wanted = (
            clock.now() if at is None else moment(at.date(), at.time() if at.time() != _MIDNIGHT else None)
        )
        found = views.rates(db, wave_by_code(db, wave).id, wanted, by)
    if as_json:
        print(json.dumps(files.as_fields(found, e), ensure_ascii=False))
    else:
        _print(found, e)


def _print(found: Rates, given_e: float) -> None:
    console = Console()
    console.print(_outcomes(found.whole))
    console.print(_rates(found.whole.tally, given_e))
    if found.lines:
        console.print(_lines(found))
    if found.whole.unreleased:
        console.print(
            f"{found.whole.unreleased} dossiers non libérés ne comptent dans aucun taux.", highlight=False
        )


def _outcomes(line: Line) -> Table:
    table = Table(title=f"{line.tally.cases} dossiers", title_justify="left")
    for heading in ("AAPOR", "Classe", "Résultat", "Dossiers"):
        table.add_column(heading)
    for counted, cases in files.by_code(line.tally):
        code, group = counted.code(WrongNumbers.UNKNOWN), counted.group(WrongNumbers.UNKNOWN)
        table.add_row(code, group, label(counted.outcome), str(cases))
    return table


def _rates(tally: Tally, given_e: float) -> Table:
    table = Table(title="Taux, par manière de compter les faux numéros et par e", title_justify="left")
    table.add_column("Taux")
    ways = list(files.ways(tally, given_e))
    for way, by, e in ways:
        told = "–" if e is None else f"{e:.3f}".replace(".", ",")
        table.add_column(f"{way.value}, e {'estimé' if by == files.ESTIMATED else 'donné'} = {told}")
    for rate in Rate:
        shares = [_percent(tally.share(rate, way, e)) for way, _, e in ways]
        table.add_row(rate.value, *shares)
    return table


def _lines(found: Rates) -> Table:
    table = Table(
        title="Faux numéros d’éligibilité inconnue, e estimé pour chaque ligne", title_justify="left"
    )
    for heading in (_GROUPS[found.by], "Dossiers", *(group.value for group in AaporClass), *_SHOWN):
        table.add_column(heading)
    way = WrongNumbers.UNKNOWN
    for line in found.lines:
        e, counts = line.tally.estimated_e(way), line.tally.counts(way)
        shares = [_percent(line.tally.share(rate, way, e)) for rate in _SHOWN]
        table.add_row(
            line.label, str(line.tally.cases), *(str(counts[group]) for group in AaporClass), *shares
        )
    return table


def _percent(share: Share) -> str:
    """« 12,3 % », with a star where fewer than thirty cases are behind it; a dash where nothing can be divided."""
    if share.value is None:
        return "–"
    return f"{100 * share.value:.1f}".replace(".", ",") + "\u202f%" + ("*" if share.is_small else "")
