"""A private dockerd in a temporary folder, without network, removed with everything that it made. It
touches no service of the machine and downloads nothing."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# Debian's client, even if another one comes first on the PATH.
CLIENT, DAEMON = "/usr/bin/docker", "/usr/sbin/dockerd"
CGROUP_ROOT = Path("/sys/fs/cgroup")


class Daemon:
    def __enter__(self):
        # Without "letscode" in the name, which every cell sees in /proc/self/mountinfo: a hostile program
        # searches for it.
        self.folder = Path(tempfile.mkdtemp(prefix="docker-test."))
        # Parent of the control groups of our containers, so that no other daemon's group is removed.
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
        result = subprocess.run([CLIENT, *map(str, arguments)], env=self.environment, **options)
        if check and result.returncode:
            raise RuntimeError(f"docker {arguments[0]}: {result.stderr.strip()}")
        return result

    def versions(self):
        server = json.loads(self.docker("version", "--format", "{{json .Server}}").stdout)
        parts = [f"{part['Name']} {part['Version']}" for part in server["Components"]]
        return f"{', '.join(parts)}; Linux {server['KernelVersion']}"

    def __exit__(self, *_):
        containers = self.docker("ps", "--all", "--quiet", check=False).stdout.split()
        if containers:
            self.docker("rm", "--force", *containers, check=False)
        # Ends its containerd as well.
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
        remove_groups(CGROUP_ROOT.glob(f"*{self.parent}"))

    def mounts(self):
        lines = Path("/proc/self/mounts").read_text().splitlines()
        return [point for point in (line.split()[1] for line in lines)
                if point.startswith(f"{self.folder}/")]


def remove_groups(folders):
    """Removes control groups and their children."""
    for folder in folders:
        for group, _, _ in os.walk(folder, topdown=False):
            for _ in range(50):
                try:
                    os.rmdir(group)
                    break
                except OSError:
                    time.sleep(0.02)
