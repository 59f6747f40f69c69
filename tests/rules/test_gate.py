"""The gate of listening: a table of what closes it, and what holds whatever the facts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.interviews.rules import Asked, Call, Closed, Guest, ListeningEnd, Stage, ending, gate

ASKED = Asked(agreed=True, seq=10, visit_id=7, announced=True)
CALL = Call(
    bailleur_id=1,
    visit_id=7,
    declined=False,
    on_line=True,
    asked=ASKED,
    stage=Stage.STUDY,
    cut_seq=None,
    danger=False,
)
GUEST = Guest(visit_id=7, signed=True, bailleurs=frozenset({1}), recognised=False, signed_in=True)


def test_it_is_open_when_nothing_closes_it() -> None:
    assert gate(CALL, GUEST) is None


@pytest.mark.parametrize(
    ("call", "guest", "why"),
    [
        # the guest's own reasons
        ({}, {"signed_in": False}, Closed.SIGNED_OUT),
        ({}, {"signed": False}, Closed.NOT_SIGNED),
        ({}, {"visit_id": 8}, Closed.NO_VISIT),
        ({}, {"bailleurs": frozenset({2})}, Closed.NOT_HIS),
        ({}, {"bailleurs": frozenset()}, Closed.NOT_HIS),  # the region, before every bailleur agreed
        ({}, {"recognised": True}, Closed.RECOGNISED),
        # the call's
        ({"visit_id": None}, {}, Closed.NO_VISIT),  # closed meanwhile
        ({"visit_id": 8}, {}, Closed.NO_VISIT),  # another visit came after
        ({"declined": True}, {}, Closed.DECLINED),
        ({"on_line": False}, {}, Closed.CALL_OVER),
        ({"danger": True}, {}, Closed.DANGER),
        ({"asked": None}, {}, Closed.NOT_ASKED),  # INT3 not read in this call
        ({"asked": replace(ASKED, agreed=False)}, {}, Closed.REFUSED),  # INT3 = 2 or 3
        ({"asked": replace(ASKED, announced=False)}, {}, Closed.NOT_ANNOUNCED),  # another text was read
        ({"asked": replace(ASKED, visit_id=None)}, {}, Closed.NOT_ANNOUNCED),  # opened after INT3
        ({"asked": replace(ASKED, visit_id=6)}, {}, Closed.NOT_ANNOUNCED),  # yes to yesterday's visit
        ({"cut_seq": 10}, {}, Closed.CUT),  # right after the answer
        ({"cut_seq": 25}, {}, Closed.CUT),
        ({"cut_seq": 9}, {}, None),  # asked again since
        ({"stage": Stage.INTRODUCTION}, {}, Closed.NOT_BEGUN),  # INT4 not answered
        ({"stage": Stage.PERSON}, {}, Closed.OVER),
    ],
)
def test_each_thing_that_closes_it(
    call: dict[str, object], guest: dict[str, object], why: Closed | None
) -> None:
    assert gate(replace(CALL, **call), replace(GUEST, **guest)) is why  # type: ignore[arg-type]  # rows of the table


asks = st.none() | st.builds(
    Asked,
    agreed=st.booleans(),
    seq=st.integers(1, 40),
    visit_id=st.none() | st.integers(1, 3),
    announced=st.booleans(),
)
calls = st.builds(
    Call,
    bailleur_id=st.integers(1, 3),
    visit_id=st.none() | st.integers(1, 3),
    declined=st.booleans(),
    on_line=st.booleans(),
    asked=asks,
    stage=st.sampled_from(Stage),
    cut_seq=st.none() | st.integers(1, 40),
    danger=st.booleans(),
)
guests = st.builds(
    Guest,
    visit_id=st.integers(1, 3),
    signed=st.booleans(),
    bailleurs=st.frozensets(st.integers(1, 3)),
    recognised=st.booleans(),
    signed_in=st.booleans(),
)


@given(calls, guests)
def test_whenever_it_is_open_everything_is_as_it_must_be(call: Call, guest: Guest) -> None:
    if gate(call, guest) is not None:
        return
    assert call.asked is not None
    assert call.asked.agreed
    assert call.asked.announced
    assert call.asked.visit_id == call.visit_id == guest.visit_id
    assert call.cut_seq is None or call.cut_seq < call.asked.seq
    assert call.stage is Stage.STUDY
    assert call.on_line
    assert not call.danger
    assert not call.declined
    assert guest.signed
    assert guest.signed_in
    assert not guest.recognised
    assert call.bailleur_id in guest.bailleurs


ONE_WRONG = {
    "signed_in": ("guest", False),
    "signed": ("guest", False),
    "bailleurs": ("guest", frozenset[int]()),
    "recognised": ("guest", True),
    "visit_id": ("call", None),
    "declined": ("call", True),
    "on_line": ("call", False),
    "danger": ("call", True),
    "asked": ("call", None),
    "stage": ("call", Stage.PERSON),
}


@given(calls, guests, st.sampled_from(sorted(ONE_WRONG)))
def test_one_thing_wrong_closes_it_whatever_the_rest(call: Call, guest: Guest, what: str) -> None:
    whose, wrong = ONE_WRONG[what]
    if whose == "guest":
        guest = replace(guest, **{what: wrong})  # type: ignore[arg-type]  # one field of the table
    else:
        call = replace(call, **{what: wrong})  # type: ignore[arg-type]  # the same
    assert gate(call, guest) is not None


@given(calls, guests)
def test_another_danger_or_a_cut_never_opens_what_was_closed(call: Call, guest: Guest) -> None:
    if gate(call, guest) is not None:
        assert gate(replace(call, danger=True), guest) is not None
        assert gate(replace(call, cut_seq=41), guest) is not None


@pytest.mark.parametrize("closed", Closed)
def test_each_reason_says_how_listening_ends(closed: Closed) -> None:
    assert ending(closed) in ListeningEnd


def test_a_tenant_who_changes_his_mind_is_told_apart_from_an_interview_that_goes_on_alone() -> None:
    assert ending(Closed.REFUSED) is ListeningEnd.CONSENT_WITHDRAWN
    assert ending(Closed.OVER) is ListeningEnd.FINISHED
