"""Surveys, their waves, the bailleurs who take part, and the questionnaires as they were published."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.surveys.rules import LegalBasis, LineDriver, WaveState

surveys = Table(
    "surveys",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

#: A questionnaire as published: its canonical text, frozen. A case is pinned to one of these rows. `waiver` is the
#: reason somebody gave for publishing it although its proof was not clean; without one, the proof was clean.
questionnaires = Table(
    "questionnaires",
    metadata,
    identity(),
    Column("code", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("waiver", Text),
    Column("waived_by", BigInteger, ForeignKey("users.id")),
    CheckConstraint("(waiver is null) = (waived_by is null)", name="waived_by_somebody"),
    UniqueConstraint("code", "version"),
)

waves = Table(
    "waves",
    metadata,
    identity(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("institute", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("questionnaire_id", BigInteger, ForeignKey("questionnaires.id")),
    Column("line", Text, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    one_of("state", WaveState),
    one_of("line", LineDriver),
    CheckConstraint("line <> 'simulated' or is_demo", name="simulated_only_in_demo"),
)

#: `sort_key` is the name folded (no accent, no case): lists shown to people sort by it on every machine.
bailleurs = Table(
    "bailleurs",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
)

#: A bailleur's part in a wave: his own field dates, objective and what his tenants are told.
wave_bailleurs = Table(
    "wave_bailleurs",
    metadata,
    Column("wave_id", BigInteger, ForeignKey("waves.id"), primary_key=True),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id"), primary_key=True),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("objective", Integer, nullable=False),
    Column("caller_id", Text),
    Column("legal_basis", Text, nullable=False),
    Column("information_text", Text, nullable=False),
    Column("dpo_contact", Text, nullable=False),
    Column(
        "priority",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="-2 to 2; high is called first",
    ),
    Column(
        "visit_id", BigInteger, ForeignKey("visits.id"), comment="the visit that may hear his tenants now"
    ),
    Column("visit_from", UtcDateTime),
    Column("visit_until", UtcDateTime),
    one_of("legal_basis", LegalBasis),
    CheckConstraint("priority between -2 and 2", name="priority_within_reason"),
    CheckConstraint(
        "(visit_id is null) = (visit_from is null) and (visit_id is null) = (visit_until is null)",
        name="visit_whole",
    ),
    CheckConstraint("objective >= 0", name="objective_not_negative"),
    CheckConstraint("closes_on >= opens_on", name="closes_after_opening"),
)

#: A time zone and a set of public holidays: what decides when an address may be called.
calendars = Table(
    "calendars",
    metadata,
    Column("id", SmallInteger, Identity(always=True), primary_key=True),
    Column("zone", Text, nullable=False),
    Column("holidays", Text, nullable=False),
    UniqueConstraint("zone", "holidays"),
)
