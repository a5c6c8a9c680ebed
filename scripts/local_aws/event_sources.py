"""Event source mappings: SQS queues are polled, and batches become invocations."""

import concurrent.futures
import json
import threading
import time

from moto.awslambda.utils import get_backend
from moto.sqs.models import sqs_backends

from . import functions

PAYLOAD_LIMIT = 6 * 1024 * 1024
POLL_SECONDS = 0.2


class QueuePoller:
    """Polls the queue of one mapping for as long as it exists."""

    def __init__(self, pool, account, region, mapping):
        self._pool = pool
        self._account, self._region = account, region
        self._mapping = mapping
        self._running = 0
        self._changed = threading.Condition()
        self._workers = concurrent.futures.ThreadPoolExecutor(max_workers=32)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        lambdas = get_backend(self._account, self._region)
        while lambdas.get_event_source_mapping(self._mapping.uuid) is self._mapping:
            try:
                self._poll()
            except Exception as error:  # The queue is gone, say; the mapping may outlive it.
                print(f"polling {self._mapping.event_source_arn}: {error}", flush=True)
                time.sleep(1)
        self._workers.shutdown(wait=False)

    def _poll(self):
        mapping = self._mapping
        limit = int((mapping.scaling_config or {}).get("MaximumConcurrency") or 5)
        with self._changed:
            if not mapping.enabled or self._running >= limit:
                self._changed.wait(POLL_SECONDS)
                return
        batch = self._gather(mapping.batch_size, mapping.max_batch_window or 0)
        if not batch:
            time.sleep(POLL_SECONDS)
            return
        with self._changed:
            self._running += 1
        self._workers.submit(self._deliver, batch)

    def _gather(self, size, window):
        """Messages until there are as many as wanted, or the window is over."""
        batch, payload, until = [], 0, None
        while len(batch) < size and payload < PAYLOAD_LIMIT * 3 // 4:
            found = self._queues.receive_message(
                self._queue_name, min(size - len(batch), 1000), 0, self._visibility_timeout
            )
            batch += found
            payload += sum(len(message.body) + 800 for message in found)
            if batch and until is None:
                until = time.monotonic() + window
            if until is None or time.monotonic() >= until:
                break
            if not found:
                time.sleep(POLL_SECONDS)
        return batch

    @property
    def _queues(self):
        return sqs_backends[self._account][self._region]

    @property
    def _queue_name(self):
        return self._mapping.event_source_arn.split(":")[-1]

    @property
    def _visibility_timeout(self):
        return int(self._queues.get_queue(self._queue_name).visibility_timeout)

    def _deliver(self, batch):
        try:
            failed = self._invoke(batch)
            for message in batch:
                # What failed comes back when its visibility timeout is over.
                if message.id not in failed:
                    self._queues.delete_message(self._queue_name, message.receipt_handle)
        except Exception as error:
            print(f"delivering to {self._mapping.function_arn}: {error}", flush=True)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _invoke(self, batch):
        """The identifiers of the messages that failed."""
        everything = {message.id for message in batch}
        event = {"Records": [self._record(message) for message in batch]}
        arn = self._mapping.function_arn
        try:
            function = get_backend(self._account, self._region).get_function(arn)
            answer = self._pool.invoke(function, json.dumps(event).encode(), arn)
        except functions.Throttled:
            return everything
        if answer.failed:
            return everything
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or []):
            return set()
        return reported_failures(answer.payload, everything)

    def _record(self, message):
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.approximate_receive_count),
                "SentTimestamp": str(message.sent_timestamp),
                "SenderId": message.sender_id,
                "ApproximateFirstReceiveTimestamp": str(
                    message.approximate_first_receive_timestamp
                ),
            },
            "messageAttributes": {},
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.event_source_arn,
            "awsRegion": self._region,
        }


def reported_failures(payload, everything):
    """What an answer with `batchItemFailures` says; one that Lambda cannot read fails the batch."""
    try:
        document = json.loads(payload or b"null")
    except ValueError:
        return everything
    if document is None or document == {}:
        return set()
    failures = document.get("batchItemFailures") if isinstance(document, dict) else ()
    if failures is None or failures == []:
        return set()
    if not isinstance(failures, list):
        return everything
    found = {one.get("itemIdentifier") for one in failures if isinstance(one, dict)}
    return found if len(found) == len(failures) and found <= everything else everything
