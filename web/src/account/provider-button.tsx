import { useMutation } from "@tanstack/react-query";
import { accountApi } from "../api/account";
import { errorMessage } from "../api/client";

interface ProviderButtonProps {
  /** Name of the OpenID provider. */
  provider: string;
  /** Code of an invitation, for somebody who has no account yet. */
  invitation?: string;
}

/** Leads to the OpenID provider, and from there back to the page that is open. */
export function ProviderButton({ provider, invitation }: ProviderButtonProps) {
  const begin = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: () => accountApi.logInAtProvider({ next: nextPath(location), invitation }),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <div className="provider">
      {begin.error && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(begin.error)}
        </p>
      )}
      <button type="button" disabled={begin.isPending || begin.isSuccess} onClick={() => begin.mutate()}>
        Continue with {provider}
      </button>
    </div>
  );
}

/** Returns the page to show after a log-in: the one that is open, unless it is there to log in. */
export function nextPath({ pathname, search }: Pick<Location, "pathname" | "search">): string {
  return ["/login", "/register"].includes(pathname) ? "/" : pathname + search;
}

const FAILURES: Record<string, string> = {
  "not-invited":
    "Accounts here are by invitation. Open the link of your invitation, and continue to the provider from there.",
  "registration-closed": "Accounts are made by the people who run this service. Ask them for one.",
  "login-expired":
    "The log-in took too long, was begun in another browser, or was finished already. Begin again.",
  "provider-refused": "The provider did not log you in.",
  "provider-unavailable": "The provider does not answer. Try again later, or log in with a password.",
  "identity-taken": "This account at the provider logs in as another account here.",
  "credentials-required": "Your session has ended. Log in, and begin again.",
  "name-taken": "Somebody has the name that the invitation is for.",
};

/** Tells why a log-in at the provider has failed. `failure`: what the page's address says. */
export function ProviderFailure({ failure }: { failure: string | undefined }) {
  if (failure === undefined) return null;
  return (
    <p className="notice notice-bad" role="alert">
      {FAILURES[failure] ?? "The log-in failed. Begin again."}
    </p>
  );
}
