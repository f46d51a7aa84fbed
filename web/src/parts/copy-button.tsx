import { useState } from "react";

/** Copies a text. `name`: what it is, for screen readers. */
export function CopyButton({ name, text }: { name: string; text: string }) {
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
  return (
    <button type="button" className="plain" onClick={copy} aria-label={`Copy ${name}`}>
      {isCopied ? "Copied" : "Copy"}
    </button>
  );
}
