"""Questionnaires with one defect each, for the proof to find: what is planted, and where it must be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cati.questionnaire.proof.defects import Flaw

ROOT = Path(__file__).parents[1]
TRIENNALE = (ROOT / "questionnaires" / "triennale.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One defect: the text that has it, its kind and the key it is told under."""

    comment: str
    text: str
    flaw: Flaw
    key: str
    because: Sequence[str] = ()  #: the questions whose filters, ends or checks must be named
    shown: bool = False  #: whether somebody must be shown who meets it


def tiny(name: str, old: str, new: str) -> str:
    """A questionnaire of the tests with one change."""
    text = (ROOT / "tests" / "questionnaires" / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1)


def triennale(old: str, new: str) -> str:
    assert old in TRIENNALE
    return TRIENNALE.replace(old, new, 1)


def little(*questions: str, head: str = "") -> str:
    """One block of questions that take no special state unless they say so."""
    lines = [
        "questionnaire: petit",
        'version: "1"',
        *head.splitlines(),
        "blocks:",
        "  - id: A",
        "    special: []",
    ]
    return "\n".join([*lines, "    questions:", *(f"      - {question}" for question in questions), ""])


def single(name: str, when: str = "", *, codes: str = "1: a, 2: b, 3: c", more: str = "") -> str:
    filtered = f', when: "{when}"' if when else ""
    return f"{{id: {name}, ask: '?', type: single, choices: {{{codes}}}{filtered}{more}}}"


def whole(name: str, more: str = "") -> str:
    return f"{{id: {name}, ask: '?', type: integer{more}}}"


def hard(name: str, fault: str) -> str:
    return f', checks: [{{id: {name}, fault: "{fault}", hard: true, say: "!"}}]'


def soft(name: str, fault: str) -> str:
    return f', checks: [{{id: {name}, fault: "{fault}", say: "!"}}]'


