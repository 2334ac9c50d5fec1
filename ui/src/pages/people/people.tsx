import { Head } from "../../parts/layout";

export function People({ view }: { view: string }) {
  return <Head title={view} />;
}
