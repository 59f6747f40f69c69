"""The figures of a protocol as fields of a form: what each is called, what stands in it, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cati.scheduling.rules import Figure, Problems, Protocol, Week, chapters, texts_of, with_values
from cati.scheduling.rules.protocol import DAYS, RestAfter, Unit
from cati.scheduling.rules.wording import FRENCH_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field; `choices` are (value, words) of a list, none of a text."""

    name: str
    label: str
    value: str
    unit: str
    error: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormChapter:
    """The fields of one part of the protocol; a week of hours is a group of seven."""

    title: str
    fields: tuple[FormField, ...]
    weeks: tuple[tuple[str, tuple[FormField, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A protocol as it is being written: its texts, what is wrong with them, what they say if nothing is."""

    texts: Mapping[str, str]
    protocol: Protocol | None
    errors: Mapping[str, str]
    values: Mapping[str, str]  #: of the other fields of the form
    told: bool  #: what it would change is to be counted

    @classmethod
    def of(cls, protocol: Protocol, *, told: bool = False) -> "Draft":
        """A protocol as it stands."""
        return cls(texts=texts_of(protocol), protocol=protocol, errors={}, values={}, told=told)

    @classmethod
    def typed(cls, before: Protocol, fields: Mapping[str, str]) -> "Draft":
        """The figures among the fields posted; one that was not posted keeps its value in force."""
        texts = {name: fields.get(name, standing).strip() for name, standing in texts_of(before).items()}
        found = with_values(before, texts)
        wrong = _errors(found, texts) if isinstance(found, tuple) else {}
        protocol = None if isinstance(found, tuple) else found
        return cls(texts=texts, protocol=protocol, errors=wrong, values=fields, told=True)

    def with_errors(self, errors: Mapping[str, str]) -> "Draft":
        """The same, with what is wrong beside its figures."""
        return replace(self, errors={**self.errors, **errors})

    @property
    def summary(self) -> str:
        """The sentence at the top of a form with mistakes."""
        wrong = sum(name in self.texts for name in self.errors)
        if not wrong:
            return ""
        return "Une valeur est à corriger." if wrong == 1 else f"{wrong} valeurs sont à corriger."


def form_chapters(before: Protocol, draft: Draft) -> list[FormChapter]:
    """The whole form, in the order the protocol is read, each figure beside what is in force."""
    return [
        FormChapter(
            chapter.title,
            tuple(_field(figure, draft) for figure in chapter.figures if not isinstance(figure.value, Week)),
            tuple(
                (figure.title, _week(figure.path, draft))
                for figure in chapter.figures
                if isinstance(figure.value, Week)
            ),
        )
        for chapter in chapters(before)
    ]


def _errors(problems: Problems, texts: Mapping[str, str]) -> dict[str, str]:
    """By field; what is wrong with a whole week stands beside its first day."""
    errors: dict[str, str] = {}
    for problem in problems:
        place = problem.path if problem.path in texts else f"{problem.path}.{DAYS[0]}"
        errors.setdefault(place, problem.sentence)
    return errors


def _field(figure: Figure, draft: Draft) -> FormField:
    return FormField(
        name=figure.path,
        label=figure.title,
        value=draft.texts[figure.path],
        unit=_UNITS[figure.unit] if figure.unit is not None else "",
        error=draft.errors.get(figure.path, ""),
        hint=f"En vigueur\u00a0: {figure.sentence}{_blank(figure.path)}",
        choices=_choices(figure.value),
    )


def _blank(path: str) -> str:
    """What an empty field says, where it may be left empty."""
    name = path.rpartition(".")[2]
    if "_again_" in name:
        return " Vide\u00a0: comme la première fois."
    return " Vide\u00a0: pas de plafond." if name == "attempts_per_30_days" else ""


def _week(path: str, draft: Draft) -> tuple[FormField, ...]:
    return tuple(
        FormField(
            name=f"{path}.{day}",
            label=FRENCH_DAYS[day],
            value=draft.texts[f"{path}.{day}"],
            unit="",
            error=draft.errors.get(f"{path}.{day}", ""),
        )
        for day in DAYS
    )


def _choices(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, bool):
        return (("oui", "oui"), ("non", "non"))
    if isinstance(value, RestAfter):
        return (
            (RestAfter.INTERVIEW.value, "un entretien commencé avec l’accord de la personne"),
            (RestAfter.CONTACT.value, "un appel auquel une personne a répondu"),
        )
    return ()


_UNITS = {
    Unit.MINUTES: "minutes",
    Unit.SECONDS: "secondes",
    Unit.HOURS: "heures",
    Unit.DAYS: "jours",
    Unit.TIMES: "fois",
    Unit.DAY_PARTS: "parties",
    Unit.CASES: "dossiers",
}
