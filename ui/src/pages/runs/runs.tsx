import { Head } from "../../parts/layout";

export function Runs() {
  return <Head title="Runs" />;
}
