"""The versions of a wave's questionnaire, and what moving the wave to one of them would do to its open interviews.

Read and worked out the same way for the screen that shows it and for the act, which does it under its locks.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from cati.calling import scripts
from cati.errors import Conflict, NotFound
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.interviews.store import Interview
from cati.questionnaire import changes
from cati.questionnaire.changes import Change, Migration
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.routing import Compiled
from cati.supervision.rules import Whom
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveVersion:
    """A wave and the questionnaire that its interviews begin with."""

    id: int
    code: str
    name: str
    questionnaire_id: int
    questionnaire: str  #: its code, the same in all its versions
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version, and how many of the wave's interviews have it."""

    id: int
    version: str
    sha256: str
    published_at: datetime
    waiver: str | None  #: why it was published although its proof was not clean
    waived_by: str | None
    under_way: int
    others: int  #: interviews that never change version any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An interview under way, as the new version would have it."""

    interview: Interview
    migration: Migration
    calling: bool  #: its call is up, or was dropped and may be taken up again

    def moves(self, whom: Whom) -> bool:
        """Whether it goes on with the new version. Only an answer completes an interview: one that nothing more would
        be asked of keeps its version."""
        if self.migration.complete or whom is Whom.NOBODY:
            return False
        return whom is Whom.ALL or not self.migration.goes_back


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCount:
    """One question, and of how many interviews an answer is lost or the question is asked anew. Never an answer."""

    question: str
    ask: str
    lost: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What moving a wave to a version would do."""

    wave: WaveVersion
    to: Version
    changes: Sequence[Change]  #: since the version that interviews begin with now
    refused: Sequence[str]  #: sentences: with any of them nothing can be moved
    planned: Sequence[Planned]  #: the interviews under way that have another version
    questions: Sequence[QuestionCount]

    def moving(self, whom: Whom) -> list[Planned]:
        """Those that go on with the new version."""
        return [each for each in self.planned if each.moves(whom)]

    @property
    def calling(self) -> int:
        return sum(each.calling for each in self.planned)

    @property
    def going_back(self) -> int:
        """How many would be asked something of what they have behind them."""
        return sum(each.migration.goes_back and not each.migration.complete for each in self.planned)

    @property
    def finishing(self) -> int:
        """How many would have nothing left to be asked: they keep their version."""
        return sum(each.migration.complete for each in self.planned)


_WAVE = """
    select w.id, w.code, w.name, w.state, w.questionnaire_id, q.code as questionnaire, q.version
    from waves w left join questionnaires q on q.id = w.questionnaire_id where w.id = :wave
"""
_READ_WAVE, _LOCK_WAVE = text(_WAVE), text(f"{_WAVE} for no key update of w")

_VERSIONS = text(
    """
    select q.id, q.version, q.sha256, q.published_at, q.waiver, u.display_name as waived_by,
      count(i.id) filter (where i.state = any(:open)) as under_way,
      count(i.id) filter (where i.state <> all(:open)) as others
    from questionnaires q
    left join users u on u.id = q.waived_by
    left join interviews i on i.questionnaire_id = q.id and i.wave_id = :wave
    where q.code = :code
    group by q.id, u.id order by q.published_at desc, q.id desc
    """
)


def wave(db: Connection, wave_id: int, *, lock: bool = False) -> WaveVersion:
    """The wave, locked if asked: one supervisor moves it at a time. NotFound; Conflict before it has a questionnaire
    or once its field is over."""
    row = db.execute(_LOCK_WAVE if lock else _READ_WAVE, {"wave": wave_id}).one_or_none()
    if row is None:
        raise NotFound(wave=wave_id)
    if row.questionnaire_id is None:
        raise Conflict("Cette édition n’a pas encore de questionnaire.")
    if row.state == WaveState.CLOSED:
        raise Conflict("Le terrain de cette édition est fermé : ses entretiens ne changent plus.")
    return WaveVersion(**{name: value for name, value in row._mapping.items() if name != "state"})


def has_questionnaire(db: Connection, wave_id: int) -> bool:
    """Whether the wave was given a questionnaire already."""
    return (
        db.scalar(text("select questionnaire_id from waves where id = :wave"), {"wave": wave_id}) is not None
    )


def versions(db: Connection, of: WaveVersion) -> list[Version]:
    """The published versions of the wave's questionnaire, newest first."""
    wanted = {"wave": of.id, "code": of.questionnaire, "open": sorted(UNDER_WAY)}
    return [Version(**row._mapping) for row in db.execute(_VERSIONS, wanted)]


def plan(db: Connection, of: WaveVersion, questionnaire_id: int) -> Plan:
    """What moving the wave to this version would do now; NotFound when it is no version of its questionnaire."""
    known = versions(db, of)
    to = next((each for each in known if each.id == questionnaire_id), None)
    if to is None:
        raise NotFound("Ce n’est pas une version du questionnaire de cette édition.")
    new, current = scripts.script(db, to.id), scripts.script(db, of.questionnaire_id)
    open_now = interviews.of_wave(db, of.id, UNDER_WAY)
    planned = [_planned(db, each, new) for each in open_now if each.questionnaire_id != to.id]
    used = [each.id for each in known if each.under_way or each.others]
    return Plan(
        wave=of,
        to=to,
        changes=changes.compare(current.questionnaire, new.questionnaire),
        refused=_refused(db, {*used, of.questionnaire_id} - {to.id}, new.questionnaire),
        planned=planned,
        questions=_counts(planned, new.questionnaire, current.questionnaire),
    )


def _planned(db: Connection, interview: Interview, new: Compiled) -> Planned:
    old = scripts.script(db, interview.questionnaire_id)
    calling = interview.first_call is not None
    situation = scripts.situation(interview, old)
    migration = changes.migrate(old, new, situation, interview.answers, calling=calling)
    return Planned(interview=interview, migration=migration, calling=calling)


def _refused(db: Connection, used: set[int], new: Questionnaire) -> tuple[str, ...]:
    """Names and codes that mean something else in a version that interviews of the wave have, finished ones too: they
    stand in one file."""
    found = [
        change.sentence
        for each in sorted(used)
        for change in changes.compare(scripts.script(db, each).questionnaire, new)
        if change.refused
    ]
    return tuple(dict.fromkeys(found))


def _counts(planned: Sequence[Planned], new: Questionnaire, old: Questionnaire) -> tuple[QuestionCount, ...]:
    """In the order of the new version, what it no longer asks last; a question of a loop counts once an interview."""
    lost, asked = Counter[str](), Counter[str]()
    for each in planned:
        if not each.migration.complete:
            lost.update({name.partition("#")[0] for name in each.migration.lost})
            asked.update({name.partition("#")[0] for name in each.migration.asked})
    names = [*new.questions, *(name for name in [*old.questions, *lost] if name not in new.questions)]
    texts = {name: question.ask for each in (old, new) for name, question in each.questions.items()}
    return tuple(
        QuestionCount(question=name, ask=texts.get(name, ""), lost=lost[name], asked=asked[name])
        for name in dict.fromkeys(names)
        if lost[name] or asked[name]
    )
