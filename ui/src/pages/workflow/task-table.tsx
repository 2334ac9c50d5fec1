/** The tasks of a workflow in their order, with the forms that change them. */

import { useState } from "preact/hooks";

import { confirm } from "../../components/dialog";
import { Icon } from "../../components/icons";
import { Empty, Section } from "../../components/layout";
import { More } from "../../components/more";
import { Press } from "../../components/press";
import { Table } from "../../components/table";
import { can } from "../../session";
import { deleteTask, moveTask } from "./task-actions";
import { TaskForm } from "./task-form";
import { commandLine, policiesOf } from "./task-words";
import type { Plain } from "./task-values";
import type { TabProps } from "./tab-props";

/** The graph above waits until the rows are drawn: of many tasks, more come when they come into sight. */
const STEP = 60;

export function TaskTable({ workflow }: TabProps) {
  // undefined: no form; null: the form of a new task.
  const [edited, setEdited] = useState<Plain | null>();
  const [most, setMost] = useState(STEP);
  const author = can("author");
  const add = author && (
    <button onClick={() => setEdited(null)}>
      <Icon name="plus" /> Add task
    </button>
  );
  return (
    <Section title="Tasks" beside={workflow.tasks.length > 0 && add}>
      {workflow.tasks.length === 0 ? (
        <Empty words="No tasks yet.">{add}</Empty>
      ) : (
        <div class="scroll">
          <Table class="tasks" heads={[["#", "end"], "Task", "Command", "After", "Policies"]} actions={author}>
            {workflow.tasks.slice(0, most).map((task, at) => (
              <Row key={task["id"]} workflow={workflow} task={task} at={at} author={author} onEdit={() => setEdited(task)} />
            ))}
          </Table>
          <More pages={{ hasMore: most < workflow.tasks.length, more: () => setMost(most + STEP) }} />
        </div>
      )}
      {edited !== undefined && <TaskForm workflow={workflow} task={edited} onClose={() => setEdited(undefined)} />}
    </Section>
  );
}

interface RowProps {
  workflow: TabProps["workflow"];
  task: Plain;
  at: number;
  author: boolean;
  onEdit: () => void;
}

function Row({ workflow, task, at, author, onEdit }: RowProps) {
  const name = String(task["id"]);
  const before = workflow.graph[name] ?? [];
  async function remove(): Promise<void> {
    if (await confirm(`Delete task ${name}?`, "Earlier versions keep it, and you can undo this.", "Delete")) await deleteTask(workflow, task);
  }
  return (
    <tr data-row>
      <td class="end numbers faint">{at + 1}</td>
      <td>{author ? <button class="link id" onClick={onEdit}>{name}</button> : <b class="id">{name}</b>}</td>
      <td><code class="command" title={commandLine(task)}>{commandLine(task)}</code></td>
      <td>{before.length > 0 ? <Names names={before} /> : <span class="faint">start of the run</span>}</td>
      <td class="policies">{policiesOf(task).map((words) => <span key={words} class="tag">{words}</span>)}</td>
      {author && (
        <td class="end buttons">
          <Press class="plain up" aria-label={`Move ${name} up`} title="Move up" disabled={at === 0} act={() => moveTask(workflow, name, at)}>
            <Icon name="left" />
          </Press>
          <Press
            class="plain below"
            aria-label={`Move ${name} down`}
            title="Move down"
            disabled={at === workflow.tasks.length - 1}
            act={() => moveTask(workflow, name, at + 2)}
          >
            <Icon name="right" />
          </Press>
          <button class="plain" aria-label={`Edit ${name}`} title="Edit" onClick={onEdit}>
            <Icon name="edit" />
          </button>
          <Press class="plain" aria-label={`Delete ${name}`} title="Delete" act={() => remove()}>
            <Icon name="bin" />
          </Press>
        </td>
      )}
    </tr>
  );
}

/** In one element, which is one cell of a card; each ID stays whole. */
function Names({ names }: { names: readonly string[] }) {
  return (
    <span>
      {names.map((name, at) => (
        <span key={name}>
          {at > 0 && " "}
          <span class="id">{at < names.length - 1 ? `${name},` : name}</span>
        </span>
      ))}
    </span>
  );
}
