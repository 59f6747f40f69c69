"""The audit's chain: what is changed, taken out or slipped in shows, at its first place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.audit.rules import GENESIS, Break, Line, Link, Report, seal, verify
from cati.errors import SettingsRefused

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
KEYS = {1: b"k" * 32, 2: b"l" * 32}


def a_line(number: int, **told: object) -> Line:
    line = Line(number, NOW + timedelta(minutes=number), 7, "identity.read", "case", "12", "call", "{}")
    return replace(line, **told)  # type: ignore[arg-type]  # columns of a line


def a_chain(lines: list[Line], key: int = 1) -> list[Link]:
    """The lines, each sealed after the one before."""
    seals = list(
        accumulate(
            enumerate(lines, start=1), lambda previous, one: seal(KEYS[key], previous, *one), initial=GENESIS
        )
    )[1:]
    return [
        Link(line, seq, key, sealed)
        for seq, (line, sealed) in enumerate(zip(lines, seals, strict=True), start=1)
    ]


def read(links: list[Link], **told: str) -> Report:
    return verify(links, KEYS.__getitem__, **told)


def found(links: list[Link], **told: str) -> tuple[Break | None, int | None]:
    broken = read(links, **told).broken
    return (broken.how, broken.line_id) if broken else (None, None)


CHAIN = a_chain([a_line(number) for number in range(1, 6)])


def test_a_chain_nobody_touched_is_intact() -> None:
    report = read(CHAIN)
    assert (report.intact, report.sealed, report.waiting, report.head) == (
        True,
        5,
        0,
        (CHAIN[-1].seal or b"").hex(),
    )


def test_an_empty_log_is_intact() -> None:
    assert read([]) == Report(sealed=0, waiting=0, head="", broken=None)


def test_a_line_that_waits_for_its_seal_is_counted_apart() -> None:
    report = read([*CHAIN, Link(a_line(6)), Link(a_line(7))])
    assert (report.intact, report.sealed, report.waiting) == (True, 5, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": 33},
        {"at": NOW + timedelta(minutes=3, microseconds=1)},
        {"user_id": 8},
        {"user_id": None},  # as if the system had done it
        {"action": "identity.shown"},
        {"object_type": "cases"},
        {"object_id": "13"},
        {"purpose": None},
        {"purpose": ""},
        {"details": '{"a": 1}'},
        {"object_type": "case12", "object_id": ""},  # the same signs, cut elsewhere
    ],
)
def test_a_changed_line_is_found(changed: dict[str, object]) -> None:
    links = [*CHAIN]
    links[2] = replace(links[2], line=a_line(3, **changed))
    assert found(links) == (Break.CHANGED, changed.get("id", 3))


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (CHAIN[:2] + CHAIN[3:], (Break.REMOVED, 4)),  # a line and its seal
        (CHAIN[1:], (Break.REMOVED, 2)),  # the first one
        ([*CHAIN[:2], replace(CHAIN[2], line=None), *CHAIN[3:]], (Break.REMOVED, None)),  # its seal stayed
        # taken out, and the ranks closed up behind it
        ([*CHAIN[:2], *[replace(one, seq=(one.seq or 0) - 1) for one in CHAIN[3:]]], (Break.CHANGED, 4)),
        (
            [*CHAIN[:2], replace(CHAIN[3], seq=3), replace(CHAIN[2], seq=4), CHAIN[4]],
            (Break.CHANGED, 4),
        ),  # moved
        # slipped in with a seal that is made up
        ([*CHAIN, Link(a_line(6), 6, 1, b"x" * 32)], (Break.CHANGED, 6)),
        # slipped in without one, under the date of another day
        ([*CHAIN, Link(a_line(6, at=NOW - timedelta(days=1)))], (Break.SLIPPED_IN, 6)),
        # … and sealed by the housekeeper since
        (a_chain([*[a_line(n) for n in range(40)], a_line(90, at=NOW)]), (Break.SLIPPED_IN, 90)),
    ],
)
def test_what_was_taken_out_moved_or_slipped_in_is_found(
    links: list[Link], expected: tuple[Break, int | None]
) -> None:
    assert found(links) == expected


def test_a_transaction_that_ended_a_little_late_is_no_break() -> None:
    assert read(a_chain([a_line(5), a_line(9), a_line(6)])).intact


def test_an_end_that_was_cut_shows_against_a_head_that_was_noted() -> None:
    noted = (CHAIN[3].seal or b"").hex()
    assert read(CHAIN, noted=noted).intact, "the chain has grown since"
    assert read(CHAIN[:3]).intact, "the chain alone cannot know"
    assert found(CHAIN[:3], noted=noted) == (Break.CUT, None)


def test_keys_may_change_along_the_chain() -> None:
    links, line = [*CHAIN], a_line(6)
    links.append(Link(line, 6, 2, seal(KEYS[2], CHAIN[-1].seal or b"", 6, line)))
    assert read(links).intact
    assert found([*CHAIN, replace(links[-1], key=1)]) == (Break.CHANGED, 6)


def test_a_missing_key_is_told_not_taken_for_a_break() -> None:
    def missing(_: int) -> bytes:
        raise SettingsRefused

    with pytest.raises(SettingsRefused):
        verify(CHAIN, missing)


@given(
    lines=st.lists(st.tuples(st.text(), st.none() | st.text()), min_size=1, max_size=8),
    where=st.integers(min_value=0),
    to=st.text(),
)
def test_whatever_line_is_changed_whatever_it_says_the_chain_breaks_there(
    lines: list[tuple[str, str | None]], where: int, to: str
) -> None:
    links = a_chain([a_line(n, object_id=said, purpose=why) for n, (said, why) in enumerate(lines)])
    assert read(links).intact
    touched = links[where % len(links)]
    assert touched.line is not None
    links[where % len(links)] = replace(touched, line=replace(touched.line, object_id=to))
    broken = read(links).broken
    assert (broken is None) == (to == touched.line.object_id)
    assert broken is None or broken.seq == touched.seq
