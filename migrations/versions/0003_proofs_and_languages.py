"""proofs and languages: published with a clean proof or a waiver; the language an interview is read in"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'interviews',
        sa.Column(
            'language',
            sa.Text(),
            nullable=True,
            comment="of the script as it is read; null: the questionnaire's own",
        ),
    )
    op.add_column('questionnaires', sa.Column('waiver', sa.Text(), nullable=True))
    op.add_column('questionnaires', sa.Column('waived_by', sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f('fk_questionnaires_waived_by_users'), 'questionnaires', 'users', ['waived_by'], ['id']
    )
    op.create_check_constraint(
        op.f('ck_questionnaires_waived_by_somebody'),
        'questionnaires',
        '(waiver is null) = (waived_by is null)',
    )


def downgrade() -> None:
    op.drop_constraint(op.f('ck_questionnaires_waived_by_somebody'), 'questionnaires')
    op.drop_constraint(op.f('fk_questionnaires_waived_by_users'), 'questionnaires', type_='foreignkey')
    op.drop_column('questionnaires', 'waived_by')
    op.drop_column('questionnaires', 'waiver')
    op.drop_column('interviews', 'language')
