"""More questionnaires with one defect each: in loops, among dates and times, rankings, telephones, several choices."""

from cati.questionnaire.proof.defects import Flaw
from tests.planted import Planted, hard, little, single, soft, whole

PERSONS, AGE = whole("N", ", min: 1, max: 3"), whole("age", ", min: 0, max: 110")
TRIPS = whole("trips", ", min: 0, max: 2")
SPRING = "{id: D, ask: '?', type: date, min: date('2024-03-01'), max: date('2024-05-31')}"
MORNING = "{id: T, ask: '?', type: time, min: time('08:00'), max: time('12:00')}"
ABC = "1: a, 2: b, 3: c"


def loop(*members: str, name: str = "P", count: str = "N", most: int = 3, more: str = "") -> str:
    return f"{{loop: {name}, count: {count}, max: {most}{more}, questions: [{', '.join(members)}]}}"


def dated(name: str, more: str = "") -> str:
    return f"{{id: {name}, ask: '?', type: date{more}}}"


def timed(name: str, more: str = "") -> str:
    return f"{{id: {name}, ask: '?', type: time{more}}}"


def ranked(name: str, codes: str = ABC, more: str = "") -> str:
    return f"{{id: {name}, ask: '?', type: ranking, choices: {{{codes}}}{more}}}"


def several(name: str, more: str = "", codes: str = ABC) -> str:
    return f"{{id: {name}, ask: '?', type: multiple, choices: {{{codes}}}{more}}}"


