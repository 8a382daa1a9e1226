"""Random faults between Terraform and the emulator are frequent, but every call succeeds in the end."""

import pytest

from tests.deployed.faults.injected import MAX_FAILED_ATTEMPTS, Draw, Throttling, Unreliable
from tests.deployed.faults.wire import Call

# The attempts that Terraform's S3 backend makes.
ATTEMPTS = 5


def call(operation: str = "GetObject", *, service: str = "s3", invocation: str = "the-call") -> Call:
    """One attempt at a call."""
    return Call(service, operation, "json", invocation=invocation)


def test_a_call_fails_fewer_times_than_its_client_tries() -> None:
    draw = Draw(share=1.0, seed=1)
    assert [draw.fails(call()) for _ in range(ATTEMPTS)] == [True] * MAX_FAILED_ATTEMPTS + [False] * 2


def test_failed_attempts_are_counted_per_call() -> None:
    draw = Draw(share=1.0, seed=1)
    assert all(draw.fails(call(invocation=str(number))) for number in range(100))


def test_the_given_share_of_calls_fails() -> None:
    draw = Draw(share=0.1, seed=1)
    assert 80 <= sum(draw.fails(call(invocation=str(number))) for number in range(1000)) <= 120


def test_the_first_read_and_the_first_write_of_each_service_are_throttled() -> None:
    fault = Throttling(share=0.0, seed=1)
    for service in ("ec2", "rds"):
        for operation in ("Describe", "Describe", "Create", "Create", "Describe"):
            fault.before(call(operation, service=service))
    met = [(each.service, each.operation) for each in fault.throttled]
    assert met == [("ec2", "Describe"), ("ec2", "Create"), ("rds", "Describe"), ("rds", "Create")]


def test_a_throttled_call_succeeds_within_the_attempts_of_the_client() -> None:
    fault = Throttling(share=1.0, seed=1)
    assert [fault.before(call()) is None for _ in range(ATTEMPTS)].index(True) < ATTEMPTS
    assert fault.passed == {"the-call"}


def test_a_lost_call_succeeds_within_the_attempts_of_the_client() -> None:
    fault = Unreliable(share=1.0, max_delay_seconds=0.0, seed=1)
    for _ in range(MAX_FAILED_ATTEMPTS):
        with pytest.raises(ConnectionResetError):
            fault.before(call())
    fault.before(call())
    fault.after(call())
    assert len(fault.lost) + len(fault.unanswered) == MAX_FAILED_ATTEMPTS
