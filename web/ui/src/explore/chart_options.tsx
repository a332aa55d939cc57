// Choices about the chart that few questions need: its axis, the same so much earlier, lines that durations should stay below.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { parseSpan } from "../base/time";
import { SCALES } from "../charts/scale";
import { Button } from "../widgets/button";
import { CloseIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { THRESHOLDS_MAX } from "./chart_view";
import type { Model } from "./model";
import { hasPicture, savePicture } from "./save_picture";

const OFF = "off";
const BEFORE = [OFF, "1h", "24h", "7d"];

export function ChartOptions({ model }: { readonly model: Model }) {
  const { measure, scale, before, heatmap } = model.view.value.chart;
  if (heatmap)
    return (
      <div class="chart-options">
        <span class="muted">Most choices are for lines: a heatmap has a log axis, and no earlier one beside it.</span>
        <SavePicture model={model} />
      </div>
    );
  return (
    <div class="chart-options" role="group" aria-label="Options of the chart">
      {measure === "latency" && (
        <Choice label="axis">
          <Segmented
            label="Axis"
            choices={SCALES.map((value) => ({ value, label: value }))}
            isOn={(value) => value === scale}
            onChoose={(value) => model.changeChart({ scale: value === "linear" ? "linear" : "log" })}
          />
        </Choice>
      )}
      <Choice label="beside it, earlier by">
        <Segmented
          label="The same, earlier by"
          choices={BEFORE.map((value) => ({ value, label: value }))}
          isOn={(value) => value === (before ?? OFF)}
          onChoose={(value) => model.changeChart({ before: value === OFF ? null : value })}
        />
      </Choice>
      {measure === "latency" && <Thresholds model={model} />}
      <SavePicture model={model} />
    </div>
  );
}

function SavePicture({ model }: { readonly model: Model }) {
  return (
    <Button disabled={!hasPicture(model)} onClick={() => void savePicture(model)}>
      Save as PNG
    </Button>
  );
}

function Choice({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div class="chart-option">
      <span class="muted">{label}</span>
      {children}
    </div>
  );
}

function Thresholds({ model }: { readonly model: Model }) {
  const { thresholds } = model.view.value.chart;
  const [text, setText] = useState("");
  const problem = problemOf(text, thresholds);
  const add = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "" || problem !== null) return;
    model.changeChart({ thresholds: [...thresholds, text.trim()] });
    setText("");
  };
  return (
    <form class="chart-option" aria-label="Thresholds" onSubmit={add}>
      <span class="muted">lines at</span>
      {thresholds.map((threshold) => (
        <span key={threshold} class="chip">
          <span class="chip-text">{threshold}</span>
          <button
            type="button"
            class="chip-remove"
            aria-label={`remove the line at ${threshold}`}
            onClick={() => model.changeChart({ thresholds: thresholds.filter((other) => other !== threshold) })}
          >
            <CloseIcon />
          </button>
        </span>
      ))}
      <input type="text" size={6} aria-label="Duration of a line, such as 1s" placeholder="1s" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" disabled={text.trim() === "" || problem !== null}>
        Add
      </Button>
      {problem !== null && (
        <span class="error-text" role="status">
          {problem}
        </span>
      )}
    </form>
  );
}

function problemOf(text: string, thresholds: readonly string[]): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const span = parseSpan(trimmed);
  if (span === null || span === 0n) return `"${trimmed}" is not a duration: try 1s or 250ms`;
  if (thresholds.length >= THRESHOLDS_MAX) return `${THRESHOLDS_MAX} lines are the most`;
  return thresholds.includes(trimmed) ? "there is one already" : null;
}
