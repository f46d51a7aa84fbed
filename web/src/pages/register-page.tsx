import { useEffect, useState } from "react";
import { AccountForm } from "../account/account-form";
import { ProviderFailure } from "../account/provider-button";
import { session } from "../account/session";
import { Link } from "../parts/link";
import { navigate } from "../router";
import { useStore } from "../store";
import { NotFound } from "./not-found";

/** Makes an account, with the invitation that the address has, or logs in. */
export default function RegisterPage({ view: firstView }: { view: "login" | "register" }) {
  const current = useStore(session);
  const [invitation] = useState(() => new URLSearchParams(location.search).get("invitation") ?? undefined);
  const [failure] = useState(() => new URLSearchParams(location.search).get("failed") ?? undefined);
  const [view, setView] = useState(firstView);
  // The code is a secret: it must not stay in the address or the history.
  useEffect(() => history.replaceState(null, "", location.pathname), []);
  if (current.mode !== "accounts") return <NotFound />;
  if (current.account) {
    return (
      <div className="page">
        <h1>Make an account</h1>
        <p>
          You are logged in as {current.account.name}. <Link to="/">All problems</Link>
        </p>
      </div>
    );
  }
  const isClosed = current.registration === "closed" && !invitation;
  return (
    <div className="page">
      <h1>{view === "login" || isClosed ? "Log in" : "Make an account"}</h1>
      <ProviderFailure failure={failure} />
      <AccountForm
        key={view}
        view={isClosed ? "login" : view}
        registration={current.registration}
        invitation={invitation}
        onView={setView}
        onDone={() => navigate("/")}
      />
    </div>
  );
}
