"""Who sits at the desk in one request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from cati import clock
from web.deps import Db, Interviewer, SealingKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTaken:
    """An interviewer at his desk, for the length of one request."""

    request: Request
    me: Interviewer
    db: Db
    keys: SealingKeys
    now: datetime


async def _seat(request: Request, me: Interviewer) -> SeatTaken:
    # The account was found in the request's transaction. Each further dependency would be walked again at every answer.
    state = request.state
    return SeatTaken(request=request, me=me, db=state.db, keys=request.app.state.keys, now=clock.now())


Seat = Annotated[SeatTaken, Depends(_seat)]
