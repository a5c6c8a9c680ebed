"""Reads and writes what an AWS Lambda function logs, measures and traces, with what AWS publishes.

    lambda_peer.py <validate-emf|validate-xray|powertools-log|powertools-metrics|xray-sdk> [schema]

Messages on standard input and answers on standard output are framed by a 32-bit little-endian
length. A document is answered by what is wrong with it, one fault a line: by nothing where it is
right. The others take a JSON object and answer with what Powertools for AWS Lambda (Python) or the
X-Ray SDK for Python write for it.
"""

import contextlib
import io
import json
import os
import struct
import sys
from types import SimpleNamespace


def read_exactly(count):
    data = sys.stdin.buffer.read(count)
    if len(data) != count:
        sys.exit("a message ended early")
    return data


def messages():
    while header := sys.stdin.buffer.read(4):
        yield read_exactly(struct.unpack("<I", header)[0])


def answer(data):
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)


def no_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def no_constants(name):
    raise ValueError(f"{name} is not JSON")


def parse(document):
    return json.loads(document, object_pairs_hook=no_duplicates, parse_constant=no_constants)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def emf_references(document):
    """What the specification says of the members that a directive names."""
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for name in {name for names in directive["Dimensions"] for name in names}:
            value = document.get(name)
            if not isinstance(value, str) or not 1 <= len(value) <= 1024:
                yield f"the dimension {name} is not a text of 1 to 1,024 characters"
            elif not value.isascii() or not value.isprintable() or name.startswith(":"):
                yield f"the dimension {name} holds characters that CloudWatch refuses"
        for metric in directive["Metrics"]:
            value = document.get(metric["Name"])
            values = value if isinstance(value, list) else [value]
            if not 1 <= len(values) <= 100 or not all(map(is_number, values)):
                yield f"the metric {metric['Name']} is not 1 to 100 numbers"
            elif any(abs(number) > 2**360 for number in values):
                yield f"the metric {metric['Name']} is out of range"


def validate_emf(line, validator):
    faults = []
    if len(line) > 256 * 1024 - 26:
        faults.append("longer than a log event")
    document = parse(line)
    faults += [error.message for error in validator.iter_errors(document)]
    return faults or list(emf_references(document))


def validate_xray(datagram, validator):
    header, _, body = datagram.partition(b"\n")
    faults = []
    if parse(header) != {"format": "json", "version": 1}:
        faults.append("the header line is another one")
    if len(datagram) > 64 * 1024:
        faults.append("longer than 64 kB")
    document = parse(body)
    faults += [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    if "end_time" in document and document["end_time"] < document["start_time"]:
        faults.append("ends before it begins")
    return faults


def powertools_log(message):
    request = json.loads(message)
    os.environ.update(request["environment"])
    from aws_lambda_powertools import Logger

    stream = io.StringIO()
    logger = Logger(level="DEBUG", stream=stream, logger_handler=None)
    context = SimpleNamespace(**request["context"])

    @logger.inject_lambda_context
    def handler(event, context):
        if "error" in request:
            try:
                raise ValueError(request["error"])
            except ValueError:
                logger.exception(request["message"], extra=request["extra"])
        else:
            getattr(logger, request["level"])(request["message"], extra=request["extra"])

    handler({}, context)
    return stream.getvalue().encode()


def powertools_metrics(message):
    request = json.loads(message)
    from aws_lambda_powertools import Metrics

    metrics = Metrics(namespace=request["namespace"], service=request["service"])
    metrics.set_default_dimensions(**request["dimensions"])
    for name, unit, value in request["metrics"]:
        metrics.add_metric(name=name, unit=unit, value=value)
    return json.dumps(metrics.serialize_metric_set()).encode()


def xray_sdk(message):
    """The subsegments, a line each, that the SDK sends for calls of boto3's S3 client."""
    calls = json.loads(message)
    os.environ.update(
        AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1"
    )
    import boto3
    from aws_xray_sdk.core import patch, xray_recorder
    from moto import mock_aws

    documents = []
    emitter = SimpleNamespace(
        send_entity=lambda entity: documents.append(entity.serialize()),
        set_daemon_address=lambda address: None,
    )
    patch(("botocore",))
    xray_recorder.configure(emitter=emitter, sampling=False, streaming_threshold=0, plugins=())
    with mock_aws():
        xray_recorder.begin_segment("function")
        client = boto3.client("s3")
        for name, arguments in calls:
            with contextlib.suppress(client.exceptions.ClientError):
                getattr(client, name)(**arguments)
        xray_recorder.end_segment()
    subsegments = [text for text in documents if json.loads(text).get("type") == "subsegment"]
    return "\n".join(subsegments).encode()


def main(mode, *arguments):
    if mode.startswith("validate-"):
        import jsonschema

        with open(arguments[0], encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        check = {"validate-emf": validate_emf, "validate-xray": validate_xray}[mode]

        def respond(message):
            try:
                return "\n".join(check(message, validator)).encode()
            except ValueError as error:
                return str(error).encode()

    else:
        respond = {
            "powertools-log": powertools_log,
            "powertools-metrics": powertools_metrics,
            "xray-sdk": xray_sdk,
        }[mode]
    for message in messages():
        answer(respond(message))


if __name__ == "__main__":
    main(*sys.argv[1:])
