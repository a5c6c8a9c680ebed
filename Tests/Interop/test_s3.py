"""The commands on `s3://` URLs, against moto: S3 as somebody else wrote it."""

import json
import os
import pathlib
import uuid

import boto3
import botocore.config
import polars
import pyarrow.parquet as pq
import pytest

import event_truth
import moto_server

# Anything else in the environment or in a home directory must not decide about these tests.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture(scope="module")
def endpoint():
    """moto's server, for as long as this module's tests run."""
    with moto_server.running() as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch, endpoint):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)


@pytest.fixture
def s3(endpoint, environment):
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        config=botocore.config.Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture
def bucket(s3):
    name = f"visits-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def upload(s3, directory, bucket, prefix):
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            s3.put_object(
                Bucket=bucket, Key=prefix + str(path.relative_to(directory)),
                Body=path.read_bytes(),
            )


def keys(s3, bucket, prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def download(s3, bucket, prefix, directory):
    """What lies under a prefix, as files."""
    for key in keys(s3, bucket, prefix):
        path = directory / key[len(prefix):]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def run(command, source, checkpoint, *options, status=0):
    process = command(
        "run", "--source", source, "--checkpoint", checkpoint, "--json", *options, status=status
    )
    return json.loads(process.stdout)["body"]


def rows(directory):
    """The rows of each checkpoint, all columns but the time at which its object was written."""
    return {
        str(path.relative_to(directory)): pq.read_table(path).drop(["source_modified"]).to_pylist()
        for path in sorted(pathlib.Path(directory).rglob("*.parquet"))
    }


def column_bytes(directory):
    """The bytes of each column chunk of each checkpoint, but those of the time at which its object was
    written, which no two stores have in common. Page checksums and encodings are among them."""
    chunks = {}
    for path in sorted(pathlib.Path(directory).rglob("*.parquet")):
        content, metadata = path.read_bytes(), pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            for index in range(metadata.num_columns):
                column = metadata.row_group(group).column(index)
                if column.path_in_schema == "source_modified":
                    continue
                start = column.data_page_offset
                if column.has_dictionary_page:
                    start = min(start, column.dictionary_page_offset)
                chunks[str(path.relative_to(directory)), group, column.path_in_schema] = content[
                    start : start + column.total_compressed_size
                ]
    return chunks


@pytest.mark.parametrize("template", ["events.parquet", "study={study}/{datatype}/{year}.parquet"])
def test_a_bucket_gives_the_checkpoints_of_a_directory(
    command, s3, bucket, tmp_path, template
):
    events = tmp_path / "events"
    command(
        "generate", "--count", 300, "--seed", 21, "--output", events, "--invalid-percent", 3,
        "--sandbox-percent", 5,
    )
    upload(s3, events, bucket, "logs/")
    s3.put_object(Bucket=bucket, Key="logs/notes.txt", Body=b"not an event")
    s3.put_object(Bucket=bucket, Key="logs/", Body=b"")  # the console's folder
    (events / "notes.txt").write_text("not an event")
    here = run(command, events, tmp_path / "here" / template)
    there = run(command, f"s3://{bucket}/logs", f"s3://{bucket}/out/{template}")
    for name in ("listed", "ignored", "fetched", "refused", "filtered_events", "complete"):
        assert here[name] == there[name], name
    download(s3, bucket, "out/", tmp_path / "there")
    assert rows(tmp_path / "there") == rows(tmp_path / "here")
    assert column_bytes(tmp_path / "there") == column_bytes(tmp_path / "here") != {}
    truth = event_truth.Truth(events)
    assert sum(len(found) for found in rows(tmp_path / "there").values()) == len(truth.rows)

    # The time that S3 gives each object is in its row.
    modified = {
        s3.head_object(Bucket=bucket, Key=key)["LastModified"] for key in keys(s3, bucket, "logs/log-")
    }
    for path in (tmp_path / "there").rglob("*.parquet"):
        assert set(polars.read_parquet(path)["source_modified"].to_list()) <= modified


def test_a_second_run_writes_no_checkpoint_and_a_third_only_what_is_new(
    command, s3, bucket, tmp_path
):
    events = tmp_path / "events"
    command("generate", "--count", 150, "--seed", 22, "--output", events)
    upload(s3, events, bucket, "in/")
    source, template = f"s3://{bucket}/in/", f"s3://{bucket}/out/{{datatype}}.parquet"
    run(command, source, template)

    def tags():
        return {
            key: s3.head_object(Bucket=bucket, Key=key)["ETag"]
            for key in keys(s3, bucket, "out/") if key.endswith(".parquet")
        }

    before = tags()
    body = run(command, source, template)
    assert tags() == before and body["complete"] is True
    assert sum(group["events"] for group in body["successful_groups"]) == 0

    late = json.loads(next(events.iterdir()).read_bytes())
    late |= {"timestamp": "1999-01-01T00:00:00Z", "ptid": "late"}
    s3.put_object(Bucket=bucket, Key="in/log-late.json", Body=json.dumps(late))
    body = run(command, source, template)
    assert sum(group["events"] for group in body["successful_groups"]) == 1
    changed = [key for key, tag in tags().items() if before.get(key) != tag]
    assert changed == [f"out/{late['datatype']}.parquet"]


def test_odd_keys_are_read_like_all_others(command, s3, bucket, tmp_path):
    event = {
        "action": "submit", "pipeline_adcid": 42, "project_label": "p", "center_label": "c",
        "gear_name": "g", "visit_date": "2024-02-29", "datatype": "apoe",
        "timestamp": "2024-03-01T10:00:00Z",
    }
    folders = ["", "a b/", "a+b/", "100%/", "%41/", "é/", "e\u0301/", "a//b/", "../", "./", "🎉/", "?#&/"]
    for index, folder in enumerate(folders):
        s3.put_object(
            Bucket=bucket, Key=f"in/{folder}log-{index}.json",
            Body=json.dumps(event | {"ptid": f"p{index}"}),
        )
    body = run(command, f"s3://{bucket}/in/", f"s3://{bucket}/out/events.parquet", "--strict")
    assert body["fetched"] == len(folders)
    download(s3, bucket, "out/", tmp_path)
    table = pq.read_table(tmp_path / "events.parquet")
    assert sorted(table["ptid"].to_pylist()) == sorted(f"p{index}" for index in range(len(folders)))


def test_a_checkpoint_that_somebody_else_has_written_is_merged_not_overwritten(
    command, s3, bucket, tmp_path
):
    events = tmp_path / "events"
    command("generate", "--count", 60, "--seed", 23, "--output", events)
    names = sorted(events.iterdir())
    for path in names[:30]:
        s3.put_object(Bucket=bucket, Key=f"in/{path.name}", Body=path.read_bytes())
    source, template = f"s3://{bucket}/in/", f"s3://{bucket}/out/events.parquet"
    run(command, source, template)
    # Polars rewrites the file: the same rows, none of our metadata.
    download(s3, bucket, "out/", tmp_path)
    polars.read_parquet(tmp_path / "events.parquet").write_parquet(tmp_path / "theirs.parquet")
    s3.put_object(
        Bucket=bucket, Key="out/events.parquet", Body=(tmp_path / "theirs.parquet").read_bytes()
    )
    for path in names[30:]:
        s3.put_object(Bucket=bucket, Key=f"in/{path.name}", Body=path.read_bytes())
    run(command, source, template)
    download(s3, bucket, "out/", tmp_path / "after")
    run(command, events, tmp_path / "expected" / "events.parquet")
    assert rows(tmp_path / "after") == rows(tmp_path / "expected")


def test_parquet_and_validate_take_urls(command, s3, bucket, tmp_path):
    events = tmp_path / "events"
    command("generate", "--count", 80, "--seed", 24, "--output", events, "--invalid-percent", 20)
    upload(s3, events, bucket, "in/")
    run(command, f"s3://{bucket}/in/", f"s3://{bucket}/out/events.parquet")
    download(s3, bucket, "out/", tmp_path)
    for words in (["cat", "--json"], ["head", "--rows", 3], ["schema"]):
        here = command("parquet", words[0], tmp_path / "events.parquet", *words[1:]).stdout
        there = command("parquet", words[0], f"s3://{bucket}/out/events.parquet", *words[1:]).stdout
        assert here == there != ""
    meta = command("parquet", "meta", f"s3://{bucket}/out/events.parquet", "--json").stdout
    assert json.loads(meta)["rows"] == pq.ParquetFile(tmp_path / "events.parquet").metadata.num_rows

    here = command("validate", events, "--json", status=1).stdout
    there = command("validate", f"s3://{bucket}/in", "--json", status=1).stdout
    counts = lambda text: {k: v for k, v in json.loads(text).items() if k != "results"}
    assert counts(here) == counts(there)
    faults = lambda text: {r["file"].split("/")[-1]: r["faults"] for r in json.loads(text)["results"]}
    assert faults(here) == faults(there)
    refused = f"s3://{bucket}/in/{sorted(faults(there))[0]}"
    assert refused in command("validate", refused, status=1).stdout


def test_errors_say_what_and_where(command, s3, bucket, monkeypatch):
    missing = command("parquet", "meta", f"s3://{bucket}/no.parquet", status=1).stderr
    assert f"s3://{bucket}/no.parquet" in missing and "NoSuchKey" in missing
    gone = command(
        "run", "--source", "s3://no-such-bucket-here/in", "--checkpoint",
        f"s3://{bucket}/out/events.parquet", status=3,
    ).stderr
    assert "NoSuchBucket" in gone and "no-such-bucket-here" in gone
    wrong = command("run", "--source", "s3://a*b/in", "--checkpoint", "x.parquet", status=64).stderr
    assert "names no bucket" in wrong
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    nobody = command("parquet", "meta", f"s3://{bucket}/no.parquet", status=1).stderr
    for place in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED"):
        assert place in nobody, nobody


def test_options_choose_server_region_and_profile(
    command, endpoint, s3, bucket, tmp_path, monkeypatch
):
    """As the AWS CLI has them: an option outdoes what the environment says."""
    polars.DataFrame({"a": [1, 2, 3]}).write_parquet(tmp_path / "three.parquet")
    body = (tmp_path / "three.parquet").read_bytes()
    s3.put_object(Bucket=bucket, Key="three.parquet", Body=body)
    meta = ["parquet", "meta", f"s3://{bucket}/three.parquet", "--json"]
    closed = "http://127.0.0.1:9"  # discard: nobody listens
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", closed)
    assert "127.0.0.1" not in command(*meta, "--endpoint-url", endpoint).stdout
    assert json.loads(command(*meta, "--endpoint-url", endpoint).stdout)["rows"] == 3
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert command(*meta, status=1).stderr

    # A profile says where and as whom; the region is the option's before the profile's.
    config = tmp_path / "config"
    config.write_text(
        f"[profile lab]\nregion = eu-west-1\nendpoint_url = {endpoint}\n"
        "aws_access_key_id = fromfile\naws_secret_access_key = secret\n"
        "[profile broken]\nregion = eu-west-1\nservices = none\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert json.loads(command(*meta, "--profile", "lab").stdout)["rows"] == 3
    assert "services none" in command(*meta, "--profile", "broken", status=1).stderr
    wrong = command(*meta, "--profile", "lab", "--region", "NO REGION", status=1).stderr
    assert "no name of a region" in wrong
    assert json.loads(
        command(*meta, "--profile", "lab", "--region", "us-east-1").stdout
    )["rows"] == 3
    # Without a signature no credentials are looked for, and only what is public is to be had.
    nobody = command(*meta, "--endpoint-url", endpoint, "--no-sign-request", status=1).stderr
    assert "AccessDenied" in nobody
    s3.put_object_acl(Bucket=bucket, Key="three.parquet", ACL="public-read")
    unsigned = command(*meta, "--endpoint-url", endpoint, "--no-sign-request")
    assert json.loads(unsigned.stdout)["rows"] == 3
    assert "AWS_ACCESS_KEY_ID" in command(*meta, "--endpoint-url", endpoint, status=1).stderr


def test_verify_rebuild_and_compact_on_a_bucket(command, s3, bucket, tmp_path):
    events = tmp_path / "events"
    command("generate", "--count", 200, "--seed", 23, "--output", events, "--invalid-percent", 0)
    upload(s3, events, bucket, "logs/")
    options = ["--source", f"s3://{bucket}/logs", "--checkpoint", f"s3://{bucket}/out/events.parquet"]
    run(command, options[1], options[3])
    proof = json.loads(command("verify", *options, "--json").stdout)
    assert proof["proven"] and proof["events"] == 200

    # Somebody damages the checkpoint: it is noticed, left alone, and made anew on demand.
    s3.put_object(Bucket=bucket, Key="out/events.parquet", Body=b"PAR1 not a checkpoint PAR1")
    command("verify", *options, "--json", status=2)
    run(command, options[1], options[3], status=3)
    body = s3.get_object(Bucket=bucket, Key="out/events.parquet")["Body"].read()
    assert body == b"PAR1 not a checkpoint PAR1"
    rebuilt = json.loads(command("rebuild", *options, "--json").stdout)["body"]
    assert rebuilt["complete"] and rebuilt["rows"] == 200
    assert any("_damaged-" in key for key in keys(s3, bucket, "out/"))
    assert json.loads(command("verify", *options, "--json").stdout)["proven"]

    before = s3.get_object(Bucket=bucket, Key="out/events.parquet")["Body"].read()
    report = json.loads(
        command("compact", "--checkpoint", options[3], "--compression", "gzip", "--json").stdout
    )
    assert [file["changed"] for file in report["checkpoints"]] == [True]
    download(s3, bucket, "out/", tmp_path / "out")
    assert pq.read_metadata(tmp_path / "out/events.parquet").row_group(0).column(0).compression == "GZIP"
    assert before != (tmp_path / "out/events.parquet").read_bytes()
    assert run(command, options[1], options[3])["fetched"] == 0
    assert json.loads(command("verify", *options, "--json").stdout)["proven"]
