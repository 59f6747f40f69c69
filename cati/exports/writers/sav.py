"""The SPSS file: labels, levels of measurement, user-missing codes; the same sheet gives the same bytes."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from cati.exports.rules.naming import cut
from cati.exports.rules.sheet import Sheet
from cati.exports.rules.variables import Storage, Variable

_VALUE_LABEL_BYTES = 120
_STAMP, _STAMP_LENGTH = 92, 17  # where the header keeps the day (9 bytes) and the hour (8) of its making
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EMPTY = date(1970, 1, 1)


def write_sav(sheet: Sheet, frame: pl.DataFrame, path: Path, title: str) -> None:
    """Write the frame of this sheet. The file is dated by its latest interview, not by the clock."""
    variables = sheet.variables
    pyreadstat.write_sav(
        frame,
        path,
        file_label=cut(title, 64),
        column_labels={variable.name: variable.label for variable in variables},
        variable_value_labels={variable.name: _labels(variable) for variable in variables if variable.labels},
        missing_ranges={variable.name: _missing(variable) for variable in variables if variable.missing},
        variable_measure={variable.name: variable.measure.value for variable in variables},
        variable_format=_formats(variables, frame),
        row_compress=True,
    )
    _stamp(path, _latest(frame))


def _labels(variable: Variable) -> dict[Any, str]:
    """The codes, which are texts for BAILLEUR: pyreadstat takes these too, although its annotations do not say so."""
    return {code: cut(label, _VALUE_LABEL_BYTES) for code, label in variable.labels.items()}


def _missing(variable: Variable) -> list[Any]:
    """Three discrete codes at most: SPSS takes no fourth."""
    return sorted(special.code for special in variable.missing.values())


def _formats(variables: Sequence[Variable], frame: pl.DataFrame) -> dict[str, str]:
    """Whole numbers without decimals, as wide as their codes and values."""
    whole = [variable for variable in variables if variable.storage is Storage.INTEGER]
    return {variable.name: f"F{_width(variable, frame[variable.name])}.0" for variable in whole}


def _width(variable: Variable, cells: pl.Series) -> int:
    return max(
        len(str(number)) for number in (cells.min(), cells.max(), *variable.labels, 0) if number is not None
    )


def _latest(frame: pl.DataFrame) -> date:
    days = [frame[name].max() for name, kind in frame.schema.items() if kind == pl.Date]
    return max((day for day in days if isinstance(day, date)), default=_EMPTY)


def _stamp(path: Path, day: date) -> None:
    stamp = f"{day.day:02} {_MONTHS[day.month - 1]} {day.year % 100:02}00:00:00".encode("ascii")
    assert len(stamp) == _STAMP_LENGTH
    with path.open("r+b") as file:
        file.seek(_STAMP)
        file.write(stamp)
