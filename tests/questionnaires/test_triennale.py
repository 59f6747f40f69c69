"""The shipped triennale: its 96 items as the study wrote them, and what any respondent lives through."""

import random
import statistics
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cati.questionnaire import loader, routing, sentences, wording
from cati.questionnaire.model import Answer, Kind, Question, State, Value, answered
from cati.questionnaire.route import Limits, Situation, Spoken
from cati.questionnaire.routing import AnswerKey, Compiled, Route, off_route

FILE = Path(__file__).parents[2] / "questionnaires" / "triennale.yaml"
ALERTS = ("reparations", "humidite", "agressions", "sans_reponse", "sans_suite", "signalement")
DK, REFUSED = Answer(State.DK), Answer(State.REFUSED)

#: id, type, codes, filter. S4: four levels of satisfaction; S4N: the same with « non concerné »; N10: a note of 0 to
#: 10; ON: yes or no. M2 is one text per alert.
ITEMS = [
    ("INT1", "single", "1 2 3 4 5 6 7 8 9", ""),
    ("INT2", "single", "1 2 3 4", "INT1 in {1, 2}"),
    ("INT3", "single", "1 2 3", "INT2 == 1"),
    ("INT4", "single", "1 2 3 4", "INT2 == 1"),
    ("A1", "S4", "", ""),
    ("A2", "N10", "", ""),
    ("A3", "open", "", "A1 in {3, 4} or A2 <= 4"),
    ("A4", "single", "1 2 3", "sample.anciennete_ans >= 3"),
    ("B1", "num", "", ""),
    ("B2", "S4", "", "anc < 3"),
    ("B3_1", "S4N", "", "anc < 3"),
    ("B3_2", "S4N", "", "anc < 3"),
    ("B3_3", "S4N", "", "anc < 3"),
    ("B3_4", "S4N", "", "anc < 3"),
    ("B4", "ON", "", "anc < 3"),
    ("B5", "single", "1 2 3 4", "anc < 3"),
    ("C1", "S4", "", ""),
    ("C2_1", "S4", "", ""),
    ("C2_2", "S4", "", ""),
    ("C2_3", "S4", "", ""),
    ("C2_4", "S4", "", ""),
    ("C2_5", "S4", "", ""),
    ("C2_6", "S4", "", ""),
    ("C2_7", "S4N", "", ""),
    ("C3", "single", "1 2 3 4", ""),
    ("C4", "S4N", "", ""),
    ("C5", "multi", "1 2 3 4 5 94", "C4 in {3, 4}"),
    ("C6", "single", "1 2 3", ""),
    ("C7", "S4", "", ""),
    ("C8", "S4N", "", ""),
    ("D1", "S4", "", ""),
    ("D2_1", "S4", "", 'sample.type_logement == "collectif"'),
    ("D2_2", "S4N", "", 'sample.type_logement == "collectif"'),
    ("D2_3", "S4N", "", 'sample.type_logement == "collectif"'),
    ("D2_4", "S4N", "", ""),
    ("D2_5", "S4N", "", ""),
    ("D3", "ON", "", 'sample.type_logement == "collectif" and not (sample.ascenseur is answered)'),
    ("D4", "S4", "", "asc"),
    ("D5", "S4N", "", "asc"),
    ("E1", "S4", "", 'sample.type_logement == "collectif"'),
    ("E2", "S4", "", ""),
    ("E3", "S4N", "", ""),
    ("E4", "multi", "1 2 3 4 94", "E1 in {3, 4} or E2 in {3, 4}"),
    ("E5", "ON", "", 'sample.type_logement == "collectif"'),
    ("F1", "S4", "", ""),
    ("F2_1", "S4", "", ""),
    ("F2_2", "S4N", "", ""),
    ("F2_3", "S4", "", ""),
    ("F3", "single", "1 2 3 4", ""),
    ("F4", "S4", "", ""),
    ("F5", "multi", "1 2 3 4 5 6 7 94", "F3 in {3, 4} or F4 in {3, 4}"),
    ("F6", "single", "1 2 3 4", "F3 in {3, 4} or F4 in {3, 4}"),
    ("F7", "single", "1 2 3", ""),
    ("G1", "ON", "", ""),
    ("G2", "single", "1 2 3 4 5 94", "G1 == 1"),
    ("G3", "S4", "", "G1 == 1"),
    ("G4", "single", "1 2 3 4", ""),
    ("G5", "single", "1 2 3 4", ""),
    ("G6", "S4N", "", "G5 in {1, 2}"),
    ("H1", "single", "1 2 3", ""),
    ("H2", "single", "1 2 3 4 5 6 7 8 9 94", "H1 in {1, 2}"),
    ("H3", "single", "1 2 3 4", "H1 in {1, 2}"),
    ("H4", "single", "1 2 3 4 5", "H1 in {1, 2}"),
    ("H5_1", "S4", "", "H1 in {1, 2}"),
    ("H5_2", "S4", "", "H1 in {1, 2}"),
    ("H5_3", "S4", "", "H1 in {1, 2}"),
    ("H6", "ON", "", "H1 in {1, 2} and H2 in {1..5, 94}"),
    ("H7_1", "S4N", "", "H6 == 1"),
    ("H7_2", "S4", "", "H6 == 1"),
    ("H7_3", "S4", "", "H6 == 1"),
    ("H8", "S4", "", "H1 in {1, 2}"),
    ("H9", "open", "", "H8 in {3, 4}"),
    ("I1", "S4", "", ""),
    ("I2", "S4N", "", ""),
    ("I3", "single", "1 2 3 4 5", ""),
    ("I4", "ON", "", ""),
    ("I5", "ON", "", "sample.anciennete_ans >= 3"),
    ("J1", "multi", "1 2 3 4 5 95", "sample.qpv"),
    ("J2", "single", "1 2 3", "sample.qpv and J1 is answered and not (95 in J1)"),
    ("K1", "multi", "1 2 3 4 5 6 7 8 95", ""),
    ("K2", "N10", "", ""),
    ("K3", "single", "1 2 3 4", ""),
    ("K4", "single", "1 2 3 4 5 6 7 94", "K3 in {1, 2, 3}"),
    ("L1", "num", "", ""),
    ("L1T", "single", "1 2 3 4 5 6 7", "L1 is dk or L1 is refused"),
    ("L2", "num", "", ""),
    ("L3", "num", "", "L2 > 1"),
    ("L4", "single", "1 2 3 4 5", "L2 > 1"),
    ("L5", "single", "1 2 3 4 5 6 94", ""),
    ("L6", "single", "1 2", ""),
    ("M1", "multi", "1 2 3 4 5 6 95", "count(alerts) > 0"),
    ("M2", "open", "", "(par alerte)"),
    ("M3", "ON", "", ""),
    ("M4", "single", "1 2", ""),
    ("M5", "open", "", ""),
    ("FIN", "info", "", ""),
]

