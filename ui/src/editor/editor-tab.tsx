export function EditorTab(_: { id: string; isNew?: boolean }) {
  return null;
}
