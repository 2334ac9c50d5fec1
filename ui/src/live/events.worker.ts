/** One stream for all tabs: a browser opens only six connections to one server. */

import { openSource, type News } from "./source";

const ports = new Set<MessagePort>();
/** What the newest tab is told first; undefined: the first answer is awaited. */
let link: News | undefined;
let close: (() => void) | undefined;

function tell(news: News): void {
  if ("link" in news) link = news;
  for (const port of ports) port.postMessage(news);
}

function connect(port: MessagePort): void {
  ports.add(port);
  port.onmessage = () => {
    ports.delete(port);
    if (ports.size > 0) return;
    close?.();
    close = undefined;
    link = undefined;
  };
  if (link) port.postMessage(link);
  close ??= openSource(tell);
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port) connect(port);
});
