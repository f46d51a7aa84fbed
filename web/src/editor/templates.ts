/** Initial code of a draft, which reads all input. */
const TEMPLATES: Record<string, string> = {
  python: `import sys


def main():
    data = sys.stdin.read().split()
    print(len(data))


main()
`,
  javascript: `const input = require("fs").readFileSync(0, "utf8");
const words = input.split(/\\s+/).filter(Boolean);

console.log(words.length);
`,
  cpp: `#include <bits/stdc++.h>
using namespace std;

int main() {
    ios::sync_with_stdio(false);
    cin.tie(nullptr);

    long long a;
    while (cin >> a) {
    }
    return 0;
}
`,
  rust: `use std::io::{self, Read};

fn main() {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input).unwrap();
    let words: Vec<&str> = input.split_whitespace().collect();

    println!("{}", words.len());
}
`,
};

export function templateOf(language: string): string {
  return TEMPLATES[language] ?? "";
}
