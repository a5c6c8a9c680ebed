"""Reads XML documents with Python's xml.etree (that is, with expat), or writes listings with it.

    xml_peer.py <read|write-listing>

Messages on standard input and answers on standard output are framed by a 32-bit little-endian
length; a document that is refused is answered by the length 2**32 - 1. What was read has a line for
each event: `S name`, `A name=value` sorted by name, `T text`, `E`. Namespaces are left out, and
backslashes and line breaks are escaped. A listing is written of a JSON array of keys.
"""

import json
import struct
import sys
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote_plus

REFUSED = 0xFFFFFFFF


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def local(name):
    return name.rpartition("}")[2]


def describe(element, lines):
    lines.append("S " + local(element.tag))
    for name, value in sorted((local(name), value) for name, value in element.items()):
        lines.append(f"A {name}={escape(value)}")
    if element.text:
        lines.append("T " + escape(element.text))
    for child in element:
        describe(child, lines)
        if child.tail:
            lines.append("T " + escape(child.tail))
    lines.append("E")


def read(document):
    lines = []
    describe(ElementTree.fromstring(document), lines)
    return "\n".join(lines).encode()


def write_listing(message):
    root = ElementTree.Element("ListBucketResult")
    ElementTree.SubElement(root, "IsTruncated").text = "false"
    for key in json.loads(message):
        contents = ElementTree.SubElement(root, "Contents")
        for name, text in [
            ("Key", quote_plus(key)),
            ("LastModified", "2024-01-02T03:04:05.000Z"),
            ("ETag", f'"{key}"'),
            ("Size", str(len(key.encode()))),
        ]:
            ElementTree.SubElement(contents, name).text = text
    ElementTree.SubElement(root, "EncodingType").text = "url"
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def main():
    function = {"read": read, "write-listing": write_listing}[sys.argv[1]]
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(4):
        (length,) = struct.unpack("<I", header)
        try:
            answer = function(source.read(length))
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            # A refusal is an answer; the test says which it expects.
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sink.write(struct.pack("<I", REFUSED))
            continue
        sink.write(struct.pack("<I", len(answer)))
        sink.write(answer)


main()
