// Switches all times of the page between the browser's zone and UTC.
import { chooseZone, zone, zoneName } from "../base/zone";
import { Button } from "./button";

export function ZoneSwitch() {
  const isUtc = zone.value === "utc";
  const title = isUtc ? "Times are in UTC; show them in this browser’s zone" : `Times are in ${zoneName()}; show them in UTC`;
  return (
    <Button class="quiet" title={title} onClick={() => chooseZone(isUtc ? "local" : "utc")}>
      {isUtc ? "UTC" : "local time"}
    </Button>
  );
}
