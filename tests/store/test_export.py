"""Exports of real interviews, read back by an outside reader."""

import csv
import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import polars as pl
import pyreadstat
import pytest
from sqlalchemy import Connection, insert, select, update

from cati import sealing
from cati.audit.tables import audit_log
from cati.cases.rules import Direction, InterviewState, LineOutcome
from cati.cases.tables import attempts, cases, dials
from cati.errors import Conflict, NotFound, QuestionnaireRefused
from cati.exports import store
from cati.exports.actions import write_archive, write_export
from cati.exports.gathering import Order
from cati.interviews.tables import answer_events, validations
from cati.interviews.tables import interviews as interview_rows
from cati.questionnaire.model import Answer, State, answered
from cati.questionnaire.route import Situation
from cati.sample.tables import phones
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.tables import waves
from tests import stories
from tests.respondents import TRIENNALE, Field, a_field, a_sample, add_case, add_interview, publish, respond

Row = dict[str, object]
SAMPLE = {"qpv": False, "type_logement": "collectif", "anciennete_ans": 4, "ascenseur": True}


@pytest.fixture
def sealed(keys: Path) -> Keys:
    return sealing.create(keys)


@pytest.fixture
def field(db: Connection, now: datetime) -> Field:
    return a_field(db, now)


def exported(
    db: Connection, sealed: Keys, field: Field, to: Path, now: datetime, *, with_partials: bool = False
) -> tuple[list[Row], object]:
    """The rows of the .sav as codes, and its metadata."""
    write_export(db, sealed, Order(wave_id=field.wave_id, with_partials=with_partials), to, now)
    rows, meta = pyreadstat.read_sav(to / "T26.sav", user_missing=True, output_format="polars")
    return rows.to_dicts(), meta


