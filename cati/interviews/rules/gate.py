"""The gate of listening: one function opens and closes an observer's picture and sound alike."""

from dataclasses import dataclass
from enum import StrEnum

from cati.interviews.rules.ends import ListeningEnd


class Stage(StrEnum):
    """Where a call stands, as far as listening goes."""

    INTRODUCTION = "introduction"  # who is on the line, where he lives: never for an observer
    STUDY = "study"  # the questions of the study
    PERSON = "person"  # the questions about the person have begun, or the script is over


class Closed(StrEnum):
    """Why an observer neither sees nor hears an interview now."""

    SIGNED_OUT = "signed_out"
    NOT_SIGNED = "not_signed"  # he has not signed the confidentiality
    NO_VISIT = "no_visit"  # his visit is not, or no longer, on for this bailleur
    NOT_HIS = "not_his"  # a tenant of a bailleur he may not hear
    RECOGNISED = "recognised"  # he knows the person: never this case again
    DECLINED = "declined"  # the interviewer does not want to be observed during the visit
    CALL_OVER = "call_over"
    DANGER = "danger"
    NOT_ASKED = "not_asked"  # the tenant has not been asked in this call
    REFUSED = "refused"  # he does not want to be listened to: it is his right
    NOT_ANNOUNCED = "not_announced"  # what he agreed to did not speak of this visit's observer
    CUT = "cut"  # since he was asked, somebody cut
    NOT_BEGUN = "not_begun"  # the introduction is not over
    OVER = "over"  # the questions about the person have begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The last answer, in the call under way, to whether an observer may listen."""

    agreed: bool
    seq: int  #: of its event
    visit_id: int | None  #: that the screen announced
    announced: bool  #: whether what was read, by its fingerprint, is the text that speaks of an observer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An interview as the call under way has it at this moment."""

    bailleur_id: int
    visit_id: int | None  #: the visit that is on for this bailleur now
    declined: bool  #: its interviewer does not want to be observed
    on_line: bool
    asked: Asked | None
    stage: Stage
    cut_seq: int | None  #: of the interview when somebody last cut the listening
    danger: bool  #: somebody said that there is one in this case


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody invited to a visit."""

    visit_id: int
    signed: bool  #: the confidentiality
    bailleurs: frozenset[int]  #: whose tenants he may hear; the region's only if all of them agreed
    recognised: bool  #: the person of this case
    signed_in: bool


def gate(call: Call, guest: Guest) -> Closed | None:
    """Why it is closed between this call and this guest now; None: it is open.

    Whatever is not known to be right is closed. First what is the guest's, then what is the call's.
    """
    return _closed_to(guest, call) or _closed_by(call)


def _closed_to(guest: Guest, call: Call) -> Closed | None:
    if not guest.signed_in:
        return Closed.SIGNED_OUT
    if not guest.signed:
        return Closed.NOT_SIGNED
    if call.visit_id is None or call.visit_id != guest.visit_id:
        return Closed.NO_VISIT
    if call.bailleur_id not in guest.bailleurs:
        return Closed.NOT_HIS
    return Closed.RECOGNISED if guest.recognised else None


def _closed_by(call: Call) -> Closed | None:
    if call.declined:
        return Closed.DECLINED
    if not call.on_line:
        return Closed.CALL_OVER
    if call.danger:
        return Closed.DANGER
    return _not_agreed(call) or _out_of_reach(call.stage)


def _not_agreed(call: Call) -> Closed | None:
    asked = call.asked
    if asked is None:
        return Closed.NOT_ASKED
    if not asked.agreed:
        return Closed.REFUSED
    if not asked.announced or asked.visit_id != call.visit_id:
        return Closed.NOT_ANNOUNCED
    return Closed.CUT if call.cut_seq is not None and call.cut_seq >= asked.seq else None


def _out_of_reach(stage: Stage) -> Closed | None:
    match stage:
        case Stage.INTRODUCTION:
            return Closed.NOT_BEGUN
        case Stage.PERSON:
            return Closed.OVER
        case Stage.STUDY:
            return None


def ending(closed: Closed) -> ListeningEnd:
    """How the listening under way ends when the gate closes for this reason."""
    return _ENDINGS[closed]


_ENDINGS = {
    Closed.SIGNED_OUT: ListeningEnd.LEFT,
    Closed.NOT_SIGNED: ListeningEnd.VISIT_OVER,
    Closed.NO_VISIT: ListeningEnd.VISIT_OVER,
    Closed.NOT_HIS: ListeningEnd.VISIT_OVER,
    Closed.RECOGNISED: ListeningEnd.RECOGNISED,
    Closed.DECLINED: ListeningEnd.BY_INTERVIEWER,
    Closed.CALL_OVER: ListeningEnd.FINISHED,
    Closed.DANGER: ListeningEnd.DANGER,
    Closed.NOT_ASKED: ListeningEnd.CONSENT_WITHDRAWN,
    Closed.REFUSED: ListeningEnd.CONSENT_WITHDRAWN,
    Closed.NOT_ANNOUNCED: ListeningEnd.CONSENT_WITHDRAWN,
    Closed.CUT: ListeningEnd.BY_INTERVIEWER,
    Closed.NOT_BEGUN: ListeningEnd.CONSENT_WITHDRAWN,
    Closed.OVER: ListeningEnd.FINISHED,
}
