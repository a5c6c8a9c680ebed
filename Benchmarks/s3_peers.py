"""What others make of the same small objects: requests a second, and processor time of a request.

    s3_peers.py boto3|obstore URL COUNT

prints a line of JSON, as `s3-load` does.
"""

import asyncio
import concurrent.futures
import json
import resource
import sys
import time

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}


def key(index):
    return f"events/{index:07d}.json"


def processor():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(count, run):
    start, used = time.perf_counter(), processor()
    run()
    seconds = time.perf_counter() - start
    print(json.dumps({"count": count, "seconds": seconds, "processor": processor() - used}))


def with_boto3(url, count, threads=50):
    import boto3
    import botocore.config

    client = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=url, **KEYS,
        config=botocore.config.Config(
            max_pool_connections=threads, s3={"addressing_style": "path"}
        ),
    )

    def get(index):
        assert len(client.get_object(Bucket="bench", Key=key(index))["Body"].read()) == 350

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(get, range(threads)))
        measured(count, lambda: list(pool.map(get, range(count))))


def with_obstore(url, count, in_flight=256):
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        "bench", region="us-east-1", endpoint=url, access_key_id=KEYS["aws_access_key_id"],
        secret_access_key=KEYS["aws_secret_access_key"], virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )

    async def get_all(indices):
        rest = iter(indices)

        async def worker():
            for index in rest:
                answer = await obstore.get_async(store, key(index))
                assert len(await answer.bytes_async()) == 350

        await asyncio.gather(*(worker() for _ in range(in_flight)))

    async def both():
        await get_all(range(in_flight))
        start, used = time.perf_counter(), processor()
        await get_all(range(count))
        seconds = time.perf_counter() - start
        print(json.dumps({"count": count, "seconds": seconds, "processor": processor() - used}))

    asyncio.run(both())


if __name__ == "__main__":
    {"boto3": with_boto3, "obstore": with_obstore}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
