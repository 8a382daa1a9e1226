"""What became of deployments to which something happened, each in an account of its own."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.deployed.faults.accounts import Passwords, Scenario, scenario
from tests.deployed.faults.injected import LocksTogether, Throttling, Unreliable
from tests.deployed.faults.proxy import Nothing, Refusing
from tests.deployed.faults.wire import Refusal
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, TerraformError

SEED = 4
# Operation → the account in which it is refused.
_REFUSED = {
    "CreateDBCluster": "444444444411",
    "PutSecretValue": "444444444412",
    "CreateService": "444444444413",
    "CreateWebACL": "444444444414",
    "CreateListener": "444444444415",
    "PutDashboard": "444444444416",
}
# Of dev's services none speaks REST with JSON; AWS Backup does.
_WITH_BACKUP = {"PAYMENT_API_DATABASE__VAULT_BACKUPS": "true"}
# As staging and prod have it.
_PROTECTED = {"PAYMENT_API_DATABASE__DELETION_PROTECTION": "true"}
# What the second of two people wants. The first wants what stands in the settings anyway.
LOG_DAYS = (365, 545)
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class Throttled:
    """How often an apply was throttled, and the plan after it."""

    fault: Throttling
    plan: Plan


def _throttle(emulator: Emulator, directory: Path) -> Throttled:
    """Apply while one call in ten is throttled."""
    with scenario(emulator, "444444444401", directory, _WITH_BACKUP) as made:
        made.proxy.fault = fault = Throttling(share=0.1, seed=SEED)
        made.deployment.system.apply()
        made.proxy.fault = Nothing()
        return Throttled(fault, made.deployment.system.plan())


@dataclass(frozen=True)
class CutOff:
    """What the network did to an apply, and the plan and passwords after it."""

    fault: Unreliable
    plan: Plan
    passwords: Passwords


def _cut_off(emulator: Emulator, directory: Path) -> CutOff:
    """Apply while one call in ten gets lost, and one in ten is late."""
    with scenario(emulator, "444444444402", directory) as made:
        made.proxy.fault = fault = Unreliable(share=0.1, latest_seconds=2.0, seed=SEED)
        made.deployment.system.apply()
        made.proxy.fault = Nothing()
        return CutOff(fault, made.deployment.system.plan(), made.passwords())


@dataclass(frozen=True)
class Refused:
    """A first apply in which one operation was refused: what was said to Terraform and what it said itself,
    and how much it had created by then. The plan and the passwords after a second apply without the fault."""

    refusals: list[Refusal]
    error: str
    created: int
    plan: Plan
    passwords: Passwords


def _refuse(operation: str, emulator: Emulator, directory: Path) -> Refused:
    """Apply with the operation refused, apply again without, and plan."""
    with scenario(emulator, _REFUSED[operation], directory) as made:
        system = made.deployment.system
        made.proxy.fault = fault = Refusing(operation)
        with pytest.raises(TerraformError) as raised:
            system.apply()
        made.proxy.fault = Nothing()
        system.apply()
        created = raised.value.finished.stdout.count("Creation complete")
        return Refused(fault.met, str(raised.value), created, system.plan(), made.passwords())


@dataclass(frozen=True)
class HalfMade:
    """A protected key that was created, and whose rotation was refused: what the next apply said; whether AWS
    rotates each of the account's keys, by its id, then and after the README's way out and one more apply."""

    error: str
    before: dict[str, bool]
    after: dict[str, bool]


def _leave_half_made(emulator: Emulator, directory: Path) -> HalfMade:
    """Apply one key with its rotation refused, again without, and once more when it is untainted."""
    with scenario(emulator, "444444444417", directory, _PROTECTED) as made:
        system = made.deployment.system
        document = json.loads((system.directory / "cdk.tf.json").read_text("utf-8"))
        key = f"aws_kms_key.{next(iter(document['resource']['aws_kms_key']))}"
        made.proxy.fault = Refusing("EnableKeyRotation")
        with pytest.raises(TerraformError, match="AccessDenied"):
            system.apply(key)
        made.proxy.fault = Nothing()
        with pytest.raises(TerraformError) as stuck:
            system.apply(key)
        before = _rotated_keys(made)
        system.untaint(key)
        system.apply(key)
        return HalfMade(str(stuck.value), before, _rotated_keys(made))


def _rotated_keys(made: Scenario) -> dict[str, bool]:
    """Whether AWS rotates each key of the account."""
    kms = made.account.client("kms")
    ids = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    return {id_: kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"] for id_ in ids}


@dataclass(frozen=True)
class Contest:
    """Whether both asked for the lock at once; the error of each, None where there was none; the lock while
    one held it; and afterwards the plan of the one that went through, and the days of all log groups."""

    together: bool
    errors: list[str | None]
    lock: dict[str, str]
    plan: Plan
    days: set[int]


def _compete(emulator: Emulator, directory: Path) -> Contest:
    """Apply two working copies of one deployment at the same time."""
    with scenario(emulator, "444444444403", directory) as made:
        other = {"PAYMENT_API_MONITORING__LOG_RETENTION_DAYS": str(LOG_DAYS[1])}
        copies = [made.deployment.system, made.deployment.with_settings("other", other)]
        made.proxy.fault = fault = LocksTogether(len(copies), longest_seconds=_LONGEST_SECONDS)
        held: dict[str, str] = {}

        def apply(number: int) -> str | None:
            try:
                copies[number].apply()
            except TerraformError as error:
                # The other has hardly begun, and holds the lock for as long as it applies.
                held.update(made.lock())
                return str(error)
            return None

        with ThreadPoolExecutor(max_workers=len(copies)) as pool:
            errors = list(pool.map(apply, range(len(copies))))
        made.proxy.fault = Nothing()
        return Contest(fault.met, errors, held, copies[errors.index(None)].plan(), _log_days(made))


def _log_days(made: Scenario) -> set[int]:
    """For how many days each log group keeps what is in it."""
    groups = made.account.client("logs").describe_log_groups()["logGroups"]
    return {group["retentionInDays"] for group in groups}


THROTTLED = Work("throttled", _throttle)
CUT_OFF = Work("cut_off", _cut_off)
HALF_MADE = Work("half_made", _leave_half_made)
CONTEST = Work("contest", _compete)
REFUSED: Mapping[str, Work[Refused]] = {
    operation: Work(operation, partial(_refuse, operation)) for operation in _REFUSED
}
