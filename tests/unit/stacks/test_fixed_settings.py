"""Settings that are fixed for life: recorded by each apply, and compared by each plan."""

import json

from constructs_lib.settings.changes import fixed_settings
from tests.unit.synthesis import Block, Synthesized

LAST = "one(data.terraform_remote_state.last-state).outputs.fixed_settings"


def preconditions(stack: Synthesized) -> dict[str, Block]:
    """The preconditions on settings by the name of the setting, with which the message begins."""
    caller = stack.document["data"]["aws_caller_identity"]["caller"]
    return {
        each["error_message"].partition(" ")[0]: each
        for each in caller["lifecycle"]["precondition"]
        if LAST in each["condition"]
    }


def test_an_apply_records_the_values_of_the_fixed_settings(every: Synthesized) -> None:
    settings = every.settings
    assert every.document["output"]["fixed_settings"]["value"] == {
        "network.cidr": settings.network.cidr,
        "network.zones": json.dumps(settings.zones),
        "database.database_name": settings.database.database_name,
        "database.master_username": settings.database.master_username,
    }


def test_a_plan_compares_every_fixed_setting_with_the_last_apply(every: Synthesized) -> None:
    assert {name: each["condition"] for name, each in preconditions(every).items()} == {
        each.name: f'${{try({LAST}["{each.name}"], {json.dumps(each.text)}) == {json.dumps(each.text)}}}'
        for each in fixed_settings(every.settings)
    }


def test_the_message_has_both_values_and_the_way_out(dev: Synthesized) -> None:
    message = preconditions(dev)["network.cidr"]["error_message"]
    applied = f'${{try({LAST}["network.cidr"], "10.0.0.0/16")}}'
    assert message.startswith(f"network.cidr is 10.0.0.0/16: must remain {applied}, the deployed value. ")
    assert message.endswith("deploy with another suffix and move the data there.")
