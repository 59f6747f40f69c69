"""A wave's protocol: how often, when and after which delay a household is called. Data: every figure is editable."""

from datetime import time, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]
Seconds = Annotated[int, Field(ge=1, le=24 * 60 * 60)]
Days = Annotated[int, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=1, le=1000)]


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
        days = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return days[weekday]

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
    """How long a household is left in peace after an attempt, from the moment it was dialled."""

    no_answer_minutes: Minutes = 180
    answering_machine_minutes: Minutes = 180
    wrong_number_minutes: Minutes = 180  #: when another number remains that was not tried in the attempt
    busy_minutes: Minutes = 10
    callback_days: Days = 1
    break_off_days: Days = 1
    conversion_days: Days = 10


class Caps(Strict):
    """How often a household may be rung. Attempts whose dial reached the network count, appointments made escape the
    caps of day and week, and one of them raises the total.
    """

    attempts_per_day: Count = 2
    attempts_per_week: Count = 4  #: in any seven days
    attempts: Count = 10
    attempts_with_appointment: Count = 12
    dials_per_number: Count = 15
    busy_dials_per_attempt: Annotated[int, Field(ge=1, le=10)] = 3
    gap_minutes: Minutes = 180
    conversions: Annotated[int, Field(ge=0, le=1)] = 1
    day_parts: Annotated[int, Field(ge=1, le=4)] = (
        3  #: distinct parts of the day to try before coming back to one
    )


class Holding(Strict):
    """How long a case, an appointment or a quota place is kept for somebody."""

    lease_seconds: Seconds = 120
    heartbeat_seconds: Seconds = 20
    interrupted_minutes: Minutes = 10  #: then another interviewer may take an interrupted interview
    firm_early_minutes: Minutes = 2
    owner_quiet_minutes: Minutes = 5  #: before his appointment its owner gets no fresh case
    owner_grace_minutes: Minutes = 10  #: after it, the case is anybody's
    missed_minutes: Minutes = 30
    misses_that_free: Annotated[int, Field(ge=1, le=10)] = 2
    suspended_hours: Count = 48  #: a suspended interview without appointment then loses its place
    fresh_ratio: Annotated[int, Field(ge=1, le=20)] = (
        3  #: fresh cases in hands, for each place left in the cell
    )


class Protocol(Strict):
    """All of it."""

    windows: Week
    appointment_windows: Week
    first_attempt_until: time = time(20, 0)
    evening_from: time = time(18, 0)
    slot_minutes: Annotated[int, Field(ge=5, le=60)] = 30
    always_open: bool = False  #: demonstration waves only: no window, no holiday
    other_day_part: bool = True  #: a retry prefers a part of the day not tried yet
    delays: Delays = Delays()
    caps: Caps = Caps()
    holding: Holding = Holding()

    @property
    def lease(self) -> timedelta:
        """How long a case is kept without a sign of life."""
        return timedelta(seconds=self.holding.lease_seconds)

    @property
    def slot(self) -> timedelta:
        """The step of the appointment form."""
        return timedelta(minutes=self.slot_minutes)


def _weekdays(*windows: Window, saturday: Window) -> Week:
    five = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), windows)
    return Week(**five, saturday=(saturday,))


_MORNING = Window(start=time(10), end=time(13))
_SATURDAY = Window(start=time(10), end=time(18))

#: « Études standard »: the windows, caps and delays of the profession.
STANDARD = Protocol(
    windows=_weekdays(_MORNING, Window(start=time(14), end=time(20, 30)), saturday=_SATURDAY),
    appointment_windows=_weekdays(_MORNING, Window(start=time(14), end=time(21)), saturday=_SATURDAY),
)

#: « Démonstration »: open day and night, for waves whose line is simulated and never rings anybody.
DEMONSTRATION = STANDARD.model_copy(update={"always_open": True, "other_day_part": False})

PRESETS = {"études standard": STANDARD, "démonstration": DEMONSTRATION}
