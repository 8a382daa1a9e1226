"""Terraform in several threads at once."""

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
