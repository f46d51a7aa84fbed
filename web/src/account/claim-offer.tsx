import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Account, accountApi } from "../api/account";
import { errorMessage } from "../api/client";
import { browserSecret } from "../api/user";
import { plural } from "../parts/format";
import { read, remove, write } from "../storage";
import { useAccount } from "./session";

/** Marks of before a log-in: there are some if this browser has submitted without an account. */
const ANONYMOUS_MARKS = "marks";
const askedKey = (account: Account) => `claim-asked:${account.id}`;

/** Offers an account the submissions that this browser made without one, once. */
export function ClaimOffer() {
  const account = useAccount();
  return account ? <Offer key={account.id} account={account} /> : null;
}

function Offer({ account }: { account: Account }) {
  const [isOffered, setOffered] = useState(
    () => (read(ANONYMOUS_MARKS) ?? "[]") !== "[]" && read(askedKey(account)) === undefined,
  );
  const claim = useMutation({
    networkMode: "always",
    mutationFn: () => accountApi.claim(browserSecret),
    onSuccess: () => remove(ANONYMOUS_MARKS),
  });
  if (!isOffered) return null;
  const close = () => {
    write(askedKey(account), "1");
    setOffered(false);
  };
  if (claim.data) {
    return (
      <div className="notice banner" role="status">
        <p>
          {claim.data.submissions === 0
            ? "There was nothing to take over."
            : `${plural(claim.data.submissions, "submission")} of this browser are yours now.`}
        </p>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    );
  }
  return (
    <section className="notice banner" aria-label="Submissions of this browser">
      <p>
        Programs were submitted in this browser before anybody logged in. Take them into your account, if they
        are yours?
      </p>
      <span className="buttons">
        <button type="button" className="primary" disabled={claim.isPending} onClick={() => claim.mutate()}>
          Take them
        </button>
        <button type="button" onClick={close}>
          They aren't mine
        </button>
      </span>
      {claim.error && <p role="alert">{errorMessage(claim.error)}</p>}
    </section>
  );
}
