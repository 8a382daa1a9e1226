"""Aurora clusters of an emulator, and their instances."""

from collections.abc import Mapping

from tests.emulator.account import Account

MASTER = "payment_admin"
PASSWORD = "a-first-password"  # noqa: S105 - a value for the emulator
DATABASE = "payments"


def create_cluster(
    account: Account, name: str, *, version: str = "15", parameters: Mapping[str, str] | None = None
) -> None:
    """A cluster without an instance, whose parameter group is named after it."""
    rds = account.client("rds")
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name,
        DBParameterGroupFamily=f"aurora-postgresql{version}",
        Description="d",
    )
    set_parameters(account, name, parameters or {})
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        EngineVersion=version,
        DatabaseName=DATABASE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        DBClusterParameterGroupName=name,
    )


def set_parameters(account: Account, group: str, values: Mapping[str, str]) -> None:
    """Set parameters of a cluster parameter group."""
    account.client("rds").modify_db_cluster_parameter_group(
        DBClusterParameterGroupName=group,
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
            for name, value in values.items()
        ],
    )


def create_instance(account: Account, cluster: str, name: str) -> None:
    """An instance of the cluster."""
    account.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.medium",
        Engine="aurora-postgresql",
        DBClusterIdentifier=cluster,
    )


def delete_instance(account: Account, name: str) -> None:
    """Delete an instance."""
    account.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