_KIND = {
    "single": Kind.SINGLE,
    "S4": Kind.SINGLE,
    "S4N": Kind.SINGLE,
    "ON": Kind.SINGLE,
    "multi": Kind.MULTIPLE,
    "num": Kind.INTEGER,
    "N10": Kind.SCALE,
    "open": Kind.TEXT,
    "info": Kind.NOTE,
}
_CODES = {"S4": "1 2 3 4", "S4N": "1 2 3 4", "ON": "1 2"}


@cache
def script() -> Compiled:
    return routing.compile(loader.load(FILE.read_text(encoding="utf-8"), FILE.name))


def situation(**sample: object) -> Situation:
    known: dict[str, object] = {
        "qpv": False,
        "type_logement": "collectif",
        "annee_entree": 2015,
        "anciennete_ans": 11,
    }
    return Situation(
        sample=known | sample, facts={"year": 2026, "date": "2026-03-02"}, case_id=4, version="2026.1"
    )


def test_the_lint_has_nothing_to_say() -> None:
    _, findings = loader.review(FILE.read_text(encoding="utf-8"))
    assert findings == ()


def test_all_items_are_there_in_the_order_of_the_study() -> None:
    assert len(ITEMS) == 96
    questions = script().questionnaire.questions.values()
    ours = [
        question.id
        for question in questions
        if not (question.specifies or question.per_alert or question.hidden)
    ]
    assert ours == [item for item, *_ in ITEMS if item != "M2"]
    assert [question.id for question in questions if question.per_alert] == [
        f"M2_{alert}" for alert in ALERTS
    ]


