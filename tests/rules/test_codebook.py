"""What an export says of a questionnaire and of a respondent."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cati.errors import QuestionnaireRefused
from cati.exports.rules import facts
from cati.exports.rules.codebook import codebook
from cati.exports.rules.contacts import is_contact
from cati.exports.rules.entries import entries
from cati.exports.rules.facts import Call, Facts
from cati.exports.rules.merging import merged
from cati.exports.rules.naming import cut, well_named
from cati.exports.rules.rows import Respondent, column, consent_questions, consent_variables, consents_of
from cati.exports.rules.sheet import Sheet
from cati.exports.rules.variables import Cell, Measure, Storage, Variable, Whole, question_of
from cati.questionnaire import loader, routing
from cati.questionnaire.model import Answer, Questionnaire, State, answered
from cati.questionnaire.route import Situation
from cati.sample.tables import contacts, phones

TRIENNALE = loader.load(
    (Path(__file__).parents[2] / "questionnaires/triennale.yaml").read_text(encoding="utf-8")
)
BOOK = {variable.name: variable for variable in codebook(TRIENNALE)}
FACTS = Facts(
    export_id="3f0c",
    state=1,
    surplus=0,
    bailleur="01",
    qpv=1,
    dwelling=1,
    seniority=2,
    day=date(2026, 11, 24),
    seconds=700,
    version="1",
    began_with="1",
    interviewer="ab12",
    attempts=3,
    observed=0,
)


def small(questions: str, *, version: str = "1", sample: str = "qpv: boolean") -> Questionnaire:
    return loader.load(
        f"""
questionnaire: petit
version: "{version}"
title: Petit questionnaire
language: fr
special: {{na: 97, dk: 98, refused: 99}}
sample: {{{sample}}}
lists:
  sat: {{1: Bien, 2: Mal}}
