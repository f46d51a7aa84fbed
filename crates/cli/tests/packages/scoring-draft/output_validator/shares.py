# The output is `right`, `wrong`, or a share of the test's points.
import sys

said = sys.stdin.read().split()
if said == ["wrong"]:
    sys.exit(43)
if said != ["right"]:
    with open(sys.argv[3] + "score_multiplier.txt", "w") as share:
        share.write(said[0])
sys.exit(42)
