"""Random little questionnaires in what the language gained: loops one or two deep, dates, times, durations, rankings,
telephones, aggregates over turns, choices and checks that read any of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.small_questionnaires import Author

#: Days on both sides of a month and of a year: small enough to try each.
DAYS = (
    ("2023-12-31", "2024-01-01", "2024-01-02"),
    ("2024-02-28", "2024-02-29", "2024-03-01"),
    ("2023-02-27", "2023-02-28", "2023-03-01"),
)
TIMES = ("09:59", "10:00", "10:01")


@dataclass(slots=True)
class Known:
    """What an expression may read by name at one place, and the loops that it sees as a whole."""

    numbers: list[str] = field(default_factory=list)
    multiples: list[str] = field(default_factory=list)
    rankings: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    loops: list["Known"] = field(default_factory=list)

    def copy(self) -> "Known":
        return Known(*(list(getattr(self, name)) for name in self.__dataclass_fields__))


class Wider(Author):
    """Writes one questionnaire of at most seven questions, some of them asked once a turn."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.days = self.draw.choice(DAYS)
        self.rankings: list[str] = []
        self.dates: list[str] = []
        self.times: list[str] = []
        self.loops: list[Known] = []

    def text(self) -> str:
        lines = ["questionnaire: alea", 'version: "1"', "sample: {b: boolean?}"]
        blocks = list(self._blocks())
        if self._chance(0.4):
            lines.append(f'alerts: [{{id: al, when: "{self.condition()}", label: l}}]')
        return "\n".join([*lines, "blocks:", *blocks, ""])

    def _chance(self, chance: float) -> bool:
        return self.draw.random() < chance

    def _about_the_file(self) -> str:
        return self.draw.choice(["sample.b", "sample.b is answered", "not sample.b"])

    def _atom(self) -> str:
        kinds = []
        if self.dates:
            kinds += [self._day, self._day]
        if self.times:
            kinds += [self._hour]
        if self.rankings:
            kinds += [self._place]
        if self.loops:
            kinds += [self._aggregate] * 3
        if kinds and self._chance(0.6):
            return str(self.draw.choice(kinds)())
        return super()._atom()

    def _day(self) -> str:
        name, other = self.draw.choice(self.dates), self.draw.choice(self.dates)
        sign = self.draw.choice(["==", "!=", "<", "<=", ">", ">="])
        written = f"date('{self.draw.choice(self.days)}')"
        forms = (
            f"{name} {sign} {written}",
            f"{name} {sign} {other}",
            f"or_else({name}, {written}) {sign} {other}",
            f"(if {self._state()} then {name} else {written}) {sign} {written}",
            f"year({name}) {sign} {self.draw.choice([2022, 2023, 2024])}",
            f"month({name}) {sign} {self.draw.choice([1, 2, 3, 12])}",
            f"days({name}, {written}) {sign} {self.draw.randint(-2, 2)}",
            f"days({name}, {other}) {sign} {self.draw.randint(-1, 1)}",
        )
        return self.draw.choice(forms)

    def _hour(self) -> str:
        name, other = self.draw.choice(self.times), self.draw.choice(self.times)
        sign = self.draw.choice(["==", "!=", "<", "<=", ">", ">="])
        return f"{name} {sign} {self.draw.choice([other, self._minute()])}"

    def _minute(self) -> str:
        return f"time('{self.draw.choice(TIMES)}')"

    def _place(self) -> str:
        name, code = self.draw.choice(self.rankings), self.draw.randint(1, 2)
        sign = self.draw.choice(["==", "<", ">="])
        forms = (
            f"rank({name}, {code}) {sign} {self.draw.randint(1, 3)}",
            f"rank({name}, 1) {sign} rank({name}, 2)",
            f"{code} in {name}",
            f"count({name}) {sign} {self.draw.randint(1, 3)}",
        )
        return self.draw.choice(forms)

    def _aggregate(self) -> str:
        """Something counted or summed over the turns of a loop."""
        loop = self.draw.choice(self.loops)
        with self._reading(loop):
            one, counted = self.draw.choice(self.numbers), self.condition(1)
        sign = self.draw.choice(["==", "<", ">", ">="])
        forms = (
            f"count({counted}) {sign} {self.draw.randint(0, 3)}",
            f"sum({one}) {sign} {self.draw.randint(0, 4)}",
            f"{self.draw.choice(['min', 'max'])}({one}) {sign} {self.draw.randint(0, 2)}",
            f"sum({one}, {self.draw.randint(0, 2)}) {sign} {self.draw.randint(0, 4)}",
        )
        return self.draw.choice(forms)

    @contextmanager
    def _reading(self, place: Known) -> Iterator[None]:
        before = self._here()
        self._stand(place)
        yield
        self._stand(before)

    def _here(self) -> Known:
        return Known(
            self.numbers,
            self.multiples,
            self.rankings,
            self.dates,
            self.times,
            self.asked,
            self.texts,
            self.loops,
        )

    def _stand(self, place: Known) -> None:
        self.numbers, self.multiples, self.rankings = place.numbers, place.multiples, place.rankings
        self.dates, self.times, self.asked = place.dates, place.times, place.asked
        self.texts, self.loops = place.texts, place.loops

    def _blocks(self) -> Iterator[str]:
        yield "  - {id: A, special: [], questions: ["
        yield f"      {self._question('A1')},"
        if self._chance(0.4):
            yield f"      {self._question('A2')},"
        yield f"      {self._loop('L', deep=self._chance(0.35))}]}}"
        when = f', when: "{self.condition(1)}"' if self._chance(0.3) else ""
        yield f"  - {{id: B, special: []{when}, questions: ["
        if self._chance(0.25):
            yield f"      {self._loop('K')},"
        yield f"      {self._question('B1')},"
        yield f"      {self._question('B2')}]}}"

    def _loop(self, name: str, *, deep: bool = False) -> str:
        number = self.draw.choice([*self.numbers, self.number(1), str(self.draw.randint(1, 2))])
        turns = f'count: "{number} + 0", max: 2' if self._chance(0.75) else "over: {1: un, 4: quatre}"
        when = f', when: "{self.condition(1)}"' if self._chance(0.25) else ""
        outside = self._here()
        self._stand(outside.copy())
        self.numbers.append(f"{name}.rank")
        members = [self._first(f"{name}1", f"t{name}")]
        inner = self._loop("M") if deep else ""
        seen = [one for one in self.loops if one not in outside.loops]
        if self._chance(0.3 if deep else 0.6):
            members.append(self._question(f"{name}2"))
        inside = self._here().copy()
        inside.loops = []
        self._stand(outside)
        self.loops = [*outside.loops, inside]
        for one in seen:  # seen from outside, an inner turn stands beside all that the outer one has said
            both = Known(
                *(
                    list(dict.fromkeys([*getattr(inside, part), *getattr(one, part)]))
                    for part in one.__dataclass_fields__
                    if part != "loops"
                )
            )
            self.loops.append(both)
        parts = [members[0], *([inner] if inner else []), *members[1:]]
        return f"{{loop: {name}, {turns}{when}, questions: [{', '.join(parts)}]}}"

    def _first(self, name: str, turn: str) -> str:
        """Its first question, with a value for each turn that takes place, asked or not."""
        written = self._question(name, computed=False)
        self.numbers.append(turn)
        return f"{written[:-1]}, compute: {{{turn}: '1'}}}}"

    def _question(self, name: str, *, early: bool = False, computed: bool = True) -> str:
        kinds = ["single", "single", "integer", "multiple", "duration", "date", "date", "time", "ranking"]
        kind = "integer" if name == "A1" else self.draw.choice([*kinds, "phone"])
        parts = [f"id: {name}", "ask: '?'", f"type: {kind}", *self._answers(kind)]
        if self._chance(0.45):
            parts.append(f'when: "{self.condition()}"')
        parts += [word for word in ("dk: true", "na: true", "required: false") if self._chance(0.12)]
        self._know(name, kind)
        parts += self._checks(name)
        if computed and self._chance(0.2):
            parts.append(f'compute: {{c{name}: "{self.number(2)}"}}')
            self.numbers.append(f"c{name}")
        return "{" + ", ".join(parts) + "}"

    def _know(self, name: str, kind: str) -> None:
        match kind:
            case "single" | "integer" | "duration":
                self.numbers.append(name)
            case "multiple":
                self.multiples.append(name)
            case "ranking":
                self.rankings.append(name)
            case "date":
                self.dates.append(name)
            case "time":
                self.times.append(name)
        self.asked.append(name)

    def _answers(self, kind: str) -> list[str]:
        match kind:
            case "integer" | "duration":
                return self._between("0", "2", self.numbers, "min({}, 2)", "max({}, 0)")
            case "date":
                low, high = (f"date('{day}')" for day in (self.days[0], self.days[2]))
                return self._between(low, high, self.dates, f"or_else({{}}, {high})", f"or_else({{}}, {low})")
            case "time":
                low, high = (f"time('{time}')" for time in (TIMES[0], TIMES[2]))
                return self._between(low, high, self.times, f"or_else({{}}, {high})", f"or_else({{}}, {low})")
            case "phone":
                return []
            case "ranking":
                codes = [self._rankable(code) for code in range(1, self.draw.randint(2, 3) + 1)]
                limit = ["max: 2"] if self._chance(0.4) else []
                return [f"choices: {{{', '.join(codes)}}}", *limit]
        return super()._answers(kind)

    def _rankable(self, code: int) -> str:
        when = f', when: "{self.condition(1)}"' if self._chance(0.25) else ""
        return f"{code}: {{label: l{code}{when}}}"

    def _between(self, low: str, high: str, names: list[str], most: str, least: str) -> list[str]:
        """Bounds written out, or another answer within them."""
        if names and self._chance(0.3):
            high = most.format(self.draw.choice(names))
        if names and self._chance(0.2):
            low = least.format(self.draw.choice(names))
        return [f'min: "{low}"', f'max: "{high}"']
