"""Sign-in, sign-out, and one's own account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.people import actions, leaving
from cati.people.actions import Attempt, Inactive, SignedIn, StillEngaged, Throttled, WrongPassword
from cati.people.rules import PASSWORD_MIN_LENGTH
from web import deps
from web.deps import (
    COOKIE,
    Address,
    CurrentSession,
    Db,
    Hasher,
    HashingTurn,
    InstallationSettings,
    Now,
    SessionIfAny,
)
from web.formats import clock
from web.forms import Fields, Refused, read
from web.pages import home_of, page

router = APIRouter()


_ENGAGED = "Un dossier est en main : fermez-le avant de vous déconnecter."


class SignInForm(BaseModel):
    """What the sign-in page asks."""

    login: str
    password: str
    suite: str = ""


class PasswordForm(BaseModel):
    """What changing one's password asks."""

    current: str
    new: str = Field(max_length=200)
    again: str


@router.get("/")
def home(request: Request, me: deps.SignedIn) -> Response:
    """The first page of the account's role."""
    return _see(home_of(me.role, request.app.state.paths))


@router.get("/connexion")
def sign_in_page(request: Request, found: SessionIfAny, db: Db, now: Now, suite: str = "") -> Response:
    """The sign-in form; whoever is signed in already goes home. Whom a supervisor signed out reads who and why."""
    if found is not None:
        return _see("/")
    token = request.cookies.get(COOKIE)
    told = leaving.why(db, token, now) if token else ""
    return page(request, "account/sign_in.html", suite=_own_path(suite), login="", problem=told)


@router.post("/connexion")
def sign_in(
    request: Request,
    _: HashingTurn,
    fields: Fields,
    db: Db,
    passwords: Hasher,
    address: Address,
    installation: InstallationSettings,
    now: Now,
) -> Response:
    """Open a session, or the form again with the reason."""
    form = read(SignInForm, fields)
    if isinstance(form, Refused):
        return _sign_in_again(request, fields, 422, "Indiquez votre identifiant et votre mot de passe.")
    attempt = Attempt(login=form.login, password=fields["password"], address=address)
    outcome = actions.sign_in(db, passwords, attempt, now)
    if not isinstance(outcome, SignedIn):
        return _sign_in_again(request, fields, *_refusal(outcome))
    suite = _own_path(form.suite) or home_of(outcome.user.role, request.app.state.paths)
    return _with_cookie(_see(suite), outcome.token, is_secure=installation.secure_cookies)


@router.post("/deconnexion")
def sign_out(request: Request, session: CurrentSession, me: deps.SignedIn, db: Db, now: Now) -> Response:
    """End this session; refused while somebody is on the line."""
    if isinstance(actions.sign_out(db, session, now), StillEngaged):
        return _account(request, status=409, problem=_ENGAGED)
    return _without_cookie(_see("/connexion"))


@router.get("/compte")
def account(request: Request, me: deps.SignedIn) -> Response:
    """One's own account."""
    return _account(request)


@router.post("/compte/mot-de-passe")
def change_password(
    request: Request,
    _: HashingTurn,
    fields: Fields,
    me: deps.SignedIn,
    session: CurrentSession,
    db: Db,
    passwords: Hasher,
    address: Address,
    now: Now,
) -> Response:
    """Replace one's own password; the account's other sessions end."""
    form = read(PasswordForm, fields)
    if isinstance(form, Refused):
        return _account(request, status=422, errors=form.errors)
    if form.new != form.again:
        return _account(request, status=422, errors={"again": "Les deux saisies diffèrent."})
    given = Attempt(login=me.login, password=fields["current"], address=address)
    match actions.change_password(db, passwords, session, given, fields["new"], now):
        case actions.PasswordChanged():
            return _account(request, done="Mot de passe changé. Vos autres sessions sont fermées.")
        case actions.PasswordTooShort(minimum):
            return _account(request, status=422, errors={"new": f"Au moins {minimum} caractères."})
        case WrongPassword():
            return _account(
                request, status=422, errors={"current": "Ce n’est pas votre mot de passe actuel."}
            )
        case Throttled(until):
            return _account(request, status=429, problem=_too_many(until))


@router.post("/compte/deconnexion-partout")
def sign_out_everywhere(
    request: Request, session: CurrentSession, me: deps.SignedIn, db: Db, now: Now
) -> Response:
    """End all of one's sessions, this one too."""
    if isinstance(actions.sign_out_everywhere(db, session, now), StillEngaged):
        return _account(request, status=409, problem=_ENGAGED)
    return _without_cookie(_see("/connexion"))


def _sign_in_again(request: Request, fields: dict[str, str], status: int, problem: str) -> Response:
    return page(
        request,
        "account/sign_in.html",
        status=status,
        suite=_own_path(fields.get("suite", "")),
        login=fields.get("login", ""),
        problem=problem,
    )


def _refusal(outcome: WrongPassword | Throttled | Inactive) -> tuple[int, str]:
    match outcome:
        case WrongPassword():
            return 422, "Identifiant ou mot de passe incorrect."
        case Throttled(until):
            return 429, _too_many(until)
        case Inactive():
            return 403, "Ce compte est fermé. Adressez-vous à votre superviseur."


def _too_many(until: datetime) -> str:
    # The minute after: said earlier, the next try would be refused again.
    return f"Trop d’essais. Réessayez à partir de {clock(until + timedelta(minutes=1))}."


def _account(
    request: Request,
    *,
    status: int = 200,
    problem: str = "",
    done: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "account/account.html",
        status=status,
        problem=problem,
        done=done,
        errors=errors or {},
        minimum=PASSWORD_MIN_LENGTH,
    )


def _own_path(wanted: str) -> str:
    """A path of this site, or nothing: an address given in a link never leads elsewhere after sign-in."""
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return parts.path if is_path and not parts.netloc and parts.path != "/" else ""


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)


def _with_cookie(response: Response, token: str, *, is_secure: bool) -> Response:
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=is_secure, path="/")
    return response


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response
