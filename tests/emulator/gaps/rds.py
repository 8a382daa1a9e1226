"""RDS: scaling, insights and roles of clusters and instances."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.models import DBCluster, DBInstance
from moto.rds.responses import RDSResponse

from tests.emulator.gaps.patching import Method, adds, replaces

# Each request's parameter → the field of the answers. moto finds a field under the API's own name too.
_INSIGHTS = {
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}


@replaces(DBCluster)
def scaling_configuration_info(original: Method, self: DBCluster) -> dict[str, Any] | None:
    """Only a cluster of Aurora Serverless v1 has a ScalingConfigurationInfo at all."""
    info: dict[str, Any] = original(self)
    return info if self.scaling_configuration else None


@replaces(RDSResponse)
def create_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBCluster keeps the settings of Performance Insights and Database Insights."""
    answer: ActionResult = original(self)
    _keep_insights(self, self.backend.clusters[self.params["DBClusterIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBCluster changes them. moto takes the identifier out of the parameters on the way."""
    cluster = self.backend.clusters[self.params["DBClusterIdentifier"]]
    answer: ActionResult = original(self)
    _keep_insights(self, cluster)
    return answer


@replaces(RDSResponse)
def create_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBInstance keeps the settings of Performance Insights."""
    answer: ActionResult = original(self)
    _keep_insights(self, self.backend.databases[self.params["DBInstanceIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBInstance changes them."""
    answer: ActionResult = original(self)
    _keep_insights(self, self.backend.databases[self.params["DBInstanceIdentifier"]])
    return answer


@adds(RDSResponse)
def remove_role_from_db_cluster(self: RDSResponse) -> ActionResult:
    """RemoveRoleFromDBCluster takes away the role that a feature has."""
    roles = self.backend.clusters[self.params["DBClusterIdentifier"]]._associated_roles
    roles[:] = [role for role in roles if role.feature_name != self.params["FeatureName"]]
    return EmptyResult()


def _keep_insights(response: RDSResponse, resource: DBCluster | DBInstance) -> None:
    for parameter, field in _INSIGHTS.items():
        if (given := response.params.get(parameter)) is not None:
            setattr(resource, field, given)
