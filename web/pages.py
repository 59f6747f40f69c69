"""Renders a page, or its fragment alone when htmx asks: one template for both.

`account/account.html` extends the layout and includes `account/_account.html`; the fragment is what htmx receives.
A page without a fragment beside it is always sent whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound

from cati.people.rules import Role
from cati.people.store import User
from web.assets import asset
from web.formats import FILTERS
from web.typography import FrenchTypography

TEMPLATES = Path(__file__).parent / "templates"

#: the first page of each role; an account whose page is not there yet lands on its own account
HOMES = {
    Role.INTERVIEWER: "/poste",
    Role.SUPERVISOR: "/suivi",
    Role.ANALYST: "/exports",
    Role.OBSERVER: "/bailleur",
    Role.DPO: "/audit",
}
_MENU = (
    ("/poste", "Poste", Role.INTERVIEWER),
    ("/suivi", "Suivi", Role.SUPERVISOR),
    ("/exports", "Exports", Role.ANALYST),
    ("/suivi/taux", "Taux d’issue", Role.ANALYST),
    ("/bailleur", "Avancement", Role.OBSERVER),
    ("/visite", "Visite", Role.OBSERVER),
    ("/audit", "Journal d’audit", Role.DPO),
    ("/suivi/recherche", "Recherche", Role.DPO),
    ("/suivi/qualite/oppositions", "Oppositions", Role.DPO),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What the layout shows around a page."""

    me: User | None
    csrf: str
    is_demo: bool
    path: str
    menu: tuple[tuple[str, str], ...]
    paths: frozenset[str]  #: of the pages there are: a menu offers no other


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """The page, or its fragment for htmx; `context` reaches the template beside `shell`."""
    body = _template(template, wants_fragment(request)).render(shell=shell_of(request), **context)
    return HTMLResponse(body, status_code=status, headers={"Vary": "HX-Request", **(headers or {})})


def part(template: str, **context: object) -> str:
    """A part of a page without a request: what a stream sends."""
    return _template(template, True).render(**context)


def fragment(template: str, **context: object) -> str:
    """A part of a page that belongs to no request: for a live board, which all who watch it share."""
    return _template(template, False).render(**context)


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type") != "full"


def shell_of(request: Request) -> Shell:
    """The layout's facts for this request; nobody is signed in unless a dependency found a session."""
    session = getattr(request.state, "session", None)
    return Shell(
        me=session.user if session else None,
        csrf=session.csrf_token if session else "",
        is_demo=request.app.state.settings.demo,
        path=request.url.path,
        menu=_menu(session.user.role, request.app.state.paths) if session else (),
        paths=request.app.state.paths,
    )


def home_of(role: Role, paths: frozenset[str]) -> str:
    """Where an account of the role begins."""
    home = HOMES.get(role, "/compte")
    return home if home in paths else "/compte"


def _menu(role: Role, paths: frozenset[str]) -> tuple[tuple[str, str], ...]:
    own = [(path, label) for path, label, whose in _MENU if whose is role and path in paths]
    return (*own, ("/compte", "Mon compte"))


@cache
def _template(name: str, is_fragment: bool) -> Template:
    if is_fragment:
        folder, _, file = name.rpartition("/")
        try:
            return _environment().get_template(f"{folder}/_{file}")
        except TemplateNotFound as missing:
            if missing.name != f"{folder}/_{file}":
                raise
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=[FrenchTypography],
    )
    environment.filters.update(FILTERS)
    environment.globals["asset"] = asset
    return environment
