"""Random questionnaires so small that every interview can be played: what a proof is held against."""

import random
from collections.abc import Iterator


class Author:
    """Writes one questionnaire; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.numbers: list[str] = []
        self.multiples: list[str] = []
        self.asked: list[str] = []
        self.texts: list[str] = []
        self.early: list[str] = []

    def text(self) -> str:
        lines = ["questionnaire: alea", 'version: "1"', "sample: {b: boolean?, z: [x, y, null]}"]
        blocks = list(self._blocks())
        if self.early:
            lines.append(f'eligible: "{self._about(self.early)}"')
            lines.append("quotas: [sample.z]")
            lines.append("quota_full: Merci.")
        if self.draw.random() < 0.5:
            lines.append(f'alerts: [{{id: al, when: "{self.condition()}", label: l}}]')
        return "\n".join([*lines, "blocks:", *blocks, ""])

    def condition(self, depth: int = 2) -> str:
        roll = self.draw.random()
        if depth and roll < 0.25:
            return f"({self.condition(depth - 1)} and {self.condition(depth - 1)})"
        if depth and roll < 0.4:
            return f"({self.condition(depth - 1)} or {self.condition(depth - 1)})"
        if depth and roll < 0.5:
            return f"not ({self.condition(depth - 1)})"
        if depth and roll < 0.56:
            parts = (self.condition(0) for _ in range(3))
            return "(if {} then {} else {})".format(*parts)
        return self._atom()

    def number(self, depth: int = 1) -> str:
        roll = self.draw.random()
        if not self.numbers or roll < 0.2:
            return str(self.draw.randint(0, 4))
        if depth == 0 or roll < 0.6:
            return self.draw.choice(self.numbers)
        one, other = self.number(depth - 1), self.number(depth - 1)
        return self.draw.choice(
            [
                f"({one} + {other})",
                f"({one} - {other})",
                f"({one} * 2)",
                f"({one} / {other})",
                f"min({one}, {other})",
                f"max({one}, {other})",
                f"sum({one}, {other})",
                f"abs({one} - {other})",
                f"or_else({one}, {other})",
                f"(if {self._atom()} then {one} else {other})",
                f"count({self._atom()}, {self._atom()})",
            ]
        )

    def _atom(self) -> str:
        kinds = [self._about_the_file]
        if self.numbers:
            kinds += [self._comparison, self._comparison, self._membership]
        if self.multiples:
            kinds += [self._mention]
        if self.texts:
            kinds += [self._words]
        if self.asked:
            kinds += [self._state]
        return self.draw.choice(kinds)()

    def _about_the_file(self) -> str:
        return self.draw.choice(
            [
                "sample.b",
                "sample.b is answered",
                f"or_else(sample.b, {self._file()})",
                "sample.z == 'x'",
                "sample.z != 'x'",
                "sample.z in {'x', 'y'}",
            ]
        )

    def _file(self) -> str:
        return self.draw.choice(
            ["sample.z == 'y'", "sample.z is answered", "(if sample.b then 'x' else sample.z) == 'x'"]
        )

    def _comparison(self) -> str:
        sign = self.draw.choice(["==", "!=", "<", "<=", ">", ">="])
        left, right = self.number(), self.number(0)
        # The lint refuses a code that a question does not have; behind a sum it is no code any more.
        return f"{left} + 0 {sign} {right}" if right.isdigit() else f"{left} {sign} {right}"

    def _membership(self) -> str:
        word = self.draw.choice(["in", "in", "not in"])
        low = self.draw.randint(0, 3)
        return f"{self.number()} + 0 {word} {{{low}..{low + 1}, 4}}"

    def _mention(self) -> str:
        name = self.draw.choice(self.multiples)
        forms = (
            f"1 in {name}",
            f"2 not in {name}",
            f"count({name}) > 1",
            f"has({name}, {{2, 3}})",
            f"count({name}) < 1",
        )
        return self.draw.choice(forms)

    def _words(self) -> str:
        name = self.draw.choice(self.texts)
        forms = (
            f"{name} == 'oui'",
            f"{name} != 'oui'",
            f"{name} in {{'oui', 'si'}}",
            f"or_else({name}, 'oui') == 'oui'",
        )
        return self.draw.choice(forms)

    def _state(self) -> str:
        state = self.draw.choice(["answered", "dk", "refused", "na", "not_asked", "unanswered"])
        return f"{self.draw.choice(self.asked)} is {self.draw.choice(['', 'not '])}{state}"

    def _about(self, names: list[str]) -> str:
        return " or ".join(f"{name} == {self.draw.randint(1, 2)}" for name in self.draw.sample(names, 1))

    def _blocks(self) -> Iterator[str]:
        if self.draw.random() < 0.4:
            yield "  - {id: INT, each_call: true, special: [], questions: ["
            yield f"      {self._question('I1', early=True)}]}}"
            self.early = ["I1"]
        turning = self.draw.random() < 0.25
        when = f', when: "{self.condition(1)}"' if self.draw.random() < 0.3 else ""
        yield f"  - {{id: A, special: []{when}, questions: ["
        yield f"      {self._question('A1')},"
        yield f"      {self._question('A2')}]}}"
        when = f', when: "{self.condition(1)}"' if self.draw.random() < 0.3 else ""
        yield f"  - {{id: B, special: []{when}{', rotate: true' if turning else ''}, questions: ["
        if turning:
            known = list(self.numbers), list(self.multiples), list(self.asked), list(self.texts)
            first = self._question("B1")
            self.numbers, self.multiples, self.asked, self.texts = (
                known  # what turns together reads nothing of the other
            )
            yield f"      {first},"
        else:
            yield f"      {self._question('B1')},"
        yield f"      {self._question('B2')}]}}"

    def _question(self, name: str, *, early: bool = False) -> str:
        kind = (
            self.draw.choice(["single", "single", "scale", "integer", "multiple", "text"])
            if not early
            else "single"
        )
        parts = [f"id: {name}", "ask: '?'", f"type: {kind}", *self._answers(kind)]
        if self.draw.random() < 0.55:
            parts.append(f'when: "{self.condition()}"')
        if not early:
            parts += [
                word for word in ("dk: true", "na: true", "required: false") if self.draw.random() < 0.2
            ]
        if kind in ("single", "scale", "integer"):
            self.numbers.append(name)
        elif kind == "text":
            self.texts.append(name)
        elif kind == "multiple":
            self.multiples.append(name)
        self.asked.append(name)
        if not early:
            parts += self._checks(name)
            if self.draw.random() < 0.2:
                parts.append(f'compute: {{c{name}: "{self.number(2)}"}}')
                self.numbers.append(f"c{name}")
        return "{" + ", ".join(parts) + "}"

    def _answers(self, kind: str) -> list[str]:
        if kind == "scale":
            return ["min: 0", "max: 2"]
        if kind == "integer":
            high = f"min({self.number(0)}, 3)" if self.draw.random() < 0.4 else "3"
            low = f"max({self.number(0)}, 0)" if self.draw.random() < 0.2 else "0"
            return [f'min: "{low}"', f'max: "{high}"']
        if kind == "text":
            return []
        codes = [self._choice(code, kind) for code in range(1, self.draw.randint(2, 3) + 1)]
        limit = ["max: 2"] if kind == "multiple" and self.draw.random() < 0.3 else []
        return [f"choices: {{{', '.join(codes)}}}", *limit]

    def _choice(self, code: int, kind: str) -> str:
        keys = [f"label: l{code}"]
        if self.draw.random() < 0.2:
            keys.append(f'when: "{self.condition(1)}"')
        if kind == "single" and self.draw.random() < 0.15:
            keys.append("ends: owner")
        if kind == "multiple" and code == 2 and self.draw.random() < 0.3:
            keys.append("exclusive: true")
        return f"{code}: {{{', '.join(keys)}}}"

    def _checks(self, name: str) -> list[str]:
        found = [
            f"{{id: {name}_{rank}, say: '!', fault: \"{self.condition()}\", hard: {self._yes(0.6)}}}"
            for rank in range(2)
            if self.draw.random() < 0.3
        ]
        return [f"checks: [{', '.join(found)}]"] if found else []

    def _yes(self, chance: float) -> str:
        return "true" if self.draw.random() < chance else "false"