@pytest.mark.parametrize(("item", "kind", "codes", "filtered"), [row for row in ITEMS if row[0] != "M2"])
def test_an_item_is_as_the_study_wrote_it(item: str, kind: str, codes: str, filtered: str) -> None:
    question = script().questionnaire.questions[item]
    wanted = Kind.GRID_ITEM if question.grid else _KIND[kind]
    shown = " ".join(str(choice.code) for choice in question.choices)
    assert (question.kind, shown) == (wanted, _CODES.get(kind, codes))
    assert (question.when.source if question.when else "") == filtered
    introduction, fixed = question.block == "INT", {"A4": "dk refused na", "L6": "dk", "FIN": ""}
    specials = fixed.get(item, "" if introduction else "dk refused na" if kind == "S4N" else "dk refused")
    assert " ".join(state.value for state in question.specials) == specials


def test_grids_are_those_of_the_study() -> None:
    grids = {
        question.grid.id: question.grid
        for question in script().questionnaire.questions.values()
        if question.grid
    }
    assert {name: len(grid.rows) for name, grid in grids.items()} == {
        "B3": 4, "C2": 7, "D2": 5, "F2": 3, "H5": 3, "H7": 3,
    }  # fmt: skip
    assert [name for name, grid in grids.items() if grid.rotate] == ["C2"]
    # 96 items and six grids are 77 screens (M2 counted once).
    assert 96 - sum(len(grid.rows) for grid in grids.values()) + len(grids) == 77


@pytest.mark.parametrize(
    ("question", "endings"),
    [
        (
            "INT1",
            {
                3: "callback",
                4: "wrong_number",
                5: "moved",
                6: "deceased",
                7: "refusal",
                8: "language",
                9: "unable",
            },
        ),
        ("INT2", {2: "appointment", 3: "refusal", 4: "opposition"}),
        ("INT3", {}),
        ("INT4", {3: "moved", 4: "owner"}),
    ],
)
def test_the_introduction_ends_the_call_as_coded(question: str, endings: dict[int, str]) -> None:
    choices = script().questionnaire.questions[question].choices
    assert {choice.code: choice.ends for choice in choices if choice.ends} == endings


def test_only_the_introduction_says_who_is_called_and_only_closed_questions_are_observed() -> None:
    questionnaire = script().questionnaire
    assert [block.id for block in questionnaire.blocks if block.each_call] == ["INT"]
    assert [block.id for block in questionnaire.blocks if block.private] == ["L", "M"]
    seen = {question.block for question in questionnaire.questions.values() if question.observable}
    assert seen == set("ABCDEFGHIJK")
    hidden = {q.id for q in questionnaire.questions.values() if q.block in seen and not q.observable}
    assert hidden == {"A3", "H9", *(q.id for q in questionnaire.questions.values() if q.specifies)}


def begun(**answers: Value | Answer) -> dict[AnswerKey, Answer]:
    """An interview whose introduction is done, with these answers."""
    given = {(f"INT{rank}", "c1"): answered(1) for rank in range(1, 5)}
    typed = {(name, ""): one if isinstance(one, Answer) else answered(one) for name, one in answers.items()}
    return given | typed


@pytest.mark.parametrize(
    ("answers", "failing"),
    [
        ({"A1": 2, "A2": 3}, ["A1_A2_haut"]),
        ({"A1": 2, "A2": 4}, []),
        ({"A1": 4, "A2": 8}, ["A1_A2_bas"]),
        ({"A1": 3, "A2": 8}, []),
        ({"A1": DK, "A2": 0}, []),
        ({"B1": 2013}, ["B1_fichier"]),
        ({"B1": 2014}, []),
        ({"L2": 3, "L3": 3}, ["L3_L2"]),
        ({"L2": 3, "L3": 2}, []),
        ({"L2": 3, "L3": REFUSED}, []),
    ],
)  # fmt: skip
def test_inconsistent_answers_are_met_on_the_spot(
    answers: dict[str, Value | Answer], failing: list[str]
) -> None:
    faults = script().route(situation(), begun(**answers)).faults
    assert [fault.check for fault in faults] == failing
    assert all(fault.hard == (fault.check == "L3_L2") for fault in faults)


