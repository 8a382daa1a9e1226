"""Each defect of an account that the doctor finds, and how to plant it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends

from tests.emulator.account import Account
from tests.emulator.gaps.patching import extra_state
from tests.emulator.policy_evaluation import policy
from tests.unit.doctor.accounts import (
    ACCOUNT_ID,
    BUCKET,
    IMAGE,
    NAME,
    PREFIX,
    REPOSITORY,
    TAG,
    ZONE,
    Patient,
    delete_image,
    deny,
    push,
    record,
    version,
    zone_id,
)

REGION = "us-east-1"
_TRUST = policy(
    {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
_STATE_KEY = "payment-api/prod/terraform.tfstate"
_MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
_OWNER = "secret:provider-a1B2c3"
_LINKED_ROLES = (
    "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "AWSServiceRoleForBackup",
    "AWSServiceRoleForElasticLoadBalancing",
    "AWSServiceRoleForRDS",
)


@dataclass(frozen=True)
class Defect:
    """What is wrong, how to plant it, and the problem and a part of the remedy in its line."""

    plant: Callable[[Patient], object]
    problem: str
    remedy: str
    variables: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False
    """Whether it cannot be beside another defect, such as a missing image beside a vulnerable one."""


def _ready(_patient: Patient) -> None:
    """Plant nothing: the settings are the defect."""


def _role(account: Account, name: str, path: str = "/") -> None:
    account.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_TRUST)


def _region_not_enabled(patient: Patient) -> None:
    patient.undo.callback(setattr, _moto_region(), "opt_in_status", _moto_region().opt_in_status)
    _moto_region().opt_in_status = "not-opted-in"


def _moto_region() -> Any:  # noqa: ANN401 - moto's
    return next(each for each in RegionsAndZonesBackend.regions if each.name == REGION)


def _withdrawn(*zones: str) -> Callable[[Patient], None]:
    """RDS no longer offers prod's class in the zones."""

    def plant(_patient: Patient) -> None:
        extra_state(rds_backends[ACCOUNT_ID][REGION], "withdrawn")["db.r6g.large"] = zones

    return plant


def _linked_role_missing(patient: Patient) -> None:
    """Only that of ECS is missing, and the caller is not allowed to create it."""
    for name in _LINKED_ROLES:
        _role(patient.account, name, "/aws-service-role/x/")
    deny(patient.account, "iam:CreateServiceLinkedRole")


def _delete_bucket(patient: Patient) -> None:
    patient.account.client("s3").delete_bucket(Bucket=BUCKET)


def _bucket_of_others(patient: Patient) -> None:
    _delete_bucket(patient)
    patient.other_account().client("s3").create_bucket(Bucket=BUCKET)


def _bucket_elsewhere(patient: Patient) -> None:
    _delete_bucket(patient)
    patient.account.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def _key(patient: Patient) -> str:
    found = patient.account.client("kms").describe_key(KeyId="alias/payment-api-state")
    return str(found["KeyMetadata"]["KeyId"])


def _lock(patient: Patient) -> None:
    lock = {"ID": "f3a1", "Who": "ci@runner", "Operation": "OperationTypeApply", "Created": "2026-11-26"}
    patient.account.client("s3").put_object(
        Bucket=BUCKET, Key=f"{_STATE_KEY}.tflock", Body=json.dumps(lock).encode()
    )


def _delete_zone(patient: Patient) -> None:
    patient.account.client("route53").delete_hosted_zone(Id=zone_id(patient.account))


def _second_zone(patient: Patient) -> None:
    patient.account.client("route53").create_hosted_zone(Name=ZONE, CallerReference="2")


def _private_zone(patient: Patient) -> None:
    _delete_zone(patient)
    vpc = patient.account.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    patient.account.client("route53").create_hosted_zone(
        Name=ZONE,
        CallerReference="2",
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )


def _delegated(*servers: str) -> Callable[[Patient], None]:
    """The domain is delegated to these name servers."""

    def plant(patient: Patient) -> None:
        patient.dns.servers = [*servers]

    return plant


def _push(architecture: str) -> Callable[[Patient], None]:
    def plant(patient: Patient) -> None:
        delete_image(patient.account)
        push(patient.account, architecture)

    return plant


