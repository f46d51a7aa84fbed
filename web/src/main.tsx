import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startSession } from "./account/session";
import { queryClient } from "./api/queries";
import { App } from "./app";
import { startRouter } from "./router";
import { watchNetwork } from "./stream/live";
import { startTheme } from "./theme";
import "./style/base.css";
import "./style/layout.css";
import "./style/account.css";
import "./style/workbench.css";
import "./style/results.css";

startTheme();
startRouter();
watchNetwork();
void startSession();

const root = document.getElementById("app");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
