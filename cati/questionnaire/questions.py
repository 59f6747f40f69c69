"""Reads one question of the file into the items it stands for: a grid gives one per row, « autre » adds its text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cati.questionnaire import ast, keys, reading, source
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.model import (
    SEVERAL,
    Alert,
    Check,
    Choice,
    Code,
    Computed,
    Expression,
    Grid,
    Group,
    Kind,
    Loop,
    Question,
    State,
)
from cati.questionnaire.reading import Part

MOST_TURNS = 30
DEEPEST = 2
_CHOOSING = ("single", "multiple", "ranking", "grid")
#: How much one screen may hold: what fits in 1280 × 800 without scrolling.
MOST_TOGETHER = 8
MOST_ROWS = 12
MOST_CHOICES = 7
_SHORT = frozenset(Kind) - {Kind.TEXT, Kind.NOTE, Kind.RANKING, Kind.GRID_ITEM}
_BOUNDED = (Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.TIME, Kind.DURATION)
#: The code of « aucun » among the alerts to pass on.
_NO_ALERT = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a question takes from its file and its block."""

    block: str
    lists: Mapping[str, tuple[Choice, ...]]
    alerts: tuple[Alert, ...]
    specials: tuple[State, ...]
    observable: bool
    notebook: Notebook
    loops: tuple[str, ...] = ()
    found_loops: dict[str, Loop] = field(default_factory=dict)  #: filled as the file is read
    found_groups: dict[str, Group] = field(default_factory=dict)  #: the same


def read(fields: Any, around: Surroundings, line: int) -> tuple[Question, ...]:
    """The items of one entry of `questions:`, in order."""
    if isinstance(fields, dict) and "loop" in fields:
        return tuple(_looped(fields, around, line))
    if isinstance(fields, dict) and "screen" in fields:
        return tuple(_grouped(fields, around, line))
    part = Part(fields, around.notebook, name=_name(fields, around), keys=keys.QUESTION, line=line)
    kind = part.needed("type")
    if kind not in keys.TYPES:
        part.error(
            "type",
            f"type inconnu : « {kind} »",
            nearest(kind, keys.TYPES) or f"connus : {', '.join(keys.TYPES)}",
        )
        kind = "single" if part.has("choices") else "note"
    if kind == "grid":
        return tuple(_rows(part, around))
    if part.has("asked"):
        part.error("asked", "« asked » ne s’applique qu’à une grille")
    question = _question(part, around, Kind(kind))
    if part.has("per_alert"):
        return tuple(_per_alert(part, question, around))
    return (question, *_specified(question))


def _name(fields: Any, around: Surroundings) -> str:
    return str(fields.get("id", around.block)) if isinstance(fields, dict) else around.block


def _question(part: Part, around: Surroundings, kind: Kind) -> Question:
    low, high = _bounds(part, kind)
    closed = kind not in (Kind.TEXT, Kind.PHONE, Kind.NOTE)
    question = Question(
        id=part.needed("id"),
        block=around.block,
        kind=kind,
        ask=part.needed("ask"),
        line=part.line(),
        choices=_choices(part, around, kind.value),
        rotate=part.flag("rotate"),
        max_choices=part.number("max") if kind in SEVERAL else None,
        low=low,
        high=high,
        specials={} if kind is Kind.NOTE else reading.special_labels(part, around.specials),
        required=part.flag("required", default=True),
        when=part.expression("when"),
        checks=tuple(_checks(part)),
        computes=tuple(_computes(part, around)),
        observable=part.flag("observable", default=around.observable and closed),
        themes=part.words("themes"),
        loops=around.loops,
    )
    return _on_screen(part, question)


def _on_screen(part: Part, question: Question) -> Question:
    """The question with what only its screen and the desk's keys need."""
    return replace(
        question,
        instruction=part.text("instruction"),
        probe=part.text("probe"),
        optional=part.text("optional"),
        read_choices=part.flag("read_choices"),
        ends_of_scale=_scale_ends(part),
        preset=part.expression("preset"),
        from_alerts=part.fields.get("choices") == "alerts",
        closing=part.flag("closing"),
        hidden=part.flag("hidden"),
        repeat=part.number("repeat") or 1,
        on_redial=part.flag("on_redial"),
    )


def _bounds(part: Part, kind: Kind) -> tuple[Expression | None, Expression | None]:
    if kind is Kind.SCALE:
        return part.expression("min") or _whole(0), part.expression("max") or _whole(10)
    if kind in _BOUNDED:
        return part.expression("min"), part.expression("max")
    return None, None


def _whole(number: int) -> Expression:
    return Expression(str(number), ast.Number(str(number)), 0)


