/** Who is told of failures: channels with their rules, and messages with what became of them. */

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Empty, Section, Show } from "../../components/layout";
import { attempt } from "../../components/notices";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { can } from "../../session";
import { Time } from "../../time/time";

const concerns = ({ kind }: { kind: string }) => kind.startsWith("run.");

export function Notifications() {
  const setUp = useLive((signal) => take(api.GET("/api/v1/notifications", { signal })), concerns, []);
  const messages = useLive(
    (signal) => take(api.GET("/api/v1/notifications/messages", { params: { query: { limit: 100 } }, signal })),
    concerns,
    [],
  );
  const again = () => {
    setUp.again();
    messages.again();
  };
  return (
    <div class="stack">
      <Section title="Channels" beside={<button onClick={again}>Check again</button>}>
        <Show loaded={setUp}>{(data) => <Channels data={data} again={again} />}</Show>
      </Section>
      <Section title="Messages" beside={setUp.data && setUp.data.failed > 0 && can("operator") && <RetryAll again={again} />}>
        <Show loaded={messages}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty words="No messages yet." />
            ) : (
              <Table heads={["Message", "Channel", "State", "Created", ""]}>
                {items.map((row) => <Message key={row.id} row={row} again={again} />)}
              </Table>
            )
          }
        </Show>
      </Section>
    </div>
  );
}

function Channels({ data, again }: { data: Shapes["NotificationsAnswer"]; again: () => void }) {
  return (
    <>
      {data.problem && <p class="problem" role="alert">{data.problem}</p>}
      {data.channels.length === 0 ? (
        <Empty words="No one is told when something fails. Add NOTIFY=mailto:you@example.com and SMTP_SERVER=host:587, or the address of a webhook, to .env, and restart the scheduler; or write channels and rules into notify.yaml in the home." />
      ) : (
        <Table heads={["Channel", "Kind", "Rules", "Last message", ""]}>
          {data.channels.map((row) => (
            <tr key={row.name} data-row>
              <td><strong>{row.name}</strong></td>
              <td>{row.kind}</td>
              <td>{row.rules.length > 0 ? row.rules.join("; ") : "no rule names it"}</td>
              <td>{row.last ? <><State state={row.last.state} /> <Time at={row.last.created_at} /></> : "none"}</td>
              <td>{can("admin") && <Press act={() => test(row.name, again)}>Send a test</Press>}</td>
            </tr>
          ))}
        </Table>
      )}
      {data.quiet && <p class="body faint">Quiet hours: {data.quiet}</p>}
    </>
  );
}

function Message({ row, again }: { row: Shapes["MessageAnswer"]; again: () => void }) {
  return (
    <tr data-row>
      <td>
        {row.subject}
        {row.error && <p class="reason">{row.error}</p>}
      </td>
      <td>{row.channel}</td>
      <td>
        <State state={row.state} />
        {row.due_at && <p class="reason">next try <Time at={row.due_at} /></p>}
      </td>
      <td><Time at={row.created_at} /></td>
      <td>{row.state === "failed" && can("operator") && <Press act={() => retry(row.id, again)}>Retry</Press>}</td>
    </tr>
  );
}

function RetryAll({ again }: { again: () => void }) {
  const act = () => attempt(() => api.POST("/api/v1/notifications/retry"), "The messages are sent again.").then(again);
  return <Press act={act}>Retry all</Press>;
}

async function test(channel: string, again: () => void): Promise<void> {
  const path = "/api/v1/notifications/channels/{channel}/test";
  if (await attempt(() => api.POST(path, { params: { path: { channel } } }), `The test message was delivered to ${channel}.`)) again();
}

async function retry(message: string, again: () => void): Promise<void> {
  const path = "/api/v1/notifications/messages/{message}/retry";
  if (await attempt(() => api.POST(path, { params: { path: { message } } }), "The message is sent again.")) again();
}
