"""A wave's protocol: how often, when and after which delay a household is called. Data: every figure is editable.

Each figure carries its French name (`title`) and the sentence that explains it (`description`, `{}` its value).
"""

from datetime import time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Unit(StrEnum):
    """What a figure counts; how it is said follows from it."""

    MINUTES = "minutes"
    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    TIMES = "times"
    DAY_PARTS = "day_parts"
    CASES = "cases"


class RestAfter(StrEnum):
    """What starts the rest of a household between two studies."""

    INTERVIEW = "interview"  # an interview that began with consent
    CONTACT = "contact"  # a call that a person answered


_TIMES = Field(ge=1, le=1000)

Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60), Unit.MINUTES]
MinutesOrSame = Annotated[int | None, Field(ge=0, le=7 * 24 * 60), Unit.MINUTES]
Seconds = Annotated[int, Field(ge=1, le=24 * 60 * 60), Unit.SECONDS]
Hours = Annotated[int, _TIMES, Unit.HOURS]
Days = Annotated[int, Field(ge=0, le=1000), Unit.DAYS]
DaysOrSame = Annotated[int | None, Field(ge=0, le=1000), Unit.DAYS]
Times = Annotated[int, _TIMES, Unit.TIMES]
TimesOrNone = Annotated[int | None, _TIMES, Unit.TIMES]


class Strict(BaseModel):
    """A part of a protocol: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(Strict):
    """A stretch of a day, in the household's own time; `end` is outside."""

    start: time
    end: time

    @model_validator(mode="after")
    def _is_a_stretch(self) -> Self:
        if self.start >= self.end or self.start.tzinfo or self.end.tzinfo:
            raise ValueError("une plage commence avant de finir, en heure locale")
        return self


Windows = tuple[Window, ...]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Week(Strict):
    """The windows of each day of the week. Public holidays have none."""

    monday: Windows = ()
    tuesday: Windows = ()
    wednesday: Windows = ()
    thursday: Windows = ()
    friday: Windows = ()
    saturday: Windows = ()
    sunday: Windows = ()

    def on(self, weekday: int) -> Windows:
        """The windows of a weekday, 0 being Monday."""
        windows: Windows = getattr(self, DAYS[weekday])
        return windows

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        for weekday in range(7):
            windows = self.on(weekday)
            if any(after.start < before.end for before, after in pairwise(windows)):
                raise ValueError("les plages d’un jour se suivent sans se chevaucher")
        if not any(self.on(weekday) for weekday in range(7)):
            raise ValueError("au moins une plage d’appel dans la semaine")
        return self


class Delays(Strict):
    """How long a household is left in peace after an attempt, from the moment it was dialled.

    An `again` counts from the second time on since somebody was last reached; None: as the first time.
    """

    no_answer_minutes: Minutes = Field(
        180,
        title="Ne répond pas",
        description="Après un appel sans réponse, le foyer n’est pas rappelé avant {}.",
    )
    no_answer_again_minutes: MinutesOrSame = Field(
        None,
        title="Ne répond pas, encore",
        description="Quand cela se répète sans que personne ait été joint entre-temps : pas avant {}.",
    )
    answering_machine_minutes: Minutes = Field(
        180, title="Répondeur", description="Après un répondeur, le foyer n’est pas rappelé avant {}."
    )
    answering_machine_again_minutes: MinutesOrSame = Field(
        None,
        title="Répondeur, encore",
        description="Quand le répondeur se répète sans que personne ait été joint entre-temps : pas avant {}.",
    )
    wrong_number_minutes: Minutes = Field(
        180,
        title="Faux numéro",
        description="Un autre numéro du foyer s’appelle dans la même tentative ; "
        "s’il ne l’a pas été, pas avant {}.",
    )
    busy_minutes: Minutes = Field(
        10, title="Occupé", description="Une ligne occupée est rappelée dans la même tentative, après {}."
    )
    callback_days: Days = Field(
        1,
        title="À rappeler, sans heure dite",
        description="Quand un tiers demande de rappeler sans dire quand, le foyer est rappelé après {}, "
        "dans une autre partie de la journée.",
    )
    callback_again_days: DaysOrSame = Field(
        None,
        title="À rappeler, encore",
        description="Quand un tiers le demande une nouvelle fois : après {}.",
    )
    break_off_days: Days = Field(
        1, title="Abandon", description="Un entretien abandonné en cours de route est repris après {}."
    )
    break_off_again_days: DaysOrSame = Field(
        None, title="Abandon, encore", description="Quand il est abandonné une nouvelle fois : après {}."
    )
    conversion_days: Days = Field(
        10,
        title="Refus simple",
        description="Un refus simple n’est repris qu’après {} au moins, par un autre télé-enquêteur.",
    )


