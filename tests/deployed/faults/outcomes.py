"""The outcomes of applies with injected faults, each in an account that nothing else uses."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deployed.faults.accounts import Passwords, Scenario, prepared_scenario
from tests.deployed.faults.injected import SimultaneousLocks, Throttling, Unreliable
from tests.deployed.faults.proxy import DenyOperation, NoFault
from tests.deployed.faults.wire import Refusal
from tests.deployed.lookups import document
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, TerraformError

SEED = 4
# The operations that are denied in each apply of one deployment. Terraform calls those of an apply only if
# the ones before have succeeded, and goes on with whatever does not depend on a denied one.
DENIED_IN_TURN = (
    ("PutSecretValue", "CreateWebACL", "CreateListener"),
    ("CreateDBCluster",),
    ("CreateService",),
    ("PutDashboard",),
)
# AWS Backup adds the REST JSON protocol, which none of the services in the dev profile uses.
_WITH_BACKUP = {"PAYMENT_API_DATABASE__VAULT_BACKUPS": "true"}
# As in staging and prod.
_PROTECTED = {"PAYMENT_API_DATABASE__DELETION_PROTECTION": "true"}
# The log retention of the first apply, which is the default, and of the second.
LOG_DAYS = (365, 545)
_TIMEOUT_SECONDS = 600.0


@dataclass(frozen=True)
class Throttled:
    """The throttled calls of an apply, and the plan after it."""

    fault: Throttling
    plan: Plan


def _throttle(emulator: Emulator, directory: Path) -> Throttled:
    """Apply while one call in ten is throttled."""
    with prepared_scenario(emulator, "444444444401", directory, _WITH_BACKUP) as scenario:
        scenario.proxy.fault = fault = Throttling(share=0.1, seed=SEED)
        scenario.deployment.system.apply()
        scenario.proxy.fault = NoFault()
        return Throttled(fault, scenario.deployment.system.plan())


@dataclass(frozen=True)
class ConnectionsLost:
    """The lost and late calls of an apply, and the plan and passwords after it."""

    fault: Unreliable
    plan: Plan
    passwords: Passwords


def _lose_connections(emulator: Emulator, directory: Path) -> ConnectionsLost:
    """Apply while one call in ten is lost, and one in ten is late."""
    with prepared_scenario(emulator, "444444444402", directory) as scenario:
        scenario.proxy.fault = fault = Unreliable(share=0.1, max_delay_seconds=2.0, seed=SEED)
        scenario.deployment.system.apply()
        scenario.proxy.fault = NoFault()
        return ConnectionsLost(fault, scenario.deployment.system.plan(), scenario.passwords())


@dataclass(frozen=True)
class DeniedApply:
    """An apply in which operations were denied.

    The responses to the denied calls, by operation, Terraform's error, and how many resources the apply has
    created nevertheless.
    """

    responses: Mapping[str, list[Refusal]]
    error: str
    created: int


@dataclass(frozen=True)
class Denied:
    """The applies with denied operations, by operation; the plan and the passwords after one without."""

    applies: Mapping[str, DeniedApply]
    plan: Plan
    passwords: Passwords


def _deny(emulator: Emulator, directory: Path) -> Denied:
    """Apply with operations denied, with others denied, and so on; apply without the fault, and plan."""
    with prepared_scenario(emulator, "444444444411", directory) as scenario:
        system = scenario.deployment.system
        applies: dict[str, DeniedApply] = {}
        for operations in DENIED_IN_TURN:
            scenario.proxy.fault = fault = DenyOperation(*operations)
            with pytest.raises(TerraformError) as raised:
                system.apply()
            created = raised.value.finished.stdout.count("Creation complete")
            applies |= dict.fromkeys(operations, DeniedApply(fault.responses, str(raised.value), created))
        scenario.proxy.fault = NoFault()
        system.apply()
        return Denied(applies, system.plan(), scenario.passwords())


@dataclass(frozen=True)
class IncompleteKey:
    """A protected key that was created, but whose rotation could not be enabled.

    The error of the next apply; and whether rotation is enabled, by key id, before the documented recovery
    and after it.
    """

    error: str
    before: dict[str, bool]
    after: dict[str, bool]


def _leave_key_incomplete(emulator: Emulator, directory: Path) -> IncompleteKey:
    """Apply one key with its rotation denied, again without the fault, and once more after `untaint`."""
    with prepared_scenario(emulator, "444444444417", directory, _PROTECTED) as scenario:
        system = scenario.deployment.system
        keys = document(scenario.deployment)["resource"]["aws_kms_key"]
        key = f"aws_kms_key.{next(iter(keys))}"
        scenario.proxy.fault = DenyOperation("EnableKeyRotation")
        with pytest.raises(TerraformError, match="AccessDenied"):
            system.apply(key)
        scenario.proxy.fault = NoFault()
        with pytest.raises(TerraformError) as blocked:
            system.apply(key)
        before = _key_rotation(scenario)
        system.untaint(key)
        system.apply(key)
        return IncompleteKey(str(blocked.value), before, _key_rotation(scenario))


def _key_rotation(scenario: Scenario) -> dict[str, bool]:
    """Whether rotation is enabled, by the id of each key in the account."""
    kms = scenario.account.client("kms")
    ids = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    return {id_: kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"] for id_ in ids}


@dataclass(frozen=True)
class ConcurrentApplies:
    """Two applies of one deployment at the same time.

    Whether both requested the lock at the same moment; the error of each, None for the one that succeeded;
    the lock while one held it; and afterwards the plan of the one that succeeded, and the retentions of the
    log groups in days.
    """

    simultaneous: bool
    errors: list[str | None]
    lock: dict[str, str]
    plan: Plan
    retentions: set[int]


def _apply_concurrently(emulator: Emulator, directory: Path) -> ConcurrentApplies:
    """Apply two working copies of one deployment at the same time."""
    with prepared_scenario(emulator, "444444444403", directory) as scenario:
        other = {"PAYMENT_API_MONITORING__LOG_RETENTION_DAYS": str(LOG_DAYS[1])}
        copies = [scenario.deployment.system, scenario.deployment.with_settings("other", other)]
        scenario.proxy.fault = fault = SimultaneousLocks(len(copies), timeout_seconds=_TIMEOUT_SECONDS)
        lock: dict[str, str] = {}

        def apply(number: int) -> str | None:
            try:
                copies[number].apply()
            except TerraformError as error:
                # The other apply has just started, and holds the lock until it has finished.
                lock.update(scenario.lock())
                return str(error)
            return None

        with ThreadPoolExecutor(max_workers=len(copies)) as pool:
            errors = list(pool.map(apply, range(len(copies))))
        scenario.proxy.fault = NoFault()
        return ConcurrentApplies(
            fault.reached, errors, lock, copies[errors.index(None)].plan(), _log_retentions(scenario)
        )


def _log_retentions(scenario: Scenario) -> set[int]:
    """The retentions of all log groups, in days."""
    groups = scenario.account.client("logs").describe_log_groups()["logGroups"]
    return {group["retentionInDays"] for group in groups}


THROTTLED = Work("throttled", _throttle)
CONNECTIONS_LOST = Work("connections_lost", _lose_connections)
INCOMPLETE_KEY = Work("incomplete_key", _leave_key_incomplete)
CONCURRENT_APPLIES = Work("concurrent_applies", _apply_concurrently)
DENIED = Work("denied", _deny)
