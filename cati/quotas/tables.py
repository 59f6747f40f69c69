"""Quota cells of a wave (bailleur × QPV) and the ledger of the places interviews hold in them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.quotas.rules import PlaceState

#: The counters are the truth a place is taken from: a conditional UPDATE, under the CHECK below.
quota_cells = Table(
    "quota_cells",
    metadata,
    identity(),
    Column("wave_id", BigInteger, nullable=False),
    Column("bailleur_id", BigInteger, nullable=False),
    Column("qpv", Boolean, nullable=False),
    Column("target", Integer, nullable=False),
    Column("margin", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("promised", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["wave_id", "bailleur_id"], ["wave_bailleurs.wave_id", "wave_bailleurs.bailleur_id"]
    ),
    UniqueConstraint("wave_id", "bailleur_id", "qpv"),
    CheckConstraint("done >= 0 and reserved >= 0 and promised >= 0", name="counts_not_negative"),
    CheckConstraint("target >= 0 and margin >= 0", name="target_not_negative"),
    CheckConstraint("done + reserved + promised <= target + margin", name="never_over_target"),
    postgresql_with={"fillfactor": 20},
)

#: One row per interview that ever held a place: makes reserve, finish and release idempotent.
quota_places = Table(
    "quota_places",
    metadata,
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), primary_key=True),
    Column("cell_id", BigInteger, ForeignKey("quota_cells.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reason", Text),
    Index(None, "cell_id", "state"),
    one_of("state", PlaceState),
)
