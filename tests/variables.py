"""What each profile must be told before it can be synthesized, and what a child must not be told."""

import os

PROFILES = ("dev", "staging", "prod")

# What staging and prod ask for, and the image that only prod asks for.
OWN = {
    "PAYMENT_API_DOMAIN__NAME": "pay.example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_STATE__BUCKET": "example-net-terraform-state",
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
}

HEALTH_COMMAND = "/app/healthy"

# What a person or a pipeline may have set, and what is synthesized must not depend on.
_FOREIGN = ("PAYMENT_API_", "CDKTF_", "ENVIRONMENT_SUFFIX", "AWS_", "NODE_OPTIONS")


def variables_of(suffix: str) -> dict[str, str]:
    """The variables without which a deployment of the suffix is refused."""
    profile = suffix.partition("-")[0]
    prod = {"PAYMENT_API_SERVICE__HEALTH_COMMAND": HEALTH_COMMAND} if profile == "prod" else {}
    own = OWN if profile in ("staging", "prod") else {}
    return {"ENVIRONMENT_SUFFIX": suffix, **own, **prod}


def inherited() -> dict[str, str]:
    """This process's environment for a child that synthesizes, without the person's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
