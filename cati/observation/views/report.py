"""The report of a visit: who, when, how many interviews, for how long, and who did not want it. No interview's id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Interval, SmallInteger, text

from cati.calling import observed, scripts
from cati.database import UtcDateTime
from cati.interviews import store as interviews
from cati.observation import store
from cati.observation.store import Visit
from cati.questionnaire import ast


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestReport:
    """What one guest listened to."""

    name: str
    organisation: str
    signed_at: datetime | None
    interviews: int
    listened: timedelta
    recognised: int  #: persons he said he knew: it ended at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A visit in figures."""

    visit: Visit
    wave: str
    opened_by: str
    bailleurs: Sequence[str]
    guests: Sequence[GuestReport]
    interviews: int  #: that somebody listened to
    listened: timedelta  #: by all guests together
    told: int  #: calls in which a tenant was told that somebody may listen
    refused: int  #: of these, those in which he did not want it
    declined: int  #: interviewers who did not want to be observed
    cut: int  #: times that an interviewer or a supervisor cut


def report(db: Connection, visit_id: int, now: datetime) -> Report:
    """The report of a visit, over or not; NotFound when there is none."""
    found, wanted = store.visit(db, visit_id), {"visit": visit_id, "now": now}
    head = db.execute(_HEAD, wanted).one()
    guests = [GuestReport(**row._mapping) for row in db.execute(_GUESTS, wanted)]
    told, refused = _asked(db, visit_id)
    return Report(
        visit=found,
        wave=head.wave,
        opened_by=head.opened_by,
        bailleurs=head.bailleurs or [],
        guests=guests,
        interviews=head.interviews,
        listened=sum((one.listened for one in guests), timedelta()),
        told=told,
        refused=refused,
        declined=head.declined,
        cut=head.cut,
    )


def _asked(db: Connection, visit_id: int) -> tuple[int, int]:
    """How many calls told the tenant of the visit, and in how many he did not want to be listened to."""
    told = refused = 0
    for row in db.execute(_CALLS, {"visit": visit_id}):
        wants = _wants(db, row.interview_id, row.call_no)
        told += wants is not None
        refused += wants is False
    return told, refused


def _wants(db: Connection, interview_id: int, call_no: int) -> bool | None:
    """Whether the tenant agreed to an observer in that call; None when he was not asked, or had it erased."""
    then = replace(interviews.load(db, interview_id), call_no=call_no, first_call=call_no)
    compiled = scripts.script(db, then.questionnaire_id)
    consent = compiled.questionnaire.consents.get(observed.CLIENT)
    names = ast.names(consent.tree) if consent else ()
    if not any((name, f"c{call_no}") in then.answers for name in names):
        return None
    return scripts.route(then, compiled).consents.get(observed.CLIENT, False)


_HEAD = text(
    """
    select w.name as wave, u.display_name as opened_by,
      (select array_agg(b.name order by b.sort_key) from visit_bailleurs p
       join bailleurs b on b.id = p.bailleur_id where p.visit_id = v.id) as bailleurs,
      (select count(distinct l.interview_id) from listeners l where l.visit_id = v.id) as interviews,
      (select count(*) from declined_visits d where d.visit_id = v.id) as declined,
      (select count(distinct (l.interview_id, l.ended_at)) from listeners l where l.visit_id = v.id
         and l.ended_reason in ('by_interviewer', 'by_supervisor')) as cut
    from visits v join waves w on w.id = v.wave_id join users u on u.id = v.opened_by where v.id = :visit
    """
)

_GUESTS = text(
    """
    select coalesce(o.signed_name, u.display_name) as name, s.organisation, o.signed_at,
      count(distinct l.interview_id) as interviews,
      coalesce(sum(coalesce(l.ended_at, :now) - l.started_at), interval '0') as listened,
      count(*) filter (where l.ended_reason = 'recognised') as recognised
    from visit_observers o join users u on u.id = o.user_id join observer_scopes s on s.user_id = o.user_id
    left join listeners l on l.visit_id = o.visit_id and l.user_id = o.user_id
    where o.visit_id = :visit group by o.id, u.id, s.user_id order by u.sort_key, u.id
    """
).columns(signed_at=UtcDateTime, listened=Interval)

_CALLS = text(
    """
    select distinct e.interview_id, cast(substr(e.iteration, 2) as smallint) as call_no
    from answer_events e join visits v on v.id = :visit
    join interviews i on i.id = e.interview_id and i.wave_id = v.wave_id
    where e.visit_id = v.id and e.kind = 'answered' and e.iteration like 'c%' order by 1, 2
    """
).columns(call_no=SmallInteger)
