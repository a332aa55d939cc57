// How much each component has of a trace: three numbers beside each other, with what each of them means.
import type { Trace } from "../api/trace";
import { useMemo, useState } from "preact/hooks";
import { formatCount, formatDuration, formatPercent } from "../base/format";
import { palette } from "../base/theme";
import { COMPONENT_NAMES } from "./component_legend";
import { componentTimes } from "./component_time";

export function ByComponent({ trace }: { readonly trace: Trace }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="by-component" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>By component</summary>
      {open && <Times trace={trace} />}
    </details>
  );
}

function Times({ trace }: { readonly trace: Trace }) {
  const times = useMemo(() => componentTimes(trace), [trace]);
  const wholeNs = times.reduce((sum, { onPathNs }) => sum + onPathNs, 0);
  const colours = palette.value.components;
  return (
    <>
      <div class="component-times-box" tabIndex={0} role="region" aria-label="Time by component">
        <table class="component-times">
          <thead>
            <tr>
              <th scope="col">component</th>
              <th scope="col" class="number">spans</th>
              <th scope="col" class="number">on critical path</th>
              <th scope="col" class="number">covered</th>
              <th scope="col" class="number">summed</th>
            </tr>
          </thead>
          <tbody>
            {times.map(({ component, spans, onPathNs, coveredNs, summedNs }) => (
              <tr key={component}>
                <th scope="row">
                  <span class="swatch" style={{ backgroundColor: colours[component] }} />
                  {COMPONENT_NAMES[component]}
                </th>
                <td class="number">{formatCount(spans)}</td>
                <td class="number">
                  {formatDuration(onPathNs)} <span class="muted">{wholeNs > 0 ? formatPercent(onPathNs / wholeNs) : ""}</span>
                </td>
                <td class="number">{formatDuration(coveredNs)}</td>
                <td class="number">{formatDuration(summedNs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">
        On critical path: what the longest root waited for; adds up to its duration. Covered: the time in which at least one span of the component was running. Summed:
        all its spans added up, which is more than the trace took where they nest or run side by side.
      </p>
    </>
  );
}
