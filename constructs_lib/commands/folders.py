"""The folders that the commands write to: checked before, and never left half-written."""

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
_RULE = "must be a folder that can be written to"


def output_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the synthesized stacks: CDKTF_OUTDIR, or the checkout's cdktf.out.

    Raises MachineError when CDKTF_OUTDIR is set to nothing.
    """
    if environment.get(_OUTPUT) == "":
        raise MachineError(f'{_OUTPUT} is "": must be the path of a folder, or not set')
    # Relative, since that is shorter in messages.
    return Path(environment.get(_OUTPUT) or os.path.relpath(CHECKOUT / _DEFAULT_OUTPUT))


def writable_output_folder(environment: Mapping[str, str]) -> Path:
    """Return the same folder, and make it if need be. Raises MachineError when it cannot be written to."""
    folder = output_folder(environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_writable(folder)
    except OSError as error:
        default = "" if environment.get(_OUTPUT) else " by default"
        raise MachineError(f'{_OUTPUT} is "{folder}"{default}: {_RULE} ({error.strerror})') from error
    return folder


def check_temporary_folder(environment: Mapping[str, str]) -> None:
    """Raise MachineError when the variable for temporary files names a folder that cannot be written to.

    Python would silently use another one; Node and Terraform would fail later, and not say why.
    """
    name = next((name for name in _TEMPORARY if environment.get(name)), None)
    if name is None:
        return
    try:
        _check_writable(Path(environment[name]))
    except OSError as error:
        raise MachineError(f'{name} is "{environment[name]}": {_RULE} ({error.strerror})') from error


def _check_writable(folder: Path) -> None:
    """Raise the OSError that writing a file into the folder would; nothing is left in it."""
    tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def replaced_as_a_whole(folder: Path) -> Iterator[Path]:
    """Yield an empty folder whose files take the places of those in `folder` when the body is done.

    When the body raises, `folder` keeps the files that it had. It always keeps those that the body does not
    write, such as Terraform's own.
    """
    # Inside, since a file is moved to its place at once on the same file system only.
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder, ignore_cleanup_errors=True) as name:
        written = Path(name)
        yield written
        for file in _in_order(written):
            place = folder / file.relative_to(written)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)


def _in_order(folder: Path) -> list[Path]:
    """All files, the manifest, which lists the others, last."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(files, key=lambda file: (len(file.parts), file), reverse=True)


def replace_file(file: Path, text: str) -> None:
    """Write the file, which keeps what it had if that fails."""
    with replaced_as_a_whole(file.parent) as folder:
        (folder / file.name).write_text(text, encoding="utf-8")