class Caps(Strict):
    """How often a household may be rung. Attempts whose dial reached the network count, appointments made escape the
    caps of day and week, and one of them raises the total.
    """

    attempts_per_day: Times = Field(
        2, title="Par jour", description="Un foyer est appelé au plus {} par jour."
    )
    attempts_per_week: Times = Field(
        4, title="Par semaine", description="Il est appelé au plus {} en sept jours, quels qu’ils soient."
    )
    attempts_per_30_days: TimesOrNone = Field(
        None, title="En trente jours", description="Il est appelé au plus {} en trente jours."
    )
    attempts: Times = Field(10, title="Dans l’étude", description="Il est appelé au plus {} dans l’étude.")
    attempts_with_appointment: Times = Field(
        12, title="Avec un rendez-vous", description="Au plus {} dans l’étude quand il a pris rendez-vous."
    )
    dials_per_number: Times = Field(
        15, title="Par numéro", description="Un même numéro est composé au plus {} dans l’étude."
    )
    busy_dials_per_attempt: Annotated[int, Field(ge=1, le=10), Unit.TIMES] = Field(
        3,
        title="Occupé dans la tentative",
        description="Une ligne occupée est composée au plus {} dans une tentative ; "
        "ensuite c’est un appel sans réponse.",
    )
    gap_minutes: Minutes = Field(
        180, title="Entre deux tentatives", description="Deux tentatives sont espacées d’au moins {}."
    )
    conversions: Annotated[int, Field(ge=0, le=1), Unit.TIMES] = Field(
        1, title="Reprises d’un refus simple", description="Un refus simple est repris au plus {}."
    )
    day_parts: Annotated[int, Field(ge=1, le=4), Unit.DAY_PARTS] = Field(
        3,
        title="Parties de la semaine",
        description="Les tentatives se répartissent sur au moins {} (midi, après-midi, soir, samedi) "
        "avant d’y revenir.",
    )


class Holding(Strict):
    """How long a case, an appointment or a quota place is kept for somebody."""

    lease_seconds: Seconds = Field(
        120,
        title="Dossier en main",
        description="Sans signe de vie du poste, un dossier revient à la file après {}.",
    )
    heartbeat_seconds: Seconds = Field(
        20, title="Signe de vie", description="Le poste donne signe de vie au moins toutes les {}."
    )
    interrupted_minutes: Minutes = Field(
        10,
        title="Entretien interrompu",
        description="Un entretien interrompu revient d’abord à qui l’a commencé ; à tous après {}.",
    )
    firm_early_minutes: Minutes = Field(
        2, title="Rendez-vous servi en avance", description="Un rendez-vous ferme est servi {} avant l’heure."
    )
    owner_quiet_minutes: Minutes = Field(
        5,
        title="Calme avant rendez-vous",
        description="Dans les {} avant son rendez-vous, son télé-enquêteur ne reçoit pas de dossier neuf.",
    )
    owner_grace_minutes: Minutes = Field(
        10,
        title="Réserve du rendez-vous",
        description="Un rendez-vous ferme est réservé à qui l’a pris jusqu’à {} après l’heure.",
    )
    missed_minutes: Minutes = Field(
        30, title="Rendez-vous manqué", description="Un rendez-vous ferme est manqué {} après l’heure."
    )
    misses_that_free: Annotated[int, Field(ge=1, le=10), Unit.TIMES] = Field(
        2,
        title="Rendez-vous perdu",
        description="Manqué {}, un rendez-vous ferme rend sa place de quota et redevient un rappel.",
    )
    suspended_hours: Hours = Field(
        48,
        title="Place d’un entretien suspendu",
        description="Un entretien suspendu sans rendez-vous rend sa place de quota après {}.",
    )
    fresh_ratio: Annotated[int, Field(ge=1, le=20), Unit.CASES] = Field(
        3,
        title="Dossiers neufs par place",
        description="Pour chaque place qui reste dans un quota, {} au plus en main à la fois.",
    )


class Rest(Strict):
    """How long a household is left in peace between two studies, known by the keyed hashes of its numbers and home."""

    days: Days = Field(
        90,
        title="Repos entre deux études",
        description="Un foyer joint pour une autre étude n’est pas appelé avant {}.",
    )
    after: RestAfter = Field(
        RestAfter.INTERVIEW, title="Ce qui compte", description="Ce qui ouvre ce repos : {}."
    )
    same_bailleur: bool = Field(
        True,
        title="Même bailleur seulement",
        description="Ne comptent que les études du même bailleur : {}.",
    )


class Protocol(Strict):
    """All of it."""

    windows: Week = Field(title="Plages d’appel", description="Un foyer s’appelle, à son heure à lui : {}.")
    appointment_windows: Week = Field(
        title="Plages de rendez-vous", description="Un rendez-vous se tient, à l’heure du foyer : {}."
    )
    first_attempt_until: time = Field(
        time(20, 0),
        title="Premier appel",
        description="Un foyer jamais appelé ne l’est pas pour la première fois après {}.",
    )
    evening_from: time = Field(
        time(18, 0), title="Début du soir", description="Le soir, comme partie de la journée, commence à {}."
    )
    slot_minutes: Annotated[int, Field(ge=5, le=60), Unit.MINUTES] = Field(
        30, title="Pas des rendez-vous", description="Les rendez-vous se proposent toutes les {}."
    )
    always_open: bool = Field(
        False,
        title="Toujours ouvert",
        description="Ni plages ni jours fériés, pour une édition de démonstration : {}.",
    )
    other_day_part: bool = Field(
        True,
        title="Autre partie de la journée",
        description="Un rappel préfère une partie de la journée pas encore essayée, "
        "sans laisser personne sans dossier : {}.",
    )
    conversion_needs_skill: bool = Field(
        False,
        title="Refus repris par un formé",
        description="Un refus simple n’est repris que par un télé-enquêteur qui a la compétence "
        "« conversion » : {}.",
    )
    delays: Delays = Delays()
    caps: Caps = Caps()
    holding: Holding = Holding()
    rest: Rest = Rest()

    @property
    def lease(self) -> timedelta:
        """How long a case is kept without a sign of life."""
        return timedelta(seconds=self.holding.lease_seconds)

    @property
    def slot(self) -> timedelta:
        """The step of the appointment form."""
        return timedelta(minutes=self.slot_minutes)
