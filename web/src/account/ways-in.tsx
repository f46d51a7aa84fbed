import { useQuery } from "@tanstack/react-query";
import { type Account, accountApi } from "../api/account";
import { queries, queryClient } from "../api/queries";
import { Field } from "../parts/field";
import { QuestionButton } from "../parts/question";
import { useProvider } from "./session";

/** Accounts at the OpenID provider that log in as this one. */
export function WaysIn({ account }: { account: Account }) {
  const provider = useProvider();
  const ways = useQuery(queries.waysIn());
  if (ways.data === undefined) return null;
  const { identities, hasPassword } = ways.data;
  if (provider === null && identities.length === 0) return null;
  const name = provider ?? "OpenID";
  return (
    <>
      <h2>Log in with {name}</h2>
      {identities.length === 0 && <p>You can log in with your account at {name} as well.</p>}
      <ul className="ways">
        {identities.map(({ id, issuer, subject }) => (
          <li key={id}>
            <span className="id">
              {subject} at {issuer}
            </span>{" "}
            <QuestionButton
              label="Unlink"
              className="plain"
              question={`End that this account at ${issuer} logs in as ${account.name}?`}
              action={async (values) => {
                await accountApi.unlinkIdentity(id, passwordOf(values));
                await queryClient.invalidateQueries(queries.waysIn());
              }}
            >
              {hasPassword && <ConfirmField />}
            </QuestionButton>
          </li>
        ))}
      </ul>
      {provider !== null && (
        <QuestionButton
          label={`Link an account at ${provider}`}
          question={`Log in at ${provider}, and let that account log in as ${account.name} from then on?`}
          action={async (values) => {
            const { url } = await accountApi.linkIdentity(passwordOf(values));
            location.assign(url);
          }}
        >
          {hasPassword && <ConfirmField />}
        </QuestionButton>
      )}
    </>
  );
}

/** Asks for the password once more, from those who have one. */
export function ConfirmField() {
  return (
    <Field label="Your password" name="password" type="password" autoComplete="current-password" required />
  );
}

/** Returns the password of a form, if it asks for one. */
export function passwordOf(values: FormData): string | undefined {
  const password = values.get("password");
  return password === null ? undefined : String(password);
}
