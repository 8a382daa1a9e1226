"""WAF: data protection of web ACLs."""

import json
from typing import Any

from moto.wafv2.models import FakeWebACL
from moto.wafv2.responses import WAFV2Response

from tests.emulator.gaps.patching import Method, memory, replaces


@replaces(WAFV2Response)
def create_web_acl(original: Method, self: WAFV2Response) -> object:
    """CreateWebACL keeps the DataProtectionConfig."""
    answer = original(self)
    _keep_data_protection(self)
    return answer


@replaces(WAFV2Response)
def update_web_acl(original: Method, self: WAFV2Response) -> object:
    """UpdateWebACL replaces the DataProtectionConfig, with none if it brings none."""
    answer = original(self)
    _keep_data_protection(self)
    return answer


@replaces(FakeWebACL)
def to_dict(original: Method, self: FakeWebACL) -> dict[str, Any]:
    """GetWebACL gives the DataProtectionConfig back."""
    web_acl: dict[str, Any] = original(self)
    return web_acl | memory(self, "data_protection")


def _keep_data_protection(response: WAFV2Response) -> None:
    body = json.loads(response.body)
    (web_acl,) = (each for each in response.wafv2_backend.wacls.values() if each.name == body["Name"])
    kept = memory(web_acl, "data_protection")
    kept.clear()
    if protection := body.get("DataProtectionConfig"):
        kept["DataProtectionConfig"] = protection
