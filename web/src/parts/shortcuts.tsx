import type { Ref } from "react";

const SHORTCUTS: [string, string][] = [
  ["Ctrl + Enter", "Run the samples, or your custom tests if they are shown"],
  ["Ctrl + Shift + Enter", "Submit"],
  ["Ctrl + S", "Save the draft now (it is also saved automatically)"],
  ["Escape, then Tab", "Leave the editor"],
  ["Ctrl + Space", "Show completions"],
  ["F1", "Show all commands of the editor"],
  ["Arrow keys on a border", "Resize the panes"],
  ["Enter on a border", "Hide or show the pane before it"],
];

export function Shortcuts({ ref }: { ref: Ref<HTMLDialogElement> }) {
  return (
    <dialog ref={ref} className="dialog" aria-labelledby="shortcuts">
      <h2 id="shortcuts">Keyboard shortcuts</h2>
      <dl>
        {SHORTCUTS.map(([keys, description]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
