import sys, random, time, decimal, fractions, statistics, datetime
input = sys.stdin.readline


def main():
    n = int(input())
    rows = [list(map(int, input().split())) for _ in range(n)]
    print(sum(map(sum, rows)), statistics.mean(rows[0]), fractions.Fraction(3, 6), decimal.Decimal("0.1") * 3)
    print(0 <= random.random() < 1, datetime.date(2024, 2, 29).isoweekday(), __name__, sys.argv)


if __name__ == "__main__":
    main()
