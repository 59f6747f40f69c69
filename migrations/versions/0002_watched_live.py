"""watched live: visits, listeners, messages, quality control, a sealed audit, and rows that observers may read"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

#: Whose rows the observers' role reads: nobody's, unless its transaction shows a pass that cati_app was given. The
#: setting alone is not enough, for whoever could forge a query could set it: the ids are sealed with a secret that
#: neither role can read.
OBSERVER_PASSES = (
    """
    create function observer_seal(said text) returns text
    language sql stable parallel safe security definer set search_path = pg_catalog, public as $$
      select encode(sha256(secret || sha256(secret || convert_to(said, 'UTF8'))), 'hex') from observer_keys $$
    """,
    """
    create function observer_pass(bailleurs bigint[]) returns text
    language sql stable security definer set search_path = pg_catalog, public as $$
      select said || '/' || observer_seal(said) from (select array_to_string(bailleurs, ',') as said) as asked $$
    """,
    """
    create function own_bailleurs() returns bigint[]
    language sql stable parallel safe security definer set search_path = pg_catalog, public as $$
      select string_to_array(nullif(split_part(pass, '/', 1), ''), ',')::bigint[]
      from (select current_setting('cati.bailleur', true) as pass) as shown
      where split_part(pass, '/', 2) = observer_seal(split_part(pass, '/', 1)) $$
    """,
    "revoke execute on function observer_seal, observer_pass, own_bailleurs from public",
    "grant execute on function observer_pass to cati_app",
    "grant execute on function own_bailleurs to cati_observer",
    """
    insert into observer_keys (secret)
    select sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) from generate_series(1, 4)
    """,
)

#: The region as one: totals, and nothing from which one bailleur could be told. A bailleur who takes his own figures
#: away must still have several before him: of fewer than three, or with one above 85 %, nothing is said.
REGION_TOTALS = """
    create function region_totals(wave bigint)
    returns table (bailleurs bigint, target bigint, done bigint, under_way bigint, households bigint, seconds float8)
    language sql stable security definer set search_path = pg_catalog, public as $$
      with cells as (
        select c.bailleur_id, sum(c.target) as target, sum(c.done) as done, sum(c.reserved + c.promised) as under_way
        from quota_cells c where c.wave_id = wave group by c.bailleur_id)
      select count(*)::bigint, sum(target)::bigint, sum(done)::bigint, sum(under_way)::bigint,
        (select count(*) from households h where h.wave_id = wave),
        (select coalesce(sum(extract(epoch from a.closed_at - a.opened_at)), 0)::float8
           from attempts a join cases k on k.id = a.case_id where k.wave_id = wave)
      from cells having count(*) >= 3 and max(target) <= 0.85 * sum(target) $$
"""

#: `(select …)`: asked once a statement, not once a row
_MINE = "any((select own_bailleurs())::bigint[])"
_OWN = f"bailleur_id = {_MINE}"
#: What the gate of listening needs to know of an interview, besides its answers.
LISTENING_FACTS = """
    create function listening_facts(wanted bigint, at_time timestamptz) returns jsonb language plpgsql stable as $$
    begin return (select
    jsonb_build_object(
      'listeners', (select coalesce(jsonb_agg(jsonb_build_array(l.user_id, l.visit_id, exists (
                      select from sessions s where s.user_id = l.user_id and s.ended_at is null)) order by l.id), '[]')
                    from listeners l where l.interview_id = interviews.id and l.ended_at is null),
      'visit', (select p.visit_id from wave_bailleurs p
                where p.wave_id = interviews.wave_id and p.bailleur_id = interviews.bailleur_id
                  and p.visit_from <= at_time and p.visit_until > at_time),
      'declined', exists (select from declined_visits d join wave_bailleurs p on p.visit_id = d.visit_id
                          where p.wave_id = interviews.wave_id and p.bailleur_id = interviews.bailleur_id
                            and d.user_id = interviews.interviewer_id),
      'on_line', exists (select from dials d join attempts a on a.id = d.attempt_id
                         where a.case_id = interviews.case_id and d.call_no = interviews.call_no
                           and d.ended_at is null),
      'said', (select coalesce(jsonb_agg(jsonb_build_array(e.question, e.seq, e.visit_id, e.text_sha256)
                                         order by e.seq), '[]')
               from answer_events e where e.interview_id = interviews.id and e.kind = 'answered'
                 and e.iteration = 'c' || interviews.call_no),
      'cut', (select max(k.seq) from listening_cuts k where k.interview_id = interviews.id),
      'danger', exists (select from dangers d where d.case_id = interviews.case_id))
    from interviews where interviews.id = wanted); end $$
