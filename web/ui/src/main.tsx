// Starts the page.
import { render } from "preact";
import { Explore } from "./explore/explore";
import "./style/base.css";
import "./style/controls.css";
import "./style/chart.css";
import "./style/trace.css";

const root = document.getElementById("app");
if (root !== null) render(<Explore />, root);
