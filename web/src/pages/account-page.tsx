import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef } from "react";
import { ApiKeys } from "../account/api-keys";
import { FlagNotice } from "../account/flag-notice";
import { RequireAccount } from "../account/require-account";
import { leave, logOut, session, useAccount } from "../account/session";
import { type Account, accountApi } from "../api/account";
import { errorMessage } from "../api/client";
import { queries } from "../api/queries";
import { Field } from "../parts/field";
import { formatDateTime } from "../parts/format";
import { Link } from "../parts/link";
import { QuestionButton } from "../parts/question";
import { navigate } from "../router";
import { removeWork } from "../storage";
import { useStore } from "../store";
import { onServerEvent } from "../stream/live";
import { NotFound } from "./not-found";

/** The settings of the user's own account. */
export default function AccountPage() {
  const { mode } = useStore(session);
  const account = useAccount();
  if (mode !== "accounts") return <NotFound />;
  return (
    <div className="page">
      <h1>Account</h1>
      <RequireAccount what="your account">{account && <Settings account={account} />}</RequireAccount>
    </div>
  );
}

function Settings({ account }: { account: Account }) {
  const flag = useQuery(queries.flag());
  const { refetch } = flag;
  useEffect(
    () =>
      onServerEvent({
        onRefetch: () => void refetch(),
        onMessage: (message) => {
          if (message.type === "flag_changed") void refetch();
        },
      }),
    [refetch],
  );
  return (
    <>
      <p className="quiet">
        <Link to={`/users/${encodeURIComponent(account.name)}`}>{account.name}</Link> · {account.role} · since{" "}
        {formatDateTime(account.createdAt)}
      </p>
      {flag.data?.flag && <FlagNotice flag={flag.data.flag} reaction={flag.data.reaction} />}
      <h2>Password</h2>
      <PasswordForm account={account} />
      <h2>Sessions</h2>
      <p>A session is a browser in which you are logged in. API keys are not ended by this.</p>
      <QuestionButton
        label="Log out everywhere"
        question="End all your sessions, in this browser and in all others?"
        action={async () => {
          await logOut(true);
          navigate("/");
        }}
      />
      <h2>API keys</h2>
      <ApiKeys account={account} />
      <h2>Delete the account</h2>
      <EraseButton account={account} />
    </>
  );
}

function PasswordForm({ account }: { account: Account }) {
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: accountApi.changePassword,
    onSuccess: () => form.current?.reset(),
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    change.mutate({ current: String(values.get("current")), password: String(values.get("password")) });
  };
  return (
    <form ref={form} className="account-form" onSubmit={onSubmit}>
      {/* For password managers: the account that the passwords are of. */}
      <input hidden readOnly name="username" autoComplete="username" value={account.name} />
      <Field
        label="Current password"
        name="current"
        type="password"
        autoComplete="current-password"
        required
      />
      <Field
        label="New password"
        hint="At least 8 characters. All your other sessions end."
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        required
      />
      {change.error && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(change.error)}
        </p>
      )}
      {change.isSuccess && <p role="status">The password is changed.</p>}
      <p>
        <button type="submit" disabled={change.isPending}>
          Change the password
        </button>
      </p>
    </form>
  );
}

function EraseButton({ account }: { account: Account }) {
  return (
    <>
      <p>
        Your submissions with their code and results, your runs, profile, sessions and API keys are deleted
        from the service, and your drafts from this browser. What others compared with your times stays as a
        number.
      </p>
      <QuestionButton
        label="Delete my account"
        question={`Delete the account ${account.name} with everything in it? It can't be undone.`}
        action={async (values) => {
          await accountApi.erase(String(values.get("password")));
          leave();
          removeWork(account.id);
          navigate("/");
        }}
      >
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
      </QuestionButton>
    </>
  );
}
