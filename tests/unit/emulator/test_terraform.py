"""Terraform in several threads at once, and behind a wrapper."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.emulator.providers import CACHE_VARIABLE
from tests.emulator.terraform import Terraform

# A fake Terraform that fails if another process uses the cache at the same time.
TERRAFORM = f"""#!/bin/sh
mkdir "${CACHE_VARIABLE}/busy" || exit 1
sleep 0.2
rmdir "${CACHE_VARIABLE}/busy"
"""


def test_concurrent_inits_take_turns_with_the_plugin_cache(tmp_path: Path) -> None:
    terraform, cache, stack = (tmp_path / name for name in ("bin/terraform", "cache", "stack"))
    for folder in (terraform.parent, cache, stack):
        folder.mkdir()
    terraform.write_text(TERRAFORM, encoding="utf-8")
    terraform.chmod(0o755)
    path = os.pathsep.join([str(terraform.parent), os.environ["PATH"]])
    environment = {"PATH": path, CACHE_VARIABLE: str(cache)}
    copies = [Terraform(stack, tmp_path / name, environment=environment) for name in ("first", "second")]

    with ThreadPoolExecutor() as pool:
        list(pool.map(Terraform.init, copies))


# Prints a line before Terraform's output, as wrappers that select its version do.
WRAPPER = """#!/bin/sh
echo "Using Terraform 1.11.4"
case "$*" in
*output*) echo '{"url": {"value": "x"}}' ;;
*state*) echo 'data.aws_vpc.main' && echo 'data.terraform_remote_state.last[0]' ;;
esac
"""


def test_lines_of_a_wrapper_are_ignored(tmp_path: Path) -> None:
    program, stack = tmp_path / "bin" / "terraform", tmp_path / "stack"
    for folder in (program.parent, stack):
        folder.mkdir()
    program.write_text(WRAPPER, encoding="utf-8")
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    terraform = Terraform(stack, tmp_path / "copy", environment={"PATH": path})
    assert terraform.outputs() == {"url": "x"}
    assert terraform.addresses() == ["data.aws_vpc.main", "data.terraform_remote_state.last[0]"]
