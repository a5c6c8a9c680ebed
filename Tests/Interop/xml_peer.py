"""Reads XML documents with Python's xml.etree (that is, with expat).

Messages on standard input and answers on standard output are framed by a 32-bit little-endian
length; a document that is refused is answered by the length 2**32 - 1. An answer has a line for
each event: `S name`, `A name=value` sorted by name, `T text`, `E`. Namespaces are left out, and
backslashes and line breaks are escaped.
"""

import struct
import sys
import xml.etree.ElementTree as ElementTree

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


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(4):
        (length,) = struct.unpack("<I", header)
        document = source.read(length)
        lines = []
        try:
            describe(ElementTree.fromstring(document), lines)
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            # A refusal is an answer; the test says which it expects.
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sink.write(struct.pack("<I", REFUSED))
            continue
        answer = "\n".join(lines).encode()
        sink.write(struct.pack("<I", len(answer)))
        sink.write(answer)


main()
