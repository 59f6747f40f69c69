"""Who may open what: every route, tried by every role and by nobody."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from cati.people.rules import Role
from cati.people.store import User
from web.app import ROUTERS, routes
from web.deps import Allowed, allowed
from web.security import SAFE_METHODS

#: open to anybody, each for its reason
PUBLIC = {
    ("GET", "/healthz"),  # the machines that watch us have no account
    ("GET", "/readyz"),
    ("GET", "/connexion"),  # where one signs in
    ("POST", "/connexion"),
    ("GET", "/visite/entree/{token}"),  # a personal link: whoever holds it is its guest
    ("POST", "/visite/entree/{token}"),
}
#: the role is not enough: an observer's place in a visit under way, which this account has not
NEEDS_A_VISIT = {("POST", "/visite/prochain")}
ENDS_SESSION = {"/deconnexion", "/compte/deconnexion-partout"}

EVERY_ROUTE = [(method, route) for route in routes(ROUTERS) for method in sorted(route.methods)]


def roles_of(dependant: Dependant) -> frozenset[Role] | None:
    """The roles that a route's signature lets in; None when it names none."""
    found = [roles for roles in map(roles_of, dependant.dependencies) if roles is not None]
    if isinstance(dependant.call, Allowed):
        found.append(dependant.call.roles)
    return frozenset.intersection(*found) if found else None


def asked(client: TestClient, method: str, route: APIRoute, **headers: str) -> tuple[int, str]:
    """The status and the place sent to, of the route with 1 for each parameter and an empty form."""
    path = route.path
    for name in route.param_convertors:
        path = path.replace("{" + name + "}", "1")
    answer = client.request(method, path, headers=headers)
    return answer.status_code, answer.headers.get("Location", "")


def is_let_in(status: int, location: str) -> bool:
    return status not in {401, 403, 500} and not location.startswith("/connexion?")


def test_every_route_is_in_the_list_that_is_walked(app: FastAPI) -> None:
    inside = [part for part in app.routes if not isinstance(part, Mount)]
    assert [part.original_router for part in inside] == list(ROUTERS)


@pytest.mark.parametrize(("method", "route"), EVERY_ROUTE, ids=lambda part: getattr(part, "path", part))
def test_every_route_says_in_its_signature_who_may_call_it(method: str, route: APIRoute) -> None:
    assert (roles_of(route.dependant) is None) == ((method, route.path) in PUBLIC)


def test_what_changes_is_never_a_get() -> None:
    assert all(method in SAFE_METHODS | {"POST"} for method, _ in EVERY_ROUTE)


def test_nobody_is_let_in_without_signing_in(client: TestClient) -> None:
    guarded = [(method, route) for method, route in EVERY_ROUTE if (method, route.path) not in PUBLIC]
    answers = {(method, route.path): asked(client, method, route) for method, route in guarded}
    assert {key: answer for key, answer in answers.items() if is_let_in(*answer) and answer[0] != 303} == {}
    assert all(location.startswith("/connexion") for _, location in answers.values())


def test_an_htmx_request_without_session_is_sent_to_the_sign_in_page(client: TestClient) -> None:
    answer = client.get("/compte", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/connexion")


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_its_routes_and_no_other(role: Role, app: FastAPI, client_of) -> None:  # type: ignore[no-untyped-def]
    app.state.live.close()  # a stream that opens lasts: here it would never be answered
    client = client_of(role)
    wrong = {}
    for method, route in sorted(EVERY_ROUTE, key=lambda pair: pair[1].path in ENDS_SESSION):
        roles = roles_of(route.dependant)
        browser = client_of(role) if route.path in ENDS_SESSION else client
        answer = asked(browser, method, route)
        may = roles is None or role in roles
        may = may and (method, route.path) not in NEEDS_A_VISIT
        as_it_should = is_let_in(*answer) if may else answer[0] == 403
        if not as_it_should:
            wrong[method, route.path] = answer
    assert wrong == {}


@pytest.mark.parametrize("role", Role)
def test_no_change_is_made_without_the_sessions_token(role: Role, client_of) -> None:  # type: ignore[no-untyped-def]
    client = client_of(role)
    guarded = [
        (method, route)
        for method, route in EVERY_ROUTE
        if method not in SAFE_METHODS and (method, route.path) not in PUBLIC
    ]
    answers = {
        route.path: asked(client, method, route, **{"X-CSRF-Token": "x"})[0] for method, route in guarded
    }
    assert set(answers.values()) == {403}
    assert client.get("/compte").status_code == 200, "a refused form changes nothing"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),  # an old browser that sends neither
        ({"Origin": "http://testserver"}, 303),  # our own page
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),  # typed by the person
        ({"Origin": "http://ailleurs.example"}, 403),  # another site's form
        ({"Origin": "null"}, 403),  # a sandboxed frame
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # a neighbour under the same domain
    ],
)
def test_a_form_sent_from_another_site_is_refused(
    interviewer: TestClient, headers: dict[str, str], status: int
) -> None:
    assert interviewer.post("/deconnexion", headers=headers).status_code == status


def test_signing_in_from_another_sites_form_is_refused(client: TestClient) -> None:
    answer = client.post("/connexion", data={}, headers={"Origin": "http://ailleurs.example"})
    assert answer.status_code == 403


def test_the_token_may_come_from_the_form_itself(interviewer: TestClient) -> None:
    token = interviewer.headers.pop("X-CSRF-Token")
    assert interviewer.post("/deconnexion", data={"csrf": token}).status_code == 303


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.SUPERVISOR, 200),
        (Role.ADMIN, 200),
        (Role.INTERVIEWER, 403),
        (Role.ANALYST, 403),
        (Role.OBSERVER, 403),
        (Role.DPO, 403),
    ],
)
def test_the_roles_of_a_signature_are_those_let_in(app: FastAPI, client_of, role: Role, status: int) -> None:  # type: ignore[no-untyped-def]
    router = APIRouter()

    @router.get("/a-deux")
    def for_two(me: Annotated[User, Depends(allowed(Role.SUPERVISOR, Role.ADMIN))]) -> str:
        return me.login

    app.include_router(router)
    assert roles_of(router.routes[0].dependant) == {Role.SUPERVISOR, Role.ADMIN}
    assert client_of(role).get("/a-deux").status_code == status
