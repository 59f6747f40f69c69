"""What a form gives, made into an answer or into the sentence that says why not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cati import phone
from cati.questionnaire import moments
from cati.questionnaire.model import SPECIALS, Answer, Kind, Question, State, answered
from cati.questionnaire.route import Limits

_LONGEST_TEXT = 5000  # signs; beyond, something was pasted


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Why an answer cannot be taken, in French, for the interviewer."""

    message: str


def read(
    question: Question,
    *,
    values: Sequence[str] = (),
    special: str | None = None,
    other: str | None = None,
    limits: Limits | None = None,
) -> Answer | AnswerProblem:
    """The typed answer. `limits` are those of the situation (`Compiled.limits`); without them only what is written in
    the questionnaire is checked. `other` is the text of « autre, préciser »: it is only accepted with its choice, and
    stored by `read_other`."""
    if special:
        return _special(question, special, given=bool([value for value in values if value.strip()]))
    given = [value.strip() for value in values if value.strip()]
    if question.kind is Kind.NOTE:
        return answered(True)
    if not given:
        return _nothing(question)
    answer = _typed(question, given, limits)
    if isinstance(answer, Answer) and other and other.strip() and read_other(question, answer, other) is None:
        return AnswerProblem("Le texte à préciser ne va qu’avec « autre ».")
    return answer


def read_content(question: Question, content: object) -> Answer | AnswerProblem:
    """An answer written in a file: a value, a list of codes, a special state by name or as `{"state": "dk"}`, null for
    an empty Entrée."""
    if isinstance(content, dict):
        return read(question, special=str(content.get("state", "")))
    if question.kind is not Kind.TEXT and isinstance(content, str) and content in SPECIALS:
        return read(question, special=content)
    values = content if isinstance(content, list) else [] if content is None else [content]
    return read(question, values=[str(value) for value in values])


def read_other(question: Question, answer: Answer, other: str | None) -> Answer | None:
    """The answer to store for `<id>_other`, when « autre » is chosen and its text is given; None otherwise (the text is
    then asked on a screen of its own)."""
    chosen = answer.value if isinstance(answer.value, list) else [answer.value]
    specify = next((choice.code for choice in question.choices if choice.specify), None)
    if specify is None or specify not in chosen or not other or not other.strip():
        return None
    return answered(_tidy(other))


def _special(question: Question, special: str, *, given: bool) -> Answer | AnswerProblem:
    offered = {state.value: state for state in question.specials}
    if special not in offered:
        return AnswerProblem("Cette réponse n’est pas proposée à cette question.")
    if given:
        return AnswerProblem(
            f"Choisissez une réponse ou « {question.specials[offered[special]]} », pas les deux."
        )
    return Answer(offered[special])


def _nothing(question: Question) -> Answer | AnswerProblem:
    return AnswerProblem("Une réponse est nécessaire.") if question.required else Answer(State.NA)


def _typed(question: Question, given: list[str], limits: Limits | None) -> Answer | AnswerProblem:
    match question.kind:
        case Kind.TEXT:
            return _text(given)
        case Kind.MULTIPLE:
            return _multiple(question, given, limits)
        case Kind.RANKING:
            return _ranking(question, given, limits)
    if len(given) > 1:
        return AnswerProblem("Une seule réponse est possible.")
    return _ONE_VALUE.get(question.kind, _single)(question, given[0], limits)


def _text(given: list[str]) -> Answer | AnswerProblem:
    text = _tidy("\n".join(given))
    if len(text) > _LONGEST_TEXT:
        return AnswerProblem(f"Le texte est trop long ({_LONGEST_TEXT} signes au plus).")
    return answered(text)


