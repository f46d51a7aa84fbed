"""A dockerd of our own: started by hand in a temporary folder, without network, and ended with all
that it made. No service of the machine is touched, and nothing is downloaded."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# Debian's own, also where another client comes first on the PATH.
CLIENT, DAEMON = "/usr/bin/docker", "/usr/sbin/dockerd"
GROUPS = Path("/sys/fs/cgroup")


class Daemon:
    def __enter__(self):
        # Its name is in every cell's /proc/self/mountinfo: a hostile program looks for "letscode".
        self.folder = Path(tempfile.mkdtemp(prefix="docker-test."))
        # Below it are all groups of our containers, so that none of another daemon's is removed.
        self.parent = f"/letscode-test-{os.getpid()}"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder),
                            "DOCKER_HOST": f"unix://{self.folder}/socket"}
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [DAEMON, "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
             "--ip-masq=false", "--userland-proxy=false", f"--cgroup-parent={self.parent}",
             f"--data-root={self.folder}/data", f"--exec-root={self.folder}/exec",
             f"--pidfile={self.folder}/pid", f"--host=unix://{self.folder}/socket"],
            stdout=self.log, stderr=self.log)
        for _ in range(300):
            if self.docker("version", check=False).returncode == 0:
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        text = (self.folder / "log").read_text(errors="replace")
        self.__exit__()
        raise SystemExit(f"error: dockerd does not start here:\n{text[-3000:]}")

    def docker(self, *arguments, check=True, **options):
        options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 300} | options
        ran = subprocess.run([CLIENT, *map(str, arguments)], env=self.environment, **options)
        if check and ran.returncode:
            raise RuntimeError(f"docker {arguments[0]}: {ran.stderr.strip()}")
        return ran

    def versions(self):
        server = json.loads(self.docker("version", "--format", "{{json .Server}}").stdout)
        parts = [f"{one['Name']} {one['Version']}" for one in server["Components"]]
        return f"{', '.join(parts)}; Linux {server['KernelVersion']}"

    def __exit__(self, *_):
        containers = self.docker("ps", "--all", "--quiet", check=False).stdout.split()
        if containers:
            self.docker("rm", "--force", *containers, check=False)
        # It ends its containerd with it.
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        for mount in reversed(self.mounts()):
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.folder)
        remove_groups(GROUPS.glob(f"*{self.parent}"))

    def mounts(self):
        lines = Path("/proc/self/mounts").read_text().splitlines()
        return [point for point in (line.split()[1] for line in lines)
                if point.startswith(f"{self.folder}/")]


def remove_groups(folders):
    """Removes control groups, with those below them."""
    for folder in folders:
        for below, _, _ in os.walk(folder, topdown=False):
            for _ in range(50):
                try:
                    os.rmdir(below)
                    break
                except OSError:
                    time.sleep(0.02)
