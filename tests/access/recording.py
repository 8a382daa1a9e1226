"""The recording: what Terraform was authorized for on the emulator, without the names of one deployment."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from constructs_lib.settings.names import PROJECT
from tests.access.authorization import Authorization, authorizations

FILE = Path(__file__).with_name("calls.json")

_CREATES = ("Allocate", "Create", "Register", "Request")


@dataclass(frozen=True, order=True)
class Recorded:
    """An authorization that a call needs: `created` if the call makes the resource, `tagged` if the call
    carries the tag `Project` of the stacks.

    `reads` says whether a plan makes the call, and not only an apply or a destruction.
    """

    call: str
    action: str
    type: str
    resource: str
    created: bool
    tagged: bool
    reads: bool


def of_call(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    account: str,
    region: str,
    state_bucket: str,
    reads: bool,
) -> Iterator[Recorded]:
    """What the recording contains of a call."""
    tagged = carries_tag(parameters)
    for each in authorizations(service, operation, parameters, account=account, region=region):
        yield Recorded(
            call=f"{service} {operation}",
            action=each.action,
            type=each.type,
            resource=normalized(each, account=account, region=region, state_bucket=state_bucket),
            created=operation.startswith(_CREATES) and (each.new or not each.type),
            tagged=tagged,
            reads=reads,
        )


def normalized(  # noqa: PLR0911
    each: Authorization, *, account: str, region: str, state_bucket: str
) -> str:
    """The ARN for all deployments of an account: what follows the prefix of the stacks' names is `*`."""
    arn = each.resource.replace(f":{account}:", ":ACCOUNT:").replace(f":{region}:", ":*:")
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    if arn.startswith("arn:aws:s3:::") and bucket == state_bucket:
        return f"arn:aws:s3:::STATE_BUCKET{'/' + PROJECT + '/*' if key else ''}"
    if each.type == "s3:bucket" and bucket.startswith(f"{PROJECT}-"):
        return f"arn:aws:s3:::{PROJECT}-*-logs-*"  # not a state bucket of such a name
    if each.type == "cloudwatch:dashboard" and "/PaymentAPI-" in arn:
        return f"{arn.partition('/')[0]}/PaymentAPI-*"
    if each.type == "elasticloadbalancing:targetgroup":
        return re.sub(r"targetgroup/.*", "targetgroup/pay-*", arn)
    if f"{PROJECT}-" in arn:
        return f"{arn.partition(f'{PROJECT}-')[0]}{PROJECT}-*"
    if arn == "*" or arn.endswith(f"repository/{PROJECT}"):
        return arn
    return re.sub(r"(.*[:/])[^:/]+$", r"\1*", arn)


def carries_tag(value: object) -> bool:
    """Whether the parameters of a call contain the tag `Project` of the stacks."""
    if isinstance(value, Mapping):
        lower = {str(name).lower(): each for name, each in value.items()}
        if (lower.get("key", lower.get("tagkey")), lower.get("value", lower.get("tagvalue"))) == (
            "Project",
            PROJECT,
        ):
            return True
        return value.get("Project") == PROJECT or any(carries_tag(each) for each in value.values())
    return isinstance(value, list | tuple) and any(carries_tag(each) for each in value)


def merged(recorded: Iterable[Recorded]) -> list[Recorded]:
    """The entries once each, sorted; what a plan and an apply do is recorded as what a plan does."""
    entries = set(recorded)
    return sorted(
        each for each in entries if each.reads or Recorded(**{**asdict(each), "reads": True}) not in entries
    )


def write(recorded: Iterable[Recorded]) -> None:
    """Write the recording, one entry a line."""
    lines = ",\n".join(json.dumps(asdict(each)) for each in merged(recorded))
    FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def read() -> list[Recorded]:
    """The entries of the recording."""
    return [Recorded(**each) for each in json.loads(FILE.read_text(encoding="utf-8"))]
