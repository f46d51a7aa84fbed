import { useEffect, useRef } from "react";
import { useStore } from "../store";
import { AccountForm } from "./account-form";
import { loginPrompt, session } from "./session";

/** The log-in dialog. It opens when something needs a log-in; the page behind it stays as it is. */
export function LoginDialog() {
  const current = useStore(session);
  const prompt = useStore(loginPrompt);
  if (current.mode !== "accounts" || prompt === undefined) return null;
  return <OpenDialog registration={current.registration} />;
}

function OpenDialog({ registration }: { registration: "open" | "invitation" | "closed" }) {
  const prompt = useStore(loginPrompt);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    element?.querySelector<HTMLInputElement>('[name="username"]')?.focus();
    // React removes the element without closing it, so the browser doesn't give the focus back.
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const view = prompt?.view ?? "login";
  return (
    <dialog
      ref={dialog}
      className="dialog account-dialog"
      aria-labelledby="login-title"
      onClose={() => loginPrompt.set(undefined)}
    >
      <h2 id="login-title">{view === "login" ? "Log in" : "Make an account"}</h2>
      {prompt?.reason && <p className="quiet">{prompt.reason}</p>}
      <AccountForm
        key={view}
        view={view}
        registration={registration}
        onView={(next) => loginPrompt.set({ ...prompt, view: next })}
        onDone={() => undefined}
      />
      <form method="dialog">
        <button type="submit">Cancel</button>
      </form>
    </dialog>
  );
}
