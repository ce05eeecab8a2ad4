"""The files of an emulated router: laid down as the package does, written as a cpio archive."""

import io
import os
import stat
import tarfile


class Tree:
    """Paths without a leading slash, each with its mode and its bytes (for a link: the target)."""

    def __init__(self):
        self.entries = {}

    def directory(self, path, mode=0o755):
        """Makes a directory and those above it."""
        self._above(path)
        self.entries.setdefault(path, (stat.S_IFDIR | mode, b""))

    def file(self, path, data, mode=0o644):
        """Makes or replaces a file; text is written as UTF-8."""
        self._above(path)
        data = data.encode() if isinstance(data, str) else data
        self.entries[path] = (stat.S_IFREG | mode, data)

    def copy(self, path, source, mode=0o755):
        """Makes a file with the bytes of one of this machine's."""
        with open(source, "rb") as file:
            self.file(path, file.read(), mode)

    def link(self, path, target):
        """Makes or replaces a symbolic link."""
        self._above(path)
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def lay_over(self, top):
        """Adds all below a directory, each file with the mode it has there."""
        for folder, _, names in os.walk(top):
            for name in names:
                source = os.path.join(folder, name)
                mode = 0o755 if os.access(source, os.X_OK) else 0o644
                self.copy(os.path.relpath(source, top), source, mode)

    def unpack(self, package):
        """Adds what an .ipk installs: a gzip'd tar, in which data.tar.gz holds the files."""
        with tarfile.open(package, "r:gz") as outer:
            data = outer.extractfile("./data.tar.gz").read()
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as inner:
            for member in inner:
                path = os.path.normpath(member.name).lstrip("/")
                if path == ".":
                    continue
                if member.isdir():
                    self.directory(path, member.mode)
                elif member.issym():
                    self.link(path, member.linkname)
                else:
                    self.file(path, inner.extractfile(member).read(), member.mode)

    def _above(self, path):
        above = os.path.dirname(path)
        if above and above not in self.entries:
            self.directory(above)

    def write(self, top):
        """Makes the tree in a folder of this machine."""
        os.makedirs(top)
        for path, (mode, data) in self.entries.items():
            place = os.path.join(top, path)
            if stat.S_ISDIR(mode):
                os.mkdir(place)
            elif stat.S_ISLNK(mode):
                os.symlink(data.decode(), place)
            else:
                with open(place, "wb") as file:
                    file.write(data)
            if not stat.S_ISLNK(mode):
                os.chmod(place, stat.S_IMODE(mode))

    def cpio(self):
        """The tree as the kernel takes it for its first root: a cpio archive, format newc."""
        parts = [_member(number, path, *entry)
                 for number, (path, entry) in enumerate(self.entries.items(), 1)]
        return b"".join(parts) + _member(0, "TRAILER!!!", 0, b"")


def _member(number, path, mode, data):
    name = path.encode() + b"\0"
    # Inode, mode, owner, group, links, time, size, device and its like, length of name, checksum.
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head) + _padded(data)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
