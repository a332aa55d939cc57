// The explore view, or the login view once the server has asked who is there.
import { loginWanted } from "../base/client";
import { Explore } from "../explore/explore";
import { Login } from "./login";

export function App() {
  return loginWanted.value ? <Login onDone={() => (loginWanted.value = false)} /> : <Explore />;
}
