"""`cati rates` as a statistician types it."""

import json
import re
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cati.cli import app
from cati.database import transaction
from cati.errors import NotFound
from cati.sealing import Keys
from tests.conftest import Database
from tests.stories import a_wave


def typed(database: Database, *words: str) -> Result:
    addresses = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
    }
    return CliRunner().invoke(app, ["rates", *words], env={**addresses, "COLUMNS": "200"})


def test_the_command_says_the_same_to_a_person_and_to_a_program(
    database: Database, sealed: Keys, now: datetime
) -> None:
    with transaction(database.engine) as db:
        a_wave(db, sealed, now)
    day = f"{now + timedelta(days=1):%Y-%m-%d}"
    shown = typed(database, "triennale-2026", "--at", day, "--by", "cell")
    assert shown.exit_code == 0, shown.output
    told = re.sub(" +", " ", shown.output)
    assert "3.11 │ UH │ Jamais appelé │ 12" in told
    assert "RR1 │ 0,0\u202f%* │ 0,0\u202f%* │" in told
    fields = json.loads(
        typed(database, "triennale-2026", "--at", day, "--by", "cell", "--e", "0.5", "--json").output
    )
    assert fields["at"] == f"{day}T23:00:00+00:00", "the day is over, in Paris"
    assert [(line["key"], line["cases"]) for line in fields["lines"]] == [("01:hors_qpv", 9), ("01:qpv", 3)]
    estimated, given = fields["whole"]["rates"][:2]
    assert (estimated["e_by"], estimated["e"], estimated["values"]["RR3"]["value"]) == ("casro", None, None)
    assert (given["e_by"], given["e"], given["values"]["RR3"]) == (
        "given",
        0.5,
        {"value": 0.0, "over": 0, "under": 6.0, "small": True},
    )
    early = json.loads(typed(database, "triennale-2026", "--at", "2026-11-24T17:59", "--json").output)
    assert early["whole"]["cases"] == 0


def test_a_wave_that_is_not_there_is_named(database: Database) -> None:
    assert isinstance(typed(database, "1998").exception, NotFound)


@pytest.mark.parametrize("words", [("--e", "2"), ("--at", "hier"), ("--by", "commune")])
def test_what_is_not_understood_is_refused(database: Database, words: tuple[str, str]) -> None:
    assert typed(database, "triennale-2026", *words).exit_code == 2
