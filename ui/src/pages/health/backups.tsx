/** The backups in the home: made now, and downloaded. */

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Icon } from "../../components/icons";
import { Empty, Section, Show } from "../../components/layout";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { Table } from "../../components/table";
import { Time } from "../../time/time";
import { size } from "./words";

export function Backups() {
  const loaded = useLive((signal) => take(api.GET("/api/v1/backups", { signal })), () => false, []);
  async function make(): Promise<void> {
    const made = await attempt(async () => say(`Created ${(await take(api.POST("/api/v1/backups"))).name}.`));
    if (made) loaded.again();
  }

  return (
    <Section
      title="Backups"
      class="backups"
      beside={
        <Press act={make}>
          Back up now
        </Press>
      }
    >
      <Show loaded={loaded}>{(rows) => (rows.length === 0 ? <Empty words="No backups yet." /> : <Files rows={rows} />)}</Show>
      <p class="reason body">
        A backup holds everything except the output of scripts. To restore one, stop the scheduler and run: scheduler restore FILE
      </p>
    </Section>
  );
}

function Files({ rows }: { rows: Shapes["BackupAnswer"][] }) {
  return (
    <Table heads={["Created", "Size", "File"]}>
      {rows.map((one) => (
        <tr key={one.name} data-row>
          <td>
            <Time at={one.made_at} />
          </td>
          <td class="numbers">{size(one.bytes)}</td>
          <td class="file">
            <a class="button plain" href={`/api/v1/backups/${one.name}`} download={one.name} title="Download">
              <Icon name="down" /> {one.name}
            </a>
          </td>
        </tr>
      ))}
    </Table>
  );
}
