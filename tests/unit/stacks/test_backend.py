"""What the stacks configure in Terraform: remote state, versions, and default tags."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import DEPLOYMENTS

SUFFIXES = (*DEPLOYMENTS, "pr-123")


def backend(stack: Synthesized) -> Block:
    """The S3 backend, which must be the only one."""
    found: Block = stack.document["terraform"]["backend"]
    assert list(found) == ["s3"]
    s3: Block = found["s3"]
    return s3


class TestBackend:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_each_deployment_has_its_own_state_object(self, suffix: str) -> None:
        assert backend(synthesize(suffix))["key"] == f"payment-api/{suffix}/terraform.tfstate"

    def test_the_state_is_encrypted(self, every: Synthesized) -> None:
        assert backend(every)["encrypt"] is True

    def test_the_settings_set_the_bucket_and_key_of_the_state(self, every: Synthesized) -> None:
        s3, settings = backend(every), every.settings.state
        assert s3["bucket"] == settings.bucket
        assert s3["kms_key_id"] == f"alias/{settings.key_alias}"

    def test_the_default_key_alias_of_the_state_is_payment_api_state(self, each_profile: Synthesized) -> None:
        assert backend(each_profile)["kms_key_id"] == "alias/payment-api-state"

    def test_the_state_is_locked_with_a_lock_file_and_not_with_dynamodb(self, every: Synthesized) -> None:
        s3 = backend(every)
        assert s3["use_lockfile"] is True
        assert not [argument for argument in s3 if "dynamodb" in argument]

    def test_the_state_is_in_the_region_of_the_deployment(self, every: Synthesized) -> None:
        (provider,) = every.document["provider"]["aws"]
        assert backend(every)["region"] == provider["region"] == every.region

    def test_the_default_region_of_the_state_is_us_east_1(self, each_profile: Synthesized) -> None:
        assert backend(each_profile)["region"] == "us-east-1"

    def test_terraform_does_not_validate_the_region(self) -> None:
        """The settings validate it; Terraform 1.11 does not know ap-east-2 and would fail in `init`."""
        s3 = backend(synthesize("dev", AWS_REGION="ap-east-2"))
        assert (s3["region"], s3["skip_region_validation"]) == ("ap-east-2", True)


class TestLastState:
    """The data sources with which the stack reads the state of its last apply."""

    def test_the_last_state_is_read_from_the_backend(self, every: Synthesized) -> None:
        (last,) = every.document["data"]["terraform_remote_state"].values()
        s3 = backend(every)
        assert last["backend"] == "s3"
        assert last["config"] == {
            name: s3[name] for name in ("bucket", "key", "region", "skip_region_validation", "kms_key_id")
        }

    def test_the_last_state_is_read_only_if_it_exists(self, every: Synthesized) -> None:
        """Terraform fails if the state does not exist, as before the first apply."""
        (last,) = every.document["data"]["terraform_remote_state"].values()
        ((id_, objects),) = every.document["data"]["aws_s3_objects"].items()
        key = last["config"]["key"]
        assert (objects["bucket"], objects["prefix"]) == (last["config"]["bucket"], key)
        assert last["count"] == f'${{contains(data.aws_s3_objects.{id_}.keys, "{key}") ? 1 : 0}}'


def test_every_plan_refuses_a_named_workspace(
    every: Synthesized, state: Synthesized, images: Synthesized
) -> None:
    """The state of a named workspace is not the one that the stack reads."""
    for stack in (every, state, images):
        precondition, *_ = stack.document["data"]["aws_caller_identity"]["caller"]["lifecycle"][
            "precondition"
        ]
        assert precondition["condition"] == '${terraform.workspace == "default"}'
        assert "ENVIRONMENT_SUFFIX" in precondition["error_message"]


class TestVersions:
    def test_terraform_must_support_write_only_arguments(
        self, every: Synthesized, state: Synthesized, images: Synthesized
    ) -> None:
        for stack in (every, state, images):
            assert stack.document["terraform"]["required_version"] == ">= 1.11.0"

    def test_the_provider_versions_of_the_payment_api_are_exact(self, every: Synthesized) -> None:
        assert every.document["terraform"]["required_providers"] == {
            "aws": {"source": "aws", "version": "5.100.0"},
            "random": {"source": "hashicorp/random", "version": "3.7.2"},
        }

    def test_the_provider_version_of_the_other_stacks_is_exact(
        self, state: Synthesized, images: Synthesized
    ) -> None:
        for stack in (state, images):
            assert stack.document["terraform"]["required_providers"] == {
                "aws": {"source": "aws", "version": "5.100.0"}
            }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_all_resources_are_tagged_with_their_deployment(suffix: str) -> None:
    (provider,) = synthesize(suffix).document["provider"]["aws"]
    assert provider["default_tags"] == [
        {"tags": {"Project": "payment-api", "Environment": suffix, "ManagedBy": "terraform"}}
    ]
