#!/usr/bin/env python3
"""Put the XLA runtime where the build looks for it: the folder `xla_extension` of this checkout.

The folder holds links only:

    include, lib      headers and libraries of XLA, as the `xla` crate expects them
    libclang          libclang, which the `xla` crate's build needs to read its C header

XLA comes from the folder that XLA_EXTENSION_DIR names, if that is set. Otherwise it is assembled
from the Python wheel `tensorflow-cpu`, which holds the whole compiler: a download of 274 MB, once
per user, into COTANGENT_CACHE (by default `cotangent` in the user's cache folder). libclang comes
from the folder that LIBCLANG_PATH names, or from its wheel (25 MB).

Both wheels are pinned by version and sha256. A folder of the cache appears by one rename when it
is complete, so an interrupted run leaves nothing half-made. With a complete cache nothing is
downloaded.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LINKS = CHECKOUT / "xla_extension"
STAND_INS = CHECKOUT / "native" / "include"

# Part of the cache folder's name: raise it when `assemble_xla` or native/include changes.
LAYOUT = 1


class Wheel:
    def __init__(self, name, version, python, tag, megabytes, sha256):
        self.name, self.version, self.python, self.tag = name, version, python, tag
        self.megabytes, self.sha256 = megabytes, sha256


XLA = Wheel(
    "tensorflow-cpu", "2.21.0", "3.11", "manylinux_2_27_x86_64", 274,
    "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
)
LIBCLANG = Wheel(
    "libclang", "18.1.1", "3.11", "manylinux2010_x86_64", 25,
    "c533091d8a3bbf7460a00cb6c1a71da93bffe148f172c7d03b1c31fbf8aa2a0b",
)


class SetupError(Exception):
    """What went wrong, in words for the user."""


def main():
    signal.signal(signal.SIGTERM, interrupted)
    try:
        headers = compiler_headers()  # First: without g++ the download would be for nothing.
        runtime = own_runtime() or cached(f"xla-{XLA.version}-{LAYOUT}", XLA, assemble_xla)
        libclang = own_libclang() or cached(f"libclang-{LIBCLANG.version}", LIBCLANG, assemble_libclang)
        link(LINKS / "include", runtime / "include")
        link(LINKS / "lib", runtime / "lib")
        link(LINKS / "libclang" / "lib", libclang)
        include = LINKS / "libclang" / "include"
        if libclang.name == f"libclang-{LIBCLANG.version}":
            link(include, headers)
        elif include.is_symlink():
            include.unlink()  # A system's libclang knows its own headers.
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except OSError as error:
        sys.exit(f"setup: {error}. Nothing half-made was left; run `make setup` again.")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted. Nothing half-made was left; run `make setup` again.")
    print(f"setup: the XLA runtime is ready ({runtime})")


def compiler_headers():
    """The headers that g++ brings (stddef.h and the like), which the wheel of libclang lacks."""
    try:
        found = subprocess.run(["g++", "-print-file-name=include"], stdout=subprocess.PIPE, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise SetupError("there is no g++; install it (Debian: apt-get install g++)") from None
    return Path(found.stdout.decode().strip())


def interrupted(*_):
    """End as by Ctrl-C: subprocesses are killed and what was begun is removed."""
    raise KeyboardInterrupt


def own_runtime():
    """The runtime that the user has, checked, or None."""
    named = os.environ.get("XLA_EXTENSION_DIR")
    if not named or Path(named).resolve() == LINKS:
        return None
    runtime = Path(named).resolve()
    if not (runtime / "include" / "xla").is_dir() or not list(runtime.glob("lib/libxla_extension.*")):
        raise SetupError(
            f"XLA_EXTENSION_DIR is {named}, which lacks include/xla or lib/libxla_extension.*; "
            "correct it, or unset it to have the runtime assembled"
        )
    return runtime


def own_libclang():
    """The folder of the user's libclang, checked, or None."""
    named = os.environ.get("LIBCLANG_PATH")
    if not named or Path(named).resolve() == (LINKS / "libclang" / "lib").resolve():
        return None
    folder = Path(named).resolve()
    if not list(folder.glob("libclang*")):
        raise SetupError(f"LIBCLANG_PATH is {named}, which holds no libclang; correct or unset it")
    return folder


