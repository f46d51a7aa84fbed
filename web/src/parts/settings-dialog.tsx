import type { Ref } from "react";
import { changeSettings, FONT_SIZES, KEY_BINDINGS, settings } from "../settings";
import { useStore } from "../store";

export function SettingsDialog({ ref }: { ref: Ref<HTMLDialogElement> }) {
  const { fontSize, wrap, compileAhead, keys } = useStore(settings);
  return (
    <dialog ref={ref} className="dialog" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <p>
        <label>
          Font size of the code{" "}
          <select
            value={fontSize}
            onChange={(event) => changeSettings({ fontSize: Number(event.target.value) })}
          >
            {FONT_SIZES.map((size) => (
              <option key={size} value={size}>
                {size} px
              </option>
            ))}
          </select>
        </label>
      </p>
      <p>
        <label>
          Key bindings{" "}
          <select
            value={keys}
            onChange={(event) =>
              changeSettings({ keys: KEY_BINDINGS.find((option) => option === event.target.value) })
            }
          >
            {KEY_BINDINGS.map((option) => (
              <option key={option} value={option}>
                {option === "vim" ? "Vim" : "Standard"}
              </option>
            ))}
          </select>
        </label>
      </p>
      <p>
        <label>
          <input
            type="checkbox"
            checked={wrap}
            onChange={(event) => changeSettings({ wrap: event.target.checked })}
          />{" "}
          Wrap long lines
        </label>
      </p>
      <p>
        <label>
          <input
            type="checkbox"
            checked={compileAhead}
            onChange={(event) => changeSettings({ compileAhead: event.target.checked })}
          />{" "}
          Compile programs while I write
        </label>
        <br />
        <small className="quiet">
          When you pause, your draft is sent to the server, which compiles it and stores only the result.
        </small>
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
