/** A table with its heads. Where there is little room its rows are cards, and each value says its head. */

import type { ComponentChildren } from "preact";

import "./table.css";

interface TableProps {
  /** What stands over each column; with a class where the column has one. */
  heads: (string | [words: string, kind: string])[];
  /** Whether the last column has the buttons: its head is for those who do not see it. */
  actions?: boolean;
  class?: string;
  children: ComponentChildren;
}

export function Table({ heads, actions, class: name, children }: TableProps) {
  const titles = heads.map((head, at) => `--head-${at + 1}: ${JSON.stringify(typeof head === "string" ? head : head[0])}`);
  return (
    <div class="table" style={titles.join("; ")}>
      <table class={name}>
        <thead>
          <tr>
            {heads.map((head) => {
              const [words, kind] = typeof head === "string" ? [head] : head;
              return <th key={words} class={kind}>{words}</th>;
            })}
            {actions && <th><span class="unseen">Actions</span></th>}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
