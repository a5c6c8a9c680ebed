"""Resolves endpoints as botocore does, as an implementation that shares nothing with ours.

Reads lines of fields that are separated by tabs:

    s3, bucket, region, dual-stack, FIPS, path style, URL
    sts, region, dual-stack, FIPS, whether the setting sts_regional_endpoints is `legacy`

and writes a line for each: the endpoint's URL and the region that is signed for, or `error`.
"""

import functools
import sys

import botocore.config
import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError

session = botocore.session.get_session()
session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
loader = session.get_component("data_loader")
partitions = loader.load_data("partitions")


@functools.cache
def rules(service):
    return EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)


def resolved(service, region, **parameters):
    endpoint = rules(service).resolve_endpoint(Region=region, **parameters)
    schemes = endpoint.properties.get("authSchemes") or [{}]
    return endpoint.url.rstrip("/"), schemes[0].get("signingRegion") or region


@functools.cache
def client(region, url, style):
    return session.create_client(
        "s3", region_name=region, endpoint_url=url,
        config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": style}),
    )


def s3(bucket, region, dual, fips, path, url):
    if url and dual == fips == "0":
        # What becomes of a URL is decided by the client, before the rules are asked.
        signed = client(region, url, "path" if path == "1" else "auto").generate_presigned_url(
            "head_bucket", Params={"Bucket": bucket}
        )
        scope = signed.split("X-Amz-Credential=")[1].split("&")[0].split("%2F")
        return signed.split("?")[0].rstrip("/"), scope[2]
    parameters = {"Endpoint": url} if url else {}
    return resolved(
        "s3", region, Bucket=bucket, UseDualStack=dual == "1", UseFIPS=fips == "1",
        ForcePathStyle=path == "1", Accelerate=False, **parameters,
    )


def sts(region, dual, fips, legacy):
    return resolved(
        "sts", region, UseDualStack=dual == "1", UseFIPS=fips == "1", UseGlobalEndpoint=legacy == "1"
    )


for line in sys.stdin.read().splitlines():
    service, *fields = line.split("\t")
    try:
        print(*{"s3": s3, "sts": sts}[service](*fields))
    except BotoCoreError:
        print("error")
