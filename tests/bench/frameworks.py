"""The frameworks that the originals of our servers stand on, installed by pip, and their sizes."""

import os
import subprocess

import original

# Pinned, so that figures of one day can be compared with those of another.
REQUIREMENTS = ("Flask==3.1.3", "Werkzeug==3.1.9", "waitress==3.0.2", "gunicorn==27.0.1",
                "fastapi==0.165.0", "starlette==1.10.0", "pydantic==2.14.3", "uvicorn==0.54.0",
                "h11==0.16.0", "uvloop==0.23.0", "httptools==0.9.0", "httpx==0.28.1")
PLACE = os.environ.get("DDNSBOX_FRAMEWORKS_VENV",
                       os.path.join(original.ROOT, "target/frameworks"))
# Prints the files of these distributions and of all that they need.
FILES = """
import importlib.metadata as metadata, re, sys
waiting, seen = sys.argv[1:], set()
while waiting:
    name = re.match(r"[A-Za-z0-9._-]+", waiting.pop()).group()
    name = re.sub(r"[._-]+", "-", name).lower()
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        continue
    if name in seen:
        continue
    seen.add(name)
    waiting += [one for one in found.requires or () if "extra ==" not in one]
    for file in found.files or ():
        print(file.locate())
"""


def install():
    """Makes sure that they are there; raises original.Missing where they cannot be had."""
    if not os.path.exists(program("uvicorn")):
        original.install_into(PLACE, REQUIREMENTS)


def program(name):
    """A command of theirs."""
    return os.path.join(PLACE, "bin", name)


def version():
    """The Python they run under, as it says."""
    done = subprocess.run([program("python"), "--version"], capture_output=True, text=True,
                          check=True)
    return done.stdout.strip()


def installed_bytes(*names):
    """What these and all they need take on a disk, with Python, less what every Debian has."""
    done = subprocess.run([program("python"), "-c", FILES, *names], capture_output=True, text=True,
                          check=True)
    files = {os.path.realpath(path) for path in done.stdout.splitlines()}
    sizes = (os.path.getsize(path) for path in files if os.path.exists(path))
    return sum(sizes) + original.package_bytes("python3")
