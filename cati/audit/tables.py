"""The audit log: append-only, by the rights of the database role too."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from cati.database import UtcDateTime, identity, metadata

audit_log = Table(
    "audit_log",
    metadata,
    identity(),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), comment="null: the system or the command line"),
    Column("action", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("purpose", Text, comment="what for, in words, where the law asks"),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("ix_audit_log_object", "object_type", "object_id", "at"),
    Index("ix_audit_log_user", "user_id", "at"),
)

#: The chain: each seal is the keyed hash of the one before and of one line of the log, so a line that was changed,
#: removed or slipped in shows. Written by the one housekeeper, in the order in which lines became visible.
audit_seals = Table(
    "audit_seals",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3… without a gap"),
    Column("audit_id", BigInteger, ForeignKey("audit_log.id"), nullable=False, unique=True),
    Column("key", SmallInteger, nullable=False, comment="the number of the sealing key"),
    Column("seal", LargeBinary, nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
)
