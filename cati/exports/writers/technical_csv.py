"""The technical CSV: UTF-8 without BOM, commas, decimal points, ISO dates, codes; empty is « not asked »."""

from pathlib import Path

import polars as pl

#: A spreadsheet would run a text that begins so.
_FORMULA = r"^[=+\-@\t\r]"


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write the frame; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    guarded = [_guarded(name) for name, kind in frame.schema.items() if kind == pl.String]
    frame.with_columns(guarded).write_csv(path, line_terminator="\n", date_format="%Y-%m-%d")


def _guarded(name: str) -> pl.Expr:
    told = pl.col(name)
    return pl.when(told.str.contains(_FORMULA)).then(pl.lit("'") + told).otherwise(told).alias(name)
