"""Tests of the first key of a deployment."""

import json
from datetime import UTC, datetime

from infra.build.bootstrap_key import access_table, bootstrap
from inframind import wiring
from inframind.platform.keys import check, key_id
from inframind.records import Role
from tests.conftest import Account

TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"AccessTableName": {"Value": "access-of-prod"}, "ApiUrl": {"Value": "https://example.com"}},
}


def test_the_minted_key_is_an_admin_of_the_platform(aws: Account) -> None:
    token = bootstrap(aws.client("dynamodb"), aws.environment["ACCESS_TABLE"])
    key = wiring.key_store().get(key_id(token))
    assert check(key, token, Role.ADMIN, datetime.now(UTC)).name == "bootstrap"


def test_the_table_is_found_by_the_stacks_output(aws: Account) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="inframind-prod", TemplateBody=json.dumps(TEMPLATE))
    assert access_table(cloudformation, "inframind-prod") == "access-of-prod"
