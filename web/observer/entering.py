"""The personal link of a visit: a page that anybody may look at, and a button that signs its guest in.

Looking changes nothing: mail programs open links before people do.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cati.observation import actions
from web.deps import COOKIE, Db, InstallationSettings, Now
from web.pages import page

router = APIRouter(prefix="/visite/entree")


@router.get("/{token}")
def look(request: Request, token: str) -> Response:
    """The page of the button."""
    return page(request, "observer/entering.html", token=token, refused=False)


@router.post("/{token}")
def enter(request: Request, token: str, db: Db, installation: InstallationSettings, now: Now) -> Response:
    """Sign the guest in until the visit ends; a link that is good no more says so."""
    entered = actions.enter(db, token, now)
    if entered is None:
        return page(request, "observer/entering.html", status=404, token=token, refused=True)
    answer = RedirectResponse("/visite", status_code=303)
    answer.set_cookie(
        COOKIE, entered.token, httponly=True, samesite="lax", secure=installation.secure_cookies, path="/"
    )
    return answer
