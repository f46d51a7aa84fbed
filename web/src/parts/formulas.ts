/** Typesetting of formulas; loaded only if a statement has some. */
import katex from "katex";
import "katex/dist/katex.min.css";

/** Length limit of all formulas of a statement together; the others stay TeX. */
const MAX_CHARACTERS = 100_000;
/** Limit of macro expansions: formulas are untrusted and can define macros. */
const MAX_EXPANSIONS = 1_000;
/** Size limit of a box, in em. */
const MAX_SIZE = 50;

/** Replaces TeX by typeset formulas; invalid TeX stays as it is. */
export function typeset(statement: HTMLElement): void {
  let remaining = MAX_CHARACTERS;
  for (const element of statement.querySelectorAll<HTMLElement>("span.math:not([data-typeset])")) {
    const tex = element.textContent ?? "";
    remaining -= tex.length;
    if (remaining < 0) return;
    element.dataset.typeset = "";
    try {
      // Rendered outside of the page, so that the TeX stays in place after an error.
      const rendered = document.createElement("span");
      katex.render(tex, rendered, {
        displayMode: element.classList.contains("display"),
        // No links, images or attributes chosen by the author.
        trust: false,
        strict: false,
        maxExpand: MAX_EXPANSIONS,
        maxSize: MAX_SIZE,
      });
      element.replaceChildren(...rendered.childNodes);
    } catch {
      element.dataset.typeset = "failed";
    }
  }
}
