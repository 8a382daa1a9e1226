"""One call of an apply is refused for good, and the next apply finds AWS well again."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.emulator.account import Account
from tests.emulator.backends import master_password
from tests.emulator.faults.accounts import Scenario
from tests.emulator.faults.conftest import scenario_or_skip
from tests.emulator.faults.proxy import Nothing, Refusing
from tests.emulator.faults.wire import Refusal
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, TerraformError

# An error that none of the AWS SDKs repeats, with a message that could come from here only.
REFUSAL = Refusal("AccessDeniedException", "refused by the test of faults", HTTPStatus.BAD_REQUEST)
# Operation → the account in which it is refused.
ACCOUNTS = {
    "CreateDBCluster": "444444444411",
    "PutSecretValue": "444444444412",
    "CreateService": "444444444413",
    "CreateWebACL": "444444444414",
    "CreateListener": "444444444415",
    "PutDashboard": "444444444416",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a deployment: the first apply's error, how often the fault was met, and how it
    stands after a second apply without the fault."""

    error: str
    met: int
    account: Account
    name: str
    plan: Plan


def suffer(operation: str, scenario: Scenario) -> Outcome:
    """Apply with the operation refused, apply again without, and plan."""
    system = scenario.deployment.system
    scenario.proxy.fault = fault = Refusing(operation, REFUSAL)
    with pytest.raises(TerraformError) as raised:
        system.apply()
    scenario.proxy.fault = Nothing()
    system.apply()
    return Outcome(str(raised.value), fault.met, scenario.account, scenario.deployment.name, system.plan())


@pytest.fixture(scope="module")
def outcomes(emulator: Emulator, directory: Path) -> Iterator[dict[str, Future[Outcome]]]:
    """All at the same time, each in an account of its own: most of an apply is waiting."""

    def deploy(operation: str) -> Outcome:
        with scenario_or_skip(emulator, ACCOUNTS[operation], directory) as made:
            return suffer(operation, made)

    with ThreadPoolExecutor(max_workers=len(ACCOUNTS)) as pool:
        yield {operation: pool.submit(deploy, operation) for operation in ACCOUNTS}


@pytest.fixture(params=ACCOUNTS)
def outcome(request: pytest.FixtureRequest, outcomes: dict[str, Future[Outcome]]) -> Outcome:
    """Each operation's in turn."""
    return outcomes[request.param].result()


def test_the_refused_call_was_made(outcome: Outcome) -> None:
    assert outcome.met >= 1


def test_the_apply_reports_the_refused_call(outcome: Outcome) -> None:
    """AWS's message would say which action of whom is denied on what."""
    assert "AccessDeniedException" in outcome.error
    assert REFUSAL.message in " ".join(outcome.error.split())


def test_the_next_apply_converges_after_a_refused_call(outcome: Outcome) -> None:
    """On AWS some things are not there at once for who asks right after; the emulator always agrees
    with itself."""
    assert outcome.plan.empty, outcome.plan.text


def test_database_and_secret_agree_after_a_refused_call(outcome: Outcome) -> None:
    """On AWS nobody can look at the cluster's password; only a login shows it."""
    account = outcome.account
    (secret,) = account.client("secretsmanager").list_secrets()["SecretList"]
    value = account.client("secretsmanager").get_secret_value(SecretId=secret["ARN"])["SecretString"]
    password = json.loads(value)["password"]
    assert master_password(account, outcome.name) == password
    assert len(password) == 32
    assert password.isalnum()
