"""Hostile programs of crates/sandbox/tests/attacks and the expectations in their heads (the keys are explained
in crates/cli/tests/attacks/main.rs, where all of them run)."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "crates/sandbox/tests/attacks"
CANARY = "nobody has touched this"


class Attack:
    def __init__(self, name):
        self.name = name
        comment = "# " if name.endswith(".py") else "// "
        self.keys = {}
        for line in (FOLDER / name).read_text(errors="replace").splitlines():
            key, colon, value = line.removeprefix(comment).partition(": ")
            if not line.startswith(comment) or not colon:
                break
            self.keys.setdefault(key, []).append(value)

    def inputs(self):
        return self.keys.get("stdin", [""])

    def expected(self):
        return self.keys["expect"][0].split(" | ")

    def problem(self, report, also_allowed=()):
        """Returns what is wrong with the `--json` report of a run, or None if the program was contained."""
        outcome = report.get("outcome")
        expected = [*self.expected(), *also_allowed]
        printed = report.get("stdout", "") + report.get("stderr", "")
        if outcome not in expected:
            return f"{outcome}, not {' or '.join(expected)}: {printed[:300]}"
        code = self.keys.get("exit")
        if outcome == "exited" and code and report["exitCode"] != int(code[0]):
            return f"exit code {report['exitCode']}: {printed[:300]}"
        if "GOT THROUGH" in printed:
            return "got through"
        for stream in ("stdout", "stderr"):
            for text in self.keys.get(f"{stream}-lacks", []):
                if text in report.get(stream, ""):
                    return f"`{text}` leaked"
        return None
