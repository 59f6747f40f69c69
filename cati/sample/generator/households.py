"""Draws the households of a bailleur: who, where, since when, on which numbers, with the marginals of the region."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from cati.sample.generator.bailleurs import Bailleur
from cati.sample.generator.numbers import ABROAD, PLACEHOLDERS, UNREADABLE, Numbers, as_written
from cati.sample.generator.words import COMMUNES, LAST_NAMES, MEN, RESIDENCES, STREETS, WOMEN

#: (from, to years before the extract, share): seniority of the lease.
_SENIORITY = ((0.5, 1, 8.5), (1, 3, 15), (3, 5, 13), (5, 10, 23), (10, 20, 24), (20, 48, 16.5))
_TYPOLOGY = (("T1", 6), ("T2", 19), ("T3", 34), ("T4", 30), ("T5", 11))
#: Which numbers a household has: mobile and landline, mobile alone, landline alone, none.
_HOLDINGS = (("both", 31), ("mobile", 49), ("landline", 12), ("none", 8))
_IN_ONE_NUMBER = 0.006  # households whose number is that of one other household
_IN_A_GUARDIANS_NUMBER = (
    0.006  # households, by three or more, whose number is a guardian's or an association's
)
_ELSEWHERE_TOO = 0.004  # households that are another bailleur's tenants too


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """A group of dwellings."""

    code: str
    name: str
    house: bool
    qpv_code: str
    commune: str
    postcode: str
    street: str
    lift: bool
    heating: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A lease as the bailleur knows it; the telephone cells as he typed them."""

    external_id: str
    woman: bool
    last_name: str
    first_name: str
    co_holder: str
    number_in_street: int
    residence: Residence
    typology: str
    entered_on: date
    opposed: bool
    guardian: str
    mobile: str = ""
    mobile2: str = ""
    landline: str = ""
    digits: str = ""  #: the mobile's ten digits where the cell holds just them


def draw(
    bailleur: Bailleur,
    count: int,
    random: Random,
    numbers: Numbers,
    *,
    extract_on: date,
    others: Sequence[Household],
) -> list[Household]:
    """`count` households. `others` are those of bailleurs drawn before: a few are tenants here too."""
    homes = _homes(bailleur, count, random)
    leases = [_lease(bailleur, index, homes[index], random, extract_on) for index in range(count)]
    leases = [_with_numbers(lease, random, numbers) for lease in leases]
    _share_numbers(leases, random)
    for index in random.sample(range(count), min(round(count * _ELSEWHERE_TOO), len(others))):
        leases[index] = _as_elsewhere(leases[index], random.choice(others))
    return leases


