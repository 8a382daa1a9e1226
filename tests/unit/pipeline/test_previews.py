"""A preview is deployed with the suffix of its pull request, and destroyed when nothing needs it any more."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib.pipeline.previews import number_of, why_kept
from constructs_lib.settings.loader import load_settings
from tests.emulator.account import Account
from tests.unit.pipeline.job import Job
from tests.unit.pipeline.states import BUCKET, States

# Records what it is started with, and empties the state as `destroy` does.
_TERRAFORM = """echo "$@" >> "$FAKE_GITHUB/terraform"
[ "$1" != destroy ] || pwd > "$FAKE_GITHUB/stack"
[ "$1" != "$FAILING" ] || { echo "Error: $1 failed" >&2; exit 1; }
echo "$1 done" """


@pytest.fixture(autouse=True)
def _terraform(job: Job) -> None:
    job.program("terraform", _TERRAFORM)


@pytest.fixture
def preview(job: Job, states: States) -> States:
    """The states, and a job of the preview of pull request 7, which is deployed."""
    job.set(ENVIRONMENT_SUFFIX="pr-7")
    states.deployed("pr-7")
    return states


def preview_variables() -> dict[str, str]:
    """The settings of the preview of pull request 7."""
    return {"ENVIRONMENT_SUFFIX": "pr-7", "PAYMENT_API_STATE__BUCKET": BUCKET}


def commands(job: Job) -> list[str]:
    """The commands of Terraform."""
    return [line.split()[0] for line in job.written("terraform").splitlines()]


class TestSuffix:
    @pytest.mark.parametrize("number", [1, 7, 123456789])
    def test_the_suffix_of_a_pull_request_is_valid_and_selects_dev(self, number: int) -> None:
        settings = load_settings({"ENVIRONMENT_SUFFIX": f"pr-{number}"}, {})
        assert settings.profile == "dev"
        assert number_of(settings.suffix) == number

    def test_a_preview_can_be_destroyed_at_once_and_leaves_nothing_behind(self) -> None:
        settings = load_settings({"ENVIRONMENT_SUFFIX": "pr-7"}, {})
        assert not settings.database.deletion_protection
        assert not settings.load_balancer.deletion_protection
        assert not settings.database.final_snapshot
        assert not settings.database.vault_backups
        assert settings.database.secret_recovery_window_days == 0

    def test_previews_have_names_of_their_own_in_one_hosted_zone(self) -> None:
        context = {"payment_api": {"domain": {"hosted_zone": "example.net"}}}
        names = [load_settings({"ENVIRONMENT_SUFFIX": f"pr-{n}"}, context).domain.name for n in (1, 2)]
        assert names == ["payment-api-pr-1.example.net", "payment-api-pr-2.example.net"]

    @pytest.mark.parametrize(
        "suffix", ["prod", "staging", "dev", "pr-", "pr-0", "pr-7-x", "pr-07", "xpr-7", ""]
    )
    def test_other_suffixes_are_no_previews(self, suffix: str) -> None:
        assert number_of(suffix) is None


@dataclass(frozen=True)
class Destroyed:
    """The job that destroyed a preview, and the exit code of its step."""

    job: Job
    exit_code: int


@pytest.fixture(scope="module")
def destroyed(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Destroyed:
    """The preview of a closed pull request after its step."""
    states = States(account)
    with pytest.MonkeyPatch.context() as patch, states.bucket():
        job = Job(tmp_path_factory.mktemp("job"), patch)
        job.program("terraform", _TERRAFORM)
        job.set(**account.variables(), **preview_variables())
        states.deployed("pr-7")
        job.add_pull_request(7, "closed", "preview")
        code = job.run("destroy")
    return Destroyed(job, code)


class TestDestroy:
    def test_the_preview_of_a_closed_pull_request_is_destroyed(self, destroyed: Destroyed) -> None:
        assert destroyed.exit_code == 0
        assert commands(destroyed.job) == ["init", "destroy"]
        assert destroyed.job.written("stack").strip().endswith("/stacks/payment-api-pr-7")

    def test_it_asks_nothing_and_waits_for_the_lock(self, destroyed: Destroyed) -> None:
        assert destroyed.job.written("terraform").splitlines()[1] == (
            "destroy -auto-approve -lock-timeout=10m -input=false -no-color"
        )

    def test_nothing_is_left_on_the_machine(self, destroyed: Destroyed) -> None:
        assert list(Path(destroyed.job.folder, "temporary").iterdir()) == []

    def test_the_preview_of_a_pull_request_without_the_label_is_not_needed(self, job: Job) -> None:
        job.add_pull_request(7, "open", "bug")
        assert why_kept(job.github, 7) is None

    def test_a_preview_that_is_wanted_again_stays(
        self, job: Job, preview: States, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert preview
        job.add_pull_request(7, "open", "bug", "preview")
        assert job.run("destroy") == 0
        assert commands(job) == []
        assert capsys.readouterr().out == (
            "payment-api-pr-7 stays: pull request 7 is open and has the label preview\n"
        )

    def test_what_a_person_deployed_without_a_pull_request_stays(self, job: Job, preview: States) -> None:
        assert preview
        assert job.run("destroy") == 0
        assert commands(job) == []

    def test_a_preview_that_was_never_deployed_needs_no_terraform(self, job: Job, states: States) -> None:
        assert states
        job.set(ENVIRONMENT_SUFFIX="pr-7")
        job.add_pull_request(7, "closed", "preview")
        assert job.run("destroy") == 0
        assert commands(job) == []

    @pytest.mark.parametrize("suffix", ["staging", "prod", "dev", "pr-7-x"])
    def test_no_other_deployment_is_ever_destroyed(
        self, job: Job, states: States, capsys: pytest.CaptureFixture[str], suffix: str
    ) -> None:
        states.deployed(suffix)
        job.set(ENVIRONMENT_SUFFIX=suffix)
        assert job.run("destroy") == 1
        assert capsys.readouterr().err == (
            f'ENVIRONMENT_SUFFIX is "{suffix}": must be that of a preview, such as pr-7\n'
        )
        assert commands(job) == []

    def test_an_error_of_terraform_fails_the_step_and_is_in_the_log(
        self, job: Job, preview: States, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert preview
        job.set(FAILING="destroy")
        job.add_pull_request(7, "closed")
        assert job.run("destroy") == 1
        assert capfd.readouterr().err == ("Error: destroy failed\nterraform destroy failed: exit code 1\n")

    def test_an_error_of_github_destroys_nothing(self, job: Job, preview: States) -> None:
        assert preview
        job.set(FAKE_GITHUB_FAILS="1")
        assert job.run("destroy") == 1
        assert commands(job) == []


class TestOrphans:
    def orphans(self, job: Job) -> list[str]:
        """The suffixes that the step hands to the jobs that destroy."""
        job.unset("ENVIRONMENT_SUFFIX")
        assert job.run("orphans") == 0
        found: list[str] = json.loads(job.written("output").removeprefix("suffixes="))
        return found

    def test_an_account_without_previews_has_none(self, job: Job, states: States) -> None:
        states.deployed("staging")
        assert self.orphans(job) == []

    def test_only_what_is_deployed_and_not_wanted_is_one(self, job: Job, states: States) -> None:
        for number in (3, 20, 100, 101, 102):
            states.deployed(f"pr-{number}")
        states.destroyed("pr-5")
        job.add_pull_request(3, "closed", "preview")
        job.add_pull_request(5, "closed", "preview")
        job.add_pull_request(20, "open", "preview")
        job.add_pull_request(100, "closed")
        job.add_pull_request(101, "open")
        # 102 is no pull request: a person has chosen that suffix.
        assert self.orphans(job) == ["pr-3", "pr-100", "pr-101"]

    def test_other_objects_in_the_bucket_are_none(self, job: Job, states: States) -> None:
        job.add_pull_request(3, "closed")
        for key in ("pr-3/terraform.tfstate.tflock", "pr-3-x/terraform.tfstate", "pr-x/terraform.tfstate"):
            states.object(f"payment-api/{key}", "{}")
        for suffix in ("dev", "staging", "prod"):
            states.deployed(suffix)
        assert self.orphans(job) == []

    def test_each_deployment_is_in_the_log_with_the_reason(
        self, job: Job, states: States, capsys: pytest.CaptureFixture[str]
    ) -> None:
        states.deployed("pr-3")
        states.deployed("pr-4")
        job.add_pull_request(3, "closed")
        self.orphans(job)
        assert capsys.readouterr().out.splitlines() == [
            "payment-api-pr-3: to be destroyed",
            "payment-api-pr-4: there is no pull request 4, so a person has deployed it",
        ]

    def test_more_previews_than_a_page_of_the_bucket_are_found(
        self, job: Job, states: States, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
        numbers = range(1, 8)
        for number in numbers:
            states.deployed(f"pr-{number}")
            job.add_pull_request(number, "closed")
        assert self.orphans(job) == [f"pr-{number}" for number in numbers]

    def test_an_error_of_github_fails_the_step(self, job: Job, states: States) -> None:
        states.deployed("pr-3")
        job.set(FAKE_GITHUB_FAILS="1")
        assert job.run("orphans") == 1
        assert job.written("output") == ""
