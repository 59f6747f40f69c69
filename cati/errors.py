"""Everything that can go wrong in the field's own terms. No class knows HTTP: `web/errors.py` gives each its status and
its French sentence.

    CatiError
    ├── NotFound                 no such case, wave, questionnaire, user…
    ├── NotAllowed               the person may not do or see this
    ├── Conflict                 right in itself, but the world has moved on
    │   ├── CaseTaken            somebody else holds the case
    │   ├── CaseClosed           the case has its outcome
    │   ├── AttemptAlreadyClosed an attempt is closed exactly once
    │   ├── StaleScreen          the screen answered is no longer the interview's state
    │   ├── QuotaTooSmall        a target or margin under what is already done, reserved and promised
    │   └── NumberBusyElsewhere  the same number is being dialled now
    ├── Invalid                  what was given can be corrected by the person who gave it
    │   ├── AnswerRefused        out of range, unknown code, not on the route
    │   ├── AppointmentRefused   outside the permitted slots
    │   ├── DispositionRefused   not possible in this state of the call
    │   ├── SampleFileRefused    a bailleur's file that cannot be read or mapped
    │   ├── QuestionnaireRefused a questionnaire with mistakes, each with its line
    │   └── SettingsRefused      a set-up that cannot work
    └── LineUnavailable          the telephone line cannot be used now
"""


class CatiError(Exception):
    """Something is wrong."""

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        """`message` replaces the class's own sentence; `facts` say what and where, never a person's name or number."""
        self.facts = facts
        text = message or (type(self).__doc__ or "").strip()
        if facts:
            text += " (" + ", ".join(f"{name}={value}" for name, value in facts.items()) + ")"
        super().__init__(text)
        self.message = message


class NotFound(CatiError):
    """There is no such thing."""


class NotAllowed(CatiError):
    """This person may not do this."""


class Conflict(CatiError):
    """The state has changed meanwhile."""


class CaseTaken(Conflict):
    """Another interviewer holds this case."""


class CaseClosed(Conflict):
    """This case is closed."""


class AttemptAlreadyClosed(Conflict):
    """This attempt is closed already."""


class StaleScreen(Conflict):
    """The interview has moved on since this screen was shown."""


class QuotaTooSmall(Conflict):
    """The target would be smaller than what is done, reserved and promised."""


class NumberBusyElsewhere(Conflict):
    """This number is being dialled at this moment."""


class Invalid(CatiError):
    """What was given is not valid."""


class AnswerRefused(Invalid):
    """This answer is not possible here."""


class AppointmentRefused(Invalid):
    """No appointment is possible at this time."""


class DispositionRefused(Invalid):
    """This disposition is not possible now."""


class SampleFileRefused(Invalid):
    """This sample file cannot be imported."""


class QuestionnaireRefused(Invalid):
    """This questionnaire has mistakes."""


class SettingsRefused(Invalid):
    """This set-up cannot work."""


class LineUnavailable(CatiError):
    """The telephone line cannot be used now."""
