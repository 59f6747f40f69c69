"""The frame: how many leases each bailleur has in and out of the quartiers prioritaires (N_h)."""

from collections.abc import Sequence

from cati.errors import SampleFileRefused
from cati.sample import cells
from cati.sample.columns import folded
from cati.sample.files import read_sheet

_CODE = frozenset({"bailleur", "code bailleur", "code"})
_QPV = frozenset({"qpv", "en qpv"})
_COUNT = frozenset({"menages", "baux", "n h", "nh", "parc", "effectif", "logements"})


def read_frame(name: str, content: bytes) -> dict[tuple[str, bool], int]:
    """(code of the bailleur, in a QPV) → leases. SampleFileRefused names the line that cannot be right."""
    sheet = read_sheet(name, content, known_names=_known_names)
    header = [folded(cell) for cell in sheet.header]
    code_at, qpv_at, count_at = (_position(name, header, names) for names in (_CODE, _QPV, _COUNT))
    frame: dict[tuple[str, bool], int] = {}
    for line in sheet.below:
        texts = [cells.text_of(cell) for cell in line.cells]
        if not any(texts) or folded(texts[0]).startswith("total"):
            continue
        cell = _cell(name, line.number, [*texts, "", "", ""], (code_at, qpv_at, count_at))
        if cell[:2] in frame:
            raise SampleFileRefused(f"{name}, ligne {line.number} : bailleur et QPV déjà donnés plus haut.")
        frame[cell[0], cell[1]] = cell[2]
    return frame


def _known_names(names: Sequence[str]) -> int:
    return sum(folded(name) in _CODE | _QPV | _COUNT for name in names)


def _position(name: str, header: list[str], names: frozenset[str]) -> int:
    for index, cell in enumerate(header):
        if cell in names:
            return index
    raise SampleFileRefused(f"{name} doit avoir les colonnes « bailleur », « qpv » et « menages ».")


def _cell(name: str, line: int, texts: list[str], at: tuple[int, int, int]) -> tuple[str, bool, int]:
    code, qpv, count = texts[at[0]], cells.yes_or_no(texts[at[1]]), texts[at[2]].replace(" ", "")
    if not code or qpv is None or not count.isdecimal():
        raise SampleFileRefused(
            f"{name}, ligne {line} : il faut un code de bailleur, un QPV (O ou N) et un nombre de ménages."
        )
    return code, qpv, int(count)
