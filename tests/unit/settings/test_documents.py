"""Lists and objects among the settings: JSON in a variable, as such in cdktf.json."""

import json
from types import MappingProxyType

import pytest

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.quotas import OWN_PEERS
from tests.unit.settings.refusals import only
from tests.unit.synthesis import Synthesized

NO_JSON = [
    "",
    "card-network",
    "{",
    pytest.param("[" * 100_000, id="too deep for Python"),
    pytest.param("9" * 5_000, id="too long for Python"),
]


class TestContainerEnvironment:
    NAME = "PAYMENT_API_SERVICE__ENVIRONMENT"

    def test_it_is_json_in_its_variable(self) -> None:
        service = load_settings({self.NAME: '{"LOG_LEVEL": "info"}'}, {}).service
        assert service.environment == {"LOG_LEVEL": "info"}

    def test_it_is_an_object_in_the_context(self) -> None:
        context = {"payment_api": {"service": {"environment": {"LOG_LEVEL": "info"}}}}
        assert load_settings({}, context).service.environment == {"LOG_LEVEL": "info"}

    def test_it_is_frozen(self) -> None:
        assert isinstance(load_settings({}, {}).service.environment, MappingProxyType)

    def test_a_dollar_or_a_percent_alone_is_text(self) -> None:
        text = {"PRICE": "5 $ { 10 %", "SHELL": "$HOME"}
        assert load_settings({self.NAME: json.dumps(text)}, {}).service.environment == text

    @pytest.mark.parametrize("value", [*NO_JSON, "[]", '{"RETRIES": 3}', "LOG_LEVEL=info"])
    def test_anything_but_an_object_of_texts_is_refused(self, value: str) -> None:
        assert "must be a JSON object of texts" in only({self.NAME: value})

    @pytest.mark.parametrize("name", ["LOG-LEVEL", "1ST", ""])
    def test_an_illegal_name_is_refused(self, name: str) -> None:
        problem = only({self.NAME: json.dumps({name: "x"})})
        assert problem.endswith(f"must name variables by letters, digits and underscores, not {name!r}")

    @pytest.mark.parametrize(
        "name", ["DB_HOST", "DB_PORT", "DB_NAME", "DB_SSLMODE", "DB_USERNAME", "DB_PASSWORD"]
    )
    def test_the_stacks_own_variables_are_refused(self, name: str) -> None:
        assert f"must leave {name} to the stack" in only({self.NAME: json.dumps({name: "x"})})

    @pytest.mark.parametrize("text", ["${HOME}/log", "$${HOME}", "%{message}"])
    def test_what_terraform_would_read_as_an_expression_is_refused(self, text: str) -> None:
        assert "must hold neither ${ nor %{" in only({self.NAME: json.dumps({"TEXT": text})})

    @pytest.mark.parametrize("text", ["\0", "\ud800"])
    def test_what_no_container_can_be_given_is_refused(self, text: str) -> None:
        assert "must be Unicode text without NUL" in only({self.NAME: json.dumps({"TEXT": text})})

    def test_more_than_a_task_definition_takes_is_refused(self) -> None:
        assert "must be at most 32768 characters" in only({self.NAME: json.dumps({"TEXT": "a" * 32_768})})


