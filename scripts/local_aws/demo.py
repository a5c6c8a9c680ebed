"""`python -m local_aws demo`: the whole stack on this machine, from nothing to nothing."""

import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import time

import boto3
import botocore.config

from . import terraform
from .server import LocalAWS

SOURCE, CHECKPOINTS, PREFIX = "demo-event-log", "demo-checkpoints", "events/"
NAME = "event-log-checkpoint-everything"


class Demo:
    """The steps; `command` is event-checkpoint, which generates events and prints rows."""

    def __init__(self, command, packages, package):
        self.aws = LocalAWS()
        self.command = command
        os.environ.update(terraform.aws_environment(self.aws.endpoint, self.aws.region))
        self.s3 = self._client("s3")
        self.stack = terraform.Workspace("examples/everything", self.aws.endpoint, self.aws.region)
        self.stack.set(
            source_bucket=SOURCE, checkpoint_bucket=CHECKPOINTS, package=package,
            package_directory=pathlib.Path(packages).resolve(), queue_batching_window_seconds=5,
            backfill_batch_size=500,
        )

    def _client(self, service):
        config = botocore.config.Config(s3={"addressing_style": "path"}, read_timeout=300)
        return boto3.client(service, config=config)

    def run(self):
        """All steps, and the end of everything whatever happens."""
        try:
            self.deploy()
            self.send_events()
            self.fire_schedule()
            self.backfill()
            self.show_logs()
            self.show_metrics()
            self.show_rows()
            self.destroy()
        finally:
            self.stack.close()
            self.aws.close()

    def deploy(self):
        step(1, f"An AWS on {self.aws.endpoint}; terraform apply, with every optional part on")
        for bucket in (SOURCE, CHECKPOINTS):
            self.s3.create_bucket(Bucket=bucket)
        self.stack.init()
        print(last_line(self.stack.apply(), "Apply complete"))
        self.outputs = self.stack.outputs()["event_log_checkpoint"]
        shown = ["function_qualified_arn", "queue_url", "glue_table", "backfill_state_machine_arn"]
        for name in shown:
            print(f"  {name:28}{self.outputs[name]}")

    def send_events(self):
        step(2, "2,000 event objects are put; S3 tells SQS, SQS the function, 2 % are invalid")
        began = time.monotonic()
        self._put(2000, seed=1)
        self._await(lambda: self._queue_depth() == 0, "an empty queue")
        print(f"  {time.monotonic() - began:.1f} s until the last one was merged")
        self._show_checkpoints()

    def fire_schedule(self):
        step(3, "The schedule comes due: it lists everything, and finds nothing left to do")
        before = self._invocations()
        self.aws.scheduler.fire_named(self.aws.region, self.outputs["schedule_rule_name"])
        self._await(lambda: self._invocations() > before, "the scheduled run")
        answer = self._invoke({})
        body = answer["body"]
        print(f"  a run by hand says: status {answer['statusCode']}, {body['listed']} listed,"
              f" {body['fetched']} fetched, complete: {body['complete']}")

    def backfill(self):
        step(4, "All checkpoints are deleted, and made anew by the backfill, 500 objects a batch")
        for key in self._keys(CHECKPOINTS):
            self.s3.delete_object(Bucket=CHECKPOINTS, Key=key)
        states = self._client("stepfunctions")
        began = time.monotonic()
        execution = states.start_execution(
            stateMachineArn=self.outputs["backfill_state_machine_arn"], name="demo"
        )["executionArn"]
        status = self._await(
            lambda: (found := states.describe_execution(executionArn=execution)["status"])
            != "RUNNING" and found, "the end of the backfill",
        )
        print(f"  {status} after {time.monotonic() - began:.1f} s")
        self._show_checkpoints()

    def show_logs(self):
        step(5, f"The last lines of {self.outputs['log_group_name']}")
        events = self._client("logs").filter_log_events(
            logGroupName=self.outputs["log_group_name"]
        )["events"]
        lines = [event["message"] for event in events]
        for line in [line for line in lines if "CloudWatchMetrics" not in line][-8:]:
            print(f"  {line[:200]}")

    def show_metrics(self):
        step(6, "Metrics")
        service = {"service": NAME}
        for namespace, name, dimensions, statistic in (
            ("AWS/Lambda", "Invocations", {"FunctionName": NAME}, "Sum"),
            ("AWS/Lambda", "Errors", {"FunctionName": NAME}, "Sum"),
            ("AWS/Lambda", "Duration", {"FunctionName": NAME}, "Maximum"),
            ("EventLogCheckpoint", "ObjectsFetched", service, "Sum"),
            ("EventLogCheckpoint", "EventsRefused", service, "Sum"),
            ("EventLogCheckpoint", "CheckpointsSaved", service, "Sum"),
            ("EventLogCheckpoint", "CheckpointSaveFailures", service, "Sum"),
        ):
            value = self._metric(namespace, name, dimensions, statistic)
            print(f"  {name:26}{statistic:9}{value:>12.0f}")
        denied = sum(count for call, count in self.aws.access.calls.items() if not call.allowed)
        asked = sum(self.aws.access.calls.values())
        print(f"  {asked} calls to S3, each held against the function's role: {denied} denied")

    def show_rows(self):
        key = next(key for key in self._keys(CHECKPOINTS) if key.endswith("form/events.parquet"))
        step(7, f"Rows of s3://{CHECKPOINTS}/{key}")
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            self.s3.download_fileobj(CHECKPOINTS, key, file)
            file.flush()
            subprocess.run(
                [self.command, "parquet", "head", file.name, "--rows", "5", "--columns",
                 "timestamp,study,ptid,action,visit_date,module"], check=True,
            )

    def destroy(self):
        step(8, "terraform destroy: the buckets and what is in them stay")
        print(last_line(self.stack.destroy(), "Destroy complete"))
        for bucket in (SOURCE, CHECKPOINTS):
            print(f"  s3://{bucket}: {len(self._keys(bucket))} objects")

    def _put(self, count, seed):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(
                [self.command, "generate", "--count", str(count), "--seed", str(seed), "--output",
                 directory, "--invalid-percent", "2", "--sandbox-percent", "5"],
                check=True, stdout=subprocess.DEVNULL,
            )
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(self._put_file, sorted(pathlib.Path(directory).rglob("log-*.json"))))

    def _put_file(self, path):
        self.s3.put_object(Bucket=SOURCE, Key=PREFIX + path.name, Body=path.read_bytes())

    def _invoke(self, event):
        answer = self._client("lambda").invoke(
            FunctionName=self.outputs["alias_arn"], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def _keys(self, bucket):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def _show_checkpoints(self):
        found = [key for key in self._keys(CHECKPOINTS) if key.endswith(".parquet")]
        print(f"  {len(found)} checkpoints, such as {', '.join(found[:3])}")

    def _queue_depth(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["queue_url"], AttributeNames=names
        )["Attributes"]
        return sum(map(int, found.values()))

    def _invocations(self):
        return self._metric("AWS/Lambda", "Invocations", {"FunctionName": NAME}, "Sum")

    def _metric(self, namespace, name, dimensions, statistic):
        now = datetime.datetime.now(datetime.timezone.utc)
        points = self._client("cloudwatch").get_metric_statistics(
            Namespace=namespace, MetricName=name, Statistics=[statistic], Period=86400,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - datetime.timedelta(hours=12),
            EndTime=now + datetime.timedelta(hours=12),
        )["Datapoints"]
        values = [point[statistic] for point in points]
        return (max if statistic == "Maximum" else sum)(values) if values else 0

    def _await(self, condition, what):
        until = time.monotonic() + 300
        while not (found := condition()):
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not come about within 5 minutes")
            time.sleep(0.25)
        return found


def step(number, text):
    print(f"\n\033[1m{number}. {text}\033[0m", flush=True)


def last_line(printed, beginning):
    return next(line for line in reversed(printed.splitlines()) if line.startswith(beginning))
