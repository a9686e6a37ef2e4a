// The package's entry prints a warning on Node 20; its provider module does not. Only the entry has published types.
declare module "oidc-provider/lib/provider.js" {
  export { Provider } from "oidc-provider";
}
