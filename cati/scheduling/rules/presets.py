"""The protocols a study may start from, each with where its figures come from."""

from dataclasses import dataclass
from datetime import time

from cati.scheduling.rules.protocol import Caps, Delays, Protocol, Rest, RestAfter, Week, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A protocol ready to use, what it is for and what its figures rest on, in French."""

    name: str
    protocol: Protocol
    purpose: str
    source: str
    demonstration: bool = False  #: only for a wave whose line is simulated


def _weekdays(*windows: Window, saturday: tuple[Window, ...] = ()) -> Week:
    five = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), windows)
    return Week(**five, saturday=saturday)


_MORNING = Window(start=time(10), end=time(13))
_SATURDAY = (Window(start=time(10), end=time(18)),)

STANDARD = Protocol(
    windows=_weekdays(_MORNING, Window(start=time(14), end=time(20, 30)), saturday=_SATURDAY),
    appointment_windows=_weekdays(_MORNING, Window(start=time(14), end=time(21)), saturday=_SATURDAY),
    conversion_needs_skill=True,
)

_PRUDENT_HOURS = _weekdays(_MORNING, Window(start=time(14), end=time(20)))

PRUDENT = Protocol(
    windows=_PRUDENT_HOURS,
    appointment_windows=_PRUDENT_HOURS,
    conversion_needs_skill=True,
    delays=Delays(
        no_answer_again_minutes=24 * 60, answering_machine_again_minutes=24 * 60, conversion_days=60
    ),
    caps=Caps(attempts_per_day=1, attempts_per_week=2, attempts_per_30_days=4, attempts=8),
    rest=Rest(after=RestAfter.CONTACT, same_bailleur=False),
)

POST_INTERVENTION = STANDARD.model_copy(
    update={
        "delays": Delays(no_answer_again_minutes=4 * 60, answering_machine_again_minutes=4 * 60),
        "caps": Caps(attempts=6, attempts_with_appointment=8, conversions=0),
        "rest": Rest(after=RestAfter.CONTACT),
    }
)

DEMONSTRATION = STANDARD.model_copy(
    update={"always_open": True, "other_day_part": False, "conversion_needs_skill": False}
)

_ALL = (
    Preset(
        name="études standard",
        protocol=STANDARD,
        purpose="L’enquête triennale et les études de plusieurs semaines.",
        source="Usages de la profession, à défaut du texte de sa charte : la loi n° 2020-901 du 24 juillet 2020 "
        "renvoie les études par téléphone à des règles publiques de jours, d’heures et de fréquence. "
        "À faire valider par votre délégué à la protection des données.",
    ),
    Preset(
        name="prudent D.223-9",
        protocol=PRUDENT,
        purpose="Quand un bailleur veut les limites de la prospection commerciale, que la loi n’impose pas "
        "à une étude.",
        source="Article D.223-9 du code de la consommation (décret n° 2022-1313) : du lundi au vendredi, "
        "10 h – 13 h et 14 h – 20 h, quatre appels au plus en trente jours, soixante jours après un refus. "
        "Le reste est de notre choix : un appel par jour, deux par semaine, huit dans l’étude.",
    ),
    Preset(
        name="post-intervention",
        protocol=POST_INTERVENTION,
        purpose="Les enquêtes courtes après une réclamation ou une intervention, du troisième au dixième jour.",
        source="Notre choix : la fenêtre est trop courte pour reprendre un refus, six appels suffisent, et un foyer "
        "joint pour une étude du même bailleur est laissé en paix quatre-vingt-dix jours.",
    ),
    Preset(
        name="démonstration",
        protocol=DEMONSTRATION,
        purpose="Une édition dont la ligne est simulée et n’appelle jamais personne.",
        source="Comme « études standard », ouvert jour et nuit, un refus repris par n’importe quel autre.",
        demonstration=True,
    ),
)

CATALOGUE = {preset.name: preset for preset in _ALL}
PRESETS = {preset.name: preset.protocol for preset in _ALL}
