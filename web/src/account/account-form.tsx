import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type Account, accountApi } from "../api/account";
import { ApiError, errorMessage, type Schemas } from "../api/client";
import { Field } from "../parts/field";
import { ProviderButton } from "./provider-button";
import { logIn, useProvider } from "./session";

interface AccountFormProps {
  view: "login" | "register";
  registration: Schemas["RegistrationMode"];
  /** Code of the invitation that the page's address has. */
  invitation?: string;
  onView(view: "login" | "register"): void;
  onDone(account: Account): void;
}

/** Form to log in, or to make an account. Names and autocomplete are those that password managers know. */
export function AccountForm({ view, registration, invitation, onView, onDone }: AccountFormProps) {
  const [isPasswordShown, setPasswordShown] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const errorId = useId();
  const isNew = view === "register";
  const mutation = useMutation({
    networkMode: "always",
    // Passwords must not stay in memory.
    gcTime: 0,
    mutationFn: (values: Record<"username" | "password" | "invitation", string>) => {
      const credentials = { name: values.username, password: values.password };
      return isNew
        ? accountApi.register({ ...credentials, invitation: values.invitation.trim() || undefined })
        : accountApi.logIn(credentials);
    },
    onSuccess: (account) => {
      logIn(account);
      onDone(account);
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.details.field : undefined;
      const name = field === "name" ? "username" : (field ?? "password");
      form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
    },
  });
  const wait = useWait(mutation.error);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (name: string) => String(values.get(name) ?? "");
    mutation.mutate({
      username: text("username"),
      password: text("password"),
      invitation: text("invitation"),
    });
  };
  const describedBy = mutation.error ? errorId : undefined;
  const switchView = (next: "login" | "register") => {
    mutation.reset();
    onView(next);
  };
  const provider = useProvider();
  return (
    <form ref={form} className="account-form" onSubmit={onSubmit} method="post">
      <Field
        label="User name"
        hint={isNew ? "2 to 32 letters, digits, “.”, “_” or “-”. Others see it." : undefined}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
        aria-describedby={describedBy}
      />
      <Field
        label="Password"
        hint={isNew ? "At least 8 characters." : undefined}
        name="password"
        type={isPasswordShown ? "text" : "password"}
        autoComplete={isNew ? "new-password" : "current-password"}
        autoCapitalize="none"
        spellCheck={false}
        minLength={isNew ? 8 : undefined}
        required
        aria-describedby={describedBy}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={isPasswordShown}
          onChange={(event) => setPasswordShown(event.target.checked)}
        />{" "}
        Show the password
      </label>
      {isNew && (registration === "invitation" || invitation) && (
        <Field
          label="Invitation code"
          name="invitation"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={128}
          required={registration === "invitation"}
          defaultValue={invitation}
          aria-describedby={describedBy}
        />
      )}
      {mutation.error && (
        <p id={errorId} className="notice notice-bad" role="alert">
          {errorMessage(mutation.error)}
        </p>
      )}
      <p className="buttons">
        <button type="submit" className="primary" disabled={mutation.isPending || wait > 0}>
          {isNew ? "Make the account" : "Log in"}
          {wait > 0 && ` (in ${wait} s)`}
        </button>
        {isNew ? (
          <button type="button" className="plain" onClick={() => switchView("login")}>
            I have an account
          </button>
        ) : (
          registration !== "closed" && (
            <button type="button" className="plain" onClick={() => switchView("register")}>
              {registration === "invitation" ? "I have an invitation" : "Make an account"}
            </button>
          )
        )}
      </p>
      {provider !== null && <ProviderButton provider={provider} invitation={invitation} />}
      {!isNew && registration === "closed" && (
        <p className="quiet">Accounts are made by the people who run this service.</p>
      )}
    </form>
  );
}

/** Returns the seconds that are left of the wait that an error asks for. */
function useWait(error: unknown): number {
  const seconds = error instanceof ApiError && error.status === 429 ? (error.details.retryAfter ?? 0) : 0;
  const [left, setLeft] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each error begins a wait, also one of the same length
  useEffect(() => {
    setLeft(seconds);
    if (seconds === 0) return;
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [error, seconds]);
  return left;
}
