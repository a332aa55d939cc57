import { computed, signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type NotebookView, readNotebookView } from "../../src/notebook/address";
import { createCellSteps } from "../../src/notebook/cell_steps";
import { type NotebookDocument, emptyDocument, newCell } from "../../src/notebook/document";
import { keepDraft, readDraft } from "../../src/notebook/drafts";
import { draftIdOf, load } from "../../src/notebook/loading";
import { writeDocument } from "../../src/notebook/read_document";
import { createSaving } from "../../src/notebook/saving";
import type { Kept } from "../../src/notebook/saving_state";

const settle = () => new Promise((resolve) => setTimeout(resolve));

const named = (title: string): NotebookDocument => ({ ...emptyDocument(), title });
const keptAs = (id: string, revision: number, document: NotebookDocument): Kept => ({ id, revision, isBuiltIn: false, updatedAt: null, document });

/** A screen that shows the notebook "a", changed, and a server whose answers come when they are let. */
function screen() {
  const answers: ((response: Response) => void)[] = [];
  const asked: { readonly url: string; readonly ifMatch: string | null }[] = [];
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    asked.push({ url: url.pathname, ifMatch: new Headers(init.headers).get("if-match") });
    return new Promise<Response>((resolve) => answers.push(resolve));
  });
  const at = (id: string): NotebookView => readNotebookView({ search: `?v=nb&id=${id}`, hash: "" });
  const view = signal(at("a"));
  const document = signal(named("A, changed"));
  const kept = signal<Kept>(keptAs("a", 1, named("A")));
  const ready = signal(true);
  const nowAt = vi.fn((id: string) => void (view.value = at(id)));
  const rebase = (change: (own: NotebookDocument) => NotebookDocument) => void (document.value = change(document.peek()));
  const keepTyped = vi.fn();
  const saving = createSaving({ document, kept, view, isReady: ready, nowAt, rebase, keepTyped, retitle: vi.fn(), draftId: () => draftIdOf(view.peek()) });
  const answer = async (id: string, revision: number, written: NotebookDocument) => {
    answers.shift()?.(new Response(JSON.stringify({ id, revision, updated_at: null, is_built_in: false, notebook: writeDocument(written) })));
    await settle();
  };
  const conflict = async (id: string, revision: number, theirs = named("theirs")) => {
    const latest = { id, revision, updated_at: null, is_built_in: false, notebook: writeDocument(theirs) };
    answers.shift()?.(new Response(JSON.stringify({ error: { kind: "conflict", message: "late" }, latest }), { status: 409 }));
    await settle();
  };
  const refuse = async (status: number) => {
    answers.shift()?.(new Response("", { status }));
    await settle();
  };
  return { view, document, kept, ready, nowAt, keepTyped, saving, answer, conflict, refuse, asked, at };
}

beforeEach(() => window.localStorage.clear());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a save that answers late", () => {
  it("says nothing of another notebook that is shown by then", async () => {
    const { view, document, kept, nowAt, saving, answer, at } = screen();
    const done = saving.save();
    view.value = at("b");
    [document.value, kept.value] = [named("B"), keptAs("b", 7, named("B"))];
    saving.begin();
    await answer("a", 2, named("A, changed"));
    expect(await done).toBe(false);
    expect(kept.value).toMatchObject({ id: "b", revision: 7 });
    expect(nowAt).not.toHaveBeenCalled();
    expect(saving.isChanged.value).toBe(false);
  });

  it("does not go back to a screen that was left, nor while another notebook is on its way", async () => {
    const left = screen();
    const stop = left.saving.follow();
    void left.saving.save();
    stop();
    await left.answer("a", 2, named("A, changed"));
    expect(left.nowAt).not.toHaveBeenCalled();
    const loading = screen();
    void loading.saving.save();
    loading.ready.value = false;
    await loading.answer("a", 2, named("A, changed"));
    expect(loading.nowAt).not.toHaveBeenCalled();
  });

  it("takes away the draft of what it wrote, and no other", async () => {
    for (const [title, isThere] of [["A, changed", false], ["A, changed since", true]] as const) {
      const { saving, answer } = screen();
      void saving.save();
      keepDraft(window.localStorage, "a", { revision: 1, at: 1, document: named(title) });
      saving.begin();
      await answer("a", 2, named("A, changed"));
      expect(readDraft(window.localStorage, "a") !== null).toBe(isThere);
    }
  });

  it("of an earlier revision does not write after the screen has changed", async () => {
    const { view, saving, asked, answer, at } = screen();
    view.value = { ...at("a"), revision: 1 };
    void saving.save();
    saving.begin();
    await answer("a", 2, named("A"));
    expect(asked.length).toBe(1);
  });
});

