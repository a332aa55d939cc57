// Starts the page.
import { render } from "preact";
import { App } from "./login/app";
import "./style/base.css";
import "./style/controls.css";
import "./style/chart.css";
import "./style/trace.css";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
