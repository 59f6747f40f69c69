"""A questionnaire file to the model. All mistakes at once, each with its line, its key and the nearest known word."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cati.errors import QuestionnaireRefused
from cati.questionnaire import columns, helping, including, keys, questions, reading, source, translating
from cati.questionnaire import lint as linting
from cati.questionnaire.findings import Finding, Level, Notebook, nearest
from cati.questionnaire.including import Reader
from cati.questionnaire.model import (
    Alert,
    Block,
    Choice,
    Expression,
    Group,
    Loop,
    Question,
    Questionnaire,
    State,
)
from cati.questionnaire.reading import Part
from cati.questionnaire.source import canonical_sha256

__all__ = ["canonical_sha256", "findings_of", "lint", "load", "review"]

_EXPORT_CODES = {State.NA: 97, State.DK: 98, State.REFUSED: 99}
_DEFAULT_SPECIALS = (State.DK, State.REFUSED)


def no_parts(name: str) -> str:
    """Where a text stands alone: a part asked for is not found."""
    raise KeyError(name)


def load(text: str, name: str = "questionnaire", part: Reader = no_parts) -> Questionnaire:
    """The questionnaire that a file describes. Raises QuestionnaireRefused: see `findings_of`."""
    questionnaire, findings = review(text, part)
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if questionnaire is None or errors:
        error = QuestionnaireRefused(
            f"{name} : " + " ; ".join(str(finding) for finding in errors[:5]), mistakes=len(errors)
        )
        error.facts["findings"] = findings
        raise error
    return questionnaire


def lint(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """What a reading without running shows of a loaded questionnaire: its warnings."""
    notebook = Notebook()
    linting.lint(questionnaire, notebook)
    return notebook.findings


def review(text: str, part: Reader = no_parts) -> tuple[Questionnaire | None, tuple[Finding, ...]]:
    """The questionnaire, None when it cannot be read, and everything found in it, errors and warnings.

    `part` gives the text of what it includes.
    """
    notebook = Notebook()
    try:
        fields = including.read(text, part)
    except source.SourceError as mistake:
        notebook.error(mistake.line, mistake.key or "fichier", str(mistake))
        return None, notebook.findings
    part_of = Part(fields, notebook, name="questionnaire", keys=keys.FILE)
    questionnaire = _questionnaire(part_of, source.sha256_of(fields))
    if not notebook.has_errors:
        said = translating.translations(part_of, questionnaire, notebook)
        questionnaire = replace(questionnaire, translations=said)
        for each in (questionnaire, *said.values()):
            linting.lint(each, notebook)
            helping.lint(each, notebook)
    return (None if notebook.has_errors else questionnaire), notebook.findings


def findings_of(error: QuestionnaireRefused) -> tuple[Finding, ...]:
    """Every finding behind a refusal, in the order of the file."""
    findings = error.facts.get("findings", ())
    return findings if isinstance(findings, tuple) else ()


def _questionnaire(part: Part, sha256: str) -> Questionnaire:
    lists = {str(name): _list(part, str(name)) for name in part.mapping("lists")}
    alerts = tuple(_alerts(part))
    loops: dict[str, Loop] = {}
    blocks = tuple(_blocks(part, lists, alerts, loops))
    return Questionnaire(
        id=part.needed("questionnaire"),
        version=part.needed("version"),
        language=part.text("language") or "fr",
        title=part.text("title") or part.needed("questionnaire"),
        sha256=sha256,
        blocks=blocks,
        questions=_by_id(blocks, part.notebook),
        special_codes=_special_codes(part),
        sample=columns.columns(part),
        lists=lists,
        fills=_expressions(part, "fills"),
        shared=_shared(part),
        loops=loops,
        alerts=alerts,
        consents=_expressions(part, "consents"),
        marks=_expressions(part, "marks"),
        eligible=part.expression("eligible"),
        partial_after=part.text("partial_after"),
        quotas=part.words("quotas"),
        themes={str(key): str(label) for key, label in part.mapping("themes").items()},
        quota_full=part.text("quota_full"),
        danger=part.words("danger"),
        help=helping.read(part),
    )


def _shared(part: Part) -> frozenset[str]:
    """The lists that an included part brought."""
    return frozenset(str(name) for name, line in part.mapping("lists").lines.items() if source.file_of(line))


def _list(part: Part, name: str) -> tuple[Choice, ...]:
    inner = Part(part.mapping("lists"), part.notebook, name="lists", keys=part.mapping("lists"))
    return reading.choices(inner.mapping(name), part.notebook, f"lists.{name}")


def _expressions(part: Part, key: str) -> dict[str, Expression]:
    fields = part.mapping(key)
    found = {}
    for name, content in fields.items():
        expression = reading.expression(str(content), part.notebook, fields.lines[name], f"{key}.{name}")
        if expression:
            found[str(name)] = expression
    return found


def _special_codes(part: Part) -> dict[State, int]:
    fields = part.mapping("special")
    inner = Part(fields, part.notebook, name="special", keys=[state.value for state in _EXPORT_CODES])
    return {state: inner.number(state.value) or code for state, code in _EXPORT_CODES.items()}


def _alerts(part: Part) -> Iterator[Alert]:
    members = part.members("alerts")
    for place, fields in enumerate(members):
        line = part.line("alerts")
        alert = Part(fields, part.notebook, name=f"alerts[{place}]", keys=keys.ALERT, line=line)
        when = alert.expression("when")
        if when is None:
            if not alert.has("when"):
                alert.error("when", "cette clé est obligatoire")
            continue
        yield Alert(id=alert.needed("id"), label=alert.needed("label"), when=when, code=place + 1)


def _blocks(
    part: Part, lists: dict[str, tuple[Choice, ...]], alerts: tuple[Alert, ...], loops: dict[str, Loop]
) -> Iterator[Block]:
    members, groups = part.members("blocks"), dict[str, Group]()
    if not members:
        part.error("blocks", "un questionnaire a besoin de blocs")
    for place, fields in enumerate(members):
        line = getattr(members, "lines", {place: part.line("blocks")})[place]
        name = str(fields.get("id", f"blocks[{place}]")) if isinstance(fields, dict) else f"blocks[{place}]"
        block = Part(fields, part.notebook, name=name, keys=keys.BLOCK, line=line)
        around = questions.Surroundings(
            block=block.needed("id"),
            lists=lists,
            alerts=alerts,
            specials=_block_specials(block),
            observable=block.flag("observable"),
            notebook=part.notebook,
            found_loops=loops,
            found_groups=groups,
        )
        yield _block(block, around)


def _block_specials(block: Part) -> tuple[State, ...]:
    """`special: []` in a block: its questions take no special state unless they say so themselves."""
    if "special" not in block.fields:
        return _DEFAULT_SPECIALS
    known = [state.value for state in _EXPORT_CODES]
    words = block.words("special")
    for word in words:
        if word not in known:
            block.error("special", f"état inconnu : « {word} »", nearest(word, known))
    return tuple(State(word) for word in words if word in known)


def _block(part: Part, around: questions.Surroundings) -> Block:
    members: Any = part.members("questions")
    items: list[Question] = []
    for place, fields in enumerate(members):
        items += questions.read(
            fields, around, getattr(members, "lines", [part.line()] * len(members))[place]
        )
    return Block(
        id=around.block,
        title=part.text("title") or around.block,
        questions=tuple(items),
        line=part.line(),
        when=part.expression("when"),
        each_call=part.flag("each_call"),
        private=part.flag("private"),
        rotate=part.flag("rotate"),
        rotate_with=part.text("rotate_with"),
    )


def _by_id(blocks: tuple[Block, ...], notebook: Notebook) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for block in blocks:
        for question in block.questions:
            if question.id in found:
                message = f"« {question.id} » existe déjà, {source.place(found[question.id].line)}"
                notebook.error(question.line, question.id, message)
            found[question.id] = question
    for group in {question.group for question in found.values() if question.group}:
        if group.id in found:
            notebook.error(found[group.id].line, group.id, f"« {group.id} » est aussi un écran")
    return found
