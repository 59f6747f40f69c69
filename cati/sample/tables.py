"""Households of a wave, their contacts (sealed, apart) and numbers, the files they came from, the opposition list."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from cati.database import UtcDateTime, identity, metadata, one_of
from cati.sample.rules import NotCallable, NumberStatus

#: One file read for one bailleur. `counts` and `dropped_columns` are what the report showed.
sample_imports = Table(
    "sample_imports",
    metadata,
    identity(),
    Column("wave_id", BigInteger, nullable=False),
    Column("bailleur_id", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("dropped_columns", JSONB, nullable=False),
    Column("imported_by", BigInteger, ForeignKey("users.id")),
    Column("imported_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["wave_id", "bailleur_id"], ["wave_bailleurs.wave_id", "wave_bailleurs.bailleur_id"]
    ),
)

#: Rows that are no household. The row's content is not kept: the bailleur has his own file.
sample_rejects = Table(
    "sample_rejects",
    metadata,
    Column("import_id", BigInteger, ForeignKey("sample_imports.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
)

#: `sample` holds the columns that the questionnaire's `sample:` declares, typed; never a contact.
#: `duplicate_of` names the household that is called instead, for `duplicate` and linked `shared_phone`.
households = Table(
    "households",
    metadata,
    identity(),
    Column("wave_id", BigInteger, nullable=False),
    Column("bailleur_id", BigInteger, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("qpv", Boolean),
    Column("department", Text),
    Column("calendar_id", SmallInteger, ForeignKey("calendars.id"), nullable=False),
    Column("agency", Text),
    Column("residence_code", Text),
    Column("sample", JSONB, nullable=False),
    Column("not_callable", Text),
    Column("duplicate_of", BigInteger, ForeignKey("households.id")),
    Column("import_id", BigInteger, ForeignKey("sample_imports.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("row_sha256", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["wave_id", "bailleur_id"], ["wave_bailleurs.wave_id", "wave_bailleurs.bailleur_id"]
    ),
    UniqueConstraint("wave_id", "bailleur_id", "external_id"),
    CheckConstraint("qpv is not null or not_callable is not null", name="qpv_known_if_callable"),
    one_of("not_callable", NotCallable, nullable=True),
)

#: Who lives there: every column sealed (AES-GCM, column and row as associated data). Read only with a purpose, audited.
#: `same_dwelling_hmac` is the keyed hash of folded name and address: finds duplicates without opening anything.
contacts = Table(
    "contacts",
    metadata,
    Column("household_id", BigInteger, ForeignKey("households.id"), primary_key=True),
    Column("civility", LargeBinary),
    Column("last_name", LargeBinary),
    Column("first_name", LargeBinary),
    Column("co_holder", LargeBinary),
    Column("residence", LargeBinary),
    Column("address", LargeBinary),
    Column("postcode", LargeBinary),
    Column("commune", LargeBinary),
    Column("email", LargeBinary),
    Column("language", LargeBinary),
    Column("same_dwelling_hmac", LargeBinary),
    Index(None, "same_dwelling_hmac"),
)

#: Numbers in the order they are to be dialled. `phone_hmac` is the keyed hash of the E.164 form.
phones = Table(
    "phones",
    metadata,
    identity(),
    Column("household_id", BigInteger, ForeignKey("households.id"), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("e164", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("phone_hmac", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("to_check", Boolean, nullable=False),
    Column("flags", JSONB, nullable=False),
    Column("source_column", Text, nullable=False),
    Column("status", Text, nullable=False),
    UniqueConstraint("household_id", "rank", deferrable=True, initially="DEFERRED"),
    Index(None, "phone_hmac"),
    Index(None, "household_id"),
    one_of("status", NumberStatus),
)

#: Numbers never to be called again, in any study, whatever file they come back in. Only keyed hashes.
oppositions = Table(
    "oppositions",
    metadata,
    Column("phone_hmac", LargeBinary, primary_key=True),
    Column("said_at", UtcDateTime, nullable=False),
    Column("said_to", BigInteger, ForeignKey("users.id")),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", BigInteger, ForeignKey("users.id")),
    Column("lifted_reason", Text),
)

#: When a household was last called, spoken to and interviewed in a wave, by the keyed hashes of each of its numbers and
#: of its name and address: the rest between studies outlives the households.
contact_log = Table(
    "contact_log",
    metadata,
    Column("hmac", LargeBinary, primary_key=True),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), primary_key=True),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id"), primary_key=True),
    Column("called_at", UtcDateTime, nullable=False),
    Column("contacted_at", UtcDateTime),
    Column("interviewed_at", UtcDateTime),
)

#: The frame: how many leases the bailleur has in and out of the QPV (N_h), for targets and weights.
frame_cells = Table(
    "frame_cells",
    metadata,
    Column("wave_id", BigInteger, primary_key=True),
    Column("bailleur_id", BigInteger, primary_key=True),
    Column("qpv", Boolean, primary_key=True),
    Column("households", Integer, nullable=False),
    ForeignKeyConstraint(
        ["wave_id", "bailleur_id"], ["wave_bailleurs.wave_id", "wave_bailleurs.bailleur_id"]
    ),
    CheckConstraint("households >= 0", name="households_not_negative"),
)