it("a draft is forgotten once it is kept, though a cell that was just made holds its fields in another order than one that was read", async () => {
  const { document, saving, answer } = screen();
  document.value = { ...named("A, changed"), cells: [newCell("sql", "q")] };
  const done = saving.save();
  saving.keepNow();
  expect(readDraft(window.localStorage, "a")).not.toBeNull();
  saving.begin();
  await answer("a", 2, document.value);
  await done;
  expect(readDraft(window.localStorage, "a")).toBeNull();
});

it("what is typed while a new notebook is saved is kept under its name at once", async () => {
  const { kept, view, document, saving, answer } = screen();
  kept.value = { ...kept.value, id: null, revision: null };
  view.value = { ...view.value, id: null };
  keepDraft(window.localStorage, "unsaved", { revision: null, at: 1, document: document.value });
  void saving.save();
  document.value = named("A, changed since");
  await answer("new", 1, named("A, changed"));
  expect(readDraft(window.localStorage, "unsaved")).toBeNull();
  expect(readDraft(window.localStorage, "new")).toMatchObject({ revision: 1, document: { title: "A, changed since" } });
});

it("a conflict that was put aside stays aside until the reader saves again", async () => {
  const { saving, document, conflict, answer, asked } = screen();
  const stop = saving.follow();
  const done = saving.save();
  await conflict("a", 5);
  await answer("a", 1, named("A"));
  await done;
  expect(saving.state.value).toMatchObject({ isAside: false, conflict: { latest: { revision: 5 } } });
  vi.useFakeTimers();
  saving.putConflictAside();
  document.value = named("A, changed again");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked.length).toBe(2);
  expect(saving.state.value).toMatchObject({ isAside: true, conflict: { latest: { revision: 5 } } });
  void saving.save();
  expect(asked.length).toBe(3);
  stop();
});

it("a notebook opens and is saved where the browser keeps nothing", async () => {
  const refused = vi.spyOn(window, "localStorage", "get").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  const { saving, answer } = screen();
  const stop = saving.follow();
  expect(await load(readNotebookView({ search: "?v=nb", hash: "" }), new AbortController().signal)).toMatchObject({ ok: true });
  const done = saving.save();
  await answer("a", 2, named("A, changed"));
  expect(await done).toBe(true);
  saving.keepNow();
  stop();
  refused.mockRestore();
});

