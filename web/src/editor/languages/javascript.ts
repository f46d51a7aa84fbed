import "monaco-editor/languages/definitions/javascript/register";
import type { LanguageCompletions } from "../completion";

export const completions: LanguageCompletions = {
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
};
