// The question as SQL over the spans table: what it says as a SELECT, and which conditions SQL's columns cannot say.
import { nowNanos, parseTime } from "../base/time";
import { CopyButton } from "../widgets/copy_button";
import { spansSelect } from "./sql";
import type { QuestionRange } from "./use_proposals";
import "../style/question.css";

interface SqlViewProps {
  readonly clauses: readonly string[];
  readonly range: QuestionRange;
}

export function SqlView({ clauses, range }: SqlViewProps) {
  const now = nowNanos();
  const [from, to] = [parseTime(range.from, now), parseTime(range.to, now)];
  const { sql, unsaid } = spansSelect(clauses, { from: (from ?? 0n).toString(), to: (to ?? now).toString() });
  return (
    <section class="sql-view" aria-label="The filter as SQL">
      <div class="sql-text">
        <pre tabIndex={0} aria-label="SQL">
          {sql}
        </pre>
        <CopyButton label="copy SQL" text={sql} />
      </div>
      {unsaid.length > 0 && (
        <div class="warning-text">
          <p>Left out, so that it finds more spans than the filter:</p>
          <ul>
            {unsaid.map(({ clause, why }) => (
              <li key={clause}>
                <code>{clause}</code>: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="muted">For `tailplane query`, POST /api/v1/query and SQL cells of notebooks. Attributes without a column are compared as text.</p>
    </section>
  );
}
