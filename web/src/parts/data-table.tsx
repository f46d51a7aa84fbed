import type { ReactNode } from "react";
import { errorMessage } from "../api/client";

export interface Column<T> {
  name: ReactNode;
  cell(row: T): ReactNode;
  className?: string;
}

interface DataTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  keyOf(row: T): string | number;
}

/** A table that scrolls sideways where it is too wide. */
export function DataTable<T>({ label, columns, rows, keyOf }: DataTableProps<T>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable table must be reachable by keyboard
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <th key={index} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                <td key={index} className={column.className}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PagedQuery<P> {
  data: { pages: P[] } | undefined;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
}

interface PagedTableProps<T, P> extends Omit<DataTableProps<T>, "rows"> {
  query: PagedQuery<P>;
  rowsOf(page: P): T[];
  empty: string;
}

/** A table that is loaded page by page. */
export function PagedTable<T, P>({ query, rowsOf, empty, ...table }: PagedTableProps<T, P>) {
  const rows = query.data?.pages.flatMap(rowsOf);
  return (
    <>
      {query.error !== null && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(query.error)}
        </p>
      )}
      {rows === undefined && query.error === null && <p className="quiet">Loading…</p>}
      {rows?.length === 0 && <p className="notice">{empty}</p>}
      {rows && rows.length > 0 && <DataTable {...table} rows={rows} />}
      {query.hasNextPage && (
        <p>
          <button type="button" disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            More
          </button>
        </p>
      )}
    </>
  );
}

/** Name of a column whose cells speak for themselves. */
export function HiddenName({ children }: { children: ReactNode }) {
  return <span className="hidden">{children}</span>;
}
