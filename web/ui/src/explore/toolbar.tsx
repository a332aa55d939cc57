// The bar of the explore view: time range and refresh, theme, help.
import { IconButton } from "../widgets/button";
import { HelpIcon } from "../widgets/icons";
import { PageBar } from "../widgets/page_bar";
import { RefreshControl } from "../widgets/refresh_control";
import { ThemeButton } from "../widgets/theme_button";
import { type Model, isReading } from "./model";
import { TimeRange } from "./time_range";

export function Toolbar({ model, onHelp }: { readonly model: Model; readonly onHelp: () => void }) {
  const { theme, refresh } = model.view.value;
  const end = (
    <>
      <ThemeButton theme={theme} onChoose={(next) => model.change({ theme: next }, "replace")} />
      <IconButton label="Keyboard shortcuts" onClick={onHelp}>
        <HelpIcon />
      </IconButton>
    </>
  );
  return (
    <PageBar here="explore" end={end}>
      <TimeRange model={model} />
      <RefreshControl
        refresh={refresh}
        pausedWhile={isReading(model.view.value) ? "a trace or a comparison is open, or cells are selected" : model.clock.heldBy.value}
        isLive={model.clock.isLive.value}
        busy={model.latency.state.value.loading}
        onNow={model.refresh}
        onChoose={(next) => model.change({ refresh: next }, "replace")}
      />
    </PageBar>
  );
}
