export function NewWorkflow(_: { onClose: () => void }) {
  return null;
}
