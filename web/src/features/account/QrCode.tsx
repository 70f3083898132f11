import { useEffect, useState } from "react";

/** A text for a camera. The library comes only when somebody needs it. */
export function QrCode({ text }: { text: string }) {
  const [cells, setCells] = useState<boolean[][]>([]);
  useEffect(() => void import("uqr").then(({ encode }) => setCells(encode(text).data)), [text]);
  const size = cells.length;
  const path = cells
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg className="qr" viewBox={`-1 -1 ${size + 2} ${size + 2}`} role="img" aria-label="QR code">
      <rect x="-1" y="-1" width={size + 2} height={size + 2} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
