import { Head } from "../../parts/layout";

export function Schedules({ view }: { view: string }) {
  return <Head title={view} />;
}
