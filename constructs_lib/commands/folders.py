"""The folders that the commands write to: checked first, and written completely or not at all."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.commands.failures import MachineError

CHECKOUT = Path(__file__).parents[2]

_OUTPUT = "CDKTF_OUTDIR"
_DEFAULT_OUTPUT = "cdktf.out"
_TEMPORARY = ("TMPDIR", "TMP", "TEMP")
_RULE = "must be a writable folder"


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


def _check_writable(folder: Path) -> None:
    """Raise OSError if no file can be written to the folder; leaves nothing in it."""
    tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def replaced_as_a_whole(folder: Path) -> Iterator[Path]:
    """Yield an empty folder, and move its files to `folder` when the body completes.

    If the body raises, the files in `folder` do not change. Files that the body does not write, such as those
    of Terraform, always stay.
    """
    # Inside `folder`: only within one file system is a move atomic.
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder, ignore_cleanup_errors=True) as name:
        written = Path(name)
        yield written
        for file in _in_order(written):
            place = folder / file.relative_to(written)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)


def _in_order(folder: Path) -> list[Path]:
    """Return all files; the manifest, which lists the others, is last."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(files, key=lambda file: (len(file.parts), file), reverse=True)


def replace_file(file: Path, text: str) -> None:
    """Write the file; if that fails, its previous content stays."""
    with replaced_as_a_whole(file.parent) as folder:
        (folder / file.name).write_text(text, encoding="utf-8")
