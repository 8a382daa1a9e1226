"""Terraform killed in the middle of an apply, as by a lost machine or a cancelled pipeline."""

import json
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import pytest

from tests.deployed.faults import recovery
from tests.deployed.faults.accounts import Passwords, Scenario, scenario
from tests.deployed.faults.kill_point import KillPoint, apply_until
from tests.deployed.faults.recovery import Adopted, Thing
from tests.deployed.faults.wire import Call
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, TerraformError

KILLS = 10
# They come within as many calls that change something. A first apply of staging makes 164, and all that it
# takes after ten kills makes some 240, since what was lost and is not adopted is done again.
CALLS = 200
# With it, backup vault and plan and the subscription, which dev has not, get lost as well.
_SEED = 6
# With this, what payments run on has every type of resource that the stack knows.
ALARM_EMAIL = "on-call@example.net"

# AWS makes a security group with a rule that lets all out. Terraform may not have got to taking that away,
# and does not see it in a group that is adopted.
_NOT_ADOPTED = "aws_security_group"


class AfterCalls(KillPoint):
    """While the answer to the n-th call that changes something, the state aside, is on its way."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._left = calls
        self._count = Lock()

    def after(self, call: Call) -> None:
        """Count, and kill at the n-th or whatever comes after it."""
        with self._count:
            self._left -= not call.reads and "/terraform.tfstate" not in call.operation
            there = self._left <= 0
        if there:
            self.strike(call)


@dataclass(frozen=True)
class Killed:
    """One kill: the call that it struck; the lock that it left, and what the next apply said of it; what was
    still being created, how many were adopted, and which of them by the id that was found, or deleted."""

    struck: str
    lock: dict[str, str]
    refusal: str
    in_flight: dict[str, str]
    adopted: int
    found: dict[str, str]
    deleted: list[Thing]


@dataclass(frozen=True)
class Kills:
    """The kills, after how many calls in all each came, the types of all that was put up; and after an apply
    that was left to end: the plan, what stands that the state does not know, what is left to adopt or to
    find, the passwords, and the addresses that are subscribed to the alarms."""

    points: list[int]
    types: set[str]
    kills: list[Killed]
    plan: Plan
    unknown: list[Thing]
    left: Adopted
    passwords: Passwords
    subscribed: list[str]


class _Person:
    """Who applies, and picks up the pieces when that was killed, with the steps of the README."""

    def __init__(self, made: Scenario, log: Path) -> None:
        """All that Terraform says is added to the log, as with `tee -a`."""
        self.system = made.deployment.system
        self._made = made
        self._log = log
        self._before = set(recovery.standing(made.account))

    def apply_until(self, point: KillPoint) -> None:
        """Apply, and be killed there."""
        self._note(apply_until(point, self.system, self._made.proxy).stdout)

    def apply(self) -> None:
        """Apply to the end."""
        self.system.on_line = lambda line: self._note(f"{line}\n")
        self.system.apply()

    def recover(self, struck: str) -> Killed:
        """Take the lock away, adopt what was created, find what was being created, and adopt or delete it."""
        lock = self._made.lock()
        with pytest.raises(TerraformError) as refused:
            self.system.apply()
        self.system.unlock(lock["ID"])
        in_flight = self.adopt().in_flight
        created = recovery.created(self._log)
        types = {address.partition(".")[0] for address in in_flight}
        lost = [each for each in self.unknown() if each.type_ in types and each not in created]
        found = {
            address: thing.id_
            for address, name in in_flight.items()
            for thing in lost
            if address.partition(".")[0] == thing.type_ != _NOT_ADOPTED
            and name in recovery.names(self._made.account, thing)
        }
        self._note("".join(f"\n{address}={id_}\n" for address, id_ in found.items()))
        deleted = [thing for thing in lost if thing.id_ not in found.values()]
        for thing in deleted:
            recovery.KINDS[thing.type_].remove(self._made.account, thing.id_)
        return Killed(struck, lock, str(refused.value), in_flight, self.adopt().blocks, found, deleted)

    def adopt(self) -> Adopted:
        """All that the log knows by now."""
        return recovery.adopt(self.system, self._log)

    def _note(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(text)

    def unknown(self) -> list[Thing]:
        """What stands that was not there before, and that the state does not know."""
        accounted_for = self._before | recovery.known(self.system)
        return [thing for thing in recovery.standing(self._made.account) if thing not in accounted_for]


def _kill_ten_times(emulator: Emulator, directory: Path) -> Kills:
    """Kill ten times, each time further on, and pick up the pieces; then let an apply end."""
    draw = random.Random(_SEED)  # noqa: S311 - a repeatable draw, not a secret
    points = sorted(draw.sample(range(1, CALLS), KILLS))
    settings = {"PAYMENT_API_MONITORING__ALARM_EMAIL": ALARM_EMAIL}
    with scenario(emulator, "444444444421", directory, settings, profile="staging") as made:
        person = _Person(made, directory / "apply.log")
        kills = []
        for last, next_ in pairwise([0, *points]):
            point = AfterCalls(next_ - last)
            person.apply_until(point)
            kills.append(person.recover(str(point.struck)))
        person.apply()
        left = person.adopt()
        plan = person.system.plan()
        types = set(json.loads((person.system.directory / "cdk.tf.json").read_text("utf-8"))["resource"])
        subscriptions = made.account.client("sns").list_subscriptions()["Subscriptions"]
        return Kills(
            points,
            types,
            kills,
            plan,
            person.unknown(),
            left,
            made.passwords(),
            [each["Endpoint"] for each in subscriptions],
        )


KILLED = Work("killed", _kill_ten_times)
