"""The sheet as a polars frame: what the CSV and SPSS writers take."""

import polars as pl

from cati.exports.rules.sheet import Sheet
from cati.exports.rules.variables import Storage

_TYPES: dict[Storage, type[pl.DataType]] = {
    Storage.INTEGER: pl.Int64,
    Storage.DECIMAL: pl.Float64,
    Storage.TEXT: pl.String,
    Storage.DATE: pl.Date,
}


def frame_of(sheet: Sheet) -> pl.DataFrame:
    """One typed column a variable, null where it was not asked."""
    named = zip(sheet.variables, sheet.columns, strict=True)
    return pl.DataFrame(
        [pl.Series(variable.name, cells, dtype=_TYPES[variable.storage]) for variable, cells in named]
    )
