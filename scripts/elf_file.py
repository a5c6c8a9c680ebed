"""What an ELF file needs to start: libraries, and versions of their symbols.

It reads what the dynamic linker reads (System V ABI, "Dynamic Linking"; Linux Standard Base, "Symbol
Versioning"), of 64-bit little-endian files, as x86_64 and aarch64 have them.
"""

import struct

MACHINES = {62: "x86_64", 183: "aarch64"}
# The version in which glibc began on an architecture, and which all its older functions have.
BASE_VERSIONS = {"x86_64": "GLIBC_2.2.5", "aarch64": "GLIBC_2.17"}

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 5, 6, 10, 14, 15, 29
DT_VERSYM, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
SHT_DYNSYM = 11


class ElfError(Exception):
    """Why a file cannot be read as ELF."""


class VersionNeed:
    """A version of a library's symbols that a file needs."""

    def __init__(self, library, version, index, offset):
        self.library, self.version, self.index, self.offset = library, version, index, offset
        self.symbols = []


class ElfFile:
    """A program or a shared library."""

    def __init__(self, data, name):
        self.data, self.name = data, name
        if data[:4] != b"\x7fELF":
            raise ElfError(f"{name} is no ELF file")
        if self._bytes(4, 2) != b"\x02\x01":
            raise ElfError(f"{name} is not 64-bit little-endian")
        machine = self._unpack("<H", 18)[0]
        if machine not in MACHINES:
            raise ElfError(f"{name} is for the machine {machine}, not x86_64 or aarch64")
        self.machine = MACHINES[machine]
        self._segments()
        self._dynamic()
        self._version_needs()

    def _bytes(self, offset, count):
        if offset < 0 or offset + count > len(self.data):
            raise ElfError(f"{self.name} is cut short: it has nothing at {offset:#x}")
        return bytes(self.data[offset : offset + count])

    def _unpack(self, form, offset):
        return struct.unpack(form, self._bytes(offset, struct.calcsize(form)))

    def _segments(self):
        offset, = self._unpack("<Q", 32)
        size, count = self._unpack("<HH", 54)
        self.loads, self.dynamic = [], None
        for number in range(count):
            kind, _, start, address, _, length, _, _ = self._unpack("<IIQQQQQQ", offset + number * size)
            if kind == PT_LOAD:
                self.loads.append((address, start, length))
            elif kind == PT_DYNAMIC:
                self.dynamic = (start, length)
        if self.dynamic is None:
            raise ElfError(f"{self.name} is not linked dynamically, not even to glibc")

    def _offset(self, address):
        for start, offset, length in self.loads:
            if start <= address < start + length:
                return address - start + offset
        raise ElfError(f"{self.name} refers to the address {address:#x}, which is not in it")

    def _dynamic(self):
        start, length = self.dynamic
        entries = {}
        needed = []
        for offset in range(start, start + length, 16):
            tag, value = self._unpack("<QQ", offset)
            if tag == 0:
                break
            if tag == DT_NEEDED:
                needed.append(value)
            else:
                entries[tag] = value
        if DT_STRTAB not in entries:
            raise ElfError(f"{self.name} has no table of strings")
        self.entries = entries
        self.strings = self._offset(entries[DT_STRTAB])
        self.strings_size = entries.get(DT_STRSZ, 0)
        self.needed = [self._string(value) for value in needed]
        self.soname = self._string(entries[DT_SONAME]) if DT_SONAME in entries else None
        paths = entries.get(DT_RUNPATH, entries.get(DT_RPATH))
        self.runpath = self._string(paths).split(":") if paths is not None else []

    def _string(self, offset):
        if offset >= self.strings_size:
            raise ElfError(f"{self.name} has a name outside its table of strings")
        start = self.strings + offset
        end = self.data.find(b"\0", start, self.strings + self.strings_size)
        if end < 0:
            raise ElfError(f"{self.name} has a name without an end")
        return bytes(self.data[start:end]).decode("utf-8", "replace")

    def _version_needs(self):
        self.version_needs = []
        if DT_VERNEED not in self.entries:
            return
        offset = self._offset(self.entries[DT_VERNEED])
        for _ in range(self.entries.get(DT_VERNEEDNUM, 0)):
            _, count, library, first, following = self._unpack("<HHIII", offset)
            auxiliary = offset + first
            for _ in range(count):
                _, _, index, version, after = self._unpack("<IHHII", auxiliary)
                self.version_needs.append(
                    VersionNeed(self._string(library), self._string(version), index, auxiliary))
                auxiliary += after
                if after == 0:
                    break
            offset += following
            if following == 0:
                break
        by_index = {need.index: need for need in self.version_needs}
        for symbol, index in self._symbol_versions():
            if index in by_index:
                by_index[index].symbols.append(symbol)

    def _symbol_versions(self):
        """Each dynamic symbol's name and the index of its version."""
        if DT_SYMTAB not in self.entries or DT_VERSYM not in self.entries:
            return
        symbols, versions = self._offset(self.entries[DT_SYMTAB]), self._offset(self.entries[DT_VERSYM])
        for number in range(self._symbol_count(symbols)):
            name, = self._unpack("<I", symbols + number * 24)
            index, = self._unpack("<H", versions + number * 2)
            yield self._string(name), index & 0x7FFF

    def _symbol_count(self, symbols):
        # The dynamic section does not say how many there are; the section header does.
        offset, = self._unpack("<Q", 40)
        size, count = self._unpack("<HH", 58)
        for number in range(count if offset else 0):
            kind, = self._unpack("<I", offset + number * size + 4)
            start, length = self._unpack("<QQ", offset + number * size + 24)
            if kind == SHT_DYNSYM and start == symbols:
                return length // 24
        return 0


