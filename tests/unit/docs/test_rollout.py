"""The command of docs/operations.md that waits for a deployment's result, run with a stand-in for aws."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.docs.pages import CHECKOUT, blocks

RUNNING = "arn:aws:ecs:us-east-1:123456789012:task-definition/payment-api-staging:7"

AWS = """#!/bin/sh
echo "$*" >> calls
read -r answer < answers || exit 1
sed -i 1d answers
echo "$answer"
"""


@pytest.mark.parametrize("waiting", [0, 2])
def test_it_waits_until_the_deployment_is_no_longer_in_progress(tmp_path: Path, waiting: int) -> None:
    """ECS watches the alarm for some minutes after the apply, and rolls back only then."""
    (block,) = (each for each in blocks(CHECKOUT / "docs/operations.md") if "rolloutState" in each.content)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("aws", AWS), ("sleep", "#!/bin/sh\n")):
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)
    states = ["IN_PROGRESS"] * waiting + ["COMPLETED", "FAILED"]
    answers = "".join(f"{state}\t{RUNNING}\n" for state in states)
    (tmp_path / "answers").write_text(answers, encoding="utf-8")

    finished = subprocess.run(
        ["bash", "-euc", block.content],
        cwd=tmp_path,
        env={"PATH": os.pathsep.join([str(programs), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )

    assert finished.stdout == f"COMPLETED\t{RUNNING}\n"
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert len(calls) == waiting + 1
    assert all(call.startswith("ecs describe-services ") for call in calls)
