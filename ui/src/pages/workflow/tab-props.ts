/** What each tab of a workflow is given. */

import type { Shapes } from "../../api/client";

export interface TabProps {
  workflow: Shapes["WorkflowAnswer"];
  rest: string[];
}
