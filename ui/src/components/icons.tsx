/** Icons as outlines on a grid of 16, in the colour of the text around them. */

const PATHS = {
  succeeded: "M3 8.5l3.2 3.2L13 4.8",
  failed: "M4 4l8 8M12 4l-8 8",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  queued: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z",
  waiting: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5v3.2l2.2 1.6",
  cancelled: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM4.2 11.8l7.6-7.6",
  unknown: "M5.6 6a2.4 2.4 0 1 1 3.5 2.1c-.7.4-1.1.8-1.1 1.6M8 12.4v.2",
  skipped: "M2.6 9.2a5.4 5.4 0 0 1 10.3-1.4M13.2 4.2v3.8H9.4M8 12v.2",
  timed_out: "M8 3.5a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM8 6v2.7M6.5 1.8h3M12 3.6l.9.9",
  checking: "M7 3.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6zM10 10l3.2 3.2",
  overview: "M2.5 8.5L8 3.2l5.5 5.3M4.2 7.4v5.4h7.6V7.4",
  workflows: "M3 3h4v4H3zM9 9h4v4H9zM5 7v3.5h4",
  runs: "M4.5 3l8 5-8 5z",
  schedules: "M2.8 4h10.4v9H2.8zM2.8 7h10.4M5.5 2.3V5M10.5 2.3V5",
  machines: "M2.5 3h11v3.8h-11zM2.5 9.2h11V13h-11zM5 4.9h.1M5 11.1h.1",
  health: "M1.8 8.5h3l1.7-4.3 2.8 8 1.7-3.7h3.2",
  people: "M6 3.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6zM1.8 13c0-2.4 1.8-3.8 4.2-3.8s4.2 1.4 4.2 3.8M10.6 3.6a2.1 2.1 0 0 1 0 4M12 9.6c1.4.5 2.2 1.7 2.2 3.4",
  search: "M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.3 3.3",
  plus: "M8 3v10M3 8h10",
  edit: "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2",
  bin: "M3 4.5h10M6.2 4.5V3h3.6v1.5M4.4 4.5l.6 8.7h6l.6-8.7",
  copy: "M5.5 5.5h7.7v7.7H5.5zM3 10.5V2.8h7.5",
  pause: "M5 3.2v9.6M11 3.2v9.6",
  again: "M3.2 8a4.8 4.8 0 1 0 1.5-3.5L3 6.2M3 2.8v3.4h3.4",
  stop: "M4 4h8v8H4z",
  down: "M8 2.8v8M4.6 7.6L8 11l3.4-3.4M3 13.4h10",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  left: "M10 3L5 8l5 5",
  right: "M6 3l5 5-5 5",
  close: "M4 4l8 8M12 4l-8 8",
  file: "M4 2.2h5l3 3v8.6H4zM9 2.2v3h3",
  link: "M6.5 9.5l3-3M5 7.5L3.4 9.1a2.5 2.5 0 0 0 3.5 3.5L8.5 11M11 8.5l1.6-1.6a2.5 2.5 0 0 0-3.5-3.5L7.5 5",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M12.5 3.5l-.8.8M4.3 11.7l-.8.8",
  moon: "M12.8 9.6A5.4 5.4 0 0 1 6.4 3.2a5.2 5.2 0 1 0 6.4 6.4z",
  half: "M8 2.5a5.5 5.5 0 1 1 0 11zM8 2.5a5.5 5.5 0 0 0 0 11",
  help: "M5.6 6a2.4 2.4 0 1 1 3.5 2.1c-.7.4-1.1.8-1.1 1.6M8 12.4v.2",
  warning: "M8 2.6l6 10.6H2zM8 6.6v3M8 11.4v.2",
  out: "M9.5 3H3.2v10h6.3M6.5 8h7M11 5.4L13.6 8 11 10.6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
