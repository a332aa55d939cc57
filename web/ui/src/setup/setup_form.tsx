// What the set-up page asks: version and distribution first, then where to and how much.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { SetupOptions, SetupRequest } from "../api/setup";
import { isLocal } from "./choice";

interface SetupFormProps {
  readonly options: SetupOptions;
  readonly choice: SetupRequest;
  readonly onChange: (patch: Partial<SetupRequest>) => void;
}

/** Which runtime a node has decides what is written, where a distribution leaves that open. */
const RUNTIMES = [
  { label: "containerd", components: "" },
  { label: "CRI-O", components: "apiserver,etcd,kubelet,crio" },
] as const;

export function SetupForm({ options, choice, onChange }: SetupFormProps) {
  const distribution = options.distributions.find(({ name }) => name === choice.distribution);
  return (
    <form class="setup-form" aria-label="What is to be attached" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Kubernetes" value={choice.version} values={[...options.versions].reverse()} onChange={(version) => onChange({ version })} />
      <Choice
        label="Distribution"
        value={choice.distribution}
        values={options.distributions.map(({ name }) => name)}
        onChange={(name) => onChange({ distribution: name, components: "" })}
      />
      {distribution?.components.includes("crio") === true && (
        <Choice
          label="Runtime"
          value={RUNTIMES.find(({ components }) => components === choice.components)?.label ?? RUNTIMES[0].label}
          values={RUNTIMES.map(({ label }) => label)}
          onChange={(label) => onChange({ components: RUNTIMES.find((runtime) => runtime.label === label)?.components ?? "" })}
        />
      )}
      <Text
        label="Send to"
        value={choice.endpoint}
        hint={isLocal(choice.endpoint) ? "On every machine this is the machine itself: give the address by which they reach this server." : "host:port of OTLP/gRPC"}
        onChange={(endpoint) => onChange({ endpoint })}
      />
      <Text label="Sampled, in percent" value={choice.sampling} hint="the default of Kubernetes is 0, which sends nothing" onChange={(sampling) => onChange({ sampling })} />
      <Text label="Cluster’s name" value={choice.cluster} hint="optional; filters and compares by it" onChange={(cluster) => onChange({ cluster })} />
      <Check label="over TLS" checked={choice.tls} onChange={(tls) => onChange({ tls })} />
      <Check label="with a token" checked={choice.token} onChange={(token) => onChange({ token })} />
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, values, onChange }: ChoiceProps) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {values.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

/** A reader who types has paused for so long before the server is asked. */
const PAUSE_MS = 400;

function Text({ label, value, hint, onChange }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          type="text"
          spellcheck={false}
          autocomplete="off"
          aria-describedby={`${id}-hint`}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string) => ComponentChildren;
}

function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="setup-field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint !== undefined && (
        <span id={`${id}-hint`} class="muted">
          {hint}
        </span>
      )}
    </div>
  );
}

function Check({ label, checked, onChange }: { readonly label: string; readonly checked: boolean; readonly onChange: (checked: boolean) => void }) {
  return (
    <label class="setup-check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} /> {label}
    </label>
  );
}
