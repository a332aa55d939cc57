// Starts the page: the explore view, or the login view once the server has asked who is there.
import { render } from "preact";
import { loginWanted } from "./base/client";
import { Explore } from "./explore/explore";
import { Login } from "./login/login";
import "./style/base.css";
import "./style/controls.css";
import "./style/chart.css";
import "./style/drawer.css";
import "./style/compare.css";
import "./style/shares.css";

function App() {
  return loginWanted.value ? <Login onDone={() => (loginWanted.value = false)} /> : <Explore />;
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
