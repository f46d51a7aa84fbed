import type { MouseEvent, ReactNode } from "react";
import { go } from "../router";

interface LinkProps {
  to: string;
  className?: string;
  current?: boolean;
  children: ReactNode;
}

/** Goes to another part of the page without loading it anew; still a link to whoever wants a new tab. */
export function Link({ to, className, current, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} className={className} aria-current={current ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
