"""How the profiles come down, after everything else has looked at them."""

import pytest

from tests.emulator.deployment import Deployment
from tests.emulator.terraform import TerraformError


def test_prod_refuses_and_loses_nothing(prod: Deployment) -> None:
    before = prod.system.addresses()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        prod.system.destroy()
    assert prod.system.addresses() == before
    plan = prod.system.plan()
    assert plan.empty, plan.text


def test_dev_comes_down_whole(dev: Deployment) -> None:
    dev.system.destroy()
    assert dev.system.addresses() == []
