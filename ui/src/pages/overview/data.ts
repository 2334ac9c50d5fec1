/** What the overview shows. */

import type { Shapes } from "../../api/client";

export type OverviewData = Shapes["OverviewAnswer"];
