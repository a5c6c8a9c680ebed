"""Resolves S3 endpoints by botocore's rules, as an implementation that shares nothing with ours.

Reads lines of bucket, region, dual-stack, FIPS, path style and URL, separated by tabs; writes a line
for each: the endpoint's URL, or `error`.
"""

import sys

import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError

loader = botocore.session.get_session().get_component("data_loader")
provider = EndpointProvider(
    loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions")
)

for line in sys.stdin.read().splitlines():
    bucket, region, dual, fips, path, url = line.split("\t")
    parameters = {
        "Bucket": bucket,
        "Region": region,
        "UseDualStack": dual == "1",
        "UseFIPS": fips == "1",
        "ForcePathStyle": path == "1",
        "Accelerate": False,
    }
    if url:
        parameters["Endpoint"] = url
    try:
        print(provider.resolve_endpoint(**parameters).url.rstrip("/"))
    except BotoCoreError:
        print("error")
