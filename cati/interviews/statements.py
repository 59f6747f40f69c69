"""The statements that save an interview, written out: they run at every answer."""

from sqlalchemy import text

from cati.cases.store.queue import MAY_GO_ON, RENEWED

_EVENT = """
      insert into answer_events (interview_id, seq, kind, request, part, question, iteration, state, value,
                                 text_sha256, visit_id, questionnaire_id, screen, by, at, elapsed_ms)
      select :interview, e.seq, e.kind, :request, e.part, e.question, e.iteration, e.state, e.value,
             e.text_sha256, e.visit_id, :questionnaire, e.screen, :me, :now, e.elapsed_ms
      from jsonb_to_recordset(cast(:events as jsonb)) as e(
        seq int, kind text, part smallint, question text, iteration text, state text, value jsonb,
        text_sha256 text, visit_id bigint, screen text, elapsed_ms int)
"""

_ANSWER = """
      insert into answers (interview_id, question, iteration, state, value, seq, answered_at)
      select :interview, e.question, e.iteration, e.state, e.value, e.seq, :now
      from jsonb_to_recordset(cast(:events as jsonb)) as e(
        seq int, kind text, question text, iteration text, state text, value jsonb)
      where e.kind = 'answered'
"""

_KEPT = """
      on conflict (interview_id, question, iteration) do update
        set state = excluded.state, value = excluded.value, seq = excluded.seq, answered_at = excluded.answered_at
"""

_INTERVIEW_ROW = """
    update interviews
    set seq = :seq, changed_seq = :changed_seq, state = :state, call_no = :call_no, interviewer_id = :me,
        started_at = :started_at, first_eligible_at = :first_eligible_at, eligible_at = :eligible_at,
        eligible_call = :eligible_call, completed_at = :completed_at, surplus = :surplus
    where id = :interview
"""

#: Events, answers and the interview's own row: one round trip, one effect.
SAVE = text(f"with event as ({_EVENT}), answer as ({_ANSWER}{_KEPT}){_INTERVIEW_ROW}")

#: The same with the lease's renewal riding along: whoever lost the case writes nothing at all.
SAVE_IN_HAND = text(
    f"with lease as (update case_queue q set {RENEWED} where q.case_id = :case and {MAY_GO_ON} returning 1), "
    f"event as ({_EVENT} where exists (select from lease)), "
    f"answer as ({_ANSWER} and exists (select from lease){_KEPT}) "
    f"{_INTERVIEW_ROW} and exists (select from lease)"
)
