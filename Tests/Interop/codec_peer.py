"""Compresses or decompresses messages with codecs that are not ours.

    codec_peer.py <snappy|gzip|zlib|zstd|crc32> <compress|decompress> [level]

Messages on standard input and answers on standard output are framed by a 32-bit little-endian
length; a message that the codec refuses is answered by the length 2**32 - 1.
"""

import gzip
import struct
import sys
import zlib

import cramjam
import zstandard

REFUSED = 0xFFFFFFFF


def functions(codec, level):
    if codec == "snappy":
        return (
            lambda data: bytes(cramjam.snappy.compress_raw(data)),
            lambda data: bytes(cramjam.snappy.decompress_raw(data)),
        )
    if codec == "gzip":
        return (lambda data: gzip.compress(data, level or 6), gzip.decompress)
    if codec == "zlib":
        return (lambda data: zlib.compress(data, level or 6), zlib.decompress)
    if codec == "zstd":
        compressor = zstandard.ZstdCompressor(level=level or 3, write_checksum=True)
        return (
            compressor.compress,
            lambda data: zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 26),
        )
    if codec == "zstd-streamed":
        def streamed(data):
            compressor = zstandard.ZstdCompressor(level=level or 3).compressobj()
            return compressor.compress(data) + compressor.flush()

        def read_all(data):
            return zstandard.ZstdDecompressor().decompressobj().decompress(data)

        return (streamed, read_all)
    if codec == "crc32":
        return (lambda data: struct.pack("<I", zlib.crc32(data)), None)
    raise SystemExit(f"unknown codec {codec}")


def main():
    codec, direction = sys.argv[1:3]
    level = int(sys.argv[3]) if len(sys.argv) > 3 else None
    compress, decompress = functions(codec, level)
    function = compress if direction == "compress" else decompress
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(4):
        (length,) = struct.unpack("<I", header)
        data = source.read(length)
        try:
            answer = function(data)
        except Exception as error:  # a refusal is an answer; the test says which it expects
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sink.write(struct.pack("<I", REFUSED))
            continue
        sink.write(struct.pack("<I", len(answer)))
        sink.write(answer)


main()
