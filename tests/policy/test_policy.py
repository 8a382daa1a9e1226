"""When the policy fails, tested on small reports in the format of checkov."""

import json
import re
from typing import Any

import pytest

from tests.policy.checkov import REQUIREMENTS
from tests.policy.report import Finding, Report, Resource, ScanError, read_report
from tests.policy.rules import EXCEPTIONS_FILE, MAX_EXCEPTIONS, RulesError, load_rules
from tests.policy.stacks import SUFFIXES, Document
from tests.policy.verdict import judge
from tests.variables import DEPLOYMENTS

REASON = "A reason that a security reviewer would accept, because it states the compensating control."
LOGS = Resource("aws_s3_bucket", "logs/bucket")
DATABASE = Resource("aws_rds_cluster", "database/cluster")
NO_ACCESS_LOGS = Finding("CKV_AWS_18", "Bucket has access logging", LOGS)


def document() -> Document:
    """A stack with a bucket and a database, as CDKTF synthesizes it."""
    return {
        "resource": {
            "aws_s3_bucket": {
                "logs_bucket_1": {"//": {"metadata": {"path": "payment-api-prod/logs/bucket"}}}
            },
            "aws_rds_cluster": {
                "database_cluster_2": {"//": {"metadata": {"path": "payment-api-prod/database/cluster"}}}
            },
        }
    }


def record(check: str, resource: str) -> dict[str, str]:
    """The record of one check in checkov's report."""
    return {"check_id": check, "check_name": "Bucket has access logging", "resource": resource}


def output(**changes: object) -> str:
    """checkov's report of that stack: the bucket fails a check and the database passes one."""
    report: dict[str, dict[str, Any]] = {
        "results": {
            "passed_checks": [
                record("CKV_AWS_41", "provider.aws"),
                record("CKV_AWS_96", "resource.database_cluster_2"),
            ],
            "failed_checks": [record("CKV_AWS_18", "aws_s3_bucket.logs_bucket_1")],
            "parsing_errors": [],
        },
        "summary": {"passed": 2, "failed": 1, "skipped": 0, "parsing_errors": 0},
    }
    for key, value in changes.items():
        report["results" if key.endswith("_checks") else "summary"][key] = value
    return json.dumps(report)


def rule(table: str, *, stacks: str, check: str = "CKV_AWS_18", reason: str = REASON) -> str:
    """An entry of exceptions.toml for the bucket."""
    return (
        f'[[{table}]]\ncheck = "{check}"\nreason = "{reason}"\n'
        f'resources = [{{type = "aws_s3_bucket", path = "logs/bucket", stacks = {stacks}}}]\n'
    )


def exceptions(*rules: str) -> str:
    """The text of an exceptions.toml without allowances."""
    return "allowances = []\n" + "".join(rules)


FAILING = Report(scanned=2, passed=1, findings=(NO_ACCESS_LOGS,))
CLEAN = Report(scanned=2, passed=2, findings=())


class TestReport:
    def test_a_failed_check_is_a_finding_by_type_and_construct_path(self) -> None:
        assert read_report(output(), document()).findings == (NO_ACCESS_LOGS,)

    def test_resources_of_passed_and_failed_checks_count_as_scanned(self) -> None:
        assert read_report(output(), document()).scanned == 2

    def test_a_finding_that_checkov_reports_twice_is_counted_once(self) -> None:
        twice = [record("CKV_AWS_18", f"{type_}.logs_bucket_1") for type_ in ("aws_s3_bucket", "resource")]
        assert read_report(output(failed_checks=twice), document()).findings == (NO_ACCESS_LOGS,)

    def test_a_parse_error_is_refused(self) -> None:
        with pytest.raises(ScanError, match="could not parse"):
            read_report(output(parsing_errors=1), document())

    def test_a_check_skipped_by_a_comment_is_refused(self) -> None:
        with pytest.raises(ScanError, match=r"in exceptions\.toml instead"):
            read_report(output(skipped=1), document())

    def test_a_scan_of_too_few_resources_is_refused(self) -> None:
        with pytest.raises(ScanError, match="only 0 of 2 resources"):
            read_report(output(passed_checks=[], failed_checks=[]), document())

    def test_a_resource_that_the_stack_does_not_have_is_refused(self) -> None:
        with pytest.raises(ScanError, match="does not have: elsewhere"):
            read_report(output(failed_checks=[record("CKV_AWS_18", "aws_s3_bucket.elsewhere")]), document())

    @pytest.mark.parametrize("text", ["", "[]", '{"passed": 0, "failed": 0, "parsing_errors": 0}'])
    def test_output_that_is_not_a_report_is_refused(self, text: str) -> None:
        with pytest.raises(ScanError, match="not a scan report"):
            read_report(text, document())


