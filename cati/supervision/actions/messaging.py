"""Tell one interviewer something, or the whole floor."""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.database import notify
from cati.errors import Invalid, NotFound
from cati.people import messages
from cati.people import store as people
from cati.people.messages import LONGEST
from cati.people.rules import Role

#: Nine figures in a row, however they are set apart: a telephone number, which no message carries.
_NUMBER = re.compile(r"(?:\d[\s.\-/]*){9}")


def send_message(
    db: Connection, said: str, *, to: int | None, lasts: timedelta, by: int, now: datetime
) -> int:
    """Send a message that expires; returns its id. The audit holds the id, never the text.

    Raises Invalid for an empty or long text, or one with a telephone number; NotFound when `to` is no interviewer.
    """
    said = " ".join(said.split())
    if not said or len(said) > LONGEST:
        raise Invalid(f"De 1 à {LONGEST} signes.", length=len(said))
    if _NUMBER.search(said):
        raise Invalid("Aucun numéro de téléphone dans un message\u00a0: donnez celui du dossier.")
    if to is not None and people.get_user(db, to).role is not Role.INTERVIEWER:
        raise NotFound(interviewer=to)
    message_id = messages.add(db, said, by=by, to=to, now=now, until=now + lasts)
    audit.write(
        db,
        now=now,
        user_id=by,
        action="message.send",
        object_type="message",
        object_id=message_id,
        details={"to": to},
    )
    notify(db, "floor" if to is None else f"desk:{to}")
    return message_id
