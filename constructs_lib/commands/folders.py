"""The folders that the commands write to: checked first, and written completely or not at all."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.commands.failures import MachineError

CHECKOUT = Path(__file__).parents[2]

_OUTPUT = "CDKTF_OUTDIR"
_DEFAULT_OUTPUT = "cdktf.out"
_TEMPORARY = ("TMPDIR", "TMP", "TEMP")
_RULE = "must be a writable folder"

_NEW = ".new-"
# Much longer than a synthesis takes.
_STALE_SECONDS = 3600.0

_CACHE, _CACHE_ROOT = "JSII_RUNTIME_PACKAGE_CACHE", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"


def output_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the synthesized stacks: CDKTF_OUTDIR, or the checkout's cdktf.out.

    Raises MachineError if CDKTF_OUTDIR is empty.
    """
    if environment.get(_OUTPUT) == "":
        raise MachineError(f'{_OUTPUT} is "": must be the path of a folder, or not set')
    # A relative path is shorter in messages.
    return Path(environment.get(_OUTPUT) or os.path.relpath(CHECKOUT / _DEFAULT_OUTPUT))


def writable_output_folder(environment: Mapping[str, str]) -> Path:
    """Return the same folder, created if it does not exist. Raises MachineError if it is not writable."""
    folder = output_folder(environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_writable(folder)
    except OSError as error:
        default = "" if environment.get(_OUTPUT) else " by default"
        raise MachineError(f'{_OUTPUT} is "{folder}"{default}: {_RULE} ({error.strerror})') from error
    return folder


def check_temporary_folder(environment: Mapping[str, str]) -> None:
    """Raise MachineError if the variable for temporary files names a folder that is not writable.

    Python would silently use another folder; Node and Terraform would fail later without a reason.
    """
    name = next((name for name in _TEMPORARY if environment.get(name)), None)
    if name is None:
        return
    try:
        _check_writable(Path(environment[name]))
    except OSError as error:
        raise MachineError(f'{name} is "{environment[name]}": {_RULE} ({error.strerror})') from error


def folder_for_programs() -> Path:
    """Return the folder for temporary files, or the checkout's if no program can be started in the former.

    Terraform starts its providers from the folder that it installs them to, and the folder for temporary
    files may be mounted noexec. Raises MachineError if neither folder allows it.
    """
    temporary = Path(tempfile.gettempdir())
    # Git ignores it, and Terraform uses folders of this name for the same purpose.
    for folder in (temporary, CHECKOUT / ".terraform"):
        if _can_start_programs(folder):
            return folder
    name = next((name for name in _TEMPORARY if os.environ.get(name)), _TEMPORARY[0])
    raise MachineError(
        f'{name} is "{temporary}": must be a folder in which programs can be started, because Terraform '
        "starts its providers there; it may be on a file system that is mounted noexec"
    )


def _can_start_programs(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="program-", dir=folder) as name:
            program = Path(name, "program")
            program.write_text("#!/bin/sh\n", encoding="utf-8")
            program.chmod(0o700)
            return subprocess.run((program,), check=False).returncode == 0  # noqa: S603 - written here
    except OSError:
        return False


def check_package_cache(environment: Mapping[str, str]) -> None:
    """Raise MachineError if jsii cannot create the folder of its package cache.

    Node's recursive mkdir does not end in a folder such as /proc, which reports that it does not exist
    itself.
    """
    folder = _package_cache(environment)
    if folder is None or os.access(folder, os.F_OK):
        return  # jsii itself explains what is wrong with an existing folder
    existing = next(parent for parent in folder.parents if os.access(parent, os.F_OK))
    try:
        tempfile.TemporaryDirectory(prefix=".jsii-", dir=existing).cleanup()
    except OSError as error:
        raise MachineError(
            f"jsii's package cache {folder} cannot be created ({error.strerror}): make {existing} a writable "
            f"folder, or set {_CACHE_ROOT} to a different directory"
        ) from error


def _package_cache(environment: Mapping[str, str]) -> Path | None:
    """The folder that jsii caches its packages in; None if the cache is off or in the temporary folder."""
    if environment.get(_CACHE, "enabled").lower() != "enabled":
        return None
    if root := environment.get(_CACHE_ROOT):
        return Path(root).absolute()
    try:
        home = Path(environment.get("HOME", pwd.getpwuid(os.getuid()).pw_dir))
    except KeyError:
        return None  # the user has no entry in the database of users
    if not home.is_absolute():
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "com.amazonaws.jsii" / "package-cache"
    return home / ".cache" / "aws" / "jsii" / "package-cache"


def _check_writable(folder: Path) -> None:
    """Raise OSError if no file can be written to the folder; leaves nothing in it."""
    tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def replaced_as_a_whole(folder: Path) -> Iterator[Path]:
    """Yield an empty folder, and move its files to `folder` when the body completes.

    If the body raises, the files in `folder` do not change. Files that the body does not write, such as those
    of Terraform, always stay.
    """
    _remove_stale(folder)
    # Inside `folder`: only within one file system is a move atomic.
    with tempfile.TemporaryDirectory(prefix=_NEW, dir=folder, ignore_cleanup_errors=True) as name:
        written = Path(name)
        yield written
        for file in _in_order(written):
            place = folder / file.relative_to(written)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)


def _remove_stale(folder: Path) -> None:
    """Remove what killed processes left, but not what another process may still write."""
    for left in folder.glob(f"{_NEW}*"):
        if left.is_dir() and not left.is_symlink() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _in_order(folder: Path) -> list[Path]:
    """Return all files; the manifest, which lists the others, is last."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(files, key=lambda file: (len(file.parts), file), reverse=True)


def replace_file(file: Path, text: str) -> None:
    """Write the file; if that fails, its previous content stays."""
    with replaced_as_a_whole(file.parent) as folder:
        (folder / file.name).write_text(text, encoding="utf-8")
