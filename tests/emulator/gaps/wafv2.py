"""WAF: data protection of web ACLs."""

import json
from typing import Any

from moto.wafv2.models import FakeWebACL
from moto.wafv2.responses import WAFV2Response

from tests.emulator.gaps.patching import Method, extra_state, replaces


@replaces(WAFV2Response)
def create_web_acl(original: Method, self: WAFV2Response) -> object:
    """CreateWebACL stores the DataProtectionConfig.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
    """
    answer = original(self)
    _store_data_protection(self)
    return answer


@replaces(WAFV2Response)
def update_web_acl(original: Method, self: WAFV2Response) -> object:
    """UpdateWebACL replaces the DataProtectionConfig, and removes it if the request has none.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html
    """
    answer = original(self)
    _store_data_protection(self)
    return answer


@replaces(FakeWebACL)
def to_dict(original: Method, self: FakeWebACL) -> dict[str, Any]:
    """GetWebACL returns the DataProtectionConfig.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
    """
    web_acl: dict[str, Any] = original(self)
    return web_acl | extra_state(self, "data_protection")


def _store_data_protection(response: WAFV2Response) -> None:
    body = json.loads(response.body)
    (web_acl,) = (each for each in response.wafv2_backend.wacls.values() if each.name == body["Name"])
    stored = extra_state(web_acl, "data_protection")
    stored.clear()
    if protection := body.get("DataProtectionConfig"):
        stored["DataProtectionConfig"] = protection
