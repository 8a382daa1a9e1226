"""The network ACL of the database subnets."""

from ipaddress import IPv4Network

from tests.unit.synthesis import Block, Synthesized

Rule = tuple[str, int, int]


def allowed(entries: list[Block]) -> set[Rule]:
    """The CIDR blocks and ports of the rules of one direction; a network ACL denies everything else."""
    assert {(each["action"], each["protocol"]) for each in entries} == {("allow", "tcp")}
    assert len({each["rule_no"] for each in entries}) == len(entries)
    return {(each["cidr_block"], each["from_port"], each["to_port"]) for each in entries}


def blocks(stack: Synthesized, tier: str) -> set[str]:
    """The CIDR blocks of the subnets of a tier."""
    return {
        subnet["cidr_block"]
        for subnet in stack.all("aws_subnet").values()
        if subnet["tags"]["Name"].startswith(f"{stack.prefix}-{tier}-")
    }


def test_it_is_the_acl_of_the_subnets_of_the_database(every: Synthesized) -> None:
    acl = every.one("aws_network_acl")
    assert acl["vpc_id"] == every.ref("aws_vpc")
    assert sorted(acl["subnet_ids"]) == sorted(every.one("aws_db_subnet_group")["subnet_ids"])


def test_only_the_private_subnets_connect_and_only_to_the_database_port(every: Synthesized) -> None:
    assert allowed(every.one("aws_network_acl")["ingress"]) == {
        (block, 5432, 5432) for block in blocks(every, "private")
    }


def test_only_answers_to_the_private_subnets_leave(every: Synthesized) -> None:
    """A network ACL is stateless: the answers go to any ephemeral port."""
    assert allowed(every.one("aws_network_acl")["egress"]) == {
        (block, 1024, 65535) for block in blocks(every, "private")
    }


def test_the_tasks_are_in_the_allowed_blocks(every: Synthesized) -> None:
    private = [IPv4Network(block) for block in blocks(every, "private")]
    assert len(private) == 3
    assert not any(IPv4Network(block) in private for block in blocks(every, "database"))
