import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { adminApi, type Invitation, ROLES, type Role } from "../api/admin";
import { errorMessage } from "../api/client";
import { CopyButton } from "../parts/copy-button";
import { type Column, DataTable, HiddenName } from "../parts/data-table";
import { formatDateTime } from "../parts/format";
import { QueryView } from "../parts/query-view";
import { QuestionButton } from "../parts/question";
import { adminQueries, reloadAdmin } from "./admin-queries";

const COLUMNS: Column<Invitation>[] = [
  { name: "For", cell: ({ name }) => name ?? "anybody" },
  { name: "Role", cell: ({ role }) => role },
  { name: "By", cell: ({ createdBy }) => createdBy },
  { name: "Ends", cell: ({ expiresAt }) => formatDateTime(expiresAt), className: "figures" },
  {
    name: <HiddenName>Actions</HiddenName>,
    cell: ({ id }) => (
      <QuestionButton
        label="Revoke"
        className="plain"
        question="Revoke this invitation? Its link is worth nothing any more."
        action={async () => {
          await adminApi.revokeInvitation(id);
          await reloadAdmin();
        }}
      />
    ),
  },
];

/** Invitations that nobody has used, and a form for another one. */
export function Invitations() {
  const invitations = useQuery(adminQueries.invitations());
  return (
    <>
      <h2>Invitations</h2>
      <QueryView query={invitations}>
        {(open) =>
          open.length === 0 ? (
            <p className="quiet">No invitation is open.</p>
          ) : (
            <DataTable label="Invitations" rows={open} columns={COLUMNS} keyOf={({ id }) => id} />
          )
        }
      </QueryView>
      <InvitationForm />
    </>
  );
}

function InvitationForm() {
  const [role, setRole] = useState<Role>("user");
  const invite = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: () => adminApi.invite({ role }),
    onSuccess: () => reloadAdmin(),
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
