"""A questionnaire with mistakes is refused with the line, the key, and the word that was probably meant."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cati.errors import QuestionnaireRefused
from cati.questionnaire import loader
from cati.questionnaire.findings import Level
from cati.questionnaire.model import Kind, State

GOOD = """questionnaire: essai
version: "1"
sample: {qpv: boolean, type: [collectif, individuel]}
fills: {bailleur: call.bailleur, nom: contact.nom}
lists: {oui: {1: Oui, 2: Non}}
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: I1, ask: "Bonjour {nom}", type: single, choices: oui}
  - id: A
    questions:
      - {id: Q1, ask: "Content de {bailleur} ?", type: single, choices: oui}
      - {id: Q2, ask: Pourquoi ?, type: text, when: Q1 == 2}
"""


def test_a_good_questionnaire_is_read_without_a_word() -> None:
    questionnaire, findings = loader.review(GOOD)
    assert findings == ()
    assert questionnaire is not None
    assert list(questionnaire.questions) == ["I1", "Q1", "Q2"]
    assert questionnaire.questions["Q1"].specials == {State.DK: "Ne sait pas", State.REFUSED: "Refus"}
    assert questionnaire.special_codes == {State.NA: 97, State.DK: 98, State.REFUSED: 99}


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message", "hint"),
    [
        # form
        ("version:", "versoin:", 2, "questionnaire.versoin", "clé inconnue", "« version »"),
        ("type: text", "typ: text", 15, "Q2.typ", "clé inconnue", "« type »"),
        ("type: text", "type: txet", 15, "Q2.type", "type inconnu", "« text »"),
        ("id: Q2", "id: Q1", 15, "Q1", "existe déjà, ligne 14", ""),
        ("{1: Oui, 2: Non}", "{1: Oui, 1: Non}", 5, "1", "est écrit deux fois", ""),
        ("{1: Oui, 2: Non}", "{1: Oui, x: Non}", 5, "lists.oui.x", "nombre entier", ""),
        ("choices: oui}\n  - id: A", "choices: non}\n  - id: A", 11, "I1.choices", "liste inconnue", ""),
        ("sample: {qpv: boolean", "sample: {qpv: bolean", 3, "sample.qpv", "type inconnu", "« boolean »"),
        ("each_call: true", "each_call: oui", 8, "INT.each_call", "true ou false", ""),
        ("version: \"1\"", "version: \"1\" x", 2, "fichier", "YAML illisible", ""),
        # what is read
        ("Q1 == 2", "Q1 = 2", 15, "Q2.when", "l’égalité s’écrit « == »", ""),
        ("Q1 == 2", "Q11 == 2", 15, "Q2.when", "nom inconnu", "« Q1 »"),
        ("Q1 == 2", "sample.qvp", 15, "Q2.when", "nom inconnu", "« sample.qpv »"),
        ("Q1 == 2", "Q1 == 3", 15, "Q2.when", "Q1 n’a pas de modalité 3", "connues : 1, 2"),
        ("Q1 == 2", "'Q1 in {1..3}'", 15, "Q2.when", "Q1 n’a pas de modalité 3", ""),
        ("Q1 == 2", "sample.type == 'colectif'", 15, "Q2.when", "n’a pas de modalité colectif", "« collectif »"),
        ("Q1 == 2", "contact.nom == 'x'", 15, "Q2.when", "nom inconnu", ""),
        ("Q1 == 2", "label(Q1) == 'x'", 15, "Q2.when", "ne sert que dans « fills »", ""),
        ("type: single, choices: oui}\n      - {id: Q2", "type: single, when: Q2 is dk, choices: oui}\n      - {id: Q2",
         14, "Q1.when", "n’est connue que plus loin (ligne 15)", ""),
        # texts
        ("{bailleur} ?", "{bailleru} ?", 14, "Q1", "insertion inconnue", "« bailleur »"),
        ("Content de {bailleur}", "Content, {nom} de {bailleur}", 14, "Q1", "dit qui est la personne", ""),
        # structure
        ("{1: Oui, 2: Non}", "{1: Oui, 98: NSP}", 14, "Q1.choices", "réservé à l’état « dk »", ""),
        ("    special: []\n", "", 10, "I1", "ni « ne sait pas », ni refus", ""),
        ("type: text, when", "type: text, observable: true, when", 15, "Q2", "ne se montrent à un observateur", ""),
        ("type: text, when", "type: text, themes: [x], when", 15, "Q2", "thème inconnu", ""),
        ("type: text, when", "type: text, checks: [{id: c, fault: Q1 == 1}], when", 15, "Q2.checks[0].say",
         "obligatoire", ""),
        ("version: \"1\"", "version: \"1\"\nquotas: [Q1]", 1, "quotas", "demandée après l’éligibilité", ""),
        ("version: \"1\"", "version: \"1\"\neligible: Q1 == 1", 3, "eligible", "l’éligibilité viendrait trop tard", ""),
        ("version: \"1\"", "version: \"1\"\nmarks: {leasholder: I1 == 1}", 3, "marks.leasholder",
         "marque inconnue", "« leaseholder »"),
        ("version: \"1\"", "version: \"1\"\npartial_after: Z", 1, "partial_after", "bloc inconnu", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_where_it_stands(
    old: str, new: str, line: int, key: str, message: str, hint: str
) -> None:
    assert old in GOOD
    questionnaire, findings = loader.review(GOOD.replace(old, new, 1))
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    assert questionnaire is None
    assert any(
        (one.line, one.key) == (line, key) and message in one.message and hint in one.hint for one in errors
    ), [str(one) for one in errors]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("when: Q1 == 2", "when: not (Q1 == 2)", "vrai aussi quand Q1 est sans réponse"),
        ("when: Q1 == 2", "when: 1 == 1", "toujours vraie ou toujours fausse"),
        ("lists: {", "lists: {libre: {1: Un}, ", "ne sert à aucune question"),
        ("{1: Oui, 2: Non}", "{1: Oui, 2: Oui}", "deux modalités portent le libellé"),
        ("fills: {", "fills: {commune: contact.commune, ", "n’est dite nulle part"),
        ("version: \"1\"", "version: \"1\"\nquotas: [bailleur]", "quand le quota est atteint"),
        ("type: text, when", "type: text, checks: [{id: c, fault: Q1 == 1, say: x}], when", "ne lit pas Q2"),
    ],
)  # fmt: skip
def test_a_doubt_is_a_warning_and_the_questionnaire_runs(old: str, new: str, message: str) -> None:
    questionnaire, findings = loader.review(GOOD.replace(old, new, 1))
    assert questionnaire is not None, [str(finding) for finding in findings]
    assert {finding.level for finding in findings if message in finding.message} == {Level.WARNING}


def test_a_guarded_negation_is_no_trap() -> None:
    _, findings = loader.review(GOOD.replace("when: Q1 == 2", "when: Q1 is answered and not (Q1 == 2)"))
    assert findings == ()


def test_the_introduction_comes_first() -> None:
    head, introduction, rest = GOOD.partition("  - id: INT\n")
    introduction, study, questions = (introduction + rest).partition("  - id: A\n")
    _, findings = loader.review(head + study + questions + introduction)
    assert any("se place avant les autres" in finding.message for finding in findings)


def test_what_turns_together_cannot_read_itself() -> None:
    text = GOOD.replace("  - id: A\n", "  - id: A\n    rotate: true\n")
    _, findings = loader.review(text)
    assert any("tourne avec elle" in finding.message for finding in findings)


def test_every_mistake_is_told_at_once() -> None:
    text = GOOD.replace("version:", "versoin:").replace("type: text", "type: txet")
    with pytest.raises(QuestionnaireRefused) as refusal:
        loader.load(text, "essai.yaml")
    assert {2, 15} <= {finding.line for finding in loader.findings_of(refusal.value)}
    assert "essai.yaml" in str(refusal.value)


@given(
    st.sampled_from(sorted((Path(__file__).parents[1] / "questionnaires").glob("*.yaml"))),
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.sampled_from(["", "1", "-", "true", "[]", "{", "}", ":", "'", "..", "95"]),
        ),
        min_size=1,
        max_size=3,
    ),
)
@settings(max_examples=150, deadline=None)
def test_a_spoilt_file_is_always_answered_with_findings(file: Path, spoilt: list[tuple[int, str]]) -> None:
    parts = re.findall(r"\w+|\s+|[^\w\s]", file.read_text(encoding="utf-8"))
    for place, word in spoilt:
        parts[place % len(parts)] = word
    questionnaire, findings = loader.review("".join(parts))
    assert questionnaire is not None or any(finding.level is Level.ERROR for finding in findings)
    assert all(finding.line >= 0 for finding in findings)


def test_layout_and_comments_do_not_change_the_fingerprint_but_order_does() -> None:
    spaced = GOOD.replace("{1: Oui, 2: Non}", "{ 1: Oui,   2: Non }") + "# fin\n"
    assert loader.canonical_sha256(spaced) == loader.canonical_sha256(GOOD)
    turned = GOOD.replace("{1: Oui, 2: Non}", "{2: Non, 1: Oui}")
    assert loader.canonical_sha256(turned) != loader.canonical_sha256(GOOD)


def test_yes_and_no_stay_words() -> None:
    questionnaire = loader.load(GOOD.replace("{1: Oui, 2: Non}", "{1: yes, 2: no}"))
    assert [choice.label for choice in questionnaire.lists["oui"]] == ["yes", "no"]


def test_a_grid_is_one_question_per_row() -> None:
    text = GOOD + (
        "      - {id: G, ask: Tour, type: grid, choices: oui, when: sample.qpv, na: true,\n"
        "         rows: {1: un, 2: {ask: deux, when: Q1 == 1, na: false}}}\n"
    )
    questions = loader.load(text).questions
    first, second = questions["G_1"], questions["G_2"]
    assert (first.kind, first.ask, first.grid and first.grid.rows) == (Kind.GRID_ITEM, "un", ("G_1", "G_2"))
    assert (State.NA in first.specials, State.NA in second.specials) == (True, False)
    assert second.when is not None
    assert second.when.source == "(sample.qpv) and (Q1 == 1)"
