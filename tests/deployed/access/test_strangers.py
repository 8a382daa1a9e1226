"""What strangers cannot read: the secret, the state and the logs, where the emulator enforces IAM.

Secret and state are guarded twice, by the policy on them and by that of their key, and each guard holds
without the other. On AWS a bucket that blocks public policies keeps some of the doors shut that are opened
here. An administrator of the account can take any policy off, on AWS as here: it shows in CloudTrail, and
the next apply puts it back.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.deployed.access.callers import (
    arn,
    bucket_open,
    granted,
    key_open,
    refused,
    role,
    secret_open,
)
from tests.deployed.access.calls import (
    LOG_GROUPS,
    Call,
    access_log_bucket,
    data_key,
    decrypt_by_itself,
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
    state_key,
    state_of,
)
from tests.deployed.access.enforcement import enforced, session
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator

OUTSIDER = "999999999999"
KEYS = ("{name}-data", "{name}-logs", "{name}-notifications", "payment-api-state")

LOGS: dict[str, Call] = {
    **{what: partial(read_log, group=group) for what, group in LOG_GROUPS.items()},
    "requests": lambda caller, deployed: read_object(caller, deployed, log_bucket(deployed)),
    "state's readers": lambda caller, deployed: read_object(caller, deployed, access_log_bucket(deployed)),
}

each_read_of_the_secret = pytest.mark.parametrize("read", [read_secret, read_secret_in_a_batch])
each_read_of_the_state = pytest.mark.parametrize("read", [read_state, read_first_state])
each_log = pytest.mark.parametrize("log", LOGS)
each_key = pytest.mark.parametrize("key", KEYS)


@pytest.fixture(scope="module", params=["a role without rights", "an administrator of another account"])
def stranger(request: pytest.FixtureRequest, deployed: Deployment, emulator: Emulator) -> Iterator[Account]:
    """Somebody whom no policy of ours names."""
    if request.param == "a role without rights":
        # Which is no right to any secret in the batch.
        entered = role(deployed.account, "nobody", "secretsmanager:BatchGetSecretValue")
    else:
        entered = role(emulator.other_account(OUTSIDER), "administrator", "*")
    with entered as caller:
        yield caller


@pytest.fixture(scope="module")
def administrator(deployed: Deployment) -> Iterator[Account]:
    """A role of the account whose policies allow all."""
    with role(deployed.account, "administrator", "*") as caller:
        yield caller


class TestStrangers:
    @each_read_of_the_secret
    def test_cannot_read_the_secret_even_if_its_key_lets_them(
        self, deployed: Deployment, stranger: Account, read: Call
    ) -> None:
        with key_open(deployed, data_key(deployed), arn(stranger)):
            refused(read, stranger, deployed)

    @each_read_of_the_secret
    def test_cannot_read_the_secret_even_if_its_policy_lets_them(
        self, deployed: Deployment, stranger: Account, read: Call
    ) -> None:
        with secret_open(deployed, arn(stranger)):
            refused(read, stranger, deployed)

    @each_read_of_the_state
    def test_cannot_read_the_state_even_if_its_key_lets_them(
        self, deployed: Deployment, stranger: Account, read: Call
    ) -> None:
        with key_open(deployed, state_key(deployed), arn(stranger)):
            refused(read, stranger, deployed)

    @each_read_of_the_state
    def test_cannot_read_the_state_even_if_its_bucket_lets_them(
        self, deployed: Deployment, stranger: Account, read: Call
    ) -> None:
        with bucket_open(deployed, state_of(deployed)["Bucket"], arn(stranger)):
            refused(read, stranger, deployed)

    def test_cannot_see_which_states_there_are(self, deployed: Deployment, stranger: Account) -> None:
        refused(list_states, stranger, deployed)

    @each_log
    def test_cannot_read_the_logs(self, deployed: Deployment, stranger: Account, log: str) -> None:
        refused(LOGS[log], stranger, deployed)

    @each_key
    def test_cannot_use_a_key(self, deployed: Deployment, stranger: Account, key: str) -> None:
        refused(decrypting_with(key), stranger, deployed)


class TestWhoMayEverything:
    """In the account, as far as IAM policies go."""

    @each_read_of_the_secret
    def test_cannot_read_the_secret(self, deployed: Deployment, administrator: Account, read: Call) -> None:
        assert describe_secret(administrator, deployed)
        refused(read, administrator, deployed)

    @each_key
    def test_cannot_use_a_key_by_itself(self, deployed: Deployment, administrator: Account, key: str) -> None:
        refused(decrypting_with(key), administrator, deployed)

    @each_read_of_the_state
    def test_reads_the_state(self, deployed: Deployment, administrator: Account, read: Call) -> None:
        assert read(administrator, deployed)

    @each_log
    def test_reads_the_logs(self, deployed: Deployment, administrator: Account, log: str) -> None:
        assert LOGS[log](administrator, deployed)


def test_one_who_may_read_all_of_s3_cannot_read_the_state(deployed: Deployment) -> None:
    """The state's key lets S3 decrypt only for those whose own policies say so, too."""
    with role(deployed.account, "reader", "s3:*") as reader:
        assert list_states(reader, deployed)
        refused(read_state, reader, deployed)


def test_one_who_may_use_all_keys_cannot_read_the_state(deployed: Deployment) -> None:
    with role(deployed.account, "decrypter", "kms:*") as decrypter:
        refused(read_state, decrypter, deployed)


def test_one_who_may_read_the_state_reads_it(deployed: Deployment) -> None:
    with role(deployed.account, "operator", "s3:GetObject", "kms:Decrypt") as operator:
        assert read_state(operator, deployed)


def test_whoever_deploys_reads_the_secret(deployed: Deployment) -> None:
    caller = session(deployed.account, "emulator")
    with granted(deployed.account, "emulator", "*"), enforced(caller):
        assert read_secret(caller, deployed)


def decrypting_with(alias: str) -> Call:
    """The use of a key without going through the service that it is for."""

    def decrypt(caller: Account, deployed: Deployment) -> object:
        key_id = key_of(deployed, alias.format(name=deployed.name))
        return decrypt_by_itself(caller, deployed, key_id=key_id)

    return decrypt
