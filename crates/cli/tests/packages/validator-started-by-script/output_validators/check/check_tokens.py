# First by name, and not where the validator starts.
import sys


def same(output, answer):
    return output.split() == answer.split()


if __name__ == "__main__":
    sys.exit("the wrong file was started")
