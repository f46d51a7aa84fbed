import { useQuery } from "@tanstack/react-query";
import { KeyTable } from "../account/api-keys";
import { adminApi } from "../api/admin";
import { QueryView } from "../parts/query-view";
import { adminQueries, reloadAdmin } from "./admin-queries";

/** All API keys: those of accounts, and those that vouch for users. */
export function KeysTab() {
  const keys = useQuery(adminQueries.keys());
  return (
    <>
      <p className="quiet">
        Keys that vouch for their users are made on the command line: <code>letscode key add</code>.
      </p>
      <QueryView query={keys}>
        {(all) =>
          all.length === 0 ? (
            <p className="notice">There are no keys.</p>
          ) : (
            <KeyTable
              keys={all}
              label="API keys"
              ownerOf={({ account, namespace }) => account ?? `users of ${namespace}`}
              onRevoke={async ({ id }) => {
                await adminApi.revokeKey(String(id));
                await reloadAdmin();
              }}
            />
          )
        }
      </QueryView>
    </>
  );
}
