"""Hashing of passwords with argon2id, in the calling thread: callers bound how many hash at once."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cati.settings import Settings


class Passwords:
    """Hashes and verifies at one cost. At the normal one, a hash takes about 0.25 s of CPU and 64 MiB."""

    def __init__(self, *, least_cost: bool = False) -> None:
        """`least_cost` is for tests: hashes that cost nothing protect nothing."""
        self._hasher = (
            PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if least_cost else PasswordHasher()
        )
        self._nobody = self._hasher.hash(secrets.token_hex())

    @classmethod
    def of(cls, settings: Settings) -> "Passwords":
        """At the cost the installation asks for."""
        return cls(least_cost=settings.argon2_cost == "test")

    def hash(self, password: str) -> str:
        """The text to store: algorithm, cost, salt and hash."""
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. For an account that does not exist (None), no takes as long."""
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)
