"""RDS: versions, scaling configuration, insights and IAM roles of clusters and instances."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, DBSubnetGroup, RDSBackend
from moto.rds.responses import RDSResponse

from tests.emulator.gaps.patching import Method, adds, adds_property, replaces

# Parameter of the requests → field of the responses. moto also reads fields under the API's own names.
_INSIGHTS = {
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}

# Major version → default minor version of Aurora PostgreSQL. AWS moves them on from time to time.
_DEFAULT_MINORS = {"14": "14.18", "15": "15.13", "16": "16.9", "17": "17.5"}


def full_version(version: str) -> str:
    """The engine version that RDS chooses for a version, which may be a major version alone.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
    """
    return _DEFAULT_MINORS.get(version, version)


@replaces(DBCluster)
def scaling_configuration_info(original: Method, self: DBCluster) -> dict[str, Any] | None:
    """DescribeDBClusters returns a ScalingConfigurationInfo for Aurora Serverless v1 clusters only; moto
    returns an empty one for the others.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ScalingConfigurationInfo.html
    """
    info: dict[str, Any] = original(self)
    return info if self.scaling_configuration else None


@replaces(RDSResponse)
def create_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBCluster stores the settings of Performance Insights and Database Insights. It chooses the
    minor version of a major version, and the family's default parameter group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    if version := self.params.get("EngineVersion"):
        self.params["EngineVersion"] = full_version(version)
        default = f"default.{self.params['Engine']}{version.partition('.')[0]}"
        self.params["DBClusterParameterGroupName"] = self.params.get("DBClusterParameterGroupName") or default
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.clusters[self.params["DBClusterIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBCluster changes the settings of Performance Insights and Database Insights, and chooses the
    minor version of a major version.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
    """
    if version := self.params.get("EngineVersion"):
        self.params["EngineVersion"] = full_version(version)
    # Before the call, since moto removes the identifier from the parameters.
    cluster = self.backend.clusters[self.params["DBClusterIdentifier"]]
    if (iam := self.params.get("EnableIAMDatabaseAuthentication")) is not None:
        cluster.iam_auth = iam
    answer: ActionResult = original(self)
    _store_insights(self, cluster)
    return answer


@replaces(RDSResponse)
def create_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBInstance stores the settings of Performance Insights.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.databases[self.params["DBInstanceIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBInstance changes the settings of Performance Insights.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.databases[self.params["DBInstanceIdentifier"]])
    return answer


@adds(RDSResponse)
def remove_role_from_db_cluster(self: RDSResponse) -> ActionResult:
    """RemoveRoleFromDBCluster removes the association of an IAM role, which the feature's name identifies.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveRoleFromDBCluster.html
    """
    roles = self.backend.clusters[self.params["DBClusterIdentifier"]]._associated_roles
    roles[:] = [role for role in roles if role.feature_name != self.params["FeatureName"]]
    return EmptyResult()


@replaces(RDSBackend)
def modify_db_subnet_group(original: Method, self: RDSBackend, subnet_name: str, *args: Any) -> DBSubnetGroup:  # noqa: ANN401 - as in moto
    """ModifyDBSubnetGroup changes a subnet group; moto also deletes it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
    """
    group: DBSubnetGroup = original(self, subnet_name, *args)
    self.subnet_groups[subnet_name] = group
    return group


@replaces(DBInstanceClustered)
def __init__(original: Method, self: DBInstanceClustered, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - as in moto
    """An instance of a cluster has the cluster's subnet group and port, and runs in a zone of that group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    original(self, *args, **kwargs)
    self.port = self.cluster.port
    if group := self.backend.subnet_groups.get(self.cluster.db_subnet_group_name):
        self.db_subnet_group = group
        if not kwargs.get("availability_zone"):
            self.availability_zone = sorted(subnet.availability_zone for subnet in group._subnets)[0]


@adds_property(DBInstanceClustered)
def enable_iam_database_authentication(self: DBInstanceClustered) -> bool:
    """DescribeDBInstances returns the cluster's IAM authentication for each of its instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Enabling.html
    """
    return bool(self.cluster.iam_auth)


@adds_property(DBInstanceClustered)
def enabled_cloudwatch_logs_exports(self: DBInstanceClustered) -> list[str]:
    """DescribeDBInstances returns the cluster's log exports for each of its instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
    """
    return list(self.cluster.enabled_cloudwatch_logs_exports)


def _store_insights(response: RDSResponse, resource: DBCluster | DBInstance) -> None:
    for parameter, field in _INSIGHTS.items():
        if (value := response.params.get(parameter)) is not None:
            setattr(resource, field, value)
