// The notebooks, the built-in ones first: found by words and tags; new ones, and files to import.
import { useRef, useState } from "preact/hooks";
import type { NotebookEntry } from "../api/notebooks";
import { formatInstant } from "../base/format";
import { go } from "../base/navigation";
import { AnswerStates } from "../explore/answer_states";
import { FailureState } from "../widgets/states";
import type { AnswerState } from "../explore/use_answer";
import { notebookLink } from "../notebook/address";
import { packText } from "../notebook/packed";
import { parseDocument } from "../notebook/read_document";
import { Button } from "../widgets/button";
import { PlusIcon } from "../widgets/icons";
import { PageLink } from "../widgets/page_link";
import { foundNotebooks, tagsOf } from "./found";

export function NotebookList({ answer }: { readonly answer: AnswerState<readonly NotebookEntry[]> }) {
  const [words, setWords] = useState("");
  const [tag, setTag] = useState<string | null>(null);
  return (
    <section class="notebooks" aria-labelledby="notebooks-title">
      <div class="notebooks-head">
        <h2 id="notebooks-title">Notebooks</h2>
        <input
          class="notebook-search"
          type="search"
          aria-label="Find a notebook"
          placeholder="find a notebook"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <PageLink to="?v=nb" class="button primary">
          <PlusIcon /> New notebook
        </PageLink>
        <Import />
      </div>
      {answer.failure?.kind === "not_found" ? (
        <p class="muted">This server saves no notebooks. A new one stays in this browser, and its address can hold all of it.</p>
      ) : answer.failure !== null ? (
        <FailureState failure={answer.failure} onRetry={answer.retry} />
      ) : (
        <AnswerStates answer={answer} height={240}>
          {(entries) => (
            <>
              <Tags tags={tagsOf(entries)} chosen={tag} onChoose={setTag} />
              <Entries entries={foundNotebooks(entries, words, tag)} />
            </>
          )}
        </AnswerStates>
      )}
    </section>
  );
}

interface TagsProps {
  readonly tags: readonly string[];
  readonly chosen: string | null;
  readonly onChoose: (tag: string | null) => void;
}

function Tags({ tags, chosen, onChoose }: TagsProps) {
  if (tags.length === 0) return null;
  return (
    <div class="tag-choice" role="group" aria-label="Tags">
      {tags.map((tag) => (
        <Button key={tag} pressed={tag === chosen} onClick={() => onChoose(tag === chosen ? null : tag)}>
          {tag}
        </Button>
      ))}
    </div>
  );
}

function Entries({ entries }: { readonly entries: readonly NotebookEntry[] }) {
  if (entries.length === 0) return <p class="state">No notebook like this.</p>;
  return (
    <ul class="notebook-list">
      {entries.map((entry) => (
        <li key={entry.id}>
          <h3>
            <PageLink to={notebookLink(entry.id)}>{entry.title === "" ? "Untitled" : entry.title}</PageLink>
          </h3>
          <p>{entry.about}</p>
          <p class="muted">
            {entry.isBuiltIn ? "built in" : `revision ${entry.revision}${entry.updatedAt === null ? "" : ` · ${formatInstant(entry.updatedAt)}`}`}
            {entry.tags.length > 0 && ` · ${entry.tags.join(", ")}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** An imported notebook opens unsaved: it is looked at before it is kept. */
function Import() {
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const read = async (file: File) => {
    const text = await file.text();
    const document = parseDocument(text);
    if (!document.ok) return setProblem(`${file.name} cannot be imported: ${document.failure.message}.`);
    const { search, hash } = new URL(notebookLink(null, await packText(text)), window.document.baseURI);
    go(search, hash);
  };
  return (
    <>
      <Button onClick={() => input.current?.click()}>Import</Button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label="Import a notebook"
        tabIndex={-1}
        class="visually-hidden"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file !== undefined) void read(file);
        }}
      />
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
