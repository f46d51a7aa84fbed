import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { AuditFilter } from "../api/admin";
import type { Schemas } from "../api/client";
import { type Column, PagedTable } from "../parts/data-table";
import { Field } from "../parts/field";
import { formatDateTime } from "../parts/format";
import { adminQueries } from "./admin-queries";

/** All of them, so that a new one is not forgotten: the compiler compares. */
const ACTIONS: Record<Schemas["AuditAction"], string> = {
  violation: "Violation",
  "log-in": "Log-in",
  "failed-log-in": "Failed log-in",
  "log-out-everywhere": "Log-out everywhere",
  "password-change": "Password changed",
  "key-added": "Key added",
  "key-revoked": "Key revoked",
  "role-change": "Role changed",
  "invitation-added": "Invitation made",
  "invitation-revoked": "Invitation revoked",
  "identity-linked": "Provider's account linked",
  "identity-unlinked": "Provider's account unlinked",
  "account-created": "Account made",
  "account-deleted": "Account deleted",
  "problem-added": "Problem added",
  "problem-replaced": "Problem replaced",
  "problem-removed": "Problem removed",
  rejudge: "Rejudge",
  cancel: "Cancelled",
  flag: "Flagged",
  unflag: "Flag lifted",
};

type Entry = Schemas["AuditEntry"];

const COLUMNS: Column<Entry>[] = [
  { name: "Time", cell: ({ time }) => formatDateTime(time), className: "figures" },
  { name: "Action", cell: ({ action }) => ACTIONS[action] ?? action },
  { name: "By", cell: ({ actor }) => actor, className: "id" },
  { name: "From", cell: ({ address }) => address ?? "", className: "id" },
  { name: "On", cell: ({ subject }) => subject ?? "", className: "id" },
  {
    name: "Details",
    cell: ({ details }) =>
      Object.entries(details ?? {})
        .map(([name, value]) => `${name}: ${value}`)
        .join(", "),
  },
];

/** Who did what. */
export function AuditTab() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const events = useInfiniteQuery(adminQueries.audit(filter));
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setFilter({
      user: String(values.get("user")).trim() || undefined,
      action: String(values.get("action")) || undefined,
    });
  };
  return (
    <>
      <form className="filters" onSubmit={onSubmit}>
        <Field label="By or on" name="user" autoComplete="off" />
        <label className="field">
          Action
          <select name="action">
            <option value="">All</option>
            {Object.entries(ACTIONS).map(([action, name]) => (
              <option key={action} value={action}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Filter</button>
      </form>
      <PagedTable
        label="Audit log"
        query={events}
        rowsOf={(page) => page.events}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        empty="Nothing was recorded."
      />
    </>
  );
}
