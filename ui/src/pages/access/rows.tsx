/** A short table of things that can be changed and deleted. */

import type { ComponentChildren } from "preact";

import type { Loaded } from "../../live/live";
import { confirm } from "../../components/dialog";
import { Icon } from "../../components/icons";
import { Empty, Show } from "../../components/layout";
import { attempt } from "../../components/notices";
import { Press } from "../../components/press";
import { Table } from "../../components/table";

interface RowsProps<T> {
  loaded: Loaded<T[]>;
  empty: string;
  heads: string[];
  cells: (row: T) => ComponentChildren[];
  name: (row: T) => string;
  onEdit?: (row: T) => void;
  onDelete: (row: T) => Promise<unknown>;
  /** Whether it can be edited and deleted here; all of them, if left out. */
  changeable?: (row: T) => boolean;
  consequence: string;
}

export function Rows<T>({ loaded, empty, heads, cells, name, onEdit, onDelete, changeable = () => true, consequence }: RowsProps<T>) {
  async function remove(row: T): Promise<void> {
    if (!(await confirm(`Delete ${name(row)}?`, consequence, "Delete"))) return;
    await attempt(() => onDelete(row), `Deleted ${name(row)}.`);
    // If it was refused, what is shown may be old.
    loaded.again();
  }
  return (
    <Show loaded={loaded}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty words={empty} />
        ) : (
          <div class="scroll">
            <Table heads={heads} actions>
              {rows.map((row) => (
                <tr key={name(row)} data-row>
                  {cells(row).map((cell, at) => (
                    <td key={at}>{cell}</td>
                  ))}
                  <td class="end">
                    {onEdit && changeable(row) && (
                      <button class="plain" aria-label={`Edit ${name(row)}`} onClick={() => onEdit(row)}>
                        <Icon name="edit" />
                      </button>
                    )}
                    {changeable(row) && (
                      <Press class="plain" aria-label={`Delete ${name(row)}`} act={() => remove(row)}>
                        <Icon name="bin" />
                      </Press>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          </div>
        )
      }
    </Show>
  );
}
