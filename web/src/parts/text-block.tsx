import { useState } from "react";

/** More is not put on the screen; copying gives all of it. */
const MAX_SHOWN = 50_000;

interface TextBlockProps {
  name: string;
  text: string;
  tone?: "bad";
  empty?: string;
}

/** Text of a program, to look at and to copy. */
export function TextBlock({ name, text, tone, empty = "(nothing)" }: TextBlockProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(setCopied, 1500, false);
    } catch {
      // The browser refused; the text can be marked and copied by hand.
    }
  };
  const shown =
    text.length > MAX_SHOWN
      ? `${text.slice(0, MAX_SHOWN)}\n… ${text.length - MAX_SHOWN} more characters`
      : text;
  return (
    <div className={tone === "bad" ? "text-block text-block-bad" : "text-block"}>
      <div className="text-block-head">
        <span>{name}</span>
        {text !== "" && (
          <button type="button" className="plain" onClick={copy} aria-label={`Copy ${name.toLowerCase()}`}>
            {copied ? "Copied" : "Copy"}
          </button>
        )}
      </div>
      {text === "" ? (
        <p className="quiet">{empty}</p>
      ) : (
        /* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */
        <pre tabIndex={0}>{shown}</pre>
      )}
    </div>
  );
}
