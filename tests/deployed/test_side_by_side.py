"""Two suffixes in one account and region, and one suffix in two regions of the account."""

import json
import re
from collections import Counter
from itertools import combinations

import pytest

from tests.deployed.side_by_side import (
    DEV,
    OTHER_REGION,
    OTHER_SUFFIX,
    PERFORMANCE_LOGS,
    PLACES,
    SIDE_BY_SIDE,
    SideBySide,
)
from tests.emulator.background import Background
from tests.emulator.terraform import Plan
from tests.stateful_types import STATEFUL

RENAMED = ("execution", "task", "flow-logs", "backup", "db-monitoring", "db-roles")


@pytest.fixture(scope="module")
def side_by_side(background: Background) -> SideBySide:
    """The deployments, and their plans after all of them were applied."""
    return background.result(SIDE_BY_SIDE)


def resources(plan: Plan) -> set[str]:
    """The resources in the state before the plan, by type and ARN or id."""
    found = set()
    for each in plan.document["prior_state"]["values"]["root_module"]["resources"]:
        if each["mode"] == "managed":
            values = each["values"]
            # The id of a validated certificate is the second in which it was issued.
            identity = ("arn", "certificate_arn", "id", "role_name")
            found.add(f"{each['type']} {next(filter(None, map(values.get, identity)))}")
    return found


def state(plan: Plan) -> str:
    """The values of all resources and outputs in the state before the plan, as JSON."""
    return json.dumps(plan.document["prior_state"]["values"])


@pytest.mark.parametrize("name", PLACES)
def test_the_plan_after_all_applies_is_empty(side_by_side: SideBySide, name: str) -> None:
    """So no deployment has changed another one."""
    assert side_by_side.plans[name].empty, side_by_side.plans[name].text


@pytest.mark.parametrize(("one", "other"), list(combinations(PLACES, 2)))
def test_two_deployments_have_no_resource_in_common(side_by_side: SideBySide, one: str, other: str) -> None:
    plans = side_by_side.plans

    assert len(resources(plans[one])) > 100
    assert resources(plans[one]) & resources(plans[other]) == set()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        pytest.param(DEV, r"pr-123", id="dev-the-other-suffix"),
        pytest.param(OTHER_SUFFIX, r"payment-api-dev\b", id="pr-123-the-other-suffix"),
        pytest.param(DEV, r"eu-west-1", id="dev-the-other-region"),
        pytest.param(OTHER_REGION, r"us-east-1", id="eu-west-1-the-other-region"),
    ],
)
def test_a_deployment_does_not_refer_to_another_one(side_by_side: SideBySide, name: str, other: str) -> None:
    assert re.findall(f".{{0,60}}{other}.{{0,60}}", state(side_by_side.plans[name])) == []


def test_each_region_has_its_own_bucket_with_one_state_for_each_suffix(side_by_side: SideBySide) -> None:
    key = "payment-api/{}/terraform.tfstate".format

    assert side_by_side.states == {
        PLACES[DEV].bucket: [key("dev"), key("pr-123")],
        PLACES[OTHER_REGION].bucket: [key("dev")],
    }


def test_a_log_group_that_container_insights_has_created_is_adopted(side_by_side: SideBySide) -> None:
    logs = side_by_side.deployments[OTHER_REGION].account.client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=PERFORMANCE_LOGS)["logGroups"]

    assert group["retentionInDays"] == 365
    assert ":eu-west-1:" in group["kmsKeyId"]


def test_new_names_of_the_roles_replace_them_with_their_successors_first(side_by_side: SideBySide) -> None:
    """As in the upgrade of a deployment outside us-east-1 whose role names do not contain the region."""
    changes = side_by_side.renamed.change.document["resource_changes"]
    replaced = Counter(each["type"] for each in changes if each["change"]["actions"] == ["create", "delete"])

    assert replaced == dict.fromkeys(
        ("aws_iam_role", "aws_iam_policy", "aws_iam_role_policy_attachment"), len(RENAMED)
    )


def test_new_names_of_the_roles_delete_no_stateful_resource(side_by_side: SideBySide) -> None:
    changes = side_by_side.renamed.change.document["resource_changes"]

    assert [
        each["address"]
        for each in changes
        if "delete" in each["change"]["actions"] and each["type"] in STATEFUL
    ] == []


def test_the_plan_after_new_names_of_the_roles_is_empty(side_by_side: SideBySide) -> None:
    assert side_by_side.renamed.after.empty, side_by_side.renamed.after.text


def test_only_the_roles_with_the_new_names_remain(side_by_side: SideBySide) -> None:
    iam = side_by_side.deployments[OTHER_REGION].account.client("iam")
    roles = {each["RoleName"] for each in iam.list_roles()["Roles"]}

    assert {role for role in roles if role.endswith("_renamed")} == {
        f"payment-api-dev-{purpose}_renamed" for purpose in RENAMED
    }
    assert not [role for role in roles if "eu-west-1" in role]


def test_the_sweep_finds_the_preview_of_a_closed_pull_request_and_no_other_deployment(
    side_by_side: SideBySide,
) -> None:
    found = side_by_side.swept.found
    assert (found.exit_code, found.stdout, found.stderr) == (0, "payment-api-pr-123: to be destroyed\n", "")


def test_the_sweep_destroys_the_preview(side_by_side: SideBySide) -> None:
    destroyed = side_by_side.swept.destroyed
    assert destroyed.exit_code == 0, destroyed.stdout + destroyed.stderr
    assert re.search(r"Destroy complete! Resources: 1\d\d destroyed\.", destroyed.stdout)
    assert (side_by_side.swept.found_afterwards.exit_code, side_by_side.swept.found_afterwards.stdout) == (
        0,
        "",
    )


def test_the_sweep_leaves_the_deployment_beside_the_preview(side_by_side: SideBySide) -> None:
    elbv2 = side_by_side.deployments[DEV].account.client("elbv2")
    names = [each["LoadBalancerName"] for each in elbv2.describe_load_balancers()["LoadBalancers"]]
    assert names == ["payment-api-dev"]
