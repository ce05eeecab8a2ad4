"""What the kernel shows of a process."""

import os


def read_proc(pid, name):
    """A file of /proc/PID; empty where the process has gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""


def children_of(pid):
    """The processes that one has started and not yet reaped."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(one) for task in tasks for one in read_proc(pid, f"task/{task}/children").split()]


def status(pid):
    """The lines of /proc/PID/status: {name: value}; none where the process has gone."""
    lines = read_proc(pid, "status").decode().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limit(pid, name):
    """The soft and the hard limit of that name."""
    lines = read_proc(pid, "limits").decode().splitlines()
    found = [line[len(name):].split()[:2] for line in lines if line.startswith(name)]
    return found[0] if found else ["0", "0"]
