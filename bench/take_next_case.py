"""One burst of fifty interviewers who all press « prêt » at once, on 38,000 and on 1,000,000 cases.

The floor is pgbench, with fifty clients and the very statement that takes a case, on the same server.
"""

import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import text

from bench.floors import NOW, Floor, bar, floor, server_cpu, show
from cati.calling.actions.taking import NothingDue, take_next_case
from cati.calling.store import taking
from cati.cases.store import queue

SEATS = 50
ROUNDS = 20


def main() -> None:
    """Print the bars."""
    sizes = [38_000, 1_000_000, *([10_000_000] if "--large" in sys.argv else [])]
    lines: list[dict[str, object]] = []
    with floor(interviewers=SEATS, target=100_000) as it:
        small = 0.0
        for size in sizes:
            it.fill(size)
            taken, slowest, _ = burst(it)
            cpu, per_take = many(it)
            p99, floor_cpu = pgbench(it)
            small = small or per_take
            lines += [
                bar(
                    f"take_next_case distinct, {size} cases",
                    SEATS - taken,
                    "of 50 missing",
                    0,
                    0,
                    ratio=SEATS - taken,
                ),
                bar(f"take_next_case slowest, {size} cases", slowest * 1000, "ms", p99 * 1000, 3.0),
                bar(f"take_next_case CPU, {size} cases", cpu * 1000, "ms/take", floor_cpu * 1000, 4.0),
            ]
            if size != sizes[0]:
                lines.append(
                    bar(f"take_next_case {size} against 38000", per_take * 1000, "ms", small * 1000, 1.5)
                )
    show(lines)


def burst(it: Floor) -> tuple[int, float, float]:
    """All at once: how many distinct cases, the slowest take, the median (seconds). Then all give back."""
    for _ in range(2):  # the first round opens the connections
        found, seconds = _all_take(it)
        _all_give_back(it)
    return len(set(found)), max(seconds), statistics.median(seconds)


def many(it: Floor) -> tuple[float, float]:
    """CPU of client and server, and median wall seconds, per take and give back, everybody at it."""
    before = time.process_time() + server_cpu(it.server)
    seconds: list[float] = []
    for _ in range(ROUNDS):
        seconds += _all_take(it)[1]
        _all_give_back(it)
    used = time.process_time() + server_cpu(it.server) - before
    return used / (ROUNDS * SEATS), statistics.median(seconds)


def _all_take(it: Floor) -> tuple[list[int], list[float]]:
    start = Barrier(SEATS)

    def seat(user_id: int) -> tuple[int, float]:
        with it.engine.connect() as db:
            start.wait()
            begun = time.perf_counter()
            held = take_next_case(db, user_id, NOW)
            db.commit()
            took = time.perf_counter() - begun
        if isinstance(held, NothingDue):
            return 0, took
        return held.case_id, took

    with ThreadPoolExecutor(SEATS) as pool:
        results = list(pool.map(seat, it.interviewers))
    return [case_id for case_id, _ in results if case_id], [seconds for _, seconds in results]


def _all_give_back(it: Floor) -> None:
    with it.engine.begin() as db:
        for user_id in it.interviewers:
            held = queue.held_by(db, user_id)
            if held is not None:
                queue.end_lease(db, held.case_id)


def pgbench(it: Floor) -> tuple[float, float]:
    """p99 in seconds and CPU seconds per take of pgbench running the take's statement, then giving back."""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        (logs / "take.sql").write_text(_script(it))
        before = server_cpu(it.server) + _children_cpu()
        command = [
            str(Path(it.server.binaries) / "pgbench"), "-n", "-M", "prepared", "-c", str(SEATS), "-j", "2",
            "-t", str(ROUNDS * 2), "-f", "take.sql", "-l", "--log-prefix=log",
            it.server.url("cati_app", it.name).replace("+psycopg", ""),
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        used = server_cpu(it.server) + _children_cpu() - before
        rows = [line.split() for path in logs.glob("log.*") for line in path.read_text().splitlines()]
    seconds = sorted(int(row[2]) / 1e6 for row in rows)
    return seconds[int(len(seconds) * 0.99) - 1], used / len(seconds)


def _script(it: Floor) -> str:
    give_back = (
        "update case_queue set lease_by = null, lease_until = null, lease_token = null where lease_by = :me;"
    )
    return f"\\set me :client_id + {it.interviewers[0]}\n{_statement(it)};\n{give_back}\n"


def _children_cpu() -> float:
    """CPU of all child processes that ended so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _statement(it: Floor) -> str:
    """The take's own statement, with this floor's values in place of its parameters."""
    with it.engine.connect() as db:
        calendar = db.execute(text("select min(id) from calendars")).scalar_one()
    array = f"array[{calendar}]"
    at = f"timestamptz '{NOW.isoformat()}'"
    values = {
        "me": ":me", "wave": str(it.wave_id), "skills": "array[]::text[]", "rest": "true", "full": "array[]::bigint[]",
        "token": "gen_random_uuid()", "now": at, "until": f"{at} + interval '2 min'", "open": array, "first": array,
        "late": array, "up_to": "6", "ended": "array[]::bigint[]", "quiet_until": f"{at} + interval '5 min'",
        "gone": f"{at} - interval '1 min'",
    }  # fmt: skip
    sql = str(taking._TAKE.text)
    for name in sorted(values, key=len, reverse=True):
        sql = _replace_bind(sql, name, values[name])
    return " ".join(sql.split())


def _replace_bind(sql: str, name: str, value: str) -> str:
    return re.sub(rf"(?<![:\w]):{name}\b", lambda _: value, sql)


if __name__ == "__main__":
    main()
