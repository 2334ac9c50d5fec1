import { Head } from "../../parts/layout";

export function Run({ id }: { id: string; rest: string[] }) {
  return <Head title={id} />;
}
