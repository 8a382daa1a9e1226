"""The emulator: it listens on loopback, separates accounts, and ignores the user's own AWS configuration."""

import http.client

import pytest

from tests.emulator.server import Emulator


def test_the_emulator_listens_on_loopback_only(emulator: Emulator) -> None:
    assert emulator.account.endpoint.startswith("http://127.0.0.1:")


def test_accounts_do_not_see_each_others_resources(emulator: Emulator) -> None:
    other = emulator.other_account("222222222222")
    other.client("sqs").create_queue(QueueName="other-account")

    assert other.client("sts").get_caller_identity()["Account"] == "222222222222"
    assert "QueueUrls" not in emulator.account.client("sqs").list_queues()


def test_a_connection_is_kept_alive_for_several_requests(emulator: Emulator) -> None:
    connection = http.client.HTTPConnection(emulator.account.endpoint.removeprefix("http://"))
    statuses = []
    for _ in range(3):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, response.will_close))

    assert statuses == [(200, False)] * 3


def test_a_childs_environment_has_none_of_the_users_aws_and_terraform_variables(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_CA_BUNDLE",
        "TF_CLI_ARGS",
        "PAYMENT_API_STATE__BUCKET",
    ):
        monkeypatch.setenv(name, "of-the-user")

    assert "of-the-user" not in emulator.account.environment().values()


def test_a_client_ignores_the_users_profile_and_proxy(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "of-the-user")

    assert emulator.account.client("sts").get_caller_identity()["Account"] == "123456789012"
