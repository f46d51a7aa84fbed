"""Builds an image from this host's Debian packages, without network: a root folder with the toolchains
and the binary. (For a deployment, use deploy/Dockerfile.)"""

import os
import subprocess
from pathlib import Path

NAME = "letscode-test"
PACKAGES = ["python3", "nodejs", "g++", "gcc", "libc6-dev", "coreutils", "dash", "base-files", "libc-bin"]
EXCLUDED = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/")
LINKS = ["bin", "lib", "lib64", "sbin"]


def build(daemon, binary):
    """Imports the image and returns its size in bytes."""
    archive = daemon.folder / "root.tar"
    listing = daemon.folder / "files"
    listing.write_text("".join(f"{name}\n" for name in sorted(files())))
    tar(["--create", "--directory=/", "--no-recursion", f"--files-from={listing}"], archive)
    overlay = daemon.folder / "own"
    (overlay / "usr/local/bin").mkdir(parents=True)
    subprocess.run(["strip", "-o", overlay / "usr/local/bin/letscode", binary], check=True)
    for name, mode in (("tmp", 0o1777), ("data", 0o1777), ("proc", 0o755), ("sys", 0o755)):
        (overlay / name).mkdir()
        (overlay / name).chmod(mode)
    tar(["--append", f"--directory={overlay}", "."], archive)
    daemon.docker("import", archive, NAME)
    size = archive.stat().st_size
    archive.unlink()
    return size


def tar(arguments, archive):
    subprocess.run(["tar", f"--file={archive}", "--owner=0", "--group=0", *arguments], check=True)


def files():
    """Returns all files and links of the packages by their real paths (/lib is a link to /usr/lib)."""
    names = {link for link in LINKS if os.path.islink(f"/{link}")}
    listed = run("dpkg-query", "--listfiles", *closure())
    for path in filter(lambda path: path.startswith("/"), listed):
        if path.startswith(EXCLUDED):
            continue
        folder, name = os.path.split(path)
        real = Path(os.path.realpath(folder)) / name
        if real.is_symlink() or real.is_file():
            names.add(str(real).lstrip("/"))
    return names


def closure():
    listed = run("apt-cache", "depends", "--recurse", "--installed", "--no-recommends",
                 "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces",
                 "--no-enhances", *PACKAGES)
    named = {name for name in listed if name and name[0].isalnum()}
    installed = run("dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n")
    return sorted(named & {line.split()[1] for line in installed if line.startswith("ii")})


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
