"""`cati doctor`: what is wrong with this installation, and how to mend it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from cati import clock, embedded, schema, sealing, settings
from cati.database import transaction
from cati.errors import CatiError
from cati.settings import ROLES, Settings

_ENOUGH_DISK = 2_000_000_000  # bytes: a wave of 38,000 households with its exports and backups
_TOLERATED = 5.0  # seconds between this machine's clock and the database's
_APPEND_ONLY = ("answer_events", "audit_log", "audit_seals")
_MAY_CHANGE = """
    select relname from pg_class
    where relname = any(:tables) and relkind = 'r'
      and (has_table_privilege(oid, 'UPDATE') or has_table_privilege(oid, 'DELETE'))
    order by relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `mend` says what to do when it is wrong."""

    title: str
    wrong: str | None = None
    mend: str | None = None


def doctor() -> None:
    """Vérifie l’installation et dit comment la réparer ; code de sortie 1 si quelque chose ne va pas."""
    findings = list(examine(settings.load()))
    for finding in findings:
        print(
            f"{'✗' if finding.wrong else '✓'} {finding.title}"
            + (f" : {finding.wrong}" if finding.wrong else "")
        )
        if finding.wrong and finding.mend:
            print(f"    → {finding.mend}")
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)


def examine(given: Settings) -> Iterator[Finding]:
    """Everything there is to look at, from the machine to the contacts, as far as it can be seen."""
    yield _python()
    yield _disk(given.var)
    yield _offset(given)
    if given.is_embedded:
        yield _look("Programmes de PostgreSQL", embedded.find_binaries)
    try:
        with embedded.database(given) as found:
            yield from _database(found)
    except CatiError as refused:
        yield Finding(title="Base de données", wrong=refused.message, mend="voir le journal indiqué")


def _database(found: Settings) -> Iterator[Finding]:
    urls = dict(zip(ROLES, (found.owner_url, found.database_url, found.observer_url), strict=True))
    engines = {role: create_engine(url, poolclass=NullPool) for role, url in urls.items() if url}
    refusals = [_role(role, engine) for role, engine in engines.items()]
    yield from refusals
    if any(refusal.wrong for refusal in refusals):
        return
    app = engines["cati_app"]
    if not schema.at_head(app):
        yield Finding(title="Migrations", wrong="la base n’est pas à jour", mend="cati db migrate")
        return
    yield Finding(title="Migrations")
    with transaction(app) as db:
        yield _rights(db)
        yield _clock(db)
        yield _keys(db, found.keys)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wrong = None if sys.version_info >= (3, 11) else f"{version}, trop ancien"
    return Finding(
        title=f"Python {version}", wrong=wrong, mend="installez Python 3.11 ou plus récent, puis make setup"
    )


def _disk(var: Path) -> Finding:
    folder = next(parent for parent in (var, *var.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    wrong = None if free >= _ENOUGH_DISK else f"il reste {free / 1e9:.1f} Go"
    return Finding(title=f"Place sur le disque ({var})", wrong=wrong, mend="libérez-en, ou déplacez CATI_VAR")


def _offset(given: Settings) -> Finding:
    wrong = "décalée hors démonstration" if given.clock_offset_file and not given.demo else None
    return Finding(title="Heure du programme", wrong=wrong, mend="retirez CATI_CLOCK_OFFSET_FILE")


def _look(title: str, look: Callable[[], object], mend: str | None = None) -> Finding:
    try:
        look()
    except CatiError as refused:
        return Finding(title=title, wrong=refused.message, mend=mend)
    return Finding(title=title)


def _role(role: str, engine: Engine) -> Finding:
    title = f"Connexion du rôle {role}"
    try:
        with engine.connect() as db:
            who, is_super = db.execute(
                text("select current_user, (select rolsuper from pg_roles where rolname = current_user)")
            ).one()
    except OperationalError as refused:
        return Finding(
            title=title, wrong=str(refused.orig).strip(), mend="cati db setup, ou corrigez l’adresse"
        )
    if who != role or is_super:
        return Finding(
            title=title, wrong=f"l’adresse ouvre le compte {who}", mend="donnez l’adresse du rôle voulu"
        )
    return Finding(title=title)


def _rights(db: Connection) -> Finding:
    loose = list(db.scalars(text(_MAY_CHANGE), {"tables": list(_APPEND_ONLY)}))
    wrong = f"cati_app peut modifier {', '.join(loose)}" if loose else None
    mend = f"sous cati_owner\u00a0: revoke update, delete on {', '.join(loose)} from cati_app"
    return Finding(title="Journaux en ajout seul", wrong=wrong, mend=mend)


def _clock(db: Connection) -> Finding:
    # The one place that asks the database for its time: to compare it, not to use it.
    apart = abs((db.scalar(text("select clock_timestamp()")) - clock.now()).total_seconds())
    wrong = None if apart <= _TOLERATED else f"{apart:.0f} s d’écart avec la base"
    return Finding(
        title="Horloge", wrong=wrong, mend="réglez l’heure des machines (chrony ou systemd-timesyncd)"
    )


def _keys(db: Connection, folder: Path) -> Finding:
    sealed = db.execute(text("select id, e164 from phones order by id desc limit 1")).one_or_none()

    def look() -> None:
        found = sealing.load(folder)
        if sealed:
            found.unseal("phones.e164", sealed.id, bytes(sealed.e164))

    mend = "restaurez le dossier des clés depuis la sauvegarde : sans elles, les contacts sont perdus"
    return _look(f"Clés de scellement ({folder})", look, mend)
