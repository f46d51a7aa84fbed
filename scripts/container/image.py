"""An image made of this host's own Debian packages: a root folder with the toolchains of the
languages and the binary, and nothing from any network. (For a deployment, write a Dockerfile that
installs the same packages.)"""

import os
import subprocess
from pathlib import Path

NAME = "letscode-test"
PACKAGES = ["python3", "nodejs", "g++", "gcc", "libc6-dev", "coreutils", "dash", "base-files", "libc-bin"]
LEFT_OUT = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/")
LINKS = ["bin", "lib", "lib64", "sbin"]


def build(daemon, binary):
    """Imports the image; returns how many bytes it has."""
    archive = daemon.folder / "root.tar"
    listing = daemon.folder / "files"
    listing.write_text("".join(f"{name}\n" for name in sorted(files())))
    tar(["--create", "--directory=/", "--no-recursion", f"--files-from={listing}"], archive)
    own = daemon.folder / "own"
    (own / "usr/local/bin").mkdir(parents=True)
    subprocess.run(["strip", "-o", own / "usr/local/bin/letscode", binary], check=True)
    for name, mode in (("tmp", 0o1777), ("data", 0o1777), ("proc", 0o755), ("sys", 0o755)):
        (own / name).mkdir()
        (own / name).chmod(mode)
    tar(["--append", f"--directory={own}", "."], archive)
    daemon.docker("import", archive, NAME)
    size = archive.stat().st_size
    archive.unlink()
    return size


def tar(arguments, archive):
    subprocess.run(["tar", f"--file={archive}", "--owner=0", "--group=0", *arguments], check=True)


def files():
    """Every file and link of the packages, by where it really lies (/lib is a link to /usr/lib)."""
    names = {link for link in LINKS if os.path.islink(f"/{link}")}
    listed = run("dpkg-query", "--listfiles", *closure())
    for path in filter(lambda path: path.startswith("/"), listed):
        if path.startswith(LEFT_OUT):
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
