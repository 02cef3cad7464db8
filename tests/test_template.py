"""The template keeps the promises that the linters do not know."""

import json
from typing import Any

import pytest

from inframind.settings import variables
from tests.cloudformation import ROOT, functions, globals_environment, resources, routes, template

# Secrets of channels are made at run time, so no logical id names them: the folder of the stack does.
OUR_PARAMETERS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/"


def statements() -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, statement)
        for name, properties in functions().items()
        for policy in properties.get("Policies", [])
        for statement in _list(policy["Statement"])
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


READ_BY_NUMPY = {"OPENBLAS_NUM_THREADS"}


def test_every_setting_is_set_and_every_variable_is_read() -> None:
    own = {key for one in functions().values() for key in one.get("Environment", {}).get("Variables", {})}
    assert set(globals_environment()) | own == set(variables()) | READ_BY_NUMPY


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_says_what_goes_in_and_what_comes_out_and_has_a_handler(name: str) -> None:
    properties = functions()[name]
    assert " -> " in properties["Description"]
    module, _, function = properties["Handler"].partition(".")
    assert function == "handler"
    assert (ROOT / properties["CodeUri"] / f"{module}.py").is_file()


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_has_its_own_log_group_with_a_retention_and_an_alarm(name: str) -> None:
    group = functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert group == f"{name}Logs"
    assert "RetentionInDays" in resources("AWS::Logs::LogGroup")[group]["Properties"]
    alarm = resources("AWS::CloudWatch::Alarm")[f"{name}Errors"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": name}}]


def test_policies_name_every_action_and_every_resource() -> None:
    for name, statement in statements():
        assert all("*" not in action for action in _list(statement["Action"])), name
        for resource in _list(statement["Resource"]):
            named = resource.get("Fn::Sub", "")
            assert resource != "*", name
            assert named == "" or named.startswith(("${", OUR_PARAMETERS)), name


def test_readiness_may_ask_for_everything_that_the_settings_name() -> None:
    named = {value["Ref"] for value in globals_environment().values() if isinstance(value, dict)}
    asked = {
        "AWS::DynamoDB::Table": "dynamodb:DescribeTable",
        "AWS::SQS::Queue": "sqs:GetQueueAttributes",
        "AWS::S3::Bucket": "s3:ListBucket",
        "AWS::Events::EventBus": "events:DescribeEventBus",
    }
    granted = [statement for name, statement in statements() if name == "PlatformApi"]
    for kind, action in asked.items():
        allowed = [arn for one in granted if action in _list(one["Action"]) for arn in _list(one["Resource"])]
        assert {arn["Fn::GetAtt"][0] for arn in allowed} == named & set(resources(kind)), kind


def test_only_the_layers_of_the_house_and_no_managed_policies_of_ours() -> None:
    assert all("Policies" in one and all(isinstance(p, dict) for p in one["Policies"]) for one in functions().values())


def consumed_queues() -> dict[str, str]:
    return {
        event["Properties"]["Queue"]["Fn::GetAtt"][0]: name
        for name, properties in functions().items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "SQS"
    }


@pytest.mark.parametrize(("queue", "function"), sorted(consumed_queues().items()))
def test_a_consumed_queue_waits_long_enough_and_has_dead_letters_of_its_kind(queue: str, function: str) -> None:
    properties = resources("AWS::SQS::Queue")[queue]["Properties"]
    window = template()["Parameters"]["WriteWindowSeconds"]["MaxValue"] if queue == "SamplesQueue" else 0
    assert properties["VisibilityTimeout"] == 6 * functions()[function]["Timeout"] + window
    dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert resources("AWS::SQS::Queue")[dead]["Properties"].get("FifoQueue") == properties.get("FifoQueue")


def test_consumers_report_partial_failures() -> None:
    for properties in functions().values():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_queue_is_either_consumed_or_watched_as_dead_letters() -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Properties"].get("Dimensions", [])
        if dimension["Name"] == "QueueName"
    }
    assert watched == set(resources("AWS::SQS::Queue"))


@pytest.mark.parametrize("name", sorted(resources("AWS::Events::Rule")))
def test_a_rule_may_reach_its_queues_and_nobody_else_may(name: str) -> None:
    (target,) = resources("AWS::Events::Rule")[name]["Properties"]["Targets"]
    policies = [one["Properties"] for one in resources("AWS::SQS::QueuePolicy").values()]
    for queue in (target["Arn"]["Fn::GetAtt"][0], target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]):
        (policy,) = [one["PolicyDocument"] for one in policies if one["Queues"] == [{"Ref": queue}]]
        for statement in policy["Statement"]:
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        granted = [one["Condition"]["ArnEquals"]["aws:SourceArn"] for one in policy["Statement"]]
        assert {"Fn::GetAtt": [name, "Arn"]} in [arn for arns in granted for arn in _list(arns)]


@pytest.mark.parametrize("name", sorted(resources("AWS::DynamoDB::Table")))
def test_a_table_costs_nothing_idle_and_survives_mistakes(name: str) -> None:
    table = resources("AWS::DynamoDB::Table")[name]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}


def test_the_bucket_is_encrypted_private_and_reached_over_tls_only() -> None:
    bucket = resources("AWS::S3::Bucket")["BankBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    (denial,) = resources("AWS::S3::BucketPolicy")["BankBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert denial["Effect"] == "Deny"
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_alarm_leads_to_a_heading_of_the_operations_page() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in page.splitlines() if line.startswith("##")}
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        target = alarm["Properties"]["AlarmDescription"].partition("docs/operations.md#")[2]
        assert target in headings, name


def test_the_runtime_is_named_once() -> None:
    assert [line for line in (ROOT / "template.yaml").read_text().splitlines() if "Runtime: python" in line] == [
        "    Runtime: python3.11 # the one place that names it"
    ]
    assert template()["Globals"]["Function"]["Runtime"] == "python3.11"


def test_every_documented_path_has_a_route_and_every_route_is_documented() -> None:
    documented = json.loads((ROOT / "layers/core/inframind/http/platform/openapi.json").read_text())["paths"]
    declared = {route for route in routes() if route != "$default"}
    served = {f"{method.upper()} {path}" for path, methods in documented.items() for method in methods}
    undocumented = {route for route in declared if "{proxy+}" not in route} - served
    assert undocumented == set()
    unrouted = {path for path in served if not _reaches(path, declared)}
    assert unrouted == set()


def _reaches(path: str, declared: set[str]) -> bool:
    greedy = [route.removesuffix("{proxy+}") for route in declared if route.endswith("{proxy+}")]
    return path in declared or any(path.startswith(prefix) for prefix in greedy)


def test_a_model_of_bedrock_may_be_invoked_only_where_it_is_configured_and_only_that_one() -> None:
    invoking = [name for name, statement in statements() if "bedrock" in json.dumps(statement)]
    assert invoking == []
    (policy,) = resources("AWS::IAM::Policy").values()
    assert policy["Condition"] == "UsesBedrock"
    assert template()["Conditions"]["UsesBedrock"] == {"Fn::Equals": [{"Ref": "AnalystProvider"}, "bedrock"]}
    assert policy["Properties"]["Roles"] == [{"Ref": "IncidentsAnalystRole"}]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock:InvokeModel"
    _, named, own = statement["Resource"]["Fn::If"]
    assert named == {"Ref": "AnalystModelArns"}
    assert all(one["Fn::Sub"].endswith("/${AnalystModel}") for one in own)


def test_no_secret_of_the_model_stands_in_the_environment() -> None:
    assert not any("KEY" in name or "SECRET" in name for name in globals_environment())
