"""Record what Terraform calls on the emulator, and derive the policies of the pipeline's roles from it."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from constructs_lib.commands.folders import folder_for_programs
from tests.access import derivation, page, recording
from tests.access.enforcement import Enforcement
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import variables_of

_BUCKET = "example-net-terraform-state"
_ACCOUNT = "123456789012"
_ROTATION = {"PAYMENT_API_DATABASE__PASSWORD_VERSION": "2"}
# Changes of each kind: in place, rolling, replaced, added, removed, and a major upgrade of the database.
_CHANGES = {
    # The second rotation deletes the versions of before the first.
    "PAYMENT_API_DATABASE__PASSWORD_VERSION": "3",
    "PAYMENT_API_DATABASE__BACKUP_RETENTION_DAYS": "8",
    "PAYMENT_API_DATABASE__ENGINE_VERSION": "16",
    "PAYMENT_API_DATABASE__INSTANCE_CLASS": "db.r6g.large",
    "PAYMENT_API_DATABASE__SECRET_RECOVERY_WINDOW_DAYS": "8",
    "PAYMENT_API_DATABASE__VAULT_BACKUPS": "true",
    "PAYMENT_API_DOMAIN__NAME": "pay.example.com",
    "PAYMENT_API_FIREWALL__RATE_LIMIT": "500",
    "PAYMENT_API_LOAD_BALANCER__TLS_POLICY": "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "PAYMENT_API_MONITORING__ALARM_EMAIL": "oncall@example.net",
    "PAYMENT_API_MONITORING__DATABASE_CPU_PERCENT": "70",
    "PAYMENT_API_MONITORING__LOG_RETENTION_DAYS": "30",
    "PAYMENT_API_NETWORK__DESTINATIONS": '{"card-network": "192.0.2.0/24:443"}',
    "PAYMENT_API_NETWORK__NAT_GATEWAYS": "3",
    "PAYMENT_API_SERVICE__CPU_TARGET": "60",
    "PAYMENT_API_SERVICE__HEALTH_PATH": "/healthy",
    "PAYMENT_API_SERVICE__MAX_CAPACITY": "11",
    "PAYMENT_API_SERVICE__PERMISSIONS": json.dumps(
        [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::example-net-receipts/*"]}]
    ),
    "PAYMENT_API_SERVICE__PORT": "9090",
}


def record() -> None:
    """Apply, plan, rotate, change and destroy dev, and add what was called to the recording."""
    settings = {
        **variables_of("dev"),
        "PAYMENT_API_STATE__BUCKET": _BUCKET,
        "PAYMENT_API_ACCESS__PERMISSIONS_BOUNDARY": "true",
    }
    known = recording.read()
    with (
        tempfile.TemporaryDirectory(
            prefix="pa-", dir=folder_for_programs(), ignore_cleanup_errors=True
        ) as directory,
        Emulator(authorize=Enforcement) as emulator,
    ):
        enforcement = emulator.enforcement
        assert enforcement is not None
        account: Account = emulator.account
        enforcement.state_buckets[_ACCOUNT] = _BUCKET
        enforcement.only_records = True
        deployment = Deployment(account, Path(directory), settings=settings, on_line=print)
        deployment.prepare()
        deployment.system.apply()
        assert deployment.system.plan().empty
        deployment.with_settings("rotated", _ROTATION).apply()
        changed = deployment.with_settings("changed", _CHANGES)
        changed.apply()
        changed.destroy()
        recording.write([*known, *enforcement.recorded[_ACCOUNT]])
    derivation.FILE.write_text(derivation.text(recording.read()), encoding="utf-8")
    page.FILE.write_text(page.text(), encoding="utf-8")


def main() -> int:
    """Return 0, or with --check 1 if the derived policies are not those of the recording."""
    parser = argparse.ArgumentParser(prog="pipenv run access", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the policies with the recording")
    arguments = parser.parse_args()
    if not arguments.check:
        record()
        return 0
    current = derivation.FILE.read_text(encoding="utf-8")
    if current == derivation.text(recording.read()):
        return 0
    print("The policies are not those of the recording: run `pipenv run access`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
