"""Who sits at the desk in one request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from web.deps import Db, Interviewer, Now, SealingKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTaken:
    """An interviewer at his desk, for the length of one request."""

    request: Request
    me: Interviewer
    db: Db
    keys: SealingKeys
    now: datetime


async def _seat(request: Request, me: Interviewer, db: Db, keys: SealingKeys, now: Now) -> SeatTaken:
    return SeatTaken(request=request, me=me, db=db, keys=keys, now=now)


Seat = Annotated[SeatTaken, Depends(_seat)]
