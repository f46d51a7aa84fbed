import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { App } from "./app";
import { startRouter } from "./router";
import { startStream } from "./stream/live";
import { startTheme } from "./theme";
import "./style/base.css";
import "./style/layout.css";
import "./style/workbench.css";
import "./style/results.css";

startTheme();
startRouter();
startStream();

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
