// The set-up page: how a cluster is attached, what to expect, and which components have arrived.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type SetupOptions, type SetupRequest, fetchSetup, fetchSetupOptions } from "../api/setup";
import { createQuery } from "../base/query";
import type { Failure } from "../base/result";
import { type ThemeChoice, applyTheme, chosenTheme, followSystemTheme, readTheme, writeTheme } from "../base/theme";
import { Button } from "../widgets/button";
import { PageBar } from "../widgets/page_bar";
import { ThemeButton } from "../widgets/theme_button";
import { readChoice, writeChoice } from "./choice";
import { ComponentList } from "./component_list";
import { GuideView } from "./guide_view";
import { SetupForm } from "./setup_form";
import "../style/setup.css";

export function SetupPage() {
  const options = useMemo(() => createQuery(fetchSetupOptions), []);
  const setup = useMemo(() => createQuery(fetchSetup), []);
  const [choice, setChoice] = useState<SetupRequest>(() => readChoice(window.location.search, window.location.hostname));
  usePage(setChoice);
  useEffect(() => void options.run(null), []);
  const known = options.state.value.value;
  const chosen = known === null ? null : completed(choice, known);
  const question = chosen === null ? "" : JSON.stringify(chosen);
  useEffect(() => {
    if (chosen !== null) void setup.run(chosen);
  }, [question]);
  // A field reports some time after it was typed in, when another may have changed already.
  const latest = useRef(choice);
  latest.current = chosen ?? choice;
  const change = (patch: Partial<SetupRequest>) => {
    const next = { ...latest.current, ...patch };
    latest.current = next;
    setChoice(next);
    window.history.replaceState(null, "", `${window.location.pathname}${writeChoice(next, window.location.search)}`);
  };
  const { value, failure } = setup.state.value;
  const distribution = known?.distributions.find(({ name }) => name === chosen?.distribution);
  return (
    <div class="page">
      <PageBar here="setup" end={<ThemeButton theme={chosenTheme.value} onChoose={chooseTheme} />} />
      <main class="setup">
        <h1>Attach a cluster</h1>
        <Facts />
        <div class="setup-columns">
          <section class="panel" aria-labelledby="what-title">
            <h2 id="what-title">What is to be attached</h2>
            {known !== null && chosen !== null && <SetupForm options={known} choice={chosen} onChange={change} />}
            {known === null && <Missing failure={options.state.value.failure} onRetry={() => void options.run(null)} />}
            {distribution?.isManaged === true && <p class="muted">Its control plane is run by the provider, and sends nothing to you: what its nodes and your own servers send is here.</p>}
          </section>
          <section class="panel" aria-labelledby="arrived-title">
            <h2 id="arrived-title">What has arrived</h2>
            <ComponentList possible={distribution?.components ?? null} />
          </section>
        </div>
        {failure !== null && <Refused failure={failure} isStale={value !== null} onRetry={() => chosen !== null && void setup.run(chosen)} />}
        {value !== null && <GuideView setup={value} />}
      </main>
    </div>
  );
}

/** Title, theme, and the way back in the browser's history. */
function usePage(setChoice: (choice: SetupRequest) => void): void {
  useEffect(() => {
    document.title = "Set up · Tailplane";
    applyTheme(readTheme(new URLSearchParams(window.location.search)));
    const onBack = () => setChoice(readChoice(window.location.search, window.location.hostname));
    window.addEventListener("popstate", onBack);
    const stop = followSystemTheme();
    return () => {
      window.removeEventListener("popstate", onBack);
      stop();
    };
  }, []);
}

function chooseTheme(theme: ThemeChoice): void {
  const parameters = new URLSearchParams(window.location.search);
  writeTheme(theme, parameters);
  window.history.replaceState(null, "", `${window.location.pathname}?${parameters}`);
  applyTheme(theme);
}

/** Where nothing was chosen the newest version and the first distribution are. */
function completed(choice: SetupRequest, { versions, distributions }: SetupOptions): SetupRequest {
  return { ...choice, version: choice.version || (versions.at(-1) ?? ""), distribution: choice.distribution || (distributions[0]?.name ?? "") };
}

function Facts() {
  return (
    <ul class="setup-facts">
      <li>
        A sampling rate of <strong>0 sends nothing, and it is the default</strong> of kube-apiserver and kubelets: they are silent until it is set.
      </li>
      <li>
        <strong>etcd follows kube-apiserver</strong>: at its own default of 0 it sends the spans of the API requests that kube-apiserver sampled, and nothing else.
      </li>
      <li>
        Sampling is <strong>independent on each side of a link</strong>: at 1 %, a kubelet’s trace and the API request that it links to are both here in 0.01 % of the
        cases.
      </li>
    </ul>
  );
}

function Missing({ failure, onRetry }: { readonly failure: Failure | null; readonly onRetry: () => void }) {
  if (failure === null) return <p class="muted">Asking what can be chosen.</p>;
  return (
    <div role="alert">
      <p class="error-text">{failure.message}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}

interface RefusedProps {
  readonly failure: Failure;
  /** Whether the steps of an earlier choice are still shown. */
  readonly isStale: boolean;
  readonly onRetry: () => void;
}

function Refused({ failure, isStale, onRetry }: RefusedProps) {
  return (
    <div class="stale" role="alert">
      <span>
        {failure.message}
        {isStale && " The steps below are those of the choice before."}
      </span>
      {failure.kind !== "invalid" && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
