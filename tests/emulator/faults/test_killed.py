"""Terraform is killed ten times while it puts one deployment up, and a person picks up the pieces."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.emulator import processes
from tests.emulator.backends import master_password
from tests.emulator.faults import recovery
from tests.emulator.faults.accounts import Scenario
from tests.emulator.faults.conftest import SEED, scenario_or_skip
from tests.emulator.faults.killing import KillPoint, apply_and_kill
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, TerraformError

KILLS = 10
# At most this many further calls that write, until the next kill; an apply makes some 200 in all.
_FURTHEST = 20


@dataclass
class Kills:
    """What was seen: for each kill the call that it struck, the lock, and what the next apply said."""

    scenario: Scenario
    calls: list[str] = field(default_factory=list)
    locks: list[dict[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    adopted: list[int] = field(default_factory=list)
    deleted: list[list[str]] = field(default_factory=list)
    plan: Plan | None = None
    unknown: list[str] = field(default_factory=list)


def recover(kills: Kills, log: Path) -> None:
    """The README's steps: the lock, then what was created, then what was being created."""
    scenario, system = kills.scenario, kills.scenario.deployment.system
    lock = scenario.lock()
    kills.locks.append(lock)
    with pytest.raises(TerraformError) as refused:
        system.apply()
    kills.refusals.append(str(refused.value))
    unlocked = processes.run(
        ("terraform", "force-unlock", "-force", lock["ID"]),
        directory=system.directory,
        environment=system.environment,
    )
    assert unlocked.exit_code == 0, unlocked.stderr
    said = log.read_text("utf-8")
    kills.adopted.append(recovery.adopt(system, scenario.account, said))
    ids = set(recovery.known(system).values()) | set(recovery.created(said).values())
    left = recovery.leftovers(scenario.account, ids)
    for kind, id_ in left:
        kind.remove(scenario.account, id_)
    kills.deleted.append([id_ for _, id_ in left])


@pytest.fixture(scope="module")
def kills(emulator: Emulator, directory: Path) -> Iterator[Kills]:
    """Killed ten times, each time further on; then left to end."""
    draw = random.Random(SEED)  # noqa: S311 - a repeatable draw, not a secret
    with scenario_or_skip(emulator, "444444444421", directory) as made:
        seen = Kills(made)
        log = directory / "killed.log"
        system = made.deployment.system
        for _ in range(KILLS):
            point = KillPoint(draw.randint(1, _FURTHEST))
            assert apply_and_kill(system, made.proxy, point, log), log.read_text("utf-8")[-4000:]
            seen.calls.append(str(point.call))
            recover(seen, log)
        system.apply()
        seen.plan = system.plan()
        ids = set(recovery.known(system).values())
        seen.unknown = [id_ for _, id_ in recovery.leftovers(made.account, ids)]
        yield seen


def test_terraform_was_killed_ten_times(kills: Kills) -> None:
    assert len(kills.calls) == KILLS


def test_the_lock_of_a_killed_apply_is_reported_with_its_holder(kills: Kills) -> None:
    for lock, refusal in zip(kills.locks, kills.refusals, strict=True):
        assert "Error acquiring the state lock" in refusal
        assert lock["ID"] in refusal
        assert lock["Who"] in refusal


def test_the_apply_converges_after_ten_kills(kills: Kills) -> None:
    """AWS takes minutes for a database that the emulator has at once: what was being created may have to
    become available before it can be deleted or imported."""
    assert kills.plan is not None
    assert kills.plan.empty, kills.plan.text


def test_what_the_state_lost_was_there_to_be_recovered(kills: Kills) -> None:
    """Terraform writes its state to the bucket every 20 seconds: most of what stood was not in it."""
    assert sum(kills.adopted) > 0
    assert any(kills.deleted)


def test_nothing_stands_that_the_state_does_not_know(kills: Kills) -> None:
    assert kills.unknown == []


def test_database_and_secret_agree_after_ten_kills(kills: Kills) -> None:
    account = kills.scenario.account
    (secret,) = account.client("secretsmanager").list_secrets()["SecretList"]
    value = account.client("secretsmanager").get_secret_value(SecretId=secret["ARN"])["SecretString"]
    assert master_password(account, kills.scenario.deployment.name) == json.loads(value)["password"]
