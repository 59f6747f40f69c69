"""Processes found by what they are to each other, and ended as a power cut ends them."""

import json
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def kill(processes: Iterable[int]) -> None:
    """End them with -9."""
    for pid in processes:
        with suppress(ProcessLookupError):  # it went with its parent
            os.kill(pid, signal.SIGKILL)


def postgres_processes(var: Path) -> list[int]:
    """The postmaster of a folder and every process of its own."""
    postmaster = the_postmaster(var)
    return [postmaster, *children_of(postmaster)]


def the_postmaster(var: Path) -> int:
    """The process that PostgreSQL's others come from."""
    data = Path(json.loads((var / "pg.json").read_text())["folder"]) / "data"
    return int((data / "postmaster.pid").read_text().split()[0])


def children_of(parent: int) -> list[int]:
    """The processes that another one started."""
    children = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            ppid = int(status.read_text().rpartition(")")[2].split()[1])
            children += [int(status.parent.name)] if ppid == parent else []
    return children


def workers_of(server: int) -> list[int]:
    """The processes that `cati serve` shares its requests among, in the order they were started."""
    return sorted(pid for pid in children_of(server) if "spawn_main" in _command(pid))


def owner_of_port(candidates: Iterable[int], port: int) -> int | None:
    """Which of these processes speaks from this local port."""
    wanted = f":{port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(wanted)}
    return next((pid for pid in candidates if sockets & _files(pid)), None)


def _files(pid: int) -> set[str]:
    opened = set()
    with suppress(FileNotFoundError, ProcessLookupError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                opened.add(str(file.readlink()))
    return opened


def _command(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""
