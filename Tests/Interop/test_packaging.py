"""The packages of the Lambda function: what is refused, what is packed, and that it is the same each time.

The programs are made by the system's C compiler, and read by binutils, so that what the packer says of
ELF files is held against another reader.
"""

import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

SCRIPTS = pathlib.Path(__file__).parent.parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))
import elf_file
import package_lambda

HYPOT = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments) {
  printf("%.1f\\n", hypotf((float)atof(arguments[1]), (float)atof(arguments[2])));
}
"""
HELLO = "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n"


def compile_c(directory, name, source, *options):
    path = directory / name
    text = directory / f"{name}.c"
    text.write_text(source)
    subprocess.run(["gcc", "-O0", "-fno-builtin", "-o", path, text, *options], check=True)
    return path


def pack(output, *arguments):
    """The exit status, what is printed, and what is complained of."""
    process = subprocess.run(
        [sys.executable, SCRIPTS / "package_lambda.py", "pack", "--output", output, *arguments],
        capture_output=True, text=True)
    assert "Traceback" not in process.stderr, process.stderr
    return process.returncode, process.stdout, process.stderr


def glibc_needs(path):
    """The versions of glibc that a file needs, as readelf says."""
    text = subprocess.run(["readelf", "-W", "-V", path], check=True, capture_output=True, text=True).stdout
    needs = text.partition("Version needs")[2]
    return {tuple(map(int, found.split("."))) for found in re.findall(r"Name: GLIBC_([0-9.]+)", needs)}


def test_reads_what_readelf_reads(tmp_path):
    program = compile_c(tmp_path, "program", HYPOT, "-lm", "-lz", "-Wl,-rpath,/opt/lib", "-Wl,--no-as-needed")
    for path in (program, pathlib.Path("/usr/bin/env"), pathlib.Path(sys.executable).resolve()):
        elf = elf_file.ElfFile(path.read_bytes(), path.name)
        text = subprocess.run(["readelf", "-W", "-d", path], check=True, capture_output=True, text=True).stdout
        assert elf.needed == re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", text)
        assert ":".join(elf.runpath) == "".join(re.findall(r"runpath: \[(.*)\]", text))
        ours = {elf_file.version_number(need.version)[1] for need in elf.version_needs
                if need.version.startswith("GLIBC_")}
        assert ours == glibc_needs(path)
        symbols = subprocess.run(
            ["readelf", "-W", "--dyn-syms", path], check=True, capture_output=True, text=True).stdout
        for need in elf.version_needs:
            theirs = re.findall(r" (\S+)@" + re.escape(need.version) + r"(?:$| )", symbols, re.MULTILINE)
            assert set(theirs) >= set(need.symbols) > set(), (path, need.version)


def test_refuses_a_newer_glibc_with_a_sentence(tmp_path):
    program = compile_c(tmp_path, "program", HYPOT, "-lm")
    newest = max(glibc_needs(program))
    if newest > (2, 34):
        status, _, complaint = pack(tmp_path / "out", "--static", program)
        assert status == 2
        assert f"GLIBC_{'.'.join(map(str, newest))}" in complaint
        assert "hypotf" in complaint and "GLIBC_2.34" in complaint and "make lambda-al2023" in complaint
        assert not (tmp_path / "out" / "bootstrap-static.zip").exists()
    # Whatever glibc this is: it is refused by a limit just below what it needs, and not at it.
    name = "program"
    data = program.read_bytes()
    below = package_lambda.LIMITS | {"GLIBC": (newest[0], newest[1] - 1)}
    assert package_lambda.find_problems(data, name, set(), below)
    assert not package_lambda.find_problems(data, name, set(), below | {"GLIBC": newest})
    # With the override it is packed.
    override = "--allow-glibc", ".".join(map(str, newest))
    assert pack(tmp_path / "out", "--static", program, *override)[0] == 0
    assert (tmp_path / "out" / "bootstrap-static.zip").exists()


def test_refuses_a_library_that_is_missing_there(tmp_path):
    program = compile_c(tmp_path, "program", HELLO, "-Wl,--no-as-needed", "-lz")
    status, _, complaint = pack(tmp_path / "out", "--static", program)
    assert status == 2 and "libz.so.1" in complaint
    # Needed, and nowhere to be had.
    library = compile_c(tmp_path, "libgone.so", "int gone(void) { return 1; }", "-shared", "-fPIC")
    program = compile_c(tmp_path, "program", HELLO, "-Wl,--no-as-needed", f"-L{tmp_path}", "-lgone")
    library.unlink()
    status, _, complaint = pack(tmp_path / "out", "--layered", program, "--swift-libraries", tmp_path)
    assert status == 2 and "libgone.so" in complaint


def test_refuses_foundation(tmp_path):
    compile_c(tmp_path, "libFoundation.so", "int f(void) { return 1; }", "-shared", "-fPIC")
    program = compile_c(
        tmp_path, "program", HELLO, "-Wl,--no-as-needed", f"-L{tmp_path}", "-lFoundation")
    status, _, complaint = pack(tmp_path / "out", "--layered", program, "--swift-libraries", tmp_path)
    assert status == 2 and "FoundationEssentials" in complaint


@pytest.mark.parametrize("contents", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x01\x01" + b"\0" * 100])
def test_refuses_what_is_no_program(tmp_path, contents):
    (tmp_path / "program").write_bytes(contents)
    for kind in ("--static", "--layered"):
        status, _, complaint = pack(tmp_path / "out", kind, tmp_path / "program")
        assert status == 2 and "program" in complaint


def test_damaged_files_are_errors_and_nothing_else(tmp_path):
    data = compile_c(tmp_path, "program", HYPOT, "-lm").read_bytes()
    whole = elf_file.ElfFile(data, "program").needed
    for length in range(0, len(data), 61):
        try:
            # Sections lie at the end, and are not needed to start.
            assert elf_file.ElfFile(data[:length], "program").needed == whole
        except elf_file.ElfError as error:
            assert "program" in str(error)
    for position in range(0, min(len(data), 4096)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        try:
            elf_file.ElfFile(bytes(damaged), "program")
        except elf_file.ElfError as error:
            assert "program" in str(error)


def test_refuses_files_for_different_machines(tmp_path):
    compile_c(tmp_path, "libswiftOther.so", "int f(void) { return 1; }", "-shared", "-fPIC")
    program = compile_c(tmp_path, "program", HELLO, "-Wl,--no-as-needed", f"-L{tmp_path}", "-lswiftOther")
    data = program.read_bytes()
    library = bytearray((tmp_path / "libswiftOther.so").read_bytes())
    library[18] = 183 if library[18] == 62 else 62
    with pytest.raises(package_lambda.Refusal, match="different machines"):
        package_lambda.check(
            {"bootstrap": data, "libswiftOther.so": bytes(library)}, {"libswiftOther.so"},
            package_lambda.LIMITS | {"GLIBC": (9, 9)}, 1 << 30)


def test_refuses_what_is_too_large(tmp_path):
    program = compile_c(tmp_path, "program", HELLO)
    status, _, complaint = pack(
        tmp_path / "out", "--static", program, "--allow-glibc", "9.9", "--size-limit", "1000")
    assert status == 2 and "1,000" in complaint


def test_packs_layers_that_run_and_are_the_same_each_time(tmp_path):
    libraries = tmp_path / "swift"
    libraries.mkdir()
    # A library of Swift's needs a function whose version is new, and another library.
    compile_c(libraries, "libswiftOther.so", "int other(void) { return 1; }", "-shared", "-fPIC")
    compile_c(
        libraries, "libswiftGlibc.so",
        "#include <math.h>\n#include <stdlib.h>\nint other(void);\n"
        "float f(float x, float y) { return hypotf(x, y) + other() - (getenv(\"none\") ? 0 : 1); }",
        "-shared", "-fPIC", "-lm", f"-L{libraries}", "-lswiftOther")
    program = compile_c(
        tmp_path, "program",
        "#include <stdio.h>\nfloat f(float, float);\nint main(void) { printf(\"%.1f\\n\", f(3, 4)); }",
        f"-L{libraries}", "-lswiftGlibc", f"-Wl,-rpath,{libraries}", "-Wl,--no-as-needed", "-lz")
    names = ["bootstrap.zip", "swift-runtime-layer.zip", "codecs-layer.zip"]
    zips = []
    for number in range(2):
        for path in [program, *libraries.iterdir()]:
            path.touch()
        output = tmp_path / f"out{number}"
        status, printed, complaint = pack(output, "--layered", program, "--swift-libraries", libraries)
        assert status == 0, complaint
        assert all(name in printed for name in names)
        zips.append({name: (output / name).read_bytes() for name in names})
    assert zips[0] == zips[1]

    contents = {}
    opt, task = tmp_path / "opt", tmp_path / "task"
    for name in names:
        with zipfile.ZipFile(tmp_path / "out0" / name) as archive:
            contents[name] = archive.namelist()
            for info in archive.infolist():
                assert info.external_attr >> 16 == 0o100755
                assert info.date_time == (1980, 1, 1, 0, 0, 0)
                target = task if name == "bootstrap.zip" else opt
                # zipfile itself leaves the modes out.
                pathlib.Path(archive.extract(info, target)).chmod(info.external_attr >> 16 & 0o777)
    assert contents["bootstrap.zip"] == ["bootstrap"]
    assert contents["swift-runtime-layer.zip"] == ["lib/libswiftGlibc.so", "lib/libswiftOther.so"]
    assert contents["codecs-layer.zip"] == ["lib/libz.so.1"]

    dynamic = subprocess.run(
        ["readelf", "-W", "-d", task / "bootstrap"], check=True, capture_output=True, text=True).stdout
    assert re.findall(r"runpath: \[(.*)\]", dynamic) == ["/opt/lib"]

    # The function whose version was too new is now bound to an older one, and still is what it was.
    assert max(glibc_needs(opt / "lib" / "libswiftGlibc.so")) <= (2, 34)
    ran = subprocess.run(
        [task / "bootstrap"], env={"LD_LIBRARY_PATH": str(opt / "lib"), "LD_BIND_NOW": "1"},
        check=True, capture_output=True, text=True)
    assert ran.stdout == "5.0\n"


def test_gathers_libraries_that_are_linked_in(tmp_path):
    archives = tmp_path / "archives"
    subprocess.run([sys.executable, SCRIPTS / "package_lambda.py", "archives", archives], check=True)
    source = "#include <zlib.h>\n#include <zstd.h>\n#include <stdio.h>\n" \
        "int main(void) { printf(\"%s %u\", zlibVersion(), ZSTD_versionNumber()); }\n"
    said = subprocess.run(
        ["pkg-config", "--libs", "zlib", "libzstd"], env={"PKG_CONFIG_PATH": str(archives), "PATH": "/usr/bin:/bin"},
        check=True, capture_output=True, text=True).stdout.split()
    program = compile_c(tmp_path, "program", source, *said)
    assert not {"libz.so.1", "libzstd.so.1"} & set(elf_file.ElfFile(program.read_bytes(), "program").needed)
    assert subprocess.run([program], check=True, capture_output=True).stdout


def test_rebinds_only_what_it_was_told(tmp_path):
    library = compile_c(
        tmp_path, "libx.so",
        "#include <math.h>\n#include <stdlib.h>\nfloat f(float x) { return hypotf(x, getenv(\"y\") ? 1 : x); }",
        "-shared", "-fPIC", "-lm")
    data = library.read_bytes()
    newest = max(glibc_needs(library))
    below = (newest[0], newest[1] - 1)
    assert elf_file.rebind_to_base(data, "libx.so", ["hypot"], below) == (data, False)
    assert elf_file.rebind_to_base(data, "libx.so", ["hypotf"], newest) == (data, False)
    changed, is_changed = elf_file.rebind_to_base(data, "libx.so", ["hypotf"], below)
    assert is_changed and len(changed) == len(data)
    (tmp_path / "changed.so").write_bytes(changed)
    assert newest not in glibc_needs(tmp_path / "changed.so")