def _push_index(*platforms: str) -> Callable[[Patient], None]:
    """An image for platforms such as linux/arm64, whose images are pushed without a tag and scanned."""

    def plant(patient: Patient) -> None:
        ecr = patient.account.client("ecr")
        delete_image(patient.account)
        manifests = []
        for platform in platforms:
            os, architecture = platform.split("/")
            manifest = json.dumps({**_MANIFEST, "annotations": {"platform": platform}, "layers": []})
            digest = ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest)["image"]["imageId"]
            ecr.start_image_scan(repositoryName=REPOSITORY, imageId={"imageDigest": digest["imageDigest"]})
            manifests.append(
                {
                    "digest": digest["imageDigest"],
                    "platform": {"os": os, "architecture": architecture},
                }
            )
        index = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": manifests,
        }
        ecr.put_image(repositoryName=REPOSITORY, imageTag=TAG, imageManifest=json.dumps(index))

    return plant


def _one_of_two_vulnerable(patient: Patient) -> None:
    _push_index("linux/arm64", "linux/amd64")(patient)
    images = ecr_backends[ACCOUNT_ID][REGION].repositories[REPOSITORY].images
    (vulnerable,) = [each for each in images if "linux/amd64" in each.image_manifest]
    extra_state(vulnerable, "vulnerabilities").update(HIGH=1)


def _moto_image() -> Any:  # noqa: ANN401 - moto's
    return ecr_backends[ACCOUNT_ID][REGION].repositories[REPOSITORY]._get_image(TAG, None)


def _vulnerable(_patient: Patient) -> None:
    extra_state(_moto_image(), "vulnerabilities").update(CRITICAL=2, HIGH=5, LOW=1)


def _not_scanned(_patient: Patient) -> None:
    _moto_image().last_scan = None


def _secret(name: str, *, deleted: bool = False) -> Callable[[Patient], None]:
    def plant(patient: Patient) -> None:
        secrets = patient.account.client("secretsmanager")
        secrets.create_secret(Name=name, SecretString="x")
        if deleted:
            secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)

    return plant


def _opted_out(patient: Patient) -> None:
    patient.account.client("backup").update_region_settings(ResourceTypeOptInPreference={"Aurora": False})


def _quota(service: str, code: str, value: float) -> Callable[[Patient], None]:
    """The account's limit, which no other deployment needs to fill up."""

    def plant(patient: Patient) -> None:
        patient.account.client("service-quotas").request_service_quota_increase(
            ServiceCode=service, QuotaCode=code, DesiredValue=value
        )

    return plant


def _addresses(patient: Patient) -> None:
    for _ in range(3):
        patient.account.client("ec2").allocate_address(Domain="vpc")


def _vpcs(patient: Patient) -> None:
    """Beside the default VPC."""
    for number in range(4):
        patient.account.client("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")


def _internet_gateways(patient: Patient) -> None:
    """Beside that of the default VPC, if there is one."""
    ec2 = patient.account.client("ec2")
    for _ in range(5 - len(ec2.describe_internet_gateways()["InternetGateways"])):
        ec2.create_internet_gateway()


def _nat_gateways(patient: Patient) -> None:
    ec2 = patient.account.client("ec2")
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1b"]}])[
        "Subnets"
    ]
    for _ in range(5):
        ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], ConnectivityType="private")


def _no_roles_left(patient: Patient) -> None:
    summary = iam_backends[ACCOUNT_ID]["aws"].account_summary
    patient.undo.callback(setattr, summary, "_roles_quota", summary._roles_quota)
    summary._roles_quota = 5


