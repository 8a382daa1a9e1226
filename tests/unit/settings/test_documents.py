"""Settings that are arrays or objects: JSON text in a variable, JSON values in cdktf.json."""

import json
from types import MappingProxyType

import pytest

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.messages import shown_name
from constructs_lib.settings.quotas import RESERVED_DESTINATION_NAMES
from tests.unit.settings.refusals import only_problem
from tests.unit.synthesis import Synthesized

NOT_JSON = [
    "",
    "card-network",
    "{",
    pytest.param("[" * 100_000, id="nested too deep"),
    pytest.param("9" * 5_000, id="number too long"),
]


class TestContainerEnvironment:
    NAME = "PAYMENT_API_SERVICE__ENVIRONMENT"

    def test_the_variable_contains_json(self) -> None:
        service = load_settings({self.NAME: '{"LOG_LEVEL": "info"}'}, {}).service
        assert service.environment == {"LOG_LEVEL": "info"}

    def test_the_context_contains_an_object(self) -> None:
        context = {"payment_api": {"service": {"environment": {"LOG_LEVEL": "info"}}}}
        assert load_settings({}, context).service.environment == {"LOG_LEVEL": "info"}

    def test_it_is_immutable(self) -> None:
        assert isinstance(load_settings({}, {}).service.environment, MappingProxyType)

    def test_dollar_and_percent_signs_without_braces_are_accepted(self) -> None:
        text = {"PRICE": "5 $ { 10 %", "SHELL": "$HOME"}
        assert load_settings({self.NAME: json.dumps(text)}, {}).service.environment == text

    @pytest.mark.parametrize("value", [*NOT_JSON, "[]", '{"RETRIES": 3}', "LOG_LEVEL=info"])
    def test_a_value_other_than_an_object_of_strings_is_refused(self, value: str) -> None:
        assert "must be a JSON object with string values" in only_problem({self.NAME: value})

    @pytest.mark.parametrize("name", ["LOG-LEVEL", "1ST", "", "É"])
    def test_an_invalid_variable_name_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "x"})})
        assert "must name variables with letters, digits and underscores" in problem
        assert problem.endswith(f'not "{name}"')

    @pytest.mark.parametrize(
        "name", ["DB_HOST", "DB_PORT", "DB_NAME", "DB_SSLMODE", "DB_USERNAME", "DB_PASSWORD"]
    )
    def test_a_variable_that_the_stack_sets_is_refused(self, name: str) -> None:
        assert f"must not contain {name}, because the stack sets" in only_problem(
            {self.NAME: json.dumps({name: "x"})}
        )

    def test_an_empty_value_is_refused_because_ecs_removes_it(self) -> None:
        problem = only_problem({self.NAME: '{"LOG_LEVEL": "info", "FEATURE_X": ""}'})
        assert problem.endswith(
            "must not contain an empty value: ECS removes FEATURE_X from the task definition, so that every "
            "plan would add it again"
        )

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '{"LOG_LEVEL": "info", "LOG_LEVEL": "debug"}'})
        assert problem.endswith("must not contain the name LOG_LEVEL twice")

    @pytest.mark.parametrize("text", ["${HOME}/log", "$${HOME}", "%{message}"])
    def test_a_terraform_expression_is_refused(self, text: str) -> None:
        assert "must not contain ${ or %{" in only_problem({self.NAME: json.dumps({"TEXT": text})})

    @pytest.mark.parametrize("text", ["\0", "\ud800"])
    def test_nul_and_surrogate_characters_are_refused(self, text: str) -> None:
        assert "must be valid Unicode without NUL" in only_problem({self.NAME: json.dumps({"TEXT": text})})

    def test_more_than_32768_characters_are_refused(self) -> None:
        assert "must be at most 32768 characters" in only_problem(
            {self.NAME: json.dumps({"TEXT": "a" * 32_768})}
        )


