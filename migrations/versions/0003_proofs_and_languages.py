"""proofs, languages and protocols: published with a clean proof or a waiver; the language an interview is read in;
exceptional closures, the rest between studies, a case that may come sooner than it is preferred
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "interviews",
        sa.Column(
            "language",
            sa.Text(),
            nullable=True,
            comment="of the script as it is read; null: the questionnaire's own",
        ),
    )
    op.add_column("questionnaires", sa.Column("waiver", sa.Text(), nullable=True))
    op.add_column("questionnaires", sa.Column("waived_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_questionnaires_waived_by_users"), "questionnaires", "users", ["waived_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_questionnaires_waived_by_somebody"),
        "questionnaires",
        "(waiver is null) = (waived_by is null)",
    )
    _closures()
    _queue()
    _contact_log()


def downgrade() -> None:
    _contact_log_as_it_was()
    op.create_index(
        "ix_case_queue_lease",
        "case_queue",
        ["lease_until"],
        postgresql_where=sa.text("lease_by is not null"),
    )
    op.drop_index("ix_case_queue_sooner", table_name="case_queue")
    op.drop_column("case_queue", "rests_until")
    op.drop_column("case_queue", "earliest_at")
    op.drop_table("closures")
    op.drop_constraint(op.f("ck_questionnaires_waived_by_somebody"), "questionnaires")
    op.drop_constraint(op.f("fk_questionnaires_waived_by_users"), "questionnaires", type_="foreignkey")
    op.drop_column("questionnaires", "waived_by")
    op.drop_column("questionnaires", "waiver")
    op.drop_column("interviews", "language")


def _closures() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=True, comment="null: every wave"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_closures_wave_id_waves")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_closures_set_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("wave_id", "day", name=op.f("uq_closures_wave_id_day")),
    )
    op.create_index(
        "uq_closures_every_wave",
        "closures",
        ["day"],
        unique=True,
        postgresql_where=sa.text("wave_id is null"),
    )
    op.execute("grant select, insert, update, delete on closures to cati_app")
    op.execute("grant usage on all sequences in schema public to cati_app")


def _queue() -> None:
    op.add_column("case_queue", sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_queue", sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_case_queue_sooner",
        "case_queue",
        ["wave_id", "due_at"],
        postgresql_where=sa.text("callable and lease_by is null and step = 6 and earliest_at is not null"),
    )
    # Every answer prolongs a lease: no index may hold its end, or each would write into all of them.
    op.drop_index(
        "ix_case_queue_lease", table_name="case_queue", postgresql_where=sa.text("lease_by is not null")
    )


def _contact_log() -> None:
    """The log was of numbers alone; every call it told of is among the dials, which say more."""
    op.drop_table("contact_log")
    op.create_table(
        "contact_log",
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("bailleur_id", sa.BigInteger(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_contact_log_wave_id_waves")),
        sa.ForeignKeyConstraint(
            ["bailleur_id"], ["bailleurs.id"], name=op.f("fk_contact_log_bailleur_id_bailleurs")
        ),
        sa.PrimaryKeyConstraint("hmac", "wave_id", "bailleur_id", name=op.f("pk_contact_log")),
    )
    op.execute("grant select, insert, update, delete on contact_log to cati_app")
    op.execute(
        """
        insert into contact_log (hmac, wave_id, bailleur_id, called_at, contacted_at, interviewed_at)
        select k.hmac, h.wave_id, h.bailleur_id, max(d.placed_at),
          max(d.answered_at) filter (where d.call_no is not null), max(i.started_at)
        from dials d
        join attempts a on a.id = d.attempt_id and a.closed_at is not null
        join cases c on c.id = a.case_id
        join households h on h.id = c.household_id
        join lateral (
          select p.phone_hmac as hmac from phones p where p.household_id = h.id
          union select s.same_dwelling_hmac from contacts s
                where s.household_id = h.id and s.same_dwelling_hmac is not null
        ) k on true
        left join interviews i on i.case_id = c.id
        group by k.hmac, h.wave_id, h.bailleur_id
        """
    )


def _contact_log_as_it_was() -> None:
    op.execute("alter table contact_log rename to contact_log_by_wave")
    op.execute("alter index pk_contact_log rename to pk_contact_log_by_wave")
    op.create_table(
        "contact_log",
        sa.Column("phone_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone_hmac", name=op.f("pk_contact_log")),
    )
    op.execute(
        """
        insert into contact_log (phone_hmac, last_at)
        select hmac, max(called_at) from contact_log_by_wave where hmac in (select phone_hmac from phones) group by hmac
        """
    )
    op.drop_table("contact_log_by_wave")
    op.execute("grant select, insert, update, delete on contact_log to cati_app")