"""

_OF_OWN_HOUSEHOLD = "exists (select from households h where h.id = household_id)"
_OF_OWN_CASE = "exists (select from cases c where c.id = case_id)"
_OF_OWN_IMPORT = "exists (select from sample_imports i where i.id = import_id)"

#: table: (columns that cati_observer reads, which rows). The rows of a table below are seen through those above it.
OBSERVED = {
    "bailleurs": ("id, code, name, sort_key", f"id = {_MINE}"),
    "wave_bailleurs": ("wave_id, bailleur_id, opens_on, closes_on, opened_at, objective", _OWN),
    "quota_cells": ("id, wave_id, bailleur_id, qpv, target, done, reserved, promised, paused", _OWN),
    "households": ("id, wave_id, bailleur_id, qpv", _OWN),
    "cases": ("id, wave_id, household_id, state, close_reason", _OF_OWN_HOUSEHOLD),
    "attempts": ("id, case_id, opened_at, closed_at, disposition", _OF_OWN_CASE),
    "interviews": ("wave_id, bailleur_id, state, started_at, completed_at, observed, surplus", _OWN),
    "phones": ("id, household_id, status", _OF_OWN_HOUSEHOLD),
    "sample_imports": ("id, wave_id, bailleur_id, imported_at", _OWN),
    "sample_rejects": ("import_id, line, reason", _OF_OWN_IMPORT),
    "observed_screens": ("interview_id, bailleur_id, visit_id, seq, screen, admitted, at", _OWN),
}

NEW_TABLES = (
    "audit_seals, backchecks, declined_visits, help_calls, listeners, listening_cuts, message_reads, messages, "
    "observed_screens, observer_scopes, script_feedback, validations, visit_bailleurs, visit_observers, visits, watches"
)


def upgrade() -> None:
    op.create_table('messages',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('to_user_id', sa.BigInteger(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sent_by', sa.BigInteger(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False, comment='shown to nobody afterwards'),
    sa.CheckConstraint('char_length(text) <= 280', name=op.f('ck_messages_text_short')),
    sa.ForeignKeyConstraint(['sent_by'], ['users.id'], name=op.f('fk_messages_sent_by_users')),
    sa.ForeignKeyConstraint(['to_user_id'], ['users.id'], name=op.f('fk_messages_to_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages'))
    )
    op.create_index(op.f('ix_messages_sent_at'), 'messages', ['sent_at'], unique=False)
    op.create_table('watches',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False, comment='who is watched'),
    sa.Column('watched_by', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment="the watching page's last sign of life"),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_watches_user_id_users')),
    sa.ForeignKeyConstraint(['watched_by'], ['users.id'], name=op.f('fk_watches_watched_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_watches'))
    )
    op.create_index('uq_watches_open', 'watches', ['user_id', 'watched_by'], unique=True, postgresql_where='ended_at is null')
    op.create_table('observer_scopes',
    sa.Column('user_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('bailleur_id', sa.BigInteger(), nullable=True),
    sa.Column('organisation', sa.Text(), nullable=False, comment='as shown to supervisors and interviewers'),
    sa.ForeignKeyConstraint(['bailleur_id'], ['bailleurs.id'], name=op.f('fk_observer_scopes_bailleur_id_bailleurs')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_observer_scopes_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_observer_scopes'))
    )
    op.create_table('observer_keys',
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('secret', name=op.f('pk_observer_keys'))
    )
    op.create_table('audit_seals',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False, comment='1, 2, 3… without a gap'),
    sa.Column('audit_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.SmallInteger(), nullable=False, comment='the number of the sealing key'),
    sa.Column('seal', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['audit_id'], ['audit_log.id'], name=op.f('fk_audit_seals_audit_id_audit_log')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_seals')),
    sa.UniqueConstraint('audit_id', name=op.f('uq_audit_seals_audit_id'))
    )
    op.create_table('message_reads',
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_message_reads_message_id_messages')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_message_reads_user_id_users')),
    sa.PrimaryKeyConstraint('message_id', 'user_id', name=op.f('pk_message_reads'))
    )
    op.create_table('visits',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('wave_id', sa.BigInteger(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("scope in ('bailleurs', 'region')", name=op.f('ck_visits_scope_known')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_visits_ends_after_it_starts')),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_visits_closed_by_users')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_visits_opened_by_users')),
    sa.ForeignKeyConstraint(['wave_id'], ['waves.id'], name=op.f('fk_visits_wave_id_waves')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits'))
    )
    op.create_table('declined_visits',
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_declined_visits_user_id_users')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_declined_visits_visit_id_visits')),
    sa.PrimaryKeyConstraint('visit_id', 'user_id', name=op.f('pk_declined_visits'))
    )
    op.create_table('script_feedback',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('question', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_script_feedback_user_id_users')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_script_feedback_visit_id_visits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_script_feedback'))
    )
    op.create_index(op.f('ix_script_feedback_visit_id'), 'script_feedback', ['visit_id'], unique=False)
    op.create_table('visit_bailleurs',
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('bailleur_id', sa.BigInteger(), nullable=False),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['bailleur_id'], ['bailleurs.id'], name=op.f('fk_visit_bailleurs_bailleur_id_bailleurs')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_bailleurs_visit_id_visits')),
    sa.PrimaryKeyConstraint('visit_id', 'bailleur_id', name=op.f('pk_visit_bailleurs'))
    )
    op.create_table('visit_observers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('token_sha256', sa.Text(), nullable=False),
    sa.Column('invited_by', sa.BigInteger(), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_name', sa.Text(), nullable=True, comment='typed as a signature'),
    sa.Column('signed_text_sha256', sa.Text(), nullable=True, comment='of the commitment as it was read'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(signed_at is null) = (signed_name is null) and (signed_at is null) = (signed_text_sha256 is null)', name=op.f('ck_visit_observers_signature_whole')),
    sa.ForeignKeyConstraint(['invited_by'], ['users.id'], name=op.f('fk_visit_observers_invited_by_users')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_visit_observers_user_id_users')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_observers_visit_id_visits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_observers')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_visit_observers_token_sha256'))
    )
    op.create_index('uq_visit_observers_user', 'visit_observers', ['visit_id', 'user_id'], unique=True)
    op.create_table('help_calls',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('question', sa.Text(), nullable=True, comment='where he stood, if in an interview'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by', sa.BigInteger(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_help_calls_answered_by_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_help_calls_case_id_cases')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_help_calls_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_calls'))
    )
    op.create_index('uq_help_calls_open', 'help_calls', ['user_id'], unique=True, postgresql_where='closed_at is null')
    op.create_table('backchecks',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('interview_id', sa.BigInteger(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('calls', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('last_called_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('done_by', sa.BigInteger(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("result is null or result in ('confirmed', 'different', 'no_interview', 'not_reached', 'declined')", name=op.f('ck_backchecks_result_known')),
    sa.CheckConstraint('(done_at is null) = (result is null)', name=op.f('ck_backchecks_done_with_a_result')),
    sa.ForeignKeyConstraint(['done_by'], ['users.id'], name=op.f('fk_backchecks_done_by_users')),
    sa.ForeignKeyConstraint(['interview_id'], ['interviews.id'], name=op.f('fk_backchecks_interview_id_interviews')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_backchecks')),
    sa.UniqueConstraint('interview_id', name=op.f('uq_backchecks_interview_id'))
    )
    op.create_table('listeners',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('interview_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='the last sign of life of his page'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("ended_reason is null or ended_reason in ('finished', 'left', 'recognised', 'by_interviewer', 'by_supervisor', 'danger', 'consent_withdrawn', 'visit_over')", name=op.f('ck_listeners_ended_reason_known')),
    sa.CheckConstraint('(ended_at is null) = (ended_reason is null)', name=op.f('ck_listeners_ended_for_a_reason')),
    sa.ForeignKeyConstraint(['interview_id'], ['interviews.id'], name=op.f('fk_listeners_interview_id_interviews')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_listeners_user_id_users')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_listeners_visit_id_visits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listeners'))
    )
    op.create_index('ix_listeners_interview_id', 'listeners', ['interview_id'], unique=False)
    op.create_index('ix_listeners_visit_id', 'listeners', ['visit_id'], unique=False)
    op.create_index('uq_listeners_open_user', 'listeners', ['user_id'], unique=True, postgresql_where='ended_at is null')
    op.create_table('listening_cuts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('interview_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('cut_by', sa.BigInteger(), nullable=False),
    sa.Column('cut_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['cut_by'], ['users.id'], name=op.f('fk_listening_cuts_cut_by_users')),
    sa.ForeignKeyConstraint(['interview_id'], ['interviews.id'], name=op.f('fk_listening_cuts_interview_id_interviews')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listening_cuts'))
    )
    op.create_index(op.f('ix_listening_cuts_interview_id'), 'listening_cuts', ['interview_id'], unique=False)
    op.create_table('observed_screens',
    sa.Column('interview_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('bailleur_id', sa.BigInteger(), nullable=False),
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('screen', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('admitted', postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['bailleur_id'], ['bailleurs.id'], name=op.f('fk_observed_screens_bailleur_id_bailleurs')),
    sa.ForeignKeyConstraint(['interview_id'], ['interviews.id'], name=op.f('fk_observed_screens_interview_id_interviews')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_observed_screens_visit_id_visits')),
    sa.PrimaryKeyConstraint('interview_id', name=op.f('pk_observed_screens'))
    )
    op.create_table('validations',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('interview_id', sa.BigInteger(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.BigInteger(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("verdict in ('validated', 'invalidated')", name=op.f('ck_validations_verdict_known')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_validations_decided_by_users')),
    sa.ForeignKeyConstraint(['interview_id'], ['interviews.id'], name=op.f('fk_validations_interview_id_interviews')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_validations'))
    )
    op.create_index(op.f('ix_validations_interview_id'), 'validations', ['interview_id'], unique=False)
    op.add_column('cases', sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True, comment='attempts opened before close it no more'))
    op.add_column('wave_bailleurs', sa.Column('priority', sa.SmallInteger(), server_default=sa.text('0'), nullable=False, comment='-2 to 2; high is called first'))
    op.add_column('wave_bailleurs', sa.Column('visit_id', sa.BigInteger(), nullable=True, comment='the visit that may hear his tenants now'))
    op.add_column('wave_bailleurs', sa.Column('visit_from', sa.DateTime(timezone=True), nullable=True))
    op.add_column('wave_bailleurs', sa.Column('visit_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('stations', sa.Column('sign_out_by', sa.BigInteger(), nullable=True, comment='who wants him signed out at the end of the call'))
    op.add_column('stations', sa.Column('sign_out_reason', sa.Text(), nullable=True))
    op.create_foreign_key(op.f('fk_stations_sign_out_by_users'), 'stations', 'users', ['sign_out_by'], ['id'])
    op.create_check_constraint(op.f('ck_wave_bailleurs_priority_within_reason'), 'wave_bailleurs', 'priority between -2 and 2')
    op.create_check_constraint(
        op.f('ck_wave_bailleurs_visit_whole'), 'wave_bailleurs',
        '(visit_id is null) = (visit_from is null) and (visit_id is null) = (visit_until is null)',
    )
    op.create_foreign_key(op.f('fk_wave_bailleurs_visit_id_visits'), 'wave_bailleurs', 'visits', ['visit_id'], ['id'])
    op.execute(f"grant select, insert, update, delete on {NEW_TABLES} to cati_app")
    op.execute("grant usage on all sequences in schema public to cati_app")
    op.execute("revoke update, delete on audit_seals, validations from cati_app")
    for statement in OBSERVER_PASSES:
        op.execute(statement)
    for table, (columns, rows) in OBSERVED.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy app on {table} to cati_app using (true) with check (true)")
        op.execute(f"create policy observer on {table} for select to cati_observer using ({rows})")
        op.execute(f"grant select ({columns}) on {table} to cati_observer")
    op.execute("grant select (id, code, name, state) on waves to cati_observer")
    op.execute(LISTENING_FACTS)
    op.execute("revoke execute on function listening_facts from public")
    op.execute("grant execute on function listening_facts to cati_app")
    op.execute(REGION_TOTALS)
    op.execute("revoke execute on function region_totals from public")
    op.execute("grant execute on function region_totals to cati_observer")


def downgrade() -> None:
    op.execute("drop function region_totals")
    op.execute("drop function listening_facts")
    op.execute("revoke select (id, code, name, state) on waves from cati_observer")
    for table, (columns, _rows) in OBSERVED.items():
        op.execute(f"revoke select ({columns}) on {table} from cati_observer")
        op.execute(f"drop policy observer on {table}")
        op.execute(f"drop policy app on {table}")
        op.execute(f"alter table {table} disable row level security")
    op.execute("drop function own_bailleurs, observer_pass, observer_seal")
    op.drop_constraint(op.f('fk_stations_sign_out_by_users'), 'stations', type_='foreignkey')
    op.drop_column('stations', 'sign_out_reason')
    op.drop_column('stations', 'sign_out_by')
    op.drop_constraint(op.f('ck_wave_bailleurs_visit_whole'), 'wave_bailleurs', type_='check')
    op.drop_constraint(op.f('ck_wave_bailleurs_priority_within_reason'), 'wave_bailleurs', type_='check')
    op.drop_constraint(op.f('fk_wave_bailleurs_visit_id_visits'), 'wave_bailleurs', type_='foreignkey')
    op.drop_column('wave_bailleurs', 'visit_until')
    op.drop_column('wave_bailleurs', 'visit_from')
    op.drop_column('wave_bailleurs', 'visit_id')
    op.drop_column('wave_bailleurs', 'priority')
    op.drop_column('cases', 'reopened_at')
    op.drop_index(op.f('ix_validations_interview_id'), table_name='validations')
    op.drop_table('validations')
    op.drop_table('observed_screens')
    op.drop_index(op.f('ix_listening_cuts_interview_id'), table_name='listening_cuts')
    op.drop_table('listening_cuts')
    op.drop_index('uq_listeners_open_user', table_name='listeners', postgresql_where='ended_at is null')
    op.drop_index('ix_listeners_visit_id', table_name='listeners')
    op.drop_index('ix_listeners_interview_id', table_name='listeners')
    op.drop_table('listeners')
    op.drop_table('backchecks')
    op.drop_index('uq_help_calls_open', table_name='help_calls', postgresql_where='closed_at is null')
    op.drop_table('help_calls')
    op.drop_index('uq_visit_observers_user', table_name='visit_observers')
    op.drop_table('visit_observers')
    op.drop_table('visit_bailleurs')
    op.drop_index(op.f('ix_script_feedback_visit_id'), table_name='script_feedback')
    op.drop_table('script_feedback')
    op.drop_table('declined_visits')
    op.drop_table('visits')
    op.drop_table('message_reads')
    op.drop_table('audit_seals')
    op.drop_table('observer_keys')
    op.drop_table('observer_scopes')
    op.drop_index('uq_watches_open', table_name='watches', postgresql_where='ended_at is null')
    op.drop_table('watches')
    op.drop_index(op.f('ix_messages_sent_at'), table_name='messages')
    op.drop_table('messages')
