import { Head } from "../../parts/layout";

export function Workflows() {
  return <Head title="Workflows" />;
}
