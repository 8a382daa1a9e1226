"""What a plan does after a change of each setting, compared with the effect that the settings type states.

Nothing is applied. The settings of one plan change different resources, the ECS service, its task definition
and the dashboard aside, so that each action can be attributed to its setting.
"""

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from constructs_lib.pictures.architecture import architecture
from constructs_lib.pictures.resources import of_plan
from constructs_lib.settings.changes import Effect, change_of
from constructs_lib.settings.loader import GROUPS, PREFIX, VARIABLES
from constructs_lib.settings.names import STATE_STACK
from tests.deployed import profiles
from tests.deployed.lookups import state_object
from tests.emulator.background import Background
from tests.emulator.deployment import Deployment, synthesize
from tests.emulator.terraform import Plan, Terraform, TerraformError
from tests.setting_changes import (
    CREATE_THEN_DELETE,
    DELETE_THEN_CREATE,
    FIXED,
    OTHER_DIRECTION,
    OTHER_ZONE,
    PLANS,
    UPDATE,
    Actions,
)
from tests.stateful_types import HOLD_DATA, STATEFUL

REPLACED = (DELETE_THEN_CREATE, CREATE_THEN_DELETE)
TASK_DEFINITION = "aws_ecs_task_definition.service_task-definition"
SERVICE = "aws_ecs_service.service"
UNNOTICED = ("aws_secretsmanager_secret_version", "aws_lambda_invocation")
SETTINGS = [(plan, name) for plan, changes in PLANS.items() for name in changes]


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of settings."""
    return {f"{PREFIX}{name}": value for name, value in values.items()}


def planned_actions(plan: Plan) -> dict[str, Actions]:
    """The actions of a plan by resource address, without the hash that CDKTF appends to the address."""
    return {
        re.sub(r"_[0-9A-F]{8}$", "", change["address"]): tuple(change["change"]["actions"])
        for change in plan.document["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }


def state_version(deployment: Deployment) -> str:
    """The version of the state's object in S3."""
    bucket, key = state_object(deployment)
    version: str = deployment.account.client("s3").head_object(Bucket=bucket, Key=key)["VersionId"]
    return version


def deleted(actions: Mapping[str, Actions], types: tuple[str, ...]) -> dict[str, Actions]:
    """The resources of these types that a plan deletes, to remove or to replace them."""
    return {
        address: each
        for address, each in actions.items()
        if "delete" in each and address.partition(".")[0] in types
    }


@pytest.fixture(scope="module")
def planned(staging: Deployment) -> dict[str, Plan]:
    """Each plan in PLANS."""
    plans = {}
    route53 = staging.account.client("route53")
    zone = route53.create_hosted_zone(Name=OTHER_ZONE, CallerReference=OTHER_ZONE)["HostedZone"]["Id"]
    for plan, changes in PLANS.items():
        values = {name: change.value for name, change in changes.items()}
        for change in changes.values():
            values |= change.together_with
        system = staging.with_settings(f"changed-{plan}", variables(values))
        plans[plan] = system.plan(refresh=False)
    route53.delete_hosted_zone(Id=zone)
    return plans


@pytest.fixture(scope="module")
def staging_plans(planned: dict[str, Plan]) -> dict[str, dict[str, Actions]]:
    """The actions of each plan in PLANS."""
    return {name: planned_actions(plan) for name, plan in planned.items()}


def actions_of(plan: str, setting: str, plans: Mapping[str, Mapping[str, Actions]]) -> dict[str, Actions]:
    """The actions of a plan that belong to the setting."""
    patterns = PLANS[plan][setting].actions
    return {
        address: actions
        for address, actions in plans[plan].items()
        if any(fnmatchcase(address, pattern) for pattern in patterns)
    }


@pytest.mark.parametrize(("plan", "setting"), SETTINGS)
def test_the_change_has_the_expected_actions(
    plan: str, setting: str, staging_plans: dict[str, dict[str, Actions]]
) -> None:
    for pattern, actions in PLANS[plan][setting].actions.items():
        found = {
            address: each for address, each in staging_plans[plan].items() if fnmatchcase(address, pattern)
        }
        assert found, f"the plan changes no {pattern}"
        assert found == dict.fromkeys(found, actions)


@pytest.mark.parametrize("plan", PLANS)
def test_no_setting_changes_another_resource(plan: str, staging_plans: dict[str, dict[str, Actions]]) -> None:
    attributed = {address for setting in PLANS[plan] for address in actions_of(plan, setting, staging_plans)}
    assert staging_plans[plan].keys() - attributed == set()


@pytest.mark.parametrize("plan", PLANS)
def test_the_picture_of_a_plan_shows_every_resource_of_it(plan: str, planned: dict[str, Plan]) -> None:
    resources = of_plan(planned[plan].document)
    changed = {each.address for each in resources if each.action != "none"}

    assert {re.sub(r"_[0-9A-F]{8}$", "", each) for each in changed} == planned_actions(planned[plan]).keys()
    assert architecture(resources).shown == {each.address for each in resources}


def test_the_picture_of_a_plan_shows_which_port_comes_and_which_goes(planned: dict[str, Plan]) -> None:
    port = PLANS["second"]["SERVICE__PORT"].value
    arrows = architecture(of_plan(planned["second"].document)).arrows
    (found,) = (each for each in arrows if (each.source, each.target) == ("load-balancer", "service"))

    actions = {each: {rule.action for rule in rules} for each, rules in found.ports.items()}
    assert actions == {"8080": {"delete"}, port: {"create"}}


