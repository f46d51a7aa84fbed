import { useInfiniteQuery } from "@tanstack/react-query";
import { useAccount } from "../account/session";
import type { Account } from "../api/account";
import { adminApi, ROLES, type Role } from "../api/admin";
import { type Column, HiddenName, PagedTable } from "../parts/data-table";
import { formatDateTime } from "../parts/format";
import { Link } from "../parts/link";
import { QuestionButton } from "../parts/question";
import { adminQueries, reloadAdmin } from "./admin-queries";
import { FlagButton } from "./flag-buttons";
import { Invitations } from "./invitations";

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
      <Invitations />
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
