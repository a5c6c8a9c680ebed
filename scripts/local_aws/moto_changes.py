"""What is replaced in moto, and why. Written against moto 5.2."""

import base64
import functools
import json
import logging
import re
import time

import boto3
import botocore.config
from moto import backends
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.config import default_user_config
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.settings import moto_server_port
from moto.sqs.models import Queue, SQSBackend, sqs_backends
from moto.stepfunctions.parser.asl.component import eval_component
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import (
    resource_eval_s3,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from . import functions
from .event_sources import QueuePoller


class TooManyRequests(JsonRESTError):
    code = 429

    def __init__(self, message):
        super().__init__("TooManyRequestsException", message)


def install(pool):
    """Replaces what moto only pretends to do."""
    _run_functions(pool)
    _poll_queues(pool)
    _make_queues_safe()
    _keep_queue_policies()
    _keep_sizes_of_lifecycle_rules()
    _answer_step_functions()
    _look_once_for_modules()


def _run_functions(pool):
    def invoke(backend, function_name, qualifier, body, headers, response_headers):
        function = backend.get_function(function_name, qualifier)
        arn = _invoked_arn(function, function_name, qualifier)
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return b""
        if kind == "Event":
            pool.invoke_later(lambda: backend.get_function(function_name, qualifier), payload, arn)
            return b""
        try:
            answer = pool.invoke(function, payload, arn)
        except functions.Throttled as error:
            raise TooManyRequests(str(error)) from error
        if answer.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        response_headers["x-amz-executed-version"] = answer.version
        response_headers["x-amz-log-result"] = base64.b64encode(answer.log.encode()).decode()
        response_headers["Content-Length"] = str(len(answer.payload))
        return answer.payload

    def invoke_version(function, body, request_headers, response_headers):
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        pool.invoke_later(lambda: function, payload, function.function_arn)
        return b""

    LambdaBackend.invoke = invoke
    # Taken by the services that invoke functions asynchronously: S3, SNS, logs.
    LambdaFunction.invoke = invoke_version


def _invoked_arn(function, name, qualifier):
    """What the caller asked for, alias and all."""
    base = ":".join(function.function_arn.split(":")[:7])
    asked = name.split(":")[7] if name.startswith("arn:") and name.count(":") == 7 else None
    if not name.startswith("arn:") and ":" in name:
        asked = name.split(":")[1]
    asked = asked or qualifier
    return f"{base}:{asked}" if asked else base


def _poll_queues(pool):
    """Mappings poll, in place of one invocation within the call that sends a message."""
    create = LambdaBackend.create_event_source_mapping
    update = LambdaBackend.update_event_source_mapping

    def asked_for(mapping, name):
        # Of an alias, not of the version that it points at today.
        if name.startswith("arn:"):
            mapping.function_arn = name

    def create_and_poll(backend, spec):
        mapping = create(backend, spec)
        asked_for(mapping, spec["FunctionName"])
        for queue in _queues_of(backend, mapping):
            queue.lambda_event_source_mappings.clear()
            QueuePoller(pool, backend.account_id, backend.region_name, mapping)
        return mapping

    def update_and_keep(backend, uuid, spec):
        mapping = update(backend, uuid, spec)
        if mapping and spec.get("FunctionName"):
            asked_for(mapping, spec["FunctionName"])
        return mapping

    LambdaBackend.create_event_source_mapping = create_and_poll
    LambdaBackend.update_event_source_mapping = update_and_keep


def _queues_of(backend, mapping):
    queues = sqs_backends[backend.account_id][backend.region_name].queues
    return [one for one in queues.values() if one.queue_arn == mapping.event_source_arn]


def _make_queues_safe():
    """Messages are added and taken by many threads; moto's lists are changed without a lock."""
    for name in ("add_message", "delete_message"):
        original = getattr(Queue, name)

        @functools.wraps(original)
        def locked(queue, *arguments, _original=original):
            with queue._messages_lock:
                return _original(queue, *arguments)

        setattr(Queue, name, locked)

    receive = SQSBackend.receive_message

    @functools.wraps(receive)
    def receive_message(backend, queue_name, count, wait, visibility, *names):
        until = time.monotonic() + int(wait or 0)
        while True:
            with backend.get_queue(queue_name)._messages_lock:
                found = receive(backend, queue_name, count, 0, visibility, *names)
            if found or time.monotonic() >= until:
                return found
            time.sleep(0.05)

    SQSBackend.receive_message = receive_message


def _keep_queue_policies():
    """Setting another attribute removes a queue's policy in moto, who may redrive is unknown to it,
    and it writes the redrive policy with spaces, which Terraform takes for a change.
    """
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None
    original = Queue._set_attributes

    def set_attributes(queue, attributes, now=None):
        if "Policy" not in attributes and getattr(queue, "_policy_json", None):
            attributes = {**attributes, "Policy": queue.policy}
        original(queue, attributes, now)

    Queue._set_attributes = set_attributes
    attributes_of = Queue.attributes.fget

    def compact_attributes(queue):
        found = attributes_of(queue)
        # Set to nothing, it is none.
        if not found.get("RedriveAllowPolicy"):
            found.pop("RedriveAllowPolicy", None)
        if found.get("RedrivePolicy"):
            found["RedrivePolicy"] = json.dumps(queue.redrive_policy, separators=(",", ":"))
        return found

    Queue.attributes = property(compact_attributes)


def _keep_sizes_of_lifecycle_rules():
    """moto forgets sizes in the filters of lifecycle rules, and Terraform waits for them."""
    names = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
    set_lifecycle, get_lifecycle = FakeBucket.set_lifecycle, S3Response.get_bucket_lifecycle

    def set_and_keep(bucket, rules):
        set_lifecycle(bucket, rules)
        for kept, rule in zip(bucket.rules, rules):
            both = (rule.get("Filter") or {}).get("And") or {}
            kept.sizes = {name: int(both[name]) for name in names if name in both}

    def get_with_sizes(response):
        rules = response.backend.get_bucket_lifecycle(response.bucket_name)
        serialized = response.serialized

        def serialize(found):
            for document, rule in zip(found.result["Rules"], rules):
                if getattr(rule, "sizes", None):
                    document["Filter"]["And"].update(rule.sizes)
            return serialized(found)

        if rules:
            response.serialized = serialize
        return get_lifecycle(response)

    FakeBucket.set_lifecycle = set_and_keep
    S3Response.get_bucket_lifecycle = get_with_sizes


def _answer_step_functions():
    """State machines run; and the two calls that Terraform's provider makes are answered."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # It warns at each look at a definition that it tolerates any failure.
    logging.getLogger("moto.stepfunctions").setLevel(logging.ERROR)
    # And of what IsPresent looks for in vain.
    logging.getLogger(eval_component.__name__).addFilter(
        lambda record: "NoSuchJsonPathError" not in record.getMessage()
    )

    # By path: names below localhost need not resolve, and a bucket's may say something else there.
    def s3_client(resource_runtime_part, state_credentials):
        return boto3.client(
            "s3", region_name=resource_runtime_part.region,
            endpoint_url=f"http://127.0.0.1:{moto_server_port()}",
            aws_access_key_id="states", aws_secret_access_key="local",
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )

    resource_eval_s3.ResourceEvalS3._get_s3_client = staticmethod(s3_client)
    parse = AmazonStateLanguageParser.parse

    def parse_whole_percentages(definition):
        # moto's grammar knows 5.0, and AWS's 5, too.
        percentage = r'("ToleratedFailurePercentage":\s*\d+)(?=\s*[,}])'
        return parse(re.sub(percentage, r"\1.0", definition))

    AmazonStateLanguageParser.parse = staticmethod(parse_whole_percentages)

    def validate_state_machine_definition(response):
        try:
            StepFunctionsParserBackend._validate_definition(response._get_param("definition"))
        except Exception as error:
            diagnostic = {
                "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error),
            }
            return ActionResult({"result": "FAIL", "diagnostics": [diagnostic]})
        return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})

    def list_state_machine_versions(response):
        return ActionResult({"stateMachineVersions": []})

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition
    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions


def _look_once_for_modules():
    """moto looks through its own directory at each request, which takes a third of the time."""
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: iter(modules)
