"""The remote state survives what people do to it by accident.

moto keeps versions and locks as S3 does. On AWS the two refusals are the same; a version that is put back is
encrypted with the state's key, for which whoever restores needs `kms:GenerateDataKey`.
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
    """The system's state as it lies in the bucket, for a person with AWS's command line."""

    def __init__(self, deployed: Deployment, directory: Path) -> None:
        """The person works in this empty directory, as on a machine that has never deployed."""
        document = json.loads((deployed.stacks[deployed.name] / "cdk.tf.json").read_text(encoding="utf-8"))
        backend = document["terraform"]["backend"]["s3"]
        self._environment = deployed.environment
        self._directory = directory
        self.s3 = deployed.account.client("s3")
        self.place = {"Bucket": backend["bucket"], "Key": backend["key"]}

    def content(self) -> str:
        """What a plan would start from."""
        return str(self.s3.get_object(**self.place)["Body"].read().decode())

    def versions(self) -> list[str]:
        """The ids of all versions, the newest first."""
        listed = self.s3.list_object_versions(Bucket=self.place["Bucket"], Prefix=self.place["Key"])
        return [each["VersionId"] for each in listed["Versions"] if each["Key"] == self.place["Key"]]

    def restore(self) -> str:
        """Take the steps of docs/operations.md and return the version that was restored: the newest whose content
        Terraform can list.

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
                self.s3.put_object(**self.place, Body=restored.read_bytes())
            case _:
                pytest.fail(f"docs/operations.md has a new step: {operation}")
        return ""


@pytest.fixture
def stored(dev: Deployment, tmp_path: Path) -> Iterator[Stored]:
    """Dev's state, which is back as it was when the test ends, however that is."""
    state = Stored(dev, tmp_path)
    before = state.content()
    yield state
    if state.versions() and _readable(state) != before:
        state.s3.put_object(**state.place, Body=before.encode())


def _readable(state: Stored) -> str | None:
    try:
        return state.content()
    except ClientError:
        return None


def test_s3_refuses_to_delete_the_bucket_while_it_holds_state(stored: Stored) -> None:
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        stored.s3.delete_bucket(Bucket=stored.place["Bucket"])


def test_terraform_refuses_to_destroy_the_state_stack_and_loses_nothing(
    dev: Deployment, stored: Stored
) -> None:
    before, content = dev.state.addresses(), stored.content()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        dev.state.destroy()
    assert dev.state.addresses() == before
    assert stored.content() == content


def test_every_write_leaves_the_version_before_it(stored: Stored) -> None:
    before = stored.versions()
    stored.s3.put_object(**stored.place, Body=stored.content().encode())
    assert stored.versions()[1:] == before


def test_no_version_can_be_deleted_before_its_time(stored: Stored) -> None:
    """Object lock, governance mode: AWS lets only those past it who hold s3:BypassGovernanceRetention and
    say so with each request, as S3's console does for them."""
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
    lost = _lost(dev)

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
    assert _lost(dev)

    assert stored.restore() == good

    assert stored.content() == before
    dev.system.apply()
    plan = dev.system.plan()
    assert plan.empty, plan.text


def test_a_version_that_is_put_back_is_encrypted_with_the_states_key(dev: Deployment, stored: Stored) -> None:
    stored.restore()

    key = dev.state.outputs()["state_key_arn"]
    found = stored.s3.head_object(**stored.place)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_nothing_but_the_state_must_be_restored(stored: Stored) -> None:
    """The lock is an object that is gone when nobody applies, and S3's own lock keeps no digest elsewhere."""
    listed = stored.s3.list_objects_v2(Bucket=stored.place["Bucket"])["Contents"]
    assert [each["Key"] for each in listed] == [stored.place["Key"]]


def _lost(dev: Deployment) -> bool:
    """Whether the state is of no use: Terraform cannot read it, or would create all anew."""
    try:
        return dev.system.addresses() == []
    except TerraformError:
        return True
