/** What can be done and was probably not meant. */

import { Icon } from "./icons";

export function Warnings({ warnings }: { warnings: string[] }) {
  return warnings.map((warning) => (
    <p key={warning} class="warning">
      <Icon name="warning" /> <span>{warning}</span>
    </p>
  ));
}
