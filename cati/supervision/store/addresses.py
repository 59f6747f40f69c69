"""SQL of the addresses that tenants said to be wrong."""

from sqlalchemy import Connection, update

from cati.cases.tables import cases


def clear_flag(db: Connection, case_id: int) -> bool:
    """The address is not to be corrected any more; False when it was not, or there is no such case."""
    flagged = update(cases).where(cases.c.id == case_id, cases.c.address_to_correct)
    return bool(db.execute(flagged.values(address_to_correct=False)).rowcount)
