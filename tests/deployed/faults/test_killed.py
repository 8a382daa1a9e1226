"""Terraform is killed ten times while it deploys, and an operator recovers with the documented steps.

On AWS everything takes longer: a resource that was being created may have to become available before it can
be adopted or deleted, and a deleted key remains for days, disabled.
"""

import pytest

from constructs_lib.commands.adopt import WRITTEN_AGAIN_TYPES
from tests.deployed.faults import killing, recovery
from tests.deployed.faults.killing import Kills
from tests.emulator.background import Background


@pytest.fixture(scope="session")
def killed(background: Background) -> Kills:
    """The outcome of ten killed applies and one that was not killed."""
    return background.result(killing.KILLED)


def test_terraform_is_killed_at_ten_points_spread_over_the_apply(killed: Kills) -> None:
    """On AWS other calls would be in progress at these points, because resources take longer there."""
    assert len(killed.kills) == killing.KILLS == 10
    assert min(killed.points) < killing.CALLS / 4
    assert max(killed.points) > killing.CALLS * 3 / 4


def test_the_next_apply_reports_the_lock_of_the_killed_apply_and_its_holder(killed: Kills) -> None:
    """The apply after it succeeds only because the documented force-unlock has released the lock. AWS behaves
    the same."""
    for kill in killed.kills:
        assert "Error acquiring the state lock" in kill.lock_error
        assert kill.lock["ID"] in kill.lock_error
        assert kill.lock["Who"] in kill.lock_error


def test_resources_that_the_state_had_lost_were_adopted(killed: Kills) -> None:
    """Terraform writes its state every 20 seconds. AWS is slower than the emulator, so fewer resources are
    lost there."""
    assert sum(kill.adopted for kill in killed.kills) > 50


def test_unfinished_resources_were_found_and_adopted_or_deleted(killed: Kills) -> None:
    """`pipenv run adopt` prints the type and the name to search for. On AWS the Resource Groups Tagging API
    lists most of them at once; the emulator's implementation of it is incomplete."""
    assert any(kill.found for kill in killed.kills)
    assert any(kill.deleted for kill in killed.kills)


def test_the_apply_after_ten_kills_completes_and_the_next_plan_is_empty(killed: Kills) -> None:
    """AWS is eventually consistent: a new resource may not be visible at once. The emulator is consistent."""
    assert killed.plan.empty, killed.plan.text


def test_no_resource_exists_outside_the_state(killed: Kills) -> None:
    """On AWS a deleted key exists for some more days, and an inactive task definition indefinitely."""
    assert killed.unknown == []


def test_no_resource_is_left_to_adopt_or_to_find(killed: Kills) -> None:
    """The adopt command makes no call to AWS, so its result on AWS is the same."""
    assert killed.left == recovery.Adopted(0, {})


def test_every_resource_type_is_searched_for_or_cannot_be_lost(killed: Kills) -> None:
    """The next apply writes the attributes of other resources again, and `random_id` exists only in the
    state."""
    searched = set(recovery.KINDS)
    assert killed.types == searched | (killed.types & WRITTEN_AGAIN_TYPES) | {"random_id"}
    assert not searched & WRITTEN_AGAIN_TYPES


def test_the_alarm_address_is_subscribed_once(killed: Kills) -> None:
    """AWS sends another confirmation request whenever an unconfirmed address is subscribed again."""
    assert killed.subscribed == [killing.ALARM_EMAIL]


def test_database_and_secret_have_the_same_password_after_ten_kills(killed: Kills) -> None:
    """On AWS the cluster's password cannot be read; only a login verifies it."""
    assert killed.passwords.in_database == killed.passwords.in_secret
