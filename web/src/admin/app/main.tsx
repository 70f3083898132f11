import "@/packages/ui/styles/base.css";
import "@/packages/ui/styles/parts.css";
import "@/packages/ui/styles/floating.css";
import "./styles/shell.css";
import "./styles/pages.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Refused } from "@/packages/api/calls";
import { begin } from "@/packages/api/session";
import { Ground } from "@/packages/ui/ground";
import { beginTheme } from "@/packages/ui/theme";
import { App } from "./App";

const RETRIES = 1;
const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What is asked for every second need not be asked twice, and a refusal stays one.
      retry: (failures, error) => !(error instanceof Refused) && failures < RETRIES,
      networkMode: "always",
    },
  },
});

beginTheme();
void begin();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Ground><App /></Ground>
      </QueryClientProvider>
    </StrictMode>,
  );
}