def _scale_ends(part: Part) -> tuple[str, str] | None:
    ends = part.words("scale_ends")
    if ends and len(ends) != 2:
        part.error("scale_ends", "deux textes sont attendus : le bas et le haut de l’échelle")
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _choices(part: Part, around: Surroundings, kind: str) -> tuple[Choice, ...]:
    given = part.fields.get("choices")
    if kind not in _CHOOSING:
        if given is not None:
            part.error("choices", f"une question « {kind} » n’a pas de modalités")
        return ()
    if given is None:
        part.error("choices", "cette clé est obligatoire")
        return ()
    if given == "alerts":
        return _alert_choices(part, around)
    if isinstance(given, str):
        if given not in around.lists:
            part.error("choices", f"liste inconnue : « {given} »", nearest(given, around.lists))
        return around.lists.get(given, ())
    return reading.choices(part.mapping("choices"), around.notebook, part.name)


def _alert_choices(part: Part, around: Surroundings) -> tuple[Choice, ...]:
    """One choice per alert, offered when it is raised, and an explicit « aucun »."""
    raised = [
        Choice(
            code=alert.code,
            label=alert.label,
            when=Expression(f"alert.{alert.id}", ast.Name(f"alert.{alert.id}"), part.line("choices")),
        )
        for alert in around.alerts
    ]
    return (*raised, Choice(code=_NO_ALERT, label=part.needed("none"), exclusive=True, fixed=True))


def _checks(part: Part) -> Iterator[Check]:
    for place, fields in enumerate(part.members("checks")):
        check = Part(
            fields,
            part.notebook,
            name=f"{part.name}.checks[{place}]",
            keys=keys.CHECK,
            line=part.line("checks"),
        )
        fault, check_id, say = check.expression("fault"), check.needed("id"), check.needed("say")
        if fault is None and not check.has("fault"):
            check.error("fault", "cette clé est obligatoire")
        elif fault is not None:
            yield Check(id=check_id, fault=fault, hard=check.flag("hard"), say=say)


def _computes(part: Part, around: Surroundings) -> Iterator[Computed]:
    fields = part.mapping("compute")
    for name, content in fields.items():
        line, key = fields.lines[name], f"{part.name}.compute.{name}"
        if not isinstance(content, dict):
            found = reading.expression(str(content), part.notebook, line, key)
            if found:
                yield Computed(name=str(name), value=found)
            continue
        inner = Part(content, part.notebook, name=key, keys=keys.COMPUTED, line=line)
        found = inner.expression("value")
        choices = _choices(inner, around, "single") if inner.has("choices") else ()
        if found:
            yield Computed(name=str(name), value=found, label=inner.text("label"), choices=choices)


def _rows(part: Part, around: Surroundings) -> Iterator[Question]:
    """One item per row, `<id>_<row>`: each knows its grid; a row may narrow the condition and add « non concerné »."""
    grid_id, fields = part.needed("id"), part.mapping("rows")
    if not fields:
        part.error("rows", "une grille a besoin de lignes")
    whole = replace(
        _question(part, around, Kind.SINGLE),
        kind=Kind.GRID_ITEM,
        choices=_choices(part, around, "grid"),
        rotate=False,
    )
    rows = tuple(f"{grid_id}_{row}" for row in fields)
    by_row = _by_row(part, whole, rows)
    grid = Grid(id=grid_id, stem=whole.ask, rows=rows, rotate=part.flag("rotate"), by_row=by_row)
    for row_id, (row, content) in zip(rows, fields.items(), strict=True):
        yield _row(replace(whole, id=row_id, grid=grid), content, around, fields.lines[row])


def _by_row(part: Part, whole: Question, rows: tuple[str, ...]) -> bool:
    asked = part.text("asked") or "item"
    if asked not in ("item", "row"):
        part.error("asked", f"« {asked} » n’est pas une façon de poser une grille", "item ou row")
    if asked == "row" and (len(rows) > MOST_ROWS or len(whole.choices) > MOST_CHOICES):
        part.error("asked", f"une table a {MOST_ROWS} rangées et {MOST_CHOICES} modalités au plus")
    return asked == "row"


def _row(whole: Question, content: Any, around: Surroundings, line: int) -> Question:
    if not isinstance(content, dict):
        return replace(whole, ask=" ".join(str(content).split()), line=line)
    part = Part(content, around.notebook, name=whole.id, keys=keys.ROW, line=line)
    own = part.expression("when")
    return replace(
        whole,
        ask=part.needed("ask"),
        line=line,
        instruction=part.text("instruction") or whole.instruction,
        specials=reading.special_labels(part, tuple(whole.specials)),
        when=_both(whole.when, own),
        themes=(*whole.themes, *part.words("themes")),
    )


def _both(first: Expression | None, second: Expression | None) -> Expression | None:
    if first is None or second is None:
        return first or second
    return Expression(
        f"({first.source}) and ({second.source})", ast.And(first.tree, second.tree), second.line
    )


