"""The rest of a household between two studies: until when it is left in peace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cati.scheduling.rules.protocol import Rest, RestAfter


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacted:
    """When a household was last spoken to and interviewed in another wave."""

    same_bailleur: bool  #: that wave called it for the bailleur it is to be called for now
    contacted_at: datetime | None  #: a call that a person answered
    interviewed_at: datetime | None  #: an interview that began with consent


def rests_until(rest: Rest, elsewhere: Iterable[Contacted], now: datetime) -> datetime | None:
    """When the household may be called for this study; None when nothing stands in the way."""
    began = [
        contact.interviewed_at if rest.after is RestAfter.INTERVIEW else contact.contacted_at
        for contact in elsewhere
        if contact.same_bailleur or not rest.same_bailleur
    ]
    ends = [at + timedelta(days=rest.days) for at in began if at is not None]
    return max((end for end in ends if end > now), default=None)
