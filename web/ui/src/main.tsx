// Starts the page: the view that the address names, or the login view once the server has asked who is there.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { loginWanted } from "./base/client";
import { address, followAddress } from "./base/navigation";
import { Explore } from "./explore/explore";
import { lazy } from "./widgets/lazy";
import "./style/base.css";
import "./style/controls.css";
import "./style/chart.css";
import "./style/drawer.css";

const Login = lazy(() => import("./login/login").then((module) => module.Login));
const SetupPage = lazy(() => import("./setup/setup_page").then((module) => module.SetupPage));
const Home = lazy(() => import("./home/home").then((module) => module.Home));
const Notebook = lazy(() => import("./notebook/notebook").then((module) => module.Notebook));
const AddToNotebook = lazy(() => import("./notebook/add_to_notebook").then((module) => module.AddToNotebook));

function App() {
  useEffect(followAddress, []);
  return loginWanted.value ? <Login onDone={() => (loginWanted.value = false)} /> : <View name={new URLSearchParams(address.value.search).get("v")} />;
}

/** Without a name it is the explore view, whose addresses are older than the others. */
function View({ name }: { readonly name: string | null }) {
  if (name === "home") return <Home />;
  if (name === "setup") return <SetupPage />;
  return name === "nb" ? <Notebook /> : <Explore AddToNotebook={AddToNotebook} />;
}

const root = document.getElementById("app");
// The bar that index.html begins with, so that something is painted while the script is on its way.
root?.replaceChildren();
if (root !== null) render(<App />, root);
