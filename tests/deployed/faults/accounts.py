"""Deployments behind a proxy that injects faults, each in an account that holds only the state bucket and
key."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.proxy import Proxy
from tests.deployed.lookups import document, state_object
from tests.emulator.account import Account
from tests.emulator.backends import master_password
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import variables_of


@dataclass(frozen=True)
class Passwords:
    """The password of the database, and the one in its secret."""

    in_database: str
    in_secret: str


class Scenario:
    """One deployment whose Terraform connects through a proxy; `account` bypasses the proxy."""

    def __init__(self, account: Account, proxy: Proxy, deployment: Deployment) -> None:
        self.account = account
        self.proxy = proxy
        self.deployment = deployment
        self.bucket, self.state_key = state_object(deployment)
        zones = document(deployment)["data"]["aws_route53_zone"].values()
        self._zones = [zone["name"] for zone in zones]

    def prepare(self) -> None:
        """Create the hosted zone, and the state's bucket and key without the state stack, whose apply takes a
        minute, most of it waiting."""
        kms = self.account.client("kms")
        key = kms.create_key(Description="Terraform state")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/payment-api-state", TargetKeyId=key)
        s3 = self.account.client("s3")
        s3.create_bucket(Bucket=self.bucket)
        s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        for zone in self._zones:
            self.account.client("route53").create_hosted_zone(Name=zone, CallerReference=zone)
        self.deployment.system.init()

    def lock(self) -> dict[str, str]:
        """The content of the lock file: ID, Who, Operation, Created and more."""
        stored = self.account.client("s3").get_object(Bucket=self.bucket, Key=f"{self.state_key}.tflock")
        content: dict[str, str] = json.load(stored["Body"])
        return content

    def passwords(self) -> Passwords:
        """The present passwords."""
        secrets = self.account.client("secretsmanager")
        secret = f"{self.deployment.name}-database"
        value = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
        return Passwords(master_password(self.account, self.deployment.name), value["password"])


@contextmanager
def prepared_scenario(
    emulator: Emulator,
    account_id: str,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    *,
    profile: str = "dev",
    as_pipeline: bool = False,
) -> Iterator[Scenario]:
    """A prepared scenario in the account, which no other test uses, with the profile's settings and
    `settings`. Its firewall has one rule. With `as_pipeline`, IAM allows Terraform what it allows the roles
    of the pipeline.

    `directory` must exist, and its path must be short, because providers open Unix sockets in it.
    """
    account = emulator.other_account(account_id)
    bucket = f"payment-api-state-{account_id}"
    variables = {**variables_of(profile), "PAYMENT_API_STATE__BUCKET": bucket, **(settings or {})}
    if as_pipeline:
        assert emulator.enforcement is not None
        emulator.enforcement.state_buckets[account_id] = bucket
        variables["PAYMENT_API_ACCESS__PERMISSIONS_BOUNDARY"] = "true"
    with Proxy(account) as proxy:
        deployment = Deployment(proxy.account, directory, settings=variables, all_firewall_rules=False)
        scenario = Scenario(account, proxy, deployment)
        scenario.prepare()
        yield scenario
