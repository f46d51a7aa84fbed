import "monaco-editor/languages/definitions/cpp/register";
import type { LanguageCompletions } from "../completion";

export const completions: LanguageCompletions = {
  names:
    "auto bool break case char class const constexpr continue default do double else enum explicit false float for " +
    "if inline int long namespace new nullptr operator private public return short signed sizeof static struct " +
    "switch template this true typedef typename unsigned using virtual void while string vector map set " +
    "unordered_map unordered_set pair tuple queue priority_queue deque stack array bitset cin cout cerr endl sort " +
    "lower_bound upper_bound max min swap push_back emplace_back begin end size accumulate make_pair numeric_limits",
  snippets: {
    main: "int main() {\n    ${0}\n    return 0;\n}",
    fast: "ios::sync_with_stdio(false);\ncin.tie(nullptr);",
    fori: "for (int ${1:i} = 0; $1 < ${2:n}; $1++) {\n    ${0}\n}",
    all: "${1:v}.begin(), $1.end()",
  },
};
