"""The emulator itself: whom it answers, and what it keeps apart."""

import http.client

import pytest

from tests.emulator.server import Emulator


def test_it_listens_on_loopback_only(emulator: Emulator) -> None:
    assert emulator.account.endpoint.startswith("http://127.0.0.1:")


def test_accounts_are_apart(emulator: Emulator) -> None:
    other = emulator.other_account("222222222222")
    other.client("sqs").create_queue(QueueName="of-the-other")

    assert other.client("sts").get_caller_identity()["Account"] == "222222222222"
    assert "QueueUrls" not in emulator.account.client("sqs").list_queues()


def test_a_connection_serves_several_requests(emulator: Emulator) -> None:
    connection = http.client.HTTPConnection(emulator.account.endpoint.removeprefix("http://"))
    statuses = []
    for _ in range(3):
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        statuses.append((answer.status, answer.will_close))

    assert statuses == [(200, False)] * 3


def test_the_persons_own_credentials_do_not_reach_a_tool(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_CA_BUNDLE",
        "TF_CLI_ARGS",
        "PAYMENT_API_STATE__BUCKET",
    ):
        monkeypatch.setenv(name, "of the person")

    assert "of the person" not in emulator.account.environment().values()


def test_the_persons_own_profile_and_proxy_do_not_reach_a_client(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "of the person")

    assert emulator.account.client("sts").get_caller_identity()["Account"] == "123456789012"
