/** A task by its form: the menu's fields, and further ones under "More". */

import { useState } from "preact/hooks";

import { api, Problem, take, type Shapes } from "../../api/client";
import { Dialog } from "../../components/dialog";
import { Form } from "../../components/form";
import { useValues } from "../../components/values";
import { TaskFields, TaskMore } from "./task-fields";
import { onTop } from "../../api/declared";
import { changesOf, newTask, taskOf, valuesOf, type Plain, type TaskValues } from "./task-values";

type WorkflowAnswer = Shapes["WorkflowAnswer"];

interface TaskFormProps {
  workflow: WorkflowAnswer;
  /** null: a new one. */
  task: Plain | null | undefined;
  onClose: () => void;
}

const namesOf = (workflow: WorkflowAnswer) => workflow.tasks.map((one) => String(one["id"]));
const isGraph = (workflow: WorkflowAnswer) => workflow.tasks.some((one) => one["depends_on"] !== undefined);

/** What was looked at, which stays while the page around the dialog goes on. */
interface Looked {
  workflow: WorkflowAnswer;
  task: Plain | null;
  values: TaskValues;
}

function lookedAt(workflow: WorkflowAnswer, task: Plain | null): Looked {
  const values = task ? valuesOf(task) : newTask(namesOf(workflow), isGraph(workflow));
  // In a graph, a task that names nothing starts at once, as one does that names an empty list.
  if (isGraph(workflow)) values.depends_on ??= [];
  return { workflow, task, values };
}

export function TaskForm({ workflow, task, onClose }: TaskFormProps) {
  const [looked, setLooked] = useState(() => lookedAt(workflow, task ?? null));
  const { values, setValues, field } = useValues<TaskValues>(looked.values);
  const [position, setPosition] = useState(String(task ? namesOf(workflow).indexOf(String(task["id"])) + 1 : workflow.tasks.length + 1));
  const [firstPosition] = useState(position);
  const name = String(task?.["id"] ?? "");
  const path = { workflow: workflow.id };

  async function add(): Promise<void> {
    const header = { "if-match": String(looked.workflow.version) };
    const body = { task: taskOf(values) as Shapes["TaskModel"], position: Number(position) || null };
    await api.POST("/api/v1/workflows/{workflow}/tasks", { params: { path, header }, body });
  }

  /** The fields first: dependencies that are named now are those of the present order, not of the new one. */
  async function change(): Promise<void> {
    const changes = changesOf(looked.values, values);
    const header = { "if-match": String(looked.workflow.version) };
    if (Object.keys(changes).length > 0) {
      const params = { path: { ...path, task: name }, header };
      const saved = await take(api.PATCH("/api/v1/workflows/{workflow}/tasks/{task}", { params, body: changes }));
      header["if-match"] = String(saved.version);
    }
    if (position !== firstPosition && Number(position) > 0) {
      const params = { path: { ...path, task: values.id }, header };
      await api.POST("/api/v1/workflows/{workflow}/tasks/{task}/move", { params, body: { position: Number(position) } });
    }
  }

  async function submit(): Promise<void> {
    await (looked.task ? change() : add());
    onClose();
  }

  async function refetch(): Promise<void> {
    const newest = await take(api.GET("/api/v1/workflows/{workflow}", { params: { path } }));
    const found = newest.tasks.find((one) => one["id"] === name) ?? null;
    if (looked.task && !found) throw new Problem(404, `Someone else deleted or renamed ${name}; close this and add it again.`);
    const now = lookedAt(newest, found);
    setValues(onTop(looked.values, values, now.values));
    setLooked(now);
  }

  /** A default that is meant for `echo` would be wrong for any other command. */
  function onCommand(command: string): void {
    setValues((before) => {
      const untouched = !looked.task && (before.args === looked.values.args || before.args === "");
      const args = untouched ? (command === "echo" ? looked.values.args : "") : before.args;
      return { ...before, command, args };
    });
  }

  return (
    <Dialog title={task ? `Task ${name}` : `Add a task to ${workflow.id}`} onClose={onClose} wide>
      <Form action={task ? "Save" : "Add task"} onSubmit={submit} refetch={refetch}>
        <TaskFields values={values} field={field} onCommand={onCommand} />
        <TaskMore
          values={values}
          field={field}
          others={namesOf(looked.workflow).filter((one) => one !== name)}
          isGraph={isGraph(looked.workflow)}
          before={looked.workflow.graph[name] ?? []}
          position={position}
          onPosition={setPosition}
        />
      </Form>
    </Dialog>
  );
}