def cached(folder, wheel, assemble):
    """The folder of this name in the cache, made by `assemble` from `wheel` if it is not there."""
    cache = Path(
        os.environ.get("COTANGENT_CACHE")
        or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cotangent"
    ).absolute()
    if (cache / folder).is_dir():
        return cache / folder
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError(
            f"there is no wheel to take {wheel.name} from for {platform.system()} on "
            f"{platform.machine()}; unpack xla_extension 0.11.0 for it (from the releases of "
            "elixir-nx/xla), set XLA_EXTENSION_DIR and LIBCLANG_PATH, and run `make setup` again"
        )
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache):
        if (cache / folder).is_dir():  # Another process made it meanwhile.
            return cache / folder
        for stale in cache.glob(".partial-*"):  # A killed run could not tidy up.
            shutil.rmtree(stale, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
        try:
            file = download(wheel, partial)
            print(f"setup: unpacking {wheel.name}", flush=True)
            made = partial / folder
            made.mkdir()
            with zipfile.ZipFile(file) as archive:
                assemble(archive, made)
            made.rename(cache / folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return cache / folder


@contextlib.contextmanager
def locked(cache):
    """Hold the cache's lock: one process at a time fills it."""
    with open(cache / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: waiting for another process that is filling the cache", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def download(wheel, folder):
    """Download the wheel into the folder and check its sha256."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run(pip + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise SetupError(f"{sys.executable} has no pip; install it (Debian: apt-get install python3-pip)")
    print(f"setup: downloading {wheel.name} {wheel.version} ({wheel.megabytes} MB)", flush=True)
    command = pip + [
        "download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check",
        "--only-binary=:all:", "--implementation=cp", f"--python-version={wheel.python}",
        f"--platform={wheel.tag}", f"--dest={folder}", f"{wheel.name}=={wheel.version}",
    ]
    if subprocess.run(command).returncode:
        raise SetupError(
            f"pip could not download {wheel.name} {wheel.version} (its message stands above). "
            "Nothing half-made was left. Check the network and run `make setup` again, or set "
            "XLA_EXTENSION_DIR and LIBCLANG_PATH to folders that you have"
        )
    (file,) = folder.glob("*.whl")
    digest = hashlib.sha256()
    with open(file, "rb") as data:
        for block in iter(lambda: data.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != wheel.sha256:
        raise SetupError(
            f"{file.name} has sha256 {digest.hexdigest()} instead of {wheel.sha256}, so it is not "
            "the file this project was tested with. It was thrown away; run `make setup` again, "
            "and if that does not help, ask who runs your package index"
        )
    return file


def assemble_xla(archive, runtime):
    """Lay out include/ and lib/ as the `xla` crate expects them."""
    include, lib = runtime / "include", runtime / "lib"
    # The wheel holds each header of XLA twice; include/tensorflow is the second copy. A few that
    # are included by a short path are kept there too.
    unpack(archive, "tensorflow/include/", include, skip="tensorflow/include/tensorflow/")
    unpack(archive, "tensorflow/include/external/highwayhash/highwayhash/", include / "highwayhash")
    unpack(archive, "tensorflow/include/external/farmhash_archive/src/", include)
    for library in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2"):
        extract(archive, f"tensorflow/{library}", lib / library)
    # What -lxla_extension finds: a linker script that names the two real libraries.
    script = "INPUT(libtensorflow_cc.so.2 libtensorflow_framework.so.2)\n"
    (lib / "libxla_extension.so").write_text(script)
    # The wheel has no headers of LLVM and gRPC; stand-ins serve for the little that is used.
    for header in STAND_INS.rglob("*.h"):
        target = include / header.relative_to(STAND_INS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(header, target)


def assemble_libclang(archive, folder):
    """Take libclang.so out of its wheel."""
    name = f"libclang-{LIBCLANG.version}.data/platlib/clang/native/libclang.so"
    extract(archive, name, folder / "libclang.so")


def unpack(archive, prefix, folder, skip=None):
    """Unpack what lies under `prefix`, except what lies under `skip`."""
    for name in archive.namelist():
        if name.startswith(prefix) and not name.endswith("/") and not (skip and name.startswith(skip)):
            extract(archive, name, folder / name[len(prefix):])


def extract(archive, name, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, open(target, "wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)


def link(path, target):
    """Make `path` a link to `target`, replacing an older link."""
    if path.is_symlink() and os.readlink(path) == str(target):
        return
    if path.exists() and not path.is_symlink():
        raise SetupError(f"{path} is in the way of a link to {target}; move it elsewhere")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    fresh.symlink_to(target)
    fresh.replace(path)


if __name__ == "__main__":
    main()