blocks:
  - id: A
    title: Un bloc
    questions:
{questions}
"""
    )


def question(id_: str, kind: str, rest: str = "") -> str:
    return f"      - {{id: {id_}, ask: « {id_} » se dit ?, type: {kind}{', ' if rest else ''}{rest}}}\n"


def book_of(questions: str, **options: str) -> dict[str, Variable]:
    return {variable.name: variable for variable in codebook(small(questions, **options))}


def told(variable: Variable, visible: dict[str, Answer], version: str = "1") -> Cell:
    who = Respondent(
        facts=FACTS if version == "1" else facts_of(version), visible=visible, computed={}, consents={}
    )
    return column(variable, [who])[0]


def facts_of(version: str) -> Facts:
    return Facts(**{name: getattr(FACTS, name) for name in Facts.__slots__} | {"version": version})


def codes(variable: Variable) -> set[int]:
    return {special.code for special in variable.missing.values()}


@pytest.mark.parametrize(
    ("name", "storage", "measure", "missing"),
    [
        ("A1", Storage.INTEGER, Measure.ORDINAL, {98, 99}),  # the scale that grids use too has an order
        ("A2", Storage.INTEGER, Measure.SCALE, {98, 99}),
        ("A3", Storage.TEXT, Measure.NOMINAL, set()),  # a string has no user-missing codes…
        ("A3_ETAT", Storage.INTEGER, Measure.NOMINAL, {98, 99}),  # … so they stand beside
        ("A4", Storage.INTEGER, Measure.NOMINAL, {97, 98, 99}),
        ("B1", Storage.INTEGER, Measure.SCALE, {998, 999}),  # a year goes beyond 97
        ("B3_2", Storage.INTEGER, Measure.ORDINAL, {97, 98, 99}),  # one variable a row of the grid
        ("C5_94", Storage.INTEGER, Measure.NOMINAL, {98, 99}),
        ("C5_94_TXT", Storage.TEXT, Measure.NOMINAL, set()),
        ("G2_94_TXT", Storage.TEXT, Measure.NOMINAL, set()),
        ("I3", Storage.INTEGER, Measure.NOMINAL, {98, 99}),  # its « pas d'accès » is code 5: no clash with 97
        ("K1_R2", Storage.INTEGER, Measure.NOMINAL, {98, 99}),
        ("L1", Storage.INTEGER, Measure.SCALE, {998, 999}),  # an age may be 97
        ("L2", Storage.INTEGER, Measure.SCALE, {98, 99}),
        ("L6", Storage.INTEGER, Measure.NOMINAL, {98}),
        ("M5_ETAT", Storage.INTEGER, Measure.NOMINAL, {97, 98, 99}),  # optional: passed over is a state
        ("FOYER", Storage.INTEGER, Measure.NOMINAL, set()),  # computed, with a label
    ],
)
def test_each_type_of_question_has_its_variables(
    name: str, storage: Storage, measure: Measure, missing: set[int]
) -> None:
    variable = BOOK[name]
    assert (variable.storage, variable.measure, codes(variable)) == (storage, measure, missing)


def test_every_question_of_the_triennale_is_exported() -> None:
    asked = {question.id for question in TRIENNALE.questions.values()} - {"FIN"}  # a note has no answer
    assert {question_of(variable) for variable in BOOK.values()} - {None} == asked


def test_values_computed_without_a_label_stay_inside() -> None:
    assert not {"anc", "asc"} & set(BOOK)


def test_an_order_of_mention_is_exported_where_the_number_of_choices_is_limited() -> None:
    assert {"K1_R1", "K1_R2"} <= set(BOOK)
    assert not {"K1_R3", "F5_R1"} & set(BOOK)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("min: 0, max: 96", {98, 99}),
        ("min: 0, max: 97", {998, 999}),  # 97 could be a value
        ("min: 18, max: 110", {998, 999}),
        ("min: 0, max: 5000", {9998, 9999}),  # 998 could be a value
        ("min: 1930, max: facts.year", {998, 999}),  # no year is 998
        ("min: 0", {999999998, 999999999}),  # no bound at all
        ("min: -10, max: 10", {98, 99}),
    ],
)
def test_a_missing_code_is_never_a_possible_value(bounds: str, expected: set[int]) -> None:
    assert codes(book_of(question("Q", "integer", bounds))["Q"]) == expected


@pytest.mark.parametrize("variable", BOOK.values(), ids=lambda variable: variable.name)
def test_no_variable_of_the_triennale_passes_the_limits_of_spss(variable: Variable) -> None:
    assert len(variable.missing) <= 3
    assert len(variable.label.encode()) <= 256
    assert not codes(variable) & set(variable.values)
    assert "{" not in variable.label + "".join(variable.labels.values())


def test_names_differ_by_more_than_capitals_and_leave_spss_its_words() -> None:
    given = [
        Variable(name=name, label="", storage=Storage.TEXT, measure=Measure.NOMINAL, source=Whole(name))
        for name in ("Q1", "q1", "TO", "1er", "a-b")
    ]
    assert [variable.name for variable in well_named(given)] == ["Q1", "q1_2", "TO_", "V1er", "a_b"]


def test_a_label_is_cut_between_letters() -> None:
    assert cut("é" * 200, 256) == "é" * 126 + "…"


@pytest.mark.parametrize(
    ("name", "answer", "cell"),
    [
        ("Q1", answered(2), 2),
        ("Q1", Answer(State.DK), 98),
        ("Q1", Answer(State.NA), 97),
        ("Q2", answered("12.50"), 12.5),
        ("Q3_1", answered([3, 1]), 1),
        ("Q3_2", answered([3, 1]), 0),
        ("Q3_2", Answer(State.REFUSED), 99),  # all the dichotomies of a refusal are missing
        ("Q3_R1", answered([3, 1]), 3),
        ("Q3_R2", answered([3]), None),
        ("Q3_R2", Answer(State.REFUSED), 99),
        ("Q4", answered("= bien"), "= bien"),
        ("Q4", Answer(State.REFUSED), None),
        ("Q4_ETAT", answered("= bien"), 1),
        ("Q4_ETAT", Answer(State.REFUSED), 99),
    ],
)
def test_an_answer_becomes_a_cell(name: str, answer: Answer, cell: Cell) -> None:
    book = book_of(
        question("Q1", "single", "choices: sat, na: true")
        + question("Q2", "decimal", "max: 90")
        + question("Q3", "multiple", "max: 2, choices: {1: Un, 2: Deux, 3: Trois}")
        + question("Q4", "text")
    )
    assert told(book[name], {name.partition("_")[0]: answer}) == cell
    assert told(book[name], {}) is None, "what was not asked is empty"


@pytest.mark.parametrize("table", [contacts, phones], ids=lambda table: table.name)
def test_every_contact_column_of_the_database_is_known_as_one(table) -> None:  # type: ignore[no-untyped-def]
    # What says nothing of the person: order, quality and origin of a number, and the row's own id.
    plain = {"id", "rank", "kind", "to_check", "flags", "source_column", "status", "same_dwelling_hmac"}
    assert [column.name for column in table.c if not is_contact(column.name)] == [
        column.name for column in table.c if column.name in plain and not is_contact(column.name)
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("nom", "Nom", "NOM_LOCATAIRE", "prénom", "telephone", "Téléphone", "tel_fixe", "tel1", "mobile2"),
        *("email", "adresse", "code_postal", "commune", "civilite", "date_naissance", "residence", "e164"),
    ],
)
def test_a_column_named_like_a_contact_is_refused_wherever_it_comes_from(name: str) -> None:
    plain = question("Q", "text")
    with pytest.raises(QuestionnaireRefused, match=name):
        Sheet(
            (
                Variable(
                    name=name, label="", storage=Storage.TEXT, measure=Measure.NOMINAL, source=Whole(name)
                ),
            ),
            ([],),
        )
    if name.isascii():
        with pytest.raises(QuestionnaireRefused, match=name):
            codebook(small(plain, sample=f"qpv: boolean, {name}: text"))
        with pytest.raises(QuestionnaireRefused, match=name):
            codebook(small(question(name, "text")))


@pytest.mark.parametrize("name", ["A1", "TYPE", "FOYER", "nombre", "telescope", "B3_2", "annee_entree"])
def test_an_ordinary_name_is_no_contact(name: str) -> None:
    assert not is_contact(name)


def test_versions_share_a_variable_with_the_codes_of_both() -> None:
    newer = codebook(small(question("Q", "single", "choices: {1: Oui, 2: Non}"), version="2"))
    older = codebook(small(question("Q", "single", "choices: {1: Ouais, 3: Bof}")))
    (variable,) = merged([("2", newer), ("1", older)])
    assert variable.values == {1: "Oui", 2: "Non", 3: "Bof"}
    assert variable.versions is None


def test_versions_share_the_wider_missing_codes() -> None:
    newer = codebook(small(question("Q", "integer", "max: 20"), version="2"))
    older = codebook(small(question("Q", "integer", "max: 120")))
    (variable,) = merged([("2", newer), ("1", older)])
    assert codes(variable) == {998, 999}


def test_a_question_that_changed_its_nature_is_two_variables() -> None:
    newer = codebook(small(question("Q", "integer", "max: 20"), version="2"))
    older = codebook(small(question("Q", "text")))
    number, text, state = merged([("2", newer), ("1", older)])
    assert (number.name, text.name, state.name) == ("Q", "Q_V1", "Q_ETAT")
    said = {"Q": answered("douze")}
    assert [told(each, said, "1") for each in (number, text, state)] == [None, "douze", 1]
    assert [told(each, {"Q": answered(12)}, "2") for each in (number, text, state)] == [12, None, None]


def test_consents_are_told_for_each_call_in_which_they_were_asked() -> None:
    compiled = routing.compile(TRIENNALE)
    answers = {("INT1", "c1"): answered(3)}  # call 1: somebody else; nothing was asked
    answers |= {(name, "c2"): answered(1) for name in ("INT1", "INT2", "INT4")} | {
        ("INT3", "c2"): answered(3)
    }
    given = {}
    for call_no in (1, 2):
        route = compiled.route(Situation(call_no=call_no, facts={"year": 2026}), answers)
        given |= consents_of(consent_questions(TRIENNALE), call_no, route)
    assert given == {("quality", 2): True, ("client", 2): False}
    who = Respondent(facts=FACTS, visible={}, computed={}, consents=given)
    variables = consent_variables(given, ["quality", "client"])
    assert [(each.name, column(each, [who])) for each in variables] == [
        ("CONS_QUALITY_A2", [1]),
        ("CONS_CLIENT_A2", [0]),
    ]


@pytest.mark.parametrize(
    ("years", "rank"),
    [
        (None, None),
        (0, 1),
        (1, 2),
        (2, 2),
        (3, 3),
        (5, 4),
        (9, 4),
        (10, 5),
        (19, 5),
        (20, 6),
        (64, 6),
        (-1, 1),
    ],
)
def test_seniority_is_told_by_bands(years: int | None, rank: int | None) -> None:
    assert facts.seniority_class({"anciennete_ans": years}) == rank


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def call(number: int, attempt: int, since: int, until: int | None) -> Call:
    end = None if until is None else NOON + timedelta(seconds=until)
    return Call(attempt_id=attempt, call_no=number, answered_at=NOON + timedelta(seconds=since), ended_at=end)


@pytest.mark.parametrize(
    ("calls", "start", "end", "seconds"),
    [
        ([call(1, 1, 0, 800)], 60, 760, 700),  # the introduction and the goodbye do not count
        (
            [call(1, 1, 0, 300), call(2, 2, 86_400, 87_000)],
            60,
            86_900,
            240 + 500,
        ),  # nor does the night between
        ([call(1, 1, 0, None)], 60, 760, 700),  # the call is still up
        ([], 60, 760, 700),  # nothing on the line's books
    ],
)
def test_the_duration_is_time_spent_talking(calls: list[Call], start: int, end: int, seconds: int) -> None:
    since, until = NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)
    assert facts.seconds_of(calls, since, until) == seconds


def test_an_interview_that_did_not_end_has_no_duration() -> None:
    assert facts.seconds_of([], NOON, None) is None


def test_a_redial_belongs_to_the_attempt_it_was_made_in() -> None:
    calls = [call(1, 7, 0, 10), call(2, 8, 100, 110), call(3, 8, 120, 600)]
    assert [facts.first_call(calls, number) for number in (1, 2, 3, 9)] == [1, 2, 2, 9]


def test_the_day_is_the_one_in_paris() -> None:
    assert facts.day_of(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == date(2026, 11, 25)


def test_the_dictionary_says_who_was_asked_and_how_many() -> None:
    questionnaire = small(
        question("Q1", "single", "choices: sat") + question("Q2", "text", 'when: "Q1 == 2"')
    )
    variables = codebook(questionnaire)
    people = [
        Respondent(facts=FACTS, visible=visible, computed={}, consents={})
        for visible in (
            {"Q1": answered(1)},
            {"Q1": answered(2), "Q2": answered("froid")},
            {"Q1": answered(2), "Q2": Answer(State.REFUSED)},
        )
    ]
    sheet = Sheet(variables, tuple(column(variable, people) for variable in variables))
    first, second = entries(sheet, [questionnaire])
    assert (first.filter, first.base, first.special) == ("posée à tous", 3, {98: 0, 99: 0})
    assert (second.filter, second.base, second.special) == (
        "posée si Q1 = «\u00a0Mal\u00a0»",
        2,
        {98: 0, 99: 1},
    )
    assert [variable.name for variable in second.variables] == ["Q2", "Q2_ETAT"]
