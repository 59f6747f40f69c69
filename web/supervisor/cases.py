"""The page of a case: where it stands and why, who lives there (asked for, audited), the case taken back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from cati.errors import NotFound
from cati.sample.identity import identity as identity_of
from cati.supervision.actions import reading, releasing
from cati.supervision.actions.releasing import StillOnTheLine
from cati.supervision.views import casefile, floor
from web.deps import Db, Now, SealingKeys, Supervisor, SupervisorOrDpo
from web.forms import Fields, Refused, read
from web.supervisor.casepage import CaseId, Reader

router = APIRouter(prefix="/suivi/dossiers")

_STILL_ON_THE_LINE = (
    "Un appel est en cours : le dossier se libère à sa fin. Pour l’interrompre tout de suite, dites pourquoi et "
    "cochez la case."
)
_TO_BE_READ = "À remplir : le télé-enquêteur le lira."


class ReleaseForm(BaseModel):
    """Why a case is taken back, and whether at once."""

    reason: str = Field("", max_length=500)
    force: bool = False


class IdentityForm(BaseModel):
    """What an identity is read for."""

    purpose: str = Field(min_length=3, max_length=200)


@router.get("/{case_id}")
def case(
    request: Request,
    case_id: CaseId,
    me: SupervisorOrDpo,
    db: Db,
    now: Now,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The case as it stands; nobody's identity is read for it."""
    return Reader(request, db, case_id, me, now).show(done=fait)


@router.post("/{case_id}/identite")
def read_identity(
    request: Request,
    case_id: CaseId,
    fields: Fields,
    me: SupervisorOrDpo,
    db: Db,
    keys: SealingKeys,
    now: Now,
) -> Response:
    """Who lives there and on which numbers, for a purpose in writing that the audit keeps."""
    reader = Reader(request, db, case_id, me, now)
    household_id = casefile.household_of(db, case_id)
    if household_id is None:
        raise NotFound(case=case_id)
    form = read(IdentityForm, fields)
    if isinstance(form, Refused):
        errors = {"purpose": "Dites pourquoi : la raison est gardée avec votre nom."}
        return reader.show(status=422, errors=errors, values=form.values)
    reading.note_identity_read(db, case_id, form.purpose, by=me.id, now=now)
    return reader.show(identity=identity_of(db, keys, household_id))


@router.post("/{case_id}/liberation")
def release(request: Request, case_id: CaseId, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Take the case back: at the end of the call, or at once with a reason that the interviewer is told."""
    reader = Reader(request, db, case_id, me, now, "release")
    if floor.held_case(db, case_id, now) is None:
        raise NotFound(case=case_id)
    form = read(ReleaseForm, fields)
    if isinstance(form, Refused):
        return reader.show(status=422, errors=form.errors, values=form.values)
    if form.force and not form.reason:
        errors = {"reason": _TO_BE_READ}
        return reader.show(status=422, errors=errors, values=fields)
    outcome = releasing.release_case(db, case_id, by=me.id, now=now, reason=form.reason, force=form.force)
    if isinstance(outcome, StillOnTheLine):
        return reader.show(status=409, problem=_STILL_ON_THE_LINE, values=fields)
    return reader.back("libere")
