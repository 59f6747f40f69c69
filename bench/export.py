"""The whole export of 10,600 interviews of the triennale, and its SPSS file beside a bare pyreadstat of the same frame.

python bench/export.py --json
"""

import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pyreadstat
from sqlalchemy import Engine, text

from bench.floors import NOW, Floor, bar, floor, show
from cati import sealing
from cati.exports.actions import write_archive
from cati.exports.gathering import Order, gather
from cati.exports.writers.frame import frame_of
from cati.exports.writers.sav import write_sav
from cati.questionnaire import loader, routing
from cati.questionnaire.model import Answer, State
from cati.questionnaire.route import AnswerKey, Situation
from tests.respondents import TRIENNALE, respond

INTERVIEWS = 10_600
DISTINCT = 300  # respondents drawn; interviews repeat their answers
BAR_S, BAR_RATIO = 20.0, 2.0
SAMPLE = {
    "type_logement": "collectif",
    "anciennete_ans": 8,
    "annee_entree": 2018,
    "ascenseur": True,
    "chauffage": 1,
}
FACTS = {"year": 2026, "date": "2026-11-24"}
VERBATIM = "Le hall est nettoyé, mais l’ascenseur reste en panne plusieurs jours et personne ne répond. "


def main() -> None:
    """Print the two bars."""
    with (
        floor(interviewers=20, target=10_000, pool=4) as it,
        tempfile.TemporaryDirectory(prefix="cati-bench-") as folder,
    ):
        it.fill(INTERVIEWS)
        complete(it)
        keys, order = sealing.create(Path(folder) / "keys"), Order(wave_id=it.wave_id)
        whole, rows = the_zip(it.engine, keys, order, Path(folder))
        assert rows == INTERVIEWS
        with it.engine.connect() as db:
            sheet = gather(db, keys, order).sheet
        frame = frame_of(sheet)
        path = Path(folder) / "bench.sav"
        bare = best(lambda: pyreadstat.write_sav(frame, path, row_compress=True))
        ours = best(lambda: write_sav(sheet, frame, path, "Banc"))
    size = f"{INTERVIEWS} × {len(sheet.variables)}"
    show(
        [
            bar("export", whole, f"s for the zip of {size}", bare, BAR_S, ratio=whole),
            bar("export_sav", ours, f"s for the .sav of {size}", bare, BAR_RATIO),
        ]
    )


def the_zip(engine: Engine, keys: sealing.Keys, order: Order, folder: Path) -> tuple[float, int]:
    """Seconds for the whole zip, and its rows."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        start = time.perf_counter()
        manifest = write_archive(db, keys, order, folder / "export.zip", NOW)
        return time.perf_counter() - start, manifest.n


def complete(it: Floor) -> None:
    """Complete interviews for every case, written in bulk."""
    draw = random.Random(11)
    with it.engine.begin() as db:
        found = db.execute(
            text(
                "select c.id, h.bailleur_id, h.qpv, (select questionnaire_id from waves) as questionnaire_id"
                " from cases c join households h on h.id = c.household_id order by c.id"
            )
        ).all()
        answered = {qpv: respondents(draw, is_qpv=qpv) for qpv in (False, True)}
        driver = db.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            columns = (
                "case_id, wave_id, bailleur_id, export_id, questionnaire_id, state, seq, changed_seq, facts, call_no,"
                " interviewer_id, opened_at, started_at, first_eligible_at, eligible_at, eligible_call, completed_at,"
                " surplus, observed"
            )
            with cursor.copy(f"copy interviews ({columns}) from stdin") as copy:
                for row in found:
                    copy.write_row(interview(it, row.id, row.bailleur_id, row.questionnaire_id, draw))
        ids = db.execute(
            text(
                "select i.id, h.qpv from interviews i join cases c on c.id = i.case_id"
                " join households h on h.id = c.household_id order by i.id"
            )
        ).all()
        with (
            driver.cursor() as cursor,
            cursor.copy(
                "copy answers (interview_id, question, iteration, state, value, seq, answered_at) from stdin"
            ) as copy,
        ):
            for row in ids:
                for (question, iteration), answer in draw.choice(answered[row.qpv]).items():
                    value = json.dumps(answer.value) if answer.state is State.ANSWERED else None
                    copy.write_row((row.id, question, iteration, answer.state.value, value, 1, NOW))
    with it.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("analyze interviews"))


def interview(it: Floor, case_id: int, bailleur_id: int, questionnaire_id: int, draw: random.Random) -> tuple:
    """The row of an interview that went well."""
    return (
        *(case_id, it.wave_id, bailleur_id, uuid4(), questionnaire_id, "complete", 90, 90),
        *(json.dumps(FACTS), 1, draw.choice(it.interviewers), NOW, NOW, NOW, NOW, 1, NOW, False, False),
    )


def respondents(draw: random.Random, *, is_qpv: bool) -> list[dict[AnswerKey, Answer]]:
    """Respondents of one kind, with verbatims of an ordinary length."""
    compiled = routing.compile(loader.load(TRIENNALE.read_text(encoding="utf-8")))
    version = compiled.questionnaire.version
    drawn = []
    for case_id in range(DISTINCT):
        situation = Situation(sample={**SAMPLE, "qpv": is_qpv}, facts=FACTS, case_id=case_id, version=version)
        answers = respond(compiled, situation, draw)
        drawn.append({key: spoken(answer, draw) for key, answer in answers.items()})
    return drawn


def spoken(answer: Answer, draw: random.Random) -> Answer:
    """The answer, its text replaced by some hundred letters."""
    if isinstance(answer.value, str):
        return Answer(answer.state, VERBATIM * draw.choice((1, 1, 2, 4)))
    return answer


def best(work: Callable[[], object]) -> float:
    """Seconds: the best of three, so that the neighbours on the machine count least."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