@pytest.mark.parametrize(
    ("sample", "answers", "asked", "not_asked"),
    [
        ({}, {"B1": 2024}, "B2 B3_1 B3_4 B4 B5", ""),  # in for two years
        ({}, {"B1": 2023}, "", "B2 B3_1 B4"),  # three years: no longer an entrant
        ({}, {"B1": REFUSED}, "", "B2"),
        ({"anciennete_ans": 3}, {}, "A4 I5", ""),
        ({"anciennete_ans": None}, {}, "", "A4 I5"),
        ({"type_logement": "individuel"}, {}, "D1 D2_4 E2", "D2_1 D3 E1 E5 D4"),
        ({"type_logement": None}, {}, "D2_4", "D2_1 D3 E1"),
        ({"ascenseur": True}, {}, "D4 D5", "D3"),
        ({"ascenseur": False}, {}, "", "D3 D4"),
        ({}, {"D3": 1}, "D3 D4 D5", ""),
        ({}, {"D3": DK}, "D3", "D4"),
        ({}, {"A1": 3}, "A3", ""),
        ({}, {"A2": 4}, "A3", ""),
        ({}, {"A1": 2, "A2": 5}, "", "A3"),
        ({}, {"H1": 1, "H2": 94}, "H2_other H6 H8", ""),
        ({}, {"H1": 1, "H2": 6}, "H3 H5_1", "H6"),
        ({"qpv": True}, {"J1": [1]}, "J1 J2", ""),
        ({"qpv": True}, {"J1": [95]}, "J1", "J2"),
        ({"qpv": True}, {"J1": DK}, "J1", "J2"),
        ({}, {}, "L1", "J1 J2 L1T L3 L4 M1"),
        ({}, {"L1": REFUSED}, "L1T", ""),
        ({}, {"L2": 1}, "", "L3 L4"),
        ({}, {"C6": 3}, "M1", "M2_humidite"),
        ({}, {"C6": 3, "M1": [2]}, "M2_humidite", "M2_reparations"),
        ({}, {"F3": 4, "F5": [7], "M1": [95]}, "F5 F6 M1", "M2_agressions"),
    ],
)
def test_filters_ask_whom_they_should(
    sample: dict[str, object], answers: dict[str, Value | Answer], asked: str, not_asked: str
) -> None:
    route = script().route(situation(**sample), begun(**answers))
    on_route = {question for question, _ in route.items}
    assert set(asked.split()) <= on_route
    assert not set(not_asked.split()) & on_route


@pytest.mark.parametrize(
    ("answers", "alerts"),
    [
        ({"B1": 2025, "B5": 3}, ("reparations",)),
        ({"B1": 2000, "B5": 3}, ()),  # off the route, B5 says nothing
        ({"C6": 3}, ("humidite",)),
        ({"F3": 3, "F5": [1, 7]}, ("agressions",)),
        ({"H1": 1, "H3": 4, "H4": 5}, ("sans_reponse", "sans_suite")),
        ({"SIGNAL": "le portail"}, ("signalement",)),
    ],
)
def test_alerts_are_the_five_of_the_study_and_the_key(
    answers: dict[str, Value | Answer], alerts: tuple[str, ...]
) -> None:
    assert script().route(situation(), begun(**answers)).alerts == alerts


def test_the_household_is_computed_for_those_who_live_alone() -> None:
    assert script().route(situation(), begun(L2=1)).computed["FOYER"] == 1
    assert script().route(situation(), begun(L2=3, L4=4)).computed["FOYER"] == 4
    assert script().route(situation(), begun(L2=3, L4=REFUSED)).computed["FOYER"] is None


def test_consents_and_eligibility_follow_the_introduction() -> None:
    compiled = script()
    route = compiled.route(situation(), begun() | {("INT3", "c1"): answered(3), ("INT4", "c1"): answered(2)})
    assert route.consents == {"quality": True, "client": False}
    assert route.eligible
    assert route.marks == {"leaseholder": True, "interview": True, "address_to_correct": True}
    found = compiled.route(situation(), {("INT1", "c1"): answered(2), ("INT2", "c1"): answered(2)})
    assert not found.eligible
    assert found.marks == {"leaseholder": True, "interview": False, "address_to_correct": False}


