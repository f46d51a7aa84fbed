import "monaco-editor/languages/definitions/rust/register";
import type { LanguageCompletions } from "../completion";

export const completions: LanguageCompletions = {
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
};