IN_LOOPS = (
    Planted(
        comment="more people than turns: the others are passed over in silence",
        text=little(whole("N", ", min: 1, max: 15"), loop(AGE, most=5)),
        flaw=Flaw.TURNS_CUT,
        key="P.count",
        shown=True,
    ),
    Planted(
        comment="a number without bound",
        text=little(whole("N", ", min: 1"), loop(AGE)),
        flaw=Flaw.TURNS_CUT,
        key="P.count",
        shown=True,
    ),
    Planted(
        comment="an inner number that goes beyond, in any outer turn",
        text=little(PERSONS, loop(AGE, TRIPS, loop(whole("minutes"), name="V", count="trips", most=1))),
        flaw=Flaw.TURNS_CUT,
        key="V.count",
        shown=True,
    ),
    Planted(
        comment="a turn that there is not",
        text=little(PERSONS, loop(AGE, single("Q", "P.rank > 3"), most=5)),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["Q"],
    ),
    Planted(
        comment="an age that nobody has, whatever the turn",
        text=little(PERSONS, loop(AGE, single("Q", "age > 115"))),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["age", "Q"],
    ),
    Planted(
        comment="the turn's own answers contradict each other",
        text=little(PERSONS, loop(AGE, single("work", "age >= 15"), single("Q", "age < 10 and work == 1"))),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["work", "Q"],
    ),
    Planted(
        comment="a loop that never turns",
        text=little(PERSONS, loop(AGE, single("Q"), more=', when: "N > 3"')),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["N", "P"],
    ),
    Planted(
        comment="a member that the list does not have",
        text=little(
            single("A"),
            f"{{loop: P, over: {{1: salon, 2: cuisine}}, questions: [{single('Q', 'P.rank == 3')}, {single('R')}]}}",
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="two loops deep: more trips than there can be",
        text=little(
            PERSONS,
            loop(AGE, TRIPS, loop(single("M"), name="V", count="trips", most=2)),
            single("Q", "count(M == 1 and age > 17) > 6"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="in one turn, more trips than it has",
        text=little(
            PERSONS, loop(TRIPS, loop(single("M"), name="V", count="trips", most=2), single("Q", "count(M == 1) > 2"))
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a sum over the turns that cannot be",
        text=little(PERSONS, loop(AGE), single("Q", "sum(age) > 330")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["age", "Q"],
    ),
    Planted(
        comment="all of them, counted: says nothing",
        text=little(PERSONS, loop(AGE), single("Q", "count(age is answered) == N")),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="Q.when",
    ),
    Planted(
        comment="a filter of the turn that says nothing",
        text=little(PERSONS, loop(AGE, single("Q", "age < 111 or P.rank == 2"))),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="Q.when",
    ),
    Planted(
        comment="a choice that no turn offers",
        text=little(PERSONS, loop(AGE, single("Q", codes='1: a, 2: {label: b, when: "age > 120"}'))),
        flaw=Flaw.CHOICE_NEVER,
        key="Q.choices.2",
    ),
    Planted(
        comment="no choice is left for those between two ages",
        text=little(
            PERSONS,
            loop(AGE, single("Q", codes='1: {label: a, when: "age < 18"}, 2: {label: b, when: "age > 60"}')),
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="Q",
        shown=True,
    ),
    Planted(
        comment="the second turn takes no answer",
        text=little(PERSONS, loop(single("Q", more=hard("c", "P.rank == 2 and Q is answered")))),
        flaw=Flaw.DEAD_END,
        key="Q",
        because=["Q, contrôle c"],
        shown=True,
    ),
    Planted(
        comment="every answer in the loop ends the interview",
        text=little(
            PERSONS, loop(single("Q", codes="1: {label: a, ends: owner}, 2: {label: b, ends: moved}")), single("R")
        ),
        flaw=Flaw.ALWAYS_ENDS,
        key="Q",
        shown=True,
    ),
    Planted(
        comment="a check over the turns that cannot trip",
        text=little(PERSONS, loop(AGE), single("Q", more=soft("c", "max(age) > 110 and Q == 1"))),
        flaw=Flaw.CHECK_NEVER,
        key="Q.checks.c",
    ),
    Planted(
        comment="a total that cannot be as large as what it adds up",
        text=little(PERSONS, loop(AGE), whole("S", ", min: 0, max: 200" + hard("c", "S < sum(age)"))),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="S",
        because=["S, contrôle c"],
        shown=True,
    ),
    Planted(
        comment="an alert that no turn raises",
        text=little(
            PERSONS,
            loop(AGE),
            single("Q", "count(alerts) > 0"),
            head="alerts: [{id: vieux, label: v, when: 'count(age > 110) > 0'}]",
        ),
        flaw=Flaw.ALERT_NEVER,
        key="alerts.vieux",
    ),
    Planted(
        comment="a value of each turn, summed up beyond what it can be",
        text=little(
            PERSONS,
            loop("{id: age, ask: '?', type: integer, min: 0, max: 110, compute: {minor: 'if age < 18 then 1 else 0'}}"),
            single("Q", "sum(minor) > N"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
)  # fmt: skip

AMONG_MOMENTS = (
    Planted(
        comment="bounds of a date that cross",
        text=little(single("A"), dated("D", ", min: date('2025-01-01'), max: date('2024-12-31')")),
        flaw=Flaw.DEAD_END,
        key="D",
        because=["D"],
        shown=True,
    ),
    Planted(
        comment="a date after another, before a fixed day: none is left for the last ones",
        text=little(SPRING, dated("E", ", min: D, max: date('2024-05-15')")),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="E",
        shown=True,
    ),
    Planted(
        comment="two dates never so far apart",
        text=little(
            SPRING,
            dated("E", ", min: D, max: date('2024-06-30')" + hard("far", "days(D, E) < 122")),
        ),
        flaw=Flaw.DEAD_END,
        key="E",
        because=["E, contrôle far"],
        shown=True,
    ),
    Planted(
        comment="a check between two dates that their bounds keep from tripping",
        text=little(SPRING, dated("E", ", min: D" + soft("before", "E < D"))),
        flaw=Flaw.CHECK_NEVER,
        key="E.checks.before",
    ),
    Planted(
        comment="another year",
        text=little(SPRING, single("Q", "year(D) == 2025")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["D", "Q"],
    ),
    Planted(
        comment="a month out of season",
        text=little(SPRING, single("Q", "month(D) in {1, 2}")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="every month of the season: says nothing",
        text=little(SPRING, single("Q", "month(D) in {3..5}")),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="Q.when",
    ),
    Planted(
        comment="a date of the file in two years at once",
        text=little(
            single("Q", "year(sample.entree) > 2024 and sample.entree < date('2024-06-01')"),
            single("R"),
            head="sample: {entree: date?}",
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="the 29th of February of an ordinary year",
        text=little(
            dated("D", ", min: date('2023-01-01'), max: date('2023-12-31')"),
            single("Q", "days(date('2023-02-28'), D) > 0 and D < date('2023-03-01')"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="before the office opens",
        text=little(MORNING, single("Q", "T < time('08:00')")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["T", "Q"],
    ),
    Planted(
        comment="an end that may come before its beginning",
        text=little(MORNING, timed("U", ", max: time('11:30')" + hard("after", "U <= T"))),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="U",
        because=["U, contrôle after"],
        shown=True,
    ),
    Planted(
        comment="longer than the longest wait",
        text=little("{id: W, ask: '?', type: duration, max: 60}", single("Q", "W / 60 > 1")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["W", "Q"],
    ),
    Planted(
        comment="a duration that takes nothing but « ne sait pas »",
        text=little(
            "{id: W, ask: '?', type: duration, max: 60}",
            "{id: X, ask: '?', type: duration, min: W + 1, max: 0, dk: true}",
        ),
        flaw=Flaw.NO_VALUE,
        key="X",
        shown=True,
    ),
)  # fmt: skip

AMONG_CHOICES = (
    Planted(
        comment="a choice that nobody can rank",
        text=little(single("P"), ranked("R", '1: a, 2: b, 3: {label: c, when: "P == 1 and P == 2"}')),
        flaw=Flaw.CHOICE_NEVER,
        key="R.choices.3",
    ),
    Planted(
        comment="three ranks of two choices",
        text=little(
            single("P"),
            ranked("R", '1: a, 2: b, 3: {label: c, when: "P == 1"}, 4: {label: d, when: "P == 1"}', ", max: 3"),
            single("Q", "P == 2 and count(R) == 3"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["R", "Q"],
    ),
    Planted(
        comment="a third place where two are given",
        text=little(ranked("R", more=", max: 2"), single("Q", "rank(R, 1) == 3")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="two codes at one place",
        text=little(ranked("R", more=soft("c", "rank(R, 1) == rank(R, 2)"))),
        flaw=Flaw.CHECK_NEVER,
        key="R.checks.c",
    ),
    Planted(
        comment="a ranking of all the codes has each of them",
        text=little(ranked("R"), single("Q", "1 in R")),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="Q.when",
    ),
    Planted(
        comment="a dead end for those who had a single choice to rank",
        text=little(
            single("P"),
            ranked("R", '1: a, 2: {label: b, when: "P == 1"}'),
            single("Q", more=hard("c", "P > 1 and Q > 0")),
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="Q",
        shown=True,
    ),
    Planted(
        comment="nothing is left to rank",
        text=little(single("P"), ranked("R", '1: {label: a, when: P == 1}, 2: {label: b, when: P == 1}')),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="R",
        shown=True,
    ),
    Planted(
        comment="more codes than « max » allows",
        text=little(several("M", ", max: 2" + hard("c", "count(M) < 3"))),
        flaw=Flaw.DEAD_END,
        key="M",
        because=["M, contrôle c"],
        shown=True,
    ),
    Planted(
        comment="what is exclusive is never one of two",
        text=little(
            single("P"), several("M", hard("c", "count(M) < 2"), "1: a, 2: b, 95: {label: aucun, exclusive: true}")
        ),
        flaw=Flaw.CHOICE_NEVER,
        key="M.choices.95",
    ),
    Planted(
        comment="what is exclusive beside another is wanted of those who said b",
        text=little(
            single("P"),
            several(
                "M",
                hard("c", "P == 2 and not (95 in M and 1 in M)"),
                "1: a, 2: b, 95: {label: aucun, exclusive: true}",
            ),
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="M",
        shown=True,
    ),
    Planted(
        comment="a telephone number that is wanted and always refused",
        text=little(single("A"), "{id: F, ask: '?', type: phone" + hard("c", "F is answered") + "}"),
        flaw=Flaw.DEAD_END,
        key="F",
        shown=True,
    ),
    Planted(
        comment="a telephone number that is not there, where it has to be",
        text=little("{id: F, ask: '?', type: phone}", single("Q", "F is na")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="the check of a later question strands those who answered two earlier ones so",
        text=little(
            whole("A", ", min: 0, max: 9"), whole("B", ", min: 0, max: 9"), single("Q", more=hard("c", "A + B > 12"))
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="Q",
        because=["Q, contrôle c"],
        shown=True,
    ),
    Planted(
        comment="a quotient of two answers that cannot be",
        text=little(
            whole("rent", ", min: 1, max: 2000"),
            whole("rooms", ", min: 1, max: 12"),
            single("Q", "rent / rooms > 2000"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["rent", "Q"],
    ),
    Planted(
        comment="a check of three questions that cannot trip",
        text=little(
            whole("A", ", min: 0, max: 4"),
            whole("B", ", min: A, max: 9"),
            whole("C", ", min: B, max: 9" + soft("c", "A + B > 2 * C")),
        ),
        flaw=Flaw.CHECK_NEVER,
        key="C.checks.c",
    ),
    Planted(
        comment="said in two languages, wrong in both",
        text=little(
            single("P"),
            single("Q", "P == 1 and P == 2"),
            head="translations:\n  en: {P: {ask: 'P?', choices: {1: one, 2: two, 3: three}}}",
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["Q"],
    ),
)  # fmt: skip

PLANTED_LATER = IN_LOOPS + AMONG_MOMENTS + AMONG_CHOICES
