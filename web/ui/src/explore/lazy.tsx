// Parts of the page that are fetched when they are first wanted, so that the first view comes sooner.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { FailureState, Skeleton } from "./states";

const HEIGHT_PX = 380;

/** A component of a module that is fetched with its first use. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [Component, setComponent] = useState<ComponentType<Props> | null>(() => loaded);
    const [isFailed, setFailed] = useState(false);
    const fetchIt = () => {
      setFailed(false);
      load().then(
        (component) => {
          loaded = component;
          setComponent(() => component);
        },
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (loaded === null) fetchIt();
    }, []);
    if (Component !== null) return <Component {...props} />;
    if (!isFailed) return <Skeleton height={HEIGHT_PX} />;
    return <FailureState failure={{ kind: "network", message: "A part of this page could not be fetched: reload it if the server was updated." }} onRetry={fetchIt} />;
  };
}
