"""Reviews of deployed staging, and deployments of exactly what was reviewed.

What is applied changes the threshold of one alarm, which has its first value again at the end.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib.commands.planning import Stack
from constructs_lib.commands.terraform import TerraformError
from constructs_lib.review.findings import Kind
from constructs_lib.review.plan import read_plan
from constructs_lib.review.report import Review, review
from tests.deployed import profiles
from tests.deployed.test_changed_settings import state_version, variables
from tests.emulator.deployment import Deployment

CHECKOUT = Path(__file__).parents[2]
ALARM = "payment-api-staging-latency"
READ_RECEIPTS = '[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::example-net-receipts/*"]}]'
THRESHOLD = "MONITORING__LATENCY_P99_MILLISECONDS"


def run(
    staging: Deployment, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the commands with these settings of staging."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        (sys.executable, "-m", f"constructs_lib.commands.{arguments[0]}", *arguments[1:]),
        cwd=folder,
        env=staging.environment
        | profiles.settings_of("staging")
        | variables(settings)
        | {"PYTHONPATH": str(CHECKOUT), "TMPDIR": str(temporary)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def threshold(staging: Deployment) -> float:
    """The threshold of the alarm in CloudWatch."""
    (alarm,) = staging.account.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    return float(alarm["Threshold"])


def fingerprint(output: str) -> str:
    """The fingerprint in the last line."""
    label, _, value = output.splitlines()[-1].partition(": ")
    assert label == "fingerprint"
    return value


def test_a_deployment_without_changes_needs_no_second_pair_of_eyes(
    staging: Deployment, tmp_path: Path
) -> None:
    finished = run(staging, tmp_path, "review", "--markdown", "review.md")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith("payment-api-staging: the plan changes nothing\n")
    assert fingerprint(finished.stdout) in (tmp_path / "review.md").read_text(encoding="utf-8")


class TestChanges:
    """The plans of the real Terraform; tests/unit/review has the same changes on built plans."""

    @staticmethod
    def reviewed(staging: Deployment, folder: str, settings: Mapping[str, str]) -> Review:
        system = staging.with_settings(f"reviewed-{folder}", variables(settings))
        return review(read_plan(system.plan(refresh=False).document))

    def test_another_image_needs_no_second_pair_of_eyes(self, staging: Deployment) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.1"
        found = self.reviewed(staging, "image", {"SERVICE__IMAGE": image})
        assert [*found.sections] == [Kind.ROUTINE]
        assert "another image: tag 1.0.0 → tag 1.0.1" in [
            group.text for group in found.sections[Kind.ROUTINE]
        ]

    def test_all_kinds_of_findings(self, staging: Deployment) -> None:
        found = self.reviewed(
            staging,
            "everything",
            {
                "DATABASE__ENGINE_VERSION": "16",
                "DATABASE__DELETION_PROTECTION": "false",
                "NETWORK__DESTINATIONS": '{"partner": "203.0.113.0/24:443"}',
                "NETWORK__NAT_GATEWAYS": "1",
                "SERVICE__MIN_CAPACITY": "3",
                "SERVICE__PERMISSIONS": READ_RECEIPTS,
            },
        )
        texts = {kind: [group.text for group in groups] for kind, groups in found.sections.items()}
        assert Kind.DATA not in texts
        assert Kind.NOT_UNDERSTOOD not in texts
        assert (
            "a major upgrade makes the database unavailable and cannot be undone: 15 → 16"
            in texts[Kind.INTERRUPTION]
        )
        assert "a NAT gateway and the connections through it end" in texts[Kind.INTERRUPTION]
        assert texts[Kind.NETWORK] == ["TCP 443 from 'service' to 203.0.113.0/24"]
        assert any("s3:GetObject" in text for text in texts[Kind.ACCESS])
        assert "deletion protection is off" in texts[Kind.PROTECTION]
        assert texts[Kind.COST] == ["minimum number of tasks: 2 → 3"]


@dataclass(frozen=True)
class Deployed:
    """What happened when somebody applied between the review and the deployment."""

    first: subprocess.CompletedProcess[str]
    refused: subprocess.CompletedProcess[str]
    changed: bool
    applied: subprocess.CompletedProcess[str]
    threshold: float
    stale: str


@pytest.fixture(scope="module")
def deployed(staging: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A review, an apply of somebody else, the refused deployment, and the deployment of what it found."""
    folder = tmp_path_factory.mktemp("review")
    mine = {THRESHOLD: "900"}
    first = run(staging, folder, "review", **mine)
    saved = staging.with_settings("saved-plan", variables({THRESHOLD: "700"}))
    plan = Stack(staging.name, saved.directory, saved.environment)
    plan.plan(lock=True)
    staging.with_settings("somebody-else", variables({THRESHOLD: "800"})).apply()
    try:
        with pytest.raises(TerraformError) as error:
            plan.apply()
        before = state_version(staging)
        refused = run(staging, folder, "deploy", "--expect", fingerprint(first.stdout), **mine)
        changed = state_version(staging) != before
        found = refused.stderr.partition("its fingerprint is ")[2].partition(".")[0]
        applied = run(staging, folder, "deploy", "--expect", found or "0" * 64, **mine)
        yield Deployed(first, refused, changed, applied, threshold(staging), str(error.value))
    finally:
        staging.system.apply()


class TestDeploy:
    def test_a_stricter_alarm_needs_no_second_pair_of_eyes(self, deployed: Deployed) -> None:
        assert (deployed.first.returncode, deployed.first.stderr) == (0, "")
        assert "stricter alarm threshold: 1 → 0.9" in deployed.first.stdout

    def test_it_refuses_when_somebody_applied_in_between(self, deployed: Deployed) -> None:
        assert (deployed.refused.returncode, deployed.refused.stdout) == (1, "")
        (line,) = deployed.refused.stderr.splitlines()
        assert line.startswith("payment-api-staging: the plan is not the reviewed one")

    def test_a_refused_deployment_changes_nothing(self, deployed: Deployed) -> None:
        assert not deployed.changed

    def test_it_applies_the_plan_with_the_expected_fingerprint(self, deployed: Deployed) -> None:
        assert (deployed.applied.returncode, deployed.applied.stderr) == (0, "")
        assert deployed.threshold == 0.9

    def test_terraform_refuses_a_plan_of_an_older_state(self, deployed: Deployed) -> None:
        assert "terraform apply failed" in deployed.stale
