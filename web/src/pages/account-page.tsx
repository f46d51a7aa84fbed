import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiKeys } from "../account/api-keys";
import { FlagNotice } from "../account/flag-notice";
import { ProviderFailure } from "../account/provider-button";
import { RequireAccount } from "../account/require-account";
import { leave, logOut, session, useAccount } from "../account/session";
import { ConfirmField, passwordOf, WaysIn } from "../account/ways-in";
import { type Account, accountApi } from "../api/account";
import { errorMessage } from "../api/client";
import { queries, queryClient } from "../api/queries";
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
  const [failure] = useState(() => new URLSearchParams(location.search).get("failed") ?? undefined);
  const { mode } = useStore(session);
  const account = useAccount();
  if (mode !== "accounts") return <NotFound />;
  return (
    <div className="page">
      <h1>Account</h1>
      <ProviderFailure failure={failure} />
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
  const ways = useQuery(queries.waysIn());
  const hasPassword = ways.data?.hasPassword ?? true;
  return (
    <>
      <p className="quiet">
        <Link to={`/users/${encodeURIComponent(account.name)}`}>{account.name}</Link> · {account.role} · since{" "}
        {formatDateTime(account.createdAt)}
      </p>
      {flag.data?.flag && <FlagNotice flag={flag.data.flag} reaction={flag.data.reaction} />}
      <h2>Password</h2>
      <PasswordForm account={account} hasPassword={hasPassword} />
      <WaysIn account={account} />
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
      <EraseButton account={account} hasPassword={hasPassword} />
    </>
  );
}

interface AccountPartProps {
  account: Account;
  hasPassword: boolean;
}

function PasswordForm({ account, hasPassword }: AccountPartProps) {
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: accountApi.changePassword,
    onSuccess: () => {
      form.current?.reset();
      void queryClient.invalidateQueries(queries.waysIn());
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const current = hasPassword ? String(values.get("current")) : undefined;
    change.mutate({ current, password: String(values.get("password")) });
  };
  return (
    <form ref={form} className="account-form" onSubmit={onSubmit}>
      {/* For password managers: the account that the passwords are of. */}
      <input hidden readOnly name="username" autoComplete="username" value={account.name} />
      {hasPassword && (
        <Field
          label="Current password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
      )}
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
          {hasPassword ? "Change the password" : "Choose a password"}
        </button>
      </p>
    </form>
  );
}

function EraseButton({ account, hasPassword }: AccountPartProps) {
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
          await accountApi.erase(passwordOf(values));
          leave();
          removeWork(account.id);
          navigate("/");
        }}
      >
        {hasPassword && <ConfirmField />}
      </QuestionButton>
    </>
  );
}
