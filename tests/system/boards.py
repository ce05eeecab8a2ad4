"""The two kinds of router: little-endian of Debian packages, big-endian built from sources."""

import glob
import os
import re
import shutil

from debian import KEPT, ROOT, Missing, command, need, source, unpacked

HERE = os.path.dirname(os.path.abspath(__file__))
KERNEL_SOURCE = "/usr/src/linux-source-*.tar.xz"
# Of no use to a router, and most of the time it takes to unpack.
LEFT_OUT = ["*/sound/*.c", "*/drivers/gpu/drm/*/*.[ch]", "*/Documentation/*.rst",
            "*/tools/testing/*"]
BUSYBOX_OPTIONS = {"CROSS_COMPILER_PREFIX": '"mips-linux-gnu-"', "STATIC": "y", "SELINUX": None,
                   "EXTRA_LDLIBS": '""', "FEATURE_IP_RULE": "y"}


class Board:
    """A processor: `emulator`, `binary`, kernel(), busybox(), modules(), helper()."""

    def __init__(self, name, compiler):
        self.name = name
        self.compiler = f"{compiler}-gcc"
        self.emulator = f"qemu-system-{name}"
        self.package_architecture = f"{name}_24kc"
        self.binary = os.path.join(ROOT, f"target/openwrt/{name}/full/ddnsbox")
        self.kept = os.path.join(KEPT, name)

    def why_not(self):
        """Raises where what has to be installed is not."""
        need(self.emulator, self.compiler)

    def helper(self, program):
        """A small C program, built for the processor without need of libraries."""
        os.makedirs(self.kept, exist_ok=True)
        program = os.path.join(ROOT, program)
        built = os.path.join(self.kept, os.path.basename(program).removesuffix(".c"))
        if not os.path.exists(built) or os.path.getmtime(built) < os.path.getmtime(program):
            command(self.compiler, "-Os", "-static", "-s", "-o", built, program)
        return built


class LittleEndian(Board):
    """All of it is Debian's."""

    drivers = ["virtio_pci", "virtio_net"]

    def __init__(self):
        super().__init__("mipsel", "mipsel-linux-gnu")

    def _debian(self):
        return unpacked(self.name, "4kc-malta", "busybox-static")

    def kernel(self):
        """The kernel's image."""
        return glob.glob(os.path.join(self._debian(), "boot/vmlinuz-*"))[0]

    def busybox(self):
        """A busybox without need of libraries."""
        return os.path.join(self._debian(), "bin/busybox")

    def modules(self):
        """Paths of the kernel modules the router needs, in the order they are loaded in."""
        found = {}
        for path in glob.glob(os.path.join(self._debian(), "lib/modules/**/*.ko"), recursive=True):
            found[os.path.basename(path)[:-3].replace("-", "_")] = path
        order = []

        def load(name):
            # What is no module is built in.
            path = found.get(name.replace("-", "_"))
            if path is None or path in order:
                return
            with open(path, "rb") as file:
                needs = re.search(rb"\0depends=([^\0]*)\0", file.read())
            for one in needs[1].decode().split(",") if needs else []:
                load(one)
            order.append(path)

        for name in self.drivers:
            load(name)
        return order


class BigEndian(Board):
    """Debian has no such port any more, but compilers for it: minutes for the first time."""

    def __init__(self):
        super().__init__("mips", "mips-linux-gnu")

    def why_not(self):
        super().why_not()
        need("mksquashfs", "make", "flex", "bison", "bc")
        if not glob.glob(KERNEL_SOURCE):
            raise Missing("linux-source is not installed")

    def kernel(self):
        """The kernel's image; it needs no modules."""
        image = os.path.join(self.kept, "vmlinux")
        config = os.path.join(HERE, "big-endian.config")
        if os.path.exists(image) and os.path.getmtime(image) > os.path.getmtime(config):
            return image
        os.makedirs(self.kept, exist_ok=True)
        tree = os.path.join(self.kept, "linux")
        if not os.path.isdir(tree):
            archive = sorted(glob.glob(KERNEL_SOURCE))[-1]
            half = tree + ".half"
            os.makedirs(half, exist_ok=True)
            command("tar", "-xf", archive, "-C", half, "--strip-components=1",
                    *(f"--exclude={pattern}" for pattern in LEFT_OUT))
            os.rename(half, tree)
        make = ["make", "-C", tree, "ARCH=mips", "CROSS_COMPILE=mips-linux-gnu-",
                f"O={self.kept}/linux-out", f"-j{os.cpu_count()}"]
        command(*make, f"KCONFIG_ALLCONFIG={config}", "allnoconfig")
        command(*make, "vmlinux")
        command("mips-linux-gnu-strip", "-o", image, os.path.join(self.kept, "linux-out/vmlinux"))
        return image

    def busybox(self):
        """A busybox without need of libraries, with the options of Debian's own."""
        built = os.path.join(self.kept, "busybox")
        if os.path.exists(built):
            return built
        os.makedirs(self.kept, exist_ok=True)
        tree = source("busybox")
        with open(os.path.join(tree, "debian/config/pkg/static"), encoding="utf-8") as file:
            config = file.read()
        for name, value in BUSYBOX_OPTIONS.items():
            line = f"CONFIG_{name}={value}" if value else f"# CONFIG_{name} is not set"
            config = re.sub(rf"(?m)^(# )?CONFIG_{name}\b.*$", lambda _, line=line: line, config)
        with open(os.path.join(tree, ".config"), "w", encoding="utf-8") as file:
            file.write(config)
        make = ["make", "-C", tree, "ARCH=mips", "CROSS_COMPILE=mips-linux-gnu-"]
        command("sh", "-c", 'yes "" | "$@" oldconfig', "sh", *make)
        command(*make, f"-j{os.cpu_count()}", "busybox")
        shutil.copy(os.path.join(tree, "busybox"), built)
        return built

    def modules(self):
        """None: all is built in."""
        return []
