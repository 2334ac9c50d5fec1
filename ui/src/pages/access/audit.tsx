/** The record of who changed or ran what. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { usePages } from "../../live/pages";
import { Empty, Section, Show } from "../../components/layout";
import { More } from "../../components/more";
import { attempt } from "../../components/notices";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { Time } from "../../time/time";

type Entry = Shapes["AuditAnswer"]["entries"][number];
const LIMIT = 100;

export function Audit() {
  const [whole, setWhole] = useState<boolean | null>(null);
  const pages = usePages<Entry>(
    async (cursor, signal) => {
      const query = { limit: LIMIT, before: cursor ? Number(cursor) : undefined };
      const { entries } = await take(api.GET("/api/v1/audit", { params: { query }, signal }));
      return { items: entries, next_cursor: entries.length === LIMIT ? String(entries.at(-1)?.seq) : null };
    },
    () => false,
    [],
  );
  const verify = () =>
    attempt(async () => {
      const query = { limit: 1, verify: true };
      setWhole((await take(api.GET("/api/v1/audit", { params: { query } }))).whole);
    });
  const beside = (
    <span class="row">
      {whole !== null && <State state={whole ? "ok" : "problem"} />}
      <Press act={() => verify()}>Verify that no entry was changed</Press>
    </span>
  );
  return (
    <Section title="Audit log" beside={beside}>
      <Show loaded={pages}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty words="No entries yet." />
          ) : (
            <div class="scroll">
              <Table heads={["Time", "User", "Address", "Action", "Detail"]}>
                {rows.map((one) => (
                  <tr key={one.seq} data-row>
                    <td>
                      <Time at={one.at} seconds />
                    </td>
                    <td>{one.actor}</td>
                    <td class="faint">{one.address}</td>
                    <td class="mono">{one.action}</td>
                    <td class="reason">{one.detail}</td>
                  </tr>
                ))}
              </Table>
            </div>
          )
        }
      </Show>
      <More pages={pages} />
    </Section>
  );
}