@pytest.mark.parametrize(("plan", "setting"), SETTINGS)
def test_the_actions_are_those_of_the_stated_effect(
    plan: str, setting: str, staging_plans: dict[str, dict[str, Actions]]
) -> None:
    actions = actions_of(plan, setting, staging_plans)
    replaced = {address for address, each in actions.items() if each in REPLACED}
    group, name = VARIABLES[f"{PREFIX}{setting}"]
    match change_of(GROUPS[group].model_fields[name]).effect:
        case Effect.IN_PLACE:
            assert replaced == set()
        case Effect.ROLLING:
            # A rotation replaces versions of secrets that no task uses, and invokes the role manager again.
            assert {each for each in replaced if each.partition(".")[0] not in UNNOTICED} == {TASK_DEFINITION}
            assert actions[SERVICE] == UPDATE
        case Effect.REPLACED:
            # What is replaced must exist first: see the test of the other direction.
            assert deleted(actions, STATEFUL) == {}
        case effect:
            # What is interrupted is not in a plan: AWS restarts a database instance that is updated in place.
            assert effect == Effect.INTERRUPTION


@pytest.mark.parametrize("plan", PLANS)
def test_no_change_in_staging_deletes_what_holds_data(
    plan: str, staging_plans: dict[str, dict[str, Actions]]
) -> None:
    assert deleted(staging_plans[plan], HOLD_DATA) == {}


def test_only_named_settings_delete_another_stateful_resource(
    staging_plans: dict[str, dict[str, Actions]],
) -> None:
    """The certificate's successor is used before it is deleted, a rotation replaces the secret's version, and
    the addresses of NAT gateways and the suffix of a snapshot's name are given up."""
    found = {
        setting for plan, setting in SETTINGS if deleted(actions_of(plan, setting, staging_plans), STATEFUL)
    }
    assert found == {
        "DOMAIN__HOSTED_ZONE",
        "DOMAIN__NAME",
        "NETWORK__NAT_GATEWAYS",
        "DATABASE__FINAL_SNAPSHOT",
        "DATABASE__PASSWORD_VERSION",
        "DATABASE__ROTATION_MONTHS",
    }


@pytest.mark.parametrize("name", OTHER_DIRECTION)
def test_no_change_in_the_other_direction_deletes_what_holds_data(name: str, background: Background) -> None:
    deployment = background.result(profiles.DEPLOYED[name])
    system = deployment.with_settings("changed-back", variables(OTHER_DIRECTION[name]))
    actions = planned_actions(system.plan(refresh=False))
    assert deleted(actions, HOLD_DATA) == {}
    if "MONITORING__ALARM_EMAIL" in OTHER_DIRECTION[name]:
        assert actions["aws_sns_topic_subscription.notifications_email"] in REPLACED


@pytest.fixture(scope="module")
def messages(staging: Deployment) -> str:
    """The messages of an apply with other values of all fixed settings; white space is one space."""
    before = state_version(staging)
    with pytest.raises(TerraformError) as error:
        staging.with_settings("fixed", variables(FIXED)).apply()
    assert state_version(staging) == before
    return " ".join(str(error.value).split())


class TestFixedForLife:
    @pytest.mark.parametrize("setting", FIXED)
    def test_the_message_has_the_setting_both_values_and_the_way_out(
        self, setting: str, messages: str, staging: Deployment
    ) -> None:
        group, name = VARIABLES[f"{PREFIX}{setting}"]
        applied = staging.system.outputs()["fixed_settings"][f"{group}.{name}"]
        way_out = change_of(GROUPS[group].model_fields[name]).note
        assert (
            f"{group}.{name} is {FIXED[setting]}: must remain {applied}, the deployed value. Nothing "
            f"has been changed. {way_out}"
        ) in messages

    def test_there_are_no_other_errors(self, messages: str) -> None:
        assert (
            messages.count("Error: ") == messages.count("Error: Resource precondition failed") == len(FIXED)
        )

    @pytest.mark.parametrize("setting", FIXED)
    def test_the_effect_is_fixed_for_life(self, setting: str) -> None:
        group, name = VARIABLES[f"{PREFIX}{setting}"]
        assert change_of(GROUPS[group].model_fields[name]).effect == Effect.FIXED


def test_a_plan_refuses_a_secret_of_another_account(staging: Deployment) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:{}:secret:provider-a1B2c3"
    secrets = {"PROVIDER_API_KEY": arn.format("999999999999"), "WEBHOOK_SECRET": arn.format("222222222222")}
    before = state_version(staging)
    system = staging.with_settings("foreign-secret", variables({"SERVICE__SECRETS": json.dumps(secrets)}))
    with pytest.raises(TerraformError) as error:
        system.apply()
    message = " ".join(str(error.value).split())
    assert (
        "service.secrets maps PROVIDER_API_KEY to account 999999999999: must be secrets of 222222222222, the "
        "account of the deployment. Nothing has been changed." in message
    )
    assert message.count("Error: ") == 1
    assert state_version(staging) == before


class TestStateStack:
    """The settings of the state stack, whose state is a local file."""

    def plan(self, staging: Deployment, folder: Path, **settings: str) -> Plan:
        stacks = synthesize(
            folder / "cdktf.out",
            staging.environment | profiles.settings_of("staging") | variables(settings),
        )
        stack = Terraform(stacks[STATE_STACK], folder / "stack", environment=staging.environment)
        stack.init(path=str(staging.state.directory / "terraform.tfstate"))
        return stack.plan(refresh=False)

    def test_another_bucket_is_refused(self, staging: Deployment, tmp_path: Path) -> None:
        with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
            self.plan(staging, tmp_path, STATE__BUCKET="another-state")

    def test_another_alias_replaces_only_the_alias(self, staging: Deployment, tmp_path: Path) -> None:
        actions = planned_actions(self.plan(staging, tmp_path, STATE__KEY_ALIAS="another"))
        assert actions == {"aws_kms_alias.key_alias": DELETE_THEN_CREATE}
