"""Deployments in accounts of their own, behind a proxy, where only the state's bucket stands."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.proxy import Proxy
from tests.emulator.account import Account
from tests.emulator.backends import master_password
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import variables_of


@dataclass(frozen=True)
class Passwords:
    """What the database was given, and what its secret holds."""

    in_database: str
    in_secret: str


class Scenario:
    """One deployment, and the proxy through which its Terraform speaks. `account` goes past the proxy."""

    def __init__(self, account: Account, proxy: Proxy, deployment: Deployment) -> None:
        self.account = account
        self.proxy = proxy
        self.deployment = deployment
        document = json.loads((deployment.stacks[deployment.name] / "cdk.tf.json").read_text("utf-8"))
        backend = document["terraform"]["backend"]["s3"]
        self.bucket: str = backend["bucket"]
        self.state_key: str = backend["key"]
        self._zones = [zone["name"] for zone in document["data"]["aws_route53_zone"].values()]

    def prepare(self) -> None:
        """The state's bucket and key without the state stack, whose apply waits for a minute, and the
        hosted zone."""
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
        """What the lock file says: ID, Who, Operation, Created and more."""
        stored = self.account.client("s3").get_object(Bucket=self.bucket, Key=f"{self.state_key}.tflock")
        held: dict[str, str] = json.load(stored["Body"])
        return held

    def passwords(self) -> Passwords:
        """As they are now."""
        secrets = self.account.client("secretsmanager")
        (secret,) = secrets.list_secrets()["SecretList"]
        value = json.loads(secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"])
        return Passwords(master_password(self.account, self.deployment.name), value["password"])


@contextmanager
def scenario(
    emulator: Emulator,
    account_id: str,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    *,
    profile: str = "dev",
) -> Iterator[Scenario]:
    """A prepared scenario in the account of these twelve digits, which no other test uses, with the profile's
    settings and these. `directory` is there; keep its path short."""
    account = emulator.other_account(account_id)
    bucket = f"payment-api-state-{account_id}"
    own = {**variables_of(profile), "PAYMENT_API_STATE__BUCKET": bucket, **(settings or {})}
    with Proxy(account) as proxy:
        made = Scenario(account, proxy, Deployment(proxy.account, directory, settings=own))
        made.prepare()
        yield made
