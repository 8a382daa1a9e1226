"""What goes wrong by chance between Terraform and the emulator goes wrong often, and never for good."""

import pytest

from tests.deployed.faults.injected import MAX_FAILED_ATTEMPTS, Draw, Throttling, Unreliable
from tests.deployed.faults.wire import Call

# As often as Terraform's S3 backend tries.
ATTEMPTS = 5


def call(operation: str = "GetObject", *, service: str = "s3", invocation: str = "the-call") -> Call:
    """An attempt at a call."""
    return Call(service, operation, "json", invocation=invocation)


def test_no_call_goes_wrong_as_often_as_it_is_tried() -> None:
    draw = Draw(share=1.0, seed=1)
    assert [draw.fails(call()) for _ in range(ATTEMPTS)] == [True] * MAX_FAILED_ATTEMPTS + [False] * 2


def test_each_call_has_attempts_of_its_own() -> None:
    draw = Draw(share=1.0, seed=1)
    assert all(draw.fails(call(invocation=str(number))) for number in range(100))


def test_the_share_is_drawn() -> None:
    draw = Draw(share=0.1, seed=1)
    assert 80 <= sum(draw.fails(call(invocation=str(number))) for number in range(1000)) <= 120


def test_the_first_call_to_a_service_and_the_first_that_makes_something_are_throttled() -> None:
    fault = Throttling(share=0.0, seed=1)
    for service in ("ec2", "rds"):
        for operation in ("Describe", "Describe", "Create", "Create", "Describe"):
            fault.before(call(operation, service=service))
    met = [(each.service, each.operation) for each in fault.throttled]
    assert met == [("ec2", "Describe"), ("ec2", "Create"), ("rds", "Describe"), ("rds", "Create")]


def test_a_throttled_call_passes_before_it_is_given_up() -> None:
    fault = Throttling(share=1.0, seed=1)
    assert [fault.before(call()) is None for _ in range(ATTEMPTS)].index(True) < ATTEMPTS
    assert fault.passed == {"the-call"}


def test_a_lost_call_is_answered_before_it_is_given_up() -> None:
    fault = Unreliable(share=1.0, max_delay_seconds=0.0, seed=1)
    for _ in range(MAX_FAILED_ATTEMPTS):
        with pytest.raises(ConnectionResetError):
            fault.before(call())
    fault.before(call())
    fault.after(call())
    assert len(fault.lost) + len(fault.unanswered) == MAX_FAILED_ATTEMPTS
