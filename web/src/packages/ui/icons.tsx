const PATHS = {
  sun: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10ZM12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M4 20l2-2M18 6l2-2",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l5 5",
  star: "m12 3 2.8 5.8 6.2.9-4.5 4.4 1.1 6.3-5.6-3-5.6 3 1.1-6.3L3 9.7l6.2-.9L12 3Z",
  chevron: "m6 9 6 6 6-6",
  close: "M5 5l14 14M19 5 5 19",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-4 3.6-6.5 8-6.5s8 2.5 8 6.5",
  chart: "M6 3v18M6 7h0M18 3v18M4 8h4v8H4zM16 6h4v7h-4zM12 4v14",
  book: "M4 5h10M4 9h14M4 15h8M4 19h12",
  swap: "M7 4v14M7 4 3 8M7 4l4 4M17 20V6M17 20l-4-4M17 20l4-4",
  list: "M8 6h13M8 12h13M8 18h13M3 6h0M3 12h0M3 18h0",
  drop: "M12 3s7 7.5 7 12a7 7 0 0 1-14 0c0-4.5 7-12 7-12Z",
  download: "M12 3v13M12 16l-5-5M12 16l5-5M4 21h16",
  check: "m5 12.5 4.5 4.5L19 7.5",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2.5h-15L6 16ZM10 21.5h4",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  keyboard: "M3 6h18v12H3zM7 10h0M11 10h0M15 10h0M8 14h8",
} as const;

export function Icon({ name, filled = false }: { name: keyof typeof PATHS; filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]} fill={filled ? "currentColor" : "none"} stroke="currentColor"
        strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round"
      />
    </svg>
  );
}

/** The sign of the house. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M8 20v-8M8 22v2M8 8v2M16 22V10M16 6v3M16 23v3M24 17V9M24 5v3M24 18v3"
        stroke="currentColor" strokeWidth="3.2" strokeLinecap="round"
      />
    </svg>
  );
}
