// Puts a question of the explore view into a notebook: a new one, or one that the server keeps.
import { useState } from "preact/hooks";
import { type NotebookEntry, fetchNotebook, fetchNotebooks, updateNotebook } from "../api/notebooks";
import { go } from "../base/navigation";
import { type Result, failure } from "../base/result";
import { AnswerStates } from "../explore/answer_states";
import type { KeptQuestion } from "../explore/kept_question";
import { useAnswer } from "../explore/use_answer";
import { Button } from "../widgets/button";
import { Dialog } from "../widgets/dialog";
import { PageLink } from "../widgets/page_link";
import { notebookLink } from "./address";
import { CELLS_MAX, emptyDocument } from "./document";
import { freshId, insertCell } from "./edits";
import { keptCell } from "./kept_cell";
import { packText } from "./packed";
import { readDocument, writeDocument } from "./read_document";
import "../style/notebook.css";

interface AddToNotebookProps {
  readonly question: KeptQuestion;
  readonly onClose: () => void;
}

export function AddToNotebook({ question, onClose }: AddToNotebookProps) {
  const list = useAnswer("list", 0, (_: string, signal) => fetchNotebooks(signal));
  const [added, setAdded] = useState<NotebookEntry | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const addTo = async (entry: NotebookEntry) => {
    const result = await add(entry.id, question);
    if (result.ok) setAdded(entry);
    else setProblem(result.failure.message);
  };
  const begin = async () => {
    onClose();
    const { search, hash } = new URL(await newNotebookLink(question), document.baseURI);
    go(search, hash);
  };
  return (
    <Dialog title="Add to a notebook" onClose={onClose}>
      {added !== null ? (
        <p role="status">
          Added to <PageLink to={notebookLink(added.id)}>{added.title}</PageLink>.
        </p>
      ) : (
        <>
          <Button class="primary" onClick={() => void begin()}>
            A new notebook
          </Button>
          <div class="revisions">
            <AnswerStates answer={list} height={120}>
              {(entries) => <Kept entries={entries.filter(({ isBuiltIn }) => !isBuiltIn)} onChoose={(entry) => void addTo(entry)} />}
            </AnswerStates>
          </div>
          {problem !== null && (
            <p class="error-text" role="alert">
              Not added: {problem}
            </p>
          )}
        </>
      )}
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}

interface KeptProps {
  readonly entries: readonly NotebookEntry[];
  readonly onChoose: (entry: NotebookEntry) => void;
}

function Kept({ entries, onChoose }: KeptProps) {
  if (entries.length === 0) return <p class="muted">The server keeps no notebooks of yours yet.</p>;
  return (
    <ul>
      {entries.map((entry) => (
        <li key={entry.id}>
          <span>{entry.title}</span>
          <Button onClick={() => onChoose(entry)}>Add</Button>
        </li>
      ))}
    </ul>
  );
}

async function newNotebookLink(question: KeptQuestion): Promise<string> {
  const document = { ...emptyDocument(), time: { ...question.range, refresh: "off" as const } };
  const cell = { ...keptCell(question, freshId(document)), time: null };
  return notebookLink(null, await packText(JSON.stringify(writeDocument(insertCell(document, 0, cell)))));
}

async function add(id: string, question: KeptQuestion): Promise<Result<unknown>> {
  const { signal } = new AbortController();
  const kept = await fetchNotebook({ id, revision: null }, signal);
  if (!kept.ok) return kept;
  const { revision } = kept.value;
  if (revision === null) return failure("refused", "it comes with Tailplane and stays as it is");
  const document = readDocument(kept.value.notebook);
  if (!document.ok) return document;
  const { cells } = document.value;
  if (cells.length >= CELLS_MAX) return failure("invalid", `it has ${CELLS_MAX} cells, which is as many as a notebook may have`);
  const longer = insertCell(document.value, cells.length, keptCell(question, freshId(document.value)));
  return updateNotebook(id, revision, writeDocument(longer), signal);
}
