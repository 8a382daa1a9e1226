"""The workflows keep the rules of this project: what they run, with which permissions, roles and limits."""

import re
import tomllib
from collections.abc import Mapping

import pytest

from constructs_lib.commands.pipeline import steps as pipeline_steps
from constructs_lib.settings.loader import VARIABLES
from tests.unit.workflows.files import (
    CHECKOUT,
    EXPRESSION,
    WORKFLOWS,
    Job,
    Step,
    expressions,
    jobs,
    load,
    steps,
    texts,
    uses,
)

JOBS = list(jobs())
STEPS = list(steps())
RUNS = [step for step in STEPS if "run" in step.content]
SCRIPTS = tomllib.loads((CHECKOUT / "Pipfile").read_text(encoding="utf-8"))["scripts"]
AWS = "aws-actions/configure-aws-credentials@"

_READ = {"contents": "read"}
_ASSUME = {**_READ, "id-token": "write"}
PERMISSIONS: Mapping[str, Mapping[str, str]] = {
    "deploy-image": _ASSUME,
    "deploy-staging": _ASSUME,
    "deploy-prod": _ASSUME,
    "deployment-review": _ASSUME,
    "deployment-deploy": _ASSUME,
    "drift-drift": {**_ASSUME, "issues": "write"},
    "plan-review": {**_ASSUME, "pull-requests": "write"},
    "plan-fork": {},
    "preview-deploy": _ASSUME,
    "preview-destroy": {**_ASSUME, "pull-requests": "read"},
    "sweep-find": {**_ASSUME, "pull-requests": "read"},
    "sweep-destroy": {**_ASSUME, "pull-requests": "read"},
}
"""Job → its permissions; the others have those of all workflows, which is to read the repository."""

ENVIRONMENTS = {
    "deployment-deploy": "${{ inputs.suffix }}",
    "preview-deploy": "preview",
    "preview-destroy": "preview",
    "sweep-find": "preview",
    "sweep-destroy": "preview",
}
"""Job → its environment. The deployer's role trusts a job in an environment only."""

# The commands that are no script of this project.
INSTALLATION = ("python -m pip install --quiet pipenv==2026.10.3", "pipenv sync --dev", "pipenv verify")
NOTICE = re.compile(r'echo "::notice::[\w ,.]+"')
# One command with plain arguments and quoted variables, which no shell expands further.
SCRIPT = re.compile(r'pipenv run (?P<script>[a-z]+)(?P<arguments>(?: (?:[\w./-]+|"\$[A-Z_]+"))*)')

# What GitHub's gh and CDKTF read, beside the settings of a deployment.
OTHER_VARIABLES = {"ENVIRONMENT_SUFFIX", "CDKTF_CONTEXT_JSON", "GH_TOKEN"}


def job(name: str) -> Job:
    """The job of this workflow and name."""
    return next(each for each in JOBS if str(each) == name)


def environment_of(each: Job) -> str | None:
    """The name of the job's environment."""
    environment = each.content.get("environment")
    return environment["name"] if isinstance(environment, Mapping) else environment


def with_of(each: Job, action: str) -> list[Mapping[str, object]]:
    """The inputs of each step that uses an action."""
    steps_of = each.content.get("steps", [])
    return [step.get("with", {}) for step in steps_of if str(step.get("uses", "")).startswith(action)]


# What a job may use and do


def test_all_workflows_of_the_project_are_there() -> None:
    assert [path.stem for path in WORKFLOWS] == [
        "check",
        "deploy",
        "deployment",
        "drift",
        "plan",
        "preview",
        "sweep",
    ]


def pinned(used: str) -> bool:
    """Whether an action is pinned to a commit, with its version for people and for updates."""
    return re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used) is not None


@pytest.mark.parametrize(("file", "used"), [each for each in uses() if not each[1].startswith("$/")])
def test_an_action_is_pinned_to_a_commit(file: str, used: str) -> None:
    assert pinned(used), file


