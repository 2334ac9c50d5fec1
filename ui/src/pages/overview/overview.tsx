import { Head } from "../../parts/layout";

export function Overview() {
  return <Head title="Overview" />;
}