def version_number(text):
    """`GLIBC_2.34` as `("GLIBC", (2, 34))`; None for a version that is no number, such as GLIBC_PRIVATE."""
    family, _, number = text.rpartition("_")
    try:
        return family, tuple(int(part) for part in number.split("."))
    except ValueError:
        return None


def rebind_to_base(data, name, symbols, limit):
    """The file with the given functions of glibc bound to their base version, and whether that was needed.

    It is what `.symver` does when a file is linked, done afterwards: a need for a version beyond the
    limit becomes one for the base version, provided that nothing but these functions has that need.
    """
    elf = ElfFile(data, name)
    base = BASE_VERSIONS[elf.machine].encode()
    changed = bytearray(data)
    is_changed = False
    for need in elf.version_needs:
        number = version_number(need.version)
        if number is None or number[0] != "GLIBC" or number[1] <= limit:
            continue
        if not need.symbols or not set(need.symbols) <= set(symbols):
            continue
        table = bytes(data[elf.strings : elf.strings + elf.strings_size])
        position = table.find(b"\0" + base + b"\0")
        if position < 0:
            continue
        struct.pack_into("<I", changed, need.offset, _hash(base))
        struct.pack_into("<I", changed, need.offset + 8, position + 1)
        is_changed = True
    return bytes(changed), is_changed


def with_runpath(data, name, path):
    """The file with another path to look for libraries in, if there is one now that is as long.

    The toolchain's own directory, which the linker has noted, is where it was built, not where it runs.
    """
    elf = ElfFile(data, name)
    tag = DT_RUNPATH if DT_RUNPATH in elf.entries else DT_RPATH
    if tag not in elf.entries:
        return data
    old = ":".join(elf.runpath).encode()
    if len(path) > len(old):
        return data
    start = elf.strings + elf.entries[tag]
    changed = bytearray(data)
    changed[start : start + len(old)] = path.encode().ljust(len(old), b"\0")
    return bytes(changed)


def _hash(name):
    """The hash of a version's name (System V ABI, "Hash Table")."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value
