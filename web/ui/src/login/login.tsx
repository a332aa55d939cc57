// Asks for a token and trades it for a session cookie; the page itself keeps no token.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { postJson } from "../base/client";
import type { Failure } from "../base/result";
import { Button } from "../widgets/button";

interface LoginProps {
  readonly onDone: () => void;
}

export function Login({ onDone }: LoginProps) {
  const input = useRef<HTMLInputElement>(null);
  const failure = useSignal<string | null>(null);
  const busy = useSignal(false);
  const abort = useRef(new AbortController());

  useLayoutEffect(() => {
    document.title = "Log in · Tailplane";
    input.current?.focus();
    return () => abort.current.abort();
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const field = input.current;
    if (field === null || busy.value) return;
    if (field.value.trim() === "") return refuse("Give a token.");
    busy.value = true;
    const result = await postJson("api/v1/session", { token: field.value.trim() }, abort.current.signal);
    busy.value = false;
    if (result.ok) return onDone();
    refuse(sentence(result.failure));
  };
  const refuse = (text: string) => {
    failure.value = text;
    input.current?.focus();
    input.current?.select();
  };

  return (
    <main class="login">
      <form onSubmit={submit} aria-labelledby="login-heading">
        <h1 id="login-heading">Log in to Tailplane</h1>
        <p id="login-hint">
          This server asks who is there. Give a token with the scope read; whoever runs the server makes one with <code>tailplane token new</code>.
        </p>
        <label for="login-token">Token</label>
        <input
          ref={input}
          id="login-token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby={failure.value === null ? "login-hint" : "login-error"}
          aria-invalid={failure.value !== null}
        />
        <p id="login-error" class="login-error" role="alert">
          {failure.value}
        </p>
        <Button class="primary" type="submit" disabled={busy.value}>
          Log in
        </Button>
      </form>
    </main>
  );
}

function sentence(failure: Failure): string {
  if (failure.kind === "unauthenticated") return "This token is not known here: check that all of it was copied.";
  if (failure.kind === "refused") return "This token may not read: it needs the scope read.";
  return failure.message;
}
