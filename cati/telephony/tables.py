"""What the line said of each dial, in order of arrival."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, Uuid

from cati.database import UtcDateTime, metadata

line_events = Table(
    "line_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("dial_id", Uuid, ForeignKey("dials.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Index(None, "dial_id"),
)
