"""What makes the policy fail, on small reports in checkov's own format."""

import json
import re
from typing import Any

import pytest

from tests.policy.checkov import REQUIREMENTS
from tests.policy.report import Finding, Report, Resource, ScanError, read_report
from tests.policy.rules import EXCEPTIONS_FILE, MOST_EXCEPTIONS, RulesError, load_rules
from tests.policy.stacks import Document
from tests.policy.verdict import judge

REASON = "A sentence that a security reviewer would accept, because it says what is done instead."
LOGS = Resource("aws_s3_bucket", "logs/bucket")
DATABASE = Resource("aws_rds_cluster", "database/cluster")
UNLOGGED = Finding("CKV_AWS_18", "Bucket has access logging", LOGS)


def document() -> Document:
    """A stack of a bucket and a database, as CDKTF writes it."""
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
    """One line of checkov's report."""
    return {"check_id": check, "check_name": "Bucket has access logging", "resource": resource}


def output(**changes: object) -> str:
    """checkov's report of that stack, in which the bucket fails and the database passes."""
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


def rule(list_: str, *, stacks: str, check: str = "CKV_AWS_18", reason: str = REASON) -> str:
    """An entry of the file about the bucket."""
    return (
        f'[[{list_}]]\ncheck = "{check}"\nreason = "{reason}"\n'
        f'resources = [{{type = "aws_s3_bucket", path = "logs/bucket", stacks = {stacks}}}]\n'
    )


def exceptions(*rules: str) -> str:
    """A file of exceptions alone."""
    return "allowances = []\n" + "".join(rules)


FAILING = Report(scanned=2, passed=1, findings=(UNLOGGED,))
CLEAN = Report(scanned=2, passed=2, findings=())


class TestReport:
    def test_a_failed_check_is_a_finding_by_type_and_construct_path(self) -> None:
        assert read_report(output(), document()).findings == (UNLOGGED,)

    def test_resources_of_passed_and_failed_checks_count_as_scanned(self) -> None:
        assert read_report(output(), document()).scanned == 2

    def test_a_finding_that_checkov_says_twice_is_one(self) -> None:
        twice = [record("CKV_AWS_18", f"{type_}.logs_bucket_1") for type_ in ("aws_s3_bucket", "resource")]
        assert read_report(output(failed_checks=twice), document()).findings == (UNLOGGED,)

    def test_a_parse_error_proves_nothing(self) -> None:
        with pytest.raises(ScanError, match="could not parse"):
            read_report(output(parsing_errors=1), document())

    def test_a_check_skipped_by_a_comment_is_refused(self) -> None:
        with pytest.raises(ScanError, match=r"exceptions\.toml alone"):
            read_report(output(skipped=1), document())

    def test_a_scan_that_read_next_to_nothing_proves_nothing(self) -> None:
        with pytest.raises(ScanError, match="only 0 of 2 resources"):
            read_report(output(passed_checks=[], failed_checks=[]), document())

    def test_a_resource_that_the_stack_does_not_have_is_refused(self) -> None:
        with pytest.raises(ScanError, match="does not have: elsewhere"):
            read_report(output(failed_checks=[record("CKV_AWS_18", "aws_s3_bucket.elsewhere")]), document())

    @pytest.mark.parametrize("text", ["", "[]", '{"passed": 0, "failed": 0, "parsing_errors": 0}'])
    def test_what_is_not_a_report_proves_nothing(self, text: str) -> None:
        with pytest.raises(ScanError, match="not the report of a scan"):
            read_report(text, document())


