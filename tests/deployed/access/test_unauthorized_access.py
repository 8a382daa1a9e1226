"""Unauthorized callers cannot read the secret, the state and the logs; the emulator enforces IAM here.

Secret and state are protected twice, by their resource policy and by the policy of their key, and each
protects without the other. On AWS, S3 Block Public Access also rejects some of the bucket policies that these
tests set. An administrator of the account can remove the policies of the state's bucket and of the keys, on
AWS as on the emulator: the removal is in CloudTrail, and the next apply reverts it. Only those who deploy and
the account's root user can remove the policy of the secret.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.deployed.access.callers import (
    assert_denied,
    bucket_allows,
    key_allows,
    permissions,
    role,
    role_arn,
    secret_allows,
)
from tests.deployed.access.calls import (
    CHANGES_OF_THE_SECRET,
    LOG_GROUPS,
    Call,
    access_log_bucket,
    data_key,
    decrypt_directly,
    describe_secret,
    key_of,
    list_states,
    log_bucket,
    read_first_state,
    read_log,
    read_object,
    read_secret,
    read_secret_in_a_batch,
    read_state,
    set_the_same_secret_policy,
    state_key,
)
from tests.deployed.access.enforcement import enforced, session
from tests.deployed.lookups import state_object
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator

OUTSIDER = "999999999999"
KEYS = ("{name}-data", "{name}-fields", "{name}-logs", "{name}-notifications", "payment-api-state")

LOGS: dict[str, Call] = {
    **{what: partial(read_log, group=group) for what, group in LOG_GROUPS.items()},
    "requests": lambda caller, deployed: read_object(caller, deployed, log_bucket(deployed)),
    "state accesses": lambda caller, deployed: read_object(caller, deployed, access_log_bucket(deployed)),
}

each_way_to_read_the_secret = pytest.mark.parametrize("read", [read_secret, read_secret_in_a_batch])
each_way_to_read_the_state = pytest.mark.parametrize("read", [read_state, read_first_state])
each_log = pytest.mark.parametrize("log", LOGS)
each_key = pytest.mark.parametrize("key", KEYS)


@pytest.fixture(scope="module", params=["role without permissions", "administrator of another account"])
def unauthorized(
    request: pytest.FixtureRequest, deployed: Deployment, emulator: Emulator
) -> Iterator[Account]:
    """A caller whom no policy of the stack names."""
    if request.param == "role without permissions":
        # This permission alone allows reading no secret of the batch.
        context = role(deployed.account, "nobody", "secretsmanager:BatchGetSecretValue")
    else:
        context = role(emulator.other_account(OUTSIDER), "administrator", "*")
    with context as caller:
        yield caller


@pytest.fixture(scope="module")
def administrator(deployed: Deployment) -> Iterator[Account]:
    """An unrelated role of the account with full access."""
    with role(deployed.account, "administrator", "*") as caller:
        yield caller


class TestUnauthorizedCallers:
    @each_way_to_read_the_secret
    def test_cannot_read_the_secret_even_if_its_key_allows_them(
        self, deployed: Deployment, unauthorized: Account, read: Call
    ) -> None:
        with key_allows(deployed, data_key(deployed), role_arn(unauthorized)):
            assert_denied(read, unauthorized, deployed)

    @each_way_to_read_the_secret
    def test_cannot_read_the_secret_even_if_its_policy_allows_them(
        self, deployed: Deployment, unauthorized: Account, read: Call
    ) -> None:
        with secret_allows(deployed, role_arn(unauthorized)):
            assert_denied(read, unauthorized, deployed)

    @each_way_to_read_the_state
    def test_cannot_read_the_state_even_if_its_key_allows_them(
        self, deployed: Deployment, unauthorized: Account, read: Call
    ) -> None:
        with key_allows(deployed, state_key(deployed), role_arn(unauthorized)):
            assert_denied(read, unauthorized, deployed)

    @each_way_to_read_the_state
    def test_cannot_read_the_state_even_if_its_bucket_allows_them(
        self, deployed: Deployment, unauthorized: Account, read: Call
    ) -> None:
        with bucket_allows(deployed, state_object(deployed).bucket, role_arn(unauthorized)):
            assert_denied(read, unauthorized, deployed)

    def test_cannot_list_the_state_bucket(self, deployed: Deployment, unauthorized: Account) -> None:
        assert_denied(list_states, unauthorized, deployed)

    @each_log
    def test_cannot_read_the_logs(self, deployed: Deployment, unauthorized: Account, log: str) -> None:
        assert_denied(LOGS[log], unauthorized, deployed)

    @each_key
    def test_cannot_decrypt_with_a_key(self, deployed: Deployment, unauthorized: Account, key: str) -> None:
        assert_denied(decrypting_with(key), unauthorized, deployed)


class TestUnrelatedRoleWithFullAccess:
    """A role in the account whose IAM policies allow everything, and which no policy of the stack names."""

    @each_way_to_read_the_secret
    def test_cannot_read_the_secret(self, deployed: Deployment, administrator: Account, read: Call) -> None:
        assert describe_secret(administrator, deployed)
        assert_denied(read, administrator, deployed)

    @pytest.mark.parametrize("change", CHANGES_OF_THE_SECRET)
    def test_cannot_change_the_secret(
        self, deployed: Deployment, administrator: Account, change: str
    ) -> None:
        assert_denied(CHANGES_OF_THE_SECRET[change], administrator, deployed)

    @each_key
    def test_cannot_decrypt_with_a_key_directly(
        self, deployed: Deployment, administrator: Account, key: str
    ) -> None:
        assert_denied(decrypting_with(key), administrator, deployed)

    @each_way_to_read_the_state
    def test_can_read_the_state(self, deployed: Deployment, administrator: Account, read: Call) -> None:
        assert read(administrator, deployed)

    @each_log
    def test_can_read_the_logs(self, deployed: Deployment, administrator: Account, log: str) -> None:
        assert LOGS[log](administrator, deployed)


def test_a_role_with_full_access_to_s3_alone_cannot_read_the_state(deployed: Deployment) -> None:
    """The state's key delegates to IAM policies, so the caller's policies must also allow kms:Decrypt."""
    with role(deployed.account, "reader", "s3:*") as reader:
        assert list_states(reader, deployed)
        assert_denied(read_state, reader, deployed)


def test_a_role_with_full_access_to_kms_alone_cannot_read_the_state(deployed: Deployment) -> None:
    with role(deployed.account, "decrypter", "kms:*") as decrypter:
        assert_denied(read_state, decrypter, deployed)


def test_a_role_with_getobject_and_decrypt_can_read_the_state(deployed: Deployment) -> None:
    with role(deployed.account, "operator", "s3:GetObject", "kms:Decrypt") as operator:
        assert read_state(operator, deployed)


def test_the_role_that_deploys_can_read_the_secret(deployed: Deployment) -> None:
    caller = session(deployed.account, "emulator")
    with permissions(deployed.account, "emulator", "*"), enforced(caller):
        assert read_secret(caller, deployed)


def test_the_role_that_deploys_can_change_the_secret(deployed: Deployment) -> None:
    caller = session(deployed.account, "emulator")
    with permissions(deployed.account, "emulator", "*"), enforced(caller):
        assert set_the_same_secret_policy(caller, deployed)


def decrypting_with(alias: str) -> Call:
    """A call that decrypts with the key directly, not through the service that the key is for."""

    def decrypt(caller: Account, deployed: Deployment) -> object:
        key_id = key_of(deployed, alias.format(name=deployed.name))
        return decrypt_directly(caller, deployed, key_id=key_id)

    return decrypt
