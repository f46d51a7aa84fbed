# attack: writes what a checker would write, where it would write it
# expect: Wrong Answer | Runtime Error
# stopped-by: filesystem, judge
# judge: aplusb
import os

for folder in ("feedback", "feedback_dir", "/tmp/feedback", "/feedback", "output", "."):
    try:
        os.makedirs(folder, exist_ok=True)
        for name in ("judgemessage.txt", "score.txt", "teammessage.txt", "status", "verdict", "result.json"):
            open(f"{folder}/{name}", "w").write("AC 100")
    except OSError:
        pass
print("Accepted")
os._exit(0)
