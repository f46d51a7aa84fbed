import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef } from "react";
import { type Account, type ApiKey, accountApi } from "../api/account";
import { errorMessage, type Schemas } from "../api/client";
import { queries, queryClient } from "../api/queries";
import { CopyButton } from "../parts/copy-button";
import { Field } from "../parts/field";
import { formatDateTime } from "../parts/format";
import { QueryView } from "../parts/query-view";
import { QuestionButton } from "../parts/question";

const SCOPES: { id: Schemas["KeyScope"]; name: string; role: Schemas["Role"] }[] = [
  { id: "run", name: "Run programs", role: "user" },
  { id: "submit", name: "Submit", role: "user" },
  { id: "read", name: "Read submissions", role: "user" },
  { id: "setter", name: "Manage problems", role: "setter" },
  { id: "admin", name: "Administer", role: "admin" },
];

const RANK: Record<Schemas["Role"], number> = { user: 0, setter: 1, admin: 2 };

const reloadKeys = () => queryClient.invalidateQueries(queries.keys());

/** The account's API keys: made, listed and revoked. */
export function ApiKeys({ account }: { account: Account }) {
  const keys = useQuery(queries.keys());
  return (
    <>
      <p>Programs use a key to act as you. Each can do only what it is made for.</p>
      <QueryView query={keys}>
        {(all) =>
          all.length === 0 ? (
            <p className="quiet">No keys yet.</p>
          ) : (
            <KeyTable
              keys={all}
              onRevoke={(key) => accountApi.revokeKey(key.id).then(reloadKeys)}
              label="Your API keys"
            />
          )
        }
      </QueryView>
      <NewKeyForm account={account} />
    </>
  );
}

interface KeyTableProps {
  keys: ApiKey[];
  label: string;
  /** Returns the name of an account; the column is missing without it. */
  ownerOf?(key: ApiKey): string;
  onRevoke(key: ApiKey): Promise<unknown>;
}

/** A table of API keys; none of their secrets. */
export function KeyTable({ keys, label, ownerOf, onRevoke }: KeyTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable table must be reachable by keyboard
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {ownerOf && <th scope="col">Acts as</th>}
            <th scope="col">Scopes</th>
            <th scope="col">Quota</th>
            <th scope="col">Made</th>
            <th scope="col">Ends</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className="hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>{key.name}</td>
              {ownerOf && <td>{ownerOf(key)}</td>}
              <td>{key.scopes.join(", ")}</td>
              <td>{key.quota ?? ""}</td>
              <td className="figures">{formatDateTime(key.createdAt)}</td>
              <td className="figures">{key.expiresAt === null ? "never" : formatDateTime(key.expiresAt)}</td>
              <td className="figures">
                {key.lastUsedAt === null ? "never" : formatDateTime(key.lastUsedAt)}
              </td>
              <td>
                {key.revokedAt === null ? (
                  <QuestionButton
                    label="Revoke"
                    className="plain"
                    question={`Revoke the key “${key.name}”? Programs that use it are refused at once.`}
                    action={() => onRevoke(key)}
                  />
                ) : (
                  <span className="quiet">revoked</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function NewKeyForm({ account }: { account: Account }) {
  const form = useRef<HTMLFormElement>(null);
  const add = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: accountApi.addKey,
    onSuccess: () => {
      form.current?.reset();
      void reloadKeys();
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const days = Number(values.get("days"));
    add.mutate({
      name: String(values.get("name")),
      scopes: values.getAll("scope").map(String) as Schemas["KeyScope"][],
      expiresInDays: days > 0 ? days : undefined,
    });
  };
  return (
    <>
      {add.data && (
        <div className="notice" role="status">
          <p>
            The key “{add.data.key.name}” is made. Copy it now: it is not shown again.
            <code className="secret">{add.data.secret}</code>
          </p>
          <span className="buttons">
            <CopyButton name="the key" text={add.data.secret} />
            <button type="button" onClick={() => add.reset()}>
              Done
            </button>
          </span>
        </div>
      )}
      <form ref={form} className="account-form" onSubmit={onSubmit}>
        <h3>A new key</h3>
        <Field label="Name" name="name" maxLength={64} autoComplete="off" placeholder="laptop" required />
        <fieldset className="scopes">
          <legend>It may</legend>
          {SCOPES.filter(({ role }) => RANK[account.role] >= RANK[role]).map(({ id, name, role }) => (
            <label key={id}>
              <input type="checkbox" name="scope" value={id} defaultChecked={role === "user"} />
              {name}
            </label>
          ))}
        </fieldset>
        <label>
          It ends after
          <select name="days" defaultValue="90">
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="366">a year</option>
            <option value="">never</option>
          </select>
        </label>
        {add.error && (
          <p className="notice notice-bad" role="alert">
            {errorMessage(add.error)}
          </p>
        )}
        <p>
          <button type="submit" disabled={add.isPending}>
            Make the key
          </button>
        </p>
      </form>
    </>
  );
}
