"""What the page of a wave's questionnaire shows: its versions, and what moving to one of them would do."""

from dataclasses import dataclass

from sqlalchemy import Connection

from cati.supervision.store import versions as store
from cati.supervision.store.versions import Plan, Version, WaveVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePage:
    """A wave and the published versions of its questionnaire, newest first."""

    wave: WaveVersion
    versions: list[Version]

    @property
    def apart(self) -> int:
        """How many interviews under way have another version than the one in use."""
        return sum(each.under_way for each in self.versions if each.id != self.wave.questionnaire_id)


def wave_page(db: Connection, wave_id: int) -> WavePage:
    """Raises NotFound, or Conflict for a wave without a questionnaire."""
    found = store.wave(db, wave_id)
    return WavePage(wave=found, versions=store.versions(db, found))


def preview(db: Connection, wave_id: int, questionnaire_id: int) -> Plan:
    """What the move would do now. No answer stands in it, only how many interviews."""
    return store.plan(db, store.wave(db, wave_id), questionnaire_id)