_SECRETS = json.dumps({"PROVIDER_KEY": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:{_OWNER}"})
_INCREASE = "aws service-quotas request-service-quota-increase --service-code"

DEFECTS: Mapping[str, Defect] = {
    "region not enabled": Defect(
        _region_not_enabled,
        "the account has not enabled the region us-east-1",
        "aws account enable-region --region-name us-east-1",
    ),
    "zone": Defect(
        _ready,
        "us-east-1z of network.zones: the account has no such availability zone",
        "set PAYMENT_API_NETWORK__ZONES to three of us-east-1a, us-east-1b, us-east-1c, us-east-1d,",
        {"PAYMENT_API_NETWORK__ZONES": '["b", "c", "z"]'},
    ),
    "class not in a zone": Defect(
        _withdrawn("us-east-1c"),
        "RDS does not offer db.r6g.large for Aurora PostgreSQL 15 in us-east-1c",
        "set PAYMENT_API_NETWORK__ZONES to three of us-east-1a, us-east-1b, us-east-1d,",
    ),
    "class not in the region": Defect(
        _withdrawn(*(f"us-east-1{letter}" for letter in "abcdef")),
        "RDS does not offer db.r6g.large for Aurora PostgreSQL 15 in us-east-1",
        "set PAYMENT_API_DATABASE__INSTANCE_CLASS",
        apart=True,
    ),
    "not allowed": Defect(
        lambda patient: deny(patient.account, "kms:CreateKey", "wafv2:CreateWebACL", "iam:PassRole"),
        "arn:aws:sts::123456789012:user/moto is not allowed iam:PassRole, kms:CreateKey, wafv2:CreateWebACL",
        "use the credentials of a role that deploys",
    ),
    "service-linked role": Defect(
        _linked_role_missing,
        "the service-linked role AWSServiceRoleForECS is missing, and the caller is not allowed to create it",
        "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",
    ),
    "bucket missing": Defect(
        _delete_bucket,
        f"the state bucket {BUCKET} does not exist",
        "pipenv run cdktf deploy payment-api-state",
        apart=True,
    ),
    "bucket of another account": Defect(
        _bucket_of_others,
        f"the state bucket {BUCKET} belongs to another account",
        "set PAYMENT_API_STATE__BUCKET to a name that nobody uses",
        apart=True,
    ),
    "bucket in another region": Defect(
        _bucket_elsewhere,
        f"the state bucket {BUCKET} is in eu-west-1, the deployment in us-east-1",
        "set AWS_REGION=eu-west-1 if you mean that region",
        apart=True,
    ),
    "bucket without versions": Defect(
        lambda patient: version(patient.account, "Suspended"),
        f"the state bucket {BUCKET} keeps no versions, so a lost state cannot be restored",
        f"aws s3api put-bucket-versioning --bucket {BUCKET}",
    ),
    "key missing": Defect(
        lambda patient: patient.account.client("kms").delete_alias(AliasName="alias/payment-api-state"),
        "the key of the state, alias/payment-api-state, does not exist",
        "pipenv run cdktf deploy payment-api-state",
        apart=True,
    ),
    "key deleted": Defect(
        lambda patient: patient.account.client("kms").schedule_key_deletion(KeyId=_key(patient)),
        "the key of the state, alias/payment-api-state, is in the state PendingDeletion",
        "aws kms cancel-key-deletion --key-id",
    ),
    "state locked": Defect(
        _lock,
        "the state is locked by ci@runner since 2026-11-26 (OperationTypeApply)",
        "terraform force-unlock f3a1",
    ),
    "zone missing": Defect(
        _delete_zone,
        f"the account has no public hosted zone {ZONE}",
        f"aws route53 create-hosted-zone --name {ZONE}",
        apart=True,
    ),
    "zone private": Defect(
        _private_zone,
        f"the account has no public hosted zone {ZONE}",
        f"aws route53 create-hosted-zone --name {ZONE}",
        apart=True,
    ),
    "two zones": Defect(
        _second_zone,
        f"the account has 2 public hosted zones {ZONE}",
        "set PAYMENT_API_DOMAIN__HOSTED_ZONE_ID to the one that is delegated",
        apart=True,
    ),
    "zone of another id": Defect(
        _ready,
        f"Z999 is no public hosted zone {ZONE} of the account",
        f"aws route53 list-hosted-zones-by-name --dns-name {ZONE}",
        {"PAYMENT_API_DOMAIN__HOSTED_ZONE_ID": "Z999"},
        apart=True,
    ),
    "not delegated": Defect(
        _delegated(),
        f"{ZONE} is not delegated",
        "set its NS records, at the registrar or in the zone above, to ns-",
        apart=True,
    ),
    "delegated elsewhere": Defect(
        _delegated("ns2.example.org.", "NS1.example.org"),
        f"{ZONE} is not delegated to its hosted zone, but to ns1.example.org, ns2.example.org",
        "set its NS records, at the registrar or in the zone above, to ns-",
    ),
    "certification authority above": Defect(
        lambda patient: patient.dns.caa.update(net=[{"critical": 0, "issue": "letsencrypt.org"}]),
        f"the CAA record of net does not let Amazon issue the certificate of {NAME}",
        'add the value 0 issue "amazon.com" to the CAA record of net',
        apart=True,
    ),
    "certification authority": Defect(
        lambda patient: record(
            patient.account, ZONE, "CAA", '0 issue "letsencrypt.org"', '0 iodef "mailto:x@y.z"'
        ),
        f"the CAA record of {ZONE} does not let Amazon issue the certificate of {NAME}",
        f'add the value 0 issue "amazon.com" to the CAA record of {ZONE}',
    ),
    "record of the name": Defect(
        lambda patient: record(patient.account, NAME, "CNAME", "elsewhere.example.org"),
        f"the hosted zone has a record CNAME {NAME} already, not in the state of this deployment",
        "set PAYMENT_API_DOMAIN__NAME to another name",
    ),
    "image missing": Defect(
        lambda patient: delete_image(patient.account),
        f"the image {IMAGE} does not exist",
        f"docker push {IMAGE}",
        apart=True,
    ),
    "repository missing": Defect(
        lambda patient: patient.account.client("ecr").delete_repository(
            repositoryName=REPOSITORY, force=True
        ),
        f"the image {IMAGE} does not exist",
        f"docker push {IMAGE}",
        apart=True,
    ),
    "image of another platform": Defect(
        _push("arm64"),
        f"the image {IMAGE} is for arm64, the tasks run on linux/amd64",
        "docker buildx build --platform linux/amd64 --push",
    ),
    "image of other platforms": Defect(
        _push_index("linux/arm64", "windows/amd64"),
        f"the image {IMAGE} is for arm64, the tasks run on linux/amd64",
        "docker buildx build --platform linux/amd64 --push",
        apart=True,
    ),
    "image not scanned": Defect(
        _not_scanned,
        f"the image {IMAGE} has not been scanned",
        f"aws ecr start-image-scan --repository-name {REPOSITORY} --image-id imageTag={TAG}",
        apart=True,
    ),
    "image of one platform vulnerable": Defect(
        _one_of_two_vulnerable,
        f"the scan of the image {IMAGE} found 1 high vulnerabilities",
        "--image-id imageDigest=sha256:",
        apart=True,
    ),
    "image vulnerable": Defect(
        _vulnerable,
        f"the scan of the image {IMAGE} found 2 critical and 5 high vulnerabilities",
        "aws ecr describe-image-scan-findings --repository-name payment-api",
    ),
    "secret in its recovery window": Defect(
        _secret(f"{PREFIX}-database", deleted=True),
        f"the secret {PREFIX}-database is deleted, and its recovery window keeps the name taken",
        f"aws secretsmanager restore-secret --secret-id {PREFIX}-database",
    ),
    "secret left": Defect(
        _secret(f"{PREFIX}-database-owner"),
        f"the secret {PREFIX}-database-owner exists, but not in the state of this deployment",
        "terraform import aws_secretsmanager_secret.logins_owner",
    ),
    "declared secret missing": Defect(
        _ready,
        "the secret that service.secrets maps PROVIDER_KEY to does not exist",
        "set PAYMENT_API_SERVICE__SECRETS to its ARN",
        {"PAYMENT_API_SERVICE__SECRETS": _SECRETS},
    ),
    "opted out of backups": Defect(
        _opted_out,
        "AWS Backup is not opted in for Aurora in us-east-1, so no snapshot is taken",
        "aws backup update-region-settings --resource-type-opt-in-preference Aurora=true --region us-east-1",
    ),
    "log group left": Defect(
        lambda patient: patient.account.client("logs").create_log_group(logGroupName=f"/ecs/{PREFIX}"),
        f"the log group /ecs/{PREFIX} exists, but not in the state of this deployment",
        f"aws logs delete-log-group --log-group-name /ecs/{PREFIX}",
    ),
    "role left": Defect(
        lambda patient: _role(patient.account, f"{PREFIX}-task"),
        f"the IAM role {PREFIX}-task exists, but not in the state of this deployment",
        f"aws iam delete-role --role-name {PREFIX}-task",
    ),
    "deployed in another region": Defect(
        lambda patient: _role(patient.account, f"{PREFIX}-task_eu-west-1"),
        f"{PREFIX} is deployed in eu-west-1 already, as the IAM role {PREFIX}-task_eu-west-1 shows",
        "set AWS_REGION=eu-west-1 if you mean that one",
    ),
    "addresses": Defect(
        _addresses,
        "others use 3 of 5 Elastic IP addresses, and the deployment needs 3",
        f"{_INCREASE} ec2 --quota-code L-0263D0A3 --desired-value 6 --region us-east-1",
    ),
    "VPCs": Defect(
        _vpcs,
        "others use 5 of 5 VPCs, and the deployment needs 1",
        f"{_INCREASE} vpc --quota-code L-F678F1CE --desired-value 6",
    ),
    "internet gateways": Defect(
        _internet_gateways,
        "others use 5 of 5 internet gateways, and the deployment needs 1",
        f"{_INCREASE} vpc --quota-code L-A4707A72 --desired-value 6",
    ),
    "NAT gateways": Defect(
        _nat_gateways,
        "others use 5 of 5 NAT gateways in us-east-1b, and the deployment needs 1",
        f"{_INCREASE} vpc --quota-code L-FE5A380F --desired-value 6",
    ),
    "gateway endpoints": Defect(
        _quota("vpc", "L-1B52E74A", 0),
        "others use 0 of 0 gateway endpoints, and the deployment needs 1",
        f"{_INCREASE} vpc --quota-code L-1B52E74A --desired-value 1",
    ),
    "interface endpoints": Defect(
        _quota("vpc", "L-29B6F2EB", 4),
        "others use 0 of 4 interface endpoints in a VPC, and the deployment needs 5",
        f"{_INCREASE} vpc --quota-code L-29B6F2EB --desired-value 5",
    ),
    "rules": Defect(
        _quota("vpc", "L-0EA8095F", 2),
        "others use 0 of 2 rules of a security group and direction, and the deployment needs 3",
        f"{_INCREASE} vpc --quota-code L-0EA8095F --desired-value 3",
    ),
    "vCPUs": Defect(
        _ready,
        "others use 0 of 6 Fargate On-Demand vCPUs, and the deployment needs 20 for 80 tasks, the most in a "
        "rolling deployment",
        f"{_INCREASE} fargate --quota-code L-3032A538 --desired-value 20",
        {"PAYMENT_API_SERVICE__MAX_CAPACITY": "40"},
    ),
    "clusters": Defect(
        _quota("rds", "L-952B80B8", 0),
        "others use 0 of 0 Aurora clusters, and the deployment needs 1",
        f"{_INCREASE} rds --quota-code L-952B80B8 --desired-value 1",
    ),
    "DB instances": Defect(
        _quota("rds", "L-7B6409FD", 1),
        "others use 0 of 1 DB instances, and the deployment needs 2",
        f"{_INCREASE} rds --quota-code L-7B6409FD --desired-value 2",
    ),
    "load balancers": Defect(
        _quota("elasticloadbalancing", "L-53DA6B97", 0),
        "others use 0 of 0 Application Load Balancers, and the deployment needs 1",
        f"{_INCREASE} elasticloadbalancing --quota-code L-53DA6B97 --desired-value 1",
    ),
    "web ACLs": Defect(
        _quota("wafv2", "L-2EC3DE7B", 0),
        "others use 0 of 0 regional web ACLs, and the deployment needs 1",
        f"{_INCREASE} wafv2 --quota-code L-2EC3DE7B --desired-value 1",
    ),
    "IAM roles": Defect(
        _no_roles_left,
        "others use 0 of 5 IAM roles, and the deployment needs 6",
        "delete unused ones",
        apart=True,
    ),
}