def _looped(fields: Any, around: Surroundings, line: int) -> Iterator[Question]:
    """`loop: PERSONNES` with its own `questions:`, which may hold one more loop."""
    part = Part(fields, around.notebook, name=str(fields["loop"]), keys=keys.LOOP, line=line)
    loop = Loop(
        id=part.needed("loop"),
        line=line,
        inside=around.loops[-1] if around.loops else None,
        count=part.expression("count"),
        over=_members(part, around),
        most=part.number("max") or 0,
        when=part.expression("when"),
    )
    for message in _loop_mistakes(loop, around):
        part.error("loop", message)
    around.found_loops[loop.id] = loop
    inner = replace(around, loops=(*around.loops, loop.id))
    members = part.members("questions")
    if not members:
        part.error("questions", "une boucle a besoin de questions")
    for place, one in enumerate(members):
        yield from read(one, inner, getattr(members, "lines", [line] * len(members))[place])


def _grouped(fields: Any, around: Surroundings, line: int) -> Iterator[Question]:
    """`screen: FOYER` with its own `questions:`, short ones, which one screen shows together."""
    part = Part(fields, around.notebook, name=str(fields["screen"]), keys=keys.SCREEN, line=line)
    when, members = part.expression("when"), part.members("questions")
    lines = getattr(members, "lines", [line] * len(members))
    found = [each for place, one in enumerate(members) for each in read(one, around, lines[place])]
    group = Group(
        id=part.needed("screen"), ask=part.text("ask"), members=tuple(question.id for question in found)
    )
    for message in _screen_mistakes(group, found, members, around):
        part.error("screen", message)
    around.found_groups[group.id] = group
    yield from (replace(each, group=group, when=_both(when, each.when)) for each in found)


def _screen_mistakes(
    group: Group, found: list[Question], members: list[Any], around: Surroundings
) -> Iterator[str]:
    if any(isinstance(one, dict) and ("loop" in one or "screen" in one) for one in members):
        yield "un écran ne contient ni boucle ni autre écran"
    if not 2 <= len(members) <= MOST_TOGETHER:
        yield f"un écran montre de 2 à {MOST_TOGETHER} questions"
    for question in found:
        if question.hidden or not (question.kind in _SHORT or question.specifies):
            yield f"{question.id} n’est pas assez courte : ni texte, ni note, ni grille, ni classement"
        elif len(question.choices) > MOST_CHOICES:
            yield f"{question.id} a plus de {MOST_CHOICES} modalités : elle a besoin d’un écran à elle"
    if group.id in around.found_groups:
        yield f"« {group.id} » est déjà un écran"


def _members(part: Part, around: Surroundings) -> tuple[Choice, ...]:
    given = part.fields.get("over")
    if isinstance(given, str):
        if given not in around.lists:
            part.error("over", f"liste inconnue : « {given} »", nearest(given, around.lists))
        return around.lists.get(given, ())
    return reading.choices(part.mapping("over"), around.notebook, part.name)


def _loop_mistakes(loop: Loop, around: Surroundings) -> Iterator[str]:
    if (loop.count is None) == (not loop.over):
        yield "une boucle a « count » (un nombre demandé avant) ou « over » (une liste), l’un des deux"
    if loop.count is not None and not 1 <= loop.most <= MOST_TURNS:
        yield f"« max » est obligatoire, entre 1 et {MOST_TURNS} : rien ne tourne sans fin"
    if len(around.loops) == DEEPEST:
        yield f"pas plus de {DEEPEST} boucles l’une dans l’autre"
    if loop.id in around.found_loops:
        yield f"« {loop.id} » existe déjà, {source.place(around.found_loops[loop.id].line)}"


def _per_alert(part: Part, question: Question, around: Surroundings) -> Iterator[Question]:
    """`per_alert: M1` writes the question once for each alert, asked when M1 ticks it."""
    consent = part.needed("per_alert")
    for alert in around.alerts:
        when = _chosen(alert.code, consent, Kind.MULTIPLE, question.line)
        yield replace(
            question, id=f"{question.id}_{alert.id}", per_alert=alert.id, when=_both(when, question.when)
        )


def _specified(question: Question) -> Iterator[Question]:
    """The text of « autre, préciser »: an item of its own, on the route while its choice is chosen."""
    choice = next((choice for choice in question.choices if choice.specify), None)
    if choice is None:
        return
    yield Question(
        id=f"{question.id}_other",
        block=question.block,
        kind=Kind.TEXT,
        ask="Pouvez-vous préciser ?",
        instruction=f"Noter en clair la réponse « {choice.label} »",
        line=question.line,
        specials={state: label for state, label in question.specials.items() if state is not State.NA},
        when=_chosen(choice.code, question.id, question.kind, question.line),
        specifies=(question.id, choice.code),
        themes=question.themes,
        loops=question.loops,
    )


def _chosen(code: Code, question_id: str, kind: Kind, line: int) -> Expression:
    """The condition that a choice is chosen. Made as a tree: an id of any shape must not break the reading."""
    number, name = ast.Number(str(code)), ast.Name(question_id)
    if kind in SEVERAL:
        return Expression(f"{code} in {question_id}", ast.In(number, name), line)
    return Expression(f"{question_id} == {code}", ast.Compare("==", name, number), line)
