"""The demonstration: a triennale of 26 fictional bailleurs, imported from files as real ones would be, field open.

Built once; a start that was cut short is taken up again where it stood. Nothing here can ring anybody: the wave is a
demonstration, its line is simulated, its numbers are reserved for fiction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from cati.calling.actions import waves as field
from cati.database import transaction
from cati.errors import Conflict
from cati.people import actions as people
from cati.people import views as accounts
from cati.people.actions import LoginTaken, NewAssignment, NewUser, PasswordTooShort
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope
from cati.sample import actions as sample
from cati.sample.actions import SampleFile
from cati.sample.generate import HOUSEHOLDS, Generated, generate
from cati.sample.generator.bailleurs import BAILLEURS, Bailleur
from cati.sample.tables import sample_imports
from cati.scheduling.rules import PRESETS
from cati.scheduling.store import version_in_force
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave, Participation
from cati.surveys.proving import Proved, prove
from cati.surveys.rules import LegalBasis, LineDriver, WaveState
from cati.surveys.tables import waves
from cati.surveys.views import bailleur_by_code

WAVE = "DEMO"
PASSWORD = "demonstration"  # noqa: S105  (printed at each start: these accounts guard nothing but fiction)
FIELD_LASTS = timedelta(days=92)
QUESTIONNAIRE = Path(__file__).parents[2] / "questionnaires" / "triennale.yaml"

#: Told of each step: what is being done, how many of its parts are done, how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One person of the demonstration; interviewers and the analyst are assigned to its wave."""

    login: str
    first_name: str
    display_name: str
    role: Role
    number: int | None = None
    bailleur: str | None = None  #: code of an observer's


