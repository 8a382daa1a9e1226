"""The stack of the images: a repository whose images stay what they are, and stay."""

import json

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize_images
from tests.variables import EVERYTHING_ON


def repository(images: Synthesized) -> Block:
    return images.one("aws_ecr_repository")


class TestRepository:
    def test_its_name_is_that_of_the_project(self, images: Synthesized) -> None:
        assert repository(images)["name"] == "payment-api"

    def test_a_tag_never_moves(self, images: Synthesized) -> None:
        assert repository(images)["image_tag_mutability"] == "IMMUTABLE"

    def test_each_image_is_scanned_when_it_is_pushed(self, images: Synthesized) -> None:
        assert repository(images)["image_scanning_configuration"] == {"scan_on_push": True}

    def test_the_images_are_encrypted_with_the_customer_managed_key(self, images: Synthesized) -> None:
        assert repository(images)["encryption_configuration"] == [
            {"encryption_type": "KMS", "kms_key": images.ref("aws_kms_key", "arn")}
        ]

    def test_neither_terraform_nor_ecr_deletes_a_repository_with_images(self, images: Synthesized) -> None:
        assert repository(images)["lifecycle"] == {"prevent_destroy": True}
        assert repository(images)["force_delete"] is False


class TestLifecycle:
    def rules(self, images: Synthesized) -> list[Block]:
        policy = images.one("aws_ecr_lifecycle_policy")
        assert policy["repository"] == images.ref("aws_ecr_repository", "name")
        rules: list[Block] = json.loads(policy["policy"])["rules"]
        return rules

    def test_no_rule_selects_an_image_with_a_tag(self, images: Synthesized) -> None:
        """Such a rule does not know whether a task runs the image."""
        assert [rule["selection"]["tagStatus"] for rule in self.rules(images)] == ["untagged"]

    def test_images_without_a_tag_expire_90_days_after_their_push(self, images: Synthesized) -> None:
        (rule,) = self.rules(images)
        assert rule["action"] == {"type": "expire"}
        selection = rule["selection"]
        assert (selection["countType"], selection["countNumber"], selection["countUnit"]) == (
            "sinceImagePushed",
            90,
            "days",
        )


class TestReaders:
    def test_without_readers_the_repository_has_no_policy(self) -> None:
        assert synthesize_images("dev").all("aws_ecr_repository_policy") == {}

    def test_exactly_the_named_accounts_can_pull_and_nothing_else(self) -> None:
        images = synthesize_images(EVERYTHING_ON)
        policy = images.one("aws_ecr_repository_policy")
        assert policy["repository"] == images.ref("aws_ecr_repository", "name")
        assert statements(policy["policy"]) == {
            "PulledByOtherAccounts": {
                "Sid": "PulledByOtherAccounts",
                "Effect": "Allow",
                "Principal": {
                    "AWS": [
                        f"arn:aws:iam::{account}:root"
                        for account in images.settings.images.reader_account_ids
                    ]
                },
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
            }
        }

    def test_the_policy_of_the_maximum_number_of_readers_fits_into_ecrs_limit(self) -> None:
        ids = [f"{number:012}" for number in range(250)]
        images = synthesize_images("dev", PAYMENT_API_IMAGES__READER_ACCOUNT_IDS=json.dumps(ids))
        assert len(images.one("aws_ecr_repository_policy")["policy"]) <= 10_240


class TestKey:
    def test_terraform_never_deletes_the_key(self, images: Synthesized) -> None:
        assert images.one("aws_kms_key")["lifecycle"] == {"prevent_destroy": True}

    def test_key_rotation_is_enabled(self, images: Synthesized) -> None:
        assert images.one("aws_kms_key")["enable_key_rotation"] is True

    def test_the_alias_is_the_name_of_the_stack(self, images: Synthesized) -> None:
        alias = images.one("aws_kms_alias")
        assert alias["name"] == "alias/payment-api-images"
        assert alias["target_key_id"] == images.ref("aws_kms_key", "key_id")

    def test_the_key_can_be_used_only_through_ecr_in_the_region_and_by_the_account(
        self, images: Synthesized
    ) -> None:
        through_ecr = {
            "kms:ViaService": f"ecr.{images.region}.amazonaws.com",
            "kms:CallerAccount": ACCOUNT,
        }
        found = statements(images.one("aws_kms_key")["policy"])
        assert "kms:Decrypt" not in found.pop("AdministeredThroughIam")["Action"]
        assert {sid: each["Condition"] for sid, each in found.items()} == {
            "UsedThroughEcr": {"StringEquals": through_ecr},
            "GrantedThroughEcr": {
                "StringEquals": through_ecr,
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
            "RetiredThroughEcr": {"StringEquals": through_ecr},
        }

    def test_ecr_can_create_the_grants_of_a_repository_and_retire_them(self, images: Synthesized) -> None:
        found = statements(images.one("aws_kms_key")["policy"])
        assert "kms:CreateGrant" in found["GrantedThroughEcr"]["Action"]
        assert found["RetiredThroughEcr"]["Action"] == ["kms:RetireGrant"]


class TestStack:
    def test_its_state_is_in_the_bucket_of_the_state_stack_beside_those_of_the_deployments(
        self, images: Synthesized
    ) -> None:
        state = images.settings.state
        assert images.document["terraform"]["backend"]["s3"] == {
            "bucket": state.bucket,
            "key": "payment-api/images/terraform.tfstate",
            "region": images.region,
            "kms_key_id": f"alias/{state.key_alias}",
            "encrypt": True,
            "use_lockfile": True,
            "skip_region_validation": True,
        }

    def test_the_repository_is_in_the_region_of_the_deployment(self, images: Synthesized) -> None:
        (provider,) = images.document["provider"]["aws"]
        assert provider["region"] == images.region

    def test_the_outputs_are_the_url_and_the_arn_of_the_repository(self, images: Synthesized) -> None:
        outputs = {name: output["value"] for name, output in images.document["output"].items()}
        assert outputs == {
            "repository_url": images.ref("aws_ecr_repository", "repository_url"),
            "repository_arn": images.ref("aws_ecr_repository", "arn"),
        }

    def test_its_resources_are_tagged(self, images: Synthesized) -> None:
        (provider,) = images.document["provider"]["aws"]
        assert provider["default_tags"] == [
            {"tags": {"Project": "payment-api", "Environment": "images", "ManagedBy": "terraform"}}
        ]

    def test_its_resources_are_the_same_for_all_deployments_of_an_account_and_region(self) -> None:
        """Apart from the settings of the state and of the images, which they have to share."""
        state = {"PAYMENT_API_STATE__BUCKET": "shared-state"}
        staging, prod = (synthesize_images(suffix, **state).document for suffix in ("staging", "prod"))
        assert staging == prod
