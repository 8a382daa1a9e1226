"""The remote state can be recovered after it was overwritten or deleted by accident.

moto implements versioning and object lock as S3 does, and AWS refuses the same calls. On AWS the caller who
restores a version also needs `kms:GenerateDataKey` for the state's key.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.emulator import deployment, processes
from tests.emulator.deployment import Deployment
from tests.emulator.processes import Finished
from tests.emulator.terraform import TerraformError

RESTORE = re.compile(r"<!-- restore -->\n```bash\n(.*?)```", re.DOTALL)


class Stored:
    """The state object of the system's stack, and the documented steps that restore it."""

    def __init__(self, deployed: Deployment, directory: Path) -> None:
        """`directory` is empty, as on a machine that has never deployed."""
        document = json.loads((deployed.stacks[deployed.name] / "cdk.tf.json").read_text(encoding="utf-8"))
        backend = document["terraform"]["backend"]["s3"]
        self._environment = deployed.environment
        self._directory = directory
        self.s3 = deployed.account.client("s3")
        self.place = {"Bucket": backend["bucket"], "Key": backend["key"]}

    def content(self) -> str:
        """The current version, from which a plan would start."""
        return str(self.s3.get_object(**self.place)["Body"].read().decode())

    def versions(self) -> list[str]:
        """The ids of all versions, newest first."""
        listed = self.s3.list_object_versions(Bucket=self.place["Bucket"], Prefix=self.place["Key"])
        return [each["VersionId"] for each in listed["Versions"] if each["Key"] == self.place["Key"]]

    def restore(self) -> str:
        """Follow the steps of docs/operations.md and return the restored version.

        It is the newest version whose content Terraform can list.

        Where there is no aws on the path the same calls are made with boto3.
        """
        (steps,) = RESTORE.findall(
            (deployment.CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
        )
        list_, get, look, put = (line for line in steps.splitlines() if not line.startswith("#"))
        for line in self._step(list_).stdout.splitlines():
            version = line.split()[0]
            self._step(get, version)
            if self._step(look, accept=(0, 1)).exit_code == 0:
                self._step(put)
                return version
        pytest.fail("no version can be read")

    def _step(self, command: str, version: str = "", accept: tuple[int, ...] = (0,)) -> Finished:
        variables = {"BUCKET": self.place["Bucket"], "KEY": self.place["Key"], "VERSION": version}
        if command.startswith("aws ") and shutil.which("aws") is None:
            return Finished((command,), 0, self._with_boto3(command.split()[2], version), "")
        finished = processes.run(
            ("bash", "-euc", command),
            directory=self._directory,
            environment={**self._environment, **variables},
        )
        assert finished.exit_code in accept, f"{command}\n{finished.stderr}"
        return finished

    def _with_boto3(self, operation: str, version: str) -> str:
        restored = self._directory / "restored.tfstate"
        match operation:
            case "list-object-versions":
                return "\n".join(self.versions())
            case "get-object":
                body = self.s3.get_object(**self.place, VersionId=version)["Body"]
                restored.write_bytes(body.read())
            case "put-object":
                self.s3.put_object(**self.place, Body=restored.read_bytes(), ChecksumAlgorithm="SHA256")
            case _:
                pytest.fail(f"docs/operations.md has a new step: {operation}")
        return ""


@pytest.fixture
def stored(dev: Deployment, tmp_path: Path) -> Iterator[Stored]:
    """The state of dev; its content is restored after the test, even if the test fails."""
    state = Stored(dev, tmp_path)
    before = state.content()
    yield state
    if state.versions() and _content_or_none(state) != before:
        state.s3.put_object(**state.place, Body=before.encode())


def _content_or_none(state: Stored) -> str | None:
    try:
        return state.content()
    except ClientError:
        return None


def test_s3_refuses_to_delete_the_bucket_while_it_holds_state(stored: Stored) -> None:
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        stored.s3.delete_bucket(Bucket=stored.place["Bucket"])


def test_terraform_refuses_to_destroy_the_state_stack_and_deletes_nothing(
    dev: Deployment, stored: Stored
) -> None:
    before, content = dev.state.addresses(), stored.content()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        dev.state.destroy()
    assert dev.state.addresses() == before
    assert stored.content() == content


def test_every_write_keeps_the_previous_versions(stored: Stored) -> None:
    before = stored.versions()
    stored.s3.put_object(**stored.place, Body=stored.content().encode())
    assert stored.versions()[1:] == before


def test_no_version_can_be_deleted_during_its_retention(stored: Stored) -> None:
    """The object lock is in governance mode: AWS deletes a version only for callers who are allowed
    s3:BypassGovernanceRetention and send the header for it, as the S3 console does."""
    for version in stored.versions():
        with pytest.raises(ClientError, match="AccessDenied"):
            stored.s3.delete_object(**stored.place, VersionId=version)


def test_a_state_overwritten_with_garbage_is_restored_by_the_documented_steps(
    dev: Deployment, stored: Stored
) -> None:
    before = stored.content()
    (good, *_), garbage = stored.versions(), (b"not a state", b"{}")
    for each in garbage:
        stored.s3.put_object(**stored.place, Body=each)
    lost = _is_lost(dev)

    restored = stored.restore()

    assert lost
    assert restored == good
    assert stored.content() == before
    plan = dev.system.plan()
    assert plan.empty, plan.text


def test_a_state_that_was_deleted_is_restored_by_the_documented_steps(
    dev: Deployment, stored: Stored
) -> None:
    before = stored.content()
    good, *_ = stored.versions()
    stored.s3.delete_object(**stored.place)
    assert _is_lost(dev)

    assert stored.restore() == good

    assert stored.content() == before
    dev.system.apply()
    plan = dev.system.plan()
    assert plan.empty, plan.text


def test_a_restored_version_is_encrypted_with_the_states_key(dev: Deployment, stored: Stored) -> None:
    stored.restore()

    key = dev.state.outputs()["state_key_arn"]
    found = stored.s3.head_object(**stored.place)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_the_bucket_holds_no_other_object_to_restore(stored: Stored) -> None:
    """The lock file exists only during an apply, and locking with S3 stores no digest in another service."""
    listed = stored.s3.list_objects_v2(Bucket=stored.place["Bucket"])["Contents"]
    assert [each["Key"] for each in listed] == [stored.place["Key"]]


def _is_lost(dev: Deployment) -> bool:
    """Whether Terraform cannot read the state, or finds no resource in it."""
    try:
        return dev.system.addresses() == []
    except TerraformError:
        return True
