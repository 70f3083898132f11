import { call } from "@/packages/api/calls";
import { toastError } from "@/packages/ui/toasts";

export type Table = "orders" | "fills" | "transfers";

/** Lets the venue write one's rows as CSV and gives the file to the browser. */
export async function download(table: Table): Promise<void> {
  try {
    const text = await call("export", { path: { table }, query: { format: "csv" } as never });
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `outcry-${table}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    toastError("No file")(error);
  }
}
