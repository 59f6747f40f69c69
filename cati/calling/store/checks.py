"""The check of the quota counters: rebuilt from the ledger of places and from the interviews, and compared."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A figure that is not what the facts make it. `what` is a counter, or the two facts that contradict each other."""

    cell_id: int
    bailleur: str
    qpv: bool
    what: str
    recorded: int
    found: int


#: The counters against the ledger, and the ledger against the interviews, in one statement: one view of the database.
#: `done` is what complete interviews hold, a reserved place needs an interview that is eligible and under way, a
#: promised one a firm appointment that stands.
_DIFFERENCES = text(
    """
    with places as (
      select p.cell_id, p.state,
        case p.state
          when 'done' then i.state = 'complete' and not i.surplus
          when 'reserved' then i.state in ('intro', 'open', 'suspended') and i.eligible_at is not null
          when 'promised' then i.state in ('intro', 'open', 'suspended') and exists (
            select from appointments a where a.case_id = i.case_id and a.state = 'planned' and a.firm)
        end as founded
      from quota_places p join interviews i on i.id = p.interview_id
      where p.state <> 'released'
    ), ledger as (
      select cell_id, count(*) filter (where state = 'done') as done,
        count(*) filter (where state = 'reserved') as reserved,
        count(*) filter (where state = 'promised') as promised,
        count(*) filter (where not founded) as unfounded
      from places group by cell_id
    ), complete as (
      select q.cell_id, count(*) as interviews
      from interviews i join case_queue q on q.case_id = i.case_id
      where i.state = 'complete' and not i.surplus group by q.cell_id
    )
    select c.id, b.name as bailleur, c.qpv, d.what, d.recorded, d.found
    from quota_cells c
    join bailleurs b on b.id = c.bailleur_id
    left join ledger l on l.cell_id = c.id
    left join complete k on k.cell_id = c.id
    cross join lateral (values
      ('done', c.done, coalesce(l.done, 0)),
      ('reserved', c.reserved, coalesce(l.reserved, 0)),
      ('promised', c.promised, coalesce(l.promised, 0)),
      ('complete interviews', c.done, coalesce(k.interviews, 0)),
      ('places without ground', 0, coalesce(l.unfounded, 0))
    ) as d (what, recorded, found)
    where d.recorded <> d.found
    order by c.wave_id, b.sort_key, b.id, c.qpv, d.what
    """
)


def quota_differences(db: Connection) -> list[Difference]:
    """Where the counters, the places and the interviews disagree; empty as it should be. Nothing is corrected."""
    return [
        Difference(
            cell_id=row.id,
            bailleur=row.bailleur,
            qpv=row.qpv,
            what=row.what,
            recorded=row.recorded,
            found=row.found,
        )
        for row in db.execute(_DIFFERENCES)
    ]
