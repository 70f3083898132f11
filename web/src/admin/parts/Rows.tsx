import type { ReactNode } from "react";

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly right?: boolean;
  readonly muted?: boolean;
  /** What stays out on a narrow screen. */
  readonly spare?: boolean;
}

/** A table that says so when it is empty. */
export function Rows<T>({ rows, columns, by, label, empty, foot }: {
  rows: readonly T[];
  columns: readonly Column<T>[];
  by: (row: T) => string | number;
  label: string;
  empty: string;
  foot?: ReactNode;
}) {
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  const named = (column: Column<T>) =>
    [column.right && "right", column.muted && "muted", column.spare && "spare"].filter(Boolean)
      .join(" ") || undefined;
  return (
    <div className="rows" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col" className={named(column)}>
                {column.head || <span className="hidden">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={by(row)} data-row={by(row)}>
              {columns.map((column, at) => (
                <td key={at} className={named(column)}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {foot}
    </div>
  );
}