describe("a save that meets a newer revision", () => {
  const cells = (...titles: readonly string[]) => titles.map((title, at) => ({ ...newCell("sql", `c${at}`), title }));
  const BASE: NotebookDocument = { ...named("A"), cells: cells("a", "b") };
  const MINE: NotebookDocument = { ...BASE, cells: cells("a of mine", "b") };

  it("is made again with the changes of both, where they changed different things", async () => {
    const { saving, document, kept, keepTyped, conflict, answer, asked } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    const done = saving.save();
    await conflict("a", 4, { ...BASE, title: "B", cells: cells("a", "b of theirs") });
    expect(asked.at(-1)).toMatchObject({ url: "/api/v1/notebooks/a", ifMatch: null });
    await answer("a", 3, BASE);
    expect(keepTyped).toHaveBeenCalledOnce();
    const both = { ...BASE, title: "B", cells: cells("a of mine", "b of theirs") };
    expect(document.value).toEqual(both);
    expect(asked.at(-1)).toMatchObject({ ifMatch: '"4"' });
    await answer("a", 5, both);
    expect(await done).toBe(true);
    expect(saving.state.value).toMatchObject({ busy: false, conflict: null, merged: 4 });
    expect(kept.value.revision).toBe(5);
    document.value = named("C");
    void saving.save();
    expect(saving.state.value.merged).toBeNull();
  });

  it("asks nothing more where both made the same of it", async () => {
    const { saving, document, kept, conflict, answer, asked } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    const done = saving.save();
    await conflict("a", 4, MINE);
    await answer("a", 3, BASE);
    expect(await done).toBe(true);
    expect(asked.length).toBe(2);
    expect([kept.value.revision, saving.isChanged.value]).toEqual([4, false]);
  });

  it("waits for the reader's choice where both changed a cell, and takes it", async () => {
    const { saving, document, kept, conflict, answer, asked } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    void saving.save();
    await conflict("a", 4, { ...BASE, cells: cells("a of theirs", "b of theirs") });
    await answer("a", 3, BASE);
    expect(document.value).toEqual(MINE);
    expect(saving.state.value.conflict).toMatchObject({ latest: { revision: 4 }, merging: { base: BASE } });
    void saving.saveMerged(() => "mine");
    expect(asked.at(-1)).toMatchObject({ ifMatch: '"4"' });
    expect(document.value).toEqual({ ...BASE, cells: cells("a of mine", "b of theirs") });
  });

  it("has nothing to save where the reader takes theirs", async () => {
    const { saving, document, kept, conflict, answer, asked } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    void saving.save();
    await conflict("a", 4, { ...BASE, cells: cells("a of theirs", "b") });
    await answer("a", 3, BASE);
    expect(await saving.saveMerged(() => "theirs")).toBe(true);
    expect(asked.length).toBe(2);
    expect([saving.isChanged.value, kept.value.revision, document.value.cells[0]?.title]).toEqual([false, 4, "a of theirs"]);
  });

  it("cannot be put together where the revision that it began with is not kept any more", async () => {
    const { saving, document, kept, conflict, refuse, asked } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    void saving.save();
    await conflict("a", 4, BASE);
    await refuse(404);
    expect(saving.state.value.conflict).toMatchObject({ latest: { revision: 4 }, merging: null });
    void saving.overwrite();
    expect(asked.at(-1)).toMatchObject({ ifMatch: '"4"' });
  });

  it("of an earlier revision that is made the latest takes nothing over", async () => {
    const { saving, document, kept, view, conflict, asked, at } = screen();
    [document.value, kept.value] = [MINE, keptAs("a", 3, BASE)];
    view.value = { ...at("a"), revision: 3 };
    const done = saving.save();
    await conflict("a", 9);
    expect(await done).toBe(false);
    expect(asked.length).toBe(1);
  });
});

describe("what is typed in a cell", () => {
  const steps = () => {
    const history = signal<NotebookDocument>({ ...emptyDocument(), cells: [newCell("sql", "q"), newCell("sql", "r")] });
    const document = computed(() => history.value);
    return { document, ...createCellSteps({ document, edit: (next) => void (history.value = next), say: vi.fn(), cellId: signal(null) }) };
  };

  it("is taken over once: when its editor goes, another one opens, or the screen is left", () => {
    const { whileTyping, takeTyped, dropTyped } = steps();
    const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
    const gone = whileTyping(first);
    whileTyping(second);
    gone();
    takeTyped();
    takeTyped();
    whileTyping(third);
    dropTyped();
    takeTyped();
    expect([first, second, third].map((take) => take.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it("goes with its cell, which is edited no more", () => {
    const { document, editing, focused, removeCell } = steps();
    editing.value = "q";
    removeCell("q");
    expect([editing.value, focused.value, document.value.cells.length]).toEqual([null, "r", 1]);
  });
});
