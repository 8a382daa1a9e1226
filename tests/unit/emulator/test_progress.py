"""Progress lines from Terraform's output, and the list of resources from its state."""

from collections import Counter

import pytest

from tests.emulator import progress
from tests.emulator.inventory import by_service
from tests.emulator.progress import Progress


def progress_lines(*terraform_output: str) -> list[str]:
    """The printed lines for this output of Terraform, without the elapsed time."""
    printed: list[str] = []
    reader = Progress(printed.append)
    for line in terraform_output:
        reader.line(line)
    return [text.partition(" s  ")[2] for text in printed]


def test_each_finished_resource_has_a_line_with_the_count() -> None:
    assert progress_lines(
        "Plan: 2 to add, 0 to change, 0 to destroy.",
        "aws_vpc.a: Creating...",
        "aws_vpc.a: Creation complete after 1s [id=vpc-1]",
        "aws_vpc.b: Creation complete after 1s [id=vpc-2]",
    ) == ["1/2  created aws_vpc.a", "2/2  created aws_vpc.b"]


def test_a_long_wait_prints_the_unfinished_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_WAITING_LINE_SECONDS", 0.0)

    assert progress_lines("aws_vpc.a: Creating...", "aws_vpc.a: Still creating... [10s elapsed]") == [
        "0/0  waiting for aws_vpc.a"
    ]


def test_a_short_wait_prints_nothing() -> None:
    assert progress_lines("aws_vpc.a: Creating...", "aws_vpc.a: Still creating... [10s elapsed]") == []


def test_resources_are_grouped_by_service() -> None:
    addresses = ["aws_vpc.a", "aws_subnet.a", "aws_subnet.b", "aws_route53_record.a", "data.aws_vpc.c"]

    assert by_service(addresses) == {
        "Route 53": Counter(aws_route53_record=1),
        "VPC": Counter(aws_vpc=1, aws_subnet=2),
    }


def test_an_unknown_service_is_named_after_its_resource_type() -> None:
    assert by_service(["aws_guardduty_detector.a"]) == {"guardduty": Counter(aws_guardduty_detector=1)}
