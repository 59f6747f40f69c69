"""Visits, the bailleurs they concern, the observers invited, and what they say of the script afterwards."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.observation.rules import Scope

visits = Table(
    "visits",
    metadata,
    identity(),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("opened_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_by", BigInteger, ForeignKey("users.id")),
    Column("closed_at", UtcDateTime),
    one_of("scope", Scope),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
)

#: `agreed_at`: when the bailleur agreed that observers of the region hear his tenants too.
visit_bailleurs = Table(
    "visit_bailleurs",
    metadata,
    Column("visit_id", BigInteger, ForeignKey("visits.id"), primary_key=True),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id"), primary_key=True),
    Column("agreed_at", UtcDateTime),
)

#: An invitation: the personal link (its token is stored nowhere) and the signed confidentiality.
visit_observers = Table(
    "visit_observers",
    metadata,
    identity(),
    Column("visit_id", BigInteger, ForeignKey("visits.id"), nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("invited_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("invited_at", UtcDateTime, nullable=False),
    Column("signed_at", UtcDateTime),
    Column("signed_name", Text, comment="typed as a signature"),
    Column("signed_text_sha256", Text, comment="of the commitment as it was read"),
    Column("revoked_at", UtcDateTime),
    CheckConstraint(
        "(signed_at is null) = (signed_name is null) and (signed_at is null) = (signed_text_sha256 is null)",
        name="signature_whole",
    ),
    Index("uq_visit_observers_user", "visit_id", "user_id", unique=True),
)

#: What a visitor says of the script, never of a person.
script_feedback = Table(
    "script_feedback",
    metadata,
    identity(),
    Column("visit_id", BigInteger, ForeignKey("visits.id"), nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("question", Text),
    Column("text", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Index(None, "visit_id"),
)
