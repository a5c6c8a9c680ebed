"""Packs the Lambda function: zip files for the runtime provided.al2023.

    package_lambda.py archives DIRECTORY
    package_lambda.py pack --output DIRECTORY [--static PROGRAM] [--layered PROGRAM] [options]

`archives` makes a directory that holds the static libraries that the static package links in (zlib, zstd,
the C++ library), and no shared ones, which a linker would prefer. With PKG_CONFIG_PATH and -L naming the
directory, they are found first.

`pack` writes
    bootstrap-static.zip        the function, self-contained            (--static)
    bootstrap.zip               the function alone                      (--layered)
    swift-runtime-layer.zip     the shared libraries of Swift that it needs
    codecs-layer.zip            the other shared libraries that it needs
Layers are unpacked to /opt, so their libraries lie in /opt/lib, where Lambda's LD_LIBRARY_PATH has the
dynamic linker look. The same input gives the same bytes.

Every ELF file is read first: the libraries and the versions of symbols that it needs must be those of
provided.al2023, or be packed. A package that would not start there is refused, and the others are made.
Exit status: 0 all that was asked for is packed; 2 something was refused.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import elf_file

# What provided.al2023 has: it is made of the minimal image of Amazon Linux 2023, with glibc 2.34 and the
# libraries of gcc 11 (in the first of its versions).
PROVIDED = {
    "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libpthread.so.0",
    "libdl.so.2", "librt.so.1", "libutil.so.1", "libresolv.so.2", "libgcc_s.so.1", "libstdc++.so.6",
}
LIMITS = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11,)}
# Functions that glibc 2.35 has given a new version only because they no longer set errno.
REBOUND = ("hypot", "hypotf")
UNZIPPED_LIMIT = 250 * 1024 * 1024
DIRECT_UPLOAD_LIMIT = 50 * 1024 * 1024
# The earliest time that a zip file can hold.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
CONTAINER = (
    "Build in a container of Amazon Linux 2023 instead: `make lambda-al2023` (docs/deploy/Dockerfile.al2023)."
)


class Refusal(Exception):
    """Why something is not packed, in sentences."""


def find_problems(data, name, packed, limits):
    """What keeps an ELF file from starting on provided.al2023, as sentences."""
    try:
        elf = elf_file.ElfFile(data, name)
    except elf_file.ElfError as error:
        return [f"{error}."]
    problems = []
    for library in elf.needed:
        if library.startswith("libFoundation.so"):
            problems.append(
                f"{name} needs {library}: Foundation is linked, where FoundationEssentials is enough.")
        elif library not in PROVIDED and library not in packed:
            problems.append(f"{name} needs {library}, which provided.al2023 lacks and no layer holds.")
    for need in elf.version_needs:
        number = elf_file.version_number(need.version)
        if number is None or number[0] not in limits or need.library not in PROVIDED:
            continue
        family, version = number
        if version > limits[family]:
            limit = ".".join(map(str, limits[family]))
            symbols = ", ".join(sorted(need.symbols)) or "symbols of it"
            problems.append(
                f"{name} needs {need.version} of {need.library} (for {symbols}); provided.al2023 has "
                f"{family}_{limit}.")
    return problems


def stripped(data, name, everything):
    """An ELF file without what only debuggers read."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "file"
        path.write_bytes(data)
        command = [os.environ.get("STRIP", "strip"), "--strip-all" if everything else "--strip-unneeded"]
        try:
            subprocess.run([*command, str(path)], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise Refusal(f"{command[0]} is missing: install binutils, or set STRIP.") from None
        except subprocess.CalledProcessError as error:
            raise Refusal(f"{name} could not be stripped: {error.stderr.strip()}") from None
        return path.read_bytes()


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise Refusal(f"{path} could not be read: {error.strerror}.") from None


def swift_library_directories():
    """Where the toolchain has its shared libraries."""
    command = [os.environ.get("SWIFT", "swift"), "-print-target-info"]
    try:
        info = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [pathlib.Path(path) for path in json.loads(info)["paths"]["runtimeLibraryPaths"]]
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError) as error:
        raise Refusal(f"Swift's shared libraries were not found by `{' '.join(command)}`: {error}.") from None


