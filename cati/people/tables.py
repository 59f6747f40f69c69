"""Tables of the accounts, their sessions and stations, and the waves interviewers are assigned to."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    true,
)

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.people.rules import Role, SessionEnd, StationState

users = Table(
    "users",
    metadata,
    identity(),
    Column("login", Text, nullable=False, unique=True, comment="folded: no accents, no capitals"),
    Column("first_name", Text, nullable=False, comment="as said on the telephone"),
    Column("display_name", Text, nullable=False, comment="as shown in lists"),
    Column("sort_key", Text, nullable=False, comment="display_name folded"),
    Column("number", Integer, unique=True, comment="the interviewer's number in exports"),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", UtcDateTime, nullable=False),
    one_of("role", Role),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True, comment="of the cookie, which is stored nowhere"),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("csrf_token", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, comment="to the minute"),
    Column("expires_at", UtcDateTime, nullable=False, comment="unless a case is then in hand"),
    Column("ended_at", UtcDateTime),
    Column("ended_reason", Text),
    one_of("ended_reason", SessionEnd, nullable=True),
    Index("ix_sessions_open", "user_id", postgresql_where="ended_at is null"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    identity(),
    Column("account_sha256", Text, nullable=False, comment="of the login typed: it may be anything"),
    Column("address", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sign_in_failures_account", "account_sha256", "at"),
    Index("ix_sign_in_failures_address", "address", "at"),
)

stations = Table(
    "stations",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("pause_code", Text),
    Column(
        "sign_out_by",
        BigInteger,
        ForeignKey("users.id"),
        comment="who wants him signed out at the end of the call",
    ),
    Column("sign_out_reason", Text),
    one_of("state", StationState),
)

#: Whom a visitor's or a bailleur's account belongs to; no bailleur: the region, which sees totals only.
observer_scopes = Table(
    "observer_scopes",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id")),
    Column("organisation", Text, nullable=False, comment="as shown to supervisors and interviewers"),
)

#: One row: what seals the passes of observers. No role of the application reads it: the functions do, as its owner.
observer_keys = Table("observer_keys", metadata, Column("secret", LargeBinary, primary_key=True))

#: What a supervisor tells one interviewer, or the whole floor (`to_user_id` null).
messages = Table(
    "messages",
    metadata,
    identity(),
    Column("to_user_id", BigInteger, ForeignKey("users.id")),
    Column("text", Text, nullable=False),
    Column("sent_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, comment="shown to nobody afterwards"),
    CheckConstraint("char_length(text) <= 280", name="text_short"),
    Index(None, "sent_at"),
)

message_reads = Table(
    "message_reads",
    metadata,
    Column("message_id", BigInteger, ForeignKey("messages.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("read_at", UtcDateTime, nullable=False),
)

#: A supervisor who looks at an interviewer's screen: now while `ended_at` is null and the page still says so.
watches = Table(
    "watches",
    metadata,
    identity(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False, comment="who is watched"),
    Column("watched_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, comment="the watching page's last sign of life"),
    Column("ended_at", UtcDateTime),
    Index("uq_watches_open", "user_id", "watched_by", unique=True, postgresql_where="ended_at is null"),
)

assignments = Table(
    "assignments",
    metadata,
    identity(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), nullable=False),
    Column(
        "skill", Text, nullable=False, server_default="", comment="a language, conversions…; empty: ordinary"
    ),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Index("ix_assignments_user", "user_id", "wave_id"),
    Index("ix_assignments_wave", "wave_id"),
)