class TestVerdict:
    def test_a_finding_without_an_exception_fails(self) -> None:
        assert not judge({"prod": FAILING}, load_rules("exceptions = []\nallowances = []")).passed

    def test_an_excepted_finding_passes_with_its_reason(self) -> None:
        verdict = judge({"prod": FAILING}, load_rules(exceptions(rule("exceptions", stacks='["prod"]'))))
        (exemption,) = verdict.findings["prod"].values()
        assert verdict.passed
        assert exemption is not None
        assert exemption.reason == REASON

    def test_an_exception_does_not_apply_to_another_stack(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        verdict = judge({"prod": FAILING, "dev": FAILING}, rules)
        assert verdict.findings["dev"] == {NO_ACCESS_LOGS: None}
        assert not verdict.passed

    def test_an_exception_does_not_apply_to_another_check(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        other = Finding("CKV_AWS_144", "Bucket is replicated", LOGS)
        verdict = judge({"prod": Report(scanned=2, passed=1, findings=(NO_ACCESS_LOGS, other))}, rules)
        assert verdict.findings["prod"][other] is None

    def test_an_exception_does_not_apply_to_another_resource(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        other = Finding("CKV_AWS_18", "Bucket has access logging", DATABASE)
        verdict = judge({"prod": Report(scanned=2, passed=1, findings=(NO_ACCESS_LOGS, other))}, rules)
        assert verdict.findings["prod"][other] is None

    def test_an_exception_that_matches_nothing_fails(self) -> None:
        verdict = judge({"prod": CLEAN}, load_rules(exceptions(rule("exceptions", stacks='["prod"]'))))
        assert [str(key) for key in verdict.unused] == ["CKV_AWS_18 on aws_s3_bucket logs/bucket in prod"]
        assert not verdict.passed

    def test_an_exception_that_matches_in_only_one_of_its_stacks_fails(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod", "dev"]')))
        assert not judge({"prod": FAILING, "dev": CLEAN}, rules).passed

    def test_a_finding_with_an_allowance_passes(self) -> None:
        rules = load_rules("exceptions = []\n" + rule("allowances", stacks='["dev"]'))
        assert judge({"dev": FAILING, "prod": CLEAN}, rules).passed

    def test_an_allowance_that_matches_nothing_fails(self) -> None:
        rules = load_rules("exceptions = []\n" + rule("allowances", stacks='["dev"]'))
        assert not judge({"dev": CLEAN}, rules).passed


class TestRules:
    def test_exceptions_toml_is_valid(self) -> None:
        rules = load_rules(EXCEPTIONS_FILE.read_text(encoding="utf-8"))
        assert 0 < len(rules.exceptions) <= MAX_EXCEPTIONS

    def test_nine_exceptions_are_accepted_and_ten_refused(self) -> None:
        entries = [rule("exceptions", stacks='["prod"]', check=f"CKV_AWS_{number}") for number in range(10)]
        assert len(load_rules(exceptions(*entries[:9])).exceptions) == 9
        with pytest.raises(RulesError, match="at most 9 items"):
            load_rules(exceptions(*entries))

    @pytest.mark.parametrize("stack", ["prod", "everything", "state"])
    def test_an_allowance_outside_dev_and_staging_is_refused(self, stack: str) -> None:
        with pytest.raises(RulesError, match="'dev' or 'staging'"):
            load_rules("exceptions = []\n" + rule("allowances", stacks=f'["{stack}"]'))

    def test_a_reason_of_less_than_60_characters_is_refused(self) -> None:
        with pytest.raises(RulesError, match="at least 60 characters"):
            load_rules(exceptions(rule("exceptions", stacks='["prod"]', reason="Not applicable.")))

    def test_a_malformed_check_id_is_refused(self) -> None:
        with pytest.raises(RulesError, match="match pattern"):
            load_rules(exceptions(rule("exceptions", stacks='["prod"]', check="AWS_18")))

    def test_a_duplicate_is_refused(self) -> None:
        once = rule("exceptions", stacks='["dev"]')
        with pytest.raises(
            RulesError, match="has duplicates: CKV_AWS_18 on aws_s3_bucket logs/bucket in dev"
        ):
            load_rules(once + rule("allowances", stacks='["dev"]'))


class TestStacks:
    def test_every_tested_deployment_is_scanned(self) -> None:
        assert set(SUFFIXES.values()) == set(DEPLOYMENTS)


class TestRequirements:
    def test_every_package_is_pinned_with_hashes(self) -> None:
        packages = [
            entry for entry in re.split(r"\n(?=\w)", REQUIREMENTS.read_text(encoding="utf-8")) if entry
        ]
        assert len(packages) > 50
        assert not [entry for entry in packages if not re.match(r"[\w.-]+==\S+.*--hash=sha256:", entry, re.S)]

    def test_no_package_is_installed_from_a_url(self) -> None:
        assert "://" not in REQUIREMENTS.read_text(encoding="utf-8")

    def test_the_pinned_checkov_is_the_requested_release(self) -> None:
        requested = REQUIREMENTS.with_suffix(".in").read_text(encoding="utf-8").splitlines()[-1]
        assert re.fullmatch(r"checkov==[\d.]+", requested)
        assert f"\n{requested} " in REQUIREMENTS.read_text(encoding="utf-8")
