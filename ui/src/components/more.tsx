/** The end of a list that has more: a button that presses itself when it comes into sight. */

import { useSight } from "../live/pages";

export function More({ pages }: { pages: { hasMore: boolean; more: () => void } }) {
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
