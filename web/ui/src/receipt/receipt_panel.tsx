// Behind a receipt: the question in each language that asks it again, and what came in during its time.
import { useEffect, useMemo } from "preact/hooks";
import { type Ledger, fetchLedger } from "../api/ledger";
import { createQuery } from "../base/query";
import "../style/receipt.css";
import { CopyButton } from "../widgets/copy_button";
import { type Copy, copiesOf } from "./copies";
import { ledgerSentences } from "./receipt_words";
import { type Subject, timeOf } from "./subject";

export function ReceiptPanel({ subject }: { readonly subject: Subject }) {
  return (
    <section class="receipt-panel" aria-label="How to check this figure">
      <dl>
        {copiesOf(subject, document.baseURI.replace(/[?#].*$/, "")).map((copy) => (
          <CopyRow key={copy.label} copy={copy} />
        ))}
      </dl>
      {subject.kind === "latency" && subject.answer.notByRollup !== null && (
        <p class="muted receipt-source">Spans were read, although there are rollups of them: {subject.answer.notByRollup}.</p>
      )}
      <LedgerLines subject={subject} />
    </section>
  );
}

function CopyRow({ copy: { label, text, note } }: { readonly copy: Copy }) {
  return (
    <div class="receipt-copy">
      <dt>{label}</dt>
      <dd>
        {text !== null && (
          <div class="receipt-text">
            <pre tabIndex={0} aria-label={label}>
              {text}
            </pre>
            <CopyButton label={`copy ${label}`} text={text} />
          </div>
        )}
        {note !== null && <p class="muted">{note}</p>}
      </dd>
    </div>
  );
}

/** The ledger counts by arrival, and so a little later than spans end. */
function LedgerLines({ subject }: { readonly subject: Subject }) {
  const ledger = useMemo(() => createQuery<{ readonly start: string; readonly end: string }, Ledger>(fetchLedger), []);
  const time = timeOf(subject);
  useEffect(() => {
    if (time !== null) void ledger.run(time);
  }, [time?.start, time?.end]);
  useEffect(() => ledger.clear, []);
  const { value, failure } = ledger.state.value;
  if (time === null) return null;
  return (
    <div class="receipt-ledger" role="status">
      <h2>What came in during this time</h2>
      {failure !== null && <p class="muted">The ledger of this time cannot be told: {failure.message}</p>}
      {failure === null && value === null && <p class="muted">asking the ledger</p>}
      {failure === null && value !== null && ledgerSentences(value).map((sentence) => <p key={sentence}>{sentence}</p>)}
    </div>
  );
}
