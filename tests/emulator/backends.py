"""Data of the emulator that no AWS API returns, read from moto's backends."""

from moto.rds.models import rds_backends

from tests.emulator.account import Account


def master_password(account: Account, cluster_identifier: str) -> str:
    """The cluster's current master password."""
    account_id = account.client("sts").get_caller_identity()["Account"]
    cluster = rds_backends[account_id][account.region].clusters[cluster_identifier]
    # The public property raises an error, since AWS never returns the password.
    return str(cluster._master_user_password)
