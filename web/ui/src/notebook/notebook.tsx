// The notebook screen: its bar, its head, its cells, the open trace, its dialogs.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { removeNotebook } from "../api/notebooks";
import { go } from "../base/navigation";
import { Drawer } from "../explore/drawer";
import { FailureState, Skeleton } from "../widgets/states";
import { Button } from "../widgets/button";
import { PageLink } from "../widgets/page_link";
import { CellFrame } from "./cell_frame";
import { ConflictDialog } from "./conflict_dialog";
import { ChooseKind, HelpDialog, RemoveDialog, RevisionsDialog, ShareDialog } from "./dialogs";
import { NotebookHeader } from "./header";
import { listen } from "./keys";
import { type NotebookModel, createNotebookModel } from "./model";
import { Outline } from "./outline";
import { NotebookFilters, NotebookToolbar } from "./toolbar";
import "../style/notebook.css";

type Shown = "help" | "share" | "revisions" | "remove" | null;

export function Notebook() {
  const model = useMemo(createNotebookModel, []);
  const shown = useSignal<Shown>(null);
  const { open } = model.view.value;
  const { title } = model.document.value;
  useEffect(model.start, []);
  useEffect(() => listen(model, () => (shown.value = "help")), []);
  useEffect(() => void (document.title = `${title} · Tailplane`), [title]);
  useFocusBack(model, open !== null);
  const close = () => void (shown.value = null);
  return (
    <div class={`page notebook-page ${open === null ? "" : "with-drawer"}`}>
      <NotebookToolbar model={model} onHelp={() => (shown.value = "help")} />
      <main>
        <Loaded model={model} shown={shown} />
      </main>
      <Drawer
        model={model}
        chart={() => document.querySelector(`#cell-${model.cellId.peek()} .chart`)}
        onClose={model.closeTrace}
        onKeep={(trace, spanId) => model.addTrace(trace.traceId, spanId, trace.start.toString())}
      />
      <NoticeLine model={model} />
      {model.adding.value !== null && <ChooseKind model={model} place={model.adding.value} />}
      {shown.value === "help" && <HelpDialog onClose={close} />}
      {shown.value === "share" && <ShareDialog model={model} onClose={close} />}
      {shown.value === "revisions" && <RevisionsDialog model={model} onClose={close} />}
      {shown.value === "remove" && <RemoveDialog model={model} onClose={close} onRemove={() => void remove(model, close)} />}
      <ConflictDialog model={model} />
    </div>
  );
}

async function remove(model: NotebookModel, close: () => void): Promise<void> {
  const { id } = model.kept.peek();
  if (id === null) return;
  const removed = await removeNotebook(id, new AbortController().signal);
  close();
  if (removed.ok) go("?v=home", "");
  else model.say(`Not deleted: ${removed.failure.message}`);
}

function Loaded({ model, shown }: { readonly model: NotebookModel; readonly shown: { value: Shown } }) {
  const { loading, failure } = model.loadState.value;
  if (failure !== null)
    return (
      <>
        <h1 class="visually-hidden">Notebook</h1>
        <FailureState failure={failure} onRetry={model.open} />
        <p class="state">
          <PageLink to="?v=home">All notebooks</PageLink>
        </p>
      </>
    );
  if (loading)
    return (
      <>
        <h1 class="visually-hidden">Notebook</h1>
        <Skeleton height={420} />
      </>
    );
  const { cells } = model.document.value;
  return (
    <>
      <NotebookHeader
        model={model}
        onShare={() => (shown.value = "share")}
        onRevisions={() => (shown.value = "revisions")}
        onRemove={() => (shown.value = "remove")}
      />
      <NotebookFilters model={model} />
      <div class="notebook-body">
        <Outline model={model} />
        <Cells model={model}>
          {cells.map((cell, place) => (
            <CellFrame key={cell.id} model={model} cell={cell} place={place} count={cells.length} />
          ))}
          {cells.length === 0 && <p class="state">This notebook has no cells yet.</p>}
          <div class="add-cell">
            <Button onClick={() => (model.adding.value = cells.length)}>Add a cell</Button>
          </div>
        </Cells>
      </div>
    </>
  );
}

/** Around the cells, with the line where a dragged one would go. */
function Cells({ model, children }: { readonly model: NotebookModel; readonly children: ComponentChildren }) {
  const dragged = model.drag.dragged.value;
  const mark = dragged?.mark ?? null;
  return (
    <div class={`cells ${dragged === null ? "" : "dragging"}`}>
      {children}
      {mark !== null && <div class="drop-mark" style={{ left: `${mark.left}px`, top: `${mark.top}px`, width: `${mark.width}px`, height: `${mark.height}px` }} />}
    </div>
  );
}

function NoticeLine({ model }: { readonly model: NotebookModel }) {
  const notice = model.notice.value;
  const done = () => void (model.notice.value = null);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(done, 8_000);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class={`notice ${notice === null ? "" : "on"}`} role="status">
      {notice !== null && (
        <>
          <span>{notice.text}</span>
          {notice.canUndo && (
            <Button
              class="quiet"
              onClick={() => {
                model.undo();
                done();
              }}
            >
              Undo (u)
            </Button>
          )}
        </>
      )}
    </div>
  );
}

/** When the drawer closes, the focus goes back to the dot or the row that the trace was opened from. */
function useFocusBack(model: NotebookModel, open: boolean): void {
  const wasOpen = useRef(open);
  useLayoutEffect(() => {
    const closed = wasOpen.current && !open;
    wasOpen.current = open;
    if (!closed || document.activeElement !== document.body) return;
    const [origin, cell, dot] = [model.origin.peek(), model.cellId.peek(), model.current.peek()];
    const box = document.getElementById(`cell-${cell}`);
    const target = origin?.isConnected ? origin : (box?.querySelector<HTMLElement>(`.dot-buttons [data-span="${dot}"]`) ?? box);
    target?.focus();
  }, [open]);
}
