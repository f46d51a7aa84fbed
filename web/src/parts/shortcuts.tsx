import type { Ref } from "react";

const SHORTCUTS: [string, string][] = [
  ["Ctrl + Enter", "Run the samples, or your own input if that is shown"],
  ["Ctrl + Shift + Enter", "Submit"],
  ["Ctrl + S", "Keep the draft now (it is kept by itself, too)"],
  ["Escape, then Tab", "Leave the editor"],
  ["Ctrl + Space", "Complete"],
  ["F1", "All commands of the editor"],
  ["Arrow keys on a border", "Resize the panes"],
  ["Enter on a border", "Hide the pane before it, and show it again"],
];

export function Shortcuts({ ref }: { ref: Ref<HTMLDialogElement> }) {
  return (
    <dialog ref={ref} className="dialog" aria-labelledby="shortcuts">
      <h2 id="shortcuts">Keyboard shortcuts</h2>
      <dl>
        {SHORTCUTS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
