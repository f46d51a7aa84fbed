import { useState } from "react";

/** Longer text is cut on screen; the copy button copies all of it. */
const MAX_SHOWN_CHARACTERS = 50_000;

interface TextBlockProps {
  name: string;
  text: string;
  tone?: "bad";
  empty?: string;
}

/** Text that a program reads or writes, with a copy button. */
export function TextBlock({ name, text, tone, empty = "(empty)" }: TextBlockProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(setCopied, 1500, false);
    } catch {
      // The browser refused; the text can still be selected and copied by hand.
    }
  };
  const shown =
    text.length > MAX_SHOWN_CHARACTERS
      ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}\n… ${text.length - MAX_SHOWN_CHARACTERS} more characters`
      : text;
  return (
    <div className={tone === "bad" ? "text-block text-block-bad" : "text-block"}>
      <div className="text-block-head">
        <span>{name}</span>
        {text !== "" && (
          <button type="button" className="plain" onClick={copy} aria-label={`Copy ${name.toLowerCase()}`}>
            {isCopied ? "Copied" : "Copy"}
          </button>
        )}
      </div>
      {text === "" ? (
        <p className="quiet">{empty}</p>
      ) : (
        /* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable text must be reachable by keyboard */
        <pre tabIndex={0}>{shown}</pre>
      )}
    </div>
  );
}
