"""Whether a file is the program a package needs: a static ELF of the right byte order."""

import struct

ORDERS = {"mips": (2, ">"), "mipsel": (1, "<")}
ELF_32_BITS = 1
MACHINE_MIPS = 8
SEGMENT_INTERPRETER = 3
HEADER_BYTES = 52


def fault(data, target):
    """What is wrong with the program for a target of openwrt/build; nothing: None."""
    byte_order, prefix = ORDERS[target]
    if len(data) < HEADER_BYTES or data[:4] != b"\x7fELF":
        return "not an ELF file"
    machine, = struct.unpack_from(prefix + "H", data, 18)
    if (data[4], data[5], machine) != (ELF_32_BITS, byte_order, MACHINE_MIPS):
        return f"not for {target}"
    offset, = struct.unpack_from(prefix + "I", data, 28)
    size, count = struct.unpack_from(prefix + "HH", data, 42)
    kinds = [struct.unpack_from(prefix + "I", data, offset + size * i)[0] for i in range(count)]
    if SEGMENT_INTERPRETER in kinds:
        return "not static"
    return None