class TestSecretReaders:
    NAME = "PAYMENT_API_DATABASE__SECRET_READER_ARNS"
    READERS = ("arn:aws:iam::123456789012:role/team/deploy", "arn:aws:iam::123456789012:user/eve@shop.test")

    def test_there_are_none_by_default(self) -> None:
        assert load_settings({}, {}).database.secret_reader_arns == ()

    def test_they_are_json_in_their_variable(self) -> None:
        database = load_settings({self.NAME: json.dumps(self.READERS)}, {}).database
        assert database.secret_reader_arns == self.READERS

    def test_they_are_a_list_in_the_context(self) -> None:
        context = {"payment_api": {"database": {"secret_reader_arns": list(self.READERS)}}}
        assert load_settings({}, context).database.secret_reader_arns == self.READERS

    @pytest.mark.parametrize(
        "value",
        [
            *NO_JSON,
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
    def test_anything_but_arns_of_users_and_roles_is_refused(self, value: str) -> None:
        assert "must be a JSON list of ARNs, such as" in only({self.NAME: value})

    def test_more_than_a_secrets_policy_takes_are_refused(self) -> None:
        many = [f"arn:aws:iam::123456789012:role/deploy-{number}" for number in range(500)]
        assert "must be at most 16384 characters" in only({self.NAME: json.dumps(many)})


class TestDestinations:
    NAME = "PAYMENT_API_NETWORK__DESTINATIONS"

    def refusal(self, **places: object) -> str:
        return only({self.NAME: json.dumps({name.replace("_", "-"): at for name, at in places.items()})})

    def test_there_are_none_by_default(self) -> None:
        assert load_settings({}, {}).network.destinations == {}

    @pytest.mark.parametrize(
        ("place", "destination"),
        [
            ("192.0.2.0/24:443", ("192.0.2.0/24", 443)),
            ("198.51.0.0/16:1", ("198.51.0.0/16", 1)),
            ("192.0.2.7/32:65535", ("192.0.2.7/32", 65535)),
            ("192.0.2.7:8443", ("192.0.2.7/32", 8443)),
        ],
    )
    def test_each_is_a_block_and_a_port(self, place: str, destination: tuple[str, int]) -> None:
        network = load_settings({self.NAME: json.dumps({"card-network": place})}, {}).network
        assert network.destinations == {"card-network": destination}

    def test_they_are_an_object_in_the_context(self) -> None:
        context = {"payment_api": {"network": {"destinations": {"bank": "192.0.2.7:443"}}}}
        assert load_settings({}, context).network.destinations == {"bank": ("192.0.2.7/32", 443)}

    def test_they_are_frozen(self) -> None:
        assert isinstance(load_settings({}, {}).network.destinations, MappingProxyType)

    def test_one_block_may_be_reached_at_two_ports(self) -> None:
        places = {"bank": "192.0.2.7:443", "bank-events": "192.0.2.7:9093"}
        assert len(load_settings({self.NAME: json.dumps(places)}, {}).network.destinations) == 2

    @pytest.mark.parametrize("value", [*NO_JSON, "[]", "null"])
    def test_anything_but_an_object_is_refused(self, value: str) -> None:
        assert only({self.NAME: value}).endswith(
            'must be a JSON object, such as {"card-network": "192.0.2.0/24:443"}'
        )

    @pytest.mark.parametrize("name", ["", "Bank", "card_network", "card--network", "bank ", "b" * 244])
    def test_a_name_that_is_not_kebab_case_or_too_long_is_refused(self, name: str) -> None:
        problem = only({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert f"must call {name!r} by up to 243 lower-case letters and digits" in problem

    @pytest.mark.parametrize("name", ["internet", "load-balancer", "service", "database", "endpoints", "s3"])
    def test_the_name_of_a_peer_of_the_stacks_own_is_refused(self, name: str) -> None:
        problem = only({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert f"must call {name} by another name" in problem

    def test_the_names_kept_for_the_stack_are_all_that_its_rules_go_by(self, dev: Synthesized) -> None:
        sides = [(f"aws_vpc_security_group_{side}_rule", side) for side in ("ingress", "egress")]
        rules = [rule.removesuffix(f"-{side}") for type_, side in sides for rule in dev.all(type_)]
        peers = {peer for rule in rules for peer in rule.rpartition("-")[0].split("-to-")}
        assert peers == OWN_PEERS

    @pytest.mark.parametrize(
        "place",
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
    def test_anything_but_a_block_and_a_port_is_refused(self, place: object) -> None:
        right = "must give card-network as an IPv4 range and a port, such as 192.0.2.0/24:443"
        assert self.refusal(card_network=place).endswith(right)

    @pytest.mark.parametrize("block", ["0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/15"])
    def test_a_large_part_of_the_internet_is_refused(self, block: str) -> None:
        assert self.refusal(bank=f"{block}:443").endswith("must give bank a range of /16 or smaller")

    def test_the_same_block_and_port_under_two_names_is_refused(self) -> None:
        problem = self.refusal(bank="192.0.2.0/24:443", card_network="192.0.2.0/255.255.255.0:443")
        assert "must give each block and port once" in problem

    def test_more_than_a_security_group_takes_are_refused(self) -> None:
        places = {f"bank-{number}": f"192.0.2.{number}:443" for number in range(51)}
        assert self.refusal(**places).endswith("must be at most 50 destinations, not 51")
