import "monaco-editor/languages/definitions/python/register";
import type { LanguageCompletions } from "../completion";

export const completions: LanguageCompletions = {
  names:
    "and as assert async await break class continue def del elif else except False finally for from global if import " +
    "in is lambda None nonlocal not or pass raise return True try while with yield abs all any bin bool chr dict " +
    "divmod enumerate filter float frozenset hex input int isinstance iter len list map max min next ord pow print " +
    "range repr reversed round set sorted str sum tuple zip collections defaultdict deque Counter itertools " +
    "functools lru_cache heapq heappush heappop bisect bisect_left bisect_right math gcd isqrt sys stdin readline",
  snippets: {
    ints: "map(int, ${1:input()}.split())",
    readall: "data = sys.stdin.buffer.read().split()",
    main: 'def main():\n    ${0}\n\n\nif __name__ == "__main__":\n    main()',
    fori: "for ${1:i} in range(${2:n}):\n    ${0}",
  },
};
