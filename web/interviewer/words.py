"""The desk's own French: what the line does, what a call may end with, why one leaves the desk for a while."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from cati.calling.views.desk import Closing, Desk, DeskState
from cati.calling.views.slots import Slots
from cati.cases.rules import Disposition, LineOutcome, label
from cati.questionnaire.model import HelpKind
from cati.telephony.rules import Heard, Key, LineKind, LineState, suggested
from web.formats import BOUND

#: Why one pauses; the reason is counted.
PAUSES = {"coffee": "Café", "briefing": "Brief", "technical": "Incident technique"}

#: What the desk calls a language that a script may be read in; another is called by its code.
LANGUAGES = {
    "fr": "Français",
    "ar": "Arabe",
    "ber": "Berbère",
    "de": "Allemand",
    "en": "Anglais",
    "es": "Espagnol",
    "fa": "Persan",
    "it": "Italien",
    "nl": "Néerlandais",
    "pl": "Polonais",
    "pt": "Portugais",
    "ro": "Roumain",
    "ru": "Russe",
    "tr": "Turc",
    "uk": "Ukrainien",
    "ur": "Ourdou",
    "vi": "Vietnamien",
    "wo": "Wolof",
    "zh": "Chinois",
}

#: The two parts of the help panel, in the order shown.
HELP = {HelpKind.OBJECTION: "Objections", HelpKind.INFORMATION: "Informations"}

#: The key of each disposition, always the same one: it is its rank among all of them.
KEYS = {disposition: str(rank) for rank, disposition in enumerate(Disposition, start=1)}

APPOINTMENTS = frozenset({Disposition.APPOINTMENT_FIRM, Disposition.APPOINTMENT_SOFT, Disposition.CALLBACK})
REFUSALS = frozenset({Disposition.REFUSAL_PERSON, Disposition.REFUSAL_HOUSEHOLD})

#: What is never undone, with the sentence that asks for the second key.
IRREVOCABLE = {
    Disposition.OPPOSITION: "Plus aucun numéro de ce foyer ne sera appelé, dans aucune étude. Confirmez l’opposition.",
    Disposition.WITHDRAWN: "Les réponses seront effacées, définitivement. Confirmez l’effacement.",
}

#: The keys for a number that reaches nobody to interview, in the order they are printed.
HEARD = {
    Key.NO_ANSWER: "Ne répond pas",
    Key.BUSY: "Occupé",
    Key.MACHINE: "Répondeur",
    Key.WRONG_NUMBER: "Faux numéro",
    Key.DEAD_NUMBER: "Numéro non attribué",
}
_KEY_OF = {
    Disposition.NO_ANSWER: Key.NO_ANSWER,
    Disposition.BUSY: Key.BUSY,
    Disposition.ANSWERING_MACHINE: Key.MACHINE,
    Disposition.WRONG_NUMBER: Key.WRONG_NUMBER,
}


@dataclass(frozen=True, slots=True)
class Note:
    """A dialog of the desk that takes a short text."""

    id: str
    action: str
    title: str
    hint: str


REMARK = Note(
    "remark",
    "/poste/remarque",
    "Remarque sur l’appel",
    "Jamais sur la personne. Ne sort ni dans les fichiers ni chez le bailleur.",
)
SIGNAL = Note(
    "signal",
    "/poste/signaler",
    "Signaler",
    "Ce que le locataire demande de faire suivre. On le lui relira à la fin, et lui seul décide.",
)
NOTES = (REMARK, SIGNAL)

_ENDS = {
    LineOutcome.BUSY: "Occupé",
    LineOutcome.REJECTED: "Appel rejeté",
    LineOutcome.NO_ANSWER: "Sans réponse",
    LineOutcome.UNREACHABLE: "Injoignable",
    LineOutcome.INVALID_NUMBER: "Numéro non attribué",
    LineOutcome.LINE_FAULT: "Incident de ligne",
    LineOutcome.CANCELLED: "Raccroché",
    LineOutcome.COMPLETED: "Raccroché",
    LineOutcome.LOST: "Ligne perdue",
}
_HUNG_UP = {LineOutcome.CANCELLED, LineOutcome.COMPLETED}
_TONES = {LineKind.ANSWERED: "ok", LineKind.ENDED: "alert"}
_RINGS = {
    LineKind.DIALING: "Numérotation",
    LineKind.RINGING: "Ça sonne",
    LineKind.ANSWERED: "En ligne",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The state of the line as the top strip says it."""

    tone: str
    text: str
    seconds: int | None  #: since it is so; None when nothing runs
    polled: bool  #: whether the line may change by itself


