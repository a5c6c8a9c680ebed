"""Log lines to CloudWatch Logs, and metrics in them (EMF) to CloudWatch."""

import datetime
import json
import threading
import time
import uuid

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import logs_backends

_lock = threading.Lock()


class Stream:
    """The log stream of one execution environment."""

    def __init__(self, account, region, group, version):
        self.account, self.region, self.group = account, region, group
        day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y/%m/%d")
        self.name = f"{day}/[{version}]{uuid.uuid4().hex}"
        # What the invocation at hand has written, for LogType=Tail.
        self.tail = []

    def write(self, line):
        """Adds a line; without a log group it is lost, since the role may make none."""
        self.tail.append(line)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        with _lock:
            backend = logs_backends[self.account][self.region]
            if self.group not in backend.groups:
                return
            backend.ensure_log_stream(self.group, self.name)
            backend.put_log_events(self.group, self.name, [event])
            for namespace, data in embedded_metrics(line):
                put_metrics(self.account, self.region, namespace, data)


def put_metrics(account, region, namespace, data):
    """Adds metric data as PutMetricData does."""
    cloudwatch_backends[account][region].put_metric_data(namespace, data)


def embedded_metrics(line):
    """The metrics of a line in the Embedded Metric Format: pairs of namespace and data."""
    if '"CloudWatchMetrics"' not in line:
        return
    try:
        document = json.loads(line)
        directives = document["_aws"]["CloudWatchMetrics"]
        moment = datetime.datetime.fromtimestamp(
            document["_aws"]["Timestamp"] / 1000, datetime.timezone.utc
        ).replace(tzinfo=None)
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        data = []
        for names in directive["Dimensions"]:
            dimensions = [{"Name": name, "Value": str(document[name])} for name in names]
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                data.append({
                    "MetricName": metric["Name"],
                    "Values": values if isinstance(values, list) else [values],
                    "Unit": metric.get("Unit", "None"),
                    "Dimensions": dimensions,
                    "Timestamp": moment,
                })
        yield directive["Namespace"], data
