"""The lint of what expressions and texts read: names, order, types, codes, and the trap of `not (x == 3)`."""

from cati.questionnaire import ast, compiling, scope, texts
from cati.questionnaire.compiling import Variable
from cati.questionnaire.expressions import TEXT_FUNCTIONS, ExpressionError
from cati.questionnaire.fills import Fills, Spot
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.generator import of_question, reads_alerts
from cati.questionnaire.model import Block, Expression, Kind, Question, Questionnaire

_CODED = (Kind.SINGLE, Kind.MULTIPLE, Kind.RANKING, Kind.GRID_ITEM)
_BOUND: dict[Kind, compiling.Type] = {Kind.DATE: "date", Kind.TIME: "time"}


def lint(questionnaire: Questionnaire, notebook: Notebook) -> None:
    """Walks the questionnaire in the order asked, so that a name is known only once it has been asked."""
    _Walk(questionnaire, notebook).run()


def is_number(node: ast.Node) -> bool:
    return isinstance(node, ast.Number)


class _Walk:
    def __init__(self, questionnaire: Questionnaire, notebook: Notebook) -> None:
        self.questionnaire = questionnaire
        self.notebook = notebook
        self.known: dict[str, Variable] = scope.given(questionnaire.sample)
        self.fills = Fills(questionnaire, notebook, self._error)
        self.alerts_known = False
        self.later = _later_names(questionnaire)
        self.standing = scope.loops_of(questionnaire)
        self.here: tuple[str, ...] = ()

    @property
    def seen(self) -> compiling.Names:
        """The names known so far, as the place being read sees them."""
        return scope.seen_from(self.known, self.here, self.standing)

    def run(self) -> None:
        for question in self.questionnaire.questions.values():
            if question.hidden:
                self.known[question.id] = scope.of_question(question)
        for block in self.questionnaire.blocks:
            self._block(block)
        if not self.alerts_known:
            self._alerts()
        self._ends()
        self._other_texts()
        self.fills.unsaid()

    def _block(self, block: Block) -> None:
        if block.when:
            if not self.alerts_known and reads_alerts([block.when]):
                self._alerts()
            self._condition(block.when, f"{block.id}.when")
        units = {question.id: _unit(block, question) for question in block.questions}
        for question in block.questions:
            self._enter(question.loops)
            if not question.hidden:
                self._question(question)
                self._turning(block, question, units)
            self._texts(question, block)
        self._enter(())

    def _enter(self, loops: tuple[str, ...]) -> None:
        """Go into the loops of the next question: their number and condition are read from outside them."""
        kept = [own for own, loop_id in zip(self.here, loops, strict=False) if own == loop_id]
        self.here = self.here[: len(kept)] if self.here[: len(kept)] == loops[: len(kept)] else ()
        for loop_id in loops[len(self.here) :]:
            loop = self.questionnaire.loops[loop_id]
            self._alerts_before(loop_id)
            self._value(loop.count, f"{loop_id}.count", "number")
            if loop.when:
                self._condition(loop.when, f"{loop_id}.when")
            self.known[f"{loop_id}.rank"] = scope.of_turn(loop_id)
            self.here = (*self.here, loop_id)

    def _alerts_before(self, loop_id: str) -> None:
        """Alerts that a loop reads are raised before its first turn: none of them may depend on it."""
        loop = self.questionnaire.loops[loop_id]
        members = [one for one in self.questionnaire.questions.values() if loop_id in one.loops]
        read = [each for each in (loop.when, loop.count) if each]
        read += [each for question in members for each in of_question(question)]
        if not self.alerts_known and reads_alerts(read):
            self._alerts()

    def _question(self, question: Question) -> None:
        if not self.alerts_known and reads_alerts(of_question(question)):
            self._alerts()
        offered = {f"choices.{choice.code}": choice.when for choice in question.choices}
        for part, expression in {"when": question.when, **offered}.items():
            if expression:
                self._condition(expression, f"{question.id}.{part}")
        for bound in (question.low, question.high):
            self._value(bound, question.id, _BOUND.get(question.kind, "number"))
        self._value(question.preset, f"{question.id}.preset", scope.of_question(question).type)
        self.known[question.id] = scope.of_question(question)
        self._checks(question)
        for computed in question.computes:
            kind = self._value(computed.value, f"{question.id}.compute.{computed.name}", None)
            self.known[computed.name] = scope.of_computed(computed.name, kind or "number")

    def _checks(self, question: Question) -> None:
        for check in question.checks:
            key = f"{question.id}.checks.{check.id}"
            self._condition(check.fault, key)
            if question.id not in ast.names(check.fault.tree):
                self._warn(check.fault, key, f"ce contrôle ne lit pas {question.id}")

    def _alerts(self) -> None:
        self.alerts_known = True
        for alert in self.questionnaire.alerts:
            self._condition(alert.when, f"alerts.{alert.id}")
        self.known |= {f"alert.{alert.id}": scope.of_alert(alert) for alert in self.questionnaire.alerts}
        self.known["alerts"] = scope.of_alerts()

    def _ends(self) -> None:
        early = {q.id for block in self.questionnaire.blocks if block.each_call for q in block.questions}
        decided = {**self.questionnaire.consents, **self.questionnaire.marks}
        if self.questionnaire.eligible:
            decided["eligible"] = self.questionnaire.eligible
        for key, expression in decided.items():
            self._condition(expression, key)
            for name in ast.names(expression.tree):
                if early and name in self.questionnaire.questions and name not in early:
                    message = f"« {name} » n’est pas dans l’introduction : l’éligibilité viendrait trop tard"
                    self.notebook.error(expression.line, key, message)

    def _condition(self, expression: Expression, key: str) -> None:
        self._common(expression, key)
        try:
            compiling.condition(expression.tree, self.seen)
        except ExpressionError as mistake:
            self._error(expression, key, mistake)
            return
        if not ast.names(expression.tree):
            self._warn(
                expression, key, "cette condition ne lit rien : elle est toujours vraie ou toujours fausse"
            )
        self._negations(expression, key)

    def _value(
        self, expression: Expression | None, key: str, wanted: compiling.Type | None
    ) -> compiling.Type | None:
        if expression is None:
            return None
        self._common(expression, key)
        try:
            found = compiling.type_of(expression.tree, self.seen)
        except ExpressionError as mistake:
            self._error(expression, key, mistake)
            return None
        if wanted and found != wanted:
            self.notebook.error(expression.line, key, f"« {expression.source} » n’est pas du type attendu")
        return found

    def _common(self, expression: Expression, key: str) -> None:
        for node in ast.walk(expression.tree):
            match node:
                case ast.Call(function) if function in TEXT_FUNCTIONS:
                    self.notebook.error(expression.line, key, f"« {function} » ne sert que dans « fills »")
                case ast.Compare("==" | "!=", ast.Name() as name, ast.Number() | ast.Text() as literal):
                    self._values(expression, key, name, [literal])
                case ast.In(ast.Name() as name, ast.Set(members)):
                    self._values(expression, key, name, list(members))
                case ast.In(ast.Number() as literal, ast.Name() as name):
                    self._values(expression, key, name, [literal])
                case _:
                    pass

    def _values(
        self,
        expression: Expression,
        key: str,
        name: ast.Name,
        members: list[ast.Number | ast.Text | ast.Span],
    ) -> None:
        """A value that its question or column does not have makes a condition that never changes: always a slip."""
        known = _possible(self.questionnaire, name.path)
        if known is None:
            return
        for member in members:
            spanned = range(member.low, member.high + 1) if isinstance(member, ast.Span) else [member.text]
            for one in spanned:
                if str(one) not in known:
                    hint = nearest(one, known) or f"connues : {', '.join(known)}"
                    self.notebook.error(expression.line, key, f"{name.path} n’a pas de modalité {one}", hint)

    def _negations(self, expression: Expression, key: str) -> None:
        sure = {
            part.name.path
            for part in ast.walk(expression.tree)
            if isinstance(part, ast.Is) and part.state == "answered" and not part.negated
        }
        for part in ast.walk(expression.tree):
            if isinstance(part, ast.Not) and isinstance(part.operand, ast.Compare | ast.In):
                lacking = [name for name in ast.names(part.operand) if name not in sure and _may_lack(name)]
                if lacking:
                    hint = f"écrire « != » ou « not in », ou ajouter « {lacking[0]} is answered and … »"
                    self._warn(
                        expression,
                        key,
                        f"« not ( … ) » est vrai aussi quand {lacking[0]} est sans réponse",
                        hint,
                    )

    def _error(self, expression: Expression, key: str, mistake: ExpressionError) -> None:
        unknown = next((name for name in ast.names(expression.tree) if name not in self.known), None)
        if unknown in self.later:
            message = f"« {unknown} » n’est connue que plus loin (ligne {self.later[unknown]})"
            self.notebook.error(expression.line, key, message, "une condition ne lit que ce qui précède")
        else:
            hint = nearest(unknown, [*self.known, *self.later]) if unknown else ""
            self.notebook.error(expression.line, key, f"« {expression.source} » : {mistake}", hint)

    def _warn(self, expression: Expression, key: str, message: str, hint: str = "") -> None:
        self.notebook.warn(expression.line, key, message, hint)

    def _turning(self, block: Block, question: Question, units: dict[str, str]) -> None:
        """What turns together is asked in any order, so nothing in it may depend on another part of it."""
        if not (block.rotate or (question.grid and question.grid.rotate) or block.rotate_with):
            return
        for expression in of_question(question):
            for name in ast.names(expression.tree):
                other = self._asked_by(name)
                if other and other.id != question.id and self._turns_with(block, question, other, units):
                    message = f"{question.id} lit {name}, qui tourne avec elle"
                    self.notebook.error(expression.line, question.id, message)

    def _asked_by(self, name: str) -> Question | None:
        """The question itself, or the one that a value is computed after."""
        questions = self.questionnaire.questions
        computing = (one for one in questions.values() if name in {each.name for each in one.computes})
        return questions.get(name) or next(computing, None)

    def _turns_with(self, block: Block, question: Question, other: Question, units: dict[str, str]) -> bool:
        if question.grid and question.grid.rotate and question.grid == other.grid:
            return True
        if other.block == block.id:
            return block.rotate and units[question.id] != units[other.id]
        return (
            block.rotate_with is not None
            and self.questionnaire.block(other.block).rotate_with == block.rotate_with
        )

    def _texts(self, question: Question, block: Block) -> None:
        names = {**self.seen, **scope.spoken(), question.id: scope.of_question(question)}
        spot = Spot(
            line=question.line,
            key=question.id,
            names=names,
            introduces=block.each_call,
            question=question,
        )
        for text in texts.of_question(question):
            self.fills.text(text, spot)

    def _other_texts(self) -> None:
        """What is said of no question: the quota reached, the danger, the help."""
        whole = self.questionnaire
        aside = [(f"help.{entry.id}", [*texts.of_help(entry)]) for entry in whole.help.values()]
        for key, said in (("quota_full", [whole.quota_full or ""]), ("danger", whole.danger), *aside):
            for text in said:
                self.fills.text(text, Spot(line=1, key=key, names={**self.seen, **scope.spoken()}))


