// What the panel answers: how long it took, or where the time went.
import { Segmented } from "../widgets/segmented";
import type { Model } from "./model";
import type { Tab } from "./view";

const TABS: readonly { readonly value: Tab; readonly label: string; readonly title: string }[] = [
  { value: "latency", label: "Latency", title: "How long it took, over time" },
  { value: "shares", label: "Where the time goes", title: "What API requests and pod starts spend their time on (s)" },
];

export function TabChoice({ model }: { readonly model: Model }) {
  const { tab } = model.view.value;
  const choose = (value: string) => model.change({ tab: value === "shares" ? "shares" : "latency" });
  return (
    <div class="tab-choice">
      <Segmented label="Question" choices={TABS} isOn={(value) => value === tab} onChoose={choose} />
    </div>
  );
}
