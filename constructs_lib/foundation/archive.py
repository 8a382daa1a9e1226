"""The archives of Lambda functions: the same bytes from the same sources, on every machine."""

import base64
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

# Python sources, and what a package reads about itself or must be distributed with.
_OF_A_DISTRIBUTION = (".py", "METADATA")
_LICENSES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")
_NATIVE = (".so", ".pyd", ".dylib")
# The earliest time that an archive can contain.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_FILE_MODE = 0o100644


@dataclass(frozen=True)
class Archive:
    """A file on this machine, and the digest of its content."""

    path: Path
    sha256: bytes

    @property
    def hexadecimal(self) -> str:
        """The digest in the form of a name."""
        return self.sha256.hex()

    @property
    def source_code_hash(self) -> str:
        """The digest in the form in which Lambda returns it."""
        return base64.b64encode(self.sha256).decode()


@cache
def archive_of(folder: Path, packages: tuple[str, ...] = ()) -> Archive:
    """Return the archive of the files in the folder and the installed distributions `packages`.

    It exists until this process ends. Raises ValueError if a distribution is not pure Python, because the
    function may run on another system and another Python version than this process.
    """
    content = archive_bytes(folder, packages)
    digest = hashlib.sha256(content).digest()
    path = _temporary_folder() / digest.hex() / "function.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Archive(path, digest)


def archive_bytes(folder: Path, packages: Sequence[str]) -> bytes:
    """Return the content of the archive. Nothing in it depends on the machine or on the Python version."""
    files = dict(_files_in(folder))
    for package in packages:
        files.update(_files_of(package))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _FILE_MODE << 16
            archive.writestr(entry, files[name].read_bytes())
    return buffer.getvalue()


def _files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def _files_of(package: str) -> Iterator[tuple[str, Path]]:
    """The files of a distribution that are the same whatever program installed it, and wherever."""
    for file in distribution(package).files or ():
        if file.name.endswith(_NATIVE):
            raise ValueError(f"{package} contains {file}: must be a distribution without native code")
        if ".." not in file.parts and (
            file.name.endswith(_OF_A_DISTRIBUTION) or file.name.startswith(_LICENSES)
        ):
            yield file.as_posix(), Path(str(file.locate()))


@cache
def _temporary_folder() -> Path:
    """The folder of this process's archives, which is removed when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="payment-api-functions-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
