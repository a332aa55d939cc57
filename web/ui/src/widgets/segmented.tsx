// A row of choices, of which one or several can be on.
interface Choice {
  readonly value: string;
  readonly label: string;
  readonly title?: string;
}

interface SegmentedProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly isOn: (value: string) => boolean;
  readonly onChoose: (value: string) => void;
}

export function Segmented({ label, choices, isOn, onChoose }: SegmentedProps) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(({ value, label: text, title }) => (
        <button key={value} type="button" title={title} aria-pressed={isOn(value)} onClick={() => onChoose(value)}>
          {text}
        </button>
      ))}
    </div>
  );
}
