"""A reader of the Thrift compact protocol that knows nothing of Parquet.

A struct becomes a dictionary by field id, a list a list, a binary `bytes`.
"""

import struct


class Reader:
    def __init__(self, data, position=0):
        self.data, self.position = data, position

    def byte(self):
        self.position += 1
        return self.data[self.position - 1]

    def varint(self):
        value = shift = 0
        while True:
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                return value
            shift += 7

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def struct(self):
        fields, last = {}, 0
        while True:
            header = self.byte()
            if header == 0:
                return fields
            last = last + (header >> 4) if header >> 4 else self.zigzag()
            kind = header & 0x0F
            fields[last] = kind == 1 if kind in (1, 2) else self.value(kind)

    def value(self, kind):
        if kind in (1, 2):  # in a list
            return self.byte() == 1
        if kind == 3:
            return struct.unpack("b", bytes([self.byte()]))[0]
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            self.position += 8
            return struct.unpack("<d", self.data[self.position - 8 : self.position])[0]
        if kind == 8:
            length = self.varint()
            self.position += length
            return self.data[self.position - length : self.position]
        if kind in (9, 10):
            header = self.byte()
            count = header >> 4
            if count == 15:
                count = self.varint()
            return [self.value(header & 0x0F) for _ in range(count)]
        if kind == 12:
            return self.struct()
        raise ValueError(f"type {kind} at {self.position}")