class TestSecretReaders:
    NAME = "PAYMENT_API_DATABASE__SECRET_READER_ARNS"
    READERS = ("arn:aws:iam::123456789012:role/team/deploy", "arn:aws:iam::123456789012:user/eve@shop.test")

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).database.secret_reader_arns == ()

    def test_the_variable_contains_json(self) -> None:
        database = load_settings({self.NAME: json.dumps(self.READERS)}, {}).database
        assert database.secret_reader_arns == self.READERS

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"database": {"secret_reader_arns": list(self.READERS)}}}
        assert load_settings({}, context).database.secret_reader_arns == self.READERS

    @pytest.mark.parametrize(
        "value",
        [
            *NOT_JSON,
            "{}",
            "[1]",
            "arn:aws:iam::123456789012:role/deploy",
            '["deploy"]',
            '["*"]',
            '["arn:aws:iam::123456789012:root"]',
            '["arn:aws:iam::*:role/deploy"]',
            '["arn:aws:iam::123456789012:role/*"]',
            '["arn:aws:sts::123456789012:assumed-role/deploy/session"]',
        ],
    )
    def test_a_value_other_than_arns_of_users_and_roles_is_refused(self, value: str) -> None:
        assert "must be a JSON array of ARNs of IAM users and roles, such as" in only_problem(
            {self.NAME: value}
        )

    def test_an_arn_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: json.dumps([*self.READERS, self.READERS[0]])})
        assert problem.endswith("must contain each ARN only once: entries 1 and 3 are the same")

    def test_more_than_16384_characters_are_refused(self) -> None:
        many = [f"arn:aws:iam::123456789012:role/deploy-{number}" for number in range(500)]
        assert "must be at most 16384 characters" in only_problem({self.NAME: json.dumps(many)})


class TestMigrationCommand:
    NAME = "PAYMENT_API_SERVICE__MIGRATION_COMMAND"
    COMMAND = ("python", "-m", "app.migrate", " ")

    def test_by_default_there_is_none(self) -> None:
        assert load_settings({}, {}).service.migration_command is None

    def test_the_variable_contains_json(self) -> None:
        service = load_settings({self.NAME: json.dumps(self.COMMAND)}, {}).service
        assert service.migration_command == self.COMMAND

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"service": {"migration_command": list(self.COMMAND)}}}
        assert load_settings({}, context).service.migration_command == self.COMMAND

    @pytest.mark.parametrize(
        "value", [*NOT_JSON, "{}", "[]", "migrate", '"migrate"', "[1]", '["migrate", ""]', '[" "]']
    )
    def test_a_value_other_than_a_program_with_arguments_is_refused(self, value: str) -> None:
        assert "must be a JSON array of strings that are not empty" in only_problem({self.NAME: value})

    @pytest.mark.parametrize("text", ["${HOME}/log", "%{message}"])
    def test_a_terraform_expression_is_refused(self, text: str) -> None:
        assert "must not contain ${ or %{" in only_problem({self.NAME: json.dumps(["echo", text])})

    def test_more_than_4096_characters_are_refused(self) -> None:
        longest = json.dumps(["v" * (4096 - 4)])
        assert load_settings({self.NAME: longest}, {}).service.migration_command
        assert "must be at most 4096 characters" in only_problem({self.NAME: json.dumps(["v" * 4093])})


class TestImageReaders:
    NAME = "PAYMENT_API_IMAGES__READER_ACCOUNT_IDS"

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).images.reader_account_ids == ()

    def test_an_id_can_begin_with_zeros(self) -> None:
        images = load_settings({self.NAME: '["000000000001", "210987654321"]'}, {}).images
        assert images.reader_account_ids == ("000000000001", "210987654321")

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"images": {"reader_account_ids": ["210987654321"]}}}
        assert load_settings({}, context).images.reader_account_ids == ("210987654321",)

    @pytest.mark.parametrize(
        "value",
        [
            *NOT_JSON,
            "{}",
            "210987654321",
            "[210987654321]",
            '["21098765432"]',
            '["2109876543210"]',
            '["*"]',
            '["arn:aws:iam::210987654321:root"]',
            '["\\uff1210987654321"]',
        ],
    )
    def test_a_value_other_than_account_ids_is_refused(self, value: str) -> None:
        assert "must be a JSON array of the IDs of AWS accounts" in only_problem({self.NAME: value})

    def test_an_account_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '["210987654321", "000000000001", "210987654321"]'})
        assert problem.endswith("must contain each account only once: entries 1 and 3 are the same")

    def test_more_than_250_accounts_are_refused(self) -> None:
        ids = [f"{number:012}" for number in range(251)]
        assert "must be at most 250 accounts, not 251" in only_problem({self.NAME: json.dumps(ids)})
        assert len(load_settings({self.NAME: json.dumps(ids[1:])}, {}).images.reader_account_ids) == 250


