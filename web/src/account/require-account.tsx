import type { ReactNode } from "react";
import { useStore } from "../store";
import { loginPrompt, mayWork, session } from "./session";

/** Shows its children to users; others are told what is missing. */
export function RequireAccount({ what, children }: { what: string; children: ReactNode }) {
  const current = useStore(session);
  if (mayWork(current)) return children;
  if (current.mode !== "accounts")
    return <p className="notice">This service is for programs with API keys.</p>;
  return (
    <div className="notice">
      <p>Log in to see {what}.</p>
      <button type="button" onClick={() => loginPrompt.set({ view: "login" })}>
        Log in
      </button>
    </div>
  );
}
