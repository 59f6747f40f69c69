"""Numbers that cannot ring (Arcep's ranges for fiction, and 07 00, given to nobody), and how people write them."""

from collections.abc import Iterator
from itertools import count
from random import Random

from cati.phone import read_phones

_LANDLINES = ("035301", "019900", "026191", "046571", "053649")
# Steps prime to the size of the range: each number once, and neighbours in the file are not neighbours in the plan.
_STEP_OF_TEN_THOUSAND = 7_919
_STEP_OF_A_MILLION = 611_953

#: Not numbers: what people type to get past a mandatory field, and what they note instead of one.
PLACEHOLDERS = ("0000000000", "06 00 00 00 00", "0600000000", "00 00 00 00 00", "0700000000")
UNREADABLE = (
    "voir avec la gardienne",
    "06 39 98",
    "en attente",
    "039",
    "liste rouge",
    "06 39 98 12",
    "pas de tel",
)
ABROAD = ("+44 7700 900142", "0044 7700 900317", "+44 7700 900868")  # Ofcom's range for drama


class Numbers:
    """Gives each number once, as ten digits."""

    def __init__(self) -> None:
        """A full stock."""
        self._mobiles = self._mobile_stock()
        self._landlines = self._landline_stock()

    def mobile(self) -> str:
        """A mobile: one in four of 06 39 98 (there are only ten thousand), the others of 07 00."""
        return next(self._mobiles)

    def landline(self) -> str:
        """A landline of one of the five geographic ranges."""
        return next(self._landlines)

    def _mobile_stock(self) -> Iterator[str]:
        for index in count():
            if index % 4 == 0 and index < 40_000:
                number = f"063998{index // 4 * _STEP_OF_TEN_THOUSAND % 10_000:04}"
            else:
                number = f"0700{index * _STEP_OF_A_MILLION % 1_000_000:06}"
            if _is_plain(number):
                yield number

    def _landline_stock(self) -> Iterator[str]:
        for prefix in _LANDLINES:
            for index in range(10_000):
                number = f"{prefix}{(index + 1) * _STEP_OF_TEN_THOUSAND % 10_000:04}"
                if _is_plain(number):
                    yield number


def as_written(random: Random, number: str) -> str:
    """The ten digits as one of the many ways people write them; all of them readable."""
    pairs = [number[index : index + 2] for index in range(0, 10, 2)]
    writings = (
        " ".join(pairs),
        number,
        ".".join(pairs),
        "-".join(pairs),
        "+33" + number[1:],
        f"+33 {number[1]} " + " ".join(pairs[1:]),
        "0033" + number[1:],
        f"+33 (0){number[1]} " + " ".join(pairs[1:]),
        "O" + number[1:],
        f"{' '.join(pairs)} (fils)",
        number[1:],
    )
    weights = (38, 30, 10, 6, 4, 3, 1, 1, 0.4, 0.6, 4)
    return random.choices(writings, weights)[0]


def _is_plain(number: str) -> bool:
    """Whether it does not look like a placeholder, which the importer would refuse."""
    return bool(read_phones(number, demo=True).phones)
