/** The search of a list: kept in the address as `q`; the key `/` leads to it. */

import { place, setQuery } from "../router";

export const searched = () => place.value.query.get("q") ?? "";

export function Search({ label, placeholder }: { label: string; placeholder: string }) {
  return (
    <input
      type="search"
      data-search
      aria-label={label}
      placeholder={`${placeholder}  ( / )`}
      value={searched()}
      onInput={(event) => setQuery("q", event.currentTarget.value)}
    />
  );
}
