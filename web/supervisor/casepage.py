"""The page of a case before somebody: what it shows, what he may do, what was refused just now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path, Request
from fastapi.responses import RedirectResponse, Response

from cati.calling.views.slots import Slots
from cati.cases.rules import CaseState, InterviewState
from cati.errors import Conflict, Invalid, NotFound
from cati.people.rules import Role
from cati.sample.identity import Identity
from cati.supervision.views import casefile, casehistory, explaining, floor
from cati.supervision.views.casefile import CaseFile
from web.deps import Db, SignedIn
from web.pages import page

#: The number of a case, as an address names it.
CaseId = Annotated[int, Path(ge=1, lt=2**63)]

#: What was just done, as the address says it: nothing of a person stands there.
DONE = {
    "donne": "Dossier donné.",
    "rendez-vous": "Rendez-vous noté.",
    "rouvert": "Dossier rouvert.",
    "libere": "Dossier libéré.",
    "opposition": "Opposition enregistrée : aucun numéro de ce foyer ne sera plus appelé.",
    "efface": "Réponses effacées.",
    "levee": "Opposition levée. Le dossier reste clos.",
}

#: Why an identity is read, proposed beside a free text.
PURPOSES = (
    "Rappel demandé par le locataire",
    "Réclamation du locataire",
    "Adresse à corriger",
    "Danger signalé : suites à donner",
    "Demande d’exercice de droits",
    "Contrôle de qualité",
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a case before him, for the length of one request."""

    request: Request
    db: Db
    case_id: int
    me: SignedIn
    now: datetime
    act: str = ""  #: the act that is asked for, whose form comes back if it is refused

    def show(
        self,
        *,
        status: int = 200,
        problem: str = "",
        done: str = "",
        errors: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        identity: Identity | None = None,
    ) -> Response:
        """The case as it stands now; `values` and `errors` are those of the form that was refused."""
        found = casefile.casefile(self.db, self.case_id)
        if found is None:
            raise NotFound(case=self.case_id)
        return page(
            self.request,
            "supervisor/case.html",
            status=status,
            case=found,
            acts=acts(found, self.me),
            identity=identity,
            refused=self.act if status >= 400 else "",
            problem=problem,
            done=DONE.get(done, ""),
            errors=errors or {},
            values=values or {},
            **self._read(found),
        )

    def _read(self, found: CaseFile) -> dict[str, Any]:
        """What the page says beside the case itself."""
        db, case_id, now = self.db, self.case_id, self.now
        slots = casefile.slots_for(db, case_id, now) if found.may_wait else None
        return {
            "seat": floor.held_case(db, case_id, now),
            "why": explaining.explain(db, case_id, now),
            "history": casehistory.history(db, case_id),
            "interviewers": casefile.interviewers(db, case_id, now),
            "slots": slots,
            "hours": hours(slots) if slots is not None else [],
            "purposes": PURPOSES,
        }

    def carry_out(self, act: Callable[[], object], word: str, fields: Mapping[str, str]) -> Response:
        """Do it, whole or not at all; a refusal is said on the page, with what was typed."""
        try:
            with self.db.begin_nested():
                act()
        except Conflict as refusal:
            return self.show(status=409, problem=refusal.message or _NOT_NOW, values=fields)
        except Invalid as refusal:
            return self.show(status=422, problem=refusal.message or _NOT_NOW, values=fields)
        return self.back(word)

    def back(self, word: str) -> Response:
        """To the case, after a change."""
        return RedirectResponse(f"/suivi/dossiers/{self.case_id}?fait={word}", status_code=303)


_NOT_NOW = "Ce n’est pas possible maintenant."


def acts(found: CaseFile, me: SignedIn) -> frozenset[str]:
    """What this account may do with the case as it stands; the act itself checks again, under its lock."""
    free = found.holder is None
    answered = found.interview not in {None, InterviewState.WITHDRAWN}
    possible = {
        "oppose": free and bool(found.numbers) and found.opposed < len(found.numbers),
        "withdraw": free and answered,
        "lift": free and found.opposed > 0 and me.role is Role.DPO,
        "release": not free,
        "give": found.may_wait and found.state in {CaseState.WAITING, CaseState.INTERRUPTED},
        "book": found.may_wait,
        "reopen": found.may_wait and found.state is CaseState.CLOSED,
    }
    of_supervisors = {"release", "give", "book", "reopen"}
    return frozenset(
        name
        for name, may in possible.items()
        if may and (name not in of_supervisors or me.role is Role.SUPERVISOR)
    )


def hours(slots: Slots) -> list[str]:
    """Every hour of the household at which an appointment may begin on one of the days."""
    zone = ZoneInfo(slots.zone)
    return sorted({slot.astimezone(zone).strftime("%H:%M") for day in slots.days for slot in day.slots})
