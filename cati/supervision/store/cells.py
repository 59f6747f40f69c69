"""SQL of the limits of a quota cell."""

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from cati.database import constraint_of
from cati.errors import QuotaTooSmall
from cati.quotas import store as quotas
from cati.quotas.tables import quota_cells


def wave_of_cell(db: Connection, cell_id: int) -> int | None:
    """The wave of a cell; None when there is no such cell."""
    found: int | None = db.scalar(select(quota_cells.c.wave_id).where(quota_cells.c.id == cell_id))
    return found


def set_limits(db: Connection, cell_id: int, target: int, margin: int) -> None:
    """Change what a cell wants.

    Raises QuotaTooSmall, with the figure, when more places are held than the cell would then have.
    """
    try:
        with db.begin_nested():
            db.execute(
                update(quota_cells).where(quota_cells.c.id == cell_id).values(target=target, margin=margin)
            )
    except IntegrityError as error:
        if constraint_of(error) != "ck_quota_cells_never_over_target":
            raise
        held = quotas.cell(db, cell_id).taken
        raise QuotaTooSmall(
            f"Objectif et marge ensemble ne peuvent descendre sous {held} : c’est ce qui est réalisé, en cours "
            "et promis."
        ) from error
