"""Sealing the log, which the one housekeeper does: whoever writes a line pays nothing for the chain."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store
from cati.audit.rules import seal
from cati.sealing import Keys

BATCH = 500  #: lines sealed in one transaction


def seal_new_lines(db: Connection, keys: Keys, now: datetime, *, all_of_them: bool = False) -> int:
    """Seal at most BATCH lines in the order in which they became visible; how many.

    `all_of_them`: look for them in the whole log, not only among its newest lines.
    """
    head = store.lock_chain(db)
    lines = store.unsealed(db, BATCH, all_of_them=all_of_them)
    if not lines:
        return 0
    key, previous = keys.chain(keys.current), head.seal
    rows = []
    for seq, line in enumerate(lines, start=head.seq + 1):
        previous = seal(key, previous, seq, line)
        rows.append(
            {"seq": seq, "audit_id": line.id, "key": keys.current, "seal": previous, "sealed_at": now}
        )
    store.insert_seals(db, rows)
    return len(rows)
