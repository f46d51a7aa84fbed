/** Completion for the four languages: keywords, common names, and snippets that solutions often need. */
import type { Monaco } from "./monaco";

interface LanguageCompletions {
  names: string;
  snippets: Record<string, string>;
}

const COMPLETIONS: Record<string, LanguageCompletions> = {
  python: {
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
  },
  javascript: {
    names:
      "async await break case catch class const continue default delete do else export extends false finally for " +
      "function if import in instanceof let new null of return static super switch this throw true try typeof " +
      "undefined var while yield Array BigInt Boolean console Date Error Infinity JSON Map Math NaN Number Object " +
      "Promise RegExp Set String Symbol require process parseInt parseFloat Uint8Array Int32Array Float64Array",
    snippets: {
      log: "console.log(${0});",
      readall: 'const input = require("fs").readFileSync(0, "utf8");',
      lines: 'const lines = require("fs").readFileSync(0, "utf8").split("\\n");',
      fori: "for (let ${1:i} = 0; $1 < ${2:n}; $1++) {\n  ${0}\n}",
    },
  },
  cpp: {
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
  },
  rust: {
    names:
      "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move " +
      "mut pub ref return self Self static struct super trait true type unsafe use where while bool char f64 i32 i64 " +
      "i128 u8 u32 u64 usize str String Vec HashMap HashSet BTreeMap BTreeSet BinaryHeap VecDeque Option Some None " +
      "Result Ok Err Box Rc println print format vec collect iter map filter enumerate parse unwrap split_whitespace",
    snippets: {
      main: "fn main() {\n    ${0}\n}",
      readall: "let mut input = String::new();\nio::stdin().read_to_string(&mut input).unwrap();",
      fori: "for ${1:i} in 0..${2:n} {\n    ${0}\n}",
      println: 'println!("{}", ${0});',
    },
  },
};

export function registerCompletion(monaco: Monaco): void {
  const { CompletionItemKind, CompletionItemInsertTextRule } = monaco.languages;
  for (const [language, { names, snippets }] of Object.entries(COMPLETIONS)) {
    monaco.languages.registerCompletionItemProvider(language, {
      provideCompletionItems(model, position) {
        const word = model.getWordUntilPosition(position);
        const range = new monaco.Range(
          position.lineNumber,
          word.startColumn,
          position.lineNumber,
          word.endColumn,
        );
        const nameItems = names.split(" ").map((label) => ({
          label,
          kind: CompletionItemKind.Keyword,
          insertText: label,
          range,
        }));
        const snippetItems = Object.entries(snippets).map(([label, insertText]) => ({
          label,
          kind: CompletionItemKind.Snippet,
          insertText,
          insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
          detail: "snippet",
          range,
        }));
        return { suggestions: [...snippetItems, ...nameItems] };
      },
    });
  }
}
