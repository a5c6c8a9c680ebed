"""The parts of the local AWS, each by itself: what proves something has to be right first."""

import io
import json
import threading
import urllib.error
import urllib.request
import zipfile

import pytest

from local_aws import event_sources, logs, package, policy, runtime_api, s3_calls

POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::a/b/*"},
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::a/b/secret?"]},
        {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::a",
            "Condition": {"StringLike": {"s3:prefix": ["b/*"]}},
        },
        {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::c",
            "Condition": {"StringLikeIfExists": {"s3:prefix": "b/*"}},
        },
    ]
}


@pytest.mark.parametrize(("allowed", "action", "resource", "context"), [
    (True, "s3:GetObject", "arn:aws:s3:::a/b/c/d", {}),
    (True, "S3:getobject", "arn:aws:s3:::a/b/c", {}),
    (False, "s3:GetObject", "arn:aws:s3:::a/B/c", {}),
    (False, "s3:GetObject", "arn:aws:s3:::a/c", {}),
    (False, "s3:PutObject", "arn:aws:s3:::a/b/c", {}),
    (False, "s3:GetObject", "arn:aws:s3:::a/b/secret1", {}),
    (True, "s3:GetObject", "arn:aws:s3:::a/b/secret12", {}),
    (True, "s3:ListBucket", "arn:aws:s3:::a", {"s3:prefix": "b/c"}),
    (False, "s3:ListBucket", "arn:aws:s3:::a", {"s3:prefix": "c"}),
    (False, "s3:ListBucket", "arn:aws:s3:::a", {}),
    (True, "s3:ListBucket", "arn:aws:s3:::c", {}),
    (False, "s3:ListBucket", "arn:aws:s3:::c", {"s3:prefix": "c"}),
])
def test_policies_are_evaluated_as_iam_does(allowed, action, resource, context):
    assert policy.allows([POLICY], action, resource, context) == allowed


@pytest.mark.parametrize("extra", [
    {"NotAction": "s3:*"}, {"Condition": {"DateLessThan": {"aws:CurrentTime": "x"}}},
])
def test_what_is_not_understood_in_a_policy_is_an_error(extra):
    document = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"} | extra]}
    with pytest.raises(policy.PolicyError):
        policy.allows([document], "s3:GetObject", "x", {"aws:CurrentTime": "x"})


@pytest.mark.parametrize(("method", "path", "query", "headers", "needed"), [
    ("GET", "/b/k%20k", "", {}, [("s3:GetObject", "arn:aws:s3:::b/k k")]),
    ("HEAD", "/b/k", "", {}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    ("GET", "/b", "list-type=2&prefix=p%2F", {}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("PUT", "/b/k", "", {}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("POST", "/b/k", "uploads", {}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("POST", "/b/k", "uploadId=1", {}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("DELETE", "/b/k", "uploadId=1", {}, [("s3:AbortMultipartUpload", "arn:aws:s3:::b/k")]),
    ("DELETE", "/b/k", "", {}, [("s3:DeleteObject", "arn:aws:s3:::b/k")]),
    ("PUT", "/b/k", "partNumber=1&uploadId=1", {"x-amz-copy-source": "/c/k%2Fl"},
     [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/k/l")]),
    ("GET", "/b", "versioning", {}, [("s3:UnknownGETBucket", "arn:aws:s3:::b")]),
])
def test_requests_need_what_amazons_table_says(method, path, query, headers, needed):
    found = s3_calls.needs(method, path, query, headers)
    assert [(need.action, need.resource) for need in found] == needed


@pytest.mark.parametrize(("payload", "failed"), [
    (b"", set()), (b"null", set()), (b"{}", set()), (b'{"batchItemFailures":[]}', set()),
    (b'{"batchItemFailures":[{"itemIdentifier":"a"}]}', {"a"}),
    (b'{"batchItemFailures":[{"itemIdentifier":"z"}]}', {"a", "b"}),
    (b'{"batchItemFailures":[{"itemIdentifier":""}]}', {"a", "b"}),
    (b'{"batchItemFailures":[{}]}', {"a", "b"}),
    (b'{"batchItemFailures":"a"}', {"a", "b"}),
    (b"not JSON", {"a", "b"}),
])
def test_failures_of_a_batch_are_read_as_lambda_reads_them(payload, failed):
    assert event_sources.reported_failures(payload, {"a", "b"}) == failed


def test_metrics_are_found_in_log_lines():
    line = json.dumps({
        "_aws": {"Timestamp": 1_770_000_000_000, "CloudWatchMetrics": [{
            "Namespace": "N", "Dimensions": [["service"], ["service", "Study"]],
            "Metrics": [{"Name": "M", "Unit": "Count"}],
        }]},
        "service": "s", "Study": "adrc", "M": [1, 2],
    })
    ((namespace, data),) = list(logs.embedded_metrics(line))
    assert namespace == "N"
    assert [(one["MetricName"], one["Values"], len(one["Dimensions"])) for one in data] == [
        ("M", [1, 2], 1), ("M", [1, 2], 2)
    ]
    assert list(logs.embedded_metrics('{"message":"CloudWatchMetrics"}')) == []
    assert list(logs.embedded_metrics('broken "CloudWatchMetrics"')) == []


def _zip(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, mode, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def test_packages_are_unpacked_one_over_the_other(tmp_path):
    package.unpack(
        [
            _zip(("bootstrap", 0o100755, "1"), ("lib/a.so", 0o100644, "a")),
            _zip(("lib/a.so", 0o100644, "b"), ("lib/b.so", 0o120777, "a.so")),
        ], tmp_path / "opt",
    )
    assert (tmp_path / "opt/bootstrap").stat().st_mode & 0o111
    assert not (tmp_path / "opt/lib/a.so").stat().st_mode & 0o111
    assert (tmp_path / "opt/lib/b.so").read_text() == "b"


@pytest.mark.parametrize("content", [
    b"no zip", _zip(("../outside", 0o100644, "")), _zip(("lib/x", 0o120777, "/etc/passwd")),
])
def test_packages_that_reach_outside_are_refused(tmp_path, content):
    with pytest.raises(package.PackageError):
        package.unpack([content], tmp_path / "task")


def test_the_runtime_api_gives_each_invocation_once_and_takes_one_answer():
    api = runtime_api.RuntimeAPI()
    base = f"http://{api.address}/2018-06-01/runtime/invocation"

    def post(path, body=b"{}"):
        return urllib.request.urlopen(
            urllib.request.Request(f"{base}/{path}", data=body, method="POST")
        ).status

    first = runtime_api.Invocation("1", b'{"n":1}', 1_000, "arn", "Root=1-2-3")
    timer = threading.Timer(0.1, api.send, [first])
    timer.start()
    with urllib.request.urlopen(f"{base}/next") as answer:
        assert answer.read() == b'{"n":1}'
        assert answer.headers["Lambda-Runtime-Aws-Request-Id"] == "1"
        assert answer.headers["Lambda-Runtime-Deadline-Ms"] == "1000"
        assert answer.headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn"
        assert answer.headers["Lambda-Runtime-Trace-Id"] == "Root=1-2-3"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post("2/response")
    assert post("1/response", b'{"ok":true}') == 202
    assert first.answered.is_set() and first.answer == b'{"ok":true}' and not first.failed
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post("1/response")

    second = runtime_api.Invocation("2", b"{}", 1_000, "arn", "")
    api.send(second)
    urllib.request.urlopen(f"{base}/next").read()
    assert post("2/error", b'{"errorType":"T","errorMessage":"m"}') == 202
    assert second.failed and json.loads(second.answer)["errorType"] == "T"
    api.close()
