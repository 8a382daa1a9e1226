"""What the stacks ask of Terraform: where the state is, which versions, which tags."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize


def backend(stack: Synthesized) -> Block:
    """The S3 backend, which must be the only one."""
    found: Block = stack.document["terraform"]["backend"]
    assert list(found) == ["s3"]
    s3: Block = found["s3"]
    return s3


class TestState:
    @pytest.mark.parametrize("suffix", ["dev", "pr-123", "staging", "prod"])
    def test_each_deployment_has_its_own_key(self, suffix: str) -> None:
        """Parity 27."""
        assert backend(synthesize(suffix))["key"] == f"payment-api/{suffix}/terraform.tfstate"

    def test_it_is_encrypted_with_the_key_of_the_state_stack(self, every: Synthesized) -> None:
        """Parity 26."""
        s3 = backend(every)
        assert s3["encrypt"] is True
        assert s3["kms_key_id"] == "alias/payment-api-state"

    def test_bucket_and_key_are_settings(self) -> None:
        s3 = backend(
            synthesize(
                "prod",
                PAYMENT_API_STATE__BUCKET="shop-state",
                PAYMENT_API_STATE__KEY_ALIAS="shop-state-key",
            )
        )
        assert (s3["bucket"], s3["kms_key_id"]) == ("shop-state", "alias/shop-state-key")

    def test_a_file_beside_it_locks_it_and_no_table(self, every: Synthesized) -> None:
        s3 = backend(every)
        assert s3["use_lockfile"] is True
        assert not [argument for argument in s3 if "dynamodb" in argument]

    @pytest.mark.parametrize(
        ("variables", "region"), [({}, "us-east-1"), ({"AWS_REGION": "eu-west-1"}, "eu-west-1")]
    )
    def test_it_stands_in_the_deployments_region(self, variables: dict[str, str], region: str) -> None:
        """Parity 27."""
        stack = synthesize("dev", **variables)
        (provider,) = stack.document["provider"]["aws"]
        assert backend(stack)["region"] == provider["region"] == region

    def test_regions_that_terraform_does_not_know_yet_are_left_to_the_settings(self) -> None:
        """Terraform 1.11 would refuse this one at `terraform init`."""
        s3 = backend(synthesize("dev", AWS_REGION="ap-east-2"))
        assert (s3["region"], s3["skip_region_validation"]) == ("ap-east-2", True)


class TestLastState:
    """What the stack knows of its last apply."""

    def test_it_is_the_backends(self, every: Synthesized) -> None:
        (last,) = every.document["data"]["terraform_remote_state"].values()
        backend = every.document["terraform"]["backend"]["s3"]
        assert last["backend"] == "s3"
        assert last["config"] == {
            name: backend[name]
            for name in ("bucket", "key", "region", "skip_region_validation", "kms_key_id")
        }

    def test_it_is_read_only_once_it_is_written(self, every: Synthesized) -> None:
        """Terraform fails on a state that is not there, as before the first apply."""
        (last,) = every.document["data"]["terraform_remote_state"].values()
        ((id_, written),) = every.document["data"]["aws_s3_objects"].items()
        key = last["config"]["key"]
        assert (written["bucket"], written["prefix"]) == (last["config"]["bucket"], key)
        assert last["count"] == f'${{contains(data.aws_s3_objects.{id_}.keys, "{key}") ? 1 : 0}}'


class TestVersions:
    def test_terraform_must_know_write_only_arguments(self, every: Synthesized, state: Synthesized) -> None:
        for stack in (every, state):
            assert stack.document["terraform"]["required_version"] == ">= 1.11.0"

    def test_the_systems_providers_are_exact(self, every: Synthesized) -> None:
        assert every.document["terraform"]["required_providers"] == {
            "aws": {"source": "aws", "version": "5.100.0"},
            "random": {"source": "hashicorp/random", "version": "3.7.2"},
        }

    def test_the_state_stacks_provider_is_exact(self, state: Synthesized) -> None:
        assert state.document["terraform"]["required_providers"] == {
            "aws": {"source": "aws", "version": "5.100.0"}
        }


@pytest.mark.parametrize("suffix", ["dev", "pr-123", "staging", "prod"])
def test_everything_is_tagged_with_its_deployment(suffix: str) -> None:
    (provider,) = synthesize(suffix).document["provider"]["aws"]
    assert provider["default_tags"] == [
        {"tags": {"Project": "payment-api", "Environment": suffix, "ManagedBy": "terraform"}}
    ]
