"""What each profile must be told before it can be synthesized."""

PROFILES = ("dev", "staging", "prod")

# What staging and prod ask for, and the image that only prod asks for.
OWN = {
    "PAYMENT_API_DOMAIN__NAME": "pay.example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_STATE__BUCKET": "example-net-terraform-state",
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
}

HEALTH_COMMAND = "/app/healthy"


def variables_of(suffix: str) -> dict[str, str]:
    """The variables without which a deployment of the suffix is refused."""
    profile = suffix.partition("-")[0]
    prod = {"PAYMENT_API_SERVICE__HEALTH_COMMAND": HEALTH_COMMAND} if profile == "prod" else {}
    own = OWN if profile in ("staging", "prod") else {}
    return {"ENVIRONMENT_SUFFIX": suffix, **own, **prod}
