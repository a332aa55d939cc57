// The way to attach a cluster, step by step: exact files and commands to copy, how to see that each worked, and the way back.
import { useState } from "preact/hooks";
import type { Setup, SetupFile, SetupStep } from "../api/setup";
import { formatCount } from "../base/format";
import { Button } from "../widgets/button";
import { CopyButton } from "../widgets/copy_button";

export function GuideView({ setup }: { readonly setup: Setup }) {
  const [back, setBack] = useState(false);
  return (
    <>
      <section class="panel setup-before" aria-labelledby="before-title">
        <h2 id="before-title">Before</h2>
        <ul class="setup-warnings">
          {setup.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
        <Estimates setup={setup} />
      </section>
      <div class="setup-way-back">
        <Button pressed={back} onClick={() => setBack(!back)}>
          Show the way back of each step
        </Button>
      </div>
      <ol class="setup-steps">
        {setup.steps.map((step, place) => (
          <li key={step.title} class="panel">
            <Step step={step} number={place + 1} back={back} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Estimates({ setup }: { readonly setup: Setup }) {
  return (
    <>
      <p>{setup.advice}</p>
      <div class="setup-table" tabIndex={0} role="region" aria-label="What a cluster sends">
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">nodes</th>
              <th scope="col" class="number">spans/s at {setup.samplingPercent} %</th>
              <th scope="col" class="number">MB/day on disk</th>
              <th scope="col" class="number">begin with</th>
            </tr>
          </thead>
          <tbody>
            {setup.estimates.map(({ nodes, spansPerSecond, megabytesPerDay, beginWithPercent }) => (
              <tr key={nodes}>
                <td class="number">{formatCount(nodes)}</td>
                <td class="number">{formatCount(spansPerSecond)}</td>
                <td class="number">{formatCount(megabytesPerDay)}</td>
                <td class="number">{beginWithPercent} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface StepProps {
  readonly step: SetupStep;
  readonly number: number;
  /** Whether the way back is shown. */
  readonly back: boolean;
}

function Step({ step, number, back }: StepProps) {
  return (
    <section aria-labelledby={`step-${number}`}>
      <h2 id={`step-${number}`}>
        {number}. {step.title}
      </h2>
      {step.machine !== "" && <p class="muted">On: {step.machine}</p>}
      {step.why !== "" && <p class="setup-text">{step.why}</p>}
      {step.files.map((file, place) => (
        <File key={place} file={file} />
      ))}
      <Lines label={`commands of step ${number}`} lines={step.commands} />
      {step.check.length > 0 && <h3>See that it worked</h3>}
      <Lines label={`checks of step ${number}`} lines={step.check} />
      {back && step.rollBack.length > 0 && <h3>The way back</h3>}
      {back && <Lines label={`the way back of step ${number}`} lines={step.rollBack} />}
    </section>
  );
}

/** A file to write, or a part to merge into one. */
export function File({ file }: { readonly file: SetupFile }) {
  const name = file.path ?? file.mergeInto ?? "a part";
  return (
    <figure class="setup-file">
      <figcaption>
        {file.path === null && "merge into "}
        <code>{name}</code> {file.mode !== null && <span class="muted">mode {file.mode}</span>}
      </figcaption>
      <Code label={name} text={file.content} />
    </figure>
  );
}

function Lines({ label, lines }: { readonly label: string; readonly lines: readonly string[] }) {
  return lines.length === 0 ? null : <Code label={label} text={lines.join("\n")} />;
}

export function Code({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div class="setup-code">
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton label={`copy ${label}`} text={text} />
    </div>
  );
}
