"""The stack of the images in two accounts, as staging and prod may have them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import EVERYTHING_ON, variables_of


def _deploy(emulator: Emulator, directory: Path, *, account_id: str) -> Deployment:
    """Apply the state stack and the stack of the images, with every setting set."""
    settings = {
        **variables_of(EVERYTHING_ON),
        "AWS_REGION": "us-east-1",
        "PAYMENT_API_NETWORK__ZONES": '["a", "b", "c"]',
        "PAYMENT_API_SERVICE__SECRETS": "{}",  # those of the variables are in another region
        "PAYMENT_API_SERVICE__IMAGE": f"{account_id}.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
        "PAYMENT_API_STATE__BUCKET": f"payment-api-{account_id}-state",
    }
    account = replace(emulator.other_account(account_id), region="us-east-1")
    deployment = Deployment(account, directory, settings=settings)
    deployment.create_state()
    deployment.images.init()
    deployment.images.apply()
    return deployment


IMAGES = Work("images", partial(_deploy, account_id="666666666666"))
IMAGES_OF_PROD = Work("images_of_prod", partial(_deploy, account_id="777777777777"))
