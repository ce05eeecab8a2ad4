"""An emulated router: qemu with two network cards, a log of its console, and a line for orders."""

import dataclasses
import os
import socket
import subprocess
import time

MEMORY_MIB = 64
BOOT_SECONDS_MAX = 300
ORDER_SECONDS_MAX = 300
OFF_SECONDS_MAX = 120
# Routers have no clock that goes on without power.
POWER_ON = "1970-01-01T00:00:10"
# Slots 0x12 and 0x14 have interrupts of their own. Two cards on one line would hang now and then:
# the board's old interrupt controller looks at edges, and one card hides the other's.
CARD_SLOTS = [0x12, 0x14]
DISK_SLOTS = [0x13, 0x15]
CARDS = [f"-netdev tap,id=n{n},ifname=tap{n},script=no,downscript=no -device virtio-net-pci,"
         f"netdev=n{n},addr={slot:#x},romfile=,mac=52:54:00:00:00:0{n + 1}"
         for n, slot in enumerate(CARD_SLOTS)]


class Broken(Exception):
    """The machine does not do what any machine does; the words hold the end of its console."""


@dataclasses.dataclass
class Hardware:
    """What a machine is made of besides its cables: the emulator, and paths of files."""

    emulator: str
    kernel: str
    initrd: str
    # Disks, each a path and whether it can be written.
    disks: list = dataclasses.field(default_factory=list)

    def disk_arguments(self):
        """The emulator's options for the disks; what is written is at once in the file."""
        options = []
        for number, (path, writable) in enumerate(self.disks):
            mode = "cache=writethrough" if writable else "readonly=on"
            options += ["-drive", f"if=none,id=d{number},format=raw,file={path},{mode}",
                        "-device", f"virtio-blk-pci,drive=d{number},addr={DISK_SLOTS[number]:#x}"]
        return options


class Machine:
    """Powered on when made; `order` runs a script in it."""

    def __init__(self, net, hardware):
        self.console = os.path.join(net.dir, "console")
        self.line, theirs = socket.socketpair()
        self.began = time.monotonic()
        argv = ["ip", "netns", "exec", net.router, hardware.emulator, "-M", "malta", "-cpu", "24Kc",
                "-m", str(MEMORY_MIB), "-nodefaults", "-vga", "none", "-display", "none",
                "-no-reboot", "-rtc", f"base={POWER_ON}", "-kernel", hardware.kernel,
                "-initrd", hardware.initrd,
                "-append", "console=ttyS0 panic=-1 quiet",
                "-serial", f"file:{self.console}",
                "-chardev", f"socket,id=orders,fd={theirs.fileno()}", "-serial", "chardev:orders",
                *" ".join(CARDS).split(), *hardware.disk_arguments()]
        with theirs:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                            pass_fds=[theirs.fileno()])
        self.unread = b""
        try:
            self._read_until(b"@@ ready\n", BOOT_SECONDS_MAX)
        except BaseException:
            self.cut_power()
            raise
        self.boot_seconds = time.monotonic() - self.began

    def _read_until(self, end, seconds):
        ends = time.monotonic() + seconds
        while end not in self.unread:
            self.line.settimeout(max(ends - time.monotonic(), 0.01))
            try:
                some = self.line.recv(65536)
            except TimeoutError:
                some = None
            if not some:
                why = "the emulator ended" if some == b"" else f"no answer in {seconds} s"
                raise Broken(f"{why}; said {self.unread!r}; its console ends:\n{self.tail()}")
            self.unread += some
        text, self.unread = self.unread.split(end, 1)
        return text.decode(errors="replace")

    def tail(self):
        """The last lines of the console."""
        with open(self.console, encoding="utf-8", errors="replace") as file:
            return "\n".join(file.read().splitlines()[-15:])

    def order(self, script, seconds=ORDER_SECONDS_MAX):
        """Runs a script in the machine; gives what it printed and its exit status."""
        self.line.sendall(script.encode() + b"\n@@ go\n")
        said = self._read_until(b"@@ end ", seconds)
        return said, int(self._read_until(b"\n", seconds))

    def do(self, script, seconds=ORDER_SECONDS_MAX):
        """Runs a script that has to succeed and gives what it printed."""
        said, status = self.order(script, seconds)
        if status != 0:
            raise Broken(f"{script!r}: exit {status}: {said.strip()}")
        return said.strip()

    def cut_power(self):
        """Nothing in the machine is told: the emulator is killed."""
        self.process.kill()
        self.process.wait()
        self.line.close()

    def power_off(self):
        """The machine shuts down by itself."""
        self.line.sendall(b"poweroff -f\n@@ go\n")
        try:
            status = self.process.wait(OFF_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise Broken(f"does not power off; its console ends:\n{self.tail()}") from error
        finally:
            self.cut_power()
        return status

    def is_on(self):
        """Whether the emulator is still at work."""
        return self.process.poll() is None