def test_a_break_off_after_block_h_leaves_a_partial_interview() -> None:
    answers, route, where = respond(1, script(), drawn(1))
    blocks = script().questionnaire.questions
    upto = {
        key: one
        for key, one in answers.items()
        if blocks[key[0]].block <= "H" or blocks[key[0]].block == "INT"
    }
    stopped = script().route(where, upto)
    assert (stopped.partial, stopped.complete) == (True, False)
    last = [key for key in route.items if blocks[key[0]].block == "H"][-1]
    assert not script().route(where, {key: one for key, one in upto.items() if key != last}).partial


def test_the_points_to_pass_on_are_read_back_by_name() -> None:
    route = script().route(situation(), begun(C6=3, H1=1, H4=5, M1=[2]))
    questions = script().questionnaire.questions
    spoken = Spoken(situation=situation(), call={"bailleur": "Opale Habitat"})
    said = wording.question_texts(script(), questions["M1"], route, spoken)
    assert "l’humidité ou les moisissures et l’absence de suite à votre demande." in said.text
    assert [(choice.code, choice.key) for choice in said.choices] == [(2, "2"), (5, "5"), (95, "7")]
    text = wording.question_texts(script(), questions["M2_humidite"], route, spoken).text
    assert text.startswith("Pour l’humidité ou les moisissures")


def test_every_text_can_be_said_and_every_filter_told() -> None:
    compiled = script()
    route = compiled.route(situation(), begun())
    spoken = Spoken(situation=situation(), call={"bailleur": "Opale Habitat", "interviewer": "Camille"})
    for question in compiled.questionnaire.questions.values():
        said = wording.question_texts(compiled, question, route, spoken)
        assert "{" not in said.text + (said.instruction or "")
        assert sentences.asked_if(compiled.questionnaire, question)
    assert compiled.questionnaire.quota_full
    assert "{" not in wording.sentence(compiled, compiled.questionnaire.quota_full, route, spoken)
    assert any("112" in line for line in compiled.questionnaire.danger)


def respond(
    seed: int, compiled: Compiled, where: Situation
) -> tuple[dict[AnswerKey, Answer], Route, Situation]:
    """A respondent who answers whatever is asked until nothing is, and confirms what is asked again."""
    draw = random.Random(seed)
    answers = dict(begun())
    if draw.random() < 0.05:
        answers["SIGNAL", ""] = answered("le portail")
    route = compiled.route(where, answers)
    for _ in range(200):
        if route.position is None:
            return answers, route, where
        question = compiled.questionnaire.questions[route.position[0]]
        fault = next((fault for fault in route.faults if fault.question == question.id), None)
        if fault and not fault.hard:
            confirmed = where.confirmed | {fault.key}
            where = Situation(
                sample=where.sample,
                facts=where.facts,
                case_id=where.case_id,
                version="2026.1",
                confirmed=confirmed,
            )
        else:
            answers[route.position] = answer(question, compiled.limits(question, where, route), draw, route)
        route = compiled.route(where, answers)
    raise AssertionError(f"respondent {seed} never reaches the end: {route.position}")


def answer(question: Question, limits: Limits, draw: random.Random, route: Route) -> Answer:
    """Mostly satisfied, sometimes without an opinion."""
    if question.specials and draw.random() < 0.04:
        return Answer(draw.choice(list(question.specials)))
    return answered(value(question, limits, draw, route))


def value(question: Question, limits: Limits, draw: random.Random, route: Route) -> Value:
    match question.kind:
        case Kind.TEXT:
            return "un mot"
        case Kind.NOTE:
            return True
        case Kind.INTEGER:
            return whole(question, limits, draw, route)
        case Kind.SCALE:
            return draw.choice([0, 3, 4, 5, 6, 7, 7, 8, 8, 8, 9, 10])
        case Kind.MULTIPLE:
            return several(question, limits, draw)
    weights = [5, 8, 3, 2] if limits.codes == (1, 2, 3, 4) else [1] * len(limits.codes)
    return draw.choices(limits.codes, weights)[0]


