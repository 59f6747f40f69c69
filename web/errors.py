"""What a person reads when something is refused: one table from the error's class to its status, sentence and page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from psycopg.errors import DiskFull, NumericValueOutOfRange
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cati import errors
from web.deps import SignInNeeded
from web.pages import page, wants_fragment
from web.security import HEADERS, SAFE_METHODS, ForeignForm


@dataclass(frozen=True, slots=True)
class Shown:
    """An HTTP status, the sentence a person reads, the page that says what to do next."""

    status: int
    sentence: str
    template: str = "errors/refused.html"


SENTENCES: dict[type[errors.CatiError], Shown] = {
    errors.CatiError: Shown(500, "Une erreur s’est produite.", "errors/bug.html"),
    errors.NotFound: Shown(404, "Cette page ou cet objet n’existe pas.", "errors/not_found.html"),
    errors.NotAllowed: Shown(403, "Votre compte ne donne pas accès à cette page.", "errors/not_allowed.html"),
    errors.Conflict: Shown(409, "La situation a changé entre-temps."),
    errors.CaseTaken: Shown(409, "Un autre enquêteur a pris ce dossier."),
    errors.CaseClosed: Shown(409, "Ce dossier est clos."),
    errors.AttemptAlreadyClosed: Shown(409, "Cet appel a déjà son issue."),
    errors.StaleScreen: Shown(409, "L’entretien a avancé depuis l’affichage de cet écran."),
    errors.QuotaTooSmall: Shown(
        409, "L’objectif serait inférieur à ce qui est déjà réalisé, en cours et promis."
    ),
    errors.NumberBusyElsewhere: Shown(409, "Ce numéro est en cours d’appel sur un autre poste."),
    errors.Invalid: Shown(422, "Ce qui a été saisi n’est pas valable."),
    errors.AnswerRefused: Shown(422, "Cette réponse n’est pas possible ici."),
    errors.AppointmentRefused: Shown(422, "Aucun rendez-vous n’est possible à cette heure."),
    errors.DispositionRefused: Shown(422, "Cette issue d’appel n’est pas possible maintenant."),
    errors.SampleFileRefused: Shown(422, "Ce fichier ne peut pas être importé."),
    errors.QuestionnaireRefused: Shown(422, "Ce questionnaire comporte des erreurs."),
    errors.SettingsRefused: Shown(500, "Les réglages de l’installation sont à revoir.", "errors/bug.html"),
    errors.LineUnavailable: Shown(503, "La ligne téléphonique ne répond pas.", "errors/unavailable.html"),
}

_DATABASE_AWAY = Shown(503, "La base de données ne répond pas.", "errors/unavailable.html")
_DISK_FULL = Shown(
    503, "Le serveur n’a plus de place : rien de nouveau n’est enregistré.", "errors/unavailable.html"
)
_FOREIGN_FORM = Shown(
    403, "Cette page n’est plus à jour : rien n’a été enregistré.", "errors/stale_page.html"
)
_BUG = SENTENCES[errors.CatiError]
#: The screen that asked stays as it is: what somebody was typing is not replaced by the news that it was not kept.
_ABOVE_THE_SCREEN = {"HX-Retarget": "#away", "HX-Reswap": "innerHTML"}
_HTTP = {
    404: SENTENCES[errors.NotFound],
    405: Shown(405, "Cette adresse ne s’ouvre pas de cette façon.", "errors/not_found.html"),
    422: SENTENCES[errors.Invalid],
}


def install(app: FastAPI) -> None:
    """Give every error its page. What is not foreseen is a bug: 500, logged by the server."""
    app.add_exception_handler(errors.CatiError, _refused)
    app.add_exception_handler(SignInNeeded, _sign_in_needed)
    app.add_exception_handler(ForeignForm, _constant(_FOREIGN_FORM))
    app.add_exception_handler(RequestValidationError, _constant(SENTENCES[errors.Invalid]))
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(DataError, _out_of_range)
    app.add_exception_handler(PoolTimeout, _constant(_DATABASE_AWAY))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _constant(_BUG))


def shown(error: errors.CatiError) -> Shown:
    """The row of the error's class, or of the nearest class above it."""
    return next(SENTENCES[above] for above in type(error).__mro__ if above in SENTENCES)


def show(request: Request, row: Shown) -> Response:
    """The error's page, or its fragment for htmx."""
    # Written here too: the page of a bug is sent from outside the middleware that adds them elsewhere.
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if wants_fragment(request):
        headers |= _ABOVE_THE_SCREEN
    return page(
        request,
        row.template,
        status=row.status,
        headers=headers,
        sentence=row.sentence,
        status_code=row.status,
    )


def foreign_form(request: Request) -> Response:
    """The page for a change that another site asked for."""
    return show(request, _FOREIGN_FORM)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.CatiError)
    return show(request, shown(error))


async def _sign_in_needed(request: Request, _: Exception) -> Response:
    if wants_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/connexion"})
    path = request.url.path
    wanted = f"?suite={path}" if request.method in SAFE_METHODS and path != "/" else ""
    return RedirectResponse(f"/connexion{wanted}", status_code=303)


async def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, OperationalError)
    return show(request, _DISK_FULL if isinstance(error.orig, DiskFull) else _DATABASE_AWAY)


async def _out_of_range(request: Request, error: Exception) -> Response:
    """A number greater than any id names nothing; anything else that the database cannot read is a bug."""
    assert isinstance(error, DataError)
    if not isinstance(error.orig, NumericValueOutOfRange):
        raise error
    return show(request, SENTENCES[errors.NotFound])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    row = _HTTP.get(error.status_code, Shown(error.status_code, "Cette demande a été refusée."))
    return show(request, row)


def _constant(row: Shown) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, _: Exception) -> Response:
        return show(request, row)

    return handler