def _later_names(questionnaire: Questionnaire) -> dict[str, int]:
    later = {question.id: question.line for question in questionnaire.questions.values()}
    later |= {name: computed.value.line for name, computed in questionnaire.computes.items()}
    return later


def _possible(questionnaire: Questionnaire, path: str) -> tuple[str, ...] | None:
    """Every value of a question with choices, a scale or a column with a list, as written; None: any."""
    column = questionnaire.sample.get(path.removeprefix("sample.")) if path.startswith("sample.") else None
    if column:
        return column.choices or None
    question = questionnaire.questions.get(path)
    if question and question.kind in _CODED:
        return tuple(str(choice.code) for choice in question.choices)
    if question and question.kind is Kind.SCALE and question.low and question.high:
        bounds = question.low.source, question.high.source
        if all(bound.isdigit() for bound in bounds):
            return tuple(str(note) for note in range(int(bounds[0]), int(bounds[1]) + 1))
    return None


def _unit(block: Block, question: Question) -> str:
    if question.loops:
        return question.loops[0]
    if question.group:
        return question.group.id
    if question.grid:
        return question.grid.id
    return question.specifies[0] if question.specifies else question.id


def _may_lack(name: str) -> bool:
    return name != "alerts" and not name.startswith(("alert.", "facts."))
