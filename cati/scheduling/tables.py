"""Protocols (how often, when, after which delay) and appointments."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.scheduling.rules import AppointmentState

#: Every version of a wave's protocol: the latest is in force; older ones say why a case was called when it was.
protocols = Table(
    "protocols",
    metadata,
    Column("wave_id", BigInteger, ForeignKey("waves.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", BigInteger, ForeignKey("users.id")),
    Column("set_at", UtcDateTime, nullable=False),
)

#: Further days without calls, of one wave or of all (`wave_id` null): a strike, a flood, the institute's own closing.
closures = Table(
    "closures",
    metadata,
    identity(),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), comment="null: every wave"),
    Column("day", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", BigInteger, ForeignKey("users.id")),
    Column("set_at", UtcDateTime, nullable=False),
    UniqueConstraint("wave_id", "day"),
    Index("uq_closures_every_wave", "day", unique=True, postgresql_where=text("wave_id is null")),
)

#: `missed` counts how often it came due and nobody was reached; at most one is planned for a case.
appointments = Table(
    "appointments",
    metadata,
    identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("firm", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner_id", BigInteger, ForeignKey("users.id")),
    Column("phone_id", BigInteger, ForeignKey("phones.id")),
    Column("note", Text),
    Column("missed", SmallInteger, nullable=False),
    Column("made_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    one_of("state", AppointmentState),
    UniqueConstraint("case_id", "made_at"),
    Index("uq_appointments_planned", "case_id", unique=True, postgresql_where=text("state = 'planned'")),
    Index("ix_appointments_at", "at", postgresql_where=text("state = 'planned'")),
)
