"""Rules of EventBridge with a schedule: `rate(...)` comes due by the clock, any on request."""

import datetime
import json
import re
import threading
import time
import uuid

from moto.awslambda.utils import get_backend
from moto.events.models import events_backends

from . import policy

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
UNIT = {"minute": 60, "hour": 3600, "day": 86400}


class Scheduler:
    """Invokes the functions that the rules of one account and region name."""

    def __init__(self, pool, account):
        self._pool, self._account = pool, account
        self._due = {}
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            time.sleep(1)
            for region, backend in list(events_backends[self._account].items()):
                for bus in list(backend.event_buses.values()):
                    for rule in list(bus.rules.values()):
                        self._look_at(region, rule)

    def _look_at(self, region, rule):
        match = RATE.fullmatch(rule.scheduled_expression or "")
        if not match or rule.state != "ENABLED":
            self._due.pop(rule.arn, None)
            return
        period = int(match.group(1)) * UNIT[match.group(2)]
        due = self._due.setdefault(rule.arn, time.monotonic() + period)
        if time.monotonic() >= due:
            self._due[rule.arn] = due + period
            self.fire(region, rule)

    def fire_named(self, region, name):
        """Fires a rule by its name; raises KeyError if there is none."""
        self.fire(region, events_backends[self._account][region].event_buses["default"].rules[name])

    def fire(self, region, rule):
        """Invokes what the rule's targets name, asynchronously, as EventBridge does."""
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "version": "0", "id": str(uuid.uuid4()), "detail-type": "Scheduled Event",
            "source": "aws.events", "account": self._account, "time": moment, "region": region,
            "resources": [rule.arn], "detail": {},
        }
        backend = get_backend(self._account, region)
        for target in rule.targets:
            arn = target["Arn"]
            if not _may_invoke(backend, arn, rule.arn):
                print(f"{rule.arn} may not invoke {arn}: a permission is missing", flush=True)
                continue
            payload = (target.get("Input") or json.dumps(event)).encode()
            self._pool.invoke_later(lambda arn=arn: backend.get_function(arn), payload, arn)


def _may_invoke(backend, function_arn, rule_arn):
    """Whether the function's own policy lets the rule in."""
    function = backend.get_function(function_arn)
    latest = backend.get_function(function.function_name)
    statements = [
        {name: statement[name] for name in policy.ELEMENTS if name in statement}
        for one in (function, latest) for statement in one.policy.statements
        if statement.get("Principal") == {"Service": "events.amazonaws.com"}
    ]
    return policy.allows(
        [{"Statement": statements}], "lambda:InvokeFunction", function_arn,
        {"AWS:SourceArn": rule_arn},
    )