def compiler_finds(name):
    """Where the C compiler has a library; None if it has none of the name."""
    command = [os.environ.get("CC", "cc"), f"-print-file-name={name}"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refusal(f"{name} was not found by `{' '.join(command)}`: {error}.") from None
    return pathlib.Path(found) if os.path.isabs(found) else None


def gather(program, swift_libraries):
    """The shared libraries that a program needs and provided.al2023 lacks: those of Swift, and others."""
    swift, others, open_files = {}, {}, [(program, "bootstrap")]
    while open_files:
        data, name = open_files.pop()
        try:
            needed = elf_file.ElfFile(data, name).needed
        except elf_file.ElfError as error:
            raise Refusal(f"{error}.") from None
        for library in needed:
            if library in PROVIDED or library in swift or library in others:
                continue
            found = [path / library for path in swift_libraries if (path / library).is_file()]
            path = found[0] if found else compiler_finds(library)
            if path is None:
                raise Refusal(f"{name} needs {library}, which provided.al2023 lacks, and which is not here either.")
            contents = read(path)
            (swift if found else others)[library] = contents
            open_files.append((contents, library))
    return swift, others


def write_zip(path, files):
    """A zip file whose bytes depend on nothing but the files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, whose modes these are.
            info.external_attr = (0o100755 << 16)
            archive.writestr(info, files[name], compresslevel=9)


def check(files, packed, limits, size_limit):
    machines = set()
    problems = []
    for name, data in sorted(files.items()):
        problems += find_problems(data, name, packed, limits)
        try:
            machines.add(elf_file.ElfFile(data, name).machine)
        except elf_file.ElfError:
            pass
    if len(machines) > 1:
        problems.append(f"The files are for different machines: {', '.join(sorted(machines))}.")
    size = sum(map(len, files.values()))
    if size > size_limit:
        problems.append(
            f"Unzipped it has {size:,} bytes, and Lambda takes {size_limit:,} for a function and its layers.")
    if problems:
        raise Refusal("\n".join(problems))


def report(path, files):
    """One line: sizes and the hash."""
    zipped = path.read_bytes()
    unzipped = sum(map(len, files.values()))
    note = "" if len(zipped) <= DIRECT_UPLOAD_LIMIT else ", too large to upload but through S3"
    print(
        f"{path}: {len(zipped) / 1e6:.1f} MB zipped, {unzipped / 1e6:.1f} MB unzipped, "
        f"{len(files)} file{'' if len(files) == 1 else 's'}, sha256 {hashlib.sha256(zipped).hexdigest()}{note}")


def pack_static(program, output, limits, size_limit):
    data = stripped(read(program), program, everything=True)
    check({"bootstrap": data}, set(), limits, size_limit)
    write_zip(output / "bootstrap-static.zip", {"bootstrap": data})
    report(output / "bootstrap-static.zip", {"bootstrap": data})


def pack_layered(program, output, swift_libraries, limits, size_limit):
    data = stripped(read(program), program, everything=True)
    data = elf_file.with_runpath(data, program, "/opt/lib")
    swift, others = gather(data, swift_libraries or swift_library_directories())
    for library in swift:
        contents, is_rebound = elf_file.rebind_to_base(swift[library], library, REBOUND, limits["GLIBC"])
        if is_rebound:
            print(
                f"{library}: {' and '.join(REBOUND)} are bound to their base version, which every glibc has.")
        swift[library] = stripped(contents, library, everything=False)
    for library in others:
        others[library] = stripped(others[library], library, everything=False)
    check({"bootstrap": data} | swift | others, set(swift) | set(others), limits, size_limit)
    for name, files in (
        ("bootstrap.zip", {"bootstrap": data}),
        ("swift-runtime-layer.zip", {f"lib/{library}": contents for library, contents in swift.items()}),
        ("codecs-layer.zip", {f"lib/{library}": contents for library, contents in others.items()}),
    ):
        write_zip(output / name, files)
        report(output / name, files)
    size = sum(map(len, [data, *swift.values(), *others.values()]))
    print(f"Function and layers together: {size / 1e6:.1f} MB unzipped, of {size_limit / 1e6:.1f} MB allowed.")


def make_archives(directory):
    """Links to the static libraries, alone in a directory, and what pkg-config says of them."""
    directory.mkdir(parents=True, exist_ok=True)
    # Packages name a directory of their own, in which the shared libraries lie.
    for package, library in (("zlib", "z"), ("libzstd", "zstd")):
        (directory / f"{package}.pc").write_text(
            f"Name: {package}\nDescription: {package}, to be linked in\nVersion: 1\n"
            f"Libs: -L{directory.resolve()} -l{library}\nCflags: -I/usr/include\n")
    for name in ("libz.a", "libzstd.a", "libstdc++.a"):
        found = compiler_finds(name)
        if found is None:
            raise Refusal(f"{name} is missing: install the development packages of zlib, zstd and the C++ compiler.")
        link = directory / name
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.realpath(found))


def glibc_version(text):
    number = elf_file.version_number(f"GLIBC_{text}")
    if number is None or len(number[1]) < 2:
        raise argparse.ArgumentTypeError(f"a version of glibc is a number such as 2.34, not {text!r}")
    return number[1]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    archives = commands.add_parser("archives", help="gather the static libraries")
    archives.add_argument("directory", type=pathlib.Path)
    pack = commands.add_parser("pack", help="write the zip files")
    pack.add_argument("--output", type=pathlib.Path, required=True, help="the directory to write to")
    pack.add_argument("--static", help="the program that has everything linked in")
    pack.add_argument("--layered", help="the program that is linked with shared libraries")
    pack.add_argument(
        "--swift-libraries", type=pathlib.Path, action="append", default=[],
        help="a directory of Swift's shared libraries; the toolchain's own without it")
    pack.add_argument(
        "--allow-glibc", type=glibc_version, metavar="VERSION",
        help="pack what needs a newer glibc than 2.34, for another place to run than provided.al2023")
    pack.add_argument("--size-limit", type=int, default=UNZIPPED_LIMIT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.command == "archives":
            make_archives(options.directory)
            return 0
    except (Refusal, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2

    limits = dict(LIMITS)
    if options.allow_glibc:
        limits["GLIBC"] = options.allow_glibc
    options.output.mkdir(parents=True, exist_ok=True)
    status = 0

    def attempt(names, pack_it):
        nonlocal status
        for name in names:
            (options.output / name).unlink(missing_ok=True)
        try:
            pack_it()
        except Refusal as refusal:
            status = 2
            print(f"Refused: {names[0]}:\n{refusal}\n{CONTAINER}", file=sys.stderr)

    if options.static:
        attempt(
            ["bootstrap-static.zip"],
            lambda: pack_static(options.static, options.output, limits, options.size_limit))
    if options.layered:
        attempt(
            ["bootstrap.zip", "swift-runtime-layer.zip", "codecs-layer.zip"],
            lambda: pack_layered(
                options.layered, options.output, options.swift_libraries, limits, options.size_limit))
    return status


if __name__ == "__main__":
    sys.exit(main())
