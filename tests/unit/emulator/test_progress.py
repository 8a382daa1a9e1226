"""What is said of Terraform's output, and of its state."""

from collections import Counter

import pytest

from tests.emulator import progress
from tests.emulator.inventory import by_service
from tests.emulator.progress import Progress


def told(*lines: str) -> list[str]:
    """What is said of these lines, without the time."""
    said: list[str] = []
    reader = Progress(said.append)
    for line in lines:
        reader.line(line)
    return [text.partition(" s  ")[2] for text in said]


def test_each_resource_that_is_done_counts() -> None:
    assert told(
        "Plan: 2 to add, 0 to change, 0 to destroy.",
        "aws_vpc.a: Creating...",
        "aws_vpc.a: Creation complete after 1s [id=vpc-1]",
        "aws_vpc.b: Creation complete after 1s [id=vpc-2]",
    ) == ["1/2  created aws_vpc.a", "2/2  created aws_vpc.b"]


def test_a_long_wait_names_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_SILENCE_SECONDS", 0.0)

    assert told("aws_vpc.a: Creating...", "aws_vpc.a: Still creating... [10s elapsed]") == [
        "0/0  waiting for aws_vpc.a"
    ]


def test_a_short_wait_is_not_worth_a_line() -> None:
    assert told("aws_vpc.a: Creating...", "aws_vpc.a: Still creating... [10s elapsed]") == []


def test_the_state_is_grouped_by_service() -> None:
    addresses = ["aws_vpc.a", "aws_subnet.a", "aws_subnet.b", "aws_route53_record.a", "data.aws_vpc.c"]

    assert by_service(addresses) == {
        "Route 53": Counter(aws_route53_record=1),
        "VPC": Counter(aws_vpc=1, aws_subnet=2),
    }


def test_a_type_of_an_unknown_service_goes_by_its_own_name() -> None:
    assert by_service(["aws_guardduty_detector.a"]) == {"guardduty": Counter(aws_guardduty_detector=1)}
