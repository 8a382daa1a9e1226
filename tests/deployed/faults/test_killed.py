"""Terraform is killed ten times while it puts one deployment up, and a person picks up the pieces.

On AWS all takes longer: what was being created may have to become available before it can be adopted or
deleted, and a deleted key stays for days, unused.
"""

import pytest

from constructs_lib.commands.adopt import WRITTEN_AGAIN_TYPES
from tests.deployed.faults import killing, recovery
from tests.deployed.faults.killing import Kills
from tests.emulator.background import Background


@pytest.fixture(scope="session")
def killed(background: Background) -> Kills:
    """After ten kills, and an apply that was left to end."""
    return background.result(killing.KILLED)


def test_terraform_is_killed_at_ten_points_from_the_beginning_to_the_end(killed: Kills) -> None:
    """On AWS other things would be under way at the same points, since each takes its own time there."""
    assert len(killed.kills) == killing.KILLS == 10
    assert min(killed.points) < killing.CALLS / 4
    assert max(killed.points) > killing.CALLS * 3 / 4


def test_the_lock_of_a_killed_apply_is_reported_with_its_holder(killed: Kills) -> None:
    """That the next apply gets past it shows that the README's force-unlock released it, each time. AWS would
    show the same."""
    for kill in killed.kills:
        assert "Error acquiring the state lock" in kill.refusal
        assert kill.lock["ID"] in kill.refusal
        assert kill.lock["Who"] in kill.refusal


def test_what_the_state_lost_was_there_to_be_adopted(killed: Kills) -> None:
    """Terraform writes its state every 20 seconds. AWS is slower than the emulator, so less is lost there."""
    assert sum(kill.adopted for kill in killed.kills) > 50


def test_what_was_being_created_was_found_and_adopted_or_deleted(killed: Kills) -> None:
    """By the type and the name that `pipenv run adopt` says. On AWS a list of all that has the stack's tags
    shows most of it at once; the emulator's list of tags is incomplete."""
    assert any(kill.found for kill in killed.kills)
    assert any(kill.deleted for kill in killed.kills)


def test_an_apply_converges_after_ten_kills(killed: Kills) -> None:
    """On AWS some things are not there at once for who asks right after; the emulator always agrees with
    itself."""
    assert killed.plan.empty, killed.plan.text


def test_nothing_stands_that_the_state_does_not_know(killed: Kills) -> None:
    """On AWS a deleted key stands for some more days, and a definition of tasks for ever, inactive."""
    assert killed.unknown == []


def test_nothing_is_left_to_adopt_or_to_find(killed: Kills) -> None:
    """The command asks AWS nothing, so AWS would show the same."""
    assert killed.left == recovery.Adopted(0, {})


def test_every_type_is_looked_for_or_cannot_be_lost(killed: Kills) -> None:
    """What is written again belongs to something else. `random_id` is in the state and nowhere else."""
    looked_for = set(recovery.KINDS)
    assert killed.types == looked_for | (killed.types & WRITTEN_AGAIN_TYPES) | {"random_id"}
    assert not looked_for & WRITTEN_AGAIN_TYPES


def test_the_alarm_address_is_subscribed_once(killed: Kills) -> None:
    """AWS mails an address that has not confirmed yet whenever it is subscribed again."""
    assert killed.subscribed == [killing.ALARM_EMAIL]


def test_database_and_secret_agree_after_ten_kills(killed: Kills) -> None:
    """On AWS nobody can look at the cluster's password; only a login shows it."""
    assert killed.passwords.in_database == killed.passwords.in_secret
