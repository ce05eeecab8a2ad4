"""Where an emulated router has its files: all in memory, or on squashfs with jffs2 over it."""

import os

from debian import command
from machine import Hardware
from tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
PREINIT = os.path.join(HERE, "preinit")
# What an 8 MB device has left for its owner is less; jffs2 wants five erase blocks for itself.
FLASH_BYTES = 1 << 20
ERASED = b"\xff"
SECTOR_BYTES = 4096


def _write(net, name, data):
    path = os.path.join(net.dir, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def in_memory(net, board, tree):
    """The whole root is an initramfs: each boot finds it as it was made."""
    return Hardware(board.emulator, board.kernel(), _write(net, "initrd", tree.cpio()))


def on_flash(net, board, tree):
    """The tree on squashfs, an empty flash over it; what is written there outlives the power."""
    early = Tree()
    for path in ("bin", "dev", "proc", "sys", "rom", "overlay", "root"):
        early.directory(path)
    early.copy("bin/busybox", board.busybox())
    early.lay_over(PREINIT)
    root, rom = os.path.join(net.dir, "root"), os.path.join(net.dir, "rom")
    tree.write(root)
    command("mksquashfs", root, rom, "-comp", "xz", "-b", "256k", "-all-root", "-noappend",
            "-quiet", "-no-progress")
    os.truncate(rom, -(-os.path.getsize(rom) // SECTOR_BYTES) * SECTOR_BYTES)
    flash = _write(net, "flash", ERASED * FLASH_BYTES)
    return Hardware(board.emulator, board.kernel(), _write(net, "initrd", early.cpio()),
                    [(rom, False), (flash, True)])