PLANTED = (
    Planted(
        comment="a filter that contradicts itself",
        text=little(single("P"), single("Q", "P == 1 and P == 2")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["Q"],
    ),
    Planted(
        comment="two filters that cannot both hold: the question asks for what its own condition excludes",
        text=little(single("P"), single("R", "P == 1"), single("Q", "P == 2 and R == 1")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["R", "Q"],
    ),
    Planted(
        comment="an empty interval",
        text=little(whole("N", ", min: 0, max: 120"), single("Q", "N < 18 and N >= 60")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a threshold beyond the bounds of an earlier question",
        text=little(whole("N", ", min: 1, max: 15"), single("Q", "N > 15")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
        because=["N", "Q"],
    ),
    Planted(
        comment="arithmetic: nobody has lived there for a century",
        text=tiny(
            "skip",
            "max: facts.year}",
            'max: facts.year, compute: {since: "facts.year - year"}}\n'
            '      - {id: old, ask: "?", type: text, when: "since > 200"}',
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="old",
        because=["year", "old"],
    ),
    Planted(
        comment="a question that depends on one that nobody reaches",
        text=tiny("deep", "when: first == 1", 'when: "first == 1 and first == 2"'),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="third",
        because=["second", "third"],
    ),
    Planted(
        comment="a filter on two codes of one answer, where « in » was meant",
        text=triennale('when: "C4 in {3, 4}"', 'when: "C4 == 3 and C4 == 4"'),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="C5",
    ),
    Planted(
        comment="houses asked about their stairs: the row of a grid that contradicts its column",
        text=triennale(
            """when: 'sample.type_logement == "collectif"', na: false}""",
            """when: 'sample.type_logement == "collectif" and sample.type_logement == "individuel"', na: false}""",
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="D2_1",
    ),
    Planted(
        comment="a whole grid, said once",
        text=triennale('when: "H6 == 1"', 'when: "H6 == 1 and H1 == 3"'),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="H7",
    ),
    Planted(
        comment="a computed value of a question that is not asked",
        text=little(
            single("P"),
            single("R", "P == 1", more=", compute: {points: 'R * 10'}"),
            single("Q", "P == 2 and points > 0"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a state that the question does not offer",
        text=little(single("P"), single("Q", "P is dk")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a count that « max » keeps from being reached",
        text=little(
            "{id: M, ask: '?', type: multiple, max: 2, choices: {1: a, 2: b, 3: c, 4: d}}", single("Q", "count(M) > 2")
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="an exclusive choice beside another",
        text=triennale(
            'when: "sample.qpv and J1 is answered and not (95 in J1)"', 'when: "1 in J1 and 95 in J1"'
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="J2",
    ),
    Planted(
        comment="after an end: owners are sent away, then asked",
        text=tiny(
            "ends",
            "- {id: age, ask: Votre âge ?, type: integer}",
            "- {id: age, ask: Votre âge ?, type: integer, when: tenant == 2}",
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="age",
        because=["tenant", "age"],
    ),
    Planted(
        comment="after the end of a call: those who refuse are asked something more",
        text=tiny("calls", "when: agrees == 1, choices: {1: Oui, 2: Non}", "when: agrees == 2, choices: {1: Oui}"),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="listen",
    ),
    Planted(
        comment="a hard check that keeps everybody from the rest",
        text=little(
            whole("N", ", min: 1, max: 9"),
            whole("M", ", min: 1, max: 9" + hard("M_N", "M >= N")),
            single("Q", "M > N + 1"),
        ),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a column of the file with a list",
        text=little(single("Q", "sample.z == 'a' and sample.z != 'a'"), single("R"), head="sample: {z: [a, b]}"),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="before the century of the survey",
        text=little(single("Q", "facts.date < date('1999-12-31')"), single("R")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="the month is beyond the year",
        text=little(single("Q", "facts.date >= date('2027-01-01') and facts.year == 2026"), single("R")),
        flaw=Flaw.QUESTION_UNREACHABLE,
        key="Q",
    ),
    Planted(
        comment="a block",
        text=tiny("block", "when: qpv == 1", 'when: "qpv == 1 and qpv == 2"'),
        flaw=Flaw.BLOCK_UNREACHABLE,
        key="B",
        because=["B"],
    ),
    Planted(
        comment="a block that reads an alert of a question with another answer",
        text=tiny("alerts", "    private: true", '    private: true\n    when: "alert.humidite and damp == 1"'),
        flaw=Flaw.BLOCK_UNREACHABLE,
        key="M",
        because=["humidite", "M"],
    ),
    Planted(
        comment="a filter that says nothing: every code is in it",
        text=little(single("P"), single("Q", "P in {1, 2, 3}")),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="Q.when",
    ),
    Planted(
        comment="a filter that an earlier bound makes true",
        text=triennale('when: "L2 > 1"', 'when: "L2 >= 1 or L2 is dk or L2 is refused"'),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="L3.when",
        because=["L2"],
    ),
    Planted(
        comment="the condition of a block that says nothing",
        text=tiny("block", "when: qpv == 1", "when: qpv is not not_asked"),
        flaw=Flaw.FILTER_ALWAYS_TRUE,
        key="B.when",
    ),
    Planted(
        comment="a choice that is offered to nobody who reaches it",
        text=tiny(
            "conditional",
            "choices: {1: Hall, 2: {label: Ascenseur, when: lift == 1}, 3: Cave}}",
            "when: lift == 2, choices: {1: Hall, 2: {label: Ascenseur, when: lift == 1}, 3: Cave}}",
        ),
        flaw=Flaw.CHOICE_NEVER,
        key="parts.choices.2",
        because=["parts"],
    ),
    Planted(
        comment="a choice that a hard check always refuses",
        text=little(single("P"), single("Q", more=hard("never", "Q == 3 and P is answered"))),
        flaw=Flaw.CHOICE_NEVER,
        key="Q.choices.3",
        because=["Q, contrôle never"],
    ),
    Planted(
        comment="a choice offered to all who reach it",
        text=little(single("P"), single("Q", "P == 1", codes="1: a, 2: {label: b, when: P != 2}")),
        flaw=Flaw.CHOICE_FILTER_ALWAYS_TRUE,
        key="Q.choices.2",
    ),
    Planted(
        comment="an end that no answer gives",
        text=little(single("P"), single("Q", "P == 1", codes="1: a, 2: {label: b, when: P == 2, ends: owner}")),
        flaw=Flaw.END_NEVER,
        key="Q.choices.2",
    ),
    Planted(
        comment="every answer ends the interview",
        text=tiny("ends", "{1: Oui, 2:", "{1: {label: Oui, ends: duplicate}, 2:").replace(
            "type: single,", "type: single, dk: false, refused: false,"
        ),
        flaw=Flaw.ALWAYS_ENDS,
        key="tenant",
        shown=True,
    ),
    Planted(
        comment="a check that cannot trip",
        text=tiny("checks", "fault: minors >= persons", 'fault: "minors > 14"'),
        flaw=Flaw.CHECK_NEVER,
        key="minors.checks.minors_persons",
    ),
    Planted(
        comment="a check whose fault is the wrong way round, after a filter",
        text=triennale('fault: "A1 == 4 and A2 >= 8"', 'fault: "A1 == 4 and A1 == 3 and A2 >= 8"'),
        flaw=Flaw.CHECK_NEVER,
        key="A2.checks.A1_A2_bas",
    ),
    Planted(
        comment="a check that trips at every answer",
        text=triennale('fault: "abs(B1 - sample.annee_entree) > 1"', 'fault: "B1 > 1900"'),
        flaw=Flaw.CHECK_ALWAYS,
        key="B1.checks.B1_fichier",
        shown=True,
    ),
    Planted(
        comment="bounds that exclude each other: only « ne sait pas » is left",
        text=little(whole("N", ", min: 10, max: 20"), whole("M", ", dk: true, min: N, max: 5")),
        flaw=Flaw.NO_VALUE,
        key="M",
        shown=True,
    ),
    Planted(
        comment="bounds that exclude each other, and no way out",
        text=little(whole("N", ", min: 10, max: 20"), whole("M", ", min: N, max: 5")),
        flaw=Flaw.DEAD_END,
        key="M",
        because=["N", "M"],
        shown=True,
    ),
    Planted(
        comment="a hard check that refuses every answer",
        text=little(single("P", more=hard("never", "P in {1, 2} or P == 3"))),
        flaw=Flaw.DEAD_END,
        key="P",
        shown=True,
    ),
    Planted(
        comment="two hard checks that leave nothing between them",
        text=little(
            whole("N", ", min: 0, max: 9"),
            whole(
                "M",
                ', checks: [{id: low, fault: "M <= N", hard: true, say: "!"},'
                ' {id: high, fault: "M >= N + 1", hard: true, say: "!"}]',
            ),
        ),
        flaw=Flaw.DEAD_END,
        key="M",
        because=["M, contrôle low", "M, contrôle high"],
        shown=True,
    ),
    Planted(
        comment="those who live alone have no number of minors to give",
        text=little(whole("N", ", min: 1, max: 15"), whole("M", ", min: 0, max: 14" + hard("M_N", "M > N - 2"))),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="M",
        because=["M, contrôle M_N"],
        shown=True,
    ),
    Planted(
        comment="bounds that cross for some: a year of entry before a year of birth",
        text=little(
            whole("born", ", min: 1930, max: 2010"), whole("entered", ", min: born + 15, max: facts.year")
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="entered",
        shown=True,
    ),
    Planted(
        comment="every choice has a condition, and some people meet none",
        text=little(single("P"), single("Q", codes="1: {label: a, when: P == 1}, 2: {label: b, when: P == 2}")),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="Q",
        shown=True,
    ),
    Planted(
        comment="special states that a check refuses too are no way out",
        text=little(
            single("P"), whole("N", ", dk: true, min: 0, max: 5" + hard("all", "P == 2 and (N is dk or N >= 0)"))
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="N",
        shown=True,
    ),
    Planted(
        comment="a bound of the file, without a value that fits",
        text=little(whole("N", ", min: 0, max: sample.most"), single("R"), head="sample: {most: integer}"),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="N",
        shown=True,
    ),
    Planted(
        comment="a multiple choice where one code asks for another that is not offered",
        text=little(
            single("P"),
            "{id: M, ask: '?', type: multiple, choices: {1: a, 2: {label: b, when: P == 1}}"
            + hard("both", "not (2 in M)")
            + "}",
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="M",
        shown=True,
    ),
    Planted(
        comment="an alert that nothing raises",
        text=triennale('when: "7 in F5"', 'when: "7 in F5 and F3 in {1, 2} and F4 in {1, 2}"'),
        flaw=Flaw.ALERT_NEVER,
        key="alerts.agressions",
        because=["F5"],
    ),
    Planted(
        comment="nobody is eligible",
        text=triennale('eligible: "INT2 == 1 and INT4 in {1, 2}"', 'eligible: "INT2 == 2 and INT4 in {1, 2}"'),
        flaw=Flaw.ELIGIBLE_NEVER,
        key="eligible",
        because=["INT4", "eligible"],
    ),
    Planted(
        comment="everybody is eligible",
        text=triennale('eligible: "INT2 == 1 and INT4 in {1, 2}"', 'eligible: "INT1 in {1..9}"'),
        flaw=Flaw.ELIGIBLE_ALWAYS,
        key="eligible",
    ),
    Planted(
        comment="a consent that nobody can give",
        text=triennale('client: "INT3 == 1"', 'client: "INT3 == 1 and INT1 == 7"'),
        flaw=Flaw.DECISION_NEVER,
        key="consents.client",
    ),
    Planted(
        comment="a quota on those who are not eligible",
        text=triennale('eligible: "INT2 == 1', 'eligible: "sample.qpv and INT2 == 1'),
        flaw=Flaw.QUOTA_UNREACHABLE,
        key="quotas",
        because=["quotas", "eligible"],
    ),
    Planted(
        comment="a cell of two quotas, each of them filled",
        text=tiny("calls", "eligible: agrees == 1", "eligible: \"agrees == 1 and (lift == 1 or sample.z == 'x')\"")
        .replace("consents:", "sample: {z: [x, y]}\nquotas: [sample.z, lift]\nquota_full: Merci.\nconsents:")
        .replace("      - {id: listen", f"      - {single('lift', codes='1: Oui, 2: Non')}\n      - {{id: listen"),
        flaw=Flaw.QUOTA_UNREACHABLE,
        key="quotas",
        because=["quotas", "eligible"],
    ),
    Planted(
        comment="a text that nobody may leave, and no text that passes",
        text=little(single("P"), "{id: T, ask: '?', type: text" + hard("t", "P == 2 and T is answered") + "}"),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="T",
        shown=True,
    ),
    Planted(
        comment="decimals between bounds that cross for some",
        text=little(
            "{id: rent, ask: '?', type: decimal, min: 0, max: 2000}",
            "{id: charges, ask: '?', type: decimal, min: 0.5, max: rent / 4}",
        ),
        flaw=Flaw.DEAD_END_FOR_SOME,
        key="charges",
        shown=True,
    ),
)  # fmt: skip