def several(question: Question, limits: Limits, draw: random.Random) -> list[int]:
    alone = [choice.code for choice in question.choices if choice.exclusive]
    if alone and draw.random() < 0.3:
        return alone
    codes = [code for code in limits.codes if code not in alone]
    return draw.sample(codes, min(len(codes), draw.choice([1, 1, 2])))


def whole(question: Question, limits: Limits, draw: random.Random, route: Route) -> int:
    if question.id == "B1":
        return draw.choice([2024, 2025, 2026]) if draw.random() < 0.25 else draw.randint(1970, 2022)
    if question.id == "L2":
        return draw.choice([1, 1, 1, 2, 2, 3, 4, 5])
    if question.id == "L3":
        persons = route.visible["L2"].value
        return draw.randint(0, persons - 1 if isinstance(persons, int) else 3)
    return draw.randint(int(limits.low or 0), int(limits.high or 0))


def drawn(seed: int) -> Situation:
    draw = random.Random(-seed)
    where = situation(
        qpv=draw.random() < 0.3,
        type_logement=draw.choice(["collectif", "collectif", "collectif", "individuel", None]),
        ascenseur=draw.choice([True, False, None]),
        anciennete_ans=draw.choice([1, 2, 5, 9, 20, None]),
    )
    return Situation(sample=where.sample, facts=where.facts, case_id=seed, version="2026.1")


seeds = st.integers(min_value=1, max_value=10**6)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_every_respondent_reaches_the_end(seed: int) -> None:
    _, route, _ = respond(seed, script(), drawn(seed))
    assert (route.complete, route.partial, route.position, route.faults) == (True, True, None, ())
    assert route.items[-1] == ("FIN", "")
    assert {question for question, _ in route.items} <= set(route.visible)


@given(seeds, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_answers_came_changes_nothing(seed: int, draw: random.Random) -> None:
    answers, route, where = respond(seed, script(), drawn(seed))
    shuffled = list(answers.items())
    draw.shuffle(shuffled)
    assert script().route(where, dict(shuffled)) == route


@given(seeds, st.lists(st.tuples(st.integers(0, 107), st.integers(0, 95)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_off_route_answers_never_change_anything(seed: int, extra: list[tuple[int, int]]) -> None:
    answers, route, where = respond(seed, script(), drawn(seed))
    names = list(script().questionnaire.questions)
    asked = {question for question, _ in route.items}
    silent = {
        (names[place], ""): answered([code] if code % 2 else code)
        for place, code in extra
        if names[place] not in asked | {"SIGNAL"}
    }
    assert script().route(where, silent | answers) == route


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_an_interview_resumes_where_it_stopped_at_every_point(seed: int) -> None:
    answers, route, where = respond(seed, script(), drawn(seed))
    said: dict[AnswerKey, Answer] = (
        {("SIGNAL", ""): answers["SIGNAL", ""]} if ("SIGNAL", "") in answers else {}
    )
    for rank, key in enumerate(route.items):
        found = script().route(where, said)
        assert found.position == key
        assert found.items[: rank + 1] == route.items[: rank + 1]
        said[key] = answers[key]


@given(
    st.dictionaries(
        st.integers(0, 107), st.one_of(st.integers(0, 95), st.lists(st.integers(1, 8), max_size=3))
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_stored_the_route_holds_together(stored: dict[int, int | list[int]]) -> None:
    names = list(script().questionnaire.questions)
    answers = begun() | {(names[place], ""): answered(value) for place, value in stored.items()}
    route = script().route(situation(), answers)
    visible = set(route.visible) - {"SIGNAL"}
    assert visible <= {question for question, _ in route.items}
    faulty = {fault.question for fault in route.faults}
    before = route.items[: route.rank(route.position) - 1] if route.position else route.items
    assert all(question in visible and question not in faulty for question, _ in before)
    assert off_route(route, route) == ()


def test_an_interview_is_about_as_long_as_the_study_says() -> None:
    counts = [len(respond(seed, script(), drawn(seed))[1].items) for seed in range(1, 201)]
    print(f"median number of items: {statistics.median(counts)}")
    assert 60 <= statistics.median(counts) <= 80