def _homes(bailleur: Bailleur, count: int, random: Random) -> list[Residence]:
    """A residence for each household: shares of QPV and houses as the table says, sizes by Zipf."""
    in_qpv = _exactly(count, bailleur.qpv, random)
    houses = _exactly(count, bailleur.houses, random)
    in_all = min(900, max(40, bailleur.stock // 55))
    groups: dict[tuple[bool, bool], tuple[list[Residence], list[float]]] = {}
    homes = []
    for qpv, house in zip(in_qpv, houses, strict=True):
        if (qpv, house) not in groups:
            of_kind = (bailleur.qpv if qpv else 100 - bailleur.qpv) * (
                bailleur.houses if house else 100 - bailleur.houses
            )
            residences = _residences(bailleur, max(2, in_all * of_kind // 10_000), qpv, house, random)
            groups[qpv, house] = residences, _zipf(len(residences))
        residences, weights = groups[qpv, house]
        homes.append(random.choices(residences, cum_weights=weights)[0])
    return homes


def _zipf(size: int) -> list[float]:
    return list(accumulate(1 / (rank + 1) ** 0.8 for rank in range(size)))


def _exactly(count: int, percent: int, random: Random) -> list[bool]:
    flags = [index < round(count * percent / 100) for index in range(count)]
    random.shuffle(flags)
    return flags


def _residences(bailleur: Bailleur, size: int, qpv: bool, house: bool, random: Random) -> list[Residence]:
    agencies = min(9, max(3, bailleur.stock // 5000))
    return [_residence(bailleur, index, qpv, house, agencies, random) for index in range(size)]


def _residence(
    bailleur: Bailleur, index: int, qpv: bool, house: bool, agencies: int, random: Random
) -> Residence:
    department = random.choice(bailleur.departments)
    commune, postcode = random.choice(COMMUNES[department])
    collective = not house and random.random() < 0.48
    return Residence(
        code=f"{'Q' if qpv else 'H'}{'I' if house else 'C'}{index + 1:03}",
        name=f"{random.choice(RESIDENCES)} {index + 1}",
        house=house,
        qpv_code=f"QP{department}{random.randrange(1, 60):03}" if qpv else "",
        commune=commune,
        postcode=postcode,
        street=random.choice(STREETS),
        lift=not house and random.random() < 0.34,
        heating="Collectif" if collective else random.choices(("Gaz", "Électrique", "Bois"), (78, 20, 2))[0],
        agency=f"Agence {index % agencies + 1}",
    )


def _lease(bailleur: Bailleur, index: int, home: Residence, random: Random, extract_on: date) -> Household:
    woman = random.random() < 0.58
    first, last, _ = random.choices(_SENIORITY, [share for _, _, share in _SENIORITY])[0]
    return Household(
        external_id=f"{bailleur.code}-{100_000 + index * 7 + random.randrange(7)}",
        woman=woman,
        last_name=random.choice(LAST_NAMES),
        first_name=random.choice(WOMEN if woman else MEN),
        co_holder=random.choice(LAST_NAMES) if random.random() < 0.39 else "",
        number_in_street=random.randrange(1, 400),
        residence=home,
        typology=_pick(random, _TYPOLOGY),
        entered_on=extract_on - timedelta(days=round(random.uniform(first, last) * 365.25)),
        opposed=random.random() < 0.003,
        guardian=random.choice(("UDAF", "Association tutélaire", "O")) if random.random() < 0.008 else "",
    )


def _with_numbers(lease: Household, random: Random, numbers: Numbers) -> Household:
    holding = _pick(random, _HOLDINGS)
    digits = numbers.mobile() if holding in {"both", "mobile"} else ""
    mobile = as_written(random, digits) if digits else ""
    landline = as_written(random, numbers.landline()) if holding in {"both", "landline"} else ""
    second = as_written(random, numbers.mobile()) if holding == "mobile" and random.random() < 0.1 else ""
    if holding == "both" and random.random() < 0.03:
        mobile, digits, landline = f"{mobile} / {landline}", "", ""
    held = replace(lease, mobile=mobile, mobile2=second, landline=landline, digits=digits)
    return _with_noise(held, random)


def _with_noise(lease: Household, random: Random) -> Household:
    """What stands in a telephone cell and is no number; only in a cell that is empty."""
    none = not (lease.mobile or lease.landline)
    if lease.mobile2 or random.random() >= (0.3 if none else 0.012):
        return lease
    said = random.choice(random.choices((UNREADABLE, PLACEHOLDERS, ABROAD), (25, 6, 5))[0])
    return replace(lease, mobile=said) if none else replace(lease, mobile2=said)


def _pick(random: Random, options: Sequence[tuple[str, int]]) -> str:
    return random.choices([option for option, _ in options], [weight for _, weight in options])[0]


def _share_numbers(leases: list[Household], random: Random) -> None:
    """Couples with two leases on one number, and a guardian's number on several."""
    own = [index for index, lease in enumerate(leases) if lease.digits]
    random.shuffle(own)
    pairs = max(1, round(len(leases) * _IN_ONE_NUMBER / 2))
    guarded = max(3, round(len(leases) * _IN_A_GUARDIANS_NUMBER))
    for _ in range(pairs):
        if len(own) >= 2:
            _give_number(leases, own.pop(), own.pop())
    guardians = own.pop() if own else None
    for _ in range(guarded - 1):
        if guardians is not None and own:
            _give_number(leases, guardians, own.pop())


def _give_number(leases: list[Household], giver: int, taker: int) -> None:
    given = leases[giver]
    leases[taker] = replace(leases[taker], mobile=given.mobile, digits=given.digits, landline="", mobile2="")


def _as_elsewhere(lease: Household, other: Household) -> Household:
    """The same person at the same address with the same numbers, under this bailleur's lease."""
    home = replace(
        lease.residence,
        street=other.residence.street,
        postcode=other.residence.postcode,
        commune=other.residence.commune,
    )
    return replace(
        lease,
        residence=home,
        woman=other.woman,
        last_name=other.last_name,
        first_name=other.first_name,
        number_in_street=other.number_in_street,
        mobile=other.mobile,
        mobile2=other.mobile2,
        landline=other.landline,
        digits=other.digits,
    )
