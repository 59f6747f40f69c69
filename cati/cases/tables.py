"""Cases, the queue they wait in, attempts and dials, and the requests that were carried out."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from cati.cases.rules import (
    CaseState,
    Direction,
    Disposition,
    LineOutcome,
    Outcome,
    RefusalBy,
    RefusalKind,
    WaitReason,
)
from cati.database import UtcDateTime, identity, metadata, one_of

#: One household in one wave: every household has one, callable or not. *Held* is read from the queue's lease.
cases = Table(
    "cases",
    metadata,
    identity(),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), nullable=False),
    Column("household_id", BigInteger, ForeignKey("households.id"), nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("wait_reason", Text),
    Column("close_reason", Text),
    Column("since", UtcDateTime, nullable=False),
    Column("address_to_correct", Boolean, nullable=False, server_default=text("false")),
    Column("reopened_at", UtcDateTime, comment="attempts opened before close it no more"),
    one_of("state", CaseState),
    one_of("wait_reason", WaitReason, nullable=True),
    one_of("close_reason", Outcome, nullable=True),
    CheckConstraint("(state = 'waiting') = (wait_reason is not null)", name="waits_for_something"),
    CheckConstraint("(state = 'closed') = (close_reason is not null)", name="closed_for_a_reason"),
    Index(None, "wave_id", "state"),
)

#: What the next case is picked from: narrow, apart from `cases`, so that taking one touches nothing else.
#: `fresh` means never attempted. `ready` is written by the case's own actions, `cell_open` only by quotas.sync_open,
#: `holds_place` by whoever reserves, promises or frees. `step` and `rank` give the order (lower first); an interrupted
#: or promised case is its owner's until `open_to_all_at`. A leased row leaves both partial indexes: they stay short.
#: From `earliest_at` on it may be called, though `due_at` is preferred: for who would have no case at all. A household
#: that rests between two studies is due at `rests_until`.
case_queue = Table(
    "case_queue",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), nullable=False),
    Column("cell_id", BigInteger, ForeignKey("quota_cells.id")),
    Column("calendar_id", SmallInteger, ForeignKey("calendars.id"), nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("cell_open", Boolean, nullable=False),
    Column("holds_place", Boolean, nullable=False),
    Column(
        "callable", Boolean, Computed("ready and (cell_open or holds_place)", persisted=True), nullable=False
    ),
    Column("fresh", Boolean, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("rank", Double, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner_id", BigInteger, ForeignKey("users.id")),
    Column("open_to_all_at", UtcDateTime),
    Column("not_user_id", BigInteger, ForeignKey("users.id")),
    Column("skill", Text),
    Column("lease_by", BigInteger, ForeignKey("users.id")),
    Column("lease_until", UtcDateTime),
    Column("lease_token", Uuid),
    Column("earliest_at", UtcDateTime),
    Column("rests_until", UtcDateTime),
    CheckConstraint(
        "(lease_by is null) = (lease_until is null) and (lease_by is null) = (lease_token is null)",
        name="lease_whole",
    ),
    Index(
        "ix_case_queue_rest",
        "wave_id",
        "rank",
        "due_at",
        postgresql_where=text("callable and lease_by is null and step = 6"),
    ),
    Index(
        "ix_case_queue_appointed",
        "wave_id",
        "step",
        "due_at",
        postgresql_where=text("callable and lease_by is null and step < 6"),
    ),
    Index(
        "ix_case_queue_sooner",
        "wave_id",
        "due_at",
        postgresql_where=text("callable and lease_by is null and step = 6 and earliest_at is not null"),
    ),
    Index("ix_case_queue_cell", "cell_id"),
    Index("ix_case_queue_owner", "owner_id", postgresql_where=text("owner_id is not null")),
    # No index holds `lease_until`: every answer prolongs a lease, and would write into each index of the row.
    Index("uq_case_queue_lease_by", "lease_by", unique=True, postgresql_where=text("lease_by is not null")),
    postgresql_with={
        "fillfactor": 70,
        "autovacuum_vacuum_scale_factor": 0,
        "autovacuum_vacuum_threshold": 500,
        "autovacuum_vacuum_cost_delay": 0,
    },
)

#: One handling of a case by one interviewer; closed exactly once (trigger), then immutable.
attempts = Table(
    "attempts",
    metadata,
    identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("interviewer_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("direction", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("disposition", Text),
    Column("refusal_by", Text),
    Column("refusal_kind", Text),
    Column("reason", Text),
    Column("return_on", Date),
    Column("note", Text),
    one_of("direction", Direction),
    one_of("disposition", Disposition, nullable=True),
    one_of("refusal_by", RefusalBy, nullable=True),
    one_of("refusal_kind", RefusalKind, nullable=True),
    CheckConstraint("(closed_at is null) = (disposition is null)", name="closed_with_a_disposition"),
    Index(None, "case_id"),
    Index("ix_attempts_closed_at", "closed_at"),
    Index("uq_attempts_open_case", "case_id", unique=True, postgresql_where=text("closed_at is null")),
    Index("ix_attempts_open_interviewer", "interviewer_id", postgresql_where=text("closed_at is null")),
)

#: One number called within an attempt. `ended_at` is null while the dial is live: no second one to the same number.
#: `call_no` is the rank, within the case, of the dials that a person answered. `heard` is what the interviewer coded.
dials = Table(
    "dials",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("attempt_id", BigInteger, ForeignKey("attempts.id"), nullable=False),
    Column("phone_id", BigInteger, ForeignKey("phones.id"), nullable=False),
    Column("phone_hmac", LargeBinary, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("line_outcome", Text),
    Column("heard", Text),
    Column("call_no", SmallInteger),
    one_of("line_outcome", LineOutcome, nullable=True),
    one_of("heard", Disposition, nullable=True),
    CheckConstraint("call_no is null or answered_at is not null", name="only_answered_calls_count"),
    Index("ix_dials_attempt_id", "attempt_id"),
    Index("ix_dials_phone_id", "phone_id"),
    Index("uq_dials_live_number", "phone_hmac", unique=True, postgresql_where=text("ended_at is null")),
)

#: A coding that was wrong: the attempt stays as it was closed, the correction stands beside it.
disposition_corrections = Table(
    "disposition_corrections",
    metadata,
    identity(),
    Column("attempt_id", BigInteger, ForeignKey("attempts.id"), nullable=False),
    Column("disposition", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("corrected_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("corrected_at", UtcDateTime, nullable=False),
    one_of("disposition", Disposition),
    Index(None, "attempt_id"),
)

#: Writes already carried out: the same key again has no second effect and the same answer.
requests = Table(
    "requests",
    metadata,
    Column("key", Uuid, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
