// Attributes that most questions about API requests group or filter by: proposed first, and called by plain words in titles.

interface ReadyMade {
  /** As TraceQL spells it. */
  readonly name: string;
  readonly type: string;
  readonly words: string;
}

export const READY_MADE: readonly ReadyMade[] = [
  { name: "k8s:verb", type: "string", words: "verb" },
  { name: "k8s:resource", type: "string", words: "resource" },
  { name: "k8s:user_agent", type: "string", words: "user agent" },
  { name: "k8s:code", type: "int", words: "code" },
];

/** A ready-made attribute's words; any other name as it is. */
export function attributeWords(name: string): string {
  return READY_MADE.find((ready) => ready.name === name)?.words ?? name;
}
