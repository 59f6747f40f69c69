"""SQL of the rest between two studies: who was called when, by keyed hashes that outlive the households."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, text

from cati.calling.caseref import CaseRef
from cati.scheduling.rules import Contacted, Rest, RestAfter

#: The keyed hashes a household is known by: each of its numbers, and its name and address.
_KEYS = """
  select p.phone_hmac as hmac from phones p where p.household_id = :household
  union select s.same_dwelling_hmac from contacts s
        where s.household_id = :household and s.same_dwelling_hmac is not null
"""

#: What the last closed attempt says: when the household was rung, and whether a person was there.
_LOG = text(
    f"""
    insert into contact_log as l (hmac, wave_id, bailleur_id, called_at, contacted_at, interviewed_at)
    select k.hmac, h.wave_id, h.bailleur_id, called.at, called.answered_at, i.started_at
    from households h
    join cases c on c.household_id = h.id
    join lateral (
      select max(d.placed_at) as at, max(d.answered_at) filter (where d.call_no is not null) as answered_at
      from dials d join attempts a on a.id = d.attempt_id
      where a.id = (select max(id) from attempts where case_id = c.id and closed_at is not null)
    ) called on called.at is not null
    left join interviews i on i.case_id = c.id
    join ({_KEYS}) k on true
    where h.id = :household
    order by k.hmac
    on conflict (hmac, wave_id, bailleur_id) do update
    set called_at = greatest(l.called_at, excluded.called_at),
      contacted_at = greatest(l.contacted_at, excluded.contacted_at),
      interviewed_at = greatest(l.interviewed_at, excluded.interviewed_at)
    returning l.contacted_at
    """
)


def log_contact(db: Connection, household_id: int) -> bool:
    """Remember the household's last attempt; returns whether somebody was ever spoken to there in this wave."""
    logged = db.execute(_LOG, {"household": household_id}).scalars().all()
    return any(contacted is not None for contacted in logged)


_ELSEWHERE = text(
    f"""
    select l.bailleur_id = h.bailleur_id as same_bailleur, l.contacted_at, l.interviewed_at
    from contact_log l join households h on h.id = :household
    where l.hmac in ({_KEYS}) and l.wave_id <> h.wave_id
    """
)


def contacted_elsewhere(db: Connection, household_id: int) -> list[Contacted]:
    """When this household, by its numbers or its home, was last spoken to in other waves."""
    rows = db.execute(_ELSEWHERE, {"household": household_id})
    return [Contacted(**row._mapping) for row in rows]


#: One whose row is locked is in a transaction that looks at the log itself, or will at its next attempt.
_NEIGHBOURS = text(
    f"""
    select c.id as case_id, c.wave_id, c.household_id, h.calendar_id
    from cases c
    join households h on h.id = c.household_id
    join waves w on w.id = c.wave_id and w.state = 'open'
    join case_queue q on q.case_id = c.id
    where c.household_id in (
        select p.household_id from phones p where p.phone_hmac in ({_KEYS})
        union select s.household_id from contacts s where s.same_dwelling_hmac in ({_KEYS})
      )
      and c.wave_id <> :wave and c.state = 'waiting' and c.wait_reason in ('fresh', 'retry', 'conversion', 'callback')
      and not exists (select from interviews i where i.case_id = c.id and i.started_at is not null)
    order by c.id
    for update of q skip locked
    """
)


def neighbours(db: Connection, household_id: int, wave_id: int) -> list[CaseRef]:
    """The cases of other open waves at the same household, that wait without an appointment or an interview begun."""
    rows = db.execute(_NEIGHBOURS, {"household": household_id, "wave": wave_id})
    return [CaseRef(row.case_id, row.wave_id, row.household_id, row.calendar_id) for row in rows]


_LEAVE_IN_PEACE = text(
    """
    update case_queue set due_at = greatest(due_at, :until), rests_until = :until, earliest_at = null
    where case_id = :case
    """
)


def leave_in_peace(db: Connection, case_id: int, until: datetime) -> None:
    """The case is due once its household has rested."""
    db.execute(_LEAVE_IN_PEACE, {"case": case_id, "until": until})


_END_RESTS = text(
    """
    update case_queue set due_at = :now, rests_until = null
    where wave_id = :wave and fresh and rests_until is not null and lease_by is null
    """
)

_OTHER_STUDIES = text("select exists (select from contact_log where wave_id <> :wave)")

#: Thousands at once, when a field opens: the same rule as `rests_until`, in one statement.
_REST_FRESH = text(
    """
    with keys as (
      select p.household_id, p.phone_hmac as hmac from phones p
      join households h on h.id = p.household_id where h.wave_id = :wave
      union all
      select s.household_id, s.same_dwelling_hmac from contacts s
      join households h on h.id = s.household_id where h.wave_id = :wave and s.same_dwelling_hmac is not null
    ), resting as (
      select c.id, max(case when :after = 'interview' then l.interviewed_at else l.contacted_at end)
                   + make_interval(days => :days) as until
      from contact_log l
      join keys k on k.hmac = l.hmac
      join households h on h.id = k.household_id
      join cases c on c.household_id = h.id
      where l.wave_id <> :wave and (not :same_bailleur or l.bailleur_id = h.bailleur_id)
      group by c.id
    )
    update case_queue q set due_at = greatest(q.due_at, r.until), rests_until = r.until
    from resting r
    where q.case_id = r.id and r.until > :now and q.fresh and q.ready and q.lease_by is null
    """
)


def rest_fresh(db: Connection, wave_id: int, rest: Rest, now: datetime) -> int:
    """Let the wave's households never called yet rest as this protocol says; returns how many do."""
    db.execute(_END_RESTS, {"wave": wave_id, "now": now})
    if not rest.days or not db.execute(_OTHER_STUDIES, {"wave": wave_id}).scalar_one():
        return 0
    said = {
        "wave": wave_id,
        "after": RestAfter(rest.after).value,
        "days": rest.days,
        "same_bailleur": rest.same_bailleur,
        "now": now,
    }
    return db.execute(_REST_FRESH, said).rowcount


_RESTING = text(
    """
    select count(*) from case_queue where wave_id = any(:waves) and ready and rests_until > :now
    """
)


def resting(db: Connection, wave_ids: Collection[int], now: datetime) -> int:
    """How many households of these waves rest now."""
    return int(db.execute(_RESTING, {"waves": list(wave_ids), "now": now}).scalar_one())