ACCOUNTS = (
    DemoAccount("te1", "Camille", "Camille Fictif", Role.INTERVIEWER, 101),
    DemoAccount("te2", "Dominique", "Dominique Fictif", Role.INTERVIEWER, 102),
    DemoAccount("te3", "Claude", "Claude Fictif", Role.INTERVIEWER, 103),
    DemoAccount("superviseur", "Alix", "Alix Fictif", Role.SUPERVISOR),
    DemoAccount("analyste", "Sacha", "Sacha Fictif", Role.ANALYST),
    DemoAccount("admin", "Morgan", "Morgan Fictif", Role.ADMIN),
    DemoAccount("dpo", "Maxence", "Maxence Fictif", Role.DPO),
    DemoAccount("bailleur", "Ines", "Ines Fictif", Role.OBSERVER, bailleur="01"),
)
_ASSIGNED = {Role.INTERVIEWER, Role.ANALYST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the demonstration is built: its database, its keys, the folder of its files."""

    engine: Engine
    keys: Keys
    passwords: Passwords
    folder: Path
    households: int = HOUSEHOLDS


def is_built(db: Connection) -> bool:
    """Whether the demonstration's field is open: then there is nothing left to build."""
    return db.execute(select(waves.c.state).where(waves.c.code == WAVE)).scalar_one_or_none() not in {
        None,
        WaveState.DRAFT,
    }


def build(site: Site, now: datetime, progress: Progress) -> int:
    """Make what is missing of the demonstration, each file in its own transaction; returns the wave's id.

    Raises Conflict in a database that is anything else: these accounts have a password that everybody knows.
    """
    with transaction(site.engine) as db:
        _refuse_if_real(db)
        wave_id = _wave(db, now)
        if is_built(db):
            return wave_id
        _questionnaire(db, wave_id, now)
        if version_in_force(db, wave_id) is None:
            demonstration = PRESETS["démonstration"]
            field.set_protocol(db, wave_id, demonstration, reason="démonstration", by=None, now=now)
        parts = {one.code: _join(db, wave_id, one, now) for one in BAILLEURS}
        _accounts(db, site.passwords, wave_id, now, progress)
    _import(site, wave_id, parts, now, progress)
    progress("Ouverture du terrain", 0, 1)
    with transaction(site.engine) as db:
        field.open_wave(db, wave_id, now)
    progress("Ouverture du terrain", 1, 1)
    return wave_id


def _refuse_if_real(db: Connection) -> None:
    """A database without the demonstration must be empty, and one with it holds no real wave."""
    real = db.scalar(select(waves.c.id).where(~waves.c.is_demo).limit(1))
    begun = db.scalar(select(waves.c.id).where(waves.c.code == WAVE))
    if real is not None or (begun is None and accounts.accounts(db)):
        raise Conflict("Cette base sert à autre chose : la démonstration demande une base à elle.")


def _wave(db: Connection, now: datetime) -> int:
    found: int | None = db.scalar(select(waves.c.id).where(waves.c.code == WAVE))
    if found is not None:
        return found
    survey_id = surveys.create_survey(db, "triennale", "Enquête triennale de satisfaction")
    wave = NewWave(
        survey_id=survey_id,
        code=WAVE,
        name="Enquête triennale (démonstration)",
        institute="Sondages du Beffroi",
        line=LineDriver.SIMULATED,
        is_demo=True,
    )
    return surveys.create_wave(db, wave, now)


def _accounts(db: Connection, passwords: Passwords, wave_id: int, now: datetime, progress: Progress) -> None:
    for done, one in enumerate(ACCOUNTS):
        progress("Comptes", done, len(ACCOUNTS))
        if accounts.user_id_of(db, one.login) is None:
            _account(db, passwords, one, wave_id, now)
    progress("Comptes", len(ACCOUNTS), len(ACCOUNTS))


def _account(db: Connection, passwords: Passwords, one: DemoAccount, wave_id: int, now: datetime) -> None:
    new = NewUser(
        login=one.login,
        first_name=one.first_name,
        display_name=one.display_name,
        role=one.role,
        password=PASSWORD,
        number=one.number,
        scope=None if one.bailleur is None else _scope(db, one.bailleur),
    )
    made = people.create_user(db, passwords, new, now)
    assert not isinstance(made, LoginTaken | PasswordTooShort), f"{one.login}: {made}"
    if one.role in _ASSIGNED:
        people.assign(db, NewAssignment(user_id=made, wave_id=wave_id, starts_at=now), now)


def _scope(db: Connection, code: str) -> Scope:
    name = next(bailleur.name for bailleur in BAILLEURS if bailleur.code == code)
    return Scope(organisation=name, bailleur_id=bailleur_by_code(db, code))


def _questionnaire(db: Connection, wave_id: int, now: datetime) -> None:
    proved = prove(QUESTIONNAIRE.read_text(encoding="utf-8"), QUESTIONNAIRE.name)
    assert isinstance(proved, Proved), proved.sentence
    published = surveys.publish_questionnaire(db, proved, now=now)
    surveys.set_questionnaire(db, wave_id, published.id)


def _join(db: Connection, wave_id: int, bailleur: Bailleur, now: datetime) -> int:
    bailleur_id = surveys.create_bailleur(db, bailleur.code, bailleur.name)
    opens_on = now.astimezone(ZoneInfo("Europe/Paris")).date()
    basis = LegalBasis.PUBLIC_INTEREST if bailleur.kind == "OPH" else LegalBasis.LEGITIMATE_INTEREST
    part = Participation(
        opens_on=opens_on,
        closes_on=opens_on + FIELD_LASTS,
        objective=bailleur.objective,
        legal_basis=basis,
        information_text=f"{bailleur.name} fait interroger ses locataires sur la qualité de son service.",
        dpo_contact=f"dpo{bailleur.code}@exemple.fr",
    )
    surveys.join_wave(db, wave_id, bailleur_id, part)
    return bailleur_id


def _import(site: Site, wave_id: int, parts: dict[str, int], now: datetime, progress: Progress) -> None:
    files = _generate(site, progress)
    for done, (code, path) in enumerate(sorted(files.extracts.items())):
        progress("Import des extraits", done, len(parts))
        with transaction(site.engine) as db:
            if not _is_imported(db, wave_id, parts[code]):
                field.import_sample(
                    db,
                    wave_id=wave_id,
                    bailleur_id=parts[code],
                    file=SampleFile.at(path),
                    keys=site.keys,
                    now=now,
                )
    with transaction(site.engine) as db:
        sample.import_frame(db, wave_id, files.frame)
    progress("Import des extraits", len(parts), len(parts))


def _generate(site: Site, progress: Progress) -> Generated:
    written = 0

    def wrote(_name: str) -> None:
        nonlocal written
        written += 1
        progress("Extraits fictifs", written, len(BAILLEURS))

    progress("Extraits fictifs", 0, len(BAILLEURS))
    return generate(site.folder, households=site.households, progress=wrote)


def _is_imported(db: Connection, wave_id: int, bailleur_id: int) -> bool:
    """The generator gives the same file each time: one that was imported is not read again."""
    found = select(sample_imports.c.id).where(
        sample_imports.c.wave_id == wave_id, sample_imports.c.bailleur_id == bailleur_id
    )
    return db.execute(found.limit(1)).first() is not None
