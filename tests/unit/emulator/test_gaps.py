"""How gaps of moto are closed, and what is said of those that are not."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.route53.exceptions import ResourceRecordAlreadyExists
from moto.route53.models import route53_backends
from moto.sns.models import sns_backends
from werkzeug.test import Client

from tests.emulator.gaps.patching import MotoChangedError, adds, replaces
from tests.emulator.journal import Journal

REQUEST: dict[str, Any] = {
    "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/ec2/aws4_request, Sig=1",
    "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
    "CONTENT_LENGTH": "17",
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/",
}


class Service:
    """Stands for one of moto's classes."""

    def present(self) -> str:
        return "moto's"


def lacking(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
    """Stands for moto where it lacks an operation."""
    raise NotImplementedError("no such action")


def ask(journal: Journal) -> tuple[str, bytes]:
    """Status and body of the answer to a request for EC2's operation `Lack`."""
    statuses: list[str] = []
    request = {**REQUEST, "wsgi.input": io.BytesIO(b"Action=Lack&Id=1&")}
    body = b"".join(journal(request, lambda status, _headers: statuses.append(status)))
    return statuses[0], body


def test_what_moto_lacks_is_refused_in_a_way_that_no_client_repeats() -> None:
    status, body = ask(Journal(lacking, log_file=None))

    assert status == "501 Not Implemented"
    assert b"<Message>The emulator cannot answer ec2 Lack: " in body


def test_what_moto_lacks_is_remembered() -> None:
    journal = Journal(lacking, log_file=None)
    ask(journal)

    assert [failure.operation for failure in journal.failures] == ["ec2 Lack"]


def test_the_log_file_has_every_request(tmp_path: Path) -> None:
    journal = Journal(lacking, log_file=tmp_path / "log")
    ask(journal)
    journal.close()

    assert (tmp_path / "log").read_text().startswith("501 ec2 Lack NotImplementedError('no such action')")


def test_a_replacement_is_given_the_original() -> None:
    @replaces(Service)
    def present(original: Callable[[Service], str], self: Service) -> str:
        return f"ours after {original(self)}"

    assert Service().present() == "ours after moto's"


def test_a_gap_that_moto_has_closed_fails_loudly() -> None:
    def present(_self: Service) -> str:
        return "ours"

    with pytest.raises(MotoChangedError, match="take it out of the gaps"):
        adds(Service)(present)


def test_a_method_that_moto_no_longer_has_fails_loudly() -> None:
    def absent(_original: object, _self: Service) -> str:
        return "ours"

    with pytest.raises(MotoChangedError, match="no method or property absent"):
        replaces(Service)(absent)


def backup(method: str, path: str, **body: dict[str, Any]) -> dict[str, Any]:
    """What AWS Backup answers."""
    aws = Client(DomainDispatcherApplication(create_backend_app))
    signed = {"Authorization": REQUEST["HTTP_AUTHORIZATION"].replace("/ec2/", "/backup/")}
    answer = aws.open(f"/backup/plans/{path}", method=method, json=body, headers=signed)
    read: dict[str, Any] = json.loads(answer.data or "{}")
    return read


@pytest.fixture
def plan() -> Iterator[str]:
    """The id of a backup plan, which is deleted after the test."""
    made = backup("PUT", "", BackupPlan={"BackupPlanName": "daily", "Rules": []})["BackupPlanId"]
    yield made
    backup("DELETE", made)


def test_the_selections_of_a_backup_plan_are_listed(plan: str) -> None:
    made = backup("PUT", f"{plan}/selections/", BackupSelection={"SelectionName": "database"})["SelectionId"]
    (selection,) = backup("GET", f"{plan}/selections/")["BackupSelectionsList"]
    backup("DELETE", f"{plan}/selections/{made}")

    assert selection["SelectionId"] == made
    assert (selection["BackupPlanId"], selection["SelectionName"]) == (plan, "database")


def test_a_deleted_backup_plan_leaves_its_name(plan: str) -> None:
    backup("DELETE", plan)
    again = backup("PUT", "", BackupPlan={"BackupPlanName": "daily", "Rules": []})["BackupPlanId"]
    backup("DELETE", again)

    assert again != plan


def test_an_address_keeps_its_pending_subscription_when_it_is_subscribed_again() -> None:
    sns = sns_backends["444444444498"]["us-east-1"]
    topic = sns.create_topic("alarms").arn
    first, second = (sns.subscribe(topic, "on-call@example.net", "email") for _ in range(2))

    assert second.arn == first.arn
    assert sns.get_subscription_attributes(first.arn)["PendingConfirmation"] is True


def test_a_queue_has_nothing_to_confirm() -> None:
    sns = sns_backends["444444444498"]["us-east-1"]
    queue = "arn:aws:sqs:us-east-1:444444444498:alarms"
    subscription = sns.subscribe(sns.create_topic("alarms").arn, queue, "sqs")

    assert sns.get_subscription_attributes(subscription.arn)["PendingConfirmation"] is False


def test_a_record_that_was_deleted_is_created_again_beside_others() -> None:
    route53 = route53_backends["444444444498"]["aws"]
    zone = route53.create_hosted_zone("example.net", private_zone=False).id

    def change(action: str, name: str) -> None:
        record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        route53.change_resource_record_sets(zone, [{"Action": action, "ResourceRecordSet": record}])

    for name in ("api.example.net", "www.example.net"):
        change("CREATE", name)
    change("DELETE", "api.example.net")
    change("CREATE", "api.example.net")

    standing = {record.name for record in route53.get_hosted_zone(zone).rrsets}
    assert {"api.example.net.", "www.example.net."} <= standing
    with pytest.raises(ResourceRecordAlreadyExists):
        change("CREATE", "api.example.net")
