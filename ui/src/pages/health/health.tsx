import { Head } from "../../parts/layout";

export function Health({ view }: { view: string }) {
  return <Head title={view} />;
}
