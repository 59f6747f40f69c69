"""Sealing of the columns that say who a person is, and keyed hashes to find a number without opening any.

A sealed text is one byte naming the key, a random nonce, and AES-GCM of the text with its column and row as
associated data: moved to another column or row, it does not open. Keys are files of a folder, one line of 64
hexadecimal digits each: `seal-1`, `seal-2`… (the highest seals, all open) and `index` (for the hashes).
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cati.errors import SettingsRefused

_NONCE = 12  # bytes, as AES-GCM wants


class Keys:
    """The keys of one installation. Given to whoever seals or opens; never a global, never printed."""

    def __init__(self, seals: Mapping[int, bytes], index: bytes) -> None:
        """`seals` by number, 1 to 255; the highest seals new texts."""
        self._seals = {number: AESGCM(key) for number, key in seals.items()}
        self._chains = {
            number: hmac.digest(key, b"chain of the audit log", hashlib.sha256)
            for number, key in seals.items()
        }
        self._current = max(seals)
        self._index = index

    @property
    def current(self) -> int:
        """The number of the key that seals now."""
        return self._current

    def seal(self, column: str, row_id: int, text: str) -> bytes:
        """The text sealed for this column and row, and for no other."""
        nonce = os.urandom(_NONCE)
        sealed = self._seals[self._current].encrypt(nonce, text.encode(), _place(column, row_id))
        return self._current.to_bytes() + nonce + sealed

    def unseal(self, column: str, row_id: int, sealed: bytes) -> str:
        """The text; SettingsRefused when the key is missing or the text was sealed for another place."""
        key = self._seals.get(sealed[0]) if sealed else None
        if key is None:
            raise SettingsRefused("La clé qui a scellé cette colonne manque dans le dossier des clés.")
        try:
            opened = key.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _place(column, row_id))
        except (InvalidTag, ValueError):
            raise SettingsRefused("Un texte scellé ne s’ouvre pas avec les clés de ce dossier.") from None
        return opened.decode()

    def chain(self, number: int) -> bytes:
        """The key of the audit's chain that this sealing key gives; SettingsRefused when it is missing."""
        key = self._chains.get(number)
        if key is None:
            raise SettingsRefused(f"La clé de scellement n° {number} manque dans le dossier des clés.")
        return key

    def phone_hmac(self, e164: str) -> bytes:
        """The keyed hash by which a number is found again, in every study."""
        return self.fingerprint("phone", e164)

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """A keyed hash of a text; the same text has another one for another purpose."""
        return hmac.digest(self._index, f"{purpose}\0{text}".encode(), hashlib.sha256)


def load(folder: Path) -> Keys:
    """The keys of a folder; SettingsRefused when one is missing, damaged, or open to other users."""
    seals = {
        int(path.name.removeprefix("seal-")): _read(path)
        for path in sorted(folder.glob("seal-*"))
        if _is_numbered(path.name)
    }
    if not seals:
        raise SettingsRefused(f"Aucune clé dans {folder} : lancez « cati db setup », ou donnez CATI_KEYS.")
    return Keys(seals, _read(folder / "index"))


def create(folder: Path) -> Keys:
    """The keys of a folder, made first where it has none. An existing key is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(_is_numbered(path.name) for path in folder.glob("seal-*")):
        if (folder / "index").exists():
            raise SettingsRefused(f"{folder} a une clé d’index mais aucune clé de scellement : restaurez-la.")
        _write(folder / "index")
        _write(folder / "seal-1")
    return load(folder)


def rotate(folder: Path) -> Keys:
    """The keys of a folder with one more, which seals from now on; texts already sealed still open."""
    _write(folder / f"seal-{load(folder).current + 1}")
    return load(folder)


def _place(column: str, row_id: int) -> bytes:
    return f"{column}\0{row_id}".encode()


def _is_numbered(name: str) -> bool:
    return re.fullmatch(r"seal-(?:[1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])", name) is not None


def _read(path: Path) -> bytes:
    if not path.exists():
        raise SettingsRefused(f"La clé {path.name} manque dans {path.parent}.")
    if path.stat().st_mode & 0o077:
        raise SettingsRefused(f"La clé {path} est lisible par d’autres : chmod 600 {path}")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise SettingsRefused(f"La clé {path} est abîmée : restaurez-la depuis la sauvegarde.")
    return bytes.fromhex(text)


def _write(path: Path) -> None:
    """A new key, readable by its owner alone from the first instant. Refuses to overwrite."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
