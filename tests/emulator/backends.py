"""Data of the emulator that no AWS API returns or accepts, in moto's backends."""

from moto.rds.models import rds_backends
from moto.route53.models import HostedZoneIdentifier
from moto.utilities.id_generator import moto_id_manager

from tests.emulator import postgres
from tests.emulator.account import Account


def master_password(account: Account, cluster_identifier: str) -> str:
    """The cluster's current master password, with which the master user has just logged in.

    Raises psycopg.OperationalError if the database refuses it.
    """
    account_id = account.client("sts").get_caller_identity()["Account"]
    cluster = rds_backends[account_id][account.region].clusters[cluster_identifier]
    # The public property raises an error, since AWS never returns the password.
    password = str(cluster._master_user_password)
    user = str(cluster.master_username)
    postgres.connect(account, cluster_identifier, user=user, password=password).close()
    return password


def create_hosted_zone(account: Account, name: str, id_: str | None = None) -> str:
    """Create a public hosted zone, with a certain ID if one is given, and return its ID."""
    account_id = account.client("sts").get_caller_identity()["Account"]
    identifier = HostedZoneIdentifier(account_id, f"{name}.", None)  # Route 53 adds the dot
    if id_ is not None:
        moto_id_manager.set_custom_id(identifier, id_)
    try:
        zone = account.client("route53").create_hosted_zone(
            Name=name, CallerReference=f"{name} {id_ or ''}".strip()
        )
    finally:
        moto_id_manager.unset_custom_id(identifier)
    return str(zone["HostedZone"]["Id"]).rpartition("/")[2]
