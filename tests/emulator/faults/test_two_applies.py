"""Two people apply at the same time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from tests.emulator.faults.conftest import Throttled
from tests.emulator.faults.proxy import Nothing
from tests.emulator.faults.wire import Call
from tests.emulator.terraform import Plan, TerraformError

# What each of the two wants. Only one can have it.
LOG_DAYS = ("400", "545")
_LONGEST_SECONDS = 120.0


class Slow(Nothing):
    """Whoever gets as far as asking for a log group is kept waiting for the answer."""

    def __init__(self) -> None:
        self.over = Event()

    def after(self, call: Call) -> None:
        """Wait."""
        if call.service == "logs":
            self.over.wait(_LONGEST_SECONDS)


@dataclass(frozen=True)
class Contest:
    """The error of each of the two, None where there was none; the lock while one held it; the plan of the
    one that went through, afterwards; and the days of the log groups."""

    errors: list[str | None]
    lock: dict[str, str]
    plan: Plan
    days: set[int]


@pytest.fixture(scope="module")
def contest(throttled: Throttled) -> Contest:
    """Two working copies, both applied at once: the one that gets the lock holds it until the other is
    through."""
    scenario = throttled.scenario
    copies = [
        scenario.deployment.changed(f"d{days}", {"PAYMENT_API_MONITORING__LOG_RETENTION_DAYS": days})
        for days in LOG_DAYS
    ]
    scenario.proxy.fault = slow = Slow()
    lock: dict[str, str] = {}

    def apply(number: int) -> str | None:
        try:
            copies[number].apply()
        except TerraformError as error:
            if not slow.over.is_set():
                lock.update(scenario.lock())
            return str(error)
        finally:
            slow.over.set()
        return None

    with ThreadPoolExecutor(max_workers=len(copies)) as pool:
        errors = list(pool.map(apply, range(len(copies))))
    scenario.proxy.fault = Nothing()
    groups = scenario.account.client("logs").describe_log_groups()["logGroups"]
    plan = copies[errors.index(None)].plan()
    return Contest(errors, lock, plan, {group["retentionInDays"] for group in groups})


def test_exactly_one_of_two_applies_proceeds(contest: Contest) -> None:
    """S3 decides by a conditional write, which AWS makes atomic across all who write; the emulator answers
    one at a time anyway."""
    assert contest.errors.count(None) == 1


def test_the_refused_apply_names_who_holds_the_lock(contest: Contest) -> None:
    (error,) = filter(None, contest.errors)
    assert "Error acquiring the state lock" in error
    assert contest.lock["ID"] in error
    assert contest.lock["Who"] in error


def test_the_state_is_whole_after_two_applies(contest: Contest) -> None:
    assert contest.plan.empty, contest.plan.text


def test_only_one_of_two_applies_changed_anything(contest: Contest) -> None:
    assert contest.days == {int(LOG_DAYS[contest.errors.index(None)])}
