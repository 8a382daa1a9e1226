"""An account of the emulator that is ready for the first deployment of prod, and its examination."""

import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.doctor import account as checks
from constructs_lib.doctor.aws import Aws
from constructs_lib.doctor.examination import Examination
from constructs_lib.doctor.findings import Report
from tests.emulator.account import Account
from tests.emulator.policy_evaluation import policy
from tests.emulator.server import Emulator
from tests.unit.synthesis import synthesize
from tests.variables import REQUIRED_SETTINGS

ACCOUNT_ID = "123456789012"
PREFIX = "payment-api-prod"
ZONE = REQUIRED_SETTINGS["PAYMENT_API_DOMAIN__HOSTED_ZONE"]
NAME = REQUIRED_SETTINGS["PAYMENT_API_DOMAIN__NAME"]
BUCKET = REQUIRED_SETTINGS["PAYMENT_API_STATE__BUCKET"]
IMAGE = REQUIRED_SETTINGS["PAYMENT_API_SERVICE__IMAGE"]
TAG = IMAGE.rpartition(":")[2]
REPOSITORY = "payment-api"

USER = "moto"
"""The user to whom the emulator assigns credentials that it does not know."""

ALLOW_ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def attach(account: Account, name: str, document: str) -> None:
    """Attach a policy to the user."""
    account.client("iam").put_user_policy(UserName=USER, PolicyName=name, PolicyDocument=document)


def deny(account: Account, *actions: str) -> None:
    """Deny the user these actions."""
    attach(
        account,
        actions[0].partition(":")[2],
        policy({"Effect": "Deny", "Action": [*actions], "Resource": "*"}),
    )


def prepare(account: Account) -> None:
    """Create what the first deployment needs: a user, the state bucket and its key, the zone, the image."""
    account.client("iam").create_user(UserName=USER)
    attach(account, "all", ALLOW_ALL)
    s3, kms = account.client("s3"), account.client("kms")
    s3.create_bucket(Bucket=BUCKET)
    version(account, "Enabled")
    kms.create_alias(
        AliasName="alias/payment-api-state", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"]
    )
    account.client("route53").create_hosted_zone(Name=ZONE, CallerReference="1")
    account.client("ecr").create_repository(repositoryName=REPOSITORY)
    push(account, "amd64")


def version(account: Account, status: str) -> None:
    """Switch the versions of the state bucket on or off."""
    account.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


def push(account: Account, architecture: str) -> None:
    """Push the image for one platform, as docker does, and scan it."""
    ecr = account.client("ecr")
    configuration = json.dumps({"architecture": architecture, "os": "linux"}).encode()
    upload = ecr.initiate_layer_upload(repositoryName=REPOSITORY)["uploadId"]
    last = len(configuration) - 1
    ecr.upload_layer_part(
        repositoryName=REPOSITORY,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=last,
        layerPartBlob=configuration,
    )
    digest = f"sha256:{hashlib.sha256(configuration).hexdigest()}"
    ecr.complete_layer_upload(repositoryName=REPOSITORY, uploadId=upload, layerDigests=[digest])
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": digest, "size": len(configuration)},
        "layers": [],
    }
    ecr.put_image(repositoryName=REPOSITORY, imageTag=TAG, imageManifest=json.dumps(manifest))
    ecr.start_image_scan(repositoryName=REPOSITORY, imageId={"imageTag": TAG})


def delete_image(account: Account) -> None:
    """Delete the image."""
    account.client("ecr").batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": TAG}])


def zone_id(account: Account) -> str:
    """The ID of the first hosted zone."""
    zones = account.client("route53").list_hosted_zones()["HostedZones"]
    return str(zones[0]["Id"]).rpartition("/")[2]


def record(account: Account, name: str, type_: str, *values: str) -> None:
    """Create a record in the first hosted zone."""
    change = {
        "Action": "CREATE",
        "ResourceRecordSet": {
            "Name": name,
            "Type": type_,
            "TTL": 60,
            "ResourceRecords": [{"Value": value} for value in values],
        },
    }
    account.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id(account), ChangeBatch={"Changes": [change]}
    )


@dataclass
class Dns:
    """The public DNS, in which a domain is delegated to the hosted zone of the account, if there is one."""

    account: Account
    servers: list[str] | None = None
    caa: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def __call__(self, type_: str, name: str) -> list[Any]:
        if type_ == "CAA":
            return self.caa.get(name, [])
        if self.servers is not None:
            return self.servers
        route53 = self.account.client("route53")
        zones = route53.list_hosted_zones()["HostedZones"]
        zone = route53.get_hosted_zone(Id=zones[0]["Id"])
        return [f"{each}." for each in zone["DelegationSet"]["NameServers"]]


@dataclass
class Patient:
    """An account, its public DNS, and the settings of the deployment that are not those of prod."""

    account: Account
    dns: Dns
    emulator: Emulator
    undo: ExitStack
    variables: dict[str, str] = field(default_factory=dict)

    def examine(self) -> Report:
        """What the doctor says about the account."""
        stack = synthesize("prod", **self.variables)
        report = Report()
        examined = Examination(
            settings=stack.settings,
            document=stack.document,
            aws=Aws(stack.settings.region, make_client=self._client),
            ask_dns=self.dns,
        )
        checks.examine(examined, report)
        return report

    def other_account(self) -> Account:
        """Somebody else's account."""
        return self.emulator.other_account("444444444444")

    def _client(self, service: str, _region: str) -> Any:  # noqa: ANN401 - as in Account
        return self.account.client(service)
