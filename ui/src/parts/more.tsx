/** The end of a list that has more: a button that presses itself when it comes into sight. */

import { useSight, type Pages } from "../live/pages";

export function More<T>({ pages }: { pages: Pages<T> }) {
  const button = useSight(pages.more, pages.hasMore);
  if (!pages.hasMore) return null;
  return (
    <p class="more">
      <button ref={button} onClick={pages.more}>
        Show more
      </button>
    </p>
  );
}
