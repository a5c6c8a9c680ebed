"""Unpacking what was uploaded: a function's zip and its layers, as Lambda lays them out."""

import io
import pathlib
import stat
import zipfile

UNPACKED_LIMIT = 250 * 1024 * 1024


class PackageError(Exception):
    """A package that Lambda would not take."""


def unpack(archives, directory):
    """Unpacks zips one over the other; returns the bytes that they take."""
    root = pathlib.Path(directory).resolve()
    root.mkdir(parents=True, exist_ok=True)
    size = 0
    for content in archives:
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as error:
            raise PackageError(f"Could not unzip the uploaded file: {error}") from error
        with archive:
            for entry in archive.infolist():
                size += _unpack_entry(archive, entry, root)
    return size


def _unpack_entry(archive, entry, root):
    path = (root / entry.filename).resolve()
    if not path.is_relative_to(root):
        raise PackageError(f"{entry.filename} lies outside of the package")
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        target = archive.read(entry).decode()
        if not (path.parent / target).resolve().is_relative_to(root):
            raise PackageError(f"{entry.filename} points outside of the package")
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        return 0
    path.unlink(missing_ok=True)
    path.write_bytes(archive.read(entry))
    # As uploaded, without adding execution: a bootstrap that is not executable fails in AWS, too.
    path.chmod(0o444 | (mode & 0o755))
    return entry.file_size