class TestVerdict:
    def test_a_finding_without_an_exception_fails(self) -> None:
        assert not judge({"prod": FAILING}, load_rules("exceptions = []\nallowances = []")).passed

    def test_an_excepted_finding_passes_with_its_reason(self) -> None:
        verdict = judge({"prod": FAILING}, load_rules(exceptions(rule("exceptions", stacks='["prod"]'))))
        (excuse,) = verdict.findings["prod"].values()
        assert verdict.passed
        assert excuse is not None
        assert excuse.reason == REASON

    def test_an_exception_for_one_stack_excuses_no_other(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        verdict = judge({"prod": FAILING, "dev": FAILING}, rules)
        assert verdict.findings["dev"] == {UNLOGGED: None}
        assert not verdict.passed

    def test_an_exception_for_one_check_excuses_no_other(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        other = Finding("CKV_AWS_144", "Bucket is replicated", LOGS)
        verdict = judge({"prod": Report(scanned=2, passed=1, findings=(UNLOGGED, other))}, rules)
        assert verdict.findings["prod"][other] is None

    def test_an_exception_for_one_resource_excuses_no_other(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod"]')))
        other = Finding("CKV_AWS_18", "Bucket has access logging", DATABASE)
        verdict = judge({"prod": Report(scanned=2, passed=1, findings=(UNLOGGED, other))}, rules)
        assert verdict.findings["prod"][other] is None

    def test_an_exception_that_matches_nothing_fails(self) -> None:
        verdict = judge({"prod": CLEAN}, load_rules(exceptions(rule("exceptions", stacks='["prod"]'))))
        assert [str(claim) for claim in verdict.stale] == ["CKV_AWS_18 on aws_s3_bucket logs/bucket in prod"]
        assert not verdict.passed

    def test_an_exception_that_matches_in_one_of_its_stacks_only_fails(self) -> None:
        rules = load_rules(exceptions(rule("exceptions", stacks='["prod", "dev"]')))
        assert not judge({"prod": FAILING, "dev": CLEAN}, rules).passed

    def test_an_allowance_excuses_in_its_stack(self) -> None:
        rules = load_rules("exceptions = []\n" + rule("allowances", stacks='["dev"]'))
        assert judge({"dev": FAILING, "prod": CLEAN}, rules).passed

    def test_an_allowance_that_matches_nothing_fails(self) -> None:
        rules = load_rules("exceptions = []\n" + rule("allowances", stacks='["dev"]'))
        assert not judge({"dev": CLEAN}, rules).passed


class TestRules:
    def test_the_file_is_well_formed(self) -> None:
        rules = load_rules(EXCEPTIONS_FILE.read_text(encoding="utf-8"))
        assert 0 < len(rules.exceptions) <= MOST_EXCEPTIONS

    def test_five_exceptions_are_accepted_and_six_refused(self) -> None:
        entries = [rule("exceptions", stacks='["prod"]', check=f"CKV_AWS_{number}") for number in range(6)]
        assert len(load_rules(exceptions(*entries[:5])).exceptions) == 5
        with pytest.raises(RulesError, match="at most 5 items"):
            load_rules(exceptions(*entries))

    @pytest.mark.parametrize("stack", ["prod", "state"])
    def test_an_allowance_in_prod_or_the_state_stack_is_refused(self, stack: str) -> None:
        with pytest.raises(RulesError, match="'dev' or 'staging'"):
            load_rules("exceptions = []\n" + rule("allowances", stacks=f'["{stack}"]'))

    def test_a_reason_too_short_to_be_one_is_refused(self) -> None:
        with pytest.raises(RulesError, match="at least 60 characters"):
            load_rules(exceptions(rule("exceptions", stacks='["prod"]', reason="Not applicable.")))

    def test_a_malformed_check_id_is_refused(self) -> None:
        with pytest.raises(RulesError, match="match pattern"):
            load_rules(exceptions(rule("exceptions", stacks='["prod"]', check="AWS_18")))

    def test_the_same_excuse_twice_is_refused(self) -> None:
        once = rule("exceptions", stacks='["dev"]')
        with pytest.raises(RulesError, match="says twice: CKV_AWS_18 on aws_s3_bucket logs/bucket in dev"):
            load_rules(once + rule("allowances", stacks='["dev"]'))


class TestRequirements:
    def test_every_package_is_pinned_with_hashes(self) -> None:
        packages = [
            entry for entry in re.split(r"\n(?=\w)", REQUIREMENTS.read_text(encoding="utf-8")) if entry
        ]
        assert len(packages) > 50
        assert not [entry for entry in packages if not re.match(r"[\w.-]+==\S+.*--hash=sha256:", entry, re.S)]

    def test_no_package_comes_from_an_address(self) -> None:
        assert "://" not in REQUIREMENTS.read_text(encoding="utf-8")

    def test_checkov_is_the_release_that_was_asked_for(self) -> None:
        asked = REQUIREMENTS.with_suffix(".in").read_text(encoding="utf-8").splitlines()[-1]
        assert re.fullmatch(r"checkov==[\d.]+", asked)
        assert f"\n{asked} " in REQUIREMENTS.read_text(encoding="utf-8")