class TestDestinations:
    NAME = "PAYMENT_API_NETWORK__DESTINATIONS"

    def problem(self, **destinations: object) -> str:
        named = {name.replace("_", "-"): value for name, value in destinations.items()}
        return only_problem({self.NAME: json.dumps(named)})

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).network.destinations == {}

    @pytest.mark.parametrize(
        ("value", "destination"),
        [
            ("192.0.2.0/24:443", ("192.0.2.0/24", 443)),
            ("198.51.0.0/16:1", ("198.51.0.0/16", 1)),
            ("192.0.2.7/32:65535", ("192.0.2.7/32", 65535)),
            ("192.0.2.7:8443", ("192.0.2.7/32", 8443)),
        ],
    )
    def test_a_destination_is_a_cidr_block_and_a_port(self, value: str, destination: tuple[str, int]) -> None:
        network = load_settings({self.NAME: json.dumps({"card-network": value})}, {}).network
        assert network.destinations == {"card-network": destination}

    def test_the_context_contains_an_object(self) -> None:
        context = {"payment_api": {"network": {"destinations": {"bank": "192.0.2.7:443"}}}}
        assert load_settings({}, context).network.destinations == {"bank": ("192.0.2.7/32", 443)}

    def test_they_are_immutable(self) -> None:
        assert isinstance(load_settings({}, {}).network.destinations, MappingProxyType)

    def test_one_cidr_block_with_two_ports_is_accepted(self) -> None:
        destinations = {"bank": "192.0.2.7:443", "bank-events": "192.0.2.7:9093"}
        assert len(load_settings({self.NAME: json.dumps(destinations)}, {}).network.destinations) == 2

    @pytest.mark.parametrize("value", [*NOT_JSON, "[]", "null"])
    def test_a_value_other_than_an_object_is_refused(self, value: str) -> None:
        assert only_problem({self.NAME: value}).endswith(
            'must be a JSON object, such as {"card-network": "192.0.2.0/24:443"}'
        )

    @pytest.mark.parametrize("name", ["", "Bank", "card_network", "card--network", "bank ", "b" * 244])
    def test_a_name_that_is_not_kebab_case_or_too_long_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert (
            "must name destinations with up to 243 lower-case letters, digits and single hyphens" in problem
        )
        assert problem.endswith(f'not "{shown_name(name)}"')

    @pytest.mark.parametrize("name", ["internet", "load-balancer", "service", "database", "endpoints", "s3"])
    def test_a_reserved_name_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert f"must not contain the name {name}, which is reserved" in problem

    def test_the_reserved_names_are_the_peers_of_the_stacks_own_rules(self, dev: Synthesized) -> None:
        sides = [(f"aws_vpc_security_group_{side}_rule", side) for side in ("ingress", "egress")]
        rules = [rule.removesuffix(f"-{side}") for type_, side in sides for rule in dev.all(type_)]
        peers = {peer for rule in rules for peer in rule.rpartition("-")[0].split("-to-")}
        assert peers == RESERVED_DESTINATION_NAMES

    @pytest.mark.parametrize(
        "value",
        [
            "192.0.2.0/24",
            "192.0.2.0/24:",
            "192.0.2.0/24:0",
            "192.0.2.0/24:65536",
            "192.0.2.0/24:https",
            "192.0.2.1/24:443",
            "[2001:db8::/32]:443",
            "bank.test:443",
            ":443",
            "",
            443,
            None,
            ["192.0.2.7:443"],
        ],
    )
    def test_a_value_other_than_a_cidr_block_and_a_port_is_refused(self, value: object) -> None:
        assert self.problem(card_network=value).endswith(
            "must map card-network to an IPv4 CIDR block and a port, such as 192.0.2.0/24:443"
        )

    @pytest.mark.parametrize("block", ["0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/15"])
    def test_a_block_larger_than_16_is_refused(self, block: str) -> None:
        assert self.problem(bank=f"{block}:443").endswith("must map bank to a CIDR block of /16 or smaller")

    def test_a_block_and_port_under_two_names_is_refused(self) -> None:
        problem = self.problem(bank="192.0.2.0/24:443", card_network="192.0.2.0/255.255.255.0:443")
        assert problem.endswith(
            "must contain each CIDR block and port only once, but bank and card-network have the same: EC2 "
            "rejects duplicate rules of a security group"
        )

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '{"bank": "192.0.2.7:443", "bank": "192.0.2.8:443"}'})
        assert problem.endswith("must not contain the name bank twice")

    def test_more_than_50_destinations_are_refused(self) -> None:
        destinations = {f"bank-{number}": f"192.0.2.{number}:443" for number in range(51)}
        assert self.problem(**destinations).endswith("must be at most 50 destinations, not 51")
