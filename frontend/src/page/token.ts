import { readFragment, TokenKeeper } from "../pure/token";

/** Take the token out of the address bar, where it could be read or copied, and keep it. */
export function takeToken(): TokenKeeper {
  const keeper = new TokenKeeper(sessionStorage, localStorage);
  const { token, stay, rest } = readFragment(location.hash);
  if (token !== null) {
    keeper.keep(token, stay);
    history.replaceState(null, "", location.pathname + location.search + rest);
  }
  return keeper;
}
