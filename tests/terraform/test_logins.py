"""Which login of the application is next, as Terraform evaluates it, through applies that succeed or fail."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from constructs_lib.database.logins import GIVEN_OUTPUT, USED_OUTPUT
from tests.emulator.requirements import terraform_or_skip
from tests.unit.synthesis import synthesize

LAST_OUTPUTS = "one(data.terraform_remote_state.last-state).outputs"


@dataclass
class Deployment:
    """The outputs that a series of applies leaves in the state, and the passwords that they set."""

    folder: Path
    outputs: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def planned(self, version: int, months: int = 0) -> Mapping[str, object]:
        """What a plan computes: the rotation, the current login, and the number of each login's password."""
        stack = synthesize(
            "dev",
            PAYMENT_API_DATABASE__PASSWORD_VERSION=str(version),
            PAYMENT_API_DATABASE__ROTATION_MONTHS=str(months),
        )
        value = stack.document["output"][GIVEN_OUTPUT]["value"]
        assert stack.document["output"][USED_OUTPUT]["value"] == value
        document = {
            "variable": {"last": {"type": "any"}},
            # The remote state has no outputs before the first apply, and no attribute of one that is missing.
            "locals": {
                name: text.replace(LAST_OUTPUTS, "var.last")
                for name, text in stack.document["locals"].items()
                if re.match(r"logins_(kept|login|rotation|password-[ab])_", name)
            },
            "output": {"planned": {"value": value}},
        }
        (self.folder / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")
        (self.folder / "terraform.tfvars.json").write_text(
            json.dumps({"last": self.outputs}), encoding="utf-8"
        )
        finished = subprocess.run(
            ("terraform", "apply", "-auto-approve", "-input=false"),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        state = json.loads((self.folder / "terraform.tfstate").read_text(encoding="utf-8"))
        planned: Mapping[str, object] = state["outputs"]["planned"]["value"]
        return planned

    def apply(self, version: int, months: int = 0, *, fails: str = "") -> Mapping[str, object]:
        """Apply completely, or until the role manager or the service fails."""
        planned = self.planned(version, months)
        if fails != "role manager":
            self.outputs[GIVEN_OUTPUT] = planned
            if fails != "service":
                self.outputs[USED_OUTPUT] = planned
        return planned


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    terraform_or_skip()
    return Deployment(tmp_path)


def expected(rotation: int, login: str, a: int, b: int) -> Mapping[str, object]:
    return {"rotation": rotation, "login": login, "a": a, "b": b}


def test_the_first_apply_uses_login_a(deployment: Deployment) -> None:
    assert deployment.apply(1) == expected(1, "a", 1, 1)


def test_a_second_apply_changes_nothing(deployment: Deployment) -> None:
    first = deployment.apply(1)
    assert deployment.apply(1) == first


def test_each_rotation_gives_the_other_login_a_new_password(deployment: Deployment) -> None:
    deployment.apply(1)
    assert deployment.apply(2) == expected(2, "b", 1, 2)
    assert deployment.apply(3) == expected(3, "a", 3, 2)
    assert deployment.apply(4) == expected(4, "b", 3, 4)


@pytest.mark.parametrize("version", [1, 4, 5, 2**31 - 1])
def test_any_other_version_keeps_the_password_in_use(deployment: Deployment, version: int) -> None:
    """Also one that is two higher, or an older one."""
    deployment.apply(2)
    deployment.apply(3)
    assert deployment.apply(version) == expected(version, "a", 3, 2)


@pytest.mark.parametrize("part", ["role manager", "service"])
def test_a_rotation_that_fails_is_completed_by_the_next_apply(deployment: Deployment, part: str) -> None:
    deployment.apply(1)
    failed = deployment.apply(2, fails=part)
    assert failed == expected(2, "b", 1, 2)
    assert deployment.apply(2) == failed
    assert deployment.apply(2) == failed


def test_an_incomplete_rotation_is_completed_before_the_next_one(deployment: Deployment) -> None:
    """Tasks with either login may run, so that neither may get another password."""
    deployment.apply(1)
    incomplete = deployment.apply(2, fails="service")
    assert deployment.apply(3) == incomplete
    assert deployment.apply(3) == expected(3, "a", 3, 2)


def test_a_first_apply_that_failed_is_repeated_with_the_same_login(deployment: Deployment) -> None:
    first = deployment.apply(1, fails="service")
    assert deployment.apply(1) == first


def test_a_schedule_rotates_once_in_a_period(deployment: Deployment) -> None:
    deployment.apply(1)
    rotated = deployment.apply(1, months=12)
    assert (rotated["login"], rotated["a"], rotated["b"]) == ("b", 1, 2)
    assert deployment.apply(1, months=12) == rotated
