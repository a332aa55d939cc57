// Starts the page: the view that the URL names, or the login view once the server has asked who is there.
import { render } from "preact";
import { loginWanted } from "./base/client";
import { Explore } from "./explore/explore";
import { lazy } from "./widgets/lazy";
import { Login } from "./login/login";
import "./style/base.css";
import "./style/controls.css";
import "./style/chart.css";
import "./style/drawer.css";

const SetupPage = lazy(() => import("./setup/setup_page").then((module) => module.SetupPage));

/** Links between views load the page anew, so the one that the URL names stays. */
const view = new URLSearchParams(window.location.search).get("v");

function App() {
  if (loginWanted.value) return <Login onDone={() => (loginWanted.value = false)} />;
  return view === "setup" ? <SetupPage /> : <Explore />;
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