@pytest.mark.parametrize(
    "used",
    ["actions/checkout@v6", "actions/checkout@" + "a" * 40, "actions/checkout@" + "a" * 39 + " # v6.0.2"],
)
def test_an_action_that_is_not_pinned_is_found(used: str) -> None:
    assert not pinned(used)


def test_an_action_has_the_same_commit_everywhere() -> None:
    remote = {used for _, used in uses() if not used.startswith("$/")}
    assert len(remote) == len({used.partition("@")[0] for used in remote})


@pytest.mark.parametrize("used", sorted({used for _, used in uses() if used.startswith("$/")}))
def test_an_action_or_workflow_of_this_project_exists(used: str) -> None:
    path = CHECKOUT / used.removeprefix("$/")
    assert path.is_file() or (path / "action.yml").is_file()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_the_repository_only(path: object) -> None:
    assert load(path)["permissions"] == _READ  # type: ignore[arg-type]


@pytest.mark.parametrize("each", JOBS, ids=str)
def test_a_job_has_the_permissions_of_the_table(each: Job) -> None:
    assert each.content.get("permissions", _READ) == PERMISSIONS.get(str(each), _READ)


@pytest.mark.parametrize("each", [each for each in JOBS if not each.is_a_call], ids=str)
def test_a_job_has_a_time_limit_and_a_fixed_runner(each: Job) -> None:
    assert 0 < each.content["timeout-minutes"] <= 300
    assert each.content["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("each", [each for each in JOBS if not each.is_a_call], ids=str)
def test_only_a_job_with_an_identity_token_assumes_a_role(each: Job) -> None:
    may = each.content.get("permissions", {}).get("id-token") == "write"
    assert len(with_of(each, AWS)) == int(may)


@pytest.mark.parametrize("each", [each for each in JOBS if not each.is_a_call], ids=str)
def test_no_token_stays_in_the_checkout(each: Job) -> None:
    checkouts = with_of(each, "actions/checkout@")
    assert [inputs.get("persist-credentials") for inputs in checkouts] == [False] * len(checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_secret_is_used(path: object) -> None:
    assert [text for text in texts(load(path)) if re.search(r"\bsecrets\b", text)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_trigger_gives_credentials_to_a_fork(path: object) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(load(path)["on"])  # type: ignore[arg-type]


def test_every_job_of_a_pull_request_with_an_identity_token_refuses_forks() -> None:
    of_pull_requests = [each for each in JOBS if each.workflow in ("plan", "preview") and with_of(each, AWS)]
    assert len(of_pull_requests) == 3
    for each in of_pull_requests:
        condition = " ".join(each.content["if"].split())
        assert condition.partition(" &&")[0] == (
            "github.event.pull_request.head.repo.full_name == github.repository"
        )


# What a job runs


@pytest.mark.parametrize("step", RUNS, ids=str)
def test_a_step_runs_a_script_of_this_project(step: Step) -> None:
    run = step.content["run"]
    assert run in INSTALLATION or NOTICE.fullmatch(run) or SCRIPT.fullmatch(run)


@pytest.mark.parametrize(
    "run",
    [
        "curl https://example.net | sh",
        "pipenv run drift; id",
        "pipenv run drift && id",
        "pipenv run deploy $FINGERPRINT",
        'pipenv run deploy "$(id)"',
        "pipenv run deploy ${{ github.head_ref }}",
        "pipenv run drift\nid",
    ],
)
def test_another_command_is_found(run: str) -> None:
    assert not SCRIPT.fullmatch(run)


@pytest.mark.parametrize("step", RUNS, ids=str)
def test_a_step_runs_a_script_that_exists(step: Step) -> None:
    if found := SCRIPT.fullmatch(step.content["run"]):
        assert found["script"] in SCRIPTS
        if found["script"] == "pipeline":
            assert found["arguments"].split()[0] in pipeline_steps()


def test_every_step_of_the_pipeline_is_used() -> None:
    used = {step.content["run"].split()[3] for step in RUNS if "run pipeline" in step.content["run"]}
    assert used == set(pipeline_steps())


@pytest.mark.parametrize("step", RUNS, ids=str)
def test_no_expression_is_in_a_command(step: Step) -> None:
    assert not EXPRESSION.search(step.content["run"])


@pytest.mark.parametrize("step", RUNS, ids=str)
def test_a_variable_in_a_command_is_set_in_the_step(step: Step) -> None:
    used = set(re.findall(r"\$([A-Z_]+)", step.content["run"]))
    assert used == step.content.get("env", {}).keys() - {"GH_TOKEN"}


def test_only_settings_and_variables_of_tools_are_set() -> None:
    names = {name for each in JOBS for name in each.content.get("env", {})}
    assert names - OTHER_VARIABLES <= VARIABLES.keys()
    assert names >= {"ENVIRONMENT_SUFFIX", "CDKTF_CONTEXT_JSON", "PAYMENT_API_SERVICE__IMAGE"}


def test_only_steps_that_call_github_have_its_token() -> None:
    with_token = {
        step.content["run"].split()[3] for step in RUNS if "GH_TOKEN" in step.content.get("env", {})
    }
    assert with_token == {"comment", "drift", "orphans", "destroy"}
    assert not any("GH_TOKEN" in each.content.get("env", {}) for each in JOBS)


# What a job deploys, and as whom


def roles(each: Job) -> set[str]:
    """The variables that the role of a job comes from, through its matrix or the inputs of its callers."""
    (inputs,) = with_of(each, AWS)
    (source,) = EXPRESSION.findall(str(inputs["role-to-assume"]))
    kind, _, name = source.partition(".")
    if kind == "matrix":
        values = [entry[name] for entry in each.content["strategy"]["matrix"]["include"]]
    elif kind == "inputs":
        values = [call.content["with"][name] for call in JOBS if call.is_a_call]
    else:
        values = [inputs["role-to-assume"]]
    return expressions(values)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deploy-image", {"vars.STAGING_DRIFT_ROLE_ARN"}),
        ("deployment-review", {"vars.STAGING_DRIFT_ROLE_ARN", "vars.PROD_DRIFT_ROLE_ARN"}),
        ("deployment-deploy", {"vars.STAGING_DEPLOY_ROLE_ARN", "vars.PROD_DEPLOY_ROLE_ARN"}),
        ("drift-drift", {"vars.STAGING_DRIFT_ROLE_ARN", "vars.PROD_DRIFT_ROLE_ARN"}),
        ("plan-review", {"vars.STAGING_PLAN_ROLE_ARN", "vars.PROD_PLAN_ROLE_ARN"}),
        ("preview-deploy", {"vars.PREVIEW_DEPLOY_ROLE_ARN"}),
        ("preview-destroy", {"vars.PREVIEW_DEPLOY_ROLE_ARN"}),
        ("sweep-find", {"vars.PREVIEW_DEPLOY_ROLE_ARN"}),
        ("sweep-destroy", {"vars.PREVIEW_DEPLOY_ROLE_ARN"}),
    ],
)
def test_a_job_assumes_the_role_of_its_purpose(name: str, expected: set[str]) -> None:
    assert roles(job(name)) == expected


@pytest.mark.parametrize("each", JOBS, ids=str)
def test_a_job_is_in_the_environment_of_the_table(each: Job) -> None:
    assert environment_of(each) == ENVIRONMENTS.get(str(each))


@pytest.mark.parametrize("each", [each for each in JOBS if "call" in each.content or each.is_a_call], ids=str)
def test_a_deployment_has_the_values_of_its_own_suffix(each: Job) -> None:
    given = each.content["with"]
    assert given["suffix"] == each.name
    names = {name for name in expressions(given) if name.startswith("vars.")}
    assert {name.removeprefix("vars.").partition("_")[0] for name in names} == {each.name.upper()}


@pytest.mark.parametrize("name", ["drift-drift", "plan-review"])
def test_a_matrix_has_the_values_of_its_own_suffix(name: str) -> None:
    entries = job(name).content["strategy"]["matrix"]["include"]
    assert [entry["suffix"] for entry in entries] == ["staging", "prod"]
    for entry in entries:
        found = {each.removeprefix("vars.").partition("_")[0] for each in expressions(entry)}
        assert found == {entry["suffix"].upper()}


def test_prod_is_deployed_after_staging_with_the_digest_that_staging_runs() -> None:
    prod = job("deploy-prod").content
    assert prod["needs"] == "staging"
    assert prod["with"]["digest"] == "${{ needs.staging.outputs.digest }}"
    outputs = load(CHECKOUT / ".github/workflows/deployment.yml")["on"]["workflow_call"]["outputs"]
    assert outputs["digest"]["value"] == "${{ jobs.deploy.outputs.digest }}"
    assert job("deployment-deploy").content["outputs"]["digest"] == "${{ steps.deployed.outputs.digest }}"


def test_what_was_reviewed_is_what_is_deployed() -> None:
    review, deploy = job("deployment-review").content, job("deployment-deploy").content
    assert deploy["needs"] == "review"
    assert review["env"] == deploy["env"]
    assert review["outputs"] == {"fingerprint": "${{ steps.review.outputs.fingerprint }}"}
    assert applied(job("deployment-deploy")) == "${{ needs.review.outputs.fingerprint }}"


def test_a_preview_is_deployed_by_the_fingerprint_of_its_review() -> None:
    assert applied(job("preview-deploy")) == "${{ steps.review.outputs.fingerprint }}"


def applied(each: Job) -> str:
    """The fingerprint of what a job applies."""
    (step,) = (step for step in each.content["steps"] if "run deploy" in step.get("run", ""))
    assert step["run"] == 'pipenv run deploy --expect "$FINGERPRINT"'
    return str(step["env"]["FINGERPRINT"])


def test_a_failed_review_is_commented_too() -> None:
    *_, review, comment = job("plan-review").content["steps"]
    assert review["run"].startswith("pipenv run pipeline review")
    assert comment["run"].startswith("pipenv run pipeline comment")
    assert comment["if"] == "${{ !cancelled() }}"


# What never runs at the same time


@pytest.mark.parametrize("name", ["preview-deploy", "preview-destroy", "sweep-destroy"])
def test_jobs_on_one_preview_never_overlap(name: str) -> None:
    content = job(name).content
    assert content["concurrency"]["group"] == f"preview-{content['env']['ENVIRONMENT_SUFFIX']}"


def test_preview_has_no_group_for_whole_runs_in_which_one_that_does_nothing_could_replace_a_waiting_one() -> (
    None
):
    assert "concurrency" not in load(CHECKOUT / ".github/workflows/preview.yml")


def test_deployments_never_overlap() -> None:
    assert load(CHECKOUT / ".github/workflows/deploy.yml")["concurrency"]["group"] == "deploy"
    group = load(CHECKOUT / ".github/workflows/deployment.yml")["concurrency"]["group"]
    assert group == "deployment-${{ inputs.suffix }}"


def test_no_run_that_can_change_aws_is_cancelled_by_a_newer_one() -> None:
    groups = {path.stem: load(path).get("concurrency") for path in WORKFLOWS}
    groups |= {str(each): each.content["concurrency"] for each in JOBS if "concurrency" in each.content}
    cancelled = {name for name, group in groups.items() if group and group["cancel-in-progress"] is not False}
    assert cancelled == {"check", "plan"}


@pytest.mark.parametrize("name", ["preview-destroy", "sweep-destroy"])
def test_a_preview_is_destroyed_by_the_code_of_the_default_branch(name: str) -> None:
    refs = [inputs.get("ref") for inputs in with_of(job(name), "actions/checkout@")]
    # A scheduled workflow runs on the default branch.
    expected = "${{ github.event.repository.default_branch }}" if name.startswith("preview") else None
    assert refs == [expected]


def test_a_sweep_without_orphans_destroys_nothing() -> None:
    destroy = job("sweep-destroy").content
    assert destroy["if"] == "needs.find.outputs.suffixes != '[]'"
    assert destroy["strategy"]["matrix"] == {"suffix": "${{ fromJSON(needs.find.outputs.suffixes) }}"}
