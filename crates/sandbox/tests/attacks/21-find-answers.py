# attack: looks for the test's answer, other submissions, the checker and the judge's files, and says what it finds
# expect: Wrong Answer | Runtime Error
# stopped-by: filesystem, jail
# judge: aplusb
import os

for folder, folders, names in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "usr")]
    for name in names:
        if name.endswith((".ans", ".out", ".in", ".yaml", ".a")) or "secret" in name or "answer" in name:
            print(open(os.path.join(folder, name)).read())
            raise SystemExit(0)
for path in ("/work", "/data", "/problems", "../data", "../data/secret", "1.ans", "/workspace/answer", "/workspace/judge", "/proc/1/root", "/var/lib/letscode", "feedback"):
    if os.path.lexists(path):
        print(open(path).read())
print("nothing found")
