"""The proof: planted defects are all found, sound questionnaires have none, and the engine agrees with every word."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from cati.cli.questionnaire import app
from cati.questionnaire import loader, routing
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.proof import examples
from cati.questionnaire.proof.defects import Defect, Example, Flaw, Proof
from cati.questionnaire.proof.proving import prove
from cati.questionnaire.routing import Compiled
from tests.contradicting import chosen, contradictions, walls
from tests.planted import PLANTED as FIRST_PLANTED
from tests.planted import ROOT, Planted, little, single, soft, whole
from tests.planted_later import PLANTED_LATER
from tests.wandering import wander

SHIPPED = sorted(
    [*(ROOT / "questionnaires").glob("*.yaml"), *(ROOT / "tests" / "questionnaires").glob("*.yaml")]
)
PLANTED = FIRST_PLANTED + PLANTED_LATER
SHOWN = [planted for planted in PLANTED if planted.shown]


def questionnaire_of(text: str) -> Questionnaire:
    """With the parts that the shipped ones share."""
    return loader.load(text, part=lambda name: (ROOT / "questionnaires" / name).read_text(encoding="utf-8"))


@cache
def proved(text: str) -> Proof:
    return prove(questionnaire_of(text))


@cache
def compiled(text: str) -> Compiled:
    return routing.compile(questionnaire_of(text))


def found(planted: Planted) -> Defect:
    told = {(defect.flaw, defect.key): defect for defect in proved(planted.text).defects}
    assert (planted.flaw, planted.key) in told, [str(defect) for defect in told.values()]
    return told[planted.flaw, planted.key]


def called(planted: Planted) -> str:
    return f"{planted.flaw}: {planted.comment}"


def test_the_planted_defects_are_of_every_kind() -> None:
    assert {planted.flaw for planted in PLANTED} == set(Flaw)
    assert len(PLANTED) >= 25


@pytest.mark.parametrize("planted", PLANTED, ids=called)
def test_a_planted_defect_is_found(planted: Planted) -> None:
    defect = found(planted)
    assert set(planted.because) <= {reason.name for reason in defect.because}
    assert (defect.example is not None) >= planted.shown
    assert defect.because or defect.example
    assert 0 < defect.line <= len(planted.text.splitlines())


@pytest.mark.parametrize("planted", PLANTED, ids=called)
def test_reasons_are_sentences_of_the_questionnaire(planted: Planted) -> None:
    for reason in found(planted).because:
        name = reason.name.partition(",")[0]
        assert name.partition(".")[0] in {
            *compiled(planted.text).questionnaire.questions,
            *(block.id for block in compiled(planted.text).questionnaire.blocks),
            *(alert.id for alert in compiled(planted.text).questionnaire.alerts),
            *compiled(planted.text).questionnaire.loops,
            *("alerts", "consents", "eligible", "quotas"),
        }
        assert reason.says


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_sound_questionnaire_has_no_defect_and_nothing_is_left_out(file: Path) -> None:
    proof = proved(file.read_text(encoding="utf-8"))
    assert [str(defect) for defect in proof.defects] == []
    assert proof.not_analysed == ()


def played(folder: Path, text: str, shown: Example) -> dict[str, object]:
    """What `cati questionnaire play` says of an example, given exactly as the proof gives it."""
    (folder / "questionnaire.yaml").write_text(text, encoding="utf-8")
    if "include:" in text:
        shutil.copytree(ROOT / "questionnaires" / "commun", folder / "commun", dirs_exist_ok=True)
    (folder / "answers.json").write_text(json.dumps(shown.answers), encoding="utf-8")
    (folder / "sample.json").write_text(json.dumps(shown.sample), encoding="utf-8")
    files = ("--answers", folder / "answers.json", "--sample", folder / "sample.json", "--date", shown.date)
    result = run("play", folder / "questionnaire.yaml", *files, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout)
    return told


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("planted", SHOWN, ids=called)
def test_the_example_of_a_defect_is_played_to_where_it_stands(planted: Planted, tmp_path: Path) -> None:
    defect = found(planted)
    assert defect.example is not None
    told = played(tmp_path, planted.text, defect.example)
    name, at = planted.key.partition(".")[0], str(told["position"]).partition("#")[0]
    assert at == name or name in compiled(planted.text).questionnaire.questions[at].loops
    assert told["problems"] == {}
    assert told["off_route"] == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_what_can_be_met_is_met_by_somebody(file: Path, tmp_path: Path) -> None:
    text = file.read_text(encoding="utf-8")
    script = compiled(text)
    witnesses = prove(script.questionnaire, witnesses=True).witnesses
    met = {one.key for one in witnesses if one.what == "question"}
    assert met == {question.id for question in script.questionnaire.questions.values() if not question.hidden}
    assert {one.key for one in witnesses if one.what == "alert"} == {
        a.id for a in script.questionnaire.alerts
    }
    checks = {f"{q.id}.checks.{c.id}" for q in script.questionnaire.questions.values() for c in q.checks}
    assert {one.key for one in witnesses if one.what == "check"} == checks
    for one in witnesses:
        route = examples.played(script, one.example, confirming=one.what != "check")
        assert one.key in {
            *(question for question, _ in route.items),
            *route.alerts,
            *(f"{fault.question}.checks.{fault.check}" for fault in route.faults),
            *(["eligible"] if route.eligible else []),
            *chosen(script.questionnaire, route.visible),
        }
    (told,) = {one.key: one.example for one in witnesses[-1:]}.values()
    assert played(tmp_path, text, told)["problems"] == {}


TEXTS = [planted.text for planted in PLANTED] + [file.read_text(encoding="utf-8") for file in SHIPPED]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(range(len(TEXTS))), st.integers(1, 10**6))
def test_nobody_meets_what_the_proof_excludes(which: int, seed: int) -> None:
    text = TEXTS[which]
    held = walls(proved(text), compiled(text))
    for moment in wander(compiled(text), seed):
        assert contradictions(proved(text), moment, compiled(text)) == []
        assert not (moment.key in held and moment.after.position not in (None, moment.key))


def test_a_sound_questionnaire_strands_nobody() -> None:
    for file in SHIPPED:
        script = compiled(file.read_text(encoding="utf-8"))
        for seed in range(1, 12):
            last = None
            for moment in wander(script, seed):
                last = moment.after
            assert last is not None
            assert last.position is None or last.faults  # clumsy, and asked again


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        (
            little(whole("N"), whole("M"), single("Q", "N * M > 12")),
            "Q.when",
            "le produit de deux réponses en nombre",
        ),
        (little(whole("N"), whole("M"), single("Q", "N / M > 12")), "Q.when", "le quotient de deux réponses"),
        (
            little("{id: T, ask: '?', type: text}", single("Q", "T < 'm'")),
            "Q.when",
            "l’ordre alphabétique d’un texte libre",
        ),
        (
            little(single("Q", "sample.a == sample.b"), single("R"), head="sample: {a: text, b: text}"),
            "Q.when",
            "deux textes libres comparés",
        ),
        (
            little(whole("N"), whole("M", ", checks: [{id: c, fault: 'N * M > 9', hard: true, say: '!'}]")),
            "M",
            "une impasse possible, qui dépend de ce qui n’est pas analysé",
        ),
    ],
    ids=lambda one: one if len(one) < 60 else "",
)
def test_what_cannot_be_analysed_is_told_and_claims_nothing(text: str, key: str, says: str) -> None:
    proof = proved(text)
    assert proof.defects == ()
    assert any(gap.key == key and says in gap.message for gap in proof.not_analysed)
    assert all(gap.message.startswith("non analysé\u00a0: ") and gap.line > 0 for gap in proof.not_analysed)


def test_what_is_impossible_despite_a_gap_is_still_found() -> None:
    text = little(whole("N"), whole("M"), single("Q", "N * M > 12 and N > 3 and N < 3"))
    assert [defect.flaw for defect in proved(text).defects] == [Flaw.QUESTION_UNREACHABLE]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            little(single("P", more=", dk: true"), single("Q", "P != 1"), single("R", "not (P == 1)")),
            "somebody who does not know is asked R",
        ),
        (
            little(single("P"), single("Q", "P == 1", more=", compute: {c: 'or_else(Q, 0)'}"), single("R", "c == 0")),
            "a value in place of what was not asked",
        ),
        (
            little(single("P", codes="1: a, 2: {label: b, ends: owner}"), single("Q", more=soft("s", "Q == P"))),
            "a soft check holds nobody",
        ),
        (
            little(whole("N", ", min: 0, max: 9"), single("Q", "N * 3 - 2 == 7 and abs(N - 5) / 2 == 1")),
            "arithmetic stays exact",
        ),
        (
            little("{id: D, ask: '?', type: decimal, min: 0}", single("Q", "D > 0.1 and D < 0.2")),
            "between two decimals",
        ),
        (
            little(single("Q", "facts.date == date('2028-02-29')"), single("R")),
            "a day that there is",
        ),
        (
            little(single("Q", "sample.z == 'a'"), single("R", "sample.z not in {'a'}"), head="sample: {z: text?}"),
            "a text that the file may hold",
        ),
        (
            little(
                "{id: M, ask: '?', type: multiple, choices: {1: a, 2: b, 3: c}}",
                single("Q", "count(M) == 3"),
                single("R", "has(M, {2..3}) and 1 not in M"),
            ),
            "several codes",
        ),
    ],
    ids=lambda one: one if len(one) < 60 else "",
)  # fmt: skip
def test_a_right_filter_is_not_suspected(text: str, why: str) -> None:
    assert [str(defect) for defect in proved(text).defects] == [], why
    assert proved(text).not_analysed == ()


def test_a_day_that_there_is_not_is_excluded() -> None:
    text = little(
        single("Q", "facts.date > date('2027-02-28') and facts.date < date('2027-03-01')"), single("R")
    )
    assert [defect.key for defect in proved(text).defects] == ["Q"]


def test_the_command_tells_each_defect_with_its_reasons_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "petit.yaml"
    file.write_text(
        little(single("P"), single("R", "P == 1"), single("Q", "P == 2 and R == 1")), encoding="utf-8"
    )
    result = run("prove", file)
    assert result.exit_code == 1
    assert "ligne 9, Q\u00a0: jamais posée" in result.stdout
    assert "    - R\u00a0: posée si P = «\u00a0a\u00a0»" in result.stdout
    told = json.loads(run("prove", file, "--json").stdout)
    assert not told["clean"]
    (defect,) = told["defects"]
    assert (defect["flaw"], defect["key"], defect["line"]) == ("question_unreachable", "Q", 9)
    assert [reason["name"] for reason in defect["because"]] == ["R", "Q"] or len(defect["because"]) == 2


def test_the_command_tells_that_a_questionnaire_is_clean() -> None:
    result = run("prove", ROOT / "questionnaires" / "triennale.yaml")
    assert result.exit_code == 0
    assert "aucun défaut, 0 point(s) non analysé(s)" in result.stdout


def test_only_the_command_that_proves_loads_the_solver() -> None:
    told = "import sys, cati.cli; raise SystemExit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False, cwd=ROOT).returncode == 0
