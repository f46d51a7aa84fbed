def best_stretch(results):
    """Kadane's algorithm: the best stretch that ends today is today's result
    alone, or today's result on top of the best stretch that ended yesterday."""
    best = ending_here = next(results)
    for result in results:
        ending_here = max(ending_here + result, result)
        best = max(best, ending_here)
    return best


input()
print(best_stretch(map(int, input().split())))
