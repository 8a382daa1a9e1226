"""Service Quotas: the quotas of more services than VPC, and requests for more."""

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from tests.emulator.gaps.patching import Method, adds, extra_state, replaces

# Service → code of a quota → its name and AWS's default.
# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
_DEFAULTS: dict[str, dict[str, tuple[str, float]]] = {
    "ec2": {"L-0263D0A3": ("EC2-VPC Elastic IPs", 5)},
    "elasticloadbalancing": {"L-53DA6B97": ("Application Load Balancers per Region", 50)},
    "fargate": {"L-3032A538": ("Fargate On-Demand vCPU resource count", 6)},
    "rds": {"L-7B6409FD": ("DB instances", 40), "L-952B80B8": ("DB clusters", 40)},
    "wafv2": {"L-2EC3DE7B": ("Maximum web ACLs per account in WAF for regional", 100)},
}


@replaces(ServiceQuotasBackend)
def get_service_quota(
    original: Method, self: ServiceQuotasBackend, service_code: str, quota_code: str
) -> dict[str, Any]:
    """GetServiceQuota returns the applied value of a quota of any service; moto has only VPC's, and only
    their defaults.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    if service_code in _DEFAULTS:
        if quota_code not in _DEFAULTS[service_code]:
            raise NoSuchResource
        name, value = _DEFAULTS[service_code][quota_code]
        quota = {"ServiceCode": service_code, "QuotaCode": quota_code, "QuotaName": name, "Value": value}
    else:
        quota = original(self, service_code, quota_code)
    return {**quota, **extra_state(self, "applied").get(f"{service_code} {quota_code}", {})}


@adds(ServiceQuotasResponse)
def request_service_quota_increase(self: ServiceQuotasResponse) -> str:
    """RequestServiceQuotaIncrease asks for a higher value. AWS decides within minutes or days; the emulator
    approves at once, and also lower values, which makes an account with a full quota.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html
    """
    asked = json.loads(self.body)
    quota = self.backend.get_service_quota(asked["ServiceCode"], asked["QuotaCode"])
    applied = extra_state(self.backend, "applied")
    applied[f"{asked['ServiceCode']} {asked['QuotaCode']}"] = {"Value": asked["DesiredValue"]}
    request = {key: quota[key] for key in ("ServiceCode", "QuotaCode", "QuotaName")}
    return json.dumps(
        {"RequestedQuota": {**request, "DesiredValue": asked["DesiredValue"], "Status": "APPROVED"}}
    )