def in_csv(to: Path) -> list[dict[str, str]]:
    with (to / "T26.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def complete(field: Field, draw: random.Random, **told: Answer) -> dict[tuple[str, str], Answer]:
    """A complete respondent of SAMPLE who said `told`, wherever the route asks it."""
    situation = Situation(
        sample=SAMPLE,
        facts={"year": 2026, "date": "2026-11-24"},
        version=field.compiled.questionnaire.version,
    )
    given = respond(field.compiled, situation, draw)
    return {**given, **{(question, ""): answer for question, answer in told.items()}}


def test_what_is_read_back_is_what_was_answered(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    draw = random.Random(3)
    for rank in range(25):
        add_interview(db, field, now, sample=a_sample(draw), draw=draw, bailleur=rank % 2)
    rows, meta = exported(db, sealed, field, tmp_path, now)
    table = in_csv(tmp_path)
    assert len(rows) == len(table) == 25
    for row, line in zip(rows, table, strict=True):
        for name, value in row.items():
            told = line[name].removeprefix("'") if str(value)[:1] in "=+-@" and value else line[name]
            match value:
                case None | "":
                    assert told == "", name
                case float():
                    assert float(told) == value, name
                case _:
                    assert told == str(value), name
    assert meta.missing_ranges["A4"] == [{"lo": 97, "hi": 97}, {"lo": 98, "hi": 98}, {"lo": 99, "hi": 99}]
    assert meta.variable_value_labels["BAILLEUR"] == {
        code: f"Bailleur fictif n° {code}, é" for code in ("01", "02")
    }
    assert meta.variable_value_labels["A1"][1] == "Très satisfait(e)"
    assert meta.variable_measure["A1"] == "ordinal"
    assert meta.original_variable_types["DATE_ENT"].startswith("DATE")


def test_the_rows_stand_in_the_order_of_their_random_ids(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    for number in (9, 2, 5):
        add_interview(db, field, now, sample=SAMPLE, export_id=UUID(int=number))
    rows, _ = exported(db, sealed, field, tmp_path, now)
    assert [row["ID_ENT"] for row in rows] == [str(UUID(int=number)) for number in (2, 5, 9)]


@pytest.mark.parametrize("batch", [1, 3, 4, 8, 9, 10])
def test_interviews_read_in_batches_are_all_there_once(
    db: Connection, field: Field, now: datetime, batch: int
) -> None:
    for number in range(9):
        add_interview(db, field, now, sample=SAMPLE, answers={}, export_id=UUID(int=number))
    read = store.kept(db, field.wave_id, {InterviewState.COMPLETE}, batch=batch)
    assert [each.export_id for each in read] == [UUID(int=number) for number in range(9)]


def test_the_same_answers_give_the_same_bytes_whatever_the_hour(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    draw = random.Random(5)
    for _ in range(6):
        add_interview(db, field, now, sample=a_sample(draw), draw=draw)
    order = Order(wave_id=field.wave_id)
    first = write_export(db, sealed, order, tmp_path / "first", now)
    later = write_export(db, sealed, order, tmp_path / "later", now.replace(year=2027))
    assert first.files == later.files
    assert first.sha256 == later.sha256
    write_archive(db, sealed, order, tmp_path / "a.zip", now)
    write_archive(db, sealed, order, tmp_path / "b.zip", now)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_answers_off_the_route_stay_in_the_database(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    satisfied = complete(field, random.Random(1), A1=answered(1), A2=answered(9), A3=answered("dit avant"))
    add_interview(db, field, now, sample=SAMPLE, answers=satisfied)
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert (row["A1"], row["A3"], row["A3_ETAT"]) == (1, "", None)
    assert "dit avant" not in (tmp_path / "T26.csv").read_text()


def test_states_have_their_codes_and_mentions_their_order(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    said = complete(
        field,
        random.Random(1),
        A1=Answer(State.DK),
        A4=Answer(State.NA),
        K1=answered([8, 2]),
        L1=Answer(State.REFUSED),
        L1T=answered(3),
        L2=answered(1),
    )
    add_interview(db, field, now, sample=SAMPLE, answers=said)
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert (row["A1"], row["A4"], row["L1"], row["L1T"]) == (98, 97, 999, 3)
    assert (row["K1_R1"], row["K1_R2"], row["K1_8"], row["K1_2"], row["K1_1"]) == (8, 2, 1, 1, 0)
    assert row["FOYER"] == 1, "who lives alone is not asked, and is known"


@pytest.mark.parametrize(
    ("state", "with_partials", "is_there"),
    [
        (InterviewState.COMPLETE, False, True),
        (InterviewState.PARTIAL, False, False),  # only when asked for
        (InterviewState.PARTIAL, True, True),
        (InterviewState.WITHDRAWN, True, False),  # the tenant took his answers back
        (InterviewState.INVALIDATED, True, False),  # the supervisor did not believe it
        (InterviewState.SUSPENDED, True, False),  # may still be finished
        (InterviewState.QUOTA_FULL, True, False),
    ],
)
def test_only_finished_interviews_leave(
    db: Connection,
    field: Field,
    sealed: Keys,
    tmp_path: Path,
    now: datetime,
    state: InterviewState,
    with_partials: bool,
    is_there: bool,
) -> None:
    add_interview(db, field, now, sample=SAMPLE, state=state)
    rows, _ = exported(db, sealed, field, tmp_path, now, with_partials=with_partials)
    assert len(rows) == is_there
    counts = json.loads((tmp_path / "manifest.json").read_text())["interviews"]
    assert counts == ({state.value: 1} if is_there else {})


def a_call(db: Connection, field: Field, case_id: int, call_no: int, now: datetime) -> int:
    """An attempt of the case with one dial that a person answered."""
    attempt_id: int = db.execute(
        insert(attempts)
        .values(
            case_id=case_id, interviewer_id=field.interviewer_id, direction=Direction.OUTBOUND, opened_at=now
        )
        .returning(attempts.c.id)
    ).scalar_one()
    add_dial(db, attempt_id, case_id, call_no, now)
    closed = update(attempts).where(attempts.c.id == attempt_id)
    db.execute(closed.values(closed_at=now, disposition="break_off"))
    return attempt_id


def add_dial(db: Connection, attempt_id: int, case_id: int, call_no: int | None, now: datetime) -> None:
    household = select(cases.c.household_id).where(cases.c.id == case_id).scalar_subquery()
    rank = db.execute(select(phones.c.id)).all()
    phone_id = db.execute(
        insert(phones)
        .values(
            household_id=household,
            rank=len(rank) + 1,
            e164=b"x",
            raw=b"x",
            phone_hmac=b"x",
            kind="mobile",
            to_check=False,
            flags=[],
            source_column="tel",
            status="usable",
        )
        .returning(phones.c.id)
    ).scalar_one()
    db.execute(
        insert(dials).values(
            id=uuid4(),
            attempt_id=attempt_id,
            phone_id=phone_id,
            phone_hmac=b"x",
            placed_at=now,
            answered_at=now if call_no else None,
            ended_at=now + timedelta(seconds=200),
            line_outcome=LineOutcome.COMPLETED if call_no else LineOutcome.LINE_FAULT,
            call_no=call_no,
        )
    )


def test_the_introduction_is_the_one_of_the_call_that_made_him_eligible(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    later = now.replace(hour=19)
    said = {key: answer for key, answer in complete(field, random.Random(1)).items() if key[1] == ""}
    said |= {("INT1", "c1"): answered(3)}  # first somebody else
    said |= {(name, "c2"): answered(1) for name in ("INT1", "INT2", "INT4")} | {("INT3", "c2"): answered(2)}
    said |= {(name, "c3"): answered(1) for name in ("INT1", "INT2", "INT3", "INT4")}
    interview_id = add_interview(db, field, now, sample=SAMPLE, answers=said)
    chosen = interview_rows.c.id == interview_id
    case_id = db.execute(select(interview_rows.c.case_id).where(chosen)).scalar_one()
    for call_no, at in ((1, now), (2, now), (3, later)):
        a_call(db, field, case_id, call_no, at)
    db.execute(update(interview_rows).where(chosen).values(eligible_call=2, call_no=3, completed_at=later))
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert (row["INT1"], row["INT3"]) == (1, 2)
    assert (row["CONS_QUALITY_A2"], row["CONS_QUALITY_A3"], row["CONS_CLIENT_A3"]) == (0, 1, 1)
    assert "CONS_QUALITY_A1" not in row, "nobody was asked in the first call"


def test_a_redial_completes_the_introduction_of_its_attempt(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    said = {key: answer for key, answer in complete(field, random.Random(1)).items() if key[1] == ""}
    said |= {("INT1", "c1"): answered(1), ("INT2", "c1"): answered(1), ("INT3", "c1"): answered(1)}  # cut off
    said |= {("INT1", "c2"): answered(2), ("INT3", "c2"): answered(3), ("INT4", "c1"): answered(1)}
    interview_id = add_interview(db, field, now, sample=SAMPLE, answers=said)
    chosen = interview_rows.c.id == interview_id
    case_id = db.execute(select(interview_rows.c.case_id).where(chosen)).scalar_one()
    attempt_id = a_call(db, field, case_id, 1, now)
    add_dial(db, attempt_id, case_id, 2, now)
    db.execute(update(interview_rows).where(chosen).values(eligible_call=2, call_no=2))
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert [row[name] for name in ("INT1", "INT2", "INT3", "INT4")] == [2, 1, 3, 1]


def test_attempts_count_when_a_telephone_may_have_rung(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    interview_id = add_interview(db, field, now, sample=SAMPLE)
    case_id = db.execute(
        select(interview_rows.c.case_id).where(interview_rows.c.id == interview_id)
    ).scalar_one()
    a_call(db, field, case_id, 1, now)
    fault = db.execute(
        insert(attempts)
        .values(
            case_id=case_id, interviewer_id=field.interviewer_id, direction=Direction.OUTBOUND, opened_at=now
        )
        .returning(attempts.c.id)
    ).scalar_one()
    add_dial(db, fault, case_id, None, now)
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert row["N_TENT"] == 1
    assert row["DUREE_S"] == 200, "time on the line, not the hours between"


def test_no_remark_no_login_no_number_leaves(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    interview_id = add_interview(db, field, now, sample=SAMPLE)
    db.execute(
        insert(answer_events).values(
            interview_id=interview_id,
            seq=10_000,
            kind="remark",
            request=UUID(int=1),
            part=0,
            value="le chien aboie",
            questionnaire_id=field.questionnaire_id,
            by=field.interviewer_id,
            at=now,
        )
    )
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("T26*"))
    assert b"le chien aboie" not in content
    assert b"Camille" not in content
    assert len(str(row["TE"])) == 8


def test_an_interviewer_has_one_mark_in_a_wave_and_another_in_the_next(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    for _ in range(2):
        add_interview(db, field, now, sample=SAMPLE)
    rows, _ = exported(db, sealed, field, tmp_path / "this", now)
    (mark,) = {row["TE"] for row in rows}
    following = a_field(db, now, code="T29")
    other = replace(following, interviewer_id=field.interviewer_id)
    add_interview(db, other, now, sample=SAMPLE)
    write_export(db, sealed, Order(wave_id=other.wave_id), tmp_path / "next", now)
    (row,) = pyreadstat.read_sav(tmp_path / "next/T29.sav", output_format="polars")[0].to_dicts()
    assert row["TE"] != mark


def test_two_versions_of_a_questionnaire_stand_in_one_file(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    text = TRIENNALE.read_text(encoding="utf-8").replace("2026.1", "2026.2").replace("Coût\n", "Coûts\n")
    newer, compiled = publish(db, text, now.replace(day=25))
    add_interview(db, field, now, sample=SAMPLE)
    add_interview(db, replace(field, compiled=compiled), now, sample=SAMPLE, questionnaire_id=newer)
    surveys.set_questionnaire(db, field.wave_id, newer)
    rows, meta = exported(db, sealed, field, tmp_path, now)
    assert sorted(str(row["VERSION"]) for row in rows) == ["2026.1", "2026.2"]
    assert meta.column_names_to_labels["C5_5"].startswith("Coûts"), "the newest wording is quoted"
    told = json.loads((tmp_path / "manifest.json").read_text())["questionnaires"]
    assert [(one["version"], one["interviews"]) for one in told] == [("2026.2", 1), ("2026.1", 1)]


def test_a_questionnaire_with_a_contact_column_gives_no_file(
    db: Connection, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    text = TRIENNALE.read_text(encoding="utf-8").replace(
        "  qpv: boolean\n", "  qpv: boolean\n  telephone: text?\n"
    )
    field = a_field(db, now, text=text)
    with pytest.raises(QuestionnaireRefused, match="telephone"):
        write_export(db, sealed, Order(wave_id=field.wave_id), tmp_path / "out", now)
    assert not (tmp_path / "out").exists()
    assert db.execute(select(audit_log).where(audit_log.c.action == "export.written")).all() == []


def test_every_export_is_in_the_audit_log(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    add_interview(db, field, now, sample=SAMPLE)
    order = Order(wave_id=field.wave_id, by=field.interviewer_id)
    manifest = write_export(db, sealed, order, tmp_path, now)
    line = db.execute(select(audit_log).where(audit_log.c.action == "export.written")).one()
    assert (line.user_id, line.object_type, line.object_id) == (
        field.interviewer_id,
        "wave",
        str(field.wave_id),
    )
    assert line.details == {
        "interviews": {"complete": 1},
        "with_partials": False,
        "validated_only": False,
        "sha256": manifest.sha256,
    }


def test_a_wave_without_interviews_gives_an_empty_package_that_opens(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    rows, meta = exported(db, sealed, field, tmp_path, now)
    assert rows == []
    assert meta.column_names_to_labels["A2"].startswith("Et si vous deviez")
    assert in_csv(tmp_path) == []


def test_a_wave_without_a_questionnaire_is_refused_in_words(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(NotFound):
        write_export(db, sealed, Order(wave_id=0), tmp_path, now)
    db.execute(update(waves).where(waves.c.id == field.wave_id).values(questionnaire_id=None))
    with pytest.raises(Conflict, match="T26"):
        write_export(db, sealed, Order(wave_id=field.wave_id), tmp_path, now)


def test_a_partial_interview_has_what_it_has(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    situation = Situation(sample=SAMPLE, facts={"year": 2026}, version=field.compiled.questionnaire.version)
    said = respond(field.compiled, situation, random.Random(2), until="I")
    add_interview(db, field, now, sample=SAMPLE, answers=said, state=InterviewState.PARTIAL)
    (row,), _ = exported(db, sealed, field, tmp_path, now, with_partials=True)
    assert row["ETAT_ENT"] == 2
    assert row["H1"] is not None
    assert (row["I1"], row["K2"], row["L2"]) == (None, None, None)


def test_validated_only_leaves_out_what_nobody_judged_and_what_was_judged_again(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    """The last verdict counts, whatever was said before it."""
    said = {1: [], 2: ["validated"], 3: ["validated", "invalidated"], 4: ["invalidated", "validated"]}
    for number, each in said.items():
        interview_id = add_interview(db, field, now, sample=SAMPLE, export_id=UUID(int=number))
        for verdict in each:
            db.execute(
                insert(validations).values(
                    interview_id=interview_id,
                    verdict=verdict,
                    reason="vu",
                    decided_by=field.interviewer_id,
                    decided_at=now,
                )
            )
    order = Order(wave_id=field.wave_id, validated_only=True)
    manifest = write_export(db, sealed, order, tmp_path, now)
    assert [row["ID_ENT"] for row in in_csv(tmp_path)] == [str(UUID(int=number)) for number in (2, 4)]
    assert manifest.interviews == {"complete": 2}
    assert json.loads((tmp_path / "manifest.json").read_text())["validated_only"] is True
    (line,) = db.execute(select(audit_log).where(audit_log.c.action == "export.written")).all()
    assert line.details["validated_only"] is True


def test_an_interview_beyond_its_quota_leaves_only_if_asked_for(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    """A tenant who called by himself: complete, and no part of the sample that the quota describes."""
    for number in (1, 2):
        add_interview(db, field, now, sample=SAMPLE, export_id=UUID(int=number))
    beyond = interview_rows.c.export_id == UUID(int=2)
    db.execute(update(interview_rows).where(beyond).values(surplus=True))
    order = Order(wave_id=field.wave_id)
    assert write_export(db, sealed, order, tmp_path, now).interviews == {"complete": 1}
    with_it = Order(wave_id=field.wave_id, with_surplus=True)
    manifest = write_export(db, sealed, with_it, tmp_path, now)
    assert (manifest.interviews, manifest.surplus) == ({"complete": 2}, 1)
    assert [row["SURPLUS"] for row in in_csv(tmp_path)] == ["0", "1"]


def test_a_formula_reaches_a_spreadsheet_as_a_text(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    said = complete(field, random.Random(1), A1=answered(4), A2=answered(1), A3=answered("=1+1"))
    add_interview(db, field, now, sample=SAMPLE, answers=said)
    (row,), _ = exported(db, sealed, field, tmp_path, now)
    assert in_csv(tmp_path)[0]["A3"] == "'=1+1"
    assert row["A3"] == "=1+1", "SPSS runs nothing"


def test_the_dictionary_tells_the_filters_in_french(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    add_interview(db, field, now, sample=SAMPLE)
    exported(db, sealed, field, tmp_path, now)
    page = (tmp_path / "T26-dictionnaire.html").read_text(encoding="utf-8")
    assert (
        "posée si C4 parmi «\u00a0Plutôt pas satisfait(e)\u00a0», «\u00a0Pas du tout satisfait(e)\u00a0»"
        in page
    )
    assert "C5_94_TXT" in page
    assert "Locataire depuis moins de 3 ans" in page


def test_the_csv_is_read_by_polars_as_it_was_written(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    draw = random.Random(8)
    for _ in range(8):
        add_interview(db, field, now, sample=a_sample(draw), draw=draw)
    rows, _ = exported(db, sealed, field, tmp_path, now)
    read = pl.read_csv(
        tmp_path / "T26.csv", infer_schema_length=None, schema_overrides={"BAILLEUR": pl.String}
    )
    assert read["ID_ENT"].to_list() == [row["ID_ENT"] for row in rows]
    assert read["A2"].to_list() == [row["A2"] for row in rows]


def test_an_opened_case_alone_is_no_interview(
    db: Connection, field: Field, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    add_case(db, field, SAMPLE, now)
    rows, _ = exported(db, sealed, field, tmp_path, now, with_partials=True)
    assert rows == []


def test_an_interview_made_at_the_desk_leaves_with_its_call(
    db: Connection, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    wave = stories.a_wave(db, sealed, now)
    user_id = stories.an_interviewer(db, now, waves=[wave])
    held = stories.a_case_in_hand(db, user_id, now)
    phone_id = (
        db.execute(
            select(phones.c.id)
            .join(cases, cases.c.household_id == phones.c.household_id)
            .where(cases.c.id == held.case_id)
            .order_by(phones.c.rank)
        )
        .scalars()
        .first()
    )
    assert phone_id is not None
    interview_id = stories.an_interview(db, sealed, user_id, phone_id, now)
    tenant = stories.Tenant(
        db=db, user_id=user_id, interview_id=interview_id, now=now + timedelta(seconds=60)
    )
    tenant.agrees()
    later = replace(tenant, now=now + timedelta(seconds=600))
    assert later.answers_on(A1=2, K1=6).complete
    order = Order(wave_id=wave.id)
    manifest = write_export(db, sealed, order, tmp_path / "out", now)
    assert manifest.interviews == {"complete": 1}
    read, _ = pyreadstat.read_sav(tmp_path / "out/triennale-2026.sav", output_format="polars")
    (row,) = read.to_dicts()
    assert (row["INT2"], row["CONS_CLIENT_A1"], row["A1"], row["K1_R1"], row["K1_6"]) == (1, 1, 2, 6, 1)
    assert (row["TYPE"], row["ANC_CL"], row["N_TENT"], row["DUREE_S"]) == (1, 4, 1, 540)
    content = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    said = ("Lemaire", "Claude", "rue des Lilas", "Acacias", "0639", "+336", "03 53", "Lille")
    assert [word for word in said if word.encode() in content] == []


def test_dates_times_durations_and_ranks_leave_in_their_own_form_and_a_number_never(
    db: Connection, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    text = (Path(__file__).parents[1] / "questionnaires" / "moments.yaml").read_text(encoding="utf-8")
    field = a_field(db, now, text=text, code="T26")
    said = {
        "moved": answered("2024-03-12"),
        "visit": Answer(State.REFUSED),
        "wait": answered(75),
        "ring_me": answered("+33639981234"),
        "order": answered([3, 1]),
        "bye": answered(True),
    }
    keyed = {(question, ""): answer for question, answer in said.items()}
    add_interview(db, field, now, sample={}, answers=keyed)
    (row,), meta = exported(db, sealed, field, tmp_path, now)
    assert str(row["moved"]) == "2024-03-12"
    assert meta.original_variable_types["moved"].startswith("DATE")  # type: ignore[attr-defined]  # pyreadstat has no types
    assert (row["visit"], row["visit_ETAT"], row["wait"]) == ("", 99, 75)
    assert (row["order_R1"], row["order_R2"], row["month_moved"]) == (3, 1, 3)
    assert row["ring_me_ETAT"] == 1
    assert not any("639981234" in path.read_text(errors="ignore") for path in tmp_path.glob("T26*"))


def test_each_turn_of_a_loop_has_its_own_columns(
    db: Connection, sealed: Keys, tmp_path: Path, now: datetime
) -> None:
    text = (Path(__file__).parents[1] / "questionnaires" / "loops.yaml").read_text(encoding="utf-8")
    field = a_field(db, now, text=text, code="T26")
    sample = {"qpv": False}
    for rank in range(12):
        add_interview(db, field, now, sample=sample, draw=random.Random(rank))
    said = {"persons": 2, "age#1": 40, "work#1": 1, "trips#1": 1, "minutes#1.1": 50, "age#2": 8}
    said |= {"adults": True, "heat#1": 1, "heat#2": 2, "heat#5": 3, "bye": True}
    keyed = {
        (name.partition("#")[0], name.partition("#")[2]): answered(value) for name, value in said.items()
    }
    add_interview(db, field, now, sample=sample, answers=keyed)
    rows, meta = exported(db, sealed, field, tmp_path, now)
    (row,) = [row for row in rows if (row["age_1"], row["minutes_1_1"]) == (40, 50)]
    assert (row["age_2"], row["age_3"], row["work_2"], row["heat_5"]) == (8, None, None, 3)
    assert meta.column_names_to_labels["heat_5"].startswith("la chambre")  # type: ignore[attr-defined]  # no types
    assert meta.column_names_to_labels["age_2"].startswith("PERS 2")  # type: ignore[attr-defined]  # the same
