import { useEffect, useRef, useState } from "react";
import type { Account } from "../api/account";
import { errorMessage } from "../api/client";
import { Link } from "../parts/link";
import { navigate } from "../router";
import { useStore } from "../store";
import { loginPrompt, logOut, session } from "./session";

/** The end of the header: a button to log in, or the user's name with a menu. */
export function AccountMenu() {
  const current = useStore(session);
  if (current.mode !== "accounts") return null;
  if (current.account) return <Menu account={current.account} />;
  return (
    <button type="button" onClick={() => loginPrompt.set({ view: "login" })}>
      Log in
    </button>
  );
}

function Menu({ account }: { account: Account }) {
  const [isOpen, setOpen] = useState(false);
  const [error, setError] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onPointerDown = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    addEventListener("pointerdown", onPointerDown);
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("pointerdown", onPointerDown);
      removeEventListener("keydown", onKeyDown);
    };
  }, [isOpen]);
  const leave = async () => {
    setError(undefined);
    try {
      await logOut();
      navigate("/");
    } catch (reason) {
      setError(errorMessage(reason));
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that a link in it was followed
    // biome-ignore lint/a11y/useKeyWithClickEvents: the links themselves react to keys
    <div
      className="account-menu"
      ref={box}
      onClick={(event) => {
        if (event.target instanceof HTMLAnchorElement) setOpen(false);
      }}
    >
      <button
        type="button"
        ref={button}
        aria-expanded={isOpen}
        aria-controls="account-links"
        onClick={() => setOpen(!isOpen)}
      >
        <span className="account-name">{account.name}</span> <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <nav id="account-links" aria-label="Account" className="account-links">
          <Link to={`/users/${encodeURIComponent(account.name)}`}>Profile</Link>
          <Link to="/account">Account</Link>
          {account.role === "admin" && <Link to="/admin">Admin</Link>}
          <button type="button" onClick={leave}>
            Log out
          </button>
          {error && (
            <p role="alert" className="notice notice-bad">
              {error}
            </p>
          )}
        </nav>
      )}
    </div>
  );
}
