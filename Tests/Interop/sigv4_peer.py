"""Signs requests with botocore's signers.

Messages on standard input and answers on standard output are JSON objects, framed by a 32-bit
little-endian length; a message that botocore refuses is answered by the length 2**32 - 1. Path and
query come as they are, and are percent-encoded here.
"""

import datetime
import json
import struct
import sys
from urllib.parse import quote

import botocore.auth
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

REFUSED = 0xFFFFFFFF
SIGNERS = {
    "s3": S3SigV4Auth,
    "s3-query": S3SigV4QueryAuth,
    "general": SigV4Auth,
    "general-query": SigV4QueryAuth,
}


def recording(signer_class):
    """The signer, keeping what it made on the way."""

    class Recording(signer_class):
        def canonical_request(self, request):
            self.made_canonical = super().canonical_request(request)
            return self.made_canonical

        def string_to_sign(self, request, canonical_request):
            self.made_string = super().string_to_sign(request, canonical_request)
            return self.made_string

        def signature(self, string_to_sign, request):
            self.made_signature = super().signature(string_to_sign, request)
            return self.made_signature

    return Recording


SIGNERS = {name: recording(signer) for name, signer in SIGNERS.items()}


def sign(message):
    credentials = Credentials(message["accessKey"], message["secretKey"], message.get("token"))
    url = f"{message['scheme']}://{message['host']}{quote(message['path'], safe='/~')}"
    if message["query"]:
        url += "?" + "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in message["query"]
        )
    request = AWSRequest(method=message["method"], url=url, data=message["body"].encode())
    for name, value in message["headers"]:
        request.headers[name] = value
    if message["payload"] == "unsigned":
        request.context["client_config"] = Config(s3={"payload_signing_enabled": False})
    elif message["payload"] == "trailer":
        request.context["checksum"] = {"request_algorithm": {"in": "trailer", "name": "x"}}
    arguments = [credentials, message["service"], message["region"]]
    form = message["form"]
    if form.endswith("-query"):
        arguments.append(message["expires"])
    signer = SIGNERS[form](*arguments)
    now = datetime.datetime.fromtimestamp(message["seconds"], datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_, **__: now
    signer.add_auth(request)
    return {
        "canonicalRequest": signer.made_canonical,
        "stringToSign": signer.made_string,
        "signature": signer.made_signature,
        "authorization": request.headers.get("Authorization"),
        "url": request.url,
    }


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(4):
        (length,) = struct.unpack("<I", header)
        message = json.loads(source.read(length))
        try:
            answer = json.dumps(sign(message)).encode()
        except Exception as error:  # a refusal is an answer; the test says which it expects
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sink.write(struct.pack("<I", REFUSED))
            continue
        sink.write(struct.pack("<I", len(answer)))
        sink.write(answer)


main()
