"""Patches of moto, and the responses to requests that moto does not support."""

import ast
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

from tests.emulator import gaps
from tests.emulator.gaps.patching import MotoChangedError, adds, replaces
from tests.emulator.request_log import RequestLog

REQUEST: dict[str, Any] = {
    "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/ec2/aws4_request, Sig=1",
    "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
    "CONTENT_LENGTH": "17",
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/",
}


class Service:
    """Represents one of moto's classes."""

    def present(self) -> str:
        return "moto"


def unsupported(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
    """Represents moto without the operation that the request names."""
    raise NotImplementedError("no such action")


def send(log: RequestLog) -> tuple[str, bytes]:
    """Status and body of the response to a request for the EC2 operation `Lack`."""
    statuses: list[str] = []
    request = {**REQUEST, "wsgi.input": io.BytesIO(b"Action=Lack&Id=1&")}
    body = b"".join(log(request, lambda status, _headers: statuses.append(status)))
    return statuses[0], body


def test_an_unsupported_operation_gets_a_status_that_clients_do_not_retry() -> None:
    status, body = send(RequestLog(unsupported, log_file=None))

    assert status == "501 Not Implemented"
    assert b"<Message>The emulator cannot answer ec2 Lack: " in body


def test_an_unsupported_operation_is_recorded_as_a_failure() -> None:
    log = RequestLog(unsupported, log_file=None)
    send(log)

    assert [failure.operation for failure in log.failures] == ["ec2 Lack"]


def test_the_log_file_contains_every_request(tmp_path: Path) -> None:
    log = RequestLog(unsupported, log_file=tmp_path / "log")
    send(log)
    log.close()

    assert (tmp_path / "log").read_text().startswith("501 ec2 Lack NotImplementedError('no such action')")


def test_a_replacement_receives_the_original_method() -> None:
    @replaces(Service)
    def present(original: Callable[[Service], str], self: Service) -> str:
        return f"patched {original(self)}"

    assert Service().present() == "patched moto"


def test_adding_a_method_that_moto_has_raises_an_error() -> None:
    def present(_self: Service) -> str:
        return "patched"

    with pytest.raises(MotoChangedError, match="Service now has a method present: delete the one in"):
        adds(Service)(present)


def test_replacing_a_method_that_moto_lacks_raises_an_error() -> None:
    def absent(_original: object, _self: Service) -> str:
        return "patched"

    with pytest.raises(MotoChangedError, match="Service no longer has a method or property absent"):
        replaces(Service)(absent)


def patches() -> Iterator[tuple[str, str]]:
    """Name and docstring of each function that adds or replaces a method of moto."""
    for module in sorted(Path(gaps.__path__[0]).glob("*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                yield f"{module.stem}.{node.name}", ast.get_docstring(node) or ""


def test_each_patch_cites_the_documentation_of_aws() -> None:
    docstrings = list(patches())

    assert "sns.subscribe" in dict(docstrings)
    assert [name for name, text in docstrings if "https://docs.aws.amazon.com/" not in text] == []


def backup(method: str, path: str, **body: dict[str, Any]) -> dict[str, Any]:
    """The response of AWS Backup on the emulator."""
    aws = Client(DomainDispatcherApplication(create_backend_app))
    signed = {"Authorization": REQUEST["HTTP_AUTHORIZATION"].replace("/ec2/", "/backup/")}
    answer = aws.open(f"/backup/plans/{path}", method=method, json=body, headers=signed)
    document: dict[str, Any] = json.loads(answer.data or "{}")
    return document


@pytest.fixture
def plan() -> Iterator[str]:
    """The id of a backup plan, which is deleted after the test."""
    plan_id = backup("PUT", "", BackupPlan={"BackupPlanName": "daily", "Rules": []})["BackupPlanId"]
    yield plan_id
    backup("DELETE", plan_id)


def test_the_selections_of_a_backup_plan_are_listed(plan: str) -> None:
    created = backup("PUT", f"{plan}/selections/", BackupSelection={"SelectionName": "database"})
    (selection,) = backup("GET", f"{plan}/selections/")["BackupSelectionsList"]
    backup("DELETE", f"{plan}/selections/{created['SelectionId']}")

    assert selection["SelectionId"] == created["SelectionId"]
    assert (selection["BackupPlanId"], selection["SelectionName"]) == (plan, "database")


def test_the_name_of_a_deleted_backup_plan_can_be_used_again(plan: str) -> None:
    backup("DELETE", plan)
    again = backup("PUT", "", BackupPlan={"BackupPlanName": "daily", "Rules": []})["BackupPlanId"]
    backup("DELETE", again)

    assert again != plan


def test_subscribing_an_e_mail_address_again_keeps_the_pending_subscription() -> None:
    sns = sns_backends["444444444498"]["us-east-1"]
    topic = sns.create_topic("alarms").arn
    first, second = (sns.subscribe(topic, "on-call@example.net", "email") for _ in range(2))

    assert second.arn == first.arn
    assert sns.get_subscription_attributes(first.arn)["PendingConfirmation"] is True


def test_the_subscription_of_a_queue_needs_no_confirmation() -> None:
    sns = sns_backends["444444444498"]["us-east-1"]
    queue = "arn:aws:sqs:us-east-1:444444444498:alarms"
    subscription = sns.subscribe(sns.create_topic("alarms").arn, queue, "sqs")

    assert sns.get_subscription_attributes(subscription.arn)["PendingConfirmation"] is False


def test_a_deleted_record_can_be_created_again() -> None:
    route53 = route53_backends["444444444498"]["aws"]
    zone = route53.create_hosted_zone("example.net", private_zone=False).id

    def change(action: str, name: str) -> None:
        record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        route53.change_resource_record_sets(zone, [{"Action": action, "ResourceRecordSet": record}])

    for name in ("api.example.net", "www.example.net"):
        change("CREATE", name)
    change("DELETE", "api.example.net")
    change("CREATE", "api.example.net")

    records = {record.name for record in route53.get_hosted_zone(zone).rrsets}
    assert {"api.example.net.", "www.example.net."} <= records
    with pytest.raises(ResourceRecordAlreadyExists):
        change("CREATE", "api.example.net")
