import { useQuery } from "@tanstack/react-query";
import type { AccountFlag } from "../api/admin";
import { type Column, DataTable, HiddenName } from "../parts/data-table";
import { formatDateTime } from "../parts/format";
import { QueryView } from "../parts/query-view";
import { adminQueries } from "./admin-queries";
import { UnflagButton } from "./flag-buttons";

const COLUMNS: Column<AccountFlag>[] = [
  { name: "Whose", cell: ({ subject }) => `${subject.kind} ${subject.name}`, className: "id" },
  { name: "Reason", cell: ({ reason }) => reason },
  { name: "By", cell: ({ actor }) => actor },
  { name: "Since", cell: ({ since }) => formatDateTime(since), className: "figures" },
  { name: "Until", cell: ({ until }) => formatDateTime(until), className: "figures" },
  { name: <HiddenName>Lift</HiddenName>, cell: ({ subject }) => <UnflagButton subject={subject} /> },
];

/** Flags that have not ended. */
export function FlagsTab() {
  const flags = useQuery(adminQueries.flags());
  return (
    <QueryView query={flags}>
      {(all) =>
        all.length === 0 ? (
          <p className="notice">Nobody is flagged.</p>
        ) : (
          <DataTable
            label="Flags"
            columns={COLUMNS}
            rows={all}
            keyOf={({ subject }) => `${subject.kind} ${subject.name}`}
          />
        )
      }
    </QueryView>
  );
}
