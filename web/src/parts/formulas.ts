/** Typesets formulas; loaded only when a statement has some. */
import katex from "katex";
import "katex/dist/katex.min.css";

/** Of all formulas of a statement together; those beyond stay TeX. */
const MAX_CHARACTERS = 100_000;
/** A formula may define macros, and strangers write formulas. */
const MAX_EXPANSIONS = 1_000;
/** Of any box, in em. */
const MAX_SIZE = 50;

/** Puts typeset formulas in the place of their TeX; what is no formula stays as it was written. */
export function typeset(statement: HTMLElement): void {
  let left = MAX_CHARACTERS;
  for (const element of statement.querySelectorAll<HTMLElement>("span.math:not([data-typeset])")) {
    const tex = element.textContent ?? "";
    left -= tex.length;
    if (left < 0) return;
    element.dataset.typeset = "";
    try {
      // Made beside the page: whatever goes wrong leaves the TeX there.
      const made = document.createElement("span");
      katex.render(tex, made, {
        displayMode: element.classList.contains("display"),
        // No links, no pictures, no attributes of the author's.
        trust: false,
        strict: false,
        maxExpand: MAX_EXPANSIONS,
        maxSize: MAX_SIZE,
      });
      element.replaceChildren(...made.childNodes);
    } catch {
      element.dataset.typeset = "failed";
    }
  }
}
