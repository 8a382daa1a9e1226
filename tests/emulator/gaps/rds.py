"""RDS: scaling configuration, insights and IAM roles of clusters and instances."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.models import DBCluster, DBInstance
from moto.rds.responses import RDSResponse

from tests.emulator.gaps.patching import Method, adds, replaces

# Parameter of the requests → field of the responses. moto also reads fields under the API's own names.
_INSIGHTS = {
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}


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
    """CreateDBCluster stores the settings of Performance Insights and Database Insights.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.clusters[self.params["DBClusterIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBCluster changes the settings of Performance Insights and Database Insights.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
    """
    # Before the call, since moto removes the identifier from the parameters.
    cluster = self.backend.clusters[self.params["DBClusterIdentifier"]]
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


def _store_insights(response: RDSResponse, resource: DBCluster | DBInstance) -> None:
    for parameter, field in _INSIGHTS.items():
        if (value := response.params.get(parameter)) is not None:
            setattr(resource, field, value)