def _tidy(text: str) -> str:
    """Line ends of every browser made one, and no NUL, which PostgreSQL cannot store."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _codes(question: Question, limits: Limits | None) -> dict[str, int]:
    offered = limits.codes if limits else tuple(choice.code for choice in question.choices)
    return {str(code): code for code in offered}


def _single(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    codes = _codes(question, limits)
    if given not in codes:
        return AnswerProblem(f"« {given} » n’est pas une des réponses proposées.")
    return answered(codes[given])


def _multiple(question: Question, given: list[str], limits: Limits | None) -> Answer | AnswerProblem:
    codes = _codes(question, limits)
    mentions = list(dict.fromkeys(given))
    unknown = [mention for mention in mentions if mention not in codes]
    if unknown:
        return AnswerProblem(f"« {unknown[0]} » n’est pas une des réponses proposées.")
    chosen = [codes[mention] for mention in mentions]
    alone = [choice for choice in question.choices if choice.exclusive and choice.code in chosen]
    if alone and len(chosen) > 1:
        return AnswerProblem(f"« {alone[0].label} » ne va avec aucune autre réponse.")
    if question.max_choices and len(chosen) > question.max_choices:
        plural = "s" if question.max_choices > 1 else ""
        return AnswerProblem(f"{question.max_choices} réponse{plural} au plus.")
    return answered(chosen)


def _ranking(question: Question, given: list[str], limits: Limits | None) -> Answer | AnswerProblem:
    """Every rank asked for: a ranking with holes would rank nothing. One field may hold all the codes: « 3 1 »."""
    codes = [code for each in given for code in re.split(r"[\s,;>]+", each) if code]
    found = _multiple(question, codes, limits)
    if isinstance(found, AnswerProblem) or not isinstance(found.value, list):
        return found
    wanted = min(question.max_choices or len(question.choices), len(_codes(question, limits)))
    # Which choices are offered is not known without limits: the route then tells whether a rank is missing.
    short = limits is None and len(found.value) < wanted and any(choice.when for choice in question.choices)
    if len(found.value) == wanted or short:
        return found
    return AnswerProblem(f"Classez {wanted} réponses, la première d’abord : il y en a {len(found.value)}.")


def _scale(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    low, high = scale_bounds(question)
    if given not in {str(note) for note in range(low, high + 1)}:
        return AnswerProblem(f"La note va de {low} à {high}.")
    return answered(int(given))


def scale_bounds(question: Question) -> tuple[int, int]:
    """The lowest and highest note of a scale."""
    if question.low is None or question.high is None:
        raise ValueError(f"{question.id} is not a scale")
    return int(question.low.source), int(question.high.source)


def _integer(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    digits = given.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit():
        return AnswerProblem("Un nombre entier est attendu.")
    if len(digits) > 9:
        return AnswerProblem("Ce nombre est trop grand.")
    return _within(question, int(digits), limits) or answered(int(digits))


def _decimal(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    text = given.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return AnswerProblem("Un nombre est attendu.")
    if not number.is_finite():
        return AnswerProblem("Un nombre est attendu.")
    if len(text) > 20:
        return AnswerProblem("Ce nombre est trop long.")
    return _within(question, number, limits) or answered(format(number, "f"))


def _date(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    day = moments.read_date(given)
    if day is None:
        return AnswerProblem("Une date est attendue : jour, mois, année (12/03/2024).")
    return _moment_within(day, limits, lambda bound: f"le {moments.said_date(bound)}") or answered(day)


def _time(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    moment = moments.read_time(given)
    if moment is None:
        return AnswerProblem("Une heure est attendue : 18h40, ou 1840.")
    return _moment_within(moment, limits, moments.said_time) or answered(moment)


def _moment_within(moment: str, limits: Limits | None, said: Callable[[str], str]) -> AnswerProblem | None:
    low, high = (
        (str(bound) if bound else None for bound in (limits.low, limits.high)) if limits else (None, None)
    )
    if low and moment < low:
        return AnswerProblem(f"Pas avant {said(low)}.")
    return AnswerProblem(f"Pas après {said(high)}.") if high and moment > high else None


def _duration(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    minutes = moments.read_duration(given)
    if minutes is None:
        return AnswerProblem("Une durée est attendue : 1h30, 45 min, ou des minutes.")
    return _within(question, minutes, limits, moments.said_duration) or answered(minutes)


def _phone(question: Question, given: str, limits: Limits | None) -> Answer | AnswerProblem:
    reading = phone.read_phones(given, demo=True)
    if len(reading.phones) != 1:
        return AnswerProblem("Un numéro de téléphone est attendu, en entier : 06 12 34 56 78.")
    return answered(reading.phones[0].e164)


def _within(
    question: Question, number: int | Decimal, limits: Limits | None, said: Callable[[int], str] | None = None
) -> AnswerProblem | None:
    found = (limits.low, limits.high) if limits else (_written(question.low), _written(question.high))
    low, high = (None if bound is None else Decimal(bound) for bound in found)
    if (low is None or number >= low) and (high is None or number <= high):
        return None
    told = [None if bound is None else said(int(bound)) if said else str(bound) for bound in (low, high)]
    return _outside("Une durée" if said else "Un nombre", told[0], told[1])


def _outside(what: str, low: str | None, high: str | None) -> AnswerProblem:
    if low is None:
        return AnswerProblem(f"{high} au plus.")
    within = f"entre {low} et {high}" if high is not None else f"d’au moins {low}"
    return AnswerProblem(f"{what} {within} est attendu{'e' if what.startswith('Une') else ''}.")


def _written(bound: object) -> Decimal | None:
    """A bound written in figures; None where it depends on the situation."""
    source = getattr(bound, "source", "")
    return Decimal(source) if source.lstrip("-").replace(".", "", 1).isdigit() else None


#: How the one value of a question is read; anything else is a code.
_ONE_VALUE: dict[Kind, Callable[[Question, str, Limits | None], Answer | AnswerProblem]] = {
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.SCALE: _scale,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DURATION: _duration,
    Kind.PHONE: _phone,
}
