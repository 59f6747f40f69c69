"""Outcome rates: how many of the households called were reached, refused and answered, at any date."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, field_validator

from cati.cases.rules import AaporClass
from cati.cases.rules.rates import EQUAL_TO_ONE, FORMULAS, SMALL, Rate, WrongNumbers
from cati.errors import NotAllowed, NotFound
from cati.people.rules import Role
from cati.supervision.views import figures, rates_files
from cati.supervision.views.figures import WaveFigures
from cati.supervision.views.rates import By, Line, Rates, moment, rates, waves_of
from web.deps import Db, Now, SupervisorOrAnalyst
from web.forms import Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi/taux")


class Method(StrEnum):
    """How the share of the eligible among the unknown is known."""

    ESTIMATED = "estime"
    GIVEN = "donne"


class Choice(BaseModel):
    """What is looked at; a field left out or blank takes the usual: the newest wave, whole, now."""

    edition: str = ""
    par: By = By.WAVE
    jour: date | None = None
    heure: time | None = None
    e: float = Field(EQUAL_TO_ONE, ge=0, le=1)
    methode: Method = Method.ESTIMATED
    faux: WrongNumbers = WrongNumbers.UNKNOWN

    @field_validator("e", mode="before")
    @classmethod
    def _with_a_comma(cls, value: object) -> object:
        return value.replace(",", ".") if isinstance(value, str) else value

    def at(self, now: datetime) -> datetime:
        """The moment looked at: never later than now."""
        return now if self.jour is None else min(moment(self.jour, self.heure), now)


class FileChoice(Choice):
    """The same, and in which form it is taken along."""

    forme: str = Field("taux", pattern="^(taux|resultats|json)$")


@router.get("")
def show(request: Request, me: SupervisorOrAnalyst, db: Db, now: Now) -> Response:
    """The rates of a wave, and the table of outcomes they are made of."""
    waves = _waves(db, me, now)
    if not waves:
        return page(request, "supervisor/rates_none.html")
    choice = read(Choice, request.query_params)
    if isinstance(choice, Refused):
        found = _found(db, me, waves, Choice(), now)
        return _page(request, me, waves, Choice(), found, status=422, errors=choice.errors)
    return _page(request, me, waves, choice, _found(db, me, waves, choice, now))


@router.get("/fichier")
def download(request: Request, me: SupervisorOrAnalyst, db: Db, now: Now) -> Response:
    """The same as a file: two tables for a spreadsheet, or JSON."""
    choice = read(FileChoice, request.query_params)
    waves = _waves(db, me, now)
    if isinstance(choice, Refused) or not waves:
        raise NotFound
    found = _found(db, me, waves, choice, now)
    name = f"{choice.forme}-{found.code}-{found.at:%Y-%m-%d-%H%M}"
    if choice.forme == "json":
        attached = {"Content-Disposition": f'attachment; filename="taux-{found.code}.json"'}
        return JSONResponse(rates_files.as_fields(found, choice.e), headers=attached)
    content = _TABLES[choice.forme](found, choice.e)
    attached = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=attached)


_TABLES: dict[str, Callable[[Rates, float], bytes]] = {
    "taux": rates_files.rates_csv,
    "resultats": lambda found, e: rates_files.outcomes_csv(found),
}


def _waves(db: Db, me: SupervisorOrAnalyst, now: datetime) -> list[WaveFigures]:
    """Every wave for a supervisor, those he works on for an analyst; the newest first."""
    return figures.waves(db) if me.role is Role.SUPERVISOR else waves_of(db, me.id, now)


def _found(
    db: Db, me: SupervisorOrAnalyst, waves: Sequence[WaveFigures], choice: Choice, now: datetime
) -> Rates:
    named = next((wave for wave in waves if wave.code == choice.edition), None)
    if choice.edition and named is None:
        raise NotFound(wave=choice.edition)
    if not _may_read(me, choice.par):
        raise NotAllowed(role=me.role.value)
    return rates(db, (named or waves[0]).id, choice.at(now), choice.par)


def _page(
    request: Request,
    me: SupervisorOrAnalyst,
    waves: Sequence[WaveFigures],
    choice: Choice,
    found: Rates,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
) -> Response:
    whole = found.whole.tally
    return page(
        request,
        "supervisor/rates.html",
        status=status,
        waves=waves,
        choice=choice,
        groups={by: told for by, told in _GROUPS.items() if _may_read(me, by)},
        found=found,
        whole_day=choice.jour is not None and choice.heure is None and found.at == moment(choice.jour),
        ways=list(rates_files.ways(whole, choice.e)),
        outcomes=[rates_files.outcome_fields(*each) for each in rates_files.by_code(whole)],
        lines=_lines(choice, found),
        query=request.url.query,
        errors=errors or {},
        **_WORDS,
    )


def _may_read(me: SupervisorOrAnalyst, by: By) -> bool:
    """Who works how well is between an interviewer and his supervisors: no analyst reads it."""
    return by is not By.INTERVIEWER or me.role is Role.SUPERVISOR


def _lines(choice: Choice, found: Rates) -> list[tuple[Line, Mapping[AaporClass, int], float | None]]:
    return [
        (line, line.tally.counts(choice.faux), _e(choice, line.tally.estimated_e(choice.faux)))
        for line in found.lines
    ]


def _e(choice: Choice, estimated: float | None) -> float | None:
    return estimated if choice.methode is Method.ESTIMATED else choice.e


_GROUPS = {
    By.WAVE: "Ensemble seulement",
    By.BAILLEUR: "Par bailleur",
    By.CELL: "Par cellule de quota",
    By.INTERVIEWER: "Par télé-enquêteur",
}

_FAMILIES = (
    ("Réponse", "entretiens sur ménages éligibles", [rate for rate in Rate if rate.startswith("RR")]),
    ("Coopération", "entretiens sur ménages joints", [rate for rate in Rate if rate.startswith("COOP")]),
    ("Refus", "refus sur ménages éligibles", [rate for rate in Rate if rate.startswith("REF")]),
    ("Contact", "ménages joints sur ménages éligibles", [rate for rate in Rate if rate.startswith("CON")]),
)

_CLASSES = {
    AaporClass.I: "entretiens complets",
    AaporClass.P: "entretiens partiels",
    AaporClass.R: "refus et abandons",
    AaporClass.NC: "éligibles non joints",
    AaporClass.O: "joints, sans entretien pour une autre raison",
    AaporClass.UH: "éligibilité inconnue, personne n’a répondu",
    AaporClass.UO: "éligibilité inconnue, autre raison",
    AaporClass.NE: "non éligibles",
}

_WORDS: dict[str, Any] = {
    "families": _FAMILIES,
    "formulas": FORMULAS,
    "classes": _CLASSES,
    "wrong_numbers": list(WrongNumbers),
    "small": SMALL,
}
