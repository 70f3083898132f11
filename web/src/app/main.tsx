import "@/packages/ui/styles/base.css";
import "@/packages/ui/styles/parts.css";
import "@/packages/ui/styles/floating.css";
import "./styles/screen.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { begin } from "@/packages/api/session";
import { beginFeed } from "@/packages/feed/live";
import { usePreferences } from "@/packages/state/desk";
import { Ground } from "@/packages/ui/ground";
import { beginTheme } from "@/packages/ui/theme";
import { App } from "./App";

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, retry: 2, refetchOnWindowFocus: false } },
});

const named = /^\/trade\/([A-Z0-9_]+)$/.exec(location.pathname)?.[1];
if (named) usePreferences.setState({ market: named });

beginTheme();
beginFeed();
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
