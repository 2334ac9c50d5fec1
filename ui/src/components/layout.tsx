/** What every page is made of: its head, its sections, and what is shown while something is missing. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import type { Problem } from "../api/client";
import type { Loaded } from "../live/live";
import { giveFocus } from "./arrival";
import { Icon } from "./icons";

interface HeadProps {
  title: string;
  /** What stands above the title: the way back. */
  above?: ComponentChildren;
  /** What stands beside it. */
  beside?: ComponentChildren;
  children?: ComponentChildren;
}

export function Head({ title, above, beside, children }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · Workflow Scheduler`;
  }, [title]);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => giveFocus(heading.current), []);
  return (
    <header class="head">
      {above && <nav class="above" aria-label="Breadcrumb">{above}</nav>}
      <div class="title">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {beside}
        <div class="actions">{children}</div>
      </div>
    </header>
  );
}

interface SectionProps {
  title: string;
  beside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}

export function Section({ title, beside, children, class: name }: SectionProps) {
  return (
    <section class={`card ${name ?? ""}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {beside}
      </header>
      {children}
    </section>
  );
}

export function ProblemBox({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <p>{problem.message}</p>
      {again && <button onClick={again}>Try again</button>}
    </div>
  );
}

/** The content once it is there; until then that it is loading, or why it is not there. */
export function Show<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const { data, problem, again } = loaded;
  return (
    <>
      {problem && <ProblemBox problem={problem} again={again} />}
      {data !== undefined ? children(data) : problem ? null : <Loading />}
    </>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading</span>
    </div>
  );
}

export function Empty({ words, children }: { words: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>{words}</p>
      {children}
    </div>
  );
}

export interface Tab {
  name: string;
  label: string;
  href: string;
}

export function Tabs({ tabs, current, label }: { tabs: Tab[]; current: string; label: string }) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone there is no room for all of them.
    element.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav ref={element} class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}
