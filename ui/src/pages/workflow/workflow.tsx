import { Head } from "../../parts/layout";

export function Workflow({ id }: { id: string; rest: string[] }) {
  return <Head title={id} />;
}
