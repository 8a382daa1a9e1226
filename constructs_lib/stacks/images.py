"""The repository of the application's container images, for all deployments in an account and region."""

import json

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from cdktf_cdktf_provider_aws.ecr_repository_policy import EcrRepositoryPolicy
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from constructs_lib.foundation.customer_key import CustomerKey, retired_through, used_through
from constructs_lib.foundation.iam import PULL_IMAGE, Account, Statement, policy_document
from constructs_lib.foundation.terraform import (
    in_default_workspace,
    planned_only_if,
    protection,
    remote_state,
    require_terraform,
)
from constructs_lib.settings.model import ImagesSettings, StateSettings
from constructs_lib.settings.names import IMAGES_STACK, IMAGES_SUFFIX, PROJECT, default_tags

UNTAGGED_DAYS = 90


class ImagesStack(TerraformStack):
    """A repository whose tags never move and that no plan deletes; deployed once per account and region.

    ECR scans each image when it is pushed. Its state is in the bucket of the state stack, so that stack comes
    first.

    Decision: only images without a tag expire. A lifecycle rule selects images by tag, age and number, but
    not by whether a task runs them, so a rule for tagged images could take away what runs. An image that
    was pushed with a tag never loses it: tags are immutable, so no push moves one, and who removes the last
    tag of an image deletes the image itself. ECR also keeps the untagged images of a multi-architecture image
    for as long as that image exists. What expires was pushed without a tag, such as the rest of a push that
    failed; therefore push with a tag, also what you deploy by digest.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, region: str, state: StateSettings, settings: ImagesSettings
    ) -> None:
        super().__init__(scope, id_)
        require_terraform(self)
        AwsProvider(
            self,
            "aws",
            region=region,
            default_tags=[AwsProviderDefaultTags(tags=default_tags(IMAGES_SUFFIX))],
        )
        remote_state(self, region=region, suffix=IMAGES_SUFFIX, settings=state)
        caller = DataAwsCallerIdentity(self, "caller", lifecycle=planned_only_if(in_default_workspace()))
        key = _key(self, Account(account_id=caller.account_id, region=region))
        repository = EcrRepository(
            self,
            "repository",
            name=PROJECT,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[
                EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=key.arn)
            ],
            force_delete=False,
            lifecycle=protection(protected=True),
        )
        EcrLifecyclePolicy(self, "lifecycle", repository=repository.name, policy=_untagged_images_expire())
        if settings.reader_account_ids:
            EcrRepositoryPolicy(
                self,
                "readers",
                repository=repository.name,
                policy=policy_document(_pulled_by(settings.reader_account_ids)),
            )
        TerraformOutput(
            self,
            "repository_url",
            value=repository.repository_url,
            description="What an image's name begins with, before its tag or digest",
        )
        TerraformOutput(self, "repository_arn", value=repository.arn, description="ECR repository")


def _key(scope: Construct, account: Account) -> CustomerKey:
    """Create the key of the images, which ECR uses through grants that it creates with the repository.

    The principal that creates the repository creates the grants through ECR, and the one that deletes it
    retires them. Pulling needs no permission for the key, in this or another account: ECR decrypts with its
    grants. https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    """
    return CustomerKey(
        scope,
        "key",
        alias=IMAGES_STACK,
        description="Container images of the payment API",
        account=account,
        statements=[*used_through(account, "ecr", grants=True), retired_through(account, "ecr")],
        protected=True,
    )


def _pulled_by(account_ids: tuple[str, ...]) -> Statement:
    """Allow the principals of other accounts to pull, if their own IAM policies allow it, too."""
    return Statement(
        sid="PulledByOtherAccounts",
        principals={"AWS": [f"arn:aws:iam::{each}:root" for each in account_ids]},
        actions=PULL_IMAGE,
    )


def _untagged_images_expire() -> str:
    """Return the lifecycle policy, in the form that ECR returns: plans show no difference."""
    rule = {
        "rulePriority": 1,
        "description": f"Images without a tag expire after {UNTAGGED_DAYS} days",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
