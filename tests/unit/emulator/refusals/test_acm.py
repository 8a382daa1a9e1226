"""Certificate Manager refuses to delete a certificate in use, and more names than its quota."""

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Network, certificate
from tests.unit.emulator.refusals.test_elbv2 import ANSWER


def test_a_certificate_of_a_listener_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    arn = certificate(account)
    elbv2 = account.client("elbv2")
    listener = elbv2.create_listener(
        LoadBalancerArn=Network(account).load_balancer(),
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=ANSWER,
    )
    with refused("in use", "ResourceInUseException"):
        account.client("acm").delete_certificate(CertificateArn=arn)
    elbv2.delete_listener(ListenerArn=listener["Listeners"][0]["ListenerArn"])
    account.client("acm").delete_certificate(CertificateArn=arn)


def test_a_certificate_has_ten_names(account: Account, refused: Refuses) -> None:
    names = [f"{index}.example.net" for index in range(10)]
    with refused("too many", "LimitExceededException"):
        account.client("acm").request_certificate(
            DomainName="pay.example.net", SubjectAlternativeNames=names, ValidationMethod="DNS"
        )
