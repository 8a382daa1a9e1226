"""The sample application needs no more than the container gives it: user, file systems, capabilities."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sample.application import SAMPLE, Sample, command_of_the_image
from tests.unit.synthesis import Synthesized, container

# $1 is the size of the tmpfs in MiB, $2 its options, $3 its path; then the command.
_ENTER = """\
set -eu
mount -t tmpfs -o "size=$1m,mode=1777,$2" tmpfs "$3"
cut -d ' ' -f 2 /proc/self/mounts | while read -r path; do
  [ "$path" = "$3" ] || mount -o remount,bind,ro "$path"
done
shift 3
exec "$@"
"""


def capabilities() -> str:
    """What is left of Linux's capabilities: none, unless this machine's Python is in a folder of root's."""
    folders = {Path(sys.base_prefix), Path(sys.prefix).resolve(), SAMPLE}
    entered = all(
        each.stat().st_mode & stat.S_IXOTH for folder in folders for each in (folder, *folder.parents)
    )
    return "" if entered else ",+dac_read_search"  # to read and enter folders; what is written stays confined


@pytest.fixture
def confined(migrated: dict[str, str], dev: Synthesized) -> Iterator[tuple[Sample, Path]]:
    """The application with the command of its image, confined as in the container, and its only folder."""
    missing = [tool for tool in ("unshare", "setpriv", "openssl") if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {', '.join(missing) or 'nothing else'}")
    definition = container(dev)
    user, _, group = definition["user"].partition(":")
    (tmpfs,) = definition["linuxParameters"]["tmpfs"]
    kept = capabilities()
    command = [
        *("unshare", "--mount", "sh", "-c", _ENTER, "sh"),
        *(str(tmpfs["size"]), ",".join(tmpfs["mountOptions"]), migrated["TMPDIR"]),
        *("setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs"),
        *(f"--inh-caps=-all{kept}", f"--bounding-set=-all{kept}", f"--ambient-caps=-all{kept}"),
        *command_of_the_image(),
    ]
    with Sample(migrated, command=command, tls=True) as sample:
        yield sample, Path(migrated["TMPDIR"])


def test_it_runs_as_the_user_of_the_container_on_read_only_file_systems(
    confined: tuple[Sample, Path], dev: Synthesized
) -> None:
    sample, home = confined
    status = Path(f"/proc/{sample.process.pid}/status").read_text(encoding="utf-8")
    user = container(dev)["user"].partition(":")[0]
    assert f"Uid:\t{user}\t{user}\t{user}\t{user}" in status
    assert f"CapEff:\t{4 if capabilities() else 0:016x}\n" in status
    root = Path(f"/proc/{sample.process.pid}/root")
    with pytest.raises(OSError, match="Read-only file system"):
        (root / SAMPLE.relative_to("/") / "written").touch()
    assert list((root / home.relative_to("/")).iterdir())  # the certificate of this start
    assert sample.request("GET", "/health").status == 200
    assert sample.take("confined").status == 201
