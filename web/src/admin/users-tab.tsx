import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAccount } from "../account/session";
import type { Account } from "../api/account";
import { adminApi, type Role } from "../api/admin";
import { errorMessage } from "../api/client";
import { CopyButton } from "../parts/copy-button";
import { type Column, HiddenName, PagedTable } from "../parts/data-table";
import { formatDateTime } from "../parts/format";
import { Link } from "../parts/link";
import { QuestionButton } from "../parts/question";
import { adminQueries, reloadAdmin } from "./admin-queries";
import { FlagButton } from "./flag-buttons";

const ROLES: Role[] = ["user", "setter", "admin"];

const COLUMNS: Column<Account>[] = [
  {
    name: "Name",
    cell: ({ name }) => <Link to={`/users/${encodeURIComponent(name)}`}>{name}</Link>,
  },
  { name: "Role", cell: ({ role }) => role },
  { name: "Since", cell: ({ createdAt }) => formatDateTime(createdAt), className: "figures" },
  { name: "Id", cell: ({ id }) => <span className="id">{id}</span> },
  {
    name: <HiddenName>Actions</HiddenName>,
    cell: (account) => (
      <span className="buttons">
        <RoleButton account={account} />
        <FlagButton user={account.id} shownName={account.name} />
      </span>
    ),
  },
];

export function UsersTab() {
  const users = useInfiniteQuery(adminQueries.users());
  return (
    <>
      <PagedTable
        label="Users"
        query={users}
        rowsOf={(page) => page.users}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        empty="There are no accounts."
      />
      <InvitationForm />
    </>
  );
}

function RoleButton({ account }: { account: Account }) {
  const isSelf = useAccount()?.id === account.id;
  return (
    <QuestionButton
      label="Change role"
      className="plain"
      question={`Change the role of ${account.name}? It holds from their next request on.${isSelf ? " This is your own account." : ""}`}
      action={async (values) => {
        await adminApi.changeRole(account.id, String(values.get("role")) as Role);
        await reloadAdmin();
      }}
    >
      <label>
        Role
        <select name="role" defaultValue={account.role}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
      </label>
    </QuestionButton>
  );
}

function InvitationForm() {
  const [role, setRole] = useState<Role>("user");
  const invite = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: () => adminApi.invite({ role }),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  const address = invite.data && new URL(invite.data.path, location.href).href;
  return (
    <form className="account-form" onSubmit={onSubmit}>
      <h2>Invite somebody</h2>
      <label>
        Role of the new account
        <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {ROLES.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      </label>
      {address && (
        <div className="notice" role="status">
          <p>
            For one registration, within a week. The link is not shown again.
            <code className="secret">{address}</code>
          </p>
          <CopyButton name="the link" text={address} />
        </div>
      )}
      {invite.error && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(invite.error)}
        </p>
      )}
      <p>
        <button type="submit" disabled={invite.isPending}>
          Make an invitation
        </button>
      </p>
    </form>
  );
}
