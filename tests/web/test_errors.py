"""What a person reads when something goes wrong."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from cati.errors import CaseTaken, CatiError, NotFound
from web.deps import Db
from web.errors import SENTENCES
from web.security import HEADERS


def descendants(error: type[CatiError]) -> Iterator[type[CatiError]]:
    yield error
    for child in error.__subclasses__():
        yield from descendants(child)


@pytest.mark.parametrize("error", list(descendants(CatiError)))
def test_every_error_has_its_status_and_its_sentence(error: type[CatiError]) -> None:
    assert error in SENTENCES


def test_the_table_names_no_error_that_does_not_exist() -> None:
    assert set(SENTENCES) == set(descendants(CatiError))


@pytest.fixture
def breaking(app: FastAPI) -> FastAPI:
    """The application with routes that fail each in its way."""
    router = APIRouter()

    @router.get("/pris")
    def taken() -> None:
        raise CaseTaken(case=4821)

    @router.get("/absent")
    def absent() -> None:
        raise NotFound

    @router.get("/bogue")
    def bug() -> None:
        raise ZeroDivisionError("with a secret in it")

    @router.get("/commit")
    def failing_commit(db: Db) -> str:
        db.execute(text("create temporary table parents (id int primary key)"))
        db.execute(
            text("create temporary table children (id int references parents deferrable initially deferred)")
        )
        db.execute(text("insert into children values (1)"))
        return "enregistré"

    app.include_router(router)
    return app


def test_a_commit_that_fails_never_answers_that_it_is_saved(breaking: FastAPI, client: TestClient) -> None:
    answer = client.get("/commit")
    assert answer.status_code == 500
    assert "enregistré" not in answer.text.replace("« enregistré »", "").replace(
        "«\u00a0enregistré\u00a0»", ""
    )


def test_a_refusal_has_its_page_and_its_fragment(breaking: FastAPI, client: TestClient) -> None:
    page = client.get("/pris")
    fragment = client.get("/pris", headers={"HX-Request": "true"})
    assert (page.status_code, fragment.status_code) == (409, 409)
    assert "<title>Un autre enquêteur a pris ce dossier." in page.text
    assert fragment.text.startswith('<div class="notice"')


def test_a_bug_shows_nothing_of_itself(breaking: FastAPI, client: TestClient) -> None:
    answer = client.get("/bogue")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nulle-part", 404),
        ("GET", "/absent", 404),
        ("PUT", "/connexion", 405),
        ("GET", "/static/nulle-part.css", 404),
    ],
)
def test_what_does_not_exist_says_so_in_french(
    breaking: FastAPI, client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert '<html lang="fr">' in answer.text