def strip(found: Desk, now: datetime) -> Strip:
    """What the top strip says of the line."""
    if found.dial is None or found.line is None:
        return Strip(tone="idle", text="Ligne libre", seconds=None, polled=False)
    line = found.line
    if found.dial.call_no is not None and found.dial.ended_at is None:
        since = found.dial.answered_at or line.since
        return Strip(tone="ok", text="En ligne", seconds=_elapsed(since, now), polled=False)
    tone = "idle" if line.outcome in _HUNG_UP else _TONES.get(line.kind, "warn")
    running = line.kind is not LineKind.ENDED
    return Strip(
        tone=tone,
        text=line_text(line),
        seconds=_elapsed(line.since, now) if running else None,
        polled=running and found.state is DeskState.DIALING,
    )


def line_text(line: LineState) -> str:
    """What the line does, in two words."""
    if line.kind is LineKind.ENDED:
        return _ENDS[line.outcome] if line.outcome is not None else "Terminé"
    return _RINGS[line.kind]


def heard_text(line: LineState) -> str:
    """Who or what answered, when the line can tell."""
    return (
        {
            Heard.PERSON: "Quelqu’un répond.",
            Heard.MACHINE: "Un répondeur a pris l’appel.",
            Heard.STRANGER: "Quelqu’un d’autre répond.",
        }.get(line.heard, "")
        if line.heard is not None
        else ""
    )


def suggestion(line: LineState) -> Key | None:
    """The key that the line itself suggests."""
    said = suggested(line)
    if line.outcome is LineOutcome.INVALID_NUMBER:
        return Key.DEAD_NUMBER
    return _KEY_OF.get(said) if said is not None else None


def first(closing: Closing, wanted: Disposition | None) -> str:
    """The disposition chosen when the closing screen opens. A firm appointment that is not possible becomes soft."""
    if wanted is None:
        return closing.first or ""
    soft = Disposition.APPOINTMENT_SOFT
    return next((one for one in (wanted, soft) if one in closing.offered), "")


def language(code: str) -> str:
    """What the desk calls a language of the script."""
    return LANGUAGES.get(code, code)


def asks(disposition: Disposition) -> str:
    """What the closing screen asks besides this disposition."""
    if disposition in REFUSALS:
        return "refusal"
    if disposition in APPOINTMENTS:
        return "time"
    return "return" if disposition is Disposition.AWAY else ""


def hours(offered: Slots) -> list[tuple[str, str]]:
    """Each hour of the household at which an appointment may begin, with the days it is offered on."""
    found: dict[str, list[str]] = defaultdict(list)
    for day in offered.days:
        for slot in day.slots:
            found[slot.astimezone(ZoneInfo(offered.zone)).strftime("%H:%M")].append(day.on.isoformat())
    return [(hour, " ".join(found[hour])) for hour in sorted(found)]


def spoken_hour(hour: str) -> str:
    """« 18 h 30 » for 18:30."""
    at = time.fromisoformat(hour)
    return f"{at.hour}{BOUND}h" + (f"{BOUND}{at.minute:02}" if at.minute else "")


def name(disposition: Disposition) -> str:
    """What screens call a disposition."""
    return label(disposition)


def _elapsed(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))
