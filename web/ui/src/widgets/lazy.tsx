// Parts of the page that are fetched when they are first wanted, so that the first view comes sooner.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../base/result";
import { FailureState, Skeleton } from "./states";

const HEIGHT_PX = 380;

const FAILURE: Failure = { kind: "network", message: "A part of this page could not be fetched; the server may have been updated." };

/** A component of a module that is fetched with its first use, and the height that is kept for it meanwhile. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>, height = HEIGHT_PX): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [Component, setComponent] = useState<ComponentType<Props> | null>(() => loaded);
    const [isFailed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (component) => {
          loaded = component;
          setComponent(() => component);
        },
        () => setFailed(true),
      );
    }, []);
    if (Component !== null) return <Component {...props} />;
    // Browsers remember that a module failed, and the URL says what is shown.
    return isFailed ? <FailureState failure={FAILURE} onRetry={() => window.location.reload()} /> : <Skeleton height={height} />;
  };
}
