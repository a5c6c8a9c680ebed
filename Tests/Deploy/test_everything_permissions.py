"""Least privilege: the calls that the function made are allowed by its role, and no others are."""

import json

import pytest

from conftest import EVERYTHING_REGION as REGION
from local_aws import policy

SOURCE, CHECKPOINTS = f"arn:aws:s3:::source-{REGION}", f"arn:aws:s3:::checkpoints-{REGION}"
ACCOUNT = "123456789012"
NAME = "event-log-checkpoint-everything"
LOG_GROUPS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda"

# What no run needs while all is well.
IN_TROUBLE = {
    "s3:AbortMultipartUpload": "ends an upload of a large checkpoint that failed",
}


def policies_of(cloud, role):
    iam = cloud.client("iam", REGION)
    return [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]


@pytest.fixture(scope="module")
def role(cloud, everything):
    return policies_of(cloud, NAME)


@pytest.fixture(scope="module")
def backfill_role(cloud, everything):
    return policies_of(cloud, f"{NAME}-backfill")


@pytest.fixture(scope="module")
def calls(cloud):
    found = cloud.control("calls")
    assert found, "the end-to-end runs come first"
    return found


def test_every_call_that_was_made_is_allowed(calls):
    # The local AWS has answered each with what the policy says; none of them may have been denied.
    assert [call for call in calls if not call["allowed"]] == []


def test_every_permission_is_used(calls, role):
    made = {call["action"] for call in calls if call["function"] == NAME}
    given = {
        action for document in role for statement in document["Statement"]
        for action in statement["Action"] if action.startswith("s3:")
    }
    assert given - made == set(IN_TROUBLE)


def test_statements_hold_for_the_resources_they_name_and_no_pattern_is_an_action(role):
    for document in role:
        for statement in document["Statement"]:
            assert not any("*" in action for action in statement["Action"])
            if "*" in statement["Resource"]:
                assert all(action.startswith("xray:Put") for action in statement["Action"])


ALLOWED = [
    ("s3:ListBucket", SOURCE, {"s3:prefix": "events/"}),
    ("s3:ListBucket", SOURCE, {"s3:prefix": "events/log-submit"}),
    ("s3:GetObject", f"{SOURCE}/events/log-submit-1.json", {}),
    ("s3:ListBucket", CHECKPOINTS, {"s3:prefix": "checkpoints/_refused/"}),
    ("s3:GetObject", f"{CHECKPOINTS}/checkpoints/_state.json", {}),
    ("s3:PutObject", f"{CHECKPOINTS}/checkpoints/adrc/form/events.parquet", {}),
    ("s3:AbortMultipartUpload", f"{CHECKPOINTS}/checkpoints/adrc/form/events.parquet", {}),
    ("s3:DeleteObject", f"{CHECKPOINTS}/checkpoints/_refused/1.jsonl", {}),
    ("s3:DeleteObject", f"{CHECKPOINTS}/checkpoints/_backfill/b/batch-000001.json", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/{NAME}:log-stream:s", {}),
    ("logs:CreateLogStream", f"{LOG_GROUPS}/{NAME}:log-stream:s", {}),
    ("xray:PutTraceSegments", "*", {}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-events", {}),
    ("sqs:DeleteMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-events", {}),
]

DENIED = [
    # The source is read, and only under its prefix.
    ("s3:PutObject", f"{SOURCE}/events/log-submit-1.json", {}),
    ("s3:DeleteObject", f"{SOURCE}/events/log-submit-1.json", {}),
    ("s3:GetObject", f"{SOURCE}/payroll/2026.json", {}),
    ("s3:ListBucket", SOURCE, {"s3:prefix": "payroll/"}),
    ("s3:ListBucket", SOURCE, {"s3:prefix": ""}),
    # Checkpoints and state are written, and never deleted.
    ("s3:DeleteObject", f"{CHECKPOINTS}/checkpoints/adrc/form/events.parquet", {}),
    ("s3:DeleteObject", f"{CHECKPOINTS}/checkpoints/_state.json", {}),
    ("s3:DeleteObject", f"{CHECKPOINTS}/_refused/1.jsonl", {}),
    ("s3:PutObject", f"{CHECKPOINTS}/elsewhere/events.parquet", {}),
    ("s3:GetObject", f"{CHECKPOINTS}/elsewhere/events.parquet", {}),
    ("s3:ListBucket", CHECKPOINTS, {"s3:prefix": "elsewhere/"}),
    ("s3:PutBucketPolicy", CHECKPOINTS, {}),
    ("s3:DeleteBucket", CHECKPOINTS, {}),
    ("s3:ListBucketMultipartUploads", CHECKPOINTS, {}),
    ("s3:PutObjectAcl", f"{CHECKPOINTS}/checkpoints/_state.json", {}),
    ("s3:DeleteObjectVersion", f"{CHECKPOINTS}/checkpoints/_refused/1.jsonl", {}),
    # Other buckets.
    ("s3:GetObject", "arn:aws:s3:::another-bucket/events/log-submit-1.json", {}),
    ("s3:ListBucket", "arn:aws:s3:::another-bucket", {"s3:prefix": "events/"}),
    ("s3:ListAllMyBuckets", "*", {}),
    # Others' logs and queues, and making log groups.
    ("logs:CreateLogGroup", f"{LOG_GROUPS}/{NAME}", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/other:log-stream:s", {}),
    ("logs:DeleteLogGroup", f"{LOG_GROUPS}/{NAME}", {}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-dead-letters", {}),
    ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-events", {}),
    ("sqs:PurgeQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-events", {}),
    # Everything that is not its business.
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}", {}),
    ("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/event-log-checkpoint", {}),
    ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/any", {}),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{NAME}", {}),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{NAME}", {}),
    ("xray:GetTraceSummaries", "*", {}),
    ("ec2:CreateNetworkInterface", "*", {}),
    ("cloudwatch:PutMetricData", "*", {}),
]


@pytest.mark.parametrize(("action", "resource", "context"), ALLOWED)
def test_what_it_needs_is_allowed(role, action, resource, context):
    assert policy.allows(role, action, resource, context)


@pytest.mark.parametrize(("action", "resource", "context"), DENIED)
def test_what_it_does_not_need_is_denied(role, action, resource, context):
    assert not policy.allows(role, action, resource, context)


MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}-backfill"


@pytest.mark.parametrize(("allowed", "action", "resource"), [
    (True, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}:staging"),
    (True, "s3:GetObject", f"{CHECKPOINTS}/checkpoints/_backfill/b/manifest.json"),
    (True, "states:StartExecution", MACHINE),
    (True, "states:DescribeExecution", f"{MACHINE.replace('stateMachine', 'execution')}/map:1"),
    (False, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"),
    (False, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other:staging"),
    (False, "s3:GetObject", f"{CHECKPOINTS}/checkpoints/_state.json"),
    (False, "s3:PutObject", f"{CHECKPOINTS}/checkpoints/_backfill/b/manifest.json"),
    (False, "s3:GetObject", f"{SOURCE}/events/log-submit-1.json"),
    (False, "states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:other"),
])
def test_the_backfill_may_invoke_the_function_and_read_its_manifests(
    backfill_role, allowed, action, resource
):
    assert policy.allows(backfill_role, action, resource) == allowed


def test_only_lambda_and_step_functions_may_take_the_roles(cloud, everything):
    iam = cloud.client("iam", REGION)
    for name, service in ((NAME, "lambda"), (f"{NAME}-backfill", "states")):
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        assert [one["Principal"] for one in trust["Statement"]] == [
            {"Service": f"{service}.amazonaws.com"}
        ]
