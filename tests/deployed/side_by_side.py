"""Three deployments in one account: two suffixes in one region, and one of them in another region too."""

import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests import gh
from tests.deployed.faults.recovery import adopt
from tests.emulator import processes
from tests.emulator.account import Account
from tests.emulator.background import Work
from tests.emulator.deployment import CHECKOUT, Deployment
from tests.emulator.processes import Finished
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan
from tests.variables import variables_of

DEV, OTHER_SUFFIX, OTHER_REGION = "dev", "pr-123", "dev in eu-west-1"
PERFORMANCE_LOGS = "/aws/ecs/containerinsights/payment-api-dev/performance"
_PERFORMANCE_LOGS_ADDRESS = "aws_cloudwatch_log_group.service_container-insights_EBF84337"
_ACCOUNT = "444444444441"
_ZONE = "example.com"


@dataclass(frozen=True)
class Place:
    """The suffix and region of a deployment, and the domain name that it does not share."""

    suffix: str
    region: str
    domain: str

    @property
    def bucket(self) -> str:
        """The state bucket, one for each account and region."""
        return f"payment-api-state-{_ACCOUNT}-{self.region}"


PLACES: Mapping[str, Place] = {
    DEV: Place("dev", "us-east-1", "payment-api.example.com"),
    OTHER_SUFFIX: Place("pr-123", "us-east-1", "payment-api-pr-123.example.com"),
    OTHER_REGION: Place("dev", "eu-west-1", "payment-api-eu.example.com"),
}


@dataclass(frozen=True)
class Renamed:
    """The plan that gives the roles of a deployment other names, and the plan after it was applied."""

    change: Plan
    after: Plan


@dataclass(frozen=True)
class Swept:
    """What the sweep of the previews found and destroyed, after their pull request was closed."""

    found: Finished
    destroyed: Finished
    found_afterwards: Finished


@dataclass(frozen=True)
class SideBySide:
    """The deployments, each with its plan after all of them were applied, and the states in the buckets."""

    deployments: Mapping[str, Deployment]
    plans: Mapping[str, Plan]
    states: Mapping[str, list[str]]
    renamed: Renamed
    swept: Swept


def _deploy(emulator: Emulator, directory: Path) -> SideBySide:
    """Apply the deployments at once, plan all of them, rename the roles of one, and sweep another."""
    account = emulator.other_account(_ACCOUNT)
    accounts = {place.region: replace(account, region=place.region) for place in PLACES.values()}
    _prepare(accounts)
    deployments = {}
    for index, (name, place) in enumerate(PLACES.items()):
        folder = directory / str(index)
        folder.mkdir()
        settings = {
            **variables_of(place.suffix),
            "PAYMENT_API_STATE__BUCKET": place.bucket,
            "PAYMENT_API_DOMAIN__NAME": place.domain,
        }
        deployments[name] = Deployment(
            accounts[place.region], folder, settings=settings, all_firewall_rules=False
        )
        deployments[name].system.init()
    _adopt_log_group(deployments[OTHER_REGION], directory)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda deployment: deployment.system.apply(), deployments.values()))
    plans = {name: deployment.system.plan() for name, deployment in deployments.items()}
    states = {place.bucket: _objects(accounts[place.region], place.bucket) for place in PLACES.values()}
    renamed = _rename_roles(deployments[OTHER_REGION])
    return SideBySide(deployments, plans, states, renamed, _sweep(deployments[OTHER_SUFFIX], directory))


def _prepare(accounts: Mapping[str, Account]) -> None:
    """Create the state bucket and key of each region, and the hosted zone of the account."""
    for region, account in accounts.items():
        kms, s3 = account.client("kms"), account.client("s3")
        key = kms.create_key(Description="Terraform state")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/payment-api-state", TargetKeyId=key)
        bucket = next(place.bucket for place in PLACES.values() if place.region == region)
        location = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": location} if location else {}))
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    account.client("route53").create_hosted_zone(Name=_ZONE, CallerReference=_ZONE)


def _objects(account: Account, bucket: str) -> list[str]:
    return [each["Key"] for each in account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]


def _adopt_log_group(deployment: Deployment, directory: Path) -> None:
    """Create the log group as Container Insights does, and adopt it as docs/operations.md says."""
    deployment.account.client("logs").create_log_group(logGroupName=PERFORMANCE_LOGS)
    line = directory / "log-group"
    line.write_text(f"{_PERFORMANCE_LOGS_ADDRESS}={PERFORMANCE_LOGS}\n", encoding="utf-8")
    adopt(deployment.system, line)


def _rename_roles(deployment: Deployment) -> Renamed:
    """Apply the same stack with other names of its roles, as an upgrade from names without a region does."""
    system = deployment.with_settings("renamed", {})
    stack = system.directory / "cdk.tf.json"
    text = stack.read_text(encoding="utf-8")
    stack.write_text(re.sub(r"(payment-api-dev-[\w-]+)_eu-west-1", r"\1_renamed", text), encoding="utf-8")
    change = system.plan()
    system.apply()
    return Renamed(change, system.plan())


def _sweep(deployment: Deployment, directory: Path) -> Swept:
    """Do what the workflows do with a preview whose pull request is closed."""
    variables = gh.repository(directory / "github", pull_requests={123: "closed"})
    settings = {
        **variables_of(PLACES[OTHER_SUFFIX].suffix),
        "PAYMENT_API_STATE__BUCKET": PLACES[OTHER_SUFFIX].bucket,
        "PAYMENT_API_DOMAIN__NAME": PLACES[OTHER_SUFFIX].domain,
    }
    environment = deployment.environment | settings | variables

    def step(name: str) -> Finished:
        command = (sys.executable, "-m", "constructs_lib.commands.pipeline", name)
        return processes.run(command, directory=CHECKOUT, environment=environment)

    return Swept(step("orphans"), step("destroy"), step("orphans"))


SIDE_BY_SIDE = Work("side_by_side", _deploy)
